//! The slots in which events wait, and the names of those that can be cancelled.

/// No slot.
pub(super) const NIL: u32 = u32::MAX;

/// Names a scheduled timer, so that it can be cancelled. A timer that has fired is no longer named by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    pub(super) slot: u32,
    pub(super) sequence: u32,
}

impl TimerId {
    /// Names no timer.
    pub const NONE: Self = Self { slot: NIL, sequence: NIL };
}

/// Which timer it names is a matter of bookkeeping; the timer itself is among what is still to happen.
impl std::hash::Hash for TimerId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (*self == Self::NONE).hash(state);
    }
}

impl Default for TimerId {
    fn default() -> Self {
        Self::NONE
    }
}

/// Where the event of a slot waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Free,
    /// Waits in the calendar.
    InBucket,
    /// Was cancelled, but its bucket still leads here.
    Cancelled,
    /// Waits in a lane or in the heap; a key there that names another order is of an event that was cancelled.
    Apart,
}

/// Where an event is kept while it waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<E> {
    pub event: E,
    pub time: u64,
    /// Priority, sequence and slot, packed.
    pub order: u64,
    /// The next slot of the same bucket, or the next free one.
    pub next: u32,
    pub state: State,
}

impl<E> Slot<E> {
    #[inline(always)]
    pub fn wait(&mut self, time: u64, order: u64, next: u32, state: State) {
        self.time = time;
        self.order = order;
        self.next = next;
        self.state = state;
    }

    #[inline]
    pub fn is_after(&self, time: u64, order: u64) -> bool {
        self.time > time || self.time == time && self.order > order
    }
}
