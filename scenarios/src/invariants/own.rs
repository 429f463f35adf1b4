//! The rules of the designer's own, as the definition's `invariants:` writes them: one that must hold always, one that
//! must come to hold.
//!
//! A rule reads states as they were reported, kept here in words of the world, and records as they really are, from the
//! ledger. It is judged when an event is over: in the middle of one, half of a transaction would be seen.

use sim_core::{Invariant, Judge, Strictness, Time, Violation};

use super::entry::Entry;
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts, Numbers};
use super::{bounds, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Keyword as _, Severity, Span, StepState};
use crate::facts::{self, RecordView};
use crate::ledger::{Effect, Ledger};
use crate::model::{Charge, CustomRule, ItemIx, Model, StepIx};
use crate::nodes::oms::item_id;
use crate::predicate::{ColumnId, Facts, Field, FieldId, ListId, Value};
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry of the rules that must hold after every event.
pub const ALWAYS: Entry = Entry {
    id: "own-rule-always",
    family: Family::Own,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "the definition's own rules of class always hold after every event",
    seed: "22",
    guard: "each item for which such a rule speaks, after each event of its order",
    causes: &[],
    effect: "what the designer ruled out has happened",
    applies: |model| applies(model, true),
    story,
    definition,
    new: |model: &Model| Box::new(Own::new(model, true)),
};

/// The catalogue entry of the rules that must come to hold.
pub const EVENTUALLY: Entry = Entry {
    id: "own-rule-eventually",
    strictness: Strictness::Eventually,
    statement: "the definition's own rules of class eventually come to hold within their bound",
    guard: "each item from when such a rule speaks for it",
    effect: "what the designer asked for has not come about",
    applies: |model| applies(model, false),
    new: |model: &Model| Box::new(Own::new(model, false)),
    ..ALWAYS
};

fn applies(model: &Model, always: bool) -> Result<(), String> {
    match model.custom.iter().any(|rule| rule.always == always) {
        true => Ok(()),
        false => Err(format!("invariants: no rule of class {}", if always { "always" } else { "eventually" })),
    }
}

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// Which of its rules, `rules` in number, had something to judge, from what one of the two invariants keeps.
pub fn spoke(words: &[u64], rules: usize) -> impl Iterator<Item = usize> + '_ {
    let bits = &words[words.len() - rules.div_ceil(WORD)..];
    (0..rules).filter(move |place| bits[place / WORD] >> (place % WORD) & 1 != 0)
}

/// The rules of one class, by their place in the model.
#[must_use]
pub fn rules(model: &Model, always: bool) -> Vec<usize> {
    (0..model.custom.len()).filter(|rule| model.custom[*rule].always == always).collect()
}

/// See the catalogue entries.
struct Own {
    always: bool,
    /// The rules of this class, by their place in the model.
    rules: Vec<usize>,
    mirror: Mirror,
    /// By item and rule: of the eventual ones.
    debts: Debts,
    /// The word from which on each rule has a bit, set once it had something to say.
    spoken: usize,
}

/// Where the reported states stand in the words.
#[derive(Clone, Copy, Debug)]
struct Mirror {
    /// Orders that something happened to in this event.
    touched: Bits,
    /// State of the order and of the saga, one more than their numbers, and the order's version.
    heads: Numbers,
    items: Numbers,
    steps: Numbers,
    /// When the order was created, then when each item was completed, in microseconds and one more.
    times: usize,
    width: usize,
}

impl Mirror {
    fn new(model: &Model) -> Self {
        let touched = Bits { at: 0, columns: 1 };
        let heads = Numbers { at: touched.words(), columns: 3 };
        let items = Numbers { at: heads.at + heads.words(), columns: model.items.len() };
        let steps = Numbers { at: items.at + items.words(), columns: model.steps.len() };
        Self { touched, heads, items, steps, times: steps.at + steps.words(), width: model.items.len() + 1 }
    }

    fn words(self) -> usize {
        self.times + ORDERS_MAX * self.width
    }

    fn time(self, state: &[u64], order: u16, column: usize) -> Value {
        match state[self.times + usize::from(order) * self.width + column] {
            0 => Value::Missing,
            at => Value::Time(at - 1),
        }
    }

    fn is_there(self, state: &[u64], order: u16) -> bool {
        state[self.times + usize::from(order) * self.width] != 0
    }

    fn set_time(self, state: &mut [u64], order: u16, column: usize, at: Time) {
        state[self.times + usize::from(order) * self.width + column] = at.0 + 1;
    }

    /// Keeps what a change reports; gives the order that it touches.
    fn keep(self, judge: &mut Judge<'_, Scenario>, change: &Change) -> Option<u16> {
        let now = judge.now;
        let state = &mut *judge.state;
        match *change {
            Change::Created { order, .. } if usize::from(order) < ORDERS_MAX => {
                if !self.is_there(state, order) {
                    self.set_time(state, order, 0, now);
                }
                Some(order)
            }
            Change::Order { order, after, .. } => {
                self.heads.put(state, order, 0, after as u16 + 1);
                Some(order)
            }
            Change::Saga { order, after, .. } => {
                self.heads.put(state, order, 1, after as u16 + 1);
                Some(order)
            }
            Change::Saved { order, current, .. } => {
                self.heads.put(state, order, 2, current.saturating_add(1));
                Some(order)
            }
            Change::Item { order, item, after, .. } if item.ix() + 1 < self.width => {
                self.items.put(state, order, item.ix(), after as u16 + 1);
                if after == crate::definition::OrderState::Completed && usize::from(order) < ORDERS_MAX {
                    self.set_time(state, order, item.ix() + 1, now);
                }
                Some(order)
            }
            Change::Step { order, step, after, .. } => {
                self.steps.put(state, order, step.ix(), after as u16 + 1);
                Some(order)
            }
            Change::Effect { effect } => Some(judge.ledger.effect(effect).call.order),
            _ => None,
        }
    }
}

impl Own {
    fn new(model: &Model, always: bool) -> Self {
        let rules = rules(model, always);
        let mirror = Mirror::new(model);
        let columns = if always { 0 } else { model.items.len() * rules.len() };
        let debts = Debts { at: mirror.words(), columns };
        Self { always, rules, mirror, debts, spoken: mirror.words() + debts.words() }
    }

    /// What of an order's item a rule says: whether it speaks, and whether it holds. An item with several charges is
    /// looked at with each of them in turn.
    fn verdict(&self, judge: &Judge<'_, Scenario>, (order, item): (u16, ItemIx), rule: &CustomRule) -> (bool, bool) {
        let model = &judge.model.model;
        let (mut speaks, mut holds) = (false, true);
        for charge in 0..model.items[item.ix()].charges.len().max(1) {
            let facts = Reported {
                scenario: judge.model,
                ledger: judge.ledger,
                state: judge.state,
                mirror: self.mirror,
                order,
                item,
                charge: model.items[item.ix()].charges.get(charge).map(|charge| &model.charges[charge.ix()]),
            };
            if rule.subject.as_ref().is_none_or(|subject| subject.holds(&facts)) {
                speaks = true;
                holds &= rule.rule.holds(&facts);
            }
        }
        (speaks, holds)
    }

    fn judge_order(&self, judge: &mut Judge<'_, Scenario>, order: u16) {
        let scenario = judge.model;
        let model = &scenario.model;
        let items = judge.ledger.workload.orders.get(usize::from(order)).map_or(0, |plan| plan.items);
        for item in (0..model.items.len()).filter(|item| items >> item & 1 != 0).map(|item| ItemIx(item as u8)) {
            for (place, &ix) in self.rules.iter().enumerate() {
                let rule = &model.custom[ix];
                let (speaks, holds) = self.verdict(judge, (order, item), rule);
                let subject = subject::with_extra(subject::of_item(order, item), ix as u8, 0);
                judge.state[self.spoken + place / WORD] |= u64::from(speaks) << (place % WORD);
                if self.always {
                    if speaks {
                        judge.require(holds, subject, 0);
                    }
                    continue;
                }
                let column = item.ix() * self.rules.len() + place;
                match (speaks, holds) {
                    (true, false) => {
                        let debt = Debt {
                            subject,
                            bound: bounds::promised(model, rule.within, bounds::CONVERGED),
                            needs: needs(model, rule),
                        };
                        self.debts.open(judge, order, column, debt);
                    }
                    (true, true) => {
                        judge.judged();
                        self.debts.meet(judge, order, column);
                    }
                    (false, _) => self.debts.retire(judge, order, column),
                }
            }
        }
    }
}

/// The systems whose records a rule reads, as a mask.
fn needs(model: &Model, rule: &CustomRule) -> u64 {
    let lists: Vec<ListId> = rule
        .rule
        .reads()
        .filter_map(|read| match read {
            crate::predicate::Read::List(list) => Some(list),
            _ => None,
        })
        .collect();
    let read = model.operations.iter().filter(|operation| operation.records.is_some_and(|list| lists.contains(&list)));
    read.fold(0, |mask, operation| mask | 1 << (operation.system.0 % 64))
}

impl Invariant<Scenario> for Own {
    fn id(&self) -> &'static str {
        if self.always { ALWAYS.id } else { EVENTUALLY.id }
    }

    fn strictness(&self) -> Strictness {
        if self.always { Strictness::Always } else { Strictness::Eventually }
    }

    fn watches(&self) -> u64 {
        match self.rules.is_empty() {
            true => 0,
            false => {
                kind::CREATED
                    | kind::ORDER
                    | kind::SAGA
                    | kind::SAVED
                    | kind::ITEM
                    | kind::STEP
                    | kind::EFFECT
                    | Pardon::KINDS
            }
        }
    }

    fn settles(&self) -> bool {
        !self.rules.is_empty()
    }

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        if self.rules.is_empty() { 0 } else { self.spoken + self.rules.len().div_ceil(WORD) }
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if let Some(order) = self.mirror.keep(judge, change) {
            self.mirror.touched.put(judge.state, order, 0, true);
        }
        if let Some(pardon) = Pardon::of(&judge.model.model, change).filter(|_| !self.always) {
            let rules = self.rules.len().max(1);
            self.debts.pardon(judge, pardon, |_, column| ItemIx((column / rules) as u8));
        }
    }

    fn settle(&self, judge: &mut Judge<'_, Scenario>) {
        for order in 0..ORDERS_MAX as u16 {
            if !self.mirror.touched.get(judge.state, order, 0) {
                continue;
            }
            self.mirror.touched.put(judge.state, order, 0, false);
            if self.mirror.is_there(judge.state, order) {
                self.judge_order(judge, order);
            }
        }
    }
}

/// An order, and one of its items with one of its charges, as they were reported; records as they really are.
struct Reported<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
    state: &'a [u64],
    mirror: Mirror,
    order: u16,
    item: ItemIx,
    charge: Option<&'a Charge>,
}

impl Reported<'_> {
    fn named(names: &[u32], number: u16) -> Value {
        usize::from(number)
            .checked_sub(1)
            .and_then(|state| names.get(state))
            .map_or(Value::Missing, |name| Value::Name(*name))
    }

    fn step(&self, step: StepIx) -> u16 {
        // A step of which nothing was reported is where all of them begin.
        self.mirror.steps.get(self.state, self.order, step.ix()).max(StepState::Pending as u16 + 1)
    }

    /// The rows of the ledger that made records of a list.
    fn listed(&self, list: ListId) -> impl Iterator<Item = &Effect> {
        let model = &self.scenario.model;
        self.ledger.effects.iter().filter(move |effect| {
            let operation = model.operation(effect.operation);
            effect.undoes.is_none() && operation.records == Some(list) && operation.undoes.is_none()
        })
    }

    /// The state of a record in the words of the contract: where its maker left it, or whoever undid it.
    fn record_state(&self, effect: &Effect) -> Value {
        let model = &self.scenario.model;
        let (by, otherwise) = match effect.undone_by {
            Some(undo) => (self.ledger.effect(undo).operation, self.scenario.symbols.undone),
            None => (effect.operation, self.scenario.symbols.active),
        };
        Value::Name(model.operation(by).to.unwrap_or(otherwise))
    }
}

/// Fields that nothing reports, so that a rule cannot be held against them.
pub const UNREPORTED: &[Field] = &[
    Field::QuoteState,
    Field::QuoteTotal,
    Field::QuoteExpiresAt,
    Field::AccountId,
    Field::AccountValue,
    Field::PlanVersion,
    Field::ItemOffering,
    Field::ItemAction,
    Field::ChargeTrialEnd,
];

impl Facts for Reported<'_> {
    fn field(&self, field: FieldId) -> Value {
        let (model, symbols) = (&self.scenario.model, &self.scenario.symbols);
        let head = |column| self.mirror.heads.get(self.state, self.order, column);
        let known = match field {
            FieldId::Known(known) => known,
            FieldId::Trait(name) => {
                let plan = &self.ledger.workload.orders[usize::from(self.order)];
                return match model.items[self.item.ix()].traits.get(usize::from(name)) {
                    Some(values) if !values.is_empty() => Value::Name(values[plan.traits as usize % values.len()]),
                    _ => Value::Missing,
                };
            }
            FieldId::It(_) => return Value::Missing,
        };
        match known {
            Field::OrderId | Field::QuoteId => Value::Id(u64::from(self.order) + 1),
            Field::OrderState => Self::named(&symbols.order, head(0).max(1)),
            Field::OrderVersion => Value::Int(head(2).into()),
            Field::OrderCreatedAt | Field::ItemCreatedAt => self.mirror.time(self.state, self.order, 0),
            Field::SagaState => Self::named(&symbols.saga, head(1).max(1)),
            Field::ItemId => Value::Id(item_id(self.order, self.item)),
            Field::ItemName => symbols.items.get(self.item.ix()).map_or(Value::Missing, |name| Value::Name(*name)),
            Field::ItemState => {
                Self::named(&symbols.order, self.mirror.items.get(self.state, self.order, self.item.ix()).max(1))
            }
            Field::ItemQuantity => Value::Int(1),
            Field::ItemCompletedAt => self.mirror.time(self.state, self.order, self.item.ix() + 1),
            Field::ShipmentState => {
                facts::shipment(self.scenario, self.item, |step| StepState::ALL[usize::from(self.step(step)) - 1])
            }
            _ => facts::of_charge(self.scenario, self.charge, known).unwrap_or(Value::Missing),
        }
    }

    fn records(&self, list: ListId) -> usize {
        self.listed(list).count()
    }

    fn record_field(&self, list: ListId, row: usize, column: ColumnId) -> Value {
        let Some(effect) = self.listed(list).nth(row) else { return Value::Missing };
        if column == ColumnId::STATE {
            return self.record_state(effect);
        }
        let model = &self.scenario.model;
        let step = model.step(effect.call.step);
        let view = RecordView {
            number: effect.record,
            key: effect.key,
            created: effect.time,
            order: effect.call.order,
            item: step.item,
            charge: step.charge.map(|charge| &model.charges[charge.ix()]),
            amount: effect.amount,
        };
        view.column(model, list, column)
    }

    fn step_state(&self, step: u16) -> Value {
        Self::named(&self.scenario.symbols.step, self.step(StepIx(step)))
    }
}

fn rule<'a>(scenario: &'a Scenario, violation: &Violation) -> Option<&'a CustomRule> {
    scenario.model.custom.get(usize::from(subject::unpack(violation.subject).extra.0))
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let (id, always) = rule(scenario, violation).map_or(("a rule", true), |rule| (rule.id.as_str(), rule.always));
    let item = subject::name(scenario, violation);
    match always {
        true => format!("The definition's rule {id} does not hold for {item}."),
        false => format!("The definition's rule {id} did not come to hold for {item} in time."),
    }
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    rule(scenario, violation).map(|rule| rule.span).filter(|span| Model::is_written(*span))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Why;
    use crate::definition::OrderState;

    fn created() -> Do {
        Do::Tell(Change::Created { order: 0, instances: 1, version: 1 })
    }

    fn done(step: StepIx) -> Do {
        let (before, after) = (StepState::Sent, StepState::Completed);
        Do::Tell(Change::Step { order: 0, step, before, after, revision: 0, attempt: 1, why: Why::Ready })
    }

    #[test]
    fn a_rule_of_class_always_holds_after_each_event() {
        let holds = [created(), done(RESERVE), done(SHIP)];
        check(ALWAYS.id, &[created(), done(SHIP)], &holds);
        is_silent(ALWAYS.id, &[done(SHIP)]);
    }

    #[test]
    fn a_rule_of_class_eventually_comes_to_hold() {
        let (before, after) = (OrderState::InProgress, OrderState::Completed);
        let completed = Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true });
        check(EVENTUALLY.id, &[created(), completed, Do::Finish], &[created(), completed, done(SHIP), Do::Finish]);
        is_silent(EVENTUALLY.id, &[created(), done(SHIP), Do::Finish]);
    }
}
