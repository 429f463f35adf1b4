//! What must hold of the pipeline: each monitor sees the changes it asked for and keeps its state in a few words.

use sim_core::{Duration, Invariant, Judge, ObligationId, Strictness};

use super::messages::{Change, Thing};
use super::nodes::Node;
use super::{ITEMS, Ledger, Pipeline};

/// Longer than any series of retries that the link can force.
const PATIENCE: Duration = Duration::hours(1);

pub fn all() -> Vec<Box<dyn Invariant<Pipeline>>> {
    vec![Box::new(SingleOrder), Box::new(SingleEffect), Box::new(Answered), Box::new(Published), Box::new(Completed)]
}

const fn watch(thing: Thing) -> u64 {
    1 << thing as u64
}

/// A quote becomes one order. State: one word for each quote, whether it has become one.
struct SingleOrder;

impl Invariant<Pipeline> for SingleOrder {
    fn id(&self) -> &'static str {
        "single-order"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Always
    }

    fn watches(&self) -> u64 {
        watch(Thing::OrderCommitted)
    }

    fn words(&self, model: &Pipeline, _: &Ledger) -> usize {
        model.orders as usize
    }

    fn check(&self, judge: &mut Judge<'_, Pipeline>, change: &Change) {
        let quote = change.value as usize;
        let first = judge.state[quote] == 0;
        judge.state[quote] = 1;
        judge.require(first, quote as u64, 0);
    }

    fn finish(&self, judge: &mut Judge<'_, Pipeline>, _: &[Node]) {
        let orders = judge.state.iter().sum::<u64>();
        judge.require(orders == u64::from(judge.model.orders), orders, 0);
    }
}

/// An item has one charge and one asset. State: how many activations there were.
struct SingleEffect;

impl Invariant<Pipeline> for SingleEffect {
    fn id(&self) -> &'static str {
        "single-effect"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Always
    }

    fn watches(&self) -> u64 {
        watch(Thing::ItemActivated)
    }

    fn words(&self, _: &Pipeline, _: &Ledger) -> usize {
        1
    }

    fn check(&self, judge: &mut Judge<'_, Pipeline>, change: &Change) {
        judge.state[0] += 1;
        let count = judge.ledger.activations[change.id as usize][change.value as usize];
        judge.require(count == 1, change.id.into(), count.into());
    }

    fn finish(&self, judge: &mut Judge<'_, Pipeline>, _: &[Node]) {
        let activations = judge.state[0];
        judge.require(activations == u64::from(judge.model.orders * ITEMS * 2), activations, 0);
    }
}

/// Every quote is answered. State: the obligation of each quote.
struct Answered;

impl Invariant<Pipeline> for Answered {
    fn id(&self) -> &'static str {
        "quotes-answered"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Eventually
    }

    fn watches(&self) -> u64 {
        watch(Thing::QuoteAsked) | watch(Thing::QuoteAnswered)
    }

    fn words(&self, model: &Pipeline, _: &Ledger) -> usize {
        model.orders as usize
    }

    fn check(&self, judge: &mut Judge<'_, Pipeline>, change: &Change) {
        owe(judge, change, Thing::QuoteAsked);
    }
}

/// Every outbox row is published, and belongs to a committed order. State: the obligation of each row.
struct Published;

impl Invariant<Pipeline> for Published {
    fn id(&self) -> &'static str {
        "rows-published"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Eventually
    }

    fn watches(&self) -> u64 {
        watch(Thing::OrderCommitted) | watch(Thing::RowPublished)
    }

    fn words(&self, model: &Pipeline, _: &Ledger) -> usize {
        model.orders as usize
    }

    fn check(&self, judge: &mut Judge<'_, Pipeline>, change: &Change) {
        owe(judge, change, Thing::OrderCommitted);
    }
}

/// Every order is completed. State: the obligation of each order.
struct Completed;

impl Invariant<Pipeline> for Completed {
    fn id(&self) -> &'static str {
        "orders-completed"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Eventually
    }

    fn watches(&self) -> u64 {
        watch(Thing::OrderCommitted) | watch(Thing::OrderCompleted)
    }

    fn words(&self, model: &Pipeline, _: &Ledger) -> usize {
        model.orders as usize
    }

    fn check(&self, judge: &mut Judge<'_, Pipeline>, change: &Change) {
        owe(judge, change, Thing::OrderCommitted);
    }
}

/// Opens the obligation of a thing at `opening`; any other change meets it, and must have one to meet.
fn owe(judge: &mut Judge<'_, Pipeline>, change: &Change, opening: Thing) {
    let id = change.id as usize;
    if change.thing == opening {
        judge.state[id] = judge.open(change.id.into(), PATIENCE, 0).0;
    } else {
        judge.require(judge.state[id] != 0, change.id.into(), 0);
        judge.meet(ObligationId(judge.state[id]));
    }
}
