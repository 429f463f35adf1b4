use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64};

use fault_models::Driver;
use sim_core::Duration;

use super::{Size, gentle, size};
use crate::campaign::testing::{choices, search, shaped, simulation};
use crate::campaign::{Options, Simulation};
use crate::catalog;
use crate::definition::{Defect, Definition, Set};
use crate::model::Names;
use crate::replay::{Recording, Signature, choice_text};
use crate::workload::{CommandPlan, OrderPlan, QuoteDefect, Workload};

/// The planted bugs, by their files.
fn defects() -> impl Iterator<Item = Defect> {
    catalog::DEFECTS
        .iter()
        .map(|(name, text)| Defect::load(name, text).unwrap_or_else(|invalid| panic!("{name}: {invalid}")))
}

fn planted(id: &str) -> Defect {
    defects().find(|defect| defect.id.value == id).unwrap_or_else(|| panic!("no bug {id}"))
}

/// With a bug planted, and commands everywhere, also where its scenario places them itself.
fn with_bug(defect: &Defect) -> Simulation {
    let sets: Vec<Set> = defect.set.iter().map(|set| set.value.clone()).collect();
    let definition = Definition::bundled(&defect.scenario.value, &sets).unwrap_or_else(|invalid| panic!("{invalid}"));
    shaped(&definition, None)
}

/// The first failure of a campaign, as it was recorded.
fn first_failure(simulation: &Simulation, seed: u64) -> Option<(Recording, Signature)> {
    let options = Options { seed, first: 0, runs: 2_000, jobs: 1, driver: Driver::Swarm, fail_fast: true };
    let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
    let (signature, cause) = tally.causes.first_key_value()?;
    Some((simulation.record(seed, cause.index).0, *signature))
}

/// Whether a recording fails in that way.
fn fails(simulation: &Simulation, recording: &Recording, signature: Signature) -> bool {
    let outcome = simulation.replay(&mut simulation.replayer(), recording, &mut ());
    outcome.violation.is_some_and(|violation| Signature::of(&violation) == signature)
}

/// Everything that a recording could still do without: one thing each.
fn without_one_thing(recording: &Recording) -> Vec<(String, Recording)> {
    let mut smaller = Vec::new();
    let mut add = |what: String, edit: &dyn Fn(&mut Recording)| {
        let mut candidate = recording.clone();
        edit(&mut candidate);
        smaller.push((what, candidate));
    };
    for i in 0..recording.choices.len() {
        add(format!("choice {i}"), &|r| {
            r.choices.remove(i);
        });
    }
    for i in 0..recording.workload.commands.len() {
        add(format!("command {i}"), &|r| {
            r.workload.commands.remove(i);
        });
    }
    for (order, plan) in recording.workload.orders.iter().enumerate().filter(|(_, plan)| !plan.is_absent()) {
        if recording.workload.orders_present() > 1 {
            add(format!("order {order}"), &|r| r.workload.orders[order] = OrderPlan::default());
        }
        for item in (0..64).map(|item| 1_u64 << item).filter(|item| plan.items & item != 0 && plan.items != *item) {
            add(format!("an item of order {order}"), &|r| r.workload.orders[order].items &= !item);
        }
        if plan.arrival > Duration::ZERO {
            add(format!("the arrival of order {order}"), &|r| r.workload.orders[order].arrival = Duration::ZERO);
        }
    }
    smaller
}

/// Whether exhaustive search, which needs no luck, finds nothing smaller that breaks in the same way; `None`: with so many
/// faults at once it takes too long for a test.
fn certified(simulation: &Simulation, signature: Signature, left: Size, (faults, _): (usize, usize)) -> Option<bool> {
    let faults = if left.faults > faults { left.faults - 1 } else { faults };
    if faults >= 2 {
        return None;
    }
    let found = search(simulation, faults, 1, false);
    let mut breaking = found.exploration.levels.iter().flat_map(|level| &level.breaking);
    Some(!breaking.any(|breaking| {
        let orders = found.workloads[breaking.workload].orders_present();
        let faults = breaking.choices.iter().filter(|choice| !choice.span).count();
        Signature::of(&breaking.violation) == signature && (faults, orders) < (left.faults, left.orders)
    }))
}

#[test]
fn every_planted_bug_shrinks_to_its_optimum() {
    let (mut caught, mut uncertified) = (0, Vec::new());
    for (i, defect) in defects().enumerate() {
        let (name, simulation) = (&defect.id.value, with_bug(&defect));
        let optimum = defect.optimum.as_ref().unwrap_or_else(|| panic!("{name} says its optimum"));
        let expected = (optimum.faults.value as usize, optimum.orders.value as usize);
        // Those that random runs do not catch so soon are not for this test.
        let Some((recording, signature)) = first_failure(&simulation, 1 + i as u64 % 2) else { continue };
        caught += 1;
        let shrunk = simulation.shrink(&recording, signature).unwrap_or_else(|| panic!("{name} fails again"));
        let recording = shrunk.recording;
        let left = size(&simulation, &recording);
        // The optimum on record is that of the easiest way to break; one that breaks elsewhere may take more.
        if (left.faults, left.orders) > expected {
            match certified(&simulation, signature, left, expected) {
                Some(least) => assert!(least, "{name}: {expected:?} would do instead of {recording:?}"),
                None => uncertified.push(format!("{name}: {recording:?}")),
            }
        }
        for (what, smaller) in without_one_thing(&recording) {
            assert!(!fails(&simulation, &smaller, signature), "{name} does not need {what} of {recording:?}");
        }
    }
    assert!(caught > 40, "{caught} of {} caught", catalog::DEFECTS.len());
    assert!(uncertified.is_empty(), "{uncertified:#?}");
}

/// How long a fault lasts is asked for under the key that the shrinker takes it for.
#[test]
fn the_longest_extent_of_every_fault_is_asked_for() {
    let simulation = simulation("order-fulfilment", &[]);
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let calm = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: false };
    let mut scout = simulation.replayer();
    scout.choices.record_points();
    simulation.replay(&mut scout, &calm, &mut ());
    let (mut worker, mut names) = (simulation.replayer(), BTreeSet::new());
    for fault in scout.choices.points().iter().flat_map(|point| gentle::alternatives(&simulation, point)) {
        let Some(longest) = gentle::longest(&simulation, &fault) else { continue };
        assert!(gentle::is_extent(&simulation, &fault, &longest));
        let text = choice_text(&simulation.scenario, &Names::new(&simulation.scenario.model), &fault);
        simulation.replay(&mut worker, &Recording { choices: vec![fault, longest], ..calm.clone() }, &mut ());
        assert_eq!(worker.choices.unused().count(), 0, "{text} lasts {}us", longest.value);
        let given: Vec<_> = worker.choices.given_spans().collect();
        assert!(matches!(given[..], [(_, nominal)] if nominal.0 < longest.value), "{text}: {given:?}");
        names.insert(simulation.scenario.sites.sites.get(fault.site).values[fault.value as usize].name);
    }
    assert!(names.len() >= 8, "{names:?}");
}

/// A run of so many orders with these faults, which fails.
fn failing(simulation: &Simulation, texts: &[&str], orders: usize) -> (Recording, Signature) {
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    failing_with(simulation, texts, vec![order; orders])
}

fn failing_with(simulation: &Simulation, texts: &[&str], orders: Vec<OrderPlan>) -> (Recording, Signature) {
    let workload = Workload { orders, commands: Vec::new(), shared_account: true };
    let choices = choices(simulation, texts);
    let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let outcome = simulation.replay(&mut simulation.replayer(), &recording, &mut ());
    (recording, Signature::of(&outcome.violation.expect("it fails")))
}

/// Three attempts that fail in three ways, one of them because the engine crashes when it learns of it: one way will do.
#[test]
fn a_fault_is_repeated_where_that_takes_fewer_than_others_do() {
    let simulation = with_bug(&planted("three-attempts-and-no-fallback"));
    let texts = [
        "send.request order-1/support/activate-support attempt 1 = not-sent",
        "send.request order-1/support/activate-support attempt 2 = lost",
        "handle.saga-save order-1/support/activate-support save after the timer for the next question 1 attempt 2 = \
         crash-after-commit",
        "send.query order-1/support/activate-support question attempt 2 number 3 = delay",
        "handle.saga-save order-1/support/activate-support save after the finding 4 attempt 2 = crash-after-commit",
    ];
    let (recording, signature) = failing(&simulation, &texts, 1);
    let shrunk = simulation.shrink(&recording, signature).expect("it fails again");
    assert_eq!(shrunk.recording.faults().count(), 3, "{:?}", shrunk.recording);
}

/// The answer to a question is lost because the engine crashed at another step meanwhile: it can be lost by itself.
#[test]
fn one_fault_where_it_broke_does_for_others_that_only_lead_there() {
    let simulation = with_bug(&planted("one-question-and-no-more"));
    let texts = [
        "handle.saga-save order-1/router/create-asset-router save after the answer attempt 1 = crash-before-commit",
        "send.query-reply order-1/router/bill-router question attempt 1 number 1 = lost",
    ];
    let (recording, signature) = failing(&simulation, &texts, 1);
    let shrunk = simulation.shrink(&recording, signature).expect("it fails again").recording;
    assert_eq!(shrunk.faults().count(), 1, "{shrunk:?}");
}

/// Three or four faults that fail together, where two would do that are like none of them.
#[test]
fn two_faults_where_it_broke_do_for_more_of_another_kind() {
    let simulation = with_bug(&planted("reserved-anew-when-unanswered"));
    let crashes = [
        "send.reply order-1/router/reserve-router attempt 1 = delay",
        "handle.saga-save order-1/support/bill-support save after the answer attempt 1 = crash-before-commit",
        "handle.saga-save order-1/router/reserve-router save after the timer for the next question attempt 1 recovery 1 \
         = crash-after-commit",
    ];
    let meet = [
        "send.request order-1/router/reserve-router attempt 1 = not-sent",
        "send.request order-2/router/reserve-router attempt 1 = delay",
        "response order-1/router/reserve-router attempt 2 = slow",
        "handle.request order-2/router/reserve-router attempt 1 = dead",
    ];
    for (texts, orders, heal_after) in [(&crashes[..], 1, None), (&meet, 2, Some(405))] {
        let order = OrderPlan { items: if orders == 1 { 0b111 } else { 0b10 }, ..OrderPlan::default() };
        let workload = Workload { orders: vec![order; orders], commands: Vec::new(), shared_account: true };
        let recording = Recording { workload, choices: choices(&simulation, texts), heal_after, dead_stay: false };
        let outcome = simulation.replay(&mut simulation.replayer(), &recording, &mut ());
        let signature = Signature::of(&outcome.violation.expect("it fails"));
        let shrunk = simulation.shrink(&recording, signature).expect("it fails again").recording;
        assert_eq!((shrunk.faults().count(), shrunk.workload.orders_present()), (2, 1), "{shrunk:?}");
    }
}

/// The engine is held up over the first order until it meets the second one. They can meet at once.
#[test]
fn orders_that_a_fault_makes_meet_meet_without_it() {
    let simulation = with_bug(&planted("outbox-cursor"));
    let texts = [
        "handle.saga-save order-1/create-order save after the conversion attempt 1 = pause",
        "handle.saga-save order-1/create-order save after the conversion attempt 2 = pause",
        "interleave order-2/create-order save after the conversion attempt 1 = others",
    ];
    let first = OrderPlan { items: 0b100, ..OrderPlan::default() };
    let second = OrderPlan { items: 0b1, arrival: Duration(51_658_857), ..OrderPlan::default() };
    let (recording, signature) = failing_with(&simulation, &texts, vec![first, second]);
    let shrunk = simulation.shrink(&recording, signature).expect("it fails again").recording;
    assert_eq!((shrunk.faults().count(), shrunk.workload.orders_present()), (1, 2), "{shrunk:?}");
}

/// A credit at the price of today needs a new price between charge and credit. That another order's quote brought it about is
/// chance: its own can.
#[test]
fn what_another_orders_quote_brings_about_its_own_can() {
    let simulation = with_bug(&planted("credited-at-the-price-of-today"));
    let priced = OrderPlan { items: 1, quote: QuoteDefect::PriceChangedAfterAcceptance, ..OrderPlan::default() };
    let billed = OrderPlan { items: 0b100, ..OrderPlan::default() };
    let fail = simulation.shape.boundaries.iter().filter_map(|&(command, item, place)| {
        let commands = vec![CommandPlan { command, order: 1, item, place, twice: false }];
        let workload = Workload { orders: vec![priced, billed], commands, shared_account: true };
        let recording = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: false };
        let outcome = simulation.replay(&mut simulation.replayer(), &recording, &mut ());
        outcome.violation.map(|violation| (recording, Signature::of(&violation)))
    });
    let all: Vec<(Recording, Signature)> = fail.collect();
    assert!(!all.is_empty());
    for (recording, signature) in all {
        let shrunk = simulation.shrink(&recording, signature).expect("it fails again").recording;
        assert_eq!((shrunk.faults().count(), shrunk.workload.orders_present()), (0, 1), "{shrunk:?}");
    }
}

/// What exhaustive search hands over: overrides and nothing drawn. Of faults that have nothing to do with what breaks,
/// none is left, and the order that fails becomes the first one.
#[test]
fn overrides_without_latencies_are_reduced_too() {
    let simulation = simulation("order-fulfilment", &["participants.billing.operations.charge.dedup.by=none"]);
    let texts = [
        "handle.request order-2/router/reserve-router attempt 1 = crash-before-commit",
        "send.request order-3/connectivity/bill-connectivity attempt 1 = duplicate",
        "send.reply order-3/router/ship-router attempt 1 = delay",
    ];
    let (recording, signature) = failing(&simulation, &texts, 3);
    let shrunk = simulation.shrink(&recording, signature).expect("it fails again");
    let left = size(&simulation, &shrunk.recording);
    assert_eq!((left.faults, left.orders, left.items, left.places), (1, 1, 1, 1), "{:?}", shrunk.recording);
    assert!(simulation.shrink(&recording, Signature { place: 77, ..signature }).is_none());
}

/// The clock and the number of workers decide nothing.
#[test]
fn equal_failures_shrink_to_equal_ones() {
    let simulation = simulation("order-fulfilment", &["participants.inventory.operations.release.dedup.by=none"]);
    let (recording, signature) = first_failure(&simulation, 1).expect("a planted bug is caught");
    let shrink = || simulation.shrink(&recording, signature).expect("it fails again");
    let (one, two) = (shrink(), shrink());
    assert_eq!((&one.recording, one.runs, one.events), (&two.recording, two.runs, two.events));
    assert_eq!(one.outcome.fingerprint, two.outcome.fingerprint);
}
