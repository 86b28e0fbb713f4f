//! How a step is spoken of.

use cairn_engine::Action;

/// The forms of a step's verb: at its start, while it lasts, at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb {
    /// `Creating`.
    pub starting: &'static str,
    /// `creating`.
    pub going_on: &'static str,
    /// `Creation`.
    pub noun: &'static str,
}

/// The verb of a step.
pub fn of(action: Action) -> Verb {
    let (starting, going_on, noun) = match action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => ("Creating", "creating", "Creation"),
        Action::Update => ("Modifying", "modifying", "Modifications"),
        Action::Delete => ("Destroying", "destroying", "Destruction"),
        Action::Read => ("Reading", "reading", "Read"),
        Action::NoOp => ("Checking", "checking", "Check"),
    };
    Verb { starting, going_on, noun }
}
