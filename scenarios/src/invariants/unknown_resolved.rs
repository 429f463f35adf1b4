//! `unknown-resolved`: no outcome stays unknown.

use sim_core::{Bound, Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Debt, Debts, orders_of};
use super::{bounds, cause, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "unknown-resolved",
    family: Family::Unk,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "an outcome that is unknown is found out within its SLA",
    seed: "13, 17.3",
    guard: "each step whose outcome becomes unknown",
    causes: cause::LEAVES_UNKNOWN,
    effect: "nobody knows whether a customer was served or charged",
    applies: |model| match facts::can_be_unknown(model) {
        true => Ok(()),
        false => Err("retry: no policy that a step uses has an unknownOutcomePolicy".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(UnknownResolved::new(model)),
};

/// See the catalogue entry.
pub struct UnknownResolved {
    /// By step: how soon, and the systems that are needed.
    steps: Vec<(Bound, u64)>,
    debts: Debts,
}

impl UnknownResolved {
    fn new(model: &Model) -> Self {
        // Where those who have the cases may not close them, what a dead system did is not found out before the saga is
        // given up.
        let timeout = model.timeout.as_ref().map_or(Duration::ZERO, |timeout| timeout.within);
        let may_not_close = model.fallout.owner.is_some() && !model.fallout.close_manually;
        let given_up = if may_not_close { timeout } else { Duration::ZERO };
        let of = |ix| {
            let step = model.step(StepIx(ix));
            let policy = step.retry.and_then(|retry| model.retries[usize::from(retry.0)].unknown);
            let sla = policy.and_then(|policy| model.unknowns[usize::from(policy.0)].sla);
            let Bound { within, promised } = bounds::promised(model, sla, bounds::UNKNOWN);
            (Bound { within: within + given_up, promised }, facts::needs_of(model, StepIx(ix)))
        };
        let steps: Vec<_> = (0..model.undo_end).map(of).collect();
        Self { debts: Debts { at: 0, columns: steps.len() }, steps }
    }
}

impl Invariant<Scenario> for UnknownResolved {
    as_entered!(kind::STEP_PAST_BEGUN | Pardon::KINDS);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Step { order, step, before, after, .. } if step.ix() < self.steps.len() && before != after => {
                if after == StepState::Unknown {
                    let (bound, needs) = self.steps[step.ix()];
                    let debt = Debt { subject: subject::of_step(model, order, step), bound, needs };
                    self.debts.open(judge, order, step.ix(), debt);
                } else if before == StepState::Unknown {
                    self.debts.meet(judge, order, step.ix());
                }
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, |model, step| model.steps[step].item);
                }
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    format!("The outcome of {} stayed unknown.", subject::name(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::{CasePhase, CaseReason, Why};

    #[test]
    fn an_unknown_outcome_ends() {
        let step = |before, after| {
            let (revision, attempt, why) = (0, 1, Why::TimedOut);
            Do::Tell(Change::Step { order: 0, step: BILL, before, after, revision, attempt, why })
        };
        let unknown = step(StepState::Sent, StepState::Unknown);
        let resolved = step(StepState::Unknown, StepState::Completed);
        let case = |phase| {
            let (reason, audited, authorised) = (CaseReason::Unresolved, true, true);
            Do::Tell(Change::Case { order: 0, step: BILL, case: 0, reason, phase, audited, authorised })
        };
        check(ENTRY.id, &[unknown, Do::Finish], &[unknown, resolved, Do::Finish]);
        check(
            ENTRY.id,
            &[unknown, case(CasePhase::Closed), Do::Finish],
            &[unknown, case(CasePhase::Excepted), Do::Finish],
        );
        let late = [unknown, Do::Heal, Do::At(Duration::days(30)), resolved, Do::Finish];
        let in_time = [unknown, Do::At(Duration::days(30)), Do::Heal, resolved, Do::Finish];
        check(ENTRY.id, &late, &in_time);
        // The policy that writes no sla promises nothing: its default has room for a recovery.
        holds_for(ENTRY.id, &[unknown, Do::At(Duration::hours(9)), resolved, Do::Finish]);
    }
}
