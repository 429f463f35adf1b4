//! The order that a call is about: of a TMF622 file, or as a repro file kept it.

use std::path::Path;

use scenarios::definition::{ChargeKind, SagaFile};
use scenarios::model::Model;
use scenarios::orders::tmf622::{ImportedOrder, map_to};
use scenarios::replay::{OrderedItem, OrderedPrice};

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
    let bytes = std::fs::read(path).map_err(|error| Error::Input(format!("{name}: {error}")))?;
    let order = ImportedOrder::read(&bytes, &name).map_err(|error| Error::Input(error.to_string()))?;
    let offerings: Vec<(&str, &str)> = saga
        .saga
        .items
        .iter()
        .map(|item| (item.id.as_str(), item.value.offering.as_ref().map_or(item.id.as_str(), |o| o.value.as_str())))
        .collect();
    let mapped = map_to(&order, &offerings).map_err(|error| Error::Input(error.to_string()))?;
    let notices = order.warnings.iter().map(|warning| format!("{name}: {}: {}", warning.path, warning.message));
    let items = mapped.items.iter().map(|item| {
        let prices = &order.items[item.order_item].prices;
        let place = item.definition_item;
        let charges = model.items[place].charges.iter().enumerate().filter_map(|(place, charge)| {
            let charge = &model.charges[charge.ix()];
            let kind = |kind| (kind == ChargeKind::Recurring) == charge.recurring;
            let price = prices.iter().find(|p| p.name == charge.id).or_else(|| {
                prices.iter().filter(|p| kind(p.kind)).nth(place).or_else(|| prices.iter().find(|p| kind(p.kind)))
            });
            price.map(|price| OrderedPrice { charge: charge.id.clone(), price: price.amount })
        });
        OrderedItem { item: model.items[place].id.clone(), prices: charges.collect() }
    });
    Ok((items.collect(), notices.collect()))
}
