//! What a search does all the time, measured on order-pipeline: it copies the world before an event into a kept one and lets
//! the event happen there.
//!
//! A benchmark of its own: called from here as well, a step is a call, which would slow the loop that `order_pipeline` measures.

#[path = "order_pipeline/engine/mod.rs"]
mod engine;
#[path = "order_pipeline/tally.rs"]
#[expect(dead_code, reason = "one run is not added to another here")]
mod tally;

use std::hint::black_box;
use std::time::Instant;

use sim_core::World;

use engine::{Engine, Pipeline};

/// Rounds, of which the best counts: a round is short, so that some are not disturbed.
const ROUNDS: usize = 200;
/// The run whose worlds are copied.
const SEED: u64 = 7;

/// Prints how many copies and steps fit into a second, over all events of a run of one order.
fn main() {
    let mut engine = Engine::new();
    let before = engine.worlds(SEED, 1);
    let useful = engine.run(SEED, 1).useful();
    assert!(before.len() as u64 >= useful, "a world before each of {useful} events, not {}", before.len());
    let mut scratch = Vec::new();
    let mut best = [f64::MAX; 3];
    for _ in 0..ROUNDS {
        let time = |best: &mut f64, mut each: Box<dyn FnMut(usize) + '_>| {
            let start = Instant::now();
            (0..before.len()).for_each(&mut *each);
            *best = best.min(start.elapsed().as_secs_f64() / before.len() as f64);
        };
        time(&mut best[0], Box::new(|i| engine.copy(&before[i])));
        time(&mut best[1], Box::new(|i| engine.fork(&before[i])));
        time(&mut best[2], Box::new(|i| _ = black_box(before[i].digest(&mut scratch))));
    }
    let [copy, fork, digest] = best;
    println!(
        "1 order: {:.2} M forks/s: copy {:.0} ns, copy and step {:.0} ns; digest {:.0} ns",
        1e-6 / fork,
        copy * 1e9,
        fork * 1e9,
        digest * 1e9
    );
}

impl Engine {
    /// The worlds of a run before each of its events.
    fn worlds(&mut self, seed: u64, orders: u32) -> Vec<World<Pipeline>> {
        self.model.orders = orders;
        self.choices.restart(seed);
        self.world.reset(&self.model);
        let mut worlds = Vec::new();
        while !self.world.is_quiet() {
            worlds.push(self.world.clone());
            self.world.step(&self.model, &mut self.choices, &mut ());
        }
        worlds
    }

    /// Copies a world into the kept one.
    fn copy(&mut self, world: &World<Pipeline>) {
        self.world.clone_from(world);
    }

    /// Copies a world and lets its next event happen.
    fn fork(&mut self, world: &World<Pipeline>) {
        self.world.clone_from(world);
        self.world.step(&self.model, &mut self.choices, &mut ());
    }
}
