//! A plan as text, in Terraform's words and symbols.

use super::style::{Colour, Style, harmless};
use super::{outputs, resource};
use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_engine::{Action, Reason};
use cairn_model::instance::Schemas;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The whole plan.
pub fn draw(plan: &SavedPlan, schemas: &dyn Schemas, style: Style) -> String {
    let mut out = String::new();
    let changes: Vec<&SavedChange> = plan.changes.iter().filter(|c| c.action != Action::NoOp).collect();
    let reads: Vec<_> = plan.data.iter().filter(|d| d.deferred).collect();
    if plan.refresh_only {
        refresh_only(&mut out, plan, style);
    } else if changes.is_empty() && outputs::changes(plan).is_empty() {
        let _ = writeln!(out, "{} Your infrastructure matches the configuration.", style.paint(Colour::Green, "No changes."));
    } else {
        legend(&mut out, &changes, !reads.is_empty(), style);
        let _ = writeln!(out, "Cairn will perform the following actions:\n");
        for read in &reads {
            let why =
                if read.config_known { "(depends on a resource with changes pending)" } else { "(config refers to values not yet known)" };
            let _ = writeln!(out, "  # {} will be read during apply\n  # {why}", read.address);
            let _ = writeln!(out, " {} data \"{}\" \"{}\" {{}}\n", style.paint(Colour::Cyan, "<="), read.type_name, read.name);
        }
        for change in &changes {
            let _ = writeln!(out, "{}", heading(change, style));
            for line in resource::draw(change, schemas.resource(&change.type_name), style) {
                let _ = writeln!(out, "{line}");
            }
            out.push('\n');
        }
        let counts = plan.counts();
        let _ = writeln!(
            out,
            "{} {} to add, {} to change, {} to destroy.",
            style.paint(Colour::Bold, "Plan:"),
            counts.add,
            counts.change,
            counts.destroy
        );
        let outputs = outputs::draw_changes(plan, style);
        if !outputs.is_empty() {
            let _ = write!(out, "\n{outputs}");
        }
    }
    unchecked(&mut out, plan, style);
    out
}

fn refresh_only(out: &mut String, plan: &SavedPlan, style: Style) {
    let differing: Vec<&SavedChange> = plan.changes.iter().filter(|c| !c.differences.is_empty()).collect();
    if differing.is_empty() {
        let _ = writeln!(out, "{} AWS is as the configuration says.", style.paint(Colour::Green, "No changes."));
        return;
    }
    let _ = writeln!(out, "These resources differ from the configuration. With -refresh-only nothing is changed.\n");
    for change in differing {
        let _ = writeln!(out, "  # {} differs", style.paint(Colour::Bold, &change.address));
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
fn heading(change: &SavedChange, style: Style) -> String {
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
    format!("  # {address} {what}{why}")
}

pub(crate) fn because(reason: Reason, change: &SavedChange) -> Option<String> {
    let id = change.id.as_deref().map(harmless).unwrap_or_default();
    Some(match reason {
        Reason::DeleteBecauseNoResourceConfig => format!("because {} is not in configuration", change.address),
        Reason::DeleteBecauseCountIndex | Reason::DeleteBecauseEachKey => {
            format!("because {} is out of range or no longer among the keys of its block", change.address)
        }
        Reason::DeleteBecauseNoModule => {
            format!("because {} is not in configuration", change.module_address.as_deref().unwrap_or("its module"))
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
