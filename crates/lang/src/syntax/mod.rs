//! From text to a syntax tree.
//!
//! The grammar is HCL's native syntax. The parser is our own, since the libraries at hand refuse
//! texts that Terraform accepts (line breaks inside `{ for … }`, an object key given twice), accept
//! some that it refuses, and stop at a file's first error.

pub(crate) mod ast;
mod body;
mod cursor;
mod expression;
mod template;
pub(crate) mod visit;

use crate::source::{At, SourceMap};
use ast::{Body, Expr, Part};
use cairn_model::{Diagnostic, Diagnostics};
use cursor::Cursor;

/// How deep expressions and blocks may nest.
pub(crate) const MAX_DEPTH: usize = 200;

/// What is wrong with a text, and where.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    pub summary: String,
    pub detail: String,
    pub help: Option<String>,
    pub at: At,
}

impl SyntaxError {
    pub fn diagnostic(self, sources: &SourceMap) -> Diagnostic {
        let mut d = Diagnostic::error(self.summary).detail(self.detail).at(&sources.span(self.at), "");
        d.help = self.help;
        d
    }
}

/// Parses a file of blocks and attributes. Gives what could be read, and every error.
pub(crate) fn parse_file(sources: &SourceMap, name: &str, text: &str) -> (Body, Diagnostics) {
    let file = sources.add(name, text);
    let mut cursor = Cursor::new(text, file);
    let (body, errors) = body::file(&mut cursor);
    (body, Diagnostics(errors.into_iter().map(|e| e.diagnostic(sources)).collect()))
}

/// Parses text that is one expression, such as the value of a variable given on the command line.
pub(crate) fn parse_expression(sources: &SourceMap, name: &str, text: &str) -> Result<Expr, Diagnostic> {
    let file = sources.add(name, text);
    let mut cursor = Cursor::new(text, file);
    expression::whole(&mut cursor).map_err(|e| e.diagnostic(sources))
}

/// Parses text that is a template, such as a file given to `templatefile`.
pub(crate) fn parse_template(sources: &SourceMap, name: &str, text: &str) -> Result<Vec<Part>, Diagnostic> {
    let file = sources.add(name, text);
    let mut cursor = Cursor::new(text, file);
    template::whole(&mut cursor).map_err(|e| e.diagnostic(sources))
}

/// True for a name that may stand for a variable, block or attribute.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(cursor::starts_identifier) && chars.all(cursor::continues_identifier)
}
