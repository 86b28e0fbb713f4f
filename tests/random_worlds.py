"""Random worlds: the Moodle stack, and changes by others that a seed chooses. What drift must say of them is known
from the changes alone: each is of another resource, and none is of what another one needs."""

import json
import random
import zlib

from drift_matrix import autoscaling, elb, launch_template, matrix, network, operations, rds, s3

MODULES = (autoscaling, elb, launch_template, network, operations, rds, s3)
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}

#: Arguments of the stack that the matrix has a case for whose change is one on any resource of the type.
ALTERED = {
    "aws_autoscaling_group": ["capacity_rebalance", "suspended_processes", "max_instance_lifetime"],
    "aws_db_instance": ["backup_retention_period", "deletion_protection", "max_allocated_storage"],
    "aws_db_parameter_group": ["parameter.name"],
    "aws_db_subnet_group": ["description"],
    "aws_iam_policy": ["policy"],
    "aws_iam_role": ["max_session_duration", "assume_role_policy"],
    "aws_iam_role_policy": ["policy"],
    "aws_kms_key": ["description"],
    "aws_launch_template": ["key_name", "image_id", "kernel_id"],
    "aws_lb": ["client_keep_alive", "enable_http2", "enable_xff_client_port"],
    "aws_lb_target_group": ["health_check.healthy_threshold", "health_check.unhealthy_threshold", "health_check.interval"],
    "aws_s3_bucket_ownership_controls": ["rule.object_ownership"],
    "aws_s3_bucket_public_access_block": ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"],
    "aws_s3_bucket_policy": ["policy"],
    "aws_s3_bucket_server_side_encryption_configuration": ["rule.bucket_key_enabled"],
    "aws_s3_bucket_versioning": ["versioning_configuration.status"],
    "aws_ssm_document": ["content"],
    "aws_ssm_parameter": ["value"],
    "aws_subnet": ["enable_resource_name_dns_a_record_on_launch"],
    "aws_vpc_endpoint": ["policy"],
    "aws_vpc_security_group_egress_rule": ["description"],
    "aws_vpc_security_group_ingress_rule": ["description"],
}


def cases(type_name):
    """The matrix's cases of a type that stand for themselves."""
    return [c for m in MODULES for c in m.CASES if c.type == type_name]


def altered(type_name):
    """Ways of changing a resource: what drift names, and what does it."""
    wanted = ALTERED.get(type_name, [])
    found = [c for c in cases(type_name) if len(c.arguments) == 1 and (c.arguments[0] in wanted or c.arguments == ("tags",))]
    return [(c.names(), c.change) for c in found]


def call(service, operation, **arguments):
    """A call whose arguments are attributes of the resource."""

    def change(aws, values):
        getattr(aws.client(service), operation)(**{k: make(values) for k, make in arguments.items()})

    return change


def attribute(name):
    return lambda values: values[name]


def listed(name):
    return lambda values: [values[name]]


BUCKET = attribute("bucket")

#: How to delete what nothing else of the stack needs.
DELETED = {
    "aws_iam_policy": call("iam", "delete_policy", PolicyArn=attribute("arn")),
    "aws_iam_role_policy": call("iam", "delete_role_policy", RoleName=attribute("role"), PolicyName=attribute("name")),
    "aws_iam_role_policy_attachment": call("iam", "detach_role_policy", RoleName=attribute("role"), PolicyArn=attribute("policy_arn")),
    "aws_kms_alias": call("kms", "delete_alias", AliasName=attribute("name")),
    "aws_route": call("ec2", "delete_route", RouteTableId=attribute("route_table_id"), DestinationCidrBlock=attribute("destination_cidr_block")),
    "aws_route_table_association": call("ec2", "disassociate_route_table", AssociationId=attribute("id")),
    "aws_s3_bucket_lifecycle_configuration": call("s3", "delete_bucket_lifecycle", Bucket=BUCKET),
    "aws_s3_bucket_ownership_controls": call("s3", "delete_bucket_ownership_controls", Bucket=BUCKET),
    "aws_s3_bucket_policy": call("s3", "delete_bucket_policy", Bucket=BUCKET),
    "aws_s3_bucket_public_access_block": call("s3", "delete_public_access_block", Bucket=BUCKET),
    "aws_ssm_document": call("ssm", "delete_document", Name=attribute("name")),
    "aws_ssm_parameter": call("ssm", "delete_parameter", Name=attribute("name")),
    "aws_vpc_endpoint": call("ec2", "delete_vpc_endpoints", VpcEndpointIds=listed("id")),
    "aws_vpc_security_group_egress_rule": call(
        "ec2", "revoke_security_group_egress", GroupId=attribute("security_group_id"), SecurityGroupRuleIds=listed("id")
    ),
    "aws_vpc_security_group_ingress_rule": call(
        "ec2", "revoke_security_group_ingress", GroupId=attribute("security_group_id"), SecurityGroupRuleIds=listed("id")
    ),
}


def stray_rule(direction):
    def add(aws, values, number):
        permission = [{"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]
        made = getattr(aws.client("ec2"), f"authorize_security_group_{direction}")(GroupId=values["id"], IpPermissions=permission)
        return f"aws_vpc_security_group_{direction}_rule", made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    return add


def stray_route(aws, values, number):
    """To an interface of nobody's. Its id is the public provider's: of the table, and of the destination's checksum."""
    ec2, destination = aws.client("ec2"), f"198.18.{number % 256}.0/24"
    [subnet] = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [values["vpc_id"]]}])["Subnets"][:1]
    interface = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_route(RouteTableId=values["id"], DestinationCidrBlock=destination, NetworkInterfaceId=interface)
    return "aws_route", f"r-{values['id']}{zlib.crc32(destination.encode())}"


def stray_role_policy(aws, values, number):
    aws.client("iam").put_role_policy(RoleName=values["name"], PolicyName=f"stray-{number}", PolicyDocument=json.dumps(OTHER))
    return "aws_iam_role_policy", f"{values['name']}:stray-{number}"


def stray_attachment(aws, values, number):
    iam = aws.client("iam")
    arn = iam.create_policy(PolicyName=f"stray-{number}", PolicyDocument=json.dumps(OTHER))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=values["name"], PolicyArn=arn)
    return "aws_iam_role_policy_attachment", f"{values['name']}/{arn}"


def stray_scaling(aws, values, number):
    name = f"stray-{number}"
    aws.client("autoscaling").put_scaling_policy(
        AutoScalingGroupName=values["name"], PolicyName=name, AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )
    return "aws_autoscaling_policy", f"{values['name']}/{name}"


def response():
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]


def stray_listener(aws, values, number):
    made = aws.client("elbv2").create_listener(LoadBalancerArn=values["arn"], Port=number, Protocol="HTTP", DefaultActions=response())
    return "aws_lb_listener", made["Listeners"][0]["ListenerArn"]


def stray_listener_rule(aws, values, number):
    condition = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/stray-{number}"]}}]
    made = aws.client("elbv2").create_rule(ListenerArn=values["arn"], Priority=number, Conditions=condition, Actions=response())
    return "aws_lb_listener_rule", made["Rules"][0]["RuleArn"]


#: What can be added to a resource of the stack, that no block declares.
STRAYS = {
    "aws_autoscaling_group": [stray_scaling],
    "aws_iam_role": [stray_role_policy, stray_attachment],
    "aws_lb": [stray_listener],
    "aws_lb_listener": [stray_listener_rule],
    "aws_route_table": [stray_route],
    "aws_security_group": [stray_rule("ingress"), stray_rule("egress")],
}


def changes(seed, resources):
    """1 to 20 changes by a seed, each of another resource: functions of another client that give what drift must say."""
    chance = random.Random(seed)
    addresses = sorted(resources)
    chance.shuffle(addresses)
    out = []
    for address in addresses:
        type_name = matrix.type_of(address)
        ways = [_altering(address, names, change) for names, change in altered(type_name)]
        ways += [_deleting(address, DELETED[type_name])] if type_name in DELETED else []
        ways += [_adding(add, chance.randrange(10_000, 40_000)) for add in STRAYS.get(type_name, [])]
        if ways:
            out.append((address, chance.choice(ways)))
    return out[: chance.randint(1, 20)]


def _altering(address, names, change):
    def at(aws, values):
        change(aws, values)
        return {(address, name) for name in names}

    return at


def _deleting(address, delete):
    def at(aws, values):
        delete(aws, values)
        return {(address, "missing")}

    return at


def _adding(add, number):
    return lambda aws, values: {(*add(aws, values, number), "stray")}


def told(report):
    """What a report in JSON says, in the form of the changes."""
    out = matrix.findings(report)
    for finding in report["stacks"][0]["findings"]:
        if finding["kind"] == "stray":
            out.discard((finding["address"], "stray"))
            out.add((finding["type"], finding["id"], "stray"))
    return out
