//! The names in a repro file that are sagasim's own: a wrong one is a slip of whoever edited the file. Names of a definition are
//! another matter, for a file outlives what it was recorded from.

use fault_models::BUNDLED;

use super::repro::{FLAWS, Repro, ReproError};
use crate::definition::{Definition, Embedded, Keyword as _, StepState};
use crate::invariants::{INVARIANTS, subject};
use crate::model::Model;
use crate::nearest::suggestion;

/// What a name should be of, and where.
type What = (&'static str, &'static str);

/// Behind the names of things that the definition in a file must have.
const HERE: &str = " in the definition of this file";

/// Refuses a name that nothing has.
fn known(field: &str, (what, place): What, name: &str, names: &[&str]) -> Result<(), ReproError> {
    if names.contains(&name) {
        return Ok(());
    }
    let help = suggestion(name, names).map_or_else(String::new, |help| {
        let expected = if help.starts_with("one of") { "expected " } else { "" };
        format!("; {expected}{}", help.replace('`', ""))
    });
    let mut found: String = name.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.chars().nth(60).is_some() {
        found.push_str("...");
    }
    Err(ReproError::Name { field: field.to_owned(), what, name: found, place, help })
}

impl Repro {
    /// Refuses a profile, an invariant, a flaw of a quote or a state of a step that does not exist.
    pub(super) fn check_names(&self) -> Result<(), ReproError> {
        // The file of a profile need not be there any more.
        if !is_profile_file(&self.profile) {
            let profiles: Vec<&str> = BUNDLED.iter().map(|bundled| bundled.name).collect();
            known("profile", ("fault profile", ""), &self.profile, &profiles)?;
        }
        let invariants: Vec<&str> = INVARIANTS.iter().map(|invariant| invariant.id).collect();
        known("expected.invariant", ("invariant", ""), &self.expected.invariant, &invariants)?;
        let flaws = FLAWS.map(|(word, _)| word);
        for (place, order) in self.orders.iter().enumerate() {
            if let Some(quote) = &order.quote {
                known(&format!("orders[{place}].quote"), ("flaw of a quote", ""), quote, &flaws)?;
            }
        }
        let states: Vec<&str> = StepState::ALL.iter().map(|state| state.word()).collect();
        for (place, command) in self.commands.iter().enumerate() {
            if let Some(state) = &command.state {
                known(&format!("commands[{place}].state"), ("state of a step", ""), state, &states)?;
            }
        }
        Ok(())
    }

    /// Refuses a scenario or an expected step that the definition in the file does not have. A definition that this sagasim
    /// cannot load any more says nothing about them.
    ///
    /// # Errors
    ///
    /// [`ReproError::Name`] with what the definition has.
    pub fn check_definition(&self) -> Result<(), ReproError> {
        let embedded = Embedded { given: self.definition.given.clone(), texts: self.definition.texts.clone() };
        if embedded.given.is_empty() {
            return Ok(());
        }
        let Ok(definition) = Definition::from_sources(&embedded, &[]) else { return Ok(()) };
        let file = definition.scenario.as_ref();
        let name_of = |saga: &str| file.map_or_else(|| saga.to_owned(), |file| file.name.value.clone());
        let names: Vec<String> = definition.sagas.iter().map(|saga| name_of(&saga.saga.name.value)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        known("scenario", ("scenario", HERE), &self.scenario, &names)?;
        let Some(step) = &self.expected.step else { return Ok(()) };
        let saga = definition.sagas.iter().zip(&names).find(|(_, name)| **name == self.scenario);
        let Some(Ok(model)) = saga.map(|(saga, _)| Model::of(saga, file)) else { return Ok(()) };
        let places =
            model.steps.iter().map(|step| step.id.as_str()).chain(model.items.iter().map(|item| item.id.as_str()));
        let rules = model.custom.iter().flat_map(|rule| subject::rule_names(&model, &rule.id));
        let rules: Vec<String> = rules.collect();
        let places: Vec<&str> = places.chain(rules.iter().map(String::as_str)).collect();
        known("expected.step", ("step or item", HERE), step, &places)
    }
}

/// Whether a profile is one of a file: no bundled one has such a name.
#[must_use]
pub fn is_profile_file(profile: &str) -> bool {
    profile.contains(['/', '\\']) || profile.ends_with(".yaml") || profile.ends_with(".yml")
}
