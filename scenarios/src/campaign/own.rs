//! Which of the designer's own rules had something to judge. Each of them is an invariant to who wrote it, whatever the
//! catalogue counts together.

use sim_core::{Strictness, Verdicts};

use crate::definition::Family;
use crate::invariants::{INVARIANTS, own};
use crate::model::Model;

/// Counts runs by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCount {
    /// The invariants that judge such rules, each with its rules by their place in the model.
    judges: Vec<(usize, Vec<usize>)>,
    runs: Vec<u64>,
}

impl OwnCount {
    /// None yet.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let judges = INVARIANTS.iter().enumerate().filter(|(_, entry)| entry.family == Family::Own);
        let judges = judges.map(|(i, entry)| (i, own::rules(model, entry.strictness == Strictness::Always)));
        Self { judges: judges.filter(|(_, rules)| !rules.is_empty()).collect(), runs: vec![0; model.custom.len()] }
    }

    /// Adds a finished run.
    pub fn add(&mut self, verdicts: &Verdicts) {
        for (invariant, rules) in &self.judges {
            for place in own::spoke(verdicts.state_of(*invariant), rules.len()) {
                self.runs[rules[place]] += 1;
            }
        }
    }

    /// In how many runs each rule had something to judge, by its place in the model.
    #[must_use]
    pub fn runs(&self) -> &[u64] {
        &self.runs
    }

    /// The same, to be filled.
    pub(crate) fn runs_mut(&mut self) -> &mut [u64] {
        &mut self.runs
    }
}
