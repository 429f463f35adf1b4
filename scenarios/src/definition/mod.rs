//! The definition files as written: typed, with the place of every value that a message may have to point at.
//!
//! A file becomes a tree of nodes with spans, patches of `--set` change the tree, the tree gives the digest, and readers turn it into the structs of
//! this module. What is missing and has an effect stays `None`: it is a finding of the static rules and simulates as its worst case.

mod actions;
mod assemble;
mod checks;
mod code;
mod command;
mod compensation;
mod defect;
mod diagnostic;
mod digest;
mod events;
mod files;
mod goals;
mod item;
mod keys;
mod keyword;
mod load;
mod loader;
mod machine;
mod node;
mod order;
mod participants;
mod platform;
mod platform_words;
mod policy;
mod profile;
mod reader;
mod reference;
mod references;
mod render;
mod saga;
mod scalars;
mod scenario;
mod set;
mod source;
mod span;
mod step;
mod words;
mod yaml_words;

pub use actions::{ACTION_PLACES, ActionPlace};
pub use checks::*;
pub use code::*;
pub use command::*;
pub use compensation::*;
pub use defect::*;
pub use diagnostic::*;
pub use events::*;
pub use goals::*;
pub use item::*;
pub use keys::*;
pub use keyword::Keyword;
pub use load::{Definition, Embedded, SagaFile};
pub use machine::*;
pub use participants::*;
pub use platform::*;
pub use platform_words::*;
pub use policy::*;
pub use profile::*;
pub use reader::{Asked, Need, Takes};
pub use reference::{FileKey, file_keys, words};
pub use references::singular;
pub use saga::*;
pub use scalars::*;
pub use scenario::*;
pub use set::{Set, SetError};
pub use source::*;
pub use span::*;
pub use step::*;
pub use words::*;

#[cfg(test)]
mod tests;
