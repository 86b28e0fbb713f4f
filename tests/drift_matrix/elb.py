"""Load balancers, target groups, listeners and their rules."""

from .matrix import Case, case, cases, put, switched, tagging

APPLICATION, NETWORK = "aws_lb.application", "aws_lb.network"
HTTP, TCP, LAMBDA = "aws_lb_target_group.http", "aws_lb_target_group.tcp", "aws_lb_target_group.lambda"


def tag(aws, values, key, value):
    aws.client("elbv2").add_tags(ResourceArns=[values["arn"]], Tags=[{"Key": key, "Value": value}])


def of_balancer(aws, values, change):
    aws.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=values["arn"], Attributes=pairs(change))


def of_target_group(aws, values, change):
    aws.client("elbv2").modify_target_group_attributes(TargetGroupArn=values["arn"], Attributes=pairs(change))


def of_listener(aws, values, change):
    aws.client("elbv2").modify_listener_attributes(ListenerArn=values["arn"], Attributes=pairs(change))


def pairs(change):
    data = {}
    change(data)
    return [{"Key": k, "Value": v} for k, v in data.items()]


def attributes(address, edit, table):
    """A case per attribute: the argument, with the API's key and the new value. Keys have dots, which are no path here."""

    return [case(address, argument)(setting(edit, key, value)) for argument, (key, value) in table.items()]


def setting(edit, key, value):
    return lambda aws, values: edit(aws, values, lambda data: data.update({key: value}))


def health_check(aws, values, change):
    data = {}
    change(data)
    aws.client("elbv2").modify_target_group(TargetGroupArn=values["arn"], **data)


LISTENER = ["Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions", "AlpnPolicy", "MutualAuthentication"]


def listener(aws, values, change):
    elb = aws.client("elbv2")
    [data] = elb.describe_listeners(ListenerArns=[values["arn"]])["Listeners"]
    data = {k: v for k, v in data.items() if k in LISTENER}
    secret(data["DefaultActions"])
    change(data)
    elb.modify_listener(ListenerArn=values["arn"], **data)


def rule(aws, values, change):
    elb = aws.client("elbv2")
    [data] = elb.describe_rules(RuleArns=[values["arn"]])["Rules"]
    for condition in data["Conditions"]:
        if len(condition) > 2:
            # The old form of the same values, which a request may not hold beside the new one.
            condition.pop("Values", None)
    secret(data["Actions"])
    change(data)
    elb.modify_rule(RuleArn=values["arn"], Conditions=data["Conditions"], Actions=data["Actions"])


def secret(actions):
    """AWS keeps the client's secret when it is told to."""
    for action in actions:
        if "AuthenticateOidcConfig" in action:
            action["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True


def condition(field, argument, change):
    """A case of a condition of a rule."""
    address = "aws_lb_listener_rule." + ("fixed" if field in ("host-header", "http-request-method", "source-ip") else "redirect")

    def at(data):
        [one] = [c for c in data["Conditions"] if c["Field"] == field]
        change(one)

    return case(address, f"condition.{argument}")(lambda aws, values: rule(aws, values, at))


def other_group(type_name):
    """The second group, whose ARN differs from the first in its end."""

    def change(aws, values):
        [group] = aws.client("elbv2").describe_target_groups(Names=[type_name])["TargetGroups"]
        return group["TargetGroupArn"]

    return change


def actions(prefix, wire, base, edit):
    """The cases of actions, which are the same on listeners and on rules."""

    def table(kind, config, entries):
        return cases(f"{base}.{kind}", edit, {f"{prefix}.{a}": (f"{wire}.{config}{w}", v) for a, (w, v) in entries.items()})

    def forwarding(change):
        def at(data):
            change(data[wire][0]["ForwardConfig"]["TargetGroups"])

        return lambda aws, values: edit(aws, values, at)

    def to_another(aws, values):
        arn = other_group("http-2")(aws, values)
        forwarding(lambda groups: groups[0].update(TargetGroupArn=arn))(aws, values)

    authentication = {
        "authentication_request_extra_params": ("AuthenticationRequestExtraParams", {"prompt": "by hand"}),
        "on_unauthenticated_request": ("OnUnauthenticatedRequest", "deny"),
        "scope": ("Scope", "email"),
        "session_cookie_name": ("SessionCookieName", "by-hand"),
        "session_timeout": ("SessionTimeout", 7200),
    }
    cognito = {
        "user_pool_arn": ("UserPoolArn", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/other"),
        "user_pool_client_id": ("UserPoolClientId", "other"),
        "user_pool_domain": ("UserPoolDomain", "other"),
    }
    oidc = {
        "authorization_endpoint": ("AuthorizationEndpoint", "https://other.example.com/authorize"),
        "client_id": ("ClientId", "other"),
        "issuer": ("Issuer", "https://other.example.com"),
        "token_endpoint": ("TokenEndpoint", "https://other.example.com/token"),
        "user_info_endpoint": ("UserInfoEndpoint", "https://other.example.com/user"),
    }
    redirect = {
        "host": ("Host", "other.example.com"),
        "path": ("Path", "/other"),
        "port": ("Port", "8443"),
        "protocol": ("Protocol", "HTTPS"),
        "query": ("Query", "other"),
        "status_code": ("StatusCode", "HTTP_302"),
    }
    fixed = {
        "content_type": ("ContentType", "text/html"),
        "message_body": ("MessageBody", "by hand"),
        "status_code": ("StatusCode", "503"),
    }

    def under(block, entries):
        return {f"{block}.{a}": pair for a, pair in entries.items()}

    def instead(data):
        data[wire] = [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "/by-hand"}}]

    fixed_on = f"{base}.http" if base == "aws_lb_listener" else f"{base}.fixed"
    return [
        Case(
            fixed_on,
            (f"{prefix}.type",),
            lambda aws, values: edit(aws, values, instead),
            tuple(f"{prefix}.{name}" for name in ("type", "fixed_response", "redirect")),
        ),
        *cases(fixed_on, edit, {f"{prefix}.order": (f"{wire}.Order", 7)}),
        *table("cognito", "AuthenticateCognitoConfig.", under("authenticate_cognito", authentication | cognito)),
        *table("oidc", "AuthenticateOidcConfig.", under("authenticate_oidc", authentication | oidc)),
        *table("https" if base == "aws_lb_listener" else "redirect", "RedirectConfig.", under("redirect", redirect)),
        *table("http" if base == "aws_lb_listener" else "fixed", "FixedResponseConfig.", under("fixed_response", fixed)),
        *table("forward", "ForwardConfig.TargetGroupStickinessConfig.", {"forward.stickiness.duration": ("DurationSeconds", 1200)}),
        switched(
            f"{base}.forward",
            f"{prefix}.forward.stickiness.enabled",
            lambda aws, values: edit(aws, values, lambda data: put(data, f"{wire}.ForwardConfig.TargetGroupStickinessConfig.Enabled", False)),
        ),
        case(f"{base}.forward", f"{prefix}.forward.target_group.weight")(forwarding(lambda groups: groups[0].update(Weight=11))),
        case(f"{base}.forward", f"{prefix}.forward.target_group.arn")(to_another),
    ]


def replace_actions(edit, wire, made):
    """All actions by others, as the console does it."""
    return lambda aws, values: edit(aws, values, lambda data: data.update({wire: made(aws, values)}))


@case("aws_lb_listener.tcp", "default_action.target_group_arn")
def forward_elsewhere(aws, values):
    arn = other_group("tcp-1")(aws, values)
    listener(aws, values, lambda data: data.update(DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]))


@case("aws_lb_listener_rule.plain", "action.target_group_arn")
def rule_forwards_elsewhere(aws, values):
    arn = other_group("http-1")(aws, values)
    rule(aws, values, lambda data: data.update(Actions=[{"Type": "forward", "TargetGroupArn": arn}]))


@case(APPLICATION, "subnets")
def more_subnets(aws, values):
    zones = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [values["vpc_id"]]}])["Subnets"]
    aws.client("elbv2").set_subnets(LoadBalancerArn=values["arn"], Subnets=[s["SubnetId"] for s in zones])


@case(NETWORK, "subnet_mapping.subnet_id")
def more_zones(aws, values):
    zones = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [values["vpc_id"]]}])["Subnets"]
    aws.client("elbv2").set_subnets(LoadBalancerArn=values["arn"], SubnetMappings=[{"SubnetId": s["SubnetId"]} for s in zones])


@case(APPLICATION, "security_groups")
def other_security_group(aws, values):
    groups = aws.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["elb-1"]}])["SecurityGroups"]
    aws.client("elbv2").set_security_groups(LoadBalancerArn=values["arn"], SecurityGroups=[groups[0]["GroupId"]])


@case(NETWORK, "enforce_security_group_inbound_rules_on_private_link_traffic")
def enforce(aws, values):
    aws.client("elbv2").set_security_groups(
        LoadBalancerArn=values["arn"], SecurityGroups=values["security_groups"], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off"
    )


@case(APPLICATION, "ip_address_type")
def dualstack(aws, values):
    aws.client("elbv2").set_ip_address_type(LoadBalancerArn=values["arn"], IpAddressType="dualstack")


@case("aws_lb_listener_rule.plain", "priority")
def priority(aws, values):
    aws.client("elbv2").set_rule_priorities(RulePriorities=[{"RuleArn": values["arn"], "Priority": 99}])


@case("aws_lb_listener.https", "certificate_arn")
def certificate(aws, values):
    listed = aws.client("acm").list_certificates()["CertificateSummaryList"]
    [arn] = [c["CertificateArn"] for c in listed if c["DomainName"] == "elb-1.example.com"]
    listener(aws, values, lambda data: data.update(Certificates=[{"CertificateArn": arn}]))


HEADER = "routing.http.response."
CLIENT = "routing.http.request.x_amzn_mtls_clientcert"

CASES = [
    *(tagging(a, tag) for a in (APPLICATION, HTTP, "aws_lb_listener.http", "aws_lb_listener_rule.fixed")),
    more_subnets,
    more_zones,
    other_security_group,
    enforce,
    dualstack,
    *attributes(
        APPLICATION,
        of_balancer,
        {
            "client_keep_alive": ("client_keep_alive.seconds", "7200"),
            "desync_mitigation_mode": ("routing.http.desync_mitigation_mode", "monitor"),
            "drop_invalid_header_fields": ("routing.http.drop_invalid_header_fields.enabled", "true"),
            "enable_deletion_protection": ("deletion_protection.enabled", "true"),
            "enable_http2": ("routing.http2.enabled", "false"),
            "enable_tls_version_and_cipher_suite_headers": ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "true"),
            "enable_waf_fail_open": ("waf.fail_open.enabled", "true"),
            "enable_xff_client_port": ("routing.http.xff_client_port.enabled", "true"),
            "enable_zonal_shift": ("zonal_shift.config.enabled", "true"),
            "idle_timeout": ("idle_timeout.timeout_seconds", "120"),
            "preserve_host_header": ("routing.http.preserve_host_header.enabled", "true"),
            "xff_header_processing_mode": ("routing.http.xff_header_processing.mode", "remove"),
            "access_logs.bucket": ("access_logs.s3.bucket", "another"),
            "access_logs.prefix": ("access_logs.s3.prefix", "other"),
            "connection_logs.bucket": ("connection_logs.s3.bucket", "another"),
            "connection_logs.prefix": ("connection_logs.s3.prefix", "other"),
        },
    ),
    *(
        switched(APPLICATION, f"{logs}.enabled", setting(of_balancer, f"{logs}.s3.enabled", "false"))
        for logs in ("access_logs", "connection_logs")
    ),
    *attributes(
        NETWORK,
        of_balancer,
        {
            "dns_record_client_routing_policy": ("dns_record.client_routing_policy", "availability_zone_affinity"),
            "enable_cross_zone_load_balancing": ("load_balancing.cross_zone.enabled", "true"),
        },
    ),
    *attributes(
        HTTP,
        of_target_group,
        {
            "deregistration_delay": ("deregistration_delay.timeout_seconds", "60"),
            "load_balancing_algorithm_type": ("load_balancing.algorithm.type", "least_outstanding_requests"),
            "load_balancing_anomaly_mitigation": ("load_balancing.algorithm.anomaly_mitigation", "on"),
            "load_balancing_cross_zone_enabled": ("load_balancing.cross_zone.enabled", "false"),
            "slow_start": ("slow_start.duration_seconds", "60"),
            "stickiness.cookie_duration": ("stickiness.app_cookie.duration_seconds", "3600"),
            "stickiness.cookie_name": ("stickiness.app_cookie.cookie_name", "EDITED"),
            "stickiness.enabled": ("stickiness.enabled", "false"),
            "target_group_health.dns_failover.minimum_healthy_targets_count": ("target_group_health.dns_failover.minimum_healthy_targets.count", "2"),
            "target_group_health.dns_failover.minimum_healthy_targets_percentage": (
                "target_group_health.dns_failover.minimum_healthy_targets.percentage",
                "50",
            ),
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets_count": (
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
                "2",
            ),
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets_percentage": (
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
                "50",
            ),
        },
    ),
    case(HTTP, "stickiness.type", "stickiness.cookie_name")(setting(of_target_group, "stickiness.type", "lb_cookie")),
    *attributes(
        TCP,
        of_target_group,
        {
            "connection_termination": ("deregistration_delay.connection_termination.enabled", "true"),
            "preserve_client_ip": ("preserve_client_ip.enabled", "false"),
            "proxy_protocol_v2": ("proxy_protocol_v2.enabled", "true"),
            "target_health_state.enable_unhealthy_connection_termination": ("target_health_state.unhealthy.connection_termination.enabled", "true"),
            "target_health_state.unhealthy_draining_interval": ("target_health_state.unhealthy.draining_interval_seconds", "60"),
        },
    ),
    *attributes(LAMBDA, of_target_group, {"lambda_multi_value_headers_enabled": ("lambda.multi_value_headers.enabled", "true")}),
    *cases(
        HTTP,
        health_check,
        {
            "health_check.healthy_threshold": ("HealthyThresholdCount", 5),
            "health_check.interval": ("HealthCheckIntervalSeconds", 60),
            "health_check.matcher": ("Matcher", {"HttpCode": "200-299"}),
            "health_check.path": ("HealthCheckPath", "/other"),
            "health_check.port": ("HealthCheckPort", "8080"),
            "health_check.protocol": ("HealthCheckProtocol", "HTTPS"),
            "health_check.timeout": ("HealthCheckTimeoutSeconds", 7),
            "health_check.unhealthy_threshold": ("UnhealthyThresholdCount", 5),
        },
    ),
    *cases(LAMBDA, health_check, {"health_check.enabled": ("HealthCheckEnabled", False)}),
    *attributes(
        "aws_lb_listener.http",
        of_listener,
        {
            "routing_http_response_server_enabled": (f"{HEADER}server.enabled", "false"),
            "routing_http_response_access_control_allow_credentials_header_value": (f"{HEADER}access_control_allow_credentials.header_value", ""),
            "routing_http_response_access_control_allow_headers_header_value": (f"{HEADER}access_control_allow_headers.header_value", "other"),
            "routing_http_response_access_control_allow_methods_header_value": (f"{HEADER}access_control_allow_methods.header_value", "PUT"),
            "routing_http_response_access_control_allow_origin_header_value": (f"{HEADER}access_control_allow_origin.header_value", "*"),
            "routing_http_response_access_control_expose_headers_header_value": (f"{HEADER}access_control_expose_headers.header_value", "other"),
            "routing_http_response_access_control_max_age_header_value": (f"{HEADER}access_control_max_age.header_value", "90"),
            "routing_http_response_content_security_policy_header_value": (f"{HEADER}content_security_policy.header_value", "default-src *"),
            "routing_http_response_strict_transport_security_header_value": (f"{HEADER}strict_transport_security.header_value", "max-age=1"),
            "routing_http_response_x_content_type_options_header_value": (f"{HEADER}x_content_type_options.header_value", ""),
            "routing_http_response_x_frame_options_header_value": (f"{HEADER}x_frame_options.header_value", "SAMEORIGIN"),
        },
    ),
    *attributes(
        "aws_lb_listener.https",
        of_listener,
        {
            **{
                f"routing_http_request_x_amzn_mtls_clientcert{part}_header_name": (f"{CLIENT}{part}.header_name", "by-hand")
                for part in ("", "_issuer", "_leaf", "_serial_number", "_subject", "_validity")
            },
            "routing_http_request_x_amzn_tls_cipher_suite_header_name": ("routing.http.request.x_amzn_tls_cipher_suite.header_name", "by-hand"),
            "routing_http_request_x_amzn_tls_version_header_name": ("routing.http.request.x_amzn_tls_version.header_name", "by-hand"),
        },
    ),
    *attributes("aws_lb_listener.tcp", of_listener, {"tcp_idle_timeout_seconds": ("tcp.idle_timeout.seconds", "700")}),
    certificate,
    *cases(
        "aws_lb_listener.https",
        listener,
        {
            "ssl_policy": ("SslPolicy", "ELBSecurityPolicy-2016-08"),
            "mutual_authentication.advertise_trust_store_ca_names": ("MutualAuthentication.AdvertiseTrustStoreCaNames", "on"),
            "mutual_authentication.ignore_client_certificate_expiry": ("MutualAuthentication.IgnoreClientCertificateExpiry", True),
            "mutual_authentication.trust_store_arn": (
                "MutualAuthentication.TrustStoreArn",
                "arn:aws:elasticloadbalancing:us-east-1:123456789012:truststore/other/2222222222222222",
            ),
        },
    ),
    case(
        "aws_lb_listener.https",
        "mutual_authentication.mode",
        "mutual_authentication.trust_store_arn",
        "mutual_authentication.advertise_trust_store_ca_names",
    )(
        lambda aws, values: listener(aws, values, lambda data: data.update(MutualAuthentication={"Mode": "passthrough"}))
    ),
    *cases("aws_lb_listener.tls", listener, {"alpn_policy": ("AlpnPolicy", ["HTTP1Only"])}),
    *cases("aws_lb_listener.tcp", listener, {"port": ("Port", 8080), "protocol": ("Protocol", "TCP_UDP")}),
    *actions("default_action", "DefaultActions", "aws_lb_listener", listener),
    forward_elsewhere,
    *actions("action", "Actions", "aws_lb_listener_rule", rule),
    rule_forwards_elsewhere,
    priority,
    condition("host-header", "host_header.values", lambda c: c["HostHeaderConfig"].update(Values=["other.example.com"])),
    condition("http-request-method", "http_request_method.values", lambda c: c["HttpRequestMethodConfig"].update(Values=["PUT"])),
    condition("source-ip", "source_ip.values", lambda c: c["SourceIpConfig"].update(Values=["198.51.100.0/24"])),
    condition("http-header", "http_header.http_header_name", lambda c: c["HttpHeaderConfig"].update(HttpHeaderName="X-Other")),
    condition("http-header", "http_header.values", lambda c: c["HttpHeaderConfig"].update(Values=["no"])),
    condition("path-pattern", "path_pattern.values", lambda c: c["PathPatternConfig"].update(Values=["/other"])),
    condition("query-string", "query_string.key", lambda c: c["QueryStringConfig"].update(Values=[{"Key": "other", "Value": "yes"}])),
    condition("query-string", "query_string.value", lambda c: c["QueryStringConfig"].update(Values=[{"Key": "declared", "Value": "no"}])),
]
