//! What is done about a difference: a request to the system that undoes or rebuilds, or a case for a person.

use sim_core::hash::mix;
use sim_core::{Duration, TimerId};

use super::pass::{Found, LOOK_AFTER, maker};
use super::{Count, PATIENCE, ROUNDS_MAX, Reconciler, ReconcilerMessage, Surplus};
use crate::change::{CasePhase, CaseReason, Change, Mismatch};
use crate::definition::{FinancialCorrections, NextAction, ReconcilerActs, Requirement};
use crate::message::{Answer, CallRef, Message, Operation};
use crate::model::{Model, StepIx};
use crate::nodes::Cx;

/// The attempts of the reconciler's own requests begin here, so that they are told from those of the saga.
const FIRST_ATTEMPT: u8 = 200;
/// Where they end, while a system that was given up for dead has not come back: the other half is for when it is.
const MIDDLE_ATTEMPT: u8 = 228;

/// Whether a call is the reconciler's own: it calls the operation of a step, but is no part of the saga.
#[must_use]
pub fn is_repair(call: CallRef) -> bool {
    call.attempt >= FIRST_ATTEMPT
}

/// After how many requests of a repair a person is told that it gets nowhere.
const TELL_AFTER: u8 = 6;
/// The longest wait between two of them, which deadlines have room for. A repair that was begun is carried through, for what is
/// done by half matches no rule; with the requests that there are numbers for, it outlasts any outage.
const AGAIN_MAX: Duration = Duration::days(1);
/// Cases of the reconciler are numbered from here.
const FIRST_CASE: u16 = 0x8000;

/// Whether a case of this number is the reconciler's, and not the saga's.
#[must_use]
pub const fn is_case(case: u16) -> bool {
    case >= FIRST_CASE
}

/// Which of the reconciler's cases of its order this is, from 1; none for a case of the saga.
#[must_use]
pub const fn number_of_case(case: u16) -> Option<u16> {
    if is_case(case) { Some(case - FIRST_CASE + 1) } else { None }
}

/// A case that the reconciler opened.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Case {
    check: u16,
    rule: u8,
    step: StepIx,
    open: bool,
    /// What it is about; [`Mismatch::None`]: that nobody answers.
    about: Mismatch,
    /// Whether it is about a record too many that somebody made by hand.
    by_hand: bool,
    /// The record that a person is to have undone, and the step that makes such records.
    surplus: Surplus,
    maker: StepIx,
    /// Whether a person had it undone: what is still found afterwards is undone without being asked about again.
    decided: bool,
    /// Whether it was closed with an approved exception, which stands until nothing is found any more.
    excepted: bool,
}

impl Case {
    fn is_of(&self, check: usize, rule: u8) -> bool {
        usize::from(self.check) == check && self.rule == rule
    }
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
    target: Surplus,
    /// How often the request was sent.
    sent: u8,
    timer: TimerId,
}

impl Reconciler {
    /// Acts on what a pass found; says whether something is done about it.
    pub(super) fn act(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (found, count): (Found, &Count)) -> bool {
        let model = &cx.model.model;
        let surplus = is_surplus(found.mismatch);
        let repairing = self.repairs.iter().any(|r| r.open && usize::from(r.check) == ix && r.rule == rule);
        if found.mismatch == Mismatch::None {
            if !repairing {
                self.close_case(cx, ix, rule);
                self.end_exceptions(ix, rule);
            }
            return false;
        }
        if model.plumbing.reconciler_acts == ReconcilerActs::ReportOnly {
            return false;
        }
        let Some(repair) = model.rules[usize::from(rule)].repair else { return false };
        let unit = count.surplus.unit.filter(|_| surplus).map_or(found.unit, usize::from);
        let step = maker(model, self.checks[ix].item, &model.rules[usize::from(rule)], unit);
        match repair {
            NextAction::Ignore | NextAction::Drop => false,
            _ if repairing => true,
            NextAction::StopAndCredit | NextAction::Release | NextAction::Rebuild | NextAction::RepairReadModel
                if surplus =>
            {
                self.start_undo(cx, ix, rule, (step, count.surplus)) || self.open_case(cx, ix, rule, found.mismatch)
            }
            NextAction::Rebuild | NextAction::RepairReadModel if count.standing == 0 => {
                let started = step.is_some_and(|step| self.start_repair(cx, ix, rule, (step, Surplus::default())));
                started || self.open_case(cx, ix, rule, found.mismatch)
            }
            _ => {
                // A person has undone what somebody made by hand; what the saga made is for the saga to undo.
                let by_hand = found.mismatch == Mismatch::Duplicate && count.by_hand;
                let what = if by_hand { count.surplus } else { Surplus::default() };
                self.hand_over(cx, ix, rule, (found.mismatch, step, what))
            }
        }
    }

    /// Has a person see to a difference, unless one did already: what was decided about a record made by hand is carried
    /// out. Whoever has the case for another reason gets another one about what showed since.
    fn hand_over(
        &mut self,
        cx: &mut Cx<'_>,
        ix: usize,
        rule: u8,
        (about, step, surplus): (Mismatch, Option<StepIx>, Surplus),
    ) -> bool {
        let known = self.case_about(ix, rule).map(|case| self.cases[case]);
        if known.is_some_and(|case| surplus.key != 0 && !case.by_hand) {
            self.close_case(cx, ix, rule);
        } else if known.is_some_and(|case| surplus.key != 0 && case.decided)
            && self.start_undo(cx, ix, rule, (step, surplus))
        {
            return true;
        }
        let acted = self.open(cx, ix, rule, (about, surplus.key != 0));
        if let Some(case) = self.case_about(ix, rule) {
            let case = &mut self.cases[case];
            (case.about, case.surplus) = (about, surplus);
            case.maker = step.unwrap_or(case.step);
        }
        acted
    }

    /// Whether a repair of a check is under way.
    pub(super) fn is_repairing(&self, ix: usize) -> bool {
        self.repairs.iter().any(|repair| repair.open && usize::from(repair.check) == ix)
    }

    /// Has a record undone that a step of this kind makes; false where nothing undoes it.
    fn start_undo(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (step, surplus): (Option<StepIx>, Surplus)) -> bool {
        let undo = step.and_then(|step| cx.model.model.step(step).undo.first().copied());
        undo.is_some_and(|undo| self.start_repair(cx, ix, rule, (undo, surplus)))
    }

    /// Sends the first request of a repair; false when there were too many already. What undoes a record has a key that
    /// names it: where an old answer has it undone once more, its system knows that it was.
    fn start_repair(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (step, target): (StepIx, Surplus)) -> bool {
        let check = self.checks[ix];
        let before = self.repairs.iter().filter(|r| r.call.order == check.order && r.call.step == step);
        let number = before.map(|repair| repair.sent).sum::<u8>();
        if number >= u8::MAX - FIRST_ATTEMPT - TELL_AFTER {
            return false;
        }
        let which = if target.key == 0 { number.into() } else { target.number };
        let place = u64::from(check.order) | u64::from(check.item.0) << 16 | u64::from(which) << 24;
        let names = mix(cx.model.model.rules[usize::from(rule)].names, cx.model.model.step(step).names);
        self.repairs.push(Repair {
            open: true,
            check: ix as u16,
            rule,
            call: CallRef { order: check.order, step, revision: 0, attempt: FIRST_ATTEMPT + number },
            key: mix(mix(names, place), target.key),
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
        if sent >= TELL_AFTER {
            self.open_case(cx, usize::from(check), rule, Mismatch::None);
        }
        let last = if self.rounds_max > ROUNDS_MAX { u8::MAX } else { MIDDLE_ATTEMPT };
        let Some(op) = model.step(call.step).call.filter(|_| call.attempt < last) else {
            self.repairs[ix].open = false;
            return;
        };
        let call = if sent == 0 { call } else { CallRef { attempt: call.attempt + 1, ..call } };
        let repair = &mut self.repairs[ix];
        repair.call = call;
        repair.sent += 1;
        cx.cancel(repair.timer);
        let wait = PATIENCE.times(1 << u64::from(repair.sent.min(16))).min(AGAIN_MAX);
        let overdue = ReconcilerMessage::RepairOverdue { repair: ix as u16, attempt: repair.sent };
        repair.timer = cx.timer(wait, Message::Reconciler(overdue));
        let (key, target) = (repair.key, repair.target.key);
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
                    self.look_at_repair(cx, usize::from(check));
                }
            }
            // What failed for now is sent again when its answer would be overdue; so is the second half of an undo,
            // even if it is refused.
            Answer::Failed(_) => {}
            Answer::Rejected(_) => {
                let ix_of_check = usize::from(check);
                let known = self.has_case(ix_of_check, rule);
                self.open_case(cx, ix_of_check, rule, Mismatch::None);
                if !is_later_undo(&cx.model.model, call.step) {
                    cx.cancel(timer);
                    self.repairs[ix].open = false;
                    if known {
                        self.again(cx, ix_of_check);
                    }
                }
            }
        }
    }

    /// Opens a case about a check, unless there is one or the same is excepted; a person looks at it from then on.
    pub(super) fn open_case(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, about: Mismatch) -> bool {
        self.open(cx, ix, rule, (about, false))
    }

    fn open(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8, (about, by_hand): (Mismatch, bool)) -> bool {
        let model = &cx.model.model;
        let check = self.checks[ix];
        let same = |case: &Case| (case.about, case.by_hand) == (about, by_hand) && case.is_of(ix, rule);
        let excepted = |case: &Case| case.excepted && same(case);
        if self.has_case(ix, rule) || self.cases.iter().any(excepted) {
            return true;
        }
        let steps = &model.items[check.item.ix()].steps;
        let step = maker(model, check.item, &model.rules[usize::from(rule)], 0).or(steps.first().copied());
        let step = step.unwrap_or_default();
        self.cases.push(Case {
            check: ix as u16,
            rule,
            step,
            open: true,
            about,
            by_hand,
            surplus: Surplus::default(),
            maker: step,
            decided: false,
            excepted: false,
        });
        let case = FIRST_CASE + (self.cases.len() - 1) as u16;
        self.tell_case(cx, self.cases.len() - 1, CasePhase::Opened);
        cx.send(model.parts.outside, Message::Case { order: check.order, step, case });
        true
    }

    /// Whether any of its cases was closed with an approved exception that stands.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.cases.iter().any(|case| case.excepted)
    }

    /// Whether a person has a case about a rule of a check.
    pub(super) fn has_case(&self, ix: usize, rule: u8) -> bool {
        self.case_about(ix, rule).is_some()
    }

    fn case_about(&self, ix: usize, rule: u8) -> Option<usize> {
        self.cases.iter().position(|case| case.open && case.is_of(ix, rule))
    }

    fn end_exceptions(&mut self, ix: usize, rule: u8) {
        for case in self.cases.iter_mut().filter(|case| case.is_of(ix, rule)) {
            case.excepted = false;
        }
    }

    /// The difference is gone: its case is closed.
    fn close_case(&mut self, cx: &mut Cx<'_>, ix: usize, rule: u8) {
        if let Some(case) = self.case_about(ix, rule) {
            self.cases[case].open = false;
            self.tell_case(cx, case, CasePhase::Closed);
        }
    }

    fn tell_case(&self, cx: &mut Cx<'_>, ix: usize, phase: CasePhase) {
        let plumbing = &cx.model.model.plumbing;
        let Case { check, step, by_hand, .. } = self.cases[ix];
        let reason = if by_hand { CaseReason::Surplus } else { CaseReason::Mismatch };
        cx.change(Change::Case {
            order: self.checks[usize::from(check)].order,
            step,
            case: FIRST_CASE + ix as u16,
            reason,
            phase,
            audited: phase != CasePhase::Excepted || plumbing.reason_code == Requirement::Required,
            authorised: phase != CasePhase::Excepted
                || plumbing.financial_corrections == FinancialCorrections::TwoPerson,
        });
    }

    /// A person acts on a case: it is closed with an approved exception, or another pass looks whether it is settled.
    pub(super) fn operated(&mut self, cx: &mut Cx<'_>, (order, case): (u16, u16), action: Operation) {
        let ix = usize::from(case.wrapping_sub(FIRST_CASE));
        let Some(Case { check, rule, maker, surplus, .. }) = self.cases.get(ix).filter(|case| case.open).copied()
        else {
            return;
        };
        if self.checks[usize::from(check)].order != order {
            return;
        }
        if action == Operation::Close {
            (self.cases[ix].open, self.cases[ix].excepted) = (false, true);
            self.tell_case(cx, ix, CasePhase::Excepted);
            return;
        }
        // The person has what is too much undone by its system; another pass looks whether it is. The record that was
        // found is named once: what is asked for again is the look.
        let check = usize::from(check);
        let case = &mut self.cases[ix];
        case.decided = case.by_hand;
        case.surplus = Surplus::default();
        let undoes =
            surplus.key != 0 && !self.is_repairing(check) && self.start_undo(cx, check, rule, (Some(maker), surplus));
        if !undoes {
            self.again_after(cx, check, LOOK_AFTER);
        }
    }
}

/// Whether something is there that must not be.
pub(super) fn is_surplus(mismatch: Mismatch) -> bool {
    matches!(mismatch, Mismatch::Duplicate | Mismatch::Orphan)
}

/// Whether an undo step follows another one of the same step: what it does is the rest of something.
fn is_later_undo(model: &Model, undo: StepIx) -> bool {
    model.step(undo).undoes.is_some_and(|undone| model.step(undone).undo.first() != Some(&undo))
}

/// The undo step that follows another one of the same step.
fn next_undo(model: &Model, undo: StepIx) -> Option<StepIx> {
    let undone = model.step(undo).undoes?;
    model.step(undone).undo.iter().skip_while(|other| **other != undo).nth(1).copied()
}
