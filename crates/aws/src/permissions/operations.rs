//! Which IAM actions an API operation needs. Most have the operation's name; these are the others, as
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html> lists them for S3.

const OTHERWISE: &[(&str, &[&str])] = &[
    ("s3:CreateBucket", &["s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]),
    ("s3:DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteBucketOwnershipControls", &["s3:PutBucketOwnershipControls"]),
    ("s3:DeleteBucketTagging", &["s3:PutBucketTagging"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
];

/// The actions that an operation such as `s3:HeadBucket` needs.
pub fn actions(operation: &'static str) -> Vec<&'static str> {
    OTHERWISE.iter().find(|(o, _)| *o == operation).map_or_else(|| vec![operation], |(_, actions)| actions.to_vec())
}
