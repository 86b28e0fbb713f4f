//! Small policies on small plans.

use super::*;
use cairn_model::finding::Severity;
use serde_json::json;

fn load(text: &str) -> Result<Policies, Diagnostics> {
    Policies::load(vec![PolicyFile { name: "policy/p.rego".into(), text: text.into() }])
}

fn judge(text: &str, plan: &Json) -> Vec<Finding> {
    let places = [("aws_vpc.main", Some("main.tf:4:1")), ("aws_vpc.main_two", None), ("module.a.aws_vpc.main", Some("a/x.tf:1:1"))];
    let places = places.into_iter().map(|(a, p)| (a.to_string(), p.map(str::to_string))).collect();
    load(text).and_then(|p| p.judge(plan, &places)).expect("the policy is right")
}

#[test]
fn the_words_are_conftests() {
    let policy = r#"package main
        import rego.v1
        deny contains "d" if input.on
        deny_more contains {"msg": "m", "address": "aws_vpc.main"} if input.on
        violation contains {"msg": "v"} if input.on
        warn_late contains "w" if input.on
        denying contains "no word of ours" if input.on
        deny contains "off" if input.off
        _helper := 1"#;
    let said: Vec<_> = judge(policy, &json!({"on": true})).into_iter().map(|f| (f.severity, f.rule, f.message)).collect();
    let want = [
        (Severity::Deny, "main.deny", "d"),
        (Severity::Deny, "main.deny_more", "m"),
        (Severity::Deny, "main.violation", "v"),
        (Severity::Warn, "main.warn_late", "w"),
    ];
    assert_eq!(said, want.map(|(s, r, m)| (s, r.to_string(), m.to_string())));
    assert!(judge(policy, &json!({"on": false})).is_empty());
}

#[test]
fn rego_from_before_version_1_and_any_package() {
    let old = "package terraform.aws\n\ndeny[msg] {\n  input.n > 1\n  msg := sprintf(\"%d is too many\", [input.n])\n}\n";
    let said = judge(old, &json!({"n": 2}));
    assert_eq!((said[0].rule.as_str(), said[0].message.as_str()), ("terraform.aws.deny", "2 is too many"));
    assert!(judge(old, &json!({"n": 1})).is_empty());
    let bodies = old.replace("\n}\n", "\n} {\n  input.n < 0\n  msg := \"too few\"\n}\n");
    assert_eq!(judge(&bodies, &json!({"n": 2}))[0].message, "2 is too many");
    assert_eq!(judge(&bodies, &json!({"n": -1}))[0].message, "too few");
    let words = old.replace("is too many", "is too many if \\\"contains\\\" if there");
    assert_eq!(judge(&words, &json!({"n": 2}))[0].message, "2 is too many if \"contains\" if there");
}

#[test]
fn a_finding_names_its_resource_and_line() {
    let found = |result: &str| {
        let said = judge(&format!("package main\ndeny contains {result} if true"), &json!({}));
        (said[0].resource.clone(), said[0].at.clone())
    };
    let main = (Some("aws_vpc.main".to_string()), Some("main.tf:4:1".to_string()));
    assert_eq!(found(r#"{"msg": "x", "address": "aws_vpc.main"}"#), main);
    assert_eq!(found(r#"{"msg": "x", "resource": "aws_vpc.main"}"#), main);
    assert_eq!(found(r#""`aws_vpc.main` is wrong""#), main);
    assert_eq!(found(r#""aws_vpc.main_two is wrong""#), (Some("aws_vpc.main_two".to_string()), None));
    assert_eq!(found(r#""module.a.aws_vpc.main: wrong""#), (Some("module.a.aws_vpc.main".to_string()), Some("a/x.tf:1:1".to_string())));
    assert_eq!(found(r#""aws_vpc.mainly is not there""#), (None, None));
}

#[test]
fn an_exception_switches_a_rule_off() {
    let policy = "package main\ndeny_ssh contains \"ssh\" if true\ndeny_tls contains \"tls\" if true\nexception contains [\"ssh\"] if true";
    let rules: Vec<_> = judge(policy, &json!({})).into_iter().map(|f| f.rule).collect();
    assert_eq!(rules, ["main.deny_tls"]);
}

#[test]
fn wrong_rego_is_an_error_with_its_place() {
    let wrong = load("package main\n\ndeny contains msg if {\n  msg := := 1\n}\n").err().expect("it is wrong");
    assert!(wrong.0[0].to_string().starts_with("policy/p.rego:4:10: "), "{}", wrong.0[0]);
    let tab = load("package main\n\ndeny contains msg if {\n\tmsg := := 1\n}\n").err().expect("it is wrong");
    assert!(tab.0[0].to_string().starts_with("policy/p.rego:4:9: "), "{}", tab.0[0]);
    let policies = load("package main\ndeny contains msg if { msg := nothing_there }\n");
    let wrong = policies.and_then(|p| p.judge(&json!({}), &Places::new())).expect_err("it is wrong");
    assert!(wrong.0[0].to_string().starts_with("policy/p.rego:2:31: "), "{}", wrong.0[0]);
    let clash = load("package main\nx := 1 if true\nx := 2 if true\ndeny contains \"x\" if x == 1\n");
    let wrong = clash.and_then(|p| p.judge(&json!({}), &Places::new())).expect_err("two values for one rule");
    assert!(wrong.0[0].to_string().starts_with("policy/p.rego:"), "{}", wrong.0[0]);
}

#[test]
fn a_result_without_a_message_is_an_error() {
    let wrong = load("package main\ndeny contains 7 if true").and_then(|p| p.judge(&json!({}), &Places::new())).err();
    assert!(wrong.expect("7 is no message").0[0].summary.contains("main.deny"));
}

#[test]
fn nothing_reaches_the_network_or_the_environment() {
    for call in ["http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1\"})", "opa.runtime()"] {
        let policy = load(&format!("package main\ndeny contains \"x\" if {call}"));
        assert!(policy.and_then(|p| p.judge(&json!({}), &Places::new())).is_err(), "{call}");
    }
}
