//! The relay: hands committed outbox rows to the broker and marks them.
//!
//! A poll selects rows into a batch, the batch is published, the broker's acknowledgement marks: three handler calls, so
//! that a crash can fall between any two of them. What a relay holds is volatile; the rows and their marks are the store's.

mod message;

pub use self::message::RelayMessage;

use sim_core::{Duration, Time, TimerId};

use super::Cx;
use super::outbox::{Outbox, Row, RowStatus};
use crate::change::{Change, RowPhase};
use crate::definition::{Mark, OutboxSelect, Poison, PublishOrder};
use crate::message::{Flaw, Message};

/// How long a publication waits for its first acknowledgement.
const RETRY: Duration = Duration::secs(5);
/// The longest wait between two publications of one row, at first and once the broker has not answered for hours: with the
/// publications that there are numbers for, a relay outlasts several outages on end.
const RETRY_MAX: Duration = Duration::mins(2);
const PATIENT_AFTER: u8 = 100;
const PATIENT_MAX: Duration = Duration::mins(4);
/// How often an event that cannot be serialised is tried before it is put aside.
const PARK_AFTER: u8 = 3;
/// How often it is tried where it is not: a relay that spins, cut short so that a run comes to its end.
const SPIN: u8 = 24;
/// How long a person takes to repair a row that was put aside.
const REPAIR: Duration = Duration::hours(1);
/// How long a lease holds: longer than any wait between two inputs of a relay that has work.
const LEASE: Duration = Duration::mins(5);
/// How many rows a relay takes that reads page by page.
const PAGE: usize = 8;
/// After so many publications nobody tries again.
const ATTEMPTS_MAX: u8 = 250;

/// A row on its way to the broker.
#[derive(Clone, Copy, Debug, Hash)]
struct Flight {
    row: u16,
    order: u16,
    attempt: u8,
    /// None while another row probes a broker that does not answer.
    timer: TimerId,
}

/// What one relay knows: volatile.
#[derive(Debug, Default, Hash)]
pub(super) struct RelayState {
    /// Rows that it took and has not sent, in the order in which it will.
    queue: Vec<u16>,
    flight: Vec<Flight>,
    /// The highest serial of its batch.
    top: u32,
    /// Whether a row that cannot be published holds up all others.
    stuck: bool,
    /// The row by which a broker is found again that does not answer.
    probe: Option<u16>,
    /// The repair after which it last looked.
    repairs: u32,
    /// The poll that it armed itself.
    again: Time,
    takeover: TimerId,
}

impl Clone for RelayState {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.queue.clone_from(&from.queue);
        self.flight.clone_from(&from.flight);
        self.top = from.top;
        self.stuck = from.stuck;
        self.probe = from.probe;
        self.repairs = from.repairs;
        self.again = from.again;
        self.takeover = from.takeover;
    }
}

impl RelayState {
    pub(super) fn reset(&mut self) {
        self.crash();
    }

    pub(super) fn crash(&mut self) -> bool {
        let knew = !self.is_idle();
        self.queue.clear();
        self.flight.clear();
        self.top = 0;
        self.stuck = false;
        self.probe = None;
        self.repairs = 0;
        self.again = Time::START;
        self.takeover = TimerId::NONE;
        knew
    }

    /// Drops what it knows while its process lives: its timers go with it.
    fn forget(&mut self, cx: &mut Cx<'_>) {
        cx.cancel(self.takeover);
        for flight in self.flight.drain(..) {
            cx.cancel(flight.timer);
        }
        self.crash();
    }

    fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.flight.is_empty()
    }

    /// Whether it holds a row; its queue is in the order of rows, except where it selects by serial and holds none.
    fn holds(&self, row: u16) -> bool {
        self.queue.binary_search(&row).is_ok() || self.flight.iter().any(|flight| flight.row == row)
    }
}

/// Handles an input of a relay; `relay` is its number at its emitter, 0 where it shares the part of a system.
///
/// The owner of the outbox routes here [`Message::Relay`], in whatever part it arrives, and [`Message::Published`].
pub fn handle(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, message: Message) {
    match message {
        Message::Relay(RelayMessage::Write { serial, new, .. }) => outbox.write(cx, new, serial, true),
        _ if usize::from(relay) >= outbox.relays.len() => {}
        Message::Relay(RelayMessage::Poll { .. }) => poll(outbox, cx, relay),
        Message::Relay(RelayMessage::Retry { row, attempt, .. }) => retry(outbox, cx, relay, (row, attempt)),
        Message::Relay(RelayMessage::Repair { row, .. }) => repair(outbox, cx, relay, row),
        Message::Published { event, .. } if event.source == outbox.source => {
            published(outbox, cx, relay, event.number);
        }
        _ => {}
    }
}

/// Recovers a relay from the store: what it had taken and not marked is taken again.
pub fn restart(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    let Some(state) = outbox.relays.get_mut(usize::from(relay)) else { return };
    state.forget(cx);
    if by_serial(cx) {
        let cursor = outbox.cursor;
        for row in outbox.rows.iter_mut().filter(|row| row.serial > cursor && row.status == RowStatus::Marked) {
            row.status = RowStatus::New;
        }
        outbox.first_open = 0;
        close(outbox, cx);
    }
    for i in 0..outbox.parked.len() {
        let row = outbox.parked[i];
        arm_repair(outbox, cx, relay, row);
    }
    poll(outbox, cx, relay);
}

fn by_serial(cx: &Cx<'_>) -> bool {
    matches!(cx.model.model.plumbing.select, OutboxSelect::Cursor | OutboxSelect::HighWaterMark)
}

/// Takes what the select finds, and publishes what may leave.
fn poll(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    if !claim(outbox, cx, relay) {
        return;
    }
    select(outbox, cx, relay);
    pump(outbox, cx, relay);
    release(outbox, cx, relay);
}

/// Takes the lease or renews it. A relay that does not get it looks again when it ends, as long as there is work.
fn claim(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) -> bool {
    if !outbox.leased(cx) {
        return true;
    }
    if outbox.lease.holder == relay || outbox.lease.until <= cx.now {
        outbox.lease.holder = relay;
        outbox.lease.until = cx.now + LEASE;
        return true;
    }
    outbox.relays[usize::from(relay)].forget(cx);
    if outbox.first_open < outbox.rows.len() {
        outbox.polls += 1;
        let poll = RelayMessage::Poll { source: outbox.source, relay, number: outbox.polls };
        outbox.relays[usize::from(relay)].takeover = cx.timer_at(outbox.lease.until, Message::Relay(poll));
    }
    false
}

/// Gives the lease back when nothing is left to do.
fn release(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    let idle = outbox.relays[usize::from(relay)].is_idle() && outbox.first_open >= outbox.rows.len();
    if idle && outbox.leased(cx) && outbox.lease.holder == relay {
        outbox.lease.until = cx.now;
    }
}

fn eligible(row: &Row, cursor: Option<u32>, plumbing: &crate::model::Plumbing) -> bool {
    let wanted = match row.status {
        RowStatus::New => true,
        RowStatus::Taken => plumbing.select != OutboxSelect::ByStatus,
        RowStatus::Overlooked | RowStatus::Marked | RowStatus::Parked => false,
    };
    wanted && cursor.is_none_or(|cursor| row.serial > cursor)
}

fn select(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    let plumbing = &cx.model.model.plumbing;
    let cursor = by_serial(cx).then_some(outbox.cursor);
    let Outbox { rows, relays, .. } = outbox;
    let state = &mut relays[usize::from(relay)];
    if cursor.is_some() && !state.is_idle() {
        return;
    }
    let begin = state.queue.len();
    let mut unseen = Time::NEVER;
    for (n, row) in rows.iter().enumerate().skip(outbox.first_open) {
        if !eligible(row, cursor, plumbing) || state.holds(n as u16) {
            continue;
        }
        if row.visible > cx.now {
            unseen = unseen.min(row.visible);
            continue;
        }
        state.queue.push(n as u16);
    }
    if cursor.is_none() {
        // A row that was repaired by another relay comes before what this one took and could not send.
        if !state.queue.is_sorted() {
            state.queue.sort_unstable();
        }
    } else {
        state.queue.sort_unstable_by_key(|&n| rows[usize::from(n)].serial);
        if plumbing.select == OutboxSelect::HighWaterMark {
            state.queue.truncate(PAGE);
        }
        state.top = state.queue.last().map_or(outbox.cursor, |&n| rows[usize::from(n)].serial);
    }
    for i in begin..outbox.relays[usize::from(relay)].queue.len() {
        let n = outbox.relays[usize::from(relay)].queue[i];
        if plumbing.select == OutboxSelect::ByStatus {
            outbox.rows[usize::from(n)].status = RowStatus::Taken;
        }
        if plumbing.mark == Mark::BeforePublish {
            mark(outbox, cx, n);
        }
    }
    if plumbing.mark == Mark::BeforePublish && cursor.is_some() {
        outbox.cursor = outbox.relays[usize::from(relay)].top;
    }
    close(outbox, cx);
    if unseen < Time::NEVER {
        poll_again(outbox, cx, relay, unseen);
    }
}

/// Arms a poll of its own for the first tick after `moment`.
fn poll_again(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, moment: Time) {
    let tick = outbox.tick_after(cx, moment);
    let again = outbox.relays[usize::from(relay)].again;
    if again > cx.now && again <= tick {
        return;
    }
    outbox.relays[usize::from(relay)].again = tick;
    outbox.polls += 1;
    let poll = RelayMessage::Poll { source: outbox.source, relay, number: outbox.polls };
    cx.timer_at(tick, Message::Relay(poll));
}

fn close(outbox: &mut Outbox, cx: &Cx<'_>) {
    outbox.close(by_serial(cx));
}

fn mark(outbox: &mut Outbox, cx: &mut Cx<'_>, n: u16) {
    let row = &mut outbox.rows[usize::from(n)];
    if row.status != RowStatus::Marked {
        row.status = RowStatus::Marked;
        cx.change(Change::Row { event: row.event, phase: RowPhase::Marked, committed: row.settled });
    }
}

/// Publishes what may leave now.
fn pump(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    let in_order = cx.model.model.plumbing.publish_order == PublishOrder::PerAggregate;
    // What a person repaired meanwhile comes before what waited behind it, whichever relay was told.
    if outbox.relays[usize::from(relay)].repairs != outbox.repairs {
        outbox.relays[usize::from(relay)].repairs = outbox.repairs;
        select(outbox, cx, relay);
    }
    let mut i = 0;
    while !outbox.relays[usize::from(relay)].stuck && i < outbox.relays[usize::from(relay)].queue.len() {
        let n = outbox.relays[usize::from(relay)].queue[i];
        let order = outbox.rows[usize::from(n)].event.order;
        let busy = outbox.relays[usize::from(relay)].flight.iter().any(|flight| flight.order == order);
        if in_order && (busy || outbox.is_parked(order)) {
            i += 1;
            continue;
        }
        outbox.relays[usize::from(relay)].queue.remove(i);
        publish(outbox, cx, relay, n);
    }
}

fn backoff(attempt: u8) -> Duration {
    let most = if attempt < PATIENT_AFTER { RETRY_MAX } else { PATIENT_MAX };
    RETRY.times(1 << attempt.min(8)).min(most)
}

fn publish(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, n: u16) {
    let source = outbox.source;
    let row = &mut outbox.rows[usize::from(n)];
    let (event, attempt) = (row.event, row.attempts);
    if !row.reported {
        row.reported = true;
        cx.change(Change::Row { event, phase: RowPhase::Written, committed: false });
    }
    row.attempts = row.attempts.saturating_add(1);
    let (told, flaw) = (row.told, row.flaw);
    let tries = if flaw == Flaw::Unpublishable {
        if attempt == 0 {
            cx.effective(cx.model.sites.payload, flaw as u8);
        }
        if !keeps_trying(outbox, cx, relay, n) {
            return;
        }
        SPIN
    } else {
        cx.send(cx.model.model.parts.broker, Message::Publish { event, attempt, told, flaw });
        ATTEMPTS_MAX
    };
    let retry = RelayMessage::Retry { source, relay, row: n, attempt };
    let timer = if attempt < tries { cx.timer(backoff(attempt), Message::Relay(retry)) } else { TimerId::NONE };
    outbox.relays[usize::from(relay)].flight.push(Flight { row: n, order: event.order, attempt, timer });
}

/// What is done about a row that cannot be published; says whether it is tried again.
fn keeps_trying(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, n: u16) -> bool {
    let row = &mut outbox.rows[usize::from(n)];
    match cx.model.model.plumbing.poison {
        Poison::Block => {
            outbox.relays[usize::from(relay)].stuck = true;
            true
        }
        Poison::Park if row.status == RowStatus::Parked => false,
        Poison::Park if row.attempts >= PARK_AFTER => {
            row.status = RowStatus::Parked;
            cx.change(Change::Row { event: row.event, phase: RowPhase::Parked, committed: row.settled });
            outbox.parked.push(n);
            arm_repair(outbox, cx, relay, n);
            false
        }
        Poison::Park => true,
    }
}

fn arm_repair(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, row: u16) {
    outbox.polls += 1;
    let repair = RelayMessage::Repair { source: outbox.source, relay, row, number: outbox.polls };
    cx.timer(REPAIR, Message::Relay(repair));
}

/// A person has repaired a row: it is published before what waits behind it.
fn repair(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, n: u16) {
    let Some(at) = outbox.parked.iter().position(|&row| row == n) else { return };
    outbox.parked.remove(at);
    let row = &mut outbox.rows[usize::from(n)];
    row.flaw = Flaw::None;
    row.status = RowStatus::New;
    outbox.first_open = outbox.first_open.min(usize::from(n));
    outbox.repairs += 1;
    if !claim(outbox, cx, relay) {
        outbox.arm(cx);
        return;
    }
    if by_serial(cx) {
        outbox.relays[usize::from(relay)].queue.insert(0, n);
    }
    pump(outbox, cx, relay);
}

/// No acknowledgement came. One row asks a broker that does not answer; the others wait until it does.
fn retry(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, (n, attempt): (u16, u8)) {
    if !claim(outbox, cx, relay) {
        return;
    }
    let state = &mut outbox.relays[usize::from(relay)];
    let Some(at) = state.flight.iter().position(|flight| flight.row == n && flight.attempt == attempt) else { return };
    if outbox.rows[usize::from(n)].flaw != Flaw::Unpublishable {
        let other = state.probe.filter(|&probe| probe != n);
        if other.is_some_and(|probe| state.flight.iter().any(|flight| flight.row == probe)) {
            state.flight[at].timer = TimerId::NONE;
            return;
        }
        state.probe = Some(n);
    }
    state.flight.swap_remove(at);
    publish(outbox, cx, relay, n);
    pump(outbox, cx, relay);
}

/// The broker answers: what waited for that is published again.
fn answers(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8) {
    let state = &mut outbox.relays[usize::from(relay)];
    if state.probe.take().is_none() {
        return;
    }
    for _ in 0..state.flight.len() {
        let Outbox { rows, relays, .. } = &mut *outbox;
        let state = &mut relays[usize::from(relay)];
        let waits = state.flight.iter().position(|flight| {
            flight.timer == TimerId::NONE && rows[usize::from(flight.row)].flaw != Flaw::Unpublishable
        });
        let Some(at) = waits else { return };
        let flight = state.flight.swap_remove(at);
        publish(outbox, cx, relay, flight.row);
    }
}

/// The broker has a row: it is marked, and what waited for it follows.
fn published(outbox: &mut Outbox, cx: &mut Cx<'_>, relay: u8, n: u16) {
    if usize::from(n) >= outbox.rows.len() {
        return;
    }
    let never = cx.model.model.plumbing.mark == Mark::Never;
    let state = &mut outbox.relays[usize::from(relay)];
    let flight = state.flight.iter().position(|flight| flight.row == n).map(|at| state.flight.swap_remove(at));
    if let Some(flight) = flight {
        cx.cancel(flight.timer);
        if never {
            poll_again(outbox, cx, relay, cx.now);
        }
    }
    if !never {
        mark(outbox, cx, n);
        outbox.relays[usize::from(relay)].queue.retain(|&row| row != n);
    }
    if !claim(outbox, cx, relay) {
        return;
    }
    answers(outbox, cx, relay);
    pump(outbox, cx, relay);
    if by_serial(cx) && outbox.relays[usize::from(relay)].is_idle() {
        if !never {
            outbox.cursor = outbox.cursor.max(outbox.relays[usize::from(relay)].top);
        }
        close(outbox, cx);
        if !never {
            select(outbox, cx, relay);
            pump(outbox, cx, relay);
        }
    }
    close(outbox, cx);
    release(outbox, cx, relay);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_outlasts_three_of_the_longest_outages_on_end() {
        let tries = (1..=ATTEMPTS_MAX).fold(Duration::ZERO, |sum, attempt| sum + backoff(attempt));
        let outage = sim_core::Extents::default().outage.at(u64::MAX);
        assert!(tries > outage.times(3), "{tries:?} against outages of {outage:?}");
    }
}
