//! The list of resources: the gravest first, each with its diff and where it is declared.

use super::declared::{common_folder, place};
use super::{capital, diff, sign, why};
use crate::architecture::{Architecture, DRIFT_SYMBOL, Effect, Tally};
use crate::text;
use crate::text::{Style, harmless};
use cairn_engine::SavedPlan;
use cairn_engine::saved::SavedChange;
use cairn_model::instance::Schemas;
use maud::{Markup, html};
use std::collections::HashMap;

/// What every entry of the list needs.
struct List<'a> {
    plan: &'a SavedPlan,
    /// For each resource the box in the drawing that it is in.
    item_of: HashMap<usize, usize>,
    architecture: &'a Architecture,
    folder: String,
    schemas: Option<&'a dyn Schemas>,
}

/// Every resource of a plan.
pub fn section(plan: &SavedPlan, architecture: &Architecture, schemas: &dyn Schemas) -> Markup {
    let tally = &architecture.tally;
    let list = List::new(plan, architecture, Some(schemas));
    let outputs = text::outputs::draw_changes(plan, Style::PLAIN);
    html! {
        section class="resources" aria-labelledby="resources" {
            h2 id="resources" tabindex="-1" { "Resources" }
            (filter(Some(tally), plan.changes.len()))
            @for effect in Effect::ALL.into_iter().filter(|e| tally.count(*e) > 0) {
                @let heading = html! { (sign(effect)) (capital(effect.word())) " (" (tally.count(effect)) ")" };
                @if effect == Effect::Unchanged {
                    details class="fold" { summary { h3 { (heading) } } (list.of(effect)) }
                } @else {
                    div class="open" { h3 { (heading) } (list.of(effect)) }
                }
            }
            @if !outputs.is_empty() {
                h3 { "Outputs" }
                (diff::draw(&outputs.lines().skip(1).map(str::to_string).collect::<Vec<_>>()))
            }
        }
    }
}

/// Every resource of a stack that is drawn without a plan.
pub fn declared_section(plan: &SavedPlan, architecture: &Architecture) -> Markup {
    let list = List::new(plan, architecture, None);
    html! {
        section class="resources" aria-labelledby="resources" {
            h2 id="resources" tabindex="-1" { "Resources" }
            (filter(None, plan.changes.len()))
            div class="open" { (list.of(Effect::Unchanged)) }
        }
    }
}

fn filter(tally: Option<&Tally>, count: usize) -> Markup {
    html! {
        form class="filter" role="search" aria-label="Resources" {
            label { "Search " input type="search" id="search" autocomplete="off" placeholder="address, file or value"; }
            @if let Some(tally) = tally {
                fieldset {
                    legend { "Show" }
                    @for effect in Effect::ALL.into_iter().filter(|e| tally.count(*e) > 0) {
                        label { input type="checkbox" name="effect" value=(effect.word()) checked; (sign(effect)) (effect.word()) }
                    }
                }
            }
            p class="shown" role="status" id="shown" { (count) " resources" }
            button type="button" id="all" hidden { "Show all again" }
        }
    }
}

impl<'a> List<'a> {
    fn new(plan: &'a SavedPlan, architecture: &'a Architecture, schemas: Option<&'a dyn Schemas>) -> List<'a> {
        let item_of = architecture.items.iter().enumerate().flat_map(|(n, item)| item.all().map(move |i| (i, n))).collect();
        List { plan, item_of, architecture, folder: common_folder(plan), schemas }
    }

    fn of(&self, effect: Effect) -> Markup {
        html! {
            ul class="list" {
                @for (i, change) in self.plan.changes.iter().enumerate().filter(|(_, c)| Effect::of(c) == effect) { (self.entry(i, change)) }
            }
        }
    }

    fn entry(&self, i: usize, change: &SavedChange) -> Markup {
        let effect = Effect::of(change);
        let item = self.item_of.get(&i).copied().unwrap_or_default();
        let drifted = self.architecture.drifted.contains(&i);
        html! {
            li id={ "r" (i) } class={ "resource " (effect.word()) } data-effect=(effect.word()) data-item=(item) {
                details {
                    summary {
                        (sign(effect))
                        span class="address" { (broken(&change.address)) }
                        span class="word" { (effect.word()) @if drifted { " " (DRIFT_SYMBOL) " drifted" } }
                    }
                    @if let Some(declared) = &change.declared_at {
                        p class="declared" { "Declared in " code { (harmless(&place(declared, &self.folder))) } }
                    } @else {
                        p class="declared" { "No block declares it." }
                    }
                    @if let Some(id) = &change.id { p class="declared" { "In AWS " code { (harmless(id)) } } }
                    @if let Some(schemas) = self.schemas { (self.said(change, schemas)) }
                    @if !change.depends_on.is_empty() {
                        details class="needs" {
                            summary { "Depends on " (change.depends_on.len()) }
                            ul { @for other in &change.depends_on { li { (broken(other)) } } }
                        }
                    }
                }
            }
        }
    }

    fn said(&self, change: &SavedChange, schemas: &dyn Schemas) -> Markup {
        let schema = schemas.resource(&change.type_name);
        let lines = if Effect::of(change) == Effect::Unchanged && change.differences.is_empty() {
            text::resource::draw_live(change, schema, Style::PLAIN)
        } else if Effect::of(change) == Effect::Unchanged {
            text::resource::differences(change, Style::PLAIN)
        } else {
            text::resource::draw(change, schema, Style::PLAIN)
        };
        html! {
            (why::draw(self.plan, change, &self.folder))
            (diff::draw(&lines))
        }
    }
}

/// An address that may be broken into lines at its dots.
fn broken(address: &str) -> Markup {
    let address = harmless(address);
    let pieces: Vec<&str> = address.split_inclusive('.').collect();
    html! { @for piece in pieces { (piece) wbr; } }
}
