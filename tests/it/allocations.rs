//! What a worker allocates once its buffers have their size: nothing.
//!
//! Runs are repeated, so that the second time no buffer can be too small. What is counted then was allocated for an event
//! or for a run, whatever happened in it.

use allocation_counter::measure;
use fault_models::{Driver, Profile};
use scenarios::campaign::{Simulation, Tally, Worker};
use scenarios::definition::Definition;
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;
use sim_core::World;

const SCENARIOS: [&str; 2] = ["order-fulfilment", "quote-to-order"];
const SEED: u64 = 7;
/// The first runs are owed ones, with each kind of fault for itself; swarm runs follow.
const RUNS: u64 = 120;

fn simulation(name: &str) -> Simulation {
    let definition = Definition::bundled(name, &[]).expect("the bundled files are valid");
    let model = Model::of(&definition.sagas[0], definition.scenario.as_ref()).expect("a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    let profile = Profile::bundled("standard").expect("a bundled profile");
    Simulation::new(Scenario::new(model), shape, profile, Driver::Swarm)
}

/// Runs as a campaign does, and says how many events there were.
fn campaign(simulation: &Simulation, worker: &mut Worker, tally: &mut Tally) -> u64 {
    let before = tally.events;
    for index in 0..RUNS {
        let outcome = simulation.run_one(worker, &mut tally.recorder, (SEED, index));
        assert!(outcome.violation.is_none(), "run {index}: {:?}", outcome.violation);
        tally.recorder.end_run(outcome.time, outcome.at_rest);
        tally.add(&worker.world, &outcome, index);
    }
    tally.events - before
}

/// Copies the worker's world and choices into kept ones before every event of a run.
fn fork(simulation: &Simulation, worker: &mut Worker, kept: &mut Worker, index: u64) -> u64 {
    let limits = simulation.prepare(worker, SEED, index);
    let Worker { world, choices } = worker;
    world.reset(&simulation.scenario);
    loop {
        if choices.is_open() && world.events() >= limits.chaos_events {
            world.heal(&simulation.scenario, choices, &mut (), limits.dead_stay);
        }
        kept.world.clone_from(world);
        kept.choices.clone_from(choices);
        if !world.step(&simulation.scenario, choices, &mut ()) {
            if !choices.is_open() {
                return world.events().into();
            }
            world.heal(&simulation.scenario, choices, &mut (), limits.dead_stay);
        }
    }
}

#[test]
fn runs_in_warm_buffers_allocate_nothing() {
    for name in SCENARIOS {
        let simulation = simulation(name);
        let (mut worker, mut tally) = (simulation.worker(), Tally::new(&simulation.scenario));
        let first = measure(|| {
            campaign(&simulation, &mut worker, &mut tally);
        });
        assert!(first.count_total > 100, "{name}: only {} allocations in new buffers", first.count_total);
        let mut events = 0;
        let again = measure(|| events = campaign(&simulation, &mut worker, &mut tally));
        assert!(events > 10_000, "{name}: {events} events are too few to tell");
        assert_eq!(again.count_total, 0, "{name}: {} bytes were allocated", again.bytes_total);
    }
}

#[test]
fn copies_into_kept_buffers_allocate_nothing() {
    for name in SCENARIOS {
        let simulation = simulation(name);
        let (mut worker, mut kept) = (simulation.worker(), simulation.worker());
        let forks = |worker: &mut Worker, kept: &mut Worker| -> u64 {
            (0..RUNS).map(|index| fork(&simulation, worker, kept, index)).sum()
        };
        forks(&mut worker, &mut kept);
        let mut events = 0;
        let counted = measure(|| events = forks(&mut worker, &mut kept));
        assert!(events > 10_000, "{name}: {events} events are too few to tell");
        assert_eq!(counted.count_total, 0, "{name}: {} bytes were allocated", counted.bytes_total);
    }
}

/// A copy is the world: it has its digest, and goes on to the same end.
#[test]
fn a_copied_world_goes_on_as_the_original_does() {
    for name in SCENARIOS {
        let simulation = simulation(name);
        let (mut worker, mut kept) = (simulation.worker(), simulation.worker());
        let mut scratch = Vec::new();
        for index in 0..RUNS {
            // The kept buffers still hold the middle of another run.
            let limits = simulation.prepare(&mut worker, SEED, index);
            worker.world.reset(&simulation.scenario);
            for _ in 0..40 + index {
                worker.world.step(&simulation.scenario, &mut worker.choices, &mut ());
            }
            kept.world.clone_from(&worker.world);
            kept.choices.clone_from(&worker.choices);
            assert_eq!(kept.world.digest(&mut scratch), worker.world.digest(&mut scratch), "{name}, run {index}");
            let fresh: World<Scenario> = worker.world.clone();
            assert_eq!(fresh.digest(&mut scratch), worker.world.digest(&mut scratch), "{name}, run {index}");
            let [original, copy] = [&mut worker, &mut kept].map(|worker| {
                let Worker { world, choices } = worker;
                sim_core::resume(&simulation.scenario, world, choices, &limits, &mut ())
            });
            assert_eq!(original.fingerprint, copy.fingerprint, "{name}, run {index}");
            assert_eq!(original.events, copy.events, "{name}, run {index}");
        }
    }
}
