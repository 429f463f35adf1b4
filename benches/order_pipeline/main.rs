//! Workload order-pipeline, measured: the engine against a tight loop written by hand.
//!
//! `cargo bench --bench order_pipeline` measures both with Criterion, then side by side in one run, because only the
//! ratio means something on a shared machine. The quality bar is a ratio of at most 2.0 for 1, 10 and 1,000 orders.
//! `-- alone sim-core 1 20000` does so many runs of one side and nothing else, for counting instructions and timing processes;
//! `-- alone sim-core 1 20000 1` does so with that many seeds only, over and over, which leaves the processor nothing to guess.

mod calendar;
mod engine;
mod heap;
mod limit;
mod ratio;
mod tally;

use std::time::Duration;

use calendar::Calendar;
use criterion::{BenchmarkId, Criterion, Throughput};
use engine::Engine;
use heap::Heap;
use limit::Limit;
use tally::Tally;

/// Orders in one run, and runs that together take about as long as one of the largest.
const SIZES: [(u32, u64); 3] = [(1, 1_000), (10, 100), (1_000, 1)];

/// An implementation of the workload: runs one seed with so many orders.
type Implementation = Box<dyn FnMut(u64, u32) -> Tally>;

fn implementations() -> Vec<(&'static str, Implementation)> {
    let (mut limit, mut heap) = (Limit::<Calendar<_>>::new(), Limit::<Heap<_>>::new());
    let mut engine = Engine::new();
    vec![
        ("limit", Box::new(move |seed, orders| limit.run(seed, orders))),
        ("heap", Box::new(move |seed, orders| heap.run(seed, orders))),
        ("sim-core", Box::new(move |seed, orders| engine.run(seed, orders))),
    ]
}

fn measure(criterion: &mut Criterion) {
    for (orders, runs) in SIZES {
        let mut group = criterion.benchmark_group(format!("order_pipeline/{orders}_orders"));
        for (name, mut run) in implementations() {
            let batch = |run: &mut Implementation| ratio::batch(run, 0, runs, orders);
            group.throughput(Throughput::Elements(batch(&mut run).useful()));
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| batch(&mut run));
            });
        }
        group.finish();
    }
}

/// Runs one side so often, with as many seeds or with fewer.
fn alone(arguments: &[String]) {
    let ([name, orders, runs] | [name, orders, runs, _]) = arguments else {
        panic!("alone limit|heap|sim-core ORDERS RUNS [SEEDS]")
    };
    let found = implementations().into_iter().find(|(known, _)| known == name);
    let (_, mut run) = found.unwrap_or_else(|| panic!("there is no side {name}"));
    let number = |text: &String| text.parse::<u32>().unwrap_or_else(|_| panic!("{text} is no number"));
    let (runs, seeds) = (number(runs), arguments.get(3).map_or(u32::MAX, number));
    let mut total = Tally::default();
    for seed in 0..runs {
        total.add(&run((seed % seeds).into(), number(orders)));
    }
    println!("{} useful events", total.useful());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == "alone"
    {
        return alone(rest);
    }
    let mut criterion =
        Criterion::default().sample_size(30).measurement_time(Duration::from_secs(3)).configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` passes no `--bench`: there it is enough that everything ran once.
    if std::env::args().any(|argument| argument == "--bench") {
        for (orders, runs) in SIZES {
            ratio::print(&mut implementations(), orders, runs * 100);
        }
    }
}
