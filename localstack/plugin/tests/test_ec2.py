import json

import pytest
from conftest import code_of, later, seconds, tags, until


def made(aws, kind):
    """One resource of a kind with the tag a=1, and the call that lists it."""
    ec2, net = aws.ec2, aws.network()
    mark = lambda name: {"TagSpecifications": tags(name, a="1")}  # noqa: E731
    if kind == "vpc":
        ec2.create_vpc(CidrBlock="10.9.0.0/16", **mark("vpc"))
        return ec2.describe_vpcs, "Vpcs"
    if kind == "subnet":
        ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.0.9.0/24", **mark("subnet"))
        return ec2.describe_subnets, "Subnets"
    if kind == "igw":
        ec2.create_internet_gateway(**mark("internet-gateway"))
        return ec2.describe_internet_gateways, "InternetGateways"
    if kind == "eip":
        ec2.allocate_address(Domain="vpc", **mark("elastic-ip"))
        return ec2.describe_addresses, "Addresses"
    if kind == "nat":
        ec2.create_nat_gateway(SubnetId=net.subnets[1], ConnectivityType="private")
        ec2.create_nat_gateway(SubnetId=net.subnets[0], ConnectivityType="private", **mark("natgateway"))
        return ec2.describe_nat_gateways, "NatGateways"
    if kind == "rtb":
        ec2.create_route_table(VpcId=net.vpc, **mark("route-table"))
        return ec2.describe_route_tables, "RouteTables"
    if kind == "vpce":
        ec2.create_vpc_endpoint(VpcId=net.vpc, ServiceName="com.amazonaws.us-east-1.s3", **mark("vpc-endpoint"))
        return ec2.describe_vpc_endpoints, "VpcEndpoints"
    if kind == "sg":
        ec2.create_security_group(VpcId=net.vpc, GroupName="g", Description="d", **mark("security-group"))
        return ec2.describe_security_groups, "SecurityGroups"
    if kind == "sgr":
        ec2.authorize_security_group_ingress(
            GroupId=net.group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            **mark("security-group-rule"),
        )
        return ec2.describe_security_group_rules, "SecurityGroupRules"
    if kind == "cgw":
        ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, PublicIp="198.51.100.9", **mark("customer-gateway"))
        return ec2.describe_customer_gateways, "CustomerGateways"
    if kind == "vgw":
        ec2.create_vpn_gateway(Type="ipsec.1", **mark("vpn-gateway"))
        return ec2.describe_vpn_gateways, "VpnGateways"
    if kind == "vpn":
        vpn(aws, **mark("vpn-connection"))
        return ec2.describe_vpn_connections, "VpnConnections"
    if kind == "lt":
        ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={"InstanceType": "t3.micro"})
        ec2.create_launch_template(
            LaunchTemplateName="two", LaunchTemplateData={"InstanceType": "t3.micro"}, **mark("launch-template")
        )
        return ec2.describe_launch_templates, "LaunchTemplates"
    aws.logs.create_log_group(logGroupName="flow")
    ec2.create_flow_logs(
        ResourceIds=[net.vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flow", MaxAggregationInterval=60,
        DeliverLogsPermissionArn=role(aws), **mark("vpc-flow-log"),
    )  # fmt: skip
    return ec2.describe_flow_logs, "FlowLogs"


def role(aws):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    arn = aws.iam.create_role(RoleName="flow", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    later(seconds("aws_iam", "propagate"))
    return arn


def vpn(aws, options=None, **more):
    ec2 = aws.ec2
    cgw = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, PublicIp="198.51.100.10")
    vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    cgw = cgw["CustomerGateway"]["CustomerGatewayId"]
    made = ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=cgw, VpnGatewayId=vgw, Options=options or {}, **more
    )["VpnConnection"]
    return made["VpnConnectionId"], cgw, vgw


KINDS = "vpc subnet igw eip nat rtb vpce sg sgr cgw vgw vpn lt fl".split()


@pytest.mark.parametrize("kind", KINDS)
def test_tag_filters(aws, kind):
    describe, key = made(aws, kind)
    found = lambda name, *values: describe(Filters=[{"Name": name, "Values": list(values)}])[key]  # noqa: E731
    assert len(found("tag:a", "1")) == 1
    assert found("tag:a", "1")[0]["Tags"] == [{"Key": "a", "Value": "1"}]
    assert found("tag:a", "2") == []
    assert len(found("tag:a", "2", "1*")) == 1
    assert len(found("tag-key", "a")) == 1
    assert found("tag-key", "b") == []
    item = found("tag:a", "1")[0]
    assert len(describe()[key]) >= 1 and item


def test_pages(aws):
    net = aws.network()
    for i in range(2, 7):
        aws.ec2.create_subnet(VpcId=net.vpc, CidrBlock=f"10.0.{i}.0/24")
    first = aws.ec2.describe_subnets(MaxResults=5, Filters=[{"Name": "vpc-id", "Values": [net.vpc]}])
    assert len(first["Subnets"]) == 5
    rest = aws.ec2.describe_subnets(
        MaxResults=5, NextToken=first["NextToken"], Filters=[{"Name": "vpc-id", "Values": [net.vpc]}]
    )
    assert len(rest["Subnets"]) == 2 and "NextToken" not in rest


def test_new_group_has_egress_and_unique_name(aws):
    net = aws.network()
    group = aws.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"][0]
    assert [p["IpRanges"] for p in group["IpPermissionsEgress"]] == [[{"CidrIp": "0.0.0.0/0"}]]
    assert code_of(aws.ec2.create_security_group, GroupName="web", Description="d", VpcId=net.vpc) == "InvalidGroup.Duplicate"


def test_rules_keep_description_and_id(aws):
    net, ec2 = aws.network(), aws.ec2
    other = ec2.create_security_group(GroupName="db", Description="d", VpcId=net.vpc)["GroupId"]
    rule = lambda text: [  # noqa: E731
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": net.group, "Description": text}]}
    ]
    made = ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=rule("one"), TagSpecifications=tags("security-group-rule", a="1")
    )["SecurityGroupRules"][0]
    name = made["SecurityGroupRuleId"]
    assert made["Tags"] == [{"Key": "a", "Value": "1"}]
    read = lambda: ec2.describe_security_group_rules(SecurityGroupRuleIds=[name])["SecurityGroupRules"][0]  # noqa: E731
    assert read()["Description"] == "one" and read()["ReferencedGroupInfo"]["GroupId"] == net.group
    assert read()["SecurityGroupRuleArn"].endswith(name)
    assert code_of(ec2.authorize_security_group_ingress, GroupId=other, IpPermissions=rule("two")) == "InvalidPermission.Duplicate"
    change = lambda **new: ec2.modify_security_group_rules(  # noqa: E731
        GroupId=other, SecurityGroupRules=[{"SecurityGroupRuleId": name, "SecurityGroupRule": {"IpProtocol": "tcp", **new}}]
    )
    change(FromPort=5433, ToPort=5433, ReferencedGroupId=other, Description="three")
    after = read()
    assert (after["FromPort"], after["Description"], after["ReferencedGroupInfo"]["GroupId"]) == (5433, "three", other)
    assert after["Tags"] == made["Tags"]
    change(FromPort=5433, ToPort=5433, ReferencedGroupId=other)
    assert "Description" not in read()
    assert code_of(
        ec2.modify_security_group_rules, GroupId=other,
        SecurityGroupRules=[{"SecurityGroupRuleId": name, "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIpv4": "10.0.0.0/8"}}],
    ) == "InvalidParameterValue"  # fmt: skip


def test_nat_gateway(aws):
    net, ec2 = aws.network(), aws.ec2
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    call = dict(SubnetId=net.subnets[0], AllocationId=address, ClientToken="t", TagSpecifications=tags("natgateway", a="1"))
    nat = ec2.create_nat_gateway(**call)["NatGateway"]
    assert nat["State"] == "pending"
    assert ec2.create_nat_gateway(**call)["NatGateway"]["NatGatewayId"] == nat["NatGatewayId"]
    assert code_of(ec2.create_nat_gateway, **{**call, "SubnetId": net.subnets[1]}) == "IdempotentParameterMismatch"
    read = lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGatewayId"]])["NatGateways"][0]  # noqa: E731
    assert until(lambda: read()["State"] == "available")
    assert read()["ConnectivityType"] == "public"
    assert code_of(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert code_of(ec2.delete_subnet, SubnetId=net.subnets[0]) == "DependencyViolation"
    table = ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"])
    ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
    assert read()["State"] == "deleting"
    assert code_of(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert until(lambda: read()["State"] == "deleted")
    listed = lambda *states: ec2.describe_nat_gateways(Filter=[{"Name": "state", "Values": list(states)}])["NatGateways"]  # noqa: E731
    assert listed("pending", "available") == [] and len(listed("deleted")) == 1
    assert read()["Tags"] == [{"Key": "a", "Value": "1"}]
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [r["State"] for r in routes if "NatGatewayId" in r] == ["blackhole"]
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=net.subnets[0])
    later(seconds("aws_nat_gateway", "linger"))
    assert ec2.describe_nat_gateways()["NatGateways"] == []


def test_vpc_is_pending_first(aws):
    made = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    read = lambda: aws.ec2.describe_vpcs(VpcIds=[made["VpcId"]])["Vpcs"][0]["State"]  # noqa: E731
    assert (made["State"], read()) == ("pending", "pending")
    later(seconds("aws_vpc", "create"))
    assert read() == "available"


def test_own_interface_outlives_its_instance(aws):
    net, ec2 = aws.network(), aws.ec2
    nic = ec2.create_network_interface(SubnetId=net.subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    run = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.subnets[0])["Instances"][0]
    ec2.attach_network_interface(NetworkInterfaceId=nic, InstanceId=run["InstanceId"], DeviceIndex=1)
    assert ec2.terminate_instances(InstanceIds=[run["InstanceId"]])["TerminatingInstances"][0]["CurrentState"]["Name"] == "shutting-down"
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 2
    later(seconds("aws_instance", "delete"))
    assert [n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"]] == [nic]


def test_vpn_options_and_routes(aws):
    ec2 = aws.ec2
    name, cgw, vgw = vpn(
        aws,
        {"StaticRoutesOnly": True, "TunnelOptions": [{"TunnelInsideCidr": "169.254.10.0/30", "PreSharedKey": "abcdefgh1", "IKEVersions": [{"Value": "ikev2"}]}]},
    )  # fmt: skip
    read = lambda: ec2.describe_vpn_connections(VpnConnectionIds=[name])["VpnConnections"][0]  # noqa: E731
    assert until(lambda: read()["State"] == "available")
    first, second = read()["Options"]["TunnelOptions"]
    assert read()["Options"]["StaticRoutesOnly"] is True
    assert (first["TunnelInsideCidr"], first["PreSharedKey"], first["IkeVersions"]) == ("169.254.10.0/30", "abcdefgh1", [{"Value": "ikev2"}])
    assert second["OutsideIpAddress"] != first["OutsideIpAddress"]
    assert first["OutsideIpAddress"] in read()["CustomerGatewayConfiguration"]
    assert len(read()["VgwTelemetry"]) == 2
    ec2.create_vpn_connection_route(VpnConnectionId=name, DestinationCidrBlock="10.100.0.0/16")
    assert read()["Routes"] == [{"DestinationCidrBlock": "10.100.0.0/16", "Source": "Static", "State": "available"}]
    ec2.delete_vpn_connection_route(VpnConnectionId=name, DestinationCidrBlock="10.100.0.0/16")
    assert read().get("Routes", []) == []
    assert code_of(ec2.delete_customer_gateway, CustomerGatewayId=cgw) == "IncorrectState"
    available = lambda: until(lambda: read()["State"] == "available")  # noqa: E731
    ec2.modify_vpn_tunnel_options(
        VpnConnectionId=name, VpnTunnelOutsideIpAddress=first["OutsideIpAddress"], TunnelOptions={"DPDTimeoutSeconds": 45}
    )
    assert read()["Options"]["TunnelOptions"][0]["DpdTimeoutSeconds"] == 45
    assert read()["State"] == "modifying"
    assert code_of(ec2.delete_vpn_connection, VpnConnectionId=name) == "IncorrectState"
    assert available()
    ec2.modify_vpn_connection_options(VpnConnectionId=name, LocalIpv4NetworkCidr="10.100.0.0/16")
    assert read()["Options"]["LocalIpv4NetworkCidr"] == "10.100.0.0/16"
    assert available()
    new = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65001, PublicIp="198.51.100.11")["CustomerGateway"]["CustomerGatewayId"]
    ec2.modify_vpn_connection(VpnConnectionId=name, CustomerGatewayId=new)
    assert read()["CustomerGatewayId"] == new
    ec2.delete_customer_gateway(CustomerGatewayId=cgw)
    assert code_of(ec2.delete_customer_gateway, CustomerGatewayId=new) == "IncorrectState"
    assert available()
    listed = lambda: ec2.describe_vpn_connections(Filters=[{"Name": "vpn-connection-id", "Values": [name]}])["VpnConnections"]  # noqa: E731
    assert [v["VpnConnectionId"] for v in listed()] == [name]
    assert ec2.describe_vpn_connections(Filters=[{"Name": "vpn-connection-id", "Values": ["vpn-0"]}])["VpnConnections"] == []
    ec2.delete_vpn_connection(VpnConnectionId=name)
    assert read()["State"] == "deleting"
    assert code_of(ec2.delete_vpn_gateway, VpnGatewayId=vgw) == "IncorrectState"
    assert until(lambda: read()["State"] == "deleted")
    assert code_of(ec2.create_vpn_connection_route, VpnConnectionId=name, DestinationCidrBlock="10.0.0.0/8") == "InvalidVpnConnectionID.NotFound"
    later(seconds("aws_vpn_connection", "linger"))
    assert listed() == []
    assert code_of(ec2.describe_vpn_connections, VpnConnectionIds=[name]) == "InvalidVpnConnectionID.NotFound"


def test_route_propagation(aws):
    net, ec2 = aws.network(), aws.ec2
    table = ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    assert code_of(ec2.enable_vgw_route_propagation, RouteTableId=table, GatewayId=vgw) == "Gateway.NotAttached"
    attachment = lambda: ec2.describe_vpn_gateways(VpnGatewayIds=[vgw])["VpnGateways"][0]["VpcAttachments"][0]["State"]  # noqa: E731
    assert ec2.attach_vpn_gateway(VpnGatewayId=vgw, VpcId=net.vpc)["VpcAttachment"]["State"] == "attaching"
    assert attachment() == "attaching"
    assert code_of(ec2.enable_vgw_route_propagation, RouteTableId=table, GatewayId=vgw) == "Gateway.NotAttached"
    assert code_of(ec2.detach_vpn_gateway, VpnGatewayId=vgw, VpcId=net.vpc) == "IncorrectState"
    later(seconds("aws_vpn_gateway", "attach"))
    assert attachment() == "attached"
    ec2.enable_vgw_route_propagation(RouteTableId=table, GatewayId=vgw)
    read = lambda: ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["PropagatingVgws"]  # noqa: E731
    assert read() == [{"GatewayId": vgw}]
    ec2.disable_vgw_route_propagation(RouteTableId=table, GatewayId=vgw)
    assert read() == []
    assert code_of(ec2.delete_vpn_gateway, VpnGatewayId=vgw) == "IncorrectState"
    ec2.detach_vpn_gateway(VpnGatewayId=vgw, VpcId=net.vpc)
    assert attachment() == "detaching"
    assert code_of(ec2.delete_vpn_gateway, VpnGatewayId=vgw) == "IncorrectState"
    later(seconds("aws_vpn_gateway", "detach"))
    ec2.delete_vpn_gateway(VpnGatewayId=vgw)
    assert ec2.describe_vpn_gateways()["VpnGateways"][0]["State"] == "deleted"
    later(seconds("aws_vpn_gateway", "linger"))
    assert ec2.describe_vpn_gateways()["VpnGateways"] == []


def test_endpoints(aws):
    net, ec2 = aws.network(), aws.ec2
    tables = [ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"] for _ in "ab"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})
    call = dict(VpcId=net.vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=tables[:1], PolicyDocument=policy, ClientToken="t")
    name = ec2.create_vpc_endpoint(**call)["VpcEndpoint"]["VpcEndpointId"]
    assert ec2.create_vpc_endpoint(**call)["VpcEndpoint"]["VpcEndpointId"] == name
    read = lambda n=name: ec2.describe_vpc_endpoints(VpcEndpointIds=[n])["VpcEndpoints"][0]  # noqa: E731
    assert json.loads(read()["PolicyDocument"]) == json.loads(policy)
    ec2.modify_vpc_endpoint(VpcEndpointId=name, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1], ResetPolicy=True)
    assert read()["RouteTableIds"] == tables[1:]
    assert json.loads(read()["PolicyDocument"])["Statement"][0]["Action"] == "*"
    inner = ec2.create_vpc_endpoint(
        VpcId=net.vpc, VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.ssm",
        SubnetIds=net.subnets, SecurityGroupIds=[net.group], PrivateDnsEnabled=True,
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    assert read(inner)["State"] == "pending"
    assert until(lambda: read(inner)["State"] == "available")
    assert read(inner)["Groups"] == [{"GroupId": net.group, "GroupName": "web"}]
    assert code_of(ec2.delete_security_group, GroupId=net.group) == "DependencyViolation"
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=net.vpc)["GroupId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=inner, AddSecurityGroupIds=[other], RemoveSecurityGroupIds=[net.group])
    assert [g["GroupId"] for g in read(inner)["Groups"]] == [other]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[name, inner])
    assert {e["State"] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]} == {"deleting"}
    assert code_of(ec2.delete_security_group, GroupId=other) == "DependencyViolation"
    assert code_of(ec2.delete_subnet, SubnetId=net.subnets[0]) == "DependencyViolation"
    later(seconds("aws_vpc_endpoint", "delete-interface"))
    ec2.delete_security_group(GroupId=other)
    ec2.delete_subnet(SubnetId=net.subnets[0])
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert code_of(ec2.describe_vpc_endpoints, VpcEndpointIds=[name]) == "InvalidVpcEndpointId.NotFound"


def test_launch_template_versions(aws):
    ec2 = aws.ec2
    call = dict(
        LaunchTemplateName="web", ClientToken="t", TagSpecifications=tags("launch-template", a="1"),
        LaunchTemplateData={"InstanceType": "t3.micro", "ImageId": "ami-1", "UserData": "IyEvYmluL3NoCg=="},
    )  # fmt: skip
    name = ec2.create_launch_template(**call)["LaunchTemplate"]["LaunchTemplateId"]
    assert ec2.create_launch_template(**call)["LaunchTemplate"]["LaunchTemplateId"] == name
    assert code_of(ec2.create_launch_template, **{**call, "ClientToken": "u"}) == "InvalidLaunchTemplateName.AlreadyExistsException"
    new = ec2.create_launch_template_version(
        LaunchTemplateId=name, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}, VersionDescription="d"
    )["LaunchTemplateVersion"]
    assert (new["VersionNumber"], new["LaunchTemplateData"]["ImageId"], new["LaunchTemplateData"]["InstanceType"]) == (2, "ami-1", "t3.small")
    assert "TagSpecifications" not in new["LaunchTemplateData"]
    versions = lambda *v: ec2.describe_launch_template_versions(LaunchTemplateId=name, Versions=list(v))["LaunchTemplateVersions"]  # noqa: E731
    assert [v["VersionNumber"] for v in versions("$Latest")] == [2]
    assert [v["VersionNumber"] for v in versions("$Default")] == [1]
    reply = ec2.delete_launch_template_versions(LaunchTemplateId=name, Versions=["1", "2", "9"])
    assert [v["VersionNumber"] for v in reply["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    failed = {v["VersionNumber"]: v["ResponseError"]["Code"] for v in reply["UnsuccessfullyDeletedLaunchTemplateVersions"]}
    assert failed[9] == "launchTemplateVersionDoesNotExist" and 1 in failed
    again = ec2.create_launch_template_version(LaunchTemplateId=name, LaunchTemplateData={"InstanceType": "t3.large"})
    assert again["LaunchTemplateVersion"]["VersionNumber"] == 3
    ec2.modify_launch_template(LaunchTemplateId=name, DefaultVersion="3")
    ec2.create_tags(Resources=[name], Tags=[{"Key": "b", "Value": "2"}])
    shown = ec2.describe_launch_templates(LaunchTemplateIds=[name])["LaunchTemplates"][0]
    assert (shown["DefaultVersionNumber"], shown["LatestVersionNumber"], len(shown["Tags"])) == (3, 3, 2)
    ec2.delete_launch_template(LaunchTemplateId=name)
    assert code_of(ec2.describe_launch_templates, LaunchTemplateIds=[name]) == "InvalidLaunchTemplateId.NotFound"


def test_customer_gateway_device(aws):
    made = aws.ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, PublicIp="198.51.100.9", DeviceName="router")["CustomerGateway"]
    read = aws.ec2.describe_customer_gateways(CustomerGatewayIds=[made["CustomerGatewayId"]])["CustomerGateways"][0]
    assert (made["DeviceName"], read["DeviceName"]) == ("router", "router")


def test_flow_log_read_back(aws):
    describe, key = made(aws, "fl")
    item = describe()[key][0]
    assert (item["MaxAggregationInterval"], item["TrafficType"], item["LogGroupName"]) == (60, "ALL", "flow")
    assert item["LogFormat"].startswith("${version}")


def test_guards(aws):
    net, ec2 = aws.network(), aws.ec2
    other = ec2.create_security_group(GroupName="db", Description="d", VpcId=net.vpc)["GroupId"]
    pair = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": net.group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
    assert code_of(ec2.delete_security_group, GroupId=net.group) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=pair)
    nic = ec2.create_network_interface(SubnetId=net.subnets[0], Groups=[net.group])["NetworkInterface"]["NetworkInterfaceId"]
    assert code_of(ec2.delete_security_group, GroupId=net.group) == "DependencyViolation"
    assert code_of(ec2.delete_subnet, SubnetId=net.subnets[0]) == "DependencyViolation"
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    link = ec2.associate_address(AllocationId=address, NetworkInterfaceId=nic)["AssociationId"]
    assert code_of(ec2.detach_internet_gateway, InternetGatewayId=net.gateway, VpcId=net.vpc) == "DependencyViolation"
    assert code_of(ec2.delete_internet_gateway, InternetGatewayId=net.gateway) == "DependencyViolation"
    ec2.disassociate_address(AssociationId=link)
    ec2.release_address(AllocationId=address)
    assert code_of(ec2.delete_vpc, VpcId=net.vpc) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=nic)
    ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=net.gateway)
    for group in (net.group, other):
        ec2.delete_security_group(GroupId=group)
    for subnet in net.subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=net.vpc)


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_public_images(aws, architecture):
    path = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    image = aws.ssm.get_parameter(Name=path)["Parameter"]["Value"]
    found = aws.ec2.describe_images(ImageIds=[image])["Images"][0]
    assert found["Architecture"] == architecture and found["RootDeviceName"] == "/dev/xvda"
