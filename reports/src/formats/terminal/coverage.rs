//! What was tried, on the page: fault kinds against steps, situations, goals.

use super::check::fold;
use super::page::{Page, Role, Span, span};
use super::table::{Align, Table};
use crate::model::{CheckReport, FaultRow, Matrix};
use crate::style::Detail;
use crate::text::{count, plural};

/// How many cells that were not reached are named before the rest is only counted.
const UNREACHED_SHOWN: usize = 8;
/// More steps than this do not fit beside the fault counts.
const STEPS_BESIDE: usize = 20;

/// What was tried: fault kinds, and on which steps they had an effect.
pub(super) fn tried(page: &mut Page<'_>, report: &CheckReport) {
    let (applicable, ruled_out): (Vec<&FaultRow>, Vec<_>) = report.faults.iter().partition(|row| row.applicable);
    let matrix = match &report.coverage.matrices[..] {
        [one] if one.steps.len() <= STEPS_BESIDE => Some(one),
        _ => None,
    };
    page.blank();
    let mut table = Table::titled(&[("Faults", Align::Left), ("injected", Align::Right), ("effective", Align::Right)]);
    if let Some(matrix) = matrix {
        for n in 1..=matrix.steps.len() {
            table.column(&n.to_string(), Align::Right);
        }
    }
    for row in applicable {
        let role = if row.effective == 0 { Role::Warn } else { Role::Plain };
        let mut cells = vec![span(role, &row.kind), span(role, count(row.injected)), span(role, count(row.effective))];
        if let Some(found) = matrix.and_then(|matrix| matrix.rows.iter().find(|r| r.kind == row.kind)) {
            cells.extend(found.cells.iter().map(|&cell| mark(cell)));
        }
        table.row(cells);
    }
    page.table(&table);
    if let Some(matrix) = matrix {
        legend(page, matrix);
    } else if page.style().detail == Detail::Verbose {
        for matrix in &report.coverage.matrices {
            whole_matrix(page, matrix);
        }
    }
    fold(page, "not applicable", ruled_out.iter().map(|row| (row.kind.as_str(), row.why.as_deref())));
    unreached(page, report);
}

/// A cell of the matrix.
fn mark(cell: Option<u64>) -> Span {
    match cell {
        None => span(Role::Dim, "·"),
        Some(0) => span(Role::Warn, "○"),
        Some(_) => span(Role::Good, "●"),
    }
}

fn legend(page: &mut Page<'_>, matrix: &Matrix) {
    let steps: Vec<_> = matrix.steps.iter().enumerate().map(|(i, step)| format!("{}={step}", i + 1)).collect();
    page.hanging(2, &span(Role::Dim, "steps"), 9, &[span(Role::Dim, steps.join(", "))]);
    page.text(9, Role::Dim, "● had an effect there, ○ not tried there, · cannot occur there");
}

fn whole_matrix(page: &mut Page<'_>, matrix: &Matrix) {
    page.blank();
    let title = format!("Faults on the steps of {}", matrix.saga);
    let mut table = Table::titled(&[(title.as_str(), Align::Left)]);
    for n in 1..=matrix.steps.len() {
        table.column(&n.to_string(), Align::Right);
    }
    for row in &matrix.rows {
        let mut cells = vec![span(Role::Plain, &row.kind)];
        cells.extend(row.cells.iter().map(|&cell| mark(cell)));
        table.row(cells);
    }
    page.table(&table);
    legend(page, matrix);
}

/// How many cells of step and fault kind were reached, and which were not.
fn unreached(page: &mut Page<'_>, report: &CheckReport) {
    let coverage = &report.coverage;
    let cells = coverage.reached + coverage.unreached.len() as u64;
    if cells == 0 {
        return;
    }
    let words = format!("{} of {} of step and fault reached", count(coverage.reached), plural(cells, "cell"));
    page.hanging(2, &span(Role::Plain, "coverage"), 12, &[span(Role::Plain, words)]);
    let shown = if page.style().detail == Detail::Verbose { usize::MAX } else { UNREACHED_SHOWN };
    let not_reached = coverage.not_reached();
    let missing: Vec<_> = not_reached.iter().take(shown).map(String::as_str).collect();
    let rest = not_reached.len() - missing.len();
    let more = if rest > 0 { format!(" and {} more (-v names them)", count(rest as u64)) } else { String::new() };
    if !missing.is_empty() {
        page.text(12, Role::Warn, format!("not reached: {}{more}", missing.join(", ")));
    }
}

pub(super) fn seen(page: &mut Page<'_>, report: &CheckReport) {
    let whole = report.failures.is_empty() || page.style().detail == Detail::Verbose;
    if report.coverage.seen.is_empty() || !whole {
        return;
    }
    page.blank();
    let mut table = Table::titled(&[("Seen at least once", Align::Left), ("runs", Align::Right)]);
    for row in &report.coverage.seen {
        let role = if row.runs == 0 { Role::Warn } else { Role::Plain };
        table.row(vec![span(role, &row.what), span(role, count(row.runs))]);
    }
    page.table(&table);
}

/// The goals of the scenarios.
pub(super) fn goals(page: &mut Page<'_>, report: &CheckReport) {
    if report.goals.is_empty() {
        return;
    }
    page.blank();
    let mut table = Table::titled(&[
        ("Goals", Align::Left),
        ("at least", Align::Right),
        ("reached", Align::Right),
        ("", Align::Left),
        ("", Align::Left),
    ]);
    for row in &report.goals {
        let role = if row.met { Role::Plain } else { Role::Warn };
        let verdict = if row.met { row.scenario.clone() } else { format!("not met in {}", row.scenario) };
        table.row(vec![
            span(role, &row.goal),
            span(role, count(row.wanted)),
            span(role, count(row.reached)),
            span(role, &row.counts),
            span(if row.met { Role::Dim } else { Role::Warn }, verdict),
        ]);
    }
    page.table(&table);
}
