//! The `cel` crate's parser, on a stack of its own.

use std::thread;

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::{Env, ParseErrors};

use super::PredicateError;

/// The parser and the walk over its tree recurse per operator of a chain; this holds the longest chain that fits
/// the source limit, in an unoptimised build too.
const STACK_BYTES: usize = 64 << 20;

/// A parsed source and where its parts stand.
pub(super) struct Tree<'a> {
    pub source: &'a str,
    pub root: &'a IdedExpr,
    pub positions: &'a SourceInfo,
}

/// Parses `source` and gives the tree to `visit`, both on a large stack. A panic of the parser becomes an error.
pub(super) fn with_tree<R: Send>(
    source: &str,
    visit: impl FnOnce(&Tree<'_>) -> Result<R, PredicateError> + Send,
) -> Result<R, PredicateError> {
    let work = || {
        // Without macros, `exists` and its like stay the calls that were written.
        let parser = Env::default().with_optional_support(false).parser();
        let (root, positions) = parser.parse_with_source_info(source).map_err(|errors| first_error(source, &errors))?;
        visit(&Tree { source, root: &root, positions: &positions })
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(PredicateError::new(0, "the CEL parser cannot read this predicate")),
            Err(error) => Err(PredicateError::new(0, format!("no thread to parse on: {error}"))),
        }
    })
}

fn first_error(source: &str, errors: &ParseErrors) -> PredicateError {
    let Some(first) = errors.errors.first() else {
        return PredicateError::new(0, "not a CEL expression");
    };
    let offset = byte_offset(source, first.pos);
    let message = first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg);
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return PredicateError::new(offset, format!("`{word}` is a word that CEL keeps for itself"))
            .help("names are written in quotes");
    }
    // The parser lists every token that could have stood here, and repeats the source: the beginning says enough.
    let message = message.split(" expecting ").next().unwrap_or(message);
    let short: String = message.chars().take(120).collect();
    PredicateError::new(offset, format!("not a CEL expression: {}", short.replace('\n', " ")))
}

/// The parser counts lines and characters from one.
fn byte_offset(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let width: usize = source[start..].chars().take(column).map(char::len_utf8).sum();
    start + width
}
