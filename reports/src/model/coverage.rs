//! What was tried: cells of step and fault kind, situations, goals.

use serde::Serialize;

/// Which cells of step and fault were reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Applicable cells that were reached.
    pub reached: u64,
    /// Applicable cells that were not, as text: `ship-router × response-lost`.
    pub unreached: Vec<String>,
    /// Undo steps that no run can come to.
    pub unreachable: Vec<Unreachable>,
    /// Business situations and how many runs saw them.
    pub seen: Vec<Seen>,
    /// The same cells as a table, one per definition, for people.
    #[serde(skip)]
    pub matrices: Vec<Matrix>,
}

impl Coverage {
    /// What was not reached, for people: a step that nothing reached is one thing to say.
    #[must_use]
    pub fn not_reached(&self) -> Vec<String> {
        let several = self.matrices.len() > 1;
        let of = |matrix: &Matrix, text: String| if several { format!("{text} in {}", matrix.saga) } else { text };
        self.matrices.iter().flat_map(|matrix| matrix.not_reached().into_iter().map(|text| of(matrix, text))).collect()
    }
}

/// An undo step that no run can come to: it is written, and stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreachable {
    /// The definition that writes it.
    pub scenario: String,
    /// The step.
    pub step: String,
    /// What rules it out.
    pub why: String,
}

/// A situation that has to be seen at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// In business words: `router cancelled after its reservation and before its shipment`.
    pub what: String,
    /// How many runs saw it.
    pub runs: u64,
}

/// Steps against fault kinds, for one definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The definition.
    pub saga: String,
    /// The columns: step ids in the order of the definition.
    pub steps: Vec<String>,
    /// One row per applicable fault kind.
    pub rows: Vec<MatrixRow>,
}

impl Matrix {
    fn not_reached(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            let cells = || self.rows.iter().filter_map(|row| row.cells[i].map(|runs| (row.kind.as_str(), runs)));
            if cells().count() > 1 && cells().all(|(_, runs)| runs == 0) {
                missing.push(format!("{step} × any fault"));
            } else {
                missing.extend(cells().filter(|(_, runs)| *runs == 0).map(|(kind, _)| format!("{step} × {kind}")));
            }
        }
        missing
    }
}

/// One fault kind against all steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The slug of the fault kind.
    pub kind: String,
    /// One per step: in how many runs the fault had an effect there; `None` where it cannot occur.
    pub cells: Vec<Option<u64>>,
}

/// A goal: what must have been tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoalRow {
    /// The scenario that sets it.
    pub scenario: String,
    /// The goal, as its path under `goals:`: `faultCells`, `faults.duplicate`, `cells.ship-router.rate-limit`.
    pub goal: String,
    /// What is counted: `cells`, `boundaries`, `effects`, `judgements`, `runs`.
    pub counts: String,
    /// How many of them were wanted.
    pub wanted: u64,
    /// How many there were.
    pub reached: u64,
    /// Whether that is enough.
    pub met: bool,
    /// What was not reached, or what keeps it from coming.
    pub missing: Vec<String>,
}

impl GoalRow {
    /// The same as a sentence, for a goal that was not met.
    #[must_use]
    pub fn sentence(&self) -> String {
        const NAMED: usize = 3;
        let Self { scenario, goal, counts, wanted, reached, .. } = self;
        let named = self.missing.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let rest = self.missing.len().saturating_sub(NAMED);
        let missing = match (named.as_str(), rest) {
            ("", _) => String::new(),
            (named, 0) => format!(": {named}"),
            (named, rest) => format!(": {named} and {rest} more"),
        };
        format!("goal {goal} of {scenario}: {reached} of {wanted} {counts}{missing}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(saga: &str, cells: &[(&str, [Option<u64>; 3])]) -> Matrix {
        let rows = cells.iter().map(|(kind, cells)| MatrixRow { kind: (*kind).to_owned(), cells: cells.to_vec() });
        let steps = ["reserve", "ship", "recall"].map(str::to_owned).to_vec();
        Matrix { saga: saga.to_owned(), steps, rows: rows.collect() }
    }

    #[test]
    fn a_step_that_nothing_reached_is_one_thing_to_say() {
        let one = matrix("order", &[("delay", [Some(2), Some(0), Some(0)]), ("slow", [None, Some(1), Some(0)])]);
        let of = |matrices: &[Matrix]| Coverage { matrices: matrices.to_vec(), ..Coverage::default() }.not_reached();
        assert_eq!(of(std::slice::from_ref(&one)), ["ship × delay", "recall × any fault"]);
        let two = matrix("quote", &[("delay", [Some(0), None, None])]);
        assert_eq!(
            of(&[one, two]),
            ["ship × delay in order", "recall × any fault in order", "reserve × delay in quote"]
        );
    }

    #[test]
    fn an_unmet_goal_names_some_of_what_is_missing() {
        let goal = |missing: &[&str]| GoalRow {
            scenario: "tight".to_owned(),
            goal: "faultCells".to_owned(),
            counts: "cells".to_owned(),
            wanted: 9,
            reached: 5,
            met: false,
            missing: missing.iter().map(|&cell| cell.to_owned()).collect(),
        };
        for (missing, end) in [
            (&[][..], "5 of 9 cells"),
            (&["a", "b"], "of 9 cells: a, b"),
            (&["a", "b", "c", "d"], "of 9 cells: a, b, c and 1 more"),
        ] {
            let sentence = goal(missing).sentence();
            assert!(sentence.starts_with("goal faultCells of tight: ") && sentence.ends_with(end), "{sentence}");
        }
    }
}
