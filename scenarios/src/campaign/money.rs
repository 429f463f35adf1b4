//! What became of the customers' money: the ledger of real effects, held against what was accepted.

use std::collections::BTreeMap;

use sim_core::{Time, World};

use crate::change::SagaState;
use crate::definition::OrderState;
use crate::invariants::facts;
use crate::ledger::Effect;
use crate::model::{ItemIx, Model, StepIx};
use crate::nodes::oms::Oms;
use crate::scenario::Scenario;

/// An amount in minor units that is wrong at the end of a run, and in how many orders; sums over runs. And the longest that
/// it had stood there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Minor units.
    pub minor: u128,
    /// Orders.
    pub orders: u64,
    /// From what made it wrong to the end of its run, in microseconds, where that was longest.
    pub longest_us: u64,
}

impl Wrong {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.minor += other.minor;
        self.orders += other.orders;
        self.longest_us = self.longest_us.max(other.longest_us);
    }
}

/// By currency, as its three letters.
pub type ByCurrency = BTreeMap<[u8; 3], Wrong>;

#[derive(Clone, Copy, Debug)]
struct Charge {
    item: ItemIx,
    step: Option<StepIx>,
    amount: i64,
    currency: [u8; 3],
    /// The step that delivers what it is for.
    delivery: Option<StepIx>,
}

/// Whether a charge is owed. What was completed was delivered some time; what is on its way must stand delivered now.
fn is_due(world: &World<Scenario>, order: u16, charge: &Charge, state: OrderState) -> bool {
    match (charge.delivery, state) {
        _ if facts::is_gone(state) => false,
        (None, _) => state == OrderState::Completed,
        (Some(step), OrderState::Completed) => facts::ever(&world.ledger, order, step),
        (Some(step), _) => {
            facts::of_order(&world.ledger, order).any(|(_, row)| row.call.step == step && !row.partial && row.is_live())
        }
    }
}

/// Adds up what was charged wrongly, and what was not charged.
#[derive(Clone, Debug)]
pub struct MoneyCount {
    charges: Vec<Charge>,
    /// By step, the charge that it is about.
    of_step: Vec<Option<usize>>,
    /// Charged, and not accepted.
    pub wrongly: ByCurrency,
    /// Owed for what was delivered, and not charged.
    pub missing: ByCurrency,
}

impl MoneyCount {
    /// Nothing yet.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let charge = |charge: &crate::model::Charge| Charge {
            item: charge.item,
            step: charge.step,
            amount: charge.amount,
            currency: charge.currency,
            delivery: charge.bill_on.filter(|step| facts::has_effect(model, *step)),
        };
        Self {
            charges: model.charges.iter().map(charge).collect(),
            of_step: model.steps.iter().map(|step| step.charge.map(crate::model::ChargeIx::ix)).collect(),
            wrongly: ByCurrency::new(),
            missing: ByCurrency::new(),
        }
    }

    /// Adds the end of a run. What is still to be charged is missing only where the run came to rest, broken or not.
    pub fn add(&mut self, world: &World<Scenario>, oms: &Oms, at_rest: bool) {
        for (order, plan) in world.ledger.workload.orders.iter().enumerate() {
            // An order with several wrong charges is one order.
            let mut counted: Vec<(bool, [u8; 3])> = Vec::new();
            for (i, charge) in self.charges.iter().enumerate() {
                if plan.items & 1 << charge.item.0 == 0 {
                    continue;
                }
                let net = self.net(world, order as u16, i);
                let (state, excepted) = oms.standing(order as u16, charge.item, charge.step);
                let excepted = excepted || oms.heads[order].saga == SagaState::ManuallyClosed;
                let due = if is_due(world, order as u16, charge, state) { charge.amount } else { 0 };
                if net == due {
                    continue;
                }
                let stood = world.now.since(self.wrong_since(world, order as u16, i));
                let to = match net - due {
                    over if over > 0 && (at_rest || net > charge.amount) => &mut self.wrongly,
                    under if under < 0 && at_rest && !excepted => &mut self.missing,
                    _ => continue,
                };
                let wrong = to.entry(charge.currency).or_default();
                wrong.minor += u128::from((net - due).unsigned_abs());
                wrong.longest_us = wrong.longest_us.max(stood.0);
                let key = (net > due, charge.currency);
                if !counted.contains(&key) {
                    counted.push(key);
                    wrong.orders += 1;
                }
            }
        }
    }

    /// What a customer is charged for: charges less credits.
    fn net(&self, world: &World<Scenario>, order: u16, charge: usize) -> i64 {
        self.rows(world, order, charge).fold(0, |net: i64, row| net.saturating_add(row.amount))
    }

    /// The effects that moved money for a charge of an order.
    fn rows<'w>(
        &'w self,
        world: &'w World<Scenario>,
        order: u16,
        charge: usize,
    ) -> impl Iterator<Item = &'w Effect> + 'w {
        let about = move |row: &&Effect| {
            let step = row.undoes.map_or(row.call.step, |undone| world.ledger.effect(undone).call.step);
            row.call.order == order && self.of_step.get(step.ix()).copied().flatten() == Some(charge)
        };
        world.ledger.effects.iter().filter(about)
    }

    /// When a charge came to stand as it does: the last that was delivered or charged for it.
    fn wrong_since(&self, world: &World<Scenario>, order: u16, charge: usize) -> Time {
        let delivery = self.charges[charge].delivery;
        let delivered = facts::of_order(&world.ledger, order).map(|(_, row)| row);
        let delivered = delivered.filter(|row| Some(row.call.step) == delivery && row.undoes.is_none());
        let last = self.rows(world, order, charge).chain(delivered).map(|row| row.time).max();
        let any = || facts::of_order(&world.ledger, order).map(|(_, row)| row.time).max();
        last.or_else(any).unwrap_or(world.now)
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.wrongly, &other.wrongly), (&mut self.missing, &other.missing)] {
            for (currency, wrong) in theirs {
                mine.entry(*currency).or_default().merge(wrong);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::testing::{choices, simulation};
    use crate::nodes::SimNode;
    use crate::replay::Recording;
    use crate::workload::{OrderPlan, Workload};

    /// What one order of a router is charged wrongly and not charged, in cents, where nobody takes up what failed; and
    /// whether it would have to be charged if the OMS knew its item in these states.
    fn router(faults: &[&str], at_rest: bool, states: [OrderState; 2]) -> (u128, u128, [bool; 2]) {
        let simulation = simulation("order-fulfilment", &["saga.retry.standard.fallback=null"]);
        let order = OrderPlan { items: 0b10, ..OrderPlan::default() };
        let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
        let choices = choices(&simulation, faults);
        let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
        let mut worker = simulation.replayer();
        simulation.replay(&mut worker, &recording, &mut ());
        let oms = worker.world.nodes.iter().find_map(SimNode::as_oms).expect("an OMS");
        let mut money = MoneyCount::new(&simulation.scenario.model);
        money.add(&worker.world, oms, at_rest);
        let sum = |by: &ByCurrency| {
            assert!(by.values().all(|wrong| wrong.orders == 1), "one order: {by:?}");
            by.values().map(|wrong| wrong.minor).sum()
        };
        let charge =
            money.charges.iter().find(|charge| order.items & 1 << charge.item.0 != 0).expect("it is charged for");
        let due = states.map(|state| is_due(&worker.world, 0, charge, state));
        (sum(&money.wrongly), sum(&money.missing), due)
    }

    #[test]
    fn what_is_delivered_is_owed_whatever_the_oms_knows() {
        let known = [OrderState::InProgress, OrderState::Cancelled];
        let billed = "response order-1/router/bill-router attempt 1 = validation-error";
        let shipped = "response order-1/router/ship-router attempt 1 = validation-error";
        assert_eq!(router(&[], true, known), (0, 0, [true, false]));
        assert_eq!(router(&[billed], true, known), (0, 8_990, [true, false]), "it was shipped");
        assert_eq!(router(&[billed], false, known), (0, 0, [true, false]), "it may still be billed");
        assert_eq!(router(&[shipped], true, known), (0, 0, [false, false]), "it was not shipped");
    }
}
