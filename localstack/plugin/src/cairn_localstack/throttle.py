"""Request throttling: token buckets per account, region and operation. The setting `throttle` switches it.

Tokens come back in real seconds, whatever CAIRN_AWS_TIME is: a client makes as many calls a second here as it would there.
"""

import threading
import time

from .rules import around, error, store
from .settings import settings

EC2 = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"

#: EC2's categories: (capacity, tokens a second)
READING, UNFILTERED, CHANGING = (100, 20), (50, 10), (50, 5)
READS = ("Describe", "List", "Search", "Get")
UNFILTERED_READS = {
    "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups",
    "DescribeSnapshots", "DescribeSpotInstanceRequests", "DescribeVolumes",
}  # fmt: skip

#: service -> operation -> (capacity, tokens a second), where AWS publishes them
PUBLISHED = {
    "ec2": {
        "AssignIpv6Addresses": (100, 5), "AssignPrivateIpAddresses": (100, 5), "AssociateIamInstanceProfile": (100, 5),
        "AssociateNatGatewayAddress": (10, 1), "CopyImage": (100, 1), "CreateDefaultSubnet": (1, 1),
        "CreateDefaultVpc": (1, 1), "CreateLaunchTemplateVersion": (100, 5), "CreateNatGateway": (10, 1),
        "CreateNetworkInterface": (100, 5), "CreateSnapshot": (100, 5), "CreateTags": (100, 10), "CreateVolume": (100, 5),
        "CreateVpcEndpoint": (4, 0.3), "DeleteNatGateway": (10, 1), "DeleteNetworkInterface": (100, 5),
        "DeleteSnapshot": (100, 5), "DeleteTags": (100, 10), "DeleteVolume": (100, 5), "DeleteVpcEndpoints": (4, 0.3),
        "DeregisterImage": (100, 5), "DescribeMovingAddresses": (1, 1), "DescribeSecurityGroupReferences": (20, 5),
        "DescribeStaleSecurityGroups": (20, 5), "DisassociateIamInstanceProfile": (100, 5),
        "DisassociateNatGatewayAddress": (10, 1), "ModifyInstanceMetadataOptions": (100, 5),
        "ModifyLaunchTemplate": (100, 5), "ModifyNetworkInterfaceAttribute": (100, 5), "ModifyVpcEndpoint": (4, 0.3),
        "RunInstances": (5, 2), "StartInstances": (5, 2), "TerminateInstances": (100, 5),
    },
    "route53": {
        "AssociateVPCWithHostedZone": (20, 5), "CreateHealthCheck": (50, 0.5), "CreateHostedZone": (40, 2),
        "DeleteHealthCheck": (15, 3), "DeleteHostedZone": (40, 5), "DisassociateVPCFromHostedZone": (10, 5),
        "*": (50, 10),
    },
    "wafv2": {
        "AssociateWebACL": (1, 0.5), "DisassociateWebACL": (1, 0.5), "GetWebACLForResource": (1, 1),
        "ListResourcesForWebACL": (1, 1), "CreateWebACL": (1, 1), "CreateIPSet": (1, 1), "CreateRegexPatternSet": (1, 1),
        "CreateRuleGroup": (1, 1), "read": (5, 5), "change": (1, 1),
    },
    "kms": {
        "CreateAlias": (5, 5), "CreateKey": (5, 5), "DeleteAlias": (15, 15), "DisableKeyRotation": (5, 5),
        "EnableKeyRotation": (15, 15), "PutKeyPolicy": (15, 15), "ScheduleKeyDeletion": (15, 15), "TagResource": (10, 10),
        "UntagResource": (5, 5), "ListAliases": (500, 500), "ListKeys": (500, 500), "ListResourceTags": (2000, 2000),
        "DescribeKey": (2000, 2000), "GetKeyPolicy": (1000, 1000), "GetKeyRotationStatus": (1000, 1000),
    },
    "ssm": {"GetParameter": (40, 40), "GetParameters": (40, 40), "GetParametersByPath": (40, 40), "PutParameter": (3, 3)},
    "cloudwatch": {"PutMetricAlarm": (3, 3), "DescribeAlarms": (9, 9), "PutDashboard": (10, 10)},
    "logs": {"CreateLogGroup": (10, 10), "DeleteLogGroup": (10, 10), "DescribeLogGroups": (10, 10)},
    "secretsmanager": {"GetSecretValue": (10000, 10000), "DescribeSecret": (10000, 10000), "*": (50, 50)},
    "cloudtrail": {"LookupEvents": (2, 2), "*": (10, 10)},
    "resourcegroupstaggingapi": {"GetResources": (15, 15), "TagResources": (5, 5), "UntagResources": (5, 5)},
}  # fmt: skip

#: where those numbers stand
SOURCES = {
    "ec2": EC2,
    "route53": "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html",
    "wafv2": "https://docs.aws.amazon.com/waf/latest/developerguide/limits.html",
    "kms": "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
    "ssm": "https://docs.aws.amazon.com/general/latest/gr/ssm.html",
    "cloudwatch": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
    "logs": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
    "secretsmanager": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
    "cloudtrail": "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
    "resourcegroupstaggingapi": "https://docs.aws.amazon.com/general/latest/gr/arg.html",
}

#: how a service refuses; others say Throttling
CODES = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "wafv2": ("ThrottlingException", "Rate exceeded", 400),
    "ssm": ("ThrottlingException", "Rate exceeded", 400),
    "kms": ("ThrottlingException", "You have exceeded the rate at which you may call KMS.", 400),
    "logs": ("ThrottlingException", "Rate exceeded", 400),
    "secretsmanager": ("ThrottlingException", "Rate exceeded", 400),
    "cloudtrail": ("ThrottlingException", "Rate exceeded", 400),
    "resourcegroupstaggingapi": ("ThrottledException", "Rate exceeded", 400),
}  # fmt: skip

#: services whose rates are too high, or of another kind, to matter here
FREE = ("s3", "sts", "sqs", "dynamodb")
_lock = threading.Lock()


def limit(service, operation, request):
    """Capacity and tokens a second of an operation, and the name of its bucket."""
    known = PUBLISHED.get(service, {})
    if operation in known:
        return operation, known[operation]
    reading = operation.startswith(READS)
    if "*" in known or "read" in known:
        return operation, known.get("*") or known["read" if reading else "change"]
    if service == "ec2" and operation in UNFILTERED_READS and not _narrowed(request):
        return f"{operation}, unfiltered", UNFILTERED
    # Where a service publishes nothing, EC2's numbers stand in.
    return operation, READING if reading else CHANGING


def _narrowed(request):
    return any(request.get(k) for k in ("Filters", "Filter", "MaxResults", "NextToken"))


@around(EC2)
def throttle(call):
    """A call that finds its bucket empty is refused: RequestLimitExceeded, Throttling or what the service says."""
    service = call.context.service.service_name
    if not settings.throttle or service in FREE:
        return call.next()
    name, (capacity, rate) = limit(service, call.context.operation.name, call.request)
    buckets = store(call.account, call.region, "throttle")
    with _lock:
        now = time.monotonic()
        tokens, seen = buckets.get((service, name), (capacity, now))
        tokens = min(capacity, tokens + rate * (now - seen))
        buckets[(service, name)] = (tokens - 1 if tokens >= 1 else tokens, now)
    if tokens < 1:
        code, message, status = CODES.get(service, ("Throttling", "Rate exceeded", 400))
        raise error(code, message, status)
    return call.next()
