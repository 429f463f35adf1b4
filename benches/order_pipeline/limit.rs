//! The limit: workload order-pipeline as a tight loop written by hand, for nothing else.
//!
//! No node traits, no keyed choices, no fingerprint, no monitors; state in `Vec`s by dense id that are reset and used
//! again. It says how fast the workload can go on this machine, so that the engine's cost is a ratio taken in one run.

use crate::calendar::Rings;
use crate::tally::Tally;

const ITEMS: u32 = 3;
const MILLISECOND: u32 = 1_000;
const BETWEEN_ARRIVALS: u32 = 5 * MILLISECOND;
const WAKE_DELAY: u32 = MILLISECOND;

/// Probabilities are thresholds against 16 random bits: 2 %, 5 % and 1/200.
const LOSS: u64 = 1_311;
const DUPLICATE: u64 = 3_277;
const CRASH: u64 = 328;

/// Ring 0 is the time a crashed process is down, the others are the retry delay, doubled up to its cap.
const DELAYS: [u32; 6] = [100_000, 200_000, 400_000, 800_000, 1_600_000, 3_200_000];
const DOWN: usize = 0;
const FIRST_RETRY: usize = 1;

/// No order yet, no quote: an id that is never given.
const NONE: u32 = u32::MAX;

/// What the loop takes its next event from: a calendar made for its delays, or a heap.
pub trait Queue<E> {
    fn new() -> Self;
    fn push(&mut self, at: u32, event: E);
    /// Where the next event is, and its time. `now` is the time of the last event.
    fn peek(&self, now: u32) -> Option<(usize, u32)>;
    /// Takes the event that `peek` named.
    fn pop(&mut self, place: usize) -> E;
}

/// What the queue holds: messages on their way, and the two near timers.
#[derive(Clone, Copy)]
pub enum Event {
    Arrival { quote: u32 },
    RelayWake,
    Convert { quote: u32 },
    Reply { quote: u32, order: u32 },
    Publish { row: u32 },
    PubAck { row: u32 },
    Deliver { delivery: u32, row: u32 },
    Ack { delivery: u32 },
    Complete { item: u32, kind: u32 },
    CompleteAck { item: u32, kind: u32 },
}

/// Timers with fixed delays. A publish timer is volatile: it belongs to the relay's life that started it.
#[derive(Clone, Copy)]
enum Timer {
    Convert { quote: u32 },
    Publish { row: u32, life: u32 },
    Deliver { delivery: u32 },
    Complete { item: u32, kind: u32 },
    OmsRestart,
    RelayRestart,
}

#[derive(Clone, Copy)]
struct Quote {
    order: u32,
    answered: bool,
}

/// One order; its outbox row and its inbox marks have the same id, because there is one row for each order.
#[derive(Clone, Copy, Default)]
struct Order {
    quote: u32,
    published: bool,
    inbox: [bool; 2],
    items_completed: u8,
}

/// Activations and completions by kind: 0 is the charge of BILLING, 1 is the asset of ASSET.
#[derive(Clone, Copy, Default)]
struct Item {
    activations: [u8; 2],
    completed: [bool; 2],
    acknowledged: [bool; 2],
}

#[derive(Clone, Copy)]
struct Delivery {
    row: u32,
    acknowledged: bool,
}

/// The workload with its kept buffers. `run` may be called again and again.
pub struct Limit<Q> {
    now: u32,
    random: u64,
    queue: Q,
    timers: Rings<Timer, 6>,
    quotes: Vec<Quote>,
    orders: Vec<Order>,
    items: Vec<Item>,
    deliveries: Vec<Delivery>,
    oms_up: bool,
    relay_up: bool,
    relay_life: u32,
    relay_cursor: u32,
    wake_pending: bool,
    orders_completed: u32,
    tally: Tally,
}

impl<Q: Queue<Event>> Limit<Q> {
    pub fn new() -> Self {
        Limit {
            now: 0,
            random: 0,
            queue: Q::new(),
            timers: Rings::new(DELAYS),
            quotes: Vec::new(),
            orders: Vec::new(),
            items: Vec::new(),
            deliveries: Vec::new(),
            oms_up: true,
            relay_up: true,
            relay_life: 0,
            relay_cursor: 0,
            wake_pending: false,
            orders_completed: 0,
            tally: Tally::default(),
        }
    }

    /// Runs `orders` quotes to the end and checks the end state.
    ///
    /// # Panics
    ///
    /// If an end check fails: that would be a fault of this loop.
    pub fn run(&mut self, seed: u64, orders: u32) -> Tally {
        self.reset(seed, orders);
        if orders > 0 {
            self.queue.push(0, Event::Arrival { quote: 0 });
        }
        loop {
            match (self.queue.peek(self.now), self.timers.peek()) {
                (Some((place, at)), timer) if timer.is_none_or(|(due, _)| at <= due) => {
                    self.now = at;
                    let event = self.queue.pop(place);
                    self.handle(event);
                }
                (_, Some((due, ring))) => {
                    self.now = due;
                    let timer = self.timers.pop(ring);
                    self.fire(timer, ring);
                }
                (_, None) => break,
            }
        }
        self.check_end();
        self.tally.checksum = self.random ^ u64::from(self.now) << 32 ^ self.tally.useful() << 8 ^ self.tally.stale;
        self.tally
    }

    fn reset(&mut self, seed: u64, orders: u32) {
        self.now = 0;
        self.random = seed;
        self.quotes.clear();
        self.quotes.resize(orders as usize, Quote { order: NONE, answered: false });
        self.orders.clear();
        self.items.clear();
        self.deliveries.clear();
        self.oms_up = true;
        self.relay_up = true;
        self.relay_life = 0;
        self.relay_cursor = 0;
        self.wake_pending = false;
        self.orders_completed = 0;
        self.tally = Tally::default();
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrival { quote } => self.arrive(quote),
            Event::RelayWake => self.wake_relay(),
            Event::Convert { .. } | Event::Complete { .. } if !self.oms_up => {}
            Event::PubAck { .. } if !self.relay_up => {}
            message => {
                self.tally.delivered += 1;
                self.deliver(message);
            }
        }
    }

    fn deliver(&mut self, message: Event) {
        match message {
            Event::Convert { quote } => self.convert(quote),
            Event::Reply { quote, order } => {
                debug_assert_eq!(self.orders[order as usize].quote, quote);
                self.quotes[quote as usize].answered = true;
            }
            Event::Publish { row } => self.publish(row),
            Event::PubAck { row } => self.mark(row),
            Event::Deliver { delivery, row } => self.consume(delivery, row),
            Event::Ack { delivery } => self.deliveries[delivery as usize].acknowledged = true,
            Event::Complete { item, kind } => self.complete(item, kind),
            Event::CompleteAck { item, kind } => {
                self.items[item as usize].acknowledged[kind as usize] = true;
            }
            Event::Arrival { .. } | Event::RelayWake => unreachable!("timers are not delivered"),
        }
    }

    /// Fires a timer: sends again if its obligation is still open.
    fn fire(&mut self, timer: Timer, ring: usize) {
        let retry = (ring + 1).min(DELAYS.len() - 1);
        let message = match timer {
            Timer::Convert { quote } if !self.quotes[quote as usize].answered => Event::Convert { quote },
            Timer::Publish { row, life } if life == self.relay_life && !self.orders[row as usize].published => {
                Event::Publish { row }
            }
            Timer::Deliver { delivery } if !self.deliveries[delivery as usize].acknowledged => {
                Event::Deliver { delivery, row: self.deliveries[delivery as usize].row }
            }
            Timer::Complete { item, kind } if !self.items[item as usize].acknowledged[kind as usize] => {
                Event::Complete { item, kind }
            }
            Timer::OmsRestart => {
                self.tally.fired += 1;
                self.oms_up = true;
                return;
            }
            Timer::RelayRestart => {
                self.tally.fired += 1;
                self.relay_up = true;
                self.publish_unpublished(0);
                return;
            }
            _ => {
                self.tally.stale += 1;
                return;
            }
        };
        self.tally.fired += 1;
        self.send(message);
        self.timers.push(self.now, retry, timer);
    }

    fn arrive(&mut self, quote: u32) {
        self.tally.fired += 1;
        self.send(Event::Convert { quote });
        self.timers.push(self.now, FIRST_RETRY, Timer::Convert { quote });
        if (quote as usize) + 1 < self.quotes.len() {
            self.queue.push(self.now + BETWEEN_ARRIVALS, Event::Arrival { quote: quote + 1 });
        }
    }

    /// OMS: one order for each quote, then the reply, unless the process dies in between.
    fn convert(&mut self, quote: u32) {
        let mut order = self.quotes[quote as usize].order;
        if order == NONE {
            order = self.commit_order(quote);
            if self.chance(CRASH) {
                self.oms_up = false;
                self.tally.oms_crashes += 1;
                self.timers.push(self.now, DOWN, Timer::OmsRestart);
                return;
            }
        }
        self.send(Event::Reply { quote, order });
    }

    fn commit_order(&mut self, quote: u32) -> u32 {
        let order = self.orders.len() as u32;
        self.quotes[quote as usize].order = order;
        self.orders.push(Order { quote, ..Order::default() });
        self.items.extend([Item::default(); ITEMS as usize]);
        if !self.wake_pending {
            self.wake_pending = true;
            self.queue.push(self.now + WAKE_DELAY, Event::RelayWake);
        }
        order
    }

    fn wake_relay(&mut self) {
        self.wake_pending = false;
        if self.relay_up {
            self.tally.fired += 1;
            self.publish_unpublished(self.relay_cursor);
        } else {
            self.tally.stale += 1;
        }
    }

    fn publish_unpublished(&mut self, cursor: u32) {
        for row in cursor..self.orders.len() as u32 {
            if !self.orders[row as usize].published {
                self.send(Event::Publish { row });
                self.timers.push(self.now, FIRST_RETRY, Timer::Publish { row, life: self.relay_life });
            }
        }
        self.relay_cursor = self.orders.len() as u32;
    }

    /// RELAY: marks a row that the broker has, unless the process dies first.
    fn mark(&mut self, row: u32) {
        if self.orders[row as usize].published {
            return;
        }
        if self.chance(CRASH) {
            self.relay_up = false;
            self.relay_life += 1;
            self.tally.relay_crashes += 1;
            self.timers.push(self.now, DOWN, Timer::RelayRestart);
        } else {
            self.orders[row as usize].published = true;
        }
    }

    /// BROKER: at least once, so a duplicate makes deliveries of its own. Even deliveries go to BILLING, odd ones to ASSET.
    fn publish(&mut self, row: u32) {
        self.send(Event::PubAck { row });
        for _ in 0..2 {
            let delivery = self.deliveries.len() as u32;
            self.deliveries.push(Delivery { row, acknowledged: false });
            self.send(Event::Deliver { delivery, row });
            self.timers.push(self.now, FIRST_RETRY, Timer::Deliver { delivery });
        }
    }

    /// BILLING or ASSET: acknowledges always, acts on a row once.
    fn consume(&mut self, delivery: u32, row: u32) {
        self.send(Event::Ack { delivery });
        let kind = delivery % 2;
        let seen = &mut self.orders[row as usize].inbox[kind as usize];
        if *seen {
            return;
        }
        *seen = true;
        for item in row * ITEMS..(row + 1) * ITEMS {
            let activations = &mut self.items[item as usize].activations[kind as usize];
            *activations += 1;
            assert!(*activations == 1, "item {item} was activated twice");
            self.send(Event::Complete { item, kind });
            self.timers.push(self.now, FIRST_RETRY, Timer::Complete { item, kind });
        }
    }

    fn complete(&mut self, item: u32, kind: u32) {
        let completed = &mut self.items[item as usize].completed;
        if !completed[kind as usize] {
            completed[kind as usize] = true;
            if *completed == [true; 2] {
                let order = &mut self.orders[(item / ITEMS) as usize];
                order.items_completed += 1;
                self.orders_completed += u32::from(u32::from(order.items_completed) == ITEMS);
            }
        }
        self.send(Event::CompleteAck { item, kind });
    }

    /// The link: one draw decides loss, duplication and the first copy's delay.
    fn send(&mut self, message: Event) {
        let draw = self.draw();
        if draw & 0xffff < LOSS {
            self.tally.lost += 1;
            return;
        }
        self.queue.push(self.now + delay(draw), message);
        if draw >> 16 & 0xffff < DUPLICATE {
            self.tally.duplicated += 1;
            let delay = delay(self.draw());
            self.queue.push(self.now + delay, message);
        }
    }

    fn chance(&mut self, threshold: u64) -> bool {
        self.draw() & 0xffff < threshold
    }

    /// A counter through a folded multiply: as cheap as randomness gets.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0xa076_1d64_78bd_642f);
        let product = u128::from(self.random) * u128::from(self.random ^ 0xe703_7ed1_a0b4_28db);
        (product >> 64) as u64 ^ product as u64
    }

    fn check_end(&self) {
        assert_eq!(self.orders.len(), self.quotes.len(), "one order for each quote");
        for (id, quote) in self.quotes.iter().enumerate() {
            assert!(quote.answered, "quote {id} has no answer");
            assert!(self.orders[quote.order as usize].quote as usize == id, "quote {id} has the order of another");
        }
        assert_eq!(self.items.len(), self.orders.len() * ITEMS as usize, "three items for each order");
        for (id, item) in self.items.iter().enumerate() {
            assert!(item.activations == [1; 2], "item {id} has {:?} charges and assets", item.activations);
            assert!(item.completed == [true; 2], "item {id} is not completed");
        }
        assert_eq!(self.orders_completed as usize, self.orders.len(), "all orders completed");
        assert!(self.orders.iter().all(|order| order.published), "every row is published");
        assert!(self.oms_up && self.relay_up && !self.wake_pending, "nothing is left to happen");
    }
}

/// A delay in [1 ms, 50 ms) from the upper half of a draw.
fn delay(draw: u64) -> u32 {
    MILLISECOND + (((draw >> 32) * 49 * u64::from(MILLISECOND)) >> 32) as u32
}
