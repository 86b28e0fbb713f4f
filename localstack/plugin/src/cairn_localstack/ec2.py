"""EC2: networks, security groups, VPN, launch templates.

The sources are the pages of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ named like the operations.
"""

import copy
import ipaddress
import random
import string
from datetime import datetime, timezone

from localstack.utils.patch import patch
from moto.core.types import Base64EncodedString
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.vpcs import VPCBackend

from .rules import error, idempotent, page, rule, tags_match


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
    """A deleted NAT gateway stays to be seen for about an hour; its address is free, its routes are black holes."""
    ec2 = backend(call)
    nat = ec2.nat_gateways.get(call.get("NatGatewayId"))
    if not nat or nat.state == "deleted":
        raise error("NatGatewayNotFound", f"NatGateway {call.get('NatGatewayId')} was not found")
    reply = call.next()
    for address in ec2.addresses:
        if address.eni is not None and address.eni is nat._eni:
            address.eni = address.association_id = None
    ec2.enis.pop(nat._eni.id, None)
    return reply


# VPN

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
    reply = call.next()
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
    """A deleted VPN connection stays to be seen, in the state `deleted`, with its tags."""
    _live_vpn(call)
    return call.next()


@rule("ec2", "CreateVpnConnectionRoute")
def create_vpn_route(call):
    _, extra = _live_vpn(call)
    route = call.get("DestinationCidrBlock")
    if all(r["DestinationCidrBlock"] != route for r in extra["Routes"]):
        extra["Routes"].append({"DestinationCidrBlock": route, "Source": "Static", "State": "available"})
    return {}


@rule("ec2", "DeleteVpnConnectionRoute")
def delete_vpn_route(call):
    _, extra = _live_vpn(call)
    route = call.get("DestinationCidrBlock")
    if all(r["DestinationCidrBlock"] != route for r in extra["Routes"]):
        raise error("InvalidRoute.NotFound", f"The route {route} does not exist")
    extra["Routes"] = [r for r in extra["Routes"] if r["DestinationCidrBlock"] != route]
    return {}


@rule("ec2", "ModifyVpnConnection")
def modify_vpn(call):
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
    _, extra = _live_vpn(call)
    for key in ("LocalIpv4NetworkCidr", "RemoteIpv4NetworkCidr", "LocalIpv6NetworkCidr", "RemoteIpv6NetworkCidr"):
        if call.get(key) is not None:
            extra["Options"][key] = call.get(key)
    return _one_vpn(call)


@rule("ec2", "ModifyVpnTunnelOptions")
def modify_tunnel(call):
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
    if not attachment or attachment.state != "attached":
        raise error("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {table.vpc_id}")
    names = call.store("ec2.propagation").setdefault(table.id, [])
    if gateway.id not in names:
        names.append(gateway.id)
    return {}


@rule("ec2", "DisableVgwRoutePropagation")
def disable_propagation(call):
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
            nat = ec2.nat_gateways.get(route.get("NatGatewayId"))
            if nat and nat.state == "deleted":
                route["State"] = "blackhole"
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


# Launch templates

@patch(LaunchTemplate.__init__)
def _lt_init(fn, self, backend, name, template_data, version_description, tag_spec):
    """The template's own tags are no part of what it launches."""
    specs = [s for s in template_data.get("TagSpecifications") or [] if s.get("ResourceType") != "launch-template"]
    template_data = {k: v for k, v in template_data.items() if k != "TagSpecifications" and v is not None}
    if specs:
        template_data["TagSpecifications"] = specs
    fn(self, backend, name, template_data, version_description, tag_spec)


@patch(LaunchTemplate.create_version)
def _create_version(fn, self, data, description):
    """Version numbers are never used twice."""
    number = max([v.number for v in self.versions] + [getattr(self, "last_number", 0)]) + 1
    self.last_number = number
    version = LaunchTemplateVersion(self, number, data, description)
    self.versions.append(version)
    return version


@patch(LaunchTemplate.get_version)
def _get_version(fn, self, num):
    if str(num).lower() in ("$latest", "$default"):
        return fn(self, num)
    for version in self.versions:
        if str(version.number) == str(num):
            return version
    raise error(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {num} for the launch template with ID {self.id}.",
    )


@patch(LaunchTemplate.default_version)
def _default_version(fn, self):
    return self.get_version(self.default_version_number)


def _user_data(self):
    data = self.data.get("UserData")
    return data if data is None or isinstance(data, Base64EncodedString) else Base64EncodedString(data)


LaunchTemplateVersion.user_data = property(_user_data)


def _template(call):
    ec2 = backend(call)
    if call.get("LaunchTemplateId"):
        template = ec2.launch_templates.get(call.get("LaunchTemplateId"))
        if not template:
            raise error(
                "InvalidLaunchTemplateId.NotFound",
                f"The specified launch template, with template ID {call.get('LaunchTemplateId')}, does not exist.",
            )
        return template
    if call.get("LaunchTemplateName"):
        name = call.get("LaunchTemplateName")
        template = ec2.launch_templates.get(ec2.launch_template_name_to_ids.get(name))
        if not template:
            raise error(
                "InvalidLaunchTemplateName.NotFoundException",
                f"The specified launch template, with template name {name}, does not exist.",
            )
        return template
    raise error("MissingParameter", "Either a launch template ID or a launch template name is needed")


def _template_item(call, template):
    item = {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.create_time,
        "CreatedBy": f"arn:aws:iam::{call.account}:root",
        "DefaultVersionNumber": template.default_version_number,
        "LatestVersionNumber": template.latest_version_number,
    }
    tags = template.get_tags()
    if tags:
        item["Tags"] = [{"Key": t["key"], "Value": t["value"]} for t in tags]
    return item


def _version_item(call, version):
    template = version.template
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description,
        "CreateTime": version.create_time,
        "CreatedBy": f"arn:aws:iam::{call.account}:root",
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": version.data,
    }


@rule("ec2", "CreateLaunchTemplate")
def create_template(call):
    """A client token makes the call idempotent; a name can be taken once."""
    return idempotent(call, "ClientToken", lambda: call.next())


@rule("ec2", "CreateLaunchTemplateVersion")
def create_template_version(call):
    """Values that the request leaves out come from SourceVersion."""
    template = _template(call)
    data = {k: v for k, v in (call.get("LaunchTemplateData") or {}).items() if v is not None}
    if call.get("SourceVersion"):
        data = {**template.get_version(call.get("SourceVersion")).data, **data}

    def make():
        version = template.create_version(data, call.get("VersionDescription"))
        return {"LaunchTemplateVersion": _version_item(call, version)}

    return idempotent(call, "ClientToken", make)


@rule("ec2", "DescribeLaunchTemplates")
def describe_templates(call):
    """Tags as they are now; an id or a name that doesn't exist is an error."""
    ec2 = backend(call)
    names, ids = call.get("LaunchTemplateNames") or [], call.get("LaunchTemplateIds") or []
    if names or ids:
        found = []
        for name in ids:
            if name not in ec2.launch_templates:
                raise error("InvalidLaunchTemplateId.NotFound", f"The launch template {name} does not exist.")
            found.append(ec2.launch_templates[name])
        for name in names:
            if name not in ec2.launch_template_name_to_ids:
                raise error("InvalidLaunchTemplateName.NotFoundException", f"The launch template {name} does not exist.")
            found.append(ec2.launch_templates[ec2.launch_template_name_to_ids[name]])
    else:
        found = list(ec2.launch_templates.values())
    for item in call.get("Filters") or []:
        if item["Name"] == "launch-template-name":
            found = [t for t in found if t.name in item["Values"]]
    return {"LaunchTemplates": [_template_item(call, t) for t in found]}


@rule("ec2", "DescribeLaunchTemplateVersions")
def describe_template_versions(call):
    wanted = call.get("Versions") or []
    if not call.get("LaunchTemplateId") and not call.get("LaunchTemplateName"):
        found = []
        for template in backend(call).launch_templates.values():
            found += [template.get_version(w) for w in wanted if w in ("$Latest", "$Default")]
    else:
        template = _template(call)
        if wanted:
            found = [template.get_version(w) for w in wanted]
        else:
            low, high = int(call.get("MinVersion") or 1), int(call.get("MaxVersion") or 10**9)
            found = [v for v in template.versions if low <= v.number <= high]
            found.sort(key=lambda v: -v.number)
    found = list(dict.fromkeys(found))
    items, token = page([_version_item(call, v) for v in found], call.get("MaxResults"), call.get("NextToken"))
    return {"LaunchTemplateVersions": items, **({"NextToken": token} if token else {})}


@rule("ec2", "ModifyLaunchTemplate")
def modify_template(call):
    template = _template(call)
    if call.get("DefaultVersion"):
        template.default_version_number = template.get_version(call.get("DefaultVersion")).number
    return {"LaunchTemplate": _template_item(call, template)}


@rule("ec2", "DeleteLaunchTemplateVersions")
def delete_template_versions(call):
    """The default version can't be deleted; what fails is listed beside what was done."""
    template = _template(call)
    done, failed = [], []
    for number in call.get("Versions") or []:
        entry = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        version = next((v for v in template.versions if str(v.number) == str(number)), None)
        if version is None:
            why = {"Code": "launchTemplateVersionDoesNotExist", "Message": f"Version {number} does not exist."}
        elif template.is_default(version):
            why = {"Code": "unexpectedError", "Message": "The default version can't be deleted."}
        else:
            template.versions.remove(version)
            done.append(entry)
            continue
        failed.append({**entry, "ResponseError": why})
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": done,
        "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
    }


@rule("ec2", "DeleteLaunchTemplate")
def delete_template(call):
    template = _template(call)
    item = _template_item(call, template)
    ec2 = backend(call)
    ec2.launch_templates.pop(template.id, None)
    ec2.launch_template_name_to_ids.pop(template.name, None)
    ec2.tags.pop(template.id, None)
    return {"LaunchTemplate": item}


# Flow logs

@rule("ec2", "CreateFlowLogs")
def create_flow_logs(call):
    return idempotent(call, "ClientToken", lambda: call.next())


# Last, so that it stands outside of the rules above.
for _operation in LISTS:
    rule("ec2", _operation)(describe_list)
