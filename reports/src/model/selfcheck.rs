//! The result of `sagasim selfcheck`.

use serde::Serialize;

/// Whether equal inputs gave equal runs, and what was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelfcheckReport {
    /// Whether every run was always the same.
    pub deterministic: bool,
    /// 0, or 4 after a mismatch.
    pub exit_code: u8,
    /// The seed of the runs.
    pub seed: u64,
    /// The version of sagasim.
    pub version: String,
    /// Runs that were run twice and compared event by event.
    pub runs: u64,
    /// Their events.
    pub events: u64,
    /// Whole states that were compared.
    pub states: u64,
    /// On how many threads they ran the first time.
    pub jobs: u64,
    /// Time on the wall clock; differs between equal calls.
    pub wall_ms: u64,
    /// One row per saga and driver.
    pub rows: Vec<SelfcheckRow>,
    /// Whether the caller stopped it before its end.
    pub stopped: bool,
    /// The command that repeats this call, to paste.
    pub repeat: String,
}

/// One saga under one driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelfcheckRow {
    /// The saga.
    pub scenario: String,
    /// How its runs chose: `uniform` or `swarm`.
    pub driver: String,
    /// Runs that were run twice.
    pub runs: u64,
    /// Their events.
    pub events: u64,
    /// Whole states that were compared.
    pub states: u64,
    /// Runs that were run again on one thread in the opposite order.
    pub reordered: u64,
    /// Runs that were run again alone, in a world that nothing ran in before.
    pub alone: u64,
    /// The fingerprint of the runs, as of a campaign, in hexadecimal.
    pub fingerprint: String,
    /// The first run that was not always the same, and the first event that differs in both versions.
    pub mismatch: Option<String>,
}

impl SelfcheckReport {
    /// Adds the rows up.
    #[must_use]
    pub fn new(seed: u64, jobs: u64, repeat: String, rows: Vec<SelfcheckRow>) -> Self {
        let deterministic = rows.iter().all(|row| row.mismatch.is_none());
        let sum = |figure: fn(&SelfcheckRow) -> u64| rows.iter().map(figure).sum();
        Self {
            deterministic,
            exit_code: if deterministic { 0 } else { 4 },
            seed,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runs: sum(|row| row.runs),
            events: sum(|row| row.events),
            states: sum(|row| row.states),
            jobs,
            wall_ms: 0,
            rows,
            stopped: false,
            repeat,
        }
    }
}
