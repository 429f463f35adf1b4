//! Single faults that persist: the next attempt fails as the first one did, and the one after it.
//!
//! Most failures of practice that take several faults take the same one several times: a budget of attempts that is used
//! up with nothing to follow. One plan for each fault finds them, whatever the budget: it begins where its site first decides
//! about something of these names.

use super::explorer::Explorer;
use super::{Breaking, Root};
use crate::campaign::Tally;
use crate::choices::Choice;
use crate::domain::Domain;
use crate::invariant::Violation;
use crate::run::Outcome;
use crate::world::World;

impl<D: Domain, T: Tally, V: Fn(&mut T, &World<D>, &Outcome)> Explorer<'_, D, T, V> {
    /// Lets the run of a single fault note whether it could come again, where that was not tried yet.
    pub(super) fn watch(&mut self, root: &mut Root, fault: &Choice) {
        let Choice { site, subject, value, .. } = *fault;
        let known = self.search.persistent.is_empty() || (self.search.is_known)(root.workload, site, subject.names);
        if !known && root.tried.insert((site, subject.names, value)) {
            self.choices.persist(fault, 0);
        }
    }

    /// The fault of the path, which broke nothing alone, as a persistent one: one that is soon over, for what comes to the
    /// rescue of a used up budget may hide that nothing else would have, and one that lasts.
    pub(super) fn persistent(&mut self, root: &mut Root) {
        root.persistent.points += 1;
        for &times in self.search.persistent {
            let Some(outcome) = self.again(times) else { return };
            let came_again = self.came_again();
            let level = &mut root.persistent;
            let counts = [&mut level.alternatives, &mut level.classes, &mut level.run];
            counts.into_iter().for_each(|count| *count += 1);
            self.visit_end(1, &outcome);
            if let Some(violation) = outcome.violation {
                root.persistent.broken += 1;
                let breaking = self.least(root.workload, came_again, violation);
                root.persistent.list(breaking);
                return;
            }
            if came_again.len() < usize::from(times) {
                return;
            }
        }
    }

    /// The set with the fewest repetitions that breaks something, without those that it does not need: the names of a fault may
    /// be those of several things.
    fn least(&mut self, workload: usize, came_again: Vec<Choice>, violation: Violation) -> Breaking {
        let (mut came_again, mut violation) = (came_again, violation);
        for times in 1..came_again.len() as u16 {
            if let Some(fewer) = self.again(times).and_then(|outcome| outcome.violation) {
                (came_again, violation) = (self.came_again(), fewer);
                break;
            }
        }
        for i in (0..came_again.len()).rev() {
            let without: Vec<Choice> =
                came_again.iter().enumerate().filter(|(other, _)| *other != i).map(|(_, choice)| *choice).collect();
            if let Some(still) = self.with(&without).and_then(|outcome| outcome.violation) {
                (came_again, violation) = (without, still);
            }
        }
        let choices = self.path.iter().copied().chain(came_again).collect();
        self.breaking(workload, choices, violation)
    }

    /// Runs the path with these faults after it.
    fn with(&mut self, faults: &[Choice]) -> Option<Outcome> {
        self.take(0)?;
        self.choices.fork(faults, false);
        Some(self.resume(1))
    }

    /// Runs the path with its last fault coming again up to so many times; `None` if that breaks something on the spot.
    fn again(&mut self, times: u16) -> Option<Outcome> {
        let fault = *self.path.last()?;
        self.take(0)?;
        self.choices.persist(&fault, times);
        Some(self.resume(1))
    }

    /// The repetitions of the run that was just made.
    fn came_again(&self) -> Vec<Choice> {
        self.choices.made().iter().filter(|choice| !choice.span).copied().collect()
    }
}
