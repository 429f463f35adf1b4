//! What a call of `sagasim` found, as plain data: strings and integers, ready to be filled and to be printed.
//!
//! The serialised form is the JSON that scripts rely on; a field that is there for people only is left out of it.
//! All integers are exact, all durations are integer milliseconds of virtual time unless named `wall_ms` or `millis`.

mod check;
mod coverage;
mod failure;
mod lint;
mod listing;
mod mutants;
mod replay;
mod selfcheck;
mod shard;
mod shrink;
mod verdict;

pub use check::{
    CheckReport, Class, DefinitionRow, ExhaustiveRow, FaultRow, InvariantRow, LimitRow, MetricValue, Money, Outcomes,
    OwnRuleRow, RandomReport, RegressionRow, ScenarioRow, Spread,
};
pub use coverage::{Coverage, GoalRow, Matrix, MatrixRow, Seen, Unreachable};
pub use failure::{
    DefinitionLine, Explained, FailureReport, FileRow, InevitableRow, LivenessRow, Mark, NeededFault, StoryLine,
    WithoutRow,
};
pub use lint::{Finding, LintReport, Severity};
pub use listing::Listing;
pub use mutants::{DefectRow, MutantsReport, Proof, Shrunk};
pub use replay::{ReplayReport, ReplayStatus, TraceLine};
pub use selfcheck::{SelfcheckReport, SelfcheckRow};
pub use shard::{SHARD_SCHEMA, ShardReport};
pub use shrink::{Extent, ShrinkReport};
pub use verdict::Verdict;
