//! The event queue: events in total order of (time, priority, sequence), over a slab of slots.
//!
//! An event waits in one of three places, whichever is cheapest to put it into; the next event is the least of their
//! fronts, so where it waits never shows. The *calendar* has a bucket for each of the next 64 milliseconds or so, a
//! short sorted list of slots: what is on its way over a network is soon due. *Lanes* are queues in which a key goes
//! behind smaller ones: timers of equal delay are in order as they come, and most are cancelled before they are looked
//! at again. The *heap* takes the rest.

mod lane;
mod slot;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use self::lane::Lane;
pub use self::slot::TimerId;
use self::slot::{NIL, Slot, State};
use crate::time::Time;

/// A bucket of the calendar is `1 << BUCKET_BITS` microseconds wide; one word says which are occupied.
const BUCKET_BITS: u32 = 10;
const BUCKETS: u64 = 64;
/// How many events are passed to find a place in a bucket; past them the heap is cheaper.
const WALK_MAX: u32 = 24;
/// Each lane takes delays of another order of magnitude (base 2).
const LANES: usize = 8;
/// No key: later than all.
const NEVER: u128 = u128::MAX;
/// The bits of an order that hold the slot.
const SLOT_MASK: u64 = 0xFF_FFFF;
/// The priority of what comes before all others of its moment: the rest of what is being done.
pub(crate) const NEXT: u8 = 0;
/// The priority of what comes in the order in which it was scheduled.
pub(crate) const USUAL: u8 = 0x7F;
/// Makes any priority that of what comes after all others of its moment.
const LAST: u64 = 0xFF << 56;
/// The first order of usual priority; each that follows is greater by one sequence. What would be one too many overflows, for
/// this priority is the greatest of a signed word.
const FIRST_USUAL: i64 = (USUAL as i64) << 56;
const ONE_SEQUENCE: i64 = 1 << 24;

/// Events in the order in which they happen.
#[derive(Debug)]
pub struct Queue<E> {
    /// The first slot of each bucket.
    buckets: [u32; BUCKETS as usize],
    occupied: u64,
    lanes: [Lane; LANES],
    /// The least front of the lanes, and its lane.
    lane_next: (u128, usize),
    /// The least key of lanes and heap.
    apart_next: u128,
    heap: BinaryHeap<Reverse<u128>>,
    /// Kept from run to run; a run uses those below `used` and takes them in order, so that a copy needs no others.
    slots: Vec<Slot<E>>,
    used: u32,
    /// The first free slot of those used; each leads to the next.
    free: u32,
    /// The time of the event that was taken last, in microseconds.
    now: u64,
    /// The next order of usual priority, but for its slot.
    next_order: i64,
    live: u32,
}

impl<E: Copy + Default> Clone for Queue<E> {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.buckets = from.buckets;
        self.occupied = from.occupied;
        for (lane, from) in self.lanes.iter_mut().zip(&from.lanes) {
            lane.clone_from(from);
        }
        self.lane_next = from.lane_next;
        self.apart_next = from.apart_next;
        self.heap.clone_from(&from.heap);
        let (kept, copied) = (self.slots.len(), from.used());
        if kept < copied.len() {
            self.slots.clear();
            self.slots.extend_from_slice(copied);
        } else {
            self.slots[..copied.len()].copy_from_slice(copied);
        }
        self.used = from.used;
        self.free = from.free;
        self.now = from.now;
        self.next_order = from.next_order;
        self.live = from.live;
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            buckets: [NIL; BUCKETS as usize],
            occupied: 0,
            lanes: Default::default(),
            lane_next: (NEVER, 0),
            apart_next: NEVER,
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            used: 0,
            free: NIL,
            now: 0,
            next_order: FIRST_USUAL,
            live: 0,
        }
    }
}

const fn key_of(time: u64, order: u64) -> u128 {
    (time as u128) << 64 | order as u128
}

const fn slot_of(order: u64) -> usize {
    (order & SLOT_MASK) as usize
}

const fn bucket_of(time: u64) -> usize {
    (time >> BUCKET_BITS & (BUCKETS - 1)) as usize
}

impl<E: Copy + Default> Queue<E> {
    /// Empties the queue and keeps its buffers.
    pub fn clear(&mut self) {
        self.clear_places();
        self.heap.clear();
        self.used = 0;
        self.free = NIL;
        self.now = 0;
        self.next_order = FIRST_USUAL;
        self.live = 0;
    }

    fn clear_places(&mut self) {
        self.buckets = [NIL; BUCKETS as usize];
        self.occupied = 0;
        self.lanes.iter_mut().for_each(Lane::clear);
        self.lane_next = (NEVER, 0);
        self.apart_next = NEVER;
    }

    /// How many events are waiting; cancelled ones do not count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live as usize
    }

    /// Whether nothing is left to happen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Schedules an event.
    #[inline(always)]
    pub fn push(&mut self, time: Time, priority: u8, event: E) -> TimerId {
        let slot = self.put(event);
        self.schedule(slot, time, priority)
    }

    /// Puts an event into a slot of its own, where it waits to be scheduled or dropped. It is written there from wherever
    /// its parts are: what is copied as a whole right after its parts were written waits for all of these writes.
    #[inline(always)]
    pub(crate) fn put(&mut self, event: E) -> u32 {
        if self.free == NIL {
            self.use_slot();
        }
        let slot = self.free;
        let entry = &mut self.slots[slot as usize];
        self.free = entry.next;
        entry.event = event;
        slot
    }

    /// An event that was put into a slot.
    #[inline]
    pub(crate) fn event(&self, slot: u32) -> &E {
        &self.slots[slot as usize].event
    }

    /// Drops an event that was put into a slot and not scheduled.
    pub(crate) fn drop_slot(&mut self, slot: u32) {
        let entry = &mut self.slots[slot as usize];
        entry.state = State::Free;
        entry.next = self.free;
        self.free = slot;
    }

    /// Schedules an event that was put into a slot.
    #[inline(always)]
    pub(crate) fn schedule(&mut self, slot: u32, time: Time, priority: u8) -> TimerId {
        let Time(time) = time;
        let usual = self.next_order;
        self.next_order = usual.checked_add(ONE_SEQUENCE).expect("fewer than 2^32 events in one run");
        let mut order = usual as u64 | u64::from(slot);
        if priority != USUAL {
            debug_assert!(priority < USUAL, "the priorities after the usual one mark what gave way");
            order = order << 8 >> 8 | u64::from(priority) << 56;
        }
        if let Some(next) = self.link(slot, time, order) {
            self.slots[slot as usize].wait(time, order, next, State::InBucket);
        } else {
            self.slots[slot as usize].wait(time, order, NIL, State::Apart);
            self.place_apart(key_of(time, order));
        }
        self.live += 1;
        TimerId { slot, sequence: (order >> 24) as u32 }
    }

    /// The slots that this run has used.
    #[inline]
    fn used(&self) -> &[Slot<E>] {
        &self.slots[..self.used as usize]
    }

    /// Frees one more slot.
    #[inline]
    fn use_slot(&mut self) {
        self.free = self.used;
        self.used += 1;
        match self.slots.get_mut(self.free as usize) {
            Some(entry) => entry.next = NIL,
            None => self.add_slot(),
        }
    }

    #[cold]
    fn add_slot(&mut self) {
        assert!(u64::from(self.used) <= SLOT_MASK, "more than 16 million events are waiting at once");
        self.slots.push(Slot { event: E::default(), time: 0, order: 0, next: NIL, state: State::Free });
    }

    /// Makes a bucket lead to this slot, and says to which slot it leads next; `None` if the time is too far ahead or
    /// too many slots would have to be passed.
    #[inline(always)]
    fn link(&mut self, slot: u32, time: u64, order: u64) -> Option<u32> {
        let ahead = (time >> BUCKET_BITS).wrapping_sub(self.now >> BUCKET_BITS);
        if ahead >= BUCKETS {
            return None;
        }
        let bucket = bucket_of(time);
        let first = self.buckets[bucket];
        if first == NIL || self.slots[first as usize].is_after(time, order) {
            self.buckets[bucket] = slot;
            self.occupied |= 1 << bucket;
            return Some(first);
        }
        let mut before = first;
        for _ in 0..WALK_MAX {
            let after = self.slots[before as usize].next;
            if after == NIL || self.slots[after as usize].is_after(time, order) {
                self.slots[before as usize].next = slot;
                return Some(after);
            }
            before = after;
        }
        None
    }

    /// Lets an event that was put into a slot wait outside of the calendar.
    fn place_apart(&mut self, key: u128) {
        let delay = ((key >> 64) as u64).saturating_sub(self.now);
        let i = (delay | 1).ilog2() as usize % LANES;
        let lane = &mut self.lanes[i];
        if lane.last > key {
            return self.place_in_heap(key);
        }
        let is_front = lane.push(key);
        // Behind another key of its lane it is not the next one.
        if is_front {
            self.apart_next = self.apart_next.min(key);
            if key < self.lane_next.0 {
                self.lane_next = (key, i);
            }
        }
    }

    #[cold]
    fn place_in_heap(&mut self, key: u128) {
        self.apart_next = self.apart_next.min(key);
        self.heap.push(Reverse(key));
    }

    /// Cancels a scheduled event; nothing happens if it has fired or was cancelled already.
    #[inline]
    pub fn cancel(&mut self, timer: TimerId) {
        if timer.slot >= self.used {
            return;
        }
        let entry = &mut self.slots[timer.slot as usize];
        if (entry.order >> 24) as u32 != timer.sequence {
            return;
        }
        if entry.state == State::Apart {
            entry.state = State::Free;
            entry.next = self.free;
            self.free = timer.slot;
        } else if entry.state == State::InBucket {
            entry.state = State::Cancelled;
        } else {
            return;
        }
        self.live -= 1;
    }

    /// Takes the next event that was not cancelled.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let (_, &event) = self.take()?;
        Some((self.now(), event))
    }

    /// The time of the event that was taken last.
    #[inline]
    pub(crate) fn now(&self) -> Time {
        Time(self.now)
    }

    /// Takes the next event that was not cancelled and says in which slot it still lies, until the next one is pushed.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<(u32, &E)> {
        let slot = self.take_slot()?;
        Some((slot, &self.slots[slot as usize].event))
    }

    /// What is due is read, freed and unlinked under one look at its slot.
    #[inline(always)]
    fn take_slot(&mut self) -> Option<u32> {
        // What was cancelled may still stand in its place: at the end of a run nobody looks for it any more.
        if self.live == 0 {
            return None;
        }
        loop {
            if self.occupied != 0 {
                let bucket = self.first_bucket();
                let slot = self.buckets[bucket];
                let entry = &mut self.slots[slot as usize];
                if key_of(entry.time, entry.order) < self.apart_next {
                    let (next, state) = (entry.next, entry.state);
                    entry.state = State::Free;
                    entry.next = self.free;
                    self.free = slot;
                    self.buckets[bucket] = next;
                    if next == NIL {
                        self.occupied &= !(1 << bucket);
                    }
                    if state == State::Cancelled {
                        continue;
                    }
                    self.now = entry.time;
                    self.live -= 1;
                    return Some(slot);
                }
            }
            if self.apart_next == NEVER {
                return None;
            }
            if let Some(slot) = self.take_apart() {
                self.drop_slot(slot);
                self.now = self.slots[slot as usize].time;
                self.live -= 1;
                return Some(slot);
            }
        }
    }

    /// The bucket that is soonest due, of those that are occupied.
    #[inline]
    fn first_bucket(&self) -> usize {
        let now = (self.now >> BUCKET_BITS) as u32;
        let ahead = self.occupied.rotate_right(now % BUCKETS as u32).trailing_zeros();
        (now.wrapping_add(ahead) % BUCKETS as u32) as usize
    }

    /// Takes the first key out of the lanes or the heap; `None` if its event was cancelled.
    fn take_apart(&mut self) -> Option<u32> {
        let key = self.apart_next;
        if key == self.lane_next.0 {
            self.advance_lane();
        } else {
            self.heap.pop();
        }
        self.apart_next = self.heap.peek().map_or(NEVER, |key| key.0).min(self.lane_next.0);
        self.is_live(key).then_some(slot_of(key as u64) as u32)
    }

    /// Drops the front of the lane that comes next, and all that was cancelled behind it.
    fn advance_lane(&mut self) {
        let lane = self.lane_next.1;
        self.lanes[lane].drop_first();
        while let Some(key) = self.lanes[lane].first()
            && !self.is_live(key)
        {
            self.lanes[lane].drop_first();
        }
        let fronts = self.lanes.iter().enumerate().filter_map(|(i, lane)| Some((lane.first()?, i)));
        self.lane_next = fronts.min().unwrap_or((NEVER, 0));
    }

    /// Whether a key of a lane or of the heap still stands for its event.
    #[inline]
    fn is_live(&self, key: u128) -> bool {
        let entry = &self.slots[slot_of(key as u64)];
        entry.state == State::Apart && entry.order == key as u64
    }

    /// The time of the next event; one that was cancelled may still count.
    pub(crate) fn next_time(&self) -> Option<Time> {
        let bucket = (self.occupied != 0).then(|| self.slots[self.buckets[self.first_bucket()] as usize].time);
        let apart = (self.apart_next != NEVER).then_some((self.apart_next >> 64) as u64);
        bucket.into_iter().chain(apart).min().map(Time)
    }

    /// Puts the event that was taken last back behind all others of its moment. Whoever named its timer still does.
    pub(crate) fn put_back(&mut self, slot: u32, event: E) {
        debug_assert_eq!(self.free, slot, "only the event that was taken last is put back");
        let Slot { time, order, next: free, .. } = self.slots[slot as usize];
        let order = order | LAST;
        self.free = free;
        self.slots[slot as usize] = Slot { event, time, order, next: NIL, state: State::Apart };
        self.apart_next = self.apart_next.min(key_of(time, order));
        self.heap.push(Reverse(key_of(time, order)));
        self.live += 1;
    }

    /// The waiting events with their times, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &E)> {
        let waiting = self.used().iter().filter(|entry| matches!(entry.state, State::InBucket | State::Apart));
        waiting.map(|entry| (Time(entry.time), &entry.event))
    }

    /// The waiting events with their times and their order among those of equal time, in no particular order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (u64, u64, &E)> {
        let waiting = self.used().iter().filter(|entry| matches!(entry.state, State::InBucket | State::Apart));
        waiting.map(|entry| (entry.time, entry.order >> 24, &entry.event))
    }

    /// Moves waiting events to the time that `retime` gives for them; the order among equals stays. Used once a run,
    /// when held and delayed messages are released.
    pub fn retime(&mut self, mut retime: impl FnMut(Time, &mut E) -> Time) {
        if self.is_empty() {
            return;
        }
        self.clear_places();
        self.free = NIL;
        let mut keys = std::mem::take(&mut self.heap).into_vec();
        keys.clear();
        for (slot, entry) in self.slots[..self.used as usize].iter_mut().enumerate() {
            if matches!(entry.state, State::InBucket | State::Apart) {
                entry.time = retime(Time(entry.time), &mut entry.event).0;
                entry.state = State::Apart;
                keys.push(Reverse(key_of(entry.time, entry.order)));
            } else {
                entry.state = State::Free;
                entry.next = self.free;
                self.free = slot as u32;
            }
        }
        self.heap = BinaryHeap::from(keys);
        self.apart_next = self.heap.peek().map_or(NEVER, |key| key.0);
    }
}

#[cfg(test)]
mod tests;
