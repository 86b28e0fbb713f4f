//! From grants to policy documents: few statements, and no more characters than IAM takes.

use super::arns::Arns;
use super::grants::{Condition, Grant, Place};
use super::reference;
use super::stack::PermissionStack;
use cairn_model::mark::TAG_STACK;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The most characters that a managed policy may have, white space left out
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub const LONGEST: usize = 6144;

/// The length of a document as IAM counts it.
pub fn length(document: &Json) -> usize {
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// Actions that are allowed alike.
#[derive(Clone, Debug)]
struct Alike {
    condition: Condition,
    actions: BTreeSet<&'static str>,
    places: BTreeSet<Place>,
}

/// The documents that allow all of these.
pub fn documents(grants: BTreeSet<Grant>, arns: &Arns, stack: &PermissionStack) -> Vec<Json> {
    // What EC2 is allowed to make with the mark on it, it may tag while it does.
    let made = |g: &&Grant| g.condition == Condition::Marking && g.action.starts_with("ec2:") && !g.action.ends_with("Tags");
    let making: BTreeSet<&str> = grants.iter().filter(made).filter_map(|g| g.action.strip_prefix("ec2:")).collect();
    let mut sids = BTreeMap::new();
    let mut documents: Vec<Vec<Json>> = Vec::new();
    for (group, alike) in merged(sorted(grants)) {
        let sid = format!("{}{}", capital(&group), word(&alike.condition));
        let resources: Vec<String> = spelled(&alike.places, arns).into_iter().collect();
        if resources.is_empty() {
            // A type that is read along, and that the configuration has none of.
            continue;
        }
        let actions: Vec<&str> = alike.actions.into_iter().collect();
        for (actions, resources) in fitting(actions, resources) {
            let number = sids.entry(sid.clone()).and_modify(|n| *n += 1).or_insert(1);
            let sid = if *number == 1 { sid.clone() } else { format!("{sid}{number}") };
            let mut statement = json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources });
            if let Some(condition) = condition(&alike.condition, &making, arns, stack) {
                statement["Condition"] = condition;
            }
            let room = |d: &Vec<Json>| length(&document(d)) + length(&statement) < LONGEST;
            match documents.iter_mut().find(|d| room(d)) {
                Some(document) => document.push(statement),
                None => documents.push(vec![statement]),
            }
        }
    }
    documents.iter().map(|d| document(d)).collect()
}

fn document(statements: &[Json]) -> Json {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Actions by service, and with what they are allowed alike. Actions that can't be limited are one group, whatever their service.
fn sorted(grants: BTreeSet<Grant>) -> Vec<(String, Alike)> {
    let mut places: BTreeMap<(&str, Condition), BTreeSet<Place>> = BTreeMap::new();
    for grant in grants.iter().filter(|g| !spare(g, &grants)) {
        places.entry((grant.action, grant.condition.clone())).or_default().insert(grant.place.clone());
    }
    complete(&mut places, &grants);
    let mut alike: BTreeMap<(String, Condition, BTreeSet<Place>), BTreeSet<&'static str>> = BTreeMap::new();
    for ((action, condition), places) in places {
        let anywhere = condition == Condition::None && places.contains(&Place::Everything);
        let group = if anywhere { "any" } else { action.split(':').next().unwrap_or_default() };
        alike.entry((group.to_string(), condition, places)).or_default().insert(action);
    }
    alike.into_iter().map(|((group, condition, places), actions)| (group, Alike { condition, actions, places })).collect()
}

/// Adds to statements with a condition the kinds that each call of their actions needs too, where that allows nothing: a
/// statement then names all that its actions are about, which linters and readers look for.
fn complete(places: &mut BTreeMap<(&'static str, Condition), BTreeSet<Place>>, grants: &BTreeSet<Grant>) {
    for ((action, condition), places) in places.iter_mut() {
        let Some(facts) = reference::of(action).filter(|_| *condition != Condition::None) else { continue };
        for kind in facts.on.keys().filter(|kind| facts.holds(kind, 'n')) {
            let place = Place::All(kind.clone());
            let there = places.iter().any(|p| p.kind() == Some(kind));
            let open = grants.contains(&Grant { action, place: place.clone(), condition: Condition::None });
            if !there && (open || !fires(condition, action, kind)) {
                places.insert(place);
            }
        }
    }
}

/// True when a condition can hold for an action on a kind.
fn fires(condition: &Condition, action: &str, kind: &str) -> bool {
    match (condition, reference::of(action)) {
        (Condition::Marked, Some(facts)) => facts.holds(kind, 'r'),
        (Condition::Marking | Condition::Made, Some(facts)) => facts.holds(kind, 'q'),
        (_, Some(facts)) => facts.on.contains_key(kind),
        (_, None) => true,
    }
}

/// True when another grant allows the same and more.
fn spare(grant: &Grant, all: &BTreeSet<Grant>) -> bool {
    let has = |place: Place, condition: Condition| {
        let other = Grant { action: grant.action, place, condition };
        other != *grant && all.contains(&other)
    };
    has(Place::Everything, Condition::None) || grant.place.kind().is_some_and(|kind| has(Place::All(kind.clone()), Condition::None))
}

/// Statements of a service put together where that allows nothing more.
fn merged(all: Vec<(String, Alike)>) -> Vec<(String, Alike)> {
    let mut merged: Vec<(String, Alike)> = Vec::new();
    for (group, alike) in all {
        let fits = |(other, with): &&mut (String, Alike)| *other == group && with.condition == alike.condition && harmless(with, &alike);
        match merged.iter_mut().find(|m| fits(m)) {
            Some((_, with)) => {
                with.actions.extend(alike.actions);
                with.places.extend(alike.places);
            }
            None => merged.push((group, alike)),
        }
    }
    merged
}

/// True when no action of the one can do anything on what only the other is about.
fn harmless(one: &Alike, other: &Alike) -> bool {
    let beyond = |a: &Alike, b: &Alike| {
        b.places.difference(&a.places).all(|place| match place.kind() {
            Some(kind) => !a.actions.iter().any(|action| fires(&a.condition, action, kind)),
            None => false,
        })
    };
    beyond(one, other) && beyond(other, one)
}

/// The ARNs of places, without those that another covers.
fn spelled(places: &BTreeSet<Place>, arns: &Arns) -> BTreeSet<String> {
    let of = |place: &Place| match place {
        Place::Everything => BTreeSet::from(["*".to_string()]),
        Place::All(kind) => arns.all(kind),
        Place::Named(kind) => arns.named(kind),
        Place::Arn(arn) => BTreeSet::from([arn.clone()]),
    };
    let all: BTreeSet<String> = places.iter().flat_map(of).collect();
    let covered = |arn: &String| {
        all.iter().any(|other| other != arn && other.strip_suffix('*').is_some_and(|start| !start.contains('*') && arn.starts_with(start)))
    };
    all.iter().filter(|arn| !covered(arn)).cloned().collect()
}

/// Actions and resources of a statement, in parts that each leave room for the rest of a document.
fn fitting(actions: Vec<&str>, resources: Vec<String>) -> Vec<(Vec<&str>, Vec<String>)> {
    const REST: usize = 800;
    let [one, other] = [actions.iter().map(|a| a.len() + 3).sum::<usize>(), resources.iter().map(|r| r.len() + 3).sum()];
    if one + other + REST <= LONGEST || actions.len() + resources.len() <= 2 {
        return vec![(actions, resources)];
    }
    let halves = if one > other && actions.len() > 1 || resources.len() == 1 {
        let (first, second) = actions.split_at(actions.len() / 2);
        [(first.to_vec(), resources.clone()), (second.to_vec(), resources)]
    } else {
        let (first, second) = resources.split_at(resources.len() / 2);
        [(actions.clone(), first.to_vec()), (actions, second.to_vec())]
    };
    halves.into_iter().flat_map(|(actions, resources)| fitting(actions, resources)).collect()
}

/// A condition as IAM has it.
fn condition(of: &Condition, making: &BTreeSet<&str>, arns: &Arns, stack: &PermissionStack) -> Option<Json> {
    let mark = stack.id.to_string();
    let (on_resource, in_request) = (format!("aws:ResourceTag/{TAG_STACK}"), format!("aws:RequestTag/{TAG_STACK}"));
    Some(match of {
        Condition::None => return None,
        Condition::Marked => json!({ "StringEquals": { on_resource: mark } }),
        Condition::Marking => json!({ "StringEquals": { in_request: mark } }),
        Condition::Made => json!({ "StringEquals": { "ec2:CreateAction": making, in_request: mark } }),
        Condition::Launched => json!({ "StringEquals": { "ec2:CreateAction": "RunInstances" } }),
        Condition::FromTemplate => {
            json!({ "ArnLike": { "ec2:LaunchTemplate": arns.all("ec2:${Region}:${Account}:launch-template/${LaunchTemplateId}") } })
        }
        Condition::PassedTo(services) => json!({ "StringEquals": { "iam:PassedToService": services } }),
        Condition::ServiceRole(services) => json!({ "StringEquals": { "iam:AWSServiceName": services } }),
        Condition::Via(services) => {
            let endpoints: BTreeSet<String> = services.iter().flat_map(|s| arns.endpoints(s)).collect();
            json!({ "StringLike": { "kms:ViaService": endpoints } })
        }
    })
}

/// How a condition is called in the name of a statement.
fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::None => "",
        Condition::Marked => "Marked",
        Condition::Marking => "Marking",
        Condition::Made => "Made",
        Condition::Launched => "Launched",
        Condition::FromTemplate => "FromTemplate",
        Condition::PassedTo(_) => "PassRole",
        Condition::ServiceRole(_) => "ServiceRole",
        Condition::Via(_) => "Via",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars().filter(char::is_ascii_alphanumeric);
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
