//! # What
//! A compensation credits money, and nobody has to approve it.
//!
//! # Why
//! A credit that one program, or one person, can give alone is how money leaves a company unseen. Whoever starts it and whoever
//! approves it are two.
//!
//! # Example
//! `financialImpact: CREDIT` with `authority: { role: system, approval: none }`.
//!
//! # Instead
//! `authority: { role: system, approval: billing-desk }`
//!
//! # Seed
//! 24

use crate::definition::{Diagnostic, FinancialImpact, Level, SagaFile};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0414",
    slug: "unapproved-financial-correction",
    level: Level::Error,
    about: "A credit is approved by somebody else than whoever starts it.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for named in &file.saga.compensations {
        let (id, compensation) = (&named.id.value, &named.value);
        let Some(impact) = compensation.financial_impact.as_ref().filter(|f| f.value == FinancialImpact::Credit) else {
            continue;
        };
        let approval = compensation.authority.as_ref().and_then(|authority| authority.approval.as_ref());
        let span = match approval {
            Some(approval) if approval.value == "none" => approval.span,
            Some(_) => continue,
            None => impact.span,
        };
        let message = format!("compensation \"{id}\" credits money without an approval");
        found.push(
            RULE.at(span, message).with_help("write the role that approves it under authority: approval: billing-desk"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_credit_that_nobody_approves_is_found() {
        for approval in ["none", "null"] {
            let set = format!("saga.compensations.credit-hardware.authority.approval={approval}");
            let expected = "SG0414 compensation \"credit-hardware\" credits money without an approval";
            assert_eq!(found("order-fulfilment", &[&set]), [expected], "{set}");
        }
        // Stopping a charge gives no money back.
        let stops = "saga.compensations.credit-access.financialImpact=STOP";
        assert!(found("order-fulfilment", &[stops, "saga.compensations.credit-access.authority=null"]).is_empty());
    }
}
