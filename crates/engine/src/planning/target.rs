//! What `-target` names.

use cairn_model::{Address, Key, ModuleStep};
use std::fmt;
use std::str::FromStr;

/// A resource, all instances of a block, or a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetAddress {
    /// One instance, or without a key all of the block's.
    Resource(Address),
    /// Everything in a module; a step without a key stands for all its instances.
    Module(Vec<ModuleStep>),
}

impl TargetAddress {
    /// True when it covers an address.
    pub fn covers(&self, address: &Address) -> bool {
        match self {
            TargetAddress::Resource(target) => {
                target.mode == address.mode
                    && target.type_name == address.type_name
                    && target.name == address.name
                    && key_covers(&target.key, &address.key)
                    && target.module.len() == address.module.len()
                    && modules_cover(&target.module, &address.module)
            }
            TargetAddress::Module(steps) => steps.len() <= address.module.len() && modules_cover(steps, &address.module),
        }
    }
}

fn key_covers(target: &Key, key: &Key) -> bool {
    *target == Key::None || target == key
}

fn modules_cover(target: &[ModuleStep], module: &[ModuleStep]) -> bool {
    target.iter().zip(module).all(|(t, m)| t.name == m.name && key_covers(&t.key, &m.key))
}

impl fmt::Display for TargetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetAddress::Resource(address) => address.fmt(f),
            TargetAddress::Module(steps) => {
                let steps: Vec<String> = steps.iter().map(|s| format!("module.{}{}", s.name, s.key)).collect();
                f.write_str(&steps.join("."))
            }
        }
    }
}

impl FromStr for TargetAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<TargetAddress, String> {
        if let Ok(address) = text.parse() {
            return Ok(TargetAddress::Resource(address));
        }
        // A module's path is that of a resource in it, without the resource.
        match format!("{text}.aws_any.any").parse::<Address>() {
            Ok(address) if !address.module.is_empty() && address.mode == cairn_model::Mode::Managed => {
                Ok(TargetAddress::Module(address.module))
            }
            _ => Err(format!("\"{text}\" is not a resource or module address; one looks like aws_vpc.main or module.network")),
        }
    }
}
