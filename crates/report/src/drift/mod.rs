//! What drifted, as data: the one source of every format but the coloured text.

pub mod junit;
pub mod markdown;
pub mod prometheus;
pub mod sarif;

use cairn_engine::drift::FindingKind;
use cairn_engine::{Plan, drift};
use cairn_model::json::to_json_shown;
use cairn_model::{Address, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The version of the JSON form. A change that breaks readers raises the number before the dot.
pub const FORMAT_VERSION: &str = "1.0";

/// What a look for drift over one or more stacks came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftReport {
    /// The version of this form.
    pub format_version: String,
    /// When AWS was read, in RFC 3339.
    pub checked_at: String,
    /// The worst of the stacks' verdicts.
    pub verdict: Verdict,
    /// Every stack, in the order in which they were named.
    pub stacks: Vec<StackDrift>,
}

/// The one true thing that a job has to say. A later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was read, and nothing has drifted. Exit code 0.
    NoDrift,
    /// Everything was read, and something has drifted. Exit code 2.
    Drift,
    /// Not everything could be read: it can't be told. Exit code 1.
    Unknown,
}

/// What a look at one stack came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StackDrift {
    /// The stack's name.
    pub stack: String,
    /// Its workspace.
    pub workspace: String,
    /// What is to be said of it.
    pub verdict: Verdict,
    /// The addresses that were compared with AWS.
    pub checked: Vec<String>,
    /// What is not as the configuration says.
    pub findings: Vec<Finding>,
    /// Types that could not be read: whether they drifted is not known.
    pub unchecked: Vec<UncheckedType>,
    /// Why the stack could not be looked at, at all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// One thing that is not as the configuration says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The resource; for a stray, an address made up of its parent's module and its id.
    pub address: String,
    /// Its type, such as `aws_subnet`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its id; nothing for one that is missing.
    pub id: Option<String>,
    /// What is the matter.
    pub kind: Kind,
    /// Where it is declared; nothing for what no block declares.
    pub declared: Option<Place>,
    /// The values that differ, for one that was changed.
    pub differences: Vec<AttributeDrift>,
}

/// What is the matter with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Values are not what the configuration says.
    Changed,
    /// It is declared and not in AWS.
    Missing,
    /// It is part of something of the stack's, and no block declares it.
    Stray,
    /// It carries the stack's mark, and no block declares it.
    Orphaned,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file, as the user would name it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeDrift {
    /// The attribute, with its path.
    pub attribute: String,
    /// What the configuration says; null where it is sensitive.
    pub wanted: Json,
    /// What AWS has; null where it is sensitive.
    pub found: Json,
    /// The values are sensitive and not told.
    pub sensitive: bool,
}

/// A type that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UncheckedType {
    /// The type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The provider configuration, such as `aws` or `aws.virginia`.
    pub provider: String,
    /// Why.
    pub reason: String,
}

impl DriftReport {
    /// A report over stacks. `checked_at` is in RFC 3339.
    pub fn new(checked_at: String, stacks: Vec<StackDrift>) -> DriftReport {
        let verdict = stacks.iter().map(|s| s.verdict).max().unwrap_or(Verdict::NoDrift);
        DriftReport { format_version: FORMAT_VERSION.to_string(), checked_at, verdict, stacks }
    }

    /// As JSON, with the newline that ends it.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }
}

impl StackDrift {
    /// What a plan says of drift.
    pub fn of(plan: &Plan) -> StackDrift {
        let findings: Vec<Finding> = drift(plan).iter().map(|f| finding(plan, f)).collect();
        let unchecked: Vec<UncheckedType> = plan
            .unchecked
            .iter()
            .map(|u| UncheckedType { type_name: u.type_name.clone(), provider: u.provider.clone(), reason: u.reason.clone() })
            .collect();
        let verdict = match (unchecked.is_empty(), findings.is_empty()) {
            (false, _) => Verdict::Unknown,
            (true, false) => Verdict::Drift,
            (true, true) => Verdict::NoDrift,
        };
        let unread = |name: &str| unchecked.iter().any(|u| u.type_name == name);
        let checked = plan.changes.iter().filter(|c| c.config.is_some() && !unread(c.schema.name)).map(|c| c.address.to_string());
        StackDrift {
            stack: plan.stack.name.clone(),
            workspace: plan.stack.workspace.clone(),
            verdict,
            checked: checked.collect(),
            findings,
            unchecked,
            error: None,
        }
    }

    /// A stack that could not be looked at.
    pub fn failed(stack: String, workspace: String, error: String) -> StackDrift {
        let (checked, findings, unchecked) = (Vec::new(), Vec::new(), Vec::new());
        StackDrift { stack, workspace, verdict: Verdict::Unknown, checked, findings, unchecked, error: Some(error) }
    }

    /// `name/workspace`.
    pub fn identity(&self) -> String {
        format!("{}/{}", self.stack, self.workspace)
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Changed, Kind::Missing, Kind::Stray, Kind::Orphaned];

    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Changed => "changed",
            Kind::Missing => "missing",
            Kind::Stray => "stray",
            Kind::Orphaned => "orphaned",
        }
    }

    /// What it means, for one who has not met it.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Changed => "its values are not what the configuration says",
            Kind::Missing => "it is declared, and not in AWS",
            Kind::Stray => "it is part of a resource of this stack, and no block declares it",
            Kind::Orphaned => "it carries this stack's mark, and no block declares it",
        }
    }
}

impl Finding {
    /// In one sentence.
    pub fn sentence(&self) -> String {
        let id = self.id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
        format!("{}{id} is {}: {}", self.address, self.kind.name(), self.kind.meaning())
    }
}

impl AttributeDrift {
    /// `attribute: found, wanted`, in one line.
    pub fn line(&self) -> String {
        match self.sensitive {
            true => format!("{}: sensitive values differ", self.attribute),
            false => format!("{}: {} in AWS, {} wanted", self.attribute, self.found, self.wanted),
        }
    }
}

fn finding(plan: &Plan, found: &cairn_engine::drift::Finding) -> Finding {
    let (kind, differences) = match &found.kind {
        FindingKind::Changed(differences) => (Kind::Changed, differences.iter().map(attribute).collect()),
        FindingKind::Missing => (Kind::Missing, Vec::new()),
        FindingKind::Stray => (Kind::Stray, Vec::new()),
        FindingKind::Orphaned => (Kind::Orphaned, Vec::new()),
    };
    Finding {
        address: found.address.to_string(),
        type_name: found.type_name.to_string(),
        id: found.id.clone(),
        kind,
        declared: declared(plan, &found.address),
        differences,
    }
}

fn declared(plan: &Plan, address: &Address) -> Option<Place> {
    let span: &Span = plan.change(address)?.span.as_ref()?;
    Some(Place { file: span.file.to_string(), line: span.line, column: span.column })
}

fn attribute(difference: &cairn_engine::Difference) -> AttributeDrift {
    AttributeDrift {
        attribute: difference.path.to_string(),
        wanted: to_json_shown(&difference.want),
        found: to_json_shown(&difference.have),
        sensitive: difference.want.is_sensitive() || difference.have.is_sensitive(),
    }
}
