//! Real effects as sentences.

use iso_currency::Currency;

use super::Words;
use crate::definition::{EffectKind, Money};
use crate::ledger::Effect;
use crate::model::{ChargeIx, EffectIx};
use crate::money::show_money;

impl Words<'_> {
    /// What a system did: `charges 89.90 EUR for order-1/router`, with `again` where it stands already.
    #[must_use]
    pub fn effect(&self, ix: EffectIx) -> String {
        let Some(effect) = self.ledger.effects.get(ix.ix()) else { return "has an effect".to_owned() };
        let mut text = self.deed(effect);
        if effect.partial {
            text = format!("does only a part: {text}");
        }
        text.push_str(&format!(" for {}", self.owner(effect.call.order, effect.call.step)));
        if effect.wrong {
            text.push_str(", which is not what was asked for");
        }
        if effect.call.attempt == 0 {
            text.push_str(", by hand");
        }
        if self.is_again(ix) {
            text.push_str(" again");
        }
        text
    }

    /// Whether an effect stands beside one that served the same purpose.
    #[must_use]
    pub fn is_again(&self, ix: EffectIx) -> bool {
        let Some(effect) = self.ledger.effects.get(ix.ix()) else { return false };
        self.ledger.effects[..ix.ix()].iter().any(|earlier| {
            // Each event that a consumer acts on asks for an effect of its own.
            let same = (earlier.call.order, earlier.call.step) == (effect.call.order, effect.call.step)
                && (effect.call.step.0 < self.model().undo_end || earlier.call.revision == effect.call.revision);
            let stood = earlier.undone_by.is_none_or(|undo| undo > ix);
            let twice_undone = effect.undoes.is_some() && effect.undoes == earlier.undoes;
            same && (twice_undone || (effect.undoes.is_none() && earlier.undoes.is_none() && stood))
        })
    }

    /// The deed without its beneficiary.
    fn deed(&self, effect: &Effect) -> String {
        let operation = self.model().operation(effect.operation);
        let short = operation.id.rsplit('.').next().unwrap_or(&operation.id);
        let undoes = effect.undoes.is_some() || operation.undoes.is_some();
        let updates = operation.updates.is_some();
        match (effect.kind, undoes) {
            (EffectKind::Financial, true) if effect.amount != 0 => {
                format!("credits {}", self.amount(effect, effect.amount.saturating_abs()))
            }
            (EffectKind::Financial, false) if effect.amount != 0 => {
                format!("charges {}", self.amount(effect, effect.amount))
            }
            _ if updates => format!("carries out {short}"),
            (EffectKind::Reservation, false) => "reserves one".to_owned(),
            (EffectKind::Reservation, true) => "releases the reservation".to_owned(),
            (EffectKind::Service, false) => "turns the service on".to_owned(),
            (EffectKind::Service, true) => "turns the service off".to_owned(),
            (EffectKind::Asset, false) => "records the asset".to_owned(),
            (EffectKind::Asset, true) => "reverses the asset".to_owned(),
            (EffectKind::Shipment, false) => "ships the goods".to_owned(),
            (EffectKind::Shipment, true) => "takes the shipment back".to_owned(),
            (EffectKind::Message, false) => "sends the message".to_owned(),
            _ => format!("carries out {short}"),
        }
    }

    /// An amount in the currency of the charge that an effect is about.
    fn amount(&self, effect: &Effect, minor: i64) -> String {
        let model = self.model();
        let origin = effect.undoes.and_then(|undone| self.ledger.effects.get(undone.ix())).unwrap_or(effect);
        let step = model.steps.get(origin.call.step.ix());
        let undone = step.and_then(|step| step.undoes).and_then(|undone| model.steps.get(undone.ix()));
        let charge = step.and_then(|step| step.charge).or_else(|| undone.and_then(|step| step.charge));
        self.money(charge, minor)
    }

    /// An amount in the currency of a charge; without one in that of the first charge.
    pub(super) fn money(&self, charge: Option<ChargeIx>, minor: i64) -> String {
        let charges = &self.model().charges;
        let charge = charge.and_then(|charge| charges.get(charge.ix())).or_else(|| charges.first());
        let code = charge.and_then(|charge| std::str::from_utf8(&charge.currency).ok());
        match code.and_then(Currency::from_code) {
            Some(currency) => show_money(Money { minor, currency }),
            None => minor.to_string(),
        }
    }
}
