//! What must hold always, what must come to hold, and what is watched.
//!
//! An invariant sees changes as they happen and the ledger of real effects, never the tables of nodes: those may be
//! wrong. Its state is words of the world. To add one: a file with its [`Entry`] and its judge, a `mod` line and a line in
//! [`INVARIANTS`].
//!
//! What follows from a cause often breaks several of them at one event. The order of the table decides which is told:
//! those that are nearer to a cause come first, those that see what comes of it later.

mod accepted_snapshot_immutable;
mod accepted_untouched_by_price_change;
mod aggregate_order;
mod approval_binds_version;
mod authorised_correction;
mod bill_on_trigger;
mod billing_in_dashboard;
mod billing_references_item_and_snapshot;
pub mod bounds;
mod cancelled_item_has_no_effects;
mod cause;
mod comes_to_rest;
mod compensation_references_original;
mod completed_item_stands;
mod completed_step_not_rerun;
mod consumer_lag;
mod customer_told_truth;
mod dashboard_exactly_one;
mod decision_atomic;
mod dependents_in_order;
mod drift_detected;
mod entry;
mod event_after_commit;
mod event_delivered;
pub(crate) mod facts;
mod fallout_opened;
mod item_billed;
mod item_has_asset;
mod item_state_by_domain_command;
mod legal_transition;
pub mod machines;
mod meaning;
mod money_conserved;
mod monotonic;
mod never_overcharged;
mod no_effect_before_dependency;
mod no_orphan_effect;
pub mod own;
mod price_trace_with_snapshot;
mod promise;
mod quote_accepted_validated;
mod quote_total;
mod reconciled;
mod replay_safe;
mod retry_amplification;
mod ruled_out;
mod saga_duration;
mod saga_terminates;
mod saga_transition_locked;
mod same_key_same_answer;
mod single_effect;
mod state;
mod status_in_crm;
pub mod subject;
#[cfg(test)]
pub(crate) mod testing;
mod timeout_signalled;
mod undo_once;
mod unknown_age;
mod unknown_not_failed;
mod unknown_resolved;
mod unresolved_mismatches;

use sim_core::Invariant;

use crate::model::Model;
use crate::scenario::Scenario;

pub use cause::Cause;
pub use entry::Entry;
pub use meaning::meaning;
pub use promise::{Deadline, deadline, deadlines, late_by, told as told_promise};
use ruled_out::RuledOut;

/// What a run breaks that never ends.
pub const COMES_TO_REST: &str = comes_to_rest::ENTRY.id;

/// The catalogue: always, then eventually, then monitored.
pub const INVARIANTS: &[Entry] = &[
    replay_safe::ENTRY,
    undo_once::ENTRY,
    compensation_references_original::ENTRY,
    no_orphan_effect::ENTRY,
    bill_on_trigger::ENTRY,
    no_effect_before_dependency::ENTRY,
    billing_references_item_and_snapshot::ENTRY,
    single_effect::ENTRY,
    never_overcharged::ENTRY,
    same_key_same_answer::ENTRY,
    completed_step_not_rerun::ENTRY,
    dependents_in_order::ENTRY,
    saga_transition_locked::ENTRY,
    unknown_not_failed::ENTRY,
    completed_item_stands::ENTRY,
    quote_total::ENTRY,
    price_trace_with_snapshot::ENTRY,
    decision_atomic::ENTRY,
    quote_accepted_validated::ENTRY,
    approval_binds_version::ENTRY,
    accepted_snapshot_immutable::ENTRY,
    accepted_untouched_by_price_change::ENTRY,
    monotonic::ENTRY,
    legal_transition::ENTRY,
    item_state_by_domain_command::ENTRY,
    authorised_correction::ENTRY,
    event_after_commit::ENTRY,
    aggregate_order::ENTRY,
    dashboard_exactly_one::ENTRY,
    own::ALWAYS,
    comes_to_rest::ENTRY,
    event_delivered::ENTRY,
    own::EVENTUALLY,
    unknown_resolved::ENTRY,
    timeout_signalled::ENTRY,
    billing_in_dashboard::ENTRY,
    saga_terminates::ENTRY,
    fallout_opened::ENTRY,
    cancelled_item_has_no_effects::ENTRY,
    item_billed::ENTRY,
    item_has_asset::ENTRY,
    money_conserved::ENTRY,
    drift_detected::ENTRY,
    reconciled::ENTRY,
    customer_told_truth::ENTRY,
    status_in_crm::ENTRY,
    unknown_age::ENTRY,
    consumer_lag::ENTRY,
    retry_amplification::ENTRY,
    saga_duration::ENTRY,
    unresolved_mismatches::ENTRY,
];

/// All invariants for a model, in the order of [`INVARIANTS`], so that the number of an invariant is its place there. Those
/// that the model rules out are not shown anything.
#[must_use]
pub fn all(model: &Model) -> Vec<Box<dyn Invariant<Scenario>>> {
    let one = |entry: &'static Entry| match (entry.applies)(model) {
        Ok(()) => (entry.new)(model),
        Err(_) => Box::new(RuledOut(entry)) as Box<dyn Invariant<Scenario>>,
    };
    INVARIANTS.iter().map(one).collect()
}

/// The entry of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Entry> {
    INVARIANTS.iter().find(|entry| entry.id == id)
}

#[cfg(test)]
mod tests {
    use fault_models::{Driver, Profile};
    use sim_core::{Domain, Limits, Obligation, Standing, Violation, run};

    use super::*;
    use crate::campaign::Simulation;
    use crate::definition::{Definition, Set};
    use crate::workload::WorkloadShape;

    #[test]
    fn the_catalogue_is_whole() {
        for (i, entry) in INVARIANTS.iter().enumerate() {
            let others = &INVARIANTS[i + 1..];
            assert!(others.iter().all(|other| other.id != entry.id), "{} is there twice", entry.id);
            assert!(!entry.statement.is_empty() && !entry.guard.is_empty() && !entry.effect.is_empty(), "{}", entry.id);
            assert!(entry.seed.starts_with(|c: char| c.is_ascii_digit()), "{}", entry.id);
            assert!(find(entry.id).is_some_and(|found| found.statement == entry.statement));
        }
    }

    #[test]
    fn each_invariant_is_what_its_entry_says() {
        let model = testing::model();
        for (entry, invariant) in INVARIANTS.iter().zip(all(&model)) {
            assert_eq!((invariant.id(), invariant.strictness()), (entry.id, entry.strictness));
            assert_ne!(invariant.watches(), 0, "{}", entry.id);
            assert_eq!((entry.applies)(&model), Ok(()), "{}", entry.id);
        }
    }

    /// Runs a bundled definition so patched, and compares each invariant with its slow twin at the end of each run.
    /// Gives how often there was something to compare.
    fn twins_agree(set: &str, runs: u64) -> u32 {
        let sets: Vec<Set> = (!set.is_empty()).then(|| Set::parse(set).expect("a patch")).into_iter().collect();
        let definition = Definition::bundled("order-fulfilment", &sets).unwrap_or_else(|invalid| panic!("{invalid}"));
        let scenario = Scenario::new(Model::new(&definition).unwrap_or_else(|errors| panic!("{errors:?}")));
        let shape = WorkloadShape::new(&scenario.model, None);
        let profile = Profile::bundled("storm").expect("a bundled profile");
        let simulation = Simulation::new(scenario, shape, profile, Driver::Swarm);
        let mut worker = simulation.worker();
        let mut compared = 0;
        for index in 0..runs {
            let limits = Limits { stop_at_violation: false, ..simulation.prepare(&mut worker, 1, index) };
            run(&simulation.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
            for (i, entry) in INVARIANTS.iter().enumerate() {
                let twin = simulation.scenario.invariants()[i].check_all(&worker.world, &simulation.scenario);
                let Some(holds) = twin else { continue };
                let verdicts = &worker.world.verdicts;
                // A deadline that was missed is nothing that the end of a run shows.
                let left = |o: &Obligation| usize::from(o.invariant) == i && o.standing == Standing::Open;
                let seen = |v: &Violation| usize::from(v.invariant) == i && v.due.is_none();
                let judged = !verdicts.violations.iter().any(seen) && !verdicts.obligations.iter().any(left);
                assert_eq!(holds, judged, "{} and its twin in run {index} with {set:?}", entry.id);
                compared += 1;
            }
        }
        compared
    }

    #[test]
    fn each_invariant_agrees_with_its_slow_twin() {
        for set in [
            "",
            "participants.billing.operations.charge.dedup.by=none",
            "participants.inventory.operations.release.dedup.by=none",
            "platform.saga.undo=completed",
            "saga.steps[bill-router].after=[reserve-router]",
            "saga.steps[reserve-router].compensation=null",
        ] {
            assert!(twins_agree(set, 60) >= 60, "{set:?}");
        }
    }
}
