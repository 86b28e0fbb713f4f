//! A plan: complete data. Apply does what it says, renderers draw it, nothing is worked out twice.

use crate::impact::Impact;
use crate::references::References;
use crate::snapshot::{Live, Unchecked};
use cairn_model::condition::Checked;
use cairn_model::instance::{Output, Relevant, Sought};
use cairn_model::{Address, Diagnostic, Instance, Lifecycle, Path, Schema, Span, StackId, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source that can only be read during apply.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed and made anew.
    DeleteThenCreate,
    /// It is made anew and the old one destroyed.
    CreateThenDelete,
    /// It is destroyed.
    Delete,
}

/// Why an action other than the plain one was chosen; names as in Terraform's plan JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An argument that can't be changed in place differs.
    ReplaceBecauseCannotUpdate,
    /// `-replace` asked for it.
    ReplaceByRequest,
    /// `replace_triggered_by` asked for it.
    ReplaceByTriggers,
    /// No block declares it any more.
    DeleteBecauseNoResourceConfig,
    /// Its `count` index is gone.
    DeleteBecauseCountIndex,
    /// Its `for_each` key is gone.
    DeleteBecauseEachKey,
    /// Its module is gone.
    DeleteBecauseNoModule,
    /// A part of something we own that no block declares: somebody made it by hand.
    DeleteBecauseStray,
    /// A replacement took its place, and a run ended before it was destroyed.
    DeleteBecauseDeposed,
}

/// One value that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// What AWS has; `null` where there is nothing.
    pub have: Value,
    /// What the configuration wants; unknown where only apply can tell.
    pub want: Value,
    /// It forces a replacement.
    pub force_new: bool,
    /// It was changed in the world: the wanted value is known, or the configuration asks for its absence.
    /// Otherwise it only follows from another change.
    pub drift: bool,
    /// Where the argument is written; nothing where the configuration does not write it.
    pub span: Option<Span>,
}

/// What happens to one resource.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its address; for a stray, one that is made up of its parent's and its id.
    pub address: Address,
    /// Its type.
    pub schema: &'static Schema,
    /// Key of its provider configuration.
    pub provider: String,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Option<Reason>,
    /// The live resource; nothing for a create.
    pub live: Option<Live>,
    /// What it is before; `null` for a create.
    pub before: Value,
    /// What it will be, unknown where only apply can tell; `null` for a delete. Sensitive parts are marked.
    pub after: Value,
    /// What differs, for an update or a replacement.
    pub differences: Vec<Difference>,
    /// The instances that it depends on.
    pub depends_on: BTreeSet<Address>,
    /// Its lifecycle; the default when no block declares it.
    pub lifecycle: Lifecycle,
    /// Its arguments as evaluated; nothing when no block declares it.
    pub config: Option<Value>,
    /// Where it is declared.
    pub span: Option<Span>,
    /// Digest of the live resource, to tell that the world moved; empty for a create.
    pub live_digest: String,
    /// What those who use it notice, and how long it takes.
    pub impact: Impact,
}

impl Change {
    /// A declared instance with which nothing happens, and of which nothing live is known.
    pub fn idle(schema: &'static Schema, instance: Instance, before: Value, after: Value) -> Change {
        Change {
            address: instance.address,
            schema,
            provider: instance.provider,
            action: Action::NoOp,
            reason: None,
            live: None,
            before,
            after,
            differences: Vec::new(),
            depends_on: instance.depends_on,
            lifecycle: instance.lifecycle,
            config: Some(instance.config),
            span: Some(instance.span),
            live_digest: String::new(),
            impact: Impact::default(),
        }
    }
}

/// A data source and what it said.
#[derive(Clone, Debug)]
pub struct DataRead {
    /// Its address.
    pub address: Address,
    /// Its type.
    pub schema: &'static Schema,
    /// Key of its provider configuration.
    pub provider: String,
    /// What it says; unknown where it can only be read during apply.
    pub value: Value,
    /// Its arguments.
    pub config: Value,
    /// The instances it depends on.
    pub depends_on: BTreeSet<Address>,
    /// It can only be read during apply.
    pub deferred: bool,
}

/// A mark that is not where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Misplaced {
    /// The instance that it concerns; for a foreign resource an address made up of its id.
    pub address: Address,
    /// The resource that carries the mark, or lacks it.
    pub live: Live,
    /// What is the matter.
    pub how: Misplacement,
}

/// What is the matter with a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misplacement {
    /// These resources carry it too.
    Twice(Vec<String>),
    /// It is not on the resource that has the instance's name: whose that is.
    Absent(String),
    /// It says, in the words of its tag, that the resource is what it can't be.
    Foreign(String),
}

/// One step of the longest way through a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Of which resource.
    pub address: Address,
    /// What is done.
    pub action: Action,
    /// How long it typically takes.
    pub typical: Duration,
}

/// Everything that an apply will do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of which stack.
    pub stack: StackId,
    /// Every managed instance and every live resource of the stack, sorted by address; `NoOp` included.
    pub changes: Vec<Change>,
    /// Data sources, sorted by address.
    pub data: Vec<DataRead>,
    /// Root outputs as they will be.
    pub outputs: BTreeMap<String, Output>,
    /// Which arguments name what is not made yet.
    pub references: References,
    /// What became of the configuration's conditions.
    pub checks: Vec<Checked>,
    /// The attributes that its changes are made from.
    pub relevant: Vec<Relevant>,
    /// Types that could not be read: nothing is said of them, and nothing of them is changed.
    pub unchecked: Vec<Unchecked>,
    /// Marks that are not where they belong. Only a plan that looks for drift has any: others are refused.
    pub misplaced: Vec<Misplaced>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// It destroys everything.
    pub destroy: bool,
    /// It only reports what differs, and changes nothing.
    pub refresh_only: bool,
    /// The longest way through it: what the run takes at least.
    pub critical_path: Vec<Leg>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To make (replacements count here and under `destroy`).
    pub add: usize,
    /// To change in place.
    pub change: usize,
    /// To destroy.
    pub destroy: usize,
}

impl Counts {
    /// Counts actions.
    pub fn of(actions: impl Iterator<Item = Action>) -> Counts {
        let mut counts = Counts::default();
        for action in actions {
            match action {
                Action::NoOp | Action::Read => {}
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
            }
        }
        counts
    }
}

impl Plan {
    /// How many resources are made, changed and destroyed.
    pub fn counts(&self) -> Counts {
        Counts::of(self.changes.iter().map(|c| c.action))
    }

    /// True when apply would do nothing.
    pub fn is_empty(&self) -> bool {
        self.counts() == Counts::default()
    }

    /// What changes: instances, data sources that are read later, and outputs that are new or not known yet.
    pub fn changing(&self) -> Sought {
        let changed = self.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| c.address.clone());
        let deferred = self.data.iter().filter(|d| d.deferred).map(|d| d.address.clone());
        let new = self.changes.iter().all(|c| c.before.is_null());
        let outputs = self.outputs.iter().filter(|(_, o)| (new && !o.value.is_null()) || !o.value.is_wholly_known());
        Sought { instances: changed.chain(deferred).collect(), outputs: outputs.map(|(name, _)| name.clone()).collect() }
    }

    /// The change of an address.
    pub fn change(&self, address: &Address) -> Option<&Change> {
        self.changes.iter().find(|c| c.address == *address)
    }
}
