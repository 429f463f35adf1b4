//! What happened in a run, as it is kept while it happens: copies of what the engine reports, in one list, without a
//! word of text. Stories and traces are told from it afterwards.

use sim_core::{EventRecord, Observer, PartId, Subject, Time};

use crate::change::Change;
use crate::message::Message;
use crate::scenario::Scenario;

/// Something that the engine reported.
#[derive(Clone, Copy, Debug)]
pub enum Record {
    /// An event is processed; what follows up to the next one belongs to it.
    Event(EventRecord<Message>),
    /// Its handler met this fate (index into [`sim_core::HANDLE_FATES`]).
    Fate {
        /// The event.
        event: u32,
        /// The fate.
        fate: u8,
    },
    /// It sent a message.
    Sent {
        /// The event.
        event: u32,
        /// The message.
        message: Message,
        /// What decisions about it are about.
        subject: Subject,
        /// To which part.
        to: PartId,
        /// What met the message on its way (index into [`sim_core::SEND_FATES`]).
        fate: u8,
    },
    /// It changed something.
    Changed {
        /// The event.
        event: u32,
        /// What.
        change: Change,
    },
    /// A message reached a part that was down.
    Missed {
        /// When.
        time: Time,
        /// The message.
        message: Message,
        /// The part.
        to: PartId,
    },
    /// Faults and commands stop here.
    Healed(Time),
}

/// Everything that the engine reported of one run. The list is kept from run to run, so that it grows only once.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    records: Vec<Record>,
}

impl Trace {
    /// Forgets the last run.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// What was reported, in its order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}

impl Observer<Scenario> for Trace {
    fn event(&mut self, event: &EventRecord<Message>) {
        self.records.push(Record::Event(*event));
    }

    fn fate(&mut self, event: u32, fate: u8) {
        self.records.push(Record::Fate { event, fate });
    }

    fn change(&mut self, event: u32, change: &Change) {
        self.records.push(Record::Changed { event, change: *change });
    }

    fn sent(&mut self, event: u32, (message, subject): (&Message, &impl Fn() -> Subject), to: PartId, fate: u8) {
        self.records.push(Record::Sent { event, message: *message, subject: subject(), to, fate });
    }

    fn missed(&mut self, time: Time, message: &Message, to: PartId) {
        self.records.push(Record::Missed { time, message: *message, to });
    }

    fn healed(&mut self, time: Time) {
        self.records.push(Record::Healed(time));
    }
}
