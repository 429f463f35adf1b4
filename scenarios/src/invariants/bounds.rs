//! How long things may take, once nothing disturbs them any more.
//!
//! What the definition writes is a promise, and in a run without faults it is due as it is written. Where faults were
//! injected a deadline counts, but never less than a correct recovery takes: what was unknown when the faults
//! ended is asked for on its schedule, what failed is sent again after its backoff, and what was given up waits for a
//! person. A system that never comes back is another matter (`fallout-opened`), and what is stuck is found without any
//! deadline, because the run becomes quiet.

use sim_core::{Bound, Duration};

use crate::definition::NextAction;
use crate::model::{Charge, Model, Rule, Step, StepIx, StepSet};

/// How soon a read model must show a change, where its consumer says nothing.
pub const READ_MODEL: Duration = Duration::hours(1);
/// How soon a person must take up a case, where the definition says nothing.
pub const FALLOUT: Duration = Duration::hours(8);
/// How long an outcome may stay unknown, where the policy says nothing.
pub const UNKNOWN: Duration = Duration::hours(4);
/// How soon a completed item must have its charges and its product instance, where the definition says nothing.
pub const CONVERGED: Duration = Duration::hours(24);
/// How soon the reconciler must have compared a completed item, where its rule says nothing.
pub const RECONCILED: Duration = Duration::hours(24);
/// How long the OMS and the systems may take to say what is on record.
const ASKING: Duration = Duration::mins(1);
/// What people and clocks may take beyond all schedules.
const SLACK: Duration = Duration::hours(24);

/// The longest that a correct recovery of any one step takes: its retries, its questions, a callback that does not come,
/// and a person who starts it once more.
#[must_use]
pub fn recovery(model: &Model) -> Duration {
    let retries = model.steps.iter().map(|step| retries(model, step)).max().unwrap_or_default();
    let late = model.operations.iter().map(|operation| operation.late_effect + operation.query_lag).max();
    let asks = |schedule: &Vec<Duration>| schedule.iter().fold(Duration::ZERO, |sum, wait| sum + *wait);
    let questions = model.unknowns.iter().map(|unknown| asks(&unknown.schedule)).max().unwrap_or_default();
    let case = model.fallout.sla.unwrap_or(FALLOUT);
    let patience = model.steps.iter().filter_map(|step| patience(model, step)).max().unwrap_or_default();
    let once = retries + questions + late.unwrap_or_default();
    once.times(2) + patience + case.times(2) + SLACK
}

/// A deadline of the definition, or its default, that leaves room for a recovery.
#[must_use]
pub fn within(model: &Model, written: Option<Duration>, default: Duration) -> Duration {
    written.unwrap_or(default).max(recovery(model))
}

/// The same of what the definition promises: as it is written, where no fault is.
#[must_use]
pub fn promised(model: &Model, written: Option<Duration>, default: Duration) -> Bound {
    Bound { within: within(model, written, default), promised: written.unwrap_or(Duration::FOREVER) }
}

/// What a reconcile rule has beyond its `within`: its period, but never less than it takes to ask.
#[must_use]
pub fn period(rule: &Rule) -> Duration {
    rule.every.max(ASKING)
}

/// When a callback that was lost is noticed: as the deadline of its step passes.
fn patience(model: &Model, step: &Step) -> Option<Duration> {
    let calls_back = step.call.is_some_and(|call| model.operation(call).callback);
    step.deadline.filter(|_| calls_back)
}

/// How long a step may have to wait, beyond a recovery, for what comes before it and is not done with these steps: dates,
/// persons, and callbacks that come after everybody has given them up.
#[must_use]
pub fn ahead(model: &Model, step: StepIx, done: &[StepIx]) -> Duration {
    let mut is_done = StepSet::default();
    let mut left = done.to_vec();
    while let Some(step) = left.pop() {
        if is_done.insert(step) {
            left.extend(&model.step(step).after);
        }
    }
    longest(model, step, &is_done, &mut vec![None; usize::from(model.forward)])
}

/// The same of the step that makes a charge, once what it is billed on has happened.
#[must_use]
pub fn ahead_of_charge(model: &Model, charge: &Charge) -> Duration {
    let ahead = |step| ahead(model, step, charge.bill_on.as_slice());
    charge.step.map(ahead).unwrap_or_default()
}

/// The longest way to a step through those before it; each is gone once.
fn longest(model: &Model, step: StepIx, done: &StepSet, known: &mut [Option<Duration>]) -> Duration {
    if let Some(known) = known[step.ix()] {
        return known;
    }
    let mut most = Duration::ZERO;
    for &before in model.step(step).after.iter().filter(|before| !done.contains(**before)) {
        most = most.max(waits(model, model.step(before)) + longest(model, before, done, known));
    }
    known[step.ix()] = Some(most);
    most
}

/// How long a step waits for others than a system's answer.
fn waits(model: &Model, step: &Step) -> Duration {
    let late = step.call.map(|call| model.operation(call)).filter(|operation| operation.callback).map(|operation| {
        let patience = step.deadline.or(step.attempt_timeout).unwrap_or(operation.p99);
        // It is lost and asked about, or comes as late as callbacks come; a latency may exceed the 99th percentile by a quarter.
        let work = if operation.callback_after_give_up { patience.times(2) } else { patience } + operation.p99;
        let calls = 1 + step.outcomes.iter().filter(|(_, then)| *then == NextAction::Progress).count() as u64;
        (work + Duration(work.0 / 4)).times(calls)
    });
    late.unwrap_or_default() + step.wait.unwrap_or_default() + step.due.unwrap_or_default()
}

fn retries(model: &Model, step: &Step) -> Duration {
    const ATTEMPTS_MAX: u32 = 20;
    let wait = step.attempt_timeout.unwrap_or_default();
    let Some(retry) = step.retry.map(|retry| &model.retries[usize::from(retry.0)]) else { return wait };
    let attempts = retry.max_attempts.unwrap_or(ATTEMPTS_MAX).clamp(1, ATTEMPTS_MAX);
    let open = retry.breaker.map_or(Duration::ZERO, |(_, open)| open);
    (1..=attempts).fold(Duration::ZERO, |sum, attempt| sum + wait + retry.delay(attempt) + open)
}
