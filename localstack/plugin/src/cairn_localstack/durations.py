"""How long AWS takes, in seconds, by resource type and transition.

`python -m cairn_localstack.durations` prints the table as JSON, and so does GET /_cairn/durations of a running server.
Types are named as in the public AWS provider of Terraform. The figures are typical ones: AWS publishes few, so most are
the middle of what public apply logs show; where AWS's documentation names one, the source is its page.
"""

import json
import sys

from .clock import clock

LOGS = "public logs of terraform apply"
DOCS = "https://docs.aws.amazon.com/"

#: (type, transition) -> (seconds, source)
TABLE = {
    ("aws_acm_certificate", "validate"): (180, LOGS),
    ("aws_autoscaling_group", "create"): (40, LOGS),
    ("aws_autoscaling_group", "delete"): (75, LOGS),
    ("aws_cloudfront_distribution", "create"): (300, LOGS),
    ("aws_cloudfront_distribution", "modify"): (300, LOGS),
    ("aws_cloudtrail", "deliver"): (300, DOCS + "awscloudtrail/latest/userguide/how-cloudtrail-works.html"),
    ("aws_db_instance", "create"): (480, LOGS),
    ("aws_db_instance", "create-multi-az"): (960, LOGS),
    ("aws_db_instance", "modify"): (300, LOGS),
    ("aws_db_instance", "reboot"): (60, LOGS),
    ("aws_db_instance", "delete"): (300, LOGS),
    ("aws_db_instance", "release-network"): (120, LOGS),
    ("aws_ecs_cluster", "linger"): (3600, DOCS + "AmazonECS/latest/APIReference/API_DeleteCluster.html"),
    ("aws_efs_file_system", "create"): (8, LOGS),
    ("aws_efs_file_system", "delete"): (10, LOGS),
    ("aws_efs_mount_target", "create"): (84, LOGS),
    ("aws_efs_mount_target", "delete"): (20, LOGS),
    ("aws_elasticache_replication_group", "create"): (450, LOGS),
    ("aws_elasticache_replication_group", "modify"): (300, LOGS),
    ("aws_elasticache_replication_group", "delete"): (300, LOGS),
    ("aws_iam", "propagate"): (12, DOCS + "IAM/latest/UserGuide/troubleshoot.html"),
    ("aws_ec2", "visible"): (2, DOCS + "ec2/latest/devguide/eventual-consistency.html"),
    ("aws_instance", "create"): (30, LOGS),
    ("aws_instance", "delete"): (40, LOGS),
    ("aws_instance", "linger"): (3600, DOCS + "AWSEC2/latest/UserGuide/terminating-instances.html"),
    ("aws_lb", "create"): (160, LOGS),
    ("aws_lb", "release-network"): (180, LOGS),
    ("aws_nat_gateway", "create"): (100, LOGS),
    ("aws_nat_gateway", "delete"): (50, LOGS),
    ("aws_nat_gateway", "linger"): (3600, DOCS + "vpc/latest/userguide/nat-gateway-working-with.html"),
    ("aws_resource_tags", "index"): (30, DOCS + "resourcegroupstagging/latest/APIReference/API_GetResources.html"),
    ("aws_route53_record", "create"): (60, DOCS + "Route53/latest/APIReference/API_GetChange.html"),
    ("aws_vpc", "create"): (2, LOGS),
    ("aws_vpc_endpoint", "create-gateway"): (0, DOCS + "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html"),
    ("aws_vpc_endpoint", "create-interface"): (113, LOGS),
    ("aws_vpc_endpoint", "delete-gateway"): (6, LOGS),
    ("aws_vpc_endpoint", "delete-interface"): (60, LOGS),
    ("aws_vpn_connection", "create"): (290, LOGS),
    ("aws_vpn_connection", "modify"): (240, LOGS),
    ("aws_vpn_connection", "delete"): (60, LOGS),
    ("aws_vpn_connection", "linger"): (3600, DOCS + "vpn/latest/s2svpn/delete-vpn.html"),
    ("aws_vpn_gateway", "attach"): (47, LOGS),
    ("aws_vpn_gateway", "detach"): (30, LOGS),
    ("aws_vpn_gateway", "linger"): (3600, DOCS + "vpn/latest/s2svpn/delete-vpn.html"),
    ("aws_wafv2_web_acl", "propagate"): (60, DOCS + "waf/latest/developerguide/how-aws-waf-works.html"),
}  # fmt: skip


def seconds(kind, transition):
    """How long AWS takes for a transition."""
    return TABLE[(kind, transition)][0]


def due(kind, transition):
    """When a transition that begins now is over."""
    return clock.due(seconds(kind, transition))


def table():
    """The table as JSON shows it, with the factor that scales it."""
    types = {}
    for (kind, transition), (value, source) in sorted(TABLE.items()):
        types.setdefault(kind, {})[transition] = {"seconds": value, "source": source}
    return {"factor": clock.factor, "types": types}


if __name__ == "__main__":
    json.dump(table(), sys.stdout, indent=2)
    print()
