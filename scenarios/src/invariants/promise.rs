//! What the definition promises: the deadlines that it writes, whose they are and how they are told.
//!
//! In a run without faults they are judged as they are written; see [`bounds`](super::bounds).

use sim_core::{Duration, Promise, Time, Violation};

use super::{
    INVARIANTS, bounds, event_delivered, item_billed, own, reconciled, status_in_crm, subject, unknown_resolved,
};
use crate::model::{Charge, Consumer, CustomRule, Model, Rule, Step, Unknown};
use crate::scenario::Scenario;

/// A deadline of the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What it is written as, and where: `latest of the charge hardware`.
    pub of: String,
    /// How long it gives, with what stands beside it.
    pub within: Duration,
}

/// The deadlines that the definition writes for what this invariant judges.
#[must_use]
pub fn deadlines(model: &Model, invariant: &str) -> Vec<Deadline> {
    match invariant {
        id if id == item_billed::ENTRY.id => model.charges.iter().filter_map(of_charge).collect(),
        id if id == event_delivered::ENTRY.id => model.consumers.iter().filter_map(of_consumer).collect(),
        id if id == status_in_crm::ENTRY.id => {
            let followers = model.consumers.iter().filter(|consumer| consumer.step.is_none());
            followers.filter_map(of_consumer).collect()
        }
        id if id == reconciled::ENTRY.id => model.rules.iter().filter_map(of_rule).collect(),
        id if id == own::EVENTUALLY.id => model.custom.iter().filter_map(of_own).collect(),
        id if id == unknown_resolved::ENTRY.id => model.unknowns.iter().filter_map(of_unknown).collect(),
        _ => Vec::new(),
    }
}

/// The deadline that a violation is about, if the definition writes one for it.
#[must_use]
pub fn deadline(scenario: &Scenario, violation: &Violation) -> Option<Deadline> {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let numbered = usize::from(place.extra.0);
    match INVARIANTS.get(usize::from(violation.invariant))?.id {
        id if id == item_billed::ENTRY.id => {
            let item = place.item?;
            let is_it = |charge: &&Charge| charge.item == item && charge.step == place.step;
            of_charge(model.charges.iter().find(is_it)?)
        }
        id if id == event_delivered::ENTRY.id || id == status_in_crm::ENTRY.id => {
            of_consumer(model.consumers.get(numbered)?)
        }
        id if id == reconciled::ENTRY.id => of_rule(model.rules.get(numbered)?),
        id if id == own::EVENTUALLY.id => of_own(model.custom.get(numbered)?),
        id if id == unknown_resolved::ENTRY.id => {
            let step: &Step = model.steps.get(place.step?.ix())?;
            let policy = model.retries[step.retry?.ix()].unknown?;
            of_unknown(&model.unknowns[policy.ix()])
        }
        _ => None,
    }
}

/// A promise that was not kept, as one sentence about what was owed: by what it was due, and how late it came.
#[must_use]
pub fn told(scenario: &Scenario, violation: &Violation) -> Option<String> {
    let (due, Promise { within, met }) = (violation.due?, violation.broken?);
    let of = deadline(scenario, violation).map_or_else(|| "its deadline".to_owned(), |deadline| deadline.of);
    let came = match met {
        Some(at) => format!("it came at {at}, {} late", at.since(due)),
        None => "it never came".to_owned(),
    };
    let rest = "without a fault it counts as it is written";
    Some(format!("{of} gives it {within}, until {due}, and {came}; {rest}"))
}

/// How late what was promised came; `None` where nothing was promised or nothing came.
#[must_use]
pub fn late_by(violation: &Violation) -> Option<Duration> {
    let due: Time = violation.due?;
    Some(violation.broken?.met?.since(due))
}

fn of_charge(charge: &Charge) -> Option<Deadline> {
    let trial = if charge.trial == Duration::ZERO { "" } else { ", after its trial," };
    let of = format!("latest of the charge {}{trial}", charge.id);
    Some(Deadline { of, within: charge.latest? + charge.trial })
}

fn of_consumer(consumer: &Consumer) -> Option<Deadline> {
    Some(Deadline { of: format!("within of the consumer {}", consumer.id), within: consumer.within? })
}

fn of_rule(rule: &Rule) -> Option<Deadline> {
    let of = format!("within of the reconcile rule {}, and its period,", rule.id);
    Some(Deadline { of, within: rule.within? + bounds::period(rule) })
}

fn of_own(rule: &CustomRule) -> Option<Deadline> {
    let within = rule.within.filter(|_| !rule.always)?;
    Some(Deadline { of: format!("within of the rule {}", rule.id), within })
}

fn of_unknown(unknown: &Unknown) -> Option<Deadline> {
    Some(Deadline { of: format!("sla of the policy {}", unknown.id), within: unknown.sla? })
}
