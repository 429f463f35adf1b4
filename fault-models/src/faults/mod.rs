//! The catalogue of fault kinds: one file each.

mod request_lost;

use crate::Fault;

/// All fault kinds.
pub const FAULTS: &[Fault] = &[request_lost::FAULT];
