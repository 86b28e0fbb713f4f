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

/// Policy documents that together allow what the purpose takes, each within the size that IAM allows.
pub fn policies(stack: &PermissionStack, purpose: Purpose) -> Vec<Json> {
    let arns = Arns::new(stack);
    documents::documents(grants::grants(stack, &arns, purpose), &arns, stack)
}

#[cfg(test)]
mod tests;
