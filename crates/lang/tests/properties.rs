//! Whatever the input: an answer, never a panic.

mod common;

use cairn_lang::Program;
use common::{Directory, Fake, Table, options, walk};
use proptest::prelude::*;
use std::sync::Arc;

/// Pieces of the language, so that more than the first character is read.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "resource",
        "\"terraform_data\"",
        "\"a\"",
        "{",
        "}",
        "\n",
        "input",
        "=",
        "1",
        "\"x${",
        "}\"",
        "[",
        "]",
        "(",
        ")",
        "for",
        "in",
        "x",
        ":",
        "=>",
        "if",
        "...",
        ".",
        "*",
        "var.v",
        "local.l",
        "count",
        "for_each",
        "terraform_data.a",
        "each.key",
        "length(",
        "merge(",
        "format(\"%d\",",
        "null",
        "true",
        "-",
        "!",
        "&&",
        "==",
        "?",
        "<<EOT\n",
        "\nEOT\n",
        "%{ if true }",
        "%{ endif }",
        "\\",
        "'",
        "#",
        "/*",
        "dynamic",
        "content",
        "lifecycle",
        "é",
        "\u{feff}",
        "locals",
        "variable",
        "output",
        "value",
        "jsondecode(",
        "regex(",
        "try(",
        ",",
        "0.5",
        "1e9",
        "toset(",
        "[*]",
        "[0]",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|w| w.join(" "))
}

fn survive(text: &str) {
    let directory = Directory::new(&[("main.tf", text)]);
    if let Ok(program) = Program::load(&directory.0, options(), Arc::new(Fake)) {
        let _ = walk(&program);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_a_file(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn pieces_as_a_file(text in pieces()) {
        survive(&text);
    }

    #[test]
    fn pieces_as_an_expression(text in pieces()) {
        let directory = Directory::new(&[("main.tf", "locals {\n  l = { a = [1] }\n}\nvariable \"v\" {\n  default = \"x\"\n}\nresource \"terraform_data\" \"a\" {\n  count = 2\n}\n")]);
        let program = Program::load(&directory.0, options(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
        let _ = program.evaluate(&text, &Table::default());
    }

    #[test]
    fn any_arguments_of_any_function(
        name in prop::sample::select(include_str!("data/terraform_functions.txt").lines().collect::<Vec<_>>()),
        arguments in prop::collection::vec(prop::sample::select(vec![
            "null", "-1", "0", "1", "3.7", "1e40", "\"\"", "\"a\"", "\"10.0.0.0/8\"", "\"::/0\"", "\"%s %d %[9]s %.3f\"", "\"1h\"", "\"2024-02-30T00:00:00Z\"", "\"2024-01-30T00:00:00Z\"", "\"{\"", "\"a: [b\"", "\"/(.)/\"",
            "[]", "[1, \"a\", null]", "{}", "{ a = 1 }", "toset([\"b\", \"a\"])", "tomap({ a = \"x\" })", "[[1], [2]]", "sensitive(\"s\")", "terraform_data.a.id", "[terraform_data.a.id]", "true", "\"UTF-16LE\"", "128", "999999999999",
        ]), 0..4),
    ) {
        let directory = Directory::new(&[("main.tf", "resource \"terraform_data\" \"a\" {\n}\n")]);
        let program = Program::load(&directory.0, options(), Arc::new(Fake)).unwrap_or_else(|d| panic!("{d}"));
        let _ = program.evaluate(&format!("{name}({})", arguments.join(", ")), &Table::default());
    }
}
