"""Refusals for what isn't there, is there already, or wasn't said: the code that AWS documents for each."""

from conftest import code_of
from test_autoscaling import group, template

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:"


def test_ec2(aws):
    net, ec2 = aws.network(), aws.ec2
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    default = next(g["GroupId"] for g in groups if g["VpcId"] == net.vpc)
    assert code_of(ec2.delete_security_group, GroupId=default) == "CannotDelete"
    rule = {"SecurityGroupRuleId": "sgr-0123456789abcdef0", "SecurityGroupRule": {"IpProtocol": "-1", "CidrIpv4": "10.0.0.0/8"}}
    change = lambda rule: code_of(ec2.modify_security_group_rules, GroupId=net.group, SecurityGroupRules=[rule])  # noqa: E731
    assert change(rule) == "InvalidSecurityGroupRuleId.NotFound"
    made = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [net.group]}])["SecurityGroupRules"][0]
    without = {"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": {"IpProtocol": "-1"}}
    assert change(without) == "MissingParameter"
    assert code_of(ec2.delete_nat_gateway, NatGatewayId="nat-0123456789abcdef0") == "NatGatewayNotFound"
    assert code_of(ec2.delete_vpn_gateway, VpnGatewayId="vgw-0123456789abcdef0") == "InvalidVpnGatewayID.NotFound"


def test_vpn_routes(aws):
    ec2 = aws.ec2
    side = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, PublicIp="203.0.113.9")["CustomerGateway"]["CustomerGatewayId"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    made = ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=side, VpnGatewayId=gateway, Options={"StaticRoutesOnly": True}
    )
    route = dict(VpnConnectionId=made["VpnConnection"]["VpnConnectionId"], DestinationCidrBlock="192.168.0.0/16")
    assert code_of(ec2.delete_vpn_connection_route, **route) == "InvalidRoute.NotFound"


def test_launch_templates(aws):
    net, ec2 = aws.network(), aws.ec2
    lt = template(aws, net)
    deleted = ec2.delete_launch_template_versions
    assert code_of(deleted, LaunchTemplateName="none", Versions=["1"]) == "InvalidLaunchTemplateName.NotFoundException"
    assert code_of(deleted, Versions=["1"]) == "MissingParameter"
    make = ec2.create_launch_template_version
    assert code_of(make, LaunchTemplateId=lt, SourceVersion="9", LaunchTemplateData={}) == "InvalidLaunchTemplateId.VersionNotFound"


def test_groups_that_are_being_refreshed(aws):
    net, asg = aws.network(), aws.autoscaling
    group(aws, net, template(aws, net), MinSize=0, DesiredCapacity=0)
    asg.start_instance_refresh(AutoScalingGroupName="web")
    assert code_of(asg.delete_auto_scaling_group, AutoScalingGroupName="web") == "ScalingActivityInProgress"


def test_load_balancers(aws):
    elb = aws.elbv2
    balancer, targets = f"{ARN}loadbalancer/app/none/0123456789abcdef", f"{ARN}targetgroup/none/0123456789abcdef"
    assert code_of(elb.describe_load_balancer_attributes, LoadBalancerArn=balancer) == "LoadBalancerNotFound"
    assert code_of(elb.describe_target_group_attributes, TargetGroupArn=targets) == "TargetGroupNotFound"


def test_data(aws):
    net, rds, cache = aws.network(), aws.rds, aws.elasticache
    subnets = dict(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=net.subnets)
    rds.create_db_subnet_group(**subnets)
    assert code_of(rds.create_db_subnet_group, **subnets) == "DBSubnetGroupAlreadyExists"
    database = dict(
        DBInstanceIdentifier="db", DBInstanceClass="db.t4g.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="u", MasterUserPassword="password1",
    )  # fmt: skip
    rds.create_db_instance(**database)
    assert code_of(rds.create_db_instance, **database) == "DBInstanceAlreadyExists"
    reset = dict(DBParameterGroupName="none", ResetAllParameters=True)
    assert code_of(rds.reset_db_parameter_group, **reset) == "DBParameterGroupNotFound"
    parameters = dict(CacheParameterGroupName="p", CacheParameterGroupFamily="redis7", Description="d")
    cache.create_cache_parameter_group(**parameters)
    assert code_of(cache.create_cache_parameter_group, **parameters) == "CacheParameterGroupAlreadyExists"
    assert code_of(cache.delete_cache_subnet_group, CacheSubnetGroupName="none") == "CacheSubnetGroupNotFoundFault"
    assert code_of(aws.efs.describe_backup_policy, FileSystemId="fs-0123456789abcdef0") == "FileSystemNotFound"


def test_edge_and_operations(aws):
    assert code_of(aws.cloudfront.delete_distribution, Id="NONE", IfMatch="e") == "NoSuchDistribution"
    assert code_of(aws.cloudwatch.get_dashboard, DashboardName="none") == "ResourceNotFound"
    index = dict(ResourceARNList=["arn:aws:s3:::b"], TagFilters=[{"Key": "a"}])
    assert code_of(aws.resourcegroupstaggingapi.get_resources, **index) == "InvalidParameterException"
    assert code_of(aws.cloudtrail.lookup_events, MaxResults=51) == "InvalidMaxResultsException"
