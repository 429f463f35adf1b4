//! The proof of determinism on nodes of one's own: a client and a counter, and the same with four mistakes that are easily
//! made. This file is also the example of how to test nodes.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sim_core::campaign::run_key;
use sim_core::determinism::{Circumstance, Difference, Plan, Proof, Subject, prove};
use sim_core::hash::{Unhashed, name};
use sim_core::{
    Choices, Class, Context, Domain, Duration, Extents, Invariants, KINDS_MAX, KindId, Latency, Limits, Node, PartId,
    PartSpec, Settings, Site, SiteId, Sites, Time, World,
};

const CLIENT: PartId = PartId(0);
const COUNTER: PartId = PartId(1);
const LOST: KindId = KindId(0);
const PEERS: u8 = 24;
/// The number of the request with which the mistake happens.
const AT: u8 = 30;

#[derive(Clone, Copy, Debug, Default, Hash)]
enum Message {
    #[default]
    Tick,
    Add {
        n: u8,
    },
    Added {
        n: u8,
    },
}

#[derive(Clone, Copy, Debug)]
struct Added {
    n: u8,
    total: u64,
}

/// A mistake that a node can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// It answers in the order of a hash table with random state.
    RandomState,
    /// It adds what a counter of the whole process says.
    Process,
    /// It keeps what such a counter says, and tells nobody.
    Unreported,
    /// It does not start over with a run: what an earlier run left in it shows.
    Leftover,
}

/// Counts calls in this process, over all runs.
static CALLS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Default)]
struct Peers(HashMap<u8, u64>);

/// The table as a set: the order in which it is walked is not its state.
impl Hash for Peers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_unstable();
        entries.hash(state);
    }
}

#[derive(Clone, Hash)]
enum Party {
    Client { next: u8 },
    Counter { total: u64, peers: Peers, note: u64, leftover: Unhashed<u64> },
}

impl Node<Counting> for Party {
    fn handle(&mut self, cx: &mut Context<'_, Counting>, message: Message) {
        let mistake = cx.model.mistake;
        match (self, message) {
            (Self::Client { next }, Message::Tick) => {
                cx.send(COUNTER, Message::Add { n: *next });
                *next += 1;
                if *next < 100 {
                    cx.timer(Duration::millis(10), Message::Tick);
                }
            }
            (Self::Counter { total, peers, note, leftover }, Message::Add { n }) => {
                *total += u64::from(n);
                peers.0.insert(n % PEERS, u64::from(n));
                leftover.0 += 1;
                match mistake {
                    Mistake::Process if n == AT => *total += CALLS.fetch_add(1, Ordering::Relaxed),
                    Mistake::Unreported if n == AT => *note = CALLS.fetch_add(1, Ordering::Relaxed),
                    Mistake::Leftover if n == AT => *total += leftover.0,
                    _ => {}
                }
                cx.change(Added { n, total: *total });
                match mistake {
                    Mistake::RandomState if n == AT => {
                        peers.0.keys().for_each(|n| cx.reply(Message::Added { n: *n }));
                    }
                    _ => cx.reply(Message::Added { n }),
                }
            }
            _ => {}
        }
    }

    fn crash(&mut self, _part: u8) -> bool {
        false
    }

    fn restart(&mut self, _cx: &mut Context<'_, Counting>, _part: u8) {}
}

struct Counting {
    sites: Sites,
    send: SiteId,
    extents: Extents,
    invariants: Invariants<Self>,
    mistake: Mistake,
}

impl Domain for Counting {
    type Message = Message;
    type Change = Added;
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
        let left = match world.nodes.get(1) {
            Some(Party::Counter { leftover, .. }) if self.mistake == Mistake::Leftover => leftover.0,
            _ => 0,
        };
        world.nodes.clear();
        world.nodes.push(Party::Client { next: 0 });
        world.nodes.push(Party::Counter { total: 0, peers: Peers::default(), note: 0, leftover: Unhashed(left) });
        world.input(Time::START, CLIENT, Message::Tick);
    }

    fn class(&self, _message: &Message) -> Class {
        Class { send: Some(self.send), handle: None, timer: None, tie: None, spans: self.send }
    }

    fn subject(&self, message: &Message) -> sim_core::Subject {
        match message {
            Message::Tick => sim_core::Subject::new(name("tick"), 0),
            Message::Add { n } => sim_core::Subject::new(name("add"), (*n).into()),
            Message::Added { n } => sim_core::Subject::new(name("added"), (*n).into()),
        }
    }

    fn latency(&self, _message: &Message) -> Latency {
        Latency::Fixed(Duration::millis(1))
    }

    fn change_kind(&self, _change: &Added) -> u8 {
        0
    }

    fn change_words(&self, change: &Added) -> (u64, u64) {
        (change.n.into(), change.total)
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

fn proof_of(mistake: Mistake, jobs: usize) -> Proof<Counting> {
    let mut sites = Sites::default();
    let send = sites.add(Site::new("send", &sim_core::SEND_FATES, &[(6, LOST)]));
    let model = Counting { sites, send, extents: Extents::default(), invariants: Invariants::default(), mistake };
    let mut settings = Settings::none(&model.sites);
    let mut rates = [0; KINDS_MAX];
    rates[usize::from(LOST.0)] = u32::MAX / 50;
    settings.set_rates(&model.sites, &rates);
    let prepare = |_: &mut World<Counting>, choices: &mut Choices, index| {
        choices.restart(run_key(7, index));
        Limits::default()
    };
    let choices = || Choices::random(0, settings.clone());
    let subject = Subject { model: &model, choices: &choices, prepare: &prepare };
    prove(&subject, &Plan { first: 0, runs: 200, jobs }, &AtomicBool::new(false), &|_| ())
}

#[test]
fn what_is_deterministic_is_proved_so() {
    let (one, four) = (proof_of(Mistake::None, 1), proof_of(Mistake::None, 4));
    assert!(one.holds(), "{one}");
    assert_eq!((one.runs, one.reordered, one.alone), (200, 200, 4));
    assert!(one.events > 200 * 200 && one.states > 4 * one.runs, "{one}");
    assert_eq!(one.to_string(), four.to_string());
    assert_eq!(one.fingerprint, four.fingerprint);
}

/// Whether a mistake is caught, and named by the event with which it happens.
fn check(mistake: Mistake, expected: impl Fn(&Difference) -> bool, words: &[&str]) {
    let proof = proof_of(mistake, 1);
    let mismatch = proof.mismatch.as_ref().expect("it is caught");
    let divergence = mismatch.divergence.as_ref().expect("it is named");
    assert!(expected(&divergence.difference), "{mistake:?}: {:?}", divergence.difference);
    let versions = [&divergence.first, &divergence.second];
    for version in versions.map(|version| version.as_ref().expect("both runs have the event")) {
        assert_eq!((version.event.id, version.event.to), (divergence.event, COUNTER), "{mistake:?}");
        assert!(matches!(version.event.message, Message::Add { n: AT }), "{mistake:?}: {version}");
    }
    let text = mismatch.to_string();
    for word in words {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_hash_table_with_random_state_is_caught_and_named() {
    let sent = ["first: part 1 at", "Add { n: 30 }", "sends [Added {", "second: part 1 at"];
    check(Mistake::RandomState, |difference| *difference == Difference::Event, &sent);
}

#[test]
fn a_counter_that_survives_runs_is_caught_and_named() {
    check(Mistake::Process, |difference| *difference == Difference::Event, &["Added { n: 30, total:", "is run again"]);
}

#[test]
fn a_write_that_is_not_reported_is_caught_by_the_state_and_named() {
    let expected =
        |difference: &Difference| matches!(difference, Difference::State { nodes, ledger: false, .. } if *nodes == [1]);
    check(Mistake::Unreported, expected, &["does not report", "in node 1; the event: part 1", "Add { n: 30 }"]);
}

#[test]
fn what_an_earlier_run_left_behind_is_caught() {
    let proof = proof_of(Mistake::Leftover, 1);
    let mismatch = proof.mismatch.expect("it is caught");
    assert_eq!((mismatch.index, mismatch.circumstance), (0, Circumstance::Twice));
    assert!(mismatch.to_string().contains("Add { n: 30 }"), "{mismatch}");
}
