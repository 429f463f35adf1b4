//! Which item of a definition runs which item of an order.

use super::{ImportedItem, ImportedOrder, OrderError};
use crate::orders::tmf622::view::shorten;

/// An order over the items of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The items to run, in the order of the payload.
    pub items: Vec<MappedItem>,
    /// Bundle parents without a price that no item of the definition stands for.
    pub bundles: Vec<MappedBundle>,
    /// Items of the definition that the order does not ask for, as positions in the list that was given.
    pub absent: Vec<usize>,
}

/// An item of the order and the item of the definition that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedItem {
    /// Position in [`ImportedOrder::items`].
    pub order_item: usize,
    /// Position in the list of the definition's items.
    pub definition_item: usize,
}

/// A bundle parent that only completes with its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedBundle {
    /// Position in [`ImportedOrder::items`].
    pub order_item: usize,
    /// Positions of its children in [`ImportedOrder::items`].
    pub children: Vec<usize>,
}

/// Maps an order to the items of a definition, given as (item name, offering): by `productOffering.id`, then by `.name`.
/// Where several items of the definition have one offering, they are used in turn.
///
/// # Errors
///
/// [`OrderError::Unmapped`] for an item whose offering no item has, unless it is a bundle parent without a price;
/// [`OrderError::Value`] for one without an offering, and for an order in which nothing is left to run.
pub fn map_to(order: &ImportedOrder, items: &[(&str, &str)]) -> Result<Mapped, OrderError> {
    let mut uses = vec![0_usize; items.len()];
    let mut mapped = Mapped { items: Vec::new(), bundles: Vec::new(), absent: Vec::new() };
    for (order_item, item) in order.items.iter().enumerate() {
        let by_id = least_used(items, &uses, item.offering_id.as_deref());
        match by_id.or_else(|| least_used(items, &uses, item.offering_name.as_deref())) {
            Some(definition_item) => {
                uses[definition_item] += 1;
                mapped.items.push(MappedItem { order_item, definition_item });
            }
            None if item.completes_with_children() => {
                mapped.bundles.push(MappedBundle { order_item, children: item.bundles.clone() });
            }
            None => return Err(unmapped(order, item, items)),
        }
    }
    mapped.absent = (0..items.len()).filter(|item| uses[*item] == 0).collect();
    if mapped.items.is_empty() {
        return Err(OrderError::Value {
            file: order.file.clone(),
            path: "productOrderItem".to_string(),
            expected: "an item that the definition runs".to_string(),
            found: "bundles alone".to_string(),
        });
    }
    Ok(mapped)
}

fn least_used(items: &[(&str, &str)], uses: &[usize], offering: Option<&str>) -> Option<usize> {
    let offering = offering?;
    let matching = (0..items.len()).filter(|item| items[*item].1 == offering);
    matching.min_by_key(|item| (uses[*item], *item))
}

fn unmapped(order: &ImportedOrder, item: &ImportedItem, items: &[(&str, &str)]) -> OrderError {
    let file = order.file.clone();
    let path = format!("{}.productOffering", item.path);
    let (id, name) = (item.offering_id.as_deref(), item.offering_name.as_deref());
    let offering = match (id, name) {
        (Some(id), Some(name)) => format!("`{}` (`{}`)", shorten(id), shorten(name)),
        (Some(one), None) | (None, Some(one)) => format!("`{}`", shorten(one)),
        (None, None) => {
            let expected = "an offering by id or name, by which the item is found in the definition".to_string();
            return OrderError::Value { file, path, expected, found: "neither".to_string() };
        }
    };
    let words: Vec<String> = id.into_iter().chain(name).map(|word| word.chars().take(128).collect()).collect();
    let distance = |offering: &str| words.iter().map(|word| strsim::osa_distance(word, offering)).min();
    let nearest = items.iter().min_by_key(|(_, offering)| distance(offering));
    let nearest = nearest.map(|(item, offering)| ((*offering).to_string(), (*item).to_string()));
    OrderError::Unmapped { file, path, offering, nearest }
}
