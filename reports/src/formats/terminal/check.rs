//! The page of `sagasim check`.

use super::page::{Page, Role, Span, span};
use super::table::{Align, Table};
use super::{coverage, failure, invariants};
use crate::model::{CheckReport, ExhaustiveRow, FaultRow, Finding, Money, Verdict};
use crate::style::{Detail, Style};
use crate::text::{count, duration, plural, rough};

/// The column at which the text beside a label begins.
const BESIDE: usize = 16;

/// A check as one page, or one line if the style is quiet.
#[must_use]
pub fn check(report: &CheckReport, style: &Style) -> String {
    let mut page = Page::new(style);
    if style.detail == Detail::Quiet {
        one_line(&mut page, report);
        return page.finish();
    }
    head(&mut page, report);
    static_rules(&mut page, report);
    if !report.scenarios.is_empty() {
        campaign(&mut page, report);
        if report.failures.is_empty() || style.detail == Detail::Verbose {
            coverage::tried(&mut page, report);
        }
        invariants::invariants(&mut page, report);
        invariants::own_rules(&mut page, report);
        coverage::seen(&mut page, report);
        coverage::goals(&mut page, report);
        limits(&mut page, report);
        outcomes(&mut page, report);
        failure::all(&mut page, report);
        not_modelled(&mut page, report);
    }
    verdict(&mut page, report);
    page.finish()
}

/// A label with text beside it.
pub(super) fn beside(page: &mut Page<'_>, label: &str, spans: &[Span]) {
    page.hanging(0, &span(Role::Strong, label), BESIDE, spans);
}

/// More text under a label.
pub(super) fn below(page: &mut Page<'_>, spans: &[Span]) {
    page.hanging(BESIDE, &Span::default(), BESIDE, spans);
}

/// The colour of a verdict.
const fn tone(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Pass => Role::Good,
        Verdict::Fail | Verdict::Invalid | Verdict::Error => Role::Bad,
        Verdict::NotEnoughEvidence => Role::Warn,
    }
}

fn one_line(page: &mut Page<'_>, report: &CheckReport) {
    let names: Vec<_> = report.definitions.iter().map(|d| format!("{} {}", d.saga, d.version)).collect();
    let names = if names.is_empty() { "nothing to run".to_owned() } else { names.join(", ") };
    let reason = if let Some(error) = report.errors.first() {
        error.clone()
    } else if report.verdict == Verdict::Invalid {
        let errors = plural(report.lint.errors, "error");
        match report.lint.findings.iter().find(|finding| finding.blocks()) {
            Some(first) => format!("{errors}, first {}", told(first)),
            None => errors,
        }
    } else if let Some(first) = report.failures.first() {
        format!("{}, first {}; {}", causes(report, "cause"), first.signature, first.replay)
    } else if let Some(broken) = report.also_broken().first() {
        broken.clone()
    } else if let Some(owed) = report.owed.first().filter(|_| report.verdict == Verdict::NotEnoughEvidence) {
        owed.clone()
    } else {
        format!("{}, fingerprint {}", plural(report.random.runs, "run"), report.random.fingerprint)
    };
    let profile = report.profile.as_ref().map(|profile| format!(", profile {profile}")).unwrap_or_default();
    let rest = format!("  {names}, {}{profile}: {reason}", report.luck());
    page.line(0, &[span(tone(report.verdict), report.verdict.word()), span(Role::Plain, rest)]);
}

/// How many causes there are, and in how many random runs: none where the search was the end of it.
fn causes(report: &CheckReport, noun: &str) -> String {
    let causes = plural(report.failures.len() as u64, noun);
    match report.random.runs {
        0 => causes,
        runs => format!("{causes} in {}", plural(runs, "run")),
    }
}

/// A finding on one line: its code, its place and what it says.
fn told(finding: &Finding) -> String {
    let place = place_of(finding).map(|place| format!(" at {place}")).unwrap_or_default();
    format!("{}{place}: {}", finding.code, finding.message)
}

fn head(page: &mut Page<'_>, report: &CheckReport) {
    let title =
        [span(Role::Strong, format!("sagasim {}", report.version)), span(Role::Plain, format!(", {}", report.luck()))];
    page.line(0, &title);
    page.blank();
    if report.definitions.is_empty() {
        return;
    }
    let verbose = page.style().detail == Detail::Verbose;
    let mut table = Table::bare(2, &[Align::Left, Align::Left, Align::Left, Align::Left]);
    for definition in &report.definitions {
        let digest = if verbose { definition.digest.clone() } else { definition.digest.chars().take(19).collect() };
        table.row(vec![
            span(Role::Strong, &definition.saga),
            span(Role::Plain, &definition.version),
            span(Role::Dim, digest),
            span(Role::Dim, &definition.file),
        ]);
    }
    page.table(&table);
    page.blank();
}

fn static_rules(page: &mut Page<'_>, report: &CheckReport) {
    let number = |n: u64, noun: &str| if n == 0 { format!("no {noun}s") } else { plural(n, noun) };
    let errors = span(
        if report.lint.errors > 0 { Role::Bad } else { Role::Plain },
        format!("{},", number(report.lint.errors, "error")),
    );
    let warnings = span(Role::Plain, number(report.lint.warnings, "warning"));
    beside(page, "Static rules", &[errors, warnings]);
    for finding in &report.lint.findings {
        one_finding(page, finding);
    }
    if !report.lint.findings.is_empty() && !report.scenarios.is_empty() {
        page.blank();
    }
}

fn one_finding(page: &mut Page<'_>, finding: &Finding) {
    let (role, word) = if finding.blocks() { (Role::Bad, "error") } else { (Role::Warn, "warning") };
    let denied = if finding.denied { " (denied)" } else { "" };
    let lead = span(role, format!("{word}{denied} {} {}:", finding.code, finding.slug));
    page.hanging(2, &lead, 4, &[span(Role::Plain, &finding.message)]);
    let opened = finding.blocks() || page.style().detail == Detail::Verbose;
    if opened && !finding.snippet.is_empty() {
        page.verbatim(4, Role::Plain, &finding.snippet);
    } else {
        place(page, finding);
    }
    if let Some(help) = &finding.help {
        page.hanging(4, &span(Role::Good, "help"), 10, &[span(Role::Plain, help)]);
    }
    if let Some(signature) = &finding.demonstrated_by {
        let words = format!("a run shows the harm: {signature}");
        page.hanging(4, &span(Role::Bad, "seen"), 10, &[span(Role::Plain, words)]);
    }
}

fn place(page: &mut Page<'_>, finding: &Finding) {
    if let Some(place) = place_of(finding) {
        page.line(4, &[span(Role::Dim, "at "), span(Role::Code, place)]);
    }
}

fn place_of(finding: &Finding) -> Option<String> {
    match (finding.file.as_str(), finding.line) {
        ("", _) => None,
        (file, 0) => Some(file.to_owned()),
        (file, line) => Some(format!("{file}:{line}:{}", finding.column)),
    }
}

/// How many breaking sets a page lists for each number of faults.
const SETS_SHOWN: usize = 4;

fn campaign(page: &mut Page<'_>, report: &CheckReport) {
    regressions(page, report);
    for row in &report.exhaustive {
        let what = match row.faults {
            1 => "every single fault:".to_owned(),
            k => format!("every set of {k} faults:"),
        };
        let sizes = format!("{} in {},", plural(row.points, "choice point"), plural(row.classes, "class"));
        plans(page, "Exhaustive", &[span(Role::Plain, what), span(Role::Plain, sizes)], row);
        if let Some(persistent) = report.persistent.as_ref().filter(|persistent| persistent.faults == row.faults) {
            let what = "each that can come again, with every further attempt:";
            plans(page, "", &[span(Role::Plain, what)], persistent);
        }
    }
    let random = &report.random;
    let size = format!(
        "{}, {}, {} of business time",
        plural(random.runs, "run"),
        plural(random.events, "event"),
        duration(random.virtual_ms)
    );
    let speed = format!("in {} ({} events/s)", duration(random.wall_ms), rough(random.events_per_second));
    beside(page, "Random", &[span(Role::Plain, size), span(Role::Dim, speed)]);
    let total = |f: fn(&FaultRow) -> u64| report.faults.iter().map(f).sum::<u64>();
    let injected = format!(
        "{} injected{}, {} of them with an effect",
        plural(total(|row| row.injected), "fault"),
        if report.exhaustive.is_empty() { "" } else { ", in the plans searched too" },
        count(total(|row| row.effective))
    );
    below(page, &[span(Role::Plain, injected)]);
    if let Some(most) = random.fails_at_most_per_million {
        let bound =
            format!("no run failed: with 95 % confidence fewer than {} of a million such runs fail", count(most));
        below(page, &[span(Role::Plain, bound)]);
    }
    below(page, &[span(Role::Dim, format!("fingerprint {}", random.fingerprint))]);
    if report.scenarios.len() > 1 {
        scenarios(page, report);
    }
}

/// What became of plans, and the first of those that broke something.
fn plans(page: &mut Page<'_>, title: &str, what: &[Span], row: &ExhaustiveRow) {
    let plans = row.plans_run + row.plans_covered;
    let survived = match plans - row.survived.min(plans) {
        0 if !row.complete => span(Role::Good, format!("the {} so far survived", plural(plans, "plan"))),
        0 => span(Role::Good, format!("all {} survived", plural(plans, "plan"))),
        broken => span(Role::Bad, format!("{} of {} break something", count(broken), plural(plans, "plan"))),
    };
    let cut = if row.complete { "" } else { "(cut off before its end)" };
    let line: Vec<Span> = what.iter().cloned().chain([survived, span(Role::Warn, cut)]).collect();
    beside(page, title, &line);
    if row.unsorted > 0 {
        let sorted = (plans - row.survived.min(plans)).saturating_sub(row.unsorted);
        let text = format!(
            "the failures below count {} of them; the other {} have the same causes{}",
            count(sorted),
            count(row.unsorted),
            if row.faults > 1 { ", or hold fewer faults that break something" } else { "" }
        );
        below(page, &[span(Role::Dim, text)]);
    }
    for set in row.told.iter().take(SETS_SHOWN) {
        below(page, &[span(Role::Dim, format!("broken by {}", set.join(" and ")))]);
    }
    if row.breaking.len() > SETS_SHOWN {
        below(page, &[span(Role::Dim, format!("and {} more", count((row.breaking.len() - SETS_SHOWN) as u64)))]);
    }
}

fn regressions(page: &mut Page<'_>, report: &CheckReport) {
    if report.regressions.is_empty() {
        return;
    }
    let failing = report.regressions.iter().filter(|row| row.status.fails()).count() as u64;
    let number = plural(report.regressions.len() as u64, "stored failure");
    let (role, words) = if failing == 0 {
        (Role::Good, "none fails any more".to_owned())
    } else {
        (Role::Bad, format!("{failing} still failing"))
    };
    beside(page, "Stored", &[span(Role::Plain, format!("{number} run first,")), span(role, words)]);
    for row in report.regressions.iter().filter(|row| row.status.fails()) {
        below(
            page,
            &[span(Role::Bad, row.status.word()), span(Role::Plain, &row.invariant), span(Role::Code, &row.repro)],
        );
    }
}

fn scenarios(page: &mut Page<'_>, report: &CheckReport) {
    page.blank();
    let mut table = Table::titled(&[
        ("Scenarios", Align::Left),
        ("runs", Align::Right),
        ("events", Align::Right),
        ("", Align::Left),
    ]);
    for row in &report.scenarios {
        table.row(vec![
            span(Role::Plain, &row.name),
            span(Role::Plain, count(row.runs)),
            span(Role::Plain, count(row.events)),
            span(tone(row.verdict), row.verdict.word()),
        ]);
    }
    page.table(&table);
}

/// Rows that do not apply: their names in one paragraph, or each with its reason.
pub(super) fn fold<'r>(page: &mut Page<'_>, label: &str, rows: impl Iterator<Item = (&'r str, Option<&'r str>)>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let column = 2 + label.len() + 2;
    if page.style().detail == Detail::Verbose {
        for (name, why) in rows {
            let text = format!("{name}: {}", why.unwrap_or("cannot occur"));
            page.hanging(2, &span(Role::Dim, label), column, &[span(Role::Dim, text)]);
        }
    } else {
        let names: Vec<_> = rows.iter().map(|row| row.0).collect();
        page.hanging(2, &span(Role::Dim, label), column, &[span(Role::Dim, names.join(", "))]);
    }
}

/// The limits that scenarios set to metrics.
fn limits(page: &mut Page<'_>, report: &CheckReport) {
    if report.limits.is_empty() {
        return;
    }
    page.blank();
    let mut table = Table::titled(&[
        ("Limits", Align::Left),
        ("at most", Align::Right),
        ("found", Align::Right),
        ("", Align::Left),
    ]);
    for row in &report.limits {
        let (over, found) = row.shown();
        let role = if row.broken { Role::Bad } else { Role::Plain };
        let verdict = if row.broken { format!("broken in {}", row.scenario) } else { row.scenario.clone() };
        table.row(vec![
            span(role, &row.metric),
            span(role, over),
            span(role, found),
            span(if row.broken { Role::Bad } else { Role::Dim }, verdict),
        ]);
    }
    page.table(&table);
}

/// A share of all orders, with one decimal.
fn per_thousand(n: u64, orders: u64) -> String {
    let tenths = u128::from(n) * 10_000 / u128::from(orders);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn outcomes(page: &mut Page<'_>, report: &CheckReport) {
    let outcomes = &report.outcomes;
    if outcomes.orders == 0 {
        return;
    }
    page.blank();
    let title = format!("Outcomes of {}", plural(outcomes.orders, "order"));
    let mut table =
        Table::titled(&[(title.as_str(), Align::Left), ("orders", Align::Right), ("per 1,000", Align::Right)]);
    let rows = [
        ("completed", outcomes.completed, Role::Plain),
        ("partly cancelled", outcomes.partly_cancelled, Role::Plain),
        ("cancelled", outcomes.cancelled, Role::Plain),
        ("rejected", outcomes.rejected, Role::Plain),
        ("failed and undone", outcomes.failed, Role::Plain),
        ("fallout: a person has to act", outcomes.fallout, Role::Plain),
        ("stuck", outcomes.stuck, Role::Bad),
        ("not followed: the run broke", outcomes.not_followed, Role::Bad),
    ];
    for (name, n, role) in rows {
        let role = if n == 0 { Role::Dim } else { role };
        table.row(vec![span(role, name), span(role, count(n)), span(role, per_thousand(n, outcomes.orders))]);
    }
    page.table(&table);
    if outcomes.attended > 0 {
        let share = per_thousand(outcomes.attended, outcomes.orders);
        let said = format!("a person was needed for {}, {share} per 1,000", plural(outcomes.attended, "order"));
        page.text(2, Role::Plain, said);
    }
    let wrong = [("charged wrongly", &outcomes.charged_wrongly), ("not charged", &outcomes.not_charged)];
    if wrong.iter().all(|(_, list)| list.is_empty()) {
        let runs = if outcomes.not_followed == 0 { "each run" } else { "each run that was followed to its end" };
        let said = format!("at the end of {runs} what was delivered is charged as accepted, and nothing else is");
        page.text(2, Role::Plain, said);
    }
    for (name, list) in wrong {
        for money in list {
            page.hanging(2, &span(Role::Bad, name), 19, &[span(Role::Plain, money_words(money))]);
        }
    }
}

fn money_words(money: &Money) -> String {
    let orders = plural(money.orders, "order");
    let until = format!("still so when its run ended, up to {} later", duration(money.longest_ms));
    format!("{} {} in {orders}, {until}", money.amount, money.currency)
}

fn not_modelled(page: &mut Page<'_>, report: &CheckReport) {
    if report.not_modelled.is_empty() {
        return;
    }
    page.blank();
    beside(page, "Not modelled", &[span(Role::Plain, report.not_modelled.join("; "))]);
}

/// The lines whose change helps, with the failures that it helps against: one wrong line often has several.
fn changes(page: &mut Page<'_>, report: &CheckReport) {
    if report.failures.len() < 2 {
        return;
    }
    let mut places: Vec<(String, Vec<String>)> = Vec::new();
    for (n, failure) in (1..).zip(&report.failures) {
        let Some(line) = failure.definition.as_ref().filter(|line| line.helps) else { continue };
        let place = format!("{}:{}", line.file, line.line);
        let number = format!("{n}");
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, numbers)) => numbers.push(number),
            None => places.push((place, vec![number])),
        }
    }
    for (place, numbers) in places {
        let noun = if numbers.len() == 1 { "failure" } else { "failures" };
        let against = format!("helps against {noun} {}", numbers.join(", "));
        page.hanging(6, &span(Role::Strong, "change:"), 8, &[span(Role::Code, place), span(Role::Plain, against)]);
    }
}

fn verdict(page: &mut Page<'_>, report: &CheckReport) {
    page.blank();
    let role = tone(report.verdict);
    page.line(0, &[span(role, report.verdict.word()), span(Role::Plain, format!("  {}", report.advice()))]);
    if !report.failures.is_empty() {
        page.text(6, Role::Plain, causes(report, "distinct cause"));
        changes(page, report);
    }
    for broken in report.also_broken() {
        page.hanging(6, &span(Role::Bad, "broken:"), 8, &[span(Role::Plain, broken)]);
    }
    for error in &report.errors {
        page.hanging(6, &span(Role::Bad, "error:"), 8, &[span(Role::Plain, error)]);
    }
    for owed in &report.owed {
        page.hanging(6, &span(Role::Warn, "owed:"), 8, &[span(Role::Plain, owed)]);
    }
    for notice in &report.notices {
        page.hanging(6, &span(Role::Warn, "note:"), 8, &[span(Role::Plain, notice)]);
    }
    if !report.repeat.is_empty() {
        page.line(6, &[span(Role::Dim, "again: "), span(Role::Code, &report.repeat)]);
    }
}
