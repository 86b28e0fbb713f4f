//! Which blocks have conditions, and which of these could not be told yet.

use super::Evaluator;
use crate::graph::Item;
use crate::load::config::ModuleConfig;
use cairn_model::Key;
use cairn_model::condition::{Checked, CheckedBlock, CheckedInstance};
use std::sync::Arc;

impl Evaluator<'_, '_> {
    /// Every block with conditions, once everything was evaluated.
    pub fn checked(&mut self) -> Vec<Checked> {
        let program = self.program;
        let mut out = Vec::new();
        for (number, module) in program.modules.iter().enumerate() {
            for (item, block, name) in with_conditions(&module.config) {
                let instances = self.checked_instances(number, item);
                out.push(Checked { block, module: module.names.clone(), name, instances });
            }
        }
        out
    }

    fn checked_instances(&mut self, module: usize, item: Item) -> Vec<CheckedInstance> {
        let mut out = Vec::new();
        for place in self.places_of(module).iter() {
            let keys = match item {
                Item::Resource(_) => self.expansion(*place, item).map(|e| e.keys()).unwrap_or_default(),
                _ => vec![Key::None],
            };
            for key in keys {
                let holds = !self.untold.contains(&(*place, item, key.clone()));
                out.push(CheckedInstance { module: self.path(*place).to_vec(), key, holds });
            }
        }
        out
    }
}

fn with_conditions(config: &ModuleConfig) -> Vec<(Item, CheckedBlock, Arc<str>)> {
    let variables = config.variables.iter().enumerate().filter(|(_, (_, v))| !v.validations.is_empty());
    let outputs = config.outputs.iter().enumerate().filter(|(_, (_, o))| !o.preconditions.is_empty());
    let resources = config.resources.iter().enumerate();
    let resources = resources.filter(|(_, (_, r))| !(r.lifecycle.preconditions.is_empty() && r.lifecycle.postconditions.is_empty()));
    let variables = variables.map(|(i, (name, _))| (Item::Variable(i), CheckedBlock::Variable, name.clone()));
    let outputs = outputs.map(|(i, (name, _))| (Item::Output(i), CheckedBlock::Output, name.clone()));
    let resources = resources.map(|(i, (key, _))| {
        let block = CheckedBlock::Resource { mode: key.mode, type_name: key.type_name.clone() };
        (Item::Resource(i), block, key.name.clone())
    });
    variables.chain(outputs).chain(resources).collect()
}
