//! An order that was given to a call, by business identity: its items and what their charges cost. A repro file carries it,
//! for what breaks may depend on a price that no definition has.

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::definition::Money;
use crate::model::Model;

/// An item of the order that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedItem {
    /// The item of the definition that runs it.
    pub item: String,
    /// The accepted prices of its charges; the others cost what the definition says.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub prices: Vec<OrderedPrice>,
}

/// What a charge costs by the order that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedPrice {
    /// The charge.
    pub charge: String,
    /// Its price, such as `7.00 USD`.
    #[serde(with = "money_text")]
    pub price: Money,
}

/// Puts the prices into a model. Gives the items as a mask, and what of them the model does not have.
pub fn take_over(ordered: &[OrderedItem], model: &mut Model) -> (u64, Vec<String>) {
    let (mut items, mut gone) = (0, Vec::new());
    for row in ordered {
        let Some(place) = model.items.iter().position(|item| item.id == row.item) else {
            gone.push(format!("item {}", row.item));
            continue;
        };
        items |= 1 << place;
        let charges = model.items[place].charges.clone();
        for priced in &row.prices {
            let charge = charges.iter().find(|charge| model.charges[charge.ix()].id == priced.charge);
            let code = priced.price.currency.code().as_bytes().try_into();
            let (Some(charge), Ok(code)) = (charge, code) else {
                gone.push(format!("charge {} of {}", priced.charge, row.item));
                continue;
            };
            let charge = &mut model.charges[charge.ix()];
            (charge.amount, charge.currency) = (priced.price.minor, code);
        }
    }
    (items, gone)
}

/// Money as people write it.
mod money_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{Currency, Money};

    pub fn serialize<S: Serializer>(money: &Money, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(money)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom("a price is an amount with its currency, such as \"120.00 EUR\"");
        let (amount, code) = text.split_once(' ').ok_or_else(wrong)?;
        Money::parse(amount, Currency::from_code(code).ok_or_else(wrong)?).map_err(|_| wrong())
    }
}
