//! The result of `sagasim check`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::{METRICS, Unit};
use crate::text::{count, duration};

use super::coverage::{Coverage, GoalRow};
use super::failure::{FailureReport, FileRow};
use super::lint::{Finding, LintReport};
use super::replay::ReplayStatus;
use super::shard::ShardReport;
use super::verdict::Verdict;

/// All that a check found. Fill everything, then call [`CheckReport::judge`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// Each scenario alone, in the order they ran.
    pub scenarios: Vec<ScenarioRow>,
    /// Set by [`CheckReport::judge`].
    pub verdict: Verdict,
    /// The exit code of the verdict; set by [`CheckReport::judge`].
    pub exit_code: u8,
    /// The campaign seed.
    pub seed: u64,
    /// The fault profile, where it is not the default one; a notice says so, too.
    #[serde(skip)]
    pub profile: Option<String>,
    /// The version of sagasim.
    pub version: String,
    /// The definitions under check.
    pub definitions: Vec<DefinitionRow>,
    /// What the static rules found.
    pub lint: LintReport,
    /// One row per depth of the exhaustive search; empty if it did not run.
    pub exhaustive: Vec<ExhaustiveRow>,
    /// Every single fault that can come again as a persistent one, which each further attempt meets, too; beside the first row
    /// of the exhaustive search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent: Option<ExhaustiveRow>,
    /// The random campaign, summed over scenarios.
    pub random: RandomReport,
    /// Fault kinds in catalogue order, summed over scenarios.
    pub faults: Vec<FaultRow>,
    /// Invariants in catalogue order, summed over scenarios.
    pub invariants: Vec<InvariantRow>,
    /// The rules that the definitions write themselves, each judged as an invariant.
    pub own_rules: Vec<OwnRuleRow>,
    /// Which cells of step and fault were reached.
    pub coverage: Coverage,
    /// How the orders ended.
    pub outcomes: Outcomes,
    /// The thirteen metrics of [`METRICS`](crate::metrics::METRICS) by slug.
    pub metrics: BTreeMap<String, MetricValue>,
    /// The limits that scenarios set under `fail:`, with what was found.
    pub limits: Vec<LimitRow>,
    /// The goals that scenarios set under `goals:`, with what was reached.
    pub goals: Vec<GoalRow>,
    /// Stored failures that were run first.
    pub regressions: Vec<RegressionRow>,
    /// One entry per distinct cause, the most frequent first.
    pub failures: Vec<FailureReport>,
    /// What was owed and did not happen, a sentence each; any of it keeps a check from passing.
    pub owed: Vec<String>,
    /// What limits the verdict, a sentence each: a profile below `standard`, orders that could not be mapped.
    pub notices: Vec<String>,
    /// Nondeterminism or an error of sagasim itself, a sentence each.
    pub errors: Vec<String>,
    /// The command that repeats this call, to paste.
    pub repeat: String,
    /// What the simulation leaves out, a phrase each.
    #[serde(skip)]
    pub not_modelled: Vec<String>,
    /// Files written by this call.
    pub files: Vec<FileRow>,
    /// Of a shard: what `sagasim merge` needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Box<ShardReport>>,
}

impl CheckReport {
    /// Draws the verdict from what was found: the first that applies.
    pub fn judge(&mut self) {
        let blocked = |finding: &Finding| finding.blocks() && finding.demonstrated_by.is_none();
        let findings = &self.lint.findings;
        self.verdict = if !self.errors.is_empty() {
            Verdict::Error
        } else if findings.iter().any(Finding::cannot_run) {
            Verdict::Invalid
        } else if !self.failures.is_empty()
            || self.limits.iter().any(|row| row.broken)
            || self.regressions.iter().any(|row| row.status.fails())
        {
            Verdict::Fail
        } else if findings.iter().any(blocked) {
            Verdict::Invalid
        } else if !self.owed.is_empty() {
            Verdict::NotEnoughEvidence
        } else {
            Verdict::Pass
        };
        self.exit_code = self.verdict.exit_code();
    }

    /// What broke beside the failures that have a story, a sentence each: limits that were passed, stored failures.
    #[must_use]
    pub fn also_broken(&self) -> Vec<String> {
        let limits = self.limits.iter().filter(|row| row.broken).map(LimitRow::sentence);
        let stored = self.regressions.iter().filter(|row| row.status.fails());
        let stored =
            stored.map(|row| format!("stored failure {}: {}, {}", row.repro, row.status.word(), row.invariant));
        limits.chain(stored).collect()
    }

    /// A report in which nothing has happened yet, to fill with `CheckReport { seed, ..CheckReport::empty() }`.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            scenarios: Vec::new(),
            verdict: Verdict::NotEnoughEvidence,
            exit_code: Verdict::NotEnoughEvidence.exit_code(),
            seed: 0,
            profile: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            definitions: Vec::new(),
            lint: LintReport::default(),
            exhaustive: Vec::new(),
            persistent: None,
            random: RandomReport::default(),
            faults: Vec::new(),
            invariants: Vec::new(),
            own_rules: Vec::new(),
            coverage: Coverage::default(),
            outcomes: Outcomes::default(),
            metrics: BTreeMap::new(),
            limits: Vec::new(),
            goals: Vec::new(),
            regressions: Vec::new(),
            failures: Vec::new(),
            owed: Vec::new(),
            notices: Vec::new(),
            errors: Vec::new(),
            repeat: String::new(),
            not_modelled: Vec::new(),
            files: Vec::new(),
            shard: None,
        }
    }
}

/// One scenario of the campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioRow {
    /// Its name, as `--scenario` takes it.
    pub name: String,
    /// Its own verdict.
    pub verdict: Verdict,
    /// Random runs.
    pub runs: u64,
    /// Simulated events.
    pub events: u64,
    /// The fingerprint of its campaign, in hexadecimal.
    pub fingerprint: String,
}

/// One definition under check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefinitionRow {
    /// The name after `saga:`.
    pub saga: String,
    /// The version as written.
    pub version: String,
    /// `sha256:` and the digest of the canonical form.
    pub digest: String,
    /// The path as given on the command line, or the bundled file.
    pub file: String,
}

/// One depth of the exhaustive search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExhaustiveRow {
    /// How many faults at once.
    pub faults: u64,
    /// Choice points reached.
    pub points: u64,
    /// Classes of alternatives that differ in effect.
    pub classes: u64,
    /// Plans that ran.
    pub plans_run: u64,
    /// Plans that need no run, because another one covers them.
    pub plans_covered: u64,
    /// Plans run or covered that broke nothing.
    pub survived: u64,
    /// Plans that broke something and are counted in no failure, for there are many of their cause: each cause has a failure.
    pub unsorted: u64,
    /// False if `--time` or an interrupt cut the search off.
    pub complete: bool,
    /// Minimal sets of choices that break something.
    pub breaking: Vec<Vec<String>>,
    /// The same in words, for people.
    #[serde(skip)]
    pub told: Vec<Vec<String>>,
}

/// The random campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RandomReport {
    /// Runs done.
    pub runs: u64,
    /// Simulated events.
    pub events: u64,
    /// Virtual time, summed over the runs.
    pub virtual_ms: u64,
    /// Time on the wall clock; differs between equal calls.
    pub wall_ms: u64,
    /// Differs between equal calls.
    pub events_per_second: u64,
    /// The fingerprint of the campaign, in hexadecimal.
    pub fingerprint: String,
    /// Where no run failed: so many of a million runs of any of the scenarios fail at most, with 95 % confidence, under the
    /// profile of this check (the rule of three).
    pub fails_at_most_per_million: Option<u64>,
}

/// One fault kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultRow {
    /// The slug of the kind.
    pub kind: String,
    /// Whether it can occur at all in these definitions under this profile.
    pub applicable: bool,
    /// If not applicable, what rules it out.
    pub why: Option<String>,
    /// How often it was injected.
    pub injected: u64,
    /// How often its witness says that it made a difference.
    pub effective: u64,
}

/// When an invariant is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// After every event.
    Always,
    /// As obligations with deadlines, after healing.
    Eventually,
    /// Against a threshold.
    Monitored,
}

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvariantRow {
    /// The slug.
    pub id: String,
    /// When it is judged.
    pub class: Class,
    /// What it says, in one line.
    pub statement: String,
    /// The section of the reference it comes from, `18`; empty for a designer's own.
    pub seed_section: String,
    /// Whether its subject can occur at all.
    pub applicable: bool,
    /// If not applicable, what rules it out.
    pub why: Option<String>,
    /// How often its guard held; for an eventual one, the obligations that came due.
    pub judged: u64,
    /// How often it was broken; for an eventual one, the obligations not met.
    pub broken: u64,
    /// Obligations that a committed command or an approved exception ended; they are not in `judged`.
    pub retired: u64,
    /// Median time until an obligation was met.
    pub p50_ms: Option<u64>,
    /// The time within which 99 of 100 obligations were met.
    pub p99_ms: Option<u64>,
    /// The longest time until an obligation was met.
    pub max_ms: Option<u64>,
    /// The time within which it has to be met where nothing goes wrong, as the definition writes it: the longest, where it
    /// writes several.
    pub bound_ms: Option<u64>,
    /// The shortest of them.
    pub shortest_ms: Option<u64>,
}

impl InvariantRow {
    /// Obligations that were met.
    #[must_use]
    pub const fn met(&self) -> u64 {
        self.judged.saturating_sub(self.broken)
    }

    /// Whether something took longer than any deadline that is written for it.
    #[must_use]
    pub fn took_longer(&self) -> bool {
        self.bound_ms.zip(self.max_ms).is_some_and(|(bound, max)| max > bound)
    }
}

/// A rule of the designer's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnRuleRow {
    /// The definition that writes it.
    pub scenario: String,
    /// Its id.
    pub rule: String,
    /// Whether it must hold always, or come to hold.
    pub class: Class,
    /// In how many runs, those of plans among them, it had something to judge.
    pub runs: u64,
    /// How many of them it broke.
    pub broken: u64,
}

/// How the orders ended: each counts once, so that the counts add up to `orders`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// Orders simulated.
    pub orders: u64,
    /// Orders whose items were all delivered.
    pub completed: u64,
    /// Orders that delivered some items, the rest cancelled.
    pub partly_cancelled: u64,
    /// Orders cancelled as a whole.
    pub cancelled: u64,
    /// Orders refused at the door.
    pub rejected: u64,
    /// Orders that could not be delivered, and were undone.
    pub failed: u64,
    /// Orders that ended in a fallout case for a person.
    pub fallout: u64,
    /// Orders that neither ended nor could go on.
    pub stuck: u64,
    /// Orders of runs that were stopped where they broke: what would have become of them is not known.
    pub not_followed: u64,
    /// Orders about which a case was opened for a person, however they ended. What a person decides as a step does not count.
    pub attended: u64,
    /// Money charged that should not have been, by currency.
    pub charged_wrongly: Vec<Money>,
    /// Money that should have been charged and was not, by currency.
    pub not_charged: Vec<Money>,
}

/// An amount of money that was wrong at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    /// Exact decimal text, `89.90`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// In how many orders.
    pub orders: u64,
    /// How long it had stood when its run ended, where that was longest: nothing puts it right any more.
    pub longest_ms: u64,
}

/// A limit of a metric whose breach is a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitRow {
    /// The scenario that sets it.
    pub scenario: String,
    /// The metric's slug.
    pub metric: String,
    /// The limit: milliseconds of a time, else a count over all runs.
    pub over: u64,
    /// The worst that was found, in the same unit.
    pub found: u64,
    /// Whether that is over the limit.
    pub broken: bool,
}

impl LimitRow {
    /// Limit and finding as people read them.
    #[must_use]
    pub fn shown(&self) -> (String, String) {
        let is_time = METRICS.iter().any(|metric| metric.slug == self.metric && metric.unit == Unit::Duration);
        let shown = |value| if is_time { duration(value) } else { count(value) };
        (shown(self.over), shown(self.found))
    }

    /// The same as a sentence, for a limit that was passed.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (over, found) = self.shown();
        format!("limit of {} in {}: at most {over}, found {found}", self.metric, self.scenario)
    }
}

/// The value of one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MetricValue {
    /// How often.
    Count(u64),
    /// How long.
    Spread(Spread),
    /// How long, by type of saga or by topic.
    Grouped(BTreeMap<String, Spread>),
}

/// Percentiles from fixed integer buckets, which merge exactly over workers and shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Observations.
    pub count: u64,
    /// The median.
    pub p50_ms: u64,
    /// The value that 99 of 100 do not exceed.
    pub p99_ms: u64,
    /// The largest.
    pub max_ms: u64,
}

/// A stored failure that was run first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegressionRow {
    /// The path of its file.
    pub repro: String,
    /// The invariant it broke when it was stored.
    pub invariant: String,
    /// What it does now.
    pub status: ReplayStatus,
}

#[cfg(test)]
mod tests {
    use super::super::lint::Severity;
    use super::*;
    use crate::sample;

    fn check(change: impl FnOnce(&mut CheckReport), verdict: Verdict, exit_code: u8) {
        let mut report = sample::passing();
        change(&mut report);
        report.judge();
        assert_eq!((report.verdict, report.exit_code), (verdict, exit_code));
    }

    fn finding(code: &str, severity: Severity) -> Finding {
        Finding { code: code.to_owned(), severity, ..sample::finding() }
    }

    #[test]
    fn the_first_reason_that_applies_decides() {
        let error = |code: &str| finding(code, Severity::Error);
        let warning = |code: &str| finding(code, Severity::Warning);
        let shown = |code: &str| Finding { demonstrated_by: Some("single-effect".to_owned()), ..error(code) };

        check(|_| (), Verdict::Pass, 0);
        check(|r| r.failures = sample::failing().failures, Verdict::Fail, 1);
        check(|r| r.owed.push("nothing was cancelled".to_owned()), Verdict::NotEnoughEvidence, 3);
        check(|r| r.lint.findings = vec![warning("SG0805")], Verdict::Pass, 0);
        check(|r| r.lint.findings = vec![Finding { denied: true, ..warning("SG0805") }], Verdict::Invalid, 2);
        check(|r| r.lint.findings = vec![warning("SG0108")], Verdict::Pass, 0);
        check(|r| r.lint.findings = vec![error("SG0101")], Verdict::Invalid, 2);
        check(|r| r.lint.findings = vec![error("SG0501")], Verdict::Invalid, 2);
        check(|r| r.lint.findings = vec![shown("SG0501")], Verdict::Pass, 0);
        let broken = |findings: Vec<Finding>| {
            move |r: &mut CheckReport| {
                r.lint.findings = findings;
                r.failures = sample::failing().failures;
            }
        };
        check(broken(vec![error("SG0501")]), Verdict::Fail, 1);
        check(broken(vec![error("SG0001")]), Verdict::Invalid, 2);
        check(
            |r| {
                r.errors.push("run 17 gave two fingerprints".to_owned());
                r.failures = sample::failing().failures;
                r.lint.findings = vec![error("SG0001")];
            },
            Verdict::Error,
            4,
        );
    }

    #[test]
    fn a_stored_failure_counts_only_while_it_fails() {
        for (status, verdict, exit_code) in [
            (ReplayStatus::StillFails, Verdict::Fail, 1),
            (ReplayStatus::DifferentFailure, Verdict::Fail, 1),
            (ReplayStatus::Fixed, Verdict::Pass, 0),
            (ReplayStatus::Stale, Verdict::Pass, 0),
        ] {
            let row = RegressionRow { repro: "a.json".to_owned(), invariant: "single-effect".to_owned(), status };
            check(|r| r.regressions.push(row), verdict, exit_code);
        }
    }
}
