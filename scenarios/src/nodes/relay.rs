//! The relay: hands committed outbox rows to the broker and marks them.

use sim_core::Subject;
use sim_core::hash::mix;

use crate::message::Channel;
use crate::model::Model;

/// Its own timers.
#[derive(Clone, Copy, Debug)]
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
}

impl RelayMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::RelayTimer
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Poll { source, relay, number } => {
                Subject::new(mix(model.names, u64::from(source) << 8 | u64::from(relay)), number.into())
            }
        }
    }
}
