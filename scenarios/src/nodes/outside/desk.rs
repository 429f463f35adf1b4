//! The desk: people who take the cases of the OMS and of the reconciler, decide the human steps, and act through
//! commands with a reason code and, where money is moved, a second person.
//!
//! A case is taken up after a human delay. The person looks at the step and at the world, acts, and has another look
//! when the step is in trouble again; after a few interventions the case is closed with an approved exception. What
//! nothing comes of is repeated.

use sim_core::{Duration, Latency, PartId, Time, TimerId};

use super::{OutsideMessage, human_delay};
use crate::change::{CasePhase, CaseReason, Change};
use crate::definition::{EffectKind, FinancialCorrections, Requirement, StepKind, StepState};
use crate::message::{Message, Operation};
use crate::model::{Model, StepIx};
use crate::nodes::Cx;
use crate::workload::QuoteDefect;

/// How often a failed step is sent again by hand before its case is closed.
const RETRIES_MAX: u8 = 3;
/// How often an unknown outcome is asked about by hand: longer, because closing it leaves open what happened.
const QUESTIONS_MAX: u8 = 8;
/// The same where nobody may close a case.
const TRIES_MAX: u8 = 24;
/// How often the same action is repeated of which nothing comes.
const REPEATS_MAX: u8 = 60;
/// When a person notices for the first time that nothing came of an action.
const NOTICE: Duration = Duration::mins(30);
/// The longest wait before a person does the same again.
const NOTICE_MAX: Duration = Duration::hours(4);
/// How soon cases are taken up where the definition does not say.
const SLA: Duration = Duration::hours(8);
/// The longest that a person takes to look at something, with half of the cases.
const LOOK_MAX: Duration = Duration::hours(2);

/// A case by its identity: order, step, number.
type CaseId = (u16, StepIx, u16);

/// How far a case is, as the desk sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Progress {
    /// Somebody will look at it.
    Waiting,
    /// Somebody acted, and nothing has come of it yet.
    Acted,
    /// It goes on by itself; it comes back if the step is in trouble again.
    Watched,
    /// Nothing that anybody may do has helped, and nobody may close it.
    GivenUp,
    /// It is closed or superseded.
    Over,
}

/// A case on the desk.
#[derive(Clone, Copy, Debug, Hash)]
struct Case {
    id: CaseId,
    reason: CaseReason,
    /// Who opened it, and is told what to do.
    from: PartId,
    progress: Progress,
    /// How often it was looked at.
    round: u8,
    /// Whether a second person has approved.
    seconded: bool,
    /// What was done last.
    action: Operation,
    /// Of a human step: how it was decided, which nobody takes back.
    outcome: Option<u8>,
    /// How often anything was done, and how often of that nothing came.
    sent: u8,
    in_vain: u8,
    /// Whether the desk's own report about it is still to be seen.
    reported: bool,
    timer: TimerId,
}

/// All cases of a run.
#[derive(Debug, Default, Hash)]
pub(super) struct Desk {
    cases: Vec<Case>,
    /// By order and step: how often a person intervened.
    interventions: Vec<u8>,
    rows: usize,
}

impl Clone for Desk {
    fn clone(&self) -> Self {
        Self { cases: self.cases.clone(), interventions: self.interventions.clone(), rows: self.rows }
    }

    fn clone_from(&mut self, from: &Self) {
        self.cases.clone_from(&from.cases);
        self.interventions.clone_from(&from.interventions);
        self.rows = from.rows;
    }
}

impl Desk {
    pub fn reset(&mut self, orders: usize, rows: usize) {
        self.cases.clear();
        self.interventions.clear();
        self.interventions.resize(orders * rows, 0);
        self.rows = rows;
    }

    /// A case was reported to the desk. It may be on the work list already.
    pub fn told(&mut self, cx: &mut Cx<'_>, id: CaseId, from: PartId) {
        let parts = &cx.model.model.parts;
        let from = if from == parts.reconciler { parts.reconciler } else { parts.oms_api };
        self.take(cx, id, CaseReason::default(), from);
    }

    /// The register of cases changed. Opened ones come onto the work list even if nobody was told.
    pub fn filed(&mut self, cx: &mut Cx<'_>, id: CaseId, reason: CaseReason, phase: CasePhase) {
        let model = &cx.model.model;
        if phase == CasePhase::Opened {
            let human = model.step(id.1).kind == StepKind::Human;
            let by_reconciler = matches!(reason, CaseReason::Mismatch | CaseReason::Surplus);
            let from = if by_reconciler { model.parts.reconciler } else { model.parts.oms_api };
            if model.fallout.owner.is_some() || human {
                self.take(cx, id, reason, from);
            }
            return;
        }
        for case in self.cases.iter_mut().filter(|case| case.id == id) {
            if phase == CasePhase::Taken && case.reported {
                case.reported = false;
            } else {
                case.progress = Progress::Over;
                cx.cancel(case.timer);
            }
        }
    }

    /// A step came into a state: what somebody did has shown, and what is in trouble comes back to the desk.
    pub fn moved(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, state: StepState) {
        for case in self.cases.iter_mut().filter(|case| (case.id.0, case.id.1) == (order, step)) {
            if !matches!(case.progress, Progress::Acted | Progress::Watched) {
                continue;
            }
            cx.cancel(case.timer);
            if in_trouble(state) {
                case.look_later(cx);
            } else {
                case.progress = Progress::Watched;
            }
        }
    }

    /// Puts a case on the work list. Of one step and sender only the last case is open: a reminder has a new number.
    fn take(&mut self, cx: &mut Cx<'_>, id: CaseId, reason: CaseReason, from: PartId) {
        if self.cases.iter().any(|case| case.id == id && case.from == from) {
            return;
        }
        let mut reason = reason;
        let same_step = |case: &&mut Case| (case.id.0, case.id.1, case.from) == (id.0, id.1, from);
        for case in self.cases.iter_mut().filter(same_step) {
            if case.progress != Progress::Over {
                reason = case.reason;
                case.progress = Progress::Over;
                cx.cancel(case.timer);
            }
        }
        let mut case = Case {
            id,
            reason,
            from,
            progress: Progress::Waiting,
            round: 0,
            seconded: false,
            action: Operation::default(),
            outcome: None,
            sent: 0,
            in_vain: 0,
            reported: false,
            timer: TimerId::NONE,
        };
        case.look_later(cx);
        self.cases.push(case);
    }

    /// A person takes up a case and acts on it.
    pub fn look(&mut self, cx: &mut Cx<'_>, id: CaseId, round: u8, state: StepState) {
        let interventions = self.interventions.get(self.place(id)).copied().unwrap_or(RETRIES_MAX);
        let same_step = |case: &&Case| (case.id.0, case.id.1) == (id.0, id.1);
        let decided = self.cases.iter().filter(same_step).filter(|case| case.outcome.is_some()).count() as u16;
        let Some(case) = self
            .cases
            .iter_mut()
            .find(|case| case.id == id && case.progress == Progress::Waiting && case.round == round)
        else {
            return;
        };
        match case.decide(cx, state, interventions) {
            Verdict::Nobody => case.progress = Progress::GivenUp,
            Verdict::Watch => case.progress = Progress::Watched,
            Verdict::Act(action) => {
                let money = moves_money(&cx.model.model, id.1, action);
                let two = cx.model.model.plumbing.financial_corrections == FinancialCorrections::TwoPerson;
                if money && two && !case.seconded {
                    case.seconded = true;
                    case.look_later(cx);
                    return;
                }
                if action == Operation::Decide && case.outcome.is_none() {
                    case.outcome = Some(decide(cx, (id.0, id.1), decided));
                }
                case.act(cx, action, money && !two);
                let place = self.place(id);
                if matches!(action, Operation::RetryStep | Operation::ResolveUnknown)
                    && let Some(count) = self.interventions.get_mut(place)
                {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// Nothing came of an action: the person does the same again.
    pub fn repeat(&mut self, cx: &mut Cx<'_>, id: CaseId, sent: u8) {
        let Some(case) =
            self.cases.iter_mut().find(|case| case.id == id && case.progress == Progress::Acted && case.sent == sent)
        else {
            return;
        };
        case.in_vain += 1;
        let model = &cx.model.model;
        let may_close = case.reason == CaseReason::Surplus && model.fallout.close_manually;
        if case.in_vain > REPEATS_MAX && may_close && case.action != Operation::Close {
            // For weeks nobody got the system to undo a record that is too much: that it stays is approved, for now.
            case.act(cx, Operation::Close, false);
        } else if case.in_vain > REPEATS_MAX {
            case.progress = Progress::GivenUp;
        } else {
            case.operate(cx);
        }
    }

    /// A system that was given up for dead is back: what was done about it in vain does not count, and cases that were given
    /// up are taken up again.
    pub fn returned(&mut self, cx: &mut Cx<'_>) {
        self.interventions.fill(0);
        for case in self.cases.iter_mut().filter(|case| case.progress == Progress::GivenUp) {
            case.look_later(cx);
        }
    }

    fn place(&self, (order, step, _): CaseId) -> usize {
        usize::from(order) * self.rows + step.ix()
    }
}

/// What a person makes of a case.
enum Verdict {
    /// Nobody may do anything about it.
    Nobody,
    /// It goes on by itself.
    Watch,
    /// This is done.
    Act(Operation),
}

impl Case {
    /// A person will look at it, in so long as people take.
    fn look_later(&mut self, cx: &mut Cx<'_>) {
        let model = &cx.model.model;
        let (order, step, case) = self.id;
        let definition = model.step(step);
        let due = if definition.kind == StepKind::Human { definition.due } else { model.fallout.sla };
        let due = due.unwrap_or(SLA);
        let p50 = Duration((due.0 / 4).min(LOOK_MAX.0));
        let latency = Latency::Percentiles { p50, p99: Duration(due.0 / 2) };
        self.round = self.round.wrapping_add(1);
        self.progress = Progress::Waiting;
        let look = OutsideMessage::Look { order, step, case, round: self.round };
        let delay = human_delay(cx, look.subject(model), latency);
        let site = cx.model.sites.desk;
        let extra = absence(cx, order).filter(|_| cx.choose(site, look.subject(&cx.model.model), u32::MAX) != 0);
        self.timer = match extra {
            Some(extra) => cx.timer_put_off((delay, extra), (site, 1), Message::Outside(look)),
            None => cx.timer(delay, Message::Outside(look)),
        };
    }

    /// Looks at the step, and at the world like somebody who phones the downstream desk.
    fn decide(&self, cx: &Cx<'_>, state: StepState, interventions: u8) -> Verdict {
        let model = &cx.model.model;
        let (order, step, _) = self.id;
        if model.step(step).kind == StepKind::Human && state == StepState::Sent {
            return Verdict::Act(Operation::Decide);
        }
        let desk = &model.fallout;
        let by_reconciler = self.from == model.parts.reconciler;
        let (close, retries, questions) = match desk.close_manually {
            true => (Verdict::Act(Operation::Close), RETRIES_MAX, QUESTIONS_MAX),
            false => (Verdict::Nobody, TRIES_MAX, TRIES_MAX),
        };
        if by_reconciler || matches!(state, StepState::Failed | StepState::Rejected | StepState::CompensationFailed) {
            let hopeless = state == StepState::Rejected && is_flawed(cx, order, step);
            return match desk.retry_step && !hopeless && interventions < retries {
                true => Verdict::Act(Operation::RetryStep),
                false => close,
            };
        }
        if state == StepState::Unknown {
            return match desk.resolve_unknown && interventions < questions {
                true => Verdict::Act(Operation::ResolveUnknown),
                false => close,
            };
        }
        let goes_on = matches!(state, StepState::Ready | StepState::Sent | StepState::Compensating);
        let about_step =
            !matches!(self.reason, CaseReason::SagaTimeout | CaseReason::UnmatchedReply | CaseReason::Return);
        if goes_on && about_step {
            Verdict::Watch
        } else {
            // Nothing is left to be done but to take note of it.
            Verdict::Act(Operation::ResolveUnknown)
        }
    }

    /// Acts, and reports with which reason and authority.
    fn act(&mut self, cx: &mut Cx<'_>, action: Operation, alone: bool) {
        let (order, step, case) = self.id;
        self.progress = Progress::Acted;
        self.action = action;
        self.in_vain = 0;
        self.seconded = false;
        if action != Operation::Decide {
            self.reported = true;
            cx.change(Change::Case {
                order,
                step,
                case,
                reason: self.reason,
                phase: CasePhase::Taken,
                audited: cx.model.model.plumbing.reason_code == Requirement::Required,
                authorised: !alone,
            });
        }
        self.operate(cx);
    }

    /// Tells whoever opened the case what to do, and notices when nothing comes of it.
    fn operate(&mut self, cx: &mut Cx<'_>) {
        let (order, step, case) = self.id;
        let (action, attempt, outcome) = (self.action, self.sent, self.outcome.unwrap_or(u8::MAX));
        cx.send(self.from, Message::Operate { order, step, case, action, outcome, attempt });
        self.sent = self.sent.saturating_add(1);
        let again = OutsideMessage::Repeat { order, step, case, sent: self.sent };
        let wait = NOTICE.times(1 << self.in_vain.min(8)).min(NOTICE_MAX);
        self.timer = cx.timer(wait, Message::Outside(again));
    }
}

/// How a person decides a human step: as usual, unless it is one of the few that are decided otherwise. It is about the step and
/// how often somebody decided it before, whatever else happens.
fn decide(cx: &mut Cx<'_>, (order, step): (u16, StepIx), before: u16) -> u8 {
    let model = &cx.model.model;
    let definition = model.step(step);
    let Some(usual) = definition.usual_outcome() else { return u8::MAX };
    let others = definition.other_outcomes();
    if others == 0 {
        return usual;
    }
    let (site, subject) = (cx.model.sites.decision, super::decision(model, order, step, before));
    match cx.choose(site, subject, others) {
        0 => usual,
        value => {
            cx.effective(site, value);
            value - 1
        }
    }
}

/// How much longer than usual a case of this order is left lying when nobody is at the desk: until a day after its saga
/// should have ended. `None` once that is over, for somebody has noticed then.
fn absence(cx: &Cx<'_>, order: u16) -> Option<Duration> {
    let within = cx.model.model.timeout.as_ref()?.within;
    let arrival = cx.ledger.workload.orders.get(usize::from(order))?.arrival;
    let back = Time::START + arrival + within + Duration::days(1);
    (cx.now < back).then(|| back.since(cx.now))
}

/// Whether a step does not go on by itself.
fn in_trouble(state: StepState) -> bool {
    matches!(state, StepState::Failed | StepState::Rejected | StepState::CompensationFailed | StepState::Unknown)
}

/// Whether a step was refused for what is wrong with the quote: sending it again does not change that.
fn is_flawed(cx: &Cx<'_>, order: u16, step: StepIx) -> bool {
    let defect = cx.ledger.workload.orders[usize::from(order)].quote;
    cx.model.model.step(step).kind == StepKind::Validation
        && matches!(defect, QuoteDefect::Expired | QuoteDefect::MissingEvidence)
}

/// Whether an action corrects money: a charge or a credit is made by hand.
fn moves_money(model: &Model, step: StepIx, action: Operation) -> bool {
    let call = model.step(step).call;
    action == Operation::RetryStep && call.is_some_and(|call| model.operation(call).effect == EffectKind::Financial)
}
