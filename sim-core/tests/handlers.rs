//! What a handler can rely on: the rest of its work comes next, and what it rehearses leaves nothing behind.

use sim_core::{
    Choices, Class, Context, Domain, Duration, End, Extents, Invariants, Latency, Limits, Node, PartId, PartSpec,
    SEND_FATES, Site, Sites, Subject, Time, World, run,
};

/// An input, or the rest of the work on one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Message {
    #[default]
    Idle,
    Begin(u8),
    Rest(u8),
    /// Tries out what `Begin` would do.
    Rehearse(u8),
}

/// Works on an input in two parts, and notes in which order its parts come.
#[derive(Clone, Debug, Default, Hash)]
struct Worker(Vec<Message>);

impl Worker {
    fn begin(cx: &mut Context<'_, Desk>, n: u8) {
        cx.change(n);
        cx.continue_after(Duration::ZERO, Message::Rest(n));
        cx.timer(Duration::secs(1), Message::Rest(n + 100));
        cx.send(PartId(0), Message::Begin(n + 100));
    }
}

impl Node<Desk> for Worker {
    fn handle(&mut self, cx: &mut Context<'_, Desk>, message: Message) {
        self.0.push(message);
        match message {
            Message::Begin(n) if n < 100 => Self::begin(cx, n),
            Message::Rehearse(n) => cx.rehearse(|cx| Self::begin(cx, n)),
            _ => {}
        }
    }

    fn crash(&mut self, _part: u8) -> bool {
        false
    }

    fn restart(&mut self, _cx: &mut Context<'_, Desk>, _part: u8) {}
}

struct Desk {
    sites: Sites,
    class: Class,
    extents: Extents,
    invariants: Invariants<Self>,
    inputs: Vec<Message>,
}

impl Desk {
    fn new(inputs: &[Message]) -> Self {
        let mut sites = Sites::default();
        let spans = sites.add(Site::new("send", &SEND_FATES, &[]));
        let class = Class { send: None, handle: None, timer: None, tie: None, spans };
        Self { sites, class, extents: Extents::default(), invariants: Vec::new().into(), inputs: inputs.to_vec() }
    }
}

impl Domain for Desk {
    type Message = Message;
    type Change = u8;
    type Ledger = ();
    type Node = Worker;

    fn sites(&self) -> &Sites {
        &self.sites
    }

    fn parts(&self) -> &[PartSpec] {
        &[PartSpec { node: 0, part: 0 }]
    }

    fn invariants(&self) -> &Invariants<Self> {
        &self.invariants
    }

    fn reset(&self, world: &mut World<Self>) {
        world.nodes.clear();
        world.nodes.push(Worker::default());
        for input in &self.inputs {
            world.input(Time::START, PartId(0), *input);
        }
    }

    fn class(&self, _message: &Message) -> Class {
        self.class
    }

    fn subject(&self, message: &Message) -> Subject {
        let (kind, n) = match *message {
            Message::Idle => (0, 0),
            Message::Begin(n) => (1, n),
            Message::Rest(n) => (2, n),
            Message::Rehearse(n) => (3, n),
        };
        Subject::new(kind, n.into())
    }

    fn latency(&self, _message: &Message) -> Latency {
        Latency::Fixed(Duration::millis(20))
    }

    fn change_kind(&self, _change: &u8) -> u8 {
        0
    }

    fn change_words(&self, change: &u8) -> (u64, u64) {
        (0, u64::from(*change))
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }
}

/// What the worker was given in a run with these inputs, all of one moment.
fn order_of(inputs: &[Message]) -> Vec<Message> {
    let desk = Desk::new(inputs);
    let mut world = World::default();
    let mut choices = Choices::simplest(&desk.sites);
    let limits = Limits { chaos_events: 100, ..Limits::default() };
    world.reset(&desk);
    let outcome = run(&desk, &mut world, &mut choices, &limits, &mut ());
    assert_eq!(outcome.end, End::Quiet);
    world.nodes[0].0.clone()
}

#[test]
fn the_rest_of_the_work_comes_before_what_else_there_is() {
    use Message::{Begin, Rest};
    let expected = [Begin(1), Rest(1), Begin(2), Rest(2), Begin(101), Begin(102), Rest(101), Rest(102)];
    assert_eq!(order_of(&[Begin(1), Begin(2)]), expected);
}

#[test]
fn a_rehearsal_leaves_nothing_behind() {
    use Message::{Begin, Rehearse, Rest};
    assert_eq!(order_of(&[Rehearse(1), Rehearse(2)]), [Rehearse(1), Rehearse(2)]);
    let expected = [Rehearse(1), Begin(1), Rest(1), Begin(101), Rest(101)];
    assert_eq!(order_of(&[Rehearse(1), Begin(1)]), expected);
}
