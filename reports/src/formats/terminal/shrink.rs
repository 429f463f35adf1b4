//! The page of `sagasim shrink`.

use super::failure;
use super::page::{Page, Role, span};
use crate::model::ShrinkReport;
use crate::style::{Detail, Style};
use crate::text::{count, plural};

/// A reduction as one page, or one line if the style is quiet.
#[must_use]
pub fn shrink(report: &ShrinkReport, style: &Style) -> String {
    let mut page = Page::new(style);
    if style.detail == Detail::Quiet {
        status(&mut page, report);
        return page.finish();
    }
    failure::definitions(&mut page, &report.definitions);
    failure::notices(&mut page, &report.notices);
    page.blank();
    if let Some(found) = &report.failure {
        failure::story(&mut page, &found.story);
        page.blank();
        failure::needs(&mut page, found);
        page.blank();
    }
    status(&mut page, report);
    if let Some(found) = &report.failure {
        failure::broken(&mut page, &found.statement, &found.seed_section);
        let removed = match report.removed.is_empty() {
            true if report.complete => "nothing: it was at its minimum".to_owned(),
            true => "nothing: nothing smaller was found".to_owned(),
            false => report.removed.join(", "),
        };
        failure::label(&mut page, "removed", Role::Plain, removed);
    }
    if let Some(file) = &report.file {
        failure::written(&mut page, 2, file);
    }
    page.line(2, &[span(Role::Dim, "again: "), span(Role::Code, &report.repeat)]);
    page.finish()
}

fn status(page: &mut Page<'_>, report: &ShrinkReport) {
    let Some(found) = &report.failure else {
        let words = "  nothing breaks when it is run again, so there is nothing to reduce";
        page.line(0, &[span(Role::Warn, "STALE"), span(Role::Plain, words)]);
        return;
    };
    let at = found.step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
    let left: Vec<String> =
        report.after.counts().into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| plural(n, name)).collect();
    let words = format!("  {}{at}: {}", found.invariant, left.join(", "));
    page.line(0, &[span(Role::Bad, "REDUCED"), span(Role::Plain, words)]);
    if !report.complete {
        let words =
            format!("the search was cut short after {} runs; this is the smallest it found", count(report.runs));
        page.text(2, Role::Warn, words);
    }
}
