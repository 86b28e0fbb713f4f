//! `aws_s3_bucket_server_side_encryption_configuration`.

use super::{BUCKET, change, consistent, settings, unbuilt};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use aws_sdk_s3::types::{ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::Parent;
use cairn_model::one_of;
use std::collections::BTreeSet;

/// How a bucket encrypts new objects.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_s3_bucket_server_side_encryption_configuration",
    unsupported = "rule.blocked_encryption_types expected_bucket_owner"
)]
pub struct BucketEncryption {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// The rule.
    #[block(required)]
    rule: BTreeSet<Rule>,
}

/// A rule.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Use one data key for many objects, which makes KMS cheaper.
    #[attr(default = false)]
    bucket_key_enabled: bool,
    /// What objects are encrypted with that say nothing themselves.
    #[block]
    apply_server_side_encryption_by_default: Option<ByDefault>,
}

/// An algorithm and its key.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByDefault {
    /// `AES256` for S3's own keys, `aws:kms` or `aws:kms:dsse` for a key in KMS.
    #[attr(required, check = one_of!("AES256", "aws:kms", "aws:kms:dsse"))]
    sse_algorithm: String,
    /// ARN or id of the key in KMS; AWS's own for S3 when left out.
    #[attr(optional)]
    kms_master_key_id: Option<String>,
}

impl Resource for BucketEncryption {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=properties");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const CALLS: Calls = Calls {
        read: &["s3:GetBucketEncryption"],
        create: &["s3:PutBucketEncryption"],
        update: &["s3:PutBucketEncryption"],
        delete: &["s3:DeleteBucketEncryption"],
        read_cost: "1 per bucket: GetBucketEncryption takes one bucket",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<BucketEncryption>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await }).await
    }

    async fn create(aws: &Aws, want: &BucketEncryption, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(aws: &Aws, _: &Found<BucketEncryption>, want: &BucketEncryption, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<BucketEncryption>, removing: &Removing<'_, BucketEncryption>) -> Result<(), Failure> {
        gone(
            change(removing.run, &have.id, || async {
                gone(aws.s3.delete_bucket_encryption().bucket(&have.id).send().await.map_err(failed("s3:DeleteBucketEncryption")))
            })
            .await,
        )
    }

    /// Since 2023 S3 encrypts with its own keys whatever nobody decides otherwise (S3 user guide, "Setting
    /// default server-side encryption behavior").
    fn rests(&self) -> bool {
        self.rule.iter().all(|r| {
            !r.bucket_key_enabled && r.apply_server_side_encryption_by_default.as_ref().is_none_or(|d| d.sse_algorithm == "AES256")
        })
    }
}

async fn get(aws: &Aws, bucket: &str) -> Result<Option<BucketEncryption>, Failure> {
    let answer = absent(aws.s3.get_bucket_encryption().bucket(bucket).send().await.map_err(failed("s3:GetBucketEncryption")))?;
    Ok(answer
        .and_then(|a| a.server_side_encryption_configuration)
        .map(|configuration| BucketEncryption { bucket: bucket.to_string(), rule: configuration.rules.into_iter().map(rule).collect() }))
}

fn rule(rule: ServerSideEncryptionRule) -> Rule {
    let default = rule.apply_server_side_encryption_by_default.map(|d| ByDefault {
        sse_algorithm: d.sse_algorithm.as_str().to_string(),
        kms_master_key_id: d.kms_master_key_id.filter(|k| !k.is_empty()),
    });
    Rule { bucket_key_enabled: rule.bucket_key_enabled.unwrap_or_default(), apply_server_side_encryption_by_default: default }
}

async fn put(aws: &Aws, want: &BucketEncryption, run: Run<'_>) -> Result<(), Failure> {
    let rules = want
        .rule
        .iter()
        .map(|r| {
            let default = r.apply_server_side_encryption_by_default.as_ref().map(|d| {
                let algorithm = ServerSideEncryption::from(d.sse_algorithm.as_str());
                ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(algorithm)
                    .set_kms_master_key_id(d.kms_master_key_id.clone())
                    .build()
                    .map_err(unbuilt)
            });
            let rule = ServerSideEncryptionRule::builder().bucket_key_enabled(r.bucket_key_enabled);
            Ok(rule.set_apply_server_side_encryption_by_default(default.transpose()?).build())
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let setting = ServerSideEncryptionConfiguration::builder().set_rules(Some(rules)).build().map_err(unbuilt)?;
    change(run, &want.bucket, || async {
        let call = aws.s3.put_bucket_encryption().bucket(&want.bucket).server_side_encryption_configuration(setting.clone());
        call.send().await.map_err(failed("s3:PutBucketEncryption"))
    })
    .await?;
    consistent(run, &format!("encryption of bucket {}", want.bucket), || async {
        Ok(get(aws, &want.bucket).await?.is_some_and(|have| have.rule == want.rule))
    })
    .await
}
