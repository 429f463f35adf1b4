//! What is told of events and of people.

use super::*;
use crate::nodes::consumer::acts_on;

impl Teller<'_> {
    pub(super) fn event_deed(&self, change: &Change) -> Told {
        let words = self.words;
        match *change {
            Change::Row { event, phase, committed } => {
                let name = words.event(event);
                Some(match phase {
                    RowPhase::Written if committed => (format!("writes {name} to the outbox"), 12),
                    RowPhase::Written => (format!("writes {name} to the outbox before its change is committed"), 55),
                    RowPhase::Accepted => (format!("takes in {name}"), 12),
                    RowPhase::Marked => (format!("marks {name} as published"), 12),
                    RowPhase::Parked => (format!("puts aside {name}, which cannot be published"), 45),
                    RowPhase::Dropped => (format!("drops {name}"), 45),
                })
            }
            Change::Told { order, item, written, asked } if written != asked => {
                Some((format!("changes {} and writes {written} of {asked} events", words.item(order, item)), 55))
            }
            Change::Delivery { event, consumer, phase, .. } => {
                let name = words.event(event);
                Some(match phase {
                    DeliveryPhase::Handled => (format!("handles {name}"), 15),
                    DeliveryPhase::Ignored if !self.acts_on(consumer, event) => {
                        (format!("has nothing to do about {name}"), 10)
                    }
                    DeliveryPhase::Ignored => (format!("takes {name} for known and does nothing"), 20),
                    DeliveryPhase::Parked => (format!("puts aside {name}"), 35),
                    DeliveryPhase::DeadLettered => (format!("gives up {name}: it is a dead letter now"), 50),
                })
            }
            Change::ReadModel { emission, order, item, state, version, before, .. } => {
                let event = BusinessEvent { emission, order, item: item.0, state, ..BusinessEvent::default() };
                let older = if version < before { ", an older state than it showed before" } else { "" };
                let worth = if version < before { 60 } else { 18 };
                Some((format!("shows {}{older}", words.shown(event)), worth))
            }
            Change::Replayed { event, of } => {
                let anew = if event.number == of { "" } else { ", under an id of its own" };
                Some((format!("hands out {} once more, on purpose{anew}", words.event(event)), 45))
            }
            _ => None,
        }
    }

    /// Whether the filter of a consumer lets an event through that was just handed over to it.
    fn acts_on(&self, consumer: u8, event: BusinessEvent) -> bool {
        let told = match *self.input {
            Message::Deliver { told, .. } => told,
            _ => self.here().event.time,
        };
        acts_on(self.words.scenario, consumer, event, told)
    }

    pub(super) fn people_deed(&self, change: &Change) -> Told {
        let words = self.words;
        match *change {
            Change::Command { placement, order, item, decision, expected, current, .. } => {
                let name = format!("{} of {}", words.command(placement), words.commanded(placement, order, item));
                Some(match decision {
                    Decision::Accepted => (format!("accepts {name}"), 70),
                    Decision::AlreadyDone => (format!("knows {name} already and does not do it again"), 40),
                    Decision::Refused => (format!("refuses {name}"), 55),
                    Decision::Stale => {
                        (format!("refuses {name}: it names version {expected}, and {current} is the current one"), 35)
                    }
                    Decision::Deferred => (format!("waits with {name} until what is in flight is known"), 65),
                })
            }
            Change::Case { order, step, reason, phase, audited, authorised, .. } => {
                let about = words.step_of(order, step);
                let (text, worth) = match phase {
                    CasePhase::Opened => (format!("opens a case for a person: {about}, {}", states::case(reason)), 50),
                    CasePhase::Taken => (format!("gives the case about {about} to a person"), 25),
                    CasePhase::Closed => (format!("closes the case about {about}"), 25),
                    CasePhase::Excepted => (format!("closes the case about {about} with an approved exception"), 45),
                };
                let odd = odd(audited, authorised);
                Some((format!("{text}{odd}"), if odd.is_empty() { worth } else { 60 }))
            }
            Change::Act { order, item, act, audited, authorised, .. } => {
                let text = match act {
                    Act::CorrectsRecord => {
                        format!("makes a record for {} by hand, past the OMS", words.item(order, item))
                    }
                    Act::ReplaysEvents => format!("has the events of {} replayed", words.order(order)),
                };
                Some((format!("{text}{}", odd(audited, authorised)), 60))
            }
            Change::Reconciled { order, item, rule, found, acted, .. } => {
                let (rule, item) = (words.rule(rule), words.item(order, item));
                let done = if acted { "" } else { ", and does nothing about it" };
                Some(match found {
                    Mismatch::None => (format!("compares {item} ({rule}) and finds everything in order"), 15),
                    _ => (format!("finds {} for {item} ({rule}){done}", states::mismatch(found)), 55),
                })
            }
            Change::Dashboard { order, item, holding, .. } if holding != 1 => {
                Some((format!("shows {} in {holding} states on the dashboard", words.item(order, item)), 45))
            }
            _ => None,
        }
    }
}

/// What is wrong with the act of a person, behind it.
fn odd(audited: bool, authorised: bool) -> &'static str {
    match (audited, authorised) {
        (true, true) => "",
        (false, _) => ", without a reason code and an audit record",
        (true, false) => ", by somebody who may not do that alone",
    }
}
