//! One thread's search of a unit: a workload with its single faults, or all plans that begin with one of these.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;

use super::{Baseline, Breaking, First, Level, Root, Search, Seen, at_full_length, identity};
use crate::campaign::Tally;
use crate::choices::{Choice, Choices, Point, Settings, VALUES_MAX};
use crate::domain::Domain;
use crate::hash::{Digest, mix};
use crate::invariant::Violation;
use crate::run::{End, Outcome, resume};
use crate::world::World;

struct Frame<D: Domain> {
    at: World<D>,
    before: World<D>,
    points: Vec<Point>,
}

impl<D: Domain> Default for Frame<D> {
    fn default() -> Self {
        Self { at: World::default(), before: World::default(), points: Vec::new() }
    }
}

/// What is known of a world in which a fault was just taken.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    /// Its digest. What rejoins the fault-free run owes no earlier than that does.
    world: u64,
    /// The same with the moment from which on it owes what it owes.
    owing: u64,
}

/// The buffers of a thread.
pub(super) struct Explorer<'a, D: Domain, T, V> {
    pub(super) search: &'a Search<'a, D>,
    visit: &'a V,
    pub(super) tally: T,
    pub(super) choices: Choices,
    frames: Vec<Frame<D>>,
    pub(super) path: Vec<Choice>,
    scratch: Vec<(u64, u64, u64)>,
    workload: usize,
    /// Whether the first fault of the run that was finished last could come again.
    wanted: bool,
    /// Events that nobody was told of.
    events: u64,
    seen: HashMap<u64, Seen, BuildHasherDefault<Digest>>,
}

impl<'a, D: Domain, T: Tally, V: Fn(&mut T, &World<D>, &Outcome)> Explorer<'a, D, T, V> {
    pub(super) fn new(search: &'a Search<'a, D>, visit: &'a V, tally: T) -> Self {
        Self {
            search,
            visit,
            tally,
            choices: Choices::random(0, Settings::none(search.model.sites())),
            frames: (0..=search.faults + 1).map(|_| Frame::default()).collect(),
            path: Vec::new(),
            scratch: Vec::new(),
            workload: 0,
            wanted: false,
            events: 0,
            seen: HashMap::default(),
        }
    }

    fn levels(&self) -> Vec<Level> {
        vec![Level { complete: true, ..Level::default() }; self.search.faults + 1]
    }

    fn start(&mut self, workload: usize) {
        self.workload = workload;
        self.path.clear();
        self.seen.clear();
        let world = &mut self.frames[0].at;
        (self.search.prepare)(workload, world);
        world.reset(self.search.model);
    }

    /// A set that breaks something.
    pub(super) fn breaking(&self, workload: usize, choices: Vec<Choice>, violation: Violation) -> Breaking {
        Breaking { workload, choices, violation, cause: self.search.model.cause(&violation) }
    }

    /// The values of a point that may be taken.
    fn values(&self, point: &Point) -> impl Iterator<Item = u8> + use<D, T, V> {
        let sites = self.search.model.sites();
        let (site, allowed, kinds) = (point.site, point.allowed, self.search.kinds);
        let mask = (0..VALUES_MAX as u8)
            .filter(|v| allowed & 1 << v != 0 && sites.kind(site, *v).is_some_and(|kind| kinds & 1 << kind.0 != 0))
            .fold(0_u32, |mask, v| mask | 1 << v);
        (0..VALUES_MAX as u8).filter(move |v| mask & 1 << v != 0)
    }

    /// Searches a workload without faults and with single ones.
    pub(super) fn root(&mut self, workload: usize) -> Root {
        let mut root = Root {
            workload,
            baseline: self.baseline(workload),
            firsts: Vec::new(),
            rejoined: Vec::new(),
            broken: BTreeSet::new(),
            levels: self.levels(),
            persistent: Level { complete: true, ..Level::default() },
            tried: BTreeSet::new(),
        };
        root.levels[0].run = 1;
        if let Some(violation) = root.baseline.violation {
            root.levels[0].broken = 1;
            let breaking = self.breaking(workload, Vec::new(), violation);
            root.levels[0].breaking.push(breaking);
            return root;
        }
        if self.search.faults > 0 {
            self.start(workload);
            self.singles(&mut root);
        }
        root
    }

    /// The fault-free run. One that breaks is not gone over again: it may be one that never ends.
    fn baseline(&mut self, workload: usize) -> Baseline {
        self.start(workload);
        self.choices.fork(&[], false);
        let outcome = self.resume(0);
        self.visit_end(0, &outcome);
        let mut baseline = Baseline { violation: outcome.violation, ..Baseline::default() };
        if outcome.violation.is_some() {
            return baseline;
        }
        self.start(workload);
        let mut alternatives: Vec<Vec<u64>> = Vec::new();
        while self.advance(0) {
            let digest = self.frames[0].at.digest_of_called(&mut self.scratch);
            baseline.steps.insert(digest, alternatives.len() as u32);
            let points = &self.frames[0].points;
            alternatives.push(points.iter().map(|point| self.values(point).count() as u64).collect());
        }
        baseline.count(&alternatives);
        baseline
    }

    /// Lets the next event of a frame's world happen.
    fn step(&mut self, depth: usize) -> bool {
        let world = &mut self.frames[depth].at;
        let before = world.events();
        let went = world.step(self.search.model, &mut self.choices, &mut ());
        self.events += u64::from(world.events() - before);
        went
    }

    /// Lets all events of a frame's world happen that are to come.
    pub(super) fn resume(&mut self, depth: usize) -> Outcome {
        let (model, limits) = (self.search.model, &self.search.limits);
        let world = &mut self.frames[depth].at;
        let before = world.events();
        let outcome = resume(model, world, &mut self.choices, limits, &mut ());
        self.events += u64::from(outcome.events - before);
        outcome
    }

    /// Adds a finished run, whose world stands in this frame. The faults of the path were taken before the run was gone on
    /// with, so its outcome does not count them yet.
    pub(super) fn visit_end(&mut self, depth: usize, outcome: &Outcome) {
        let mut injected = outcome.injected;
        let sites = self.search.model.sites();
        for choice in self.path.iter().filter(|choice| !choice.span) {
            let kind = sites.kind(choice.site, choice.value as u8).expect("a planned choice injects a fault");
            injected[usize::from(kind.0)] += 1;
        }
        (self.search.progress)(std::mem::take(&mut self.events));
        (self.visit)(&mut self.tally, &self.frames[depth].at, &Outcome { injected, ..outcome.clone() });
    }

    /// Takes every alternative of the fault-free run.
    fn singles(&mut self, root: &mut Root) {
        let mut step = 0;
        loop {
            if !self.advance(0) {
                return;
            }
            for i in 0..self.frames[0].points.len() {
                let point = self.frames[0].points[i];
                root.levels[1].points += u64::from(self.values(&point).next().is_some());
                for value in self.values(&point) {
                    if (self.search.stop)() {
                        root.levels[1].complete = false;
                        root.persistent.complete = false;
                        return;
                    }
                    root.levels[1].alternatives += 1;
                    let choice = choice(&point, value);
                    let classes = root.firsts.len();
                    self.path.push(choice);
                    let broke = self.single(root, First { choice, step, decided: i + 1, times: 1 });
                    if root.firsts.len() > classes && self.wanted {
                        self.persistent(root);
                    }
                    let longer = at_full_length(self.search.model, &choice).filter(|_| !broke);
                    if let Some(length) = longer {
                        root.levels[1].alternatives += 1;
                        self.path.push(length);
                        self.at_length(root);
                        self.path.pop();
                    }
                    self.path.pop();
                }
            }
            step += 1;
        }
    }

    /// A single fault; true if it breaks something.
    fn single(&mut self, root: &mut Root, first: First) -> bool {
        let taken = self.take(0);
        let level = &mut root.levels[1];
        let merged = taken.filter(|_| !self.search.exact);
        if let Some(&step) = merged.and_then(|taken| root.baseline.steps.get(&taken.world)) {
            level.rejoined += 1;
            root.rejoined.push(step);
            return false;
        }
        if let Some(seen) = merged.and_then(|taken| self.seen.get(&taken.owing)) {
            level.equal += 1;
            if let Some(violation) = seen.violation {
                level.broken += 1;
                root.broken.insert(identity(&first.choice));
                level.list(self.breaking(root.workload, vec![first.choice], violation));
            } else {
                root.firsts[seen.first].times += 1;
            }
            return seen.violation.is_some();
        }
        level.classes += 1;
        level.run += 1;
        self.watch(root, &first.choice);
        let violation = self.finish(1);
        let level = &mut root.levels[1];
        if let Some(taken) = taken {
            self.seen.insert(taken.owing, Seen { violation, first: root.firsts.len(), levels: Vec::new() });
        }
        if let Some(violation) = violation {
            level.broken += 1;
            root.broken.insert(identity(&first.choice));
            level.list(self.breaking(root.workload, vec![first.choice], violation));
        } else {
            root.firsts.push(first);
        }
        violation.is_some()
    }

    /// A single fault at its full length. Further faults are not combined with it.
    fn at_length(&mut self, root: &mut Root) {
        let merged = self.take(0).filter(|_| !self.search.exact);
        let level = &mut root.levels[1];
        if merged.is_some_and(|taken| root.baseline.steps.contains_key(&taken.world)) {
            level.rejoined += 1;
            return;
        }
        let seen = merged.and_then(|taken| self.seen.get(&taken.owing)).map(|seen| seen.violation);
        level.equal += u64::from(seen.is_some());
        level.classes += u64::from(seen.is_none());
        level.run += u64::from(seen.is_none());
        if let Some(violation) = seen.unwrap_or_else(|| self.finish(1)) {
            level.broken += 1;
            level.list(self.breaking(root.workload, self.path.clone(), violation));
        }
    }

    /// Searches the plans that begin with this fault.
    pub(super) fn unit(&mut self, root: &Root, first: &First) -> Vec<Level> {
        self.start(root.workload);
        self.choices.fork(&[], false);
        for _ in 0..first.step {
            self.step(0);
        }
        let (frame, rest) = self.frames.split_at_mut(1);
        rest[0].at.clone_from(&frame[0].at);
        self.path.push(first.choice);
        let mut levels = self.levels();
        self.expand(root, 1, first.decided, &mut levels);
        levels
    }

    /// Notes the world before the next event, then lets the event happen and notes its points.
    fn advance(&mut self, depth: usize) -> bool {
        let frame = &mut self.frames[depth];
        frame.at.know_nodes();
        frame.before.clone_from(&frame.at);
        self.choices.fork(&self.path, true);
        let went = self.step(depth);
        let frame = &mut self.frames[depth];
        frame.points.clear();
        frame.points.extend_from_slice(self.choices.points());
        went && frame.at.verdicts.violations.is_empty() && frame.at.events() < self.search.limits.events
    }

    /// Goes back before the event of frame `depth` and lets it happen under the path; what comes of it stands in the next
    /// frame. Gives its digests, unless something broke on the spot.
    pub(super) fn take(&mut self, depth: usize) -> Option<Taken> {
        let (lower, upper) = self.frames.split_at_mut(depth + 1);
        let world = &mut upper[0].at;
        world.clone_from(&lower[depth].before);
        self.choices.fork(&self.path, false);
        self.step(depth + 1);
        self.choices.fork(&[], false);
        let world = &mut self.frames[depth + 1].at;
        if !world.verdicts.violations.is_empty() {
            return None;
        }
        let digest = world.digest_of_called(&mut self.scratch);
        Some(Taken { world: digest, owing: mix(digest, world.calm().0) })
    }

    /// Runs the world of a frame to its end.
    fn finish(&mut self, depth: usize) -> Option<Violation> {
        let world = &self.frames[depth].at;
        let outcome = match world.verdicts.violations.first().copied() {
            Some(violation) => Outcome {
                end: End::Violation,
                at_rest: false,
                violation: Some(violation),
                fingerprint: world.fingerprint(),
                events: world.events(),
                time: world.now,
                healed: world.healed,
                injected: *self.choices.injected(),
                effective: *world.effective(),
            },
            None => self.resume(depth),
        };
        self.visit_end(depth, &outcome);
        self.wanted = self.choices.is_wanted();
        self.choices.fork(&[], false);
        outcome.violation
    }

    /// Takes every alternative after the last choice of the path, in the world of frame `depth`, which stands before the
    /// event of that choice; the first `decided` points of this event are taken.
    fn expand(&mut self, root: &Root, depth: usize, mut decided: usize, levels: &mut [Level]) {
        let faults = depth + 1;
        let mut began = false;
        loop {
            if !self.advance(depth) {
                return;
            }
            for i in decided..self.frames[depth].points.len() {
                let point = self.frames[depth].points[i];
                levels[faults].points += u64::from(self.values(&point).next().is_some());
                for value in self.values(&point) {
                    let choice = choice(&point, value);
                    if root.broken.contains(&identity(&choice)) {
                        continue;
                    }
                    if (self.search.stop)() {
                        levels.iter_mut().skip(faults).for_each(|level| level.complete = false);
                        return;
                    }
                    levels[faults].alternatives += 1;
                    self.path.push(choice);
                    self.further(root, depth, i + 1, levels);
                    self.path.pop();
                }
            }
            decided = 0;
            if began && !self.search.exact {
                let digest = self.frames[depth].at.digest_of_called(&mut self.scratch);
                if let Some(&step) = root.baseline.steps.get(&digest) {
                    for (level, sum) in levels.iter_mut().enumerate().skip(faults) {
                        sum.rejoined = sum.rejoined.saturating_add(root.baseline.plans_from(step, level - depth));
                    }
                    return;
                }
            }
            began = true;
        }
    }

    /// One more fault, the last of the path: covered, or run to its end and expanded.
    fn further(&mut self, root: &Root, depth: usize, decided: usize, levels: &mut [Level]) {
        let faults = depth + 1;
        let taken = self.take(depth);
        if let Some(taken) = taken.filter(|_| !self.search.exact) {
            if let Some(&step) = root.baseline.steps.get(&taken.world) {
                levels[faults].rejoined += 1;
                for (level, sum) in levels.iter_mut().enumerate().skip(faults + 1) {
                    sum.rejoined = sum.rejoined.saturating_add(root.baseline.plans_from(step, level - faults));
                }
                return;
            }
            // Equal worlds stand at equal times, so those seen had their last fault at this event, too, and have been
            // searched with as many faults left or more only where they had as many before.
            if let Some(seen) = self.seen.get(&(taken.owing ^ faults as u64)) {
                levels[faults].equal += 1;
                if let Some(violation) = seen.violation {
                    levels[faults].broken += 1;
                    let breaking = self.breaking(root.workload, self.path.clone(), violation);
                    levels[faults].list(breaking);
                }
                for (sum, level) in levels.iter_mut().zip(&seen.levels).skip(faults + 1) {
                    let covered = [level.run, level.equal, level.rejoined];
                    sum.equal = covered.into_iter().fold(sum.equal, u64::saturating_add);
                    sum.broken = sum.broken.saturating_add(level.broken);
                }
                return;
            }
        }
        levels[faults].classes += 1;
        levels[faults].run += 1;
        let more = self.search.faults > faults;
        let violation = self.finish(depth + 1);
        let mut found = Vec::new();
        if let Some(violation) = violation {
            levels[faults].broken += 1;
            let breaking = self.breaking(root.workload, self.path.clone(), violation);
            levels[faults].list(breaking);
        } else if more {
            let (lower, upper) = self.frames.split_at_mut(depth + 1);
            upper[0].at.clone_from(&lower[depth].before);
            found = self.levels();
            self.expand(root, depth + 1, decided, &mut found);
            levels.iter_mut().zip(&found).skip(faults + 1).for_each(|(sum, level)| sum.add(level, 1));
        }
        if let Some(taken) = taken {
            self.seen.insert(taken.owing ^ faults as u64, Seen { violation, first: 0, levels: found });
        }
    }
}

fn choice(point: &Point, value: u8) -> Choice {
    Choice { site: point.site, subject: point.subject, value: value.into(), span: false, event: point.event }
}
