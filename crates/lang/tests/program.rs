//! Whole configurations: what they load as, and what they evaluate to.

mod common;

use cairn_lang::{Program, VariableArgument, display};
use cairn_model::instance::Configuration;
use cairn_model::{Address, Value};
use common::*;
use std::sync::Arc;

fn output(outputs: &std::collections::BTreeMap<String, cairn_model::instance::Output>, name: &str) -> String {
    outputs.get(name).map(|o| display(&o.value).replace('\n', " ")).unwrap_or_default()
}

const NETWORK: &str = r#"
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "app" {
  for_each          = { a = 1, b = 2 }
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
  availability_zone = "eu-central-1${each.key}"
}
resource "aws_subnet" "data" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet("10.0.0.0/16", 8, 10 + count.index)
}
"#;

#[test]
fn instances_and_their_dependencies() {
    let rest = r#"
resource "terraform_data" "one" { input = aws_subnet.app["a"].id }
resource "terraform_data" "all" { input = values(aws_subnet.app)[*].id }
resource "terraform_data" "by_local" { input = local.second }
resource "terraform_data" "named" {
  input      = 1
  depends_on = [aws_subnet.data]
}
locals { second = aws_subnet.data[1].cidr_block }
output "cidrs" { value = [for k, s in aws_subnet.app : "${k}=${s.cidr_block}"] }
"#;
    let (seen, outputs) = run(&[("main.tf", NETWORK), ("rest.tf", rest)]);
    assert_eq!(seen.instances.len(), 9);
    assert_eq!(seen.depends_on("terraform_data.one"), ["aws_subnet.app[\"a\"]"]);
    assert_eq!(seen.depends_on("terraform_data.all"), ["aws_subnet.app[\"a\"]", "aws_subnet.app[\"b\"]"]);
    assert_eq!(seen.depends_on("terraform_data.by_local"), ["aws_subnet.data[1]"]);
    assert_eq!(seen.depends_on("terraform_data.named"), ["aws_subnet.data[0]", "aws_subnet.data[1]"]);
    assert_eq!(seen.depends_on("aws_subnet.app[\"a\"]"), ["aws_vpc.main"]);
    assert_eq!(output(&outputs, "cidrs"), "[   \"a=10.0.1.0/24\",   \"b=10.0.2.0/24\", ]");
    let vpc = seen.find("aws_vpc.main");
    assert_eq!(vpc.provider, "aws");
    assert_eq!(vpc.config.get("timeouts"), Some(&Value::null()));
    assert_eq!(vpc.config.get("tags"), Some(&Value::null()));
    assert_eq!(vpc.config.get("arn"), Some(&Value::null()));
    assert_eq!((vpc.span.line, vpc.spans["cidr_block"].line, vpc.spans["cidr_block"].column), (2, 3, 3));
    assert!(is_unknown_text(seen.find("aws_subnet.app[\"a\"]").config.get("vpc_id").unwrap()));
}

#[test]
fn modules_with_for_each_and_depends_on() {
    let main = r#"
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
module "m" {
  source     = "./modules/m"
  for_each   = toset(["x", "y"])
  name       = each.key
  vpc        = aws_vpc.v.id
  depends_on = [terraform_data.first]
}
resource "terraform_data" "first" { input = 1 }
resource "terraform_data" "after" {
  input      = module.m["x"].id
  depends_on = [module.m]
}
resource "terraform_data" "only" { input = module.m["x"].id }
output "all" { value = { for k, m in module.m : k => m.name } }
output "path" { value = module.m["x"].path }
"#;
    let module = r#"
variable "name" { type = string }
variable "vpc" {}
resource "aws_subnet" "s" {
  vpc_id = var.vpc
  tags   = { Name = var.name }
}
output "id" { value = aws_subnet.s.id }
output "name" { value = upper(var.name) }
output "path" { value = path.module }
"#;
    let (seen, outputs) = run(&[("main.tf", main), ("modules/m/main.tf", module)]);
    assert_eq!(seen.depends_on("module.m[\"x\"].aws_subnet.s"), ["aws_vpc.v", "terraform_data.first"]);
    assert_eq!(seen.depends_on("terraform_data.only"), ["module.m[\"x\"].aws_subnet.s"]);
    assert_eq!(seen.depends_on("terraform_data.after"), ["module.m[\"x\"].aws_subnet.s", "module.m[\"y\"].aws_subnet.s"]);
    assert_eq!(output(&outputs, "all"), "{   \"x\" = \"X\"   \"y\" = \"Y\" }");
    assert_eq!(output(&outputs, "path"), "\"modules/m\"");
}

#[test]
fn one_instance_again_with_known_values() {
    let directory = Directory::new(&[("main.tf", NETWORK)]);
    let program = Program::load(&directory.0, options(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
    let mut values = Table::default();
    let vpc = Value::object_of([("id", Value::from("vpc-1")), ("cidr_block", "10.0.0.0/16".into())]);
    values.0.insert("aws_vpc.main".into(), vpc);
    let address: Address = "aws_subnet.app[\"b\"]".parse().unwrap();
    let config = program.instance(&address, &values).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(config.get_str("vpc_id"), Some("vpc-1"));
    assert_eq!(config.get_str("cidr_block"), Some("10.0.2.0/24"));
    // Without a value the resource is unknown.
    let config = program.instance(&address, &Table::default()).unwrap_or_else(|d| panic!("{d}"));
    assert!(is_unknown_text(config.get("vpc_id").unwrap()));
    let gone: Address = "aws_subnet.app[\"c\"]".parse().unwrap();
    assert!(program.instance(&gone, &values).is_err());
}

#[test]
fn blocks_dynamic_and_not() {
    let text = r#"
variable "rules" {
  type    = list(object({ port = number, cidrs = optional(list(string), ["0.0.0.0/0"]), names = optional(list(string), []) }))
  default = [{ port = 80 }, { port = 443, cidrs = [], names = ["n1", "n2"] }]
}
resource "aws_group" "g" {
  name = "g"
  ingress {
    port = "22"
  }
  dynamic "rule" {
    for_each = var.rules
    iterator = r
    content {
      port  = r.value.port
      cidrs = r.value.cidrs
      dynamic "match" {
        for_each = r.value.names
        content {
          name   = "${r.key}-${match.value}"
          values = [match.value]
        }
      }
    }
  }
  timeouts {
    create = "10m"
  }
}
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_group" "later" {
  dynamic "rule" {
    for_each = toset([aws_vpc.v.id])
    content {
      port = 1
    }
  }
  dynamic "must" {
    for_each = split(",", aws_vpc.v.arn)
    content {
      name = must.value
    }
  }
}
data "aws_document" "d" {
  statement {
    actions = ["b", "a"]
    principals {
      name = "x"
    }
  }
}
"#;
    let (seen, _) = run(&[("main.tf", text)]);
    let g = &seen.find("aws_group.g").config;
    assert_eq!(
        format!("{:?}", g.get("rule").unwrap()),
        r#"{{"cidrs": [], "match": [{"name": "1-n1", "values": ["n1"]}, {"name": "1-n2", "values": ["n2"]}], "port": 443}, {"cidrs": ["0.0.0.0/0"], "match": [], "port": 80}}"#
    );
    assert_eq!(format!("{:?}", g.get("ingress").unwrap()), r#"{{"note": null, "port": 22}}"#);
    assert_eq!(format!("{:?}", g.get("must").unwrap()), "[]");
    assert_eq!(format!("{:?}", g.get("timeouts").unwrap()), r#"{"create": "10m", "delete": null}"#);
    let later = &seen.find("aws_group.later").config;
    assert!(later.get("must").unwrap().is_unknown());
    let d = &seen.find("data.aws_document.d").config;
    assert!(format!("{d:?}").contains(r#""actions": {"a", "b"}"#), "{d:?}");
}

#[test]
fn lifecycle_and_meta_arguments() {
    let text = r#"
provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { a = "b" }
  }
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_vpc" "v" {
  provider   = aws.us
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "x" }
  lifecycle {
    create_before_destroy = true
    prevent_destroy       = true
    ignore_changes        = [tags["Name"], cidr_block]
    replace_triggered_by  = [terraform_data.t.output]
  }
}
resource "aws_vpc" "w" {
  cidr_block = "10.0.0.0/16"
  lifecycle {
    ignore_changes = all
  }
}
resource "terraform_data" "t" { input = 7 }
module "m" {
  source    = "./m"
  providers = { aws = aws.us }
}
"#;
    let module = "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    let directory = Directory::new(&[("main.tf", text), ("m/main.tf", module)]);
    let program = Program::load(&directory.0, options(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
    let (seen, _) = walk(&program).unwrap_or_else(|d| panic!("{d}"));
    let v = seen.find("aws_vpc.v");
    assert_eq!(v.provider, "aws.us");
    assert!(v.lifecycle.create_before_destroy && v.lifecycle.prevent_destroy);
    assert_eq!(v.lifecycle.ignore_changes.iter().map(|p| p.to_string()).collect::<Vec<_>>(), ["tags.Name", "cidr_block"]);
    assert_eq!(v.lifecycle.replace_triggered_by, [("terraform_data.t.output".to_string(), Value::number(7))]);
    assert_eq!(seen.depends_on("aws_vpc.v"), ["terraform_data.t"]);
    assert!(seen.find("aws_vpc.w").lifecycle.ignore_all_changes);
    assert_eq!(seen.find("module.m.aws_vpc.v").provider, "aws.us");
    assert_eq!(seen.find("terraform_data.t").provider, "terraform");
    let providers = program.providers().unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(providers.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["aws", "aws.us"]);
    assert_eq!(providers[0].config.get_str("region"), Some("eu-central-1"));
    assert_eq!(format!("{:?}", providers[0].config.get("default_tags").unwrap()), r#"[{"tags": {"a": "b"}}]"#);
}

#[test]
fn a_provider_without_a_block() {
    let program =
        load(&[("main.tf", "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n")]).unwrap_or_else(|d| panic!("{d}"));
    let providers = program.providers().unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(providers.len(), 1);
    assert_eq!((providers[0].key.as_str(), &providers[0].span), ("aws", &None));
}

#[test]
fn variables_from_everywhere() {
    let files = [
        (
            "main.tf",
            r#"
variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "d" { default = "default" }
variable "e" { default = "default" }
variable "f" { default = "default" }
variable "g" { type = list(string) }
variable "h" { type = object({ x = number, y = optional(string, "why") }) }
variable "i" {
  default  = "i"
  nullable = false
}
output "all" { value = [var.a, var.b, var.c, var.d, var.e, var.f, var.g, var.h, var.i, terraform.workspace] }
"#,
        ),
        ("terraform.tfvars", "b = \"tfvars\"\nc = \"tfvars\"\nd = \"tfvars\"\ne = \"tfvars\"\nf = \"tfvars\"\ni = null\nzzz = 1\n"),
        ("terraform.tfvars.json", "{\"c\": \"json\", \"d\": \"json\", \"e\": \"json\", \"f\": \"json\", \"h\": {\"x\": \"3\"}}"),
        ("b.auto.tfvars", "d = \"b.auto\"\ne = \"b.auto\"\nf = \"b.auto\"\n"),
        ("a.auto.tfvars", "d = \"a.auto\"\n"),
        ("extra.tfvars", "e = \"file\"\nf = \"file\"\n"),
    ];
    let mut o = options();
    o.workspace = "staging".into();
    o.environment = [("a", "env"), ("b", "env"), ("g", "[\"x\"]"), ("unrelated", "x")].map(|(k, v)| (k.to_string(), v.to_string())).into();
    o.variables = vec![VariableArgument::File("extra.tfvars".into()), var("f", "arg")];
    let directory = Directory::new(&files);
    let program = Program::load(&directory.0, o, Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
    let (_, outputs) = walk(&program).unwrap_or_else(|d| panic!("{d}"));
    let all = display(&outputs["all"].value).replace('\n', " ");
    assert_eq!(
        all,
        r#"[   "env",   "tfvars",   "json",   "b.auto",   "file",   "arg",   tolist([     "x",   ]),   {     "x" = 3     "y" = "why"   },   "i",   "staging", ]"#
    );
    assert_eq!(program.warnings().0.len(), 1, "{}", program.warnings());
}

#[test]
fn overrides() {
    let files = [
        (
            "main.tf",
            "variable \"n\" {\n  default = 1\n}\nlocals {\n  l = 1\n}\nresource \"aws_group\" \"g\" {\n  name = \"base\"\n  rule {\n    port = 1\n  }\n  rule {\n    port = 2\n  }\n  lifecycle {\n    prevent_destroy = true\n  }\n}\noutput \"n\" {\n  value = [var.n, local.l]\n}\n",
        ),
        (
            "x_override.tf",
            "variable \"n\" {\n  default = 2\n}\nlocals {\n  l = 5\n}\nresource \"aws_group\" \"g\" {\n  name = \"over\"\n  rule {\n    port = 3\n  }\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n",
        ),
    ];
    let (seen, outputs) = run(&files);
    let g = seen.find("aws_group.g");
    assert_eq!(g.config.get_str("name"), Some("over"));
    assert_eq!(g.config.get("rule").and_then(|r| r.elements()).map(<[_]>::len), Some(1));
    assert!(g.lifecycle.prevent_destroy && g.lifecycle.create_before_destroy);
    assert_eq!(output(&outputs, "n"), "[   2,   5, ]");
}

#[test]
fn unknown_and_sensitive_values_run_through() {
    let text = r#"
variable "secret" {
  default   = "s"
  sensitive = true
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = var.secret }
}
output "arn" { value = "x-${aws_vpc.v.arn}" }
output "secret" {
  value     = upper(var.secret)
  sensitive = true
}
output "count" { value = length([aws_vpc.v.id, "b"]) }
"#;
    let (seen, outputs) = run(&[("main.tf", text)]);
    assert!(outputs["arn"].value.is_unknown());
    assert!(outputs["secret"].value.is_sensitive() && outputs["secret"].sensitive);
    assert_eq!(outputs["count"].value, Value::number(2));
    let tags = seen.find("aws_vpc.v").config.get("tags").unwrap();
    assert!(tags.get("Name").unwrap().is_sensitive() && !tags.is_sensitive());
    assert!(!format!("{tags:?}").contains('s') || format!("{tags:?}").contains("sensitive"));
}

#[test]
fn outputs_again() {
    let program = load(&[("main.tf", "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\noutput \"id\" {\n  value       = aws_vpc.v.id\n  description = \"the id\"\n}\n")]).unwrap_or_else(|d| panic!("{d}"));
    let mut values = Table::default();
    assert!(program.outputs(&values).unwrap_or_else(|d| panic!("{d}"))["id"].value.is_unknown());
    values.0.insert("aws_vpc.v".into(), Value::object_of([("id", Value::from("vpc-1"))]));
    let outputs = program.outputs(&values).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!((outputs["id"].value.as_str(), outputs["id"].description.as_str()), (Some("vpc-1"), "the id"));
}

#[test]
fn data_sources_come_before_those_that_use_them() {
    let (seen, outputs) = run(&[(
        "main.tf",
        "data \"aws_region\" \"r\" {}\nresource \"terraform_data\" \"t\" {\n  input = data.aws_region.r.name\n}\noutput \"r\" {\n  value = terraform_data.t.output\n}\n",
    )]);
    assert_eq!(seen.depends_on("terraform_data.t"), ["data.aws_region.r"]);
    assert_eq!(output(&outputs, "r"), "\"eu-central-1\"");
}

#[test]
fn line_breaks_inside_for_expressions() {
    let text = "locals {\n  m = { a = 1, b = 2 }\n  x = {\n    for k, v in local.m :\n    k =>\n    v > 1\n    ? \"big\"\n    : \"small\"\n    if k != \"c\"\n    && v > 0\n  }\n  d = { a = 1, a = 2 }\n}\noutput \"x\" {\n  value = [local.x, local.d]\n}\n";
    let (_, outputs) = run(&[("main.tf", text)]);
    assert_eq!(output(&outputs, "x"), "[   {     \"a\" = \"small\"     \"b\" = \"big\"   },   {     \"a\" = 2   }, ]");
}

#[test]
fn blocks_depend_on_blocks() {
    let program = load(&[("main.tf", NETWORK)]).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(program.block_dependencies()["aws_subnet.app"], ["aws_vpc.main"]);
}

#[test]
fn the_time_is_known_at_apply_only() {
    let program = load(&[(
        "main.tf",
        "locals {\n  now = timestamp()\n}\nresource \"terraform_data\" \"t\" {\n  input = [local.now, plantimestamp()]\n}\n",
    )])
    .unwrap_or_else(|d| panic!("{d}"));
    let (seen, _) = walk(&program).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(format!("{:?}", seen.find("terraform_data.t").config.get("input").unwrap()), "[(unknown string), \"2026-01-02T03:04:05Z\"]");
    let config = program
        .instance(&Address::root("terraform_data", "t", cairn_model::Key::None), &Table::default())
        .unwrap_or_else(|d| panic!("{d}"));
    assert!(config.is_wholly_known());
}

#[test]
fn numbers_that_nobody_means() {
    let mut text = String::from("locals {\n  l0 = 1e300\n");
    for i in 1..60 {
        text.push_str(&format!("  l{i} = local.l{} * local.l{}\n", i - 1, i - 1));
    }
    text.push_str("}\n");
    assert_eq!(fails(&[("main.tf", &text)])[0].detail, "The result has too many digits.");
    let (_, outputs) = run(&[("main.tf", "output \"o\" {\n  value = format(\"%x %b\", 123456789012345678901234567890, 5)\n}\n")]);
    assert_eq!(outputs["o"].value.as_str(), Some("18ee90ff6c373e0ee4e3f0ad2 101"));
}
