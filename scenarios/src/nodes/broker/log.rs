//! The broker's log: what was published, and how far each consumer is. Durable, timers apart.

use sim_core::{Time, TimerId};

use crate::message::{BusinessEvent, Flaw};

/// Names no entry.
pub(super) const NONE: u32 = u32::MAX;

/// A publication that was taken in.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Entry {
    pub(super) event: BusinessEvent,
    pub(super) told: Time,
    pub(super) flaw: Flaw,
    /// When it was taken in.
    pub(super) at: Time,
    /// When the same event came last, for the duplicate window. Kept at the event's first entry.
    pub(super) seen: Time,
    /// The first entry of the same event.
    pub(super) first: u32,
    /// The next entry of the same event.
    pub(super) copy: u32,
    /// The next entry in its partition.
    next: u32,
    /// The entry before it of the same source and order, first entries only.
    earlier: u32,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// The consumer has not subscribed to it, or lost it for good.
    #[default]
    Absent,
    /// What is before it comes first.
    Waiting,
    /// Sent, and not acknowledged.
    Flight,
    /// The consumer could not handle it; it comes again.
    Refused,
    /// The consumer does not answer; it comes again when it does.
    Stalled,
    /// Acknowledged.
    Done,
    /// In the dead-letter queue.
    Dead,
}

impl Phase {
    /// Whether it was handed over and is not settled.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Flight | Self::Refused | Self::Stalled)
    }
}

/// An entry on its way to a consumer.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct Delivery {
    pub(super) phase: Phase,
    /// The number of the last delivery.
    pub(super) attempt: u8,
    /// The number of the first delivery of this entry: copies of an event share one count.
    pub(super) from: u8,
    /// Deliveries to a consumer that answers, since it was resubmitted.
    pub(super) counted: u8,
    /// How often a person has resubmitted it.
    pub(super) rounds: u8,
    /// Whether a person has repaired what was wrong with it.
    pub(super) repaired: bool,
    /// Kept at the event's first entry: how many deliveries of the event there were.
    tries: u8,
    /// Volatile.
    pub(super) timer: TimerId,
}

/// All publications in the order in which they came, with the partitions over them.
#[derive(Debug, Default, Hash)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    deliveries: Vec<Delivery>,
    /// By source and number, the first entry of an event.
    known: Vec<Vec<u32>>,
    /// By source and order, the last first entry.
    latest: Vec<u32>,
    /// By order, the last entry of its partition.
    tails: Vec<u32>,
    /// By consumer and order, the entry at which the consumer stands; none: at the end.
    cursors: Vec<u32>,
    orders: usize,
    consumers: usize,
}

impl Clone for Log {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.entries.clone_from(&from.entries);
        self.deliveries.clone_from(&from.deliveries);
        self.known.clone_from(&from.known);
        self.latest.clone_from(&from.latest);
        self.tails.clone_from(&from.tails);
        self.cursors.clone_from(&from.cursors);
        self.orders = from.orders;
        self.consumers = from.consumers;
    }
}

impl Log {
    pub(super) fn reset(&mut self, sources: usize, orders: usize, consumers: usize) {
        let fill = |list: &mut Vec<u32>, len: usize| {
            list.clear();
            list.resize(len, NONE);
        };
        self.entries.clear();
        self.deliveries.clear();
        self.known.resize_with(sources, Vec::new);
        self.known.iter_mut().for_each(Vec::clear);
        fill(&mut self.latest, sources * orders);
        fill(&mut self.tails, orders);
        fill(&mut self.cursors, consumers * orders);
        self.orders = orders;
        self.consumers = consumers;
    }

    /// The first entry of an event.
    pub(super) fn find(&self, event: BusinessEvent) -> Option<u32> {
        let known = self.known.get(usize::from(event.source))?.get(usize::from(event.number))?;
        (*known != NONE).then_some(*known)
    }

    /// Appends a publication; `keyed`: it has a place in a partition, else it goes out at once.
    pub(super) fn push(&mut self, event: BusinessEvent, (told, flaw): (Time, Flaw), now: Time, keyed: bool) -> u32 {
        let ix = self.entries.len() as u32;
        let known = self.find(event);
        let mut earlier = NONE;
        match known {
            Some(first) => {
                let mut last = first;
                while self.entries[last as usize].copy != NONE {
                    last = self.entries[last as usize].copy;
                }
                self.entries[last as usize].copy = ix;
            }
            None => {
                let numbers = &mut self.known[usize::from(event.source)];
                let number = usize::from(event.number);
                if numbers.len() <= number {
                    numbers.resize(number + 1, NONE);
                }
                numbers[number] = ix;
                let latest = &mut self.latest[usize::from(event.source) * self.orders + usize::from(event.order)];
                earlier = std::mem::replace(latest, ix);
            }
        }
        if keyed {
            let tail = std::mem::replace(&mut self.tails[usize::from(event.order)], ix);
            if tail != NONE {
                self.entries[tail as usize].next = ix;
            }
        }
        let first = known.unwrap_or(ix);
        let entry = Entry { event, told, flaw, at: now, seen: now, first, copy: NONE, next: NONE, earlier };
        self.entries.push(entry);
        self.deliveries.resize(self.entries.len() * self.consumers, Delivery::default());
        ix
    }

    pub(super) fn entry(&self, ix: u32) -> &Entry {
        &self.entries[ix as usize]
    }

    pub(super) fn delivery(&self, ix: u32, consumer: u8) -> &Delivery {
        &self.deliveries[ix as usize * self.consumers + usize::from(consumer)]
    }

    pub(super) fn delivery_mut(&mut self, ix: u32, consumer: u8) -> &mut Delivery {
        &mut self.deliveries[ix as usize * self.consumers + usize::from(consumer)]
    }

    /// The number of the next delivery of an event to a consumer, over all its entries.
    pub(super) fn next_try(&mut self, ix: u32, consumer: u8) -> u8 {
        let first = self.entries[ix as usize].first;
        let tries = &mut self.delivery_mut(first, consumer).tries;
        *tries = tries.saturating_add(1);
        *tries - 1
    }

    /// The number that the next delivery would have.
    pub(super) fn tries(&self, ix: u32, consumer: u8) -> u8 {
        self.delivery(self.entries[ix as usize].first, consumer).tries
    }

    /// Where a consumer stands in the partition of an order.
    pub(super) fn cursor(&mut self, consumer: u8, order: u16) -> &mut u32 {
        &mut self.cursors[usize::from(consumer) * self.orders + usize::from(order)]
    }

    /// The next entry of the partition that waits for the consumer.
    pub(super) fn following(&self, ix: u32, consumer: u8) -> u32 {
        let mut at = self.entries[ix as usize].next;
        while at != NONE && self.delivery(at, consumer).phase != Phase::Waiting {
            at = self.entries[at as usize].next;
        }
        at
    }

    /// The highest version of an order that the emitter of this event has told.
    pub(super) fn newest(&self, event: BusinessEvent) -> u16 {
        let alike = |entry: &&Entry| (entry.event.source, entry.event.order) == (event.source, event.order);
        self.entries.iter().filter(alike).map(|entry| entry.event.version).max().unwrap_or(0)
    }

    /// The entry that told this version of an order.
    pub(super) fn version(&self, source: u8, order: u16, version: u16) -> Option<u32> {
        let mut at = *self.latest.get(usize::from(source) * self.orders + usize::from(order))?;
        while at != NONE && self.entries[at as usize].event.version != version {
            at = self.entries[at as usize].earlier;
        }
        (at != NONE).then_some(at)
    }

    /// The last version before that of an entry which is not known to be of a type that the consumer has not subscribed
    /// to: it has to have seen that one.
    pub(super) fn after(&self, ix: u32, subscribed: impl Fn(u8) -> bool) -> u16 {
        let Entry { event, mut earlier, .. } = self.entries[self.entries[ix as usize].first as usize];
        let mut version = event.version.saturating_sub(1);
        while version > 0 {
            let in_order = earlier != NONE && self.entries[earlier as usize].event.version == version;
            let found = if in_order { Some(earlier) } else { self.version(event.source, event.order, version) };
            match found {
                Some(at) if !subscribed(self.entries[at as usize].event.emission) => {
                    earlier = self.entries[at as usize].earlier;
                    version -= 1;
                }
                _ => break,
            }
        }
        version
    }
}
