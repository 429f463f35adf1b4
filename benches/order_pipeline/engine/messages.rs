//! What the nodes say to each other and to themselves, and what they report of themselves.

use sim_core::Subject;
use sim_core::hash::name;

/// What a message is; those before `Convert` are timers and the wake-up of the relay, which do not cross the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    #[default]
    Arrival,
    RetryConvert,
    RelayWake,
    RetryPublish,
    RetryDeliver,
    RetryComplete,
    Convert,
    Reply,
    Publish,
    PubAck,
    Deliver,
    Ack,
    Complete,
    CompleteAck,
}

/// How many kinds there are.
pub const KINDS: usize = 14;

/// The names of the kinds, hashed, in their order.
const NAMES: [u64; KINDS] = [
    name("arrival"),
    name("retry-convert"),
    name("relay-wake"),
    name("retry-publish"),
    name("retry-deliver"),
    name("retry-complete"),
    name("convert"),
    name("reply"),
    name("publish"),
    name("publish-ack"),
    name("deliver"),
    name("ack"),
    name("complete"),
    name("complete-ack"),
];

/// One message. Ids are dense and given in order of creation; a completion goes by its *half*, an item's charge (even)
/// or asset (odd).
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Message {
    pub kind: Kind,
    /// Tells repetitions apart, because every repetition has luck of its own.
    pub attempt: u8,
    /// The quote, row, delivery or half.
    pub id: u32,
    /// What else belongs to it: the order of a reply, the row of a delivery.
    pub with: u32,
}

impl Message {
    pub fn new(kind: Kind, id: u32, attempt: u8) -> Self {
        Message { kind, attempt, id, with: 0 }
    }

    pub fn subject(&self) -> Subject {
        Subject::new(NAMES[self.kind as usize], u64::from(self.id) << 8 | u64::from(self.attempt))
    }
}

/// What a change is about; the discriminant is its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    QuoteAsked,
    QuoteAnswered,
    OrderCommitted,
    RowPublished,
    DeliveryMade,
    DeliveryAcknowledged,
    InboxMarked,
    ItemActivated,
    HalfCompleted,
    OrderCompleted,
    CompletionAcknowledged,
}

/// One write to the state of a node: the thing, its id, and the value written.
#[derive(Clone, Copy, Debug, Hash)]
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
