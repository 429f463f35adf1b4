//! `money-conserved`: in the end the books agree with what was accepted, for what stands.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts, Numbers};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, OrderState, Severity};
use crate::ledger::Ledger;
use crate::model::{ChargeIx, ItemIx, Model};
use crate::nodes::SimNode;
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "money-conserved",
    family: Family::Conv,
    severity: Severity::P0,
    strictness: Strictness::Eventually,
    statement: "charges less credits equal the accepted snapshot for what stands, and nothing is owed for what does not",
    seed: "17.2, 22.2",
    guard: "each charge of an item that reached its end",
    causes: &[],
    effect: "the customer is billed another sum than the one that was accepted for what was delivered",
    applies: |model| match model.steps.iter().any(|step| step.charge.is_some()) {
        true => Ok(()),
        false => Err("steps: none of them activates a charge".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(MoneyConserved::new(model)),
};

/// See the catalogue entry.
pub struct MoneyConserved {
    /// By charge: how soon, and the systems that are needed.
    charges: Vec<(Duration, u64)>,
    debts: Debts,
    /// By item: 0 while it is on its way, else how it ended.
    ended: Numbers,
    /// By charge: covered by an approved exception.
    pardoned: Bits,
}

const STANDS: u16 = 1;
const GONE: u16 = 2;

impl MoneyConserved {
    fn new(model: &Model) -> Self {
        let of = |charge: &crate::model::Charge| {
            let steps = charge.step.iter().flat_map(|step| model.step(*step).undo.iter().chain([step]));
            let needs = steps.fold(0, |needs, step| needs | facts::needs_of(model, *step));
            let within = bounds::within(model, charge.latest, bounds::CONVERGED) + charge.trial;
            (within + bounds::ahead_of_charge(model, charge), needs)
        };
        let charges: Vec<_> = model.charges.iter().map(of).collect();
        let debts = Debts { at: 0, columns: charges.len() };
        let ended = Numbers { at: debts.words(), columns: model.items.len() };
        let pardoned = Bits { at: ended.at + ended.words(), columns: charges.len() };
        Self { charges, debts, ended, pardoned }
    }

    fn look(&self, judge: &mut Judge<'_, Scenario>, order: u16, charge: ChargeIx) {
        let model = &judge.model.model;
        let item = model.charges[charge.ix()].item;
        let ended = self.ended.get(judge.state, order, item.ix());
        if ended == 0 || self.pardoned.get(judge.state, order, charge.ix()) {
            return;
        }
        if agrees(model, judge.ledger, order, charge, ended) {
            self.debts.meet(judge, order, charge.ix());
        } else {
            let (within, needs) = self.charges[charge.ix()];
            let subject = match model.charges[charge.ix()].step {
                Some(step) => subject::of_item_step(order, item, step),
                None => subject::of_item(order, item),
            };
            self.debts.open(judge, order, charge.ix(), Debt { subject, bound: within.into(), needs });
        }
    }

    fn look_at_item(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx) {
        if item.ix() >= judge.model.model.items.len() {
            return;
        }
        for charge in &judge.model.model.items[item.ix()].charges {
            self.look(judge, order, *charge);
        }
    }
}

/// Whether the net of a charge is what it must be. Of what stands: the accepted amount once its trigger has happened;
/// of what does not: nothing, whatever was charged and credited on the way.
fn agrees(model: &Model, ledger: &Ledger, order: u16, charge: ChargeIx, ended: u16) -> bool {
    let snapshot = &model.charges[charge.ix()];
    let mut rows =
        facts::of_order(ledger, order).filter(|(_, row)| facts::charge_of(model, ledger, row) == Some(charge));
    match ended {
        STANDS => {
            let net = rows.map(|(_, row)| row.amount).fold(0_i64, i64::saturating_add);
            match snapshot.bill_on.filter(|step| facts::has_effect(model, *step)) {
                Some(step) if facts::ever(ledger, order, step) => net == snapshot.amount,
                Some(_) => net == 0,
                None => net == 0 || net == snapshot.amount,
            }
        }
        _ => {
            let mut net = 0_i64;
            rows.all(|(_, row)| {
                net = net.saturating_add(row.amount);
                !row.is_live()
            }) && net == 0
        }
    }
}

impl Invariant<Scenario> for MoneyConserved {
    as_entered!(kind::EFFECT | kind::ITEM | Pardon::KINDS);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.pardoned.at + self.pardoned.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Item { order, item, after, .. } if item.ix() < model.items.len() => {
                let ended = match after {
                    OrderState::Completed => STANDS,
                    OrderState::Cancelled | OrderState::Failed | OrderState::Rejected => GONE,
                    _ => 0,
                };
                self.ended.put(judge.state, order, item.ix(), ended);
                self.look_at_item(judge, order, item);
            }
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                if let Some(charge) = facts::charge_of(model, judge.ledger, &row) {
                    self.look(judge, row.call.order, charge);
                } else if facts::is_forward(model, row.call.step) {
                    self.look_at_item(judge, row.call.order, model.step(row.call.step).item);
                }
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    let covered = |charge: &usize| pardon.covers(model.charges[*charge].item);
                    for charge in (0..model.charges.len()).filter(covered) {
                        self.pardoned.put(judge.state, pardon.order, charge, true);
                        self.debts.retire(judge, pardon.order, charge);
                    }
                }
            }
        }
    }

    fn finish(&self, judge: &mut Judge<'_, Scenario>, _: &[SimNode]) {
        let model = &judge.model.model;
        for order in 0..ORDERS_MAX.min(judge.ledger.workload.orders.len()) as u16 {
            for charge in (0..model.charges.len()).map(|charge| ChargeIx(charge as u16)) {
                if self.ended.get(judge.state, order, model.charges[charge.ix()].item.ix()) != 0 {
                    judge.judged();
                    self.look(judge, order, charge);
                }
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    match place.step.and_then(|step| model.step(step).charge) {
        Some(charge) => format!(
            "What is charged and credited for {} does not add up: {} was accepted for the {item}, or nothing where it came to nothing.",
            model.charges[charge.ix()].id,
            subject::amount(model, charge, model.charges[charge.ix()].amount)
        ),
        None => format!("What is charged and credited for the {item} does not add up."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;
    use crate::model::EffectIx;

    #[test]
    fn the_books_agree_in_the_end() {
        let item = |after| {
            let before = OrderState::InProgress;
            Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true })
        };
        let completed = item(OrderState::Completed);
        let cancelled = item(OrderState::Cancelled);
        let wrong = Do::Effect(Effect { amount: 1, wrong: true, ..effect(BILL) });
        let undone = Do::Undo(CREDIT, 1);
        let end = Do::Finish;
        check(ENTRY.id, &[does(SHIP), wrong, completed, end], &[does(SHIP), does(BILL), completed, end]);
        check(ENTRY.id, &[does(SHIP), completed, end], &[does(SHIP), completed, does(BILL), end]);
        check(
            ENTRY.id,
            &[does(SHIP), does(BILL), completed, undone, end],
            &[does(SHIP), wrong, completed, undone, does(BILL), end],
        );
        check(ENTRY.id, &[does(SHIP), does(BILL), cancelled, end], &[does(SHIP), does(BILL), undone, cancelled, end]);
        let less = Do::Effect(Effect { amount: -8_000, undoes: Some(EffectIx(1)), ..effect(CREDIT) });
        check(
            ENTRY.id,
            &[does(SHIP), does(BILL), less, cancelled, end],
            &[does(SHIP), does(BILL), undone, cancelled, end],
        );
    }
}
