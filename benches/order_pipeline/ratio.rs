//! Implementations side by side: short rounds in turn, so that whatever slows the machine slows all of them alike.

use std::hint::black_box;
use std::time::Instant;

use crate::Implementation;
use crate::tally::Tally;

/// Rounds of each implementation; the figures are medians over them.
const ROUNDS: u64 = 15;

/// Runs `runs` seeds from `first` on and adds them up.
pub fn batch(run: &mut Implementation, first: u64, runs: u64, orders: u32) -> Tally {
    let mut total = Tally::default();
    for seed in first..first + runs {
        total.add(&run(black_box(seed), orders));
    }
    total
}

/// Prints one line for each implementation: rates, and time per useful event as a multiple of the first one's.
pub fn print(implementations: &mut [(&'static str, Implementation)], orders: u32, runs: u64) {
    let mut samples = vec![Vec::new(); implementations.len()];
    for round in 0..=ROUNDS {
        for (sample, (_, run)) in samples.iter_mut().zip(implementations.iter_mut()) {
            let start = Instant::now();
            let total = batch(run, round * runs, runs, orders);
            let seconds = start.elapsed().as_secs_f64();
            // The first round only warms the buffers and the branch predictor.
            if round > 0 {
                sample.push((seconds / total.useful() as f64, runs as f64 / seconds));
            }
        }
    }
    for ((name, _), sample) in implementations.iter().zip(&samples) {
        let events = median(sample.iter().map(|(per_event, _)| 1.0 / per_event));
        let rate = median(sample.iter().map(|(_, rate)| *rate));
        let ratio = median(sample.iter().zip(&samples[0]).map(|(own, first)| own.0 / first.0));
        println!(
            "{orders:>5} orders  {name:<8} {:>6.2} M events/s {rate:>11.0} runs/s  ratio {ratio:.2}",
            events / 1e6
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
