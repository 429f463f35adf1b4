//! The command line: what each flag is called and what its help says. Nothing here does anything.

mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use reports::FORMATS;
use sagasim::Shard;
use sagasim::options::{
    CheckOptions, DEFAULT_EXHAUSTIVE, DEFAULT_FAILURES, DEFAULT_FAULTS, DEFAULT_RUNS, DEFAULT_SEED,
    DEFAULT_SELFCHECK_RUNS, MergeOptions, MutantsOptions, ReplayOptions, SelfcheckOptions, ShrinkOptions, Subject,
};
use scenarios::definition::Set;
use sim_core::explore::FAULTS_MAX;

use crate::commands::list::KINDS;

pub use self::values::*;
use self::values::{fault, format_names, from_one, jobs, rule, seed, shard, wall_time};

/// Break the saga here, not in production.
///
/// sagasim runs a saga definition through thousands of simulated orders while messages are lost and repeated, systems time out
/// and processes crash, and says whether the definition may be activated. The same seed gives the same result, always.
#[derive(Debug, Parser)]
#[command(
    name = "sagasim",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 pass, 1 a property is broken, 2 a file cannot be run, 3 not enough evidence, 4 internal error, 64 usage"
)]
pub struct Cli {
    /// How output looks.
    #[command(flatten)]
    pub looks: Looks,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Looks {
    /// Say more: unfold the report and log to standard error (-vv for details, -vvv for every event)
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Output", conflicts_with = "quiet")]
    pub verbose: u8,
    /// Print one line only
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// No colours, no characters outside ASCII but in paths and lines to paste, no progress bar
    #[arg(long, global = true, help_heading = "Output")]
    pub plain: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Check(Box<CheckArgs>),
    Replay(ReplayArgs),
    Shrink(ShrinkArgs),
    Mutants(MutantsArgs),
    Merge(MergeArgs),
    Selfcheck(SelfcheckArgs),
    /// Print a catalogue, such as the faults that are injected
    List(ListArgs),
    New(NewArgs),
    /// Print the completion script of a shell
    #[command(after_help = "Example:\n  sagasim completions bash > ~/.local/share/bash-completion/completions/sagasim")]
    Completions(CompletionsArgs),
    /// Print a manual page
    #[command(after_help = "Example:\n  sagasim man > ~/.local/share/man/man1/sagasim.1")]
    Man(ManArgs),
}

/// Help of `check` below its flags.
pub const CHECK_EXAMPLES: &str = "\
Examples:
  sagasim check                              the bundled scenarios
  sagasim check order.saga.yaml              your definition and its contracts
  sagasim check order.saga.yaml --time 10m   all that fits into ten minutes
  sagasim check order.saga.yaml --set platform.outbox.mark=before-publish
  sagasim check order.saga.yaml --format json --out human=report.txt";

/// Simulate orders under faults and say whether the definition may be activated
#[derive(Clone, Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct CheckArgs {
    /// Definition and scenario files, which name their contracts [default: the bundled scenarios]
    pub files: Vec<PathBuf>,
    /// What to simulate.
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Random runs per scenario.
    #[arg(long, help = format!("Random runs per scenario [default: {DEFAULT_RUNS}, or as many as --time allows]"), value_name = "N", value_parser = from_one)]
    pub runs: Option<u64>,
    /// The index of the first run; run 17 of 2000 is the same as run 17 alone
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,
    /// Begin no run after this time: 60s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = wall_time)]
    pub time: Option<Duration>,
    /// The number that all chance comes from; the same seed gives the same result
    #[arg(long, value_name = "S", default_value_t = DEFAULT_SEED, value_parser = seed)]
    pub seed: u64,
    /// Which faults to inject and how often: none, light, standard, storm, or a profile file
    #[arg(long, value_name = "PROFILE", help = format!("Which faults to inject and how often: none, light, standard, storm, or a profile file [default: what the scenario says, or {DEFAULT_FAULTS}]"))]
    pub faults: Option<String>,
    /// How runs pick faults: all kinds of the profile in every run, a random few in each, or on top of earlier finds
    #[arg(long, value_enum, default_value_t = DriverName::Swarm)]
    pub driver: DriverName,
    /// Where a guided campaign keeps the runs that reached something new, and finds those of earlier calls
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// Try every plan of up to K faults at once; 0 tries none
    #[arg(long, value_name = "K", default_value_t = DEFAULT_EXHAUSTIVE as u8, value_parser = clap::value_parser!(u8).range(..=FAULTS_MAX as i64))]
    pub exhaustive: u8,
    /// Run each of these plans, also where an equal world was explored
    #[arg(long)]
    pub exact: bool,
    /// How many simulations run at once; it does not change the result [default: one per core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// End a scenario at its first failing run, or with the first workload of the search in which a plan fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Where failures are kept; those of earlier calls are run first
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FAILURES)]
    pub failures: PathBuf,
    /// Treat the warnings of a rule as errors (repeatable)
    #[arg(long, value_name = "CODE", value_parser = rule)]
    pub deny: Vec<String>,
    /// Do one of N parts, as I/N; auto takes both from a CI system or job array, auto/N its number only. See `sagasim merge`
    #[arg(long, value_name = "I/N", value_parser = shard, conflicts_with_all = ["time", "corpus"])]
    pub shard: Option<Shard>,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_name = "FORMAT", default_value = FORMATS[0].name, value_parser = format_names())]
    pub format: FormatName,
    /// Write the report to a file as well, as FORMAT=FILE (repeatable)
    #[arg(long, help_heading = "Output", value_name = "FORMAT=FILE")]
    pub out: Vec<OutFile>,
}

impl CheckArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> CheckOptions {
        CheckOptions {
            subject: self.subject.with(&self.files),
            seed: self.seed,
            runs: self.runs,
            first: self.first,
            time: self.time,
            faults: self.faults.clone().unwrap_or_else(|| sagasim::faults_of(&self.subject.with(&self.files))),
            driver: self.driver.into(),
            corpus: self.corpus.clone(),
            exhaustive: usize::from(self.exhaustive),
            exact: self.exact,
            jobs: self.jobs,
            fail_fast: self.fail_fast,
            failures: self.failures.clone(),
            deny: self.deny.clone(),
            shard: self.shard,
        }
    }
}

/// Flags that say what is simulated.
#[derive(Clone, Debug, Args)]
pub struct SubjectArgs {
    /// Only the scenario of this name
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Simulate this TMF622 product order instead of generated ones
    #[arg(long, value_name = "ORDER.json")]
    pub order: Option<PathBuf>,
    /// Change a value of a definition or contract for this call, as PATH=VALUE (repeatable)
    ///
    /// A path begins with the kind of the file and names things by their id: saga.steps[ship-router].key,
    /// participants.billing.operations.charge.dedup.by, platform.outbox.mark. VALUE is YAML; null removes.
    #[arg(long, value_name = "PATH=VALUE", value_parser = Set::parse)]
    pub set: Vec<Set>,
}

impl SubjectArgs {
    fn with(&self, files: &[PathBuf]) -> Subject {
        Subject {
            files: files.to_vec(),
            scenario: self.scenario.clone(),
            order: self.order.clone(),
            set: self.set.clone(),
        }
    }
}

/// Help of `replay` below its flags.
pub const REPLAY_EXAMPLES: &str = "\
Examples:
  sagasim replay sagasim-failures/a.json                     as a story
  sagasim replay sagasim-failures/a.json --step              step by step, forwards and back
  sagasim replay sagasim-failures/a.json --without-fault 1   is it needed?
  sagasim replay sagasim-failures/a.json --set platform.outbox.mark=after-publish

Exit codes: 0 fixed, 1 a property is broken, 2 not a token or file of ours, 3 stale";

/// Run one failure again and tell it as a story
#[derive(Clone, Debug, Args)]
#[command(after_help = REPLAY_EXAMPLES)]
pub struct ReplayArgs {
    /// The token of a failing run, or a file from the failures folder
    #[arg(value_name = "TOKEN|FILE")]
    pub failure: String,
    /// Files to run it against [default: those it was recorded with]
    pub files: Vec<PathBuf>,
    /// What to simulate.
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Leave out fault N of the story (repeatable)
    #[arg(long, value_name = "N", value_parser = fault)]
    pub without_fault: Vec<u32>,
    /// Run against the definition as it was when the failure was recorded
    #[arg(long, conflicts_with = "files")]
    pub as_recorded: bool,
    /// Print every event, not only the story
    #[arg(long, help_heading = "Output")]
    pub trace: bool,
    /// Walk through the run in this terminal, forwards and back
    #[arg(long, help_heading = "Output", conflicts_with_all = ["trace", "format"])]
    pub step: bool,
    /// Print every event up to this one; with --step, begin there
    #[arg(long, help_heading = "Output", value_name = "EVENT", value_parser = from_one)]
    pub until: Option<u64>,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_enum, default_value_t = Short::Human)]
    pub format: Short,
}

impl ReplayArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> ReplayOptions {
        ReplayOptions {
            failure: self.failure.clone(),
            subject: self.subject.with(&self.files),
            without: self.without_fault.clone(),
            as_recorded: self.as_recorded,
            trace: self.trace || self.step,
            until: self.until.filter(|_| !self.step),
        }
    }
}

/// Help of `shrink` below its flags.
pub const SHRINK_EXAMPLES: &str = "\
Examples:
  sagasim shrink sagasim-failures/a.json --out smaller.json
  sagasim shrink sg1.standard.swarm.1.17.3fa9c2d1b07e order.saga.yaml

Exit codes: 1 it fails and was reduced, 2 not a token or file of ours, 3 nothing breaks any more";

/// Reduce one failure to its minimum and write its repro file
#[derive(Clone, Debug, Args)]
#[command(after_help = SHRINK_EXAMPLES)]
pub struct ShrinkArgs {
    /// The token of a failing run, or a file from the failures folder
    #[arg(value_name = "TOKEN|FILE")]
    pub failure: String,
    /// Files to run it against [default: those it was recorded with]
    pub files: Vec<PathBuf>,
    /// What to simulate.
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Run against the definition as it was when the failure was recorded
    #[arg(long, conflicts_with = "files")]
    pub as_recorded: bool,
    /// Where the repro file goes [default: into the failures folder, named after what breaks]
    #[arg(long, value_name = "FILE", conflicts_with = "failures")]
    pub out: Option<PathBuf>,
    /// The folder that the repro file goes to
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FAILURES)]
    pub failures: PathBuf,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_enum, default_value_t = Short::Human)]
    pub format: Short,
}

impl ShrinkArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> ShrinkOptions {
        ShrinkOptions {
            replay: ReplayOptions {
                failure: self.failure.clone(),
                subject: self.subject.with(&self.files),
                as_recorded: self.as_recorded,
                ..ReplayOptions::default()
            },
            out: self.out.clone(),
            failures: self.failures.clone(),
        }
    }
}

/// Plant known bugs one by one and see whether each is caught
#[derive(Clone, Debug, Args)]
#[command(after_help = "Exit codes: 0 all caught, 1 one survived or something breaks without a planted bug")]
pub struct MutantsArgs {
    /// Defect files [default: the bundled catalogue]
    pub files: Vec<PathBuf>,
    /// Only the defect of this name (repeatable)
    #[arg(long, value_name = "ID")]
    pub defect: Vec<String>,
    /// The number that all chance comes from
    #[arg(long, value_name = "S", default_value_t = DEFAULT_SEED, value_parser = seed)]
    pub seed: u64,
    /// Random runs per defect at most
    #[arg(long, value_name = "N", value_parser = from_one)]
    pub runs: Option<u64>,
    /// How many simulations run at once [default: one per core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_enum, default_value_t = Short::Human)]
    pub format: Short,
}

impl MutantsArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> MutantsOptions {
        MutantsOptions {
            files: self.files.clone(),
            only: self.defect.clone(),
            seed: self.seed,
            runs: self.runs,
            jobs: self.jobs,
        }
    }
}

/// Help of `merge` below its flags.
pub const MERGE_EXAMPLES: &str = "\
Example:
  sagasim check --shard 1/2 --out json=1.json    on one machine
  sagasim check --shard 2/2 --out json=2.json    on another
  sagasim merge 1.json 2.json                    the verdict of both

Exit codes: those of check, and 2 if these are not all shards of one check";

/// Add the results of shards up to one verdict
///
/// The result is that of the check in one piece, but for the figures of the wall clock.
#[derive(Clone, Debug, Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub struct MergeArgs {
    /// The results of all shards of a check, in any order
    #[arg(value_name = "JSON", required = true)]
    pub results: Vec<PathBuf>,
    /// Where failures are kept
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FAILURES)]
    pub failures: PathBuf,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_name = "FORMAT", default_value = FORMATS[0].name, value_parser = format_names())]
    pub format: FormatName,
    /// Write the report to a file as well, as FORMAT=FILE (repeatable)
    #[arg(long, help_heading = "Output", value_name = "FORMAT=FILE")]
    pub out: Vec<OutFile>,
}

impl MergeArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> MergeOptions {
        MergeOptions { results: self.results.clone(), failures: self.failures.clone() }
    }
}

/// Prove that equal inputs give equal runs, on the bundled sagas
///
/// Each run is run twice on all cores and compared event by event and state by state, once more on one thread in another
/// order, and some of them alone. The library does the same on your own nodes: see `sim_core::determinism`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Exit codes: 0 every run was always the same, 4 one was not")]
pub struct SelfcheckArgs {
    /// Only the bundled saga of this name
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// The number that all chance comes from
    #[arg(long, value_name = "S", default_value_t = DEFAULT_SEED, value_parser = seed)]
    pub seed: u64,
    /// Runs per saga and driver.
    #[arg(long, value_name = "N", help = format!("Runs per saga and driver [default: {DEFAULT_SELFCHECK_RUNS}]"), value_parser = from_one)]
    pub runs: Option<u64>,
    /// On how many threads they run the first time [default: one per core, and two at least]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The format on standard output
    #[arg(long, help_heading = "Output", value_enum, default_value_t = Short::Human)]
    pub format: Short,
}

impl SelfcheckArgs {
    /// The flags as the library takes them.
    pub fn options(&self) -> SelfcheckOptions {
        SelfcheckOptions { scenario: self.scenario.clone(), seed: self.seed, runs: self.runs, jobs: self.jobs }
    }
}

/// Arguments of `list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Which catalogue
    #[arg(value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| PossibleValue::new(kind.name).help(kind.what))))]
    pub kind: String,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListFormat,
}

/// Write the bundled exercise with its contract files, to start from
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  sagasim new my-saga\n  sagasim check my-saga/*.saga.yaml")]
pub struct NewArgs {
    /// The folder to write to; files that are there already are never replaced
    pub dir: PathBuf,
}

/// Arguments of `completions`.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The page of this command [default: of sagasim itself]
    pub command: Option<String>,
}

#[cfg(test)]
mod tests;
