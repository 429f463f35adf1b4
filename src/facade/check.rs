//! `sagasim check`: stored failures first, then the campaign of each scenario, judged and reported.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use fault_models::{FAULTS, Profile};
use reports::metrics::{METRICS, Unit};
use reports::{
    CheckReport, Class, Coverage, FaultRow, InvariantRow, MetricValue, Outcomes, RandomReport, RegressionRow,
    ScenarioRow, Spread, Verdict,
};
use scenarios::campaign::{Histogram, Options, Tally};
use scenarios::definition::OrderState;
use scenarios::invariants::INVARIANTS;
use sim_core::Strictness;
use sim_core::campaign::Tally as _;

use super::subject::{self, Loaded, Outcome};
use super::{exhaustive, failure, guided, replay};
use crate::files;
use crate::options::{CheckOptions, DEFAULT_FAULTS, DEFAULT_RUNS, Driver, Error, Session};

/// The most distinct causes that are reduced and told.
const CAUSES_MAX: usize = 12;
/// The runs of one batch when the time decides.
const BATCH: u64 = 500;
/// What the simulation leaves out.
const NOT_MODELLED: [&str; 5] = [
    "the isolation levels of real databases beyond load and save",
    "network partitions between replicas of one system",
    "price alterations, taxes and the invoices of later periods",
    "subsagas: the step that starts one completes when it has started it",
    "load: systems answer within their contract's latency however much they have to do",
];

/// Checks definitions: a verdict with its evidence.
///
/// # Errors
///
/// [`Error`] when there is nothing to report: unknown scenarios and profiles, orders that cannot be read.
pub fn check(options: &CheckOptions, session: &Session<'_>) -> Result<CheckReport, Error> {
    let profile = subject::profile(&options.faults)?;
    let driver = subject::driver(options.driver);
    let mut report = CheckReport {
        seed: options.seed,
        not_modelled: NOT_MODELLED.map(str::to_owned).to_vec(),
        repeat: options.repeat_line(options.runs.unwrap_or(DEFAULT_RUNS)),
        ..CheckReport::empty()
    };
    let loaded = match subject::load(&options.subject, &profile, driver)? {
        Outcome::Ready(loaded) => loaded,
        Outcome::Invalid(lint) => {
            report.lint = lint;
            report.judge();
            return Ok(report);
        }
    };
    for loaded in &loaded {
        report.definitions.extend(reports::fill::definitions(&loaded.definition));
        report.notices.extend(loaded.notices.iter().cloned());
    }
    if options.faults != DEFAULT_FAULTS {
        report.notices.push(format!("under the fault profile {}, not {DEFAULT_FAULTS}", options.faults));
    }
    regressions(options, session, &loaded, &mut report);
    let started = Instant::now();
    let found: Vec<_> = loaded.iter().map(|loaded| exhaustive::search(loaded, options, session, started)).collect();
    exhaustive::rows(&mut report, &loaded, &found);
    let began = Instant::now();
    let mut tallies = Vec::new();
    let mut recorded = Vec::new();
    for loaded in &loaded {
        if options.driver == Driver::Guided {
            let out = (&mut report.notices, &mut report.files);
            let found = guided::campaign(loaded, options, session, started, out);
            tallies.push(found.tally);
            recorded.push(found.failures);
        } else {
            tallies.push(campaign(loaded, options, session, started));
            recorded.push(BTreeMap::new());
        }
    }
    session.progress.end();
    random(&mut report, &tallies, began);
    let mut broke = Vec::new();
    for (((loaded, tally), exhaustive), recorded) in loaded.iter().zip(&tallies).zip(&found).zip(&recorded) {
        let candidates = failure::candidates(loaded, (tally, recorded), exhaustive.as_ref());
        broke.push(!candidates.is_empty());
        fail(&mut report, options, loaded, &candidates);
        if let Some(index) = tally.unrepeatable {
            report.errors.push(format!("run {index} of {} is not the same when it is run again", loaded.name));
        }
    }
    // What was judged and what had an effect counts in plans of the search, too.
    let mut evidence = tallies.clone();
    for (tally, exhaustive) in evidence.iter_mut().zip(&found) {
        if let Some(exhaustive) = exhaustive {
            tally.merge(exhaustive.exploration.tally.clone());
        }
    }
    faults(&mut report, &profile, &loaded, &evidence);
    invariants(&mut report, &loaded, &evidence, profile.kinds().next().is_none());
    outcomes(&mut report, &tallies);
    metrics(&mut report, &tallies);
    if session.stopped() {
        report.owed.push("the check was stopped before its end".to_owned());
    }
    scenario_rows(&mut report, &loaded, (&tallies, &broke));
    report.judge();
    Ok(report)
}

/// Replays stored failures of the definitions under check.
fn regressions(options: &CheckOptions, session: &Session<'_>, loaded: &[Loaded], report: &mut CheckReport) {
    for path in files::stored_failures(&options.failures).unwrap_or_default() {
        let stored = std::fs::read_to_string(&path).ok().and_then(|text| scenarios::replay::Repro::read(&text).ok());
        let Some(stored) = stored else { continue };
        let here = loaded.iter().any(|loaded| loaded.name == stored.scenario);
        // A patch of another call is not what is checked now.
        let patches: Vec<String> = options.subject.set.iter().map(ToString::to_string).collect();
        if !here || stored.set != patches {
            continue;
        }
        if let Ok((invariant, status)) = replay::status_of(&path, &crate::options::Subject::default(), session) {
            report.regressions.push(RegressionRow { repro: path.display().to_string(), invariant, status });
        }
    }
}

fn campaign(loaded: &Loaded, options: &CheckOptions, session: &Session<'_>, started: Instant) -> Tally {
    let jobs = options.jobs();
    let runs = match (options.runs, options.time) {
        (Some(runs), _) => runs,
        (None, Some(_)) => u64::MAX / 2,
        (None, None) => DEFAULT_RUNS,
    };
    session.progress.begin(&loaded.name, if runs > 1 << 60 { 0 } else { runs });
    let mut total = Tally::new(&loaded.simulation.scenario);
    let mut done = 0;
    while done < runs && !session.stopped() {
        let batch = BATCH.min(runs - done);
        let part = Options {
            seed: options.seed,
            first: options.first + done,
            runs: batch,
            jobs,
            driver: subject::driver(options.driver),
            fail_fast: options.fail_fast,
        };
        let counter = AtomicU64::new(0);
        let mut tally = loaded.simulation.campaign(&part, session.stop, &counter);
        if let Some(last) = tally.causes.values().map(|cause| cause.index).min().filter(|_| options.fail_fast) {
            // Other workers may have gone further; the campaign ends at the lowest failing run.
            let part = Options { runs: last - part.first + 1, fail_fast: false, ..part };
            tally = loaded.simulation.campaign(&part, session.stop, &counter);
        }
        session.progress.advance(tally.runs);
        let failed = !tally.causes.is_empty();
        total.merge(tally);
        done += batch;
        if (options.fail_fast && failed) || options.time.is_some_and(|time| started.elapsed() >= time) {
            break;
        }
    }
    total
}

fn random(report: &mut CheckReport, tallies: &[Tally], started: Instant) {
    let elapsed = started.elapsed();
    let events: u64 = tallies.iter().map(|tally| tally.events).sum();
    let fingerprint = tallies.iter().fold(0_u64, |sum, tally| sum.wrapping_mul(31).wrapping_add(tally.fingerprint));
    let micros = tallies.iter().map(|tally| tally.virtual_us).sum::<u128>();
    report.random = RandomReport {
        runs: tallies.iter().map(|tally| tally.runs).sum(),
        events,
        virtual_ms: u64::try_from(micros / 1_000).unwrap_or(u64::MAX),
        wall_ms: elapsed.as_millis() as u64,
        events_per_second: (u128::from(events) * 1_000_000 / elapsed.as_micros().max(1)) as u64,
        fingerprint: format!("{fingerprint:016x}"),
    };
}

fn fail(report: &mut CheckReport, options: &CheckOptions, loaded: &Loaded, candidates: &[failure::Candidate]) {
    for candidate in candidates.iter().take(CAUSES_MAX) {
        match failure::report(loaded, options, candidate) {
            Ok((failure, file)) => {
                report.failures.push(failure);
                report.files.push(file);
            }
            Err(sentence) => report.errors.push(sentence),
        }
    }
}

fn faults(report: &mut CheckReport, profile: &Profile, loaded: &[Loaded], tallies: &[Tally]) {
    let on: Vec<_> = profile.kinds().collect();
    for (i, fault) in FAULTS.iter().enumerate() {
        let injected: u64 = tallies.iter().map(|tally| tally.injected[i]).sum();
        let effective: u64 = tallies.iter().map(|tally| tally.effective[i]).sum();
        let in_profile = on.iter().any(|kind| usize::from(kind.0) == i);
        let reached = loaded.iter().any(|loaded| loaded.simulation.baseline.opportunities[i] > 0);
        let why = if !in_profile {
            Some(format!("the profile {} leaves it out", profile.name))
        } else if !reached && injected == 0 {
            Some("no contract of these definitions allows it".to_owned())
        } else {
            None
        };
        if why.is_none() && effective == 0 {
            report.owed.push(format!("the fault {} never had an effect", fault.slug));
        }
        report.faults.push(FaultRow {
            kind: fault.slug.to_owned(),
            applicable: why.is_none(),
            why,
            injected,
            effective,
        });
    }
    let reached: Vec<&FaultRow> = report.faults.iter().filter(|row| row.applicable).collect();
    report.coverage = Coverage {
        reached: reached.iter().filter(|row| row.effective > 0).count() as u64,
        unreached: reached.iter().filter(|row| row.effective == 0).map(|row| row.kind.clone()).collect(),
        ..Coverage::default()
    };
}

/// Invariants whose guard only a fault can bring about.
const BY_FAULT: [&str; 7] = [
    "unknown-not-failed",
    "unknown-resolved",
    "timeout-signalled",
    "fallout-opened",
    "drift-detected",
    "unknown-age",
    "authorised-correction",
];

fn invariants(report: &mut CheckReport, loaded: &[Loaded], tallies: &[Tally], calm: bool) {
    for (i, entry) in INVARIANTS.iter().enumerate() {
        let ruled_out: Vec<String> =
            loaded.iter().filter_map(|loaded| (entry.applies)(&loaded.simulation.scenario.model).err()).collect();
        let judged: u64 = tallies.iter().map(|tally| tally.judged[i]).sum();
        let broken: u64 = tallies.iter().map(|tally| tally.broken[i]).sum();
        let retired: u64 = tallies.iter().map(|tally| tally.retired[i]).sum();
        let mut met = Histogram::default();
        tallies.iter().for_each(|tally| met.merge(&tally.met[i]));
        let why = if ruled_out.len() == loaded.len() {
            ruled_out.into_iter().next()
        } else if judged == 0 && calm && BY_FAULT.contains(&entry.id) {
            Some("only faults bring it about, and the profile injects none".to_owned())
        } else if judged == 0 && UNDRIVEN.contains(&entry.id) {
            Some("nothing in these scenarios brings it about".to_owned())
        } else {
            None
        };
        let class = match entry.strictness {
            Strictness::Always => Class::Always,
            Strictness::Eventually => Class::Eventually,
            Strictness::Monitored => Class::Monitored,
        };
        if why.is_none() && judged == 0 {
            report.owed.push(format!("the invariant {} had nothing to judge", entry.id));
        }
        report.invariants.push(InvariantRow {
            id: entry.id.to_owned(),
            class,
            statement: entry.statement.to_owned(),
            seed_section: entry.seed.to_owned(),
            applicable: why.is_none(),
            why,
            judged: if class == Class::Eventually { judged.saturating_sub(retired) } else { judged },
            broken,
            retired,
            p50_ms: met.percentile(50),
            p99_ms: met.percentile(99),
            max_ms: (met.count > 0).then_some(met.max / 1_000),
            bound_ms: None,
        });
    }
}

/// Invariants that no bundled workload gives anything to judge yet; said as such, not passed.
const UNDRIVEN: [&str; 4] =
    ["replay-safe", "accepted-untouched-by-price-change", "drift-detected", "unresolved-mismatches"];

fn outcomes(report: &mut CheckReport, tallies: &[Tally]) {
    let sum = |state: OrderState| tallies.iter().map(|tally| tally.orders_in(state)).sum::<u64>();
    let orders: u64 = tallies.iter().flat_map(|tally| tally.orders).sum();
    let over =
        [OrderState::Completed, OrderState::Partial, OrderState::Cancelled, OrderState::Rejected, OrderState::Failed];
    let settled: u64 = over.iter().map(|state| sum(*state)).sum();
    report.outcomes = Outcomes {
        orders,
        completed: sum(OrderState::Completed),
        partly_cancelled: sum(OrderState::Partial),
        cancelled: sum(OrderState::Cancelled),
        rejected: sum(OrderState::Rejected),
        fallout: tallies.iter().map(|tally| tally.fallout).sum(),
        stuck: orders - settled,
        ..Outcomes::default()
    };
}

fn metrics(report: &mut CheckReport, tallies: &[Tally]) {
    let mut values = BTreeMap::new();
    for (i, metric) in METRICS.iter().enumerate() {
        let value = match metric.unit {
            Unit::Count => MetricValue::Count(tallies.iter().map(|t| t.recorder.metrics.count(i)).sum()),
            Unit::Duration => {
                let mut spans = Histogram::default();
                tallies.iter().for_each(|tally| spans.merge(tally.recorder.metrics.spans(i)));
                MetricValue::Spread(Spread {
                    count: spans.count,
                    p50_ms: spans.percentile(50).unwrap_or(0),
                    p99_ms: spans.percentile(99).unwrap_or(0),
                    max_ms: spans.max / 1_000,
                })
            }
        };
        values.insert(metric.slug.to_owned(), value);
    }
    report.metrics = values;
}

fn scenario_rows(report: &mut CheckReport, loaded: &[Loaded], (tallies, broke): (&[Tally], &[bool])) {
    for ((loaded, tally), broke) in loaded.iter().zip(tallies).zip(broke) {
        let verdict = if *broke {
            Verdict::Fail
        } else if report.owed.is_empty() {
            Verdict::Pass
        } else {
            Verdict::NotEnoughEvidence
        };
        report.scenarios.push(ScenarioRow {
            name: loaded.name.clone(),
            verdict,
            runs: tally.runs,
            events: tally.events,
            fingerprint: format!("{:016x}", tally.fingerprint),
        });
    }
}
