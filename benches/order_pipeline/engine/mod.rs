//! The same workload on the engine, with its public interface alone: keyed choices recorded for replay, a fingerprint
//! of every event, invariants that see every change, and end checks.
//!
//! Two small differences to the limit follow from the engine's rules. A handler's fate is drawn before the handler is
//! called, so a crash may also hit a repeated message; and a second copy comes after the first, by as much as two
//! delays drawn apart would differ.

mod messages;
mod monitors;
mod nodes;

use sim_core::{
    Choices, Class, Domain, Duration, End, Extents, HANDLE_FATES, Invariants, KINDS_MAX, KindId, Latency, Limits,
    PartId, PartSpec, SEND_FATES, Settings, Site, SiteId, Sites, Subject, Time, World, run,
};

use crate::tally::Tally;
use messages::{Change, KINDS, Kind, Message};
use nodes::Node;

const CPQ: PartId = PartId(0);
const OMS: PartId = PartId(1);
const RELAY: PartId = PartId(2);
const BROKER: PartId = PartId(3);
const CONSUMERS: [PartId; 2] = [PartId(4), PartId(5)];

/// The relay is a process of its own that reads the database of the OMS: a part of the same node.
const PARTS: [PartSpec; 6] = [
    PartSpec { node: 0, part: 0 },
    PartSpec { node: 1, part: 0 },
    PartSpec { node: 1, part: 1 },
    PartSpec { node: 2, part: 0 },
    PartSpec { node: 3, part: 0 },
    PartSpec { node: 4, part: 0 },
];

const ITEMS: u32 = 3;
const BETWEEN_ARRIVALS: Duration = Duration::millis(5);
const WAKE_DELAY: Duration = Duration::millis(1);
const LINK: Latency = Latency::Uniform(Duration::millis(1), Duration::millis(50));

const DUPLICATED: KindId = KindId(0);
const LOST: KindId = KindId(1);
const OMS_CRASH: KindId = KindId(2);
const RELAY_CRASH: KindId = KindId(3);

/// The delay before try `attempt + 1`: 200 ms, doubled up to 3.2 s.
fn retry_delay(attempt: u8) -> Duration {
    Duration::millis(200 << attempt.min(4))
}

/// What the two consumers really did, counted where no node can read it.
#[derive(Clone, Default, Hash)]
pub struct Ledger {
    /// Activations of each item: charges and assets.
    activations: Vec<[u8; 2]>,
    /// Timers that did something, restarts aside.
    fired: u32,
}

impl Ledger {
    fn reset(&mut self, orders: u32) {
        self.activations.clear();
        self.activations.resize((orders * ITEMS) as usize, [0; 2]);
        self.fired = 0;
    }

    fn activate(&mut self, item: u32, kind: u8) {
        let count = &mut self.activations[item as usize][usize::from(kind)];
        *count += 1;
        assert!(*count == 1, "item {item} was activated twice");
    }
}

/// The system: what does not change during a run.
pub struct Pipeline {
    pub orders: u32,
    sites: Sites,
    invariants: Invariants<Self>,
    extents: Extents,
    /// By kind of message.
    classes: [Class; KINDS],
}

impl Pipeline {
    fn new() -> Self {
        let mut sites = Sites::default();
        let link = sites.add(Site::new("link", &SEND_FATES, &[(1, DUPLICATED), (6, LOST)]));
        let oms = sites.add(Site::new("oms", &HANDLE_FATES, &[(2, OMS_CRASH)]));
        let relay = sites.add(Site::new("relay", &HANDLE_FATES, &[(1, RELAY_CRASH)]));
        let spans = sites.add(Site::new("latency", &["nominal"], &[]));
        let class = |send: Option<SiteId>, handle| Class { send, handle, timer: None, tie: None, spans };
        let mut classes = [class(None, None); KINDS];
        classes[Kind::Convert as usize..].fill(class(Some(link), None));
        classes[Kind::Convert as usize].handle = Some(oms);
        classes[Kind::PubAck as usize].handle = Some(relay);
        Self {
            orders: 0,
            invariants: monitors::all().into(),
            extents: Extents {
                duplicate: Latency::Uniform(Duration::ZERO, Duration::millis(33)),
                downtime: Latency::Fixed(Duration::millis(100)),
                ..Extents::default()
            },
            classes,
            sites,
        }
    }

    /// Loss with p = 0.02, else duplication with p = 0.05; crashes with p = 1/200.
    fn settings(&self) -> Settings {
        let mut rates = [0; KINDS_MAX];
        rates[usize::from(DUPLICATED.0)] = 210_453_397;
        rates[usize::from(LOST.0)] = 85_899_346;
        rates[usize::from(OMS_CRASH.0)] = 21_474_836;
        rates[usize::from(RELAY_CRASH.0)] = 21_474_836;
        let mut settings = Settings::none(&self.sites);
        settings.set_rates(&self.sites, &rates);
        settings.latencies = true;
        settings
    }
}

impl Domain for Pipeline {
    type Message = Message;
    type Change = Change;
    type Ledger = Ledger;
    type Node = Node;

    fn sites(&self) -> &Sites {
        &self.sites
    }

    fn parts(&self) -> &[PartSpec] {
        &PARTS
    }

    fn invariants(&self) -> &Invariants<Self> {
        &self.invariants
    }

    fn reset(&self, world: &mut World<Self>) {
        if world.nodes.is_empty() {
            world.nodes = nodes::all();
        }
        for node in &mut world.nodes {
            node.reset(self.orders);
        }
        world.ledger.reset(self.orders);
        if self.orders > 0 {
            world.input(Time::START, CPQ, Message::new(Kind::Arrival, 0, 0));
        }
    }

    fn class(&self, message: &Message) -> Class {
        self.classes[message.kind as usize]
    }

    fn subject(&self, message: &Message) -> Subject {
        message.subject()
    }

    fn latency(&self, _: &Message) -> Latency {
        LINK
    }

    fn change_kind(&self, change: &Change) -> u8 {
        change.thing as u8
    }

    fn change_words(&self, change: &Change) -> (u64, u64) {
        (change.thing as u64, u64::from(change.id) << 32 | u64::from(change.value))
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

/// The engine with one kept world.
pub struct Engine {
    pub model: Pipeline,
    pub world: World<Pipeline>,
    pub choices: Choices,
}

impl Engine {
    pub fn new() -> Self {
        let model = Pipeline::new();
        let choices = Choices::random(0, model.settings());
        Engine { model, world: World::default(), choices }
    }

    /// Runs `orders` quotes to the end and checks the end state.
    ///
    /// # Panics
    ///
    /// If an invariant broke: that would be a fault of these nodes or of the engine.
    pub fn run(&mut self, seed: u64, orders: u32) -> Tally {
        self.model.orders = orders;
        self.choices.restart(seed);
        let outcome = run(&self.model, &mut self.world, &mut self.choices, &Limits::default(), &mut ());
        assert!(outcome.violation.is_none(), "seed {seed}: {:?}", outcome.violation);
        assert!(outcome.end == End::Quiet, "seed {seed} ended by {:?}", outcome.end);
        let injected = |kind: KindId| u64::from(outcome.injected[usize::from(kind.0)]);
        let crashes = injected(OMS_CRASH) + injected(RELAY_CRASH);
        assert!(self.choices.made().len() as u64 == injected(DUPLICATED) + injected(LOST) + crashes);
        let fired = u64::from(self.world.ledger.fired) + crashes;
        Tally {
            delivered: u64::from(outcome.events) - fired,
            fired,
            stale: 0,
            lost: injected(LOST),
            duplicated: injected(DUPLICATED),
            oms_crashes: injected(OMS_CRASH),
            relay_crashes: injected(RELAY_CRASH),
            checksum: outcome.fingerprint,
        }
    }
}
