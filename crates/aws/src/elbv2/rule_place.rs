//! The places of a listener's rules. Each is one rule's at a time, and `SetRulePriorities` takes several rules at once: so rules can
//! take each other's, one step after the other, in whatever order the steps come. A rule is only ever moved to where the plan wants
//! it, so that a run which ends in between leaves nothing but the rest of the plan.

use super::listener_rule::{ListenerRule, found, of_listener};
use super::tags_of;
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::resource::Tags;
use aws_sdk_elasticloadbalancingv2::types::{Rule, RulePriorityPair};
use cairn_engine::provider::{Fate, Others};
use cairn_engine::{Failure, Live};
use cairn_model::Model;
use cairn_model::mark::TAG_STACK;
use cairn_model::model::TypeModel;
use std::collections::{BTreeMap, HashMap};

/// How often other steps may come in between.
const ROUNDS: usize = 10;

/// The places of a listener.
pub struct Places<'a> {
    /// Where.
    pub aws: &'a Aws,
    /// Its ARN.
    pub listener: &'a str,
    /// The tags of the rule that takes a place: its mark says whose rules may be moved for it.
    pub tags: &'a Tags,
    /// What the plan does with the other rules.
    pub others: Others<'a>,
}

/// What the plan does with a rule that is in the way.
#[derive(Clone, Copy)]
enum Next<'a> {
    To(i32),
    Goes(&'a Live),
}

/// What makes room for a rule.
struct Room<'a> {
    /// Rules and their new places, which hold all at once.
    moves: Vec<(String, i32)>,
    /// A rule that is destroyed before.
    goes: Option<(String, &'a Live)>,
}

impl Places<'_> {
    /// Moves a rule to a place. Those in the way are moved along, or destroyed, as the plan says.
    pub async fn take(&self, rule: &str, place: i32) -> Result<(), Failure> {
        let mut moves = vec![(rule.to_string(), place)];
        let mut rounds = 0..ROUNDS;
        loop {
            let Err(failure) = self.set(&moves).await else { return Ok(()) };
            if !is_taken(&failure) || rounds.next().is_none() {
                return Err(failure);
            }
            moves = self.room(Some(rule), place).await?.ok_or(failure)?;
        }
    }

    /// Makes a place free for a new rule, where the plan has what is there leave; false where it has not.
    pub async fn free(&self, place: i32) -> Result<bool, Failure> {
        for _ in 0..ROUNDS {
            let Some(moves) = self.room(None, place).await? else { return Ok(false) };
            match self.set(&moves).await {
                Err(failure) if is_taken(&failure) => {}
                other => return other.map(|()| true),
            }
        }
        Ok(false)
    }

    async fn set(&self, moves: &[(String, i32)]) -> Result<(), Failure> {
        if moves.is_empty() {
            return Ok(());
        }
        let pairs = moves.iter().map(|(rule, place)| RulePriorityPair::builder().rule_arn(rule).priority(*place).build());
        let call = self.aws.elbv2.set_rule_priorities().set_rule_priorities(Some(pairs.collect()));
        call.send().await.map(drop).map_err(failed("elasticloadbalancing:SetRulePriorities"))
    }

    /// The moves that take a rule, or a new one, to a place, after what stands in the way for good is destroyed. Nothing when
    /// something is not the stack's, or is to stay.
    async fn room(&self, rule: Option<&str>, place: i32) -> Result<Option<Vec<(String, i32)>>, Failure> {
        let rules = of_listener(self.aws, self.listener.to_string()).await?;
        let Some(room) = way(&held(&rules), rule, place, |arn| self.next(arn)) else { return Ok(None) };
        let touched: Vec<String> = room.moves.iter().map(|(arn, _)| arn).chain(room.goes.iter().map(|(arn, _)| arn)).cloned().collect();
        let mut tags = tags_of(self.aws, &touched).await?;
        // One without tags is gone by now: its own step came first.
        if !touched.iter().filter_map(|arn| tags.get(arn)).all(|tags| self.is_ours(tags)) {
            return Ok(None);
        }
        if let Some((arn, planned)) = room.goes {
            if !is_as_planned(&rules, &arn, &mut tags, planned) {
                return Ok(None);
            }
            let call = self.aws.elbv2.delete_rule().rule_arn(&arn).send().await;
            gone(call.map_err(failed("elasticloadbalancing:DeleteRule")))?;
        }
        Ok(Some(room.moves))
    }

    fn is_ours(&self, tags: &Tags) -> bool {
        tags.get(TAG_STACK).is_some_and(|stack| self.tags.get(TAG_STACK) == Some(stack))
    }

    fn next(&self, rule: &str) -> Option<Next<'_>> {
        match self.others.fate(ListenerRule::SCHEMA_REF.name, rule)? {
            Fate::Changes(after) => after.get("priority")?.as_i64().and_then(|p| i32::try_from(p).ok()).map(Next::To),
            Fate::Goes(planned) => Some(Next::Goes(planned)),
        }
    }
}

/// Somebody has the place, or a rule that was to be moved along is gone by now.
pub fn is_taken(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "PriorityInUse" | "RuleNotFound")
}

fn held(rules: &[Rule]) -> BTreeMap<i32, String> {
    rules.iter().filter_map(|r| Some((r.priority()?.parse().ok()?, r.rule_arn.clone()?))).collect()
}

/// From place to place until one is free, or becomes free by what is moved. Nothing when one stays where it is.
fn way<'a>(held: &BTreeMap<i32, String>, rule: Option<&str>, mut place: i32, next: impl Fn(&str) -> Option<Next<'a>>) -> Option<Room<'a>> {
    let mut moves: Vec<(String, i32)> = rule.map(|r| (r.to_string(), place)).into_iter().collect();
    while let Some(holder) = held.get(&place).filter(|h| moves.iter().all(|(arn, _)| arn != *h)) {
        match next(holder)? {
            Next::Goes(planned) => return Some(Room { moves, goes: Some((holder.clone(), planned)) }),
            Next::To(to) if to == place => return None,
            Next::To(to) => {
                moves.push((holder.clone(), to));
                place = to;
            }
        }
    }
    Some(Room { moves, goes: None })
}

/// True when a rule is what it was when its end was planned.
fn is_as_planned(rules: &[Rule], arn: &str, tags: &mut HashMap<String, Tags>, planned: &Live) -> bool {
    let rule = rules.iter().find(|r| r.rule_arn() == Some(arn)).cloned();
    let now = rule.and_then(|r| found(r, tags.remove(arn).unwrap_or_default()));
    now.is_some_and(|now| ListenerRule::from_object(&planned.value).is_ok_and(|planned| planned == now.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moves, where `a` stands at 1, `b` at 2 and so on, and each goes where `plan` says.
    fn moves(plan: &[(&str, i32)], rule: Option<&str>, place: i32) -> Option<Vec<(String, i32)>> {
        let held = (1..).zip(["a", "b", "c"].map(String::from)).collect();
        let next = |arn: &str| plan.iter().find(|(a, _)| *a == arn).map(|(_, to)| Next::To(*to));
        way(&held, rule, place, next).map(|room| room.moves)
    }

    fn all(pairs: &[(&str, i32)]) -> Option<Vec<(String, i32)>> {
        Some(pairs.iter().map(|(arn, place)| (arn.to_string(), *place)).collect())
    }

    #[test]
    fn what_is_in_the_way_is_moved_along() {
        assert_eq!(moves(&[("a", 2), ("b", 1)], Some("a"), 2), all(&[("a", 2), ("b", 1)]), "two change places");
        assert_eq!(moves(&[("a", 2), ("b", 3), ("c", 1)], Some("b"), 3), all(&[("b", 3), ("c", 1), ("a", 2)]), "three go round");
        assert_eq!(moves(&[("a", 2), ("b", 9)], Some("a"), 2), all(&[("a", 2), ("b", 9)]), "a row");
        assert_eq!(moves(&[("a", 4)], None, 1), all(&[("a", 4)]), "a new one");
        assert_eq!(moves(&[], Some("a"), 4), all(&[("a", 4)]), "nothing is there any more");
    }

    #[test]
    fn what_stays_is_not_moved() {
        assert_eq!(moves(&[("a", 2)], Some("a"), 2), None, "nothing is planned for it");
        assert_eq!(moves(&[("a", 2), ("b", 2)], Some("a"), 2), None, "something else of it changes");
        assert_eq!(moves(&[("a", 2), ("b", 3), ("c", 3)], Some("a"), 2), None, "it stays further on");
    }
}
