//! What predicates read that means the same wherever they stand: fields of charges, the state of a shipment, the columns of
//! records. Where the values come from is the business of each place.

use sim_core::Time;

use crate::definition::{StepKind, StepState};
use crate::model::{Charge, ItemIx, Model, StepIx};
use crate::nodes::oms::item_id;
use crate::predicate::{ColumnId, Field, ListId, Value};
use crate::scenario::Scenario;

/// An amount of a charge's currency.
#[must_use]
pub fn money(charge: &Charge, minor: i64) -> Value {
    iso_currency::Currency::from_code(code(charge)).map_or(Value::Missing, |currency| Value::Money { minor, currency })
}

fn code(charge: &Charge) -> &str {
    std::str::from_utf8(&charge.currency).unwrap_or("")
}

/// A name of the vocabulary.
#[must_use]
pub fn named(model: &Model, text: &str) -> Value {
    model.vocabulary.name(text).map_or(Value::Missing, Value::Name)
}

/// What of an item never changes; `None` for any other field. Orders add things, and do nothing else.
#[must_use]
pub fn of_item(scenario: &Scenario, item: ItemIx, field: Field) -> Option<Value> {
    let offering = || scenario.model.items.get(item.ix()).map(|item| named(&scenario.model, &item.offering));
    match field {
        Field::ItemOffering => Some(offering().unwrap_or(Value::Missing)),
        Field::ItemAction => Some(named(&scenario.model, "add")),
        _ => None,
    }
}

/// A field of a charge, or of an item without one; `None` for any other field.
#[must_use]
pub fn of_charge(scenario: &Scenario, charge: Option<&Charge>, field: Field) -> Option<Value> {
    let symbols = &scenario.symbols;
    let value = |charge: &Charge| match field {
        Field::ChargeId => Some(Value::Id(u64::from(charge.item.0))),
        Field::ChargeType => Some(Value::Name(if charge.recurring { symbols.recurring } else { symbols.one_time })),
        Field::ChargeAmount => Some(money(charge, charge.amount)),
        Field::ChargeCurrency => Some(named(&scenario.model, code(charge))),
        _ => None,
    };
    match field {
        Field::ChargeId | Field::ChargeType | Field::ChargeAmount | Field::ChargeCurrency => {
            Some(charge.and_then(value).unwrap_or(Value::Missing))
        }
        _ => None,
    }
}

/// The state of an item's shipment, from the step that ships it.
pub fn shipment(scenario: &Scenario, item: ItemIx, state: impl Fn(StepIx) -> StepState) -> Value {
    let (model, symbols) = (&scenario.model, &scenario.symbols);
    let Some(item) = model.items.get(item.ix()) else { return Value::Missing };
    let step = item.steps.iter().find(|step| model.step(**step).kind == StepKind::Shipping);
    Value::Name(match step.map(|step| state(*step)) {
        Some(StepState::Completed) => symbols.shipped,
        Some(StepState::Sent | StepState::Unknown) => symbols.ship_requested,
        _ => symbols.no_shipment,
    })
}

/// A record as predicates read it, but for its state.
pub struct RecordView<'a> {
    /// Its number at its system.
    pub number: u32,
    /// The key of the request that made it.
    pub key: u64,
    /// When that was.
    pub created: Time,
    /// Of which order.
    pub order: u16,
    /// Of which of its items.
    pub item: ItemIx,
    /// Of which charge.
    pub charge: Option<&'a Charge>,
    /// In minor units.
    pub amount: i64,
}

impl RecordView<'_> {
    /// The value of a column other than the state.
    #[must_use]
    pub fn column(&self, model: &Model, list: ListId, column: ColumnId) -> Value {
        match column {
            ColumnId::ID => return Value::Id(self.number.into()),
            ColumnId::KEY => return Value::Id(self.key),
            ColumnId::CREATED_AT => return Value::Time(self.created.0),
            _ => {}
        }
        let columns = model.vocabulary.lists().get(usize::from(list.0)).map(|list| &list.columns);
        match columns.and_then(|columns| columns.get(usize::from(column.0))).map(|(name, _)| name.as_str()) {
            Some("orderId") => Value::Id(u64::from(self.order) + 1),
            Some("orderItemId") => Value::Id(item_id(self.order, self.item)),
            Some("amount") => self.charge.map_or(Value::Missing, |charge| money(charge, self.amount)),
            Some("currency") => self.charge.map_or(Value::Missing, |charge| named(model, code(charge))),
            Some("effectiveStart" | "startedAt" | "since") => Value::Time(self.created.0),
            _ => Value::Missing,
        }
    }
}
