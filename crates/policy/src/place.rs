//! Where an error of Rego stands.

use crate::PolicyFile;
use cairn_model::{Diagnostic, Span};

/// An error of the interpreter, at its place. It draws a picture, and names the place in its first line:
/// `--> FILE:LINE:COLUMN`; what is wrong stands in the last, after `error: `.
pub(crate) fn diagnostic(error: &dyn std::fmt::Display, files: &[PolicyFile]) -> Diagnostic {
    let text = error.to_string();
    let message = text.lines().rev().find_map(|l| l.trim().strip_prefix("error: ")).unwrap_or(text.trim()).to_string();
    let place = text.lines().find_map(|l| l.trim().strip_prefix("--> "));
    let span = place.and_then(|p| span(p, files));
    Diagnostic::error("A policy can't be evaluated").detail(message).maybe_at(span.as_ref(), "")
}

fn span(place: &str, files: &[PolicyFile]) -> Option<Span> {
    let mut parts = place.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let file = files.iter().find(|f| f.name == name)?;
    let before: usize = file.text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let start = before + byte_in_line(file.text.get(before..)?, column);
    Some(Span::new(name.into(), &file.text, start, start + 1))
}

/// The byte at a column of the interpreter, for which a tab is as wide as four characters.
fn byte_in_line(line: &str, column: usize) -> usize {
    let mut at_column = 1;
    for (at, c) in line.char_indices() {
        if at_column >= column || c == '\n' {
            return at;
        }
        at_column += if c == '\t' { 4 } else { 1 };
    }
    line.len()
}
