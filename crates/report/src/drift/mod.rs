//! What drifted, as data: the one source of every format but the coloured text.

pub mod ignore;
pub mod junit;
pub mod markdown;
pub mod pattern;
pub mod prometheus;
pub mod sarif;
pub mod since;

pub use ignore::{IgnoreEntry, Ignored, Sorted};
pub use since::Since;

use cairn_engine::Plan;
use cairn_engine::drift::FindingKind;
use cairn_model::json::to_json_shown;
use cairn_model::{Address, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The version of the JSON form. A change that breaks readers raises the number before the dot.
pub const FORMAT_VERSION: &str = "1.1";

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
    /// What changed since an earlier report, where one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Since>,
}

/// The one true thing that a job has to say. A later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was read, and nothing has drifted but what is ignored. Exit code 0.
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
    /// What the ignore list covers.
    #[serde(default)]
    pub ignored: Vec<Ignored>,
    /// Entries of the ignore list that cover nothing: they can be removed. Empty where not everything could be read.
    #[serde(default)]
    pub unmatched_ignores: Vec<IgnoreEntry>,
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
    /// More of it: which others carry the mark, or whose it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The values that differ.
    pub differences: Vec<AttributeDrift>,
    /// The entry of the ignore list that covered it and has expired.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expired_ignore: Option<IgnoreEntry>,
    /// Its page in the AWS console, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub console: Option<String>,
    /// Who changed it last, as CloudTrail's event history tells. Only where it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<Who>,
    /// Why the history does not tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who_unknown: Option<String>,
}

/// A call that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Who {
    /// The ARN of who called, or the name where the history has no ARN.
    pub user: String,
    /// When, in RFC 3339.
    pub time: String,
    /// The IP address or the AWS service that the call came from.
    pub source: String,
    /// The call, such as `ec2:AuthorizeSecurityGroupIngress`.
    pub call: String,
    /// The event's id in CloudTrail.
    pub event_id: String,
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
    /// More than one resource carries its mark.
    MarkedTwice,
    /// What has its name does not carry its mark.
    Unmarked,
    /// It carries the stack's mark, and is not what the mark says.
    Foreign,
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
    /// It is allowed to be unread: the verdict does not hang on it.
    #[serde(default)]
    pub allowed: bool,
}

impl DriftReport {
    /// A report over stacks. `checked_at` is in RFC 3339.
    pub fn new(checked_at: String, stacks: Vec<StackDrift>) -> DriftReport {
        let verdict = stacks.iter().map(|s| s.verdict).max().unwrap_or(Verdict::NoDrift);
        DriftReport { format_version: FORMAT_VERSION.to_string(), checked_at, verdict, stacks, since: None }
    }

    /// As JSON, with the newline that ends it.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }
}

impl StackDrift {
    /// What a plan says of drift, sorted by the ignore list. What could not be read and fits one of the patterns
    /// `allowed` leaves the verdict as it is.
    pub fn of(plan: &Plan, sorted: &Sorted, allowed: &[String]) -> StackDrift {
        let findings: Vec<Finding> = sorted.findings.iter().map(|(f, expired)| finding(plan, f, expired.as_ref())).collect();
        let unchecked: Vec<UncheckedType> = plan
            .unchecked
            .iter()
            .map(|u| UncheckedType {
                type_name: u.type_name.clone(),
                provider: u.provider.clone(),
                reason: u.reason.clone(),
                allowed: allowed.iter().any(|pattern| pattern::covers(pattern, &u.type_name)),
            })
            .collect();
        let verdict = match (unchecked.iter().all(|u| u.allowed), findings.is_empty()) {
            (false, _) => Verdict::Unknown,
            (true, false) => Verdict::Drift,
            (true, true) => Verdict::NoDrift,
        };
        // An entry for what could not be read matches nothing, and may be right.
        let unmatched_ignores = if unchecked.is_empty() { sorted.unmatched.clone() } else { Vec::new() };
        let unread = |name: &str| unchecked.iter().any(|u| u.type_name == name);
        let checked = plan.changes.iter().filter(|c| c.config.is_some() && !unread(c.schema.name)).map(|c| c.address.to_string());
        StackDrift {
            stack: plan.stack.name.clone(),
            workspace: plan.stack.workspace.clone(),
            verdict,
            checked: checked.collect(),
            findings,
            ignored: sorted.ignored.clone(),
            unmatched_ignores,
            unchecked,
            error: None,
        }
    }

    /// A stack that could not be looked at.
    pub fn failed(stack: String, workspace: String, error: String) -> StackDrift {
        StackDrift {
            stack,
            workspace,
            verdict: Verdict::Unknown,
            checked: Vec::new(),
            findings: Vec::new(),
            ignored: Vec::new(),
            unmatched_ignores: Vec::new(),
            unchecked: Vec::new(),
            error: Some(error),
        }
    }

    /// `name/workspace`.
    pub fn identity(&self) -> String {
        format!("{}/{}", self.stack, self.workspace)
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] =
        [Kind::Changed, Kind::Missing, Kind::Stray, Kind::Orphaned, Kind::MarkedTwice, Kind::Unmarked, Kind::Foreign];

    /// The kind of a finding of the engine.
    pub fn of(kind: &FindingKind) -> Kind {
        match kind {
            FindingKind::Changed(_) => Kind::Changed,
            FindingKind::Missing => Kind::Missing,
            FindingKind::Stray => Kind::Stray,
            FindingKind::Orphaned => Kind::Orphaned,
            FindingKind::Twice { .. } => Kind::MarkedTwice,
            FindingKind::Unmarked { .. } => Kind::Unmarked,
            FindingKind::Foreign { .. } => Kind::Foreign,
        }
    }

    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Changed => "changed",
            Kind::Missing => "missing",
            Kind::Stray => "stray",
            Kind::Orphaned => "orphaned",
            Kind::MarkedTwice => "marked_twice",
            Kind::Unmarked => "unmarked",
            Kind::Foreign => "foreign",
        }
    }

    /// What it means, for one who has not met it.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Changed => "its values are not what the configuration says",
            Kind::Missing => "it is declared, and nothing in AWS carries its mark",
            Kind::Stray => "it is part of a resource of this stack, and no block declares it",
            Kind::Orphaned => "it carries this stack's mark, and no block declares it",
            Kind::MarkedTwice => "more than one resource carries its mark",
            Kind::Unmarked => "what has its name does not carry its mark",
            Kind::Foreign => "it carries this stack's mark, and is not what the mark says",
        }
    }
}

impl Finding {
    /// Notes who changed it last, or why that is not known.
    pub fn changed_by(&mut self, told: Result<cairn_engine::drift::Who, String>) {
        match told {
            Ok(who) => self.who = Some(who.into()),
            Err(why) => self.who_unknown = Some(why),
        }
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let id = self.id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
        let detail = self.detail.as_deref().map(|d| format!(" ({d})")).unwrap_or_default();
        format!("{}{id} is {}: {}{detail}", self.address, self.kind.name().replace('_', " "), self.kind.meaning())
    }

    /// What is to be said beside it, a line each.
    pub fn notes(&self) -> Vec<String> {
        let expired = self.expired_ignore.iter().map(IgnoreEntry::expired_line);
        let who = self.who.iter().map(Who::line);
        let unknown = self.who_unknown.iter().map(|why| format!("who changed it is not known: {why}"));
        let console = self.console.iter().map(|url| format!("console: {url}"));
        expired.chain(who).chain(unknown).chain(console).collect()
    }
}

impl From<cairn_engine::drift::Who> for Who {
    fn from(who: cairn_engine::drift::Who) -> Who {
        let cairn_engine::drift::Who { user, time, source, call, event_id } = who;
        Who { user, time, source, call, event_id }
    }
}

impl Who {
    fn line(&self) -> String {
        format!("last changed by {} at {} from {} with {} (event {})", self.user, self.time, self.source, self.call, self.event_id)
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

fn finding(plan: &Plan, found: &cairn_engine::drift::Finding, expired: Option<&IgnoreEntry>) -> Finding {
    Finding {
        address: found.address.to_string(),
        type_name: found.type_name.to_string(),
        id: found.id.clone(),
        kind: Kind::of(&found.kind),
        declared: declared(plan, &found.address),
        detail: detail(&found.kind),
        differences: found.kind.differences().iter().map(attribute).collect(),
        expired_ignore: expired.cloned(),
        console: None,
        who: None,
        who_unknown: None,
    }
}

fn detail(kind: &FindingKind) -> Option<String> {
    match kind {
        FindingKind::Twice { others, .. } => Some(format!("the others: {}", others.join(", "))),
        FindingKind::Unmarked { whose, .. } => Some(whose.clone()),
        FindingKind::Foreign { mark } => Some(format!("it says {mark}")),
        FindingKind::Changed(_) | FindingKind::Missing | FindingKind::Stray | FindingKind::Orphaned => None,
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
