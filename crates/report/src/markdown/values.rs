//! How a value changes, as the lines of a `diff` block.

use super::escape::plain;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_engine::saved::{SavedChange, SavedDifference};
use serde_json::{Map, Value as Json};
use similar::{ChangeTag, TextDiff};
use std::borrow::Cow;

/// More lines than this of a value that changes are left out; half as many of one that comes or goes.
const MOST_LINES: usize = 60;
/// More characters than this of one line are left out.
const LONGEST_LINE: usize = 240;
/// What stays the same around what changes.
const CONTEXT: usize = 2;
/// Text that is base64 is decoded from this length on: shorter words look like it by chance.
const LEAST_BASE64: usize = 16;

const UNKNOWN: &str = "(known after apply)";
const SENSITIVE: &str = "(sensitive value)";

/// The lines of one difference.
pub fn difference(d: &SavedDifference) -> Vec<String> {
    let name = plain(&d.path, LONGEST_LINE);
    if d.sensitive {
        return vec![format!("! {name} = {SENSITIVE}")];
    }
    let want = filled(&d.want, &d.want_unknown, UNKNOWN);
    let have = filled(&d.have, &Json::Bool(false), UNKNOWN);
    changed(&name, &have, &want)
}

/// Every argument of a resource that is made, one that is known and says something.
pub fn made(change: &SavedChange) -> Vec<String> {
    let hidden = filled(&change.after, &change.after_sensitive, SENSITIVE);
    let whole = filled(&hidden, &change.after_unknown, UNKNOWN);
    let (known, unknown): (Vec<_>, Vec<_>) = telling(&whole).partition(|(_, v)| v.as_str() != Some(UNKNOWN));
    let mut lines: Vec<String> = known.into_iter().flat_map(|(name, value)| changed(name, &Json::Null, value)).collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.into_iter().map(|(n, _)| n.as_str()).collect();
        lines.push(plain(&format!("# known after apply: {}", names.join(", ")), LONGEST_LINE));
    }
    lines
}

/// Every argument of a resource that is destroyed, but for other words for its id.
pub fn gone(change: &SavedChange) -> Vec<String> {
    let whole = filled(&change.before, &change.before_sensitive, SENSITIVE);
    let id = |name: &str, value: &Json| name == "arn" || value.as_str().is_some_and(|v| Some(v) == change.id.as_deref());
    telling(&whole).filter(|(name, value)| !id(name, value)).flat_map(|(name, value)| changed(name, value, &Json::Null)).collect()
}

fn telling(whole: &Json) -> impl Iterator<Item = (&String, &Json)> {
    let tags = whole.get("tags").is_some_and(|t| !is_nothing(t));
    let all = whole.as_object().into_iter().flatten();
    all.filter(move |(name, value)| !(is_nothing(value) || tags && *name == "tags_all"))
}

fn is_nothing(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(e) => e.is_empty(),
        Json::Object(e) => e.is_empty(),
        Json::String(s) => s.is_empty(),
        _ => false,
    }
}

/// A value with a word wherever a shape marks something.
fn filled(value: &Json, shape: &Json, word: &str) -> Json {
    match (value, shape) {
        (_, Json::Bool(true)) => Json::from(word),
        (Json::Object(v), Json::Object(s)) => {
            let mut out: Map<String, Json> = v.iter().map(|(k, v)| (k.clone(), filled(v, s.get(k).unwrap_or(&Json::Null), word))).collect();
            for (key, shape) in s.iter().filter(|(k, _)| !v.contains_key(*k)) {
                out.insert(key.clone(), filled(&Json::Null, shape, word));
            }
            out.sort_keys();
            Json::Object(out)
        }
        (Json::Null, Json::Object(_)) => filled(&Json::Object(Map::new()), shape, word),
        (Json::Array(v), Json::Array(s)) => {
            let both = (0..v.len().max(s.len())).map(|i| filled(v.get(i).unwrap_or(&Json::Null), s.get(i).unwrap_or(&Json::Null), word));
            Json::Array(both.collect())
        }
        _ => value.clone(),
    }
}

/// The lines of a value that becomes another.
fn changed(name: &str, have: &Json, want: &Json) -> Vec<String> {
    let name = plain(name, LONGEST_LINE);
    let (before, after) = (Shown::of(&name, have), Shown::of(&name, want));
    if let (Some(b), Some(a)) = (before.one_line(), after.one_line()) {
        let line = |sign: char, value: &str| format!("{sign} {name} = {}", plain(value, LONGEST_LINE));
        let sides = [(have, '-', b), (want, '+', a)];
        return sides.iter().filter(|(json, ..)| !json.is_null()).map(|(_, sign, value)| line(*sign, value)).collect();
    }
    let note = if before.decoded || after.decoded { " (base64, decoded)" } else { "" };
    let sign = if have.is_null() {
        '+'
    } else if want.is_null() {
        '-'
    } else {
        ' '
    };
    let mut lines = vec![format!("{sign} {name}{note}:")];
    let most = if sign == ' ' { MOST_LINES } else { MOST_LINES / 2 };
    lines.extend(shortened(by_line(&before.text, &after.text), most));
    lines
}

/// A value as text: JSON spread over lines, base64 decoded.
struct Shown<'a> {
    text: Cow<'a, str>,
    decoded: bool,
    quoted: bool,
}

impl<'a> Shown<'a> {
    fn of(name: &str, json: &'a Json) -> Shown<'a> {
        let as_is = |text: Cow<'a, str>| Shown { text, decoded: false, quoted: false };
        match json {
            Json::Null => as_is("".into()),
            Json::String(text) if text == UNKNOWN || text == SENSITIVE => as_is(text.into()),
            Json::String(text) => {
                if let Some(json) = structured(text) {
                    return as_is(spread(&json).into());
                }
                let encoded = name.contains("user_data") || name.contains("base64");
                match decoded(text).filter(|_| encoded) {
                    Some(text) => Shown { text: text.into(), decoded: true, quoted: false },
                    None => Shown { text: text.into(), decoded: false, quoted: true },
                }
            }
            Json::Array(_) | Json::Object(_) => as_is(spread(json).into()),
            other => as_is(other.to_string().into()),
        }
    }

    /// The value on one line, if it has but one.
    fn one_line(&self) -> Option<String> {
        if self.text.trim_end_matches('\n').contains('\n') || self.decoded {
            return None;
        }
        Some(if self.quoted { crate::text::quoted(&self.text) } else { self.text.to_string() })
    }
}

fn structured(text: &str) -> Option<Json> {
    let trimmed = text.trim_start();
    let json = trimmed.starts_with(['{', '[']).then(|| serde_json::from_str::<Json>(trimmed).ok())??;
    (json.is_object() || json.is_array()).then_some(json)
}

fn spread(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

fn decoded(text: &str) -> Option<String> {
    let bytes = (text.len() >= LEAST_BASE64).then(|| STANDARD.decode(text.trim()).ok())??;
    String::from_utf8(bytes).ok()
}

/// The lines that go and come, with a little of what stays around them.
fn by_line(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (i, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if i > 0 {
            lines.push("      …".to_string());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("{sign}     {}", plain(change.value().trim_end_matches(['\n', '\r']), LONGEST_LINE)));
        }
    }
    lines
}

fn shortened(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        let left_out = lines.len() - most;
        lines.truncate(most);
        lines.push(format!("# {left_out} more lines are left out here"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn policies_are_compared_line_by_line() {
        let policy = |action: &str| json!(json!({"Statement": [{"Action": action, "Effect": "Allow"}]}).to_string());
        let lines = changed("policy", &policy("s3:Get*"), &policy("s3:*"));
        assert!(lines.iter().any(|l| l.starts_with('-') && l.contains("s3:Get*")), "{lines:?}");
        assert!(lines.iter().any(|l| l.starts_with('+') && l.contains("s3:*")), "{lines:?}");
        assert!(lines.iter().any(|l| l.starts_with(' ') && l.contains("Statement")), "{lines:?}");
    }

    #[test]
    fn user_data_is_decoded() {
        let user_data = |text: &str| json!(STANDARD.encode(text));
        let lines = changed("user_data", &user_data("#!/bin/sh\necho one\n"), &user_data("#!/bin/sh\necho two\n"));
        assert_eq!(lines, ["  user_data (base64, decoded):", "      #!/bin/sh", "-     echo one", "+     echo two"]);
    }

    #[test]
    fn much_is_cut_and_said() {
        let many: String = (0..500).map(|i| format!("{i}\n")).collect();
        let lines = changed("text", &Json::Null, &json!(many));
        assert_eq!(lines.len(), MOST_LINES / 2 + 2);
        assert_eq!(lines.last().map(String::as_str), Some("# 470 more lines are left out here"));
        let long = changed("text", &Json::Null, &json!("x".repeat(100_000)));
        assert!(long.iter().all(|l| l.len() < 400), "{}", long.len());
    }
}
