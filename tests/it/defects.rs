//! The catalogue of planted bugs proves the invariants, and runs prove the catalogue.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use fault_models::{Driver, Profile};
use sagasim::{MutantsOptions, Session, mutants};
use scenarios::campaign::{Depth, Simulation};
use scenarios::catalog;
use scenarios::definition::{Defect, Definition};
use scenarios::invariants::INVARIANTS;
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::{Workload, WorkloadShape};

/// Invariants that no planted bug breaks first, and why.
const UNPLANTED: &[(&str, &str)] = &[
    ("unknown-age", "monitored"),
    ("consumer-lag", "monitored"),
    ("retry-amplification", "monitored"),
    ("saga-duration", "monitored"),
    ("unresolved-mismatches", "monitored"),
];

#[test]
fn every_planted_bug_is_caught_by_its_family_with_exactly_its_faults() {
    let stop = AtomicBool::new(false);
    let session = Session { stop: &stop, progress: &() };
    // The campaign over all kinds of fault is the business of the command; here the proof counts.
    let options = MutantsOptions { runs: Some(1), ..MutantsOptions::default() };
    let report = mutants(&options, &session).expect("the catalogue can be read");
    assert!(report.reference_clean, "{:?}", report.reference_broken);
    let objections: Vec<String> = report
        .defects
        .iter()
        .filter(|defect| !defect.proof.holds())
        .map(|defect| format!("{}: {}", defect.id, defect.proof.objections().join("; ")))
        .collect();
    assert!(objections.is_empty(), "{}", objections.join("\n"));

    let caught: BTreeSet<&str> = report.defects.iter().filter_map(|defect| defect.proof.by.as_deref()).collect();
    let without: Vec<&str> = INVARIANTS.iter().map(|entry| entry.id).filter(|id| !caught.contains(id)).collect();
    let stated: Vec<&str> = UNPLANTED.iter().map(|(id, _)| *id).collect();
    assert_eq!(without, stated, "invariants that no planted bug breaks first");
}

#[test]
fn a_planted_bug_that_there_is_not_is_no_success() {
    let stop = AtomicBool::new(false);
    let session = Session { stop: &stop, progress: &() };
    let options = MutantsOptions { only: vec!["order-created-twise".to_owned()], ..MutantsOptions::default() };
    let error = mutants(&options, &session).expect_err("there is no such bug");
    assert_eq!(error.to_string(), "there is no planted bug order-created-twise; nearest: order-created-twice");
}

/// Bugs that break something without a fault, but not under nominal latencies: exhaustive search leaves them to the random
/// runs.
const BY_LATENCIES: &[&str] = &[
    "billed-before-shipped",
    "gap-applied",
    "older-by-the-clock",
    "outbox-rows-seen-late",
    "partition-by-message",
    "publish-in-any-order",
];

fn simulation(defect: &Defect, profile: Profile) -> Simulation {
    let sets: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
    let definition = Definition::bundled(&defect.scenario.value, &sets).expect("a defect fits its scenario");
    let model = Model::new(&definition).expect("a patched definition is a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    Simulation::new(Scenario::new(model), shape, profile, Driver::Uniform)
}

/// Bugs of several faults that are of different kinds, or on different things: no persistent fault shows them.
const NOT_BY_PERSISTENCE: &[&str] =
    &["charged-anew-after-two-questions", "reserved-anew-when-unanswered", "unanswered-counts-as-done"];

/// With how many faults exhaustive search breaks a workload.
fn breaks(simulation: &Simulation, workload: &Workload, faults: usize) -> Option<usize> {
    let depth = Depth { faults, persistent: false, jobs: 2, exact: false };
    let found = simulation.exhaustive_over(vec![workload.clone()], 0..1, depth, (&|| false, &|_| ()));
    found.exploration.levels.iter().position(|level| level.broken > 0)
}

/// Whether a single fault that persists breaks a workload.
fn breaks_persistently(simulation: &Simulation, workload: &Workload) -> bool {
    let depth = Depth { faults: 1, persistent: true, jobs: 2, exact: false };
    let found = simulation.exhaustive_over(vec![workload.clone()], 0..1, depth, (&|| false, &|_| ()));
    found.exploration.persistent.broken > 0
}

/// The first workload in which exhaustive search breaks a bug with the kinds that it needs, and with how many faults.
fn broken_with(defect: &Defect, faults: usize) -> Option<(Workload, usize)> {
    let mut profile = Profile::new("needs");
    for slug in &defect.needs {
        profile.set(&slug.value, 100, 4).expect("a defect needs kinds that there are");
    }
    let simulation = simulation(defect, profile);
    simulation.workloads().into_iter().find_map(|workload| {
        let found = breaks(&simulation, &workload, faults)?;
        Some((workload, found))
    })
}

#[test]
fn exhaustive_search_finds_every_bug_with_no_fault_too_many() {
    let mut by_latencies = Vec::new();
    let mut others = Vec::new();
    let mut not_by_persistence = Vec::new();
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("a bundled defect");
        let faults = defect.optimum.as_ref().map_or(0, |optimum| optimum.faults.value) as usize;
        match broken_with(&defect, faults) {
            None if faults == 0 => by_latencies.push(defect.id.value),
            Some((workload, found)) if found == faults => {
                // What needs several faults needs them whatever they are: no single one of any kind does it there, however
                // long it lasts.
                if faults > 1 {
                    let standard = Profile::bundled("standard").expect("a bundled profile");
                    let simulation = simulation(&defect, standard);
                    let one = breaks(&simulation, &workload, 1);
                    others.extend(one.map(|found| format!("{}: {found} of any kind", defect.id.value)));
                    if !breaks_persistently(&simulation, &workload) {
                        not_by_persistence.push(defect.id.value);
                    }
                }
            }
            found => others.push(format!("{}: {:?}", defect.id.value, found.map(|(_, faults)| faults))),
        }
    }
    assert_eq!(by_latencies, BY_LATENCIES);
    assert_eq!(not_by_persistence, NOT_BY_PERSISTENCE);
    assert!(others.is_empty(), "{others:#?}");
}
