//! Drift as Markdown, for an issue or a chat.

use super::{DriftReport, Finding, StackDrift, Verdict};
use crate::text::harmless;
use std::fmt::Write;

/// The report, the verdict in its first line.
pub fn draw(report: &DriftReport) -> String {
    let mut out = format!("## {}\n", headline(report));
    for stack in &report.stacks {
        section(&mut out, stack);
    }
    let _ = writeln!(out, "\nRead from AWS at {}.", report.checked_at);
    out
}

fn headline(report: &DriftReport) -> String {
    let count: usize = report.stacks.iter().map(|s| s.findings.len()).sum();
    let unread = report.stacks.iter().filter(|s| s.verdict == Verdict::Unknown).count();
    let drifted = match count {
        0 => "no drift found".to_string(),
        1 => "1 resource has drifted".to_string(),
        n => format!("{n} resources have drifted"),
    };
    match (report.verdict, report.stacks.len()) {
        (Verdict::NoDrift, _) => "No drift: AWS is as the configuration says".to_string(),
        (Verdict::Drift, _) => format!("Drift: {drifted}"),
        (Verdict::Unknown, 1) => format!("Not everything could be read; {drifted}"),
        (Verdict::Unknown, all) => format!("{unread} of {all} stacks could not be read in full; {drifted}"),
    }
}

fn section(out: &mut String, stack: &StackDrift) {
    let _ = writeln!(out, "\n### {}\n", stack.identity());
    match stack.verdict {
        Verdict::NoDrift => {
            let _ = writeln!(out, "No drift in {} resources.", stack.checked.len());
        }
        Verdict::Drift => {}
        Verdict::Unknown => {
            let _ = writeln!(out, "**Not everything could be read: what follows may not be all.**");
        }
    }
    if let Some(error) = &stack.error {
        fenced(out, "", std::iter::once(error.clone()));
    }
    for finding in &stack.findings {
        entry(out, finding);
    }
    if !stack.unchecked.is_empty() {
        let _ = writeln!(out, "\nThese could not be read:\n");
        let lines = stack.unchecked.iter().map(|u| format!("{} (provider {}): {}", u.type_name, u.provider, u.reason));
        fenced(out, "", lines);
    }
}

fn entry(out: &mut String, finding: &Finding) {
    let _ = writeln!(out);
    let place = finding.declared.as_ref().map(|p| format!("declared at {}:{}", p.file, p.line));
    let head = std::iter::once(format!("# {}", finding.sentence())).chain(place.map(|p| format!("# {p}")));
    let body = finding.differences.iter().flat_map(|d| match d.sensitive {
        true => vec![format!("! {}: sensitive values differ", d.attribute)],
        false => vec![format!("- {} = {}", d.attribute, d.wanted), format!("+ {} = {}", d.attribute, d.found)],
    });
    fenced(out, "diff", head.chain(body));
}

/// A code block that no text in it can end.
fn fenced(out: &mut String, language: &str, lines: impl Iterator<Item = String>) {
    // A value may span lines; a diff's sign stands on its first.
    let text = lines.map(|l| harmless(&l)).collect::<Vec<_>>().join("\n");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}{language}\n{text}\n{fence}");
}
