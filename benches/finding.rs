//! How fast planted bugs are found: the runs that each driver needs until the first catch, over 30 campaign seeds.
//!
//! `cargo bench --bench finding` prints a row for each planted bug that needs two faults or more; `-- all` takes the
//! others, too. The seeds are 1 to 30 for every driver; a campaign that finds nothing counts with the most runs.

use std::sync::atomic::{AtomicBool, AtomicU64};

use fault_models::{Driver, Profile};
use scenarios::campaign::{Options, Simulation};
use scenarios::catalog;
use scenarios::definition::{Defect, Definition};
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;

/// The seeds of the campaigns.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=30;
/// The most runs of one campaign.
const RUNS_MAX: u64 = 20_000;

fn simulation(defect: &Defect, driver: Driver) -> Simulation {
    let sets: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
    let definition = Definition::bundled(&defect.scenario.value, &sets).expect("a defect fits its scenario");
    let model = Model::new(&definition).expect("a patched definition is a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    let profile = Profile::bundled("standard").expect("a bundled profile");
    Simulation::new(Scenario::new(model), shape, profile, driver)
}

/// How runs choose their faults.
#[derive(Clone, Copy)]
enum Search {
    Random(Driver),
    Guided,
}

/// The runs until the first catch, for each seed, in rising order.
fn runs_to_catch(defect: &Defect, search: Search) -> Vec<u64> {
    let driver = if let Search::Random(driver) = search { driver } else { Driver::Swarm };
    let simulation = simulation(defect, driver);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let mut runs: Vec<u64> = SEEDS
        .map(|seed| {
            let options = Options { seed, first: 0, runs: RUNS_MAX, jobs, driver, fail_fast: true };
            let stop = AtomicBool::new(false);
            let tally = match search {
                Search::Random(_) => simulation.campaign(&options, &stop, &AtomicU64::new(0)),
                Search::Guided => simulation.guided(&options, Vec::new(), &stop, &|_| true).tally,
            };
            tally.causes.values().map(|cause| cause.index + 1).min().unwrap_or(RUNS_MAX)
        })
        .collect();
    runs.sort_unstable();
    runs
}

fn spread(runs: &[u64]) -> String {
    let at = |quarter: usize| runs[(runs.len() - 1) * quarter / 4];
    format!("{:>6} ({}..{})", at(2), at(1), at(3))
}

fn main() {
    let all = std::env::args().any(|argument| argument == "all");
    println!("median runs to the first catch over {} seeds (quartiles)\n", SEEDS.count());
    println!("{:<36} {:>6}  {:>22}  {:>22}  {:>22}", "planted bug", "faults", "uniform", "swarm", "guided");
    let (mut rows, mut swarm_halves, mut guided_halves) = (0, 0, 0);
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("a bundled defect");
        let faults = defect.optimum.as_ref().map_or(0, |optimum| optimum.faults.value);
        if faults < 2 && !all {
            continue;
        }
        let uniform = runs_to_catch(&defect, Search::Random(Driver::Uniform));
        let swarm = runs_to_catch(&defect, Search::Random(Driver::Swarm));
        let guided = runs_to_catch(&defect, Search::Guided);
        let middle = |runs: &[u64]| runs[(runs.len() - 1) / 2];
        rows += 1;
        swarm_halves += usize::from(middle(&swarm) * 2 <= middle(&uniform));
        guided_halves += usize::from(middle(&guided) * 2 <= middle(&uniform));
        let (uniform, swarm, guided) = (spread(&uniform), spread(&swarm), spread(&guided));
        println!("{:<36} {faults:>6}  {uniform:>22}  {swarm:>22}  {guided:>22}", defect.id.value);
    }
    println!("\nat most half the runs of uniform: swarm on {swarm_halves} of {rows}, guided on {guided_halves}");
}
