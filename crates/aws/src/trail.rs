//! Who changed what drifted: CloudTrail's event history.
//!
//! The history holds 90 days of management events, is up to 15 minutes behind, finds events by one attribute at a
//! time, and answers two requests a second in an account and region
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>).

mod event;

use crate::adapter::ResourceType;
use crate::client::Aws;
use crate::failure::failed;
use crate::provider::AwsProvider;
use crate::registry;
use aws_sdk_cloudtrail::config::Region;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use cairn_engine::drift::{Finding, FindingKind, Who};
use cairn_engine::{Difference, Failure};
use cairn_model::StackId;
use cairn_model::mark::{TAG_ADDRESS, TAG_STACK};
use event::Event;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The operations that asking the history calls.
pub const CALLS: &[&str] = &["cloudtrail:LookupEvents"];

/// Two requests a second are allowed.
const PACE: Duration = Duration::from_millis(500);
/// 50 events are on a page; an event further back than this is not looked for.
const PAGES: usize = 5;
/// Services whose events are in one region of the partition, wherever they are called from.
const GLOBAL: &[&str] = &["iam", "shield"];
/// Services whose events go by another name than their calls.
const SOURCES: &[(&str, &str)] = &[("cloudwatch", "monitoring")];
/// The attributes by which events name resources.
const NAMES: &[&str] = &["arn", "name", "bucket", "identifier"];

const SILENT: &str = "CloudTrail's event history tells of no call that changed it; it holds 90 days, is up to 15 minutes behind, \
                      and leaves out what happens to data";

/// Who last changed each of the findings, or why the history does not tell.
pub async fn last_changes(provider: &AwsProvider, stack: &StackId, findings: &[Finding]) -> Vec<Result<Who, String>> {
    let mut histories: HashMap<(&str, String), History<'_>> = HashMap::new();
    let ways: HashMap<&str, &Aws> = provider.ways().map(|(key, way)| (key, way.aws.as_ref())).collect();
    let mut answers = Vec::new();
    for finding in findings {
        let Some((key, aws)) = ways.get_key_value(finding.provider.as_str()) else {
            answers.push(Err(SILENT.to_string()));
            continue;
        };
        let Some(kind) = registry::resource(finding.type_name) else {
            answers.push(Err(SILENT.to_string()));
            continue;
        };
        let region = region_of(aws, kind.facts().service);
        let history = histories.entry((key, region.clone())).or_insert_with(|| History::new(aws, region));
        answers.push(Question { stack, finding, kind }.answer(history).await);
    }
    answers
}

/// The region that holds the events of a service.
fn region_of(aws: &Aws, service: &str) -> String {
    match (GLOBAL.contains(&service), aws.partition()) {
        (false, _) => aws.region.clone(),
        (true, "aws-cn") => "cn-north-1".to_string(),
        (true, "aws-us-gov") => "us-gov-west-1".to_string(),
        (true, _) => "us-east-1".to_string(),
    }
}

/// One region's history, as far as it was asked.
struct History<'a> {
    aws: &'a Aws,
    region: String,
    asked: BTreeMap<(String, String), Lookup>,
    /// Why it can't be asked.
    refused: Option<String>,
}

/// The newest events with one attribute.
#[derive(Default)]
struct Lookup {
    events: Vec<Event>,
    next: Option<String>,
    pages: usize,
}

impl<'a> History<'a> {
    fn new(aws: &'a Aws, region: String) -> History<'a> {
        History { aws, region, asked: BTreeMap::new(), refused: None }
    }

    /// The newest event with this attribute that fits.
    async fn newest(&mut self, key: LookupAttributeKey, value: &str, fits: impl Fn(&Event) -> bool) -> Result<Option<Event>, String> {
        let name = (key.as_str().to_string(), value.to_string());
        loop {
            let known = self.asked.entry(name.clone()).or_default();
            if let Some(event) = known.events.iter().find(|e| fits(e)) {
                return Ok(Some(event.clone()));
            }
            if known.pages >= PAGES || (known.pages > 0 && known.next.is_none()) {
                return Ok(None);
            }
            if let Some(why) = &self.refused {
                return Err(why.clone());
            }
            let next = known.next.clone();
            match self.page(key.clone(), value, next).await {
                Ok((events, next)) => {
                    let known = self.asked.entry(name.clone()).or_default();
                    known.events.extend(events);
                    known.pages += 1;
                    known.next = next;
                }
                Err(failure) => self.refused = Some(format!("CloudTrail's event history could not be asked: {failure}")),
            }
        }
    }

    /// Waits until the history may be asked again. Stacks that go the same way into AWS keep one pace.
    async fn keep_pace(&self) {
        let mut last = self.aws.trail.lock().await;
        if let Some(last) = *last {
            sleep_until(last + PACE).await;
        }
        *last = Some(Instant::now());
    }

    async fn page(&mut self, key: LookupAttributeKey, value: &str, next: Option<String>) -> Result<(Vec<Event>, Option<String>), Failure> {
        self.keep_pace().await;
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build();
        let attribute = attribute.map_err(|e| Failure::new(cairn_engine::FailureKind::Invalid, e.to_string()))?;
        let request = self.aws.cloudtrail.lookup_events().lookup_attributes(attribute).set_next_token(next).customize();
        let region = aws_sdk_cloudtrail::config::Builder::new().region(Region::new(self.region.clone()));
        let page = request.config_override(region).send().await.map_err(failed("cloudtrail:LookupEvents"))?;
        Ok((page.events().iter().filter_map(Event::read).collect(), page.next_token))
    }
}

/// What is asked of one finding.
struct Question<'a> {
    stack: &'a StackId,
    finding: &'a Finding,
    kind: &'static dyn ResourceType,
}

impl Question<'_> {
    async fn answer(&self, history: &mut History<'_>) -> Result<Who, String> {
        match self.event(history).await? {
            None => Err(SILENT.to_string()),
            Some(event) if self.only_made(&event) => {
                Err(format!("CloudTrail's event history tells of no change since {} made it at {}", event.who.user, event.who.time))
            }
            Some(event) => Ok(event.who),
        }
    }

    async fn event(&self, history: &mut History<'_>) -> Result<Option<Event>, String> {
        for name in self.own_names() {
            if let Some(event) = history.newest(LookupAttributeKey::ResourceName, &name, |e| self.concerns(e)).await? {
                return Ok(Some(event));
            }
        }
        for whole in self.wholes() {
            let fits = |e: &Event| self.declares(e) && self.concerns(e) && self.is_mentioned(e);
            if let Some(event) = history.newest(LookupAttributeKey::ResourceName, &whole, fits).await? {
                return Ok(Some(event));
            }
        }
        if self.finding.kind == FindingKind::Missing { self.by_mark(history).await } else { Ok(None) }
    }

    /// One that is missing and that AWS had named: the call that made it holds its mark, and its answer the id.
    async fn by_mark(&self, history: &mut History<'_>) -> Result<Option<Event>, String> {
        let (stack, address) = (self.stack.to_string(), self.finding.address.to_tag());
        let marked = |e: &Event| [TAG_STACK, TAG_ADDRESS, &stack, &address].iter().all(|text| e.mentions(text));
        for operation in self.kind.calls().create.iter().map(|o| operation(o)).filter(|o| makes(o)) {
            let Some(made) = history.newest(LookupAttributeKey::EventName, operation, marked).await? else { continue };
            for id in made.made() {
                if let Some(event) = history.newest(LookupAttributeKey::ResourceName, &id, |e| self.concerns(e)).await? {
                    return Ok(Some(event));
                }
            }
        }
        Ok(None)
    }

    /// The names by which events may know the resource, the most telling first.
    fn own_names(&self) -> Vec<String> {
        // Of two with one mark, it came to the other one.
        if let FindingKind::Twice { others, .. } = &self.finding.kind {
            return others.clone();
        }
        let value = &self.finding.value;
        let mut names: Vec<String> = self.finding.id.iter().cloned().collect();
        names.extend(NAMES.iter().filter_map(|n| value.get_str(n)).map(str::to_string));
        deduplicated(names)
    }

    /// The names of what it is a part of.
    fn wholes(&self) -> Vec<String> {
        let facts = self.kind.facts();
        deduplicated(facts.parents.iter().filter_map(|p| self.finding.value.get_str(p.attribute)).map(str::to_string).collect())
    }

    /// True for a change that was carried out, by the service of the resource, and that may have come to this finding.
    fn concerns(&self, event: &Event) -> bool {
        let name = event.name.as_str();
        let tags = name.contains("Tag");
        let declared = self.declares(event);
        let may_matter = match &self.finding.kind {
            FindingKind::Changed(differences) if tags => differences.iter().any(of_tags),
            FindingKind::Changed(differences) if differences.iter().all(of_tags) => declared,
            // Without its tags it is taken for missing.
            FindingKind::Missing => tags || takes_away(name) || self.kind.calls().delete.iter().any(|o| operation(o) == name),
            // It is about the mark.
            FindingKind::Twice { .. } | FindingKind::Unmarked { .. } | FindingKind::Foreign { .. } => tags || makes(name),
            FindingKind::Changed(_) | FindingKind::Stray | FindingKind::Orphaned => true,
        };
        may_matter && event.changed && self.is_of_service(event) && (declared || tags || alters(name))
    }

    /// True for one of the calls that the type makes itself.
    fn declares(&self, event: &Event) -> bool {
        let calls = self.kind.calls();
        [calls.create, calls.update, calls.delete].concat().iter().any(|o| operation(o) == event.name)
    }

    fn is_of_service(&self, event: &Event) -> bool {
        let calls = self.kind.calls();
        let services = calls.read.iter().chain(calls.create).filter_map(|o| o.split_once(':')).map(|(service, _)| service);
        let mut sources = services.map(|s| SOURCES.iter().find(|(own, _)| *own == s).map_or(s, |(_, source)| source));
        event.service == "tagging" || sources.any(|s| s == event.service)
    }

    /// True when an event of the whole speaks of this part: by its id, or by all that tells it from others.
    fn is_mentioned(&self, event: &Event) -> bool {
        let parents = self.kind.facts().parents;
        let keys = self.kind.schema().keys().filter(|a| parents.iter().all(|p| p.attribute != a.name));
        let mut keys = keys.filter_map(|a| self.finding.value.get(a.name)).filter(|v| !v.is_null()).peekable();
        let by_id = self.finding.id.as_ref().is_some_and(|id| event.mentions(id));
        let is_the_whole = keys.peek().is_none() && self.kind.schema().keys().next().is_some();
        by_id || is_the_whole || (keys.peek().is_some() && keys.all(|v| v.as_str().is_some_and(|text| event.mentions(text))))
    }

    /// True when all that is told of a change is how the resource was made.
    fn only_made(&self, event: &Event) -> bool {
        let calls = self.kind.calls();
        let changes = [calls.update, calls.delete].concat().iter().any(|o| operation(o) == event.name);
        matches!(self.finding.kind, FindingKind::Changed(_)) && makes(&event.name) && !changes
    }
}

/// `CreateVpc` of `ec2:CreateVpc`.
fn operation(call: &str) -> &str {
    call.split_once(':').map_or(call, |(_, operation)| operation)
}

fn makes(operation: &str) -> bool {
    operation != "CreateTags" && ["Create", "Run", "Allocate", "Request", "Import"].iter().any(|verb| operation.starts_with(verb))
}

/// True for a call that, by its name, alters what it names. Others may only mention it: `CreateSubnet` names a VPC.
fn alters(operation: &str) -> bool {
    let verbs = ["Modify", "Update", "Put", "Set", "Reset", "Change", "Enable", "Disable", "Add", "Authorize", "Replace", "Restore"];
    takes_away(operation) || verbs.iter().any(|verb| operation.starts_with(verb))
}

fn takes_away(operation: &str) -> bool {
    ["Delete", "Release", "Terminate", "Remove", "Revoke"].iter().any(|verb| operation.starts_with(verb))
}

fn of_tags(difference: &Difference) -> bool {
    matches!(difference.path.root(), "tags" | "tags_all" | "tag")
}

fn deduplicated(names: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        if !name.is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_model::{Address, Key, Path, Value};

    fn finding(type_name: &'static str, kind: FindingKind, value: Value) -> Finding {
        let address = Address::root(type_name, "x", Key::None);
        Finding { address, type_name, id: Some("vpc-1".into()), provider: "aws".into(), value, kind }
    }

    fn changed(attribute: &str) -> FindingKind {
        let path = Path::name(attribute);
        FindingKind::Changed(vec![Difference { path, have: Value::null(), want: Value::null(), force_new: false, drift: true, span: None }])
    }

    fn concerns(finding: &Finding, service: &str, name: &str) -> bool {
        let stack = StackId { name: "s".into(), workspace: "w".into() };
        let kind = registry::resource(finding.type_name).expect("is registered");
        let who = Who { user: String::new(), time: String::new(), source: String::new(), call: String::new(), event_id: String::new() };
        let event = Event { name: name.into(), service: service.into(), changed: true, who, detail: serde_json::Value::Null };
        Question { stack: &stack, finding, kind }.concerns(&event)
    }

    #[test]
    fn a_call_concerns_what_it_can_have_changed() {
        let vpc = |kind| finding("aws_vpc", kind, Value::null());
        assert!(concerns(&vpc(changed("enable_dns_support")), "ec2", "ModifyVpcAttribute"));
        assert!(!concerns(&vpc(changed("enable_dns_support")), "ec2", "CreateTags"), "tags did not change");
        assert!(concerns(&vpc(changed("tags")), "ec2", "CreateTags"));
        for other in ["CreateSubnet", "AttachInternetGateway"] {
            assert!(!concerns(&vpc(changed("enable_dns_support")), "ec2", other), "{other} only mentions it");
        }
        assert!(!concerns(&vpc(FindingKind::Foreign { mark: String::new() }), "ec2", "ModifyVpcAttribute"), "it is about the mark");
        assert!(!concerns(&vpc(changed("enable_dns_support")), "rds", "ModifyDBInstance"), "another service's");
        assert!(concerns(&vpc(FindingKind::Missing), "ec2", "DeleteVpc"));
        assert!(concerns(&vpc(FindingKind::Missing), "ec2", "DeleteTags"), "its mark may be gone");
        assert!(!concerns(&vpc(FindingKind::Missing), "ec2", "ModifyVpcAttribute"));
        let alarm = finding("aws_cloudwatch_metric_alarm", changed("threshold"), Value::null());
        assert!(concerns(&alarm, "monitoring", "PutMetricAlarm"));
    }

    #[test]
    fn names_are_asked_once_each_and_the_id_first() {
        let value = Value::object_of([("arn", Value::from("arn:x")), ("name", "vpc-1".into()), ("bucket", "".into())]);
        let stack = StackId { name: "s".into(), workspace: "w".into() };
        let finding = finding("aws_vpc", FindingKind::Stray, value);
        let kind = registry::resource("aws_vpc").expect("is registered");
        assert_eq!(Question { stack: &stack, finding: &finding, kind }.own_names(), ["vpc-1", "arn:x"]);
    }
}
