//! Every expression that real Terraform was asked about (`tests/oracle/record`) gives the same here.

mod common;

use cairn_lang::{LoadOptions, Program, display};
use cairn_model::{Type, Value};
use common::{Fake, Table, oracle_directory};
use std::sync::Arc;

/// Where Cairn differs on purpose, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("1 / 0", "an infinite number is of no use to anyone, so a division by zero is an error"),
    ("5 % 0", "the same"),
    ("log(0, 10)", "the same"),
    ("try(1 / 0, \"x\")", "the same"),
    ("try(1 / 0)", "the same"),
    ("can(1 / 0)", "the same"),
    ("1 / 3", "our division is decimal, theirs binary: the last digits differ"),
    ("2 / 3", "the same"),
    ("10 / 3", "the same"),
    ("cidrsubnet(\"10.0.0.0/16\", 8, -1)", "theirs leaves the range"),
    ("format(\"%s\", null)", "theirs gives an unknown value that is never known"),
    ("format(\"%v\", null)", "the same"),
    ("format(\"%d\", null)", "the same"),
];

#[test]
fn gives_what_terraform_gives() {
    let directory = oracle_directory();
    let program = Program::load(
        &directory.join("config"),
        LoadOptions { working_directory: "/work".into(), ..LoadOptions::default() },
        Arc::new(Fake),
    )
    .unwrap_or_else(|d| panic!("{d}"));
    // Terraform's console knows nothing of a resource that isn't there yet, not even its types.
    let mut values = Table::default();
    let unknown = |name: &str| (name.to_string(), Value::unknown(Type::Dynamic));
    values.0.insert("terraform_data.u".into(), Value::object([unknown("id"), unknown("output")].into()));
    let text = std::fs::read_to_string(directory.join("expressions.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() > 600);
    let mut wrong = Vec::new();
    for case in &cases {
        let expr = case["expr"].as_str().unwrap();
        if DIFFERENT.iter().any(|(e, _)| *e == expr) {
            continue;
        }
        let ours = program.evaluate(expr, &values);
        let good = match (&ours, case["value"].as_str()) {
            (Ok(value), Some(theirs)) => {
                let mut theirs = theirs.to_string();
                for ty in ["tostring", "tonumber", "tobool"] {
                    theirs = theirs.replace(&format!("{ty}(null)"), "null");
                }
                display(value) == theirs
            }
            (Err(_), None) => true,
            _ => false,
        };
        if !good {
            let ours = match ours {
                Ok(value) => display(&value),
                Err(d) => format!("error: {d}"),
            };
            let theirs = case["value"].as_str().map_or_else(|| format!("error: {}", case["error"]), str::to_string);
            wrong.push(format!("{expr}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn heredocs_and_templates() {
    let directory = oracle_directory().join("heredocs");
    let program = Program::load(&directory, LoadOptions::default(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
    let ours = program.evaluate("local.all", &Table::default()).unwrap_or_else(|d| panic!("{d}"));
    let ours: Vec<String> = serde_json::from_str(ours.as_str().unwrap()).unwrap();
    let theirs: Vec<String> = serde_json::from_str(&std::fs::read_to_string(directory.join("expected.json")).unwrap()).unwrap();
    assert_eq!(ours, theirs);
}
