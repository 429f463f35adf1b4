//! The texts of a definition's files.

use super::span::{FileId, Span};

/// One file as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path as given, or its name in the catalogue or the repro file.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Of the text of a patch: what it was put in the place of.
    pub replaces: Option<Span>,
}

/// All files of a definition, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = u16::try_from(self.0.len()).unwrap_or(FileId::NONE.0);
        self.0.push(Source { name: name.into(), text: text.into(), replaces: None });
        FileId(id)
    }

    /// The file with this id; none for [`FileId::NONE`].
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.0.get(usize::from(file.0))
    }

    /// The place in a file for a place in the text of a patch: where what it replaces is written. Other places stay.
    #[must_use]
    pub fn in_file(&self, span: Span) -> Span {
        self.get(span.file).and_then(|source| source.replaces).unwrap_or(span)
    }

    /// The file's name; empty for [`FileId::NONE`].
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| source.name.as_str())
    }

    /// The text of a span; empty when there is none.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }
}
