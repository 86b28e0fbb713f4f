//! `aws_db_instance`.

use super::{PAGE, from_tags, tag, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DatabaseInsightsMode, DbInstance as RdsInstance, Filter};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace, Spared};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::equality::{ignore_case, version_prefix};
use cairn_model::types::Type;
use cairn_model::{Value, between, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// A relational database server.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_db_instance",
    tags,
    timeouts = "create update delete",
    unsupported = "domain_fqdn custom_iam_instance_profile domain domain_auth_secret_arn domain_dns_ips domain_iam_role_name domain_ou password_wo password_wo_version replicate_source_db",
    unsupported_blocks = "blue_green_update restore_to_point_in_time s3_import",
    unread = "backup_target customer_owned_ip_enabled latest_restorable_time nchar_character_set_name replica_mode snapshot_identifier upgrade_storage_config"
)]
pub struct DbInstance {
    /// Name of the instance, in lower case.
    #[attr(optional, computed, key, check = identifier)]
    identifier: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = identifier)]
    identifier_prefix: Option<String>,
    /// Database engine, such as `postgres`.
    #[attr(required, force_new)]
    engine: String,
    /// Version of the engine. A prefix such as `17` means whichever `17.x` runs.
    #[attr(optional, computed, equal = version_prefix)]
    engine_version: Option<String>,
    /// Version that runs.
    #[attr(computed)]
    engine_version_actual: Option<String>,
    /// Whether the engine stays supported after its standard end of life, for a fee.
    #[attr(optional, computed, force_new, check = one_of!("open-source-rds-extended-support", "open-source-rds-extended-support-disabled"))]
    engine_lifecycle_support: Option<String>,
    /// Class of the instance, such as `db.m7g.large`.
    #[attr(required)]
    instance_class: String,
    /// Storage in GiB. It grows by itself up to `max_allocated_storage`, and never shrinks.
    #[attr(required, check = between!(5, 65_536))]
    allocated_storage: i32,
    /// GiB up to which storage grows by itself; it does not when left out.
    #[attr(optional)]
    max_allocated_storage: Option<i32>,
    /// Kind of storage: `gp2`, `gp3`, `io1`, `io2` or `standard`.
    #[attr(optional, computed, check = one_of!("standard", "gp2", "gp3", "io1", "io2"))]
    storage_type: Option<String>,
    /// Provisioned operations per second.
    #[attr(optional, computed)]
    iops: Option<i32>,
    /// Provisioned throughput in MiB per second.
    #[attr(optional, computed)]
    storage_throughput: Option<i32>,
    /// Keep the log on a volume of its own.
    #[attr(default = false)]
    dedicated_log_volume: bool,
    /// Encrypt storage and backups.
    #[attr(default = false, force_new)]
    storage_encrypted: bool,
    /// ARN of the key that encrypts storage.
    #[attr(optional, computed, force_new)]
    kms_key_id: Option<String>,
    /// Name of the database that is made with the instance.
    #[attr(optional, computed, force_new)]
    db_name: Option<String>,
    /// Name of the master user.
    #[attr(required, force_new)]
    username: String,
    /// Password of the master user. AWS never gives it back, so a change of it alone is not seen.
    #[attr(optional, sensitive, config_only)]
    password: Option<String>,
    /// Let RDS make the master user's password, keep it in Secrets Manager and rotate it.
    #[attr(default = false)]
    manage_master_user_password: bool,
    /// Key that encrypts the secret.
    #[attr(optional, computed)]
    master_user_secret_kms_key_id: Option<String>,
    /// The secret that holds the master user's password.
    #[attr(computed)]
    master_user_secret: Vec<MasterUserSecret>,
    /// Let IAM users and roles log in.
    #[attr(default = false)]
    iam_database_authentication_enabled: bool,
    /// Keep a standby in another availability zone.
    #[attr(optional, computed)]
    multi_az: Option<bool>,
    /// Availability zone. With a standby it changes at each failover, and can't be set.
    #[attr(optional, computed, force_new)]
    availability_zone: Option<String>,
    /// Subnet group that the instance is placed in.
    #[attr(optional, computed)]
    db_subnet_group_name: Option<String>,
    /// Security groups of its network interfaces.
    #[attr(optional, computed)]
    vpc_security_group_ids: BTreeSet<String>,
    /// Give it an address that the internet reaches.
    #[attr(default = false)]
    publicly_accessible: bool,
    /// Kind of addresses: `IPV4` or `DUAL`.
    #[attr(optional, computed, check = one_of!("IPV4", "DUAL"))]
    network_type: Option<String>,
    /// Port that it listens on.
    #[attr(optional, computed)]
    port: Option<i32>,
    /// Certificate authority of its server certificate.
    #[attr(optional, computed)]
    ca_cert_identifier: Option<String>,
    /// Parameter group in use.
    #[attr(optional, computed)]
    parameter_group_name: Option<String>,
    /// Option group in use.
    #[attr(optional, computed)]
    option_group_name: Option<String>,
    /// License model of the engine.
    #[attr(optional, computed)]
    license_model: Option<String>,
    /// Character set, of engines that take one.
    #[attr(optional, computed, force_new)]
    character_set_name: Option<String>,
    /// Time zone, of engines that take one.
    #[attr(optional, computed, force_new)]
    timezone: Option<String>,
    /// Take minor upgrades in the maintenance window.
    #[attr(default = true)]
    auto_minor_version_upgrade: bool,
    /// Allow an upgrade to another major version.
    #[attr(optional, config_only)]
    allow_major_version_upgrade: Option<bool>,
    /// Carry changes out at once and not in the next maintenance window.
    #[attr(default = false, config_only)]
    apply_immediately: bool,
    /// Weekly window for maintenance, such as `sun:05:00-sun:06:00`, in UTC.
    #[attr(optional, computed, equal = ignore_case)]
    maintenance_window: Option<String>,
    /// Daily window for backups, such as `03:00-03:30`, in UTC.
    #[attr(optional, computed)]
    backup_window: Option<String>,
    /// Days that backups are kept; 0 for no backups.
    #[attr(optional, computed, check = between!(0, 35))]
    backup_retention_period: Option<i32>,
    /// Copy the instance's tags to its snapshots.
    #[attr(default = false)]
    copy_tags_to_snapshot: bool,
    /// Delete automated backups with the instance.
    #[attr(default = true, config_only)]
    delete_automated_backups: bool,
    /// Refuse to be deleted.
    #[attr(default = false)]
    deletion_protection: bool,
    /// Take no snapshot before the instance is destroyed.
    #[attr(default = false, config_only)]
    skip_final_snapshot: bool,
    /// Name of that snapshot; made up when left out.
    #[attr(optional, config_only, check = identifier)]
    final_snapshot_identifier: Option<String>,
    /// Logs that go to CloudWatch, such as `postgresql`.
    #[attr(optional)]
    enabled_cloudwatch_logs_exports: BTreeSet<String>,
    /// Seconds between two points of Enhanced Monitoring; 0 for none.
    #[attr(default = 0, check = monitoring)]
    monitoring_interval: i32,
    /// Role that sends Enhanced Monitoring's metrics.
    #[attr(optional, computed)]
    monitoring_role_arn: Option<String>,
    /// Record the load that queries make.
    #[attr(default = false)]
    performance_insights_enabled: bool,
    /// Key that encrypts those records.
    #[attr(optional, computed)]
    performance_insights_kms_key_id: Option<String>,
    /// Days that they are kept: 7, a multiple of 31, or 731.
    #[attr(optional, computed)]
    performance_insights_retention_period: Option<i32>,
    /// Database Insights' mode: `standard` or `advanced`.
    #[attr(optional, computed, check = one_of!("standard", "advanced"))]
    database_insights_mode: Option<String>,
    /// Host name that clients connect to.
    #[attr(computed)]
    address: Option<String>,
    /// Host name and port.
    #[attr(computed)]
    endpoint: Option<String>,
    /// Route 53 zone of the host name.
    #[attr(computed)]
    hosted_zone_id: Option<String>,
    /// Where the listener of an Always On availability group of SQL Server answers.
    #[attr(computed)]
    listener_endpoint: Vec<ListenerEndpoint>,
    /// Active Directory domain that somebody joined it to, by its full name.
    #[attr(computed)]
    domain_fqdn: Option<String>,
    /// When its engine is upgraded, among those that AWS upgrades by itself: `first`, `second` or `last`.
    #[attr(computed)]
    upgrade_rollout_order: Option<String>,
    /// Read replicas of the instance.
    #[attr(computed)]
    replicas: Vec<String>,
    /// Id of the instance that no rename changes.
    #[attr(computed)]
    resource_id: Option<String>,
    /// What the instance is at, such as `available`.
    #[attr(computed)]
    status: Option<String>,
    /// ARN of the instance.
    #[attr(computed)]
    arn: Option<String>,
}

/// Where a listener answers.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct ListenerEndpoint {
    /// Host name.
    #[attr(computed)]
    address: Option<String>,
    /// Route 53 zone of the host name.
    #[attr(computed)]
    hosted_zone_id: Option<String>,
    /// Port.
    #[attr(computed)]
    port: Option<i32>,
}

/// Where the master user's password is kept.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MasterUserSecret {
    /// Key that encrypts the secret.
    #[attr(computed)]
    kms_key_id: Option<String>,
    /// ARN of the secret.
    #[attr(computed)]
    secret_arn: Option<String>,
    /// What the secret is at, such as `active`.
    #[attr(computed)]
    secret_status: Option<String>,
}

/// States in which an instance serves. `storage-optimization` follows a change of storage for hours
/// (RDS user guide, "Viewing Amazon RDS DB instance status").
const SERVES: &[&str] = &["available", "storage-optimization"];
/// States that lead nowhere without help.
const STUCK: &[&str] = &[
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "restore-error",
    "storage-full",
];
/// Longest identifier (CreateDBInstance, `DBInstanceIdentifier`).
const LONGEST_NAME: usize = 63;
const CREATE_WITHIN: Duration = Duration::from_secs(40 * 60);
const UPDATE_WITHIN: Duration = Duration::from_secs(80 * 60);
const DELETE_WITHIN: Duration = Duration::from_secs(60 * 60);
const IAM_WITHIN: Duration = Duration::from_secs(180);

/// AWS's table of settings that cause downtime.
const SETTINGS: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html";

fn to_zero(have: &Value, want: &Value) -> bool {
    to_or_from_zero(have, want) && want.as_i64() == Some(0)
}

fn to_or_from_zero(have: &Value, want: &Value) -> bool {
    (have.as_i64() == Some(0)) != (want.as_i64() == Some(0))
}

fn from_or_to_magnetic(have: &Value, want: &Value) -> bool {
    [have, want].iter().any(|v| v.as_str() == Some("standard"))
}

impl Resource for DbInstance {
    const CONSOLE: Option<&'static str> = Some("rds/home?region={region}#database:id={identifier};is-cluster=false");
    const SERVICE: &'static str = "rds";
    const PROTECTION: Option<&'static str> = Some("deletion_protection");
    const INDEX: Option<(&'static str, &'static str)> = Some(("rds", "db:"));
    const TYPICAL_CREATE_SECONDS: u64 = 16 * 60;
    const TYPICAL_UPDATE_SECONDS: u64 = 600;
    const TYPICAL_DELETE_SECONDS: u64 = 300;
    const EFFECTS: Effects = Effects {
        holds: Some("every table and row"),
        serves: Some("every connection to the database"),
        in_place: &[
            InPlace {
                arguments: &["instance_class"],
                does: Does::Interrupts,
                what: "connections: the instance is restarted; with a standby for the time of a failover",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["engine_version"],
                does: Does::Interrupts,
                what: "connections while the engine is upgraded, on a standby at the same time",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["license_model", "dedicated_log_volume", "port"],
                does: Does::Interrupts,
                what: "connections: the instance is restarted",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["db_subnet_group_name"],
                does: Does::Interrupts,
                what: "connections: the instance is rebooted in other subnets",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["identifier"],
                does: Does::Interrupts,
                what: "connections: the endpoint has another address",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["backup_retention_period"],
                does: Does::Interrupts,
                what: "connections: the instance is restarted when backups are switched on or off",
                when: to_or_from_zero,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["backup_retention_period"],
                does: Does::Loses,
                what: "the automated backups are deleted",
                when: to_zero,
                source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups-Deleting.html",
            },
            InPlace {
                arguments: &["storage_type"],
                does: Does::Interrupts,
                what: "connections for a moment, when the storage moves to or from magnetic",
                when: from_or_to_magnetic,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["ca_cert_identifier", "network_type"],
                does: Does::MayInterrupt,
                what: "connections: some engines restart for it",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["option_group_name"],
                does: Does::MayInterrupt,
                what: "connections: some options need a restart",
                when: impact::always,
                source: SETTINGS,
            },
            InPlace {
                arguments: &["vpc_security_group_ids"],
                does: Does::MayInterrupt,
                what: "connections that only a group allowed which is taken away",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
            },
        ],
        ..Effects::NONE
    };
    const IAM: Iam = Iam {
        passes_roles_to: &["monitoring.rds.amazonaws.com"],
        service_role: Some("rds.amazonaws.com"),
        ..Iam::named("identifier", "identifier_prefix", "cairn-")
    };
    const CALLS: Calls = Calls {
        read: &["rds:DescribeDBInstances"],
        create: &[
            "rds:CreateDBInstance",
            "rds:AddTagsToResource",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        update: &[
            "rds:ModifyDBInstance",
            "rds:AddTagsToResource",
            "rds:RemoveTagsFromResource",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ],
        delete: &["rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:CreateDBSnapshot"],
        read_cost: "1 per 100 instances of the account: DescribeDBInstances has no filter by tag, and gives tags along",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("password", "AWS never gives it back"),
        ("allow_major_version_upgrade", "it steers how Cairn works; AWS keeps nothing of it"),
        ("apply_immediately", "it steers how Cairn works; AWS keeps nothing of it"),
        ("delete_automated_backups", "it steers how Cairn works; AWS keeps nothing of it"),
        ("skip_final_snapshot", "it steers how Cairn works; AWS keeps nothing of it"),
        ("final_snapshot_identifier", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<DbInstance>>, Failure> {
        let instances = match scope.only() {
            Some(id) => describe(aws, Some(id)).await?,
            None => describe(aws, None).await?,
        };
        let names = scope.wanted_names("identifier", "identifier_prefix", "cairn-", LONGEST_NAME);
        let wanted = |name: &str, tags: &Tags| scope.only().is_some() || names.contains(name) || scope.owns(tags);
        let found = instances.into_iter().filter(|i| i.db_instance_status() != Some("deleting")).filter_map(|instance| {
            let tags = from_tags(instance.tag_list.clone());
            let id = instance.dbi_resource_id.clone()?;
            wanted(instance.db_instance_identifier().unwrap_or_default(), &tags).then(|| Found::new(id, value(&instance), tags))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, want: &DbInstance, making: &Making<'_>) -> Result<String, Failure> {
        let prefix = want.identifier_prefix.as_deref().unwrap_or("cairn-");
        let identifier = want.identifier.clone().unwrap_or_else(|| making.generated_name(prefix, LONGEST_NAME));
        let some = |set: &BTreeSet<String>| (!set.is_empty()).then(|| set.iter().cloned().collect::<Vec<_>>());
        let request = || {
            aws.rds
                .create_db_instance()
                .db_instance_identifier(&identifier)
                .engine(&want.engine)
                .set_engine_version(want.engine_version.clone())
                .set_engine_lifecycle_support(want.engine_lifecycle_support.clone())
                .db_instance_class(&want.instance_class)
                .allocated_storage(want.allocated_storage)
                .set_max_allocated_storage(want.max_allocated_storage)
                .set_storage_type(want.storage_type.clone())
                .set_iops(want.iops)
                .set_storage_throughput(want.storage_throughput)
                .set_dedicated_log_volume(want.dedicated_log_volume.then_some(true))
                .storage_encrypted(want.storage_encrypted)
                .set_kms_key_id(want.kms_key_id.clone())
                .set_db_name(want.db_name.clone())
                .master_username(&want.username)
                .set_master_user_password(want.password.clone())
                .set_manage_master_user_password(want.manage_master_user_password.then_some(true))
                .set_master_user_secret_kms_key_id(want.master_user_secret_kms_key_id.clone())
                .set_enable_iam_database_authentication(want.iam_database_authentication_enabled.then_some(true))
                .set_multi_az(want.multi_az)
                .set_availability_zone(want.availability_zone.clone())
                .set_db_subnet_group_name(want.db_subnet_group_name.clone())
                .set_vpc_security_group_ids(some(&want.vpc_security_group_ids))
                .publicly_accessible(want.publicly_accessible)
                .set_network_type(want.network_type.clone())
                .set_port(want.port)
                .set_ca_certificate_identifier(want.ca_cert_identifier.clone())
                .set_db_parameter_group_name(want.parameter_group_name.clone())
                .set_option_group_name(want.option_group_name.clone())
                .set_license_model(want.license_model.clone())
                .set_character_set_name(want.character_set_name.clone())
                .set_timezone(want.timezone.clone())
                .auto_minor_version_upgrade(want.auto_minor_version_upgrade)
                .set_preferred_maintenance_window(want.maintenance_window.clone())
                .set_preferred_backup_window(want.backup_window.clone())
                .set_backup_retention_period(want.backup_retention_period)
                .copy_tags_to_snapshot(want.copy_tags_to_snapshot)
                .deletion_protection(want.deletion_protection)
                .set_enable_cloudwatch_logs_exports(some(&want.enabled_cloudwatch_logs_exports))
                .set_monitoring_interval((want.monitoring_interval > 0).then_some(want.monitoring_interval))
                .set_monitoring_role_arn(want.monitoring_role_arn.clone())
                .set_enable_performance_insights(want.performance_insights_enabled.then_some(true))
                .set_performance_insights_kms_key_id(want.performance_insights_kms_key_id.clone())
                .set_performance_insights_retention_period(want.performance_insights_retention_period)
                .set_database_insights_mode(want.database_insights_mode.as_deref().map(DatabaseInsightsMode::from))
                .set_tags(Some(to_tags(&making.tags)))
        };
        let mut waited = false;
        let made = loop {
            let made = wait::while_failing(making.run, "the monitoring role to be usable", IAM_WITHIN, role_lags, || async {
                once!(aws_sdk_rds, request()).await.map_err(failed("rds:CreateDBInstance"))
            })
            .await;
            match made {
                // The name is free again only when its last owner has gone.
                Err(f) if f.kind == FailureKind::AlreadyExists && !waited && leaving(aws, &identifier).await? => {
                    waited = true;
                    wait::until(making.run, &format!("the last database {identifier} to be gone"), DELETE_WITHIN, || async {
                        Ok(if leaving(aws, &identifier).await? { Look::NotYet("deleting".into()) } else { Look::Ready(()) })
                    })
                    .await?;
                }
                other => break other?,
            }
        };
        let id = made.db_instance.and_then(|i| i.dbi_resource_id).ok_or_else(|| missing("rds:CreateDBInstance", "DbiResourceId"))?;
        serving(aws, &id, &identifier, making.run, CREATE_WITHIN, false).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<DbInstance>, want: &DbInstance, changing: &Changing<'_>) -> Result<(), Failure> {
        let identifier = have.value.identifier.clone().unwrap_or_default();
        // An instance that is being made or changed takes no other change (InvalidDBInstanceState).
        serving(aws, &have.id, &identifier, changing.run, UPDATE_WITHIN, false).await?;
        if let Some(request) = modify(aws, &identifier, &have.value, want, changing) {
            wait::while_failing(changing.run, "the monitoring role to be usable", IAM_WITHIN, role_lags, || async {
                request.clone().send().await.map_err(failed("rds:ModifyDBInstance"))
            })
            .await?;
            serving(aws, &have.id, &identifier, changing.run, UPDATE_WITHIN, want.apply_immediately).await?;
        }
        Ok(())
    }

    fn spared(have: &Value, config: Option<&Value>) -> Option<Spared> {
        let given = |name: &str| config.and_then(|c| c.get(name)).filter(|v| !v.is_null());
        match given("skip_final_snapshot").map(Value::as_bool) {
            Some(Some(true)) => return None,
            Some(None) => return Some(Spared::Grace("a final snapshot is taken only if skip_final_snapshot turns out false".to_string())),
            Some(Some(false)) | None => {}
        }
        let name = given("final_snapshot_identifier").and_then(Value::as_str);
        let database = have.get_str("identifier").unwrap_or_default();
        let called = name.map_or_else(|| format!("{database}-final-…"), str::to_string);
        Some(Spared::Kept(format!("a final snapshot is taken first, {called}; a new database does not start from it by itself")))
    }

    fn postponed(config: &Value) -> Option<&'static str> {
        let at_once = config.get("apply_immediately").and_then(Value::as_bool) == Some(true);
        (!at_once).then_some("in the next maintenance window, as apply_immediately is not set")
    }

    async fn delete(aws: &Aws, have: &Found<DbInstance>, removing: &Removing<'_, DbInstance>) -> Result<(), Failure> {
        let identifier = have.value.identifier.clone().unwrap_or_default();
        let config = removing.config.as_ref();
        if have.value.deletion_protection {
            if config.is_none_or(|c| c.deletion_protection) {
                let message = format!("database {identifier} is protected from deletion: apply `deletion_protection = false` first");
                return Err(Failure::new(FailureKind::Invalid, message));
            }
            let call = aws.rds.modify_db_instance().db_instance_identifier(&identifier).deletion_protection(false).apply_immediately(true);
            call.send().await.map_err(failed("rds:ModifyDBInstance"))?;
        }
        let skip = config.is_some_and(|c| c.skip_final_snapshot);
        let named = config.and_then(|c| c.final_snapshot_identifier.clone());
        // Without a configuration there is nobody who said that the data may go. The id of an instance
        // is given once, so the snapshot's name is free.
        let snapshot = (!skip).then(|| named.unwrap_or_else(|| format!("{identifier}-final-{}", have.id.to_ascii_lowercase())));
        let busy = |f: &Failure| f.code.starts_with("InvalidDBInstanceState");
        wait::while_failing(removing.run, &format!("database {identifier} to be ready to be deleted"), UPDATE_WITHIN, busy, || async {
            if describe(aws, Some(&have.id)).await?.iter().all(|i| i.db_instance_status() == Some("deleting")) {
                return Ok(());
            }
            let call = aws
                .rds
                .delete_db_instance()
                .db_instance_identifier(&identifier)
                .skip_final_snapshot(skip)
                .set_final_db_snapshot_identifier(snapshot.clone())
                .delete_automated_backups(config.is_some_and(|c| c.delete_automated_backups));
            gone(call.send().await.map_err(failed("rds:DeleteDBInstance")))
        })
        .await?;
        wait::until(removing.run, &format!("database {identifier} to be gone"), DELETE_WITHIN, || async {
            Ok(match describe(aws, Some(&have.id)).await?.first() {
                Some(instance) => Look::NotYet(instance.db_instance_status().unwrap_or_default().to_string()),
                None => Look::Ready(()),
            })
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<DbInstance>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        adjust(live, config, planned)
    }
}

/// All instances, or the one with this resource id.
async fn describe(aws: &Aws, id: Option<&str>) -> Result<Vec<RdsInstance>, Failure> {
    let filter = id.map(|id| vec![Filter::builder().name("dbi-resource-id").values(id).build()]);
    let mut pages = aws.rds.describe_db_instances().set_filters(filter).max_records(PAGE).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = absent(page.map_err(failed("rds:DescribeDBInstances")))? else { break };
        found.extend(page.db_instances.unwrap_or_default());
    }
    found.retain(|i| id.is_none_or(|id| i.dbi_resource_id() == Some(id)));
    Ok(found)
}

/// True while the instance that has this name is being deleted.
async fn leaving(aws: &Aws, identifier: &str) -> Result<bool, Failure> {
    let call = aws.rds.describe_db_instances().db_instance_identifier(identifier);
    let answer = absent(call.send().await.map_err(failed("rds:DescribeDBInstances")))?;
    Ok(answer.is_some_and(|a| a.db_instances().iter().any(|i| i.db_instance_status() == Some("deleting"))))
}

/// Waits until an instance serves and, when changes are carried out at once, until none is pending.
async fn serving(aws: &Aws, id: &str, identifier: &str, run: Run<'_>, limit: Duration, settled: bool) -> Result<(), Failure> {
    wait::until(run, &format!("database {identifier} to be available"), limit, || async {
        let instances = describe(aws, Some(id)).await?;
        let Some(instance) = instances.first() else { return Ok(Look::NotYet("not visible yet".into())) };
        let status = instance.db_instance_status().unwrap_or_default();
        if STUCK.contains(&status) {
            return Err(Failure::new(
                FailureKind::Other,
                format!("database {identifier} is {status}; AWS's events of the instance say why"),
            ));
        }
        let unknown = aws_sdk_rds::types::PendingModifiedValues::builder().build();
        let pending = settled && instance.pending_modified_values().is_some_and(|p| *p != unknown);
        Ok(match (SERVES.contains(&status), pending) {
            (true, false) => Look::Ready(()),
            (true, true) => Look::NotYet("changes pending".into()),
            (false, _) => Look::NotYet(status.to_string()),
        })
    })
    .await
}

/// A role that was just made is not visible to RDS at once.
fn role_lags(failure: &Failure) -> bool {
    failure.code == "InvalidParameterValue"
        && failure.message.contains("IAM role ARN value is invalid or does not include the required permissions")
}

/// One ModifyDBInstance with what differs; nothing when nothing of it is RDS's affair.
fn modify(
    aws: &Aws,
    identifier: &str,
    have: &DbInstance,
    want: &DbInstance,
    changing: &Changing<'_>,
) -> Option<aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder> {
    let mut call = aws.rds.modify_db_instance().db_instance_identifier(identifier).apply_immediately(want.apply_immediately);
    let mut any = false;
    macro_rules! set {
        ($name:literal, $method:ident, $value:expr) => {
            if changing.any(&[$name]) {
                call = call.$method($value);
                any = true;
            }
        };
    }
    set!("identifier", set_new_db_instance_identifier, want.identifier.clone());
    set!("instance_class", db_instance_class, &want.instance_class);
    set!("engine_version", set_engine_version, want.engine_version.clone());
    set!("engine_version", set_allow_major_version_upgrade, want.allow_major_version_upgrade);
    set!("dedicated_log_volume", dedicated_log_volume, want.dedicated_log_volume);
    set!("iam_database_authentication_enabled", enable_iam_database_authentication, want.iam_database_authentication_enabled);
    set!("multi_az", set_multi_az, want.multi_az);
    set!("db_subnet_group_name", set_db_subnet_group_name, want.db_subnet_group_name.clone());
    set!("vpc_security_group_ids", set_vpc_security_group_ids, Some(want.vpc_security_group_ids.iter().cloned().collect()));
    set!("publicly_accessible", publicly_accessible, want.publicly_accessible);
    set!("network_type", set_network_type, want.network_type.clone());
    set!("port", set_db_port_number, want.port);
    set!("ca_cert_identifier", set_ca_certificate_identifier, want.ca_cert_identifier.clone());
    set!("parameter_group_name", set_db_parameter_group_name, want.parameter_group_name.clone());
    set!("option_group_name", set_option_group_name, want.option_group_name.clone());
    set!("license_model", set_license_model, want.license_model.clone());
    set!("auto_minor_version_upgrade", auto_minor_version_upgrade, want.auto_minor_version_upgrade);
    set!("maintenance_window", set_preferred_maintenance_window, want.maintenance_window.clone());
    set!("backup_window", set_preferred_backup_window, want.backup_window.clone());
    set!("backup_retention_period", set_backup_retention_period, want.backup_retention_period);
    set!("copy_tags_to_snapshot", copy_tags_to_snapshot, want.copy_tags_to_snapshot);
    set!("deletion_protection", deletion_protection, want.deletion_protection);
    set!("monitoring_interval", monitoring_interval, want.monitoring_interval);
    if changing.any(&["monitoring_interval", "monitoring_role_arn"]) && want.monitoring_interval > 0 {
        call = call.set_monitoring_role_arn(want.monitoring_role_arn.clone()).monitoring_interval(want.monitoring_interval);
        any = true;
    }
    set!("performance_insights_enabled", enable_performance_insights, want.performance_insights_enabled);
    set!("performance_insights_kms_key_id", set_performance_insights_kms_key_id, want.performance_insights_kms_key_id.clone());
    set!("performance_insights_retention_period", set_performance_insights_retention_period, want.performance_insights_retention_period);
    if changing.any(&["database_insights_mode"]) {
        // The advanced mode is switched together with Performance Insights and its 465 days (ModifyDBInstance).
        call = call
            .set_database_insights_mode(want.database_insights_mode.as_deref().map(DatabaseInsightsMode::from))
            .enable_performance_insights(want.performance_insights_enabled)
            .set_performance_insights_retention_period(want.performance_insights_retention_period);
        any = true;
    }
    if changing.any(&["allocated_storage", "iops", "storage_throughput", "storage_type"]) {
        // A change of one is refused without the others that go with it (ModifyDBInstance, `Iops`).
        call = call.allocated_storage(want.allocated_storage);
        if changing.any(&["storage_type"]) {
            call = call.set_storage_type(want.storage_type.clone());
        }
        if changing.any(&["iops", "storage_throughput"]) || want.storage_type.as_deref().is_some_and(|t| t.starts_with("io")) {
            call = call.set_iops(want.iops);
        }
        if changing.any(&["iops", "storage_throughput"]) && want.storage_type.as_deref() == Some("gp3") {
            call = call.set_storage_throughput(want.storage_throughput);
        }
        any = true;
    }
    if changing.any(&["max_allocated_storage"]) {
        // Growth is switched off by a maximum that is reached (RDS user guide, "Turning off storage autoscaling").
        call = call.max_allocated_storage(want.max_allocated_storage.unwrap_or(want.allocated_storage));
        any = true;
    }
    if changing.any(&["manage_master_user_password"]) {
        call = call.manage_master_user_password(want.manage_master_user_password);
        if !want.manage_master_user_password {
            call = call.set_master_user_password(want.password.clone());
        }
        any = true;
    }
    if want.manage_master_user_password && changing.any(&["manage_master_user_password", "master_user_secret_kms_key_id"]) {
        call = call.set_master_user_secret_kms_key_id(want.master_user_secret_kms_key_id.clone());
        any = true;
    }
    if changing.any(&["enabled_cloudwatch_logs_exports"]) {
        let (old, new) = (&have.enabled_cloudwatch_logs_exports, &want.enabled_cloudwatch_logs_exports);
        let less =
            |a: &BTreeSet<String>, b: &BTreeSet<String>| Some(a.difference(b).cloned().collect::<Vec<_>>()).filter(|d| !d.is_empty());
        let logs = CloudwatchLogsExportConfiguration::builder().set_enable_log_types(less(new, old)).set_disable_log_types(less(old, new));
        call = call.cloudwatch_logs_export_configuration(logs.build());
        any = true;
    }
    any.then_some(call)
}

/// What AWS has. A change that waits for the maintenance window counts as made: it is on its way, and
/// nothing that a run could do again.
fn value(i: &RdsInstance) -> DbInstance {
    let pending = i.pending_modified_values();
    let text = |pending: Option<&str>, now: Option<&str>| pending.or(now).filter(|t| !t.is_empty()).map(str::to_string);
    let allocated = pending.and_then(|p| p.allocated_storage).or(i.allocated_storage).unwrap_or_default();
    let mut logs: BTreeSet<String> = i.enabled_cloudwatch_logs_exports().iter().cloned().collect();
    if let Some(p) = pending.and_then(|p| p.pending_cloudwatch_logs_exports()) {
        logs.extend(p.log_types_to_enable().iter().cloned());
        logs.retain(|l| !p.log_types_to_disable().contains(l));
    }
    // A group that is on its way in stands beside the one on its way out.
    let options = i.option_group_memberships();
    let incoming = options
        .iter()
        .find(|o| o.status().is_some_and(|s| s.contains("pending-apply") || s.contains("pending-maintenance-apply") || s == "applying"));
    let secret = i.master_user_secret();
    let endpoint = i.endpoint().filter(|e| e.address().is_some_and(|a| !a.is_empty()));
    let port = pending.and_then(|p| p.port).or(endpoint.and_then(|e| e.port)).or(i.db_instance_port.filter(|p| *p > 0));
    DbInstance {
        identifier: text(pending.and_then(|p| p.db_instance_identifier()), i.db_instance_identifier()),
        identifier_prefix: i.db_instance_identifier().and_then(prefix_of),
        engine: i.engine.clone().unwrap_or_default(),
        engine_version: text(pending.and_then(|p| p.engine_version()), i.engine_version()),
        engine_version_actual: i.engine_version.clone(),
        engine_lifecycle_support: text(None, i.engine_lifecycle_support()),
        instance_class: text(pending.and_then(|p| p.db_instance_class()), i.db_instance_class()).unwrap_or_default(),
        allocated_storage: allocated,
        max_allocated_storage: i.max_allocated_storage.filter(|m| *m > 0),
        storage_type: text(pending.and_then(|p| p.storage_type()), i.storage_type()),
        iops: pending.and_then(|p| p.iops).or(i.iops).filter(|n| *n > 0),
        storage_throughput: pending.and_then(|p| p.storage_throughput).or(i.storage_throughput).filter(|n| *n > 0),
        dedicated_log_volume: pending.and_then(|p| p.dedicated_log_volume).or(i.dedicated_log_volume).unwrap_or_default(),
        storage_encrypted: i.storage_encrypted.unwrap_or_default(),
        kms_key_id: text(None, i.kms_key_id()),
        db_name: text(None, i.db_name()),
        username: i.master_username.clone().unwrap_or_default(),
        password: None,
        manage_master_user_password: secret.is_some(),
        master_user_secret_kms_key_id: secret.and_then(|s| s.kms_key_id.clone()),
        master_user_secret: secret
            .map(|s| MasterUserSecret {
                kms_key_id: s.kms_key_id.clone(),
                secret_arn: s.secret_arn.clone(),
                secret_status: s.secret_status.clone(),
            })
            .into_iter()
            .collect(),
        iam_database_authentication_enabled: pending
            .and_then(|p| p.iam_database_authentication_enabled)
            .or(i.iam_database_authentication_enabled)
            .unwrap_or_default(),
        multi_az: pending.and_then(|p| p.multi_az).or(i.multi_az).or(Some(false)),
        availability_zone: text(None, i.availability_zone()),
        db_subnet_group_name: text(
            pending.and_then(|p| p.db_subnet_group_name()),
            i.db_subnet_group().and_then(|g| g.db_subnet_group_name()),
        ),
        vpc_security_group_ids: i
            .vpc_security_groups()
            .iter()
            .filter(|g| g.status() != Some("removing"))
            .filter_map(|g| g.vpc_security_group_id.clone())
            .collect(),
        publicly_accessible: i.publicly_accessible.unwrap_or_default(),
        network_type: text(None, i.network_type()),
        port,
        ca_cert_identifier: text(pending.and_then(|p| p.ca_certificate_identifier()), i.ca_certificate_identifier()),
        parameter_group_name: i.db_parameter_groups().first().and_then(|g| g.db_parameter_group_name.clone()),
        option_group_name: incoming.or(options.first()).and_then(|o| o.option_group_name.clone()),
        license_model: text(pending.and_then(|p| p.license_model()), i.license_model()),
        character_set_name: text(None, i.character_set_name()),
        timezone: text(None, i.timezone()),
        auto_minor_version_upgrade: i.auto_minor_version_upgrade.unwrap_or_default(),
        allow_major_version_upgrade: None,
        apply_immediately: false,
        maintenance_window: text(None, i.preferred_maintenance_window()),
        backup_window: text(None, i.preferred_backup_window()),
        backup_retention_period: pending.and_then(|p| p.backup_retention_period).or(i.backup_retention_period),
        copy_tags_to_snapshot: i.copy_tags_to_snapshot.unwrap_or_default(),
        delete_automated_backups: true,
        deletion_protection: i.deletion_protection.unwrap_or_default(),
        skip_final_snapshot: false,
        final_snapshot_identifier: None,
        enabled_cloudwatch_logs_exports: logs,
        monitoring_interval: i.monitoring_interval.unwrap_or_default(),
        monitoring_role_arn: text(None, i.monitoring_role_arn()),
        performance_insights_enabled: i.performance_insights_enabled.unwrap_or_default(),
        performance_insights_kms_key_id: text(None, i.performance_insights_kms_key_id()),
        performance_insights_retention_period: i.performance_insights_retention_period.filter(|d| *d > 0),
        database_insights_mode: i.database_insights_mode.as_ref().map(|m| m.as_str().to_string()),
        address: endpoint.and_then(|e| e.address.clone()),
        endpoint: endpoint.and_then(|e| Some(format!("{}:{}", e.address()?, e.port?))),
        hosted_zone_id: endpoint.and_then(|e| e.hosted_zone_id.clone()),
        listener_endpoint: i
            .listener_endpoint()
            .map(|e| ListenerEndpoint { address: e.address.clone(), hosted_zone_id: e.hosted_zone_id.clone(), port: e.port })
            .into_iter()
            .collect(),
        domain_fqdn: i.domain_memberships().first().and_then(|d| d.fqdn.clone()),
        upgrade_rollout_order: i.upgrade_rollout_order().map(|o| o.as_str().to_string()),
        replicas: i.read_replica_db_instance_identifiers().to_vec(),
        resource_id: i.dbi_resource_id.clone(),
        status: i.db_instance_status.clone(),
        arn: i.db_instance_arn.clone(),
    }
}

/// Cross-argument rules of CreateDBInstance and ModifyDBInstance.
fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut refuse = |attribute: &str, message: String| refusals.push(Refusal { attribute: attribute.into(), message });
    let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
    let unset = |name: &str| !given(name);
    let is = |value: &Value, name: &str| value.get(name).and_then(Value::as_bool);
    let int = |value: &Value, name: &str| value.get(name).and_then(Value::as_i64);

    if given("password") && is(config, "manage_master_user_password") == Some(true) {
        refuse("password", "`password` and `manage_master_user_password` exclude each other".into());
    }
    if unset("password") && is(&planned, "manage_master_user_password") == Some(false) && live.is_none() {
        refuse("password", "set `manage_master_user_password = true`, or a `password`".into());
    }
    if is(&planned, "multi_az") == Some(true) && given("availability_zone") {
        refuse(
            "availability_zone",
            "AWS picks the zones of a database with `multi_az`, and swaps them at each failover: take `availability_zone` out".into(),
        );
    }
    if given("identifier") && given("identifier_prefix") {
        refuse("identifier_prefix", "`identifier` and `identifier_prefix` exclude each other".into());
    }
    if given("kms_key_id") && is(&planned, "storage_encrypted") == Some(false) {
        refuse("kms_key_id", "a key needs `storage_encrypted = true`".into());
    }
    if int(&planned, "monitoring_interval").is_some_and(|n| n > 0) && unset("monitoring_role_arn") {
        refuse("monitoring_interval", "Enhanced Monitoring needs a `monitoring_role_arn`".into());
    }
    // Growing by itself is off where there is no room to grow.
    let (size, most) = (int(&planned, "allocated_storage"), int(&planned, "max_allocated_storage"));
    match (size, most) {
        (_, Some(0)) => planned = planned.with("max_allocated_storage", Value::null()),
        (Some(size), Some(most)) if most == size => planned = planned.with("max_allocated_storage", Value::null()),
        (Some(size), Some(most)) if most < size => {
            refuse("max_allocated_storage", format!("{most} GiB is less than `allocated_storage`, {size} GiB"));
        }
        _ => {}
    }
    let Some(live) = live else { return if refusals.is_empty() { Ok(planned) } else { Err(refusals) } };

    // A maximum that is reached is none.
    let reached = int(live, "max_allocated_storage").zip(int(live, "allocated_storage")).is_some_and(|(most, size)| most <= size);
    if let (true, true, Some(most)) =
        (reached, planned.get("max_allocated_storage").is_some_and(Value::is_null), live.get("max_allocated_storage"))
    {
        planned = planned.with("max_allocated_storage", most.clone());
    }
    if let (Some(have), Some(want)) = (int(live, "allocated_storage"), int(&planned, "allocated_storage")) {
        let grew =
            have > want && planned.get("max_allocated_storage").is_some_and(|m| m.is_unknown() || m.as_i64().is_some_and(|m| have <= m));
        if grew {
            planned = planned.with("allocated_storage", Value::number(have));
        } else if have > want {
            refuse("allocated_storage", format!("it is {have} GiB, and AWS can't shrink a database's storage to {want} GiB"));
        }
    }
    let engine = planned.get_str("engine").unwrap_or_default().to_string();
    let versions = live.get_str("engine_version").zip(planned.get_str("engine_version")).filter(|(have, want)| have != want);
    if let Some((have, want)) = versions.map(|(h, w)| (h.to_string(), w.to_string())) {
        let major = major(&engine, &have) != major(&engine, &want);
        if older(&want, &have) {
            refuse(
                "engine_version",
                format!(
                    "it runs {have}, and AWS can't go back to {want}; a prefix such as {} takes whichever runs",
                    self::major(&engine, &have)
                ),
            );
        } else if major && is(config, "allow_major_version_upgrade") != Some(true) {
            refuse(
                "engine_version",
                format!(
                    "from {have} to {want} is a major upgrade, with downtime and no way back: it needs `allow_major_version_upgrade = true`"
                ),
            );
        }
        for (name, decides) in [("parameter_group_name", major), ("option_group_name", major), ("engine_version_actual", true)] {
            if decides && unset(name) {
                planned = planned.with(name, Value::unknown(Type::String));
            }
        }
    }
    let differs = |planned: &Value, name: &str| live.get(name).map(Value::deep_unmarked) != planned.get(name).map(Value::deep_unmarked);
    if differs(&planned, "storage_type") {
        for name in ["iops", "storage_throughput"].into_iter().filter(|n| unset(n)) {
            planned = planned.with(name, Value::unknown(Type::Number));
        }
    }
    if differs(&planned, "manage_master_user_password") {
        let secret = planned.get("master_user_secret").map_or(Type::Dynamic, Value::ty);
        let secret = if secret == Type::list(Type::Dynamic) || secret == Type::Dynamic { secret_type() } else { secret };
        planned = planned.with("master_user_secret", Value::unknown(secret));
        if unset("master_user_secret_kms_key_id") {
            planned = planned.with("master_user_secret_kms_key_id", Value::unknown(Type::String));
        }
    }
    for name in ["address", "endpoint", "hosted_zone_id"] {
        // Still being made, by a run that ended before it was: its address is yet to come.
        let creating = live.get("address").is_none_or(Value::is_null)
            && live.get_str("status").is_some_and(|s| !SERVES.contains(&s) && !STUCK.contains(&s) && s != "stopped" && s != "stopping");
        if creating || differs(&planned, "identifier") {
            planned = planned.with(name, Value::unknown(Type::String));
        }
    }
    if differs(&planned, "port") {
        planned = planned.with("endpoint", Value::unknown(Type::String));
    }
    if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
}

fn secret_type() -> Type {
    Type::list(Type::object(["kms_key_id", "secret_arn", "secret_status"].map(|n| (n.to_string(), Type::String))))
}

/// The part of a version that a major upgrade changes: two numbers for MySQL, MariaDB and PostgreSQL
/// before 10, one for the others.
fn major(engine: &str, version: &str) -> String {
    let mut parts = version.split('.');
    let first = parts.next().unwrap_or_default();
    let two = engine.starts_with("mysql") || engine.starts_with("mariadb") || (engine.starts_with("postgres") && first.len() < 2);
    match parts.next() {
        Some(second) if two => format!("{first}.{second}"),
        _ => first.to_string(),
    }
}

/// True when a version, or every version that a prefix stands for, comes before another.
fn older(want: &str, have: &str) -> bool {
    let numbers = |v: &str| v.split('.').map_while(|p| p.parse::<u64>().ok()).collect::<Vec<_>>();
    let (want, have) = (numbers(want), numbers(have));
    let shared = want.len().min(have.len());
    want.iter().take(shared).lt(have.iter().take(shared))
}

fn identifier(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(fits) || text.contains("--") {
        return Err(format!("must begin with a lower-case letter and hold lower-case letters, digits and single hyphens, not \"{text}\""));
    }
    Ok(())
}

fn monitoring(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if ![0, 1, 5, 10, 15, 30, 60].contains(&n) => Err(format!("must be one of 0, 1, 5, 10, 15, 30, 60, not {n}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(pairs: &[(&str, Value)]) -> Value {
        Value::object_of(pairs.iter().map(|(k, v)| (k.to_string(), v.clone())))
    }

    #[test]
    fn a_database_that_goes_leaves_a_snapshot_unless_told_otherwise() {
        let have = object(&[("identifier", "shop".into())]);
        let kept = |config: Option<&Value>| DbInstance::spared(&have, config);
        assert!(matches!(kept(None), Some(Spared::Kept(why)) if why.contains("shop-final-")));
        let named = object(&[("skip_final_snapshot", Value::bool(false)), ("final_snapshot_identifier", "last".into())]);
        assert!(matches!(kept(Some(&named)), Some(Spared::Kept(why)) if why.contains("last")));
        assert_eq!(kept(Some(&object(&[("skip_final_snapshot", Value::bool(true))]))), None);
    }

    #[test]
    fn what_interrupts_and_what_does_not() {
        let (none, week, month) = (Value::from(0i64), Value::from(7i64), Value::from(30i64));
        assert!(to_or_from_zero(&none, &week) && to_or_from_zero(&week, &none) && !to_or_from_zero(&week, &month));
        assert!(to_zero(&week, &none) && !to_zero(&none, &week));
        assert!(from_or_to_magnetic(&"standard".into(), &"gp3".into()) && !from_or_to_magnetic(&"gp2".into(), &"gp3".into()));
        let at_once = object(&[("apply_immediately", Value::bool(true))]);
        assert!(DbInstance::postponed(&at_once).is_none() && DbInstance::postponed(&object(&[])).is_some());
    }

    fn storage(have: i64, want: i64, most: Option<i64>) -> Result<Value, Vec<Refusal>> {
        let live = object(&[("allocated_storage", have.into()), ("address", "db.example".into())]);
        let planned = object(&[("allocated_storage", want.into()), ("max_allocated_storage", most.map_or_else(Value::null, Value::from))]);
        adjust(Some(&live), &planned.clone(), planned)
    }

    #[test]
    fn storage_that_grew_by_itself_is_no_difference() {
        let grown = storage(140, 100, Some(500)).expect("grown");
        assert_eq!(grown.get("allocated_storage").and_then(Value::as_i64), Some(140));
        assert!(storage(200, 150, None).is_err());
        assert!(storage(200, 100, Some(150)).is_err());
        assert_eq!(storage(100, 200, Some(500)).expect("growing").get("allocated_storage").and_then(Value::as_i64), Some(200));
    }

    fn version(have: &str, want: &str, allow: bool) -> Result<Value, Vec<Refusal>> {
        let live = object(&[("engine_version", have.into()), ("address", "db.example".into())]);
        let config = object(&[("allow_major_version_upgrade", allow.into())]);
        adjust(Some(&live), &config, object(&[("engine", "postgres".into()), ("engine_version", want.into())]))
    }

    #[test]
    fn versions_go_forward_only() {
        assert!(version("17.4", "17.6", false).is_ok());
        assert!(version("17.4", "17.2", false).is_err());
        assert!(version("16.8", "17", false).is_err());
        assert!(version("16.8", "17", true).is_ok());
        assert!(version("17.4", "16", true).is_err());
        assert_eq!(major("mysql", "8.0.35"), "8.0");
        assert_eq!(major("postgres", "9.6.24"), "9.6");
        assert_eq!(major("postgres", "17.4"), "17");
    }

    #[test]
    fn a_standby_has_no_zone_of_its_own() {
        let config = object(&[("multi_az", true.into()), ("availability_zone", "eu-west-1a".into())]);
        assert!(adjust(None, &config, config.clone()).is_err());
    }

    /// An unknown zone would replace the database, since a zone can't be changed in place.
    #[test]
    fn a_standby_that_comes_or_goes_replaces_nothing() {
        let live = object(&[("multi_az", false.into()), ("availability_zone", "eu-west-1a".into())]);
        let wanted = live.clone().with("multi_az", true.into());
        let planned = adjust(Some(&live), &object(&[("multi_az", true.into())]), wanted.clone()).unwrap();
        assert_eq!(planned.get("availability_zone"), wanted.get("availability_zone"));
    }

    #[test]
    fn what_waits_for_the_window_counts_as_made() {
        let pending =
            aws_sdk_rds::types::PendingModifiedValues::builder().db_instance_class("db.m7g.xlarge").allocated_storage(200).build();
        let instance =
            RdsInstance::builder().db_instance_class("db.m7g.large").allocated_storage(100).pending_modified_values(pending).build();
        let value = value(&instance);
        assert_eq!(value.instance_class, "db.m7g.xlarge");
        assert_eq!(value.allocated_storage, 200);
    }
}
