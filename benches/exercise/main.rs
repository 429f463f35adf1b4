//! The exercise of seed 28, measured: what a campaign of `sagasim check` costs.
//!
//! `cargo bench --bench exercise` prints rates on one core, two workers against one, the share of time that goes into
//! judging, what it costs to start a run and to copy a world, and what a search does in a second. The floors: 2 M
//! events/s, 1.8 times as much with two workers, at most 30 % for judging. Rounds in turn and the best of each, in
//! processor time, because the machine is shared; only two workers against one is wall time.
//!
//! `cargo bench --bench exercise -- search` prints the figures of the search alone; so do `rates`, `start` and `workers`.
//! `cargo bench --bench exercise -- --runs 300` does so many runs and measures nothing: to count instructions.

mod clock;
mod search;
mod setup;
mod start;

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use clock::Stopwatch;
use scenarios::campaign::{Options, Simulation, Tally, Worker};
use setup::{judged, unjudged};

const SEED: u64 = 7;
/// How often everything is measured; the figures are the best of these rounds.
const ROUNDS: usize = 7;
/// The runs of one round: those that are owed and as many swarm runs again, several times over.
const RUNS: u64 = 1_000;

/// A part of the figures: its name, and what prints it of a scenario.
type Part = (&'static str, fn(&str));

const PARTS: [Part; 4] = [("rates", rates), ("start", start::print), ("search", search::print), ("workers", workers)];

/// A campaign of so many runs as `sagasim check` does it, on this thread.
fn campaign(simulation: &Simulation, worker: &mut Worker, tally: &mut Tally, runs: u64) {
    for index in 0..runs {
        let outcome = simulation.run_one(worker, &mut tally.recorder, (SEED, index));
        assert!(outcome.violation.is_none(), "run {index}: {:?}", outcome.violation);
        tally.recorder.end_run(outcome.time, outcome.at_rest);
        tally.add(&worker.world, &outcome, index);
    }
}

/// What takes so long, and its warm buffers.
struct Subject {
    simulation: Simulation,
    worker: Worker,
    best: Duration,
}

impl Subject {
    fn new(simulation: Simulation) -> Self {
        let worker = simulation.worker();
        Self { simulation, worker, best: Duration::MAX }
    }

    fn round(&mut self) -> Tally {
        let mut tally = Tally::new(&self.simulation.scenario);
        let start = Stopwatch::start();
        campaign(&self.simulation, &mut self.worker, &mut tally, RUNS);
        self.best = self.best.min(start.elapsed());
        tally
    }
}

/// One campaign over so many workers.
fn over(simulation: &Simulation, jobs: usize, runs: u64) -> (Duration, Tally) {
    let options = Options { seed: SEED, first: 0, runs, jobs, driver: setup::DRIVER, fail_fast: false };
    let start = Instant::now();
    let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
    (start.elapsed(), tally)
}

fn rates(name: &str) {
    let (mut with, mut without) = (Subject::new(judged(name)), Subject::new(unjudged(name)));
    let tally = with.round();
    assert_eq!(tally.fingerprint, without.round().fingerprint, "judging does not change what happens");
    (with.best, without.best) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        with.round();
        without.round();
    }
    let seconds = with.best.as_secs_f64();
    let faults: u64 = tally.injected.iter().sum();
    println!(
        "{name}: {:.2} M events/s, {:.0} runs/s; {:.0} events and {:.2} faults per run; judging {:.0} % of the time",
        tally.events as f64 / seconds / 1e6,
        RUNS as f64 / seconds,
        tally.events as f64 / RUNS as f64,
        faults as f64 / RUNS as f64,
        (1.0 - without.best.as_secs_f64() / seconds) * 100.0,
    );
}

fn workers(name: &str) {
    let simulation = judged(name);
    let runs = RUNS * 4;
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        let (one, alone) = over(&simulation, 1, runs);
        let (two, shared) = over(&simulation, 2, runs);
        assert_eq!(alone.fingerprint, shared.fingerprint, "the number of workers shows nowhere");
        best = [best[0].min(one), best[1].min(two)];
    }
    println!("{name}: two workers do {:.2} times as much as one", best[0].as_secs_f64() / best[1].as_secs_f64());
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--runs") {
        let runs = arguments.get(at + 1).and_then(|runs| runs.parse().ok()).expect("--runs takes a number");
        let simulation = judged("order-fulfilment");
        let mut tally = Tally::new(&simulation.scenario);
        campaign(&simulation, &mut simulation.worker(), &mut tally, runs);
        println!("{} events", tally.events);
        return;
    }
    // `cargo test --benches` passes no `--bench`: there it is enough that everything ran once.
    if !arguments.iter().any(|argument| argument == "--bench") {
        Subject::new(unjudged("order-fulfilment")).round();
        search::print("quote-to-order");
        return;
    }
    let chosen = |what: &str| arguments[1..].iter().all(|argument| argument == "--bench" || argument == what);
    for (_, print) in PARTS.iter().filter(|(what, _)| chosen(what)) {
        ["order-fulfilment", "quote-to-order"].iter().for_each(|name| print(name));
    }
}
