//! YAML: written in the one form that `yamlencode` has, read from any.

use super::{Failure, Outcome, json_text};
use cairn_model::{Kind, Number, Value};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::{BTreeMap, HashMap};

/// The value as YAML: blocks, quoted text, keys sorted.
pub(super) fn encode(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

/// Writes a value after `key:` or `- `, with the line break that ends it.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value.kind() {
        Kind::Map(e) | Kind::Object(e) if !e.is_empty() => {
            for (i, (key, element)) in e.iter().enumerate() {
                if i > 0 {
                    out.push_str(&"  ".repeat(indent));
                }
                out.push_str(&json_text::encode(&Value::from(key.as_str())));
                out.push(':');
                match element.kind() {
                    Kind::Map(inner) | Kind::Object(inner) if !inner.is_empty() => {
                        out.push('\n');
                        out.push_str(&"  ".repeat(indent + 1));
                        write(element, indent + 1, out);
                    }
                    // A list stands in the same column as its key.
                    Kind::List(inner) | Kind::Set(inner) | Kind::Tuple(inner) if !inner.is_empty() => {
                        out.push('\n');
                        out.push_str(&"  ".repeat(indent));
                        write(element, indent, out);
                    }
                    _ => {
                        out.push(' ');
                        write(element, indent + 1, out);
                    }
                }
            }
        }
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) if !e.is_empty() => {
            for (i, element) in e.iter().enumerate() {
                if i > 0 {
                    out.push_str(&"  ".repeat(indent));
                }
                out.push_str("- ");
                write(element, indent + 1, out);
            }
        }
        Kind::String(s) if s.contains('\n') => block(s, indent, out),
        _ => {
            out.push_str(&json_text::encode(value));
            out.push('\n');
        }
    }
}

/// Text of several lines, as a literal block.
fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let indent = indent.max(1);
    out.push_str(match () {
        () if body.len() == text.len() => "|-\n",
        () if body.ends_with('\n') => "|+\n",
        () => "|\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            out.push_str(&"  ".repeat(indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// How deep a document may nest, and how much its aliases may add.
const MAX_DEPTH: usize = 128;
const MAX_VALUES: usize = 1_000_000;

enum Open {
    Sequence(usize, Vec<Value>),
    Mapping(usize, BTreeMap<String, Value>, Option<String>),
}

/// The value of a document.
pub(super) fn decode(text: &str) -> Outcome {
    let wrong = |what: String| Failure::Argument(0, format!("this is no YAML: {what}"));
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, Value> = HashMap::new();
    let mut root: Option<Value> = None;
    let mut budget = MAX_VALUES;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|e| wrong(e.to_string()))?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|t| t.suffix.clone());
                (anchor, scalar(&text, style, tag.as_deref()).map_err(wrong)?)
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(value) => (0, value.clone()),
                None => return Err(wrong("an alias refers to nothing".into())),
            },
            Event::SequenceStart(anchor, _) => {
                open.push(Open::Sequence(anchor, Vec::new()));
                limit(open.len())?;
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open::Mapping(anchor, BTreeMap::new(), None));
                limit(open.len())?;
                continue;
            }
            Event::SequenceEnd => match open.pop() {
                Some(Open::Sequence(anchor, elements)) => (anchor, Value::tuple(elements)),
                _ => return Err(wrong("a list ends that did not begin".into())),
            },
            Event::MappingEnd => match open.pop() {
                Some(Open::Mapping(anchor, entries, _)) => (anchor, Value::object(entries)),
                _ => return Err(wrong("a mapping ends that did not begin".into())),
            },
            Event::DocumentStart(_) if root.is_some() => return Err(wrong("there is more than one document".into())),
            _ => continue,
        };
        budget = budget.checked_sub(size(&value, budget)).ok_or_else(|| wrong("it is too large".into()))?;
        if anchor > 0 {
            anchors.insert(anchor, value.clone());
        }
        place(&mut open, &mut root, value).map_err(wrong)?;
    }
    Ok(root.unwrap_or_else(Value::null))
}

fn limit(depth: usize) -> Result<(), Failure> {
    if depth > MAX_DEPTH { Err(Failure::Argument(0, format!("YAML may nest up to {MAX_DEPTH} levels"))) } else { Ok(()) }
}

/// How many values there are in a value, counted up to a limit.
fn size(value: &Value, limit: usize) -> usize {
    let mut count = 1usize;
    for child in value.children() {
        if count > limit {
            break;
        }
        count += size(child, limit - count.min(limit));
    }
    count
}

fn place(open: &mut [Open], root: &mut Option<Value>, value: Value) -> Result<(), String> {
    match open.last_mut() {
        None => *root = Some(value),
        Some(Open::Sequence(_, elements)) => elements.push(value),
        Some(Open::Mapping(_, entries, key)) => match key.take() {
            Some(name) if name == "<<" => {
                let parts = value.elements().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
                for part in parts {
                    for (k, v) in part.entries().ok_or("\"<<\" needs a mapping")? {
                        entries.entry(k.clone()).or_insert_with(|| v.clone());
                    }
                }
            }
            Some(name) => {
                entries.insert(name, value);
            }
            None => {
                let text = cairn_model::convert::convert(&value, &cairn_model::Type::String).ok();
                let text = text.and_then(|v| v.as_str().map(str::to_string)).ok_or("a key must be text")?;
                *key = Some(text);
            }
        },
    }
    Ok(())
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> Result<Value, String> {
    match tag {
        Some("str") | Some("binary") => return Ok(text.into()),
        Some("int" | "float") => return number(text).map(Value::number).ok_or(format!("\"{text}\" is no number")),
        Some("bool") | Some("null") | None => {}
        Some(other) => return Err(format!("the tag \"{other}\" is not supported")),
    }
    if style != ScalarStyle::Plain {
        return Ok(text.into());
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Value::bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Value::bool(false),
        _ => match (number(text), is_date(text)) {
            (Some(n), _) => Value::number(n),
            (None, true) => Value::from(format!("{text}T00:00:00Z")),
            (None, false) => text.into(),
        },
    })
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|p| p.len()).eq([4, 2, 2]) && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()))
}

fn number(text: &str) -> Option<Number> {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(d) => (true, d),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let based = |prefix: &str, base: u32| digits.strip_prefix(prefix).and_then(|d| i64::from_str_radix(d, base).ok());
    let old_octal = || (digits.len() > 1 && digits.starts_with('0')).then(|| i64::from_str_radix(digits, 8).ok()).flatten();
    if let Some(n) = based("0x", 16).or_else(|| based("0o", 8)).or_else(|| based("0b", 2)).or_else(old_octal) {
        return Some(Number::from(if negative { -n } else { n }));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let n = Number::parse(digits)?;
    Some(if negative { n.negate() } else { n })
}
