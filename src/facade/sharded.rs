//! What a shard writes down, and how it is read again: exactly as much as the merged result is made of.
//!
//! The definition is among it, so that a merge needs nothing but the results: it loads the definition again, adds up what
//! was found, and draws the verdict as a whole campaign does, with the same code.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use reports::{CheckReport, SHARD_SCHEMA, ShardReport, Verdict};
use scenarios::campaign::{StoredSearch, StoredTally};
use scenarios::definition::{Definition, Embedded, Set};
use scenarios::replay::{EmbeddedText, is_profile_file};
use serde::{Deserialize, Serialize};
use sim_core::explore::FAULTS_MAX;

use super::check::Findings;
use super::order::Order;
use super::subject::{self, Loaded};
use crate::files;
use crate::options::{CheckOptions, DEFAULT_RUNS, Driver, Error, Subject};
use crate::shard::Shard;

/// What was asked for: whatever the result depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    files: Vec<PathBuf>,
    scenario: Option<String>,
    order: Option<PathBuf>,
    set: Vec<String>,
    seed: u64,
    first: u64,
    runs: u64,
    faults: String,
    driver: String,
    exhaustive: usize,
    exact: bool,
    fail_fast: bool,
    deny: Vec<String>,
    /// Files that a merge reads again, with the hash of what they held.
    reads: Vec<(PathBuf, String)>,
}

/// What was found in a scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredScenario {
    /// The scenario.
    pub scenario: String,
    /// The digest of its definition.
    pub digest: String,
    /// By random runs.
    pub tally: StoredTally,
    /// By the exhaustive search, if one was wanted.
    pub search: Option<StoredSearch>,
}

impl Call {
    /// What a shard was asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for what cannot be done in shards; [`Error`] for files that cannot be read.
    pub fn new(options: &CheckOptions) -> Result<Self, Error> {
        let impossible = |what: &str| Err(Error::Usage(format!("--shard: {what}")));
        if options.driver == Driver::Guided || options.corpus.is_some() {
            return impossible(
                "a guided campaign cannot be cut into shards, for each of its runs depends on those before it",
            );
        }
        if options.time.is_some() {
            return impossible("with --time the number of runs is not known, so it cannot be divided; give --runs");
        }
        let profile = Some(Path::new(&options.faults)).filter(|_| is_profile_file(&options.faults));
        let reads = profile.into_iter().chain(options.subject.order.as_deref());
        Ok(Self {
            files: options.subject.files.clone(),
            scenario: options.subject.scenario.clone(),
            order: options.subject.order.clone(),
            set: options.subject.set.iter().map(ToString::to_string).collect(),
            seed: options.seed,
            first: options.first,
            runs: options.runs.unwrap_or(DEFAULT_RUNS),
            faults: options.faults.clone(),
            driver: options.driver.to_string(),
            exhaustive: options.exhaustive,
            exact: options.exact,
            fail_fast: options.fail_fast,
            deny: options.deny.clone(),
            reads: reads.map(|path| Ok((path.to_owned(), hash(path)?))).collect::<Result<_, Error>>()?,
        })
    }

    /// The options of the whole campaign, with the folder in which a merge stores its failures.
    ///
    /// # Errors
    ///
    /// A sentence that says what no call of ours asks for.
    pub fn options(&self, failures: PathBuf) -> Result<CheckOptions, String> {
        let driver = [Driver::Uniform, Driver::Swarm].into_iter().find(|driver| driver.to_string() == self.driver);
        if self.first.checked_add(self.runs).is_none() || self.exhaustive > FAULTS_MAX {
            return Err("it holds more runs or faults than there can be".to_owned());
        }
        Ok(CheckOptions {
            subject: Subject {
                files: self.files.clone(),
                scenario: self.scenario.clone(),
                order: self.order.clone(),
                set: self.set.iter().map(|set| Set::parse(set)).collect::<Result<_, _>>().map_err(|e| e.to_string())?,
            },
            seed: self.seed,
            runs: Some(self.runs),
            first: self.first,
            faults: self.faults.clone(),
            driver: driver.ok_or_else(|| format!("there is no driver {}", self.driver))?,
            exhaustive: self.exhaustive,
            exact: self.exact,
            fail_fast: self.fail_fast,
            failures,
            deny: self.deny.clone(),
            ..CheckOptions::default()
        })
    }

    /// Whether the files that are read again hold what they held.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] with the file that does not.
    pub fn same_files(&self) -> Result<(), Error> {
        for (path, held) in &self.reads {
            if hash(path)? != *held {
                let name = path.display();
                return Err(Error::Input(format!("{name} is not what it was when the shards ran")));
            }
        }
        Ok(())
    }
}

fn hash(path: &Path) -> Result<String, Error> {
    let bytes = files::read(path).map_err(|why| Error::Input(format!("{}: {why}", path.display())))?;
    Ok(format!("{:016x}", sim_core::hash::name(&String::from_utf8_lossy(&bytes))))
}

/// The options under which a shard runs: its own part of the runs.
pub fn part(options: &CheckOptions) -> Cow<'_, CheckOptions> {
    let Some(shard) = options.shard else { return Cow::Borrowed(options) };
    let (before, runs) = shard.slice(options.runs.unwrap_or(DEFAULT_RUNS));
    Cow::Owned(CheckOptions { first: options.first + before, runs: Some(runs), ..options.clone() })
}

/// The options under which a shard stores failures: in a folder of its own, so that shards which share a file system do not
/// take each other's failures for stored ones.
pub fn own_folder(options: &CheckOptions) -> Cow<'_, CheckOptions> {
    let Some(Shard { index, of }) = options.shard else { return Cow::Borrowed(options) };
    let failures = options.failures.join(format!("shard-{index}-of-{of}"));
    Cow::Owned(CheckOptions { failures, ..options.clone() })
}

/// Makes a report that of a shard: it judges what broke, not what is missing, and holds what `merge` needs.
pub fn close(
    report: &mut CheckReport,
    (call, shard): (&Call, Shard),
    loaded: &[Loaded],
    found: &Findings,
    stopped: bool,
) {
    report.owed.clear();
    report.goals.clear();
    report.owed.extend(stopped.then(|| "the shard was stopped before its end".to_owned()));
    for row in &mut report.scenarios {
        if row.verdict == Verdict::NotEnoughEvidence && !stopped {
            row.verdict = Verdict::Pass;
        }
    }
    let Shard { index, of } = shard;
    report.notices.push(format!(
        "shard {index} of {of} judges what broke; what is missing is judged by `sagasim merge` of all {of} results"
    ));
    let scenarios = loaded.iter().zip(&found.tallies).zip(&found.exhaustive).map(|((loaded, tally), search)| {
        let scenario = &loaded.simulation.scenario;
        value(&StoredScenario {
            scenario: loaded.name.clone(),
            digest: loaded.definition.digest.clone(),
            tally: StoredTally::new(tally),
            search: search.as_ref().map(|search| StoredSearch::new(scenario, search)),
        })
    });
    report.shard = Some(Box::new(ShardReport {
        schema: SHARD_SCHEMA,
        index,
        of,
        stopped,
        call: value(call),
        definitions: value(
            &loaded.first().filter(|_| !call.files.is_empty()).map(|first| as_written(&first.definition)),
        ),
        scenarios: scenarios.collect(),
        regressions: report.regressions.clone(),
    }));
    report.judge();
}

fn value<T: Serialize>(data: &T) -> serde_json::Value {
    serde_json::to_value(data).expect("plain data is always JSON")
}

/// A definition as it stands in its files: what a patch adds is left out, for it is applied again.
fn as_written(definition: &Definition) -> EmbeddedText {
    let texts = definition.sources.0.iter().filter(|source| !source.name.starts_with("--set "));
    EmbeddedText {
        given: definition.embedded.given.clone(),
        texts: texts.map(|source| (source.name.clone(), source.text.clone())).collect(),
    }
}

/// Loads what the shards ran: the definition that they hold, or the bundled ones.
///
/// # Errors
///
/// [`Error`] where it cannot be run.
pub fn load(texts: Option<&EmbeddedText>, options: &CheckOptions) -> Result<Vec<Loaded>, Error> {
    let profile = subject::profile(&options.faults)?;
    let driver = subject::driver(options.driver);
    let outcome = match texts {
        None => subject::load(&Subject { files: Vec::new(), ..options.subject.clone() }, &profile, driver)?,
        Some(texts) => {
            let embedded = Embedded { given: texts.given.clone(), texts: texts.texts.clone() };
            let definition = Definition::from_sources(&embedded, &options.subject.set)?;
            let order = Order::of(&options.subject);
            subject::assemble(vec![definition], &options.subject, order, (&profile, driver))?
        }
    };
    match outcome {
        subject::Outcome::Ready(loaded) => Ok(loaded),
        subject::Outcome::Invalid(_) => Err(Error::Input("the definition of the shards cannot be run".to_owned())),
    }
}
