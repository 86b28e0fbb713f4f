"""VPCs and what is in them."""

import json

from .matrix import case, tagging

IN, OUT = "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"
TAGGED = ["aws_vpc.main", "aws_internet_gateway.main", "aws_subnet.main", "aws_eip.nat", "aws_nat_gateway.main", "aws_route_table.main"]
TAGGED += ["aws_vpc_endpoint.gateway", "aws_vpn_gateway.main", "aws_default_security_group.main", "aws_security_group.whole", f"{IN}.four", f"{OUT}.four"]
TAGGED += ["aws_customer_gateway.main", "aws_flow_log.main"]


def prepare(aws):
    """An instance, an interface and a prefix list, each with another of its kind."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.100.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.100.0.0/24")["Subnet"]["SubnetId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instances = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=2, MaxCount=2, SubnetId=subnet)["Instances"]
    interfaces = [ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"] for _ in range(2)]
    lists = [ec2.create_managed_prefix_list(PrefixListName=n, MaxEntries=1, AddressFamily="IPv4")["PrefixList"]["PrefixListId"] for n in ("declared", "other")]
    aws.others = {"instance": instances[1]["InstanceId"], "interface": interfaces[1], "prefix_list": lists[1], "vpc": vpc, "subnet": subnet}
    return {"instance": instances[0]["InstanceId"], "interface": interfaces[0], "prefix_list": lists[0]}


def tag(aws, values, key, value):
    aws.client("ec2").create_tags(Resources=[values.get("security_group_rule_id") or values["id"]], Tags=[{"Key": key, "Value": value}])


def calling(address, arguments, operation, make):
    """A case of one call: `make` gives its arguments."""
    arguments = (arguments,) if isinstance(arguments, str) else arguments
    return case(address, *arguments)(lambda aws, values: getattr(aws.client("ec2"), operation)(**make(aws, values)))


def endpoint(address, argument, make):
    return calling(address, argument, "modify_vpc_endpoint", lambda aws, v: {"VpcEndpointId": v["id"]} | make(aws, v))


def rerouted(address, arguments, target):
    """The same destination by another way."""

    def change(aws, values):
        ec2 = aws.client("ec2")
        to = {"DestinationCidrBlock": "destination_cidr_block", "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block"}
        where = {"RouteTableId": values["route_table_id"]} | {k: values[v] for k, v in to.items() if values[v]}
        way = target(aws, ec2, values)
        ec2.delete_route(**where)
        ec2.create_route(**where, **way)

    return case(address, *arguments)(change)


def peering(aws, ec2, values):
    mine = ec2.describe_route_tables(RouteTableIds=[values["route_table_id"]])["RouteTables"][0]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=mine, PeerVpcId=aws.others["vpc"])["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    return {"VpcPeeringConnectionId": made}


def transit(aws, ec2, values):
    return {"TransitGatewayId": ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]}


def interface(aws, ec2, values):
    return {"NetworkInterfaceId": aws.others["interface"]}


def nat(aws, ec2, values):
    return {"NatGatewayId": ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]}


def balancer_endpoint(aws, ec2, values):
    """Of somebody else's VPC, which is none of the stack's."""
    request = {"VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": [aws.others["subnet"]], "ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}
    return {"VpcEndpointId": ec2.create_vpc_endpoint(VpcId=aws.others["vpc"], **request)["VpcEndpoint"]["VpcEndpointId"]}


def egress_only(aws, ec2, values):
    mine = ec2.describe_route_tables(RouteTableIds=[values["route_table_id"]])["RouteTables"][0]["VpcId"]
    made = ec2.create_egress_only_internet_gateway(VpcId=mine)["EgressOnlyInternetGateway"]
    return {"EgressOnlyInternetGatewayId": made["EgressOnlyInternetGatewayId"]}


def rule(address, argument, change):
    """A case of a security group rule."""

    def at(aws, values):
        ec2 = aws.client("ec2")
        data = {"IpProtocol": values["ip_protocol"], "FromPort": values["from_port"], "ToPort": values["to_port"]}
        sources = {"CidrIpv4": "cidr_ipv4", "CidrIpv6": "cidr_ipv6", "PrefixListId": "prefix_list_id", "ReferencedGroupId": "referenced_security_group_id"}
        data |= {k: values[v] for k, v in (sources | {"Description": "description"}).items() if values[v]}
        data |= change(aws, values)
        ec2.modify_security_group_rules(
            GroupId=values["security_group_id"], SecurityGroupRules=[{"SecurityGroupRuleId": values["id"], "SecurityGroupRule": data}]
        )

    return case(address, argument)(at)


def rules(of):
    """The cases of both types of rules."""
    return [
        rule(f"{of}.four", "ip_protocol", lambda aws, v: {"IpProtocol": "udp"}),
        rule(f"{of}.four", "from_port", lambda aws, v: {"FromPort": v["from_port"] + 1}),
        rule(f"{of}.four", "to_port", lambda aws, v: {"ToPort": v["to_port"] + 1}),
        rule(f"{of}.four", "cidr_ipv4", lambda aws, v: {"CidrIpv4": "192.0.2.0/24"}),
        rule(f"{of}.four", "description", lambda aws, v: {"Description": "By hand"}),
        rule(f"{of}.six", "cidr_ipv6", lambda aws, v: {"CidrIpv6": "2001:db8:1::/48"}),
        rule(f"{of}.list", "prefix_list_id", lambda aws, v: {"PrefixListId": aws.others["prefix_list"]}),
        rule(f"{of}.group", "referenced_security_group_id", lambda aws, v: {"ReferencedGroupId": v["security_group_id"]}),
    ]


def of_vpc(values):
    return [{"Name": "vpc-id", "Values": [values["vpc_id"]]}]


def opened(address, argument, operation):
    """A rule that is let in or out by hand, in a group whose rules stand in the group."""
    permission = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]
    return calling(address, argument, operation, lambda aws, v: {"GroupId": v["id"], "IpPermissions": permission})


def another_table(aws, values):
    tables = aws.client("ec2").describe_route_tables()["RouteTables"]
    mine = next(t for t in tables if t["RouteTableId"] == values["route_table_id"])
    other = next(t for t in tables if t["VpcId"] == mine["VpcId"] and t is not mine and not any(a.get("Main") for a in t["Associations"]))
    return other["RouteTableId"]


CASES = [
    *(tagging(address, tag) for address in TAGGED),
    calling("aws_vpc.main", "enable_dns_support", "modify_vpc_attribute", lambda aws, v: {"VpcId": v["id"], "EnableDnsSupport": {"Value": False}}),
    calling("aws_vpc.main", "enable_dns_hostnames", "modify_vpc_attribute", lambda aws, v: {"VpcId": v["id"], "EnableDnsHostnames": {"Value": True}}),
    calling("aws_internet_gateway.main", "vpc_id", "detach_internet_gateway", lambda aws, v: {"InternetGatewayId": v["id"], "VpcId": v["vpc_id"]}),
    calling(
        "aws_subnet.main", "map_public_ip_on_launch", "modify_subnet_attribute", lambda aws, v: {"SubnetId": v["id"], "MapPublicIpOnLaunch": {"Value": True}}
    ),
    calling(
        "aws_subnet.main",
        "enable_resource_name_dns_a_record_on_launch",
        "modify_subnet_attribute",
        lambda aws, v: {"SubnetId": v["id"], "EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
    ),
    calling(
        "aws_subnet.main",
        "enable_resource_name_dns_aaaa_record_on_launch",
        "modify_subnet_attribute",
        lambda aws, v: {"SubnetId": v["id"], "EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
    ),
    calling("aws_subnet.main", "enable_dns64", "modify_subnet_attribute", lambda aws, v: {"SubnetId": v["id"], "EnableDns64": {"Value": True}}),
    calling(
        "aws_subnet.main",
        "assign_ipv6_address_on_creation",
        "modify_subnet_attribute",
        lambda aws, v: {"SubnetId": v["id"], "AssignIpv6AddressOnCreation": {"Value": True}},
    ),
    calling(
        "aws_subnet.main",
        "private_dns_hostname_type_on_launch",
        "modify_subnet_attribute",
        lambda aws, v: {"SubnetId": v["id"], "PrivateDnsHostnameTypeOnLaunch": "resource-name"},
    ),
    calling(
        "aws_eip.of_instance",
        "instance",
        "associate_address",
        lambda aws, v: {"AllocationId": v["id"], "InstanceId": aws.others["instance"], "AllowReassociation": True},
    ),
    calling(
        "aws_eip.of_interface",
        "network_interface",
        "associate_address",
        lambda aws, v: {"AllocationId": v["id"], "NetworkInterfaceId": aws.others["interface"], "AllowReassociation": True},
    ),
    calling(
        "aws_route_table.whole",
        "route",
        "create_route",
        lambda aws, v: {"RouteTableId": v["id"], "DestinationCidrBlock": "198.51.100.0/24"} | nat(aws, aws.client("ec2"), v),
    ),
    calling(
        "aws_route_table.whole",
        "propagating_vgws",
        "disable_vgw_route_propagation",
        lambda aws, v: {"RouteTableId": v["id"], "GatewayId": v["propagating_vgws"][0]},
    ),
    calling(
        "aws_route_table_association.main",
        "route_table_id",
        "replace_route_table_association",
        lambda aws, v: {"AssociationId": v["id"], "RouteTableId": another_table(aws, v)},
    ),
    rerouted("aws_route.by_gateway", ("gateway_id", "nat_gateway_id"), nat),
    rerouted("aws_route.by_nat", ("nat_gateway_id", "network_interface_id"), interface),
    rerouted("aws_route.by_nat", ("nat_gateway_id", "transit_gateway_id"), transit),
    rerouted("aws_route.by_nat", ("nat_gateway_id", "vpc_peering_connection_id"), peering),
    rerouted("aws_route.by_nat", ("nat_gateway_id", "vpc_endpoint_id"), balancer_endpoint),
    rerouted("aws_route.six", ("gateway_id", "egress_only_gateway_id"), egress_only),
    endpoint("aws_vpc_endpoint.gateway", "route_table_ids", lambda aws, v: {"RemoveRouteTableIds": v["route_table_ids"]}),
    endpoint(
        "aws_vpc_endpoint.gateway",
        "policy",
        lambda aws, v: {
            "PolicyDocument": json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
            )
        },
    ),
    endpoint(
        "aws_vpc_endpoint.interface",
        "subnet_ids",
        lambda aws, v: {
            "AddSubnetIds": [
                s["SubnetId"] for s in aws.client("ec2").describe_subnets(Filters=of_vpc(v))["Subnets"] if s["CidrBlock"] == "10.0.1.0/24"
            ]
        },
    ),
    endpoint(
        "aws_vpc_endpoint.interface",
        "security_group_ids",
        lambda aws, v: {
            "AddSecurityGroupIds": [
                g["GroupId"] for g in aws.client("ec2").describe_security_groups(Filters=of_vpc(v))["SecurityGroups"] if g["GroupName"] == "main-1"
            ]
        },
    ),
    endpoint("aws_vpc_endpoint.interface", "private_dns_enabled", lambda aws, v: {"PrivateDnsEnabled": False}),
    endpoint("aws_vpc_endpoint.interface", "ip_address_type", lambda aws, v: {"IpAddressType": "dualstack"}),
    calling("aws_vpn_gateway.main", "vpc_id", "detach_vpn_gateway", lambda aws, v: {"VpnGatewayId": v["id"], "VpcId": v["vpc_id"]}),
    opened("aws_default_security_group.main", "ingress", "authorize_security_group_ingress"),
    opened("aws_default_security_group.main", "egress", "authorize_security_group_egress"),
    opened("aws_security_group.whole", "ingress", "authorize_security_group_ingress"),
    opened("aws_security_group.whole", "egress", "authorize_security_group_egress"),
    *rules(IN),
    *rules(OUT),
]
