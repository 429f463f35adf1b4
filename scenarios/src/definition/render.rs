//! Messages with the lines that they are about.

use annotate_snippets::{AnnotationKind, Group, Level as Weight, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Level};
use super::source::Sources;
use super::span::Span;

/// Lines shown before and after a place.
const CONTEXT: usize = 1;
/// The longest stretch of text that is shown, in bytes: files may have lines of megabytes.
const WINDOW: usize = 2_000;

impl Diagnostic {
    /// The message as a person reads it, with the lines that it is about.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let weight = match self.level {
            Level::Error => Weight::ERROR,
            Level::Warning => Weight::WARNING,
        };
        // In the middle of a very long line the picture cannot count columns: there the message names its place.
        let cropped = Window::around(sources, self.primary, self.primary).is_some_and(|window| window.is_cropped);
        let title = if cropped { self.place(sources) + &self.message } else { self.message.clone() };
        let mut group = Group::with_title(weight.primary_title(title.as_str()).id(self.code));
        let secondary = self.secondary.as_ref().map(|(span, label)| (*span, label.as_str()));
        let together = secondary.filter(|(span, _)| near(sources, self.primary, *span));
        let range = together.map_or((self.primary, self.primary), |(span, _)| {
            if span.start < self.primary.start { (span, self.primary) } else { (self.primary, span) }
        });
        if let Some(window) = Window::around(sources, range.0, range.1) {
            let mut snippet = window.snippet().annotation(AnnotationKind::Primary.span(window.range(self.primary)));
            if let Some((span, label)) = together {
                snippet = snippet.annotation(AnnotationKind::Context.span(window.range(span)).label(label));
            }
            group = group.element(snippet);
        }
        if let Some((span, label)) = secondary.filter(|_| together.is_none())
            && let Some(window) = Window::around(sources, span, span)
        {
            let annotation = AnnotationKind::Context.span(window.range(span)).label(label);
            group = group.element(window.snippet().annotation(annotation));
        }
        if let Some(help) = &self.help {
            group = group.element(Weight::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// Whether two places fit into one picture.
fn near(sources: &Sources, one: Span, other: Span) -> bool {
    one.file == other.file && sources.get(one.file).is_some() && one.start.abs_diff(other.start) < 1_000
}

/// A stretch of one file.
struct Window<'s> {
    path: &'s str,
    text: &'s str,
    start: usize,
    line: usize,
    /// Whether it begins in the middle of a line.
    is_cropped: bool,
}

impl<'s> Window<'s> {
    /// The lines from one place to another, with some context, and not too much.
    fn around(sources: &'s Sources, first: Span, last: Span) -> Option<Self> {
        let source = sources.get(first.file)?;
        let text = source.text.as_str();
        let (from, to) = ((first.start as usize).min(text.len()), (last.end as usize).min(text.len()));
        let mut start = text.get(..from)?.rfind('\n').map_or(0, |at| at + 1);
        let mut line = first.line as usize;
        for _ in 0..CONTEXT {
            if start > 0 && line > 1 {
                start = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
                line -= 1;
            }
        }
        let mut end = to;
        for _ in 0..=CONTEXT {
            end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
        }
        let cropped = floor(text, start.max(from.saturating_sub(WINDOW)));
        let end = floor(text, end.min(to.saturating_add(WINDOW)));
        Some(Window {
            path: &source.name,
            text: &text[cropped..end],
            start: cropped,
            line,
            is_cropped: cropped > start,
        })
    }

    fn snippet<A: Clone>(&self) -> Snippet<'s, A> {
        let snippet = Snippet::source(self.text).line_start(self.line);
        if self.is_cropped { snippet } else { snippet.path(self.path) }
    }

    /// A place within the window; one character wide when it has no width.
    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let start = floor(self.text, (span.start as usize).saturating_sub(self.start).min(self.text.len()));
        let end = floor(self.text, (span.end as usize).saturating_sub(self.start).min(self.text.len()));
        start..end.max(start)
    }
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
