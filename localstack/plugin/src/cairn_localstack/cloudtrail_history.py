"""CloudTrail's event history: LookupEvents finds the calls that were really made.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

Management events only, as in AWS: what reads or writes the data inside of a bucket, queue or table is no part of it. The
newest calls of an account and region are kept, and show some minutes later unless the lag `trail` is off.
"""

import collections
import json
import re
import uuid
from datetime import datetime, timedelta, timezone

from localstack.aws.api import ServiceException

from . import durations
from .clock import clock
from .rules import around, error, page, rule, store
from .settings import settings

READS = ("Describe", "Get", "List", "Head", "Lookup", "Search", "Test", "Preview", "Simulate")

#: calls on data, which the history leaves out
DATA = {
    "s3": re.compile("(Get|Put|Head|Delete|Copy|Select|Restore|Upload|Create|Complete|Abort|List).*(Object|Multipart|Part)"),
    "sqs": re.compile(".*Message"),
    "sns": re.compile("Publish"),
    "dynamodb": re.compile("(Batch|Get|Put|Update|Delete|Transact|Query|Scan|Execute).*(Item|Query|Scan|Statement|Transaction)?$"),
    "lambda": re.compile("Invoke"),
    "logs": re.compile("PutLogEvents|FilterLogEvents|GetLogEvents"),
    "cloudwatch": re.compile("PutMetricData|GetMetricData|GetMetricStatistics"),
}

#: what says who called, not what was called
NOT_RESOURCES = {
    "requestId", "clientToken", "clientRequestToken", "ownerId", "accountId", "nextToken", "callerReference", "imageId",
    "creatorRequestId", "availabilityZoneId", "hostedZoneNameServers", "policyDocument", "versionId",
}  # fmt: skip
SECRET = re.compile("password|secretstring|secretbinary|presharedkey|privatekey|secretaccesskey|sessiontoken|authtoken", re.I)
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

#: part of a parameter's name -> the type of the resource
TYPES = {
    "vpcId": "AWS::EC2::VPC", "subnetId": "AWS::EC2::Subnet", "groupId": "AWS::EC2::SecurityGroup",
    "instanceId": "AWS::EC2::Instance", "routeTableId": "AWS::EC2::RouteTable", "natGatewayId": "AWS::EC2::NatGateway",
    "internetGatewayId": "AWS::EC2::InternetGateway", "allocationId": "AWS::EC2::EIP",
    "networkInterfaceId": "AWS::EC2::NetworkInterface", "vpcEndpointId": "AWS::EC2::VPCEndpoint",
    "launchTemplateId": "AWS::EC2::LaunchTemplate", "vpnGatewayId": "AWS::EC2::VPNGateway",
    "vpnConnectionId": "AWS::EC2::VPNConnection", "customerGatewayId": "AWS::EC2::CustomerGateway",
    "roleName": "AWS::IAM::Role", "userName": "AWS::IAM::User", "policyArn": "AWS::IAM::Policy",
    "bucketName": "AWS::S3::Bucket", "bucket": "AWS::S3::Bucket", "dBInstanceIdentifier": "AWS::RDS::DBInstance",
    "dBSubnetGroupName": "AWS::RDS::DBSubnetGroup", "autoScalingGroupName": "AWS::AutoScaling::AutoScalingGroup",
    "loadBalancerArn": "AWS::ElasticLoadBalancingV2::LoadBalancer", "keyId": "AWS::KMS::Key",
    "targetGroupArn": "AWS::ElasticLoadBalancingV2::TargetGroup", "secretId": "AWS::SecretsManager::Secret",
    "taskDefinition": "AWS::ECS::TaskDefinition", "clusterName": "AWS::ECS::Cluster",
    "logGroupName": "AWS::Logs::LogGroup", "topicArn": "AWS::SNS::Topic",
}  # fmt: skip

#: how many calls are kept: what changed something for long, what only read for a while
KEPT = {"write": 20000, "read": 2000}


def _camel(name):
    return name[:1].lower() + name[1:]


def _plain(value, name=""):
    """A request or an answer as CloudTrail writes it: names in camel case, nothing secret, nothing that isn't JSON."""
    if SECRET.search(name) and isinstance(value, (str, bytes)):
        return HIDDEN
    if isinstance(value, dict):
        return {_camel(str(k)): _plain(v, str(k)) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (str, int, float, bool)):
        return value
    return None


def _resources(value, found, name=""):
    """What a call names: the ids, names and ARNs in its request and its answer."""
    if isinstance(value, dict):
        for key, item in value.items():
            _resources(item, found, key)
    elif isinstance(value, list):
        single = re.sub("(Set|Ids|Names|Arns)$", lambda m: {"Set": "Id"}.get(m.group(), m.group()[:-1]), name)
        for item in value:
            _resources(item, found, single)
    elif isinstance(value, str) and name not in NOT_RESOURCES and value != HIDDEN:
        if re.search("(Id|Name|Arn|ARN|Identifier|Resource|Resources|^resources?|^bucket|^name|^id|^arn)$", name) and 0 < len(value) < 512:
            found.setdefault(value, TYPES.get(name))


def _caller(call):
    """userIdentity, and the name that LookupEvents knows the caller by."""
    header = call.context.request.headers.get("Authorization", "")
    key = re.search("Credential=([^/,]+)", header)
    key = key.group(1) if key else ""
    known = store(call.account, "aws", "trail.callers").get(key)
    if known is None:
        root = {"type": "Root", "principalId": call.account, "arn": f"arn:aws:iam::{call.account}:root"}
        return {**root, "accountId": call.account, "accessKeyId": key}, "root"
    kind, arn, name = known
    identity = {"type": kind, "arn": arn, "accountId": call.account, "accessKeyId": key}
    if kind == "IAMUser":
        identity["userName"] = name
    return identity, name


@rule("iam", "CreateAccessKey", strict=True, source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html")  # fmt: skip
def remember_user(call):
    """The calls that are made with a user's key are the user's."""
    reply = call.next()
    key = reply["AccessKey"]
    arn = f"arn:aws:iam::{call.account}:user/{key['UserName']}"
    store(call.account, "aws", "trail.callers")[key["AccessKeyId"]] = ("IAMUser", arn, key["UserName"])
    return reply


@rule("sts", "AssumeRole", strict=True, source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html")  # fmt: skip
def remember_session(call):
    """The calls that are made with a role's credentials are its session's."""
    reply = call.next()
    arn = reply["AssumedRoleUser"]["Arn"]
    account = arn.split(":")[4]
    caller = ("AssumedRole", arn, call.get("RoleSessionName"))
    store(account, "aws", "trail.callers")[reply["Credentials"]["AccessKeyId"]] = caller
    return reply


def _kept(call, kind):
    return store(call.account, call.region, "trail").setdefault(kind, collections.deque(maxlen=KEPT[kind]))


def _is_management(service, operation):
    data = DATA.get(service)
    return not (data and data.match(operation))


@around("https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html", outer=True)
def record(call):
    """Every call leaves an event: also one that was refused."""
    service, operation = call.context.service.service_name, call.context.operation.name
    if not _is_management(service, operation):
        return call.next()
    asked = _plain(dict(call.request))
    try:
        reply = call.next()
    except ServiceException as problem:
        _write(call, asked, None, problem)
        raise
    _write(call, asked, reply if isinstance(reply, dict) else {}, None)
    return reply


def _write(call, asked, reply, problem):
    operation, model = call.context.operation.name, call.context.service
    reading = operation.startswith(READS)
    identity, user = _caller(call)
    request = call.context.request
    answered = None if reading or not reply else _plain(reply)
    found = {}
    _resources(asked, found)
    _resources(answered or {}, found)
    now = datetime.now(timezone.utc)
    event = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{model.metadata['endpointPrefix'].split('.')[-1]}.amazonaws.com",
        "eventName": operation,
        "awsRegion": call.region,
        "sourceIPAddress": request.headers.get("X-Forwarded-For", request.remote_addr or "").split(",")[0].strip(),
        "userAgent": request.headers.get("User-Agent", ""),
        "requestParameters": asked or None,
        "responseElements": answered,
        "requestID": call.context.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": reading,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }
    if problem is not None:
        code = getattr(problem, "code", None) or type(problem).__name__
        event["errorCode"] = f"Client.{code}" if call.context.service.service_name == "ec2" else code
        event["errorMessage"] = str(problem)
    resources = [{"ResourceName": n, **({"ResourceType": t} if t else {})} for n, t in found.items()]
    _kept(call, "read" if reading else "write").append(
        (durations.due("aws_cloudtrail", "deliver"), now, user, event, resources)
    )


def _shown(entry):
    _, now, user, event, resources = entry
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "true" if event["readOnly"] else "false",
        "AccessKeyId": event["userIdentity"].get("accessKeyId", ""),
        "EventTime": now,
        "EventSource": event["eventSource"],
        "Username": user,
        "Resources": resources,
        "CloudTrailEvent": json.dumps(event),
    }


def _fits(item, key, value):
    if key in ("ResourceName", "ResourceType"):
        return any(r.get(key) == value for r in item["Resources"])
    return item[key] == value


ATTRIBUTES = ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")
HISTORY = timedelta(days=90)


@rule("cloudtrail", "LookupEvents")
def lookup(call):
    """The newest first, by one attribute and by time; 50 on a page at most."""
    attributes = call.get("LookupAttributes") or []
    if len(attributes) > 1 or any(a.get("AttributeKey") not in ATTRIBUTES for a in attributes):
        raise error("InvalidLookupAttributesException", "One lookup attribute at a time can be given.")
    if not 1 <= (call.get("MaxResults") or 50) <= 50:
        raise error("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    start, end = _time(call.get("StartTime")), _time(call.get("EndTime"))
    if start and end and start > end:
        raise error("InvalidTimeRangeException", "The start time is after the end time.")
    oldest = datetime.now(timezone.utc) - HISTORY
    late = "trail" in settings.lags
    found = []
    for entry in [*_kept(call, "write"), *_kept(call, "read")]:
        if (late and not clock.past(entry[0])) or entry[1] < (start or oldest) or (end and entry[1] > end):
            continue
        item = _shown(entry)
        if all(_fits(item, a["AttributeKey"], a["AttributeValue"]) for a in attributes):
            found.append(item)
    found.sort(key=lambda i: i["EventTime"], reverse=True)
    items, token = page(found, call.get("MaxResults") or 50, call.get("NextToken"))
    return {"Events": items, **({"NextToken": token} if token else {})}


def _time(value):
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, timezone.utc)
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
