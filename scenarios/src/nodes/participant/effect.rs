//! What a system does: records are made, changed and undone, and the ledger gets a row for what really happened.

use sim_core::hash::mix;

use super::record::{Identity, NO_CHARGE, Outcome, Record, RecordState, Standing, Tombstone, charge_of};
use super::request::REFUSED;
use super::{Cx, Notice, Participant, Request, Response};
use crate::change::Change;
use crate::definition::{AmountOf, DedupBy, EffectKind, WhenAbsent};
use crate::ledger::Effect;
use crate::message::{Answer, CallRef};
use crate::model::{EffectIx, Model, OpIx, Operation};
use crate::nodes::cpq;

impl Participant {
    /// Carries a request out, or takes it on where the operation answers through callbacks.
    pub(super) fn carry_out(&mut self, cx: &mut Cx<'_>, request: &Request) -> Outcome {
        let callback = called(&cx.model.model, request).is_some_and(|(_, operation)| operation.callback);
        let outcome = if callback { self.accept(cx, request) } else { self.perform(cx, request) };
        if matches!(outcome.answer, Answer::Succeeded | Answer::Accepted) && outcome.standing.is_some() {
            self.report(cx, request, (outcome.number, false, false));
        }
        outcome
    }

    /// Does what a request asks for.
    pub(super) fn perform(&mut self, cx: &mut Cx<'_>, request: &Request) -> Outcome {
        let Some((op, operation)) = called(&cx.model.model, request) else { return Outcome::refused(REFUSED) };
        if let Some(undone) = operation.undoes {
            self.undo(cx, request, undone)
        } else if let Some(updated) = operation.updates {
            self.update(cx, request, updated)
        } else if self.is_blocked(request) {
            Outcome::refused(REFUSED)
        } else if operation.effect == EffectKind::None && !operation.creates {
            let defect = cx.ledger.workload.orders[usize::from(request.call.order)].quote;
            match cpq::quote_refusal(operation, defect) {
                Some(reason) => Outcome::refused(Answer::Rejected(reason)),
                None => Outcome::done(0, None),
            }
        } else {
            self.make(cx, request, op)
        }
    }

    /// Makes a record with its effect.
    fn make(&mut self, cx: &mut Cx<'_>, request: &Request, op: OpIx) -> Outcome {
        if !self.take_from_pool(cx, op) {
            return Outcome::refused(exhausted(cx.model.model.operation(op)));
        }
        let record = self.put_on_record(cx, request, op);
        self.activate(cx, request, record)
    }

    /// Makes a record that nobody called for, as a person does in the screens of the system. Once for each step.
    pub(super) fn make_by_hand(&mut self, cx: &mut Cx<'_>, call: CallRef) {
        let model = &cx.model.model;
        let Some(op) = model.step(call.step).call else { return };
        let key = mix(mix(model.step(call.step).names, 0xBA4D), call.order.into());
        if self.records.iter().any(|record| record.key == key) || !self.take_from_pool(cx, op) {
            return;
        }
        let from = cx.sender().part();
        let request = Request { call, key, target: 0, copy: 0, response: Response::Done, from };
        let record = self.put_on_record(cx, &request, op);
        self.activate(cx, &request, record);
    }

    /// A record as it is asked for.
    pub(super) fn put_on_record(&mut self, cx: &Cx<'_>, request: &Request, op: OpIx) -> u32 {
        let model = &cx.model.model;
        let Identity { order, item, charge, revision, .. } = Identity::of(model, request.call, op);
        let number = self.next_number();
        self.records.push(Record {
            operation: op,
            order,
            step: request.call.step,
            revision,
            item,
            charge,
            key: request.key,
            number,
            state: RecordState::Requested,
            symbol: model.vocabulary.name("REQUESTED"),
            was: None,
            amount: 0,
            effect: None,
            created: cx.now,
            changed: cx.now,
            partial: false,
            undone_in_part: 0,
            undone_by: 0,
            gone: false,
            by_hand: request.call.attempt == 0,
        });
        self.records.len() as u32 - 1
    }

    /// The effect of a record happens.
    pub(super) fn activate(&mut self, cx: &mut Cx<'_>, request: &Request, record: u32) -> Outcome {
        let model = &cx.model.model;
        let Record { operation: op, charge, number, .. } = self.records[record as usize];
        let operation = model.operation(op);
        let is_money = operation.effect == EffectKind::Financial;
        let accepted = model.charges.get(charge.ix()).filter(|_| is_money).map_or(0, |charge| charge.amount);
        let mut amount = price(cx, request, accepted);
        if request.response == Response::Wrong {
            amount += amount / 10 + i64::from(is_money);
        }
        let partial = request.response == Response::Part;
        let effect =
            (operation.effect != EffectKind::None).then(|| self.have_effect(cx, request, (number, amount), None));
        let row = &mut self.records[record as usize];
        row.set(cx.now, RecordState::Active, operation.to);
        row.amount = amount;
        row.effect = effect;
        row.partial = partial;
        self.keep_books(cx, record as usize, None);
        self.let_know(cx, request, record as usize);
        let standing = if partial { Standing::Part } else { Standing::Done };
        Outcome { standing: Some(standing), ..Outcome::done(number, Some(record)) }
    }

    /// The rest of a record that was made in part follows: the one effect is whole then.
    pub(super) fn complete_part(&mut self, cx: &mut Cx<'_>, record: Option<u32>) {
        let Some(row) = record.and_then(|record| self.records.get_mut(record as usize)) else { return };
        row.partial = false;
        row.changed = cx.now;
        if let Some(effect) = row.effect {
            cx.ledger.effects[effect.ix()].partial = false;
        }
    }

    /// Undoes what an operation made: the record of the target's key, else that of the order and step.
    fn undo(&mut self, cx: &mut Cx<'_>, request: &Request, undone: OpIx) -> Outcome {
        let model = &cx.model.model;
        let standing = |record: &Record| record.stands() || record.state == RecordState::Requested && !record.gone;
        let Some((op, operation)) = called(model, request) else { return Outcome::refused(REFUSED) };
        let mut found = self.find(model, request, undone, standing);
        if found.is_none() && operation.dedup == DedupBy::None {
            // Nothing tells that it was undone before, so it is undone again.
            found = self.find(model, request, undone, |record| record.effect.is_some() && !record.gone);
        }
        let Some(found) = found else { return self.absent(request, model) };
        let Record { number, amount, effect, state, .. } = self.records[found];
        let amount = price(cx, request, amount);
        if state == RecordState::Requested {
            self.withdraw(cx, found, request);
            return Outcome::done(number, None);
        }
        if request.response == Response::Part {
            self.records[found].undone_in_part = request.key;
            return Outcome { standing: None, ..Outcome::done(number, None) };
        }
        let own = if operation.creates {
            let record = self.put_on_record(cx, request, op);
            let row = &mut self.records[record as usize];
            row.set(cx.now, RecordState::Undone, operation.to);
            row.amount = -amount;
            Some(row.number)
        } else {
            None
        };
        let row = (own.unwrap_or(number), -amount);
        if operation.effect != EffectKind::None {
            self.have_effect(cx, request, row, effect);
        }
        self.give_back(cx, self.records[found].operation);
        let before = self.records[found].symbol;
        self.records[found].set(cx.now, RecordState::Undone, operation.to);
        self.records[found].undone_by = request.key;
        if state != RecordState::Undone {
            self.keep_books(cx, found, Some((state, before)));
        }
        if operation.deletes {
            self.delete(found);
        }
        self.let_know(cx, request, found);
        Outcome::done(row.0, Some(found as u32))
    }

    /// Nothing is left of a record, nor of the request that made it.
    fn delete(&mut self, found: usize) {
        self.records[found].gone = true;
        for entry in &mut self.entries {
            if entry.record == Some(found as u32) {
                entry.standing = Standing::Forgotten;
            }
        }
    }

    /// Changes what an operation made without undoing it.
    fn update(&mut self, cx: &mut Cx<'_>, request: &Request, updated: OpIx) -> Outcome {
        let model = &cx.model.model;
        let Some((_, operation)) = called(model, request) else { return Outcome::refused(REFUSED) };
        let Some(found) = self.find(model, request, updated, Record::stands) else {
            return self.absent(request, model);
        };
        let Record { number, state, symbol, .. } = self.records[found];
        let is_there = state == RecordState::Changed && symbol == operation.to;
        if is_there && operation.dedup != DedupBy::None {
            return Outcome::done(number, Some(found as u32));
        }
        if operation.effect != EffectKind::None {
            self.have_effect(cx, request, (number, 0), None);
        }
        if !is_there {
            self.records[found].set(cx.now, RecordState::Changed, operation.to);
            self.keep_books(cx, found, Some((state, symbol)));
        }
        Outcome::done(number, Some(found as u32))
    }

    /// There is nothing to undo.
    fn absent(&mut self, request: &Request, model: &Model) -> Outcome {
        let Some((_, operation)) = called(model, request) else { return Outcome::refused(REFUSED) };
        match operation.when_absent {
            WhenAbsent::SucceedAndBlock => {
                self.keep_out(request, model);
                Outcome::done(0, None)
            }
            WhenAbsent::Succeed => Outcome::done(0, None),
            WhenAbsent::Reject => Outcome::refused(REFUSED),
        }
    }

    fn keep_out(&mut self, request: &Request, model: &Model) {
        self.tombstones.push(Tombstone {
            target: request.target,
            order: request.call.order,
            step: model.step(request.call.step).undoes,
            revision: request.call.revision,
        });
    }

    /// Whether a request was undone before it came.
    pub(super) fn is_blocked(&self, request: &Request) -> bool {
        let call = request.call;
        self.tombstones.iter().any(|stone| {
            let by_key = stone.target != 0 && stone.target == request.key;
            let by_step = stone.step == Some(call.step) && stone.order == call.order && call.revision <= stone.revision;
            by_key || by_step
        })
    }

    /// The record that a request is about: by the key it names, else by order, step and revision; of a call that undoes
    /// no step, by order, item and charge.
    fn find(
        &self,
        model: &Model,
        request: &Request,
        made_by: OpIx,
        accepts: impl Fn(&Record) -> bool,
    ) -> Option<usize> {
        let call = request.call;
        let step = model.step(call.step);
        let charge = charge_of(model, call.step);
        let by_key = |record: &Record| request.target != 0 && record.key == request.target;
        let by_business = |record: &Record| {
            let same = match step.undoes {
                Some(undone) => record.step == undone && record.revision == call.revision,
                None => record.item == step.item && (charge == NO_CHARGE || record.charge == charge),
            };
            record.order == call.order && same
        };
        let position = |is_it: &dyn Fn(&Record) -> bool| {
            self.records.iter().position(|record| record.operation == made_by && accepts(record) && is_it(record))
        };
        position(&by_key).or_else(|| position(&by_business))
    }

    /// Lets the reconciler know that a look finds something, where a record changed otherwise than as planned.
    fn let_know(&mut self, cx: &mut Cx<'_>, request: &Request, record: usize) {
        let Request { call, copy, response, .. } = *request;
        let Record { order, item, operation, .. } = self.records[record];
        // One that somebody made by hand was taken for this one, which had not come yet.
        let beside = |other: &Record| {
            other.by_hand && (other.order, other.item, other.operation) == (order, item, operation) && other.stands()
        };
        if call.attempt != 1 || copy > 0 || response != Response::Done || self.records.iter().any(beside) {
            let attempt = u16::from(call.attempt) | u16::from(copy) << 8;
            let notice = Notice { order, item, operation, attempt };
            self.noticed = Some(notice);
            notice.give(cx);
        }
    }

    /// Adds a row to the ledger of real effects.
    fn have_effect(
        &mut self,
        cx: &mut Cx<'_>,
        request: &Request,
        (record, amount): (u32, i64),
        undoes: Option<EffectIx>,
    ) -> EffectIx {
        let model = &cx.model.model;
        let (operation, kind) = called(model, request).map_or((OpIx(0), EffectKind::None), |(op, o)| (op, o.effect));
        let effect = cx.ledger.add(Effect {
            time: cx.now,
            event: sim_core::hash::Unhashed(cx.event()),
            call: request.call,
            key: request.key,
            operation,
            kind,
            record,
            amount,
            undoes,
            undone_by: None,
            partial: request.response == Response::Part,
            wrong: request.response == Response::Wrong,
        });
        cx.change(Change::Effect { effect });
        effect
    }

    /// Takes one from the operation's pool, if it has one; false when it is empty.
    pub(super) fn take_from_pool(&mut self, cx: &Cx<'_>, op: OpIx) -> bool {
        let Some(pool) = cx.model.model.operation(op).pool else { return true };
        match self.stock.get_mut(usize::from(pool)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    fn give_back(&mut self, cx: &Cx<'_>, op: OpIx) {
        if let Some(pool) = cx.model.model.operation(op).pool
            && let Some(left) = self.stock.get_mut(usize::from(pool))
        {
            *left += 1;
        }
    }
}

/// What a request moves that is about this amount: that amount, unless it is looked up anew.
fn price(cx: &Cx<'_>, request: &Request, amount: i64) -> i64 {
    match called(&cx.model.model, request).map(|(_, operation)| operation.amount) {
        Some(AmountOf::Catalogue) => cx.ledger.catalogue.today(request.call.order, amount),
        _ => amount,
    }
}

/// What a request calls.
pub(super) fn called<'m>(model: &'m Model, request: &Request) -> Option<(OpIx, &'m Operation)> {
    let op = model.step(request.call.step).call?;
    Some((op, model.operation(op)))
}

/// How an empty pool is told: by the operation's first reason.
pub(super) fn exhausted(operation: &Operation) -> Answer {
    if operation.rejections.is_empty() { REFUSED } else { Answer::Rejected(0) }
}
