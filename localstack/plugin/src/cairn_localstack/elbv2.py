"""Elastic Load Balancing v2: attributes with AWS's defaults, and names and ports that can be taken once.

The sources are https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html,
API_TargetGroupAttribute.html, API_CreateLoadBalancer.html, API_CreateListener.html, API_CreateTargetGroup.html.
"""

from localstack.utils.patch import patch
from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import SSL_POLICIES

from . import durations, interfaces, states
from .clock import clock
from .rules import error, lock, page, rule

EVERY_BALANCER = {
    "deletion_protection.enabled": "false",
}
APPLICATION = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
NETWORK = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "dns_record.client_routing_policy": "any_availability_zone",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
GATEWAY = {"load_balancing.cross_zone.enabled": "false"}
BALANCER = {"application": APPLICATION, "network": NETWORK, "gateway": GATEWAY}

TARGET_GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
HTTP_TARGET_GROUP = {
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
}
NETWORK_TARGET_GROUP = {
    "deregistration_delay.connection_termination.enabled": "false",
    "preserve_client_ip.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.type": "source_ip",
}

#: the hosted zones of application load balancers, for alias records
ZONES = {
    "us-east-1": "Z35SXDOTRQ7X7K", "us-east-2": "Z3AADJGX6KTTL2", "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5", "eu-west-1": "Z32O12XQLNTSW2", "eu-central-1": "Z215JYRZR1TBD5",
}  # fmt: skip


def backend(call):
    return elbv2_backends[call.account][call.region]


def _pairs(attributes):
    return [{"Key": key, "Value": str(value)} for key, value in sorted(attributes.items())]


def balancer(call, arn=None):
    found = backend(call).load_balancers.get(arn or call.get("LoadBalancerArn"))
    if not found:
        raise error("LoadBalancerNotFound", f"Load balancer '{arn or call.get('LoadBalancerArn')}' not found")
    return found


@rule("elbv2", "DescribeLoadBalancerAttributes", "ModifyLoadBalancerAttributes")
def balancer_attributes(call):
    """Every attribute of the type is returned, with its default where nobody set it."""
    found = balancer(call)
    given = {a["Key"]: a.get("Value", "") for a in call.get("Attributes") or []}
    known = {**EVERY_BALANCER, **BALANCER[found.type]}
    for key in given:
        if key not in known and key not in found.VALID_ATTRS:
            raise error("InvalidConfigurationRequest", f"Load balancer attribute key '{key}' is not recognized")
    mine = found.__dict__.setdefault("cairn_attributes", {})
    mine.update(given)
    found.attrs.update(given)
    return {"Attributes": _pairs({**known, **mine})}


@rule("elbv2", "DescribeTargetGroupAttributes", "ModifyTargetGroupAttributes")
def target_group_attributes(call):
    """Every attribute of the protocol is returned, with its default where nobody set it."""
    group = backend(call).target_groups.get(call.get("TargetGroupArn"))
    if not group:
        raise error("TargetGroupNotFound", f"Target group '{call.get('TargetGroupArn')}' not found")
    given = {a["Key"]: a.get("Value", "") for a in call.get("Attributes") or []}
    mine = group.__dict__.setdefault("cairn_attributes", {})
    mine.update(given)
    group.attributes.update(given)
    special = HTTP_TARGET_GROUP if group.protocol in ("HTTP", "HTTPS", None) else NETWORK_TARGET_GROUP
    if group.target_type == "lambda":
        known = {"lambda.multi_value_headers.enabled": "false"}
    else:
        known = {**TARGET_GROUP, **special}
    return {"Attributes": _pairs({**known, **mine})}


@rule("elbv2", "CreateLoadBalancer", strict=True)
def create_balancer(call):
    """The same call again gives the same load balancer; the same name with other settings is refused."""
    subnets = call.get("Subnets") or [m["SubnetId"] for m in call.get("SubnetMappings") or []]
    known = {name for zone in ec2_backends[call.account][call.region].subnets.values() for name in zone}
    for name in subnets:
        if name not in known:
            raise error("SubnetNotFound", f"The subnet ID '{name}' does not exist")
    for found in backend(call).load_balancers.values():
        if found.name != call.get("Name"):
            continue
        same = (
            sorted(s.id for s in found.subnets) == sorted(subnets)
            and found.scheme == (call.get("Scheme") or "internet-facing")
            and found.type == (call.get("Type") or "application")
            and (not call.get("SecurityGroups") or sorted(found.security_groups) == sorted(call.get("SecurityGroups")))
        )
        if not same:
            raise error(
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{found.name}' exists, but with different settings",
            )
        return {"LoadBalancers": _describe(call, found.arn)}
    return call.next()


def _describe(call, arn):
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).elbv2
    return client.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]


@rule("elbv2", "CreateLoadBalancer", "DescribeLoadBalancers")
def balancer_zone(call):
    """The hosted zone that alias records need is the region's; pages of PageSize."""
    paged = call.context.operation.name == "DescribeLoadBalancers"
    request = {k: v for k, v in call.request.items() if not paged or k not in ("PageSize", "Marker")}
    if not paged:
        request["Scheme"] = request.get("Scheme") or "internet-facing"
    reply = call.next(request)
    for item in reply.get("LoadBalancers") or []:
        if item.get("Type", "application") == "application":
            item["CanonicalHostedZoneId"] = ZONES.get(call.region, "Z35SXDOTRQ7X7K")
    return _paged(call, reply, "LoadBalancers") if paged else reply


def _paged(call, reply, key):
    reply[key], marker = page(reply.get(key) or [], call.get("PageSize"), call.get("Marker"))
    reply.pop("NextMarker", None)
    if marker:
        reply["NextMarker"] = marker
    return reply


@rule("elbv2", "DescribeTargetGroups")
def target_group_pages(call):
    """Pages of PageSize."""
    request = {k: v for k, v in call.request.items() if k not in ("PageSize", "Marker")}
    return _paged(call, call.next(request), "TargetGroups")


@rule("elbv2", "CreateListener", strict=True)
def create_listener(call):
    """A port of a load balancer can have one listener."""
    for listener in balancer(call).listeners.values():
        if str(listener.port) == str(call.get("Port")):
            raise error("DuplicateListener", "A listener already exists on this port for this load balancer")
    return call.next()


# Security policies

#: newer security policies -> an older one with the same protocols and ciphers
NEWER_POLICIES = {
    "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09": "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04": "ELBSecurityPolicy-TLS13-1-3-2021-06",
}  # fmt: skip


def _add_policies():
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""
    known = {policy["name"]: policy for policy in SSL_POLICIES}
    for name, like in NEWER_POLICIES.items():
        if name not in known and like in known:
            SSL_POLICIES.append({**known[like], "name": name})


_add_policies()


# Targets

@patch(FakeTargetGroup.register)
def _register(fn, self, targets):
    """A new target needs some good health checks first."""
    new = [t["Id"] for t in targets if t["Id"] not in self.targets]
    fn(self, targets)
    checks = int(self.health_check_interval_seconds or 30) * int(self.healthy_threshold_count or 5)
    for name in new:
        self.__dict__.setdefault("cairn_healthy", {})[name] = clock.due(checks)


@patch(FakeTargetGroup.deregister)
def _deregister(fn, self, targets):
    """A target that is taken away is draining first."""
    fn(self, targets)
    delay = int({**TARGET_GROUP, **self.attributes}.get("deregistration_delay.timeout_seconds") or 0)
    for target in targets:
        self.__dict__.setdefault("cairn_draining", {})[target["Id"]] = clock.due(delay)


@rule("elbv2", "DescribeTargetHealth", strict=True)
def target_health(call):
    """Targets are unused without a listener, initial until they are healthy, draining when they are taken away."""
    reply = call.next()
    group = backend(call).target_groups[call.get("TargetGroupArn")]
    used = _in_use(call, group.arn)
    asked = {t["Id"] for t in call.get("Targets") or []}
    items = []
    for item in reply.get("TargetHealthDescriptions") or []:
        name = item["Target"]["Id"]
        if item["TargetHealth"]["State"] == "healthy":
            item["TargetHealth"] = _health(group, name, used)
        if name in group.targets or name in asked:
            items.append(item)
    for name, due in list(group.__dict__.get("cairn_draining", {}).items()):
        if clock.past(due) or name in group.targets:
            del group.cairn_draining[name]
            continue
        items = [i for i in items if i["Target"]["Id"] != name]
        if not asked or name in asked:
            items.append(_draining(group, name))
    return {"TargetHealthDescriptions": items}


def _health(group, name, used):
    if not used:
        return {"State": "unused", "Reason": "Target.NotInUse", "Description": "Target group is not configured to "
                "receive traffic from the load balancer"}  # fmt: skip
    if not clock.past(group.__dict__.get("cairn_healthy", {}).get(name, 0)):
        return {"State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks in "
                "progress"}  # fmt: skip
    return {"State": "healthy"}


def _draining(group, name):
    health = {"State": "draining", "Reason": "Target.DeregistrationInProgress",
              "Description": "Target deregistration is in progress"}  # fmt: skip
    return {"Target": {"Id": name, "Port": int(group.port or 80)}, "TargetHealth": health}


def _in_use(call, arn):
    """Whether a listener or a rule forwards to the target group."""
    from .guards import forwards_to

    return any(forwards_to(found, arn) for found in backend(call).load_balancers.values())


# Strict mode: a load balancer takes its time, and holds network interfaces in its subnets.

def _owner(found):
    return "ELB " + found.arn.split(":loadbalancer/")[1]


def _progress(call, reply):
    for item in reply.get("LoadBalancers") or []:
        item["State"] = {"Code": states.state(call, "balancer", item["LoadBalancerArn"]) or "active"}
    return reply


@rule("elbv2", "CreateLoadBalancer", strict=True)
def create_slowly(call):
    """A load balancer is provisioning first (LoadBalancerState data type), with an interface in each subnet."""
    reply = _progress(call, call.next())
    for item in reply.get("LoadBalancers") or []:
        found = balancer(call, item["LoadBalancerArn"])
        if not interfaces.held(call, _owner(found)):
            interfaces.hold(call, _owner(found), [s.id for s in found.subnets], found.security_groups or [])
            due = durations.due("aws_lb", "create")
            item["State"] = {"Code": states.mark(call, "balancer", found.arn, "provisioning", due)}
    return reply


@rule("elbv2", "DescribeLoadBalancers", strict=True)
def describe_slowly(call):
    """The state is the one of now."""
    return _progress(call, call.next())


@rule("elbv2", "SetSecurityGroups", strict=True)
def set_groups(call):
    """The interfaces get the new groups."""
    reply = call.next()
    interfaces.regroup(call, _owner(balancer(call)), call.get("SecurityGroups") or [])
    return reply


@rule("elbv2", "SetSubnets", strict=True)
def set_subnets(call):
    """Interfaces go from the subnets that are left and come to the new ones."""
    reply = call.next()
    found = balancer(call)
    wanted = [s.id for s in found.subnets]
    nics = interfaces.held(call, _owner(found))
    for nic in nics:
        if nic.subnet.id not in wanted:
            ec2_backends[call.account][call.region].enis.pop(nic.id, None)
    have = [nic.subnet.id for nic in nics]
    interfaces.hold(call, _owner(found), [n for n in wanted if n not in have], found.security_groups or [])
    return reply


@rule(
    "elbv2", "DeleteLoadBalancer", strict=True,
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-delete.html",
)  # fmt: skip
def delete_slowly(call):
    """A load balancer is gone at once; its interfaces go minutes later."""
    found = backend(call).load_balancers.get(call.get("LoadBalancerArn"))
    reply = call.next()
    if found:
        interfaces.let_go(call, _owner(found), durations.due("aws_lb", "release-network"))
    return reply


@rule("elbv2", "SetRulePriorities")
def set_rule_priorities(call):
    """The new order counts as a whole, so that rules can change places; what isn't named keeps its own."""
    named = {p["RuleArn"] for p in call.get("RulePriorities") or []}
    listeners = [listener for balancer in backend(call).load_balancers.values() for listener in balancer.listeners.values()]
    moving = [r for listener in listeners for r in listener.rules.values() if r.arn in named]
    with lock:
        before = [(r, r.priority) for r in moving]
        for r in moving:
            r.priority = None
        try:
            return call.next()
        finally:
            # What was refused is as it was.
            for r, priority in before:
                r.priority = priority if r.priority is None else r.priority
