//! Where a subnet stands: in which zone and in which tier.

use super::resources::Resources;
use std::collections::HashMap;

/// What routes say of a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Internet,
    Outwards,
    Nowhere,
}

/// The tier of a subnet. Tiers are drawn in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TierKey {
    rank: u8,
    /// Its name.
    pub name: String,
    /// How it was recognised.
    pub why: &'static str,
}

/// What the words in a name or tag say of a tier, from the outside inwards.
const WORDS: &[(u8, &[&str])] = &[
    (0, &["public", "dmz", "edge", "ingress", "external", "lb", "alb"]),
    (1, &["web", "frontend"]),
    (2, &["app", "application", "private", "compute", "backend", "nodes", "services", "egress", "internal"]),
    (3, &["cache"]),
    (4, &["data", "db", "database", "databases", "rds", "isolated", "intra", "storage"]),
];

/// The tier of each subnet of the plan: by its tag `Tier`, or a word in its name, or where its routes lead.
pub fn tiers(resources: &Resources) -> HashMap<usize, TierKey> {
    let reach = reach(resources);
    let tier = |i: usize| {
        let reach = reach.get(&i).copied();
        if let Some(tag) = resources.tag(i, "tier") {
            let rank = rank_of(tag).map_or_else(|| rank_of_reach(reach), |(rank, _)| rank);
            return TierKey { rank, name: tag.to_lowercase(), why: "by their tag Tier" };
        }
        let change = resources.change(i);
        let names = [resources.tag(i, "Name").unwrap_or_default().to_string(), change.name.clone(), super::local_name(change)];
        if let Some((rank, word)) = names.iter().find_map(|n| rank_of(n)) {
            return TierKey { rank, name: word.to_string(), why: "by their names" };
        }
        let open = resources.value(i, "map_public_ip_on_launch").and_then(serde_json::Value::as_bool) == Some(true);
        let name = match reach {
            Some(Reach::Internet) => "public",
            Some(Reach::Outwards) => "private",
            Some(Reach::Nowhere) => "isolated",
            None if open => return TierKey { rank: 0, name: "public".into(), why: "they give public addresses" },
            None => return TierKey { rank: 2, name: "subnets".into(), why: "nothing tells their tier" },
        };
        TierKey { rank: rank_of_reach(reach), name: name.into(), why: "by where their routes lead" }
    };
    resources.of_type("aws_subnet").iter().map(|i| (*i, tier(*i))).collect()
}

fn rank_of(text: &str) -> Option<(u8, &'static str)> {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphabetic())
        .find_map(|word| WORDS.iter().find_map(|(rank, words)| words.iter().find(|w| **w == word).map(|w| (*rank, *w))))
}

fn rank_of_reach(reach: Option<Reach>) -> u8 {
    match reach {
        Some(Reach::Internet) => 0,
        Some(Reach::Nowhere) => 4,
        Some(Reach::Outwards) | None => 2,
    }
}

/// Where the route tables of the plan lead the subnets that are associated with them.
fn reach(resources: &Resources) -> HashMap<usize, Reach> {
    let mut of_table: HashMap<usize, Reach> = resources.of_type("aws_route_table").iter().map(|t| (*t, Reach::Nowhere)).collect();
    for table in resources.of_type("aws_route_table") {
        let inline = leads(resources, *table, &["route"]);
        note(&mut of_table, *table, inline);
    }
    for route in resources.of_type("aws_route") {
        for table in resources.named(*route, &["route_table_id"], &["aws_route_table"]) {
            let found = leads(resources, *route, &["gateway_id", "nat_gateway_id", "egress_only_gateway_id", "transit_gateway_id"]);
            note(&mut of_table, table, found);
        }
    }
    let mut found = HashMap::new();
    for association in resources.of_type("aws_route_table_association") {
        let tables = resources.named(*association, &["route_table_id"], &["aws_route_table"]);
        for subnet in resources.named(*association, &["subnet_id"], &["aws_subnet"]) {
            if let Some(reach) = tables.first().and_then(|t| of_table.get(t)) {
                found.insert(subnet, *reach);
            }
        }
    }
    found
}

fn note(of_table: &mut HashMap<usize, Reach>, table: usize, reach: Reach) {
    if let Some(known) = of_table.get_mut(&table) {
        *known = (*known).min(reach);
    }
}

fn leads(resources: &Resources, i: usize, arguments: &[&str]) -> Reach {
    if !resources.named(i, arguments, &["aws_internet_gateway"]).is_empty() {
        return Reach::Internet;
    }
    let outwards = ["aws_nat_gateway", "aws_egress_only_internet_gateway", "aws_ec2_transit_gateway", "aws_vpn_gateway"];
    if resources.named(i, arguments, &outwards).is_empty() { Reach::Nowhere } else { Reach::Outwards }
}

/// The zone of a subnet.
pub fn zone(resources: &Resources, subnet: usize) -> String {
    let zone = ["availability_zone", "availability_zone_id"].into_iter().find_map(|n| resources.text(subnet, n));
    zone.unwrap_or("any zone").to_string()
}
