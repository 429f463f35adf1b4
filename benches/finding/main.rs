//! How fast planted bugs are found: the runs that each driver needs until the first catch, over 30 campaign seeds.
//!
//! `cargo bench --bench finding` prints a row for each planted bug that needs two faults or more; `-- all` takes the
//! others, too, and names of bugs take these alone; `-- exhaustive` prints the column of exhaustive search for all bugs of
//! up to two faults, and how many it found; `-- shrinking` prints how far and how fast failures are reduced. The seeds are 1 to 30 for every driver; a campaign that finds nothing
//! counts with the most runs. Exhaustive search knows no luck: its column says how many plans of as many faults, of the
//! kinds that the bug needs, were run up to the end of the first workload in which one breaks something.

mod exhaustive;
mod shrinking;

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

fn simulation(defect: &Defect, (profile, driver): (Profile, Driver)) -> Simulation {
    let sets: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
    let definition = Definition::bundled(&defect.scenario.value, &sets).expect("a defect fits its scenario");
    let model = Model::new(&definition).expect("a patched definition is a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
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
    let standard = Profile::bundled("standard").expect("a bundled profile");
    let simulation = simulation(defect, (standard, driver));
    let jobs = jobs();
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

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

fn spread(runs: &[u64]) -> String {
    let at = |quarter: usize| runs[(runs.len() - 1) * quarter / 4];
    format!("{} ({}..{})", at(2), at(1), at(3))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.split_first() {
        Some((first, names)) if first == "exhaustive" => return exhaustive::table(names),
        Some((first, names)) if first == "shrinking" => return shrinking::table(names),
        _ => {}
    }
    let all = arguments.iter().any(|argument| argument == "all");
    println!("median runs to the first catch over {} seeds (quartiles)\n", SEEDS.count());
    println!("| planted bug | faults | uniform | swarm | guided | exhaustive |\n|---|---|---|---|---|---|");
    let (mut rows, mut swarm_halves, mut guided_halves, mut either) = (0, 0, 0, 0);
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("a bundled defect");
        let faults = defect.optimum.as_ref().map_or(0, |optimum| optimum.faults.value);
        let wanted = if arguments.is_empty() { faults >= 2 } else { all || arguments.contains(&defect.id.value) };
        if !wanted {
            continue;
        }
        let uniform = runs_to_catch(&defect, Search::Random(Driver::Uniform));
        let swarm = runs_to_catch(&defect, Search::Random(Driver::Swarm));
        let guided = runs_to_catch(&defect, Search::Guided);
        let middle = |runs: &[u64]| runs[(runs.len() - 1) / 2];
        rows += 1;
        either += usize::from(middle(&swarm).min(middle(&guided)) * 2 <= middle(&uniform));
        swarm_halves += usize::from(middle(&swarm) * 2 <= middle(&uniform));
        guided_halves += usize::from(middle(&guided) * 2 <= middle(&uniform));
        let (uniform, swarm, guided) = (spread(&uniform), spread(&swarm), spread(&guided));
        let plans = exhaustive::plans_to_catch(&defect, faults as usize)
            .map_or_else(|| "none".to_owned(), |(plans, _)| plans.to_string());
        println!("| {} | {faults} | {uniform} | {swarm} | {guided} | {plans} |", defect.id.value);
    }
    println!(
        "\nat most half the runs of uniform: swarm on {swarm_halves} of {rows}, guided on {guided_halves}, one of them on {either}"
    );
}
