//! `data.aws_iam_policy_document`: writes a policy's JSON. Asks AWS nothing.

use crate::client::Aws;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::one_of;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// An IAM policy document, put together from statements and other documents.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_policy_document", unsupported = "override_json source_json")]
pub struct PolicyDocument {
    /// Documents to start from; their statements' `sid`s differ from each other.
    #[attr(optional)]
    source_policy_documents: Option<Vec<String>>,
    /// Documents whose statements take the place of those with the same `sid`.
    #[attr(optional)]
    override_policy_documents: Option<Vec<String>>,
    /// Identifier of the document.
    #[attr(optional)]
    policy_id: Option<String>,
    /// Version of the policy language; `2012-10-17` when left out.
    #[attr(optional, check = one_of!("2008-10-17", "2012-10-17"))]
    version: Option<String>,
    /// The statements.
    #[block]
    statement: Vec<Statement>,
    /// The document as JSON, indented.
    #[attr(computed)]
    json: Option<String>,
    /// The document as JSON without spaces.
    #[attr(computed)]
    minified_json: Option<String>,
    /// A checksum of the document.
    #[attr(computed)]
    id: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct Statement {
    /// Name of the statement.
    #[attr(optional)]
    sid: Option<String>,
    /// `Allow`, which it is when left out, or `Deny`.
    #[attr(optional, check = one_of!("Allow", "Deny"))]
    effect: Option<String>,
    /// Actions it is about.
    #[attr(optional)]
    actions: BTreeSet<String>,
    /// It is about all actions but these.
    #[attr(optional)]
    not_actions: BTreeSet<String>,
    /// Resources it is about.
    #[attr(optional)]
    resources: BTreeSet<String>,
    /// It is about all resources but these.
    #[attr(optional)]
    not_resources: BTreeSet<String>,
    /// Who it is about.
    #[block]
    principals: BTreeSet<Principal>,
    /// It is about everybody but these.
    #[block]
    not_principals: BTreeSet<Principal>,
    /// When it holds.
    #[block]
    condition: BTreeSet<Condition>,
}

#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Principal {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.
    #[attr(required, name = "type")]
    kind: String,
    /// Who.
    #[attr(required)]
    identifiers: BTreeSet<String>,
}

#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    /// The comparison, such as `StringEquals`.
    #[attr(required)]
    test: String,
    /// What is compared, such as `aws:SourceIp`.
    #[attr(required)]
    variable: String,
    /// With what.
    #[attr(required)]
    values: Vec<String>,
}

impl DataSource for PolicyDocument {
    const CALLS: &'static [&'static str] = &[];

    async fn read(_: &Aws, question: &PolicyDocument) -> Result<PolicyDocument, Failure> {
        let document = question.document()?;
        let json = indented(&document);
        Ok(PolicyDocument {
            id: Some(crc32fast::hash(json.as_bytes()).to_string()),
            json: Some(json),
            minified_json: Some(escaped(&document.to_string())),
            version: Some(question.version().to_string()),
            statement: question.statement.iter().map(Statement::filled).collect(),
            ..question.clone()
        })
    }
}

/// The parts of a document that are put together.
#[derive(Default)]
struct Parts {
    version: String,
    id: Option<String>,
    statements: Vec<Json>,
}

impl Parts {
    fn parse(text: &str) -> Result<Parts, Failure> {
        let wrong = |why: String| Failure::new(FailureKind::Invalid, format!("a policy document to be merged is not one: {why}"));
        let json: Json = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let text_of = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_string);
        let statements = match json.get("Statement") {
            Some(Json::Array(statements)) => statements.clone(),
            Some(one @ Json::Object(_)) => vec![one.clone()],
            None => Vec::new(),
            Some(_) => return Err(wrong("its Statement is neither a list nor an object".into())),
        };
        Ok(Parts {
            version: text_of("Version").unwrap_or_default(),
            id: text_of("Id"),
            statements: statements.iter().map(ordered).collect(),
        })
    }

    /// Takes another document's statements in; those with the same `Sid` take the place of ours.
    fn merge(&mut self, other: Parts) {
        self.id = other.id.or(self.id.take());
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let same = |s: &&mut Json| !sid(s).is_empty() && sid(s) == sid(&statement);
            match self.statements.iter_mut().find(same) {
                Some(ours) => *ours = statement,
                None => self.statements.push(statement),
            }
        }
    }
}

fn sid(statement: &Json) -> &str {
    statement.get("Sid").and_then(Json::as_str).unwrap_or_default()
}

const FIELDS: &[&str] = &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/// A statement with its fields in the order in which they are written, empty ones left out.
fn ordered(statement: &Json) -> Json {
    let field = |name: &&str| Some((name.to_string(), statement.get(*name).filter(|v| **v != json!("") && **v != json!([]))?.clone()));
    Json::Object(FIELDS.iter().filter_map(field).collect())
}

impl PolicyDocument {
    fn version(&self) -> &str {
        self.version.as_deref().unwrap_or("2012-10-17")
    }

    fn document(&self) -> Result<Json, Failure> {
        let mut whole = Parts::default();
        let mut seen = BTreeSet::new();
        for text in self.source_policy_documents.iter().flatten() {
            let parts = Parts::parse(text)?;
            for statement in &parts.statements {
                let sid = sid(statement).to_string();
                if !sid.is_empty() && !seen.insert(sid.clone()) {
                    let why = format!("source_policy_documents hold two statements with the sid \"{sid}\"");
                    return Err(Failure::new(FailureKind::Invalid, why));
                }
            }
            whole.merge(parts);
        }
        let statements = self.statement.iter().map(Statement::json).collect::<Result<_, _>>()?;
        whole.merge(Parts { version: self.version().to_string(), id: self.policy_id.clone(), statements });
        for text in self.override_policy_documents.iter().flatten() {
            whole.merge(Parts::parse(text)?);
        }
        let mut document = Map::new();
        document.insert("Version".into(), whole.version.into());
        if let Some(id) = whole.id {
            document.insert("Id".into(), id.into());
        }
        if !whole.statements.is_empty() {
            document.insert("Statement".into(), whole.statements.into());
        }
        Ok(Json::Object(document))
    }
}

impl Statement {
    fn effect(&self) -> &str {
        self.effect.as_deref().unwrap_or("Allow")
    }

    /// The same with what may be left out filled in, as the answer shows it.
    fn filled(&self) -> Statement {
        Statement { sid: Some(self.sid.clone().unwrap_or_default()), effect: Some(self.effect().to_string()), ..self.clone() }
    }

    fn json(&self) -> Result<Json, Failure> {
        // `&{…}` stands for `${…}`, which the language would take for itself.
        let policy_variable = |text: &String| Json::String(text.replace("&{", "${"));
        let list = |set: &BTreeSet<String>| one_or_many(set.iter().rev().map(policy_variable).collect());
        let conditions = self.condition.iter().fold(BTreeMap::<_, BTreeMap<_, Vec<Json>>>::new(), |mut all, c| {
            all.entry(c.test.clone()).or_default().entry(c.variable.clone()).or_default().extend(c.values.iter().map(policy_variable));
            all
        });
        let conditions: Map<String, Json> = conditions
            .into_iter()
            .map(|(test, variables)| (test, Json::Object(variables.into_iter().map(|(v, values)| (v, one_or_many(values))).collect())))
            .collect();
        if self.not_principals.iter().any(|p| p.kind == "*") && !self.principals.is_empty() {
            return Err(Failure::new(FailureKind::Invalid, "a statement has principals and not_principals"));
        }
        let json = json!({
            "Sid": self.sid.clone().unwrap_or_default(),
            "Effect": self.effect(),
            "Action": list(&self.actions),
            "NotAction": list(&self.not_actions),
            "Resource": list(&self.resources),
            "NotResource": list(&self.not_resources),
            "Principal": principals(&self.principals),
            "NotPrincipal": principals(&self.not_principals),
            "Condition": if conditions.is_empty() { json!([]) } else { Json::Object(conditions) },
        });
        Ok(ordered(&json))
    }
}

fn one_or_many(mut values: Vec<Json>) -> Json {
    if values.len() == 1 { values.remove(0) } else { Json::Array(values) }
}

fn principals(principals: &BTreeSet<Principal>) -> Json {
    let mut kinds = BTreeMap::<&str, Vec<Json>>::new();
    for p in principals {
        kinds.entry(&p.kind).or_default().extend(p.identifiers.iter().rev().map(|i| Json::String(i.replace("&{", "${"))));
    }
    if kinds.is_empty() {
        return json!([]);
    }
    if kinds.len() == 1 && kinds.get("*").is_some_and(|i| *i == [json!("*")]) {
        return json!("*");
    }
    Json::Object(kinds.into_iter().map(|(k, v)| (k.to_string(), one_or_many(v))).collect())
}

/// The JSON with an indent of two, as Go writes it.
fn indented(json: &Json) -> String {
    escaped(&serde_json::to_string_pretty(json).unwrap_or_default())
}

/// What Go's JSON writer escapes, escaped.
fn escaped(text: &str) -> String {
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn statement() -> Statement {
        Statement {
            sid: None,
            effect: None,
            actions: BTreeSet::new(),
            not_actions: BTreeSet::new(),
            resources: BTreeSet::new(),
            not_resources: BTreeSet::new(),
            principals: BTreeSet::new(),
            not_principals: BTreeSet::new(),
            condition: BTreeSet::new(),
        }
    }

    /// The document, its text and its checksum were written by real Terraform.
    #[test]
    fn the_bytes_are_those_of_terraform() {
        let base = r#"{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}]}"#;
        let principal = |kind: &str, who: &[&str]| Principal { kind: kind.into(), identifiers: set(who) };
        let condition = |test: &str, variable: &str, values: &[&str]| Condition {
            test: test.into(),
            variable: variable.into(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        let document = PolicyDocument {
            source_policy_documents: Some(vec![base.into()]),
            override_policy_documents: None,
            policy_id: Some("x".into()),
            version: None,
            statement: vec![
                Statement {
                    sid: Some("Deny<>&".into()),
                    effect: Some("Deny".into()),
                    actions: set(&["s3:*", "kms:Decrypt", "a:b"]),
                    resources: set(&["b", "a", "c"]),
                    principals: [
                        principal("AWS", &["arn:aws:iam::123456789012:root", "arn:aws:iam::223456789012:root"]),
                        principal("Service", &["ec2.amazonaws.com"]),
                        principal("AWS", &["x"]),
                    ]
                    .into(),
                    condition: [
                        condition("Bool", "aws:SecureTransport", &["false"]),
                        condition("StringEquals", "aws:b", &["z", "a"]),
                        condition("StringEquals", "aws:a", &["&{aws:username}"]),
                    ]
                    .into(),
                    ..statement()
                },
                Statement {
                    not_actions: set(&["iam:*"]),
                    not_resources: set(&["q", "r"]),
                    not_principals: [principal("*", &["*"])].into(),
                    ..statement()
                },
            ],
            json: None,
            minified_json: None,
            id: None,
        };
        let json = document.document().map(|d| escaped(&d.to_string()));
        let wanted = r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"One","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"},{"Sid":"Deny\u003c\u003e\u0026","Effect":"Deny","Action":["s3:*","kms:Decrypt","a:b"],"Resource":["c","b","a"],"Principal":{"AWS":["arn:aws:iam::223456789012:root","arn:aws:iam::123456789012:root","x"],"Service":"ec2.amazonaws.com"},"Condition":{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:a":"${aws:username}","aws:b":["z","a"]}}},{"Effect":"Allow","NotAction":"iam:*","NotResource":["r","q"],"NotPrincipal":"*"}]}"#;
        assert_eq!(json.as_deref(), Ok(wanted));
    }

    #[test]
    fn overriding_by_sid() {
        let mut whole = Parts::parse(r#"{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow"}]}"#).unwrap_or_default();
        whole.merge(
            Parts::parse(r#"{"Version":"2008-10-17","Statement":[{"Sid":"One","Effect":"Deny"},{"Effect":"Allow"}]}"#).unwrap_or_default(),
        );
        assert_eq!(whole.version, "2012-10-17");
        assert_eq!(whole.statements, [json!({"Sid": "One", "Effect": "Deny"}), json!({"Effect": "Allow"})]);
    }
}
