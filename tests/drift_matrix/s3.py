"""Buckets and what is set on them."""

import datetime
import json

from .matrix import case, cases, lasting, put, tagging

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration.main"


def rule(which, arguments, path, value):
    """A case of a lifecycle rule, by its id."""
    arguments = (arguments,) if isinstance(arguments, str) else arguments

    def at(aws, values):
        s3 = aws.client("s3")
        rules = s3.get_bucket_lifecycle_configuration(Bucket=values["bucket"])["Rules"]
        put(next(r for r in rules if r["ID"] == which), path, value)
        s3.put_bucket_lifecycle_configuration(Bucket=values["bucket"], LifecycleConfiguration={"Rules": rules})

    return case(LIFECYCLE, *(f"rule.{argument}" for argument in arguments))(at)


def tag(aws, values, key, value):
    s3 = aws.client("s3")
    tags = s3.get_bucket_tagging(Bucket=values["bucket"])["TagSet"]
    s3.put_bucket_tagging(Bucket=values["bucket"], Tagging={"TagSet": [*tags, {"Key": key, "Value": value}]})


@case(LIFECYCLE, "transition_default_minimum_object_size")
def minimum(aws, values):
    s3 = aws.client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=values["bucket"])["Rules"]
    s3.put_bucket_lifecycle_configuration(
        Bucket=values["bucket"], LifecycleConfiguration={"Rules": rules}, TransitionDefaultMinimumObjectSize="varies_by_storage_class"
    )


@case("aws_s3_bucket_versioning.main", "versioning_configuration.status")
def suspend(aws, values):
    aws.client("s3").put_bucket_versioning(Bucket=values["bucket"], VersioningConfiguration={"Status": "Suspended"})


@case("aws_s3_bucket_versioning.main", "versioning_configuration.mfa_delete")
def mfa(aws, values):
    aws.client("s3").put_bucket_versioning(
        Bucket=values["bucket"], VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"}, MFA="arn:aws:iam::1:mfa/x 123456"
    )


@case("aws_s3_bucket_policy.main", "policy")
def policy(aws, values):
    changed = json.loads(values["policy"])
    changed["Statement"][0]["Action"] = "s3:PutObject"
    aws.client("s3").put_bucket_policy(Bucket=values["bucket"], Policy=json.dumps(changed))


@case("aws_s3_bucket_ownership_controls.main", "rule.object_ownership")
def ownership(aws, values):
    aws.client("s3").put_bucket_ownership_controls(Bucket=values["bucket"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


def access(aws, values, change):
    s3 = aws.client("s3")
    data = s3.get_public_access_block(Bucket=values["bucket"])["PublicAccessBlockConfiguration"]
    change(data)
    s3.put_public_access_block(Bucket=values["bucket"], PublicAccessBlockConfiguration=data)


def encryption(aws, values, change):
    s3 = aws.client("s3")
    data = s3.get_bucket_encryption(Bucket=values["bucket"])["ServerSideEncryptionConfiguration"]["Rules"]
    data = [{k: v for k, v in r.items() if k in ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled")} for r in data]
    change(data)
    s3.put_bucket_encryption(Bucket=values["bucket"], ServerSideEncryptionConfiguration={"Rules": data})


def date(year):
    return datetime.datetime(year, 6, 1, tzinfo=datetime.UTC)


ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration.main"

CASES = [
    tagging("aws_s3_bucket.main", tag),
    suspend,
    # Only who has the second factor switches it off again.
    lasting(mfa),
    policy,
    ownership,
    *cases(
        "aws_s3_bucket_public_access_block.main",
        access,
        {
            "block_public_acls": False,
            "block_public_policy": False,
            "ignore_public_acls": False,
            "restrict_public_buckets": False,
        },
    ),
    case(ENCRYPTION, "rule.bucket_key_enabled")(lambda aws, v: encryption(aws, v, lambda rules: rules[0].update(BucketKeyEnabled=False))),
    case(ENCRYPTION, "rule.apply_server_side_encryption_by_default.kms_master_key_id")(
        lambda aws, v: encryption(
            aws,
            v,
            lambda rules: rules[0]["ApplyServerSideEncryptionByDefault"].update(KMSMasterKeyID=aws.client("kms").create_key()["KeyMetadata"]["Arn"]),
        )
    ),
    case(ENCRYPTION, "rule.apply_server_side_encryption_by_default.sse_algorithm")(
        lambda aws, v: encryption(aws, v, lambda rules: rules[0].update(ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}))
    ),
    minimum,
    rule("plain", "id", "ID", "renamed"),
    rule("plain", "status", "Status", "Disabled"),
    rule("plain", "filter.prefix", "Filter.Prefix", "other/"),
    rule("plain", "abort_incomplete_multipart_upload.days_after_initiation", "AbortIncompleteMultipartUpload.DaysAfterInitiation", 3),
    rule("plain", "expiration.days", "Expiration.Days", 400),
    rule("plain", "noncurrent_version_expiration.newer_noncurrent_versions", "NoncurrentVersionExpiration.NewerNoncurrentVersions", 5),
    rule("plain", "noncurrent_version_expiration.noncurrent_days", "NoncurrentVersionExpiration.NoncurrentDays", 100),
    rule("plain", "noncurrent_version_transition.newer_noncurrent_versions", "NoncurrentVersionTransitions.NewerNoncurrentVersions", 5),
    rule("plain", "noncurrent_version_transition.noncurrent_days", "NoncurrentVersionTransitions.NoncurrentDays", 40),
    rule("plain", "noncurrent_version_transition.storage_class", "NoncurrentVersionTransitions.StorageClass", "GLACIER"),
    rule("plain", "transition.days", "Transitions.Days", 40),
    rule("plain", "transition.storage_class", "Transitions.StorageClass", "GLACIER"),
    rule("dated", "expiration.date", "Expiration.Date", date(2031)),
    rule("dated", "transition.date", "Transitions.Date", date(2028)),
    rule("dated", "filter.tag.key", "Filter.Tag.Key", "Other"),
    rule("dated", "filter.tag.value", "Filter.Tag.Value", "other"),
    rule("and", "filter.and.prefix", "Filter.And.Prefix", "other/"),
    rule("and", "filter.and.object_size_greater_than", "Filter.And.ObjectSizeGreaterThan", 2000),
    rule("and", "filter.and.object_size_less_than", "Filter.And.ObjectSizeLessThan", 200000),
    rule("and", "filter.and.tags", "Filter.And.Tags", [{"Key": "Kind", "Value": "other"}]),
    rule("larger", "filter.object_size_greater_than", "Filter.ObjectSizeGreaterThan", 2000),
    rule("smaller", "filter.object_size_less_than", "Filter.ObjectSizeLessThan", 2000),
    rule("markers", ("expiration.expired_object_delete_marker", "expiration.days"), "Expiration", {"Days": 10}),
]
