//! `aws_cloudwatch_log_group`.

use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_cloudwatchlogs::types::{LogGroup as LogsGroup, LogGroupClass};
use cairn_derive::Model;
use cairn_engine::impact::{Does, Effects, InPlace, Spared};
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Value, check, one_of};
use std::collections::{BTreeMap, BTreeSet};

/// A place for log streams.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_cloudwatch_log_group", tags)]
pub struct LogGroup {
    /// Name of the group.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = name)]
    name_prefix: Option<String>,
    /// Days that entries are kept; 0 for ever.
    #[attr(default = 0, check = retention)]
    retention_in_days: i32,
    /// ARN of the key that encrypts entries.
    #[attr(optional, check = check::arn)]
    kms_key_id: Option<String>,
    /// Class of the group: `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    #[attr(optional, computed, force_new, check = one_of!("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"))]
    log_group_class: Option<String>,
    /// Leave the group and its entries in AWS when it is destroyed here.
    #[attr(default = false, config_only)]
    skip_destroy: bool,
    /// ARN of the group.
    #[attr(computed)]
    arn: Option<String>,
}

const LONGEST_NAME: usize = 512;
/// Largest page of DescribeLogGroups.
const PAGE: i32 = 50;

/// 0 keeps them for ever.
fn shortened(have: &Value, want: &Value) -> bool {
    let days = |value: &Value| value.as_i64().filter(|d| *d > 0).unwrap_or(i64::MAX);
    days(want) < days(have)
}

impl Resource for LogGroup {
    const CONSOLE: Option<&'static str> = Some("cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name:dollar}");
    const SERVICE: &'static str = "logs";
    const INDEX: Option<(&'static str, &'static str)> = Some(("logs", "log-group:"));
    const EFFECTS: Effects = Effects {
        holds: Some("every log event in it"),
        in_place: &[InPlace {
            arguments: &["retention_in_days"],
            does: Does::Loses,
            what: "log events older than the new retention are deleted",
            when: shortened,
            source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        }],
        ..Effects::NONE
    };
    const IAM: Iam = Iam::named("name", "name_prefix", "cairn-");
    const CALLS: Calls = Calls {
        read: &["logs:DescribeLogGroups", "logs:ListTagsForResource"],
        create: &["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
        update: &[
            "logs:PutRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            "logs:AssociateKmsKey",
            "logs:DisassociateKmsKey",
            "logs:TagResource",
            "logs:UntagResource",
        ],
        delete: &["logs:DeleteLogGroup"],
        read_cost: "1 per 50 groups of the account in each folder that the stack's names are in, names without folder taken together that begin alike up to the last hyphen; of more than 3 folders, 1 per 50 groups of the account where these are fewer; and 1 per group whose tags the tag index does not settle: ListTagsForResource takes one ARN",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[("skip_destroy", "it steers how Cairn works; AWS keeps nothing of it")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<LogGroup>>, Failure> {
        let mut names = scope.wanted_names("name", "name_prefix", "cairn-", LONGEST_NAME);
        let indexed = scope.indexed::<LogGroup>(aws).await?;
        names.extend(indexed.iter().filter_map(|arn| arn.splitn(7, ':').nth(6)).map(|n| n.trim_end_matches(":*").to_string()));
        names.extend(scope.only().map(str::to_string));
        let described = all(aws, prefixes(&names)).await?;
        let groups = described.into_iter().filter(|g| g.log_group_name().is_some_and(|n| names.contains(n)));
        let read = groups.map(|group| async move {
            let value = value(group);
            let tags = absent(tags_of(aws, scope, value.arn.as_deref().unwrap_or_default()).await)?;
            Ok(tags.map(|tags| Found::new(value.name.clone().unwrap_or_default(), value, tags)))
        });
        Ok(futures::future::try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &LogGroup, making: &Making<'_>) -> Result<String, Failure> {
        let name =
            want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), LONGEST_NAME));
        let request = aws
            .logs
            .create_log_group()
            .log_group_name(&name)
            .set_kms_key_id(want.kms_key_id.clone())
            .set_log_group_class(want.log_group_class.as_deref().map(LogGroupClass::from))
            .set_tags((!making.tags.is_empty()).then(|| making.tags.clone().into_iter().collect()));
        once!(aws_sdk_cloudwatchlogs, request).await.map_err(failed("logs:CreateLogGroup"))?;
        if want.retention_in_days > 0 {
            retain(aws, &name, want.retention_in_days).await?;
        }
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<LogGroup>, want: &LogGroup, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["retention_in_days"]) {
            retain(aws, &have.id, want.retention_in_days).await?;
        }
        if changing.any(&["kms_key_id"]) {
            match &want.kms_key_id {
                Some(key) => {
                    let call = aws.logs.associate_kms_key().log_group_name(&have.id).kms_key_id(key);
                    call.send().await.map_err(failed("logs:AssociateKmsKey"))?;
                }
                None => {
                    aws.logs.disassociate_kms_key().log_group_name(&have.id).send().await.map_err(failed("logs:DisassociateKmsKey"))?;
                }
            }
        }
        Ok(())
    }

    fn spared(_: &Value, config: Option<&Value>) -> Option<Spared> {
        let skip = config.and_then(|c| c.get("skip_destroy")).and_then(Value::as_bool) == Some(true);
        skip.then(|| Spared::Kept("it is left in AWS, as skip_destroy is set".to_string()))
    }

    async fn delete(aws: &Aws, have: &Found<LogGroup>, removing: &Removing<'_, LogGroup>) -> Result<(), Failure> {
        if removing.config.as_ref().is_some_and(|c| c.skip_destroy) {
            return Ok(());
        }
        gone(aws.logs.delete_log_group().log_group_name(&have.id).send().await.map_err(failed("logs:DeleteLogGroup")))
    }

    async fn tag(aws: &Aws, have: &Found<LogGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        let arn = have.value.arn.as_deref().unwrap_or_default();
        if !set.is_empty() {
            let call = aws.logs.tag_resource().resource_arn(arn).set_tags(Some(set.clone().into_iter().collect()));
            call.send().await.map_err(failed("logs:TagResource"))?;
        }
        if !remove.is_empty() {
            let call = aws.logs.untag_resource().resource_arn(arn).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("logs:UntagResource"))?;
        }
        Ok(())
    }
}

/// What the names begin with: few prefixes that leave out most of what is not the stack's. A name gives its folder, up to
/// the last `/`; several names without folder share what they begin with, up to the last `-`, `_` or `.`. None begins
/// like another. The only name is all of it: its group is the first that is listed, while in a listing of the folder it may
/// slip from one page to another when groups before it are destroyed.
fn prefixes(names: &BTreeSet<String>) -> BTreeSet<String> {
    if names.len() == 1 {
        return names.clone();
    }
    let last = |name: &str| name.rfind('/').filter(|at| *at > 0).or_else(|| name.rfind(['-', '_', '.']));
    let mut folders: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for name in names {
        folders.entry(last(name).and_then(|at| name.get(..=at)).unwrap_or(name)).or_default().push(name);
    }
    let all: BTreeSet<String> = folders
        .into_iter()
        .map(|(folder, names)| match names.as_slice() {
            [one] if !folder.ends_with('/') => one.to_string(),
            _ => folder.to_string(),
        })
        .collect();
    all.iter().filter(|p| !all.iter().any(|other| other != *p && p.starts_with(other.as_str()))).cloned().collect()
}

/// So few prefixes are asked for one by one.
const FEW: usize = 3;

/// The groups that begin so, and perhaps others: of many prefixes those of the whole account, where these take fewer pages.
async fn all(aws: &Aws, prefixes: BTreeSet<String>) -> Result<Vec<LogsGroup>, Failure> {
    if prefixes.len() > FEW {
        match describe(aws, None, prefixes.len() / 2).await {
            Ok(Some(all)) => return Ok(all),
            // Too many, or the right to list is given for some names only.
            Ok(None) => {}
            Err(failure) if failure.kind == FailureKind::Denied => {}
            Err(failure) => return Err(failure),
        }
    }
    let read = prefixes.into_iter().map(|prefix| describe(aws, Some(prefix), usize::MAX));
    Ok(futures::future::try_join_all(read).await?.into_iter().flatten().flatten().collect())
}

/// The groups that begin so. Nothing where there are more pages of them.
async fn describe(aws: &Aws, prefix: Option<String>, most_pages: usize) -> Result<Option<Vec<LogsGroup>>, Failure> {
    let mut pages = aws.logs.describe_log_groups().set_log_group_name_prefix(prefix).limit(PAGE).into_paginator().send();
    let (mut found, mut count, mut more) = (Vec::new(), 0, false);
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("logs:DescribeLogGroups"))?;
        count += 1;
        more = page.next_token.is_some();
        found.extend(page.log_groups.unwrap_or_default());
        if more && count >= most_pages {
            break;
        }
    }
    Ok((!more).then_some(found))
}

async fn tags_of(aws: &Aws, scope: &Scope<'_>, arn: &str) -> Result<Tags, Failure> {
    if let Some(tags) = scope.settled_tags(aws, arn).await? {
        return Ok(tags);
    }
    let answer = aws.logs.list_tags_for_resource().resource_arn(arn).send().await.map_err(failed("logs:ListTagsForResource"))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

fn value(group: LogsGroup) -> LogGroup {
    // `arn` ends in `:*`, which is how policies name the group's streams (LogGroup, `arn`).
    let arn = group.log_group_arn.or(group.arn).map(|a| a.trim_end_matches(":*").to_string());
    LogGroup {
        name_prefix: group.log_group_name.as_deref().and_then(prefix_of),
        name: group.log_group_name,
        retention_in_days: group.retention_in_days.unwrap_or_default(),
        kms_key_id: group.kms_key_id.filter(|k| !k.is_empty()),
        log_group_class: group.log_group_class.map_or_else(|| Some("STANDARD".into()), |c| Some(c.as_str().to_string())),
        skip_destroy: false,
        arn,
    }
}

async fn retain(aws: &Aws, name: &str, days: i32) -> Result<(), Failure> {
    if days == 0 {
        return gone(aws.logs.delete_retention_policy().log_group_name(name).send().await.map_err(failed("logs:DeleteRetentionPolicy")));
    }
    let call = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
    call.send().await.map_err(failed("logs:PutRetentionPolicy")).map(|_| ())
}

fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#');
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(fits) {
        return Err(format!("must be 1 to 512 letters, digits and . - _ / #, not \"{text}\""));
    }
    Ok(())
}

/// PutRetentionPolicy, `retentionInDays`.
fn retention(value: &Value) -> Result<(), String> {
    const DAYS: &[i64] = &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
    match value.as_i64() {
        Some(n) if !DAYS.contains(&n) => {
            Err(format!("must be one of {}, not {n}", DAYS.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_retention_loses_events() {
        let (ever, month, year) = (Value::from(0i64), Value::from(30i64), Value::from(365i64));
        assert!(shortened(&year, &month) && shortened(&ever, &year));
        assert!(!shortened(&month, &year) && !shortened(&year, &ever) && !shortened(&month, &month));
    }

    #[test]
    fn few_prefixes_cover_all_names() {
        let names = [
            "/aws/rds/instance/moodle/postgresql",
            "/aws/rds/instance/moodle/upgrade",
            "/moodle/a",
            "/moodle/b/c",
            "aws-waf-logs-moodle",
            "/root",
            "cdn-logs-a",
            "cdn-logs-b",
        ];
        let names = names.map(str::to_string).into_iter().collect();
        let found: Vec<String> = prefixes(&names).into_iter().collect();
        assert_eq!(found, ["/aws/rds/instance/moodle/", "/moodle/", "/root", "aws-waf-logs-moodle", "cdn-logs-"]);
    }

    #[test]
    fn one_group_is_asked_for_by_its_name() {
        let names = BTreeSet::from(["/moodle/a".to_string()]);
        assert_eq!(prefixes(&names), names);
    }
}
