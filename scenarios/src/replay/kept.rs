//! A run that is kept for later campaigns: its workload and faults by business identity, without the definition.

use serde::{Deserialize, Serialize};

use super::repro::{CommandText, OrderText, Repro, ReproError, recording_of};
use super::{Recording, SCHEMA};
use crate::scenario::Scenario;

/// A kept run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The version of the format: that of repro files.
    pub schema: u32,
    /// The orders.
    pub orders: Vec<OrderText>,
    /// The commands.
    pub commands: Vec<CommandText>,
    /// The faults.
    pub choices: Vec<String>,
}

impl Kept {
    /// A recording in words. Only its faults are kept: latencies are drawn anew by whoever begins with it.
    #[must_use]
    pub fn new(scenario: &Scenario, recording: &Recording) -> Self {
        let choices = recording.faults().copied().collect();
        let (orders, commands, choices) = Repro::describe(scenario, &Recording { choices, ..recording.clone() });
        Self { schema: SCHEMA, orders, commands, choices }
    }

    /// Reads a kept run.
    ///
    /// # Errors
    ///
    /// [`ReproError`] where it is none of ours.
    pub fn read(text: &str) -> Result<Self, ReproError> {
        let kept: Self = super::repro::from_json(text)?;
        super::repro::check_rows(kept.orders.len(), kept.commands.len(), kept.choices.len())?;
        Ok(kept)
    }

    /// The file as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data is always JSON");
        text.push('\n');
        text
    }

    /// The recording that it means in this scenario; what the scenario does not have any more is left out.
    #[must_use]
    pub fn recording(&self, scenario: &Scenario) -> Recording {
        let (workload, choices, _) = recording_of(scenario, (&self.orders, &self.commands, &self.choices));
        Recording { workload, choices: choices.into_iter().flatten().collect(), heal_after: None, dead_stay: false }
    }
}
