//! What a system takes on for later: effects that come late, and callbacks. Both are durable intentions.

use sim_core::{Duration, Latency, Time, TimerId};

use super::effect::{called, exhausted};
use super::record::{Entry, Outcome, RecordState, Standing};
use super::request::REFUSED;
use super::{Cx, Participant, ParticipantMessage, Request, Response};
use crate::definition::{CallbackId, DedupBy, EffectKind, NextAction};
use crate::message::{Answer, Message};
use crate::model::{Model, OpIx, Operation, StepIx};

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A request that takes its effect late.
    Effect,
    /// The work on an accepted request, and its callbacks.
    Callbacks,
    /// Another copy of a callback.
    Copy {
        /// What it says.
        answer: Answer,
        /// Its outcome.
        outcome: u8,
    },
}

/// Something that is still to be done.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Task {
    /// Whether it is still to be done.
    pub(super) open: bool,
    kind: Kind,
    request: Request,
    /// The record of an accepted request, as an index.
    pub(super) record: Option<u32>,
    /// Which copy of a callback.
    copy: u8,
    /// The id of a callback.
    id: u32,
    /// How many callbacks went before.
    stage: u8,
    due: Time,
    timer: TimerId,
}

impl Participant {
    /// Takes a request on: its effect comes when nobody waits for it any more, unless it is kept out by then.
    pub(super) fn take_on(&mut self, cx: &mut Cx<'_>, request: &Request) {
        let model = &cx.model.model;
        let late = called(model, request).map_or(Duration::ZERO, |(_, operation)| operation.late_effect);
        // It lands within the window of the contract, counted from the sending: the way here and a pause take their part.
        let last = Duration(late.0 / 2);
        let timeout = model.step(request.call.step).attempt_timeout.unwrap_or(Duration::ZERO);
        let first = timeout.times(2).min(last);
        self.plan(cx, Task::new(Kind::Effect, *request), Latency::Uniform(first, last));
    }

    /// Accepts a request: the work follows, then the callback.
    pub(super) fn accept(&mut self, cx: &mut Cx<'_>, request: &Request) -> Outcome {
        if self.is_blocked(request) {
            return Outcome::refused(REFUSED);
        }
        let Some((op, operation)) = called(&cx.model.model, request) else { return Outcome::refused(REFUSED) };
        let makes = operation.undoes.is_none() && operation.updates.is_none();
        let record = (makes && (operation.creates || operation.effect != EffectKind::None))
            .then(|| self.taken_up_again(cx, request, op).unwrap_or_else(|| self.put_on_record(cx, request, op)));
        let number = record.map_or(0, |record| self.records[record as usize].number);
        let mut task = Task::new(Kind::Callbacks, *request);
        task.record = record;
        task.id = (self.tasks.len() as u32) << 10;
        self.plan(cx, task, working_time(&cx.model.model, operation, request));
        Outcome { answer: Answer::Accepted, number, record, standing: Some(Standing::Accepted) }
    }

    /// The record of an accepted request that came to another end than done and is repeated under its key: it is the same one
    /// that is worked on again.
    fn taken_up_again(&mut self, cx: &Cx<'_>, request: &Request, op: OpIx) -> Option<u32> {
        let tells_repetitions = cx.model.model.operation(op).dedup != DedupBy::None;
        let ended = |entry: &&Entry| entry.key == request.key && matches!(entry.standing, Standing::Refused(_));
        let mut records =
            self.entries.iter().filter(|_| tells_repetitions).filter(ended).filter_map(|entry| entry.record);
        let record = records.next_back()?;
        let requested = cx.model.model.vocabulary.name("REQUESTED");
        self.records[record as usize].set(cx.now, RecordState::Requested, requested);
        Some(record)
    }

    /// An accepted request is taken back before it was carried out.
    pub(super) fn withdraw(&mut self, cx: &mut Cx<'_>, record: usize, undo: &Request) {
        let row = &mut self.records[record];
        row.state = RecordState::Undone;
        row.changed = cx.now;
        row.undone_by = undo.key;
        for task in self.tasks.iter_mut().filter(|task| task.record == Some(record as u32) && task.open) {
            task.open = false;
            cx.cancel(task.timer);
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.record == Some(record as u32)) {
            entry.standing = Standing::Withdrawn;
        }
    }

    fn plan(&mut self, cx: &mut Cx<'_>, mut task: Task, latency: Latency) {
        let message = task.message(self.tasks.len());
        let span = cx.span(cx.model.sites.response, message.subject(&cx.model.model), latency);
        task.due = cx.now + span;
        task.timer = cx.timer_at(task.due, Message::Participant(message));
        self.tasks.push(task);
    }

    /// Arms what is still to be done.
    pub(super) fn rearm(&mut self, cx: &mut Cx<'_>) {
        for (i, task) in self.tasks.iter_mut().enumerate().filter(|(_, task)| task.open) {
            cx.cancel(task.timer);
            task.timer = cx.timer_at(task.due.max(cx.now), Message::Participant(task.message(i)));
        }
    }

    /// Something that was taken on is due. A timer may fire twice; the task is open once.
    pub(super) fn due(&mut self, cx: &mut Cx<'_>, task: u16, stage: u8) {
        let ix = usize::from(task);
        let Some(task) = self.tasks.get_mut(ix).filter(|task| task.open && task.stage == stage) else { return };
        match task.kind {
            Kind::Effect => {
                task.open = false;
                let (request, due) = (task.request, task.due);
                let late =
                    called(&cx.model.model, &request).map_or(Duration::ZERO, |(_, operation)| operation.late_effect);
                // A system that was down when it was due, and for longer than its contract lets effects be late, drops it.
                if cx.now.since(due) <= Duration(late.0 / 2) {
                    self.work(cx, &request, None);
                }
            }
            Kind::Copy { answer, outcome } => {
                task.open = false;
                let task = *task;
                self.call_back(cx, &task, (answer, outcome));
            }
            Kind::Callbacks => self.progress(cx, ix),
        }
    }

    /// The next callback of an accepted request: its progress, then its end.
    fn progress(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let model = &cx.model.model;
        let task = self.tasks[ix];
        let step = task.request.call.step;
        if let Some(outcome) = outcomes(model, step, NextAction::Progress).nth(usize::from(task.stage)) {
            self.call_back(cx, &task, (Answer::Accepted, outcome));
            let Some((_, operation)) = called(model, &task.request) else { return };
            let mut next = task;
            next.stage += 1;
            let latency = working_time(model, operation, &task.request);
            let message = next.message(ix);
            let span = cx.span(cx.model.sites.response, message.subject(model), latency);
            next.due = cx.now + span;
            next.timer = cx.timer_at(next.due, Message::Participant(message));
            self.tasks[ix] = next;
            return;
        }
        self.tasks[ix].open = false;
        let (answer, outcome) = self.finish(cx, &task);
        self.call_back(cx, &task, (answer, outcome));
        if task.request.response == Response::CalledBackTwice {
            let copies = called(model, &task.request).map_or(1, |(_, operation)| operation.callbacks_max.min(4));
            for copy in 1..copies as u8 {
                let again = Task { kind: Kind::Copy { answer, outcome }, copy, open: true, stage: u8::MAX, ..task };
                let span = Latency::Percentiles { p50: Duration::secs(5), p99: Duration::mins(30) };
                self.plan(cx, again, span);
            }
        }
    }

    /// The work on an accepted request is done: its effect happens, or it comes to another end.
    fn finish(&mut self, cx: &mut Cx<'_>, task: &Task) -> (Answer, u8) {
        let model = &cx.model.model;
        let step = task.request.call.step;
        let done = outcomes(model, step, NextAction::Complete).next().unwrap_or(u8::MAX);
        if let Response::Refused(answer) = task.request.response {
            let reason = if let Answer::Rejected(reason) = answer { usize::from(reason) } else { 0 };
            let ends = bad_ends(model, step).count().max(1);
            let end = bad_ends(model, step).nth(reason % ends).unwrap_or(u8::MAX);
            self.settle(task, Standing::Refused(REFUSED));
            return (REFUSED, end);
        }
        let Some(record) = task.record else {
            let outcome = self.perform(cx, &task.request);
            self.settle(task, outcome.standing.unwrap_or(Standing::Forgotten));
            return (outcome.answer, done);
        };
        let op = self.records[record as usize].operation;
        if self.is_blocked(&task.request) || !self.take_from_pool(cx, op) {
            let answer = exhausted(model.operation(op));
            self.settle(task, Standing::Refused(answer));
            return (answer, bad_ends(model, step).next().unwrap_or(u8::MAX));
        }
        let outcome = self.activate(cx, &task.request, record);
        self.settle(task, outcome.standing.unwrap_or(Standing::Done));
        if task.request.response == Response::Part {
            return (Answer::Failed(crate::definition::Failure::Http500), u8::MAX);
        }
        (Answer::Succeeded, done)
    }

    /// Remembers how an accepted request ended.
    fn settle(&mut self, task: &Task, standing: Standing) {
        let accepted = |entry: &&mut super::Entry| {
            entry.standing == Standing::Accepted
                && entry.step == task.request.call.step
                && entry.key == task.request.key
        };
        if let Some(entry) = self.entries.iter_mut().find(accepted) {
            entry.standing = standing;
        }
        if let (Standing::Refused(_), Some(record)) = (standing, task.record) {
            self.records[record as usize].state = RecordState::Undone;
        }
    }

    fn call_back(&mut self, cx: &mut Cx<'_>, task: &Task, (answer, outcome): (Answer, u8)) {
        let own = called(&cx.model.model, &task.request).is_some_and(|(_, o)| o.callback_id == CallbackId::PerDelivery);
        let copy_bits = if own { u32::from(task.copy) } else { 0 };
        let stage = if task.stage == u8::MAX { 0 } else { task.stage };
        cx.send(
            task.request.from,
            Message::Callback {
                call: task.request.call,
                answer,
                record: task.record.map_or(0, |record| self.records[record as usize].number),
                id: task.id | u32::from(stage) << 4 | copy_bits,
                outcome,
                copy: task.copy,
            },
        );
    }
}

impl Task {
    fn new(kind: Kind, request: Request) -> Self {
        Self {
            open: true,
            kind,
            request,
            record: None,
            copy: 0,
            id: 0,
            stage: 0,
            due: Time::START,
            timer: TimerId::NONE,
        }
    }

    fn message(&self, ix: usize) -> ParticipantMessage {
        let callback = self.kind != Kind::Effect;
        let copy = self.request.copy << 4 | self.copy;
        ParticipantMessage::Due { call: self.request.call, copy, task: ix as u16, stage: self.stage, callback }
    }
}

/// The outcomes of a step with this action, as indexes.
fn outcomes(model: &Model, step: StepIx, action: NextAction) -> impl Iterator<Item = u8> + '_ {
    let all = model.step(step).outcomes.iter().enumerate();
    all.filter(move |(_, (_, then))| *then == action).map(|(i, _)| i as u8)
}

/// The outcomes of a step that end it otherwise than done.
pub(super) fn bad_ends(model: &Model, step: StepIx) -> impl Iterator<Item = u8> + '_ {
    let all = model.step(step).outcomes.iter().enumerate();
    all.filter(|(_, (_, then))| !matches!(then, NextAction::Progress | NextAction::Complete)).map(|(i, _)| i as u8)
}

/// How long the work on an accepted request takes; a callback that is to come late outlasts the patience of its caller.
fn working_time(model: &Model, operation: &Operation, request: &Request) -> Latency {
    let (p50, p99) = (operation.p50, operation.p99);
    if request.response != Response::CalledBackLate {
        return Latency::Percentiles { p50, p99 };
    }
    let step = model.step(request.call.step);
    let patience = step.deadline.or(step.attempt_timeout).unwrap_or(p99).times(2);
    Latency::Percentiles { p50: patience + p50, p99: patience + p99 }
}
