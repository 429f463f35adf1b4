//! Customers: each command of the workload is given once, at the boundary or the time where it is placed, and repeated
//! under its key until somebody answers.

use sim_core::{Duration, TimerId};

use super::OutsideMessage;
use crate::definition::StepState;
use crate::message::{Decision, Message};
use crate::model::StepIx;
use crate::nodes::Cx;
use crate::workload::{CommandPlan, Place, Workload};

/// How soon after the boundary a command is given: before anything else comes to pass.
const AT_BOUNDARY: Duration = Duration::millis(1);
/// How long a person takes to read the order again after the version turned out to be stale.
const READ_AGAIN: Duration = Duration::secs(1);
/// How often a person reads the order again.
const STALE_MAX: u8 = 5;
/// When a person tries again for the first time who gets no answer.
const GIVE_AGAIN: Duration = Duration::secs(30);
/// The longest wait before a person tries again.
const GIVE_AGAIN_MAX: Duration = Duration::mins(5);

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Progress {
    /// Its place was not reached.
    Placed,
    /// Its place was reached; it is given, and nobody has decided it yet.
    Given,
    /// Decided, given up, or never given.
    Over,
}

/// A command of the workload.
#[derive(Clone, Copy, Debug, Hash)]
struct Placed {
    plan: CommandPlan,
    progress: Progress,
    /// The last attempt that left, 0 before the first.
    attempt: u8,
    /// How often the version was stale.
    stale: u8,
    /// What tries again.
    timer: TimerId,
}

/// The customers of all orders.
#[derive(Debug, Default, Hash)]
pub(super) struct Customers {
    commands: Vec<Placed>,
    /// By order: the version that is shown to whoever looks.
    versions: Vec<u16>,
}

impl Clone for Customers {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone(), versions: self.versions.clone() }
    }

    fn clone_from(&mut self, from: &Self) {
        self.commands.clone_from(&from.commands);
        self.versions.clone_from(&from.versions);
    }
}

impl Customers {
    pub fn reset(&mut self, workload: &Workload) {
        self.commands.clear();
        self.commands.extend(workload.commands.iter().map(|&plan| Placed {
            plan,
            progress: Progress::Placed,
            attempt: 0,
            stale: 0,
            timer: TimerId::NONE,
        }));
        self.versions.clear();
        self.versions.resize(workload.orders.len(), 0);
    }

    /// The commands that were given at their places.
    pub fn given(&self) -> impl Iterator<Item = &CommandPlan> {
        self.commands.iter().filter(|command| command.attempt > 0).map(|command| &command.plan)
    }

    /// The order was written back under this version.
    pub fn saved(&mut self, order: u16, version: u16) {
        if let Some(seen) = self.versions.get_mut(usize::from(order)) {
            *seen = version;
        }
    }

    /// A step came into a state: commands that are placed there are given.
    pub fn reached(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, state: StepState) {
        let here = Place::Boundary { step, state: state as u8 };
        self.place(cx, order, |place| (place == here).then_some(AT_BOUNDARY));
    }

    /// The order was made: commands that are placed so long after that are scheduled, and steps are pending now.
    pub fn created(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.place(cx, order, |place| match place {
            Place::After(delay) => Some(delay),
            Place::Boundary { state, .. } => (state == StepState::Pending as u8).then_some(AT_BOUNDARY),
        });
    }

    fn place(&mut self, cx: &mut Cx<'_>, order: u16, when: impl Fn(Place) -> Option<Duration>) {
        for (placement, command) in self.commands.iter_mut().enumerate() {
            if command.progress != Progress::Placed || command.plan.order != order {
                continue;
            }
            if let Some(delay) = when(command.plan.place) {
                command.progress = Progress::Given;
                command.timer = give(cx, placement as u16, 1, delay);
            }
        }
    }

    /// Gives a command. The first time must come while commands may be given; what was given is repeated later too.
    pub fn give(&mut self, cx: &mut Cx<'_>, placement: u16, attempt: u8) {
        let Some(command) = self.commands.get_mut(usize::from(placement)) else { return };
        if command.progress != Progress::Given || Some(attempt) != command.attempt.checked_add(1) {
            return;
        }
        if attempt == 1 && !cx.in_chaos() {
            command.progress = Progress::Over;
            return;
        }
        if attempt == 1 {
            cx.disturb();
        }
        let expected = self.versions[usize::from(command.plan.order)];
        let to = cx.model.model.parts.oms_api;
        cx.send(to, Message::Command { placement, expected, attempt });
        command.attempt = attempt;
        if attempt == 1 && command.plan.twice {
            command.attempt = 2;
            cx.send(to, Message::Command { placement, expected, attempt: 2 });
        }
        if let Some(next) = command.attempt.checked_add(1) {
            let wait = GIVE_AGAIN.times(1 << (attempt - 1).min(8)).min(GIVE_AGAIN_MAX);
            command.timer = give(cx, placement, next, wait);
        }
    }

    /// A command was answered. A stale version is read again and the command given again, unless a later attempt is
    /// already on its way.
    pub fn answered(&mut self, cx: &mut Cx<'_>, placement: u16, attempt: u8, (decision, version): (Decision, u16)) {
        let Some(command) = self.commands.get_mut(usize::from(placement)) else { return };
        if command.progress != Progress::Given {
            return;
        }
        if decision == Decision::Stale {
            if attempt != command.attempt {
                return;
            }
            command.stale += 1;
            if let Some(next) = attempt.checked_add(1).filter(|_| command.stale <= STALE_MAX) {
                self.versions[usize::from(command.plan.order)] = version;
                cx.cancel(command.timer);
                command.timer = give(cx, placement, next, READ_AGAIN);
                return;
            }
        }
        command.progress = Progress::Over;
        cx.cancel(command.timer);
    }
}

fn give(cx: &mut Cx<'_>, placement: u16, attempt: u8, delay: Duration) -> TimerId {
    cx.timer(delay, Message::Outside(OutsideMessage::Give { placement, attempt }))
}
