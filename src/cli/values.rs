//! Values of flags.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use reports::{FORMATS, Format};
use sagasim::Shard;
use sagasim::options::Driver;
use scenarios::definition::LOAD_RULES;
use scenarios::lint::RULES;
use scenarios::nearest::nearest;

/// Formats of commands other than `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Short {
    /// One page for people
    Human,
    /// One document for scripts
    Json,
}

/// Formats of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people
    Human,
    /// One document for scripts
    Json,
    /// A table for documents
    Markdown,
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

pub(super) fn format_names() -> impl TypedValueParser<Value = FormatName> {
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
            Some((_, "-")) => Err("expected FORMAT=FILE; standard output has --format".to_owned()),
            Some((name, path)) if !path.is_empty() => Ok(Self { format: name.parse()?, path: path.into() }),
            _ => Err("expected FORMAT=FILE, such as json=report.json".to_owned()),
        }
    }
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// A number of runs or of an event.
pub(super) fn from_one(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("expected a whole number from 1 to {}", u64::MAX))
}

/// The number of a fault in a story.
pub(super) fn fault(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("expected a whole number from 1 to {}", u32::MAX))
}

/// More threads than any machine has cores for would only wait, and the system may not have them.
const JOBS_MAX: usize = 1_024;

pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= JOBS_MAX);
    number.ok_or_else(|| format!("expected a whole number from 1 to {JOBS_MAX}"))
}

/// The code of a rule that there is.
pub(super) fn rule(text: &str) -> Result<String, String> {
    let codes = || LOAD_RULES.iter().map(|rule| rule.code).chain(RULES.iter().map(|rule| rule.code));
    if codes().any(|code| code == text) {
        return Ok(text.to_owned());
    }
    let nearest = nearest(text, codes()).map(|code| format!("; nearest: {code}")).unwrap_or_default();
    Err(format!("no rule has this code{nearest}; `sagasim list rules` has them all"))
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text, &|name| std::env::var(name).ok())
}

pub(super) fn wall_time(text: &str) -> Result<Duration, String> {
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
