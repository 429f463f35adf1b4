//! Where a failure became inevitable: from which event on it happens whatever chance does with the rest.
//!
//! The run is replayed up to an event, then the rest is drawn anew, as random runs of the campaign draw it. The first
//! event after which all draws fail in the same way is found by halving. It is often long before the property breaks: at
//! the moment when the only copy of something is lost, say.

use sim_core::hash::mix;
use sim_core::{Limits, Time, Violation, World, advance, resume};

use super::Recording;
use crate::campaign::{Simulation, Worker};
use crate::scenario::Scenario;

/// How often the rest of a run is drawn.
pub const SAMPLES: u32 = 32;
/// The events that the search may take.
const EVENTS_MAX: u64 = 2_000_000;
/// The keys of the draws; a campaign's keys come from its seed.
const SALT: u64 = 0x1AE7_17AB;
/// The draws are plain random runs: the first runs of a campaign each owe a kind of fault.
const INDEX: u64 = 1_000_000;

/// From where on a run always failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inevitable {
    /// The event; 0: from the start.
    pub event: u32,
    /// When it happened.
    pub time: Time,
    /// How often the rest was drawn after it, and failed each time.
    pub samples: u32,
}

struct Search<'a> {
    simulation: &'a Simulation,
    recording: &'a Recording,
    violation: Violation,
    worker: Worker,
    before: World<Scenario>,
    events: u64,
}

impl Simulation {
    /// Says from which event on the violation of a recording comes whatever is drawn. `None` if that takes too long.
    #[must_use]
    pub fn inevitable(&self, recording: &Recording, violation: &Violation) -> Option<Inevitable> {
        let worker = self.replayer();
        let mut search =
            Search { simulation: self, recording, violation: *violation, worker, before: World::default(), events: 0 };
        let (mut open, mut closed) = (0, violation.event);
        if search.always(0)? {
            return Some(Inevitable { event: 0, time: Time::START, samples: SAMPLES });
        }
        while closed - open > 1 {
            let middle = open.midpoint(closed);
            if search.always(middle)? {
                closed = middle;
            } else {
                open = middle;
            }
        }
        search.go_to(closed);
        Some(Inevitable { event: closed, time: search.worker.world.now, samples: SAMPLES })
    }
}

impl Search<'_> {
    /// Replays the run until so many events are processed.
    fn go_to(&mut self, event: u32) {
        let Self { simulation, recording, worker, .. } = self;
        worker.choices.restart(0);
        let settings = worker.choices.settings_mut();
        settings.set_rates(&simulation.scenario.sites.sites, &[0; sim_core::KINDS_MAX]);
        settings.latencies = false;
        (settings.cap, settings.caps) = (u16::MAX, [u16::MAX; sim_core::KINDS_MAX]);
        worker.choices.set_overrides(&recording.choices);
        worker.world.ledger.workload.clone_from(&recording.workload);
        worker.world.reset(&simulation.scenario);
        let chaos_events = recording.heal_after.unwrap_or(u32::MAX);
        let dead_stay = recording.dead_stay;
        let limits =
            Limits { chaos_events, events: event, dead_stay, stop_at_violation: false, ..simulation.limits(0, false) };
        if event > 0 {
            advance(&simulation.scenario, &mut worker.world, &mut worker.choices, &limits, &mut ());
        }
        self.events += u64::from(event);
    }

    /// Whether the failure comes however the rest after this event is drawn; `None` when the budget is spent.
    fn always(&mut self, event: u32) -> Option<bool> {
        self.go_to(event);
        self.before.clone_from(&self.worker.world);
        let decided = self.worker.choices.clone();
        // After healing nothing is drawn any more.
        let samples = if decided.is_open() { SAMPLES } else { 1 };
        for sample in 0..samples {
            if self.events > EVENTS_MAX {
                return None;
            }
            let Worker { world, choices } = &mut self.worker;
            world.clone_from(&self.before);
            choices.clone_from(&decided);
            let key = mix(SALT, sample.into());
            let drawn = self.simulation.draw(choices, key, INDEX + u64::from(sample));
            // What was promised is owed where no fault is: chance decides how long things take, and nothing else.
            if self.violation.broken.is_some() {
                choices.settings_mut().cap = 0;
            }
            choices.redraw(key);
            let limits = Limits {
                chaos_events: drawn.chaos_events.max(event + 1),
                dead_stay: drawn.dead_stay || self.recording.dead_stay,
                stop_at_violation: false,
                ..drawn
            };
            let outcome = resume(&self.simulation.scenario, world, choices, &limits, &mut ());
            self.events += u64::from(outcome.events.saturating_sub(event));
            let is_same = |found: &Violation| {
                (found.invariant, found.subject) == (self.violation.invariant, self.violation.subject)
            };
            if !world.verdicts.violations.iter().any(is_same) {
                return Some(false);
            }
        }
        Some(true)
    }
}
