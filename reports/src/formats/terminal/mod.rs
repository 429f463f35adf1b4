//! Reports for people, on a terminal or in a log.
//!
//! All text passes through [`Page`](page::Page), which escapes what could act on the terminal, wraps at the width and
//! colours only if asked; so a section decides what to say and nothing else.

mod check;
mod coverage;
mod failure;
mod invariants;
mod listing;
mod mutants;
mod page;
mod replay;
mod selfcheck;
mod shrink;
mod step;
mod table;

pub use check::check;
pub use listing::listing;
pub use mutants::mutants;
pub use replay::replay;
pub use selfcheck::selfcheck;
pub use shrink::shrink;
pub use step::step;
