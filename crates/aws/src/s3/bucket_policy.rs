//! `aws_s3_bucket_policy`.

use super::{BUCKET, consistent, settings};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use crate::wait;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Parent;
use cairn_model::check::json;
use cairn_model::{Value, equality};
use std::time::Duration;

/// Who may do what with a bucket.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_s3_bucket_policy")]
pub struct BucketPolicy {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// The policy in JSON.
    #[attr(required, check = json, equal = equality::policy)]
    policy: String,
}

impl Resource for BucketPolicy {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=permissions");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const EFFECTS: Effects = Effects { serves: Some("access that only the policy allows"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["s3:GetBucketPolicy"],
        create: &["s3:PutBucketPolicy"],
        update: &["s3:PutBucketPolicy"],
        delete: &["s3:DeleteBucketPolicy"],
        read_cost: "1 per bucket: GetBucketPolicy takes one bucket",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<BucketPolicy>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await }).await
    }

    async fn create(aws: &Aws, want: &BucketPolicy, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(aws: &Aws, _: &Found<BucketPolicy>, want: &BucketPolicy, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<BucketPolicy>, removing: &Removing<'_, BucketPolicy>) -> Result<(), Failure> {
        gone(
            super::change(removing.run, &have.id, || async {
                gone(aws.s3.delete_bucket_policy().bucket(&have.id).send().await.map_err(failed("s3:DeleteBucketPolicy")))
            })
            .await,
        )
    }
}

async fn get(aws: &Aws, bucket: &str) -> Result<Option<BucketPolicy>, Failure> {
    let answer = absent(aws.s3.get_bucket_policy().bucket(bucket).send().await.map_err(failed("s3:GetBucketPolicy")))?;
    let policy = answer.and_then(|a| a.policy).filter(|p| !p.is_empty());
    Ok(policy.map(|policy| BucketPolicy { bucket: bucket.to_string(), policy }))
}

async fn put(aws: &Aws, want: &BucketPolicy, run: Run<'_>) -> Result<(), Failure> {
    // A role that was just made is no valid principal for a while; the public access block or another
    // setting of the bucket may be under way (`OperationAborted`).
    let passing = |f: &Failure| {
        (f.code == "MalformedPolicy" && f.message.contains("principal"))
            || matches!(f.code.as_str(), "OperationAborted" | "NoSuchBucket" | "ConflictException")
    };
    let what = format!("bucket {} to take its policy", want.bucket);
    wait::while_failing(run, &what, Duration::from_secs(180), passing, || async {
        aws.s3.put_bucket_policy().bucket(&want.bucket).policy(&want.policy).send().await.map_err(failed("s3:PutBucketPolicy"))
    })
    .await?;
    let wanted = Value::from(want.policy.as_str());
    consistent(run, &format!("policy of bucket {}", want.bucket), || async {
        Ok(get(aws, &want.bucket).await?.is_some_and(|have| equality::policy(&Value::from(have.policy), &wanted)))
    })
    .await
}
