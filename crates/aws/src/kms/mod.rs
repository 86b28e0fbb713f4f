//! Key Management Service. Keys have no names: the tag index, the stack's aliases and at last the tags of every key find them.

pub mod alias;
pub mod key;

use crate::client::Aws;
use crate::failure::failed;
use crate::scope::Scope;
use aws_sdk_kms::types::AliasListEntry;
use cairn_engine::Failure;
use std::sync::Arc;

/// Every alias of the account and region: `ListAliases`, 100 a page, once a reading.
pub async fn aliases(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Vec<AliasListEntry>>, Failure> {
    scope
        .once("kms:ListAliases", || async {
            let mut pages = aws.kms.list_aliases().limit(100).into_paginator().send();
            let mut all = Vec::new();
            while let Some(page) = pages.next().await {
                all.extend(page.map_err(failed("kms:ListAliases"))?.aliases.unwrap_or_default());
            }
            Ok(all)
        })
        .await
}

/// The id of a key, from its id or ARN.
pub fn key_id(text: &str) -> &str {
    text.rsplit_once(":key/").map_or(text, |(_, id)| id)
}
