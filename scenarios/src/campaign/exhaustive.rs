//! Exhaustive search over a scenario: which workloads are searched, and what a breaking set is as a recording.

use sim_core::explore::{Breaking, Exploration, Search, explore};
use sim_core::{Choice, Duration, Point};

use super::{Simulation, Tally};
use crate::replay::Recording;
use crate::scenario::Scenario;
use crate::workload::{CommandPlan, OrderPlan, QuoteDefect, Workload};

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// Up to so many faults at once.
    pub faults: usize,
    /// Over how many threads.
    pub jobs: usize,
    /// Whether plans are run also where an equal world was seen.
    pub exact: bool,
}

/// What a search found, and the workloads that it went over.
pub struct Exhaustive {
    /// By the number under which breaking sets name them.
    pub workloads: Vec<Workload>,
    /// By number of faults, and added up.
    pub exploration: Exploration<Tally>,
}

impl Exhaustive {
    /// A breaking set as a recording.
    #[must_use]
    pub fn recording(&self, breaking: &Breaking) -> Recording {
        Recording {
            workload: self.workloads[breaking.workload].clone(),
            choices: breaking.choices.clone(),
            heal_after: None,
            dead_stay: true,
        }
    }
}

/// A fault of a plan: which point of the run with the faults before it, and which value there.
pub type PlannedFault = (u32, u8);

impl Simulation {
    /// Names the faults of a breaking set by their points, for a token.
    #[must_use]
    pub fn plan_of(&self, recording: &Recording) -> Option<Vec<PlannedFault>> {
        let mut plan = Vec::new();
        let mut so_far = Recording { choices: Vec::new(), ..recording.clone() };
        for choice in &recording.choices {
            let points = self.points(&so_far);
            let point = points.iter().position(|p| (p.site, p.subject) == (choice.site, choice.subject))?;
            plan.push((u32::try_from(point).ok()?, u8::try_from(choice.value).ok()?));
            so_far.choices.push(*choice);
        }
        Some(plan)
    }

    /// The recording that a plan in this workload stands for. `None` where the plan does not fit.
    #[must_use]
    pub fn recording_of(&self, workload: usize, plan: &[PlannedFault]) -> Option<Recording> {
        let workload = self.workloads().into_iter().nth(workload)?;
        let mut recording = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: true };
        for &(point, value) in plan {
            let point = *self.points(&recording).get(point as usize)?;
            if point.allowed & 1_u32.checked_shl(value.into())? == 0 {
                return None;
            }
            recording.choices.push(Choice {
                site: point.site,
                subject: point.subject,
                value: value.into(),
                span: false,
                event: point.event,
            });
        }
        Some(recording)
    }

    /// The points that the run of a recording comes to.
    fn points(&self, recording: &Recording) -> Vec<Point> {
        let mut worker = self.replayer();
        worker.choices.record_points();
        self.replay(&mut worker, recording, &mut ());
        worker.choices.points().to_vec()
    }

    /// The workloads of an exhaustive search: one order with all items, the same with each flaw that a quote may have,
    /// and with each command at each boundary. Last comes one of two orders that share account and pools.
    #[must_use]
    pub fn workloads(&self) -> Vec<Workload> {
        let shape = &self.shape;
        let order = OrderPlan {
            arrival: Duration::ZERO,
            items: shape.all(&self.scenario.model),
            traits: 0,
            quote: QuoteDefect::None,
        };
        let one = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
        let mut workloads = vec![one.clone()];
        if shape.flawed_quotes {
            let flawed = |quote| Workload { orders: vec![OrderPlan { quote, ..order }], ..one.clone() };
            workloads.extend(QuoteDefect::FLAWS.map(flawed));
        }
        workloads.extend(shape.boundaries.iter().map(|&(command, item, place)| Workload {
            commands: vec![CommandPlan { command, order: 0, item, place, twice: false }],
            ..one.clone()
        }));
        let second = OrderPlan { arrival: Duration::millis(50), ..order };
        workloads.push(Workload { orders: vec![order, second], ..one });
        workloads
    }

    /// Searches up to so many faults at once, of the kinds of the profile. The workload of two orders is searched for single
    /// faults only.
    pub fn exhaustive(
        &self,
        depth: Depth,
        stop: &(dyn Fn() -> bool + Sync),
        progress: &(dyn Fn() + Sync),
    ) -> Exhaustive {
        let workloads = self.workloads();
        let kinds = self.profile.kinds().fold(0_u64, |mask, kind| mask | 1 << kind.0);
        let single = workloads.len() - 1;
        let search = |from: usize, to: usize, faults: usize| {
            let prepare = |i: usize, world: &mut sim_core::World<Scenario>| {
                world.ledger.workload.clone_from(&workloads[from + i]);
            };
            let search = Search {
                model: &self.scenario,
                workloads: to - from,
                prepare: &prepare,
                faults,
                kinds,
                limits: self.limits(u32::MAX, true),
                jobs: depth.jobs,
                exact: depth.exact,
                stop,
                progress,
            };
            explore(&search, || Tally::new(&self.scenario), |tally, world, outcome| tally.add(world, outcome, 0))
        };
        let mut exploration = search(0, single, depth.faults);
        let mut two = search(single, single + 1, depth.faults.min(1));
        for level in &mut two.levels {
            level.breaking.iter_mut().for_each(|breaking| breaking.workload += single);
        }
        exploration.merge(two);
        Exhaustive { workloads, exploration }
    }
}
