//! The decisions of a run that were not the simplest, in the order in which they were made.
//!
//! Each fault asks whether it was made before, so there is an index over faults: open addressing, at most half full.
//! Most runs make few, and copies of a run copy it, so it begins small and grows.

use super::{Choice, SiteId, Subject};
use crate::hash::mix;

/// How many places an index has at first; a power of two, like all its sizes.
const PLACES: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Made {
    choices: Vec<Choice>,
    /// By hash of the key: the place of a fault in `choices`, counted from 1; 0 is free.
    index: Vec<u32>,
    faults: usize,
}

impl Clone for Made {
    fn clone(&self) -> Self {
        Self { choices: self.choices.clone(), index: self.index.clone(), faults: self.faults }
    }

    fn clone_from(&mut self, from: &Self) {
        self.choices.clone_from(&from.choices);
        self.index.clone_from(&from.index);
        self.faults = from.faults;
    }
}

impl Made {
    pub(super) fn clear(&mut self) {
        self.choices.clear();
        self.index.clear();
        self.faults = 0;
    }

    pub(super) fn all(&self) -> &[Choice] {
        &self.choices
    }

    /// Notes a span, which nobody asks for again.
    pub(super) fn add_span(&mut self, choice: Choice) {
        self.choices.push(choice);
    }

    pub(super) fn add_fault(&mut self, choice: Choice) {
        if self.faults * 2 >= self.index.len() {
            self.grow();
        }
        self.choices.push(choice);
        self.faults += 1;
        self.enter(self.choices.len() - 1);
    }

    /// Whether this fault was made.
    pub(super) fn has_fault(&self, site: SiteId, subject: Subject, value: u8) -> bool {
        if self.index.is_empty() {
            return false;
        }
        let mut place = self.place(site, subject);
        while let Some(at) = self.index[place].checked_sub(1) {
            let made = &self.choices[at as usize];
            if made.site == site && made.subject == subject && made.value == u64::from(value) {
                return true;
            }
            place = (place + 1) & (self.index.len() - 1);
        }
        false
    }

    fn place(&self, site: SiteId, subject: Subject) -> usize {
        mix(subject.names ^ u64::from(site.0), subject.counters) as usize & (self.index.len() - 1)
    }

    fn enter(&mut self, at: usize) {
        let mut place = self.place(self.choices[at].site, self.choices[at].subject);
        while self.index[place] != 0 {
            place = (place + 1) & (self.index.len() - 1);
        }
        self.index[place] = at as u32 + 1;
    }

    fn grow(&mut self) {
        let places = (self.index.len() * 2).max(PLACES);
        self.index.clear();
        self.index.resize(places, 0);
        for at in 0..self.choices.len() {
            if !self.choices[at].span {
                self.enter(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_and_no_other() {
        let mut made = Made::default();
        let subject = |i: u64| Subject::new(i % 3, i / 3);
        let choice = |i: u64, span| Choice { site: SiteId(1), subject: subject(i), value: 2, span, event: 0 };
        for _ in 0..2 {
            for i in 0..1_000 {
                let has = |made: &Made, i| made.has_fault(SiteId(1), subject(i), 2);
                assert!(!has(&made, i), "{i} before it was made");
                made.add_span(choice(i, true));
                assert!(!has(&made, i), "{i} is a span");
                made.add_fault(choice(i, false));
                assert!(has(&made, i) && has(&made, i / 2), "{i}");
                assert!(!made.has_fault(SiteId(0), subject(i), 2) && !made.has_fault(SiteId(1), subject(i), 1), "{i}");
            }
            assert_eq!(made.all().len(), 2_000);
            made.clear();
        }
    }
}
