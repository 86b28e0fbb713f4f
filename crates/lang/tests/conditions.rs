//! Conditions, and what is said of those that can't be told yet.

mod common;

use cairn_lang::Program;
use cairn_model::instance::{Configuration, Resolver, Walked};
use cairn_model::{Diagnostics, Instance, Type, Value};
use common::*;

/// Says of each resource that its output is its input, or that nothing of it is known.
struct Known(bool);

impl Resolver for Known {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let input = instance.config.get("input").cloned().unwrap_or_else(Value::null);
        Ok(instance.config.with("output", if self.0 { input } else { Value::unknown(Type::Dynamic) }))
    }
}

fn walked(program: &Program, known: bool) -> Result<Walked, Diagnostics> {
    program.walk(&mut Known(known))
}

/// By block: whether the conditions of each instance hold.
fn checks(walked: &Walked) -> Vec<(String, Vec<bool>)> {
    walked.checks.iter().map(|c| (c.name.to_string(), c.instances.iter().map(|i| i.holds).collect())).collect()
}

const ALL: &str = r#"
variable "v" {
  default = "a"
  validation {
    condition     = var.v != terraform_data.source.output
    error_message = "Not that of the source."
  }
}
variable "unchecked" { default = 1 }
resource "terraform_data" "source" { input = "b" }
resource "terraform_data" "two" {
  count = 2
  input = count.index
  lifecycle {
    precondition {
      condition     = count.index == 0 ? true : terraform_data.source.output == "b"
      error_message = "That of the source."
    }
  }
}
output "o" {
  value = 1
  precondition {
    condition     = terraform_data.source.output == "b"
    error_message = "That of the source."
  }
}
"#;

#[test]
fn outcomes() {
    let program = load(&[("main.tf", ALL)]).unwrap();
    for known in [false, true, false] {
        let walked = walked(&program, known).unwrap();
        let wanted = [("v", vec![known]), ("o", vec![known]), ("two", vec![true, known])];
        assert_eq!(checks(&walked), wanted.map(|(name, holds)| (name.to_string(), holds)));
    }
}

#[test]
fn what_could_not_be_told_is_looked_at_again() {
    let program = load(&[("main.tf", &ALL.replace("\"b\" }", "\"a\" }"))]).unwrap();
    assert!(walked(&program, false).is_ok());
    let errors = walked(&program, true).unwrap_err().to_string();
    for summary in ["Invalid value for a variable", "Resource precondition failed", "Output precondition failed"] {
        assert!(errors.contains(summary), "{errors}");
    }
}
