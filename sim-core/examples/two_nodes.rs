//! The smallest simulation: a client, a shop that forgets to deduplicate, one fault, one invariant.
//!
//! Run it with `cargo run -p sim-core --example two_nodes`.

use sim_core::hash::name;
use sim_core::{
    Choices, Class, Context, Domain, Duration, Extents, Invariant, Invariants, Judge, KINDS_MAX, KindId, Latency,
    Limits, Node, PartId, PartSpec, Settings, Site, SiteId, Sites, Strictness, Subject, TimerId, World, run,
};

const CLIENT: PartId = PartId(0);
const SHOP: PartId = PartId(1);
const LOST: KindId = KindId(0);

#[derive(Clone, Copy, Debug, Default, Hash)]
enum Message {
    #[default]
    Start,
    Buy {
        attempt: u8,
    },
    Bought,
    Retry {
        attempt: u8,
    },
}

#[derive(Clone, Copy, Debug)]
struct Delivered {
    total: u32,
}

#[derive(Clone, Hash)]
enum Party {
    Client { retry: TimerId },
    Shop { deduplicates: bool, delivered: u32 },
}

impl Node<Shopping> for Party {
    fn handle(&mut self, cx: &mut Context<'_, Shopping>, message: Message) {
        match (self, message) {
            (Self::Client { retry }, Message::Start) => {
                cx.send(SHOP, Message::Buy { attempt: 1 });
                *retry = cx.timer(Duration::secs(1), Message::Retry { attempt: 2 });
            }
            (Self::Client { retry }, Message::Retry { attempt }) => {
                cx.send(SHOP, Message::Buy { attempt });
                *retry = cx.timer(Duration::secs(1), Message::Retry { attempt: attempt + 1 });
            }
            (Self::Client { retry }, Message::Bought) => cx.cancel(*retry),
            (Self::Shop { deduplicates, delivered }, Message::Buy { .. }) => {
                if *delivered == 0 || !*deduplicates {
                    *delivered += 1;
                    cx.change(Delivered { total: *delivered });
                }
                cx.reply(Message::Bought);
            }
            _ => {}
        }
    }

    fn crash(&mut self, _part: u8) -> bool {
        false
    }

    fn restart(&mut self, _cx: &mut Context<'_, Shopping>, _part: u8) {}
}

/// The customer gets one delivery, however often the client asks.
struct OneDelivery;

impl Invariant<Shopping> for OneDelivery {
    fn id(&self) -> &'static str {
        "one-delivery"
    }

    fn strictness(&self) -> Strictness {
        Strictness::Always
    }

    fn watches(&self) -> u64 {
        1
    }

    fn check(&self, judge: &mut Judge<'_, Shopping>, change: &Delivered) {
        judge.require(change.total <= 1, 0, change.total.into());
    }
}

struct Shopping {
    sites: Sites,
    send: SiteId,
    extents: Extents,
    invariants: Invariants<Self>,
    deduplicates: bool,
}

impl Shopping {
    fn new(deduplicates: bool) -> Self {
        let mut sites = Sites::default();
        let send = sites.add(Site::new("send", &sim_core::SEND_FATES, &[(6, LOST)]));
        let invariants: Vec<Box<dyn Invariant<Self>>> = vec![Box::new(OneDelivery)];
        Self { sites, send, extents: Extents::default(), invariants: invariants.into(), deduplicates }
    }
}

impl Domain for Shopping {
    type Message = Message;
    type Change = Delivered;
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
        world.nodes.push(Party::Client { retry: TimerId::NONE });
        world.nodes.push(Party::Shop { deduplicates: self.deduplicates, delivered: 0 });
        world.input(sim_core::Time::START, CLIENT, Message::Start);
    }

    fn class(&self, _message: &Message) -> Class {
        Class { send: Some(self.send), handle: None, timer: None, tie: None, spans: self.send }
    }

    fn subject(&self, message: &Message) -> Subject {
        match message {
            Message::Start => Subject::new(name("start"), 0),
            Message::Buy { attempt } => Subject::new(name("buy"), (*attempt).into()),
            Message::Bought => Subject::new(name("bought"), 0),
            Message::Retry { attempt } => Subject::new(name("retry"), (*attempt).into()),
        }
    }

    fn latency(&self, _message: &Message) -> Latency {
        Latency::Fixed(Duration::millis(20))
    }

    fn change_kind(&self, _change: &Delivered) -> u8 {
        0
    }

    fn change_words(&self, change: &Delivered) -> (u64, u64) {
        (change.total.into(), 0)
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

fn main() {
    for deduplicates in [true, false] {
        let shopping = Shopping::new(deduplicates);
        let mut settings = Settings::none(shopping.sites());
        let mut rates = [0; KINDS_MAX];
        rates[usize::from(LOST.0)] = u32::MAX / 4;
        settings.set_rates(shopping.sites(), &rates);
        let mut world = World::default();
        let mut choices = Choices::random(0, settings);
        let limits = Limits { chaos_events: 20, ..Limits::default() };
        let failing = (0..1_000).find(|&index| {
            choices.restart(sim_core::campaign::run_key(7, index));
            run(&shopping, &mut world, &mut choices, &limits, &mut ()).violation.is_some()
        });
        match failing {
            None => println!("deduplicates: {deduplicates}: one delivery in 1,000 runs"),
            Some(index) => println!("deduplicates: {deduplicates}: run {index} delivers twice"),
        }
        assert_eq!(failing.is_none(), deduplicates);
    }
}
