//! One report model, many formats.
//!
//! ```text
//! campaign, replay, mutants ──fill──▶ model (plain data) ──render──▶ terminal, json, ...
//! ```
//!
//! The [`model`] is the contract with scripts: its serialised form is the JSON that `sagasim` prints, and every other
//! format reads it and nothing else. It holds no type of the engine or of the domain, so that a format cannot reach past it.
//! A new format is one file under [`formats`] and one entry in [`FORMATS`](formats::FORMATS).

pub mod fill;
pub mod formats;
pub mod metrics;
pub mod model;
pub mod style;
pub mod text;
pub mod walk;

#[doc(hidden)]
pub mod sample;

pub use formats::{FORMATS, Format};
pub use model::*;
pub use style::{Detail, Style};
