//! From files or bundled scenarios to simulations.

use fault_models::{BUNDLED, Driver as FaultDriver, FAULTS, Profile};
use reports::LintReport;
use scenarios::campaign::Simulation;
use scenarios::catalog;
use scenarios::definition::{Definition, Invalid, Profile as ProfileFile, SagaFile, Scenario as ScenarioFile};
use scenarios::goals;
use scenarios::model::Model;
use scenarios::nearest::nearest;
use scenarios::replay::{OrderedItem, is_profile_file, take_over};
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;

use super::order::Order;
use crate::files;
use crate::options::{DEFAULT_FAULTS, Driver, Error, Subject};

/// The bundled scenarios that a call without files runs.
pub const SCENARIOS: [&str; 2] = ["order-fulfilment", "quote-to-order"];

/// One simulation with the definition it came from.
pub struct Loaded {
    /// The scenario's name.
    pub name: String,
    /// The definition with its texts.
    pub definition: Definition,
    /// Which of its sagas is simulated.
    pub at: usize,
    /// The order that was given; none: orders are generated.
    pub ordered: Vec<OrderedItem>,
    /// Ready to run.
    pub simulation: Simulation,
    /// What to know, a sentence each.
    pub notices: Vec<String>,
}

impl Loaded {
    /// The saga that is simulated.
    #[must_use]
    pub fn saga(&self) -> &SagaFile {
        &self.definition.sagas[self.at]
    }
}

/// What a call is about: simulations, or why there are none.
pub enum Outcome {
    /// Ready to run.
    Ready(Vec<Loaded>),
    /// Files that cannot be run.
    Invalid(LintReport),
}

/// A profile by its name, or of a file of that path.
///
/// # Errors
///
/// [`Error::Usage`] for an unknown one, with those that there are; [`Error::Input`] for a file that is no profile.
pub fn profile(name: &str) -> Result<Profile, Error> {
    if let Some(profile) = Profile::bundled(name) {
        return Ok(profile);
    }
    if is_profile_file(name) {
        return profile_file(name);
    }
    let known: Vec<_> = BUNDLED.iter().map(|bundled| bundled.name).collect();
    Err(Error::Usage(format!("there is no fault profile {name}; there are {}, or a profile file", known.join(", "))))
}

/// The fault profile that a scenario file asks for, for a call that names none. Files that cannot be read are not the
/// business of this question.
#[must_use]
pub fn faults_of(subject: &Subject) -> String {
    let definition = match (&subject.scenario, subject.files.is_empty()) {
        (Some(name), true) if catalog::names().any(|known| known == name) => {
            Definition::bundled(name, &subject.set).ok()
        }
        (_, true) => None,
        (_, false) => Definition::load(&subject.files, &subject.set).ok(),
    };
    let written = definition.and_then(|definition| definition.scenario).and_then(|scenario| scenario.faults);
    written.map_or_else(|| DEFAULT_FAULTS.to_owned(), |faults| faults.value)
}

fn profile_file(name: &str) -> Result<Profile, Error> {
    let text = files::read_text(name.as_ref()).map_err(|why| Error::Input(format!("{name}: {why}")))?;
    let written = ProfileFile::load(name, &text)?;
    let clean = written.clean_runs.map_or(0, |share| share.value.min(100) as u8);
    let mut profile = Profile::new(written.name.value).with_clean_runs(clean);
    for fault in &written.faults {
        let max = fault.value.max.as_ref().map_or(u16::MAX, |max| max.value.min(u32::from(u16::MAX)) as u16);
        profile.set(&fault.id.value, fault.value.weight.value, max).map_err(|error| {
            let near = nearest(&fault.id.value, FAULTS.iter().map(|fault| fault.slug));
            let help =
                near.map_or_else(|| "`sagasim list faults` names them".to_owned(), |n| format!("did you mean {n}?"));
            let span = fault.id.span;
            let line = format!("{name}:{}:{}: error SG0004 faults: {error}", span.line, span.column);
            Error::Files(vec![line, format!("  help: {help}")])
        })?;
    }
    Ok(profile)
}

/// The fault models' word for a driver.
#[must_use]
pub fn driver(driver: Driver) -> FaultDriver {
    match driver {
        Driver::Uniform => FaultDriver::Uniform,
        Driver::Swarm | Driver::Guided => FaultDriver::Swarm,
    }
}

/// Loads what a call is about.
///
/// # Errors
///
/// [`Error::Usage`] for an unknown scenario, [`Error::Input`] for an order that cannot be read.
pub fn load(subject: &Subject, profile: &Profile, driver: FaultDriver) -> Result<Outcome, Error> {
    load_with(subject, Order::of(subject), (profile, driver))
}

/// Loads what a call is about, with this order.
///
/// # Errors
///
/// As [`load`].
pub fn load_with(subject: &Subject, order: Order<'_>, how: (&Profile, FaultDriver)) -> Result<Outcome, Error> {
    let mut definitions = Vec::new();
    if subject.files.is_empty() {
        let names: Vec<&str> = match &subject.scenario {
            Some(name) if catalog::names().any(|known| known == name) => vec![name],
            Some(name) => {
                let known = catalog::names().collect::<Vec<_>>().join(", ");
                return Err(Error::Usage(format!("there is no scenario {name}; there are {known}")));
            }
            None => SCENARIOS.to_vec(),
        };
        for name in names {
            match Definition::bundled(name, &subject.set) {
                Ok(definition) => definitions.push(definition),
                Err(invalid) => return Ok(Outcome::Invalid(reports::fill::invalid(&invalid))),
            }
        }
    } else {
        match Definition::load(&subject.files, &subject.set) {
            Ok(definition) => definitions.push(definition),
            Err(invalid) => return Ok(Outcome::Invalid(reports::fill::invalid(&invalid))),
        }
    }
    assemble(definitions, subject, order, how)
}

/// Makes simulations of loaded definitions: one for each saga that was given.
///
/// # Errors
///
/// As [`load`].
pub fn assemble(
    definitions: Vec<Definition>,
    subject: &Subject,
    order: Order<'_>,
    how: (&Profile, FaultDriver),
) -> Result<Outcome, Error> {
    let mut loaded = Vec::new();
    for definition in definitions {
        let file = definition.scenario.clone();
        let sagas: Vec<SagaFile> = match subject.files.is_empty() {
            true => definition.sagas.iter().take(1).cloned().collect(),
            false => definition.sagas.clone(),
        };
        for (at, saga) in sagas.iter().enumerate() {
            let name = file.as_ref().map_or_else(|| saga.saga.name.value.clone(), |file| file.name.value.clone());
            if !subject.files.is_empty() && subject.scenario.as_ref().is_some_and(|wanted| *wanted != name) {
                continue;
            }
            match simulate(saga, file.as_ref(), order, how) {
                Ok((simulation, ordered, notices)) => {
                    let definition = definition.clone();
                    loaded.push(Loaded { name, definition, at, ordered, simulation, notices });
                }
                Err(Refusal::Model(diagnostics)) => {
                    let invalid = Invalid { diagnostics, more: 0, sources: definition.sources.clone() };
                    return Ok(Outcome::Invalid(reports::fill::invalid(&invalid)));
                }
                Err(Refusal::Order(error)) => return Err(error),
            }
        }
    }
    if loaded.is_empty() {
        return Err(Error::Usage("none of the files has the scenario that --scenario names".to_owned()));
    }
    Ok(Outcome::Ready(loaded))
}

enum Refusal {
    Model(Vec<scenarios::definition::Diagnostic>),
    Order(Error),
}

fn simulate(
    saga: &SagaFile,
    file: Option<&ScenarioFile>,
    order: Order<'_>,
    (profile, driver): (&Profile, FaultDriver),
) -> Result<(Simulation, Vec<OrderedItem>, Vec<String>), Refusal> {
    let mut model = Model::of(saga, file).map_err(Refusal::Model)?;
    let (ordered, mut notices) = order.items(saga, &model).map_err(Refusal::Order)?;
    let (items, gone) = take_over(&ordered, &mut model);
    notices.extend(gone.into_iter().map(|gone| format!("ordered, and not there any more: {gone}")));
    let mut shape = WorkloadShape::new(&model, file);
    shape.items = items;
    let impossible = file.map_or_else(Vec::new, |file| goals::impossible(&file.goals, &model, &shape));
    if !impossible.is_empty() {
        return Err(Refusal::Model(impossible));
    }
    Ok((Simulation::new(Scenario::new(model), shape, profile.clone(), driver), ordered, notices))
}
