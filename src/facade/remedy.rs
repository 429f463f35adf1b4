//! The one change that makes a failure pass: each remedy of the definition is tried on the reduced run.

use fault_models::{Driver, Profile};
use reports::DefinitionLine;
use scenarios::campaign::Simulation;
use scenarios::definition::{Definition, Embedded};
use scenarios::invariants::{subject as about, told_promise};
use scenarios::remedy::{Remedy, remedies};
use scenarios::replay::Repro;
use sim_core::Violation;

use super::order::Order;
use super::subject::{self, Loaded, Outcome};
use crate::options::{DEFAULT_FAULTS, Subject};

/// The most remedies that are tried.
const REMEDIES_MAX: usize = 32;

/// The remedies of a definition, each with the simulation of the definition that has it.
pub struct Remedies {
    tried: Vec<(Remedy, Simulation)>,
}

impl Remedies {
    /// The remedies of what was loaded. One with which the definition cannot be run is left out.
    #[must_use]
    pub fn of(loaded: &Loaded, faults: &str, driver: Driver) -> Self {
        let saga = loaded.saga();
        let embedded = Embedded {
            given: loaded.definition.embedded.given.clone(),
            texts: loaded.definition.embedded.texts.clone(),
        };
        let patched = |remedy: Remedy| {
            let definition = Definition::from_sources(&embedded, &remedy.sets).ok()?;
            // The run is recorded, so the profile draws nothing, and its file need not be there.
            let profile = Profile::bundled(faults).map_or_else(|| subject::profile(DEFAULT_FAULTS), Ok).ok()?;
            let held = Subject { files: vec!["held".into()], ..Subject::default() };
            let order = Order::Kept(&loaded.ordered);
            let Ok(Outcome::Ready(all)) = subject::assemble(vec![definition], &held, order, (&profile, driver)) else {
                return None;
            };
            let same = all.into_iter().find(|other| other.name == loaded.name)?;
            Some((remedy, same.simulation))
        };
        Self { tried: remedies(saga).into_iter().take(REMEDIES_MAX).filter_map(patched).collect() }
    }

    /// The line to change: of the first remedy with which the run of a repro file breaks nothing. Those that are about
    /// the broken step, what undoes it or what it calls come first.
    #[must_use]
    pub fn line(&self, loaded: &Loaded, repro: &Repro, violation: &Violation) -> Option<DefinitionLine> {
        let names = names_of(loaded, violation);
        let near = |remedy: &Remedy| remedy.about.as_ref().is_some_and(|about| names.contains(about));
        let mut order: Vec<_> = self.tried.iter().collect();
        order.sort_by_key(|(remedy, _)| !near(remedy));
        let (remedy, _) = order.into_iter().find(|(_, simulation)| {
            let (recording, _, _) = repro.recording(&simulation.scenario);
            let mut worker = simulation.replayer();
            simulation.replay(&mut worker, &recording, &mut ()).violation.is_none()
        })?;
        let promise = told_promise(&loaded.simulation.scenario, violation);
        let promise = promise.map(|promise| format!("; {promise}")).unwrap_or_default();
        let advice = format!("{}; with it, this run breaks nothing{promise}", remedy.advice);
        super::failure::line_of(loaded, remedy.span, advice)
    }
}

/// What a violation is about, by name: the step, what undoes it, what it undoes, and the operations that these call.
fn names_of(loaded: &Loaded, violation: &Violation) -> Vec<String> {
    let model = &loaded.simulation.scenario.model;
    let Some(step) = about::unpack(violation.subject).step.and_then(|step| model.steps.get(step.ix())) else {
        return Vec::new();
    };
    let around = step.undo.iter().chain(&step.undoes).filter_map(|other| model.steps.get(other.ix()));
    let mut names = Vec::new();
    for step in std::iter::once(step).chain(around) {
        names.push(step.id.clone());
        names.extend(step.call.map(|call| model.operation(call).id.clone()));
    }
    names
}
