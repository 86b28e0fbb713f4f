//! JSON: written in exactly the bytes that `jsonencode` gives (keys sorted, no spaces, what HTML might
//! trip over escaped), and read with exact numbers.

use cairn_model::{Kind, Number, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The value as JSON. Marks are not looked at; unknown parts are written as `null`.
pub(super) fn encode(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value.kind() {
        Kind::Null | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Kind::String(s) => string(s, out),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
            out.push('[');
            for (i, element) in e.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Kind::Map(e) | Kind::Object(e) => {
            out.push('{');
            for (i, (key, element)) in e.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(element, out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// How deep JSON may nest.
const MAX_DEPTH: usize = 128;

/// The value that JSON stands for. Numbers stay exact, whatever their size.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, position: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.position < text.len() {
        return reader.wrong("the end");
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or("")
    }

    fn wrong<T>(&self, wanted: &str) -> Result<T, String> {
        let line = self.text.get(..self.position).unwrap_or("").matches('\n').count() + 1;
        let found = self.rest().chars().next().map_or("the end".to_string(), |c| format!("\"{c}\""));
        Err(format!("line {line}: expected {wanted}, found {found}"))
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, what: &str) -> bool {
        let there = self.rest().starts_with(what);
        self.position += if there { what.len() } else { 0 };
        there
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("it nests more than {MAX_DEPTH} levels"));
        }
        self.space();
        match self.rest().chars().next() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string().map(Value::from),
            Some('-' | '0'..='9') => self.number(),
            _ if self.take("true") => Ok(true.into()),
            _ if self.take("false") => Ok(false.into()),
            _ if self.take("null") => Ok(Value::null()),
            _ => self.wrong("a value"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.take("{");
        let mut entries = BTreeMap::new();
        self.space();
        if self.take("}") {
            return Ok(Value::object(entries));
        }
        loop {
            self.space();
            if !self.rest().starts_with('"') {
                return self.wrong("a key in quotes");
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return self.wrong("\":\"");
            }
            let value = self.value(depth + 1)?;
            entries.insert(key, value);
            self.space();
            if self.take("}") {
                return Ok(Value::object(entries));
            }
            if !self.take(",") {
                return self.wrong("\",\" or \"}\"");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.take("[");
        let mut elements = Vec::new();
        self.space();
        if self.take("]") {
            return Ok(Value::tuple(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                return Ok(Value::tuple(elements));
            }
            if !self.take(",") {
                return self.wrong("\",\" or \"]\"");
            }
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or("");
        let whole = digits.trim_start_matches('-');
        let good = digits.len() - whole.len() <= 1
            && whole.starts_with(|c: char| c.is_ascii_digit())
            && !(whole.starts_with('0') && whole.get(1..2).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit())))
            && digits.ends_with(|c: char| c.is_ascii_digit())
            && !digits.contains(".e")
            && !digits.contains(".E");
        match Number::parse(digits).filter(|_| good) {
            Some(n) => {
                self.position += end;
                Ok(Value::number(n))
            }
            None => self.wrong("a number"),
        }
    }

    /// Text in quotes: its end is found here, its escapes are read by the library.
    fn string(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else { return Err("text in quotes is not closed".into()) };
        let quoted = rest.get(..=end).unwrap_or("");
        match serde_json::from_str(quoted) {
            Ok(text) => {
                self.position += quoted.len();
                Ok(text)
            }
            Err(_) => self.wrong("text without control characters and with valid escapes"),
        }
    }
}
