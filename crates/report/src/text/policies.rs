//! What policies say, as text.

use super::style::{Colour, Style, harmless};
use crate::finding::{Finding, Severity};
use std::fmt::Write;

/// Every finding with its rule and place, denials first; nothing where there are none.
pub fn draw(findings: &[Finding], style: Style) -> String {
    let mut out = String::new();
    for (severity, title, colour) in
        [(Severity::Deny, "Policies refuse this plan:", Colour::Red), (Severity::Warn, "Policies warn:", Colour::Yellow)]
    {
        let found: Vec<&Finding> = findings.iter().filter(|f| f.severity == severity).collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}\n", style.paint(colour, title));
        for finding in found {
            line(&mut out, finding);
        }
    }
    out
}

fn line(out: &mut String, finding: &Finding) {
    let resource = finding.unnamed_resource().map(|r| format!("{}: ", harmless(r))).unwrap_or_default();
    let at = finding.at.as_deref().map(|at| format!(", {}", harmless(at))).unwrap_or_default();
    let _ = writeln!(out, "  - {resource}{} ({}{at})", harmless(&finding.message), harmless(&finding.rule));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_come_first_and_control_characters_are_shown() {
        let finding = |severity, message: &str, at: Option<&str>| Finding {
            severity,
            rule: "main.r".into(),
            resource: Some("a.b".into()),
            message: message.into(),
            at: at.map(str::to_string),
        };
        let found = [finding(Severity::Warn, "w\u{1b}[2J", None), finding(Severity::Deny, "d", Some("main.tf:1:1"))];
        let drawn = draw(&found, Style::PLAIN);
        assert!(
            drawn.starts_with("\nPolicies refuse this plan:\n\n  - a.b: d (main.r, main.tf:1:1)\n\nPolicies warn:\n\n  - a.b: w"),
            "{drawn}"
        );
        assert!(!drawn.contains('\u{1b}'));
        assert_eq!(draw(&[], Style::PLAIN), "");
    }
}
