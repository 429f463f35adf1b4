//! One distinct cause, reduced, told and written down.

use std::collections::BTreeMap;
use std::path::Path;

use reports::text::command_line;
use reports::{DefinitionLine, FailureReport, FileRow, NeededFault};
use scenarios::campaign::{Cause, Exhaustive, Failing, Tally};
use scenarios::definition::Span;
use scenarios::invariants::{INVARIANTS, meaning, subject, told_promise};
use scenarios::model::Names;
use scenarios::replay::{
    Expected, Explanation, Origin, Recording, Repro, SCHEMA, Shrunk, Signature, Token, choice_text, is_profile_file,
};
use sim_core::Violation;

use super::remedy::Remedies;
use super::subject::Loaded;
use super::{explain, story};
use crate::files;
use crate::options::CheckOptions;

/// Where a failure was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// In this run of the campaign.
    Run(u64),
    /// In this run of a guided campaign, which depends on those before it.
    Guided(u64, Recording),
    /// In this plan of the exhaustive search.
    Plan(Recording, Origin),
}

/// A distinct cause of failure, to be told.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What makes it distinct.
    pub signature: Signature,
    /// In how many random runs it was seen.
    pub runs: u64,
    /// In how many plans of the search.
    pub plans: u64,
    /// Where it is taken from.
    pub found: Found,
}

/// The distinct causes of a campaign and of an exhaustive search, the most frequent first. What the search found is taken
/// from there, for it has no fault too many.
#[must_use]
pub fn candidates(
    loaded: &Loaded,
    (tally, guided): (&Tally, &BTreeMap<Signature, Recording>),
    exhaustive: Option<&Exhaustive>,
) -> Vec<Candidate> {
    let mut all: BTreeMap<Signature, Candidate> = BTreeMap::new();
    let levels = exhaustive.iter().flat_map(|e| e.exploration.all().map(move |level| (*e, level)));
    for (exhaustive, breaking) in levels.flat_map(|(e, level)| level.breaking.iter().map(move |b| (e, b))) {
        let signature = Signature::of(&breaking.violation);
        all.entry(signature).and_modify(|known| known.plans += 1).or_insert_with(|| {
            let recording = exhaustive.recording(breaking);
            let faults = loaded.simulation.plan_of(&recording).unwrap_or_default();
            let origin = Origin::Plan { workload: breaking.workload, faults };
            Candidate { signature, runs: 0, plans: 1, found: Found::Plan(recording, origin) }
        });
    }
    for (&signature, cause) in &tally.causes {
        let Cause { runs, simplest: Failing { index, .. }, .. } = *cause;
        let known = all.entry(signature).and_modify(|known| known.runs += runs);
        known.or_insert_with(|| {
            let found = guided.get(&signature).map_or(Found::Run(index), |r| Found::Guided(index, r.clone()));
            Candidate { signature, runs, plans: 0, found }
        });
    }
    let mut all: Vec<Candidate> = all.into_values().collect();
    all.sort_by_key(|candidate| (std::cmp::Reverse(candidate.runs + candidate.plans), candidate.signature));
    all
}

/// Where a failure comes from: what its repro file says of it besides what happened.
#[derive(Clone, Debug)]
pub struct Source {
    /// The fault profile.
    pub profile: String,
    /// Where it was found.
    pub found: scenarios::replay::Found,
    /// The patches of that call.
    pub set: Vec<String>,
    /// Its files.
    pub files: Vec<String>,
}

/// A failure that was reduced, told and written down.
pub struct Reduced {
    /// For the report.
    pub failure: FailureReport,
    /// The repro file.
    pub file: FileRow,
    /// The reduction.
    pub shrunk: Shrunk,
}

/// Where a repro file goes.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Into this folder, named after what broke.
    Folder(&'a Path),
    /// To this path.
    File(&'a Path),
}

/// Reduces, tells and stores a failure of a check.
///
/// # Errors
///
/// A sentence, when the failing run does not fail when it is run again.
pub fn report(
    loaded: &Loaded,
    options: &CheckOptions,
    remedies: &Remedies,
    candidate: &Candidate,
) -> Result<(FailureReport, FileRow), String> {
    let simulation = &loaded.simulation;
    let (recording, origin, name) = match &candidate.found {
        Found::Run(index) => {
            let (recording, _) = simulation.record(options.seed, *index);
            let driver = options.driver.to_string();
            (recording, Some(Origin::Run { driver, seed: options.seed, index: *index }), format!("run {index}"))
        }
        Found::Guided(index, recording) => (recording.clone(), None, format!("run {index}")),
        Found::Plan(recording, origin) => (recording.clone(), Some(origin.clone()), "a plan".to_owned()),
    };
    let run = match candidate.found {
        Found::Run(index) | Found::Guided(index, _) => Some(index),
        Found::Plan(..) => None,
    };
    let source = Source {
        profile: options.faults.clone(),
        found: scenarios::replay::Found { seed: options.seed, run },
        set: options.subject.set.iter().map(ToString::to_string).collect(),
        files: options.subject.files.iter().map(|file| file.display().to_string()).collect(),
    };
    let target = Target::Folder(&options.failures);
    let reduced = reduce(loaded, (&source, remedies), (&recording, candidate.signature), target).ok_or_else(|| {
        let invariant = INVARIANTS[usize::from(candidate.signature.invariant)].id;
        let sentence = format!("{name} of {} breaks {invariant}, and does not when it is replayed", loaded.name);
        let run = if let Found::Run(index) = candidate.found { Some((options.seed, index)) } else { None };
        match run.and_then(|run| simulation.first_difference(run, &recording)) {
            Some(difference) => format!("{sentence}: {difference}"),
            None => sentence,
        }
    })?;
    let token = origin.map(|origin| Token::new(&options.faults, origin, &loaded.definition.digest));
    let mut subject = options.subject.clone();
    if subject.files.is_empty() {
        subject.scenario = Some(loaded.name.clone());
    }
    let replay = match token.filter(|_| !is_profile_file(&options.faults) || reduced.file.error.is_some()) {
        Some(token) => subject.replay_line(&token.to_string()),
        None => reduced.failure.replay.clone(),
    };
    let (runs, plans) = (candidate.runs, candidate.plans);
    Ok((FailureReport { runs, plans, replay, ..reduced.failure }, reduced.file))
}

/// Reduces a recording that fails in this way, tells it and writes its repro file; `None` when it does not fail so.
pub fn reduce(
    loaded: &Loaded,
    (source, remedies): (&Source, &Remedies),
    (recording, signature): (&Recording, Signature),
    target: Target<'_>,
) -> Option<Reduced> {
    let simulation = &loaded.simulation;
    let shrunk = simulation.shrink(recording, signature)?;
    let told = story::tell(simulation, &shrunk.recording);
    let violation = told.outcome.violation?;
    let entry = &INVARIANTS[usize::from(violation.invariant)];
    let repro = repro(loaded, source, (&shrunk.recording, &violation));
    let text = repro.text();
    let hash = sim_core::hash::name(&text) as u32;
    let place = subject::place_name(&simulation.scenario.model, &violation).unwrap_or_default();
    let path = match target {
        Target::Folder(folder) => {
            let place = if place.is_empty() { place } else { format!("-{}", files::part_of_name(&place)) };
            let saga = files::part_of_name(&loaded.name);
            folder.join(format!("{saga}-{}{place}-{hash:08x}.json", entry.id))
        }
        Target::File(path) => path.to_owned(),
    };
    let error = files::write(&path, text.as_bytes()).err().map(|error| error.to_string());
    let path = path.display().to_string();
    let found = simulation.explain(&shrunk.recording, signature);
    let failure = FailureReport {
        invariant: entry.id.to_owned(),
        statement: entry.statement.to_owned(),
        seed_section: entry.seed.to_owned(),
        step: subject::place_name(&simulation.scenario.model, &violation),
        signature: subject::signature(&simulation.scenario, &violation),
        scenario: loaded.name.clone(),
        runs: 1,
        plans: 0,
        replay: command_line(&["sagasim".to_owned(), "replay".to_owned(), path.clone()]),
        repro: if error.is_none() { path.clone() } else { String::new() },
        faults: shrunk.recording.faults().count() as u64,
        orders: shrunk.recording.workload.orders_present() as u64,
        events: told.outcome.events.into(),
        needed: needed(loaded, &shrunk.recording, &told.faults),
        story: told.lines,
        definition: line_to_change(loaded, remedies, &repro, &violation),
        irrelevant: irrelevant(recording, &shrunk, &found),
        effect: vec![meaning(&simulation.scenario, &violation).to_owned()],
        explained: explain::explained(loaded, &shrunk.recording, &violation, &found),
    };
    let file = FileRow { path, what: format!("repro of {}", failure.signature), error };
    Some(Reduced { failure, file, shrunk })
}

/// The faults of a recording, numbered.
#[must_use]
pub fn needed(loaded: &Loaded, recording: &Recording, texts: &[String]) -> Vec<NeededFault> {
    let scenario = &loaded.simulation.scenario;
    let names = Names::new(&scenario.model);
    let faults = recording.faults().enumerate().map(|(n, fault)| NeededFault {
        n: n as u32 + 1,
        choice: choice_text(scenario, &names, fault),
        text: texts.get(n).cloned().unwrap_or_default(),
    });
    faults.collect()
}

fn irrelevant(recording: &Recording, shrunk: &Shrunk, found: &Explanation) -> Vec<String> {
    let mut phrases = Vec::new();
    let left = &shrunk.recording;
    if found.any_latencies {
        phrases.push("how long everything takes".to_owned());
    }
    if found.any_items {
        phrases.push("what else is ordered with it".to_owned());
    }
    if found.any_orders {
        phrases.push("other orders".to_owned());
    }
    if recording.workload.commands.len() > left.workload.commands.len() && left.workload.commands.is_empty() {
        phrases.push("the commands of that run".to_owned());
    }
    if recording.faults().count() > left.faults().count() {
        phrases.push("the other faults of that run".to_owned());
    }
    phrases
}

/// The line of the definition or contract that the invariant points at, where no change is known to help.
#[must_use]
fn definition_line(loaded: &Loaded, violation: &Violation) -> Option<DefinitionLine> {
    let entry = &INVARIANTS[usize::from(violation.invariant)];
    let span = (entry.definition)(&loaded.simulation.scenario, violation)?;
    let advice = match told_promise(&loaded.simulation.scenario, violation) {
        // Nothing went wrong: what is written is the deadline, and what is before it takes too long for it.
        Some(promise) => format!(
            "{promise}; no single change that is known here keeps it: either what comes before has to be faster, or \
             the deadline is another one"
        ),
        None => {
            "no single change that is known here makes this run pass; this is what broke, and need not be its cause"
                .to_owned()
        }
    };
    let line = line_of(loaded, span, advice)?;
    Some(DefinitionLine { helps: false, ..line })
}

/// A place of the definition as a line to change; of a patch, the line that it replaces.
#[must_use]
pub fn line_of(loaded: &Loaded, span: Span, advice: String) -> Option<DefinitionLine> {
    let span = loaded.definition.sources.in_file(span);
    let source = loaded.definition.sources.get(span.file)?;
    let text = source.text.lines().nth(span.line.saturating_sub(1) as usize).unwrap_or("").trim();
    let text = if source.text.starts_with('{') { as_written(text) } else { text.to_owned() };
    Some(DefinitionLine { file: source.name.clone(), line: span.line.into(), text, advice, helps: true })
}

/// A line of a definition that a repro file holds, which is JSON, as a designer would have written it.
fn as_written(line: &str) -> String {
    let line = line.trim_end_matches(',');
    let Some((key, value)) = line.strip_prefix('"').and_then(|rest| rest.split_once("\": ")) else {
        return line.to_owned();
    };
    let plain = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_plain = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    format!("{key}: {}", plain.filter(is_plain).unwrap_or(value))
}

/// The line to change: a remedy with which the recorded run breaks nothing, else where the definition asks for what broke.
pub fn line_to_change(
    loaded: &Loaded,
    remedies: &Remedies,
    repro: &Repro,
    violation: &Violation,
) -> Option<DefinitionLine> {
    remedies.line(loaded, repro, violation).or_else(|| definition_line(loaded, violation))
}

/// The file of a recorded failure.
pub fn repro(loaded: &Loaded, source: &Source, (recording, violation): (&Recording, &Violation)) -> Repro {
    let (orders, commands, choices) = Repro::describe(&loaded.simulation.scenario, recording);
    let embedded = &loaded.definition.embedded;
    Repro {
        schema: SCHEMA,
        sagasim: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: loaded.name.clone(),
        digest: loaded.definition.digest.clone(),
        profile: source.profile.clone(),
        found: source.found,
        expected: Expected {
            invariant: INVARIANTS[usize::from(violation.invariant)].id.to_owned(),
            step: subject::place_name(&loaded.simulation.scenario.model, violation),
        },
        set: source.set.clone(),
        files: source.files.clone(),
        ordered: loaded.ordered.clone(),
        orders,
        commands,
        choices,
        heal_after: recording.heal_after,
        dead_stay: recording.dead_stay,
        definition: scenarios::replay::EmbeddedText { given: embedded.given.clone(), texts: embedded.texts.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::as_written;

    #[test]
    fn a_line_that_a_repro_file_holds_reads_as_it_was_written() {
        for (line, written) in [
            ("\"id\": \"bill-excess\",", "id: bill-excess"),
            ("\"key\": \"${item.id}:SHIP\"", "key: \"${item.id}:SHIP\""),
            ("\"after\": [", "after: ["),
            ("\"pivot\": true,", "pivot: true"),
            ("},", "}"),
        ] {
            assert_eq!(as_written(line), written);
        }
    }
}
