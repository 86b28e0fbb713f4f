//! The IAM policies of `examples/roles` allow what the types declare that they call, and nothing else.
//! `UPDATE=1 cargo test -p cairn-aws --test permissions` writes them again.

use cairn_aws::registry::{DATA_SOURCES, RESOURCES};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Calls of every plan that no type declares: the tag index and the stack's register.
const PLANNING: &[&str] = &["tag:GetResources", "ssm:GetParametersByPath"];

/// Calls of an apply that no type declares: the stack's register.
const APPLYING: &[&str] = &["ssm:PutParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource"];

/// Who may be given a role: what the types hand one to.
const PASSED_TO: &[&str] =
    &["autoscaling.amazonaws.com", "ec2.amazonaws.com", "monitoring.rds.amazonaws.com", "rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"];

/// The actions that an operation needs. Most have its name; those that have not are S3's
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>).
fn actions(operation: &'static str) -> Vec<&'static str> {
    match operation {
        "s3:DeleteBucketEncryption" | "s3:PutBucketEncryption" => vec!["s3:PutEncryptionConfiguration"],
        "s3:DeleteBucketLifecycle" | "s3:PutBucketLifecycleConfiguration" => vec!["s3:PutLifecycleConfiguration"],
        "s3:DeleteBucketOwnershipControls" => vec!["s3:PutBucketOwnershipControls"],
        "s3:DeleteBucketTagging" => vec!["s3:PutBucketTagging"],
        "s3:DeleteObjects" => vec!["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "s3:DeletePublicAccessBlock" | "s3:PutPublicAccessBlock" => vec!["s3:PutBucketPublicAccessBlock"],
        "s3:GetBucketEncryption" => vec!["s3:GetEncryptionConfiguration"],
        "s3:GetBucketLifecycleConfiguration" => vec!["s3:GetLifecycleConfiguration"],
        "s3:GetObjectLockConfiguration" => vec!["s3:GetBucketObjectLockConfiguration"],
        "s3:GetPublicAccessBlock" => vec!["s3:GetBucketPublicAccessBlock"],
        "s3:HeadBucket" => vec!["s3:ListBucket"],
        "s3:ListObjectVersions" => vec!["s3:ListBucketVersions"],
        _ => vec![operation],
    }
}

fn all(operations: impl IntoIterator<Item = &'static str>) -> BTreeSet<&'static str> {
    // Whoever has credentials may ask whose they are.
    operations.into_iter().filter(|o| *o != "sts:GetCallerIdentity").flat_map(actions).collect()
}

fn reading() -> BTreeSet<&'static str> {
    let resources = RESOURCES.iter().flat_map(|t| t.calls().read);
    let data = DATA_SOURCES.iter().flat_map(|t| t.calls());
    all(resources.chain(data).chain(PLANNING).copied())
}

fn writing() -> BTreeSet<&'static str> {
    let calls = RESOURCES.iter().map(|t| t.calls());
    all(calls.flat_map(|c| [c.create, c.update, c.delete].concat()).chain(APPLYING.iter().copied()))
}

fn allow(actions: &BTreeSet<&'static str>) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": "*" })
}

/// Statements that allow these actions. Some are allowed on a condition only: keys serve no one but SSM, for its
/// secret parameters, and roles are handed to no other services than the types do.
fn allowing(mut wanted: BTreeSet<&'static str>) -> Vec<Value> {
    let keys: BTreeSet<_> = ["kms:Decrypt", "kms:Encrypt"].into_iter().filter(|a| wanted.remove(a)).collect();
    let passes = wanted.remove("iam:PassRole");
    let mut statements = vec![allow(&wanted), allow(&keys)];
    statements[1]["Condition"] = json!({ "StringLike": { "kms:ViaService": "ssm.*.amazonaws.com" } });
    if passes {
        let mut pass = allow(&BTreeSet::from(["iam:PassRole"]));
        pass["Condition"] = json!({ "StringEquals": { "iam:PassedToService": PASSED_TO } });
        statements.push(pass);
    }
    statements
}

#[test]
fn the_roles_allow_what_the_types_call() {
    compare("plan.json", &allowing(reading()));
    compare("apply.json", &allowing(reading().union(&writing()).copied().collect()));
}

/// A plan must not be able to change anything, nor to read what is kept in buckets.
#[test]
fn a_plan_only_reads() {
    let plan: BTreeSet<_> = reading().into_iter().filter(|a| *a != "kms:Decrypt").collect();
    let reads = |action: &&&str| {
        let name = action.split(':').nth(1).unwrap_or_default();
        ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb))
    };
    assert_eq!(plan.iter().filter(|a| !reads(a)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(!plan.contains("s3:GetObject"));
}

/// Compares with a file of the examples, or writes it anew with UPDATE=1.
fn compare(name: &str, statements: &[Value]) {
    let file = format!("{}/../../examples/roles/{name}", env!("CARGO_MANIFEST_DIR"));
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let text = serde_json::to_string_pretty(&policy).expect("a policy is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).expect("the policy can be written");
    }
    assert!(
        std::fs::read_to_string(&file).is_ok_and(|t| t == text),
        "examples/roles/{name} is not what the types call: run UPDATE=1 cargo test -p cairn-aws --test permissions"
    );
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    assert!(length <= 10_240, "{name} has {length} characters; the inline policies of a role may have 10,240");
}
