//! Something that is going to happen.

use crate::choices::{KindId, Subject, Which};
use crate::context::ReplyTo;
use crate::domain::PartId;
use crate::time::Time;

use super::NO_FAULT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Message,
    Timer,
    Work,
    Restart,
}

/// Something that is going to happen.
#[derive(Clone, Copy, Debug)]
pub struct Event<M> {
    pub(super) message: M,
    /// When it would have happened without the fault that touched it.
    pub(super) nominal: Time,
    pub(super) cause: u32,
    pub(super) fence: u16,
    pub(super) from_incarnation: u16,
    pub(super) from: PartId,
    pub(super) to: PartId,
    /// Marked if it gave way to the others of its moment.
    pub(super) which: Which,
    /// The fault kind that touched it on its way, or that it comes from outside.
    pub(super) touched: u8,
    pub(super) shape: Shape,
}

impl<M: Copy + Default> Default for Event<M> {
    fn default() -> Self {
        Self::new(M::default(), PartId::default(), 0, Shape::Message)
    }
}

impl<M: Copy> Event<M> {
    pub(super) fn new(message: M, to: PartId, cause: u32, shape: Shape) -> Self {
        Self {
            message,
            nominal: Time::NEVER,
            cause,
            fence: 0,
            from_incarnation: 0,
            from: to,
            to,
            which: Which::default(),
            touched: NO_FAULT,
            shape,
        }
    }

    /// A message that a part sends, to a certain incarnation of its receiver or (0) to any.
    #[inline]
    pub(crate) fn sent(message: M, from: ReplyTo, to: ReplyTo, cause: u32) -> Self {
        let event = Self::new(message, to.part, cause, Shape::Message);
        Self { fence: to.incarnation, from: from.part, from_incarnation: from.incarnation, ..event }
    }

    /// What stands for the input of a node that is shown what happened.
    pub(super) fn shown(to: PartId, cause: u32) -> Self
    where
        M: Default,
    {
        Self::new(M::default(), to, cause, Shape::Message)
    }

    pub(crate) fn timer(message: M, to: PartId, incarnation: u16, cause: u32) -> Self {
        Self { fence: incarnation, from_incarnation: incarnation, ..Self::new(message, to, cause, Shape::Timer) }
    }

    pub(crate) fn work(message: M, to: PartId, incarnation: u16, cause: u32) -> Self {
        Self { fence: incarnation, from_incarnation: incarnation, ..Self::new(message, to, cause, Shape::Work) }
    }

    /// The same once more.
    pub(crate) fn again(self) -> Self {
        Self { which: self.which.duplicate(), ..self }
    }

    /// One of several alike.
    pub(crate) fn of(self, which: Which) -> Self {
        Self { which, ..self }
    }

    /// What decisions about it are about, by what the domain says of its message.
    pub(crate) fn subject(&self, of_message: Subject) -> Subject {
        of_message.of(self.which)
    }

    /// The same, put off by a fault of this kind from a moment to a later one.
    pub(crate) fn put_off(self, nominal: Time, kind: Option<KindId>) -> Self {
        Self { nominal, touched: kind.map_or(NO_FAULT, |kind| kind.0), ..self }
    }

    /// Where a reply to it goes.
    #[inline]
    pub(crate) fn sender(&self) -> ReplyTo {
        ReplyTo { part: self.from, incarnation: self.from_incarnation }
    }

    /// Which of several alike it is.
    #[inline]
    pub(crate) fn which(&self) -> Which {
        self.which.unmarked()
    }

    /// When it would have happened without the fault that touched it.
    pub(crate) fn nominal(&self) -> Time {
        self.nominal
    }

    /// The message that it carries.
    pub fn message(&self) -> &M {
        &self.message
    }

    /// The part that it goes to.
    pub fn to(&self) -> PartId {
        self.to
    }
}
