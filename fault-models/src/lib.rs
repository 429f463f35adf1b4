//! Fault kinds and fault profiles as data.

mod faults;

pub use faults::FAULTS;

/// A value of a decision site that injects a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The site's name.
    pub site: &'static str,
    /// The value's name.
    pub value: &'static str,
}

/// A kind of fault. Its position in [`FAULTS`] is its `KindId`.
#[derive(Debug)]
pub struct Fault {
    /// The slug.
    pub slug: &'static str,
    /// The family: message, process, downstream, broker, database, time.
    pub family: Family,
    /// What it is, in one line.
    pub title: &'static str,
    /// Where it is injected.
    pub points: &'static [Point],
    /// Whether a correct system must survive it. A fault that lies beyond the contracts cannot fail a run unless asked for.
    pub survived: bool,
    /// When it counts as effective.
    pub witness: &'static str,
    /// How it comes about in production.
    pub in_production: &'static str,
    /// How it ends.
    pub healing: &'static str,
}

/// The families of fault kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Messages on their way.
    Message,
    /// Processes.
    Process,
    /// Systems that are called.
    Downstream,
    /// The broker.
    Broker,
    /// The database.
    Database,
    /// Clocks and timers.
    Time,
}
