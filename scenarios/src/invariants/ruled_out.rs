//! What stands for an invariant that the model rules out.

use sim_core::{Invariant, Judge, Strictness};

use super::Entry;
use crate::change::Change;
use crate::scenario::Scenario;

/// Keeps the place of an invariant of this entry in the table. It watches nothing, so that it costs nothing: what cannot
/// have anything to judge would be shown most changes in vain.
pub(super) struct RuledOut(pub &'static Entry);

impl Invariant<Scenario> for RuledOut {
    fn id(&self) -> &'static str {
        self.0.id
    }

    fn strictness(&self) -> Strictness {
        self.0.strictness
    }

    fn watches(&self) -> u64 {
        0
    }

    fn check(&self, _: &mut Judge<'_, Scenario>, _: &Change) {
        unreachable!("it watches nothing");
    }
}

#[cfg(test)]
mod tests {
    use fault_models::{Driver, Profile};
    use sim_core::{Limits, run};

    use crate::campaign::Simulation;
    use crate::definition::{Definition, Set};
    use crate::invariants::INVARIANTS;
    use crate::model::Model;
    use crate::scenario::Scenario;
    use crate::workload::WorkloadShape;

    /// Runs a bundled definition so patched with all invariants as if none was ruled out. Those that are find nothing;
    /// gives how many these are.
    fn check(scenario: &str, sets: &[&str]) -> usize {
        let patches: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
        let definition = Definition::bundled(scenario, &patches).unwrap_or_else(|invalid| panic!("{invalid}"));
        let model = Model::of(definition.first(), definition.scenario.as_ref()).expect("a model");
        let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
        let ruled_out: Vec<bool> = INVARIANTS.iter().map(|entry| (entry.applies)(&model).is_err()).collect();
        let every = INVARIANTS.iter().map(|entry| (entry.new)(&model)).collect();
        let profile = Profile::bundled("storm").expect("a bundled profile");
        let simulation = Simulation::new(Scenario::judged_by(model, every), shape, profile, Driver::Swarm);
        let mut worker = simulation.worker();
        for index in 0..200 {
            let limits = Limits { stop_at_violation: false, ..simulation.prepare(&mut worker, 3, index) };
            run(&simulation.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
            for violation in &worker.world.verdicts.violations {
                let i = usize::from(violation.invariant);
                assert!(!ruled_out[i], "{scenario} {sets:?}, run {index}: {} is ruled out", INVARIANTS[i].id);
            }
        }
        ruled_out.iter().filter(|out| **out).count()
    }

    #[test]
    fn what_is_ruled_out_would_find_nothing() {
        assert!(check("quote-to-order", &[]) > 15);
        assert!(check("quote-to-order", &["platform.outbox.mark=before-publish"]) > 15);
        assert!(check("quote-to-order", &["platform.cpq.priceChange=all"]) > 15);
        for sets in [
            &[][..],
            &["participants.billing.operations.charge.dedup.by=none"],
            &["saga.steps[reserve-router].compensation=null"],
            &["platform.saga.undo=completed"],
        ] {
            assert!(check("order-fulfilment", sets) > 0, "{sets:?}");
        }
    }
}
