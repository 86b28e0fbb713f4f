//! `aws_launch_template`.

use super::launch_template_data::{data, from_data};
use super::{PAGE, filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{LaunchTemplate as Raw, LaunchTemplateVersion, ResourceType};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::{arn, ip4};
use cairn_model::{Type, Value, between, length, one_of};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What instances are launched from, in numbered versions. A change makes a new version.
///
/// The attributes are those of the latest version: a version that somebody made by hand shows as a difference.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_launch_template",
    tags,
    unsupported = "cpu_options.nested_virtualization placement.group_id network_interfaces.associate_carrier_ip_address network_interfaces.ipv4_prefix_count network_interfaces.ipv4_prefixes network_interfaces.ipv6_prefix_count network_interfaces.ipv6_prefixes network_interfaces.primary_ipv6",
    unsupported_blocks = "network_performance_options secondary_interfaces elastic_gpu_specifications elastic_inference_accelerator instance_requirements license_specification network_interfaces.connection_tracking_specification network_interfaces.ena_srd_specification"
)]
pub struct LaunchTemplate {
    /// Name of the template.
    #[attr(optional, computed, force_new, key, check = length!(3, 128))]
    pub(super) name: Option<String>,
    /// Beginning of a name that Cairn makes up.
    #[attr(optional, config_only, check = length!(1, 99))]
    pub(super) name_prefix: Option<String>,
    /// What the version is for.
    #[attr(optional, check = length!(0, 255))]
    pub(super) description: Option<String>,
    /// Version that counts where none is named.
    #[attr(optional, computed, check = between!(1, 1_000_000_000))]
    pub(super) default_version: Option<i64>,
    /// Make each new version the default one.
    #[attr(optional, config_only)]
    pub(super) update_default_version: Option<bool>,
    /// Number of the latest version.
    #[attr(computed)]
    pub(super) latest_version: Option<i64>,
    /// Image, or `resolve:ssm:PARAMETER`.
    #[attr(optional)]
    pub(super) image_id: Option<String>,
    /// Size of the instance, such as `m7g.large`.
    #[attr(optional)]
    pub(super) instance_type: Option<String>,
    /// Name of the key pair for SSH.
    #[attr(optional)]
    pub(super) key_name: Option<String>,
    /// Kernel.
    #[attr(optional)]
    pub(super) kernel_id: Option<String>,
    /// RAM disk.
    #[attr(optional)]
    pub(super) ram_disk_id: Option<String>,
    /// Script or cloud-init data that runs at the first boot, in base64; at most 16 KiB before it is encoded.
    #[attr(optional, check = user_data)]
    pub(super) user_data: Option<String>,
    /// Security groups by id.
    #[attr(optional)]
    pub(super) vpc_security_group_ids: BTreeSet<String>,
    /// Security groups by name.
    #[attr(optional)]
    pub(super) security_group_names: BTreeSet<String>,
    /// Whether bandwidth to volumes is set aside: `true` or `false`.
    #[attr(optional, check = one_of!("true", "false", ""))]
    pub(super) ebs_optimized: Option<String>,
    /// Refuse to stop instances through the API.
    #[attr(default = false)]
    pub(super) disable_api_stop: bool,
    /// Refuse to terminate instances through the API.
    #[attr(default = false)]
    pub(super) disable_api_termination: bool,
    /// What a shutdown from inside does: `stop` or `terminate`.
    #[attr(optional, check = one_of!("stop", "terminate"))]
    pub(super) instance_initiated_shutdown_behavior: Option<String>,
    /// ARN of the template.
    #[attr(computed)]
    pub(super) arn: Option<String>,
    /// Volumes.
    #[block]
    pub(super) block_device_mappings: Vec<BlockDevice>,
    /// Capacity reservations that instances may use.
    #[block]
    pub(super) capacity_reservation_specification: Option<CapacityReservation>,
    /// Cores and threads.
    #[block]
    pub(super) cpu_options: Option<CpuOptions>,
    /// CPU credits of burstable instances.
    #[block]
    pub(super) credit_specification: Option<CreditSpecification>,
    /// Nitro Enclaves.
    #[block]
    pub(super) enclave_options: Option<EnclaveOptions>,
    /// Hibernation.
    #[block]
    pub(super) hibernation_options: Option<HibernationOptions>,
    /// Instance profile: the role of the instances.
    #[block]
    pub(super) iam_instance_profile: Option<InstanceProfileRef>,
    /// Spot instances.
    #[block]
    pub(super) instance_market_options: Option<MarketOptions>,
    /// Recovery after a hardware failure.
    #[block]
    pub(super) maintenance_options: Option<MaintenanceOptions>,
    /// Metadata service of the instances.
    #[block]
    pub(super) metadata_options: Option<MetadataOptions>,
    /// Detailed monitoring.
    #[block]
    pub(super) monitoring: Option<Monitoring>,
    /// Network interfaces.
    #[block]
    pub(super) network_interfaces: Vec<NetworkInterface>,
    /// Where instances run.
    #[block]
    pub(super) placement: Option<Placement>,
    /// Private DNS names of instances.
    #[block]
    pub(super) private_dns_name_options: Option<PrivateDnsNameOptions>,
    /// Tags of what is launched.
    #[block]
    pub(super) tag_specifications: Vec<TagSpecification>,
}

/// A volume.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct BlockDevice {
    /// Name of the device, such as `/dev/xvda`.
    #[attr(optional)]
    pub(super) device_name: Option<String>,
    /// Leave out a device that the image has.
    #[attr(optional)]
    pub(super) no_device: Option<String>,
    /// Name of an instance store volume, such as `ephemeral0`.
    #[attr(optional)]
    pub(super) virtual_name: Option<String>,
    /// The volume in EBS.
    #[block]
    pub(super) ebs: Option<Ebs>,
}

/// A volume in EBS. AWS gives back what was given, and nothing else.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Ebs {
    /// Delete it with the instance: `true` or `false`.
    #[attr(optional, check = one_of!("true", "false", ""))]
    pub(super) delete_on_termination: Option<String>,
    /// Encrypt it: `true` or `false`.
    #[attr(optional, check = one_of!("true", "false", ""))]
    pub(super) encrypted: Option<String>,
    /// Input and output operations a second.
    #[attr(optional)]
    pub(super) iops: Option<i32>,
    /// ARN of the key it is encrypted with.
    #[attr(optional, check = arn)]
    pub(super) kms_key_id: Option<String>,
    /// Snapshot that it is made from.
    #[attr(optional)]
    pub(super) snapshot_id: Option<String>,
    /// Throughput in MiB a second.
    #[attr(optional, check = between!(125, 2_000))]
    pub(super) throughput: Option<i32>,
    /// Rate in MiB a second at which it is filled from its snapshot.
    #[attr(optional, check = between!(100, 300))]
    pub(super) volume_initialization_rate: Option<i32>,
    /// Size in GiB.
    #[attr(optional, check = between!(1, 65_536))]
    pub(super) volume_size: Option<i32>,
    /// Kind of volume, such as `gp3`.
    #[attr(optional, check = one_of!("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"))]
    pub(super) volume_type: Option<String>,
}

/// Capacity reservations that instances may use.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct CapacityReservation {
    /// `open`, `none` or `capacity-reservations-only`.
    #[attr(optional, check = one_of!("open", "none", "capacity-reservations-only"))]
    pub(super) capacity_reservation_preference: Option<String>,
    /// One reservation or group of them.
    #[block]
    pub(super) capacity_reservation_target: Option<CapacityReservationTarget>,
}

/// One reservation or group of them.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct CapacityReservationTarget {
    /// Reservation.
    #[attr(optional)]
    pub(super) capacity_reservation_id: Option<String>,
    /// ARN of a resource group of reservations.
    #[attr(optional, check = arn)]
    pub(super) capacity_reservation_resource_group_arn: Option<String>,
}

/// Cores and threads.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct CpuOptions {
    /// Memory encryption of AMD: `enabled` or `disabled`.
    #[attr(optional, check = one_of!("enabled", "disabled"))]
    pub(super) amd_sev_snp: Option<String>,
    /// Number of cores.
    #[attr(optional)]
    pub(super) core_count: Option<i32>,
    /// Threads a core.
    #[attr(optional)]
    pub(super) threads_per_core: Option<i32>,
}

/// CPU credits of burstable instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct CreditSpecification {
    /// `standard` or `unlimited`.
    #[attr(optional, check = one_of!("standard", "unlimited"))]
    pub(super) cpu_credits: Option<String>,
}

/// Nitro Enclaves.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct EnclaveOptions {
    /// Allow them.
    #[attr(default = false)]
    pub(super) enabled: bool,
}

/// Hibernation.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct HibernationOptions {
    /// Allow it.
    #[attr(required)]
    pub(super) configured: bool,
}

/// Instance profile.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct InstanceProfileRef {
    /// By ARN.
    #[attr(optional, check = arn)]
    pub(super) arn: Option<String>,
    /// By name.
    #[attr(optional)]
    pub(super) name: Option<String>,
}

/// Spot instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MarketOptions {
    /// `spot` or `capacity-block`.
    #[attr(optional, check = one_of!("spot", "capacity-block"))]
    pub(super) market_type: Option<String>,
    /// Details of spot instances.
    #[block]
    pub(super) spot_options: Option<SpotOptions>,
}

/// Details of spot instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct SpotOptions {
    /// Required duration in minutes.
    #[attr(optional)]
    pub(super) block_duration_minutes: Option<i32>,
    /// What an interruption does: `hibernate`, `stop` or `terminate`.
    #[attr(optional, check = one_of!("hibernate", "stop", "terminate"))]
    pub(super) instance_interruption_behavior: Option<String>,
    /// Highest price an hour.
    #[attr(optional)]
    pub(super) max_price: Option<String>,
    /// `one-time` or `persistent`.
    #[attr(optional, check = one_of!("one-time", "persistent"))]
    pub(super) spot_instance_type: Option<String>,
    /// When the request ends, in RFC 3339.
    #[attr(optional, computed)]
    pub(super) valid_until: Option<String>,
}

/// Recovery after a hardware failure.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MaintenanceOptions {
    /// `default` or `disabled`.
    #[attr(optional, check = one_of!("default", "disabled"))]
    pub(super) auto_recovery: Option<String>,
}

/// Metadata service of the instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct MetadataOptions {
    /// `enabled` or `disabled`.
    #[attr(optional, computed, check = one_of!("enabled", "disabled"))]
    pub(super) http_endpoint: Option<String>,
    /// Whether it answers over IPv6: `enabled` or `disabled`.
    #[attr(optional, computed, check = one_of!("enabled", "disabled"))]
    pub(super) http_protocol_ipv6: Option<String>,
    /// How many hops an answer may take.
    #[attr(optional, computed, check = between!(1, 64))]
    pub(super) http_put_response_hop_limit: Option<i32>,
    /// Whether version 2 is `required` or `optional`.
    #[attr(optional, computed, check = one_of!("optional", "required"))]
    pub(super) http_tokens: Option<String>,
    /// Whether it shows the instance's tags: `enabled` or `disabled`.
    #[attr(optional, computed, check = one_of!("enabled", "disabled"))]
    pub(super) instance_metadata_tags: Option<String>,
}

/// Detailed monitoring.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Monitoring {
    /// A metric each minute instead of each five.
    #[attr(default = false)]
    pub(super) enabled: bool,
}

/// A network interface.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct NetworkInterface {
    /// Give it a public IPv4 address: `true` or `false`.
    #[attr(optional, check = one_of!("true", "false", ""))]
    pub(super) associate_public_ip_address: Option<String>,
    /// Delete it with the instance: `true` or `false`.
    #[attr(optional, check = one_of!("true", "false", ""))]
    pub(super) delete_on_termination: Option<String>,
    /// What it is for.
    #[attr(optional)]
    pub(super) description: Option<String>,
    /// Its place among the interfaces of the instance.
    #[attr(default = 0)]
    pub(super) device_index: i32,
    /// `interface`, `efa` or `efa-only`.
    #[attr(optional, check = one_of!("interface", "efa", "efa-only"))]
    pub(super) interface_type: Option<String>,
    /// Number of private IPv4 addresses besides the first.
    #[attr(optional)]
    pub(super) ipv4_address_count: Option<i32>,
    /// Private IPv4 addresses.
    #[attr(optional)]
    pub(super) ipv4_addresses: BTreeSet<String>,
    /// Number of IPv6 addresses.
    #[attr(optional)]
    pub(super) ipv6_address_count: Option<i32>,
    /// IPv6 addresses.
    #[attr(optional)]
    pub(super) ipv6_addresses: BTreeSet<String>,
    /// Network card, where the instance has several.
    #[attr(default = 0)]
    pub(super) network_card_index: i32,
    /// An interface that is there already.
    #[attr(optional)]
    pub(super) network_interface_id: Option<String>,
    /// First private IPv4 address.
    #[attr(optional, check = ip4)]
    pub(super) private_ip_address: Option<String>,
    /// Security groups.
    #[attr(optional)]
    pub(super) security_groups: BTreeSet<String>,
    /// Subnet.
    #[attr(optional)]
    pub(super) subnet_id: Option<String>,
}

/// Where instances run.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Placement {
    /// Affinity to a dedicated host: `default` or `host`.
    #[attr(optional)]
    pub(super) affinity: Option<String>,
    /// Availability zone.
    #[attr(optional)]
    pub(super) availability_zone: Option<String>,
    /// Placement group.
    #[attr(optional)]
    pub(super) group_name: Option<String>,
    /// Dedicated host.
    #[attr(optional)]
    pub(super) host_id: Option<String>,
    /// ARN of a resource group of dedicated hosts.
    #[attr(optional, check = arn)]
    pub(super) host_resource_group_arn: Option<String>,
    /// Partition of the placement group.
    #[attr(optional)]
    pub(super) partition_number: Option<i32>,
    /// Kept for the future by AWS.
    #[attr(optional)]
    pub(super) spread_domain: Option<String>,
    /// Shared or dedicated hardware: `default`, `dedicated` or `host`.
    #[attr(optional, check = one_of!("default", "dedicated", "host"))]
    pub(super) tenancy: Option<String>,
}

/// Private DNS names of instances.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct PrivateDnsNameOptions {
    /// Answer A queries for the instance's name.
    #[attr(default = false)]
    pub(super) enable_resource_name_dns_a_record: bool,
    /// Answer AAAA queries for the instance's name.
    #[attr(default = false)]
    pub(super) enable_resource_name_dns_aaaa_record: bool,
    /// `ip-name` or `resource-name`.
    #[attr(optional, check = one_of!("ip-name", "resource-name"))]
    pub(super) hostname_type: Option<String>,
}

/// Tags of one kind of thing that is launched.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct TagSpecification {
    /// `instance`, `volume`, `network-interface` or `spot-instances-request`.
    #[attr(optional)]
    pub(super) resource_type: Option<String>,
    /// The tags.
    #[attr(optional)]
    pub(super) tags: BTreeMap<String, String>,
}

/// Base64 of at most 16 KiB (EC2 user guide, "user data").
fn user_data(value: &Value) -> Result<(), String> {
    use base64::Engine as _;
    let Some(text) = value.as_str() else { return Ok(()) };
    match base64::engine::general_purpose::STANDARD.decode(text) {
        Ok(plain) if plain.len() > 16 * 1024 => Err(format!("holds {} bytes before base64; AWS allows 16384", plain.len())),
        Ok(_) => Ok(()),
        Err(_) => Err("must be base64: write base64encode(…)".into()),
    }
}

const MAX_NAME: usize = 128;

/// Arguments that are the template's and not a version's.
const OF_TEMPLATE: &[&str] =
    &["default_version", "latest_version", "update_default_version", "name", "name_prefix", "tags", "tags_all", "arn", "id"];

impl Resource for LaunchTemplate {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#LaunchTemplateDetails:launchTemplateId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "launch-template/"));
    const EFFECTS: Effects = Effects { known_by: Some("its id"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"],
        create: &["ec2:CreateLaunchTemplate", "ec2:CreateTags"],
        update: &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteLaunchTemplate"],
        read_cost: "1 per 200 of the stack's, and 1 per 200 of the account's: the latest versions are described of one template or of all",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("name_prefix", "AWS keeps the whole name only"),
        ("update_default_version", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<LaunchTemplate>>, Failure> {
        let mut raws = match scope.only() {
            Some(id) => absent(by_id(aws, id).await)?.unwrap_or_default(),
            None => describe(aws, filters(scope, "")).await?,
        };
        // Names through a filter: one that nobody has is no error then.
        let names = scope.wanted_names("name", "name_prefix", "terraform-", MAX_NAME);
        let missing: Vec<String> = names.into_iter().filter(|n| !raws.iter().any(|r| r.launch_template_name.as_ref() == Some(n))).collect();
        for names in missing.chunks(200) {
            raws.extend(describe(aws, Some(vec![filter("launch-template-name", names)])).await?);
        }
        if raws.is_empty() {
            return Ok(Vec::new());
        }
        let one = match raws.as_slice() {
            [one] => one.launch_template_id.clone(),
            _ => None,
        };
        let mut versions = latest(aws, one).await?;
        let mut found = Vec::new();
        for raw in raws {
            let id = raw.launch_template_id.unwrap_or_default();
            // A template that was just made may lack a version for a moment: it will be read again.
            let Some(version) = versions.remove(&id) else { continue };
            let value = LaunchTemplate {
                name: raw.launch_template_name,
                name_prefix: None,
                description: version.version_description.filter(|d| !d.is_empty()),
                default_version: raw.default_version_number,
                update_default_version: None,
                latest_version: version.version_number.or(raw.latest_version_number),
                arn: Some(aws.arn("ec2", &format!("launch-template/{id}")).await?),
                ..from_data(version.launch_template_data)
            };
            found.push(Found::new(id, value, from_tags(raw.tags)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &LaunchTemplate, making: &Making<'_>) -> Result<String, Failure> {
        let name = match &want.name {
            Some(name) => name.clone(),
            None => making.generated_name(want.name_prefix.as_deref().unwrap_or("terraform-"), MAX_NAME),
        };
        let request = aws
            .ec2
            .create_launch_template()
            .client_token(making.token())
            .launch_template_name(name)
            .set_version_description(want.description.clone())
            .launch_template_data(data(want)?)
            .tag_specifications(specification(ResourceType::LaunchTemplate, &making.tags));
        let made =
            wait::while_failing(making.run, "the instance profile to be visible", Duration::from_secs(180), no_profile_yet, || async {
                request.clone().send().await.map_err(failed("ec2:CreateLaunchTemplate"))
            })
            .await?;
        made.launch_template.and_then(|t| t.launch_template_id).ok_or_else(|| missing("ec2:CreateLaunchTemplate", "LaunchTemplateId"))
    }

    async fn update(aws: &Aws, have: &Found<LaunchTemplate>, want: &LaunchTemplate, changing: &Changing<'_>) -> Result<(), Failure> {
        let mut newest = have.value.latest_version;
        if changing.changed.iter().any(|c| !OF_TEMPLATE.contains(&c.as_str())) {
            let body = data(want)?;
            let token = names::run_token(&format!("{}\n{newest:?}", have.id));
            let request = aws
                .ec2
                .create_launch_template_version()
                .client_token(token)
                .launch_template_id(&have.id)
                .set_version_description(want.description.clone())
                .launch_template_data(body);
            let made = wait::while_failing(
                changing.run,
                "the instance profile to be visible",
                Duration::from_secs(180),
                no_profile_yet,
                || async { request.clone().send().await.map_err(failed("ec2:CreateLaunchTemplateVersion")) },
            )
            .await?;
            newest = made.launch_template_version.and_then(|v| v.version_number).or(newest);
        }
        // Where the newest is to be the default one and a crash came between, the next plan sees the default version behind.
        let default = if want.update_default_version == Some(true) { newest } else { want.default_version };
        if default.is_some() && default != have.value.default_version {
            let call = aws.ec2.modify_launch_template().launch_template_id(&have.id).set_default_version(default.map(|n| n.to_string()));
            call.send().await.map_err(failed("ec2:ModifyLaunchTemplate"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<LaunchTemplate>, _: &Removing<'_, LaunchTemplate>) -> Result<(), Failure> {
        gone(aws.ec2.delete_launch_template().launch_template_id(&have.id).send().await.map_err(failed("ec2:DeleteLaunchTemplate")))
    }

    async fn tag(aws: &Aws, have: &Found<LaunchTemplate>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let follows = config.get("update_default_version").and_then(Value::as_bool) == Some(true);
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let refuse = |attribute: &str, message: &str| Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]);
        if follows && given("default_version") {
            return refuse("default_version", "can't be set where update_default_version is true");
        }
        if given("name") && given("name_prefix") {
            return refuse("name_prefix", "can't be set beside name");
        }
        let planned = names::follow_prefix(live, config, planned);
        let Some(live) = live else {
            // The first version is number 1, and the default one.
            let first = |planned: Value, name: &str| {
                if planned.get(name).is_some_and(Value::is_unknown) { planned.with(name, Value::number(1i64)) } else { planned }
            };
            return Ok(first(first(planned, "latest_version"), "default_version"));
        };
        let makes_version = planned
            .entries()
            .into_iter()
            .flatten()
            .any(|(name, value)| !OF_TEMPLATE.contains(&name.as_str()) && live.get(name) != Some(value));
        let latest =
            if makes_version { Value::unknown(Type::Number) } else { live.get("latest_version").cloned().unwrap_or_else(Value::null) };
        let planned = if makes_version { planned.with("latest_version", latest.clone()) } else { planned };
        Ok(if follows { planned.with("default_version", latest) } else { planned })
    }
}

/// A profile that was just made is not visible everywhere yet.
fn no_profile_yet(failure: &Failure) -> bool {
    failure.kind == FailureKind::Invalid && failure.message.to_lowercase().contains("iam instance profile")
}

async fn by_id(aws: &Aws, id: &str) -> Result<Vec<Raw>, Failure> {
    let answer = aws.ec2.describe_launch_templates().launch_template_ids(id).send().await.map_err(failed("ec2:DescribeLaunchTemplates"))?;
    Ok(answer.launch_templates.unwrap_or_default())
}

async fn describe(aws: &Aws, filters: Option<Vec<aws_sdk_ec2::types::Filter>>) -> Result<Vec<Raw>, Failure> {
    let mut pages = aws.ec2.describe_launch_templates().set_filters(filters).max_results(PAGE.min(200)).into_paginator().send();
    let mut raws = Vec::new();
    while let Some(page) = pages.next().await {
        raws.extend(page.map_err(failed("ec2:DescribeLaunchTemplates"))?.launch_templates.unwrap_or_default());
    }
    Ok(raws)
}

/// The latest version of one template, or of every one of the account, by template.
async fn latest(aws: &Aws, one: Option<String>) -> Result<HashMap<String, LaunchTemplateVersion>, Failure> {
    let request = aws.ec2.describe_launch_template_versions().set_launch_template_id(one).versions("$Latest");
    let mut pages = request.max_results(200).into_paginator().send();
    let mut versions = HashMap::new();
    while let Some(page) = pages.next().await {
        for version in page.map_err(failed("ec2:DescribeLaunchTemplateVersions"))?.launch_template_versions.unwrap_or_default() {
            versions.insert(version.launch_template_id.clone().unwrap_or_default(), version);
        }
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::model::Model as _;

    fn template() -> Value {
        LaunchTemplate {
            name: Some("web".into()),
            default_version: Some(1),
            latest_version: Some(2),
            image_id: Some("ami-1".into()),
            ..from_data(None)
        }
        .to_object()
    }

    #[test]
    fn a_change_of_content_makes_a_version() {
        let live = template();
        let config = Value::object_of([("update_default_version", Value::bool(true))]);
        let planned = LaunchTemplate::adjust(Some(&live), &config, live.clone().with("image_id", "ami-2".into())).unwrap();
        assert!(planned.get("latest_version").is_some_and(Value::is_unknown));
        assert!(planned.get("default_version").is_some_and(Value::is_unknown));
    }

    #[test]
    fn a_default_version_that_lags_behind_is_a_difference() {
        let live = template();
        let config = Value::object_of([("update_default_version", Value::bool(true))]);
        let planned = LaunchTemplate::adjust(Some(&live), &config, live.clone()).unwrap();
        assert_eq!(planned.get("default_version").and_then(Value::as_i64), Some(2));
        assert_eq!(planned.get("latest_version").and_then(Value::as_i64), Some(2));
    }

    #[test]
    fn what_is_given_is_read_back() {
        let mut template = from_data(None);
        template.user_data = Some("aGVsbG8=".into());
        template.ebs_optimized = Some("true".into());
        template.monitoring = Some(Monitoring { enabled: true });
        template.tag_specifications =
            vec![TagSpecification { resource_type: Some("instance".into()), tags: BTreeMap::from([("a".into(), "b".into())]) }];
        let sent = data(&template).unwrap();
        assert_eq!(sent.user_data(), Some("aGVsbG8="));
        assert_eq!(sent.ebs_optimized(), Some(true));
        assert_eq!(sent.disable_api_stop(), None);
        assert_eq!(sent.tag_specifications().len(), 1);
    }
}
