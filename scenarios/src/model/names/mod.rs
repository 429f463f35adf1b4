//! Business identity of decisions: what a subject is called, and which subject a text means.
//!
//! A subject is one hash of names and packed counters. Choices are written to repro files and shown in stories under
//! their text, `order-1/router/ship-router attempt 2`, so that a file of one version of a definition can be read by
//! another. The table is made where texts are made, at the edges; a run never sees it.
//!
//! To give the subjects of a message a text: one line in `listing`, with the same salt and layout of counters.

mod listing;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sim_core::Subject;

use super::{Model, Step, StepIx};
use crate::message::CallRef;

/// How counters are packed: what each is called, its lowest bit and its number of bits. One that is called `order`
/// stands in front of the text and counts from 1.
pub type Layout = &'static [(&'static str, u8, u8)];

/// The engine's own counters, which every layout has.
const ENGINE: Layout = &[("recovery", 53, 7), ("copy", 60, 4), ("try", 48, 5)];

/// Texts and subjects of a model.
#[derive(Clone, Debug, Default)]
pub struct Names {
    entries: BTreeMap<u64, (String, Layout)>,
    hashes: BTreeMap<String, u64>,
}

impl Names {
    /// All that messages of this model are about.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let mut names = Self::default();
        listing::fill(&mut names, model);
        names
    }

    /// Gives the subjects with this hash a text; the first text stays. Two things with one text are told apart by a
    /// number behind it.
    pub fn register(&mut self, text: &str, hash: u64, layout: Layout) {
        let Entry::Vacant(free) = self.entries.entry(hash) else { return };
        let mut own = text.to_string();
        let mut number = 2;
        while self.hashes.contains_key(&own) {
            own = format!("{text}#{number}");
            number += 1;
        }
        self.hashes.insert(own.clone(), hash);
        free.insert((own, layout));
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

/// Pairs of things in the definition whose names have one hash, by their texts.
pub(super) fn collisions(model: &Model) -> Vec<(String, String)> {
    let named = |what: &str, id: &str, names: u64| (names, format!("{what} {id}"));
    let mut all: Vec<(u64, String)> = vec![named("saga", &model.saga, model.names)];
    all.extend(model.items.iter().map(|item| named("item", &item.id, item.names)));
    all.extend(model.steps.iter().map(|step| named("step", &step_text(model, step), step.names)));
    all.extend(model.commands.iter().map(|command| named("command", &command.id, command.names)));
    all.extend(model.consumers.iter().map(|consumer| named("consumer", &consumer.id, consumer.names)));
    all.extend(model.rules.iter().map(|rule| named("rule", &rule.id, rule.names)));
    all.extend(model.systems.iter().map(|system| named("system", &system.id, system.names)));
    all.extend(model.operations.iter().map(|operation| named("operation", &operation.id, operation.names)));
    all.sort();
    all.windows(2).filter(|two| two[0].0 == two[1].0).map(|two| (two[0].1.clone(), two[1].1.clone())).collect()
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
    use sim_core::Which;

    use super::*;

    const CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8)];
    const NUMBERED_CALL: Layout = &[("order", 0, 16), ("revision", 16, 16), ("attempt", 32, 8), ("number", 40, 8)];
    const EVENT: Layout = &[("event", 0, 16), ("source", 16, 8), ("attempt", 24, 16)];

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
        check(
            Subject::new(11, 1 << 32).of(Which::default().duplicate().tried().tried()),
            "order-1/router/ship-router attempt 1 copy 1 try 2",
        );
        check(Subject::new(13, 4 | 2 << 16), "publication event 4 source 2");
        check(Subject::new(14, 9 << 32), "order-1/odd attempt 2 attempt 9");
        check(Subject::new(99, 5).of(Which::default().duplicate()), "#0000000000000063 copy 1 rest 5");
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
    fn one_text_for_two_things_is_numbered_and_the_first_text_of_a_hash_stays() {
        let mut names = names();
        names.register("publication", 21, EVENT);
        assert_eq!(names.text(Subject::new(21, 0)), "publication#2");
        assert_eq!(names.parse("publication#2"), Some(Subject::new(21, 0)));
        names.register("something else", 11, CALL);
        assert_eq!(names.text(Subject::new(11, 0)), "order-1/router/ship-router");
    }
}
