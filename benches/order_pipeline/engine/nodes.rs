//! The nodes. One call is one local transaction; state is `Vec`s by dense id, reset and used again.

use sim_core::{Context, Node as Handler, TimerId};

use super::messages::{Change, Kind, Message, Thing};
use super::{BETWEEN_ARRIVALS, BROKER, CONSUMERS, CPQ, ITEMS, OMS, Pipeline, RELAY, WAKE_DELAY, retry_delay};

type Cx<'a> = Context<'a, Pipeline>;

const NONE: u32 = u32::MAX;

#[derive(Clone, Hash)]
pub enum Node {
    Cpq(Cpq),
    Oms(Oms),
    Broker(Broker),
    Consumer(Consumer),
}

/// All nodes in the order that the parts refer to.
pub fn all() -> Vec<Node> {
    let consumer = |kind| Node::Consumer(Consumer { kind, rows: Vec::new(), items: Vec::new() });
    vec![
        Node::Cpq(Cpq::default()),
        Node::Oms(Oms::default()),
        Node::Broker(Broker::default()),
        consumer(0),
        consumer(1),
    ]
}

impl Node {
    pub fn reset(&mut self, orders: u32) {
        match self {
            Node::Cpq(cpq) => refill(&mut cpq.quotes, orders),
            Node::Oms(oms) => oms.reset(orders),
            Node::Broker(broker) => {
                refill(&mut broker.copies, orders);
                broker.deliveries.clear();
            }
            Node::Consumer(consumer) => {
                refill(&mut consumer.rows, orders);
                refill(&mut consumer.items, orders * ITEMS);
            }
        }
    }
}

fn refill<T: Clone + Default>(state: &mut Vec<T>, count: u32) {
    state.clear();
    state.resize(count as usize, T::default());
}

impl Handler<Pipeline> for Node {
    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match self {
            Node::Cpq(cpq) => cpq.handle(cx, message),
            Node::Oms(oms) => oms.handle(cx, message),
            Node::Broker(broker) => broker.handle(cx, message),
            Node::Consumer(consumer) => consumer.handle(cx, message),
        }
    }

    fn crash(&mut self, part: u8) -> bool {
        match self {
            Node::Oms(oms) if PARTS_RELAY == part => {
                oms.cursor = 0;
                true
            }
            _ => false,
        }
    }

    fn restart(&mut self, cx: &mut Cx<'_>, part: u8) {
        if let Node::Oms(oms) = self {
            if part == PARTS_RELAY { oms.publish_unpublished(cx) } else { oms.recover(cx) }
        }
    }
}

/// The number of the relay among the parts of the OMS.
const PARTS_RELAY: u8 = 1;

#[derive(Clone, Default, Hash)]
struct Quote {
    answered: bool,
    retry: TimerId,
}

/// Asks for orders until each quote has its answer.
#[derive(Clone, Default, Hash)]
pub struct Cpq {
    quotes: Vec<Quote>,
}

impl Cpq {
    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        let quote = message.id;
        match message.kind {
            Kind::Arrival => {
                cx.ledger.fired += 1;
                cx.change(Change::new(Thing::QuoteAsked, quote, 0));
                self.ask(cx, quote, 0);
                if (quote as usize) + 1 < self.quotes.len() {
                    cx.timer(BETWEEN_ARRIVALS, Message::new(Kind::Arrival, quote + 1, 0));
                }
            }
            Kind::RetryConvert => {
                cx.ledger.fired += 1;
                self.ask(cx, quote, message.attempt);
            }
            Kind::Reply => {
                let entry = &mut self.quotes[quote as usize];
                if !entry.answered {
                    entry.answered = true;
                    cx.cancel(entry.retry);
                    cx.change(Change::new(Thing::QuoteAnswered, quote, message.with));
                }
            }
            other => unreachable!("CPQ does not get {other:?}"),
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>, quote: u32, attempt: u8) {
        cx.send(OMS, Message::new(Kind::Convert, quote, attempt));
        let again = Message::new(Kind::RetryConvert, quote, attempt.saturating_add(1));
        self.quotes[quote as usize].retry = cx.timer(retry_delay(attempt), again);
    }
}

#[derive(Clone, Hash)]
struct Order {
    quote: u32,
    replies: u8,
    published: bool,
    publishes: u8,
    items_completed: u8,
    retry: TimerId,
}

#[derive(Clone, Default, Hash)]
struct Item {
    completed: [bool; 2],
    acknowledgements: [u8; 2],
}

/// The store of the OMS, with its two processes: the interface that takes orders and the relay. An order and its
/// outbox row have the same id.
#[derive(Clone, Default, Hash)]
pub struct Oms {
    order_of_quote: Vec<u32>,
    orders: Vec<Order>,
    items: Vec<Item>,
    wake_pending: bool,
    /// Volatile: the rows below it were published at least once in this life of the relay.
    cursor: u32,
}

impl Oms {
    fn reset(&mut self, orders: u32) {
        self.order_of_quote.clear();
        self.order_of_quote.resize(orders as usize, NONE);
        self.orders.clear();
        self.items.clear();
        self.wake_pending = false;
        self.cursor = 0;
    }

    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        let row = message.id;
        match message.kind {
            Kind::Convert => self.convert(cx, message.id),
            Kind::Complete => self.complete(cx, message.id),
            Kind::RelayWake => {
                cx.ledger.fired += 1;
                self.publish_unpublished(cx);
            }
            Kind::RetryPublish => {
                cx.ledger.fired += 1;
                self.publish(cx, row, message.attempt);
            }
            Kind::PubAck => {
                let entry = &mut self.orders[row as usize];
                if !entry.published {
                    entry.published = true;
                    cx.cancel(entry.retry);
                    cx.change(Change::new(Thing::RowPublished, row, 1));
                }
            }
            other => unreachable!("the OMS does not get {other:?}"),
        }
    }

    fn convert(&mut self, cx: &mut Cx<'_>, quote: u32) {
        let mut order = self.order_of_quote[quote as usize];
        if order == NONE {
            order = self.orders.len() as u32;
            self.order_of_quote[quote as usize] = order;
            self.orders.push(Order {
                quote,
                replies: 0,
                published: false,
                publishes: 0,
                items_completed: 0,
                retry: TimerId::NONE,
            });
            self.items.resize(self.orders.len() * ITEMS as usize, Item::default());
            cx.change(Change::new(Thing::OrderCommitted, order, quote));
            if !self.wake_pending {
                self.wake_pending = true;
                self.wake_relay(cx);
            }
        }
        let entry = &mut self.orders[order as usize];
        debug_assert_eq!(entry.quote, quote);
        let serial = entry.replies;
        entry.replies = serial.wrapping_add(1);
        cx.send(CPQ, Message { with: order, ..Message::new(Kind::Reply, quote, serial) });
    }

    /// A wake-up that the crash dropped is given again.
    fn recover(&mut self, cx: &mut Cx<'_>) {
        if self.wake_pending {
            self.wake_relay(cx);
        }
    }

    fn wake_relay(&self, cx: &mut Cx<'_>) {
        cx.wake(RELAY, WAKE_DELAY, Message::new(Kind::RelayWake, self.cursor, 0));
    }

    fn complete(&mut self, cx: &mut Cx<'_>, half: u32) {
        let (item, kind) = (half / 2, (half % 2) as usize);
        let entry = &mut self.items[item as usize];
        let serial = entry.acknowledgements[kind];
        entry.acknowledgements[kind] = serial.wrapping_add(1);
        if !entry.completed[kind] {
            entry.completed[kind] = true;
            cx.change(Change::new(Thing::HalfCompleted, half, 1));
            if entry.completed == [true; 2] {
                let order = item / ITEMS;
                let count = &mut self.orders[order as usize].items_completed;
                *count += 1;
                if u32::from(*count) == ITEMS {
                    cx.change(Change::new(Thing::OrderCompleted, order, 1));
                }
            }
        }
        cx.send(CONSUMERS[kind], Message::new(Kind::CompleteAck, half, serial));
    }

    fn publish_unpublished(&mut self, cx: &mut Cx<'_>) {
        self.wake_pending = false;
        for row in self.cursor..self.orders.len() as u32 {
            if !self.orders[row as usize].published {
                self.publish(cx, row, 0);
            }
        }
        self.cursor = self.orders.len() as u32;
    }

    /// `retry` says how long to wait this time; the row counts all publications, so that each has luck of its own.
    fn publish(&mut self, cx: &mut Cx<'_>, row: u32, retry: u8) {
        let entry = &mut self.orders[row as usize];
        cx.send(BROKER, Message::new(Kind::Publish, row, entry.publishes));
        entry.publishes = entry.publishes.wrapping_add(1);
        let again = Message::new(Kind::RetryPublish, row, retry.saturating_add(1));
        entry.retry = cx.timer(retry_delay(retry), again);
    }
}

#[derive(Clone, Hash)]
struct Delivery {
    row: u32,
    acknowledged: bool,
    retry: TimerId,
}

/// Delivers at least once: every publication that arrives makes deliveries of its own, the even ones to BILLING.
#[derive(Clone, Default, Hash)]
pub struct Broker {
    copies: Vec<u8>,
    deliveries: Vec<Delivery>,
}

impl Broker {
    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message.kind {
            Kind::Publish => {
                let row = message.id;
                let copies = &mut self.copies[row as usize];
                let serial = *copies;
                *copies = serial.wrapping_add(1);
                cx.send(RELAY, Message::new(Kind::PubAck, row, serial));
                for _ in 0..2 {
                    let delivery = self.deliveries.len() as u32;
                    self.deliveries.push(Delivery { row, acknowledged: false, retry: TimerId::NONE });
                    cx.change(Change::new(Thing::DeliveryMade, delivery, row));
                    self.deliver(cx, delivery, 0);
                }
            }
            Kind::RetryDeliver => {
                cx.ledger.fired += 1;
                self.deliver(cx, message.id, message.attempt);
            }
            Kind::Ack => {
                let entry = &mut self.deliveries[message.id as usize];
                if !entry.acknowledged {
                    entry.acknowledged = true;
                    cx.cancel(entry.retry);
                    cx.change(Change::new(Thing::DeliveryAcknowledged, message.id, 1));
                }
            }
            other => unreachable!("the broker does not get {other:?}"),
        }
    }

    fn deliver(&mut self, cx: &mut Cx<'_>, delivery: u32, attempt: u8) {
        let entry = &mut self.deliveries[delivery as usize];
        let message = Message { with: entry.row, ..Message::new(Kind::Deliver, delivery, attempt) };
        cx.send(CONSUMERS[(delivery % 2) as usize], message);
        let again = Message::new(Kind::RetryDeliver, delivery, attempt.saturating_add(1));
        entry.retry = cx.timer(retry_delay(attempt), again);
    }
}

#[derive(Clone, Default, Hash)]
struct Inbox {
    seen: bool,
    acknowledgements: u8,
}

#[derive(Clone, Default, Hash)]
struct Completion {
    acknowledged: bool,
    retry: TimerId,
}

/// BILLING (kind 0) or ASSET (kind 1): acknowledges always, acts on a row once.
#[derive(Clone, Hash)]
pub struct Consumer {
    kind: u8,
    rows: Vec<Inbox>,
    items: Vec<Completion>,
}

impl Consumer {
    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message.kind {
            Kind::Deliver => self.consume(cx, message.id, message.with),
            Kind::RetryComplete => {
                cx.ledger.fired += 1;
                self.complete(cx, message.id / 2, message.attempt);
            }
            Kind::CompleteAck => {
                let entry = &mut self.items[(message.id / 2) as usize];
                if !entry.acknowledged {
                    entry.acknowledged = true;
                    cx.cancel(entry.retry);
                    cx.change(Change::new(Thing::CompletionAcknowledged, message.id, 1));
                }
            }
            other => unreachable!("a consumer does not get {other:?}"),
        }
    }

    fn consume(&mut self, cx: &mut Cx<'_>, delivery: u32, row: u32) {
        let inbox = &mut self.rows[row as usize];
        let serial = inbox.acknowledgements;
        inbox.acknowledgements = serial.wrapping_add(1);
        cx.send(BROKER, Message::new(Kind::Ack, delivery, serial));
        if inbox.seen {
            return;
        }
        inbox.seen = true;
        cx.change(Change::new(Thing::InboxMarked, row, self.kind.into()));
        for item in row * ITEMS..(row + 1) * ITEMS {
            cx.ledger.activate(item, self.kind);
            cx.change(Change::new(Thing::ItemActivated, item, self.kind.into()));
            self.complete(cx, item, 0);
        }
    }

    fn complete(&mut self, cx: &mut Cx<'_>, item: u32, attempt: u8) {
        let half = item * 2 + u32::from(self.kind);
        cx.send(OMS, Message::new(Kind::Complete, half, attempt));
        let again = Message::new(Kind::RetryComplete, half, attempt.saturating_add(1));
        self.items[item as usize].retry = cx.timer(retry_delay(attempt), again);
    }
}
