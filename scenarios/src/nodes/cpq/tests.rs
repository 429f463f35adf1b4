//! The life of quotes, over the bundled order fulfilment.

use sim_core::{Choice, Choices, Duration, Limits, Observer, PartId, World, run};

use crate::change::{Change, QuoteState};
use crate::definition::{Definition, Set};
use crate::message::Message;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::workload::{OrderPlan, QuoteDefect};

use super::CpqMessage;

use QuoteState::{Accepted, Approved, InProgress, Pending};

/// What there is to see of quotes.
#[derive(Debug, Default)]
struct Seen {
    /// Order, version, state, approved version.
    states: Vec<(u16, u8, QuoteState, u8)>,
    /// Order and the quote's state.
    prices: Vec<(u16, QuoteState)>,
    /// Order, version, total, whether that is the sum of the lines, whether it has its trace.
    totals: Vec<(u16, u8, i64, bool, bool)>,
    /// Order, version, whether it had passed validation when it was accepted.
    accepted: Vec<(u16, u8, bool)>,
    /// How often a decision was put on record.
    decisions: usize,
    /// Order and attempt.
    conversions: Vec<(u16, u8)>,
    /// How many orders were made.
    orders: usize,
}

impl Observer<Scenario> for Seen {
    fn change(&mut self, _event: u32, change: &Change) {
        match *change {
            Change::Quote { order, version, after, approved_version, validated, .. } => {
                if after == Accepted {
                    self.accepted.push((order, version, validated));
                }
                self.states.push((order, version, after, approved_version));
            }
            Change::Price { order, version, state, lines, total, traced } => {
                self.prices.push((order, state));
                self.totals.push((order, version, total, lines == total, traced));
            }
            Change::Approval { .. } => self.decisions += 1,
            Change::Created { .. } => self.orders += 1,
            _ => {}
        }
    }

    fn sent(&mut self, _event: u32, (message, _): (&Message, &impl Fn() -> sim_core::Subject), _to: PartId, _fate: u8) {
        if let Message::Convert { order, attempt, .. } = *message {
            self.conversions.push((order, attempt));
        }
    }
}

/// Runs quotes with these arrivals (in milliseconds) and defects, under a patch and faults: site, value, and what is
/// met.
fn see(quotes: &[(u64, QuoteDefect)], set: &str, faults: &[(&str, &str, Message)]) -> Seen {
    see_late(quotes, set, faults, None)
}

/// The same, with second copies of messages that come so much later.
fn see_late(
    quotes: &[(u64, QuoteDefect)],
    set: &str,
    faults: &[(&str, &str, Message)],
    extra: Option<Duration>,
) -> Seen {
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
        .flat_map(|(name, value, message)| {
            let site = sites.find(name).expect("a site");
            let value = sites.get(site).values.iter().position(|known| known.name == *value).expect("a value");
            let subject = message.subject(&scenario.model);
            let extent = extra.map(|extra| {
                let subject = subject.extent(true);
                Choice { site, subject, value: extra.0, span: true, event: 0 }
            });
            [Choice { site, subject, value: value as u64, span: false, event: 0 }].into_iter().chain(extent)
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
    for defect in [
        QuoteDefect::None,
        QuoteDefect::PriceChanged,
        QuoteDefect::ConvertedTwice,
        QuoteDefect::PriceChangedInDraft,
        QuoteDefect::PriceChangedAfterAcceptance,
        QuoteDefect::RevisedAfterAcceptance,
    ] {
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

/// The price of the one item of these quotes, and by the list after that.
const PRICE: i64 = 12_000;
const RAISED: i64 = 13_200;

#[test]
fn a_price_list_reaches_drafts_and_no_other_quote() {
    let totals = |defect, set| -> Vec<i64> {
        see(&[(0, defect)], set, &[]).totals.into_iter().map(|(_, _, total, ..)| total).collect()
    };
    let check = |defect, set, expected: &[i64]| assert_eq!(totals(defect, set), expected, "{defect:?} {set}");
    let [unaccepted, all] = ["platform.cpq.priceChange=unaccepted", "platform.cpq.priceChange=all"];
    for set in ["", unaccepted, all] {
        check(QuoteDefect::None, set, &[PRICE; 2]);
        check(QuoteDefect::PriceChangedInDraft, set, &[PRICE; 3]);
    }
    check(QuoteDefect::PriceChanged, "", &[PRICE; 2]);
    check(QuoteDefect::PriceChanged, unaccepted, &[PRICE, RAISED, RAISED]);
    check(QuoteDefect::PriceChanged, all, &[PRICE, RAISED, RAISED]);
    for set in ["", unaccepted] {
        check(QuoteDefect::PriceChangedAfterAcceptance, set, &[PRICE; 2]);
    }
    check(QuoteDefect::PriceChangedAfterAcceptance, all, &[PRICE, PRICE, RAISED]);
}

#[test]
fn a_total_is_the_sum_of_its_lines_with_its_trace() {
    let odd = |defect, set, of: fn(&(u16, u8, i64, bool, bool)) -> bool| {
        see(&[(0, defect)], set, &[]).totals.iter().filter(|price| !of(price)).count()
    };
    let sums = |price: &(u16, u8, i64, bool, bool)| price.3;
    let is_traced = |price: &(u16, u8, i64, bool, bool)| price.4;
    let added_up = "platform.cpq.total=added-up";
    assert_eq!(odd(QuoteDefect::RevisedBeforeApproval, "", sums), 0);
    assert_eq!(odd(QuoteDefect::None, added_up, sums), 0, "it is priced once");
    // Its second price, and the one that is accepted.
    assert_eq!(odd(QuoteDefect::RevisedBeforeApproval, added_up, sums), 2);
    assert_eq!(odd(QuoteDefect::PriceChangedInDraft, added_up, sums), 2);
    assert_eq!(odd(QuoteDefect::None, "", is_traced), 0);
    assert_eq!(odd(QuoteDefect::None, "platform.cpq.trace=apart", is_traced), 2);
}

#[test]
fn each_version_is_validated() {
    let check = |defect, set, accepted| {
        assert_eq!(see(&[(0, defect)], set, &[]).accepted, [accepted], "{defect:?} {set}");
    };
    let revised = QuoteDefect::RevisedBeforeApproval;
    check(QuoteDefect::None, "", (0, 1, true));
    check(revised, "", (0, 2, true));
    check(QuoteDefect::None, "platform.cpq.validation=once", (0, 1, true));
    check(revised, "platform.cpq.validation=once", (0, 2, false));
    check(QuoteDefect::None, "platform.cpq.validation=none", (0, 1, false));
}

#[test]
fn what_was_accepted_is_not_revised() {
    let check = |set, versions: &[u8], states: &[(u16, u8, QuoteState, u8)]| {
        let seen = see(&[(0, QuoteDefect::RevisedAfterAcceptance)], set, &[]);
        assert_eq!(seen.totals.iter().map(|price| price.1).collect::<Vec<_>>(), versions, "{set}");
        assert_eq!(seen.states[3..], *states, "{set}");
    };
    check("", &[1, 1], &[]);
    check("platform.cpq.acceptedRevision=overwrites", &[1, 1, 2], &[]);
    let again = [(0, 1, InProgress, 1), (0, 1, Pending, 1), (0, 1, Approved, 1), (0, 1, Accepted, 1)];
    check("platform.cpq.acceptedRevision=reopens", &[1, 1, 1], &again);
}

#[test]
fn a_decision_has_its_effect_or_is_not_on_record() {
    let decided = Message::Cpq(CpqMessage::Decided { order: 0, version: 1, asked: 1 });
    let check = |set, faults: &[(&str, &str, Message)], decisions: usize| {
        let seen = see(&[(0, QuoteDefect::None)], set, faults);
        assert_eq!((seen.decisions, seen.orders), (decisions, 1), "{set} {faults:?}");
    };
    let [before, after] =
        ["crash-before-commit", "crash-after-commit"].map(|fate| [("handle.approval", fate, decided)]);
    let apart = "platform.cpq.decision=two-transactions";
    for set in ["", apart] {
        check(set, &[], 1);
        check(set, &before, 1);
    }
    check("", &after, 1);
    // It is asked for once more, for nobody remembers what was decided.
    check(apart, &after, 2);
}

#[test]
fn an_approval_that_comes_again_changes_nothing() {
    let decided = Message::Cpq(CpqMessage::Decided { order: 0, version: 1, asked: 1 });
    let states = |set| {
        // The second copy comes after the customer has accepted.
        let late = ("send.approval", "duplicate", decided);
        see_late(&[(0, QuoteDefect::None)], set, &[late], Some(Duration::secs(5))).states
    };
    assert_eq!(states("").len(), 3);
    assert_eq!(states("platform.cpq.lateDecision=applied")[3], (0, 1, Approved, 1));
}
