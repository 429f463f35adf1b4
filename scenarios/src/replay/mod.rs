//! Running a failure again: recordings, tokens, repro files, and their reduction to what is needed.

mod choice;
mod difference;
mod explain;
#[cfg(test)]
mod explain_tests;
mod inevitable;
mod kept;
mod ordered;
mod repro;
mod shrink;
mod token;
mod words;

use sim_core::{Choice, Choices, Limits, Observer, Outcome, Settings, Violation, run};

use crate::campaign::{Simulation, Worker};
use crate::invariants::subject::{self, Place};
use crate::model::ItemIx;
use crate::scenario::Scenario;
use crate::workload::Workload;

pub use choice::{choice_text, parse_choice};
pub use explain::{Explanation, Removal, Result, Without};
pub use inevitable::{Inevitable, SAMPLES};
pub use kept::Kept;
pub use ordered::{OrderedItem, OrderedPrice, take_over};
pub use repro::{EmbeddedText, Expected, Found, Repro, ReproError, SCHEMA};
pub use shrink::{Shrunk, alternatives, minimise, severity};
pub use token::{Origin, Token, TokenError};
pub use words::is_profile_file;

/// Everything that makes a run what it is, apart from the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it was asked to do.
    pub workload: Workload,
    /// The decisions that were not the simplest.
    pub choices: Vec<Choice>,
    /// After how many events faults and commands stopped; `None`: when nothing was left to happen.
    pub heal_after: Option<u32>,
    /// Whether a system that died for good stayed dead.
    pub dead_stay: bool,
}

/// What makes two failures the same: the invariant, and the saga step at which it broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// Index of the invariant.
    pub invariant: u16,
    /// The step; where there is none, the item, and the rule where it is one of the designer's own.
    pub place: u32,
}

impl Signature {
    /// The signature of a violation.
    #[must_use]
    pub fn of(violation: &Violation) -> Self {
        let Place { item, step, .. } = subject::unpack(violation.subject);
        let rule = subject::own_rule(violation).map_or(0, |rule| u32::from(rule) + 1);
        let item = || 0x1_0000 | rule << 17 | u32::from(item.unwrap_or(ItemIx::ORDER).0);
        Self { invariant: violation.invariant, place: step.map_or_else(item, |step| step.0.into()) }
    }
}

impl Recording {
    /// The faults among the choices, in the order in which they were made.
    pub fn faults(&self) -> impl Iterator<Item = &Choice> {
        self.choices.iter().filter(|choice| !choice.span)
    }

    /// Whether its run is judged [from calm](Limits::from_calm): nothing heals it, and its latencies are nominal but for how
    /// long its faults last.
    fn is_judged_from_calm(&self, simulation: &Simulation) -> bool {
        let mut spans = self.choices.iter().filter(|choice| choice.span);
        self.heal_after.is_none()
            && spans.all(|span| self.faults().any(|fault| shrink::is_extent(simulation, fault, span)))
    }
}

impl Simulation {
    /// Runs run `index` of a campaign and records it.
    #[must_use]
    pub fn record(&self, seed: u64, index: u64) -> (Recording, Outcome) {
        let mut worker = self.worker();
        worker.choices.keep_spans();
        let limits = self.prepare(&mut worker, seed, index);
        let outcome = run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
        let recording = Recording {
            workload: worker.world.ledger.workload.clone(),
            choices: worker.choices.made().to_vec(),
            heal_after: Some(limits.chaos_events),
            dead_stay: limits.dead_stay,
        };
        (recording, outcome)
    }

    /// A worker for replays: nothing is drawn, what is not overridden is the simplest.
    #[must_use]
    pub fn replayer(&self) -> Worker {
        let settings = Settings::none(&self.scenario.sites.sites);
        Worker { world: sim_core::World::default(), choices: Choices::random(0, settings) }
    }

    /// Runs a recording again.
    pub fn replay<O: Observer<Scenario>>(
        &self,
        worker: &mut Worker,
        recording: &Recording,
        observer: &mut O,
    ) -> Outcome {
        self.replay_within(worker, recording, &self.limits(0, false), observer)
    }

    /// Runs a recording again within other bounds; when it heals and who stays dead is the recording's own.
    pub fn replay_within<O: Observer<Scenario>>(
        &self,
        worker: &mut Worker,
        recording: &Recording,
        limits: &Limits,
        observer: &mut O,
    ) -> Outcome {
        self.replay_under(worker, recording, (0, limits), observer)
    }

    /// Runs a recording again under a run key, for workers whose settings draw something.
    fn replay_under<O: Observer<Scenario>>(
        &self,
        worker: &mut Worker,
        recording: &Recording,
        (key, limits): (u64, &Limits),
        observer: &mut O,
    ) -> Outcome {
        worker.choices.restart(key);
        worker.choices.set_overrides(&recording.choices);
        worker.world.ledger.workload.clone_from(&recording.workload);
        let chaos_events = recording.heal_after.unwrap_or(u32::MAX);
        let (dead_stay, from_calm) = (recording.dead_stay, recording.is_judged_from_calm(self));
        let limits = Limits { chaos_events, dead_stay, from_calm, ..*limits };
        run(&self.scenario, &mut worker.world, &mut worker.choices, &limits, observer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::{INVARIANTS, own};
    use crate::model::StepIx;

    /// Heading, replay and repro file name a failure by its invariant and its step or item, and by nothing else.
    #[test]
    fn failures_of_one_name_are_one_failure() {
        let of = |subject| {
            let (time, due, broken) = (sim_core::Time::START, None, None);
            Signature::of(&Violation { invariant: 0, event: 0, time, subject, detail: 0, due, broken })
        };
        let item = |item| subject::of_item(0, ItemIx(item));
        assert_eq!(of(subject::of_emitter(item(2), 3)), of(item(2)));
        assert_eq!(of(subject::with_extra(item(2), 1, 7)), of(item(2)));
        let apart = [item(2), item(3), subject::of_order(0), subject::of_item_step(0, ItemIx(2), StepIx(2))].map(of);
        assert!(apart.iter().enumerate().all(|(i, one)| !apart[..i].contains(one)), "{apart:?}");
        // Which of the designer's own rules it is tells failures apart, and their names.
        let own =
            INVARIANTS.iter().position(|entry| entry.id == own::ALWAYS.id).expect("it is in the catalogue") as u16;
        let (time, due, broken) = (sim_core::Time::START, None, None);
        let of = |rule| {
            let subject = subject::with_extra(item(1), rule, 0);
            Signature::of(&Violation { invariant: own, event: 0, time, subject, detail: 0, due, broken })
        };
        assert_ne!(of(0), of(1));
    }
}
