//! The corpus of a guided campaign: which runs are kept, what may come next in each, and which of them a run takes.

use std::ops::Range;

use sim_core::campaign::run_key;
use sim_core::hash::{mix, spread};
use sim_core::{Choice, Domain, Limits, Point, VALUES_MAX, run};

use super::coverage::{Coverage, Known, New};
use crate::campaign::Simulation;
use crate::replay::Recording;

/// Of so many runs one is a swarm run.
const SWARM_EVERY: u64 = 6;
/// Salts what guided runs draw.
pub(super) const SALT: u64 = 0x6D1D_ED00;
/// The most entries of a corpus.
const CORPUS_MAX: usize = 4_096;
/// The most decisions that an entry keeps.
const OPENED_MAX: usize = 256;
/// Of so many entries a run takes the one that was taken least.
const CANDIDATES: u64 = 5;

/// A run that reached something new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) recording: Recording,
    /// The faults that could come next, where those that it has opened something.
    pub(super) opened: Vec<Choice>,
    /// How many runs took it.
    pub(super) taken: u32,
}

/// What one run found.
pub(super) struct Found {
    pub(super) index: u64,
    /// What of it was not known; nothing, where the run is told of because it had no faults.
    pub(super) new: New,
    pub(super) points: Vec<Point>,
    pub(super) recording: Recording,
}

/// What the runs before a generation reached.
pub(super) struct Corpus {
    pub(super) entries: Vec<Entry>,
    /// What was reached.
    pub(super) reached: Known,
    /// The decisions of runs without faults.
    plain: Known,
    /// How many rows were reached, and how many decisions came up.
    pub(super) rows: u64,
    pub(super) decisions: u64,
}

impl Corpus {
    /// A corpus that begins with kept runs; their latencies are nominal, for none are kept.
    pub(super) fn new(simulation: &Simulation, kept: Vec<Recording>) -> Self {
        let mut corpus =
            Self { entries: Vec::new(), reached: Known::default(), plain: simulation.plain(), rows: 0, decisions: 0 };
        let mut worker = simulation.replayer();
        worker.choices.record_points();
        let mut coverage = Coverage::new(simulation.scenario.model.steps.len());
        for recording in kept {
            coverage.begin();
            simulation.replay(&mut worker, &recording, &mut coverage);
            let new = corpus.reached.new_in(&coverage, worker.choices.points());
            corpus.reached.add(&new);
            corpus.keep(simulation, recording, worker.choices.points(), &new);
        }
        corpus
    }

    /// Adds what a generation found, in the order of its runs.
    pub(super) fn add(&mut self, simulation: &Simulation, mut found: Vec<Found>) {
        found.sort_unstable_by_key(|found| found.index);
        for found in found.iter().filter(|found| found.recording.faults().next().is_none()) {
            self.plain.add(&New::of(&found.points));
        }
        for Found { new, points, recording, .. } in found {
            let (rows, decisions) = self.reached.add(&new);
            self.rows += rows;
            self.decisions += decisions;
            if rows + decisions > 0 {
                self.keep(simulation, recording, &points, &new);
            }
        }
    }

    /// Keeps a run that came to these points. Worth a fault are those that are new or that no run without faults comes to.
    fn keep(&mut self, simulation: &Simulation, recording: Recording, points: &[Point], new: &New) {
        if self.entries.len() >= CORPUS_MAX {
            return;
        }
        let opens = |point: &&Point| {
            (new.has(point) || !self.plain.has(point))
                && recording.faults().all(|fault| (fault.site, fault.subject) != (point.site, point.subject))
        };
        let alternatives = points.iter().filter(opens).flat_map(|point| simulation.alternatives(point));
        let mut opened: Vec<Choice> = alternatives.collect();
        if opened.len() > OPENED_MAX {
            let all = opened.len();
            opened = (0..OPENED_MAX).map(|i| opened[i * all / OPENED_MAX]).collect();
        }
        self.entries.push(Entry { recording, opened, taken: 0 });
    }

    /// The entry that a run takes; none: it is a swarm run.
    pub(super) fn taken_by(&self, seed: u64, index: u64) -> Option<&Entry> {
        self.place_taken_by(seed, index).map(|place| &self.entries[place])
    }

    /// Of a few entries the one that was taken least, then with the fewest faults, then the latest.
    fn place_taken_by(&self, seed: u64, index: u64) -> Option<usize> {
        let key = mix(run_key(seed, index), SALT ^ 1);
        if self.entries.is_empty() || spread(key, 0).is_multiple_of(SWARM_EVERY) {
            return None;
        }
        let rank = |place: &usize| {
            let entry = &self.entries[*place];
            (entry.taken, entry.recording.choices.len(), usize::MAX - place)
        };
        let any = |n: u64| (spread(key, n) % self.entries.len() as u64) as usize;
        (1..=CANDIDATES).map(any).min_by_key(rank)
    }

    /// Counts which entries the runs of a generation took.
    pub(super) fn count_taken(&mut self, seed: u64, runs: Range<u64>) {
        let taken: Vec<usize> = runs.filter_map(|index| self.place_taken_by(seed, index)).collect();
        taken.into_iter().for_each(|place| self.entries[place].taken += 1);
    }
}

impl Simulation {
    /// The decisions of runs without faults, as far as the one that everything is measured by shows them.
    fn plain(&self) -> Known {
        let mut known = Known::default();
        let mut worker = self.replayer();
        worker.choices.record_points();
        self.undisturbed(1, &mut worker.world.ledger.workload);
        let limits = Limits { chaos_events: u32::MAX, ..self.limits(0, false) };
        run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
        known.add(&New::of(worker.choices.points()));
        known
    }

    /// The faults of the profile that can be injected at a point.
    fn alternatives(&self, point: &Point) -> impl Iterator<Item = Choice> {
        let Point { site, subject, allowed, event } = *point;
        let on = move |value: &u8| {
            let kind = self.scenario.sites().kind(site, *value);
            allowed & 1 << value != 0 && kind.is_some_and(|kind| self.profile.weights[usize::from(kind.0)].weight > 0)
        };
        let choice = move |value: u8| Choice { site, subject, value: value.into(), span: false, event };
        (0..VALUES_MAX as u8).filter(on).map(choice)
    }
}
