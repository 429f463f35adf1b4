//! `reconciled`: each completed item is compared with the systems, and gets a result.

use sim_core::{Bound, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Debt, Debts, orders_of};
use super::{bounds, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, OrderState, Severity, Span};
use crate::ledger::Ledger;
use crate::model::{Charge, ItemIx, Model, Rule};
use crate::predicate::{ColumnId, Facts, Field, FieldId, ListId, Value};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "reconciled",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "each completed item gets a result of each reconcile rule that is about it",
    seed: "17.3, 22",
    guard: "each completed item, once per rule that is about it",
    causes: &[],
    effect: "nobody has looked whether billing and inventory agree with the order",
    applies: |model| match Reconciled::new(model).owed.iter().any(|owed| !owed.is_empty()) {
        true => Ok(()),
        false => Err("reconcile: no rule with a bound is about a completed item".into()),
    },
    story,
    definition,
    new: |model: &Model| Box::new(Reconciled::new(model)),
};

/// See the catalogue entry.
pub struct Reconciled {
    /// By item: the rules that are about it once it is completed.
    owed: Vec<Vec<usize>>,
    /// By rule: how soon, and the systems that are needed.
    rules: Vec<(Bound, u64)>,
    /// By item, and in it by rule.
    debts: Debts,
}

impl Reconciled {
    fn new(model: &Model) -> Self {
        let is_owed = |rule: &Rule, item: ItemIx| {
            let charges = &model.items[item.ix()].charges;
            let facts = |charge| Completed { model, item, charge };
            rule.within.is_some()
                && rule.subject.as_ref().is_none_or(|subject| {
                    subject.holds(&facts(None))
                        || charges.iter().any(|charge| subject.holds(&facts(Some(&model.charges[charge.ix()]))))
                })
        };
        let items = (0..model.items.len()).map(|item| ItemIx(item as u8));
        let rules_of = |item| (0..model.rules.len()).filter(|rule| is_owed(&model.rules[*rule], item)).collect();
        let of = |rule: &Rule| {
            let needs = rule.operation.map_or(0, |op| 1 << (model.operation(op).system.0 % 64));
            (bounds::promised(model, rule.within, bounds::RECONCILED) + bounds::period(rule), needs)
        };
        let debts = Debts { at: 0, columns: model.items.len() * model.rules.len() };
        Self { owed: items.map(rules_of).collect(), rules: model.rules.iter().map(of).collect(), debts }
    }

    fn column(&self, item: ItemIx, rule: usize) -> usize {
        item.ix() * self.rules.len() + rule
    }
}

/// A completed item, as far as it is the same in every run.
struct Completed<'a> {
    model: &'a Model,
    item: ItemIx,
    charge: Option<&'a Charge>,
}

impl Completed<'_> {
    fn name(&self, word: &str) -> Value {
        self.model.vocabulary.name(word).map_or(Value::Missing, Value::Name)
    }
}

impl Facts for Completed<'_> {
    fn field(&self, field: FieldId) -> Value {
        match field {
            FieldId::Known(Field::ItemState) => self.name("completed"),
            FieldId::Known(Field::ItemName) => self.name(&self.model.items[self.item.ix()].id),
            FieldId::Known(Field::ItemOffering) => self.name(&self.model.items[self.item.ix()].offering),
            FieldId::Known(Field::ItemAction) => self.name("add"),
            FieldId::Known(Field::ChargeType) => self
                .charge
                .map_or(Value::Missing, |charge| self.name(if charge.recurring { "RECURRING" } else { "ONE_TIME" })),
            _ => Value::Missing,
        }
    }

    fn records(&self, _: ListId) -> usize {
        0
    }

    fn record_field(&self, _: ListId, _: usize, _: ColumnId) -> Value {
        Value::Missing
    }

    fn step_state(&self, _: u16) -> Value {
        Value::Missing
    }
}

impl Invariant<Scenario> for Reconciled {
    as_entered!(kind::ITEM | kind::RECONCILED | Pardon::KINDS);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Item { order, item, after: OrderState::Completed, .. } if item.ix() < self.owed.len() => {
                for rule in self.owed[item.ix()].iter().copied() {
                    let (bound, needs) = self.rules[rule];
                    let subject = subject::with_extra(subject::of_item(order, item), rule as u8, 0);
                    self.debts.open(judge, order, self.column(item, rule), Debt { subject, bound, needs });
                }
            }
            Change::Reconciled { order, item, rule, .. } => {
                self.debts.meet(judge, order, self.column(item, rule.into()));
            }
            _ => {
                if let Some(pardon) = Pardon::of(&judge.model.model, change) {
                    let rules = self.rules.len().max(1);
                    self.debts.pardon(judge, pardon, |_, column| ItemIx((column / rules) as u8));
                }
            }
        }
    }
}

fn rule<'a>(scenario: &'a Scenario, violation: &Violation) -> Option<&'a Rule> {
    scenario.model.rules.get(usize::from(subject::unpack(violation.subject).extra.0))
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let rule = rule(scenario, violation).map_or("a reconcile rule", |rule| rule.id.as_str());
    format!("The completed {} got no result of {rule} in time.", subject::name(scenario, violation))
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    rule(scenario, violation).map(|rule| rule.span).filter(|span| Model::is_written(*span))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Mismatch;
    use sim_core::Duration;

    #[test]
    fn a_completed_item_is_compared() {
        let item = |after| {
            let before = OrderState::InProgress;
            Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true })
        };
        let result = |item| {
            let (rule, found, severity, acted) = (0, Mismatch::None, 255, false);
            Do::Tell(Change::Reconciled { order: 0, item, rule, found, severity, acted })
        };
        let completed = item(OrderState::Completed);
        check(ENTRY.id, &[completed, Do::Finish], &[completed, result(ROUTER), Do::Finish]);
        check(ENTRY.id, &[completed, result(SUPPORT), Do::Finish], &[completed, result(ROUTER), Do::Finish]);
        let after = |mins| [completed, Do::At(Duration::mins(mins)), result(ROUTER), Do::Finish];
        check(ENTRY.id, &after(61), &after(60));
        holds_for(ENTRY.id, &[completed, Do::Heal, Do::At(Duration::mins(61)), result(ROUTER), Do::Finish]);
        is_silent(ENTRY.id, &[item(OrderState::Failed), Do::Finish]);
    }

    #[test]
    fn a_rule_has_time_to_ask() {
        let mut model = model();
        let promised = |model: &Model| Reconciled::new(model).rules[0].0.promised;
        assert_eq!(promised(&model), Duration::mins(60), "its within and its period, which is the same");
        model.rules[0].every = Duration::secs(1);
        assert!(promised(&model) >= Duration::mins(31), "{}", promised(&model));
    }

    #[test]
    fn a_rule_is_owed_where_its_subject_holds() {
        let mut model = model();
        let scope = crate::predicate::Scope::Item;
        let source = r#"item.state == "completed" && item.charge.type in ["RECURRING"]"#;
        model.rules[0].subject = Some(model.vocabulary.compile(source, scope).expect("it compiles"));
        model.charges[1].recurring = true;
        let owed: Vec<_> = Reconciled::new(&model).owed.iter().map(Vec::len).collect();
        assert_eq!(owed, [0, 1, 0]);
    }

    #[test]
    fn a_rule_may_be_about_what_is_offered() {
        use crate::definition::{Definition, Set};
        for (asked, expected) in [
            (r#"item.offering == "managed-router""#, [false, true, false]),
            (r#"item.action == "add""#, [true; 3]),
            (r#"item.action == "delete""#, [false; 3]),
        ] {
            let set = format!("saga.reconcile[oms-asset].for='item.state == \"completed\" && {asked}'");
            let set = Set::parse(&set).expect("a patch");
            let definition = Definition::bundled("order-fulfilment", &[set]).expect("it loads");
            let model = Model::new(&definition).expect("it compiles");
            let rule = model.rules.iter().position(|rule| rule.id == "oms-asset").expect("the rule");
            let owed: Vec<_> = Reconciled::new(&model).owed.iter().map(|rules| rules.contains(&rule)).collect();
            assert_eq!(owed, expected, "{asked}");
        }
    }
}
