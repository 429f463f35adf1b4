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
/// Fewer steps than this do not make a table, however narrow the page is.
const STEPS_AT_LEAST: usize = 5;

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
        legend(page, &matrix.steps, 1);
    } else if page.style().detail == Detail::Verbose {
        for matrix in &report.coverage.matrices {
            whole_matrix(page, matrix);
        }
    }
    fold(page, "not applicable", ruled_out.iter().map(|row| (row.kind.as_str(), row.why.as_deref())));
    unreached(page, report);
    for rows in report.coverage.unreachable.chunk_by(|a, b| a.scenario == b.scenario) {
        let of = if report.scenarios.len() > 1 { format!(" in {}", rows[0].scenario) } else { String::new() };
        let rows = rows.iter().map(|row| (row.step.as_str(), Some(row.why.as_str())));
        fold(page, &format!("undo that cannot run{of}"), rows);
    }
}

/// A cell of the matrix.
fn mark(cell: Option<u64>) -> Span {
    match cell {
        None => span(Role::Dim, "·"),
        Some(0) => span(Role::Warn, "○"),
        Some(_) => span(Role::Good, "●"),
    }
}

/// The names of steps that stand as numbers, from `first` on.
fn legend(page: &mut Page<'_>, steps: &[String], first: usize) {
    let steps: Vec<_> = (first..).zip(steps).map(|(n, step)| format!("{n}={step}")).collect();
    page.hanging(2, &span(Role::Dim, "steps"), 9, &[span(Role::Dim, steps.join(", "))]);
    page.text(9, Role::Dim, "● had an effect there, ○ not tried there, · cannot occur there");
}

/// A matrix in as many tables as its steps need in the width that there is, each with the names of its steps.
fn whole_matrix(page: &mut Page<'_>, matrix: &Matrix) {
    let title = format!("Faults on the steps of {}", matrix.saga);
    let first = matrix.rows.iter().map(|row| row.kind.len()).chain([title.len()]).max().unwrap_or(0);
    let column = 2 + matrix.steps.len().to_string().len();
    let fit = (page.style().width.saturating_sub(first + 2) / column).clamp(STEPS_AT_LEAST, matrix.steps.len().max(1));
    for (part, steps) in matrix.steps.chunks(fit).enumerate() {
        let before = part * fit;
        page.blank();
        let mut table = Table::titled(&[(title.as_str(), Align::Left)]);
        for n in 1..=steps.len() {
            table.column(&(before + n).to_string(), Align::Right);
        }
        for row in &matrix.rows {
            let mut cells = vec![span(Role::Plain, &row.kind)];
            cells.extend(row.cells.iter().skip(before).take(steps.len()).map(|&cell| mark(cell)));
            table.row(cells);
        }
        page.table(&table);
        legend(page, steps, before + 1);
    }
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

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::model::MatrixRow;
    use crate::style::Style;

    #[test]
    fn a_matrix_of_many_steps_stands_in_tables_that_fit_each_with_its_names() {
        let steps: Vec<String> = (1..=45).map(|n| format!("step-{n}")).collect();
        let rows = vec![MatrixRow { kind: "downstream-timeout-after-effect".to_owned(), cells: vec![Some(1); 45] }];
        let matrix = Matrix { saga: "large".to_owned(), steps, rows };
        let style = Style::plain();
        let mut page = Page::new(&style);
        whole_matrix(&mut page, &matrix);
        let text = page.finish();
        assert!(text.lines().all(|line| line.width() <= style.width), "{text}");
        assert_eq!(text.matches("Faults on the steps of large").count(), 3, "{text}");
        for n in 1..=45 {
            assert!(text.contains(&format!("{n}=step-{n}")), "{n}: {text}");
        }
        assert_eq!(text.matches('●').count(), 45 + 3, "{text}");
    }
}
