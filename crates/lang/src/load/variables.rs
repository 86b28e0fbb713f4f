//! Values of the root module's variables, from everywhere that they may come from.

use super::Loading;
use super::config::{ModuleConfig, Variable};
use crate::eval::{Fault, Names, NoScope, evaluate};
use crate::source::At;
use crate::suggest;
use crate::syntax::{parse_expression, parse_file};
use cairn_model::json::from_json;
use cairn_model::{Diagnostic, Type, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A value given on the command line, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableArgument {
    /// `-var NAME=TEXT`.
    Value {
        /// The variable's name.
        name: String,
        /// Its value as text.
        text: String,
    },
    /// `-var-file=PATH`; a relative path begins at the root module's directory.
    File(PathBuf),
}

/// A value for a variable and where it comes from.
struct Given {
    value: Value,
    at: Option<At>,
    from: String,
}

/// The values of all variables of the root module, converted and with defaults.
pub(crate) fn root_values(
    l: &mut Loading<'_>,
    root: &ModuleConfig,
    environment: &BTreeMap<String, String>,
    arguments: &[VariableArgument],
    unset_is_unknown: bool,
) -> HashMap<Arc<str>, Value> {
    let mut given: HashMap<Arc<str>, Given> = HashMap::new();
    for (name, text) in environment {
        // Others may be meant for other programs.
        if let Some((name, variable)) = root.variables.get_key_value(name.as_str())
            && let Some(value) = from_text(l, variable, text, format!("<value of TF_VAR_{name}>"))
        {
            given.insert(name.clone(), value);
        }
    }
    for path in automatic_files(&root.directory) {
        file(l, root, &path, &mut given);
    }
    for argument in arguments {
        match argument {
            VariableArgument::Value { name, text } => match root.variables.get_key_value(name.as_str()) {
                Some((name, variable)) => {
                    if let Some(value) = from_text(l, variable, text, format!("<value of -var {name}>")) {
                        given.insert(name.clone(), value);
                    }
                }
                None if l.context.copy.is_some() => {}
                None => {
                    let mut d = Diagnostic::error("Value for an undeclared variable")
                        .detail(format!("-var gives a value for \"{name}\", and the root module declares no variable of this name."));
                    d.help = suggest::did_you_mean(name, root.variables.keys().map(|k| &**k));
                    l.problems.push(d);
                }
            },
            VariableArgument::File(path) => file(l, root, &root.directory.join(path), &mut given),
        }
    }
    let mut out = HashMap::new();
    for (name, variable) in &root.variables {
        let given = given.remove(name);
        let unset = given.is_none() && variable.default.is_none();
        if unset && unset_is_unknown {
            let value = if variable.ephemeral { Value::null() } else { Value::unknown(variable.ty.ty.clone()) };
            out.insert(name.clone(), finish(variable, value));
        } else if let Some(value) = settle(l, name, variable, given) {
            out.insert(name.clone(), value);
        }
    }
    out
}

/// `terraform.tfvars`, `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json` by name.
fn automatic_files(directory: &Path) -> Vec<PathBuf> {
    let mut names: Vec<String> = match std::fs::read_dir(directory) {
        Ok(entries) => entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect(),
        Err(_) => Vec::new(),
    };
    names.retain(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json"));
    names.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].into_iter().map(|n| directory.join(n)).filter(|p| p.is_file());
    fixed.chain(names.iter().map(|n| directory.join(n))).collect()
}

/// A value given as plain text: itself for a variable that holds text, an expression for any other.
fn from_text(l: &mut Loading<'_>, variable: &Variable, text: &str, source: String) -> Option<Given> {
    // A variable without a type takes the text as it is.
    let literal = variable.ty.ty == Type::Dynamic || variable.ty.ty.is_primitive();
    if literal {
        let file = l.context.sources.add(&source, text);
        let at = At { file, start: 0, end: text.len() as u32 };
        return Some(Given { value: Value::from(text), at: Some(at), from: source });
    }
    let expr = match parse_expression(&l.context.sources, &source, text) {
        Ok(expr) => expr,
        Err(d) => {
            l.problems.push(d.help("the value of a variable of this type is an expression, such as [\"a\", \"b\"]"));
            return None;
        }
    };
    let mut scope = NoScope(l.context, "the value of a variable must be written out");
    match evaluate(&mut scope, &expr, &Names::Empty) {
        Ok(value) => Some(Given { value, at: Some(expr.at), from: source }),
        Err(Fault::Error(d)) => {
            l.problems.push(*d);
            None
        }
        Err(Fault::Failed) => None,
    }
}

fn file(l: &mut Loading<'_>, root: &ModuleConfig, path: &Path, given: &mut HashMap<Arc<str>, Given>) {
    let shown = l.context.display_name(path);
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => {
            return l.problems.push(Diagnostic::error("Invalid character encoding").detail(format!("{shown} is not UTF-8 text.")));
        }
        Err(e) => return l.problems.push(Diagnostic::error("Variables file can't be read").detail(format!("{shown}: {e}"))),
    };
    let mut values: Vec<(Arc<str>, Value, Option<At>)> = Vec::new();
    if shown.ends_with(".json") {
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Object(entries)) => values.extend(entries.iter().map(|(k, v)| (k.as_str().into(), from_json(v), None))),
            Ok(_) => {
                return l.problems.push(Diagnostic::error("Invalid variables file").detail(format!("{shown} must hold a JSON object.")));
            }
            Err(e) => {
                let file = l.context.sources.add(&shown, &text);
                let start =
                    text.split_inclusive('\n').take(e.line().saturating_sub(1)).map(str::len).sum::<usize>() + e.column().saturating_sub(1);
                let at = At { file, start: start as u32, end: start as u32 + 1 };
                return l.report(at, "Invalid variables file", format!("This is no JSON: {e}."));
            }
        }
    } else {
        let (body, problems) = parse_file(&l.context.sources, &shown, &text);
        l.problems.extend(problems);
        if let Some(block) = body.blocks.first() {
            l.report(
                block.at,
                "Unexpected block",
                "A file of variables holds arguments only. To give a value that is an object, put \"=\" before the brace.",
            );
        }
        for (name, attribute) in body.attributes {
            let mut scope = NoScope(l.context, "the value of a variable must be written out");
            match evaluate(&mut scope, &attribute.value, &Names::Empty) {
                Ok(value) => values.push((name, value, Some(attribute.value.at))),
                Err(Fault::Error(d)) => l.problems.push(*d),
                Err(Fault::Failed) => {}
            }
        }
    }
    for (name, value, at) in values {
        if root.variables.contains_key(&name) {
            given.insert(name, Given { value, at, from: shown.clone() });
            continue;
        }
        let mut d = Diagnostic::warning("Value for an undeclared variable")
            .detail(format!("{shown} gives a value for \"{name}\", and the root module declares no variable of this name."))
            .maybe_at(at.map(|at| l.context.sources.span(at)).as_ref(), "");
        d.help = suggest::did_you_mean(&name, root.variables.keys().map(|k| &**k));
        l.problems.push(d);
    }
}

/// The value that a root variable has in the end.
fn settle(l: &mut Loading<'_>, name: &str, variable: &Variable, given: Option<Given>) -> Option<Value> {
    let Some(given) = given else {
        if variable.default.is_none() {
            let d = l
                .error(
                    variable.at,
                    "No value for a required variable",
                    format!("The variable \"{name}\" has no default, and nothing gives it a value."),
                )
                .help(format!("give it one with -var {name}=…, in a .tfvars file, or as TF_VAR_{name}"));
            l.problems.push(d);
        }
        return variable.default.clone().map(|v| finish(variable, v));
    };
    match convert_value(variable, &given.value) {
        Ok(value) => Some(finish(variable, value)),
        Err(e) => {
            let place = given.at.unwrap_or(variable.at);
            let d = l
                .error(
                    place,
                    "Invalid value for a variable",
                    format!("The value that {} gives doesn't fit the type of variable \"{name}\": {e}.", given.from),
                )
                .at(&l.context.sources.span(variable.at), "the variable is declared here");
            l.problems.push(d);
            None
        }
    }
}

/// Why an ephemeral variable takes no value.
pub(super) const NOT_EPHEMERAL: &str = "Cairn doesn't support ephemeral values yet: an ephemeral variable may only be null";

/// A given value by the variable's type and default.
pub(crate) fn convert_value(variable: &Variable, value: &Value) -> Result<Value, String> {
    if variable.ephemeral && !value.is_null() {
        return Err(NOT_EPHEMERAL.to_string());
    }
    let value = variable.ty.apply(value)?;
    if value.is_null() && !variable.nullable {
        return variable.default.clone().ok_or_else(|| "null is not allowed, and there is no default".to_string());
    }
    Ok(value)
}

/// The value, marked as the variable says.
pub(crate) fn finish(variable: &Variable, value: Value) -> Value {
    if variable.sensitive { value.sensitive() } else { value }
}
