//! One change: in full, and in one line.

use super::escape::{block, code};
use super::values;
use crate::cause::{Cause, causes};
use crate::impact::{self, Danger, duration, replaces, sentence};
use cairn_engine::saved::{SavedChange, SavedDifference, SavedPlan};
use cairn_engine::{Action, Does, Reason, Spared};
use serde_json::Value as Json;

/// More causes than this are only counted: the diff shows them all.
const MOST_CAUSES: usize = 6;
/// More lines than this of one resource are left out.
const MOST_LINES: usize = 150;

/// One change as it is drawn.
pub struct Entry {
    /// How dangerous it is.
    pub danger: Danger,
    /// Nothing but tags change.
    pub tags_only: bool,
    /// Something live goes: it must be named.
    pub destroys: bool,
    /// The address.
    pub address: String,
    /// With everything that is to be said.
    pub full: String,
    /// On one line.
    pub brief: String,
}

/// What is known of where a change comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Not whether the configuration changed or AWS.
    Open,
    /// The configuration changed.
    Configuration,
    /// AWS changed.
    World,
}

/// Draws a change.
pub fn entry(plan: &SavedPlan, change: &SavedChange, origin: Origin) -> Entry {
    let title = format!("**{}** {}", verb(change.action), code(&change.address));
    if is_tags_only(change) {
        let line = format!("- {}: {}\n", code(&change.address), retagged(change));
        return Entry {
            danger: Danger::Quiet,
            tags_only: true,
            destroys: false,
            address: change.address.clone(),
            brief: line.clone(),
            full: line,
        };
    }
    let mut full = format!("{title}\n\n");
    for line in because(plan, change, origin).into_iter().chain(effects(change)) {
        full.push_str(&format!("- {line}\n"));
    }
    if change.impact.seconds > 9 {
        full.push_str(&format!("- Takes about {} (estimate)\n", duration(change.impact.seconds)));
    }
    let lines = diff(change);
    if !lines.is_empty() {
        full.push('\n');
        full.push_str(&block("diff", &lines));
    }
    full.push('\n');
    let brief = format!("- {title}{}\n", brief_note(change));
    Entry {
        danger: impact::danger(change),
        tags_only: false,
        destroys: impact::destroys(change.action),
        address: change.address.clone(),
        full,
        brief,
    }
}

fn is_tags_only(change: &SavedChange) -> bool {
    let tag = |d: &SavedDifference| matches!(d.steps.first().and_then(Json::as_str), Some("tags" | "tags_all"));
    change.action == Action::Update && change.impact.effects.is_empty() && change.differences.iter().all(tag)
}

/// The tags that change, in one line.
fn retagged(change: &SavedChange) -> String {
    let shown = |json: &Json| if json.is_null() { "nothing".to_string() } else { code(&json.to_string()) };
    let one = |d: &SavedDifference| match d.sensitive {
        true => format!("{} (sensitive value)", code(&d.path)),
        false => format!("{} {} → {}", code(&d.path), shown(&d.have), shown(&d.want)),
    };
    let said: Vec<String> = change.differences.iter().take(MOST_CAUSES).map(one).collect();
    let more = change.differences.len().saturating_sub(MOST_CAUSES);
    if more == 0 { said.join(", ") } else { format!("{} and {more} more", said.join(", ")) }
}

/// What is done, as a heading says it.
pub fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "Add",
        Action::Update => "Change",
        Action::Delete => "Destroy",
        Action::DeleteThenCreate | Action::CreateThenDelete => "Replace",
        Action::Read => "Read",
        Action::NoOp => "Differs:",
    }
}

/// The worst of it, or else what differs.
fn brief_note(change: &SavedChange) -> String {
    let words = |does: Does, spared: &Option<Spared>| match (does, spared) {
        (Does::Loses | Does::MayLose, Some(Spared::Kept(_))) => "data at risk",
        (Does::Loses, _) => "loses data",
        (Does::MayLose, _) => "may lose data",
        (Does::Interrupts, _) => "interrupts",
        (Does::MayInterrupt, _) => "may interrupt",
        (Does::Renames, _) => "has another name or address",
    };
    let mut said: Vec<String> = change.impact.effects.iter().map(|e| words(e.does, &e.spared).to_string()).collect();
    if said.is_empty() {
        said.extend(change.differences.iter().take(3).map(|d| code(&d.path)));
    }
    said.dedup();
    if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) }
}

fn effects(change: &SavedChange) -> Vec<String> {
    let said = change.impact.effects.iter().map(|e| {
        let by: Vec<String> = e.arguments.iter().map(|a| code(a)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" (by {})", by.join(", ")) };
        let source = e.source.as_ref().map(|s| format!(" ([AWS]({s}))")).unwrap_or_default();
        let text = sentence(e);
        match text.split_once(": ") {
            Some((does, what)) => format!("**{does}:** {what}{by}{source}"),
            None => text,
        }
    });
    said.collect()
}

fn because(plan: &SavedPlan, change: &SavedChange, origin: Origin) -> Vec<String> {
    let causes = causes(plan, change);
    let declared = change.declared_at.as_deref().map(|at| format!(", declared at {}", code(at))).unwrap_or_default();
    let mut lines: Vec<String> = causes.iter().take(MOST_CAUSES).map(|c| sentence_of(c, change, origin, &declared)).collect();
    if causes.len() > MOST_CAUSES {
        lines.push(format!("and {} more, below", causes.len() - MOST_CAUSES));
    }
    if replaces(change.action) {
        let order = match change.action {
            Action::CreateThenDelete => "The new one is made before the old one is destroyed",
            _ => "The old one is destroyed before the new one is made",
        };
        lines.push(order.to_string());
    }
    lines
}

fn sentence_of(cause: &Cause<'_>, change: &SavedChange, origin: Origin, declared: &str) -> String {
    let written = |at: &Option<&str>| at.map(|at| format!(" ({})", code(at))).unwrap_or_default();
    match cause {
        Cause::Forces(path, at) => format!("{}{} can't be changed in place", code(path), written(at)),
        Cause::Differs(path, at) => match origin {
            Origin::Configuration => format!("{}{} was changed in the configuration", code(path), written(at)),
            Origin::World => format!("Somebody changed {} in AWS; the configuration says otherwise{}", code(path), written(at)),
            Origin::Open => format!("{}{} differs from AWS", code(path), written(at)),
        },
        Cause::Follows(path, of) => {
            let of: Vec<String> = of.iter().take(3).map(|a| code(a)).collect();
            format!("{} follows from the change of {}", code(path), of.join(", "))
        }
        Cause::Itself(path) => format!("{} follows from the rest of this change", code(path)),
        Cause::Asked(Reason::ReplaceByTriggers) => "A value in `replace_triggered_by` changed".to_string(),
        Cause::Asked(_) => "Asked for with `-replace`".to_string(),
        Cause::Absent => match origin {
            Origin::World => format!("It is not in AWS any more{declared}"),
            Origin::Configuration => format!("New in the configuration{declared}"),
            Origin::Open => format!("It is not in AWS{declared}"),
        },
        Cause::Destroy => format!("All of the stack goes{declared}"),
        Cause::Undeclared(reason) => undeclared(*reason, change),
    }
}

fn undeclared(reason: Reason, change: &SavedChange) -> String {
    let id = change.id.as_deref().map(code).unwrap_or_default();
    match reason {
        Reason::DeleteBecauseCountIndex | Reason::DeleteBecauseEachKey => {
            format!("Its index or key is no longer among those of its block; its id is {id}")
        }
        Reason::DeleteBecauseNoModule => format!("Its module is not in the configuration any more; its id is {id}"),
        Reason::DeleteBecauseStray => {
            format!("Somebody made {id} by hand: it is part of a resource of this stack, and no block declares it")
        }
        Reason::DeleteBecauseDeposed => format!("{id} was replaced, and a run ended before it was destroyed"),
        _ => format!("Its block is not in the configuration any more; its id is {id}"),
    }
}

fn diff(change: &SavedChange) -> Vec<String> {
    let mut lines: Vec<String> = match change.action {
        Action::Create => values::made(change),
        Action::Delete if change.reason == Some(Reason::DeleteBecauseStray) => values::gone(change),
        Action::Delete => Vec::new(),
        _ => change.differences.iter().flat_map(values::difference).collect(),
    };
    if lines.len() > MOST_LINES {
        let left_out = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("# {left_out} more lines are left out here"));
    }
    lines
}
