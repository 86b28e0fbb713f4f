//! Policies in Rego, evaluated on a plan's JSON as conftest does it: each package's rules `deny`,
//! `violation` and `warn`, also with `_` and more after the word; a result is a message, or an object
//! whose `msg` is one. It reads no file and asks nobody.

mod dialect;
mod place;
mod rules;

use cairn_model::finding::Finding;
use cairn_model::{Diagnostic, Diagnostics};
use regorus::{Engine, Value};
use rules::Rule;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// One file of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name, as the user would name it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Policies that are well-formed.
pub struct Policies {
    engine: Engine,
    packages: BTreeSet<String>,
    files: Vec<PolicyFile>,
}

/// Where each resource of a plan is declared, by its address; nothing where nobody knows.
pub type Places = BTreeMap<String, Option<String>>;

impl Policies {
    /// Parses files. Each may be in today's Rego, or in that before version 1.
    pub fn load(files: Vec<PolicyFile>) -> Result<Policies, Diagnostics> {
        let mut engine = Engine::new();
        // As OPA has it: a built-in function that fails makes its expression undefined.
        engine.set_strict_builtin_errors(false);
        let mut wrong = Vec::new();
        for file in &files {
            if let Err(d) = add(&mut engine, file) {
                wrong.push(d);
            }
        }
        if !wrong.is_empty() {
            return Err(Diagnostics(wrong));
        }
        let packages = engine.get_packages().map_err(|e| place::diagnostic(&e, &files))?.into_iter().collect();
        Ok(Policies { engine, packages, files })
    }

    /// What they say of a plan in Terraform's JSON, the worst first.
    pub fn judge(&self, plan: &Json, places: &Places) -> Result<Vec<Finding>, Diagnostics> {
        let wrong = |e: &dyn std::fmt::Display| Diagnostics::from(place::diagnostic(e, &self.files));
        let mut engine = self.engine.clone();
        engine.set_input_json(&plan.to_string()).map_err(|e| wrong(&e))?;
        let mut findings = BTreeSet::new();
        for package in &self.packages {
            let rules = package_value(&mut engine, package).map_err(|e| wrong(&e))?;
            let excepted = rules::exceptions(&rules);
            for (name, value) in rules.as_object().into_iter().flatten() {
                let Some(rule) = Rule::of(package, name).filter(|r| !excepted.contains(r.bare())) else { continue };
                for result in rule.results(value).map_err(Diagnostics::from)? {
                    findings.insert(rule.finding(&result, places));
                }
            }
        }
        Ok(findings.into_iter().collect())
    }
}

/// The value of everything in a package.
fn package_value(engine: &mut Engine, package: &str) -> Result<Json, Box<dyn std::error::Error>> {
    let answer = engine.eval_query(package.to_string(), false)?;
    let value = answer.result.into_iter().flat_map(|r| r.expressions).map(|e| e.value).next().unwrap_or(Value::Undefined);
    Ok(if value == Value::Undefined { Json::Null } else { serde_json::from_str(&value.to_json_str()?)? })
}

/// A file in today's Rego, else in the older one. Where it is neither, the error is today's.
fn add(engine: &mut Engine, file: &PolicyFile) -> Result<(), Diagnostic> {
    let mut parse = |old, text| {
        engine.set_rego_v0(old);
        engine.add_policy(file.name.clone(), text)
    };
    let parsed = parse(false, file.text.clone()).or_else(|today| {
        if !dialect::may_be_old(&file.text) {
            return Err(today);
        }
        parse(true, dialect::with_heads(&file.text)).map_err(|_| today)
    });
    parsed.map(|_| ()).map_err(|e| place::diagnostic(&e, std::slice::from_ref(file)))
}

#[cfg(test)]
mod tests;
