//! `aws_s3_bucket_ownership_controls`.

use super::{BUCKET, change, consistent, settings, unbuilt};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls, OwnershipControlsRule};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::Parent;
use cairn_model::one_of;

/// Who owns the objects that others write into a bucket.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_s3_bucket_ownership_controls")]
pub struct BucketOwnershipControls {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// The rule.
    #[block(required)]
    rule: Option<Rule>,
}

/// The rule.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Rule {
    /// `BucketOwnerEnforced` (no access lists at all), `BucketOwnerPreferred` or `ObjectWriter`.
    #[attr(required, check = one_of!("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"))]
    object_ownership: String,
}

impl Resource for BucketOwnershipControls {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=permissions");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const CALLS: Calls = Calls {
        read: &["s3:GetBucketOwnershipControls"],
        create: &["s3:PutBucketOwnershipControls"],
        update: &["s3:PutBucketOwnershipControls"],
        delete: &["s3:DeleteBucketOwnershipControls"],
        read_cost: "1 per bucket: GetBucketOwnershipControls takes one bucket",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<BucketOwnershipControls>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await }).await
    }

    async fn create(aws: &Aws, want: &BucketOwnershipControls, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(
        aws: &Aws,
        _: &Found<BucketOwnershipControls>,
        want: &BucketOwnershipControls,
        changing: &Changing<'_>,
    ) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(
        aws: &Aws,
        have: &Found<BucketOwnershipControls>,
        removing: &Removing<'_, BucketOwnershipControls>,
    ) -> Result<(), Failure> {
        gone(
            change(removing.run, &have.id, || async {
                gone(
                    aws.s3
                        .delete_bucket_ownership_controls()
                        .bucket(&have.id)
                        .send()
                        .await
                        .map_err(failed("s3:DeleteBucketOwnershipControls")),
                )
            })
            .await,
        )
    }

    /// Since April 2023 the owner of a new bucket owns all that is in it (S3 user guide, "Controlling
    /// ownership of objects").
    fn rests(&self) -> bool {
        self.rule.as_ref().is_none_or(|r| r.object_ownership == "BucketOwnerEnforced")
    }
}

async fn get(aws: &Aws, bucket: &str) -> Result<Option<BucketOwnershipControls>, Failure> {
    let answer =
        absent(aws.s3.get_bucket_ownership_controls().bucket(bucket).send().await.map_err(failed("s3:GetBucketOwnershipControls")))?;
    let rule = answer.and_then(|a| a.ownership_controls).and_then(|c| c.rules.into_iter().next());
    Ok(rule.map(|r| BucketOwnershipControls {
        bucket: bucket.to_string(),
        rule: Some(Rule { object_ownership: r.object_ownership.as_str().to_string() }),
    }))
}

async fn put(aws: &Aws, want: &BucketOwnershipControls, run: Run<'_>) -> Result<(), Failure> {
    let ownership = want.rule.as_ref().map(|r| ObjectOwnership::from(r.object_ownership.as_str()));
    let rule = OwnershipControlsRule::builder().set_object_ownership(ownership).build().map_err(unbuilt)?;
    let setting = OwnershipControls::builder().rules(rule).build().map_err(unbuilt)?;
    change(run, &want.bucket, || async {
        let call = aws.s3.put_bucket_ownership_controls().bucket(&want.bucket).ownership_controls(setting.clone());
        call.send().await.map_err(failed("s3:PutBucketOwnershipControls"))
    })
    .await?;
    consistent(run, &format!("ownership controls of bucket {}", want.bucket), || async {
        Ok(get(aws, &want.bucket).await?.as_ref() == Some(want))
    })
    .await
}
