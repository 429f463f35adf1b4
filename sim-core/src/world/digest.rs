//! What decides the future of a world, in one word.

use std::hash::{Hash, Hasher};

use super::{Event, World};
use crate::choices::Which;
use crate::domain::{Domain, PartId};
use crate::hash::Digest;

impl<D: Domain> World<D> {
    /// One word for all that decides what happens next: the state of nodes and ledger, what is on its way, which parts
    /// are up, what the invariants hold. Neither fingerprint nor numbers of events count, nor what is closed, nor the time
    /// of the last event, for what is to come has times of its own: two worlds of equal digest have the same future.
    /// `scratch` is kept from call to call.
    #[must_use]
    pub fn digest(&self, scratch: &mut Vec<(u64, u64, u64)>) -> u64 {
        let mut digest = Digest::default();
        self.healed.hash(&mut digest);
        self.nodes.hash(&mut digest);
        self.ledger.hash(&mut digest);
        for process in &self.processes {
            (process.up, process.dead, process.paused_until).hash(&mut digest);
        }
        self.verdicts.digest(&mut digest);
        scratch.clear();
        scratch.extend(self.queue.waiting().map(|(time, order, event)| (time, order, self.digest_of(event))));
        scratch.sort_unstable();
        for &(time, _, event) in &*scratch {
            (time, event).hash(&mut digest);
        }
        digest.finish()
    }

    /// An event by what it will do. The incarnations of sender and receiver count only as far as they are still the same.
    fn digest_of(&self, event: &Event<D::Message>) -> u64 {
        let mut digest = Digest::default();
        event.message.hash(&mut digest);
        let lives = |part: PartId, incarnation| self.processes[usize::from(part.0)].incarnation == incarnation;
        let fenced = event.fence != 0 && !lives(event.to, event.fence);
        let answerable = lives(event.from, event.from_incarnation);
        // In which recovery it was armed names it, and changes nothing that comes of it.
        let Which { copy, tries, .. } = event.which;
        (event.from.0, event.to.0, copy, tries, event.shape as u8, fenced, answerable).hash(&mut digest);
        digest.finish()
    }
}
