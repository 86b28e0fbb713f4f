//! `aws_ecs_cluster`.

use super::{from_tags, tag, to_tags};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use crate::wire::{Wire, sent, unbuilt, wire};
use aws_sdk_ecs::types::{self, ClusterField, ClusterServiceConnectDefaultsRequest};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use cairn_model::{Value, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// A place where tasks and services run.
///
/// `CreateCluster` is idempotent by name and arguments, tags among them: another cluster of the name is refused
/// (`InvalidParameterException`), so that nobody's is taken over. A deleted cluster is `INACTIVE` for a while, can still be
/// described, and its name can be taken again (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>).
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ecs_cluster", tags)]
pub struct Cluster {
    /// Name of the cluster.
    #[attr(required, force_new, key, check = name)]
    name: String,
    /// How commands are run in containers, and how storage is encrypted. AWS has no call that takes it off again: left out, it stays.
    #[block(computed)]
    configuration: Option<Configuration>,
    /// The namespace of services that name none.
    #[block]
    service_connect_defaults: Option<ServiceConnectDefaults>,
    /// Container Insights. Left out, it is what the account's setting says.
    #[block(computed)]
    setting: BTreeSet<Setting>,
    /// ARN of the cluster.
    #[attr(computed)]
    arn: Option<String>,
}

/// The namespace of services that name none.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct ServiceConnectDefaults {
    /// ARN of the Cloud Map namespace.
    #[attr(required, check = arn)]
    namespace: String,
}

wire! {
    /// How commands are run in containers, and how storage is encrypted.
    Configuration => plain ClusterConfiguration {
        /// ECS Exec.
        #[block]
        execute_command_configuration: Option<ExecuteCommand> => one execute_command_configuration set_execute_command_configuration,
        /// Keys of what Fargate stores.
        #[block]
        managed_storage_configuration: Option<ManagedStorage> => one managed_storage_configuration set_managed_storage_configuration,
    }
}

wire! {
    /// ECS Exec.
    ExecuteCommand => plain ExecuteCommandConfiguration {
        /// Key that encrypts what goes between client and container.
        #[attr(optional)]
        kms_key_id: Option<String> => text_opt kms_key_id set_kms_key_id,
        /// What is logged: `NONE`, `DEFAULT` (as the task definition says) or `OVERRIDE` (as `log_configuration` says).
        #[attr(default = "DEFAULT", check = one_of!("NONE", "DEFAULT", "OVERRIDE"))]
        logging: String => (text_or "DEFAULT") logging set_logging,
        /// Where commands and their output are logged.
        #[block]
        log_configuration: Option<ExecuteCommandLog> => one log_configuration set_log_configuration,
    }
}

wire! {
    /// Where commands and their output are logged.
    ExecuteCommandLog => plain ExecuteCommandLogConfiguration {
        /// Log group.
        #[attr(optional)]
        cloud_watch_log_group_name: Option<String> => text_opt cloud_watch_log_group_name set_cloud_watch_log_group_name,
        /// The log group is encrypted.
        #[attr(default = false)]
        cloud_watch_encryption_enabled: bool => plain cloud_watch_encryption_enabled set_cloud_watch_encryption_enabled,
        /// Bucket.
        #[attr(optional)]
        s3_bucket_name: Option<String> => text_opt s3_bucket_name set_s3_bucket_name,
        /// The bucket is encrypted.
        #[attr(default = false)]
        s3_bucket_encryption_enabled: bool => plain s3_encryption_enabled set_s3_encryption_enabled,
        /// Folder in the bucket.
        #[attr(optional)]
        s3_key_prefix: Option<String> => text_opt s3_key_prefix set_s3_key_prefix,
    }
}

wire! {
    /// Keys of what Fargate stores.
    ManagedStorage => plain ManagedStorageConfiguration {
        /// Key of the ephemeral storage of Fargate tasks.
        #[attr(optional)]
        fargate_ephemeral_storage_kms_key_id: Option<String> => text_opt fargate_ephemeral_storage_kms_key_id set_fargate_ephemeral_storage_kms_key_id,
        /// Key of managed storage.
        #[attr(optional)]
        kms_key_id: Option<String> => text_opt kms_key_id set_kms_key_id,
    }
}

wire! {
    /// A setting.
    Setting => plain ClusterSetting {
        /// `containerInsights`.
        #[attr(required, check = one_of!("containerInsights"))]
        name: String => (text_or "") name set_name,
        /// `enabled`, `enhanced` or `disabled`.
        #[attr(required, check = one_of!("enabled", "enhanced", "disabled"))]
        value: String => (text_or "") value set_value,
    }
}

/// Most names of one DescribeClusters.
const AT_ONCE: usize = 100;
/// How long tasks that end by themselves are waited for.
const TASKS: Duration = Duration::from_secs(600);

impl Resource for Cluster {
    const CONSOLE: Option<&'static str> = Some("ecs/v2/clusters/{name}/services?region={region}");
    const SERVICE: &'static str = "ecs";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ecs", "cluster/"));
    const TYPICAL_CREATE_SECONDS: u64 = 10;
    const EFFECTS: Effects = Effects { serves: Some("the services and tasks that run in it"), ..Effects::NONE };
    const IAM: Iam = Iam { service_role: Some("ecs.amazonaws.com"), ..Iam::named("name", "", "") };
    const CALLS: Calls = Calls {
        read: &["ecs:DescribeClusters"],
        create: &["ecs:CreateCluster", "ecs:DescribeClusters", "ecs:TagResource"],
        update: &["ecs:UpdateCluster", "ecs:TagResource", "ecs:UntagResource"],
        delete: &["ecs:DeleteCluster"],
        read_cost: "1 per 100",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[("setting.name", "AWS has one setting only")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Cluster>>, Failure> {
        let mut names = scope.wanted_texts("name");
        let indexed = scope.indexed::<Cluster>(aws).await?;
        names.extend(indexed.iter().filter_map(|arn| arn.rsplit('/').next()).map(str::to_string));
        names.extend(scope.only().map(str::to_string));
        let names: Vec<String> = names.into_iter().collect();
        let read = futures::future::try_join_all(names.chunks(AT_ONCE).map(|some| describe(aws, some))).await?;
        Ok(read.into_iter().flatten().filter(lives).map(found).collect())
    }

    async fn create(aws: &Aws, want: &Cluster, making: &Making<'_>) -> Result<String, Failure> {
        let call = aws
            .ecs
            .create_cluster()
            .cluster_name(&want.name)
            .set_configuration(want.configuration.as_ref().map(Configuration::send).transpose()?)
            .set_settings(sent(&want.setting)?)
            .set_service_connect_defaults(namespace(want.service_connect_defaults.as_ref())?)
            .set_tags(to_tags(&making.tags));
        call.send().await.map_err(failed("ecs:CreateCluster"))?;
        ready(aws, want, making).await?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, have: &Found<Cluster>, want: &Cluster, changing: &Changing<'_>) -> Result<(), Failure> {
        let mut call = aws.ecs.update_cluster().cluster(&have.id);
        if changing.any(&["setting"]) {
            call = call.set_settings(sent(&want.setting)?);
        }
        if changing.any(&["configuration"]) {
            call = call.set_configuration(want.configuration.as_ref().map(Configuration::send).transpose()?);
        }
        if changing.any(&["service_connect_defaults"]) {
            // "If you update the cluster with an empty string for the namespace name, the cluster configuration for Service
            // Connect is removed": https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html
            let nowhere = ServiceConnectDefaults { namespace: String::new() };
            call = call.set_service_connect_defaults(namespace(Some(want.service_connect_defaults.as_ref().unwrap_or(&nowhere)))?);
        }
        call.send().await.map_err(failed("ecs:UpdateCluster")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Cluster>, removing: &Removing<'_, Cluster>) -> Result<(), Failure> {
        // Tasks of a schedule end by themselves; services and instances are somebody's to take away first.
        let busy = |f: &Failure| f.code.contains("ClusterContainsTasks") || f.code.contains("UpdateInProgress");
        let result = wait::while_failing(removing.run, "the cluster's tasks to end", TASKS, busy, || async {
            aws.ecs.delete_cluster().cluster(&have.id).send().await.map_err(failed("ecs:DeleteCluster"))
        });
        gone(result.await)
    }

    async fn tag(aws: &Aws, have: &Found<Cluster>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }
}

async fn describe(aws: &Aws, names: &[String]) -> Result<Vec<types::Cluster>, Failure> {
    let fields = [ClusterField::Tags, ClusterField::Settings, ClusterField::Configurations];
    let call = aws.ecs.describe_clusters().set_clusters(Some(names.to_vec())).set_include(Some(fields.to_vec()));
    // Those that are not there are in `failures`.
    Ok(call.send().await.map_err(failed("ecs:DescribeClusters"))?.clusters.unwrap_or_default())
}

/// Deleted clusters can be described for a while (status in the Cluster data type).
fn lives(cluster: &types::Cluster) -> bool {
    !matches!(cluster.status(), Some("INACTIVE" | "DEPROVISIONING"))
}

/// Waits until tasks can run in it.
async fn ready(aws: &Aws, want: &Cluster, making: &Making<'_>) -> Result<(), Failure> {
    let what = format!("cluster {} to become active", want.name);
    wait::until(making.run, &what, Duration::from_secs(600), || async {
        let read = describe(aws, std::slice::from_ref(&want.name)).await?;
        match read.first().and_then(types::Cluster::status) {
            Some("ACTIVE") => Ok(Look::Ready(())),
            Some("FAILED") => Err(Failure::new(FailureKind::Other, format!("the cluster {} could not be made", want.name))),
            status => Ok(Look::NotYet(status.unwrap_or_default().to_string())),
        }
    })
    .await
}

fn found(cluster: types::Cluster) -> Found<Cluster> {
    let value = Cluster {
        name: cluster.cluster_name.clone().unwrap_or_default(),
        configuration: cluster.configuration.as_ref().map(Configuration::take),
        service_connect_defaults: cluster
            .service_connect_defaults
            .and_then(|d| d.namespace)
            .map(|namespace| ServiceConnectDefaults { namespace }),
        setting: cluster.settings.iter().flatten().map(Setting::take).collect(),
        arn: cluster.cluster_arn,
    };
    Found::new(value.name.clone(), value, from_tags(cluster.tags))
}

fn namespace(defaults: Option<&ServiceConnectDefaults>) -> Result<Option<ClusterServiceConnectDefaultsRequest>, Failure> {
    let request = |d: &ServiceConnectDefaults| ClusterServiceConnectDefaultsRequest::builder().namespace(&d.namespace).build();
    defaults.map(request).transpose().map_err(unbuilt)
}

/// CreateCluster, `clusterName`.
fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.is_empty() || text.len() > 255 || !text.chars().all(fits) {
        return Err(format!("must be 1 to 255 letters, digits, hyphens and underscores, not \"{text}\""));
    }
    Ok(())
}
