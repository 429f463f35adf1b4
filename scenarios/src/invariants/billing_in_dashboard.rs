//! `billing-in-dashboard`: operators see that an item is charged.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Debt, Debts, orders_of};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "billing-in-dashboard",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "a charge that is active at billing is known to the OMS, from whose steps operators see it",
    seed: "17.2",
    guard: "each charge that is activated for an item that stands",
    causes: &[],
    effect: "operators think that an item is not billed, and bill it by hand",
    applies: |model| match model.steps.iter().any(|step| step.charge.is_some()) {
        true => Ok(()),
        false => Err("steps: none of them activates a charge".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(BillingInDashboard::new(model)),
};

/// See the catalogue entry.
pub struct BillingInDashboard {
    within: Duration,
    /// By forward step: the systems that are needed.
    needs: Vec<u64>,
    debts: Debts,
}

impl BillingInDashboard {
    fn new(model: &Model) -> Self {
        let needs: Vec<_> = (0..model.forward).map(|step| facts::needs_of(model, StepIx(step))).collect();
        let debts = Debts { at: 0, columns: needs.len() };
        Self { within: bounds::within(model, None, bounds::READ_MODEL), needs, debts }
    }
}

impl Invariant<Scenario> for BillingInDashboard {
    as_entered!(kind::EFFECT | kind::STEP_PAST_BEGUN | kind::ITEM | Pardon::KINDS);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                let call = row.call;
                if let Some(undone) = row.undoes {
                    let undone = judge.ledger.effect(undone).call;
                    self.debts.retire(judge, undone.order, undone.step.ix());
                } else if facts::charged(model, &row).is_some() && !row.partial && !facts::is_manual(&row) {
                    let subject = subject::of_step(model, call.order, call.step);
                    let needs = self.needs[call.step.ix()];
                    let debt = Debt { subject, bound: self.within.into(), needs };
                    self.debts.open(judge, call.order, call.step.ix(), debt);
                }
            }
            Change::Step { order, step, after, .. } if facts::is_forward(model, step) => {
                // Whatever the OMS knows is enough: a charge that it is about to undo it knows as well.
                let known = matches!(
                    after,
                    StepState::Completed
                        | StepState::Compensating
                        | StepState::Compensated
                        | StepState::CompensationFailed
                );
                if known {
                    self.debts.meet(judge, order, step.ix());
                }
            }
            Change::Item { order, item, after, .. } if facts::is_gone(after) => {
                self.debts.pardon(judge, Pardon { order, item }, item_of);
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, item_of);
                }
            }
        }
    }
}

fn item_of(model: &Model, step: usize) -> ItemIx {
    model.steps[step].item
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    format!("{} is active at billing, but the OMS never learned of it.", subject::name(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Why;
    use crate::definition::OrderState;

    #[test]
    fn a_charge_becomes_known() {
        let step = |after| {
            let (before, revision, attempt, why) = (StepState::Sent, 0, 1, Why::Replied);
            Do::Tell(Change::Step { order: 0, step: BILL, before, after, revision, attempt, why })
        };
        let failed = Do::Tell(Change::Item {
            order: 0,
            item: ROUTER,
            before: OrderState::InProgress,
            after: OrderState::Failed,
            by_machine: true,
        });
        let unknown = step(StepState::Unknown);
        check(ENTRY.id, &[does(BILL), unknown, Do::Finish], &[does(BILL), step(StepState::Completed), Do::Finish]);
        check(ENTRY.id, &[does(BILL), Do::Finish], &[does(BILL), Do::Undo(CREDIT, 0), Do::Finish]);
        check(ENTRY.id, &[failed, does(BILL), Do::Finish], &[does(BILL), failed, Do::Finish]);
    }
}
