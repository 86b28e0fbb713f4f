//! The clients of a run, made once for each way into AWS.

use crate::calls::CallLog;
use crate::client::{Access, Aws};
use cairn_engine::Failure;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// The clients of a run. Stacks that go the same way into AWS share connections, the bound on requests under way, and
/// whose the credentials are; while only reading, what data sources say too.
#[derive(Debug)]
pub struct Clients {
    in_flight: usize,
    log: CallLog,
    keep_answers: bool,
    made: Mutex<BTreeMap<Access, Arc<OnceCell<Arc<Aws>>>>>,
}

impl Clients {
    /// `in_flight` is how many requests each way may have under way at once.
    pub fn new(in_flight: usize, log: CallLog) -> Clients {
        Clients { in_flight, log, keep_answers: false, made: Mutex::default() }
    }

    /// For a run that only reads: a data source that several stacks ask the same is asked once.
    pub fn for_reading(in_flight: usize, log: CallLog) -> Clients {
        Clients { keep_answers: true, ..Clients::new(in_flight, log) }
    }

    /// Every call so far.
    pub fn log(&self) -> &CallLog {
        &self.log
    }

    /// The clients of a way.
    pub async fn get(&self, access: &Access) -> Result<Arc<Aws>, Failure> {
        let cell = self.made.lock().unwrap_or_else(PoisonError::into_inner).entry(access.clone()).or_default().clone();
        let made = cell.get_or_try_init(|| async {
            let aws = Aws::connect(access, self.in_flight, self.log.clone()).await?;
            Ok(Arc::new(if self.keep_answers { aws.keeping_answers() } else { aws }))
        });
        made.await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_engine::FailureKind;
    use cairn_model::Value;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn access(region: &str) -> Access {
        Access { region: Some(region.to_string()), ..Access::default() }
    }

    #[tokio::test]
    async fn one_way_is_made_once() {
        let clients = Clients::new(1, CallLog::default());
        let (a, b) = (clients.get(&access("us-east-1")).await.expect("clients"), clients.get(&access("us-east-1")).await.expect("clients"));
        let other = clients.get(&access("eu-west-1")).await.expect("clients");
        assert!(Arc::ptr_eq(&a, &b) && !Arc::ptr_eq(&a, &other));
    }

    /// How often a question is really asked that is put four times, of which the first fails.
    async fn asked(clients: Clients) -> usize {
        let aws = clients.get(&access("us-east-1")).await.expect("clients");
        let asked = AtomicUsize::new(0);
        for _ in 0..4 {
            let ask = || async {
                match asked.fetch_add(1, Ordering::SeqCst) {
                    0 => Err(Failure::new(FailureKind::Throttled, "slow down")),
                    _ => Ok(Value::string("answer")),
                }
            };
            let _ = aws.answer("aws_region", &Value::string("question"), ask).await;
        }
        asked.into_inner()
    }

    #[tokio::test]
    async fn answers_are_kept_while_only_reading_and_failures_never() {
        assert_eq!(asked(Clients::new(1, CallLog::default())).await, 4);
        assert_eq!(asked(Clients::for_reading(1, CallLog::default())).await, 2);
    }
}
