//! Which of the designer's own rules had something to judge, and which broke. Each of them is an invariant to who wrote it,
//! whatever the catalogue counts together.

use sim_core::{Strictness, Verdicts, Violation};

use crate::definition::Family;
use crate::invariants::{INVARIANTS, own, subject};
use crate::model::Model;

/// Counts runs by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCount {
    /// The invariants that judge such rules, each with its rules by their place in the model.
    judges: Vec<(usize, Vec<usize>)>,
    /// In how many runs each rule had something to judge, by its place in the model.
    pub runs: Vec<u64>,
    /// How many of them it broke.
    pub broken: Vec<u64>,
}

impl OwnCount {
    /// None yet.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let judges = INVARIANTS.iter().enumerate().filter(|(_, entry)| entry.family == Family::Own);
        let judges = judges.map(|(i, entry)| (i, own::rules(model, entry.strictness == Strictness::Always)));
        let none = vec![0; model.custom.len()];
        Self { judges: judges.filter(|(_, rules)| !rules.is_empty()).collect(), runs: none.clone(), broken: none }
    }

    /// Adds a finished run, and what it broke first.
    pub fn add(&mut self, verdicts: &Verdicts, violation: Option<&Violation>) {
        for (invariant, rules) in &self.judges {
            for place in own::spoke(verdicts.state_of(*invariant), rules.len()) {
                self.runs[rules[place]] += 1;
            }
        }
        if let Some(rule) = violation.and_then(subject::own_rule) {
            self.broken[usize::from(rule)] += 1;
        }
    }
}
