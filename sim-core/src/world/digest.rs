//! What decides the future of a world, in one word.

use std::hash::{Hash, Hasher};

use super::{Event, World};
use crate::domain::{Domain, PartId};
use crate::hash::Digest;

/// No digest of a node.
pub(super) const UNKNOWN: u64 = 0;

/// The digest of a node by itself.
fn word_of<N: Hash>(node: &N) -> u64 {
    let mut digest = Digest::default();
    node.hash(&mut digest);
    digest.finish().max(1)
}

impl<D: Domain> World<D> {
    /// One word for all that decides what happens next: the state of nodes and ledger, what is on its way, which parts
    /// are up, what the invariants hold. Neither fingerprint nor numbers of events count, nor what is closed, nor the time
    /// of the last event, for what is to come has times of its own: two worlds of equal digest have the same future.
    /// `scratch` is kept from call to call.
    #[must_use]
    pub fn digest(&self, scratch: &mut Vec<(u64, u64, u64)>) -> u64 {
        self.digest_with(scratch, self.nodes.iter().map(word_of))
    }

    /// The same word, for which only the nodes are walked that were called since they were walked last. For searches; a
    /// proof of determinism looks for writes outside of calls, too.
    #[must_use]
    pub fn digest_of_called(&mut self, scratch: &mut Vec<(u64, u64, u64)>) -> u64 {
        self.know_nodes();
        self.digest_with(scratch, self.known.iter().copied())
    }

    /// Walks the nodes that were called, so that copies of this world need not.
    pub(crate) fn know_nodes(&mut self) {
        self.known.resize(self.nodes.len(), UNKNOWN);
        for (known, node) in self.known.iter_mut().zip(&self.nodes) {
            if *known == UNKNOWN {
                *known = word_of(node);
            }
        }
    }

    fn digest_with(&self, scratch: &mut Vec<(u64, u64, u64)>, nodes: impl Iterator<Item = u64>) -> u64 {
        let mut digest = Digest::default();
        self.healed.hash(&mut digest);
        nodes.for_each(|node| node.hash(&mut digest));
        self.ledger.hash(&mut digest);
        for process in &self.processes {
            (process.up, process.dead, process.paused_until).hash(&mut digest);
        }
        self.verdicts.digest(&mut digest);
        scratch.clear();
        scratch.extend(self.flow.queue.waiting().map(|(time, order, event)| (time, order, self.digest_of(event))));
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
        let (copy, tries) = (event.which.copy(), event.which.tries());
        (event.from.0, event.to.0, copy, tries, event.shape as u8, fenced, answerable).hash(&mut digest);
        digest.finish()
    }
}
