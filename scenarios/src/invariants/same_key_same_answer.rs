//! `same-key-same-answer`: a key stands for one request. Repeated, it gets the first answer; another content under its key is
//! refused, and no saga asks for that.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause;
use super::entry::{Entry, as_entered};
use super::state::{cell, orders_of};
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{DedupBy, EffectKind, Family, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "same-key-same-answer",
    family: Family::One,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a key stands for one request: repeated, it gets the first answer; another content under its key is refused, \
                and nobody asks for that",
    seed: "11.2, 23.1",
    guard: "each answer under a key that was answered before, and each refusal because of it",
    causes: cause::REPEATS_A_REQUEST,
    effect: "two callers hold two different records for one request",
    applies: |model| match facts::calls(model, |operation| {
        operation.dedup != DedupBy::None && operation.effect != EffectKind::None
    }) {
        true => Ok(()),
        false => Err("steps: none of them calls an operation that has an effect and recognises repetitions".into()),
    },
    story,
    definition: subject::contract,
    new: |model: &Model| Box::new(SameKeySameAnswer { steps: model.steps.len() }),
};

/// Words per step of an order: the key, and what was answered under it.
const WORDS: usize = 2;
/// The record stands in the low half of the answer, the payload's digest in the high half.
const RECORD: u64 = 0xFFFF_FFFF;

const OTHER_RECORD: u64 = 0;
const OTHER_PAYLOAD: u64 = 1;
const KEY_OF_ANOTHER: u64 = 2;

/// See the catalogue entry.
pub struct SameKeySameAnswer {
    steps: usize,
}

impl Invariant<Scenario> for SameKeySameAnswer {
    as_entered!(kind::ANSWERED);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        orders_of(ledger) * self.steps * WORDS
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Answered { call, key, payload, record, refused, .. } = *change else { return };
        let Some(i) = cell(call.order, call.step.ix() * WORDS, self.steps * WORDS) else { return };
        if refused {
            judge.require(false, subject::of_step(&judge.model.model, call.order, call.step), KEY_OF_ANOTHER);
            return;
        }
        let answer = u64::from(payload) << 32 | u64::from(record);
        let (known_key, known) = (judge.state[i], judge.state[i + 1]);
        if known_key != key || known == 0 {
            judge.state[i] = key;
            judge.state[i + 1] = answer;
            return;
        }
        let subject = subject::of_step(&judge.model.model, call.order, call.step);
        if known >> 32 != u64::from(payload) {
            judge.require(false, subject, OTHER_PAYLOAD);
        } else if known & RECORD == 0 {
            judge.state[i + 1] = answer;
        } else if record != 0 {
            judge.require(known & RECORD == u64::from(record), subject, OTHER_RECORD);
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.detail {
        OTHER_RECORD => format!("{name} was repeated under its key and got another record than the first time."),
        KEY_OF_ANOTHER => format!("{name} was asked for under a key that stands for another request, and was refused."),
        _ => format!("{name} used its key for another content, and the system took it."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_key_stands_for_one_answer() {
        let answered = |key, payload, record, refused| {
            let repeated = record == 100;
            Do::Tell(Change::Answered { call: call(BILL), key, payload, record, repeated, refused })
        };
        let first = answered(7, 1, 100, false);
        check(ENTRY.id, &[first, answered(7, 1, 101, false)], &[first, answered(8, 1, 101, false), first, first]);
        check(ENTRY.id, &[first, answered(7, 2, 100, false)], &[first, first]);
        // Where another request has the key, it is refused, be it the first of its step.
        check(ENTRY.id, &[answered(7, 2, 0, true)], &[first, first]);
    }
}
