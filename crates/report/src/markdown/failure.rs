//! A comment for a plan that could not be made.

use super::LIMIT;
use super::escape::{block, code, plain};
use cairn_model::{Diagnostic, Severity};

/// More errors than this are counted only.
const MOST: usize = 30;

/// Why there is no plan.
pub fn failure(stack: &str, diagnostics: &[Diagnostic]) -> String {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    let count = match errors.len() {
        1 => "1 error".to_string(),
        n => format!("{n} errors"),
    };
    let mut out = format!("### No plan of {}: {count}. Nothing was changed.\n\n", code(stack));
    for (shown, error) in errors.iter().take(MOST).enumerate() {
        let one = drawn(error);
        if out.len() + one.len() > LIMIT - 200 {
            out.push_str(&format!("…and {} more; `cairn plan` prints them all.\n", errors.len() - shown));
            return out;
        }
        out.push_str(&one);
    }
    if errors.len() > MOST {
        out.push_str(&format!("…and {} more; `cairn plan` prints them all.\n", errors.len() - MOST));
    }
    out
}

fn drawn(error: &Diagnostic) -> String {
    let places: Vec<String> = error.labels.iter().map(|l| code(&l.span.to_string())).collect();
    let at = if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) };
    let mut lines: Vec<String> = [&error.summary, &error.detail].into_iter().flat_map(|t| t.lines()).map(|l| plain(l, 400)).collect();
    lines.extend(error.help.iter().flat_map(|h| h.lines()).map(|l| plain(&format!("help: {l}"), 400)));
    lines.truncate(40);
    format!("**Error**{at}\n\n{}\n", block("text", &lines))
}
