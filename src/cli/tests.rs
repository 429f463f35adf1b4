use sagasim::options::Driver;

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
         --jobs 2 --scenario cancel --order o.json --set platform.outbox.mark=c=d --set saga.steps[x]= --failures f --fail-fast --deny SG0008 --exhaustive 2 --exact --corpus c -v",
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
        deny: vec!["SG0008".to_owned()],
        shard: None,
    };
    assert_eq!(options, expected);
}

#[test]
fn what_an_option_prints_is_what_it_parses() {
    let line = "sagasim check a.yaml --seed 7 --runs 50 --faults none --driver uniform --exhaustive 3 --exact --deny SG0008 --shard 2/8";
    assert_eq!(check_options(&check_options(line).repeat_line(50)), check_options(line));
    for time in ["--time 90s", "--runs 50 --time 1500ms", "--seed 3"] {
        let asked = check_options(&format!("sagasim check a.yaml {time}"));
        assert_eq!(check_options(&asked.asked_line()), asked);
    }
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
        ("sagasim check --jobs 0", "expected a whole number from 1 to 1024"),
        ("sagasim check --jobs 100000", "expected a whole number from 1 to 1024"),
        ("sagasim check --out json=-", "standard output has --format"),
        ("sagasim check --deny SG0009", "no rule has this code; nearest: SG0"),
        ("sagasim check --deny nonsense", "no rule has this code; `sagasim list rules`"),
        ("sagasim check --seed 1e3", "expected a whole number"),
        ("sagasim check --time 60", "with its unit"),
        ("sagasim check --time 0s", "with its unit"),
        ("sagasim check --time 99999999999999999h", "with its unit"),
        ("sagasim check --runs 0", "expected a whole number from 1 to 18446744073709551615"),
        ("sagasim check --runs abc", "expected a whole number from 1 to"),
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
        ("sagasim replay a --without-fault 0", "expected a whole number from 1 to 4294967295"),
        ("sagasim replay a b.yaml --as-recorded", "cannot be used with"),
        ("sagasim replay a --until 0", "expected a whole number from 1 to"),
        ("sagasim replay a --step --trace", "cannot be used with"),
        ("sagasim replay a --step --format json", "cannot be used with"),
        ("sagasim shrink", "TOKEN|FILE"),
        ("sagasim shrink a --out b --failures c", "cannot be used with"),
    ] {
        rejected(line, expected);
    }
}
