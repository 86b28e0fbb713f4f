//! The marks that Cairn leaves on resources: the stack and the address they belong to.

use crate::address::Address;
use std::collections::BTreeMap;
use std::fmt;

/// Tag that names the stack: `name/workspace`.
pub const TAG_STACK: &str = "cairn:stack";
/// Tag that names the address, in the encoding of [`Address::to_tag`].
pub const TAG_ADDRESS: &str = "cairn:address";
/// Tag of a resource that a create-before-destroy replacement has taken the place of, and that only
/// waits to be destroyed.
pub const TAG_DEPOSED: &str = "cairn:deposed";
/// What every tag of ours begins with. The configuration may not set such tags.
pub const TAG_PREFIX: &str = "cairn:";

/// The identity of a stack: its name and its workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId {
    /// Name from `cairn.toml`.
    pub name: String,
    /// Workspace, `default` unless chosen.
    pub workspace: String,
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.workspace)
    }
}

/// What the tags of a resource say of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// `name/workspace`.
    pub stack: String,
    /// The address tag as it stands.
    pub address: String,
    /// Its replacement is made, or being made; it waits to be destroyed.
    pub deposed: bool,
}

impl Mark {
    /// The mark of one instance of a stack.
    pub fn new(stack: &StackId, address: &Address) -> Mark {
        Mark { stack: stack.to_string(), address: address.to_tag(), deposed: false }
    }

    /// The tags that carry this mark.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::from([(TAG_STACK.into(), self.stack.clone()), (TAG_ADDRESS.into(), self.address.clone())]);
        if self.deposed {
            tags.insert(TAG_DEPOSED.into(), "true".into());
        }
        tags
    }

    /// The address, when the tag can be read.
    pub fn address(&self) -> Option<Address> {
        Address::from_tag(&self.address)
    }

    /// Takes the mark out of a resource's tags and leaves the user's.
    pub fn split(tags: BTreeMap<String, String>) -> (Option<Mark>, BTreeMap<String, String>) {
        let mark = match (tags.get(TAG_STACK), tags.get(TAG_ADDRESS)) {
            (Some(stack), Some(address)) => {
                Some(Mark { stack: stack.clone(), address: address.clone(), deposed: tags.contains_key(TAG_DEPOSED) })
            }
            _ => None,
        };
        let user = tags.into_iter().filter(|(k, _)| !k.starts_with(TAG_PREFIX)).collect();
        (mark, user)
    }
}
