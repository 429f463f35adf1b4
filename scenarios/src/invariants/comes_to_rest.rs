//! `comes-to-rest`: once nothing goes wrong any more, everything that was set going comes to an end.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "comes-to-rest",
    family: Family::Term,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "once nothing goes wrong any more, everything that was set going comes to an end",
    seed: "15.3",
    guard: "each run that goes on to its end",
    causes: &[],
    effect: "systems keep each other busy for ever, and what waits behind them never gets its turn",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(ComesToRest),
};

/// See the catalogue entry.
pub struct ComesToRest;

impl Invariant<Scenario> for ComesToRest {
    as_entered!(kind::CREATED);

    fn check(&self, _: &mut Judge<'_, Scenario>, _: &Change) {}

    fn finish(&self, judge: &mut Judge<'_, Scenario>, _: &[crate::nodes::SimNode]) {
        let rests = !judge.endless;
        judge.require(rests, subject::of_order(0), 0);
    }
}

fn story(_: &Scenario, _: &Violation) -> String {
    "Something still happens when the run has used up its whole budget.".to_owned()
}
