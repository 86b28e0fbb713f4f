//! Puts every resource of a plan into its place.

use super::effect::{Tally, drifted};
use super::owners::{GROUPS, owners};
use super::resources::Resources;
use super::subnets::{TierKey, tiers, zone};
use super::traffic::traffic;
use super::{Architecture, Group, Item, ItemId, Region, Subnet, Tier, Vpc, kinds};
use cairn_engine::{Action, SavedPlan};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// More of one type in one place than this are drawn as one box.
const ALIKE: usize = 3;
/// More subnets of one tier in one zone than this are drawn as one frame.
const SUBNETS: usize = 6;

/// Arguments that name subnets.
const IN_SUBNETS: &[&str] = &[
    "subnet_id",
    "subnet_ids",
    "subnets",
    "subnet_mapping",
    "vpc_zone_identifier",
    "vpc_config",
    "network_configuration",
    "network_interface",
];
/// What is associated with subnets and lies in none.
const BESIDE: &[&str] = &["aws_route_table", "aws_network_acl"];
/// What stands on a network's border.
const GATEWAYS: &[&str] = &["aws_internet_gateway", "aws_egress_only_internet_gateway", "aws_vpn_gateway"];
/// The other end of a VPN.
const OUTSIDE: &[&str] = &["aws_customer_gateway", "aws_vpn_connection"];

/// Draws up a plan's architecture.
pub fn architecture(plan: &SavedPlan) -> Architecture {
    let resources = Resources::new(plan);
    let owners = owners(&resources);
    let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
    for (part, owner) in owners.iter().enumerate().filter(|(part, owner)| part != *owner) {
        parts.entry(*owner).or_default().push(part);
    }
    let mut places = Places { tiers: tiers(&resources), resources, parts, architecture: Architecture::default() };
    places.architecture.drifted = drifted(plan);
    // The parts of what is destroyed go with it.
    places.architecture.drifted.retain(|i| owners[*i] == *i || plan.changes[owners[*i]].action != Action::Delete);
    places.architecture.tally = Tally::of(plan, &places.architecture.drifted, 0..plan.changes.len());
    let roots: Vec<usize> = (0..owners.len()).filter(|i| owners[*i] == *i).collect();
    let mut regions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut global = Vec::new();
    for root in roots {
        if kinds::GLOBAL.contains(&kinds::of(places.resources.type_name(root)).service) {
            global.push(root);
        } else {
            regions.entry(region_of(plan, &places.resources, root)).or_default().push(root);
        }
    }
    for (name, roots) in regions {
        let region = places.region(name, roots);
        places.architecture.regions.push(region);
    }
    places.architecture.global = places.groups(global);
    places.architecture
}

/// The region of a resource: that of its provider configuration, as ARNs and data sources tell it.
fn region_of(plan: &SavedPlan, resources: &Resources, i: usize) -> String {
    let provider = &resources.change(i).provider;
    let own = resources.text(i, "region").map(str::to_string);
    own.or_else(|| region_of_provider(plan, provider)).unwrap_or_else(|| provider.clone())
}

fn region_of_provider(plan: &SavedPlan, provider: &str) -> Option<String> {
    let told = plan.data.iter().filter(|d| d.provider == provider && d.type_name == "aws_region");
    if let Some(name) = told.filter_map(|d| d.value.get("name").or_else(|| d.value.get("id"))).find_map(Json::as_str) {
        return Some(name.to_string());
    }
    let of_provider = || plan.changes.iter().filter(|c| c.provider == provider);
    let sides = || of_provider().flat_map(|c| [&c.after, &c.before]);
    let from_arn = sides().filter_map(|s| s.get("arn")?.as_str()?.split(':').nth(3)).find(|r| !r.is_empty());
    let from_zone =
        || sides().filter_map(|s| s.get("availability_zone")?.as_str()).find_map(|z| z.strip_suffix(|c: char| c.is_ascii_lowercase()));
    from_arn.or_else(from_zone).map(str::to_string)
}

struct Places<'p> {
    resources: Resources<'p>,
    parts: HashMap<usize, Vec<usize>>,
    tiers: HashMap<usize, TierKey>,
    architecture: Architecture,
}

/// A network while its resources are sorted: by its resource, or by its id where it is not of this plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    Ours(usize),
    Known(String),
}

impl<'p> Places<'p> {
    fn region(&mut self, name: String, roots: Vec<usize>) -> Region {
        let mut networks: BTreeMap<Network, Vec<usize>> = BTreeMap::new();
        let mut rest = Vec::new();
        for root in &roots {
            match self.network(*root) {
                Some(network) => networks.entry(network).or_default().push(*root),
                None => rest.push(*root),
            }
        }
        // The far end of a VPN names no network: it stands beside the first that has a VPN gateway.
        let gateway = |members: &[usize]| members.iter().any(|m| self.resources.type_name(*m) == "aws_vpn_gateway");
        let home = networks.iter().find(|(_, members)| gateway(members)).map(|(network, _)| network.clone());
        if let Some(members) = home.and_then(|n| networks.get_mut(&n)) {
            let far: Vec<usize> = rest.iter().copied().filter(|r| OUTSIDE.contains(&self.resources.type_name(*r))).collect();
            rest.retain(|r| !far.contains(r));
            members.extend(far);
        }
        let vpcs = networks.into_iter().map(|(network, members)| self.vpc(network, members)).collect();
        Region { name, vpcs, groups: self.groups(rest) }
    }

    /// The network that a resource is in.
    fn network(&self, i: usize) -> Option<Network> {
        if self.resources.type_name(i) == "aws_vpc" {
            return Some(Network::Ours(i));
        }
        if self.resources.type_name(i) == "aws_vpn_connection" {
            let gateways = self.resources.named(i, &["vpn_gateway_id"], &["aws_vpn_gateway"]);
            return gateways.first().and_then(|g| self.network(*g));
        }
        if let Some(vpc) = self.resources.named(i, &["vpc_id", "vpc_config"], &["aws_vpc"]).first() {
            return Some(Network::Ours(*vpc));
        }
        if let Some(id) = self.resources.text(i, "vpc_id") {
            return Some(Network::Known(id.to_string()));
        }
        let subnet = self.subnets_of(i).into_iter().find(|s| *s != i);
        subnet.and_then(|s| self.network(s))
    }

    /// The subnets that a resource, or what belongs to it, is in.
    fn subnets_of(&self, i: usize) -> Vec<usize> {
        let own = self.resources.named(i, IN_SUBNETS, &["aws_subnet"]);
        if !own.is_empty() || BESIDE.contains(&self.resources.type_name(i)) {
            return own;
        }
        let parts = self.parts.get(&i).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<usize> = parts.iter().flat_map(|p| self.resources.named(*p, IN_SUBNETS, &["aws_subnet"])).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn vpc(&mut self, network: Network, members: Vec<usize>) -> Vpc {
        let groups: BTreeSet<usize> = members.iter().copied().filter(|m| GROUPS.contains(&self.resources.type_name(*m))).collect();
        let of_type =
            |types: &[&str]| -> Vec<usize> { members.iter().copied().filter(|m| types.contains(&self.resources.type_name(*m))).collect() };
        let subnets = of_type(&["aws_subnet"]);
        let gateways = of_type(GATEWAYS);
        let outside = of_type(OUTSIDE);
        let mut placed: BTreeSet<usize> = subnets.iter().chain(&gateways).chain(&outside).copied().collect();
        let mut vpc = Vpc::default();
        match network {
            Network::Ours(own) => {
                placed.insert(own);
                let item = self.item(&[own]);
                vpc.title = self.with_range(own, self.resources.label(own));
                self.architecture.items[item].name = vpc.title.clone();
                vpc.item = Some(item);
            }
            Network::Known(id) => vpc.title = id,
        }
        vpc.outside = self.items(outside, ALIKE);
        vpc.gateways = self.items(gateways, ALIKE);
        (vpc.zones, vpc.tiers) = self.tiers(&subnets, &members, &mut placed);
        vpc.groups = self.groups(members.into_iter().filter(|m| !placed.contains(m)).collect());
        (vpc.networks, vpc.traffic) = traffic(&self.resources, &self.architecture, &groups);
        vpc
    }

    fn tiers(&mut self, subnets: &[usize], members: &[usize], placed: &mut BTreeSet<usize>) -> (Vec<String>, Vec<Tier>) {
        let zones: BTreeSet<String> = subnets.iter().map(|s| zone(&self.resources, *s)).collect();
        let zones: Vec<String> = zones.into_iter().collect();
        let mut rows: BTreeMap<TierKey, Vec<usize>> = BTreeMap::new();
        for subnet in subnets {
            if let Some(key) = self.tiers.get(subnet) {
                rows.entry(key.clone()).or_default().push(*subnet);
            }
        }
        let mut inside: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut across: HashMap<usize, Vec<usize>> = HashMap::new();
        for member in members.iter().filter(|m| !placed.contains(*m)) {
            match self.subnets_of(*member)[..] {
                [] => continue,
                [only] => inside.entry(only).or_default().push(*member),
                [first, ..] => across.entry(first).or_default().push(*member),
            }
        }
        placed.extend(inside.values().chain(across.values()).flatten());
        let mut tiers = Vec::new();
        for (key, row) in rows {
            let mut cells = vec![Vec::new(); zones.len()];
            for (column, name) in zones.iter().enumerate() {
                let here: Vec<usize> = row.iter().copied().filter(|s| zone(&self.resources, *s) == *name).collect();
                let frames: Vec<Vec<usize>> = if here.len() > SUBNETS { vec![here] } else { here.into_iter().map(|s| vec![s]).collect() };
                for frame in frames {
                    let within = frame.iter().flat_map(|s| inside.remove(s).unwrap_or_default()).collect();
                    let item = self.subnet(&key, &frame);
                    cells[column].push(Subnet { item, items: self.items(within, ALIKE) });
                }
            }
            let across = row.iter().flat_map(|s| across.remove(s).unwrap_or_default()).collect();
            tiers.push(Tier { name: key.name, why: key.why, cells, across: self.items(across, ALIKE) });
        }
        (zones, tiers)
    }

    /// A name and the range of addresses.
    fn with_range(&self, i: usize, name: String) -> String {
        let range = self.resources.text(i, "cidr_block").or_else(|| self.resources.text(i, "ipv6_cidr_block"));
        range.map_or_else(|| name.clone(), |range| format!("{name} {range}").trim().to_string())
    }

    /// A subnet is known by its tier and range; its zone is its column.
    fn subnet(&mut self, tier: &TierKey, members: &[usize]) -> ItemId {
        let id = self.item(members);
        if let [only] = members {
            let named = self.with_range(*only, String::new());
            let item = &mut self.architecture.items[id];
            item.title = format!("{} subnet", kinds::capital(&tier.name));
            if !named.is_empty() {
                item.name = named;
            }
        }
        id
    }

    /// Groups by service, with many of a type as one.
    fn groups(&mut self, members: Vec<usize>) -> Vec<Group> {
        let mut by_service: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for member in members {
            by_service.entry(kinds::of(self.resources.type_name(member)).service).or_default().push(member);
        }
        by_service.into_iter().map(|(title, members)| Group { title: title.to_string(), items: self.items(members, ALIKE) }).collect()
    }

    /// A box for each, or one for all of a type where there are many.
    fn items(&mut self, members: Vec<usize>, alike: usize) -> Vec<ItemId> {
        let mut by_type: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for member in members {
            by_type.entry(self.resources.type_name(member)).or_default().push(member);
        }
        let mut items = Vec::new();
        for (type_name, members) in by_type {
            // Each security group is an end of arrows.
            let limit = if type_name == "aws_security_group" { alike * 4 } else { alike };
            if members.len() > limit {
                items.push(self.item(&members));
            } else {
                items.extend(members.into_iter().map(|m| self.item(&[m])));
            }
        }
        items
    }

    fn item(&mut self, members: &[usize]) -> ItemId {
        let type_name = members.first().map_or("", |m| self.resources.type_name(*m));
        let kind = kinds::of(type_name);
        let parts: Vec<usize> = members.iter().filter_map(|m| self.parts.get(m)).flatten().copied().collect();
        let tally = |of: &[usize]| self.resources.tally(&self.architecture.drifted, of.iter().copied());
        let (own, part_tally) = (tally(members), tally(&parts));
        let (title, name) = match members {
            [only] => (kinds::noun(type_name), self.resources.label(*only)),
            _ => (format!("{} ×{}", kinds::plural(type_name), members.len()), own.mixture()),
        };
        self.architecture.items.push(Item {
            letters: kind.letters,
            family: kind.family,
            title,
            name,
            resources: members.to_vec(),
            effect: own.common(),
            drifted: own.drifted + part_tally.drifted > 0,
            part_tally,
            parts,
        });
        self.architecture.items.len() - 1
    }
}
