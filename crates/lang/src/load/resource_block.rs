//! `resource` and `data` blocks.

use super::Loading;
use super::blocks::{conditions, duplicate, flag, only, provider_key, reference_list, repetition};
use super::config::*;
use crate::arguments::{check_body, is_unsupported};
use crate::suggest;
use crate::syntax::ast::{Attribute, Block, Expr, ExprKind, Ident, Step};
use cairn_model::instance::Mode;
use cairn_model::{Diagnostic, Path, Schema};

pub(super) fn declare(l: &mut Loading<'_>, config: &mut ModuleConfig, mut block: Block, mode: Mode) {
    let [type_name, name] = block.labels.as_slice() else { return };
    let (type_name, name) = (type_name.clone(), name.clone());
    let key = ResourceKey { mode, type_name: type_name.name.clone(), name: name.name.clone() };
    let what = if mode == Mode::Data { "data source" } else { "resource" };
    if let Some(first) = config.resources.get(&key) {
        let at = first.at;
        return duplicate(l, block.at, at, format!("{what} {}.{}", type_name.name, name.name));
    }
    let schema = schema(l, mode, &type_name);
    let body = &mut block.body;
    let repetition = repetition(l, body);
    let depends_on = body.attributes.shift_remove("depends_on");
    let depends_on = reference_list(l, depends_on.as_ref());
    let provider = match body.attributes.shift_remove("provider") {
        Some(attribute) => provider_key(l, &attribute.value),
        None => None,
    };
    let provider = provider.unwrap_or_else(|| {
        let prefix = type_name.name.split('_').next().unwrap_or(&type_name.name);
        Ident { name: prefix.into(), at: type_name.at }
    });
    let mut lifecycle = LifecycleBlock::default();
    let mut rest = Vec::new();
    let mut seen = false;
    for inner in std::mem::take(&mut body.blocks) {
        match &*inner.kind.name {
            "lifecycle" if seen => l.report(inner.at, "Two lifecycle blocks", "A block may have one lifecycle block."),
            "lifecycle" => {
                seen = true;
                lifecycle = self::lifecycle(l, &inner, mode, schema.as_ref().ok().copied());
            }
            "provisioner" | "connection" => {
                let d = l
                    .error(
                        inner.at,
                        "Provisioners are not supported",
                        format!("Cairn runs no commands on machines, so it has no \"{}\" blocks.", inner.kind.name),
                    )
                    .help("put what is to run into the machine's user data, or into its image");
                l.problems.push(d);
            }
            _ => rest.push(inner),
        }
    }
    body.blocks = rest;
    if let Ok(schema) = schema {
        check_body(l, schema, body, mode, block.at);
    }
    let resource = ResourceBlock { at: block.at, repetition, provider, depends_on, lifecycle, body: block.body, schema };
    config.resources.insert(key, resource);
}

/// The schema of a type, or what to say of a type that Cairn doesn't have.
fn schema(l: &Loading<'_>, mode: Mode, type_name: &Ident) -> Result<&'static Schema, Box<Diagnostic>> {
    let (found, other) = match mode {
        Mode::Managed => (l.schemas.resource(&type_name.name), l.schemas.data_source(&type_name.name)),
        Mode::Data => (l.schemas.data_source(&type_name.name), l.schemas.resource(&type_name.name)),
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let (what, summary) =
        if mode == Mode::Data { ("data source", "Unsupported data source") } else { ("resource type", "Unsupported resource type") };
    let mut d = l.error(type_name.at, summary, format!("Cairn has no {what} \"{}\".", type_name.name));
    d.help = suggest::did_you_mean(&type_name.name, l.schemas.names(mode)).or_else(|| {
        other.map(|_| match mode {
            Mode::Data => "there is a resource type of this name: declare it with resource".to_string(),
            Mode::Managed => "there is a data source of this name: declare it with data".to_string(),
        })
    });
    Err(Box::new(d))
}

fn lifecycle(l: &mut Loading<'_>, block: &Block, mode: Mode, schema: Option<&'static Schema>) -> LifecycleBlock {
    let body = &block.body;
    let arguments: &[&str] = match mode {
        Mode::Managed => &["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"],
        Mode::Data => &[],
    };
    only(l, body, "lifecycle block", arguments, &["precondition", "postcondition"]);
    let mut out = LifecycleBlock {
        create_before_destroy: flag(l, body, "create_before_destroy", false),
        prevent_destroy: flag(l, body, "prevent_destroy", false),
        replace_triggered_by: reference_list(l, body.attributes.get("replace_triggered_by")),
        preconditions: conditions(l, body, "precondition"),
        postconditions: conditions(l, body, "postcondition"),
        ..LifecycleBlock::default()
    };
    if let Some(attribute) = body.attributes.get("ignore_changes") {
        ignore_changes(l, attribute, schema, &mut out);
    }
    out
}

fn ignore_changes(l: &mut Loading<'_>, attribute: &Attribute, schema: Option<&'static Schema>, out: &mut LifecycleBlock) {
    if attribute.value.as_keyword().is_some_and(|k| &*k.name == "all") {
        out.ignore_all_changes = true;
        return;
    }
    let ExprKind::Tuple(elements) = &attribute.value.kind else {
        return l.report(
            attribute.value.at,
            "Invalid ignore_changes",
            "\"ignore_changes\" is a list of arguments in brackets, or the word all.",
        );
    };
    for element in elements {
        let Some(path) = path(element) else {
            l.report(
                element.at,
                "Invalid ignore_changes",
                "Each element names an argument of the resource, such as tags or ingress[0].description.",
            );
            continue;
        };
        if let Some(schema) = schema
            && schema.attribute(path.root()).is_none()
            && schema.block.nested(path.root()).is_none()
            && !is_unsupported(schema, path.root())
        {
            let mut d = l.error(element.at, "Unsupported argument", format!("{} has no argument named \"{}\".", schema.name, path.root()));
            d.help =
                suggest::did_you_mean(path.root(), schema.attributes().map(|a| a.name).chain(schema.block.blocks.iter().map(|b| b.name)));
            l.problems.push(d);
            continue;
        }
        out.ignore_changes.push(path);
    }
}

/// `tags["Name"]` as a path.
fn path(expr: &Expr) -> Option<Path> {
    let (root, steps) = expr.as_reference()?;
    let mut path = Path::name(&root.name);
    for step in steps {
        path = match step {
            Step::Attribute(name) => path.join(&name.name),
            Step::Index(Expr { kind: ExprKind::Literal(key), .. }, _) => match (key.as_str(), key.as_i64()) {
                (Some(name), _) => path.join(name),
                (None, Some(i)) => path.index(usize::try_from(i).ok()?),
                (None, None) => return None,
            },
            _ => return None,
        };
    }
    Some(path)
}
