//! The least-privilege IAM policies of a stack: from what its types declare that they call, what AWS's Service Authorization
//! Reference says of those actions, and the names in the configuration. Asks AWS nothing.

mod arns;
mod documents;
mod grants;
mod iam;
mod operations;
mod reference;
mod stack;

pub use documents::{LONGEST, length};
pub use iam::{Iam, Named};
pub use stack::PermissionStack;

use arns::Arns;
use serde_json::Value as Json;

/// What the policies are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `plan` and `drift`: to read.
    Read,
    /// `apply`: to read, make, change and destroy.
    Apply,
    /// `destroy`: to read and destroy.
    Destroy,
}

/// What a look for drift does besides reading the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// It asks CloudTrail's event history.
    pub history: bool,
    /// ARNs of the SNS topics that it tells.
    pub topics: Vec<String>,
}

/// Policy documents that together allow what the purpose takes, each within the size that IAM allows.
pub fn policies(stack: &PermissionStack, purpose: Purpose, besides: &Besides) -> Vec<Json> {
    let arns = Arns::new(stack);
    documents::documents(grants::grants(stack, &arns, purpose, besides), &arns, stack)
}

#[cfg(test)]
mod tests;
