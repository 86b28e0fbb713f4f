//! What a policy says of a plan: given beside it, drawn with it.

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule: the name of its package or file.
    pub rule: String,
    /// The address of the resource; nothing where it concerns the whole plan.
    pub resource: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Where, as `file:line:column`; where the resource is declared when the rule names no argument.
    pub at: Option<String>,
}
