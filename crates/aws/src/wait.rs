//! Waiting for the predicate that the next step needs, with a deadline. No fixed sleeps.

use crate::resource::Run;
use cairn_engine::{Failure, FailureKind, pause_after};
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// What a look at the world gave.
pub enum Look<T> {
    /// The predicate holds.
    Ready(T),
    /// Not yet; says what it is at now, such as `pending`.
    NotYet(String),
}

/// Looks until the predicate holds or the deadline passes. `what` says what is waited for, such as
/// `NAT gateway nat-1 to become available`. `limit` counts where the configuration sets no timeout.
pub async fn until<T, F, L>(run: Run<'_>, what: &str, limit: Duration, mut look: L) -> Result<T, Failure>
where
    L: FnMut() -> F,
    F: Future<Output = Result<Look<T>, Failure>>,
{
    let since = Instant::now();
    let end = since + run.deadline.unwrap_or(limit);
    let mut told = String::new();
    loop {
        let now = match look().await? {
            Look::Ready(value) => return Ok(value),
            Look::NotYet(now) => now,
        };
        if now != told {
            run.waiting.waiting(&if now.is_empty() { what.to_string() } else { format!("{what} ({now})") });
            told = now;
        }
        let pause = pause_after(since.elapsed());
        if Instant::now() + pause > end {
            return Err(Failure::new(FailureKind::Deadline, format!("gave up waiting for {what}: still {told}")));
        }
        tokio::time::sleep(pause).await;
    }
}

/// Tries again while a call fails for a reason that passes by itself, such as an IAM role that is not
/// visible everywhere yet.
pub async fn while_failing<T, F, C>(
    run: Run<'_>,
    what: &str,
    limit: Duration,
    passing: impl Fn(&Failure) -> bool,
    mut call: C,
) -> Result<T, Failure>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, Failure>>,
{
    let since = Instant::now();
    loop {
        let pause = pause_after(since.elapsed());
        match call().await {
            Ok(value) => return Ok(value),
            Err(failure) if passing(&failure) && since.elapsed() + pause < limit => {
                run.waiting.waiting(&format!("{what} ({})", failure.code));
                tokio::time::sleep(pause).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}
