//! Every format on the shared sample report.

use crate::formats::{json, terminal};
use crate::model::{CheckReport, Finding, LimitRow, LintReport, Listing, RegressionRow, ReplayStatus};
use crate::sample;
use crate::style::{Detail, Style};

const PLAIN: Style = Style::plain();
const QUIET: Style = Style { detail: Detail::Quiet, ..PLAIN };
const VERBOSE: Style = Style { detail: Detail::Verbose, ..PLAIN };
const NARROW_ASCII: Style = Style { unicode: false, width: 72, ..PLAIN };

fn check(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}

#[test]
fn a_check_for_people() {
    check("check-pass", &terminal::check(&sample::passing(), &PLAIN));
    check("check-pass-narrow-ascii", &terminal::check(&sample::passing(), &NARROW_ASCII));
    check("check-fail", &terminal::check(&sample::failing(), &PLAIN));
    check("check-not-enough-evidence", &terminal::check(&sample::not_enough_evidence(), &PLAIN));
    check("check-not-enough-evidence-verbose", &terminal::check(&sample::not_enough_evidence(), &VERBOSE));
}

#[test]
fn plans_that_no_failure_counts_are_told() {
    let mut report = sample::failing();
    let row = crate::model::ExhaustiveRow {
        faults: 1,
        plans_run: 1_500,
        survived: 432,
        complete: true,
        ..Default::default()
    };
    let told = |(faults, unsorted)| {
        report.exhaustive = vec![crate::model::ExhaustiveRow { faults, unsorted, ..row.clone() }];
        terminal::check(&report, &Style { width: 200, ..PLAIN })
    };
    let [all, some, pairs] = [(1, 0), (1, 68), (2, 68)].map(told);
    assert!([&all, &some, &pairs].iter().all(|page| page.contains("1,068 of 1,500 plans break something")), "{some}");
    let others = "the failures below count 1,000 of them; the other 68 have the same causes";
    assert!(some.contains(others) && !some.contains("fewer faults"), "{some}");
    assert!(pairs.contains(&format!("{others}, or hold fewer faults that break something")), "{pairs}");
    assert!(!all.contains("same causes"), "{all}");
}

#[test]
fn a_line_that_helps_against_several_failures_is_told_once() {
    let mut report = sample::failing();
    report.failures[1].definition = report.failures[0].definition.clone();
    let told = terminal::check(&report, &PLAIN);
    assert!(told.contains("      change: catalog/participants.yaml:41 helps against failures 1, 2\n"), "{told}");
    // What is only a place to look at is none, and one failure says it itself.
    if let Some(line) = &mut report.failures[1].definition {
        line.helps = false;
    }
    assert!(terminal::check(&report, &PLAIN).contains("helps against failure 1\n"));
    report.failures.pop();
    assert!(!terminal::check(&report, &PLAIN).contains("helps against"));
}

#[test]
fn a_check_whose_files_cannot_run_for_people() {
    let mut report =
        CheckReport { seed: 7, repeat: "sagasim check a.saga.yaml --seed 7".to_owned(), ..CheckReport::empty() };
    let finding = crate::model::Finding { code: "SG0001".to_owned(), slug: "syntax".to_owned(), ..sample::finding() };
    report.lint = crate::model::LintReport::new(vec![finding]);
    report.judge();
    check("check-invalid", &terminal::check(&report, &PLAIN));
}

#[test]
fn a_check_in_one_line() {
    let reports = [sample::passing(), sample::failing(), sample::not_enough_evidence()];
    let lines: String = reports.iter().map(|report| terminal::check(report, &QUIET)).collect();
    assert_eq!(lines.lines().count(), reports.len());
    check("check-quiet", &lines);
}

#[test]
fn every_verdict_has_its_reason() {
    let said = |change: fn(&mut CheckReport), expected: &str| {
        let mut report = sample::passing();
        change(&mut report);
        report.judge();
        let line = terminal::check(&report, &QUIET);
        assert!(line.contains(expected), "{line}");
        terminal::check(&report, &PLAIN)
    };
    let passed = |report: &mut CheckReport| {
        let (scenario, metric) = ("tight".to_owned(), "consumer-lag".to_owned());
        report.invariants.iter_mut().for_each(|row| row.id = row.id.replace("unknown-age", "consumer-lag"));
        report.limits = vec![LimitRow { scenario, metric, over: 60_000, found: 61_000, broken: true }];
    };
    let limit = "limit of consumer-lag in tight: at most 1m, found 1m 1s";
    let page = said(passed, limit);
    assert!(page.contains(&format!("      broken: {limit}\n")), "{page}");
    assert!(page.contains("  consumer-lag     988     yes  at most 1m, found 1m 1s\n"), "{page}");
    let stored = |report: &mut CheckReport| {
        let (repro, invariant) = ("a.json".to_owned(), "single-effect".to_owned());
        report.regressions = vec![RegressionRow { repro, invariant, status: ReplayStatus::StillFails }];
    };
    said(stored, "stored failure a.json: STILL FAILS, single-effect");
    let invalid = |report: &mut CheckReport| {
        let finding = Finding { code: "SG0001".to_owned(), ..sample::finding() };
        report.lint = LintReport::new(vec![finding]);
    };
    let Finding { file, line, column, message, .. } = sample::finding();
    said(invalid, &format!(": 1 error, first SG0001 at {file}:{line}:{column}: {message}"));
    said(|report| report.profile = Some("light".to_owned()), ", profile light: ");
}

#[test]
fn a_check_for_scripts() {
    check("check-json", &json::check(&sample::failing(), &PLAIN));
}

#[test]
fn a_replay() {
    for status in [ReplayStatus::StillFails, ReplayStatus::Fixed, ReplayStatus::DifferentFailure, ReplayStatus::Stale] {
        let name = format!("replay-{}", status.word().to_lowercase().replace(' ', "-"));
        check(&name, &terminal::replay(&sample::replay(status), &PLAIN));
    }
    check("replay-json", &json::document(&sample::replay(ReplayStatus::StillFails)));
    let traced = crate::model::ReplayReport { trace: sample::trace(), ..sample::replay(ReplayStatus::StillFails) };
    check("replay-trace", &terminal::replay(&traced, &PLAIN));
}

#[test]
fn a_reduction() {
    check("shrink", &terminal::shrink(&sample::shrink(true), &PLAIN));
    check("shrink-stale", &terminal::shrink(&sample::shrink(false), &PLAIN));
    let cut_short = crate::model::ShrinkReport { complete: false, ..sample::shrink(true) };
    assert!(terminal::shrink(&cut_short, &PLAIN).contains("cut short after 412 runs"));
    assert_eq!(terminal::shrink(&sample::shrink(true), &QUIET).lines().count(), 1);
    assert_eq!((sample::shrink(true).exit_code(), sample::shrink(false).exit_code()), (1, 3));
}

#[test]
fn planted_bugs() {
    check("mutants", &terminal::mutants(&sample::mutants(), &PLAIN));
    check("mutants-json", &json::document(&sample::mutants()));
}

#[test]
fn a_proof() {
    let mismatch = "run 514 is not the same when it is run again: event 12 differs; first: at +00:00:04.253 logistics gets \
                    the request, sends nothing; second: no event";
    for (name, mismatch) in [("selfcheck-pass", None), ("selfcheck-mismatch", Some(mismatch))] {
        let report = sample::selfcheck(mismatch);
        assert_eq!(report.exit_code, if mismatch.is_none() { 0 } else { 4 });
        check(name, &terminal::selfcheck(&report, &PLAIN));
        let line = terminal::selfcheck(&report, &QUIET);
        assert_eq!(line.lines().count(), if mismatch.is_none() { 1 } else { 3 }, "{line}");
    }
}

#[test]
fn a_list() {
    let mut faults = Listing::new(&["fault", "family", "what"]);
    faults.row(["duplicate", "message", "the same message arrives twice"]);
    faults.row([
        "relay-crash",
        "process",
        "the relay goes down after it has published a row and before it has marked it as published, and comes back",
    ]);
    check("list", &terminal::listing(&faults, &NARROW_ASCII));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let color = Style { color: true, ..PLAIN };
    for report in [sample::passing(), sample::failing(), sample::not_enough_evidence()] {
        let painted = terminal::check(&report, &color);
        assert!(painted.contains("\u{1b}["));
        let mut bare = String::new();
        let mut rest = painted.as_str();
        while let Some((before, code)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = code.split_once('m').expect("a colour ends with m").1;
        }
        bare.push_str(rest);
        assert_eq!(bare, terminal::check(&report, &PLAIN));
    }
}
