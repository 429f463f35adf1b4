//! The side of those whom the reconciler asks, and of those who let it know that a look finds something.

use super::{Count, ReconcilerMessage};
use crate::definition::OrderState;
use crate::message::Message;
use crate::model::{ItemIx, Model, OpIx, Rule};
use crate::nodes::Cx;
use crate::nodes::oms::{Oms, OrderFacts};

/// How many rules one check has at most: eight bits each in one word.
const RULES_MAX: usize = 8;

/// The rules of the check whose first rule is `first`, with their places in it.
pub(super) fn members(model: &Model, first: u8) -> impl Iterator<Item = (usize, u8)> + '_ {
    let lead = &model.rules[usize::from(first)];
    let rules = model.rules.iter().enumerate().skip(usize::from(first));
    let alike = rules.filter(|(_, rule)| keep_step(rule, lead)).map(|(ix, _)| ix as u8);
    alike.take(RULES_MAX).enumerate()
}

/// Whether two rules are looked at together: each keeps its own time otherwise.
fn keep_step(rule: &Rule, lead: &Rule) -> bool {
    (rule.within, rule.every) == (lead.within, lead.every)
}

/// The rules that are the first of a check. A rule that does not say how soon is never judged.
pub(super) fn firsts(model: &Model) -> impl Iterator<Item = u8> + '_ {
    let place = |ix: usize| model.rules[..ix].iter().filter(|rule| keep_step(rule, &model.rules[ix])).count();
    (0..model.rules.len())
        .filter(move |&ix| model.rules[ix].within.is_some() && place(ix).is_multiple_of(RULES_MAX))
        .map(|ix| ix as u8)
}

/// Called by the OMS, in its transaction, when an item came into a final state: the reconciler is told. Called again for
/// every such item when the OMS recovers, since what the transaction sent may have died with it.
pub fn item_is_done(cx: &mut Cx<'_>, order: u16, item: ItemIx, state: OrderState) {
    if cx.model.model.rules.is_empty() {
        return;
    }
    let to = cx.model.model.parts.reconciler;
    cx.send(to, Message::Reconciler(ReconcilerMessage::ItemDone { order, item, state }));
}

/// Called by a system when a record changed otherwise than by a first and undisturbed request, so that a pass after it
/// may find something. `attempt` tells the requests of one item apart.
pub fn record_changed(cx: &mut Cx<'_>, (order, item): (u16, ItemIx), operation: OpIx, attempt: u16) {
    let model = &cx.model.model;
    let list = model.operation(operation).records;
    let watched = |rule: &crate::model::Rule| rule.operation.is_some_and(|op| model.operation(op).records == list);
    if item != ItemIx::ORDER && list.is_some() && model.rules.iter().any(watched) {
        let to = model.parts.reconciler;
        let changed = ReconcilerMessage::RecordChanged { order, item, operation, attempt };
        cx.send(to, Message::Reconciler(changed));
    }
}

/// Called by the OMS when the reconciler asks it something.
pub fn answer_for_oms(oms: &Oms, cx: &mut Cx<'_>, question: ReconcilerMessage) {
    let model = &cx.model.model;
    let answer = match question {
        ReconcilerMessage::AskOms { question } if usize::from(question.of) < model.rules.len() => {
            let state = oms.item(question.order, question.item).state;
            let charges = model.items[question.item.ix()].charges.len().clamp(1, Count::UNITS);
            let mut applies = 0;
            for (place, rule) in members(model, question.of) {
                for charge in 0..charges {
                    let facts =
                        OrderFacts { scenario: cx.model, oms, order: question.order, item: question.item, charge };
                    let rule = &model.rules[usize::from(rule)];
                    let holds = match &rule.subject {
                        Some(subject) => subject.holds(&facts),
                        None => state == OrderState::Completed,
                    };
                    applies |= u64::from(holds) << (place * 8 + charge);
                }
            }
            ReconcilerMessage::OmsSays { question, state, applies }
        }
        ReconcilerMessage::AskOrder { question } => {
            let done = (0..model.item_count()).filter(|&item| is_done(oms, question.order, ItemIx(item as u8)));
            let done = done.fold(0, |mask, item| mask | 1_u64.checked_shl(item as u32).unwrap_or(0));
            ReconcilerMessage::OrderSays { question, done }
        }
        _ => return,
    };
    cx.reply(Message::Reconciler(answer));
}

fn is_done(oms: &Oms, order: u16, item: ItemIx) -> bool {
    let row = oms.item(order, item);
    row.present && row.state.is_final()
}
