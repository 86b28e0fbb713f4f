//! What became of a configuration's conditions: validations of variables, pre- and postconditions. One that does not
//! hold is an error, so all that is left to say is whether it could be told yet.

use crate::address::{Key, ModuleStep};
use crate::instance::Mode;
use std::sync::Arc;

/// A block with conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it is.
    pub block: CheckedBlock,
    /// The names of the calls of its module, from the root down.
    pub module: Vec<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
    /// Each of its instances, in each instance of its module.
    pub instances: Vec<CheckedInstance>,
}

/// What has conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedBlock {
    /// A variable with validations.
    Variable,
    /// A resource or data source with pre- or postconditions.
    Resource {
        /// Which of the two.
        mode: Mode,
        /// Its type.
        type_name: Arc<str>,
    },
    /// An output with preconditions.
    Output,
}

/// An instance of a block with conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedInstance {
    /// The instance of its module.
    pub module: Vec<ModuleStep>,
    /// Which instance of the block.
    pub key: Key,
    /// All its conditions hold; otherwise one hangs on what only apply can tell.
    pub holds: bool,
}
