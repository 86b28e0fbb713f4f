//! Calls of functions: arguments by their parameters, unknowns and marks, and the few functions
//! that see expressions instead of values.

use super::expression::article;
use super::{Evaluated, Fault, Names, Scope, evaluate, fault, render};
use crate::context::Context;
use crate::functions::{self, Failure, Function, Param};
use crate::source::At;
use crate::suggest;
use crate::syntax::ast::{Call, Expr, Ident, Part, Step};
use crate::syntax::{is_identifier, parse_template};
use cairn_model::convert::convert;
use cairn_model::{Diagnostic, Kind, Type, Value};
use std::sync::{Arc, PoisonError};

pub(super) fn call(scope: &mut dyn Scope, c: &Call, at: At, names: &Names<'_>) -> Evaluated {
    let name = c.name.name.strip_prefix("core::").unwrap_or(&c.name.name);
    match name {
        "try" => return attempt(scope, c, at, names),
        "can" => return can(scope, c, at, names),
        "timestamp" if c.arguments.is_empty() => return Ok(scope.now().map_or(Value::unknown(Type::String), Value::from)),
        _ => {}
    }
    let Some(function) = functions::find(name) else {
        return Err(unknown_function(scope.context(), &c.name).into());
    };
    let Some(arguments) = arguments(scope, c, names)? else {
        return Ok(Value::unknown(Type::Dynamic));
    };
    check_count(scope, function, c, arguments.len(), at)?;
    let place = |i: usize| c.arguments.get(i.min(c.arguments.len().saturating_sub(1))).map_or(at, |e| e.at);
    let mut sensitive = false;
    let mut unknown = false;
    let mut converted = Vec::with_capacity(arguments.len());
    for (i, argument) in arguments.into_iter().enumerate() {
        let Some(param) = function.param(i) else { continue };
        let argument = if param.marked {
            argument
        } else if argument.contains_sensitive() {
            sensitive = true;
            argument.deep_unmarked()
        } else {
            argument
        };
        let argument = prepare(param, argument).map_err(|m| invalid_argument(scope, function, param, &m, place(i)))?;
        unknown |= argument.is_unknown() && !param.unknown;
        converted.push(argument);
    }
    if unknown {
        return Ok(Value::unknown((function.returns)(&converted)).with_sensitive(sensitive));
    }
    let result = match name {
        "templatefile" => template_file(scope, &converted, at),
        "templatestring" => template_string(scope, c, &converted, at),
        _ => (function.call)(scope.context(), &converted).map_err(|failure| match failure {
            Failure::Argument(i, message) => match function.param(i) {
                Some(param) => invalid_argument(scope, function, param, &message, place(i)),
                None => fault(scope, at, "Error in function call", message),
            },
            Failure::Call(message) => fault(scope, at, "Error in function call", format!("{}(): {message}", function.name)),
        }),
    }?;
    let sensitive = sensitive || result.is_sensitive();
    Ok(result.with_sensitive(sensitive))
}

/// An error for a name that no function has.
pub(crate) fn unknown_function(context: &Context, name: &Ident) -> Diagnostic {
    let mut d = Diagnostic::error("Call to an unknown function").at(&context.sources.span(name.at), "");
    let bare = name.name.strip_prefix("core::").unwrap_or(&name.name);
    if name.name.starts_with("provider::") {
        d.detail = "Functions of providers are not supported yet.".into();
    } else if let Some(why) = functions::unsupported(bare) {
        d.detail = format!("The function \"{bare}\" is not supported yet: {why}.");
    } else {
        d.detail = format!("There is no function named \"{}\".", name.name);
        d.help = suggest::did_you_mean(bare, functions::names());
    }
    d
}

fn prepare(param: &Param, argument: Value) -> Result<Value, String> {
    if argument.is_null() {
        return if param.null { Ok(argument) } else { Err("the argument must not be null".into()) };
    }
    let Some(ty) = param.ty.ty() else { return Ok(argument) };
    convert(&argument, &ty).map_err(|e| {
        if e.path.0.is_empty() {
            format!("{} required, and this is {}", ty.friendly(), article(&argument.friendly_type()))
        } else {
            e.to_string()
        }
    })
}

fn invalid_argument(scope: &dyn Scope, function: &Function, param: &Param, message: &str, at: At) -> Fault {
    fault(scope, at, "Invalid function argument", format!("Invalid value for \"{}\" of {}(): {message}.", param.name, function.name))
}

/// Evaluates the arguments; nothing when the one that is expanded is not known.
fn arguments(scope: &mut dyn Scope, c: &Call, names: &Names<'_>) -> Result<Option<Vec<Value>>, Fault> {
    let mut out = Vec::with_capacity(c.arguments.len());
    let last = c.arguments.len().saturating_sub(1);
    for (i, expr) in c.arguments.iter().enumerate() {
        let value = evaluate(scope, expr, names)?;
        if !(c.expand && i == last) {
            out.push(value);
            continue;
        }
        match value.kind() {
            Kind::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => return Ok(None),
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
                out.extend(e.iter().map(|v| v.clone().marked_like(&[&value])));
            }
            _ => {
                let detail =
                    format!("Only a list, set or tuple can be expanded with \"...\", and this is {}.", article(&value.friendly_type()));
                return Err(fault(scope, expr.at, "Invalid expanded argument", detail));
            }
        }
    }
    Ok(Some(out))
}

fn check_count(scope: &dyn Scope, function: &Function, c: &Call, given: usize, at: At) -> Result<(), Fault> {
    let wanted = function.params.len();
    if given < wanted {
        let missing = function.params.get(given).map_or("", |p| p.name);
        let detail = format!(
            "{}() needs {}{wanted} argument{}; \"{missing}\" is missing.",
            function.name,
            if function.variadic.is_some() { "at least " } else { "" },
            if wanted == 1 { "" } else { "s" }
        );
        return Err(fault(scope, at, "Not enough function arguments", detail));
    }
    if given > wanted && function.variadic.is_none() {
        let place = c.arguments.get(wanted).map_or(at, |e| e.at);
        let detail = format!("{}() takes {wanted} argument{}, not {given}.", function.name, if wanted == 1 { "" } else { "s" });
        return Err(fault(scope, place, "Too many function arguments", detail));
    }
    Ok(())
}

/// `try`: the first argument that can be evaluated.
fn attempt(scope: &mut dyn Scope, c: &Call, at: At, names: &Names<'_>) -> Evaluated {
    if c.arguments.is_empty() {
        return Err(fault(scope, at, "Not enough function arguments", "try() needs at least one argument."));
    }
    let mut problems = Vec::new();
    for argument in &c.arguments {
        match evaluate(scope, argument, names) {
            // What is unknown may yet turn out to be an error.
            Ok(value) if !value.is_wholly_known() => return Ok(Value::unknown(Type::Dynamic).with_sensitive(value.contains_sensitive())),
            Ok(value) => return Ok(value),
            Err(Fault::Failed) => return Err(Fault::Failed),
            Err(Fault::Error(d)) => problems.push(format!("- {d}")),
        }
    }
    let detail = format!("None of the arguments of try() can be evaluated:\n{}", problems.join("\n"));
    Err(fault(scope, at, "Error in function call", detail))
}

fn can(scope: &mut dyn Scope, c: &Call, at: At, names: &Names<'_>) -> Evaluated {
    let [argument] = c.arguments.as_slice() else {
        return Err(fault(scope, at, "Wrong number of function arguments", "can() takes one argument."));
    };
    match evaluate(scope, argument, names) {
        Ok(value) if !value.is_wholly_known() => Ok(Value::unknown(Type::Bool)),
        Ok(_) => Ok(Value::bool(true)),
        Err(Fault::Failed) => Err(Fault::Failed),
        Err(Fault::Error(_)) => Ok(Value::bool(false)),
    }
}

/// The scope inside a template that is given its variables.
struct TemplateScope<'c> {
    context: &'c Context,
    variables: &'c Value,
}

impl Scope for TemplateScope<'_> {
    fn context(&self) -> &Context {
        self.context
    }

    fn reference(&mut self, root: &Ident, _: &[Step], _: &Names<'_>) -> Result<(Value, usize), Fault> {
        if let Some(value) = self.variables.get(&root.name) {
            return Ok((value.clone(), 0));
        }
        let mut d = Diagnostic::error("Unknown variable in a template")
            .detail(format!("The template uses \"{}\", which is not among the variables that it is given.", root.name))
            .at(&self.context.sources.span(root.at), "");
        let names = self.variables.entries();
        d.help = names.and_then(|e| suggest::did_you_mean(&root.name, e.keys().map(String::as_str)));
        Err(d.into())
    }
}

fn variables<'v>(scope: &dyn Scope, value: &'v Value, at: At) -> Result<&'v Value, Fault> {
    let Some(entries) = value.entries() else {
        return Err(fault(scope, at, "Invalid function argument", "The variables of a template are a map or an object."));
    };
    for name in entries.keys() {
        if !is_identifier(name) {
            return Err(fault(
                scope,
                at,
                "Invalid function argument",
                format!("\"{name}\" can't be the name of a variable in a template."),
            ));
        }
    }
    Ok(value)
}

fn run(scope: &mut dyn Scope, parts: &[Part], vars: &Value, at: At, what: &str) -> Evaluated {
    let context = scope.context();
    let mut inner = TemplateScope { context, variables: vars };
    let single = match parts {
        [Part::Interpolation(expr)] => Some(expr),
        _ => None,
    };
    let result = match single {
        Some(expr) => evaluate(&mut inner, expr, &Names::Empty),
        None => render(&mut inner, parts, &Names::Empty),
    };
    result.map_err(|f| match f {
        Fault::Error(d) => Fault::Error(Box::new(d.at(&context.sources.span(at), format!("while rendering {what} here")))),
        Fault::Failed => Fault::Failed,
    })
}

fn template_file(scope: &mut dyn Scope, arguments: &[Value], at: At) -> Evaluated {
    let (Some(path), Some(vars)) = (arguments.first().and_then(Value::as_str), arguments.get(1)) else {
        return Ok(Value::unknown(Type::Dynamic));
    };
    let vars = variables(scope, vars, at)?;
    let context = scope.context();
    let full = context.resolve(path);
    let known = context.templates.lock().unwrap_or_else(PoisonError::into_inner).get(&full).cloned();
    let parts = match known {
        Some(parts) => parts,
        None => {
            let text = functions::read_text(context, path)
                .map_err(|m| fault(scope, at, "Error in function call", format!("templatefile(): {m}")))?;
            let parsed = parse_template(&context.sources, &context.display_name(&full), &text);
            let parts =
                Arc::new(parsed.map_err(|d| Fault::from(d.at(&context.sources.span(at), "while reading the template for this call")))?);
            context.templates.lock().unwrap_or_else(PoisonError::into_inner).insert(full, parts.clone());
            parts
        }
    };
    forbid_calls(scope, &parts, at)?;
    run(scope, &parts, vars, at, path)
}

/// A template may not render templates: that could go on for ever.
fn forbid_calls(scope: &dyn Scope, parts: &[Part], at: At) -> Result<(), Fault> {
    let mut found = None;
    crate::syntax::visit::parts(parts, &mut |e: &Expr| {
        if let crate::syntax::ast::ExprKind::Call(c) = &e.kind
            && matches!(c.name.name.trim_start_matches("core::"), "templatefile" | "templatestring")
        {
            found = Some(c.name.at);
        }
    });
    match found {
        Some(place) => {
            let sources = &scope.context().sources;
            Err(Diagnostic::error("Template calls a template")
                .detail("templatefile() and templatestring() can't be called inside a template.")
                .at(&sources.span(place), "")
                .at(&sources.span(at), "while rendering the template here")
                .into())
        }
        None => Ok(()),
    }
}

fn template_string(scope: &mut dyn Scope, c: &Call, arguments: &[Value], at: At) -> Evaluated {
    let (Some(text), Some(vars)) = (arguments.first().and_then(Value::as_str), arguments.get(1)) else {
        return Ok(Value::unknown(Type::String));
    };
    if c.arguments.first().is_some_and(|e| e.bare().as_reference().is_none()) {
        return Err(fault(
            scope,
            at,
            "Invalid function argument",
            "The template of templatestring() must be a reference; write the template itself where text is written out.",
        ));
    }
    let vars = variables(scope, vars, at)?;
    let context = scope.context();
    let parsed = parse_template(&context.sources, "<template of templatestring>", text);
    let parts = parsed.map_err(|d| Fault::from(d.at(&context.sources.span(at), "while reading the template for this call")))?;
    forbid_calls(scope, &parts, at)?;
    let value = run(scope, &parts, vars, at, "the template")?;
    convert(&value, &Type::String)
        .map_err(|_| fault(scope, at, "Error in function call", "templatestring(): the template doesn't give text."))
}
