//! `timeout-signalled`: a saga that takes longer than it may does not do so in silence.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::cause::Cause;
use super::entry::{Entry, as_entered};
use super::state::cell;
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::nodes::SimNode;
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "timeout-signalled",
    family: Family::Term,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "a saga that takes longer than its timeout raises a signal to the people who run it",
    seed: "15.3",
    guard: "each timeout that passes, and each saga that is still running a day after it should have",
    causes: &[Cause::Fault("desk-unattended")],
    effect: "an order is late for weeks and nobody notices",
    applies: |model| match model.timeout {
        Some(_) => Ok(()),
        None => Err("timeout: not written".into()),
    },
    story,
    definition: subject::plumbing,
    new: |model: &Model| Box::new(TimeoutSignalled { within: model.timeout.as_ref().map(|timeout| timeout.within) }),
};

/// What crashes, late timers and skewed clocks may add.
const GRACE: Duration = Duration::hours(24);
/// In the word of an order, beside the moment of its start plus one.
const SETTLED: u64 = 1 << 63;

/// See the catalogue entry.
pub struct TimeoutSignalled {
    within: Option<Duration>,
}

impl TimeoutSignalled {
    fn is_overdue(&self, judge: &Judge<'_, Scenario>, order: usize) -> bool {
        let word = judge.state[order];
        let Some(within) = self.within else { return false };
        word != 0 && word & SETTLED == 0 && judge.now > sim_core::Time(word - 1) + within + GRACE
    }

    fn settle(&self, judge: &mut Judge<'_, Scenario>, order: usize) {
        judge.state[order] |= SETTLED;
    }
}

impl Invariant<Scenario> for TimeoutSignalled {
    as_entered!(kind::CREATED | kind::SAGA | kind::TIMEOUT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ORDERS_MAX
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Created { order, .. } => {
                if let Some(i) = cell(order, 0, 1)
                    && judge.state[i] == 0
                {
                    judge.state[i] = judge.now.0 + 1;
                }
            }
            Change::Saga { order, after, .. } if facts::is_terminal(after) => {
                if let Some(i) = cell(order, 0, 1) {
                    if self.is_overdue(judge, i) {
                        judge.require(false, subject::of_order(order), 1);
                    }
                    self.settle(judge, i);
                }
            }
            Change::Timeout { order, signalled } => {
                judge.require(signalled, subject::of_order(order), 0);
                if let Some(i) = cell(order, 0, 1) {
                    self.settle(judge, i);
                }
            }
            _ => {}
        }
    }

    fn finish(&self, judge: &mut Judge<'_, Scenario>, _: &[SimNode]) {
        for order in 0..ORDERS_MAX {
            if self.is_overdue(judge, order) {
                judge.require(false, subject::of_order(order as u16), 1);
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let within = scenario.model.timeout.as_ref().map(|timeout| timeout.within).unwrap_or_default();
    match violation.detail {
        0 => format!("The saga of {order} passed its timeout of {within} without a signal."),
        _ => format!("The saga of {order} ran on beyond its timeout of {within}, and its timer never came."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::SagaState;

    #[test]
    fn a_late_saga_raises_a_signal() {
        let created = Do::Tell(Change::Created { order: 0, instances: 1, version: 1 });
        let passed = |signalled| Do::Tell(Change::Timeout { order: 0, signalled });
        let ended = Do::Tell(Change::Saga { order: 0, before: SagaState::Executing, after: SagaState::Completed });
        let late = Do::At(Duration::days(20));
        check(ENTRY.id, &[created, passed(false)], &[created, passed(true)]);
        check(ENTRY.id, &[created, late, ended], &[created, passed(true), late, ended]);
        check(ENTRY.id, &[created, late, Do::Finish], &[created, passed(true), late, Do::Finish]);
        is_silent(ENTRY.id, &[created, ended, late, Do::Finish]);
    }
}
