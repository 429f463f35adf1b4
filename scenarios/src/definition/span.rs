//! Where a value was written: file, byte range, line and column.
//!
//! A value that a message may have to point at is a [`Spanned`]. A default that nobody wrote carries the span of the thing that lacks it, or
//! [`Span::NONE`] where there is no such thing (a saga without a platform file).

use std::ops::Deref;

/// A file of a definition: an index into [`Sources`](super::Sources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u16);

impl FileId {
    /// No file: the span of a default that stands in no file.
    pub const NONE: FileId = FileId(u16::MAX);
}

/// A range of one source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file that holds the text.
    pub file: FileId,
    /// First byte, from 0.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line of the first byte, from 1; 0 when there is none.
    pub line: u32,
    /// Column of the first byte in characters, from 1; 0 when there is none.
    pub column: u32,
}

impl Span {
    /// The span of what was written nowhere.
    pub const NONE: Span = Span { file: FileId::NONE, start: 0, end: 0, line: 0, column: 0 };

    /// The very beginning of a file.
    #[must_use]
    pub const fn start(file: FileId) -> Span {
        Span { file, start: 0, end: 0, line: 1, column: 1 }
    }

    /// True when nothing was written.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.file == FileId::NONE
    }
}

/// A value and where it was written. Two are equal when their values are: the place does not count.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }

    /// A default, written nowhere.
    pub fn unwritten(value: T) -> Self {
        Spanned { value, span: Span::NONE }
    }

    /// Another value at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// A thing with an id, as an entry of a mapping is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// The mapping's key.
    pub id: Spanned<String>,
    /// What stands under it.
    pub value: T,
}

/// The entries of a mapping in the order in which they were written; ids are unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedList<T>(pub Vec<Named<T>>);

impl<T> Default for NamedList<T> {
    fn default() -> Self {
        NamedList(Vec::new())
    }
}

impl<T> NamedList<T> {
    /// The entry with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.entry(id).map(|entry| &entry.value)
    }

    /// The entry with this id, with the place of its key.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Named<T>> {
        self.0.iter().find(|entry| entry.id.value == id)
    }

    /// The position of the entry with this id.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.0.iter().position(|entry| entry.id.value == id)
    }

    /// All entries as written.
    pub fn iter(&self) -> std::slice::Iter<'_, Named<T>> {
        self.0.iter()
    }

    /// All ids as written.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|entry| entry.id.value.as_str())
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a NamedList<T> {
    type Item = &'a Named<T>;
    type IntoIter = std::slice::Iter<'a, Named<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
