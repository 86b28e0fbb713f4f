//! Attributes and blocks.

use super::SyntaxError;
use super::ast::{Attribute, Block, Body, Ident};
use super::cursor::{Cursor, Parsed, starts_identifier};
use super::{expression, template};
use indexmap::IndexMap;

/// A whole file. After an error, goes on with the next block that begins a line.
pub(super) fn file(c: &mut Cursor<'_>) -> (Body, Vec<SyntaxError>) {
    let mut body = Body { attributes: IndexMap::new(), blocks: Vec::new() };
    let mut errors = Vec::new();
    loop {
        let start = c.position;
        match item(c, &mut body, &mut errors) {
            Ok(true) => {}
            Ok(false) => return (body, errors),
            Err(error) => {
                errors.push(error);
                c.depth = 0;
                recover(c, start);
            }
        }
    }
}

/// Reads one item of a file. False at the end.
fn item(c: &mut Cursor<'_>, body: &mut Body, errors: &mut Vec<SyntaxError>) -> Parsed<bool> {
    c.skip(true)?;
    if c.at_end() {
        return Ok(false);
    }
    one(c, body, errors)?;
    Ok(true)
}

/// Goes to the next line that begins with a letter and ends with an opening brace.
fn recover(c: &mut Cursor<'_>, start: usize) {
    c.position = c.position.max(start + 1).min(c.text.len());
    while !c.text.is_char_boundary(c.position) {
        c.position += 1;
    }
    loop {
        c.skip_line();
        if !c.take_line_end() {
            c.position = c.text.len();
            return;
        }
        let rest = c.rest();
        let line = rest.lines().next().unwrap_or("").trim_end();
        if line.starts_with(starts_identifier) && line.ends_with(['{', '}']) {
            return;
        }
    }
}

/// An attribute or a block, with the end of its line.
fn one(c: &mut Cursor<'_>, body: &mut Body, errors: &mut Vec<SyntaxError>) -> Parsed<()> {
    let name = c.identifier("an argument or block name")?;
    c.skip(false)?;
    if c.peek() == Some('=') && !c.looking_at("==") {
        attribute(c, name, body, errors)?;
    } else {
        let block = block(c, name, errors)?;
        body.blocks.push(block);
    }
    c.skip(false)?;
    if !c.at_line_end() {
        return c.unexpected("Missing line break", "a line break after this argument or block");
    }
    c.take_line_end();
    Ok(())
}

fn attribute(c: &mut Cursor<'_>, name: Ident, body: &mut Body, errors: &mut Vec<SyntaxError>) -> Parsed<()> {
    c.take("=");
    c.skip(false)?;
    let value = expression::expression(c, false)?;
    match body.attributes.entry(name.name.clone()) {
        indexmap::map::Entry::Occupied(_) => errors.push(SyntaxError {
            summary: "Argument given twice".into(),
            detail: format!("The argument \"{}\" is already set in this block; each may be set once.", name.name),
            help: None,
            at: name.at,
        }),
        indexmap::map::Entry::Vacant(entry) => {
            entry.insert(Attribute { name, value });
        }
    }
    Ok(())
}

fn block(c: &mut Cursor<'_>, kind: Ident, errors: &mut Vec<SyntaxError>) -> Parsed<Block> {
    let mut labels = Vec::new();
    let mut end = kind.at;
    loop {
        c.skip(false)?;
        match c.peek() {
            Some('{') => break,
            Some('"') => {
                let label = template::label(c)?;
                end = label.at;
                labels.push(label);
            }
            Some(ch) if starts_identifier(ch) => {
                let label = c.identifier("a label")?;
                end = label.at;
                labels.push(label);
            }
            _ if labels.is_empty() => {
                return c.unexpected("Invalid argument or block", "\"=\" to set an argument, or \"{\" to open a block");
            }
            _ => return c.unexpected("Invalid block", "\"{\" to open the block, or another label"),
        }
    }
    let at = kind.at.to(end);
    let opening = c.here();
    c.take("{");
    let body = c.nested(|c| {
        let mut body = Body { attributes: IndexMap::new(), blocks: Vec::new() };
        c.skip(false)?;
        if !c.at_line_end() {
            // All on one line: at most one argument.
            if c.take("}") {
                return Ok(body);
            }
            let name = c.identifier("an argument, a line break or \"}\"")?;
            c.skip(false)?;
            if c.peek() != Some('=') {
                return c.unexpected("Invalid single-line block", "\"=\"; a block on one line may hold one argument and no block");
            }
            attribute(c, name, &mut body, errors)?;
            c.skip(false)?;
            if !c.take("}") {
                return c.unexpected("Invalid single-line block", "\"}\"; put each argument on a line of its own");
            }
            return Ok(body);
        }
        loop {
            c.skip(true)?;
            if c.take("}") {
                return Ok(body);
            }
            if c.at_end() {
                return c.error("Unclosed block", "There is no closing brace for this block before the end of the file.", opening);
            }
            one(c, &mut body, errors)?;
        }
    })?;
    Ok(Block { kind, labels, body, at })
}
