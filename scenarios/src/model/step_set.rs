//! Sets of steps, for whoever goes through what comes before a step: a step is gone through once, by however many ways
//! it is reached.

use super::{STEPS_MAX, StepIx};

/// A set of forward steps.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct StepSet([u64; STEPS_MAX.div_ceil(64)]);

impl StepSet {
    /// Adds a step. False if it was there.
    pub const fn insert(&mut self, step: StepIx) -> bool {
        let (word, bit) = Self::place(step);
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    /// Whether a step is there.
    #[must_use]
    pub const fn contains(&self, step: StepIx) -> bool {
        let (word, bit) = Self::place(step);
        self.0[word] & bit != 0
    }

    /// Adds all steps of another set.
    pub fn extend(&mut self, other: &Self) {
        for (word, theirs) in self.0.iter_mut().zip(other.0) {
            *word |= theirs;
        }
    }

    const fn place(step: StepIx) -> (usize, u64) {
        (step.ix() / 64, 1 << (step.ix() % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_new_once_and_the_last_one_has_a_place() {
        let last = StepIx(STEPS_MAX as u16 - 1);
        let (mut set, mut other) = (StepSet::default(), StepSet::default());
        assert!(set.insert(StepIx(63)) && !set.insert(StepIx(63)));
        assert!(other.insert(StepIx(64)) && other.insert(last));
        assert!(!set.contains(StepIx(64)));
        set.extend(&other);
        assert!([StepIx(63), StepIx(64), last].into_iter().all(|step| set.contains(step)));
        assert!(!set.contains(StepIx(0)));
    }
}
