//! sagasim: deterministic simulation and chaos testing of business sagas.
//!
//! This library is the facade over the inner crates: what the `sagasim` command does, as calls with [`options`] and a
//! [`Session`](options::Session).

mod facade;
pub mod files;
pub mod options;

pub use facade::{check, mutants, replay, selfcheck};
pub use options::{CheckOptions, Driver, Error, MutantsOptions, Progress, ReplayOptions, SelfcheckOptions, Session};
