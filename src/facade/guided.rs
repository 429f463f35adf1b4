//! Guided campaigns: the corpus on disk, and the calls that they need.

use std::path::{Path, PathBuf};
use std::time::Instant;

use reports::FileRow;
use scenarios::campaign::{Guided, Options};
use scenarios::replay::{Kept, Recording};

use super::subject::Loaded;
use crate::files::{self, FileError};
use crate::options::{CheckOptions, DEFAULT_RUNS, Session};

/// Where the corpus of a scenario is kept.
fn folder(options: &CheckOptions, loaded: &Loaded) -> Option<PathBuf> {
    options.corpus.as_ref().map(|corpus| corpus.join(&loaded.name))
}

/// The kept runs of a folder; what cannot be read is said in a sentence.
fn read(folder: &Path, loaded: &Loaded, notices: &mut Vec<String>) -> Vec<Recording> {
    let paths = files::stored_failures(folder).unwrap_or_default();
    let mut corpus = Vec::new();
    for path in paths {
        match files::read_text(&path).and_then(|text| Kept::read(&text).map_err(|error| error.to_string())) {
            Ok(kept) => corpus.push(kept.recording(&loaded.simulation.scenario)),
            Err(why) => notices.push(format!("{} is left out of the corpus: {why}", path.display())),
        }
    }
    corpus
}

/// Keeps what a campaign added to its corpus. A run is named by its content, so equal ones are kept once.
fn keep(folder: &Path, loaded: &Loaded, added: &[Recording]) -> Option<FileRow> {
    let mut error = None;
    for recording in added {
        let text = Kept::new(&loaded.simulation.scenario, recording).text();
        let path = folder.join(format!("{:016x}.json", sim_core::hash::name(&text)));
        if let Err(FileError::Write { why, .. } | FileError::Read { why, .. }) = files::write(&path, text.as_bytes()) {
            error = Some(why);
            break;
        }
    }
    let what = format!("{} that reached something new", reports::text::plural(added.len() as u64, "run"));
    (!added.is_empty()).then(|| FileRow { path: folder.display().to_string(), what, error })
}

/// Runs the guided campaign of a scenario.
pub fn campaign(
    loaded: &Loaded,
    options: &CheckOptions,
    session: &Session<'_>,
    started: Instant,
    (notices, written): (&mut Vec<String>, &mut Vec<FileRow>),
) -> Guided {
    let runs = match (options.runs, options.time) {
        (Some(runs), _) => runs,
        (None, Some(_)) => u64::MAX / 2 - options.first,
        (None, None) => DEFAULT_RUNS,
    };
    session.progress.begin(&format!("{}: guided", loaded.name), if options.time.is_some() { 0 } else { runs });
    let folder = folder(options, loaded);
    let corpus = folder.as_ref().map(|folder| read(folder, loaded, notices)).unwrap_or_default();
    let known = corpus.len();
    let part = Options {
        seed: options.seed,
        first: options.first,
        runs,
        jobs: options.jobs(),
        driver: fault_models::Driver::Swarm,
        fail_fast: options.fail_fast,
    };
    let told = |runs: u64| {
        session.progress.advance(runs);
        options.time.is_none_or(|time| started.elapsed() < time)
    };
    let found = loaded.simulation.guided(&part, corpus, session.stop, &told);
    if let Some(folder) = folder {
        written.extend(keep(&folder, loaded, &found.corpus[known..]));
    }
    found
}
