"""CloudFront: versions of a distribution.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteDistribution.html
"""

from localstack.utils.patch import patch
from moto.cloudfront.models import Distribution, cloudfront_backends, random_id

from . import durations, states
from .rules import error, rule


@patch(Distribution.__init__)
def _arn(fn, self, account_id, region_name, config):
    """A distribution's ARN names no region; moto leaves its place out."""
    fn(self, account_id, region_name, config)
    self.arn = self.arn.replace(f":cloudfront:{account_id}:", f":cloudfront::{account_id}:")


def _distribution(call):
    found = cloudfront_backends[call.account]["aws"].distributions.get(call.get("Id"))
    if not found:
        raise error("NoSuchDistribution", "The specified distribution does not exist.", 404)
    return found


@rule("cloudfront", "UpdateDistribution", strict=True)
def update(call):
    """The version in If-Match has to be the newest; each update makes a new one."""
    found = _distribution(call)
    if call.get("IfMatch") != found.etag:
        raise error("PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more "
                    "request-header fields.", 412)  # fmt: skip
    reply = call.next()
    found.etag = random_id()
    reply["ETag"] = found.etag
    return reply


@rule("cloudfront", "DeleteDistribution", strict=True)
def delete(call):
    """Only a distribution that is disabled, and deployed so, can be deleted: DistributionNotDisabled."""
    found = _distribution(call)
    deploying = states.state(call, "distribution", call.get("Id"))
    if deploying or str(found.distribution_config.enabled).lower() == "true":
        raise error("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409)
    return call.next()


@rule("cloudfront", "CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution", strict=True)
def deploy(call):
    """A change is in progress until it has come everywhere (Status in the Distribution data type)."""
    reply = call.next()
    item = reply["Distribution"]
    transition = "modify" if call.context.operation.name == "UpdateDistribution" else "create"
    due = durations.due("aws_cloudfront_distribution", transition)
    item["Status"] = states.mark(call, "distribution", item["Id"], "InProgress", due)
    return reply


@rule("cloudfront", "GetDistribution", "ListDistributions", strict=True)
def deployed(call):
    """The status is the one of now."""
    reply = call.next()
    items = (reply.get("DistributionList") or {}).get("Items") or []
    return _deployed(call, reply, [reply["Distribution"]] if reply.get("Distribution") else items)


def _deployed(call, reply, items):
    for item in items:
        item["Status"] = states.state(call, "distribution", item["Id"]) or "Deployed"
    return reply
