//! What a version of a launch template holds, to AWS's form and back.

use super::launch_template::{
    BlockDevice, CapacityReservation, CapacityReservationTarget, CpuOptions, CreditSpecification, Ebs, EnclaveOptions, HibernationOptions,
    InstanceProfileRef, LaunchTemplate, MaintenanceOptions, MarketOptions, MetadataOptions, Monitoring, NetworkInterface, Placement,
    PrivateDnsNameOptions, SpotOptions, TagSpecification,
};
use aws_sdk_ec2::types as ec2;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeSet;

/// `true` or `false` as text; nothing for neither.
fn flag(text: Option<&String>) -> Option<bool> {
    match text.map(String::as_str) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}

fn text(flag: Option<bool>) -> Option<String> {
    flag.map(|f| f.to_string())
}

fn some(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

fn list(set: &BTreeSet<String>) -> Option<Vec<String>> {
    (!set.is_empty()).then(|| set.iter().cloned().collect())
}

/// What a version is made of.
pub fn data(want: &LaunchTemplate) -> Result<ec2::RequestLaunchTemplateData, Failure> {
    let market = want.instance_market_options.as_ref().map(market).transpose()?;
    let specifications: Vec<_> = want
        .tag_specifications
        .iter()
        .map(|s| {
            let tags = s.tags.iter().map(|(k, v)| ec2::Tag::builder().key(k).value(v).build()).collect();
            let kind = s.resource_type.as_deref().map(ec2::ResourceType::from);
            ec2::LaunchTemplateTagSpecificationRequest::builder().set_resource_type(kind).set_tags(Some(tags)).build()
        })
        .collect();
    let devices: Vec<_> = want.block_device_mappings.iter().map(device).collect();
    let interfaces: Vec<_> = want.network_interfaces.iter().map(interface).collect();
    let behavior = want.instance_initiated_shutdown_behavior.as_deref().map(ec2::ShutdownBehavior::from);
    Ok(ec2::RequestLaunchTemplateData::builder()
        .set_image_id(want.image_id.clone())
        .set_instance_type(want.instance_type.as_deref().map(ec2::InstanceType::from))
        .set_key_name(want.key_name.clone())
        .set_kernel_id(want.kernel_id.clone())
        .set_ram_disk_id(want.ram_disk_id.clone())
        .set_user_data(want.user_data.clone())
        .set_security_group_ids(list(&want.vpc_security_group_ids))
        .set_security_groups(list(&want.security_group_names))
        .set_ebs_optimized(flag(want.ebs_optimized.as_ref()))
        .set_disable_api_stop(want.disable_api_stop.then_some(true))
        .set_disable_api_termination(want.disable_api_termination.then_some(true))
        .set_instance_initiated_shutdown_behavior(behavior)
        .set_block_device_mappings((!devices.is_empty()).then_some(devices))
        .set_network_interfaces((!interfaces.is_empty()).then_some(interfaces))
        .set_tag_specifications((!specifications.is_empty()).then_some(specifications))
        .set_capacity_reservation_specification(want.capacity_reservation_specification.as_ref().map(reservation))
        .set_instance_market_options(market)
        .set_placement(want.placement.as_ref().map(placement))
        .set_metadata_options(want.metadata_options.as_ref().map(metadata))
        .set_cpu_options(want.cpu_options.as_ref().map(|c| {
            ec2::LaunchTemplateCpuOptionsRequest::builder()
                .set_amd_sev_snp(c.amd_sev_snp.as_deref().map(ec2::AmdSevSnpSpecification::from))
                .set_core_count(c.core_count)
                .set_threads_per_core(c.threads_per_core)
                .build()
        }))
        .set_credit_specification(
            want.credit_specification
                .as_ref()
                .map(|c| ec2::CreditSpecificationRequest::builder().set_cpu_credits(c.cpu_credits.clone()).build()),
        )
        .set_enclave_options(
            want.enclave_options.as_ref().map(|o| ec2::LaunchTemplateEnclaveOptionsRequest::builder().enabled(o.enabled).build()),
        )
        .set_hibernation_options(
            want.hibernation_options
                .as_ref()
                .map(|o| ec2::LaunchTemplateHibernationOptionsRequest::builder().configured(o.configured).build()),
        )
        .set_iam_instance_profile(want.iam_instance_profile.as_ref().map(|p| {
            ec2::LaunchTemplateIamInstanceProfileSpecificationRequest::builder().set_arn(p.arn.clone()).set_name(p.name.clone()).build()
        }))
        .set_maintenance_options(want.maintenance_options.as_ref().map(|o| {
            let recovery = o.auto_recovery.as_deref().map(ec2::LaunchTemplateAutoRecoveryState::from);
            ec2::LaunchTemplateInstanceMaintenanceOptionsRequest::builder().set_auto_recovery(recovery).build()
        }))
        .set_monitoring(want.monitoring.as_ref().map(|m| ec2::LaunchTemplatesMonitoringRequest::builder().enabled(m.enabled).build()))
        .set_private_dns_name_options(want.private_dns_name_options.as_ref().map(|o| {
            ec2::LaunchTemplatePrivateDnsNameOptionsRequest::builder()
                .enable_resource_name_dns_a_record(o.enable_resource_name_dns_a_record)
                .enable_resource_name_dns_aaaa_record(o.enable_resource_name_dns_aaaa_record)
                .set_hostname_type(o.hostname_type.as_deref().map(ec2::HostnameType::from))
                .build()
        }))
        .build())
}

fn device(want: &BlockDevice) -> ec2::LaunchTemplateBlockDeviceMappingRequest {
    let ebs = want.ebs.as_ref().map(|e| {
        ec2::LaunchTemplateEbsBlockDeviceRequest::builder()
            .set_delete_on_termination(flag(e.delete_on_termination.as_ref()))
            .set_encrypted(flag(e.encrypted.as_ref()))
            .set_iops(e.iops)
            .set_kms_key_id(e.kms_key_id.clone())
            .set_snapshot_id(e.snapshot_id.clone())
            .set_throughput(e.throughput)
            .set_volume_initialization_rate(e.volume_initialization_rate)
            .set_volume_size(e.volume_size)
            .set_volume_type(e.volume_type.as_deref().map(ec2::VolumeType::from))
            .build()
    });
    ec2::LaunchTemplateBlockDeviceMappingRequest::builder()
        .set_device_name(want.device_name.clone())
        .set_no_device(want.no_device.clone().filter(|d| !d.is_empty()))
        .set_virtual_name(want.virtual_name.clone())
        .set_ebs(ebs)
        .build()
}

fn interface(want: &NetworkInterface) -> ec2::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    let v4 = want.ipv4_addresses.iter().map(|a| {
        let primary = want.private_ip_address.as_ref() == Some(a);
        ec2::PrivateIpAddressSpecification::builder().private_ip_address(a).primary(primary).build()
    });
    let v4: Vec<_> = v4.collect();
    let v6: Vec<_> = want.ipv6_addresses.iter().map(|a| ec2::InstanceIpv6AddressRequest::builder().ipv6_address(a).build()).collect();
    ec2::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
        .set_associate_public_ip_address(flag(want.associate_public_ip_address.as_ref()))
        .set_delete_on_termination(flag(want.delete_on_termination.as_ref()))
        .set_description(want.description.clone())
        .device_index(want.device_index)
        .set_interface_type(want.interface_type.clone())
        .set_secondary_private_ip_address_count(want.ipv4_address_count)
        // The first address is named in one place only.
        .set_private_ip_address(want.private_ip_address.clone().filter(|_| v4.is_empty()))
        .set_private_ip_addresses((!v4.is_empty()).then_some(v4))
        .set_ipv6_address_count(want.ipv6_address_count)
        .set_ipv6_addresses((!v6.is_empty()).then_some(v6))
        .set_network_card_index((want.network_card_index != 0).then_some(want.network_card_index))
        .set_network_interface_id(want.network_interface_id.clone())
        .set_groups(list(&want.security_groups))
        .set_subnet_id(want.subnet_id.clone())
        .build()
}

fn reservation(want: &CapacityReservation) -> ec2::LaunchTemplateCapacityReservationSpecificationRequest {
    let target = want.capacity_reservation_target.as_ref().map(|t| {
        ec2::CapacityReservationTarget::builder()
            .set_capacity_reservation_id(t.capacity_reservation_id.clone())
            .set_capacity_reservation_resource_group_arn(t.capacity_reservation_resource_group_arn.clone())
            .build()
    });
    ec2::LaunchTemplateCapacityReservationSpecificationRequest::builder()
        .set_capacity_reservation_preference(want.capacity_reservation_preference.as_deref().map(ec2::CapacityReservationPreference::from))
        .set_capacity_reservation_target(target)
        .build()
}

fn market(want: &MarketOptions) -> Result<ec2::LaunchTemplateInstanceMarketOptionsRequest, Failure> {
    let spot = match &want.spot_options {
        None => None,
        Some(s) => {
            let until = s.valid_until.as_deref().map(|t| {
                DateTime::from_str(t, Format::DateTime)
                    .map_err(|_| Failure::new(FailureKind::Invalid, format!("valid_until: \"{t}\" is not a time in RFC 3339")))
            });
            Some(
                ec2::LaunchTemplateSpotMarketOptionsRequest::builder()
                    .set_block_duration_minutes(s.block_duration_minutes)
                    .set_instance_interruption_behavior(
                        s.instance_interruption_behavior.as_deref().map(ec2::InstanceInterruptionBehavior::from),
                    )
                    .set_max_price(s.max_price.clone())
                    .set_spot_instance_type(s.spot_instance_type.as_deref().map(ec2::SpotInstanceType::from))
                    .set_valid_until(until.transpose()?)
                    .build(),
            )
        }
    };
    Ok(ec2::LaunchTemplateInstanceMarketOptionsRequest::builder()
        .set_market_type(want.market_type.as_deref().map(ec2::MarketType::from))
        .set_spot_options(spot)
        .build())
}

fn placement(want: &Placement) -> ec2::LaunchTemplatePlacementRequest {
    ec2::LaunchTemplatePlacementRequest::builder()
        .set_affinity(want.affinity.clone())
        .set_availability_zone(want.availability_zone.clone())
        .set_group_name(want.group_name.clone())
        .set_host_id(want.host_id.clone())
        .set_host_resource_group_arn(want.host_resource_group_arn.clone())
        .set_partition_number(want.partition_number)
        .set_spread_domain(want.spread_domain.clone())
        .set_tenancy(want.tenancy.as_deref().map(ec2::Tenancy::from))
        .build()
}

fn metadata(want: &MetadataOptions) -> ec2::LaunchTemplateInstanceMetadataOptionsRequest {
    ec2::LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .set_http_endpoint(want.http_endpoint.as_deref().map(ec2::LaunchTemplateInstanceMetadataEndpointState::from))
        .set_http_protocol_ipv6(want.http_protocol_ipv6.as_deref().map(ec2::LaunchTemplateInstanceMetadataProtocolIpv6::from))
        .set_http_put_response_hop_limit(want.http_put_response_hop_limit)
        .set_http_tokens(want.http_tokens.as_deref().map(ec2::LaunchTemplateHttpTokensState::from))
        .set_instance_metadata_tags(want.instance_metadata_tags.as_deref().map(ec2::LaunchTemplateInstanceMetadataTagsState::from))
        .build()
}

macro_rules! word {
    ($value:expr) => {
        $value.map(|v| v.as_str().to_string()).filter(|t| !t.is_empty())
    };
}

/// A version as AWS gives it; what belongs to the template itself is left empty.
pub fn from_data(have: Option<ec2::ResponseLaunchTemplateData>) -> LaunchTemplate {
    let have = have.unwrap_or_else(|| ec2::ResponseLaunchTemplateData::builder().build());
    LaunchTemplate {
        name: None,
        name_prefix: None,
        description: None,
        default_version: None,
        update_default_version: None,
        latest_version: None,
        arn: None,
        image_id: some(have.image_id),
        instance_type: word!(have.instance_type),
        key_name: some(have.key_name),
        kernel_id: some(have.kernel_id),
        ram_disk_id: some(have.ram_disk_id),
        user_data: some(have.user_data),
        vpc_security_group_ids: have.security_group_ids.unwrap_or_default().into_iter().collect(),
        security_group_names: have.security_groups.unwrap_or_default().into_iter().collect(),
        ebs_optimized: text(have.ebs_optimized),
        disable_api_stop: have.disable_api_stop.unwrap_or_default(),
        disable_api_termination: have.disable_api_termination.unwrap_or_default(),
        instance_initiated_shutdown_behavior: word!(have.instance_initiated_shutdown_behavior),
        block_device_mappings: have.block_device_mappings.unwrap_or_default().into_iter().map(from_device).collect(),
        capacity_reservation_specification: have.capacity_reservation_specification.map(|r| CapacityReservation {
            capacity_reservation_preference: word!(r.capacity_reservation_preference),
            capacity_reservation_target: r.capacity_reservation_target.map(|t| CapacityReservationTarget {
                capacity_reservation_id: some(t.capacity_reservation_id),
                capacity_reservation_resource_group_arn: some(t.capacity_reservation_resource_group_arn),
            }),
        }),
        cpu_options: have.cpu_options.map(|c| CpuOptions {
            amd_sev_snp: word!(c.amd_sev_snp),
            core_count: c.core_count,
            threads_per_core: c.threads_per_core,
        }),
        credit_specification: have.credit_specification.map(|c| CreditSpecification { cpu_credits: some(c.cpu_credits) }),
        enclave_options: have.enclave_options.map(|o| EnclaveOptions { enabled: o.enabled.unwrap_or_default() }),
        hibernation_options: have.hibernation_options.map(|o| HibernationOptions { configured: o.configured.unwrap_or_default() }),
        iam_instance_profile: have.iam_instance_profile.map(|p| InstanceProfileRef { arn: some(p.arn), name: some(p.name) }),
        instance_market_options: have.instance_market_options.map(|m| MarketOptions {
            market_type: word!(m.market_type),
            spot_options: m.spot_options.map(|s| SpotOptions {
                block_duration_minutes: s.block_duration_minutes,
                instance_interruption_behavior: word!(s.instance_interruption_behavior),
                max_price: some(s.max_price),
                spot_instance_type: word!(s.spot_instance_type),
                valid_until: s.valid_until.and_then(|d| d.fmt(Format::DateTime).ok()),
            }),
        }),
        maintenance_options: have.maintenance_options.map(|o| MaintenanceOptions { auto_recovery: word!(o.auto_recovery) }),
        metadata_options: have.metadata_options.map(|o| MetadataOptions {
            http_endpoint: word!(o.http_endpoint),
            http_protocol_ipv6: word!(o.http_protocol_ipv6),
            http_put_response_hop_limit: o.http_put_response_hop_limit,
            http_tokens: word!(o.http_tokens),
            instance_metadata_tags: word!(o.instance_metadata_tags),
        }),
        monitoring: have.monitoring.map(|m| Monitoring { enabled: m.enabled.unwrap_or_default() }),
        network_interfaces: have.network_interfaces.unwrap_or_default().into_iter().map(from_interface).collect(),
        placement: have.placement.map(|p| Placement {
            affinity: some(p.affinity),
            availability_zone: some(p.availability_zone),
            group_name: some(p.group_name),
            host_id: some(p.host_id),
            host_resource_group_arn: some(p.host_resource_group_arn),
            partition_number: p.partition_number.filter(|n| *n != 0),
            spread_domain: some(p.spread_domain),
            tenancy: word!(p.tenancy),
        }),
        private_dns_name_options: have.private_dns_name_options.map(|o| PrivateDnsNameOptions {
            enable_resource_name_dns_a_record: o.enable_resource_name_dns_a_record.unwrap_or_default(),
            enable_resource_name_dns_aaaa_record: o.enable_resource_name_dns_aaaa_record.unwrap_or_default(),
            hostname_type: word!(o.hostname_type),
        }),
        tag_specifications: have
            .tag_specifications
            .unwrap_or_default()
            .into_iter()
            .map(|s| TagSpecification { resource_type: word!(s.resource_type), tags: super::from_tags(s.tags) })
            .collect(),
    }
}

fn from_device(have: ec2::LaunchTemplateBlockDeviceMapping) -> BlockDevice {
    BlockDevice {
        device_name: some(have.device_name),
        // It is there or not: AWS takes any value for yes, an empty one too.
        no_device: have.no_device.map(|d| if d.is_empty() { "true".to_string() } else { d }),
        virtual_name: some(have.virtual_name),
        ebs: have.ebs.map(|e| Ebs {
            delete_on_termination: text(e.delete_on_termination),
            encrypted: text(e.encrypted),
            iops: e.iops.filter(|n| *n != 0),
            kms_key_id: some(e.kms_key_id),
            snapshot_id: some(e.snapshot_id),
            throughput: e.throughput.filter(|n| *n != 0),
            volume_initialization_rate: e.volume_initialization_rate.filter(|n| *n != 0),
            volume_size: e.volume_size.filter(|n| *n != 0),
            volume_type: word!(e.volume_type),
        }),
    }
}

fn from_interface(have: ec2::LaunchTemplateInstanceNetworkInterfaceSpecification) -> NetworkInterface {
    let v4 = have.private_ip_addresses.unwrap_or_default();
    let primary = v4.iter().find(|a| a.primary == Some(true)).and_then(|a| a.private_ip_address.clone());
    NetworkInterface {
        associate_public_ip_address: text(have.associate_public_ip_address),
        delete_on_termination: text(have.delete_on_termination),
        description: some(have.description),
        device_index: have.device_index.unwrap_or_default(),
        interface_type: some(have.interface_type),
        ipv4_address_count: have.secondary_private_ip_address_count.filter(|n| *n != 0),
        ipv4_addresses: v4.into_iter().filter_map(|a| a.private_ip_address).collect(),
        ipv6_address_count: have.ipv6_address_count.filter(|n| *n != 0),
        ipv6_addresses: have.ipv6_addresses.unwrap_or_default().into_iter().filter_map(|a| a.ipv6_address).collect(),
        network_card_index: have.network_card_index.unwrap_or_default(),
        network_interface_id: some(have.network_interface_id),
        private_ip_address: some(have.private_ip_address).or(primary),
        security_groups: have.groups.unwrap_or_default().into_iter().collect(),
        subnet_id: some(have.subnet_id),
    }
}
