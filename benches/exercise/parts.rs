//! What surrounds events: starting a run, and copying a world for a search that comes back to it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use scenarios::campaign::{Simulation, Worker};

use crate::setup::judged;
use crate::{ROUNDS, SEED};

const RUNS: u64 = 200;

/// The best time of one of `count` calls over all rounds.
fn best(count: u64, mut calls: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        calls();
        start.elapsed()
    });
    times.min().unwrap_or_default() / count as u32
}

/// The worlds of a run before each of its events.
fn forks(simulation: &Simulation, index: u64) -> Vec<Worker> {
    let mut worker = simulation.worker();
    simulation.prepare(&mut worker, SEED, index);
    worker.world.reset(&simulation.scenario);
    let mut forks = Vec::new();
    loop {
        forks.push(Worker { world: worker.world.clone(), choices: worker.choices.clone() });
        if !worker.world.step(&simulation.scenario, &mut worker.choices, &mut ()) {
            return forks;
        }
    }
}

pub fn print(name: &str) {
    let simulation = judged(name);
    let mut worker = simulation.worker();
    let prepare = best(RUNS, || {
        (0..RUNS).for_each(|index| {
            black_box(simulation.prepare(&mut worker, SEED, index));
        });
    });
    let reset = best(RUNS, || (0..RUNS).for_each(|_| worker.world.reset(black_box(&simulation.scenario))));
    // The first clean run: nothing but events that every run has.
    let forks = forks(&simulation, 60);
    let mut kept = simulation.worker();
    let world = best(forks.len() as u64, || {
        forks.iter().for_each(|fork| black_box(&mut kept.world).clone_from(&fork.world));
    });
    let choices = best(forks.len() as u64, || {
        forks.iter().for_each(|fork| black_box(&mut kept.choices).clone_from(&fork.choices));
    });
    let mut scratch = Vec::new();
    let digest = best(forks.len() as u64, || {
        forks.iter().for_each(|fork| {
            black_box(fork.world.digest(&mut scratch));
        });
    });
    println!(
        "{name}: a run is prepared in {prepare:?} and its world reset in {reset:?}; a copy of the world takes {world:?}, of its \
         choices {choices:?}, its digest {digest:?}"
    );
}
