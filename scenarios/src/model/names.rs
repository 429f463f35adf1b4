//! Business identity of decisions: what a subject is called, and which subject a text means.
//!
//! A subject is one hash of names and packed counters. Choices are written to repro files and shown in stories under
//! their text, `order-1/router/ship-router attempt 2`, so that a file of one version of a definition can be read by
//! another. The table is made where texts are made, at the edges; a run never sees it.
//!
//! To give the subjects of a message a text: one line in [`Names::new`], with the same salt and layout of counters.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sim_core::Subject;
use sim_core::hash::mix;

use super::{Model, Step, StepIx};
use crate::message::CallRef;
use crate::nodes::{cpq, outside};

/// How counters are packed: what each is called, its lowest bit and its number of bits. One that is called `order`
/// stands in front of the text and counts from 1.
pub type Layout = &'static [(&'static str, u8, u8)];

/// One attempt of a call.
pub const CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8)];
/// The call of a consumer, whose revision is the number of the event.
const CONSUMER_CALL: Layout = &[("order", 0, 16), ("event", 16, 16), ("attempt", 32, 8)];
/// A callback or a question about an attempt.
pub const NUMBERED_CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8), ("number", 40, 8)];
/// An event on its way.
pub const EVENT: Layout = &[("event", 0, 16), ("source", 16, 8), ("attempt", 24, 16)];
/// Something of an order that is numbered.
pub const NUMBERED_ORDER: Layout = &[("order", 0, 16), ("number", 16, 16)];
/// What a person does about a case of an order.
const BY_HAND: Layout = &[("order", 0, 16), ("number", 16, 16), ("attempt", 32, 8)];
/// A command of a run's workload.
const PLACEMENT: Layout = &[("placement", 0, 16), ("attempt", 16, 8)];
/// A question about a version of a quote.
const APPROVAL: Layout = &[("order", 0, 16), ("version", 16, 8), ("attempt", 32, 8)];
/// An attempt at something of an order.
pub const ATTEMPT: Layout = &[("order", 0, 16), ("attempt", 16, 8)];

/// The engine's own counters, which every layout has.
const ENGINE: Layout = &[("copy", 56, 8), ("try", 48, 8)];

/// Texts and subjects of a model.
#[derive(Clone, Debug, Default)]
pub struct Names {
    entries: BTreeMap<u64, (String, Layout)>,
    hashes: BTreeMap<String, u64>,
    collisions: Vec<(String, String)>,
}

impl Names {
    /// All that messages of this model are about.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let mut names = Self::default();
        names.register(&model.saga, model.names, &[("order", 0, 16)]);
        for (text, salt, layout) in [
            ("publication", 0x9B, EVENT),
            ("conversion", 0xC0, ATTEMPT),
            ("command", 0xC1, PLACEMENT),
            ("quote", cpq::QUOTE, &[("order", 0, 16), ("timer", 16, 16)]),
            ("question to approve", cpq::ASK, APPROVAL),
            ("approval", cpq::DECIDED, APPROVAL),
            ("decision", outside::DECIDE, APPROVAL),
            ("command to give", outside::GIVE, PLACEMENT),
        ] {
            names.register(text, mix(model.names, salt), layout);
        }
        for (ix, step) in model.steps.iter().enumerate() {
            let layout = if ix < model.row_count() { CALL } else { CONSUMER_CALL };
            let text = step_text(model, step);
            names.register(&text, step.names, layout);
            for (what, salt, layout) in [
                ("callback", 0xCA11, NUMBERED_CALL),
                ("question", 0x9E51, NUMBERED_CALL),
                ("case", 0xCA5E, NUMBERED_ORDER),
                ("repeat by hand", 0x0932, BY_HAND),
                ("resolution by hand", 0x0933, BY_HAND),
                ("closing by hand", 0x0934, BY_HAND),
                ("approval by hand", 0x0935, BY_HAND),
                ("look by a person", outside::LOOK, BY_HAND),
                ("second thoughts of a person", outside::REPEAT, BY_HAND),
            ] {
                names.register(&format!("{text} {what}"), mix(step.names, salt), layout);
            }
        }
        for consumer in &model.consumers {
            names.register(&format!("{} delivery", consumer.id), consumer.names, EVENT);
        }
        for (what, hash) in model
            .items
            .iter()
            .map(|item| (format!("item {}", item.id), item.names))
            .chain(model.commands.iter().map(|command| (format!("command {}", command.id), command.names)))
            .chain(model.rules.iter().map(|rule| (format!("rule {}", rule.id), rule.names)))
            .chain(model.systems.iter().map(|system| (format!("system {}", system.id), system.names)))
            .chain(model.operations.iter().map(|operation| (format!("operation {}", operation.id), operation.names)))
        {
            names.register(&what, hash, NUMBERED_ORDER);
        }
        names
    }

    /// Gives the subjects with this hash a text. Two things with one text are told apart by a number behind it; two
    /// things with one hash are a [collision](Self::collisions).
    pub fn register(&mut self, text: &str, hash: u64, layout: Layout) {
        match self.entries.entry(hash) {
            Entry::Occupied(known) if known.get().0 == text => {}
            Entry::Occupied(known) => self.collisions.push((known.get().0.clone(), text.to_string())),
            Entry::Vacant(free) => {
                let mut own = text.to_string();
                let mut number = 2;
                while self.hashes.contains_key(&own) {
                    own = format!("{text}#{number}");
                    number += 1;
                }
                self.hashes.insert(own.clone(), hash);
                free.insert((own, layout));
            }
        }
    }

    /// Things whose names have one hash, by their texts.
    #[must_use]
    pub fn collisions(&self) -> &[(String, String)] {
        &self.collisions
    }

    /// What a subject is called: `order-1/router/ship-router attempt 2`. Counters that are zero are left out, and what
    /// has no name is given by its numbers; [`Names::parse`] reads both.
    #[must_use]
    pub fn text(&self, subject: Subject) -> String {
        let (name, layout) = match self.entries.get(&subject.names) {
            Some((name, layout)) => (name.clone(), *layout),
            None => (format!("#{:016x}", subject.names), &[][..]),
        };
        let mut rest = subject.counters;
        let mut take = |shift: u8, bits: u8| {
            let mask = ((1_u64 << bits) - 1) << shift;
            let counter = (rest & mask) >> shift;
            rest &= !mask;
            counter
        };
        let mut order = String::new();
        let mut counters = String::new();
        for &(label, shift, bits) in layout.iter().chain(ENGINE) {
            match (label, take(shift, bits)) {
                ("order", counter) => order = format!("order-{}/", counter + 1),
                (_, 0) => {}
                (_, counter) => counters.push_str(&format!(" {label} {counter}")),
            }
        }
        if rest != 0 {
            counters.push_str(&format!(" rest {rest}"));
        }
        format!("{order}{name}{counters}")
    }

    /// The subject that a text means; `None` where the model has nothing of this name.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Subject> {
        let numbered = text.strip_prefix("order-").and_then(|rest| {
            let (number, rest) = rest.split_once('/')?;
            Some((number.parse::<u64>().ok()?.checked_sub(1)?, rest))
        });
        if let Some((order, rest)) = numbered
            && let Some(subject) = self.parse_named(rest, Some(order))
        {
            return Some(subject);
        }
        self.parse_named(text, None)
    }

    /// The longest name that the text begins with and behind which there are counters of its layout only.
    fn parse_named(&self, text: &str, order: Option<u64>) -> Option<Subject> {
        let ends: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).collect();
        ends.into_iter().rev().find_map(|end| {
            let (name, counters) = text.split_at(end);
            let (hash, layout) = match self.hashes.get(name) {
                Some(hash) => (*hash, self.entries.get(hash)?.1),
                None => (u64::from_str_radix(name.strip_prefix('#')?, 16).ok()?, &[][..]),
            };
            let counters = parse_counters(counters, layout, order)?;
            Some(Subject { names: hash, counters })
        })
    }
}

fn parse_counters(text: &str, layout: Layout, order: Option<u64>) -> Option<u64> {
    let has_order = layout.iter().any(|(label, ..)| *label == "order");
    if has_order != order.is_some() {
        return None;
    }
    let mut counters = 0;
    let mut words = text.split_whitespace();
    while let Some(label) = words.next() {
        let counter: u64 = words.next()?.parse().ok()?;
        if label == "rest" {
            counters |= counter;
            continue;
        }
        counters |= packed(label, counter, layout)?;
    }
    order.map_or(Some(counters), |order| Some(counters | packed("order", order, layout)?))
}

fn packed(label: &str, counter: u64, layout: Layout) -> Option<u64> {
    let (_, shift, bits) = layout.iter().chain(ENGINE).find(|(known, ..)| *known == label)?;
    (counter >> bits == 0).then_some(counter << shift)
}

/// What a step is called within its order.
fn step_text(model: &Model, step: &Step) -> String {
    match model.items.get(step.item.ix()) {
        Some(item) => format!("{}/{}", item.id, step.label),
        None => step.label.clone(),
    }
}

impl Model {
    /// What a call is about, without its attempt: `order-1/router/ship-router`, and of an undo step
    /// `order-1/router/release-router (undoes reserve-router)`.
    #[must_use]
    pub fn describe_call(&self, call: CallRef) -> String {
        format!("order-{}/{}", call.order + 1, self.describe_step(call.step))
    }

    /// What a step is called within its order: `router/ship-router`.
    #[must_use]
    pub fn describe_step(&self, step: StepIx) -> String {
        step_text(self, self.step(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::default();
        names.register("router/ship-router", 11, CALL);
        names.register("router/ship-router callback", 12, NUMBERED_CALL);
        names.register("publication", 13, EVENT);
        names.register("odd attempt 2", 14, CALL);
        names
    }

    fn check(subject: Subject, text: &str) {
        let names = names();
        assert_eq!(names.text(subject), text);
        assert_eq!(names.parse(text), Some(subject), "{text}");
    }

    #[test]
    fn subjects_are_written_and_read_by_business_identity() {
        check(Subject::new(11, 0), "order-1/router/ship-router");
        check(Subject::new(11, 1 | 2 << 32), "order-2/router/ship-router attempt 2");
        check(Subject::new(11, 1 | 3 << 16 | 2 << 32), "order-2/router/ship-router revision 3 attempt 2");
        check(Subject::new(12, 1 << 32 | 7 << 40), "order-1/router/ship-router callback attempt 1 number 7");
        check(Subject::new(11, 1 << 32).of_copy(1, 2), "order-1/router/ship-router attempt 1 copy 1 try 2");
        check(Subject::new(13, 4 | 2 << 16), "publication event 4 source 2");
        check(Subject::new(14, 9 << 32), "order-1/odd attempt 2 attempt 9");
        check(Subject::new(99, 5).of_copy(1, 0), "#0000000000000063 copy 1 rest 5");
        check(Subject::new(13, 1 << 44), "publication rest 17592186044416");
    }

    #[test]
    fn a_text_that_means_nothing_is_refused() {
        for text in [
            "",
            "router/ship-router",
            "order-0/router/ship-router",
            "order-1/router/ship",
            "order-99999999999999999999/router/ship-router",
            "order-65537/router/ship-router",
            "order-1/router/ship-router attempt",
            "order-1/router/ship-router attempt 256",
            "order-1/router/ship-router poll 2",
            "order-1/publication",
            "#xyz",
        ] {
            assert_eq!(names().parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_text_for_two_things_is_numbered_and_one_hash_is_a_collision() {
        let mut names = names();
        names.register("publication", 21, EVENT);
        assert_eq!(names.text(Subject::new(21, 0)), "publication#2");
        assert_eq!(names.parse("publication#2"), Some(Subject::new(21, 0)));
        assert!(names.collisions().is_empty());
        names.register("something else", 11, CALL);
        assert_eq!(names.collisions(), [("router/ship-router".to_string(), "something else".to_string())]);
    }
}
