//! State changes as phrases: `bill-router: SENT -> UNKNOWN_OUTCOME`.

use super::{Words, states};
use crate::change::{Act, BreakerPhase, CasePhase, Change, DeliveryPhase, RowPhase};
use crate::message::BusinessEvent;
use crate::model::ItemIx;
use crate::nodes::reconciler::number_of_case;

impl Words<'_> {
    /// A change as a phrase.
    #[must_use]
    pub fn change(&self, change: &Change) -> String {
        match *change {
            Change::Quote { .. } | Change::Price { .. } | Change::Published { .. } | Change::Approval { .. } => {
                self.quote_change(change)
            }
            Change::Order { .. }
            | Change::Created { .. }
            | Change::Item { .. }
            | Change::Saga { .. }
            | Change::Saved { .. }
            | Change::Timeout { .. } => self.order_change(change),
            Change::Step { .. }
            | Change::Sent { .. }
            | Change::Answered { .. }
            | Change::Resolved { .. }
            | Change::Breaker { .. }
            | Change::Compensation { .. } => self.step_change(change),
            Change::Effect { .. } | Change::Charge { .. } | Change::Product { .. } => self.books_change(change),
            Change::Row { .. }
            | Change::Told { .. }
            | Change::Delivery { .. }
            | Change::ReadModel { .. }
            | Change::Replayed { .. } => self.event_change(change),
            Change::Act { .. }
            | Change::Command { .. }
            | Change::Case { .. }
            | Change::Reconciled { .. }
            | Change::Dashboard { .. } => self.people_change(change),
        }
    }

    /// A change of state without its reason: `bill-router: SENT -> COMPLETED`.
    #[must_use]
    pub fn state_change(&self, change: &Change) -> String {
        match *change {
            Change::Step { order, step, before, after, .. } => {
                format!("{}: {before} -> {after}", self.step_of(order, step))
            }
            _ => self.change(change),
        }
    }

    fn quote_change(&self, change: &Change) -> String {
        match *change {
            Change::Quote { order, version, before, after, .. } => {
                let (before, after) = (states::quote(before), states::quote(after));
                format!("quote of {} version {version}: {before} -> {after}", self.order(order))
            }
            Change::Price { order, version, total, lines, traced, .. } if total == lines => {
                let total = self.money(None, total);
                let trace = if traced { "" } else { ", without its trace" };
                format!("quote of {} version {version}: total {total}{trace}", self.order(order))
            }
            Change::Price { order, version, total, lines, .. } => format!(
                "quote of {} version {version}: total {}, although its lines make {}",
                self.order(order),
                self.money(None, total),
                self.money(None, lines)
            ),
            Change::Published { order, version, touched, .. } => {
                let follows = if touched { "the quote follows it" } else { "the quote keeps its price" };
                format!("quote of {} version {version}: a price list is published, {follows}", self.order(order))
            }
            Change::Approval { order, version, decided, .. } if decided == version => {
                format!("quote of {} version {version}: approval recorded", self.order(order))
            }
            Change::Approval { order, version, decided, .. } => {
                format!("quote of {} version {version}: approval of version {decided} recorded", self.order(order))
            }
            _ => String::new(),
        }
    }

    fn order_change(&self, change: &Change) -> String {
        match *change {
            Change::Order { order, before, after } => format!("{}: {before} -> {after}", self.order(order)),
            Change::Created { order, instances: 0 | 1, version } => {
                format!("{}: created from version {version} of its quote", self.order(order))
            }
            Change::Created { order, instances, .. } => {
                format!("{}: created, order number {instances} of one quote", self.order(order))
            }
            Change::Item { order, item, before, after, by_machine } => {
                let written = if by_machine { "" } else { ", written directly" };
                format!("{}: {before} -> {after}{written}", self.item(order, item))
            }
            Change::Saga { order, before, after } => {
                format!("saga of {}: {} -> {}", self.order(order), states::saga(before), states::saga(after))
            }
            Change::Saved { order, read, current } if read == current => {
                format!("{}: saved as version {}", self.order(order), u32::from(current) + 1)
            }
            Change::Saved { order, read, current } => {
                format!("{}: saved over version {current}, although version {read} was read", self.order(order))
            }
            Change::Timeout { order, signalled } => {
                let told = if signalled { "signalled" } else { "and nobody is told" };
                format!("timeout of the saga of {} {told}", self.order(order))
            }
            _ => String::new(),
        }
    }

    fn step_change(&self, change: &Change) -> String {
        match *change {
            Change::Step { order, step, before, after, why, .. } => {
                let mut text = format!("{}: {before} -> {after}", self.step_of(order, step));
                if !states::why(why).is_empty() {
                    text.push_str(&format!(" ({})", states::why(why)));
                }
                text
            }
            Change::Breaker { order, step, phase, failures } => {
                let (system, about) = (self.system_of(step), self.step_of(order, step));
                match phase {
                    BreakerPhase::Opens => {
                        format!("{system} is not called any more, after {failures} failures in a row")
                    }
                    BreakerPhase::HoldsBack => format!("held back: {about}, {system} is not called"),
                    BreakerPhase::Tries => format!("one call goes through to {system}: {about}"),
                    BreakerPhase::Closes => format!("{system} is called again"),
                }
            }
            Change::Sent { call, .. } => format!("sent: {}", self.call(call)),
            Change::Answered { call, refused: true, .. } => {
                format!("refused: {}, its key is known with another payload", self.call(call))
            }
            Change::Answered { call, repeated: true, .. } => format!("a repetition: {}", self.call(call)),
            Change::Answered { call, record: 0, .. } => format!("carried out: {}", self.call(call)),
            Change::Answered { call, record, .. } => format!("carried out: {}, record {record}", self.call(call)),
            Change::Resolved { call, as_done, asked, .. } => {
                let outcome = if as_done { "done" } else { "not done" };
                let unasked = if asked { "" } else { ", without asking" };
                format!("{}: settled as {outcome}{unasked}", self.step_of(call.order, call.step))
            }
            Change::Compensation { order, undo, undoes, audited } => {
                let undone = undoes.map_or("nothing that is named", |step| self.step(step));
                let audit = if audited { "" } else { ", without an audit record" };
                format!("{} undoes {undone}{audit}", self.step_of(order, undo))
            }
            _ => String::new(),
        }
    }

    fn books_change(&self, change: &Change) -> String {
        match *change {
            Change::Effect { effect } => self.effect(effect),
            Change::Charge { order, charge, before, after } => {
                let charge = self.model().charges.get(charge.ix());
                let name = charge.map_or("charge", |charge| charge.id.as_str());
                let owner = self.item(order, charge.map_or(ItemIx::ORDER, |charge| charge.item));
                format!("charge {name} of {owner}: {} -> {}", states::charge(before), states::charge(after))
            }
            Change::Product { order, item, before, after } => {
                let (before, after) = (states::product(before), states::product(after));
                format!("product of {}: {before} -> {after}", self.item(order, item))
            }
            _ => String::new(),
        }
    }

    fn event_change(&self, change: &Change) -> String {
        match *change {
            Change::Row { event, phase, committed } => {
                let early = if committed { "" } else { ", before its change is committed" };
                format!("{} {}{early}", self.event(event), row_phase(phase))
            }
            Change::Told { order, item, written, asked } => {
                format!("{}: {written} of {asked} events written", self.item(order, item))
            }
            Change::Delivery { event, consumer, phase, .. } => {
                format!("{} {} {}", self.consumer(consumer), delivery_phase(phase), self.event(event))
            }
            Change::ReadModel { consumer, emission, order, item, state, version, .. } => {
                let told = BusinessEvent { emission, order, item: item.0, state, ..BusinessEvent::default() };
                format!("{} shows {}, version {version}", self.consumer(consumer), self.shown(told))
            }
            Change::Replayed { event, of } if event.number != of => {
                let (now, before) = (u32::from(event.number) + 1, u32::from(of) + 1);
                format!("{} is handed out once more, on purpose: event {before} as event {now}", self.event(event))
            }
            Change::Replayed { event, .. } => format!("{} is handed out once more, on purpose", self.event(event)),
            _ => String::new(),
        }
    }

    /// What a row of a read model says: `order-1/router as completed`.
    #[must_use]
    pub fn shown(&self, event: BusinessEvent) -> String {
        let about = self.item(event.order, ItemIx(event.item));
        match self.model().emissions.get(usize::from(event.emission)) {
            Some(emission) => format!("{about} as {}", states::of_aggregate(emission.of, event.state)),
            None => format!("news of {about}"),
        }
    }

    fn people_change(&self, change: &Change) -> String {
        match *change {
            Change::Command { placement, order, item, decision, .. } => {
                format!(
                    "{} for {}: {}",
                    self.command(placement),
                    self.commanded(placement, order, item),
                    states::decision(decision)
                )
            }
            Change::Case { order, step, case, reason, phase, .. } => {
                let (case, about) = (case_name(case), self.step_of(order, step));
                match phase {
                    CasePhase::Opened => format!("{case} opened about {about}: {}", states::case(reason)),
                    CasePhase::Taken => format!("{case} about {about} taken"),
                    CasePhase::Closed => format!("{case} about {about} closed"),
                    CasePhase::Excepted => format!("{case} about {about} closed with an exception"),
                }
            }
            Change::Act { order, item, act, .. } => match act {
                Act::CorrectsRecord => format!("a person makes a record for {} by hand", self.item(order, item)),
                Act::ReplaysEvents => format!("an operator replays the events of {}", self.order(order)),
            },
            Change::Reconciled { order, item, rule, found, .. } => {
                format!("{} for {}: {}", self.rule(rule), self.item(order, item), states::mismatch(found))
            }
            Change::Dashboard { order, item, holding, state } => {
                let first =
                    self.model().dashboard.states.get(usize::from(state)).map_or("none", |state| state.state.as_str());
                match holding {
                    0 => format!("dashboard of {}: no state", self.item(order, item)),
                    1 => format!("dashboard of {}: {first}", self.item(order, item)),
                    _ => format!("dashboard of {}: {holding} states, the first is {first}", self.item(order, item)),
                }
            }
            _ => String::new(),
        }
    }

    /// A reconcile rule's name.
    #[must_use]
    pub fn rule(&self, rule: u8) -> &str {
        self.model().rules.get(usize::from(rule)).map_or("a rule", |rule| rule.id.as_str())
    }
}

/// `case 3`, or `case 1 of the reconciler`, which counts its own.
#[must_use]
pub fn case_name(case: u16) -> String {
    match number_of_case(case) {
        Some(number) => format!("case {number} of the reconciler"),
        None => format!("case {case}"),
    }
}

/// What became of an outbox row, after the event's name.
#[must_use]
pub const fn row_phase(phase: RowPhase) -> &'static str {
    match phase {
        RowPhase::Written => "is written to the outbox",
        RowPhase::Accepted => "is with the broker",
        RowPhase::Marked => "is marked as published",
        RowPhase::Parked => "is put aside, it cannot be published",
        RowPhase::Dropped => "is dropped by the broker",
    }
}

/// What a consumer does with a delivery, before the event's name.
#[must_use]
pub const fn delivery_phase(phase: DeliveryPhase) -> &'static str {
    match phase {
        DeliveryPhase::Handled => "handles",
        DeliveryPhase::Ignored => "has nothing to do about",
        DeliveryPhase::Parked => "puts aside",
        DeliveryPhase::DeadLettered => "never handles",
    }
}
