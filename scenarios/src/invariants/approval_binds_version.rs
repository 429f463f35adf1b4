//! `approval-binds-version`: an approval counts only for the version of the quote that it names.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, QuoteState, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "approval-binds-version",
    family: Family::Aud,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "an approval names the exact version of the quote that it approves, and counts for no other",
    seed: "17.1, 20.3",
    guard: "each decision that is applied, and each quote that is approved or accepted with an approval",
    causes: &[],
    effect: "a changed quote goes through on the approval of an older one",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(ApprovalBindsVersion),
};

/// See the catalogue entry.
pub struct ApprovalBindsVersion;

impl Invariant<Scenario> for ApprovalBindsVersion {
    as_entered!(kind::QUOTE | kind::APPROVAL);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Approval { order, version, decided, .. } => {
                judge.require(
                    decided == version,
                    subject::of_order(order),
                    u64::from(decided) << 8 | u64::from(version),
                );
            }
            Change::Quote { order, version, after, approved_version, .. }
                if matches!(after, QuoteState::Approved | QuoteState::Accepted) && approved_version != 0 =>
            {
                let detail = u64::from(approved_version) << 8 | u64::from(version);
                judge.require(approved_version == version, subject::of_order(order), detail);
            }
            _ => {}
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let (version, decided) = (violation.detail as u8, (violation.detail >> 8) as u8);
    match decided {
        0 => format!("A decision without a version was applied to version {version} of the quote of {order}."),
        _ => format!("The approval of version {decided} was applied to version {version} of the quote of {order}."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_approval_counts_for_its_version_only() {
        let decided = |decided| Do::Tell(Change::Approval { order: 0, version: 2, decided });
        let approved = |approved_version| {
            let (before, after) = (QuoteState::Pending, QuoteState::Approved);
            Do::Tell(Change::Quote { order: 0, version: 2, before, after, validated: true, approved_version })
        };
        check(ENTRY.id, &[decided(1)], &[decided(2)]);
        check(ENTRY.id, &[decided(0)], &[approved(2)]);
        check(ENTRY.id, &[approved(1)], &[decided(2), approved(2)]);
    }
}
