//! Injected faults as sentences.

use sim_core::hash::mix;
use sim_core::{Choice, Domain, Subject};

use super::Words;
use crate::ledger::Ledger;
use crate::message::{Answer, CallRef, Finding, Message, Operation, QUESTION};
use crate::model::{Names, StepIx};
use crate::nodes::outside::{OutsideMessage, decision};
use crate::scenario::Scenario;

/// A fault in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who it happens to, or who brings it about: `network`, `billing`, `clock`.
    pub who: String,
    /// What happens.
    pub text: String,
    /// Whether `text` is a sentence without `who`; else it begins with the verb.
    pub whole: bool,
}

impl Told {
    fn whole(who: &str, text: String) -> Self {
        Self { who: who.to_owned(), text, whole: true }
    }

    /// As one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.whole { self.text.clone() } else { format!("{} {}", self.who, self.text) }
    }
}

/// A fault by the choice that injects it: `the answer of billing.charge for order-1/router/bill-router attempt 1 is
/// lost`. Where nothing but the name of its subject is known: what it is in general, and that name.
#[must_use]
pub fn fault(scenario: &Scenario, names: &Names, choice: &Choice) -> String {
    let ledger = Ledger::default();
    let words = Words::new(scenario, &ledger);
    let site = scenario.sites().get(choice.site).name;
    if let Some((message, by)) = meant(&words, site, *choice)
        && let Some(told) = told(&words, choice, &message, &by)
    {
        return told.sentence();
    }
    let kind = u8::try_from(choice.value).ok().and_then(|value| scenario.sites().kind(choice.site, value));
    let title = kind.map_or("something unusual happens", |kind| fault_models::fault(kind).title);
    format!("{title}: {}", names.text(choice.subject))
}

/// A fault that met a message, or the handler of a message at `by`. `None` where the site has no such value.
#[must_use]
pub fn told(words: &Words<'_>, choice: &Choice, message: &Message, by: &str) -> Option<Told> {
    let site = words.scenario.sites().get(choice.site);
    let value = site.values.get(usize::try_from(choice.value).ok()?)?.name;
    let about = words.message(message);
    let told = match site.name.split_once('.') {
        Some(("send", _)) => Told::whole("network", format!("{about} {}", on_its_way(value)?)),
        Some(("timer", _)) => Told::whole("clock", format!("{about} comes {}", on_time(value)?)),
        Some(("tie", _)) => Told::whole("clock", format!("{about} comes after all else of its moment")),
        Some(("handle", _)) => handled(value, &about, by)?,
        _ => match (site.name, message) {
            ("response", Message::Request { call, .. }) => {
                Told { who: by.to_owned(), text: format!("{} {}", responds(value)?, words.call(*call)), whole: false }
            }
            ("desk", _) => {
                Told::whole("people", format!("nobody is at the desk: {about} comes after the saga's timeout"))
            }
            ("decision", Message::Operate { order, step, outcome, .. }) => {
                Told { who: by.to_owned(), text: words.decision(*order, *step, *outcome), whole: false }
            }
            ("correction", Message::Outside(OutsideMessage::Correct { order, step })) => {
                let (system, what) = (words.system_of(*step), words.step_in(*order, *step));
                let text = format!("corrects {system} by hand for {what}, which nobody asked for");
                Told { who: "person".to_owned(), text, whole: false }
            }
            ("replay", _) => Told { who: "operator".to_owned(), text: format!("triggers {about}"), whole: false },
            ("interleave", _) => {
                Told::whole("database", format!("others commit between the load and the save of {about}"))
            }
            _ => return None,
        },
    };
    Some(told)
}

/// What happens to a message on its way, after the message.
fn on_its_way(value: &str) -> Option<&'static str> {
    Some(match value {
        "duplicate" => "arrives twice",
        "late-duplicate" => "arrives once more, days later",
        "delay" => "is held up for longer than anybody waits",
        "reorder" => "is overtaken by later ones",
        "hold" => "is held back for hours",
        "lost" => "is lost",
        "not-sent" => "never leaves",
        _ => return None,
    })
}

fn on_time(value: &str) -> Option<&'static str> {
    Some(match value {
        "early" => "too early",
        "late" => "too late",
        "twice" => "twice",
        _ => return None,
    })
}

/// What happens to who handles a message.
fn handled(value: &str, about: &str, by: &str) -> Option<Told> {
    let own = |text: String| Told { who: by.to_owned(), text, whole: false };
    Some(match value {
        "crash-before-commit" => own(format!("crashes before it has stored anything of {about}")),
        "crash-after-commit" => own(format!("crashes when it has stored {about}, and sends nothing of what follows")),
        "deadlock" => Told::whole("database", format!("the database of {by} rolls back {about}, which is tried again")),
        "lost-commit-response" => Told::whole(
            "database",
            format!("the database of {by} stores {about} but does not say so, and nothing of what follows is sent"),
        ),
        "pause" => own(format!("stands still before it handles {about}")),
        "outage" => own(format!("goes down before it handles {about}, for a long time")),
        "dead" => own(format!("dies for good before it handles {about}")),
        _ => return None,
    })
}

/// How a participant responds, before the call.
fn responds(value: &str) -> Option<&'static str> {
    Some(match value {
        "timeout-before-effect" => "does nothing and does not answer",
        "timeout-after-effect" => "does what is asked but does not answer",
        "http-500-before-effect" => "does nothing and answers HTTP_500 to",
        "http-500-after-effect" => "does what is asked but answers HTTP_500 to",
        "http-502-before-effect" => "does nothing and answers HTTP_502 to",
        "http-502-after-effect" => "does what is asked but answers HTTP_502 to",
        "http-503-before-effect" => "does nothing and answers HTTP_503 to",
        "http-503-after-effect" => "does what is asked but answers HTTP_503 to",
        "http-504-before-effect" => "does nothing and answers HTTP_504 to",
        "http-504-after-effect" => "does what is asked but answers HTTP_504 to",
        "rate-limit" => "has too many requests and refuses",
        "validation-error" => "finds an error in the request and refuses",
        "business-rejection" => "refuses for a business reason",
        "unauthorized" => "does not know the caller and refuses",
        "slow" => "answers only after the caller has given up",
        "late-effect" => "does only after the caller has given up",
        "partial-effect" => "does only a part of",
        "wrong-effect" => "does something else than",
        "callback-twice" => "calls back twice for",
        "callback-late" => "calls back only after the caller has given up on",
        _ if value.starts_with("reason-") => "refuses for a reason of its contract",
        _ => return None,
    })
}

/// What a person says who decides a human step.
fn decided(words: &Words<'_>, subject: Subject, value: u64) -> Option<(Message, String)> {
    let model = words.model();
    let order = subject.counters as u16;
    let steps = (0..model.forward).map(StepIx);
    let step = steps.into_iter().find(|&step| decision(model, order, step, 0).names == subject.names)?;
    let (action, outcome) = (Operation::Decide, u8::try_from(value.checked_sub(1)?).ok()?);
    Some((Message::Operate { order, step, case: 0, action, outcome, attempt: 0 }, "a person".to_owned()))
}

/// The message that a choice is about, as far as its subject tells: calls, their answers and the questions about them;
/// with who handles it.
fn meant(words: &Words<'_>, site: &str, Choice { subject, value, .. }: Choice) -> Option<(Message, String)> {
    let model = words.model();
    let channel = site.split_once('.').map_or(site, |(_, channel)| channel);
    if channel == "decision" {
        return decided(words, subject, value);
    }
    let salt = match channel {
        "query" | "query-reply" => Some(QUESTION),
        _ => None,
    };
    let named = |names: u64| salt.map_or(names, |salt| mix(names, salt));
    let step = model.steps.iter().position(|step| named(step.names) == subject.names)?;
    let counters = subject.counters;
    let call = CallRef {
        order: counters as u16,
        step: StepIx(step as u16),
        revision: (counters >> 16) as u16,
        attempt: (counters >> 32) as u8,
    };
    let poll = (counters >> 40) as u8;
    let system = words.operation(call.step).split('.').next().unwrap_or("a system").to_owned();
    let caller = match model.consumers.iter().find(|consumer| consumer.step == Some(call.step)) {
        Some(consumer) => consumer.id.clone(),
        None => "oms".to_owned(),
    };
    let (answer, record, key) = (Answer::Succeeded, 0, 0);
    Some(match channel {
        "request" | "response" => (Message::Request { call, key, target: 0 }, system),
        "reply" | "consumer-reply" => (Message::Reply { call, answer, record, key }, caller),
        "query" => (Message::Query { call, key, poll, person: false }, system),
        "query-reply" => (Message::QueryReply { call, poll, finding: Finding::default(), record }, caller),
        _ => return None,
    })
}
