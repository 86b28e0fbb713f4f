//! The traffic that security group rules allow, from group to group and from and to address ranges.

use super::effect::Effect;
use super::owners::GROUPS;
use super::resources::Resources;
use super::{Architecture, End, Item, ItemId, Traffic, ports};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// One side of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Group(usize),
    Network(String),
}

/// From where, to where, and what happens to the rules.
type Way = (Side, Side, Effect);

/// What rules allow, and which rules.
#[derive(Default)]
struct Allowed {
    ports: Vec<String>,
    by: BTreeSet<usize>,
}

/// Arguments that say which groups something is in.
const IN_GROUPS: &[&str] = &["security_groups", "security_group_ids", "vpc_security_group_ids", "network_interfaces", "vpc_config"];

/// The address ranges that the rules of these groups name, and their traffic.
pub fn traffic(resources: &Resources, architecture: &Architecture, groups: &BTreeSet<usize>) -> (Vec<String>, Vec<Traffic>) {
    let mut networks: Vec<String> = Vec::new();
    let mut found: BTreeMap<Way, Allowed> = BTreeMap::new();
    for (rule, ingress, group, value) in rules(resources, groups) {
        let Some(ports) = ports::ports(value) else { continue };
        for other in others(resources, rule, value) {
            let (from, to) = if ingress { (other, Side::Group(group)) } else { (Side::Group(group), other) };
            if from == to {
                continue;
            }
            let allowed = found.entry((from, to, Effect::of(resources.change(rule)))).or_default();
            allowed.ports.push(ports.clone());
            allowed.by.insert(rule);
        }
    }
    let sides = found.keys().flat_map(|(from, to, _)| [from, to]);
    let ranges: BTreeSet<&String> = sides.filter_map(|s| if let Side::Network(name) = s { Some(name) } else { None }).collect();
    // The internet stands beside its gateway, which is the first.
    networks.extend(ranges.iter().filter(|n| **n == INTERNET).map(|n| n.to_string()));
    networks.extend(ranges.iter().filter(|n| **n != INTERNET).map(|n| n.to_string()));
    let members = members(resources, &architecture.items);
    let ends = |side: &Side| match side {
        Side::Group(group) => members.get(group).cloned().unwrap_or_default(),
        Side::Network(name) => networks.iter().position(|n| n == name).map(End::Network).into_iter().collect(),
    };
    let mut arrows: Vec<Traffic> = Vec::new();
    for ((from, to, effect), Allowed { ports, by }) in found {
        let (from, to) = (ends(&from), ends(&to));
        if !from.is_empty() && !to.is_empty() && from != to {
            let drifted = by.iter().any(|i| architecture.drifted.contains(i));
            arrows.push(Traffic { from, to, ports, effect, drifted, rules: by.into_iter().collect() });
        }
    }
    // Several groups may be drawn as one.
    let mut merged = merge(arrows, |t| Some(t.effect));
    if merged.len() > MANY {
        merged = merge(merged, |_| None);
    }
    (networks, merged)
}

/// More arrows than this are drawn as one from place to place, whatever happens to their rules.
const MANY: usize = 16;

/// Makes one of all arrows between the same places for which `apart` says the same.
fn merge(arrows: Vec<Traffic>, apart: impl Fn(&Traffic) -> Option<Effect>) -> Vec<Traffic> {
    let mut merged: Vec<Traffic> = Vec::new();
    for arrow in arrows {
        match merged.iter_mut().find(|m| m.from == arrow.from && m.to == arrow.to && apart(m) == apart(&arrow)) {
            None => merged.push(arrow),
            Some(there) => {
                there.ports.extend(arrow.ports);
                there.rules.extend(arrow.rules);
                there.drifted |= arrow.drifted;
                if there.effect != arrow.effect {
                    there.effect = Effect::Update;
                }
            }
        }
    }
    for arrow in &mut merged {
        arrow.rules.sort_unstable();
        arrow.rules.dedup();
        arrow.ports = ports::sorted(std::mem::take(&mut arrow.ports));
    }
    merged
}

/// Every rule of these groups: the resource that says it, whether it is about what comes in, the group, and the rule itself.
fn rules<'p>(resources: &Resources<'p>, groups: &BTreeSet<usize>) -> Vec<(usize, bool, usize, &'p Json)> {
    let mut found = Vec::new();
    let own = [
        ("aws_vpc_security_group_ingress_rule", Some(true)),
        ("aws_vpc_security_group_egress_rule", Some(false)),
        ("aws_security_group_rule", None),
    ];
    for (type_name, ingress) in own {
        for rule in resources.of_type(type_name) {
            let ingress = ingress.unwrap_or_else(|| resources.text(*rule, "type") == Some("ingress"));
            let change = resources.change(*rule);
            let value = if change.after.is_object() { &change.after } else { &change.before };
            let of = resources.named(*rule, &["security_group_id"], GROUPS);
            found.extend(of.into_iter().filter(|g| groups.contains(g)).map(|g| (*rule, ingress, g, value)));
        }
    }
    for group in groups {
        for (name, ingress) in [("ingress", true), ("egress", false)] {
            let inline = resources.value(*group, name).and_then(Json::as_array);
            found.extend(inline.into_iter().flatten().map(|value| (*group, ingress, *group, value)));
        }
    }
    found
}

/// What a rule is about, apart from its own group.
fn others(resources: &Resources, rule: usize, value: &Json) -> BTreeSet<Side> {
    let mut sides = BTreeSet::new();
    let own = resources.named(rule, &["referenced_security_group_id", "source_security_group_id"], GROUPS);
    sides.extend(own.into_iter().map(Side::Group));
    for name in ["cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_id", "prefix_list_ids"] {
        match value.get(name) {
            Some(Json::String(range)) => drop(sides.insert(Side::Network(network(range)))),
            Some(Json::Array(all)) => sides.extend(all.iter().filter_map(Json::as_str).map(|r| Side::Network(network(r)))),
            _ => {}
        }
    }
    if let Some(groups) = value.get("security_groups").and_then(Json::as_array) {
        let ids: Vec<&str> = groups.iter().filter_map(Json::as_str).collect();
        let known =
            GROUPS.iter().flat_map(|t| resources.of_type(t)).filter(|g| resources.text(**g, "id").is_some_and(|id| ids.contains(&id)));
        sides.extend(known.map(|g| Side::Group(*g)));
    }
    sides
}

/// The name of the whole internet.
pub const INTERNET: &str = "Internet";

fn network(range: &str) -> String {
    if matches!(range, "0.0.0.0/0" | "::/0") { INTERNET.to_string() } else { range.to_string() }
}

/// For each group the boxes that are in it; its own box where there are none.
fn members(resources: &Resources, items: &[Item]) -> BTreeMap<usize, Vec<End>> {
    let mut members: BTreeMap<usize, Vec<End>> = BTreeMap::new();
    let mut own: BTreeMap<usize, ItemId> = BTreeMap::new();
    for (id, item) in items.iter().enumerate() {
        for i in item.all() {
            if GROUPS.contains(&resources.type_name(i)) {
                own.insert(i, id);
                continue;
            }
            if resources.type_name(i).contains("security_group") {
                continue;
            }
            for group in resources.named(i, IN_GROUPS, GROUPS) {
                let ends = members.entry(group).or_default();
                if !ends.contains(&End::Item(id)) {
                    ends.push(End::Item(id));
                }
            }
        }
    }
    for (group, id) in own {
        members.entry(group).or_insert_with(|| vec![End::Item(id)]);
    }
    members
}
