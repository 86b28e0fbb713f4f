//! What happens to a resource, or to several that are drawn as one.

use crate::review::review;
use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_engine::{Action, Reason};
use std::collections::BTreeSet;

/// What happens to a resource. The order is that of how much a reader wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing.
    Unchanged,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is replaced by a new one.
    Replace,
    /// It is destroyed.
    Destroy,
}

impl Effect {
    /// Every effect, the gravest first.
    pub const ALL: [Effect; 5] = [Effect::Destroy, Effect::Replace, Effect::Update, Effect::Create, Effect::Unchanged];

    /// What a plan does to one resource.
    pub fn of(change: &SavedChange) -> Effect {
        match change.action {
            Action::NoOp | Action::Read => Effect::Unchanged,
            Action::Create => Effect::Create,
            Action::Update => Effect::Update,
            Action::DeleteThenCreate | Action::CreateThenDelete => Effect::Replace,
            Action::Delete => Effect::Destroy,
        }
    }

    /// The sign that says it without colour.
    pub fn symbol(self) -> &'static str {
        match self {
            Effect::Unchanged => "",
            Effect::Create => "+",
            Effect::Update => "~",
            Effect::Replace => "±",
            Effect::Destroy => "−",
        }
    }

    /// The word, which is a style's name too.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Unchanged => "unchanged",
            Effect::Create => "added",
            Effect::Update => "changed",
            Effect::Replace => "replaced",
            Effect::Destroy => "destroyed",
        }
    }
}

/// The sign of something that was changed in the world.
pub const DRIFT_SYMBOL: &str = "≠";

/// The resources that somebody changed in the world. Of values that differ where the plan changes them, one
/// plan alone can't tell a change of the configuration from one of the world: a plan with a base can.
pub fn drifted(plan: &SavedPlan) -> BTreeSet<usize> {
    let review = review(plan);
    let before: BTreeSet<&str> =
        review.iter().flat_map(|r| &r.drift.changes).filter(|c| c.action != Action::NoOp).map(|c| c.address.as_str()).collect();
    let told = |c: &SavedChange| {
        let differs = c.action == Action::NoOp && c.differences.iter().any(|d| d.drift);
        c.reason == Some(Reason::DeleteBecauseStray) || differs || before.contains(c.address.as_str())
    };
    plan.changes.iter().enumerate().filter(|(_, c)| told(c)).map(|(i, _)| i).collect()
}

/// How many of each effect, and how many drifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    of: [usize; Effect::ALL.len()],
    /// How many were changed in the world.
    pub drifted: usize,
}

impl Tally {
    /// Counts some of a plan's changes.
    pub fn of(plan: &SavedPlan, drifted: &BTreeSet<usize>, changes: impl IntoIterator<Item = usize>) -> Tally {
        let mut tally = Tally::default();
        for i in changes {
            tally.of[Effect::of(&plan.changes[i]) as usize] += 1;
            tally.drifted += usize::from(drifted.contains(&i));
        }
        tally
    }

    /// How many have this effect.
    pub fn count(&self, effect: Effect) -> usize {
        self.of[effect as usize]
    }

    /// The one effect that all have; a mixture is a change.
    pub fn common(&self) -> Effect {
        let mut there = Effect::ALL.into_iter().filter(|e| self.count(*e) > 0);
        match (there.next(), there.next()) {
            (Some(only), None) => only,
            (None, _) => Effect::Unchanged,
            _ => Effect::Update,
        }
    }

    /// What happens, in words, where it is not the same to all.
    pub fn mixture(&self) -> String {
        let there = Effect::ALL.into_iter().filter(|e| self.count(*e) > 0);
        if there.count() < 2 { String::new() } else { self.words() }
    }

    /// The effects that change something, as `+2 ~1`; empty when there are none.
    pub fn signs(&self) -> String {
        let signs = Effect::ALL.into_iter().filter(|e| *e != Effect::Unchanged && self.count(*e) > 0);
        signs.map(|e| format!("{}{}", e.symbol(), self.count(e))).collect::<Vec<_>>().join(" ")
    }

    /// The same in words, drift included.
    pub fn words(&self) -> String {
        let mut words: Vec<String> =
            Effect::ALL.into_iter().filter(|e| self.count(*e) > 0).map(|e| format!("{} {}", self.count(e), e.word())).collect();
        if self.drifted > 0 {
            words.push(format!("{} drifted", self.drifted));
        }
        words.join(", ")
    }
}
