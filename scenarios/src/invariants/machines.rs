//! The state machines of the catalogue as masks: what may follow each state, by the numbers of the states.

use crate::definition::{Machine, bundled_machines};
use crate::predicate::fields::{
    CHARGE_STATE, ENUMERATIONS, EnumerationId, ORDER_STATE, PRODUCT_STATE, QUOTE_STATE, SAGA_STATE, STEP_STATE,
};

/// A thing with a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Thing {
    /// A quote.
    Quote,
    /// An order.
    Order,
    /// An order item.
    Item,
    /// A product instance.
    Product,
    /// A charge.
    Charge,
    /// A saga instance.
    Saga,
    /// A step.
    Step,
}

impl Thing {
    /// All of them, by number.
    pub const ALL: [Self; 7] =
        [Self::Quote, Self::Order, Self::Item, Self::Product, Self::Charge, Self::Saga, Self::Step];

    /// Its name, as the catalogue has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Order => "order",
            Self::Item => "item",
            Self::Product => "product",
            Self::Charge => "charge",
            Self::Saga => "saga",
            Self::Step => "step",
        }
    }

    /// The names of its states, in the order of their numbers.
    #[must_use]
    pub fn states(self) -> &'static [&'static str] {
        let names: EnumerationId = match self {
            Self::Quote => QUOTE_STATE,
            Self::Order | Self::Item => ORDER_STATE,
            Self::Product => PRODUCT_STATE,
            Self::Charge => CHARGE_STATE,
            Self::Saga => SAGA_STATE,
            Self::Step => STEP_STATE,
        };
        ENUMERATIONS[usize::from(names.0)].1
    }
}

/// By thing and state: the states that may follow, one bit each.
pub struct Machines {
    next: [[u16; 16]; 7],
}

impl Machines {
    /// The machines of the catalogue.
    #[must_use]
    pub fn bundled() -> Self {
        let machines = bundled_machines();
        let next = Thing::ALL.map(|thing| machines.get(thing.name()).map_or([0; 16], |machine| rows(machine, thing)));
        Self { next }
    }

    /// Whether a machine allows a transition; staying where one is always is.
    #[inline]
    #[must_use]
    pub fn allow(&self, thing: Thing, before: u8, after: u8) -> bool {
        let row = self.next[thing as usize].get(usize::from(before)).copied().unwrap_or_default();
        before == after || row.checked_shr(after.into()).unwrap_or_default() & 1 != 0
    }
}

fn rows(machine: &Machine, thing: Thing) -> [u16; 16] {
    let mut rows = [0; 16];
    for (row, from) in rows.iter_mut().zip(thing.states()) {
        for (to, state) in thing.states().iter().enumerate() {
            *row |= u16::from(machine.allows(from, state)) << to;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{ChargeState, QuoteState, SagaState};

    #[test]
    fn the_numbers_of_states_are_those_of_the_catalogue() {
        for (thing, state, number) in [
            (Thing::Quote, "accepted", QuoteState::Accepted as usize),
            (Thing::Charge, "REJECTED", ChargeState::Rejected as usize),
            (Thing::Saga, "MANUALLY_CLOSED", SagaState::ManuallyClosed as usize),
            (Thing::Saga, "FALLOUT", SagaState::Fallout as usize),
        ] {
            assert_eq!(thing.states()[number], state);
        }
    }
}
