//! What it costs to start a run.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::setup::judged;
use crate::{ROUNDS, SEED};

const RUNS: u32 = 200;

/// The best time of one of so many calls over all rounds; a round is short enough to be left in peace.
fn best(mut call: impl FnMut(u32)) -> Duration {
    let times = (0..ROUNDS * 10).map(|_| {
        let start = Instant::now();
        (0..RUNS).for_each(&mut call);
        start.elapsed()
    });
    times.min().unwrap_or_default() / RUNS
}

pub fn print(name: &str) {
    let simulation = judged(name);
    let mut worker = simulation.worker();
    let prepare = best(|index| _ = black_box(simulation.prepare(&mut worker, SEED, index.into())));
    let reset = best(|_| worker.world.reset(black_box(&simulation.scenario)));
    println!("{name}: a run is prepared in {prepare:?} and its world reset in {reset:?}");
}
