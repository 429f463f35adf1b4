//! What calls of handlers come to: what is going to happen, what changed, what leaves, which faults had an effect.

use crate::choices::KINDS_MAX;
use crate::domain::Domain;
use crate::queue::{Queue, TimerId};
use crate::time::Time;
use crate::world::Event;

/// What a handler works on besides its node and the ledger.
pub(crate) struct Flow<D: Domain> {
    pub(crate) queue: Queue<Event<D::Message>>,
    pub(crate) changes: Vec<D::Change>,
    /// The messages that leave when the handler has committed: their slots in the queue.
    pub(crate) outgoing: Vec<u32>,
    /// The timers of a call that may be undone.
    pub(crate) revocable: Vec<TimerId>,
    /// How many faults of each kind had an effect.
    pub(crate) effective: [u16; KINDS_MAX],
    /// By place, which kinds of faults had an effect there: a bit each.
    pub(crate) met: Vec<u64>,
    /// When the run was last disturbed.
    pub(crate) calm: Time,
    /// Whether any fault was injected.
    pub(crate) faulted: bool,
}

impl<D: Domain> Default for Flow<D> {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            changes: Vec::new(),
            outgoing: Vec::new(),
            revocable: Vec::new(),
            effective: [0; KINDS_MAX],
            met: Vec::new(),
            calm: Time::START,
            faulted: false,
        }
    }
}

impl<D: Domain> Flow<D> {
    pub(crate) fn clear(&mut self, places: usize) {
        self.queue.clear();
        self.changes.clear();
        self.outgoing.clear();
        self.revocable.clear();
        self.effective = [0; KINDS_MAX];
        self.met.clear();
        self.met.resize(places, 0);
        self.calm = Time::START;
        self.faulted = false;
    }

    /// Copies what stands between two events.
    pub(crate) fn clone_from(&mut self, from: &Self) {
        self.queue.clone_from(&from.queue);
        self.changes.clone_from(&from.changes);
        self.outgoing.clear();
        self.revocable.clear();
        self.effective = from.effective;
        self.met.clone_from(&from.met);
        self.calm = from.calm;
        self.faulted = from.faulted;
    }

    /// A fault is injected now.
    pub(crate) fn fault(&mut self, now: Time) {
        self.calm = now;
        self.faulted = true;
    }

    /// Takes back all that would have left, and the timers with it. Says whether there was any.
    pub(crate) fn drop_outgoing(&mut self) -> bool {
        let any = !self.outgoing.is_empty() || !self.revocable.is_empty();
        for slot in self.outgoing.drain(..) {
            self.queue.drop_slot(slot);
        }
        for timer in self.revocable.drain(..) {
            self.queue.cancel(timer);
        }
        any
    }
}
