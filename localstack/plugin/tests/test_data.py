"""RDS, S3, ElastiCache, EFS, Backup, secrets, KMS."""

import pytest
from conftest import code_of, until


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
    cache.create_replication_group(
        ReplicationGroupId="r", ReplicationGroupDescription="d", Engine="redis", CacheNodeType="cache.t4g.small", NumCacheClusters=2,
        AutomaticFailoverEnabled=True, MultiAZEnabled=True, CacheSubnetGroupName="g", TransitEncryptionEnabled=True,
    )  # fmt: skip
    read = lambda: cache.describe_replication_groups(ReplicationGroupId="r")["ReplicationGroups"][0]  # noqa: E731
    assert (len(read()["MemberClusters"]), read()["MultiAZ"], read()["AutomaticFailover"]) == (2, "enabled", "enabled")
    cache.modify_replication_group(ReplicationGroupId="r", ReplicationGroupDescription="e", SnapshotRetentionLimit=7, ApplyImmediately=True)
    assert (read()["Description"], read()["SnapshotRetentionLimit"]) == ("e", 7)
    assert code_of(cache.delete_cache_subnet_group, CacheSubnetGroupName="g") == "CacheSubnetGroupInUse"
    cache.delete_replication_group(ReplicationGroupId="r")
    cache.delete_cache_subnet_group(CacheSubnetGroupName="g")
    cache.delete_cache_parameter_group(CacheParameterGroupName="p")


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
    before = aws.cloudfront.get_distribution_config(Id=name)
    new = {**before["DistributionConfig"], "Comment": "e"}
    after = aws.cloudfront.update_distribution(Id=name, IfMatch=before["ETag"], DistributionConfig=new)["ETag"]
    assert after != before["ETag"]
    assert code_of(aws.cloudfront.update_distribution, Id=name, IfMatch=before["ETag"], DistributionConfig=new) == "PreconditionFailed"
    assert code_of(aws.cloudfront.delete_distribution, Id=name, IfMatch=after) == "DistributionNotDisabled"
