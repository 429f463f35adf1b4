//! What is done about a difference: a request to the system that undoes or rebuilds, or a case for a person.

use sim_core::hash::mix;
use sim_core::{Duration, TimerId};

use super::pass::{Found, maker};
use super::{Count, PATIENCE, Reconciler, ReconcilerMessage};
use crate::change::{CasePhase, CaseReason, Change, Mismatch};
use crate::definition::{FinancialCorrections, NextAction, ReconcilerActs, Requirement};
use crate::message::{Answer, CallRef, Message, Operation};
use crate::model::{Model, StepIx};
use crate::nodes::Cx;

/// The attempts of the reconciler's own requests begin here, so that they are told from those of the saga.
const FIRST_ATTEMPT: u8 = 200;
/// How often one request of a repair is sent.
const SENDS_MAX: u8 = 6;
/// Cases of the reconciler are numbered from here.
const FIRST_CASE: u16 = 0x8000;
/// How soon after a repair the next pass looks.
const LOOK_AFTER: Duration = Duration::mins(1);

/// A case that the reconciler opened.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Case {
    check: u16,
    rule: u8,
    step: StepIx,
    open: bool,
}

/// A repair under way.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Repair {
    /// Whether an answer is awaited.
    pub(super) open: bool,
    check: u16,
    rule: u8,
    call: CallRef,
    key: u64,
    target: u64,
    /// How often the request was sent.
    sent: u8,
    timer: TimerId,
}

impl Reconciler {
    /// Acts on what a pass found; says whether something is done about it.
    pub(super) fn act(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (found, count): (Found, &Count)) -> bool {
        let model = &cx.model.model;
        let surplus = matches!(found.mismatch, Mismatch::Duplicate | Mismatch::Orphan);
        if found.mismatch == Mismatch::None {
            self.close_case(cx, ix, rule);
            return false;
        }
        if model.plumbing.reconciler_acts == ReconcilerActs::ReportOnly {
            return false;
        }
        let Some(repair) = model.rules[usize::from(rule)].repair else { return false };
        let step = maker(model, self.checks[ix].item, &model.rules[usize::from(rule)], found.unit);
        match repair {
            NextAction::Ignore | NextAction::Drop => false,
            NextAction::StopAndCredit | NextAction::Release | NextAction::Rebuild | NextAction::RepairReadModel
                if surplus =>
            {
                let undo = step.and_then(|step| model.step(step).undo.first().copied());
                let started = undo.is_some_and(|undo| self.start_repair(cx, ix, rule, (undo, count.target)));
                started || self.open_case(cx, ix, rule)
            }
            NextAction::Rebuild | NextAction::RepairReadModel if count.standing == 0 => {
                let started = step.is_some_and(|step| self.start_repair(cx, ix, rule, (step, 0)));
                started || self.open_case(cx, ix, rule)
            }
            _ => self.open_case(cx, ix, rule),
        }
    }

    /// Whether a repair of a check is under way.
    pub(super) fn is_repairing(&self, ix: usize) -> bool {
        self.repairs.iter().any(|repair| repair.open && usize::from(repair.check) == ix)
    }

    /// Sends the first request of a repair; false when there were too many already.
    fn start_repair(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (step, target): (StepIx, u64)) -> bool {
        let check = self.checks[ix];
        let before = self.repairs.iter().filter(|r| r.call.order == check.order && r.call.step == step);
        let number = before.map(|repair| repair.sent).sum::<u8>();
        if number > u8::MAX - FIRST_ATTEMPT - SENDS_MAX {
            return false;
        }
        let place = u64::from(check.order) | u64::from(check.item.0) << 16 | u64::from(number) << 24;
        let names = mix(cx.model.model.rules[usize::from(rule)].names, cx.model.model.step(step).names);
        self.repairs.push(Repair {
            open: true,
            check: ix as u16,
            rule,
            call: CallRef { order: check.order, step, revision: 0, attempt: FIRST_ATTEMPT + number },
            key: mix(mix(names, place), target),
            target,
            sent: 0,
            timer: TimerId::NONE,
        });
        self.send_repair(cx, self.repairs.len() - 1);
        true
    }

    /// Sends the request of a repair, once more if need be, under its one key.
    pub(super) fn send_repair(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let model = &cx.model.model;
        let Repair { call, sent, check, rule, .. } = self.repairs[ix];
        let Some(op) = model.step(call.step).call.filter(|_| sent < SENDS_MAX) else {
            self.repairs[ix].open = false;
            self.open_case(cx, usize::from(check), rule);
            return;
        };
        let call = if sent == 0 { call } else { CallRef { attempt: call.attempt + 1, ..call } };
        let repair = &mut self.repairs[ix];
        repair.call = call;
        repair.sent += 1;
        cx.cancel(repair.timer);
        let wait = PATIENCE.times(1 << u64::from(repair.sent));
        let overdue = ReconcilerMessage::RepairOverdue { repair: ix as u16, attempt: repair.sent };
        repair.timer = cx.timer(wait, Message::Reconciler(overdue));
        let (key, target) = (repair.key, repair.target);
        let to = model.systems[model.operation(op).system.ix()].part;
        cx.send(to, Message::Request { call, key, target });
    }

    /// Nobody answered the request of a repair.
    pub(super) fn repair_overdue(&mut self, cx: &mut Cx<'_>, repair: u16, attempt: u8) {
        let ix = usize::from(repair);
        if self.repairs.get(ix).is_some_and(|repair| repair.open && repair.sent == attempt) {
            self.send_repair(cx, ix);
        }
    }

    /// A system answered the request of a repair.
    pub(super) fn repaired(&mut self, cx: &mut Cx<'_>, call: CallRef, answer: Answer) {
        let same = |repair: &Repair| repair.open && repair.call.order == call.order && repair.call.step == call.step;
        let Some(ix) = self.repairs.iter().position(same) else { return };
        let Repair { check, rule, target, timer, .. } = self.repairs[ix];
        match answer {
            Answer::Succeeded | Answer::Accepted => {
                cx.cancel(timer);
                self.repairs[ix].open = false;
                let next = next_undo(&cx.model.model, call.step);
                let goes_on = next.is_some_and(|undo| self.start_repair(cx, usize::from(check), rule, (undo, target)));
                if !goes_on {
                    self.again_after(cx, usize::from(check), LOOK_AFTER);
                }
            }
            // What failed for now is sent again when its answer would be overdue.
            Answer::Failed(_) => {}
            Answer::Rejected(_) => {
                cx.cancel(timer);
                self.repairs[ix].open = false;
                self.open_case(cx, usize::from(check), rule);
            }
        }
    }

    /// Opens a case about a check, unless there is one; a person looks at it from then on.
    pub(super) fn open_case(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8) -> bool {
        let model = &cx.model.model;
        let check = self.checks[ix];
        if self.has_case(ix, rule) {
            return true;
        }
        let steps = &model.items[check.item.ix()].steps;
        let about = maker(model, check.item, &model.rules[usize::from(rule)], 0).or(steps.first().copied());
        let step = about.unwrap_or_default();
        self.cases.push(Case { check: ix as u16, rule, step, open: true });
        let case = FIRST_CASE + (self.cases.len() - 1) as u16;
        self.tell_case(cx, self.cases.len() - 1, CasePhase::Opened);
        cx.send(model.parts.outside, Message::Case { order: check.order, step, case });
        true
    }

    /// Whether a person has a case about a rule of a check.
    pub(super) fn has_case(&self, ix: usize, rule: u8) -> bool {
        self.cases.iter().any(|case| case.open && usize::from(case.check) == ix && case.rule == rule)
    }

    /// The difference is gone: its case is closed.
    fn close_case(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8) {
        let about = |case: &Case| case.open && usize::from(case.check) == ix && case.rule == rule;
        if let Some(case) = self.cases.iter().position(about) {
            self.cases[case].open = false;
            self.tell_case(cx, case, CasePhase::Closed);
        }
    }

    fn tell_case(&self, cx: &mut Cx<'_>, ix: usize, phase: CasePhase) {
        let plumbing = &cx.model.model.plumbing;
        let Case { check, step, .. } = self.cases[ix];
        cx.change(Change::Case {
            order: self.checks[usize::from(check)].order,
            step,
            case: FIRST_CASE + ix as u16,
            reason: CaseReason::Mismatch,
            phase,
            audited: phase != CasePhase::Excepted || plumbing.reason_code == Requirement::Required,
            authorised: phase != CasePhase::Excepted
                || plumbing.financial_corrections == FinancialCorrections::TwoPerson,
        });
    }

    /// A person acts on a case: it is closed with an approved exception, or another pass looks whether it is settled.
    pub(super) fn operated(&mut self, cx: &mut Cx<'_>, (order, case): (u16, u16), action: Operation) {
        let ix = usize::from(case.wrapping_sub(FIRST_CASE));
        let Some(Case { check, .. }) = self.cases.get(ix).filter(|case| case.open).copied() else { return };
        if self.checks[usize::from(check)].order != order {
            return;
        }
        if action == Operation::Close {
            self.cases[ix].open = false;
            self.tell_case(cx, ix, CasePhase::Excepted);
        } else {
            self.again_after(cx, usize::from(check), LOOK_AFTER);
        }
    }
}

/// The undo step that follows another one of the same step.
fn next_undo(model: &Model, undo: StepIx) -> Option<StepIx> {
    let undone = model.step(undo).undoes?;
    model.step(undone).undo.iter().skip_while(|other| **other != undo).nth(1).copied()
}
