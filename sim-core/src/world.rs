//! The world: all that changes during a run, and the event loop.

use crate::choices::{Choices, KINDS_MAX, SiteId, Subject};
use crate::context::Context;
use crate::domain::{Class, Domain, EventRecord, Node, Observer, PartId, PartSpec};
use crate::flow::Flow;
use crate::hash::mix;
use crate::invariant::Verdicts;
use crate::queue::USUAL;
use crate::time::Time;

mod digest;
mod event;
mod faults;
mod judging;
mod process;

pub use event::Event;
use event::Shape;
use judging::{judge, settle};
use process::Process;

/// Marks an event that no fault touched.
const NO_FAULT: u8 = u8::MAX;
/// Marks an input of the run itself.
const OUTSIDE: u8 = NO_FAULT - 1;

/// How a handler is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    /// What it does besides its store may be undone.
    Revocable,
    /// It recovers from its store: what it sends and arms may have been sent and armed before.
    Recovery,
}

/// All that changes during a run.
pub struct World<D: Domain> {
    /// The time.
    pub now: Time,
    /// The nodes, in the order that [`Domain::parts`] refers to.
    pub nodes: Vec<D::Node>,
    /// What really happened.
    pub ledger: D::Ledger,
    /// What the invariants hold and found.
    pub verdicts: Verdicts,
    /// When faults and commands stopped; [`Time::NEVER`] until then.
    pub healed: Time,
    flow: Flow<D>,
    processes: Vec<Process>,
    fingerprint: u64,
    events: u32,
    event_before: Time,
    /// By node, the digest of its state, unless it was called since that was taken.
    known: Vec<u64>,
}

impl<D: Domain> Default for World<D> {
    fn default() -> Self {
        Self {
            now: Time::START,
            nodes: Vec::new(),
            ledger: D::Ledger::default(),
            verdicts: Verdicts::default(),
            healed: Time::NEVER,
            flow: Flow::default(),
            processes: Vec::new(),
            fingerprint: 0,
            events: 0,
            event_before: Time::START,
            known: Vec::new(),
        }
    }
}

impl<D: Domain> Clone for World<D> {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.now = from.now;
        self.nodes.clone_from(&from.nodes);
        self.ledger.clone_from(&from.ledger);
        self.verdicts.clone_from(&from.verdicts);
        self.healed = from.healed;
        self.flow.clone_from(&from.flow);
        self.processes.clone_from(&from.processes);
        self.fingerprint = from.fingerprint;
        self.events = from.events;
        self.event_before = from.event_before;
        self.known.clone_from(&from.known);
    }
}

impl<D: Domain> World<D> {
    /// Starts over: the engine's own state is cleared, then the domain sets up nodes, ledger and first messages.
    pub fn reset(&mut self, model: &D) {
        self.now = Time::START;
        self.healed = Time::NEVER;
        self.flow.clear(model.places());
        self.processes.clear();
        self.processes.extend(model.parts().iter().map(|&place| Process::new(place)));
        self.fingerprint = 0;
        self.events = 0;
        self.event_before = Time::START;
        self.known.clear();
        self.verdicts.reset(model, &self.ledger);
        model.reset(self);
    }

    /// Schedules an input of the run itself: it comes at its time and without faults on its way.
    pub fn input(&mut self, at: Time, to: PartId, message: D::Message) {
        let event = Event { touched: OUTSIDE, ..Event::new(message, to, 0, Shape::Message) };
        self.flow.queue.push(at, USUAL, event);
    }

    /// The chained hash over all events and changes so far.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// How many faults of each kind had an effect.
    #[must_use]
    pub fn effective(&self) -> &[u16; KINDS_MAX] {
        &self.flow.effective
    }

    /// By [place](Domain::place), which kinds of faults had an effect there: a bit each.
    #[must_use]
    pub fn met(&self) -> &[u64] {
        &self.flow.met
    }

    /// When the run was last disturbed: by an input, a fault or the end of one, or by what a node calls so.
    #[must_use]
    pub fn calm(&self) -> Time {
        self.flow.calm
    }

    /// Whether a fault was injected. What was promised for a world without faults is owed until then.
    #[must_use]
    pub fn is_faulted(&self) -> bool {
        self.flow.faulted
    }

    /// How many events were processed.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Whether nothing is left to happen.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.flow.queue.is_empty()
    }

    /// Whether a part is up.
    #[must_use]
    pub fn is_up(&self, part: PartId) -> bool {
        self.processes[usize::from(part.0)].up
    }

    /// What is still going to happen, in no particular order.
    pub fn pending(&self) -> impl Iterator<Item = (Time, &Event<D::Message>)> {
        self.flow.queue.iter()
    }

    /// Processes the next event. False when nothing is left to happen.
    pub fn step<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) -> bool {
        let Some((slot, &event)) = self.flow.queue.take() else { return false };
        let time = self.flow.queue.now();
        self.now = time;
        let process = &self.processes[usize::from(event.to.0)];
        if event.fence != 0 && event.fence != process.incarnation {
            return true;
        }
        let restart = event.shape == Shape::Restart;
        let at = (process.place, process.incarnation);
        if (process.ready > time || restart) && !self.takes(observer, &event) {
            return true;
        }
        let class = model.class(&event.message);
        if let Some(site) = class.tie
            && !event.which.is_marked()
            && !restart
            && choices.asks(site)
            && self.gives_way(model, choices, observer, (slot, event, site))
        {
            return true;
        }
        self.events += 1;
        choices.at_event(self.events);
        if event.touched != NO_FAULT {
            self.witness(model, &event);
        }
        observer.event(&EventRecord {
            id: self.events,
            cause: event.cause,
            time,
            from: event.from,
            to: event.to,
            message: event.message,
            which: event.which.in_any_try(),
            restart,
        });
        let subject = self.perform(model, choices, observer, &event, (class, at));
        self.settle(model, choices, observer, &event, subject);
        self.event_before = time;
        true
    }

    /// Whether an event that shares its moment with others goes behind them.
    #[cold]
    fn gives_way<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        (slot, event, site): (u32, Event<D::Message>, SiteId),
    ) -> bool {
        let now = self.now.0;
        if self.flow.queue.next_time() != Some(self.now) || !self.flow.queue.waiting().any(|(time, ..)| time == now) {
            return false;
        }
        choices.at_event(self.events + 1);
        let subject = event.subject(model.subject(&event.message));
        let value = choices.choose(model.sites(), site, subject, u32::MAX);
        if value == 0 {
            return false;
        }
        self.flow.fault(self.now);
        let touched = model.sites().kind(site, value).map_or(NO_FAULT, |kind| kind.0);
        self.count(touched);
        observer.gave_way(self.now, &event.message, event.to);
        self.flow.queue.put_back(slot, Event { which: event.which.marked(), ..event });
        true
    }

    /// What comes from outside disturbs the run, and so does what a fault touched: a copy, a late message or a repeated
    /// input had an effect when it reached a live handler after something else.
    fn witness(&mut self, model: &D, event: &Event<D::Message>) {
        self.flow.calm = self.now;
        if event.touched != OUTSIDE && (event.which.is_duplicate() || self.event_before >= event.nominal) {
            self.count_at(model, event.touched, &event.message);
        }
    }

    fn perform<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        event: &Event<D::Message>,
        (class, at): (Class, (PartSpec, u16)),
    ) -> Subject {
        if event.shape == Shape::Restart {
            let process = &mut self.processes[usize::from(event.to.0)];
            process.set_up(true);
            process.dead = false;
            self.flow.calm = self.now;
            self.call(model, choices, event, Mode::Recovery, super::domain::Node::restart);
            self.dispatch(model, choices, observer);
            return Subject::default();
        }
        let subject = event.subject(model.subject(&event.message));
        let fate = class.handle.filter(|_| !choices.is_idle()).map_or(0, |site| {
            let (_, allowed) = model.allowed(&event.message);
            choices.choose(model.sites(), site, subject, allowed)
        });
        if fate == 0 {
            let mode = (Mode::Plain, 0);
            self.call_at(model, choices, event, at, mode, |node, cx, _| node.handle(cx, event.message));
            self.dispatch(model, choices, observer);
        } else {
            observer.fate(self.events, fate);
            self.misfortune(model, choices, observer, event, (subject, fate));
        }
        subject
    }

    fn call(
        &mut self,
        model: &D,
        choices: &mut Choices,
        event: &Event<D::Message>,
        mode: Mode,
        f: impl FnOnce(&mut D::Node, &mut Context<'_, D>, u8),
    ) {
        let process = &mut self.processes[usize::from(event.to.0)];
        process.recoveries = process.recoveries.wrapping_add(u8::from(mode == Mode::Recovery));
        let Process { place, incarnation, .. } = *process;
        let recovery = if mode == Mode::Recovery { self.recoveries(place.node) } else { 0 };
        self.call_at(model, choices, event, (place, incarnation), (mode, recovery), f);
    }

    #[inline(always)]
    fn call_at(
        &mut self,
        model: &D,
        choices: &mut Choices,
        event: &Event<D::Message>,
        (place, incarnation): (PartSpec, u16),
        (mode, recovery): (Mode, u8),
        f: impl FnOnce(&mut D::Node, &mut Context<'_, D>, u8),
    ) {
        let mut cx = Context {
            model,
            now: self.now,
            ledger: &mut self.ledger,
            choices,
            flow: &mut self.flow,
            input: event,
            incarnation,
            event: self.events,
            recovery,
            revocable: mode == Mode::Revocable,
        };
        f(&mut self.nodes[usize::from(place.node)], &mut cx, place.part);
        self.forget(usize::from(place.node));
    }

    /// Notes that a node was called.
    #[inline]
    fn forget(&mut self, node: usize) {
        if let Some(known) = self.known.get_mut(node) {
            *known = digest::UNKNOWN;
        }
    }

    /// How often the parts of a node recovered, from 1 to 127 and then again from 1.
    #[cold]
    fn recoveries(&self, node: u8) -> u8 {
        let parts = self.processes.iter().filter(|process| process.place.node == node);
        let all = parts.fold(0_u16, |sum, process| sum + u16::from(process.recoveries));
        (all.saturating_sub(1) % 127) as u8 + 1
    }
}

impl<D: Domain> World<D> {
    /// Lets leave what the handler sent, now that it has committed.
    #[inline]
    fn dispatch<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) {
        if !self.flow.outgoing.is_empty() {
            self.dispatch_all(model, choices, observer);
        }
    }

    fn dispatch_all<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) {
        let mut i = 0;
        while self.transmit(model, choices, observer, i) {
            i += 1;
        }
        self.flow.outgoing.clear();
    }

    /// Lets one message leave; false when there is none of this number.
    #[inline(always)]
    fn transmit<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O, i: usize) -> bool {
        let Some(&slot) = self.flow.outgoing.get(i) else { return false };
        let event = self.flow.queue.event(slot);
        let class = model.class(&event.message);
        let about = || event.subject(model.subject(&event.message));
        let subject = if choices.is_idle() { Subject::default() } else { about() };
        let fate = class.send.map_or(0, |site| {
            let (allowed, _) = model.allowed(&event.message);
            choices.choose(model.sites(), site, subject, allowed)
        });
        let latency = choices.span(class.spans, subject, model.latency(&event.message));
        observer.sent(self.events, (&event.message, &about), event.to, fate);
        let at = self.now + latency;
        if fate == 0 {
            self.flow.queue.schedule(slot, at, USUAL);
        } else {
            let event = *event;
            self.flow.queue.drop_slot(slot);
            self.mishap(model, choices, class, (at, event), (subject, fate));
        }
        true
    }

    /// Chains the event and its changes into the fingerprint, judges them, and shows them to the director.
    #[inline(always)]
    fn settle<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        event: &Event<D::Message>,
        subject: Subject,
    ) {
        let place = u64::from(event.to.0) << 56 | u64::from(event.from.0) << 48;
        let mut h = mix(self.fingerprint ^ self.now.0, subject.names ^ place);
        h = mix(h, subject.counters);
        if self.flow.changes.is_empty() {
            self.fingerprint = h;
            return;
        }
        let moment = self.moment();
        for change in &self.flow.changes {
            let (a, b) = model.change_words(change);
            h = mix(h ^ a, b);
            observer.change(self.events, change);
            judge(model, &mut self.verdicts, &self.ledger, &moment, change);
        }
        self.fingerprint = h;
        settle(model, &mut self.verdicts, &self.ledger, &moment);
        if let Some(director) = model.director() {
            self.direct(model, choices, observer, director);
        }
        self.flow.changes.clear();
    }

    /// Shows the changes to the director, who may act on them.
    fn direct<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        (node, part): (usize, PartId),
    ) {
        let changes = std::mem::take(&mut self.flow.changes);
        let input = Event::shown(part, self.events);
        let mut cx = Context {
            model,
            now: self.now,
            ledger: &mut self.ledger,
            choices,
            flow: &mut self.flow,
            input: &input,
            incarnation: self.processes[usize::from(part.0)].incarnation,
            event: self.events,
            recovery: 0,
            revocable: false,
        };
        self.nodes[node].observe(&mut cx, &changes);
        self.forget(node);
        self.dispatch(model, choices, observer);
        self.flow.changes = changes;
    }
}
