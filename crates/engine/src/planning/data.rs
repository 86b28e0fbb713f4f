//! Data sources: answered from the snapshot, asked for, or left to the apply.

use super::compose::compose;
use super::marks;
use crate::provider::Provider;
use crate::snapshot::DataKey;
use cairn_model::{Diagnostic, Diagnostics, Instance, Schema, Value};
use std::collections::BTreeMap;

/// What is known of a data source.
pub(crate) enum Answer {
    /// What it says.
    Known(Value),
    /// It can only be read during apply; until then it is this.
    Later(Value),
    /// It must be read; until then it is this.
    Missing(DataKey, Value),
}

/// The schema of a data source.
pub(crate) fn schema(provider: &dyn Provider, instance: &Instance) -> Result<&'static Schema, Diagnostics> {
    provider.schemas().data_source(&instance.address.type_name).ok_or_else(|| {
        Diagnostic::error(format!("{}: Cairn has no data source of the type {}", instance.address, instance.address.type_name))
            .at(&instance.span, "")
            .into()
    })
}

/// Under what its answer is kept.
pub(crate) fn key(instance: &Instance) -> DataKey {
    DataKey {
        provider: instance.provider.clone(),
        type_name: instance.address.type_name.to_string(),
        config: instance.config.deep_unmarked(),
    }
}

/// Answers a data source. `later` when it depends on what is still to be made.
pub(crate) fn answer(schema: &'static Schema, instance: &Instance, data: &BTreeMap<DataKey, Value>, later: bool) -> Answer {
    let unknown = || marks::marked(schema, &compose(schema, &instance.config.deep_unmarked(), None), Some(&instance.config));
    if later || !instance.config.is_wholly_known() {
        return Answer::Later(unknown());
    }
    let key = key(instance);
    match data.get(&key) {
        Some(value) => Answer::Known(marks::marked(schema, value, Some(&instance.config))),
        None => Answer::Missing(key, unknown()),
    }
}
