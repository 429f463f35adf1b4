//! `dashboard-exactly-one`: operators see each item in exactly one state.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "dashboard-exactly-one",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Always,
    statement: "each item shows exactly one dashboard state at any time",
    seed: "28",
    guard: "each item whose dashboard state was computed",
    causes: &[],
    effect: "operators cannot tell where an order stands",
    applies: |model| match model.dashboard.states.is_empty() {
        false => Ok(()),
        true => Err("dashboard: no states".into()),
    },
    story,
    definition: |scenario, _| {
        scenario.model.dashboard.states.first().map(|state| state.span).filter(|span| Model::is_written(*span))
    },
    new: |_: &Model| Box::new(DashboardExactlyOne),
};

/// See the catalogue entry.
pub struct DashboardExactlyOne;

impl Invariant<Scenario> for DashboardExactlyOne {
    as_entered!(kind::DASHBOARD);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Dashboard { order, item, holding, .. } = *change else { return };
        judge.require(holding == 1, subject::of_item(order, item), holding.into());
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let item = subject::unpack(violation.subject).item;
    let item = item.and_then(|item| scenario.model.items.get(item.ix())).map_or("an item", |item| item.id.as_str());
    match violation.detail {
        0 => format!("No dashboard state holds for item {item} of {order}."),
        n => format!("{n} dashboard states hold at once for item {item} of {order}."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn one_state_holds() {
        let holding = |holding| Do::Tell(Change::Dashboard { order: 0, item: ROUTER, holding, state: 0 });
        check(ENTRY.id, &[holding(0)], &[holding(1)]);
        check(ENTRY.id, &[holding(2)], &[holding(1)]);
    }
}
