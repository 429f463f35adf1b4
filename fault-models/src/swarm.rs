//! From a profile to the thresholds of each run.
//!
//! *Uniform* runs have every kind on at its weight. *Swarm* runs differ from each other: some are clean, some have
//! exactly one or exactly two faults, the others a random subset of the kinds at random weights, for a run with few
//! kinds goes deep where a run with all of them never gets. In some of these a few names are in *trouble*: what is done
//! about them fails again and again, as real systems do, so that attempts run out and questions stay unanswered. Before them comes one run per kind with that kind alone, so
//! that no kind is left to chance. A few runs have a participant that dies and stays dead.
//!
//! Everything is a function of (run key, run index); nothing is allocated per run, and there are no floats.

use sim_core::hash::spread;
use sim_core::{KINDS_MAX, KindId};

use crate::{FAULTS, Profile, Weight, fault, find};

/// How the thresholds of runs are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// Every kind on in every run, at its weight.
    Uniform,
    /// Each run with a mix of its own, after one run per kind.
    #[default]
    Swarm,
}

/// What kind of mix a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Every kind at its weight.
    Uniform,
    /// No fault at all.
    Clean,
    /// This kind, because it was owed.
    Owed(KindId),
    /// Exactly one fault, of this kind, wherever it first comes up.
    One(KindId),
    /// Exactly two faults, of these kinds.
    Two(KindId, KindId),
    /// A random subset of the kinds.
    Subset,
    /// The same, and some names are in trouble.
    Trouble,
}

/// The thresholds of one run, as [`Settings`](sim_core::Settings) take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What kind of mix it is.
    pub share: Share,
    /// The chance of each kind at each of its points, in parts of 2^32.
    pub rates: [u32; KINDS_MAX],
    /// At most so many faults of each kind.
    pub caps: [u16; KINDS_MAX],
    /// At most so many faults in all.
    pub cap: u16,
    /// Whether a participant that dies stays dead after healing.
    pub dead_for_good: bool,
    /// The chance that a name is in trouble, in parts of 2^32.
    pub trouble: u32,
}

/// Per cent of swarm runs with exactly one fault, and with exactly two.
const ONE: u64 = 15;
const TWO: u64 = 15;
/// Per cent of swarm runs in which names are in trouble, and of how many names one is.
const TROUBLE: u64 = 20;
const TROUBLED: u64 = 8;
/// Per cent of swarm runs in which a participant that dies stays dead.
const DEAD_FOR_GOOD: u64 = 3;
/// The most injections of an owed kind in its run.
const OWED_MAX: u16 = 8;
/// Points of a kind that no fault-free run reaches: some come up only where other faults were.
const UNSEEN: u32 = 8;
/// Kinds that come up only where one of these was; in the run that is owed to such a kind, these are sure to happen.
const AFTER: &[(&str, &[&str])] = &[("desk-unattended", &["dead-downstream"])];
/// The kinds without one of which this kind hardly ever comes up; none for most.
#[must_use]
pub fn follows(slug: &str) -> &'static [&'static str] {
    AFTER.iter().find(|(after, _)| *after == slug).map_or(&[], |(_, causes)| causes)
}

/// A whole, in the unit of rates: parts of 2^32.
const WHOLE: u64 = 1 << 32;

/// A profile with the chances that a definition offers, ready to give each run its thresholds.
#[derive(Clone, Debug)]
pub struct Swarm {
    driver: Driver,
    weights: [Weight; KINDS_MAX],
    clean_runs_percent: u8,
    opportunities: [u32; KINDS_MAX],
    kinds: Vec<KindId>,
    dead: Option<KindId>,
}

impl Swarm {
    /// For runs of which the fault-free one offers so many points to each kind
    /// ([`Choices::opportunities`](sim_core::Choices::opportunities)).
    #[must_use]
    pub fn new(profile: &Profile, driver: Driver, opportunities: &[u32; KINDS_MAX]) -> Self {
        let kinds: Vec<KindId> = profile.kinds().collect();
        let dead = find("dead-downstream").filter(|dead| kinds.contains(dead));
        let (weights, clean_runs_percent) = (profile.weights, profile.clean_runs_percent);
        Self { driver, weights, clean_runs_percent, opportunities: *opportunities, kinds, dead }
    }

    /// The kinds that are owed a run of their own, in the order of these runs: all that are on.
    #[must_use]
    pub fn owed(&self) -> &[KindId] {
        &self.kinds
    }

    /// How many runs from the first on are owed to kinds.
    #[must_use]
    pub fn owed_runs(&self) -> u64 {
        if self.driver == Driver::Uniform { 0 } else { self.kinds.len() as u64 }
    }

    /// The thresholds of one run.
    #[must_use]
    pub fn plan(&self, run_key: u64, index: u64) -> Plan {
        let mut draws = Draws { key: run_key, count: 0 };
        let share = self.share(index, &mut draws);
        let mut plan = Plan {
            share,
            rates: [0; KINDS_MAX],
            caps: [u16::MAX; KINDS_MAX],
            cap: u16::MAX,
            dead_for_good: false,
            trouble: 0,
        };
        match share {
            Share::Clean => plan.cap = 0,
            Share::Uniform => self.mix(&mut plan, |_| Some((1, 1))),
            Share::Subset => self.subset(&mut plan, &mut draws),
            Share::Trouble => {
                self.subset(&mut plan, &mut draws);
                plan.trouble = (WHOLE / TROUBLED) as u32;
            }
            Share::Owed(kind) => self.owe(&mut plan, kind),
            Share::One(kind) => self.exactly(&mut plan, &[kind]),
            Share::Two(first, second) => self.exactly(&mut plan, &[first, second]),
        }
        let may_die = matches!(share, Share::Subset | Share::Trouble | Share::One(_) | Share::Two(..));
        if let Some(dead) = self.dead.filter(|_| may_die && draws.below(100) < DEAD_FOR_GOOD) {
            let i = usize::from(dead.0);
            plan.rates[i] = self.rate(dead, 300, WHOLE - 1);
            plan.caps[i] = 1;
            plan.cap = plan.cap.saturating_add(1);
            plan.dead_for_good = true;
        }
        plan
    }

    fn share(&self, index: u64, draws: &mut Draws) -> Share {
        if self.kinds.is_empty() {
            return Share::Clean;
        }
        let u = draws.below(100);
        let clean = u64::from(self.clean_runs_percent);
        if self.driver == Driver::Uniform {
            return Share::Uniform;
        }
        if let Some(&kind) = usize::try_from(index).ok().and_then(|index| self.kinds.get(index)) {
            return Share::Owed(kind);
        }
        let mut any = || self.kinds[draws.below(self.kinds.len() as u64) as usize];
        if u < clean {
            Share::Clean
        } else if u < clean + ONE {
            Share::One(any())
        } else if u < clean + ONE + TWO {
            Share::Two(any(), any())
        } else if u < clean + ONE + TWO + TROUBLE {
            Share::Trouble
        } else {
            Share::Subset
        }
    }

    /// The chance of a kind at each of its points, so that a run sees `weight` hundredths of an injection.
    fn rate(&self, kind: KindId, weight: u64, most: u64) -> u32 {
        let points = match self.opportunities[usize::from(kind.0)] {
            0 => UNSEEN,
            seen => seen,
        };
        (weight * WHOLE / 100 / u64::from(points)).min(most).min(WHOLE - 1) as u32
    }

    /// Kinds at their weight times the factor, given as a fraction; `None`: off.
    fn mix(&self, plan: &mut Plan, mut factor: impl FnMut(KindId) -> Option<(u64, u64)>) {
        for &kind in &self.kinds {
            let weight = self.weights[usize::from(kind.0)];
            if let Some((times, per)) = factor(kind) {
                let i = usize::from(kind.0);
                plan.rates[i] = self.rate(kind, u64::from(weight.weight) * times / per, WHOLE / 2);
                plan.caps[i] = weight.max;
            }
        }
    }

    /// Each kind is on in a quarter, a half or three quarters of the draws, at a half to four times its weight.
    fn subset(&self, plan: &mut Plan, draws: &mut Draws) {
        let density = 1 + draws.below(3);
        self.mix(plan, |_| (draws.below(4) < density).then(|| (1 << draws.below(4), 2)));
    }

    /// The owed kind alone, so often that it is sure to happen, with names in trouble, so that it happens on one thread. One that comes up only where
    /// other faults were has these beside it: those that [`AFTER`] names once and as soon as they can, else all of them.
    fn owe(&self, plan: &mut Plan, kind: KindId) {
        let i = usize::from(kind.0);
        let named = follows(fault(kind).slug);
        let mut causes = self.kinds.iter().filter(|cause| named.contains(&fault(**cause).slug)).peekable();
        if causes.peek().is_some() {
            plan.rates[i] = (WHOLE - 1) as u32;
            plan.caps[i] = u16::MAX;
            for cause in causes {
                let cause = usize::from(cause.0);
                plan.rates[cause] = (WHOLE - 1) as u32;
                plan.caps[cause] = 1;
            }
            return;
        }
        if self.opportunities[i] == 0 {
            self.mix(plan, |_| Some((2, 1)));
        }
        plan.rates[i] = self.rate(kind, 600, WHOLE - 1);
        plan.caps[i] = OWED_MAX;
        plan.trouble = (WHOLE / TROUBLED) as u32;
    }

    /// One fault for each of these, of its kind; a rate of two per run finds a place for nearly all of them, and not
    /// always the first.
    fn exactly(&self, plan: &mut Plan, kinds: &[KindId]) {
        for &kind in kinds {
            let i = usize::from(kind.0);
            plan.rates[i] = self.rate(kind, 200, WHOLE / 2);
            plan.caps[i] = kinds.iter().filter(|other| **other == kind).count() as u16;
        }
        plan.cap = kinds.len() as u16;
    }
}

/// Numbers drawn for a run: the n-th is a function of the run key and n.
struct Draws {
    key: u64,
    count: u64,
}

impl Draws {
    /// A number below `end`, which is small, so that the remainder favours none noticeably.
    fn below(&mut self, end: u64) -> u64 {
        self.count += 1;
        spread(self.key ^ 0x5357_4152_4D00_0000, self.count) % end
    }
}

const _: () = assert!(FAULTS.len() < 64, "an owed run per kind is affordable");

#[cfg(test)]
mod tests {
    use sim_core::{Choices, Site, Sites, Subject};

    use super::*;

    /// One site per kind, with one value; `points` subjects of each are asked for in a run.
    fn sites() -> Sites {
        let mut sites = Sites::default();
        for (i, fault) in FAULTS.iter().enumerate() {
            sites.add(Site::new(fault.slug, &["nothing", "fault"], &[(1, KindId(i as u8))]));
        }
        sites
    }

    fn swarm(profile: &str, driver: Driver, points: u32) -> Swarm {
        Swarm::new(&Profile::bundled(profile).expect("a bundled profile"), driver, &[points; KINDS_MAX])
    }

    /// Runs `runs` runs and gives the mixes and the injections of each.
    fn run(swarm: &Swarm, first: u64, runs: u64, points: u32) -> Vec<(Plan, [u16; KINDS_MAX])> {
        let sites = sites();
        let mut choices = Choices::simplest(&sites);
        (first..first + runs)
            .map(|index| {
                let key = sim_core::campaign::run_key(7, index);
                choices.restart(key);
                let plan = swarm.plan(key, index);
                let settings = choices.settings_mut();
                settings.set_rates(&sites, &plan.rates);
                settings.caps = plan.caps;
                settings.cap = plan.cap;
                choices.set_trouble(plan.trouble);
                for fault in FAULTS {
                    let site = sites.find(fault.slug).expect("a site per kind");
                    for point in 0..points {
                        choices.choose(&sites, site, Subject::new(9, point.into()), u32::MAX);
                    }
                }
                (plan, *choices.injected())
            })
            .collect()
    }

    #[test]
    fn a_weight_is_the_number_of_injections_per_run() {
        let swarm = swarm("standard", Driver::Uniform, 20);
        let runs = run(&swarm, 0, 4_000, 20);
        for kind in swarm.owed() {
            let expected = u64::from(swarm.weights[usize::from(kind.0)].weight) * 40;
            let seen: u64 = runs.iter().map(|(_, injected)| u64::from(injected[usize::from(kind.0)])).sum();
            let spread = expected / 4;
            let slug = fault(*kind).slug;
            assert!((expected - spread..=expected + spread).contains(&seen), "{slug}: {seen} of {expected}");
        }
    }

    #[test]
    fn every_owed_kind_happens_in_its_run() {
        let swarm = swarm("standard", Driver::Swarm, 20);
        let owed = swarm.owed().len() as u64;
        for (index, (plan, injected)) in run(&swarm, 0, owed, 20).into_iter().enumerate() {
            let kind = swarm.owed()[index];
            assert_eq!(plan.share, Share::Owed(kind));
            // Its faults come on one thread, but for those that need another kind to come up.
            assert_eq!(plan.trouble > 0, follows(fault(kind).slug).is_empty(), "{}", fault(kind).slug);
            let own = injected[usize::from(kind.0)];
            let before = follows(fault(kind).slug);
            let most = if before.is_empty() { OWED_MAX } else { 20 };
            assert!((1..=most).contains(&own), "{}: {own}", fault(kind).slug);
            let beside = before.iter().filter_map(|slug| find(slug)).map(|kind| injected[usize::from(kind.0)]);
            let beside: Vec<u16> = beside.collect();
            assert!(beside.iter().all(|injected| *injected == 1), "{}: {beside:?}", fault(kind).slug);
            let own = own + beside.iter().sum::<u16>();
            assert_eq!(injected.iter().sum::<u16>(), own, "{} is alone", fault(kind).slug);
        }
    }

    #[test]
    fn an_owed_kind_without_a_point_has_other_faults_beside_it() {
        let runs = run(&swarm("standard", Driver::Swarm, 0), 0, 1, 20);
        assert!(runs[0].1[1..].iter().sum::<u16>() > 0);
    }

    #[test]
    fn swarm_runs_are_clean_single_double_and_mixed_in_their_shares() {
        let swarm = swarm("standard", Driver::Swarm, 20);
        let runs = run(&swarm, 1_000, 2_000, 20);
        let mut shares = [0; 5];
        let mut dead = 0;
        for (plan, injected) in runs {
            let all: u16 = injected.iter().sum();
            let extra = u16::from(plan.dead_for_good);
            dead += extra;
            let (slot, most) = match plan.share {
                Share::Clean => (0, 0),
                Share::One(_) => (1, 1),
                Share::Two(..) => (2, 2),
                Share::Trouble => (3, u16::MAX - 1),
                _ => (4, u16::MAX - 1),
            };
            assert_eq!(plan.trouble > 0, plan.share == Share::Trouble, "{:?}", plan.share);
            assert!(all <= most + extra, "{:?}: {all}", plan.share);
            shares[slot] += 1;
        }
        for (share, expected) in shares.into_iter().zip([100, 300, 300, 400, 900]) {
            assert!((expected * 7 / 10..=expected * 13 / 10).contains(&share), "{shares:?}");
        }
        assert!((30..=90).contains(&dead), "{dead}");
    }

    #[test]
    fn a_run_is_a_function_of_its_key_and_index() {
        let swarm = swarm("storm", Driver::Swarm, 30);
        let all = run(&swarm, 0, 300, 30);
        for index in [0, 17, 200, 299] {
            assert_eq!(run(&swarm, index, 1, 30)[0], all[index as usize], "{index}");
        }
    }

    #[test]
    fn without_kinds_every_run_is_clean() {
        for driver in [Driver::Uniform, Driver::Swarm] {
            for (plan, injected) in run(&swarm("none", driver, 20), 0, 50, 20) {
                assert_eq!((plan.share, injected), (Share::Clean, [0; KINDS_MAX]));
            }
        }
    }
}
