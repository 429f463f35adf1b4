//! The event queue: a binary heap of packed keys over a slab of events.
//!
//! The key holds (time, priority, sequence, slot), so the heap compares one integer and moves 16 bytes. The order is
//! total: simultaneous events run in the order of their priority, then of their scheduling.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Time;

/// Names a scheduled timer, so that it can be cancelled. A timer that has fired is no longer named by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    slot: u32,
    generation: u32,
}

impl TimerId {
    /// Names no timer.
    pub const NONE: Self = Self { slot: u32::MAX, generation: 0 };
}

impl Default for TimerId {
    fn default() -> Self {
        Self::NONE
    }
}

#[derive(Clone, Debug)]
struct Slot<E> {
    event: E,
    generation: u32,
    live: bool,
}

/// Events in the order in which they happen.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Reverse<u128>>,
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
    sequence: u32,
    live: u32,
}

impl<E: Clone> Clone for Queue<E> {
    fn clone(&self) -> Self {
        Self {
            heap: self.heap.clone(),
            slots: self.slots.clone(),
            free: self.free.clone(),
            sequence: self.sequence,
            live: self.live,
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.heap.clone_from(&from.heap);
        self.slots.clone_from(&from.slots);
        self.free.clone_from(&from.free);
        self.sequence = from.sequence;
        self.live = from.live;
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), slots: Vec::new(), free: Vec::new(), sequence: 0, live: 0 }
    }
}

impl<E: Copy> Queue<E> {
    /// Empties the queue and keeps its buffers.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.slots.clear();
        self.free.clear();
        self.sequence = 0;
        self.live = 0;
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
    #[inline]
    pub fn push(&mut self, time: Time, priority: u8, event: E) -> TimerId {
        let slot = if let Some(slot) = self.free.pop() {
            let entry = &mut self.slots[slot as usize];
            entry.event = event;
            entry.live = true;
            slot
        } else {
            self.slots.push(Slot { event, generation: 0, live: true });
            (self.slots.len() - 1) as u32
        };
        self.live += 1;
        let low = u64::from(priority) << 56 | u64::from(self.sequence) << 24 | u64::from(slot & 0xFF_FFFF);
        assert!(slot <= 0xFF_FFFF, "more than 16 million events are waiting at once");
        self.sequence = self.sequence.checked_add(1).expect("fewer than 2^32 events in one run");
        self.heap.push(Reverse(u128::from(time.0) << 64 | u128::from(low)));
        TimerId { slot, generation: self.slots[slot as usize].generation }
    }

    /// Cancels a scheduled event; nothing happens if it has fired or was cancelled already.
    #[inline]
    pub fn cancel(&mut self, timer: TimerId) {
        if let Some(entry) = self.slots.get_mut(timer.slot as usize)
            && entry.generation == timer.generation
            && entry.live
        {
            entry.live = false;
            self.live -= 1;
        }
    }

    /// Takes the next event that was not cancelled.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        while let Some(Reverse(key)) = self.heap.pop() {
            let slot = (key as u32) & 0xFF_FFFF;
            let entry = &mut self.slots[slot as usize];
            entry.generation = entry.generation.wrapping_add(1);
            self.free.push(slot);
            if entry.live {
                entry.live = false;
                self.live -= 1;
                return Some((Time((key >> 64) as u64), entry.event));
            }
        }
        None
    }

    /// The waiting events with their times, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &E)> {
        self.heap.iter().filter_map(|Reverse(key)| {
            let entry = &self.slots[((*key as u32) & 0xFF_FFFF) as usize];
            entry.live.then_some((Time((key >> 64) as u64), &entry.event))
        })
    }

    /// Moves waiting events to the time that `retime` gives for them; the order among equals stays. Used once a run,
    /// when held and delayed messages are released.
    pub fn retime(&mut self, mut retime: impl FnMut(Time, &mut E) -> Time) {
        let mut keys = std::mem::take(&mut self.heap).into_vec();
        for Reverse(key) in &mut keys {
            let entry = &mut self.slots[((*key as u32) & 0xFF_FFFF) as usize];
            if entry.live {
                let time = retime(Time((*key >> 64) as u64), &mut entry.event);
                *key = u128::from(time.0) << 64 | (*key & u128::from(u64::MAX));
            }
        }
        self.heap = BinaryHeap::from(keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The queue against a sorted list.
        #[test]
        fn events_come_in_total_order(ops in prop::collection::vec((0_u64..50, 0_u8..3, 0_u8..4), 1..200)) {
            let mut queue = Queue::default();
            let mut naive: Vec<(u64, u8, u32, TimerId)> = Vec::new();
            for (n, (time, priority, op)) in ops.into_iter().enumerate() {
                match op {
                    0 => {
                        let next = naive.iter().copied().min_by_key(|e| (e.0, e.1, e.2));
                        naive.retain(|e| Some(*e) != next);
                        prop_assert_eq!(queue.pop(), next.map(|e| (Time(e.0), e.2)));
                    }
                    1 if !naive.is_empty() => {
                        let gone = naive.remove(n % naive.len());
                        queue.cancel(gone.3);
                        queue.cancel(gone.3);
                    }
                    _ => {
                        let id = queue.push(Time(time), priority, n as u32);
                        naive.push((time, priority, n as u32, id));
                    }
                }
                prop_assert_eq!(queue.len(), naive.len());
            }
        }
    }

    #[test]
    fn a_stale_id_cancels_nothing() {
        let mut queue = Queue::default();
        let first = queue.push(Time(1), 0, 'a');
        assert_eq!(queue.pop(), Some((Time(1), 'a')));
        queue.push(Time(2), 0, 'b');
        queue.cancel(first);
        queue.cancel(TimerId::NONE);
        assert_eq!(queue.pop(), Some((Time(2), 'b')));
    }

    #[test]
    fn retiming_keeps_the_order_among_equals() {
        let mut queue = Queue::default();
        for (time, event) in [(9, 'a'), (7, 'b'), (3, 'c')] {
            queue.push(Time(time), 0, event);
        }
        queue.retime(|_, _| Time(5));
        let order: Vec<char> = std::iter::from_fn(|| queue.pop().map(|(_, e)| e)).collect();
        assert_eq!(order, ['a', 'b', 'c']);
    }
}
