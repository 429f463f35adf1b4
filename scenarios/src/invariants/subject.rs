//! What a violation is about: order, item and step, packed into one word; and their names for stories.
//!
//! Bits 0 to 15 hold the order, 16 to 23 the item (255: none), 32 to 47 the step (65,535: none). Bits 24 to 31 and 48 to
//! 63 are extra: they tell obligations about one place apart, and of the designer's own rules which it is; otherwise they play no
//! part in the signature.

use iso_currency::Currency;
use sim_core::Violation;

use crate::definition::{Family, Money, Span};
use crate::model::{ChargeIx, ItemIx, Model, StepIx};
use crate::money::show_money;
use crate::scenario::Scenario;

const NO_STEP: u16 = u16::MAX;
/// From here on the bits of the step name the emitter of an event, from the end: 65,535 the OMS, and no step.
const EMITTERS: u16 = NO_STEP - 255;

/// What a subject names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The order, from 0.
    pub order: u16,
    /// The item; `None` for the order itself.
    pub item: Option<ItemIx>,
    /// The step.
    pub step: Option<StepIx>,
    /// Of a subject about an event, its emitter (0: the OMS).
    pub emitter: u8,
    /// The two extra fields: one byte, and two bytes.
    pub extra: (u8, u16),
}

fn pack(order: u16, item: ItemIx, step: u16) -> u64 {
    u64::from(order) | u64::from(item.0) << 16 | u64::from(step) << 32
}

/// An order.
#[must_use]
pub fn of_order(order: u16) -> u64 {
    pack(order, ItemIx::ORDER, NO_STEP)
}

/// An item of an order.
#[must_use]
pub fn of_item(order: u16, item: ItemIx) -> u64 {
    pack(order, item, NO_STEP)
}

/// A step of an order; the item is the step's.
#[must_use]
pub fn of_step(model: &Model, order: u16, step: StepIx) -> u64 {
    pack(order, model.step(step).item, step.0)
}

/// A step about an item that need not be the step's own.
#[must_use]
pub fn of_item_step(order: u16, item: ItemIx, step: StepIx) -> u64 {
    pack(order, item, step.0)
}

/// The same subject with its extra fields.
#[must_use]
pub fn with_extra(subject: u64, byte: u8, word: u16) -> u64 {
    subject & 0x0000_FFFF_00FF_FFFF | u64::from(byte) << 24 | u64::from(word) << 48
}

/// The same subject, of no step, about an event of this emitter (0: the OMS).
#[must_use]
pub fn of_emitter(subject: u64, source: u8) -> u64 {
    subject & !(0xFFFF << 32) | u64::from(NO_STEP - u16::from(source)) << 32
}

/// What a subject names.
#[must_use]
pub fn unpack(subject: u64) -> Place {
    let item = ItemIx((subject >> 16) as u8);
    let step = (subject >> 32) as u16;
    Place {
        order: subject as u16,
        item: (item != ItemIx::ORDER).then_some(item),
        step: (step < EMITTERS).then_some(StepIx(step)),
        emitter: if step < EMITTERS { 0 } else { (NO_STEP - step) as u8 },
        extra: ((subject >> 24) as u8, (subject >> 48) as u16),
    }
}

/// What makes two failures the same: the invariant and the saga step, or the item where there is no step. A rule of the
/// designer's own is an invariant of its own.
#[must_use]
pub fn signature(scenario: &Scenario, violation: &Violation) -> String {
    let id = super::INVARIANTS[usize::from(violation.invariant)].id;
    match place_name(&scenario.model, violation) {
        Some(name) => format!("{id}@{name}"),
        None => id.to_owned(),
    }
}

/// The step of a violation, or its item; of a rule of the designer's own `mine of router`.
#[must_use]
pub fn place_name(model: &Model, violation: &Violation) -> Option<String> {
    let place = unpack(violation.subject);
    let step = place.step.and_then(|step| model.steps.get(step.ix())).map(|step| step.id.clone());
    let name = step.or_else(|| place.item.and_then(|item| model.items.get(item.ix())).map(|item| item.id.clone()));
    let rule = own_rule(violation).and_then(|rule| model.custom.get(usize::from(rule)));
    match (rule, name) {
        (Some(rule), Some(name)) => Some(rule_name(&rule.id, &name)),
        (Some(rule), None) => Some(rule.id.clone()),
        (None, name) => name,
    }
}

fn rule_name(rule: &str, item: &str) -> String {
    format!("{rule} of {item}")
}

/// All places at which a rule of the designer's own may break.
pub fn rule_names(model: &Model, rule: &str) -> impl Iterator<Item = String> {
    model.items.iter().map(move |item| rule_name(rule, &item.id))
}

/// Which rule of the designer's own is broken, by its place in the model, if it is one.
#[must_use]
pub fn own_rule(violation: &Violation) -> Option<u8> {
    let entry = super::INVARIANTS.get(usize::from(violation.invariant))?;
    (entry.family == Family::Own).then(|| unpack(violation.subject).extra.0)
}

/// `order-1`
#[must_use]
pub fn order_name(order: u16) -> String {
    format!("order-{}", u32::from(order) + 1)
}

/// `item router of order-1`, or `order-1` where there is no item.
#[must_use]
pub fn item_name(model: &Model, order: u16, item: ItemIx) -> String {
    match model.items.get(item.ix()) {
        Some(item) => format!("item {} of {}", item.id, order_name(order)),
        None => order_name(order),
    }
}

/// `ship-router of order-1`; an undo step is `release-router (undoes reserve-router) of order-1`.
#[must_use]
pub fn step_name(model: &Model, order: u16, step: StepIx) -> String {
    let Some(found) = model.steps.get(step.ix()) else { return order_name(order) };
    match found.undoes {
        Some(undone) => {
            format!("{} (undoes {}) of {}", found.id, model.step(undone).id, order_name(order))
        }
        None => format!("{} of {}", found.id, order_name(order)),
    }
}

/// The most exact name of what a violation is about.
#[must_use]
pub fn name(scenario: &Scenario, violation: &Violation) -> String {
    let place = unpack(violation.subject);
    match (place.step, place.item) {
        (Some(step), _) => step_name(&scenario.model, place.order, step),
        (None, Some(item)) => item_name(&scenario.model, place.order, item),
        (None, None) => order_name(place.order),
    }
}

/// An amount in the currency of a charge: `89.90 EUR`.
#[must_use]
pub fn amount(model: &Model, charge: ChargeIx, minor: i64) -> String {
    let currency = std::str::from_utf8(&model.charges[charge.ix()].currency).ok().and_then(Currency::from_code);
    match currency {
        Some(currency) => show_money(Money { minor, currency }),
        None => minor.to_string(),
    }
}

/// Where the step, or else the item, of a violation is written.
#[must_use]
pub fn written(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    let place = unpack(violation.subject);
    let model = &scenario.model;
    let step = place.step.and_then(|step| model.steps.get(step.ix())).map(|step| step.span);
    let item = place.item.and_then(|item| model.items.get(item.ix())).map(|item| item.span);
    step.or(item).filter(|span| Model::is_written(*span))
}

/// Where the contract of the operation that the violation's step calls is written; else where the step is.
#[must_use]
pub fn contract(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    let place = unpack(violation.subject);
    let model = &scenario.model;
    let call = place.step.and_then(|step| model.steps.get(step.ix())).and_then(|step| step.call);
    let span = call.map(|call| model.operation(call).span).filter(|span| Model::is_written(*span));
    span.or_else(|| written(scenario, violation))
}

/// Nothing of the definition has to change: the plumbing does.
#[must_use]
pub fn plumbing(_: &Scenario, _: &Violation) -> Option<Span> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_what_it_was_packed_from() {
        let place = |order, item, step, extra| Place { order, item, step, emitter: 0, extra };
        for (subject, expected) in [
            (of_order(3), place(3, None, None, (0, 0))),
            (of_item(1, ItemIx(2)), place(1, Some(ItemIx(2)), None, (0, 0))),
            (of_item_step(0, ItemIx(0), StepIx(7)), place(0, Some(ItemIx(0)), Some(StepIx(7)), (0, 0))),
            (of_emitter(of_item(1, ItemIx(2)), 3), Place { emitter: 3, ..place(1, Some(ItemIx(2)), None, (0, 0)) }),
            (
                with_extra(of_item_step(9, ItemIx(4), StepIx(300)), 2, 77),
                place(9, Some(ItemIx(4)), Some(StepIx(300)), (2, 77)),
            ),
        ] {
            assert_eq!(unpack(subject), expected);
        }
    }
}
