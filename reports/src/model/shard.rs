//! What the result of a shard holds beside the report, for `sagasim merge`.

use serde::{Deserialize, Serialize};

use super::check::RegressionRow;

/// The version of the format of [`ShardReport`].
pub const SHARD_SCHEMA: u32 = 1;

/// A shard, with all that the merged result is made of. Only the version of sagasim that wrote it reads it; scripts read the
/// report around it, or the merged result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardReport {
    /// The version of the format.
    pub schema: u32,
    /// Which shard, from 1.
    pub index: u64,
    /// Of how many.
    pub of: u64,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// What was asked for; equal in all shards.
    pub call: serde_json::Value,
    /// The definition files as they were, patches aside; equal in all shards.
    pub definitions: serde_json::Value,
    /// What was found in each scenario.
    pub scenarios: Vec<serde_json::Value>,
    /// Stored failures, which the first shard runs.
    pub regressions: Vec<RegressionRow>,
}
