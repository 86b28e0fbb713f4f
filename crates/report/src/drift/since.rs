//! What changed since the last report, so that nobody is told the same thing every night.

use super::{DriftReport, Finding, Kind, StackDrift, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A report compared with an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Since {
    /// When the earlier one was made, in RFC 3339.
    pub checked_at: String,
    /// Something is not as it was: findings, a verdict, or what could not be read.
    pub changed: bool,
    /// What was not in the earlier one.
    pub new: Vec<Named>,
    /// What was in the earlier one, with other values.
    pub altered: Vec<Named>,
    /// What was in the earlier one and is no more. What could not be read this time is not among it.
    pub gone: Vec<Named>,
}

/// A finding by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// `name/workspace` of its stack.
    pub stack: String,
    /// Its address.
    pub address: String,
    /// What is, or was, the matter.
    pub kind: Kind,
}

impl Since {
    /// What is in a report and not in an earlier one, and the other way round.
    pub fn of(now: &DriftReport, earlier: &DriftReport) -> Since {
        let mut since =
            Since { checked_at: earlier.checked_at.clone(), changed: false, new: Vec::new(), altered: Vec::new(), gone: Vec::new() };
        for stack in &now.stacks {
            let before = earlier.stacks.iter().find(|s| s.identity() == stack.identity());
            since.compare(stack, before);
        }
        since.changed |= !(since.new.is_empty() && since.altered.is_empty() && since.gone.is_empty());
        since
    }

    fn compare(&mut self, now: &StackDrift, before: Option<&StackDrift>) {
        let earlier = before.map_or(&[][..], |s| &s.findings);
        let named = |f: &Finding| Named { stack: now.identity(), address: f.address.clone(), kind: f.kind };
        for finding in &now.findings {
            match earlier.iter().find(|e| same(e, finding)) {
                None => self.new.push(named(finding)),
                Some(e) if e.differences != finding.differences => self.altered.push(named(finding)),
                Some(_) => {}
            }
        }
        let readable = |f: &Finding| now.error.is_none() && !now.unchecked.iter().any(|u| u.type_name == f.type_name);
        let gone = earlier.iter().filter(|e| readable(e) && !now.findings.iter().any(|f| same(e, f)));
        self.gone.extend(gone.map(named));
        self.changed |= now.verdict != before.map_or(Verdict::NoDrift, |s| s.verdict);
        self.changed |= unread(now) != before.map_or_else(Vec::new, unread);
    }

    /// In a few lines, the first of which says how much.
    pub fn lines(&self) -> Vec<String> {
        let when = if self.checked_at.is_empty() { "the beginning" } else { &self.checked_at };
        let mut lines = vec![format!("Since {when}: {} new, {} altered, {} gone.", self.new.len(), self.altered.len(), self.gone.len())];
        for (word, all) in [("new", &self.new), ("altered", &self.altered), ("gone", &self.gone)] {
            lines.extend(all.iter().map(|n| format!("{word}: {}: {} ({})", n.stack, n.address, n.kind.name())));
        }
        lines
    }
}

/// True when both are one finding, whatever its values are.
fn same(a: &Finding, b: &Finding) -> bool {
    (&a.address, a.kind, &a.id) == (&b.address, b.kind, &b.id)
}

/// What could not be read. The reasons hold request ids, which are new each time.
fn unread(stack: &StackDrift) -> Vec<(&str, &str)> {
    let types = stack.unchecked.iter().map(|u| (u.type_name.as_str(), u.provider.as_str()));
    types.chain(stack.error.iter().map(|_| ("", ""))).collect()
}
