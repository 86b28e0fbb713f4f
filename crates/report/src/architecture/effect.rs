//! What happens to a resource, or to several that are drawn as one.

use cairn_engine::saved::SavedChange;
use cairn_engine::{Action, Reason};

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

/// True when somebody changed it in the world: a part that no block declares, or values that differ where
/// the plan changes nothing. Where it changes something, one plan alone can't tell a change of the
/// configuration from one of the world.
pub fn drifted(change: &SavedChange) -> bool {
    change.reason == Some(Reason::DeleteBecauseStray) || change.action == Action::NoOp && change.differences.iter().any(|d| d.drift)
}

/// How many of each effect, and how many drifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    of: [usize; Effect::ALL.len()],
    /// How many were changed in the world.
    pub drifted: usize,
}

impl Tally {
    /// Counts changes.
    pub fn of<'c>(changes: impl Iterator<Item = &'c SavedChange>) -> Tally {
        let mut tally = Tally::default();
        for change in changes {
            tally.of[Effect::of(change) as usize] += 1;
            tally.drifted += usize::from(drifted(change));
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
