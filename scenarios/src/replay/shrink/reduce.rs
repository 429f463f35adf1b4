//! Leaving out and lowering until nothing more can go.

use sim_core::{Choice, Duration};

use super::{Recording, Shrinker, gentle, lower, minimise};
use crate::workload::{OrderPlan, Place, QuoteDefect};

impl Shrinker<'_> {
    pub(super) fn reduce(&mut self) {
        // What latencies alone bring about needs no fault.
        self.try_with(|r| r.choices.retain(|choice| choice.span));
        let calm = |r: &mut Recording| {
            r.heal_after = None;
            r.choices.retain(|choice| !choice.span);
        };
        if !self.try_with(calm) {
            self.try_with(|r| r.heal_after = None);
            self.try_with(|r| r.choices.retain(|choice| !choice.span));
        }
        loop {
            let before = self.best.clone();
            self.reduce_orders();
            self.reduce_faults();
            self.reduce_workload();
            self.reduce_spans();
            self.weaken();
            self.lower_spans();
            self.lower_times();
            self.try_with(|r| r.heal_after = None);
            self.try_with(|r| r.dead_stay = false);
            if self.best == before || !self.is_complete() {
                break;
            }
        }
    }

    fn split(&self) -> (Vec<Choice>, Vec<Choice>) {
        self.best.choices.iter().copied().partition(|choice| choice.span)
    }

    /// Tries subsets of faults. A fault takes its episode with it: how long a part is down, or a message late, belongs to
    /// the fault's own subject and is not asked for without it.
    fn reduce_faults(&mut self) {
        let (spans, faults) = self.split();
        minimise(faults, |faults| {
            let choices = faults.iter().chain(&spans).copied().collect();
            self.accepts(Recording { choices, ..self.best.clone() })
        });
    }

    fn reduce_spans(&mut self) {
        let (spans, faults) = self.split();
        minimise(spans, |spans| {
            let choices = faults.iter().chain(spans).copied().collect();
            self.accepts(Recording { choices, ..self.best.clone() })
        });
    }

    /// Leaves out whole orders, with the commands about them. An order that is dropped leaves its place, for its number is
    /// its identity.
    fn reduce_orders(&mut self) {
        for order in (0..self.best.workload.orders.len()).rev() {
            if self.best.workload.orders[order].is_absent() || self.best.workload.orders_present() == 1 {
                continue;
            }
            self.try_with(|r| {
                r.workload.orders[order] = OrderPlan::default();
                r.workload.commands.retain(|command| usize::from(command.order) != order);
            });
        }
        while self.best.workload.orders.last().is_some_and(OrderPlan::is_absent)
            && self.try_with(|r| {
                r.workload.orders.pop();
            })
        {}
    }

    fn reduce_workload(&mut self) {
        for i in (0..self.best.workload.commands.len()).rev() {
            self.try_with(|r| {
                r.workload.commands.remove(i);
            });
        }
        for i in 0..self.best.workload.commands.len() {
            self.try_with(|r| r.workload.commands[i].twice = false);
        }
        for order in 0..self.best.workload.orders.len() {
            if self.best.workload.orders[order].is_absent() {
                continue;
            }
            self.try_with(|r| r.workload.orders[order].quote = QuoteDefect::None);
            self.try_with(|r| r.workload.orders[order].arrival = Duration::ZERO);
            self.try_with(|r| r.workload.orders[order].traits = 0);
            let items = self.best.workload.orders[order].items;
            let listed: Vec<u64> = (0..64).map(|item| 1 << item).filter(|item| items & item != 0).collect();
            if listed.len() > 1 {
                minimise(listed, |kept| {
                    let items = kept.iter().sum();
                    items != 0 && self.try_with(|r| r.workload.orders[order].items = items)
                });
            }
        }
    }

    /// Replaces each fault by a gentler one at the same point.
    fn weaken(&mut self) {
        let faults: Vec<Choice> = self.best.faults().copied().collect();
        for fault in faults {
            let mask = gentle::in_profile(self.simulation, fault.site);
            let mut gentler: Vec<Choice> =
                (1..32).filter(|v| mask & 1 << v != 0).map(|value| Choice { value, ..fault }).collect();
            let own = gentle::severity(self.simulation, &fault);
            gentler.retain(|choice| gentle::severity(self.simulation, choice) < own);
            gentler.sort_by_key(|choice| gentle::severity(self.simulation, choice));
            for other in gentler {
                let mut candidate = self.best.clone();
                for choice in &mut candidate.choices {
                    if (choice.site, choice.subject, choice.span) == (fault.site, fault.subject, false) {
                        choice.value = other.value;
                    }
                }
                if self.accepts(candidate) {
                    break;
                }
            }
        }
    }

    /// Brings each span that is left halfway to its nominal value, and halfway again, as far as it goes.
    fn lower_spans(&mut self) {
        self.simulation.replay_within(&mut self.worker, &self.best, &self.limits, &mut ());
        let spans: Vec<(Choice, Duration)> =
            self.worker.choices.given_spans().map(|(choice, nominal)| (*choice, nominal)).collect();
        for (span, nominal) in spans {
            lower(nominal.0, span.value, |value| {
                self.try_with(|r| {
                    for choice in &mut r.choices {
                        if (choice.site, choice.subject, choice.span) == (span.site, span.subject, true) {
                            choice.value = value;
                        }
                    }
                })
            });
        }
    }

    /// Lowers when orders arrive and when commands come.
    fn lower_times(&mut self) {
        for order in 0..self.best.workload.orders.len() {
            let arrival = self.best.workload.orders[order].arrival;
            if arrival > Duration::ZERO && !self.best.workload.orders[order].is_absent() {
                lower(0, arrival.0, |at| self.try_with(|r| r.workload.orders[order].arrival = Duration(at)));
            }
        }
        for i in 0..self.best.workload.commands.len() {
            if let Place::After(after) = self.best.workload.commands[i].place {
                lower(0, after.0, |at| self.try_with(|r| r.workload.commands[i].place = Place::After(Duration(at))));
            }
        }
    }
}
