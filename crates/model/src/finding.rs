//! What a policy says of a plan.

use serde::{Deserialize, Serialize};

/// How much a finding weighs, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The plan is refused.
    Deny,
    /// Somebody should look.
    Warn,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule: its name, with that of its package before it.
    pub rule: String,
    /// The address of the resource; nothing where it concerns the whole plan.
    pub resource: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Where the resource is declared, as `file:line:column`.
    pub at: Option<String>,
}

impl Finding {
    /// The resource, unless the message names it itself.
    pub fn unnamed_resource(&self) -> Option<&str> {
        self.resource.as_deref().filter(|r| !self.message.contains(r))
    }
}
