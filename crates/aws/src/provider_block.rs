//! The `provider "aws"` block.

use crate::client::{AssumeRole, Settings};
use cairn_derive::Model;
use cairn_model::model::{Field, Model as _};
use cairn_model::{Block, Value};
use std::collections::BTreeMap;

/// The arguments of the block. The rest of the public provider's are refused.
#[derive(Model, Clone, Debug, PartialEq)]
struct ProviderBlock {
    /// Region that everything is made in.
    #[attr(optional)]
    region: Option<String>,
    /// Profile of the shared configuration files.
    #[attr(optional)]
    profile: Option<String>,
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
    Settings {
        region: text("region"),
        profile: text("profile"),
        assume_role,
        allowed_account_ids: list("allowed_account_ids"),
        forbidden_account_ids: list("forbidden_account_ids"),
        default_tags,
    }
}
