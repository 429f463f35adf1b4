//! Events that are written in a transaction of their own before that of their change, where the contract of the outbox
//! says `write: before-commit`. The engine decides what it will do and tells it; then it commits. A crash between the two,
//! or another transaction that was faster, and an event tells what never happened.

use super::{Cx, Oms};
use crate::definition::OutboxWrite;
use crate::message::Message;

impl Oms {
    /// Writes the events of a transaction that has just begun, if the contract has them written so early.
    pub(super) fn tell_early(&mut self, cx: &mut Cx<'_>, (order, input): (u16, &Message), serial: u32) {
        if cx.model.model.plumbing.write != OutboxWrite::BeforeCommit {
            return;
        }
        let mut rehearsed = self.clone();
        rehearsed.told = (0, 0);
        rehearsed.serial = serial;
        rehearsed.outbox.settle();
        let from = cx.sender();
        cx.rehearse(|cx| {
            if rehearsed.apply(cx, order, input, from) {
                rehearsed.after_apply(cx, order);
            }
        });
        for new in rehearsed.outbox.written_from(self.outbox.len()) {
            self.outbox.append_early(cx, new, serial);
        }
    }
}
