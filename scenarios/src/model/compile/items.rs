//! Items and charges: the claims.

use sim_core::hash::names;

use super::{Compiler, duration, value};
use crate::definition::{self, ChargeKind, Named, StepKind};
use crate::model::{Charge, ChargeIx, Item, ItemIx, StepIx};
use crate::predicate::Type;

impl Compiler<'_> {
    pub(super) fn items(&mut self) -> (Vec<Item>, Vec<Charge>) {
        let saga = self.saga;
        let (mut items, mut charges) = (Vec::new(), Vec::new());
        for (i, named) in saga.items.iter().enumerate() {
            let ix = ItemIx(i as u8);
            let first = charges.len();
            for charge in &named.value.charges {
                let compiled = self.compiled_charge(ix, &named.id, charge);
                charges.push(compiled);
            }
            let steps = self.steps_of(&named.id);
            let pivot = steps.iter().copied().find(|step| saga.steps[step.ix()].is_pivot());
            items.push(Item {
                id: named.id.value.clone(),
                offering: named.value.offering.as_ref().map(|offering| offering.value.clone()).unwrap_or_default(),
                names: names(&[&saga.name, &named.id]),
                span: named.value.span,
                complete_after: self.complete_after(&named.value, &steps),
                relies_on: named.value.relies_on.iter().filter_map(|name| self.item(name)).collect(),
                relied_on_by: Vec::new(),
                bundles: named.value.bundles.iter().filter_map(|name| self.item(name)).collect(),
                charges: (first..charges.len()).map(|i| ChargeIx(i as u16)).collect(),
                pivot,
                traits: self.traits(&named.value),
                steps,
            });
        }
        for i in 0..items.len() {
            for other in items[i].relies_on.clone() {
                items[other.ix()].relied_on_by.push(ItemIx(i as u8));
            }
        }
        (items, charges)
    }

    fn steps_of(&self, item: &str) -> Vec<StepIx> {
        let steps = self.saga.steps.iter().enumerate();
        let of_item = steps.filter(|(_, step)| step.item.as_ref().is_some_and(|name| name.value == item));
        of_item.map(|(i, _)| StepIx(i as u16)).collect()
    }

    /// What the item claims to be complete after: where it does not say, its provisioning and shipping steps, and where
    /// it has none of these, its last steps.
    fn complete_after(&mut self, item: &definition::Item, steps: &[StepIx]) -> Vec<StepIx> {
        if let Some(names) = &item.complete_after {
            return self.step_list(names);
        }
        let all = &self.saga.steps;
        let delivers =
            |step: &&StepIx| matches!(all[step.ix()].kind.value, StepKind::Provisioning | StepKind::Shipping);
        let delivering: Vec<StepIx> = steps.iter().filter(delivers).copied().collect();
        if !delivering.is_empty() {
            return delivering;
        }
        let is_last = |step: &&StepIx| {
            let id = all[step.ix()].id.as_str();
            !steps.iter().any(|other| all[other.ix()].after.iter().any(|name| name.value == id))
        };
        steps.iter().filter(is_last).copied().collect()
    }

    /// The values of the item's traits, by the vocabulary's number of each trait.
    fn traits(&mut self, item: &definition::Item) -> Vec<Vec<u32>> {
        let mut traits = Vec::new();
        for named in &item.traits {
            // The vocabulary knows every trait of the saga by now, so this only looks the number up.
            let Ok(number) = self.vocabulary.add_trait(&named.id, Type::Text) else { continue };
            let number = usize::from(number);
            traits.resize(traits.len().max(number + 1), Vec::new());
            traits[number] = named.value.iter().map(|value| self.vocabulary.intern(value)).collect();
        }
        traits
    }

    fn compiled_charge(&mut self, item: ItemIx, item_id: &str, charge: &Named<definition::Charge>) -> Charge {
        let Named { id, value: written } = charge;
        let bills = |step: &&definition::Step| {
            let of_item = step.item.as_ref().is_some_and(|name| name.value == item_id);
            of_item && step.kind.value == StepKind::Billing && step.charge.as_ref().is_some_and(|c| c.value == id.value)
        };
        let step = self.saga.steps.iter().find(bills).and_then(|step| self.steps.get(step.id.as_str())).copied();
        let amount = value(written.amount.as_ref());
        // A charge without an amount is a finding; it is simulated as nothing, in no currency.
        let currency = amount.map_or(*b"XXX", |money| {
            let code = money.currency.code().as_bytes();
            [code[0], code[1], code[2]]
        });
        Charge {
            id: id.value.clone(),
            span: written.span,
            item,
            recurring: written.kind.is_some_and(|kind| kind.value == ChargeKind::Recurring),
            period: value(written.period.as_ref()),
            amount: amount.map_or(0, |money| money.minor),
            currency,
            bill_on: written.bill_on.as_ref().and_then(|name| self.step(name)),
            latest: duration(written.latest.as_ref()),
            trial: sim_core::Duration::ZERO,
            step,
        }
    }
}
