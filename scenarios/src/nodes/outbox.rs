//! The outbox of a node that emits events: rows in its store, and what its relays know of them.
//!
//! Used by the OMS and by every system that emits events; the relay logic is in [`relay`](super::relay). The owner calls
//! [`Outbox::append`] in the transaction of the change, and [`Outbox::recover`] whenever one of its parts restarts or a
//! commit was not confirmed: a wake-up that was to tell the relay may have died with the process that sent it.

use sim_core::hash::{Unhashed, mix};
use sim_core::{Duration, Latency, Subject, Time};

use super::Cx;
use super::relay::{RelayMessage, RelayState};
use crate::change::{Change, RowPhase};
use crate::definition::{Lease, OutboxSelect, OutboxWrite, Visibility};
use crate::message::{BusinessEvent, Flaw, Message, relay_part};

/// How often a relay looks.
const POLL: Duration = Duration::millis(500);
/// How much later than its commit a row can be seen, where visibility is late.
const LATE: Latency = Latency::Uniform(Duration::ZERO, Duration::secs(3));
/// How much later than the commit its row is written, where that is not one transaction.
const WRITE_GAP: Duration = Duration::millis(2);
/// The salt of the subject under which it is decided what is wrong with a row.
pub(crate) const FLAW: u64 = 0xF1A3;

/// A change that is to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NewEvent {
    /// The order.
    pub order: u16,
    /// The item, 255 for the order itself.
    pub item: u8,
    /// The type: index into the model's emissions.
    pub emission: u8,
    /// The state that the aggregate came into.
    pub state: u8,
}

/// The status of a row, as relays that select by it read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum RowStatus {
    /// Ready to be taken.
    #[default]
    New,
    /// A relay that selects by status has taken it up.
    Taken,
    /// Written in recovery, with a status that no select looks for.
    Overlooked,
    /// Published, as far as the store knows.
    Marked,
    /// Put aside until a person has repaired it.
    Parked,
}

/// A row. Its index is the number of its event.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Row {
    pub(super) event: BusinessEvent,
    /// Taken at the begin of the transaction.
    pub(super) serial: u32,
    /// When it happened, as the clock of the writing part tells.
    pub(super) told: Time,
    /// From when on relays can see it.
    pub(super) visible: Time,
    pub(super) status: RowStatus,
    /// How often it was handed over.
    pub(super) attempts: u8,
    pub(super) flaw: Flaw,
    /// Whether the change that it tells is committed.
    pub(super) settled: bool,
    /// Whether it was reported.
    pub(super) reported: bool,
}

/// The lease by which one of several relays works.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct LeaseRow {
    pub(super) holder: u8,
    pub(super) until: Time,
}

/// The rows of one emitter, and its relays.
#[derive(Debug, Default, Hash)]
pub struct Outbox {
    /// 0: the OMS, else 1 + system index.
    pub(super) source: u8,
    pub(super) rows: Vec<Row>,
    /// By order, the version of the last event.
    versions: Vec<u16>,
    /// Below it every row is done with.
    pub(super) first_open: usize,
    serial: u32,
    /// The serial up to which rows count as published, for relays that select by it.
    pub(super) cursor: u32,
    /// The rows that were put aside.
    pub(super) parked: Vec<u16>,
    /// How often a person has repaired one.
    pub(super) repairs: u32,
    pub(super) lease: LeaseRow,
    pub(super) polls: u32,
    /// The moment up to which a poll is armed.
    armed: Time,
    phase: Option<Duration>,
    /// The engine event in which the owner recovers.
    recovery: Unhashed<u32>,
    pub(super) relays: Vec<RelayState>,
}

impl Clone for Outbox {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.source = from.source;
        self.rows.clone_from(&from.rows);
        self.versions.clone_from(&from.versions);
        self.first_open = from.first_open;
        self.serial = from.serial;
        self.cursor = from.cursor;
        self.parked.clone_from(&from.parked);
        self.repairs = from.repairs;
        self.lease = from.lease;
        self.polls = from.polls;
        self.armed = from.armed;
        self.phase = from.phase;
        self.recovery = from.recovery;
        self.relays.clone_from(&from.relays);
    }
}

impl Outbox {
    /// Brings it to its initial state, for the emitter `source` (0: the OMS, else 1 + system index), so many relays and
    /// orders.
    pub fn reset(&mut self, source: u8, relays: usize, orders: usize) {
        self.source = source;
        self.rows.clear();
        self.versions.clear();
        self.versions.resize(orders, 0);
        self.first_open = 0;
        self.serial = 0;
        self.cursor = 0;
        self.parked.clear();
        self.repairs = 0;
        self.lease = LeaseRow::default();
        self.polls = 0;
        self.armed = Time::START;
        self.phase = None;
        self.recovery = Unhashed(0);
        self.relays.resize_with(relays, RelayState::default);
        for relay in &mut self.relays {
            relay.reset();
        }
    }

    /// A serial number, to be taken when a transaction begins: two transactions may commit in another order than they
    /// began.
    pub fn next_serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// Tells a change, as the last part of its transaction; says whether a row stands in the store now. `committed` is
    /// false when the change itself was refused after all (another one came in between): only a row that was written
    /// before the commit then stays.
    pub fn append(&mut self, cx: &mut Cx<'_>, new: NewEvent, serial: u32, committed: bool) -> bool {
        let early = cx.model.model.plumbing.write == OutboxWrite::BeforeCommit;
        if early && let Some(row) = self.unsettled(new) {
            row.settled |= committed;
            if committed {
                row.reported = true;
                let event = row.event;
                cx.change(Change::Row { event, phase: RowPhase::Written, committed: true });
            }
            return true;
        }
        if !committed && !early {
            return false;
        }
        if cx.model.model.plumbing.write == OutboxWrite::AfterCommit {
            self.append_later(cx, new, serial);
            return false;
        }
        self.write(cx, new, serial, committed);
        true
    }

    /// Tells a change after its transaction: a crash between the two loses it.
    pub fn append_later(&self, cx: &mut Cx<'_>, new: NewEvent, serial: u32) {
        cx.continue_after(WRITE_GAP, Message::Relay(RelayMessage::Write { source: self.source, serial, new }));
    }

    /// Tells a change that is about to be made, when its transaction begins. Only where the contract of the outbox has rows
    /// written before the commit does this do anything; it says whether it did.
    pub fn append_early(&mut self, cx: &mut Cx<'_>, new: NewEvent, serial: u32) -> bool {
        let early = cx.model.model.plumbing.write == OutboxWrite::BeforeCommit;
        if early {
            self.write(cx, new, serial, false);
        }
        early
    }

    /// Tells a change that one handler call makes and commits.
    pub fn append_now(&mut self, cx: &mut Cx<'_>, new: NewEvent) -> bool {
        let serial = self.next_serial();
        self.append(cx, new, serial, true)
    }

    /// To be called first when any part of the owner restarts, and when a commit was not confirmed: what follows in this
    /// event is written in recovery, and the relays are told again that there is work.
    pub fn recover(&mut self, cx: &mut Cx<'_>) {
        self.recovery = Unhashed(cx.event());
        self.armed = Time::START;
        if self.first_open < self.rows.len() {
            self.arm(cx);
        }
    }

    /// How many events were written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes all rows for settled: what is told from now on is written in rows of its own.
    pub(super) fn settle(&mut self) {
        self.rows.iter_mut().for_each(|row| row.settled = true);
    }

    /// What was told from this row on.
    pub(super) fn written_from(&self, first: usize) -> impl Iterator<Item = NewEvent> + '_ {
        self.rows[first..].iter().map(|row| {
            let BusinessEvent { order, item, emission, state, .. } = row.event;
            NewEvent { order, item, emission, state }
        })
    }

    fn unsettled(&mut self, new: NewEvent) -> Option<&mut Row> {
        self.rows.iter_mut().rev().find(|row| {
            let BusinessEvent { order, item, emission, state, .. } = row.event;
            !row.settled && new == NewEvent { order, item, emission, state }
        })
    }

    pub(super) fn write(&mut self, cx: &mut Cx<'_>, new: NewEvent, serial: u32, settled: bool) {
        let plumbing = &cx.model.model.plumbing;
        let NewEvent { order, item, emission, state } = new;
        let version = &mut self.versions[usize::from(order)];
        *version = version.saturating_add(1);
        let number = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let event = BusinessEvent { source: self.source, number, order, item, emission, state, version: *version };
        let recovered = self.recovery.0 == cx.event() && plumbing.select == OutboxSelect::ByStatus;
        let site = cx.model.sites.payload;
        let flaw = match cx.choose(site, event.subject(mix(cx.model.model.names, FLAW), 0), u32::MAX) {
            0 => Flaw::None,
            1 => Flaw::Unpublishable,
            2 => Flaw::Unhandleable,
            _ => Flaw::NewerVersion,
        };
        let row = Row {
            event,
            serial,
            told: cx.now + self.skew(cx),
            visible: cx.now + self.lateness(cx, event),
            status: if recovered { RowStatus::Overlooked } else { RowStatus::New },
            attempts: 0,
            flaw,
            settled,
            reported: settled,
        };
        self.rows.push(row);
        if settled {
            cx.change(Change::Row { event, phase: RowPhase::Written, committed: true });
        }
        self.arm(cx);
    }

    /// How far the clock of the part that writes is ahead.
    fn skew(&self, cx: &mut Cx<'_>) -> Duration {
        let max = cx.model.model.plumbing.max_skew;
        if max == Duration::ZERO {
            return max;
        }
        let me = u64::from(cx.me().0);
        self.span(cx, 0xC10C, me, Latency::Uniform(Duration::ZERO, max))
    }

    fn lateness(&self, cx: &mut Cx<'_>, event: BusinessEvent) -> Duration {
        match cx.model.model.plumbing.visible {
            Visibility::CommitOrder => Duration::ZERO,
            Visibility::Late => self.span(cx, 0x1A7E, event.id().into(), LATE),
        }
    }

    fn span(&self, cx: &mut Cx<'_>, salt: u64, counters: u64, latency: Latency) -> Duration {
        let site = cx.model.sites.classes[crate::message::Channel::RelayTimer as usize].spans;
        let names = mix(cx.model.model.names, salt << 8 | u64::from(self.source));
        cx.span(site, Subject::new(names, counters), latency)
    }

    /// The first tick after `moment`: ticks have a period and a phase that is drawn once for a run.
    pub(super) fn tick_after(&mut self, cx: &mut Cx<'_>, moment: Time) -> Time {
        let phase = self.phase.unwrap_or_else(|| self.span(cx, 0x9A5E, 0, Latency::Uniform(Duration::ZERO, POLL)));
        self.phase = Some(phase);
        let since = moment.0.saturating_sub(phase.0);
        Time((since / POLL.0 + 1) * POLL.0 + phase.0)
    }

    /// Arms the poll that finds what is unpublished: the next tick, unless it is armed already.
    pub fn arm(&mut self, cx: &mut Cx<'_>) {
        if self.armed > cx.now {
            return;
        }
        let tick = self.tick_after(cx, cx.now);
        self.armed = tick;
        self.polls += 1;
        for relay in 0..self.relays.len() as u8 {
            let part = relay_part(&cx.model.model, self.source, relay);
            let poll = RelayMessage::Poll { source: self.source, relay, number: self.polls };
            cx.wake(part, tick - cx.now, Message::Relay(poll));
        }
    }

    /// Drops what a relay knows, when its part crashes; says whether it knew anything.
    pub fn crash_relay(&mut self, relay: u8) -> bool {
        self.relays.get_mut(usize::from(relay)).is_some_and(RelayState::crash)
    }

    /// Whether rows of this order wait for a person.
    pub(super) fn is_parked(&self, order: u16) -> bool {
        self.parked.iter().any(|&row| self.rows[usize::from(row)].event.order == order)
    }

    /// Whether one relay works for all.
    pub(super) fn leased(&self, cx: &Cx<'_>) -> bool {
        self.relays.len() > 1 && cx.model.model.plumbing.lease == Lease::Exclusive
    }

    /// Moves the first open row on over those that are done with; where relays select by serial, also over those that
    /// the cursor has passed.
    pub(super) fn close(&mut self, by_serial: bool) {
        let cursor = if by_serial { self.cursor } else { 0 };
        let done =
            |row: &Row| row.status == RowStatus::Marked || row.serial <= cursor && row.status != RowStatus::Parked;
        while self.rows.get(self.first_open).is_some_and(done) {
            self.first_open += 1;
        }
    }
}
