//! Marks that are not where they belong. An apply is refused for them; a look for drift notes them and goes on
//! with what is most likely meant.

use super::evaluate::{Subject, evaluate};
use super::orphans::made_up;
use super::planner::Planner;
use super::world::Place;
use crate::plan::{Misplaced, Misplacement};
use crate::snapshot::{Live, Owner};
use cairn_model::{Address, Instance, Schema};

impl Planner<'_> {
    /// Notes that several resources carry an instance's mark, and takes the one that differs least from what
    /// the configuration says.
    pub(super) fn note_twice(&mut self, schema: &'static Schema, instance: &Instance, places: &[Place]) -> Option<Place> {
        let likeliest = places.iter().copied().min_by_key(|p| self.distance(schema, instance, *p))?;
        for place in places {
            self.world.claim(*place);
        }
        let others = places.iter().filter(|p| **p != likeliest).filter_map(|p| self.world.live(*p)).map(|l| l.id.clone());
        let how = Misplacement::Twice(others.collect());
        self.note(instance.address.clone(), likeliest, how);
        Some(likeliest)
    }

    /// Notes that what has an instance's name carries no mark of the stack, and takes it for the stack's own.
    pub(super) fn note_absent(&mut self, instance: &Instance, place: Place) -> Option<Place> {
        let how = Misplacement::Absent(whose(self.world.live(place)?));
        self.note(instance.address.clone(), place, how);
        self.world.adopt(place);
        Some(place)
    }

    /// Notes what carries the stack's mark and is not what the mark says.
    pub(super) fn note_foreign(&mut self) {
        for place in 0..self.world.lives.len() {
            let Some(live) = self.world.live(place) else { continue };
            let Owner::Mark(mark) = &live.owner else { continue };
            let belongs = self.world.addresses.get(place).is_some_and(Option::is_some);
            if mark.stack != self.options.stack.to_string() || belongs || self.is_known_as_another_type(place) {
                continue;
            }
            self.note(made_up(live, Vec::new()), place, Misplacement::Foreign(mark.address.clone()));
        }
    }

    /// True for a resource that AWS tells of as of two types, and that is what its mark says as the other one.
    fn is_known_as_another_type(&self, place: Place) -> bool {
        let Some(live) = self.world.live(place) else { return false };
        let marked_right = |p: usize| self.world.addresses.get(p).is_some_and(Option::is_some);
        self.world.lives.iter().enumerate().any(|(p, l)| p != place && l.id == live.id && marked_right(p))
    }

    fn distance(&self, schema: &'static Schema, instance: &Instance, place: Place) -> usize {
        let subject = Subject { schema, provider_key: &instance.provider, lifecycle: &instance.lifecycle, config: &instance.config };
        let judged = self.world.live(place).map(|live| evaluate(self.provider, &subject, Some(&live.value)));
        judged.and_then(Result::ok).map_or(usize::MAX, |e| e.differences.len())
    }

    fn note(&mut self, address: Address, place: Place, how: Misplacement) {
        if let Some(live) = self.world.live(place) {
            self.misplaced.push(Misplaced { address, live: live.clone(), how });
        }
    }
}

/// Whose a resource is that is not the stack's.
pub(super) fn whose(live: &Live) -> String {
    match &live.owner {
        Owner::Mark(mark) => format!("it carries the mark of the stack {} ({})", mark.stack, mark.address),
        Owner::Child { parent_type, parent_id } => format!("it is part of {parent_type} {parent_id}, which this stack does not own"),
        Owner::Nobody => "it carries no mark".to_string(),
    }
}
