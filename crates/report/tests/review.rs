//! A plan with a base, taken apart.
#![allow(missing_docs)]

mod support;

use cairn_engine::Action;
use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_report::review::{Review, review};
use support::recorded;

const DATABASE: &str = "aws_db_instance.main";
const LOGS: &str = "aws_cloudwatch_log_group.app";

fn addresses(plan: &SavedPlan) -> Vec<&str> {
    plan.changes.iter().map(|c| c.address.as_str()).collect()
}

fn followed(review: &Review) -> Vec<&str> {
    review.follows.iter().map(|f| f.address.as_str()).collect()
}

fn stray(plan: &SavedPlan) -> String {
    plan.changes.iter().find(|c| c.action == Action::Delete).unwrap().address.clone()
}

fn edit(plan: &mut SavedPlan, address: &str, how: impl Fn(&mut SavedChange)) {
    how(plan.changes.iter_mut().find(|c| c.address == address).unwrap());
}

#[test]
fn the_parts_of_a_pull_request() {
    let plan = recorded("pull-request");
    let parts = review(&plan).unwrap();
    assert_eq!(addresses(&parts.change), [DATABASE]);
    assert_eq!(addresses(&parts.drift), [LOGS, &stray(&plan)]);
    assert_eq!(followed(&parts), ["aws_lb_target_group.app"]);
    assert!(review(&recorded("change-and-drift")).is_none(), "without a base there is nothing to take apart");
}

#[test]
fn what_somebody_made_and_the_change_declares_is_not_to_be_destroyed() {
    let mut plan = recorded("pull-request");
    let stray = stray(&plan);
    edit(&mut plan, &stray, |c| (c.action, c.reason) = (Action::Update, None));
    let parts = review(&plan).unwrap();
    assert_eq!(addresses(&parts.drift), [LOGS]);
    assert!(addresses(&parts.change).contains(&stray.as_str()), "its tags");
    assert!(followed(&parts).contains(&stray.as_str()));
}

#[test]
fn what_drifted_and_the_change_replaces_is_both() {
    let mut plan = recorded("pull-request");
    edit(&mut plan, LOGS, |c| (c.action, c.after_digest) = (Action::DeleteThenCreate, "other".into()));
    let parts = review(&plan).unwrap();
    assert_eq!(addresses(&parts.change), [LOGS, DATABASE]);
    assert!(addresses(&parts.drift).contains(&LOGS));
}

#[test]
fn what_drifted_and_the_change_destroys_is_the_change_alone() {
    let mut plan = recorded("pull-request");
    edit(&mut plan, LOGS, |c| (c.action, c.after_digest) = (Action::Delete, "none".into()));
    let parts = review(&plan).unwrap();
    assert_eq!(addresses(&parts.change), [LOGS, DATABASE]);
    assert!(!addresses(&parts.drift).contains(&LOGS) && !followed(&parts).contains(&LOGS));
}

#[test]
fn an_argument_that_drifted_and_changes_counts_from_what_the_base_says() {
    let mut plan = recorded("pull-request");
    edit(&mut plan, LOGS, |c| {
        c.after_digest = "other".into();
        c.differences[0].want = 365.into();
        c.after["retention_in_days"] = 365.into();
    });
    let parts = review(&plan).unwrap();
    let own = parts.change.changes.iter().find(|c| c.address == LOGS).unwrap();
    assert_eq!((&own.differences[0].have, &own.differences[0].want), (&90.into(), &365.into()));
    assert_eq!((&own.before["retention_in_days"], &own.after["retention_in_days"]), (&90.into(), &365.into()));
    let drifted = parts.drift.changes.iter().find(|c| c.address == LOGS).unwrap();
    assert_eq!((&drifted.differences[0].have, &drifted.differences[0].want), (&30.into(), &90.into()));
}
