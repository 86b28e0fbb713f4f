//! Comma-separated values, RFC 4180.

use super::{Failure, Outcome};
use cairn_model::Value;
use std::collections::BTreeMap;

/// A list of objects, one a row, with the first row's fields as names.
pub(super) fn decode(text: &str) -> Outcome {
    let mut rows = rows(text)?.into_iter();
    let Some(header) = rows.next() else { return Err("there is no header line".into()) };
    for (i, name) in header.iter().enumerate() {
        if header.iter().take(i).any(|n| n == name) {
            return Err(format!("the column \"{name}\" is there twice").into());
        }
    }
    let mut out = Vec::new();
    for (i, row) in rows.enumerate() {
        if row.len() != header.len() {
            return Err(format!("row {} has {} fields; the header has {}", i + 2, row.len(), header.len()).into());
        }
        out.push(Value::object(header.iter().cloned().zip(row.into_iter().map(Value::from)).collect::<BTreeMap<_, _>>()));
    }
    Ok(Value::list(out))
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut was_quoted = false;
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            c if quoted => field.push(c),
            '"' if field.is_empty() && !was_quoted => {
                quoted = true;
                was_quoted = true;
            }
            '"' => return Err(format!("line {line}: a quote inside a field without quotes").into()),
            ',' => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                if !row.is_empty() || !field.is_empty() || was_quoted {
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                was_quoted = false;
            }
            c => field.push(c),
        }
    }
    if quoted {
        return Err("a quoted field is not closed".into());
    }
    if !row.is_empty() || !field.is_empty() || was_quoted {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}
