//! Retry, unknown-outcome, timeout and fallout policies, and commands.

use sim_core::Duration;
use sim_core::hash::names;

use super::{Compiler, duration, keys, value};
use crate::definition::{
    self, AbsentCounts, BackoffKind, Failure, FailureMatch, FalloutAction, Keyword, NextAction, Requirement, Scope,
    Spanned,
};
use crate::model::{Command, Failures, Fallout, Retry, SagaTimeout, Unknown};

impl Compiler<'_> {
    pub(super) fn retries(&mut self) -> Vec<Retry> {
        let saga = self.saga;
        saga.retry.iter().map(|named| self.compiled_retry(&named.id, &named.value)).collect()
    }

    fn compiled_retry(&mut self, id: &str, policy: &definition::RetryPolicy) -> Retry {
        let lists = [&policy.retry_on, &policy.no_retry_on, &policy.unknown_on];
        let [retry_on, no_retry_on, unknown_on] = classes(lists);
        let backoff = policy.backoff.as_ref();
        let breaker = policy.circuit_breaker.as_ref();
        Retry {
            id: id.to_string(),
            max_attempts: value(policy.max_attempts.as_ref()),
            backoff: backoff.and_then(|backoff| value(backoff.kind.as_ref())).unwrap_or(BackoffKind::Fixed),
            initial_delay: backoff.and_then(|b| duration(b.initial_delay.as_ref())).unwrap_or(Duration::ZERO),
            max_delay: backoff.and_then(|backoff| duration(backoff.max_delay.as_ref())),
            retry_on,
            no_retry_on,
            unknown_on,
            unknown: self.unknown(policy.unknown_outcome_policy.as_ref()),
            breaker: breaker.and_then(|b| Some((value(b.failures.as_ref())?, duration(b.open.as_ref())?))),
            fallback: value(policy.fallback.as_ref()),
        }
    }

    pub(super) fn unknowns(&self) -> Vec<Unknown> {
        self.saga.unknown_outcome.iter().map(|named| compiled_unknown(&named.id, &named.value)).collect()
    }

    pub(super) fn timeout(&self) -> Option<SagaTimeout> {
        let timeout = self.saga.timeout.as_ref()?;
        Some(SagaTimeout {
            within: duration(timeout.within.as_ref())?,
            signals: timeout.signal.is_some(),
            then: value(timeout.then.as_ref()),
        })
    }

    pub(super) fn fallout(&self) -> Fallout {
        let Some(fallout) = &self.saga.fallout else { return Fallout::default() };
        let may = |action: FalloutAction| fallout.actions.iter().any(|given| given.value == action);
        Fallout {
            owner: fallout.owner.as_ref().map(|owner| owner.value.clone()),
            sla: duration(fallout.sla.as_ref()),
            retry_step: may(FalloutAction::RetryStep),
            resolve_unknown: may(FalloutAction::ResolveUnknown),
            close_manually: may(FalloutAction::CloseManually),
            replay_events: may(FalloutAction::ReplayEvents),
        }
    }

    pub(super) fn commands(&mut self) -> Vec<Command> {
        let saga = self.saga;
        saga.commands.iter().map(|named| self.command(&named.id, &named.value)).collect()
    }

    /// Reports what no command can do: it would be refused whenever it is given.
    fn check_command(&mut self, id: &str, command: &definition::Command) {
        let expected = match command.step {
            Some(_) => &[NextAction::RedoStep][..],
            None => &[NextAction::CompensateItem, NextAction::Compensate],
        };
        let names: Vec<&str> = expected.iter().map(|action| action.word()).collect();
        let names = names.join(" or ");
        match &command.then {
            None => {
                let message = format!("command \"{id}\" does not say what it does, expected then: {names}");
                self.report("SG0006", "missing-field", command.span, message);
            }
            Some(then) if !expected.contains(&then.value) => {
                let message =
                    format!("{} is nothing that command \"{id}\" can do, expected {names}", then.value.word());
                self.report("SG0005", "unit-or-type", then.span, message);
            }
            Some(_) => {}
        }
    }

    fn command(&mut self, id: &str, command: &definition::Command) -> Command {
        self.check_command(id, command);
        Command {
            id: id.to_string(),
            names: names(&[&self.saga.name, "@command", id]),
            span: command.span,
            scope: value(command.scope.as_ref()).unwrap_or(Scope::Item),
            step: command.step.as_ref().and_then(|name| self.step(name)),
            key: command.key.as_ref().map(|key| self.key(key, &keys::Place::order())),
            expects_version: value(command.expected_version.as_ref()) == Some(Requirement::Required),
            // A command that does not say when it is allowed is taken in every state.
            states: command
                .states
                .as_ref()
                .map_or(u16::MAX, |states| states.iter().fold(0, |mask, state| mask | 1 << state.value as u16)),
            if_in_flight: value(command.if_in_flight.as_ref()),
            then: value(command.then.as_ref()),
            otherwise: value(command.otherwise.as_ref()),
        }
    }
}

fn compiled_unknown(id: &str, policy: &definition::UnknownOutcomePolicy) -> Unknown {
    let unresolved = policy.unresolved.as_ref();
    Unknown {
        id: id.to_string(),
        query: value(policy.query.as_ref()),
        schedule: policy.schedule.iter().map(|wait| super::span(wait.value)).collect(),
        confirmed: value(policy.confirmed.as_ref()),
        absent: value(policy.absent.as_ref()),
        // Nothing is assumed in favour of a policy that does not say from when on absence counts.
        absent_at_once: value(policy.absent_counts.as_ref()) != Some(AbsentCounts::AfterLateWindow),
        unresolved: unresolved.and_then(|unresolved| value(unresolved.then.as_ref())),
        unresolved_item: unresolved.and_then(|unresolved| value(unresolved.item.as_ref())),
        sla: duration(policy.sla.as_ref()),
        late_success: value(policy.late_success.as_ref()),
    }
}

/// The failures of each list. `ANY` stands for those that no list names.
fn classes(lists: [&Vec<Spanned<FailureMatch>>; 3]) -> [Failures; 3] {
    let named = |failure: Failure| lists.iter().any(|list| list.iter().any(|m| m.value == FailureMatch::One(failure)));
    lists.map(|list| {
        Failures::of(Failure::ALL.iter().copied().filter(|&failure| {
            list.iter().any(|entry| match entry.value {
                FailureMatch::One(one) => one == failure,
                FailureMatch::Any => !named(failure),
            })
        }))
    })
}
