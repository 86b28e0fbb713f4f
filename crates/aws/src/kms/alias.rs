//! `aws_kms_alias`.

use super::key::Key;
use super::{aliases, key_id};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource};
use crate::scope::Scope;
use crate::wait::{self, Look};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Parent;
use cairn_model::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// A name for a key.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_kms_alias")]
pub struct Alias {
    /// The name, beginning with `alias/`.
    #[attr(optional, computed, force_new, key, check = alias_name)]
    name: Option<String>,
    /// Beginning of a name that is made up, beginning with `alias/`.
    #[attr(optional, computed, force_new, check = alias_name)]
    name_prefix: Option<String>,
    /// The key, by its id or ARN.
    #[attr(required, equal = same_key)]
    target_key_id: String,
    /// ARN of the alias.
    #[attr(computed)]
    arn: Option<String>,
    /// ARN of the key.
    #[attr(computed)]
    target_key_arn: Option<String>,
}

fn alias_name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let Some(rest) = text.strip_prefix("alias/") else { return Err(format!("must begin with \"alias/\", not \"{text}\"")) };
    if rest.starts_with("aws/") {
        return Err("must not begin with \"alias/aws/\", which AWS keeps for itself".into());
    }
    if text.len() > 256 || !rest.chars().all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c)) {
        return Err(format!("must be of letters, digits, `/`, `_` and `-`, at most 256, not \"{text}\""));
    }
    Ok(())
}

fn same_key(have: &Value, want: &Value) -> bool {
    have.as_str().map(key_id) == want.as_str().map(key_id)
}

impl Resource for Alias {
    const CONSOLE: Option<&'static str> = Some("kms/home?region={region}#/kms/keys/{target_key_id}");
    const SERVICE: &'static str = "kms";
    // The key may be named by its id or its ARN.
    const PARENTS: &'static [Parent] = &[
        Parent { type_name: "aws_kms_key", attribute: "target_key_id", names: "key_id", inline: None },
        Parent { type_name: "aws_kms_key", attribute: "target_key_id", names: "arn", inline: None },
    ];
    const EFFECTS: Effects = Effects {
        serves: Some("calls that name the key by the alias"),
        in_place: &[InPlace {
            arguments: &["target_key_id"],
            does: Does::MayInterrupt,
            what: "calls that decrypt by the alias what the old key encrypted",
            when: impact::always,
            source: "https://docs.aws.amazon.com/kms/latest/developerguide/alias-update.html",
        }],
        ..Effects::NONE
    };
    const IAM: Iam = Iam { arn: Some(("kms", "alias/")), ..Iam::named("name", "name_prefix", "alias/cairn-") };
    const CALLS: Calls = Calls {
        read: &["kms:ListAliases"],
        create: &["kms:CreateAlias", "kms:ListAliases"],
        update: &["kms:UpdateAlias", "kms:ListAliases"],
        delete: &["kms:DeleteAlias"],
        read_cost: "1 per 100 aliases of the account",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Alias>>, Failure> {
        let keys: BTreeSet<String> = scope.of::<Key>(aws).await?.iter().map(|f| f.id.clone()).collect();
        let names = scope.wanted_names("name", "name_prefix", "alias/cairn-", 250);
        let mut found = Vec::new();
        for entry in aliases(aws, scope).await?.iter() {
            let (Some(name), Some(target)) = (&entry.alias_name, &entry.target_key_id) else { continue };
            let asked = match scope.only() {
                Some(id) => id == name,
                None => keys.contains(target) || names.contains(name),
            };
            if asked && !name.starts_with("alias/aws/") {
                let arn = entry.alias_arn.clone().unwrap_or_default();
                let value = Alias {
                    name: Some(name.clone()),
                    name_prefix: prefix_of(name),
                    target_key_id: target.clone(),
                    target_key_arn: arn.split_once(":alias/").map(|(head, _)| format!("{head}:key/{target}")),
                    arn: Some(arn),
                };
                found.push(Found::part(name, value, Default::default(), "aws_kms_key", target));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Alias, making: &Making<'_>) -> Result<String, Failure> {
        let name = want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("alias/cairn-"), 250));
        let request = aws.kms.create_alias().alias_name(&name).target_key_id(&want.target_key_id);
        once!(aws_sdk_kms, request).await.map_err(failed("kms:CreateAlias"))?;
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<Alias>, want: &Alias, changing: &Changing<'_>) -> Result<(), Failure> {
        let call = aws.kms.update_alias().alias_name(&have.id).target_key_id(&want.target_key_id);
        call.send().await.map_err(failed("kms:UpdateAlias"))?;
        // Lists lag behind (KMS developer guide, "eventual consistency").
        wait::until(changing.run, &format!("{} to name its new key", have.id), Duration::from_secs(60), || async {
            let scope = Scope::one(&NOWHERE, &have.id);
            let found = Alias::read(aws, &scope).await?;
            let there = found.first().is_some_and(|f| key_id(&f.value.target_key_id) == key_id(&want.target_key_id));
            Ok(if there { Look::Ready(()) } else { Look::NotYet("not yet".into()) })
        })
        .await
    }

    async fn delete(aws: &Aws, have: &Found<Alias>, _: &Removing<'_, Alias>) -> Result<(), Failure> {
        gone(aws.kms.delete_alias().alias_name(&have.id).send().await.map_err(failed("kms:DeleteAlias")))
    }
}

/// No stack: for reading one alias, whose owner does not matter.
static NOWHERE: std::sync::LazyLock<cairn_model::StackId> =
    std::sync::LazyLock::new(|| cairn_model::StackId { name: String::new(), workspace: String::new() });
