//! How long a saga may take in virtual time when everything goes as badly as its policies allow.

use sim_core::Duration;

use crate::model::{Model, Step};

/// Attempts of a policy without a bound: after so many, a run has long healed.
const UNBOUNDED_ATTEMPTS: u32 = 20;
/// How long people may take for an approval or a repair beyond what the definition says.
const PEOPLE: Duration = Duration::days(2);
/// The longest extent; no budget needs more.
const EXTENT_MAX: Duration = Duration::days(3_650);

impl Model {
    /// The sum of what all steps may take one after another, of the saga's timeout and of the people's delays.
    pub(super) fn extent(&self) -> Duration {
        let steps = self.steps.iter().map(|step| self.step_extent(step));
        let sum = |spans: &mut dyn Iterator<Item = Duration>| spans.fold(Duration::ZERO, |sum, span| sum + span);
        let rules = self.rules.iter().map(|rule| rule.within.unwrap_or(Duration::ZERO) + rule.every).max();
        let latest = self.charges.iter().filter_map(|charge| charge.latest).max();
        let timeout = self.timeout.as_ref().map(|timeout| timeout.within);
        let rest = [rules, latest, timeout, self.fallout.sla, Some(PEOPLE)];
        (sum(&mut { steps }) + sum(&mut rest.into_iter().flatten())).min(EXTENT_MAX)
    }

    /// A deadline bounds a step; without one its attempts, its waits and its questions do.
    fn step_extent(&self, step: &Step) -> Duration {
        let waits = step.wait.unwrap_or(Duration::ZERO) + step.due.unwrap_or(Duration::ZERO);
        if let Some(deadline) = step.deadline {
            return waits + deadline;
        }
        let operation = step.call.map(|call| self.operation(call));
        let latency = operation.map_or(Duration::ZERO, |operation| operation.p99 + operation.late_effect);
        let attempt = step.attempt_timeout.unwrap_or(latency);
        let Some(retry) = step.retry.map(|retry| &self.retries[retry.ix()]) else { return waits + attempt + latency };
        let attempts = retry.max_attempts.unwrap_or(UNBOUNDED_ATTEMPTS).min(u32::from(u8::MAX));
        let pauses = (2..=attempts).fold(Duration::ZERO, |sum, attempt| sum + retry.delay(attempt));
        let unknown = retry.unknown.map(|unknown| &self.unknowns[unknown.ix()]);
        let questions = unknown.map_or(Duration::ZERO, |unknown| {
            unknown.schedule.iter().fold(unknown.sla.unwrap_or(Duration::ZERO), |sum, &wait| sum + wait)
        });
        waits + attempt.times(attempts.into()) + pauses + questions + latency
    }
}
