//! How far failures of planted bugs are reduced, and how long it takes.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use fault_models::{Driver, Profile};
use scenarios::campaign::{Depth, Options, Simulation};
use scenarios::catalog;
use scenarios::definition::Defect;
use scenarios::model::Names;
use scenarios::replay::{Recording, Signature, choice_text};
use scenarios::workload::{CommandPlan, Workload};
use sim_core::Domain;

use super::{jobs, simulation};

/// Of each bug the first failures of so many campaigns are reduced.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
/// The most runs of one campaign.
const RUNS_MAX: u64 = 20_000;
/// What reducing may take.
const MILLIS_MAX: f64 = 2_000.0;

/// Of each bug: the size on record, the largest that a failure was left with, and the times.
pub fn table(names: &[String]) {
    println!("the first failure of {} campaigns each, reduced on one thread\n", SEEDS.count());
    println!(
        "| planted bug | recorded: faults, orders | left with at most | median ms | longest ms |\n|---|---|---|---|---|"
    );
    let (mut failures, mut in_time, mut all, mut larger, mut elsewhere) = (0, 0, Vec::new(), Vec::new(), Vec::new());
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("a bundled defect");
        if !names.is_empty() && !names.contains(&defect.id.value) {
            continue;
        }
        let recorded = defect.optimum.as_ref().map_or((0, 1), |o| (o.faults.value as usize, o.orders.value as usize));
        let (mut largest, mut millis) = ((0, 0), Vec::new());
        for seed in SEEDS {
            let Some(Reduced { left, took, what, smallest }) = reduced(&defect, seed, recorded) else { continue };
            failures += 1;
            let what = format!("{}, seed {seed}: {what}", defect.id.value);
            match (left > recorded, smallest) {
                (true, true) => elsewhere.push(what),
                (true, false) => larger.push(what),
                _ => {}
            }
            in_time += usize::from(took <= MILLIS_MAX);
            largest = largest.max(left);
            millis.push(took);
        }
        millis.sort_by(f64::total_cmp);
        let (Some(longest), median) = (millis.last(), millis.get(millis.len() / 2).unwrap_or(&0.0)) else {
            println!("| {} | {}, {} | not caught | | |", defect.id.value, recorded.0, recorded.1);
            continue;
        };
        let ((faults, orders), (most, of)) = (recorded, largest);
        println!("| {} | {faults}, {orders} | {most}, {of} | {median:.0} | {longest:.0} |", defect.id.value);
        all.extend(millis);
    }
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).unwrap_or(&0.0);
    println!(
        "\n{failures} failures, {in_time} reduced within {MILLIS_MAX} ms, median {median:.0} ms: {} to no more than on record; {} \
         broke something else, for which exhaustive search finds nothing smaller either; {} are larger",
        failures - larger.len() - elsewhere.len(),
        elsewhere.len(),
        larger.len()
    );
    larger.iter().for_each(|what| println!("larger: {what}"));
    elsewhere.iter().for_each(|what| println!("something else: {what}"));
}

/// A failure that was reduced.
struct Reduced {
    /// The faults and orders left.
    left: (usize, usize),
    /// In milliseconds.
    took: f64,
    /// What is left, in words.
    what: String,
    /// Where it is larger than on record: whether exhaustive search finds nothing smaller that breaks in the same way.
    smallest: bool,
}

/// Reduces the first failure of a campaign.
fn reduced(defect: &Defect, seed: u64, recorded: (usize, usize)) -> Option<Reduced> {
    let standard = Profile::bundled("standard").expect("a bundled profile");
    let simulation = simulation(defect, (standard, Driver::Swarm));
    let options = Options { seed, first: 0, runs: RUNS_MAX, jobs: jobs(), driver: Driver::Swarm, fail_fast: true };
    let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
    let (signature, cause) = tally.causes.first_key_value()?;
    let (recording, _) = simulation.record(seed, cause.index);
    let begun = Instant::now();
    let recording = simulation.shrink(&recording, *signature)?.recording;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    let names = Names::new(&simulation.scenario.model);
    let texts: Vec<String> = recording.choices.iter().map(|c| choice_text(&simulation.scenario, &names, c)).collect();
    let invariant = simulation.scenario.invariants()[usize::from(signature.invariant)].id();
    let what = format!("{invariant} by {}; {:?} {:?}", texts.join(", "), recording.workload, recording.heal_after);
    let left = (recording.faults().count(), recording.workload.orders_present());
    let smallest = left > recorded && is_smallest(&simulation, *signature, &recording, left);
    Some(Reduced { left, took, what, smallest })
}

/// Whether exhaustive search with a fault less finds nothing smaller that breaks in the same way. Of one fault that is over all
/// workloads; of two, which would take too long there, over the order that is left, with its command at every boundary.
fn is_smallest(simulation: &Simulation, signature: Signature, recording: &Recording, left: (usize, usize)) -> bool {
    let workloads = match left {
        (..=2, _) => simulation.workloads(),
        (3, 1) => boundaries(simulation, &recording.workload),
        _ => return false,
    };
    let depth = Depth { faults: left.0.clamp(2, 3) - 1, persistent: false, jobs: jobs(), exact: false };
    let all = 0..workloads.len();
    let found = simulation.exhaustive_over(workloads, all, depth, (&|| false, &|_| ()));
    let mut breaking = found.exploration.levels.iter().flat_map(|level| &level.breaking);
    !breaking.any(|breaking| {
        let orders = found.workloads[breaking.workload].orders_present();
        let faults = breaking.choices.iter().filter(|choice| !choice.span).count();
        Signature::of(&breaking.violation) == signature && (faults, orders) < left
    })
}

/// One order as it is left, with what is commanded there, or without it, at each boundary of its item.
fn boundaries(simulation: &Simulation, left: &Workload) -> Vec<Workload> {
    let orders: Vec<_> = left.orders.iter().filter(|order| !order.is_absent()).copied().collect();
    let with = |commands| Workload { orders: orders.clone(), commands, shared_account: true };
    let commands = left.commands.iter().flat_map(|plan| {
        let same = |(command, item, _): &&_| (*command, *item) == (plan.command, plan.item);
        let places = simulation.shape.boundaries.iter().filter(same);
        places.map(|&(_, _, place)| with(vec![CommandPlan { order: 0, place, ..*plan }]))
    });
    [with(Vec::new())].into_iter().chain(commands).collect()
}
