//! What a call may be asked to do: the flags of the command line as plain data, for library users too.
//!
//! The options also write themselves back as a command line, so that a report can say how to repeat a call.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reports::text::command_line;
use scenarios::definition::{Invalid, Set};

use crate::files::FileError;
use crate::shard::Shard;

/// The campaign seed if none is given: a constant, so that equal calls give equal output.
pub const DEFAULT_SEED: u64 = 1;
/// The random runs per scenario if neither their number nor a time is given.
pub const DEFAULT_RUNS: u64 = 2_000;
/// The runs of `selfcheck` per saga and driver if none are given.
pub const DEFAULT_SELFCHECK_RUNS: u64 = 2_000;
/// The fault profile if none is given.
pub const DEFAULT_FAULTS: &str = "standard";
/// So many faults at once are tried exhaustively if nothing else is said.
pub const DEFAULT_EXHAUSTIVE: usize = 1;
/// The folder of stored failures if none is given.
pub const DEFAULT_FAILURES: &str = "sagasim-failures";

/// What is simulated: files or bundled scenarios, and patches to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Definition, contract and scenario files; none means the bundled scenarios.
    pub files: Vec<PathBuf>,
    /// Only the scenario of this name.
    pub scenario: Option<String>,
    /// A TMF622 product order to run.
    pub order: Option<PathBuf>,
    /// Patches to definitions and contracts, applied in this order.
    pub set: Vec<Set>,
}

impl Subject {
    /// The arguments that name this subject again, for a command line: files first.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<_> = self.files.iter().map(|file| path(file)).collect();
        if let Some(scenario) = &self.scenario {
            arguments.extend(["--scenario".to_owned(), scenario.clone()]);
        }
        if let Some(order) = &self.order {
            arguments.extend(["--order".to_owned(), path(order)]);
        }
        for set in &self.set {
            arguments.extend(["--set".to_owned(), set.to_string()]);
        }
        arguments
    }

    /// The whole line that replays a token of this subject.
    #[must_use]
    pub fn replay_line(&self, token: &str) -> String {
        let mut line = vec!["sagasim".to_owned(), "replay".to_owned(), token.to_owned()];
        line.extend(self.arguments());
        command_line(&line)
    }
}

/// A path as an argument: one that begins with a dash must not be read as a flag.
fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') { format!("./{text}") } else { text.into_owned() }
}

/// Where random runs get their choices from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// Every kind of the profile is on in every run, at the weights of the profile.
    Uniform,
    /// Each run has a random subset of kinds with random weights.
    #[default]
    Swarm,
    /// As swarm, but most runs begin with the faults of an earlier one that reached something new.
    Guided,
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uniform => "uniform",
            Self::Swarm => "swarm",
            Self::Guided => "guided",
        })
    }
}

/// What `check` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// What is checked.
    pub subject: Subject,
    /// The campaign seed.
    pub seed: u64,
    /// Random runs per scenario; `None`: as many as `time` allows, or [`DEFAULT_RUNS`] without a `time`.
    pub runs: Option<u64>,
    /// The index of the first run.
    pub first: u64,
    /// Stop beginning runs after this time on the wall clock.
    pub time: Option<Duration>,
    /// The fault profile: its name, or the path of a profile file.
    pub faults: String,
    /// How random runs choose.
    pub driver: Driver,
    /// The folder in which guided campaigns keep what they found; `None`: it is forgotten.
    pub corpus: Option<PathBuf>,
    /// Every plan of up to so many faults is tried; 0: none.
    pub exhaustive: usize,
    /// Whether plans are run also where an equal world was seen.
    pub exact: bool,
    /// How many simulations run at once; `None`: one per core.
    pub jobs: Option<NonZeroUsize>,
    /// End at the lowest failing run.
    pub fail_fast: bool,
    /// The folder of stored failures: read first, and written at failure time.
    pub failures: PathBuf,
    /// Rules whose warnings count as errors, by code or slug.
    pub deny: Vec<String>,
    /// Only this part of the runs and of the exhaustive search; `None`: all.
    pub shard: Option<Shard>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            subject: Subject::default(),
            seed: DEFAULT_SEED,
            runs: None,
            first: 0,
            time: None,
            faults: DEFAULT_FAULTS.to_owned(),
            driver: Driver::default(),
            corpus: None,
            exhaustive: DEFAULT_EXHAUSTIVE,
            exact: false,
            jobs: None,
            fail_fast: false,
            failures: PathBuf::from(DEFAULT_FAILURES),
            deny: Vec::new(),
            shard: None,
        }
    }
}

impl CheckOptions {
    /// How many simulations run at once.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }

    /// The line that repeats this call with the number of runs that it did per scenario. Neither the number of workers nor the format is
    /// in it: they do not change the result.
    #[must_use]
    pub fn repeat_line(&self, runs: u64) -> String {
        self.line(Some(runs), None)
    }

    /// The line that asks for the same again, with the time that it may take: for a call that did not come to its end in it. The
    /// number of runs that it did would repeat these, but search on where the time cut it off.
    #[must_use]
    pub fn asked_line(&self) -> String {
        self.line(self.runs, self.time)
    }

    fn line(&self, runs: Option<u64>, time: Option<Duration>) -> String {
        let mut line = vec!["sagasim".to_owned(), "check".to_owned()];
        line.extend(self.subject.arguments());
        line.extend(["--seed".to_owned(), self.seed.to_string()]);
        if let Some(runs) = runs {
            line.extend(["--runs".to_owned(), runs.to_string()]);
        }
        if let Some(time) = time {
            line.extend(["--time".to_owned(), wall_time(time)]);
        }
        let defaults = Self::default();
        if self.first != 0 {
            line.extend(["--first".to_owned(), self.first.to_string()]);
        }
        if self.faults != defaults.faults {
            line.extend(["--faults".to_owned(), self.faults.clone()]);
        }
        if self.driver != defaults.driver {
            line.extend(["--driver".to_owned(), self.driver.to_string()]);
        }
        if let Some(corpus) = &self.corpus {
            line.extend(["--corpus".to_owned(), path(corpus)]);
        }
        if self.exhaustive != defaults.exhaustive {
            line.extend(["--exhaustive".to_owned(), self.exhaustive.to_string()]);
        }
        if self.exact {
            line.push("--exact".to_owned());
        }
        if self.fail_fast {
            line.push("--fail-fast".to_owned());
        }
        if self.failures != defaults.failures {
            line.extend(["--failures".to_owned(), path(&self.failures)]);
        }
        for rule in &self.deny {
            line.extend(["--deny".to_owned(), rule.clone()]);
        }
        if let Some(shard) = self.shard {
            line.extend(["--shard".to_owned(), shard.to_string()]);
        }
        command_line(&line)
    }
}

/// A time as the command line takes it.
fn wall_time(time: Duration) -> String {
    let milliseconds = time.as_millis();
    if milliseconds.is_multiple_of(1_000) { format!("{}s", milliseconds / 1_000) } else { format!("{milliseconds}ms") }
}

/// What `merge` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeOptions {
    /// The results of all shards, in any order.
    pub results: Vec<PathBuf>,
    /// The folder in which failures are stored.
    pub failures: PathBuf,
}

/// What `replay` is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayOptions {
    /// A token, or the path of a repro file.
    pub failure: String,
    /// What it runs against; without files, what a repro file was recorded from, or the bundled scenarios.
    pub subject: Subject,
    /// Faults to leave out, by their number from 1.
    pub without: Vec<u32>,
    /// Run against the files that are embedded in the repro file.
    pub as_recorded: bool,
    /// Report every event.
    pub trace: bool,
    /// Report every event up to this one.
    pub until: Option<u64>,
}

impl ReplayOptions {
    /// The line that repeats this call.
    #[must_use]
    pub fn repeat_line(&self) -> String {
        let mut line = vec!["sagasim".to_owned(), "replay".to_owned(), path(Path::new(&self.failure))];
        line.extend(self.subject.arguments());
        for n in &self.without {
            line.extend(["--without-fault".to_owned(), n.to_string()]);
        }
        if self.as_recorded {
            line.push("--as-recorded".to_owned());
        }
        command_line(&line)
    }
}

/// What `shrink` is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShrinkOptions {
    /// The failure and what it runs against.
    pub replay: ReplayOptions,
    /// Where the repro file goes; `None`: into `failures`, named after what breaks.
    pub out: Option<PathBuf>,
    /// The folder of stored failures.
    pub failures: PathBuf,
}

impl ShrinkOptions {
    /// The line that repeats this call.
    #[must_use]
    pub fn repeat_line(&self) -> String {
        let mut line = vec!["sagasim".to_owned(), "shrink".to_owned(), path(Path::new(&self.replay.failure))];
        line.extend(self.replay.subject.arguments());
        if self.replay.as_recorded {
            line.push("--as-recorded".to_owned());
        }
        if let Some(out) = &self.out {
            line.extend(["--out".to_owned(), path(out)]);
        } else if self.failures != Path::new(DEFAULT_FAILURES) {
            line.extend(["--failures".to_owned(), path(&self.failures)]);
        }
        command_line(&line)
    }
}

/// What `mutants` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantsOptions {
    /// Defect files; none means the bundled catalogue.
    pub files: Vec<PathBuf>,
    /// Only the defects of these names.
    pub only: Vec<String>,
    /// The campaign seed.
    pub seed: u64,
    /// Random runs per defect at most; `None`: as many as `check` does.
    pub runs: Option<u64>,
    /// How many simulations run at once; `None`: one per core.
    pub jobs: Option<NonZeroUsize>,
}

impl Default for MutantsOptions {
    fn default() -> Self {
        Self { files: Vec::new(), only: Vec::new(), seed: DEFAULT_SEED, runs: None, jobs: None }
    }
}

impl MutantsOptions {
    /// The line that repeats this call.
    #[must_use]
    pub fn repeat_line(&self) -> String {
        let mut line = vec!["sagasim".to_owned(), "mutants".to_owned()];
        line.extend(self.files.iter().map(|file| path(file)));
        for defect in &self.only {
            line.extend(["--defect".to_owned(), defect.clone()]);
        }
        line.extend(["--seed".to_owned(), self.seed.to_string()]);
        if let Some(runs) = self.runs {
            line.extend(["--runs".to_owned(), runs.to_string()]);
        }
        command_line(&line)
    }
}

/// What `selfcheck` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfcheckOptions {
    /// Only the bundled saga of this name.
    pub scenario: Option<String>,
    /// The seed of the runs.
    pub seed: u64,
    /// Runs per saga and driver; `None`: [`DEFAULT_SELFCHECK_RUNS`].
    pub runs: Option<u64>,
    /// On how many threads they run the first time; `None`: one per core, and two at least.
    pub jobs: Option<NonZeroUsize>,
}

impl Default for SelfcheckOptions {
    fn default() -> Self {
        Self { scenario: None, seed: DEFAULT_SEED, runs: None, jobs: None }
    }
}

impl SelfcheckOptions {
    /// The line that repeats this call.
    #[must_use]
    pub fn repeat_line(&self) -> String {
        let mut line = vec!["sagasim".to_owned(), "selfcheck".to_owned()];
        if let Some(scenario) = &self.scenario {
            line.extend(["--scenario".to_owned(), scenario.clone()]);
        }
        line.extend(["--seed".to_owned(), self.seed.to_string()]);
        line.extend(["--runs".to_owned(), self.runs.unwrap_or(DEFAULT_SELFCHECK_RUNS).to_string()]);
        command_line(&line)
    }
}

/// The one who calls: may ask a long call to stop, and hears how far it is.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Set to true to stop at the next run; what was done until then is reported.
    pub stop: &'a AtomicBool,
    /// Hears how far the call is.
    pub progress: &'a dyn Progress,
}

impl Session<'_> {
    /// Whether the caller asked to stop.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Hears how far a long call is, from any thread.
pub trait Progress: Sync {
    /// A phase begins, of this many runs or plans; 0 if nobody knows.
    fn begin(&self, phase: &str, total: u64);
    /// So many more are done.
    fn advance(&self, done: u64);
    /// The phase is over.
    fn end(&self);
}

/// Nobody listens.
impl Progress for () {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}

/// Why a call gave no report. What is wrong in a definition or contract file is no error but a finding of the report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call asks for something that does not exist: a scenario, a profile, a path of `--set`.
    #[error("{0}")]
    Usage(String),
    /// A token or a file is not one of ours, or cannot be read.
    #[error("{0}")]
    Input(String),
    /// Files hold mistakes: a line for each, and what to write instead.
    #[error("{}", .0.join("\n"))]
    Files(Vec<String>),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Equal choices gave unequal runs, or sagasim itself went wrong.
    #[error("{0}")]
    Internal(String),
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Files(invalid.lines())
    }
}

impl Error {
    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Input(_) | Self::Files(_) | Self::File(FileError::Read { .. }) => 2,
            Self::Internal(_) | Self::File(FileError::Write { .. }) => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            files: vec!["a b.saga.yaml".into(), "-x.yaml".into()],
            scenario: Some("cancel".to_owned()),
            order: None,
            set: vec![Set { path: "saga.steps[bill].key".to_owned(), value: "${item.id}".to_owned() }],
        }
    }

    #[test]
    fn a_line_to_paste_says_what_was_run() {
        let tail = "'a b.saga.yaml' ./-x.yaml --scenario cancel --set 'saga.steps[bill].key=${item.id}'";
        assert_eq!(subject().replay_line("SG1-00"), format!("sagasim replay SG1-00 {tail}"));
        let check = CheckOptions { subject: subject(), jobs: NonZeroUsize::new(2), ..CheckOptions::default() };
        assert_eq!(check.repeat_line(50), format!("sagasim check {tail} --seed 1 --runs 50"));
    }

    #[test]
    fn what_differs_from_the_defaults_is_in_the_line() {
        let check = CheckOptions {
            first: 17,
            faults: "none".to_owned(),
            driver: Driver::Uniform,
            fail_fast: true,
            failures: "f".into(),
            deny: vec!["SG0008".to_owned()],
            ..CheckOptions::default()
        };
        let expected = "sagasim check --seed 1 --runs 1 --first 17 --faults none --driver uniform --fail-fast --failures f --deny SG0008";
        assert_eq!(check.repeat_line(1), expected);
        let replay = ReplayOptions {
            failure: "a.json".to_owned(),
            without: vec![1, 2],
            as_recorded: true,
            ..ReplayOptions::default()
        };
        assert_eq!(replay.repeat_line(), "sagasim replay a.json --without-fault 1 --without-fault 2 --as-recorded");
        let mutants = MutantsOptions { only: vec!["x".to_owned()], runs: Some(9), ..MutantsOptions::default() };
        assert_eq!(mutants.repeat_line(), "sagasim mutants --defect x --seed 1 --runs 9");
    }
}
