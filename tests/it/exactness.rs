//! A recorded run replays as itself, whether it broke something or not: every decision can be named.

use fault_models::{Driver, Profile};
use scenarios::campaign::Simulation;
use scenarios::definition::Definition;
use scenarios::model::{Model, Names};
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;
use sim_core::Domain;

const SEED: u64 = 1;
const RUNS: u64 = 250;

fn simulation(name: &str, profile: &str, driver: Driver) -> Simulation {
    let definition = Definition::bundled(name, &[]).expect("the bundled files are valid");
    let model = Model::of(&definition.sagas[0], definition.scenario.as_ref()).expect("a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    let profile = Profile::bundled(profile).expect("a bundled profile");
    Simulation::new(Scenario::new(model), shape, profile, driver)
}

/// Records runs and replays them.
fn check(name: &str, runs: impl Fn(&str, Driver) -> Vec<u64>) {
    for profile in ["standard", "storm"] {
        for driver in [Driver::Swarm, Driver::Uniform] {
            let simulation = simulation(name, profile, driver);
            let mut replayer = simulation.replayer();
            for index in runs(profile, driver) {
                let (recording, outcome) = simulation.record(SEED, index);
                let again = simulation.replay(&mut replayer, &recording, &mut ());
                let same = (again.fingerprint, again.events, again.violation)
                    == (outcome.fingerprint, outcome.events, outcome.violation);
                assert!(
                    same,
                    "run {index} of {name}, {profile}, {driver:?}: {}",
                    simulation.first_difference((SEED, index), &recording).unwrap_or_default()
                );
                assert_eq!(replayer.choices.unused().count(), 0, "run {index} of {name}, {profile}, {driver:?}");
            }
        }
    }
}

#[test]
fn a_recorded_run_replays_as_itself() {
    for name in ["order-fulfilment", "quote-to-order", "tmf622-order"] {
        check(name, |_, _| (0..RUNS).collect());
    }
}

/// Runs that once were not the same when they were replayed.
#[test]
fn runs_that_could_not_be_replayed_can_be() {
    check("order-fulfilment", |profile, driver| match (profile, driver) {
        ("standard", Driver::Swarm) => vec![45_207],
        ("storm", Driver::Swarm) => vec![6_020],
        _ => Vec::new(),
    });
}

/// A key names one decision of a run: what is met again is told apart by a counter of its own.
#[test]
fn no_two_decisions_of_a_run_share_a_key() {
    let mut found = std::collections::BTreeMap::new();
    for name in ["order-fulfilment", "quote-to-order", "tmf622-order"] {
        for profile in ["standard", "storm"] {
            let simulation = simulation(name, profile, Driver::Swarm);
            let (sites, names) = (simulation.scenario.sites(), Names::new(&simulation.scenario.model));
            let mut worker = simulation.worker();
            worker.choices.record_asked();
            for index in 0..RUNS {
                simulation.run_one(&mut worker, &mut (), (SEED, index));
                for [first, again] in worker.choices.asked_again() {
                    let key = format!("{} {}", sites.get(again.site).name, names.text(again.subject));
                    let place = format!("run {index} of {name}, {profile}, events {} and {}", first.event, again.event);
                    found.entry(key).or_insert(place);
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
