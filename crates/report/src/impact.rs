//! What a plan means: how much is made, changed and destroyed, what stops, what is lost, how long it takes.

use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_engine::{Action, Does, Effect, Spared};

/// How a change is sorted, the most dangerous first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Data is lost, or may be, or is taken away and kept elsewhere.
    Loses,
    /// Something is destroyed, for good or to be made anew.
    Destroys,
    /// Something stops for a while.
    Interrupts,
    /// Something may stop for a while.
    MayInterrupt,
    /// Nobody notices.
    Quiet,
}

impl Danger {
    /// True for what a reviewer must see without unfolding anything.
    pub fn is_open(self) -> bool {
        self <= Danger::Interrupts
    }
}

/// How dangerous a change is.
pub fn danger(change: &SavedChange) -> Danger {
    let has = |wanted: fn(&Effect) -> bool| change.impact.effects.iter().any(wanted);
    if has(|e| matches!(e.does, Does::Loses | Does::MayLose)) {
        Danger::Loses
    } else if destroys(change.action) {
        Danger::Destroys
    } else if has(|e| e.does == Does::Interrupts) {
        Danger::Interrupts
    } else if has(|e| e.does == Does::MayInterrupt) {
        Danger::MayInterrupt
    } else {
        Danger::Quiet
    }
}

/// True for what destroys a live resource.
pub fn destroys(action: Action) -> bool {
    matches!(action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete)
}

/// True for what destroys a live resource and makes it anew.
pub fn replaces(action: Action) -> bool {
    matches!(action, Action::DeleteThenCreate | Action::CreateThenDelete)
}

/// What a plan comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// How many are made; replacements not counted.
    pub add: usize,
    /// How many are changed in place.
    pub change: usize,
    /// How many are destroyed and made anew.
    pub replace: usize,
    /// How many are destroyed; replacements not counted.
    pub destroy: usize,
    /// The addresses of which data is lost.
    pub loses: Vec<&'a str>,
    /// The addresses of which data may be lost.
    pub may_lose: Vec<&'a str>,
    /// The addresses that go, and whose data is kept somehow: a replacement begins without it.
    pub keeps: Vec<&'a str>,
    /// The addresses that stop for a while, or for good.
    pub interrupts: Vec<&'a str>,
    /// The addresses that may stop for a while.
    pub may_interrupt: Vec<&'a str>,
}

impl Verdict<'_> {
    /// True when nothing is done.
    pub fn is_empty(&self) -> bool {
        self.add + self.change + self.replace + self.destroy == 0
    }
}

/// What a plan comes to.
pub fn verdict(plan: &SavedPlan) -> Verdict<'_> {
    let mut verdict = Verdict::default();
    for change in &plan.changes {
        match change.action {
            Action::NoOp | Action::Read => continue,
            Action::Create => verdict.add += 1,
            Action::Update => verdict.change += 1,
            Action::Delete => verdict.destroy += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => verdict.replace += 1,
        }
        let worst = |of: [Does; 2]| change.impact.effects.iter().filter(|e| of.contains(&e.does)).min_by_key(|e| (kept(e), e.does));
        match worst([Does::Loses, Does::MayLose]) {
            Some(e) if kept(e) => verdict.keeps.push(&change.address),
            Some(e) if e.does == Does::Loses => verdict.loses.push(&change.address),
            Some(_) => verdict.may_lose.push(&change.address),
            None => {}
        }
        match worst([Does::Interrupts, Does::MayInterrupt]) {
            Some(e) if e.does == Does::Interrupts => verdict.interrupts.push(&change.address),
            Some(_) => verdict.may_interrupt.push(&change.address),
            None => {}
        }
    }
    verdict
}

fn kept(effect: &Effect) -> bool {
    matches!(effect.spared, Some(Spared::Kept(_)))
}

/// How long a run of the plan should take at least, in seconds: the sum of its longest way.
pub fn expected_seconds(plan: &SavedPlan) -> u64 {
    plan.critical_path.iter().map(|leg| leg.seconds).sum()
}

/// A typical duration in words: `a few seconds`, `40 s`, `16 min`, `1 h 20 min`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=9 => "a few seconds".to_string(),
        10..=99 => format!("{seconds} s"),
        100..=5399 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// An effect as a sentence without its full stop: what happens, when, and what keeps the data.
pub fn sentence(effect: &Effect) -> String {
    let does = match (effect.does, &effect.spared) {
        (Does::Loses, Some(Spared::Kept(_))) => "Holds data",
        (Does::Loses, _) => "Loses data",
        (Does::MayLose, _) => "May lose data",
        (Does::Interrupts, _) => "Interrupts",
        (Does::MayInterrupt, _) => "May interrupt",
        (Does::Renames, _) => "Has anew",
    };
    let mut text = format!("{does}: {}", effect.what);
    if let Some(Spared::Kept(why) | Spared::Grace(why)) = &effect.spared {
        text.push_str(&format!("; {why}"));
    }
    if let Some(when) = &effect.postponed {
        text.push_str(&format!("; {when}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_in_words() {
        let words = [5, 45, 105, 960, 5400].map(duration);
        assert_eq!(words, ["a few seconds", "45 s", "2 min", "16 min", "1 h 30 min"]);
    }
}
