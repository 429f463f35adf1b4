//! Simulations for tests: a bundled definition, patched, under the profile `standard`.

use fault_models::{Driver, Profile};
use sim_core::Choice;

use super::{Depth, Exhaustive, Simulation};
use crate::definition::{Definition, Scenario as ScenarioFile, Set};
use crate::model::{Model, Names};
use crate::replay::parse_choice;
use crate::scenario::Scenario;
use crate::workload::WorkloadShape;

/// Of the bundled definition of this name under these patches.
pub(crate) fn simulation(scenario: &str, sets: &[&str]) -> Simulation {
    let set = |text: &&str| Set::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    patched(scenario, &sets.iter().map(set).collect::<Vec<_>>())
}

/// The same with patches that were read before.
pub(crate) fn patched(scenario: &str, sets: &[Set]) -> Simulation {
    let definition = Definition::bundled(scenario, sets).unwrap_or_else(|invalid| panic!("{invalid}"));
    shaped(&definition, definition.scenario.as_ref())
}

/// Of a definition whose workloads are those of a scenario file, or of none.
pub(crate) fn shaped(definition: &Definition, file: Option<&ScenarioFile>) -> Simulation {
    let model = Model::new(definition).unwrap_or_else(|errors| panic!("{errors:?}"));
    let shape = WorkloadShape::new(&model, file);
    let standard = Profile::bundled("standard").expect("a bundled profile");
    Simulation::new(Scenario::new(model), shape, standard, Driver::Swarm)
}

/// Faults and spans as they stand in repro files.
pub(crate) fn choices(simulation: &Simulation, texts: &[&str]) -> Vec<Choice> {
    let names = Names::new(&simulation.scenario.model);
    let parse = |text: &&str| parse_choice(&simulation.scenario, &names, text).unwrap_or_else(|| panic!("{text}"));
    texts.iter().map(parse).collect()
}

/// An exhaustive search without persistent faults.
pub(crate) fn search(simulation: &Simulation, faults: usize, jobs: usize, exact: bool) -> Exhaustive {
    simulation.exhaustive(Depth { faults, persistent: false, jobs, exact }, &|| false, &|_| ())
}
