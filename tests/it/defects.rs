//! The catalogue of planted bugs proves the invariants, and runs prove the catalogue.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sagasim::{MutantsOptions, Session, mutants};
use scenarios::invariants::INVARIANTS;

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
