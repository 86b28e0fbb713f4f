//! The live resources of a snapshot, indexed: whose they are, and how an instance finds its own.

use super::equal::{is_empty, same};
use crate::snapshot::{Live, Owner, Snapshot, key_of};
use cairn_model::{Address, Schema, StackId, Value};
use std::collections::HashMap;

/// A place in [`World::lives`].
pub(crate) type Place = usize;

/// What was found for an instance.
pub(crate) enum Match {
    /// Its own.
    Found(Place),
    /// None: it is to be made.
    Missing,
    /// More than one carries its mark.
    Twice(Vec<Place>),
    /// Its natural key is taken by what is not the stack's.
    Taken(Place),
}

/// The indexed snapshot.
pub(crate) struct World<'a> {
    pub lives: Vec<&'a Live>,
    /// The address in the mark, for those that carry the stack's mark under their own type.
    pub addresses: Vec<Option<Address>>,
    /// Carries the stack's mark, or is part of something that does.
    pub owned: Vec<bool>,
    marked: HashMap<(&'static str, &'a str), Vec<Place>>,
    by_key: HashMap<(&'static str, &'a str, Vec<Value>), Vec<Place>>,
    by_type: HashMap<&'static str, Vec<Place>>,
    by_id: HashMap<(&'static str, &'a str), Vec<Place>>,
    claimed: Vec<bool>,
    stack: String,
}

impl<'a> World<'a> {
    /// Indexes a snapshot for a stack.
    pub fn new(snapshot: &'a Snapshot, stack: &StackId) -> World<'a> {
        let mut lives: Vec<&Live> = snapshot.live.iter().collect();
        lives.sort_by(|a, b| (a.schema.name, &a.id, &a.provider).cmp(&(b.schema.name, &b.id, &b.provider)));
        let mut world = World {
            addresses: vec![None; lives.len()],
            owned: vec![false; lives.len()],
            marked: HashMap::new(),
            by_key: HashMap::new(),
            by_type: HashMap::new(),
            by_id: HashMap::new(),
            claimed: vec![false; lives.len()],
            stack: stack.to_string(),
            lives,
        };
        for (place, live) in world.lives.iter().enumerate() {
            let name = live.schema.name;
            world.by_type.entry(name).or_default().push(place);
            world.by_id.entry((name, &live.id)).or_default().push(place);
            if let Some(key) = key_of(live.schema, &live.value) {
                world.by_key.entry((name, &live.provider, hashable(key))).or_default().push(place);
            }
            if let Owner::Mark(mark) = &live.owner {
                // What inherited a mark from another resource (an instance of a group, a snapshot) is
                // of another type than its mark says, and not the stack's to change.
                let address = mark.address().filter(|a| *a.type_name == *name);
                if mark.stack == world.stack && (address.is_some() || mark.address().is_none()) {
                    if let Some(owned) = world.owned.get_mut(place) {
                        *owned = true;
                    }
                    if !mark.deposed {
                        world.marked.entry((name, &mark.address)).or_default().push(place);
                    }
                    if let Some(at) = world.addresses.get_mut(place) {
                        *at = address;
                    }
                }
            }
        }
        world.inherit();
        world
    }

    /// Parts belong to whoever owns the whole, at any depth.
    fn inherit(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for place in 0..self.lives.len() {
                let inherits = self.parent(place).is_some_and(|p| self.is_owned(p));
                if let Some(owned @ false) = self.owned.get_mut(place).filter(|_| inherits) {
                    *owned = true;
                    changed = true;
                }
            }
        }
    }

    /// The live resource at a place. Places come from this index only.
    pub fn live(&self, place: Place) -> Option<&'a Live> {
        self.lives.get(place).copied()
    }

    /// True when the stack owns what is at a place.
    pub fn is_owned(&self, place: Place) -> bool {
        self.owned.get(place).copied().unwrap_or(false)
    }

    /// The whole that a part belongs to.
    pub fn parent(&self, place: Place) -> Option<Place> {
        let live = self.live(place)?;
        let Owner::Child { parent_type, parent_id } = &live.owner else { return None };
        let candidates = self.by_id.get(&(*parent_type, parent_id.as_str()))?;
        candidates.iter().copied().find(|p| self.live(*p).is_some_and(|l| l.provider == live.provider)).or(candidates.first().copied())
    }

    /// Those of a type.
    pub fn of_type(&self, type_name: &str) -> &[Place] {
        self.by_type.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// True when an instance has claimed what is at a place.
    pub fn is_claimed(&self, place: Place) -> bool {
        self.claimed.get(place).copied().unwrap_or(false)
    }

    /// Notes that an instance has claimed what is at a place.
    pub fn claim(&mut self, place: Place) {
        if let Some(claimed) = self.claimed.get_mut(place) {
            *claimed = true;
        }
    }

    /// Takes what is at a place for the stack's own, and its parts with it.
    pub fn adopt(&mut self, place: Place) {
        if let Some(owned) = self.owned.get_mut(place) {
            *owned = true;
        }
        self.inherit();
    }

    /// Finds the live resource of an instance: by its mark, else by its natural key.
    pub fn find(&self, schema: &'static Schema, provider: &str, address: &Address, tag: &str, config: &Value) -> Match {
        let marked = self.marked.get(&(schema.name, tag)).map_or(&[][..], Vec::as_slice);
        let at_home = |p: &Place| self.live(*p).is_some_and(|l| l.provider == provider);
        let here: Vec<Place> = marked.iter().copied().filter(at_home).collect();
        match (here.as_slice(), marked) {
            ([one], [_]) => return Match::Found(*one),
            ([], [one]) => return Match::Found(*one),
            // Read twice through two provider configurations of one account and region.
            ([one], all) if all.iter().all(|p| self.same_resource(*p, *one)) => return Match::Found(*one),
            (_, [_, _, ..]) => return Match::Twice(marked.to_vec()),
            _ => {}
        }
        let Some(key) = wanted_key(schema, config) else { return Match::Missing };
        let places = self.with_key(schema, provider, key);
        if let Some(own) = places.iter().copied().find(|p| self.is_part_of_ours(*p) && !self.is_claimed(*p)) {
            return Match::Found(own);
        }
        // A resource of this stack under another address is on its way out, and not in the way.
        match places.into_iter().find(|p| !self.is_owned(*p)) {
            Some(taken) if address.mode == cairn_model::Mode::Managed => Match::Taken(taken),
            _ => Match::Missing,
        }
    }

    /// Every place with a natural key.
    fn with_key(&self, schema: &'static Schema, provider: &str, key: Vec<Value>) -> Vec<Place> {
        if schema.keys().any(|a| a.equal.is_some()) {
            let same_key = |place: &Place| {
                self.live(*place).is_some_and(|live| {
                    live.provider == provider
                        && schema.keys().zip(&key).all(|(a, want)| same(a, live.value.get(a.name).unwrap_or(&Value::null()), want))
                })
            };
            return self.of_type(schema.name).iter().copied().filter(same_key).collect();
        }
        self.by_key.get(&(schema.name, provider, hashable(key))).cloned().unwrap_or_default()
    }

    fn is_part_of_ours(&self, place: Place) -> bool {
        self.is_owned(place) && self.live(place).is_some_and(|l| matches!(l.owner, Owner::Child { .. }))
    }

    /// Finds the part that an instance stands for when its natural key hangs on something that this
    /// plan replaces: the parts of the key that are known are equal, the others are what the
    /// replaced resource has now.
    pub fn find_by_replaced(&self, schema: &'static Schema, config: &Value, replaced: &[Place]) -> Option<Place> {
        let keys: Vec<_> = schema.keys().collect();
        if keys.is_empty() || replaced.is_empty() {
            return None;
        }
        let null = Value::null();
        let fits = |place: &Place| {
            !self.is_claimed(*place)
                && self.is_part_of_ours(*place)
                && self.live(*place).is_some_and(|live| {
                    keys.iter().all(|a| {
                        let (have, want) = (live.value.get(a.name).unwrap_or(&null), config.get(a.name).unwrap_or(&null));
                        if want.is_wholly_known() { same(a, have, want) } else { replaced.iter().any(|r| self.says(*r, have)) }
                    })
                })
        };
        self.of_type(schema.name).iter().copied().find(fits)
    }

    /// True when a resource has a text in one of its attributes.
    fn says(&self, place: Place, text: &Value) -> bool {
        let Some(text) = text.as_str().filter(|t| !t.is_empty()) else { return false };
        self.live(place).is_some_and(|l| l.id == text || l.value.children().any(|v| v.as_str() == Some(text)))
    }

    /// True when two readings are of one resource.
    pub fn same_resource(&self, a: Place, b: Place) -> bool {
        match (self.live(a), self.live(b)) {
            (Some(l), Some(r)) => {
                a == b
                    || (l.schema == r.schema
                        && l.id == r.id
                        && l.value.get_str("arn").is_some_and(|arn| r.value.get_str("arn") == Some(arn)))
            }
            _ => false,
        }
    }
}

/// The natural key that a configuration determines; nothing when AWS decides a part of it.
pub(crate) fn wanted_key(schema: &Schema, config: &Value) -> Option<Vec<Value>> {
    let mut key = Vec::new();
    for a in schema.keys() {
        let value = match (config.get(a.name).cloned().unwrap_or_else(Value::null), &a.default) {
            (v, Some(default)) if v.is_null() => default.value(),
            (v, None) if v.is_null() && a.computed => return None,
            (v, _) => v,
        };
        if !value.is_wholly_known() {
            return None;
        }
        key.push(value);
    }
    (!key.iter().all(is_empty)).then(|| hashable(key))
}

fn hashable(key: Vec<Value>) -> Vec<Value> {
    key.into_iter().map(|v| if is_empty(&v) { Value::null() } else { v.deep_unmarked() }).collect()
}
