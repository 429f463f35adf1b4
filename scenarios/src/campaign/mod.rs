//! A campaign: many seeded runs of one scenario over all cores, added up as if they had run one after another.

mod again;
mod exhaustive;
mod fate;
mod guided;
mod money;
mod own;
mod stored;
mod tally;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fault_models::{Driver, Profile, Share, Swarm, fault, follows};
use sim_core::campaign::{campaign, run_key};
use sim_core::determinism::Twice;
use sim_core::{Choices, Domain, Duration, KINDS_MAX, Limits, Observer, Outcome, Settings, World, run};

use crate::metrics::Recorder;
use crate::scenario::Scenario;
use crate::workload::{Workload, WorkloadShape};

pub use exhaustive::{Depth, Exhaustive, PlannedFault};
pub use fate::{FATES, Fate};
pub use guided::Guided;
pub use money::{ByCurrency, MoneyCount, Wrong};
pub use own::OwnCount;
pub(crate) use stored::sparse;
pub use stored::{StoredSearch, StoredTally};
pub use tally::{Cause, Failing, Histogram, Tally};

/// What one campaign does.
#[derive(Clone, Debug)]
pub struct Options {
    /// The campaign's seed.
    pub seed: u64,
    /// The index of its first run.
    pub first: u64,
    /// How many runs.
    pub runs: u64,
    /// Over how many workers.
    pub jobs: usize,
    /// How faults are drawn.
    pub driver: Driver,
    /// Whether the campaign ends at its first failing run.
    pub fail_fast: bool,
}

/// What the fault-free run of a scenario takes; budgets and rates follow from it.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Events.
    pub events: u32,
    /// Per fault kind, the points at which it could be injected.
    pub opportunities: [u32; KINDS_MAX],
    /// The virtual time it takes.
    pub time: Duration,
}

/// What becomes of orders of all items without a fault, a command or a flaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodDay {
    /// How many came to which end.
    pub fates: [u64; FATES],
    /// How many of them could not go on without a person.
    pub held_up: u64,
}

/// How many runs a good day is.
const GOOD_DAY_RUNS: u64 = 100;

/// A scenario with its workload shape and fault profile: everything that a run needs but its seed and index.
pub struct Simulation {
    /// Nodes, faults, invariants.
    pub scenario: Scenario,
    /// What runs are asked to do.
    pub shape: WorkloadShape,
    /// The faults and their weights.
    pub profile: Profile,
    /// What the fault-free run takes.
    pub baseline: Baseline,
    good_day: OnceLock<GoodDay>,
    swarm: Swarm,
}

/// The buffers of one worker.
pub struct Worker {
    /// The world, reused by every run.
    pub world: World<Scenario>,
    /// The choices, reused likewise.
    pub choices: Choices,
}

/// How many events over the fault-free run are too many.
const EVENTS_OVER: u32 = 60;
/// How many events are never too many.
const EVENTS_MIN: u32 = 20_000;
/// A fault-free run of so many events never ends.
const ENDLESS_EVENTS: u32 = 100_000;

impl Simulation {
    /// Puts a simulation together and measures its fault-free run.
    #[must_use]
    pub fn new(scenario: Scenario, shape: WorkloadShape, profile: Profile, driver: Driver) -> Self {
        let none = Baseline { events: 0, opportunities: [0; KINDS_MAX], time: Duration::ZERO };
        let swarm = Swarm::new(&profile, driver, &none.opportunities);
        let mut simulation = Self { scenario, shape, profile, baseline: none, good_day: OnceLock::new(), swarm };
        simulation.baseline = simulation.measure();
        simulation.swarm = Swarm::new(&simulation.profile, driver, &simulation.baseline.opportunities);
        simulation.shape.boundaries_from = simulation.swarm.owed_runs();
        simulation
    }

    /// Runs the workload of the fault-free run and counts.
    fn measure(&self) -> Baseline {
        let mut worker = self.worker();
        worker.choices.count_opportunities();
        self.undisturbed(1, &mut worker.world.ledger.workload);
        let limits = Limits { events: ENDLESS_EVENTS, ..Limits::default() };
        let outcome = run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
        // How long a run takes that never ends says nothing.
        let endless = outcome.events >= ENDLESS_EVENTS;
        Baseline {
            events: if endless { EVENTS_MIN / EVENTS_OVER } else { outcome.events.max(1) },
            opportunities: worker.choices.opportunities(),
            time: Duration(outcome.time.0),
        }
    }

    /// What becomes of orders when nothing goes wrong; found out when it is asked for first. It ends where a run does not
    /// come to rest, which is told as what broke.
    pub fn good_day(&self) -> &GoodDay {
        self.good_day.get_or_init(|| {
            let (mut worker, mut recorder) = (self.worker(), Recorder::new(&self.scenario.model));
            // Latencies are those of any day for as long as a run lasts; once it heals they would be nominal.
            let limits = self.limits(u32::MAX, false);
            let mut fates = [0; FATES];
            for key in 1..=GOOD_DAY_RUNS {
                worker.choices.restart(key);
                worker.choices.settings_mut().latencies = true;
                self.undisturbed(key, &mut worker.world.ledger.workload);
                let outcome = run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, &mut recorder);
                recorder.end_run(outcome.time, outcome.at_rest);
                let more = fate::count(&worker.world, outcome.at_rest);
                fates.iter_mut().zip(more).for_each(|(sum, orders)| *sum += orders);
                if !outcome.at_rest {
                    break;
                }
            }
            GoodDay { fates, held_up: recorder.held_up }
        })
    }

    /// A workload of all items, without commands or flaws.
    fn undisturbed(&self, key: u64, workload: &mut Workload) {
        let shape = WorkloadShape {
            boundaries: Vec::new(),
            at_pivots: Vec::new(),
            flawed_quotes: false,
            all_items: true,
            ..self.shape.clone()
        };
        shape.generate(&self.scenario.model, key, 0, workload);
    }

    /// Fresh buffers.
    #[must_use]
    pub fn worker(&self) -> Worker {
        let sites = self.scenario.sites();
        Worker { world: World::default(), choices: Choices::random(0, Settings::none(sites)) }
    }

    /// The bounds of a run, given how much of the fault-free run its chaos covers (in 1,024ths).
    #[must_use]
    pub fn limits(&self, chaos: u32, dead_stay: bool) -> Limits {
        let events = self.baseline.events;
        Limits {
            chaos_events: u32::try_from((u64::from(events) * u64::from(chaos)) >> 10).unwrap_or(u32::MAX),
            events: events.saturating_mul(EVENTS_OVER).max(EVENTS_MIN),
            time: Duration(self.scenario.model.horizon.0.saturating_mul(4)) + Duration::days(400),
            dead_stay,
            stop_at_violation: true,
            from_calm: false,
        }
    }

    /// Prepares run `index` of the campaign with this seed in the worker's buffers: workload, settings, limits.
    pub fn prepare(&self, worker: &mut Worker, seed: u64, index: u64) -> Limits {
        self.prepare_in(&mut worker.world, &mut worker.choices, seed, index)
    }

    /// The same in buffers of one's own.
    pub fn prepare_in(&self, world: &mut World<Scenario>, choices: &mut Choices, seed: u64, index: u64) -> Limits {
        let key = run_key(seed, index);
        choices.restart(key);
        self.shape.generate(&self.scenario.model, key, index, &mut world.ledger.workload);
        self.draw(choices, key, index)
    }

    /// Has choices drawn as those of run `index` with this key: thresholds, caps, latencies. Gives the bounds of the run.
    pub fn draw(&self, choices: &mut Choices, key: u64, index: u64) -> Limits {
        let plan = self.swarm.plan(key, index);
        let settings = choices.settings_mut();
        settings.set_rates(self.scenario.sites(), &plan.rates);
        settings.caps = plan.caps;
        // A run that is owed to a boundary has no faults, or it might never come to it.
        let owed_boundary = plan.share != Share::Uniform && self.shape.owed(index).is_some();
        settings.cap = if owed_boundary { 0 } else { plan.cap };
        settings.latencies = true;
        choices.set_trouble(plan.trouble);
        // The chaos window ends anywhere up to one and a half times the fault-free run; where a kind is owed, at the end
        // of that, or a good while later if the kind comes up late only.
        let chaos = match plan.share {
            Share::Owed(kind) if !follows(fault(kind).slug).is_empty() => 16 * 1_024,
            Share::Owed(_) => 2_048,
            _ if owed_boundary => 1_536,
            _ => 256 + (sim_core::hash::mix(key, 0xC4A0) % 1_281) as u32,
        };
        self.limits(chaos, plan.dead_for_good)
    }

    /// How many runs from the first on are owed to something: kinds of faults, then boundaries.
    #[must_use]
    pub fn owed_runs(&self) -> u64 {
        self.shape.boundaries_from + 2 * self.shape.boundaries.len() as u64
    }

    /// One run of a campaign.
    pub fn run_one<O: Observer<Scenario>>(
        &self,
        worker: &mut Worker,
        observer: &mut O,
        (seed, index): (u64, u64),
    ) -> Outcome {
        let limits = self.prepare(worker, seed, index);
        run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, observer)
    }

    /// Runs a campaign. `progress` is told of finished runs; `stop` ends it early with an honest count.
    pub fn campaign(&self, options: &Options, stop: &AtomicBool, progress: &AtomicU64) -> Tally {
        let new = || ((self.worker(), Twice::default()), Tally::new(&self.scenario));
        let one = |(worker, twice): &mut (Worker, Twice<Scenario>), tally: &mut Tally, index: u64| {
            let outcome = self.run_one(worker, &mut tally.recorder, (options.seed, index));
            tally.recorder.end_run(outcome.time, outcome.at_rest);
            tally.add(&worker.world, &outcome, index);
            let again = outcome.violation.is_some() || index.is_multiple_of(again::EVERY);
            if again && let Some(parting) = self.differs(worker, twice, (options.seed, index), &outcome) {
                tally.unrepeatable(index, parting);
            }
            progress.fetch_add(1, Ordering::Relaxed);
            !(options.fail_fast && outcome.violation.is_some())
        };
        let tally = campaign(options.jobs, options.first, options.runs, stop, new, one);
        let lowest = tally.causes.values().map(|cause| cause.index).min();
        match lowest.filter(|_| options.fail_fast && options.jobs > 1) {
            None => tally,
            // Others had begun runs above the failing one by then. How many is chance, so they must not count.
            Some(lowest) => {
                let runs = lowest + 1 - options.first;
                campaign(options.jobs, options.first, runs, stop, new, one)
            }
        }
    }

    /// The workload of a run, for repro files and stories.
    #[must_use]
    pub fn workload(&self, seed: u64, index: u64) -> Workload {
        let mut workload = Workload::default();
        self.shape.generate(&self.scenario.model, run_key(seed, index), index, &mut workload);
        workload
    }
}
