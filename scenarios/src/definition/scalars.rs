//! Exact scalars: durations in microseconds, calendar periods, money in minor units, rates, ranges, instants, references.

use std::fmt;

use iso_currency::Currency;

use super::reader::{Scalar, Takes};

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

/// The units of a duration, longest first, with their lengths in microseconds.
const UNITS: [(&str, u64); 7] = [
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

impl fmt::Display for Duration {
    /// The shortest exact form, such as `90s` or `10d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = UNITS.iter().skip(1).find(|(_, length)| self.0.is_multiple_of(*length));
        match fits {
            Some((unit, length)) if self.0 > 0 => write!(f, "{}{unit}", self.0 / length),
            _ => f.write_str("0s"),
        }
    }
}

/// The longest duration: what lies further ahead than a run goes would look as if it never came.
const LONGEST: Duration = Duration(3_650 * 86_400_000_000);

/// Splits `30s` into its digits and its unit.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..unit_at].parse().ok()?;
    Some((number, &text[unit_at..]))
}

impl Scalar for Duration {
    fn takes() -> Takes {
        Takes::One("duration")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let expected = "is no duration; write a whole number with a unit (us, ms, s, m, h, d, w) such as 30s";
        let (number, unit) = number_and_unit(text).ok_or(expected)?;
        if unit.is_empty() {
            return Err(format!("has no unit; write {text}s"));
        }
        if matches!(unit, "mo" | "y") {
            return Err("is a calendar period; here a fixed length is needed, such as 30d".to_owned());
        }
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(expected)?;
        let length = number.checked_mul(*length).filter(|length| *length <= LONGEST.0);
        length.map(Duration).ok_or_else(|| format!("is too long; no run goes on for more than {LONGEST}"))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Exact(duration) => duration.fmt(f),
            Period::Months(months) => write!(f, "{months}mo"),
            Period::Years(years) => write!(f, "{years}y"),
        }
    }
}

impl Scalar for Period {
    fn takes() -> Takes {
        Takes::One("duration or calendar period, such as 1mo")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let small = |number: u64| u32::try_from(number).map_err(|_| "is too long".to_owned());
        match number_and_unit(text) {
            Some((number, "mo")) => small(number).map(Period::Months),
            Some((number, "y")) => small(number).map(Period::Years),
            _ => Duration::parse(text).map(Period::Exact),
        }
    }
}

/// An ISO 4217 currency by its code.
impl Scalar for Currency {
    fn takes() -> Takes {
        Takes::One("ISO 4217 code")
    }

    fn parse(text: &str) -> Result<Self, String> {
        Currency::from_code(text).ok_or_else(|| "is no ISO 4217 currency code, such as EUR".to_owned())
    }
}

impl Money {
    /// Reads a decimal number exactly, in the currency's smallest unit.
    ///
    /// # Errors
    ///
    /// What was expected, when the text is no decimal number, has more decimals than the currency, or is too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, String> {
        let digits = usize::from(currency.exponent().unwrap_or(0));
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) || unsigned.ends_with('.') {
            return Err("is no amount; write a decimal number such as \"120.00\"".to_owned());
        }
        let significant = decimals.trim_end_matches('0');
        if significant.len() > digits {
            return Err(format!("has more decimals than {} has ({digits})", currency.code()));
        }
        let minor = format!("{whole}{significant:0<digits$}").parse::<i64>().map_err(|_| "is too large".to_owned())?;
        Ok(Money { minor: if negative { -minor } else { minor }, currency })
    }
}

impl fmt::Display for Money {
    /// Such as `120.00 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = u32::from(self.currency.exponent().unwrap_or(0));
        let unit = 10_u64.pow(digits);
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        match digits {
            0 => write!(f, "{sign}{whole} {}", self.currency.code()),
            _ => write!(f, "{sign}{whole}.{rest:0>width$} {}", self.currency.code(), width = digits as usize),
        }
    }
}

impl Scalar for Rate {
    fn takes() -> Takes {
        Takes::One("rate, such as 50/s")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let expected = "is no rate; write a count per unit of time, such as 50/s";
        let (count, unit) = text.split_once('/').ok_or(expected)?;
        let count = count.parse().ok().filter(|&count| count > 0).ok_or(expected)?;
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(expected)?;
        Ok(Rate { count, per: Duration(*length) })
    }
}

/// Reads `a..b`, or `a` for `a..a`.
fn range<T: Scalar + PartialOrd + Copy>(text: &str) -> Result<(T, T), String> {
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let (min, max) = (T::parse(min)?, T::parse(max)?);
    if min > max {
        return Err("ends before it begins".to_owned());
    }
    Ok((min, max))
}

impl Scalar for CountRange {
    fn takes() -> Takes {
        Takes::One("whole number or range, such as 1..3")
    }

    fn parse(text: &str) -> Result<Self, String> {
        range(text).map(|(min, max)| CountRange { min, max })
    }
}

impl Scalar for DurationRange {
    fn takes() -> Takes {
        Takes::One("duration or range, such as 0s..10m")
    }

    fn parse(text: &str) -> Result<Self, String> {
        range(text).map(|(min, max)| DurationRange { min, max })
    }
}

impl Scalar for Instant {
    fn takes() -> Takes {
        Takes::One("instant in UTC, such as 2026-01-28T09:00:00Z")
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Instant(timestamp.as_microsecond()))
            .map_err(|_| "is no instant; write it in UTC such as 2026-01-28T09:00:00Z".to_owned())
    }
}

impl Scalar for String {
    fn takes() -> Takes {
        Takes::One("text")
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("is empty; expected a text".to_owned()) } else { Ok(text.to_owned()) }
    }
}

impl Scalar for u32 {
    fn takes() -> Takes {
        Takes::One("whole number")
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is no whole number from 0 to 4294967295".to_owned())
    }
}

impl Scalar for bool {
    fn takes() -> Takes {
        Takes::One("true or false")
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("is neither true nor false".to_owned()),
        }
    }
}

/// Splits `system.name` into two plain names.
fn two_names(text: &str) -> Option<(String, String)> {
    let (first, second) = text.split_once('.')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['.', ' ']);
    (is_name(first) && is_name(second)).then(|| (first.to_owned(), second.to_owned()))
}

impl Scalar for OperationRef {
    fn takes() -> Takes {
        Takes::One("system.operation")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (system, operation) =
            two_names(text).ok_or("is no operation; write system.operation, such as billing.charge")?;
        Ok(OperationRef { system, operation })
    }
}

impl Scalar for RecordRef {
    fn takes() -> Takes {
        Takes::One("system.list")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (system, list) = two_names(text).ok_or("is no record list; write system.list, such as billing.charges")?;
        Ok(RecordRef { system, list })
    }
}

/// A version: a text, quoted where YAML would read a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Version(pub String);

impl Scalar for Version {
    fn takes() -> Takes {
        Takes::One("quoted text")
    }

    const QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        String::parse(text).map(Version)
    }
}
