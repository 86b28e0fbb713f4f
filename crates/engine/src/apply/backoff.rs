//! Waiting between tries: longer each time, and not in step with others.

use crate::provider::{Failure, FailureKind};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait between tries, and how long to go on trying.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Before the second try.
    pub first: Duration,
    /// At most between two tries.
    pub most: Duration,
    /// How long calls that are refused for their rate, or reach nobody, are tried again.
    pub calls: Duration,
    /// How long a destruction is tried again while something still hangs on the resource. Network
    /// interfaces outlive load balancers by minutes.
    pub in_use: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff {
            first: Duration::from_millis(500),
            most: Duration::from_secs(15),
            calls: Duration::from_secs(5 * 60),
            in_use: Duration::from_secs(10 * 60),
        }
    }
}

/// The tries of one call.
pub(crate) struct Tries<'a> {
    backoff: &'a Backoff,
    since: Instant,
    next: Duration,
}

impl<'a> Tries<'a> {
    pub fn new(backoff: &'a Backoff) -> Tries<'a> {
        Tries { backoff, since: Instant::now(), next: backoff.first }
    }

    /// True when a call that failed so was not carried out and may be made again as it stands.
    pub fn is_passing(failure: &Failure) -> bool {
        matches!(failure.kind, FailureKind::Throttled | FailureKind::Unreachable)
    }

    /// Waits until it may have become free; `false` when there is no time left for another try.
    pub async fn when_free(&mut self, limit: Duration) -> bool {
        self.next = pause_after(self.since.elapsed()).clamp(self.backoff.first, self.backoff.most);
        self.again(limit).await
    }

    /// Waits for the next try; `false` when there is no time left for one.
    pub async fn again(&mut self, limit: Duration) -> bool {
        if self.since.elapsed() + self.next > limit {
            return false;
        }
        tokio::time::sleep(jittered(self.next)).await;
        self.next = (self.next * 2).min(self.backoff.most);
        true
    }

    /// Waits for the next try of a call that failed in passing; `false` when it is not to be made.
    pub async fn after(&mut self, failure: &Failure, deadline: Option<Duration>) -> bool {
        let limit = deadline.unwrap_or(self.backoff.calls).min(self.backoff.calls);
        Tries::is_passing(failure) && self.again(limit).await
    }
}

/// How long to pause before the next look at something that has been waited for so long: as long again up to half a
/// second, and a twentieth of it where that is more. So no wait is more than half a second or a twentieth longer than it
/// has to be, whether it takes seconds or an hour, and AWS is asked ever more rarely.
pub fn pause_after(elapsed: Duration) -> Duration {
    let at_first = elapsed.clamp(Duration::from_millis(100), Duration::from_millis(500));
    (elapsed / 20).clamp(at_first, Duration::from_secs(10))
}

/// Between a half and the whole.
fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().hash_one(0u8) % 512;
    wait / 2 + wait.mul_f64(random as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks until `done`, and gives when the last look was and how many there were.
    fn waited(done: Duration) -> (Duration, u32) {
        let (mut elapsed, mut looks) = (Duration::ZERO, 1);
        while elapsed < done {
            elapsed += pause_after(elapsed);
            looks += 1;
        }
        (elapsed, looks)
    }

    #[test]
    fn a_wait_of_any_length_is_hardly_longer_than_it_has_to_be() {
        for seconds in [2u64, 8, 48, 100, 960, 3600] {
            let done = Duration::from_secs(seconds);
            let (elapsed, looks) = waited(done);
            assert!(elapsed <= done.mul_f64(1.05).max(done + Duration::from_millis(500)), "{seconds} s took {elapsed:?}");
            assert!(looks <= 75 + (seconds / 10) as u32, "{seconds} s took {looks} looks");
        }
    }

    #[test]
    fn a_short_wait_asks_few_times() {
        for (millis, most) in [(0u64, 1), (100, 2), (500, 5), (2_000, 8), (10_000, 24)] {
            let (_, looks) = waited(Duration::from_millis(millis));
            assert!(looks <= most, "{millis} ms took {looks} looks");
        }
    }
}
