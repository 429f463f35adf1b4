//! The processes of parts: whether they take what comes, and how healing brings them back.

use super::event::Shape;
use super::{Event, NO_FAULT, World};
use crate::choices::Choices;
use crate::domain::{Domain, Observer, PartId, PartSpec};
use crate::queue::USUAL;
use crate::time::{Duration, Time};

/// The state of a part's process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    /// Counts restarts, from 1: 0 in an event means any.
    pub incarnation: u16,
    /// Counts how often it recovered from its store: after a restart, and after a commit that was not confirmed. It wraps,
    /// for it only has to tell one recovery from those shortly before.
    pub recoveries: u8,
    pub up: bool,
    pub dead: bool,
    /// Where the part lives.
    pub place: PartSpec,
    pub paused_until: Time,
    /// From when on it takes events: what `up` and `paused_until` come to.
    pub ready: Time,
}

impl Process {
    pub fn new(place: PartSpec) -> Self {
        let (start, up) = (Time::START, true);
        Self { incarnation: 1, recoveries: 0, up, dead: false, place, paused_until: start, ready: start }
    }

    pub fn set_up(&mut self, up: bool) {
        self.up = up;
        self.ready = if up { self.paused_until } else { Time::NEVER };
    }

    pub fn pause_until(&mut self, until: Time) {
        self.paused_until = until;
        self.set_up(self.up);
    }
}

impl<D: Domain> World<D> {
    /// Whether the process of an event takes it now: it may be down, which only a restart ends, or paused.
    #[cold]
    pub(super) fn takes<O: Observer<D>>(&mut self, observer: &mut O, event: &Event<D::Message>) -> bool {
        let process = &self.processes[usize::from(event.to.0)];
        let restart = event.shape == Shape::Restart;
        if process.up == restart {
            if !restart {
                observer.missed(self.now, &event.message, event.to);
            }
            return false;
        }
        if process.paused_until > self.now {
            self.flow.queue.push(process.paused_until, USUAL, *event);
            return false;
        }
        true
    }

    /// Heals: no more faults, nominal latencies, held messages released, crashed parts restarted. Parts that are dead
    /// for good stay so if `dead_stay`; where one of them does come back, [whoever wants to know](Domain::on_return) is told.
    pub fn heal<O: Observer<D>>(&mut self, model: &D, choices: &mut Choices, observer: &mut O, dead_stay: bool) {
        choices.close();
        self.healed = self.now;
        observer.healed(self.now);
        let now = self.now;
        // Where no fault was, there is nothing to heal.
        if self.flow.faulted && !self.flow.queue.is_empty() {
            self.flow.calm = now;
        }
        self.flow.queue.retime(|at, event| {
            if event.touched != NO_FAULT && event.nominal < at { event.nominal.max(now) } else { at }
        });
        let mut returned = false;
        for i in 0..self.processes.len() {
            let process = &mut self.processes[i];
            process.pause_until(process.paused_until.min(now));
            let gone_for_good = process.dead && dead_stay;
            if !process.up && !gone_for_good {
                returned |= std::mem::take(&mut process.dead);
                let incarnation = process.incarnation;
                self.schedule_restart(PartId(i as u8), incarnation, Duration::ZERO);
            }
        }
        if returned {
            for &(part, message) in model.on_return() {
                self.input(now, part, message);
            }
        }
    }
}
