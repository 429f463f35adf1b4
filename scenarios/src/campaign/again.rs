//! Runs that are run again: the same inputs must give the same run.

use std::sync::atomic::AtomicBool;

use sim_core::determinism::{self, Mismatch, Plan, Proof, Twice};
use sim_core::{Choices, Outcome, World};

use super::{Simulation, Worker};
use crate::scenario::Scenario;
use crate::story;

/// One run of every so many is run again even if it passes. A prime, so that it falls on all kinds of runs.
pub const EVERY: u64 = 257;

impl Simulation {
    /// Runs a run of a campaign two times more and compares all three. Gives where they part, in words.
    pub(super) fn differs(
        &self,
        worker: &mut Worker,
        twice: &mut Twice<Scenario>,
        (seed, index): (u64, u64),
        before: &Outcome,
    ) -> Option<String> {
        let prepare = |world: &mut World<Scenario>, choices: &mut Choices| self.prepare_in(world, choices, seed, index);
        match twice.run(&self.scenario, &mut worker.world, &mut worker.choices, &prepare) {
            Ok(again) if (again.fingerprint, again.events) == (before.fingerprint, before.events) => None,
            Ok(again) => Some(format!(
                "it had {} events and the fingerprint {:016x}, and then twice {} and {:016x}",
                before.events, before.fingerprint, again.events, again.fingerprint
            )),
            Err(found) => Some(story::divergence(&self.scenario, &worker.world.ledger, &found)),
        }
    }

    /// Proves runs of a campaign to be always the same; see [`determinism::prove`].
    pub fn prove(&self, seed: u64, plan: &Plan, stop: &AtomicBool, progress: &(dyn Fn(u64) + Sync)) -> Proof<Scenario> {
        let choices = || self.worker().choices;
        let prepare = |world: &mut World<Scenario>, choices: &mut Choices, index: u64| {
            self.prepare_in(world, choices, seed, index)
        };
        let subject = determinism::Subject { model: &self.scenario, choices: &choices, prepare: &prepare };
        determinism::prove(&subject, plan, stop, progress)
    }

    /// A mismatch in words.
    #[must_use]
    pub fn tell_mismatch(&self, seed: u64, mismatch: &Mismatch<Scenario>) -> String {
        let Mismatch { index, circumstance, divergence } = mismatch;
        let Some(found) = divergence else { return format!("run {index} {circumstance}") };
        // The run again, for the names of its orders.
        let mut worker = self.worker();
        self.run_one(&mut worker, &mut (), (seed, *index));
        let parting = story::divergence(&self.scenario, &worker.world.ledger, found);
        format!("run {index} {circumstance}: {parting}")
    }
}

#[cfg(test)]
mod tests {
    use sim_core::campaign::Tally as _;

    use super::*;
    use crate::campaign::Tally;
    use crate::campaign::testing::simulation;

    #[test]
    fn a_run_that_was_another_one_before_is_told() {
        let simulation = simulation("order-fulfilment", &[]);
        let (mut worker, mut twice) = (simulation.worker(), Twice::default());
        let before = simulation.run_one(&mut worker, &mut (), (7, 40));
        assert_eq!(simulation.differs(&mut worker, &mut twice, (7, 40), &before), None);
        let other = Outcome { fingerprint: before.fingerprint + 1, ..before };
        let told = simulation.differs(&mut worker, &mut twice, (7, 40), &other).expect("it differs");
        assert!(told.contains("and then twice"), "{told}");
    }

    #[test]
    fn the_first_run_that_differs_is_kept() {
        let simulation = simulation("order-fulfilment", &[]);
        let mut total = Tally::new(&simulation.scenario);
        for index in [9, 3, 5] {
            let mut tally = Tally::new(&simulation.scenario);
            tally.unrepeatable(index, format!("run {index}"));
            total.merge(tally);
        }
        assert_eq!(total.unrepeatable, Some((3, "run 3".to_owned())));
    }
}
