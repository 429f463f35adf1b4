//! Stands for nodes in tests of the others: an emitter with an outbox, and a system that sends mail.

use sim_core::Duration;

use super::outbox::{NewEvent, Outbox};
use super::{Cx, relay};
use crate::change::Change;
use crate::definition::{EffectKind, Failure};
use crate::ledger::Effect;
use crate::message::{Answer, CallRef, Message};
use crate::model::{OpIx, StepIx};

/// How the emitter tells a change; it is asked to with a [`Message::Case`]: the order, this, and the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tell {
    /// In one transaction.
    Now,
    /// In a transaction that takes a while.
    Slowly,
    /// The second half of that one.
    Commit,
}

/// The node.
#[derive(Clone, Debug, Default, Hash)]
pub enum Stub {
    /// Hears and says nothing.
    #[default]
    Silent,
    /// Tells changes.
    Emitter {
        outbox: Outbox,
        /// The number of the first part that is a relay.
        relays: u8,
        /// What type of event it emits.
        emission: u8,
        /// Transactions that were begun: order, state, serial.
        begun: Vec<(u16, u16, u32)>,
    },
    /// Sends mail.
    Mail {
        /// Whether it knows keys.
        dedups: bool,
        /// Until when it answers with an error.
        fails_until: Duration,
        keys: Vec<u64>,
    },
}

impl Stub {
    pub(super) fn emitter(source: u8, relays: usize, first: u8, emission: u8, orders: usize) -> Self {
        let mut outbox = Outbox::default();
        outbox.reset(source, relays, orders);
        Self::Emitter { outbox, relays: first, emission, begun: Vec::new() }
    }

    pub(super) fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match (self, message) {
            (Self::Emitter { outbox, emission, begun, .. }, Message::Case { order, step, case }) => {
                let new = NewEvent { order, item: 0, emission: *emission, state: case as u8 };
                match step.0 {
                    0 => {
                        outbox.append_now(cx, new);
                    }
                    1 => {
                        let serial = outbox.next_serial();
                        outbox.append_early(cx, new, serial);
                        begun.push((order, case, serial));
                        let commit = Message::Case { order, step: StepIx(Tell::Commit as u16), case };
                        cx.continue_after(Duration::secs(3), commit);
                    }
                    _ => {
                        let at = begun.iter().position(|(o, state, _)| (*o, *state) == (order, case));
                        let (_, _, serial) = begun.remove(at.expect("a transaction ends once"));
                        outbox.append(cx, new, serial, true);
                    }
                }
            }
            (Self::Emitter { outbox, relays, .. }, Message::Relay(_) | Message::Published { .. }) => {
                relay::handle(outbox, cx, cx.part().part.saturating_sub(*relays), message);
            }
            (Self::Mail { dedups, fails_until, keys }, Message::Request { call, key, .. }) => {
                if cx.now.0 < fails_until.0 {
                    let answer = Answer::Failed(Failure::Http503);
                    cx.reply(Message::Reply { call, answer, record: 0, key });
                    return;
                }
                if !(*dedups && keys.contains(&key)) {
                    keys.push(key);
                    mail(cx, call, key);
                }
                cx.reply(Message::Reply { call, answer: Answer::Succeeded, record: 1, key });
            }
            _ => {}
        }
    }

    pub(super) fn crash(&mut self, part: u8) -> bool {
        match self {
            Self::Emitter { outbox, relays, begun, .. } => {
                if part >= *relays {
                    return outbox.crash_relay(part - *relays);
                }
                begun.clear();
                true
            }
            _ => false,
        }
    }

    pub(super) fn restart(&mut self, cx: &mut Cx<'_>, part: u8) {
        if let Self::Emitter { outbox, relays, .. } = self {
            if part >= *relays {
                relay::restart(outbox, cx, part - *relays);
            } else {
                outbox.recover(cx);
            }
        }
    }
}

fn mail(cx: &mut Cx<'_>, call: CallRef, key: u64) {
    let effect = cx.ledger.add(Effect {
        time: cx.now,
        event: sim_core::hash::Unhashed(cx.event()),
        call,
        key,
        operation: OpIx(0),
        kind: EffectKind::Message,
        record: 1,
        amount: 0,
        undoes: None,
        undone_by: None,
        partial: false,
        wrong: false,
    });
    cx.change(Change::Effect { effect });
}
