//! Requests: who is let in, what is a repetition, and how each is answered.

use sim_core::hash::mix;
use sim_core::{Duration, ReplyTo, Time};

use super::record::{Entry, Identity, Outcome, Standing, charge_of};
use super::{Cx, Open, Participant, ParticipantMessage, Request, Response, Stage};
use crate::cells;
use crate::change::Change;
use crate::definition::{Constraint, DedupBy, DedupRecord, Failure, OnDuplicate, OnKeyConflict};
use crate::message::{Answer, CallRef, Message};
use crate::model::{Model, OpIx, Operation};

/// What lies between the two transactions of a system that records a key apart from the effect.
const GAP: Duration = Duration::millis(5);
/// How long a caller without a timeout of its own is thought to wait.
const PATIENCE: Duration = Duration::mins(2);

/// A business refusal without a name.
pub(super) const REFUSED: Answer = Answer::Rejected(Answer::UNNAMED);

impl Participant {
    /// Takes a request in.
    pub(super) fn take(&mut self, cx: &mut Cx<'_>, call: CallRef, key: u64, target: u64) {
        let model = &cx.model.model;
        let Some(op) = model.step(call.step).call else { return };
        let operation = model.operation(op);
        let from = cx.sender().part();
        let mut request = Request { call, key, target, copy: cx.copy(), response: Response::Done, from };
        let to = Some(cx.sender());
        if self.is_over_rate(cx) {
            self.reply(cx, to, &request, (Answer::Failed(Failure::RateLimit), 0));
            return;
        }
        let window = operation.late_effect.max(model.step(call.step).attempt_timeout.unwrap_or(PATIENCE));
        // An earlier attempt that was refused is another request than this one.
        let refused = |entry: &Entry| matches!(entry.standing, Standing::Refused(_)) && entry.attempt < call.attempt;
        let is_known = self.entries.iter().any(|entry| entry.key == key && !refused(entry));
        if cx.late() > window && !is_known {
            // The contract says until when an effect may follow its request: one that nobody knows of by then is void.
            return;
        }
        let known = self.known(cx, op, &request).is_some();
        let site = cx.model.sites.response;
        let subject = cx.here(call.subject(model));
        let value = cx.choose(site, subject, Response::allowed(operation, known));
        request.response = Response::of(value);
        if value != 0 {
            match cells::of_saga(call) {
                Some(step) => cx.effective_at(site, value, step.ix()),
                None => cx.effective(site, value),
            }
        }
        match request.response {
            Response::FailsBefore(failure) => self.fail(cx, to, &request, failure),
            Response::Refused(Answer::Rejected(_)) if operation.callback && has_bad_end(model, call) => {
                self.work(cx, &request, to);
            }
            Response::Refused(answer) => {
                self.enter(cx, &request, &Outcome::refused(answer));
                self.reply(cx, to, &request, (answer, 0));
            }
            Response::Late => self.take_on(cx, &request),
            _ => self.work(cx, &request, to),
        }
    }

    /// Whether more came than the system takes per time.
    pub(super) fn is_over_rate(&mut self, cx: &Cx<'_>) -> bool {
        let Some((most, per)) = cx.model.model.systems[self.system.ix()].rate else { return false };
        if cx.now >= self.window + per || self.taken == 0 {
            self.window = cx.now;
            self.taken = 0;
        }
        self.taken = self.taken.saturating_add(1);
        self.taken > most
    }

    /// The entry of a request that came before, as far as the contract tells repetitions.
    pub(super) fn known(&self, cx: &Cx<'_>, op: OpIx, request: &Request) -> Option<usize> {
        let model = &cx.model.model;
        let operation = model.operation(op);
        let identity = Identity::of(model, request.call, op);
        let payload = payload(model, request);
        let is_it = |entry: &Entry| match operation.dedup {
            DedupBy::Key => {
                let same = entry.payload == payload || operation.on_key_conflict != OnKeyConflict::Apply;
                entry.key == request.key && same
            }
            DedupBy::BusinessKey => entry.identity == identity,
            DedupBy::None => false,
        };
        let remembered = |entry: &Entry| match entry.standing {
            Standing::Forgotten => false,
            Standing::Refused(_) => request.call.attempt <= entry.attempt,
            _ => true,
        };
        self.entries.iter().rposition(|entry| is_it(entry) && remembered(entry) && !is_old(operation, entry.at, cx.now))
    }

    /// Works on a request: a repetition is answered, anything else carried out in as many parts as the contract says.
    pub(super) fn work(&mut self, cx: &mut Cx<'_>, request: &Request, to: Option<ReplyTo>) {
        let Some(op) = cx.model.model.step(request.call.step).call else { return };
        let operation = cx.model.model.operation(op);
        if let Some(entry) = self.known(cx, op, request) {
            let outcome = self.repeat(cx, request, entry);
            self.respond(cx, to, request, &outcome);
        } else if operation.dedup != DedupBy::None && operation.constraint == Constraint::CheckThenInsert {
            // The look and the insert are as far apart as the work takes, and copies that come between pass the look.
            self.open(cx, request, to, (Stage::Insert, operation.p99));
        } else {
            self.insert(cx, request, to);
        }
    }

    fn insert(&mut self, cx: &mut Cx<'_>, request: &Request, to: Option<ReplyTo>) {
        let Some(op) = cx.model.model.step(request.call.step).call else { return };
        let operation = cx.model.model.operation(op);
        let record = if operation.dedup == DedupBy::None { DedupRecord::SameTransaction } else { operation.record };
        match record {
            DedupRecord::SameTransaction => {
                let outcome = self.carry_out(cx, request);
                self.enter(cx, request, &outcome);
                self.respond(cx, to, request, &outcome);
            }
            DedupRecord::BeforeEffect => {
                let begun = Outcome { standing: Some(Standing::Begun), ..Outcome::done(0, None) };
                self.enter(cx, request, &begun);
                self.open(cx, request, to, (Stage::Effect, GAP));
            }
            DedupRecord::AfterEffect => {
                let outcome = self.carry_out(cx, request);
                let slot = self.open(cx, request, to, (Stage::Record, GAP));
                self.open[slot].outcome = outcome;
            }
        }
    }

    /// Keeps a request open, to go on with it.
    fn open(
        &mut self,
        cx: &mut Cx<'_>,
        request: &Request,
        to: Option<ReplyTo>,
        (stage, delay): (Stage, Duration),
    ) -> usize {
        let entry = self.entries.len().wrapping_sub(1) as u32;
        let open = Open { live: true, request: *request, to, outcome: Outcome::done(0, None), entry };
        let slot = self.open.iter().position(|open| !open.live).unwrap_or(self.open.len());
        match self.open.get_mut(slot) {
            Some(place) => *place = open,
            None => self.open.push(open),
        }
        let (call, copy) = (request.call, request.copy);
        let work = ParticipantMessage::Work { call, copy, slot: slot as u16, stage };
        cx.continue_after(delay, Message::Participant(work));
        slot
    }

    /// The next part of the work on an open request.
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>, slot: u16, stage: Stage) {
        let Some(open) = self.open.get_mut(usize::from(slot)) else { return };
        let Open { request, to, outcome, entry, .. } = *open;
        open.live = false;
        match stage {
            Stage::Insert => self.insert(cx, &request, to),
            Stage::Effect => {
                let outcome = self.carry_out(cx, &request);
                self.complete_entry(entry, &outcome);
                self.respond(cx, to, &request, &outcome);
            }
            Stage::Record => {
                self.enter(cx, &request, &outcome);
                self.respond(cx, to, &request, &outcome);
            }
            Stage::Answer => self.reply(cx, to, &request, (outcome.answer, outcome.number)),
        }
    }

    fn complete_entry(&mut self, entry: u32, outcome: &Outcome) {
        let Some(entry) = self.entries.get_mut(entry as usize) else { return };
        entry.number = outcome.number;
        entry.record = outcome.record;
        entry.standing = outcome.standing.unwrap_or(Standing::Forgotten);
    }

    /// Remembers a request with what became of it.
    pub(super) fn enter(&mut self, cx: &Cx<'_>, request: &Request, outcome: &Outcome) {
        let model = &cx.model.model;
        let (Some(op), Some(standing)) = (model.step(request.call.step).call, outcome.standing) else { return };
        self.entries.push(Entry {
            identity: Identity::of(model, request.call, op),
            step: request.call.step,
            attempt: request.call.attempt,
            key: request.key,
            payload: payload(model, request),
            at: cx.now,
            standing,
            number: outcome.number,
            record: outcome.record,
        });
    }

    /// Answers a repetition from what is remembered.
    fn repeat(&mut self, cx: &mut Cx<'_>, request: &Request, entry: usize) -> Outcome {
        let model = &cx.model.model;
        let op = self.entries[entry].identity.operation;
        let called = model.step(request.call.step).call.unwrap_or(op);
        let operation = model.operation(called);
        let payload = payload(model, request);
        let conflict = operation.dedup == DedupBy::Key && self.entries[entry].payload != payload;
        if conflict && operation.on_key_conflict == OnKeyConflict::Reject {
            self.report(cx, request, (0, true, true));
            return Outcome::refused(REFUSED);
        }
        if operation.assigns_id_before_dedup && operation.undoes.is_none() && operation.updates.is_none() {
            // A new record and its effect are there before the repetition shows; nobody takes them back.
            self.carry_out(cx, request);
        }
        let Entry { number, record, standing, .. } = self.entries[entry];
        let answer = match standing {
            Standing::Refused(answer) => return Outcome::refused(answer),
            Standing::Withdrawn => return Outcome::refused(REFUSED),
            Standing::Accepted => Answer::Accepted,
            _ => Answer::Succeeded,
        };
        if standing == Standing::Part {
            self.complete_part(cx, record);
            self.entries[entry].standing = Standing::Done;
        }
        let outcome = match operation.on_duplicate {
            OnDuplicate::ReturnOriginal => Outcome { answer, ..Outcome::done(number, record) },
            OnDuplicate::Reject => Outcome::refused(REFUSED),
            OnDuplicate::AnswerAnew => Outcome { answer, ..Outcome::done(self.next_number(), None) },
        };
        self.report(cx, request, (outcome.number, true, false));
        outcome
    }

    /// Reports what was done under a key.
    pub(super) fn report(&self, cx: &mut Cx<'_>, request: &Request, (record, repeated, refused): (u32, bool, bool)) {
        let payload = payload(&cx.model.model, request);
        let Request { call, key, .. } = *request;
        cx.change(Change::Answered { call, key, payload, record, repeated, refused });
    }

    /// Answers a request that was worked on, as its response says.
    fn respond(&mut self, cx: &mut Cx<'_>, to: Option<ReplyTo>, request: &Request, outcome: &Outcome) {
        match request.response {
            Response::FailsAfter(failure) => self.fail(cx, to, request, failure),
            Response::Part if matches!(outcome.answer, Answer::Succeeded) => {
                self.fail(cx, to, request, Failure::Http500);
            }
            Response::Slow if to.is_some() => {
                let timeout = cx.model.model.step(request.call.step).attempt_timeout.unwrap_or(PATIENCE);
                let slot = self.open(cx, request, to, (Stage::Answer, timeout.times(2)));
                self.open[slot].outcome = *outcome;
            }
            _ => self.reply(cx, to, request, (outcome.answer, outcome.number)),
        }
    }

    /// Answers with a failure; a timeout is an answer that never comes.
    fn fail(&self, cx: &mut Cx<'_>, to: Option<ReplyTo>, request: &Request, failure: Failure) {
        if failure != Failure::Timeout {
            self.reply(cx, to, request, (Answer::Failed(failure), 0));
        }
    }

    #[expect(clippy::unused_self, reason = "it reads as what the system does")]
    fn reply(&self, cx: &mut Cx<'_>, to: Option<ReplyTo>, request: &Request, (answer, record): (Answer, u32)) {
        if let Some(to) = to {
            cx.reply_to(to, Message::Reply { call: request.call, answer, record, key: request.key });
        }
    }

    /// The next number of a record.
    pub(super) fn next_number(&mut self) -> u32 {
        self.number += 1;
        self.number
    }
}

/// Whether a contract has forgotten what it remembered at some time.
pub(super) fn is_old(operation: &Operation, at: Time, now: Time) -> bool {
    operation.window.is_some_and(|window| now.since(at) > window)
}

/// Whether the step's task can come to an end other than done.
fn has_bad_end(model: &Model, call: CallRef) -> bool {
    super::later::bad_ends(model, call.step).next().is_some()
}

/// A digest of everything that a request asks for.
fn payload(model: &Model, request: &Request) -> u32 {
    let Request { call, target, .. } = *request;
    let step = model.step(call.step);
    let names = step.call.map_or(step.names, |op| mix(step.names, model.operation(op).names));
    let charge = charge_of(model, call.step);
    let amount = model.charges.get(charge.ix()).map_or(0, |charge| charge.amount);
    let about = mix(names, u64::from(call.order) | u64::from(call.revision) << 16);
    (mix(mix(about, amount as u64), target) >> 32) as u32
}
