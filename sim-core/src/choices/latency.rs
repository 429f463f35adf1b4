//! How long something takes.

use crate::time::Duration;

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Always this long.
    Fixed(Duration),
    /// Anything from the first to the second, equally likely; the nominal value is the first.
    Uniform(Duration, Duration),
    /// Half of them up to the first, one in a hundred beyond the second; the nominal value is the first.
    Percentiles {
        /// The median.
        p50: Duration,
        /// The 99th percentile.
        p99: Duration,
    },
}

impl Latency {
    /// What it takes when nothing is drawn.
    #[inline]
    #[must_use]
    pub const fn nominal(self) -> Duration {
        match self {
            Self::Fixed(span) | Self::Uniform(span, _) | Self::Percentiles { p50: span, .. } => span,
        }
    }

    /// Of all that it can take, what is nearest to `span`.
    #[must_use]
    pub fn nearest(self, span: Duration) -> Duration {
        span.max(self.at(0)).min(self.at(u64::MAX).max(self.nominal()))
    }

    /// The value at a point `h` of the unit interval in 64 bits. Integer arithmetic only, so that it is the same on
    /// every machine and in every release of every library.
    #[inline]
    #[must_use]
    pub fn at(self, h: u64) -> Duration {
        let within = |span: u64, u: u64| ((u128::from(span) * u128::from(u)) >> 32) as u64;
        match self {
            Self::Fixed(span) => span,
            Self::Uniform(low, high) => {
                let span = high.0.saturating_sub(low.0);
                Duration(low.0 + ((u128::from(span) * u128::from(h)) >> 64) as u64)
            }
            Self::Percentiles { p50, p99 } => {
                let (u, rank) = (h & 0xFFFF_FFFF, ((h >> 32) * 100) >> 32);
                let tail = p99.0.saturating_sub(p50.0);
                Duration(match rank {
                    0..50 => p50.0 / 2 + within(p50.0 / 2, u),
                    50..90 => p50.0 + within(tail / 8, u),
                    90..99 => p50.0 + tail / 8 + within(tail - tail / 8, u),
                    _ => p99.0 + within(p99.0 / 4, u),
                })
            }
        }
    }
}
