"""Auto Scaling: instances spread over subnets, read-back of every setting, instance refresh.

The sources are https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html,
API_AutoScalingGroup.html, API_StartInstanceRefresh.html and API_InstanceRefresh.html.
"""

import time
import uuid
from datetime import datetime, timezone

from localstack.utils.patch import patch
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)

from .rules import STRICT, error, lock, page, rule

#: settings that moto forgets; they are read back as they were given
FIELDS = (
    "AvailabilityZoneDistribution AvailabilityZoneImpairmentPolicy CapacityReservationSpecification Context "
    "DefaultInstanceWarmup DesiredCapacityType InstanceMaintenancePolicy MaxInstanceLifetime TrafficSources "
    "DefaultCooldown TerminationPolicies PlacementGroup CapacityRebalance SkipZonalShiftValidation"
).split()


def backend(call):
    return autoscaling_backends[call.account][call.region]


def group(call):
    name = call.get("AutoScalingGroupName")
    found = backend(call).autoscaling_groups.get(name)
    if not found:
        raise error("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return found


@patch(FakeAutoScalingGroup.replace_autoscaling_group_instances)
def _launch(fn, self, count_needed, propagated_tags):
    """Instances go to the subnet that has fewest, as AWS balances them."""
    if not self.vpc_zone_identifier or not self.ec2_launch_template:
        return fn(self, count_needed, propagated_tags)
    version = self.ec2_launch_template.get_version(self.launch_template_version)
    tags = {**dict(self.instance_tags), **propagated_tags, ASG_NAME_TAG: self.name}
    if isinstance(getattr(version, "number", None), int):
        tags["aws:ec2launchtemplate:id"] = self.ec2_launch_template.id
        tags["aws:ec2launchtemplate:version"] = str(version.number)
    subnets = self.vpc_zone_identifier.split(",")
    ec2 = self.autoscaling_backend.ec2_backend
    interfaces = version.data.get("NetworkInterfaces") or []
    groups = version.data.get("SecurityGroupIds") or next((i.get("Groups") for i in interfaces if i.get("Groups")), [])
    for _ in range(count_needed):
        used = [state.instance.subnet_id for state in self.instance_states]
        subnet = min(subnets, key=lambda s: (used.count(s), subnets.index(s)))
        reservation = ec2.run_instances(
            self.image_id,
            1,
            self.user_data,
            self.security_groups,
            security_group_ids=list(groups),
            instance_type=self.instance_type,
            tags={"instance": dict(tags)},
            placement=ec2.get_subnet(subnet).availability_zone,
            launch_template={"LaunchTemplateId": self.ec2_launch_template.id, "Version": str(version.number)},
            is_instance_type_default=False,
            associate_public_ip=None,
            subnet_id=subnet,
        )
        for instance in reservation.instances:
            instance.autoscaling_group = self
            if instance.subnet_id:
                instance._placement.zone = ec2.get_subnet(instance.subnet_id).availability_zone
            state = InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
            state.cairn_version = version.number
            self.instance_states.append(state)


def _instance_template(self):
    """An instance shows the version that it was launched from."""
    owner = self.auto_scaling_group
    if owner is None or owner.ec2_launch_template is None:
        return None
    return {
        "LaunchTemplateId": owner.ec2_launch_template.id,
        "LaunchTemplateName": owner.ec2_launch_template.name,
        "Version": str(getattr(self, "cairn_version", owner.ec2_launch_template.default_version_number)),
    }


InstanceState.launch_template = property(_instance_template)


@patch(AutoScalingBackend.update_attached_target_groups)
def _targets(fn, self, group_name):
    """Instances that are gone leave the target groups."""
    fn(self, group_name)
    owner = self.autoscaling_groups[group_name]
    mine = {state.instance.id for state in owner.instance_states}
    for arn in owner.target_group_arns or []:
        target_group = self.elbv2_backend.target_groups.get(arn)
        for name in list(getattr(target_group, "targets", {})):
            found = next((i for i in self.ec2_backend.all_instances() if i.id == name), None)
            if found is not None and getattr(found, "autoscaling_group", None) is owner and name not in mine:
                target_group.targets.pop(name, None)


def _remember(call):
    extras = call.store("autoscaling").setdefault(call.get("AutoScalingGroupName"), {})
    for field in FIELDS:
        if call.get(field) is not None:
            extras[field] = call.get(field)
    if extras.get("DefaultInstanceWarmup") == -1:
        del extras["DefaultInstanceWarmup"]
    policy = extras.get("InstanceMaintenancePolicy") or {}
    if policy.get("MinHealthyPercentage") == -1:
        del extras["InstanceMaintenancePolicy"]


@rule("autoscaling", "CreateAutoScalingGroup")
def create_group(call):
    """A name can be taken once."""
    if call.get("AutoScalingGroupName") in backend(call).autoscaling_groups:
        raise error("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name "
                    f"{call.get('AutoScalingGroupName')} already exists")  # fmt: skip
    call.store("autoscaling").pop(call.get("AutoScalingGroupName"), None)
    request = dict(call.request)
    if request.get("DesiredCapacity") is None:
        request["DesiredCapacity"] = request.get("MinSize")
    reply = call.next(request)
    _remember(call)
    return reply


@rule("autoscaling", "UpdateAutoScalingGroup")
def update_group(call):
    """Every setting can be changed; new subnets are taken as they are given."""
    found = group(call)
    request = dict(call.request)
    reply = call.next(request)
    if call.get("HealthCheckGracePeriod") is not None:
        found.health_check_grace_period = call.get("HealthCheckGracePeriod")
    if call.get("DefaultCooldown") is not None:
        found.default_cooldown = call.get("DefaultCooldown")
    if call.get("TerminationPolicies") is not None:
        found.termination_policies = call.get("TerminationPolicies")
    if call.get("CapacityRebalance") is not None:
        found.capacity_rebalance = call.get("CapacityRebalance")
    _remember(call)
    return reply


@rule("autoscaling", "DescribeAutoScalingGroups")
def describe_groups(call):
    """What was given is read back; pages of MaxRecords."""
    request = {k: v for k, v in call.request.items() if k not in ("MaxRecords", "NextToken")}
    reply = call.next(request)
    extras = call.store("autoscaling")
    for item in reply.get("AutoScalingGroups") or []:
        for field, value in extras.get(item["AutoScalingGroupName"], {}).items():
            item[field] = value
        item.setdefault("AvailabilityZoneDistribution", {"CapacityDistributionStrategy": "balanced-best-effort"})
        item.setdefault("TrafficSources", [])
        item["TrafficSources"] = item["TrafficSources"] or [
            {"Identifier": arn, "Type": "elbv2"} for arn in item.get("TargetGroupARNs") or []
        ]
    items, token = page(reply.get("AutoScalingGroups") or [], call.get("MaxRecords") or 50, call.get("NextToken"))
    return {"AutoScalingGroups": items, **({"NextToken": token} if token else {})}


@rule("autoscaling", "DeleteAutoScalingGroup")
def delete_group(call):
    """A group with instances is deleted by force only; its instances go along."""
    found = group(call)
    with lock:
        running = [r for r in _refreshes(call).get(found.name, []) if r["Status"] in ACTIVE]
        if STRICT and not call.get("ForceDelete"):
            if found.instance_states:
                raise error("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or "
                            "pending Spot instance request(s) still in the group.")  # fmt: skip
            if running:
                raise error("ScalingActivityInProgress", "An active instance refresh exists for this group")
        if found.instance_states:
            backend(call).ec2_backend.terminate_instances([s.instance.id for s in found.instance_states])
        found.instance_states = []
        backend(call).update_attached_target_groups(found.name)
        reply = call.next()
        call.store("autoscaling").pop(found.name, None)
        _refreshes(call).pop(found.name, None)
        for store in (backend(call).policies, backend(call).lifecycle_hooks):
            for key in [k for k, v in store.items() if getattr(v, "auto_scaling_group_name", None) == found.name]:
                del store[key]
    return reply


# Instance refresh: runs for REFRESH_SECONDS, then the instances are replaced.

REFRESH_SECONDS = 2.0
ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress")


def _refreshes(call):
    return call.store("autoscaling.refreshes")


def _now():
    return datetime.now(timezone.utc)


def _settle(call, found):
    """Moves refreshes on to where they are by now."""
    for refresh in _refreshes(call).get(found.name, []):
        if refresh["Status"] not in ACTIVE:
            continue
        past = time.monotonic() - refresh["_began"]
        if refresh["Status"] == "Cancelling":
            refresh.update(Status="Cancelled", EndTime=_now())
        elif past >= REFRESH_SECONDS:
            back = refresh["Status"] == "RollbackInProgress"
            wanted = refresh.get("_before") if back else refresh.get("DesiredConfiguration")
            _replace(found, wanted, (refresh.get("Preferences") or {}).get("SkipMatching") and not back)
            refresh.update(
                Status="RollbackSuccessful" if back else "Successful",
                PercentageComplete=100,
                InstancesToUpdate=0,
                EndTime=_now(),
            )
        elif refresh["Status"] == "Pending" or (refresh["Status"] == "InProgress" and past > 0):
            refresh["Status"] = "InProgress"
            refresh["PercentageComplete"] = int(100 * past / REFRESH_SECONDS)


def _replace(found, wanted, skip_matching):
    """Launches every instance again, from the wanted template."""
    template = (wanted or {}).get("LaunchTemplate")
    if template:
        found._set_launch_configuration(None, dict(template), None)
    number = found.ec2_launch_template and found.ec2_launch_template.get_version(found.launch_template_version).number
    old = [s for s in found.instance_states if not skip_matching or getattr(s, "cairn_version", None) != number]
    found.instance_states = [s for s in found.instance_states if s not in old]
    found.replace_autoscaling_group_instances(len(old), found.get_propagated_tags())
    if old:
        found.autoscaling_backend.ec2_backend.terminate_instances([s.instance.id for s in old])
    found.autoscaling_backend.update_attached_target_groups(found.name)


@rule("autoscaling", "StartInstanceRefresh")
def start_refresh(call):
    """One at a time; the group takes over the desired configuration when the refresh ends well."""
    found = group(call)
    with lock:
        _settle(call, found)
        mine = _refreshes(call).setdefault(found.name, [])
        if any(r["Status"] in ACTIVE for r in mine):
            raise error("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the "
                        "execution of this Instance Refresh.")  # fmt: skip
        wanted = call.get("DesiredConfiguration")
        if wanted and wanted.get("LaunchTemplate"):
            ec2 = backend(call).ec2_backend
            spec = wanted["LaunchTemplate"]
            template = ec2.launch_templates.get(
                spec.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(spec.get("LaunchTemplateName"))
            )
            if not template:
                raise error("ValidationError", "You must use a valid fully-formed launch template.")
            template.get_version(spec.get("Version") or "$Default")
        preferences = {
            "MinHealthyPercentage": 90,
            "SkipMatching": False,
            "AutoRollback": False,
            "ScaleInProtectedInstances": "Wait",
            "StandbyInstances": "Wait",
            **(call.get("Preferences") or {}),
        }
        if preferences["AutoRollback"] and not wanted:
            raise error("ValidationError", "To use AutoRollback, a DesiredConfiguration must be specified.")
        before = dict(found.launch_template or {})
        before.pop("LaunchTemplateName", None)
        if before and not before.get("Version"):
            before["Version"] = "$Default"
        refresh = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": found.name,
            "Status": "Pending",
            "StartTime": _now(),
            "PercentageComplete": 0,
            "InstancesToUpdate": len(found.instance_states),
            "Preferences": preferences,
            "_began": time.monotonic(),
            "_before": {"LaunchTemplate": before} if before else None,
        }
        if wanted:
            refresh["DesiredConfiguration"] = wanted
        mine.append(refresh)
    return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


@rule("autoscaling", "DescribeInstanceRefreshes")
def describe_refreshes(call):
    """The newest first."""
    found = group(call)
    with lock:
        _settle(call, found)
        items = [
            {k: v for k, v in r.items() if not k.startswith("_")}
            for r in reversed(_refreshes(call).get(found.name, []))
            if not call.get("InstanceRefreshIds") or r["InstanceRefreshId"] in call.get("InstanceRefreshIds")
        ]
    items, token = page(items, call.get("MaxRecords") or 50, call.get("NextToken"))
    return {"InstanceRefreshes": items, **({"NextToken": token} if token else {})}


def _active(call):
    found = group(call)
    _settle(call, found)
    for refresh in _refreshes(call).get(found.name, []):
        if refresh["Status"] in ACTIVE:
            return refresh
    raise error("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found for Auto Scaling "
                f"group {found.name}")  # fmt: skip


@rule("autoscaling", "CancelInstanceRefresh")
def cancel_refresh(call):
    with lock:
        refresh = _active(call)
        refresh["Status"] = "Cancelling"
        return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


@rule("autoscaling", "RollbackInstanceRefresh")
def rollback_refresh(call):
    """Only a refresh with a desired configuration can be rolled back, to a numbered version."""
    with lock:
        refresh = _active(call)
        before = (refresh.get("_before") or {}).get("LaunchTemplate") or {}
        if not refresh.get("DesiredConfiguration") or before.get("Version") in ("$Latest", "$Default"):
            raise error("IrreversibleInstanceRefresh", "The instance refresh can't be rolled back.")
        refresh.update(Status="RollbackInProgress", _began=time.monotonic())
        refresh["RollbackDetails"] = {"RollbackReason": "Started by RollbackInstanceRefresh", "RollbackStartTime": _now()}
        return {"InstanceRefreshId": refresh["InstanceRefreshId"]}


# Scaling policies

@rule("autoscaling", "PutScalingPolicy", "DescribePolicies")
def policies(call):
    """A target tracking policy owns alarms. A policy is enabled unless told otherwise, and has no cooldown of its own unless given."""
    operation = call.context.operation.name
    reply = call.next()
    known = call.store("autoscaling.policies")
    if operation == "PutScalingPolicy":
        key = (call.get("AutoScalingGroupName"), call.get("PolicyName"))
        known[key] = {"Enabled": call.get("Enabled") is not False, "Cooldown": call.get("Cooldown")}
        return reply
    for item in reply.get("ScalingPolicies") or []:
        extra = known.get((item.get("AutoScalingGroupName"), item.get("PolicyName")), {})
        item["Enabled"] = extra.get("Enabled", True)
        if extra.get("Cooldown") is None:
            item.pop("Cooldown", None)
        if item.get("PolicyType") != "PredictiveScaling":
            item.pop("PredictiveScalingConfiguration", None)
        if item.get("PolicyType") == "TargetTrackingScaling":
            name = f"TargetTracking-{item['AutoScalingGroupName']}"
            item.setdefault("Alarms", [])
            item["Alarms"] = item["Alarms"] or [
                {
                    "AlarmName": f"{name}-Alarm{side}-{uuid.uuid5(uuid.NAMESPACE_URL, item['PolicyARN'] + side)}",
                    "AlarmARN": f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}-Alarm{side}",
                }
                for side in ("High", "Low")
            ]
    return reply
