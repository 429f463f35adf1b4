//! A step that is done again: what its last revision did is undone first, and what comes after it waits until it is done.

use super::state::{Redo, Row, Wait};
use super::undo::applies;
use super::{Cx, Oms};
use crate::change::{CasePhase, Why};
use crate::definition::{NextAction, StepState, Trigger};
use crate::message::Decision;
use crate::model::{Command, StepIx};

impl Oms {
    /// A command about one step: it is to be done again.
    pub(super) fn redo(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, command: &Command) -> Decision {
        let row = *self.row(order, step);
        let item = cx.model.model.step(step).item;
        let goes = self.head(order).failing || self.is_going(order, item) || self.is_assessing(order, item);
        if command.then != Some(NextAction::RedoStep) || goes {
            return Decision::Refused;
        }
        let resolves = command.if_in_flight == Some(NextAction::ResolveThenDecide);
        match (row.redo, row.state) {
            // What is under way serves this wish, too.
            (Redo::Wanted, _) | (Redo::Running, StepState::Compensating) => Decision::Deferred,
            (_, StepState::Completed) => {
                self.start_redo(cx, order, step);
                Decision::Accepted
            }
            (_, StepState::Sent) if row.accepted || !resolves => {
                self.start_redo(cx, order, step);
                Decision::Accepted
            }
            (_, StepState::Sent | StepState::Unknown) if resolves => {
                self.row_mut(order, step).redo = Redo::Wanted;
                Decision::Deferred
            }
            _ => Decision::Refused,
        }
    }

    /// What was to be done again once its outcome is known: now it is.
    pub(super) fn redo_if_wanted(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) -> bool {
        let wanted =
            self.row(order, step).redo == Redo::Wanted && !self.is_going(order, cx.model.model.step(step).item);
        if wanted {
            self.start_redo(cx, order, step);
        }
        wanted
    }

    /// Has the last revision of a step undone, where a compensation says so, and the step done again.
    pub(super) fn start_redo(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        let row = *self.row(order, step);
        let unknown = row.state == StepState::Unknown || row.state == StepState::Sent && !row.accepted;
        let undone = model.step(step).undo.iter().any(|&undo| {
            let policy = model.step(undo).compensation.as_ref();
            policy.is_some_and(|policy| {
                let taken = row.accepted && row.state == StepState::Sent;
                applies(policy, Trigger::StepRedone, unknown) || taken && applies(policy, Trigger::StepRedone, true)
            })
        });
        self.row_mut(order, step).redo = Redo::Running;
        if undone {
            self.start_undo(cx, order, step);
        } else {
            self.do_again(cx, order, step);
        }
    }

    /// The next revision of a step begins.
    pub(super) fn do_again(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        self.stop_waiting(cx, order, step);
        self.close_case(cx, order, step, CasePhase::Closed);
        let Row { revision, state, .. } = *self.row(order, step);
        if state == StepState::Unknown {
            // Nothing undoes it, and nobody asks any more.
            self.resolved(cx, (order, step), false, (crate::message::Finding::Failed, false));
            self.set_step(cx, (order, step), StepState::Failed, Why::GivenUp);
        }
        let state = self.row(order, step).state;
        *self.row_mut(order, step) = Row { revision: revision + 1, state, redo: Redo::Running, ..Row::default() };
        self.set_step(cx, (order, step), StepState::Pending, Why::Redone);
    }

    /// Whether a step was undone to be done again; if so, it is.
    pub(super) fn goes_on_after_undo(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) -> bool {
        let item = cx.model.model.step(step).item;
        let running = self.row(order, step).redo == Redo::Running;
        let goes_on = running && !self.is_going(order, item) && !self.head(order).failing;
        if goes_on {
            self.do_again(cx, order, step);
        } else {
            self.row_mut(order, step).redo = Redo::No;
        }
        goes_on
    }

    /// Nothing of an item is done again any more.
    pub(super) fn forget_redo(&mut self, order: u16, steps: &[StepIx]) {
        for &step in steps {
            self.row_mut(order, step).redo = Redo::No;
        }
    }

    /// Whether a step before this one is done again.
    fn waits_for_redo(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        cx.model.model.step(step).after.iter().any(|&before| self.row(order, before).redo == Redo::Running)
    }

    /// Holds the next attempt of a step back while one before it is done again. True: it is not sent now.
    pub(super) fn is_held(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, why: Why) -> bool {
        let holds = self.row(order, step).attempt > 0 && self.waits_for_redo(cx, order, step);
        self.row_mut(order, step).held = holds;
        if holds {
            self.row_mut(order, step).wait = Wait::Nothing;
            self.set_step(cx, (order, step), StepState::Ready, why);
        }
        holds
    }

    /// Whether what a step was held back for is done.
    pub(super) fn is_free(&self, cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
        !self.is_going(order, cx.model.model.step(step).item) && !self.waits_for_redo(cx, order, step)
    }
}
