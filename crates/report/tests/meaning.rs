//! Why changes happen, and what they come to.
#![allow(missing_docs)]

mod support;

use cairn_engine::saved::SavedPlan;
use cairn_engine::{Does, Reason, Spared};
use cairn_report::cause::{Cause, causes};
use cairn_report::impact::{expected_seconds, verdict};
use support::recorded;

fn causes_of<'a>(plan: &'a SavedPlan, address: &str) -> Vec<Cause<'a>> {
    causes(plan, plan.changes.iter().find(|c| c.address == address).unwrap())
}

#[test]
fn a_change_names_the_argument_and_where_it_is_written() {
    let plan = recorded("in-place");
    assert_eq!(causes_of(&plan, "aws_db_instance.main"), [Cause::Differs("instance_class", Some("main.tf:84:3"))]);
    let replaced = recorded("replace-database");
    assert_eq!(causes_of(&replaced, "aws_db_instance.main"), [Cause::Forces("username", Some("main.tf:87:3"))]);
}

#[test]
fn what_follows_names_the_change_that_makes_it() {
    let plan = recorded("in-place");
    assert_eq!(
        causes_of(&plan, "aws_autoscaling_group.app"),
        [Cause::Follows("launch_template[0].version", vec!["aws_launch_template.app"])]
    );
    assert_eq!(
        causes_of(&plan, "aws_launch_template.app"),
        [Cause::Differs("user_data", Some("main.tf:128:3")), Cause::Itself("latest_version")]
    );
}

#[test]
fn what_is_made_goes_and_is_made_by_hand() {
    assert_eq!(causes_of(&recorded("first-apply"), "aws_vpc.main"), [Cause::Absent]);
    assert_eq!(causes_of(&recorded("destroy"), "aws_vpc.main"), [Cause::Destroy]);
    let drift = recorded("drift");
    let stray = drift.changes.iter().find(|c| c.reason.is_some()).unwrap();
    assert_eq!(causes(&drift, stray), [Cause::Undeclared(Reason::DeleteBecauseStray)]);
}

#[test]
fn a_verdict_tells_lost_from_kept_and_certain_from_possible() {
    let plan = recorded("in-place");
    let whole = verdict(&plan);
    assert_eq!((whole.add, whole.change, whole.replace, whole.destroy), (0, 5, 0, 0));
    assert_eq!(whole.loses, ["aws_cloudwatch_log_group.app"]);
    assert_eq!(whole.interrupts, ["aws_db_instance.main"]);
    assert_eq!(whole.may_interrupt, ["aws_autoscaling_group.app"]);

    let mut replaced = recorded("replace-database");
    assert_eq!(verdict(&replaced).keeps, ["aws_db_instance.main"], "a final snapshot is taken");
    for effect in replaced.changes.iter_mut().flat_map(|c| &mut c.impact.effects).filter(|e| e.does == Does::Loses) {
        assert!(matches!(&effect.spared, Some(Spared::Kept(why)) if why.contains("shop-final")));
        effect.spared = None;
    }
    let without = verdict(&replaced);
    assert_eq!((without.loses, without.keeps), (vec!["aws_db_instance.main"], vec![]));
}

#[test]
fn a_run_takes_what_its_longest_way_takes() {
    assert_eq!(expected_seconds(&recorded("replace-database")), 300 + 960);
    assert!(expected_seconds(&recorded("tag-only")) < 60, "new tags alone are quick");
    assert_eq!(expected_seconds(&recorded("no-op")), 0);
}
