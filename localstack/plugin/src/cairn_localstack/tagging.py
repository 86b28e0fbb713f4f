"""The tag index: GetResources over every service that the public index covers, whoever answers for it here.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html

Auto Scaling groups, IAM roles and Route 53 zones outside of us-east-1 are not in the index.
"""

import logging

import moto.backends

from . import durations
from .clock import clock
from .rules import around, error, page, rule, store
from .settings import settings

LOG = logging.getLogger(__name__)

#: prefix of an EC2 id -> the type in its ARN, and where moto keeps it
EC2_TYPES = {
    "acl": ("network-acl", "network_acls"),
    "cgw": ("customer-gateway", "customer_gateways"),
    "dopt": ("dhcp-options", "dhcp_options_sets"),
    "eigw": ("egress-only-internet-gateway", "egress_only_internet_gateways"),
    "eipalloc": ("elastic-ip", None),
    "eni": ("network-interface", "enis"),
    "fl": ("vpc-flow-log", "flow_logs"),
    "i": ("instance", None),
    "igw": ("internet-gateway", "internet_gateways"),
    "key": ("key-pair", None),
    "lt": ("launch-template", "launch_templates"),
    "nat": ("natgateway", "nat_gateways"),
    "pl": ("prefix-list", "managed_prefix_lists"),
    "rtb": ("route-table", "route_tables"),
    "sg": ("security-group", None),
    "sgr": ("security-group-rule", None),
    "snap": ("snapshot", "snapshots"),
    "subnet": ("subnet", None),
    "vgw": ("vpn-gateway", "vpn_gateways"),
    "vol": ("volume", "volumes"),
    "vpc": ("vpc", "vpcs"),
    "vpce": ("vpc-endpoint", "vpc_end_points"),
    "vpn": ("vpn-connection", "vpn_connections"),
}


def _backend(service, account, region):
    backends = moto.backends.get_backend(service)[account]
    return backends["aws"] if region not in backends and "aws" in backends else backends[region]


def _pairs(tags):
    """Tags as a dictionary, whatever shape a back end keeps them in."""
    if not tags:
        return {}
    if isinstance(tags, dict):
        return {k: (v["Value"] if isinstance(v, dict) else v) or "" for k, v in tags.items()}
    return {t.get("Key", t.get("key", t.get("TagKey"))): t.get("Value", t.get("value", t.get("TagValue", ""))) for t in tags}


def ec2(account, region):
    backend = _backend("ec2", account, region)
    groups = {g for vpc in backend.groups.values() for g in vpc}
    rules = {
        r.id for vpc in backend.groups.values() for g in vpc.values() for r in [*g.ingress_rules, *g.egress_rules]
    }
    alive = {
        "sg": groups,
        "sgr": rules,
        "subnet": {s for zone in backend.subnets.values() for s in zone},
        "eipalloc": {a.allocation_id for a in backend.addresses},
        "i": {i.id for i in backend.all_instances()},
    }
    for name, tags in list(backend.tags.items()):
        prefix = name.rpartition("-")[0]
        if prefix not in EC2_TYPES or not tags:
            continue
        kind, where = EC2_TYPES[prefix]
        known = alive.get(prefix)
        if known is None and where:
            known = getattr(backend, where, None)
        if known is None or name in known:
            yield f"arn:aws:ec2:{region}:{account}:{kind}/{name}", tags


def elbv2(account, region):
    backend = _backend("elbv2", account, region)
    alive = {*backend.load_balancers, *backend.target_groups}
    for found in backend.load_balancers.values():
        for arn, listener in found.listeners.items():
            alive.add(arn)
            alive.update(listener.rules)
    for arn, tags in list(backend.tagging_service.tags.items()):
        if arn in alive:
            yield arn, tags


def rds(account, region):
    backend = _backend("rds", account, region)
    for store in (
        "databases database_snapshots db_parameter_groups subnet_groups clusters cluster_snapshots option_groups "
        "event_subscriptions db_cluster_parameter_groups"
    ).split():
        for item in list(getattr(backend, store, {}).values()):
            yield item.arn, item.tags


def _tagger(service, attribute):
    def items(account, region):
        backend = _backend(service, account, region)
        yield from list(getattr(backend, attribute).tags.items())

    return items


def wafv2(account, region):
    for where in (region, "aws") if region == "us-east-1" else (region,):
        backend = moto.backends.get_backend("wafv2")[account][where]
        alive = {*backend.wacls}
        for store in ("ip_sets", "rule_groups", "regex_pattern_sets"):
            alive.update(getattr(backend, store, {}))
        yield from ((arn, tags) for arn, tags in list(backend.tagging_service.tags.items()) if arn in alive)


def acm(account, region):
    backend = _backend("acm", account, region)
    for arn, cert in list(backend._certificates.items()):
        yield arn, dict(cert.tags)


def ssm(account, region):
    backend = _backend("ssm", account, region)
    for kind, names in list(backend._resource_tags.items()):
        part = {"Parameter": "parameter", "Document": "document", "MaintenanceWindow": "maintenancewindow"}.get(kind)
        for name, tags in list(names.items()):
            if part:
                yield f"arn:aws:ssm:{region}:{account}:{part}{'' if name.startswith('/') else '/'}{name}", tags


def secretsmanager(account, region):
    for secret in list(_backend("secretsmanager", account, region).secrets.values()):
        if secret.deleted_date is None:
            yield secret.arn, secret.tags


def elasticache(account, region):
    for store in ("cache_clusters", "replication_groups", "cache_subnet_groups", "snapshots"):
        for item in list(getattr(_backend("elasticache", account, region), store, {}).values()):
            if getattr(item, "arn", None):
                yield item.arn, item.tags


def efs(account, region):
    for name, tags in list(_backend("efs", account, region).tagging_service.tags.items()):
        kind = "access-point" if name.startswith("fsap-") else "file-system"
        yield f"arn:aws:elasticfilesystem:{region}:{account}:{kind}/{name}", tags


def ecs(account, region):
    """Clusters and task definitions; those that are deregistered keep their tags."""
    backend = _backend("ecs", account, region)
    yield from ((cluster.arn, cluster.tags) for cluster in list(backend.clusters.values()))
    yield from ((d.arn, d.tags) for family in list(backend.task_definitions.values()) for d in list(family.values()))


def cloudfront(account, region):
    if region == "us-east-1":
        yield from list(moto.backends.get_backend("cloudfront")[account]["aws"].tagger.tags.items())


def shield(account, region):
    if region == "us-east-1":
        backend = moto.backends.get_backend("shield")[account]["aws"]
        alive = {protection.protection_arn for protection in backend.protections.values()}
        yield from ((arn, tags) for arn, tags in list(backend.tagger.tags.items()) if arn in alive)


def iam(account, region):
    """Policies, instance profiles and the like; roles are left out, as in the public index."""
    if region != "us-east-1":
        return
    try:
        native = list(_native("iam", "iam_stores")(account, region))
    except ImportError:
        # LocalStack 4 leaves IAM to moto.
        backend = _backend("iam", account, region)
        native = [(p.arn, p.tags) for p in [*backend.managed_policies.values(), *backend.instance_profiles.values()]]
    yield from ((arn, tags) for arn, tags in native if f":{account}:" in arn and ":role/" not in arn)


def _native(module, stores):
    """Services that LocalStack itself implements keep tags by ARN in their store."""

    def items(account, region):
        models = __import__(f"localstack.services.{module}.models", fromlist=[stores])
        store = getattr(models, stores)[account][region]
        # LocalStack 4 keeps them in other places than 2026 does.
        tags = next((getattr(store, n) for n in ("tags", "TAGS", "sns_tags") if hasattr(store, n)), None)
        if tags is None:
            tags = {key.metadata["Arn"]: key.tags for key in store.keys.values()} if module == "kms" else {}
        yield from list(getattr(tags, "_tags", getattr(tags, "tags", tags)).items())

    return items


def route53(account, region):
    if region != "us-east-1":
        return
    for key, tags in _native("route53", "route53_stores")(account, region):
        yield (key if key.startswith("arn:") else f"arn:aws:route53:::{key}"), tags


def route53_moto(account, region):
    if region == "us-east-1":
        for name, tags in list(getattr(_backend("route53", account, region), "resource_tags", {}).items()):
            yield f"arn:aws:route53:::hostedzone/{name.split('/')[-1]}", dict(tags)


def s3(account, region):
    """Buckets of this account: LocalStack 4 keeps the tags of all accounts in one place."""
    from localstack.services.s3.models import s3_stores

    mine = s3_stores[account][region].buckets
    for arn, tags in _native("s3", "s3_stores")(account, region):
        if arn.startswith("arn:") and arn.rpartition(":")[2] in mine:
            yield arn, tags


def logs(account, region):
    backend = _backend("logs", account, region)
    alive = {f"arn:aws:logs:{region}:{account}:log-group:{name}" for name in backend.groups}
    seen = dict(backend.tagger.tags.items())
    try:
        models = __import__("localstack.services.logs.models", fromlist=["logs_stores"])
        seen.update(models.logs_stores[account][region].TAGS)
    except (ImportError, AttributeError):
        pass
    for arn, tags in seen.items():
        arn = arn.removesuffix(":*")
        if arn in alive:
            yield arn, tags


SOURCES = [
    shield, ec2, elbv2, rds, wafv2, acm, ssm, secretsmanager, elasticache, cloudfront, iam, route53, route53_moto, s3, logs,
    ecs, efs, _tagger("backup", "tagger"), _tagger("cloudtrail", "tagging_service"),
    _native("kms", "kms_stores"), _native("sns", "sns_stores"), _native("cloudwatch", "cloudwatch_stores"),
]  # fmt: skip


def everything(account, region):
    """ARN -> tags, of all services; what has no tags is left out."""
    found = {}
    for source in SOURCES:
        try:
            for arn, tags in source(account, region):
                pairs = _pairs(tags)
                if pairs and (":" + region + ":" in arn or "::" in arn or ":global/" in arn or ":s3:" in arn):
                    found[arn] = pairs
        except Exception:  # one service that keeps its tags elsewhere must not hide the others
            LOG.warning("tag index: %s failed", getattr(source, "__name__", source), exc_info=True)
    return found


def index(call):
    """What the index shows: it follows changes after a while, deletions too, when the lag `tags` is on."""
    if "tags" not in settings.lags:
        return everything(call.account, call.region)
    return call.store("tags").get("shown", {})


@around("https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html")
def follow(call):
    """The index is taken up anew some time after the first change that it has not seen."""
    reply = call.next()
    if "tags" not in settings.lags or call.context.operation.name.startswith(READS):
        return reply
    for region in {call.region, "us-east-1"}:
        _take_up(call.account, region)
    return reply


#: operations that change no tags
READS = ("Describe", "Get", "List", "Head", "Lookup", "Search")


def _take_up(account, region):
    kept = store(account, region, "tags")
    if kept.get("due"):
        return
    kept["due"] = True

    def take_up():
        kept["due"] = False
        kept["shown"] = everything(account, region)

    clock.at(durations.due("aws_resource_tags", "index"), take_up)


def _of_type(arn, wanted):
    service, _, kind = wanted.partition(":")
    parts = arn.split(":", 5)
    if parts[2] != service:
        return False
    rest = parts[5]
    return not kind or rest.startswith(kind + "/") or rest.startswith(kind + ":")


@rule("resourcegroupstaggingapi", "GetResources")
def get_resources(call):
    """Filters of one call all have to hold; the values of a filter are alternatives."""
    arns = call.get("ResourceARNList")
    if arns and (call.get("TagFilters") or call.get("ResourceTypeFilters")):
        raise error("InvalidParameterException", "ResourceARNList goes with no other filter")
    items = []
    for arn, tags in sorted(index(call).items()):
        if arns and arn not in arns:
            continue
        if not all(
            f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"])
            for f in call.get("TagFilters") or []
        ):
            continue
        kinds = call.get("ResourceTypeFilters") or []
        if kinds and not any(_of_type(arn, kind) for kind in kinds):
            continue
        items.append({"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in sorted(tags.items())]})
    items, token = page(items, call.get("ResourcesPerPage") or 50, call.get("PaginationToken"))
    return {"ResourceTagMappingList": items, "PaginationToken": token or ""}


@rule("resourcegroupstaggingapi", "GetTagKeys")
def get_keys(call):
    """The tag keys of the index."""
    keys = sorted({k for tags in index(call).values() for k in tags})
    keys, token = page(keys, 1000, call.get("PaginationToken"))
    return {"TagKeys": keys, "PaginationToken": token or ""}


@rule("resourcegroupstaggingapi", "GetTagValues")
def get_values(call):
    """The values of a key in the index."""
    values = sorted({t[call.get("Key")] for t in index(call).values() if call.get("Key") in t})
    values, token = page(values, 1000, call.get("PaginationToken"))
    return {"TagValues": values, "PaginationToken": token or ""}
