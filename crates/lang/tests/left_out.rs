//! Modules for everyone name types and arguments that Cairn doesn't have. They do no harm where nothing of them is made.

mod common;

use common::{fails, places, run};

const VPC: &str = "  cidr_block = \"10.0.0.0/16\"\n";

fn vpc(line: &str) -> String {
    format!("variable \"null\" {{\n  default = null\n}}\nresource \"aws_vpc\" \"a\" {{\n{VPC}  {line}\n}}\n")
}

fn one(text: &str) -> Vec<String> {
    places(&fails(&[("main.tf", text)]))
}

#[test]
fn an_argument_that_is_null_is_not_there() {
    for line in ["ipv6_native = null", "ipv6_native = var.null", "ipv6_native = true ? null : \"x\""] {
        let (walked, _) = run(&[("main.tf", &vpc(line))]);
        assert!(walked.find("aws_vpc.a").config.get("ipv6_native").is_none(), "{line}");
    }
}

#[test]
fn each_type_takes_a_region_that_is_null() {
    run(&[("main.tf", &vpc("region = var.null"))]);
    assert_eq!(one(&vpc("region = \"eu-west-1\"")), ["main.tf:6:3 Unsupported argument"]);
}

#[test]
fn an_argument_with_a_value_is_refused() {
    assert_eq!(one(&vpc("ipv6_native = true")), ["main.tf:6:3 Unsupported argument"]);
    assert_eq!(one(&vpc("ipv6_native = var.null == null")), ["main.tf:6:3 Unsupported argument"]);
    let unknown = format!("{}resource \"aws_vpc\" \"b\" {{\n{VPC}}}\n", vpc("ipv6_native = aws_vpc.b.id"));
    assert_eq!(one(&unknown), ["main.tf:6:3 Unsupported argument"]);
}

#[test]
fn an_argument_that_no_one_knows_is_refused_whatever_its_value() {
    assert_eq!(one(&vpc("ipv6_nativ = var.null")), ["main.tf:6:3 Unsupported argument"]);
}

#[test]
fn a_dynamic_block_that_makes_none_is_not_there() {
    let dynamic = |elements: &str| vpc(&format!("dynamic \"ipv6_native\" {{\n    for_each = {elements}\n    content {{}}\n  }}"));
    run(&[("main.tf", &dynamic("[]"))]);
    assert_eq!(one(&dynamic("[1]")), ["main.tf:6:3 Unsupported block"]);
}

#[test]
fn a_type_without_instances_does_no_harm() {
    for line in ["count = 0", "for_each = {}", "count = var.on ? 1 : 0"] {
        let text = format!(
            "variable \"on\" {{\n  default = false\n}}\nresource \"aws_comet\" \"a\" {{\n  {line}\n  tail = \"long\"\n  lifecycle {{\n    ignore_changes = [tail]\n  }}\n}}\noutput \"tails\" {{\n  value = [for c in aws_comet.a : c.tail]\n}}\noutput \"first\" {{\n  value = try(aws_comet.a[0].tail, \"none\")\n}}\n"
        );
        let (walked, outputs) = run(&[("main.tf", &text)]);
        assert!(walked.addresses().is_empty());
        assert_eq!(outputs["first"].value.as_str(), Some("none"), "{line}");
    }
}

#[test]
fn a_type_with_instances_is_refused_once() {
    assert_eq!(one("resource \"aws_comet\" \"a\" {\n  count = 2\n}\n"), ["main.tf:1:10 Unsupported resource type"]);
    assert_eq!(one("data \"aws_comet\" \"a\" {\n  for_each = { b = 1, c = 2 }\n}\n"), ["main.tf:1:6 Unsupported data source"]);
    assert_eq!(one("resource \"aws_comet\" \"a\" {}\n"), ["main.tf:1:10 Unsupported resource type"]);
}

#[test]
fn a_type_in_a_module_counts_with_the_module() {
    let files = |count: &str| {
        let call = format!("module \"sky\" {{\n  source = \"./sky\"\n  count = {count}\n}}\n");
        [("main.tf", call), ("sky/main.tf", "resource \"aws_comet\" \"a\" {}\n".to_string())]
    };
    let none = files("0");
    run(&none.each_ref().map(|(name, text)| (*name, text.as_str())));
    let some = files("2");
    assert_eq!(places(&fails(&some.each_ref().map(|(name, text)| (*name, text.as_str())))), ["main.tf:1:10 Unsupported resource type"]);
}
