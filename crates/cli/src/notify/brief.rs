//! A report in a few lines of plain text. Values are left out: a chat has more readers than an account.

use cairn_report::drift::{DriftReport, StackDrift, Verdict, markdown};
use cairn_report::text::harmless;

/// The most findings that are named of one stack.
const MOST: usize = 20;
/// The longest line, in characters.
const LONGEST: usize = 500;
/// SNS takes subjects of at most 100 characters.
const SUBJECT: usize = 100;

/// The verdict.
pub fn headline(report: &DriftReport) -> String {
    markdown::headline(report)
}

/// The verdict as the subject of a mail: printable ASCII, which is what SNS takes.
pub fn subject(report: &DriftReport) -> String {
    let stacks: Vec<String> = report.stacks.iter().map(StackDrift::identity).collect();
    let whole = format!("{} ({})", headline(report), stacks.join(", "));
    whole.chars().filter(|c| matches!(c, ' '..='~')).take(SUBJECT).collect()
}

/// The whole.
pub fn text(report: &DriftReport) -> String {
    let stacks = report.stacks.iter().flat_map(stack);
    let since = report.since.iter().flat_map(|s| s.lines()).map(|l| line(&l));
    let lines: Vec<String> = std::iter::once(headline(report)).chain(stacks).chain(since).collect();
    format!("{}\n\nRead from AWS at {}.\n", lines.join("\n"), report.checked_at)
}

/// A stack's name and what is to be said of it, a line each.
pub fn stack(stack: &StackDrift) -> Vec<String> {
    let mut lines = vec![stack.identity()];
    lines.extend(stack.error.iter().map(|e| format!("- could not be looked at: {}", line(e))));
    for finding in stack.findings.iter().take(MOST) {
        let values: Vec<&str> = finding.differences.iter().map(|d| d.attribute.as_str()).collect();
        let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        let who = finding.who.iter().map(|w| format!("; last changed by {} at {}", w.user, w.time)).collect::<String>();
        lines.push(line(&format!("- {} is {}{values}{who}", finding.address, finding.kind.name().replace('_', " "))));
    }
    if stack.findings.len() > MOST {
        lines.push(format!("- and {} more", stack.findings.len() - MOST));
    }
    let unread = stack.unchecked.iter().filter(|u| !u.allowed);
    lines.extend(unread.map(|u| format!("- {} could not be read", u.type_name)));
    if stack.verdict == Verdict::NoDrift {
        lines.push("- no drift".to_string());
    }
    lines
}

fn line(text: &str) -> String {
    harmless(text).replace('\n', " ").chars().take(LONGEST).collect()
}
