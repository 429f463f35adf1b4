//! The commands on results that are given to them: what is printed where, and with which exit code.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use reports::{CheckReport, ReplayStatus, sample};
use sagasim::{Error, Session};

use super::{Context, check, mutants, new, replay};
use crate::cli::{CheckArgs, Looks, MutantsArgs, NewArgs, ReplayArgs};
use crate::terminal::Terminal;

#[derive(Parser)]
struct Line<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// Runs a command on the flags of a line; gives what it printed and how it ended.
fn run<A: clap::Args>(
    flags: &[&str],
    command: impl FnOnce(&A, &Context<'_>) -> Result<u8, Error>,
) -> (String, Result<u8, Error>) {
    let line = Line::<A>::parse_from(std::iter::once(&"sagasim").chain(flags));
    let stop = AtomicBool::new(false);
    let mut out = Vec::new();
    let cx = Context {
        terminal: Terminal::new(Looks { plain: true, ..Looks::default() }),
        out: RefCell::new(Box::new(&mut out)),
        session: Session { stop: &stop, progress: &() },
    };
    let ended = command(&line.args, &cx);
    drop(cx);
    (String::from_utf8(out).unwrap(), ended)
}

fn run_check(flags: &[&str], report: CheckReport) -> (String, Result<u8, Error>) {
    run(flags, |args: &CheckArgs, cx| check::run(args, cx, |_, _| Ok(report)))
}

#[test]
fn a_check_ends_with_the_code_of_its_verdict() {
    for report in [sample::passing(), sample::failing(), sample::not_enough_evidence()] {
        let (code, word) = (report.exit_code, report.verdict.word());
        let (text, ended) = run_check(&[], report);
        assert_eq!(ended.unwrap(), code);
        assert!(text.lines().any(|line| line.starts_with(word)), "{text}");
    }
}

#[test]
fn a_check_is_written_in_each_format_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let json = format!("json={}", file("deep/a.json").display());
    let human = format!("human={}", file("a.txt").display());
    let (text, ended) = run_check(&["--format", "json", "--out", &json, "--out", &human], sample::failing());
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(text, fs::read_to_string(file("deep/a.json")).unwrap());
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["verdict"], "fail");
    assert!(fs::read_to_string(file("a.txt")).unwrap().contains("NO-GO"));
}

#[test]
fn a_report_that_cannot_be_written_does_not_silence_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let bad = format!("json={}", folder.path().join("file/a.json").display());
    let good = format!("json={}", folder.path().join("b.json").display());
    let (text, ended) = run_check(&["--out", &bad, "--out", &good], sample::passing());
    let error = ended.unwrap_err();
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().contains("file/a.json"), "{error}");
    assert!(text.contains("GO:") && folder.path().join("b.json").is_file());
}

#[test]
fn a_replay_ends_with_the_code_of_its_status() {
    for (status, code) in [
        (ReplayStatus::StillFails, 1),
        (ReplayStatus::Fixed, 0),
        (ReplayStatus::DifferentFailure, 1),
        (ReplayStatus::Stale, 3),
    ] {
        let command = |args: &ReplayArgs, cx: &Context<'_>| replay::run(args, cx, |_, _| Ok(sample::replay(status)));
        let (text, ended) = run(&["a.json"], command);
        assert_eq!(ended.unwrap(), code);
        assert!(text.contains(status.word()), "{text}");
        let (text, _) = run(&["a.json", "--format", "json"], command);
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(parsed["status"].is_string());
    }
}

#[test]
fn mutants_fail_on_a_survivor_a_wrong_family_or_an_unclean_reference() {
    let ended = |report: reports::MutantsReport| {
        run(&[], |args: &MutantsArgs, cx| mutants::run(args, cx, |_, _| Ok(report))).1.unwrap()
    };
    let survivor = sample::mutants();
    let caught: Vec<_> = survivor.defects.iter().filter(|defect| defect.caught).cloned().collect();
    let (expected, otherwise): (Vec<_>, Vec<_>) = caught.into_iter().partition(|defect| defect.as_expected);
    let report = |broken: &[&str], defects: &[reports::DefectRow]| {
        let broken = broken.iter().map(|&what| what.to_owned()).collect();
        reports::MutantsReport::new(7, String::new(), broken, defects.to_vec())
    };
    assert_eq!(ended(report(&[], &expected)), 0);
    assert_eq!(ended(report(&["single-effect"], &expected)), 1);
    assert_eq!(ended(report(&[], &otherwise)), 1);
    assert_eq!(ended(survivor), 1);
}

const CATALOG: &[(&str, &str)] = &[("a.saga.yaml", "saga: a\n"), ("sub/participants.yaml", "billing: {}\n")];

fn run_new(dir: &Path) -> (String, Result<u8, Error>) {
    run(&[dir.to_str().unwrap()], |args: &NewArgs, cx| new::run(args, cx, CATALOG))
}

#[test]
fn new_writes_everything_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("my saga");
    let (text, ended) = run_new(&dir);
    assert_eq!(ended.unwrap(), 0);
    assert!(text.contains(&format!("sagasim check '{}'", dir.join("a.saga.yaml").display())), "{text}");
    for (name, content) in CATALOG {
        assert_eq!(fs::read_to_string(dir.join(name)).unwrap(), *content);
    }

    fs::remove_file(dir.join("a.saga.yaml")).unwrap();
    let (text, ended) = run_new(&dir);
    assert_eq!((text.as_str(), ended.unwrap_err().exit_code()), ("", 64));
    assert!(!dir.join("a.saga.yaml").exists());
}
