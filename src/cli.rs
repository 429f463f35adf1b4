//! The command line: what each flag is called and what its help says. Nothing here does anything.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use reports::{FORMATS, Format};
use sagasim::Shard;
use sagasim::options::{
    CheckOptions, DEFAULT_EXHAUSTIVE, DEFAULT_FAILURES, DEFAULT_FAULTS, DEFAULT_RUNS, DEFAULT_SEED,
    DEFAULT_SELFCHECK_RUNS, Driver, MergeOptions, MutantsOptions, ReplayOptions, SelfcheckOptions, ShrinkOptions,
    Subject,
};
use scenarios::definition::Set;
use sim_core::explore::FAULTS_MAX;

use crate::commands::list::KINDS;

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
    /// No colours, no characters outside ASCII, no progress bar
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
    /// Definition, contract and scenario files [default: the bundled scenarios]
    pub files: Vec<PathBuf>,
    /// What to simulate.
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Random runs per scenario.
    #[arg(long, help = format!("Random runs per scenario [default: {DEFAULT_RUNS}, or as many as --time allows]"), value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
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
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Stop at the first failing run
    #[arg(long)]
    pub fail_fast: bool,
    /// Where failures are kept; those of earlier calls are run first
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FAILURES)]
    pub failures: PathBuf,
    /// Treat the warnings of a rule as errors (repeatable)
    #[arg(long, value_name = "CODE")]
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
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
    #[arg(long, help_heading = "Output", value_name = "EVENT", value_parser = clap::value_parser!(u64).range(1..))]
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// How many simulations run at once [default: one per core]
    #[arg(long, value_name = "N")]
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
    #[arg(long, value_name = "N", help = format!("Runs per saga and driver [default: {DEFAULT_SELFCHECK_RUNS}]"), value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// On how many threads they run the first time [default: one per core, and two at least]
    #[arg(long, value_name = "N")]
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

/// Formats of commands other than `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Short {
    /// One page for people
    Human,
    /// One document for scripts
    Json,
}

/// The names of [`Driver`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriverName {
    /// Every kind of the profile in every run
    Uniform,
    /// A random few kinds in each run, with random weights
    Swarm,
    /// As swarm, but most runs begin with the faults of an earlier one that reached something new
    Guided,
}

impl From<DriverName> for Driver {
    fn from(name: DriverName) -> Self {
        match name {
            DriverName::Uniform => Self::Uniform,
            DriverName::Swarm => Self::Swarm,
            DriverName::Guided => Self::Guided,
        }
    }
}

/// A format of the table, chosen by its name.
#[derive(Clone, Copy)]
pub struct FormatName(pub &'static Format);

impl std::fmt::Debug for FormatName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

impl FromStr for FormatName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Format::named(name).map(Self).ok_or_else(|| {
            let names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
            format!("unknown format {name:?}; expected {}", names.join(" or "))
        })
    }
}

fn format_names() -> impl TypedValueParser<Value = FormatName> {
    let names = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.what));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<FormatName>())
}

/// A file to write a report to.
#[derive(Clone, Debug)]
pub struct OutFile {
    /// In which format.
    pub format: FormatName,
    /// Where.
    pub path: PathBuf,
}

impl FromStr for OutFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, path)) if !path.is_empty() => Ok(Self { format: name.parse()?, path: path.into() }),
            _ => Err("expected FORMAT=FILE, such as json=report.json".to_owned()),
        }
    }
}

fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text, &|name| std::env::var(name).ok())
}

fn wall_time(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a whole number with its unit, such as 60s, 10m or 2h".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(milliseconds).filter(|&ms| ms > 0).map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[derive(Debug, Parser)]
    #[command(name = "sagasim")]
    struct Probe {
        #[command(flatten)]
        looks: Looks,
        #[command(subcommand)]
        command: ProbeCommand,
    }

    #[derive(Debug, Subcommand)]
    enum ProbeCommand {
        Check(Box<CheckArgs>),
        Replay(ReplayArgs),
        Shrink(ShrinkArgs),
        Mutants(MutantsArgs),
        Merge(MergeArgs),
        New(NewArgs),
    }

    fn parse(line: &str) -> Result<ProbeCommand, String> {
        Probe::try_parse_from(line.split(' ')).map(|probe| probe.command).map_err(|error| error.to_string())
    }

    fn check_options(line: &str) -> CheckOptions {
        match parse(line) {
            Ok(ProbeCommand::Check(args)) => args.options(),
            other => panic!("{other:?}"),
        }
    }

    fn rejected(line: &str, expected: &str) {
        let error = parse(line).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        Probe::command().debug_assert();
    }

    #[test]
    fn flags_become_options() {
        assert_eq!(check_options("sagasim check"), CheckOptions::default());
        let options = check_options(
            "sagasim check a.saga.yaml b.yaml --runs 50 --first 17 --time 90s --seed 0xff --faults storm --driver uniform \
             --jobs 2 --scenario cancel --order o.json --set platform.outbox.mark=c=d --set saga.steps[x]= --failures f --fail-fast --deny SG0805 --exhaustive 2 --exact --corpus c -v",
        );
        let set = |path: &str, value: &str| Set { path: path.to_owned(), value: value.to_owned() };
        let expected = CheckOptions {
            subject: Subject {
                files: vec!["a.saga.yaml".into(), "b.yaml".into()],
                scenario: Some("cancel".to_owned()),
                order: Some("o.json".into()),
                set: vec![set("platform.outbox.mark", "c=d"), set("saga.steps[x]", "")],
            },
            seed: 255,
            runs: Some(50),
            first: 17,
            time: Some(Duration::from_secs(90)),
            faults: "storm".to_owned(),
            driver: Driver::Uniform,
            corpus: Some("c".into()),
            exhaustive: 2,
            exact: true,
            jobs: NonZeroUsize::new(2),
            fail_fast: true,
            failures: "f".into(),
            deny: vec!["SG0805".to_owned()],
            shard: None,
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn what_an_option_prints_is_what_it_parses() {
        let line = "sagasim check a.yaml --seed 7 --runs 50 --faults none --driver uniform --exhaustive 3 --exact --deny SG0805 --shard 2/8";
        assert_eq!(check_options(&check_options(line).repeat_line(50)), check_options(line));
        let Ok(ProbeCommand::Replay(args)) = parse("sagasim replay SG1-00 a.yaml --without-fault 1 --without-fault 2")
        else {
            panic!("a replay");
        };
        assert_eq!(args.options().repeat_line(), "sagasim replay SG1-00 a.yaml --without-fault 1 --without-fault 2");
        for line in ["sagasim shrink SG1-00 a.yaml --out b.json", "sagasim shrink a.json --as-recorded --failures b"] {
            let Ok(ProbeCommand::Shrink(args)) = parse(line) else { panic!("a shrink") };
            assert_eq!(args.options().repeat_line(), line);
        }
    }

    #[test]
    fn a_wrong_flag_says_what_was_expected() {
        for (line, expected) in [
            ("sagasim check --seed -1", "expected"),
            ("sagasim check --seed 1e3", "expected a whole number"),
            ("sagasim check --time 60", "with its unit"),
            ("sagasim check --time 0s", "with its unit"),
            ("sagasim check --time 99999999999999999h", "with its unit"),
            ("sagasim check --runs 0", "1.."),
            ("sagasim check --jobs 0", "zero"),
            ("sagasim check --set platform", "expected PATH=VALUE"),
            ("sagasim check --set =x", "expected a path"),
            ("sagasim check --shard 3/2", "I from 1 to N"),
            ("sagasim check --shard 1/2 --time 9s", "cannot be used with"),
            ("sagasim merge", "JSON"),
            ("sagasim check --out json", "expected FORMAT=FILE"),
            ("sagasim check --out xml=a", "expected human or json"),
            ("sagasim check --format xml", "possible values: human, json"),
            ("sagasim check -q -v", "cannot be used with"),
            ("sagasim replay", "TOKEN|FILE"),
            ("sagasim replay a --without-fault 0", "1.."),
            ("sagasim replay a b.yaml --as-recorded", "cannot be used with"),
            ("sagasim replay a --until 0", "1.."),
            ("sagasim replay a --step --trace", "cannot be used with"),
            ("sagasim replay a --step --format json", "cannot be used with"),
            ("sagasim shrink", "TOKEN|FILE"),
            ("sagasim shrink a --out b --failures c", "cannot be used with"),
        ] {
            rejected(line, expected);
        }
    }
}
