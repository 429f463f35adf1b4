//! What an exhaustive search does in a second: every single fault of every workload, on one core.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use scenarios::campaign::{Depth, Worker};

use crate::clock::Stopwatch;
use crate::setup::judged;

/// How often the worlds of a run are gone through for single forks.
const TIMES: u32 = 200;

pub fn print(name: &str) {
    let simulation = judged(name);
    let workloads = simulation.workloads();
    let depth = Depth { faults: 1, persistent: false, jobs: 1, exact: false };
    let watch = Stopwatch::start();
    let events = AtomicU64::new(0);
    let count = |more| _ = events.fetch_add(more, Ordering::Relaxed);
    let found = simulation.exhaustive(depth, &|| false, &count);
    let seconds = watch.elapsed().as_secs_f64();
    let single = &found.exploration.levels[1];
    println!(
        "{name}: all {} single faults of {} workloads in {seconds:.2} s, {} of them run to their end; {:.0} alternatives/s, \
         {:.2} M transitions/s",
        single.alternatives,
        workloads.len(),
        single.run,
        single.alternatives as f64 / seconds,
        events.into_inner() as f64 / seconds * 1e-6,
    );

    // The fault-free run of one order, as a search sees it: from the world before each event one step, and its digest.
    let mut worker = simulation.worker();
    worker.world.ledger.workload.clone_from(&workloads[0]);
    worker.world.reset(&simulation.scenario);
    let mut before = Vec::new();
    loop {
        before.push(worker.world.clone());
        if !worker.world.step(&simulation.scenario, &mut worker.choices, &mut ()) {
            break;
        }
    }
    let mut kept: Worker = simulation.worker();
    let mut scratch = Vec::new();
    let mut rate = |copied: bool, digested: bool| {
        let watch = Stopwatch::start();
        for _ in 0..TIMES {
            for world in &before {
                if copied {
                    kept.world.clone_from(world);
                    kept.world.step(&simulation.scenario, &mut kept.choices, &mut ());
                }
                if digested {
                    black_box(kept.world.digest_of_called(&mut scratch));
                }
            }
        }
        watch.elapsed() / (TIMES * before.len() as u32)
    };
    let (copies, digests) = (rate(true, false), rate(false, true));
    let fork = (copies + digests).as_secs_f64();
    println!(
        "{name}: from {} worlds of one order {:.0} forks with digest/s: copy and step {copies:?}, digest {digests:?}",
        before.len(),
        1.0 / fork,
    );
}
