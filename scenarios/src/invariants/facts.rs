//! What several invariants ask of the model and of the ledger.

use crate::change::{CasePhase, Change, SagaState, Why};
use crate::definition::{EffectKind, OrderState, StepState};
use crate::ledger::{Effect, Ledger};
use crate::model::{ChargeIx, EffectIx, ItemIx, Model, Operation, Step, StepIx};

/// What a step's operation does to the world; `None` where it calls nothing or has no effect.
#[must_use]
pub fn effect_kind(model: &Model, step: StepIx) -> Option<EffectKind> {
    let kind = model.operation(model.step(step).call?).effect;
    (kind != EffectKind::None).then_some(kind)
}

/// Whether anything calls such an operation: a step, an undo step, or a consumer.
#[must_use]
pub fn calls(model: &Model, such: impl Fn(&Operation) -> bool) -> bool {
    model.steps.iter().filter_map(|step| step.call).any(|call| such(model.operation(call)))
}

/// Whether the outcome of any step can become unknown: elsewhere no answer counts as a failure.
#[must_use]
pub fn can_be_unknown(model: &Model) -> bool {
    let policy = |step: &Step| step.retry.and_then(|retry| model.retries[usize::from(retry.0)].unknown);
    model.steps[..usize::from(model.undo_end)].iter().any(|step| step.call.is_some() && policy(step).is_some())
}

/// Whether the saga works on items at all: their states, and the order's with them, change with their steps only.
#[must_use]
pub fn moves_items(model: &Model) -> bool {
    model.items.iter().any(|item| !item.steps.is_empty())
}

/// Whether a step has an effect that the ledger records.
#[must_use]
pub fn has_effect(model: &Model, step: StepIx) -> bool {
    effect_kind(model, step).is_some()
}

/// Whether a row was made at the system itself, behind the OMS's back: no attempt of any call stands for it.
#[must_use]
pub fn is_manual(effect: &Effect) -> bool {
    effect.call.attempt == 0
}

/// Whether a row has an effect of its own; one that undoes another has not.
#[must_use]
pub fn is_original(effect: &Effect) -> bool {
    effect.undoes.is_none()
}

/// Whether a row stands as the whole of what was asked for.
#[must_use]
pub fn stands(effect: &Effect) -> bool {
    effect.is_live() && !effect.partial
}

/// Whether a step is the call of a consumer.
#[must_use]
pub fn is_consumer(model: &Model, step: StepIx) -> bool {
    step.0 >= model.undo_end
}

/// Whether a step goes forward: it neither undoes one nor is the call of a consumer.
#[must_use]
pub fn is_forward(model: &Model, step: StepIx) -> bool {
    step.0 < model.forward
}

/// The charge that a row activates.
#[must_use]
pub fn charged(model: &Model, effect: &Effect) -> Option<ChargeIx> {
    let step = effect.call.step;
    let activates = is_original(effect) && effect.kind == EffectKind::Financial && is_forward(model, step);
    if activates { model.step(step).charge } else { None }
}

/// The charge that a row is about: one that it activates, or one whose activation it undoes.
#[must_use]
pub fn charge_of(model: &Model, ledger: &Ledger, effect: &Effect) -> Option<ChargeIx> {
    match effect.undoes {
        Some(undone) => charged(model, ledger.effect(undone)),
        None => charged(model, effect),
    }
}

/// The rows of an order, with their numbers.
pub fn of_order(ledger: &Ledger, order: u16) -> impl Iterator<Item = (EffectIx, &Effect)> {
    let rows = ledger.effects.iter().enumerate().filter(move |(_, effect)| effect.call.order == order);
    rows.map(|(i, effect)| (EffectIx(i as u32), effect))
}

/// Whether a step of an order ever had its whole effect.
#[must_use]
pub fn ever(ledger: &Ledger, order: u16, step: StepIx) -> bool {
    of_order(ledger, order).any(|(_, e)| e.call.step == step && is_original(e) && !e.partial)
}

/// Whether the ledger shows that a call's effect is there now: of a forward step one that was not undone, of an undo
/// step any. What somebody made by hand is no effect of a call: a system that knows nothing of the call's key says so
/// rightly, whatever else it has on record.
#[must_use]
pub fn is_done(ledger: &Ledger, order: u16, step: StepIx, revision: u16) -> bool {
    of_order(ledger, order)
        .filter(|(_, e)| e.serves(order, step, revision) && !is_manual(e))
        .any(|(_, e)| !e.partial && (e.undoes.is_some() || e.undone_by.is_none()))
}

/// Whether the order has the item; every order has the order's own steps.
#[must_use]
pub fn has_item(ledger: &Ledger, order: u16, item: ItemIx) -> bool {
    let Some(plan) = ledger.workload.orders.get(usize::from(order)) else { return false };
    item == ItemIx::ORDER || plan.items >> item.0.min(63) & 1 != 0
}

/// Whether a step that had failed is sent once more by a person, or was sent and still is at work: what was known of it before
/// this change holds on. A person's repetition holds nothing back that its failure had let go.
#[must_use]
pub fn is_sent_again_by_hand(before: StepState, after: StepState, why: Why) -> bool {
    let by_hand = why == Why::Person && matches!(before, StepState::Failed | StepState::Rejected);
    let goes_on = matches!(before, StepState::Sent | StepState::Unknown);
    matches!(after, StepState::Sent | StepState::Unknown) && (by_hand || goes_on)
}

/// Whether an item in this state stands for nothing any more, or soon will.
#[must_use]
pub fn is_gone(state: OrderState) -> bool {
    state.is_undone() || state == OrderState::PendingCancellation
}

/// Whether a saga in this state has nothing more to do by itself.
#[must_use]
pub fn is_terminal(state: SagaState) -> bool {
    matches!(state, SagaState::Completed | SagaState::Compensated | SagaState::Fallout | SagaState::ManuallyClosed)
}

/// The systems that a step needs to be done: its own, and those of all steps before it, one bit each; where one of those is
/// another item's, those of that item, for what waits for it goes on once that item is done or undone.
#[must_use]
pub fn needs_of(model: &Model, step: StepIx) -> u64 {
    let mut seen = vec![false; model.steps.len()];
    let mut todo = vec![step];
    let mut needs = 0;
    while let Some(step) = todo.pop() {
        if std::mem::replace(&mut seen[step.ix()], true) {
            continue;
        }
        let step = model.step(step);
        needs |= step.call.map_or(0, |call| 1 << (model.operation(call).system.0 % 64));
        todo.extend(step.undoes);
        for before in &step.after {
            let item = model.step(*before).item;
            match item == step.item || item == ItemIx::ORDER {
                true => todo.push(*before),
                false => todo.extend(steps_of(model, item)),
            }
        }
    }
    needs
}

/// The steps of an item and what undoes them; of everything for the order itself.
fn steps_of(model: &Model, item: ItemIx) -> impl Iterator<Item = StepIx> {
    let is_its = move |step: &StepIx| item == ItemIx::ORDER || model.step(*step).item == item;
    (0..model.undo_end).map(StepIx).filter(is_its)
}

/// The systems that any step of an item and any of its undo steps needs; of all steps for the order itself.
#[must_use]
pub fn needs_of_item(model: &Model, item: ItemIx) -> u64 {
    steps_of(model, item).fold(0, |needs, step| needs | needs_of(model, step))
}

/// The systems that the undo of an item may wait for: its own, and those of the items with steps that come after one of its
/// steps, for these are undone first.
#[must_use]
pub fn needs_of_undo(model: &Model, item: ItemIx) -> u64 {
    let mut waits_for = vec![false; model.items.len()];
    let mut todo = vec![item];
    let mut needs = 0;
    while let Some(item) = todo.pop() {
        if waits_for.get_mut(item.ix()).is_none_or(|seen| std::mem::replace(seen, true)) {
            continue;
        }
        needs |= needs_of_item(model, item);
        let is_after = |step: &StepIx| model.step(*step).after.iter().any(|before| model.step(*before).item == item);
        todo.extend((0..model.forward).map(StepIx).filter(is_after).map(|step| model.step(step).item));
    }
    needs
}

/// An approved exception, or a manual closing of the whole instance: what is wrong stays so, knowingly.
#[derive(Clone, Copy, Debug)]
pub struct Pardon {
    /// The order.
    pub order: u16,
    /// The item; [`ItemIx::ORDER`]: all of them.
    pub item: ItemIx,
}

impl Pardon {
    /// The kinds of change that may be one.
    pub const KINDS: u64 = crate::change::kind::CASE | crate::change::kind::SAGA;

    /// What a change pardons.
    #[must_use]
    pub fn of(model: &Model, change: &Change) -> Option<Self> {
        match *change {
            Change::Case { order, step, phase: CasePhase::Excepted, .. } => {
                let item = model.steps.get(step.ix()).map_or(ItemIx::ORDER, |step| step.item);
                Some(Self { order, item })
            }
            Change::Saga { order, after: SagaState::ManuallyClosed, .. } => Some(Self { order, item: ItemIx::ORDER }),
            _ => None,
        }
    }

    /// Whether it covers an item.
    #[must_use]
    pub fn covers(self, item: ItemIx) -> bool {
        self.item == ItemIx::ORDER || self.item == item
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn systems(needs: u64) -> Vec<String> {
        let ids = model().systems.into_iter().map(|system| system.id);
        let mut ids: Vec<String> = ids.enumerate().filter(|(i, _)| needs >> i & 1 != 0).map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// A step waits for those before it, whatever becomes of the items that they are of.
    #[test]
    fn a_step_needs_what_the_steps_before_it_need() {
        let model = model();
        let needs = |step| systems(needs_of(&model, step));
        assert_eq!(needs(SHIP), ["inventory", "logistics"]);
        assert_eq!(needs(CREDIT), ["billing", "inventory", "logistics"], "the undo of a charge");
        assert_eq!(needs(PROVISION), ["network"]);
        assert_eq!(needs(ACTIVATE), ["billing", "network"], "or else the connectivity is undone, with its charge");
    }

    /// What stands on something is undone before it.
    #[test]
    fn an_undo_needs_what_the_items_behind_it_need() {
        let model = model();
        assert_eq!(systems(needs_of_item(&model, SUPPORT)), ["billing", "network"]);
        assert_eq!(systems(needs_of_undo(&model, CONNECTIVITY)), ["billing", "network"]);
        assert_eq!(systems(needs_of_undo(&model, ROUTER)), ["asset", "billing", "inventory", "logistics"]);
        let definition = crate::definition::Definition::bundled("order-fulfilment", &[]).expect("it loads");
        let model = Model::new(&definition).expect("it compiles");
        let needs = |of: fn(&Model, ItemIx) -> u64, item: &str| {
            let item = model.items.iter().position(|known| known.id == item).expect("an item");
            let entitlement = model.systems.iter().position(|system| system.id == "entitlement").expect("a system");
            of(&model, ItemIx(item as u8)) >> entitlement & 1 != 0
        };
        assert!(
            !needs(needs_of_item, "connectivity") && needs(needs_of_undo, "connectivity"),
            "support is undone first"
        );
    }
}
