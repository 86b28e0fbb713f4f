//! The `provider "aws"` block.

use crate::client::{Access, AssumeRole, Settings};
use cairn_derive::Model;
use cairn_model::model::{Field, Model as _};
use cairn_model::{Block, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The arguments of the block. The rest of the public provider's are refused.
#[derive(Model, Clone, Debug, PartialEq)]
struct ProviderBlock {
    /// Region that everything is made in.
    #[attr(optional)]
    region: Option<String>,
    /// Profile of the shared configuration files.
    #[attr(optional)]
    profile: Option<String>,
    /// Shared configuration files, in place of `~/.aws/config`.
    #[attr(optional)]
    shared_config_files: Vec<String>,
    /// Shared credentials files, in place of `~/.aws/credentials`.
    #[attr(optional)]
    shared_credentials_files: Vec<String>,
    /// Accounts that may be touched.
    #[attr(optional)]
    allowed_account_ids: Vec<String>,
    /// Accounts that must not be touched.
    #[attr(optional)]
    forbidden_account_ids: Vec<String>,
    /// Tags that go on everything.
    #[block(max = 1)]
    default_tags: Option<DefaultTags>,
    /// Role to assume before any other call.
    #[block(max = 1)]
    assume_role: Option<Role>,
    /// Endpoints of one's own for services.
    #[block]
    endpoints: BTreeSet<Endpoints>,
}

#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Endpoints {
    /// Certificate Manager.
    #[attr(optional)]
    acm: Option<String>,
    /// Auto Scaling.
    #[attr(optional)]
    autoscaling: Option<String>,
    /// CloudTrail.
    #[attr(optional)]
    cloudtrail: Option<String>,
    /// CloudWatch.
    #[attr(optional)]
    cloudwatch: Option<String>,
    /// EC2 and VPC.
    #[attr(optional)]
    ec2: Option<String>,
    /// Elastic Load Balancing.
    #[attr(optional)]
    elbv2: Option<String>,
    /// Identity and Access Management.
    #[attr(optional)]
    iam: Option<String>,
    /// Key Management Service.
    #[attr(optional)]
    kms: Option<String>,
    /// CloudWatch Logs.
    #[attr(optional)]
    logs: Option<String>,
    /// Relational Database Service.
    #[attr(optional)]
    rds: Option<String>,
    /// The public tag index.
    #[attr(optional)]
    resourcegroupstaggingapi: Option<String>,
    /// S3.
    #[attr(optional)]
    s3: Option<String>,
    /// Shield.
    #[attr(optional)]
    shield: Option<String>,
    /// Simple Notification Service.
    #[attr(optional)]
    sns: Option<String>,
    /// Systems Manager.
    #[attr(optional)]
    ssm: Option<String>,
    /// Security Token Service.
    #[attr(optional)]
    sts: Option<String>,
    /// Web Application Firewall.
    #[attr(optional)]
    wafv2: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct DefaultTags {
    /// The tags.
    #[attr(optional, check = cairn_model::check::tags)]
    tags: BTreeMap<String, String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct Role {
    /// ARN of the role.
    #[attr(optional, check = cairn_model::check::arn)]
    role_arn: Option<String>,
    /// Name of the session.
    #[attr(optional)]
    session_name: Option<String>,
    /// External id that the role's trust policy asks for.
    #[attr(optional)]
    external_id: Option<String>,
}

/// The block's schema.
pub const BLOCK: &Block = ProviderBlock::BLOCK_REF;

/// What an evaluated block says. Unknown values count as not said.
pub fn settings(config: &Value) -> Settings {
    let text = |name: &str| config.get_str(name).map(str::to_string);
    let list = |name: &str| config.get(name).and_then(|v| Vec::<String>::from_value(v).ok()).unwrap_or_default();
    let inner = |name: &str| config.get(name).and_then(Value::elements).and_then(|e| e.first());
    let assume_role = inner("assume_role").and_then(|r| {
        let field = |name: &str| r.get_str(name).map(str::to_string);
        Some(AssumeRole { role_arn: field("role_arn")?, session_name: field("session_name"), external_id: field("external_id") })
    });
    let default_tags = inner("default_tags").and_then(|d| d.get("tags")).and_then(Value::entries).cloned().unwrap_or_default();
    let blocks = config.get("endpoints").and_then(Value::elements).into_iter().flatten();
    let said = blocks.filter_map(Value::entries).flatten().filter_map(|(service, url)| Some((service.clone(), url.as_str()?.to_string())));
    Settings {
        access: Access {
            region: text("region"),
            profile: text("profile"),
            shared_config_files: list("shared_config_files"),
            shared_credentials_files: list("shared_credentials_files"),
            assume_role,
            endpoints: said.filter(|(_, url)| !url.is_empty()).collect(),
        },
        allowed_account_ids: list("allowed_account_ids"),
        forbidden_account_ids: list("forbidden_account_ids"),
        default_tags,
    }
}
