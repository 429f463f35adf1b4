//! The page of `sagasim selfcheck`.

use super::page::{Page, Role, span};
use super::table::{Align, Table};
use crate::model::SelfcheckReport;
use crate::style::{Detail, Style};
use crate::text::{count, plural};

/// What was compared as a table with a closing line; the line alone if the style is quiet.
#[must_use]
pub fn selfcheck(report: &SelfcheckReport, style: &Style) -> String {
    let mut page = Page::new(style);
    if style.detail != Detail::Quiet {
        page.table(&table(report));
        page.blank();
        let jobs = plural(report.jobs, "thread");
        let twice = format!("twice: two times on {jobs}, compared event by event, and the whole state every 64 events");
        page.text(2, Role::Dim, twice);
        page.text(2, Role::Dim, "reordered: once more on one thread, after other runs than before");
        page.text(2, Role::Dim, "alone: once more in a world that nothing ran in before");
        page.blank();
    }
    closing(&mut page, report);
    if style.detail != Detail::Quiet {
        page.line(2, &[span(Role::Dim, "again: "), span(Role::Code, &report.repeat)]);
    }
    page.finish()
}

fn table(report: &SelfcheckReport) -> Table {
    let right = Align::Right;
    let mut table = Table::titled(&[
        ("Saga", Align::Left),
        ("driver", Align::Left),
        ("twice", right),
        ("events", right),
        ("states", right),
        ("reordered", right),
        ("alone", right),
        ("fingerprint", Align::Left),
    ]);
    for row in &report.rows {
        let figure = |figure: u64| span(Role::Plain, count(figure));
        let fingerprint = match row.mismatch {
            None => span(Role::Good, &row.fingerprint),
            Some(_) => span(Role::Bad, "MISMATCH"),
        };
        table.row(vec![
            span(Role::Plain, &row.scenario),
            span(Role::Dim, &row.driver),
            figure(row.runs),
            figure(row.events),
            figure(row.states),
            figure(row.reordered),
            figure(row.alone),
            fingerprint,
        ]);
    }
    table
}

fn closing(page: &mut Page<'_>, report: &SelfcheckReport) {
    let (role, word) = if report.deterministic { (Role::Good, "PASS") } else { (Role::Bad, "ERROR") };
    let early = if report.stopped { ", stopped before its end" } else { "" };
    let runs = plural(report.runs, "run");
    let text = if report.deterministic {
        format!("{runs} with {} were always the same, seed {}{early}", plural(report.events, "event"), report.seed)
    } else {
        format!("equal inputs did not give equal runs, seed {}", report.seed)
    };
    page.hanging(0, &span(role, word), 6, &[span(Role::Plain, text)]);
    for row in &report.rows {
        if let Some(mismatch) = &row.mismatch {
            let title = format!("{}, {}:", row.scenario, row.driver);
            page.hanging(2, &span(Role::Bad, title), 4, &[span(Role::Plain, mismatch)]);
        }
    }
}
