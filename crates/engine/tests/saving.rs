//! Saved plans and Terraform's JSON. The shapes are those that Terraform 1.11.4 gave.
#![allow(missing_docs)]

mod support;

use cairn_engine::terraform_json::terraform_json;
use cairn_engine::*;
use cairn_model::*;
use serde_json::{Value as Json, json};
use support::types::{BOX, Types};
use support::*;

fn meta() -> PlanMeta {
    PlanMeta {
        config_digest: "abc".into(),
        timestamp: "2026-11-21T22:19:38Z".into(),
        variables: json!({"s": {"value": null}}),
        ..PlanMeta::default()
    }
}

fn config() -> Config {
    let mut config = small();
    config.decls[0].args.push(("tags", Expr::Tags(vec![("Name", lit("x")), ("S", lit(Value::from("abc").sensitive()))])));
    config.decls.push(decl("module.m.module.n[0].t_box.deep[\"k\"]", &[("name", lit("deep")), ("note", of("t_net.a", "id"))]));
    config.decls.push(decl("data.t_lookup.d", &[("of", of("t_net.a", "id"))]));
    config.outputs = vec![
        ("id", of("t_net.a", "id")),
        ("cidr", of("t_net.a", "cidr")),
        ("both", Expr::Tags(vec![("a", of("t_net.a", "id")), ("b", lit("1"))])),
    ];
    config
}

fn find<'j>(json: &'j Json, address: &str) -> &'j Json {
    json["resource_changes"].as_array().unwrap().iter().find(|c| c["address"] == address).unwrap()
}

#[test]
fn terraform_json_of_a_first_plan() {
    let plan = planned(&world(), &config());
    let json = terraform_json(&SavedPlan::of(&plan, &meta()), &Types);
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "format_version",
            "terraform_version",
            "variables",
            "planned_values",
            "resource_changes",
            "output_changes",
            "configuration",
            "timestamp",
            "applyable",
            "complete",
            "errored"
        ]
    );
    assert_eq!(
        find(&json, "t_net.a"),
        &json!({
            "address": "t_net.a", "mode": "managed", "type": "t_net", "name": "a", "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"], "before": null,
                "after": {"cidr": "10.0.0.0/16", "dns": true, "tags": {"Name": "x", "S": null}, "tags_all": {"Name": "x", "S": null}},
                "after_unknown": {"arn": true, "id": true, "route": true, "tags": {}, "tags_all": {}, "version": true, "zone": true},
                "before_sensitive": false,
                "after_sensitive": {"route": [], "tags": {"S": true}, "tags_all": {"S": true}},
            }
        })
    );
    let deep = find(&json, "module.m.module.n[0].t_box.deep[\"k\"]");
    assert_eq!((&deep["module_address"], &deep["index"]), (&json!("module.m.module.n[0]"), &json!("k")));
    assert_eq!(deep["change"]["after_sensitive"]["secret"], true);
    let child = &json["planned_values"]["root_module"]["child_modules"][0];
    assert_eq!(child["address"], "module.m");
    assert_eq!(child["child_modules"][0]["address"], "module.m.module.n[0]");
    assert_eq!(child["child_modules"][0]["resources"][0]["values"]["name"], "deep");
    let data = find(&json, "data.t_lookup.d");
    assert_eq!((&data["change"]["actions"], &data["action_reason"]), (&json!(["read"]), &json!("read_because_config_unknown")));
    assert_eq!(json["output_changes"]["both"]["after"], json!({"b": "1"}));
    assert_eq!(json["output_changes"]["both"]["after_unknown"], json!({"a": true}));
    assert_eq!(json["output_changes"]["id"].get("after"), None);
    assert_eq!(
        json["planned_values"]["outputs"],
        json!({"both": {"sensitive": false}, "cidr": {"sensitive": false, "type": "string", "value": "10.0.0.0/16"}, "id": {"sensitive": false}})
    );
}

#[test]
fn terraform_json_of_changes() {
    let world = world();
    let mut config = config();
    converge(&world, &config);
    let json = terraform_json(&SavedPlan::of(&planned(&world, &config), &meta()), &Types);
    assert_eq!(json["applyable"], false);
    let same = &find(&json, "t_net.a")["change"];
    assert_eq!((&same["actions"], &same["before"]), (&json!(["no-op"]), &same["after"]));
    assert_eq!(json["output_changes"]["id"]["actions"], json!(["no-op"]));
    assert_eq!(json["prior_state"]["values"]["root_module"]["child_modules"][0]["address"], "module.m");
    config.decls[0].args.retain(|(n, _)| *n != "cidr");
    config.decls[0].args.push(("cidr", lit("10.1.0.0/16")));
    config.decls.retain(|d| d.address != at("t_route.r"));
    let json = terraform_json(&SavedPlan::of(&planned(&world, &config), &meta()), &Types);
    let net = find(&json, "t_net.a");
    assert_eq!((&net["change"]["replace_paths"], &net["action_reason"]), (&json!([["cidr"]]), &json!("replace_because_cannot_update")));
    let route = json["resource_changes"].as_array().unwrap().iter().find(|c| c["type"] == "t_route").unwrap();
    assert_eq!(
        (&route["change"]["after"], &route["change"]["after_unknown"], &route["change"]["after_sensitive"]),
        (&json!(null), &json!({}), &json!(false))
    );
}

#[test]
fn a_saved_plan_comes_back() {
    let plan = planned(&world(), &config());
    let saved = save(&plan, &meta());
    let text = serde_json::to_string(&saved).unwrap();
    let back = load(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(back, SavedPlan::of(&plan, &meta()));
    assert_eq!(back.counts(), plan.counts());
    assert!(moved(&back, &plan).is_empty());
    assert!(load(&json!({"format": "cairn-plan/9"})).unwrap_err().contains("cairn-plan/9"));
    assert!(load(&json!({})).is_err());
    assert!(load(&json!({"format": "cairn-plan/1"})).unwrap_err().contains("damaged"));
}

#[test]
fn law_6_a_saved_plan_says_what_moved() {
    let world = world();
    let config = small();
    converge(&world, &config);
    let mut changed = config.clone();
    changed.decls[2].args.push(("size", lit(7)));
    let saved = SavedPlan::of(&planned(&world, &changed), &meta());
    world.edit("t_box", "b", "policy", "{}".into());
    assert_eq!(moved(&saved, &planned(&world, &changed)), ["t_box.b: it was changed since the plan was made: policy"]);
    world.edit("t_net", "net-1", "dns", Value::bool(false));
    let said = moved(&saved, &planned(&world, &changed));
    assert!(said.iter().any(|s| s == "t_net.a: the plan would leave it, and now it would update it (dns, version differ)"), "{said:?}");
    world.with(|s| s.things.clear());
    assert!(
        moved(&saved, &planned(&world, &changed))
            .iter()
            .any(|s| s.contains("t_box.b: the plan would update it, and now it would create it"))
    );
    world.put(&BOX, "more", mark("t_box.more"), &[("name", "more".into())]);
    assert!(moved(&saved, &planned(&world, &changed)).iter().any(|s| s.contains("t_box.more: the plan does not know it")));
}

/// A set or map of which a part is unknown is unknown as a whole to Terraform's provider.
#[test]
fn terraform_json_knows_no_half_known_sets() {
    let net = || of("t_net.a", "id");
    let tags = Expr::Tags(vec![("Known", lit("1")), ("Net", net())]);
    let config = Config::new(vec![
        decl("t_net.a", &[("cidr", lit("10.0.0.0/16"))]),
        decl("t_box.a", &[("name", lit("a")), ("refs", Expr::Set(vec![lit("r"), net()])), ("tags", tags)]),
        decl("t_box.b", &[("name", lit("b")), ("refs", Expr::Set(vec![lit("r")]))]),
    ]);
    let saved = SavedPlan::of(&planned(&world(), &config), &meta());
    let json = terraform_json(&saved, &Types);
    let change = &find(&json, "t_box.a")["change"];
    for name in ["refs", "tags", "tags_all"] {
        assert_eq!((change["after"].get(name), &change["after_unknown"][name]), (None, &json!(true)), "{name}");
    }
    assert_eq!((&change["after_sensitive"]["refs"], &change["after_sensitive"]["tags"]), (&json!([]), &json!({})));
    assert_eq!(json["planned_values"]["root_module"]["resources"][0]["values"].get("refs"), None);
    assert_eq!(find(&json, "t_box.b")["change"]["after"]["refs"], json!(["r"]));
    // What Cairn itself draws keeps the parts.
    assert_eq!(saved.changes.iter().find(|c| c.address == "t_box.a").unwrap().after["tags"], json!({"Known": "1"}));
}
