//! Drift as Markdown, for an issue or a chat.

use super::{DriftReport, Finding, IgnoreEntry, Ignored, StackDrift, UncheckedType, Verdict};
use crate::markdown::escape::block;
use crate::text::harmless;
use std::fmt::Write;

/// The report, the verdict in its first line.
pub fn draw(report: &DriftReport) -> String {
    let mut out = format!("## {}\n", headline(report));
    for stack in &report.stacks {
        section(&mut out, stack);
    }
    if let Some(since) = &report.since {
        let _ = writeln!(out);
        fenced(&mut out, "", since.lines().into_iter());
    }
    let _ = writeln!(out, "\nRead from AWS at {}.", report.checked_at);
    out
}

/// The verdict, in a line.
pub fn headline(report: &DriftReport) -> String {
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
    listed(out, "Ignored, as the list says:", stack.ignored.iter().map(ignored));
    let unmatched = stack.unmatched_ignores.iter().map(IgnoreEntry::line);
    listed(out, "These entries of the ignore list cover nothing and can be removed:", unmatched);
    let allowed = |u: &UncheckedType| if u.allowed { " (allowed)" } else { "" };
    let unread = stack.unchecked.iter().map(|u| format!("{} (provider {}){}: {}", u.type_name, u.provider, allowed(u), u.reason));
    listed(out, "These could not be read:", unread);
}

fn entry(out: &mut String, finding: &Finding) {
    let _ = writeln!(out);
    let place = finding.declared.as_ref().map(|p| format!("declared at {}:{}", p.file, p.line));
    let notes = place.into_iter().chain(finding.notes()).map(|n| format!("# {n}"));
    let head = std::iter::once(format!("# {}", finding.sentence())).chain(notes);
    let body = finding.differences.iter().flat_map(|d| match d.sensitive {
        true => vec![format!("! {}: sensitive values differ", d.attribute)],
        false => vec![format!("- {} = {}", d.attribute, d.wanted), format!("+ {} = {}", d.attribute, d.found)],
    });
    fenced(out, "diff", head.chain(body));
}

fn ignored(ignored: &Ignored) -> String {
    let values = if ignored.attributes.is_empty() { String::new() } else { format!(" ({})", ignored.attributes.join(", ")) };
    format!("{}{values}: {} (until {})", ignored.address, ignored.entry.reason, ignored.entry.expires)
}

fn listed(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(out, "\n{title}\n");
        fenced(out, "", lines);
    }
}

/// A code block that no text in it can end.
fn fenced(out: &mut String, language: &str, lines: impl Iterator<Item = String>) {
    // A value may span lines; a diff's sign stands on its first.
    out.push_str(&block(language, &lines.map(|l| harmless(&l)).collect::<Vec<_>>()));
}
