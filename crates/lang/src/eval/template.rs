//! Templates: always text, unknown as soon as one part of it is.

use super::collection::items;
use super::expression::article;
use super::{Evaluated, Fault, Names, Scope, evaluate, fault};
use crate::syntax::ast::Part;
use cairn_model::convert::convert;
use cairn_model::{Type, Value};

#[derive(Default)]
struct Output {
    text: String,
    unknown: bool,
    sensitive: bool,
}

/// Renders a template.
pub(crate) fn render(scope: &mut dyn Scope, parts: &[Part], names: &Names<'_>) -> Evaluated {
    let mut out = Output::default();
    write(scope, parts, names, &mut out)?;
    let value = if out.unknown { Value::unknown(Type::String) } else { Value::string(out.text) };
    Ok(value.with_sensitive(out.sensitive))
}

fn write(scope: &mut dyn Scope, parts: &[Part], names: &Names<'_>, out: &mut Output) -> Result<(), Fault> {
    for part in parts {
        match part {
            Part::Text(text) => out.text.push_str(text),
            Part::Interpolation(expr) => {
                let value = evaluate(scope, expr, names)?;
                out.sensitive |= value.contains_sensitive();
                if value.is_null() {
                    return Err(fault(scope, expr.at, "Null value in a template", "This is null, which can't be put into text."));
                }
                let Ok(text) = convert(&value, &Type::String) else {
                    let what = article(&value.friendly_type());
                    let detail = format!("Only text, numbers and bools can be put into text, and this is {what}.");
                    return Err(fault(scope, expr.at, "Invalid value in a template", detail));
                };
                match text.as_str() {
                    Some(text) => out.text.push_str(text),
                    None => out.unknown = true,
                }
            }
            Part::If { condition, then, otherwise } => {
                let value = evaluate(scope, condition, names)?;
                out.sensitive |= value.is_sensitive();
                if value.is_null() {
                    return Err(fault(scope, condition.at, "Null condition", "The condition is null. It must be true or false."));
                }
                let Ok(value) = convert(&value, &Type::Bool) else {
                    let what = article(&value.friendly_type());
                    return Err(fault(
                        scope,
                        condition.at,
                        "Incorrect condition type",
                        format!("The condition must be a bool, and this is {what}."),
                    ));
                };
                match value.as_bool() {
                    Some(true) => deeper(scope, then, names, out)?,
                    Some(false) => deeper(scope, otherwise, names, out)?,
                    None => out.unknown = true,
                }
            }
            Part::For { key_name, value_name, collection, body } => {
                let value = evaluate(scope, collection, names)?;
                out.sensitive |= value.is_sensitive();
                let Some(items) = items(scope, &value, collection.at)? else {
                    out.unknown = true;
                    continue;
                };
                for (key, element) in items {
                    let with_key;
                    let outer = match key_name {
                        Some(name) => {
                            with_key = names.bind(&name.name, key);
                            &with_key
                        }
                        None => names,
                    };
                    deeper(scope, body, &outer.bind(&value_name.name, element), out)?;
                }
            }
        }
    }
    Ok(())
}

fn deeper(scope: &mut dyn Scope, parts: &[Part], names: &Names<'_>, out: &mut Output) -> Result<(), Fault> {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || write(scope, parts, names, out))
}
