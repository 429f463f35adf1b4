//! What a predicate of the reconciler reads of a system's records, and how the system counts those that match.
//!
//! The reconciler tells the state of the item as the OMS knows it; everything else about item and charge stands in the
//! accepted order, which the system got with the request.

use sim_core::Time;

use super::record::{Record, RecordState};
use super::{Cx, Participant};
use crate::definition::OrderState;
use crate::facts::{self, RecordView};
use crate::message::Message;
use crate::model::{Charge, ItemIx, Model, Rule};
use crate::nodes::oms::item_id;
use crate::nodes::reconciler::{Count, Question, ReconcilerMessage, Surplus};
use crate::predicate::{ColumnId, Facts, Field, FieldId, ListId, Value};
use crate::scenario::Scenario;

/// One record beside the item and charge that it is compared with.
struct RecordFacts<'a> {
    scenario: &'a Scenario,
    records: &'a [Record],
    it: usize,
    order: u16,
    item: ItemIx,
    charge: Option<&'a Charge>,
    state: OrderState,
    as_of: Time,
}

impl RecordFacts<'_> {
    fn charge_of(&self, record: &Record) -> Option<&Charge> {
        self.scenario.model.charges.get(record.charge.ix())
    }

    fn column(&self, list: ListId, record: &Record, column: ColumnId) -> Value {
        if column == ColumnId::STATE {
            return symbol_at(record, self.as_of).map_or(Value::Missing, Value::Name);
        }
        let Record { number, key, created, order, item, amount, .. } = *record;
        let charge = self.charge_of(record);
        RecordView { number, key, created, order, item, charge, amount }.column(&self.scenario.model, list, column)
    }

    fn list_of(&self, record: &Record) -> Option<ListId> {
        made_list(&self.scenario.model, record)
    }

    fn listed(&self, list: ListId) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| self.list_of(record) == Some(list) && is_there(record, self.as_of))
    }
}

impl Facts for RecordFacts<'_> {
    fn field(&self, field: FieldId) -> Value {
        let symbols = &self.scenario.symbols;
        let known = match field {
            FieldId::Known(known) => known,
            FieldId::It(column) => {
                let record = &self.records[self.it];
                return self.list_of(record).map_or(Value::Missing, |list| self.column(list, record, column));
            }
            FieldId::Trait(_) => return Value::Missing,
        };
        match known {
            Field::OrderId | Field::QuoteId => Value::Id(u64::from(self.order) + 1),
            Field::ItemId => Value::Id(item_id(self.order, self.item)),
            Field::ItemName => symbols.items.get(self.item.ix()).map_or(Value::Missing, |name| Value::Name(*name)),
            Field::ItemState => Value::Name(symbols.order[self.state as usize]),
            Field::ItemQuantity => Value::Int(1),
            _ => facts::of_item(self.scenario, self.item, known)
                .or_else(|| facts::of_charge(self.scenario, self.charge, known))
                .unwrap_or(Value::Missing),
        }
    }

    fn records(&self, list: ListId) -> usize {
        self.listed(list).count()
    }

    fn record_field(&self, list: ListId, row: usize, column: ColumnId) -> Value {
        self.listed(list).nth(row).map_or(Value::Missing, |record| self.column(list, record, column))
    }

    fn step_state(&self, _step: u16) -> Value {
        Value::Missing
    }
}

/// The list that a record is in: that of the operation that made it. What an undo leaves behind is in none.
fn made_list(model: &Model, record: &Record) -> Option<ListId> {
    let operation = model.operation(record.operation);
    operation.records.filter(|_| operation.undoes.is_none() && operation.updates.is_none())
}

/// Whether a record could be seen at a time.
fn is_there(record: &Record, as_of: Time) -> bool {
    record.created <= as_of && !(record.gone && record.changed <= as_of)
}

/// The state of a record at a time, in the words of the contract.
fn symbol_at(record: &Record, as_of: Time) -> Option<u32> {
    if record.changed <= as_of || record.was.is_none() { record.symbol } else { record.was }
}

impl Participant {
    /// Answers what the reconciler asks: how many records match, and how many stand, for each charge of an item (or for
    /// the item, if it has none).
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>, message: ReconcilerMessage) {
        let ReconcilerMessage::AskSystem { question, state } = message else { return };
        let model = &cx.model.model;
        let Some(rule) = model.rules.get(usize::from(question.of)) else { return };
        if self.is_over_rate(cx) {
            cx.reply(Message::Reconciler(ReconcilerMessage::SystemSays {
                question,
                count: Count::default(),
                refused: true,
            }));
            return;
        }
        let Some(operation) = rule.operation.map(|op| model.operation(op)) else { return };
        let as_of = Time(cx.now.0.saturating_sub(operation.query_lag.0));
        let count = self.count(cx.model, rule, (&question, state), as_of);
        cx.reply(Message::Reconciler(ReconcilerMessage::SystemSays { question, count, refused: false }));
    }

    /// Counts records by a rule.
    fn count(
        &self,
        scenario: &Scenario,
        rule: &Rule,
        (question, state): (&Question, OrderState),
        as_of: Time,
    ) -> Count {
        let model = &scenario.model;
        let list = rule.operation.and_then(|op| model.operation(op).records);
        let item = &model.items[question.item.ix()];
        let mut count = Count::default();
        // Which record goes first: of any, and of each charge.
        let mut of_unit = [(Surplus::default(), false); Count::UNITS];
        let goes_first = |record: &Record, known: &mut Surplus, by_hand: &mut bool| {
            if record.by_hand || !*by_hand {
                let unit = item.charges.iter().position(|charge| *charge == record.charge).map(|unit| unit as u8);
                *known = Surplus { number: record.number as u16, key: record.key, unit };
                *by_hand = record.by_hand;
            }
        };
        for (it, record) in self.records.iter().enumerate() {
            let about = record.order == question.order && record.item == question.item;
            if !about || made_list(model, record) != list || !is_there(record, as_of) {
                continue;
            }
            let stands = record.state == RecordState::Active || record.changed > as_of;
            let mut counts = stands;
            if stands {
                count.standing = count.standing.saturating_add(1);
            }
            let units = item.charges.len().clamp(1, Count::UNITS);
            for (unit, (known, by_hand)) in of_unit.iter_mut().enumerate().take(units) {
                let charge = item.charges.get(unit).map(|charge| &model.charges[charge.ix()]);
                let (order, item) = (question.order, question.item);
                let facts = RecordFacts { scenario, records: &self.records, it, order, item, charge, state, as_of };
                if rule.matching.as_ref().map_or(stands, |matching| matching.holds(&facts)) {
                    count.add(unit);
                    counts = true;
                    goes_first(record, known, by_hand);
                }
            }
            if counts {
                goes_first(record, &mut count.surplus, &mut count.by_hand);
            }
        }
        // Where a charge is there too often, it is one of its records.
        let too_many = (0..Count::UNITS).find(|&unit| count.of(unit) > rule.exactly);
        if let Some((known, by_hand)) = too_many.map(|unit| of_unit[unit]) {
            (count.surplus, count.by_hand) = (known, by_hand);
        }
        count
    }
}
