//! What is unknown in a plan, as Terraform's provider has it: a set or a map with an unknown element is unknown as a
//! whole. Cairn keeps the elements that are known, since they say more; what reads Terraform's JSON expects the whole.

use crate::saved::SavedChange;
use cairn_model::Schema;
use cairn_model::schema::{AttrType, Attribute, Block};
use serde_json::{Value as Json, json};

/// The change as Terraform would have it.
pub fn as_terraform_has_it(change: &SavedChange, schema: &'static Schema) -> SavedChange {
    let mut change = change.clone();
    let mut sides = Sides { after: &mut change.after, unknown: &mut change.after_unknown, sensitive: &mut change.after_sensitive };
    sides.attributes(schema.attributes());
    sides.blocks(schema.block);
    change
}

/// What will be, and the shapes of what is unknown and what is sensitive of it.
struct Sides<'a> {
    after: &'a mut Json,
    unknown: &'a mut Json,
    sensitive: &'a mut Json,
}

impl Sides<'_> {
    fn attributes(&mut self, attributes: impl Iterator<Item = &'static Attribute>) {
        for attribute in attributes {
            let empty = match attribute.ty {
                AttrType::Set(_) => json!([]),
                AttrType::Map(_) => json!({}),
                _ => continue,
            };
            if !self.unknown.get(attribute.name).is_some_and(has_unknown) {
                continue;
            }
            if let Some(after) = self.after.as_object_mut() {
                after.remove(attribute.name);
            }
            self.unknown[attribute.name] = json!(true);
            if let Some(sensitive) = self.sensitive.get_mut(attribute.name).filter(|s| !s.is_boolean()) {
                *sensitive = empty;
            }
        }
    }

    fn blocks(&mut self, block: &'static Block) {
        for nested in block.blocks {
            let parts = |side: &mut Json| side.get(nested.name).and_then(Json::as_array).map_or(0, Vec::len);
            for i in 0..parts(self.after).min(parts(self.unknown)).min(parts(self.sensitive)) {
                let mut inside = Sides {
                    after: &mut self.after[nested.name][i],
                    unknown: &mut self.unknown[nested.name][i],
                    sensitive: &mut self.sensitive[nested.name][i],
                };
                if inside.unknown.is_object() {
                    inside.attributes(nested.block.attributes.iter());
                    inside.blocks(nested.block);
                }
            }
        }
    }
}

/// Whether a shape marks an element as unknown; one of which only a part is unknown keeps its collection.
fn has_unknown(shape: &Json) -> bool {
    match shape {
        Json::Bool(unknown) => *unknown,
        Json::Array(elements) => elements.contains(&Json::Bool(true)),
        Json::Object(elements) => elements.values().any(|e| *e == Json::Bool(true)),
        _ => false,
    }
}
