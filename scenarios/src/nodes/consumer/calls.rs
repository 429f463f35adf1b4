//! The calls of a consumer: recorded with the inbox row in one transaction, sent after it, repeated under their key until
//! there is an answer. Where the contract says otherwise there is no record, and a crash forgets the call.

use sim_core::hash::mix;
use sim_core::{Duration, TimerId};

use super::facts::source_name;
use super::{ConsumerMessage, ConsumerNode, Delivered};
use crate::change::{Change, DeliveryPhase};
use crate::definition::{Failure, NextAction};
use crate::message::{Answer, BusinessEvent, CallRef, Message};
use crate::model::{ItemIx, KeyScope, Retry, StepIx};
use crate::nodes::Cx;

/// How long a person takes to have a call that was put aside made again; twice as long each time.
const RESUME: Duration = Duration::hours(1);
/// How often a person does.
const ROUNDS: u8 = 8;
/// After so many attempts nobody tries again.
const ATTEMPTS_MAX: u8 = 250;

/// Where a call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// An earlier call about the same order comes first.
    #[default]
    Queued,
    /// Sent, or about to be sent again.
    Open,
    /// Put aside until a person has it made again.
    Parked,
    /// Answered, or given up.
    Done,
    /// Lost in a crash, for lack of a record; the next delivery of its event makes it again.
    Forgotten,
}

/// A call that an event leads to.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Call {
    of: Delivered,
    pub(super) state: State,
    /// Whether its last attempt failed, so that it waits for the next one.
    failed: bool,
    /// The number of the last attempt.
    attempt: u8,
    /// Attempts since a person had it made again.
    spent: u8,
    rounds: u8,
    /// Whether it is recorded; else it is known to the process alone, and its event is acknowledged when it is done.
    recorded: bool,
    /// The version of the aggregate before the event.
    before: u16,
    timer: TimerId,
}

/// The number by which a call knows its event: sources are apart.
fn revision(event: BusinessEvent) -> u16 {
    event.number ^ u16::from(event.source) << 12
}

impl ConsumerNode {
    fn policy<'a>(cx: &Cx<'a>, step: StepIx) -> Option<&'a Retry> {
        let model = &cx.model.model;
        model.step(step).retry.map(|retry| &model.retries[usize::from(retry.0)])
    }

    fn call_of(&self, event: BusinessEvent) -> Option<usize> {
        self.calls.iter().rposition(|call| call.of.event.id() == event.id())
    }

    /// Makes the call that an event leads to. One that was made before is made again: whoever comes here has no memory
    /// of it.
    pub(super) fn make_call(&mut self, cx: &mut Cx<'_>, step: StepIx, of: Delivered, recorded: bool) {
        let before = self.position.of(of.event).0;
        let order = of.event.order;
        let waits = recorded
            && self.calls.iter().any(|call| {
                call.of.event.order == order && call.state == State::Open && call.of.event.id() != of.event.id()
            });
        let state = if waits { State::Queued } else { State::Open };
        let ix = match self.call_of(of.event) {
            Some(ix) => {
                let call = &mut self.calls[ix];
                cx.cancel(call.timer);
                *call = Call { of, state, failed: false, recorded, before, spent: 0, timer: TimerId::NONE, ..*call };
                ix
            }
            None => {
                let timer = TimerId::NONE;
                self.calls.push(Call {
                    of,
                    state,
                    failed: false,
                    attempt: 0,
                    spent: 0,
                    rounds: 0,
                    recorded,
                    before,
                    timer,
                });
                self.calls.len() - 1
            }
        };
        if state == State::Open {
            self.send(cx, step, ix);
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>, step: StepIx, ix: usize) {
        let model = &cx.model.model;
        let definition = model.step(step);
        let Some(operation) = definition.call else { return };
        let call = &mut self.calls[ix];
        call.state = State::Open;
        call.failed = false;
        call.attempt = call.attempt.saturating_add(1);
        call.spent = call.spent.saturating_add(1);
        let (event, attempt) = (call.of.event, call.attempt);
        let key = key(cx, step, event, attempt);
        let call_ref = CallRef { order: event.order, step, revision: revision(event), attempt };
        cx.change(Change::Sent { call: call_ref, key });
        let to = model.systems[model.operation(operation).system.ix()].part;
        cx.send(to, Message::Request { call: call_ref, key, target: 0 });
        cx.cancel(self.calls[ix].timer);
        self.calls[ix].timer = match definition.attempt_timeout {
            Some(wait) => cx.timer(wait, Message::Consumer(self.timed(event, attempt, Timed::Unanswered))),
            None => TimerId::NONE,
        };
    }

    fn timed(&self, event: BusinessEvent, attempt: u8, what: Timed) -> ConsumerMessage {
        ConsumerMessage::Call { consumer: self.me, source: event.source, number: event.number, attempt, what }
    }

    /// An answer to a call.
    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, call: CallRef, answer: Answer) {
        let found = self
            .calls
            .iter()
            .rposition(|known| known.of.event.order == call.order && revision(known.of.event) == call.revision);
        let Some(ix) = found else { return };
        let known = self.calls[ix];
        if !matches!(known.state, State::Open | State::Parked) {
            return;
        }
        let current = known.attempt == call.attempt && known.state == State::Open && !known.failed;
        match answer {
            Answer::Succeeded => self.finish(cx, call.step, ix, DeliveryPhase::Handled),
            Answer::Failed(failure) if current => self.failed(cx, call.step, ix, failure),
            Answer::Rejected(_) if current => self.give_up(cx, call.step, ix),
            Answer::Accepted | Answer::Failed(_) | Answer::Rejected(_) => {}
        }
    }

    /// A timer of a call.
    pub(super) fn call_due(&mut self, cx: &mut Cx<'_>, (source, number): (u8, u16), attempt: u8, what: Timed) {
        let Some(step) = cx.model.model.consumers[usize::from(self.me)].step else { return };
        let event = BusinessEvent { source, number, ..BusinessEvent::default() };
        let Some(ix) = self.call_of(event) else { return };
        let call = &mut self.calls[ix];
        match what {
            Timed::Resume if call.state == State::Parked && call.rounds == attempt => {
                call.rounds += 1;
                call.spent = 0;
                self.send(cx, step, ix);
            }
            _ if call.state != State::Open || call.attempt != attempt => {}
            Timed::Unanswered if call.failed => {}
            Timed::Unanswered => self.failed(cx, step, ix, Failure::Timeout),
            Timed::Again => self.send(cx, step, ix),
            Timed::Resume => {}
        }
    }

    /// An attempt failed. One whose outcome is unknown is repeated under its key, too: the participant tells whether it
    /// knows the key.
    fn failed(&mut self, cx: &mut Cx<'_>, step: StepIx, ix: usize, failure: Failure) {
        let call = &self.calls[ix];
        let (attempt, spent, event) = (call.attempt, u32::from(call.spent), call.of.event);
        let policy = Self::policy(cx, step).filter(|policy| {
            let repeats = policy.retry_on.has(failure) || policy.unknown_on.has(failure);
            repeats && policy.max_attempts.is_none_or(|max| spent < max) && attempt < ATTEMPTS_MAX
        });
        let Some(policy) = policy else { return self.give_up(cx, step, ix) };
        cx.cancel(self.calls[ix].timer);
        self.calls[ix].failed = true;
        let again = self.timed(event, attempt, Timed::Again);
        self.calls[ix].timer = cx.timer(policy.delay(spent + 1), Message::Consumer(again));
    }

    /// The attempts are used up, or the participant refused.
    fn give_up(&mut self, cx: &mut Cx<'_>, step: StepIx, ix: usize) {
        let kept = match cx.model.model.consumers[usize::from(self.me)].on_failure {
            None | Some(NextAction::Drop | NextAction::Ignore | NextAction::Reject) => false,
            Some(_) => true,
        };
        if !kept {
            self.finish(cx, step, ix, DeliveryPhase::DeadLettered);
            return;
        }
        self.finish(cx, step, ix, DeliveryPhase::Parked);
        self.calls[ix].state = State::Parked;
        self.calls[ix].recorded = true;
        self.arm_resume(cx, ix);
    }

    fn arm_resume(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let Call { of, rounds, .. } = self.calls[ix];
        if rounds < ROUNDS {
            let resume = self.timed(of.event, rounds, Timed::Resume);
            self.calls[ix].timer = cx.timer(RESUME.times(1 << rounds.min(3)), Message::Consumer(resume));
        }
    }

    /// A call is settled: what was not recorded is now, and the next call about the order may leave.
    fn finish(&mut self, cx: &mut Cx<'_>, step: StepIx, ix: usize, phase: DeliveryPhase) {
        let call = &mut self.calls[ix];
        call.state = State::Done;
        let Call { of, recorded, before, timer, .. } = *call;
        cx.cancel(timer);
        self.calls[ix].timer = TimerId::NONE;
        cx.change(Change::Delivery { event: of.event, consumer: self.me, phase, before });
        if !recorded {
            self.remember(cx, of);
            self.ack(cx, of, true);
        }
        let order = of.event.order;
        let busy = self.calls.iter().any(|call| call.of.event.order == order && call.state == State::Open);
        let next = self.calls.iter().position(|call| call.of.event.order == order && call.state == State::Queued);
        if let Some(next) = next.filter(|_| !busy) {
            self.send(cx, step, next);
        }
    }

    /// Forgets what is not recorded; says whether anything was open.
    pub(super) fn crash_calls(&mut self) -> bool {
        let mut open = false;
        for call in &mut self.calls {
            call.timer = TimerId::NONE;
            open |= call.state == State::Open;
            if call.state == State::Open && !call.recorded {
                call.state = State::Forgotten;
            }
        }
        open
    }

    /// Repeats what is recorded and unanswered, under its key.
    pub(super) fn restart_calls(&mut self, cx: &mut Cx<'_>) {
        let Some(step) = cx.model.model.consumers[usize::from(self.me)].step else { return };
        for ix in 0..self.calls.len() {
            match self.calls[ix].state {
                State::Open => self.send(cx, step, ix),
                State::Parked => {
                    cx.cancel(self.calls[ix].timer);
                    self.arm_resume(cx, ix);
                }
                State::Queued | State::Done | State::Forgotten => {}
            }
        }
    }
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Timed {
    /// The answer.
    Unanswered,
    /// The next attempt.
    Again,
    /// A person who has it made again.
    Resume,
}

/// The key of an attempt: without one in the definition, and with a volatile one, every attempt has a key of its own.
fn key(cx: &Cx<'_>, step: StepIx, event: BusinessEvent, attempt: u8) -> u64 {
    let model = &cx.model.model;
    let definition = model.step(step);
    let fresh = u64::from(event.id()) | u64::from(attempt) << 24 | u64::from(event.order) << 32;
    let Some(key) = &definition.key else {
        return mix(definition.names, fresh);
    };
    let item = model.items.get(ItemIx(event.item).ix()).map_or("", |item| &item.id);
    key.hash(&KeyScope {
        item,
        revision: revision(event).into(),
        attempt: attempt.into(),
        fresh,
        source: source_name(cx.model, event.source),
        event: event.number.into(),
        ..model.key_scope(event.order, step)
    })
}
