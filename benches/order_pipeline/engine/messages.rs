//! What the nodes say to each other and to themselves, and what they report of themselves.

use sim_core::Subject;
use sim_core::hash::name;

/// Ids are dense and given in order of creation; the small counters tell repetitions apart, because every repetition
/// has luck of its own.
#[derive(Clone, Copy, Debug, Default)]
pub enum Message {
    Arrival {
        quote: u32,
    },
    Convert {
        quote: u32,
        attempt: u8,
    },
    RetryConvert {
        quote: u32,
        attempt: u8,
    },
    Reply {
        quote: u32,
        order: u32,
        serial: u8,
    },
    #[default]
    RelayWake,
    Publish {
        row: u32,
        attempt: u8,
    },
    RetryPublish {
        row: u32,
        attempt: u8,
    },
    PubAck {
        row: u32,
        serial: u8,
    },
    Deliver {
        delivery: u32,
        row: u32,
        attempt: u8,
    },
    RetryDeliver {
        delivery: u32,
        attempt: u8,
    },
    Ack {
        delivery: u32,
        serial: u8,
    },
    Complete {
        item: u32,
        kind: u8,
        attempt: u8,
    },
    RetryComplete {
        item: u32,
        attempt: u8,
    },
    CompleteAck {
        item: u32,
        kind: u8,
        serial: u8,
    },
}

impl Message {
    /// Timers and the wake-up of the relay, which do not cross the network.
    pub fn is_inside(&self) -> bool {
        matches!(
            self,
            Message::Arrival { .. }
                | Message::RetryConvert { .. }
                | Message::RelayWake
                | Message::RetryPublish { .. }
                | Message::RetryDeliver { .. }
                | Message::RetryComplete { .. }
        )
    }

    pub fn subject(&self) -> Subject {
        let (names, id, one, two) = match *self {
            Message::Arrival { quote } => (const { name("arrival") }, quote, 0, 0),
            Message::Convert { quote, attempt } => (const { name("convert") }, quote, attempt, 0),
            Message::RetryConvert { quote, attempt } => (const { name("retry-convert") }, quote, attempt, 0),
            Message::Reply { quote, serial, .. } => (const { name("reply") }, quote, serial, 0),
            Message::RelayWake => (const { name("relay-wake") }, 0, 0, 0),
            Message::Publish { row, attempt } => (const { name("publish") }, row, attempt, 0),
            Message::RetryPublish { row, attempt } => (const { name("retry-publish") }, row, attempt, 0),
            Message::PubAck { row, serial } => (const { name("publish-ack") }, row, serial, 0),
            Message::Deliver { delivery, attempt, .. } => (const { name("deliver") }, delivery, attempt, 0),
            Message::RetryDeliver { delivery, attempt } => (const { name("retry-deliver") }, delivery, attempt, 0),
            Message::Ack { delivery, serial } => (const { name("ack") }, delivery, serial, 0),
            Message::Complete { item, kind, attempt } => (const { name("complete") }, item, attempt, kind),
            Message::RetryComplete { item, attempt } => (const { name("retry-complete") }, item, attempt, 0),
            Message::CompleteAck { item, kind, serial } => (const { name("complete-ack") }, item, serial, kind),
        };
        Subject::new(names, u64::from(id) << 16 | u64::from(one) << 8 | u64::from(two))
    }
}

/// What a change is about; the discriminant is its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    QuoteAsked,
    QuoteAnswered,
    OrderCommitted,
    RowPublished,
    DeliveryMade,
    DeliveryAcknowledged,
    InboxMarked,
    ItemActivated,
    PartCompleted,
    OrderCompleted,
    CompletionAcknowledged,
}

/// One write to the state of a node: the thing, its id, and the value written.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub thing: Thing,
    pub id: u32,
    pub value: u32,
}

impl Change {
    pub fn new(thing: Thing, id: u32, value: u32) -> Self {
        Change { thing, id, value }
    }
}
