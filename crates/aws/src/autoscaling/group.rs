//! `aws_autoscaling_group`.

use super::group_change::{self, request_tags};
use super::group_wait::{capacity, gone_with_instances};
use super::refresh::{self, Cause};
use super::to_tags;
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::names;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_autoscaling::types::{self as sdk, AutoScalingGroup as Raw};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use cairn_model::mark::{TAG_PREFIX, TAG_STACK};
use cairn_model::{Type, Value, between, length, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// A group of instances that are kept at a number and replaced when they fail.
///
/// How many run at the moment is compared only where `desired_capacity` is set. The marks are tags that instances do
/// not inherit; they never show in `tag`, but for the one that says that an instance refresh is due: a run that ended
/// before the refresh began leaves it. The provider's default tags don't apply to `tag`.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_autoscaling_group",
    timeouts = "update delete",
    unsupported = "launch_configuration load_balancers",
    unsupported_blocks = "mixed_instances_policy.launch_template.override.instance_requirements warm_pool",
    unread = "predicted_capacity warm_pool_size force_delete_warm_pool capacity_reservation_specification traffic_source"
)]
pub struct Group {
    /// Name of the group.
    #[attr(optional, computed, force_new, key, check = length!(1, 255))]
    pub(super) name: Option<String>,
    /// Beginning of a name that Cairn makes up.
    #[attr(optional, config_only, check = length!(1, 229))]
    pub(super) name_prefix: Option<String>,
    /// Fewest instances.
    #[attr(required)]
    pub(super) min_size: i32,
    /// Most instances.
    #[attr(required)]
    pub(super) max_size: i32,
    /// How many instances there should be. Left out, scaling policies decide, and it is no difference.
    #[attr(optional, computed)]
    pub(super) desired_capacity: Option<i32>,
    /// What capacity is counted in: `units`, `vcpu` or `memory-mib`.
    #[attr(optional, check = one_of!("units", "vcpu", "memory-mib"))]
    pub(super) desired_capacity_type: Option<String>,
    /// Subnets that instances run in.
    #[attr(optional, computed)]
    pub(super) vpc_zone_identifier: BTreeSet<String>,
    /// Availability zones, where no subnets are named.
    #[attr(optional, computed)]
    pub(super) availability_zones: BTreeSet<String>,
    /// Target groups that instances are registered in.
    #[attr(optional, computed)]
    pub(super) target_group_arns: BTreeSet<String>,
    /// Classic load balancers that somebody attached to it.
    #[attr(computed)]
    load_balancers: BTreeSet<String>,
    /// Whose word counts on an instance's health: `EC2` or `ELB`.
    #[attr(optional, computed)]
    pub(super) health_check_type: Option<String>,
    /// Seconds that a new instance has before its health counts.
    #[attr(default = 300)]
    pub(super) health_check_grace_period: i32,
    /// Seconds between two activities of simple scaling.
    #[attr(optional, computed)]
    pub(super) default_cooldown: Option<i32>,
    /// Seconds before a new instance's metrics count.
    #[attr(optional)]
    pub(super) default_instance_warmup: Option<i32>,
    /// Seconds after which an instance is replaced.
    #[attr(optional, check = lifetime)]
    pub(super) max_instance_lifetime: Option<i32>,
    /// Replace spot instances before they are taken away.
    #[attr(default = false)]
    pub(super) capacity_rebalance: bool,
    /// Protect new instances from scaling in.
    #[attr(default = false)]
    pub(super) protect_from_scale_in: bool,
    /// Which instances go first, in order, such as `OldestInstance`.
    #[attr(optional, equal = same_policies)]
    pub(super) termination_policies: Vec<String>,
    /// Processes that stand still, such as `AZRebalance`.
    #[attr(optional)]
    pub(super) suspended_processes: BTreeSet<String>,
    /// Metrics of the group that are collected.
    #[attr(optional)]
    pub(super) enabled_metrics: BTreeSet<String>,
    /// How often metrics are collected: `1Minute`.
    #[attr(default = "1Minute", check = one_of!("1Minute"))]
    pub(super) metrics_granularity: String,
    /// Placement group.
    #[attr(optional)]
    pub(super) placement_group: Option<String>,
    /// Role that Auto Scaling acts as.
    #[attr(optional, computed, check = arn)]
    pub(super) service_linked_role_arn: Option<String>,
    /// Kept for the future by AWS.
    #[attr(optional)]
    pub(super) context: Option<String>,
    /// Delete the group without waiting for its instances to be drained.
    #[attr(default = false, config_only)]
    pub(super) force_delete: bool,
    /// Keep waiting for capacity though launches fail.
    #[attr(default = false, config_only)]
    pub(super) ignore_failed_scaling_activities: bool,
    /// How long to wait for capacity, such as `10m`; `0` not to wait.
    #[attr(default = "10m", config_only, check = duration_text)]
    pub(super) wait_for_capacity_timeout: String,
    /// Healthy instances at the load balancer to wait for when the group is made.
    #[attr(optional, config_only)]
    pub(super) min_elb_capacity: Option<i32>,
    /// Healthy instances at the load balancer to wait for when the group is made or changed.
    #[attr(optional, config_only)]
    pub(super) wait_for_elb_capacity: Option<i32>,
    /// ARN of the group.
    #[attr(computed)]
    pub(super) arn: Option<String>,
    /// What instances are launched from.
    #[block]
    pub(super) launch_template: Option<TemplateRef>,
    /// Several instance types, on demand and spot.
    #[block]
    pub(super) mixed_instances_policy: Option<MixedInstances>,
    /// How instances are replaced when what they are launched from changes.
    #[block(config_only)]
    pub(super) instance_refresh: Option<InstanceRefresh>,
    /// Lifecycle hooks that stand before the first instance is launched. Only for a new group.
    #[block(config_only)]
    pub(super) initial_lifecycle_hook: BTreeSet<LifecycleHook>,
    /// Bounds of the healthy share while instances are replaced.
    #[block]
    pub(super) instance_maintenance_policy: Option<MaintenancePolicy>,
    /// How instances are spread over availability zones.
    #[block(computed)]
    pub(super) availability_zone_distribution: Option<ZoneDistribution>,
    /// Tags.
    #[block]
    pub(super) tag: BTreeSet<TagBlock>,
}

/// A launch template and a version of it.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct TemplateRef {
    /// Its id.
    #[attr(optional, computed)]
    pub(super) id: Option<String>,
    /// Its name.
    #[attr(optional, computed)]
    pub(super) name: Option<String>,
    /// Its version: a number, `$Latest` or `$Default`.
    #[attr(optional, computed)]
    pub(super) version: Option<String>,
}

/// Several instance types.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MixedInstances {
    /// The share of on-demand and spot instances.
    #[block(computed)]
    pub(super) instances_distribution: Option<Distribution>,
    /// What instances are launched from.
    #[block(required)]
    pub(super) launch_template: Option<MixedTemplate>,
}

/// The share of on-demand and spot instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Order of instance types on demand: `prioritized` or `lowest-price`.
    #[attr(optional, computed)]
    pub(super) on_demand_allocation_strategy: Option<String>,
    /// How many are on demand before spot begins.
    #[attr(optional, computed)]
    pub(super) on_demand_base_capacity: Option<i32>,
    /// Percentage on demand above that.
    #[attr(optional, computed, check = between!(0, 100))]
    pub(super) on_demand_percentage_above_base_capacity: Option<i32>,
    /// How spot pools are chosen.
    #[attr(optional, computed)]
    pub(super) spot_allocation_strategy: Option<String>,
    /// Number of spot pools.
    #[attr(optional, computed)]
    pub(super) spot_instance_pools: Option<i32>,
    /// Highest price of a spot instance.
    #[attr(optional)]
    pub(super) spot_max_price: Option<String>,
}

/// What mixed instances are launched from.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MixedTemplate {
    /// The launch template.
    #[block(required)]
    pub(super) launch_template_specification: Option<TemplateSpecification>,
    /// Instance types, in order of preference.
    #[block(name = "override")]
    pub(super) overrides: Vec<Override>,
}

/// A launch template and a version of it.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct TemplateSpecification {
    /// Its id.
    #[attr(optional, computed)]
    pub(super) launch_template_id: Option<String>,
    /// Its name.
    #[attr(optional, computed)]
    pub(super) launch_template_name: Option<String>,
    /// Its version: a number, `$Latest` or `$Default`.
    #[attr(optional, computed)]
    pub(super) version: Option<String>,
}

/// An instance type.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Override {
    /// The type.
    #[attr(optional)]
    pub(super) instance_type: Option<String>,
    /// How many units of capacity it counts for.
    #[attr(optional)]
    pub(super) weighted_capacity: Option<String>,
    /// Its own launch template.
    #[block]
    pub(super) launch_template_specification: Option<TemplateSpecification>,
}

/// How instances are replaced.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct InstanceRefresh {
    /// `Rolling`.
    #[attr(required, check = one_of!("Rolling"))]
    pub(super) strategy: String,
    /// Arguments besides the launch template whose change replaces instances, such as `tag`.
    #[attr(optional)]
    pub(super) triggers: BTreeSet<String>,
    /// Details.
    #[block]
    pub(super) preferences: Option<Preferences>,
}

/// Details of how instances are replaced.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Preferences {
    /// Go back to the former launch template when it fails.
    #[attr(optional)]
    pub(super) auto_rollback: Option<bool>,
    /// Seconds to wait at each checkpoint.
    #[attr(optional)]
    pub(super) checkpoint_delay: Option<String>,
    /// Percentages at which to wait.
    #[attr(optional)]
    pub(super) checkpoint_percentages: Vec<i32>,
    /// Seconds before a new instance counts as ready.
    #[attr(optional)]
    pub(super) instance_warmup: Option<String>,
    /// Most healthy and pending instances, in percent of the desired capacity.
    #[attr(default = 100, check = between!(100, 200))]
    pub(super) max_healthy_percentage: i32,
    /// Fewest healthy instances, in percent of the desired capacity.
    #[attr(default = 90, check = between!(0, 100))]
    pub(super) min_healthy_percentage: i32,
    /// What happens to instances that are protected from scaling in: `Refresh`, `Ignore` or `Wait`.
    #[attr(default = "Ignore", check = one_of!("Refresh", "Ignore", "Wait"))]
    pub(super) scale_in_protected_instances: String,
    /// What happens to instances in standby: `Terminate`, `Ignore` or `Wait`.
    #[attr(default = "Ignore", check = one_of!("Terminate", "Ignore", "Wait"))]
    pub(super) standby_instances: String,
    /// Leave instances that are as they should be.
    #[attr(default = false)]
    pub(super) skip_matching: bool,
    /// Alarms that make it fail.
    #[block]
    pub(super) alarm_specification: Option<AlarmSpecification>,
}

/// Alarms that make a refresh fail.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct AlarmSpecification {
    /// Names of CloudWatch alarms.
    #[attr(optional)]
    pub(super) alarms: Vec<String>,
}

/// A lifecycle hook.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LifecycleHook {
    /// Its name.
    #[attr(required)]
    pub(super) name: String,
    /// `autoscaling:EC2_INSTANCE_LAUNCHING` or `autoscaling:EC2_INSTANCE_TERMINATING`.
    #[attr(required)]
    pub(super) lifecycle_transition: String,
    /// What happens when nobody answers: `CONTINUE` or `ABANDON`.
    #[attr(optional, computed, check = one_of!("CONTINUE", "ABANDON"))]
    pub(super) default_result: Option<String>,
    /// Seconds to wait for an answer.
    #[attr(optional)]
    pub(super) heartbeat_timeout: Option<i32>,
    /// Text that goes with the message.
    #[attr(optional)]
    pub(super) notification_metadata: Option<String>,
    /// ARN of the queue or topic that is told.
    #[attr(optional, check = arn)]
    pub(super) notification_target_arn: Option<String>,
    /// Role that tells it.
    #[attr(optional, check = arn)]
    pub(super) role_arn: Option<String>,
}

/// Bounds of the healthy share while instances are replaced.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MaintenancePolicy {
    /// Most healthy and pending instances, in percent of the desired capacity.
    #[attr(required)]
    pub(super) max_healthy_percentage: i32,
    /// Fewest healthy instances, in percent of the desired capacity.
    #[attr(required)]
    pub(super) min_healthy_percentage: i32,
}

/// How instances are spread over availability zones.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct ZoneDistribution {
    /// `balanced-best-effort` or `balanced-only`.
    #[attr(default = "balanced-best-effort", check = one_of!("balanced-best-effort", "balanced-only"))]
    pub(super) capacity_distribution_strategy: String,
}

/// A tag.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagBlock {
    /// Its key.
    #[attr(required, check = not_ours)]
    pub(super) key: String,
    /// Put it on instances too.
    #[attr(required)]
    pub(super) propagate_at_launch: bool,
    /// Its value.
    #[attr(required)]
    pub(super) value: String,
}

fn not_ours(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(key) if key.starts_with(TAG_PREFIX) => {
            Err(format!("can't be \"{key}\": tags that begin with \"{TAG_PREFIX}\" are Cairn's marks"))
        }
        Some(key) if key.starts_with("aws:") => Err(format!("can't be \"{key}\": tags that begin with \"aws:\" are AWS's own")),
        _ => Ok(()),
    }
}

/// 0 for no limit, else a day or more (CreateAutoScalingGroup).
fn lifetime(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if n != 0 && !(86_400..=31_536_000).contains(&n) => Err(format!("must be 0, or from 86400 to 31536000, not {n}")),
        _ => Ok(()),
    }
}

fn duration_text(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if group_change::duration(text).is_none() => Err(format!("must be a duration such as 10m, or 0, not \"{text}\"")),
        _ => Ok(()),
    }
}

/// AWS says `Default` where nothing was said.
fn same_policies(have: &Value, want: &Value) -> bool {
    let named = |v: &Value| match v.elements() {
        Some([one]) if one.as_str() == Some("Default") => Vec::new(),
        Some(all) => all.to_vec(),
        None => Vec::new(),
    };
    named(have) == named(want)
}

const MAX_NAME: usize = 255;

impl Resource for Group {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#AutoScalingGroupDetails:id={name};view=details");
    const SERVICE: &'static str = "autoscaling";
    const TAGGABLE: bool = true;
    const TYPICAL_CREATE_SECONDS: u64 = 60;
    const TYPICAL_UPDATE_SECONDS: u64 = 10;
    const TYPICAL_DELETE_SECONDS: u64 = 75;
    const EFFECTS: Effects = Effects {
        serves: Some("all its instances: they are terminated"),
        in_place: &[
            InPlace {
                arguments: &["launch_template", "mixed_instances_policy"],
                does: Does::MayInterrupt,
                what: "the instances are replaced in batches where an instance refresh is set up",
                when: impact::always,
                source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html",
            },
            InPlace {
                arguments: &["vpc_zone_identifier", "availability_zones"],
                does: Does::MayInterrupt,
                what: "instances in what is taken away are terminated, after others have started elsewhere",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html",
            },
            InPlace {
                arguments: &["max_size", "min_size", "desired_capacity"],
                does: Does::MayInterrupt,
                what: "instances above the new size are terminated",
                when: impact::lowered,
                source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-instance-termination.html",
            },
            InPlace {
                arguments: &["target_group_arns"],
                does: Does::Interrupts,
                what: "traffic from the target groups that are taken away",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/load-balancer-status.html",
            },
        ],
        ..Effects::NONE
    };
    const IAM: Iam = Iam {
        arn: Some(("autoscaling", "autoScalingGroup:")),
        passes_roles_to: &["ec2.amazonaws.com"],
        service_role: Some("autoscaling.amazonaws.com"),
        ..Iam::named("name", "name_prefix", "terraform-")
    };
    const CALLS: Calls = Calls {
        read: &["autoscaling:DescribeAutoScalingGroups"],
        create: &[
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:EnableMetricsCollection",
            "autoscaling:SuspendProcesses",
            "autoscaling:DescribeScalingActivities",
            "elasticloadbalancing:DescribeTargetHealth",
            "ec2:RunInstances",
            "ec2:CreateTags",
        ],
        update: &[
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:StartInstanceRefresh",
            "autoscaling:DescribeInstanceRefreshes",
            "autoscaling:AttachLoadBalancerTargetGroups",
            "autoscaling:DetachLoadBalancerTargetGroups",
            "autoscaling:EnableMetricsCollection",
            "autoscaling:DisableMetricsCollection",
            "autoscaling:SuspendProcesses",
            "autoscaling:ResumeProcesses",
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:DeleteTags",
        ],
        delete: &[
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:SetInstanceProtection",
            "autoscaling:DeleteAutoScalingGroup",
            "ec2:DescribeInstances",
        ],
        read_cost: "1 per 100",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("name_prefix", "AWS keeps the whole name only"),
        ("force_delete", "it steers how Cairn works; AWS keeps nothing of it"),
        ("ignore_failed_scaling_activities", "it steers how Cairn works; AWS keeps nothing of it"),
        ("wait_for_capacity_timeout", "it steers how Cairn works; AWS keeps nothing of it"),
        ("min_elb_capacity", "it steers how Cairn works; AWS keeps nothing of it"),
        ("wait_for_elb_capacity", "it steers how Cairn works; AWS keeps nothing of it"),
        ("instance_refresh", "it steers the refreshes that Cairn starts; AWS keeps nothing of it"),
        ("initial_lifecycle_hook", "it counts when the group is made; later hooks are resources of their own"),
        ("metrics_granularity", "the only value that AWS takes is 1Minute"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Group>>, Failure> {
        let describe = || aws.autoscaling.describe_auto_scaling_groups();
        let mut raws = match scope.only() {
            Some(name) => pages(describe().auto_scaling_group_names(name)).await?,
            None => {
                let filter = sdk::Filter::builder().name(format!("tag:{TAG_STACK}")).set_values(Some(scope.stacks())).build();
                pages(describe().filters(filter).max_records(100)).await?
            }
        };
        let names = scope.wanted_names("name", "name_prefix", "terraform-", MAX_NAME);
        let missing: Vec<String> =
            names.into_iter().filter(|n| !raws.iter().any(|r| r.auto_scaling_group_name.as_ref() == Some(n))).collect();
        for names in missing.chunks(50) {
            raws.extend(pages(describe().set_auto_scaling_group_names(Some(names.to_vec()))).await?);
        }
        // One that is on its way out says so in its status.
        let lives = raws.into_iter().filter(|r| r.status.as_deref().is_none_or(|s| !s.to_lowercase().contains("delete")));
        Ok(lives.map(from_raw).collect())
    }

    async fn create(aws: &Aws, want: &Group, making: &Making<'_>) -> Result<String, Failure> {
        let name = match &want.name {
            Some(name) => name.clone(),
            None => making.generated_name(want.name_prefix.as_deref().unwrap_or("terraform-"), MAX_NAME),
        };
        let began = std::time::SystemTime::now();
        let request = || {
            let tags = to_tags(&name, &making.tags, false).chain(request_tags(&name, &want.tag)).collect();
            group_change::create(aws, &name, want).set_tags(Some(tags))
        };
        // The role or the instance profile may not be visible everywhere yet.
        let passing = |f: &Failure| f.kind == FailureKind::Invalid && is_about_a_role(&f.message);
        wait::while_failing(making.run, "the instance profile to be usable", Duration::from_secs(180), passing, || async {
            once!(aws_sdk_autoscaling, request()).await.map_err(failed("autoscaling:CreateAutoScalingGroup"))
        })
        .await?;
        // Each of these shows in the next plan when a crash comes before it.
        group_change::suspend(aws, &name, &want.suspended_processes).await?;
        group_change::collect(aws, &name, &want.enabled_metrics, &want.metrics_granularity).await?;
        capacity(aws, &name, want, want.wait_for_elb_capacity.or(want.min_elb_capacity), began, making.run).await?;
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<Group>, want: &Group, changing: &Changing<'_>) -> Result<(), Failure> {
        let began = std::time::SystemTime::now();
        let name = &have.id;
        let launches = changing.any(&["launch_template", "mixed_instances_policy"]);
        let due = have.value.tag.iter().any(|t| t.key == refresh::DUE);
        let triggered = |r: &&InstanceRefresh| launches || due || r.triggers.iter().any(|t| changing.any(&[t.as_str()]));
        let refreshes = want.instance_refresh.as_ref().filter(triggered);
        if refreshes.is_some() && !launches && !due {
            refresh::put_down(aws, name).await?;
        }
        let cause = Cause { launches, marked: due || !launches };
        group_change::tags(aws, name, &have.value.tag, &want.tag).await?;
        // With a refresh, what instances are launched from changes with it and not before: only then does a refresh
        // that fails go back to what was there (StartInstanceRefresh, "DesiredConfiguration").
        group_change::update(aws, have, want, changing, launches && refreshes.is_none()).await?;
        match refreshes {
            Some(how) => refresh::run(aws, name, want, how, cause, changing.run).await?,
            None if due => refresh::strike(aws, name).await?,
            None => {}
        }
        if changing.any(&["min_size", "max_size", "desired_capacity"]) || want.wait_for_elb_capacity.is_some() {
            capacity(aws, name, want, want.wait_for_elb_capacity, began, changing.run).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Group>, removing: &Removing<'_, Group>) -> Result<(), Failure> {
        let force = removing.config.as_ref().is_some_and(|c| c.force_delete);
        if !force && !group_change::drain(aws, &have.id, removing.run).await? {
            return Ok(());
        }
        let delete = || async {
            let call = aws.autoscaling.delete_auto_scaling_group().auto_scaling_group_name(&have.id).force_delete(true);
            gone(call.send().await.map_err(failed("autoscaling:DeleteAutoScalingGroup")))
        };
        let passing = |f: &Failure| f.kind == FailureKind::InUse;
        wait::while_failing(removing.run, "scaling activities to end", Duration::from_secs(600), passing, delete).await?;
        // Security groups, subnets and profiles are in use until the last instance is gone.
        gone_with_instances(aws, &have.id, removing.run).await
    }

    async fn tag(aws: &Aws, have: &Found<Group>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let tags = to_tags(&have.id, set, false).collect();
            aws.autoscaling.create_or_update_tags().set_tags(Some(tags)).send().await.map_err(failed("autoscaling:CreateOrUpdateTags"))?;
        }
        if !remove.is_empty() {
            let tags = remove.iter().map(|k| super::tag(&have.id, k, "", false)).collect();
            aws.autoscaling.delete_tags().set_tags(Some(tags)).send().await.map_err(failed("autoscaling:DeleteTags"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let refusals = refusals(config);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let planned = names::follow_prefix(live, config, planned);
        let Some(live) = live else { return Ok(planned) };
        Ok(follow_template(live, config, within_bounds(config, follow_subnets(live, config, planned))))
    }
}

/// What AWS would refuse, or what could not work.
fn refusals(config: &Value) -> Vec<Refusal> {
    let mut out = Vec::new();
    let mut refuse = |attribute: &str, message: &str| out.push(Refusal { attribute: attribute.into(), message: message.into() });
    let given = |name: &str| config.get(name).is_some_and(|v| v.is_unknown() || v.elements().map_or(!v.is_null(), |e| !e.is_empty()));
    let number = |name: &str| config.get(name).and_then(Value::as_i64);
    if given("launch_template") == given("mixed_instances_policy") {
        refuse("launch_template", "exactly one of launch_template and mixed_instances_policy says what instances are launched from");
    }
    if !given("vpc_zone_identifier") && !given("availability_zones") {
        refuse("vpc_zone_identifier", "is needed where availability_zones are not named");
    }
    if given("name") && given("name_prefix") {
        refuse("name_prefix", "can't be set beside name");
    }
    if let (Some(min), Some(max)) = (number("min_size"), number("max_size")) {
        if min > max {
            refuse("max_size", &format!("is {max}, less than min_size, which is {min}"));
        } else if number("desired_capacity").is_some_and(|d| !(min..=max).contains(&d)) {
            refuse("desired_capacity", &format!("must be from {min} to {max}"));
        }
    }
    let block = |value: &Value, name: &str| value.get(name).and_then(Value::elements).and_then(<[Value]>::first).cloned();
    if let Some(preferences) = block(config, "instance_refresh").and_then(|r| block(&r, "preferences")) {
        let percent = |name: &str, default: i64| preferences.get(name).and_then(Value::as_i64).unwrap_or(default);
        let (low, high) = (percent("min_healthy_percentage", 90), percent("max_healthy_percentage", 100));
        if high - low > 100 {
            refuse("instance_refresh", "max_healthy_percentage may be at most 100 above min_healthy_percentage");
        }
        let mixed = block(config, "mixed_instances_policy")
            .and_then(|m| block(&m, "launch_template"))
            .and_then(|t| block(&t, "launch_template_specification"));
        let version = block(config, "launch_template").or(mixed).and_then(|t| t.get_str("version").map(str::to_string));
        let rolls_back = preferences.get("auto_rollback").and_then(Value::as_bool) == Some(true);
        if rolls_back && version.is_some_and(|v| v == "$Latest" || v == "$Default") {
            refuse(
                "instance_refresh",
                "auto_rollback needs a launch template version that is a number: what $Latest and $Default stand for is gone by then",
            );
        }
    }
    out
}

/// Subnets decide the zones.
fn follow_subnets(live: &Value, config: &Value, planned: Value) -> Value {
    let left_out = config.get("availability_zones").is_none_or(Value::is_null);
    if left_out && planned.get("vpc_zone_identifier") != live.get("vpc_zone_identifier") {
        return planned.with("availability_zones", Value::unknown(Type::set(Type::String)));
    }
    planned
}

/// AWS moves the number of instances into new bounds by itself.
fn within_bounds(config: &Value, planned: Value) -> Value {
    let number = |name: &str| planned.get(name).and_then(Value::as_i64);
    if config.get("desired_capacity").is_some_and(|v| !v.is_null()) {
        return planned;
    }
    match (number("desired_capacity"), number("min_size"), number("max_size")) {
        (Some(now), Some(min), Some(max)) if min <= max && !(min..=max).contains(&now) => {
            planned.with("desired_capacity", Value::number(now.clamp(min, max)))
        }
        _ => planned,
    }
}

/// Another id of a launch template brings another name, and the other way round.
fn follow_template(live: &Value, config: &Value, planned: Value) -> Value {
    let own: Follow = &|have, wish, want| follow_names(have, wish, want, "id", "name");
    let named: Follow = &|have, wish, want| follow_names(have, wish, want, "launch_template_id", "launch_template_name");
    let specification: Follow = &|have, wish, want| within(have, wish, want, "launch_template_specification", named);
    let template: Follow = &|have, wish, want| within(have, wish, specification(have, wish, want), "override", specification);
    let policy: Follow = &|have, wish, want| within(have, wish, want, "launch_template", template);
    let planned = within(live, config, planned, "launch_template", own);
    within(live, config, planned, "mixed_instances_policy", policy)
}

/// From the live, the configured and the planned value of a block to the planned one.
type Follow<'f> = &'f dyn Fn(&Value, &Value, Value) -> Value;

/// Each block of a name, paired by its place.
fn within(live: &Value, config: &Value, planned: Value, block: &str, follow: Follow<'_>) -> Value {
    let all = |value: &Value| value.get(block).and_then(Value::elements).map(<[Value]>::to_vec);
    let (Some(have), Some(wish), Some(want)) = (all(live), all(config), all(&planned)) else { return planned };
    let followed = want.into_iter().enumerate().map(|(i, want)| match (have.get(i), wish.get(i)) {
        (Some(have), Some(wish)) => follow(have, wish, want),
        _ => want,
    });
    planned.with(block, Value::list(followed.collect()))
}

/// The name and the id of one template, of which the configuration gives one.
fn follow_names(have: &Value, wish: &Value, mut want: Value, id: &str, name: &str) -> Value {
    for (given, other) in [(id, name), (name, id)] {
        if wish.get(other).is_none_or(Value::is_null) && have.get(given) != want.get(given) {
            want = want.with(other, Value::unknown(Type::String));
        }
    }
    want
}

/// The messages that a fresh role or instance profile causes.
pub(super) fn is_about_a_role(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("iam instance profile") || message.contains("iaminstanceprofile")
}

async fn pages(
    request: aws_sdk_autoscaling::operation::describe_auto_scaling_groups::builders::DescribeAutoScalingGroupsFluentBuilder,
) -> Result<Vec<Raw>, Failure> {
    let mut pages = request.into_paginator().send();
    let mut raws = Vec::new();
    while let Some(page) = pages.next().await {
        raws.extend(page.map_err(failed("autoscaling:DescribeAutoScalingGroups"))?.auto_scaling_groups.unwrap_or_default());
    }
    Ok(raws)
}

/// One group as it is now.
pub(super) async fn look(aws: &Aws, name: &str) -> Result<Option<Raw>, Failure> {
    Ok(pages(aws.autoscaling.describe_auto_scaling_groups().auto_scaling_group_names(name)).await?.into_iter().next())
}

fn from_raw(raw: Raw) -> Found<Group> {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let mut marks = Tags::new();
    let mut tag = BTreeSet::new();
    for t in raw.tags.unwrap_or_default() {
        let (key, value) = (t.key.unwrap_or_default(), t.value.unwrap_or_default());
        if key.starts_with(TAG_PREFIX) && key != refresh::DUE {
            marks.insert(key, value);
        } else if !key.starts_with("aws:") {
            tag.insert(TagBlock { key, propagate_at_launch: t.propagate_at_launch.unwrap_or_default(), value });
        }
    }
    let metrics = raw.enabled_metrics.unwrap_or_default();
    let granularity = metrics.iter().find_map(|m| m.granularity.clone()).filter(|g| !g.is_empty());
    let policies = raw.termination_policies.unwrap_or_default();
    let name = raw.auto_scaling_group_name.unwrap_or_default();
    let value = Group {
        name: Some(name.clone()),
        name_prefix: None,
        min_size: raw.min_size.unwrap_or_default(),
        max_size: raw.max_size.unwrap_or_default(),
        desired_capacity: raw.desired_capacity,
        desired_capacity_type: some(raw.desired_capacity_type),
        vpc_zone_identifier: raw.vpc_zone_identifier.unwrap_or_default().split(',').filter(|s| !s.is_empty()).map(str::to_string).collect(),
        availability_zones: raw.availability_zones.unwrap_or_default().into_iter().collect(),
        target_group_arns: raw.target_group_arns.unwrap_or_default().into_iter().collect(),
        load_balancers: raw.load_balancer_names.unwrap_or_default().into_iter().collect(),
        health_check_type: some(raw.health_check_type),
        health_check_grace_period: raw.health_check_grace_period.unwrap_or_default(),
        default_cooldown: raw.default_cooldown,
        default_instance_warmup: raw.default_instance_warmup,
        max_instance_lifetime: raw.max_instance_lifetime.filter(|n| *n != 0),
        capacity_rebalance: raw.capacity_rebalance.unwrap_or_default(),
        protect_from_scale_in: raw.new_instances_protected_from_scale_in.unwrap_or_default(),
        termination_policies: if policies.as_slice() == ["Default"] { Vec::new() } else { policies },
        suspended_processes: raw.suspended_processes.unwrap_or_default().into_iter().filter_map(|p| p.process_name).collect(),
        enabled_metrics: metrics.into_iter().filter_map(|m| m.metric).collect(),
        metrics_granularity: granularity.unwrap_or_else(|| "1Minute".into()),
        placement_group: some(raw.placement_group),
        service_linked_role_arn: some(raw.service_linked_role_arn),
        context: some(raw.context),
        force_delete: false,
        ignore_failed_scaling_activities: false,
        wait_for_capacity_timeout: String::new(),
        min_elb_capacity: None,
        wait_for_elb_capacity: None,
        arn: raw.auto_scaling_group_arn,
        launch_template: raw.launch_template.map(|t| TemplateRef {
            id: t.launch_template_id,
            name: t.launch_template_name,
            version: t.version,
        }),
        mixed_instances_policy: raw.mixed_instances_policy.map(from_mixed),
        instance_refresh: None,
        initial_lifecycle_hook: BTreeSet::new(),
        instance_maintenance_policy: raw.instance_maintenance_policy.map(|p| MaintenancePolicy {
            max_healthy_percentage: p.max_healthy_percentage.unwrap_or_default(),
            min_healthy_percentage: p.min_healthy_percentage.unwrap_or_default(),
        }),
        availability_zone_distribution: raw.availability_zone_distribution.map(|d| ZoneDistribution {
            capacity_distribution_strategy: d
                .capacity_distribution_strategy
                .map_or_else(|| "balanced-best-effort".into(), |s| s.as_str().to_string()),
        }),
        tag,
    };
    Found::new(name, value, marks)
}

fn from_mixed(raw: sdk::MixedInstancesPolicy) -> MixedInstances {
    let specification = |s: sdk::LaunchTemplateSpecification| TemplateSpecification {
        launch_template_id: s.launch_template_id,
        launch_template_name: s.launch_template_name,
        version: s.version,
    };
    MixedInstances {
        instances_distribution: raw.instances_distribution.map(|d| Distribution {
            on_demand_allocation_strategy: d.on_demand_allocation_strategy,
            on_demand_base_capacity: d.on_demand_base_capacity,
            on_demand_percentage_above_base_capacity: d.on_demand_percentage_above_base_capacity,
            spot_allocation_strategy: d.spot_allocation_strategy,
            spot_instance_pools: d.spot_instance_pools,
            spot_max_price: d.spot_max_price.filter(|p| !p.is_empty()),
        }),
        launch_template: raw.launch_template.map(|t| MixedTemplate {
            launch_template_specification: t.launch_template_specification.map(specification),
            overrides: t
                .overrides
                .unwrap_or_default()
                .into_iter()
                .map(|o| Override {
                    instance_type: o.instance_type,
                    weighted_capacity: o.weighted_capacity,
                    launch_template_specification: o.launch_template_specification.map(specification),
                })
                .collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, inner: Value) -> Value {
        Value::object_of([(name, Value::list(vec![inner]))])
    }

    fn mixed(id: Value, name: Value) -> Value {
        let specification =
            block("launch_template_specification", Value::object_of([("launch_template_id", id), ("launch_template_name", name)]));
        let overrides = Value::list(vec![specification.clone()]);
        block("mixed_instances_policy", block("launch_template", specification.with("override", overrides)))
    }

    /// An id that stayed would win over the name when the group is changed.
    #[test]
    fn another_name_brings_another_id() {
        let live = mixed("lt-1".into(), "theirs".into());
        let config = mixed(Value::null(), "ours".into());
        let planned = mixed("lt-1".into(), "ours".into());
        assert_eq!(follow_template(&live, &config, planned), mixed(Value::unknown(Type::String), "ours".into()));
        let unchanged = mixed("lt-1".into(), "theirs".into());
        assert_eq!(follow_template(&live, &mixed(Value::null(), "theirs".into()), unchanged.clone()), unchanged);
    }
}
