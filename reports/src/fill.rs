//! Parts of the model that are filled from the definition files alone.

use scenarios::definition::{Definition, Diagnostic, Invalid, Level, Sources};

use crate::model::{DefinitionRow, Finding, LintReport, Severity};

/// The definitions under check, with their files and digests.
#[must_use]
pub fn definitions(definition: &Definition) -> Vec<DefinitionRow> {
    let row = |file: &scenarios::definition::SagaFile| DefinitionRow {
        saga: file.saga.name.value.clone(),
        version: file.saga.version.value.clone(),
        digest: format!("sha256:{}", file.digest),
        file: definition.sources.name(file.file).to_owned(),
    };
    definition.sagas.iter().map(row).collect()
}

/// What is wrong with files that cannot be run.
#[must_use]
pub fn invalid(invalid: &Invalid) -> LintReport {
    let mut lint = LintReport::new(findings(&invalid.diagnostics, &invalid.sources, &[]));
    lint.errors += invalid.more as u64;
    lint
}

/// Messages about definition files as findings; `deny` names rules by code or slug.
#[must_use]
pub fn findings(diagnostics: &[Diagnostic], sources: &Sources, deny: &[String]) -> Vec<Finding> {
    diagnostics.iter().map(|diagnostic| finding(diagnostic, sources, deny)).collect()
}

fn finding(diagnostic: &Diagnostic, sources: &Sources, deny: &[String]) -> Finding {
    let warning = diagnostic.level == Level::Warning;
    Finding {
        code: diagnostic.code.to_owned(),
        slug: diagnostic.slug.to_owned(),
        severity: if warning { Severity::Warning } else { Severity::Error },
        denied: warning && deny.iter().any(|rule| rule == diagnostic.code || rule == diagnostic.slug),
        file: sources.name(diagnostic.primary.file).to_owned(),
        line: diagnostic.primary.line.into(),
        column: diagnostic.primary.column.into(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        demonstrated_by: None,
        snippet: excerpt(diagnostic, sources),
    }
}

/// The lines that a message is about, without its title and help, which the report has already.
fn excerpt(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let bare = Diagnostic { help: None, ..diagnostic.clone() };
    let rendered = bare.render(sources, false);
    rendered.split_once('\n').map_or_else(String::new, |(_, excerpt)| excerpt.to_owned())
}

#[cfg(test)]
mod tests {
    use scenarios::definition::Span;

    use super::*;

    fn diagnostic(level: Level, primary: Span) -> Diagnostic {
        Diagnostic {
            level,
            ..Diagnostic::error("SG0805", "no-replay-fixture", primary, "no recorded run".to_owned())
                .with_help("record one with --record")
        }
    }

    #[test]
    fn a_message_becomes_a_finding_with_its_place() {
        let mut sources = Sources::default();
        let file = sources.add("a.saga.yaml", "saga: a\nversion: \"1\"\n");
        let primary = Span { file, start: 8, end: 15, line: 2, column: 1 };
        let found = findings(&[diagnostic(Level::Error, primary)], &sources, &[]).remove(0);
        assert_eq!((found.file.as_str(), found.line, found.column), ("a.saga.yaml", 2, 1));
        assert_eq!(found.help.as_deref(), Some("record one with --record"));
        assert!(found.snippet.contains("a.saga.yaml:2:1") && found.snippet.contains("^^^^^^^"), "{}", found.snippet);
        assert!(!found.snippet.contains("record"), "{}", found.snippet);
    }

    #[test]
    fn what_stands_in_no_file_has_no_place() {
        let found = findings(&[diagnostic(Level::Error, Span::NONE)], &Sources::default(), &[]).remove(0);
        assert_eq!((found.file.as_str(), found.line, found.snippet.as_str()), ("", 0, ""));
    }

    #[test]
    fn a_warning_is_denied_by_code_or_slug() {
        for (level, rule, denied) in [
            (Level::Warning, "SG0805", true),
            (Level::Warning, "no-replay-fixture", true),
            (Level::Warning, "SG0804", false),
            (Level::Error, "SG0805", false),
        ] {
            let found = findings(&[diagnostic(level, Span::NONE)], &Sources::default(), &[rule.to_owned()]).remove(0);
            assert_eq!(found.denied, denied, "{rule}");
        }
    }

    #[test]
    fn the_bundled_exercise_is_named_with_its_digest() {
        let definition = Definition::bundled("order-fulfilment", &[]).expect("it is bundled");
        let rows = definitions(&definition);
        assert_eq!((rows[0].saga.as_str(), rows[0].file.as_str()), ("order-fulfilment", "order-fulfilment.saga.yaml"));
        assert_eq!(rows[0].digest.len(), "sha256:".len() + 64);
    }
}
