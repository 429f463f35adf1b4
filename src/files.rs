//! Files that are written whole or not at all, and what is no file but takes a text.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file or folder could not be read.
    #[error("cannot read {path}: {why}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says, in words.
        why: String,
    },
    /// A file could not be written; what stood there before still does.
    #[error("cannot write {path}: {why}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says, in words.
        why: String,
    },
}

impl FileError {
    fn read(path: &Path, error: &io::Error) -> Self {
        Self::Read { path: path.to_owned(), why: words(error) }
    }

    fn write(path: &Path, error: &io::Error) -> Self {
        Self::Write { path: path.to_owned(), why: words(error) }
    }
}

/// The longest part of a file name that comes from a definition.
const PART_MAX: usize = 60;

/// What the system says, without its error number where the kind says it all.
#[must_use]
pub fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the disk".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::AlreadyExists => "it is already there".to_owned(),
        _ => error.to_string(),
    }
}

/// The most bytes of a file that are read.
pub const READ_MAX: u64 = 64 << 20;

/// The bytes of a file of a sane size. Only plain files: a pipe or a device could keep the reader waiting, or reading, for ever.
///
/// # Errors
///
/// Why there are none, in words.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: io::Error| words(&error);
    let there = fs::metadata(path).map_err(said)?;
    if there.is_dir() {
        return Err(said(io::ErrorKind::IsADirectory.into()));
    }
    if !there.is_file() {
        return Err("not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(READ_MAX + 1).read_to_end(&mut bytes)).map_err(said)?;
    if bytes.len() as u64 > READ_MAX {
        return Err(format!("larger than {} MiB", READ_MAX >> 20));
    }
    Ok(bytes)
}

/// The text of a file, as [`read`].
///
/// # Errors
///
/// Why there is none, in words.
pub fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read(path)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        format!("not UTF-8 text: byte 0x{:02x} at {valid}", error.as_bytes()[valid])
    })
}

/// A word from a definition as a part of a file name: no separator, nothing that a terminal or a shell takes for something
/// else, and not too long. What it was may be told from the content alone.
#[must_use]
pub fn part_of_name(word: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    word.chars().take(PART_MAX).map(plain).collect()
}

/// Writes a file beside its place and then renames it, so that nobody ever sees half of it; folders on the way are made, links
/// are followed, and a file that is replaced leaves its permissions to the new one. A device or a pipe is written to.
///
/// # Errors
///
/// If a folder or the file cannot be written; nothing half-written is left behind.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let written = match path.to_str() {
        // A redirected stream is a file to which the page goes, too: neither may take the place of the other.
        Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => pour(&mut io::stdout(), content),
        Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => pour(&mut io::stderr(), content),
        _ => place(path, content),
    };
    written.map_err(|error| FileError::write(path, &error))
}

/// Writes to what a path leads to, according to what that is.
fn place(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if there.is_file() => replace(&path.canonicalize()?, content, Some(there.permissions())),
        Ok(_) => pour(&mut OpenOptions::new().write(true).open(path)?, content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            // A link to what is not there yet; those that lead to themselves are another error.
            Ok(target) => place(&path.with_file_name("").join(target), content),
            Err(_) => {
                make_parent(path)?;
                replace(path, content, None)
            }
        },
        Err(error) => Err(error),
    }
}

/// Puts a file in its place in one piece.
fn replace(path: &Path, content: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = fill(&beside, content, permissions).and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| {
        // The error at hand says more than a failure to clean up after it would.
        let _ = fs::remove_file(&beside);
    })
}

/// Writes to a stream. A reader that has gone away is no error: it has what it wanted.
fn pour(stream: &mut dyn io::Write, content: &[u8]) -> io::Result<()> {
    match stream.write_all(content).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file that is not there yet; folders on the way are made.
///
/// # Errors
///
/// If something has that name already, or the file cannot be written; nothing half-written is left behind.
pub fn write_new(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::write(path, &error);
    make_parent(path).map_err(failed)?;
    fill(path, content, None).map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(path);
        }
        failed(error)
    })
}

/// Makes the folder of a path. A file that stands in its way is named for what it is, not as "already there".
fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Makes a file and has it on the disk before it says so. Permissions come before the content, which may not be for everybody.
fn fill(path: &Path, content: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// The stored failures in a folder: its JSON files, in order of their names. A folder that is not there holds none.
///
/// # Errors
///
/// If the folder is there and cannot be listed.
pub fn stored_failures(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |error: io::Error| FileError::read(folder, &error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/a.json");
        for content in ["first", "second, and longer", ""] {
            write(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(names(path.parent().unwrap()), ["a.json"]);
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("taken")).unwrap();
        fs::write(folder.path().join("taken/inside"), "").unwrap();
        fs::write(folder.path().join("file"), "old").unwrap();
        for (name, expected) in [("taken", "it is a folder"), ("file/a.json", "not a folder")] {
            let error = write(&folder.path().join(name), b"new").unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(expected), "{error}");
        }
        assert_eq!(names(folder.path()), ["file", "taken"]);
    }

    #[test]
    fn only_plain_text_files_of_a_sane_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("text"), "text").unwrap();
        fs::write(at("latin"), b"gr\xfcn").unwrap();
        File::create(at("large")).unwrap().set_len(READ_MAX + 1).unwrap();
        assert_eq!(read_text(&at("text")).unwrap(), "text");
        for (path, expected) in [
            (at("none"), "no such file or folder"),
            (at(""), "it is a folder"),
            (at("large"), "larger than 64 MiB"),
            (at("latin"), "not UTF-8 text: byte 0xfc at 2"),
            #[cfg(unix)]
            ("/dev/zero".into(), "not a plain file"),
        ] {
            assert_eq!(read_text(&path).unwrap_err(), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_already_stays_what_it_is() {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/file"), "old").unwrap();
        fs::set_permissions(at("deep/file"), Permissions::from_mode(0o600)).unwrap();
        for (link, target) in [("link", "deep/file"), ("link to link", "link"), ("to nothing", "deep/new/file")] {
            symlink(target, at(link)).unwrap();
            write(&at(link), link.as_bytes()).unwrap();
            assert!(at(link).is_symlink(), "{link}");
            assert_eq!(fs::read_to_string(at(link)).unwrap(), link);
        }
        assert_eq!(fs::metadata(at("deep/file")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            (names(&at("deep")), names(&at("deep/new"))),
            (vec!["file".into(), "new".into()], vec!["file".into()])
        );

        let pipe = at("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, b"through").unwrap();
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(reader.join().unwrap(), "through");

        symlink("loop", at("loop")).unwrap();
        assert!(write(&at("loop"), b"never").is_err() && at("loop").is_symlink());
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        write_new(&path, b"mine").unwrap();
        let error = write_new(&path, b"yours").unwrap_err().to_string();
        assert!(error.ends_with("a.yaml: it is already there"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn no_word_leads_out_of_its_folder() {
        for (word, part) in [
            ("order-fulfilment", "order-fulfilment"),
            ("../../x/y", "------x-y"),
            ("or\u{1b}[31md\n<b>|&", "or--31md--b---"),
            ("grün.v2", "gr-n-v2"),
            ("", ""),
        ] {
            assert_eq!(part_of_name(word), part);
        }
        assert_eq!(part_of_name(&"long".repeat(100)).len(), PART_MAX);
    }

    #[test]
    fn stored_failures_come_in_order_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.json", "readme.md", ".a.json.17.tmp", ".hidden.json"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("c.json")).unwrap();
        let found = stored_failures(folder.path()).unwrap();
        assert_eq!(found, ["a.json", "b.json"].map(|name| folder.path().join(name)));
        assert!(stored_failures(&folder.path().join("none")).unwrap().is_empty());
        assert!(stored_failures(&folder.path().join("a.json")).is_err());
    }
}
