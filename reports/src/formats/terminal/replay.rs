//! The page of `sagasim replay`.

use super::failure;
use super::page::{Page, Role, span};
use super::table::{Align, Table};
use crate::model::{ReplayReport, ReplayStatus};
use crate::style::{Detail, Style};
use crate::text::{count, instant, plural};

/// A replay as one page, or one line if the style is quiet.
#[must_use]
pub fn replay(report: &ReplayReport, style: &Style) -> String {
    let mut page = Page::new(style);
    if style.detail == Detail::Quiet {
        status(&mut page, report);
        return page.finish();
    }
    failure::definitions(&mut page, &report.definitions);
    let run =
        format!("scenario {}, {}, fingerprint {}", report.scenario, plural(report.events, "event"), report.fingerprint);
    page.text(0, Role::Dim, run);
    failure::notices(&mut page, &report.notices);
    page.blank();
    if report.trace.is_empty() {
        failure::story(&mut page, &report.story);
    } else {
        trace(&mut page, report);
    }
    page.blank();
    if !report.faults.is_empty() {
        failure::faults(&mut page, "faults", &report.faults);
    }
    for fault in &report.without {
        failure::label(&mut page, "left out", Role::Plain, format!("[fault {}] {}", fault.n, fault.text));
    }
    for sentence in &report.effect {
        failure::label(&mut page, "means", Role::Plain, sentence.as_str());
    }
    if let Some(line) = &report.definition {
        failure::change(&mut page, line);
    }
    page.blank();
    status(&mut page, report);
    if report.status.fails() && !report.statement.is_empty() {
        failure::broken(&mut page, &report.statement, &report.seed_section);
    }
    if !report.repeat.is_empty() {
        page.line(2, &[span(Role::Dim, "again: "), span(Role::Code, &report.repeat)]);
    }
    page.finish()
}

pub(super) fn status(page: &mut Page<'_>, report: &ReplayReport) {
    let broken = match (&report.invariant, &report.step) {
        (Some(invariant), Some(step)) => format!("{invariant} breaks at {step}"),
        (Some(invariant), None) => format!("{invariant} breaks"),
        (None, _) => "nothing breaks".to_owned(),
    };
    let recorded = report.expected.as_ref().map(|expected| format!("recorded was {expected}"));
    let (role, words) = match report.status {
        ReplayStatus::StillFails => (Role::Bad, broken),
        ReplayStatus::Fixed => (Role::Good, format!("{broken} in this run any more")),
        ReplayStatus::DifferentFailure => {
            (Role::Bad, [Some(broken), recorded].into_iter().flatten().collect::<Vec<_>>().join("; "))
        }
        ReplayStatus::Stale => (Role::Warn, format!("{broken}, {}", unfit(report))),
    };
    page.line(0, &[span(role, report.status.word()), span(Role::Plain, format!("  {words}"))]);
}

/// Why a run that breaks nothing shows nothing; what a token names is recorded nowhere.
fn unfit(report: &ReplayReport) -> String {
    match (report.unused_choices, report.recorded_choices) {
        (0, _) => "and under these files nothing ever did in this run: it is not a failure that was fixed".to_owned(),
        (k, n) => format!(
            "but {} of {} recorded choices no longer reached: this says nothing about the failure",
            count(k),
            count(n)
        ),
    }
}

/// The number of an event; a dash for what has none.
pub(super) fn number(event: u64) -> String {
    if event == 0 { "-".to_owned() } else { event.to_string() }
}

fn trace(page: &mut Page<'_>, report: &ReplayReport) {
    let right = Align::Right;
    let mut table = Table::titled(&[
        ("Event", right),
        ("cause", right),
        ("time", right),
        ("node", Align::Left),
        ("what", Align::Wrap),
    ]);
    for line in &report.trace {
        let mut what = line.what.clone();
        if !line.changed.is_empty() {
            what.push_str(&format!(" ({})", line.changed.join("; ")));
        }
        if let Some(fault) = &line.fault {
            what.push_str(&format!(" [fault: {fault}]"));
        }
        let role = if line.fault.is_some() { Role::Warn } else { Role::Plain };
        table.row(vec![
            span(Role::Dim, number(line.event)),
            span(Role::Dim, number(line.cause)),
            span(Role::Dim, instant(line.at_ms)),
            span(Role::Strong, &line.node),
            span(role, what),
        ]);
    }
    page.table(&table);
}
