//! Import of a TMF622 v4 `ProductOrder` in JSON (3-domain, section 2).
//!
//! ```text
//! bytes -> json (bounded tree) -> read (items, prices, relations) -> ImportedOrder -> map_to(items of a definition)
//! ```
//!
//! What a run needs is read exactly or refused with its JSON path: amounts come from the number's text and are never
//! rounded. What a run does not need is named in one warning, so that nobody believes it was simulated.

mod json;
mod map;
mod price;
mod read;
mod relations;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;

use jiff::Timestamp;

use crate::definition::{ChargeKind, Money, Period};

pub use map::{Mapped, MappedBundle, MappedItem, map_to};

/// Longest accepted payload, in bytes.
pub const ORDER_BYTES_MAX: usize = 64 << 20;
/// Most order items of one payload.
pub const ORDER_ITEMS_MAX: usize = 10_000;
/// Most JSON values of one payload; it bounds the memory that a payload can take.
pub const ORDER_VALUES_MAX: u32 = 1_000_000;

/// A product order as it was posted, in the terms of the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrder {
    /// The file's name, for messages.
    pub file: String,
    /// `externalId`, or `id` where there is none.
    pub external_id: Option<String>,
    /// `requestedStartDate`.
    pub requested_start: Option<Timestamp>,
    /// `requestedCompletionDate`.
    pub requested_completion: Option<Timestamp>,
    /// The items in the order of the payload; an item that is nested in another follows it.
    pub items: Vec<ImportedItem>,
    /// What a person should know before trusting the run.
    pub warnings: Vec<OrderWarning>,
}

/// One order item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedItem {
    /// Where it stands in the payload, such as `productOrderItem[1]`.
    pub path: String,
    /// `id`, unique in the order.
    pub id: String,
    /// `action`.
    pub action: ItemAction,
    /// `productOffering.id`.
    pub offering_id: Option<String>,
    /// `productOffering.name`.
    pub offering_name: Option<String>,
    /// `quantity`, at least 1.
    pub quantity: u32,
    /// Prices that become charges, in the order of the payload.
    pub prices: Vec<ImportedPrice>,
    /// Items that this one bundles, as positions in [`ImportedOrder::items`].
    pub bundles: Vec<usize>,
    /// Items that this one relies on, as positions in [`ImportedOrder::items`].
    pub relies_on: Vec<usize>,
    /// `product.productCharacteristic` with a plain value: name and value.
    pub traits: Vec<(String, String)>,
}

impl ImportedItem {
    /// True for a bundle parent without a price: it has nothing of its own to do and completes with its children.
    #[must_use]
    pub fn completes_with_children(&self) -> bool {
        !self.bundles.is_empty() && self.prices.is_empty()
    }
}

/// What the order does with an item (TMF622 v4 `OrderItemActionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemAction {
    /// A new product.
    Add,
    /// A change of an installed product.
    Modify,
    /// The end of an installed product.
    Delete,
    /// Named only because others refer to it.
    NoChange,
}

impl ItemAction {
    const WORDS: [(&'static str, ItemAction); 4] = [
        ("add", ItemAction::Add),
        ("modify", ItemAction::Modify),
        ("delete", ItemAction::Delete),
        ("noChange", ItemAction::NoChange),
    ];

    /// The word of the standard.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, action)| *action == self).map_or("", |(word, _)| word)
    }
}

/// One price of an item: a part of the accepted snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPrice {
    /// Where it stands in the payload.
    pub path: String,
    /// `name`, empty when the payload has none.
    pub name: String,
    /// One-time or recurring.
    pub kind: ChargeKind,
    /// How often a recurring price falls due.
    pub period: Option<Period>,
    /// The amount without tax, or the one with tax where the payload has no other.
    pub amount: Money,
    /// The amount with tax, where the payload has both.
    pub tax_included: Option<Money>,
    /// Discounts and surcharges, in the order of the payload.
    pub alterations: Vec<Alteration>,
}

/// A price alteration (`priceAlteration`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// `name`, empty when the payload has none.
    pub name: String,
    /// One-time or recurring.
    pub kind: ChargeKind,
    /// `priority`: lower is applied first.
    pub priority: Option<u32>,
    /// `applicationDuration`: for how many periods it holds.
    pub periods: Option<u32>,
    /// `recurringChargePeriod`.
    pub period: Option<Period>,
    /// What it changes.
    pub effect: AlterationEffect,
}

/// What an alteration changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlterationEffect {
    /// A part of the price, in hundredths of a per cent: 2000 is 20 %.
    PercentHundredths(i64),
    /// An amount.
    Amount(Money),
}

/// Something about a payload that does not stop the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderWarning {
    /// JSON path, such as `productOrderItem[1].quantity`; empty for the whole order.
    pub path: String,
    /// What was found and what the run does about it.
    pub message: String,
}

impl fmt::Display for OrderWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Why a payload is no order that can be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The payload is too long to be read.
    #[error("{file}: the order is {bytes} bytes long, expected at most {ORDER_BYTES_MAX}")]
    TooLarge {
        /// The file.
        file: String,
        /// Its length.
        bytes: usize,
    },
    /// The payload is not JSON, repeats a key, or is too deep or too large.
    #[error("{file}:{line}:{column}: {message} (at {path})")]
    Json {
        /// The file.
        file: String,
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// JSON path of the value that was being read.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A value is missing, of the wrong type or without meaning.
    #[error("{file}: {path}: expected {expected}, found {found}")]
    Value {
        /// The file.
        file: String,
        /// JSON path of the value.
        path: String,
        /// What the standard or the simulation needs there.
        expected: String,
        /// What stands there, shortened.
        found: String,
    },
    /// No item of the definition has the offering.
    #[error("{file}: {path}: no item of the definition has the offering {offering}{}", nearest_words(nearest.as_ref()))]
    Unmapped {
        /// The file.
        file: String,
        /// JSON path of the offering.
        path: String,
        /// Id and name of the offering.
        offering: String,
        /// The closest offering of the definition and its item.
        nearest: Option<(String, String)>,
    },
}

fn nearest_words(nearest: Option<&(String, String)>) -> String {
    nearest.map_or(String::new(), |(offering, item)| format!("; the nearest is `{offering}` of item {item}"))
}

impl ImportedOrder {
    /// Reads the bytes of a TMF622 v4 `ProductOrder`; `file` names them in messages.
    ///
    /// # Errors
    ///
    /// [`OrderError`] with the JSON path of what is wrong, and line and column where the bytes are not proper JSON.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, OrderError> {
        let root = json::parse(bytes, file)?;
        read::order(&root, file)
    }
}
