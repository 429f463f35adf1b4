//! What a campaign adds up. Every figure merges exactly over workers and shards: sums, minima, integer buckets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sim_core::campaign::{self, share};
use sim_core::{Domain, End, KINDS_MAX, Outcome, Standing, Time, Violation, World};

use super::fate::{self, FATES, Fate};
use super::money::MoneyCount;
use super::own::OwnCount;
use crate::cells::{Cells, Given};
use crate::metrics::Recorder;
use crate::replay::Signature;
use crate::scenario::Scenario;

/// Durations in fixed integer buckets: four to each doubling, from one millisecond. Percentiles come from the bucket
/// bounds, so they merge exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    #[serde(with = "super::stored::sparse")]
    buckets: [u64; 160],
    /// The largest value in microseconds.
    pub max: u64,
    /// How many values.
    pub count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [0; 160], max: 0, count: 0 }
    }
}

impl Histogram {
    /// Adds a value in microseconds.
    pub fn add(&mut self, micros: u64) {
        self.buckets[Self::bucket(micros)] += 1;
        self.max = self.max.max(micros);
        self.count += 1;
    }

    fn bucket(micros: u64) -> usize {
        let ms = micros / 1_000;
        if ms < 4 {
            return ms as usize;
        }
        let log = 63 - ms.leading_zeros() as usize;
        (log * 4 + (ms >> (log - 2) & 3) as usize - 4).min(159)
    }

    /// The upper bound of a bucket in milliseconds.
    fn bound(bucket: usize) -> u64 {
        if bucket < 4 {
            return bucket as u64;
        }
        let (log, quarter) = ((bucket + 4) / 4, (bucket % 4) as u64);
        (1 << log) + (quarter + 1) * (1 << (log - 2)) - 1
    }

    /// The value in milliseconds below which `percent` of all values lie: the bound of its bucket.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (i, n) in self.buckets.iter().enumerate() {
            seen += n;
            if seen >= rank && *n > 0 {
                return Some(Self::bound(i).min(self.max / 1_000));
            }
        }
        None
    }

    /// Whether it can be one, of so many values at most: what was read may be anything.
    #[must_use]
    pub fn is_sound(&self, most: u64) -> bool {
        let values = self.buckets.iter().try_fold(0_u64, |sum, bucket| sum.checked_add(*bucket));
        values == Some(self.count) && self.count <= most
    }

    /// Adds the values of another one.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.max = self.max.max(other.max);
        self.count += other.count;
    }
}

/// A distinct cause: an invariant and the saga step at which it broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// How many runs it broke.
    pub runs: u64,
    /// The first of them.
    pub index: u64,
    /// The one with the least in it, which is reduced and told.
    pub simplest: Failing,
    /// Its violation in the first.
    pub violation: Violation,
}

impl Cause {
    /// Adds what other runs broke for the same cause.
    fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.simplest = self.simplest.min(other.simplest);
        if other.index < self.index {
            (self.index, self.violation) = (other.index, other.violation);
        }
    }
}

/// A run that broke, by how much there is in it: the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failing {
    /// How many faults were injected.
    pub faults: u32,
    /// How many events there were.
    pub events: u32,
    /// Which run of the campaign it was.
    pub index: u64,
}

/// What the runs of a campaign add up to.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Events.
    pub events: u64,
    /// Virtual time in microseconds.
    pub virtual_us: u128,
    /// The wrapping sum of the runs' shares.
    pub fingerprint: u64,
    /// Faults injected, by kind.
    pub injected: [u64; KINDS_MAX],
    /// Faults with an effect, by kind.
    pub effective: [u64; KINDS_MAX],
    /// Which faults met the calls of which steps.
    pub cells: Cells,
    /// At which boundaries commands were given.
    pub given: Given,
    /// Runs without any fault.
    pub clean_runs: u64,
    /// By invariant: how often it had something to judge.
    pub judged: Vec<u64>,
    /// By rule of the designer's own: in how many runs it had something to judge, and broke.
    pub own: OwnCount,
    /// By invariant: how many runs it broke.
    pub broken: Vec<u64>,
    /// By invariant: how long its obligations took.
    pub met: Vec<Histogram>,
    /// By invariant: obligations that were retired.
    pub retired: Vec<u64>,
    /// What became of the orders, each of which counts once.
    pub fates: [u64; FATES],
    /// What was charged wrongly or not at all.
    pub money: MoneyCount,
    /// Runs that passed a budget.
    pub over_budget: u64,
    /// What the consistency metrics show; they watch every run.
    pub recorder: Recorder,
    /// Distinct causes of failure.
    pub causes: BTreeMap<Signature, Cause>,
    /// The first run that was not the same when it was run again, and where the two part.
    pub unrepeatable: Option<(u64, String)>,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let invariants = scenario.invariants().len();
        Self {
            runs: 0,
            events: 0,
            virtual_us: 0,
            fingerprint: 0,
            injected: [0; KINDS_MAX],
            effective: [0; KINDS_MAX],
            cells: Cells::new(&scenario.model),
            given: Given::new(&scenario.model),
            clean_runs: 0,
            judged: vec![0; invariants],
            own: OwnCount::new(&scenario.model),
            broken: vec![0; invariants],
            met: vec![Histogram::default(); invariants],
            retired: vec![0; invariants],
            fates: [0; FATES],
            money: MoneyCount::new(&scenario.model),
            over_budget: 0,
            recorder: Recorder::new(&scenario.model),
            causes: BTreeMap::new(),
            unrepeatable: None,
        }
    }

    /// Adds a finished run.
    pub fn add(&mut self, world: &World<Scenario>, outcome: &Outcome, index: u64) {
        self.runs += 1;
        self.events += u64::from(outcome.events);
        self.virtual_us += u128::from(outcome.time.0);
        self.fingerprint = self.fingerprint.wrapping_add(share(index, outcome.fingerprint));
        let mut faults = 0;
        for kind in 0..KINDS_MAX {
            faults += outcome.injected[kind];
            self.injected[kind] += u64::from(outcome.injected[kind]);
            self.effective[kind] += u64::from(outcome.effective[kind]);
        }
        self.clean_runs += u64::from(faults == 0);
        self.cells.add(world.met());
        if let Some(outside) = world.nodes.first().and_then(crate::nodes::SimNode::as_outside) {
            outside.given().for_each(|plan| self.given.add(plan.command, plan.item, plan.place));
        }
        for (sum, judged) in self.judged.iter_mut().zip(world.verdicts.judged()) {
            *sum += u64::from(judged);
        }
        self.own.add(&world.verdicts, outcome.violation.as_ref());
        // Healing changes nothing where no fault was: there it takes as long as it takes.
        let from = match (world.is_faulted(), world.healed) {
            (false, _) => world.calm(),
            (true, Time::NEVER) => Time::START,
            (true, healed) => healed,
        };
        for obligation in &world.verdicts.obligations {
            let i = usize::from(obligation.invariant);
            match obligation.standing {
                Standing::Met(at) => {
                    self.met[i].add(at.since(obligation.opened.max(from)).0);
                }
                Standing::Retired => self.retired[i] += 1,
                Standing::Open => {}
            }
        }
        self.over_budget += u64::from(matches!(outcome.end, End::EventBudget | End::TimeBudget));
        self.add_orders(world, outcome);
        if let Some(violation) = outcome.violation {
            self.fail(Failing { faults: faults.into(), events: outcome.events, index }, violation);
        }
    }

    /// Adds what became of the orders. A run that was stopped where it broke says of none of them.
    fn add_orders(&mut self, world: &World<Scenario>, outcome: &Outcome) {
        if let Some(oms) = world.nodes.iter().find_map(crate::nodes::SimNode::as_oms) {
            self.money.add(world, oms, outcome.at_rest);
        }
        for (sum, orders) in self.fates.iter_mut().zip(fate::count(world, outcome.at_rest)) {
            *sum += orders;
        }
    }

    fn fail(&mut self, failing: Failing, violation: Violation) {
        self.broken[usize::from(violation.invariant)] += 1;
        self.add_cause(Cause { runs: 1, index: failing.index, simplest: failing, violation });
    }

    fn add_cause(&mut self, cause: Cause) {
        self.causes.entry(Signature::of(&cause.violation)).and_modify(|mine| mine.add(&cause)).or_insert(cause);
    }

    /// A run was not the same when it was run again.
    pub fn unrepeatable(&mut self, index: u64, parting: String) {
        if self.unrepeatable.as_ref().is_none_or(|(known, _)| index < *known) {
            self.unrepeatable = Some((index, parting));
        }
    }

    /// How many orders this became of.
    #[must_use]
    pub fn orders(&self, fate: Fate) -> u64 {
        self.fates[fate as usize]
    }
}

impl campaign::Tally for Tally {
    fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.events += other.events;
        self.virtual_us += other.virtual_us;
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
        self.clean_runs += other.clean_runs;
        self.money.merge(&other.money);
        self.over_budget += other.over_budget;
        let sum = |mine: &mut [u64], theirs: &[u64]| mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        sum(&mut self.injected, &other.injected);
        sum(&mut self.effective, &other.effective);
        sum(self.cells.table_mut(), other.cells.table());
        sum(self.given.table_mut(), other.given.table());
        sum(&mut self.judged, &other.judged);
        sum(&mut self.own.runs, &other.own.runs);
        sum(&mut self.own.broken, &other.own.broken);
        sum(&mut self.broken, &other.broken);
        sum(&mut self.retired, &other.retired);
        sum(&mut self.fates, &other.fates);
        for (mine, theirs) in self.met.iter_mut().zip(&other.met) {
            mine.merge(theirs);
        }
        self.recorder.metrics.merge(&other.recorder.metrics);
        other.causes.into_values().for_each(|cause| self.add_cause(cause));
        if let Some((index, parting)) = other.unrepeatable {
            self.unrepeatable(index, parting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::testing::{choices, simulation};
    use crate::replay::Recording;
    use crate::workload::{OrderPlan, Workload};

    #[test]
    fn percentiles_come_from_bucket_bounds() {
        let mut histogram = Histogram::default();
        for ms in 1..=1_000_u64 {
            histogram.add(ms * 1_000);
        }
        let p50 = histogram.percentile(50).unwrap();
        let p99 = histogram.percentile(99).unwrap();
        assert!((500..=640).contains(&p50), "{p50}");
        assert!((990..=1_000).contains(&p99), "{p99}");
        assert_eq!(histogram.max, 1_000_000);
    }

    #[test]
    fn merging_is_adding() {
        let (mut a, mut b, mut all) = (Histogram::default(), Histogram::default(), Histogram::default());
        for i in 0..500_u64 {
            let value = i * i * 977;
            if i % 3 == 0 {
                a.add(value);
            } else {
                b.add(value);
            }
            all.add(value);
        }
        a.merge(&b);
        assert_eq!(a, all);
    }

    /// However runs are shared out, the one with the fewest faults is told, then with the fewest events, then the first.
    #[test]
    fn the_run_with_the_least_in_it_is_the_one_to_reduce() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let mut broken: Vec<(Signature, Failing)> = Vec::new();
        let mut parts = [(); 3].map(|()| Tally::new(&simulation.scenario));
        let mut worker = simulation.worker();
        for index in 0..400 {
            let outcome = simulation.run_one(&mut worker, &mut (), (3, index));
            parts[index as usize % 3].add(&worker.world, &outcome, index);
            if let Some(violation) = outcome.violation {
                let faults = outcome.injected.iter().map(|count| u32::from(*count)).sum();
                broken.push((Signature::of(&violation), Failing { faults, events: outcome.events, index }));
            }
        }
        let [mut all, two, three] = parts;
        [two, three].into_iter().for_each(|part| campaign::Tally::merge(&mut all, part));
        assert!(all.causes.values().any(|cause| cause.simplest.index > cause.index));
        for (signature, cause) in all.causes {
            let runs: Vec<Failing> = broken.iter().filter(|(of, _)| *of == signature).map(|(_, run)| *run).collect();
            assert_eq!(cause.runs, runs.len() as u64);
            assert_eq!(Some(cause.index), runs.iter().map(|run| run.index).min());
            let least = runs.iter().min_by_key(|run| (run.faults, run.events, run.index));
            assert_eq!(Some(&cause.simplest), least);
        }
    }

    /// Without a fault what was owed took as long as it took; with one, it is owed from healing on.
    #[test]
    fn what_a_fault_held_up_is_timed_from_healing_on() {
        let simulation = simulation("order-fulfilment", &[]);
        let longest = |faults: &[&str], heal_after| {
            let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
            let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
            let recording = Recording { workload, choices: choices(&simulation, faults), heal_after, dead_stay: false };
            let mut worker = simulation.replayer();
            let outcome = simulation.replay(&mut worker, &recording, &mut ());
            assert_eq!(outcome.violation, None);
            let mut tally = Tally::new(&simulation.scenario);
            tally.add(&worker.world, &outcome, 0);
            assert!(tally.met.iter().any(|met| met.count > 0));
            tally.met.iter().map(|met| met.max).max()
        };
        let usual = longest(&[], None).expect("there are invariants");
        assert!(usual > 1_000_000, "an order takes {usual} us");
        let lost = ["send.request order-1/router/reserve-router attempt 1 = lost"];
        assert_eq!(longest(&lost, None), Some(0), "healed when nothing was left to happen");
        assert!(longest(&lost, Some(40)) > Some(0), "healed while something was left to happen");
    }
}
