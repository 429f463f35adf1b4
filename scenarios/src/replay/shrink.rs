//! Reduces a failing run to what its failure needs: faults, latencies, orders, commands. Only runs with the same
//! signature are accepted; nothing is ever drawn.

use sim_core::{Choice, Duration, Outcome};

use super::{Recording, Signature};
use crate::campaign::{Simulation, Worker};
use crate::workload::QuoteDefect;

/// A reduced failure.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// What is left.
    pub recording: Recording,
    /// Its run.
    pub outcome: Outcome,
    /// How many runs the reduction took.
    pub runs: u32,
    /// Whether it ended by itself; else the best so far.
    pub complete: bool,
}

/// Runs that a reduction may take.
const RUNS_MAX: u32 = 4_000;

struct Shrinker<'a> {
    simulation: &'a Simulation,
    worker: Worker,
    signature: Signature,
    best: Recording,
    outcome: Outcome,
    runs: u32,
}

impl Simulation {
    /// Reduces a recording that fails with `signature`. `None` when it does not fail that way when replayed.
    #[must_use]
    pub fn shrink(&self, recording: &Recording, signature: Signature) -> Option<Shrunk> {
        let mut worker = self.replayer();
        let outcome = self.replay(&mut worker, recording, &mut ());
        if outcome.violation.is_none_or(|violation| Signature::of(&violation) != signature) {
            return None;
        }
        let mut shrinker = Shrinker { simulation: self, worker, signature, best: recording.clone(), outcome, runs: 1 };
        shrinker.reduce();
        let complete = shrinker.runs < RUNS_MAX;
        let Shrinker { best, outcome, runs, .. } = shrinker;
        Some(Shrunk { recording: best, outcome, runs, complete })
    }
}

impl Shrinker<'_> {
    fn reduce(&mut self) {
        self.try_with(|r| r.heal_after = None);
        self.try_with(|r| r.choices.retain(|choice| !choice.span));
        loop {
            let before = self.best.clone();
            self.reduce_faults();
            self.reduce_workload();
            self.reduce_spans();
            self.try_with(|r| r.heal_after = None);
            self.try_with(|r| r.dead_stay = false);
            if self.best == before || self.runs >= RUNS_MAX {
                break;
            }
        }
        // Choices that the run never comes to need not be written down.
        let used: Vec<Choice> = {
            self.simulation.replay(&mut self.worker, &self.best, &mut ());
            let unused: Vec<Choice> = self.worker.choices.unused().copied().collect();
            self.best.choices.iter().filter(|choice| !unused.contains(choice)).copied().collect()
        };
        self.try_with(|r| r.choices.clone_from(&used));
        // Faults are numbered in the order in which they happen in the reduced run.
        self.simulation.replay(&mut self.worker, &self.best, &mut ());
        let made = self.worker.choices.made().to_vec();
        for choice in &mut self.best.choices {
            let place = made.iter().find(|m| (m.site, m.subject) == (choice.site, choice.subject));
            choice.event = place.map_or(u32::MAX, |m| m.event);
        }
        self.best.choices.sort_by_key(|choice| (choice.span, choice.event, choice.site, choice.subject));
    }

    /// Takes over a candidate if it fails in the same way.
    fn accepts(&mut self, candidate: Recording) -> bool {
        if candidate == self.best || self.runs >= RUNS_MAX {
            return false;
        }
        self.runs += 1;
        let outcome = self.simulation.replay(&mut self.worker, &candidate, &mut ());
        let same = outcome.violation.is_some_and(|violation| Signature::of(&violation) == self.signature);
        if same {
            self.best = candidate;
            self.outcome = outcome;
        }
        same
    }

    fn try_with(&mut self, edit: impl FnOnce(&mut Recording)) -> bool {
        let mut candidate = self.best.clone();
        edit(&mut candidate);
        self.accepts(candidate)
    }

    fn reduce_faults(&mut self) {
        let spans: Vec<Choice> = self.best.choices.iter().filter(|choice| choice.span).copied().collect();
        let faults: Vec<Choice> = self.best.faults().copied().collect();
        minimise(faults, |faults| {
            let choices = faults.iter().chain(&spans).copied().collect();
            self.accepts(Recording { choices, ..self.best.clone() })
        });
    }

    fn reduce_spans(&mut self) {
        let faults: Vec<Choice> = self.best.faults().copied().collect();
        let spans: Vec<Choice> = self.best.choices.iter().filter(|choice| choice.span).copied().collect();
        minimise(spans, |spans| {
            let choices = faults.iter().chain(spans).copied().collect();
            self.accepts(Recording { choices, ..self.best.clone() })
        });
    }

    fn reduce_workload(&mut self) {
        for i in (0..self.best.workload.commands.len()).rev() {
            self.try_with(|r| {
                r.workload.commands.remove(i);
            });
        }
        for order in 0..self.best.workload.orders.len() {
            // The number of an order is its identity, so one that is dropped leaves its place.
            let absent = self.best.workload.orders[order].items == 0;
            if absent {
                continue;
            }
            let dropped = self.try_with(|r| r.workload.orders[order].items = 0);
            if dropped {
                continue;
            }
            self.try_with(|r| r.workload.orders[order].quote = QuoteDefect::None);
            self.try_with(|r| r.workload.orders[order].arrival = Duration::ZERO);
            self.try_with(|r| r.workload.orders[order].traits = 0);
            for item in 0..64 {
                if self.best.workload.orders[order].items & 1 << item != 0 {
                    self.try_with(|r| r.workload.orders[order].items &= !(1 << item));
                }
            }
        }
        for i in 0..self.best.workload.commands.len() {
            self.try_with(|r| r.workload.commands[i].twice = false);
        }
        while self.best.workload.orders.last().is_some_and(|order| order.items == 0)
            && self.try_with(|r| {
                r.workload.orders.pop();
            })
        {}
    }
}

/// The smallest subset that still passes `test`, by delta debugging: 1-minimal, order kept.
pub fn minimise<T: Clone>(mut items: Vec<T>, mut test: impl FnMut(&[T]) -> bool) -> Vec<T> {
    if items.is_empty() || test(&[]) {
        return Vec::new();
    }
    let mut size = items.len().div_ceil(2);
    loop {
        let mut at = 0;
        let mut shrunk = false;
        while at < items.len() {
            let mut candidate = items.clone();
            candidate.drain(at..(at + size).min(items.len()));
            if candidate.len() < items.len() && test(&candidate) {
                items = candidate;
                shrunk = true;
            } else {
                at += size;
            }
        }
        if size == 1 && !shrunk {
            return items;
        }
        if size > 1 {
            size = size.div_ceil(2).min(items.len().max(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn what_is_left_is_needed_one_by_one() {
        let needed = [3, 17, 40];
        let mut tests = 0;
        let left = minimise((0..50).collect::<Vec<_>>(), |items| {
            tests += 1;
            needed.iter().all(|n| items.contains(n))
        });
        assert_eq!(left, needed);
        assert!(tests < 200, "{tests} tests");
    }

    #[test]
    fn nothing_is_needed_when_nothing_fails_too() {
        assert!(minimise(vec![1, 2, 3], |_| true).is_empty());
        assert_eq!(minimise(vec![1, 2], |items| items.len() == 2), [1, 2]);
    }
}
