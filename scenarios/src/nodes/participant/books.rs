//! The books of billing and of the asset system: the states of charges and products, by their machines.

use super::record::{NO_CHARGE, Record, RecordState};
use super::{Cx, Participant};
use crate::change::{Change, ChargeState};
use crate::definition::{Aggregate, EffectKind};
use crate::model::Model;
use crate::predicate::fields::{CHARGE_STATE, ENUMERATIONS, EnumerationId, PRODUCT_STATE};

/// The states of a charge in the order of its machine.
const CHARGE_STATES: [ChargeState; 5] =
    [ChargeState::Requested, ChargeState::Active, ChargeState::Stopped, ChargeState::Credited, ChargeState::Rejected];

impl Participant {
    /// Reports the state that a charge or product came into. `before` is the record's state and symbol before; `None`: it
    /// was just made.
    pub(super) fn keep_books(&mut self, cx: &mut Cx<'_>, record: usize, before: Option<(RecordState, Option<u32>)>) {
        let model = &cx.model.model;
        let Record { operation, order, item, charge, state, symbol, .. } = self.records[record];
        let machine = match model.operation(operation).effect {
            EffectKind::Financial if charge != NO_CHARGE => CHARGE_STATE,
            EffectKind::Asset => PRODUCT_STATE,
            _ => return,
        };
        let before = before.map_or(0, |(state, symbol)| in_machine(model, machine, state, symbol));
        let after = in_machine(model, machine, state, symbol);
        if before == after {
            return;
        }
        cx.change(if machine == CHARGE_STATE {
            let state = |ix: u8| CHARGE_STATES[usize::from(ix)];
            Change::Charge { order, charge, before: state(before), after: state(after) }
        } else {
            Change::Product { order, item, before, after }
        });
        let of = if machine == CHARGE_STATE { Aggregate::Charge } else { Aggregate::Product };
        self.tell(cx, (order, item), (of, after));
    }
}

/// The state of a record as an index into the states of a machine: by its word, else what is usual for a record that
/// stands so.
fn in_machine(model: &Model, machine: EnumerationId, state: RecordState, symbol: Option<u32>) -> u8 {
    let word = symbol.and_then(|symbol| model.vocabulary.text(symbol));
    let states = ENUMERATIONS[usize::from(machine.0)].1;
    let by_word = states.iter().position(|known| Some(*known) == word);
    let usual = match (machine == CHARGE_STATE, state) {
        (_, RecordState::Requested) => 0,
        (true, RecordState::Active) => 1,
        (true, RecordState::Undone) => 3,
        (_, RecordState::Changed) | (false, RecordState::Active) => 2,
        (false, RecordState::Undone) => 6,
    };
    by_word.unwrap_or(usual) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charge_states_are_those_of_the_machine() {
        for (state, name) in CHARGE_STATES.iter().zip(ENUMERATIONS[usize::from(CHARGE_STATE.0)].1) {
            assert_eq!(format!("{state:?}").to_uppercase(), *name);
        }
    }
}
