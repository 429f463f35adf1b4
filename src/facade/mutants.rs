//! `sagasim mutants`: plants known bugs, says which were caught, and holds each against its entry in the catalogue.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use fault_models::{Driver, FAULTS, Profile};
use reports::{DefectRow, MutantsReport, Proof, Shrunk};
use scenarios::campaign::{Depth, Options, Simulation, Tally};
use scenarios::catalog;
use scenarios::definition::{Defect, Family, Keyword, Set};
use scenarios::invariants::INVARIANTS;
use scenarios::nearest::nearest;
use scenarios::replay::{Recording, Signature};

use super::subject::{self, Loaded, Outcome, SCENARIOS};
use crate::files;
use crate::options::{DEFAULT_FAULTS, DEFAULT_RUNS, Error, MutantsOptions, Session, Subject};

/// Random runs for a bug that takes several faults at once, and for the proof of any.
const MANY_RUNS: u64 = 20_000;
/// Runs in which nothing may break when there are no faults.
const CLEAN_RUNS: u64 = 200;
/// Failing runs that are reduced, in search of the size on record.
const TRIES: u32 = 12;
/// The weight of each needed kind in the runs of the proof: about once in each.
const ONCE: u32 = 100;

/// Runs the reference, then each planted bug.
///
/// # Errors
///
/// [`Error::Input`] for a defect that cannot be read or does not fit its scenario.
pub fn mutants(options: &MutantsOptions, session: &Session<'_>) -> Result<MutantsReport, Error> {
    let defects = read(options)?;
    let mut broken = Vec::new();
    for name in references(&defects) {
        let loaded = load(name, &[], &subject::profile(DEFAULT_FAULTS)?, Driver::Swarm)?;
        let campaign = campaign(options, options.runs.unwrap_or(DEFAULT_RUNS), false);
        let tally = loaded.simulation.campaign(&campaign, session.stop, &AtomicU64::new(0));
        broken.extend(tally.causes.keys().map(|s| format!("{} in {name}", INVARIANTS[usize::from(s.invariant)].id)));
    }
    session.progress.begin("defects", defects.len() as u64);
    let mut rows = Vec::new();
    for defect in &defects {
        if session.stopped() {
            break;
        }
        rows.push(try_defect(defect, options, session)?);
        session.progress.advance(1);
    }
    session.progress.end();
    Ok(MutantsReport::new(options.seed, options.repeat_line(), broken, rows))
}

/// The defects that were asked for.
fn read(options: &MutantsOptions) -> Result<Vec<Defect>, Error> {
    let load = |name: &str, text: &str| Defect::load(name, text).map_err(Error::from);
    let mut defects = Vec::new();
    if options.files.is_empty() {
        for (name, text) in catalog::DEFECTS {
            defects.push(load(name, text)?);
        }
    }
    for file in &options.files {
        let name = file.display().to_string();
        let text = files::read_text(file).map_err(|why| Error::Input(format!("{name}: {why}")))?;
        let mut defect = load(&name, &text)?;
        if is_file(&defect.scenario.value) {
            let beside = file.with_file_name(&defect.scenario.value);
            defect.scenario.value = beside.display().to_string();
        }
        defects.push(defect);
    }
    for only in &options.only {
        if !defects.iter().any(|defect| defect.id.value == *only) {
            let near = nearest(only, defects.iter().map(|defect| defect.id.value.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; nearest: {near}"));
            return Err(Error::Usage(format!("there is no planted bug {only}{near}")));
        }
    }
    defects.retain(|defect| options.only.is_empty() || options.only.contains(&defect.id.value));
    Ok(defects)
}

/// Whether a defect patches a file of its own instead of a bundled scenario.
fn is_file(scenario: &str) -> bool {
    scenario.ends_with(".yaml")
}

/// What has to be clean for a catch to mean anything: the bundled scenarios, and the files that defects patch.
fn references(defects: &[Defect]) -> Vec<&str> {
    let mut names = SCENARIOS.to_vec();
    for defect in defects.iter().map(|defect| defect.scenario.value.as_str()).filter(|name| is_file(name)) {
        if !names.contains(&defect) {
            names.push(defect);
        }
    }
    names
}

fn campaign(options: &MutantsOptions, runs: u64, fail_fast: bool) -> Options {
    let jobs = match options.jobs {
        _ if fail_fast => 1,
        Some(jobs) => jobs.get(),
        None => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
    };
    Options { seed: options.seed, first: 0, runs, jobs, driver: Driver::Swarm, fail_fast }
}

fn load(name: &str, set: &[Set], profile: &Profile, driver: Driver) -> Result<Loaded, Error> {
    let (files, scenario) = match is_file(name) {
        true => (vec![name.into()], None),
        false => (Vec::new(), Some(name.to_owned())),
    };
    let subject = Subject { files, scenario, set: set.to_vec(), ..Subject::default() };
    match subject::load(&subject, profile, driver)? {
        Outcome::Ready(loaded) => Ok(loaded.into_iter().next().expect("a bundled scenario has a simulation")),
        Outcome::Invalid(lint) => {
            let told =
                |f: &reports::Finding| format!("{}:{}:{}: error {} {}", f.file, f.line, f.column, f.code, f.message);
            Err(Error::Files(lint.findings.iter().map(told).collect()))
        }
    }
}

fn try_defect(defect: &Defect, options: &MutantsOptions, session: &Session<'_>) -> Result<DefectRow, Error> {
    let started = Instant::now();
    let set: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
    let loaded = load(&defect.scenario.value, &set, &subject::profile(DEFAULT_FAULTS)?, Driver::Swarm)?;
    let usual = if defect.needs.len() > 1 { MANY_RUNS } else { DEFAULT_RUNS };
    let runs = options.runs.unwrap_or(usual);
    let tally = loaded.simulation.campaign(&campaign(options, runs, true), session.stop, &AtomicU64::new(0));
    let millis = started.elapsed().as_millis() as u64;
    let first = first_cause(&tally);
    let shrunk = first.and_then(|cause| reduce(&loaded.simulation, options.seed, cause));
    let family = first.map(|(signature, _)| family_of(signature));
    Ok(DefectRow {
        id: defect.id.value.clone(),
        caught: first.is_some(),
        expected: defect.family.value.word().to_owned(),
        as_expected: family == Some(defect.family.value),
        by: first
            .map(|(signature, _)| INVARIANTS[usize::from(signature.invariant)].id.to_owned())
            .into_iter()
            .collect(),
        rules: Vec::new(),
        models: defect.models.value.clone(),
        runs: tally.runs,
        events: tally.events,
        millis,
        shrunk: shrunk.as_ref().map(|(_, size)| *size),
        proof: prove(defect, &set, options, session)?,
    })
}

/// The cause of the first failing run, with its index.
fn first_cause(tally: &Tally) -> Option<(Signature, u64)> {
    tally.causes.iter().min_by_key(|(_, cause)| cause.index).map(|(signature, cause)| (*signature, cause.index))
}

fn family_of(signature: Signature) -> Family {
    INVARIANTS[usize::from(signature.invariant)].family
}

fn reduce(simulation: &Simulation, seed: u64, (signature, index): (Signature, u64)) -> Option<(Recording, Shrunk)> {
    shrunk(simulation, &simulation.record(seed, index).0, signature)
}

fn shrunk(simulation: &Simulation, recording: &Recording, signature: Signature) -> Option<(Recording, Shrunk)> {
    let shrunk = simulation.shrink(recording, signature)?;
    let orders = shrunk.recording.workload.orders.iter().filter(|order| order.items != 0).count() as u64;
    let size = Shrunk {
        faults: shrunk.recording.faults().count() as u64,
        // Where no item is needed, a quote still is.
        orders: orders.max(1),
        events: shrunk.outcome.events.into(),
    };
    Some((shrunk.recording, size))
}

/// Holds what the catalogue says of a defect against runs in which nothing but the faults that it needs can happen.
fn prove(defect: &Defect, set: &[Set], options: &MutantsOptions, session: &Session<'_>) -> Result<Proof, Error> {
    let mut needs: Vec<&str> = defect.needs.iter().map(|need| need.value.as_str()).collect();
    needs.sort_unstable();
    let (faults, orders) = defect
        .optimum
        .as_ref()
        .map_or((needs.len() as u64, 1), |optimum| (u64::from(optimum.faults.value), u64::from(optimum.orders.value)));
    let mut proof = Proof {
        needs: needs.iter().map(|&need| need.to_owned()).collect(),
        faults,
        orders,
        clean_without_faults: None,
        by: None,
        each_needed: false,
        differs: Vec::new(),
    };
    let name = &defect.scenario.value;
    if !needs.is_empty() {
        let none = load(name, set, &subject::profile("none")?, Driver::Swarm)?;
        let tally = none.simulation.campaign(&campaign(options, CLEAN_RUNS, true), session.stop, &AtomicU64::new(0));
        proof.clean_without_faults = Some(tally.causes.is_empty());
    }
    let mut profile = Profile::new("needs");
    for &need in &needs {
        let times = needs.iter().filter(|other| **other == need).count() as u16;
        let unknown = |error: fault_models::UnknownFault| Error::Input(format!("{}: {error}", defect.id.value));
        profile.set(need, ONCE * u32::from(times), times).map_err(unknown)?;
    }
    let driver = if needs.is_empty() { Driver::Swarm } else { Driver::Uniform };
    let simulation = load(name, set, &profile, driver)?.simulation;
    let mut smallest: Option<(Signature, Recording, Shrunk)> = None;
    let mut next = 0;
    for _ in 0..TRIES {
        let runs = Options { driver, first: next, ..campaign(options, MANY_RUNS - next, true) };
        let tally = simulation.campaign(&runs, session.stop, &AtomicU64::new(0));
        let Some(cause) = first_cause(&tally) else { break };
        next = cause.1 + 1;
        let Some((recording, size)) = reduce(&simulation, options.seed, cause) else { continue };
        if smallest.as_ref().is_none_or(|(_, _, least)| (size.faults, size.orders) < (least.faults, least.orders)) {
            smallest = Some((cause.0, recording, size));
        }
        if (size.faults, size.orders) <= (proof.faults, proof.orders) {
            break;
        }
    }
    let smallest = smallest.or_else(|| searched(&simulation, proof.faults as usize, session));
    let Some((signature, recording, size)) = smallest else {
        proof.differs.push("the faults that it needs do not expose it".to_owned());
        return Ok(proof);
    };
    let by = INVARIANTS[usize::from(signature.invariant)].id;
    proof.by = Some(by.to_owned());
    if family_of(signature) != defect.family.value {
        proof.differs.push(format!("under these faults alone it is caught by {by}"));
    }
    proof.each_needed = each_needed(&simulation, &recording);
    compare(&mut proof, &simulation, &recording, size);
    Ok(proof)
}

/// What exhaustive search finds of so many faults, reduced, where random runs of the kinds in question do not come to it: a
/// bug that lies behind a command and its compensation.
fn searched(simulation: &Simulation, faults: usize, session: &Session<'_>) -> Option<(Signature, Recording, Shrunk)> {
    let depth = Depth { faults, persistent: false, jobs: 1, exact: false };
    let stop = || session.stopped();
    simulation.workloads().into_iter().find_map(|workload| {
        let found = simulation.exhaustive_over(vec![workload], 0..1, depth, (&stop, &|_| ()));
        let breaking = found.exploration.levels.iter().find_map(|level| level.breaking.first())?;
        let signature = Signature::of(&breaking.violation);
        let (recording, size) = shrunk(simulation, &found.recording(breaking), signature)?;
        Some((signature, recording, size))
    })
}

/// Whether a reduced failure passes as soon as any one of its faults is left out.
fn each_needed(simulation: &Simulation, recording: &Recording) -> bool {
    let mut worker = simulation.replayer();
    recording.faults().all(|left_out| {
        let choices = recording.choices.iter().filter(|choice| *choice != left_out).copied().collect();
        let without = Recording { choices, ..recording.clone() };
        simulation.replay(&mut worker, &without, &mut ()).violation.is_none()
    })
}

/// Says where the smallest failure is not what the catalogue says.
fn compare(proof: &mut Proof, simulation: &Simulation, recording: &Recording, size: Shrunk) {
    let sites = &simulation.scenario.sites.sites;
    let kind = |choice: &sim_core::Choice| sites.kind(choice.site, choice.value as u8);
    let mut kinds: Vec<&str> = recording.faults().filter_map(kind).map(|k| FAULTS[usize::from(k.0)].slug).collect();
    kinds.sort_unstable();
    if kinds != proof.needs {
        let found = if kinds.is_empty() { "no fault".to_owned() } else { kinds.join(", ") };
        proof.differs.push(format!("the smallest failure needs {found}"));
    }
    if (size.faults, size.orders) != (proof.faults, proof.orders) {
        let faults = reports::text::plural(size.faults, "fault");
        let orders = reports::text::plural(size.orders, "order");
        proof.differs.push(format!("the smallest failure has {faults} and {orders}"));
    }
}
