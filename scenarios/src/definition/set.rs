//! Patches from the command line: `--set PATH=VALUE`.

/// A patch: a path and the YAML that is put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The path as written.
    pub path: String,
    /// The value as written; `null` removes.
    pub value: String,
}
