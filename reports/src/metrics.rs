//! The thirteen consistency metrics (seed 23.1) that every check reports, under slugs that scripts may rely on.

pub use scenarios::metrics::{METRICS, Metric, Unit};
