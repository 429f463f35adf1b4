//! The world: all that changes during a run, and the event loop.

use std::hash::{Hash, Hasher};

use crate::choices::{Choices, KINDS_MAX, KindId, Latency, SiteId, Subject, Which};
use crate::context::{Context, Outgoing, ReplyTo};
use crate::domain::{Class, Domain, EventRecord, Node, Observer, PartId, PartSpec};
use crate::hash::{Digest, mix};
use crate::invariant::{Standing, Verdicts, Violation};
use crate::queue::Queue;
use crate::time::{Duration, Time};

/// Marks an event that no fault touched.
const NO_FAULT: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Message,
    Timer,
    Work,
    Restart,
}

/// Something that is going to happen.
#[derive(Clone, Copy, Debug)]
pub struct Event<M> {
    message: M,
    /// When it would have happened without the fault that touched it.
    nominal: Time,
    cause: u32,
    fence: u16,
    from_incarnation: u16,
    from: PartId,
    to: PartId,
    which: Which,
    /// The fault kind that touched it on its way.
    touched: u8,
    /// Whether it gave way to the others of its moment.
    last: bool,
    shape: Shape,
}

impl<M: Copy> Event<M> {
    fn new(message: M, to: PartId, cause: u32, shape: Shape) -> Self {
        Self {
            message,
            nominal: Time::NEVER,
            cause,
            fence: 0,
            from_incarnation: 0,
            from: to,
            to,
            which: Which::default(),
            touched: NO_FAULT,
            last: false,
            shape,
        }
    }

    pub(crate) fn timer(message: M, to: PartId, incarnation: u16, cause: u32) -> Self {
        Self { fence: incarnation, from_incarnation: incarnation, ..Self::new(message, to, cause, Shape::Timer) }
    }

    pub(crate) fn work(message: M, to: PartId, incarnation: u16, cause: u32) -> Self {
        Self { fence: incarnation, from_incarnation: incarnation, ..Self::new(message, to, cause, Shape::Work) }
    }

    /// The same once more.
    pub(crate) fn again(self) -> Self {
        Self { which: self.which.duplicate(), ..self }
    }

    /// One of several alike.
    pub(crate) fn of(self, which: Which) -> Self {
        Self { which, ..self }
    }

    /// What decisions about it are about, by what the domain says of its message.
    pub(crate) fn subject(&self, of_message: Subject) -> Subject {
        of_message.of(self.which)
    }

    /// The same, put off by a fault of this kind from a moment to a later one.
    pub(crate) fn put_off(self, nominal: Time, kind: Option<KindId>) -> Self {
        Self { nominal, touched: kind.map_or(NO_FAULT, |kind| kind.0), ..self }
    }

    /// The message that it carries.
    pub fn message(&self) -> &M {
        &self.message
    }

    /// The part that it goes to.
    pub fn to(&self) -> PartId {
        self.to
    }
}

/// How a handler is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    /// What it does besides its store may be undone.
    Revocable,
    /// It recovers from its store: what it sends and arms may have been sent and armed before.
    Recovery,
}

/// The state of a part's process.
#[derive(Clone, Copy, Debug)]
struct Process {
    /// Counts restarts, from 1: 0 in an event means any.
    incarnation: u16,
    /// Counts how often it recovered from its store: after a restart, and after a commit that was not confirmed. It wraps,
    /// for it only has to tell one recovery from those shortly before.
    recoveries: u8,
    up: bool,
    dead: bool,
    /// Where the part lives.
    place: PartSpec,
    paused_until: Time,
}

impl Process {
    fn new(place: PartSpec) -> Self {
        Self { incarnation: 1, recoveries: 0, up: true, dead: false, place, paused_until: Time::START }
    }
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
    /// How many faults of each kind had an effect.
    pub effective: [u16; KINDS_MAX],
    /// When faults and commands stopped; [`Time::NEVER`] until then.
    pub healed: Time,
    queue: Queue<Event<D::Message>>,
    processes: Vec<Process>,
    changes: Vec<D::Change>,
    outgoing: Vec<Outgoing<D::Message>>,
    fingerprint: u64,
    events: u32,
    event_before: Time,
    /// The part whose messages leave.
    handling: PartId,
}

impl<D: Domain> Default for World<D> {
    fn default() -> Self {
        Self {
            now: Time::START,
            nodes: Vec::new(),
            ledger: D::Ledger::default(),
            verdicts: Verdicts::default(),
            effective: [0; KINDS_MAX],
            healed: Time::NEVER,
            queue: Queue::default(),
            processes: Vec::new(),
            changes: Vec::new(),
            outgoing: Vec::new(),
            fingerprint: 0,
            events: 0,
            event_before: Time::START,
            handling: PartId(0),
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
        self.effective = from.effective;
        self.healed = from.healed;
        self.queue.clone_from(&from.queue);
        self.processes.clone_from(&from.processes);
        self.changes.clone_from(&from.changes);
        self.outgoing.clear();
        self.fingerprint = from.fingerprint;
        self.events = from.events;
        self.event_before = from.event_before;
        self.handling = from.handling;
    }
}

impl<D: Domain> World<D> {
    /// Starts over: the engine's own state is cleared, then the domain sets up nodes, ledger and first messages.
    pub fn reset(&mut self, model: &D) {
        self.now = Time::START;
        self.effective = [0; KINDS_MAX];
        self.healed = Time::NEVER;
        self.queue.clear();
        self.processes.clear();
        self.processes.extend(model.parts().iter().map(|&place| Process::new(place)));
        self.changes.clear();
        self.outgoing.clear();
        self.fingerprint = 0;
        self.events = 0;
        self.event_before = Time::START;
        self.verdicts.reset(model);
        model.reset(self);
    }

    /// Schedules an input of the run itself: it comes at its time and without faults on its way.
    pub fn input(&mut self, at: Time, to: PartId, message: D::Message) {
        self.queue.push(at, 0, Event::new(message, to, 0, Shape::Message));
    }

    /// The chained hash over all events and changes so far.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// How many events were processed.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.events
    }

    /// One word for all that decides what happens next: the state of nodes and ledger, what is on its way, which parts
    /// are up, what the invariants hold. Neither fingerprint nor numbers of events count, nor what is closed, nor the time
    /// of the last event, for what is to come has times of its own: two worlds of equal digest have the same future.
    /// `scratch` is kept from call to call.
    #[must_use]
    pub fn digest(&self, scratch: &mut Vec<(u64, u64, u64)>) -> u64 {
        let mut digest = Digest::default();
        self.healed.hash(&mut digest);
        self.nodes.hash(&mut digest);
        self.ledger.hash(&mut digest);
        for process in &self.processes {
            (process.up, process.dead, process.paused_until).hash(&mut digest);
        }
        self.verdicts.digest(&mut digest);
        scratch.clear();
        scratch.extend(self.queue.waiting().map(|(time, order, event)| (time, order, self.digest_of(event))));
        scratch.sort_unstable();
        for &(time, _, event) in &*scratch {
            (time, event).hash(&mut digest);
        }
        digest.finish()
    }

    /// An event by what it will do. The incarnations of sender and receiver count only as far as they are still the same.
    fn digest_of(&self, event: &Event<D::Message>) -> u64 {
        let mut digest = Digest::default();
        event.message.hash(&mut digest);
        let lives = |part: PartId, incarnation| self.processes[usize::from(part.0)].incarnation == incarnation;
        let fenced = event.fence != 0 && !lives(event.to, event.fence);
        let answerable = lives(event.from, event.from_incarnation);
        // In which recovery it was armed names it, and changes nothing that comes of it.
        let Which { copy, tries, .. } = event.which;
        (event.from.0, event.to.0, copy, tries, event.shape as u8, fenced, answerable).hash(&mut digest);
        digest.finish()
    }

    /// Whether nothing is left to happen.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a part is up.
    #[must_use]
    pub fn is_up(&self, part: PartId) -> bool {
        self.processes[usize::from(part.0)].up
    }

    /// What is still going to happen, in no particular order.
    pub fn pending(&self) -> impl Iterator<Item = (Time, &Event<D::Message>)> {
        self.queue.iter()
    }

    /// Processes the next event. False when nothing is left to happen.
    pub fn step<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) -> bool {
        let Some((slot, &event)) = self.queue.take() else { return false };
        let time = self.queue.now();
        self.now = time;
        let process = &self.processes[usize::from(event.to.0)];
        if event.fence != 0 && event.fence != process.incarnation {
            return true;
        }
        if event.shape == Shape::Restart && process.up {
            return true;
        }
        if event.shape != Shape::Restart && !process.up {
            observer.missed(time, &event.message, event.to);
            return true;
        }
        if process.paused_until > time {
            self.queue.push(process.paused_until, 0, event);
            return true;
        }
        if !event.last
            && event.shape != Shape::Restart
            && let Some(site) = model.class(&event.message).tie
            && choices.asks(site)
            && self.gives_way(model, choices, observer, (slot, event, site))
        {
            return true;
        }
        self.events += 1;
        self.handling = event.to;
        choices.at_event(self.events);
        self.witness(&event);
        observer.event(&EventRecord {
            id: self.events,
            cause: event.cause,
            time,
            from: event.from,
            to: event.to,
            message: event.message,
            which: event.which.in_any_try(),
            restart: event.shape == Shape::Restart,
        });
        let subject = self.perform(model, choices, observer, &event);
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
        if self.queue.next_time() != Some(self.now) || !self.queue.waiting().any(|(time, ..)| time == now) {
            return false;
        }
        choices.at_event(self.events + 1);
        let subject = event.subject(model.subject(&event.message));
        let value = choices.choose(model.sites(), site, subject, u32::MAX);
        if value == 0 {
            return false;
        }
        let touched = model.sites().kind(site, value).map_or(NO_FAULT, |kind| kind.0);
        self.count(touched);
        observer.gave_way(self.now, &event.message, event.to);
        self.queue.put_back(slot, Event { last: true, ..event });
        true
    }

    /// A copy, a late message or a repeated input had an effect when it reached a live handler after something else.
    fn witness(&mut self, event: &Event<D::Message>) {
        if event.touched != NO_FAULT && (event.which.is_duplicate() || self.event_before >= event.nominal) {
            self.effective[usize::from(event.touched)] += 1;
        }
    }

    fn perform<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        event: &Event<D::Message>,
    ) -> Subject {
        if event.shape == Shape::Restart {
            let process = &mut self.processes[usize::from(event.to.0)];
            process.up = true;
            process.dead = false;
            self.call(model, choices, event, Mode::Recovery, super::domain::Node::restart);
            self.dispatch(model, choices, observer);
            return Subject::default();
        }
        let class = model.class(&event.message);
        let subject = event.subject(model.subject(&event.message));
        let fate = class.handle.map_or(0, |site| {
            let (_, allowed) = model.allowed(&event.message);
            choices.choose(model.sites(), site, subject, allowed)
        });
        if fate == 0 {
            self.call(model, choices, event, Mode::Plain, |node, cx, _| node.handle(cx, event.message));
            self.dispatch(model, choices, observer);
        } else {
            observer.fate(self.events, fate);
            self.misfortune(model, choices, observer, event, (subject, fate));
        }
        subject
    }

    /// A handler call that does not go as it should.
    #[cold]
    fn misfortune<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        event: &Event<D::Message>,
        (subject, fate): (Subject, u8),
    ) {
        let class = model.class(&event.message);
        let site = class.handle.expect("a fate comes from a site");
        let extents = model.extents();
        let kind = model.sites().kind(site, fate).map_or(NO_FAULT, |k| k.0);
        let mut span = |latency: Latency| choices.span(site, subject, latency);
        match fate {
            1 => {
                let downtime = span(extents.downtime);
                self.go_down(event.to, Some(downtime));
                self.count(kind);
            }
            2 => {
                let downtime = span(extents.downtime);
                self.call(model, choices, event, Mode::Revocable, |node, cx, _| node.handle(cx, event.message));
                let lost = !self.outgoing.is_empty();
                self.drop_outgoing();
                let volatile = self.go_down(event.to, Some(downtime));
                if lost || volatile {
                    self.count(kind);
                }
            }
            3 => {
                let at = self.now + span(extents.deadlock);
                let again = Event { which: event.which.tried(), nominal: self.now, touched: kind, ..*event };
                self.queue.push(at, 0, again);
            }
            4 => {
                self.call(model, choices, event, Mode::Revocable, |node, cx, _| node.handle(cx, event.message));
                if !self.outgoing.is_empty() {
                    self.count(kind);
                }
                self.drop_outgoing();
                self.call(model, choices, event, Mode::Recovery, |node, cx, _| node.commit_unknown(cx, event.message));
                self.dispatch(model, choices, observer);
            }
            5 => {
                let until = self.now + span(extents.pause);
                self.processes[usize::from(event.to.0)].paused_until = until;
                // It comes again as another try; as the same one it would meet the same fate for ever.
                let again = Event { which: event.which.tried(), nominal: self.now, touched: kind, ..*event };
                self.queue.push(until, 0, again);
            }
            6 => {
                let outage = span(extents.outage);
                self.go_down(event.to, Some(outage));
                self.count(kind);
            }
            _ => {
                self.go_down(event.to, None);
                self.count(kind);
            }
        }
    }

    fn count(&mut self, kind: u8) {
        if kind != NO_FAULT {
            self.effective[usize::from(kind)] += 1;
        }
    }

    fn go_down(&mut self, part: PartId, downtime: Option<Duration>) -> bool {
        let process = &mut self.processes[usize::from(part.0)];
        process.up = false;
        process.dead = downtime.is_none();
        process.incarnation += 1;
        let (incarnation, place) = (process.incarnation, process.place);
        let lost = self.nodes[usize::from(place.node)].crash(place.part);
        if let Some(downtime) = downtime {
            self.schedule_restart(part, incarnation, downtime);
        }
        lost
    }

    fn schedule_restart(&mut self, part: PartId, incarnation: u16, downtime: Duration) {
        let event =
            Event { fence: incarnation, ..Event::new(D::Message::default(), part, self.events, Shape::Restart) };
        self.queue.push(self.now + downtime, 0, event);
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
        let mut cx = Context {
            model,
            now: self.now,
            ledger: &mut self.ledger,
            effective: &mut self.effective,
            choices,
            queue: &mut self.queue,
            changes: &mut self.changes,
            outgoing: &mut self.outgoing,
            me: event.to,
            incarnation,
            event: self.events,
            sender: ReplyTo { part: event.from, incarnation: event.from_incarnation },
            which: event.which,
            recovery,
            nominal: event.nominal,
            revocable: mode == Mode::Revocable,
        };
        f(&mut self.nodes[usize::from(place.node)], &mut cx, place.part);
    }

    /// How often the parts of a node recovered, from 1 to 127 and then again from 1.
    #[cold]
    fn recoveries(&self, node: u8) -> u8 {
        let parts = self.processes.iter().filter(|process| process.place.node == node);
        let all = parts.fold(0_u16, |sum, process| sum + u16::from(process.recoveries));
        (all.saturating_sub(1) % 127) as u8 + 1
    }

    fn drop_outgoing(&mut self) {
        for outgoing in self.outgoing.drain(..) {
            if let Outgoing::Timer(timer) = outgoing {
                self.queue.cancel(timer);
            }
        }
    }
}

impl<D: Domain> World<D> {
    /// Lets leave what the handler sent, now that it has committed.
    #[inline]
    fn dispatch<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) {
        if !self.outgoing.is_empty() {
            self.dispatch_all(model, choices, observer);
        }
    }

    fn dispatch_all<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O) {
        let sender =
            ReplyTo { part: self.handling, incarnation: self.processes[usize::from(self.handling.0)].incarnation };
        for i in 0..self.outgoing.len() {
            if let Outgoing::Send { to, fence, which, message } = self.outgoing[i] {
                self.transmit(model, choices, observer, sender, (to, fence, which, message));
            }
        }
        self.outgoing.clear();
    }

    #[inline(always)]
    fn transmit<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        sender: ReplyTo,
        (to, fence, which, message): (PartId, u16, Which, D::Message),
    ) {
        let class = model.class(&message);
        let subject = model.subject(&message).of(which);
        let fate = class.send.map_or(0, |site| {
            let (allowed, _) = model.allowed(&message);
            choices.choose(model.sites(), site, subject, allowed)
        });
        let latency = choices.span(class.spans, subject, model.latency(&message));
        observer.sent(self.events, (&message, subject), to, fate);
        let event = Event {
            fence,
            from: sender.part,
            from_incarnation: sender.incarnation,
            ..Event::new(message, to, self.events, Shape::Message).of(which)
        };
        let at = self.now + latency;
        if fate == 0 {
            self.queue.push(at, 0, event);
        } else {
            self.mishap(model, choices, class, (at, event), (subject, fate));
        }
    }

    /// A message that does not arrive as it should.
    #[cold]
    fn mishap(
        &mut self,
        model: &D,
        choices: &mut Choices,
        class: Class,
        (at, event): (Time, Event<D::Message>),
        (subject, fate): (Subject, u8),
    ) {
        let site = class.send.expect("a fate comes from a site");
        let touched = model.sites().kind(site, fate).map_or(NO_FAULT, |k| k.0);
        let extents = model.extents();
        let mut span = |of_duplicate, latency| choices.span(site, subject.extent(of_duplicate), latency);
        let late = Event { nominal: at, touched, ..event };
        match fate {
            1 | 2 => {
                let extent = if fate == 1 { extents.duplicate } else { extents.late_duplicate };
                let extra = span(true, extent);
                self.queue.push(at, 0, event);
                self.queue.push(at + extra, 0, late.again());
            }
            3..=5 => {
                let extent = [extents.delay, extents.reorder, extents.hold][usize::from(fate - 3)];
                let extra = span(false, extent).min(model.patience(&event.message));
                self.queue.push(at + extra, 0, late);
            }
            6 => self.count(touched),
            _ => {
                self.count(touched);
                if let Some(answer) = model.not_sent(&event.message) {
                    let event = Event {
                        fence: event.from_incarnation,
                        to: event.from,
                        ..Event::new(answer, event.from, event.cause, Shape::Message)
                    };
                    self.queue.push(self.now, 0, event);
                }
            }
        }
    }

    /// Chains the event and its changes into the fingerprint, judges them, and shows them to the director.
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
        for change in &self.changes {
            let (a, b) = model.change_words(change);
            h = mix(h ^ a, b);
            observer.change(self.events, change);
        }
        self.fingerprint = h;
        if self.changes.is_empty() {
            return;
        }
        let when = (self.now, self.events, self.healed, 0);
        judge(model, &mut self.verdicts, &self.ledger, when, &self.changes);
        if let Some(director) = model.director() {
            self.direct(model, choices, observer, director);
        }
        self.changes.clear();
    }

    /// Shows the changes to the director, who may act on them.
    fn direct<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        (node, part): (usize, PartId),
    ) {
        let changes = std::mem::take(&mut self.changes);
        self.handling = part;
        let mut cx = Context {
            model,
            now: self.now,
            ledger: &mut self.ledger,
            effective: &mut self.effective,
            choices,
            queue: &mut self.queue,
            changes: &mut self.changes,
            outgoing: &mut self.outgoing,
            me: part,
            incarnation: self.processes[usize::from(part.0)].incarnation,
            event: self.events,
            sender: ReplyTo { part, incarnation: 0 },
            which: Which::default(),
            recovery: 0,
            nominal: Time::NEVER,
            revocable: false,
        };
        self.nodes[node].observe(&mut cx, &changes);
        self.dispatch(model, choices, observer);
        self.changes = changes;
    }

    /// Judges changes as if an event at `now` had reported them: for tests of invariants.
    pub fn judge_at(&mut self, model: &D, now: Time, changes: &[D::Change]) {
        self.now = now;
        self.events += 1;
        let when = (self.now, self.events, self.healed, 0);
        judge(model, &mut self.verdicts, &self.ledger, when, changes);
    }

    /// Judges the end of the run: what every invariant has to say of it, then each obligation that is still open or
    /// was met too late. One that needs what is dead for good is retired: it can no longer be owed.
    pub fn finish(&mut self, model: &D) {
        let before = self.verdicts.violations.len();
        let dead = self.dead(model);
        let endless = !self.queue.is_empty();
        let when = (self.now, self.events, self.healed, dead);
        for (i, invariant) in model.invariants().iter().enumerate() {
            let mut judge = self.verdicts.judge_of(model, i, &self.ledger, when);
            judge.endless = endless;
            invariant.finish(&mut judge, &self.nodes);
        }
        let healed = if self.healed == Time::NEVER { self.now } else { self.healed };
        for obligation in &mut self.verdicts.obligations {
            if obligation.needs & dead != 0 && obligation.standing == Standing::Open {
                obligation.standing = Standing::Retired;
            }
            let due = obligation.due(healed);
            let late = match obligation.standing {
                Standing::Open => true,
                Standing::Met(at) => at > due,
                Standing::Retired => false,
            };
            if late {
                self.verdicts.violations.push(Violation {
                    invariant: obligation.invariant,
                    event: self.events,
                    time: due.max(self.now),
                    subject: obligation.subject,
                    detail: obligation.needs,
                    due: Some(due),
                });
            }
        }
        // Of several that a run ends with, the one is told first that comes first among the invariants.
        self.verdicts.violations[before..].sort_by_key(|violation| violation.invariant);
    }

    /// What is dead for good, as the domain names it.
    fn dead(&self, model: &D) -> u64 {
        let dead = self.processes.iter().enumerate().filter(|(_, process)| process.dead);
        dead.fold(0, |mask, (part, _)| mask | model.stands_for(PartId(part as u8)))
    }

    /// Heals: no more faults, nominal latencies, held messages released, crashed parts restarted. Parts that are dead
    /// for good stay so if `dead_stay`.
    pub fn heal<O: Observer<D>>(&mut self, choices: &mut Choices, observer: &mut O, dead_stay: bool) {
        choices.close();
        self.healed = self.now;
        observer.healed(self.now);
        let now = self.now;
        self.queue.retime(
            |at, event| {
                if event.touched != NO_FAULT && event.nominal < at { event.nominal.max(now) } else { at }
            },
        );
        for i in 0..self.processes.len() {
            let process = &mut self.processes[i];
            process.paused_until = process.paused_until.min(now);
            let gone_for_good = process.dead && dead_stay;
            if !process.up && !gone_for_good {
                process.dead = false;
                let incarnation = process.incarnation;
                self.schedule_restart(PartId(i as u8), incarnation, Duration::ZERO);
            }
        }
    }
}

/// Shows each change to the invariants that watch its kind.
fn judge<D: Domain>(
    model: &D,
    verdicts: &mut Verdicts,
    ledger: &D::Ledger,
    when: (Time, u32, Time, u64),
    changes: &[D::Change],
) {
    let invariants = model.invariants();
    for change in changes {
        for &i in invariants.watching(model.change_kind(change)) {
            let mut judge = verdicts.judge_of(model, usize::from(i), ledger, when);
            invariants[usize::from(i)].check(&mut judge, change);
        }
    }
    for &i in invariants.settling() {
        let mut judge = verdicts.judge_of(model, usize::from(i), ledger, when);
        invariants[usize::from(i)].settle(&mut judge);
    }
}
