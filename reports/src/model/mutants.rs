//! The result of `sagasim mutants`.

use serde::Serialize;

/// Which planted bugs were caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MutantsReport {
    /// Whether the scenarios pass without a planted bug.
    pub reference_clean: bool,
    /// How many were caught.
    pub caught: u64,
    /// How many were tried.
    pub total: u64,
    /// In catalogue order.
    pub defects: Vec<DefectRow>,
    /// What broke in the reference, a phrase each.
    pub reference_broken: Vec<String>,
    /// The campaign seed.
    pub seed: u64,
    /// The command that repeats this call, to paste.
    pub repeat: String,
}

impl MutantsReport {
    /// Counts what was caught.
    #[must_use]
    pub fn new(seed: u64, repeat: String, reference_broken: Vec<String>, defects: Vec<DefectRow>) -> Self {
        Self {
            reference_clean: reference_broken.is_empty(),
            caught: defects.iter().filter(|defect| defect.caught).count() as u64,
            total: defects.len() as u64,
            defects,
            reference_broken,
            seed,
            repeat,
        }
    }

    /// 1 on a survivor, a bug that another family caught first, or an unclean reference; else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.reference_clean || self.defects.iter().any(|defect| !defect.caught || !defect.as_expected))
    }
}

/// One planted bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefectRow {
    /// The slug of the defect.
    pub id: String,
    /// Whether a run broke an invariant.
    pub caught: bool,
    /// The family of invariants that should catch it.
    pub expected: String,
    /// Whether the first invariant that broke is of that family.
    pub as_expected: bool,
    /// The invariants that broke, the first to break first.
    pub by: Vec<String>,
    /// Static rules that also see it.
    pub rules: Vec<String>,
    /// The practice it models, in one line.
    pub models: String,
    /// Runs until it was caught, or all runs.
    pub runs: u64,
    /// Events until it was caught, or all events.
    pub events: u64,
    /// Time on the wall clock; differs between equal calls.
    pub millis: u64,
    /// The size of the smallest failure found.
    pub shrunk: Option<Shrunk>,
    /// What the catalogue says of it, held against runs.
    pub proof: Proof,
}

/// What the catalogue says of a planted bug, held against runs in which only the faults that it needs can happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The faults that it needs, by slug; none: it shows in every run.
    pub needs: Vec<String>,
    /// Faults in the smallest failure.
    pub faults: u64,
    /// Orders in the smallest failure.
    pub orders: u64,
    /// The invariant that breaks where only these faults can happen.
    pub by: Option<String>,
    /// Whether nothing breaks in runs without faults; `None` for a bug that needs none.
    pub clean_without_faults: Option<bool>,
    /// Whether the smallest failure passes without any one of its faults.
    pub each_needed: bool,
    /// What is otherwise than the catalogue says, a sentence each.
    pub differs: Vec<String>,
}

impl Proof {
    /// Whether all is as the catalogue says.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.clean_without_faults != Some(false) && self.by.is_some() && self.each_needed && self.differs.is_empty()
    }

    /// What does not hold, in words.
    #[must_use]
    pub fn objections(&self) -> Vec<String> {
        let mut objections = self.differs.clone();
        if self.clean_without_faults == Some(false) {
            objections.push("it breaks without any fault".to_owned());
        }
        if self.by.is_some() && !self.each_needed {
            objections.push("one of its faults can be left out".to_owned());
        }
        objections
    }
}

/// The size of a shrunk failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shrunk {
    /// Faults it needs.
    pub faults: u64,
    /// Orders it needs.
    pub orders: u64,
    /// Events until it breaks.
    pub events: u64,
}
