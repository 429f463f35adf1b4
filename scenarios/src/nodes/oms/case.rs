//! Cases: what the saga cannot settle goes to people, who act through commands with a role, a reason and an audit row.

use super::state::Undoing;
use super::{Cx, Oms};
use crate::change::{CasePhase, CaseReason, Change, Why};
use crate::definition::{ItemCorrections, NextAction, OrderState, Requirement, StepKind, StepState};
use crate::message::{Decision, Finding, Message, Operation};
use crate::model::{ItemIx, StepIx};

impl Oms {
    /// Opens a case about a step, unless one is open.
    pub(super) fn open_case(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, reason: CaseReason) {
        if self.row(order, step).case != 0 {
            return;
        }
        let model = &cx.model.model;
        let head = self.head_mut(order);
        head.cases += 1;
        head.open_cases += 1;
        let case = head.cases;
        self.row_mut(order, step).case = case;
        cx.change(Change::Case {
            order,
            step,
            case,
            reason,
            phase: CasePhase::Opened,
            audited: true,
            authorised: true,
        });
        let item = model.step(step).item;
        let human = model.step(step).kind == StepKind::Human;
        if item != ItemIx::ORDER && self.item(order, item).state == OrderState::InProgress && !human {
            self.set_item(cx, order, item, OrderState::Held);
        }
        if model.fallout.owner.is_some() || human {
            cx.send(model.parts.outside, Message::Case { order, step, case });
        }
    }

    /// Hands the case over once more, under another number: the question of the person got no answer, or the person has not
    /// decided yet.
    pub(super) fn remind(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, reason: CaseReason) {
        let old = self.row(order, step).case;
        let head = self.head_mut(order);
        head.cases += 1;
        let case = head.cases;
        self.row_mut(order, step).case = case;
        let audited = cx.model.model.plumbing.reason_code == Requirement::Required;
        for (case, phase, audited) in [(old, CasePhase::Taken, audited), (case, CasePhase::Opened, true)] {
            cx.change(Change::Case { order, step, case, reason, phase, audited, authorised: true });
        }
        cx.send(cx.model.model.parts.outside, Message::Case { order, step, case });
    }

    /// Closes the case about a step, if one is open; its item goes on.
    pub(super) fn close_case(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, phase: CasePhase) {
        let case = self.row(order, step).case;
        if case == 0 {
            return;
        }
        self.row_mut(order, step).case = 0;
        self.head_mut(order).open_cases -= 1;
        let audited = cx.model.model.plumbing.reason_code == Requirement::Required;
        let reason = CaseReason::default();
        cx.change(Change::Case { order, step, case, reason, phase, audited, authorised: true });
        let model = &cx.model.model;
        let item = model.step(step).item;
        if item != ItemIx::ORDER && self.item(order, item).state == OrderState::Held {
            let others = model.items[item.ix()].steps.iter().any(|&other| self.row(order, other).case != 0);
            if !others {
                self.set_item(cx, order, item, OrderState::InProgress);
            }
        }
    }

    /// A person acts on a case.
    pub(super) fn operate(
        &mut self,
        cx: &mut Cx<'_>,
        order: u16,
        (step, case): (StepIx, u16),
        (action, outcome): (Operation, u8),
    ) -> bool {
        let row = *self.row(order, step);
        if row.case != case || case == 0 {
            return false;
        }
        let model = &cx.model.model;
        let definition = model.step(step);
        if definition.kind == StepKind::Human && row.state == StepState::Sent {
            self.decided(cx, order, step, outcome);
            return true;
        }
        // Nothing is sent again for an order that a person closed or that came to nothing, or for an item on its way out: what
        // that has to undo has cases of its own.
        let goes = definition.is_undo() || !self.is_no_more(order, definition.item);
        match (action, row.state) {
            (Operation::Close, _) => self.close_by_hand(cx, order, step),
            _ if self.head(order).closed => self.close_by_hand(cx, order, step),
            (_, StepState::Unknown) => self.ask_as(cx, order, step, true),
            (_, StepState::Failed | StepState::Rejected | StepState::CompensationFailed)
                if definition.call.is_some() && goes =>
            {
                self.send_by_hand(cx, order, step);
            }
            (_, StepState::Failed | StepState::Rejected | StepState::Skipped)
                if !goes && row.record != 0 && !definition.undo.is_empty() =>
            {
                // It had happened after all, and nobody wants it any more.
                self.close_case(cx, order, step, CasePhase::Taken);
                self.start_undo(cx, order, step);
            }
            (Operation::RetryStep, StepState::Failed | StepState::Rejected)
                if definition.kind == StepKind::Human && goes =>
            {
                // Whoever refused, or did not decide in time, is asked once more.
                self.close_case(cx, order, step, CasePhase::Taken);
                self.next(cx, (order, step), NextAction::RedoStep, CaseReason::Decision);
            }
            // The step went on by itself, or the case is only to be taken note of.
            _ => {
                self.close_case(cx, order, step, CasePhase::Closed);
                // An item on its way out may have waited for no more than this.
                self.undo_ready(cx, order, definition.item);
            }
        }
        true
    }

    /// A person decided a human step: what this outcome leads to is done.
    fn decided(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, outcome: u8) {
        let outcomes = &cx.model.model.step(step).outcomes;
        let action = outcomes.get(usize::from(outcome)).map_or(NextAction::Complete, |(_, action)| *action);
        match action {
            NextAction::Complete => self.complete(cx, order, step, (0, Why::Person)),
            NextAction::Progress => self.remind(cx, order, step, CaseReason::Decision),
            action => {
                self.stop_waiting(cx, order, step);
                self.close_case(cx, order, step, CasePhase::Closed);
                self.set_step(cx, (order, step), StepState::Rejected, Why::Person);
                self.next(cx, (order, step), action, CaseReason::Rejection);
            }
        }
    }

    /// A person sends a failed step again, under its key and with a fresh budget.
    fn send_by_hand(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.close_case(cx, order, step, CasePhase::Taken);
        let row = self.row_mut(order, step);
        row.spent = 0;
        row.given_up = false;
        row.excepted = false;
        row.interventions = row.interventions.saturating_add(1);
        row.started = cx.now;
        if let Some(undone) = cx.model.model.step(step).undoes {
            self.set_step(cx, (order, undone), StepState::Compensating, Why::Person);
        }
        self.send_call(cx, order, step, Why::Person);
    }

    /// A person closes the case: what could not be done stays undone, with an approved exception.
    fn close_by_hand(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        let definition = model.step(step);
        self.stop_waiting(cx, order, step);
        if self.row(order, step).state == StepState::Unknown {
            self.resolved(cx, (order, step), false, (Finding::Failed, true));
            self.set_step(cx, (order, step), StepState::Failed, Why::Person);
        }
        let undone = definition.undoes.filter(|undone| self.row(order, *undone).state == StepState::Compensating);
        if let Some(undone) = undone {
            // Whether it was undone stays unknown, knowingly; the item does not wait for it any longer.
            self.set_step(cx, (order, undone), StepState::CompensationFailed, Why::Person);
        }
        self.row_mut(order, step).excepted = true;
        self.close_case(cx, order, step, CasePhase::Excepted);
        let item = definition.item;
        if item == ItemIx::ORDER {
            self.head_mut(order).closed = true;
            if self.head(order).orders == 0 {
                self.answer_conversion(cx, order, Decision::Refused);
            }
        } else if self.item(order, item).undoing == Undoing::Assessing {
            // A cancellation waited for this word.
            self.decide_deferred(cx, order, item);
        } else if self.item(order, item).undoing == Undoing::No && !self.is_over(order, item) {
            match model.plumbing.item_corrections {
                ItemCorrections::DomainCommand => self.undo_item(cx, order, item, Undoing::Failed),
                ItemCorrections::DirectWrite => self.write_item(cx, order, item, OrderState::Failed),
            }
        } else {
            // What comes after it will not be done either; what stood under it is undone now.
            self.skip_after(cx, order, step);
            self.undo_ready(cx, order, item);
        }
    }
}
