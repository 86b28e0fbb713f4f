"""S3: conditional deletes, and tags in the create call.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
"""

from .rules import error, rule


@rule("s3", "DeleteObject")
def delete_object(call):
    """If-Match names the version that the caller has seen; another one stays."""
    wanted = call.get("IfMatch")
    if not wanted:
        return call.next()
    from localstack.aws.connect import connect_to
    from botocore.exceptions import ClientError

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).s3
    try:
        etag = client.head_object(Bucket=call.get("Bucket"), Key=call.get("Key"))["ETag"]
    except ClientError as problem:
        if problem.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise error("NoSuchKey", "The specified key does not exist.", 404) from None
        raise
    if wanted != "*" and wanted.strip('"') != etag.strip('"'):
        raise error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
    request = {k: v for k, v in call.request.items() if k != "IfMatch"}
    call.context.service_request = request
    return call._inner(call.context, request) or {}


@rule("s3", "PutBucketVersioning", "GetBucketVersioning")
def second_factor(call):
    """Whether versions are deleted with a second factor only is kept, and told once somebody has set it."""
    kept = call.store("mfa delete")
    reply = call.next()
    given = (call.get("VersioningConfiguration") or {}).get("MFADelete")
    if given:
        kept[call.get("Bucket")] = given
    elif call.get("VersioningConfiguration") is None and call.get("Bucket") in kept:
        reply["MFADelete"] = kept[call.get("Bucket")]
    return reply
