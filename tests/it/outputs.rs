//! Where results are written to: what stands there stays what it is, and nothing that is read is written over.

use std::path::Path;
use std::process::{Command, Output};

fn sagasim(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagasim"));
    command.args(arguments).current_dir(folder).output().expect("sagasim runs")
}

/// A folder with the exercise in it.
fn exercise() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(sagasim(folder.path(), &["new", "mine"]).status.success());
    folder
}

const SAGA: &str = "mine/order-fulfilment.saga.yaml";

#[test]
fn what_is_read_is_not_written_over() {
    let folder = exercise();
    let order = "tests/fixtures/tmf622-v4-illustration-order.json";
    let order = Path::new(env!("CARGO_MANIFEST_DIR")).join(order);
    std::fs::copy(order, folder.path().join("order.json")).expect("a copy");
    std::fs::write(folder.path().join("p.yaml"), "profile: p\nfaults: {}\n").expect("a profile");
    std::fs::write(folder.path().join("a.json"), "{}").expect("a result");
    for (path, call) in [
        (SAGA, &["check", SAGA][..]),
        ("mine/../mine/participants.yaml", &["check", SAGA]),
        ("order.json", &["check", SAGA, "--order", "order.json"]),
        ("p.yaml", &["check", SAGA, "--faults", "./p.yaml"]),
        ("a.json", &["merge", "./a.json"]),
    ] {
        let before = std::fs::read(folder.path().join(path)).expect("it is there");
        let found = sagasim(folder.path(), &[call, &["--out", &format!("json={path}")]].concat());
        let said = String::from_utf8_lossy(&found.stderr).into_owned();
        assert_eq!((found.status.code(), found.stdout.is_empty()), (Some(64), true), "{path}: {said}");
        assert!(said.contains(&format!("{path} is read by this call")), "{path}: {said}");
        assert_eq!(std::fs::read(folder.path().join(path)).expect("it is there"), before, "{path}");
    }
}

#[test]
fn a_reduced_failure_may_take_its_own_place_and_not_that_of_a_definition() {
    let folder = exercise();
    let broken = ["check", "-q", SAGA, "--set", "platform.outbox.mark=before-publish", "--runs", "60"];
    sagasim(folder.path(), &[&broken[..], &["--exhaustive", "0"]].concat());
    let stored = sagasim::files::stored_failures(&folder.path().join("sagasim-failures")).expect("a folder");
    let failure = stored.first().expect("a failure").display().to_string();
    for (out, code) in [(SAGA, 64), ("mine/platform.yaml", 64), ("smaller.json", 1), (failure.as_str(), 1)] {
        let found = sagasim(folder.path(), &["shrink", &failure, "--out", out]);
        assert_eq!(found.status.code(), Some(code), "{out}: {}", String::from_utf8_lossy(&found.stderr));
    }
}

#[test]
fn a_corpus_that_cannot_be_kept_is_an_error() {
    let folder = exercise();
    let call = ["check", SAGA, "--runs", "9", "--exhaustive", "0", "--driver", "guided", "--corpus"];
    let found = sagasim(folder.path(), &[&call[..], &["mine/platform.yaml"]].concat());
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    assert_eq!((found.status.code(), found.stdout.is_empty()), (Some(4), false), "{said}");
    let expected = "error: cannot write mine/platform.yaml/order-fulfilment: a part of the path is not a folder\n";
    assert_eq!(said, expected);
    assert_ne!(sagasim(folder.path(), &[&call[..], &["corpus"]].concat()).status.code(), Some(4));
}

#[test]
fn what_is_given_in_place_of_something_else_is_told_in_plain_words() {
    let folder = exercise();
    std::fs::write(folder.path().join("empty.json"), "\n").expect("a file");
    let contract = "expected a mapping that begins with \"saga\" or \"scenario\", found another kind of file";
    for (call, expected) in [
        (&["check", "-q", "mine/platform.yaml"][..], contract),
        (&["check", "-q", "mine/participants.yaml"], contract),
        (&["check", SAGA, "--order", "empty.json"], "empty.json: the file is empty; expected a TMF622"),
        (&["check", SAGA, "--order", "mine"], "error: mine: it is a folder\n"),
        (&["mutants", "none.yaml"], "error: none.yaml: no such file or folder\n"),
    ] {
        let found = sagasim(folder.path(), call);
        let said = String::from_utf8_lossy(&[found.stdout, found.stderr].concat()).into_owned();
        assert!(found.status.code() == Some(2) && said.contains(expected), "{call:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_links_are_written_through() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = exercise();
    let call = ["check", SAGA, "--runs", "1", "--exhaustive", "0", "-q"];
    let out = |path: &str| sagasim(folder.path(), &[&call[..], &["--out", &format!("json={path}")]].concat());
    let json = String::from_utf8(out("/dev/stdout").stdout).expect("output is UTF-8");
    assert!(json.starts_with('{') && json.contains("}\nNOT ENOUGH EVIDENCE"), "{json}");
    out("/dev/null");
    let null = std::fs::symlink_metadata("/dev/null").expect("it is there");
    assert!(null.file_type().is_char_device());

    std::os::unix::fs::symlink("real.json", folder.path().join("link.json")).expect("a link");
    out("link.json");
    assert!(folder.path().join("link.json").is_symlink() && !folder.path().join("real.json").is_symlink());
    let written = std::fs::read_to_string(folder.path().join("real.json")).expect("a report");
    assert!(written.starts_with('{'), "{written}");
}
