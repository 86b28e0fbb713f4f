"""IAM: what was just made can't be used yet, and what deletion asks for.

A role, an instance profile or a membership takes some seconds to be known everywhere. Until then, each service refuses
what names it, with an error of its own. The lag `iam` of the settings switches this.
"""

import json
import types

from localstack.utils.patch import patch
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from . import durations, states
from .rules import Everywhere, error, rule, store
from .settings import settings

PROPAGATION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency"
DOCS = "https://docs.aws.amazon.com/"


@rule("iam", "CreateRole", "CreateInstanceProfile", "AddRoleToInstanceProfile", "CreateUser", strict=True, source=PROPAGATION)
def remember_new(call):
    """What is new is not known everywhere at once."""
    reply = call.next()
    for kind in ("Role", "User"):
        if kind in reply:
            _mark(call, kind.lower(), reply[kind]["Arn"])
    if call.context.operation.name.endswith("InstanceProfile"):
        known = _profiles(call.account)
        if "InstanceProfile" in reply:
            known[call.get("InstanceProfileName")] = reply["InstanceProfile"]
        profile = known.get(call.get("InstanceProfileName")) or {}
        _mark(call, "profile", profile.get("Arn") or call.get("InstanceProfileName"))
    return reply


def _profiles(account):
    return store(account, "aws", "iam.profiles")


@rule("iam", "CreateInstanceProfile", "DeleteInstanceProfile")
def keep_profiles(call):
    """EC2 finds the instance profiles that IAM made, whoever answers for IAM."""
    reply = call.next()
    if "InstanceProfile" in reply:
        _profiles(call.account)[call.get("InstanceProfileName")] = reply["InstanceProfile"]
    else:
        _profiles(call.account).pop(call.get("InstanceProfileName"), None)
    return reply


def _find_profile(fn, self, name, key):
    try:
        return fn(self, name)
    except NotFoundException:
        for item in _profiles(self.account_id).values():
            if item[key] == name:
                return types.SimpleNamespace(
                    name=item["InstanceProfileName"], arn=item["Arn"], id=item["InstanceProfileId"]
                )
        raise


@patch(IAMBackend.get_instance_profile)
def _by_name(fn, self, profile_name):
    return _find_profile(fn, self, profile_name, "InstanceProfileName")


@patch(IAMBackend.get_instance_profile_by_arn)
def _by_arn(fn, self, profile_arn):
    return _find_profile(fn, self, profile_arn, "Arn")


def _mark(call, kind, arn):
    due = durations.due("aws_iam", "propagate")
    for name in (arn, arn.rpartition("/")[2]):
        states.mark(Everywhere(call), f"iam.{kind}", name, "new", due)


def unknown(call, kind, name):
    """Whether a role, user or profile, by name or ARN, is too new to be known."""
    return bool(name) and "iam" in settings.lags and states.state(Everywhere(call), f"iam.{kind}", name) is not None


def _profile(spec):
    return (spec or {}).get("Arn") or (spec or {}).get("Name")


def _refuse_profile(call, spec, code="InvalidParameterValue", prefix=""):
    name = _profile(spec)
    if unknown(call, "profile", name):
        field = "iamInstanceProfile.arn" if name.startswith("arn:") else "iamInstanceProfile.name"
        raise error(code, f"{prefix}Value ({name}) for parameter {field} is invalid. Invalid IAM Instance Profile name")


@rule("ec2", "RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation", strict=True, source=PROPAGATION)
def instances(call):
    """EC2 refuses an instance profile that it doesn't know yet: InvalidParameterValue."""
    _refuse_profile(call, call.get("IamInstanceProfile"))
    return call.next()


@rule(
    "autoscaling", "CreateAutoScalingGroup", "UpdateAutoScalingGroup", strict=True, outer=True,
    source=DOCS + "autoscaling/ec2/userguide/ts-as-launch-template.html",
)  # fmt: skip
def groups(call):
    """A launch template with an instance profile that isn't known yet is not valid: ValidationError."""
    from moto.ec2.models import ec2_backends

    spec = call.get("LaunchTemplate")
    mixed = (call.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    spec = spec or mixed.get("LaunchTemplateSpecification")
    ec2 = ec2_backends[call.account][call.region]
    if spec:
        name = spec.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(spec.get("LaunchTemplateName"))
        template = ec2.launch_templates.get(name)
        if template:
            data = template.get_version(spec.get("Version") or "$Default").data
            valid = "You must use a valid fully-formed launch template. "
            _refuse_profile(call, data.get("IamInstanceProfile"), "ValidationError", valid)
    return call.next()


#: service, operation, parameter with a role -> the code and the message of the refusal
ROLES = {
    ("ec2", "CreateFlowLogs", "DeliverLogsPermissionArn"): ("InvalidParameter", "Unable to assume given IAM role"),
    ("rds", "CreateDBInstance", "MonitoringRoleArn"): (
        "InvalidParameterValue",
        "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
    ),
    ("rds", "ModifyDBInstance", "MonitoringRoleArn"): (
        "InvalidParameterValue",
        "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
    ),
    ("backup", "CreateBackupSelection", "BackupSelection.IamRoleArn"): (
        "InvalidParameterValueException",
        "IAM Role {} cannot be assumed by AWS Backup",
    ),
    ("cloudtrail", "CreateTrail", "CloudWatchLogsRoleArn"): ("InvalidCloudWatchLogsRoleArnException", "Access denied."),
    ("cloudtrail", "UpdateTrail", "CloudWatchLogsRoleArn"): ("InvalidCloudWatchLogsRoleArnException", "Access denied."),
    ("ecs", "RegisterTaskDefinition", "executionRoleArn"): ("ClientException", "Role is not valid"),
    ("ecs", "RegisterTaskDefinition", "taskRoleArn"): ("ClientException", "Role is not valid"),
    ("scheduler", "CreateSchedule", "Target.RoleArn"): (
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    ("scheduler", "UpdateSchedule", "Target.RoleArn"): (
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    ("lambda", "CreateFunction", "Role"): (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
}  # fmt: skip


def _at(request, path):
    for part in path.split("."):
        request = (request or {}).get(part)
    return request


def roles(call):
    """A service refuses a role that it can't assume yet, with a code of its own."""
    name = (call.context.service.service_name, call.context.operation.name)
    for (service, operation, path), (code, message) in ROLES.items():
        if (service, operation) == name and unknown(call, "role", _at(call.request, path)):
            raise error(code, message.format(_at(call.request, path)))
    return call.next()


for _service, _operation in dict.fromkeys((service, operation) for service, operation, _ in ROLES):
    rule(_service, _operation, strict=True, outer=True)(roles)


#: service, operation, parameter with a policy document -> the code and the message when a principal isn't known
POLICIES = {
    ("kms", "CreateKey", "Policy"): (
        "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.",
    ),
    ("kms", "PutKeyPolicy", "Policy"): (
        "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.",
    ),
    ("s3", "PutBucketPolicy", "Policy"): ("MalformedPolicy", "Invalid principal in policy"),
    ("iam", "CreateRole", "AssumeRolePolicyDocument"): ("MalformedPolicyDocument", "Invalid principal in policy"),
    ("iam", "UpdateAssumeRolePolicy", "PolicyDocument"): ("MalformedPolicyDocument", "Invalid principal in policy"),
    ("sqs", "SetQueueAttributes", "Attributes.Policy"): ("InvalidAttributeValue", "Invalid value for the parameter Policy."),
    ("secretsmanager", "PutResourcePolicy", "ResourcePolicy"): (
        "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.",
    ),
    ("sns", "SetTopicAttributes", "AttributeValue"): ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
}  # fmt: skip


def _principals(document):
    """The AWS principals of a policy document; what can't be read has none."""
    try:
        statements = json.loads(document)["Statement"]
    except (TypeError, ValueError, KeyError):
        return
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        names = principal.get("AWS") if isinstance(principal, dict) else None
        yield from [names] if isinstance(names, str) else names or []


def principals(call):
    """A policy that names a role or user that isn't known yet is refused, with a code of the service's own."""
    name = (call.context.service.service_name, call.context.operation.name)
    for (service, operation, path), (code, message) in POLICIES.items():
        if (service, operation) == name:
            for principal in _principals(_at(call.request, path)):
                if unknown(call, "role", principal) or unknown(call, "user", principal):
                    raise error(code, message)
    return call.next()


for _service, _operation, _ in POLICIES:
    rule(_service, _operation, strict=True, outer=True)(principals)
