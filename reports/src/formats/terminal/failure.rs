//! A failure as a story with the one line to change.

use super::page::{Page, Role, Span, span};
use crate::model::{
    CheckReport, DefinitionLine, DefinitionRow, Explained, FailureReport, FileRow, Mark, NeededFault, StoryLine,
};
use crate::text::{command_line, count, instant, plural};

/// The column at which the text beside a label begins.
const BESIDE: usize = 19;

/// All failures of a check, then the files written.
pub(super) fn all(page: &mut Page<'_>, report: &CheckReport) {
    let total = report.failures.len();
    for (i, failure) in report.failures.iter().enumerate() {
        page.blank();
        one(page, report, failure, i + 1, total);
    }
    let others: Vec<_> =
        report.files.iter().filter(|file| report.failures.iter().all(|f| f.repro != file.path)).collect();
    if !others.is_empty() {
        page.blank();
    }
    for file in others {
        written(page, 0, file);
    }
}

fn one(page: &mut Page<'_>, report: &CheckReport, failure: &FailureReport, n: usize, total: usize) {
    let number = if total > 1 { format!("FAILURE {n} of {total}") } else { "FAILURE".to_owned() };
    let at = failure.step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
    page.line(
        0,
        &[span(Role::Bad, number), span(Role::Plain, "  "), span(Role::Strong, format!("{}{at}", failure.invariant))],
    );
    broken(page, &failure.statement, &failure.seed_section);
    let runs =
        report.scenarios.iter().find(|row| row.name == failure.scenario).map_or(report.random.runs, |row| row.runs);
    let plans = match failure.plans {
        0 => String::new(),
        n => format!("{} and ", plural(n, "plan")),
    };
    let (n, of) = (count(failure.runs), plural(runs, "run"));
    let often = format!("{plans}{n} of {of} of {} failed for this cause", failure.scenario);
    let size = format!(
        "smallest: {}, {}, {}",
        plural(failure.faults, "fault"),
        plural(failure.orders, "order"),
        plural(failure.events, "event")
    );
    page.text(2, Role::Plain, format!("{often}; {size}"));
    page.blank();
    page.line(2, &[span(Role::Code, &failure.replay)]);
    let reduced = command_line(&["sagasim", "replay", &failure.repro]);
    if !failure.repro.is_empty() && failure.replay != reduced {
        page.line(2, &[span(Role::Code, reduced), span(Role::Dim, " (reduced, as told here)")]);
    }
    page.blank();
    story(page, &failure.story);
    page.blank();
    needs(page, failure);
    if let Some(file) = report.files.iter().find(|file| file.path == failure.repro) {
        written(page, 2, file);
    }
}

/// What a failure needs and what it does not care about, what it means, and what to change.
pub(super) fn needs(page: &mut Page<'_>, failure: &FailureReport) {
    faults(page, "needed", &failure.needed);
    explained(page, &failure.explained);
    if !failure.irrelevant.is_empty() {
        label(page, "does not matter", Role::Plain, failure.irrelevant.join(", "));
    }
    for sentence in &failure.effect {
        label(page, "means", Role::Plain, sentence.as_str());
    }
    if let Some(line) = &failure.definition {
        change(page, line);
    }
}

/// What runs with one thing changed showed.
fn explained(page: &mut Page<'_>, explained: &Explained) {
    let passes: Vec<&str> = explained.without.iter().filter(|row| row.passes).map(|row| row.change.as_str()).collect();
    if !passes.is_empty() {
        label(page, "passes", Role::Good, format!("without {}", passes.join("; without ")));
    }
    for row in explained.without.iter().filter(|row| !row.passes) {
        let breaks = row.breaks.as_deref().unwrap_or("the same");
        label(page, "", Role::Plain, format!("without {}, {breaks} breaks instead", row.change));
    }
    let mut at = 0;
    for (i, other) in explained.alternatives.iter().enumerate() {
        if other.n == at {
            continue;
        }
        at = other.n;
        let same: Vec<&str> =
            explained.alternatives[i..].iter().filter(|row| row.n == at).map(|row| row.text.as_str()).collect();
        let name = if i == 0 { "fails as well" } else { "" };
        label(page, name, Role::Plain, format!("with {} as fault {at}", same.join(" or ")));
    }
    if let Some(liveness) = &explained.liveness {
        label(page, &liveness.class, Role::Plain, liveness.reason.as_str());
        for (i, event) in liveness.cycle.iter().enumerate() {
            label(page, if i == 0 { "cycle" } else { "" }, Role::Plain, event.as_str());
        }
        if !liveness.cycle.is_empty() {
            label(page, "", Role::Dim, format!("and again, {} times in a row", count(liveness.turns)));
        }
    }
    if let Some(row) = &explained.inevitable {
        let text = format!(
            "from {} on ({}): the rest was drawn {} times, and it failed each time",
            instant(row.at_ms),
            row.text,
            count(row.samples)
        );
        label(page, "inevitable", Role::Plain, text);
    }
}

/// What a broken invariant says and where it comes from.
pub(super) fn broken(page: &mut Page<'_>, statement: &str, seed_section: &str) {
    let section = if seed_section.is_empty() { String::new() } else { format!("(seed {seed_section})") };
    page.hanging(
        2,
        &Span::default(),
        2,
        &[span(Role::Plain, format!("broken: {statement}")), span(Role::Dim, section)],
    );
}

/// The lines of a story, times and names aligned.
pub(super) fn story(page: &mut Page<'_>, story: &[StoryLine]) {
    let time = story.iter().map(|line| instant(line.at_ms).len()).max().unwrap_or(0);
    let who = story.iter().map(|line| page.width(&line.who)).max().unwrap_or(0);
    for line in story {
        let (role, tag) = match line.mark {
            Mark::None => (Role::Plain, String::new()),
            Mark::Fault(n) => (Role::Warn, format!("[fault {n}]")),
            Mark::Violation => (Role::Bad, "[broken here]".to_owned()),
        };
        let at = instant(line.at_ms);
        let gap = who - page.width(&line.who);
        page.line_start(
            2,
            &[
                span(Role::Dim, format!("{}{at}", " ".repeat(time - at.len()))),
                span(Role::Strong, format!("  {}{}  ", line.who, " ".repeat(gap))),
            ],
        );
        let column = 2 + time + 2 + who + 2;
        let mut spans = vec![span(role, &line.text)];
        if !line.changed.is_empty() {
            spans.push(span(Role::Dim, format!("({})", line.changed.join("; "))));
        }
        spans.push(span(role, tag));
        page.flow(column, column, &spans);
    }
}

/// Numbered faults under a label.
pub(super) fn faults(page: &mut Page<'_>, name: &str, faults: &[NeededFault]) {
    for (i, fault) in faults.iter().enumerate() {
        let name = if i == 0 { name } else { "" };
        label(page, name, Role::Plain, format!("[fault {}] {}", fault.n, fault.text));
    }
    if faults.is_empty() {
        label(page, name, Role::Plain, "no fault at all: this breaks on a good day");
    }
}

/// The line to change and what to write.
pub(super) fn change(page: &mut Page<'_>, line: &DefinitionLine) {
    let place = format!("{}:{}", line.file, line.line);
    let name = if line.helps { "change" } else { "look at" };
    page.hanging(2, &span(Role::Strong, name), BESIDE, &[span(Role::Code, place)]);
    page.line(BESIDE, &[span(Role::Dim, &line.text)]);
    page.text(BESIDE, Role::Plain, &line.advice);
}

/// The definitions that a page is about, a line each.
pub(super) fn definitions(page: &mut Page<'_>, definitions: &[DefinitionRow]) {
    for definition in definitions {
        let name = format!("{} {}", definition.saga, definition.version);
        page.line(0, &[span(Role::Strong, name), span(Role::Dim, format!("  {}", definition.file))]);
    }
}

/// What to know beside the result.
pub(super) fn notices(page: &mut Page<'_>, notices: &[String]) {
    for notice in notices {
        page.hanging(0, &span(Role::Warn, "note:"), 6, &[span(Role::Plain, notice)]);
    }
}

/// A sentence with a label on its left.
pub(super) fn label(page: &mut Page<'_>, name: &str, role: Role, text: impl Into<String>) {
    page.hanging(2, &span(Role::Strong, name), BESIDE, &[span(role, text)]);
}

/// A file that was written, or why it could not be.
pub(super) fn written(page: &mut Page<'_>, indent: usize, file: &FileRow) {
    match &file.error {
        None => page.hanging(
            indent,
            &span(Role::Strong, "written"),
            BESIDE,
            &[span(Role::Code, &file.path), span(Role::Dim, format!("({})", file.what))],
        ),
        Some(error) => page.hanging(
            indent,
            &span(Role::Bad, "not written"),
            BESIDE,
            &[span(Role::Code, format!("{}:", file.path)), span(Role::Plain, error)],
        ),
    }
}
