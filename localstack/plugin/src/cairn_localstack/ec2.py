"""EC2: what all its describe calls have in common, security groups, instances, flow logs."""

import copy

from localstack.utils.patch import patch
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroupRule

from . import durations, states
from .clock import clock
from .rules import STRICT, error, idempotent, page, rule, tags_match


def backend(call):
    return ec2_backends[call.account][call.region]


# Tags: moto compares every tag of the account with a regular expression for every resource.
@patch(TaggedEC2Resource.get_tags)
def _get_tags(fn, self):
    if not self.id:
        return []
    return [{"resource_id": self.id, "key": k, "value": v} for k, v in self.ec2_backend.tags.get(self.id, {}).items()]


# Describe calls: tag filters with wildcards on every type, and pages.
LISTS = {
    "DescribeAddresses": "Addresses",
    "DescribeCustomerGateways": "CustomerGateways",
    "DescribeDhcpOptions": "DhcpOptions",
    "DescribeEgressOnlyInternetGateways": "EgressOnlyInternetGateways",
    "DescribeFlowLogs": "FlowLogs",
    "DescribeInternetGateways": "InternetGateways",
    "DescribeLaunchTemplates": "LaunchTemplates",
    "DescribeManagedPrefixLists": "PrefixLists",
    "DescribeNatGateways": "NatGateways",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeRouteTables": "RouteTables",
    "DescribeSecurityGroupRules": "SecurityGroupRules",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeSubnets": "Subnets",
    "DescribeVolumes": "Volumes",
    "DescribeVpcEndpoints": "VpcEndpoints",
    "DescribeVpcs": "Vpcs",
    "DescribeVpnConnections": "VpnConnections",
    "DescribeVpnGateways": "VpnGateways",
}


def describe_list(call):
    """The filters `tag:KEY` and `tag-key` hold for every type; MaxResults and NextToken page."""
    key = LISTS[call.context.operation.name]
    request = dict(call.request)
    limit, token = request.pop("MaxResults", None), request.pop("NextToken", None)
    name = "Filter" if "Filter" in request else "Filters"
    filters = request.get(name) or []
    on_tags = [f for f in filters if f.get("Name", "").startswith("tag:") or f.get("Name") == "tag-key"]
    if on_tags:
        request[name] = [f for f in filters if f not in on_tags]
        if not request[name]:
            del request[name]
    reply = call.next(request)
    items = [item for item in reply.get(key) or [] if tags_match(item.get("Tags") or item.get("TagSet"), on_tags)]
    items, next_token = page(items, limit, token)
    return {key: items, **({"NextToken": next_token} if next_token else {})}


# Security groups

@patch(SecurityGroupRule.__init__)
def _rule_init(fn, self, ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, *args, **kwargs):
    """A rule's description is its own, whatever its source is."""
    args = list(args)
    source, prefixes = (args + [None, None])[:2]
    source = kwargs.get("source_group", source)
    prefixes = kwargs.get("prefix_list_id", prefixes)
    text = next((s["Description"] for s in (ip_range, source, prefixes) if s and s.get("Description")), None)
    if source:
        source = {k: v for k, v in source.items() if k != "Description"}
        if args:
            args[0] = source
        else:
            kwargs["source_group"] = source
    self.cairn_description = text
    fn(self, ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, *args, **kwargs)


def _description(self):
    return self.ip_range.get("Description") or getattr(self, "cairn_description", None)


SecurityGroupRule.description = property(_description)


@rule("ec2", "ModifySecurityGroupRules")
def modify_rules(call):
    """A rule keeps its id; its kind of source (IPv4, IPv6, prefix list, group) can't change."""
    ec2 = backend(call)
    group = ec2.get_security_group_from_id(call.get("GroupId"))
    if group is None:
        raise error("InvalidGroup.NotFound", f"The security group '{call.get('GroupId')}' does not exist")
    for update in call.get("SecurityGroupRules") or []:
        item = group.get_rule(update["SecurityGroupRuleId"])
        wanted = update.get("SecurityGroupRule") or {}
        if item is None:
            raise error(
                "InvalidSecurityGroupRuleId.NotFound",
                f"The security group rule ID '{update['SecurityGroupRuleId']}' does not exist",
            )
        kinds = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")
        given = [kind for kind in kinds if wanted.get(kind)]
        if len(given) != 1:
            raise error("MissingParameter", "Exactly one of CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId is needed")
        had = (
            "CidrIpv4" if item.cidr_ipv4 else "CidrIpv6" if item.cidr_ipv6 else
            "PrefixListId" if item.prefix_list_id else "ReferencedGroupId"
        )  # fmt: skip
        if had != given[0]:
            raise error("InvalidParameterValue", f"Invalid rule type for security group rule '{item.id}'.")
        if not wanted.get("IpProtocol"):
            raise error("InvalidParameterValue", "Invalid value 'null' for protocol.")
        probe = copy.copy(item)
        probe.ip_protocol = {"6": "tcp", "17": "udp", "1": "icmp"}.get(wanted["IpProtocol"], wanted["IpProtocol"])
        every = probe.ip_protocol == "-1"
        probe.from_port = None if every else wanted.get("FromPort")
        probe.to_port = None if every else wanted.get("ToPort")
        value = wanted[given[0]]
        if given[0] in ("CidrIpv4", "CidrIpv6"):
            probe.ip_range = {"CidrIp" if given[0] == "CidrIpv4" else "CidrIpv6": value}
        elif given[0] == "PrefixListId":
            probe.prefix_list_id = value
        else:
            probe.source_group = {**item.source_group, "GroupId": value}
        others = [r for r in (*group.ingress_rules, *group.egress_rules) if r is not item and r.is_egress == item.is_egress]
        if any(probe == other for other in others):
            raise error("InvalidPermission.Duplicate", "the specified rule already exists")
        # A description that is left out is removed.
        probe.cairn_description = wanted.get("Description") or None
        if probe.cairn_description and probe.ip_range:
            probe.ip_range["Description"] = probe.cairn_description
        item.__dict__.update(probe.__dict__)
    return {"Return": True}


@rule("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize_rule(call):
    """The new rules come back with their ids and tags."""
    reply = call.next()
    tags = [t for spec in call.get("TagSpecifications") or [] for t in spec.get("Tags") or []]
    for item in reply.get("SecurityGroupRules") or []:
        if tags:
            backend(call).create_tags([item["SecurityGroupRuleId"]], {t["Key"]: t.get("Value", "") for t in tags})
            item["Tags"] = tags
    return reply


@rule("ec2", "DescribeSecurityGroupRules")
def describe_rules(call):
    """Every rule has an ARN; its description stays apart from its source."""
    reply = call.next()
    for item in reply.get("SecurityGroupRules") or []:
        item["SecurityGroupRuleArn"] = (
            f"arn:aws:ec2:{call.region}:{call.account}:security-group-rule/{item['SecurityGroupRuleId']}"
        )
        item.setdefault("GroupOwnerId", call.account)
    return reply


# Instances

@rule("ec2", "CreateNetworkInterface")
def create_interface(call):
    """An interface that was made by itself outlives the instance that it is attached to (deleteOnTermination)."""
    reply = call.next()
    backend(call).enis[reply["NetworkInterface"]["NetworkInterfaceId"]].cairn_alone = True
    return reply


@rule("ec2", "RunInstances", strict=True)
def run_instances(call):
    """An instance is pending before it runs (InstanceState data type)."""
    reply = call.next()
    due = durations.due("aws_instance", "create")
    for item in reply.get("Instances") or []:
        _start(backend(call).get_instance(item["InstanceId"]), due)
        item["State"] = {"Name": "pending", "Code": 0}
    return reply


def _start(instance, due):
    instance._state.name, instance._state.code = "pending", 0

    def running():
        if instance._state.name == "pending":
            instance._state.name, instance._state.code = "running", 16

    clock.at(due, running)


@patch(Instance.terminate)
def _terminate(fn, self):
    """An instance shuts down before it is terminated; then its network interfaces are gone, an hour later it is too."""
    before = fn(self)
    if hasattr(self, "cairn_ends"):
        return before
    self.cairn_ends = durations.due("aws_instance", "delete") if STRICT else clock.now()
    nics = [nic for nic in self.nics.values() if not getattr(nic, "cairn_alone", False)]
    if not clock.past(self.cairn_ends):
        self._state.name, self._state.code = "shutting-down", 32
        self.ec2_backend.enis.update({nic.id: nic for nic in nics})

    def end():
        self._state.name, self._state.code = "terminated", 48
        for nic in nics:
            self.ec2_backend.enis.pop(nic.id, None)

    def forget():
        for name, reservation in list(self.ec2_backend.reservations.items()):
            reservation.instances = [i for i in reservation.instances if i is not self]
            if not reservation.instances:
                self.ec2_backend.reservations.pop(name, None)

    clock.at(self.cairn_ends, end)
    clock.at(self.cairn_ends + durations.seconds("aws_instance", "linger"), forget)
    return before


# VPCs

@rule("ec2", "CreateVpc", "DescribeVpcs", strict=True)
def pending_vpc(call):
    """A VPC is pending first (state in the Vpc data type)."""
    reply = call.next()
    if call.context.operation.name == "CreateVpc":
        states.mark(call, "vpc", reply["Vpc"]["VpcId"], "pending", durations.due("aws_vpc", "create"))
        reply["Vpc"]["State"] = "pending"
    for item in reply.get("Vpcs") or []:
        item["State"] = states.state(call, "vpc", item["VpcId"]) or item.get("State")
    return reply


# Flow logs

@rule("ec2", "CreateFlowLogs")
def create_flow_logs(call):
    """A client token makes the call idempotent."""
    return idempotent(call, "ClientToken", lambda: call.next())


rule("ec2", *LISTS, outer=True)(describe_list)
