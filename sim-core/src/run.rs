//! One run: from the initial state through the chaos window, healing and quiescence to an outcome.

use crate::choices::{Choices, KINDS_MAX};
use crate::domain::{Domain, Observer};
use crate::invariant::Violation;
use crate::time::{Duration, Time};
use crate::world::World;

/// The bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Faults and commands stop after so many events.
    pub chaos_events: u32,
    /// The run is over budget after so many events.
    pub events: u32,
    /// The run is over budget after so much virtual time.
    pub time: Duration,
    /// Whether a part that died for good stays dead after healing.
    pub dead_stay: bool,
    /// Whether the run ends at the first violation.
    pub stop_at_violation: bool,
    /// Whether what is owed is owed from the last disturbance on, and not from healing on, which comes at the end where
    /// faults stop by themselves. For runs with nominal latencies: those that are drawn may take their time until healing.
    pub from_calm: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chaos_events: u32::MAX,
            events: 1_000_000,
            time: Duration::days(3_650),
            dead_stay: false,
            stop_at_violation: true,
            from_calm: false,
        }
    }
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing was left to happen.
    Quiet,
    /// An invariant broke.
    Violation,
    /// The event budget was spent.
    EventBudget,
    /// The budget of virtual time was spent.
    TimeBudget,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Whether nothing was left to happen. What broke a run may have ended it before, or have shown at its end only.
    pub at_rest: bool,
    /// The first broken invariant.
    pub violation: Option<Violation>,
    /// The chained hash over all events and changes.
    pub fingerprint: u64,
    /// How many events were processed.
    pub events: u32,
    /// When the last event happened.
    pub time: Time,
    /// When the run healed.
    pub healed: Time,
    /// Faults injected, by kind.
    pub injected: [u16; KINDS_MAX],
    /// Faults with an effect, by kind.
    pub effective: [u16; KINDS_MAX],
}

/// Runs a system once. The world is reset first; its buffers are reused.
pub fn run<D: Domain, O: Observer<D>>(
    model: &D,
    world: &mut World<D>,
    choices: &mut Choices,
    limits: &Limits,
    observer: &mut O,
) -> Outcome {
    world.reset(model);
    resume(model, world, choices, limits, observer)
}

/// Goes on with a world that was not yet run to its end.
pub fn resume<D: Domain, O: Observer<D>>(
    model: &D,
    world: &mut World<D>,
    choices: &mut Choices,
    limits: &Limits,
    observer: &mut O,
) -> Outcome {
    drive(model, world, choices, limits, observer, |_| ())
}

/// Runs on, and shows the world after each step.
#[inline]
pub(crate) fn drive<D: Domain, O: Observer<D>>(
    model: &D,
    world: &mut World<D>,
    choices: &mut Choices,
    limits: &Limits,
    observer: &mut O,
    after: impl FnMut(&World<D>),
) -> Outcome {
    let end = forward(model, world, choices, limits, observer, after);
    if end != End::Violation {
        world.finish(model, limits.from_calm);
    }
    let violation = world.verdicts.violations.first().copied();
    Outcome {
        end: if violation.is_some() { End::Violation } else { end },
        at_rest: end == End::Quiet,
        violation,
        fingerprint: world.fingerprint(),
        events: world.events(),
        time: world.now,
        healed: world.healed,
        injected: *choices.injected(),
        effective: *world.effective(),
    }
}

/// Goes on within the limits without judging the end: after the event budget the world can be copied and gone on with.
pub fn advance<D: Domain, O: Observer<D>>(
    model: &D,
    world: &mut World<D>,
    choices: &mut Choices,
    limits: &Limits,
    observer: &mut O,
) -> End {
    forward(model, world, choices, limits, observer, |_| ())
}

#[inline]
fn forward<D: Domain, O: Observer<D>>(
    model: &D,
    world: &mut World<D>,
    choices: &mut Choices,
    limits: &Limits,
    observer: &mut O,
    mut after: impl FnMut(&World<D>),
) -> End {
    // What is compared after each event is made ready before the first.
    let heals = if choices.is_open() { limits.chaos_events } else { u32::MAX };
    let mut pause = heals.min(limits.events);
    if world.events() >= heals {
        world.heal(model, choices, observer, limits.dead_stay);
        pause = limits.events;
    }
    let last = Time::START + limits.time;
    loop {
        if !world.step(model, choices, observer) {
            if choices.is_open() {
                world.heal(model, choices, observer, limits.dead_stay);
                pause = limits.events;
                continue;
            }
            return End::Quiet;
        }
        after(world);
        if limits.stop_at_violation && !world.verdicts.violations.is_empty() {
            return End::Violation;
        }
        let paused = world.events() >= pause;
        if paused && world.events() >= limits.events {
            return End::EventBudget;
        }
        if world.now > last {
            return End::TimeBudget;
        }
        if paused {
            world.heal(model, choices, observer, limits.dead_stay);
            pause = limits.events;
        }
    }
}
