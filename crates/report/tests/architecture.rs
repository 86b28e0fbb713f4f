//! The architecture of a plan: everything has one place, and the places are those that people draw.
#![allow(missing_docs)]

mod support;

use cairn_engine::Action;
use cairn_engine::saved::{SavedChange, SavedPlan};
use cairn_report::architecture::{Architecture, Effect, End, Item, ItemId, Vpc, architecture};
use cairn_report::drawing::{self, Scene, Shape};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use support::{again, golden, recorded, situations};

/// A resource that is there, or one that is to be made when its value has no id.
fn resource(address: &str, value: Json) -> SavedChange {
    let like = recorded("no-op").changes.into_iter().next().unwrap();
    let block = address.rsplit_once('[').map_or(address, |(block, _)| block);
    let (type_name, name) = block.rsplit_once('.').unwrap();
    let key = address.rsplit_once('[').map(|(_, key)| json!(key.trim_matches(|c| "[]\"".contains(c))));
    let there = value.get("id").is_some();
    SavedChange {
        address: address.to_string(),
        type_name: type_name.to_string(),
        name: name.to_string(),
        index: key,
        action: if there { Action::NoOp } else { Action::Create },
        id: value.get("id").and_then(Json::as_str).map(str::to_string),
        before: if there { value.clone() } else { Json::Null },
        after: value,
        after_unknown: if there { json!({}) } else { json!({ "id": true }) },
        depends_on: Vec::new(),
        ..like
    }
}

fn plan(changes: Vec<SavedChange>) -> SavedPlan {
    SavedPlan { changes, data: Vec::new(), references: BTreeMap::new(), ..recorded("no-op") }
}

/// Two zones, three tiers, a load balancer, nodes, a database, and the rules between them.
fn three_tiers() -> SavedPlan {
    let subnet = |tier: &str, zone: &str, n: u8| {
        let value = json!({
            "id": format!("subnet-{tier}-{zone}"), "vpc_id": "vpc-1", "cidr_block": format!("10.0.{n}.0/24"),
            "availability_zone": format!("eu-west-1{zone}"), "tags": { "Name": format!("shop-{tier}-{zone}") },
        });
        resource(&format!("aws_subnet.{tier}[\"{zone}\"]"), value)
    };
    let group = |name: &str| {
        resource(&format!("aws_security_group.{name}"), json!({ "id": format!("sg-{name}"), "name": name, "vpc_id": "vpc-1" }))
    };
    let rule = |name: &str, value: Json| {
        let mut all = json!({ "id": format!("sgr-{name}"), "ip_protocol": "tcp" });
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        resource(&format!("aws_vpc_security_group_ingress_rule.{name}"), all)
    };
    let mut changes = vec![
        resource("aws_vpc.main", json!({ "id": "vpc-1", "cidr_block": "10.0.0.0/16", "tags": { "Name": "shop" } })),
        resource("aws_internet_gateway.main", json!({ "id": "igw-1", "vpc_id": "vpc-1" })),
        resource("aws_nat_gateway.main", json!({ "id": "nat-1", "subnet_id": "subnet-public-a", "allocation_id": "eip-1" })),
        resource("aws_eip.nat", json!({ "id": "eip-1" })),
        resource("aws_lb.main", json!({ "id": "lb-1", "subnets": ["subnet-public-a", "subnet-public-b"], "security_groups": ["sg-lb"] })),
        resource("aws_lb_listener.main", json!({ "id": "listener-1", "load_balancer_arn": "lb-1" })),
        resource("aws_launch_template.app", json!({ "id": "lt-1", "vpc_security_group_ids": ["sg-app"] })),
        resource(
            "aws_autoscaling_group.app",
            json!({ "id": "app", "vpc_zone_identifier": ["subnet-app-a", "subnet-app-b"], "launch_template": [{ "id": "lt-1" }] }),
        ),
        resource("aws_db_subnet_group.main", json!({ "id": "db", "subnet_ids": ["subnet-db-a", "subnet-db-b"] })),
        resource("aws_db_instance.main", json!({ "id": "db-1", "db_subnet_group_name": "db", "vpc_security_group_ids": ["sg-db"] })),
        group("lb"),
        group("app"),
        group("db"),
        rule("web", json!({ "security_group_id": "sg-lb", "cidr_ipv4": "0.0.0.0/0", "from_port": 443, "to_port": 443 })),
        rule("app", json!({ "security_group_id": "sg-app", "referenced_security_group_id": "sg-lb", "from_port": 8080, "to_port": 8080 })),
        rule("db", json!({ "security_group_id": "sg-db", "referenced_security_group_id": "sg-app", "from_port": 5432, "to_port": 5432 })),
        resource("aws_s3_bucket.files", json!({ "id": "files", "bucket": "files" })),
        resource("aws_s3_bucket_versioning.files", json!({ "id": "files", "bucket": "files" })),
        resource("aws_iam_role.app", json!({ "id": "app", "name": "app" })),
        resource("aws_unheard_of.thing", json!({ "id": "thing" })),
    ];
    for (n, tier) in (0u8..).zip(["public", "app", "db"]) {
        changes.extend([subnet(tier, "a", n * 2), subnet(tier, "b", n * 2 + 1)]);
    }
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    plan(changes)
}

/// Several networks, none of them of the plan, and several regions.
fn scattered() -> SavedPlan {
    let changes = (0..40).map(|n| {
        let provider = if n % 2 == 0 { "aws" } else { "aws.far" };
        let zone = if n % 2 == 0 { "eu-west-1a" } else { "us-west-2b" };
        let value = json!({ "id": format!("subnet-{n}"), "vpc_id": format!("vpc-{}", n % 5), "availability_zone": zone });
        SavedChange { provider: provider.to_string(), ..resource(&format!("aws_subnet.main[{n}]"), value) }
    });
    plan(changes.collect())
}

fn all() -> Vec<(&'static str, SavedPlan)> {
    let mut all: Vec<_> = situations().into_iter().map(|(name, plan, _)| (name, plan)).collect();
    all.extend([("three tiers", three_tiers()), ("scattered", scattered()), ("nothing at all", plan(Vec::new()))]);
    all
}

fn of_vpc(vpc: &Vpc) -> Vec<ItemId> {
    let cells = vpc.tiers.iter().flat_map(|t| &t.cells).flatten();
    let inside = cells.flat_map(|s| std::iter::once(s.item).chain(s.items.iter().copied()));
    let across = vpc.tiers.iter().flat_map(|t| t.across.iter().copied());
    let groups = vpc.groups.iter().flat_map(|g| g.items.iter().copied());
    let border = vpc.item.into_iter().chain(vpc.gateways.iter().copied()).chain(vpc.outside.iter().copied());
    border.chain(inside).chain(across).chain(groups).collect()
}

fn placed(architecture: &Architecture) -> Vec<ItemId> {
    let vpcs = architecture.regions.iter().flat_map(|r| &r.vpcs).flat_map(of_vpc);
    let groups = architecture.regions.iter().flat_map(|r| &r.groups).chain(&architecture.global);
    vpcs.chain(groups.flat_map(|g| g.items.iter().copied())).collect()
}

#[test]
fn every_resource_has_one_place() {
    for (name, plan) in all() {
        let architecture = architecture(&plan);
        let mut items = placed(&architecture);
        items.sort_unstable();
        assert_eq!(items, (0..architecture.items.len()).collect::<Vec<_>>(), "{name}: every box has one place");
        let mut resources: Vec<usize> = architecture.items.iter().flat_map(Item::all).collect();
        resources.sort_unstable();
        assert_eq!(resources, (0..plan.changes.len()).collect::<Vec<_>>(), "{name}: every resource is in one box");
    }
}

#[test]
fn nothing_is_drawn_over_another() {
    for (name, plan) in all() {
        let architecture = architecture(&plan);
        let scene = drawing::lay_out(&architecture);
        let boxes: Vec<_> = scene.boxes.iter().filter(|b| b.shape != Shape::Heading).collect();
        assert_eq!(scene.boxes.len(), architecture.items.len(), "{name}: every box is drawn once");
        for (n, a) in boxes.iter().enumerate() {
            assert!(a.rect.x >= 0 && a.rect.right() <= scene.width && a.rect.bottom() <= scene.height, "{name}: {a:?} is outside");
            for b in &boxes[n + 1..] {
                assert!(!a.rect.overlaps(&b.rect), "{name}: {a:?} and {b:?}");
            }
        }
        shared_lanes(name, &scene);
    }
}

/// Two arrows in one lane do not run on top of each other.
fn shared_lanes(name: &str, scene: &Scene) {
    let spans: Vec<(i32, i32, i32)> = scene
        .arrows
        .iter()
        .map(|a| {
            let ys = || a.from.iter().chain(&a.to).map(|p| p.y);
            (a.lane, ys().min().unwrap(), ys().max().unwrap())
        })
        .collect();
    for (n, (lane, top, bottom)) in spans.iter().enumerate() {
        for (other, above, below) in &spans[n + 1..] {
            assert!(lane != other || bottom < above || below < top, "{name}: two arrows at {lane}");
        }
    }
}

#[test]
fn the_same_plan_gives_the_same_drawing() {
    for (name, plan) in all() {
        let draw = |plan: &SavedPlan| {
            let architecture = architecture(plan);
            drawing::alone(&drawing::lay_out(&architecture), &architecture, &plan.stack)
        };
        assert_eq!(draw(&plan), draw(&plan), "{name}");
        assert_eq!(draw(&plan), draw(&again(&plan)), "{name}");
    }
    let architecture = architecture(&three_tiers());
    golden("three-tiers.svg", &drawing::alone(&drawing::lay_out(&architecture), &architecture, "shop/default"));
}

#[test]
fn places_are_those_that_people_draw() {
    let plan = three_tiers();
    let architecture = architecture(&plan);
    let [region] = &architecture.regions[..] else { panic!("one region") };
    assert_eq!(region.name, "eu-west-1");
    let [vpc] = &region.vpcs[..] else { panic!("one network") };
    let first = |id: ItemId| plan.changes[architecture.items[id].resources[0]].address.as_str();
    let names = |ids: &[ItemId]| ids.iter().map(|id| first(*id)).collect::<Vec<_>>();
    assert_eq!(vpc.zones, ["eu-west-1a", "eu-west-1b"]);
    assert_eq!(names(&vpc.gateways), ["aws_internet_gateway.main"]);
    let tiers: Vec<_> = vpc.tiers.iter().map(|t| (t.name.as_str(), names(&t.across))).collect();
    assert_eq!(tiers, [("public", vec!["aws_lb.main"]), ("app", vec!["aws_autoscaling_group.app"]), ("db", vec!["aws_db_instance.main"])]);
    assert_eq!(names(&vpc.tiers[0].cells[0][0].items), ["aws_nat_gateway.main"]);
    assert!(vpc.tiers[0].cells[1][0].items.is_empty());
    let parts = |address: &str| {
        let item = architecture.items.iter().find(|i| plan.changes[i.resources[0]].address == address).unwrap();
        item.parts.iter().map(|p| plan.changes[*p].address.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(parts("aws_nat_gateway.main"), ["aws_eip.nat"]);
    assert_eq!(parts("aws_lb.main"), ["aws_lb_listener.main"]);
    assert_eq!(parts("aws_autoscaling_group.app"), ["aws_launch_template.app"]);
    assert_eq!(parts("aws_db_instance.main"), ["aws_db_subnet_group.main"]);
    assert_eq!(parts("aws_s3_bucket.files"), ["aws_s3_bucket_versioning.files"]);
    let services: Vec<_> = region.groups.iter().map(|g| g.title.as_str()).collect();
    assert_eq!(services, ["Other", "S3"]);
    assert_eq!(architecture.global.iter().map(|g| g.title.as_str()).collect::<Vec<_>>(), ["IAM"]);
}

#[test]
fn traffic_follows_the_rules() {
    let plan = three_tiers();
    let architecture = architecture(&plan);
    let vpc = &architecture.regions[0].vpcs[0];
    let end = |end: &End| match end {
        End::Network(n) => vpc.networks[*n].as_str(),
        End::Item(i) => plan.changes[architecture.items[*i].resources[0]].type_name.as_str(),
    };
    let mut arrows: Vec<_> = vpc.traffic.iter().map(|t| (end(&t.from[0]), end(&t.to[0]), t.ports.join(", "), t.effect)).collect();
    arrows.sort_unstable_by_key(|a| a.2.clone());
    let same = Effect::Unchanged;
    assert_eq!(
        arrows,
        [
            ("Internet", "aws_lb", "443".to_string(), same),
            ("aws_autoscaling_group", "aws_db_instance", "5432".to_string(), same),
            ("aws_lb", "aws_autoscaling_group", "8080".to_string(), same),
        ]
    );
}

#[test]
fn what_is_not_made_yet_is_placed_by_its_references() {
    let mut plan = three_tiers();
    let lb = plan.changes.iter().position(|c| c.address == "aws_lb.main").unwrap();
    plan.changes[lb] = SavedChange {
        depends_on: plan.changes.iter().filter(|c| c.type_name == "aws_subnet").map(|c| c.address.clone()).collect(),
        after_unknown: json!({ "id": true, "subnets": [true, true] }),
        ..resource("aws_lb.main", json!({ "name": "shop" }))
    };
    let named = ["aws_subnet.public[\"a\"]", "aws_subnet.public[\"b\"]"].map(str::to_string).to_vec();
    plan.references = BTreeMap::from([("aws_lb.main".to_string(), BTreeMap::from([("subnets".to_string(), named)]))]);
    let architecture = architecture(&plan);
    let tier = &architecture.regions[0].vpcs[0].tiers[0];
    let across: Vec<_> = tier.across.iter().map(|i| architecture.items[*i].effect).collect();
    assert_eq!((tier.name.as_str(), across), ("public", vec![Effect::Create]));
}

#[test]
fn routes_tell_a_tier_where_names_do_not() {
    let subnet = |n: u8| {
        let value = json!({ "id": format!("s{n}"), "vpc_id": "vpc-1", "availability_zone": "eu-west-1a" });
        resource(&format!("aws_subnet.net{n}"), value)
    };
    let table = |n: u8| resource(&format!("aws_route_table.t{n}"), json!({ "id": format!("t{n}"), "vpc_id": "vpc-1" }));
    let joined = |n: u8| {
        let value = json!({ "id": format!("a{n}"), "subnet_id": format!("s{n}"), "route_table_id": format!("t{n}") });
        resource(&format!("aws_route_table_association.a{n}"), value)
    };
    let route = |n: u8, by: &str, to: &str| {
        resource(&format!("aws_route.r{n}"), json!({ "id": format!("r{n}"), "route_table_id": format!("t{n}"), by: to }))
    };
    let mut changes: Vec<_> = (1..=3).flat_map(|n| [subnet(n), table(n), joined(n)]).collect();
    changes.extend([
        route(1, "gateway_id", "igw-1"),
        route(2, "nat_gateway_id", "nat-1"),
        resource("aws_vpc.main", json!({ "id": "vpc-1" })),
        resource("aws_internet_gateway.main", json!({ "id": "igw-1", "vpc_id": "vpc-1" })),
        resource("aws_nat_gateway.main", json!({ "id": "nat-1", "subnet_id": "s1" })),
    ]);
    let architecture = architecture(&plan(changes));
    let tiers: Vec<_> = architecture.regions[0].vpcs[0].tiers.iter().map(|t| (t.name.as_str(), t.why)).collect();
    let why = "by where their routes lead";
    assert_eq!(tiers, [("public", why), ("private", why), ("isolated", why)]);
}

#[test]
fn many_of_a_kind_are_one_box() {
    let architecture = architecture(&support::thousand());
    assert!(architecture.items.len() < 40, "{}", architecture.items.len());
    let widest = architecture.items.iter().max_by_key(|i| i.resources.len()).unwrap();
    assert!(widest.title.contains(&format!("×{}", widest.resources.len())), "{}", widest.title);
}
