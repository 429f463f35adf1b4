//! What a handler can do: send, set timers, report changes, decide.

use crate::choices::{Choices, Latency, SiteId, Subject, Which};
use crate::domain::{Domain, PartId, PartSpec};
use crate::flow::Flow;
use crate::queue::{NEXT, TimerId, USUAL};
use crate::time::{Duration, Time};
use crate::world::Event;

/// Where a reply goes: a part, in the incarnation that asked. A part that crashed meanwhile does not get it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReplyTo {
    pub(crate) part: PartId,
    pub(crate) incarnation: u16,
}

impl ReplyTo {
    /// The part that asked.
    #[must_use]
    pub fn part(self) -> PartId {
        self.part
    }
}

/// The world as a handler sees it.
pub struct Context<'a, D: Domain> {
    /// The simulated system.
    pub model: &'a D,
    /// The time.
    pub now: Time,
    /// What really happened; only the side that has an effect may write it.
    pub ledger: &'a mut D::Ledger,
    pub(crate) choices: &'a mut Choices,
    pub(crate) flow: &'a mut Flow<D>,
    pub(crate) input: &'a Event<D::Message>,
    pub(crate) incarnation: u16,
    pub(crate) event: u32,
    /// In a recovery: the how manieth of its node. Else 0.
    pub(crate) recovery: u8,
    /// Whether what the handler does may be undone: then its timers are noted, to be taken back.
    pub(crate) revocable: bool,
}

impl<D: Domain> Context<'_, D> {
    /// The part that handles.
    #[must_use]
    pub fn me(&self) -> PartId {
        self.input.to()
    }

    /// Where the part that handles lives.
    #[must_use]
    pub fn part(&self) -> PartSpec {
        self.model.parts()[usize::from(self.me().0)]
    }

    /// The number of this event in its run: the causation id of all that follows from it.
    #[must_use]
    pub fn event(&self) -> u32 {
        self.event
    }

    /// Which copy of its input this is: 0 is the original.
    #[must_use]
    pub fn copy(&self) -> u8 {
        self.input.which().copy()
    }

    /// A decision in the course of this input: told apart from that of its copies and repetitions.
    #[must_use]
    pub fn here(&self, subject: Subject) -> Subject {
        subject.of(self.input.which())
    }

    /// How much later this input came than it would have without a fault on its way.
    #[must_use]
    pub fn late(&self) -> Duration {
        self.now.since(self.input.nominal().min(self.now))
    }

    /// Where a reply to this input goes.
    #[must_use]
    pub fn sender(&self) -> ReplyTo {
        self.input.sender()
    }

    /// Sends a message over the network.
    #[inline]
    pub fn send(&mut self, to: PartId, message: D::Message) {
        self.leave(ReplyTo { part: to, incarnation: 0 }, self.fresh(), message);
    }

    /// Answers the sender of this input, if it still lives in the incarnation that asked.
    #[inline]
    pub fn reply(&mut self, message: D::Message) {
        self.reply_to(self.sender(), message);
    }

    /// Tells a part what came of this input, whichever incarnation of it there is by then.
    #[inline]
    pub fn confirm(&mut self, to: PartId, message: D::Message) {
        self.reply_to(ReplyTo { part: to, incarnation: 0 }, message);
    }

    /// Answers an earlier input.
    #[inline]
    pub fn reply_to(&mut self, to: ReplyTo, message: D::Message) {
        self.leave(to, self.fresh().answering(self.input.which()), message);
    }

    #[inline]
    fn leave(&mut self, to: ReplyTo, which: Which, message: D::Message) {
        let from = ReplyTo { part: self.me(), incarnation: self.incarnation };
        let slot = self.flow.queue.put(Event::sent(message, from, to, self.event).of(which));
        self.flow.outgoing.push(slot);
    }

    /// Sets a timer of this part; a crash of the part drops it.
    #[inline(always)]
    pub fn timer(&mut self, delay: Duration, message: D::Message) -> TimerId {
        self.timer_at(self.now + delay, message)
    }

    /// Sets a timer for a moment; one that has passed fires next.
    #[inline(always)]
    pub fn timer_at(&mut self, at: Time, message: D::Message) -> TimerId {
        let event = Event::timer(message, self.me(), self.incarnation, self.event).of(self.fresh());
        let site = self.model.class(&message).timer.filter(|_| !self.choices.is_idle());
        let slot = self.flow.queue.put(event);
        match site {
            None => self.arm(slot, at.max(self.now)),
            Some(site) => {
                let at = self.timer_fate(site, at, slot);
                self.arm(slot, at.max(self.now))
            }
        }
    }

    #[inline(always)]
    fn arm(&mut self, slot: u32, at: Time) -> TimerId {
        let id = self.flow.queue.schedule(slot, at, USUAL);
        self.note_timer(id);
        id
    }

    /// Chooses whether a timer fires early, late or twice, and gives the moment of its first firing.
    #[cold]
    fn timer_fate(&mut self, site: SiteId, at: Time, slot: u32) -> Time {
        let event = *self.flow.queue.event(slot);
        let subject = event.subject(self.model.subject(event.message()));
        let fate = self.choose(site, subject, u32::MAX);
        if fate == 0 {
            return at;
        }
        let skew = self.span(site, subject, self.model.extents().skew);
        self.effective(site, fate);
        match fate {
            1 => Time(at.0.saturating_sub(skew.0)),
            2 => at + skew,
            _ => {
                let again = self.flow.queue.push(at.max(self.now) + skew, USUAL, event.again());
                self.note_timer(again);
                at
            }
        }
    }

    /// Sets a timer that a fault, a value of this site, puts off by `extra`: it had an effect if something comes between,
    /// and healing brings the timer back to where it would have been.
    pub fn timer_put_off(
        &mut self,
        (delay, extra): (Duration, Duration),
        (site, value): (SiteId, u8),
        message: D::Message,
    ) -> TimerId {
        let nominal = self.now + delay;
        let kind = self.model.sites().kind(site, value);
        let event = Event::timer(message, self.me(), self.incarnation, self.event);
        let event = event.of(self.fresh()).put_off(nominal, kind);
        let id = self.flow.queue.push(nominal + extra, USUAL, event);
        self.note_timer(id);
        id
    }

    /// Schedules a part of this very work: it cannot be early, late or twice, but a crash drops it. Without a delay it comes
    /// next, and nothing between.
    #[inline]
    pub fn continue_after(&mut self, delay: Duration, message: D::Message) -> TimerId {
        self.work(delay, message, self.input.which())
    }

    /// Schedules this very input once more, as another try.
    pub fn come_again_after(&mut self, delay: Duration, input: D::Message) -> TimerId {
        self.work(delay, input, self.input.which().tried())
    }

    /// What is sent or armed here: in a recovery it may have been before.
    #[inline]
    fn fresh(&self) -> Which {
        Which::in_recovery(self.recovery)
    }

    #[inline]
    fn work(&mut self, delay: Duration, message: D::Message, which: Which) -> TimerId {
        let event = Event::work(message, self.me(), self.incarnation, self.event).of(which);
        let priority = if delay == Duration::ZERO { NEXT } else { USUAL };
        let id = self.flow.queue.push(self.now + delay, priority, event);
        self.note_timer(id);
        id
    }

    /// Wakes another part of this node: it shares the store, and what was committed there is work for it. A part that
    /// is down then is not woken; its restart looks at the store.
    #[inline]
    pub fn wake(&mut self, part: PartId, delay: Duration, message: D::Message) {
        let event = Event::timer(message, part, 0, self.event).of(self.fresh());
        let id = self.flow.queue.push(self.now + delay, USUAL, event);
        self.note_timer(id);
    }

    #[inline]
    fn note_timer(&mut self, id: TimerId) {
        if self.revocable {
            self.flow.revocable.push(id);
        }
    }

    /// Takes a timer back.
    #[inline]
    pub fn cancel(&mut self, timer: TimerId) {
        self.flow.queue.cancel(timer);
    }

    /// Reports a state change.
    #[inline]
    pub fn change(&mut self, change: D::Change) {
        self.flow.changes.push(change);
    }

    /// Decides at a site; `allowed` masks the values that make sense.
    #[inline]
    pub fn choose(&mut self, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let value = self.choices.choose(self.model.sites(), site, subject, allowed);
        if value != 0 {
            self.flow.fault(self.now);
        }
        value
    }

    /// Decides how long something takes.
    #[inline]
    pub fn span(&mut self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        self.choices.span(site, subject, latency)
    }

    /// Reports that the fault which this value injects had an effect.
    #[inline]
    pub fn effective(&mut self, site: SiteId, value: u8) {
        if let Some(kind) = self.model.sites().kind(site, value) {
            self.flow.effective[usize::from(kind.0)] += 1;
        }
    }

    /// Does something as if it were done now, and forgets all that it reported, sent, armed, took back or decided. For a
    /// node that has to know what a transaction will come to before it makes it; its own state it keeps a copy of, and the
    /// ledger it may only read.
    pub fn rehearse<R>(&mut self, work: impl FnOnce(&mut Context<'_, D>) -> R) -> R {
        let mut flow = Flow { effective: self.flow.effective, ..Flow::default() };
        let mut choices = self.choices.clone();
        let mut cx = Context {
            model: self.model,
            now: self.now,
            ledger: &mut *self.ledger,
            choices: &mut choices,
            flow: &mut flow,
            input: self.input,
            incarnation: self.incarnation,
            event: self.event,
            recovery: self.recovery,
            revocable: false,
        };
        work(&mut cx)
    }

    /// The same of a fault that is noted at a [place](Domain::place).
    #[inline]
    pub fn effective_at(&mut self, site: SiteId, value: u8, place: usize) {
        self.effective(site, value);
        if let Some(kind) = self.model.sites().kind(site, value)
            && let Some(met) = self.flow.met.get_mut(place)
        {
            *met |= 1 << kind.0;
        }
    }

    /// Says that something came from outside that nobody had to expect: what is owed may take its time from here on, in
    /// runs that are judged [from calm](crate::Limits::from_calm).
    pub fn disturb(&mut self) {
        self.flow.calm = self.now;
    }

    /// Whether faults and commands may still come.
    #[must_use]
    pub fn in_chaos(&self) -> bool {
        self.choices.is_open()
    }
}
