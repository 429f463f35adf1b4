//! # What
//! The saga as a whole has no timeout, or nobody hears of it.
//!
//! # Why
//! Whatever the steps miss, such as an answer that is lost for good or a person who never decides, leaves an order that hangs. The
//! timeout of the saga is the last thing that can tell somebody.
//!
//! # Example
//! No `timeout:` at all, or `timeout: { within: 14d }` without a `signal`.
//!
//! # Instead
//! `timeout: { within: 14d, signal: SAGA_TIMED_OUT, then: OPEN_FALLOUT_CASE }`
//!
//! # Seed
//! 15.3

use crate::definition::{Diagnostic, Level, SagaFile};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0209",
    slug: "silent-saga-timeout",
    level: Level::Error,
    about: "A saga has a timeout, and somebody hears of it.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    let name = &file.saga.name;
    let whole = "write timeout: { within: 14d, signal: SAGA_TIMED_OUT, then: OPEN_FALLOUT_CASE }";
    let (span, message, help) = match &file.saga.timeout {
        None => {
            (name.span, format!("saga \"{}\" has no timeout: an order that hangs is never noticed", name.value), whole)
        }
        Some(timeout) if timeout.within.is_none() => {
            (timeout.span, "the timeout of the saga does not say within what time: it never comes".to_owned(), whole)
        }
        Some(timeout) if timeout.signal.is_none() => (
            timeout.span,
            "the timeout of the saga gives no signal: nobody hears of an order that hangs".to_owned(),
            "write signal: SAGA_TIMED_OUT under timeout",
        ),
        Some(_) => return,
    };
    found.push(RULE.at(span, message).with_help(help));
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_saga_that_hangs_in_silence_is_found() {
        for (set, expected) in [
            ("saga.timeout=null", "saga \"order-fulfilment\" has no timeout"),
            ("saga.timeout.within=null", "does not say within what time"),
            ("saga.timeout.signal=null", "gives no signal"),
        ] {
            let found = found("order-fulfilment", &[set]);
            assert_eq!(found.len(), 1, "{set}: {found:?}");
            assert!(found[0].starts_with("SG0209 ") && found[0].contains(expected), "{set}: {found:?}");
        }
    }
}
