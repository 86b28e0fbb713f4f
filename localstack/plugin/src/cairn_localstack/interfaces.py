"""Network interfaces that a service holds in a customer's subnets: they outlive what they were made for."""

from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_private_ip

from .clock import clock


def _ec2(call):
    return ec2_backends[call.account][call.region]


def hold(call, owner, subnets, groups):
    """One interface in each of the subnets, with the groups, described by its owner."""
    ec2 = _ec2(call)
    for name in subnets:
        subnet = ec2.get_subnet(name)
        address = random_private_ip(subnet.cidr_block)
        nic = ec2.create_network_interface(subnet, address, group_ids=list(groups), description=owner)
        nic.cairn_owner = owner
        nic.requester_managed = True


def held(call, owner):
    """The interfaces of an owner."""
    return [nic for nic in _ec2(call).enis.values() if getattr(nic, "cairn_owner", None) == owner]


def regroup(call, owner, groups):
    """The owner's interfaces get other security groups."""
    ec2 = _ec2(call)
    for nic in held(call, owner):
        nic._group_set = [ec2.get_security_group_from_id(g) for g in groups]


def rename(call, before, after):
    for nic in held(call, before):
        nic.cairn_owner = nic.description = after


def let_go(call, owner, due):
    """The owner is gone; its interfaces go when their time has come."""
    ec2, nics = _ec2(call), held(call, owner)
    for nic in nics:
        nic.cairn_owner = None

    def remove():
        for nic in nics:
            ec2.enis.pop(nic.id, None)

    clock.at(due, remove)
