"""ElastiCache: parameter and subnet groups, changes, and the members of a replication group.

The sources are the pages of https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/ named like the operations.
"""

from moto.elasticache.models import elasticache_backends

from . import durations, states
from .clock import clock
from .rules import STRICT, error, rule


def backend(call):
    return elasticache_backends[call.account][call.region]


def _arn(call, kind, name):
    return f"arn:aws:elasticache:{call.region}:{call.account}:{kind}:{name}"


# Parameter groups

def _groups(call):
    return call.store("elasticache.parameters")


def _group(call, name=None):
    name = (name or call.get("CacheParameterGroupName") or "").lower()
    if name not in _groups(call):
        raise error("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.", 404)
    return _groups(call)[name]


@rule("elasticache", "CreateCacheParameterGroup")
def create_parameters(call):
    """A name can be taken once; tags are kept."""
    name = call.get("CacheParameterGroupName").lower()
    if name in _groups(call):
        raise error("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists.")
    arn = _arn(call, "parametergroup", name)
    _groups(call)[name] = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": call.get("CacheParameterGroupFamily"),
        "Description": call.get("Description"),
        "IsGlobal": False,
        "ARN": arn,
        "_values": {},
    }
    call.store("elasticache.tags")[arn] = {t["Key"]: t.get("Value", "") for t in call.get("Tags") or []}
    return {"CacheParameterGroup": _shown(_groups(call)[name])}


def _shown(item):
    return {k: v for k, v in item.items() if not k.startswith("_")}


@rule("elasticache", "DescribeCacheParameterGroups")
def describe_parameter_groups(call):
    """A group that doesn't exist is an error."""
    found = [_group(call)] if call.get("CacheParameterGroupName") else _groups(call).values()
    return {"CacheParameterGroups": [_shown(g) for g in found]}


@rule("elasticache", "DescribeCacheParameters")
def describe_parameters(call):
    """The values that somebody set."""
    values = _group(call)["_values"] if call.get("Source") in (None, "user") else {}
    return {
        "Parameters": [
            {"ParameterName": k, "ParameterValue": v, "Source": "user", "DataType": "string", "IsModifiable": True}
            for k, v in sorted(values.items())
        ]
    }


@rule("elasticache", "ModifyCacheParameterGroup")
def modify_parameters(call):
    """Values can be set."""
    group = _group(call)
    for item in call.get("ParameterNameValues") or []:
        group["_values"][item["ParameterName"]] = item.get("ParameterValue", "")
    return {"CacheParameterGroupName": group["CacheParameterGroupName"]}


@rule("elasticache", "ResetCacheParameterGroup")
def reset_parameters(call):
    """Values go back to the engine's."""
    group = _group(call)
    if call.get("ResetAllParameters"):
        group["_values"].clear()
    for item in call.get("ParameterNameValues") or []:
        group["_values"].pop(item["ParameterName"], None)
    return {"CacheParameterGroupName": group["CacheParameterGroupName"]}


@rule("elasticache", "DeleteCacheParameterGroup")
def delete_parameters(call):
    """A group can be deleted."""
    group = _group(call)
    del _groups(call)[group["CacheParameterGroupName"]]
    call.store("elasticache.tags").pop(group["ARN"], None)
    return {}


# Subnet groups

@rule("elasticache", "DeleteCacheSubnetGroup")
def delete_subnets(call):
    """A group that something uses stays."""
    name = call.get("CacheSubnetGroupName")
    if name not in backend(call).cache_subnet_groups:
        raise error("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.")
    if any(e.get("CacheSubnetGroupName") == name for e in call.store("elasticache.replication").values()):
        raise error("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
    del backend(call).cache_subnet_groups[name]
    return {}


# Replication groups

FIELDS = (
    "AtRestEncryptionEnabled AutoMinorVersionUpgrade CacheNodeType Engine IpDiscovery KmsKeyId NetworkType "
    "SnapshotRetentionLimit SnapshotWindow TransitEncryptionEnabled TransitEncryptionMode"
).split()


def _show(call, item):
    extras = call.store("elasticache.replication").get(item.get("ReplicationGroupId"), {})
    for field in FIELDS:
        if extras.get(field) is not None:
            item[field] = extras[field]
    if extras.get("ReplicationGroupDescription"):
        item["Description"] = extras["ReplicationGroupDescription"]
    for key, field in (("AutomaticFailoverEnabled", "AutomaticFailover"), ("MultiAZEnabled", "MultiAZ")):
        if extras.get(key) is not None:
            item[field] = "enabled" if extras[key] else "disabled"
    count = extras.get("NumCacheClusters")
    if count and len(item.get("MemberClusters") or []) != count:
        item["MemberClusters"] = [f"{item['ReplicationGroupId']}-{n:03d}" for n in range(1, count + 1)]
        item["MemberClustersOutpostArns"] = []
        members = [
            {
                "CacheClusterId": name,
                "CacheNodeId": "0001",
                "CurrentRole": "primary" if n == 0 else "replica",
                "PreferredAvailabilityZone": call.region + "abc"[n % 3],
            }
            for n, name in enumerate(item["MemberClusters"])
        ]
        for group in (item.get("NodeGroups") or [])[:1]:
            group["NodeGroupMembers"] = members
    state = states.state(call, "cache", item["ReplicationGroupId"])
    return _in_state(item, state) if state else item


def _in_state(item, state):
    item["Status"] = state
    if state == "creating":
        item["NodeGroups"] = []
    return item


def _busy(call, name):
    """Only an available replication group can be changed."""
    if states.state(call, "cache", name):
        raise error("InvalidReplicationGroupState", f"Replication group {name} is not in available state.")


@rule("elasticache", "CreateReplicationGroup")
def create_replication(call):
    """Everything that the request says is read back."""
    name = call.get("ReplicationGroupId").lower()
    reply = call.next()
    call.store("elasticache.replication")[name] = dict(call.request)
    _show(call, reply["ReplicationGroup"])
    if STRICT:
        due = durations.due("aws_elasticache_replication_group", "create")
        _in_state(reply["ReplicationGroup"], states.mark(call, "cache", name, "creating", due))
    return reply


@rule("elasticache", "DescribeReplicationGroups")
def describe_replication(call):
    """Settings, members and state are those of now."""
    reply = call.next()
    for item in reply.get("ReplicationGroups") or []:
        _show(call, item)
    return reply


@rule("elasticache", "ModifyReplicationGroup")
def modify_replication(call):
    """Settings can be changed when the group is available."""
    name = (call.get("ReplicationGroupId") or "").lower()
    if name not in backend(call).replication_groups:
        raise error("ReplicationGroupNotFoundFault", f"Replication group {name} not found.", 404)
    _busy(call, name)
    if STRICT and call.get("ApplyImmediately"):
        states.mark(call, "cache", name, "modifying", durations.due("aws_elasticache_replication_group", "modify"))
    extras = call.store("elasticache.replication").setdefault(name, {})
    extras.update({k: v for k, v in call.request.items() if k not in ("ReplicationGroupId", "ApplyImmediately")})
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).elasticache
    return {"ReplicationGroup": client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]}


@rule("elasticache", "DeleteReplicationGroup")
def delete_replication(call):
    """A replication group is deleting for a while; until then its name and its subnets are taken."""
    name = (call.get("ReplicationGroupId") or "").lower()
    _busy(call, name)
    reply = call.next()
    groups, kept = backend(call).replication_groups, call.store("elasticache.replication")
    gone = durations.due("aws_elasticache_replication_group", "delete") if STRICT else clock.now()
    states.mark(call, "cache", name, "deleting", gone)
    clock.at(gone, lambda: (groups.pop(name, None), kept.pop(name, None)))
    return reply


@rule("elasticache", "ListTagsForResource", "AddTagsToResource", "RemoveTagsFromResource")
def tags(call):
    """Tags of parameter groups, which moto doesn't have."""
    store = call.store("elasticache.tags")
    arn = call.get("ResourceName")
    if arn not in store:
        return call.next()
    for item in call.get("Tags") or []:
        store[arn][item["Key"]] = item.get("Value", "")
    for key in call.get("TagKeys") or []:
        store[arn].pop(key, None)
    return {"TagList": [{"Key": k, "Value": v} for k, v in sorted(store[arn].items())]}
