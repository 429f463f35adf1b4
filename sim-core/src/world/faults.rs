//! What faults do to handlers, processes and messages.

use super::event::Shape;
use super::{Event, Mode, NO_FAULT, World};
use crate::choices::{Choices, Latency, Subject};
use crate::domain::{Class, Domain, Node, Observer, PartId};
use crate::queue::USUAL;
use crate::time::{Duration, Time};

impl<D: Domain> World<D> {
    /// A handler call that does not go as it should.
    #[cold]
    pub(super) fn misfortune<O: Observer<D>>(
        &mut self,
        model: &D,
        choices: &mut Choices,
        observer: &mut O,
        event: &Event<D::Message>,
        (subject, fate): (Subject, u8),
    ) {
        self.flow.fault(self.now);
        let class = model.class(&event.message);
        let site = class.handle.expect("a fate comes from a site");
        let extents = model.extents();
        let kind = model.sites().kind(site, fate).map_or(NO_FAULT, |k| k.0);
        let mut span = |latency: Latency| choices.span(site, subject, latency);
        match fate {
            1 => {
                let downtime = span(extents.downtime);
                self.go_down(event.to, Some(downtime));
                self.count_at(model, kind, &event.message);
            }
            2 => {
                let downtime = span(extents.downtime);
                self.call(model, choices, event, Mode::Revocable, |node, cx, _| node.handle(cx, event.message));
                let lost = self.flow.drop_outgoing();
                let volatile = self.go_down(event.to, Some(downtime));
                if lost || volatile {
                    self.count_at(model, kind, &event.message);
                }
            }
            3 => {
                let at = self.now + span(extents.deadlock);
                let again = self.tried(event, kind);
                self.flow.queue.push(at, USUAL, again);
            }
            4 => {
                self.call(model, choices, event, Mode::Revocable, |node, cx, _| node.handle(cx, event.message));
                if self.flow.drop_outgoing() {
                    self.count_at(model, kind, &event.message);
                }
                self.call(model, choices, event, Mode::Recovery, |node, cx, _| node.commit_unknown(cx, event.message));
                self.dispatch(model, choices, observer);
            }
            5 => {
                let until = self.now + span(extents.pause);
                self.processes[usize::from(event.to.0)].pause_until(until);
                // It comes again as another try; as the same one it would meet the same fate for ever.
                let again = self.tried(event, kind);
                self.flow.queue.push(until, USUAL, again);
            }
            6 => {
                let outage = span(extents.outage);
                self.go_down(event.to, Some(outage));
                self.count_at(model, kind, &event.message);
            }
            _ => {
                self.go_down(event.to, None);
                self.count_at(model, kind, &event.message);
            }
        }
    }

    /// The input of a handler call that did not happen, as its next try. What it was late by before, it still is.
    fn tried(&self, event: &Event<D::Message>, kind: u8) -> Event<D::Message> {
        let nominal = event.nominal.min(self.now);
        Event { which: event.which.tried(), nominal, touched: kind, ..*event }
    }

    pub(super) fn count(&mut self, kind: u8) {
        if kind != NO_FAULT {
            self.flow.effective[usize::from(kind)] += 1;
        }
    }

    /// Counts a fault of this message, and notes it at the place that the message is about.
    #[cold]
    pub(super) fn count_at(&mut self, model: &D, kind: u8, message: &D::Message) {
        self.count(kind);
        if kind != NO_FAULT
            && let Some(place) = model.place(message)
            && let Some(met) = self.flow.met.get_mut(place)
        {
            *met |= 1 << kind;
        }
    }

    pub(super) fn go_down(&mut self, part: PartId, downtime: Option<Duration>) -> bool {
        let process = &mut self.processes[usize::from(part.0)];
        process.set_up(false);
        process.dead = downtime.is_none();
        process.incarnation += 1;
        let (incarnation, place) = (process.incarnation, process.place);
        let lost = self.nodes[usize::from(place.node)].crash(place.part);
        self.forget(usize::from(place.node));
        if let Some(downtime) = downtime {
            self.schedule_restart(part, incarnation, downtime);
        }
        lost
    }

    pub(super) fn schedule_restart(&mut self, part: PartId, incarnation: u16, downtime: Duration) {
        let event =
            Event { fence: incarnation, ..Event::new(D::Message::default(), part, self.events, Shape::Restart) };
        self.flow.queue.push(self.now + downtime, USUAL, event);
    }

    /// A message that does not arrive as it should.
    #[cold]
    pub(super) fn mishap(
        &mut self,
        model: &D,
        choices: &mut Choices,
        class: Class,
        (at, event): (Time, Event<D::Message>),
        (subject, fate): (Subject, u8),
    ) {
        self.flow.fault(self.now);
        let site = class.send.expect("a fate comes from a site");
        let touched = model.sites().kind(site, fate).map_or(NO_FAULT, |k| k.0);
        let extents = model.extents();
        let mut span = |of_duplicate, latency| choices.span(site, subject.extent(of_duplicate), latency);
        let late = Event { nominal: at, touched, ..event };
        match fate {
            1 | 2 => {
                let extent = if fate == 1 { extents.duplicate } else { extents.late_duplicate };
                let extra = span(true, extent);
                self.flow.queue.push(at, USUAL, event);
                self.flow.queue.push(at + extra, USUAL, late.again());
            }
            3..=5 => {
                let extent = [extents.delay, extents.reorder, extents.hold][usize::from(fate - 3)];
                let extra = span(false, extent).min(model.patience(&event.message));
                self.flow.queue.push(at + extra, USUAL, late);
            }
            6 => self.count_at(model, touched, &event.message),
            _ => {
                self.count_at(model, touched, &event.message);
                if let Some(answer) = model.not_sent(&event.message) {
                    let event = Event {
                        fence: event.from_incarnation,
                        to: event.from,
                        ..Event::new(answer, event.from, event.cause, Shape::Message)
                    };
                    self.flow.queue.push(self.now, USUAL, event);
                }
            }
        }
    }
}
