//! Relations between items: bundles and dependencies, without dangling ends and without cycles.

use std::collections::BTreeMap;

use super::view::{Object, Reader, shorten};
use super::{ImportedItem, OrderError};
use crate::nearest::nearest;

/// A relation as written, before it is known whether its target exists.
pub(super) struct Reference {
    from: usize,
    to: String,
    path: String,
    kind: Kind,
}

enum Kind {
    Bundles,
    ReliesOn,
    Other(String),
}

/// The relations of one item.
pub(super) fn references(object: &Object<'_>, from: usize, reader: &mut Reader) -> Result<Vec<Reference>, OrderError> {
    let mut references = Vec::new();
    for relation in object.objects("productOrderItemRelationship", reader)? {
        let group = "productOrderItem[].productOrderItemRelationship[]";
        reader.ignore_others(&relation, group, &["id", "relationshipType"]);
        let to = relation.some_text("id", reader)?.to_string();
        let word = relation.some_text("relationshipType", reader)?;
        let kind = match word {
            _ if word.eq_ignore_ascii_case("bundles") => Kind::Bundles,
            _ if word.eq_ignore_ascii_case("reliesOn") => Kind::ReliesOn,
            _ => Kind::Other(shorten(word)),
        };
        references.push(Reference { from, to, path: relation.path, kind });
    }
    Ok(references)
}

/// Turns the references into positions and checks that the items can be completed one after another.
pub(super) fn connect(
    items: &mut [ImportedItem],
    references: Vec<Reference>,
    reader: &mut Reader,
) -> Result<(), OrderError> {
    let positions = positions(items, reader)?;
    for Reference { from, to, path, kind } in references {
        let Some(&target) = positions.get(to.as_str()) else {
            let mut found = format!("\"{}\"", shorten(&to));
            if let Some(meant) = nearest(&to, positions.keys().map(String::as_str)) {
                found.push_str(&format!(" (did you mean `{}`?)", shorten(meant)));
            }
            return Err(reader.error(&format!("{path}.id"), "the id of another item of this order", found));
        };
        let list = match kind {
            Kind::Bundles => &mut items[from].bundles,
            Kind::ReliesOn => &mut items[from].relies_on,
            Kind::Other(word) => {
                let message = format!("the relation `{word}` is not simulated");
                reader.warn(format!("{path}.relationshipType"), message);
                continue;
            }
        };
        if !list.contains(&target) {
            list.push(target);
        }
    }
    match cycle(items) {
        None => Ok(()),
        Some(cycle) => {
            let names: Vec<String> = cycle.iter().take(6).map(|index| shorten(&items[*index].id)).collect();
            let more = if names.len() < cycle.len() { " -> ..." } else { "" };
            let found = names.join(" -> ") + more;
            Err(reader.error(&items[cycle[0]].path, "items that do not wait for each other", found))
        }
    }
}

fn positions(items: &[ImportedItem], reader: &Reader) -> Result<BTreeMap<String, usize>, OrderError> {
    let mut positions = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Some(first) = positions.insert(item.id.clone(), index) {
            let found = format!("\"{}\", the id of {} too", shorten(&item.id), items[first].path);
            return Err(reader.error(&format!("{}.id", item.path), "an id of its own", found));
        }
    }
    Ok(positions)
}

/// A cycle in "completes after", its first item repeated at the end. A bundle completes after its children, an item
/// after those it relies on. The walk keeps its own stack: a chain can be as long as an order has items.
fn cycle(items: &[ImportedItem]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let next = |item: usize, edge: usize| {
        let ImportedItem { bundles, relies_on, .. } = &items[item];
        bundles.iter().chain(relies_on).nth(edge).copied()
    };
    let mut marks = vec![Mark::New; items.len()];
    for start in 0..items.len() {
        if marks[start] != Mark::New {
            continue;
        }
        let mut walk = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((item, edge)) = walk.last_mut() {
            let Some(target) = next(*item, *edge) else {
                marks[*item] = Mark::Done;
                walk.pop();
                continue;
            };
            *edge += 1;
            match marks[target] {
                Mark::New => {
                    marks[target] = Mark::Open;
                    walk.push((target, 0));
                }
                Mark::Open => {
                    let from = walk.iter().position(|(item, _)| *item == target).unwrap_or(0);
                    let items = walk[from..].iter().map(|(item, _)| *item);
                    return Some(items.chain([target]).collect());
                }
                Mark::Done => {}
            }
        }
    }
    None
}
