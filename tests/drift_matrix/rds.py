"""Databases, their parameters and subnets."""

from .matrix import case, cases, lasting, tagging

MAIN, MANAGED, SUBNETS, PARAMETERS = "aws_db_instance.main", "aws_db_instance.managed", "aws_db_subnet_group.edited", "aws_db_parameter_group.main"


def prepare(aws):
    """Option groups, which are no type of Cairn's."""
    for name in ("declared", "other"):
        aws.client("rds").create_option_group(OptionGroupName=name, EngineName="mysql", MajorEngineVersion="8.0", OptionGroupDescription=name)


def tag(aws, values, key, value):
    aws.client("rds").add_tags_to_resource(ResourceName=values["arn"], Tags=[{"Key": key, "Value": value}])


def database(aws, values, change):
    data = {}
    change(data)
    rds = aws.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier=values["identifier"], ApplyImmediately=True, **data)
    name = data.get("NewDBInstanceIdentifier", values["identifier"])
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})


def subnets(aws, values, change):
    rds = aws.client("rds")
    [group] = rds.describe_db_subnet_groups(DBSubnetGroupName=values["name"])["DBSubnetGroups"]
    data = {"DBSubnetGroupDescription": group["DBSubnetGroupDescription"], "SubnetIds": [s["SubnetIdentifier"] for s in group["Subnets"]]}
    change(data)
    rds.modify_db_subnet_group(DBSubnetGroupName=values["name"], **data)


@case(SUBNETS, "subnet_ids")
def more_subnets(aws, values):
    zones = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [values["vpc_id"]]}])["Subnets"]
    subnets(aws, values, lambda data: data.update(SubnetIds=[s["SubnetId"] for s in zones]))


def set_parameter(name, value):
    def change(aws, values):
        parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
        aws.client("rds").modify_db_parameter_group(DBParameterGroupName=values["name"], Parameters=[parameter])

    return change


@case(MAIN, "vpc_security_group_ids")
def other_security_group(aws, values):
    [group] = aws.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["rds-1"]}])["SecurityGroups"]
    database(aws, values, lambda data: data.update(VpcSecurityGroupIds=[group["GroupId"]]))


def other_role(aws, values):
    return aws.client("iam").get_role(RoleName="monitoring-1")["Role"]["Arn"]


def other_key(of):
    def find(aws, values):
        """The stack has two keys beside those that AWS makes."""
        kms = aws.client("kms")
        mine = [k["KeyArn"] for k in kms.list_keys()["Keys"] if any(t["TagKey"] == "cairn:stack" for t in kms.list_resource_tags(KeyId=k["KeyId"])["Tags"])]
        return next(arn for arn in sorted(mine) if arn != values[of])

    return find


def asked(argument, key, find):
    return case(MAIN, argument)(lambda aws, values: database(aws, values, lambda data: data.update({key: find(aws, values)})))


CASES = [
    *(tagging(a, tag) for a in (MAIN, SUBNETS, PARAMETERS)),
    *cases(SUBNETS, subnets, {"description": ("DBSubnetGroupDescription", "By hand")}),
    more_subnets,
    case(PARAMETERS, "parameter.value")(set_parameter("max_connections", "200")),
    case(PARAMETERS, "parameter.name")(set_parameter("wait_timeout", "60")),
    other_security_group,
    asked("monitoring_role_arn", "MonitoringRoleArn", other_role),
    *cases(
        MAIN,
        database,
        {
            "identifier": ("NewDBInstanceIdentifier", "renamed"),
            "instance_class": ("DBInstanceClass", "db.m6g.xlarge"),
            "max_allocated_storage": 1000,
            "storage_type": ("StorageType", "io1"),
            "iops": 13000,
            "storage_throughput": 600,
            "dedicated_log_volume": True,
            "iam_database_authentication_enabled": ("EnableIAMDatabaseAuthentication", True),
            "multi_az": ("MultiAZ", True),
            "db_subnet_group_name": ("DBSubnetGroupName", "other"),
            "publicly_accessible": True,
            "network_type": "DUAL",
            "port": ("DBPortNumber", 3307),
            "ca_cert_identifier": ("CACertificateIdentifier", "rds-ca-rsa4096-g1"),
            "parameter_group_name": ("DBParameterGroupName", "main-1"),
            "option_group_name": "other",
            "license_model": "bring-your-own-license",
            "auto_minor_version_upgrade": False,
            "maintenance_window": ("PreferredMaintenanceWindow", "mon:04:00-mon:05:00"),
            "backup_window": ("PreferredBackupWindow", "03:00-03:30"),
            "backup_retention_period": 3,
            "copy_tags_to_snapshot": False,
            "deletion_protection": True,
            "enabled_cloudwatch_logs_exports": ("CloudwatchLogsExportConfiguration", {"EnableLogTypes": ["general"]}),
            "monitoring_interval": 30,
            "performance_insights_retention_period": 31,
            "database_insights_mode": "advanced",
        },
    ),
    # AWS goes back with neither.
    *map(lasting, cases(MAIN, database, {"engine_version": "8.0.41"})),
    # Up to its bound the storage may have grown by itself.
    lasting(
        case(MAIN, "allocated_storage", "max_allocated_storage")(
            lambda aws, values: database(aws, values, lambda data: data.update(AllocatedStorage=900, MaxAllocatedStorage=1000))
        )
    ),
    case(MAIN, "performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period")(
        lambda aws, values: database(aws, values, lambda data: data.update(EnablePerformanceInsights=False))
    ),
    case(MANAGED, "manage_master_user_password", "master_user_secret_kms_key_id")(
        lambda aws, values: database(aws, values, lambda data: data.update(ManageMasterUserPassword=False, MasterUserPassword="by-hand-1"))
    ),
]
