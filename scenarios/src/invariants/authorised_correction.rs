//! `authorised-correction`: whoever corrects by hand may do so, gives a reason, and is on record.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause::Cause;
use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{CasePhase, Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "authorised-correction",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a person who corrects something may do so, gives a reason and leaves an audit record; so does each compensation",
    seed: "24",
    guard: "each act of a person, on a case or without one, and each compensation that begins",
    causes: &[
        Cause::Cancellation,
        Cause::FlawedQuote,
        Cause::Fault("rejection"),
        Cause::Fault("validation-error"),
        Cause::Fault("dead-downstream"),
        Cause::Fault("event-replay"),
    ],
    effect: "money is moved or records are changed, and nobody can say who did it and why",
    applies: |_| Ok(()),
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(AuthorisedCorrection),
};

/// See the catalogue entry.
pub struct AuthorisedCorrection;

impl Invariant<Scenario> for AuthorisedCorrection {
    as_entered!(kind::CASE | kind::ACT | kind::COMPENSATION);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Case { order, step, phase, audited, authorised, .. } if phase != CasePhase::Opened => {
                let subject = match model.steps.get(step.ix()) {
                    Some(_) => subject::of_step(model, order, step),
                    None => subject::of_order(order),
                };
                judge.require(audited && authorised, subject, authorised.into());
            }
            Change::Act { order, item, audited, authorised, .. } => {
                judge.require(audited && authorised, subject::of_item(order, item), 3 + u64::from(authorised));
            }
            Change::Compensation { order, undo, audited, .. } => {
                judge.require(audited, subject::of_step(model, order, undo), 2);
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let name = subject::name(scenario, violation);
    match violation.detail {
        0 => format!("A person acted on a case of {order} ({name}) without being allowed to."),
        1 => format!("A person acted on a case of {order} ({name}) without a reason on record."),
        2 => format!("The compensation {name} left no audit record."),
        3 => format!("A person acted on {name} without being allowed to."),
        _ => format!("A person acted on {name} without a reason on record."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::CaseReason;

    #[test]
    fn a_correction_is_allowed_and_on_record() {
        let closed = |audited, authorised| {
            let (reason, phase) = (CaseReason::Mismatch, CasePhase::Closed);
            Do::Tell(Change::Case { order: 0, step: BILL, case: 0, reason, phase, audited, authorised })
        };
        let began =
            |audited| Do::Tell(Change::Compensation { order: 0, undo: RELEASE, undoes: Some(RESERVE), audited });
        check(ENTRY.id, &[closed(false, true)], &[closed(true, true)]);
        check(ENTRY.id, &[closed(true, false)], &[closed(true, true)]);
        check(ENTRY.id, &[began(false)], &[began(true)]);
    }
}
