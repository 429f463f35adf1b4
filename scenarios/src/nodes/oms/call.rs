//! Requests and their answers: keys, attempts, retries, and what each class of answer means.

use sim_core::Duration;

use super::state::{Undoing, Wait};
use super::{Cx, Oms, OmsMessage};
use crate::change::{CaseReason, Change, Why};
use crate::definition::{Failure, LateReply, NextAction, RetryBudget, StepState};
use crate::message::{Answer, CallRef, Message};
use crate::model::{ItemIx, KeyField, KeyScope, Retry, Step, StepIx};

/// How long an engine waits for the answer to a question.
const QUESTION_TIMEOUT: Duration = Duration::secs(30);

impl Oms {
    /// The key of a step's next request.
    fn key(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> u64 {
        let model = &cx.model.model;
        let definition = model.step(step);
        let row = self.row(order, step);
        let attempt = u32::from(row.attempt);
        let head = self.head(order);
        let fresh =
            u64::from(attempt) | u64::from(row.revision) << 8 | u64::from(step.0) << 24 | u64::from(order) << 40;
        let Some(key) = &definition.key else {
            // Without a key every attempt is a request of its own.
            return sim_core::hash::mix(0x0DD, fresh);
        };
        let record = key.fields.iter().find_map(|field| match field {
            KeyField::Record(from) => Some(self.row(order, *from).record),
            _ => None,
        });
        let item = if definition.item == ItemIx::ORDER { "" } else { &model.items[definition.item.ix()].id };
        key.hash(&KeyScope {
            order,
            item,
            step: &definition.id,
            quote_version: head.quote.into(),
            plan_version: head.plan.into(),
            revision: row.revision.into(),
            attempt,
            fresh,
            record: record.filter(|record| *record != 0),
            ..KeyScope::default()
        })
    }

    pub(super) fn policy<'a>(cx: &Cx<'a>, step: &Step) -> Option<&'a Retry> {
        step.retry.map(|retry| &cx.model.model.retries[retry.0 as usize])
    }

    /// Sends the next attempt of a step.
    pub(super) fn send_call(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, why: Why) {
        let model = &cx.model.model;
        let definition = model.step(step);
        let op = definition.call.expect("only steps with a call are sent");
        self.stop_waiting(cx, order, step);
        if self.is_held(cx, order, step, why) || self.holds_back(cx, order, step, why) {
            return;
        }
        let now = cx.now;
        let row = self.row_mut(order, step);
        row.attempt = row.attempt.saturating_add(1);
        row.spent = row.spent.saturating_add(1);
        row.accepted = false;
        row.polls_before = 0;
        row.sent = now;
        if row.attempt == 1 {
            row.started = now;
        }
        let key = self.key(cx, order, step);
        self.row_mut(order, step).key = key;
        let target = definition.undoes.map_or(0, |undone| self.row(order, undone).key);
        let call = self.call(order, step);
        let to = model.systems[model.operation(op).system.ix()].part;
        cx.change(Change::Sent { call, key });
        cx.send(to, Message::Request { call, key, target });
        if Self::saves_after_send(cx) && self.row(order, step).state == StepState::Ready {
            cx.continue_after(Duration::millis(400), Message::Oms(OmsMessage::MarkSent { call }));
            return;
        }
        self.set_step(cx, (order, step), StepState::Sent, why);
        self.await_answer(cx, order, step);
    }

    /// Runs a step of which the repair service knows that it ran: whether it still does is not looked at.
    pub(super) fn run_anew(&mut self, cx: &mut Cx<'_>, call: CallRef) -> bool {
        let (order, step) = (call.order, call.step);
        let row = *self.row(order, step);
        let runs = row.revision == call.revision && cx.model.model.step(step).call.is_some();
        if runs {
            self.send_call(cx, order, step, Why::Resent);
        }
        runs
    }

    /// Waits for the answer, for as long as the definition says; without a timeout for ever.
    pub(super) fn await_answer(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        if let Some(timeout) = definition.attempt_timeout.or(definition.deadline) {
            self.wait_for(cx, (order, step), Wait::Answer, timeout);
        }
    }

    /// A participant answered.
    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, call: CallRef, answer: Answer, record: u32) -> bool {
        let (order, step) = (call.order, call.step);
        if step.ix() >= self.row_count {
            return false;
        }
        let row = *self.row(order, step);
        if row.revision != call.revision {
            return false;
        }
        match answer {
            Answer::Failed(failure) => self.is_missed(cx, order, step, failure),
            Answer::Succeeded | Answer::Accepted | Answer::Rejected(_) => self.is_there(cx, order, step),
        }
        let current = row.attempt == call.attempt;
        match (row.state, answer) {
            (StepState::Sent, Answer::Succeeded) => {
                self.complete(cx, order, step, (record, Why::Replied));
                true
            }
            (StepState::Sent, Answer::Accepted) if current && row.wait == Wait::Answer => {
                self.accepted(cx, order, step);
                true
            }
            (StepState::Sent, Answer::Failed(failure)) if current && row.wait == Wait::Answer => {
                self.call_failed(cx, order, step, failure);
                true
            }
            (StepState::Sent | StepState::Unknown, Answer::Rejected(reason)) if current => {
                self.rejected(cx, order, step, reason);
                true
            }
            (StepState::Unknown, Answer::Succeeded) => {
                self.resolved(cx, (order, step), true, (crate::message::Finding::Confirmed, true));
                self.complete(cx, order, step, (record, Why::Replied));
                true
            }
            (StepState::Ready, Answer::Succeeded) if row.attempt > 0 => self.unmatched(cx, call, record, 0),
            (StepState::Failed | StepState::Skipped, Answer::Succeeded) if row.given_up => {
                self.late_success(cx, order, step, record)
            }
            (StepState::Compensating | StepState::Compensated, Answer::Succeeded)
                if cx.model.model.plumbing.late_reply == LateReply::Completes =>
            {
                self.complete(cx, order, step, (record, Why::Replied));
                true
            }
            _ => false,
        }
    }

    /// The request was taken; its result comes in a callback.
    pub(super) fn accepted(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.stop_waiting(cx, order, step);
        self.row_mut(order, step).accepted = true;
        if self.redo_if_wanted(cx, order, step) {
            return;
        }
        if let Some(deadline) = cx.model.model.step(step).deadline {
            self.wait_for(cx, (order, step), Wait::Later, deadline);
        }
    }

    /// A callback came.
    pub(super) fn called_back(
        &mut self,
        cx: &mut Cx<'_>,
        call: CallRef,
        answer: Answer,
        (record, outcome): (u32, u8),
    ) -> bool {
        let (order, step) = (call.order, call.step);
        let row = *self.row(order, step);
        if row.revision != call.revision {
            return false;
        }
        let outcomes = &cx.model.model.step(step).outcomes;
        let action = outcomes.get(usize::from(outcome)).map(|(_, action)| *action);
        match (row.state, action) {
            (StepState::Sent | StepState::Unknown, Some(NextAction::Progress)) => {
                self.accepted(cx, order, step);
                true
            }
            (StepState::Sent | StepState::Unknown, Some(action)) if action != NextAction::Complete => {
                if row.state == StepState::Unknown {
                    self.resolved(cx, (order, step), false, (crate::message::Finding::Absent, true));
                }
                self.stop_waiting(cx, order, step);
                self.set_step(cx, (order, step), StepState::Rejected, Why::Refused);
                self.next(cx, (order, step), action, CaseReason::Rejection);
                true
            }
            _ => self.answered(cx, CallRef { attempt: row.attempt, ..call }, answer, record),
        }
    }

    /// What a step waited for is due.
    pub(super) fn due(&mut self, cx: &mut Cx<'_>, call: CallRef, wait: Wait, poll: u8) -> bool {
        let (order, step) = (call.order, call.step);
        let row = *self.row(order, step);
        let stale = row.wait != wait || row.attempt != call.attempt || row.revision != call.revision;
        if stale {
            let plumbing = &cx.model.model.plumbing;
            return !plumbing.in_flight_guard && self.starts_again(cx, call, wait)
                || !plumbing.cancel_on_complete && self.stale_timer(cx, call, wait);
        }
        match wait {
            Wait::Nothing => false,
            Wait::Answer => {
                self.is_missed(cx, order, step, Failure::Timeout);
                self.call_failed(cx, order, step, Failure::Timeout);
                true
            }
            Wait::Retry => {
                self.send_call(cx, order, step, Why::Resent);
                true
            }
            Wait::Question => {
                self.ask(cx, order, step);
                true
            }
            Wait::Finding if row.polls == poll => {
                self.is_missed(cx, order, step, Failure::Timeout);
                self.unanswered(cx, order, step)
            }
            Wait::Finding => false,
            Wait::Later => {
                self.later_is_due(cx, order, step);
                true
            }
        }
    }

    /// The reminder to send a step again comes once more while the step runs, and an engine without a guard runs it twice at
    /// a time.
    fn starts_again(&mut self, cx: &mut Cx<'_>, call: CallRef, wait: Wait) -> bool {
        let row = *self.row(call.order, call.step);
        let runs = wait == Wait::Retry && row.state == StepState::Sent && row.revision == call.revision;
        if runs {
            self.send_call(cx, call.order, call.step, Why::Resent);
        }
        runs
    }

    /// A timer that nobody took back fires, and the engine acts as if the step were still running: the timed-out step
    /// is compensated although it completed.
    fn stale_timer(&mut self, cx: &mut Cx<'_>, call: CallRef, wait: Wait) -> bool {
        let (order, step) = (call.order, call.step);
        let row = *self.row(order, step);
        let fires = wait == Wait::Answer
            && row.state == StepState::Completed
            && row.attempt == call.attempt
            && row.revision == call.revision
            && !cx.model.model.step(step).undo.is_empty();
        if fires {
            self.start_undo(cx, order, step);
        }
        fires
    }

    /// A call failed with a class of failure; the policy says what that means.
    fn call_failed(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, failure: Failure) {
        let definition = cx.model.model.step(step);
        self.stop_waiting(cx, order, step);
        let Some(policy) = Self::policy(cx, definition) else {
            self.final_failure(cx, order, step, Self::why(failure));
            return;
        };
        // Nobody knows what became of a request that was not answered, unless the policy takes it for one thing or the other.
        let is_taken_for = policy.retry_on.has(failure) || policy.no_retry_on.has(failure);
        let unknown = policy.unknown_on.has(failure) || failure == Failure::Timeout && !is_taken_for;
        if unknown && policy.unknown.is_some() {
            self.become_unknown(cx, order, step);
        } else if policy.retry_on.has(failure) && !policy.unknown_on.has(failure) {
            let model = &cx.model.model;
            if definition.call.is_some_and(|op| model.operation(op).effect_possible.has(failure)) {
                self.row_mut(order, step).in_doubt = true;
            }
            self.retry(cx, order, step, policy);
        } else {
            self.final_failure(cx, order, step, Self::why(failure));
        }
    }

    fn why(failure: Failure) -> Why {
        if failure == Failure::Timeout { Why::TimedOut } else { Why::Failed }
    }

    /// How many attempts were spent of the step's budget.
    fn spent(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> u32 {
        let own = u32::from(self.row(order, step).spent);
        match (cx.model.model.plumbing.retry_budget, cx.model.model.step(step).undoes) {
            (RetryBudget::Shared, Some(undone)) => own + u32::from(self.row(order, undone).spent),
            _ => own,
        }
    }

    /// Whether the step may be sent once more.
    fn may_retry(&self, cx: &Cx<'_>, order: u16, step: StepIx, policy: &Retry) -> bool {
        let definition = cx.model.model.step(step);
        let row = self.row(order, step);
        let in_time = definition.deadline.is_none_or(|deadline| cx.now.since(row.started) < deadline);
        let in_budget = policy.max_attempts.is_none_or(|max| self.spent(cx, order, step) < max);
        in_time && in_budget && row.attempt < u8::MAX - 1
    }

    /// Sends again after the policy's wait, or gives up when the attempts are used up.
    pub(super) fn retry(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, policy: &Retry) {
        if self.may_retry(cx, order, step, policy) {
            let attempt = u32::from(self.row(order, step).spent) + 1;
            self.wait_for(cx, (order, step), Wait::Retry, policy.delay(attempt));
        } else if self.row(order, step).in_doubt && policy.unknown.is_some() {
            // One of the attempts may have done it: that the last one failed does not say otherwise.
            self.become_unknown(cx, order, step);
        } else {
            self.final_failure(cx, order, step, Why::Failed);
        }
    }

    /// Sends again at once, as a finding or a person says.
    pub(super) fn resend(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let definition = cx.model.model.step(step);
        match Self::policy(cx, definition) {
            Some(policy) if !self.may_retry(cx, order, step, policy) => {
                self.final_failure(cx, order, step, Why::Failed);
            }
            _ => self.send_call(cx, order, step, Why::Resent),
        }
    }

    /// The step failed for good: an undo step fails its compensation, a forward step follows the fallback.
    fn final_failure(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, why: Why) {
        let definition = cx.model.model.step(step);
        self.stop_waiting(cx, order, step);
        self.row_mut(order, step).given_up = true;
        self.set_step(cx, (order, step), StepState::Failed, why);
        if definition.is_undo() {
            self.undo_failed(cx, order, step);
        } else {
            self.failed_for_good(cx, order, step, CaseReason::RetriesExhausted);
        }
    }

    /// What follows when a forward step failed for good.
    pub(super) fn failed_for_good(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, reason: CaseReason) {
        let definition = cx.model.model.step(step);
        let item = definition.item;
        if item != ItemIx::ORDER {
            match self.item(order, item).undoing {
                Undoing::Assessing if definition.pivot => return self.decide_deferred(cx, order, item),
                Undoing::No | Undoing::Assessing => {}
                Undoing::Cancelled | Undoing::Failed | Undoing::SagaFailed => {
                    self.undo_ready(cx, order, item);
                    return;
                }
            }
        }
        // Without a fallback nothing happens: the step stays failed, and all that waits for it waits for ever.
        if let Some(action) = Self::policy(cx, definition).and_then(|policy| policy.fallback) {
            self.next(cx, (order, step), action, reason);
        }
    }

    /// A participant refused for a business reason.
    fn rejected(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, reason: u8) {
        let definition = cx.model.model.step(step);
        if self.row(order, step).state == StepState::Unknown {
            self.resolved(cx, (order, step), false, (crate::message::Finding::Absent, true));
        }
        self.stop_waiting(cx, order, step);
        let policy = Self::policy(cx, definition);
        if let Some(policy) = policy
            && policy.retry_on.has(Failure::BusinessRejection)
        {
            self.retry(cx, order, step, policy);
            return;
        }
        self.set_step(cx, (order, step), StepState::Rejected, Why::Refused);
        if definition.is_undo() {
            self.undo_failed(cx, order, step);
            return;
        }
        if definition.pivot && self.is_assessing(order, definition.item) {
            self.decide_deferred(cx, order, definition.item);
            return;
        }
        let named = definition.on_reject.iter().find(|(of, _)| *of == reason).map(|(_, action)| *action);
        let action = named.or(definition.on_reject_other).or(policy.and_then(|p| p.fallback));
        if let Some(action) = action {
            self.next(cx, (order, step), action, CaseReason::Rejection);
        }
    }

    /// Asks the participant what became of the request.
    fn ask(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.ask_as(cx, order, step, false);
    }

    /// Asks, or has a person ask, who gets an answer by whatever way.
    pub(super) fn ask_as(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, person: bool) {
        let model = &cx.model.model;
        let definition = model.step(step);
        let Some(op) = definition.call else { return };
        let now = cx.now;
        let row = self.row_mut(order, step);
        row.polls = row.polls.saturating_add(1);
        row.asked = now;
        let (poll, key) = (row.polls, row.key);
        let call = self.call(order, step);
        let to = model.systems[model.operation(op).system.ix()].part;
        cx.send(to, Message::Query { call, key, poll, person });
        let timeout = definition.attempt_timeout.unwrap_or(QUESTION_TIMEOUT).min(QUESTION_TIMEOUT);
        self.wait_for(cx, (order, step), Wait::Finding, timeout);
    }
}
