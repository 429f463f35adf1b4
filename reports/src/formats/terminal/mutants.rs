//! The page of `sagasim mutants`.

use super::page::{Page, Role, span};
use super::table::{Align, Table};
use crate::model::{DefectRow, MutantsReport};
use crate::style::{Detail, Style};
use crate::text::count;

/// The planted bugs as a table with a closing line; the line alone if the style is quiet.
#[must_use]
pub fn mutants(report: &MutantsReport, style: &Style) -> String {
    let mut page = Page::new(style);
    if style.detail != Detail::Quiet {
        page.table(&table(report, style.detail == Detail::Verbose));
        page.blank();
    }
    closing(&mut page, report);
    if style.detail != Detail::Quiet && !report.repeat.is_empty() {
        page.line(2, &[span(Role::Dim, "again: "), span(Role::Code, &report.repeat)]);
    }
    page.finish()
}

fn table(report: &MutantsReport, verbose: bool) -> Table {
    let right = Align::Right;
    let mut table = Table::titled(&[
        ("Planted bug", Align::Left),
        ("family", Align::Left),
        ("caught by", Align::Left),
        ("runs", right),
        ("events", right),
        ("ms", right),
        ("smallest", Align::Left),
        ("rules", Align::Left),
    ]);
    if verbose {
        table.column("models", Align::Wrap);
    }
    for defect in &report.defects {
        let mut cells = vec![
            span(if defect.caught { Role::Plain } else { Role::Bad }, &defect.id),
            span(if defect.caught && !defect.as_expected { Role::Warn } else { Role::Dim }, &defect.expected),
            caught_by(defect),
            span(Role::Plain, count(defect.runs)),
            span(Role::Plain, count(defect.events)),
            span(Role::Dim, count(defect.millis)),
            span(Role::Plain, smallest(defect)),
            span(Role::Dim, if defect.rules.is_empty() { "-".to_owned() } else { defect.rules.join(" ") }),
        ];
        if verbose {
            cells.push(span(Role::Dim, &defect.models));
        }
        table.row(cells);
    }
    table
}

fn caught_by(defect: &DefectRow) -> super::page::Span {
    match &defect.by[..] {
        _ if !defect.caught => span(Role::Bad, "SURVIVED"),
        [] => span(Role::Good, "caught"),
        [first] => span(Role::Good, first),
        [first, rest @ ..] => span(Role::Good, format!("{first} +{}", rest.len())),
    }
}

fn smallest(defect: &DefectRow) -> String {
    defect
        .shrunk
        .map_or_else(|| "-".to_owned(), |size| format!("{}f {}o {}e", size.faults, size.orders, count(size.events)))
}

fn closing(page: &mut Page<'_>, report: &MutantsReport) {
    let (role, word) = if report.exit_code() == 0 { (Role::Good, "PASS") } else { (Role::Bad, "FAIL") };
    let survivors: Vec<_> =
        report.defects.iter().filter(|defect| !defect.caught).map(|defect| defect.id.as_str()).collect();
    let caught =
        format!("{} of {} planted bugs caught, seed {}", count(report.caught), count(report.total), report.seed);
    page.hanging(0, &span(role, word), 6, &[span(Role::Plain, caught)]);
    if !survivors.is_empty() {
        page.hanging(6, &span(Role::Bad, "survived:"), 8, &[span(Role::Plain, survivors.join(", "))]);
    }
    let otherwise = report.defects.iter().filter(|defect| defect.caught && !defect.as_expected);
    let otherwise: Vec<_> = otherwise.map(|defect| defect.id.as_str()).collect();
    if !otherwise.is_empty() {
        page.hanging(6, &span(Role::Bad, "caught by another family:"), 8, &[span(Role::Plain, otherwise.join(", "))]);
    }
    for defect in report.defects.iter().filter(|defect| !defect.proof.holds()) {
        let objections = defect.proof.objections().join("; ");
        page.hanging(6, &span(Role::Warn, format!("{}:", defect.id)), 8, &[span(Role::Plain, objections)]);
    }
    if report.reference_clean {
        page.text(6, Role::Plain, "without a planted bug nothing breaks");
    } else {
        page.hanging(
            6,
            &span(Role::Bad, "broken without a planted bug:"),
            8,
            &[span(Role::Plain, report.reference_broken.join(", "))],
        );
    }
}
