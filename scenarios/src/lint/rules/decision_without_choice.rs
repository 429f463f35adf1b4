//! # What
//! A person is asked to decide, and whatever the answer is, the same follows.
//!
//! # Why
//! A refusal that counts as done is an approval: what was refused is delivered all the same. What a name such as `refuse` means
//! nobody but its author knows, so no run can tell; but a question whose answers make no difference is none.
//!
//! # Example
//! `{ kind: human, outcomes: { approve: COMPLETE, refuse: COMPLETE } }`
//!
//! # Instead
//! `{ kind: human, outcomes: { approve: COMPLETE, refuse: FAIL_ITEM } }`
//!
//! # Seed
//! 23.1

use crate::definition::{Diagnostic, Level, NextAction, SagaFile, Step, StepKind};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0909",
    slug: "decision-without-choice",
    level: Level::Error,
    about: "What a person decides makes a difference.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for step in file.saga.steps.iter().filter(|step| step.kind.value == StepKind::Human) {
        if let Some(all) = same(step) {
            let message = format!("step \"{}\": whatever the person decides, {all} follows", step.id.value);
            let help = "give the outcome that refuses an action of its own, such as FAIL_ITEM or REJECT_ORDER";
            found.push(
                RULE.at(step.outcomes.iter().next().map_or(step.span, |first| first.id.span), message).with_help(help),
            );
        }
    }
}

/// The one action that all outcomes but those that put the decision off lead to, where there are several.
fn same(step: &Step) -> Option<NextAction> {
    let mut ends = step.outcomes.iter().map(|outcome| outcome.value.value).filter(|then| *then != NextAction::Progress);
    let first = ends.next()?;
    let mut others = ends.peekable();
    (others.peek().is_some() && others.all(|then| then == first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_question_without_a_choice_is_found() {
        let step = "saga.steps[check-feasibility]={ id: check-feasibility, item: connectivity, kind: human, role: planner, due: 2d";
        for (outcomes, expected) in [
            ("", None),
            (", outcomes: { go: COMPLETE }", None),
            (", outcomes: { go: COMPLETE, wait: PROGRESS }", None),
            (", outcomes: { go: COMPLETE, no: FAIL_ITEM }", None),
            (", outcomes: { go: COMPLETE, no: COMPLETE }", Some("whatever the person decides, COMPLETE follows")),
            (", outcomes: { go: FAIL_ITEM, no: FAIL_ITEM }", Some("whatever the person decides, FAIL_ITEM follows")),
        ] {
            let found = found("order-fulfilment", &[&format!("{step}{outcomes} }}")]);
            match expected {
                Some(expected) => assert!(
                    found.len() == 1 && found[0].starts_with("SG0909 ") && found[0].contains(expected),
                    "{found:?}"
                ),
                None => assert_eq!(found, [""; 0], "{outcomes}"),
            }
        }
    }
}
