//! Who only looks at a configuration need not know everything: numbers of instances, values of variables.

mod common;

use cairn_lang::{LoadOptions, Program};
use cairn_model::instance::{Configuration, Instance, Output, Resolver};
use cairn_model::{Diagnostics, Value};
use common::{Recorder, load_with, options, places};
use std::collections::BTreeMap;

/// A recorder that takes one instance for all.
#[derive(Default)]
struct Onlooker(Recorder);

impl Resolver for Onlooker {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        self.0.resolve(instance)
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}

fn load(text: &str) -> Program {
    let options = LoadOptions { unset_is_unknown: true, ..options() };
    let inner = "variable \"id\" {}\nresource \"terraform_data\" \"x\" {\n  input = var.id\n}\noutput \"x\" {\n  value = terraform_data.x.output\n}\n";
    load_with(&[("main.tf", text), ("inner/main.tf", inner)], options).unwrap_or_else(|d| panic!("{d}"))
}

fn look(text: &str) -> (Recorder, BTreeMap<String, Output>) {
    let mut onlooker = Onlooker::default();
    let walked = load(text).walk(&mut onlooker).unwrap_or_else(|d| panic!("{d}"));
    (onlooker.0, walked.outputs)
}

const VPC: &str = "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";

#[test]
fn one_instance_stands_for_a_number_that_is_not_known() {
    for line in ["count = length(aws_vpc.v.id)", "for_each = toset([aws_vpc.v.id])"] {
        let names = if line.starts_with("count") { ("count.index", "[0]") } else { ("each.value", "[\"a\"]") };
        let text = format!(
            "{VPC}resource \"terraform_data\" \"a\" {{\n  {line}\n  input = {}\n}}\noutput \"all\" {{\n  value = terraform_data.a[*]\n}}\noutput \"one\" {{\n  value = terraform_data.a{}.output\n}}\n",
            names.0, names.1
        );
        let (walked, outputs) = look(&text);
        assert_eq!(walked.addresses(), ["aws_vpc.v", "terraform_data.a"], "{line}");
        assert_eq!(walked.depends_on("terraform_data.a"), ["aws_vpc.v"]);
        assert!(walked.find("terraform_data.a").config.get("input").is_some_and(Value::is_unknown));
        assert!(outputs.values().all(|o| !o.value.is_wholly_known()));
    }
}

#[test]
fn one_module_stands_for_a_number_that_is_not_known() {
    let text = format!(
        "{VPC}module \"m\" {{\n  source = \"./inner\"\n  count = length(aws_vpc.v.id)\n  id = count.index\n}}\noutput \"x\" {{\n  value = module.m[0].x\n}}\n"
    );
    let (walked, outputs) = look(&text);
    assert_eq!(walked.addresses(), ["aws_vpc.v", "module.m.terraform_data.x"]);
    assert!(outputs["x"].value.is_unknown());
}

#[test]
fn a_plan_has_to_know_the_number() {
    let program = load(&format!("{VPC}resource \"terraform_data\" \"a\" {{\n  count = length(aws_vpc.v.id)\n}}\n"));
    let problems = program.walk(&mut Recorder::default()).err().map(|d| places(&d.0));
    assert_eq!(problems, Some(vec!["main.tf:5:11 Invalid count".to_string()]));
}

#[test]
fn a_variable_without_a_value_is_unknown_and_keeps_its_mark() {
    let text = "variable \"n\" {\n  type = number\n  validation {\n    condition     = var.n > 1\n    error_message = \"No.\"\n  }\n}\nvariable \"word\" {\n  type = string\n  sensitive = true\n}\nresource \"terraform_data\" \"a\" {\n  count = var.n\n  input = var.word\n}\n";
    let (walked, _) = look(text);
    let input = walked.find("terraform_data.a").config.get("input").cloned().unwrap_or_else(Value::null);
    assert!(input.is_unknown() && input.is_sensitive());
}
