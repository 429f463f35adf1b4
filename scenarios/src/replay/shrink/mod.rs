//! Reduces a failing run to what its failure needs: faults, latencies, orders, items, commands. Only runs with the same
//! signature are accepted; nothing is ever drawn.
//!
//! `reduce` leaves out and lowers, one thing after another, until nothing more can go: the result is 1-minimal. That can
//! be a local minimum, so `descend` looks below it: with fewer faults at any point of the smallest workloads, and `exchange`
//! puts in a fault for several. All are bounded by events, never by the clock, so that equal failures reduce to equal ones on every machine.

mod descend;
mod exchange;
mod gentle;
mod latencies;
mod meet;
mod minimise;
mod reduce;
#[cfg(test)]
mod tests;

use sim_core::{Choice, Limits, Outcome};

use super::{Recording, Signature};
use crate::campaign::{Simulation, Worker};

pub use gentle::{alternatives, is_extent, severity};
pub use minimise::{lower, minimise};

/// A reduced failure.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// What is left.
    pub recording: Recording,
    /// Its run.
    pub outcome: Outcome,
    /// How many runs the reduction took.
    pub runs: u32,
    /// How many events they had.
    pub events: u64,
    /// Whether it ended by itself; else this is the best so far.
    pub complete: bool,
}

/// The events that leaving out and lowering may take.
const REDUCE_EVENTS: u64 = 2_000_000;
/// The events that looking below may take, on top of that.
const DESCEND_EVENTS: u64 = 3_000_000;
/// The events that looking for exchanges at the end may take.
const EXCHANGE_EVENTS: u64 = 500_000;
/// Of a run that never ends, so many times the fault-free run is tried while it is reduced.
const ENDLESS_FACTOR: u32 = 8;

/// How large a failure is. What comes first counts most: a failure with fewer faults is smaller however many orders it
/// has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size {
    faults: usize,
    orders: usize,
    commands: usize,
    items: u32,
    oddities: usize,
    severity: u64,
    spans: usize,
    places: usize,
    time: u64,
}

struct Shrinker<'a> {
    simulation: &'a Simulation,
    worker: Worker,
    /// Records points and draws latencies, where a run key says so.
    scout: Worker,
    signature: Signature,
    limits: Limits,
    best: Recording,
    outcome: Outcome,
    runs: u32,
    events: u64,
    events_max: u64,
}

impl Simulation {
    /// Reduces a recording that fails with `signature`. `None` when it does not fail that way when replayed.
    #[must_use]
    pub fn shrink(&self, recording: &Recording, signature: Signature) -> Option<Shrunk> {
        let full = self.limits(0, false);
        let mut shrinker = Shrinker::new(self, recording, signature, full)?;
        if shrinker.is_endless() {
            // A run that never ends is told from one that does long before its whole budget is spent. What is left must
            // fail within the whole budget too; a run that only was too slow for the short one does not.
            let short = self.baseline.events.saturating_mul(ENDLESS_FACTOR).max(2_000).min(full.events);
            let shorter = Shrinker::new(self, recording, signature, Limits { events: short, ..full });
            if let Some(mut shorter) = shorter {
                shorter.shrink();
                if let Some(mut whole) = Shrinker::new(self, &shorter.best, signature, full) {
                    (whole.runs, whole.events) = (whole.runs + shorter.runs, whole.events + shorter.events);
                    return Some(whole.shrunk(shorter.is_complete()));
                }
            }
        }
        shrinker.shrink();
        let complete = shrinker.is_complete();
        Some(shrinker.shrunk(complete))
    }
}

impl<'a> Shrinker<'a> {
    fn new(simulation: &'a Simulation, recording: &Recording, signature: Signature, limits: Limits) -> Option<Self> {
        let mut worker = simulation.replayer();
        let outcome = simulation.replay_within(&mut worker, recording, &limits, &mut ());
        if outcome.violation.is_none_or(|violation| Signature::of(&violation) != signature) {
            return None;
        }
        let best = used(&worker, recording.clone());
        let events = u64::from(outcome.events);
        let scout = latencies::scout(simulation);
        Some(Self { simulation, worker, scout, signature, limits, best, outcome, runs: 1, events, events_max: 0 })
    }

    /// Whether the failure is one of a run that goes on to the end of its budget.
    fn is_endless(&self) -> bool {
        self.outcome.events >= self.limits.events
    }

    fn shrink(&mut self) {
        self.events_max = self.events + REDUCE_EVENTS;
        self.reduce();
        self.events_max = self.events + DESCEND_EVENTS;
        while self.exchange(4) || self.descend() || self.meet() {
            self.reduce();
        }
        self.events_max = self.events + EXCHANGE_EVENTS;
        while self.exchange(3) {
            self.reduce();
        }
    }

    fn is_complete(&self) -> bool {
        self.events < self.events_max
    }

    /// What is left, its faults numbered in the order in which they happen in the reduced run.
    fn shrunk(&mut self, complete: bool) -> Shrunk {
        self.simulation.replay_within(&mut self.worker, &self.best, &self.limits, &mut ());
        let made = self.worker.choices.made();
        for choice in &mut self.best.choices {
            let place = made.iter().find(|m| (m.site, m.subject) == (choice.site, choice.subject));
            choice.event = place.map_or(u32::MAX, |m| m.event);
        }
        self.best.choices.sort_by_key(|choice| (choice.span, choice.event, choice.site, choice.subject));
        Shrunk {
            recording: self.best.clone(),
            outcome: self.outcome.clone(),
            runs: self.runs,
            events: self.events,
            complete,
        }
    }

    /// Runs a candidate; whether it fails in the same way. What of it the run never came to is dropped.
    fn fails(&mut self, candidate: Recording) -> Option<(Recording, Outcome)> {
        if self.events >= self.events_max {
            return None;
        }
        self.runs += 1;
        let outcome = self.simulation.replay_within(&mut self.worker, &candidate, &self.limits, &mut ());
        self.events += u64::from(outcome.events);
        let violation = outcome.violation?;
        (Signature::of(&violation) == self.signature).then(|| (used(&self.worker, candidate), outcome))
    }

    /// Takes over a candidate that fails in the same way.
    fn accepts(&mut self, candidate: Recording) -> bool {
        if candidate == self.best {
            return false;
        }
        let Some((candidate, outcome)) = self.fails(candidate) else { return false };
        self.best = candidate;
        self.outcome = outcome;
        true
    }

    /// The same, if it is smaller too.
    fn accepts_smaller(&mut self, candidate: Recording) -> bool {
        if self.size(&candidate) >= self.size(&self.best) {
            return false;
        }
        self.accepts(candidate)
    }

    fn try_with(&mut self, edit: impl FnOnce(&mut Recording)) -> bool {
        let mut candidate = self.best.clone();
        edit(&mut candidate);
        self.accepts(candidate)
    }

    fn size(&self, recording: &Recording) -> Size {
        size(self.simulation, recording)
    }
}

pub(super) fn size(simulation: &Simulation, recording: &Recording) -> Size {
    let workload = &recording.workload;
    let odd = |order: &&crate::workload::OrderPlan| order.traits != 0 || order.quote != Default::default();
    Size {
        faults: recording.faults().count(),
        orders: workload.orders_present(),
        commands: workload.commands.len(),
        items: workload.orders.iter().map(|order| order.items.count_ones()).sum(),
        oddities: workload.orders.iter().filter(odd).count()
            + workload.commands.iter().filter(|command| command.twice).count()
            + usize::from(recording.dead_stay)
            + usize::from(recording.heal_after.is_some()),
        severity: recording.faults().map(|choice| severity(simulation, choice)).sum(),
        spans: recording.choices.iter().filter(|choice| choice.span).count(),
        places: workload.orders.len(),
        time: workload.orders.iter().map(|order| order.arrival.0).sum(),
    }
}

/// A recording without the choices that its run never came to or could not make: leaving them out changes nothing.
fn used(worker: &Worker, mut recording: Recording) -> Recording {
    let made = worker.choices.made();
    let unused: Vec<&Choice> = worker.choices.unused().collect();
    let is_made =
        |choice: &Choice| made.iter().any(|m| (m.site, m.subject, m.span) == (choice.site, choice.subject, false));
    recording.choices.retain(|choice| if choice.span { !unused.contains(&choice) } else { is_made(choice) });
    recording
}
