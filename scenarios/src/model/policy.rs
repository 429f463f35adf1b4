//! Retry, unknown-outcome, timeout and fallout policies.

use sim_core::Duration;

use crate::definition::{BackoffKind, Failure, NextAction, OrderState, QueryBy};

use super::UnknownIx;

/// A set of failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures(pub u16);

impl Failures {
    /// The set of these.
    pub fn of(failures: impl IntoIterator<Item = Failure>) -> Self {
        Self(failures.into_iter().fold(0, |mask, failure| mask | 1 << failure as u16))
    }

    /// Whether a failure is in it.
    #[must_use]
    pub const fn has(self, failure: Failure) -> bool {
        self.0 & 1 << failure as u16 != 0
    }
}

/// How a call is repeated.
#[derive(Debug)]
pub struct Retry {
    /// Its id.
    pub id: String,
    /// The first send included; `None` is without end.
    pub max_attempts: Option<u32>,
    /// How the wait grows.
    pub backoff: BackoffKind,
    /// The first wait.
    pub initial_delay: Duration,
    /// The longest wait.
    pub max_delay: Option<Duration>,
    /// Failures after which the call is sent again.
    pub retry_on: Failures,
    /// Failures after which it is not.
    pub no_retry_on: Failures,
    /// Failures after which the outcome is unknown.
    pub unknown_on: Failures,
    /// What is done about them; it wins over `retry_on`.
    pub unknown: Option<UnknownIx>,
    /// After how many failures in a row calls stop, and for how long.
    pub breaker: Option<(u32, Duration)>,
    /// What happens when the attempts are used up.
    pub fallback: Option<NextAction>,
}

impl Retry {
    /// The wait before attempt `attempt` (the second attempt is 2).
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Duration {
        let n = u64::from(attempt.saturating_sub(2));
        let delay = match self.backoff {
            BackoffKind::Exponential => self.initial_delay.times(1_u64.checked_shl(n.min(40) as u32).unwrap_or(1)),
            BackoffKind::Linear => self.initial_delay.times(n + 1),
            BackoffKind::Fixed => self.initial_delay,
        };
        self.max_delay.map_or(delay, |max| delay.min(max)).min(Duration::days(365))
    }
}

/// What is done about a call whose outcome is unknown.
#[derive(Debug)]
pub struct Unknown {
    /// Its id.
    pub id: String,
    /// How the participant is asked; `None`: it is not.
    pub query: Option<QueryBy>,
    /// The waits before each question.
    pub schedule: Vec<Duration>,
    /// When the effect is there.
    pub confirmed: Option<NextAction>,
    /// When it is not.
    pub absent: Option<NextAction>,
    /// Whether an absent effect counts at once, not only after the late window.
    pub absent_at_once: bool,
    /// When the questions are used up.
    pub unresolved: Option<NextAction>,
    /// The state of the item meanwhile.
    pub unresolved_item: Option<OrderState>,
    /// How long an outcome may stay unknown.
    pub sla: Option<Duration>,
    /// When a success arrives after the step was given up.
    pub late_success: Option<NextAction>,
}

/// How long an instance may take.
#[derive(Debug)]
pub struct SagaTimeout {
    /// How long.
    pub within: Duration,
    /// Whether it raises a signal.
    pub signals: bool,
    /// What happens then.
    pub then: Option<NextAction>,
}

/// Who takes cases.
#[derive(Debug, Default)]
pub struct Fallout {
    /// The desk; `None`: nobody, and cases stay.
    pub owner: Option<String>,
    /// How soon a case is taken up.
    pub sla: Option<Duration>,
    /// Whether a person may send a step again.
    pub retry_step: bool,
    /// Whether a person may settle an unknown outcome.
    pub resolve_unknown: bool,
    /// Whether a person may close an instance.
    pub close_manually: bool,
    /// Whether an operator may replay the events of an order.
    pub replay_events: bool,
}
