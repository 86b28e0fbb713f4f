//! Who is told of drift. A receiver that fails is a warning: the report was printed before, and the exit code
//! is the report's.

mod brief;
mod github;
mod http;
mod slack;

use crate::watch::Receiver;
use cairn_aws::calls::CallLog;
use cairn_report::drift::{DriftReport, Since, Verdict};
use http::Http;

/// A receiver, and the stacks (`name/workspace`) of which it hears.
#[derive(Clone, Debug)]
pub struct Audience {
    receiver: Receiver,
    stacks: Vec<String>,
}

/// Each receiver once, with all stacks that name it.
pub fn audiences<'a>(stacks: impl Iterator<Item = (String, &'a [Receiver])>) -> Vec<Audience> {
    let mut all: Vec<Audience> = Vec::new();
    for (stack, receivers) in stacks {
        for receiver in receivers {
            match all.iter_mut().find(|a| a.receiver == *receiver) {
                Some(audience) => audience.stacks.push(stack.clone()),
                None => all.push(Audience { receiver: receiver.clone(), stacks: vec![stack.clone()] }),
            }
        }
    }
    all
}

/// Tells every audience its part of a report. With an earlier report, only of what changed since. Gives what
/// went wrong, without secrets.
pub async fn tell(audiences: Vec<Audience>, report: &DriftReport, earlier: Option<&DriftReport>, log: &CallLog) -> Vec<String> {
    let mut failures = Vec::new();
    for Audience { receiver, stacks } in audiences {
        let part = part(report, &stacks, earlier);
        if !is_news(&part, &receiver) {
            continue;
        }
        if let Err(why) = send(&receiver, part, log).await {
            failures.push(format!("{receiver} could not be told: {why}"));
        }
    }
    failures
}

/// The part of a report that is of these stacks.
fn part(report: &DriftReport, stacks: &[String], earlier: Option<&DriftReport>) -> DriftReport {
    let of = report.stacks.iter().filter(|s| stacks.contains(&s.identity())).cloned().collect();
    let mut part = DriftReport::new(report.checked_at.clone(), of);
    part.since = earlier.map(|earlier| Since::of(&part, earlier));
    part
}

/// True when a receiver is to be told. An issue may be open from before: it hears of all being well, too.
fn is_news(part: &DriftReport, receiver: &Receiver) -> bool {
    match &part.since {
        Some(since) => since.changed,
        None => part.verdict != Verdict::NoDrift || matches!(receiver, Receiver::Github { .. }),
    }
}

async fn send(receiver: &Receiver, part: DriftReport, log: &CallLog) -> Result<(), String> {
    match receiver {
        Receiver::Slack { url_env } => {
            let url = secret(url_env)?;
            blocking(move |http| slack::send(http, &url, &part)).await
        }
        Receiver::Github { repo, token_env } => {
            let issues = github::Issues::of(repo, secret(token_env)?);
            blocking(move |http| issues.tell(http, &part)).await
        }
        Receiver::Sns { topic_arn } => {
            let (subject, message) = (brief::subject(&part), brief::text(&part));
            cairn_aws::notify::publish(topic_arn, &subject, &message, log.clone()).await.map_err(|f| f.to_string())
        }
    }
}

/// What an environment variable holds.
fn secret(name: &str) -> Result<String, String> {
    std::env::var(name).ok().filter(|v| !v.trim().is_empty()).map(|v| v.trim().to_string()).ok_or_else(|| format!("{name} is not set"))
}

async fn blocking(work: impl FnOnce(&Http) -> Result<(), String> + Send + 'static) -> Result<(), String> {
    tokio::task::spawn_blocking(move || work(&Http::new())).await.unwrap_or_else(|e| Err(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_report::drift::StackDrift;

    fn hook(name: &str) -> Receiver {
        Receiver::Slack { url_env: name.into() }
    }

    #[test]
    fn a_receiver_of_several_stacks_is_told_once() {
        let (a, b) = ([hook("A")], [hook("A"), hook("B")]);
        let told = audiences([("a/x".to_string(), &a[..]), ("b/x".to_string(), &b[..])].into_iter());
        let told: Vec<_> = told.iter().map(|a| (a.receiver.to_string(), a.stacks.join(","))).collect();
        assert_eq!(told, [("the webhook in A".into(), "a/x,b/x".into()), ("the webhook in B".to_string(), "b/x".to_string())]);
    }

    #[test]
    fn news_is_drift_or_with_an_earlier_report_a_change() {
        let failed = |name: &str| StackDrift::failed(name.into(), "x".into(), "it failed".into());
        let report = DriftReport::new("now".into(), vec![failed("a"), failed("b")]);
        assert!(is_news(&part(&report, &["a/x".into()], None), &hook("A")));
        assert!(!is_news(&part(&report, &["a/x".into()], Some(&report)), &hook("A")), "nothing changed");
        assert!(!is_news(&part(&report, &["c/x".into()], None), &hook("A")), "none of its stacks");
        let earlier = DriftReport::new("then".into(), vec![failed("a")]);
        assert!(is_news(&part(&report, &["b/x".into()], Some(&earlier)), &hook("A")));
        assert!(!is_news(&part(&report, &["a/x".into()], Some(&earlier)), &hook("A")), "another stack's change");
    }
}
