//! Exact scalars: durations in microseconds, calendar periods, money in minor units, rates, ranges, instants, references.

use std::fmt;

use iso_currency::Currency;

/// A span of virtual time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Duration(micros)
    }

    /// From seconds; saturates.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Duration(seconds.saturating_mul(1_000_000))
    }

    /// From milliseconds; saturates.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Duration(millis.saturating_mul(1_000))
    }

    /// In microseconds.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// In whole milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 / 1_000
    }
}

/// A stretch of time that may follow the calendar: `30d`, `1mo`, `1y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// A fixed length.
    Exact(Duration),
    /// Calendar months.
    Months(u32),
    /// Calendar years.
    Years(u32),
}

/// An exact amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// In the currency's smallest unit (cents for EUR).
    pub minor: i64,
    /// ISO 4217.
    pub currency: Currency,
}

/// So many per span of time: `50/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// Per how long.
    pub per: Duration,
}

/// A count that is drawn: `1..3`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountRange {
    /// The fewest.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// A time that is drawn: `0s..10m`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DurationRange {
    /// The shortest.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
}

/// An instant on the UTC calendar, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

/// An operation of a participant: `billing.charge`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationRef {
    /// The participant.
    pub system: String,
    /// Its operation.
    pub operation: String,
}

impl fmt::Display for OperationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.system, self.operation)
    }
}

/// A list of records of a participant: `billing.charges`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordRef {
    /// The participant.
    pub system: String,
    /// Its list, as `creates` names it.
    pub list: String,
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.system, self.list)
    }
}
