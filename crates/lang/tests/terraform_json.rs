//! The configuration in Terraform's plan JSON: what real Terraform 1.11 writes for these expressions.

mod common;

use common::*;
use serde_json::{Value as Json, json};

fn configuration(files: &[(&str, &str)]) -> Json {
    load(files).unwrap_or_else(|d| panic!("{d:?}")).terraform_configuration()
}

/// What stands for an expression.
fn expression(text: &str) -> Json {
    let main = format!(
        r#"
variable "o" {{ default = {{ a = 1 }} }}
locals {{ l = [1] }}
resource "aws_vpc" "v" {{
  count      = 2
  cidr_block = "10.0.0.0/16"
}}
data "aws_region" "r" {{}}
module "m" {{
  source   = "./m"
  for_each = {{ k = 1 }}
}}
output "x" {{ value = {text} }}
"#
    );
    let all = configuration(&[("main.tf", &main), ("m/main.tf", "output \"out\" { value = { a = 1 } }")]);
    all["root_module"]["outputs"]["x"]["expression"].clone()
}

#[test]
fn references_with_all_that_they_are_part_of() {
    for (text, references) in [
        ("var.o.a", vec!["var.o.a", "var.o"]),
        ("local.l[0]", vec!["local.l[0]", "local.l"]),
        ("aws_vpc.v[0].id", vec!["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"]),
        ("aws_vpc.v[*].id", vec!["aws_vpc.v"]),
        ("data.aws_region.r.name", vec!["data.aws_region.r.name", "data.aws_region.r"]),
        ("module.m[\"k\"].out.a", vec!["module.m[\"k\"].out.a", "module.m[\"k\"].out", "module.m[\"k\"]"]),
        ("module.m[\"k\"]", vec!["module.m[\"k\"]", "module.m"]),
        ("[for x in local.l : x + var.o.a]", vec!["local.l", "var.o.a", "var.o"]),
        ("\"${path.module}/${terraform.workspace}\"", vec!["path.module", "terraform.workspace"]),
        ("aws_vpc.v[var.o.a].id", vec!["aws_vpc.v", "var.o.a", "var.o"]),
    ] {
        assert_eq!(expression(text), json!({ "references": references }), "{text}");
    }
}

#[test]
fn constants_have_a_value_and_calls_have_none() {
    assert_eq!(expression("[1, \"a${1}\", null]"), json!({ "constant_value": [1, "a1", null] }));
    assert_eq!(expression("1 + 2"), json!({ "constant_value": 3 }));
    assert_eq!(expression("upper(\"a\")"), json!({}));
}

#[test]
fn blocks_modules_and_providers() {
    let main = r#"
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "~> 5.90" } }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
variable "secret" {
  default     = "hunter2"
  description = "A word."
  sensitive   = true
}
module "m" {
  source     = "./m"
  providers  = { aws = aws.west }
  word       = var.secret
  secret     = "hunter3"
  depends_on = [aws_vpc.v]
}
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
"#;
    let m = "variable \"word\" {}\nvariable \"secret\" { sensitive = true }\nresource \"aws_vpc\" \"v\" {\n  count = 2\n  cidr_block = var.word\n}\n";
    let all = configuration(&[("main.tf", main), ("m/main.tf", m)]);
    assert_eq!(
        all["provider_config"]["aws.west"],
        json!({
            "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "alias": "west", "version_constraint": "~> 5.90",
            "expressions": { "region": { "constant_value": "us-west-2" } }
        })
    );
    let root = &all["root_module"];
    assert_eq!(root["variables"]["secret"], json!({ "description": "A word.", "sensitive": true }), "no default of a secret");
    let call = &root["module_calls"]["m"];
    assert_eq!((&call["source"], &call["depends_on"]), (&json!("./m"), &json!(["aws_vpc.v"])));
    assert_eq!(
        call["module"]["resources"][0],
        json!({
            "address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v", "provider_config_key": "aws.west",
            "expressions": { "cidr_block": { "references": ["var.word"] } }, "schema_version": 0, "count_expression": { "constant_value": 2 }
        })
    );
    assert!(!all.to_string().contains("hunter"));
}

#[test]
fn variables_have_their_values_but_for_secrets() {
    let main = "variable \"open\" { default = 1 }\nvariable \"secret\" {\n  default = \"hunter2\"\n  sensitive = true\n}\n";
    let program = load(&[("main.tf", main)]).unwrap_or_else(|d| panic!("{d:?}"));
    assert_eq!(program.terraform_variables(), json!({ "open": { "value": 1 }, "secret": { "value": null } }));
}
