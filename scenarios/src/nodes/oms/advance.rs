//! What follows from a change: steps that are ready start, items and orders change their states, and it is told.

use sim_core::Time;

use super::state::{Redo, Row, Undoing, Wait};
use super::{Cx, Oms};
use crate::change::{CasePhase, CaseReason, Change, SagaState, Why};
use crate::definition::{Aggregate, Dispatch, NextAction, OrderState, StepKind, StepState};
use crate::message::Decision;
use crate::model::{ItemIx, StepIx, StepSet};

impl Oms {
    /// A step is done.
    pub(super) fn complete(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, (record, why): (u32, Why)) {
        self.stop_waiting(cx, order, step);
        let definition = cx.model.model.step(step);
        let row = self.row_mut(order, step);
        row.record = record;
        row.given_up = false;
        row.in_doubt = false;
        self.close_case(cx, order, step, CasePhase::Closed);
        self.set_step(cx, (order, step), StepState::Completed, why);
        if definition.is_undo() {
            self.undo_completed(cx, order, step);
            return;
        }
        if self.redo_if_wanted(cx, order, step) {
            return;
        }
        self.row_mut(order, step).redo = Redo::No;
        if definition.item != ItemIx::ORDER {
            self.decide_deferred(cx, order, definition.item);
            self.undo_ready(cx, order, definition.item);
        }
    }

    /// Everything that follows once an input was applied.
    pub(super) fn after_apply(&mut self, cx: &mut Cx<'_>, order: u16) {
        while self.start_ready(cx, order) || self.undo_any_ready(cx, order) {}
        while self.derive_items(cx, order) {}
        self.derive_order(cx, order);
        self.derive_saga(cx, order);
        self.show_dashboard(cx, order);
        if self.told != (0, 0) {
            let (written, asked) = self.told;
            cx.change(Change::Told { order, item: ItemIx::ORDER, written, asked });
            self.outbox.arm(cx);
        }
        self.apart = false;
    }

    /// Starts the steps whose predecessors are done. True when that may have made others ready.
    fn start_ready(&mut self, cx: &mut Cx<'_>, order: u16) -> bool {
        let model = &cx.model.model;
        let head = self.head(order);
        // What was delivered goes on to be billed, whatever became of the other items.
        if head.closed || head.state.is_undone() {
            return false;
        }
        let mut again = false;
        for step in (0..model.forward).map(StepIx) {
            match *self.row(order, step) {
                Row { state: StepState::Pending, .. } if self.is_ready(cx, order, step) => {
                    again |= self.start(cx, order, step);
                }
                Row { state: StepState::Ready, held: true, .. } if self.is_free(cx, order, step) => {
                    self.send_call(cx, order, step, Why::Resent);
                }
                _ => {}
            }
        }
        again
    }

    fn is_ready(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        let model = &cx.model.model;
        let item = model.step(step).item;
        if item != ItemIx::ORDER && self.item(order, item).undoing != Undoing::No {
            return false;
        }
        self.are_past(cx, (order, item), step, &mut StepSet::default())
    }

    /// Whether all that comes before a step is past, for an item. What was looked at is, or there would be no going on.
    fn are_past(&self, cx: &Cx<'_>, of: (u16, ItemIx), step: StepIx, seen: &mut StepSet) -> bool {
        let mut after = cx.model.model.step(step).after.iter();
        after.all(|&before| !seen.insert(before) || self.is_past(cx, of, before, seen))
    }

    /// Whether a step of an item need not wait any longer for one that comes before it. What was never begun, because its item
    /// was not ordered or came to nothing, is past when all that comes before it is.
    fn is_past(&self, cx: &Cx<'_>, (order, item): (u16, ItemIx), before: StepIx, seen: &mut StepSet) -> bool {
        let model = &cx.model.model;
        let row = self.row(order, before);
        let other = model.step(before).item;
        match row.state {
            StepState::Completed => true,
            StepState::Skipped => row.attempt > 0 || self.are_past(cx, (order, item), before, seen),
            _ if row.wait == Wait::Retry && model.plumbing.dispatch == Dispatch::PastRetries => true,
            // What was delivered goes on, also where a step of the order came to nothing and the saga with it.
            _ if other == ItemIx::ORDER => row.is_settled() && self.head(order).failing,
            _ if other == item => false,
            _ => row.is_settled() && self.item(order, other).state.is_final(),
        }
    }

    /// Starts a step. True when it is done at once.
    fn start(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) -> bool {
        let model = &cx.model.model;
        let definition = model.step(step);
        if let Some(condition) = &definition.when
            && !self.holds(cx, (order, definition.item), condition)
        {
            self.set_step(cx, (order, step), StepState::Skipped, Why::NotNeeded);
            return true;
        }
        let item = definition.item;
        if item != ItemIx::ORDER && self.item(order, item).state == OrderState::Acknowledged {
            self.set_item(cx, order, item, OrderState::InProgress);
        }
        self.set_step(cx, (order, step), StepState::Ready, Why::Ready);
        match definition.kind {
            StepKind::Local | StepKind::Subsaga => {
                self.run_local(cx, order, step);
                true
            }
            StepKind::Human => {
                self.set_step(cx, (order, step), StepState::Sent, Why::Sent);
                self.open_case(cx, order, step, CaseReason::Decision);
                if let Some(due) = definition.due {
                    self.wait_for(cx, (order, step), Wait::Later, due);
                }
                false
            }
            StepKind::Wait => {
                self.set_step(cx, (order, step), StepState::Sent, Why::Sent);
                self.wait_for(cx, (order, step), Wait::Later, definition.wait.unwrap_or_default());
                false
            }
            _ => {
                self.send_call(cx, order, step, Why::Sent);
                false
            }
        }
    }

    /// A local step: one transaction, no call.
    fn run_local(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.apart |= cx.model.model.step(step).tells_apart;
        let creates = Self::creates_order(cx) == Some(step);
        if creates {
            self.create_order(cx, order);
        }
        self.set_step(cx, (order, step), StepState::Completed, Why::Ready);
    }

    /// A callback, a person or a date is due.
    pub(super) fn later_is_due(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        self.row_mut(order, step).wait = Wait::Nothing;
        match definition.kind {
            StepKind::Wait => self.complete(cx, order, step, (0, Why::Ready)),
            StepKind::Human => {
                match definition.overdue {
                    None => {}
                    Some(NextAction::Complete) => self.complete(cx, order, step, (0, Why::DeadlinePassed)),
                    // Whoever has not decided is reminded; the step can still be decided.
                    Some(NextAction::OpenFalloutCase | NextAction::Progress) => {
                        self.remind(cx, order, step, CaseReason::Overdue);
                    }
                    Some(action) => {
                        self.close_case(cx, order, step, CasePhase::Closed);
                        self.set_step(cx, (order, step), StepState::Failed, Why::DeadlinePassed);
                        self.next(cx, (order, step), action, CaseReason::Overdue);
                    }
                }
            }
            // The callback did not come: what became of the request is not known.
            _ => self.become_unknown(cx, order, step),
        }
    }

    /// Does what a policy says comes next, for a step that did not end well.
    pub(super) fn next(
        &mut self,
        cx: &mut Cx<'_>,
        (order, step): (u16, StepIx),
        action: NextAction,
        reason: CaseReason,
    ) {
        let definition = cx.model.model.step(step);
        let item = definition.item;
        if !matches!(action, NextAction::Complete) && !definition.is_undo() && self.is_no_more(order, item) {
            // The item is on its way out, or the order is gone, and this step has nothing more to undo.
            self.undo_ready(cx, order, item);
            return;
        }
        match action {
            NextAction::Complete => self.complete(cx, order, step, (0, Why::Policy)),
            NextAction::RetrySameKey => self.resend(cx, order, step),
            NextAction::RetryNewKey => {
                self.row_mut(order, step).revision += 1;
                self.resend(cx, order, step);
            }
            NextAction::RedoStep if self.row(order, step).state == StepState::Unknown => {
                self.start_redo(cx, order, step);
            }
            NextAction::RedoStep => self.do_again(cx, order, step),
            NextAction::FailItem | NextAction::Reject | NextAction::CompensateItem if item != ItemIx::ORDER => {
                self.fail_item(cx, order, step, reason);
            }
            NextAction::RejectOrder => {
                self.reject_order(cx, order);
                self.hand_over_kept(cx, (order, step), reason);
            }
            NextAction::FailItem | NextAction::Reject | NextAction::Compensate | NextAction::CompensateItem => {
                self.fail_saga(cx, order);
                self.hand_over_kept(cx, (order, step), reason);
            }
            NextAction::HoldItem
            | NextAction::OpenFalloutCase
            | NextAction::OpenRepairCase
            | NextAction::ReturnOrder
            | NextAction::Park => self.open_case(cx, order, step, reason),
            _ => {}
        }
    }

    /// An item fails; past its point of no return a person has to look at it.
    fn fail_item(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, reason: CaseReason) {
        let model = &cx.model.model;
        let item = model.step(step).item;
        let past =
            model.items[item.ix()].pivot.is_some_and(|pivot| self.row(order, pivot).state == StepState::Completed);
        if past || self.item(order, item).state.is_final() {
            self.open_case(cx, order, step, reason);
        } else {
            self.undo_item(cx, order, item, Undoing::Failed);
        }
    }

    /// The whole saga is compensated.
    pub(super) fn fail_saga(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.head_mut(order).failing = true;
        for item in (0..self.item_count as u8).map(ItemIx) {
            self.undo_item(cx, order, item, Undoing::SagaFailed);
        }
        for step in (0..cx.model.model.forward).map(StepIx) {
            if cx.model.model.step(step).item == ItemIx::ORDER
                && matches!(self.row(order, step).state, StepState::Pending | StepState::Ready)
            {
                self.skip(cx, order, step);
            }
        }
    }

    /// The step for which the saga fails is one of an item that stays: it is complete, or past its point of no return. Nothing
    /// of it is undone, and a person has to look at it, as where the item alone was to fail.
    fn hand_over_kept(&mut self, cx: &mut Cx<'_>, (order, step): (u16, StepIx), reason: CaseReason) {
        let item = cx.model.model.step(step).item;
        if item != ItemIx::ORDER && self.item(order, item).undoing == Undoing::No {
            self.open_case(cx, order, step, reason);
        }
    }

    /// A step that was not sent will not be: its item or its order failed.
    fn skip(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.stop_waiting(cx, order, step);
        self.set_step(cx, (order, step), StepState::Skipped, Why::ItemFailed);
    }

    /// What of the same item comes after a step that will not be done will not be done either.
    pub(super) fn skip_after(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        for &next in &model.items[model.step(step).item.ix()].steps {
            let waits = matches!(self.row(order, next).state, StepState::Pending | StepState::Ready);
            if waits && model.step(next).after.contains(&step) {
                self.skip(cx, order, next);
                self.skip_after(cx, order, next);
            }
        }
    }

    /// The order is rejected before anything was done. An item that was begun all the same is undone, or goes on where it
    /// can no longer be.
    fn reject_order(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.head_mut(order).failing = true;
        for step in (0..cx.model.model.forward).map(StepIx) {
            let item = cx.model.model.step(step).item;
            let begun = item != ItemIx::ORDER && self.item(order, item).state != OrderState::Acknowledged;
            if !begun && matches!(self.row(order, step).state, StepState::Pending | StepState::Ready) {
                self.skip(cx, order, step);
            }
        }
        for item in (0..self.item_count as u8).map(ItemIx) {
            match self.item(order, item).state {
                OrderState::Acknowledged if self.item(order, item).present => {
                    self.set_item(cx, order, item, OrderState::Rejected);
                }
                _ => self.undo_item(cx, order, item, Undoing::SagaFailed),
            }
        }
        self.answer_conversion(cx, order, Decision::Refused);
    }

    /// Items complete by the definition's claim, bundles with their children. True when that may complete others.
    fn derive_items(&mut self, cx: &mut Cx<'_>, order: u16) -> bool {
        let model = &cx.model.model;
        if self.head(order).created == Time::NEVER {
            return false;
        }
        let mut completed = false;
        for item in (0..self.item_count as u8).map(ItemIx) {
            let row = *self.item(order, item);
            if !row.present || row.state.is_final() || row.undoing != Undoing::No {
                continue;
            }
            let definition = &model.items[item.ix()];
            let done = if definition.bundles.is_empty() {
                !definition.complete_after.is_empty()
                    && definition
                        .complete_after
                        .iter()
                        .all(|&step| matches!(self.row(order, step).state, StepState::Completed | StepState::Skipped))
            } else {
                definition.bundles.iter().all(|&child| {
                    let child = self.item(order, child);
                    !child.present || child.state.is_final()
                })
            };
            if done {
                if matches!(row.state, OrderState::Acknowledged | OrderState::Held | OrderState::Pending) {
                    self.set_item(cx, order, item, OrderState::InProgress);
                }
                self.set_item(cx, order, item, OrderState::Completed);
                super::super::reconciler::item_is_done(cx, order, item, OrderState::Completed);
                completed = true;
            }
        }
        completed
    }

    /// The order's state follows from its items'.
    fn derive_order(&mut self, cx: &mut Cx<'_>, order: u16) {
        let state = self.head(order).state;
        if state.is_final() || self.head(order).created == Time::NEVER {
            return;
        }
        let items = &self.items[usize::from(order) * self.item_count..][..self.item_count];
        let mut counts = [0_u8; 5];
        let mut open = false;
        let mut started = false;
        for item in items.iter().filter(|item| item.present) {
            match item.state {
                OrderState::Completed => counts[0] += 1,
                OrderState::Cancelled => counts[1] += 1,
                OrderState::Failed => counts[2] += 1,
                OrderState::Rejected => counts[3] += 1,
                OrderState::Partial => counts[4] += 1,
                _ => open = true,
            }
            started |= item.state != OrderState::Acknowledged;
        }
        let rejected = counts[3] > 0 && counts[0] + counts[1] + counts[2] + counts[4] == 0;
        let refused = rejected && !open;
        if started && state == OrderState::Acknowledged && !refused {
            self.set_order(cx, order, OrderState::InProgress);
        }
        if open {
            return;
        }
        let after = match counts {
            [0, 0, 0, 0, 0] => return,
            [0, 0, 0, _, 0] => OrderState::Rejected,
            [0, _, 0, 0, 0] => OrderState::Cancelled,
            [0, _, _, _, 0] => OrderState::Failed,
            [_, _, 0, 0, 0] => OrderState::Completed,
            _ => OrderState::Partial,
        };
        if after == OrderState::Cancelled {
            self.set_order(cx, order, OrderState::AssessingCancellation);
            self.set_order(cx, order, OrderState::PendingCancellation);
        }
        self.set_order(cx, order, after);
        if after.is_undone() {
            // Nothing of the order is left that these steps could be about.
            for step in (0..cx.model.model.forward).map(StepIx) {
                if matches!(self.row(order, step).state, StepState::Pending | StepState::Ready) {
                    self.skip(cx, order, step);
                }
            }
        }
    }

    fn set_order(&mut self, cx: &mut Cx<'_>, order: u16, after: OrderState) {
        let before = self.head(order).state;
        if before != after {
            self.head_mut(order).state = after;
            cx.change(Change::Order { order, before, after });
            self.tell_all(cx, order, (Aggregate::Order, ItemIx::ORDER, None), after as u8);
        }
    }

    /// The saga's state: the first that applies over its steps.
    fn derive_saga(&mut self, cx: &mut Cx<'_>, order: u16) {
        let before = self.head(order).saga;
        let after = self.saga_state(cx, order);
        if before == after {
            return;
        }
        if before == SagaState::Pending && after != SagaState::Executing {
            self.set_saga(cx, order, SagaState::Executing);
        }
        self.set_saga(cx, order, after);
        let over = matches!(after, SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed);
        if over && cx.model.model.plumbing.cancel_on_complete {
            self.head_mut(order).timeout = Time::NEVER;
        }
    }

    fn set_saga(&mut self, cx: &mut Cx<'_>, order: u16, after: SagaState) {
        let before = self.head(order).saga;
        if before != after {
            self.head_mut(order).saga = after;
            cx.change(Change::Saga { order, before, after });
            self.tell_all(cx, order, (Aggregate::Saga, ItemIx::ORDER, None), after as u8);
        }
    }

    fn saga_state(&self, cx: &Cx<'_>, order: u16) -> SagaState {
        let model = &cx.model.model;
        let head = self.head(order);
        let mut compensating = false;
        let mut executing = false;
        let mut unresolved = false;
        let rows = &self.rows[usize::from(order) * self.row_count..][..usize::from(model.forward)];
        for (i, row) in rows.iter().enumerate() {
            match row.state {
                StepState::Unknown if row.case == 0 => return SagaState::UnknownOutcome,
                StepState::Unknown => unresolved = true,
                StepState::Compensating => compensating = true,
                StepState::Sent if row.case == 0 => executing = true,
                StepState::Ready if !row.held => executing = true,
                StepState::Ready | StepState::Pending => executing |= self.can_come(cx, order, StepIx(i as u16)),
                _ => {}
            }
        }
        if compensating {
            SagaState::Compensating
        } else if executing {
            SagaState::Executing
        } else if head.closed {
            SagaState::ManuallyClosed
        } else if head.open_cases > 0 || unresolved {
            SagaState::Fallout
        } else if rows.iter().any(|row| matches!(row.state, StepState::Pending | StepState::Ready)) {
            // Something waits for what will never come.
            SagaState::Executing
        } else if self.all_undone(order) {
            SagaState::Compensated
        } else {
            SagaState::Completed
        }
    }

    /// Whether a pending step may still start by itself.
    fn can_come(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        cx.model.model.step(step).after.iter().any(|&before| {
            let row = self.row(order, before);
            matches!(row.state, StepState::Ready) || (matches!(row.state, StepState::Sent) && row.case == 0)
        })
    }

    fn all_undone(&self, order: u16) -> bool {
        let items = &self.items[usize::from(order) * self.item_count..][..self.item_count];
        items.iter().any(|item| item.present)
            && items.iter().filter(|item| item.present).all(|item| item.state.is_undone())
    }
}
