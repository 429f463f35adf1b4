//! What the static rules found.

use serde::Serialize;

/// All findings, with how many of them count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LintReport {
    /// Findings that block a rollout, denied warnings included.
    pub errors: u64,
    /// Findings that are only shown.
    pub warnings: u64,
    /// In order of file and line.
    pub findings: Vec<Finding>,
}

impl LintReport {
    /// Counts the findings.
    #[must_use]
    pub fn new(findings: Vec<Finding>) -> Self {
        let errors = findings.iter().filter(|finding| finding.blocks()).count() as u64;
        Self { errors, warnings: findings.len() as u64 - errors, findings }
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Blocks a rollout.
    Error,
    /// Is shown, and can be denied.
    Warning,
}

/// One finding of a static rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable code, `SG0501`.
    pub code: String,
    /// The stable name of the rule, `no-key`.
    pub slug: String,
    /// As the rule has it, whatever `--deny` says.
    pub severity: Severity,
    /// Whether `--deny` makes this warning an error.
    pub denied: bool,
    /// The file it is in.
    pub file: String,
    /// From 1; 0 if the finding is about the file as a whole.
    pub line: u64,
    /// From 1; 0 if the finding is about the file as a whole.
    pub column: u64,
    /// One sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The signature of the failure in which a run showed the harm.
    pub demonstrated_by: Option<String>,
    /// The excerpt of the file with its labelled spans, several lines without colour, which names its place itself;
    /// empty if there is none.
    #[serde(skip)]
    pub snippet: String,
}

impl Finding {
    /// Whether it stands in the way of a rollout.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error || self.denied
    }

    /// Whether the file cannot be simulated at all: an error of the rules SG00xx or SG01xx.
    #[must_use]
    pub fn cannot_run(&self) -> bool {
        self.severity == Severity::Error && (self.code.starts_with("SG00") || self.code.starts_with("SG01"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn findings_are_counted_as_they_count() {
        let finding = |severity| Finding { severity, ..sample::finding() };
        let denied = Finding { denied: true, ..finding(Severity::Warning) };
        let lint = LintReport::new(vec![finding(Severity::Error), denied, finding(Severity::Warning)]);
        assert_eq!((lint.errors, lint.warnings), (2, 1));
    }
}
