//! Override files: blocks that change the ones they name.

use super::Loading;
use crate::syntax::ast::{Block, Body};
use std::sync::Arc;

/// True for `override.tf` and names that end in `_override.tf`.
pub(super) fn is_override(name: &str) -> bool {
    name == "override.tf" || name.ends_with("_override.tf")
}

/// Merges the blocks of an override file into those of the other files.
pub(super) fn merge(l: &mut Loading<'_>, blocks: &mut Vec<Block>, overriding: Body) {
    for block in overriding.blocks {
        match &*block.kind.name {
            "locals" => locals(l, blocks, block),
            "terraform" => match blocks.iter_mut().find(|b| &*b.kind.name == "terraform") {
                Some(base) => one(base, block),
                None => blocks.push(block),
            },
            "provider" => {
                let alias = |b: &Block| b.body.attributes.get("alias").and_then(|a| a.value.as_text()).map(str::to_string);
                let found = blocks.iter_mut().find(|b| same(b, &block) && alias(b) == alias(&block));
                match found {
                    Some(base) => one(base, block),
                    None => blocks.push(block),
                }
            }
            _ => match blocks.iter_mut().find(|b| same(b, &block)) {
                Some(base) => one(base, block),
                None => {
                    let names: Vec<&str> = block.labels.iter().map(|l| &*l.name).collect();
                    let d = l
                        .error(
                            block.at,
                            "Override of nothing",
                            format!("There is no {} \"{}\" that this block could override.", block.kind.name, names.join("\" \"")),
                        )
                        .help("declare the block in a file whose name doesn't end in _override.tf");
                    l.problems.push(d);
                }
            },
        }
    }
}

fn same(a: &Block, b: &Block) -> bool {
    a.kind.name == b.kind.name && a.labels.iter().map(|l| &l.name).eq(b.labels.iter().map(|l| &l.name))
}

fn locals(l: &mut Loading<'_>, blocks: &mut [Block], block: Block) {
    for (name, attribute) in block.body.attributes {
        let base = blocks.iter_mut().filter(|b| &*b.kind.name == "locals").find_map(|b| b.body.attributes.get_mut(&name));
        match base {
            Some(base) => *base = attribute,
            None => {
                let d = l.error(
                    attribute.name.at,
                    "Override of nothing",
                    format!("There is no local value \"{name}\" that this could override."),
                );
                l.problems.push(d);
            }
        }
    }
}

/// What a nested block is about: `dynamic "x"` stands for `x`.
fn subject(block: &Block) -> Arc<str> {
    match block.labels.first() {
        Some(label) if &*block.kind.name == "dynamic" => label.name.clone(),
        _ => block.kind.name.clone(),
    }
}

/// Arguments one by one; nested blocks of a kind all together, but for those of which there is one
/// with arguments that stand for themselves.
fn one(base: &mut Block, overriding: Block) {
    base.body.attributes.extend(overriding.body.attributes);
    let (merged, replaced): (Vec<Block>, Vec<Block>) =
        overriding.body.blocks.into_iter().partition(|b| matches!(&*b.kind.name, "lifecycle" | "required_providers"));
    for block in merged {
        match base.body.blocks.iter_mut().find(|b| b.kind.name == block.kind.name) {
            Some(inner) => one(inner, block),
            None => base.body.blocks.push(block),
        }
    }
    let kinds: Vec<Arc<str>> = replaced.iter().map(subject).collect();
    base.body.blocks.retain(|b| !kinds.contains(&subject(b)));
    base.body.blocks.extend(replaced);
}
