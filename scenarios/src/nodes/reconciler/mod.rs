//! The reconciler: finds drift between the systems and repairs it or opens a case (seed 22).
//!
//! A *check* is one item of an order under the rules that look at it equally soon. Its passes are armed: the first one
//! when the item came to its end, another one after something was found or a system's record changed in a way that it
//! may see. A pass asks the OMS which rules apply, then the systems for their records; answers can be old, lost or
//! refused, and are asked for again.
//!
//! ```text
//! item is done -> pass due -> OMS: state, rules that apply -> systems: records that match -> found
//!                    ^                                                                        |
//!                    +--------------- repair, or case -----------------------------------------+
//! ```
//!
//! `pass` asks and compares, `repair` acts, `answers` is the side of the OMS.

mod answers;
mod pass;
mod repair;
#[cfg(test)]
mod tests;

use sim_core::hash::mix;
use sim_core::{Duration, Subject, Time, TimerId};

use super::Cx;
use crate::definition::OrderState;
use crate::message::{Channel, Message};
use crate::model::{ItemIx, Model, OpIx};
use crate::workload::Workload;

pub use answers::{answer_for_oms, item_is_done, record_changed};
pub use pass::is_undone_when_twice;
pub use repair::{is_case, is_repair, number_of_case};

use repair::{Case, Repair};

/// How many passes are made for one check, however much they find; as many again once a system that was dead is back.
const ROUNDS_MAX: u8 = 24;
/// How long it waits between passes at most; each waits twice as long as the one before. With the passes it may make, it
/// outlasts any outage.
const EVERY_MAX: Duration = Duration::days(1);
/// How often one question is asked.
const ATTEMPTS_MAX: u8 = 12;
/// How long the first wait for an answer is; it doubles.
const PATIENCE: Duration = Duration::secs(30);
/// The longest wait for an answer.
const PATIENCE_MAX: Duration = Duration::hours(1);

/// A question of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Question {
    /// The order.
    pub order: u16,
    /// The item.
    pub item: ItemIx,
    /// The rule; to the OMS: the first rule of the check.
    pub of: u8,
    /// The pass, from 1.
    pub round: u8,
    /// How often it was asked, from 1.
    pub attempt: u8,
}

impl Question {
    fn subject(&self, model: &Model, salt: u64) -> Subject {
        let names = model.rules.get(usize::from(self.of)).map_or(model.names, |rule| rule.names);
        let counters = u64::from(self.order)
            | u64::from(self.item.0) << 16
            | u64::from(self.round) << 24
            | u64::from(self.attempt) << 32;
        Subject::new(mix(names, 0x2EC0 + salt), counters)
    }
}

/// How many records of a system match a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count {
    /// For each charge of the item (of an item without charges: once), in four bits.
    pub matching: u32,
    /// The records of the item that stand, whether they match or not.
    pub standing: u8,
    /// The one that goes first where there are too many: the newest that somebody made by hand, else the newest.
    pub surplus: Surplus,
    /// Whether it was made by hand.
    pub by_hand: bool,
}

impl Count {
    /// The most charges of one item that are compared.
    pub const UNITS: usize = 8;

    /// One more for a unit.
    pub fn add(&mut self, unit: usize) {
        if self.of(unit) < 15 {
            self.matching += 1 << (unit * 4);
        }
    }

    /// How many for a unit; 15 stands for 15 and more.
    #[must_use]
    pub fn of(&self, unit: usize) -> u32 {
        self.matching >> (unit * 4) & 15
    }
}

/// A record that is too much: its number at the system, to tell it from others of the same key, and its key; 0: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Surplus {
    /// Its number.
    pub number: u16,
    /// Its key.
    pub key: u64,
    /// The charge it is of, by its place in the item, as its system says: a rule may not tell one charge from another.
    pub unit: Option<u8>,
}

/// Its own messages and timers, and those between it and others.
#[derive(Clone, Copy, Debug, Hash)]
pub enum ReconcilerMessage {
    /// A system that was given up for dead is back.
    Returned,
    /// An item came to its end.
    ItemDone {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// The state it came to.
        state: OrderState,
    },
    /// A record changed otherwise than by a first and undisturbed request: the next pass may find something.
    RecordChanged {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// The operation that makes such records.
        operation: OpIx,
        /// The request's attempt, and its copy.
        attempt: u16,
    },
    /// A pass is due.
    Pass {
        /// Of which check, and the how manieth.
        question: Question,
    },
    /// An answer is overdue.
    Overdue {
        /// To which question.
        question: Question,
    },
    /// Which rules apply?
    AskOms {
        /// To which item.
        question: Question,
    },
    /// The OMS's answer.
    OmsSays {
        /// To which question.
        question: Question,
        /// The state of the item.
        state: OrderState,
        /// For each rule of the check eight bits: the charges to which it applies.
        applies: u64,
    },
    /// Which records match?
    AskSystem {
        /// To which item and rule.
        question: Question,
        /// The state of the item, as the OMS said.
        state: OrderState,
    },
    /// The system's answer.
    SystemSays {
        /// To which question.
        question: Question,
        /// What it counted.
        count: Count,
        /// Whether it refused to look.
        refused: bool,
    },
    /// Which items of an order came to their end? Asked after a restart: what was told meanwhile is lost.
    AskOrder {
        /// About which order.
        question: Question,
    },
    /// The OMS's answer.
    OrderSays {
        /// To which question.
        question: Question,
        /// The items, as a mask.
        done: u64,
    },
    /// The answer to a repair's request is overdue.
    RepairOverdue {
        /// The repair.
        repair: u16,
        /// Its attempt.
        attempt: u8,
    },
}

impl ReconcilerMessage {
    /// How it travels. That an item is done is no message: the reconciler reads the order table, and this says when a
    /// look finds something.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Returned | Self::ItemDone { .. } | Self::RecordChanged { .. } => Channel::Input,
            Self::Pass { .. } | Self::Overdue { .. } | Self::RepairOverdue { .. } => Channel::ReconcilerTimer,
            _ => Channel::Reconcile,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let place = |order: u16, item: ItemIx| u64::from(order) | u64::from(item.0) << 16;
        match *self {
            Self::Returned => Subject::new(mix(model.names, 0x17E6), 0),
            Self::ItemDone { order, item, state } => {
                Subject::new(mix(model.names, 0x17E3), place(order, item) | (state as u64) << 24)
            }
            Self::RecordChanged { order, item, operation, attempt } => Subject::new(
                mix(model.operation(operation).names, 0x17E4),
                place(order, item) | u64::from(attempt) << 24,
            ),
            Self::Pass { question } => question.subject(model, 0),
            Self::Overdue { question } => question.subject(model, 1),
            Self::AskOms { question } => question.subject(model, 2),
            Self::OmsSays { question, .. } => question.subject(model, 3),
            Self::AskSystem { question, .. } => question.subject(model, 4),
            Self::SystemSays { question, .. } => question.subject(model, 5),
            Self::AskOrder { question } => question.subject(model, 6),
            Self::OrderSays { question, .. } => question.subject(model, 7),
            Self::RepairOverdue { repair, attempt } => {
                Subject::new(mix(model.names, 0x17E5), u64::from(repair) | u64::from(attempt) << 16)
            }
        }
    }
}

/// Where a pass stands. Only whether one is to be made is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Phase {
    /// None is to be made.
    #[default]
    Idle,
    /// It waits for its time.
    Armed,
    /// The OMS is asked.
    AskingOms,
    /// Systems are asked.
    AskingSystems,
}

/// An item under rules that look equally soon.
#[derive(Clone, Copy, Debug, Hash)]
struct Check {
    order: u16,
    item: ItemIx,
    /// The first of its rules.
    of: u8,
    due: Time,
    /// The pass that is made or was made last.
    round: u8,
    phase: Phase,
    /// How often it asked in this round, before and after crashes: each question has a number of its own.
    attempt: u8,
    /// Whether no more passes are made, though there could be something to find.
    settled: bool,
    // Volatile from here on.
    /// How often it asked those whom it asks now.
    tried: u8,
    state: OrderState,
    applies: u64,
    /// The rules, by their place in the check, whose systems have not answered.
    pending: u8,
    /// Whether this pass found something.
    found: bool,
    /// Whether a record changed while it was made.
    changed: bool,
    timer: TimerId,
}

/// The reconciler.
#[derive(Debug, Default, Hash)]
pub struct Reconciler {
    checks: Vec<Check>,
    cases: Vec<Case>,
    repairs: Vec<Repair>,
    restarts: u8,
    /// How many passes it makes for one check.
    rounds_max: u8,
    // Volatile from here on.
    /// The orders that it asks about after a restart, and how often it asked.
    scanning: Vec<bool>,
    scans: u8,
}

impl Clone for Reconciler {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.checks.clone_from(&from.checks);
        self.cases.clone_from(&from.cases);
        self.repairs.clone_from(&from.repairs);
        self.restarts = from.restarts;
        self.rounds_max = from.rounds_max;
        self.scanning.clone_from(&from.scanning);
        self.scans = from.scans;
    }
}

impl Reconciler {
    /// Brings it to its initial state.
    pub fn reset(&mut self, _model: &Model, workload: &Workload) {
        self.checks.clear();
        self.cases.clear();
        self.repairs.clear();
        self.restarts = 0;
        self.rounds_max = ROUNDS_MAX;
        self.scanning.clear();
        self.scanning.resize(workload.orders.len(), false);
        self.scans = 0;
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Reconciler(message) => self.hear(cx, message),
            Message::Reply { call, answer, .. } => self.repaired(cx, call, answer),
            Message::Operate { order, case, action, .. } => self.operated(cx, (order, case), action),
            _ => {}
        }
    }

    fn hear(&mut self, cx: &mut Cx<'_>, message: ReconcilerMessage) {
        match message {
            ReconcilerMessage::Returned => self.returned(cx),
            ReconcilerMessage::ItemDone { order, item, .. } => self.item_done(cx, order, item),
            ReconcilerMessage::RecordChanged { order, item, operation, .. } => {
                self.record_changed(cx, (order, item), operation);
            }
            ReconcilerMessage::Pass { question } => self.pass(cx, question),
            ReconcilerMessage::Overdue { question } => self.overdue(cx, question),
            ReconcilerMessage::OmsSays { question, state, applies } => self.oms_says(cx, question, (state, applies)),
            ReconcilerMessage::SystemSays { question, count, refused } => {
                self.system_says(cx, question, (count, refused));
            }
            ReconcilerMessage::OrderSays { question, done } => self.order_says(cx, question, done),
            ReconcilerMessage::RepairOverdue { repair, attempt } => self.repair_overdue(cx, repair, attempt),
            ReconcilerMessage::AskOms { .. }
            | ReconcilerMessage::AskSystem { .. }
            | ReconcilerMessage::AskOrder { .. } => {}
        }
    }

    /// Drops the volatile state: the passes that it was making.
    pub fn crash(&mut self) -> bool {
        let mut lost = self.repairs.iter().any(|repair| repair.open);
        for check in &mut self.checks {
            check.timer = TimerId::NONE;
            if matches!(check.phase, Phase::AskingOms | Phase::AskingSystems) {
                check.phase = Phase::Armed;
                lost = true;
            }
        }
        lost |= self.scanning.contains(&true);
        self.scanning.fill(false);
        lost
    }

    /// Recovers from the durable state: passes and repairs are taken up again, and the order table is read once.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        self.restarts = self.restarts.saturating_add(1);
        for ix in 0..self.checks.len() {
            if self.checks[ix].phase != Phase::Idle {
                self.arm(cx, ix);
            }
        }
        for ix in 0..self.repairs.len() {
            if self.repairs[ix].open {
                self.send_repair(cx, ix);
            }
        }
        self.scanning.fill(true);
        self.scans = 0;
        self.scan(cx);
    }
}
