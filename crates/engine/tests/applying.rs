//! What an apply does, and refuses to do.
#![allow(missing_docs)]

mod support;

use cairn_engine::event::Event;
use cairn_engine::*;
use cairn_model::*;
use std::sync::Arc;
use support::types::{BOX, ROUTE};
use support::world::{Kept, Trouble, World};
use support::*;
use tokio::sync::watch;

fn node(address: &str, kind: &str, parent: Option<&str>) -> Decl {
    let mut args = vec![("kind", lit(kind))];
    if let Some(parent) = parent {
        args.push(("parent", of(parent, "id")));
    }
    decl(address, &args)
}

fn built(config: &Config) -> Arc<World> {
    let world = world();
    converge(&world, config);
    world.log();
    world.with(|s| s.calls = 0);
    world
}

fn failed(applied: &Applied) -> Vec<(String, String)> {
    applied.failed.iter().map(|(a, m)| (a.to_string(), m.clone())).collect()
}

#[test]
fn makes_in_order_and_destroys_in_the_opposite() {
    let config = small();
    let world = world();
    let applied = converge(&world, &config);
    assert_eq!((applied.added, applied.changed, applied.destroyed), (3, 0, 0));
    assert_eq!(world.log()[0], "create t_net.a");
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    let applied = apply_plan(&world, &config, &plan);
    assert_eq!(applied.destroyed, 3);
    assert_eq!(world.log().last().unwrap(), "delete net-1");
    assert!(world.ids().is_empty());
}

#[test]
fn destroy_then_create() {
    let world = built(&Config::new(vec![node("t_node.a", "x", None), node("t_node.b", "x", Some("t_node.a"))]));
    converge(&world, &Config::new(vec![node("t_node.a", "y", None), node("t_node.b", "x", Some("t_node.a"))]));
    assert_eq!(world.log(), ["delete node-2", "delete node-1", "create t_node.a", "create t_node.b"]);
}

#[test]
fn create_before_destroy_reaches_what_it_depends_on() {
    let config = |kind| Config::new(vec![node("t_node.a", kind, None), node("t_node.b", "x", Some("t_node.a")).before_destroy()]);
    let world = built(&config("x"));
    let plan = planned(&world, &config("y"));
    assert_eq!(actions(&plan), [("t_node.a".into(), Action::CreateThenDelete), ("t_node.b".into(), Action::CreateThenDelete)]);
    converge(&world, &config("y"));
    assert_eq!(world.log()[2..], ["create t_node.a", "create t_node.b", "delete node-2", "delete node-1"]);
}

#[test]
fn what_is_changed_stops_using_the_old_one_before_it_goes() {
    let config = |kind| {
        Config::new(vec![
            node("t_node.a", kind, None).before_destroy(),
            decl("t_node.b", &[("refs", Expr::Set(vec![of("t_node.a", "id")]))]),
        ])
    };
    let world = built(&config("x"));
    converge(&world, &config("y"));
    assert_eq!(world.log(), ["depose node-1", "create t_node.a", "update t_node.b", "delete node-1"]);
    // An orphan goes after what used it was changed.
    converge(&world, &Config::new(vec![decl("t_node.b", &[])]));
    assert_eq!(world.log(), ["update t_node.b", "delete node-3"]);
}

#[test]
fn a_stray_and_an_orphan_go() {
    let config = small();
    let world = built(&config);
    world.put(&ROUTE, "net-1_x", None, &[("net_id", "net-1".into()), ("dest", "x".into()), ("target", "hand".into())]);
    converge(&world, &Config::new(config.decls[..1].to_vec()));
    assert_eq!(world.ids(), ["net-1"]);
}

#[test]
fn a_name_is_free_before_it_is_taken_again() {
    let world = built(&Config::new(vec![decl("t_box.z", &[("name", lit("x"))])]));
    converge(&world, &Config::new(vec![decl("t_box.a", &[("name", lit("x"))])]));
    assert_eq!(world.log(), ["delete x", "create t_box.a"]);
}

#[test]
fn cycles_are_explained() {
    let user = |of_: &str| decl("t_node.u", &[("refs", Expr::Set(vec![of(of_, "id")]))]);
    let world = built(&Config::new(vec![decl("t_box.old", &[("name", lit("x"))]), user("t_box.old")]));
    let said = refused(&world, &Config::new(vec![decl("t_box.new", &[("name", lit("x"))]), user("t_box.new")]));
    for part in ["destroying t_box.old", "creating t_box.new", "updating t_node.u"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn law_3_a_lost_reply_never_makes_a_second_one() {
    for trouble in [Trouble::ReplyLost, Trouble::CallLost] {
        let world = world();
        world.with(|s| s.trouble.insert(1, trouble));
        let config = Config::new(vec![node("t_node.a", "x", None)]);
        converge(&world, &config);
        assert_eq!(world.ids().len(), 1, "{trouble:?}");
        assert_eq!(world.log()[1], "find");
    }
    let world = world();
    world.with(|s| s.trouble_with.push(("create".into(), Trouble::CallLost)));
    let config = Config::new(vec![node("t_node.a", "x", None)]);
    let applied = apply_plan(&world, &config, &planned(&world, &config));
    assert_eq!(world.log().iter().filter(|l| l.starts_with("create")).count(), 3);
    assert_eq!(applied.failed.len(), 1);
}

#[test]
fn lost_replies_of_changes_and_destructions() {
    let config = small();
    for trouble in [Trouble::ReplyLost, Trouble::CallLost, Trouble::Throttled] {
        let world = built(&config);
        let mut changed = config.clone();
        changed.decls[2].args.push(("size", lit(7)));
        world.with(|s| s.trouble.insert(1, trouble));
        converge(&world, &changed);
        let plan = prepare_with(&world, &changed, &destroying()).unwrap();
        let next = world.with(|s| s.calls + 1);
        world.with(|s| s.trouble.insert(next, trouble));
        assert!(apply_plan(&world, &changed, &plan).is_complete());
        assert!(world.ids().is_empty());
    }
}

#[test]
fn what_a_look_misses_once_is_destroyed_all_the_same() {
    let config = small();
    let world = built(&config);
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    world.with(|s| s.overlooked = s.things.keys().map(|(_, id)| id.clone()).collect());
    let applied = apply_plan(&world, &config, &plan);
    assert_eq!(applied.destroyed, 3);
    assert!(world.ids().is_empty(), "{:?}", world.ids());
}

#[test]
fn law_6_what_moved_since_the_plan_stops_its_branch_only() {
    let config = small();
    let world = built(&config);
    let mut changed = config.clone();
    changed.decls[0].args.push(("dns", lit(false)));
    changed.decls[2].args.push(("size", lit(7)));
    changed.decls.push(node("t_node.free", "x", None));
    let plan = planned(&world, &changed);
    world.edit("t_box", "b", "policy", "{}".into());
    let applied = apply_plan(&world, &changed, &plan);
    assert_eq!((applied.added, applied.changed), (1, 1));
    assert!(
        matches!(&failed(&applied)[..], [(a, m)] if a == "t_box.b" && m.contains("changed since the plan was made: policy")),
        "{applied:?}"
    );
    let plan = planned(&world, &changed);
    world.with(|s| s.things.remove(&("t_box", "b".to_string())));
    assert!(failed(&apply_plan(&world, &changed, &plan))[0].1.contains("deleted since the plan"));
}

#[test]
fn law_6_what_moved_to_what_the_plan_wants_may_be_updated_but_not_destroyed() {
    let config = |kind, size| Config::new(vec![node("t_node.a", kind, None), decl("t_box.b", &[("name", lit("b")), ("size", lit(size))])]);
    let world = built(&config("x", 1));
    let plan = planned(&world, &config("y", 2));
    assert_eq!(actions(&plan), [("t_box.b".into(), Action::Update), ("t_node.a".into(), Action::DeleteThenCreate)]);
    world.edit("t_box", "b", "size", 2.into());
    world.edit("t_node", "node-1", "kind", "y".into());
    let applied = apply_plan(&world, &config("y", 2), &plan);
    assert!(
        matches!(&failed(&applied)[..], [(a, m)] if a == "t_node.a" && m.contains("changed since the plan was made: kind")),
        "{applied:?}"
    );
    assert_eq!(world.ids(), ["b", "node-1"]);
    assert_empty(&planned(&world, &config("y", 2)));
}

#[test]
fn law_6_the_runs_own_work_is_no_move() {
    // The network lists its routes: making one changes what is read of the network.
    let config = small();
    let world = built(&config);
    let mut changed = config.clone();
    changed.decls.retain(|d| d.address != at("t_route.r"));
    changed.decls[0].args.push(("dns", lit(false)));
    let plan = planned(&world, &changed);
    assert!(apply_plan(&world, &changed, &plan).is_complete());
}

#[test]
fn law_6_another_configuration_than_the_plans_is_refused() {
    let world = world();
    let plan = planned(&world, &Config::new(vec![node("t_node.a", "x", None)]));
    let applied = apply_plan(&world, &Config::new(vec![node("t_node.a", "y", None)]), &plan);
    assert!(failed(&applied)[0].1.contains("another kind"), "{applied:?}");
}

#[test]
fn law_11_nothing_that_lost_its_mark_is_destroyed() {
    let config = Config::new(vec![node("t_node.a", "x", None)]);
    let world = built(&config);
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    world.with(|s| s.things.values_mut().for_each(|t| t.mark = Mark { stack: "other/prod".into(), ..t.mark.clone().unwrap() }.into()));
    assert_eq!(failed(&apply_plan(&world, &config, &plan)).len(), 1);
    assert_eq!(world.ids().len(), 1);
}

#[test]
fn dependents_are_skipped_and_the_rest_goes_on() {
    let world = world();
    world.with(|s| s.trouble_with.push(("create t_net.a".into(), Trouble::Fails)));
    let mut config = small();
    config.decls.push(node("t_node.free", "x", None));
    let applied = apply_plan(&world, &config, &planned(&world, &config));
    assert_eq!(failed(&applied), [("t_net.a".to_string(), "it broke".to_string())]);
    let mut skipped: Vec<_> = applied.skipped.iter().map(|(a, b)| (a.to_string(), b.as_str())).collect();
    skipped.sort();
    assert_eq!(skipped, [("t_box.b".into(), "t_net.a failed"), ("t_route.r".into(), "t_net.a failed")]);
    assert_eq!(applied.added, 1);
}

#[test]
fn what_is_in_use_is_waited_for_and_then_given_up() {
    let config = Config::new(vec![decl("t_net.a", &[("cidr", lit("10.0.0.0/16"))])]);
    let world = built(&config);
    world.put(&BOX, "hand", None, &[("name", "hand".into()), ("net_id", "net-1".into())]);
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    let events = Arc::new(Kept::default());
    let applied = try_apply(&world, &config, &plan, events.clone()).unwrap();
    assert!(failed(&applied)[0].1.contains("hand hangs on net-1"));
    assert!(events.0.lock().unwrap().iter().any(|e| matches!(e, Event::Waiting { what, .. } if what.contains("hand hangs on net-1"))));
    assert_eq!(world.ids().len(), 2);
}

#[test]
fn an_update_that_turns_out_to_be_none_makes_no_call() {
    let lookup = decl("data.t_lookup.d", &[("of", lit("y"))]).after("t_node.n");
    let config = |kind: &str| {
        Config::new(vec![
            node("t_node.n", kind, None),
            lookup.clone(),
            decl("t_box.b", &[("name", lit("b")), ("note", of("data.t_lookup.d", "found"))]),
        ])
    };
    let world = built(&config("x"));
    let plan = planned(&world, &config("y"));
    assert!(plan.change(&at("t_box.b")).unwrap().action == Action::Update);
    assert!(drift(&plan).iter().all(|f| f.address != at("t_box.b")));
    let applied = apply_plan(&world, &config("y"), &plan);
    assert_eq!((applied.added, applied.changed, applied.destroyed), (1, 0, 1));
    assert!(!world.log().contains(&"update t_box.b".to_string()));
}

#[test]
fn steps_run_in_parallel_up_to_the_limit() {
    let config = Config::new((0..20).map(|i| node(&format!("t_node.n[{i}]"), "x", None)).collect());
    let world = world();
    converge(&world, &config);
    assert_eq!(world.with(|s| s.most_running), 4);
}

#[test]
fn stops() {
    let config = Config::new((0..20).map(|i| node(&format!("t_node.n[{i}]"), "x", None)).collect());
    for stop in [Stop::Drain, Stop::Abort] {
        let world = world();
        let plan = planned(&world, &config);
        let (sender, receiver) = watch::channel(Stop::Run);
        let applied = runtime().block_on(async {
            let provider: Arc<World> = world.clone();
            let applying =
                cairn_engine::apply(&plan, Arc::new(config.clone()), provider, apply_options(receiver), Arc::new(Kept::default()));
            let stopping = async {
                while world.with(|s| s.calls) < 2 {
                    tokio::task::yield_now().await;
                }
                sender.send(stop).unwrap();
            };
            futures::future::join(applying, stopping).await.0
        });
        assert!(!applied.remaining.is_empty());
        assert_eq!(applied.added + applied.remaining.len() + applied.failed.len(), 20);
        assert_eq!(applied.failed.is_empty(), stop == Stop::Drain, "{stop:?}");
        converge(&world, &config);
        assert_eq!(world.ids().len(), 20);
    }
}

#[test]
fn events_tell_the_story() {
    let world = world();
    let config = small();
    let events = Arc::new(Kept::default());
    try_apply(&world, &config, &planned(&world, &config), events.clone()).unwrap();
    let events = events.0.lock().unwrap();
    let count = |f: &dyn Fn(&Event) -> bool| events.iter().filter(|e| f(e)).count();
    assert_eq!(count(&|e| matches!(e, Event::Blocked { by, .. } if by == &[at("t_net.a")])), 2);
    assert_eq!(count(&|e| matches!(e, Event::Started { action: Action::Create, .. })), 3);
    assert_eq!(count(&|e| matches!(e, Event::Done { .. })), 3);
}

#[test]
fn the_critical_path_is_the_longest() {
    let world = world();
    let path = critical_path(&planned(&world, &small()), &*world).unwrap();
    assert_eq!(
        path.iter().map(|leg| (leg.address.to_string(), leg.typical.as_secs())).collect::<Vec<_>>(),
        [("t_net.a".into(), 30), ("t_box.b".into(), 5)]
    );
}

#[test]
fn declared_order_holds_where_no_value_shows_it() {
    let world = world();
    let first = node("t_node.first", "x", None);
    let between = decl("terraform_data.between", &[("input", lit("1"))]).after("t_node.first");
    let last = node("t_node.last", "x", None).after("terraform_data.between");
    let config = Config::new(vec![first, between, last]);
    converge(&world, &config);
    assert_eq!(world.log(), ["create t_node.first", "create t_node.last"]);
    let plan = prepare_with(&world, &config, &destroying()).unwrap();
    apply_plan(&world, &config, &plan);
    assert_eq!(world.log(), ["delete node-2", "delete node-1"]);
    // And where both are replaced with something unchanged between them.
    converge(&world, &config);
    world.log();
    let mut replaced = config.clone();
    for at in [0, 2] {
        replaced.decls[at].args = vec![("kind", lit("y"))];
    }
    converge(&world, &replaced);
    assert_eq!(world.log(), ["delete node-4", "delete node-3", "create t_node.first", "create t_node.last"]);
}
