"""Strict mode: what AWS does over time. New things are pending first, load balancers and databases hold network
interfaces in their subnets, and those outlive them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnection.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
"""

import copy
import os
import threading
import time

from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_private_ip
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from .rules import error, lock, rule

#: how long a pending state lasts; the public cloud takes minutes
SECONDS = float(os.environ.get("CAIRN_AWS_SECONDS", "0.5"))


def _pending(call, kind):
    """Name -> when its pending state ends, and the state."""
    return call.store(f"states.{kind}")


def _mark(call, kind, name, state):
    _pending(call, kind)[name] = (time.monotonic() + SECONDS, state)


def _state(call, kind, name):
    entry = _pending(call, kind).get(name)
    if entry and time.monotonic() < entry[0]:
        return entry[1]
    _pending(call, kind).pop(name, None)
    return None


# NAT gateways and VPN connections

@rule("ec2", "CreateNatGateway", strict=True)
def create_nat(call):
    reply = call.next()
    item = reply["NatGateway"]
    known = call.store("states.nat.known")
    if item["NatGatewayId"] not in known:
        known[item["NatGatewayId"]] = True
        _mark(call, "nat", item["NatGatewayId"], "pending")
    item["State"] = _state(call, "nat", item["NatGatewayId"]) or item.get("State")
    return reply


@rule("ec2", "DeleteNatGateway", strict=True)
def delete_nat(call):
    reply = call.next()
    _mark(call, "nat", call.get("NatGatewayId"), "deleting")
    return reply


@rule("ec2", "DescribeNatGateways", strict=True)
def describe_nats(call):
    key = "Filter" if "Filter" in call.request else "Filters"
    filters = call.get(key) or []
    states = [f for f in filters if f.get("Name") == "state"]
    request = dict(call.request)
    if states:
        request[key] = [f for f in filters if f not in states]
        if not request[key]:
            del request[key]
    reply = call.next(request)
    for item in reply.get("NatGateways") or []:
        item["State"] = _state(call, "nat", item["NatGatewayId"]) or item.get("State")
    for wanted in states:
        reply["NatGateways"] = [i for i in reply.get("NatGateways") or [] if i["State"] in wanted["Values"]]
    return reply


@rule("ec2", "CreateVpnConnection", strict=True)
def create_vpn(call):
    reply = call.next()
    _mark(call, "vpn", reply["VpnConnection"]["VpnConnectionId"], "pending")
    reply["VpnConnection"]["State"] = "pending"
    return reply


@rule("ec2", "DeleteVpnConnection", strict=True)
def delete_vpn(call):
    reply = call.next()
    _mark(call, "vpn", call.get("VpnConnectionId"), "deleting")
    return reply


@rule("ec2", "DescribeVpnConnections", strict=True)
def describe_vpns(call):
    reply = call.next()
    for item in reply.get("VpnConnections") or []:
        item["State"] = _state(call, "vpn", item["VpnConnectionId"]) or item.get("State")
    return reply


# Databases

def _show(call, item):
    state = _state(call, "db", item["DBInstanceIdentifier"].lower())
    if state:
        item["DBInstanceStatus"] = state
        if state == "creating":
            item.pop("Endpoint", None)
    return item


@rule("rds", "CreateDBInstance", strict=True)
def create_db(call):
    """A name is free when its database is gone; the endpoint comes when it is available."""
    name = call.get("DBInstanceIdentifier").lower()
    if _gone(call).get(name):
        raise error("DBInstanceAlreadyExists", "DB instance already exists")
    reply = call.next()
    _mark(call, "db", name, "creating")
    _hold(call, f"RDSNetworkInterface {name}", *_db_place(call, name))
    _show(call, reply["DBInstance"])
    return reply


@rule("rds", "ModifyDBInstance", strict=True)
def modify_db(call):
    name = call.get("DBInstanceIdentifier").lower()
    if _gone(call).get(name) or _state(call, "db", name) == "creating":
        raise error("InvalidDBInstanceState", f"Database instance is not in available state: {name}")
    reply = call.next()
    if call.get("ApplyImmediately"):
        _mark(call, "db", (call.get("NewDBInstanceIdentifier") or name).lower(), "modifying")
    if call.get("VpcSecurityGroupIds"):
        _regroup(call, f"RDSNetworkInterface {name}", call.get("VpcSecurityGroupIds"))
    return reply


def _gone(call):
    """Databases that are being deleted."""
    store = call.store("states.db.gone")
    for name in [n for n, (end, _) in store.items() if time.monotonic() >= end]:
        del store[name]
    return store


@rule("rds", "DeleteDBInstance", strict=True)
def delete_db(call):
    """A database that is being deleted is seen as such until it is gone."""
    name = call.get("DBInstanceIdentifier").lower()
    if _gone(call).get(name):
        raise error("InvalidDBInstanceState", f"Instance {name} is already being deleted.")
    reply = call.next()
    item = reply.get("DBInstance") or {}
    item["DBInstanceStatus"] = "deleting"
    _gone(call)[name] = (time.monotonic() + SECONDS, copy.deepcopy(item))
    _pending(call, "db").pop(name, None)
    _let_go(call, f"RDSNetworkInterface {name}")
    return reply


@rule("rds", "DescribeDBInstances", strict=True)
def describe_dbs(call):
    going = {name: item for name, (_, item) in _gone(call).items()}
    wanted = (call.get("DBInstanceIdentifier") or "").rpartition(":")[2].lower()
    if wanted in going:
        return {"DBInstances": [copy.deepcopy(going[wanted])]}
    reply = call.next()
    for item in reply.get("DBInstances") or []:
        _show(call, item)
    if not wanted and not call.get("Filters"):
        reply["DBInstances"] = [*(reply.get("DBInstances") or []), *copy.deepcopy(list(going.values()))]
    return reply


def _db_place(call, name):
    database = rds_backends[call.account][call.region].databases.get(name)
    group = getattr(database, "db_subnet_group", None)
    subnets = [s.id for s in group._subnets] if group else []
    return subnets[: 2 if database.multi_az else 1], database.vpc_security_group_ids or []


# Network interfaces of load balancers and databases

def _hold(call, description, subnets, groups):
    ec2 = ec2_backends[call.account][call.region]
    for name in subnets:
        subnet = ec2.get_subnet(name)
        ip = random_private_ip(subnet.cidr_block)
        nic = ec2.create_network_interface(subnet, ip, group_ids=list(groups), description=description)
        nic.cairn_owner = description
        nic.requester_managed = True


def _mine(call, description):
    ec2 = ec2_backends[call.account][call.region]
    return ec2, [nic for nic in ec2.enis.values() if getattr(nic, "cairn_owner", None) == description]


def _regroup(call, description, groups):
    ec2, nics = _mine(call, description)
    for nic in nics:
        nic._group_set = [ec2.get_security_group_from_id(g) for g in groups]


def _let_go(call, description):
    """The interfaces outlive their owner."""
    ec2, nics = _mine(call, description)

    def remove():
        with lock:
            for nic in nics:
                ec2.enis.pop(nic.id, None)

    timer = threading.Timer(2 * SECONDS, remove)
    timer.daemon = True
    timer.start()


def _balancer_name(balancer):
    return "ELB " + balancer.arn.split(":loadbalancer/")[1]


@rule("elbv2", "CreateLoadBalancer", strict=True)
def create_balancer(call):
    reply = call.next()
    backend = elbv2_backends[call.account][call.region]
    for item in reply.get("LoadBalancers") or []:
        balancer = backend.load_balancers[item["LoadBalancerArn"]]
        if not _mine(call, _balancer_name(balancer))[1]:
            _hold(call, _balancer_name(balancer), [s.id for s in balancer.subnets], balancer.security_groups or [])
    return reply


@rule("elbv2", "SetSecurityGroups", strict=True)
def set_groups(call):
    reply = call.next()
    balancer = elbv2_backends[call.account][call.region].load_balancers.get(call.get("LoadBalancerArn"))
    if balancer:
        _regroup(call, _balancer_name(balancer), call.get("SecurityGroups") or [])
    return reply


@rule("elbv2", "DeleteLoadBalancer", strict=True)
def delete_balancer(call):
    balancer = elbv2_backends[call.account][call.region].load_balancers.get(call.get("LoadBalancerArn"))
    reply = call.next()
    if balancer:
        _let_go(call, _balancer_name(balancer))
    return reply
