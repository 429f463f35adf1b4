//! Where the texts come from: the disk, the catalogue, or a repro file.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::node::MAX_BYTES;

/// A place that has files.
pub(crate) enum Files<'a> {
    /// The file system.
    Disk,
    /// Texts by name.
    Memory(&'a [(String, String)]),
}

impl Files<'_> {
    /// The bytes of a file, or why there are none. At most one byte more than may be read, so that the caller sees that it is too long.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self {
            Files::Disk => read_disk(Path::new(path)),
            Files::Memory(texts) => texts
                .iter()
                .find(|(name, _)| normal(Path::new(name)) == path)
                .map(|(_, text)| text.clone().into_bytes())
                .ok_or_else(|| "no such file".to_owned()),
        }
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        match self {
            Files::Disk => Path::new(path).is_file(),
            Files::Memory(texts) => texts.iter().any(|(name, _)| normal(Path::new(name)) == path),
        }
    }
}

/// Only plain files: a pipe or a device could keep the reader waiting for ever.
fn read_disk(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        _ => error.to_string().to_lowercase(),
    };
    let metadata = std::fs::metadata(path).map_err(said)?;
    if metadata.is_dir() {
        return Err("a folder, expected a file".to_owned());
    }
    if !metadata.is_file() {
        return Err("not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)).map_err(said)?;
    Ok(bytes)
}

/// A path without `.` and without `..` where it can be told.
pub(crate) fn normal(path: &Path) -> String {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out.to_string_lossy().into_owned()
}

/// A path that stands in a file, as seen from where that file's own path is seen.
pub(crate) fn beside(file: &str, path: &str) -> String {
    normal(&Path::new(file).parent().unwrap_or(Path::new("")).join(path))
}
