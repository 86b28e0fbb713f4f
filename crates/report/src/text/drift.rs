//! What drifted, as text.

use super::style::{Colour, Style, harmless};
use super::values::{Drawer, Pair};
use crate::drift::{Kind, Since, Sorted, StackDrift};
use cairn_engine::Difference;
use cairn_engine::drift::{Finding, FindingKind};
use cairn_model::json::{sensitive_shape, to_json_shown};
use std::fmt::Write;

/// The report of one stack. `sorted` has the findings of `stack`, in the same order, with values that can be coloured.
pub fn draw(sorted: &Sorted, stack: &StackDrift, style: Style) -> String {
    let mut out = String::new();
    for (finding, told) in sorted.findings.iter().map(|(f, _)| f).zip(&stack.findings) {
        let _ = writeln!(out, "{}", headline(finding, style));
        for d in finding.kind.differences() {
            for line in difference(d, style) {
                let _ = writeln!(out, "{line}");
            }
        }
        for note in told.notes() {
            let _ = writeln!(out, "    # {}", harmless(&note));
        }
        out.push('\n');
    }
    summary(&mut out, stack, style);
    ignored(&mut out, stack);
    unchecked(&mut out, stack, style);
    out
}

/// What changed since an earlier report.
pub fn since(since: &Since, style: Style) -> String {
    let lines = since.lines();
    let [first, rest @ ..] = lines.as_slice() else { return String::new() };
    let rest = rest.iter().map(|l| format!("  {}\n", harmless(l)));
    format!("{}\n{}", style.paint(Colour::Bold, first), rest.collect::<String>())
}

fn headline(finding: &Finding, style: Style) -> String {
    let address = style.paint(Colour::Bold, &harmless(&finding.address.to_string()));
    let id = finding.id.as_deref().map(|id| format!(" [id={}]", harmless(id))).unwrap_or_default();
    let [yellow, red, green] =
        [("~", Colour::Yellow), ("-", Colour::Red), ("+", Colour::Green)].map(|(sign, colour)| style.paint(colour, sign));
    match &finding.kind {
        FindingKind::Changed(_) => format!("{yellow} {address}{id} was changed by hand"),
        FindingKind::Missing => format!("{red} {address} is missing: it is declared, and nothing in AWS carries its mark"),
        FindingKind::Stray => format!("{green} {address}{id} is a stray: part of a resource of this stack, and no block declares it"),
        FindingKind::Orphaned => format!("{green} {address}{id} is orphaned: it carries this stack's mark, and no block declares it"),
        FindingKind::Twice { others, .. } => {
            format!("{yellow} {address}{id} is marked twice: {} carries its mark too", harmless(&others.join(", ")))
        }
        FindingKind::Unmarked { whose, .. } => {
            format!("{yellow} {address}{id} is unmarked: it has the name, and not the mark of this stack: {}", harmless(whose))
        }
        FindingKind::Foreign { mark } => {
            format!("{green} {address}{id} is foreign: it carries this stack's mark, which says {}", harmless(mark))
        }
    }
}

fn summary(out: &mut String, stack: &StackDrift, style: Style) {
    if stack.findings.is_empty() {
        if stack.unchecked.iter().all(|u| u.allowed) {
            let _ = writeln!(out, "{} AWS is as the configuration says.", style.paint(Colour::Green, "No drift."));
        }
        return;
    }
    let count = |kind: Kind| stack.findings.iter().filter(|f| f.kind == kind).count();
    // Marks are rarely amiss, and named only then.
    let [usual @ .., _, _, _] = Kind::ALL;
    let counts = Kind::ALL.into_iter().filter(|k| usual.contains(k) || count(*k) > 0);
    let counts: Vec<String> = counts.map(|k| format!("{} {}", count(k), k.name().replace('_', " "))).collect();
    let _ = writeln!(out, "{} {}.", style.paint(Colour::Bold, "Drift:"), counts.join(", "));
}

fn ignored(out: &mut String, stack: &StackDrift) {
    if !stack.ignored.is_empty() {
        let _ = writeln!(out, "Ignored, as the list says:");
    }
    for i in &stack.ignored {
        let what = if i.attributes.is_empty() { i.kind.name().replace('_', " ") } else { i.attributes.join(", ") };
        let line = format!(
            "{}: {what}: {} (until {}, {}:{})",
            i.address, i.entry.reason, i.entry.expires, i.entry.declared.file, i.entry.declared.line
        );
        let _ = writeln!(out, "  {}", harmless(&line));
    }
    for entry in &stack.unmatched_ignores {
        let _ = writeln!(out, "Note: the entry at {} covers nothing: it can be removed.", harmless(&entry.line()));
    }
}

fn unchecked(out: &mut String, stack: &StackDrift, style: Style) {
    if !stack.unchecked.is_empty() {
        let _ = writeln!(out, "{} These could not be read; whether they drifted is not known:", style.paint(Colour::Red, "Unchecked."));
    }
    for u in &stack.unchecked {
        let allowed = if u.allowed { " (allowed)" } else { "" };
        let _ = writeln!(out, "  {} (provider {}){allowed}: {}", u.type_name, u.provider, harmless(&u.reason));
    }
}

/// `PATH = FOUND -> WANTED`.
fn difference(d: &Difference, style: Style) -> Vec<String> {
    let (have, want) = (to_json_shown(&d.have), to_json_shown(&d.want));
    let (hidden, unknown) = (sensitive_shape(&d.have), cairn_model::json::unknown_shape(&d.want));
    let pair =
        Pair { before: &have, after: &want, unknown: &unknown, sensitive_before: &hidden, sensitive_after: &sensitive_shape(&d.want) };
    Drawer { style, whole: false }.attribute(4, &d.path.to_string(), 0, pair, if d.force_new { "# forces replacement" } else { "" })
}
