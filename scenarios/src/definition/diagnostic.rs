//! Messages about definition files: load errors (SG00xx, SG01xx) and the findings of the static rules share this type.

use std::collections::BTreeMap;
use std::fmt;

use super::code::UNKNOWN_REFERENCE;
use super::load::SHOWN;
use super::source::Sources;
use super::span::{FileId, Span};

/// So many other lines are named that have the same mistake.
const LINES_SHOWN: usize = 8;

/// How much a message weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Blocks.
    Error,
    /// Is shown.
    Warning,
}

/// A message with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's stable code, such as `SG0002`.
    pub code: &'static str,
    /// The rule's slug, such as `unknown-field`.
    pub slug: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub primary: Span,
    /// Another place that matters, with what it is.
    pub secondary: Option<(Span, String)>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a second place or help.
    #[must_use]
    pub fn error(code: &'static str, slug: &'static str, primary: Span, message: String) -> Self {
        Diagnostic { code, slug, level: Level::Error, message, primary, secondary: None, help: None }
    }

    /// The same with a second place.
    #[must_use]
    pub fn with_secondary(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary = Some((span, label.into()));
        self
    }

    /// The same with help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `file:line:column: `, or nothing for what stands in no file.
    pub(crate) fn place(&self, sources: &Sources) -> String {
        match sources.get(self.primary.file) {
            Some(source) => format!("{}:{}:{}: ", source.name, self.primary.line, self.primary.column),
            None => String::new(),
        }
    }

    /// One plain line: `file:line:column: error SG0002 message`.
    #[must_use]
    pub fn to_line(&self, sources: &Sources) -> String {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let place = self.place(sources);
        format!("{place}{level} {} {}", self.code, self.message)
    }
}

/// Files that cannot be run: every mistake found in them, the first twenty of them in words.
#[derive(Clone, Debug)]
pub struct Invalid {
    /// The mistakes, by file and place. Never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more there are.
    pub more: usize,
    /// The texts.
    pub sources: Sources,
}

impl Invalid {
    /// Sorts the mistakes, causes before what may come of them, and keeps the first ones.
    pub(crate) fn new(mut diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        diagnostics.sort_by_key(|diagnostic| {
            (rank(diagnostic.code), diagnostic.primary.file, diagnostic.primary.start, diagnostic.primary.line)
        });
        diagnostics.dedup();
        let mut diagnostics = each_name_once(diagnostics);
        let more = diagnostics.len().saturating_sub(SHOWN);
        diagnostics.truncate(SHOWN);
        Invalid { diagnostics, more, sources }
    }

    /// All mistakes as a person reads them, with the lines that they are about.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut text: String =
            self.diagnostics.iter().map(|diagnostic| diagnostic.render(&self.sources, color) + "\n").collect();
        if self.more > 0 {
            text.push_str(&format!("and {} more\n", self.more));
        }
        text
    }
}

/// What cannot be read has no names; what is misspelt has another one; and names stand for nothing for either reason.
fn rank(code: &str) -> u8 {
    match code {
        "SG0001" | "SG0007" => 0,
        "SG0002" | "SG0003" | "SG0005" | "SG0006" => 1,
        _ => 2,
    }
}

/// Tells of a name that stands for nothing once in a file, where it stands first, with the other lines.
fn each_name_once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut places: BTreeMap<(FileId, String), (usize, Vec<u32>)> = BTreeMap::new();
    let mut told: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if diagnostic.code == UNKNOWN_REFERENCE.code && diagnostic.help.is_none() && !diagnostic.primary.is_none() {
            // What comes nearest is looked for at the first mistakes only.
            let name = diagnostic.message.split("; nearest").next().unwrap_or_default();
            let next = || (told.len(), Vec::new());
            let (first, lines) = places.entry((diagnostic.primary.file, name.to_owned())).or_insert_with(next);
            if *first < told.len() {
                lines.push(diagnostic.primary.line);
                continue;
            }
        }
        told.push(diagnostic);
    }
    for (first, lines) in places.into_values().filter(|(_, lines)| !lines.is_empty()) {
        let shown: Vec<String> = lines.iter().take(LINES_SHOWN).map(u32::to_string).collect();
        let more = match lines.len().saturating_sub(LINES_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let word = if lines.len() == 1 { "line" } else { "lines" };
        told[first].help = Some(format!("the same in {word} {}{more}", shown.join(", ")));
    }
    told
}

impl Invalid {
    /// All mistakes for whoever reads them as plain lines, each with what to write instead.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for diagnostic in &self.diagnostics {
            lines.push(diagnostic.to_line(&self.sources));
            lines.extend(diagnostic.help.iter().map(|help| format!("  help: {help}")));
        }
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        lines
    }
}

impl fmt::Display for Invalid {
    /// One plain line for each mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&diagnostic.to_line(&self.sources))?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}
