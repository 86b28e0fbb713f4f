"""What is set is read back, where the back ends forget it."""


def balancer(aws, net, kind):
    made = aws.elbv2.create_load_balancer(Name=kind, Type=kind, Scheme="internal", Subnets=net.subnets, SecurityGroups=[net.group])
    return made["LoadBalancers"][0]


def test_groups_hold_for_private_link(aws):
    made = balancer(aws, aws.network(), "network")
    key = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    assert made[key] == "on"
    aws.elbv2.set_security_groups(LoadBalancerArn=made["LoadBalancerArn"], SecurityGroups=made["SecurityGroups"], **{key: "off"})
    assert aws.elbv2.describe_load_balancers()["LoadBalancers"][0][key] == "off"


def test_listeners_keep_their_protocol_and_settings(aws):
    net = aws.network()
    group = aws.elbv2.create_target_group(Name="g", Protocol="TCP", Port=80, VpcId=net.vpc)["TargetGroups"][0]["TargetGroupArn"]
    actions = [{"Type": "forward", "TargetGroupArn": group}]
    arn = balancer(aws, net, "network")["LoadBalancerArn"]
    listener = aws.elbv2.create_listener(LoadBalancerArn=arn, Port=80, Protocol="TCP", DefaultActions=actions)["Listeners"][0]["ListenerArn"]
    verify = {"Mode": "passthrough"}
    aws.elbv2.modify_listener(
        ListenerArn=listener, Protocol="TCP_UDP", DefaultActions=actions, MutualAuthentication=verify, AlpnPolicy=["HTTP1Only"]
    )
    [found] = aws.elbv2.describe_listeners(ListenerArns=[listener])["Listeners"]
    assert (found["Protocol"], found["MutualAuthentication"], found["AlpnPolicy"]) == ("TCP_UDP", verify, ["HTTP1Only"])


def test_subnets_and_endpoints(aws):
    net = aws.network()
    aws.ec2.modify_subnet_attribute(SubnetId=net.subnets[0], PrivateDnsHostnameTypeOnLaunch="resource-name")
    for answered in ("EnableResourceNameDnsAAAARecordOnLaunch", "EnableDns64"):
        aws.ec2.modify_subnet_attribute(SubnetId=net.subnets[0], **{answered: {"Value": True}})
    [subnet] = aws.ec2.describe_subnets(SubnetIds=net.subnets[:1])["Subnets"]
    names = subnet["PrivateDnsNameOptionsOnLaunch"]
    assert (names["HostnameType"], names["EnableResourceNameDnsAAAARecord"], subnet["EnableDns64"]) == ("resource-name", True, True)
    request = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.ssm", "SubnetIds": net.subnets[:1]}
    endpoint = aws.ec2.create_vpc_endpoint(VpcId=net.vpc, **request)["VpcEndpoint"]["VpcEndpointId"]
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, IpAddressType="dualstack")
    assert aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["IpAddressType"] == "dualstack"


def test_a_replaced_route_leads_one_way(aws):
    net = aws.network()
    request = {"VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": net.subnets[:1], "ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}
    endpoint = aws.ec2.create_vpc_endpoint(VpcId=net.vpc, **request)["VpcEndpoint"]["VpcEndpointId"]
    table = aws.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    aws.ec2.create_route(**route, VpcEndpointId=endpoint)
    aws.ec2.replace_route(**route, GatewayId=net.gateway)
    [shown] = [r for r in aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"] if r["Origin"] == "CreateRoute"]
    assert shown["GatewayId"] == net.gateway and "VpcEndpointId" not in shown


def test_policies_of_subscriptions_go(aws):
    topic = aws.sns.create_topic(Name="t")["TopicArn"]
    made = aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q", ReturnSubscriptionArn=True)
    arn, policy = made["SubscriptionArn"], '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}'
    aws.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue=policy)
    assert aws.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RedrivePolicy"] == policy
    aws.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy")
    assert "RedrivePolicy" not in aws.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def test_mfa_delete_is_told_once_it_is_set(aws):
    aws.s3.create_bucket(Bucket=f"{aws.id}-versions")
    aws.s3.put_bucket_versioning(Bucket=f"{aws.id}-versions", VersioningConfiguration={"Status": "Enabled"})
    assert "MFADelete" not in aws.s3.get_bucket_versioning(Bucket=f"{aws.id}-versions")
    both = {"Status": "Enabled", "MFADelete": "Enabled"}
    aws.s3.put_bucket_versioning(Bucket=f"{aws.id}-versions", VersioningConfiguration=both, MFA="arn:aws:iam::1:mfa/x 123456")
    assert aws.s3.get_bucket_versioning(Bucket=f"{aws.id}-versions")["MFADelete"] == "Enabled"


def test_data_protection_of_web_acls(aws):
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    hashed = {"DataProtections": [{"Field": {"FieldType": "BODY"}, "Action": "HASH"}]}
    request = {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": seen}
    made = aws.wafv2.create_web_acl(Name="a", DataProtectionConfig=hashed, **request)["Summary"]
    name = {"Name": "a", "Scope": "REGIONAL", "Id": made["Id"]}
    assert aws.wafv2.get_web_acl(**name)["WebACL"]["DataProtectionConfig"] == hashed
    aws.wafv2.update_web_acl(Name="a", Id=made["Id"], LockToken=made["LockToken"], **request)
    assert "DataProtectionConfig" not in aws.wafv2.get_web_acl(**name)["WebACL"]
