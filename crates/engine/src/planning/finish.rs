//! After the walk: what concerns more than one instance.

use super::planner::Planner;
use super::{PlanMode, Planned};
use crate::plan::{Action, Plan, Reason};
use cairn_model::instance::Walked;
use cairn_model::{Address, Diagnostic, Diagnostics, Severity};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl Planner<'_> {
    /// Makes the plan, or says which data sources must be read for it.
    pub(crate) fn finish(mut self, walked: Result<Walked, Diagnostics>) -> Result<Planned, Diagnostics> {
        // What was found wrong may be so only for the data that is missing.
        if !self.needs.is_empty() {
            return Ok(Planned::NeedsData(self.needs.into_iter().collect()));
        }
        let Walked { outputs, checks } = match walked {
            Ok(walked) => walked,
            Err(found) => {
                self.diagnostics.extend(found);
                return Err(self.diagnostics);
            }
        };
        let destroy = self.options.mode == PlanMode::Destroy;
        if !destroy {
            self.refuse_unowned_parents();
        }
        self.add_orphans();
        if destroy {
            self.see_through_absent();
        }
        self.propagate_create_before_destroy();
        self.keep_to_selection();
        if self.looking() {
            self.note_foreign();
        } else {
            self.refuse_prevented();
            self.refuse_protected();
        }
        if self.diagnostics.has_errors() {
            return Err(self.diagnostics);
        }
        let refresh_only = self.options.mode == PlanMode::RefreshOnly;
        let mut changes: Vec<_> = self.entries.into_iter().map(|e| e.change).collect();
        if refresh_only {
            for change in &mut changes {
                change.action = Action::NoOp;
                change.after = change.before.clone();
            }
        }
        for change in &mut changes {
            change.impact = crate::impact::of(change, self.provider);
        }
        changes.sort_by(|a, b| {
            let id = |c: &crate::plan::Change| c.live.as_ref().map(|l| l.id.clone());
            let deposed = |c: &crate::plan::Change| c.reason == Some(Reason::DeleteBecauseDeposed);
            (&a.address, deposed(a), id(a)).cmp(&(&b.address, deposed(b), id(b)))
        });
        self.data.sort_by(|a, b| a.address.cmp(&b.address));
        let unchecked: BTreeSet<_> = self.snapshot.unchecked.iter().cloned().chain(self.hanging).collect();
        Ok(Planned::Plan(Box::new(Plan {
            stack: self.options.stack.clone(),
            changes,
            // What is destroyed asks no data source.
            data: if destroy { Vec::new() } else { self.data },
            outputs: if destroy { BTreeMap::new() } else { outputs },
            references: BTreeMap::new(),
            checks,
            relevant: Vec::new(),
            unchecked: unchecked.into_iter().collect(),
            misplaced: self.misplaced,
            warnings: self.diagnostics.0.into_iter().filter(|d| d.severity == Severity::Warning).collect(),
            destroy,
            refresh_only,
            critical_path: Vec::new(),
        })))
    }

    /// A part without a mark is found through its whole: it can't be made inside what isn't ours.
    fn refuse_unowned_parents(&mut self) {
        let mut names: HashMap<(&'static str, &'static str), HashSet<String>> = HashMap::new();
        let mut refusals = Vec::new();
        for entry in self.entries.iter().filter(|e| e.place.is_none()) {
            let change = &entry.change;
            let Some(facts) = self.provider.facts(change.schema.name) else { continue };
            let Some(config) = change.config.as_ref().filter(|_| !facts.marked) else { continue };
            let mut foreign = None;
            let mut ours = false;
            for parent in facts.parents {
                let Some(value) = config.get(parent.attribute).filter(|v| !v.is_null()) else { continue };
                let Some(text) = value.as_str() else {
                    ours = true;
                    continue;
                };
                let known = names.entry((parent.type_name, parent.names)).or_insert_with(|| {
                    let planned = self
                        .entries
                        .iter()
                        .filter(|e| e.change.schema.name == parent.type_name)
                        .filter_map(|e| e.reference.get_str(parent.names));
                    let places = self.world.of_type(parent.type_name).iter().filter(|p| self.world.is_owned(**p));
                    let owned = places
                        .filter_map(|p| self.world.live(*p))
                        .filter_map(|l| if parent.names == "id" { Some(l.id.as_str()) } else { l.value.get_str(parent.names) });
                    planned.chain(owned).map(str::to_string).collect()
                });
                if known.contains(text) || self.is_unchecked(parent.type_name, &change.provider) {
                    ours = true;
                } else {
                    foreign = Some((parent, value.is_sensitive(), text));
                }
            }
            let left_out = change.depends_on.iter().any(|a| self.left_out.contains(a));
            if let (Some((parent, hidden, text)), false, false) = (foreign, ours, left_out) {
                let text = if hidden { "(sensitive value)" } else { text };
                refusals.push(
                    Diagnostic::error(format!("{}: not supported yet: a part of something the stack doesn't own", change.address))
                        .detail(format!("{} \"{text}\" is an {} that no block of this stack declares", parent.attribute, parent.type_name))
                        .maybe_at(entry.spans.get(parent.attribute).or(change.span.as_ref()), "")
                        .help(format!("declare the {} in this stack, or declare this part in the stack that owns it", parent.type_name)),
                );
            }
        }
        for refusal in refusals {
            self.diagnostics.push(refusal);
        }
    }

    /// In a destroy, dependencies that lead through what has nothing to destroy lead to what is behind.
    fn see_through_absent(&mut self) {
        let mut through = std::mem::take(&mut self.absent);
        through.extend(self.data.iter().map(|d| (d.address.clone(), d.depends_on.clone())));
        for entry in &mut self.entries {
            let mut seen = BTreeSet::new();
            let mut todo: Vec<Address> = entry.change.depends_on.iter().cloned().collect();
            while let Some(address) = todo.pop() {
                if let Some(behind) = through.get(&address).filter(|_| !seen.contains(&address)) {
                    todo.extend(behind.iter().cloned());
                }
                seen.insert(address);
            }
            entry.change.depends_on = seen;
        }
    }

    /// What is made before its predecessor is destroyed needs its dependencies to be so as well: the
    /// predecessor hangs on theirs.
    fn propagate_create_before_destroy(&mut self) {
        let mut todo: Vec<Address> = self
            .entries
            .iter()
            .filter(|e| e.change.lifecycle.create_before_destroy && e.change.config.is_some())
            .map(|e| e.change.address.clone())
            .collect();
        let data: HashMap<&Address, &BTreeSet<Address>> = self.data.iter().map(|d| (&d.address, &d.depends_on)).collect();
        let mut seen: HashSet<Address> = todo.iter().cloned().collect();
        while let Some(address) = todo.pop() {
            let depends_on = match self.by_address.get(&address).and_then(|i| self.entries.get(*i)) {
                Some(entry) => entry.change.depends_on.clone(),
                None => data.get(&address).map(|d| (*d).clone()).unwrap_or_default(),
            };
            todo.extend(depends_on.into_iter().filter(|a| seen.insert(a.clone())));
        }
        for entry in &mut self.entries {
            if entry.change.action == Action::DeleteThenCreate && seen.contains(&entry.change.address) {
                entry.change.action = Action::CreateThenDelete;
            }
        }
    }

    /// What AWS protects from deletion is not destroyed by halves: the plan is refused before anything is.
    fn refuse_protected(&mut self) {
        for entry in &self.entries {
            let c = &entry.change;
            if !matches!(c.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete) {
                continue;
            }
            let why = c.live.as_ref().and_then(|live| self.provider.protected(live, c.config.as_ref()));
            if let Some(why) = why {
                self.diagnostics
                    .push(Diagnostic::error(format!("{} can't be destroyed", c.address)).detail(why).maybe_at(c.span.as_ref(), ""));
            }
        }
    }

    fn refuse_prevented(&mut self) {
        let prevented = self.entries.iter().map(|e| &e.change).filter(|c| {
            c.lifecycle.prevent_destroy && matches!(c.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete)
        });
        let found: Vec<Diagnostic> = prevented
            .map(|c| {
                let what = if c.action == Action::Delete { "destroyed" } else { "replaced, and so destroyed" };
                let forced: Vec<String> = c.differences.iter().filter(|d| d.force_new).map(|d| d.path.to_string()).collect();
                let why =
                    if forced.is_empty() { String::new() } else { format!("; a change of {} can't be made in place", forced.join(", ")) };
                Diagnostic::error(format!("{} must not be destroyed", c.address))
                    .detail(format!("its lifecycle says prevent_destroy, and it would be {what}{why}"))
                    .maybe_at(c.span.as_ref(), "")
                    .help("take prevent_destroy out of the block, or undo what asks for the destruction")
            })
            .collect();
        for d in found {
            self.diagnostics.push(d);
        }
    }
}
