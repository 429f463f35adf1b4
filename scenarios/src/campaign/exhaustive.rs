//! Exhaustive search over a scenario: which workloads are searched, and what a breaking set is as a recording.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

use sim_core::explore::{Breaking, Exploration, Search, at_full_length, explore};
use sim_core::{Choice, Duration, Limits, Point, SiteId};

use super::{Simulation, Tally};
use crate::replay::Recording;
use crate::scenario::Scenario;
use crate::workload::{CommandPlan, OrderPlan, QuoteDefect, Workload};

/// How often a persistent fault comes again: once, twice, and beyond the budget of attempts that a step is usually given.
const PERSISTENT: &[u16] = &[1, 2, 8];

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// Up to so many faults at once.
    pub faults: usize,
    /// Whether single faults are tried as persistent ones, too.
    pub persistent: bool,
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

/// A fault of a plan: which point of the run with the faults before it, and which value there; [`FULL_LENGTH`] is added where
/// it goes as far as such faults go.
pub type PlannedFault = (u32, u8);

/// Above every value of a site.
const FULL_LENGTH: u8 = sim_core::VALUES_MAX as u8;

impl Simulation {
    /// Names the faults of a breaking set by their points, for a token.
    #[must_use]
    pub fn plan_of(&self, recording: &Recording) -> Option<Vec<PlannedFault>> {
        let mut plan: Vec<PlannedFault> = Vec::new();
        let mut so_far = Recording { choices: Vec::new(), ..recording.clone() };
        for choice in &recording.choices {
            if choice.span {
                so_far.choices.push(*choice);
                plan.last_mut()?.1 |= FULL_LENGTH;
                continue;
            }
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
            let (full, value) = (value & FULL_LENGTH != 0, value & !FULL_LENGTH);
            if point.allowed & 1_u32.checked_shl(value.into())? == 0 {
                return None;
            }
            let Point { site, subject, event, .. } = point;
            let fault = Choice { site, subject, value: value.into(), span: false, event };
            recording.choices.push(fault);
            if full {
                recording.choices.push(at_full_length(&self.scenario, &fault)?);
            }
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

    /// What the first workload decides about without a fault, by site and names.
    fn decided(&self, workloads: &[Workload]) -> BTreeSet<(SiteId, u64)> {
        let Some(workload) = workloads.first().cloned() else { return BTreeSet::new() };
        let run = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: true };
        self.points(&run).iter().map(|point| (point.site, point.subject.names)).collect()
    }

    /// The workloads of an exhaustive search: one order with all items, the same with each flaw that a quote may have,
    /// with each command at each boundary (after a price was published, so that what was agreed and what is asked today
    /// differ), and without each of the items. Last comes one of two orders that share account and pools. Where a scenario
    /// places its commands itself, its own placements are searched and nothing else.
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
        let mut workloads = Vec::new();
        if shape.free_commands {
            workloads.push(one.clone());
        }
        if shape.free_commands && shape.flawed_quotes {
            let flawed = |quote| Workload { orders: vec![OrderPlan { quote, ..order }], ..one.clone() };
            workloads.extend(QuoteDefect::FLAWS.map(flawed));
        }
        let priced = if shape.flawed_quotes { QuoteDefect::PriceChangedAfterAcceptance } else { QuoteDefect::None };
        workloads.extend(shape.boundaries.iter().map(|&(command, item, place)| Workload {
            orders: vec![OrderPlan { quote: priced, ..order }],
            commands: vec![CommandPlan { command, order: 0, item, place, twice: false }],
            ..one.clone()
        }));
        if shape.free_commands {
            let smaller = shape.smaller(&self.scenario.model);
            workloads
                .extend(smaller.map(|items| Workload { orders: vec![OrderPlan { items, ..order }], ..one.clone() }));
        }
        if shape.free_commands {
            let second = OrderPlan { arrival: Duration::millis(50), ..order };
            workloads.push(Workload { orders: vec![order, second], ..one });
        }
        workloads
    }

    /// Searches up to so many faults at once, of the kinds of the profile. The workload of two orders is searched for single
    /// faults only.
    pub fn exhaustive(
        &self,
        depth: Depth,
        stop: &(dyn Fn() -> bool + Sync),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Exhaustive {
        let workloads = self.workloads();
        let all = 0..workloads.len();
        self.exhaustive_over(workloads, all, depth, (stop, progress))
    }

    /// The same over some of the workloads only: searches over blocks of them, merged in order, add up to the whole.
    pub fn exhaustive_over(
        &self,
        workloads: Vec<Workload>,
        part: Range<usize>,
        depth: Depth,
        (stop, progress): (&(dyn Fn() -> bool + Sync), &(dyn Fn(u64) + Sync)),
    ) -> Exhaustive {
        let known = if depth.persistent { self.decided(&workloads) } else { BTreeSet::new() };
        let exploration = self.search((&workloads, &known), part, depth, (stop, progress));
        Exhaustive { workloads, exploration }
    }

    /// The same up to the first workload in which something breaks. What was searched beside it, by other threads, does not
    /// count, so that their number shows nowhere.
    pub fn exhaustive_until_broken(
        &self,
        workloads: Vec<Workload>,
        part: Range<usize>,
        depth: Depth,
        hooks: (&(dyn Fn() -> bool + Sync), &(dyn Fn(u64) + Sync)),
    ) -> Exhaustive {
        let known = if depth.persistent { self.decided(&workloads) } else { BTreeSet::new() };
        let search = |part| self.search((&workloads, &known), part, Depth { jobs: 1, ..depth }, hooks);
        let mut exploration = search(part.start..part.start);
        let mut next = part.start;
        while next < part.end && !exploration.broke() {
            let beside = next..part.end.min(next + depth.jobs.max(1));
            let found: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = beside.map(|one| scope.spawn(move || search(one..one + 1))).collect();
                let join = |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                threads.into_iter().map(join).collect()
            });
            for one in found {
                if !exploration.broke() {
                    exploration.merge(one);
                    next += 1;
                }
            }
        }
        if next < part.end {
            exploration.cut_off();
        }
        Exhaustive { workloads, exploration }
    }

    /// Searches a block of workloads. What the first workload decides about is tried to the end there. In the others it is what
    /// is new in them: undoing, and what a command or a flaw brings about.
    fn search(
        &self,
        (workloads, known): (&[Workload], &BTreeSet<(SiteId, u64)>),
        part: Range<usize>,
        depth: Depth,
        (stop, progress): (&(dyn Fn() -> bool + Sync), &(dyn Fn(u64) + Sync)),
    ) -> Exploration<Tally> {
        let kinds = self.profile.kinds().fold(0_u64, |mask, kind| mask | 1 << kind.0);
        let single = workloads.iter().filter(|workload| workload.orders.len() == 1).count();
        let from = part.start;
        let prepare = |i: usize, world: &mut sim_core::World<Scenario>| {
            world.ledger.workload.clone_from(&workloads[from + i]);
        };
        let search = Search {
            model: &self.scenario,
            workloads: part.len(),
            prepare: &prepare,
            faults: depth.faults,
            combined: single.saturating_sub(from),
            persistent: if depth.persistent { PERSISTENT } else { &[] },
            is_known: &|i, site, names| from + i > 0 && known.contains(&(site, names)),
            kinds,
            limits: Limits { from_calm: true, ..self.limits(u32::MAX, true) },
            jobs: depth.jobs,
            exact: depth.exact,
            stop,
            progress,
        };
        let mut found =
            explore(&search, || Tally::new(&self.scenario), |tally, world, outcome| tally.add(world, outcome, 0));
        for level in found.levels.iter_mut().chain([&mut found.persistent]) {
            level.breaking.iter_mut().for_each(|breaking| breaking.workload += from);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::testing::{patched, search, simulation};
    use crate::definition::{Defect, Set};
    use sim_core::World;

    #[test]
    fn the_points_of_single_faults_are_those_that_the_fault_free_runs_log() {
        for scenario in ["order-fulfilment", "quote-to-order"] {
            let simulation = simulation(scenario, &[]);
            let kinds = simulation.profile.kinds().fold(0_u64, |mask, kind| mask | 1 << kind.0);
            let sites = &simulation.scenario.sites.sites;
            let logged: usize = simulation
                .workloads()
                .into_iter()
                .map(|workload| {
                    let run = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: true };
                    let points = simulation.points(&run);
                    let on = |point: &&Point| {
                        (0..32_u8).any(|value| {
                            let kind = sites.kind(point.site, value).filter(|_| point.allowed & 1 << value != 0);
                            kind.is_some_and(|kind| kinds & 1 << kind.0 != 0)
                        })
                    };
                    points.iter().filter(on).count()
                })
                .sum();
            assert!(logged > 500, "{scenario}: {logged}");
            let found = search(&simulation, 1, 2, false);
            assert_eq!(found.exploration.levels[1].points, logged as u64, "{scenario}");
            assert!(found.exploration.levels[1].complete);
        }
    }

    /// What a node did outside of its calls would show here, and what a copy kept that it should not have.
    #[test]
    fn the_digest_of_nodes_that_were_called_is_that_of_all() {
        for scenario in ["order-fulfilment", "quote-to-order"] {
            let simulation = simulation(scenario, &[]);
            let (mut worker, mut copy) = (simulation.worker(), World::default());
            let (mut scratch, mut events) = (Vec::new(), 0);
            for index in 0..40 {
                let limits = simulation.prepare(&mut worker, 7, index);
                worker.world.reset(&simulation.scenario);
                while worker.world.step(&simulation.scenario, &mut worker.choices, &mut ()) {
                    if worker.choices.is_open() && worker.world.events() >= limits.chaos_events {
                        worker.world.heal(&simulation.scenario, &mut worker.choices, &mut (), limits.dead_stay);
                    }
                    if worker.world.events() % 16 == 0 {
                        copy.clone_from(&worker.world);
                    }
                    if worker.world.events() % 3 == 0 {
                        let called = worker.world.digest_of_called(&mut scratch);
                        assert_eq!(called, worker.world.digest(&mut scratch), "{scenario}, run {index}");
                    }
                    if worker.world.events() % 16 == 15 {
                        std::mem::swap(&mut copy, &mut worker.world);
                        worker.world.clone_from(&copy);
                    }
                }
                events += worker.world.events();
            }
            assert!(events > 4_000, "{scenario}: {events}");
        }
    }

    /// A plan that is covered has the verdict of the plan that covers it, and a breaking set fails when it is replayed.
    #[test]
    fn covered_plans_have_the_verdict_of_what_covers_them() {
        for (sets, full_length) in [
            ("participants.billing.operations.charge.dedup.by=none", false),
            ("platform.outbox.mark=before-publish", false),
            // A consumer must stand still for longer than is usual.
            ("platform.broker.onNoSubscriber=drop", true),
        ] {
            let sets = &[sets][..];
            let simulation = simulation("cancel-after-reservation", sets);
            let (merged, exact) = (search(&simulation, 1, 1, false), search(&simulation, 1, 1, true));
            let (merged_level, exact_level) = (&merged.exploration.levels[1], &exact.exploration.levels[1]);
            assert_eq!(merged_level.run + merged_level.equal + merged_level.rejoined, exact_level.run, "{sets:?}");
            assert!(merged_level.run < exact_level.run, "{sets:?}");
            assert!(exact_level.broken > 0, "{sets:?}");
            assert_eq!(merged_level.broken, exact_level.broken, "{sets:?}");
            let is_longer = |breaking: &Breaking| breaking.choices.iter().any(|choice| choice.span);
            assert_eq!(exact_level.breaking.iter().all(is_longer), full_length, "{sets:?}");
            let mut worker = simulation.replayer();
            for breaking in &exact_level.breaking {
                let recording = exact.recording(breaking);
                let outcome = simulation.replay(&mut worker, &recording, &mut ());
                assert_eq!(outcome.violation, Some(breaking.violation), "{sets:?}");
                let plan = simulation.plan_of(&recording).expect("its choices are points");
                let again = simulation.recording_of(breaking.workload, &plan).expect("the plan fits");
                assert_eq!(again, recording, "{sets:?}");
            }
        }
    }

    /// What is owed in a plan is owed from its last fault on: that it is late shows although nothing is left to happen.
    #[test]
    fn a_plan_in_which_something_comes_late_breaks_and_its_replay_too() {
        let text = include_str!("../../catalog/defects/one-question-and-no-more.yaml");
        let defect = Defect::load("one-question-and-no-more", text).expect("a bundled defect");
        let sets: Vec<Set> = defect.set.iter().map(|set| set.value.clone()).collect();
        let mut simulation = patched(&defect.scenario.value, &sets);
        simulation.profile = fault_models::Profile::new("needs");
        for slug in ["http-500", "response-lost"] {
            simulation.profile.set(slug, 100, 4).expect("a kind");
        }
        let depth = Depth { faults: 2, persistent: false, jobs: 2, exact: false };
        let found = simulation.exhaustive_over(simulation.workloads(), 0..1, depth, (&|| false, &|_| ()));
        let [none, one, two] = &found.exploration.levels[..] else { panic!("three levels") };
        assert_eq!((none.broken, one.broken), (0, 0));
        let breaking = two.breaking.first().expect("two faults break it");
        let due = breaking.violation.due.expect("something was owed");
        let outcome = simulation.replay(&mut simulation.replayer(), &found.recording(breaking), &mut ());
        assert_eq!(outcome.violation, Some(breaking.violation));
        assert!(due < outcome.healed, "due {due} and still open at the end, {}", outcome.healed);
    }

    #[test]
    fn a_workload_that_never_ends_is_told_once() {
        let simulation = simulation("cancel-after-reservation", &["platform.outbox.mark=never"]);
        let found = search(&simulation, 1, 1, false);
        let [none, one] = &found.exploration.levels[..] else { panic!("two levels") };
        assert_eq!((none.run, none.broken), (1, 1));
        assert_eq!((one.points, one.run), (0, 0));
    }

    #[test]
    fn searches_over_blocks_of_workloads_add_up_to_the_whole() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let whole = search(&simulation, 1, 2, false);
        assert!(whole.exploration.levels[1].broken > 0);
        let count = whole.workloads.len();
        for of in [2, 50] {
            let mut parts = (0..of).map(|i| {
                let part = i * count / of..(i + 1) * count / of;
                let depth = Depth { faults: 1, persistent: false, jobs: 1, exact: false };
                simulation.exhaustive_over(simulation.workloads(), part, depth, (&|| false, &|_| ())).exploration
            });
            let mut sum = parts.next().expect("one part at least");
            parts.for_each(|part| sum.merge(part));
            assert_eq!(sum.levels, whole.exploration.levels, "in {of} parts");
            assert_eq!(sum.tally.fingerprint, whole.exploration.tally.fingerprint, "in {of} parts");
            assert_eq!(sum.tally.cells, whole.exploration.tally.cells, "in {of} parts");
        }
    }

    #[test]
    fn a_search_until_something_breaks_ends_with_that_workload() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let depth = |jobs| Depth { faults: 1, persistent: true, jobs, exact: false };
        let until = |part, jobs| {
            let workloads = simulation.workloads();
            simulation.exhaustive_until_broken(workloads, part, depth(jobs), (&|| false, &|_| ())).exploration
        };
        let count = simulation.workloads().len();
        let (one, three) = (until(0..count, 1), until(0..count, 3));
        assert!(one.broke() && !one.levels[1].complete && !one.persistent.complete);
        assert_eq!((&one.levels, &one.persistent), (&three.levels, &three.persistent));
        assert_eq!(one.tally.fingerprint, three.tally.fingerprint);
        let last = one.all().flat_map(|level| &level.breaking).map(|breaking| breaking.workload).max();
        let last = last.expect("a set that breaks something");
        let whole = simulation.exhaustive_over(simulation.workloads(), 0..last + 1, depth(2), (&|| false, &|_| ()));
        assert_eq!(whole.exploration.tally.fingerprint, one.tally.fingerprint);
        assert!(until(0..last + 1, 2).levels[1].complete && last + 1 < count);
    }

    /// Of two orders hardly anything is decided that is not decided of one.
    #[test]
    fn persistent_faults_are_tried_where_they_are_new() {
        let simulation = simulation("order-fulfilment", &[]);
        let workloads = simulation.workloads();
        let tried = |workload: usize| {
            let depth = Depth { faults: 1, persistent: true, jobs: 1, exact: false };
            let part = workload..workload + 1;
            let found = simulation.exhaustive_over(workloads.clone(), part, depth, (&|| false, &|_| ()));
            found.exploration.persistent.points
        };
        let (one, two) = (tried(0), tried(workloads.len() - 1));
        assert!(one > 100 && two < 10, "{one} and {two}");
    }

    #[test]
    fn the_number_of_threads_shows_nowhere() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let (one, three) = (search(&simulation, 1, 1, false), search(&simulation, 1, 3, false));
        assert_eq!(one.exploration.levels, three.exploration.levels);
        assert_eq!(one.exploration.tally.fingerprint, three.exploration.tally.fingerprint);
        assert_eq!(one.exploration.tally.cells, three.exploration.tally.cells);
    }
}
