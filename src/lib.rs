//! sagasim: deterministic simulation and chaos testing of business sagas.
//!
//! This library is the facade over the inner crates: what the `sagasim` command does, as calls with [`options`] and a
//! [`Session`](options::Session).

mod facade;
pub mod files;
pub mod options;
mod shard;

pub use facade::{check, faults_of, inputs_of, merge, mutants, refuse_to_overwrite, replay, selfcheck, shrink};
pub use options::{
    CheckOptions, Driver, Error, MergeOptions, MutantsOptions, Progress, ReplayOptions, SelfcheckOptions, Session,
    ShrinkOptions,
};
pub use shard::Shard;
