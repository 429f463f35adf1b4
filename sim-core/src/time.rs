//! Virtual time: microseconds since the start of a run.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A moment of virtual time, in microseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A span of virtual time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const FOREVER: Self = Self(u64::MAX);

    /// A span of whole microseconds.
    pub const fn micros(n: u64) -> Self {
        Self(n)
    }

    /// A span of whole milliseconds.
    pub const fn millis(n: u64) -> Self {
        Self(n * 1_000)
    }

    /// A span of whole seconds.
    pub const fn secs(n: u64) -> Self {
        Self(n * 1_000_000)
    }

    /// A span of whole minutes.
    pub const fn mins(n: u64) -> Self {
        Self::secs(n * 60)
    }

    /// A span of whole hours.
    pub const fn hours(n: u64) -> Self {
        Self::mins(n * 60)
    }

    /// A span of whole days of 24 hours.
    pub const fn days(n: u64) -> Self {
        Self::hours(n * 24)
    }

    /// The span in whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// The span `n` times over; stays at the largest span instead of overflowing.
    pub const fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl Time {
    /// The start of a run.
    pub const START: Self = Self(0);
    /// A moment that never comes.
    pub const NEVER: Self = Self(u64::MAX);

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Shows a moment as `+00:02:31.250`, with days in front where there are any: `+3d 01:00:00.000`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 / 1_000;
        let (days, ms) = (ms / 86_400_000, ms % 86_400_000);
        f.write_str("+")?;
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        write!(f, "{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
    }
}

/// Shows a span in its two largest units: `2m 30s`, `14d`, `350ms`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] = [
            (86_400_000_000, "d"),
            (3_600_000_000, "h"),
            (60_000_000, "m"),
            (1_000_000, "s"),
            (1_000, "ms"),
            (1, "us"),
        ];
        let mut rest = self.0;
        let mut written = 0;
        for (size, unit) in UNITS {
            let n = rest / size;
            rest %= size;
            if n > 0 && written < 2 {
                write!(f, "{}{n}{unit}", if written == 0 { "" } else { " " })?;
                written += 1;
            } else if written > 0 {
                break;
            }
        }
        if written == 0 {
            f.write_str("0s")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_read_well() {
        for (span, text) in [
            (Duration::ZERO, "0s"),
            (Duration::millis(350), "350ms"),
            (Duration::secs(150), "2m 30s"),
            (Duration::days(14), "14d"),
            (Duration::micros(7), "7us"),
        ] {
            assert_eq!(span.to_string(), text);
        }
        assert_eq!(Time(151_250_000).to_string(), "+00:02:31.250");
        assert_eq!((Time::START + Duration::hours(73)).to_string(), "+3d 01:00:00.000");
    }
}
