//! What the stack owns and no block declares: to be destroyed, with the reason.

use super::equal::is_empty;
use super::planner::{Entry, Planner};
use super::world::Place;
use super::{PlanMode, marks};
use crate::digest;
use crate::impact::Impact;
use crate::plan::{Action, Change, Reason};
use crate::snapshot::{Live, Owner};
use cairn_model::{Address, Diagnostic, Key, Lifecycle, Mode, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl Planner<'_> {
    /// Plans the deletion of every live resource of the stack that no instance claimed.
    pub(crate) fn add_orphans(&mut self) {
        let mut taken: HashSet<Address> = self.entries.iter().map(|e| e.change.address.clone()).collect();
        let mut entry_at: HashMap<Place, Address> =
            self.entries.iter().filter_map(|e| Some((e.place?, e.change.address.clone()))).collect();
        let claimed: Vec<Place> = entry_at.keys().copied().collect();
        let claimed_arns: HashSet<(&str, &str)> =
            claimed.iter().filter_map(|p| self.world.live(*p)).filter_map(|l| Some((l.schema.name, l.value.get_str("arn")?))).collect();
        let mut seen_arns = HashSet::new();
        let mut found: Vec<(Place, Address, Reason)> = Vec::new();
        // A part comes after its whole, so that it can be named after it.
        for depth in 0..8 {
            for place in 0..self.world.lives.len() {
                let Some(live) = self.world.live(place) else { continue };
                if !self.world.is_owned(place) || self.world.is_claimed(place) || self.depth(place) != depth {
                    continue;
                }
                if self.is_unchecked(live.schema.name, &live.provider) || self.names_left_out(place) {
                    continue;
                }
                // One resource read through two provider configurations.
                let arn = live.value.get_str("arn").filter(|a| !a.is_empty()).map(|arn| (live.schema.name, arn));
                if arn.is_some_and(|arn| claimed_arns.contains(&arn) || !seen_arns.insert(arn)) {
                    continue;
                }
                match &live.owner {
                    Owner::Mark(mark) => match self.world.addresses.get(place).cloned().flatten() {
                        Some(address) => {
                            let reason = if mark.deposed { Reason::DeleteBecauseDeposed } else { self.reason(&address) };
                            entry_at.insert(place, address.clone());
                            found.push((place, address, reason));
                        }
                        // One that looks for drift tells it as a finding.
                        None if self.looking() => {}
                        None => self.diagnostics.push(
                            Diagnostic::warning(format!(
                                "{} {} carries this stack's mark with an address that can't be read",
                                live.schema.name, live.id
                            ))
                            .detail(format!("\"{}\"; it is left alone", mark.address)),
                        ),
                    },
                    Owner::Child { .. } => {
                        let Some(parent) = self.world.parent(place) else { continue };
                        if self.provider.rests(live) || self.parent_lists_it(live, entry_at.get(&parent)) {
                            continue;
                        }
                        let module = entry_at.get(&parent).map(|a| a.module.clone()).unwrap_or_default();
                        let address = unique(made_up(live, module), &mut taken);
                        entry_at.insert(place, address.clone());
                        found.push((place, address, Reason::DeleteBecauseStray));
                    }
                    Owner::Nobody => {}
                }
            }
        }
        for (place, address, reason) in found {
            if let Some(live) = self.world.live(place) {
                let reason = match (self.options.mode, reason) {
                    (PlanMode::Destroy, Reason::DeleteBecauseDeposed) => Some(reason),
                    (PlanMode::Destroy, _) => None,
                    _ => Some(reason),
                };
                let change = deletion(live, address, reason);
                self.entries.push(Entry { change, reference: Value::null(), spans: BTreeMap::new(), place: Some(place) });
            }
        }
    }

    fn depth(&self, place: Place) -> usize {
        let mut depth = 0;
        let mut at = place;
        while let Some(parent) = self.world.parent(at) {
            depth += 1;
            at = parent;
            if depth > 7 {
                break;
            }
        }
        depth
    }

    /// True for the resource, or a part, of an instance of which nothing may be planned.
    fn names_left_out(&self, place: Place) -> bool {
        if self.left_out.is_empty() {
            return false;
        }
        let mut at = Some(place);
        for _ in 0..8 {
            let Some(place) = at else { return false };
            if self.world.addresses.get(place).and_then(Option::as_ref).is_some_and(|a| self.left_out.contains(a)) {
                return true;
            }
            at = self.world.parent(place);
        }
        // A part whose instance hangs on something unread may be the very part that is declared.
        false
    }

    /// True when the whole's configuration lists such parts inline.
    fn parent_lists_it(&self, live: &Live, parent: Option<&Address>) -> bool {
        let Owner::Child { parent_type, .. } = &live.owner else { return false };
        let Some(facts) = self.provider.facts(live.schema.name) else { return false };
        let Some(config) =
            parent.and_then(|p| self.by_address.get(p)).and_then(|i| self.entries.get(*i)).and_then(|e| e.change.config.as_ref())
        else {
            return false;
        };
        facts
            .parents
            .iter()
            .filter(|p| p.type_name == *parent_type)
            .filter_map(|p| p.inline)
            .any(|inline| config.get(inline).is_some_and(|v| !is_empty(v)))
    }

    fn reason(&self, address: &Address) -> Reason {
        if let Some(by_key) = self.blocks.get(&address.block()) {
            return match address.key {
                Key::Int(_) => Reason::DeleteBecauseCountIndex,
                Key::String(_) => Reason::DeleteBecauseEachKey,
                Key::None if *by_key => Reason::DeleteBecauseEachKey,
                Key::None => Reason::DeleteBecauseCountIndex,
            };
        }
        if address.module.is_empty() || self.modules.contains(&address.module) {
            return Reason::DeleteBecauseNoResourceConfig;
        }
        Reason::DeleteBecauseNoModule
    }
}

fn deletion(live: &Live, address: Address, reason: Option<Reason>) -> Change {
    Change {
        address,
        schema: live.schema,
        provider: live.provider.clone(),
        action: Action::Delete,
        reason,
        live: Some(live.clone()),
        before: marks::marked(live.schema, &live.value, None),
        after: Value::null(),
        differences: Vec::new(),
        depends_on: BTreeSet::new(),
        lifecycle: Lifecycle::default(),
        config: None,
        span: None,
        live_digest: digest::live(live, None),
        impact: Impact::default(),
    }
}

/// An address for a part that no block declares.
pub(super) fn made_up(live: &Live, module: Vec<cairn_model::ModuleStep>) -> Address {
    let mut name: String = live.id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    Address { module, mode: Mode::Managed, type_name: live.schema.name.into(), name: name.into(), key: Key::None }
}

fn unique(address: Address, taken: &mut HashSet<Address>) -> Address {
    let mut made = address.clone();
    let mut number = 2;
    while !taken.insert(made.clone()) {
        made.name = format!("{}_{number}", address.name).into();
        number += 1;
    }
    made
}
