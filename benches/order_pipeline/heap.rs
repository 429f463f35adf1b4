//! The event queue of the other loop: what a hand-written simulator uses when it does not know its delays.
//!
//! Time, order of insertion and slot are packed into one word, so that the heap of the standard library compares and
//! moves eight bytes and never an event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::limit::Queue;

/// From the top: 28 bits of time in microseconds (268 s), 20 bits of order, 16 bits of slot.
const TIME_SHIFT: u32 = 36;
const ORDER_SHIFT: u32 = 16;
const ORDERS: u64 = 1 << (TIME_SHIFT - ORDER_SHIFT);
const SLOTS: usize = 1 << ORDER_SHIFT;

/// Events in order of time and then of insertion.
pub struct Heap<E> {
    keys: BinaryHeap<Reverse<u64>>,
    events: Vec<E>,
    free: Vec<u16>,
    pushed: u64,
}

impl<E: Copy> Queue<E> for Heap<E> {
    fn new() -> Self {
        Heap { keys: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), pushed: 0 }
    }

    fn push(&mut self, at: u32, event: E) {
        let slot = if let Some(slot) = self.free.pop() {
            self.events[usize::from(slot)] = event;
            slot
        } else {
            assert!(self.events.len() < SLOTS, "more events wait than a key can tell apart");
            self.events.push(event);
            (self.events.len() - 1) as u16
        };
        debug_assert!(at < 1 << (u64::BITS - TIME_SHIFT) && self.pushed < ORDERS);
        self.keys.push(Reverse(u64::from(at) << TIME_SHIFT | self.pushed << ORDER_SHIFT | u64::from(slot)));
        self.pushed += 1;
    }

    fn peek(&self, _: u32) -> Option<(usize, u32)> {
        self.keys.peek().map(|Reverse(key)| (usize::from(*key as u16), (key >> TIME_SHIFT) as u32))
    }

    fn pop(&mut self, slot: usize) -> E {
        self.keys.pop();
        if self.keys.is_empty() {
            self.pushed = 0;
        }
        self.free.push(slot as u16);
        self.events[slot]
    }
}
