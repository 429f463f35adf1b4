//! The README and the guide are true: their commands are understood, and what the README shows is what is printed.

use std::path::Path;
use std::process::{Command, Output};

const README: &str = include_str!("../../README.md");
const GUIDE: &str = include_str!("../../docs/definition-guide.md");

/// The blocks of a text in this language, each as its lines.
fn blocks(text: &'static str, language: &str) -> Vec<Vec<&'static str>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            blocks.push(lines.by_ref().take_while(|line| *line != "```").collect());
        }
    }
    blocks
}

/// Runs a line of the README in a folder, as a shell would, with a few more arguments.
fn run(folder: &Path, line: &str, more: &[&str]) -> Output {
    let line = line.split("  #").next().expect("a first part").trim();
    let words = line.split_whitespace().map(|word| word.trim_matches('\''));
    let arguments: Vec<&str> = words.skip(1).chain(more.iter().copied()).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagasim"));
    command.args(arguments).current_dir(folder).stdin(std::process::Stdio::null()).output().expect("sagasim runs")
}

fn sagasim_lines(text: &'static str) -> Vec<&'static str> {
    blocks(text, "sh").into_iter().flatten().filter(|line| line.starts_with("sagasim ")).collect()
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let lines = sagasim_lines(README);
    assert!(lines.len() >= 10, "{lines:?}");
    for line in lines {
        if line.contains("order.saga.yaml") && !line.contains("order-fulfilment") {
            for entry in std::fs::read_dir(at("my-saga")).expect("a folder") {
                let entry = entry.expect("an entry");
                let name = entry.file_name().to_string_lossy().replace("order-fulfilment.saga", "order.saga");
                std::fs::copy(entry.path(), at(&name)).expect("a copy");
            }
        }
        if line.contains("FAILURE.json") && !at("sagasim-failures/FAILURE.json").exists() {
            let stored = sagasim::files::stored_failures(&at("sagasim-failures")).expect("a folder");
            std::fs::copy(stored.first().expect("a stored failure"), at("sagasim-failures/FAILURE.json"))
                .expect("a copy");
        }
        let more: &[&str] = match line.split_whitespace().nth(1) {
            Some("check") if !line.contains("--runs") => &["--runs", "100", "--exhaustive", "0"],
            Some("check") => &["--exhaustive", "0"],
            _ => &[],
        };
        let output = run(folder.path(), line, more);
        let code = output.status.code().expect("an exit code");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // A file that was run may still break a rule that so few runs did not show.
        let ran = String::from_utf8_lossy(&output.stdout).contains("Random ");
        // Steps are walked in a terminal only.
        let expected = if line.contains("--step") { 64..=64 } else { 0..=3 };
        assert!(expected.contains(&code) && (code != 2 || ran), "{line}: {code}: {said}");
    }
}

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = sagasim_lines(README);
    let find = |what: &str| *lines.iter().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}"));
    assert!(run(folder.path(), find("sagasim new"), &[]).status.success());
    let output = run(folder.path(), find("outbox.mark=before-publish"), &[]);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
    let shown: Vec<&str> = blocks(README, "text").concat();
    assert!(shown.len() > 20);
    let missing: Vec<&&str> =
        shown.iter().filter(|line| !printed.lines().any(|real| real.trim_end() == **line)).collect();
    assert!(missing.is_empty(), "the README shows what is not printed: {missing:#?}\n{printed}");
    assert!(printed.contains("FAIL  NO-GO: do not activate this version"));
}

/// What the guide has a reader try works as it is, and fails with a line taken away.
#[test]
fn the_commands_of_the_guide_do_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = sagasim_lines(GUIDE);
    assert!(lines.len() >= 5, "{lines:?}");
    for line in lines {
        let more: &[&str] = if line.contains("check") { &["--runs", "400"] } else { &[] };
        let output = run(folder.path(), line, more);
        let expected = i32::from(line.contains("--set"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(expected), "{line}: {said}");
    }
}

/// What the guide shows of files loads in the place that it has in the exercise.
#[test]
fn the_rule_and_the_scenario_of_the_guide_load() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run(folder.path(), "sagasim new mine", &[]).status.success());
    let yaml = blocks(GUIDE, "yaml");
    let block = |first: &str| yaml.iter().find(|block| block[0].starts_with(first)).expect("a block").join("\n");
    let saga = folder.path().join("mine/order-fulfilment.saga.yaml");
    let text = std::fs::read_to_string(&saga).expect("it was written");
    let with = text.replace("\ninvariants: []\n", &format!("\n{}\n", block("invariants:")));
    assert_ne!(text, with);
    std::fs::write(&saga, with).expect("it can be written");
    std::fs::write(folder.path().join("mine/mine.scenario.yaml"), block("scenario:")).expect("it can be written");
    for (line, runs) in
        [("sagasim check mine/order-fulfilment.saga.yaml", "300"), ("sagasim check mine/mine.scenario.yaml", "300")]
    {
        let output = run(folder.path(), line, &["--runs", runs, "--exhaustive", "0"]);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line}: {printed}{}", String::from_utf8_lossy(&output.stderr));
    }
}
