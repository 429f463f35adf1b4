//! Where decisions are made, and which values they can take.

use super::{KindId, SiteId, VALUES_MAX};
use crate::hash::name;

/// One value that a site can take.
#[derive(Clone, Debug)]
pub struct SiteValue {
    /// The name under which the value is written in repro files and keyed.
    pub name: &'static str,
    /// The fault kind that the value injects; `None` where the value cannot be drawn here.
    pub kind: Option<KindId>,
}

/// A kind of decision and its values; value 0 is the simplest and injects nothing.
#[derive(Clone, Debug)]
pub struct Site {
    /// The name under which the site is written in repro files and keyed.
    pub name: &'static str,
    /// Its values in a fixed order.
    pub values: Vec<SiteValue>,
}

impl Site {
    /// A site of these value names, of which those listed in `kinds` (by value index) can be drawn.
    #[must_use]
    pub fn new(name: &'static str, values: &[&'static str], kinds: &[(u8, KindId)]) -> Self {
        assert!(values.len() <= VALUES_MAX, "site {name} has more than {VALUES_MAX} values");
        let values = values
            .iter()
            .enumerate()
            .map(|(i, &name)| SiteValue {
                name,
                kind: kinds.iter().find(|(value, _)| usize::from(*value) == i).map(|(_, kind)| *kind),
            })
            .collect();
        Self { name, values }
    }

    /// The values that inject a fault, as a mask by index.
    #[must_use]
    pub fn drawable(&self) -> u32 {
        self.values.iter().enumerate().filter(|(_, v)| v.kind.is_some()).fold(0, |m, (i, _)| m | 1 << i)
    }
}

/// All decision sites of a simulation.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    pub(super) sites: Vec<Site>,
    pub(super) hashes: Vec<u64>,
    pub(super) drawable: Vec<u32>,
    pub(super) kinds: Vec<[u8; VALUES_MAX]>,
}

/// Marks a value without a fault kind in the dense table.
pub(super) const NO_KIND: u8 = u8::MAX;

impl Sites {
    /// Adds a site.
    pub fn add(&mut self, site: Site) -> SiteId {
        let id = SiteId(u16::try_from(self.sites.len()).expect("fewer than 65,536 sites"));
        let mut kinds = [NO_KIND; VALUES_MAX];
        for (slot, value) in kinds.iter_mut().zip(&site.values) {
            *slot = value.kind.map_or(NO_KIND, |kind| kind.0);
        }
        self.hashes.push(name(site.name));
        self.drawable.push(site.drawable());
        self.kinds.push(kinds);
        self.sites.push(site);
        id
    }

    /// The site with this index.
    #[must_use]
    pub fn get(&self, id: SiteId) -> &Site {
        &self.sites[usize::from(id.0)]
    }

    /// The site of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<SiteId> {
        self.sites.iter().position(|site| site.name == name).map(|i| SiteId(i as u16))
    }

    /// How many sites there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// The fault kind that a value of a site injects.
    #[inline]
    #[must_use]
    pub fn kind(&self, site: SiteId, value: u8) -> Option<KindId> {
        let kind = self.kinds[usize::from(site.0)][usize::from(value)];
        (kind != NO_KIND).then_some(KindId(kind))
    }
}
