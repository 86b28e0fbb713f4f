"""Request throttling: token buckets per account, region and operation. The setting `throttle` switches it.

Tokens come back in real seconds, whatever CAIRN_AWS_TIME is: a client makes as many calls a second here as it would there.
"""

import re
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

#: service -> operation, or the verb that operations begin with -> (capacity, tokens a second), where AWS publishes them.
#: Not documented: how many calls RDS, IAM, Auto Scaling, ACM, SNS, ElastiCache, EFS, Backup, CloudFront and Shield take.
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
    "elbv2": {"Describe": (40, 10)},
    "route53": {
        "AssociateVPCWithHostedZone": (20, 5), "CreateHealthCheck": (50, 0.5), "CreateHostedZone": (40, 2),
        "CreateReusableDelegationSet": (40, 2), "CreateTrafficPolicyInstance": (1, 1), "*": (50, 10),
    },
    "wafv2": {
        "AssociateWebACL": (1, 0.5), "DisassociateWebACL": (1, 0.5), "GetWebACLForResource": (1, 1),
        "ListResourcesForWebACL": (1, 1), "Get": (5, 5), "List": (5, 5), "Create": (1, 1), "Put": (1, 1), "Update": (1, 1),
    },
    "kms": {
        "CancelKeyDeletion": (5, 5), "CreateAlias": (5, 5), "CreateGrant": (50, 50), "CreateKey": (5, 5),
        "DeleteAlias": (15, 15), "DescribeKey": (2000, 2000), "DisableKey": (5, 5), "DisableKeyRotation": (5, 5),
        "EnableKey": (5, 5), "EnableKeyRotation": (15, 15), "GetKeyPolicy": (1000, 1000),
        "GetKeyRotationStatus": (1000, 1000), "ListAliases": (500, 500), "ListGrants": (100, 100),
        "ListKeyPolicies": (100, 100), "ListKeys": (500, 500), "ListResourceTags": (2000, 2000), "PutKeyPolicy": (15, 15),
        "ScheduleKeyDeletion": (15, 15), "TagResource": (10, 10), "UntagResource": (5, 5), "UpdateAlias": (5, 5),
        "UpdateKeyDescription": (5, 5),
    },
    "cloudwatch": {
        "DeleteAlarms": (3, 3), "DeleteDashboards": (10, 10), "DescribeAlarmHistory": (3, 3), "DescribeAlarms": (9, 9),
        "DescribeAlarmsForMetric": (9, 9), "DisableAlarmActions": (3, 3), "EnableAlarmActions": (3, 3),
        "GetDashboard": (10, 10), "ListDashboards": (10, 10), "ListMetrics": (25, 25), "PutDashboard": (10, 10),
        "PutMetricAlarm": (3, 3), "SetAlarmState": (3, 3),
    },
    "logs": {
        "CreateLogStream": (50, 50), "DescribeLogGroups": (5, 5), "DescribeLogStreams": (5, 5), "FilterLogEvents": (5, 5),
        "GetLogEvents": (10, 10),
    },
    "secretsmanager": {"GetSecretValue": (10000, 10000), "DescribeSecret": (10000, 10000), "*": (50, 50)},
    "cloudtrail": {"LookupEvents": (2, 2)},
}  # fmt: skip

#: what is commonly reported of services whose documentation says nothing: no source
REPORTED = {
    "ssm": {"GetParameter": (40, 40), "GetParameters": (40, 40), "GetParametersByPath": (40, 40), "PutParameter": (3, 3)},
    "resourcegroupstaggingapi": {"GetResources": (15, 15), "TagResources": (5, 5), "UntagResources": (5, 5)},
}

#: what all calls of an account to a service share, where AWS publishes it: (capacity, tokens a second)
TOGETHER = {"route53": (50, 10)}

DOCS = "https://docs.aws.amazon.com/"
#: where those numbers stand. Of a rate without a bucket size ("3 a second") one second's calls fit into the bucket.
SOURCES = {
    "cloudtrail": DOCS + "awscloudtrail/latest/APIReference/API_LookupEvents.html",
    "cloudwatch": DOCS + "AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
    "ec2": EC2,
    "elbv2": DOCS + "elasticloadbalancing/latest/userguide/elb-api-throttling.html",
    "kms": DOCS + "kms/latest/developerguide/requests-per-second.html",
    "logs": DOCS + "AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
    "secretsmanager": DOCS + "secretsmanager/latest/userguide/reference_limits.html",
    "route53": DOCS + "Route53/latest/DeveloperGuide/throttling-api-requests.html",
    "wafv2": DOCS + "waf/latest/developerguide/limits.html",
}

#: how a service refuses; others say Throttling
CODES = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "elbv2": ("ThrottlingException", "Rate exceeded", 400),
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
    known = PUBLISHED.get(service) or REPORTED.get(service, {})
    verb = re.match("[A-Z][a-z]*", operation).group()
    published = known.get(operation) or known.get(verb) or known.get("*")
    if published:
        return operation, published
    if service == "ec2" and operation in UNFILTERED_READS and not _narrowed(request):
        return f"{operation}, unfiltered", UNFILTERED
    # Where a service publishes nothing, EC2's numbers stand in.
    return operation, READING if operation.startswith(READS) else CHANGING


def _narrowed(request):
    return any(request.get(k) for k in ("Filters", "Filter", "MaxResults", "NextToken"))


@around(EC2)
def throttle(call):
    """A call that finds its bucket empty is refused: RequestLimitExceeded, Throttling or what the service says."""
    service = call.context.service.service_name
    if not settings.throttle or service in FREE:
        return call.next()
    buckets = [limit(service, call.context.operation.name, call.request)]
    if service in TOGETHER:
        buckets.append(("all operations", TOGETHER[service]))
    if not _take(store(call.account, call.region, "throttle"), service, buckets):
        code, message, status = CODES.get(service, ("Throttling", "Rate exceeded", 400))
        raise error(code, message, status)
    return call.next()


def _take(kept, service, buckets):
    """Takes a token out of each bucket; whether each had one."""
    with _lock:
        now, left = time.monotonic(), {}
        for name, (capacity, rate) in buckets:
            tokens, seen = kept.get((service, name), (capacity, now))
            left[(service, name)] = min(capacity, tokens + rate * (now - seen))
        enough = min(left.values()) >= 1
        taken = 1 if enough else 0
        kept.update({bucket: (tokens - taken, now) for bucket, tokens in left.items()})
        return enough
