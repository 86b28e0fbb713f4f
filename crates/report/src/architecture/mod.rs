//! The stack as people draw AWS: regions, networks, zones as columns, tiers as rows, each resource in
//! its place, and the traffic that the security groups allow. Only what a plan says goes into it.
//!
//! Every resource of the plan stands in exactly one [`Item`]: by itself, together with others of its
//! type where there are many, or as a part of the one that it belongs to.

mod effect;
mod kinds;
mod owners;
mod places;
mod ports;
mod resources;
mod subnets;
mod traffic;

pub use effect::{DRIFT_SYMBOL, Effect, Tally};
pub use kinds::Family;
pub use places::architecture;
pub use resources::local_name;

use std::collections::BTreeSet;

/// A place in [`Architecture::items`].
pub type ItemId = usize;

/// Everything that is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Architecture {
    /// The boxes.
    pub items: Vec<Item>,
    /// The regions, by name.
    pub regions: Vec<Region>,
    /// Services that belong to no region.
    pub global: Vec<Group>,
    /// What happens to all resources.
    pub tally: Tally,
    /// What was changed in the world: places in the plan's `changes`.
    pub drifted: BTreeSet<usize>,
}

/// One box: a resource, or several of one type, with the parts that belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Letters on its glyph.
    pub letters: &'static str,
    /// Its family.
    pub family: Family,
    /// What people call it: `Load balancer`, `Alarms ×24`.
    pub title: String,
    /// Its name; nothing where it is several.
    pub name: String,
    /// The resources that it stands for: places in the plan's `changes`.
    pub resources: Vec<usize>,
    /// What belongs to them.
    pub parts: Vec<usize>,
    /// What happens to the resources that it stands for.
    pub effect: Effect,
    /// What happens to its parts.
    pub part_tally: Tally,
    /// Something of it was changed in the world.
    pub drifted: bool,
}

impl Item {
    /// Every resource in it.
    pub fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.resources.iter().chain(&self.parts).copied()
    }
}

/// Items under a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The service.
    pub title: String,
    /// Its items.
    pub items: Vec<ItemId>,
}

/// One region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// Its name, or the name of the provider configuration where nothing says it.
    pub name: String,
    /// Its networks.
    pub vpcs: Vec<Vpc>,
    /// What is in no network, by service.
    pub groups: Vec<Group>,
}

/// One network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vpc {
    /// Its own box; nothing when it is not of this plan.
    pub item: Option<ItemId>,
    /// Its name and range.
    pub title: String,
    /// What stands on its border.
    pub gateways: Vec<ItemId>,
    /// The other ends of its VPN connections.
    pub outside: Vec<ItemId>,
    /// The availability zones: the columns.
    pub zones: Vec<String>,
    /// The tiers: the rows.
    pub tiers: Vec<Tier>,
    /// What is in it and in no subnet.
    pub groups: Vec<Group>,
    /// Address ranges outside that its rules name.
    pub networks: Vec<String>,
    /// What its security groups allow.
    pub traffic: Vec<Traffic>,
}

/// One tier of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// How its subnets were recognised.
    pub why: &'static str,
    /// For each zone, its subnets there.
    pub cells: Vec<Vec<Subnet>>,
    /// What lies across several subnets.
    pub across: Vec<ItemId>,
}

/// A subnet, or several that are drawn as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its own box, drawn as a frame.
    pub item: ItemId,
    /// What is in it and in no other.
    pub items: Vec<ItemId>,
}

/// Where traffic begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// At a box.
    Item(ItemId),
    /// At an address range: a place in [`Vpc::networks`].
    Network(usize),
}

/// Traffic that rules allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Where it comes from.
    pub from: Vec<End>,
    /// Where it goes.
    pub to: Vec<End>,
    /// The ports: `80`, `443`.
    pub ports: Vec<String>,
    /// What happens to the rules.
    pub effect: Effect,
    /// A rule was changed in the world.
    pub drifted: bool,
    /// The rules: places in the plan's `changes`.
    pub rules: Vec<usize>,
}
