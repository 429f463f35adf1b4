//! What predicates read of an order.

use super::{Cx, Oms};
use crate::facts;
use crate::model::{ItemIx, StepIx};
use crate::predicate::{ColumnId, Facts, Field, FieldId, ListId, Predicate, Value};
use crate::scenario::Scenario;

/// An order, and one of its items with one of its charges, as predicates see them.
pub struct OrderFacts<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The OMS.
    pub oms: &'a Oms,
    /// The order.
    pub order: u16,
    /// The item; [`ItemIx::ORDER`] for none.
    pub item: ItemIx,
    /// Which charge of the item is looked at.
    pub charge: usize,
}

impl OrderFacts<'_> {
    fn charge(&self) -> Option<&crate::model::Charge> {
        let model = &self.scenario.model;
        let item = model.items.get(self.item.ix())?;
        item.charges.get(self.charge).map(|charge| &model.charges[charge.ix()])
    }

    /// What was accepted for all items of the order; missing where they are of several currencies.
    fn total(&self) -> Value {
        let model = &self.scenario.model;
        let mut total = Value::Missing;
        for charge in model.charges.iter().filter(|charge| self.oms.item(self.order, charge.item).present) {
            total = match (total, facts::money(charge, charge.amount)) {
                (Value::Missing, first) => first,
                (Value::Money { minor, currency }, Value::Money { minor: more, currency: other })
                    if currency == other =>
                {
                    Value::Money { minor: minor.saturating_add(more), currency }
                }
                _ => return Value::Missing,
            };
        }
        total
    }
}

/// What predicates that are put to the OMS cannot read, for nothing tells it.
pub const UNKNOWN_FIELDS: &[Field] =
    &[Field::QuoteExpiresAt, Field::AccountId, Field::AccountValue, Field::ChargeTrialEnd];

impl Facts for OrderFacts<'_> {
    fn field(&self, field: FieldId) -> Value {
        let symbols = &self.scenario.symbols;
        let head = &self.oms.heads[usize::from(self.order)];
        let known = match field {
            FieldId::Known(known) => known,
            FieldId::Trait(name) => {
                let values =
                    self.scenario.model.items.get(self.item.ix()).and_then(|i| i.traits.get(usize::from(name)));
                return match values {
                    Some(values) if !values.is_empty() => Value::Name(values[head.traits as usize % values.len()]),
                    _ => Value::Missing,
                };
            }
            FieldId::It(_) => return Value::Missing,
        };
        let item = || self.oms.item(self.order, self.item);
        match known {
            Field::OrderId | Field::QuoteId => Value::Id(u64::from(self.order) + 1),
            Field::OrderState => Value::Name(symbols.order[head.state as usize]),
            Field::OrderVersion => Value::Int(head.version.into()),
            Field::OrderCreatedAt | Field::ItemCreatedAt => Value::Time(head.created.0),
            Field::QuoteVersion => Value::Int(head.quote.into()),
            Field::PlanVersion => Value::Int(head.plan.into()),
            Field::SagaState => Value::Name(symbols.saga[head.saga as usize]),
            Field::ItemId => Value::Id(item_id(self.order, self.item)),
            Field::ItemName => Value::Name(symbols.items.get(self.item.ix()).copied().unwrap_or(u32::MAX)),
            Field::ItemState => Value::Name(symbols.order[item().state as usize]),
            Field::ItemQuantity => Value::Int(1),
            Field::QuoteState => facts::named(&self.scenario.model, "accepted"),
            Field::QuoteTotal => self.total(),
            Field::ItemCompletedAt if item().completed != sim_core::Time::NEVER => Value::Time(item().completed.0),
            Field::ShipmentState => {
                facts::shipment(self.scenario, self.item, |step| self.oms.row(self.order, step).state)
            }
            _ => facts::of_item(self.scenario, self.item, known)
                .or_else(|| facts::of_charge(self.scenario, self.charge(), known))
                .unwrap_or(Value::Missing),
        }
    }

    fn records(&self, _list: ListId) -> usize {
        // The OMS holds no records of other systems.
        0
    }

    fn record_field(&self, _list: ListId, _row: usize, _column: ColumnId) -> Value {
        Value::Missing
    }

    fn step_state(&self, step: u16) -> Value {
        Value::Name(self.scenario.symbols.step[self.oms.row(self.order, StepIx(step)).state as usize])
    }
}

/// The id of an item of an order, as predicates compare it with the fields of records.
#[must_use]
pub fn item_id(order: u16, item: ItemIx) -> u64 {
    (u64::from(order) + 1) << 8 | u64::from(item.0)
}

impl Oms {
    /// Whether a predicate holds for an item of an order.
    pub(super) fn holds(&self, cx: &Cx<'_>, (order, item): (u16, ItemIx), predicate: &Predicate) -> bool {
        predicate.holds(&OrderFacts { scenario: cx.model, oms: self, order, item, charge: 0 })
    }
}
