//! What AWS's Service Authorization Reference says of actions: recorded by `tests/oracle/record-permissions`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What the reference says of one action.
#[derive(Clone, Debug, Deserialize)]
pub struct Facts {
    /// `Read`, `List`, `Write`, `Tagging` or `Permissions management`.
    pub level: String,
    /// The kinds of resources that it can be limited to: `n` where each call needs one of the kind, and the tag conditions that
    /// hold, `q` for the request's tags, `r` for the resource's. `*` alone where it can't be limited.
    pub on: BTreeMap<Kind, String>,
}

/// A kind of resource: its ARN after the partition, such as `sns:${Region}:${Account}:${TopicName}`.
pub type Kind = String;

impl Facts {
    /// It changes nothing.
    pub fn reads(&self) -> bool {
        matches!(self.level.as_str(), "Read" | "List")
    }

    /// It sets or removes tags and does nothing else.
    pub fn tags(&self) -> bool {
        self.level == "Tagging"
    }

    /// It has to do with a kind, under a flag of `on`.
    pub fn holds(&self, kind: &str, flag: char) -> bool {
        self.on.get(kind).is_some_and(|flags| flags.contains(flag))
    }
}

/// What is recorded of an action such as `ec2:CreateVpc`.
pub fn of(action: &str) -> Option<&'static Facts> {
    static FACTS: OnceLock<BTreeMap<String, Facts>> = OnceLock::new();
    // The file is part of the program, and a test reads it.
    FACTS.get_or_init(|| serde_json::from_str(include_str!("reference.json")).unwrap_or_default()).get(action)
}
