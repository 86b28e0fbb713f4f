"""RDS: what CreateDBInstance and ModifyDBInstance take is read back.

The sources are https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
API_ModifyDBInstance.html and API_DBInstance.html.
"""

import copy
import uuid
from datetime import datetime, timezone

from localstack.utils.patch import patch
from moto.rds.models import MasterUserSecret, RDSBackend, rds_backends

from . import durations, interfaces, states
from .clock import clock
from .rules import STRICT, error, page, rule

#: request parameter -> field of the answer, where moto forgets it
FIELDS = {
    "BackupTarget": "BackupTarget",
    "CACertificateIdentifier": "CACertificateIdentifier",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "CustomIamInstanceProfile": "CustomIamInstanceProfile",
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "DedicatedLogVolume": "DedicatedLogVolume",
    "EnableCustomerOwnedIp": "CustomerOwnedIpEnabled",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "EngineLifecycleSupport": "EngineLifecycleSupport",
    "Iops": "Iops",
    "LicenseModel": "LicenseModel",
    "MonitoringInterval": "MonitoringInterval",
    "MonitoringRoleArn": "MonitoringRoleArn",
    "NetworkType": "NetworkType",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
    "ProcessorFeatures": "ProcessorFeatures",
    "PromotionTier": "PromotionTier",
    "PubliclyAccessible": "PubliclyAccessible",
    "StorageThroughput": "StorageThroughput",
    "Timezone": "Timezone",
}

#: engine and major version -> the version that AWS chooses, and the family of its default parameter group
VERSIONS = {
    ("postgres", "13"): "13.22", ("postgres", "14"): "14.19", ("postgres", "15"): "15.14",
    ("postgres", "16"): "16.10", ("postgres", "17"): "17.6", ("mysql", "8.0"): "8.0.43",
    ("mysql", "8.4"): "8.4.6", ("mariadb", "10.11"): "10.11.14", ("mariadb", "11.4"): "11.4.8",
}  # fmt: skip
LICENSES = {"postgres": "postgresql-license"}

#: changes that wait for the maintenance window without ApplyImmediately
WAITING = (
    "AllocatedStorage DBInstanceClass EngineVersion MultiAZ Iops StorageThroughput StorageType DBPortNumber "
    "BackupRetentionPeriod LicenseModel"
).split()


def _secret_key(self):
    """The key of a managed master password: LocalStack's KMS is not moto's, so take the ARN as it is."""
    return self.secret.kms_key_id


MasterUserSecret.kms_key_id = property(_secret_key)


def backend(call):
    return rds_backends[call.account][call.region]


def _extras(call, name):
    return call.store("rds").setdefault((name or "").lower(), {})


def key_arn(call, key):
    """A key as AWS shows it: as an ARN."""
    if not key or key.startswith("arn:"):
        return key
    return f"arn:aws:kms:{call.region}:{call.account}:{key if key.startswith('alias/') else 'key/' + key}"


def aws_key(call, service):
    """The ARN of the key that AWS manages for a service. It has the same id every time."""

    return f"arn:aws:kms:{call.region}:{call.account}:key/{uuid.uuid5(uuid.NAMESPACE_URL, call.account + service)}"


def full_version(engine, version):
    """AWS answers with a full version where only the major one was asked for."""
    return VERSIONS.get((engine, version), version)


def _remember(call, name, request):
    extras = _extras(call, name)
    for parameter, field in FIELDS.items():
        if request.get(parameter) is not None:
            extras[field] = request[parameter]
    if request.get("PerformanceInsightsKMSKeyId"):
        extras["PerformanceInsightsKMSKeyId"] = key_arn(call, request["PerformanceInsightsKMSKeyId"])
    if extras.get("PerformanceInsightsEnabled"):
        extras.setdefault("PerformanceInsightsRetentionPeriod", 7)
        extras.setdefault("PerformanceInsightsKMSKeyId", aws_key(call, "rds"))
    if request.get("EnablePerformanceInsights") is False:
        for field in ("PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId"):
            extras.pop(field, None)
    return extras


def show(call, item):
    """Fills a DBInstance as DescribeDBInstances shows it."""
    extras = _extras(call, item.get("DBInstanceIdentifier"))
    item.update({k: v for k, v in extras.items() if not k.startswith("_")})
    item["EngineVersion"] = full_version(item.get("Engine"), item.get("EngineVersion"))
    item["DbInstancePort"] = 0
    for field, value in (
        ("ActivityStreamStatus", "stopped"), ("BackupTarget", "region"), ("CACertificateIdentifier", "rds-ca-rsa2048-g1"),
        ("CustomerOwnedIpEnabled", False), ("DatabaseInsightsMode", "standard"), ("DedicatedLogVolume", False),
        ("EngineLifecycleSupport", "open-source-rds-extended-support"), ("MonitoringInterval", 0),
        ("NetworkType", "IPV4"), ("PerformanceInsightsEnabled", False), ("PubliclyAccessible", False),
        ("PendingModifiedValues", {}), ("StorageEncrypted", False), ("MultiAZ", False), ("DeletionProtection", False),
    ):  # fmt: skip
        if item.get(field) is None:
            item[field] = value
    if item.get("Engine") in LICENSES and "LicenseModel" not in extras:
        item["LicenseModel"] = LICENSES[item["Engine"]]
    item["CertificateDetails"] = {
        "CAIdentifier": item["CACertificateIdentifier"],
        "ValidTill": datetime(2061, 5, 25, tzinfo=timezone.utc),
    }
    if item.get("StorageEncrypted"):
        if not item.get("KmsKeyId") or item["KmsKeyId"] == "default_kms_key_id":
            item["KmsKeyId"] = aws_key(call, "rds")
        item["KmsKeyId"] = key_arn(call, item["KmsKeyId"])
    if item.get("StorageType") == "gp3":
        item["Iops"] = extras.get("Iops") or (12000 if item.get("AllocatedStorage", 0) >= 400 else 3000)
        item["StorageThroughput"] = extras.get("StorageThroughput") or (
            500 if item.get("AllocatedStorage", 0) >= 400 else 125
        )
    if item.get("MonitoringInterval"):
        item["EnhancedMonitoringResourceArn"] = (
            f"arn:aws:logs:{call.region}:{call.account}:log-group:RDSOSMetrics:log-stream:{item.get('DbiResourceId')}"
        )
    else:
        item.pop("MonitoringRoleArn", None)
    if item.get("MultiAZ"):
        zones = [s["SubnetAvailabilityZone"]["Name"] for s in (item.get("DBSubnetGroup") or {}).get("Subnets") or []]
        others = [z for z in zones if z != item.get("AvailabilityZone")]
        if others:
            item["SecondaryAvailabilityZone"] = others[0]
    for group in item.get("DBParameterGroups") or []:
        if group["DBParameterGroupName"].startswith("default."):
            version = item["EngineVersion"].split(".")
            major = version[0] if item.get("Engine") == "postgres" else ".".join(version[:2])
            group["DBParameterGroupName"] = f"default.{item.get('Engine')}{major}"
    if item.get("MasterUserSecret"):
        item["MasterUserSecret"]["KmsKeyId"] = key_arn(
            call, item["MasterUserSecret"].get("KmsKeyId") or aws_key(call, "secretsmanager")
        )
    if extras.get("_pending"):
        item["PendingModifiedValues"] = dict(extras["_pending"])
    return item


@rule("rds", "CreateDBInstance")
def create_instance(call):
    """Everything that the request says is read back; a major version becomes a full one."""
    request = dict(call.request)
    if request.get("EngineVersion"):
        request["EngineVersion"] = full_version(request.get("Engine"), request["EngineVersion"])
    key = request.get("MasterUserSecretKmsKeyId")
    if request.get("ManageMasterUserPassword"):
        request["MasterUserSecretKmsKeyId"] = key_arn(call, key) or aws_key(call, "secretsmanager")
    name = request.get("DBInstanceIdentifier")
    if name.lower() in backend(call).databases:
        raise error("DBInstanceAlreadyExists", "DB instance already exists")
    call.store("rds").pop(name.lower(), None)
    reply = call.next(request)
    # No two instances have one resource id.
    made = backend(call).databases[name.lower()]
    made.dbi_resource_id = reply["DBInstance"]["DbiResourceId"] = f"db-{uuid.uuid4().hex[:26].upper()}"
    _remember(call, name, call.request)
    show(call, reply["DBInstance"])
    return reply


@rule("rds", "ModifyDBInstance")
def modify_instance(call):
    """Without ApplyImmediately, most changes wait in PendingModifiedValues."""
    request = dict(call.request)
    name = request.get("DBInstanceIdentifier")
    engine = getattr(backend(call).databases.get(name.lower()), "engine", None)
    if request.get("EngineVersion"):
        request["EngineVersion"] = full_version(engine, request["EngineVersion"])
    if request.get("ManageMasterUserPassword"):
        request["MasterUserSecretKmsKeyId"] = key_arn(call, request.get("MasterUserSecretKmsKeyId")) or aws_key(
            call, "secretsmanager"
        )
    extras = _extras(call, name)
    pending = extras.setdefault("_pending", {})
    port = request.pop("DBPortNumber", None)
    if STRICT and not request.get("ApplyImmediately"):
        for field in WAITING:
            if request.get(field) is not None and field != "DBPortNumber":
                pending[field] = request.pop(field)
        if port is not None:
            pending["Port"] = port
            port = None
    elif pending:
        if "Port" in pending and port is None:
            port = pending["Port"]
        request = {**{k: v for k, v in pending.items() if k != "Port"}, **request}
        pending.clear()
    reply = call.next(request)
    if port is not None:
        backend(call).databases[name.lower()].port = port
        reply["DBInstance"].get("Endpoint", {})["Port"] = port
    _remember(call, name, request)
    if request.get("NewDBInstanceIdentifier"):
        call.store("rds")[request["NewDBInstanceIdentifier"].lower()] = call.store("rds").pop(name.lower())
    item = reply["DBInstance"]
    for field in [f for f, v in pending.items() if item.get(f) == v]:
        del pending[field]
    show(call, item)
    return reply


@rule("rds", "DescribeDBInstances")
def describe_instances(call):
    """Everything that was given is read back, with AWS's defaults for the rest."""
    reply = call.next()
    for item in reply.get("DBInstances") or []:
        show(call, item)
    return reply


@rule("rds", "DeleteDBInstance", "RebootDBInstance", "StartDBInstance", "StopDBInstance")
def other_instance_calls(call):
    """The answer shows the database as DescribeDBInstances does."""
    reply = call.next()
    item = copy.deepcopy(reply.get("DBInstance") or {})
    if item:
        reply["DBInstance"] = show(call, item)
    if call.context.operation.name == "DeleteDBInstance":
        call.store("rds").pop((call.get("DBInstanceIdentifier") or "").lower(), None)
    return reply


@rule("rds", "CreateDBSubnetGroup")
def create_subnet_group(call):
    """A name can be taken once."""
    if (call.get("DBSubnetGroupName") or "").lower() in backend(call).subnet_groups:
        raise error("DBSubnetGroupAlreadyExists", f"The DB subnet group '{call.get('DBSubnetGroupName')}' already exists.")
    return call.next()


@patch(RDSBackend.modify_db_subnet_group)
def _modify_subnet_group(fn, self, subnet_name, description, subnets):
    """moto takes the group away when it is changed."""
    found = self.subnet_groups.get(subnet_name)
    if found is None:
        raise error("DBSubnetGroupNotFoundFault", f"DB subnet group '{subnet_name}' not found.", 404)
    found.subnets = subnets
    found.description = description or found.description
    return found


@rule("rds", "ModifyDBSubnetGroup")
def modify_subnet_group(call):
    """A group keeps its name; a description that is left out stays."""
    request = {**call.request, "DBSubnetGroupName": (call.get("DBSubnetGroupName") or "").lower()}
    return call.next(request)


# Parameter groups

#: parameters of PostgreSQL that need a restart
STATIC = {
    "max_connections", "shared_buffers", "shared_preload_libraries", "wal_buffers", "max_wal_senders", "huge_pages",
    "max_worker_processes", "max_prepared_transactions", "max_locks_per_transaction", "rds.logical_replication",
    "track_activity_query_size", "autovacuum_max_workers", "autovacuum_freeze_max_age", "max_replication_slots",
}  # fmt: skip


@rule("rds", "DescribeDBParameters")
def describe_parameters(call):
    """Each parameter says where its value comes from; `Source` picks."""
    request = {k: v for k, v in call.request.items() if k not in ("Source", "MaxRecords", "Marker")}
    reply = call.next(request)
    for item in reply.get("Parameters") or []:
        static = item["ParameterName"] in STATIC
        item.update(
            Source="user",
            ApplyType="static" if static else "dynamic",
            ApplyMethod=item.get("ApplyMethod") or ("pending-reboot" if static else "immediate"),
            DataType=item.get("DataType") or "string",
            IsModifiable=True,
        )
    items = reply.get("Parameters") or []
    if call.get("Source"):
        items = [p for p in items if p["Source"] == call.get("Source")]
    items, marker = page(items, call.get("MaxRecords") or 100, call.get("Marker"))
    return {"Parameters": items, **({"Marker": marker} if marker else {})}


@rule("rds", "ResetDBParameterGroup")
def reset_parameters(call):
    """Parameters go back to what the engine says."""
    group = backend(call).db_parameter_groups.get(call.get("DBParameterGroupName"))
    if not group:
        raise error("DBParameterGroupNotFound", f"DBParameterGroup not found: {call.get('DBParameterGroupName')}")
    if call.get("ResetAllParameters"):
        group.parameters.clear()
    for item in call.get("Parameters") or []:
        group.parameters.pop(item["ParameterName"], None)
    return {"DBParameterGroupName": call.get("DBParameterGroupName")}


# Strict mode: a database takes its time, and holds network interfaces in its subnets.

def _owner(name):
    return f"RDSNetworkInterface {name}"


def _progress(call, item):
    """The status of now; a database that is being created has no endpoint."""
    state = states.state(call, "db", item["DBInstanceIdentifier"].lower())
    return _in_state(item, state) if state else item


def _in_state(item, state):
    item["DBInstanceStatus"] = state
    if state == "creating":
        item.pop("Endpoint", None)
    return item


def _place(call, name):
    database = backend(call).databases.get(name)
    group = getattr(database, "db_subnet_group", None)
    subnets = [s.id for s in group._subnets] if group else []
    return subnets[: 2 if database.multi_az else 1], database.vpc_security_group_ids or []


def _going(call):
    """Databases that are being deleted: name -> when they are gone, and how they look until then."""
    store = call.store("rds.going")
    for name in [n for n, (gone, _) in store.items() if clock.past(gone)]:
        del store[name]
    return store


@rule("rds", "CreateDBInstance", strict=True)
def create_slowly(call):
    """A name is free when its database is gone; the endpoint comes when it is available."""
    name = call.get("DBInstanceIdentifier").lower()
    if name in _going(call):
        raise error("DBInstanceAlreadyExists", "DB instance already exists")
    reply = call.next()
    transition = "create-multi-az" if reply["DBInstance"].get("MultiAZ") else "create"
    state = states.mark(call, "db", name, "creating", durations.due("aws_db_instance", transition))
    interfaces.hold(call, _owner(name), *_place(call, name))
    _in_state(reply["DBInstance"], state)
    return reply


def _available(call):
    """The name of the database that a call is about, which has to be available."""
    name = call.get("DBInstanceIdentifier").lower()
    if name in _going(call) or states.state(call, "db", name):
        raise error("InvalidDBInstanceState", f"Database instance is not in available state: {name}")
    return name


@rule("rds", "ModifyDBInstance", strict=True)
def modify_slowly(call):
    """Only an available database can be changed; what is applied at once keeps it busy."""
    name = _available(call)
    reply = call.next()
    new = (call.get("NewDBInstanceIdentifier") or name).lower()
    if call.get("ApplyImmediately"):
        transition = "renaming" if new != name else "modifying"
        states.mark(call, "db", new, transition, durations.due("aws_db_instance", "modify"))
        _progress(call, reply["DBInstance"])
    if call.get("VpcSecurityGroupIds"):
        interfaces.regroup(call, _owner(name), call.get("VpcSecurityGroupIds"))
    if new != name and new in backend(call).databases:
        interfaces.rename(call, _owner(name), _owner(new))
    return reply


@rule("rds", "RebootDBInstance", strict=True)
def reboot_slowly(call):
    """Only an available database can be restarted; it is rebooting for a while."""
    name = _available(call)
    reply = call.next()
    states.mark(call, "db", name, "rebooting", durations.due("aws_db_instance", "reboot"))
    _progress(call, reply["DBInstance"])
    return reply


@rule("rds", "DeleteDBInstance", strict=True)
def delete_slowly(call):
    """A database that is being deleted is seen as such until it is gone; its interfaces go last."""
    name = call.get("DBInstanceIdentifier").lower()
    if name in _going(call):
        raise error("InvalidDBInstanceState", f"Instance {name} is already being deleted.")
    reply = call.next()
    item = reply.get("DBInstance") or {}
    item["DBInstanceStatus"] = "deleting"
    gone = durations.due("aws_db_instance", "delete")
    if not clock.past(gone):
        _going(call)[name] = (gone, copy.deepcopy(item))
    states.forget(call, "db", name)
    free = gone + (durations.seconds("aws_db_instance", "release-network") if clock.factor else 0)
    interfaces.let_go(call, _owner(name), free)
    return reply


@rule("rds", "DescribeDBInstances", strict=True)
def describe_slowly(call):
    """The status is the one of now."""
    going = {name: item for name, (_, item) in _going(call).items()}
    wanted = (call.get("DBInstanceIdentifier") or "").rpartition(":")[2].lower()
    if wanted in going:
        return {"DBInstances": [copy.deepcopy(going[wanted])]}
    reply = call.next()
    for item in reply.get("DBInstances") or []:
        _progress(call, item)
    if not wanted and not call.get("Filters"):
        reply["DBInstances"] = [*(reply.get("DBInstances") or []), *copy.deepcopy(list(going.values()))]
    return reply


@rule("rds", "DeleteDBSubnetGroup", strict=True)
def subnet_group_of_going(call):
    """A database that is being deleted still uses its subnet group."""
    name = (call.get("DBSubnetGroupName") or "").lower()
    for database, (_, item) in _going(call).items():
        if ((item.get("DBSubnetGroup") or {}).get("DBSubnetGroupName") or "").lower() == name:
            raise error("InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}' because at least "
                        f"one database instance: {database} is still using it.")  # fmt: skip
    return call.next()


@rule("rds", "DeleteDBParameterGroup", strict=True)
def parameter_group_of_going(call):
    """A database that is being deleted still uses its parameter group."""
    name = (call.get("DBParameterGroupName") or "").lower()
    for _, item in _going(call).values():
        if name in [(g.get("DBParameterGroupName") or "").lower() for g in item.get("DBParameterGroups") or []]:
            raise error("InvalidDBParameterGroupState", "One or more database instances are still members of this "
                        f"parameter group {name}, so the group cannot be deleted")  # fmt: skip
    return call.next()
