//! A plan as one page that needs nothing else: the verdict, the architecture, and every resource with
//! its diff. It works without JavaScript; with it, a click on the drawing shows what is behind it.

mod declared;
mod diff;
mod resources;
mod why;

use crate::architecture::{Architecture, DRIFT_SYMBOL, Effect, Tally, Traffic, Vpc, architecture};
use crate::drawing;
use crate::finding::{Finding, Severity};
use crate::impact::{duration, expected_seconds, verdict};
use crate::text::harmless;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_engine::SavedPlan;
use cairn_model::instance::Schemas;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a plan.
pub fn page(plan: &SavedPlan, schemas: &dyn Schemas) -> String {
    let architecture = architecture(plan);
    let body = html! {
        a class="skip" href="#resources" { "Skip to the resources" }
        (header(plan, &architecture.tally))
        main {
            (drawn(&architecture, "What happens to each resource is shown by its sign and colour."))
            (resources::section(plan, &architecture, schemas))
        }
    };
    document(&format!("Plan of {}", harmless(&plan.stack)), &body)
}

/// The page of a stack that is drawn without a plan.
pub fn stack_page(plan: &SavedPlan) -> String {
    let architecture = architecture(plan);
    let body = html! {
        a class="skip" href="#resources" { "Skip to the resources" }
        header {
            h1 { "Stack " (harmless(&plan.stack)) }
            p class="verdict" { (plan.changes.len()) " resources, as the configuration declares them. AWS was not asked." }
        }
        main {
            (drawn(&architecture, "Drawn from the configuration alone."))
            (resources::declared_section(plan, &architecture))
        }
    };
    document(&format!("Stack {}", harmless(&plan.stack)), &body)
}

fn document(title: &str, body: &Markup) -> String {
    let style = format!("{}{PAGE_STYLE}", drawing::STYLE);
    // Nothing is loaded, and nothing runs but what is written here.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn policy(finding: &Finding) -> Markup {
    let refuses = finding.severity == Severity::Deny;
    html! {
        p class=(if refuses { "refusal" } else { "warning" }) {
            strong { @if refuses { "A policy refuses: " } @else { "A policy warns: " } }
            @if let Some(resource) = finding.unnamed_resource() { code { (harmless(resource)) } ": " }
            (harmless(&finding.message)) " (" (harmless(&finding.rule))
            @if let Some(at) = &finding.at { ", " (harmless(at)) }
            ")"
        }
    }
}

fn header(plan: &SavedPlan, tally: &Tally) -> Markup {
    let verdict = verdict(plan);
    let seconds = expected_seconds(plan);
    html! {
        header {
            h1 { @if plan.destroy { "Destroys " } @else { "Plan of " } (harmless(&plan.stack)) }
            p class="verdict" { (sentence(tally)) }
            (named("Loses data", "grave", &verdict.loses, plan))
            (named("May lose data", "mild", &verdict.may_lose, plan))
            (named("Interrupts", "grave", &verdict.interrupts, plan))
            (named("May interrupt", "mild", &verdict.may_interrupt, plan))
            @for unchecked in &plan.unchecked {
                p class="warning" { strong { "Not read: " } (harmless(&unchecked.type_name)) ": " (harmless(&unchecked.reason)) }
            }
            @for finding in &plan.findings { (policy(finding)) }
            @for warning in &plan.warnings { p class="warning" { strong { "Warning: " } (harmless(warning)) } }
            p class="made" {
                @if seconds > 9 && !plan.refresh_only { "An apply takes about " (duration(seconds)) " at least (estimate). " }
                @if let Some(base) = &plan.base {
                    "Compared with " code { (harmless(&base.revision)) } " on one reading of AWS: "
                    (tally.drifted) " had drifted before it. "
                }
                @if !plan.timestamp.is_empty() { "Made " time datetime=(harmless(&plan.timestamp)) { (harmless(&plan.timestamp)) } "." }
            }
        }
    }
}

/// More resources than this are not all named in one line of the verdict.
const NAMED: usize = 6;

/// A line of the verdict with the resources that it is about.
fn named(words: &str, style: &str, addresses: &[&str], plan: &SavedPlan) -> Markup {
    let place = |address: &str| plan.changes.iter().position(|c| c.address == address).unwrap_or_default();
    html! {
        @if !addresses.is_empty() {
            p class=(style) {
                strong { (words) ": " }
                @for (n, address) in addresses.iter().take(NAMED).enumerate() {
                    @if n > 0 { ", " }
                    a href={ "#r" (place(address)) } { (harmless(address)) }
                }
                @if addresses.len() > NAMED { " and " (addresses.len() - NAMED) " more" }
            }
        }
    }
}

fn sentence(tally: &Tally) -> Markup {
    let counted =
        [(Effect::Destroy, "to destroy"), (Effect::Replace, "to replace"), (Effect::Update, "to change"), (Effect::Create, "to add")];
    let there: Vec<_> = counted.into_iter().filter(|(e, _)| tally.count(*e) > 0).collect();
    html! {
        @for (n, (effect, words)) in there.iter().enumerate() {
            @if n > 0 { ", " }
            span class={ "count " (effect.word()) } { (tally.count(*effect)) " " (words) }
        }
        @if there.is_empty() && tally.drifted == 0 { "Nothing to do: AWS is as the configuration says" }
        @if tally.drifted > 0 { @if !there.is_empty() { "; " } span class="count drift" { (tally.drifted) " drifted" } }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The sign of an effect, for the eye only: the word stands beside it.
fn sign(effect: Effect) -> Markup {
    html! { span class={ "sign " (effect.word()) } aria-hidden="true" { (if effect == Effect::Unchanged { "=" } else { effect.symbol() }) } }
}

fn drawn(architecture: &Architecture, note: &str) -> Markup {
    let tally = &architecture.tally;
    let scene = drawing::lay_out(architecture);
    let target = |item: usize| {
        let first = architecture.items.get(item)?.resources.first()?;
        Some(format!("#r{first}"))
    };
    html! {
        section class="drawn" aria-labelledby="architecture" {
            h2 id="architecture" { "Architecture" }
            p class="note" { (note) }
            ul class="legend" aria-label="Signs" {
                @for effect in Effect::ALL.into_iter().filter(|e| tally.count(*e) > 0) { li { (sign(effect)) (effect.word()) } }
                @if tally.drifted > 0 { li { span class="sign drift" aria-hidden="true" { (DRIFT_SYMBOL) } "drifted" } }
            }
            @if architecture.items.is_empty() {
                p { "There is nothing to draw." }
            } @else {
                div class="canvas" tabindex="0" role="region" aria-label="Drawing of the architecture" {
                    (drawing::inside(&scene, architecture, &target))
                }
            }
            @for vpc in architecture.regions.iter().flat_map(|r| &r.vpcs) { (in_words(architecture, vpc)) }
        }
    }
}

/// What the drawing says with lines and places, in words.
fn in_words(architecture: &Architecture, vpc: &Vpc) -> Markup {
    let name = harmless(&vpc.title);
    html! {
        @if !vpc.traffic.is_empty() {
            details {
                summary { "Traffic that the security groups of " (name) " allow" }
                div class="scroll" tabindex="0" role="region" aria-label={ "Traffic in " (name) } {
                    table {
                        thead { tr { th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Ports" } th scope="col" { "Rules" } } }
                        tbody { @for traffic in &vpc.traffic { (traffic_row(architecture, vpc, traffic)) } }
                    }
                }
            }
        }
        @if !vpc.tiers.is_empty() {
            details {
                summary { "Tiers of " (name) }
                ul { @for tier in &vpc.tiers { li { strong { (harmless(&tier.name)) } ": told " (tier.why) } } }
            }
        }
    }
}

fn traffic_row(architecture: &Architecture, vpc: &Vpc, traffic: &Traffic) -> Markup {
    let (from, to) = drawing::traffic_words(architecture, vpc, traffic);
    html! {
        tr {
            td { (from) }
            td { (to) }
            td { (traffic.ports.join(", ")) }
            td {
                @for rule in traffic.rules.iter().take(3) { a href={ "#r" (rule) } { (sign(traffic.effect)) (traffic.effect.word()) } " " }
                @if traffic.drifted { "drifted" }
            }
        }
    }
}
