//! Each kind of mistake is found, at its place, with a hint.

mod common;

use common::{fails, load_with, options, places, run, var};

fn one(text: &str) -> Vec<String> {
    places(&fails(&[("main.tf", text)]))
}

fn help(text: &str) -> String {
    fails(&[("main.tf", text)]).into_iter().filter_map(|d| d.help).collect::<Vec<_>>().join("; ")
}

#[test]
fn misspelt_argument() {
    let text = "resource \"aws_vpc\" \"a\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n";
    assert_eq!(one(text), ["main.tf:1:1 Missing required argument", "main.tf:2:3 Unsupported argument"]);
    assert!(help(text).contains("did you mean \"cidr_block\"?"), "{}", help(text));
}

#[test]
fn wrong_type() {
    let text = "resource \"aws_subnet\" \"a\" {\n  vpc_id = [\"x\"]\n  size   = \"big\"\n  names  = \"x\"\n}\n";
    assert_eq!(one(text), ["main.tf:2:12 Wrong type", "main.tf:3:12 Wrong type", "main.tf:4:12 Wrong type"]);
    assert!(help(text).contains("put it in brackets"));
}

#[test]
fn unknown_types() {
    assert_eq!(one("resource \"aws_vpcs\" \"a\" {}\n"), ["main.tf:1:10 Unsupported resource type"]);
    assert!(help("resource \"aws_vpcs\" \"a\" {}\n").contains("aws_vpc"));
    assert_eq!(one("data \"aws_vpc\" \"a\" {}\n"), ["main.tf:1:6 Unsupported data source"]);
    assert!(help("data \"aws_vpc\" \"a\" {}\n").contains("declare it with resource"));
}

#[test]
fn references_to_nothing() {
    let text = "variable \"region\" {\n  default = \"x\"\n}\nlocals {\n  a = var.regoin\n  b = local.zzz\n  c = aws_vpc.nope.id\n  d = module.m.x\n  e = regio\n  f = data.aws_region.x\n  g = each.key\n}\n";
    assert_eq!(
        one(text),
        [
            "main.tf:5:7 Reference to an undeclared variable",
            "main.tf:6:7 Reference to an undeclared local value",
            "main.tf:7:7 Reference to an undeclared resource",
            "main.tf:8:7 Reference to an undeclared module",
            "main.tf:9:7 Invalid reference",
            "main.tf:10:7 Reference to an undeclared data source",
            "main.tf:11:7 Reference to \"each\" without for_each",
        ]
    );
    assert!(help(text).contains("did you mean \"region\"?"));
}

#[test]
fn unsupported_attribute_of_a_resource() {
    let text = "resource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\noutput \"x\" {\n  value = aws_vpc.a.arm\n}\n";
    assert_eq!(one(text), ["main.tf:5:21 Unsupported attribute"]);
    assert!(help(text).contains("\"arn\""));
}

#[test]
fn cycles() {
    let problems = fails(&[("main.tf", "locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}\n")]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].detail.contains("local.a, local.b, local.c"), "{}", problems[0]);
    assert_eq!(problems[0].labels.iter().map(|l| l.span.line).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(
        one("resource \"terraform_data\" \"a\" {\n  count = 2\n  input = terraform_data.a[0].id\n}\n"),
        ["main.tf:3:11 Reference to itself"]
    );
    let through = "resource \"terraform_data\" \"a\" {\n  input = module.m.out\n}\nmodule \"m\" {\n  source = \"./m\"\n  in     = terraform_data.a.id\n}\n";
    let module = "variable \"in\" {}\noutput \"out\" {\n  value = var.in\n}\n";
    let problems = fails(&[("main.tf", through), ("m/main.tf", module)]);
    assert!(problems[0].detail.contains("module.m.var.in"), "{}", problems[0]);
}

#[test]
fn missing_variable() {
    let text = "\nvariable \"region\" {\n  type = string\n}\n";
    assert_eq!(one(text), ["main.tf:2:1 No value for a required variable"]);
}

#[test]
fn not_hcl() {
    assert_eq!(one("{\"resource\": {}}\n"), ["main.tf:1:1 Invalid name"]);
    assert_eq!(one("resource \"aws_vpc\" \"a\" {\n  cidr_block = \n}\n"), ["main.tf:2:16 Invalid expression"]);
    assert_eq!(one("locals {\n  a = \"x\n}\n"), ["main.tf:2:7 Invalid multi-line text"]);
    assert_eq!(one("locals {\n  a = 1\n"), ["main.tf:1:8 Unclosed block"]);
    assert_eq!(one("<<<<<<< HEAD\nlocals {\n  a = 1\n}\n"), ["main.tf:1:1 Invalid name"]);
}

#[test]
fn several_syntax_errors_in_one_file() {
    let text = "locals {\n  a = = 1\n}\n\nresource \"aws_vpc\" \"a\" {\n  cidr_block = ]\n}\n\nlocals {\n  b = 1 2\n}\n";
    assert_eq!(one(text), ["main.tf:2:7 Invalid expression", "main.tf:6:16 Invalid expression", "main.tf:10:9 Missing line break"]);
}

#[test]
fn arguments_that_are_refused() {
    let text = "resource \"aws_vpc\" \"a\" {\n  cidr_block  = \"10.0.0.0/16\"\n  ipv6_native = true\n  arn         = \"x\"\n}\n";
    let problems = fails(&[("main.tf", text)]);
    assert_eq!(places(&problems), ["main.tf:3:3 Unsupported argument", "main.tf:4:3 Argument can't be set"]);
    assert!(problems.iter().any(|d| d.detail.contains("doesn't support yet")));
}

#[test]
fn checks_of_the_schema_run() {
    let problems = fails(&[("main.tf", "resource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.5/16\"\n}\n")]);
    assert_eq!(places(&problems), ["main.tf:2:16 Invalid value"]);
    assert!(problems[0].detail.contains("\"cidr_block\" has host bits set"), "{}", problems[0]);
}

#[test]
fn blocks_and_arguments_confused() {
    let text = "resource \"aws_group\" \"a\" {\n  rule = []\n  tags {\n    a = 1\n  }\n  rulle {\n  }\n  must {\n  }\n  must {\n    name = \"x\"\n  }\n}\n";
    assert_eq!(
        one(text),
        [
            "main.tf:2:3 Unsupported argument",
            "main.tf:3:3 Unsupported block",
            "main.tf:6:3 Unsupported block",
            "main.tf:8:3 Missing required argument",
            "main.tf:10:3 Too many blocks"
        ]
    );
}

#[test]
fn too_many_dynamic_blocks() {
    let text = "resource \"aws_group\" \"a\" {\n  dynamic \"rule\" {\n    for_each = [1, 2, 3, 4]\n    content {\n      port = rule.value\n    }\n  }\n}\n";
    assert_eq!(one(text), ["main.tf:1:1 Too many blocks"]);
}

#[test]
fn blocks_that_are_not_supported() {
    let text = "check \"x\" {}\nmoved {\n  from = a.b\n  to   = a.c\n}\nresource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"x\"\n  }\n}\nwibble {}\nresources \"a\" \"b\" {}\n";
    assert_eq!(
        one(text),
        [
            "main.tf:1:1 Block not supported yet",
            "main.tf:2:1 Block not supported yet",
            "main.tf:7:3 Provisioners are not supported",
            "main.tf:11:1 Unsupported block",
            "main.tf:12:1 Unsupported block",
        ]
    );
}

#[test]
fn count_and_for_each() {
    let of = |line: &str| {
        one(&format!(
            "resource \"aws_vpc\" \"v\" {{\n  cidr_block = \"10.0.0.0/16\"\n}}\nresource \"terraform_data\" \"a\" {{\n  {line}\n}}\n"
        ))
    };
    assert_eq!(of("count = -1"), ["main.tf:5:11 Invalid count"]);
    assert_eq!(of("count = null"), ["main.tf:5:11 Invalid count"]);
    assert_eq!(of("count = 1.5"), ["main.tf:5:11 Invalid count"]);
    assert_eq!(of("count = aws_vpc.v.id == \"x\" ? 1 : 0"), ["main.tf:5:11 Invalid count"]);
    assert_eq!(of("for_each = [\"a\"]"), ["main.tf:5:14 Invalid for_each"]);
    assert_eq!(of("for_each = toset([1])"), ["main.tf:5:14 Invalid for_each"]);
    assert_eq!(of("for_each = null"), ["main.tf:5:14 Invalid for_each"]);
    assert_eq!(of("for_each = sensitive({ a = 1 })"), ["main.tf:5:14 Invalid for_each"]);
    assert_eq!(of("for_each = toset([aws_vpc.v.id])"), ["main.tf:5:14 Invalid for_each"]);
    let problems = fails(&[(
        "main.tf",
        "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\nresource \"terraform_data\" \"a\" {\n  for_each = toset([aws_vpc.v.id])\n}\n",
    )]);
    assert!(
        problems[0].labels.iter().any(|l| l.message == "aws_vpc.v.id is known only after apply" && l.span.column == 21),
        "{:?}",
        problems[0]
    );
}

#[test]
fn instances_that_are_not_there() {
    let text = "resource \"terraform_data\" \"a\" {\n  for_each = { app = 1 }\n}\nresource \"terraform_data\" \"b\" {\n  count = 2\n}\nlocals {\n  a = terraform_data.a[\"ap\"].id\n  b = terraform_data.b[2].id\n}\n";
    assert_eq!(one(text), ["main.tf:8:23 Invalid index", "main.tf:9:23 Invalid index"]);
    assert_eq!(
        one("resource \"terraform_data\" \"b\" {\n  count = 2\n}\nlocals {\n  b = terraform_data.b.id\n}\n"),
        ["main.tf:5:7 Missing instance key"]
    );
}

#[test]
fn modules() {
    let registry = |version: &str| one(&format!("module \"m\" {{\n  source = \"terraform-aws-modules/vpc/aws\"\n{version}}}\n"));
    assert_eq!(registry(""), ["main.tf:2:12 Unsupported module source"]);
    assert_eq!(registry("  version = \"6.0.0\"\n"), ["main.tf:2:12 Unsupported module source"]);
    assert_eq!(one("module \"m\" {\n  source = \"./nope\"\n}\n"), ["main.tf:2:12 Module not found"]);
    let problems = fails(&[("main.tf", "module \"m\" {\n  source = \"./m\"\n  nmae   = 1\n}\n"), ("m/main.tf", "variable \"name\" {}\n")]);
    assert_eq!(places(&problems), ["main.tf:1:1 Missing required argument", "main.tf:3:3 Unsupported argument"]);
    let itself =
        fails(&[("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n"), ("m/main.tf", "module \"n\" {\n  source = \"../m\"\n}\n")]);
    assert_eq!(places(&itself), ["main.tf:2:12 Module calls itself"]);
    let wrong = fails(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n  n      = [\"x\"]\n}\n"),
        ("m/main.tf", "variable \"n\" {\n  type = number\n}\n"),
    ]);
    assert_eq!(places(&wrong), ["main.tf:3:12 Invalid value for a module's variable"]);
    let output = fails(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n}\nlocals {\n  a = module.m.idd\n}\n"),
        ("m/main.tf", "output \"id\" {\n  value = 1\n}\n"),
    ]);
    assert_eq!(places(&output), ["main.tf:5:16 Unsupported attribute"]);
}

#[test]
fn validations_and_conditions() {
    let text = "variable \"a\" {\n  default = 5\n  validation {\n    condition     = var.a < var.b\n    error_message = \"a must be less than ${var.b}\"\n  }\n}\nvariable \"b\" {\n  default = 3\n}\n";
    let problems = fails(&[("main.tf", text)]);
    assert_eq!(places(&problems), ["main.tf:4:21 Invalid value for a variable"]);
    assert_eq!(problems[0].detail, "a must be less than 3");
    let text = "resource \"terraform_data\" \"a\" {\n  input = 1\n  lifecycle {\n    precondition {\n      condition     = 1 > 2\n      error_message = \"no\"\n    }\n  }\n}\nresource \"terraform_data\" \"b\" {\n  input = 1\n  lifecycle {\n    postcondition {\n      condition     = self.output == 2\n      error_message = \"no ${self.output}\"\n    }\n  }\n}\n";
    assert_eq!(one(text), ["main.tf:5:23 Resource precondition failed", "main.tf:14:23 Resource postcondition failed"]);
}

#[test]
fn an_error_does_not_hide_others() {
    let text = "locals {\n  a = 1 / 0\n  b = local.a + 1\n  c = upper([])\n}\nresource \"terraform_data\" \"x\" {\n  input = local.b\n}\nresource \"terraform_data\" \"y\" {\n  input = file(\"nope\")\n}\n";
    assert_eq!(
        one(text),
        ["main.tf:2:11 Invalid operand", "main.tf:4:13 Invalid function argument", "main.tf:10:16 Invalid function argument"]
    );
}

#[test]
fn functions() {
    let text = "locals {\n  a = uper(\"x\")\n  b = uuid()\n  c = cond ? 1 : 2\n}\n";
    assert_eq!(
        one(text),
        ["main.tf:2:7 Call to an unknown function", "main.tf:3:7 Call to an unknown function", "main.tf:4:7 Invalid reference"]
    );
    assert!(help(text).contains("did you mean \"upper\"?"));
}

#[test]
fn sensitive_output() {
    let text = "variable \"p\" {\n  default   = \"x\"\n  sensitive = true\n}\noutput \"o\" {\n  value = \"a${var.p}\"\n}\n";
    assert_eq!(one(text), ["main.tf:5:1 Output holds sensitive values"]);
}

#[test]
fn values_of_variables() {
    let files = [("main.tf", "variable \"n\" {\n  type = list(number)\n}\nvariable \"s\" {\n  default = 1\n}\n")];
    let mut o = options();
    o.variables = vec![var("n", "[1, \"x\"]"), var("zz", "1")];
    let problems = load_with(&files, o).err().unwrap();
    let summaries: Vec<&str> = problems.0.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(summaries, ["Value for an undeclared variable", "Invalid value for a variable"]);
    let mut o = options();
    o.variables = vec![var("n", "[1,")];
    assert!(load_with(&files, o).is_err());
}

#[test]
fn language_version_and_backend() {
    assert_eq!(one("terraform {\n  required_version = \">= 2.0\"\n}\n"), ["main.tf:2:22 Unsupported language version"]);
    let program = common::load(&[("main.tf", "terraform {\n  required_version = \"~> 1.9\"\n  backend \"s3\" {}\n}\n")])
        .unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(program.warnings().0.len(), 1);
    assert!(program.warnings().0[0].summary.contains("backend"));
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a=", "}"), ("-", ""), ("!", ""), ("f(", ")"), ("\"${", "}\""), ("true ? 1 : ", ""), ("x[", "]")]
    {
        let text = format!("locals {{\n  a = {}1{}\n}}\n", open.repeat(5_000), close.repeat(5_000));
        let problems = fails(&[("main.tf", &text)]);
        assert!(!problems.is_empty(), "{open}");
    }
    let blocks = format!("{}{}", "a {\n".repeat(5_000), "}\n".repeat(5_000));
    assert!(!fails(&[("main.tf", &blocks)]).is_empty());
    let chain = format!("locals {{\n  a = 1{}\n}}\n", " + 1".repeat(900));
    let (_, _) = run(&[("main.tf", &chain)]);
    let long = format!("locals {{\n  a = 1{}\n}}\n", " + 1".repeat(50_000));
    assert_eq!(one(&long).len(), 1);
    let attributes = format!("locals {{\n  b = {{}}\n  a = try(local.b{}, 1)\n}}\n", ".x".repeat(50_000));
    let (_, _) = run(&[("main.tf", &attributes)]);
    let splats = format!("locals {{\n  b = []\n  a = local.b{}\n}}\n", "[*]".repeat(5_000));
    assert!(!fails(&[("main.tf", &splats)]).is_empty());
}
