//! What is recorded is enough for what the types declare.

use super::{operations, reference};
use crate::registry::{DATA_SOURCES, RESOURCES};
use crate::{notify, register, trail};

/// Every operation that anything calls.
fn operations() -> Vec<&'static str> {
    let resources = RESOURCES.iter().map(|t| t.calls()).flat_map(|c| [c.read, c.create, c.update, c.delete].concat());
    let data = DATA_SOURCES.iter().flat_map(|t| t.calls().to_vec());
    resources.chain(data).chain([register::CALLS, trail::CALLS, notify::CALLS].concat()).collect()
}

#[test]
fn the_reference_knows_every_action() {
    let actions = operations().into_iter().flat_map(operations::actions);
    let mut unknown: Vec<&str> = actions.filter(|a| reference::of(a).is_none()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    assert!(unknown.is_empty(), "run crates/aws/tests/oracle/record-permissions {}", unknown.join(" "));
}

#[test]
fn what_types_read_changes_nothing() {
    // Decrypting is how a secure string is read.
    for kind in RESOURCES {
        for action in kind.calls().read.iter().flat_map(|o| operations::actions(o)).filter(|a| *a != "kms:Decrypt") {
            assert!(reference::of(action).is_some_and(|f| f.reads()), "{}: {action}", kind.schema().name);
        }
    }
}

#[test]
fn every_named_kind_is_one_that_some_action_is_limited_to() {
    for kind in RESOURCES.iter().filter(|t| t.iam().named.is_some()) {
        let (service, start) = kind.arn().unwrap_or_default();
        let known = operations().into_iter().flat_map(operations::actions).filter_map(reference::of).flat_map(|f| f.on.keys());
        assert!(known.into_iter().any(|k| super::arns::begins(k, service, start)), "{}: {service} {start}", kind.schema().name);
    }
}
