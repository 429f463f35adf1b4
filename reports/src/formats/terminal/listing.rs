//! The page of `sagasim list`.

use super::page::{Page, Role, span};
use super::table::{Align, Table};
use crate::model::Listing;
use crate::style::Style;

/// A catalogue as a table; the last column wraps.
#[must_use]
pub fn listing(listing: &Listing, style: &Style) -> String {
    let last = listing.columns.len().saturating_sub(1);
    let columns: Vec<_> = listing
        .columns
        .iter()
        .enumerate()
        .map(|(i, name)| (name.as_str(), if i == last { Align::Wrap } else { Align::Left }))
        .collect();
    let mut table = Table::titled(&columns);
    for row in &listing.rows {
        let cells = row.iter().enumerate().map(|(i, cell)| span(if i == 0 { Role::Strong } else { Role::Plain }, cell));
        table.row(cells.collect());
    }
    let mut page = Page::new(style);
    page.table(&table);
    page.finish()
}
