//! What drifted, as text.

use super::style::{Colour, Style, harmless};
use super::values::{Drawer, Pair};
use cairn_engine::drift::{Finding, FindingKind};
use cairn_engine::{Difference, Unchecked};
use cairn_model::json::{sensitive_shape, to_json_shown};
use std::fmt::Write;

/// The report.
pub fn draw(findings: &[Finding], unchecked: &[Unchecked], style: Style) -> String {
    let mut out = String::new();
    let count = |kind: fn(&FindingKind) -> bool| findings.iter().filter(|f| kind(&f.kind)).count();
    for finding in findings {
        let address = style.paint(Colour::Bold, &harmless(&finding.address.to_string()));
        let id = finding.id.as_deref().map(|id| format!(" [id={}]", harmless(id))).unwrap_or_default();
        match &finding.kind {
            FindingKind::Changed(differences) => {
                let _ = writeln!(out, "{} {address}{id} was changed by hand", style.paint(Colour::Yellow, "~"));
                for d in differences {
                    for line in difference(d, style) {
                        let _ = writeln!(out, "{line}");
                    }
                }
            }
            FindingKind::Missing => {
                let _ = writeln!(out, "{} {address} is missing: it is declared, and not in AWS", style.paint(Colour::Red, "-"));
            }
            FindingKind::Stray => {
                let _ = writeln!(
                    out,
                    "{} {address}{id} is a stray: part of a resource of this stack, and no block declares it",
                    style.paint(Colour::Green, "+")
                );
            }
            FindingKind::Orphaned => {
                let _ = writeln!(
                    out,
                    "{} {address}{id} is orphaned: it carries this stack's mark, and no block declares it",
                    style.paint(Colour::Green, "+")
                );
            }
        }
        out.push('\n');
    }
    if findings.is_empty() && unchecked.is_empty() {
        let _ = writeln!(out, "{} AWS is as the configuration says.", style.paint(Colour::Green, "No drift."));
        return out;
    }
    if !findings.is_empty() {
        let _ = writeln!(
            out,
            "{} {} changed, {} missing, {} stray, {} orphaned.",
            style.paint(Colour::Bold, "Drift:"),
            count(|k| matches!(k, FindingKind::Changed(_))),
            count(|k| matches!(k, FindingKind::Missing)),
            count(|k| matches!(k, FindingKind::Stray)),
            count(|k| matches!(k, FindingKind::Orphaned)),
        );
    }
    if !unchecked.is_empty() {
        let _ = writeln!(out, "{} These could not be read; whether they drifted is not known:", style.paint(Colour::Red, "Unchecked."));
        for u in unchecked {
            let _ = writeln!(out, "  {} (provider {}): {}", u.type_name, u.provider, harmless(&u.reason));
        }
    }
    out
}

/// `PATH = FOUND -> WANTED`.
fn difference(d: &Difference, style: Style) -> Vec<String> {
    let (have, want) = (to_json_shown(&d.have), to_json_shown(&d.want));
    let (hidden, unknown) = (sensitive_shape(&d.have), cairn_model::json::unknown_shape(&d.want));
    let pair =
        Pair { before: &have, after: &want, unknown: &unknown, sensitive_before: &hidden, sensitive_after: &sensitive_shape(&d.want) };
    Drawer { style, whole: false }.attribute(4, &d.path.to_string(), 0, pair, if d.force_new { "# forces replacement" } else { "" })
}
