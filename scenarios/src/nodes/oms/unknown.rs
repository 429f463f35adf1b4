//! Unknown outcomes: a state of the step, not a failure. Ask, then complete, send again under the same key, or hand
//! over to a person. An absence is not final while the operation's effect may still come.

use sim_core::Duration;

use super::state::Wait;
use super::{Cx, Oms};
use crate::change::{CasePhase, CaseReason, Change, Why};
use crate::definition::{NextAction, StepState};
use crate::message::{CallRef, Finding};
use crate::model::{Step, StepIx, Unknown};

impl Oms {
    fn unknown_policy<'a>(cx: &Cx<'a>, step: &Step) -> Option<&'a Unknown> {
        let model = &cx.model.model;
        let retry = &model.retries[step.retry?.0 as usize];
        retry.unknown.map(|unknown| &model.unknowns[unknown.0 as usize])
    }

    /// A request was sent and its outcome is not known.
    pub(super) fn become_unknown(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        let row = self.row_mut(order, step);
        row.polls = row.polls_before;
        self.set_step(cx, (order, step), StepState::Unknown, Why::TimedOut);
        let item = definition.item;
        if !definition.is_undo() && self.is_going(order, item) {
            // The item is on its way out: whether the step's effect is undone is decided at once.
            self.undo_or_give_up(cx, order, step);
            return;
        }
        self.ask_later(cx, order, step);
    }

    /// Plans the next question by the policy's schedule; when it is used up, the outcome is unresolved.
    fn ask_later(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        let Some(policy) = Self::unknown_policy(cx, definition) else { return };
        let row = self.row(order, step);
        let polls = usize::from(row.polls.saturating_sub(row.polls_before));
        match policy.schedule.get(polls) {
            Some(wait) if policy.query.is_some() => self.wait_for(cx, (order, step), Wait::Question, *wait),
            _ => self.unresolved(cx, order, step),
        }
    }

    /// The questions are used up.
    fn unresolved(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        self.stop_waiting(cx, order, step);
        let action = Self::unknown_policy(cx, definition).and_then(|policy| policy.unresolved);
        if let Some(action) = action {
            self.next(cx, (order, step), action, CaseReason::Unresolved);
        }
    }

    /// Nobody answered the question.
    pub(super) fn unanswered(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) -> bool {
        self.stop_waiting(cx, order, step);
        if self.row(order, step).case != 0 {
            // A person asked and got no answer; the case stays and the person tries again.
            self.remind(cx, order, step, CaseReason::Unresolved);
            return true;
        }
        self.ask_later(cx, order, step);
        true
    }

    /// A participant said what it knows.
    pub(super) fn found(
        &mut self,
        cx: &mut Cx<'_>,
        call: CallRef,
        poll: u8,
        (finding, record): (Finding, u32),
    ) -> bool {
        let (order, step) = (call.order, call.step);
        let row = *self.row(order, step);
        if row.state != StepState::Unknown || row.revision != call.revision || row.attempt != call.attempt {
            return false;
        }
        let definition = cx.model.model.step(step);
        if finding != Finding::Failed {
            self.is_there(cx, order, step);
        }
        match finding {
            Finding::Confirmed => {
                let action = Self::unknown_policy(cx, definition).and_then(|policy| policy.confirmed);
                self.resolved(cx, (order, step), true, (finding, true));
                if matches!(action, None | Some(NextAction::Complete)) || row.case != 0 {
                    self.complete(cx, order, step, (record, Why::Confirmed));
                } else if let Some(action) = action {
                    self.row_mut(order, step).given_up = true;
                    self.stop_waiting(cx, order, step);
                    self.set_step(cx, (order, step), StepState::Failed, Why::GivenUp);
                    self.next(cx, (order, step), action, CaseReason::Unresolved);
                }
                true
            }
            Finding::Absent => self.found_absent(cx, order, step, poll),
            Finding::Pending => row.wait == Wait::Finding && row.polls == poll && self.found_pending(cx, order, step),
            Finding::Partial | Finding::NotSupported | Finding::Failed => {
                row.wait == Wait::Finding && row.polls == poll && self.unanswered(cx, order, step)
            }
        }
    }

    /// The participant is still at work on it: its callback is awaited, for as long as the first time.
    fn found_pending(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) -> bool {
        if cx.model.model.step(step).deadline.is_none() {
            return self.unanswered(cx, order, step);
        }
        let row = self.row_mut(order, step);
        row.polls_before = row.polls;
        self.close_case(cx, order, step, CasePhase::Closed);
        self.set_step(cx, (order, step), StepState::Sent, Why::Sent);
        self.accepted(cx, order, step);
        true
    }

    /// The effect is not there, as far as the participant knows now.
    fn found_absent(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, poll: u8) -> bool {
        let row = *self.row(order, step);
        if row.wait != Wait::Finding || row.polls != poll {
            return false;
        }
        let model = &cx.model.model;
        let definition = model.step(step);
        let policy = Self::unknown_policy(cx, definition);
        let late = definition.call.map_or(Duration::ZERO, |op| model.operation(op).late_effect);
        let final_at = row.sent + late;
        let at_once = policy.is_some_and(|policy| policy.absent_at_once);
        if row.asked < final_at && !at_once {
            self.stop_waiting(cx, order, step);
            // Not final yet: ask again by the schedule, and in any case once the late window has passed.
            let polls = usize::from(row.polls.saturating_sub(row.polls_before));
            let next = policy.and_then(|policy| policy.schedule.get(polls).copied());
            let wait = next.unwrap_or_else(|| final_at.since(cx.now) + Duration::secs(1));
            self.wait_for(cx, (order, step), Wait::Question, wait);
            return true;
        }
        self.resolved(cx, (order, step), false, (Finding::Absent, true));
        self.stop_waiting(cx, order, step);
        if definition.pivot && self.is_assessing(order, definition.item) {
            // A cancellation waited for this: the item is before its point of no return, so nothing is sent again.
            self.row_mut(order, step).given_up = true;
            self.set_step(cx, (order, step), StepState::Failed, Why::FoundAbsent);
            self.decide_deferred(cx, order, definition.item);
            return true;
        }
        match policy.and_then(|policy| policy.absent) {
            _ if row.case != 0 => self.send_call(cx, order, step, Why::Person),
            Some(NextAction::RetrySameKey) => self.resend(cx, order, step),
            Some(NextAction::RetryNewKey) => {
                self.row_mut(order, step).revision += 1;
                self.resend(cx, order, step);
            }
            action => {
                self.row_mut(order, step).given_up = true;
                self.set_step(cx, (order, step), StepState::Failed, Why::FoundAbsent);
                if definition.is_undo() {
                    self.undo_failed(cx, order, step);
                } else if let Some(action) = action {
                    self.next(cx, (order, step), action, CaseReason::RetriesExhausted);
                }
            }
        }
        true
    }

    /// Reports how an unknown outcome was settled.
    pub(super) fn resolved(
        &mut self,
        cx: &mut Cx<'_>,
        (order, step): (u16, StepIx),
        as_done: bool,
        (finding, asked): (Finding, bool),
    ) {
        self.row_mut(order, step).in_doubt = false;
        let call = self.call(order, step);
        cx.change(Change::Resolved { call, as_done, finding, asked });
    }
}
