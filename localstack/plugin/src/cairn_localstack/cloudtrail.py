"""CloudTrail: its bucket is looked up in LocalStack's S3, not in moto's.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
"""

from localstack.utils.patch import patch
from moto.cloudtrail import cloudtrail_backends
from moto.cloudtrail.exceptions import S3BucketDoesNotExistException
from moto.cloudtrail.models import Trail

from .rules import error, rule


@patch(Trail.check_bucket_exists)
def _check(fn, self):
    from localstack.services.s3.models import s3_stores

    if self.bucket_name not in s3_stores[self.account_id]["us-east-1"].global_bucket_map:
        raise S3BucketDoesNotExistException(f"S3 bucket {self.bucket_name} does not exist!")


@rule("cloudtrail", "CreateTrail", strict=True)
def create_trail(call):
    """A name can be taken once."""
    if call.get("Name") in cloudtrail_backends[call.account][call.region].trails:
        raise error("TrailAlreadyExistsException", f"Trail {call.get('Name')} already exists")
    return call.next()
