//! Retry policies and policies for unknown outcomes.

use super::keyword::keywords;
use super::scalars::Duration;
use super::span::{Span, Spanned};
use super::words::{FailureMatch, NextAction, OrderState, QueryBy};

/// How a call is repeated (seed 12.2).
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// Where it is written.
    pub span: Span,
    /// The kind of task it was written for: a label, a step names the policy by its id.
    pub task_type: Option<Spanned<String>>,
    /// The first send included; `None` is without end.
    pub max_attempts: Option<Spanned<u32>>,
    /// How long to wait between attempts; without one the next attempt follows at once.
    pub backoff: Option<Backoff>,
    /// Failures after which the call is sent again.
    pub retry_on: Vec<Spanned<FailureMatch>>,
    /// Failures after which it is not.
    pub no_retry_on: Vec<Spanned<FailureMatch>>,
    /// Failures after which the outcome is unknown.
    pub unknown_on: Vec<Spanned<FailureMatch>>,
    /// The policy for these, by id; it wins over `retryOn`.
    pub unknown_outcome_policy: Option<Spanned<String>>,
    /// When to stop calling a system that fails.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// What happens when the attempts are used up.
    pub fallback: Option<Spanned<NextAction>>,
}

/// The wait between attempts.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// Where it is written.
    pub span: Span,
    /// How the wait grows.
    pub kind: Option<Spanned<BackoffKind>>,
    /// The first wait.
    pub initial_delay: Option<Spanned<Duration>>,
    /// The longest wait.
    pub max_delay: Option<Spanned<Duration>>,
}

keywords! {
    /// How the wait between attempts grows.
    "backoff type" BackoffKind {
        /// It doubles.
        Exponential = "exponential",
        /// It grows by the first wait.
        Linear = "linear",
        /// It stays.
        Fixed = "fixed",
    }
}

/// When calls to a failing system stop.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    /// Where it is written.
    pub span: Span,
    /// After so many failures in a row.
    pub failures: Option<Spanned<u32>>,
    /// For so long.
    pub open: Option<Spanned<Duration>>,
}

/// What is done about a call whose outcome is unknown (seed 13).
#[derive(Clone, Debug)]
pub struct UnknownOutcomePolicy {
    /// Where it is written.
    pub span: Span,
    /// How the participant is asked; `None`: it is not.
    pub query: Option<Spanned<QueryBy>>,
    /// The waits before each question.
    pub schedule: Vec<Spanned<Duration>>,
    /// When the effect is there.
    pub confirmed: Option<Spanned<NextAction>>,
    /// When it is not.
    pub absent: Option<Spanned<NextAction>>,
    /// From when on an absent effect counts.
    pub absent_counts: Option<Spanned<AbsentCounts>>,
    /// When the questions are used up.
    pub unresolved: Option<Unresolved>,
    /// How long an outcome may stay unknown.
    pub sla: Option<Spanned<Duration>>,
    /// When the success arrives after the step was given up.
    pub late_success: Option<Spanned<NextAction>>,
}

/// When the questions are used up.
#[derive(Clone, Debug)]
pub struct Unresolved {
    /// Where it is written.
    pub span: Span,
    /// What happens.
    pub then: Option<Spanned<NextAction>>,
    /// The state of the item meanwhile.
    pub item: Option<Spanned<OrderState>>,
}

keywords! {
    /// From when on an absent effect counts.
    "absence rule" AbsentCounts {
        /// Once the operation's late window has passed since the last send; before that it is asked again.
        AfterLateWindow = "after-late-window",
        /// At once: a known bad practice.
        AtOnce = "at-once",
    }
}
