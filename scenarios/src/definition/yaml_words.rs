//! What the YAML library says of a text, in the words of those who write one.

/// A part of a message of the library, what is told instead, and what to write.
type Words = (&'static str, &'static str, &'static str);

/// The messages that speak of tokens. Others stand for themselves.
const WORDS: &[Words] = &[
    (
        "simple key expected",
        "a key without a value: there is no \":\" after it",
        "write key: value, with a space after the colon",
    ),
    (
        "did not find expected '-'",
        "this line is indented neither as the next item of the list above nor as a part of its last item",
        "begin each item with \"- \" in one column, and write what belongs to it two columns further in",
    ),
    (
        "did not find expected key",
        "this line is indented neither as a key of the mapping above nor as a part of its last value",
        "write all keys of one mapping in one column",
    ),
    (
        "illegal placement of ':'",
        "a \":\" where a list or mapping in brackets is still open",
        "close the [ or { that was opened before",
    ),
    (
        "mapping values are not allowed",
        "a second \":\" in what is one value: mapping values are not allowed here",
        "quote a value that has a colon in it, as in 'a: b'; if this is a key of its own, check its indentation and that of the lines above",
    ),
    ("unexpected character", "a value that begins with this character has to be quoted", "write it in quotes"),
    ("invalid trailing content", "text after the closing quote", "quote the whole value, or leave the rest out"),
    (
        "unknown escape",
        "a backslash that stands for nothing in double quotes",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("expected string scalar", "a key has to be one text", "write the key as a word, or quote it"),
    (
        "unknown anchor",
        "a value that begins with * refers to a named value (&name), and there is none of this name: unknown anchor",
        "write the value in quotes if the * belongs to it",
    ),
    (
        "misplaced bracket",
        "a closing bracket without an opening one before it",
        "remove it, or write the value in quotes",
    ),
    ("tab", "a tab in the indentation", "indent with spaces only"),
];

/// What is told instead of a message of the library, and what to write; `None` for one that can stay.
pub(super) fn told(said: &str) -> Option<(&'static str, &'static str)> {
    let (_, message, help) = WORDS.iter().find(|(part, ..)| said.contains(part))?;
    Some((message, help))
}

/// The byte of the first tab in the indentation of a line, from the line on in which this byte is: the library reports a tab
/// where it began to read the value that the tab ends.
pub(super) fn tab_in_indentation(text: &str, at: usize) -> Option<usize> {
    let mut start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    for line in text[start..].split_inclusive('\n') {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}
