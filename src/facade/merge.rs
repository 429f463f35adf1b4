//! `sagasim merge`: the results of shards as one verdict, the same as of the campaign in one piece.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reports::{CheckReport, RegressionRow, SHARD_SCHEMA, ShardReport};
use scenarios::campaign::{Exhaustive, Tally};
use scenarios::json;
use scenarios::replay::EmbeddedText;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sim_core::campaign::Tally as _;

use super::check::{self, Findings};
use super::exhaustive;
use super::sharded::{self, Call, StoredScenario};
use super::subject::Loaded;
use crate::files;
use crate::options::{CheckOptions, Error, MergeOptions};
use crate::shard::Shard;

/// What all counts of a kind may add up to.
const MOST: u64 = 1 << 60;

/// The result of a shard.
struct Part {
    name: String,
    shard: Shard,
    stopped: bool,
    call: Call,
    definitions: Option<EmbeddedText>,
    scenarios: Vec<StoredScenario>,
    regressions: Vec<RegressionRow>,
    wall_ms: u64,
}

/// Adds the results of shards up and draws the verdict.
///
/// # Errors
///
/// [`Error::Input`] where a file is no result of a shard, a shard is missing or there twice, or they are of different campaigns.
pub fn merge(options: &MergeOptions) -> Result<CheckReport, Error> {
    let mut parts = options.results.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    parts.sort_by_key(|part| part.shard.index);
    agree(&parts)?;
    let first = &parts[0];
    let check = first.call.options(options.failures.clone()).map_err(|error| wrong(&first.name, &error))?;
    if check.subject.files.is_empty() != first.definitions.is_none() {
        return Err(wrong(&first.name, "its definition is not of its call"));
    }
    first.call.same_files()?;
    let loaded = sharded::load(first.definitions.as_ref(), &check)?;
    let mut found = Findings::default();
    if let Some(part) = parts.iter().find(|part| part.scenarios.len() != loaded.len()) {
        return Err(wrong(&part.name, "it does not hold all scenarios of its definition, or others"));
    }
    for (place, loaded) in loaded.iter().enumerate() {
        let (tally, search) = add_up(&parts, place, loaded, &check)?;
        found.tallies.push(tally);
        found.exhaustive.push(search);
        found.recorded.push(BTreeMap::new());
    }
    let mut report = check::begin(&check);
    check::introduce(&mut report, &check, &loaded);
    report.regressions.clone_from(&first.regressions);
    let of = first.shard.of;
    let stopped = parts.iter().filter(|part| part.stopped);
    let stopped: Vec<_> =
        stopped.map(|part| format!("shard {} of {of} was stopped before its end", part.shard.index)).collect();
    let wall_ms = parts.iter().map(|part| part.wall_ms).max().unwrap_or(0);
    check::conclude(&mut report, &check, &loaded, (&found, Duration::from_millis(wall_ms)), &stopped);
    Ok(report)
}

/// What the shards found in one scenario, as one. A campaign that ends at its first failure ends with the shard that has it.
fn add_up(
    parts: &[Part],
    place: usize,
    loaded: &Loaded,
    check: &CheckOptions,
) -> Result<(Tally, Option<Exhaustive>), Error> {
    let scenario = &loaded.simulation.scenario;
    let most = MOST / (parts.len() * parts[0].scenarios.len().max(1)) as u64;
    let mut total = Tally::new(scenario);
    let mut whole: Option<Exhaustive> = None;
    let workloads = loaded.simulation.workloads();
    let wanted = exhaustive::depth(loaded, check);
    for part in parts {
        let foreign = || wrong(&part.name, "what it found is not of the definition and the call that it holds");
        let stored = part
            .scenarios
            .get(place)
            .filter(|stored| stored.scenario == loaded.name && stored.digest == loaded.definition.digest);
        let stored = stored.ok_or_else(foreign)?;
        let found = match (wanted, &stored.search) {
            (None, None) => None,
            (Some(faults), Some(search)) => {
                let exploration = search.read(scenario, (workloads.len(), faults), most).ok_or_else(foreign)?;
                Some(Exhaustive { workloads: workloads.clone(), exploration })
            }
            _ => return Err(foreign()),
        };
        let is_over = found.as_ref().is_some_and(|found| exhaustive::is_over(found, check));
        let tally = stored.tally.read(scenario, most).filter(|tally| fits(tally, (part, is_over), check));
        let tally = tally.ok_or_else(foreign)?;
        if !check.fail_fast || total.causes.is_empty() {
            total.merge(tally);
        }
        match (&mut whole, found) {
            (Some(whole), Some(_)) if exhaustive::is_over(whole, check) => {
                if part.shard.slice(workloads.len() as u64).1 > 0 {
                    whole.exploration.cut_off();
                }
            }
            (Some(whole), Some(found)) => whole.exploration.merge(found.exploration),
            (whole, found) => *whole = found,
        }
    }
    if whole.as_ref().is_some_and(|whole| exhaustive::is_over(whole, check)) {
        total = Tally::new(scenario);
    }
    Ok((total, whole))
}

/// Whether a tally has the runs of its shard, whose search may have been the end of it.
fn fits(tally: &Tally, (part, is_over): (&Part, bool), check: &CheckOptions) -> bool {
    let (before, runs) = part.shard.slice(check.runs.unwrap_or(0));
    let first = check.first + before;
    let own = first..first + runs;
    let ended = part.stopped || is_over || (check.fail_fast && !tally.causes.is_empty());
    (tally.runs == runs || (ended && tally.runs < runs))
        && tally.causes.values().flat_map(|cause| [cause.index, cause.simplest.index]).all(|index| own.contains(&index))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::Input(format!("{name}: {what}"))
}

fn typed<T: DeserializeOwned>(name: &str, value: serde_json::Value) -> Result<T, Error> {
    serde_json::from_value(value)
        .map_err(|error| wrong(name, &format!("not as this sagasim writes it: {}", json::said(&error))))
}

/// Reads a result.
fn read(path: &Path) -> Result<Part, Error> {
    #[derive(Deserialize)]
    #[serde(expecting = "the report of a check")]
    struct Report {
        version: String,
        verdict: String,
        random: Random,
        shard: Option<serde_json::Value>,
    }
    #[derive(Deserialize)]
    struct Random {
        wall_ms: u64,
    }
    let name = path.display().to_string();
    let text = files::read_text(path).map_err(|why| wrong(&name, &why))?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| wrong(&name, &format!("not the JSON of a check with --shard: {}", json::said(&error))))?;
    let ours = env!("CARGO_PKG_VERSION");
    if report.version != ours {
        return Err(wrong(&name, &format!("written by sagasim {}, and this is {ours}", report.version)));
    }
    let shard = report.shard.ok_or_else(|| {
        wrong(&name, &format!("not the result of a shard, but of a whole check, with the verdict {}", report.verdict))
    })?;
    if shard.get("schema").and_then(serde_json::Value::as_u64) != Some(SHARD_SCHEMA.into()) {
        return Err(wrong(&name, "a shard of another format than this sagasim reads"));
    }
    let stored: ShardReport = typed(&name, shard)?;
    let (index, of) = (stored.index, stored.of);
    Ok(Part {
        shard: Shard::new(index, of).ok_or_else(|| wrong(&name, &format!("there is no shard {index} of {of}")))?,
        stopped: stored.stopped,
        call: typed(&name, stored.call)?,
        definitions: typed(&name, stored.definitions)?,
        scenarios: stored.scenarios.into_iter().map(|scenario| typed(&name, scenario)).collect::<Result<_, _>>()?,
        regressions: stored.regressions,
        wall_ms: report.random.wall_ms,
        name,
    })
}

/// Whether these are all shards of one campaign, each once; they come in the order of their numbers.
fn agree(parts: &[Part]) -> Result<(), Error> {
    let Some(first) = parts.first() else { return Err(Error::Input("there is no result to merge".to_owned())) };
    let of = first.shard.of;
    for part in parts {
        let (a, b) = (first.shard, part.shard);
        if a.of != b.of {
            let (a, b) = (format!("{} of {}", a.index, a.of), format!("{} of {}", b.index, b.of));
            return Err(Error::Input(format!("{} is shard {a}, {} is shard {b}", first.name, part.name)));
        }
        if part.call != first.call {
            return Err(wrong(&part.name, &format!("not of the same call as {}", first.name)));
        }
        if part.definitions != first.definitions {
            return Err(wrong(&part.name, &format!("not of the same definition as {}", first.name)));
        }
    }
    for pair in parts.windows(2) {
        if pair[0].shard.index == pair[1].shard.index {
            let (a, b) = (&pair[0].name, &pair[1].name);
            return Err(Error::Input(format!("{a} and {b} are both shard {} of {of}", pair[0].shard.index)));
        }
    }
    let there = |index: &u64| parts.iter().any(|part| part.shard.index == *index);
    let missing: Vec<String> = (1..=of).filter(|index| !there(index)).take(10).map(|index| index.to_string()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Input(format!("of {of} shards these are missing: {}", missing.join(", "))))
}
