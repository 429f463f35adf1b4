//! `cancelled-item-has-no-effects`: of what was cancelled or failed, nothing stays.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation, World};

use super::entry::{Entry, as_entered};
use super::state::{Bits, Debt, Debts, Numbers, item_column};
use super::{bounds, cause, facts, subject};
use crate::change::{CasePhase, Change, SagaState, kind};
use crate::definition::{EffectKind, Family, OrderState, Severity};
use crate::ledger::{Effect, Ledger};
use crate::model::{ItemIx, Model};
use crate::nodes::SimNode;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "cancelled-item-has-no-effects",
    family: Family::Comp,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "of an item that was cancelled or failed, everything held is released, stopped or credited",
    seed: "14.1, 17.3",
    guard: "each item that is cancelled or failed, and each effect that it still has or gets afterwards",
    causes: cause::FAILS_OR_CANCELS,
    effect: "a customer pays for, or capacity is held by, something that does not exist any more",
    applies: |model| match model.operations.iter().any(|operation| is_lasting(operation.effect)) {
        true => Ok(()),
        false => Err("participants: no operation has an effect that lasts".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(CancelledItemHasNoEffects::new(model)),
};

/// What was told cannot be taken back; all else can be.
fn is_lasting(kind: EffectKind) -> bool {
    !matches!(kind, EffectKind::None | EffectKind::Message)
}

/// See the catalogue entry.
pub struct CancelledItemHasNoEffects {
    within: Duration,
    /// By item, the order itself last: the systems that its steps and their undo need.
    needs: Vec<u64>,
    debts: Debts,
    /// By item: how it ended, 0 while it stands.
    ended: Numbers,
    /// By step: an approved exception says that what it did may stay.
    pardoned: Bits,
}

const CANCELLED: u16 = 1;
const FAILED: u16 = 2;

impl CancelledItemHasNoEffects {
    fn new(model: &Model) -> Self {
        let items = (0..model.items.len()).map(|item| ItemIx(item as u8)).chain([ItemIx::ORDER]);
        let needs: Vec<_> = items.map(|item| facts::needs_of_item(model, item)).collect();
        let debts = Debts { at: 0, columns: needs.len() };
        let ended = Numbers { at: debts.words(), columns: needs.len() };
        let pardoned = Bits { at: ended.at + ended.words(), columns: usize::from(model.forward) };
        Self { within: bounds::within(model, None, bounds::CONVERGED), needs, debts, ended, pardoned }
    }

    fn ended(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx, after: OrderState) {
        let how = match after {
            OrderState::Cancelled => CANCELLED,
            OrderState::Failed | OrderState::Rejected => FAILED,
            _ => return,
        };
        self.ended.put(judge.state, order, item_column(&judge.model.model, item), how);
        self.owe(judge, order, item);
    }

    /// Opens an obligation for what is left, and meets it when nothing is.
    fn owe(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx) {
        let model = &judge.model.model;
        let column = item_column(model, item);
        let how = self.ended.get(judge.state, order, column);
        if how == 0 {
            return;
        }
        let left = left_over(model, judge.ledger, order, item, how)
            .map(|effect| effect.call.step)
            .find(|step| !self.pardoned.get(judge.state, order, step.ix()));
        let subject = match left {
            Some(step) => subject::of_item_step(order, item, step),
            None => subject::of_item(order, item),
        };
        self.debts.open(judge, order, column, Debt { subject, bound: self.within.into(), needs: self.needs[column] });
        if left.is_none() {
            self.debts.meet(judge, order, column);
        }
    }
}

/// The live effects of an item that ended so. Of one that failed only those count that can be undone: what failed after
/// its point of no return is a matter of its definition.
fn left_over<'a>(
    model: &'a Model,
    ledger: &'a Ledger,
    order: u16,
    item: ItemIx,
    how: u16,
) -> impl Iterator<Item = &'a Effect> {
    let of_item = facts::of_order(ledger, order).map(|(_, effect)| effect).filter(move |effect| {
        let step = effect.call.step;
        facts::is_forward(model, step) && model.step(step).item == item
    });
    of_item.filter(move |effect| {
        effect.is_live()
            && is_lasting(effect.kind)
            && (how == CANCELLED || !model.step(effect.call.step).undo.is_empty())
    })
}

impl Invariant<Scenario> for CancelledItemHasNoEffects {
    as_entered!(kind::ITEM | kind::ORDER | kind::EFFECT | kind::CASE | kind::SAGA);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.pardoned.at + self.pardoned.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Item { order, item, after, .. } => self.ended(judge, order, item, after),
            Change::Order { order, after, .. } => self.ended(judge, order, ItemIx::ORDER, after),
            Change::Effect { effect } => {
                let call = judge.ledger.effect(effect).call;
                if call.step.0 < judge.model.model.undo_end {
                    let item = judge.model.model.step(call.step).item;
                    self.owe(judge, call.order, item);
                }
            }
            Change::Case { order, step, phase: CasePhase::Excepted, .. } => {
                let model = &judge.model.model;
                let Some(found) = model.steps.get(step.ix()) else { return };
                self.pardoned.put(judge.state, order, found.undoes.unwrap_or(step).ix(), true);
                let item = found.item;
                self.owe(judge, order, item);
            }
            Change::Saga { order, after: SagaState::ManuallyClosed, .. } => {
                for column in 0..self.debts.columns {
                    self.debts.retire(judge, order, column);
                }
            }
            _ => {}
        }
    }

    fn check_all(&self, world: &World<Scenario>, scenario: &Scenario) -> Option<bool> {
        let model = &scenario.model;
        let oms = world.nodes.iter().find_map(SimNode::as_oms)?;
        let excepted = world.nodes.iter().find_map(SimNode::as_reconciler)?.has_exceptions();
        // The tables do not tell what was approved in cases, nor what needs a system that is dead.
        let is_simple = !excepted
            && oms.heads.iter().all(|head| head.cases == 0)
            && model.parts.systems.iter().all(|part| world.is_up(*part));
        let items = || (0..model.items.len()).map(|item| ItemIx(item as u8));
        let is_clean = |order: u16, item: ItemIx| {
            let how = match oms.item(order, item).state {
                OrderState::Cancelled => CANCELLED,
                OrderState::Failed | OrderState::Rejected => FAILED,
                _ => return true,
            };
            left_over(model, &world.ledger, order, item, how).next().is_none()
        };
        let orders = 0..oms.heads.len() as u16;
        is_simple.then(|| orders.into_iter().all(|order| items().all(|item| is_clean(order, item))))
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    let what = match place.step.and_then(|step| facts::effect_kind(model, step)) {
        Some(EffectKind::Reservation) => "its reservation is still held",
        Some(EffectKind::Service) => "its service still runs",
        Some(EffectKind::Asset) => "it is still in the inventory of installed products",
        Some(EffectKind::Shipment) => "it was shipped all the same",
        Some(EffectKind::Financial) => "it is still charged",
        _ => "something of it stayed too long",
    };
    let charge = place.step.and_then(|step| model.step(step).charge);
    let amount = charge.map(|charge| format!(" {}", subject::amount(model, charge, model.charges[charge.ix()].amount)));
    let what = format!("{what}{}", amount.unwrap_or_default());
    let step = place.step.map(|step| format!(" (by {})", model.step(step).id)).unwrap_or_default();
    format!("The {item} came to nothing, but {what}{step}.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::CaseReason;

    fn ends(after: OrderState) -> Do {
        let before = OrderState::PendingCancellation;
        Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true })
    }

    #[test]
    fn nothing_stays_of_what_was_cancelled() {
        let cancelled = ends(OrderState::Cancelled);
        check(
            ENTRY.id,
            &[does(RESERVE), cancelled, Do::Finish],
            &[does(RESERVE), Do::Undo(RELEASE, 0), cancelled, Do::Finish],
        );
        check(
            ENTRY.id,
            &[cancelled, does(RESERVE), Do::Finish],
            &[cancelled, does(RESERVE), Do::Undo(RELEASE, 0), Do::Finish],
        );
        check(ENTRY.id, &[does(SHIP), cancelled, Do::Finish], &[does(PROVISION), cancelled, Do::Finish]);
    }

    #[test]
    fn what_failed_leaves_nothing_that_can_be_undone() {
        let failed = ends(OrderState::Failed);
        check(ENTRY.id, &[does(BILL), failed, Do::Finish], &[does(SHIP), failed, Do::Finish]);
    }

    #[test]
    fn an_approved_exception_ends_the_obligation() {
        let excepted = Do::Tell(Change::Case {
            order: 0,
            step: BILL,
            case: 0,
            reason: CaseReason::CompensationFailed,
            phase: CasePhase::Excepted,
            audited: true,
            authorised: true,
        });
        let cancelled = ends(OrderState::Cancelled);
        holds_for(ENTRY.id, &[does(BILL), cancelled, excepted, Do::Finish]);
        check(
            ENTRY.id,
            &[excepted, does(RESERVE), cancelled, Do::Finish],
            &[excepted, does(BILL), cancelled, Do::Finish],
        );
    }
}
