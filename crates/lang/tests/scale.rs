//! Large configurations take time and stack in proportion to their size.

mod common;

use common::run;
use std::fmt::Write;
use std::time::{Duration, Instant};

#[test]
fn two_thousand_instances_that_refer_to_each_other_by_index() {
    let text = "resource \"terraform_data\" \"a\" {\n  count = 2000\n  input = count.index\n}\nresource \"terraform_data\" \"b\" {\n  count = 2000\n  input = terraform_data.a[count.index].output + 1\n}\n";
    let directory = common::Directory::new(&[("main.tf", text)]);
    let program =
        cairn_lang::Program::load(&directory.0, common::options(), std::sync::Arc::new(common::Fake)).unwrap_or_else(|d| panic!("{d}"));
    struct Count(usize);
    impl cairn_model::instance::Resolver for Count {
        fn resolve(&mut self, i: cairn_model::instance::Instance) -> Result<cairn_model::Value, cairn_model::Diagnostics> {
            self.0 += 1;
            assert!(i.depends_on.len() <= 1);
            let input = i.config.get("input").cloned().unwrap_or_else(cairn_model::Value::null);
            Ok(i.config.with("output", input))
        }
    }
    let start = Instant::now();
    let mut count = Count(0);
    cairn_model::instance::Configuration::walk(&program, &mut count).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(count.0, 4000);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_chain_of_two_thousand_resources() {
    let mut text = String::from("resource \"terraform_data\" \"r0\" {\n  input = 0\n}\n");
    for i in 1..2000 {
        let _ = write!(text, "resource \"terraform_data\" \"r{i}\" {{\n  input = terraform_data.r{}.output + 1\n}}\n", i - 1);
    }
    let _ = write!(text, "output \"last\" {{\n  value = terraform_data.r1999.output\n}}\n");
    let (seen, outputs) = run(&[("main.tf", &text)]);
    assert_eq!(seen.instances.len(), 2000);
    assert_eq!(outputs["last"].value, cairn_model::Value::number(1999));
}

#[test]
fn a_chain_asked_for_from_its_end() {
    let mut text = String::from("locals {\n  l0 = 0\n}\n");
    for i in 1..3000 {
        let _ = write!(text, "locals {{\n  l{i} = local.l{} + 1\n}}\n", i - 1);
    }
    let program = common::load(&[("main.tf", &text)]).unwrap_or_else(|d| panic!("{d}"));
    let value = program.evaluate("local.l2999", &common::Table::default()).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(value, cairn_model::Value::number(2999));
}

#[test]
fn each_instance_again() {
    let text = "locals {\n  keys = { for i in range(1000) : \"k${i}\" => i }\n}\nresource \"terraform_data\" \"a\" {\n  for_each = local.keys\n  input    = each.value\n}\n";
    let program = common::load(&[("main.tf", text)]).unwrap_or_else(|d| panic!("{d}"));
    let start = Instant::now();
    for i in 0..1000 {
        let address = cairn_model::Address::root("terraform_data", "a", cairn_model::Key::String(format!("k{i}").into()));
        let config =
            cairn_model::instance::Configuration::instance(&program, &address, &common::Table::default()).unwrap_or_else(|d| panic!("{d}"));
        assert_eq!(config.get("input").and_then(|v| v.as_i64()), Some(i));
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
