//! The order and its items.

use jiff::Timestamp;

use super::json::Json;
use super::relations::{self, Reference};
use super::view::{Object, Reader, shorten};
use super::{ImportedItem, ImportedOrder, ItemAction, ORDER_ITEMS_MAX, OrderError, price};
use crate::nearest::nearest;

const ORDER_FIELDS: [&str; 6] =
    ["id", "externalId", "state", "productOrderItem", "requestedStartDate", "requestedCompletionDate"];
const ITEM_FIELDS: [&str; 9] = [
    "id",
    "action",
    "state",
    "productOffering",
    "quantity",
    "itemPrice",
    "productOrderItemRelationship",
    "productOrderItem",
    "product",
];

pub(super) fn order(root: &Json, file: &str) -> Result<ImportedOrder, OrderError> {
    let mut reader = Reader::new(file);
    let order = Object::of(root, String::new(), &reader)?;
    if order.get("productOrderItem").is_none() && order.get("orderItem").is_some() {
        let found = "`orderItem`, the items of TMF622 v3 and before";
        return Err(reader.error("", "`productOrderItem`, the items of a TMF622 v4 product order", found));
    }
    reader.ignore_others(&order, "", &ORDER_FIELDS);
    let external_id = match order.text("externalId", &reader)? {
        Some(id) => Some(id),
        None => order.text("id", &reader)?,
    };
    let requested_start = date(&order, "requestedStartDate", &reader)?;
    let requested_completion = date(&order, "requestedCompletionDate", &reader)?;
    if let (Some(start), Some(completion)) = (requested_start, requested_completion)
        && completion < start
    {
        let message = format!("the requested completion {completion} is before the requested start {start}");
        reader.warn("requestedCompletionDate", message);
    }
    warn_of_state(&order, &mut reader)?;

    let mut items = Items { items: Vec::new(), references: Vec::new() };
    items.read_all(&order, None, &mut reader)?;
    if items.items.is_empty() {
        return Err(reader.error("productOrderItem", "at least one order item", "none"));
    }
    let Items { mut items, references } = items;
    relations::connect(&mut items, references, &mut reader)?;
    warn_of_actions(&items, &mut reader);
    price::warn_of_alterations(&items, &mut reader);
    Ok(ImportedOrder {
        file: file.to_string(),
        external_id: external_id.map(String::from),
        requested_start,
        requested_completion,
        items,
        warnings: reader.into_warnings(),
    })
}

struct Items {
    items: Vec<ImportedItem>,
    references: Vec<Reference>,
}

impl Items {
    /// Reads the items of an order, or those nested in an item, which the outer one then bundles.
    fn read_all(&mut self, owner: &Object<'_>, parent: Option<usize>, reader: &mut Reader) -> Result<(), OrderError> {
        for object in owner.objects("productOrderItem", reader)? {
            if self.items.len() == ORDER_ITEMS_MAX {
                let found = "more";
                return Err(reader.error(&object.path, format!("at most {ORDER_ITEMS_MAX} order items"), found));
            }
            let index = self.items.len();
            let item = item(&object, reader)?;
            self.items.push(item);
            if let Some(parent) = parent {
                self.items[parent].bundles.push(index);
            }
            self.references.extend(relations::references(&object, index, reader)?);
            self.read_all(&object, Some(index), reader)?;
        }
        Ok(())
    }
}

fn item(object: &Object<'_>, reader: &mut Reader) -> Result<ImportedItem, OrderError> {
    reader.ignore_others(object, "productOrderItem[]", &ITEM_FIELDS);
    let id = object.some_text("id", reader)?.to_string();
    let action = action(object, reader)?;
    warn_of_state(object, reader)?;
    let offering = object.object("productOffering", reader)?;
    let (mut offering_id, mut offering_name) = (None, None);
    if let Some(offering) = &offering {
        reader.ignore_others(offering, "productOrderItem[].productOffering", &["id", "name"]);
        offering_id = offering.text("id", reader)?.map(String::from);
        offering_name = offering.text("name", reader)?.map(String::from);
    }
    let quantity = object.count("quantity", 1, reader)?.unwrap_or(1);
    let prices = price::prices(object, reader)?;
    let traits = traits(object, reader)?;
    Ok(ImportedItem {
        path: object.path.clone(),
        id,
        action,
        offering_id,
        offering_name,
        quantity,
        prices,
        bundles: Vec::new(),
        relies_on: Vec::new(),
        traits,
    })
}

fn action(object: &Object<'_>, reader: &Reader) -> Result<ItemAction, OrderError> {
    let word = object.some_text("action", reader)?;
    if let Some((_, action)) = ItemAction::WORDS.iter().find(|(known, _)| *known == word) {
        return Ok(*action);
    }
    let words = ItemAction::WORDS.map(|(word, _)| word);
    let mut found = format!("\"{}\"", shorten(word));
    if let Some(meant) = nearest(word, words) {
        found.push_str(&format!(" (did you mean `{meant}`?)"));
    }
    Err(reader.error(&object.path_of("action"), format!("one of {}", words.join(", ")), found))
}

/// Characteristics of the product with a plain value; the rest of the product describes what is installed already.
fn traits(item: &Object<'_>, reader: &mut Reader) -> Result<Vec<(String, String)>, OrderError> {
    let Some(product) = item.object("product", reader)? else {
        return Ok(Vec::new());
    };
    reader.ignore_others(&product, "productOrderItem[].product", &["productCharacteristic"]);
    let mut traits: Vec<(String, String)> = Vec::new();
    for characteristic in product.objects("productCharacteristic", reader)? {
        let name = characteristic.some_text("name", reader)?.to_string();
        let value = match characteristic.get("value") {
            Some(Json::Text(text) | Json::Number(text)) => text.to_string(),
            Some(Json::Bool(value)) => value.to_string(),
            _ => {
                reader.warn(
                    characteristic.path_of("value"),
                    format!("{} has no plain value; not simulated", shorten(&name)),
                );
                continue;
            }
        };
        traits.push((name, value));
    }
    Ok(traits)
}

fn date(object: &Object<'_>, key: &str, reader: &Reader) -> Result<Option<Timestamp>, OrderError> {
    let Some(text) = object.text(key, reader)? else {
        return Ok(None);
    };
    let wrong = |_| {
        let expected = "a date and time such as 2026-01-28T09:00:00Z";
        reader.error(&object.path_of(key), expected, format!("\"{}\"", shorten(text)))
    };
    text.parse::<Timestamp>().map(Some).map_err(wrong)
}

/// A run begins with an order that was just received, whatever became of it elsewhere.
fn warn_of_state(object: &Object<'_>, reader: &mut Reader) -> Result<(), OrderError> {
    if let Some(state) = object.text("state", reader)?
        && state != "acknowledged"
    {
        let message = format!("the state \"{}\" is not taken over: the run begins at `acknowledged`", shorten(state));
        reader.warn(object.path_of("state"), message);
    }
    Ok(())
}

fn warn_of_actions(items: &[ImportedItem], reader: &mut Reader) {
    for item in items.iter().filter(|item| item.action != ItemAction::Add) {
        let message = format!("the action `{}` runs as `add`", item.action.word());
        reader.warn(format!("{}.action", item.path), message);
    }
}
