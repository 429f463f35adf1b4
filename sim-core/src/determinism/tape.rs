//! What a run did, kept so that another run can be held against it. The lists are kept from run to run.

use std::hash::{Hash, Hasher};

use super::{Difference, Divergence, DivergenceOf, Sent, Version};
use crate::choices::Choices;
use crate::domain::{Domain, EventRecord, Observer, PartId};
use crate::hash::{Digest, mix};
use crate::run::{Limits, Outcome, drive};
use crate::world::World;

/// An event, and where what belongs to it begins in the other lists.
#[derive(Clone, Copy)]
struct Entry<M> {
    event: EventRecord<M>,
    fate: u8,
    changes: usize,
    sent: usize,
}

/// The whole state after an event, in a word; where asked for, also that of each node and of the ledger.
struct State {
    event: u32,
    whole: u64,
    /// Where the words of the nodes begin, and after them that of the ledger; none: they were not asked for.
    parts: Option<usize>,
}

/// What a run did.
pub struct Tape<D: Domain> {
    log: Log<D>,
    states: Vec<State>,
    parts: Vec<u64>,
    scratch: Vec<(u64, u64, u64)>,
    outcome: Option<Outcome>,
}

/// What the engine reported.
struct Log<D: Domain> {
    entries: Vec<Entry<D::Message>>,
    changes: Vec<D::Change>,
    sent: Vec<Sent<D::Message>>,
}

impl<D: Domain> Default for Tape<D> {
    fn default() -> Self {
        Self {
            log: Log { entries: Vec::new(), changes: Vec::new(), sent: Vec::new() },
            states: Vec::new(),
            parts: Vec::new(),
            scratch: Vec::new(),
            outcome: None,
        }
    }
}

impl<D: Domain> Observer<D> for Log<D> {
    fn event(&mut self, event: &EventRecord<D::Message>) {
        let (changes, sent) = (self.changes.len(), self.sent.len());
        self.entries.push(Entry { event: *event, fate: 0, changes, sent });
    }

    fn fate(&mut self, _event: u32, fate: u8) {
        self.entries.last_mut().expect("a fate belongs to an event").fate = fate;
    }

    fn change(&mut self, _event: u32, change: &D::Change) {
        self.changes.push(*change);
    }

    fn sent(
        &mut self,
        _event: u32,
        (message, _): (&D::Message, &impl Fn() -> crate::choices::Subject),
        to: PartId,
        fate: u8,
    ) {
        self.sent.push(Sent { message: *message, to, fate });
    }
}

impl<D: Domain> Log<D> {
    fn changes_of(&self, i: usize) -> &[D::Change] {
        let end = self.entries.get(i + 1).map_or(self.changes.len(), |next| next.changes);
        &self.changes[self.entries[i].changes..end]
    }

    fn sent_of(&self, i: usize) -> &[Sent<D::Message>] {
        let end = self.entries.get(i + 1).map_or(self.sent.len(), |next| next.sent);
        &self.sent[self.entries[i].sent..end]
    }

    fn version(&self, model: &D, i: usize) -> Option<Version<D::Message, D::Change>> {
        let entry = self.entries.get(i)?;
        Some(Version {
            event: entry.event,
            key: entry.event.subject(model),
            fate: entry.fate,
            changes: self.changes_of(i).to_vec(),
            sent: self.sent_of(i).to_vec(),
        })
    }

    /// Whether event `i` is the same in both.
    fn same(&self, model: &D, other: &Self, i: usize) -> bool {
        let (mine, theirs) = (&self.entries[i], &other.entries[i]);
        let place = |entry: &Entry<D::Message>| {
            let EventRecord { id, cause, time, from, to, which, restart, .. } = entry.event;
            (id, cause, time, from, to, which, restart, entry.fate)
        };
        let same_change = |a: &D::Change, b: &D::Change| {
            (model.change_kind(a), model.change_words(a)) == (model.change_kind(b), model.change_words(b))
        };
        let same_sent = |a: &Sent<D::Message>, b: &Sent<D::Message>| {
            (a.to, a.fate, word(&a.message)) == (b.to, b.fate, word(&b.message))
        };
        place(mine) == place(theirs)
            && word(&mine.event.message) == word(&theirs.event.message)
            && equal(self.changes_of(i), other.changes_of(i), same_change)
            && equal(self.sent_of(i), other.sent_of(i), same_sent)
    }
}

fn equal<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn word<T: Hash>(value: &T) -> u64 {
    let mut digest = Digest::default();
    value.hash(&mut digest);
    digest.finish()
}

impl<D: Domain> Tape<D> {
    /// Runs a prepared run and keeps what it did; the whole state after every `every` events. Where that is one, also the
    /// state of each node.
    pub fn record(&mut self, model: &D, world: &mut World<D>, choices: &mut Choices, limits: &Limits, every: u32) {
        let Self { log, states, parts, scratch, outcome } = self;
        log.entries.clear();
        log.changes.clear();
        log.sent.clear();
        states.clear();
        parts.clear();
        let mut sample = |world: &World<D>| {
            let at = (every == 1).then_some(parts.len());
            if every == 1 {
                parts.extend(world.nodes.iter().map(word));
                parts.push(word(&world.ledger));
            }
            states.push(State { event: world.events(), whole: world.digest(scratch), parts: at });
        };
        world.reset(model);
        sample(world);
        let mut sampled = 0;
        *outcome = Some(drive(model, world, choices, limits, log, |world| {
            if world.events() >= sampled + every {
                sampled = world.events();
                sample(world);
            }
        }));
        sample(world);
    }

    /// What came of the run.
    pub fn outcome(&self) -> &Outcome {
        self.outcome.as_ref().expect("a run is on the tape")
    }

    /// How many whole states are on the tape.
    pub fn states(&self) -> u64 {
        self.states.len() as u64
    }

    /// Where another run of the same inputs parts from this one.
    pub fn differs(&self, model: &D, other: &Self) -> Option<DivergenceOf<D>> {
        let (mine, theirs) = (&self.log, &other.log);
        let common = mine.entries.len().min(theirs.entries.len());
        let event = (0..common).find(|&i| !mine.same(model, theirs, i));
        let event = event.or((mine.entries.len() != theirs.entries.len()).then_some(common));
        let state = self.states.iter().zip(&other.states).position(|(a, b)| a.whole != b.whole);
        // States that differ after an event that differs are its consequence.
        let state = state.filter(|&at| event.is_none_or(|i| (self.states[at].event as usize) <= i));
        let (event, difference) = match (state, event) {
            (Some(at), _) => (self.states[at].event, self.state_difference(other, at)),
            (None, Some(i)) => (i as u32 + 1, Difference::Event),
            (None, None) if end(self.outcome()) != end(other.outcome()) => (self.outcome().events, Difference::Outcome),
            (None, None) => return None,
        };
        let version = |log: &Log<D>| (event as usize).checked_sub(1).and_then(|i| log.version(model, i));
        Some(Divergence { event, difference, first: version(mine), second: version(theirs) })
    }

    fn state_difference(&self, other: &Self, at: usize) -> Difference {
        let mut differing: Vec<usize> = Vec::new();
        let mut ledger = false;
        let (mine, theirs) = (&self.states[at], &other.states[at]);
        if let (Some(mine), Some(theirs)) = (mine.parts, theirs.parts) {
            let end = |tape: &Self, at: usize| {
                tape.states.get(at + 1).and_then(|next| next.parts).unwrap_or(tape.parts.len())
            };
            let (mine, theirs) = (&self.parts[mine..end(self, at)], &other.parts[theirs..end(other, at)]);
            differing = (0..mine.len().max(theirs.len())).filter(|&i| mine.get(i) != theirs.get(i)).collect();
            if differing.last() == Some(&(mine.len() - 1)) && mine.len() == theirs.len() {
                ledger = true;
                differing.pop();
            }
        }
        let equal_after = at.checked_sub(1).map(|before| self.states[before].event);
        Difference::State { equal_after, nodes: differing, ledger }
    }
}

/// All that an outcome says, to compare. The fingerprint stands for the violation too: both follow from the changes.
fn end(outcome: &Outcome) -> u64 {
    let Outcome { end, at_rest, violation, fingerprint, events, time, healed, injected, effective } = outcome;
    let mut digest = Digest::default();
    (*end as u8, at_rest, fingerprint, events, time, healed).hash(&mut digest);
    injected.hash(&mut digest);
    effective.hash(&mut digest);
    if let Some(violation) = violation {
        (violation.invariant, violation.event, violation.subject, violation.detail).hash(&mut digest);
    }
    mix(digest.finish(), u64::from(violation.is_some()))
}

/// The same, for runs that were not taped.
pub fn word_of(outcome: &Outcome) -> u64 {
    end(outcome)
}
