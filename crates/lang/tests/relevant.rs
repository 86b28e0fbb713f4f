//! What changes hang on, as real Terraform 1.11 lists it.

mod common;

use cairn_model::instance::{Configuration, Sought};
use common::*;

const MAIN: &str = r#"
variable "plain" { default = "k" }
data "aws_region" "here" {}
resource "terraform_data" "source" { input = data.aws_region.here.name }
resource "terraform_data" "many" {
  for_each = { a = terraform_data.source.input }
  input    = each.value
}
locals {
  one = { name = terraform_data.many["a"].input, other = var.plain }
  all = [for m in terraform_data.many : m.input]
}
module "part" {
  source   = "./part"
  for_each = { k = 1 }
  given    = local.one.name
}
resource "terraform_data" "sink" { input = module.part["k"].out }
resource "terraform_data" "every" { input = local.all }
resource "terraform_data" "dynamic" { input = module.part[var.plain].out }
resource "terraform_data" "alone" {
  input      = var.plain
  depends_on = [terraform_data.source]
  lifecycle {
    precondition {
      condition     = terraform_data.source.id != ""
      error_message = "No part of its arguments."
    }
  }
}
output "out" { value = terraform_data.sink.id }
"#;

const PART: &str = r#"
variable "given" {}
resource "terraform_data" "inner" { input = var.given }
output "out" { value = terraform_data.inner.input }
output "unused" { value = terraform_data.inner.id }
"#;

/// By resource and attribute: what is relevant to some instances and root outputs.
fn relevant(instances: &[&str], outputs: &[&str]) -> Vec<String> {
    let program = load(&[("main.tf", MAIN), ("part/main.tf", PART)]).unwrap_or_else(|d| panic!("{d}"));
    let instances = instances.iter().map(|a| a.parse().unwrap()).collect();
    let outputs = outputs.iter().map(ToString::to_string).collect();
    program.relevant(&Sought { instances, outputs }).into_iter().map(|r| format!("{} {}", r.resource, r.attribute)).collect()
}

#[test]
fn everything() {
    let declared = ["many[\"a\"]", "source", "sink", "every", "dynamic", "alone"].map(|name| format!("terraform_data.{name}"));
    let all: Vec<&str> = declared.iter().map(String::as_str).chain([r#"module.part["k"].terraform_data.inner"#]).collect();
    // Terraform has the id of module.part["k"] besides, since it counts an output that nothing uses.
    let wanted = [
        "data.aws_region.here name",
        "module.part.terraform_data.inner id",
        "module.part.terraform_data.inner input",
        r#"module.part["k"].terraform_data.inner input"#,
        "terraform_data.many ",
        r#"terraform_data.many["a"] input"#,
        "terraform_data.sink id",
        "terraform_data.source input",
    ];
    let mut found = relevant(&all, &["out"]);
    found.sort();
    assert_eq!(found, wanted);
}

#[test]
fn through_modules_and_local_values() {
    let inner = relevant(&[r#"module.part["k"].terraform_data.inner"#], &[]);
    assert_eq!(inner, ["terraform_data.many[\"a\"] input", "terraform_data.source input", "data.aws_region.here name"]);
    let sink = relevant(&["terraform_data.sink"], &[]);
    assert_eq!(sink.iter().filter(|found| !inner.contains(found)).collect::<Vec<_>>(), [r#"module.part["k"].terraform_data.inner input"#]);
    assert_eq!(relevant(&[], &["out"]), ["terraform_data.sink id"]);
}

#[test]
fn conditions_and_depends_on_are_no_part_of_it() {
    assert!(relevant(&["terraform_data.alone"], &[]).is_empty());
    assert!(relevant(&["terraform_data.gone", "module.none.terraform_data.gone"], &["none"]).is_empty());
}
