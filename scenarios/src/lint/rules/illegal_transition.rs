//! # What
//! A command that cancels is taken in a state from which nothing is cancelled any more.
//!
//! # Why
//! An item or an order that is completed, failed or cancelled is at its end: it is corrected by an order of its own, not
//! cancelled. Whoever reads the definition believes that the customer can still get out, and the command is refused.
//!
//! # Example
//! `states: [inProgress, completed]` of a command with `then: COMPENSATE_ITEM`.
//!
//! # Instead
//! `states: [acknowledged, pending, held, inProgress]`
//!
//! # Seed
//! 3.1, 17.1, 20.3

use crate::definition::{Diagnostic, Keyword as _, Level, NextAction, SagaFile, Scope};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0901",
    slug: "illegal-transition",
    level: Level::Error,
    about: "A command changes nothing that is at its end.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for named in &file.saga.commands {
        let (id, command) = (&named.id.value, &named.value);
        let cancels = |then: NextAction| matches!(then, NextAction::CompensateItem | NextAction::Compensate);
        if !command.then.as_ref().is_some_and(|then| cancels(then.value)) {
            continue;
        }
        let of_order = command.scope.as_ref().is_some_and(|scope| scope.value == Scope::Order);
        let what = if of_order { "order" } else { "item" };
        for state in command.states.iter().flatten().filter(|state| state.value.is_final()) {
            let word = state.value.word();
            let message = format!("command \"{id}\" is taken in {word}, and an {what} that is {word} is not cancelled");
            found.push(RULE.at(state.span, message).with_help(format!("take {word} out of the states of {id}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_cancellation_of_what_is_at_its_end_is_found() {
        let states = |states: &str| format!("saga.commands.cancelItem.states=[{states}]");
        assert_eq!(
            found("order-fulfilment", &[&states("inProgress, completed")]),
            ["SG0901 command \"cancelItem\" is taken in completed, and an item that is completed is not cancelled"]
        );
        let of_order = ["saga.commands.cancelItem.scope=order", &states("held, failed")];
        assert_eq!(
            found("order-fulfilment", &of_order),
            ["SG0901 command \"cancelItem\" is taken in failed, and an order that is failed is not cancelled"]
        );
        assert!(found("order-fulfilment", &[&states("held")]).is_empty());
    }
}
