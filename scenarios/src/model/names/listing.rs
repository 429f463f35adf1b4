//! What messages are about: the texts of all subjects, listed beside the salts and layouts that message and node files
//! give them. What is not listed here keeps a text of numbers; the tests below say which messages have a name.

use sim_core::hash::mix;

use super::{Layout, Names, step_text};
use crate::message::{CALLBACK, QUESTION};
use crate::model::{ItemIx, Model, Step, StepIx};
use crate::nodes::{cpq, outside};

/// One attempt of a call.
const CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8)];
/// The call of a consumer, whose revision is the number of the event.
const CONSUMER_CALL: Layout = &[("order", 0, 16), ("event", 16, 16), ("attempt", 32, 8)];
/// A question about a call, or another numbered thing about an attempt.
const NUMBERED_CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8), ("number", 40, 8)];
/// The same as the saga engine packs it.
const ENGINE_CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 4), ("number", 36, 12)];
/// An event on its way.
const EVENT: Layout = &[("event", 0, 16), ("source", 16, 8), ("attempt", 24, 16)];
/// A case about a step, or what a person does about it.
const CASE: Layout = &[("order", 0, 16), ("case", 16, 16), ("attempt", 32, 8)];
/// An attempt at a conversion, and the decision that answers it.
const CONVERSION: Layout = &[("order", 0, 16), ("attempt", 16, 8), ("decision", 24, 4)];
/// A question about a version of a quote.
const APPROVAL: Layout = &[("order", 0, 16), ("version", 16, 8), ("attempt", 32, 8)];
/// A command of the workload.
const PLACEMENT: Layout = &[("placement", 0, 16), ("attempt", 16, 8)];
/// A row of an outbox.
const ROW: Layout = &[("row", 0, 16), ("attempt", 16, 32)];
/// Something that is counted.
const NUMBER: Layout = &[("number", 0, 32)];
/// An entry of the broker's log for a consumer.
const ENTRY: Layout = &[("entry", 0, 32), ("attempt", 32, 16)];

/// Fills the table.
pub(super) fn fill(names: &mut Names, model: &Model) {
    names.register("order", model.names, &[("order", 0, 16)]);
    for (text, salt, layout) in [
        ("publication", 0x9B, EVENT),
        ("conversion", 0xC0, CONVERSION),
        ("command", 0xC1, PLACEMENT),
        ("saga timeout", 0x5A6A, &[("order", 0, 16)]),
        ("flaw of a row", 0xF1A3, EVENT),
        ("replay at the broker", 0xB5, &[("order", 0, 16), ("number", 16, 16)]),
        ("quote", cpq::QUOTE, &[("order", 0, 16), ("timer", 16, 16)]),
        ("question to approve", cpq::ASK, APPROVAL),
        ("approval", cpq::DECIDED, APPROVAL),
        ("decision", outside::DECIDE, APPROVAL),
        ("command to give", outside::GIVE, PLACEMENT),
    ] {
        names.register(text, mix(model.names, salt), layout);
    }
    names.register("replay of events", outside::replay_names(model, ItemIx::ORDER), &[("order", 0, 16)]);
    for (ix, item) in model.items.iter().enumerate() {
        let text = format!("{}/replay of events", item.id);
        names.register(&text, outside::replay_names(model, ItemIx(ix as u8)), &[("order", 0, 16)]);
    }
    relays(names, model);
    for (ix, step) in model.steps.iter().enumerate() {
        of_step(names, model, StepIx(ix as u16), step);
    }
    consumers(names, model);
    reconciler(names, model);
}

/// The relays of each emitter, and the spans of its outbox.
fn relays(names: &mut Names, model: &Model) {
    let systems = model.systems.iter().enumerate().filter(|(_, system)| system.emits);
    let emitters = [(0, "oms")].into_iter().chain(systems.map(|(i, system)| (i as u64 + 1, system.id.as_str())));
    for (source, emitter) in emitters {
        let own = if source == 0 { model.parts.oms_relays.len() as u64 } else { 1 };
        for relay in 0..own {
            for (kind, what, layout) in [(0, "poll", NUMBER), (1, "retry", ROW), (2, "repair", ROW)] {
                let text = format!("{emitter} relay {} {what}", relay + 1);
                names.register(&text, mix(model.names, kind << 16 | source << 8 | relay), layout);
            }
        }
        for state in 0..16 {
            let text = format!("{emitter} late row in state {state}");
            let layout = &[("serial", 0, 32), ("item", 32, 8), ("emission", 40, 8)];
            names.register(&text, mix(model.names, (3 << 8 | state) << 16 | source << 8), layout);
        }
        for (salt, what, layout) in
            [(0xC10C, "clock", NUMBER), (0x1A7E, "visibility", EVENT), (0x9A5E, "phase of polls", NUMBER)]
        {
            names.register(&format!("{emitter} {what}"), mix(model.names, salt << 8 | source), layout);
        }
    }
}

fn of_step(names: &mut Names, model: &Model, ix: StepIx, step: &Step) {
    let text = step_text(model, step);
    let mut add = |what: &str, salt: u64, layout: Layout| {
        names.register(&format!("{text} {what}"), mix(step.names, salt), layout);
    };
    for copy in 0..4 {
        add(&numbered("callback", copy), CALLBACK + copy, NUMBERED_CALL);
    }
    for (what, salt, layout) in [
        ("question", QUESTION, NUMBERED_CALL),
        ("case", 0xCA5E, CASE),
        ("look by a person", outside::LOOK, CASE),
        ("second thoughts of a person", outside::REPEAT, CASE),
        ("correction by hand", outside::CORRECT, &[("order", 0, 16)]),
        ("decision", outside::DECISION, &[("order", 0, 16), ("number", 16, 16)]),
        ("mark as sent", 0x3A4C, ENGINE_CALL),
        ("second offer", 0x0FFE, ENGINE_CALL),
    ] {
        add(what, salt, layout);
    }
    for (action, what) in (0..).zip(BY_HAND) {
        add(what, 0x0932 + action, CASE);
    }
    for (wait, what) in (0..).zip(WAITS) {
        add(&format!("timer for {what}"), 0xD0E + wait, ENGINE_CALL);
    }
    for (stage, what) in (0..).zip(["insert", "effect", "key record", "answer"]) {
        add(&format!("{what} at its system"), 0x0B_0000 + stage, NUMBERED_CALL);
    }
    for stage in 0..16 {
        let what = if stage % 2 == 0 { "late effect" } else { "later callback" };
        add(&numbered(what, stage / 2), 0x0B_0008 + stage, NUMBERED_CALL);
    }
    if ix.ix() < model.row_count() {
        for (input, what) in inputs() {
            add(&format!("save after {what}"), 0x5A7E + input, ENGINE_CALL);
        }
        names.register(&text, step.names, CALL);
    } else {
        names.register(&text, step.names, CONSUMER_CALL);
    }
}

/// What a step waits for, in the order of the engine's waits.
const WAITS: [&str; 6] = ["nothing", "the answer", "the next attempt", "the next question", "the finding", "later"];

/// What a person may do, in the order of the operations.
const BY_HAND: [&str; 4] = ["repetition by hand", "resolution by hand", "closing by hand", "decision by hand"];

/// The inputs of the saga engine's transactions with their numbers.
fn inputs() -> Vec<(u64, String)> {
    let mut inputs = Vec::new();
    let mut add = |kind: u64, what: &str, sub: u64| inputs.push((kind | sub << 4, numbered(what, sub)));
    add(1, "the answer", 0);
    add(5, "the saga's timeout", 0);
    add(8, "the conversion", 0);
    add(9, "the command", 0);
    for sub in 0..16 {
        add(3, "the finding", sub);
        add(6, "the offer", sub);
    }
    for (sub, copy) in (0..16).flat_map(|sub| (0..4).map(move |copy| (sub, copy))) {
        let which = if copy > 0 { format!("the callback's copy {copy}") } else { "the callback".into() };
        inputs.push((2 | sub << 4 | copy << 8, numbered(&which, sub)));
    }
    for (sub, what) in (0..).zip(BY_HAND) {
        inputs.push((7 | sub << 4, format!("the {what}")));
    }
    for (wait, what) in (0..).zip(WAITS) {
        for poll in 0..16 {
            inputs.push((4 | wait << 4 | poll << 12, numbered(&format!("the timer for {what}"), poll)));
        }
    }
    inputs
}

fn consumers(names: &mut Names, model: &Model) {
    for consumer in &model.consumers {
        names.register(&format!("{} delivery", consumer.id), consumer.names, EVENT);
        for (what, salt, layout) in [
            ("redelivery", 0xB0, ENTRY),
            ("redelivery after a refusal", 0xB1, ENTRY),
            ("resubmission", 0xB2, &[("entry", 0, 24), ("number", 24, 16)]),
            ("subscription", 0xB3, NUMBER),
            ("timeout of its call", 0xC8, EVENT),
            ("retry of its call", 0xC9, EVENT),
            ("resumption of its call", 0xCA, EVENT),
            ("search for a missing event", 0xD0, EVENT),
            ("upgrade", 0xD1, EVENT),
        ] {
            names.register(&format!("{} {what}", consumer.id), mix(consumer.names, salt), layout);
        }
        for (stage, what) in (0..).zip(["work", "effect", "inbox row", "work of a second owner"]) {
            for copy in 0..4 {
                let text = numbered(&format!("{} {what}", consumer.id), copy);
                names.register(&text, mix(consumer.names, 0xC0 + (stage | copy << 8)), EVENT);
            }
        }
        for attempt in 0..8 {
            let text = numbered(&format!("{} fetch", consumer.id), attempt);
            let layout = &[("source", 0, 8), ("order", 8, 16), ("version", 24, 16)];
            names.register(&text, mix(consumer.names, 0xB0 + (4 | attempt << 8)), layout);
        }
    }
}

/// What the reconciler asks, rule by rule, and what it is told.
fn reconciler(names: &mut Names, model: &Model) {
    const ITEM: Layout = &[("order", 0, 16), ("item", 16, 8), ("state", 24, 8)];
    const CHANGE: Layout = &[("order", 0, 16), ("item", 16, 8), ("attempt", 24, 8)];
    const QUESTION: Layout = &[("order", 0, 16), ("item", 16, 8), ("round", 24, 8), ("attempt", 32, 8)];
    let asked = [
        "pass",
        "overdue answer",
        "question to the OMS",
        "word of the OMS",
        "question to its system",
        "word of its system",
        "question about the order",
        "word about the order",
    ];
    for rule in &model.rules {
        for (salt, what) in (0..).zip(asked) {
            names.register(&format!("{} {what}", rule.id), mix(rule.names, 0x2EC0 + salt), QUESTION);
        }
    }
    names.register("notice of an item", mix(model.names, 0x17E3), ITEM);
    names.register("overdue repair", mix(model.names, 0x17E5), &[("repair", 0, 16), ("attempt", 16, 16)]);
    for operation in &model.operations {
        names.register(&format!("{} notice", operation.id), mix(operation.names, 0x17E4), CHANGE);
    }
}

/// The text with a number behind it, where that is not zero.
fn numbered(what: &str, number: u64) -> String {
    if number == 0 { what.to_string() } else { format!("{what} {number}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;
    use crate::message::{Answer, BusinessEvent, CallRef, Message, Operation};
    use crate::nodes::broker::BrokerMessage;
    use crate::nodes::consumer::ConsumerMessage;
    use crate::nodes::cpq::CpqMessage;
    use crate::nodes::oms::{OmsMessage, Wait};
    use crate::nodes::outside::OutsideMessage;
    use crate::nodes::relay::RelayMessage;

    fn model() -> Model {
        let definition = Definition::bundled("order-fulfilment", &[]).expect("the exercise loads");
        Model::new(&definition).expect("the exercise compiles")
    }

    /// The message has this text, and the text means its subject.
    fn check(message: Message, text: &str) {
        let model = model();
        let names = Names::new(&model);
        let subject = message.subject(&model);
        assert_eq!(names.text(subject), text, "{message:?}");
        assert_eq!(names.parse(text), Some(subject), "{text}");
    }

    fn call(step: &str) -> CallRef {
        let step = model().find_step(step).expect("a step of the exercise");
        CallRef { order: 0, step, revision: 0, attempt: 2 }
    }

    #[test]
    fn calls_are_named_after_their_step() {
        let (ship, release) = (call("ship-router"), call("release-router"));
        check(Message::Request { call: ship, key: 1, target: 0 }, "order-1/router/ship-router attempt 2");
        let reply = Message::Reply { call: release, answer: Answer::Succeeded, record: 0, key: 1 };
        check(reply, "order-1/router/release-router (undoes reserve-router) attempt 2");
        let query = Message::Query { call: ship, key: 1, poll: 3, person: false };
        check(query, "order-1/router/ship-router question attempt 2 number 3");
        let case = call("ship-router").step;
        check(Message::Case { order: 0, step: case, case: 4 }, "order-1/router/ship-router case case 4");
        let action = Operation::Decide;
        let decide = Message::Operate { order: 0, step: case, case: 4, action, outcome: 1, attempt: 1 };
        check(decide, "order-1/router/ship-router decision by hand case 4 attempt 1");
    }

    #[test]
    fn the_engine_names_what_it_saves_and_waits_for() {
        let ship = call("ship-router");
        let save = |input| Message::Oms(OmsMessage::Save { slot: 9, call: ship, input, tries: 0 });
        check(save(1), "order-1/router/ship-router save after the answer attempt 2");
        check(save(3 | 2 << 4), "order-1/router/ship-router save after the finding 2 attempt 2");
        let due = Message::Oms(OmsMessage::Due { call: ship, wait: Wait::Question, poll: 2 });
        check(due, "order-1/router/ship-router timer for the next question attempt 2 number 2");
        let timed = 4 | (Wait::Question as u16) << 4 | 2 << 12;
        check(save(timed), "order-1/router/ship-router save after the timer for the next question 2 attempt 2");
        check(Message::Oms(OmsMessage::SagaDue { order: 1 }), "order-2/saga timeout");
    }

    #[test]
    fn events_are_named_after_who_carries_them() {
        let event = BusinessEvent { number: 4, ..BusinessEvent::default() };
        let poll = Message::Relay(RelayMessage::Poll { source: 0, relay: 0, number: 3 });
        check(poll, "oms relay 1 poll number 3");
        check(Message::Published { event, attempt: 1 }, "publication event 4 attempt 1");
        let ack = Message::Ack { event, consumer: 4, handled: true, attempt: 1 };
        check(ack, "notify delivery event 4 attempt 1");
        let fetch = BrokerMessage::Fetch { consumer: 0, source: 0, order: 1, version: 2, attempt: 1 };
        check(Message::Broker(fetch), "order-2/crm fetch 1 version 2");
        let missing = ConsumerMessage::Missing { consumer: 0, source: 0, number: 4, asked: 1, upgrade: false };
        check(Message::Consumer(missing), "crm search for a missing event event 4 attempt 1");
    }

    #[test]
    fn people_and_quotes_are_named() {
        check(Message::Cpq(CpqMessage::Due { order: 0, tick: 2 }), "order-1/quote timer 2");
        check(
            Message::Cpq(CpqMessage::Ask { order: 0, version: 2, asked: 1 }),
            "order-1/question to approve version 2 attempt 1",
        );
        check(
            Message::Outside(OutsideMessage::Give { placement: 3, attempt: 1 }),
            "command to give placement 3 attempt 1",
        );
        let replay = |item| Message::Outside(OutsideMessage::Replay { order: 1, item });
        check(replay(ItemIx(1)), "order-2/router/replay of events");
        check(replay(ItemIx::ORDER), "order-2/replay of events");
        check(Message::Convert { order: 0, version: 1, attempt: 1 }, "order-1/conversion attempt 1");
    }
}
