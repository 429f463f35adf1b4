//! What a call reads, so that it does not write over it.

use std::path::{Path, PathBuf};

use scenarios::definition::{Definition, Sources};
use scenarios::replay::is_profile_file;

use crate::options::{CheckOptions, Error};

/// The files that a check reads: those that it names, and those that these name.
#[must_use]
pub fn inputs_of(options: &CheckOptions) -> Vec<PathBuf> {
    let subject = &options.subject;
    let mut inputs = subject.files.clone();
    inputs.extend(subject.order.clone());
    inputs.extend(Some(PathBuf::from(&options.faults)).filter(|_| is_profile_file(&options.faults)));
    if !subject.files.is_empty() {
        inputs.extend(match Definition::load(&subject.files, &subject.set) {
            Ok(definition) => names(&definition.sources),
            Err(invalid) => names(&invalid.sources),
        });
    }
    inputs
}

/// The paths of texts.
pub(super) fn names(sources: &Sources) -> Vec<PathBuf> {
    sources.0.iter().map(|source| source.name.clone().into()).collect()
}

/// Refuses to write to a file that the call reads, under whatever path.
///
/// # Errors
///
/// [`Error::Usage`] with the path.
pub fn refuse_to_overwrite(inputs: &[PathBuf], out: &Path) -> Result<(), Error> {
    let Ok(real) = out.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == real)) {
        return Err(Error::Usage(format!("{} is read by this call; it is not written over", out.display())));
    }
    Ok(())
}
