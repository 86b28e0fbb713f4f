"""RDS, S3, ElastiCache, EFS, Backup, secrets, KMS."""

import pytest
from conftest import code_of, later, seconds, until


def database(aws, **more):
    net = aws.network()
    aws.rds.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=net.subnets)
    call = dict(
        DBInstanceIdentifier="db", DBInstanceClass="db.m7g.large", Engine="postgres", EngineVersion="17", AllocatedStorage=100,
        MasterUsername="moodle", ManageMasterUserPassword=True, DBSubnetGroupName="g", VpcSecurityGroupIds=[net.group],
        StorageType="gp3", Tags=[{"Key": "a", "Value": "1"}],
    )  # fmt: skip
    call.update(more)
    first = aws.rds.create_db_instance(**{k: v for k, v in call.items() if v is not None})["DBInstance"]
    return net, first


def read(aws, name="db"):
    return aws.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def available(aws):
    assert until(lambda: read(aws)["DBInstanceStatus"] == "available")
    return read(aws)


def test_database_reads_back_what_it_was_given(aws):
    key = aws.kms.create_key()["KeyMetadata"]["Arn"]
    given = dict(
        MultiAZ=True, MaxAllocatedStorage=500, StorageEncrypted=True, KmsKeyId=key, BackupRetentionPeriod=14,
        PreferredBackupWindow="03:00-03:30", PreferredMaintenanceWindow="sun:05:00-sun:06:00", MonitoringInterval=60,
        MonitoringRoleArn=f"arn:aws:iam::{aws.id}:role/m", PerformanceInsightsRetentionPeriod=31, PerformanceInsightsKMSKeyId=key,
        CACertificateIdentifier="rds-ca-ecc384-g1", DeletionProtection=True, CopyTagsToSnapshot=True, PubliclyAccessible=False,
        AutoMinorVersionUpgrade=False, NetworkType="IPV4", DatabaseInsightsMode="standard",
    )  # fmt: skip
    _, first = database(
        aws, MasterUserSecretKmsKeyId=key, EnablePerformanceInsights=True, EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql", "upgrade"], **given,
    )  # fmt: skip
    assert first["DBInstanceStatus"] == "creating" and "Endpoint" not in first
    item = available(aws)
    assert {k: item[k] for k in given} == given
    assert item["PerformanceInsightsEnabled"] and item["IAMDatabaseAuthenticationEnabled"]
    assert item["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert item["MasterUserSecret"]["KmsKeyId"] == key
    assert item["EngineVersion"].startswith("17.") and item["Endpoint"]["Port"] == 5432
    assert (item["Iops"], item["StorageThroughput"], item["LicenseModel"]) == (3000, 125, "postgresql-license")
    assert item["SecondaryAvailabilityZone"] != item["AvailabilityZone"]
    assert item["TagList"] == [{"Key": "a", "Value": "1"}]
    assert code_of(aws.rds.delete_db_instance, DBInstanceIdentifier="db", SkipFinalSnapshot=True) == "InvalidParameterCombination"


def test_no_two_databases_have_one_resource_id(aws):
    database(aws)
    aws.rds.create_db_instance(
        DBInstanceIdentifier="other", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="moodle", MasterUserPassword="not-a-secret",
    )  # fmt: skip
    ids = {i["DbiResourceId"] for i in aws.rds.describe_db_instances()["DBInstances"]}
    assert len(ids) == 2
    for one in ids:
        filters = [{"Name": "dbi-resource-id", "Values": [one]}]
        assert [i["DbiResourceId"] for i in aws.rds.describe_db_instances(Filters=filters)["DBInstances"]] == [one]


def test_database_defaults(aws):
    database(aws)
    item = available(aws)
    assert item["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres17"
    assert (item["MonitoringInterval"], item["PerformanceInsightsEnabled"], item["NetworkType"]) == (0, False, "IPV4")
    assert item["MasterUserSecret"]["KmsKeyId"].startswith("arn:aws:kms:")


def test_database_changes_wait_for_the_window(aws):
    database(aws)
    available(aws)
    change = lambda **new: aws.rds.modify_db_instance(DBInstanceIdentifier="db", **new)  # noqa: E731
    change(AllocatedStorage=200, BackupRetentionPeriod=7, DeletionProtection=True)
    item = available(aws)
    assert (item["AllocatedStorage"], item["PendingModifiedValues"]["AllocatedStorage"]) == (100, 200)
    assert item["DeletionProtection"] is True
    change(DBInstanceClass="db.m7g.xlarge", MonitoringInterval=0, ApplyImmediately=True)
    assert read(aws)["DBInstanceStatus"] == "modifying"
    item = available(aws)
    assert (item["AllocatedStorage"], item["DBInstanceClass"], item["PendingModifiedValues"]) == (200, "db.m7g.xlarge", {})


def test_database_goes_slowly_and_holds_its_network(aws):
    net, _ = database(aws)
    available(aws)
    assert code_of(aws.rds.delete_db_subnet_group, DBSubnetGroupName="g") == "InvalidDBSubnetGroupStateFault"
    assert code_of(aws.ec2.delete_security_group, GroupId=net.group) == "DependencyViolation"
    assert code_of(aws.rds.delete_db_instance, DBInstanceIdentifier="db") == "InvalidParameterCombination"
    assert aws.rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert read(aws)["DBInstanceStatus"] == "deleting"
    assert until(lambda: code_of(aws.rds.describe_db_instances, DBInstanceIdentifier="db") == "DBInstanceNotFound")
    assert until(lambda: code_of(aws.ec2.delete_security_group, GroupId=net.group) is None)
    aws.rds.delete_db_subnet_group(DBSubnetGroupName="g")


def test_subnet_group_can_be_changed(aws):
    net, _ = database(aws)
    third = aws.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.0.3.0/24", AvailabilityZone="us-east-1c")["Subnet"]["SubnetId"]
    aws.rds.modify_db_subnet_group(DBSubnetGroupName="g", SubnetIds=[*net.subnets, third])
    item = aws.rds.describe_db_subnet_groups(DBSubnetGroupName="g")["DBSubnetGroups"][0]
    assert len(item["Subnets"]) == 3 and item["DBSubnetGroupDescription"] == "d"
    assert code_of(aws.rds.modify_db_subnet_group, DBSubnetGroupName="none", SubnetIds=net.subnets) == "DBSubnetGroupNotFoundFault"


def test_renamed_database_takes_its_network_along(aws):
    net, _ = database(aws)
    available(aws)
    change = aws.rds.modify_db_instance
    change(DBInstanceIdentifier="db", NewDBInstanceIdentifier="new", ApplyImmediately=True)
    assert read(aws, "new")["DBInstanceStatus"] == "renaming"
    assert code_of(change, DBInstanceIdentifier="new", DeletionProtection=True) == "InvalidDBInstanceState"
    assert until(lambda: read(aws, "new")["DBInstanceStatus"] == "available")
    aws.rds.delete_db_instance(DBInstanceIdentifier="new", SkipFinalSnapshot=True)
    later(seconds("aws_db_instance", "delete") + seconds("aws_db_instance", "release-network"))
    assert aws.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_database_is_busy(aws):
    database(aws, MultiAZ=True)
    assert code_of(aws.rds.reboot_db_instance, DBInstanceIdentifier="db") == "InvalidDBInstanceState"
    later(seconds("aws_db_instance", "create"))
    assert read(aws)["DBInstanceStatus"] == "creating"
    available(aws)
    aws.rds.reboot_db_instance(DBInstanceIdentifier="db")
    assert read(aws)["DBInstanceStatus"] == "rebooting"
    available(aws)
    aws.rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    delete = dict(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert code_of(aws.rds.delete_db_instance, **delete) == "InvalidDBInstanceState"
    assert code_of(aws.rds.delete_db_subnet_group, DBSubnetGroupName="g") == "InvalidDBSubnetGroupStateFault"


def test_parameter_group(aws):
    rds = aws.rds
    rds.create_db_parameter_group(DBParameterGroupName="p", DBParameterGroupFamily="postgres17", Description="d")
    rds.modify_db_parameter_group(
        DBParameterGroupName="p",
        Parameters=[
            {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"},
            {"ParameterName": "max_connections", "ParameterValue": "200", "ApplyMethod": "pending-reboot"},
        ],
    )
    mine = lambda: {p["ParameterName"]: p for p in rds.describe_db_parameters(DBParameterGroupName="p", Source="user")["Parameters"]}  # noqa: E731
    assert {k: (v["ParameterValue"], v["ApplyType"]) for k, v in mine().items()} == {
        "rds.force_ssl": ("1", "dynamic"), "max_connections": ("200", "static"),
    }  # fmt: skip
    rds.reset_db_parameter_group(DBParameterGroupName="p", Parameters=[{"ParameterName": "max_connections", "ApplyMethod": "pending-reboot"}])
    assert list(mine()) == ["rds.force_ssl"]
    database(aws, DBParameterGroupName="p")
    assert code_of(rds.delete_db_parameter_group, DBParameterGroupName="p") == "InvalidDBParameterGroupState"


def test_bucket_tags_in_create_call(aws):
    aws.s3.create_bucket(Bucket=f"b{aws.id}", CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "1"}]})
    assert aws.s3.get_bucket_tagging(Bucket=f"b{aws.id}")["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_conditional_delete(aws):
    name = f"b{aws.id}"
    aws.s3.create_bucket(Bucket=name)
    old = aws.s3.put_object(Bucket=name, Key="k", Body=b"1")["ETag"]
    new = aws.s3.put_object(Bucket=name, Key="k", Body=b"2")["ETag"]
    assert code_of(aws.s3.delete_object, Bucket=name, Key="k", IfMatch=old) == "PreconditionFailed"
    assert aws.s3.get_object(Bucket=name, Key="k")["Body"].read() == b"2"
    aws.s3.delete_object(Bucket=name, Key="k", IfMatch=new)
    assert code_of(aws.s3.head_object, Bucket=name, Key="k") == "404"
    assert code_of(aws.s3.delete_object, Bucket=name, Key="k", IfMatch=new) == "NoSuchKey"


def test_key_pending_deletion(aws):
    key = aws.kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"]
    aws.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert aws.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert aws.kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "1"}]
    aws.kms.cancel_key_deletion(KeyId=key)
    assert aws.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_secret_token(aws):
    call = dict(Name="s", SecretString="x", ClientRequestToken="0" * 32)
    arn = aws.secretsmanager.create_secret(**call)["ARN"]
    assert aws.secretsmanager.create_secret(**call)["ARN"] == arn
    assert code_of(aws.secretsmanager.create_secret, **{**call, "SecretString": "y"}) == "ResourceExistsException"


def test_secret_in_its_recovery_window(aws):
    secrets = aws.secretsmanager
    secrets.create_secret(Name="s", SecretString="x")
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert secrets.describe_secret(SecretId="s")["DeletedDate"]
    assert code_of(secrets.create_secret, Name="s", SecretString="y") == "InvalidRequestException"
    assert code_of(secrets.get_secret_value, SecretId="s") == "InvalidRequestException"
    assert code_of(secrets.put_secret_value, SecretId="s", SecretString="y") == "InvalidRequestException"
    assert code_of(secrets.update_secret, SecretId="s", SecretString="y") == "InvalidRequestException"
    assert secrets.list_secrets()["SecretList"] == []
    assert len(secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]) == 1
    secrets.restore_secret(SecretId="s")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "x"
    assert code_of(secrets.put_secret_value, SecretId="s", SecretString="y") is None
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    assert code_of(secrets.create_secret, Name="s", SecretString="z") is None


def test_tokens(aws):
    """The same token gives the same thing."""
    request = dict(DomainName="moodle.example.org", ValidationMethod="DNS", IdempotencyToken="t")
    assert aws.acm.request_certificate(**request)["CertificateArn"] == aws.acm.request_certificate(**request)["CertificateArn"]
    aws.efs.create_file_system(CreationToken="t")
    assert code_of(aws.efs.create_file_system, CreationToken="t") == "FileSystemAlreadyExists"
    assert aws.sns.create_topic(Name="t")["TopicArn"] == aws.sns.create_topic(Name="t")["TopicArn"]


def test_zone_reference(aws):
    call = dict(Name="example.org", CallerReference="c")
    aws.route53.create_hosted_zone(**call)
    assert code_of(aws.route53.create_hosted_zone, **call) == "HostedZoneAlreadyExists"


def test_cache(aws):
    net, cache = aws.network(), aws.elasticache
    cache.create_cache_subnet_group(CacheSubnetGroupName="g", CacheSubnetGroupDescription="d", SubnetIds=net.subnets)
    cache.create_cache_parameter_group(CacheParameterGroupName="p", CacheParameterGroupFamily="redis7", Description="d", Tags=[{"Key": "a", "Value": "1"}])
    cache.modify_cache_parameter_group(
        CacheParameterGroupName="p", ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}]
    )
    values = cache.describe_cache_parameters(CacheParameterGroupName="p", Source="user")["Parameters"]
    assert [(v["ParameterName"], v["ParameterValue"]) for v in values] == [("maxmemory-policy", "noeviction")]
    group = cache.describe_cache_parameter_groups(CacheParameterGroupName="p")["CacheParameterGroups"][0]
    assert group["CacheParameterGroupFamily"] == "redis7"
    assert cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == [{"Key": "a", "Value": "1"}]
    cache.reset_cache_parameter_group(CacheParameterGroupName="p", ResetAllParameters=True)
    assert cache.describe_cache_parameters(CacheParameterGroupName="p", Source="user")["Parameters"] == []
    assert code_of(cache.describe_cache_parameter_groups, CacheParameterGroupName="none") == "CacheParameterGroupNotFound"
    cache.create_replication_group(
        ReplicationGroupId="r", ReplicationGroupDescription="d", Engine="redis", CacheNodeType="cache.t4g.small", NumCacheClusters=2,
        AutomaticFailoverEnabled=True, MultiAZEnabled=True, CacheSubnetGroupName="g", TransitEncryptionEnabled=True,
    )  # fmt: skip
    read = lambda: cache.describe_replication_groups(ReplicationGroupId="r")["ReplicationGroups"][0]  # noqa: E731
    assert read()["Status"] == "creating"
    assert code_of(cache.modify_replication_group, ReplicationGroupId="r", SnapshotRetentionLimit=7) == "InvalidReplicationGroupState"
    assert until(lambda: read()["Status"] == "available")
    assert (len(read()["MemberClusters"]), read()["MultiAZ"], read()["AutomaticFailover"]) == (2, "enabled", "enabled")
    cache.modify_replication_group(ReplicationGroupId="r", ReplicationGroupDescription="e", SnapshotRetentionLimit=7, ApplyImmediately=True)
    assert (read()["Description"], read()["SnapshotRetentionLimit"]) == ("e", 7)
    assert read()["Status"] == "modifying"
    assert until(lambda: read()["Status"] == "available")
    cache.delete_replication_group(ReplicationGroupId="r")
    assert read()["Status"] == "deleting"
    assert code_of(cache.delete_cache_subnet_group, CacheSubnetGroupName="g") == "CacheSubnetGroupInUse"
    later(seconds("aws_elasticache_replication_group", "delete"))
    assert code_of(read) == "ReplicationGroupNotFoundFault"
    cache.delete_cache_subnet_group(CacheSubnetGroupName="g")
    cache.delete_cache_parameter_group(CacheParameterGroupName="p")


def test_mount_targets_take_time(aws):
    net, efs = aws.network(), aws.efs
    system = efs.create_file_system(CreationToken="c")
    name = system["FileSystemId"]
    assert system["LifeCycleState"] == "creating"
    assert code_of(efs.create_mount_target, FileSystemId=name, SubnetId=net.subnets[0]) == "IncorrectFileSystemLifeCycleState"
    later(seconds("aws_efs_file_system", "create"))
    assert efs.describe_file_systems(FileSystemId=name)["FileSystems"][0]["LifeCycleState"] == "available"
    target = efs.create_mount_target(FileSystemId=name, SubnetId=net.subnets[0])
    state = lambda: [t["LifeCycleState"] for t in efs.describe_mount_targets(FileSystemId=name)["MountTargets"]]  # noqa: E731
    assert (target["LifeCycleState"], state()) == ("creating", ["creating"])
    later(seconds("aws_efs_mount_target", "create"))
    assert state() == ["available"]
    efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    assert state() == ["deleting"]
    assert code_of(efs.delete_file_system, FileSystemId=name) == "FileSystemInUse"
    assert code_of(aws.ec2.delete_subnet, SubnetId=net.subnets[0]) == "DependencyViolation"
    later(seconds("aws_efs_mount_target", "delete"))
    assert state() == []
    assert code_of(efs.delete_mount_target, MountTargetId=target["MountTargetId"]) == "MountTargetNotFound"
    efs.delete_file_system(FileSystemId=name)
    aws.ec2.delete_subnet(SubnetId=net.subnets[0])


def test_records_take_time(aws):
    zone = aws.route53.create_hosted_zone(Name="example.org", CallerReference="r")
    assert zone["ChangeInfo"]["Status"] == "PENDING"
    record = {"Name": "a.example.org", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}
    made = aws.route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )["ChangeInfo"]
    status = lambda: aws.route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"]  # noqa: E731
    assert (made["Status"], status()) == ("PENDING", "PENDING")
    later(seconds("aws_route53_record", "create"))
    assert status() == "INSYNC"


def test_parameters_with_and_without_a_slash(aws):
    for name in ("x", "/x"):
        aws.ssm.put_parameter(Name=name, Value=f"value of {name}", Type="String")
    assert {n: aws.ssm.get_parameter(Name=n)["Parameter"]["Value"] for n in ("x", "/x")} == {"x": "value of x", "/x": "value of /x"}
    aws.ssm.delete_parameter(Name="/x")
    assert code_of(aws.ssm.get_parameter, Name="/x") == "ParameterNotFound"
    assert aws.ssm.get_parameter(Name="x")["Parameter"]["Value"] == "value of x"


def test_document_versions(aws):
    text = '{"schemaVersion": "1.0", "description": "%s", "sessionType": "Standard_Stream", "inputs": {}}'
    aws.ssm.create_document(Name="session", DocumentType="Session", Content=text % "one")
    aws.ssm.update_document(Name="session", DocumentVersion="$LATEST", Content=text % "two")
    found = aws.ssm.list_document_versions(Name="session")["DocumentVersions"]
    assert [(v["DocumentVersion"], v["IsDefaultVersion"]) for v in found] == [("2", False), ("1", True)]
    assert code_of(aws.ssm.list_document_versions, Name="none") == "InvalidDocument"


def test_files_and_backup(aws):
    system = aws.efs.create_file_system(CreationToken="c", Encrypted=True)["FileSystemId"]
    aws.efs.put_backup_policy(FileSystemId=system, BackupPolicy={"Status": "ENABLED"})
    assert aws.efs.describe_backup_policy(FileSystemId=system)["BackupPolicy"]["Status"] == "ENABLED"
    assert aws.efs.update_file_system(FileSystemId=system, ThroughputMode="elastic")["ThroughputMode"] == "elastic"
    rule = {"RuleName": "daily", "TargetBackupVaultName": "v", "Lifecycle": {"DeleteAfterDays": 35}}
    aws.backup.create_backup_vault(BackupVaultName="v")
    plan = aws.backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})["BackupPlanId"]
    aws.backup.update_backup_plan(BackupPlanId=plan, BackupPlan={"BackupPlanName": "p", "Rules": [{**rule, "Lifecycle": {"DeleteAfterDays": 60}}]})
    assert aws.backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"][0]["Lifecycle"] == {"DeleteAfterDays": 60}
    what = {"SelectionName": "s", "IamRoleArn": f"arn:aws:iam::{aws.id}:role/b", "Resources": ["*"]}
    name = aws.backup.create_backup_selection(BackupPlanId=plan, BackupSelection=what)["SelectionId"]
    assert aws.backup.get_backup_selection(BackupPlanId=plan, SelectionId=name)["BackupSelection"] == what
    listed = aws.backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    assert [(s["SelectionId"], s["SelectionName"]) for s in listed] == [(name, "s")]
    assert code_of(aws.backup.delete_backup_plan, BackupPlanId=plan) == "InvalidRequestException"
    aws.backup.delete_backup_selection(BackupPlanId=plan, SelectionId=name)
    aws.backup.delete_backup_plan(BackupPlanId=plan)
    aws.backup.delete_backup_vault(BackupVaultName="v")
    assert code_of(aws.backup.describe_backup_vault, BackupVaultName="v") == "ResourceNotFoundException"


@pytest.mark.parametrize("service", ["cloudfront", "cloudtrail"])
def test_names_are_taken_once(aws, service):
    if service == "cloudtrail":
        aws.s3.create_bucket(Bucket=f"t{aws.id}")
        aws.cloudtrail.create_trail(Name="trail", S3BucketName=f"t{aws.id}")
        assert code_of(aws.cloudtrail.create_trail, Name="trail", S3BucketName=f"t{aws.id}") == "TrailAlreadyExistsException"
        return
    origin = {"Id": "o", "DomainName": "o.example.org", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
    config = {
        "CallerReference": "c", "Comment": "d", "Enabled": True, "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }  # fmt: skip
    made = aws.cloudfront.create_distribution(DistributionConfig=config)
    name = made["Distribution"]["Id"]
    assert made["Distribution"]["ARN"] == f"arn:aws:cloudfront::{aws.id}:distribution/{name}"
    status = lambda: aws.cloudfront.get_distribution(Id=name)["Distribution"]["Status"]  # noqa: E731
    assert (made["Distribution"]["Status"], status()) == ("InProgress", "InProgress")
    assert aws.cloudfront.list_distributions()["DistributionList"]["Items"][0]["Status"] == "InProgress"
    later(seconds("aws_cloudfront_distribution", "create"))
    assert status() == "Deployed"
    before = aws.cloudfront.get_distribution_config(Id=name)
    new = {**before["DistributionConfig"], "Comment": "e"}
    after = aws.cloudfront.update_distribution(Id=name, IfMatch=before["ETag"], DistributionConfig=new)["ETag"]
    assert after != before["ETag"]
    assert code_of(aws.cloudfront.update_distribution, Id=name, IfMatch=before["ETag"], DistributionConfig=new) == "PreconditionFailed"
    assert code_of(aws.cloudfront.delete_distribution, Id=name, IfMatch=after) == "DistributionNotDisabled"
    off = {**new, "Enabled": False}
    last = aws.cloudfront.update_distribution(Id=name, IfMatch=after, DistributionConfig=off)["ETag"]
    assert code_of(aws.cloudfront.delete_distribution, Id=name, IfMatch=last) == "DistributionNotDisabled"
    later(seconds("aws_cloudfront_distribution", "modify"))
    aws.cloudfront.delete_distribution(Id=name, IfMatch=last)
