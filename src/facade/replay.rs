//! `sagasim replay`: run one failure again.

use fault_models::Profile;
use reports::{DefinitionLine, Mark, NeededFault, ReplayReport, ReplayStatus, StoryLine, TraceLine};
use scenarios::definition::{Definition, Embedded, Set};
use scenarios::invariants::subject::place_name;
use scenarios::invariants::{INVARIANTS, meaning};
use scenarios::replay::{Found, Origin, Recording, Repro, Token};
use sim_core::{Choice, Violation};

use super::failure::Source;
use super::order::Order;
use super::remedy::Remedies;
use super::subject::{self, Loaded, Outcome};
use super::{failure, story};
use crate::files;
use crate::options::{DEFAULT_FAULTS, DEFAULT_SEED, Error, ReplayOptions, Session, Subject};

/// The most names that a notice lists.
const GONE_MAX: usize = 5;

/// What is replayed, and what it is to show.
pub struct Case {
    /// What it runs against.
    pub loaded: Loaded,
    /// The run.
    pub recording: Recording,
    /// The numbers of the recording's faults: those of the file, in which a fault that is gone keeps its own.
    numbers: Vec<u32>,
    /// Invariant and step that were recorded; `None` for a token, which only names a run.
    pub expected: Option<(String, Option<String>)>,
    /// What to know, a sentence each.
    pub notices: Vec<String>,
    /// Where it comes from.
    pub source: Source,
    gone: u64,
}

impl Case {
    /// Whether what broke is what was recorded.
    #[must_use]
    pub fn is_as_expected(&self, violation: &Violation) -> bool {
        let id = INVARIANTS[usize::from(violation.invariant)].id;
        let step = place_name(&self.loaded.simulation.scenario.model, violation);
        self.expected.as_ref().is_none_or(|(expected, at)| expected == id && *at == step)
    }

    /// The line to change, as the check that found the failure names it.
    fn line_to_change(&self, violation: &Violation) -> Option<DefinitionLine> {
        let remedies = Remedies::of(&self.loaded, &self.source.profile, fault_models::Driver::Swarm);
        let repro = failure::repro(&self.loaded, &self.source, (&self.recording, violation));
        failure::line_to_change(&self.loaded, &remedies, &repro, violation)
    }
}

/// Loads what a token or a repro file names.
///
/// # Errors
///
/// [`Error::Input`] where the token or file is not one of ours, [`Error::Usage`] for a scenario that is not there.
pub fn case(options: &ReplayOptions) -> Result<Case, Error> {
    let path = std::path::Path::new(&options.failure);
    if path.exists() { from_file(options, path) } else { from_token(options) }
}

/// Runs a token or a repro file again.
///
/// # Errors
///
/// [`Error::Input`] where the token or file is not one of ours, [`Error::Usage`] for a scenario, fault or event that is
/// asked for and not there.
pub fn replay(options: &ReplayOptions, _session: &Session<'_>) -> Result<ReplayReport, Error> {
    replayed(options, true)
}

/// Replays; `advises` says whether a line to change is looked for, which takes many runs.
fn replayed(options: &ReplayOptions, advises: bool) -> Result<ReplayReport, Error> {
    let mut case = case(options)?;
    let whole = story::tell(&case.loaded.simulation, &case.recording);
    let mut faults = failure::needed(&case.loaded, &case.recording, &whole.faults);
    for (fault, n) in faults.iter_mut().zip(&case.numbers) {
        fault.n = *n;
    }
    let mut left_out = Vec::new();
    for n in &options.without {
        let fault = faults.iter().find(|fault| fault.n == *n);
        let fault = fault.ok_or_else(|| Error::Usage(format!("there is no fault {n}: {}", numbered(&faults))))?;
        left_out.push(fault.clone());
    }
    faults.retain(|fault| !options.without.contains(&fault.n));
    let failed = whole.outcome.violation.is_some();
    let mut told = if options.without.is_empty() { whole } else { without(&mut case, &options.without) };
    renumber(&mut told.lines, &case.numbers);
    let unused = told.unused + case.gone;
    let found = told.outcome.violation.as_ref();
    let invariant = found.map(|violation| INVARIANTS[usize::from(violation.invariant)].id.to_owned());
    let step = found.and_then(|violation| place_name(&case.loaded.simulation.scenario.model, violation));
    let status = match found {
        Some(violation) if case.is_as_expected(violation) => ReplayStatus::StillFails,
        Some(_) => ReplayStatus::DifferentFailure,
        // The recording fails here as a whole; that it no longer does is due to what was left out.
        None if !options.without.is_empty() && failed => ReplayStatus::Fixed,
        // A token names a run that is made anew: under these files it never broke anything.
        None if unused > 0 || case.expected.is_none() => ReplayStatus::Stale,
        None => ReplayStatus::Fixed,
    };
    let entry = found.map(|violation| &INVARIANTS[usize::from(violation.invariant)]);
    let definition = found.filter(|_| advises).and_then(|violation| case.line_to_change(violation));
    Ok(ReplayReport {
        status,
        invariant,
        step,
        expected: case.expected.map(|(invariant, _)| invariant),
        fingerprint: format!("{:016x}", told.outcome.fingerprint),
        events: told.outcome.events.into(),
        unused_choices: unused,
        recorded_choices: case.recording.choices.len() as u64 + case.gone,
        story: told.lines,
        faults,
        without: left_out,
        scenario: case.loaded.name.clone(),
        definitions: reports::fill::definitions(&case.loaded.definition),
        notices: case.notices,
        statement: entry.map_or_else(String::new, |entry| entry.statement.to_owned()),
        seed_section: entry.map_or_else(String::new, |entry| entry.seed.to_owned()),
        effect: found
            .map(|violation| meaning(&case.loaded.simulation.scenario, violation).to_owned())
            .into_iter()
            .collect(),
        definition,
        repeat: options.repeat_line(),
        trace: trace(told.trace, options)?,
    })
}

/// Leaves faults out of a recording, by their numbers, and tells what is left.
fn without(case: &mut Case, left_out: &[u32]) -> story::Told {
    let mut numbers = case.numbers.iter();
    case.recording.choices.retain(|choice| choice.span || numbers.next().is_none_or(|n| !left_out.contains(n)));
    case.numbers.retain(|n| !left_out.contains(n));
    story::tell(&case.loaded.simulation, &case.recording)
}

/// Gives the faults of a story the numbers by which they are known.
fn renumber(lines: &mut [StoryLine], numbers: &[u32]) {
    for line in lines {
        if let Mark::Fault(n) = &mut line.mark {
            *n = numbers.get(*n as usize - 1).copied().unwrap_or(*n);
        }
    }
}

/// Which numbers there are.
fn numbered(faults: &[NeededFault]) -> String {
    match faults {
        [] => "there is none in this run".to_owned(),
        faults => format!("there are {}", faults.iter().map(|f| f.n.to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// As much of a trace as is asked for.
fn trace(mut lines: Vec<TraceLine>, options: &ReplayOptions) -> Result<Vec<TraceLine>, Error> {
    let Some(event) = options.until else { return Ok(if options.trace { lines } else { Vec::new() }) };
    let place = lines.iter().position(|line| line.event == event);
    let last = lines.iter().map(|line| line.event).max().unwrap_or(0);
    let place = place.ok_or_else(|| Error::Usage(format!("there is no event {event}: the last one is {last}")))?;
    lines.truncate(place + 1);
    Ok(lines)
}

/// The simulation of this name, or the first.
fn one(outcome: Outcome, name: &str) -> Result<Loaded, Error> {
    match outcome {
        Outcome::Ready(mut loaded) => {
            let place = loaded.iter().position(|loaded| loaded.name == name).unwrap_or(0);
            Ok(loaded.swap_remove(place))
        }
        Outcome::Invalid(lint) => {
            let first = lint.findings.first();
            let text = first.map_or_else(String::new, |f| format!("{}:{}:{}: {}", f.file, f.line, f.column, f.message));
            Err(Error::Input(text))
        }
    }
}

/// What a recording asks for in vain is wrong in the recording, not in the call.
fn recorded(error: Error) -> Error {
    match error {
        Error::Usage(text) => Error::Input(text),
        other => other,
    }
}

/// Says whose recording an error is about.
fn named(name: &str, error: Error) -> Error {
    match error {
        Error::Input(text) => Error::Input(format!("{name}: {text}")),
        other => other,
    }
}

fn from_token(options: &ReplayOptions) -> Result<Case, Error> {
    let name = options.failure.as_str();
    let token: Token = name.parse().map_err(|error| match std::path::Path::new(name).extension() {
        Some(extension) if extension == "json" => Error::Input(format!("{name}: there is no such file")),
        _ => Error::Input(format!("{name}: {error}")),
    })?;
    let profile = subject::profile(&token.profile).map_err(|error| named(name, recorded(error)))?;
    let driver = match &token.origin {
        Origin::Run { driver, .. } if driver == "uniform" => fault_models::Driver::Uniform,
        Origin::Run { driver, .. } if driver != "swarm" => {
            return Err(Error::Input(format!("{name}: there is no driver {driver}")));
        }
        Origin::Run { .. } | Origin::Plan { .. } => fault_models::Driver::Swarm,
    };
    let loaded = one(subject::load(&options.subject, &profile, driver)?, "")?;
    let mut notices = loaded.notices.clone();
    if !token.fits(&loaded.definition.digest) {
        let other = "the definition or a contract is not the one this token was made of";
        tracing::warn!("{other}");
        notices.push(other.to_owned());
    }
    let recording = match &token.origin {
        Origin::Run { seed, index, .. } => loaded.simulation.record(*seed, *index).0,
        Origin::Plan { workload, faults } => {
            let recording = loaded.simulation.recording_of(*workload, faults);
            recording
                .ok_or_else(|| Error::Input(format!("{name}: this definition has no such workload or choice points")))?
        }
    };
    let numbers = (1..=recording.faults().count() as u32).collect();
    let found = match token.origin {
        Origin::Run { seed, index, .. } => Found { seed, run: Some(index) },
        Origin::Plan { .. } => Found { seed: DEFAULT_SEED, run: None },
    };
    let source = Source {
        profile: token.profile,
        found,
        set: options.subject.set.iter().map(ToString::to_string).collect(),
        files: options.subject.files.iter().map(|file| file.display().to_string()).collect(),
    };
    Ok(Case { loaded, recording, numbers, expected: None, notices, source, gone: 0 })
}

fn from_file(options: &ReplayOptions, path: &std::path::Path) -> Result<Case, Error> {
    let name = path.display().to_string();
    let text = files::read_text(path).map_err(|why| Error::Input(format!("{name}: {why}")))?;
    let repro = Repro::read(&text).map_err(|error| Error::Input(format!("{name}: {error}")))?;
    repro.check_definition().map_err(|error| Error::Input(format!("{name}: {error}")))?;
    stored(&repro, options).map_err(|error| named(&name, error))
}

fn stored(repro: &Repro, options: &ReplayOptions) -> Result<Case, Error> {
    let (loaded, mut notices) = definition_of(repro, options)?;
    if loaded.definition.digest != repro.digest {
        notices.push("the definition or a contract has changed since this was recorded".to_owned());
    }
    let (recording, choices, gone) = repro.recording(&loaded.simulation.scenario);
    if !gone.is_empty() {
        let more = gone.len().saturating_sub(GONE_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown = gone.iter().take(GONE_MAX).cloned().collect::<Vec<_>>().join(", ");
        notices.push(format!("not there any more: {shown}{more}"));
    }
    let is_fault = |(text, choice): &(&String, &Option<Choice>)| match choice {
        Some(choice) => !choice.span,
        None => !text.contains(" takes "),
    };
    let faults = repro.choices.iter().zip(&choices).filter(is_fault);
    let numbers = (1..).zip(faults).filter(|(_, (_, choice))| choice.is_some()).map(|(n, _)| n).collect();
    let expected = Some((repro.expected.invariant.clone(), repro.expected.step.clone()));
    // What it ran against now is what a reduced file must name.
    let set = repro.set.iter().cloned().chain(options.subject.set.iter().map(ToString::to_string)).collect();
    let given = options.subject.files.iter().map(|file| file.display().to_string()).collect();
    let files = if options.subject.files.is_empty() { repro.files.clone() } else { given };
    let source = Source { profile: repro.profile.clone(), found: repro.found, set, files };
    Ok(Case { loaded, recording, numbers, expected, notices, source, gone: gone.len() as u64 })
}

/// The definition to run a file against, and what is to be said about it.
fn definition_of(repro: &Repro, options: &ReplayOptions) -> Result<(Loaded, Vec<String>), Error> {
    // Its choices are written down: the profile says nothing about what happens, and its file need not be there.
    let profile = Profile::bundled(&repro.profile).map_or_else(|| subject::profile(DEFAULT_FAULTS), Ok)?;
    let driver = fault_models::Driver::Swarm;
    let order = match &options.subject.order {
        Some(path) => Order::File(path),
        None => Order::Kept(&repro.ordered),
    };
    let given = !options.subject.files.is_empty();
    let files = if given { options.subject.files.clone() } else { repro.files.iter().map(Into::into).collect() };
    let there = given || files.iter().all(|file: &std::path::PathBuf| file.exists());
    if options.as_recorded || !there {
        let mut notices = Vec::new();
        if !there {
            notices.push("the files it was recorded from are not there: it runs against those it holds".to_owned());
        }
        let embedded = Embedded { given: repro.definition.given.clone(), texts: repro.definition.texts.clone() };
        let definition = Definition::from_sources(&embedded, &options.subject.set)
            .map_err(|invalid| Error::Input(invalid.to_string()))?;
        let held = Subject { files: vec!["recorded".into()], ..Subject::default() };
        let outcome = subject::assemble(vec![definition], &held, order, (&profile, driver)).map_err(recorded)?;
        let loaded = one(outcome, &repro.scenario)?;
        notices.extend_from_slice(&loaded.notices);
        return Ok((loaded, notices));
    }
    let sets = repro.set.iter().map(|set| Set::parse(set)).collect::<Result<Vec<_>, _>>();
    let sets = sets.map_err(|error| Error::Input(format!("its patch: {error}")))?;
    let set = sets.into_iter().chain(options.subject.set.iter().cloned()).collect();
    let asked = options.subject.scenario.clone();
    let scenario = if files.is_empty() { asked.or_else(|| Some(repro.scenario.clone())) } else { asked };
    let subject = Subject { files, scenario, set, ..Subject::default() };
    let outcome = subject::load_with(&subject, order, (&profile, driver));
    let outcome = if options.subject.scenario.is_none() { outcome.map_err(recorded) } else { outcome };
    let loaded = one(outcome?, &repro.scenario)?;
    let notices = loaded.notices.clone();
    Ok((loaded, notices))
}

/// The status of a stored failure, for the regressions of a check.
///
/// # Errors
///
/// As [`replay`].
pub fn status_of(path: &std::path::Path) -> Result<(String, ReplayStatus), Error> {
    let options = ReplayOptions { failure: path.display().to_string(), ..ReplayOptions::default() };
    let report = replayed(&options, false)?;
    Ok((report.expected.unwrap_or_default(), report.status))
}
