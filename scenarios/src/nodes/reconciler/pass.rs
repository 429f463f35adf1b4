//! Passes: asking the OMS and the systems, and comparing what they say.

use sim_core::{Duration, TimerId};

use super::answers::{firsts, members};
use super::repair::is_surplus;
use super::{
    ATTEMPTS_MAX, Check, Count, EVERY_MAX, PATIENCE, PATIENCE_MAX, Phase, Question, ROUNDS_MAX, Reconciler,
    ReconcilerMessage,
};
use crate::change::{Change, Mismatch};
use crate::definition::{OrderState, ReconcilerFinds, ReconcilerLooks, ReconcilerUnanswered};
use crate::message::Message;
use crate::model::{ItemIx, Model, OpIx, Rule};
use crate::nodes::Cx;

/// How soon after a repair the next pass looks.
pub(super) const LOOK_AFTER: Duration = Duration::mins(1);

/// What a pass found under one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Found {
    pub(super) mismatch: Mismatch,
    /// The charge it is about, by its place in the item.
    pub(super) unit: usize,
}

impl Reconciler {
    /// An item came to its end: its first passes are armed.
    pub(super) fn item_done(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let model = &cx.model.model;
        for of in firsts(model) {
            if self.checks.iter().any(|check| check.order == order && check.item == item && check.of == of) {
                continue;
            }
            let within = model.rules[usize::from(of)].within.unwrap_or(Duration::ZERO);
            self.checks.push(Check {
                order,
                item,
                of,
                due: cx.now + within,
                round: 1,
                phase: Phase::Armed,
                attempt: 0,
                settled: false,
                tried: 0,
                state: OrderState::Acknowledged,
                applies: 0,
                pending: 0,
                found: false,
                changed: false,
                timer: TimerId::NONE,
            });
            self.arm(cx, self.checks.len() - 1);
        }
    }

    /// A record changed after the fact: the next look finds it. A pass that is being made may have asked before.
    pub(super) fn record_changed(&mut self, cx: &mut Cx<'_>, (order, item): (u16, ItemIx), operation: OpIx) {
        let model = &cx.model.model;
        let list = model.operation(operation).records;
        for ix in 0..self.checks.len() {
            let check = self.checks[ix];
            let sees = members(model, check.of).any(|(_, rule)| {
                model.rules[usize::from(rule)].operation.is_some_and(|op| model.operation(op).records == list)
            });
            if check.order == order && check.item == item && sees {
                self.checks[ix].changed = true;
                self.again(cx, ix);
            }
        }
    }

    /// A system that was given up for dead is back: what may have been given up with it is looked at again.
    pub(super) fn returned(&mut self, cx: &mut Cx<'_>) {
        self.rounds_max = self.rounds_max.saturating_add(ROUNDS_MAX);
        for ix in 0..self.checks.len() {
            self.again(cx, ix);
        }
    }

    /// Arms another pass of a check at its rules' pace, as long as there are passes left.
    pub(super) fn again(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let every = cx.model.model.rules[usize::from(self.checks[ix].of)].every;
        let longer = every.times(1 << u64::from(self.checks[ix].round.min(6)));
        self.again_after(cx, ix, longer.min(every.max(EVERY_MAX)));
    }

    /// Arms another pass of a check that is not making one.
    pub(super) fn again_after(&mut self, cx: &mut Cx<'_>, ix: usize, delay: Duration) {
        let check = &mut self.checks[ix];
        if check.phase != Phase::Idle || check.round >= self.rounds_max || check.settled {
            return;
        }
        check.round += 1;
        check.attempt = 0;
        check.phase = Phase::Armed;
        check.due = cx.now + delay;
        self.arm(cx, ix);
    }

    /// Looks soon at what was repaired. A pass that waits for its pace gives way to one before it, which is numbered anew, for
    /// it is another decision; not so the first, before whose time there is nothing to compare.
    pub(super) fn look_at_repair(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let check = &mut self.checks[ix];
        let may_be_anew = (2..self.rounds_max).contains(&check.round) && !check.settled;
        if check.phase == Phase::Armed && may_be_anew && cx.now + LOOK_AFTER < check.due {
            check.phase = Phase::Idle;
        }
        self.again_after(cx, ix, LOOK_AFTER);
    }

    /// Sets the timer of the next pass.
    pub(super) fn arm(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let check = &mut self.checks[ix];
        cx.cancel(check.timer);
        check.phase = Phase::Armed;
        check.tried = 0;
        let pass = ReconcilerMessage::Pass { question: check.question() };
        check.timer = cx.timer_at(check.due.max(cx.now), Message::Reconciler(pass));
    }

    fn check_of(&self, question: Question, phase: Phase) -> Option<usize> {
        self.checks.iter().position(|check| {
            let same = check.order == question.order && check.item == question.item && check.round == question.round;
            same && check.of == question.of && check.phase == phase
        })
    }

    /// A pass is due.
    pub(super) fn pass(&mut self, cx: &mut Cx<'_>, question: Question) {
        let Some(ix) = self.check_of(question, Phase::Armed) else { return };
        let due = self.checks[ix].due;
        if cx.now < due {
            // The timer came early; a look before its time finds what is only not yet there.
            cx.come_again_after(due - cx.now, Message::Reconciler(ReconcilerMessage::Pass { question }));
            return;
        }
        self.checks[ix].phase = Phase::AskingOms;
        (self.checks[ix].found, self.checks[ix].changed) = (false, false);
        self.ask(cx, ix);
    }

    /// Asks whoever has not answered, and waits.
    fn ask(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let model = &cx.model.model;
        let check = &mut self.checks[ix];
        check.attempt = check.attempt.wrapping_add(1);
        check.tried += 1;
        let tried = check.tried;
        let question = check.question();
        let (state, pending) = (check.state, check.pending);
        if check.phase == Phase::AskingOms {
            cx.send(model.parts.oms_api, Message::Reconciler(ReconcilerMessage::AskOms { question }));
        } else {
            for (place, rule) in members(model, question.of) {
                if pending & 1 << place == 0 {
                    continue;
                }
                if let Some(op) = model.rules[usize::from(rule)].operation {
                    let system = model.systems[model.operation(op).system.ix()].part;
                    let question = Question { of: rule, ..question };
                    cx.send(system, Message::Reconciler(ReconcilerMessage::AskSystem { question, state }));
                }
            }
        }
        let wait = PATIENCE.times(1 << u64::from(tried - 1)).min(PATIENCE_MAX);
        cx.cancel(self.checks[ix].timer);
        self.checks[ix].timer = cx.timer(wait, Message::Reconciler(ReconcilerMessage::Overdue { question }));
    }

    /// Somebody has not answered in time.
    pub(super) fn overdue(&mut self, cx: &mut Cx<'_>, question: Question) {
        if question.item == ItemIx::ORDER {
            if question.round == self.restarts && question.attempt == self.scans {
                self.scan(cx);
            }
            return;
        }
        let asking = |phase| self.check_of(question, phase).filter(|&ix| self.checks[ix].attempt == question.attempt);
        let Some(ix) = asking(Phase::AskingOms).or_else(|| asking(Phase::AskingSystems)) else { return };
        if cx.model.model.plumbing.reconciler_unanswered == ReconcilerUnanswered::SkipItem {
            self.checks[ix].phase = Phase::Idle;
            return;
        }
        if self.checks[ix].tried < ATTEMPTS_MAX {
            self.ask(cx, ix);
            return;
        }
        self.give_up(cx, ix);
    }

    /// Nobody answers: what cannot be compared is for a person to look at, each rule in a case of its own. Whoever has
    /// one already may be done with it and is told nothing more, so that the next pass has to look again; so it does
    /// where others answered, and something changed since.
    fn give_up(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let Check { of, pending, phase, .. } = self.checks[ix];
        self.checks[ix].phase = Phase::Idle;
        let pending = if phase == Phase::AskingOms { 1 } else { pending };
        let silent = members(&cx.model.model, of).filter(|(place, _)| pending & 1 << place != 0);
        for (_, rule) in silent {
            self.checks[ix].found |= self.has_case(ix, rule);
            self.open_case(cx, ix, rule, Mismatch::None);
        }
        if self.checks[ix].found || self.checks[ix].changed {
            self.again(cx, ix);
        }
    }

    /// The OMS says which rules apply.
    pub(super) fn oms_says(&mut self, cx: &mut Cx<'_>, question: Question, (state, applies): (OrderState, u64)) {
        let Some(ix) = self.check_of(question, Phase::AskingOms) else { return };
        let model = &cx.model.model;
        cx.cancel(self.checks[ix].timer);
        let mut pending = 0;
        for (place, rule) in members(model, question.of) {
            let rule = &model.rules[usize::from(rule)];
            let applied = applies >> (place * 8) & 0xFF != 0;
            let orphans = rule.severity[2].is_some() && state.is_undone();
            if rule.operation.is_some() && state.is_final() && (applied || orphans) {
                pending |= 1 << place;
            }
        }
        let check = &mut self.checks[ix];
        (check.state, check.applies, check.pending) = (state, applies, pending);
        if pending == 0 {
            check.phase = Phase::Idle;
            return;
        }
        check.phase = Phase::AskingSystems;
        check.tried = 0;
        self.ask(cx, ix);
    }

    /// A system says how many of its records match.
    pub(super) fn system_says(&mut self, cx: &mut Cx<'_>, question: Question, (count, refused): (Count, bool)) {
        let model = &cx.model.model;
        let place_in = |of: u8| members(model, of).find(|(_, rule)| *rule == question.of).map(|(place, _)| place);
        let asked = self.checks.iter().enumerate().find_map(|(ix, check)| {
            let same = check.order == question.order && check.item == question.item && check.round == question.round;
            let place = if same && check.phase == Phase::AskingSystems { place_in(check.of) } else { None };
            place.map(|place| (ix, place))
        });
        let Some((ix, place)) = asked.filter(|&(ix, place)| self.checks[ix].pending & 1 << place != 0) else { return };
        if refused {
            // It is asked again when the answer would be overdue.
            return;
        }
        self.checks[ix].pending &= !(1 << place);
        let check = self.checks[ix];
        let rule = &model.rules[usize::from(question.of)];
        let units = model.items[check.item.ix()].charges.len().clamp(1, Count::UNITS);
        let mut found = compare(rule, units, (check.applies >> (place * 8) & 0xFF, check.state), &count);
        let is_blind = model.plumbing.reconciler_finds == ReconcilerFinds::MissingOnly;
        if is_blind && is_surplus(found.mismatch) {
            found.mismatch = Mismatch::None;
        }
        let severity = match found.mismatch {
            Mismatch::None => None,
            Mismatch::Missing => rule.severity[0],
            Mismatch::Duplicate => rule.severity[1],
            Mismatch::Orphan => rule.severity[2],
        };
        let acted = self.act(cx, ix, question.of, (found, &count));
        self.checks[ix].found |= found.mismatch != Mismatch::None;
        cx.change(Change::Reconciled {
            order: check.order,
            item: check.item,
            rule: question.of,
            found: found.mismatch,
            severity: severity.unwrap_or(u8::MAX),
            acted,
        });
        if self.checks[ix].pending == 0 {
            cx.cancel(self.checks[ix].timer);
            self.checks[ix].phase = Phase::Idle;
            self.end_pass(cx, ix);
        }
    }

    /// Everybody answered: another pass follows where something was found, or may have come since it was asked about.
    fn end_pass(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let Check { found, changed, .. } = self.checks[ix];
        let is_last = cx.model.model.plumbing.reconciler_looks == ReconcilerLooks::UntilItAgreed;
        self.checks[ix].settled = is_last && !found;
        if (found || changed) && !self.is_repairing(ix) {
            self.again(cx, ix);
        }
    }

    /// Asks about every order that the order table may tell of, after a restart.
    pub(super) fn scan(&mut self, cx: &mut Cx<'_>) {
        if cx.model.model.rules.is_empty() || !self.scanning.contains(&true) || self.scans >= ATTEMPTS_MAX {
            return;
        }
        self.scans += 1;
        let about = |order| Question { order, item: ItemIx::ORDER, of: 0, round: self.restarts, attempt: self.scans };
        for order in (0..self.scanning.len()).filter(|&order| self.scanning[order]) {
            let question = about(order as u16);
            cx.send(cx.model.model.parts.oms_api, Message::Reconciler(ReconcilerMessage::AskOrder { question }));
        }
        let wait = PATIENCE.times(1 << u64::from(self.scans - 1)).min(PATIENCE_MAX);
        cx.timer(wait, Message::Reconciler(ReconcilerMessage::Overdue { question: about(0) }));
    }

    /// The OMS says which items of an order came to their end. Those that were compared before are looked at once more:
    /// nobody told what changed meanwhile.
    pub(super) fn order_says(&mut self, cx: &mut Cx<'_>, question: Question, done: u64) {
        let Some(scanning) = self.scanning.get_mut(usize::from(question.order)) else { return };
        *scanning = false;
        for ix in 0..self.checks.len() {
            if self.checks[ix].order == question.order {
                self.again(cx, ix);
            }
        }
        for item in (0..64).filter(|item| done & 1 << item != 0) {
            self.item_done(cx, question.order, ItemIx(item));
        }
    }
}

impl Check {
    fn question(&self) -> Question {
        Question { order: self.order, item: self.item, of: self.of, round: self.round, attempt: self.attempt }
    }
}

/// Compares what there is with what there must be: for each charge to which the rule applies, so many records; for an
/// item of which nothing may stand, none.
fn compare(rule: &Rule, units: usize, (applies, state): (u64, OrderState), count: &Count) -> Found {
    for unit in (0..units).filter(|unit| applies & 1 << unit != 0) {
        let mismatch = match count.of(unit).cmp(&rule.exactly) {
            std::cmp::Ordering::Less => Mismatch::Missing,
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater if rule.exactly == 0 => Mismatch::Orphan,
            std::cmp::Ordering::Greater => Mismatch::Duplicate,
        };
        return Found { mismatch, unit };
    }
    let orphan = applies == 0 && state.is_undone() && count.standing > 0;
    Found { mismatch: if orphan { Mismatch::Orphan } else { Mismatch::None }, unit: 0 }
}

/// Whether a rule tells when a record of this step is there twice, and takes the step for the one that makes such records.
#[must_use]
pub fn is_undone_when_twice(model: &Model, step: crate::model::StepIx) -> bool {
    let definition = model.step(step);
    let Some(item) = model.items.get(definition.item.ix()) else { return false };
    let unit = item.charges.iter().position(|charge| Some(*charge) == definition.charge).unwrap_or(0);
    let tells = |rule: &&Rule| rule.operation.is_some() && rule.operation == definition.call && rule.within.is_some();
    model.rules.iter().filter(tells).any(|rule| maker(model, definition.item, rule, unit) == Some(step))
}

/// The step of an item that makes the records of a rule; of several, the one for this charge.
pub(super) fn maker(model: &Model, item: ItemIx, rule: &Rule, unit: usize) -> Option<crate::model::StepIx> {
    let charge = model.items[item.ix()].charges.get(unit).copied();
    let makes = |step: &&crate::model::StepIx| model.step(**step).call == rule.operation;
    let steps = &model.items[item.ix()].steps;
    let exact = steps.iter().filter(makes).find(|step| charge.is_some() && model.step(**step).charge == charge);
    exact.or_else(|| steps.iter().find(makes)).copied()
}
