//! Two orders that meet because a fault held one of them up meet without it where the other comes earlier by as much.

use sim_core::{Choice, Duration};

use super::{Recording, Shrinker};

/// The events that looking for one meeting may take.
const EVENTS: u64 = 300_000;
/// So many arrivals are tried between at once and when the order comes now,
const ARRIVALS: u64 = 16;
/// and the least of them halved so often.
const HALVES: u32 = 20;

impl Shrinker<'_> {
    /// Leaves out a fault and lets an order come earlier; whether it fails then.
    pub(super) fn meet(&mut self) -> bool {
        let base = self.best.clone();
        let faults: Vec<Choice> = base.faults().copied().collect();
        let late = |order: &usize| base.workload.orders[*order].arrival > Duration::ZERO;
        let late: Vec<usize> = (0..base.workload.orders.len()).filter(late).collect();
        self.within(EVENTS, |s| {
            faults.iter().any(|fault| {
                let without: Vec<Choice> = base.choices.iter().filter(|choice| *choice != fault).copied().collect();
                late.iter().any(|&order| {
                    let arrival = base.workload.orders[order].arrival.0;
                    let parts = (1..=ARRIVALS).rev().map(|part| arrival / ARRIVALS * part);
                    let halves = (1..=HALVES).map(|times| (arrival / ARRIVALS) >> times);
                    parts.chain(halves).chain([0]).any(|arrival| {
                        let mut candidate = Recording { choices: without.clone(), ..base.clone() };
                        candidate.workload.orders[order].arrival = Duration(arrival);
                        s.accepts_smaller(candidate)
                    })
                })
            })
        })
    }
}
