//! What a run reached: rows, and decisions that came up.
//!
//! A *row* is a saga step that comes into a state after an answer of some class. A *decision* is a point at which a fault
//! could have been injected, known by its key: the second attempt of a call, the question about an unknown outcome and the
//! answer to it, the recovery of a node are decisions that come up only where something went wrong before. Rows tell
//! states apart that lie behind the same decisions; decisions tell how far a run went that no row does, as the third
//! attempt from the second. The fault before it is no part of a row: with the class of the last fault anywhere, six runs
//! in ten that were kept reached nothing but a known row after another fault, and bugs took longer to find.

use sim_core::hash::mix;
use sim_core::{EventRecord, Observer, Point};

use crate::change::Change;
use crate::message::{Answer, Message};
use crate::scenario::Scenario;

/// Rows are a hash in so many bits, decisions likewise.
const ROW_BITS: u32 = 16;
const POINT_BITS: u32 = 20;

/// A set of hashes of so many bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Vec<u64>);

impl Seen {
    fn of_bits(bits: u32) -> Self {
        Self(vec![0; 1 << (bits - 6)])
    }

    fn has(&self, hash: u32) -> bool {
        self.0[(hash >> 6) as usize] & 1 << (hash & 63) != 0
    }

    /// Whether it is new.
    fn add(&mut self, hash: u32) -> bool {
        let new = !self.has(hash);
        self.0[(hash >> 6) as usize] |= 1 << (hash & 63);
        new
    }
}

/// What all runs before reached.
#[derive(Clone, Debug)]
pub(super) struct Known {
    rows: Seen,
    points: Seen,
}

impl Default for Known {
    fn default() -> Self {
        Self { rows: Seen::of_bits(ROW_BITS), points: Seen::of_bits(POINT_BITS) }
    }
}

/// What a run reached that was not known before it, as hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct New {
    pub(super) rows: Vec<u32>,
    pub(super) points: Vec<u32>,
}

impl New {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.points.is_empty()
    }

    /// The decisions among these points.
    pub(super) fn of(points: &[Point]) -> Self {
        let mut points: Vec<u32> = points.iter().map(hash_of).collect();
        points.sort_unstable();
        points.dedup();
        Self { rows: Vec::new(), points }
    }

    /// Whether this decision is among them.
    pub(super) fn has(&self, point: &Point) -> bool {
        self.points.binary_search(&hash_of(point)).is_ok()
    }
}

impl Known {
    /// What of this run is not known.
    pub(super) fn new_in(&self, coverage: &Coverage, points: &[Point]) -> New {
        let rows = coverage.rows.iter().copied().filter(|row| !self.rows.has(*row)).collect();
        let mut new = New::of(points);
        new.points.retain(|point| !self.points.has(*point));
        New { rows, ..new }
    }

    /// Whether this decision is known.
    pub(super) fn has(&self, point: &Point) -> bool {
        self.points.has(hash_of(point))
    }

    /// Adds what a run reached; how many rows and how many decisions were new.
    pub(super) fn add(&mut self, new: &New) -> (u64, u64) {
        let count = |seen: &mut Seen, hashes: &[u32]| hashes.iter().filter(|hash| seen.add(**hash)).count() as u64;
        (count(&mut self.rows, &new.rows), count(&mut self.points, &new.points))
    }
}

/// A decision, of whichever order or event it is, about whichever copy of a message, in whatever try: there is no end of
/// these. Attempt, revision and number, which a domain packs above them in bytes, tell how far a run went; from 4 on only
/// their size counts.
fn hash_of(point: &Point) -> u32 {
    let size = |byte: u64| if byte < 4 { byte } else { 2 + u64::from(byte.ilog2()) };
    let far = [16, 24, 32, 40].iter().fold(0, |far, shift| far << 8 | size(point.subject.counters >> shift & 0xFF));
    (mix(point.subject.names ^ u64::from(point.site.0), far) >> (64 - POINT_BITS)) as u32
}

/// The rows that a run reaches.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    reached: Seen,
    rows: Vec<u32>,
    /// By step, the class of the last answer.
    answers: Vec<u8>,
}

impl Coverage {
    pub(super) fn new(steps: usize) -> Self {
        Self { reached: Seen::of_bits(ROW_BITS), rows: Vec::new(), answers: vec![0; steps] }
    }

    pub(super) fn begin(&mut self) {
        for row in self.rows.drain(..) {
            self.reached.0[(row >> 6) as usize] = 0;
        }
        self.answers.fill(0);
    }

    fn reach(&mut self, step: usize, state: u8) {
        let answer = self.answers.get(step).copied().unwrap_or(0);
        let row = mix(mix(step as u64, state.into()), answer.into());
        let row = (row >> (64 - ROW_BITS)) as u32;
        if self.reached.add(row) {
            self.rows.push(row);
        }
    }
}

/// The class of an answer: what kind of failure, not which record or reason.
fn class_of(answer: Answer) -> u8 {
    match answer {
        Answer::Succeeded => 1,
        Answer::Accepted => 2,
        Answer::Rejected(_) => 3,
        Answer::Failed(failure) => 4 + failure as u8,
    }
}

impl Observer<Scenario> for Coverage {
    fn event(&mut self, event: &EventRecord<Message>) {
        if let Message::Reply { call, answer, .. } = event.message
            && let Some(slot) = self.answers.get_mut(call.step.ix())
        {
            *slot = class_of(answer);
        }
    }

    fn change(&mut self, _event: u32, change: &Change) {
        if let Change::Step { step, after, .. } = *change {
            self.reach(step.ix(), after as u8);
        }
    }
}
