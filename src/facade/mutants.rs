//! `sagasim mutants`: plants known bugs and says which were caught.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use reports::{DefectRow, MutantsReport, Shrunk};
use scenarios::campaign::Options;
use scenarios::catalog;
use scenarios::definition::{Defect, Keyword};
use scenarios::invariants::INVARIANTS;

use super::subject::{self, Loaded, Outcome, SCENARIOS};
use crate::options::{DEFAULT_FAULTS, DEFAULT_RUNS, Error, MutantsOptions, Session, Subject};

/// Runs the reference, then each planted bug.
///
/// # Errors
///
/// [`Error::Input`] for a defect that cannot be read.
pub fn mutants(options: &MutantsOptions, session: &Session<'_>) -> Result<MutantsReport, Error> {
    let mut defects = Vec::new();
    if options.files.is_empty() {
        for (name, text) in catalog::DEFECTS {
            defects.push(Defect::load(name, text).map_err(|invalid| Error::Input(invalid.to_string()))?);
        }
    }
    for file in &options.files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| Error::Input(format!("{name}: {error}")))?;
        defects.push(Defect::load(&name, &text).map_err(|invalid| Error::Input(invalid.to_string()))?);
    }
    defects.retain(|defect| options.only.is_empty() || options.only.contains(&defect.id.value));
    let runs = options.runs.unwrap_or(DEFAULT_RUNS);
    let mut broken = Vec::new();
    for name in SCENARIOS {
        let loaded = load(name, &[])?;
        let tally = loaded.simulation.campaign(&campaign(options, runs, false), session.stop, &AtomicU64::new(0));
        broken.extend(tally.causes.keys().map(|s| format!("{} in {name}", INVARIANTS[usize::from(s.invariant)].id)));
    }
    session.progress.begin("defects", defects.len() as u64);
    let mut rows = Vec::new();
    for defect in &defects {
        if session.stopped() {
            break;
        }
        rows.push(try_defect(defect, options, runs, session)?);
        session.progress.advance(1);
    }
    session.progress.end();
    Ok(MutantsReport::new(options.seed, options.repeat_line(), broken, rows))
}

fn campaign(options: &MutantsOptions, runs: u64, fail_fast: bool) -> Options {
    let jobs = options.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        std::num::NonZeroUsize::get,
    );
    Options { seed: options.seed, first: 0, runs, jobs, driver: fault_models::Driver::Swarm, fail_fast }
}

fn load(name: &str, set: &[scenarios::definition::Set]) -> Result<Loaded, Error> {
    let subject = Subject { scenario: Some(name.to_owned()), set: set.to_vec(), ..Subject::default() };
    match subject::load(&subject, &subject::profile(DEFAULT_FAULTS)?, fault_models::Driver::Swarm)? {
        Outcome::Ready(loaded) => Ok(loaded.into_iter().next().expect("a bundled scenario has a simulation")),
        Outcome::Invalid(lint) => {
            let first = lint.findings.first().map_or_else(String::new, |finding| finding.message.clone());
            Err(Error::Input(format!("{name}: {first}")))
        }
    }
}

fn try_defect(defect: &Defect, options: &MutantsOptions, runs: u64, session: &Session<'_>) -> Result<DefectRow, Error> {
    let started = Instant::now();
    let set: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
    let loaded = load(&defect.scenario.value, &set)?;
    let one = campaign(&MutantsOptions { jobs: std::num::NonZeroUsize::new(1), ..options.clone() }, runs, true);
    let tally = loaded.simulation.campaign(&one, session.stop, &AtomicU64::new(0));
    let millis = started.elapsed().as_millis() as u64;
    let first = tally.causes.iter().min_by_key(|(_, cause)| cause.index);
    let family = first.map(|(signature, _)| INVARIANTS[usize::from(signature.invariant)].family);
    let shrunk = first.and_then(|(signature, cause)| {
        let (recording, _) = loaded.simulation.record(options.seed, cause.index);
        let shrunk = loaded.simulation.shrink(&recording, *signature)?;
        Some(Shrunk {
            faults: shrunk.recording.faults().count() as u64,
            orders: shrunk.recording.workload.orders.iter().filter(|order| order.items != 0).count() as u64,
            events: shrunk.outcome.events.into(),
        })
    });
    Ok(DefectRow {
        id: defect.id.value.clone(),
        caught: first.is_some(),
        expected: defect.family.value.word().to_owned(),
        as_expected: family == Some(defect.family.value),
        by: first.map(|(s, _)| INVARIANTS[usize::from(s.invariant)].id.to_owned()).into_iter().collect(),
        rules: Vec::new(),
        models: defect.models.value.clone(),
        runs: tally.runs,
        events: tally.events,
        millis,
        shrunk,
    })
}
