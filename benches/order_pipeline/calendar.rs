//! The event queue of the limit loop: what a hand-written simulator would use when it knows all its delays.
//!
//! Messages travel less than 50 ms, so 64 buckets of about a millisecond hold all of them and one machine word says
//! which buckets are occupied. Timers have one of six fixed delays, so a first-in-first-out ring for each delay is
//! always in order and costs no search.

use std::collections::VecDeque;

use crate::limit::Queue;

/// Width of a bucket is `1 << BUCKET_BITS` microseconds; 64 of them reach 65 ms ahead.
const BUCKET_BITS: u32 = 10;
const BUCKETS: usize = 64;
const NIL: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Slot<E> {
    at: u32,
    next: u32,
    event: E,
}

/// Events at most 64 ms ahead, in order of time and then of insertion.
pub struct Calendar<E> {
    slots: Vec<Slot<E>>,
    free: u32,
    heads: [u32; BUCKETS],
    occupied: u64,
}

impl<E: Copy> Queue<E> for Calendar<E> {
    fn new() -> Self {
        Calendar { slots: Vec::new(), free: NIL, heads: [NIL; BUCKETS], occupied: 0 }
    }

    fn push(&mut self, at: u32, event: E) {
        let bucket = (at >> BUCKET_BITS) as usize % BUCKETS;
        let mut before = NIL;
        let mut after = self.heads[bucket];
        while after != NIL && self.slots[after as usize].at <= at {
            before = after;
            after = self.slots[after as usize].next;
        }
        let slot = self.take_slot(Slot { at, next: after, event });
        if before == NIL {
            self.heads[bucket] = slot;
            self.occupied |= 1 << bucket;
        } else {
            self.slots[before as usize].next = slot;
        }
    }

    /// The place is a bucket.
    fn peek(&self, now: u32) -> Option<(usize, u32)> {
        if self.occupied == 0 {
            return None;
        }
        let current = now >> BUCKET_BITS;
        let ahead = self.occupied.rotate_right(current).trailing_zeros();
        let bucket = (current + ahead) as usize % BUCKETS;
        Some((bucket, self.slots[self.heads[bucket] as usize].at))
    }

    fn pop(&mut self, bucket: usize) -> E {
        let head = self.heads[bucket];
        let slot = &mut self.slots[head as usize];
        let (event, next) = (slot.event, slot.next);
        slot.next = self.free;
        self.free = head;
        self.heads[bucket] = next;
        if next == NIL {
            self.occupied &= !(1 << bucket);
        }
        event
    }
}

impl<E: Copy> Calendar<E> {
    fn take_slot(&mut self, slot: Slot<E>) -> u32 {
        if self.free == NIL {
            self.slots.push(slot);
            return self.slots.len() as u32 - 1;
        }
        let index = self.free;
        self.free = self.slots[index as usize].next;
        self.slots[index as usize] = slot;
        index
    }
}

/// Timers with a few fixed delays: one ring for each delay.
pub struct Rings<T, const N: usize> {
    delays: [u32; N],
    rings: [VecDeque<(u32, T)>; N],
    next: Option<(u32, usize)>,
}

impl<T: Copy, const N: usize> Rings<T, N> {
    pub fn new(delays: [u32; N]) -> Self {
        Rings { delays, rings: std::array::from_fn(|_| VecDeque::new()), next: None }
    }

    pub fn push(&mut self, now: u32, ring: usize, timer: T) {
        let at = now + self.delays[ring];
        self.rings[ring].push_back((at, timer));
        if self.next.is_none_or(|(first, _)| at < first) {
            self.next = Some((at, ring));
        }
    }

    /// Time of the next timer and its ring.
    pub fn peek(&self) -> Option<(u32, usize)> {
        self.next
    }

    pub fn pop(&mut self, ring: usize) -> T {
        let (_, timer) = self.rings[ring].pop_front().expect("peek named a ring that holds a timer");
        let fronts = self.rings.iter().enumerate().filter_map(|(i, ring)| ring.front().map(|front| (front.0, i)));
        self.next = fronts.min();
        timer
    }
}
