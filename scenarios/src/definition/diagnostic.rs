//! Messages about definition files: load errors (SG00xx, SG01xx) and the findings of the static rules share this type.

use super::source::Sources;
use super::span::Span;

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

    /// One plain line: `file:line:column: error SG0002 message`.
    #[must_use]
    pub fn to_line(&self, sources: &Sources) -> String {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let place = match sources.get(self.primary.file) {
            Some(source) => format!("{}:{}:{}: ", source.name, self.primary.line, self.primary.column),
            None => String::new(),
        };
        format!("{place}{level} {} {}", self.code, self.message)
    }
}
