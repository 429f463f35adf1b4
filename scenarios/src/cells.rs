//! What a campaign reached, as two tables that add up exactly: which kinds of faults met a call of which step, and at which
//! boundaries commands were given.
//!
//! A *cell* is a step with a call (forward, undo, or of a consumer) and a kind of fault. It is reached in a run in which such a
//! fault had an effect on a message of such a call: the request, its answer, the question about it, or the save of
//! what was answered. Which cells can be reached at all is decided by [`applicability`](crate::applicability).

use fault_models::FAULTS;
use sim_core::KindId;

use crate::definition::StepState;
use crate::message::{CallRef, Message};
use crate::model::{CommandIx, ItemIx, Model, StepIx};
use crate::nodes::oms::OmsMessage;
use crate::nodes::participant::ParticipantMessage;
use crate::nodes::reconciler::is_repair;
use crate::workload::Place;

/// The step of the call that a message is a part of.
#[must_use]
pub fn step_of(message: &Message) -> Option<StepIx> {
    match *message {
        Message::Request { call, .. }
        | Message::Reply { call, .. }
        | Message::Callback { call, .. }
        | Message::Query { call, person: false, .. }
        | Message::QueryReply { call, .. }
        | Message::Participant(ParticipantMessage::Work { call, .. } | ParticipantMessage::Due { call, .. }) => {
            of_saga(call)
        }
        Message::Oms(OmsMessage::Save { call, input, .. }) => OmsMessage::saves_answer(input).then_some(call.step),
        _ => None,
    }
}

/// The step of a call of the saga. A repair calls the operation of a step too, of items that the saga is done with.
#[must_use]
pub fn of_saga(call: CallRef) -> Option<StepIx> {
    (!is_repair(call)).then_some(call.step)
}

/// By step and kind of fault, in how many runs such a fault met a call of the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells(Vec<u64>);

impl Cells {
    /// None reached.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self(vec![0; model.steps.len() * FAULTS.len()])
    }

    /// Adds a run: by step, the kinds that met it, a bit each.
    pub fn add(&mut self, met: &[u64]) {
        for (row, kinds) in self.0.chunks_exact_mut(FAULTS.len()).zip(met) {
            let mut kinds = *kinds;
            while kinds != 0 {
                row[kinds.trailing_zeros() as usize] += 1;
                kinds &= kinds - 1;
            }
        }
    }

    /// In how many runs this kind met a call of this step.
    #[must_use]
    pub fn runs(&self, step: StepIx, kind: KindId) -> u64 {
        self.0[step.ix() * FAULTS.len() + usize::from(kind.0)]
    }

    /// The whole table.
    pub(crate) fn table(&self) -> &[u64] {
        &self.0
    }

    /// The same, to be filled.
    pub(crate) fn table_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

/// By command, item and place, how often the command was given there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    items: usize,
    steps: usize,
    counts: Vec<u64>,
}

impl Given {
    /// None given.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let (items, steps) = (model.items.len(), usize::from(model.forward));
        Self { items, steps, counts: vec![0; model.commands.len() * items * (2 * steps + 1)] }
    }

    /// Of each step the states that commands are placed at, and one more for all times of the clock.
    fn at(&self, command: CommandIx, item: ItemIx, place: Place) -> Option<usize> {
        let place = match place {
            Place::After(_) => 0,
            Place::Boundary { step, state } if state == StepState::Sent as u8 => 1 + 2 * step.ix(),
            Place::Boundary { step, state } if state == StepState::Completed as u8 => 2 + 2 * step.ix(),
            Place::Boundary { .. } => return None,
        };
        let row = command.ix() * self.items + item.ix();
        (item.ix() < self.items && place <= 2 * self.steps).then_some(row * (2 * self.steps + 1) + place)
    }

    /// Adds a command that was given.
    pub fn add(&mut self, command: CommandIx, item: ItemIx, place: Place) {
        if let Some(count) = self.at(command, item, place).and_then(|at| self.counts.get_mut(at)) {
            *count += 1;
        }
    }

    /// How often a command was given there.
    #[must_use]
    pub fn times(&self, (command, item, place): (CommandIx, ItemIx, Place)) -> u64 {
        self.at(command, item, place).and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// The whole table.
    pub(crate) fn table(&self) -> &[u64] {
        &self.counts
    }

    /// The same, to be filled.
    pub(crate) fn table_mut(&mut self) -> &mut [u64] {
        &mut self.counts
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64};

    use fault_models::{Driver, fault, find};
    use sim_core::campaign::Tally as _;

    use super::*;
    use crate::applicability;
    use crate::campaign::testing::{choices, search, simulation};
    use crate::campaign::{Options, Simulation, Tally};
    use crate::replay::Recording;
    use crate::workload::{OrderPlan, QuoteDefect, Workload};

    fn campaign(simulation: &Simulation, (first, runs): (u64, u64), jobs: usize) -> Tally {
        let options = Options { seed: 1, first, runs, jobs, driver: Driver::Swarm, fail_fast: false };
        simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0))
    }

    /// The cells that were reached, with whether each is owed; and the owed ones that were not.
    fn look(simulation: &Simulation, tally: &Tally) -> (Vec<String>, Vec<String>) {
        let model = &simulation.scenario.model;
        let given = applicability::Given { model, shape: &simulation.shape, profile: &simulation.profile };
        let (mut surprising, mut missing) = (Vec::new(), Vec::new());
        for step in (0..model.steps.len() as u16).map(StepIx) {
            for kind in (0..FAULTS.len() as u8).map(KindId) {
                let text = format!("{} x {}", model.step(step).label, fault(kind).slug);
                match (given.cell(step, fault(kind)), tally.cells.runs(step, kind)) {
                    (Err(why), 1..) => surprising.push(format!("{text}: {why}")),
                    (Ok(()), 0) => missing.push(text),
                    _ => {}
                }
            }
        }
        (surprising, missing)
    }

    #[test]
    fn what_is_reached_is_owed_and_what_is_owed_is_reached() {
        // Of a correction some faults need more luck than a test should wait for.
        for (name, rare) in [("quote-to-order", "nothing"), ("order-fulfilment", "correction-notice")] {
            let simulation = simulation(name, &[]);
            let mut tally = campaign(&simulation, (0, 2_000), 2);
            tally.merge(search(&simulation, 1, 2, false).exploration.tally);
            let (surprising, mut missing) = look(&simulation, &tally);
            assert_eq!(surprising, Vec::<String>::new(), "{name}");
            missing.retain(|cell| !cell.starts_with(rare));
            assert_eq!(missing, Vec::<String>::new(), "{name}");
            let boundaries = &simulation.shape.boundaries;
            assert!(boundaries.iter().all(|boundary| tally.given.times(*boundary) > 0), "{name}");
        }
    }

    #[test]
    fn a_fault_is_noted_at_the_step_whose_call_it_met() {
        let simulation = simulation("order-fulfilment", &[]);
        let model = &simulation.scenario.model;
        let order = OrderPlan { arrival: sim_core::Duration::ZERO, items: 7, traits: 0, quote: QuoteDefect::None };
        let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
        let unanswered = "send.reply order-1/router/bill-router attempt 1 = lost";
        for (step, faults, kinds) in [
            (
                "reserve-router",
                &["send.request order-1/router/reserve-router attempt 1 = lost"][..],
                &["request-lost"][..],
            ),
            ("bill-router", &["send.reply order-1/router/bill-router attempt 1 = duplicate"], &["duplicate"]),
            ("ship-router", &["response order-1/router/ship-router attempt 1 = rate-limit"], &["rate-limit"]),
            (
                "ship-router",
                &["handle.request order-1/router/ship-router attempt 1 = crash-before-commit"],
                &["participant-crash"],
            ),
            (
                "create-asset-support",
                &["handle.request order-1/support/create-asset-support attempt 1 = deadlock"],
                &["deadlock"],
            ),
            (
                "bill-router",
                &[unanswered, "send.query order-1/router/bill-router question attempt 1 number 1 = lost"],
                &["response-lost", "request-lost"],
            ),
            (
                "bill-router",
                &[unanswered, "send.query-reply order-1/router/bill-router question attempt 1 number 1 = delay"],
                &["response-lost", "delay"],
            ),
            (
                "bill-router",
                &["handle.saga-save order-1/router/bill-router save after the answer attempt 1 = deadlock"],
                &["deadlock"],
            ),
        ] {
            let ix = model.find_step(step).expect("a step");
            let choices = choices(&simulation, faults);
            let recording = Recording { workload: workload.clone(), choices, heal_after: None, dead_stay: true };
            let mut worker = simulation.replayer();
            simulation.replay(&mut worker, &recording, &mut ());
            assert_eq!(worker.choices.unused().count(), 0, "{faults:?}");
            let met = worker.world.met();
            let seen: Vec<_> = met.iter().enumerate().filter(|(_, kinds)| **kinds != 0).collect();
            let bits = kinds.iter().map(|kind| 1 << find(kind).expect("a kind").0).fold(0, |bits, bit: u64| bits | bit);
            assert_eq!(seen, [(ix.ix(), &bits)], "{faults:?}");
        }
    }

    #[test]
    fn parts_add_up_to_the_whole_whatever_the_number_of_workers() {
        let simulation = simulation("order-fulfilment", &[]);
        let whole = campaign(&simulation, (0, 300), 1);
        let mut sum = campaign(&simulation, (0, 130), 3);
        sum.merge(campaign(&simulation, (130, 170), 2));
        assert!(whole.cells.table().iter().sum::<u64>() > 300 && whole.given.table().iter().sum::<u64>() > 100);
        assert_eq!((sum.cells, sum.given), (whole.cells, whole.given));
    }
}
