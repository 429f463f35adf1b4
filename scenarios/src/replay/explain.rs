//! What a reduced failure needs and what it does not care about, each by a run of its own.

use sim_core::hash::mix;
use sim_core::{Choice, Violation};

use super::shrink::alternatives;
use super::{Recording, Signature};
use crate::campaign::{Simulation, Worker};
use crate::model::ItemIx;
use crate::workload::{OrderPlan, QuoteDefect};

/// How often latencies are drawn to see whether they matter.
const DRAWS: u64 = 16;
/// How many items the items of an order are tried without; each takes a run.
const ITEMS_MAX: usize = 16;
/// How many kinds are tried in place of each fault.
const KINDS_MAX: usize = 32;

/// One thing that a run can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// A fault, by its number from 1.
    Fault(u32),
    /// A command, by its place in the workload.
    Command(usize),
    /// An order, from 0.
    Order(u16),
    /// An item of an order.
    Item(u16, ItemIx),
    /// What is wrong with the quote of an order.
    Flaw(u16),
}

/// What comes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    /// Nothing breaks.
    Passes,
    /// The same breaks.
    Fails,
    /// Something else breaks.
    Other(Violation),
}

/// A run without one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Without {
    /// What was left out.
    pub removal: Removal,
    /// What came of it.
    pub result: Result,
}

/// What was found out about a reduced failure. Everything in it was seen in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What comes of leaving out one thing.
    pub without: Vec<Without>,
    /// It fails however long everything takes.
    pub any_latencies: bool,
    /// It fails whatever else is in the order, and needs none of its other items.
    pub any_items: bool,
    /// It fails with another order beside it, and needs none itself.
    pub any_orders: bool,
    /// Of each fault, by its number from 1: what fails in the same way when it happens at the same point instead.
    pub alternatives: Vec<(u32, Choice)>,
}

impl Simulation {
    /// Explains a reduced failure.
    #[must_use]
    pub fn explain(&self, recording: &Recording, signature: Signature) -> Explanation {
        let mut worker = self.replayer();
        let mut result = |recording: &Recording| -> Result {
            match self.replay(&mut worker, recording, &mut ()).violation {
                None => Result::Passes,
                Some(violation) if Signature::of(&violation) == signature => Result::Fails,
                Some(violation) => Result::Other(violation),
            }
        };
        let without: Vec<Without> = removals(recording)
            .into_iter()
            .map(|removal| Without { removal, result: result(&without(recording, removal)) })
            .collect();
        let mut alternatives = Vec::new();
        for (n, fault) in recording.faults().enumerate() {
            for other in self.others(fault).into_iter().take(KINDS_MAX) {
                if result(&replaced(recording, fault, other.value)) == Result::Fails {
                    alternatives.push((n as u32 + 1, other));
                }
            }
        }
        let all = self.with_all_items(recording);
        let needs_items = needs(&without, |removal| matches!(removal, Removal::Item(..)));
        let any_items = !needs_items && all != *recording && result(&all) == Result::Fails;
        let mut more = recording.clone();
        more.workload.orders.push(OrderPlan { items: self.shape.all(&self.scenario.model), ..OrderPlan::default() });
        let needs_orders = needs(&without, |removal| matches!(removal, Removal::Order(_)));
        let fits = more.workload.orders.len() <= crate::workload::ORDERS_MAX;
        let any_orders = !needs_orders && fits && result(&more) == Result::Fails;
        let any_latencies = self.fails_at_any_latencies(&mut worker, recording, signature);
        Explanation { without, any_latencies, any_items, any_orders, alternatives }
    }

    /// The other faults that the profile can inject in place of this one.
    fn others(&self, fault: &Choice) -> Vec<Choice> {
        let point = sim_core::Point { site: fault.site, subject: fault.subject, allowed: u32::MAX, event: fault.event };
        alternatives(self, &point).into_iter().filter(|other| other.value != fault.value).collect()
    }

    fn with_all_items(&self, recording: &Recording) -> Recording {
        let mut all = recording.clone();
        for order in all.workload.orders.iter_mut().filter(|order| !order.is_absent()) {
            order.items = self.shape.all(&self.scenario.model);
        }
        all
    }

    fn fails_at_any_latencies(&self, worker: &mut Worker, recording: &Recording, signature: Signature) -> bool {
        let mut drawn = recording.clone();
        drawn.choices.retain(|choice| !choice.span);
        worker.choices.settings_mut().latencies = true;
        let limits = self.limits(0, false);
        let fails = (0..DRAWS).all(|draw| {
            let outcome = self.replay_under(worker, &drawn, (mix(0x1A7E_4C1E, draw), &limits), &mut ());
            outcome.violation.is_some_and(|violation| Signature::of(&violation) == signature)
        });
        worker.choices.settings_mut().latencies = false;
        fails
    }
}

/// Whether a failure needs several things of a kind together: it is gone without any one of them.
fn needs(without: &[Without], kind: impl Fn(&Removal) -> bool) -> bool {
    let mut of_kind = without.iter().filter(|row| kind(&row.removal)).peekable();
    of_kind.peek().is_some() && of_kind.all(|row| row.result != Result::Fails)
}

/// Everything that can be left out of a run, one thing each.
fn removals(recording: &Recording) -> Vec<Removal> {
    let workload = &recording.workload;
    let mut removals: Vec<Removal> = (1..=recording.faults().count() as u32).map(Removal::Fault).collect();
    removals.extend((0..workload.commands.len()).map(Removal::Command));
    for (order, plan) in workload.orders.iter().enumerate().filter(|(_, plan)| !plan.is_absent()) {
        if workload.orders_present() > 1 {
            removals.push(Removal::Order(order as u16));
        }
        if plan.quote != QuoteDefect::None {
            removals.push(Removal::Flaw(order as u16));
        }
        let items: Vec<u8> = (0..64).filter(|item| plan.items & 1 << item != 0).collect();
        if items.len() > 1 {
            removals.extend(items.iter().take(ITEMS_MAX).map(|item| Removal::Item(order as u16, ItemIx(*item))));
        }
    }
    removals
}

/// A recording without one thing.
fn without(recording: &Recording, removal: Removal) -> Recording {
    let mut left = recording.clone();
    let orders = &mut left.workload.orders;
    match removal {
        Removal::Fault(n) => {
            let mut at = 0;
            left.choices.retain(|choice| {
                at += u32::from(!choice.span);
                choice.span || at != n
            });
        }
        Removal::Command(i) => {
            left.workload.commands.remove(i);
        }
        Removal::Order(order) => {
            orders[usize::from(order)] = OrderPlan::default();
            left.workload.commands.retain(|command| command.order != order);
        }
        Removal::Item(order, item) => orders[usize::from(order)].items &= !(1 << item.0),
        Removal::Flaw(order) => orders[usize::from(order)].quote = QuoteDefect::None,
    }
    left
}

/// A recording with another value of one of its faults.
fn replaced(recording: &Recording, fault: &Choice, value: u64) -> Recording {
    let mut other = recording.clone();
    for choice in &mut other.choices {
        if (choice.site, choice.subject, choice.span) == (fault.site, fault.subject, false) {
            choice.value = value;
        }
    }
    other
}
