//! Exhaustive search: every way to inject up to k faults into a workload, each tried or covered by one that was.
//!
//! The search copies the world *before an event*, runs the event and notes the decisions that could have gone
//! otherwise, then goes back and takes each of the alternatives in turn. An alternative whose world equals one that was
//! seen needs no run of its own: *equal* to another alternative, or *rejoined* the fault-free run. Latencies are nominal
//! throughout, so what differs between two plans are their faults alone. A fault that lasts goes as far as is usual; single
//! faults are tried at their full length, too.
//!
//! Workloads and first faults are the units of work. Each unit is searched by one thread and depends on nothing that
//! another thread found, so that counts and sets are the same with any number of threads.

mod explorer;
mod persistent;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::campaign::Tally;
use crate::choices::{Choice, Latency, SiteId, Subject};
use crate::domain::Domain;
use crate::hash::Digest;
use crate::invariant::Violation;
use crate::run::{Limits, Outcome};
use crate::world::World;
use explorer::Explorer;

/// The most faults at once.
pub const FAULTS_MAX: usize = 8;

/// What is searched, and how.
pub struct Search<'a, D: Domain> {
    /// The system.
    pub model: &'a D,
    /// How many workloads there are.
    pub workloads: usize,
    /// Puts a workload into a world, before it is reset.
    pub prepare: &'a (dyn Fn(usize, &mut World<D>) + Sync),
    /// Up to so many faults at once.
    pub faults: usize,
    /// In so many workloads, the first ones; in the others single faults only.
    pub combined: usize,
    /// A single fault is tried as a persistent one, too, that comes again up to so many times, for each of these in rising order.
    pub persistent: &'a [u16],
    /// Whether the persistent faults of this site and these names need not be tried in a workload.
    pub is_known: &'a (dyn Fn(usize, SiteId, u64) -> bool + Sync),
    /// The kinds of fault that may be injected, as a mask.
    pub kinds: u64,
    /// The bounds of each run.
    pub limits: Limits,
    /// Over how many threads.
    pub jobs: usize,
    /// Whether every plan is run, also where an equal world was seen.
    pub exact: bool,
    /// Asked before each plan: whether to stop where the search stands.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told of each plan that was run, with the events that happened in this thread's worlds since it was told last.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Choices that break something; none of them can be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaking {
    /// In this workload.
    pub workload: usize,
    /// The faults in the order of their events, each with its length if that is not the usual one; none: the workload breaks
    /// without any.
    pub choices: Vec<Choice>,
    /// What breaks first.
    pub violation: Violation,
    /// Its cause, as [`Domain::cause`] tells failures apart.
    pub cause: u64,
}

/// The same fault at its full length: the choice to add for that, where it comes again sooner or later, is over sooner or
/// later. `None` for a fault that has no length, or one that hardly varies.
pub fn at_full_length<D: Domain>(model: &D, fault: &Choice) -> Option<Choice> {
    let (subject, extent) = model.extents().length(model.sites(), fault)?;
    let varies = matches!(extent, Latency::Percentiles { .. });
    varies.then(|| Choice { subject, value: extent.at(u64::MAX).0, span: true, ..*fault })
}

/// What the search found with exactly so many faults at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Decisions that could have gone otherwise, in runs with one fault less.
    pub points: u64,
    /// The ways in which they could.
    pub alternatives: u64,
    /// Alternatives that differ in effect, one of each was run.
    pub classes: u64,
    /// Plans that were run to their end.
    pub run: u64,
    /// Plans that are covered since an equal world was explored.
    pub equal: u64,
    /// Plans that are covered since the world came back to that of the fault-free run. Where more than one fault is still
    /// to come, they are counted over the points of the fault-free run.
    pub rejoined: u64,
    /// Plans, run or covered, that break something and contain no smaller set that does.
    pub broken: u64,
    /// The sets that break something: the first [`BREAKING_MAX`] of them, and beyond these the first of each cause. Of three faults
    /// and more, sets that contain a smaller one are dropped from that.
    pub breaking: Vec<Breaking>,
    /// Whether all plans were run or covered.
    pub complete: bool,
}

/// So many breaking sets are listed, whatever their cause.
pub const BREAKING_MAX: usize = 1_000;

impl Level {
    fn add(&mut self, other: &Self, times: u64) {
        let covered = [other.run, other.equal, other.rejoined].into_iter().fold(0, u64::saturating_add);
        let sum = |mine: &mut u64, more: u64, times: u64| *mine = mine.saturating_add(more.saturating_mul(times));
        sum(&mut self.points, other.points, times);
        sum(&mut self.alternatives, other.alternatives, times);
        sum(&mut self.classes, other.classes, 1);
        sum(&mut self.run, other.run, 1);
        sum(&mut self.equal, other.equal, 1);
        sum(&mut self.equal, covered, times - 1);
        sum(&mut self.rejoined, other.rejoined, 1);
        sum(&mut self.broken, other.broken, times);
        other.breaking.iter().for_each(|breaking| self.list(breaking.clone()));
        self.complete &= other.complete;
    }

    /// Lists a set, if there is room or its cause is a new one. Lists that are put together in order, however they were cut,
    /// make the same list.
    pub fn list(&mut self, breaking: Breaking) {
        if self.breaking.len() < BREAKING_MAX || self.breaking.iter().all(|known| known.cause != breaking.cause) {
            self.breaking.push(breaking);
        }
    }

    /// Plans that were run or covered and broke nothing.
    #[must_use]
    pub fn survived(&self) -> u64 {
        let plans = [self.run, self.equal, self.rejoined].into_iter().fold(0, u64::saturating_add);
        plans.saturating_sub(self.broken)
    }

    /// Plans that break something and are not in the list.
    #[must_use]
    pub fn unlisted(&self) -> u64 {
        self.broken.saturating_sub(self.breaking.len() as u64)
    }
}

/// What an exhaustive search found.
#[derive(Clone, Debug)]
pub struct Exploration<T> {
    /// By number of faults, from none.
    pub levels: Vec<Level>,
    /// Single faults that come again whenever the same is decided about the same thing.
    pub persistent: Level,
    /// What was added up over all plans that were run.
    pub tally: T,
}

impl<T> Exploration<T> {
    /// All that breaking sets are listed in: by number of faults, then the persistent ones.
    pub fn all(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().chain([&self.persistent])
    }

    /// Whether any plan breaks something, or the run without faults does.
    #[must_use]
    pub fn broke(&self) -> bool {
        self.all().any(|level| level.broken > 0)
    }

    /// Notes that workloads are left out.
    pub fn cut_off(&mut self) {
        self.levels.iter_mut().skip(1).chain([&mut self.persistent]).for_each(|level| level.complete = false);
    }
}

impl<T: Tally> Exploration<T> {
    /// Adds a search over other workloads.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
            mine.add(theirs, 1);
        }
        self.persistent.add(&other.persistent, 1);
        self.tally.merge(other.tally);
    }
}

/// The fault-free run of a workload.
#[derive(Default)]
struct Baseline {
    /// After which step a world of this digest stands.
    steps: HashMap<u64, u32, BuildHasherDefault<Digest>>,
    /// By number of faults, the plans over the points of the steps from each on.
    plans: Vec<[u64; FAULTS_MAX + 1]>,
    violation: Option<Violation>,
}

/// The first of alternatives that are equal.
#[derive(Clone)]
struct First {
    choice: Choice,
    /// The step at whose event it was made.
    step: u32,
    /// The points of that event up to it are decided.
    decided: usize,
    /// How many alternatives are equal to it.
    times: u64,
}

/// A workload after the search for single faults.
struct Root {
    workload: usize,
    baseline: Baseline,
    firsts: Vec<First>,
    /// Steps at which single faults rejoined the fault-free run.
    rejoined: Vec<u32>,
    broken: BTreeSet<(SiteId, Subject, u64)>,
    levels: Vec<Level>,
    persistent: Level,
    /// The persistent faults that were tried, by site, names and value.
    tried: BTreeSet<(SiteId, u64, u64)>,
}

/// What is known of a world by its digest.
#[derive(Clone)]
struct Seen {
    violation: Option<Violation>,
    /// Index of the first alternative that led here.
    first: usize,
    /// What its plans come to, by number of further faults.
    levels: Vec<Level>,
}

/// Searches, and adds up what `visit` sees at the end of each run.
pub fn explore<D: Domain, T: Tally>(
    search: &Search<'_, D>,
    new: impl Fn() -> T + Sync,
    visit: impl Fn(&mut T, &World<D>, &Outcome) + Sync,
) -> Exploration<T> {
    assert!(search.faults <= FAULTS_MAX, "at most {FAULTS_MAX} faults at once");
    let worker = || Explorer::new(search, &visit, new());
    let (mut roots, mut tally) = over(search, search.workloads, &worker, Explorer::root);
    if search.faults > 1 {
        let units: Vec<(usize, usize)> = roots
            .iter()
            .enumerate()
            .take(search.combined)
            .flat_map(|(r, root)| (0..root.firsts.len()).map(move |f| (r, f)))
            .collect();
        let (found, more) = over(search, units.len(), &worker, |explorer, i| {
            let (root, first) = units[i];
            explorer.unit(&roots[root], &roots[root].firsts[first])
        });
        tally.merge(more);
        for (&(root, first), found) in units.iter().zip(&found) {
            let root = &mut roots[root];
            let times = root.firsts[first].times;
            root.levels.iter_mut().zip(found).skip(2).for_each(|(sum, level)| sum.add(level, times));
        }
        roots.iter_mut().take(search.combined).for_each(Root::close);
    }
    // Each workload is closed before it is added, so that searches over parts of the workloads add up to the whole.
    let mut levels = vec![Level { complete: true, ..Level::default() }; search.faults + 1];
    let mut persistent = Level { complete: true, ..Level::default() };
    for root in &roots {
        persistent.add(&root.persistent, 1);
        levels.iter_mut().zip(&root.levels).for_each(|(sum, level)| sum.add(level, 1));
    }
    Exploration { levels, persistent, tally }
}

/// Does `units` units of work over the threads of the search; results stand in the order of the units. The last are begun
/// first: among workloads these are the greatest, which nobody should be left alone with at the end.
fn over<'a, D: Domain, T: Tally, V, R: Send>(
    search: &Search<'_, D>,
    units: usize,
    worker: &(impl Fn() -> Explorer<'a, D, T, V> + Sync),
    one: impl Fn(&mut Explorer<'a, D, T, V>, usize) -> R + Sync,
) -> (Vec<R>, T)
where
    V: Fn(&mut T, &World<D>, &Outcome) + 'a,
{
    let next = AtomicUsize::new(0);
    let work = || {
        let mut explorer = worker();
        let mut done = Vec::new();
        loop {
            let Some(i) = units.checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) else {
                return (done, explorer.tally);
            };
            done.push((i, one(&mut explorer, i)));
        }
    };
    let (mut done, tally) = std::thread::scope(|scope| {
        let others: Vec<_> = (1..search.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let (mut done, mut tally) = work();
        for other in others {
            match other.join() {
                Ok((theirs, more)) => {
                    done.extend(theirs);
                    tally.merge(more);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (done, tally)
    });
    done.sort_by_key(|(i, _)| *i);
    (done.into_iter().map(|(_, result)| result).collect(), tally)
}

fn identity(choice: &Choice) -> (SiteId, Subject, u64) {
    (choice.site, choice.subject, choice.value)
}

impl Root {
    /// Counts what rejoined, and drops the sets that contain a smaller one.
    fn close(&mut self) {
        for step in std::mem::take(&mut self.rejoined) {
            for (faults, level) in self.levels.iter_mut().enumerate().skip(2) {
                level.rejoined = level.rejoined.saturating_add(self.baseline.plans_from(step, faults - 1));
            }
        }
        for faults in 2..self.levels.len() {
            let (smaller, rest) = self.levels.split_at_mut(faults);
            let level = &mut rest[0];
            let before = level.breaking.len();
            level.breaking.retain(|set| {
                let contains = |small: &Breaking| {
                    small.choices.iter().all(|a| set.choices.iter().any(|b| identity(a) == identity(b)))
                };
                !smaller.iter().flat_map(|level| &level.breaking).any(contains)
            });
            level.broken -= (before - level.breaking.len()) as u64;
        }
    }
}

impl Baseline {
    /// The plans of so many faults over the points of the steps after this one.
    fn plans_from(&self, step: u32, faults: usize) -> u64 {
        self.plans.get(step as usize + 1).map_or(0, |plans| plans[faults])
    }

    /// Counts plans from the back: with the alternatives of each point, by number of faults.
    fn count(&mut self, alternatives: &[Vec<u64>]) {
        let mut sums = [0_u64; FAULTS_MAX + 1];
        sums[0] = 1;
        self.plans = vec![sums; alternatives.len() + 1];
        for (step, points) in alternatives.iter().enumerate().rev() {
            for &ways in points {
                for faults in (1..=FAULTS_MAX).rev() {
                    sums[faults] = sums[faults].saturating_add(sums[faults - 1].saturating_mul(ways));
                }
            }
            self.plans[step] = sums;
        }
    }
}
