//! `sagasim selfcheck`: equal inputs give equal runs, proved on the bundled sagas.

use std::time::Instant;

use fault_models::Driver as FaultDriver;
use reports::{SelfcheckReport, SelfcheckRow};
use scenarios::catalog;
use sim_core::determinism::Plan;

use super::subject::{self, Outcome};
use crate::options::{DEFAULT_FAULTS, DEFAULT_SELFCHECK_RUNS, Driver, Error, SelfcheckOptions, Session, Subject};

/// Runs every bundled saga under every driver and compares each run with itself.
///
/// # Errors
///
/// [`Error::Usage`] for an unknown saga.
pub fn selfcheck(options: &SelfcheckOptions, session: &Session<'_>) -> Result<SelfcheckReport, Error> {
    let started = Instant::now();
    let jobs = options.jobs.map_or_else(threads, std::num::NonZeroUsize::get);
    let names: Vec<&str> = match &options.scenario {
        Some(name) => vec![name],
        None => catalog::names().collect(),
    };
    let plan = Plan { first: 0, runs: options.runs.unwrap_or(DEFAULT_SELFCHECK_RUNS), jobs };
    let mut rows = Vec::new();
    for name in names {
        for driver in [Driver::Swarm, Driver::Uniform] {
            if !session.stopped() {
                rows.push(row(name, driver, (options.seed, &plan), session)?);
            }
        }
    }
    session.progress.end();
    let mut report = SelfcheckReport::new(options.seed, jobs as u64, options.repeat_line(), rows);
    report.stopped = session.stopped();
    report.wall_ms = started.elapsed().as_millis() as u64;
    Ok(report)
}

/// All cores, and never one thread alone: that there are several is a part of the proof.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

fn row(name: &str, driver: Driver, (seed, plan): (u64, &Plan), session: &Session<'_>) -> Result<SelfcheckRow, Error> {
    let subject = Subject { scenario: Some(name.to_owned()), ..Subject::default() };
    let fault_driver: FaultDriver = subject::driver(driver);
    let loaded = match subject::load(&subject, &subject::profile(DEFAULT_FAULTS)?, fault_driver)? {
        Outcome::Ready(loaded) => loaded.into_iter().next().expect("a bundled scenario has a simulation"),
        Outcome::Invalid(lint) => {
            let first = lint.findings.first().map_or_else(String::new, |finding| finding.message.clone());
            return Err(Error::Internal(format!("{name}: {first}")));
        }
    };
    session.progress.begin(&format!("{name}, {driver}"), plan.runs);
    let proof = loaded.simulation.prove(seed, plan, session.stop, &|done| session.progress.advance(done));
    Ok(SelfcheckRow {
        scenario: name.to_owned(),
        driver: driver.to_string(),
        runs: proof.runs,
        events: proof.events,
        states: proof.states,
        reordered: proof.reordered,
        alone: proof.alone,
        fingerprint: format!("{:016x}", proof.fingerprint),
        mismatch: proof.mismatch.map(|mismatch| loaded.simulation.tell_mismatch(seed, &mismatch)),
    })
}
