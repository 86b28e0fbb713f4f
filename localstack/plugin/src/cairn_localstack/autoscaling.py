"""Auto Scaling: groups whose instances spread over subnets, read-back of every setting, scaling policies."""

import copy
import uuid
from datetime import datetime

from localstack.utils.patch import patch
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)

from . import durations, states
from .clock import clock
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
            if STRICT:
                state.cairn_in_service = durations.due("aws_autoscaling_group", "create")
            self.instance_states.append(state)


@patch(FakeAutoScalingGroup.set_desired_capacity)
def _scale(fn, self, new_capacity):
    """Instances that are taken away stay in the group as Terminating until they have been drained and terminated."""
    before = list(self.instance_states)
    fn(self, new_capacity)
    gone = durations.due("aws_autoscaling_group", "delete")
    if STRICT and not clock.past(gone):
        left = [state for state in before if state not in self.instance_states]
        self.cairn_leaving = [*_leaving(self), *((state, gone) for state in left)]


def _leaving(found):
    """Instances that are still in a group and on their way out, with the time when they are gone."""
    return [(state, gone) for state, gone in getattr(found, "cairn_leaving", []) if not clock.past(gone)]


def _terminating(state):
    """An instance on its way out, as it is shown in its group."""
    return {
        "InstanceId": state.instance.id,
        "AvailabilityZone": state.instance._placement.zone,
        "LifecycleState": "Terminating",
        "HealthStatus": "Unhealthy",
        "ProtectedFromScaleIn": False,
    }


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
                target_group.deregister([{"Id": name}])


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
    if call.get("ServiceLinkedRoleARN"):
        found.service_linked_role_arn = call.get("ServiceLinkedRoleARN")
    _remember(call)
    return reply


@rule("autoscaling", "DescribeAutoScalingGroups")
def describe_groups(call):
    """What was given is read back; pages of MaxRecords."""
    request = {k: v for k, v in call.request.items() if k not in ("MaxRecords", "NextToken")}
    reply = call.next(request)
    for item in reply.get("AutoScalingGroups") or []:
        _show(call, item)
    wanted = call.get("AutoScalingGroupNames")
    going = [copy.deepcopy(item) for name, item in _going(call).items() if not wanted or name in wanted]
    found = (reply.get("AutoScalingGroups") or []) + (going if not call.get("Filters") else [])
    items, token = page(found, call.get("MaxRecords") or 50, call.get("NextToken"))
    return {"AutoScalingGroups": items, **({"NextToken": token} if token else {})}


def _specifications(policy):
    """The launch templates of a mixed instances policy: its own, and those of its overrides."""
    template = policy.get("LaunchTemplate") or {}
    both = [template, *(template.get("Overrides") or [])]
    return [holder["LaunchTemplateSpecification"] for holder in both if holder.get("LaunchTemplateSpecification")]


def _name_both_ways(call, specification):
    """Given by id or by name, a launch template is shown with both."""
    ec2 = backend(call).ec2_backend
    known = specification.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(specification.get("LaunchTemplateName"))
    if known in ec2.launch_templates:
        specification.update(LaunchTemplateId=known, LaunchTemplateName=ec2.launch_templates[known].name)


def _show(call, item):
    for field, value in call.store("autoscaling").get(item["AutoScalingGroupName"], {}).items():
        item[field] = value
    item.setdefault("AvailabilityZoneDistribution", {"CapacityDistributionStrategy": "balanced-best-effort"})
    item["TrafficSources"] = item.get("TrafficSources") or [
        {"Identifier": arn, "Type": "elbv2"} for arn in item.get("TargetGroupARNs") or []
    ]
    for specification in _specifications(item.get("MixedInstancesPolicy") or {}):
        _name_both_ways(call, specification)
    _show_instances(call, item.get("Instances") or [])
    leaving = _leaving(backend(call).autoscaling_groups[item["AutoScalingGroupName"]])
    item["Instances"] = [*(item.get("Instances") or []), *(_terminating(state) for state, _ in leaving)]
    return item


def _show_instances(call, items):
    """An instance is pending until it is in service (LifecycleState in the Instance data type)."""
    known = {s.instance.id: s for g in backend(call).autoscaling_groups.values() for s in g.instance_states}
    for item in items:
        state = known.get(item["InstanceId"])
        if state is not None and not clock.past(getattr(state, "cairn_in_service", 0)):
            item["LifecycleState"] = "Pending"


@rule("autoscaling", "DescribeAutoScalingInstances")
def describe_instances(call):
    """The lifecycle state is the one of now."""
    reply = call.next()
    _show_instances(call, reply.get("AutoScalingInstances") or [])
    return reply


def _going(call):
    """Groups that are being deleted: name -> how they look until they are gone."""
    going = call.store("autoscaling.going")
    for name in [n for n in going if not states.state(call, "group", n)]:
        del going[name]
    return going


@rule("autoscaling", "CreateAutoScalingGroup", strict=True)
def create_after_delete(call):
    """A name is free when its group is gone."""
    if call.get("AutoScalingGroupName") in _going(call):
        raise error("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name "
                    f"{call.get('AutoScalingGroupName')} already exists")  # fmt: skip
    return call.next()


@rule("autoscaling", "DeleteAutoScalingGroup")
def delete_group(call):
    """A group with instances is deleted by force only; its instances go along, and then the group."""
    found = group(call)
    with lock:
        if STRICT and not call.get("ForceDelete"):
            if found.instance_states or _leaving(found):
                raise error("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or "
                            "pending Spot instance request(s) still in the group.")  # fmt: skip
            if any(r.active for r in refreshes(call, found.name)):
                raise error("ScalingActivityInProgress", "An active instance refresh exists for this group")
        if STRICT and (found.instance_states or _leaving(found)):
            _linger(call, found)
        if found.instance_states:
            backend(call).ec2_backend.terminate_instances([s.instance.id for s in found.instance_states])
        found.instance_states = []
        backend(call).update_attached_target_groups(found.name)
        reply = call.next()
        call.store("autoscaling").pop(found.name, None)
        call.store("autoscaling.refreshes").pop(found.name, None)
        for kept in (backend(call).policies, backend(call).lifecycle_hooks):
            for key in [k for k, v in kept.items() if getattr(v, "auto_scaling_group_name", None) == found.name]:
                del kept[key]
    return reply


def refreshes(call, name):
    """The instance refreshes of a group, the oldest first."""
    return call.store("autoscaling.refreshes").get(name, [])


def _linger(call, found):
    """The group as DescribeAutoScalingGroups shows it until its instances are gone."""
    leaving = _leaving(found)
    gone = durations.due("aws_autoscaling_group", "delete") if found.instance_states else max(due for _, due in leaving)
    instances = [_terminating(state) for state in [*found.instance_states, *(state for state, _ in leaving)]]
    states.mark(call, "group", found.name, "Delete in progress", gone)
    call.store("autoscaling.going")[found.name] = {
        "AutoScalingGroupName": found.name,
        "AutoScalingGroupARN": found.arn,
        "MinSize": 0,
        "MaxSize": 0,
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "AvailabilityZones": list(found.availability_zones or []),
        "VPCZoneIdentifier": found.vpc_zone_identifier or "",
        "HealthCheckType": found.health_check_type or "EC2",
        "HealthCheckGracePeriod": found.health_check_grace_period or 0,
        "CreatedTime": datetime.fromisoformat(found.created_time),
        "Instances": instances,
        "Tags": [dict(t) for t in found.tags or []],
        "Status": "Delete in progress",
    }


METRICS = (
    "GroupMinSize GroupMaxSize GroupDesiredCapacity GroupInServiceInstances GroupPendingInstances GroupStandbyInstances "
    "GroupTerminatingInstances GroupTotalInstances GroupInServiceCapacity GroupPendingCapacity GroupStandbyCapacity "
    "GroupTerminatingCapacity GroupTotalCapacity WarmPoolDesiredCapacity WarmPoolWarmedCapacity WarmPoolPendingCapacity "
    "WarmPoolTerminatingCapacity WarmPoolTotalCapacity GroupAndWarmPoolDesiredCapacity GroupAndWarmPoolTotalCapacity"
).split()


@rule("autoscaling", "EnableMetricsCollection", "DisableMetricsCollection")
def metrics_collection(call):
    """The named metrics are added or taken away; without names, all."""
    found = group(call)
    named = call.get("Metrics") or METRICS
    others = [m for m in found.metrics if m not in named]
    on = call.context.operation.name == "EnableMetricsCollection"
    found.metrics = [*others, *named] if on else others
    return {}


# Scaling policies

@patch(AutoScalingBackend.put_scaling_policy)
def _put_policy(fn, self, **values):
    """A policy's name is its group's own: two groups can have policies of one name."""
    policy = fn(self, **values)
    del self.policies[policy.name]
    self.policies[policy.arn] = policy
    return policy


def _policy(call):
    name, owner = call.get("PolicyName"), call.get("AutoScalingGroupName")
    for key, policy in backend(call).policies.items():
        if name in (policy.name, key) and (not owner or policy.auto_scaling_group_name == owner):
            return key, policy
    raise error("ValidationError", f"PolicyName={name} not found")


@rule("autoscaling", "DeletePolicy")
def delete_policy(call):
    """A policy is named by its ARN, or by its name and its group."""
    key, _ = _policy(call)
    del backend(call).policies[key]
    return {}


@rule("autoscaling", "ExecutePolicy")
def execute_policy(call):
    """A policy is named by its ARN, or by its name and its group."""
    _policy(call)[1].execute()
    return {}


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
