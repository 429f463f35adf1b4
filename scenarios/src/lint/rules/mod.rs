//! The rules, a file each.

mod decision_without_choice;
mod no_timeout;
mod silent_saga_timeout;
mod unclassified_failure;

use super::Rule;

/// All static rules, by code.
pub const RULES: &[Rule] =
    &[no_timeout::RULE, unclassified_failure::RULE, silent_saga_timeout::RULE, decision_without_choice::RULE];
