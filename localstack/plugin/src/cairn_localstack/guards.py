"""Strict mode: AWS refuses to delete what something else still uses.

EC2's codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. The others are on the pages of
the operations in the API references of Elastic Load Balancing, RDS, and Certificate Manager.
"""

from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from . import states
from .rules import error, rule


def _ec2(call):
    return ec2_backends[call.account][call.region]


def _elb(call):
    return elbv2_backends[call.account][call.region]


def _rds(call):
    return rds_backends[call.account][call.region]


def _held(what, name):
    return error("DependencyViolation", f"The {what} '{name}' has dependencies and cannot be deleted.")


def _nics(call):
    """Every network interface that lives, those of instances too."""
    ec2 = _ec2(call)
    found = {nic.id: nic for nic in ec2.enis.values()}
    for instance in ec2.all_instances():
        if instance.state != "terminated":
            found.update({nic.id: nic for nic in instance.nics.values()})
    return found.values()


def _lives(call, kind, item):
    """Whether something is there, or not quite gone."""
    return item.state != "deleted" or states.state(call, kind, item.id) == "deleting"


@rule("ec2", "DeleteSecurityGroup", strict=True)
def security_group(call):
    """A group that a rule of another group or a network interface names stays; so does the default group."""
    ec2 = _ec2(call)
    name = call.get("GroupId")
    if not name:
        return call.next()
    group = ec2.get_security_group_from_id(name)
    if group is None:
        raise error("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    if group.name == "default":
        raise error("CannotDelete", f"the specified group: \"{name}\" name: \"default\" cannot be deleted by a user")
    for other in (g for vpc in ec2.groups.values() for g in vpc.values()):
        rules = (*other.ingress_rules, *other.egress_rules)
        if other.id != name and any(r.source_group.get("GroupId") == name for r in rules):
            raise error("DependencyViolation", f"resource {name} has a dependent object")
    for nic in _nics(call):
        if any(getattr(g, "id", g) == name for g in nic.group_set):
            raise error("DependencyViolation", f"resource {name} has a dependent object")
    for endpoint in ec2.vpc_end_points.values():
        if _lives(call, "endpoint", endpoint) and name in (endpoint.security_group_ids or []):
            raise error("DependencyViolation", f"resource {name} has a dependent object")
    return call.next()


@rule("ec2", "DeleteSubnet", strict=True)
def subnet(call):
    """A subnet with a network interface, an instance or a NAT gateway in it stays."""
    name = call.get("SubnetId")
    for nic in _nics(call):
        if nic.subnet and nic.subnet.id == name:
            raise _held("subnet", name)
    for nat in _ec2(call).nat_gateways.values():
        if nat.subnet_id == name and _lives(call, "nat", nat):
            raise _held("subnet", name)
    return call.next()


@rule("ec2", "DeleteVpc", strict=True)
def vpc(call):
    """A VPC goes last: after subnets, gateways, endpoints, and groups and tables of one's own."""
    ec2 = _ec2(call)
    name = call.get("VpcId")
    held = (
        any(s.vpc_id == name for zone in ec2.subnets.values() for s in zone.values())
        or any(getattr(g.vpc, "id", None) == name for g in ec2.internet_gateways.values())
        or any(
            a.vpc_id == name and (a.state == "attached" or states.state(call, "vgw", g.id))
            for g in ec2.vpn_gateways.values()
            if g.state != "deleted"
            for a in g.attachments.values()
        )
        or any(e.vpc_id == name and _lives(call, "endpoint", e) for e in ec2.vpc_end_points.values())
        or any(g.name != "default" for g in ec2.groups.get(name, {}).values())
    )
    if held:
        raise _held("vpc", name)
    return call.next()


@rule("ec2", "DetachInternetGateway", strict=True)
def internet_gateway(call):
    """A VPC with mapped public addresses keeps its internet gateway."""
    ec2 = _ec2(call)
    name = call.get("VpcId")
    mapped = any(
        a.eni is not None and a.eni.subnet and a.eni.subnet.vpc_id == name for a in ec2.addresses
    ) or any(
        b.scheme == "internet-facing" and b.vpc_id == name for b in _elb(call).load_balancers.values()
    )
    if mapped:
        raise error("DependencyViolation", f"Network {name} has some mapped public address(es). Please unmap those "
                    "public address(es) before detaching the gateway.")  # fmt: skip
    return call.next()


@rule("ec2", "DeleteInternetGateway", strict=True)
def attached_internet_gateway(call):
    """An attached internet gateway stays."""
    gateway = _ec2(call).internet_gateways.get(call.get("InternetGatewayId"))
    if gateway and gateway.vpc:
        raise _held("internetGateway", gateway.id)
    return call.next()


@rule("ec2", "ReleaseAddress", strict=True)
def address(call):
    """An address in use has to be taken off first."""
    for item in _ec2(call).addresses:
        if item.allocation_id == call.get("AllocationId") and (item.eni is not None or item.instance is not None):
            raise error("InvalidIPAddress.InUse", f"Address {item.public_ip} is in use.")
    return call.next()


@rule("ec2", "DeleteVpnGateway", strict=True)
def vpn_gateway(call):
    """Attached, or with a VPN connection, it stays."""
    ec2 = _ec2(call)
    gateway = ec2.vpn_gateways.get(call.get("VpnGatewayId"))
    if gateway and gateway.state != "deleted":
        busy = states.state(call, "vgw", gateway.id) or any(a.state == "attached" for a in gateway.attachments.values())
        if busy or any(v.vpn_gateway_id == gateway.id and _lives(call, "vpn", v) for v in ec2.vpn_connections.values()):
            raise error("IncorrectState", f"The virtual private gateway '{gateway.id}' is in use.")
    return call.next()


@rule("ec2", "DeleteCustomerGateway", strict=True)
def customer_gateway(call):
    """A customer gateway with a VPN connection stays."""
    name = call.get("CustomerGatewayId")
    if any(v.customer_gateway_id == name and _lives(call, "vpn", v) for v in _ec2(call).vpn_connections.values()):
        raise error("IncorrectState", f"The customer gateway '{name}' is in use.")
    return call.next()


# Elastic Load Balancing

@rule("elbv2", "DeleteLoadBalancer", strict=True)
def load_balancer(call):
    """Deletion protection holds."""
    found = _elb(call).load_balancers.get(call.get("LoadBalancerArn"))
    if found and str(found.attrs.get("deletion_protection.enabled")).lower() == "true":
        raise error("OperationNotPermitted", f"Load balancer '{found.arn}' cannot be deleted because deletion "
                    "protection is enabled")  # fmt: skip
    return call.next()


def _forwards(action):
    arns = {action.data.get("TargetGroupArn")} if hasattr(action, "data") else {action.get("TargetGroupArn")}
    data = action.data if hasattr(action, "data") else action
    config = data.get("ForwardConfig") or {}
    return arns | {g.get("TargetGroupArn") for g in config.get("TargetGroups") or []}


def forwards_to(balancer, arn):
    """Whether a listener or a rule of a load balancer forwards to a target group."""
    for listener in balancer.listeners.values():
        actions = [*listener.default_actions, *(a for item in listener.rules.values() for a in item.actions)]
        if any(arn in _forwards(action) for action in actions):
            return True
    return False


@rule("elbv2", "DeleteTargetGroup", strict=True)
def target_group(call):
    """A target group that a listener or a rule forwards to stays."""
    arn = call.get("TargetGroupArn")
    if any(forwards_to(found, arn) for found in _elb(call).load_balancers.values()):
        raise error("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
    return call.next()


@rule("acm", "DeleteCertificate", strict=True)
def certificate(call):
    """A certificate on a listener stays."""
    arn = call.get("CertificateArn")
    for found in _elb(call).load_balancers.values():
        for listener in found.listeners.values():
            on_it = {listener.certificate, *(getattr(listener, "certificates", None) or [])}
            if arn in {c.get("CertificateArn") if isinstance(c, dict) else c for c in on_it if c}:
                raise error("ResourceInUseException", f"Certificate {arn} is in use.")
    acm_backends[call.account][call.region].get_certificate(arn)
    return call.next()


# RDS

@rule("rds", "DeleteDBInstance", strict=True)
def db_instance(call):
    """A final snapshot is named or skipped, and never both."""
    if bool(call.get("SkipFinalSnapshot")) == bool(call.get("FinalDBSnapshotIdentifier")):
        raise error("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot "
                    "is specified, and can't go with it.")  # fmt: skip
    return call.next()


@rule("rds", "DeleteDBSubnetGroup", strict=True)
def db_subnet_group(call):
    """A subnet group with a database in it stays."""
    name = (call.get("DBSubnetGroupName") or "").lower()
    for item in _rds(call).databases.values():
        group = getattr(item, "db_subnet_group", None)
        if group is not None and group.name == name:
            raise error("InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}' because at least "
                        f"one database instance: {item.db_instance_identifier} is still using it.")  # fmt: skip
    return call.next()


@rule("rds", "DeleteDBParameterGroup", strict=True)
def db_parameter_group(call):
    """A parameter group that a database uses stays."""
    name = (call.get("DBParameterGroupName") or "").lower()
    for item in _rds(call).databases.values():
        if (item.db_parameter_group_name or "").lower() == name:
            raise error("InvalidDBParameterGroupState", "One or more database instances are still members of this "
                        f"parameter group {name}, so the group cannot be deleted")  # fmt: skip
    return call.next()
