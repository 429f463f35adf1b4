//! Retry policies and policies for unknown outcomes.

use super::actions::{Absent, Confirmed, Fallback, LateSuccess, UnresolvedThen};
use super::code::UNIT_OR_TYPE;
use super::keyword::keywords;
use super::reader::{Fields, Place, Read, Reader, Scalar, Takes};
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

impl Read for RetryPolicy {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("retry policy \"{}\"", place.name), cx)?;
        let policy = RetryPolicy {
            span: place.at,
            task_type: f.get("taskType", cx),
            max_attempts: f.get("maxAttempts", cx),
            backoff: f.get("backoff", cx),
            retry_on: f.list("retryOn", cx),
            no_retry_on: f.list("noRetryOn", cx),
            unknown_on: f.list("unknownOn", cx),
            unknown_outcome_policy: f.get("unknownOutcomePolicy", cx),
            circuit_breaker: f.get("circuitBreaker", cx),
            fallback: f.next::<Fallback>("fallback", cx),
        };
        at_least_one(
            "maxAttempts",
            &policy.max_attempts,
            "the first send is one of them: 1 sends once and never again",
            cx,
        );
        f.close(cx);
        Some(policy)
    }
}

/// Reports a number of which 0 makes no sense.
fn at_least_one(field: &str, count: &Option<Spanned<u32>>, why: &str, cx: &mut Reader) {
    if let Some(count) = count.filter(|count| count.value == 0) {
        cx.report(UNIT_OR_TYPE.at(count.span, format!("{field}: 0 is less than 1; {why}")));
    }
}

/// A whole number whose unit stands in the name of its field.
struct Count<const SECONDS: u64>(Duration);

impl<const SECONDS: u64> Scalar for Count<SECONDS> {
    fn takes() -> Takes {
        Takes::One("whole number")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let count: u32 =
            text.parse().map_err(|_| "is no whole number; the unit stands in the field's name".to_owned())?;
        Ok(Count(Duration::from_secs(u64::from(count) * SECONDS)))
    }
}

/// Reads a delay in seconds, minutes or hours, whichever field is there.
fn read_delay(f: &mut Fields<'_>, keys: [&'static str; 3], cx: &mut Reader) -> Option<Spanned<Duration>> {
    let seconds: Option<Spanned<Count<1>>> = f.get(keys[0], cx);
    let minutes: Option<Spanned<Count<60>>> = f.get(keys[1], cx);
    let hours: Option<Spanned<Count<3600>>> = f.get(keys[2], cx);
    let given: Vec<_> = [
        seconds.map(|delay| delay.map(|count| count.0)),
        minutes.map(|delay| delay.map(|count| count.0)),
        hours.map(|delay| delay.map(|count| count.0)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [first, second, ..] = given[..] {
        let message = format!("{} gives one delay in two units; keep one of {}", f.what, keys.join(", "));
        cx.report(UNIT_OR_TYPE.at(second.span, message).with_secondary(first.span, "also given here"));
    }
    given.first().copied()
}

impl Read for Backoff {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "backoff", cx)?;
        let backoff = Backoff {
            span: place.at,
            kind: f.get("type", cx),
            initial_delay: read_delay(&mut f, ["initialDelaySeconds", "initialDelayMinutes", "initialDelayHours"], cx),
            max_delay: read_delay(&mut f, ["maxDelaySeconds", "maxDelayMinutes", "maxDelayHours"], cx),
        };
        f.close(cx);
        Some(backoff)
    }
}

impl Read for CircuitBreaker {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "circuitBreaker", cx)?;
        let breaker = CircuitBreaker { span: place.at, failures: f.get("failures", cx), open: f.get("open", cx) };
        at_least_one("failures", &breaker.failures, "with none of them nothing would ever be sent", cx);
        f.close(cx);
        Some(breaker)
    }
}

impl Read for UnknownOutcomePolicy {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("unknown-outcome policy \"{}\"", place.name), cx)?;
        let policy = UnknownOutcomePolicy {
            span: place.at,
            query: f.get("query", cx),
            schedule: f.list("schedule", cx),
            confirmed: f.next::<Confirmed>("confirmed", cx),
            absent: f.next::<Absent>("absent", cx),
            absent_counts: f.get("absentCounts", cx),
            unresolved: f.get("unresolved", cx),
            sla: f.get("sla", cx),
            late_success: f.next::<LateSuccess>("lateSuccess", cx),
        };
        f.close(cx);
        Some(policy)
    }
}

impl Read for Unresolved {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "unresolved", cx)?;
        let unresolved =
            Unresolved { span: place.at, then: f.next::<UnresolvedThen>("then", cx), item: f.get("item", cx) };
        f.close(cx);
        Some(unresolved)
    }
}
