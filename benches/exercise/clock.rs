//! The time that this thread had a processor: on a shared machine, what others do meanwhile does not count.

use std::time::{Duration, Instant};

pub struct Stopwatch {
    begun: Instant,
    had: Option<Duration>,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { begun: Instant::now(), had: had() }
    }

    /// Since the start: processor time, or wall time where the system does not tell.
    pub fn elapsed(&self) -> Duration {
        match (self.had, had()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => self.begun.elapsed(),
        }
    }
}

/// Linux counts nanoseconds, and brings the count up to date a few hundred times a second: measure long enough.
fn had() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
