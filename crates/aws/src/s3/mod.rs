//! S3: a bucket is found by its name, its settings through it. S3 gives one setting of one bucket a
//! call, so reads take one call per setting and bucket, all at once.

pub mod bucket;
pub mod bucket_lifecycle_configuration;
pub mod bucket_ownership_controls;
pub mod bucket_policy;
pub mod bucket_public_access_block;
pub mod bucket_server_side_encryption_configuration;
pub mod bucket_versioning;

use crate::client::Aws;
use crate::failure::absent;
use crate::resource::{Found, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use cairn_engine::provider::Parent;
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

/// The parent of every setting.
pub const BUCKET: Parent = Parent { type_name: "aws_s3_bucket", attribute: "bucket", names: "id", inline: None };

/// Longest that a setting takes to be the same everywhere (S3 user guide, "Amazon S3 data consistency
/// model": configurations of buckets are eventually consistent).
const CONSISTENT_WITHIN: Duration = Duration::from_secs(180);

/// Reads one setting of every bucket that the scope asks for. `get` fails with "not found" where a
/// bucket has no such setting.
pub async fn settings<T, F, G>(aws: &Aws, scope: &Scope<'_>, get: G) -> Result<Vec<Found<T>>, Failure>
where
    T: Resource,
    G: Fn(String) -> F,
    F: Future<Output = Result<Option<T>, Failure>>,
{
    let mut buckets: BTreeSet<String> = scope.wanted_texts("bucket");
    match scope.only() {
        Some(id) => {
            buckets.insert(id.to_string());
        }
        None => buckets.extend(scope.of::<bucket::Bucket>(aws).await?.iter().map(|b| b.id.clone())),
    }
    let read = futures::future::try_join_all(buckets.into_iter().map(|bucket| {
        let got = get(bucket.clone());
        async move { Ok((bucket, absent(got.await)?.flatten())) }
    }))
    .await?;
    let found =
        read.into_iter().filter_map(|(bucket, value)| Some(Found::part(bucket.clone(), value?, Tags::new(), BUCKET.type_name, bucket)));
    Ok(found.collect())
}

/// Makes a change of a bucket's setting, again while another change of the bucket is under way
/// (`OperationAborted`) or the bucket, just made, is not visible everywhere.
pub async fn change<T, F>(run: Run<'_>, bucket: &str, call: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let passing = |f: &Failure| matches!(f.code.as_str(), "OperationAborted" | "NoSuchBucket" | "ConflictException");
    wait::while_failing(run, &format!("bucket {bucket} to take another change"), CONSISTENT_WITHIN, passing, call).await
}

/// Waits until a setting reads back as it was written.
pub async fn consistent<F>(run: Run<'_>, what: &str, mut same: impl FnMut() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<bool, Failure>>,
{
    let run = Run { deadline: None, ..run };
    wait::until(run, what, CONSISTENT_WITHIN, || {
        let same = same();
        async {
            match same.await {
                Ok(true) => Ok(Look::Ready(())),
                Ok(false) => Ok(Look::NotYet("the old one is still read".into())),
                Err(f) if f.kind == FailureKind::NotFound => Ok(Look::NotYet("not visible yet".into())),
                Err(f) => Err(f),
            }
        }
    })
    .await
}

/// Nobody is told what is waited for.
pub struct Quiet;

impl cairn_engine::event::Waiting for Quiet {
    fn waiting(&self, _: &str) {}
}

/// A request that its builder refuses, which checked values never are.
pub fn unbuilt(error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Other, format!("a value does not fit the request: {error}; this is a defect of Cairn"))
}
