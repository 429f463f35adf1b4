//! What a simulation is made of: the traits that a domain implements.

use crate::choices::{Choice, Latency, SiteId, Sites, Subject, Which};
use crate::context::Context;
use crate::invariant::{Invariants, Violation};
use crate::time::{Duration, Time};
use crate::world::World;

/// A part of a node: what crashes and restarts as one. Dense index into [`Domain::parts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub u8);

/// Where a part lives.
#[derive(Clone, Copy, Debug)]
pub struct PartSpec {
    /// The node that owns it: index into the world's nodes.
    pub node: u8,
    /// Its number within the node, as given to [`Node::crash`] and [`Node::restart`].
    pub part: u8,
}

/// How a message of some class is treated on its way and on arrival.
#[derive(Clone, Copy, Debug, Default)]
pub struct Class {
    /// The site at which its fate on the way is chosen; `None`: it cannot be lost or changed.
    pub send: Option<SiteId>,
    /// The site at which the fate of its handler is chosen; `None`: its handler cannot fail.
    pub handle: Option<SiteId>,
    /// The site at which, sent as a timer, it may fire early, late or twice; `None`: always on time.
    pub timer: Option<SiteId>,
    /// The site at which it may give way to what happens at the same moment; `None`: first in, first out.
    pub tie: Option<SiteId>,
    /// The site under which its spans of time (latency, delays, downtimes) are drawn.
    pub spans: SiteId,
}

/// The extents of the faults that change when something happens.
#[derive(Clone, Copy, Debug)]
pub struct Extents {
    /// How much later than the first a second copy comes.
    pub duplicate: Latency,
    /// How much later a late second copy comes: as long as whatever carries it can hold it.
    pub late_duplicate: Latency,
    /// How much later a delayed message comes: longer than the timeouts of those who wait for it.
    pub delay: Latency,
    /// How much later a message comes that others overtake.
    pub reorder: Latency,
    /// How long a held message is held; healing releases it.
    pub hold: Latency,
    /// How long a crashed part is down.
    pub downtime: Latency,
    /// How long a part is down when it is an outage.
    pub outage: Latency,
    /// How long a paused part stands still.
    pub pause: Latency,
    /// When an input that met a deadlock is tried again.
    pub deadlock: Latency,
    /// How far from its time an early or late timer fires.
    pub skew: Latency,
}

impl Extents {
    /// How far the effect of a fate goes, by the name of its value; `None` where it is over at once or has no end.
    #[must_use]
    pub fn of(&self, fate: &str) -> Option<Latency> {
        Some(match fate {
            "duplicate" => self.duplicate,
            "late-duplicate" => self.late_duplicate,
            "delay" => self.delay,
            "reorder" => self.reorder,
            "hold" => self.hold,
            "crash-before-commit" | "crash-after-commit" => self.downtime,
            "outage" => self.outage,
            "pause" => self.pause,
            "deadlock" => self.deadlock,
            "early" | "late" | "twice" => self.skew,
            _ => return None,
        })
    }

    /// How long a fault lasts: what its length is decided about, and which lengths there are. `None` where it is over at once
    /// or has no end.
    #[must_use]
    pub fn length(&self, sites: &Sites, fault: &Choice) -> Option<(Subject, Latency)> {
        let name = sites.get(fault.site).values.get(usize::try_from(fault.value).ok()?)?.name;
        let extent = self.of(name)?;
        let subject = match SEND_FATES.iter().position(|fate| *fate == name) {
            Some(1 | 2) => fault.subject.extent(true),
            Some(_) => fault.subject.extent(false),
            None => fault.subject,
        };
        Some((subject, extent))
    }
}

impl Default for Extents {
    fn default() -> Self {
        let span = |p50, p99| Latency::Percentiles { p50, p99 };
        Self {
            duplicate: span(Duration::millis(200), Duration::secs(90)),
            late_duplicate: Latency::Uniform(Duration::days(6), Duration::days(7)),
            delay: span(Duration::mins(5), Duration::mins(45)),
            reorder: span(Duration::secs(2), Duration::secs(20)),
            hold: span(Duration::hours(1), Duration::hours(6)),
            downtime: span(Duration::secs(10), Duration::mins(2)),
            outage: span(Duration::mins(20), Duration::hours(3)),
            pause: span(Duration::secs(40), Duration::mins(5)),
            deadlock: span(Duration::millis(50), Duration::secs(2)),
            skew: span(Duration::secs(5), Duration::mins(2)),
        }
    }
}

/// The fates of a message on its way, in the order of the values of a send site.
pub const SEND_FATES: [&str; 8] =
    ["deliver", "duplicate", "late-duplicate", "delay", "reorder", "hold", "lost", "not-sent"];

/// The fates of a handler call, in the order of the values of a handle site.
pub const HANDLE_FATES: [&str; 8] =
    ["ok", "crash-before-commit", "crash-after-commit", "deadlock", "lost-commit-response", "pause", "outage", "dead"];

/// The fates of a timer, in the order of the values of a timer site.
pub const TIMER_FATES: [&str; 4] = ["on-time", "early", "late", "twice"];

/// What may become of an event that others share its moment with, in the order of the values of a tie site.
pub const TIE_FATES: [&str; 2] = ["first-in-first-out", "last"];

/// An immutable simulated system: shared by all runs and all threads.
pub trait Domain: Sized + Sync + 'static {
    /// What nodes send each other and themselves. Small and `Copy`: at most 32 bytes.
    type Message: Copy + Default + std::fmt::Debug + std::hash::Hash + Send;
    /// One state change, appended by setters; fingerprint and invariants read nothing else.
    type Change: Copy + std::fmt::Debug + Send;
    /// What really happened outside the nodes, kept where no node can read it.
    type Ledger: Clone + Default + std::hash::Hash + Send;
    /// The nodes: one type, usually an enum.
    type Node: Node<Self>;

    /// All decision sites.
    fn sites(&self) -> &Sites;
    /// All parts, in the order of their ids.
    fn parts(&self) -> &[PartSpec];
    /// All invariants. [`Invariants`] are made of a vector of them, once.
    fn invariants(&self) -> &Invariants<Self>;
    /// Brings a world to its initial state, reusing its buffers: nodes, ledger, first messages.
    fn reset(&self, world: &mut World<Self>);
    /// How a message is treated.
    fn class(&self, message: &Self::Message) -> Class;
    /// What a message is about; equal for a message and its repetition in another run.
    fn subject(&self, message: &Self::Message) -> Subject;
    /// How long a message takes from one part to another.
    fn latency(&self, message: &Self::Message) -> Latency;
    /// The values of its send site and handle site that make sense for this message, as masks.
    fn allowed(&self, message: &Self::Message) -> (u32, u32) {
        let _ = message;
        (u32::MAX, u32::MAX)
    }
    /// By how much a message may be delayed or held at most: whatever carries it gives up then.
    fn patience(&self, message: &Self::Message) -> Duration {
        let _ = message;
        Duration(u64::MAX)
    }
    /// The kind of a change, below 64, by which invariants are dispatched.
    fn change_kind(&self, change: &Self::Change) -> u8;
    /// A change in two words, for the fingerprint.
    fn change_words(&self, change: &Self::Change) -> (u64, u64);
    /// What the sender learns when a message cannot leave at all (`not-sent`).
    fn not_sent(&self, message: &Self::Message) -> Option<Self::Message> {
        let _ = message;
        None
    }
    /// How many places [`Domain::place`] tells apart.
    fn places(&self) -> usize {
        0
    }
    /// The place of the system at which a fault of this message is noted when it has an effect.
    fn place(&self, message: &Self::Message) -> Option<usize> {
        let _ = message;
        None
    }
    /// The cause of a failure: what has the same is told once, and a search lists at least one of each.
    fn cause(&self, violation: &Violation) -> u64 {
        violation.invariant.into()
    }
    /// The extents of faults in time.
    fn extents(&self) -> &Extents;
    /// What a part that is dead for good stands for in the `needs` of obligations.
    fn stands_for(&self, part: PartId) -> u64 {
        let _ = part;
        0
    }
    /// What parts are told when one that was dead for good is alive again after all, at healing: who gave it up may look again.
    fn on_return(&self) -> &[(PartId, Self::Message)] {
        &[]
    }
    /// The node that is shown every change after each event, to act from outside the system (a customer, say).
    fn director(&self) -> Option<(usize, PartId)> {
        None
    }
}

/// A node: one durable store, and parts that crash apart and share it.
///
/// One call of [`Node::handle`] is one local transaction; what it sends leaves after the commit. There is no
/// rollback: a crash falls between calls.
///
/// `Hash` covers the whole state, durable and volatile: searches explore equal states once, and the proof of determinism
/// compares them. Derive it; what makes no difference to the future goes into [`Unhashed`](crate::hash::Unhashed).
pub trait Node<D: Domain>: Clone + std::hash::Hash + Send {
    /// Handles one input.
    fn handle(&mut self, cx: &mut Context<'_, D>, message: D::Message);
    /// Drops the volatile state of a part. Says whether there was any.
    fn crash(&mut self, part: u8) -> bool;
    /// Recovers a part from the durable state, after a crash.
    fn restart(&mut self, cx: &mut Context<'_, D>, part: u8);
    /// The commit of this input happened but its confirmation was lost, and with it all that the handler sent.
    /// The correct answer is to read the store again.
    fn commit_unknown(&mut self, cx: &mut Context<'_, D>, message: D::Message) {
        let _ = message;
        let part = cx.part().part;
        self.restart(cx, part);
    }
    /// Sees the changes of an event; called only on the director.
    fn observe(&mut self, cx: &mut Context<'_, D>, changes: &[D::Change]) {
        let _ = (cx, changes);
    }
}

/// Watches a run without influencing it.
pub trait Observer<D: Domain> {
    /// An event is about to be processed.
    fn event(&mut self, event: &EventRecord<D::Message>) {
        let _ = event;
    }
    /// A handler met this fate (index into [`HANDLE_FATES`]).
    fn fate(&mut self, event: u32, fate: u8) {
        let _ = (event, fate);
    }
    /// The event changed something.
    fn change(&mut self, event: u32, change: &D::Change) {
        let _ = (event, change);
    }
    /// A message met this fate on its way (index into [`SEND_FATES`]); what it is about is told to who asks.
    fn sent(&mut self, event: u32, what: (&D::Message, &impl Fn() -> Subject), to: PartId, fate: u8) {
        let _ = (event, what, to, fate);
    }
    /// An event went behind the others of its moment.
    fn gave_way(&mut self, time: Time, message: &D::Message, to: PartId) {
        let _ = (time, message, to);
    }
    /// A message reached a part that was down.
    fn missed(&mut self, time: Time, message: &D::Message, to: PartId) {
        let _ = (time, message, to);
    }
    /// Faults and commands stop here.
    fn healed(&mut self, time: Time) {
        let _ = time;
    }
}

impl<D: Domain> Observer<D> for () {}

/// Two that watch the same run.
impl<D: Domain, A: Observer<D>, B: Observer<D>> Observer<D> for (&mut A, &mut B) {
    fn event(&mut self, event: &EventRecord<D::Message>) {
        self.0.event(event);
        self.1.event(event);
    }

    fn fate(&mut self, event: u32, fate: u8) {
        self.0.fate(event, fate);
        self.1.fate(event, fate);
    }

    fn change(&mut self, event: u32, change: &D::Change) {
        self.0.change(event, change);
        self.1.change(event, change);
    }

    fn sent(&mut self, event: u32, what: (&D::Message, &impl Fn() -> Subject), to: PartId, fate: u8) {
        self.0.sent(event, what, to, fate);
        self.1.sent(event, what, to, fate);
    }

    fn gave_way(&mut self, time: Time, message: &D::Message, to: PartId) {
        self.0.gave_way(time, message, to);
        self.1.gave_way(time, message, to);
    }

    fn missed(&mut self, time: Time, message: &D::Message, to: PartId) {
        self.0.missed(time, message, to);
        self.1.missed(time, message, to);
    }

    fn healed(&mut self, time: Time) {
        self.0.healed(time);
        self.1.healed(time);
    }
}

/// What an observer learns of an event.
#[derive(Clone, Copy, Debug)]
pub struct EventRecord<M> {
    /// The number of the event in its run, from 1.
    pub id: u32,
    /// The number of the event that caused it; 0: the start of the run.
    pub cause: u32,
    /// When.
    pub time: Time,
    /// From which part.
    pub from: PartId,
    /// To which part.
    pub to: PartId,
    /// What.
    pub message: M,
    /// Which of several alike, in whatever try.
    pub which: Which,
    /// Whether a part restarts; the message is then meaningless.
    pub restart: bool,
}

impl<M> EventRecord<M> {
    /// What decisions about it are about, but for the number of tries.
    #[must_use]
    pub fn subject<D: Domain<Message = M>>(&self, model: &D) -> Subject {
        model.subject(&self.message).of(self.which)
    }
}
