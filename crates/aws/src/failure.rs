//! AWS's errors, sorted by what they mean for what is done next.

use crate::patience::NO_ANSWER;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cairn_engine::{Failure, FailureKind};
use std::error::Error;

/// Turns the error of an operation (`ec2:CreateVpc`) into a failure.
pub fn failed<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Send + Sync + std::fmt::Debug + 'static,
{
    move |error| from_sdk(operation, &error)
}

fn from_sdk<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Send + Sync + std::fmt::Debug + 'static,
{
    let mut failure = Failure { operation: operation.into(), ..Failure::new(FailureKind::Other, String::new()) };
    match error {
        SdkError::ServiceError(service) => {
            let meta = service.err().meta();
            failure.code = meta.code().unwrap_or_default().to_string();
            failure.message = meta.message().map_or_else(|| chain(service.err()), str::to_string);
            failure.request_id = meta.extra("aws_request_id").unwrap_or_default().to_string();
            failure.kind = kind_of(&failure.code, &failure.message);
        }
        SdkError::DispatchFailure(dispatch) => {
            let cause = dispatch.as_connector_error().map(|e| chain(e)).unwrap_or_default();
            failure.message = cause.find(NO_ANSWER).and_then(|at| cause.get(at..)).unwrap_or(&cause).to_string();
            let text = failure.message.to_lowercase();
            failure.kind = if text.contains("credentials") {
                FailureKind::Credentials
            } else if [
                "connection refused",
                "dns error",
                "failed to lookup",
                "network is unreachable",
                "no route to host",
                "tcp connect error",
                "connect timeout",
            ]
            .iter()
            .any(|w| text.contains(w))
            {
                FailureKind::Unreachable
            } else {
                FailureKind::ReplyLost
            };
        }
        SdkError::TimeoutError(_) => {
            failure.kind = FailureKind::ReplyLost;
            failure.message = "no reply in time".into();
        }
        SdkError::ConstructionFailure(_) => {
            failure.message = chain(error);
            let text = failure.message.to_lowercase();
            failure.kind =
                if text.contains("credential") || text.contains("identity") { FailureKind::Credentials } else { FailureKind::Invalid };
        }
        SdkError::ResponseError(_) => {
            failure.kind = FailureKind::ReplyLost;
            failure.message = chain(error);
        }
        other => failure.message = chain(other),
    }
    failure
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// What an error code means. Codes of all services follow a few patterns (each service's API
/// reference lists its own).
fn kind_of(code: &str, message: &str) -> FailureKind {
    const THROTTLED: &[&str] = &[
        "Throttling",
        "RequestLimitExceeded",
        "TooManyRequests",
        "SlowDown",
        "RequestThrottled",
        "PriorRequestNotComplete",
        "LimitExceededException.Rate",
    ];
    const CREDENTIALS: &[&str] = &[
        "InvalidClientTokenId",
        "ExpiredToken",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "AuthFailure",
        "MissingAuthenticationToken",
        "IncompleteSignature",
    ];
    const DENIED: &[&str] = &["AccessDenied", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError", "Forbidden", "OptInRequired"];
    const IN_USE: &[&str] = &[
        "DependencyViolation",
        "ResourceInUse",
        "DeleteConflict",
        "InUse",
        "InvalidIPAddress.InUse",
        "ScalingActivityInProgress",
        "AssociatedItem",
        "HasAssociat",
        "BucketNotEmpty",
        "IncorrectState",
        "InvalidDBInstanceState",
        "OperationInProgress",
        "ConcurrentModification",
        "VolumeInUse",
    ];
    const EXISTS: &[&str] = &[
        "AlreadyExist",
        "Duplicate",
        "EntityAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ParameterAlreadyExists",
        "InvalidPermission.Duplicate",
        "AlreadyAssociated",
        "InvalidGroup.Duplicate",
    ];
    const NOT_FOUND: &[&str] =
        &["NotFound", "NoSuch", "NonExist", "Nonexist", "Missing", "DoesNotExist", "ResourceNotFound", "UnknownResource"];
    const INVALID: &[&str] = &["Invalid", "Validation", "Malformed", "InvalidParameter", "Unsupported"];
    const LOST: &[&str] =
        &["InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "RequestTimeout", "Unavailable"];
    let has = |words: &[&str]| words.iter().any(|w| code.contains(w));
    // In this order: `InvalidVpcID.NotFound` is not there, `InvalidPermission.Duplicate` is a duplicate.
    if has(THROTTLED) {
        FailureKind::Throttled
    } else if has(CREDENTIALS) {
        FailureKind::Credentials
    } else if has(DENIED) {
        FailureKind::Denied
    } else if has(EXISTS) {
        FailureKind::AlreadyExists
    } else if has(IN_USE) {
        FailureKind::InUse
    } else if has(NOT_FOUND) || code == "ValidationError" && (message.contains("does not exist") || message.contains("not found")) {
        FailureKind::NotFound
    } else if has(INVALID) {
        FailureKind::Invalid
    } else if has(LOST) {
        FailureKind::ReplyLost
    } else {
        FailureKind::Other
    }
}

/// Turns "it is not there" into nothing.
pub fn absent<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Turns "it is gone already" into success.
pub fn gone<T>(result: Result<T, Failure>) -> Result<(), Failure> {
    absent(result).map(|_| ())
}

/// A field that AWS documents as always there, and that was not.
pub fn missing(operation: &'static str, field: &str) -> Failure {
    Failure { operation: operation.into(), ..Failure::new(FailureKind::Other, format!("the answer holds no {field}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted() {
        for (code, kind) in [
            ("InvalidVpcID.NotFound", FailureKind::NotFound),
            ("InvalidPermission.Duplicate", FailureKind::AlreadyExists),
            ("DependencyViolation", FailureKind::InUse),
            ("RequestLimitExceeded", FailureKind::Throttled),
            ("ThrottlingException", FailureKind::Throttled),
            ("UnauthorizedOperation", FailureKind::Denied),
            ("NoSuchEntity", FailureKind::NotFound),
            ("DBInstanceNotFound", FailureKind::NotFound),
            ("InvalidParameterValue", FailureKind::Invalid),
            ("WAFNonexistentItemException", FailureKind::NotFound),
            ("InternalFailure", FailureKind::ReplyLost),
        ] {
            assert_eq!(kind_of(code, ""), kind, "{code}");
        }
    }
}
