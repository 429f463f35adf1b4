//! Guided search: runs that reach something new are kept, and later runs begin with their faults.
//!
//! What counts as reached are rows and decisions ([`coverage`]). A run that reached one that no run before it reached goes
//! into the corpus with its workload, its faults, and the decisions that these *opened*: those that do not come up in the
//! same run without faults. Most later runs take an entry of the corpus and one more fault at a decision that it opened;
//! the others draw further faults with a key of their own, or are swarm runs. Bugs that need several faults mostly need
//! them on one thread, each where the one before made something happen: the second attempt fails, too, or the answer to
//! the question about an unknown outcome is lost.
//!
//! The search works in generations: the runs of one see the corpus as it stood before it, and what they found is added in
//! the order of their indexes. The number of workers therefore shows nowhere, as in any campaign.

mod corpus;
mod coverage;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use sim_core::campaign::{self, campaign, run_key};
use sim_core::hash::{mix, spread};
use sim_core::{Choice, Limits, run};

use super::{Options, Simulation, Tally, Worker};
use crate::replay::{Recording, Signature};
use corpus::{Corpus, Found, SALT};
use coverage::Coverage;

/// The runs of a generation.
const GENERATION: u64 = 64;
/// Of so many runs that take an entry one draws its further faults anywhere.
const ANYWHERE_EVERY: u64 = 8;
/// Of so many faults of the entry such a run leaves one out.
const LEFT_OUT_EVERY: u64 = 8;
/// The chaos window of a run with one more fault (in 1,024ths of the fault-free run): what a fault opened comes late.
const CHAOS: u32 = 2_048;

/// What the runs of a generation found.
struct Generation {
    tally: Tally,
    found: Vec<Found>,
}

impl campaign::Tally for Generation {
    fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.found.extend(other.found);
    }
}

/// What a guided campaign found.
pub struct Guided {
    /// Added up as in any campaign.
    pub tally: Tally,
    /// The runs that reached something new, in the order in which they were found.
    pub corpus: Vec<Recording>,
    /// How many rows were reached.
    pub rows: u64,
    /// How many decisions came up.
    pub decisions: u64,
    /// By cause, the recording of its simplest run.
    pub failures: BTreeMap<Signature, Recording>,
}

impl Simulation {
    /// Runs a guided campaign that begins with `corpus`. After each generation `told` hears how many runs it had and says
    /// whether to go on.
    pub fn guided(
        &self,
        options: &Options,
        corpus: Vec<Recording>,
        stop: &AtomicBool,
        told: &dyn Fn(u64) -> bool,
    ) -> Guided {
        let mut known = Corpus::new(self, corpus);
        let (mut tally, mut failures) = (Tally::new(&self.scenario), BTreeMap::new());
        let end = options.first + options.runs;
        let mut first = options.first;
        while first < end && !stop.load(Ordering::Relaxed) {
            let runs = GENERATION.min(end - first);
            let part = Options { first, runs, ..options.clone() };
            let mut generation = self.generation(&part, &known, stop);
            let failing = generation.tally.causes.values().map(|cause| cause.index).min();
            if let Some(last) = failing.filter(|_| options.fail_fast) {
                // Other workers may have gone further; the campaign ends at the lowest failing run.
                let part = Options { runs: last - first + 1, fail_fast: false, ..part };
                generation = self.generation(&part, &known, stop);
            }
            for (signature, cause) in &generation.tally.causes {
                let before = tally.causes.get(signature).map(|cause| cause.simplest);
                if before.is_none_or(|before| cause.simplest < before) {
                    failures.insert(*signature, self.record_guided(options.seed, cause.simplest.index, &known));
                }
            }
            known.count_taken(options.seed, first..first + runs);
            known.add(self, generation.found);
            let failed = !generation.tally.causes.is_empty();
            campaign::Tally::merge(&mut tally, generation.tally);
            first += runs;
            if !told(runs) || options.fail_fast && failed {
                break;
            }
        }
        let Corpus { entries, rows, decisions, .. } = known;
        let corpus = entries.into_iter().map(|entry| entry.recording).collect();
        Guided { tally, corpus, rows, decisions, failures }
    }

    fn generation(&self, options: &Options, known: &Corpus, stop: &AtomicBool) -> Generation {
        let new = || {
            let mut worker = self.worker();
            worker.choices.record_points();
            let coverage = Coverage::new(self.scenario.model.steps.len());
            ((worker, coverage), Generation { tally: Tally::new(&self.scenario), found: Vec::new() })
        };
        let one = |(worker, coverage): &mut (Worker, Coverage), generation: &mut Generation, index: u64| {
            let limits = self.prepare_guided(worker, (options.seed, index), known);
            coverage.begin();
            let watching = &mut (&mut *coverage, &mut generation.tally.recorder);
            let outcome = run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, watching);
            generation.tally.recorder.end_run(outcome.time, outcome.at_rest);
            generation.tally.add(&worker.world, &outcome, index);
            let new = known.reached.new_in(coverage, worker.choices.points());
            let plain = outcome.injected.iter().all(|injected| *injected == 0);
            if plain || !new.is_empty() {
                let points = worker.choices.points().to_vec();
                generation.found.push(Found { index, new, points, recording: recording(worker, &limits) });
            }
            !(options.fail_fast && outcome.violation.is_some())
        };
        campaign(options.jobs, options.first, options.runs, stop, new, one)
    }

    /// Prepares a run: a swarm run, or one that begins with the faults of an entry of the corpus.
    fn prepare_guided(&self, worker: &mut Worker, (seed, index): (u64, u64), known: &Corpus) -> Limits {
        let limits = self.prepare(worker, seed, index);
        let key = run_key(seed, index);
        let draw = |n: u64| spread(mix(key, SALT), n);
        let Some(parent) = known.taken_by(seed, index) else { return limits };
        worker.world.ledger.workload.clone_from(&parent.recording.workload);
        let next = parent.opened.get((draw(3) % parent.opened.len().max(1) as u64) as usize);
        let mut faults: Vec<Choice> = parent.recording.faults().copied().collect();
        if let Some(next) = next.filter(|_| !draw(4).is_multiple_of(ANYWHERE_EVERY)) {
            faults.push(*next);
            let settings = worker.choices.settings_mut();
            settings.cap = settings.cap.min(faults.len() as u16);
            worker.choices.set_overrides(&faults);
            return self.limits(CHAOS, limits.dead_stay);
        }
        let mut place = 16;
        faults.retain(|_| {
            place += 1;
            !draw(place).is_multiple_of(LEFT_OUT_EVERY)
        });
        let further = 1 + (draw(5) % 3) as u16;
        let settings = worker.choices.settings_mut();
        settings.cap = settings.cap.min(faults.len() as u16 + further);
        worker.choices.set_overrides(&faults);
        limits
    }

    /// Records a run of a guided campaign, given the corpus that it saw.
    fn record_guided(&self, seed: u64, index: u64, known: &Corpus) -> Recording {
        let mut worker = self.worker();
        worker.choices.keep_spans();
        let limits = self.prepare_guided(&mut worker, (seed, index), known);
        run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
        recording(&worker, &limits)
    }
}

fn recording(worker: &Worker, limits: &Limits) -> Recording {
    Recording {
        workload: worker.world.ledger.workload.clone(),
        choices: worker.choices.made().to_vec(),
        heal_after: Some(limits.chaos_events),
        dead_stay: limits.dead_stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::testing;
    use fault_models::Driver;

    fn simulation(sets: &[&str]) -> Simulation {
        testing::simulation("order-fulfilment", sets)
    }

    fn guided(simulation: &Simulation, jobs: usize, runs: u64, corpus: Vec<Recording>) -> Guided {
        let options = Options { seed: 5, first: 0, runs, jobs, driver: Driver::Swarm, fail_fast: false };
        simulation.guided(&options, corpus, &AtomicBool::new(false), &|_| true)
    }

    #[test]
    fn the_number_of_workers_shows_nowhere() {
        let simulation = simulation(&[]);
        let (one, three) = (guided(&simulation, 1, 600, Vec::new()), guided(&simulation, 3, 600, Vec::new()));
        assert_eq!(one.tally.fingerprint, three.tally.fingerprint);
        assert_eq!((one.corpus, one.rows), (three.corpus, three.rows));
    }

    #[test]
    fn a_correct_definition_is_clean_and_rows_are_reached() {
        let found = guided(&simulation(&[]), 2, 1_500, Vec::new());
        assert!(found.tally.causes.is_empty());
        assert!(found.rows > 100, "{}", found.rows);
        assert!(found.corpus.len() > 20, "{}", found.corpus.len());
    }

    /// Before anything is known, the runs are those of a campaign, and so is what was measured of them.
    #[test]
    fn guided_runs_are_measured_as_others_are() {
        let simulation = simulation(&[]);
        let options = Options { seed: 5, first: 0, runs: 20, jobs: 1, driver: Driver::Swarm, fail_fast: false };
        let plain = simulation.campaign(&options, &AtomicBool::new(false), &std::sync::atomic::AtomicU64::new(0));
        let found = guided(&simulation, 2, 20, Vec::new());
        assert_eq!(found.tally.fingerprint, plain.fingerprint);
        assert_eq!(found.tally.recorder.metrics, plain.recorder.metrics);
        assert_eq!(found.tally.fates, plain.fates);
    }

    /// Most runs that take an entry have its faults and one more, at a decision to which no run without faults comes or
    /// that the entry was the first to come to.
    #[test]
    fn the_next_fault_comes_where_those_before_it_opened_something() {
        let simulation = simulation(&[]);
        let mut corpus = Corpus::new(&simulation, guided(&simulation, 2, 400, Vec::new()).corpus);
        let with_faults = corpus.entries.iter().filter(|entry| entry.recording.faults().next().is_some());
        assert!(with_faults.filter(|entry| !entry.opened.is_empty()).count() > 50);
        let mut worker = simulation.worker();
        let (mut taken, mut placed, mut reached) = (0_u32, 0_u32, 0_u32);
        for index in 400..700 {
            let limits = simulation.prepare_guided(&mut worker, (5, index), &corpus);
            let Some(entry) = corpus.taken_by(5, index) else { continue };
            taken += 1;
            let given: Vec<Choice> = worker.choices.unused().copied().collect();
            let Some(next) = entry.opened.iter().find(|fault| given.contains(fault)) else { continue };
            placed += 1;
            assert_eq!(given.len(), entry.recording.faults().count() + 1);
            run(&simulation.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
            let same = |made: &Choice| (made.site, made.subject, made.value) == (next.site, next.subject, next.value);
            reached += u32::from(worker.choices.made().iter().any(same));
            assert!(worker.choices.made().len() <= 2 * given.len(), "at most as many drawn beside them");
        }
        assert!(taken > 200 && placed * 4 > taken * 3, "{placed} of {taken}");
        assert!(reached * 2 > placed, "{reached} of {placed}");
        corpus.count_taken(5, 400..700);
        assert_eq!(corpus.entries.iter().map(|entry| entry.taken).sum::<u32>(), taken);
    }

    #[test]
    fn what_fails_fails_again_when_it_is_replayed() {
        let simulation = simulation(&["platform.consumer.order=timestamp", "platform.clocks.maxSkew=10m"]);
        let found = guided(&simulation, 2, 400, Vec::new());
        assert!(found.tally.causes.values().any(|cause| cause.simplest.index / GENERATION > cause.index / GENERATION));
        assert!(found.failures.keys().eq(found.tally.causes.keys()));
        let mut worker = simulation.replayer();
        for (signature, recording) in &found.failures {
            assert_eq!(recording.faults().count() as u32, found.tally.causes[signature].simplest.faults);
            let outcome = simulation.replay(&mut worker, recording, &mut ());
            assert_eq!(outcome.violation.map(|violation| Signature::of(&violation)), Some(*signature));
        }
    }

    #[test]
    fn a_kept_corpus_is_where_the_next_campaign_begins() {
        let simulation = simulation(&[]);
        let first = guided(&simulation, 1, 300, Vec::new());
        let fresh = guided(&simulation, 1, 300, Vec::new());
        let resumed = guided(&simulation, 1, 300, first.corpus.clone());
        assert_eq!(first.tally.fingerprint, fresh.tally.fingerprint);
        assert_ne!(resumed.tally.fingerprint, fresh.tally.fingerprint);
    }
}
