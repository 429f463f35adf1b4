//! Many faults for fewer: one more fault beside those found, at the step where it broke or about what they are about, may
//! do the work of two or more of them. What delays a step in nine places can so become what loses its answer.

use sim_core::{Choice, Point};

use super::{Recording, Shrinker, gentle, minimise};
use crate::message;
use crate::model::StepIx;

/// The events that looking for one exchange may take.
const EVENTS: u64 = 1_000_000;

impl Shrinker<'_> {
    /// Where there are at least so many faults, looks for another that makes two of them needless, or one that is worse;
    /// whether there is one.
    pub(super) fn exchange(&mut self, least: usize) -> bool {
        let base = self.best.clone();
        let faults: Vec<Choice> = base.faults().copied().collect();
        if faults.len() < least {
            return false;
        }
        self.within(EVENTS, |s| {
            s.replacements(&faults).into_iter().any(|single| {
                let choices = base.choices.iter().copied().chain([single]).collect();
                s.fails(Recording { choices, ..base.clone() }).is_some() && s.exchanges(&base, &faults, single)
            })
        })
    }

    /// Leaves out of the faults what is not needed beside this one.
    fn exchanges(&mut self, base: &Recording, faults: &[Choice], single: Choice) -> bool {
        let spans: Vec<Choice> = base.choices.iter().filter(|choice| choice.span).copied().collect();
        let with = |kept: &[Choice]| {
            let choices = kept.iter().chain([&single]).chain(&spans).copied().collect();
            Recording { choices, ..base.clone() }
        };
        let kept = minimise(faults.to_vec(), |kept| self.fails(with(kept)).is_some());
        self.accepts_smaller(with(&kept))
    }

    /// The step where it broke; none where that was an item.
    pub(super) fn step_at_place(&self) -> Option<StepIx> {
        let steps = self.simulation.scenario.model.steps.len();
        u16::try_from(self.signature.place).ok().filter(|step| usize::from(*step) < steps).map(StepIx)
    }

    /// What decisions about the step where it broke go by.
    pub(super) fn names_at_place(&self) -> Vec<u64> {
        let model = &self.simulation.scenario.model;
        self.step_at_place().map_or(Vec::new(), |step| message::names_about(model, step).to_vec())
    }

    /// The faults that can be put in, those at the step where it broke first, and the gentlest of each first.
    fn replacements(&mut self, faults: &[Choice]) -> Vec<Choice> {
        let broken = self.names_at_place();
        let is_broken = |names: u64| broken.contains(&names);
        let is_near = |point: &Point| {
            let names = point.subject.names;
            is_broken(names) || faults.iter().any(|fault| fault.subject.names == names)
        };
        let mut points = self.points(&self.best.clone(), None);
        points.retain(is_near);
        points.sort_by_key(|point| !is_broken(point.subject.names));
        let singles = points.iter().flat_map(|point| gentle::alternatives(self.simulation, point));
        singles
            .filter(|single| !faults.iter().any(|fault| (fault.site, fault.subject) == (single.site, single.subject)))
            .collect()
    }
}
