//! Fault profiles: how often each kind of fault is meant to happen.
//!
//! A weight is the number of injections that a run is meant to see, in hundredths: 25 is one in every fourth run. What
//! a kind is not given is off. To add a profile: a row in [`BUNDLED`].

use sim_core::{KINDS_MAX, KindId};

use crate::{FAULTS, Family, find};

/// How often one kind of fault happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Injections per run, in hundredths.
    pub weight: u32,
    /// The most in one run.
    pub max: u16,
}

/// A mix of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// By kind; a weight of zero is off.
    pub weights: [Weight; KINDS_MAX],
    /// Runs without any fault, per cent.
    pub clean_runs_percent: u8,
}

/// A profile names a fault kind that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault {
    /// The slug as it was written.
    pub slug: String,
}

impl std::fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no fault kind has the slug \"{}\"", self.slug)
    }
}

impl std::error::Error for UnknownFault {}

/// A profile that comes with the project.
#[derive(Debug)]
pub struct Bundled {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    /// Which kinds are in it.
    select: Select,
    /// Their weight, per cent of the usual one.
    percent: u32,
    /// The most of one kind in one run.
    max: u16,
    /// Runs without any fault, per cent.
    clean_runs_percent: u8,
}

#[derive(Debug)]
enum Select {
    Nothing,
    Slugs(&'static [&'static str]),
    Survivable,
    Of(Family),
}

const fn family(family: Family, about: &'static str) -> Bundled {
    Bundled { name: family.word(), about, select: Select::Of(family), percent: 300, max: 4, clean_runs_percent: 5 }
}

/// The profiles that come with the project.
pub const BUNDLED: &[Bundled] = &[
    Bundled {
        name: "none",
        about: "no faults: latencies vary, everything works",
        select: Select::Nothing,
        percent: 0,
        max: 0,
        clean_runs_percent: 100,
    },
    Bundled {
        name: "light",
        about: "the faults of an ordinary week",
        select: Select::Slugs(&[
            "duplicate",
            "delay",
            "request-lost",
            "response-lost",
            "oms-crash-after-commit",
            "relay-crash",
            "consumer-crash",
            "downstream-timeout-before-effect",
            "downstream-timeout-after-effect",
            "http-503",
            "rejection",
            "deadlock",
            "lock-race",
        ]),
        percent: 50,
        max: 2,
        clean_runs_percent: 10,
    },
    Bundled {
        name: "standard",
        about: "every kind of fault that a correct system survives",
        select: Select::Survivable,
        percent: 100,
        max: 4,
        clean_runs_percent: 5,
    },
    Bundled {
        name: "storm",
        about: "the same kinds, several times as often",
        select: Select::Survivable,
        percent: 500,
        max: 16,
        clean_runs_percent: 1,
    },
    family(Family::Message, "messages that are lost, doubled, late or out of order"),
    family(Family::Process, "processes that crash or stand still"),
    family(Family::Downstream, "participants that fail, refuse, answer late or die"),
    family(Family::Broker, "a broker that goes down or delivers again, events that are replayed"),
    family(Family::Database, "deadlocks, races, commits without an answer"),
    family(Family::Time, "timers that fire early, late or twice"),
];

/// The usual weights of kinds that are not [`WEIGHT`]: what stops a system for hours is rarer than what it meets daily.
const WEIGHTS: &[(&str, u32)] = &[
    ("duplicate", 30),
    ("late-duplicate", 8),
    ("delay", 20),
    ("reorder", 20),
    ("hold", 6),
    ("request-lost", 20),
    ("response-lost", 25),
    ("message-lost", 20),
    ("relay-crash", 15),
    ("consumer-crash", 15),
    ("broker-outage", 4),
    ("dead-downstream", 4),
    ("downstream-timeout-after-effect", 20),
    ("lock-race", 60),
    ("desk-unattended", 6),
    ("event-replay", 8),
    ("manual-correction", 8),
    ("unauthorized", 3),
    ("validation-error", 5),
    ("rejection", 8),
];

/// The usual weight of a kind.
const WEIGHT: u32 = 12;

impl Profile {
    /// A profile without any fault.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), weights: [Weight::default(); KINDS_MAX], clean_runs_percent: 0 }
    }

    /// The bundled profile of this name.
    #[must_use]
    pub fn bundled(name: &str) -> Option<Self> {
        BUNDLED.iter().find(|bundled| bundled.name == name).map(Bundled::profile)
    }

    /// Puts a kind into the mix: `weight` hundredths of an injection per run, at most `max` in one run.
    ///
    /// # Errors
    ///
    /// [`UnknownFault`] when no kind has this slug.
    pub fn set(&mut self, slug: &str, weight: u32, max: u16) -> Result<(), UnknownFault> {
        let kind = find(slug).ok_or_else(|| UnknownFault { slug: slug.to_string() })?;
        self.weights[usize::from(kind.0)] = Weight { weight, max };
        Ok(())
    }

    /// The same with so many runs without any fault, per cent.
    #[must_use]
    pub fn with_clean_runs(mut self, percent: u8) -> Self {
        self.clean_runs_percent = percent.min(100);
        self
    }

    /// The kinds that are on.
    pub fn kinds(&self) -> impl Iterator<Item = KindId> + '_ {
        (0..FAULTS.len()).filter(|&i| self.weights[i].weight > 0 && self.weights[i].max > 0).map(|i| KindId(i as u8))
    }

    /// A kind's weight.
    #[must_use]
    pub fn weight(&self, kind: KindId) -> Weight {
        self.weights[usize::from(kind.0)]
    }
}

impl Bundled {
    /// The profile itself.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let mut profile = Profile::new(self.name).with_clean_runs(self.clean_runs_percent);
        for (fault, slot) in FAULTS.iter().zip(&mut profile.weights) {
            let selected = match self.select {
                Select::Nothing => false,
                Select::Slugs(slugs) => slugs.contains(&fault.slug),
                Select::Survivable => fault.survived,
                Select::Of(family) => fault.survived && fault.family == family,
            };
            if selected {
                let usual = WEIGHTS.iter().find(|(slug, _)| *slug == fault.slug).map_or(WEIGHT, |(_, weight)| *weight);
                *slot = Weight { weight: (usual * self.percent / 100).max(1), max: self.max };
            }
        }
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, on: &[&str], off: &[&str]) {
        let profile = Profile::bundled(name).unwrap_or_else(|| panic!("there is no profile {name}"));
        let kinds: Vec<&str> = profile.kinds().map(|kind| crate::fault(kind).slug).collect();
        for slug in on {
            assert!(kinds.contains(slug), "{name} lacks {slug}");
        }
        for slug in off {
            assert!(!kinds.contains(slug), "{name} has {slug}");
        }
    }

    #[test]
    fn bundled_profiles_have_the_kinds_that_they_promise() {
        let all: Vec<&str> = FAULTS.iter().map(|fault| fault.slug).collect();
        let (survived, beyond): (Vec<&Fault>, Vec<&Fault>) = FAULTS.iter().partition(|fault| fault.survived);
        let slugs = |faults: &[&Fault]| faults.iter().map(|fault| fault.slug).collect::<Vec<_>>();
        check("none", &[], &all);
        check("light", &["duplicate", "relay-crash"], &["broker-outage", "wrong-effect"]);
        check("standard", &slugs(&survived), &slugs(&beyond));
        check("storm", &slugs(&survived), &slugs(&beyond));
        check("broker", &["broker-outage", "broker-redelivery"], &["reorder-beyond-broker", "duplicate"]);
        assert_eq!(Profile::bundled("hurricane"), None);
    }

    #[test]
    fn every_weight_and_selection_names_a_kind() {
        let selected = BUNDLED.iter().filter_map(|bundled| match bundled.select {
            Select::Slugs(slugs) => Some(slugs),
            _ => None,
        });
        for slug in WEIGHTS.iter().map(|(slug, _)| slug).chain(selected.flatten()) {
            assert!(find(slug).is_some(), "{slug}");
        }
    }

    #[test]
    fn a_profile_of_ones_own_names_kinds_that_exist() {
        let mut profile = Profile::new("mine").with_clean_runs(250);
        assert_eq!(profile.clean_runs_percent, 100);
        assert_eq!(profile.set("duplicate", 40, 2), Ok(()));
        assert!(profile.set("duplicat", 40, 2).is_err_and(|error| error.to_string().contains("duplicat")));
        assert_eq!(profile.kinds().collect::<Vec<_>>(), [find("duplicate").expect("a kind")]);
    }

    use crate::Fault;
}
