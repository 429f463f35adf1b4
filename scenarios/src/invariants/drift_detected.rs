//! `drift-detected`: what went wrong outside the OMS is found by the reconciler, and dealt with.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts};
use super::{bounds, cause, facts, subject};
use crate::change::{Change, Mismatch, kind};
use crate::definition::{EffectKind, Family, Severity, Span};
use crate::ledger::Ledger;
use crate::model::{EffectIx, ItemIx, Model, OpIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "drift-detected",
    family: Family::Conv,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "a difference between the systems is found within its period, and repaired or made a case of the right severity",
    seed: "22",
    guard: "each wrong record and each one by hand beside another that a reconcile rule covers, and each difference that is found",
    causes: cause::LEAVES_A_DIFFERENCE,
    effect: "wrong charges or records stay until a customer complains",
    applies: |model| match model.rules.iter().any(|rule| rule.operation.is_some()) {
        true => Ok(()),
        false => Err("reconcile: no rules".into()),
    },
    story,
    definition,
    new: |model: &Model| Box::new(DriftDetected::new(model)),
};

/// See the catalogue entry.
pub struct DriftDetected {
    /// By operation: the rule that covers its records.
    rules: Vec<Option<u8>>,
    /// By rule: how soon.
    within: Vec<Duration>,
    /// By item.
    debts: Debts,
    /// By item: a difference was acted upon already.
    acted: Bits,
}

impl DriftDetected {
    fn new(model: &Model) -> Self {
        let covers = |op: usize| {
            let covered = model.rules.iter().position(|rule| rule.operation == Some(OpIx(op as u16)));
            let seen = matches!(model.operations[op].effect, EffectKind::Financial | EffectKind::Asset);
            covered.filter(|rule| seen && model.rules[*rule].within.is_some()).map(|rule| rule as u8)
        };
        let soon = |rule: &crate::model::Rule| bounds::within(model, rule.within, bounds::RECONCILED) + rule.every;
        let debts = Debts { at: 0, columns: model.items.len() };
        let acted = Bits { at: debts.words(), columns: model.items.len() };
        let rules = (0..model.operations.len()).map(covers).collect();
        Self { rules, within: model.rules.iter().map(soon).collect(), debts, acted }
    }
}

impl Invariant<Scenario> for DriftDetected {
    as_entered!(kind::EFFECT | kind::RECONCILED | Pardon::KINDS);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.acted.at + self.acted.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                let item = model.step(row.call.step).item;
                if let Some(undone) = row.undoes {
                    if judge.ledger.effect(undone).wrong || is_manual_beside(judge.ledger, undone) {
                        self.debts.meet(judge, row.call.order, item.ix());
                    }
                } else if (row.wrong || is_manual_beside(judge.ledger, effect)) && item != ItemIx::ORDER {
                    let Some(rule) = self.rules[row.operation.ix()] else { return };
                    let subject = subject::with_extra(subject::of_step(model, row.call.order, row.call.step), rule, 0);
                    let needs = 1 << (model.operation(row.operation).system.0 % 64);
                    let debt = Debt { subject, bound: self.within[usize::from(rule)].into(), needs };
                    self.debts.open(judge, row.call.order, item.ix(), debt);
                }
            }
            Change::Reconciled { order, item, rule, found, severity, acted } if found != Mismatch::None => {
                let before = self.acted.get(judge.state, order, item.ix());
                let owed = model.rules.get(usize::from(rule)).and_then(|rule| rule.severity[found as usize - 1]);
                let right = owed.is_none_or(|owed| owed == severity);
                let subject = subject::with_extra(subject::of_item(order, item), rule, 0);
                judge.require((acted || before) && right, subject, u64::from(severity) << 8 | u64::from(acted));
                if acted {
                    self.acted.put(judge.state, order, item.ix(), true);
                    self.debts.meet(judge, order, item.ix());
                }
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, |_, item| ItemIx(item as u8));
                }
            }
        }
    }
}

/// Whether of this record and another one of the same step that stands somebody made one by hand. A record that somebody
/// made where the system's own is missing is no difference: it is what was ordered, and a person who looks for the
/// step's outcome finds it. It becomes one when the system's own follows.
fn is_manual_beside(ledger: &Ledger, effect: EffectIx) -> bool {
    let row = ledger.effect(effect);
    facts::of_order(ledger, row.call.order)
        .filter(|(other, it)| *other != effect && it.call.step == row.call.step && it.is_live())
        .any(|(_, other)| facts::is_manual(row) || facts::is_manual(other))
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.due {
        Some(_) => {
            format!("What {name} left at the system was wrong or changed by hand, and the reconciler never found it.")
        }
        None if violation.detail & 1 == 0 => {
            format!("A difference was found for {name}, and nothing was done about it.")
        }
        None => format!("A difference was found for {name}, and it was given the wrong severity."),
    }
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    let rule = usize::from(subject::unpack(violation.subject).extra.0);
    let span = scenario.model.rules.get(rule)?.span;
    Model::is_written(span).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;
    use crate::message::CallRef;

    fn reconciled(found: Mismatch, severity: u8, acted: bool) -> Do {
        Do::Tell(Change::Reconciled { order: 0, item: ROUTER, rule: 0, found, severity, acted })
    }

    #[test]
    fn drift_is_found_and_dealt_with() {
        let wrong = Do::Effect(Effect { wrong: true, ..effect(BILL) });
        let by_hand = Do::Effect(Effect { call: CallRef { attempt: 0, ..call(BILL) }, ..effect(BILL) });
        let found = reconciled(Mismatch::Duplicate, 0, true);
        let none = reconciled(Mismatch::None, 255, false);
        check(ENTRY.id, &[wrong, none, Do::Finish], &[wrong, none, found, Do::Finish]);
        let undone = Do::Undo(CREDIT, 1);
        check(ENTRY.id, &[does(BILL), by_hand, Do::Finish], &[does(BILL), by_hand, undone, Do::Finish]);
        check(ENTRY.id, &[by_hand, does(BILL), Do::Finish], &[by_hand, does(BILL), undone, Do::Finish]);
        is_silent(ENTRY.id, &[by_hand, Do::Finish]);
        is_silent(ENTRY.id, &[does(BILL), Do::Finish]);
    }

    #[test]
    fn a_difference_is_acted_upon_with_its_severity() {
        let once = reconciled(Mismatch::Orphan, 1, true);
        check(ENTRY.id, &[reconciled(Mismatch::Orphan, 1, false)], &[once, reconciled(Mismatch::Orphan, 1, false)]);
        check(ENTRY.id, &[reconciled(Mismatch::Missing, 2, true)], &[reconciled(Mismatch::Missing, 0, true)]);
    }
}
