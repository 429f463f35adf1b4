//! Latencies as a way below a local minimum: what takes a fault when everything takes its usual time may come by itself
//! when something is slow, and what takes two orders may come with one.
//!
//! Nothing is left to chance: latencies are drawn under a few fixed run keys, and what fails is recorded as it was drawn.

use sim_core::{Choice, EventRecord, Observer, Outcome, Point, Time};

use super::{Recording, Shrinker, Signature, gentle};
use crate::campaign::{Simulation, Worker};
use crate::message::Message;
use crate::scenario::Scenario;

/// How long everything takes: its usual time, or what is drawn under a run key.
pub type Latencies = Option<u64>;

/// A worker that records points, and latencies where they are drawn.
pub fn scout(simulation: &Simulation) -> Worker {
    let mut worker = simulation.replayer();
    worker.choices.record_points();
    worker.choices.keep_spans();
    worker
}

impl Shrinker<'_> {
    /// Tries a candidate, if it is smaller than the best, under these latencies.
    pub(super) fn accepts_under(&mut self, candidate: Recording, latencies: Latencies) -> bool {
        if latencies.is_none() || self.size(&candidate) >= self.size(&self.best) {
            return latencies.is_none() && self.accepts_smaller(candidate);
        }
        let Some(outcome) = self.scouts(&candidate, latencies) else { return false };
        let fails = outcome.violation.is_some_and(|violation| Signature::of(&violation) == self.signature);
        let choices = self.scout.choices.made().to_vec();
        fails && self.accepts_smaller(Recording { choices, ..candidate })
    }

    /// Tries choices beside what is kept.
    pub(super) fn accepts_beside<const N: usize>(
        &mut self,
        base: &Recording,
        choices: [Choice; N],
        latencies: Latencies,
    ) -> bool {
        let mut candidate = base.clone();
        candidate.choices.extend(choices);
        self.accepts_under(candidate, latencies)
    }

    /// Tries a fault that lasts as long as it can beside what is kept.
    pub(super) fn accepts_lasting(&mut self, base: &Recording, fault: Choice) -> bool {
        let longest = gentle::longest(self.simulation, &fault);
        longest.is_some_and(|longest| self.accepts_beside(base, [fault, longest], None))
    }

    /// Runs a recording in the scout, within what may be spent.
    fn scouts(&mut self, recording: &Recording, latencies: Latencies) -> Option<Outcome> {
        if !self.is_complete() {
            return None;
        }
        self.scout.choices.settings_mut().latencies = latencies.is_some();
        let (key, limits) = (latencies.unwrap_or(0), &self.limits);
        let outcome = self.simulation.replay_under(&mut self.scout, recording, (key, limits), &mut ());
        self.runs += 1;
        self.events += u64::from(outcome.events);
        Some(outcome)
    }

    /// All points that a recording comes to, in the order in which it first does.
    pub(super) fn points(&mut self, recording: &Recording, latencies: Latencies) -> Vec<Point> {
        if self.scouts(recording, latencies).is_none() {
            return Vec::new();
        }
        let mut points = self.scout.choices.points().to_vec();
        points.sort_by_key(|point| (point.site, point.subject, point.event));
        points.dedup_by_key(|point| (point.site, point.subject));
        points.sort_by_key(|point| (point.event, point.site, point.subject));
        points
    }

    /// The moments at which something happens in the run of a recording.
    pub(super) fn times(&mut self, recording: &Recording) -> Vec<Time> {
        let mut moments = Moments::default();
        let outcome = self.simulation.replay_within(&mut self.worker, recording, &self.limits, &mut moments);
        self.runs += 1;
        self.events += u64::from(outcome.events);
        moments.0.dedup();
        moments.0
    }
}

/// When each event happened.
#[derive(Default)]
struct Moments(Vec<Time>);

impl Observer<Scenario> for Moments {
    fn event(&mut self, event: &EventRecord<Message>) {
        self.0.push(event.time);
    }
}
