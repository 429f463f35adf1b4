//! What a definition rules out. Decided before anything runs, from the model, the fault profile and the workload alone:
//! what cannot occur is not owed, with the line that says why; all the rest is owed, and a check in which it did not
//! happen is not enough evidence.

use fault_models::{Fault, Profile, find, follows};

use crate::definition::NextAction;
use crate::invariants::{Cause, Entry};
use crate::model::{Model, OpIx, StepIx};
use crate::nodes::outside::is_compared;
use crate::nodes::participant::Response;
use crate::sites::{DECISIONS, RESPONSES};
use crate::workload::WorkloadShape;

/// What decides it.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The definition with its contracts.
    pub model: &'a Model,
    /// What runs are asked to do.
    pub shape: &'a WorkloadShape,
    /// The faults that are on.
    pub profile: &'a Profile,
}

impl Given<'_> {
    /// Whether a kind of fault can occur.
    ///
    /// # Errors
    ///
    /// What rules it out.
    pub fn fault(&self, fault: &Fault) -> Result<(), String> {
        let on = |slug: &str| find(slug).is_some_and(|kind| self.profile.kinds().any(|other| other == kind));
        if !on(fault.slug) {
            return Err(format!("the profile {} leaves it out", self.profile.name));
        }
        let before = follows(fault.slug);
        if !before.is_empty() && !before.iter().any(|slug| on(slug)) {
            let before = before.join(" or ");
            return Err(format!("it follows {before}, which the profile {} leaves out", self.profile.name));
        }
        fault_exists(self.model, fault)
    }

    /// Whether a kind of fault can meet a call of a step.
    ///
    /// # Errors
    ///
    /// What rules it out.
    pub fn cell(&self, step: StepIx, fault: &Fault) -> Result<(), String> {
        self.fault(fault)?;
        cell_exists(self.model, step, fault)
    }

    /// Whether an invariant can have something to judge.
    ///
    /// # Errors
    ///
    /// What rules it out.
    pub fn invariant(&self, entry: &Entry) -> Result<(), String> {
        (entry.applies)(self.model)?;
        if entry.causes.is_empty() || entry.causes.iter().any(|cause| self.offers(cause)) {
            return Ok(());
        }
        const SHOWN: usize = 4;
        let mut words: Vec<&str> = entry.causes.iter().map(Cause::words).collect();
        let rest = words.len().saturating_sub(SHOWN);
        words.truncate(SHOWN);
        let more = if rest > 0 { format!(" or one of {rest} more") } else { String::new() };
        let list = words.join(", ");
        Err(format!("it takes {list}{more}: neither the profile {} nor the workload has it", self.profile.name))
    }

    fn offers(&self, cause: &Cause) -> bool {
        match cause {
            Cause::Fault(slug) => find(slug).is_some_and(|kind| self.fault(fault_models::fault(kind)).is_ok()),
            Cause::Cancellation => self.shape.boundaries.iter().any(|(command, ..)| {
                let then = self.model.commands[command.ix()].then;
                matches!(then, Some(NextAction::CompensateItem | NextAction::Compensate | NextAction::RedoStep))
            }),
            Cause::FlawedQuote => self.shape.flawed_quotes && self.reads_quotes(),
        }
    }

    /// Whether a step asks about the quote: only there a flaw of it shows.
    fn reads_quotes(&self) -> bool {
        called(self.model).any(|operation| self.model.operation(operation).id.starts_with("cpq."))
    }
}

/// The operations that anything calls: a step, an undo step, or a consumer.
fn called(model: &Model) -> impl Iterator<Item = OpIx> {
    (0..model.steps.len() as u16).filter_map(|step| model.step(StepIx(step)).call)
}

/// Whether a decision can come to this value of this site.
fn point_exists(model: &Model, site: &str, value: &str) -> Result<(), String> {
    let need = |there: bool, why: &str| if there { Ok(()) } else { Err(why.to_owned()) };
    match site {
        "response" => {
            let allows = called(model).any(|operation| allows(model, operation, value));
            need(allows, "participants: no operation that is called allows it")
        }
        "desk" => {
            need(model.timeout.is_some(), "timeout: not written")?;
            need(model.fallout.owner.is_some(), "fallout: no owner")
        }
        "correction" => {
            let any = (0..model.forward).any(|step| is_compared(model, StepIx(step)));
            need(any, "reconcile: no rule looks at charges or products that a step makes")
        }
        "decision" => {
            let bit = DECISIONS.iter().position(|name| *name == value).map_or(0, |bit| 1 << bit);
            let any = model.steps.iter().any(|step| step.other_outcomes() & bit != 0);
            need(any, "steps: no person can decide otherwise")
        }
        "replay" => {
            need(model.fallout.replay_events, "fallout: replayEvents is not among the actions")?;
            need(model.consumers.iter().any(|consumer| consumer.events != 0), "consumers: none")
        }
        _ => match site.split_once('.').map_or(site, |(_, channel)| channel) {
            "request" | "reply" => need(called(model).next().is_some(), "steps: none of them calls a system"),
            "query" | "query-reply" => need(asks(model), "unknownOutcome: nothing is ever asked"),
            "publish" | "publish-ack" | "relay-timer" => need(!model.emissions.is_empty(), "emits: nothing"),
            "delivery" | "delivery-ack" | "broker-timer" | "consumer-timer" => {
                need(model.consumers.iter().any(|consumer| consumer.events != 0), "consumers: none")
            }
            "consumer-reply" => {
                let calls = model.consumers.iter().any(|consumer| consumer.step.is_some());
                need(calls, "consumers: none of them calls an operation")
            }
            "participant-work" => {
                let later = |operation: OpIx| {
                    let operation = model.operation(operation);
                    operation.callback || operation.late_effect.0 > 0
                };
                need(called(model).any(later), "participants: no operation that is called works later")
            }
            "reconciler-timer" | "reconcile" => need(!model.rules.is_empty(), "reconcile: no rules"),
            _ => Ok(()),
        },
    }
}

/// Whether the definition and its contracts let a kind of fault occur, under whatever profile.
///
/// # Errors
///
/// What rules it out.
pub fn fault_exists(model: &Model, fault: &Fault) -> Result<(), String> {
    let mut why = String::new();
    for point in fault.points {
        match point_exists(model, point.site, point.value) {
            Ok(()) => return Ok(()),
            Err(line) => why = line,
        }
    }
    Err(why)
}

/// Whether a run can come to this step: one that undoes what follows the completion of its item has nothing to do.
///
/// # Errors
///
/// What rules it out.
pub fn step_exists(model: &Model, step: StepIx) -> Result<(), String> {
    let Some(undone) = model.step(step).undoes.filter(|_| model.plumbing.cancel_on_complete) else { return Ok(()) };
    match complete_before(model, undone) {
        Some(item) => {
            let undone = &model.step(undone).id;
            Err(format!("{item} is complete when {undone} begins, and what is complete is not undone"))
        }
        None => Ok(()),
    }
}

/// Whether they let it meet a call of this step.
///
/// # Errors
///
/// What rules it out.
pub fn cell_exists(model: &Model, step: StepIx, fault: &Fault) -> Result<(), String> {
    let of = model.step(step);
    let Some(operation) = of.call else { return Err(format!("{} calls no system", of.label)) };
    step_exists(model, step)?;
    if fault.points.iter().any(|point| meets(model, (step, operation), point.site, point.value)) {
        return Ok(());
    }
    Err(match fault.points.iter().any(|point| point.site == "response") {
        true => format!("the contract of {} does not declare it", model.operation(operation).id),
        false => format!("it never meets the call of {}", of.label),
    })
}

/// The item of a step that is complete before the step begins, if it is.
fn complete_before(model: &Model, step: StepIx) -> Option<&str> {
    let item = model.items.get(model.step(step).item.ix()).filter(|item| item.bundles.is_empty())?;
    let mut before = model.step(step).after.clone();
    let mut next = 0;
    while let Some(&earlier) = before.get(next) {
        let more: Vec<StepIx> = model.step(earlier).after.iter().copied().filter(|s| !before.contains(s)).collect();
        before.extend(more);
        next += 1;
    }
    let complete = !item.complete_after.is_empty() && item.complete_after.iter().all(|claim| before.contains(claim));
    complete.then_some(item.id.as_str())
}

/// Whether a decision about a call of this step can come to this value of this site. Order among events of one moment is
/// not a matter of one call, nor are timers.
fn meets(model: &Model, (step, operation): (StepIx, OpIx), site: &str, value: &str) -> bool {
    let is_of_consumer = step.0 >= model.undo_end;
    match site {
        "response" => allows(model, operation, value),
        "send.request" | "handle.request" => true,
        "send.reply" | "handle.reply" | "handle.saga-save" => !is_of_consumer,
        "send.consumer-reply" | "handle.consumer-reply" => is_of_consumer,
        "send.query" | "handle.query" | "send.query-reply" | "handle.query-reply" => asks_about(model, step),
        _ => false,
    }
}

/// Whether an operation may respond like this to a request that it does not know yet.
fn allows(model: &Model, operation: OpIx, response: &str) -> bool {
    let bit = RESPONSES.iter().position(|name| *name == response).map_or(0, |bit| 1 << bit);
    Response::allowed(model.operation(operation), false) & bit != 0
}

/// Whether any step asks its system about an unknown outcome.
fn asks(model: &Model) -> bool {
    (0..model.undo_end).any(|step| asks_about(model, StepIx(step)))
}

fn asks_about(model: &Model, step: StepIx) -> bool {
    let of = model.step(step);
    let retry = of.retry.map(|retry| &model.retries[usize::from(retry.0)]);
    let unknown = retry.and_then(|retry| retry.unknown).map(|unknown| &model.unknowns[usize::from(unknown.0)]);
    step.0 < model.undo_end && of.call.is_some() && unknown.is_some_and(|unknown| unknown.query.is_some())
}

#[cfg(test)]
mod tests {
    use fault_models::{FAULTS, Profile};

    use super::*;
    use crate::definition::{Definition, Set};
    use crate::invariants::{INVARIANTS, find as invariant};

    fn model(name: &str, sets: &[&str]) -> Model {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
        let definition = Definition::bundled(name, &sets).unwrap_or_else(|invalid| panic!("{invalid}"));
        Model::new(&definition).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// Checks what rules out a fault kind or an invariant; nothing: it applies.
    fn check((name, sets): (&str, &[&str]), profile: &str, what: &str, expected: Option<&str>) {
        let model = model(name, sets);
        let shape = WorkloadShape::new(&model, None);
        let profile = Profile::bundled(profile).expect("a bundled profile");
        let given = Given { model: &model, shape: &shape, profile: &profile };
        let found = match (FAULTS.iter().find(|fault| fault.slug == what), invariant(what)) {
            (Some(fault), _) => given.fault(fault),
            (_, Some(entry)) => given.invariant(entry),
            _ => panic!("there is no {what}"),
        };
        match (found, expected) {
            (Ok(()), None) => {}
            (Err(why), Some(expected)) => assert!(why.contains(expected), "{what}: {why}"),
            (found, _) => panic!("{what} of {name} {sets:?}: {found:?}"),
        }
    }

    const ORDER: (&str, &[&str]) = ("order-fulfilment", &[]);
    const QUOTE: (&str, &[&str]) = ("quote-to-order", &[]);

    #[test]
    fn a_fault_needs_what_it_happens_to() {
        check(ORDER, "standard", "late-effect", None);
        check(ORDER, "light", "late-effect", Some("the profile light leaves it out"));
        check(ORDER, "time", "desk-unattended", Some("it follows dead-downstream"));
        check(QUOTE, "standard", "late-effect", Some("no operation that is called allows it"));
        check(QUOTE, "standard", "reconciler-crash", Some("reconcile: no rules"));
        let silent = ("quote-to-order", &["saga.emits=null", "saga.consumers=null"][..]);
        for invariant in ["event-after-commit", "aggregate-order"] {
            check(silent, "standard", invariant, Some("emits: nothing"));
            check(QUOTE, "standard", invariant, None);
        }
        check(("order-fulfilment", &["saga.fallout=null"]), "standard", "desk-unattended", Some("fallout: no owner"));
        check(
            ("order-fulfilment", &["saga.timeout=null"]),
            "standard",
            "desk-unattended",
            Some("timeout: not written"),
        );
    }

    #[test]
    fn a_cell_needs_a_call_that_can_meet_the_fault() {
        let timers = &["platform.saga.timers.cancelOnComplete=false"][..];
        let later = &["saga.items.connectivity.completeAfter=[bill-connectivity]"][..];
        for ((name, sets), profile, step, kind, expected) in [
            (ORDER, "standard", "ship-router", "rate-limit", None),
            (ORDER, "standard", "ship-router", "oms-crash-before-commit", None),
            (ORDER, "standard", "notify", "consumer-crash", None),
            (ORDER, "standard", "create-order", "duplicate", Some("calls no system")),
            (ORDER, "light", "ship-router", "late-effect", Some("the profile light leaves it out")),
            (ORDER, "standard", "ship-router", "relay-crash", Some("never meets the call of ship-router")),
            (ORDER, "standard", "ship-router", "tie-order", Some("never meets the call of ship-router")),
            (ORDER, "standard", "check-feasibility", "callback-twice", Some("does not declare it")),
            (ORDER, "standard", "ship-router", "consumer-crash", Some("never meets")),
            (ORDER, "standard", "notify", "oms-crash-before-commit", Some("never meets")),
            (ORDER, "standard", "release-router", "duplicate", None),
            (
                ORDER,
                "standard",
                "stop-access",
                "duplicate",
                Some("connectivity is complete when bill-connectivity begins"),
            ),
            (("order-fulfilment", timers), "standard", "stop-access", "duplicate", None),
            (("order-fulfilment", later), "standard", "stop-access", "duplicate", None),
        ] {
            let model = model(name, sets);
            let shape = WorkloadShape::new(&model, None);
            let profile = Profile::bundled(profile).expect("a bundled profile");
            let given = Given { model: &model, shape: &shape, profile: &profile };
            let ix = model.find_step(step).unwrap_or_else(|| panic!("there is no step {step}"));
            match (given.cell(ix, fault_models::fault(find(kind).expect("a kind"))), expected) {
                (Ok(()), None) => {}
                (Err(why), Some(expected)) => assert!(why.contains(expected), "{step} x {kind}: {why}"),
                (found, _) => panic!("{step} x {kind} {sets:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_replay_needs_somebody_who_may_and_somebody_who_listens() {
        let may_not = &["saga.fallout.actions=[retryStep]"][..];
        check(ORDER, "standard", "event-replay", None);
        check(QUOTE, "standard", "event-replay", None);
        check(("order-fulfilment", may_not), "standard", "event-replay", Some("replayEvents is not among"));
        check(("quote-to-order", &["saga.consumers=null"]), "standard", "event-replay", Some("consumers: none"));
        check(ORDER, "none", "replay-safe", Some("it takes event-replay"));
    }

    #[test]
    fn an_invariant_needs_what_brings_its_guard_about() {
        check(ORDER, "standard", "timeout-signalled", None);
        check(ORDER, "none", "timeout-signalled", Some("it takes desk-unattended"));
        check(ORDER, "none", "undo-once", None);
        check(("order-fulfilment", &["saga.commands=null"]), "none", "undo-once", Some("it takes a cancellation"));
        check(QUOTE, "standard", "undo-once", Some("steps: none of them"));
        check(ORDER, "broker", "unknown-resolved", Some("the profile broker"));
    }

    #[test]
    fn every_cause_is_a_kind_of_fault_or_a_workload() {
        for entry in INVARIANTS {
            for cause in entry.causes {
                if let Cause::Fault(slug) = cause {
                    assert!(find(slug).is_some(), "{}: {slug}", entry.id);
                }
            }
        }
    }
}
