//! `item-billed`: what was delivered is charged.

use sim_core::{Bound, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, OrderState, Severity, Span, StepState};
use crate::ledger::Ledger;
use crate::model::{ChargeIx, ItemIx, Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "item-billed",
    family: Family::Conv,
    severity: Severity::P0,
    strictness: Strictness::Eventually,
    statement: "what has been delivered is charged in time, or somebody approved that it is not",
    seed: "17.2",
    guard: "each charge whose billOn step has had its effect while its item stands",
    causes: &[],
    effect: "revenue is lost: the customer has it and does not pay",
    applies: |model| match model.charges.iter().any(|charge| charge.bill_on.is_some()) {
        true => Ok(()),
        false => Err("items: no charge says billOn".into()),
    },
    story,
    definition,
    new: |model: &Model| Box::new(ItemBilled::new(model)),
};

/// See the catalogue entry.
pub struct ItemBilled {
    /// By charge: how soon, and the systems that are needed.
    charges: Vec<(Bound, u64)>,
    debts: Debts,
    /// By item: those that came to nothing.
    gone: Bits,
}

impl ItemBilled {
    fn new(model: &Model) -> Self {
        let of = |charge: &crate::model::Charge| {
            let needs = charge.step.map_or(0, |step| facts::needs_of(model, step));
            let mut bound = bounds::promised(model, charge.latest, bounds::CONVERGED) + charge.trial;
            bound.within = bound.within + bounds::ahead_of_charge(model, charge);
            (bound, needs)
        };
        let charges: Vec<_> = model.charges.iter().map(of).collect();
        let debts = Debts { at: 0, columns: charges.len() };
        Self { charges, debts, gone: Bits { at: debts.words(), columns: model.items.len() } }
    }

    /// The trigger of some charges has happened.
    fn triggered(&self, judge: &mut Judge<'_, Scenario>, order: u16, trigger: StepIx) {
        let model = &judge.model.model;
        for (i, charge) in model.charges.iter().enumerate().filter(|(_, charge)| charge.bill_on == Some(trigger)) {
            let gone = self.gone.get(judge.state, order, charge.item.ix());
            if gone || !facts::has_item(judge.ledger, order, charge.item) {
                continue;
            }
            let (bound, needs) = self.charges[i];
            let subject = match charge.step {
                Some(step) => subject::of_item_step(order, charge.item, step),
                None => subject::of_item(order, charge.item),
            };
            let charged = facts::of_order(judge.ledger, order)
                .any(|(_, row)| row.is_live() && facts::charged(model, row) == Some(ChargeIx(i as u16)));
            self.debts.open(judge, order, i, Debt { subject, bound, needs });
            if charged {
                self.debts.meet(judge, order, i);
            }
        }
    }
}

impl Invariant<Scenario> for ItemBilled {
    as_entered!(kind::EFFECT | kind::STEP_PAST_BEGUN | kind::ITEM | Pardon::KINDS);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.gone.at + self.gone.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                if row.partial || !facts::is_original(&row) || !facts::is_forward(model, row.call.step) {
                    return;
                }
                if let Some(charge) = facts::charged(model, &row) {
                    self.debts.meet(judge, row.call.order, charge.ix());
                }
                self.triggered(judge, row.call.order, row.call.step);
            }
            Change::Step { order, step, after: StepState::Completed, .. } if !facts::has_effect(model, step) => {
                self.triggered(judge, order, step);
            }
            Change::Item { order, item, after, .. } => {
                let gone = facts::is_gone(after) || after == OrderState::Partial;
                self.gone.put(judge.state, order, item.ix(), gone);
                if gone {
                    self.debts.pardon(judge, Pardon { order, item }, item_of);
                }
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, item_of);
                }
            }
        }
    }
}

fn item_of(model: &Model, charge: usize) -> ItemIx {
    model.charges[charge].item
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    match place.step.and_then(|step| model.step(step).charge) {
        Some(charge) => format!(
            "The {item} was delivered, but its {} ({}) was not charged in time.",
            model.charges[charge.ix()].id,
            subject::amount(model, charge, model.charges[charge.ix()].amount)
        ),
        None => format!("The {item} was delivered, but never charged in time."),
    }
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    let model = &scenario.model;
    let charge = subject::unpack(violation.subject).step.and_then(|step| model.step(step).charge);
    let span = charge.map(|charge| model.charges[charge.ix()].span).filter(|span| Model::is_written(*span));
    span.or_else(|| subject::written(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::SagaState;
    use sim_core::Duration;

    #[test]
    fn what_was_delivered_is_charged() {
        let item = |item, after| {
            let before = OrderState::InProgress;
            Do::Tell(Change::Item { order: 0, item, before, after, by_machine: true })
        };
        let cancelled = item(ROUTER, OrderState::PendingCancellation);
        let closed = Do::Tell(Change::Saga { order: 0, before: SagaState::Fallout, after: SagaState::ManuallyClosed });
        check(ENTRY.id, &[does(SHIP), Do::Finish], &[does(SHIP), does(BILL), Do::Finish]);
        check(ENTRY.id, &[does(SHIP), does(BILL_ACCESS), Do::Finish], &[does(SHIP), cancelled, Do::Finish]);
        check(
            ENTRY.id,
            &[does(SHIP), item(CONNECTIVITY, OrderState::Cancelled), Do::Finish],
            &[does(SHIP), closed, Do::Finish],
        );
        is_silent(ENTRY.id, &[cancelled, does(SHIP), Do::Finish]);
        is_silent(ENTRY.id, &[closed, does(SHIP), Do::Finish]);
        let late = [does(SHIP), Do::Heal, Do::At(Duration::days(9)), does(BILL), Do::Finish];
        check(ENTRY.id, &late, &[does(SHIP), Do::Heal, Do::At(Duration::hours(25)), does(BILL), Do::Finish]);
    }

    #[test]
    fn without_a_fault_latest_counts_as_it_is_written() {
        let billed = |hours| [does(SHIP), Do::At(Duration::hours(hours)), does(BILL), Do::Finish];
        check(ENTRY.id, &billed(25), &billed(24));
        let (scenario, violations, _) = run(ENTRY.id, &billed(25));
        let told = super::super::told_promise(&scenario, &violations[0]).expect("it was promised");
        assert_eq!(
            told,
            "latest of the charge hardware gives it 1d, until +1d 00:00:00.000, and it came at +1d 01:00:00.000, 1h \
             late; without a fault it counts as it is written"
        );
        let (scenario, violations, _) = run(ENTRY.id, &[does(SHIP), Do::Finish]);
        let told = super::super::told_promise(&scenario, &violations[0]).expect("it was promised");
        assert!(told.contains("until +1d 00:00:00.000, and it never came"), "{told}");
    }

    #[test]
    fn a_trial_is_time_in_which_nothing_has_to_be_charged() {
        let mut model = model();
        let day = Duration::days(1);
        let bounds = |model: &Model| ItemBilled::new(model).charges[HARDWARE.ix()].0;
        let before = bounds(&model);
        model.charges[HARDWARE.ix()].trial = Duration::days(14);
        let after = bounds(&model);
        assert_eq!((before.promised, after.promised), (day, Duration::days(15)));
        assert_eq!(after.within, before.within + Duration::days(14));
    }
}
