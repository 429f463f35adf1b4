//! Guided search: runs that reach something new are kept, and later runs begin with their faults.
//!
//! What counts as reached are *rows*: a saga step comes into a state, after an answer of some class, after a fault of some
//! class. A run that reaches a row which no run before it reached goes into the corpus with its workload and its faults.
//! Most later runs take an entry of the corpus, leave out some of its faults, and draw further ones with a key of their
//! own; the others are swarm runs. So faults pile up where each of them changed what the saga does.
//!
//! The search works in generations: the runs of one see the corpus as it stood before it, and what they found is added in
//! the order of their indexes. The number of workers therefore shows nowhere, as in any campaign.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use sim_core::campaign::{self, campaign, run_key};
use sim_core::hash::{mix, spread};
use sim_core::{Choice, EventRecord, Limits, Observer, PartId, Subject, Time, run};

use super::{Options, Simulation, Tally, Worker};
use crate::change::Change;
use crate::message::{Answer, Message};
use crate::replay::{Recording, Signature};
use crate::scenario::Scenario;

/// The runs of a generation.
const GENERATION: u64 = 128;
/// Of so many runs one is a swarm run.
const SWARM_EVERY: u64 = 4;
/// The most entries of a corpus.
const CORPUS_MAX: usize = 4_096;
/// The rows: a hash in so many bits.
const ROW_BITS: u32 = 16;

/// A run that reached something new.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    index: u64,
    rows: Vec<u16>,
    recording: Recording,
}

/// The rows that a run reaches.
#[derive(Clone, Debug)]
struct Coverage {
    reached: Vec<u64>,
    rows: Vec<u16>,
    /// By step, the class of the last answer.
    answers: Vec<u8>,
    fault: u8,
}

impl Coverage {
    fn new(steps: usize) -> Self {
        Self { reached: vec![0; 1 << (ROW_BITS - 6)], rows: Vec::new(), answers: vec![0; steps], fault: 0 }
    }

    fn begin(&mut self) {
        for row in self.rows.drain(..) {
            self.reached[usize::from(row >> 6)] = 0;
        }
        self.answers.fill(0);
        self.fault = 0;
    }

    fn reach(&mut self, step: usize, state: u8) {
        let answer = self.answers.get(step).copied().unwrap_or(0);
        let row = mix(mix(step as u64, state.into()), mix(answer.into(), self.fault.into())) as u16;
        let word = &mut self.reached[usize::from(row >> 6)];
        if *word & 1 << (row & 63) == 0 {
            *word |= 1 << (row & 63);
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
        if event.restart {
            self.fault = 1;
        }
    }

    fn fate(&mut self, _event: u32, fate: u8) {
        self.fault = 2 + fate;
    }

    fn sent(&mut self, _event: u32, _what: (&Message, Subject), _to: PartId, fate: u8) {
        if fate != 0 {
            self.fault = 16 + fate;
        }
    }

    fn gave_way(&mut self, _time: Time, _message: &Message, _to: PartId) {
        self.fault = 32;
    }

    fn change(&mut self, _event: u32, change: &Change) {
        if let Change::Step { step, after, .. } = *change {
            self.reach(step.ix(), after as u8);
        }
    }
}

/// What the runs of a generation found.
struct Generation {
    tally: Tally,
    entries: Vec<Entry>,
}

impl campaign::Tally for Generation {
    fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.entries.extend(other.entries);
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
    /// By cause, the recording of its first run.
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
        let mut known = vec![0_u64; 1 << (ROW_BITS - 6)];
        let mut found = Guided { tally: Tally::new(&self.scenario), corpus, rows: 0, failures: BTreeMap::new() };
        let end = options.first + options.runs;
        let mut first = options.first;
        while first < end && !stop.load(Ordering::Relaxed) {
            let runs = GENERATION.min(end - first);
            let part = Options { first, runs, ..options.clone() };
            let mut generation = self.generation(&part, (&found.corpus, &known), stop);
            let failing = generation.tally.causes.values().map(|cause| cause.index).min();
            if let Some(last) = failing.filter(|_| options.fail_fast) {
                // Other workers may have gone further; the campaign ends at the lowest failing run.
                let part = Options { runs: last - first + 1, fail_fast: false, ..part };
                generation = self.generation(&part, (&found.corpus, &known), stop);
            }
            generation.entries.sort_unstable_by_key(|entry| entry.index);
            let before = found.corpus.clone();
            for entry in generation.entries {
                let new = entry.rows.iter().filter(|row| known[usize::from(**row >> 6)] & 1 << (**row & 63) == 0);
                let new = new.count() as u64;
                if new > 0 {
                    found.rows += new;
                    entry.rows.iter().for_each(|row| known[usize::from(row >> 6)] |= 1 << (row & 63));
                    if found.corpus.len() < CORPUS_MAX {
                        found.corpus.push(entry.recording);
                    }
                }
            }
            for (signature, cause) in &generation.tally.causes {
                found
                    .failures
                    .entry(*signature)
                    .or_insert_with(|| self.record_guided(options.seed, cause.index, &before));
            }
            let failed = !generation.tally.causes.is_empty();
            campaign::Tally::merge(&mut found.tally, generation.tally);
            first += runs;
            if !told(runs) || options.fail_fast && failed {
                break;
            }
        }
        found
    }

    fn generation(&self, options: &Options, (corpus, known): (&[Recording], &[u64]), stop: &AtomicBool) -> Generation {
        let new = || {
            let coverage = Coverage::new(self.scenario.model.steps.len());
            ((self.worker(), coverage), Generation { tally: Tally::new(&self.scenario), entries: Vec::new() })
        };
        let one = |(worker, coverage): &mut (Worker, Coverage), found: &mut Generation, index: u64| {
            let limits = self.prepare_guided(worker, (options.seed, index), corpus);
            coverage.begin();
            let outcome = run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, coverage);
            let is_new = |row: &u16| known[usize::from(row >> 6)] & 1 << (row & 63) == 0;
            if coverage.rows.iter().any(is_new) {
                let rows = coverage.rows.iter().copied().filter(is_new).collect();
                found.entries.push(Entry { index, rows, recording: recording(worker, &limits) });
            }
            found.tally.add(&worker.world, &outcome, index);
            !(options.fail_fast && outcome.violation.is_some())
        };
        campaign(options.jobs, options.first, options.runs, stop, new, one)
    }

    /// Prepares a run: a swarm run, or one that begins with the faults of an entry of the corpus.
    fn prepare_guided(&self, worker: &mut Worker, (seed, index): (u64, u64), corpus: &[Recording]) -> Limits {
        let limits = self.prepare(worker, seed, index);
        let key = run_key(seed, index);
        let draw = |n: u64| spread(mix(key, 0x6D1D_ED00), n);
        if corpus.is_empty() || draw(0).is_multiple_of(SWARM_EVERY) {
            return limits;
        }
        // What was found last is tried most: the lesser of two draws, counted from the end.
        let len = corpus.len() as u64;
        let back = (draw(1) % len).min(draw(2) % len);
        let parent = &corpus[(len - 1 - back) as usize];
        worker.world.ledger.workload.clone_from(&parent.workload);
        let faults: Vec<Choice> = parent
            .faults()
            .enumerate()
            .filter(|(i, _)| !draw(16 + *i as u64).is_multiple_of(8))
            .map(|(_, fault)| *fault)
            .collect();
        let further = 1 + (draw(3) % 3) as u16;
        let settings = worker.choices.settings_mut();
        settings.cap = settings.cap.min(faults.len() as u16 + further);
        worker.choices.set_overrides(&faults);
        limits
    }

    /// Records a run of a guided campaign, given the corpus that it saw.
    fn record_guided(&self, seed: u64, index: u64, corpus: &[Recording]) -> Recording {
        let mut worker = self.worker();
        worker.choices.keep_spans();
        let limits = self.prepare_guided(&mut worker, (seed, index), corpus);
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
    use crate::definition::{Definition, Set};
    use crate::model::Model;
    use crate::workload::WorkloadShape;
    use fault_models::{Driver, Profile};

    fn simulation(sets: &[&str]) -> Simulation {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
        let definition = Definition::bundled("order-fulfilment", &sets).expect("a bundled scenario");
        let model = Model::new(&definition).expect("a model");
        let shape = WorkloadShape::new(&model, None);
        Simulation::new(Scenario::new(model), shape, Profile::bundled("standard").expect("a profile"), Driver::Swarm)
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

    #[test]
    fn what_fails_fails_again_when_it_is_replayed() {
        let simulation = simulation(&["participants.billing.operations.charge.dedup.by=none"]);
        let found = guided(&simulation, 2, 400, Vec::new());
        assert!(!found.failures.is_empty());
        let mut worker = simulation.replayer();
        for (signature, recording) in &found.failures {
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
