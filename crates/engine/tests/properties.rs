//! Random graphs, random worlds, random crashes.
#![allow(missing_docs)]

mod support;

use cairn_engine::Action;
use cairn_model::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use support::world::{Trouble, World};
use support::*;

/// One node of a random configuration: what it depends on are numbers of nodes before it.
#[derive(Clone, Debug)]
struct Node {
    there: bool,
    size: i64,
    kind: i64,
    parent: Option<usize>,
    refs: Vec<usize>,
    before_destroy: bool,
}

fn node() -> impl Strategy<Value = Node> {
    (
        prop::bool::weighted(0.8),
        1i64..3,
        0i64..2,
        prop::option::weighted(0.4, 0usize..8),
        prop::collection::vec(0usize..8, 0..3),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(there, size, kind, parent, refs, before_destroy)| Node { there, size, kind, parent, refs, before_destroy })
}

/// A configuration: nodes in an order of their own, so that two configurations may turn a dependency round.
fn config() -> impl Strategy<Value = Config> {
    (prop::collection::vec(node(), 1..8), any::<bool>()).prop_map(|(nodes, backwards)| {
        let count = nodes.len();
        let name = |i: usize| format!("t_node.n{}", if backwards { 7 - i } else { i });
        let there = |i: usize| nodes.get(i).is_some_and(|n| n.there);
        let decls = (0..count).filter(|i| there(*i)).map(|i| {
            let n = &nodes[i];
            let before = |j: &usize| *j < i && there(*j);
            let mut args = vec![("size", lit(n.size)), ("kind", lit(format!("k{}", n.kind)))];
            if let Some(parent) = n.parent.filter(|p| before(p)) {
                args.push(("parent", of(&name(parent), "id")));
            }
            args.push(("refs", Expr::Set(n.refs.iter().filter(|j| before(j)).map(|j| of(&name(*j), "id")).collect())));
            let mut decl = decl(&name(i), &args);
            decl.lifecycle.create_before_destroy = n.before_destroy;
            decl
        });
        Config::new(decls.collect())
    })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::DieBefore),
        Just(Trouble::DieAfter),
        Just(Trouble::ReplyLost),
        Just(Trouble::CallLost),
        Just(Trouble::Throttled),
        Just(Trouble::Fails)
    ]
}

/// Exactly one live resource at each address, and none besides.
fn one_of_each(world: &Arc<World>, config: &Config) {
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    world.with(|s| s.things.values().filter_map(|t| t.mark.clone()).for_each(|m| *marks.entry(m.address).or_default() += 1));
    let wanted: BTreeMap<String, usize> = config.decls.iter().map(|d| (d.address.to_tag(), 1)).collect();
    assert_eq!(marks, wanted);
}

/// Applies until nothing is left to do; a run may end badly, but not each.
fn in_the_end(world: &Arc<World>, config: &Config, runs: usize) {
    for _ in 0..runs {
        let plan = planned(world, config);
        if plan.is_empty() {
            break;
        }
        try_apply(world, config, &plan, Arc::default());
    }
    assert_empty(&planned(world, config));
    one_of_each(world, config);
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn apply_then_plan_is_empty(first in config(), second in config()) {
        let world = world();
        converge(&world, &first);
        one_of_each(&world, &first);
        let applied = apply_plan(&world, &second, &planned(&world, &second));
        prop_assert!(applied.is_complete(), "{:?}\n{:?}", applied, world.log());
        assert_empty(&planned(&world, &second));
        one_of_each(&world, &second);
    }

    #[test]
    fn law_2_after_a_crash_the_next_run_finds_everything(first in config(), second in config(), at in 1usize..20, trouble in trouble()) {
        let world = world();
        world.with(|s| s.trouble.insert(at, trouble));
        in_the_end(&world, &first, 3);
        let calls = world.with(|s| s.calls);
        world.with(|s| s.trouble.insert(calls + at, trouble));
        in_the_end(&world, &second, 3);
    }

    #[test]
    fn destroy_leaves_nothing(first in config(), at in 1usize..12, trouble in trouble()) {
        let world = world();
        converge(&world, &first);
        let calls = world.with(|s| s.calls);
        world.with(|s| s.trouble.insert(calls + at, trouble));
        for _ in 0..3 {
            let plan = prepare_with(&world, &first, &destroying()).unwrap();
            try_apply(&world, &first, &plan, Arc::default());
        }
        prop_assert!(world.ids().is_empty());
    }

    #[test]
    fn what_is_broken_by_hand_is_found_and_mended(first in config(), hits in prop::collection::vec((0usize..8, 0u8..3), 1..4)) {
        let world = world();
        converge(&world, &first);
        let mut hit = BTreeSet::new();
        for (at, how) in hits {
            let Some(id) = world.ids().get(at).cloned() else { continue };
            let hangs = world.with(|s| s.things.values().any(|t| t.value.get_str("parent") == Some(&id)));
            match how {
                0 => world.edit("t_node", &id, "size", Value::number(99)),
                1 => world.edit("t_node", &id, "kind", "hand".into()),
                _ if hangs => continue,
                _ => drop(world.with(|s| s.things.remove(&("t_node", id.clone())))),
            }
            hit.insert(id);
        }
        let plan = planned(&world, &first);
        let found = cairn_engine::drift(&plan);
        prop_assert_eq!(found.len(), hit.len(), "{:?}", found);
        prop_assert_eq!(plan.changes.iter().all(|c| c.action == Action::NoOp), hit.is_empty());
        converge(&world, &first);
        one_of_each(&world, &first);
    }
}
