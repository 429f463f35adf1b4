//! A tally and a search as shards write them down, and read again: everything, exactly. What is read may be of anyone, so it is
//! held against the scenario before it counts.
//!
//! Words that are no numbers stand in hexadecimal and the longest sums as text, so that no tool on the way rounds them.

use serde::{Deserialize, Serialize};
use sim_core::explore::{Breaking, Exploration, Level};
use sim_core::{Choice, Domain as _, Duration, Promise, Time, Violation};

use super::money::{ByCurrency, Wrong};
use super::{Cause, Exhaustive, Failing, Histogram, Tally};
use crate::metrics::Metrics;
use crate::model::Names;
use crate::replay::{Signature, choice_text, parse_choice};
use crate::scenario::Scenario;

/// A tally as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredTally {
    runs: u64,
    events: u64,
    virtual_us: String,
    fingerprint: String,
    injected: Counts,
    effective: Counts,
    cells: Counts,
    given: Counts,
    clean_runs: u64,
    judged: Counts,
    own: Counts,
    own_broken: Counts,
    broken: Counts,
    met: Vec<(usize, Histogram)>,
    retired: Counts,
    fates: Counts,
    charged_wrongly: Vec<StoredMoney>,
    not_charged: Vec<StoredMoney>,
    over_budget: u64,
    metrics: Metrics,
    causes: Vec<StoredCause>,
    unrepeatable: Option<(u64, String)>,
}

/// Of a table of counts, most of which are 0: places and counts.
type Counts = Vec<(usize, u64)>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMoney {
    currency: String,
    minor: String,
    orders: u64,
    longest_us: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCause {
    runs: u64,
    index: u64,
    /// The faults, the events and the number of the simplest run.
    simplest: (u32, u32, u64),
    violation: StoredViolation,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredViolation {
    invariant: u16,
    event: u32,
    time_us: u64,
    subject: String,
    detail: String,
    due_us: Option<u64>,
    promised_us: Option<u64>,
    met_us: Option<u64>,
}

/// What an exhaustive search found, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSearch {
    levels: Vec<StoredLevel>,
    persistent: StoredLevel,
    tally: StoredTally,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLevel {
    points: u64,
    alternatives: u64,
    classes: u64,
    run: u64,
    equal: u64,
    rejoined: u64,
    broken: u64,
    complete: bool,
    breaking: Vec<StoredSet>,
}

/// A set that breaks something: its choices as in a repro file, each with its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSet {
    workload: usize,
    choices: Vec<(String, u32)>,
    violation: StoredViolation,
}

/// The places of a table that are not 0.
fn counts(table: &[u64]) -> Counts {
    table.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
}

/// Fills a table of zeros; `None` for a place that it does not have, or a count above `most`.
fn fill(table: &mut [u64], counts: &[(usize, u64)], most: u64) -> Option<()> {
    for &(place, count) in counts {
        *table.get_mut(place)? = Some(count).filter(|count| *count <= most)?;
    }
    Some(())
}

/// A whole table in this form, for `#[serde(with)]`.
pub(crate) mod sparse {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, const N: usize>(table: &[u64; N], serializer: S) -> Result<S::Ok, S::Error> {
        super::counts(table).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u64; N], D::Error> {
        let mut table = [0; N];
        let counts = super::Counts::deserialize(deserializer)?;
        super::fill(&mut table, &counts, u64::MAX).ok_or_else(|| D::Error::custom("a count outside of its table"))?;
        Ok(table)
    }
}

fn word(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

fn sum(text: &str, most: u64) -> Option<u128> {
    text.parse().ok().filter(|sum| *sum <= u128::from(most) << 64)
}

impl StoredMoney {
    fn list(of: &ByCurrency) -> Vec<Self> {
        let row = |(currency, wrong): (&[u8; 3], &Wrong)| Self {
            currency: String::from_utf8_lossy(currency).into_owned(),
            minor: wrong.minor.to_string(),
            orders: wrong.orders,
            longest_us: wrong.longest_us,
        };
        of.iter().map(row).collect()
    }

    fn read(list: &[Self], most: u64) -> Option<ByCurrency> {
        let row = |row: &Self| {
            let currency: [u8; 3] = row.currency.as_bytes().try_into().ok()?;
            let known = currency.iter().all(u8::is_ascii_uppercase) && row.orders <= most;
            let Self { orders, longest_us, .. } = *row;
            known.then_some((currency, Wrong { minor: sum(&row.minor, most)?, orders, longest_us }))
        };
        list.iter().map(row).collect()
    }
}

impl StoredViolation {
    fn new(violation: &Violation) -> Self {
        let Violation { invariant, event, time, subject, detail, due, broken } = *violation;
        let hex = |word: u64| format!("{word:016x}");
        Self {
            invariant,
            event,
            time_us: time.0,
            subject: hex(subject),
            detail: hex(detail),
            due_us: due.map(|due| due.0),
            promised_us: broken.map(|promise| promise.within.0),
            met_us: broken.and_then(|promise| promise.met).map(|met| met.0),
        }
    }

    fn read(&self, scenario: &Scenario) -> Option<Violation> {
        let known = usize::from(self.invariant) < scenario.invariants().len();
        known.then_some(Violation {
            invariant: self.invariant,
            event: self.event,
            time: Time(self.time_us),
            subject: word(&self.subject)?,
            detail: word(&self.detail)?,
            due: self.due_us.map(Time),
            broken: self.promised_us.map(|within| Promise { within: Duration(within), met: self.met_us.map(Time) }),
        })
    }
}

impl StoredTally {
    /// A tally, to be written down.
    #[must_use]
    pub fn new(tally: &Tally) -> Self {
        let causes = tally.causes.values().map(|cause| StoredCause {
            runs: cause.runs,
            index: cause.index,
            simplest: (cause.simplest.faults, cause.simplest.events, cause.simplest.index),
            violation: StoredViolation::new(&cause.violation),
        });
        Self {
            runs: tally.runs,
            events: tally.events,
            virtual_us: tally.virtual_us.to_string(),
            fingerprint: format!("{:016x}", tally.fingerprint),
            injected: counts(&tally.injected),
            effective: counts(&tally.effective),
            cells: counts(tally.cells.table()),
            given: counts(tally.given.table()),
            clean_runs: tally.clean_runs,
            judged: counts(&tally.judged),
            own: counts(&tally.own.runs),
            own_broken: counts(&tally.own.broken),
            broken: counts(&tally.broken),
            met: tally.met.iter().cloned().enumerate().filter(|(_, met)| met.count > 0).collect(),
            retired: counts(&tally.retired),
            fates: counts(&tally.fates),
            charged_wrongly: StoredMoney::list(&tally.money.wrongly),
            not_charged: StoredMoney::list(&tally.money.missing),
            over_budget: tally.over_budget,
            metrics: tally.recorder.metrics.clone(),
            causes: causes.collect(),
            unrepeatable: tally.unrepeatable.clone(),
        }
    }

    /// The tally. `None` where it cannot be of this scenario, or has a count above `most`.
    #[must_use]
    pub fn read(&self, scenario: &Scenario, most: u64) -> Option<Tally> {
        let mut tally = Tally::new(scenario);
        let counts = [
            (self.runs, &mut tally.runs),
            (self.events, &mut tally.events),
            (self.clean_runs, &mut tally.clean_runs),
            (self.over_budget, &mut tally.over_budget),
        ];
        for (stored, count) in counts {
            *count = Some(stored).filter(|stored| *stored <= most)?;
        }
        tally.virtual_us = sum(&self.virtual_us, most)?;
        tally.fingerprint = word(&self.fingerprint)?;
        fill(&mut tally.injected, &self.injected, most)?;
        fill(&mut tally.effective, &self.effective, most)?;
        fill(tally.cells.table_mut(), &self.cells, most)?;
        fill(tally.given.table_mut(), &self.given, most)?;
        fill(&mut tally.judged, &self.judged, most)?;
        fill(&mut tally.own.runs, &self.own, most)?;
        fill(&mut tally.own.broken, &self.own_broken, most)?;
        fill(&mut tally.broken, &self.broken, most)?;
        fill(&mut tally.retired, &self.retired, most)?;
        fill(&mut tally.fates, &self.fates, most)?;
        for (place, met) in &self.met {
            *tally.met.get_mut(*place)? = Some(met.clone()).filter(|met| met.is_sound(most))?;
        }
        tally.money.wrongly = StoredMoney::read(&self.charged_wrongly, most)?;
        tally.money.missing = StoredMoney::read(&self.not_charged, most)?;
        tally.recorder.metrics = Some(self.metrics.clone()).filter(|metrics| metrics.is_sound(most))?;
        for cause in &self.causes {
            let violation = cause.violation.read(scenario)?;
            let (runs, index) = (Some(cause.runs).filter(|runs| *runs <= most)?, cause.index);
            let (faults, events, simplest) = cause.simplest;
            let simplest = Failing { faults, events, index: simplest };
            tally.causes.insert(Signature::of(&violation), Cause { runs, index, simplest, violation });
        }
        tally.unrepeatable.clone_from(&self.unrepeatable);
        Some(tally)
    }
}

impl StoredSearch {
    /// A search, to be written down.
    #[must_use]
    pub fn new(scenario: &Scenario, found: &Exhaustive) -> Self {
        let names = Names::new(&scenario.model);
        let set = |breaking: &Breaking| StoredSet {
            workload: breaking.workload,
            choices: breaking.choices.iter().map(|c| (choice_text(scenario, &names, c), c.event)).collect(),
            violation: StoredViolation::new(&breaking.violation),
        };
        let level = |level: &Level| StoredLevel {
            points: level.points,
            alternatives: level.alternatives,
            classes: level.classes,
            run: level.run,
            equal: level.equal,
            rejoined: level.rejoined,
            broken: level.broken,
            complete: level.complete,
            breaking: level.breaking.iter().map(set).collect(),
        };
        // Causes are told from the breaking sets. Of those that the tally saw, the first is chance.
        let tally = StoredTally { causes: Vec::new(), ..StoredTally::new(&found.exploration.tally) };
        let levels = found.exploration.levels.iter().map(level).collect();
        Self { levels, persistent: level(&found.exploration.persistent), tally }
    }

    /// What was found over so many workloads with up to so many faults. `None` where it cannot be of this scenario, or has
    /// a count above `most`; plans are many, and only ever added up to the largest number there is.
    #[must_use]
    pub fn read(
        &self,
        scenario: &Scenario,
        (workloads, faults): (usize, usize),
        most: u64,
    ) -> Option<Exploration<Tally>> {
        let names = Names::new(&scenario.model);
        let choice = |(text, event): &(String, u32)| {
            let choice = parse_choice(scenario, &names, text)?;
            // Only a fault can be in a plan, and how long it lasts.
            if !choice.span {
                scenario.sites().kind(choice.site, u8::try_from(choice.value).ok()?)?;
            }
            Some(Choice { event: *event, ..choice })
        };
        let set = |level: Option<usize>, set: &StoredSet| {
            let choices: Vec<Choice> = set.choices.iter().map(choice).collect::<Option<_>>()?;
            let faults = choices.iter().filter(|choice| !choice.span).count();
            let fits = level.map_or(faults > 1, |level| faults == level);
            (set.workload < workloads && fits).then_some(())?;
            let violation = set.violation.read(scenario)?;
            Some(Breaking { workload: set.workload, choices, violation, cause: scenario.cause(&violation) })
        };
        let level = |(faults, level): (Option<usize>, &StoredLevel)| {
            let mut read = Level {
                points: level.points,
                alternatives: level.alternatives,
                classes: level.classes,
                run: level.run,
                equal: level.equal,
                rejoined: level.rejoined,
                broken: level.broken,
                complete: level.complete,
                breaking: Vec::new(),
            };
            for stored in &level.breaking {
                read.list(set(faults, stored)?);
            }
            // More than that are never listed.
            (read.breaking.len() == level.breaking.len()).then_some(read)
        };
        (self.levels.len() == faults + 1).then_some(())?;
        let levels = self.levels.iter().enumerate();
        let levels = levels.map(|(faults, stored)| level((Some(faults), stored))).collect::<Option<_>>()?;
        let persistent = level((None, &self.persistent))?;
        Some(Exploration { levels, persistent, tally: self.tally.read(scenario, most)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::testing::{search, simulation};
    use crate::campaign::{FATES, Options, Simulation};
    use std::sync::atomic::{AtomicBool, AtomicU64};

    const MOST: u64 = 1 << 48;

    fn campaign(simulation: &Simulation) -> Tally {
        let driver = fault_models::Driver::Swarm;
        let options = Options { seed: 3, first: 0, runs: 120, jobs: 2, driver, fail_fast: false };
        simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0))
    }

    fn json<T: Serialize>(data: &T) -> serde_json::Value {
        serde_json::to_value(data).expect("plain data is always JSON")
    }

    #[test]
    fn what_was_written_down_is_read_as_it_was() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let tally = campaign(&simulation);
        let stored = StoredTally::new(&tally);
        assert!(!tally.causes.is_empty() && tally.met.iter().any(|met| met.count > 0));
        let again: StoredTally = serde_json::from_value(json(&stored)).expect("its own form");
        let read = again.read(&simulation.scenario, MOST).expect("it is of this scenario");
        assert_eq!(StoredTally::new(&read), stored);
        assert!(tally.cells.table().iter().any(|runs| *runs > 0));
        assert_eq!(read.cells, tally.cells);
        assert_eq!((read.causes, read.met, read.recorder.metrics), (tally.causes, tally.met, tally.recorder.metrics));

        let found = search(&simulation, 1, 1, false);
        let stored = StoredSearch::new(&simulation.scenario, &found);
        let again: StoredSearch = serde_json::from_value(json(&stored)).expect("its own form");
        let read = again.read(&simulation.scenario, (found.workloads.len(), 1), MOST).expect("it is of this scenario");
        assert!(!read.levels[1].breaking.is_empty());
        assert_eq!(read.levels, found.exploration.levels);
        assert_eq!(read.persistent, found.exploration.persistent);
    }

    #[test]
    fn what_cannot_be_of_a_scenario_is_refused() {
        let simulation = simulation("quote-to-order", &["platform.outbox.mark=before-publish"]);
        let scenario = &simulation.scenario;
        let tally = json(&StoredTally::new(&campaign(&simulation)));
        let reads = |value: serde_json::Value| {
            let stored: Option<StoredTally> = serde_json::from_value(value).ok();
            stored.is_some_and(|stored| stored.read(scenario, MOST).is_some())
        };
        assert!(reads(tally.clone()));
        for (path, value) in [
            ("/runs", json(&u64::MAX)),
            ("/virtual_us", json(&u128::MAX.to_string())),
            ("/virtual_us", json(&"-1")),
            ("/fingerprint", json(&"xyz")),
            ("/judged", json(&[(9_999, 1)])),
            ("/own", json(&[(0, 1)])),
            ("/own_broken", json(&[(0, 1)])),
            ("/metrics/attended", json(&u64::MAX)),
            ("/cells", json(&[(99_999, 1)])),
            ("/given", json(&[(99_999, 1)])),
            ("/met", json(&[(9_999, Histogram::default())])),
            ("/met/0/1/count", json(&u64::MAX)),
            ("/met/0/1/buckets", json(&[(160, 1)])),
            ("/fates", json(&[(FATES, 1)])),
            ("/metrics/counts", json(&[(13, 1)])),
            (
                "/charged_wrongly",
                json(&[StoredMoney { currency: "€".into(), minor: "x".into(), orders: 1, longest_us: 0 }]),
            ),
            ("/causes/0/violation/invariant", json(&u16::MAX)),
            ("/causes/0/violation/subject", json(&"")),
            ("/causes/0/runs", json(&-1)),
        ] {
            let mut changed = tally.clone();
            *changed.pointer_mut(path).expect(path) = value;
            assert!(!reads(changed), "{path}");
        }

        let found = search(&simulation, 1, 1, false);
        let workloads = found.workloads.len();
        let stored = json(&StoredSearch::new(scenario, &found));
        let reads = |value: serde_json::Value| {
            let stored: Option<StoredSearch> = serde_json::from_value(value).ok();
            stored.is_some_and(|stored| stored.read(scenario, (workloads, 1), MOST).is_some())
        };
        assert!(reads(stored.clone()));
        for (path, value) in [
            ("/levels", json(&Vec::<u8>::new())),
            ("/levels/1/breaking/0/workload", json(&workloads)),
            ("/levels/1/breaking/0/choices", json(&Vec::<u8>::new())),
            ("/levels/1/breaking/0/choices/0/0", json(&"send.reply nobody = lost")),
            ("/tally/runs", json(&u64::MAX)),
        ] {
            let mut changed = stored.clone();
            *changed.pointer_mut(path).expect(path) = value;
            assert!(!reads(changed), "{path}");
        }
    }
}
