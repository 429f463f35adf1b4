//! `sagasim replay`: run one failure again.

use reports::{ReplayReport, ReplayStatus};
use scenarios::definition::{Definition, Embedded, Set};
use scenarios::invariants::INVARIANTS;
use scenarios::replay::{Origin, Recording, Repro, Token};

use super::subject::{self, Loaded, Outcome};
use super::{failure, story};
use crate::options::{DEFAULT_FAULTS, Error, ReplayOptions, Session, Subject};

/// What is replayed, and what it is to show.
struct Case {
    loaded: Loaded,
    recording: Recording,
    expected: Option<(String, Option<String>)>,
    notices: Vec<String>,
    gone: u64,
    fits: bool,
}

/// Runs a token or a repro file again.
///
/// # Errors
///
/// [`Error::Input`] where the token or file is not one of ours, [`Error::Usage`] for an unknown scenario or profile.
pub fn replay(options: &ReplayOptions, _session: &Session<'_>) -> Result<ReplayReport, Error> {
    let path = std::path::Path::new(&options.failure);
    let mut case = if path.exists() { from_file(options, path)? } else { from_token(options)? };
    let whole = story::tell(&case.loaded.simulation, &case.recording);
    let all = failure::needed(&case.loaded, &case.recording, &whole.faults);
    let mut left_out = Vec::new();
    for n in &options.without {
        let fault = all.iter().find(|fault| fault.n == *n);
        let fault = fault.ok_or_else(|| Error::Usage(format!("there is no fault {n}: it has {}", all.len())))?;
        left_out.push(fault.clone());
    }
    let mut n = 0;
    case.recording.choices.retain(|choice| {
        n += u32::from(!choice.span);
        choice.span || !options.without.contains(&n)
    });
    let told = if options.without.is_empty() { whole } else { story::tell(&case.loaded.simulation, &case.recording) };
    let outcome = told.outcome;
    let unused = told.unused + case.gone;
    let found = outcome.violation.as_ref();
    let invariant = found.map(|violation| INVARIANTS[usize::from(violation.invariant)].id.to_owned());
    let step = found.and_then(|violation| failure::place_name(&case.loaded, violation));
    let status = match (&invariant, &case.expected) {
        (Some(found), Some((expected, at))) if found == expected && step == *at => ReplayStatus::StillFails,
        (Some(_), None) => ReplayStatus::StillFails,
        (Some(_), Some(_)) => ReplayStatus::DifferentFailure,
        (None, _) if !options.without.is_empty() => ReplayStatus::Fixed,
        (None, _) if unused > 0 || !case.fits => ReplayStatus::Stale,
        (None, _) => ReplayStatus::Fixed,
    };
    let entry = found.map(|violation| &INVARIANTS[usize::from(violation.invariant)]);
    let removed = |n: u32| options.without.contains(&n);
    Ok(ReplayReport {
        status,
        invariant,
        step,
        expected: case.expected.map(|(invariant, _)| invariant),
        fingerprint: format!("{:016x}", outcome.fingerprint),
        events: outcome.events.into(),
        unused_choices: unused,
        story: told.lines,
        faults: all.into_iter().filter(|fault| !removed(fault.n)).collect(),
        without: left_out,
        scenario: case.loaded.name.clone(),
        definitions: reports::fill::definitions(&case.loaded.definition),
        notices: case.notices,
        statement: entry.map_or_else(String::new, |entry| entry.statement.to_owned()),
        seed_section: entry.map_or_else(String::new, |entry| entry.seed.to_owned()),
        effect: entry.map(|entry| entry.effect.to_owned()).into_iter().collect(),
        definition: found.and_then(|violation| failure::definition_line(&case.loaded, violation)),
        repeat: options.repeat_line(),
        trace: if options.trace { told.trace } else { Vec::new() },
    })
}

fn one(outcome: Outcome) -> Result<Loaded, Error> {
    match outcome {
        Outcome::Ready(loaded) => Ok(loaded.into_iter().next().expect("a subject that loads has a simulation")),
        Outcome::Invalid(lint) => {
            let first = lint.findings.first();
            let text = first.map_or_else(String::new, |f| format!("{}:{}:{}: {}", f.file, f.line, f.column, f.message));
            Err(Error::Input(text))
        }
    }
}

fn from_token(options: &ReplayOptions) -> Result<Case, Error> {
    let token: Token =
        options.failure.parse().map_err(|error| Error::Input(format!("{}: {error}", options.failure)))?;
    let profile = subject::profile(&token.profile)?;
    let driver = match &token.origin {
        Origin::Run { driver, .. } if driver == "uniform" => fault_models::Driver::Uniform,
        Origin::Run { driver, .. } if driver != "swarm" => {
            return Err(Error::Input(format!("{}: there is no driver {driver}", options.failure)));
        }
        Origin::Run { .. } | Origin::Plan { .. } => fault_models::Driver::Swarm,
    };
    let loaded = one(subject::load(&options.subject, &profile, driver)?)?;
    let fits = token.fits(&loaded.definition.digest);
    let mut notices = Vec::new();
    if !fits {
        notices.push("the definition or a contract is not the one this token was made of".to_owned());
    }
    let recording = match &token.origin {
        Origin::Run { seed, index, .. } => loaded.simulation.record(*seed, *index).0,
        Origin::Plan { workload, faults } => {
            let recording = loaded.simulation.recording_of(*workload, faults);
            recording.ok_or_else(|| {
                Error::Input(format!("{}: this definition has no such workload or choice points", options.failure))
            })?
        }
    };
    Ok(Case { loaded, recording, expected: None, notices, gone: 0, fits })
}

fn from_file(options: &ReplayOptions, path: &std::path::Path) -> Result<Case, Error> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Error::Input(format!("{name}: {error}")))?;
    let repro = Repro::read(&text).map_err(|error| Error::Input(format!("{name}: {error}")))?;
    stored(&repro, options).map_err(|error| match error {
        Error::Input(text) => Error::Input(format!("{name}: {text}")),
        other => other,
    })
}

fn stored(repro: &Repro, options: &ReplayOptions) -> Result<Case, Error> {
    // Its choices are written down: the profile says nothing about what happens, and its file need not be there.
    let profile = subject::profile(&repro.profile).or_else(|_| subject::profile(DEFAULT_FAULTS))?;
    let driver = fault_models::Driver::Swarm;
    let sets = repro.set.iter().map(|set| Set::parse(set)).collect::<Result<Vec<_>, _>>();
    let sets = sets.map_err(|error| Error::Input(format!("its patch: {error}")))?;
    let given = !options.subject.files.is_empty();
    let files = if given { options.subject.files.clone() } else { repro.files.iter().map(Into::into).collect() };
    let there = files.iter().all(|file: &std::path::PathBuf| file.exists());
    let mut notices = Vec::new();
    let loaded = if options.as_recorded || !there {
        if !there {
            notices.push("the files it was recorded from are not there: it runs against those it holds".to_owned());
        }
        let embedded = Embedded { given: repro.definition.given.clone(), texts: repro.definition.texts.clone() };
        let definition = Definition::from_sources(&embedded, &options.subject.set)
            .map_err(|invalid| Error::Input(invalid.to_string()))?;
        let held = Subject { files: vec!["recorded".into()], ..Subject::default() };
        one(subject::assemble(vec![definition], &held, &profile, driver)?)?
    } else {
        let bundled = files.is_empty();
        let set = sets.into_iter().chain(options.subject.set.iter().cloned()).collect();
        let scenario = (bundled || options.subject.scenario.is_some())
            .then(|| options.subject.scenario.clone().unwrap_or_else(|| repro.scenario.clone()));
        let subject = Subject { files, scenario, order: options.subject.order.clone(), set };
        one(subject::load(&subject, &profile, driver)?)?
    };
    if loaded.definition.digest != repro.digest {
        notices.push("the definition or a contract has changed since this was recorded".to_owned());
    }
    let (recording, _, gone) = repro.recording(&loaded.simulation.scenario);
    let expected = Some((repro.expected.invariant.clone(), repro.expected.step.clone()));
    Ok(Case { loaded, recording, expected, notices, gone: gone.len() as u64, fits: true })
}

/// The status of a stored failure, for the regressions of a check.
///
/// # Errors
///
/// As [`replay`].
pub fn status_of(
    path: &std::path::Path,
    subject: &Subject,
    session: &Session<'_>,
) -> Result<(String, ReplayStatus), Error> {
    let options =
        ReplayOptions { failure: path.display().to_string(), subject: subject.clone(), ..ReplayOptions::default() };
    let report = replay(&options, session)?;
    Ok((report.expected.unwrap_or_default(), report.status))
}
