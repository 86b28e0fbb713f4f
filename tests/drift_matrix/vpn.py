"""VPN connections: what belongs to the connection, and to each of its two tunnels."""

from .matrix import case, tagging

CONNECTION = "aws_vpn_connection.main"


def prepare(aws):
    """Gateways that are not the stack's."""
    ec2 = aws.client("ec2")
    customer = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65001, IpAddress="198.51.100.9")["CustomerGateway"]["CustomerGatewayId"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    aws.others = {"customer_gateway": customer, "vpn_gateway": gateway}
    return aws.others


def tag(aws, values, key, value):
    aws.client("ec2").create_tags(Resources=[values["id"]], Tags=[{"Key": key, "Value": value}])


def tunnel(number, argument, options):
    """A case of one tunnel's argument. The options of a request stand beside those that stay."""

    def change(aws, values):
        ec2 = aws.client("ec2")
        given = options(aws) if callable(options) else options
        address = values[f"tunnel{number}_address"]
        ec2.modify_vpn_tunnel_options(VpnConnectionId=values["id"], VpnTunnelOutsideIpAddress=address, TunnelOptions=given)

    return case(CONNECTION, f"tunnel{number}_{argument}")(change)


def listed(*values):
    return [{"Value": v} for v in values]


def logs(options):
    return lambda aws: {"LogOptions": {"CloudWatchLogOptions": options(aws)}}


def group(aws, name):
    [found] = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return found["arn"].removesuffix(":*")


def tunnels(number):
    return [
        tunnel(number, argument, options)
        for argument, options in (
            ("inside_cidr", {"TunnelInsideCidr": f"169.254.{100 + number}.0/30"}),
            ("preshared_key", {"PreSharedKey": "madebyhand"}),
            ("dpd_timeout_action", {"DPDTimeoutAction": "restart"}),
            ("dpd_timeout_seconds", {"DPDTimeoutSeconds": 60}),
            ("enable_tunnel_lifecycle_control", {"EnableTunnelLifecycleControl": True}),
            ("ike_versions", {"IKEVersions": listed("ikev1")}),
            ("phase1_dh_group_numbers", {"Phase1DHGroupNumbers": listed(20)}),
            ("phase1_encryption_algorithms", {"Phase1EncryptionAlgorithms": listed("AES128")}),
            ("phase1_integrity_algorithms", {"Phase1IntegrityAlgorithms": listed("SHA2-512")}),
            ("phase1_lifetime_seconds", {"Phase1LifetimeSeconds": 14400}),
            ("phase2_dh_group_numbers", {"Phase2DHGroupNumbers": listed(20)}),
            ("phase2_encryption_algorithms", {"Phase2EncryptionAlgorithms": listed("AES128")}),
            ("phase2_integrity_algorithms", {"Phase2IntegrityAlgorithms": listed("SHA2-512")}),
            ("phase2_lifetime_seconds", {"Phase2LifetimeSeconds": 1800}),
            ("rekey_fuzz_percentage", {"RekeyFuzzPercentage": 50}),
            ("rekey_margin_time_seconds", {"RekeyMarginTimeSeconds": 180}),
            ("replay_window_size", {"ReplayWindowSize": 512}),
            ("startup_action", {"StartupAction": "start"}),
            (
                "log_options.cloudwatch_log_options.log_group_arn",
                logs(lambda aws: {"LogEnabled": True, "LogGroupArn": group(aws, "/vpn/1"), "LogOutputFormat": "json"}),
            ),
            (
                "log_options.cloudwatch_log_options.log_output_format",
                logs(lambda aws: {"LogEnabled": True, "LogGroupArn": group(aws, "/vpn/0"), "LogOutputFormat": "text"}),
            ),
        )
    ] + [
        case(
            CONNECTION,
            f"tunnel{number}_log_options.cloudwatch_log_options.log_enabled",
            f"tunnel{number}_log_options.cloudwatch_log_options.log_group_arn",
            f"tunnel{number}_log_options.cloudwatch_log_options.log_output_format",
        )(
            lambda aws, v: aws.client("ec2").modify_vpn_tunnel_options(
                VpnConnectionId=v["id"],
                VpnTunnelOutsideIpAddress=v[f"tunnel{number}_address"],
                TunnelOptions={"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False}}},
            )
        )
    ]


def options(argument, **changed):
    return case(CONNECTION, argument)(lambda aws, v: aws.client("ec2").modify_vpn_connection_options(VpnConnectionId=v["id"], **changed))


def moved(argument, key):
    return case(CONNECTION, argument)(
        lambda aws, v: aws.client("ec2").modify_vpn_connection(VpnConnectionId=v["id"], **{key: aws.others[argument.removesuffix("_id")]})
    )


CASES = [
    tagging(CONNECTION, tag),
    *tunnels(1),
    *tunnels(2),
    options("local_ipv4_network_cidr", LocalIpv4NetworkCidr="10.8.0.0/16"),
    options("remote_ipv4_network_cidr", RemoteIpv4NetworkCidr="10.9.0.0/16"),
    moved("customer_gateway_id", "CustomerGatewayId"),
    moved("vpn_gateway_id", "VpnGatewayId"),
]
