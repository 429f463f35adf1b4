//! What the result of a shard holds beside the report, for `sagasim merge`.

use serde::{Deserialize, Serialize};

use super::check::{CheckReport, RegressionRow};
use super::verdict::Verdict;

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

impl CheckReport {
    /// The answer to the designer's question. Only all shards together can say GO.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match &self.shard {
            Some(_) if self.verdict == Verdict::Pass => "nothing broke in this shard",
            _ => self.verdict.advice(),
        }
    }

    /// What all chance came from: the seed, and which shard.
    #[must_use]
    pub fn luck(&self) -> String {
        let seed = format!("seed {}", self.seed);
        self.shard.as_ref().map_or(seed.clone(), |shard| format!("{seed}, shard {} of {}", shard.index, shard.of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FORMATS, Style, sample};

    #[test]
    fn the_page_of_a_shard_does_not_say_go() {
        let shard = ShardReport {
            schema: SHARD_SCHEMA,
            index: 2,
            of: 8,
            stopped: false,
            call: serde_json::Value::Null,
            definitions: serde_json::Value::Null,
            scenarios: Vec::new(),
            regressions: Vec::new(),
        };
        for (report, expected) in
            [(sample::passing(), "PASS  nothing broke in this shard"), (sample::failing(), "FAIL  NO-GO")]
        {
            let human = |report: &CheckReport| (FORMATS[0].render)(report, &Style::plain());
            let whole = human(&report);
            let part = human(&CheckReport { shard: Some(Box::new(shard.clone())), ..report });
            assert!(!whole.contains("shard"), "{whole}");
            assert!(part.contains(expected) && part.contains(", shard 2 of 8\n"), "{part}");
        }
    }
}
