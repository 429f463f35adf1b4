//! Formats of a report. A new one is a file here and an entry in [`FORMATS`].

pub mod json;
pub mod markdown;
pub mod terminal;

#[cfg(test)]
mod snapshots;

use crate::model::CheckReport;
use crate::style::Style;

/// One way to write a check down.
pub struct Format {
    /// The name that `--format` and `--out` take.
    pub name: &'static str,
    /// One line for the help.
    pub what: &'static str,
    /// The whole text, with its last line break.
    pub render: fn(&CheckReport, &Style) -> String,
}

/// All formats; the first is the default.
pub const FORMATS: &[Format] = &[
    Format { name: "human", what: "one page for people", render: terminal::check },
    Format { name: "json", what: "one document for scripts", render: json::check },
];

impl Format {
    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_format_is_found_by_its_name_and_ends_its_last_line() {
        for format in FORMATS {
            let found = Format::named(format.name).expect("a name of the table");
            assert_eq!(found.what, format.what, "{} is in the table twice", format.name);
            assert!((format.render)(&sample::passing(), &Style::plain()).ends_with('\n'), "{}", format.name);
        }
        assert!(Format::named("xml").is_none());
    }
}
