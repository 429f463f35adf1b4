//! Cancellation, failure and compensation: undo steps run in reverse dependency order, each with its own budget.

use super::state::{Redo, Row, Undoing};
use super::{Cx, Oms};
use crate::change::{CaseReason, Change, Why};
use crate::definition::{CompensationError, NextAction, Notice, OrderState, StepState, Trigger, Undo};
use crate::message::Finding;
use crate::model::{CompensationPolicy, ItemIx, StepIx};

impl Oms {
    /// Starts to undo an item: it was cancelled, or it failed. Items that rely on it go with it.
    pub(super) fn undo_item(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx, undoing: Undoing) {
        let model = &cx.model.model;
        let row = *self.item(order, item);
        let final_ = row.state.is_final();
        let already = !matches!(row.undoing, Undoing::No | Undoing::Assessing);
        if !row.present || final_ || already || undoing != Undoing::Cancelled && self.is_kept(cx, order, item, undoing)
        {
            return;
        }
        self.item_mut(order, item).undoing = undoing;
        self.forget_redo(order, &model.items[item.ix()].steps);
        if undoing == Undoing::Cancelled {
            self.set_item(cx, order, item, OrderState::AssessingCancellation);
            self.set_item(cx, order, item, OrderState::PendingCancellation);
        } else {
            if row.state == OrderState::AssessingCancellation {
                self.set_item(cx, order, item, row.before);
            }
            if self.item(order, item).state != OrderState::InProgress {
                self.set_item(cx, order, item, OrderState::InProgress);
            }
        }
        for &step in &model.items[item.ix()].steps {
            if matches!(self.row(order, step).state, StepState::Failed | StepState::Rejected) {
                // Nobody is to send again what goes anyway.
                self.close_case(cx, order, step, crate::change::CasePhase::Closed);
            }
            if matches!(self.row(order, step).state, StepState::Pending | StepState::Ready) {
                self.stop_waiting(cx, order, step);
                let why = if undoing == Undoing::Cancelled { Why::Cancelled } else { Why::ItemFailed };
                self.row_mut(order, step).given_up = self.row(order, step).attempt > 0;
                self.set_step(cx, (order, step), StepState::Skipped, why);
            }
        }
        for &dependent in &model.items[item.ix()].relied_on_by {
            self.undo_item(cx, order, dependent, undoing);
        }
        self.undo_ready(cx, order, item);
    }

    /// Whether an item that is to fail with its saga or by itself is not undone, or not yet: past its point of no return it
    /// goes on, and while that step is in flight nobody knows whether it is past it.
    fn is_kept(&mut self, cx: &Cx<'_>, order: u16, item: ItemIx, undoing: Undoing) -> bool {
        let model = &cx.model.model;
        let pivot = model.items[item.ix()].pivot.filter(|&pivot| model.step(pivot).undo.is_empty());
        match pivot.map(|pivot| self.row(order, pivot).state) {
            Some(StepState::Completed) => undoing == Undoing::SagaFailed,
            Some(StepState::Sent | StepState::Unknown) => {
                let row = self.item_mut(order, item);
                if row.undoing != Undoing::Assessing {
                    row.undoing = Undoing::Assessing;
                    row.assessed = undoing;
                }
                true
            }
            _ => false,
        }
    }

    /// An item turned out to be past its point of no return: a person looks at what of it failed meanwhile.
    pub(super) fn hand_over_failed(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        for &step in &cx.model.model.items[item.ix()].steps {
            if matches!(self.row(order, step).state, StepState::Failed | StepState::Rejected) {
                self.open_case(cx, order, step, CaseReason::RetriesExhausted);
            }
        }
    }

    /// Whether an item is being undone.
    pub(super) fn is_going(&self, order: u16, item: ItemIx) -> bool {
        item != ItemIx::ORDER && !matches!(self.item(order, item).undoing, Undoing::No | Undoing::Assessing)
    }

    /// Whether nothing more is to be done for an item, or for the order itself: it is being undone, or it came to nothing.
    pub(super) fn is_no_more(&self, order: u16, item: ItemIx) -> bool {
        self.is_going(order, item) || item == ItemIx::ORDER && self.head(order).state.is_undone()
    }

    /// Undoes the steps of any item on its way out that nothing stands on any more: what one item undid or gave up may have
    /// stood on another one's. True when that may have freed others.
    pub(super) fn undo_any_ready(&mut self, cx: &mut Cx<'_>, order: u16) -> bool {
        (0..self.item_count as u8).map(ItemIx).any(|item| self.undo_ready(cx, order, item))
    }

    /// Undoes the steps of an item that nothing stands on any more, and finishes the item when all are settled. True when a step
    /// was undone or given up.
    pub(super) fn undo_ready(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) -> bool {
        if !self.is_going(order, item) {
            return false;
        }
        let model = &cx.model.model;
        let mut went = false;
        for i in (0..model.items[item.ix()].steps.len()).rev() {
            let step = model.items[item.ix()].steps[i];
            let state = self.row(order, step).state;
            let undoable = matches!(state, StepState::Completed | StepState::Unknown);
            if undoable && self.row(order, step).case == 0 && !self.stands_under(cx, order, step) {
                self.undo_or_give_up(cx, order, step);
                went |= self.row(order, step).state != state;
            } else if state == StepState::Unknown && self.row(order, step).case != 0 {
                // A person was asked about it; the cancellation decides now.
                self.close_case(cx, order, step, crate::change::CasePhase::Closed);
                self.undo_or_give_up(cx, order, step);
                went = true;
            }
        }
        self.finish_undone_item(cx, order, item);
        went
    }

    /// Whether a step that is still to be undone depends on this one.
    fn stands_under(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        let model = &cx.model.model;
        model.step(step).dependents.iter().any(|&dependent| {
            let row = self.row(order, dependent);
            let item = model.step(dependent).item;
            let goes = self.is_going(order, item);
            let has_undo = !model.step(dependent).undo.is_empty();
            goes && (matches!(row.state, StepState::Sent | StepState::Compensating)
                || (has_undo && matches!(row.state, StepState::Completed | StepState::Unknown) && !row.given_up))
        })
    }

    /// Undoes a step whose item goes, as the compensation's policy says; or leaves it.
    pub(super) fn undo_or_give_up(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        let definition = model.step(step);
        let unknown = self.row(order, step).state == StepState::Unknown;
        let trigger = match definition.item {
            ItemIx::ORDER => Trigger::SagaFailed,
            item => match self.item(order, item).undoing {
                Undoing::Failed => Trigger::ItemFailed,
                Undoing::SagaFailed => Trigger::SagaFailed,
                _ => Trigger::ItemCancelled,
            },
        };
        let applies = definition.undo.iter().any(|&undo| {
            model.step(undo).compensation.as_ref().is_some_and(|policy| applies(policy, trigger, unknown))
        });
        let forgotten = unknown && model.plumbing.undo == Undo::Completed;
        if applies && !forgotten && !self.row(order, step).given_up {
            self.start_undo(cx, order, step);
        } else if unknown {
            // Its questions end, and nothing undoes it.
            self.stop_waiting(cx, order, step);
            self.resolved(cx, (order, step), false, (Finding::Failed, false));
            self.row_mut(order, step).given_up = true;
            self.set_step(cx, (order, step), StepState::Skipped, Why::GivenUp);
            // What stood under it is undone now.
            self.undo_ready(cx, order, definition.item);
        }
    }

    /// Starts the compensation of a step: its first undo step is sent.
    pub(super) fn start_undo(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        let definition = model.step(step);
        self.stop_waiting(cx, order, step);
        if self.row(order, step).state == StepState::Unknown {
            // The undo settles it whatever the outcome was.
            self.resolved(cx, (order, step), true, (Finding::Failed, false));
        }
        let why = if self.row(order, step).redo == Redo::Running { Why::Redone } else { Why::Undone };
        self.set_step(cx, (order, step), StepState::Compensating, why);
        let revision = self.row(order, step).revision;
        let first = definition.undo.first().copied();
        for &undo in &definition.undo {
            *self.row_mut(order, undo) = Row { revision, ..Row::default() };
        }
        match first {
            Some(first) => self.send_undo(cx, order, first),
            None => self.undone(cx, order, step),
        }
    }

    fn send_undo(&mut self, cx: &mut Cx<'_>, order: u16, undo: StepIx) {
        let model = &cx.model.model;
        let definition = model.step(undo);
        let policy = definition.compensation.as_ref();
        let holds = policy.is_none_or(|policy| {
            policy.preconditions.iter().all(|condition| self.holds(cx, (order, definition.item), condition))
        });
        if policy.is_some_and(|policy| policy.needs_approval && policy.audited) && !holds {
            self.undo_failed(cx, order, undo);
            return;
        }
        let audited = policy.is_some_and(|policy| policy.audited);
        let undoes = definition
            .undoes
            .filter(|_| model.plumbing.compensation_version == crate::definition::CompensationVersion::Pinned);
        cx.change(Change::Compensation { order, undo, undoes, audited });
        if !holds {
            self.set_step(cx, (order, undo), StepState::Failed, Why::UndoFailed);
            self.undo_failed(cx, order, undo);
        } else if definition.call.is_some() {
            self.set_step(cx, (order, undo), StepState::Ready, Why::Undone);
            self.send_call(cx, order, undo, Why::Sent);
        } else {
            self.set_step(cx, (order, undo), StepState::Completed, Why::Undone);
            self.undo_completed(cx, order, undo);
        }
    }

    /// An undo step is done: the next one of the same step is sent, or the step is compensated.
    pub(super) fn undo_completed(&mut self, cx: &mut Cx<'_>, order: u16, undo: StepIx) {
        let model = &cx.model.model;
        let Some(step) = model.step(undo).undoes else { return };
        let item = model.step(step).item;
        let told = model.plumbing.notice == Notice::WhenAsked
            && item != ItemIx::ORDER
            && self.item(order, item).undoing == Undoing::Cancelled;
        if let Some(policy) = &model.step(undo).compensation
            && let Some(notify) = policy.notify
            && !told
        {
            self.tell(cx, order, item, (notify, OrderState::Cancelled as u8));
        }
        let undos = &model.step(step).undo;
        let next = undos.iter().skip_while(|other| **other != undo).nth(1).copied();
        match next {
            Some(next) => self.send_undo(cx, order, next),
            None => self.undone(cx, order, step),
        }
    }

    fn undone(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.set_step(cx, (order, step), StepState::Compensated, Why::Undone);
        self.row_mut(order, step).given_up = false;
        let item = cx.model.model.step(step).item;
        if !self.goes_on_after_undo(cx, order, step) && item != ItemIx::ORDER {
            self.undo_ready(cx, order, item);
        }
    }

    /// An undo step failed for good.
    pub(super) fn undo_failed(&mut self, cx: &mut Cx<'_>, order: u16, undo: StepIx) {
        let model = &cx.model.model;
        let Some(step) = model.step(undo).undoes else { return };
        if model.plumbing.compensation_error == CompensationError::Swallow {
            // The error is logged, and the saga goes on as if the undo were done.
            self.undo_completed(cx, order, undo);
            return;
        }
        self.set_step(cx, (order, step), StepState::CompensationFailed, Why::UndoFailed);
        let action = model.step(undo).compensation.as_ref().and_then(|policy| policy.on_failure);
        match action {
            Some(NextAction::Ignore) => self.undo_completed(cx, order, undo),
            Some(_) => self.open_case(cx, order, undo, CaseReason::CompensationFailed),
            None => {}
        }
    }

    /// An item that goes is gone when all its steps are settled.
    pub(super) fn finish_undone_item(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let model = &cx.model.model;
        if !self.is_going(order, item) {
            return;
        }
        let undoing = self.item(order, item).undoing;
        let settled = model.items[item.ix()].steps.iter().all(|&step| {
            let row = self.row(order, step);
            match row.state {
                // What cannot be undone stays as it is.
                StepState::Completed => true,
                StepState::CompensationFailed => row.case == 0 && !self.undo_case_open(cx, order, step),
                _ => row.is_settled(),
            }
        });
        let waiting = model.items[item.ix()]
            .steps
            .iter()
            .any(|&step| self.row(order, step).state == StepState::Completed && self.undo_applies(cx, order, step));
        if settled && !waiting {
            if self.item(order, item).state == OrderState::Held {
                // A case about it may still be open: who looks at it finds that it is over.
                self.set_item(cx, order, item, OrderState::InProgress);
            }
            let after = if undoing == Undoing::Cancelled { OrderState::Cancelled } else { OrderState::Failed };
            self.set_item(cx, order, item, after);
        }
    }

    fn undo_case_open(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        let undos = &cx.model.model.step(step).undo;
        let never_started = undos.iter().all(|&undo| self.row(order, undo).state == StepState::Completed);
        let excepted = undos.iter().any(|&undo| self.row(order, undo).excepted);
        !never_started && !excepted && !self.head(order).closed
    }

    fn undo_applies(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        let model = &cx.model.model;
        let trigger = match self.item(order, model.step(step).item).undoing {
            Undoing::Failed => Trigger::ItemFailed,
            Undoing::SagaFailed => Trigger::SagaFailed,
            _ => Trigger::ItemCancelled,
        };
        !self.row(order, step).given_up
            && model.step(step).undo.iter().any(|&undo| {
                model.step(undo).compensation.as_ref().is_some_and(|policy| applies(policy, trigger, false))
            })
    }

    /// A success came after the step was given up.
    pub(super) fn late_success(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, record: u32) -> bool {
        let model = &cx.model.model;
        let definition = model.step(step);
        self.row_mut(order, step).record = record;
        self.row_mut(order, step).given_up = false;
        if let Some(undone) = definition.undoes {
            // For a compensation a late success is always welcome.
            self.set_step(cx, (order, step), StepState::Completed, Why::LateSuccess);
            self.close_case(cx, order, step, crate::change::CasePhase::Closed);
            self.set_step(cx, (order, undone), StepState::Compensating, Why::LateSuccess);
            self.undo_completed(cx, order, step);
            return true;
        }
        let going = self.is_going(order, definition.item);
        if self.row(order, step).state == StepState::Failed && !going {
            // The item still wants it: the late success is the success.
            self.close_case(cx, order, step, crate::change::CasePhase::Closed);
            self.complete(cx, order, step, (record, Why::LateSuccess));
            return true;
        }
        let retry = definition.retry.map(|retry| &model.retries[retry.0 as usize]);
        let action =
            retry.and_then(|retry| retry.unknown).and_then(|unknown| model.unknowns[unknown.0 as usize].late_success);
        match action {
            Some(NextAction::Compensate | NextAction::CompensateItem) if !definition.undo.is_empty() => {
                self.start_undo(cx, order, step);
            }
            Some(NextAction::OpenFalloutCase | NextAction::OpenRepairCase) => {
                self.open_case(cx, order, step, CaseReason::Unresolved);
            }
            _ => {}
        }
        true
    }
}

/// Whether a compensation applies to a step in this state, on this trigger.
pub(super) fn applies(policy: &CompensationPolicy, trigger: Trigger, unknown: bool) -> bool {
    policy.triggers & 1 << trigger as u8 != 0 && if unknown { policy.unknown } else { policy.completed }
}
