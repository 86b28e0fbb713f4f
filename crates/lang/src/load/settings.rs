//! The `terraform` block.

use super::Loading;
use super::blocks::{constant, only, provider_key};
use super::config::ModuleConfig;
use super::version::{LANGUAGE_VERSION, satisfies};
use crate::syntax::ast::{Block, Body, ExprKind, Key};
use cairn_model::{Diagnostic, Type};

pub(super) fn terraform(l: &mut Loading<'_>, config: &mut ModuleConfig, block: Block) {
    let body = &block.body;
    only(l, body, "terraform block", &["required_version"], &["required_providers", "backend", "cloud", "provider_meta"]);
    if let Some(attribute) = body.attributes.get("required_version")
        && let Some(wanted) = constant(l, &attribute.value, &Type::String)
    {
        let wanted = wanted.as_str().unwrap_or_default();
        match satisfies(LANGUAGE_VERSION, wanted) {
            Ok(true) => {}
            Ok(false) => {
                l.report(
                    attribute.value.at,
                    "Unsupported language version",
                    format!("Cairn speaks the language of Terraform {LANGUAGE_VERSION}, and this module requires \"{wanted}\"."),
                );
            }
            Err(e) => l.report(attribute.value.at, "Invalid version constraint", format!("{e}.")),
        }
    }
    for inner in &body.blocks {
        match &*inner.kind.name {
            "required_providers" => required_providers(l, config, &inner.body),
            "provider_meta" => provider_meta(l, inner),
            kind @ ("backend" | "cloud") => {
                let d = Diagnostic::warning(format!("The {kind} block has no effect"))
                    .detail("Cairn keeps no state: what it made is found by the marks on the resources themselves.")
                    .at(&l.context.sources.span(inner.at), "");
                l.problems.push(d);
            }
            _ => {}
        }
    }
}

/// What a module's author tells the provider: for AWS the name of the module, for the requests' user agent, where whoever
/// counts the users of a module looks for it. Cairn's requests don't carry it; nothing that is made depends on it.
fn provider_meta(l: &mut Loading<'_>, block: &Block) {
    match block.labels.as_slice() {
        [name] if &*name.name == "aws" => only(l, &block.body, "provider_meta block", &["user_agent"], &[]),
        [name] => {
            let detail = format!("The module tells \"{}\" something, and Cairn has the provider \"aws\" only.", name.name);
            l.problems.push(
                Diagnostic::warning("The provider_meta block has no effect").detail(detail).at(&l.context.sources.span(block.at), ""),
            );
        }
        _ => l.report(block.at, "Wrong number of labels", "A provider_meta block has one label: the provider's name."),
    }
}

fn required_providers(l: &mut Loading<'_>, config: &mut ModuleConfig, body: &Body) {
    only(l, body, "required_providers block", &body.attributes.keys().map(|k| &**k).collect::<Vec<_>>(), &[]);
    for (name, attribute) in &body.attributes {
        let known = matches!(&**name, "aws" | "terraform");
        if !known {
            let d = Diagnostic::warning(format!("There is no provider \"{name}\""))
                .detail("Cairn has the provider \"aws\" only. A resource of any other provider is an error.")
                .at(&l.context.sources.span(attribute.name.at), "");
            l.problems.push(d);
        }
        let ExprKind::Object(items) = &attribute.value.kind else {
            // The short form: just a version constraint.
            config.provider_versions.extend(attribute.value.as_text().map(|v| (name.clone(), v.to_string())));
            check_constraint(l, &attribute.value);
            continue;
        };
        for (key, value) in items {
            let key_name = match key {
                Key::Name(name) => name.name.to_string(),
                Key::Expr(e) => e.as_text().unwrap_or_default().to_string(),
            };
            match key_name.as_str() {
                "version" => {
                    config.provider_versions.extend(value.as_text().map(|v| (name.clone(), v.to_string())));
                    check_constraint(l, value);
                }
                "source" => {
                    if let Some(source) = value.as_text()
                        && &**name == "aws"
                        && !matches!(
                            source,
                            "hashicorp/aws"
                                | "registry.terraform.io/hashicorp/aws"
                                | "opentofu/aws"
                                | "registry.opentofu.org/hashicorp/aws"
                        )
                    {
                        l.report(
                            value.at,
                            "Unsupported provider",
                            format!("\"{source}\" is not the public AWS provider, whose types Cairn has."),
                        );
                    }
                }
                "configuration_aliases" => {
                    if let ExprKind::Tuple(elements) = &value.kind {
                        for element in elements {
                            let key = provider_key(l, element);
                            config.provider_aliases.extend(key);
                        }
                    }
                }
                other => l.report(value.at, "Unsupported argument", format!("A required provider has no \"{other}\".")),
            }
        }
    }
}

fn check_constraint(l: &mut Loading<'_>, value: &crate::syntax::ast::Expr) {
    if let Some(text) = constant(l, value, &Type::String)
        && let Err(e) = satisfies("0.0.0", text.as_str().unwrap_or_default())
    {
        l.report(value.at, "Invalid version constraint", format!("{e}."));
    }
}
