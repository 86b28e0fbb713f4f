//! A record of every AWS request.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service as the SDK names it, such as `EC2`.
    pub service: String,
    /// The operation as AWS names it, such as `DescribeVpcs`.
    pub operation: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Which attempt at the operation this was, from 1.
    pub attempt: u32,
    /// `ok`, or the HTTP status, or `no reply`.
    pub outcome: String,
}

/// Where calls are recorded. Clones share the record.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<Vec<Call>>>);

impl CallLog {
    /// All calls so far, in the order in which they ended.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().map(|c| c.clone()).unwrap_or_default()
    }

    /// How many calls so far.
    pub fn count(&self) -> usize {
        self.0.lock().map(|c| c.len()).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Attempt {
    number: u32,
    began: Instant,
}

impl Storable for Attempt {
    type Storer = StoreReplace<Attempt>;
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let number = cfg.load::<Attempt>().map_or(1, |a| a.number + 1);
        cfg.interceptor_state().store_put(Attempt { number, began: Instant::now() });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(attempt) = cfg.load::<Attempt>() else { return Ok(()) };
        let outcome = match (context.response().map(|r| r.status()), context.output_or_error()) {
            (Some(_), Some(Ok(_))) => "ok".to_string(),
            (Some(status), _) => status.as_u16().to_string(),
            (None, _) => "no reply".to_string(),
        };
        let (service, operation) = cfg.load::<Metadata>().map(|m| (m.service().to_string(), m.name().to_string())).unwrap_or_default();
        let ms = u64::try_from(attempt.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let call = Call { service, operation, ms, attempt: attempt.number, outcome };
        if let Ok(mut calls) = self.0.lock() {
            calls.push(call);
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        _: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Ok(())
    }
}
