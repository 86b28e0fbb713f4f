//! Why a resource changes, and what those who use it notice.

use super::declared::place;
use crate::cause::{Cause, causes};
use crate::impact::{duration, sentence};
use crate::text;
use crate::text::harmless;
use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_engine::{Action, Does, Reason};
use maud::{Markup, html};

/// More causes than this are only counted.
const MANY: usize = 8;

/// A list of causes and effects; nothing where there is nothing to say.
pub fn draw(plan: &SavedPlan, change: &SavedChange, folder: &str) -> Markup {
    if matches!(change.action, Action::NoOp | Action::Read) {
        return html! {};
    }
    let causes = causes(plan, change);
    html! {
        ul class="why" {
            @for effect in &change.impact.effects {
                li class=(if matches!(effect.does, Does::Loses | Does::Interrupts) { "grave" } else { "mild" }) { (harmless(&sentence(effect))) }
            }
            @for cause in causes.iter().take(MANY) { li { (because(cause, change, folder)) } }
            @if causes.len() > MANY { li { "and " (causes.len() - MANY) " more, below" } }
            @match change.action {
                Action::DeleteThenCreate => { li { "The old one is destroyed before the new one is made" } }
                Action::CreateThenDelete => { li { "The new one is made before the old one is destroyed" } }
                _ => {}
            }
            @if change.impact.seconds > 9 { li { "Takes about " (duration(change.impact.seconds)) " (estimate)" } }
        }
    }
}

fn because(cause: &Cause<'_>, change: &SavedChange, folder: &str) -> Markup {
    let written = |at: &Option<&str>| html! { @if let Some(at) = at { " (" code { (harmless(&place(at, folder))) } ")" } };
    let code = |text: &str| html! { code { (harmless(text)) } };
    html! {
        @match cause {
            Cause::Forces(path, at) => { (code(path)) (written(at)) " can't be changed in place" }
            Cause::Differs(path, at) => { (code(path)) " is not in AWS as the configuration says" (written(at)) }
            Cause::Follows(path, of) => {
                (code(path)) " follows from the change of "
                @for (n, other) in of.iter().take(3).enumerate() { @if n > 0 { ", " } (code(other)) }
            }
            Cause::Itself(path) => { (code(path)) " follows from the rest of this change" }
            Cause::Undeclared(reason) => { (undeclared(*reason, change)) }
            Cause::Asked(Reason::ReplaceByTriggers) => { "A value in " (code("replace_triggered_by")) " changed" }
            Cause::Asked(_) => { "Asked for with " (code("-replace")) }
            Cause::Absent => { "It is not in AWS" }
            Cause::Destroy => { "Everything of the stack is destroyed" }
        }
    }
}

fn undeclared(reason: Reason, change: &SavedChange) -> String {
    super::capital(&text::plan::because(reason, change).unwrap_or_else(|| "no block declares it".to_string()))
}
