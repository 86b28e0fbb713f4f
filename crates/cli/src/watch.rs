//! What `cairn.toml` says of the look for drift: what is let be, what may stay unread, who is told.

use cairn_model::Span;
use cairn_report::drift::{IgnoreEntry, Place};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt;
use toml::Spanned;
use toml::value::{Date, Datetime};

/// One `[[ignore]]`, as it is written.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// A pattern of addresses.
    address: Pattern,
    /// A pattern of attributes; without one, the resource as a whole is meant.
    attribute: Option<Pattern>,
    /// Why.
    reason: Reason,
    /// The last day on which it holds.
    expires: Day,
}

/// `[drift]`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DriftTable {
    /// Patterns of types that may stay unread.
    #[serde(default)]
    allow_unchecked: Vec<Pattern>,
}

/// One `[[notify]]`: who is told. Secrets stand in environment variables, of which it has the names.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Receiver {
    /// A webhook that takes what Slack's does.
    Slack {
        /// The variable that holds its URL.
        url_env: String,
    },
    /// An SNS topic.
    Sns {
        /// Its ARN.
        #[serde(deserialize_with = "topic")]
        topic_arn: String,
    },
    /// An issue on GitHub, updated rather than repeated.
    Github {
        /// `owner/name`.
        #[serde(deserialize_with = "repository")]
        repo: String,
        /// The variable that holds a token which may write issues.
        token_env: String,
    },
}

/// All of it, ready to be used.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The ignore list.
    pub ignore: Vec<IgnoreEntry>,
    /// Patterns of types that may stay unread.
    pub allow_unchecked: Vec<String>,
    /// Who is told.
    pub receivers: Vec<Receiver>,
}

impl Watch {
    /// What the tables of a file say. `name` and `text` are the file's.
    pub fn of(ignore: &[Spanned<Ignore>], drift: &DriftTable, notify: &[Receiver], name: &str, text: &str) -> Watch {
        Watch {
            ignore: ignore
                .iter()
                .map(|entry| entry.get_ref().at(&Span::new(name.into(), text, entry.span().start, entry.span().end)))
                .collect(),
            allow_unchecked: drift.allow_unchecked.iter().map(|p| p.0.clone()).collect(),
            receivers: notify.to_vec(),
        }
    }
}

impl Ignore {
    fn at(&self, span: &Span) -> IgnoreEntry {
        IgnoreEntry {
            address: self.address.0.clone(),
            attribute: self.attribute.as_ref().map(|a| a.0.clone()),
            reason: self.reason.0.clone(),
            expires: self.expires.0.clone(),
            declared: Place { file: span.file.to_string(), line: span.line, column: span.column },
        }
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Receiver::Slack { url_env } => write!(f, "the webhook in {url_env}"),
            Receiver::Sns { topic_arn } => write!(f, "the topic {topic_arn}"),
            Receiver::Github { repo, .. } => write!(f, "the issue in {repo}"),
        }
    }
}

fn topic<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_topic = text.starts_with("arn:") && text.split(':').nth(2) == Some("sns") && text.split(':').count() == 6;
    if is_topic { Ok(text) } else { Err(Error::custom(format!("\"{text}\" is not the ARN of an SNS topic"))) }
}

fn repository<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let is_repository = text.split('/').count() == 2 && text.split('/').all(plain);
    if is_repository { Ok(text) } else { Err(Error::custom(format!("\"{text}\" is not a repository: write owner/name"))) }
}

/// A pattern: some text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(String);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Err(Error::custom("an empty pattern names nothing; `*` names everything")) } else { Ok(Pattern(text)) }
    }
}

/// A reason that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason(String);

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(Error::custom("the reason is empty: write why this drift is let be"));
        }
        Ok(Reason(text))
    }
}

/// A day, as a date of TOML or as text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Day(String);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let day = match toml::Value::deserialize(deserializer)? {
            toml::Value::Datetime(Datetime { date: Some(date), time: None, offset: None }) => Some(date),
            toml::Value::String(text) => text.parse::<Datetime>().ok().filter(|d| d.time.is_none()).and_then(|d| d.date),
            _ => None,
        };
        let Some(Date { year, month, day }) = day else {
            return Err(Error::custom("not a day: write it as 2026-12-31"));
        };
        Ok(Day(format!("{year:04}-{month:02}-{day:02}")))
    }
}
