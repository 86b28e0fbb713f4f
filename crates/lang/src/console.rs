//! Values as `console` and `output` print them.

use cairn_model::{Kind, Value};
use std::fmt::Write;

/// The value as Terraform prints it: text in quotes or as a heredoc, collections over several lines.
/// What is sensitive or unknown is named as such.
pub fn display(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    if value.is_sensitive() {
        out.push_str("(sensitive value)");
        return;
    }
    match value.kind() {
        Kind::Null => out.push_str("null"),
        Kind::Unknown(_) => out.push_str("(known after apply)"),
        Kind::Bool(b) => {
            let _ = write!(out, "{b}");
        }
        Kind::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Kind::String(s) => string(s, indent, out),
        Kind::List(e) => sequence("tolist([", "])", e, indent, out),
        Kind::Set(e) => {
            // Elements that are not known yet come last.
            let mut elements = e.as_ref().clone();
            elements.sort_by_key(Value::is_unknown);
            sequence("toset([", "])", &elements, indent, out);
        }
        Kind::Tuple(e) => sequence("[", "]", e, indent, out),
        Kind::Map(e) => entries("tomap({", "})", e, indent, out),
        Kind::Object(e) => entries("{", "}", e, indent, out),
    }
}

fn sequence(open: &str, close: &str, elements: &[Value], indent: usize, out: &mut String) {
    out.push_str(open);
    for element in elements {
        let _ = write!(out, "\n{}", " ".repeat(indent + 2));
        write(element, indent + 2, out);
        out.push(',');
    }
    if !elements.is_empty() {
        let _ = write!(out, "\n{}", " ".repeat(indent));
    }
    out.push_str(close);
}

fn entries(open: &str, close: &str, entries: &std::collections::BTreeMap<String, Value>, indent: usize, out: &mut String) {
    out.push_str(open);
    for (key, value) in entries {
        let _ = write!(out, "\n{}", " ".repeat(indent + 2));
        quoted(key, out);
        out.push_str(" = ");
        write(value, indent + 2, out);
    }
    if !entries.is_empty() {
        let _ = write!(out, "\n{}", " ".repeat(indent));
    }
    out.push_str(close);
}

fn string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return quoted(text, out);
    }
    let marker = (0..).map(|i| if i == 0 { "EOT".to_string() } else { format!("EOT_{i}") }).find(|m| !text.lines().any(|l| l.trim() == m));
    let marker = marker.unwrap_or_default();
    let _ = writeln!(out, "<<{}{marker}", if indent > 0 { "-" } else { "" });
    for line in text.split('\n') {
        let _ = writeln!(out, "{}{line}", " ".repeat(indent));
    }
    let _ = write!(out, "{}{marker}", " ".repeat(indent));
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
