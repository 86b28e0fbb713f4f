"""EC2: VPN connections, virtual private gateways, and the routes that they propagate."""

import ipaddress
import random
import string
from datetime import datetime, timezone

from . import durations, states
from .clock import clock
from .ec2 import backend
from .rules import STRICT, error, rule


def _new_key():
    return "".join(random.choices(string.ascii_letters + string.digits + "._", k=32)).lstrip("0") or "k"


def _tunnel(number, given):
    """What AWS fills in for a tunnel that says nothing."""
    inside = f"169.254.{random.randrange(6, 250)}.{4 * random.randrange(0, 60)}/30"
    outside = f"203.0.113.{random.randrange(1, 120) + 120 * number}"
    tunnel = {"OutsideIpAddress": outside, "TunnelInsideCidr": inside, "PreSharedKey": _new_key()}
    tunnel.update(_tunnel_options(given))
    return tunnel


def _tunnel_options(given):
    """The request's tunnel options under the names of the answer."""
    plural = {
        "Phase1EncryptionAlgorithms", "Phase2EncryptionAlgorithms", "Phase1IntegrityAlgorithms",
        "Phase2IntegrityAlgorithms", "Phase1DHGroupNumbers", "Phase2DHGroupNumbers", "IKEVersions",
    }  # fmt: skip
    answer = {
        "DPDTimeoutAction": "DpdTimeoutAction",
        "DPDTimeoutSeconds": "DpdTimeoutSeconds",
        "IKEVersions": "IkeVersions",
    }
    out = {}
    for key, value in (given or {}).items():
        if key in plural:
            value = [{"Value": v["Value"]} for v in value]
        out[answer.get(key, key)] = value
    return out


def _vpn_store(call):
    return call.store("ec2.vpn")


@rule("ec2", "CreateVpnConnection")
def create_vpn(call):
    """Options are read back with AWS's defaults; there are always two tunnels."""
    gateway = call.get("VpnGatewayId")
    if gateway:
        found = backend(call).vpn_gateways.get(gateway)
        if not found or found.state == "deleted":
            raise error("InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{gateway}' does not exist")
    reply = call.next()
    given = dict(call.get("Options") or {})
    tunnels = list(given.pop("TunnelOptions", None) or [])
    tunnels += [{}] * (2 - len(tunnels))
    options = {
        "EnableAcceleration": False,
        "StaticRoutesOnly": False,
        "LocalIpv4NetworkCidr": "0.0.0.0/0",
        "RemoteIpv4NetworkCidr": "0.0.0.0/0",
        "OutsideIpAddressType": "PublicIpv4",
        "TunnelInsideIpVersion": "ipv4",
        **given,
        "TunnelOptions": [_tunnel(i, tunnel) for i, tunnel in enumerate(tunnels[:2])],
    }
    item = reply["VpnConnection"]
    _vpn_store(call)[item["VpnConnectionId"]] = {"Options": options, "Routes": [], "Changed": _now()}
    _vpn(call, item)
    return reply


@rule("ec2", "DescribeVpnConnections")
def describe_vpns(call):
    """Options are read back; the filter `vpn-connection-id` holds, and so does an id that doesn't exist."""
    request = dict(call.request)
    ids = [f["Values"] for f in request.get("Filters") or [] if f.get("Name") == "vpn-connection-id"]
    if ids:
        request["Filters"] = [f for f in request["Filters"] if f.get("Name") != "vpn-connection-id"] or None
        request = {k: v for k, v in request.items() if v is not None}
    for name in call.get("VpnConnectionIds") or []:
        if name not in backend(call).vpn_connections:
            raise error("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{name}' does not exist")
    reply = call.next(request)
    reply["VpnConnections"] = [
        c for c in reply.get("VpnConnections") or [] if all(c["VpnConnectionId"] in values for values in ids)
    ]
    for item in reply.get("VpnConnections") or []:
        _vpn(call, item)
    return reply


def _now():
    return datetime.now(timezone.utc)


def _vpn(call, item):
    """Fills one VPN connection as DescribeVpnConnections shows it."""
    extra = _vpn_store(call).get(item["VpnConnectionId"])
    vpn = backend(call).vpn_connections.get(item["VpnConnectionId"])
    if not extra or not vpn:
        return
    item["State"] = vpn.state
    item["Category"] = "VPN"
    item["Type"] = vpn.type or "ipsec.1"
    item["CustomerGatewayId"] = vpn.customer_gateway_id
    for key, value in (("VpnGatewayId", vpn.vpn_gateway_id), ("TransitGatewayId", vpn.transit_gateway_id)):
        if value:
            item[key] = value
        else:
            item.pop(key, None)
    if vpn.state == "deleted":
        for key in ("CustomerGatewayConfiguration", "Options", "Routes", "VgwTelemetry"):
            item.pop(key, None)
        return
    item["GatewayAssociationState"] = "associated"
    item["Options"] = extra["Options"]
    item["Routes"] = list(extra["Routes"])
    item["VgwTelemetry"] = [
        {
            "AcceptedRouteCount": 0,
            "LastStatusChange": extra["Changed"],
            "OutsideIpAddress": tunnel["OutsideIpAddress"],
            "Status": "DOWN",
            "StatusMessage": "",
        }
        for tunnel in extra["Options"]["TunnelOptions"]
    ]
    item["CustomerGatewayConfiguration"] = _configuration(call, vpn, extra["Options"])


def _configuration(call, vpn, options):
    """The XML that devices are configured from, with the values of the tunnels."""
    customer = backend(call).customer_gateways.get(vpn.customer_gateway_id)
    gateway = backend(call).vpn_gateways.get(vpn.vpn_gateway_id)
    address = getattr(customer, "ip_address", "198.51.100.1")
    asn = getattr(customer, "bgp_asn", 65000)
    amazon_asn = getattr(gateway, "amazon_side_asn", None) or 64512
    tunnels = ""
    for tunnel in options["TunnelOptions"]:
        net = ipaddress.ip_network(tunnel["TunnelInsideCidr"], strict=False)
        sides = ""
        for name, outside, inside, number in (
            ("customer_gateway", address, net[2], asn),
            ("vpn_gateway", tunnel["OutsideIpAddress"], net[1], amazon_asn),
        ):
            sides += (
                f"<{name}><tunnel_outside_address><ip_address>{outside}</ip_address></tunnel_outside_address>"
                f"<tunnel_inside_address><ip_address>{inside}</ip_address><network_mask>255.255.255.252</network_mask>"
                f"<network_cidr>30</network_cidr></tunnel_inside_address>"
                f"<bgp><asn>{number}</asn><hold_time>30</hold_time></bgp></{name}>"
            )
        tunnels += (
            f"<ipsec_tunnel>{sides}<ike><authentication_protocol>sha1</authentication_protocol>"
            f"<encryption_protocol>aes-128-cbc</encryption_protocol><lifetime>28800</lifetime>"
            f"<perfect_forward_secrecy>group2</perfect_forward_secrecy><mode>main</mode>"
            f"<pre_shared_key>{tunnel['PreSharedKey']}</pre_shared_key></ike></ipsec_tunnel>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="{vpn.id}">'
        f"<customer_gateway_id>{vpn.customer_gateway_id}</customer_gateway_id>"
        f"<vpn_gateway_id>{vpn.vpn_gateway_id or ''}</vpn_gateway_id>"
        f"<vpn_connection_type>{vpn.type}</vpn_connection_type>{tunnels}</vpn_connection>"
    )


def _live_vpn(call):
    name = call.get("VpnConnectionId")
    vpn = backend(call).vpn_connections.get(name)
    if not vpn or vpn.state == "deleted" or name not in _vpn_store(call):
        raise error("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{name}' does not exist")
    return vpn, _vpn_store(call)[name]


@rule("ec2", "DeleteVpnConnection")
def delete_vpn(call):
    """A deleted VPN connection stays to be seen for a while, in the state `deleted`, with its tags."""
    vpn, _ = _live_vpn(call)
    reply = call.next()
    ec2 = backend(call)
    gone = durations.due("aws_vpn_connection", "delete") if STRICT else clock.now()
    states.mark(call, "vpn", vpn.id, "deleting", gone)
    clock.at(gone + durations.seconds("aws_vpn_connection", "linger"), lambda: ec2.vpn_connections.pop(vpn.id, None))
    return reply


@rule("ec2", "CreateVpnConnection", strict=True)
def create_pending_vpn(call):
    """A VPN connection is pending first (state in the VpnConnection data type)."""
    reply = call.next()
    item = reply["VpnConnection"]
    due = durations.due("aws_vpn_connection", "create")
    item["State"] = states.mark(call, "vpn", item["VpnConnectionId"], "pending", due)
    return reply


@rule("ec2", "DescribeVpnConnections", strict=True)
def describe_pending_vpns(call):
    """The state is the one of now, and so is what the filter `state` compares."""
    request = dict(call.request)
    wanted = [f["Values"] for f in request.get("Filters") or [] if f.get("Name") == "state"]
    if wanted:
        request["Filters"] = [f for f in request["Filters"] if f.get("Name") != "state"]
        if not request["Filters"]:
            del request["Filters"]
    reply = call.next(request)
    for item in reply.get("VpnConnections") or []:
        item["State"] = states.state(call, "vpn", item["VpnConnectionId"]) or item.get("State")
    reply["VpnConnections"] = [
        c for c in reply.get("VpnConnections") or [] if all(c["State"] in values for values in wanted)
    ]
    return reply


@rule(
    "ec2", "ModifyVpnConnection", "ModifyVpnConnectionOptions", "ModifyVpnTunnelOptions", "DeleteVpnConnection",
    strict=True, outer=True,
)  # fmt: skip
def busy_vpn(call):
    """A connection that is pending or being modified can be neither modified nor deleted: IncorrectState."""
    name = call.get("VpnConnectionId")
    state = states.state(call, "vpn", name)
    if state:
        raise error("IncorrectState", f"The vpnConnection ID '{name}' is in the state {state}.")
    reply = call.next()
    if call.context.operation.name.startswith("Modify"):
        states.mark(call, "vpn", name, "modifying", durations.due("aws_vpn_connection", "modify"))
        reply["VpnConnection"]["State"] = states.state(call, "vpn", name) or reply["VpnConnection"]["State"]
    return reply


@rule("ec2", "CreateVpnConnectionRoute")
def create_vpn_route(call):
    """Static routes are read back."""
    _, extra = _live_vpn(call)
    route = call.get("DestinationCidrBlock")
    if all(r["DestinationCidrBlock"] != route for r in extra["Routes"]):
        extra["Routes"].append({"DestinationCidrBlock": route, "Source": "Static", "State": "available"})
    return {}


@rule("ec2", "DeleteVpnConnectionRoute")
def delete_vpn_route(call):
    """A route that isn't there can't be deleted."""
    _, extra = _live_vpn(call)
    route = call.get("DestinationCidrBlock")
    if all(r["DestinationCidrBlock"] != route for r in extra["Routes"]):
        raise error("InvalidRoute.NotFound", f"The route {route} does not exist")
    extra["Routes"] = [r for r in extra["Routes"] if r["DestinationCidrBlock"] != route]
    return {}


@rule("ec2", "ModifyVpnConnection")
def modify_vpn(call):
    """Customer gateway and target can be changed."""
    vpn, _ = _live_vpn(call)
    for key, attribute in (
        ("CustomerGatewayId", "customer_gateway_id"),
        ("VpnGatewayId", "vpn_gateway_id"),
        ("TransitGatewayId", "transit_gateway_id"),
    ):
        if call.get(key):
            setattr(vpn, attribute, call.get(key))
            if key == "VpnGatewayId":
                vpn.transit_gateway_id = None
            elif key == "TransitGatewayId":
                vpn.vpn_gateway_id = None
    return _one_vpn(call)


@rule("ec2", "ModifyVpnConnectionOptions")
def modify_vpn_options(call):
    """The options of the connection can be changed."""
    _, extra = _live_vpn(call)
    for key in ("LocalIpv4NetworkCidr", "RemoteIpv4NetworkCidr", "LocalIpv6NetworkCidr", "RemoteIpv6NetworkCidr"):
        if call.get(key) is not None:
            extra["Options"][key] = call.get(key)
    return _one_vpn(call)


@rule("ec2", "ModifyVpnTunnelOptions")
def modify_tunnel(call):
    """The options of one tunnel can be changed, named by its outside address."""
    _, extra = _live_vpn(call)
    for tunnel in extra["Options"]["TunnelOptions"]:
        if tunnel["OutsideIpAddress"] == call.get("VpnTunnelOutsideIpAddress"):
            tunnel.update(_tunnel_options(call.get("TunnelOptions")))
            return _one_vpn(call)
    raise error("InvalidParameterValue", "The VPN connection has no tunnel with that outside address")


def _one_vpn(call):
    item = {"VpnConnectionId": call.get("VpnConnectionId")}
    _vpn(call, item)
    return {"VpnConnection": item}


# Customer gateways

@rule("ec2", "CreateCustomerGateway")
def create_customer_gateway(call):
    """The name of the device is read back."""
    reply = call.next()
    item = reply["CustomerGateway"]
    if call.get("DeviceName"):
        call.store("ec2.devices")[item["CustomerGatewayId"]] = call.get("DeviceName")
    return _with_device(call, reply, [item])


@rule("ec2", "DescribeCustomerGateways")
def describe_customer_gateways(call):
    """The name of the device is read back."""
    reply = call.next()
    return _with_device(call, reply, reply.get("CustomerGateways") or [])


def _with_device(call, reply, items):
    for item in items:
        name = call.store("ec2.devices").get(item["CustomerGatewayId"])
        if name:
            item["DeviceName"] = name
    return reply


# Virtual private gateways

def _live_vgw(call, name):
    gateway = backend(call).vpn_gateways.get(name)
    if not gateway or gateway.state == "deleted":
        raise error("InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{name}' does not exist")
    return gateway


@rule("ec2", "EnableVgwRoutePropagation")
def enable_propagation(call):
    """The gateway has to be attached to the VPC of the route table."""
    table = backend(call).get_route_table(call.get("RouteTableId"))
    gateway = _live_vgw(call, call.get("GatewayId"))
    attachment = gateway.attachments.get(table.vpc_id)
    if not attachment or attachment.state != "attached" or states.state(call, "vgw", gateway.id):
        raise error("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {table.vpc_id}")
    names = call.store("ec2.propagation").setdefault(table.id, [])
    if gateway.id not in names:
        names.append(gateway.id)
    return {}


@rule("ec2", "DisableVgwRoutePropagation")
def disable_propagation(call):
    """Propagation can be ended."""
    table = backend(call).get_route_table(call.get("RouteTableId"))
    names = call.store("ec2.propagation").setdefault(table.id, [])
    if call.get("GatewayId") in names:
        names.remove(call.get("GatewayId"))
    return {}


@rule("ec2", "DetachVpnGateway")
def detach_vgw(call):
    """Propagation ends with the attachment."""
    reply = call.next()
    for names in call.store("ec2.propagation").values():
        if call.get("VpnGatewayId") in names:
            names.remove(call.get("VpnGatewayId"))
    return reply


@rule("ec2", "AttachVpnGateway", "DetachVpnGateway", strict=True)
def attach_slowly(call):
    """A gateway is attaching or detaching for a while; until then it takes no other VPC."""
    name = call.get("VpnGatewayId")
    state = states.state(call, "vgw", name)
    if state:
        raise error("IncorrectState", f"The vpnGateway ID '{name}' is {state}.")
    reply = call.next()
    attach = call.context.operation.name == "AttachVpnGateway"
    due = durations.due("aws_vpn_gateway", "attach" if attach else "detach")
    states.mark(call, "vgw", name, "attaching" if attach else "detaching", due)
    if attach and reply.get("VpcAttachment"):
        reply["VpcAttachment"]["State"] = states.state(call, "vgw", name) or "attached"
    return reply


@rule("ec2", "DescribeVpnGateways", strict=True)
def describe_attaching(call):
    """The attachment's state is the one of now (VpcAttachment data type)."""
    reply = call.next()
    for item in reply.get("VpnGateways") or []:
        state = states.state(call, "vgw", item["VpnGatewayId"])
        for attachment in item.get("VpcAttachments") or []:
            attachment["State"] = state or attachment.get("State")
    return reply


@rule("ec2", "DeleteVpnGateway")
def delete_vgw(call):
    """A deleted gateway stays to be seen for a while, in the state `deleted`."""
    reply = call.next()
    gateways, name = backend(call).vpn_gateways, call.get("VpnGatewayId")
    gone = clock.now() + durations.seconds("aws_vpn_gateway", "linger")
    clock.at(gone, lambda: gateways.pop(name, None))
    return reply


@rule("ec2", "DescribeRouteTables")
def describe_tables(call):
    """PropagatingVgws, and routes to what is gone are black holes."""
    reply = call.next()
    ec2 = backend(call)
    for table in reply.get("RouteTables") or []:
        names = call.store("ec2.propagation").get(table["RouteTableId"], [])
        table["PropagatingVgws"] = [{"GatewayId": name} for name in names]
        table.setdefault("OwnerId", call.account)
        for route in table.get("Routes") or []:
            if route.get("NatGatewayId"):
                nat = ec2.nat_gateways.get(route["NatGatewayId"])
                route["State"] = "active" if nat and nat.state != "deleted" else "blackhole"
    return reply
