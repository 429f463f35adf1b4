//! The order that a call is about: of a TMF622 file, or as a repro file kept it.

use std::path::Path;

use scenarios::definition::{ChargeKind, SagaFile};
use scenarios::model::{Charge, Model};
use scenarios::orders::tmf622::{ImportedItem, ImportedOrder, Mapped, OrderWarning, map_to};
use scenarios::replay::{OrderedItem, OrderedPrice};

use crate::files;
use crate::options::{Error, Subject};

/// Where the order comes from.
#[derive(Clone, Copy, Debug)]
pub enum Order<'a> {
    /// From nowhere: orders are generated.
    Generated,
    /// From a TMF622 file.
    File(&'a Path),
    /// As it was kept; nothing, where orders were generated.
    Kept(&'a [OrderedItem]),
}

impl<'a> Order<'a> {
    /// The order that a call names.
    #[must_use]
    pub fn of(subject: &'a Subject) -> Self {
        subject.order.as_deref().map_or(Self::Generated, Self::File)
    }

    /// Its items, over those of a saga, and what to know of them, a sentence each.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for a file that is no order, or one that the saga cannot run.
    pub fn items(self, saga: &SagaFile, model: &Model) -> Result<(Vec<OrderedItem>, Vec<String>), Error> {
        match self {
            Self::Generated => Ok((Vec::new(), Vec::new())),
            Self::File(path) => read(path, saga, model),
            Self::Kept(items) => Ok((items.to_vec(), Vec::new())),
        }
    }
}

/// Reads an order; its prices are the accepted snapshot.
fn read(path: &Path, saga: &SagaFile, model: &Model) -> Result<(Vec<OrderedItem>, Vec<String>), Error> {
    let name = path.display().to_string();
    let bytes = files::read(path).map_err(|why| Error::Input(format!("{name}: {why}")))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::Input(format!("{name}: the file is empty; expected a TMF622 product order as JSON")));
    }
    let order = ImportedOrder::read(&bytes, &name).map_err(|error| Error::Input(error.to_string()))?;
    let offerings: Vec<(&str, &str)> = saga
        .saga
        .items
        .iter()
        .map(|item| (item.id.as_str(), item.value.offering.as_ref().map_or(item.id.as_str(), |o| o.value.as_str())))
        .collect();
    let mapped = map_to(&order, &offerings).map_err(|error| Error::Input(error.to_string()))?;
    let mut notes = order.warnings.clone();
    let mut items = Vec::new();
    for place in 0..offerings.len() {
        let mut lines = mapped.items.iter().filter(|item| item.definition_item == place);
        let Some(first) = lines.next().map(|item| &order.items[item.order_item]) else { continue };
        let others = lines.map(|item| &order.items[item.order_item]).collect::<Vec<_>>();
        let item = &model.items[place].id;
        several(item, first, &others, &mut notes);
        let charges: Vec<&Charge> =
            model.items[place].charges.iter().map(|charge| &model.charges[charge.ix()]).collect();
        items.push(OrderedItem { item: item.clone(), prices: prices(first, &charges, &mut notes) });
    }
    bundles(&order, &mapped, &mut notes);
    if order.items.iter().any(|line| !line.traits.is_empty()) {
        let message = "characteristics are not applied: runs take the traits that the definition has";
        notes.push(note("productOrderItem[].product.productCharacteristic", message.to_owned()));
    }
    Ok((items, notes.iter().map(|note| format!("{name}: {note}")).collect()))
}

fn note(path: &str, message: String) -> OrderWarning {
    OrderWarning { path: path.to_owned(), message }
}

/// An item of a saga is there once in an order: says so where more of it are ordered, by number or by further lines.
fn several(item: &str, first: &ImportedItem, others: &[&ImportedItem], notes: &mut Vec<OrderWarning>) {
    let ordered: u64 = u64::from(first.quantity) + others.iter().map(|line| u64::from(line.quantity)).sum::<u64>();
    if ordered > 1 {
        let whose = if others.is_empty() { "" } else { ", as this line has it" };
        notes.push(note(&first.path, format!("the order has {ordered} of {item}; one is simulated{whose}")));
    }
}

/// As for items, for bundles that nothing but their children runs.
fn bundles(order: &ImportedOrder, mapped: &Mapped, notes: &mut Vec<OrderWarning>) {
    for line in mapped.bundles.iter().map(|bundle| &order.items[bundle.order_item]).filter(|line| line.quantity > 1) {
        notes.push(note(&line.path, format!("the order has {} of this bundle; one is simulated", line.quantity)));
    }
}

/// Which price is that of which charge: the one of its name, or the next of its kind that no other charge has by name.
/// What is taken otherwise than it stands there, or not at all, is said.
fn prices(line: &ImportedItem, charges: &[&Charge], notes: &mut Vec<OrderWarning>) -> Vec<OrderedPrice> {
    let is_of = |price: usize, charge: &Charge| (line.prices[price].kind == ChargeKind::Recurring) == charge.recurring;
    let mut of: Vec<Option<usize>> =
        charges.iter().map(|charge| line.prices.iter().position(|price| price.name == charge.id)).collect();
    let mut taken: Vec<bool> = (0..line.prices.len()).map(|price| of.contains(&Some(price))).collect();
    for (charge, price) in charges.iter().zip(&mut of).filter(|(_, price)| price.is_none()) {
        let free = (0..taken.len()).find(|price| !taken[*price] && is_of(*price, charge));
        if let Some(free) = free {
            taken[free] = true;
        }
        let other = free.is_none().then(|| (0..taken.len()).find(|price| is_of(*price, charge))).flatten();
        if let Some(other) = other {
            let message = format!("the order has no other price for the charge {}; it costs this, too", charge.id);
            notes.push(note(&line.prices[other].path, message));
        }
        *price = free.or(other);
    }
    for (price, _) in line.prices.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        notes.push(note(&price.path, "no charge of the definition has this price; it is not simulated".to_owned()));
    }
    let mut found = Vec::new();
    for (charge, price) in charges.iter().zip(of) {
        let Some(price) = price.map(|price| &line.prices[price]) else {
            let message =
                format!("the order has no price for the charge {}; it costs what the definition says", charge.id);
            notes.push(note(&line.path, message));
            continue;
        };
        if price.amount.currency.code() != code(charge) {
            let message = format!(
                "the charge {} is in {} in the definition; the run charges {}, with no conversion",
                charge.id,
                code(charge),
                price.amount
            );
            notes.push(note(&price.path, message));
        }
        found.push(OrderedPrice { charge: charge.id.clone(), price: price.amount });
    }
    found
}

fn code(charge: &Charge) -> String {
    String::from_utf8_lossy(&charge.currency).into_owned()
}

#[cfg(test)]
mod tests {
    use scenarios::definition::Span;
    use scenarios::model::ItemIx;
    use serde_json::json;

    use super::*;

    /// Prices as they are written: name, kind, amount.
    type Written<'a> = &'a [(&'a str, &'a str, u64)];

    fn charge(id: &str, recurring: bool) -> Charge {
        Charge {
            id: id.to_owned(),
            span: Span::NONE,
            item: ItemIx(0),
            recurring,
            period: None,
            amount: 100,
            currency: *b"EUR",
            bill_on: None,
            latest: None,
            trial: sim_core::Duration::ZERO,
            step: None,
        }
    }

    /// The prices that charges `a` and `b`, which fall due once, and `c` and `d`, which recur, have by an order of these;
    /// amounts are those of the prices, and how much is said.
    #[test]
    fn each_charge_has_a_price_of_its_own_where_there_is_one() {
        let cases: [(Written<'_>, &str, usize); 6] = [
            (&[("", "oneTime", 1), ("", "recurring", 2), ("", "oneTime", 3), ("", "recurring", 4)], "a1 b3 c2 d4", 0),
            (&[("d", "recurring", 4), ("b", "oneTime", 3), ("", "recurring", 2), ("", "oneTime", 1)], "a1 b3 c2 d4", 0),
            (&[("b", "oneTime", 3), ("", "recurring", 2)], "a3 b3 c2 d2", 2),
            (&[("a", "oneTime", 1)], "a1 b1", 3),
            (&[("", "recurring", 1), ("", "recurring", 2), ("", "recurring", 3)], "c1 d2", 3),
            (&[], "", 4),
        ];
        let charges = [charge("a", false), charge("b", false), charge("c", true), charge("d", true)];
        for (written, expected, said) in cases {
            let prices: Vec<_> = written
                .iter()
                .map(|(name, kind, value)| {
                    json!({
                        "name": name, "priceType": kind, "recurringChargePeriod": "month",
                        "price": { "dutyFreeAmount": { "unit": "EUR", "value": value } }
                    })
                })
                .collect();
            let line = json!({ "id": "1", "action": "add", "productOffering": { "id": "o" }, "itemPrice": prices });
            let order = json!({ "productOrderItem": [line] }).to_string();
            let order = ImportedOrder::read(order.as_bytes(), "o.json").expect("an order");
            let mut notes = Vec::new();
            let found = super::prices(&order.items[0], &charges.iter().collect::<Vec<_>>(), &mut notes);
            let found: Vec<String> =
                found.iter().map(|price| format!("{}{}", price.charge, price.price.minor / 100)).collect();
            assert_eq!((found.join(" ").as_str(), notes.len()), (expected, said), "{written:?}: {notes:?}");
        }
    }
}
