//! Which rules count, and what their results mean.

use crate::Places;
use cairn_model::Diagnostic;
use cairn_model::finding::{Finding, Severity};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// The words that the names of rules begin with.
const WORDS: [(&str, Severity); 3] = [("deny", Severity::Deny), ("violation", Severity::Deny), ("warn", Severity::Warn)];

/// A rule that says something of a plan.
pub(crate) struct Rule<'a> {
    package: &'a str,
    name: &'a str,
    severity: Severity,
}

impl<'a> Rule<'a> {
    /// The rule of this name, if it is one that counts.
    pub(crate) fn of(package: &'a str, name: &'a str) -> Option<Rule<'a>> {
        let (_, severity) =
            WORDS.into_iter().find(|(word, _)| name.strip_prefix(word).is_some_and(|r| r.is_empty() || r.starts_with('_')))?;
        Some(Rule { package: package.strip_prefix("data.").unwrap_or(package), name, severity })
    }

    /// Its name without the word: what an exception calls it.
    pub(crate) fn bare(&self) -> &'a str {
        self.name.split_once('_').map_or("", |(_, rest)| rest)
    }

    fn shown(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }

    /// Its results: an object with a message each.
    pub(crate) fn results(&self, value: &Json) -> Result<Vec<Map<String, Json>>, Diagnostic> {
        let values = match value {
            Json::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        values.into_iter().map(|v| self.result(v)).collect()
    }

    fn result(&self, value: &Json) -> Result<Map<String, Json>, Diagnostic> {
        match value {
            Json::String(text) => Ok(Map::from_iter([("msg".to_string(), Json::from(text.as_str()))])),
            Json::Object(o) if o.get("msg").is_some_and(Json::is_string) => Ok(o.clone()),
            other => Err(Diagnostic::error(format!("The policy rule {} gives no message", self.shown()))
                .detail(format!("It gives {other}."))
                .help("a result is a text, or an object whose msg is one".to_string())),
        }
    }

    /// A result as a finding. The resource is the one that it names, else the one whose address stands in
    /// its message.
    pub(crate) fn finding(&self, result: &Map<String, Json>, places: &Places) -> Finding {
        let message = result.get("msg").and_then(Json::as_str).unwrap_or_default().to_string();
        let named = ["address", "resource"].into_iter().find_map(|k| result.get(k)?.as_str());
        let resource = named.map(str::to_string).or_else(|| mentioned(&message, places));
        let at = resource.as_ref().and_then(|r| places.get(r).cloned().flatten());
        Finding { severity: self.severity, rule: self.shown(), resource, message, at }
    }
}

/// The rules of a package that its rule `exception` switches off, each by its name without the word.
pub(crate) fn exceptions(rules: &Json) -> BTreeSet<String> {
    let sets = rules.get("exception").and_then(Json::as_array).into_iter().flatten();
    sets.filter_map(Json::as_array).flatten().filter_map(Json::as_str).map(str::to_string).collect()
}

/// The longest address of the plan that stands in a text by itself.
fn mentioned(text: &str, places: &Places) -> Option<String> {
    places.keys().filter(|address| stands_in(text, address)).max_by_key(|a| a.len()).cloned()
}

fn stands_in(text: &str, address: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '[');
    text.match_indices(address).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + address.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(|c| inner(c) || c == '.') && !after.is_some_and(inner)
    })
}
