//! What a plan says.
#![allow(missing_docs)]

mod support;

use cairn_engine::*;
use cairn_model::*;
use support::types::{BOX, NET, ROUTE, Types};
use support::*;

fn with_arg(mut config: Config, address: &str, name: &'static str, value: impl Into<Value>) -> Config {
    let decl = config.decls.iter_mut().find(|d| d.address == at(address)).unwrap();
    decl.args.retain(|(n, _)| *n != name);
    decl.args.push((name, lit(value)));
    config
}

fn applied() -> (std::sync::Arc<support::world::World>, Config) {
    let world = world();
    let config = small();
    converge(&world, &config);
    (world, config)
}

#[test]
fn a_first_plan_creates_and_knows_what_it_can() {
    let plan = planned(&world(), &small());
    assert_eq!(
        actions(&plan),
        [("t_box.b".into(), Action::Create), ("t_net.a".into(), Action::Create), ("t_route.r".into(), Action::Create)]
    );
    let net = &plan.change(&at("t_net.a")).unwrap().after;
    assert_eq!(net.get("dns"), Some(&Value::bool(true)));
    assert!(net.get("id").unwrap().is_unknown() && net.get("arn").unwrap().is_unknown());
    assert_eq!(plan.counts(), plan::Counts { add: 3, change: 0, destroy: 0 });
}

#[test]
fn law_5_the_same_inputs_give_the_same_plan() {
    let (world, config) = applied();
    world.edit("t_net", "net-1", "dns", Value::bool(false));
    let text = |p: &Plan| save(p, &PlanMeta::default()).to_string();
    assert_eq!(text(&planned(&world, &config)), text(&planned(&world, &config)));
}

#[test]
fn law_8_a_second_plan_is_empty() {
    let (world, config) = applied();
    assert_empty(&planned(&world, &config));
}

#[test]
fn an_update_changes_in_place_and_what_follows_is_unknown() {
    let (world, config) = applied();
    let config = with_arg(config, "t_net.a", "dns", false);
    let plan = planned(&world, &config);
    assert_eq!(actions(&plan), [("t_net.a".into(), Action::Update)]);
    let change = plan.change(&at("t_net.a")).unwrap();
    assert!(change.after.get("version").unwrap().is_unknown(), "volatile");
    let drift: Vec<_> = change.differences.iter().map(|d| (d.path.to_string(), d.drift)).collect();
    assert_eq!(drift, [("dns".to_string(), true), ("version".to_string(), false)]);
    converge(&world, &config);
}

#[test]
fn a_forced_replacement_takes_its_parts_along() {
    let (world, config) = applied();
    let config = with_arg(config, "t_net.a", "cidr", "10.1.0.0/16");
    let plan = planned(&world, &config);
    let replace = Action::DeleteThenCreate;
    assert_eq!(actions(&plan), [("t_box.b".into(), replace), ("t_net.a".into(), replace), ("t_route.r".into(), replace)]);
    let route = plan.change(&at("t_route.r")).unwrap();
    assert_eq!(route.reason, Some(Reason::ReplaceBecauseCannotUpdate));
    assert!(route.after.get("id").unwrap().is_unknown());
    assert!(drift(&plan).iter().all(|f| f.address == at("t_net.a")), "the others only follow");
    converge(&world, &config);
}

#[test]
fn law_10_two_with_one_mark_stop_the_run() {
    let (world, config) = applied();
    world.put(&NET, "net-9", mark("t_net.a"), &[("cidr", "10.0.0.0/16".into())]);
    let said = refused(&world, &config);
    assert!(said.contains("net-1") && said.contains("net-9"), "{said}");
}

#[test]
fn law_10_two_declarations_of_one_thing_stop_the_run() {
    let config = Config::new(vec![decl("t_box.a", &[("name", lit("x"))]), decl("t_box.b", &[("name", lit("x"))])]);
    let said = refused(&world(), &config);
    assert!(said.contains("t_box.a") && said.contains("t_box.b"), "{said}");
}

#[test]
fn law_11_a_name_that_is_taken_is_never_adopted() {
    let world = world();
    world.put(&BOX, "b", None, &[("name", "b".into())]);
    let said = refused(&world, &small());
    assert!(said.contains("b exists already and carries no mark of this stack"), "{said}");
    let other = Mark { stack: "other/prod".into(), ..mark("t_box.b").unwrap() };
    world.put(&BOX, "b", Some(other), &[("name", "b".into())]);
    assert!(refused(&world, &small()).contains("other/prod"));
}

#[test]
fn law_11_a_part_of_what_is_not_ours_is_refused() {
    let config = Config::new(vec![decl("t_route.r", &[("net_id", lit("net-77")), ("dest", lit("0.0.0.0/0")), ("target", lit("x"))])]);
    let said = refused(&world(), &config);
    assert!(said.contains("a part of something the stack doesn't own") && said.contains("net-77"), "{said}");
}

#[test]
fn law_11_what_is_not_ours_is_not_in_the_plan() {
    let (world, config) = applied();
    world.put(&NET, "net-8", None, &[("cidr", "10.8.0.0/16".into())]);
    assert_empty(&planned(&world, &config));
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    assert!(plan.changes.iter().all(|c| c.live.as_ref().unwrap().id != "net-8"));
}

#[test]
fn orphans_go_with_their_reason() {
    let world = world();
    let node = |a: &str| decl(a, &[]);
    let all = ["t_node.plain", "t_node.c[0]", "t_node.c[1]", "t_node.e[\"x\"]", "t_node.e[\"y\"]", "module.m.t_node.in"];
    converge(&world, &Config::new(all.iter().map(|a| node(a)).collect()));
    let plan = planned(&world, &Config::new(vec![node("t_node.c[0]"), node("t_node.e[\"x\"]")]));
    let reasons: Vec<_> = plan.changes.iter().filter_map(|c| Some((c.address.to_string(), c.reason?))).collect();
    assert_eq!(
        reasons,
        [
            ("t_node.c[1]".to_string(), Reason::DeleteBecauseCountIndex),
            ("t_node.e[\"y\"]".to_string(), Reason::DeleteBecauseEachKey),
            ("t_node.plain".to_string(), Reason::DeleteBecauseNoResourceConfig),
            ("module.m.t_node.in".to_string(), Reason::DeleteBecauseNoModule),
        ]
    );
}

#[test]
fn strays_are_found_unless_the_whole_lists_them() {
    let (world, config) = applied();
    world.put(&ROUTE, "net-1_10.9.0.0/16", None, &[("net_id", "net-1".into()), ("dest", "10.9.0.0/16".into()), ("target", "hand".into())]);
    let plan = planned(&world, &config);
    assert_eq!(actions(&plan), [("t_route.net-1_10_9_0_0_16".into(), Action::Delete)]);
    assert_eq!(plan.changes.iter().find(|c| c.action == Action::Delete).unwrap().reason, Some(Reason::DeleteBecauseStray));
    assert_eq!(drift(&plan).first().map(|f| f.kind.clone()), Some(FindingKind::Stray));
    let route = |d: &str, t: &str| Value::object_of([("dest", Value::from(d)), ("target", t.into())]);
    let mut inline = with_arg(config, "t_net.a", "route", Value::set(vec![route("0.0.0.0/0", "igw"), route("10.9.0.0/16", "hand")]));
    inline.decls.retain(|d| d.address != at("t_route.r"));
    assert_empty(&planned(&world, &inline));
}

#[test]
fn tags_and_default_tags() {
    let world = world();
    world.with(|s| s.defaults = [("env".to_string(), Value::from("dev"))].into());
    let net =
        |tags: Vec<(&'static str, Expr)>| Config::new(vec![decl("t_net.a", &[("cidr", lit("10.0.0.0/16")), ("tags", Expr::Tags(tags))])]);
    let config = net(vec![("Name", lit("a"))]);
    converge(&world, &config);
    let live = |w: &support::world::World| w.with(|s| s.things[&("t_net", "net-1".to_string())].value.get("tags_all").unwrap().clone());
    assert_eq!(live(&world).entries().unwrap().len(), 2);
    let mut by_hand = live(&world).entries().unwrap().clone();
    by_hand.insert("Name".into(), "hand".into());
    by_hand.insert("Extra".into(), "hand".into());
    by_hand.insert("env".into(), "hand".into());
    world.edit("t_net", "net-1", "tags_all", Value::map(by_hand));
    let plan = planned(&world, &config);
    assert_eq!(paths(&plan, "t_net.a"), ["version", "tags.Extra", "tags.Name", "tags_all.env"]);
    converge(&world, &config);
    // The default set on the resource as well, and a tag taken away with null.
    converge(&world, &net(vec![("env", lit("dev")), ("Name", lit(Value::null()))]));
    converge(&world, &net(vec![]));
}

#[test]
fn ignored_changes_stay() {
    let (world, config) = applied();
    world.edit("t_net", "net-1", "dns", Value::bool(false));
    world.edit("t_net", "net-1", "tags_all", Value::map([("x".to_string(), Value::from("1"))].into()));
    let ignoring = |paths: Vec<Path>| {
        let mut config = config.clone();
        config.decls[0].lifecycle.ignore_changes = paths;
        config
    };
    assert_empty(&planned(&world, &ignoring(vec![Path::name("dns"), Path::name("tags")])));
    assert_empty(&planned(&world, &ignoring(vec![Path::name("dns"), Path::name("tags").join("x")])));
    assert_eq!(paths(&planned(&world, &ignoring(vec![Path::name("tags")])), "t_net.a"), ["dns", "version"]);
    let mut all = config.clone();
    all.decls[0].lifecycle.ignore_all_changes = true;
    assert_empty(&planned(&world, &all));
}

#[test]
fn blocks_sets_and_defaults_settle() {
    let world = world();
    let rule = |port: i64| Value::object_of([("port", Value::number(port)), ("proto", Value::null()), ("uid", Value::null())]);
    let disk = |gb: i64, kind: &str| {
        Value::object_of([("gb", Value::number(gb)), ("kind", kind.into()), ("key", "k3y".into()), ("once", "only".into())])
    };
    let config = |rules: Vec<Value>, disks: Vec<Value>| {
        Config::new(vec![decl(
            "t_box.b",
            &[
                ("name", lit("b")),
                ("rule", lit(Value::set(rules))),
                ("disk", lit(Value::list(disks))),
                ("policy", lit("{\"a\":[1,2]}")),
                ("note", lit("")),
                ("force_destroy", lit(true)),
            ],
        )])
    };
    converge(&world, &config(vec![rule(80), rule(443)], vec![disk(1, "x"), disk(2, "y")]));
    let plan = planned(&world, &config(vec![rule(443), rule(22)], vec![disk(1, "x"), disk(3, "y")]));
    assert_eq!(paths(&plan, "t_box.b"), ["rule", "disk[1].gb"]);
    let after = plan.change(&at("t_box.b")).unwrap().after.clone();
    assert!(after.get("disk").unwrap().elements().unwrap()[0].get("key").unwrap().is_sensitive());
    converge(&world, &config(vec![rule(443), rule(22)], vec![disk(1, "x"), disk(3, "y")]));
    let plan = planned(&world, &config(vec![rule(443), rule(22)], vec![disk(1, "z"), disk(3, "y")]));
    assert_eq!(actions(&plan), [("t_box.b".into(), Action::DeleteThenCreate)]);
    converge(&world, &config(vec![], vec![]));
}

#[test]
fn what_refers_to_a_policy_sees_the_configurations_text() {
    let world = world();
    let config = Config::new(vec![
        decl("t_box.a", &[("name", lit("a")), ("policy", lit("{\"a\":[1,2]}"))]),
        decl("t_box.b", &[("name", lit("b")), ("note", of("t_box.a", "policy"))]),
    ]);
    converge(&world, &config);
}

#[test]
fn null_and_empty_are_one() {
    let world = world();
    let config =
        |note: Value, refs: Value| Config::new(vec![decl("t_box.b", &[("name", lit("b")), ("note", lit(note)), ("refs", lit(refs))])]);
    converge(&world, &config("".into(), Value::set(vec![])));
    assert_empty(&planned(&world, &config(Value::null(), Value::null())));
    converge(&world, &config("x".into(), Value::set(vec!["r".into()])));
    assert_eq!(paths(&planned(&world, &config(Value::null(), Value::null())), "t_box.b"), ["note", "refs"]);
}

#[test]
fn law_12_no_secret_leaves_the_plan() {
    let world = world();
    let config = |secret: &str| {
        Config::new(vec![
            decl("t_box.a", &[("name", lit("a")), ("secret", lit(secret))]),
            decl("t_box.b", &[("name", lit("b")), ("note", lit(Value::from(secret).sensitive()))]),
            decl("t_box.c", &[("name", lit("c")), ("note", of("t_box.a", "secret"))]),
        ])
    };
    for secret in ["hunter2", "hunter3"] {
        let plan = planned(&world, &config(secret));
        let saved = SavedPlan::of(&plan, &PlanMeta::default());
        let json = terraform_json::terraform_json(&saved, &Types);
        for text in [
            save(&plan, &PlanMeta::default()).to_string(),
            json.to_string(),
            format!("{:?}", plan.changes.iter().map(|c| (&c.before, &c.after, &c.differences)).collect::<Vec<_>>()),
        ] {
            assert!(!text.contains("hunter"), "{text}");
        }
        converge(&world, &config(secret));
    }
    let before = SavedPlan::of(&planned(&world, &config("hunter4")), &PlanMeta::default());
    let after = SavedPlan::of(&planned(&world, &config("hunter5")), &PlanMeta::default());
    assert!(before.changes.iter().zip(&after.changes).all(|(a, b)| a.after_digest == b.after_digest), "no digest tells a secret");
}

#[test]
fn law_7_what_could_not_be_read_is_left_out() {
    let (world, config) = applied();
    world.with(|s| s.unchecked.push(Unchecked { type_name: "t_net".into(), provider: "aws".into(), reason: "denied".into() }));
    let plan = planned(&world, &with_arg(config, "t_box.b", "size", 2));
    assert!(plan.change(&at("t_net.a")).is_none());
    assert!(plan.is_empty(), "{:?}", actions(&plan));
    assert!(plan.unchecked.iter().any(|u| u.type_name == "t_net") && plan.unchecked.iter().any(|u| u.type_name == "t_route"));
    assert!(drift(&plan).is_empty());
}

#[test]
fn refusals_stand_at_the_argument() {
    let (world, config) = applied();
    converge(&world, &with_arg(config.clone(), "t_box.b", "size", 5));
    let said = refused(&world, &with_arg(config.clone(), "t_box.b", "size", 2));
    assert!(said.contains("a box can't shrink") && said.contains("main.tf:7:5"), "{said}");
    let renamed = with_arg(with_arg(config, "t_box.b", "size", 2), "t_box.b", "name", "c");
    assert_eq!(actions(&planned(&world, &renamed)), [("t_box.b".into(), Action::DeleteThenCreate)]);
}

#[test]
fn protection_refuses_destruction() {
    let (world, mut config) = applied();
    config.decls[0].lifecycle.prevent_destroy = true;
    assert!(refused(&world, &with_arg(config.clone(), "t_net.a", "cidr", "10.2.0.0/16")).contains("must not be destroyed"));
    let said = prepare_with(&world, &config, &destroying()).err().unwrap();
    assert!(said.contains("t_net.a must not be destroyed"), "{said}");
}

#[test]
fn triggers_are_refused() {
    let mut config = small();
    config.decls[0].lifecycle.replace_triggered_by.push(("t_box.b".into(), Value::null()));
    assert!(refused(&world(), &config).contains("not supported yet"));
}

#[test]
fn replacement_by_request() {
    let (world, config) = applied();
    let options = PlanOptions { replace: vec![at("t_box.b")], ..options() };
    let plan = prepare_with(&world, &config, &options).unwrap();
    assert_eq!(actions(&plan), [("t_box.b".into(), Action::DeleteThenCreate)]);
    assert_eq!(plan.change(&at("t_box.b")).unwrap().reason, Some(Reason::ReplaceByRequest));
}

#[test]
fn targets_take_what_they_depend_on_and_nothing_else() {
    let config = small();
    let options = PlanOptions { targets: vec!["t_route.r".parse().unwrap()], ..options() };
    let plan = prepare_with(&world(), &config, &options).unwrap();
    assert_eq!(actions(&plan), [("t_net.a".into(), Action::Create), ("t_route.r".into(), Action::Create)]);
    assert_eq!(plan.warnings.len(), 1);
    let (world, config) = applied();
    let destroy = PlanOptions { mode: PlanMode::Destroy, targets: vec!["t_net.a".parse().unwrap()], ..options };
    assert_eq!(actions(&prepare_with(&world, &config, &destroy).unwrap()).len(), 3, "what hangs on it goes too");
    let module: TargetAddress = "module.m".parse().unwrap();
    assert!(module.covers(&at("module.m[\"k\"].module.n.t_net.a")) && !module.covers(&at("t_net.a")));
    let block: TargetAddress = "t_net.a".parse().unwrap();
    assert!(block.covers(&at("t_net.a[3]")) && !block.covers(&at("t_net.b")));
}

#[test]
fn excludes_take_what_depends_on_them_and_nothing_else() {
    let config = small();
    let route: Vec<TargetAddress> = vec!["t_route.r".parse().unwrap()];
    let net: Vec<TargetAddress> = vec!["t_net.a".parse().unwrap()];
    let with = |excludes: &Vec<TargetAddress>| PlanOptions { excludes: excludes.clone(), ..options() };
    let plan = prepare_with(&world(), &config, &with(&route)).unwrap();
    assert_eq!(actions(&plan), [("t_box.b".into(), Action::Create), ("t_net.a".into(), Action::Create)]);
    assert_eq!(plan.warnings.len(), 1);
    assert_empty(&prepare_with(&world(), &config, &with(&net)).unwrap());
    let both = PlanOptions { targets: vec!["t_box.b".parse().unwrap()], ..with(&net) };
    assert_empty(&prepare_with(&world(), &config, &both).unwrap());
    let (world, config) = applied();
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..with(&route) };
    assert_eq!(actions(&prepare_with(&world, &config, &destroy).unwrap()), [("t_box.b".into(), Action::Delete)], "its network stays");
    let nothing = with(&vec!["t_net.zzz".parse().unwrap()]);
    assert!(
        prepare_with(&world, &config, &nothing).unwrap().warnings.iter().any(|w| w.summary.contains("-exclude=t_net.zzz names nothing"))
    );
}

#[test]
fn data_is_read_once_known_and_deferred_until_made() {
    let world = world();
    let mut config = small();
    config.decls.push(decl("data.t_lookup.static", &[("of", lit("x"))]));
    config.decls.push(decl("data.t_lookup.net", &[("of", of("t_net.a", "id"))]));
    config.decls.push(decl("data.t_lookup.after", &[("of", lit("y"))]).after("t_box.b"));
    config.decls.push(decl("t_box.d", &[("name", lit("d")), ("note", of("data.t_lookup.net", "found"))]));
    config.outputs.push(("found", of("data.t_lookup.net", "found")));
    let plan = planned(&world, &config);
    let deferred: Vec<_> = plan.data.iter().map(|d| (d.address.to_string(), d.deferred)).collect();
    assert_eq!(
        deferred,
        [("data.t_lookup.after".to_string(), true), ("data.t_lookup.net".to_string(), true), ("data.t_lookup.static".to_string(), false)]
    );
    let applied = converge(&world, &config);
    assert_eq!(applied.outputs["found"].value, "found-net-1".into());
    assert!(planned(&world, &config).data.iter().all(|d| !d.deferred));
}

#[test]
fn data_that_asks_nothing_waits_for_its_arguments_only() {
    let world = world();
    let mut config = small();
    config.decls.push(decl("data.t_text.known", &[("of", lit("x"))]).after("t_box.b"));
    config.decls.push(decl("data.t_text.name", &[("of", of("t_box.b", "name"))]));
    config.decls.push(decl("data.t_text.id", &[("of", of("t_box.b", "id"))]));
    let deferred: Vec<_> = planned(&world, &config).data.iter().map(|d| (d.address.to_string(), d.deferred)).collect();
    assert_eq!(
        deferred,
        [("data.t_text.id", true), ("data.t_text.known", false), ("data.t_text.name", false)].map(|(a, d)| (a.to_string(), d))
    );
    converge(&world, &config);
    assert!(planned(&world, &config).data.iter().all(|d| !d.deferred));
}

#[test]
fn a_data_source_that_fails_is_an_error_at_its_block() {
    let config = Config::new(vec![decl("data.t_lookup.no", &[("of", lit("nobody"))])]);
    let said = refused(&world(), &config);
    assert!(said.contains("main.tf") && said.contains("data.t_lookup.no") && said.contains("there is no such thing"), "{said}");
    assert!(prepare_with(&world(), &config, &destroying()).is_ok());
}

#[test]
fn terraform_data_is_pure() {
    let world = world();
    let mut config = small();
    config.decls.push(decl("terraform_data.t", &[("input", of("t_net.a", "arn")), ("triggers_replace", of("t_net.a", "id"))]));
    config.decls.push(decl("t_box.t", &[("name", lit("t")), ("note", of("terraform_data.t", "output"))]));
    converge(&world, &config);
    assert!(drift(&planned(&world, &config)).is_empty());
    assert_eq!(
        world.with(|s| s.things[&("t_box", "t".to_string())].value.get_str("note").map(str::to_string)),
        Some("arn:test:net-1".into())
    );
}

#[test]
fn drift_is_told_from_what_follows() {
    let (world, config) = applied();
    world.edit("t_box", "b", "size", Value::number(1));
    world.edit("t_box", "b", "note", "hand".into());
    world.with(|s| s.things.remove(&("t_route", "net-1_0.0.0.0/0".to_string())));
    let found = drift(&planned(&world, &config));
    assert_eq!(found.len(), 2);
    assert!(matches!(&found[0].kind, FindingKind::Changed(d) if d.len() == 1 && d[0].have == "hand".into()));
    assert_eq!((&found[1].address, &found[1].kind), (&at("t_route.r"), &FindingKind::Missing));
    let (world, config) = applied();
    world.with(|s| s.things.retain(|k, _| k.0 == "t_box"));
    let found = drift(&planned(&world, &config));
    assert_eq!(found.iter().map(|f| f.address.to_string()).collect::<Vec<_>>(), ["t_net.a"], "the route and the box only follow");
}

fn looked_at(world: &support::world::World, config: &Config) -> Vec<Finding> {
    drift(&prepare_with(world, config, &PlanOptions { mode: PlanMode::Drift, ..options() }).unwrap())
}

#[test]
fn drift_tells_two_with_one_mark() {
    let (world, config) = applied();
    world.put(&NET, "net-0", mark("t_net.a"), &[("cidr", "10.7.0.0/16".into())]);
    let found = looked_at(&world, &config);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].address.clone(), found[0].id.as_deref()), (at("t_net.a"), Some("net-1")), "the other differs more");
    assert_eq!(found[0].kind, FindingKind::Twice { others: vec!["net-0".into()], differences: vec![] });
}

#[test]
fn drift_tells_a_mark_that_was_taken_off_and_goes_on() {
    let (world, config) = applied();
    world.with(|s| s.things.get_mut(&("t_box", "b".to_string())).unwrap().mark = None);
    world.edit("t_box", "b", "note", "hand".into());
    let found = looked_at(&world, &config);
    assert_eq!(found.len(), 1, "{found:?}");
    let FindingKind::Unmarked { whose, differences } = &found[0].kind else { panic!("{:?}", found[0].kind) };
    assert_eq!((whose.as_str(), differences.len()), ("it carries no mark", 1));
}

#[test]
fn drift_tells_a_mark_on_a_foreign_resource() {
    let (world, config) = applied();
    world.put(&BOX, "hand", mark("t_net.a"), &[("name", "hand".into())]);
    let unreadable = Mark { address: "///".into(), ..mark("t_box.b").unwrap() };
    world.put(&BOX, "other", Some(unreadable), &[("name", "other".into())]);
    let found = looked_at(&world, &config);
    let told: Vec<_> = found.iter().map(|f| (f.id.as_deref().unwrap(), &f.kind)).collect();
    let kind = |mark: &str| FindingKind::Foreign { mark: mark.into() };
    assert_eq!(told, [("hand", &kind(&at("t_net.a").to_tag())), ("other", &kind("///"))]);
}

#[test]
fn drift_is_told_where_an_apply_would_be_refused() {
    let (world, mut config) = applied();
    let net = config.decls.iter_mut().find(|d| d.address == at("t_net.a")).unwrap();
    net.lifecycle.prevent_destroy = true;
    world.edit("t_net", "net-1", "cidr", "10.8.0.0/16".into());
    assert!(refused(&world, &config).contains("must not be destroyed"));
    let found = looked_at(&world, &config);
    assert_eq!(found.iter().map(|f| f.address.to_string()).collect::<Vec<_>>(), ["t_net.a"]);
}

#[test]
fn drift_is_told_where_aws_would_not_take_it_back() {
    let (world, config) = applied();
    let config = with_arg(config, "t_box.b", "size", 2);
    converge(&world, &config);
    world.edit("t_box", "b", "size", 9i64.into());
    assert!(refused(&world, &config).contains("can't shrink"));
    let found = looked_at(&world, &config);
    let [Finding { address, kind: FindingKind::Changed(differences), .. }] = found.as_slice() else { panic!("{found:?}") };
    let paths: Vec<String> = differences.iter().map(|d| d.path.to_string()).collect();
    assert_eq!((address.to_string(), paths), ("t_box.b".into(), vec!["size".into()]));
}

#[test]
fn refresh_only_says_and_does_nothing() {
    let (world, config) = applied();
    world.edit("t_box", "b", "note", "hand".into());
    let plan = prepare_with(&world, &config, &PlanOptions { mode: PlanMode::RefreshOnly, ..options() }).unwrap();
    assert!(plan.is_empty() && plan.refresh_only);
    assert_eq!(drift(&plan).len(), 1);
    apply_plan(&world, &config, &plan);
    assert_eq!(drift(&planned(&world, &config)).len(), 1);
}

/// A network with `n` boxes and `n` routes, made already.
fn large(n: usize) -> (std::sync::Arc<support::world::World>, Config) {
    let world = world();
    let mut decls = vec![decl("t_net.a", &[("cidr", lit("10.0.0.0/16"))])];
    for i in 0..n {
        decls.push(decl(&format!("t_box.b[{i}]"), &[("name", lit(format!("b{i}"))), ("net_id", of("t_net.a", "id"))]));
        decls.push(decl(
            &format!("t_route.r[{i}]"),
            &[("net_id", of("t_net.a", "id")), ("dest", lit(format!("d{i}"))), ("target", lit("x"))],
        ));
        let name = format!("b{i}");
        let values = [("name", name.clone().into()), ("net_id", "net-1".into()), ("size", 1.into())];
        world.put(&BOX, &name, mark(&format!("t_box.b[{i}]")), &values);
        let values = [("net_id", "net-1".into()), ("dest", format!("d{i}").into()), ("target", "x".into())];
        world.put(&ROUTE, &format!("net-1_d{i}"), None, &values);
    }
    world.put(&NET, "net-1", mark("t_net.a"), &[("cidr", "10.0.0.0/16".into()), ("dns", true.into())]);
    (world, Config::new(decls))
}

/// Allocations that an empty plan of it takes, and one that destroys what is left when the network is gone.
fn allocations(n: usize) -> u64 {
    let (world, config) = large(n);
    let mut snapshot = runtime().block_on(observe(&config, &*world, &options(), &support::world::Kept::default())).unwrap();
    let planned = |snapshot: &Snapshot, options: &PlanOptions| match plan(&config, &*world, snapshot, options).unwrap() {
        Planned::Plan(plan) => *plan,
        Planned::NeedsData(_) => panic!("there are no data sources"),
    };
    let empty = allocation_counter::measure(|| {
        let plan = planned(&snapshot, &options());
        assert_empty(&plan);
        critical_path(&plan, &*world).unwrap();
    });
    snapshot.live.retain(|l| l.schema.name != "t_net");
    let full = allocation_counter::measure(|| {
        let plan = planned(&snapshot, &destroying());
        assert_eq!(actions(&plan).len(), n, "routes of a network that is gone are nobody's");
        critical_path(&plan, &*world).unwrap();
    });
    empty.count_total + full.count_total
}

#[test]
fn what_planning_takes_grows_no_faster_than_the_stack() {
    let (small, large) = (allocations(100), allocations(1000));
    assert!(large < small * 11, "{small} allocations for 201 instances, {large} for 2001");
}

#[test]
fn what_aws_protects_is_refused_before_anything_is_destroyed() {
    let kept = |net: &str| decl("t_box.b", &[("name", lit("b")), ("note", lit("keep")), ("net_id", of(net, "id"))]);
    let nets = [decl("t_net.a", &[("cidr", lit("10.0.0.0/16"))]), decl("t_net.b", &[("cidr", lit("10.1.0.0/16"))])];
    let config = |b: Vec<Decl>| Config::new(nets.iter().cloned().chain(b).collect());
    let world = world();
    converge(&world, &config(vec![kept("t_net.a")]));
    let why = "t_box.b can't be destroyed";
    let said = prepare_with(&world, &config(vec![kept("t_net.a")]), &destroying()).expect_err("destroyed");
    assert!(said.contains(why) && said.contains("it is kept"), "{said}");
    assert!(refused(&world, &config(vec![kept("t_net.b")])).contains(why), "replaced");
    assert!(refused(&world, &config(vec![])).contains(why), "an orphan");
    let mut changed = kept("t_net.a");
    changed.args.push(("size", lit(3)));
    converge(&world, &config(vec![changed]));
}

#[test]
fn what_cannot_be_looked_up_does_not_keep_a_stack_from_being_destroyed() {
    let config = |of_: &str| {
        Config::new(vec![
            decl("data.t_lookup.d", &[("of", lit(of_))]),
            decl("t_box.b", &[("name", lit("b")), ("note", of("data.t_lookup.d", "found"))]),
        ])
    };
    let world = world();
    converge(&world, &config("x"));
    assert!(refused(&world, &config("nobody")).contains("there is no such thing"));
    let plan = prepare_with(&world, &config("nobody"), &destroying()).unwrap();
    assert_eq!(actions(&plan), [("t_box.b".to_string(), Action::Delete)]);
}

#[test]
fn a_change_says_what_it_interrupts_loses_and_how_long_it_takes() {
    let (world, config) = applied();
    let effects = |plan: &Plan, address: &str| {
        let effects = &plan.change(&at(address)).unwrap().impact.effects;
        effects.iter().map(|e| (e.does, e.what.clone())).collect::<Vec<_>>()
    };
    let off = planned(&world, &with_arg(config.clone(), "t_net.a", "dns", false));
    assert_eq!(effects(&off, "t_net.a"), [(Does::Interrupts, "names".into())]);
    assert_eq!(off.change(&at("t_net.a")).unwrap().impact.effects[0].arguments, ["dns"]);
    assert_eq!(off.change(&at("t_net.a")).unwrap().impact.seconds, 3);
    world.edit("t_net", "net-1", "dns", Value::bool(false));
    let on = planned(&world, &config);
    assert_eq!(actions(&on), [("t_net.a".into(), Action::Update)]);
    assert_eq!(effects(&on, "t_net.a"), [], "switching it on interrupts nothing");
    let all = prepare_with(&world, &config, &destroying()).unwrap();
    assert_eq!(effects(&all, "t_box.b"), [(Does::Loses, "what is in it".into())]);
    assert_eq!(effects(&all, "t_net.a"), [(Does::Interrupts, "everything in it".into())]);
    assert_eq!(all.critical_path.last().map(|leg| (leg.address.to_string(), leg.action)), Some(("t_net.a".into(), Action::Delete)));
}
