//! # What
//! A failure that an operation declares is in none of `retryOn`, `noRetryOn` and `unknownOn` of the retry policy, or in two of them.
//!
//! # Why
//! What happens after it is then nobody's decision: whether the call is sent again, given up, or asked about.
//!
//! # Example
//! `retryOn: [HTTP_503, TIMEOUT]` beside `unknownOn: [TIMEOUT]`.
//!
//! # Instead
//! Each failure in exactly one list: in `unknownOn` when the effect may have happened, in `retryOn` when it cannot have, in
//! `noRetryOn` when sending again would change nothing.
//!
//! # Seed
//! 12.1

use crate::definition::{
    Diagnostic, Failure, FailureMatch, Keyword as _, Level, OperationRef, RetryPolicy, SagaFile, Span, Spanned,
};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0202",
    slug: "unclassified-failure",
    level: Level::Error,
    about: "Every failure that an operation declares is in exactly one of retryOn, noRetryOn and unknownOn.",
    check,
};

/// The lists of a policy under their names.
fn lists(policy: &RetryPolicy) -> [(&'static str, &[Spanned<FailureMatch>]); 3] {
    [("retryOn", &policy.retry_on), ("noRetryOn", &policy.no_retry_on), ("unknownOn", &policy.unknown_on)]
}

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for named in &file.saga.retry {
        in_two(&named.id.value, &named.value, found);
    }
    let steps = file.saga.steps.iter().map(|step| (&step.call, &step.retry));
    let compensations = file.saga.compensations.iter().map(|named| (&named.value.call, &named.value.retry));
    let consumers = file.saga.consumers.iter().map(|consumer| (&consumer.call, &consumer.retry));
    let mut seen = Vec::new();
    for (call, retry) in steps.chain(compensations).chain(consumers) {
        let (Some(call), Some(retry)) = (call, retry) else { continue };
        if let Some(named) = file.saga.retry.entry(&retry.value) {
            in_none(file, (call, &named.id), &named.value, &mut seen, found);
        }
    }
}

/// A failure that is named in two lists.
fn in_two(id: &str, policy: &RetryPolicy, found: &mut Vec<Diagnostic>) {
    let mut known: Vec<(Failure, &str, Span)> = Vec::new();
    for (list, failures) in lists(policy) {
        for named in failures {
            let FailureMatch::One(failure) = named.value else { continue };
            match known.iter().find(|(other, of, _)| *other == failure && *of != list) {
                Some((_, other, span)) => {
                    let word = failure.word();
                    let message = format!("retry policy \"{id}\" has {word} in {other} and in {list}");
                    let help = "keep it in one list: unknownOn where the effect may have happened, retryOn where it cannot have";
                    found.push(RULE.at(named.span, message).with_secondary(*span, "the other one").with_help(help));
                }
                None => known.push((failure, list, named.span)),
            }
        }
    }
}

/// The failures of an operation that are in no list of the policy under which it is called; each is told once for a policy.
fn in_none<'f>(
    file: &'f SagaFile,
    (call, id): (&Spanned<OperationRef>, &'f Spanned<String>),
    policy: &RetryPolicy,
    seen: &mut Vec<(&'f str, Failure)>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(contract) = file.participants.operation(&call.value.system, &call.value.operation) else { return };
    for failure in contract.failures.iter().map(|failure| failure.value) {
        let is_covered = lists(policy).iter().any(|(_, list)| list.iter().any(|named| named.value.covers(failure)));
        if is_covered || seen.contains(&(id.value.as_str(), failure)) {
            continue;
        }
        seen.push((id.value.as_str(), failure));
        let word = failure.word();
        let message = format!(
            "{} may fail with {word}, which retry policy \"{}\" has in none of retryOn, noRetryOn and unknownOn",
            call.value, id.value
        );
        let may_have_happened = contract.effect_possible.iter().any(|possible| possible.value == failure);
        let list = if may_have_happened { "unknownOn" } else { "retryOn or noRetryOn" };
        let diagnostic = RULE.at(id.span, message).with_secondary(call.span, "called here");
        found.push(diagnostic.with_help(format!("add {word} to {list}")));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_failure_in_two_lists_or_in_none_is_found() {
        for (set, expected) in [
            (
                "saga.retry.standard.retryOn=[NOT_SENT, TIMEOUT, HTTP_502, HTTP_503, HTTP_504, RATE_LIMIT]",
                "retry policy \"standard\" has TIMEOUT in retryOn and in unknownOn",
            ),
            (
                "saga.retry.standard.noRetryOn=[VALIDATION_ERROR, BUSINESS_REJECTION, UNAUTHORIZED, HTTP_503]",
                "retry policy \"standard\" has HTTP_503 in retryOn and in noRetryOn",
            ),
            (
                "saga.retry.standard.unknownOn=[TIMEOUT]",
                "may fail with HTTP_500, which retry policy \"standard\" has in none of",
            ),
        ] {
            let found = found("order-fulfilment", &[set]);
            assert_eq!(found.len(), 1, "{set}: {found:?}");
            assert!(found[0].starts_with("SG0202 ") && found[0].contains(expected), "{set}: {found:?}");
        }
        // All of them in one list are none too many.
        let any = ["saga.retry.question.retryOn=[ANY]", "saga.retry.question.noRetryOn=null"];
        assert!(found("order-fulfilment", &any).is_empty());
    }
}
