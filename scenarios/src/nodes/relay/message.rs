//! What a relay tells itself.

use sim_core::Subject;
use sim_core::hash::mix;

use crate::message::Channel;
use crate::model::Model;
use crate::nodes::outbox::NewEvent;

/// Its own timers, and the late write of a row.
#[derive(Clone, Copy, Debug, Hash)]
pub enum RelayMessage {
    /// The poll that finds something.
    Poll {
        /// The emitter: 0 is the OMS, else 1 + system index.
        source: u8,
        /// Which relay of it.
        relay: u8,
        /// The number of the poll.
        number: u32,
    },
    /// A publication was not acknowledged in time.
    Retry {
        /// The emitter.
        source: u8,
        /// Which relay of it.
        relay: u8,
        /// The row.
        row: u16,
        /// The publication that was not acknowledged.
        attempt: u8,
    },
    /// A person has repaired a row.
    Repair {
        /// The emitter.
        source: u8,
        /// Which relay of it.
        relay: u8,
        /// The row.
        row: u16,
        /// How often a relay has set this timer.
        number: u32,
    },
    /// A row is written after the commit of its change.
    Write {
        /// The emitter.
        source: u8,
        /// The serial number of the change.
        serial: u32,
        /// The change.
        new: NewEvent,
    },
}

impl RelayMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Write { .. } => Channel::SagaSave,
            _ => Channel::RelayTimer,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let named = |kind: u64, source: u8, relay: u8, counters: u64| {
            Subject::new(mix(model.names, kind << 16 | u64::from(source) << 8 | u64::from(relay)), counters)
        };
        match *self {
            Self::Poll { source, relay, number } => named(0, source, relay, number.into()),
            Self::Retry { source, relay, row, attempt } => {
                named(1, source, relay, u64::from(row) | u64::from(attempt) << 16)
            }
            Self::Repair { source, relay, row, number } => {
                named(2, source, relay, u64::from(row) | u64::from(number) << 16)
            }
            Self::Write { source, serial, new } => {
                let about = u64::from(new.item) << 32 | u64::from(new.emission) << 40;
                named(3 << 8 | u64::from(new.state), source, 0, u64::from(serial) | about)
            }
        }
    }
}
