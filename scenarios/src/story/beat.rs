//! Beats: what could be told of a run, one sentence each, with what it is worth by itself.
//!
//! Most changes of a run are the books that follow from a deed; a beat is the deed, and carries the changes of state
//! that came with it. Changes of state without a deed are told for themselves.

mod deeds;

use sim_core::{Duration, Time};

use super::place::Place;
use super::scene::{Moment, Scene, Sent};
use super::words::{Words, states};
use crate::change::{Act, BreakerPhase, CasePhase, Change, DeliveryPhase, Mismatch, QuoteState, RowPhase, Why};
use crate::definition::{OrderState, StepState};
use crate::message::{Answer, BusinessEvent, CallRef, Decision, Message, Operation};
use crate::model::StepIx;
use crate::nodes::cpq::CpqMessage;
use crate::nodes::oms::{OmsMessage, Wait};

/// Something that could be told.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Its place in the trace.
    pub at: usize,
    /// When.
    pub time: Time,
    /// The moment it belongs to.
    pub moment: usize,
    /// Who acts.
    pub who: String,
    /// What it does.
    pub text: String,
    /// What changed with it.
    pub changed: Vec<String>,
    /// What it is about.
    pub place: Place,
    /// What it is worth by itself, from 0 to 100.
    pub worth: i32,
    /// Equal for beats that tell the same kind of thing.
    pub kind: u8,
}

/// A sentence and what it is worth; `None` where a thing need not be told.
type Told = Option<(String, i32)>;

/// All that could be told of a run.
#[must_use]
pub fn all(words: &Words<'_>, scene: &Scene) -> Vec<Beat> {
    let mut beats = Vec::new();
    for moment in 0..scene.moments.len() {
        of_moment(words, scene, moment, &mut beats);
    }
    for (at, time, message, part) in &scene.missed {
        beats.push(Beat {
            at: *at,
            time: *time,
            moment: scene.moments.partition_point(|m| m.at < *at).saturating_sub(1),
            who: words.who(*part).to_owned(),
            text: format!("is down when {} comes", words.message(message)),
            changed: Vec::new(),
            place: Place::of_message(words, message),
            worth: 30,
            kind: 100,
        });
    }
    beats.sort_by_key(|beat| beat.at);
    beats
}

fn of_moment(words: &Words<'_>, scene: &Scene, moment: usize, beats: &mut Vec<Beat>) {
    let m = &scene.moments[moment];
    let input = &scene.moments[scene.input(moment)].event;
    let mut deeds: Vec<Beat> = Vec::new();
    let beat = |at, who: &str, (text, worth): (String, i32), place, kind| Beat {
        at,
        time: m.event.time,
        moment,
        who: who.to_owned(),
        text,
        changed: Vec::new(),
        place,
        worth,
        kind,
    };
    let who = words.who(m.event.to);
    if let Message::Cpq(CpqMessage::Arrival { order }) = m.event.message {
        let told = (format!("orders {} as {}", words.items_of(order), words.order(order)), 40);
        deeds.push(beat(m.at, "customer", told, Place::of_message(words, &m.event.message), 99));
    }
    if m.event.restart {
        deeds.push(beat(m.at, who, ("is up again".to_owned(), 20), Place::default(), 98));
    }
    let teller = Teller { words, scene, moment, input: &input.message };
    for (at, change) in &m.changes {
        if let Some(told) = teller.deed(change) {
            let who = teller.doer(change).unwrap_or(who);
            deeds.push(beat(*at, who, told, Place::of_change(words, change), change.kind()));
        }
    }
    // An answer tells what was done, so it comes after it.
    let done = m.changes.last().map_or(m.at, |(at, _)| *at);
    for sent in &m.sent {
        if let Some(told) = teller.sent(sent) {
            let who = if sent.by_people { "customer" } else { who };
            deeds.push(beat(
                sent.at.max(done),
                who,
                told,
                Place::of_message(words, &sent.message),
                64 + sent_kind(&sent.message),
            ));
        }
    }
    if input.which.is_duplicate() && !input.restart {
        for deed in &mut deeds {
            deed.text.push_str(", on the second copy of the message");
            deed.worth += 15;
        }
    }
    let lone = teller.attach(&mut deeds);
    for (at, change) in lone {
        if let Some(told) = teller.state(&change) {
            deeds.push(beat(at, who, told, Place::of_change(words, &change), change.kind()));
        }
    }
    beats.extend(deeds);
}

fn sent_kind(message: &Message) -> u8 {
    match message {
        Message::Query { .. } => 1,
        Message::QueryReply { .. } => 2,
        Message::Reply { .. } | Message::Callback { .. } => 3,
        Message::Operate { .. } => 4,
        _ => 5,
    }
}

/// Tells what one moment did.
struct Teller<'a> {
    words: &'a Words<'a>,
    scene: &'a Scene,
    moment: usize,
    input: &'a Message,
}

impl Teller<'_> {
    fn here(&self) -> &Moment {
        &self.scene.moments[self.moment]
    }

    /// Who did a deed, where it is not the part that handled the event.
    fn doer(&self, change: &Change) -> Option<&str> {
        match *change {
            Change::Row { event, phase: RowPhase::Written, .. } => Some(self.words.source(event.source)),
            Change::Delivery { consumer, .. } | Change::ReadModel { consumer, .. } => {
                Some(self.words.consumer(consumer))
            }
            _ => None,
        }
    }

    /// A change that is a deed.
    fn deed(&self, change: &Change) -> Told {
        match change {
            Change::Created { .. } | Change::Saved { .. } | Change::Timeout { .. } | Change::Quote { .. } => {
                self.order_deed(change)
            }
            Change::Price { .. } | Change::Published { .. } | Change::Approval { .. } => self.price_deed(change),
            Change::Sent { call, key } => Some(self.request(*call, *key)),
            Change::Step { .. } => self.step_deed(change),
            Change::Resolved { .. }
            | Change::Answered { .. }
            | Change::Breaker { .. }
            | Change::Compensation { .. } => self.call_deed(change),
            Change::Effect { effect } => {
                Some((self.words.effect(*effect), if self.words.is_again(*effect) { 90 } else { 60 }))
            }
            Change::Row { .. }
            | Change::Told { .. }
            | Change::Delivery { .. }
            | Change::ReadModel { .. }
            | Change::Replayed { .. } => self.event_deed(change),
            Change::Act { .. }
            | Change::Command { .. }
            | Change::Case { .. }
            | Change::Reconciled { .. }
            | Change::Dashboard { .. } => self.people_deed(change),
            Change::Order { .. }
            | Change::Item { .. }
            | Change::Saga { .. }
            | Change::Charge { .. }
            | Change::Product { .. } => None,
        }
    }

    fn order_deed(&self, change: &Change) -> Told {
        let words = self.words;
        match *change {
            Change::Created { order, instances: 0 | 1, .. } => {
                Some((format!("makes {} with {}", words.order(order), words.items_of(order)), 30))
            }
            Change::Created { order, .. } => {
                Some((format!("makes a second order of the quote of {}", words.order(order)), 90))
            }
            Change::Saved { order, read, current } if read != current => {
                let order = words.order(order);
                Some((format!("saves {order} as it was read, over what others have saved since"), 70))
            }
            Change::Timeout { order, signalled } => {
                let told = if signalled { "raises the signal" } else { "tells nobody" };
                Some((format!("finds that the saga of {} takes too long, and {told}", words.order(order)), 55))
            }
            Change::Quote { order, version, after, validated, .. } => {
                let order = words.order(order);
                let (what, worth) = match after {
                    QuoteState::InProgress => ("is written", 10),
                    QuoteState::Pending => ("waits for approval", 15),
                    QuoteState::Approved => ("is approved", 20),
                    QuoteState::Rejected => ("is rejected", 40),
                    QuoteState::Cancelled => ("is withdrawn", 40),
                    QuoteState::Accepted if validated => ("is accepted by the customer", 25),
                    QuoteState::Accepted => ("is accepted without having been validated", 50),
                };
                Some((format!("the quote of {order}, version {version}, {what}"), worth))
            }
            _ => None,
        }
    }

    fn price_deed(&self, change: &Change) -> Told {
        let text = self.words.change(change);
        match *change {
            Change::Price { total, lines, traced, state, .. } => {
                let odd = total != lines || !traced || state == QuoteState::Accepted;
                Some((text, if odd { 55 } else { 10 }))
            }
            Change::Published { touched, .. } => Some((text, if touched { 90 } else { 85 })),
            Change::Approval { version, decided, .. } => Some((text, if version == decided { 15 } else { 55 })),
            _ => None,
        }
    }

    /// A request leaves: for the first time, or again under the same key or another one.
    fn request(&self, call: CallRef, key: u64) -> (String, i32) {
        let words = self.words;
        // Each event that a consumer acts on is a request of its own.
        let same = |earlier: CallRef| {
            (earlier.order, earlier.step) == (call.order, call.step)
                && (call.step.0 < words.model().undo_end || earlier.revision == call.revision)
        };
        let before = self.scene.moments[..=self.moment].iter().flat_map(|m| &m.changes).filter_map(|(_, c)| match *c {
            Change::Sent { call: earlier, key } if same(earlier) => Some((earlier, key)),
            _ => None,
        });
        let earlier: Vec<(CallRef, u64)> = before.filter(|(earlier, _)| *earlier != call).collect();
        match earlier.last() {
            None => {
                let (operation, owner) = (words.operation(call.step), words.owner(call.order, call.step));
                (format!("sends {operation} for {owner} ({}, attempt {})", words.step(call.step), call.attempt), 40)
            }
            Some((_, old)) => {
                let under = match &words.model().step(call.step).key {
                    _ if *old == key => "under the same key",
                    None => "and no key says that it is the same request",
                    Some(written) if written.volatile => "under another key, which differs with each attempt",
                    Some(_) => "under another key",
                };
                let step = words.step_of(call.order, call.step);
                (format!("sends {step} again (attempt {}), {under}", call.attempt), if *old == key { 55 } else { 75 })
            }
        }
    }

    fn step_deed(&self, change: &Change) -> Told {
        let Change::Step { order, step, before, after, why, .. } = *change else { return None };
        let name = self.words.step_of(order, step);
        let reason = states::why(why);
        match (after, why) {
            (StepState::Unknown, _) => Some((self.unknown(order, step), 65)),
            (StepState::Completed, Why::Replied) => Some((format!("has the answer that {name} is done"), 25)),
            (StepState::Completed, Why::LateSuccess) => {
                Some((format!("learns that {name} was done after all, after it was given up"), 60))
            }
            (StepState::Completed, Why::Person) => Some((format!("counts {name} as done, as a person says"), 45)),
            (StepState::Completed, Why::Policy) => Some((format!("counts {name} as done, as the definition says"), 65)),
            (StepState::Completed, Why::Confirmed) => None,
            (StepState::Completed, _) => Some((format!("has done {name}"), 15)),
            (StepState::Rejected, Why::Person) => Some((format!("counts {name} as refused, as a person says"), 55)),
            (StepState::Failed | StepState::Rejected, _) => Some((format!("gives {name} up: {reason}"), 55)),
            (StepState::Skipped, Why::GivenUp) => {
                Some((format!("gives {name} up without knowing whether it happened"), 60))
            }
            (StepState::Compensated, _) => Some((format!("has undone {name}"), 35)),
            (StepState::CompensationFailed, _) => Some((format!("cannot undo {name}"), 65)),
            (StepState::Pending, Why::Redone) => Some((format!("is to do {name} again"), 50)),
            (StepState::Sent, _) if before == StepState::Completed => {
                Some((format!("runs {name} although it was done"), 70))
            }
            _ => None,
        }
    }

    /// Nobody knows whether a step happened: because of what.
    fn unknown(&self, order: u16, step: StepIx) -> String {
        let name = self.words.step_of(order, step);
        let definition = self.words.model().step(step);
        let (timeout, deadline) = (definition.attempt_timeout, definition.deadline);
        let cause = match *self.input {
            Message::Reply { answer: Answer::Failed(failure), .. } => format!("gets {failure}"),
            Message::Oms(OmsMessage::Due { call, wait, .. })
                if let Some(waited) = self.waited(call)
                    && Some(waited) < if wait == Wait::Later { deadline } else { timeout.or(deadline) } =>
            {
                let awaited = if wait == Wait::Later { "call back" } else { "answer" };
                format!("waits no longer for the {awaited} after {waited}, for its timer came too early")
            }
            Message::Oms(OmsMessage::Due { wait: Wait::Later, .. }) => {
                let within = deadline.map_or_else(String::new, |deadline| format!(" within {deadline}"));
                format!("is not called back{within}")
            }
            Message::Oms(_) => {
                timeout.map_or_else(|| "has no answer".to_owned(), |timeout| format!("has no answer after {timeout}"))
            }
            _ => "has no answer".to_owned(),
        };
        format!("{cause}; whether {name} happened is unknown")
    }

    /// How long ago a call was sent whose timer is handled here: a restart sets a timer anew for what is left of its time.
    fn waited(&self, call: CallRef) -> Option<Duration> {
        let is_it = |(_, change): &(usize, Change)| matches!(*change, Change::Sent { call: sent, .. } if sent == call);
        let sent = self.scene.moments[..=self.moment].iter().find(|moment| moment.changes.iter().any(is_it))?;
        let fired = self.scene.moments[self.scene.input(self.moment)].event.time;
        Some(fired.since(sent.event.time))
    }

    fn call_deed(&self, change: &Change) -> Told {
        let words = self.words;
        match *change {
            Change::Resolved { call, as_done, asked, .. } => {
                let name = words.step_of(call.order, call.step);
                let happened = if as_done { "has happened" } else { "has not happened" };
                let text = match asked {
                    true => format!("learns that {name} {happened}"),
                    false => format!("takes it that {name} {happened}, without asking anybody"),
                };
                Some((text, if asked { 50 } else { 70 }))
            }
            Change::Breaker { order, step, phase, failures } => {
                let (system, about) = (words.system_of(step), words.step_of(order, step));
                Some(match phase {
                    BreakerPhase::Opens => {
                        (format!("calls {system} no more for now, after {failures} failures in a row"), 55)
                    }
                    BreakerPhase::HoldsBack => (format!("holds {about} back, because {system} is not called"), 45),
                    BreakerPhase::Tries => (format!("lets {about} through to see whether {system} is there"), 40),
                    BreakerPhase::Closes => (format!("calls {system} again"), 40),
                })
            }
            Change::Answered { call, refused: true, .. } => {
                let name = words.step_of(call.order, call.step);
                Some((format!("refuses {name}: the key is known with another payload"), 50))
            }
            Change::Answered { call, repeated: true, .. } => {
                let name = words.step_of(call.order, call.step);
                Some((format!("has done {name} before and only answers again"), 40))
            }
            Change::Compensation { order, undo, undoes, .. } => {
                let undone = undoes.map_or("a step that is not named", |step| words.step(step));
                Some((format!("begins to undo {undone} for {} ({})", words.owner(order, undo), words.step(undo)), 50))
            }
            _ => None,
        }
    }

    /// A message that is a deed.
    fn sent(&self, sent: &Sent) -> Told {
        let words = self.words;
        match sent.message {
            Message::Query { call, poll, .. } => {
                let (whom, name) = (words.who(sent.to), words.step_of(call.order, call.step));
                Some((format!("asks {whom} what became of {name} (question {poll})"), 35))
            }
            Message::QueryReply { call, finding, .. } => {
                let name = words.step_of(call.order, call.step);
                Some((format!("is asked about {name} and says that {}", states::finding(finding)), 35))
            }
            Message::Reply { call, answer, .. } => match answer {
                Answer::Succeeded => None,
                Answer::Accepted => Some((words.answer(call, answer), 20)),
                Answer::Failed(_) => Some((words.answer(call, answer), 35)),
                Answer::Rejected(_) => Some((words.answer(call, answer), 50)),
            },
            Message::Callback { call, answer, copy, .. } => {
                let again = if copy > 0 { " once more" } else { "" };
                let name = words.step_of(call.order, call.step);
                Some(match answer {
                    Answer::Succeeded | Answer::Accepted => {
                        (format!("calls back{again}: {name}"), 15 + 25 * i32::from(copy > 0))
                    }
                    _ => (format!("calls back{again}: {}", words.answer(call, answer)), 40),
                })
            }
            Message::Command { placement, attempt, .. } => {
                let again = if attempt > 1 { " again" } else { "" };
                Some((
                    format!("gives the command {}{again}", words.command_of(placement)),
                    if attempt > 1 { 30 } else { 60 },
                ))
            }
            Message::Operate { order, step, action: Operation::Decide, outcome, .. } => {
                // Another answer than usual is told as what it is: a refusal.
                let usual = words.model().step(step).usual_outcome().is_none_or(|usual| usual == outcome);
                Some((words.decision(order, step, outcome), if usual { 45 } else { 10 }))
            }
            Message::Operate { order, step, action, case, .. } => {
                Some((format!("{}: {}", states::operation(action, case), words.step_of(order, step)), 45))
            }
            _ => None,
        }
    }

    /// Attaches the changes of state to the deeds that they belong to, and gives those that belong to none.
    fn attach(&self, deeds: &mut [Beat]) -> Vec<(usize, Change)> {
        let mut lone = Vec::new();
        for (at, change) in self.states() {
            let place = Place::of_change(self.words, &change);
            let is_own = |deed: &&mut Beat| {
                deed.place.order == place.order && deed.place.step == place.step && place.step.is_some()
            };
            let is_items = |deed: &&mut Beat| deed.place.order == place.order && deed.place.item == place.item;
            let is_orders = |deed: &&mut Beat| deed.place.order == place.order;
            let found = match (place.step, place.item) {
                (Some(_), _) => deeds.iter_mut().rev().find(is_own),
                (None, Some(_)) => deeds.iter_mut().find(is_items),
                (None, None) => deeds.iter_mut().find(is_orders),
            };
            match found {
                Some(deed) => deed.changed.push(self.words.state_change(&change)),
                None => lone.push((at, change)),
            }
        }
        lone
    }

    /// The changes of state of this moment; of a step that went through several, from the first to the last.
    fn states(&self) -> Vec<(usize, Change)> {
        let mut states: Vec<(usize, Change)> = Vec::new();
        for (at, change) in &self.here().changes {
            match *change {
                Change::Step { order, step, .. } => {
                    let same = |(_, c): &&mut (usize, Change)| matches!(*c, Change::Step { order: o, step: s, .. } if (o, s) == (order, step));
                    match states.iter_mut().find(same) {
                        Some((_, earlier)) => *earlier = joined(earlier, change),
                        None => states.push((*at, *change)),
                    }
                }
                Change::Order { .. }
                | Change::Item { .. }
                | Change::Saga { .. }
                | Change::Charge { .. }
                | Change::Product { .. } => states.push((*at, *change)),
                _ => {}
            }
        }
        states
    }

    /// A change of state that no deed explains.
    fn state(&self, change: &Change) -> Told {
        let words = self.words;
        match *change {
            Change::Item { order, item, after, .. } => {
                let worth = match after {
                    OrderState::Cancelled | OrderState::Failed | OrderState::Completed | OrderState::Rejected => 30,
                    OrderState::Held | OrderState::PendingCancellation | OrderState::AssessingCancellation => 25,
                    _ => 5,
                };
                Some((format!("takes {} to {after}", words.item(order, item)), worth))
            }
            Change::Order { .. } | Change::Saga { .. } | Change::Charge { .. } | Change::Product { .. } => {
                Some((words.change(change), 10))
            }
            _ => None,
        }
    }
}

/// Two changes of one step as one.
fn joined(first: &Change, second: &Change) -> Change {
    match (*first, *second) {
        (Change::Step { before, .. }, Change::Step { order, step, after, revision, attempt, why, .. }) => {
            Change::Step { order, step, before, after, revision, attempt, why }
        }
        _ => *second,
    }
}
