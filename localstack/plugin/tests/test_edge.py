"""Load balancers, WAF, Shield, certificates, monitoring, the tag index."""

import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import code_of, later, seconds, tags, until


def balancer(aws, net, **more):
    call = dict(Name="web", Subnets=net.subnets, SecurityGroups=[net.group], Tags=[{"Key": "a", "Value": "1"}])
    return aws.elbv2.create_load_balancer(**{**call, **more})["LoadBalancers"][0]


def target_group(aws, net):
    return aws.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=net.vpc)["TargetGroups"][0]["TargetGroupArn"]


def certificate(aws, **more):
    arn = aws.acm.request_certificate(DomainName="moodle.example.org", ValidationMethod="DNS", **more)["CertificateArn"]
    read = lambda: aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]  # noqa: E731
    first = read()["Status"]
    assert until(lambda: read()["Status"] == "ISSUED")
    return arn, first, read


def test_balancer_name(aws):
    net = aws.network()
    first = balancer(aws, net)
    assert balancer(aws, net)["LoadBalancerArn"] == first["LoadBalancerArn"]
    assert code_of(balancer, aws=aws, net=net, Scheme="internal") == "DuplicateLoadBalancerName"
    assert code_of(balancer, aws=aws, net=net, Name="x", Subnets=["subnet-0123456789abcdef0"]) == "SubnetNotFound"


def test_balancer_attributes(aws):
    net = aws.network()
    arn = balancer(aws, net)["LoadBalancerArn"]
    read = lambda: {a["Key"]: a["Value"] for a in aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}  # noqa: E731
    assert read()["idle_timeout.timeout_seconds"] == "60"
    assert read()["routing.http.desync_mitigation_mode"] == "defensive"
    assert read()["client_keep_alive.seconds"] == "3600"
    aws.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "120"}, {"Key": "deletion_protection.enabled", "Value": "true"}]
    )
    assert read()["idle_timeout.timeout_seconds"] == "120"
    assert code_of(aws.elbv2.modify_load_balancer_attributes, LoadBalancerArn=arn, Attributes=[{"Key": "no", "Value": "1"}]) == "InvalidConfigurationRequest"
    assert code_of(aws.elbv2.delete_load_balancer, LoadBalancerArn=arn) == "OperationNotPermitted"


def test_balancer_is_provisioning_first(aws):
    made = balancer(aws, aws.network())
    read = lambda: aws.elbv2.describe_load_balancers(Names=["web"])["LoadBalancers"][0]["State"]["Code"]  # noqa: E731
    assert (made["State"]["Code"], read()) == ("provisioning", "provisioning")
    later(seconds("aws_lb", "create"))
    assert read() == "active"


def test_balancer_moves_with_its_subnets_and_groups(aws):
    net = aws.network()
    third = aws.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.0.3.0/24", AvailabilityZone="us-east-1c")["Subnet"]["SubnetId"]
    other = aws.ec2.create_security_group(GroupName="other", Description="d", VpcId=net.vpc)["GroupId"]
    arn = balancer(aws, net)["LoadBalancerArn"]
    aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[net.subnets[0], third])
    aws.elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[other])
    nics = aws.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert sorted(n["SubnetId"] for n in nics) == sorted([net.subnets[0], third])
    assert [g["GroupId"] for n in nics for g in n["Groups"]] == [other, other]
    aws.ec2.delete_subnet(SubnetId=net.subnets[1])
    aws.ec2.delete_security_group(GroupId=net.group)


def test_target_health(aws):
    net = aws.network()
    group, arn = target_group(aws, net), balancer(aws, net)["LoadBalancerArn"]
    one = aws.ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.subnets[0])["Instances"][0]["InstanceId"]
    state = lambda: aws.ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]["State"]["Name"]  # noqa: E731
    assert state() == "pending"
    assert code_of(aws.elbv2.register_targets, TargetGroupArn=group, Targets=[{"Id": one}]) == "InvalidTarget"
    later(seconds("aws_instance", "create"))
    assert state() == "running"
    aws.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one}])
    states = lambda: [t["TargetHealth"]["State"] for t in aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]]  # noqa: E731
    assert states() == ["unused"]
    aws.elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
    assert states() == ["initial"]
    later(30 * 5)
    assert states() == ["healthy"]
    aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one}])
    assert states() == ["draining"]
    later(300)
    assert states() == []


def test_newest_security_policy(aws):
    net = aws.network()
    arn, group = balancer(aws, net)["LoadBalancerArn"], target_group(aws, net)
    cert, _, _ = certificate(aws)
    listener = aws.elbv2.create_listener(
        LoadBalancerArn=arn, Protocol="HTTPS", Port=443, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        Certificates=[{"CertificateArn": cert}], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    wanted = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert aws.elbv2.modify_listener(ListenerArn=listener, SslPolicy=wanted)["Listeners"][0]["SslPolicy"] == wanted
    assert aws.elbv2.modify_listener(ListenerArn=listener, Port=8443)["Listeners"][0]["SslPolicy"] == wanted
    assert code_of(aws.elbv2.modify_listener, ListenerArn=listener, SslPolicy="none") == "SSLPolicyNotFound"
    assert len(aws.elbv2.describe_ssl_policies(Names=[wanted])["SslPolicies"]) == 1


def test_new_web_acl_is_not_known_everywhere(aws, settings):
    settings(lag="waf")
    arn, one = balancer(aws, aws.network())["LoadBalancerArn"], acl(aws)
    assert code_of(aws.wafv2.associate_web_acl, WebACLArn=one["ARN"], ResourceArn=arn) == "WAFUnavailableEntityException"
    later(seconds("aws_wafv2_web_acl", "propagate"))
    aws.wafv2.associate_web_acl(WebACLArn=one["ARN"], ResourceArn=arn)


def test_web_acl_pages(aws):
    for name in "ab":
        acl(aws, name)
    first = aws.wafv2.list_web_acls(Scope="REGIONAL", Limit=1)
    rest = aws.wafv2.list_web_acls(Scope="REGIONAL", Limit=1, NextMarker=first["NextMarker"])
    assert sorted(a["Name"] for a in first["WebACLs"] + rest["WebACLs"]) == ["a", "b"]


def test_log_group_class_and_key(aws):
    aws.logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    read = lambda: aws.logs.describe_log_groups(logGroupNamePrefix="rare")["logGroups"][0]  # noqa: E731
    assert read()["logGroupClass"] == "INFREQUENT_ACCESS"
    key = aws.kms.create_key()["KeyMetadata"]["Arn"]
    aws.logs.associate_kms_key(logGroupName="rare", kmsKeyId=key)
    assert read()["kmsKeyId"] == key
    aws.logs.disassociate_kms_key(logGroupName="rare")
    assert "kmsKeyId" not in read()
    assert code_of(aws.logs.associate_kms_key, logGroupName="none", kmsKeyId=key) == "ResourceNotFoundException"


def test_target_group_attributes(aws):
    arn = target_group(aws, aws.network())
    read = lambda: {a["Key"]: a["Value"] for a in aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}  # noqa: E731
    assert (read()["deregistration_delay.timeout_seconds"], read()["slow_start.duration_seconds"], read()["stickiness.type"]) == ("300", "0", "lb_cookie")
    aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[{"Key": "slow_start.duration_seconds", "Value": "60"}])
    assert read()["slow_start.duration_seconds"] == "60"


def test_balancer_holds_what_it_uses(aws):
    net = aws.network()
    arn, group = balancer(aws, net)["LoadBalancerArn"], target_group(aws, net)
    cert, _, _ = certificate(aws)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    call = dict(LoadBalancerArn=arn, Protocol="HTTPS", Port=443, DefaultActions=forward, Certificates=[{"CertificateArn": cert}])
    aws.elbv2.create_listener(**call)
    assert code_of(aws.elbv2.create_listener, **call) == "DuplicateListener"
    assert code_of(aws.elbv2.delete_target_group, TargetGroupArn=group) == "ResourceInUse"
    assert code_of(aws.acm.delete_certificate, CertificateArn=cert) == "ResourceInUseException"
    nics = aws.ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [net.group]}])["NetworkInterfaces"]
    assert sorted(n["SubnetId"] for n in nics) == sorted(net.subnets)
    assert all(n["Description"].startswith("ELB app/web/") for n in nics)
    assert code_of(aws.ec2.detach_internet_gateway, InternetGatewayId=net.gateway, VpcId=net.vpc) == "DependencyViolation"
    aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert code_of(aws.ec2.delete_security_group, GroupId=net.group) == "DependencyViolation"
    assert until(lambda: code_of(aws.ec2.delete_security_group, GroupId=net.group) is None)
    aws.elbv2.delete_target_group(TargetGroupArn=group)
    aws.acm.delete_certificate(CertificateArn=cert)


def test_pages(aws):
    net = aws.network()
    for name in "ab":
        aws.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=net.vpc)
    first = aws.elbv2.describe_target_groups(PageSize=1)
    second = aws.elbv2.describe_target_groups(PageSize=1, Marker=first["NextMarker"])
    assert [g["TargetGroupName"] for r in (first, second) for g in r["TargetGroups"]] == ["a", "b"]


def test_certificate(aws):
    _, first, read = certificate(aws, Tags=[{"Key": "a", "Value": "1"}])
    assert first == "PENDING_VALIDATION"
    aws.acm.update_certificate_options(CertificateArn=read()["CertificateArn"], Options={"CertificateTransparencyLoggingPreference": "DISABLED"})
    assert read()["Options"]["CertificateTransparencyLoggingPreference"] == "DISABLED"


def test_rules_change_places(aws):
    net, elb = aws.network(), aws.elbv2
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    listener = elb.create_listener(LoadBalancerArn=balancer(aws, net)["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=answer)["Listeners"][0]["ListenerArn"]

    def made(priority):
        condition = [{"Field": "path-pattern", "Values": [f"/{priority}"]}]
        return elb.create_rule(ListenerArn=listener, Priority=priority, Conditions=condition, Actions=answer)["Rules"][0]["RuleArn"]

    def order(*pairs):
        return {"RulePriorities": [{"RuleArn": arn, "Priority": priority} for arn, priority in pairs]}

    def now():
        return {r["RuleArn"]: r["Priority"] for r in elb.describe_rules(ListenerArn=listener)["Rules"] if not r["IsDefault"]}

    a, b, c = (made(priority) for priority in (1, 2, 3))
    assert code_of(made, priority=2) == "PriorityInUse"
    assert code_of(elb.set_rule_priorities, **order((a, 2))) == "PriorityInUse"
    assert code_of(elb.set_rule_priorities, **order((a, 2), (b, 3))) == "PriorityInUse"
    assert code_of(elb.set_rule_priorities, **order((a, 9), (b + "x", 8))) == "RuleNotFound"
    assert now() == {a: "1", b: "2", c: "3"}
    moved = elb.set_rule_priorities(**order((a, 2), (b, 1)))["Rules"]
    assert {r["RuleArn"]: r["Priority"] for r in moved} == {a: "2", b: "1"}
    elb.set_rule_priorities(**order((a, 2)))
    elb.set_rule_priorities(**order((a, 3), (b, 2), (c, 1)))
    assert now() == {a: "3", b: "2", c: "1"}


def signed(name, key, issuer, signer):
    """A certificate for a key, as PEM."""
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, issuer)]
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    made = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number(), start, start + datetime.timedelta(days=30))
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_imported_again(aws):
    key, root = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    bodies, chain = [signed("own.example.org", key, "root", root) for _ in range(2)], signed("root", root, "root", root)
    tags = [{"Key": "a", "Value": "1"}]
    arn = aws.acm.import_certificate(Certificate=bodies[0], PrivateKey=secret, Tags=tags)["CertificateArn"]
    assert "CertificateChain" not in aws.acm.get_certificate(CertificateArn=arn)
    again = dict(CertificateArn=arn, Certificate=bodies[1], PrivateKey=secret, CertificateChain=chain)
    assert code_of(aws.acm.import_certificate, **again, Tags=tags) == "ValidationException"
    assert aws.acm.import_certificate(**again)["CertificateArn"] == arn
    got = aws.acm.get_certificate(CertificateArn=arn)
    assert (got["Certificate"], got["CertificateChain"]) == (bodies[1].decode(), chain.decode())
    assert aws.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags


VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


def acl(aws, name="acl"):
    return aws.wafv2.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE, Rules=[])["Summary"]


def test_web_acl(aws):
    net, waf = aws.network(), aws.wafv2
    arn, one = balancer(aws, net)["LoadBalancerArn"], acl(aws)
    assert code_of(acl, aws=aws) == "WAFDuplicateItemException"
    waf.associate_web_acl(WebACLArn=one["ARN"], ResourceArn=arn)
    assert waf.list_resources_for_web_acl(WebACLArn=one["ARN"])["ResourceArns"] == [arn]
    two = acl(aws, "two")
    waf.associate_web_acl(WebACLArn=two["ARN"], ResourceArn=arn)
    assert waf.list_resources_for_web_acl(WebACLArn=one["ARN"])["ResourceArns"] == []
    assert waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Name"] == "two"
    held = dict(Name="two", Scope="REGIONAL", Id=two["Id"], LockToken=two["LockToken"])
    assert code_of(waf.delete_web_acl, **held) == "WAFAssociatedItemException"
    change = dict(Name="two", Scope="REGIONAL", Id=two["Id"], DefaultAction={"Block": {}}, VisibilityConfig=VISIBLE, Rules=[])
    waf.update_web_acl(**change, LockToken=two["LockToken"])
    assert code_of(waf.update_web_acl, **change, LockToken=two["LockToken"]) == "WAFOptimisticLockException"
    waf.disassociate_web_acl(ResourceArn=arn)
    assert code_of(waf.associate_web_acl, WebACLArn=one["ARN"], ResourceArn=arn + "x") == "WAFUnavailableEntityException"


def test_stale_lock_tokens(aws):
    waf, stale = aws.wafv2, "00000000-0000-0000-0000-000000000000"
    one = acl(aws)
    same = dict(Scope="REGIONAL", LockToken=stale)
    addresses = waf.create_ip_set(Name="i", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["10.0.0.0/8"])["Summary"]
    group = waf.create_rule_group(Name="g", Scope="REGIONAL", Capacity=10, VisibilityConfig=VISIBLE)["Summary"]
    refused = "WAFOptimisticLockException"
    assert code_of(waf.delete_web_acl, Name="acl", Id=one["Id"], **same) == refused
    assert code_of(waf.update_ip_set, Name="i", Id=addresses["Id"], Addresses=["10.1.0.0/16"], **same) == refused
    assert code_of(waf.delete_ip_set, Name="i", Id=addresses["Id"], **same) == refused
    assert code_of(waf.update_rule_group, Name="g", Id=group["Id"], VisibilityConfig=VISIBLE, **same) == refused
    waf.delete_ip_set(Name="i", Scope="REGIONAL", Id=addresses["Id"], LockToken=addresses["LockToken"])


def test_web_acl_logging(aws):
    one = acl(aws)
    log = f"arn:aws:logs:us-east-1:{aws.id}:log-group:aws-waf-logs-x"
    call = {"ResourceArn": one["ARN"], "LogDestinationConfigs": [log], "RedactedFields": [{"SingleHeader": {"Name": "cookie"}}]}
    aws.wafv2.put_logging_configuration(LoggingConfiguration=call)
    read = aws.wafv2.get_logging_configuration(ResourceArn=one["ARN"])["LoggingConfiguration"]
    assert (read["LogDestinationConfigs"], read["RedactedFields"]) == ([log], call["RedactedFields"])
    assert len(aws.wafv2.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"]) == 1
    aws.wafv2.delete_logging_configuration(ResourceArn=one["ARN"])
    assert code_of(aws.wafv2.get_logging_configuration, ResourceArn=one["ARN"]) == "WAFNonexistentItemException"


def test_shield(aws):
    arn = balancer(aws, aws.network())["LoadBalancerArn"]
    assert aws.shield.get_subscription_state()["SubscriptionState"] == "INACTIVE"
    assert code_of(aws.shield.describe_subscription) == "ResourceNotFoundException"
    assert code_of(aws.shield.create_protection, Name="p", ResourceArn=arn) == "ResourceNotFoundException"
    aws.shield.create_subscription()
    assert aws.shield.get_subscription_state()["SubscriptionState"] == "ACTIVE"
    assert aws.shield.describe_subscription()["Subscription"]["AutoRenew"] == "ENABLED"
    name = aws.shield.create_protection(Name="p", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])["ProtectionId"]
    item = aws.shield.describe_protection(ProtectionId=name)["Protection"]
    assert item["ResourceArn"] == arn
    assert aws.shield.list_tags_for_resource(ResourceARN=item["ProtectionArn"])["Tags"] == [{"Key": "a", "Value": "1"}]
    aws.shield.tag_resource(ResourceARN=item["ProtectionArn"], Tags=[{"Key": "b", "Value": "2"}])
    assert len(aws.shield.list_protections()["Protections"]) == 1
    assert aws.shield.list_protections(InclusionFilters={"ResourceArns": [arn + "x"]})["Protections"] == []
    aws.shield.delete_protection(ProtectionId=name)
    assert code_of(aws.shield.describe_protection, ProtectionId=name) == "ResourceNotFoundException"


def test_alarm_reads_back(aws):
    call = dict(
        AlarmName="a", AlarmDescription="d", Namespace="AWS/ApplicationELB", MetricName="TargetResponseTime", ExtendedStatistic="p95",
        Dimensions=[{"Name": "LoadBalancer", "Value": "app/web/1"}], Period=60, EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=2.0,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", ActionsEnabled=False,
        AlarmActions=[f"arn:aws:sns:us-east-1:{aws.id}:t"], OKActions=[f"arn:aws:sns:us-east-1:{aws.id}:t"], Unit="Seconds",
    )  # fmt: skip
    aws.cloudwatch.put_metric_alarm(**call, Tags=[{"Key": "a", "Value": "1"}])
    item = aws.cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]
    assert {k: item[k] for k in call} == call
    aws.cloudwatch.put_metric_alarm(**{**call, "AlarmName": "b"})
    first = aws.cloudwatch.describe_alarms(MaxRecords=1)
    assert len(first["MetricAlarms"]) == 1
    assert len(aws.cloudwatch.describe_alarms(MaxRecords=1, NextToken=first["NextToken"])["MetricAlarms"]) == 1


def test_dashboard(aws):
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "x"}}]})
    aws.cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body)
    assert json.loads(aws.cloudwatch.get_dashboard(DashboardName="d")["DashboardBody"]) == json.loads(body)
    assert [d["DashboardName"] for d in aws.cloudwatch.list_dashboards()["DashboardEntries"]] == ["d"]


def test_log_groups(aws):
    key = aws.kms.create_key()["KeyMetadata"]["Arn"]
    aws.logs.create_log_group(logGroupName="/moodle/a", kmsKeyId=key, tags={"a": "1"}, logGroupClass="STANDARD")
    aws.logs.create_log_group(logGroupName="/moodle/b")
    aws.logs.put_retention_policy(logGroupName="/moodle/a", retentionInDays=30)
    first = aws.logs.describe_log_groups(logGroupNamePrefix="/moodle/", limit=1)
    item = first["logGroups"][0]
    assert (item["retentionInDays"], item["kmsKeyId"], item["logGroupClass"]) == (30, key, "STANDARD")
    assert item["arn"] == item["logGroupArn"] + ":*"
    assert len(aws.logs.describe_log_groups(limit=1, nextToken=first["nextToken"])["logGroups"]) == 1
    for pattern in ("ERROR", "FATAL"):
        aws.logs.put_metric_filter(
            logGroupName="/moodle/a", filterName="f", filterPattern=pattern,
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        )  # fmt: skip
    assert [f["filterPattern"] for f in aws.logs.describe_metric_filters(logGroupName="/moodle/a")["metricFilters"]] == ["FATAL"]


def test_tag_index_is_behind(aws):
    found = lambda: [r["ResourceARN"] for r in aws.resourcegroupstaggingapi.get_resources()["ResourceTagMappingList"]]  # noqa: E731
    topic = aws.sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    assert found() == []
    later(seconds("aws_resource_tags", "index"))
    assert found() == [topic]
    aws.sns.delete_topic(TopicArn=topic)
    assert found() == [topic]
    later(seconds("aws_resource_tags", "index"))
    assert found() == []


def test_tag_index(aws, settings):
    settings(lag="none")
    mark = [{"Key": "cairn:stack", "Value": "moodle/test"}]
    name = lambda kind: [{"ResourceType": kind, "Tags": mark}]  # noqa: E731
    net = aws.network()
    ec2 = aws.ec2
    ec2.create_tags(Resources=[net.vpc, net.group, *net.subnets, net.gateway], Tags=mark)
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"}, TagSpecifications=name("launch-template"))
    arn = balancer(aws, net, Tags=mark)["LoadBalancerArn"]
    aws.s3.create_bucket(Bucket=f"b{aws.id}", CreateBucketConfiguration={"Tags": mark})
    aws.kms.create_key(Tags=[{"TagKey": "cairn:stack", "TagValue": "moodle/test"}])
    aws.sns.create_topic(Name="t", Tags=mark)
    aws.logs.create_log_group(logGroupName="l", tags={"cairn:stack": "moodle/test"})
    aws.cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="n", MetricName="m", Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold", Tags=mark,
    )  # fmt: skip
    aws.ssm.put_parameter(Name="/moodle/p", Value="v", Type="String", Tags=mark)
    aws.wafv2.create_web_acl(Name="w", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE, Tags=mark)
    certificate(aws, Tags=mark)
    aws.shield.create_subscription()
    aws.shield.create_protection(Name="p", ResourceArn=arn, Tags=mark)
    aws.rds.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=net.subnets, Tags=mark)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    aws.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust, Tags=mark)
    allowed = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
    aws.iam.create_policy(PolicyName="p", PolicyDocument=allowed, Tags=mark)
    aws.iam.create_instance_profile(InstanceProfileName="i", Tags=mark)
    index = aws.resourcegroupstaggingapi
    found = lambda **more: [r["ResourceARN"] for r in index.get_resources(**more)["ResourceTagMappingList"]]  # noqa: E731
    mine = found(TagFilters=[{"Key": "cairn:stack", "Values": ["moodle/test"]}])
    kinds = {":".join(a.split(":")[2:3]) + ":" + (a.split(":")[5].split("/")[0] if ":s3:::" not in a else "") for a in mine}
    assert kinds >= {
        "ec2:vpc", "ec2:subnet", "ec2:security-group", "ec2:internet-gateway", "ec2:launch-template", "elasticloadbalancing:loadbalancer",
        "s3:", "kms:key", "logs:log-group", "cloudwatch:alarm", "ssm:parameter", "wafv2:regional", "acm:certificate", "rds:subgrp",
    }, kinds  # fmt: skip
    assert any(a.startswith("arn:aws:sns:") for a in mine) and any(":shield:" in a for a in mine)
    assert [a for a in mine if ":iam:" in a] == [f"arn:aws:iam::{aws.id}:instance-profile/i", f"arn:aws:iam::{aws.id}:policy/p"]
    assert found(TagFilters=[{"Key": "cairn:stack", "Values": ["other"]}]) == []
    assert found(ResourceTypeFilters=["ec2:vpc"]) == [a for a in mine if ":vpc/" in a]
    first = index.get_resources(ResourcesPerPage=2)
    assert len(first["ResourceTagMappingList"]) == 2 and first["PaginationToken"]
    assert index.get_tag_keys()["TagKeys"] == ["cairn:stack"]
    assert index.get_tag_values(Key="cairn:stack")["TagValues"] == ["moodle/test"]
    assert tags and found(ResourceARNList=[arn]) == [arn]
