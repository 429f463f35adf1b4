//! Circuit breakers: after so many failures in a row at one system, the engine stops to call it. When the pause is over
//! one call goes through to see; whether it is answered decides. What is held back meanwhile spends no attempt.
//!
//! ```text
//! closed -- failures in a row --> open -- pause over, one call goes through --> open, or closed as soon as it is answered
//! ```
//!
//! Each system has one breaker, the policy of the step that calls says when it opens. It lives in the memory of the saga
//! engine: a crash forgets it, and the count begins anew. Questions about unknown outcomes are never held back, for they
//! find out whether the system is there; that they are answered, or not, counts.

use sim_core::Time;

use super::state::Wait;
use super::{Cx, Oms};
use crate::change::{BreakerPhase, Change, Why};
use crate::definition::{Breaker as Contract, Failure, StepState};
use crate::model::StepIx;

/// The breaker of one system.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct Breaker {
    /// Failures in a row.
    failures: u8,
    open: bool,
    /// While it is open: until when nothing goes through.
    until: Time,
}

/// Whether a failure says that the system is not there, or not able to work.
fn tells_of_the_system(failure: Failure) -> bool {
    !matches!(failure, Failure::ValidationError | Failure::BusinessRejection | Failure::Unauthorized)
}

impl Oms {
    fn system_of(cx: &Cx<'_>, step: StepIx) -> Option<usize> {
        let model = &cx.model.model;
        model.step(step).call.map(|op| model.operation(op).system.ix())
    }

    /// Holds a call back whose system's breaker is open; says whether it did. The first call after the pause goes through.
    pub(super) fn holds_back(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, why: Why) -> bool {
        let Some((_, pause)) = Self::policy(cx, cx.model.model.step(step)).and_then(|policy| policy.breaker) else {
            return false;
        };
        let Some(system) = Self::system_of(cx, step) else { return false };
        let breaker = &mut self.breakers[system];
        if !breaker.open {
            return false;
        }
        let failures = breaker.failures;
        let latched = cx.model.model.plumbing.breaker == Contract::StaysOpen;
        let due = breaker.until <= cx.now;
        if due && !latched {
            // The others wait for what becomes of it.
            breaker.until = cx.now + pause;
            cx.change(Change::Breaker { order, step, phase: BreakerPhase::Tries, failures });
            return false;
        }
        let wait = if due { pause } else { breaker.until - cx.now };
        cx.change(Change::Breaker { order, step, phase: BreakerPhase::HoldsBack, failures });
        if self.row(order, step).state != StepState::Ready {
            self.set_step(cx, (order, step), StepState::Sent, why);
        }
        // Each wait is another one, and its timer has a name of its own.
        let row = self.row_mut(order, step);
        row.polls = row.polls.wrapping_add(1);
        self.wait_for(cx, (order, step), Wait::Retry, wait);
        true
    }

    /// The system of a step answered, whatever it said: calls go through.
    pub(super) fn is_there(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let Some(system) = Self::system_of(cx, step) else { return };
        let latched = cx.model.model.plumbing.breaker == Contract::StaysOpen;
        let breaker = &mut self.breakers[system];
        if breaker.open && latched {
            return;
        }
        let Breaker { failures, open, .. } = std::mem::take(breaker);
        if open {
            cx.change(Change::Breaker { order, step, phase: BreakerPhase::Closes, failures });
        }
    }

    /// A call failed with a class of failure, or a question was not answered.
    pub(super) fn is_missed(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, failure: Failure) {
        if !tells_of_the_system(failure) {
            self.is_there(cx, order, step);
            return;
        }
        let Some((enough, pause)) = Self::policy(cx, cx.model.model.step(step)).and_then(|policy| policy.breaker)
        else {
            return;
        };
        let Some(system) = Self::system_of(cx, step) else { return };
        let breaker = &mut self.breakers[system];
        breaker.failures = breaker.failures.saturating_add(1);
        let failures = breaker.failures;
        if u32::from(failures) < enough {
            return;
        }
        breaker.until = cx.now + pause;
        if !std::mem::replace(&mut breaker.open, true) {
            cx.change(Change::Breaker { order, step, phase: BreakerPhase::Opens, failures });
        }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Choice, Choices, Duration, EventRecord, Limits, Observer, World, run};

    use super::*;
    use crate::definition::{Definition, Set};
    use crate::message::{CallRef, Message};
    use crate::model::Model;
    use crate::scenario::Scenario;
    use crate::workload::OrderPlan;

    /// What the breaker did, and when requests of the step left, in seconds from the first.
    #[derive(Default)]
    struct Seen {
        step: StepIx,
        phases: Vec<BreakerPhase>,
        sent: Vec<(u8, Time)>,
        now: Time,
    }

    impl Observer<Scenario> for Seen {
        fn event(&mut self, event: &EventRecord<Message>) {
            self.now = event.time;
        }

        fn change(&mut self, _event: u32, change: &Change) {
            match *change {
                Change::Breaker { phase, .. } => self.phases.push(phase),
                Change::Sent { call, .. } if call.step == self.step => self.sent.push((call.attempt, self.now)),
                _ => {}
            }
        }
    }

    /// An order of a router whose reservation meets these responses, one for each attempt.
    fn check(sets: &[&str], responses: &[&str], phases: &[BreakerPhase], sent: &[u64]) {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
        let definition = Definition::bundled("order-fulfilment", &sets).expect("the exercise loads");
        let scenario = Scenario::new(Model::new(&definition).expect("the exercise compiles"));
        let step = scenario.model.find_step("reserve-router").expect("a step");
        let site = scenario.sites.response;
        let values = &scenario.sites.sites.get(site).values;
        let overrides: Vec<Choice> = (1..)
            .zip(responses)
            .map(|(attempt, response)| {
                let value = values.iter().position(|value| value.name == *response).expect("a value") as u64;
                let subject = CallRef { order: 0, step, revision: 0, attempt }.subject(&scenario.model);
                Choice { site, subject, value, span: false, event: 0 }
            })
            .collect();
        let mut choices = Choices::simplest(&scenario.sites.sites);
        choices.set_overrides(&overrides);
        let mut world: World<Scenario> = World::default();
        world.ledger.workload.orders.push(OrderPlan { items: 2, ..OrderPlan::default() });
        let mut seen = Seen { step, ..Seen::default() };
        run(&scenario, &mut world, &mut choices, &Limits::default(), &mut seen);
        assert_eq!(seen.phases, phases, "{responses:?}");
        let first = seen.sent[0].1;
        let seconds: Vec<u64> = seen.sent.iter().map(|(_, time)| time.since(first).0 / Duration::secs(1).0).collect();
        assert_eq!(seconds, sent, "{responses:?}");
        assert!((1..).zip(&seen.sent).all(|(n, (attempt, _))| n == *attempt), "what is held back spends no attempt");
    }

    #[test]
    fn a_breaker_opens_lets_one_through_and_closes() {
        use BreakerPhase::{Closes, HoldsBack, Opens, Tries};
        let two = &["saga.retry.standard.circuitBreaker={failures: 2, open: 2m}"][..];
        let (down, limit) = ("http-503-before-effect", "rate-limit");
        check(two, &[down], &[], &[0, 30]);
        check(two, &[down, down], &[Opens, HoldsBack, Tries, Closes], &[0, 30, 150]);
        // The one that goes through fails too, and the pause begins anew.
        let again = [Opens, HoldsBack, Tries, Tries, Closes];
        check(two, &[down, limit, down], &again, &[0, 30, 150, 270]);
        check(&["saga.retry.standard.circuitBreaker=null"], &[down, down], &[], &[0, 30, 90]);
    }
}
