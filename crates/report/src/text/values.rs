//! Draws a value and how it changes, in Terraform's notation, on the shapes of Terraform's plan JSON.

use super::style::{Colour, Style, harmless};
use serde_json::{Map, Value as Json};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};
use std::collections::BTreeSet;

/// A value before and after, and what is unknown and sensitive of it.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// Before; `null` where there is nothing.
    pub before: &'a Json,
    /// After, without what is unknown; `null` where there is nothing.
    pub after: &'a Json,
    /// The shape of what is unknown after.
    pub unknown: &'a Json,
    /// The shape of what is sensitive before.
    pub sensitive_before: &'a Json,
    /// The shape of what is sensitive after.
    pub sensitive_after: &'a Json,
}

static NULL: Json = Json::Null;
static NO: Json = Json::Bool(false);

fn part<'a>(json: &'a Json, key: &str) -> &'a Json {
    json.get(key).unwrap_or(&NULL)
}

fn shape<'a>(json: &'a Json, key: &str) -> &'a Json {
    if json == &Json::Bool(true) { json } else { json.get(key).unwrap_or(&NO) }
}

fn shape_at(json: &Json, index: usize) -> &Json {
    if json == &Json::Bool(true) { json } else { json.get(index).unwrap_or(&NO) }
}

impl<'a> Pair<'a> {
    /// The attribute or entry of this name.
    pub fn get(&self, key: &str) -> Pair<'a> {
        Pair {
            before: part(self.before, key),
            after: part(self.after, key),
            unknown: shape(self.unknown, key),
            sensitive_before: shape(self.sensitive_before, key),
            sensitive_after: shape(self.sensitive_after, key),
        }
    }

    fn elements(&self, before: Option<usize>, after: Option<usize>) -> Pair<'a> {
        Pair {
            before: before.and_then(|i| self.before.get(i)).unwrap_or(&NULL),
            after: after.and_then(|i| self.after.get(i)).unwrap_or(&NULL),
            unknown: after.map_or(&NO, |i| shape_at(self.unknown, i)),
            sensitive_before: before.map_or(&NO, |i| shape_at(self.sensitive_before, i)),
            sensitive_after: after.map_or(&NO, |i| shape_at(self.sensitive_after, i)),
        }
    }

    fn is_unknown(&self) -> bool {
        self.unknown == &Json::Bool(true)
    }

    fn is_sensitive(&self) -> bool {
        self.sensitive_before == &Json::Bool(true) || self.sensitive_after == &Json::Bool(true)
    }

    fn any_unknown(&self) -> bool {
        fn any(json: &Json) -> bool {
            match json {
                Json::Bool(b) => *b,
                Json::Array(e) => e.iter().any(any),
                Json::Object(e) => e.values().any(any),
                _ => false,
            }
        }
        any(self.unknown)
    }

    /// True when nothing changes.
    pub fn is_same(&self) -> bool {
        !self.any_unknown() && self.before == self.after
    }

    /// True when there is nothing before nor after.
    pub fn is_nothing(&self) -> bool {
        self.before.is_null() && self.after.is_null() && !self.any_unknown()
    }

    /// `+`, `-`, `~` or a space.
    pub fn symbol(&self) -> char {
        if self.is_same() {
            ' '
        } else if self.before.is_null() {
            '+'
        } else if self.after.is_null() && !self.any_unknown() {
            '-'
        } else {
            '~'
        }
    }

    /// What two equal places are compared by: before and after of a list's elements.
    fn key(json: &Json) -> String {
        json.to_string()
    }
}

/// Draws values at one depth of indentation.
#[derive(Clone, Copy)]
pub struct Drawer {
    /// How colours are drawn.
    pub style: Style,
    /// Values that stay the same are shown too.
    pub whole: bool,
}

impl Drawer {
    /// A symbol in its colour.
    pub fn symbol(&self, symbol: char) -> String {
        match symbol {
            '+' => self.style.paint(Colour::Green, "+"),
            '-' => self.style.paint(Colour::Red, "-"),
            '~' => self.style.paint(Colour::Yellow, "~"),
            other => other.to_string(),
        }
    }

    fn hidden(&self, count: usize, what: &str) -> String {
        let plural = if count == 1 { "" } else { "s" };
        self.style.paint(Colour::Dim, &format!("# ({count} unchanged {what}{plural} hidden)"))
    }

    /// `NAME = VALUE` with its symbol in column `n`; `suffix` ends the first line of the value.
    pub fn attribute(&self, n: usize, name: &str, pad: usize, pair: Pair<'_>, suffix: &str) -> Vec<String> {
        let mut lines = self.value(n, pair);
        let Some(first) = lines.first_mut() else { return lines };
        *first = format!("{:n$}{} {name:pad$} = {first}", "", self.symbol(pair.symbol()));
        if !suffix.is_empty() {
            let at = if lines.len() > 1 && !lines.first().is_some_and(|l| l.ends_with(['{', '[', '('])) { 0 } else { lines.len() - 1 };
            if let Some(line) = lines.get_mut(at) {
                line.push_str(&format!(" {}", self.style.paint(Colour::Red, suffix)));
            }
        }
        lines
    }

    /// A value; its first line goes behind something else, the others are indented for a symbol in column `n`.
    fn value(&self, n: usize, pair: Pair<'_>) -> Vec<String> {
        if pair.is_sensitive() {
            return vec!["(sensitive value)".into()];
        }
        if pair.is_unknown() {
            if pair.before.is_null() {
                return vec!["(known after apply)".into()];
            }
            let gone = Pair { after: &NULL, unknown: &NO, ..pair };
            let mut lines = self.one(n, gone, pair.before, '-');
            push(&mut lines, " -> (known after apply)");
            return lines;
        }
        match (pair.before, pair.after) {
            (Json::Null, Json::Null) if !pair.any_unknown() => vec!["null".into()],
            (Json::Null, after) => self.one(n, pair, after, '+'),
            (before, Json::Null) if !pair.any_unknown() => {
                let mut lines = self.one(n, pair, before, '-');
                push(&mut lines, " -> null");
                lines
            }
            (before, after) if before == after && !pair.any_unknown() => self.one(n, pair, after, ' '),
            (Json::Object(_), Json::Object(_) | Json::Null) => self.map(n, pair),
            (Json::Array(_), Json::Array(_) | Json::Null) => self.list(n, pair),
            (Json::String(before), Json::String(after)) => self.text(n, before, after),
            (before, after) => vec![format!("{} -> {}", scalar(before), scalar(after))],
        }
    }

    /// A value that is wholly new, gone or the same.
    fn one(&self, n: usize, pair: Pair<'_>, value: &Json, _: char) -> Vec<String> {
        match value {
            Json::Object(_) => self.map(n, pair),
            Json::Array(e) if e.is_empty() => vec!["[]".into()],
            Json::Array(_) => self.list(n, pair),
            Json::Null if pair.unknown.is_object() => self.map(n, pair),
            Json::Null if pair.unknown.is_array() => self.list(n, pair),
            Json::String(text) => self.whole_text(n, text, pair.symbol()),
            other => vec![scalar(other)],
        }
    }

    fn map(&self, n: usize, pair: Pair<'_>) -> Vec<String> {
        let keys = keys(pair);
        if keys.is_empty() {
            return vec!["{}".into()];
        }
        let mut lines = vec!["{".to_string()];
        let mut same = 0;
        let shown: Vec<_> = keys
            .iter()
            .filter(|k| {
                let hide = !self.whole && !pair.is_same() && pair.get(k).is_same();
                same += usize::from(hide);
                !hide
            })
            .collect();
        let names: Vec<String> = shown.iter().map(|k| quoted(k)).collect();
        let pad = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        for (key, name) in shown.iter().zip(&names) {
            lines.extend(self.attribute(n + 4, name, pad, pair.get(key), ""));
        }
        if same > 0 {
            lines.push(format!("{:1$}{2}", "", n + 6, self.hidden(same, "element")));
        }
        lines.push(format!("{:1$}}}", "", n + 2));
        lines
    }

    fn list(&self, n: usize, pair: Pair<'_>) -> Vec<String> {
        let mut lines = vec!["[".to_string()];
        let mut same = 0;
        for element in aligned(pair) {
            if !self.whole && !pair.is_same() && element.is_same() {
                same += 1;
                continue;
            }
            let mut drawn = self.value(n + 4, element);
            if let Some(first) = drawn.first_mut() {
                *first = format!("{:1$}{2} {first}", "", n + 4, self.symbol(element.symbol()));
            }
            if element.symbol() == '-' {
                strip_null(&mut drawn);
            }
            push(&mut drawn, ",");
            lines.extend(drawn);
        }
        if same > 0 {
            lines.push(format!("{:1$}{2}", "", n + 6, self.hidden(same, "element")));
        }
        lines.push(format!("{:1$}]", "", n + 2));
        lines
    }

    /// Text that changes: JSON by its parts, several lines line by line, one line as a whole.
    fn text(&self, n: usize, before: &str, after: &str) -> Vec<String> {
        if let (Some(b), Some(a)) = (structured(before), structured(after)) {
            let inner = Pair { before: &b, after: &a, unknown: &NO, sensitive_before: &NO, sensitive_after: &NO };
            return self.encoded(n, inner, if inner.is_same() { " # whitespace changes" } else { "" });
        }
        if !before.contains('\n') && !after.contains('\n') {
            return vec![format!("{} -> {}", quoted(before), quoted(after))];
        }
        let mut lines = vec!["<<-EOT".to_string()];
        for group in TextDiff::from_lines(before, after).grouped_ops(2) {
            for change in group.iter().flat_map(|op| {
                TextDiff::from_lines(before, after).iter_changes(op).map(|c| (c.tag(), c.value().to_string())).collect::<Vec<_>>()
            }) {
                let symbol = match change.0 {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                lines.push(format!("{:1$}{2} {3}", "", n + 4, self.symbol(symbol), harmless(change.1.trim_end_matches('\n'))));
            }
        }
        lines.push(format!("{:1$}EOT", "", n + 2));
        lines
    }

    fn whole_text(&self, n: usize, text: &str, symbol: char) -> Vec<String> {
        if let Some(json) = structured(text) {
            let inner = match symbol {
                '+' => Pair { before: &NULL, after: &json, unknown: &NO, sensitive_before: &NO, sensitive_after: &NO },
                '-' => Pair { before: &json, after: &NULL, unknown: &NO, sensitive_before: &NO, sensitive_after: &NO },
                _ => Pair { before: &json, after: &json, unknown: &NO, sensitive_before: &NO, sensitive_after: &NO },
            };
            return self.encoded(n, inner, "");
        }
        if !text.trim_end_matches('\n').contains('\n') {
            return vec![quoted(text)];
        }
        let mut lines = vec!["<<-EOT".to_string()];
        lines.extend(text.lines().map(|line| format!("{:1$}{2}", "", n + 6, harmless(line))));
        lines.push(format!("{:1$}EOT", "", n + 2));
        lines
    }

    fn encoded(&self, n: usize, inner: Pair<'_>, note: &str) -> Vec<String> {
        let mut drawn = self.value(n + 4, inner);
        strip_null(&mut drawn);
        let mut lines = vec![format!("jsonencode({note}")];
        if let Some(first) = drawn.first_mut() {
            *first = format!("{:1$}{2} {first}", "", n + 4, self.symbol(inner.symbol()));
        }
        lines.extend(drawn);
        lines.push(format!("{:1$})", "", n + 2));
        lines
    }
}

fn strip_null(lines: &mut [String]) {
    if let Some(last) = lines.last_mut()
        && let Some(stripped) = last.strip_suffix(" -> null")
    {
        *last = stripped.to_string();
    }
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

/// The keys of a map or object before, after and unknown.
pub fn keys(pair: Pair<'_>) -> BTreeSet<String> {
    let of = |json: &Json| json.as_object().map(Map::keys).into_iter().flatten().cloned().collect::<Vec<_>>();
    [pair.before, pair.after, pair.unknown].into_iter().flat_map(of).collect()
}

/// The elements of a list before and after, side by side: what stays, what goes, what comes.
pub fn aligned<'a>(pair: Pair<'a>) -> Vec<Pair<'a>> {
    let elements = |json: &'a Json| json.as_array().map_or(&[][..], Vec::as_slice);
    let (before, mut after) = (elements(pair.before), elements(pair.after).to_vec());
    // Elements that are wholly unknown stand in the shape only.
    let length = after.len().max(elements(pair.unknown).len());
    after.resize(length, Json::Null);
    let old: Vec<String> = before.iter().map(Pair::key).collect();
    let new: Vec<String> =
        after.iter().enumerate().map(|(i, v)| if shape_at(pair.unknown, i) == &NO { Pair::key(v) } else { format!("?{i}") }).collect();
    let mut out = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                out.extend((0..len).map(|i| pair.elements(Some(old_index + i), Some(new_index + i))))
            }
            DiffOp::Delete { old_index, old_len, .. } => out.extend((0..old_len).map(|i| pair.elements(Some(old_index + i), None))),
            DiffOp::Insert { new_index, new_len, .. } => out.extend((0..new_len).map(|i| pair.elements(None, Some(new_index + i)))),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let both = before.get(old_index).is_some_and(Json::is_object);
                let paired = if both { old_len.min(new_len) } else { 0 };
                out.extend((0..paired).map(|i| pair.elements(Some(old_index + i), Some(new_index + i))));
                out.extend((paired..old_len).map(|i| pair.elements(Some(old_index + i), None)));
                out.extend((paired..new_len).map(|i| pair.elements(None, Some(new_index + i))));
            }
        }
    }
    out
}

/// The JSON object or array that a text holds.
fn structured(text: &str) -> Option<Json> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<Json>(trimmed).ok().filter(|j| j.is_object() || j.is_array())
}

/// Text in quotes, as HCL writes it, with nothing in it that a terminal would obey.
pub fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
    format!("\"{}\"", harmless(&text))
}

fn scalar(json: &Json) -> String {
    match json {
        Json::String(text) => quoted(text),
        Json::Object(_) => "{…}".into(),
        Json::Array(_) => "[…]".into(),
        other => other.to_string(),
    }
}
