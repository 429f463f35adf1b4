//! The exhaustive part of a check: every plan of up to k faults, told as rows.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use reports::{CheckReport, ExhaustiveRow};
use scenarios::campaign::{Depth, Exhaustive, Tally};
use scenarios::model::Names;
use scenarios::replay::choice_text;
use scenarios::scenario::Scenario;
use scenarios::story::words;
use sim_core::Duration;
use sim_core::explore::{Breaking, Exploration, FAULTS_MAX, Level};

use super::subject::Loaded;
use crate::options::{CheckOptions, Session};

/// After how many plans the progress is told.
const TOLD_EVERY: u64 = 256;

/// Up to how many faults a scenario is searched; `None` where no search is wanted, or the profile leaves nothing to try.
pub fn depth(loaded: &Loaded, options: &CheckOptions) -> Option<usize> {
    let faults = options.exhaustive.min(FAULTS_MAX);
    (faults > 0 && loaded.simulation.profile.kinds().next().is_some()).then_some(faults)
}

/// Searches a scenario, if a search is wanted: of its workloads the block of this shard.
pub fn search(loaded: &Loaded, options: &CheckOptions, session: &Session<'_>, started: Instant) -> Option<Exhaustive> {
    let faults = depth(loaded, options)?;
    session.progress.begin(&format!("{}: every plan of faults", loaded.name), 0);
    let plans = AtomicU64::new(0);
    let progress = |_events| {
        if (plans.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(TOLD_EVERY) {
            session.progress.advance(TOLD_EVERY);
        }
    };
    let stop = || session.stopped() || options.time.is_some_and(|time| started.elapsed() >= time);
    let workloads = loaded.simulation.workloads();
    let part = part(options, workloads.len());
    let depth = Depth { faults, persistent: true, jobs: options.jobs(), exact: options.exact };
    let hooks: (&(dyn Fn() -> bool + Sync), &(dyn Fn(u64) + Sync)) = (&stop, &progress);
    Some(match options.fail_fast {
        true => loaded.simulation.exhaustive_until_broken(workloads, part, depth, hooks),
        false => loaded.simulation.exhaustive_over(workloads, part, depth, hooks),
    })
}

/// Which of the workloads are those of the shard.
fn part(options: &CheckOptions, workloads: usize) -> Range<usize> {
    options.shard.map_or(0..workloads, |shard| {
        let (before, count) = shard.slice(workloads as u64);
        before as usize..(before + count) as usize
    })
}

/// One row for each number of faults, summed over the scenarios, and one for single faults that persist.
pub fn rows(report: &mut CheckReport, options: &CheckOptions, loaded: &[Loaded], found: &[Option<Exhaustive>]) {
    let depth = found.iter().flatten().map(|e| e.exploration.levels.len()).max().unwrap_or(0);
    for faults in 1..depth {
        let row = row(faults, loaded, found, |exploration| &exploration.levels[faults]);
        let was_cut = |found: &Exhaustive| !found.exploration.levels.get(faults).is_none_or(|level| level.complete);
        if found.iter().flatten().any(|found| was_cut(found) && !is_over(found, options)) {
            let why =
                if options.time.is_some() { "; with more --time, or --runs instead, it comes to its end" } else { "" };
            report.owed.push(format!("the search of every plan of {} was cut off{why}", plural(faults)));
        }
        report.exhaustive.push(row);
    }
    report
        .owed
        .extend(loaded.iter().zip(found).filter_map(|(loaded, found)| left_out(loaded, options, found.as_ref()?)));
    report.persistent = (depth > 1).then(|| row(1, loaded, found, |exploration| &exploration.persistent));
}

/// Whether a scenario is at its end with what its search found.
pub fn is_over(found: &Exhaustive, options: &CheckOptions) -> bool {
    options.fail_fast && found.exploration.broke()
}

/// What was not tried any more after a plan had broken something.
fn left_out(loaded: &Loaded, options: &CheckOptions, found: &Exhaustive) -> Option<String> {
    let broken = found.exploration.all().flat_map(|level| &level.breaking).map(|breaking| breaking.workload);
    let last = broken.max().filter(|_| is_over(found, options))?;
    let left = part(options, found.workloads.len()).end.saturating_sub(last + 1) as u64;
    let name = &loaded.name;
    let left = if left == 0 { String::new() } else { format!("{} and its ", reports::text::plural(left, "workload")) };
    Some(format!("a plan broke {name}, so that {left}random runs were not tried (--fail-fast)"))
}

/// One row, summed over the scenarios.
fn row(
    faults: usize,
    loaded: &[Loaded],
    found: &[Option<Exhaustive>],
    level: impl Fn(&Exploration<Tally>) -> &Level,
) -> ExhaustiveRow {
    let mut row = ExhaustiveRow { faults: faults as u64, complete: true, ..ExhaustiveRow::default() };
    let mut sets = BTreeSet::new();
    for (loaded, exhaustive) in loaded.iter().zip(found) {
        let Some(exhaustive) = exhaustive else { continue };
        let level = level(&exhaustive.exploration);
        row.points = row.points.saturating_add(level.points);
        row.classes = row.classes.saturating_add(level.classes);
        row.plans_run = row.plans_run.saturating_add(level.run);
        row.plans_covered = row.plans_covered.saturating_add(level.equal).saturating_add(level.rejoined);
        row.survived = row.survived.saturating_add(level.survived());
        row.unsorted = row.unsorted.saturating_add(level.unlisted());
        row.complete &= level.complete;
        sets.extend(level.breaking.iter().map(|breaking| told(&loaded.simulation.scenario, breaking)));
    }
    (row.breaking, row.told) = sets.into_iter().unzip();
    row
}

/// The faults of a set, as in a repro file and in words.
fn told(scenario: &Scenario, breaking: &Breaking) -> (Vec<String>, Vec<String>) {
    let names = Names::new(&scenario.model);
    let (mut set, mut told): (Vec<String>, Vec<String>) = Default::default();
    for choice in &breaking.choices {
        match (set.last_mut(), told.last_mut()) {
            (Some(fault), Some(told)) if choice.span => {
                let lasts = format!(" for {}", Duration(choice.value));
                fault.push_str(&lasts);
                told.push_str(&lasts);
            }
            _ => {
                set.push(choice_text(scenario, &names, choice));
                told.push(words::fault(scenario, &names, choice));
            }
        }
    }
    (set, told)
}

fn plural(faults: usize) -> String {
    reports::text::plural(faults as u64, "fault")
}
