//! The bundled scenarios, ready to run.

use fault_models::{Driver, Profile};
use scenarios::campaign::Simulation;
use scenarios::definition::Definition;
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;

/// How faults are drawn.
pub const DRIVER: Driver = Driver::Swarm;

/// A bundled scenario under `standard` with all its invariants.
pub fn judged(name: &str) -> Simulation {
    simulation(name, Scenario::new)
}

/// The same without invariants.
pub fn unjudged(name: &str) -> Simulation {
    simulation(name, Scenario::unjudged)
}

fn simulation(name: &str, scenario: fn(Model) -> Scenario) -> Simulation {
    let definition = Definition::bundled(name, &[]).expect("the bundled files are valid");
    let model = Model::of(&definition.sagas[0], definition.scenario.as_ref()).expect("a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    let profile = Profile::bundled("standard").expect("a bundled profile");
    Simulation::new(scenario(model), shape, profile, DRIVER)
}
