//! Since when a run is calm: what is owed from calm on may take its time from the last disturbance, no longer.

use std::collections::BTreeSet;

use sim_core::campaign::Tally;
use sim_core::explore::{Search, explore};
use sim_core::{
    Bound, Choice, Choices, Class, Context, Domain, Duration, Extents, HANDLE_FATES, Invariant, Invariants, Judge,
    KindId, Latency, Limits, Node, ObligationId, PartId, PartSpec, Promise, SEND_FATES, Settings, Site, SiteId, Sites,
    Strictness, Subject, Time, TimerId, World, run,
};

const CLIENT: PartId = PartId(0);
const CLOCK: PartId = PartId(1);
const SEND: SiteId = SiteId(0);
const HANDLE: SiteId = SiteId(1);
const ANSWER: SiteId = SiteId(2);
const BEGINS: Time = Time(1_000_000);
const LATENCY: Duration = Duration::millis(20);
const RETRY: Duration = Duration::secs(90);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Message {
    #[default]
    Begin,
    Ask(u8),
    Told(u8),
    Retry(u8),
    /// Something that the client did not have to expect.
    Upset,
}

/// A client that asks for the time up to three times, and a clock that remembers nothing.
#[derive(Clone, Debug, Hash)]
enum Party {
    Client(TimerId),
    Clock,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Asked,
    Told,
}

impl Party {
    fn ask(cx: &mut Context<'_, Desk>, retry: &mut TimerId, attempt: u8) {
        cx.send(CLOCK, Message::Ask(attempt));
        if attempt < 2 {
            *retry = cx.timer(RETRY, Message::Retry(attempt + 1));
        }
    }
}

impl Node<Desk> for Party {
    fn handle(&mut self, cx: &mut Context<'_, Desk>, message: Message) {
        match (self, message) {
            (Self::Client(retry), Message::Begin) => {
                cx.change(Change::Asked);
                Self::ask(cx, retry, 0);
            }
            (Self::Client(retry), Message::Retry(attempt)) => Self::ask(cx, retry, attempt),
            (Self::Client(_), Message::Upset) => cx.disturb(),
            (Self::Client(retry), Message::Told(_)) => {
                cx.cancel(*retry);
                cx.change(Change::Told);
                if cx.model.upset {
                    cx.timer(Duration::secs(10), Message::Upset);
                }
            }
            (Self::Clock, Message::Ask(attempt)) => {
                let silent = cx.choose(ANSWER, Subject::new(3, attempt.into()), u32::MAX);
                if silent == 0 {
                    cx.reply(Message::Told(attempt));
                }
            }
            _ => {}
        }
    }

    fn crash(&mut self, _part: u8) -> bool {
        false
    }

    fn restart(&mut self, _cx: &mut Context<'_, Desk>, _part: u8) {}
}

/// The client is told in time.
struct ToldInTime(Bound);

impl Invariant<Desk> for ToldInTime {
    fn id(&self) -> &'static str {
        "told-in-time"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Eventually
    }

    fn watches(&self) -> u64 {
        0b11
    }

    fn check(&self, judge: &mut Judge<'_, Desk>, change: &Change) {
        match change {
            Change::Asked => _ = judge.open(0, self.0, 0),
            Change::Told => judge.meet(ObligationId(1)),
        }
    }
}

struct Desk {
    sites: Sites,
    classes: [Class; 2],
    extents: Extents,
    invariants: Invariants<Self>,
    upset: bool,
    begins: bool,
}

impl Desk {
    fn new(within: Duration) -> Self {
        Self::of(within.into())
    }

    fn of(bound: Bound) -> Self {
        let mut sites = Sites::default();
        let send = sites.add(Site::new("send", &SEND_FATES, &[(1, KindId(0)), (6, KindId(1))]));
        let handle = sites.add(Site::new("handle", &HANDLE_FATES, &[(1, KindId(2)), (7, KindId(4))]));
        let answer = sites.add(Site::new("answer", &["given", "silence"], &[(1, KindId(3))]));
        assert_eq!([send, handle, answer], [SEND, HANDLE, ANSWER]);
        let class = Class { send: Some(send), handle: None, timer: None, tie: None, spans: send };
        let invariants: Vec<Box<dyn Invariant<Self>>> = vec![Box::new(ToldInTime(bound))];
        Self {
            sites,
            classes: [class, Class { handle: Some(handle), ..class }],
            extents: Extents {
                duplicate: Latency::Fixed(Duration::secs(2)),
                downtime: Latency::Fixed(Duration::secs(30)),
                ..Extents::default()
            },
            invariants: invariants.into(),
            upset: false,
            begins: true,
        }
    }

    /// The choices of a run with these faults.
    fn with(&self, faults: &[Choice]) -> Choices {
        let mut choices = Choices::random(0, Settings::none(&self.sites));
        choices.set_overrides(faults);
        choices
    }

    /// Since when a run with these faults was calm, in this world or a copy of it.
    fn calm_in(&self, world: &mut World<Self>, faults: &[Choice], limits: &Limits) -> Time {
        let mut choices = self.with(faults);
        run(self, world, &mut choices, limits, &mut ());
        assert_eq!(choices.unused().count(), 0, "a fault that was given did not happen");
        assert_eq!(world.clone().calm(), world.calm());
        world.calm()
    }

    fn calm(&self, faults: &[Choice], limits: &Limits) -> Time {
        self.calm_in(&mut World::default(), faults, limits)
    }
}

impl Domain for Desk {
    type Message = Message;
    type Change = Change;
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
        world.nodes.clear();
        world.nodes.extend([Party::Client(TimerId::NONE), Party::Clock]);
        if self.begins {
            world.input(BEGINS, CLIENT, Message::Begin);
        }
    }

    fn class(&self, message: &Message) -> Class {
        self.classes[usize::from(matches!(message, Message::Ask(_)))]
    }

    fn subject(&self, message: &Message) -> Subject {
        subject(*message)
    }

    fn latency(&self, _message: &Message) -> Latency {
        Latency::Fixed(LATENCY)
    }

    fn change_kind(&self, change: &Change) -> u8 {
        *change as u8
    }

    fn change_words(&self, change: &Change) -> (u64, u64) {
        (*change as u64, 0)
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

fn subject(message: Message) -> Subject {
    let (kind, n) = match message {
        Message::Begin => (0, 0),
        Message::Ask(attempt) => (1, attempt),
        Message::Told(attempt) => (2, attempt),
        Message::Retry(attempt) => (4, attempt),
        Message::Upset => (5, 0),
    };
    Subject::new(kind, n.into())
}

fn fault(site: SiteId, subject: Subject, value: u64) -> Choice {
    Choice { site, subject, value, span: false, event: 0 }
}

/// What is owed is owed from calm on; who is dead stays dead.
fn from_calm() -> Limits {
    Limits { from_calm: true, dead_stay: true, ..Limits::default() }
}

#[test]
fn inputs_faults_and_their_ends_disturb_a_run_and_its_own_work_does_not() {
    let desk = Desk::new(Duration::days(1));
    let ask = subject(Message::Ask(0));
    let told = subject(Message::Told(0));
    let calm = |faults: &[Choice]| desk.calm(faults, &from_calm());
    let asked = BEGINS + LATENCY;
    assert_eq!(calm(&[]), BEGINS, "the input");
    assert_eq!(calm(&[fault(SEND, ask, 6)]), BEGINS, "a request that was lost when it was sent");
    assert_eq!(calm(&[fault(SEND, told, 6)]), asked, "an answer that was lost when it was sent");
    assert_eq!(calm(&[fault(ANSWER, Subject::new(3, 0), 1)]), asked, "what a handler chose");
    assert_eq!(calm(&[fault(SEND, ask, 1)]), asked + Duration::secs(2), "a copy that came");
    assert_eq!(calm(&[fault(HANDLE, ask, 1)]), asked + Duration::secs(30), "a restart");
    assert_eq!(calm(&[fault(HANDLE, ask, 7)]), asked, "a death");
}

#[test]
fn what_a_node_calls_a_disturbance_is_one() {
    let desk = Desk { upset: true, ..Desk::new(Duration::days(1)) };
    assert_eq!(desk.calm(&[], &from_calm()), BEGINS + LATENCY + LATENCY + Duration::secs(10));
}

#[test]
fn healing_disturbs_what_is_still_going_on_after_a_fault() {
    let desk = Desk::new(Duration::days(1));
    let heals = Limits { chaos_events: 2, ..from_calm() };
    assert_eq!(desk.calm(&[], &heals), BEGINS, "there is nothing to heal");
    let lost = fault(SEND, subject(Message::Ask(0)), 6);
    assert_eq!(desk.calm(&[lost], &heals), BEGINS + RETRY);
}

/// What was promised is due as it was promised where no fault is, and what a recovery takes has room where one was.
#[test]
fn a_promise_is_owed_as_it_was_made_in_a_run_without_faults() {
    let round_trip = LATENCY + LATENCY;
    let lost = fault(SEND, subject(Message::Ask(0)), 6);
    let copied = fault(SEND, subject(Message::Told(0)), 1);
    let ended = |within: Duration, promised: Duration, faults: &[Choice], limits: &Limits| {
        let desk = Desk::of(Bound { within, promised });
        run(&desk, &mut World::default(), &mut desk.with(faults), limits, &mut ()).violation
    };
    let day = Duration::days(1);
    let short = Duration(round_trip.0 - 1);
    for limits in [from_calm(), Limits::default(), Limits { chaos_events: 1, ..Limits::default() }] {
        let late = ended(day, short, &[], &limits).expect("it comes later than it was promised");
        assert_eq!(late.due, Some(BEGINS + short));
        assert_eq!(late.broken, Some(Promise { within: short, met: Some(BEGINS + round_trip) }));
        assert_eq!(ended(day, round_trip, &[], &limits), None, "just in time");
        assert_eq!(ended(day, Duration::FOREVER, &[], &limits), None, "nothing was promised");
    }
    for faults in [lost, copied] {
        assert_eq!(ended(day, short, &[faults], &from_calm()), None, "there was a fault");
    }
    let too_late = ended(RETRY, short, &[lost], &from_calm()).expect("later than a recovery may be");
    assert_eq!((too_late.due, too_late.broken), (Some(BEGINS + RETRY), None));
    let never = ended(day, RETRY, &[], &Limits { events: 1, ..from_calm() }).expect("it never came");
    assert_eq!(never.broken, Some(Promise { within: RETRY, met: None }));
}

#[test]
fn a_run_does_not_know_of_the_calm_of_the_run_before_it() {
    let mut desk = Desk::new(Duration::days(1));
    let mut world = World::default();
    assert_eq!(desk.calm_in(&mut world, &[], &from_calm()), BEGINS);
    desk.begins = false;
    assert_eq!(desk.calm_in(&mut world, &[], &from_calm()), Time::START);
}

/// The sets of one fault that break something, from plain enumeration.
fn broken_by_one(desk: &Desk, limits: &Limits) -> BTreeSet<(SiteId, Subject, u64)> {
    let mut choices = desk.with(&[]);
    choices.record_points();
    run(desk, &mut World::default(), &mut choices, limits, &mut ());
    let all = choices.points().iter().flat_map(|point| {
        let values = (0..32_u64).filter(|value| point.allowed & 1 << value != 0);
        values.map(|value| fault(point.site, point.subject, value)).collect::<Vec<_>>()
    });
    let breaks = |fault: &Choice| {
        let outcome = run(desk, &mut World::default(), &mut desk.with(&[*fault]), limits, &mut ());
        outcome.violation.is_some()
    };
    all.filter(breaks).map(|fault| (fault.site, fault.subject, fault.value)).collect()
}

#[derive(Default)]
struct Nothing;

impl Tally for Nothing {
    fn merge(&mut self, _other: Self) {}
}

/// A request and its answer lost end in the same world: the client asks again a minute and a half after it asked first. Yet
/// the later loss gives it more time.
#[test]
fn equal_worlds_that_were_disturbed_at_different_times_are_told_apart() {
    let desk = Desk::new(RETRY + LATENCY + Duration::millis(10));
    let limits = from_calm();
    let search = Search {
        model: &desk,
        workloads: 1,
        prepare: &|_, _| {},
        faults: 1,
        combined: usize::MAX,
        persistent: &[],
        is_known: &|_, _, _| false,
        kinds: u64::MAX,
        limits,
        jobs: 1,
        exact: false,
        stop: &|| false,
        progress: &|_| {},
    };
    let found = explore(&search, || Nothing, |_, _, _| {});
    let sets = found.levels[1].breaking.iter().map(|breaking| {
        let [fault] = breaking.choices[..] else { panic!("one fault is enough: {breaking:?}") };
        (fault.site, fault.subject, fault.value)
    });
    let expected = broken_by_one(&desk, &limits);
    assert_eq!(sets.collect::<BTreeSet<_>>(), expected);
    let ask = subject(Message::Ask(0));
    assert_eq!(expected, [(SEND, ask, 6), (HANDLE, ask, 7)].into());
}

/// The client asks three times: any loss of one kind is survived, and none that each of its attempts meets.
#[test]
fn a_fault_that_persists_uses_up_all_attempts() {
    let desk = Desk::new(Duration::hours(1));
    let persistent = |times: &[u16]| {
        let search = Search {
            model: &desk,
            workloads: 1,
            prepare: &|_, _| {},
            faults: 1,
            combined: usize::MAX,
            persistent: times,
            is_known: &|_, _, _| false,
            kinds: 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3,
            limits: from_calm(),
            jobs: 1,
            exact: false,
            stop: &|| false,
            progress: &|_| {},
        };
        let found = explore(&search, || Nothing, |_, _, _| {});
        assert!(found.levels[1].breaking.is_empty() && found.levels[1].run > 0, "{times:?}");
        found.persistent
    };
    // A lost answer leaves the same world as silence, which comes before it.
    let each = |site, subject: &dyn Fn(u8) -> Subject, value| (0..3).map(|n| (site, subject(n), value)).collect();
    let expected: BTreeSet<Vec<(SiteId, Subject, u64)>> = BTreeSet::from([
        each(SEND, &|attempt| subject(Message::Ask(attempt)), 6),
        each(HANDLE, &|attempt| subject(Message::Ask(attempt)), 1),
        each(ANSWER, &|attempt| Subject::new(3, attempt.into()), 1),
    ]);
    for (times, plans) in [(&[][..], 0), (&[1], 3), (&[2], 3), (&[8], 3), (&[1, 2, 8], 6)] {
        let found = persistent(times);
        let sets: BTreeSet<Vec<_>> = found
            .breaking
            .iter()
            .map(|set| set.choices.iter().map(|fault| (fault.site, fault.subject, fault.value)).collect())
            .collect();
        let enough = times.iter().any(|times| *times >= 2);
        assert_eq!(sets, if enough { expected.clone() } else { BTreeSet::new() }, "{times:?} times more");
        assert_eq!((found.broken, found.run), (sets.len() as u64, plans), "{times:?} times more");
    }
}
