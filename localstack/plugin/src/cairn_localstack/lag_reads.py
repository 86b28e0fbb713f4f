"""Reads that are behind: what EC2 or IAM just made is not found for a moment. The lag `reads` of the settings switches it.

EC2's API is eventually consistent: an id that was just returned may not be known to the call that describes or changes
it, and a list may lack it. https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

from . import durations, states
from .rules import Everywhere, around, error, rule
from .settings import settings

#: prefix of an id -> the code of EC2 when it knows no such thing
NOT_FOUND = {
    "acl": "InvalidNetworkAclID.NotFound", "cgw": "InvalidCustomerGatewayID.NotFound", "dopt": "InvalidDhcpOptionID.NotFound",
    "eigw": "InvalidGatewayID.NotFound", "eipalloc": "InvalidAllocationID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound", "fl": "InvalidFlowLogId.NotFound", "i": "InvalidInstanceID.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound", "lt": "InvalidLaunchTemplateId.NotFound", "nat": "NatGatewayNotFound",
    "pl": "InvalidPrefixListID.NotFound", "rtb": "InvalidRouteTableID.NotFound", "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound", "subnet": "InvalidSubnetID.NotFound",
    "vgw": "InvalidVpnGatewayID.NotFound", "vol": "InvalidVolume.NotFound", "vpc": "InvalidVpcID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound", "vpn": "InvalidVpnConnectionID.NotFound",
}  # fmt: skip
MAKERS = ("Create", "Allocate", "RunInstances", "AuthorizeSecurityGroup")
SUBJECTS = ("Describe", "Get", "Modify", "CreateTags", "DeleteTags")
#: parameters that filter or page, and so name nothing that has to be there
ASIDE = ("Filter", "Filters", "NextToken", "ClientToken")


def _code(value):
    prefix, dash, rest = value.rpartition("-")
    return NOT_FOUND.get(prefix) if dash and rest.isalnum() else None


def _ids(value, depth=0):
    """The ids in a request or an answer."""
    if isinstance(value, str):
        if _code(value):
            yield value
    elif isinstance(value, dict) and depth < 6:
        for item in value.values():
            yield from _ids(item, depth + 1)
    elif isinstance(value, list) and depth < 6:
        for item in value:
            yield from _ids(item, depth + 1)


def _own(item):
    """The id of an item of a list: its first one that is an id of EC2."""
    return next((v for k, v in item.items() if k.endswith("Id") and isinstance(v, str) and _code(v)), None)


#: keys that hold an item's own id, where the first id in it is another's
OWN = {
    "Addresses": "AllocationId", "FlowLogs": "FlowLogId", "NatGateways": "NatGatewayId",
    "NetworkInterfaces": "NetworkInterfaceId", "RouteTables": "RouteTableId", "SecurityGroupRules": "SecurityGroupRuleId",
    "SecurityGroups": "GroupId", "Subnets": "SubnetId", "Volumes": "VolumeId", "VpcEndpoints": "VpcEndpointId",
    "VpnConnections": "VpnConnectionId", "Vpcs": "VpcId", "NetworkAcls": "NetworkAclId",
}  # fmt: skip


@around("https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html")
def reads(call):
    """What was just made is not found by the next read or change of it: the NotFound code of its type."""
    if "reads" not in settings.lags or call.context.service.service_name != "ec2":
        return call.next()
    operation = call.context.operation.name
    new = lambda name: states.state(call, "reads", name) is not None  # noqa: E731
    if operation.startswith(SUBJECTS):
        for name in _ids({k: v for k, v in call.request.items() if k not in ASIDE}):
            if new(name):
                raise error(_code(name), f"The ID '{name}' does not exist")
    reply = call.next()
    if operation.startswith(MAKERS) and not operation.startswith(SUBJECTS):
        known = set(_ids(call.request))
        due = durations.due("aws_ec2", "visible")
        for name in set(_ids(reply)) - known:
            states.mark(call, "reads", name, "new", due)
    elif operation.startswith("Describe"):
        for key, items in reply.items():
            if isinstance(items, list) and items and isinstance(items[0], dict):
                own = OWN.get(key)
                reply[key] = [i for i in items if not new(i.get(own) if own else _own(i))]
    return reply


@rule("iam", "CreateRole", "CreateInstanceProfile", "CreatePolicy", "CreateUser", strict=True)
def made(call):
    """IAM takes a moment to find what is new, when reads are behind."""
    reply = call.next()
    for item in reply.values():
        if isinstance(item, dict) and item.get("Arn"):
            due = durations.due("aws_ec2", "visible")
            for name in (item["Arn"], item["Arn"].rpartition("/")[2]):
                states.mark(Everywhere(call), "reads.iam", name, "new", due)
    return reply


@rule("iam", "GetRole", "GetInstanceProfile", "GetPolicy", "GetUser", strict=True)
def found(call):
    """What was just made is not found when reads are behind: NoSuchEntity."""
    names = [call.get(k) for k in ("RoleName", "InstanceProfileName", "PolicyArn", "UserName")]
    for name in filter(None, names):
        if "reads" in settings.lags and states.state(Everywhere(call), "reads.iam", name):
            raise error("NoSuchEntity", f"{name} cannot be found.", 404)
    return call.next()
