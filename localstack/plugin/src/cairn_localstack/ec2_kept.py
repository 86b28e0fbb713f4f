"""EC2: settings of subnets, endpoints and routes that moto forgets to change."""

from .ec2 import backend
from .rules import rule


@rule("ec2", "ModifySubnetAttribute", "DescribeSubnets")
def names_in_subnet(call):
    """What instances' names are made of, and which queries for them are answered, can be changed."""
    translating = call.store("subnets with DNS64")
    if call.context.operation.name == "DescribeSubnets":
        reply = call.next()
        for subnet in reply.get("Subnets") or []:
            subnet["EnableDns64"] = translating.get(subnet["SubnetId"], False)
        return reply
    options = backend(call).get_subnet(call.get("SubnetId")).private_dns_name_options_on_launch
    if kind := call.get("PrivateDnsHostnameTypeOnLaunch"):
        options["HostnameType"] = kind
    elif answers := call.get("EnableResourceNameDnsAAAARecordOnLaunch"):
        options["EnableResourceNameDnsAAAARecord"] = answers["Value"]
    elif translates := call.get("EnableDns64"):
        translating[call.get("SubnetId")] = translates["Value"]
    else:
        return call.next()
    return {}


@rule("ec2", "ModifyVpcEndpoint", "DescribeVpcEndpoints")
def address_type(call):
    """The kind of addresses can be changed."""
    kept = call.store("endpoint address types")
    reply = call.next()
    if call.get("IpAddressType"):
        kept[call.get("VpcEndpointId")] = call.get("IpAddressType")
    for item in reply.get("VpcEndpoints") or []:
        item["IpAddressType"] = kept.get(item["VpcEndpointId"], item.get("IpAddressType"))
    return reply


@rule("ec2", "ReplaceRoute")
def former_endpoint(call):
    """A route leads one way: no longer to the endpoint that it led to."""
    reply = call.next()
    destination = call.get("DestinationCidrBlock") or call.get("DestinationIpv6CidrBlock")
    for route in backend(call).get_route_table(call.get("RouteTableId")).routes.values():
        if destination in (route.destination_cidr_block, route.destination_ipv6_cidr_block):
            route.vpc_endpoint_id = call.get("VpcEndpointId")
    return reply
