//! What was judged, on the page: the invariants, and the designer's own rules.

use super::check::{beside, fold};
use super::page::{Page, Role, span};
use super::table::{Align, Table};
use crate::model::{CheckReport, Class, InvariantRow, LimitRow};
use crate::style::Detail;
use crate::text::{count, duration, plural};

/// What was judged and what broke, by class.
pub(super) fn invariants(page: &mut Page<'_>, report: &CheckReport) {
    let whole = report.failures.is_empty() || page.style().detail == Detail::Verbose;
    for (class, title) in
        [(Class::Always, "Always true"), (Class::Eventually, "Eventually true"), (Class::Monitored, "Monitored")]
    {
        let rows: Vec<_> = report.invariants.iter().filter(|row| row.class == class).collect();
        let (applicable, ruled_out): (Vec<&InvariantRow>, Vec<_>) = rows.into_iter().partition(|row| row.applicable);
        if applicable.is_empty() {
            continue;
        }
        page.blank();
        if whole {
            page.table(&invariant_table((class, title), &applicable, report));
            if applicable.iter().any(|row| row.took_longer() && !is_broken(row, report)) {
                page.text(2, Role::Dim, RECOVERED);
            }
            fold(page, "not applicable", ruled_out.iter().map(|row| (row.id.as_str(), row.why.as_deref())));
        } else {
            let broken: Vec<_> = applicable.iter().copied().filter(|row| is_broken(row, report)).collect();
            let held = (applicable.len() - broken.len()) as u64;
            if broken.is_empty() {
                beside(page, title, &[span(Role::Plain, format!("{0} of {0} held", count(held)))]);
            } else {
                page.table(&invariant_table((class, title), &broken, report));
                page.text(2, Role::Dim, format!("{} held (-v shows them)", plural(held, "other")));
            }
        }
    }
}

/// The designer's own rules, one by one.
pub(super) fn own_rules(page: &mut Page<'_>, report: &CheckReport) {
    if report.own_rules.is_empty() {
        return;
    }
    page.blank();
    let right = Align::Right;
    let columns = [("Rules of your own", Align::Left), ("judged in runs", right), ("broken", right), ("", Align::Left)];
    let mut table = Table::titled(&columns);
    for row in &report.own_rules {
        let role = match (row.runs, row.broken) {
            (0, _) => Role::Warn,
            (_, 0) => Role::Plain,
            _ => Role::Bad,
        };
        let class = if row.class == Class::Always { "always" } else { "eventually" };
        let said = span(Role::Dim, format!("{class}, {}", row.scenario));
        table.row(vec![span(role, &row.rule), span(role, count(row.runs)), span(role, count(row.broken)), said]);
    }
    page.table(&table);
}

/// Why what took longer than its bound is not broken.
const RECOVERED: &str = "a bound holds as written where no fault was; after faults a recovery may take longer: its retries, its \
                         questions, and the persons it waits for";

/// The limits that scenarios set to what a monitored invariant looks at.
fn limits_of<'r>(row: &'r InvariantRow, report: &'r CheckReport) -> impl Iterator<Item = &'r LimitRow> {
    report.limits.iter().filter(|limit| row.class == Class::Monitored && limit.metric == row.id)
}

fn is_broken(row: &InvariantRow, report: &CheckReport) -> bool {
    row.broken > 0 || limits_of(row, report).any(|limit| limit.broken)
}

fn invariant_table((class, title): (Class, &str), rows: &[&InvariantRow], report: &CheckReport) -> Table {
    let right = Align::Right;
    let mut table = match class {
        Class::Always | Class::Monitored => {
            Table::titled(&[(title, Align::Left), ("judged", right), ("broken", right), ("", Align::Wrap)])
        }
        Class::Eventually => Table::titled(&[
            (title, Align::Left),
            ("due", right),
            ("met", right),
            ("p50", right),
            ("p99", right),
            ("max", right),
            ("bound", right),
        ]),
    };
    let time = |ms: Option<u64>| ms.map_or_else(|| "-".to_owned(), duration);
    for row in rows {
        let role = match row.judged {
            0 => Role::Warn,
            _ if is_broken(row, report) => Role::Bad,
            _ => Role::Plain,
        };
        let mut cells = vec![span(role, &row.id), span(role, count(row.judged))];
        if class == Class::Eventually {
            cells.push(span(role, count(row.met())));
            cells.extend([row.p50_ms, row.p99_ms, row.max_ms].map(|ms| span(Role::Plain, time(ms))));
            cells.push(span(Role::Plain, bound(row)));
        } else {
            let limits: Vec<_> = limits_of(row, report).collect();
            // Of a limit it is known that it was passed, not how often.
            let passed = limits.iter().any(|limit| limit.broken);
            cells.push(span(role, if passed { "yes".to_owned() } else { count(row.broken) }));
            let found = limits.iter().max_by_key(|limit| limit.broken).map(|limit| limit.shown());
            let said = found.map_or(row.statement.clone(), |(over, found)| format!("at most {over}, found {found}"));
            cells.push(span(Role::Dim, said));
        }
        table.row(cells);
    }
    table
}

/// The deadlines of the definition: one, or the shortest and the longest of several.
fn bound(row: &InvariantRow) -> String {
    match (row.shortest_ms, row.bound_ms) {
        (Some(shortest), Some(longest)) if shortest < longest => {
            format!("{}-{}", duration(shortest), duration(longest))
        }
        (_, Some(only)) => duration(only),
        (_, None) => "-".to_owned(),
    }
}
