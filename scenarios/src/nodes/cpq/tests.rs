//! The life of quotes, over the bundled order fulfilment.

use sim_core::{Choice, Choices, Duration, Limits, Observer, PartId, World, run};

use crate::change::{Change, QuoteState};
use crate::definition::{Definition, Set};
use crate::message::Message;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::workload::{OrderPlan, QuoteDefect};

use QuoteState::{Accepted, Approved, InProgress, Pending};

/// What there is to see of quotes.
#[derive(Debug, Default)]
struct Seen {
    /// Order, version, state, approved version.
    states: Vec<(u16, u8, QuoteState, u8)>,
    /// Order and the quote's state.
    prices: Vec<(u16, QuoteState)>,
    /// Order and attempt.
    conversions: Vec<(u16, u8)>,
    /// How many orders were made.
    orders: usize,
}

impl Observer<Scenario> for Seen {
    fn change(&mut self, _event: u32, change: &Change) {
        match *change {
            Change::Quote { order, version, after, approved_version, validated, .. } => {
                assert!(validated || after == InProgress);
                self.states.push((order, version, after, approved_version));
            }
            Change::Price { order, state, lines, total, traced, .. } => {
                assert!(lines == total && total > 0 && traced);
                self.prices.push((order, state));
            }
            Change::Created { .. } => self.orders += 1,
            _ => {}
        }
    }

    fn sent(&mut self, _event: u32, (message, _): (&Message, sim_core::Subject), _to: PartId, _fate: u8) {
        if let Message::Convert { order, attempt, .. } = *message {
            self.conversions.push((order, attempt));
        }
    }
}

/// Runs quotes with these arrivals (in milliseconds) and defects, under a patch and faults: site, value, and what is
/// met.
fn see(quotes: &[(u64, QuoteDefect)], set: &str, faults: &[(&str, &str, Message)]) -> Seen {
    let sets: Vec<Set> = set.split_whitespace().map(|set| Set::parse(set).expect("a patch")).collect();
    let definition = Definition::bundled("order-fulfilment", &sets).expect("the bundled saga loads");
    let scenario = Scenario::new(Model::new(&definition).expect("the bundled saga compiles"));
    let mut world: World<Scenario> = World::default();
    world.ledger.workload.orders.extend(quotes.iter().map(|&(arrival, quote)| OrderPlan {
        arrival: Duration::millis(arrival),
        items: 1,
        quote,
        ..OrderPlan::default()
    }));
    let sites = &scenario.sites.sites;
    let mut choices = Choices::simplest(sites);
    let overrides: Vec<Choice> = faults
        .iter()
        .map(|(name, value, message)| {
            let site = sites.find(name).expect("a site");
            let value = sites.get(site).values.iter().position(|known| known.name == *value).expect("a value");
            let subject = message.subject(&scenario.model);
            Choice { site, subject, value: value as u64, span: false, event: 0 }
        })
        .collect();
    choices.set_overrides(&overrides);
    let mut seen = Seen::default();
    let limits = Limits { time: Duration::hours(6), stop_at_violation: false, ..Limits::default() };
    run(&scenario, &mut world, &mut choices, &limits, &mut seen);
    assert_eq!(choices.unused().count(), 0, "every fault strikes");
    seen
}

#[test]
fn a_quote_is_approved_and_accepted_in_its_version() {
    let straight = [(0, 1, Pending, 0), (0, 1, Approved, 1), (0, 1, Accepted, 1)];
    let revised = [(0, 1, Pending, 0), (0, 2, InProgress, 0), (0, 2, Pending, 0)];
    let check = |defect, set, expected: &[&[(u16, u8, QuoteState, u8)]]| {
        assert_eq!(see(&[(0, defect)], set, &[]).states, expected.concat(), "{defect:?} {set}");
    };
    for defect in [QuoteDefect::None, QuoteDefect::PriceChanged, QuoteDefect::ConvertedTwice] {
        check(defect, "", &[&straight]);
    }
    let defect = QuoteDefect::RevisedBeforeApproval;
    check(defect, "", &[&revised, &[(0, 2, Approved, 2), (0, 2, Accepted, 2)]]);
    // A stale approval is taken for one of the revised quote.
    check(defect, "platform.people.approvalBinds=quote", &[&revised, &[(0, 2, Approved, 1), (0, 2, Accepted, 1)]]);
}

#[test]
fn a_publication_of_prices_touches_drafts_only() {
    let seen = see(&[(0, QuoteDefect::PriceChanged), (300, QuoteDefect::None)], "", &[]);
    let of = |order| seen.prices.iter().filter(move |(of, _)| *of == order).map(|(_, state)| *state);
    assert_eq!(of(0).collect::<Vec<_>>(), [InProgress, Approved], "it was submitted before");
    assert_eq!(of(1).collect::<Vec<_>>(), [InProgress, InProgress, Approved], "it was a draft");
}

#[test]
fn a_conversion_is_repeated_under_its_request_until_it_is_answered() {
    let convert = |attempt| Message::Convert { order: 0, version: 1, attempt };
    let answer = Message::Converted { order: 0, decision: crate::message::Decision::Accepted, attempt: 1 };
    let check = |defect, faults: &[(&str, &str, Message)], attempts: u8| {
        let seen = see(&[(0, defect)], "", faults);
        assert_eq!(seen.conversions, (1..=attempts).map(|attempt| (0, attempt)).collect::<Vec<_>>(), "{faults:?}");
        assert_eq!(seen.orders, 1, "{faults:?}");
    };
    check(QuoteDefect::None, &[], 1);
    check(QuoteDefect::ConvertedTwice, &[], 2);
    check(QuoteDefect::None, &[("send.command", "lost", convert(1))], 2);
    check(QuoteDefect::None, &[("send.command", "lost", convert(1)), ("send.command", "lost", convert(2))], 3);
    check(QuoteDefect::None, &[("send.command-answer", "lost", answer)], 2);
    check(QuoteDefect::None, &[("send.command", "duplicate", convert(1))], 1);
    // CPQ goes down before it has stored the answer: its timer comes back with it.
    check(QuoteDefect::None, &[("handle.command-answer", "crash-before-commit", answer)], 2);
    check(QuoteDefect::None, &[("handle.command-answer", "crash-after-commit", answer)], 1);
}

#[test]
fn what_came_while_nobody_was_there_is_taken_up() {
    let answer = Message::Converted { order: 0, decision: crate::message::Decision::Accepted, attempt: 1 };
    // The second customer comes while CPQ is down.
    let quotes = [(0, QuoteDefect::None), (3_500, QuoteDefect::None)];
    let seen = see(&quotes, "", &[("handle.command-answer", "crash-before-commit", answer)]);
    assert_eq!(seen.orders, 2);
    assert_eq!(seen.conversions.last(), Some(&(0, 2)));
}
