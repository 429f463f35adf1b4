//! `sagasim new`: a folder with the bundled exercise, to start from.

use std::fmt::Write as _;

use reports::text::{clean, plural, quote};
use sagasim::{Error, files};

use super::Context;
use crate::cli::NewArgs;

/// What the bundled exercise is made of: its definition and the contracts that it names.
const EXERCISE: &[&str] = &["order-fulfilment.saga.yaml", "participants.yaml", "platform.yaml"];

/// The files of the bundled exercise as names and texts.
pub fn exercise() -> Vec<(&'static str, &'static str)> {
    EXERCISE.iter().map(|&name| (name, scenarios::catalog::get(name).expect("the exercise is bundled"))).collect()
}

/// Writes files, given as names and texts, to the folder and says what to do next.
///
/// # Errors
///
/// If one of the files is there already, in which case none is written, or cannot be written.
pub fn run(args: &NewArgs, cx: &Context<'_>, catalog: &[(&str, &str)]) -> Result<u8, Error> {
    let there: Vec<_> =
        catalog.iter().map(|(name, _)| args.dir.join(name)).filter(|path| path.symlink_metadata().is_ok()).collect();
    if let [first, rest @ ..] = &there[..] {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
        return Err(Error::Usage(format!("{}{more} is there already; nothing was written", first.display())));
    }
    for (name, text) in catalog {
        files::write_new(&args.dir.join(name), text.as_bytes())?;
    }
    cx.print(&next(args, catalog))?;
    Ok(0)
}

fn next(args: &NewArgs, catalog: &[(&str, &str)]) -> String {
    let path = |name: &str| args.dir.join(name).to_string_lossy().into_owned();
    let mut text = format!("{} written:\n", plural(catalog.len() as u64, "file"));
    for (name, _) in catalog {
        let _ = writeln!(text, "  {}", clean(&path(name)));
    }
    if let Some((name, _)) = catalog.iter().find(|(name, _)| name.ends_with(".saga.yaml")) {
        let definition = path(name);
        let definition = quote(&definition);
        let _ = write!(
            text,
            "\nSee whether it holds:\n  sagasim check {0}\n\nThen break it, and see what that does to your customers:\n  \
             sagasim check {0} --set platform.outbox.mark=before-publish\n",
            clean(&definition)
        );
    }
    text
}
