//! What can be written in each file: the keys that the readers ask for, what each takes, and a sentence about it.
//!
//! The keys and what they take come from the readers themselves, which read a sample of each file and note what they ask for; only
//! the sentences stand in tables, and a test holds the two against each other. A new key needs its row there.

mod contracts;
mod others;
mod saga;

use super::defect::Defect;
use super::keyword::Keyword as _;
use super::node;
use super::participants::Participants;
use super::platform::{DocumentedPart, Platform};
use super::profile::Profile;
use super::reader::{Asked, Need, Place, Read, Reader, Takes};
use super::saga::Saga;
use super::scenario::Scenario;
use super::span::FileId;

/// A mapping of a file, with a sentence for each of its keys.
struct Part {
    /// What the reader calls it.
    format: &'static str,
    /// Where it stands in its file; empty at the top.
    path: &'static str,
    /// Its keys in the order in which they are read.
    keys: &'static [(&'static str, &'static str)],
}

/// A key of a file, for reference pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey {
    /// The kind of file, then where it stands in it: as `--set` takes it, where that patches such files.
    pub path: String,
    /// What can be written for it.
    pub takes: Takes,
    /// Whether it has to be there.
    pub need: Need,
    /// What it says.
    pub about: &'static str,
}

impl Takes {
    /// In a few words, for a cell of a table.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Takes::One(what) => (*what).to_owned(),
            Takes::Word(_, words) => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
            Takes::Action(_) => "action".to_owned(),
            Takes::Part => "mapping".to_owned(),
            Takes::List(one) => format!("list: {}", one.words()),
            Takes::ByName(one) => format!("by name: {}", one.words()),
        }
    }

    /// The closed vocabulary that it is made of, if it is.
    #[must_use]
    pub fn vocabulary(&self) -> Option<(&'static str, &[(&'static str, &'static str)])> {
        match self {
            Takes::Word(what, words) => Some((what, words)),
            Takes::List(one) | Takes::ByName(one) => one.vocabulary(),
            Takes::One(_) | Takes::Action(_) | Takes::Part => None,
        }
    }
}

/// A kind of file: its name, the parts of it, and what its reader asks for when it reads a sample.
struct FileOf {
    name: &'static str,
    parts: Vec<DocumentedPart>,
    asked: Vec<(String, Vec<Asked>)>,
}

/// Every key of every file, in the order of the files.
#[must_use]
pub fn file_keys() -> Vec<FileKey> {
    files().iter().flat_map(FileOf::keys).collect()
}

fn files() -> Vec<FileOf> {
    vec![
        FileOf::new::<Saga>("saga", written(saga::PARTS), SAGA),
        FileOf::new::<Participants>("participants", written(contracts::PARTS), PARTICIPANTS),
        FileOf::new::<Platform>("platform", Platform::documented(), PLATFORM),
        FileOf::new::<Scenario>("scenario", written(others::SCENARIO), SCENARIO),
        FileOf::new::<Profile>("profile", written(others::PROFILE), PROFILE),
        FileOf::new::<Defect>("defect", written(others::DEFECT), DEFECT),
    ]
}

fn written(parts: &[Part]) -> Vec<DocumentedPart> {
    parts.iter().map(|part| (part.format, part.path.to_owned(), part.keys.to_vec())).collect()
}

/// A saga with each mapping that there can be.
const SAGA: &str = r#"
saga: s
version: "1"
previous: [{ version: "0" }]
migration: { from: { "0": { a: {} } } }
timeout: {}
fallout: {}
lock: {}
items: { i: { charges: { c: {} } } }
retry: { r: { backoff: {}, circuitBreaker: {} } }
unknownOutcome: { u: { unresolved: {} } }
steps: [{ id: a, kind: shipping, call: b.c, afterPivot: {} }]
compensations: { c: { customerImpact: { notify: N }, authority: {}, audit: {} } }
commands: { c: {} }
emits: [{ type: E }]
consumers: [{ id: c }]
reconcile: [{ id: r, severity: {} }]
exceptions: [{ id: e }]
invariants: [{ id: v, class: always, rule: "true" }]
dashboard: [{ state: S }]
"#;

/// Contracts with each mapping that there can be.
const PARTICIPANTS: &str = "
s:
  limits: {}
  operations: { o: { dedup: {}, callbacks: {}, lateEffect: { maxDelay: 1m }, latency: { p50: 1s, p99: 1s } } }
";

/// Plumbing with each of its parts.
const PLATFORM: &str = "
cpq: {}
outbox: {}
broker: { deadLetter: {} }
inbox: {}
consumer: {}
saga: { timers: {} }
readModel: {}
reconciler: {}
people: {}
clocks: {}
";

/// A scenario with each mapping that there can be.
const SCENARIO: &str = "
scenario: s
orders: {}
commands: [{ c: {} }]
goals: { cells: [{ step: a, fault: delay }] }
fail: [{ metric: consumer-lag, over: 1m }]
";

/// A profile with a kind of fault.
const PROFILE: &str = "{ profile: p, faults: { delay: { weight: 1 } } }";

/// A planted bug.
const DEFECT: &str = "
defect: d
models: a practice
family: ONE
scenario: s
set: { saga.status: draft }
optimum: { faults: 0, orders: 1 }
";

impl FileOf {
    fn new<T: Read>(name: &'static str, parts: Vec<DocumentedPart>, sample: &str) -> Self {
        let mut cx = Reader { formats: Some(Vec::new()), ..Reader::default() };
        let node = node::parse(FileId::NONE, sample).expect("the sample is YAML");
        let read = T::read(Place::root(&node, name), &mut cx);
        assert!(read.is_some() && cx.diagnostics.is_empty(), "the sample of {name} is whole: {:?}", cx.diagnostics);
        FileOf { name, parts, asked: cx.formats.unwrap_or_default() }
    }

    /// The keys of this file, each where it stands.
    fn keys(&self) -> Vec<FileKey> {
        let mut keys = Vec::new();
        for (format, path, sentences) in &self.parts {
            let asked = self.asked.iter().find(|(name, _)| name == format).map_or(&[][..], |(_, asked)| asked);
            for (key, about) in sentences {
                let Some(asked) = asked.iter().find(|asked| asked.key == *key) else { continue };
                let within = if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
                let path = format!("{}.{within}", self.name);
                let (takes, need) = (asked.takes.clone(), asked.need.clone());
                keys.push(FileKey { path, takes, need, about });
            }
        }
        keys
    }
}

/// The closed vocabularies of the files and their words, but for those of platform files, of steps and of actions: what it is, the word, what it means.
#[must_use]
pub fn words() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut seen = Vec::new();
    let mut words = Vec::new();
    for key in file_keys().iter().filter(|key| !key.path.starts_with("platform.")) {
        let Some((what, vocabulary)) = key.takes.vocabulary() else { continue };
        if what == super::StepKind::WHAT || seen.contains(&what) {
            continue;
        }
        seen.push(what);
        words.extend(vocabulary.iter().map(|(word, about)| (what, *word, *about)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_read_has_its_sentence_and_no_other_has() {
        for file in files() {
            let read: Vec<_> = file.asked.iter().filter(|(_, asked)| !asked.is_empty()).collect();
            for (format, asked) in &read {
                let of = |part: &&DocumentedPart| part.0 == format;
                let part = file.parts.iter().find(of).unwrap_or_else(|| panic!("{}: no part {format}", file.name));
                let mut told: Vec<_> = part.2.iter().map(|(key, _)| *key).collect();
                let mut asked: Vec<_> = asked.iter().map(|asked| asked.key).collect();
                told.sort_unstable();
                asked.sort_unstable();
                assert_eq!(told, asked, "{}: {format}", file.name);
            }
            let told = file.parts.iter().map(|part| part.0);
            let untold: Vec<_> = told.filter(|told| !read.iter().any(|(format, _)| format == told)).collect();
            assert!(untold.is_empty(), "{}: the reader knows no {untold:?}", file.name);
        }
    }

    #[test]
    fn keys_say_what_they_take_and_whether_they_are_needed() {
        let keys = file_keys();
        let row = |path: &str| {
            let key = keys.iter().find(|key| key.path == path).unwrap_or_else(|| panic!("there is no {path}"));
            (key.takes.words(), key.need.clone())
        };
        let default = |word: &str| Need::Default(word.to_owned());
        for (path, takes, need) in [
            ("saga.steps[STEP].attemptTimeout", "duration", Need::May),
            ("saga.steps[STEP].onReject", "by name: action", Need::May),
            ("saga.steps", "list: mapping", Need::Must),
            ("saga.items.ITEM.charges.CHARGE.prorate", "none, daily", Need::May),
            ("saga.compensations.COMPENSATION.customerImpact", "NONE, or { notify: EVENT }", Need::May),
            ("participants.SYSTEM.operations.OPERATION.dedup.by", "key, businessKey, none", default("key")),
            ("platform.broker.deadLetter.after", "whole number", default("10")),
            ("platform.saga.timers.stored", "true or false", default("true")),
            ("scenario.goals.cells[].runs", "whole number from 1 on", default("1")),
            ("profile.faults.FAULT.weight", "whole number", Need::Must),
            ("defect.optimum.orders", "whole number", Need::Must),
        ] {
            assert_eq!(row(path), (takes.to_owned(), need), "{path}");
        }
    }

    #[test]
    fn every_place_of_an_action_is_a_key_that_reads_it() {
        fn place(takes: &Takes) -> Option<&'static str> {
            match takes {
                Takes::Action(place) => Some(place.path),
                Takes::ByName(one) | Takes::List(one) => place(one),
                _ => None,
            }
        }
        let keys = file_keys();
        let reading: Vec<_> = keys.iter().filter_map(|key| Some((key.path.as_str(), place(&key.takes)?))).collect();
        assert!(reading.iter().all(|(key, place)| key == place), "{reading:?}");
        let mut known: Vec<_> = super::super::ACTION_PLACES.iter().map(|place| place.path).collect();
        let mut read: Vec<_> = reading.into_iter().map(|(key, _)| key).collect();
        known.sort_unstable();
        read.sort_unstable();
        assert_eq!(known, read);
    }
}
