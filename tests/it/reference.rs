//! The reference pages say what the catalogues say: `SAGASIM_REFERENCE=renew cargo test -p sagasim --test it reference` writes
//! them anew.

use std::path::Path;
use std::process::Command;

/// A page: its catalogue, its title, and what to know before one reads it.
const PAGES: [(&str, &str, &str); 9] = [
    (
        "faults",
        "Faults",
        "The kinds of faults that are injected. A profile says how often each happens; see [profiles](profiles.md).",
    ),
    ("profiles", "Fault profiles", "What `--faults` can name. A file `*.profile.yaml` mixes others."),
    (
        "invariants",
        "Invariants",
        "What has to hold. *always*: after every event; *eventually*: by a deadline, judged when the faults have stopped; \
         *monitored*: a threshold, whose breach is a warning unless a scenario says otherwise.",
    ),
    (
        "rules",
        "Static rules",
        "A breach of a rule SG00xx or SG01xx keeps a file from being run (exit code 2). Any other is simulated all the same: an error \
         that a run shows is that failure, and one that none shows ends with 2, too.",
    ),
    ("machines", "State machines", "The states of quotes, orders, items and so on, and what may follow each."),
    ("metrics", "Metrics", "What every JSON report measures, and what the `fail:` of a scenario can bound."),
    (
        "platform",
        "The platform file",
        "The keys of `platform.yaml` that have a closed vocabulary. What is left out has the right value. Try another with \
         `--set platform.KEY=VALUE`. The last column says when a weak value hurts that does no harm alone.",
    ),
    ("fields", "Fields of predicates", "What `when:`, `where:`, `for:` and `invariants:` can read, in CEL."),
    (
        "defects",
        "Planted bugs",
        "What `sagasim mutants` plants, one by one, and which family of invariants has to catch each first.",
    ),
];

/// The sections of the page about what can be written in the files: their catalogue, heading, and what to know before.
const DEFINITION: [(&str, &str, &str); 5] = [
    (
        "steps",
        "Kinds of steps",
        "`kind:` of a step. All may have `item`, `after`, `when`, `key`, `deadline`, `retry`, `compensation`, `pivot`, `afterPivot` and \
         `replaySafe`; what another kind alone can have is an error.",
    ),
    (
        "actions",
        "What comes next",
        "Each place that decides takes some of the actions; what they mean stands under the words. One that nothing acts upon there is \
         an error.",
    ),
    ("keys", "What a key is made of", "Text, and paths in `${...}`: `\"${item.id}:SHIP:${plan.version}\"`."),
    (
        "files",
        "The keys of the files",
        "Behind the kind of file. Names in capitals are yours; things with an id stand under it, as in `saga.steps[ship-router].key`. `--set` \
         takes the keys of sagas, participants, platforms and scenarios. Durations are whole numbers with a unit (us, ms, s, m, h, d, w).",
    ),
    ("words", "Words", "The closed vocabularies; those of the platform file have [a page of their own](platform.md)."),
];

fn listed(kind: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sagasim"))
        .args(["list", kind, "--format", "markdown"])
        .output()
        .expect("sagasim runs");
    assert!(output.status.success(), "{kind}");
    let table = String::from_utf8(output.stdout).expect("a listing is UTF-8");
    assert!(table.lines().count() > 5, "{kind} lists little: {table}");
    table
}

/// Holds a page against the one that is kept, or writes it anew.
fn check_page(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(format!("{name}.md"));
    if std::env::var_os("SAGASIM_REFERENCE").is_some_and(|word| word == "renew") {
        std::fs::write(&path, page).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(says, kept)| says != kept);
    assert!(
        page == kept,
        "docs/reference/{name}.md is not what `sagasim list` says: {differs:#?} (SAGASIM_REFERENCE=renew)"
    );
}

#[test]
fn the_page_about_files_says_what_their_readers_ask_for() {
    let mut page =
        "# What can be written\n\nWhat stands here comes from the readers of the files themselves.\n".to_owned();
    for (kind, heading, about) in DEFINITION {
        let table = listed(kind);
        page += &format!("\n## {heading}\n\n{about}\n`sagasim list {kind}` prints the same.\n\n{table}");
    }
    check_page("definition", &page);
}

#[test]
fn reference_pages_say_what_the_catalogues_say() {
    for (kind, title, about) in PAGES {
        let table = listed(kind);
        check_page(
            kind,
            &format!("# {title}\n\nWritten by `sagasim list {kind} --format markdown`. {about}\n\n{table}"),
        );
    }
}
