//! What consumers send themselves.

use sim_core::Subject;
use sim_core::hash::mix;

use super::calls::Timed;
use crate::message::Channel;
use crate::model::Model;

/// The second half of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// All of it, after an early acknowledgement.
    Take,
    /// The effect, after the inbox row.
    Effect,
    /// The inbox row, after the effect.
    Remember,
    /// The same by a second owner of the partition.
    Second,
}

/// Its own messages and timers.
#[derive(Clone, Copy, Debug, Hash)]
pub enum ConsumerMessage {
    /// The second half of a piece of work.
    Work {
        /// The consumer.
        consumer: u8,
        /// Which half.
        stage: Stage,
        /// The emitter of the event.
        source: u8,
        /// Its number there.
        number: u16,
        /// Its delivery.
        attempt: u8,
        /// Which copy of the delivery.
        copy: u8,
    },
    /// A timer of a call.
    Call {
        /// The consumer.
        consumer: u8,
        /// The emitter of the event that led to the call.
        source: u8,
        /// Its number there.
        number: u16,
        /// The attempt; of a call that was put aside: how often it was.
        attempt: u8,
        /// What the call waits for.
        what: Timed,
    },
    /// An event still waits for one before it, or for a consumer that knows its payload.
    Missing {
        /// The consumer.
        consumer: u8,
        /// The emitter of the event that waits.
        source: u8,
        /// Its number there.
        number: u16,
        /// How often the consumer has asked for what is before it.
        asked: u8,
        /// Whether it waits for the consumer itself.
        upgrade: bool,
    },
}

impl ConsumerMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::ConsumerTimer
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let named = |consumer: u8, salt: u64, event: u64, counter: u8| {
            let names = mix(model.consumers[usize::from(consumer)].names, 0xC0 + salt);
            Subject::new(names, event | u64::from(counter) << 24)
        };
        let id = |source: u8, number: u16| u64::from(source) << 16 | u64::from(number);
        match *self {
            Self::Work { consumer, stage, source, number, attempt, copy } => {
                named(consumer, stage as u64 | u64::from(copy) << 8, id(source, number), attempt)
            }
            Self::Call { consumer, source, number, attempt, what } => {
                named(consumer, 8 + what as u64, id(source, number), attempt)
            }
            Self::Missing { consumer, source, number, asked, upgrade } => {
                named(consumer, 16 + u64::from(upgrade), id(source, number), asked)
            }
        }
    }
}
