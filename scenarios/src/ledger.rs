//! The ledger of real effects: what each downstream system really did, kept where no node can read it.
//!
//! Only the side that has an effect writes a row, at the moment of the effect. Every row names the *intent* it serves,
//! which travels with the call out of band: (order, step, revision). Exactly-once is judged here, per intent, an undo
//! paired with the row it undoes; never by counting, and never from the systems' own tables.

use sim_core::Time;
use sim_core::hash::Unhashed;

use crate::catalogue::Catalogue;
use crate::definition::EffectKind;
use crate::message::CallRef;
use crate::model::{EffectIx, OpIx, StepIx};
use crate::workload::Workload;

/// One real effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effect {
    /// When.
    pub time: Time,
    /// The engine event that caused it.
    pub event: Unhashed<u32>,
    /// The attempt of the call that had it.
    pub call: CallRef,
    /// The idempotency key that came with it.
    pub key: u64,
    /// The operation.
    pub operation: OpIx,
    /// What kind of effect.
    pub kind: EffectKind,
    /// The record at the system.
    pub record: u32,
    /// The amount in minor units, of a financial effect; negative for a credit.
    pub amount: i64,
    /// The effect that this one undoes.
    pub undoes: Option<EffectIx>,
    /// The undo of this one.
    pub undone_by: Option<EffectIx>,
    /// Whether only a part of the effect happened.
    pub partial: bool,
    /// Whether it is not the effect that was asked for.
    pub wrong: bool,
}

impl Effect {
    /// Whether the effect stands: it is none that undoes another, and nothing has undone it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.undoes.is_none() && self.undone_by.is_none()
    }

    /// Whether it serves the intent of this call: the same order, step and revision.
    #[must_use]
    pub fn serves(&self, order: u16, step: StepIx, revision: u16) -> bool {
        self.call.order == order && self.call.step == step && self.call.revision == revision
    }
}

/// All real effects of a run, with the workload that it was given.
#[derive(Debug, Default, Hash)]
pub struct Ledger {
    /// The rows in the order in which they happened.
    pub effects: Vec<Effect>,
    /// The price lists that were published: what everybody can look up is no effect either.
    pub catalogue: Catalogue,
    /// What the run was asked to do. Not an effect; it lives here because both are outside the nodes.
    pub workload: Workload,
}

impl Clone for Ledger {
    fn clone(&self) -> Self {
        Self { effects: self.effects.clone(), catalogue: self.catalogue.clone(), workload: self.workload.clone() }
    }

    fn clone_from(&mut self, from: &Self) {
        self.effects.clone_from(&from.effects);
        self.catalogue.clone_from(&from.catalogue);
        self.workload.clone_from(&from.workload);
    }
}

impl Ledger {
    /// Adds a row. Undoing an effect that is already undone leaves the first pairing as it is: `undo-once` judges it.
    pub fn add(&mut self, effect: Effect) -> EffectIx {
        let ix = EffectIx(self.effects.len() as u32);
        if let Some(undone) = effect.undoes {
            self.effects[undone.ix()].undone_by.get_or_insert(ix);
        }
        self.effects.push(effect);
        ix
    }

    /// A row.
    #[must_use]
    pub fn effect(&self, ix: EffectIx) -> &Effect {
        &self.effects[ix.ix()]
    }

    /// The live effects of a step of an order, whatever their revision.
    pub fn live(&self, order: u16, step: StepIx) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |e| e.call.order == order && e.call.step == step && e.is_live())
    }

    /// Whether a step of an order ever had its effect.
    #[must_use]
    pub fn ever(&self, order: u16, step: StepIx) -> bool {
        self.effects.iter().any(|e| e.call.order == order && e.call.step == step && e.undoes.is_none())
    }
}
