"""EC2: NAT gateways and VPC endpoints."""

from localstack.utils.patch import patch
from moto.ec2.models.vpcs import VPCBackend

from . import durations, states
from .clock import clock
from .ec2 import backend
from .rules import STRICT, error, idempotent, rule


# NAT gateways

@rule("ec2", "CreateNatGateway")
def create_nat(call):
    """A client token makes the call idempotent; the connectivity type is `public` when not given."""

    def make():
        reply = call.next()
        _nat(call, reply["NatGateway"])
        return reply

    reply = idempotent(call, "ClientToken", make)
    if call.get("ClientToken"):
        reply["ClientToken"] = call.get("ClientToken")
    return reply


@rule("ec2", "DescribeNatGateways")
def describe_nats(call):
    """The connectivity type and the addresses' status are read back."""
    reply = call.next()
    for item in reply.get("NatGateways") or []:
        _nat(call, item)
    return reply


def _nat(call, item):
    nat = backend(call).nat_gateways.get(item["NatGatewayId"])
    item["ConnectivityType"] = getattr(nat, "connectivity_type", None) or "public"
    for address in item.get("NatGatewayAddresses") or []:
        address.setdefault("IsPrimary", True)
        address.setdefault("Status", "succeeded")


@rule("ec2", "DeleteNatGateway")
def delete_nat(call):
    """A deleted NAT gateway stays to be seen for about an hour; its address is free when it is gone."""
    ec2 = backend(call)
    name = call.get("NatGatewayId")
    nat = ec2.nat_gateways.get(name)
    if not nat or nat.state == "deleted":
        raise error("NatGatewayNotFound", f"NatGateway {name} was not found")
    reply = call.next()
    gone = durations.due("aws_nat_gateway", "delete") if STRICT else clock.now()
    states.mark(call, "nat", name, "deleting", gone)

    def release():
        for address in ec2.addresses:
            if address.eni is not None and address.eni is nat._eni:
                address.eni = address.association_id = None
        ec2.enis.pop(nat._eni.id, None)

    clock.at(gone, release)
    clock.at(gone + durations.seconds("aws_nat_gateway", "linger"), lambda: ec2.nat_gateways.pop(name, None))
    return reply


@rule("ec2", "CreateNatGateway", strict=True)
def create_pending_nat(call):
    """A NAT gateway is pending first (state in the NatGateway data type)."""
    reply = call.next()
    item = reply["NatGateway"]
    known = call.store("ec2.nats")
    if item["NatGatewayId"] not in known:
        known[item["NatGatewayId"]] = True
        due = durations.due("aws_nat_gateway", "create")
        item["State"] = states.mark(call, "nat", item["NatGatewayId"], "pending", due)
    else:
        item["State"] = states.state(call, "nat", item["NatGatewayId"]) or item.get("State")
    return reply


@rule("ec2", "DescribeNatGateways", strict=True)
def describe_pending_nats(call):
    """The state is the one of now, and so is what the filter `state` compares."""
    key = "Filter" if "Filter" in call.request else "Filters"
    filters = call.get(key) or []
    wanted = [f["Values"] for f in filters if f.get("Name") == "state"]
    request = dict(call.request)
    if wanted:
        request[key] = [f for f in filters if f.get("Name") != "state"]
        if not request[key]:
            del request[key]
    reply = call.next(request)
    for item in reply.get("NatGateways") or []:
        item["State"] = states.state(call, "nat", item["NatGatewayId"]) or item.get("State")
    reply["NatGateways"] = [i for i in reply.get("NatGateways") or [] if all(i["State"] in values for values in wanted)]
    return reply


# VPC endpoints

@patch(VPCBackend.delete_vpc_endpoints)
def _delete_endpoints(fn, self, vpce_ids=None):
    """A gateway endpoint that was changed since has routes that moto never made."""
    for name in vpce_ids or []:
        endpoint = self.vpc_end_points.get(name)
        if endpoint and endpoint.state != "deleted" and (endpoint.vpc_endpoint_type or "").lower() == "gateway":
            for table in endpoint.route_table_ids or []:
                routes = self.route_tables[table].routes if table in self.route_tables else {}
                for key in [k for k, r in routes.items() if getattr(r.gateway, "id", None) == name]:
                    del routes[key]
            endpoint.state = "deleted"
    gateways = {n for n in vpce_ids or [] if getattr(self.vpc_end_points.get(n), "state", "") == "deleted"}
    return fn(self, [n for n in vpce_ids or [] if n not in gateways])


@rule("ec2", "CreateVpcEndpoint")
def create_endpoint(call):
    """A client token makes the call idempotent; without a type it is a gateway endpoint."""
    request = {**call.request, "VpcEndpointType": call.get("VpcEndpointType") or "Gateway"}
    return idempotent(call, "ClientToken", lambda: call.next(request))


def _duration(endpoint, verb):
    return f"{verb}-gateway" if (endpoint.vpc_endpoint_type or "").lower() == "gateway" else f"{verb}-interface"


@rule("ec2", "CreateVpcEndpoint", strict=True)
def create_pending_endpoint(call):
    """An endpoint is pending first (state in the VpcEndpoint data type)."""
    reply = call.next()
    name = reply["VpcEndpoint"]["VpcEndpointId"]
    known = call.store("ec2.endpoints")
    transition = _duration(backend(call).vpc_end_points[name], "create")
    if name not in known and durations.seconds("aws_vpc_endpoint", transition):
        due = durations.due("aws_vpc_endpoint", transition)
        reply["VpcEndpoint"]["State"] = states.mark(call, "endpoint", name, "pending", due)
    else:
        reply["VpcEndpoint"]["State"] = states.state(call, "endpoint", name) or "available"
    known[name] = True
    return reply


@rule("ec2", "DeleteVpcEndpoints")
def delete_endpoints(call):
    """An endpoint is deleting for a while; its network interfaces go when it is gone."""
    ec2 = backend(call)
    found = [e for n in call.get("VpcEndpointIds") or [] if (e := ec2.vpc_end_points.get(n)) and e.state != "deleted"]
    held = [{n: ec2.enis[n] for n in e.network_interface_ids or [] if n in ec2.enis} for e in found]
    reply = call.next()
    for endpoint, nics in zip(found, held):
        gone = durations.due("aws_vpc_endpoint", _duration(endpoint, "delete")) if STRICT else clock.now()
        states.mark(call, "endpoint", endpoint.id, "deleting", gone)
        ec2.enis.update(nics)
        clock.at(gone, lambda nics=nics: [ec2.enis.pop(n, None) for n in nics])
    return reply


@rule("ec2", "ModifyVpcEndpoint")
def modify_endpoint(call):
    """Security groups too, and the policy can be reset to full access."""
    reply = call.next()
    endpoint = backend(call).vpc_end_points.get(call.get("VpcEndpointId"))
    if endpoint:
        gone = set(call.get("RemoveSecurityGroupIds") or [])
        have = [g for g in endpoint.security_group_ids or [] if g not in gone]
        have += [g for g in call.get("AddSecurityGroupIds") or [] if g not in have]
        endpoint.security_group_ids = have
        if call.get("ResetPolicy"):
            endpoint.policy_document = FULL_ACCESS
        for field in ("route_table_ids", "subnet_ids"):
            setattr(endpoint, field, list(dict.fromkeys(getattr(endpoint, field) or [])))
    return reply


FULL_ACCESS = (
    '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)


@rule("ec2", "DescribeVpcEndpoints")
def describe_endpoints(call):
    """Deleted endpoints are not shown; groups come with their names; `vpc-endpoint-id` filters."""
    request = dict(call.request)
    ids = [f["Values"] for f in request.get("Filters") or [] if f.get("Name") == "vpc-endpoint-id"]
    if ids:
        request["Filters"] = [f for f in request["Filters"] if f.get("Name") != "vpc-endpoint-id"]
    reply = call.next(request)
    ec2 = backend(call)
    for item in reply.get("VpcEndpoints") or []:
        item["State"] = states.state(call, "endpoint", item["VpcEndpointId"]) or item["State"]
    reply["VpcEndpoints"] = [
        e
        for e in reply.get("VpcEndpoints") or []
        if e.get("State") != "deleted" and all(e["VpcEndpointId"] in values for values in ids)
    ]
    wanted = call.get("VpcEndpointIds") or []
    if wanted and len(reply["VpcEndpoints"]) < len(set(wanted)):
        raise error("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{wanted[0]}' does not exist")
    for item in reply["VpcEndpoints"]:
        endpoint = ec2.vpc_end_points.get(item["VpcEndpointId"])
        item["OwnerId"] = call.account
        groups = getattr(endpoint, "security_group_ids", None) or []
        item["Groups"] = [
            {"GroupId": g, "GroupName": getattr(ec2.get_security_group_from_id(g), "name", "")} for g in groups
        ]
        item["PolicyDocument"] = getattr(endpoint, "policy_document", None) or FULL_ACCESS
        item.setdefault("IpAddressType", "ipv4")
        item.setdefault("RequesterManaged", False)
        if item.get("VpcEndpointType") == "Interface":
            item.setdefault("DnsOptions", {"DnsRecordIpType": "ipv4"})
        else:
            item.pop("DnsOptions", None)
            item["PrivateDnsEnabled"] = False
    return reply
