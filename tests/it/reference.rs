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
         `--set platform.KEY=VALUE`.",
    ),
    ("fields", "Fields of predicates", "What `when:`, `where:`, `for:` and `invariants:` can read, in CEL."),
    (
        "defects",
        "Planted bugs",
        "What `sagasim mutants` plants, one by one, and which family of invariants has to catch each first.",
    ),
];

#[test]
fn reference_pages_say_what_the_catalogues_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let renew = std::env::var_os("SAGASIM_REFERENCE").is_some_and(|word| word == "renew");
    for (kind, title, about) in PAGES {
        let output = Command::new(env!("CARGO_BIN_EXE_sagasim"))
            .args(["list", kind, "--format", "markdown"])
            .output()
            .expect("sagasim runs");
        assert!(output.status.success(), "{kind}");
        let table = String::from_utf8(output.stdout).expect("a listing is UTF-8");
        assert!(table.lines().count() > 5, "{kind} lists little: {table}");
        let page = format!("# {title}\n\nWritten by `sagasim list {kind} --format markdown`. {about}\n\n{table}");
        let path = folder.join(format!("{kind}.md"));
        if renew {
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &page)).expect("it can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = page.lines().zip(kept.lines()).find(|(says, kept)| says != kept);
        assert!(
            page == kept,
            "docs/reference/{kind}.md is not what `sagasim list {kind}` says: {differs:#?} (SAGASIM_REFERENCE=renew)"
        );
    }
}
