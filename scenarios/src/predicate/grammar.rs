//! The order of values and operators, so that what is missing or too much is told in plain words: the parser speaks of its
//! tokens.

use super::PredicateError;

/// Words that are operators elsewhere, and what stands for them here.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("and", "write &&"),
    ("or", "write ||"),
    ("not", "write ! before what must not hold"),
    ("is", "write =="),
    ("equals", "write =="),
    ("eq", "write =="),
    ("ne", "write !="),
];

/// What a token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A word: a name, a field, a call.
    Word,
    /// A number or a string.
    Literal,
    /// An opening bracket.
    Open(u8),
    /// A closing bracket.
    Close,
    /// The dot before a field.
    Dot,
    /// `!`, which stands before a value.
    Not,
    /// `-`, which stands before a value or between two.
    Minus,
    /// What stands between two values.
    Between,
}

/// Follows the tokens of a source.
#[derive(Default, PartialEq)]
pub(super) struct Grammar {
    last: Option<(Part, usize, usize)>,
}

impl Grammar {
    /// Takes the next token in, from a byte to another one.
    pub fn take(&mut self, source: &str, part: Part, (from, to): (usize, usize)) -> Result<(), PredicateError> {
        let text = &source[from..to];
        let part = if part == Part::Word && text == "in" && !self.is_after(Part::Dot) { Part::Between } else { part };
        let last = self.last.map(|(part, ..)| part);
        let is_behind_value = matches!(last, Some(Part::Word | Part::Literal | Part::Close));
        let fits = match part {
            _ if last == Some(Part::Dot) => part == Part::Word,
            Part::Word | Part::Literal => !is_behind_value,
            Part::Not => !is_behind_value,
            // After a word it is a call, after a value an index; what cannot be is told later.
            Part::Open(b'(') => !is_behind_value || last == Some(Part::Word),
            Part::Open(_) | Part::Minus => true,
            // Nothing stands in the brackets of some calls and lists.
            Part::Close => is_behind_value || matches!(last, Some(Part::Open(_))) || self.is_comma(source),
            Part::Dot | Part::Between => is_behind_value,
        };
        if !fits {
            return Err(self.out_of_place(source, part, (from, text)));
        }
        self.last = Some((part, from, to));
        Ok(())
    }

    /// Whether the source may end here.
    pub fn end(&self, source: &str) -> Result<(), PredicateError> {
        let Some((part, from, to)) = self.last else { return Ok(()) };
        if matches!(part, Part::Word | Part::Literal | Part::Close) {
            return Ok(());
        }
        let message = match part {
            Part::Dot => "the predicate ends where the name of a field should follow".to_owned(),
            _ => format!("the predicate ends after `{}`, where a value should follow", &source[from..to]),
        };
        Err(PredicateError::new(source.len(), message)
            .help("compare a field with a value: item.state == \"completed\""))
    }

    fn is_after(&self, part: Part) -> bool {
        self.last.is_some_and(|(last, ..)| last == part)
    }

    fn is_comma(&self, source: &str) -> bool {
        self.last.is_some_and(|(_, from, to)| &source[from..to] == ",")
    }

    fn out_of_place(&self, source: &str, part: Part, (from, text): (usize, &str)) -> PredicateError {
        let before = self.last.map(|(_, from, to)| (from, &source[from..to]));
        let foreign = |word: &str| {
            let lower = word.to_ascii_lowercase();
            OTHER_WORDS.iter().find(|(other, _)| *other == lower).map(|(_, help)| *help)
        };
        if self.is_after(Part::Dot) {
            return PredicateError::new(from, "the name of a field is missing after the dot");
        }
        if matches!(part, Part::Word | Part::Literal | Part::Not | Part::Open(_)) {
            for (at, word) in [Some((from, text)), before].into_iter().flatten() {
                if let Some(help) = foreign(word) {
                    return PredicateError::new(at, format!("`{word}` is no operator")).help(help);
                }
            }
            let before = before.map_or("", |(_, text)| text);
            return PredicateError::new(from, format!("an operator is missing between `{before}` and `{text}`"))
                .help("conditions are combined with && and ||, values compared with ==, !=, <, <=, >, >= and in");
        }
        let message = match before {
            Some((_, before)) => format!("a value is missing between `{before}` and `{text}`"),
            None => format!("a value is missing before `{text}`"),
        };
        match before {
            Some((at, "<")) if text == ">" => PredicateError::new(at, "`<>` is no operator").help("write !="),
            _ => PredicateError::new(from, message),
        }
    }
}
