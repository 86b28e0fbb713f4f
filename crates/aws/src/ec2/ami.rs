//! `data.aws_ami`.

use super::{DataFilter, from_tags, to_filters};
use crate::client::Aws;
use crate::failure::failed;
use crate::resource::DataSource;
use aws_sdk_ec2::types::Image;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use std::collections::{BTreeMap, BTreeSet};

/// One machine image, found by owner, name and filters.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_ami",
    timeouts = "read",
    unsupported = "name_regex uefi_data",
    unread = "block_device_mappings product_codes state_reason kernel_id ramdisk_id last_launched_time"
)]
pub struct Ami {
    /// Accounts or aliases (`self`, `amazon`, `aws-marketplace`) that own it.
    #[attr(optional)]
    owners: Vec<String>,
    /// Only images that these accounts may launch.
    #[attr(optional)]
    executable_users: Vec<String>,
    /// Also images whose owner deprecated them.
    #[attr(default = false)]
    include_deprecated: bool,
    /// Take the newest where there are several.
    #[attr(default = false)]
    most_recent: bool,
    /// EC2's own filters.
    #[block]
    filter: BTreeSet<DataFilter>,
    /// Tags of the image.
    #[attr(optional, computed)]
    tags: BTreeMap<String, String>,
    /// Processor architecture.
    #[attr(computed)]
    architecture: Option<String>,
    /// ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// How it boots.
    #[attr(computed)]
    boot_mode: Option<String>,
    /// When it was made.
    #[attr(computed)]
    creation_date: Option<String>,
    /// When it is deprecated.
    #[attr(computed)]
    deprecation_time: Option<String>,
    /// What its owner says of it.
    #[attr(computed)]
    description: Option<String>,
    /// Enhanced networking is on.
    #[attr(computed)]
    ena_support: Option<bool>,
    /// Hypervisor.
    #[attr(computed)]
    hypervisor: Option<String>,
    /// Its id.
    #[attr(computed)]
    id: Option<String>,
    /// Its id again.
    #[attr(computed)]
    image_id: Option<String>,
    /// Where it lies.
    #[attr(computed)]
    image_location: Option<String>,
    /// Alias of its owner.
    #[attr(computed)]
    image_owner_alias: Option<String>,
    /// Kind of image.
    #[attr(computed)]
    image_type: Option<String>,
    /// `v2.0` where instance metadata asks for tokens.
    #[attr(computed)]
    imds_support: Option<String>,
    /// Name.
    #[attr(computed)]
    name: Option<String>,
    /// Account that owns it.
    #[attr(computed)]
    owner_id: Option<String>,
    /// `windows`, or nothing.
    #[attr(computed)]
    platform: Option<String>,
    /// Platform for billing.
    #[attr(computed)]
    platform_details: Option<String>,
    /// Everybody may launch it.
    #[attr(computed)]
    public: Option<bool>,
    /// Device of the root volume.
    #[attr(computed)]
    root_device_name: Option<String>,
    /// Kind of the root volume.
    #[attr(computed)]
    root_device_type: Option<String>,
    /// Snapshot of the root volume.
    #[attr(computed)]
    root_snapshot_id: Option<String>,
    /// Enhanced networking of the older kind.
    #[attr(computed)]
    sriov_net_support: Option<String>,
    /// State.
    #[attr(computed)]
    state: Option<String>,
    /// Trusted platform module.
    #[attr(computed)]
    tpm_support: Option<String>,
    /// Operation for billing.
    #[attr(computed)]
    usage_operation: Option<String>,
    /// Kind of virtualisation.
    #[attr(computed)]
    virtualization_type: Option<String>,
}

impl DataSource for Ami {
    const CALLS: &'static [&'static str] = &["ec2:DescribeImages"];

    async fn read(aws: &Aws, question: &Ami) -> Result<Ami, Failure> {
        let filters = to_filters(&question.filter);
        let request = aws
            .ec2
            .describe_images()
            .set_owners((!question.owners.is_empty()).then(|| question.owners.clone()))
            .set_executable_users((!question.executable_users.is_empty()).then(|| question.executable_users.clone()))
            .include_deprecated(question.include_deprecated)
            .set_filters((!filters.is_empty()).then_some(filters));
        let mut pages = request.into_paginator().send();
        let mut images: Vec<Image> = Vec::new();
        while let Some(page) = pages.next().await {
            images.extend(page.map_err(failed("ec2:DescribeImages"))?.images.unwrap_or_default());
        }
        images.sort_by(|a, b| (&a.creation_date, &a.image_id).cmp(&(&b.creation_date, &b.image_id)));
        if images.len() > 1 && !question.most_recent {
            let message = format!("{} images are like that; ask for one, or set most_recent = true", images.len());
            return Err(Failure::new(FailureKind::Invalid, message));
        }
        let image = images.pop().ok_or_else(|| Failure::new(FailureKind::NotFound, "no image is like that"))?;
        Ok(answer(aws, question, image))
    }
}

fn answer(aws: &Aws, question: &Ami, image: Image) -> Ami {
    let id = image.image_id.clone();
    let root = image.block_device_mappings().iter().find(|m| m.device_name == image.root_device_name);
    Ami {
        root_snapshot_id: root.and_then(|m| m.ebs()).and_then(|e| e.snapshot_id.clone()),
        arn: id.as_ref().map(|id| format!("arn:{}:ec2:{}::image/{id}", aws.partition(), aws.region)),
        architecture: image.architecture.map(|a| a.as_str().to_string()),
        boot_mode: image.boot_mode.map(|b| b.as_str().to_string()),
        creation_date: image.creation_date,
        deprecation_time: image.deprecation_time,
        description: image.description,
        ena_support: image.ena_support,
        hypervisor: image.hypervisor.map(|h| h.as_str().to_string()),
        image_id: id.clone(),
        id,
        image_location: image.image_location,
        image_owner_alias: image.image_owner_alias,
        image_type: image.image_type.map(|t| t.as_str().to_string()),
        imds_support: image.imds_support.map(|i| i.as_str().to_string()),
        name: image.name,
        owner_id: image.owner_id,
        platform: image.platform.map(|p| p.as_str().to_string()),
        platform_details: image.platform_details,
        public: image.public,
        root_device_name: image.root_device_name,
        root_device_type: image.root_device_type.map(|t| t.as_str().to_string()),
        sriov_net_support: image.sriov_net_support,
        state: image.state.map(|s| s.as_str().to_string()),
        tags: from_tags(image.tags),
        tpm_support: image.tpm_support.map(|t| t.as_str().to_string()),
        usage_operation: image.usage_operation,
        virtualization_type: image.virtualization_type.map(|v| v.as_str().to_string()),
        ..question.clone()
    }
}
