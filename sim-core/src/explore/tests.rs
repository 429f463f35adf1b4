//! The search against plain enumeration: every plan from its start, nothing merged.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::choices::{Choices, KindId, Latency, Point, Settings, Site, Sites, VALUES_MAX};
use crate::context::Context;
use crate::domain::{Class, Extents, HANDLE_FATES, Node, PartId, PartSpec, SEND_FATES};
use crate::hash::name;
use crate::invariant::{Invariant, Invariants, Judge, Strictness};
use crate::queue::TimerId;
use crate::run::run;
use crate::time::{Duration, Time};

const LOST: u64 = 1;
const DUPLICATE: u64 = 2;
const CRASH_BEFORE: u64 = 4;
const CRASH_AFTER: u64 = 8;

/// How often the client asks for an item.
const ATTEMPTS: u8 = 5;
/// What the client reports then.
const GIVEN_UP: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, Default, Hash)]
enum Message {
    #[default]
    Start,
    Buy {
        item: u8,
        attempt: u8,
    },
    Bought {
        item: u8,
        attempt: u8,
    },
    Retry {
        item: u8,
        attempt: u8,
    },
}

/// A shop that remembers in memory what it delivered, and a client that asks until it is answered or gives up.
#[derive(Clone, Debug, Hash)]
enum Party {
    Client { retries: Vec<TimerId> },
    Shop { delivered: Vec<u8>, remembered: Vec<bool> },
}

impl Node<Shop> for Party {
    fn handle(&mut self, cx: &mut Context<'_, Shop>, message: Message) {
        match (self, message) {
            (Self::Client { retries }, Message::Start) => {
                for item in 0..retries.len() as u8 {
                    Self::ask(cx, retries, item, 0);
                }
            }
            (Self::Client { retries }, Message::Retry { item, attempt }) => Self::ask(cx, retries, item, attempt),
            (Self::Client { retries }, Message::Bought { item, .. }) => cx.cancel(retries[usize::from(item)]),
            (Self::Shop { delivered, remembered }, Message::Buy { item, attempt }) => {
                if !std::mem::replace(&mut remembered[usize::from(item)], true) {
                    delivered[usize::from(item)] += 1;
                    cx.change(delivered[usize::from(item)]);
                }
                cx.reply(Message::Bought { item, attempt });
            }
            _ => {}
        }
    }

    fn crash(&mut self, _part: u8) -> bool {
        match self {
            Self::Client { .. } => false,
            Self::Shop { remembered, .. } => {
                let lost = remembered.contains(&true);
                remembered.fill(false);
                lost
            }
        }
    }

    fn restart(&mut self, _cx: &mut Context<'_, Shop>, _part: u8) {}
}

impl Party {
    fn ask(cx: &mut Context<'_, Shop>, retries: &mut [TimerId], item: u8, attempt: u8) {
        if attempt == ATTEMPTS {
            return cx.change(GIVEN_UP);
        }
        cx.send(PartId(1), Message::Buy { item, attempt });
        retries[usize::from(item)] = cx.timer(Duration::secs(90), Message::Retry { item, attempt: attempt + 1 });
    }
}

struct DeliveredOnce;

impl Invariant<Shop> for DeliveredOnce {
    fn id(&self) -> &'static str {
        "delivered-once"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Always
    }

    fn watches(&self) -> u64 {
        1
    }

    fn check(&self, judge: &mut Judge<'_, Shop>, delivered: &u8) {
        judge.require(*delivered <= 1, 0, 0);
    }
}

struct Shop {
    sites: Sites,
    class: [Class; 2],
    extents: Extents,
    invariants: Invariants<Self>,
    items: u8,
}

impl Shop {
    fn new(items: u8) -> Self {
        let mut sites = Sites::default();
        let send = sites.add(Site::new("send", &SEND_FATES, &[(1, KindId(1)), (6, KindId(0))]));
        let handle = sites.add(Site::new("handle", &HANDLE_FATES, &[(1, KindId(2)), (2, KindId(3))]));
        let class = Class { send: Some(send), handle: None, timer: None, tie: None, spans: send };
        let class = [class, Class { handle: Some(handle), ..class }];
        let invariants: Vec<Box<dyn Invariant<Self>>> = vec![Box::new(DeliveredOnce)];
        Self { sites, class, extents: Extents::default(), invariants: invariants.into(), items }
    }
}

impl Domain for Shop {
    type Message = Message;
    type Change = u8;
    type Ledger = ();
    type Node = Party;

    fn sites(&self) -> &Sites {
        &self.sites
    }

    fn parts(&self) -> &[PartSpec] {
        &[PartSpec { node: 0, part: 0 }, PartSpec { node: 1, part: 0 }]
    }

    fn invariants(&self) -> &Invariants<Self> {
        &self.invariants
    }

    fn reset(&self, world: &mut World<Self>) {
        let items = usize::from(self.items);
        world.nodes.clear();
        world.nodes.push(Party::Client { retries: vec![TimerId::NONE; items] });
        world.nodes.push(Party::Shop { delivered: vec![0; items], remembered: vec![false; items] });
        world.input(Time::START, PartId(0), Message::Start);
    }

    fn class(&self, message: &Message) -> Class {
        self.class[usize::from(matches!(message, Message::Buy { .. }))]
    }

    fn subject(&self, message: &Message) -> Subject {
        let (kind, item, attempt) = match *message {
            Message::Start => ("start", 0, 0),
            Message::Buy { item, attempt } => ("buy", item, attempt),
            Message::Bought { item, attempt } => ("bought", item, attempt),
            Message::Retry { item, attempt } => ("retry", item, attempt),
        };
        Subject::new(name(kind), u64::from(item) << 8 | u64::from(attempt))
    }

    fn latency(&self, _message: &Message) -> Latency {
        Latency::Fixed(Duration::millis(20))
    }

    fn change_kind(&self, _change: &u8) -> u8 {
        0
    }

    fn change_words(&self, change: &u8) -> (u64, u64) {
        ((*change).into(), 0)
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

#[derive(Default, PartialEq, Debug)]
struct Runs(u64, u64);

impl Tally for Runs {
    fn merge(&mut self, other: Self) {
        self.0 += other.0;
        self.1 += other.1;
    }
}

fn search(shop: &Shop, faults: usize, kinds: u64, jobs: usize, exact: bool) -> Exploration<Runs> {
    search_over(shop, 1, (faults, kinds), jobs, exact)
}

/// The search over so many workloads, which are all the same.
fn search_over(shop: &Shop, workloads: usize, faults: (usize, u64), jobs: usize, exact: bool) -> Exploration<Runs> {
    search_combined(shop, (workloads, usize::MAX), faults, jobs, exact)
}

/// The same, in the first of which alone faults are combined.
fn search_combined(
    shop: &Shop,
    (workloads, combined): (usize, usize),
    (faults, kinds): (usize, u64),
    jobs: usize,
    exact: bool,
) -> Exploration<Runs> {
    let progress = AtomicU64::new(0);
    let search = Search {
        model: shop,
        workloads,
        prepare: &|_, _| {},
        faults,
        combined,
        persistent: &[],
        is_known: &|_, _, _| false,
        kinds,
        limits: Limits::default(),
        jobs,
        exact,
        stop: &|| false,
        progress: &|_| {
            progress.fetch_add(1, Ordering::Relaxed);
        },
    };
    let found = explore(&search, Runs::default, |runs, _, outcome| {
        runs.0 += 1;
        runs.1 += u64::from(outcome.violation.is_some());
    });
    assert_eq!(found.tally.0, progress.into_inner());
    found
}

type Set = BTreeSet<(SiteId, Subject, u64)>;

fn faults_of(path: &[Choice]) -> usize {
    path.iter().filter(|choice| !choice.span).count()
}

/// Every plan that goes on from `path`, each run from its start.
fn enumerate(shop: &Shop, kinds: u64, path: &mut Vec<Choice>, most: usize, plans: &mut [u64], broken: &mut Vec<Set>) {
    let mut choices = Choices::random(0, Settings::none(shop.sites()));
    choices.record_points();
    choices.set_overrides(path);
    let outcome = run(shop, &mut World::default(), &mut choices, &Limits::default(), &mut ());
    plans[faults_of(path)] += 1;
    if outcome.violation.is_some() {
        broken.push(path.iter().map(identity).collect());
        return;
    }
    if let [fault] = path[..]
        && let Some(length) = at_full_length(shop, &fault)
    {
        path.push(length);
        enumerate(shop, kinds, path, 1, plans, broken);
        path.pop();
    }
    if faults_of(path) == most {
        return;
    }
    let points = choices.points().to_vec();
    let last = path.last().map(|last| points.iter().position(|p| (p.site, p.subject) == (last.site, last.subject)));
    for point in &points[last.map_or(0, |at| at.expect("a choice that was made is a point") + 1)..] {
        for value in (0..32_u8).filter(|v| point.allowed & 1 << v != 0) {
            let kind = shop.sites.kind(point.site, value).expect("an allowed value injects a fault");
            if kinds & 1 << kind.0 != 0 {
                let Point { site, subject, event, .. } = *point;
                path.push(Choice { site, subject, value: value.into(), span: false, event });
                enumerate(shop, kinds, path, most, plans, broken);
                path.pop();
            }
        }
    }
}

fn sets(found: &Exploration<Runs>) -> BTreeSet<Set> {
    found.levels.iter().flat_map(|l| &l.breaking).map(|b| b.choices.iter().map(identity).collect()).collect()
}

/// The minimal ones of these.
fn minimal(broken: &[Set]) -> BTreeSet<Set> {
    broken.iter().filter(|set| !broken.iter().any(|other| other != *set && other.is_subset(set))).cloned().collect()
}

#[test]
fn every_plan_is_run_or_covered_and_the_minimal_sets_are_those_of_plain_enumeration() {
    for (items, kinds, faults, smallest) in [
        (1, LOST | DUPLICATE | CRASH_BEFORE, 3, 2),
        (2, LOST | CRASH_BEFORE, 2, 2),
        (2, LOST | DUPLICATE, 2, 0),
        (2, LOST | DUPLICATE | CRASH_BEFORE | CRASH_AFTER, 2, 1),
    ] {
        let shop = Shop::new(items);
        let mut plans = vec![0; faults + 1];
        let mut broken = Vec::new();
        enumerate(&shop, kinds, &mut Vec::new(), faults, &mut plans, &mut broken);
        let expected = minimal(&broken);
        assert_eq!(expected.iter().map(BTreeSet::len).min().unwrap_or(0), smallest, "kinds {kinds:b}");
        for exact in [true, false] {
            let found = search(&shop, faults, kinds, 2, exact);
            assert!(found.levels.iter().all(|level| level.complete));
            if exact {
                assert_eq!(sets(&found), expected, "kinds {kinds:b}");
            } else {
                assert!(sets(&found).is_subset(&expected), "kinds {kinds:b}");
                assert_eq!(sets(&found).is_empty(), expected.is_empty(), "kinds {kinds:b}");
            }
            // Below the size of the smallest breaking set no plan is left out; the last level of three is counted over the
            // fault-free run where plans rejoin it.
            let whole = if smallest == 0 { 2 } else { smallest };
            for (level, (found, plans)) in found.levels.iter().zip(&plans).enumerate().take(whole + 1) {
                let Level { run, equal, rejoined, .. } = found;
                assert_eq!(run + equal + rejoined, *plans, "level {level}, kinds {kinds:b}, exact {exact}");
            }
            for level in 0..=faults {
                // How long a fault lasts is no further one.
                let faults = |set: &Set| set.iter().filter(|(.., value)| *value < VALUES_MAX as u64).count();
                let sets = expected.iter().filter(|set| faults(set) == level).count() as u64;
                assert_eq!(found.levels[level].broken, sets, "level {level}, kinds {kinds:b}, exact {exact}");
            }
        }
    }
}

#[test]
fn equal_worlds_are_explored_once() {
    let shop = Shop::new(3);
    let found = search(&shop, 2, LOST | DUPLICATE | CRASH_BEFORE, 1, false);
    let exact = search(&shop, 2, LOST | DUPLICATE | CRASH_BEFORE, 1, true);
    assert!(found.levels[2].run < exact.levels[2].run, "{} of {}", found.levels[2].run, exact.levels[2].run);
    assert!(found.levels[2].rejoined > 0);
}

#[test]
fn the_number_of_threads_shows_nowhere() {
    let shop = Shop::new(2);
    let all = LOST | DUPLICATE | CRASH_BEFORE | CRASH_AFTER;
    let (one, four) = (search(&shop, 3, all, 1, false), search(&shop, 3, all, 4, false));
    assert_eq!(one.levels, four.levels);
    assert_eq!(one.tally, four.tally);
}

#[test]
fn searches_over_parts_of_the_workloads_add_up_to_the_whole() {
    let shop = Shop::new(2);
    let faults = (3, LOST | DUPLICATE | CRASH_BEFORE | CRASH_AFTER);
    let whole = search_over(&shop, 3, faults, 2, false);
    let mut sum = search_over(&shop, 1, faults, 1, false);
    for workload in 1..3 {
        let mut part = search_over(&shop, 1, faults, 1, false);
        part.levels.iter_mut().flat_map(|l| &mut l.breaking).for_each(|breaking| breaking.workload = workload);
        sum.merge(part);
    }
    assert!(sum.levels[2].breaking.iter().any(|breaking| breaking.workload == 2));
    assert_eq!(sum.levels, whole.levels);
    assert_eq!(sum.tally, whole.tally);
}

#[test]
fn where_faults_are_not_combined_single_ones_are_searched() {
    let shop = Shop::new(2);
    let kinds = LOST | DUPLICATE | CRASH_BEFORE | CRASH_AFTER;
    let (single, three) = (search(&shop, 1, kinds, 1, false), search(&shop, 3, kinds, 1, false));
    let found = search_combined(&shop, (3, 1), (3, kinds), 2, false);
    assert!(single.levels[1].broken > 0 && three.levels[2].broken > 0 && three.levels[3].broken > 0);
    for faults in 0..=3 {
        let (of_one, times) = if faults < 2 { (&single, 3) } else { (&three, 1) };
        let counts =
            |level: &Level| [level.points, level.alternatives, level.run, level.equal, level.rejoined, level.broken];
        let expected = counts(&of_one.levels[faults]).map(|count| count * times);
        assert_eq!(counts(&found.levels[faults]), expected, "{faults} faults");
    }
    assert!(found.levels[3].breaking.iter().all(|breaking| breaking.workload == 0));
}

#[test]
fn points_of_single_faults_are_those_of_the_fault_free_run() {
    let shop = Shop::new(2);
    let mut choices = Choices::random(0, Settings::none(shop.sites()));
    choices.record_points();
    run(&shop, &mut World::default(), &mut choices, &Limits::default(), &mut ());
    let found = search(&shop, 1, u64::MAX, 1, false);
    assert_eq!(found.levels[1].points, choices.points().len() as u64);
}

#[test]
fn a_search_that_is_stopped_says_so() {
    let shop = Shop::new(2);
    let progress = AtomicU64::new(0);
    let search = Search {
        model: &shop,
        workloads: 1,
        prepare: &|_, _| {},
        faults: 2,
        combined: usize::MAX,
        persistent: &[],
        is_known: &|_, _, _| false,
        kinds: u64::MAX,
        limits: Limits::default(),
        jobs: 1,
        exact: false,
        stop: &|| progress.load(Ordering::Relaxed) > 20,
        progress: &|_| {
            progress.fetch_add(1, Ordering::Relaxed);
        },
    };
    let found = explore(&search, Runs::default, |runs, _, _| runs.0 += 1);
    assert!(found.levels[1].complete ^ (found.tally.0 < 15));
    assert!(!found.levels[2].complete);
}

/// However many plans break something, all are counted and no more than so many listed.
#[test]
fn what_is_not_listed_is_counted() {
    let found = search(&Shop::new(2), 2, LOST | CRASH_BEFORE, 1, true);
    let one = found.levels.iter().find(|level| level.broken > 0).expect("two faults are too many");
    assert_eq!(one.unlisted(), 0);
    let mut sum = Level { complete: true, ..Level::default() };
    while sum.broken <= BREAKING_MAX as u64 {
        sum.add(one, 1);
    }
    assert_eq!((sum.breaking.len(), sum.unlisted()), (BREAKING_MAX, sum.broken - BREAKING_MAX as u64));
    assert!(sum.unlisted() > 0);
    // Beyond these the first of each further cause is listed, and lists that are put together make the same list.
    let other = |cause| Breaking { cause, ..one.breaking[0].clone() };
    let with = |causes: &[u64]| {
        let mut level = Level { complete: true, ..Level::default() };
        causes.iter().for_each(|cause| level.list(other(*cause)));
        level
    };
    let mut whole = sum.clone();
    [7, 8, 7].map(other).into_iter().for_each(|breaking| whole.list(breaking));
    let causes: Vec<u64> = whole.breaking[BREAKING_MAX..].iter().map(|breaking| breaking.cause).collect();
    assert_eq!(causes, [7, 8]);
    let mut parts = sum.clone();
    parts.add(&with(&[7]), 1);
    parts.add(&with(&[8, 7]), 1);
    assert_eq!(parts.breaking, whole.breaking);
}

/// What is sent about one item has the names of what is sent about the other, so a persistent fault meets both. To give up
/// one takes no more than its own attempts.
#[test]
fn a_persistent_fault_comes_again_as_often_as_it_must() {
    let shop = Shop::new(2);
    let search = Search {
        model: &shop,
        workloads: 1,
        prepare: &|_, _| {},
        faults: 1,
        combined: usize::MAX,
        persistent: &[8],
        is_known: &|_, _, _| false,
        kinds: LOST,
        limits: Limits::default(),
        jobs: 1,
        exact: true,
        stop: &|| false,
        progress: &|_| (),
    };
    let found = explore(&search, Runs::default, |runs, _, outcome| {
        runs.0 += 1;
        runs.1 += u64::from(outcome.injected[0]);
    });
    let (singles, persistent) = (&found.levels[1], &found.persistent);
    assert_eq!((singles.broken, persistent.run, persistent.broken), (0, 2, 2), "{persistent:?}");
    for breaking in &persistent.breaking {
        let items: Vec<u64> = breaking.choices.iter().map(|choice| choice.subject.counters >> 8).collect();
        assert_eq!(items, [0; ATTEMPTS as usize], "{breaking:?}");
    }
    // The first requests leave in one event, so only that about one item is lost, and the other item is done with. Of answers
    // all are lost until the first item is given up. Each of these faults counts in the run of its plan.
    let (requests, answers) = (u64::from(ATTEMPTS), 2 * u64::from(ATTEMPTS) - 1);
    assert_eq!(found.tally, Runs(1 + singles.run + 2, singles.run + requests + answers));
}
