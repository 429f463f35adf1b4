//! The catalogue of planted bugs proves the invariants, and runs prove the catalogue.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sagasim::{MutantsOptions, Session, mutants};
use scenarios::invariants::INVARIANTS;

/// Invariants that no planted bug breaks first, and why.
const UNPLANTED: &[(&str, &str)] = &[
    ("no-orphan-effect", "participants act on requests of orders only"),
    ("billing-references-item-and-snapshot", "charges take their amount from the snapshot by construction"),
    ("never-overcharged", "a second charge breaks single-effect at the same event"),
    ("completed-step-not-rerun", "no weakness of the engine sends a completed step again"),
    ("dependents-in-order", "the engine sends a step when it is ready and at no other time"),
    ("quote-total", "CPQ has no weakness that miscounts"),
    ("price-trace-with-snapshot", "CPQ stores the trace with the price by construction"),
    ("decision-atomic", "CPQ has no weakness that splits a decision"),
    ("quote-accepted-validated", "CPQ has no weakness that skips validation"),
    ("accepted-snapshot-immutable", "CPQ has no weakness that rewrites a snapshot"),
    ("accepted-untouched-by-price-change", "CPQ has no weakness that reprices"),
    ("monotonic", "lost updates break saga-transition-locked before"),
    ("legal-transition", "lost updates break saga-transition-locked before"),
    ("item-state-by-domain-command", "nobody writes item states from outside yet"),
    ("dashboard-exactly-one", "the bundled dashboard states are exclusive"),
    ("timeout-signalled", "no weakness drops the timer of a saga"),
    ("money-conserved", "a wrong charge breaks an invariant nearer to it"),
    ("drift-detected", "wrong effects lie beyond the contract and no profile has them"),
    ("reconciled", "no weakness of the reconciler is a contract value yet"),
    ("customer-told-truth", "a notice that is left out is part of the claim"),
    ("status-in-crm", "a lost event breaks event-delivered before"),
    ("billing-in-dashboard", "a lost answer is found out about first"),
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
