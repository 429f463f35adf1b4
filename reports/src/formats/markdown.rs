//! Markdown, for documents that are kept beside others.

use crate::model::Listing;

/// A catalogue as a table of GitHub's Markdown.
#[must_use]
pub fn listing(listing: &Listing) -> String {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("|{}\n", "---|".repeat(listing.columns.len()));
    row(&listing.columns) + &rule + &listing.rows.iter().map(|cells| row(cells)).collect::<String>()
}

/// Text in a cell, with all that Markdown and HTML would act on made plain.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_text_and_nothing_else() {
        let mut table = Listing::new(&["a", "b"]);
        table.row(["x|y <b>&</b>", "*one*\n[two](three) `four`"]);
        assert_eq!(
            listing(&table),
            "| a | b |\n|---|---|\n| x\\|y &lt;b&gt;&amp;&lt;/b&gt; | \\*one\\* \\[two\\](three) \\`four\\` |\n"
        );
    }
}
