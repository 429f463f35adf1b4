//! The sheet that all human reports are written on.

use std::borrow::Cow;

use anstyle::{AnsiColor, Effects};
use unicode_width::UnicodeWidthStr as _;

use super::table::Table;
use crate::style::Style;
use crate::text;

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    Plain,
    /// Headings and names that matter.
    Strong,
    /// What may be skipped.
    Dim,
    Good,
    Bad,
    Warn,
    /// Commands to paste, paths.
    Code,
}

impl Role {
    fn paint(self) -> anstyle::Style {
        let bold = anstyle::Style::new().bold();
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Strong => bold,
            Self::Dim => anstyle::Style::new().effects(Effects::DIMMED),
            Self::Good => bold.fg_color(Some(AnsiColor::Green.into())),
            Self::Bad => bold.fg_color(Some(AnsiColor::Red.into())),
            Self::Warn => bold.fg_color(Some(AnsiColor::Yellow.into())),
            Self::Code => anstyle::Style::new().fg_color(Some(AnsiColor::Cyan.into())),
        }
    }
}

/// A piece of text with its role.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub role: Role,
    pub text: String,
}

/// A span, short to write.
pub(super) fn span(role: Role, text: impl Into<String>) -> Span {
    Span { role, text: text.into() }
}

/// Text that grows line by line.
pub(super) struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl<'a> Page<'a> {
    pub fn new(style: &'a Style) -> Self {
        Self { style, out: String::new() }
    }

    pub fn style(&self) -> &'a Style {
        self.style
    }

    pub fn finish(self) -> String {
        self.out
    }

    pub fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line, never wrapped: headings and commands to paste.
    pub fn line(&mut self, indent: usize, spans: &[Span]) {
        self.line_start(indent, spans);
        self.end_line();
    }

    /// The beginning of a line that [`Page::flow`] ends.
    pub fn line_start(&mut self, indent: usize, spans: &[Span]) {
        self.pad(indent);
        for span in spans {
            self.put(span.role, &span.text);
        }
    }

    /// Text that goes on below its own beginning when it is too wide: `lead` stands in the first line, and what follows is
    /// aligned at `column`.
    pub fn hanging(&mut self, indent: usize, lead: &Span, column: usize, spans: &[Span]) {
        self.pad(indent);
        self.put(lead.role, &lead.text);
        let taken = indent + self.width(&lead.text);
        let gap = column.saturating_sub(taken).max(usize::from(taken > 0 && !lead.text.is_empty()));
        self.pad(gap);
        self.flow(taken + gap, column, spans);
    }

    /// Writes words from column `at` of a line that is already begun, goes on at `column` of the next lines, and ends the last.
    pub fn flow(&mut self, mut at: usize, column: usize, spans: &[Span]) {
        let mut fresh = true;
        for span in spans {
            for word in span.text.split(' ').filter(|word| !word.is_empty()) {
                let width = self.width(word);
                if !fresh && at + 1 + width > self.style.width {
                    self.end_line();
                    self.pad(column);
                    at = column;
                } else if !fresh {
                    self.pad(1);
                    at += 1;
                }
                self.put(span.role, word);
                at += width;
                fresh = false;
            }
        }
        self.end_line();
    }

    /// A paragraph.
    pub fn text(&mut self, indent: usize, role: Role, text: impl Into<String>) {
        self.hanging(indent, &Span::default(), indent, &[span(role, text)]);
    }

    /// Lines that keep their breaks and their spaces, such as an excerpt of a file.
    pub fn verbatim(&mut self, indent: usize, role: Role, text: &str) {
        for line in text.lines() {
            self.line(indent, &[span(role, line)]);
        }
    }

    pub fn table(&mut self, table: &Table) {
        table.write(self);
    }

    /// Appends escaped, coloured text.
    pub fn put(&mut self, role: Role, text: &str) {
        if text.is_empty() {
            return;
        }
        // What is there to be pasted would not work with other characters in it.
        let shown = if role == Role::Code { text::clean(text) } else { self.shown(text) };
        let paint = role.paint();
        if self.style.color && paint != anstyle::Style::new() {
            self.out.push_str(&format!("{paint}{shown}{paint:#}"));
        } else {
            self.out.push_str(&shown);
        }
    }

    pub fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    pub fn end_line(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
    }

    /// The columns that a line has.
    pub fn room(&self) -> usize {
        self.style.width
    }

    /// The columns that a text takes once it is written.
    pub fn width(&self, text: &str) -> usize {
        self.shown(text).width()
    }

    /// The text as it will be written: nothing that acts on a terminal, and ASCII alone if that is asked for.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shown = text::clean(text);
        if self.style.unicode || shown.is_ascii() {
            return shown;
        }
        Cow::Owned(shown.chars().map(ascii).collect())
    }
}

/// The nearest thing in ASCII to a character; what has none becomes a question mark.
fn ascii(c: char) -> &'static str {
    const ASCII: &str =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    match c {
        '·' | '•' => ".",
        '●' => "#",
        '○' => "o",
        '×' => "x",
        '→' => "->",
        '—' | '–' => "-",
        '…' => "...",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        ' '..='~' => {
            let at = c as usize - ' ' as usize;
            &ASCII[at..=at]
        }
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Detail;

    fn check(style: Style, write: impl FnOnce(&mut Page<'_>), expected: &str) {
        let mut page = Page::new(&style);
        write(&mut page);
        assert_eq!(page.finish(), expected);
    }

    const NARROW: Style = Style { color: false, unicode: true, width: 24, detail: Detail::Normal };

    #[test]
    fn text_wraps_below_its_beginning() {
        let lead = span(Role::Plain, "needs");
        check(
            NARROW,
            |page| page.hanging(2, &lead, 9, &[span(Role::Plain, "the reply of billing is lost")]),
            "  needs  the reply of\n         billing is lost\n",
        );
        check(
            NARROW,
            |page| page.text(2, Role::Plain, "a/very/long/path/that/cannot/be/broken ends"),
            "  a/very/long/path/that/cannot/be/broken\n  ends\n",
        );
    }

    #[test]
    fn colour_comes_only_when_asked_for() {
        let color = Style { color: true, ..NARROW };
        check(color, |page| page.line(0, &[span(Role::Bad, "FAIL")]), "\u{1b}[1m\u{1b}[31mFAIL\u{1b}[0m\n");
        check(NARROW, |page| page.line(0, &[span(Role::Bad, "FAIL")]), "FAIL\n");
    }

    #[test]
    fn input_cannot_write_lines_or_colours_of_its_own() {
        check(NARROW, |page| page.line(0, &[span(Role::Plain, "a\u{1b}[2J\nPASS")]), "a\\u{1b}[2J\\nPASS\n");
    }

    #[test]
    fn ascii_is_kept_when_asked_for() {
        let ascii = Style { unicode: false, ..NARROW };
        check(ascii, |page| page.line(0, &[span(Role::Code, "--set 'größe=→'")]), "--set 'größe=→'\n");
        check(ascii, |page| page.line(0, &[span(Role::Plain, "a → b × c ● 日~")]), "a -> b x c # ?~\n");
    }
}
