//! A look at the source before the CEL parser sees it: size, nesting, and the characters of our part of CEL.
//!
//! The parser is a general one that recurses and recovers. What it is given here is small, balanced and made of plain
//! tokens, so that its time and depth are bounded and most mistakes get an answer in our own words.

use super::PredicateError;
use super::grammar::{Grammar, Part};

/// Longest source of a predicate, in bytes.
pub const SOURCE_MAX: usize = 4096;
/// Deepest nesting of brackets in a predicate.
pub const NESTING_MAX: usize = 16;

/// Checks that a source is fit to be parsed.
pub(super) fn scan(source: &str) -> Result<(), PredicateError> {
    if source.len() > SOURCE_MAX {
        let message = format!("the predicate is {} bytes long, expected at most {SOURCE_MAX}", source.len());
        return Err(PredicateError::new(SOURCE_MAX, message));
    }
    let mut scanner = Scanner { source, at: 0, open: Vec::new(), grammar: Grammar::default() };
    while let Some(byte) = scanner.peek() {
        scanner.token(byte)?;
    }
    if let Some((offset, bracket)) = scanner.open.pop() {
        return Err(PredicateError::new(offset, format!("`{}` is never closed", char::from(bracket))));
    }
    if scanner.grammar == Grammar::default() {
        return Err(
            PredicateError::new(0, "the predicate is empty").help("write `true` for a predicate that always holds")
        );
    }
    scanner.grammar.end(source)
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    open: Vec<(usize, u8)>,
    grammar: Grammar,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn next_is(&self, byte: u8) -> bool {
        self.source.as_bytes().get(self.at + 1) == Some(&byte)
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> PredicateError {
        PredicateError::new(self.at, message)
    }

    fn token(&mut self, byte: u8) -> Result<(), PredicateError> {
        if byte == b'/' && self.next_is(b'/') {
            self.skip_while(|byte| byte != b'\n');
            return Ok(());
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
            return Ok(());
        }
        let from = self.at;
        let part = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.word()?;
                Part::Word
            }
            b'0'..=b'9' => {
                self.number()?;
                Part::Literal
            }
            b'"' | b'\'' => {
                self.string(byte)?;
                Part::Literal
            }
            b'(' | b'[' | b')' | b']' => {
                self.bracket(byte)?;
                if matches!(byte, b'(' | b'[') { Part::Open(byte) } else { Part::Close }
            }
            b'.' if self.source.as_bytes().get(self.at + 1).is_some_and(u8::is_ascii_digit) => {
                return Err(self.fraction());
            }
            b'.' | b',' | b'+' | b'-' => {
                self.at += 1;
                match byte {
                    b'.' => Part::Dot,
                    b'-' => Part::Minus,
                    _ => Part::Between,
                }
            }
            b'=' | b'!' | b'<' | b'>' | b'&' | b'|' => {
                self.operator(byte)?;
                if &self.source[from..self.at] == "!" { Part::Not } else { Part::Between }
            }
            _ => return Err(self.foreign()),
        };
        self.grammar.take(self.source, part, (from, self.at))
    }

    fn word(&mut self) -> Result<(), PredicateError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let message = "a string has no prefix";
            return Err(PredicateError::new(start, message).help("write names as plain \"...\" or '...'"));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), PredicateError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        match self.peek() {
            Some(b'.' | b'e' | b'E') => {
                self.at = start;
                Err(self.fraction())
            }
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let message = "a number is written in decimal digits alone";
                Err(PredicateError::new(start, message).help("a length of time is written duration(\"5m\")"))
            }
            _ => Ok(()),
        }
    }

    fn fraction(&self) -> PredicateError {
        self.error("numbers with a fraction or an exponent are not exact")
            .help("write amounts as money(\"120.00\", \"EUR\")")
    }

    fn string(&mut self, quote: u8) -> Result<(), PredicateError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    return Err(PredicateError::new(start, "the string is never closed"));
                }
                Some(byte) if byte == quote => break,
                Some(b'\\') => return Err(self.error("names have no escapes")),
                Some(byte) if byte.is_ascii_control() => {
                    return Err(self.error("control character in a name"));
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        if self.peek() == Some(quote) {
            return Err(self.error("expected an operator between two strings"));
        }
        Ok(())
    }

    fn bracket(&mut self, byte: u8) -> Result<(), PredicateError> {
        match byte {
            b'(' | b'[' if self.open.len() == NESTING_MAX => {
                return Err(self.error(format!("nested deeper than {NESTING_MAX} brackets")));
            }
            b'(' | b'[' => self.open.push((self.at, byte)),
            _ => {
                let opener = if byte == b')' { b'(' } else { b'[' };
                if self.open.pop().is_none_or(|(_, open)| open != opener) {
                    return Err(self.error(format!("`{}` closes nothing", char::from(byte))));
                }
            }
        }
        self.at += 1;
        Ok(())
    }

    fn operator(&mut self, byte: u8) -> Result<(), PredicateError> {
        let double = match byte {
            b'=' | b'!' | b'<' | b'>' => self.next_is(b'='),
            _ => self.next_is(byte),
        };
        if !double && matches!(byte, b'=' | b'&' | b'|') {
            let operator = char::from(byte);
            if let (b'=', Some(other @ (b'<' | b'>'))) = (byte, self.source.as_bytes().get(self.at + 1)) {
                let other = char::from(*other);
                return Err(self.error(format!("`={other}` is no operator")).help(format!("did you mean `{other}=`?")));
            }
            return Err(self
                .error(format!("`{operator}` is no operator"))
                .help(format!("did you mean `{operator}{operator}`?")));
        }
        self.at += if double { 2 } else { 1 };
        Ok(())
    }

    fn foreign(&self) -> PredicateError {
        let found = self.source[self.at..].chars().next().unwrap_or_default();
        match found {
            '*' | '/' | '%' => self.error(format!("`{found}` is not available")).help("arithmetic is + and - alone"),
            '?' | ':' => {
                self.error("conditional expressions are not available").help("write the two cases with && and ||")
            }
            '{' | '}' => self.error("maps and messages are not available"),
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => self
                .error(format!("the quote {found} is a typographic one"))
                .help("write names in plain quotes: \"completed\""),
            _ if found.is_alphanumeric() => self.error(format!("unexpected character `{found}`")),
            _ => self.error(format!("unexpected character `{}`", found.escape_default())),
        }
    }
}
