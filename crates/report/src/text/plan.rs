//! A plan as text, in Terraform's words and symbols.

use super::style::{Colour, Style, harmless};
use super::{outputs, policies, resource};
use crate::cause::{Cause, causes};
use crate::impact::{duration, expected_seconds, sentence, verdict};
use crate::review::{Review, review};
use cairn_engine::saved::{SavedBase, SavedChange, SavedPlan};
use cairn_engine::{Action, Does, Effect, Reason};
use cairn_model::instance::Schemas;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The whole plan.
pub fn draw(plan: &SavedPlan, schemas: &dyn Schemas, style: Style) -> String {
    let mut out = String::new();
    if plan.refresh_only {
        refresh_only(&mut out, plan, style);
    } else if let Some((review, base)) = review(plan).zip(plan.base.as_ref()) {
        reviewed(&mut out, plan, &review, base, schemas, style);
    } else if is_empty(plan) {
        let _ = writeln!(out, "{} Your infrastructure matches the configuration.", style.paint(Colour::Green, "No changes."));
    } else {
        actions(&mut out, plan, schemas, style);
        totals(&mut out, plan, style);
        outputs(&mut out, plan, style);
    }
    out.push_str(&policies::draw(&plan.findings, style));
    unchecked(&mut out, plan, style);
    out
}

fn is_empty(plan: &SavedPlan) -> bool {
    acting(plan).next().is_none() && outputs::changes(plan).is_empty()
}

fn acting(plan: &SavedPlan) -> impl Iterator<Item = &SavedChange> {
    plan.changes.iter().filter(|c| c.action != Action::NoOp)
}

/// What is read and what is done, with the legend.
fn actions(out: &mut String, plan: &SavedPlan, schemas: &dyn Schemas, style: Style) {
    let changes: Vec<&SavedChange> = acting(plan).collect();
    let reads: Vec<_> = plan.data.iter().filter(|d| d.deferred).collect();
    legend(out, &changes, !reads.is_empty(), style);
    let _ = writeln!(out, "Cairn will perform the following actions:\n");
    for read in &reads {
        let why =
            if read.config_known { "(depends on a resource with changes pending)" } else { "(config refers to values not yet known)" };
        let _ = writeln!(out, "  # {} will be read during apply\n  # {why}", harmless(&read.address));
        let _ = writeln!(out, " {} data \"{}\" \"{}\" {{}}\n", style.paint(Colour::Cyan, "<="), read.type_name, read.name);
    }
    blocks(out, plan, &changes, schemas, style);
}

/// The block of each change. What makes a value unknown is looked for in the whole plan.
fn blocks(out: &mut String, whole: &SavedPlan, changes: &[&SavedChange], schemas: &dyn Schemas, style: Style) {
    for change in changes {
        let _ = writeln!(out, "{}", heading(whole, change, style));
        for line in resource::draw(change, schemas.resource(&change.type_name), style) {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
}

/// How much is done, and how long it takes.
fn totals(out: &mut String, plan: &SavedPlan, style: Style) {
    let counts = plan.counts();
    let plan_word = style.paint(Colour::Bold, "Plan:");
    let _ = writeln!(out, "{plan_word} {} to add, {} to change, {} to destroy.", counts.add, counts.change, counts.destroy);
    let verdict = verdict(plan);
    for (colour, words, names) in [
        (Colour::Red, "Loses data:", &verdict.loses),
        (Colour::Red, "Data at risk:", &verdict.keeps),
        (Colour::Yellow, "May lose data:", &verdict.may_lose),
        (Colour::Red, "Interrupts:", &verdict.interrupts),
        (Colour::Yellow, "May interrupt:", &verdict.may_interrupt),
    ] {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|n| harmless(n)).collect();
            let _ = writeln!(out, "{} {}", style.paint(colour, words), names.join(", "));
        }
    }
    let seconds = expected_seconds(plan);
    if seconds > 9 {
        let longest = plan.critical_path.iter().max_by_key(|leg| leg.seconds);
        let mostly = longest.map(|leg| format!(", {} of them for {}", duration(leg.seconds), harmless(&leg.address))).unwrap_or_default();
        let _ = writeln!(out, "An apply takes about {} at least (estimate){mostly}.", duration(seconds));
    }
}

fn outputs(out: &mut String, plan: &SavedPlan, style: Style) {
    let changes = outputs::draw_changes(plan, style);
    if !changes.is_empty() {
        let _ = write!(out, "\n{changes}");
    }
}

/// The parts of a plan that was made with a base.
fn reviewed(out: &mut String, plan: &SavedPlan, review: &Review, base: &SavedBase, schemas: &dyn Schemas, style: Style) {
    let bold = |text: &str| style.paint(Colour::Bold, text);
    let commit: String = base.commit.chars().take(12).collect();
    let _ = writeln!(out, "{}\n", bold(&format!("What this change does, compared with {} ({commit}):", harmless(&base.revision))));
    let own: Vec<&SavedChange> = acting(&review.change).collect();
    if own.is_empty() {
        let _ = writeln!(out, "  Nothing.\n");
    }
    blocks(out, plan, &own, schemas, style);
    let _ = writeln!(out, "{}\n", bold("What had already drifted, and an apply mends as well:"));
    let drifted: Vec<&SavedChange> = acting(&review.drift).collect();
    if drifted.is_empty() {
        let _ = writeln!(out, "  Nothing.\n");
    }
    blocks(out, &base.plan, &drifted, schemas, style);
    if !review.follows.is_empty() {
        let _ = writeln!(out, "{}\n", bold("What this change writes down as AWS already has it; nothing is done:"));
        for follow in &review.follows {
            let paths: Vec<String> = follow.differences.iter().filter(|d| d.drift).map(|d| harmless(&d.path)).collect();
            let paths = if paths.is_empty() { String::new() } else { format!(": {}", paths.join(", ")) };
            let _ = writeln!(out, "  # {} {}{paths}", bold(&harmless(&follow.address)), follow.words());
        }
        out.push('\n');
    }
    totals(out, plan, style);
    outputs(out, plan, style);
}

fn refresh_only(out: &mut String, plan: &SavedPlan, style: Style) {
    let differing: Vec<&SavedChange> = plan.changes.iter().filter(|c| !c.differences.is_empty()).collect();
    if differing.is_empty() {
        let _ = writeln!(out, "{} AWS is as the configuration says.", style.paint(Colour::Green, "No changes."));
        return;
    }
    let _ = writeln!(out, "These resources differ from the configuration. With -refresh-only nothing is changed.\n");
    for change in differing {
        let _ = writeln!(out, "  # {} differs", style.paint(Colour::Bold, &harmless(&change.address)));
        for line in resource::differences(change, style) {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
}

/// The live resources of the stack, as they are in AWS.
pub fn draw_live(plan: &SavedPlan, schemas: &dyn Schemas, style: Style) -> String {
    let mut out = String::new();
    for change in plan.changes.iter().filter(|c| !c.before.is_null()) {
        let as_is = SavedChange {
            action: Action::NoOp,
            after: change.before.clone(),
            after_unknown: serde_json::Value::Bool(false),
            after_sensitive: change.before_sensitive.clone(),
            ..change.clone()
        };
        let _ = writeln!(out, "# {}:", harmless(&change.address));
        for line in resource::draw_live(&as_is, schemas.resource(&change.type_name), style) {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
    if out.is_empty() {
        out.push_str("The stack has no resources in AWS.\n");
    }
    unchecked(&mut out, plan, style);
    out
}

fn legend(out: &mut String, changes: &[&SavedChange], reads: bool, style: Style) {
    let used: BTreeSet<Action> = changes.iter().map(|c| c.action).collect();
    let _ = writeln!(out, "Resource actions are indicated with the following symbols:");
    let lines = [
        (Action::Create, "  +", Colour::Green, "create"),
        (Action::Update, "  ~", Colour::Yellow, "update in-place"),
        (Action::Delete, "  -", Colour::Red, "destroy"),
        (Action::DeleteThenCreate, "-/+", Colour::Red, "destroy and then create replacement"),
        (Action::CreateThenDelete, "+/-", Colour::Green, "create replacement and then destroy"),
    ];
    for (action, symbol, colour, words) in lines {
        if used.contains(&action) {
            let _ = writeln!(out, "{} {words}", style.paint(colour, symbol));
        }
    }
    if reads {
        let _ = writeln!(out, "{} read (data resources)", style.paint(Colour::Cyan, " <="));
    }
    out.push('\n');
}

/// `# ADDRESS will be …`, and why.
fn heading(whole: &SavedPlan, change: &SavedChange, style: Style) -> String {
    let address = style.paint(Colour::Bold, &harmless(&change.address));
    let what = match change.action {
        Action::Create => "will be created".to_string(),
        Action::Update => "will be updated in-place".to_string(),
        Action::Delete => format!("will be {}", style.paint(Colour::Red, "destroyed")),
        Action::DeleteThenCreate | Action::CreateThenDelete if change.reason == Some(Reason::ReplaceByRequest) => {
            format!("will be {}, as requested", style.paint(Colour::Red, "replaced"))
        }
        Action::DeleteThenCreate | Action::CreateThenDelete => format!("must be {}", style.paint(Colour::Red, "replaced")),
        Action::Read => "will be read during apply".to_string(),
        Action::NoOp => "has no changes".to_string(),
    };
    let why = change.reason.and_then(|r| because(r, change)).map(|w| format!("\n  # ({w})")).unwrap_or_default();
    let effects: String = change.impact.effects.iter().map(|e| format!("\n  # {}", effect(e, style))).collect();
    let lasts = match change.impact.seconds {
        seconds if seconds > 9 => format!("\n  # takes about {} (estimate)", duration(seconds)),
        _ => String::new(),
    };
    let origins: String = origins(whole, change).iter().map(|o| format!("\n  # {o}")).collect();
    format!("  # {address} {what}{why}{origins}{effects}{lasts}")
}

/// More places than this are not told: the diff shows what differs.
const MOST_ORIGINS: usize = 4;

/// Where the arguments that differ are written, and which other changes make values unknown.
fn origins(whole: &SavedPlan, change: &SavedChange) -> Vec<String> {
    let told = causes(whole, change).into_iter().filter_map(|cause| match cause {
        Cause::Forces(path, Some(at)) | Cause::Differs(path, Some(at)) => {
            Some(format!("{} is written at {}", harmless(path), harmless(at)))
        }
        Cause::Follows(path, of) => Some(format!("{} follows from the change of {}", harmless(path), harmless(&of.join(", ")))),
        _ => None,
    });
    let mut told: Vec<String> = told.map(|t| t.replace('\n', "\\n")).collect();
    if told.len() > MOST_ORIGINS {
        let more = told.len() - MOST_ORIGINS;
        told.truncate(MOST_ORIGINS);
        told.push(format!("and {more} more"));
    }
    told
}

/// What somebody notices, with the arguments that do it.
fn effect(effect: &Effect, style: Style) -> String {
    let by = if effect.arguments.is_empty() { String::new() } else { format!(" (by {})", effect.arguments.join(", ")) };
    let colour = if matches!(effect.does, Does::Loses | Does::Interrupts) { Colour::Red } else { Colour::Yellow };
    style.paint(colour, &format!("{}{by}", harmless(&sentence(effect))))
}

pub(crate) fn because(reason: Reason, change: &SavedChange) -> Option<String> {
    let id = change.id.as_deref().map(harmless).unwrap_or_default();
    Some(match reason {
        Reason::DeleteBecauseNoResourceConfig => format!("because {} is not in configuration", harmless(&change.address)),
        Reason::DeleteBecauseCountIndex | Reason::DeleteBecauseEachKey => {
            format!("because {} is out of range or no longer among the keys of its block", harmless(&change.address))
        }
        Reason::DeleteBecauseNoModule => {
            format!("because {} is not in configuration", change.module_address.as_deref().map_or_else(|| "its module".into(), harmless))
        }
        Reason::DeleteBecauseStray => format!("because {id} is part of a resource of this stack, and no block declares it"),
        Reason::DeleteBecauseDeposed => format!("because {id} was replaced, and a run ended before it was destroyed"),
        Reason::ReplaceByTriggers => "because a value in replace_triggered_by changed".to_string(),
        Reason::ReplaceBecauseCannotUpdate | Reason::ReplaceByRequest => return None,
    })
}

fn unchecked(out: &mut String, plan: &SavedPlan, style: Style) {
    if plan.unchecked.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n{} These types could not be read; nothing is said of them and nothing of them is changed:",
        style.paint(Colour::Red, "Unchecked.")
    );
    for u in &plan.unchecked {
        let _ = writeln!(out, "  {} (provider {}): {}", u.type_name, u.provider, harmless(&u.reason));
    }
}
