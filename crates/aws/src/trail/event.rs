//! One event of the history, as far as it says who did what.

use cairn_engine::drift::Who;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// The operation.
    pub name: String,
    /// The service that it was asked of.
    pub service: String,
    /// It writes, and was not refused.
    pub changed: bool,
    /// Who, when, from where.
    pub who: Who,
    /// The whole record.
    pub detail: Json,
}

impl Event {
    /// Nothing for an event without its record.
    pub fn read(event: &aws_sdk_cloudtrail::types::Event) -> Option<Event> {
        let detail: Json = serde_json::from_str(event.cloud_trail_event()?).ok()?;
        let text = |pointer: &str| detail.pointer(pointer).and_then(Json::as_str).filter(|t| !t.is_empty()).map(str::to_string);
        let name = event.event_name()?.to_string();
        let service = event.event_source()?.split('.').next().unwrap_or_default().to_string();
        let user = text("/userIdentity/arn").or_else(|| text("/userIdentity/invokedBy")).or_else(|| event.username().map(str::to_string));
        let who = Who {
            user: user.unwrap_or_else(|| "somebody whom the event does not name".to_string()),
            time: text("/eventTime").unwrap_or_default(),
            source: text("/sourceIPAddress").unwrap_or_else(|| "an unknown address".to_string()),
            call: format!("{service}:{name}"),
            event_id: event.event_id().unwrap_or_default().to_string(),
        };
        let changed = event.read_only() != Some("true") && detail.get("errorCode").is_none_or(Json::is_null);
        Some(Event { name, service, changed, who, detail })
    }

    /// True when its request or its answer holds a text.
    pub fn mentions(&self, text: &str) -> bool {
        self.parts().into_iter().flatten().any(|part| holds(part, text))
    }

    /// What its answer names and its request does not: the ids of what it made.
    pub fn made(&self) -> Vec<String> {
        let [asked, answered] = self.parts().map(|part| part.map(texts).unwrap_or_default());
        answered.difference(&asked).cloned().collect()
    }

    fn parts(&self) -> [Option<&Json>; 2] {
        ["requestParameters", "responseElements"].map(|name| self.detail.get(name))
    }
}

fn holds(json: &Json, text: &str) -> bool {
    match json {
        Json::String(own) => own.contains(text),
        Json::Array(items) => items.iter().any(|i| holds(i, text)),
        Json::Object(map) => map.iter().any(|(key, value)| key == text || holds(value, text)),
        _ => false,
    }
}

/// The values of everything that is named as an id, a name or an ARN.
fn texts(json: &Json) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(json, "", &mut found);
    found
}

fn collect(json: &Json, name: &str, found: &mut BTreeSet<String>) {
    match json {
        Json::String(text) if ["Id", "Arn", "ARN", "Name", "Identifier"].iter().any(|end| name.ends_with(end)) => {
            found.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|i| collect(i, name, found)),
        Json::Object(map) => map.iter().for_each(|(key, value)| collect(value, key, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(detail: &Json, read_only: &str) -> Event {
        let event = aws_sdk_cloudtrail::types::Event::builder()
            .event_name("CreateVpc")
            .event_source("ec2.amazonaws.com")
            .read_only(read_only)
            .event_id("id")
            .username("somebody")
            .cloud_trail_event(detail.to_string())
            .build();
        Event::read(&event).expect("has a record")
    }

    #[test]
    fn it_says_who_and_what_it_made() {
        let detail = json!({
            "eventTime": "2026-11-22T01:02:03Z",
            "sourceIPAddress": "192.0.2.1",
            "userIdentity": { "arn": "arn:aws:iam::111122223333:user/dev" },
            "requestParameters": { "tagSpecificationSet": { "items": [{ "tags": [{ "key": "cairn:address", "value": "aws_vpc.x" }] }] }, "ipamId": "ipam-1" },
            "responseElements": { "vpc": { "vpcId": "vpc-1", "ipamId": "ipam-1", "state": "pending" } },
        });
        let event = event(&detail, "false");
        assert_eq!((event.who.user.as_str(), event.who.call.as_str()), ("arn:aws:iam::111122223333:user/dev", "ec2:CreateVpc"));
        assert!(event.changed && event.mentions("cairn:address") && event.mentions("vpc-1") && !event.mentions("vpc-2"));
        assert_eq!(event.made(), ["vpc-1"]);
    }

    #[test]
    fn what_was_refused_or_only_read_changed_nothing() {
        assert!(!event(&json!({ "errorCode": "Client.UnauthorizedOperation" }), "false").changed);
        assert!(!event(&json!({}), "true").changed);
        assert_eq!(event(&json!({}), "false").who.user, "somebody");
    }
}
