//! `sagasim check`: stored failures first, then the campaign of each scenario, judged and reported.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use fault_models::Profile;
use reports::metrics::{METRICS, Unit};
use reports::{
    CheckReport, FailureReport, LimitRow, LintReport, MetricValue, Money, Outcomes, RandomReport, RegressionRow,
    ScenarioRow, Spread, Verdict,
};
use scenarios::campaign::{ByCurrency, Exhaustive, Fate, Histogram, MoneyCount, Options, Tally, Wrong};
use scenarios::definition::Threshold;
use scenarios::replay::{Recording, Repro, Signature};
use sim_core::Domain as _;
use sim_core::campaign::Tally as _;

use super::remedy::Remedies;
use super::side_by_side::side_by_side;
use super::subject::{self, Loaded, Outcome};
use super::{evidence, exhaustive, failure, guided, replay, sharded};
use crate::files;
use crate::options::{CheckOptions, DEFAULT_FAULTS, DEFAULT_RUNS, Driver, Error, Session};

/// The most distinct causes that are reduced and told.
const CAUSES_MAX: usize = 12;
/// The runs of one batch when the time decides.
const BATCH: u64 = 500;
/// What the simulation leaves out.
const NOT_MODELLED: [&str; 6] = [
    "corrections by hand that change or remove a record of a downstream system: only charges and products made by hand are",
    "the isolation levels of real databases beyond load and save",
    "network partitions between replicas of one system",
    "price alterations, taxes and the invoices of later periods",
    "subsagas: the step that starts one completes when it has started it",
    "load: systems answer within their contract's latency however much they have to do",
];

/// What was found before it is judged, by scenario.
#[derive(Default)]
pub(super) struct Findings {
    /// By the exhaustive search, if one was wanted.
    pub exhaustive: Vec<Option<Exhaustive>>,
    /// By random runs.
    pub tallies: Vec<Tally>,
    /// Failures of a guided campaign.
    pub recorded: Vec<BTreeMap<Signature, Recording>>,
}

/// Checks definitions: a verdict with its evidence.
///
/// # Errors
///
/// [`Error`] when there is nothing to report: unknown scenarios and profiles, orders that cannot be read, shards that cannot be.
pub fn check(options: &CheckOptions, session: &Session<'_>) -> Result<CheckReport, Error> {
    let runs = options.runs.unwrap_or(DEFAULT_RUNS);
    if options.first.checked_add(runs).is_none() {
        return Err(Error::Usage(format!("there are no {runs} runs from run {} on", options.first)));
    }
    if options.corpus.is_some() && options.driver != Driver::Guided {
        return Err(Error::Usage("--corpus keeps what --driver guided finds; no other driver reads it".to_owned()));
    }
    let call = options.shard.map(|_| sharded::Call::new(options)).transpose()?;
    let profile = subject::profile(&options.faults)?;
    let driver = subject::driver(options.driver);
    let mut report = begin(options);
    let loaded = match subject::load(&options.subject, &profile, driver)? {
        Outcome::Ready(loaded) => loaded,
        Outcome::Invalid(lint) => {
            report.lint = lint;
            report.judge();
            return Ok(report);
        }
    };
    introduce(&mut report, options, &loaded);
    if options.shard.is_none_or(|shard| shard.index == 1) {
        regressions(options, (&loaded, &profile), &mut report);
    }
    let (found, elapsed) = gather(&mut report, options, session, &loaded);
    session.progress.end();
    let stopped = session.stopped().then(|| "the check was stopped before its end".to_owned());
    conclude(&mut report, options, &loaded, (&found, elapsed), stopped.as_slice());
    if let (Some(call), Some(shard)) = (call, options.shard) {
        sharded::close(&mut report, (&call, shard), &loaded, &found, stopped.is_some());
    }
    Ok(report)
}

/// A report with what is known before anything ran.
pub(super) fn begin(options: &CheckOptions) -> CheckReport {
    CheckReport {
        seed: options.seed,
        not_modelled: NOT_MODELLED.map(str::to_owned).to_vec(),
        repeat: options.repeat_line(options.runs.unwrap_or(DEFAULT_RUNS)),
        ..CheckReport::empty()
    }
}

/// Adds what is known of the definitions.
pub(super) fn introduce(report: &mut CheckReport, options: &CheckOptions, loaded: &[Loaded]) {
    let mut findings = Vec::new();
    for loaded in loaded {
        report.definitions.extend(reports::fill::definitions(&loaded.definition));
        report.notices.extend(loaded.notices.iter().cloned());
        let found = scenarios::lint::lint(loaded.saga());
        findings.extend(reports::fill::findings(&found, &loaded.definition.sources, &options.deny));
    }
    report.lint = LintReport::new(findings);
    if options.faults != DEFAULT_FAULTS {
        report.notices.push(format!("under the fault profile {}, not {DEFAULT_FAULTS}", options.faults));
        report.profile = Some(options.faults.clone());
    }
}

/// A finding is demonstrated by the first failure whose cure stands in its line.
fn demonstrate(report: &mut CheckReport) {
    for finding in &mut report.lint.findings {
        let shows = |failure: &&FailureReport| {
            let cure = failure.definition.as_ref().filter(|line| line.helps);
            cure.is_some_and(|line| line.line == finding.line && line.file == finding.file)
        };
        finding.demonstrated_by = report.failures.iter().find(shows).map(|failure| failure.signature.clone());
    }
}

/// Searches and runs; gives also the time on the wall clock that the runs took.
fn gather(
    report: &mut CheckReport,
    options: &CheckOptions,
    session: &Session<'_>,
    loaded: &[Loaded],
) -> (Findings, Duration) {
    let started = Instant::now();
    let search = |loaded| exhaustive::search(loaded, options, session, started);
    let exhaustive: Vec<_> = loaded.iter().map(search).collect();
    let is_over = |found: &Option<Exhaustive>| found.as_ref().is_some_and(|found| exhaustive::is_over(found, options));
    let over: Vec<bool> = exhaustive.iter().map(is_over).collect();
    let began = Instant::now();
    let mut recorded = vec![BTreeMap::new(); loaded.len()];
    let tallies = if options.driver == Driver::Guided {
        let mut tallies = Vec::new();
        for ((loaded, recorded), over) in loaded.iter().zip(&mut recorded).zip(&over) {
            if *over {
                tallies.push(Tally::new(&loaded.simulation.scenario));
                continue;
            }
            let out = (&mut report.notices, &mut report.files);
            let found = guided::campaign(loaded, options, session, started, out);
            tallies.push(found.tally);
            *recorded = found.failures;
        }
        tallies
    } else {
        campaigns((loaded, &over), &sharded::part(options), session, started)
    };
    (Findings { exhaustive, tallies, recorded }, began.elapsed())
}

/// Judges what was found, whether by one call or by many shards.
pub(super) fn conclude(
    report: &mut CheckReport,
    options: &CheckOptions,
    loaded: &[Loaded],
    (found, elapsed): (&Findings, Duration),
    stopped: &[String],
) {
    let Findings { exhaustive: searches, tallies, recorded } = found;
    exhaustive::rows(report, options, loaded, searches);
    random(report, tallies, elapsed);
    let mut broke = Vec::new();
    for (((loaded, tally), exhaustive), recorded) in loaded.iter().zip(tallies).zip(searches).zip(recorded) {
        let candidates = failure::candidates(loaded, (tally, recorded), exhaustive.as_ref());
        broke.push(!candidates.is_empty());
        fail(report, &sharded::own_folder(options), loaded, &candidates);
        if let Some((index, parting)) = &tally.unrepeatable {
            let name = &loaded.name;
            report.errors.push(format!("run {index} of {name} is not the same when it is run again: {parting}"));
        }
    }
    demonstrate(report);
    // What was judged and what had an effect counts in plans of the search, too.
    let mut seen = tallies.clone();
    for (tally, exhaustive) in seen.iter_mut().zip(searches) {
        if let Some(exhaustive) = exhaustive {
            tally.merge(exhaustive.exploration.tally.clone());
        }
    }
    evidence::judge(report, options, loaded, &seen);
    outcomes(report, tallies);
    metrics(report, tallies);
    limits(report, loaded, tallies);
    if let (Some(_), Some(most)) = (options.time, tallies.iter().map(|tally| tally.runs).max()) {
        let is_whole = stopped.is_empty() && report.exhaustive.iter().chain(&report.persistent).all(|row| row.complete);
        report.repeat = if is_whole { options.repeat_line(most) } else { options.asked_line() };
    }
    report.owed.extend_from_slice(stopped);
    scenario_rows(report, loaded, (tallies, &seen, &broke));
    report.judge();
}

/// Replays stored failures of the definitions under check.
fn regressions(options: &CheckOptions, (loaded, profile): (&[Loaded], &Profile), report: &mut CheckReport) {
    let paths = files::stored_failures(&options.failures).unwrap_or_else(|error| {
        report.owed.push(format!("the stored failures were not run: {error}"));
        Vec::new()
    });
    for path in paths {
        let stored = match files::read_text(&path)
            .and_then(|text| Repro::read(&text).map_err(|error| error.to_string()))
        {
            Ok(stored) => stored,
            Err(why) => {
                // Damaged by a merge, mostly: to leave it out would let the bug come back.
                report.owed.push(format!("a stored failure cannot be read and was not run: {}: {why}", path.display()));
                continue;
            }
        };
        let Some(here) = loaded.iter().find(|loaded| loaded.name == stored.scenario) else { continue };
        // A patch of another call is not what is checked now, nor are other files.
        let patches: Vec<String> = options.subject.set.iter().map(ToString::to_string).collect();
        if stored.set != patches || !same_files(&stored.files, &options.subject.files) {
            continue;
        }
        // Nor can a failure come that needs faults which this check leaves out.
        let (recording, _, _) = stored.recording(&here.simulation.scenario);
        let sites = here.simulation.scenario.sites();
        let is_on = |fault: &sim_core::Choice| {
            let kind = sites.kind(fault.site, fault.value as u8);
            kind.is_none_or(|kind| profile.kinds().any(|on| on == kind))
        };
        if !recording.faults().all(is_on) {
            continue;
        }
        let repro = path.display().to_string();
        match replay::status_of(&path) {
            Ok((invariant, status)) => report.regressions.push(RegressionRow { repro, invariant, status }),
            Err(error) => report.owed.push(format!("a stored failure was not run: {error}")),
        }
    }
}

/// Whether two calls are about the same files, by whatever paths.
fn same_files(stored: &[String], given: &[std::path::PathBuf]) -> bool {
    let real = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let stored: Vec<_> = stored.iter().map(|path| real(path.as_ref())).collect();
    stored.len() == given.len() && given.iter().all(|path| stored.contains(&real(path)))
}

/// The campaigns of all scenarios but those that are over already. When the time decides, they take turns, so that each has as many runs as the others
/// and one number of runs repeats the call.
fn campaigns(
    (loaded, over): (&[Loaded], &[bool]),
    options: &CheckOptions,
    session: &Session<'_>,
    started: Instant,
) -> Vec<Tally> {
    let runs = match (options.runs, options.time) {
        (Some(runs), _) => runs,
        (None, Some(_)) => u64::MAX / 2,
        (None, None) => DEFAULT_RUNS,
    };
    let mut tallies: Vec<Tally> = loaded.iter().map(|loaded| Tally::new(&loaded.simulation.scenario)).collect();
    let shown = if runs > 1 << 60 { 0 } else { runs };
    let Some(time) = options.time else {
        for ((loaded, tally), _) in loaded.iter().zip(&mut tallies).zip(over).filter(|(_, over)| !**over) {
            session.progress.begin(&loaded.name, shown);
            let mut done = 0;
            while done < runs && !is_over(options, session, tally) {
                let batch = BATCH.min(runs - done);
                run_batch(loaded, options, session, (done, batch), tally);
                done += batch;
            }
        }
        return tallies;
    };
    session.progress.begin("runs", shown.saturating_mul(loaded.len() as u64));
    let mut done = 0;
    while done < runs && !session.stopped() {
        let batch = BATCH.min(runs - done);
        for ((loaded, tally), over) in loaded.iter().zip(&mut tallies).zip(over) {
            if !over && !is_over(options, session, tally) {
                run_batch(loaded, options, session, (done, batch), tally);
            }
        }
        done += batch;
        if started.elapsed() >= time {
            break;
        }
    }
    tallies
}

/// Whether a campaign is at its end before its last run.
fn is_over(options: &CheckOptions, session: &Session<'_>, tally: &Tally) -> bool {
    session.stopped() || (options.fail_fast && !tally.causes.is_empty())
}

fn run_batch(
    loaded: &Loaded,
    options: &CheckOptions,
    session: &Session<'_>,
    (done, runs): (u64, u64),
    total: &mut Tally,
) {
    let part = Options {
        seed: options.seed,
        first: options.first + done,
        runs,
        jobs: options.jobs(),
        driver: subject::driver(options.driver),
        fail_fast: options.fail_fast,
    };
    let counter = AtomicU64::new(0);
    let tally = loaded.simulation.campaign(&part, session.stop, &counter);
    session.progress.advance(tally.runs);
    total.merge(tally);
}

fn random(report: &mut CheckReport, tallies: &[Tally], elapsed: Duration) {
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
        fails_at_most_per_million: rule_of_three(tallies),
    };
}

/// What runs of which none failed say of those that were not run: with 95 % confidence at most 3 of n fail. It is said of
/// the scenario with the fewest runs; below a thousand runs there is nothing to be said yet.
fn rule_of_three(tallies: &[Tally]) -> Option<u64> {
    let fewest = tallies.iter().map(|tally| tally.runs).min().filter(|runs| *runs >= 1_000)?;
    tallies.iter().all(|tally| tally.causes.is_empty()).then(|| 3_000_000_u64.div_ceil(fewest))
}

fn fail(report: &mut CheckReport, options: &CheckOptions, loaded: &Loaded, candidates: &[failure::Candidate]) {
    if candidates.is_empty() {
        return;
    }
    let driver = subject::driver(options.driver);
    let remedies = Remedies::of(loaded, &options.faults, driver);
    let told = &candidates[..candidates.len().min(CAUSES_MAX)];
    let one = |candidate: &failure::Candidate| failure::report(loaded, options, &remedies, candidate);
    for told in side_by_side(options.jobs(), told, one) {
        match told {
            Ok((failure, file)) => {
                report.failures.push(failure);
                report.files.push(file);
            }
            Err(sentence) => report.errors.push(sentence),
        }
    }
}

fn outcomes(report: &mut CheckReport, tallies: &[Tally]) {
    let sum = |fate: Fate| tallies.iter().map(|tally| tally.orders(fate)).sum();
    report.outcomes = Outcomes {
        orders: tallies.iter().flat_map(|tally| tally.fates).sum(),
        completed: sum(Fate::Completed),
        partly_cancelled: sum(Fate::Partly),
        cancelled: sum(Fate::Cancelled),
        rejected: sum(Fate::Rejected),
        failed: sum(Fate::Failed),
        fallout: sum(Fate::Fallout),
        stuck: sum(Fate::Stuck),
        not_followed: sum(Fate::NotFollowed),
        attended: tallies.iter().map(|tally| tally.recorder.metrics.attended()).sum(),
        charged_wrongly: money(tallies, |count| &count.wrongly),
        not_charged: money(tallies, |count| &count.missing),
    };
}

/// Wrong amounts, by currency. They stand at the end of a run, so nothing put them right.
fn money(tallies: &[Tally], of: impl Fn(&MoneyCount) -> &ByCurrency) -> Vec<Money> {
    let mut sums = ByCurrency::new();
    for (currency, wrong) in tallies.iter().flat_map(|tally| of(&tally.money)) {
        sums.entry(*currency).or_default().merge(wrong);
    }
    let row = |(currency, wrong): ([u8; 3], Wrong)| Money {
        amount: scenarios::money::decimal(currency, wrong.minor),
        currency: String::from_utf8_lossy(&currency).into_owned(),
        orders: wrong.orders,
        longest_ms: wrong.longest_us / 1_000,
    };
    sums.into_iter().map(row).collect()
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

/// Holds the metrics against the limits that scenarios set under `fail:`.
fn limits(report: &mut CheckReport, loaded: &[Loaded], tallies: &[Tally]) {
    for (loaded, tally) in loaded.iter().zip(tallies) {
        for limit in loaded.definition.scenario.iter().flat_map(|scenario| &scenario.fail) {
            let slug = limit.metric.value.as_str();
            let Some(metric) = METRICS.iter().position(|metric| metric.slug == slug) else { continue };
            let metrics = &tally.recorder.metrics;
            let (over, found) = match limit.over.value {
                Threshold::Time(over) => (over.micros() / 1_000, metrics.spans(metric).max / 1_000),
                Threshold::Count(over) => (over, metrics.count(metric)),
            };
            let scenario = loaded.name.clone();
            report.limits.push(LimitRow { scenario, metric: slug.to_owned(), over, found, broken: found > over });
        }
    }
}

fn scenario_rows(report: &mut CheckReport, loaded: &[Loaded], (tallies, seen, broke): (&[Tally], &[Tally], &[bool])) {
    for (((loaded, tally), seen), broke) in loaded.iter().zip(tallies).zip(seen).zip(broke) {
        let passed = report.limits.iter().any(|limit| limit.broken && limit.scenario == loaded.name);
        let met = || report.goals.iter().all(|goal| goal.met || goal.scenario != loaded.name);
        let verdict = if *broke || passed {
            Verdict::Fail
        } else if evidence::is_enough(loaded, seen) && met() {
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
