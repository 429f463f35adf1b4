//! The proof over many runs: each run twice, on many threads; again on one, in another order; and some of them alone.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::tape::{Tape, word_of};
use super::{DIGEST_EVERY, DivergenceOf, Twice};
use crate::campaign::{self, campaign, share};
use crate::choices::Choices;
use crate::domain::Domain;
use crate::run::{Limits, run};
use crate::world::World;

/// One run of every so many is also run alone, in a world that nothing ran in before.
const ALONE_EVERY: u64 = 61;
/// Runs whose outcomes are kept at once.
const BATCH: u64 = 4_096;

/// What is proved to be deterministic.
pub struct Subject<'a, D: Domain> {
    /// The system.
    pub model: &'a D,
    /// Fresh choices.
    pub choices: &'a (dyn Fn() -> Choices + Sync),
    /// Brings world and choices to where the run of this index begins: run key, settings, workload.
    pub prepare: &'a (dyn Fn(&mut World<D>, &mut Choices, u64) -> Limits + Sync),
}

/// Which runs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The index of the first run.
    pub first: u64,
    /// How many.
    pub runs: u64,
    /// On how many threads they run the first time.
    pub jobs: usize,
}

/// In which circumstances a run was compared with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circumstance {
    /// Once more right after itself, in the same buffers.
    Twice,
    /// On one thread, and after the runs of higher index instead of those before it.
    OtherOrder,
    /// Alone, in a world that nothing ran in before.
    Alone,
}

/// A run that is not always the same.
#[derive(Clone, Debug)]
pub struct Mismatch<D: Domain> {
    /// Its index.
    pub index: u64,
    /// Where it differs from itself.
    pub circumstance: Circumstance,
    /// Where the two runs part; `None`: they did not when they were run again to find out.
    pub divergence: Option<Box<DivergenceOf<D>>>,
}

/// What was compared, and what was found.
pub struct Proof<D: Domain> {
    /// Runs that were run twice and compared event by event.
    pub runs: u64,
    /// Their events.
    pub events: u64,
    /// Whole states that were compared.
    pub states: u64,
    /// Runs that were compared with themselves on one thread in the opposite order.
    pub reordered: u64,
    /// Runs that were compared with themselves alone.
    pub alone: u64,
    /// The wrapping sum of the shares of all runs, as of any campaign.
    pub fingerprint: u64,
    /// The mismatch of lowest index; with it the proof ends.
    pub mismatch: Option<Mismatch<D>>,
}

impl<D: Domain> Proof<D> {
    /// Whether every run was always the same.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.mismatch.is_none()
    }
}

/// Runs every run of the plan twice and compares it with itself in all [`Circumstance`]s. Ends at the first batch with a
/// mismatch, or early if `stop` is set; `progress` hears of finished runs.
pub fn prove<D: Domain>(
    subject: &Subject<'_, D>,
    plan: &Plan,
    stop: &AtomicBool,
    progress: &(dyn Fn(u64) + Sync),
) -> Proof<D> {
    let mut total = Proof { runs: 0, events: 0, states: 0, reordered: 0, alone: 0, fingerprint: 0, mismatch: None };
    let mut done = 0;
    while done < plan.runs && total.mismatch.is_none() && !stop.load(Ordering::Relaxed) {
        let batch = BATCH.min(plan.runs - done);
        let part = Plan { first: plan.first + done, runs: batch, ..*plan };
        let mut tally = subject.twice(&part, stop);
        tally.words.sort_unstable();
        total.runs += tally.words.len() as u64;
        total.events += tally.events;
        total.states += tally.states;
        total.fingerprint = total.fingerprint.wrapping_add(tally.fingerprint);
        total.mismatch = tally.mismatch.take();
        if total.mismatch.is_none() {
            total.mismatch = subject.elsewhere(&tally.words, &mut total.reordered, &mut total.alone);
        }
        done += batch;
        progress(batch);
    }
    total
}

/// What a worker found.
struct Tally<D: Domain> {
    /// Index of each run and what came of it, in one word.
    words: Vec<(u64, u64)>,
    events: u64,
    states: u64,
    fingerprint: u64,
    mismatch: Option<Mismatch<D>>,
}

impl<D: Domain> campaign::Tally for Tally<D> {
    fn merge(&mut self, other: Self) {
        self.words.extend(other.words);
        self.events += other.events;
        self.states += other.states;
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
        let mismatches = self.mismatch.take().into_iter().chain(other.mismatch);
        self.mismatch = mismatches.min_by_key(|mismatch| mismatch.index);
    }
}

impl<D: Domain> Subject<'_, D> {
    /// Every run twice, on all threads.
    fn twice(&self, plan: &Plan, stop: &AtomicBool) -> Tally<D> {
        let worker = || {
            let state = (World::<D>::default(), (self.choices)(), Twice::<D>::default());
            (state, Tally { words: Vec::new(), events: 0, states: 0, fingerprint: 0, mismatch: None })
        };
        let one = |(world, choices, twice): &mut (World<D>, Choices, Twice<D>), tally: &mut Tally<D>, index| {
            let prepare = |world: &mut World<D>, choices: &mut Choices| (self.prepare)(world, choices, index);
            match twice.run(self.model, world, choices, &prepare) {
                Ok(outcome) => {
                    tally.words.push((index, word_of(&outcome)));
                    tally.events += u64::from(outcome.events);
                    tally.states += twice.states();
                    tally.fingerprint = tally.fingerprint.wrapping_add(share(index, outcome.fingerprint));
                    true
                }
                Err(divergence) => {
                    let circumstance = Circumstance::Twice;
                    let found = Mismatch { index, circumstance, divergence: Some(divergence) };
                    let known = tally.mismatch.take().into_iter();
                    tally.mismatch = known.chain([found]).min_by_key(|mismatch| mismatch.index);
                    false
                }
            }
        };
        campaign(plan.jobs, plan.first, plan.runs, stop, worker, one)
    }

    /// The same runs backwards on this thread, and some of them alone.
    fn elsewhere(&self, words: &[(u64, u64)], reordered: &mut u64, alone: &mut u64) -> Option<Mismatch<D>> {
        let (mut world, mut choices) = (World::<D>::default(), (self.choices)());
        let [mut after, mut fresh] = [Tape::default(), Tape::default()];
        let mut found = None;
        for &(index, word) in words.iter().rev() {
            *reordered += 1;
            let mut circumstance = Circumstance::OtherOrder;
            let mut same = if index % ALONE_EVERY == 0 {
                *alone += 1;
                self.record(&mut after, (&mut world, &mut choices), index, DIGEST_EVERY);
                self.record(&mut fresh, (&mut World::default(), &mut (self.choices)()), index, DIGEST_EVERY);
                word_of(after.outcome()) == word
            } else {
                self.word(&mut world, &mut choices, index) == word
            };
            if same && index % ALONE_EVERY == 0 {
                circumstance = Circumstance::Alone;
                same = after.differs(self.model, &fresh).is_none();
            }
            if !same {
                found = Some((index, circumstance));
            }
        }
        let (index, circumstance) = found?;
        Some(Mismatch { index, circumstance, divergence: self.explain(index) })
    }

    fn record(&self, tape: &mut Tape<D>, (world, choices): (&mut World<D>, &mut Choices), index: u64, every: u32) {
        let limits = (self.prepare)(world, choices, index);
        tape.record(self.model, world, choices, &limits, every);
    }

    fn word(&self, world: &mut World<D>, choices: &mut Choices, index: u64) -> u64 {
        let limits = (self.prepare)(world, choices, index);
        word_of(&run(self.model, world, choices, &limits, &mut ()))
    }

    /// Holds a run that is alone against the same run after others.
    fn explain(&self, index: u64) -> Option<Box<DivergenceOf<D>>> {
        let mut tapes = [Tape::default(), Tape::default()];
        for (before, tape) in [0, 3].into_iter().zip(&mut tapes) {
            let (mut world, mut choices) = (World::<D>::default(), (self.choices)());
            for other in (1..=before).rev() {
                self.word(&mut world, &mut choices, index + other);
            }
            self.record(tape, (&mut world, &mut choices), index, 1);
        }
        tapes[0].differs(self.model, &tapes[1]).map(Box::new)
    }
}

impl fmt::Display for Circumstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twice => "is not the same when it is run again",
            Self::OtherOrder => "is not the same on one thread after other runs",
            Self::Alone => "is not the same alone as after other runs",
        })
    }
}

impl<D: Domain> fmt::Display for Mismatch<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {} {}", self.index, self.circumstance)?;
        match &self.divergence {
            Some(divergence) => write!(f, ": {divergence}"),
            None => Ok(()),
        }
    }
}

impl<D: Domain> fmt::Display for Proof<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mismatch {
            Some(mismatch) => write!(f, "{mismatch}"),
            None => write!(
                f,
                "{} runs twice ({} events, {} states), {} in another order, {} alone: always the same",
                self.runs, self.events, self.states, self.reordered, self.alone
            ),
        }
    }
}
