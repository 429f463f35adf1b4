//! A recorded run replays as itself, whether it broke something or not: every decision can be named.

use fault_models::{Driver, Profile};
use scenarios::campaign::Simulation;
use scenarios::definition::Definition;
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;

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
