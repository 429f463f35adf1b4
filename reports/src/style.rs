//! How a report for people may look: colour, characters, width and detail. Decided once by the command line.

/// How much a report for people says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One line.
    Quiet,
    /// One page.
    Normal,
    /// The page, with the rows that are usually folded.
    Verbose,
}

/// The looks of a report for people; formats for machines ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Whether to write characters outside ASCII.
    pub unicode: bool,
    /// The columns to wrap at.
    pub width: usize,
    /// How much to say.
    pub detail: Detail,
}

impl Style {
    /// What goes into a pipe or a file: no colour, and a width that does not depend on where it was written.
    #[must_use]
    pub const fn plain() -> Self {
        Self { color: false, unicode: true, width: 110, detail: Detail::Normal }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::plain()
    }
}
