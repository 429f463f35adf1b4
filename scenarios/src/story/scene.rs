//! A trace put together again: one moment per event, with what it changed and sent.

use sim_core::{EventRecord, PartId, Subject, Time};

use crate::change::Change;
use crate::message::Message;
use crate::nodes::oms::OmsMessage;
use crate::trace::{Record, Trace};

/// A message that left.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Its place in the trace.
    pub at: usize,
    /// The message.
    pub message: Message,
    /// What decisions about it are about.
    pub subject: Subject,
    /// To whom.
    pub to: PartId,
    /// What met it on its way (index into [`sim_core::SEND_FATES`]).
    pub fate: u8,
    /// Whether it was sent by the people who watch, not by who handled the event.
    pub by_people: bool,
}

/// An event with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Its place in the trace.
    pub at: usize,
    /// The event.
    pub event: EventRecord<Message>,
    /// What met its handler (index into [`sim_core::HANDLE_FATES`]).
    pub fate: u8,
    /// What changed, with the place in the trace.
    pub changes: Vec<(usize, Change)>,
    /// What was sent.
    pub sent: Vec<Sent>,
}

/// A run as moments.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// By event, in their order.
    pub moments: Vec<Moment>,
    /// Messages that reached a part that was down: place in the trace, time, message, part.
    pub missed: Vec<(usize, Time, Message, PartId)>,
    /// When faults and commands stopped, with the place in the trace.
    pub healed: Option<(usize, Time)>,
}

impl Scene {
    /// Puts a trace together.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let mut scene = Self::default();
        for (at, record) in trace.records().iter().enumerate() {
            match *record {
                Record::Event(event) => {
                    scene.moments.push(Moment { at, event, fate: 0, changes: Vec::new(), sent: Vec::new() });
                }
                Record::Fate { fate, .. } => {
                    if let Some(moment) = scene.moments.last_mut() {
                        moment.fate = fate;
                    }
                }
                Record::Changed { change, .. } => {
                    if let Some(moment) = scene.moments.last_mut() {
                        moment.changes.push((at, change));
                    }
                }
                Record::Sent { message, subject, to, fate, .. } => {
                    if let Some(moment) = scene.moments.last_mut() {
                        // Those who watch act on changes, after who made them has sent all.
                        let by_people = !moment.changes.is_empty();
                        moment.sent.push(Sent { at, message, subject, to, fate, by_people });
                    }
                }
                Record::Missed { time, message, to } => scene.missed.push((at, time, message, to)),
                Record::Healed(time) => scene.healed = Some((at, time)),
            }
        }
        scene
    }

    /// The place of an event among the moments.
    #[must_use]
    pub fn find(&self, event: u32) -> Option<usize> {
        self.moments.binary_search_by_key(&event, |moment| moment.event.id).ok()
    }

    /// The moment whose input a moment works on: itself, or the load before a save.
    #[must_use]
    pub fn input(&self, moment: usize) -> usize {
        let mut at = moment;
        while let Message::Oms(OmsMessage::Save { .. }) = self.moments[at].event.message {
            match self.find(self.moments[at].event.cause) {
                Some(before) if before < at => at = before,
                _ => break,
            }
        }
        at
    }

    /// Marks a moment and all that led to it.
    pub fn mark_causes(&self, moment: usize, marks: &mut [bool]) {
        let mut at = moment;
        while !std::mem::replace(&mut marks[at], true) {
            match self.find(self.moments[at].event.cause) {
                Some(before) if before < at => at = before,
                _ => break,
            }
        }
    }

    /// The moment at which a part is up again after `moment`.
    #[must_use]
    pub fn restart_after(&self, moment: usize, part: PartId) -> Option<usize> {
        let later = self.moments.iter().enumerate().skip(moment + 1);
        later.into_iter().find(|(_, m)| m.event.restart && m.event.to == part).map(|(i, _)| i)
    }
}
