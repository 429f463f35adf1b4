//! What a definition rules out. Decided before anything runs, from the model, the fault profile and the workload alone:
//! what cannot occur is not owed, with the line that says why; all the rest is owed, and a check in which it did not
//! happen is not enough evidence.

use fault_models::{Fault, Profile, find, follows};

use crate::definition::NextAction;
use crate::invariants::{Cause, Entry};
use crate::model::{Model, OpIx, StepIx};
use crate::nodes::participant::Response;
use crate::sites::RESPONSES;
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
        let mut why = String::new();
        for point in fault.points {
            match point_exists(self.model, point.site, point.value) {
                Ok(()) => return Ok(()),
                Err(line) => why = line,
            }
        }
        Err(why)
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
            let bit = RESPONSES.iter().position(|name| *name == value).map_or(0, |bit| 1 << bit);
            let allows = called(model).any(|operation| Response::allowed(model.operation(operation), false) & bit != 0);
            need(allows, "participants: no operation that is called allows it")
        }
        "desk" => {
            need(model.timeout.is_some(), "timeout: not written")?;
            need(model.fallout.owner.is_some(), "fallout: no owner")
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

/// Whether any step asks its system about an unknown outcome.
fn asks(model: &Model) -> bool {
    (0..model.undo_end).any(|step| {
        let step = model.step(StepIx(step));
        let retry = step.retry.map(|retry| &model.retries[usize::from(retry.0)]);
        let unknown = retry.and_then(|retry| retry.unknown).map(|unknown| &model.unknowns[usize::from(unknown.0)]);
        step.call.is_some() && unknown.is_some_and(|unknown| unknown.query.is_some())
    })
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
        check(("order-fulfilment", &["saga.fallout=null"]), "standard", "desk-unattended", Some("fallout: no owner"));
        check(
            ("order-fulfilment", &["saga.timeout=null"]),
            "standard",
            "desk-unattended",
            Some("timeout: not written"),
        );
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
