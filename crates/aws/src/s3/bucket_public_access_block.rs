//! `aws_s3_bucket_public_access_block`.

use super::{BUCKET, change, consistent, settings};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::Parent;

/// What of public access to a bucket is refused, whatever its policy and access lists say.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_s3_bucket_public_access_block")]
pub struct PublicAccessBlock {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// Refuse new public access lists.
    #[attr(default = false)]
    block_public_acls: bool,
    /// Refuse a public policy.
    #[attr(default = false)]
    block_public_policy: bool,
    /// Ignore public access lists that stand.
    #[attr(default = false)]
    ignore_public_acls: bool,
    /// Let only the bucket's account and AWS services use a public policy that stands.
    #[attr(default = false)]
    restrict_public_buckets: bool,
    /// Leave the setting as it is when it is destroyed here.
    #[attr(default = false, config_only)]
    skip_destroy: bool,
}

impl Resource for PublicAccessBlock {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=permissions");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const CALLS: Calls = Calls {
        read: &["s3:GetPublicAccessBlock"],
        create: &["s3:PutPublicAccessBlock"],
        update: &["s3:PutPublicAccessBlock"],
        delete: &["s3:DeletePublicAccessBlock"],
        read_cost: "1 per bucket: GetPublicAccessBlock takes one bucket",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[("skip_destroy", "it steers how Cairn works; AWS keeps nothing of it")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<PublicAccessBlock>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await }).await
    }

    async fn create(aws: &Aws, want: &PublicAccessBlock, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(aws: &Aws, _: &Found<PublicAccessBlock>, want: &PublicAccessBlock, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<PublicAccessBlock>, removing: &Removing<'_, PublicAccessBlock>) -> Result<(), Failure> {
        if removing.config.as_ref().is_some_and(|c| c.skip_destroy) {
            return Ok(());
        }
        gone(
            change(removing.run, &have.id, || async {
                gone(aws.s3.delete_public_access_block().bucket(&have.id).send().await.map_err(failed("s3:DeletePublicAccessBlock")))
            })
            .await,
        )
    }

    /// Since April 2023 a new bucket blocks all public access (S3 user guide, "Blocking public access").
    fn rests(&self) -> bool {
        self.block_public_acls && self.block_public_policy && self.ignore_public_acls && self.restrict_public_buckets
    }
}

async fn get(aws: &Aws, bucket: &str) -> Result<Option<PublicAccessBlock>, Failure> {
    let answer = absent(aws.s3.get_public_access_block().bucket(bucket).send().await.map_err(failed("s3:GetPublicAccessBlock")))?;
    Ok(answer.and_then(|a| a.public_access_block_configuration).map(|c| PublicAccessBlock {
        bucket: bucket.to_string(),
        block_public_acls: c.block_public_acls.unwrap_or_default(),
        block_public_policy: c.block_public_policy.unwrap_or_default(),
        ignore_public_acls: c.ignore_public_acls.unwrap_or_default(),
        restrict_public_buckets: c.restrict_public_buckets.unwrap_or_default(),
        skip_destroy: false,
    }))
}

async fn put(aws: &Aws, want: &PublicAccessBlock, run: Run<'_>) -> Result<(), Failure> {
    let setting = PublicAccessBlockConfiguration::builder()
        .block_public_acls(want.block_public_acls)
        .block_public_policy(want.block_public_policy)
        .ignore_public_acls(want.ignore_public_acls)
        .restrict_public_buckets(want.restrict_public_buckets)
        .build();
    change(run, &want.bucket, || async {
        let call = aws.s3.put_public_access_block().bucket(&want.bucket).public_access_block_configuration(setting.clone());
        call.send().await.map_err(failed("s3:PutPublicAccessBlock"))
    })
    .await?;
    let want = PublicAccessBlock { skip_destroy: false, ..want.clone() };
    consistent(run, &format!("public access block of bucket {}", want.bucket), || async {
        Ok(get(aws, &want.bucket).await?.as_ref() == Some(&want))
    })
    .await
}
