//! What is left of a plan that was narrowed with `-target` and `-exclude`.

use super::planner::Planner;
use super::{PlanMode, TARGETED, TargetAddress};
use crate::plan::Action;
use cairn_model::{Address, Diagnostic};
use std::collections::{HashMap, HashSet};

/// From an address to what goes along with it.
type Edges = HashMap<Address, Vec<Address>>;

impl Planner<'_> {
    /// Keeps what is targeted with what it needs, without what is excluded and what needs that.
    pub(super) fn keep_to_selection(&mut self) {
        for address in &self.options.replace {
            if !self.by_address.contains_key(address) {
                self.diagnostics.push(Diagnostic::warning(format!("-replace={address} names no resource of this configuration")));
            }
        }
        let (targets, excludes) = (&self.options.targets, &self.options.excludes);
        if targets.is_empty() && excludes.is_empty() {
            return;
        }
        let needs = self.needs_of_each();
        let mut kept = self.covered("-target", targets);
        if targets.is_empty() {
            kept = self.all_addresses().cloned().collect();
        }
        let kept = with_all_reached(kept, &needs);
        let left_out = with_all_reached(self.covered("-exclude", excludes), &reversed(&needs));
        let kept: HashSet<Address> = kept.difference(&left_out).cloned().collect();
        self.entries.retain_mut(|e| {
            if !kept.contains(&e.change.address) && e.change.action != Action::NoOp {
                if e.change.live.is_none() {
                    return false;
                }
                e.change.action = Action::NoOp;
                e.change.reason = None;
                e.change.after = e.change.before.clone();
            }
            true
        });
        self.data.retain(|d| !d.deferred || kept.contains(&d.address));
        self.diagnostics.push(
            Diagnostic::warning(TARGETED).detail(
                "outputs and resources that were left out may not be what the configuration says; run without these flags afterwards",
            ),
        );
    }

    fn all_addresses(&self) -> impl Iterator<Item = &Address> {
        self.entries.iter().map(|e| &e.change.address).chain(self.data.iter().map(|d| &d.address))
    }

    /// What the values of a flag name; a warning for each that names nothing.
    fn covered(&mut self, flag: &str, named: &[TargetAddress]) -> HashSet<Address> {
        let nothing = named.iter().filter(|t| !self.all_addresses().any(|a| t.covers(a)));
        let warnings: Vec<Diagnostic> = nothing.map(|t| Diagnostic::warning(format!("{flag}={t} names nothing"))).collect();
        warnings.into_iter().for_each(|w| self.diagnostics.push(w));
        self.all_addresses().filter(|a| named.iter().any(|t| t.covers(a))).cloned().collect()
    }

    /// What each can't go without: what it depends on; in a destroy, what depends on it.
    fn needs_of_each(&self) -> Edges {
        let mut edges = Edges::new();
        let all = self
            .entries
            .iter()
            .map(|e| (&e.change.address, &e.change.depends_on))
            .chain(self.data.iter().map(|d| (&d.address, &d.depends_on)));
        for (address, depends_on) in all {
            for on in depends_on {
                match self.options.mode {
                    PlanMode::Destroy => edges.entry(on.clone()).or_default().push(address.clone()),
                    _ => edges.entry(address.clone()).or_default().push(on.clone()),
                }
            }
        }
        if self.options.mode == PlanMode::Destroy {
            let at: HashMap<_, _> = self.entries.iter().filter_map(|e| Some((e.place?, &e.change.address))).collect();
            for entry in &self.entries {
                if let Some(parent) = entry.place.and_then(|p| self.world.parent(p)).and_then(|p| at.get(&p)) {
                    edges.entry((*parent).clone()).or_default().push(entry.change.address.clone());
                }
            }
        }
        edges
    }
}

fn reversed(edges: &Edges) -> Edges {
    let mut back = Edges::new();
    for (from, to) in edges.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to))) {
        back.entry(to.clone()).or_default().push(from.clone());
    }
    back
}

fn with_all_reached(mut reached: HashSet<Address>, edges: &Edges) -> HashSet<Address> {
    let mut todo: Vec<Address> = reached.iter().cloned().collect();
    while let Some(address) = todo.pop() {
        for next in edges.get(&address).into_iter().flatten() {
            if reached.insert(next.clone()) {
                todo.push(next.clone());
            }
        }
    }
    reached
}
