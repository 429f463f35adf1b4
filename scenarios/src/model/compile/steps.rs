//! Forward steps, undo steps, and how long a wait step waits.

use std::collections::BTreeSet;

use jiff::{Span as CalendarSpan, Timestamp, tz::TimeZone};
use sim_core::Duration;
use sim_core::hash::names;

use super::keys::Place;
use super::{Compiler, duration, value};
use crate::definition::{
    self, AppliesTo, Compensation, CustomerImpact, KeyPart, KeyPath, NextAction, Period, Requirement, Spanned,
};
use crate::model::{CompensationPolicy, EmissionIx, ItemIx, Model, Operation, Step, StepIx};
use crate::predicate::Scope;

impl<'d> Compiler<'d> {
    pub(super) fn forward_steps(&mut self, operations: &[Operation]) -> Vec<Step> {
        let saga = self.saga;
        let mut steps: Vec<Step> = saga
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| self.forward_step(StepIx(i as u16), step, operations))
            .collect();
        for i in 0..steps.len() {
            for before in steps[i].after.clone() {
                steps[before.ix()].dependents.push(StepIx(i as u16));
            }
        }
        steps
    }

    fn forward_step(&mut self, ix: StepIx, step: &'d definition::Step, operations: &[Operation]) -> Step {
        let item = self.item_of(step.item.as_ref());
        let call = step.call.as_ref().and_then(|call| self.operation(call));
        let place = Place {
            step: &step.id,
            charge: step.charge.as_ref().map(|charge| charge.value.as_str()),
            forward: Some(ix),
            own: false,
        };
        let scope = if item == ItemIx::ORDER { Scope::Order } else { Scope::Item };
        let rejections = call.map_or(&[][..], |call| &operations[call.ix()].rejections);
        let (on_reject, on_reject_other) = self.rejections(step, rejections);
        Step {
            id: step.id.value.clone(),
            label: step.id.value.clone(),
            names: names(&[&self.saga.name, self.item_name(item), &step.id]),
            span: step.span,
            kind: step.kind.value,
            item,
            after: self.step_list(&step.after),
            dependents: Vec::new(),
            call,
            key: step.key.as_ref().map(|key| self.key(key, &place)),
            attempt_timeout: duration(step.attempt_timeout.as_ref()),
            deadline: duration(step.deadline.as_ref()),
            retry: self.retry(step.retry.as_ref()),
            undo: Vec::new(),
            undoes: None,
            pivot: step.is_pivot(),
            after_pivot: step.after_pivot.as_ref().and_then(|after| value(after.cancel.as_ref())),
            replay_safe: step.replay_safe.is_some_and(|safe| safe.value),
            charge: step.charge.as_ref().and_then(|charge| self.charge(item, charge)),
            when: step.when.as_ref().and_then(|source| self.asked_of_oms("when", source, scope)),
            on_reject,
            on_reject_other,
            outcomes: step.outcomes.iter().map(|entry| (entry.id.value.clone(), entry.value.value)).collect(),
            due: duration(step.due.as_ref()),
            overdue: value(step.overdue.as_ref()),
            binds_version: step.binds.as_ref().is_some_and(|path| path.value == KeyPath::QuoteVersion),
            wait: None,
            on_duplicate: value(step.on_duplicate.as_ref()),
            tells_apart: step.leaves_out_of_tx(definition::OUTBOX),
            compensation: None,
        }
    }

    pub(super) fn item_name(&self, item: ItemIx) -> &'d str {
        self.saga.items.0.get(item.ix()).map_or("", |item| item.id.value.as_str())
    }

    /// What follows each reason of a rejection, and what follows any other.
    fn rejections(
        &mut self,
        step: &definition::Step,
        reasons: &[String],
    ) -> (Vec<(u8, NextAction)>, Option<NextAction>) {
        let (mut by_reason, mut other) = (Vec::new(), None);
        for entry in &step.on_reject {
            match reasons.iter().position(|reason| *reason == entry.id.value) {
                Some(reason) => by_reason.push((reason as u8, entry.value.value)),
                None if entry.id.value == "other" => other = Some(entry.value.value),
                None => self.unknown_name("rejection of its operation", &entry.id),
            }
        }
        (by_reason, other)
    }

    /// One undo step for each forward step and compensation of it, after all forward steps.
    pub(super) fn undo_steps(&mut self, forward: &mut [Step]) -> Vec<Step> {
        let saga = self.saga;
        let mut all = Vec::new();
        for (i, step) in saga.steps.iter().enumerate() {
            for name in self.in_order(step) {
                let Some(compensation) = saga.compensations.get(name) else {
                    self.unknown_name("compensation", name);
                    continue;
                };
                let undo = self.undo_step(StepIx(i as u16), &forward[i], name, compensation);
                forward[i].undo.push(StepIx((saga.steps.len() + all.len()) as u16));
                all.push(undo);
            }
        }
        all
    }

    /// The compensations of a step in the order in which they run: as written, but each behind those it goes after.
    fn in_order(&self, step: &'d definition::Step) -> Vec<&'d Spanned<String>> {
        let names = &step.compensation;
        let goes_after = |name: &'d Spanned<String>| {
            let after = self.saga.compensations.get(name).map_or(&[][..], |compensation| &compensation.after);
            let other = |other: &Spanned<String>| names.iter().any(|name| name.value == other.value);
            (name, after.iter().filter(|name| other(name)).map(|name| name.as_str()).collect::<BTreeSet<_>>())
        };
        let mut left: Vec<_> = names.iter().map(goes_after).collect();
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let is_free = |after: &BTreeSet<&str>| !left.iter().any(|(other, _)| after.contains(other.as_str()));
            // Where all that are left wait for each other, the order of writing decides.
            let next = left.iter().position(|(_, after)| is_free(after)).unwrap_or(0);
            ordered.push(left.remove(next).0);
        }
        ordered
    }

    fn undo_step(&mut self, ix: StepIx, undone: &Step, id: &str, compensation: &'d Compensation) -> Step {
        let forward = &self.saga.steps[ix.ix()];
        let place = Place {
            step: &forward.id,
            charge: forward.charge.as_ref().map(|charge| charge.value.as_str()),
            forward: Some(ix),
            own: true,
        };
        Step {
            id: id.to_string(),
            label: format!("{id} (undoes {})", undone.id),
            names: names(&[&self.saga.name, self.item_name(undone.item), &undone.id, "@undo", id]),
            span: compensation.span,
            kind: undone.kind,
            item: undone.item,
            after: Vec::new(),
            dependents: Vec::new(),
            call: compensation.call.as_ref().and_then(|call| self.operation(call)),
            key: compensation.key.as_ref().map(|key| self.key(key, &place)),
            attempt_timeout: duration(compensation.attempt_timeout.as_ref()),
            deadline: None,
            retry: self.retry(compensation.retry.as_ref()),
            undo: Vec::new(),
            undoes: Some(ix),
            pivot: false,
            after_pivot: None,
            replay_safe: false,
            charge: undone.charge,
            when: None,
            on_reject: Vec::new(),
            on_reject_other: None,
            outcomes: Vec::new(),
            due: None,
            overdue: None,
            binds_version: false,
            wait: None,
            on_duplicate: None,
            tells_apart: false,
            compensation: Some(self.compensation(id, compensation, undone.item)),
        }
    }

    fn compensation(&mut self, id: &str, written: &Compensation, item: ItemIx) -> CompensationPolicy {
        let scope = if item == ItemIx::ORDER { Scope::Order } else { Scope::Item };
        let applies = |to: AppliesTo| written.applies_to.iter().flatten().any(|given| given.value == to);
        let approval = written.authority.as_ref().and_then(|authority| authority.approval.as_ref());
        let notify = match &written.customer_impact {
            Some(Spanned { value: CustomerImpact::Notify(event), .. }) => Some(event),
            _ => None,
        };
        let emits = &self.saga.emits;
        CompensationPolicy {
            names: names(&[&self.saga.name, "@compensation", id]),
            triggers: written.trigger.iter().flatten().fold(0, |mask, trigger| mask | 1 << trigger.value as u8),
            completed: applies(AppliesTo::Completed),
            unknown: applies(AppliesTo::Unknown),
            needs_approval: approval.is_some_and(|approval| approval.value != "none"),
            preconditions: written
                .preconditions
                .iter()
                .flatten()
                .filter_map(|source| self.asked_of_oms("preconditions", source, scope))
                .collect(),
            notify: notify
                .and_then(|event| emits.iter().position(|emission| emission.kind.value == *event))
                .map(|i| EmissionIx(i as u8)),
            on_failure: value(written.on_failure.as_ref()),
            audited: written.audit.as_ref().is_some_and(|audit| {
                audit.record.is_some() && value(audit.reason_code.as_ref()) == Some(Requirement::Required)
            }),
        }
    }

    /// How long trials take and each wait step waits, once the epoch is known: calendar months have no fixed length.
    pub(super) fn waits(&self, model: &mut Model) {
        let epoch = model.epoch;
        for charge in &mut model.charges {
            charge.trial = self.trial(charge.item, Some(&charge.id)).map_or(charge.trial, |trial| length(trial, epoch));
        }
        for (step, written) in model.steps.iter_mut().zip(&self.saga.steps) {
            let waits_for_trial = written.until.as_ref().is_some_and(|until| {
                until.parts.iter().any(|part| matches!(part, KeyPart::Path(KeyPath::ChargeTrialEnd)))
            });
            if waits_for_trial {
                let charge = step.charge.map(|charge| model.charges[charge.ix()].id.as_str());
                step.wait = self.trial(step.item, charge).map(|trial| length(trial, epoch));
            }
        }
    }

    /// The trial of the charge, or of the item's first charge that has one.
    fn trial(&self, item: ItemIx, charge: Option<&str>) -> Option<Period> {
        let charges = &self.saga.items.0.get(item.ix())?.value.charges;
        let mut named = charges.iter().filter(|entry| charge.is_none_or(|charge| entry.id.value == charge));
        named.find_map(|entry| value(entry.value.trial.as_ref()))
    }
}

/// The length of a period that begins at `epoch`, in microseconds since 1970. A calendar that ends before the period
/// does gives the longest span.
fn length(period: Period, epoch: i64) -> Duration {
    let months = match period {
        Period::Exact(exact) => return super::span(exact),
        Period::Months(months) => i64::from(months),
        Period::Years(years) => i64::from(years).saturating_mul(12),
    };
    let end = || {
        let start = Timestamp::from_microsecond(epoch).ok()?.to_zoned(TimeZone::UTC);
        let end = start.checked_add(CalendarSpan::new().try_months(months).ok()?).ok()?;
        u64::try_from(end.timestamp().as_microsecond() - epoch).ok()
    };
    end().map_or(Duration(u64::MAX), Duration)
}
