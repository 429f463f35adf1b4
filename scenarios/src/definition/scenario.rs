//! The scenario file: workload, commands, faults and goals.

use super::keyword::keywords;
use super::scalars::{CountRange, Duration, DurationRange, Instant};
use super::span::{Named, NamedList, Span, Spanned};

/// A scenario. Every part but its name has a default.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where it is written.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// Path of the saga, relative to this file.
    pub saga: Option<Spanned<String>>,
    /// The virtual epoch.
    pub start: Option<Spanned<Instant>>,
    /// The orders.
    pub orders: Orders,
    /// The commands that people give.
    pub commands: Vec<Named<PlacedCommand>>,
    /// The fault profile, by name.
    pub faults: Option<Spanned<String>>,
    /// What must have been tried.
    pub goals: NamedList<Spanned<Goal>>,
    /// Metrics whose breach is a failure.
    pub fail: Vec<MetricLimit>,
}

/// The orders of a scenario.
#[derive(Clone, Debug)]
pub struct Orders {
    /// Where it is written.
    pub span: Span,
    /// How many there are.
    pub count: Option<Spanned<CountRange>>,
    /// When each arrives.
    pub arrival: Option<Spanned<DurationRange>>,
    /// What they share.
    pub shared: Vec<Spanned<Shared>>,
}

keywords! {
    /// What the orders of a scenario share.
    "shared thing" Shared {
        /// The customer's account.
        Account = "account",
        /// The pools of the participants.
        Pool = "pool",
    }
}

/// A command with its place; its id is the command's name.
#[derive(Clone, Debug)]
pub struct PlacedCommand {
    /// Where it is written.
    pub span: Span,
    /// The item it is about.
    pub item: Option<Spanned<String>>,
    /// When it is given.
    pub at: Option<Spanned<At>>,
}

/// When a command is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At each boundary of the item's states, one run each (`each-boundary`).
    EachBoundary,
    /// When this step is done (`after reserve-router`).
    AfterStep(String),
    /// So long after the order arrived.
    After(Duration),
}

keywords! {
    /// How much of something must have been tried.
    "goal" Goal {
        /// All of it.
        All = "all",
        /// None of it is owed.
        None = "none",
    }
}

/// A metric whose breach is a failure.
#[derive(Clone, Debug)]
pub struct MetricLimit {
    /// Where it is written.
    pub span: Span,
    /// The metric's slug.
    pub metric: Spanned<String>,
    /// The threshold.
    pub over: Spanned<Threshold>,
}

/// A threshold in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Of a time.
    Time(Duration),
    /// Of a count.
    Count(u64),
}
