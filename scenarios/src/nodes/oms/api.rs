//! The OMS's API: orders are made of quotes, and people give commands. Both are idempotent by key, if the definition
//! has one.

use sim_core::{ReplyTo, Time};

use super::state::{Head, ItemRow, Row, Undoing};
use super::{Cx, Oms, OmsMessage};
use crate::change::{CaseReason, Change, SagaState, Why};
use crate::definition::{NextAction, Notice, OrderState, PlanOf, Scope, Start, StepKind, StepState};
use crate::message::{Decision, Message};
use crate::model::{ItemIx, Model, StepIx};

impl Oms {
    /// The local step that makes the order: the first local step of the OMS with a key, or none.
    pub(super) fn creates_order(cx: &Cx<'_>) -> Option<StepIx> {
        let model = &cx.model.model;
        (0..model.forward).map(StepIx).find(|&step| {
            let step = model.step(step);
            step.kind == StepKind::Local && step.item == ItemIx::ORDER && step.on_duplicate.is_some()
        })
    }

    /// Whether a second request for the same order is recognised.
    fn recognises(model: &Model, creates: Option<StepIx>) -> bool {
        match creates.map(|step| model.step(step)) {
            Some(step) => {
                step.key.as_ref().is_some_and(|key| !key.volatile)
                    && step.on_duplicate != Some(NextAction::CreateAnother)
            }
            None => model.plumbing.start != Start::None,
        }
    }

    /// CPQ asks for an order to be made of a quote.
    pub(super) fn convert(&mut self, cx: &mut Cx<'_>, order: u16, (version, attempt): (u8, u8)) -> bool {
        let head = self.head(order);
        if head.instances > 0 && Self::recognises(&cx.model.model, Self::creates_order(cx)) {
            let decision = match head.orders {
                0 if head.failing || head.closed => Decision::Refused,
                0 => Decision::Deferred,
                _ => Decision::AlreadyDone,
            };
            self.head_mut(order).conversion = attempt;
            self.answer_conversion(cx, order, decision);
            return false;
        }
        self.begin(cx, order, (version, attempt))
    }

    /// Starts a saga, and makes the order where no step of the saga does.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, order: u16, (version, attempt): (u8, u8)) -> bool {
        let creates = Self::creates_order(cx);
        self.head_mut(order).conversion = attempt;
        self.apart = creates.is_some_and(|step| cx.model.model.step(step).tells_apart);
        self.start_saga(cx, order, version);
        if creates.is_none() {
            self.create_order(cx, order);
        }
        true
    }

    /// Starts a saga instance for an order; a second one starts all over under another id.
    fn start_saga(&mut self, cx: &mut Cx<'_>, order: u16, version: u8) {
        let model = &cx.model.model;
        let plan = cx.ledger.workload.orders[usize::from(order)];
        let old = *self.head(order);
        let instances = old.instances + 1;
        *self.head_mut(order) = Head {
            instances,
            orders: old.orders,
            version: old.version,
            quote: version,
            conversion: old.conversion,
            traits: plan.traits,
            created: Time::NEVER,
            cases: old.cases,
            ..Head::default()
        };
        let revision = u16::from(instances - 1) << 8;
        for step in (0..self.row_count as u16).map(StepIx) {
            self.stop_waiting(cx, order, step);
            *self.row_mut(order, step) = Row { revision, ..Row::default() };
        }
        for item in (0..self.item_count as u8).map(ItemIx) {
            *self.item_mut(order, item) = ItemRow { present: plan.items & 1 << item.0 != 0, ..ItemRow::default() };
        }
        let of_order = model.plumbing.plan == PlanOf::OrderedItems;
        for step in (0..model.forward).map(StepIx) {
            let item = model.step(step).item;
            if of_order && item != ItemIx::ORDER && !self.item(order, item).present {
                self.set_step(cx, (order, step), StepState::Skipped, Why::NotNeeded);
            }
        }
        if let Some(timeout) = &model.timeout {
            let at = cx.now + timeout.within;
            self.head_mut(order).timeout = at;
            cx.wake(model.parts.oms_saga, timeout.within, Message::Oms(OmsMessage::SagaDue { order }));
        }
    }

    /// The order is made: in one transaction with its items, its snapshot, its plan and its events.
    pub(super) fn create_order(&mut self, cx: &mut Cx<'_>, order: u16) {
        let now = cx.now;
        let head = self.head_mut(order);
        head.orders += 1;
        head.created = now;
        let (instances, version) = (head.orders, head.quote);
        cx.change(Change::Created { order, instances, version });
        self.answer_conversion(cx, order, Decision::Accepted);
    }

    /// A person gives a command.
    pub(super) fn command(
        &mut self,
        cx: &mut Cx<'_>,
        (placement, expected, attempt): (u16, u16, u8),
        from: ReplyTo,
    ) -> bool {
        let model = &cx.model.model;
        let Some(plan) = cx.ledger.workload.commands.get(usize::from(placement)).copied() else { return false };
        let command = &model.commands[plan.command.0 as usize];
        let order = plan.order;
        let current = self.head(order).version;
        let known = command.key.as_ref().is_some_and(|key| !key.volatile);
        let done = self.commands[usize::from(placement)];
        let decision = if done > 0 && known {
            Decision::AlreadyDone
        } else if command.expects_version && expected != current {
            Decision::Stale
        } else {
            self.decide(cx, order, plan.item, (placement, command))
        };
        let carried_out = matches!(decision, Decision::Accepted | Decision::Deferred);
        if carried_out {
            self.commands[usize::from(placement)] = done.saturating_add(1);
        }
        let times = self.commands[usize::from(placement)];
        cx.change(Change::Command { placement, order, item: plan.item, decision, expected, current, times });
        cx.reply_to(from, Message::CommandAnswer { placement, decision, version: current, attempt });
        carried_out
    }

    /// Decides a command by the item's state and its pivot.
    fn decide(
        &mut self,
        cx: &mut Cx<'_>,
        order: u16,
        item: ItemIx,
        (placement, command): (u16, &crate::model::Command),
    ) -> Decision {
        if let Some(step) = command.step {
            let state = self.item(order, item).state;
            let allowed = self.is_allowed(order, state, command) && self.item(order, item).present;
            return if allowed { self.redo(cx, order, step, command) } else { Decision::Refused };
        }
        match command.then {
            Some(NextAction::CompensateItem) if command.scope != Scope::Order => {
                let state = self.item(order, item).state;
                if !self.is_allowed(order, state, command) {
                    return Decision::Refused;
                }
                self.cancel_item(cx, order, item, (placement, command))
            }
            Some(NextAction::CompensateItem | NextAction::Compensate) => {
                if !self.is_allowed(order, self.head(order).state, command) {
                    return Decision::Refused;
                }
                self.cancel_order(cx, order, (placement, command))
            }
            _ => Decision::Refused,
        }
    }

    /// Whether a command is taken in this state of what it is about.
    fn is_allowed(&self, order: u16, state: OrderState, command: &crate::model::Command) -> bool {
        self.head(order).created != Time::NEVER && command.states & 1 << state as u16 != 0
    }

    /// Cancels each item that can be cancelled: granted if one of them was, and put off if one of them was.
    fn cancel_order(&mut self, cx: &mut Cx<'_>, order: u16, command: (u16, &crate::model::Command)) -> Decision {
        let mut decision = Decision::Refused;
        for item in (0..self.item_count as u8).map(ItemIx) {
            match self.cancel_item(cx, order, item, command) {
                Decision::Deferred => decision = Decision::Deferred,
                Decision::Accepted if decision == Decision::Refused => decision = Decision::Accepted,
                _ => {}
            }
        }
        decision
    }

    /// Cancels an item, or denies it, or waits for its point of no return to be known.
    fn cancel_item(
        &mut self,
        cx: &mut Cx<'_>,
        order: u16,
        item: ItemIx,
        (placement, command): (u16, &crate::model::Command),
    ) -> Decision {
        let model = &cx.model.model;
        let row = *self.item(order, item);
        if !row.present || row.state.is_final() || self.is_going(order, item) {
            return Decision::Refused;
        }
        if row.undoing == Undoing::Assessing && row.assessed == Undoing::Cancelled {
            return Decision::Deferred;
        }
        match model.items[item.ix()].pivot.map(|pivot| (pivot, self.row(order, pivot).state)) {
            Some((_, StepState::Sent | StepState::Unknown))
                if command.if_in_flight == Some(NextAction::ResolveThenDecide) =>
            {
                self.item_mut(order, item).before = row.state;
                self.item_mut(order, item).undoing = Undoing::Assessing;
                self.item_mut(order, item).assessed = Undoing::Cancelled;
                self.item_mut(order, item).command = placement;
                self.set_item(cx, order, item, OrderState::AssessingCancellation);
                self.announce(cx, order, item);
                Decision::Deferred
            }
            Some((pivot, StepState::Completed)) => {
                if model.step(pivot).after_pivot == Some(NextAction::CompensateItem) {
                    self.undo_item(cx, order, item, Undoing::Cancelled);
                    return Decision::Accepted;
                }
                if model.step(pivot).after_pivot == Some(NextAction::ReturnOrder) {
                    self.open_case(cx, order, pivot, CaseReason::Return);
                }
                Decision::Refused
            }
            _ => {
                self.undo_item(cx, order, item, Undoing::Cancelled);
                self.announce(cx, order, item);
                Decision::Accepted
            }
        }
    }

    /// Tells the customer of a cancellation that was asked for what its compensations promise once it is done.
    fn announce(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let model = &cx.model.model;
        if model.plumbing.notice == Notice::WhenUndone {
            return;
        }
        let undos = model.items[item.ix()].steps.iter().flat_map(|step| &model.step(*step).undo);
        for policy in undos.filter_map(|undo| model.step(*undo).compensation.as_ref()) {
            if let Some(notify) = policy.notify {
                self.tell(cx, order, item, (notify, OrderState::Cancelled as u8));
            }
        }
    }

    /// Whether an item is to be undone waited for the pivot, whose outcome is known now.
    pub(super) fn decide_deferred(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let row = *self.item(order, item);
        if row.undoing != Undoing::Assessing {
            return;
        }
        let model = &cx.model.model;
        let Some(pivot) = model.items[item.ix()].pivot else { return };
        match self.row(order, pivot).state {
            StepState::Sent | StepState::Unknown => {}
            StepState::Completed => {
                self.item_mut(order, item).undoing = Undoing::No;
                if row.assessed == Undoing::Cancelled {
                    self.set_item(cx, order, item, row.before);
                }
                if model.step(pivot).after_pivot == Some(NextAction::ReturnOrder) {
                    self.open_case(cx, order, pivot, CaseReason::Return);
                }
                self.hand_over_failed(cx, order, item);
            }
            _ => {
                self.item_mut(order, item).undoing = Undoing::No;
                self.undo_item(cx, order, item, row.assessed);
            }
        }
    }

    /// The saga took too long.
    pub(super) fn saga_due(&mut self, cx: &mut Cx<'_>, order: u16) -> bool {
        let model = &cx.model.model;
        let Some(timeout) = &model.timeout else { return false };
        let head = *self.head(order);
        let over = matches!(head.saga, SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed);
        if head.timeout == Time::NEVER || (over && model.plumbing.cancel_on_complete) {
            return false;
        }
        if cx.now < head.timeout {
            // The timer came early, and no other one is armed.
            cx.continue_after(head.timeout.since(cx.now), Message::Oms(OmsMessage::SagaDue { order }));
            return false;
        }
        self.head_mut(order).timeout = Time::NEVER;
        cx.change(Change::Timeout { order, signalled: timeout.signals });
        match timeout.then {
            Some(NextAction::Compensate) => self.fail_saga(cx, order),
            Some(NextAction::OpenFalloutCase) if !over => {
                let step = (0..model.forward).map(StepIx).find(|&step| !self.row(order, step).is_settled());
                if let Some(step) = step {
                    self.open_case(cx, order, step, CaseReason::SagaTimeout);
                }
            }
            _ => {}
        }
        true
    }

    /// Whether a cancellation of an item waits for what became of its pivot. A pivot of no item holds no cancellation up.
    pub(super) fn is_assessing(&self, order: u16, item: ItemIx) -> bool {
        item != ItemIx::ORDER && self.item(order, item).undoing == Undoing::Assessing
    }

    /// Whether an item of an order is over, for the reconciler and for people.
    #[must_use]
    pub fn is_over(&self, order: u16, item: ItemIx) -> bool {
        self.item(order, item).state.is_final()
    }
}
