//! What became of an order: one of a few things, so that they add up to all orders.

use sim_core::World;

use crate::change::SagaState;
use crate::definition::OrderState;
use crate::nodes::SimNode;
use crate::scenario::Scenario;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fate {
    /// Everything was delivered, or its saga came to its end and the order goes on: another saga takes it from there.
    Completed,
    /// Some of it was delivered.
    Partly,
    /// It was cancelled and undone.
    Cancelled,
    /// It was refused, and nothing was done.
    Rejected,
    /// It could not be delivered, and what was done is undone.
    Failed,
    /// Its saga was handed to a person, who may have closed it.
    Fallout,
    /// Its saga neither ended nor went on, nor was handed to a person.
    Stuck,
    /// Its run was stopped where it broke, so nobody knows.
    NotFollowed,
}

/// How many there are.
pub const FATES: usize = Fate::NotFollowed as usize + 1;

impl Fate {
    /// What became of an order when nothing was left to happen, `partly` where some of its items came to nothing and others
    /// did not: an order is completed with what is left of it.
    #[must_use]
    pub const fn of(saga: SagaState, order: OrderState, partly: bool) -> Self {
        match (saga, order) {
            (SagaState::Fallout | SagaState::ManuallyClosed, _) => Self::Fallout,
            // No saga is needed for an order that was refused.
            (_, OrderState::Rejected) => Self::Rejected,
            (SagaState::Pending | SagaState::Executing | SagaState::UnknownOutcome | SagaState::Compensating, _) => {
                Self::Stuck
            }
            (_, OrderState::Partial) => Self::Partly,
            (_, OrderState::Cancelled) => Self::Cancelled,
            (_, OrderState::Failed) | (SagaState::Compensated, _) => Self::Failed,
            (SagaState::Completed, OrderState::Completed) if partly => Self::Partly,
            (SagaState::Completed, _) => Self::Completed,
        }
    }
}

/// What became of the orders of a run, by fate. One that was stopped where it broke, not `at_rest`, says of none of them.
pub fn count(world: &World<Scenario>, at_rest: bool) -> [u64; FATES] {
    let mut fates = [0; FATES];
    let Some(oms) = world.nodes.iter().find_map(SimNode::as_oms) else { return fates };
    for (order, head) in oms.heads.iter().enumerate().filter(|(_, head)| head.instances > 0) {
        let partly = oms.is_partly_delivered(order as u16);
        let fate = if at_rest { Fate::of(head.saga, head.state, partly) } else { Fate::NotFollowed };
        fates[fate as usize] += 1;
    }
    fates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_saga_decides_before_the_order() {
        for (saga, order, fate) in [
            (SagaState::Completed, OrderState::Completed, Fate::Completed),
            (SagaState::Completed, OrderState::InProgress, Fate::Completed),
            (SagaState::Completed, OrderState::Partial, Fate::Partly),
            (SagaState::Compensated, OrderState::Cancelled, Fate::Cancelled),
            (SagaState::Compensated, OrderState::Failed, Fate::Failed),
            // It was undone before it made an order.
            (SagaState::Compensated, OrderState::Acknowledged, Fate::Failed),
            (SagaState::Pending, OrderState::Rejected, Fate::Rejected),
            (SagaState::Fallout, OrderState::Partial, Fate::Fallout),
            (SagaState::ManuallyClosed, OrderState::Failed, Fate::Fallout),
            (SagaState::Executing, OrderState::Completed, Fate::Stuck),
            (SagaState::Compensating, OrderState::Cancelled, Fate::Stuck),
        ] {
            assert_eq!(Fate::of(saga, order, false), fate, "{saga:?} {order:?}");
        }
        // What is left of an order is delivered; what came to nothing is not forgotten.
        assert_eq!(Fate::of(SagaState::Completed, OrderState::Completed, true), Fate::Partly);
        assert_eq!(Fate::of(SagaState::Fallout, OrderState::Completed, true), Fate::Fallout);
    }
}
