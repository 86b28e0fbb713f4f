"""IAM policies that accounts are held to: what they don't allow is refused with AccessDenied.

POST /_cairn/policy {"account": "111111111111", "documents": [...], "kinds": {...}} holds an account to documents; `kinds` says what
each action can be limited to, as AWS's Service Authorization Reference has it: {"ec2:CreateVpc": {"ec2:${Region}:${Account}:vpc/${VpcId}":
"nq"}}, where `n` says that each call needs one, and `q` that the call puts its tags on it. Without documents the account is free again. GET /_cairn/policy?account=... tells every action that was asked for since.

Evaluated are Action, Resource and Condition of Allow statements, on every resource that the request's parameters name and the
action can be limited to; a resource that is yet to be made, or a list of all, is the kind's ARN with stars. Of conditions
StringEquals, StringLike and ArnLike are known. An action that a call needs besides its own (tags given with a create call, a role that
is handed on) is asked for as well. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import fnmatch
import re
import threading

from moto.ec2.models import ec2_backends

from . import tagging
from .rules import around, error

LOGIC = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
PREFIXES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}

#: operations of S3 whose actions have other names:
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
S3_ACTIONS = {
    "HeadBucket": ["ListBucket"], "ListObjects": ["ListBucket"], "ListObjectsV2": ["ListBucket"], "ListBuckets": ["ListAllMyBuckets"],
    "ListObjectVersions": ["ListBucketVersions"], "HeadObject": ["GetObject"], "DeleteObjects": ["DeleteObject", "DeleteObjectVersion"],
    "GetBucketEncryption": ["GetEncryptionConfiguration"], "PutBucketEncryption": ["PutEncryptionConfiguration"],
    "DeleteBucketEncryption": ["PutEncryptionConfiguration"], "GetBucketLifecycleConfiguration": ["GetLifecycleConfiguration"],
    "PutBucketLifecycleConfiguration": ["PutLifecycleConfiguration"], "DeleteBucketLifecycle": ["PutLifecycleConfiguration"],
    "GetObjectLockConfiguration": ["GetBucketObjectLockConfiguration"], "PutObjectLockConfiguration": ["PutBucketObjectLockConfiguration"],
    "GetPublicAccessBlock": ["GetBucketPublicAccessBlock"], "PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
    "DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"], "DeleteBucketOwnershipControls": ["PutBucketOwnershipControls"],
    "DeleteBucketTagging": ["PutBucketTagging"],
}  # fmt: skip

#: service -> the action that tags given with another call need
TAGGING = {
    "acm": "AddTagsToCertificate", "autoscaling": "CreateOrUpdateTags", "cloudwatch": "TagResource", "ec2": "CreateTags",
    "ecs": "TagResource", "elbv2": "AddTags", "kms": "TagResource", "logs": "TagResource", "rds": "AddTagsToResource", "s3": "TagResource",
    "shield": "TagResource", "sns": "TagResource", "ssm": "AddTagsToResource", "wafv2": "TagResource",
}  # fmt: skip
IAM_TAGGING = {"CreateRole": "TagRole", "CreatePolicy": "TagPolicy", "CreateInstanceProfile": "TagInstanceProfile"}

#: (service, parameter) -> the resource part of an ARN, with the parameter's value in it
NAMES = {
    ("autoscaling", "AutoScalingGroupName"): "autoScalingGroup:*:autoScalingGroupName/{}",
    ("autoscaling", "ResourceId"): "autoScalingGroup:*:autoScalingGroupName/{}",
    ("cloudwatch", "AlarmName"): "alarm:{}", ("cloudwatch", "AlarmNames"): "alarm:{}",
    ("cloudwatch", "DashboardName"): "dashboard/{}", ("cloudwatch", "DashboardNames"): "dashboard/{}",
    ("ecs", "cluster"): "cluster/{}", ("ecs", "clusterName"): "cluster/{}", ("ecs", "clusters"): "cluster/{}", ("ecs", "family"): "task-definition/{}:*",
    ("iam", "InstanceProfileName"): "instance-profile{path}{}", ("iam", "PolicyName"): "policy{path}{}", ("iam", "RoleName"): "role{path}{}",
    ("kms", "AliasName"): "{}", ("kms", "KeyId"): "key/{}", ("kms", "TargetKeyId"): "key/{}",
    ("logs", "logGroupName"): "log-group:{}",
    ("rds", "DBInstanceIdentifier"): "db:{}", ("rds", "DBParameterGroupName"): "pg:{}", ("rds", "DBSubnetGroupName"): "subgrp:{}",
    ("rds", "FinalDBSnapshotIdentifier"): "snapshot:{}",
    ("scheduler", "Name"): "schedule/{group}/{}", ("shield", "ProtectionId"): "protection/{}", ("sns", "Name"): "{}",
    ("ssm", "Name"): "{kind}/{}", ("ssm", "Names"): "{kind}/{}", ("ssm", "Path"): "{kind}/{}", ("ssm", "ResourceId"): "{kind}/{}",
    ("wafv2", "Name"): "{scope}/webacl/{}/{id}",
}  # fmt: skip
#: services whose ARNs hold no region
GLOBAL = ("iam", "shield")
#: parameters that hold what the call is not about
ASIDE = ("Filter", "Filters", "TagSpecifications", "Tags", "PolicyDocument", "Rules", "Dimensions")

#: for a resource that the parameters don't tell: the action is judged alone
NOT_NAMED = "a resource that the parameters don't name"
#: account -> what it is held to
held = {}
_lock = threading.Lock()


class Held:
    """The policies of an account, and what was asked of them."""

    def __init__(self, documents, kinds):
        statements = [s for document in documents for s in _list(document["Statement"])]
        if any(s["Effect"] != "Allow" or {"NotAction", "NotResource"} & set(s) for s in statements):
            raise ValueError("only statements that allow actions on resources are known")
        for statement in statements:
            unknown = set(statement.get("Condition", {})) - set(OPERATORS)
            if unknown:
                raise ValueError(f"unknown operator {', '.join(sorted(unknown))}")
        self.statements, self.kinds, self.asked = statements, kinds, []


def change(values):
    """Holds an account to documents, or to none."""
    if set(values) - {"account", "documents", "kinds"} or not isinstance(values.get("account"), str):
        raise ValueError("needed: account; possible: documents, kinds")
    try:
        made = Held(values["documents"], values.get("kinds") or {}) if values.get("documents") else None
    except (KeyError, AttributeError) as problem:
        raise ValueError(f"no policy document: {problem!r}") from problem
    with _lock:
        held.pop(values["account"], None)
        if made:
            held[values["account"]] = made


def asked(account):
    """Every action that an account has asked for: with the operation, the resources, and whether it was allowed."""
    found = held.get(account)
    return list(found.asked) if found else []


class Request:
    """One action that a call needs, and what its conditions are held against."""

    def __init__(self, action, resources, keys):
        self.action, self.resources, self.keys = action, resources, keys


@around(LOGIC, outer=True)
def enforce(call):
    """What the policies of the account don't allow is refused."""
    found = held.get(call.account)
    if found is None:
        return call.next()
    for request in needed(call, found):
        missing = [arn for arn in request.resources if not _allowed(call, found, request, arn)]
        operation = f"{call.context.service.service_name}:{call.context.operation.name}"
        entry = {"operation": operation, "action": request.action, "resources": request.resources, "allowed": not missing}
        with _lock:
            found.asked.append(entry)
        if missing:
            code = "UnauthorizedOperation" if call.context.service.service_name == "ec2" else "AccessDenied"
            raise error(code, f"not authorized to perform {request.action} on {', '.join(missing)} with {request.keys}", 403)
    return call.next()


def needed(call, found):
    """The actions that a call needs."""
    service, operation, parameters = call.context.service.service_name, call.context.operation.name, call.request
    prefix = PREFIXES.get(service, service)
    tags = _request_tags(service, parameters)
    keys = {f"aws:RequestTag/{k}": v for k, v in tags.items()}
    names = S3_ACTIONS.get(operation, [operation]) if service == "s3" else [operation]
    for name in names:
        yield Request(f"{prefix}:{name}", _resources(call, found, f"{prefix}:{name}"), keys)
    tagging_action = IAM_TAGGING.get(operation) if service == "iam" else TAGGING.get(service)
    if tags and tagging_action and "Tag" not in operation:
        action = f"{prefix}:{tagging_action}"
        by = {"ec2:CreateAction": operation} if service == "ec2" else {}
        yield Request(action, _made(call, found, action, f"{prefix}:{names[0]}"), {**keys, **by})
    yield from _beside(call, found)


def _beside(call, found):
    """What else AWS checks: roles that are handed on, launches."""
    service, operation, parameters = call.context.service.service_name, call.context.operation.name, call.request
    handed = {
        ("iam", "AddRoleToInstanceProfile"): ([f"arn:aws:iam::{call.account}:role/{parameters.get('RoleName')}"], "ec2.amazonaws.com"),
        ("ec2", "CreateFlowLogs"): ([parameters.get("DeliverLogsPermissionArn")], "vpc-flow-logs.amazonaws.com"),
        ("ecs", "RegisterTaskDefinition"): ([parameters.get("executionRoleArn"), parameters.get("taskRoleArn")], "ecs-tasks.amazonaws.com"),
        ("rds", "CreateDBInstance"): ([parameters.get("MonitoringRoleArn")], "monitoring.rds.amazonaws.com"),
        ("rds", "ModifyDBInstance"): ([parameters.get("MonitoringRoleArn")], "monitoring.rds.amazonaws.com"),
        ("scheduler", "CreateSchedule"): ([(parameters.get("Target") or {}).get("RoleArn")], "scheduler.amazonaws.com"),
        ("scheduler", "UpdateSchedule"): ([(parameters.get("Target") or {}).get("RoleArn")], "scheduler.amazonaws.com"),
    }
    roles, to = handed.get((service, operation), ([], None))
    for role in filter(None, roles):
        yield Request("iam:PassRole", [role], {"iam:PassedToService": to})
    template = parameters.get("LaunchTemplate") or {}
    if service == "autoscaling" and operation == "CreateAutoScalingGroup" and template:
        base = f"arn:aws:ec2:{call.region}:{call.account}"
        keys = {"ec2:LaunchTemplate": f"{base}:launch-template/{template.get('LaunchTemplateId', '*')}"}
        yield Request("ec2:RunInstances", [f"{base}:instance/*"], keys)


def _request_tags(service, parameters):
    """The tags that a request gives."""
    lists = [parameters.get(k) for k in ("Tags", "tags", "TagList")]
    lists += [s.get("Tags") for k in ("TagSpecifications", "TagSpecification") for s in parameters.get(k) or []]
    lists.append((parameters.get("CreateBucketConfiguration") or {}).get("Tags") if service == "s3" else None)
    return {k: v for tags in lists if tags for k, v in tagging._pairs(tags).items()}


def _resources(call, found, action):
    """What an action is about, as far as it can be limited: the ARNs that the parameters name, the kinds of what isn't there yet."""
    kinds = found.kinds.get(action)
    if not kinds or set(kinds) == {"*"}:
        return ["*"]
    named = set(_named(call, call.request))
    fitting = {kind: sorted(arn for arn in named if _pattern(kind).fullmatch(arn)) for kind in kinds}
    arns = [arn for found_arns in fitting.values() for arn in found_arns]
    # Of kinds that every call needs, one that the parameters don't name is yet to be made, or all are meant. Load balancers and their
    # parts are of one kind out of several.
    one_of = call.context.service.service_name == "elbv2"
    arns += [_stars(call, kind) for kind, flags in kinds.items() if "n" in flags and not fitting[kind] and not (one_of and arns)]
    return sorted(set(arns)) or [NOT_NAMED]


def _made(call, found, action, by):
    """What a call makes and tags: of the kinds that both actions know, those that the maker puts the request's tags on."""
    both = [k for k, flags in found.kinds.get(by, {}).items() if "q" in flags and k in found.kinds.get(action, {})]
    if not both:
        return _resources(call, found, action)
    named = set(_named(call, call.request))
    return sorted({arn for kind in both for arn in named if _pattern(kind).fullmatch(arn)} or {_stars(call, kind) for kind in both})


def _stars(call, kind):
    return "arn:aws:" + re.sub(r"\$\{(\w+)\}", lambda m: {"Region": call.region, "Account": call.account}.get(m[1], "*"), kind)


def _pattern(kind):
    return re.compile("arn:aws:" + re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(kind)))


def _named(call, value, key=None):
    """The ARNs that parameters name, however they do."""
    service = call.context.service.service_name
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ASIDE or (service, name) == ("autoscaling", "Tags"):
                # Names inside of what is set are those of other things.
                yield from _named(call, item, name if value is call.request or name == "ResourceId" else None)
        if service == "s3" and value.get("Bucket"):
            keys = [value["Key"]] if "Key" in value else [o["Key"] for o in (value.get("Delete") or {}).get("Objects", [])]
            yield from (f"arn:aws:s3:::{value['Bucket']}/{key}" for key in keys)
    elif isinstance(value, list):
        for item in value:
            yield from _named(call, item, key)
    elif isinstance(value, str):
        yield from _arns(call, service, key, value)


def _arns(call, service, key, value):
    base = f"arn:aws:{service}:{'' if service in GLOBAL else call.region}:{call.account}"
    if service == "cloudwatch" and (key or "").startswith("Dashboard"):
        base = f"arn:aws:cloudwatch::{call.account}"
    kind = tagging.EC2_TYPES.get(value.rpartition("-")[0])
    if value.startswith("arn:"):
        yield value.removesuffix(":*") if ":logs:" in value else value
    elif service == "ec2" and value.startswith(("rtbassoc-", "eipassoc-")):
        yield from (arn for end in _ends(call, value) for arn in _arns(call, service, key, end))
    elif service == "ec2" and kind:
        yield f"arn:aws:ec2:{call.region}:{call.account}:{kind[0]}/{value}"
    elif service == "s3" and key == "Bucket":
        yield f"arn:aws:s3:::{value}"
    elif (service, key) in NAMES:
        document = "Document" in call.context.operation.name or call.request.get("ResourceType") == "Document"
        filled = {
            "path": call.request.get("Path") or "/",
            "kind": "document" if document else "parameter",
            "scope": "global" if call.request.get("Scope") == "CLOUDFRONT" else "regional",
            "id": call.request.get("Id") or "*",
            "group": call.request.get("GroupName") or "default",
        }
        yield f"{base}:{NAMES[(service, key)].format(value.lstrip('/') if service == 'ssm' else value, **filled)}"


def _ends(call, association):
    """What an association connects."""
    backend = ec2_backends[call.account][call.region]
    for table in backend.route_tables.values():
        if association in table.associations:
            yield from (table.id, table.associations[association])
    yield from (a.allocation_id for a in backend.addresses if a.association_id == association)


def _list(value):
    return value if isinstance(value, list) else [value]


def _matches(value, patterns, lower=False):
    fold = str.lower if lower else str
    return any(fnmatch.fnmatchcase(fold(value), fold(p).replace("[", "[[]")) for p in _list(patterns))


#: condition operators: whether a request's value fits the wanted ones
OPERATORS = {
    "StringEquals": lambda value, wanted: value in _list(wanted),
    "StringLike": _matches,
    "ArnLike": _matches,
}


def _allowed(call, found, request, arn):
    """True when some statement allows an action on a resource."""
    tags = None
    for statement in found.statements:
        if not _matches(request.action, statement["Action"], lower=True):
            continue
        if arn == NOT_NAMED:
            return True
        if not _matches(arn, statement["Resource"]):
            continue
        keys = dict(request.keys)
        if "aws:ResourceTag/" in str(statement.get("Condition")):
            tags = _tags(call, arn) if tags is None else tags
            keys.update({f"aws:ResourceTag/{k}": v for k, v in tags.items()})
        conditions = [(o, k, w) for o, block in statement.get("Condition", {}).items() for k, w in block.items()]
        if all(key in keys and OPERATORS[operator](keys[key], wanted) for operator, key, wanted in conditions):
            return True
    return False


def _tags(call, arn):
    """The tags that a resource has now."""
    everything = tagging.everything(call.account, call.region)
    return everything.get(arn, {})
