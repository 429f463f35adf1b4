//! What a system stores: records, the requests it carried out, and what must not come any more.

use sim_core::Time;

use crate::message::{Answer, CallRef};
use crate::model::{ChargeIx, EffectIx, ItemIx, Model, OpIx, StepIx};

/// Whether and how a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RecordState {
    /// Asked for; its effect is still to come.
    #[default]
    Requested,
    /// Its effect stands.
    Active,
    /// Its effect stands, and was changed since (a stopped charge).
    Changed,
    /// Its effect was undone, or will never come.
    Undone,
}

/// A record of a system.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Record {
    /// The operation that made it.
    pub operation: OpIx,
    /// The order.
    pub order: u16,
    /// The step that called.
    pub step: StepIx,
    /// The revision of that step.
    pub revision: u16,
    /// The item it belongs to.
    pub item: ItemIx,
    /// The charge, 65535 for none.
    pub charge: ChargeIx,
    /// The key of the request.
    pub key: u64,
    /// Its id at the system, from 1.
    pub number: u32,
    /// Whether and how it stands.
    pub state: RecordState,
    /// Its state in the words of the contract, as a symbol of the vocabulary.
    pub symbol: Option<u32>,
    /// The state before its last change.
    pub was: Option<u32>,
    /// The amount in minor units, of a financial record.
    pub amount: i64,
    /// Its row in the ledger, once its effect happened.
    pub effect: Option<EffectIx>,
    /// When it was made.
    pub created: Time,
    /// When it was changed last.
    pub changed: Time,
    /// Whether only a part of it is there.
    pub partial: bool,
    /// The key under which a part of its undo happened, 0 for none.
    pub undone_in_part: u64,
    /// The key under which it was undone, 0 for none.
    pub undone_by: u64,
    /// Whether it was deleted: nothing is left of it.
    pub gone: bool,
    /// Whether a person made it in the screens of the system: no request did.
    pub by_hand: bool,
}

impl Record {
    /// Whether its effect stands.
    #[must_use]
    pub fn stands(&self) -> bool {
        !self.gone && matches!(self.state, RecordState::Active | RecordState::Changed)
    }

    /// Brings it into another state.
    pub(super) fn set(&mut self, now: Time, state: RecordState, symbol: Option<u32>) {
        self.state = state;
        self.changed = now;
        if symbol.is_some() {
            self.was = self.symbol;
            self.symbol = symbol;
        }
    }
}

/// What a request is about in business terms: two requests of one identity ask for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The order.
    pub order: u16,
    /// The item.
    pub item: ItemIx,
    /// The operation.
    pub operation: OpIx,
    /// The charge, 65535 for none.
    pub charge: ChargeIx,
    /// How often it was redone; of a consumer's call: the event.
    pub revision: u16,
}

/// Stands for no charge.
pub(super) const NO_CHARGE: ChargeIx = ChargeIx(u16::MAX);

impl Identity {
    /// The identity of a call of an operation.
    #[must_use]
    pub fn of(model: &Model, call: CallRef, operation: OpIx) -> Self {
        let step = model.step(call.step);
        Self {
            order: call.order,
            item: step.item,
            operation,
            charge: charge_of(model, call.step),
            revision: call.revision,
        }
    }
}

/// The charge that a step is about; of an undo step, that of what it undoes.
pub(super) fn charge_of(model: &Model, step: StepIx) -> ChargeIx {
    let step = model.step(step);
    let undone = || step.undoes.and_then(|undone| model.step(undone).charge);
    step.charge.or_else(undone).unwrap_or(NO_CHARGE)
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Its key is recorded, its effect is still to come.
    Begun,
    /// It was taken; its result comes in a callback.
    Accepted,
    /// It was carried out.
    Done,
    /// A part of it was carried out.
    Part,
    /// It was refused: this request and older ones of its key meet the same answer, a later one is judged anew.
    Refused(Answer),
    /// It was undone before it was carried out.
    Withdrawn,
    /// Its record was deleted, and the memory of the request with it.
    Forgotten,
}

/// A request that a system carried out or refused.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Entry {
    /// What it was about.
    pub identity: Identity,
    /// The step that called.
    pub step: StepIx,
    /// The attempt that was judged.
    pub attempt: u8,
    /// Its key.
    pub key: u64,
    /// A digest of its payload.
    pub payload: u32,
    /// When.
    pub at: Time,
    /// What became of it.
    pub standing: Standing,
    /// The number that it was answered with, 0 for none.
    pub number: u32,
    /// The record, as an index.
    pub record: Option<u32>,
}

/// What must not come any more: it was undone before it was done.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Tombstone {
    /// The key of the request that is kept out, 0 where the undo did not know it.
    pub target: u64,
    /// Its order.
    pub order: u16,
    /// Its step.
    pub step: Option<StepIx>,
    /// Its revision; a later one is another request.
    pub revision: u16,
}

/// What came of carrying out a request.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// The number that it is answered with, 0 for none.
    pub number: u32,
    /// The record, as an index.
    pub record: Option<u32>,
    /// What is to be remembered; `None`: nothing, so that a repetition is a new request.
    pub standing: Option<Standing>,
}

impl Outcome {
    pub(super) fn done(number: u32, record: Option<u32>) -> Self {
        Self { answer: Answer::Succeeded, number, record, standing: Some(Standing::Done) }
    }

    pub(super) fn refused(answer: Answer) -> Self {
        Self { answer, number: 0, record: None, standing: Some(Standing::Refused(answer)) }
    }
}
