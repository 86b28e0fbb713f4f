//! `aws_s3_bucket_versioning`.

use super::{BUCKET, change, consistent, settings};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use aws_sdk_s3::types::{BucketVersioningStatus, MfaDelete, VersioningConfiguration};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Parent;
use cairn_model::one_of;

/// Whether a bucket keeps old versions of its objects.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_s3_bucket_versioning", unsupported = "expected_bucket_owner mfa")]
pub struct BucketVersioning {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// The setting.
    #[block(required)]
    versioning_configuration: Option<Configuration>,
}

/// The setting.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Configuration {
    /// `Enabled`, `Suspended`, or `Disabled` for a bucket that never had versions.
    #[attr(required, check = one_of!("Enabled", "Suspended", "Disabled"))]
    status: String,
    /// Whether a second factor is asked for before a version goes: `Enabled` or `Disabled`.
    #[attr(optional, computed, check = one_of!("Enabled", "Disabled"))]
    mfa_delete: Option<String>,
}

impl Resource for BucketVersioning {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=properties");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const EFFECTS: Effects = Effects {
        in_place: &[InPlace {
            arguments: &["versioning_configuration"],
            does: Does::MayLose,
            what: "objects that are overwritten or deleted from now on keep no earlier version, where it is suspended",
            when: impact::always,
            source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersionSuspendedBehavior.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["s3:GetBucketVersioning"],
        create: &["s3:PutBucketVersioning"],
        update: &["s3:PutBucketVersioning"],
        delete: &["s3:PutBucketVersioning"],
        read_cost: "1 per bucket: GetBucketVersioning takes one bucket",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<BucketVersioning>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await.map(Some) }).await
    }

    async fn create(aws: &Aws, want: &BucketVersioning, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(aws: &Aws, _: &Found<BucketVersioning>, want: &BucketVersioning, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<BucketVersioning>, removing: &Removing<'_, BucketVersioning>) -> Result<(), Failure> {
        // A bucket that had versions once can only stop making new ones (PutBucketVersioning).
        if have.value.status() != "Enabled" {
            return Ok(());
        }
        let off = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
        gone(
            change(removing.run, &have.id, || async {
                let call = aws.s3.put_bucket_versioning().bucket(&have.id).versioning_configuration(off.clone());
                gone(call.send().await.map_err(failed("s3:PutBucketVersioning")))
            })
            .await,
        )
    }

    fn rests(&self) -> bool {
        self.status() != "Enabled"
    }
}

impl BucketVersioning {
    fn status(&self) -> &str {
        self.versioning_configuration.as_ref().map_or("Disabled", |c| c.status.as_str())
    }
}

async fn get(aws: &Aws, bucket: &str) -> Result<BucketVersioning, Failure> {
    let answer = aws.s3.get_bucket_versioning().bucket(bucket).send().await.map_err(failed("s3:GetBucketVersioning"))?;
    let status = answer.status.map_or_else(|| "Disabled".to_string(), |s| s.as_str().to_string());
    // AWS says nothing of it where nobody ever set it.
    let mfa_delete = answer.mfa_delete.map_or_else(|| "Disabled".to_string(), |m| m.as_str().to_string());
    let setting = Configuration { status, mfa_delete: Some(mfa_delete) };
    Ok(BucketVersioning { bucket: bucket.to_string(), versioning_configuration: Some(setting) })
}

async fn put(aws: &Aws, want: &BucketVersioning, run: Run<'_>) -> Result<(), Failure> {
    if want.status() == "Disabled" {
        let have = get(aws, &want.bucket).await?;
        if have.status() == "Disabled" {
            return Ok(());
        }
        let message = format!("bucket {} had versions once, and can't go back to `Disabled`: write `Suspended`", want.bucket);
        return Err(Failure::new(cairn_engine::FailureKind::Invalid, message));
    }
    let mfa = want.versioning_configuration.as_ref().and_then(|c| c.mfa_delete.as_deref()).map(MfaDelete::from);
    let setting = VersioningConfiguration::builder().status(BucketVersioningStatus::from(want.status())).set_mfa_delete(mfa).build();
    change(run, &want.bucket, || async {
        let call = aws.s3.put_bucket_versioning().bucket(&want.bucket).versioning_configuration(setting.clone());
        call.send().await.map_err(failed("s3:PutBucketVersioning"))
    })
    .await?;
    consistent(run, &format!("versioning of bucket {}", want.bucket), || async {
        Ok(get(aws, &want.bucket).await?.status() == want.status())
    })
    .await
}
