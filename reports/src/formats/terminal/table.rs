//! Aligned columns without rules or boxes.

use super::page::{Page, Role, Span, span};

/// On which side the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    /// Left, and wrapped below itself; only for the last column.
    Wrap,
}

/// The columns between two cells.
const GAP: usize = 2;
/// With less room than this a column that wraps is a ladder of words.
const WRAP_MIN: usize = 10;

/// Rows of cells, each column as wide as its widest cell.
pub(super) struct Table {
    indent: usize,
    align: Vec<Align>,
    header: Vec<Span>,
    rows: Vec<Vec<Span>>,
}

impl Table {
    /// A table with a header, whose first cell is written as a section title.
    pub fn titled(columns: &[(&str, Align)]) -> Self {
        let header = columns.iter().enumerate().map(|(i, (name, _))| {
            let role = if i == 0 { Role::Strong } else { Role::Dim };
            span(role, *name)
        });
        Self {
            indent: 0,
            align: columns.iter().map(|column| column.1).collect(),
            header: header.collect(),
            rows: Vec::new(),
        }
    }

    /// A table without a header.
    pub fn bare(indent: usize, align: &[Align]) -> Self {
        Self { indent, align: align.to_vec(), header: Vec::new(), rows: Vec::new() }
    }

    /// Adds a column on the right.
    pub fn column(&mut self, name: &str, align: Align) {
        self.header.push(span(Role::Dim, name));
        self.align.push(align);
    }

    pub fn row(&mut self, cells: Vec<Span>) {
        self.rows.push(cells);
    }

    pub fn write(&self, page: &mut Page<'_>) {
        let body = if self.header.is_empty() { self.indent } else { self.indent + 2 };
        let widths = self.widths(page, body);
        if self.is_too_wide(page, &widths) {
            return self.rows.iter().for_each(|row| self.write_stacked(page, body, row));
        }
        if !self.header.is_empty() {
            Self::write_row(page, self.indent, &self.header, &self.align, &widths);
        }
        for row in &self.rows {
            Self::write_row(page, body, row, &self.align, &widths);
        }
    }

    /// Whether the columns leave the one that wraps less than it needs to be read.
    fn is_too_wide(&self, page: &Page<'_>, widths: &[usize]) -> bool {
        let Some((Align::Wrap, columns)) = self.align.split_last().map(|(last, rest)| (*last, rest.len())) else {
            return false;
        };
        let taken: usize = widths[..columns].iter().map(|width| width + GAP).sum();
        !self.header.is_empty() && taken + WRAP_MIN.min(widths[columns]) > page.room()
    }

    /// A row whose cells stand below its first one, each behind the name of its column.
    fn write_stacked(&self, page: &mut Page<'_>, indent: usize, row: &[Span]) {
        let lead = self.header.iter().skip(1).map(|name| page.width(&name.text)).max().unwrap_or(0);
        let mut cells = row.iter().zip(&self.header);
        if let Some((first, _)) = cells.next() {
            page.line(indent, std::slice::from_ref(first));
        }
        for (cell, name) in cells.filter(|(cell, _)| !cell.text.is_empty()) {
            page.hanging(indent + 2, name, indent + 2 + lead + GAP, std::slice::from_ref(cell));
        }
    }

    /// The width of each column, counted from the left edge of the page for the first.
    fn widths(&self, page: &Page<'_>, body: usize) -> Vec<usize> {
        let mut widths = vec![0; self.align.len()];
        let header = std::iter::once((self.indent, &self.header));
        for (indent, row) in header.chain(self.rows.iter().map(|row| (body, row))) {
            for (i, cell) in row.iter().enumerate().take(widths.len()) {
                let indent = if i == 0 { indent } else { 0 };
                widths[i] = widths[i].max(indent + page.width(&cell.text));
            }
        }
        widths
    }

    fn write_row(page: &mut Page<'_>, indent: usize, row: &[Span], align: &[Align], widths: &[usize]) {
        page.pad(indent);
        let mut column = 0;
        for (i, cell) in row.iter().enumerate().take(widths.len()) {
            let taken = page.width(&cell.text) + if i == 0 { indent } else { 0 };
            let room = widths[i].saturating_sub(taken);
            let gap = if i == 0 { 0 } else { GAP };
            match align[i] {
                Align::Right => {
                    page.pad(gap + room);
                    page.put(cell.role, &cell.text);
                }
                Align::Left => {
                    page.pad(gap);
                    page.put(cell.role, &cell.text);
                    page.pad(room);
                }
                Align::Wrap => {
                    page.pad(gap);
                    return page.flow(column + gap, column + gap, std::slice::from_ref(cell));
                }
            }
            column += gap + widths[i];
        }
        page.end_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Style;

    #[test]
    fn columns_line_up_by_display_width() {
        let mut table = Table::titled(&[("Faults", Align::Left), ("injected", Align::Right), ("", Align::Wrap)]);
        for (kind, n, note) in [("duplicate", "3,120", "one two three four"), ("日本", "7", "")] {
            table.row(vec![span(Role::Plain, kind), span(Role::Plain, n), span(Role::Plain, note)]);
        }
        let style = Style { width: 34, ..Style::plain() };
        let mut page = Page::new(&style);
        page.table(&table);
        let expected = "Faults       injected\n  duplicate     3,120  one two\n                       three four\n  日本              7\n";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn what_does_not_fit_stands_below_its_first_cell() {
        let mut table = Table::titled(&[("field", Align::Left), ("type", Align::Left), ("what", Align::Wrap)]);
        table.row(vec![
            span(Role::Strong, "order.state"),
            span(Role::Plain, "held, pending, cancelled, completed"),
            span(Role::Plain, "where it stands now in all of its life"),
        ]);
        table.row(vec![span(Role::Strong, "order.id"), span(Role::Plain, "id"), span(Role::Plain, "")]);
        let style = Style { width: 40, ..Style::plain() };
        let mut page = Page::new(&style);
        page.table(&table);
        let expected = "  order.state\n    type  held, pending, cancelled,\n          completed\n    what  where it stands now in all of\n          its life\n  order.id\n    type  id\n";
        assert_eq!(page.finish(), expected);
    }
}
