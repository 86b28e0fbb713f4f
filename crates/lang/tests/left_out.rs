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

#[test]
fn what_cairn_does_not_set_is_read_as_unset() {
    let text = |read: &str| format!("{}output \"read\" {{\n  value = {read}\n}}\n", vpc(""));
    for (read, value) in [
        ("aws_vpc.a.ipv6_native == null", "true"),
        ("aws_vpc.a.region == null", ""),
        ("length(aws_vpc.a.route)", "0"),
        ("length(compact([for v in [aws_vpc.a] : v.ipv6_native]))", "0"),
    ] {
        if value.is_empty() {
            // Every type has a region, which is never null.
            assert_eq!(one(&text(read)), ["main.tf:9:21 Unsupported attribute"]);
            continue;
        }
        let (_, outputs) = run(&[("main.tf", &text(read))]);
        assert_eq!(cairn_model::json::to_json(&outputs["read"].value).to_string(), value, "{read}");
    }
}

#[test]
fn what_aws_may_have_set_is_not_read_as_unset() {
    let text = format!("{}output \"read\" {{\n  value = aws_vpc.a.ipv6_pool\n}}\n", vpc("ipv6_pool = var.null"));
    assert_eq!(one(&text), ["main.tf:9:21 Unsupported attribute"]);
    assert_eq!(one(&vpc("ipv6_pool = \"x\"")), ["main.tf:6:3 Unsupported argument"]);
}

#[test]
fn what_is_read_though_it_can_not_be_set_may_be_null() {
    run(&[("main.tf", &vpc("ipv6_range = var.null"))]);
    assert_eq!(one(&vpc("ipv6_range = \"::/56\"")), ["main.tf:6:3 Unsupported argument"]);
    let (_, outputs) = run(&[("main.tf", &format!("{}output \"read\" {{\n  value = aws_vpc.a.ipv6_range\n}}\n", vpc("")))]);
    assert!(outputs["read"].value.is_unknown());
}

#[test]
fn changes_of_what_cairn_does_not_set_may_be_ignored() {
    run(&[("main.tf", &vpc("lifecycle {\n    ignore_changes = [ipv6_native, ipv6_pool, route]\n  }"))]);
    assert_eq!(one(&vpc("lifecycle {\n    ignore_changes = [ipv6_nativ]\n  }")), ["main.tf:7:23 Unsupported argument"]);
}

#[test]
fn what_a_module_tells_the_provider_is_heard() {
    let meta = |name: &str, argument: &str| format!("terraform {{\n  provider_meta {name} {{\n    {argument} = [\"a\"]\n  }}\n}}\n");
    run(&[("main.tf", &meta("\"aws\"", "user_agent"))]);
    assert_eq!(one(&meta("\"aws\"", "user_agents")), ["main.tf:3:5 Unsupported argument"]);
    assert_eq!(one(&meta("", "user_agent")), ["main.tf:2:3 Wrong number of labels"]);
}

#[test]
fn an_ephemeral_variable_holds_nothing_but_null() {
    let module = "variable \"secret\" {\n  ephemeral = true\n  default   = null\n}\noutput \"none\" {\n  value = var.secret == null\n}\n";
    let call = |line: &str| format!("module \"m\" {{\n  source = \"./m\"\n  {line}\n}}\noutput \"none\" {{\n  value = module.m.none\n}}\n");
    for line in ["", "secret = null"] {
        let (_, outputs) = run(&[("main.tf", &call(line)), ("m/main.tf", module)]);
        assert_eq!(outputs["none"].value.as_bool(), Some(true), "{line}");
    }
    let given = fails(&[("main.tf", &call("secret = \"x\"")), ("m/main.tf", module)]);
    assert_eq!(places(&given), ["main.tf:3:12 Invalid value for a module's variable"]);
    let default = fails(&[("main.tf", &module.replace("null\n}", "\"x\"\n}"))]);
    assert_eq!(places(&default), ["main.tf:3:15 Invalid default"]);
}

#[test]
fn what_stands_in_a_dynamic_block_that_makes_none_is_not_there() {
    let rule = |elements: &str, inside: &str| {
        format!(
            "resource \"aws_group\" \"a\" {{\n  dynamic \"rule\" {{\n    for_each = {elements}\n    content {{\n      port = 1\n      {inside}\n    }}\n  }}\n}}\n"
        )
    };
    for inside in ["range = 2", "limit {}", "limit {\n        burst = 1\n      }"] {
        run(&[("main.tf", &rule("[]", inside))]);
        let made = one(&rule("[1]", inside));
        assert!(made == ["main.tf:6:7 Unsupported argument"] || made == ["main.tf:6:7 Unsupported block"], "{inside}: {made:?}");
    }
    assert_eq!(one(&rule("[]", "limits {}")), ["main.tf:6:7 Unsupported block"]);
}

#[test]
fn a_sensitive_number_counts() {
    let text = "variable \"word\" {\n  default   = \"x\"\n  sensitive = true\n}\nresource \"aws_vpc\" \"a\" {\n  count      = length(var.word)\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    assert_eq!(run(&[("main.tf", text)]).0.addresses(), ["aws_vpc.a[0]"]);
}
