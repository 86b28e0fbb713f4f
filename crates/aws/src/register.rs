//! The stack's register: SSM parameters that stand for resources which can carry no mark and are part of
//! nothing that does. An entry is written before its resource is made, so that no crash loses it.

use crate::client::Aws;
use crate::failure::{failed, gone};
use aws_sdk_ssm::types::{ParameterType, Tag};
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Mark, StackId};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the parameter.
    pub parameter: String,
    /// Type of the resource.
    pub type_name: String,
    /// Its address, as tags write it.
    pub address: String,
    /// Its id.
    pub id: String,
    /// Its replacement is made, or being made.
    pub deposed: bool,
}

impl Entry {
    /// The mark that the entry stands for.
    pub fn mark(&self, stack: &StackId) -> Mark {
        Mark { stack: stack.to_string(), address: self.address.clone(), deposed: self.deposed }
    }

    fn from_json(parameter: String, text: &str) -> Option<Entry> {
        let json: Json = serde_json::from_str(text).ok()?;
        let field = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_string);
        let deposed = json.get("deposed").and_then(Json::as_bool).unwrap_or_default();
        Some(Entry { parameter, type_name: field("type")?, address: field("address")?, id: field("id")?, deposed })
    }
}

/// What reads entries.
pub const READS: &str = "ssm:GetParametersByPath";
/// What removes them.
pub const STRIKES: &str = "ssm:DeleteParameter";
/// All that it calls, and what AWS checks for the tags of an entry.
pub const CALLS: &[&str] = &[READS, "ssm:PutParameter", "ssm:AddTagsToResource", STRIKES];

/// What every register is under.
const ROOT: &str = "/cairn";

/// What the names of a stack's entries begin with.
pub fn folder(stack: &StackId) -> String {
    format!("{ROOT}/{}/{}/register", stack.name, stack.workspace)
}

/// True for the name of a parameter that is an entry of some stack's register.
pub fn is_entry(name: &str) -> bool {
    let mut parts = name.split('/');
    parts.next() == Some("") && parts.next() == Some("cairn") && parts.nth(2) == Some("register")
}

fn parameter(stack: &StackId, type_name: &str, id: &str) -> String {
    let digest = blake3::hash(format!("{type_name}\n{id}").as_bytes()).to_hex();
    format!("{}/{type_name}/{}", folder(stack), &digest[..20])
}

/// What reading the register of each stack gave.
pub type Registers = BTreeMap<StackId, Result<Vec<Entry>, Failure>>;

/// Reads registers. Those of several stacks are read together where all registers of the account take fewer pages
/// than there are stacks to ask for; else one by one.
pub async fn read(aws: &Aws, stacks: &[StackId]) -> Registers {
    if stacks.len() > 1 {
        match parameters(aws, ROOT, stacks.len() / 2).await {
            Ok(Some(all)) => return stacks.iter().map(|stack| (stack.clone(), entries(&all, stack))).collect(),
            Err(failure) if matches!(failure.kind, FailureKind::Credentials | FailureKind::Unreachable | FailureKind::ReplyLost) => {
                return stacks.iter().map(|stack| (stack.clone(), Err(failure.clone()))).collect();
            }
            // Too many, or the right to read is given stack by stack.
            Ok(None) | Err(_) => {}
        }
    }
    let read = stacks.iter().map(|stack| async move {
        let found = parameters(aws, &folder(stack), usize::MAX).await;
        (stack.clone(), found.and_then(|all| entries(&all.unwrap_or_default(), stack)))
    });
    futures::future::join_all(read).await.into_iter().collect()
}

/// The names and values below a path, ten a page. Nothing where there are more pages.
async fn parameters(aws: &Aws, path: &str, most_pages: usize) -> Result<Option<Vec<(String, String)>>, Failure> {
    let mut pages = aws.ssm.get_parameters_by_path().path(path).recursive(true).max_results(10).into_paginator().send();
    let (mut found, mut count, mut more) = (Vec::new(), 0, false);
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed(READS))?;
        count += 1;
        more = page.next_token.is_some();
        found.extend(page.parameters.unwrap_or_default().into_iter().map(|p| (p.name.unwrap_or_default(), p.value.unwrap_or_default())));
        if more && count >= most_pages {
            break;
        }
    }
    Ok((!more).then_some(found))
}

/// A stack's entries among parameters.
fn entries(parameters: &[(String, String)], stack: &StackId) -> Result<Vec<Entry>, Failure> {
    let folder = format!("{}/", folder(stack));
    let own = parameters.iter().filter(|(name, _)| name.starts_with(&folder));
    own.map(|(name, value)| {
        Entry::from_json(name.clone(), value).ok_or_else(|| {
            let message = format!("the register entry {name} can't be read; it was changed by something other than Cairn");
            Failure::new(FailureKind::Other, message)
        })
    })
    .collect()
}

/// Writes an entry. One that stands already gets the mark.
pub async fn enter(aws: &Aws, stack: &StackId, mark: &Mark, type_name: &str, id: &str) -> Result<(), Failure> {
    let mut value = json!({ "type": type_name, "address": mark.address, "id": id });
    if mark.deposed {
        value["deposed"] = Json::Bool(true);
    }
    let name = parameter(stack, type_name, id);
    let tags = mark.tags().into_iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect::<Vec<_>>();
    let sent = aws
        .ssm
        .put_parameter()
        .name(&name)
        .description("Cairn's note of a resource that can carry no tags.")
        .r#type(ParameterType::String)
        .value(value.to_string())
        .set_tags(Some(tags))
        .overwrite(false)
        .send()
        .await
        .map_err(failed("ssm:PutParameter"));
    match sent {
        Err(failure) if failure.kind == FailureKind::AlreadyExists => {
            let call = aws.ssm.put_parameter().name(&name).r#type(ParameterType::String).value(value.to_string()).overwrite(true);
            call.send().await.map_err(failed("ssm:PutParameter")).map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

/// Removes an entry, after its resource is gone.
pub async fn strike(aws: &Aws, stack: &StackId, type_name: &str, id: &str) -> Result<(), Failure> {
    gone(aws.ssm.delete_parameter().name(parameter(stack, type_name, id)).send().await.map_err(failed(STRIKES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_its_own_entries_only() {
        let stack = |name: &str| StackId { name: name.into(), workspace: "dev".into() };
        let entry = |stack: &StackId, id: &str| {
            (parameter(stack, "aws_iam_role", id), json!({ "type": "aws_iam_role", "address": "aws_iam_role.a", "id": id }).to_string())
        };
        let broken = (parameter(&stack("broken"), "aws_iam_role", "x"), "scribbled over".to_string());
        let all = [entry(&stack("shop"), "a"), entry(&stack("shop2"), "b"), broken];
        let ids = |name: &str| entries(&all, &stack(name)).map(|found| found.into_iter().map(|e| e.id).collect::<Vec<_>>());
        assert_eq!(ids("shop").expect("readable"), ["a"]);
        assert_eq!(ids("shop2").expect("readable"), ["b"]);
        assert!(ids("broken").is_err_and(|f| f.message.contains("can't be read")));
    }
}
