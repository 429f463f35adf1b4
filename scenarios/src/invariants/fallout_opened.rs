//! `fallout-opened`: what cannot go on by itself reaches a person.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Bits, Debt, Debts, orders_of};
use super::{bounds, cause, facts, subject};
use crate::change::{CasePhase, Change, SagaState, kind};
use crate::definition::{Family, OrderState, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{Model, StepIx};
use crate::nodes::SimNode;
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "fallout-opened",
    family: Family::Term,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "a saga that cannot go on, because of a failure or a dead system, becomes a case for a person",
    seed: "26",
    guard: "each saga in fallout, each compensation that failed, and each unfinished order when a system is dead for good",
    causes: cause::OPENS_A_CASE,
    effect: "a failed order lies where nobody looks",
    applies: |_| Ok(()),
    story,
    definition: subject::written,
    new: |model: &Model| {
        let cases = Bits { at: 0, columns: model.row_count() + 1 };
        let created = Bits { at: cases.at + cases.words(), columns: 1 };
        let ended = Bits { at: created.at + created.words(), columns: 1 };
        let debts = Debts { at: ended.at + ended.words(), columns: cases.columns };
        Box::new(FalloutOpened {
            within: bounds::within(model, model.fallout.sla, bounds::FALLOUT),
            debts,
            cases,
            created,
            ended,
        })
    },
};

/// See the catalogue entry.
pub struct FalloutOpened {
    within: Duration,
    /// By step; the last column is for the order.
    debts: Debts,
    /// Steps with an open case, in the same columns; orders that ever had one.
    cases: Bits,
    created: Bits,
    ended: Bits,
}

impl FalloutOpened {
    fn order_column(&self) -> usize {
        self.debts.columns - 1
    }

    /// A case about an undo step counts as one about the step that it undoes, and the other way round.
    fn related<'m>(&self, model: &'m Model, step: StepIx) -> impl Iterator<Item = usize> + use<'m> {
        let found = model.steps.get(step.ix());
        let original = found.and_then(|step| step.undoes);
        let undos = found.map_or(&[][..], |step| &step.undo[..]);
        let order_column = self.order_column();
        let steps = [Some(step), original].into_iter().flatten().chain(undos.iter().copied());
        steps.map(StepIx::ix).filter(move |column| *column < order_column)
    }

    fn case(&self, judge: &mut Judge<'_, Scenario>, order: u16, step: StepIx, phase: CasePhase) {
        let opened = phase == CasePhase::Opened;
        if opened {
            let scenario = judge.model;
            for column in self.related(&scenario.model, step).chain([self.order_column()]) {
                self.debts.meet(judge, order, column);
            }
            self.cases.put(judge.state, order, self.order_column(), true);
        }
        // Each step keeps its own: another one's case may be closed while this one's is open.
        if phase != CasePhase::Taken && step.ix() < self.order_column() {
            self.cases.put(judge.state, order, step.ix(), opened);
        }
    }

    /// A case is owed, unless there is one of these.
    fn owe(
        &self,
        judge: &mut Judge<'_, Scenario>,
        (order, column, subject): (u16, usize, u64),
        mut cases: impl Iterator<Item = usize>,
    ) {
        self.debts.open(judge, order, column, Debt { subject, bound: self.within.into(), needs: 0 });
        if cases.any(|column| self.cases.get(judge.state, order, column)) {
            self.debts.meet(judge, order, column);
        }
    }
}

impl Invariant<Scenario> for FalloutOpened {
    as_entered!(kind::CREATED | kind::SAGA | kind::STEP_PAST_BEGUN | kind::CASE | kind::ORDER);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.at + self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Created { order, .. } => self.created.put(judge.state, order, 0, true),
            Change::Order { order, after: OrderState::Rejected, .. } => self.ended.put(judge.state, order, 0, true),
            Change::Saga { order, after, .. } => {
                self.ended.put(judge.state, order, 0, facts::is_terminal(after));
                if after == SagaState::Fallout {
                    let column = self.order_column();
                    self.owe(judge, (order, column, subject::of_order(order)), [column].into_iter());
                }
            }
            Change::Step { order, step, before, after: StepState::CompensationFailed, .. }
                if before != StepState::CompensationFailed && step.ix() < self.order_column() =>
            {
                let model = &judge.model.model;
                let owed = (order, step.ix(), subject::of_step(model, order, step));
                self.owe(judge, owed, self.related(model, step));
            }
            Change::Case { order, step, phase, .. } => self.case(judge, order, step, phase),
            _ => {}
        }
    }

    fn finish(&self, judge: &mut Judge<'_, Scenario>, _: &[SimNode]) {
        if judge.dead == 0 {
            return;
        }
        for order in 0..ORDERS_MAX as u16 {
            let unfinished = self.created.get(judge.state, order, 0) && !self.ended.get(judge.state, order, 0);
            if unfinished {
                let has_case = self.cases.get(judge.state, order, self.order_column());
                judge.require(has_case, subject::of_order(order), judge.dead);
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    let is_dead = |i: &usize| violation.detail >> (i % 64) & 1 != 0;
    let systems = &scenario.model.systems;
    let dead: Vec<_> = (0..systems.len()).filter(is_dead).map(|i| systems[i].id.as_str()).collect();
    match dead.is_empty() {
        true => format!("{name} cannot go on, and no case was opened for a person."),
        false => format!("{name} cannot go on without {}, and no case was opened for a person.", dead.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::{CaseReason, Why};

    #[test]
    fn what_cannot_go_on_becomes_a_case() {
        let fallout = Do::Tell(Change::Saga { order: 0, before: SagaState::Executing, after: SagaState::Fallout });
        let about = |step: StepIx, phase: CasePhase| {
            let (reason, audited, authorised) = (CaseReason::RetriesExhausted, true, true);
            Do::Tell(Change::Case { order: 0, step, case: 0, reason, phase, audited, authorised })
        };
        let case = |step: StepIx| about(step, CasePhase::Opened);
        let closed = |step: StepIx| about(step, CasePhase::Closed);
        let undo_failed = Do::Tell(Change::Step {
            order: 0,
            step: RESERVE,
            before: StepState::Compensating,
            after: StepState::CompensationFailed,
            revision: 0,
            attempt: 1,
            why: Why::UndoFailed,
        });
        check(ENTRY.id, &[fallout, Do::Finish], &[fallout, case(SHIP), Do::Finish]);
        check(ENTRY.id, &[undo_failed, case(BILL), Do::Finish], &[undo_failed, case(RELEASE), Do::Finish]);
        holds_for(ENTRY.id, &[case(SHIP), fallout, Do::Finish]);
        // Two cases about one thing: one of them is still open.
        let [both, one] = [[case(RELEASE), case(RESERVE)], [case(RELEASE), closed(RELEASE)]];
        check(
            ENTRY.id,
            &[one[0], one[1], undo_failed, Do::Finish],
            &[both[0], both[1], closed(RESERVE), undo_failed, Do::Finish],
        );
    }
}
