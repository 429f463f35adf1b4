//! `replay-safe`: an event that is handed out again on purpose repeats no effect.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause::Cause;
use super::entry::{Entry, as_entered};
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "replay-safe",
    family: Family::Aud,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "a replayed event triggers no action that it has triggered before",
    seed: "24",
    guard: "each replayed event that a consumer acted on before, and each effect of a consumer for one that was replayed",
    causes: &[Cause::Fault("event-replay")],
    effect: "the customer is charged or told the same thing again because somebody replayed old events",
    applies: |model| match model.consumers.iter().any(|consumer| consumer.step.is_some()) {
        true => Ok(()),
        false => Err("consumers: none of them calls an operation".into()),
    },
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(ReplaySafe),
};

/// How many replayed events it remembers; the oldest of those that share a place is forgotten.
const PLACES: usize = 64;

/// See the catalogue entry.
pub struct ReplaySafe;

impl Invariant<Scenario> for ReplaySafe {
    as_entered!(kind::REPLAYED | kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        PLACES
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Replayed { event, of } => {
                judge.state[usize::from(event.number) % PLACES] = mark(event.number, event.order) | u64::from(of) << 40;
                let model = &judge.model.model;
                let acted = facts::of_order(judge.ledger, event.order).any(|(_, e)| {
                    facts::is_consumer(model, e.call.step) && [of, event.number].contains(&e.call.revision)
                });
                if acted {
                    judge.judged();
                }
            }
            Change::Effect { effect } => {
                let model = &judge.model.model;
                let row = *judge.ledger.effect(effect);
                let call = row.call;
                let marked = judge.state[usize::from(call.revision) % PLACES];
                let replayed = marked & ((1 << 33) - 1) == mark(call.revision, call.order);
                if !facts::is_consumer(model, call.step) || !replayed {
                    return;
                }
                let original = (marked >> 40) as u16;
                let before = facts::of_order(judge.ledger, call.order).any(|(ix, e)| {
                    ix < effect && [original, call.revision].iter().any(|&of| e.serves(call.order, call.step, of))
                });
                let subject = subject::of_step(model, call.order, call.step);
                judge.require(!before, subject, call.revision.into());
            }
            _ => {}
        }
    }
}

/// What stands at the place of an event that was replayed, below the number that it had before.
fn mark(number: u16, order: u16) -> u64 {
    u64::from(number) << 16 | u64::from(order) | 1 << 32
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    format!(
        "An operator replayed events, and {} had its effect once more, for event {}.",
        subject::name(scenario, violation),
        violation.detail + 1
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;
    use crate::message::{BusinessEvent, CallRef};

    #[test]
    fn a_replay_repeats_no_effect() {
        let event = BusinessEvent { number: 5, emission: NOTICE, ..BusinessEvent::default() };
        let sent = |revision| {
            let call = CallRef { revision, ..call(NOTIFY) };
            Do::Effect(Effect { call, ..effect(NOTIFY) })
        };
        let replayed = Do::Tell(Change::Replayed { event, of: 5 });
        check(ENTRY.id, &[sent(5), replayed, sent(5)], &[sent(4), replayed, sent(5), sent(6)]);
        let copy = BusinessEvent { number: 4100, ..event };
        let copied = Do::Tell(Change::Replayed { event: copy, of: 5 });
        check(ENTRY.id, &[sent(5), copied, sent(4100)], &[sent(6), copied, sent(4100)]);
    }
}
