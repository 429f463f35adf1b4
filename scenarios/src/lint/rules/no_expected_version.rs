//! # What
//! A command does not say which version of the order it was given for.
//!
//! # Why
//! Whoever cancels has seen a state, and the order has moved on since. Without the version the command is carried out on what
//! the customer never saw: the router that has left meanwhile.
//!
//! # Example
//! `cancelItem:` without `expectedVersion`.
//!
//! # Instead
//! `expectedVersion: required`
//!
//! # Seed
//! 20.2

use crate::definition::{Diagnostic, Level, Requirement, SagaFile};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0902",
    slug: "no-expected-version",
    level: Level::Error,
    about: "A command names the version of the order that it was given for.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for named in &file.saga.commands {
        let written = named.value.expected_version.as_ref();
        if written.is_some_and(|written| written.value == Requirement::Required) {
            continue;
        }
        let span = written.map_or(named.value.span, |written| written.span);
        let id = &named.id.value;
        let message = format!("command \"{id}\" is taken without the version of the order that it was given for");
        found.push(RULE.at(span, message).with_help(format!("write expectedVersion: required under {id}")));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_command_without_a_version_is_found() {
        for value in ["null", "optional"] {
            let set = format!("saga.commands.cancelItem.expectedVersion={value}");
            let expected =
                "SG0902 command \"cancelItem\" is taken without the version of the order that it was given for";
            assert_eq!(found("order-fulfilment", &[&set]), [expected], "{set}");
        }
    }
}
