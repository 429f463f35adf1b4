//! How often each value of each site is drawn.

use super::site::NO_KIND;
use super::{KINDS_MAX, Sites, VALUES_MAX};
use crate::hash::mix;

/// What every decision at a site looks at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    /// The run key mixed with the site's name.
    pub(super) key: u64,
    /// The chance of all its faults together, in parts of 2^32.
    pub(super) total: u32,
}

/// How often each value of each site is drawn, and how often each fault kind at most. One per run; kept and refilled.
#[derive(Debug)]
pub struct Settings {
    /// The hashes of the sites' names.
    pub(super) names: Vec<u64>,
    pub(super) gates: Vec<Gate>,
    pub(super) cumulative: Vec<[u32; VALUES_MAX]>,
    /// At most so many faults of each kind.
    pub caps: [u16; KINDS_MAX],
    /// At most so many faults in all.
    pub cap: u16,
    /// Whether latencies are drawn; else they are nominal.
    pub latencies: bool,
    /// The chance that a name is in trouble, in parts of 2^32. Faults in practice come together: what failed once fails
    /// again, and so does its repetition.
    pub(super) trouble: u32,
}

impl Clone for Settings {
    fn clone(&self) -> Self {
        Self {
            names: self.names.clone(),
            gates: self.gates.clone(),
            cumulative: self.cumulative.clone(),
            caps: self.caps,
            cap: self.cap,
            latencies: self.latencies,
            trouble: self.trouble,
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.names.clone_from(&from.names);
        self.gates.clone_from(&from.gates);
        self.cumulative.clone_from(&from.cumulative);
        self.caps = from.caps;
        self.cap = from.cap;
        self.latencies = from.latencies;
        self.trouble = from.trouble;
    }
}

impl Settings {
    /// Nothing is ever drawn.
    #[must_use]
    pub fn none(sites: &Sites) -> Self {
        Self {
            names: sites.hashes.clone(),
            gates: vec![Gate::default(); sites.len()],
            cumulative: vec![[0; VALUES_MAX]; sites.len()],
            caps: [u16::MAX; KINDS_MAX],
            cap: u16::MAX,
            latencies: false,
            trouble: 0,
        }
    }

    /// Whether nothing is ever drawn.
    pub(super) fn is_empty(&self) -> bool {
        !self.latencies && self.trouble == 0 && self.gates.iter().all(|gate| gate.total == 0)
    }

    pub(super) fn take_key(&mut self, key: u64) {
        for (gate, &site) in self.gates.iter_mut().zip(&self.names) {
            gate.key = mix(key, site);
        }
    }

    /// Sets the chance of each fault kind at each point where it can be drawn, in parts of 2^32.
    pub fn set_rates(&mut self, sites: &Sites, rate: &[u32; KINDS_MAX]) {
        for (i, kinds) in sites.kinds.iter().enumerate() {
            let mut sum = 0_u32;
            for (slot, &kind) in self.cumulative[i].iter_mut().zip(kinds) {
                if kind != NO_KIND {
                    sum = sum.saturating_add(rate[usize::from(kind)]);
                }
                *slot = sum;
            }
            self.gates[i].total = sum;
        }
    }
}
