//! The rules, a file each.

mod colliding_key;
mod consumer_repeats_step;
mod decision_without_choice;
mod illegal_transition;
mod missing_key;
mod no_expected_version;
mod no_timeout;
mod silent_saga_timeout;
mod split_transaction;
mod unapproved_financial_correction;
mod unclassified_failure;

use super::Rule;

/// All static rules, by code.
pub const RULES: &[Rule] = &[
    no_timeout::RULE,
    unclassified_failure::RULE,
    silent_saga_timeout::RULE,
    unapproved_financial_correction::RULE,
    missing_key::RULE,
    colliding_key::RULE,
    split_transaction::RULE,
    consumer_repeats_step::RULE,
    illegal_transition::RULE,
    no_expected_version::RULE,
    decision_without_choice::RULE,
];
