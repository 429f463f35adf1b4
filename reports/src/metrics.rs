//! The thirteen consistency metrics (seed 23.1) that every check reports, under slugs that scripts may rely on.

/// What a metric measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How often something happened.
    Count,
    /// Integer milliseconds of virtual time, as p50, p99 and maximum.
    Duration,
}

/// One metric of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The fixed name, the key under `metrics` in the JSON report.
    pub slug: &'static str,
    /// What it measures.
    pub unit: Unit,
    /// One line for `sagasim list metrics`.
    pub what: &'static str,
}

/// All metrics, in the order of seed 23.1.
pub const METRICS: &[Metric] = &[
    Metric {
        slug: "saga-duration",
        unit: Unit::Duration,
        what: "from the start of a saga to its end, by type of saga",
    },
    Metric { slug: "saga-stuck", unit: Unit::Count, what: "sagas that neither ended nor can go on" },
    Metric { slug: "step-retries", unit: Unit::Count, what: "attempts of a step after its first" },
    Metric {
        slug: "unknown-outcomes",
        unit: Unit::Count,
        what: "calls after which nobody knew whether the effect had happened",
    },
    Metric { slug: "compensations", unit: Unit::Count, what: "steps that were undone" },
    Metric { slug: "compensation-failures", unit: Unit::Count, what: "undo steps that gave up" },
    Metric {
        slug: "outbox-unpublished-age",
        unit: Unit::Duration,
        what: "how long a committed event waited to be published",
    },
    Metric { slug: "inbox-duplicates", unit: Unit::Count, what: "deliveries that a consumer had already handled" },
    Metric { slug: "consumer-lag", unit: Unit::Duration, what: "from publication to handling, by topic" },
    Metric {
        slug: "order-billing-mismatches",
        unit: Unit::Count,
        what: "items whose charges disagreed with their state",
    },
    Metric {
        slug: "order-asset-mismatches",
        unit: Unit::Count,
        what: "items whose installed product disagreed with their state",
    },
    Metric {
        slug: "manual-repair-backlog-age",
        unit: Unit::Duration,
        what: "how long a repair case waited for a person",
    },
    Metric { slug: "idempotency-conflicts", unit: Unit::Count, what: "the same key seen with another content" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_distinct_slugs() {
        let mut slugs: Vec<_> = METRICS.iter().map(|metric| metric.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), 13);
    }
}
