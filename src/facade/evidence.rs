//! What was tried and judged, what could not be, and what was owed and did not happen. Decided for each definition alone:
//! what one of them was never tried on is not made good by another.

use fault_models::{FAULTS, Fault, fault};
use reports::{
    CheckReport, Class, Coverage, FaultRow, GoalRow, InvariantRow, Matrix, MatrixRow, OwnRuleRow, Unreachable,
};
use scenarios::applicability::{Given, step_exists};
use scenarios::campaign::{Fate, Histogram, Tally};
use scenarios::goals;
use scenarios::invariants::{Entry, INVARIANTS, deadlines};
use scenarios::model::{CustomRule, StepIx};
use sim_core::Strictness;

use super::subject::Loaded;
use crate::options::CheckOptions;

/// So many owed things of one definition are named; more of them have one reason, which is that too little was run.
const NAMED: usize = 6;

/// Fills the rows of faults and invariants, and says what is owed.
pub fn judge(report: &mut CheckReport, options: &CheckOptions, loaded: &[Loaded], tallies: &[Tally]) {
    report.faults = FAULTS.iter().enumerate().map(|place| fault_row(place, loaded, tallies)).collect();
    report.invariants = INVARIANTS.iter().enumerate().map(|place| invariant_row(place, loaded, tallies)).collect();
    report.own_rules = loaded.iter().zip(tallies).flat_map(|(loaded, tally)| own_rules(loaded, tally)).collect();
    report.coverage = coverage(loaded, tallies);
    for (loaded, tally) in loaded.iter().zip(tallies) {
        // Where something broke without a fault, that is told.
        let broke = tally.broken.iter().any(|runs| *runs > 0);
        let nothing = not_delivered(loaded).filter(|_| !broke || !is_cut_off(loaded));
        let nothing = nothing.map(|sentence| format!("{sentence} in {}", loaded.name));
        report.notices.extend(good_day(loaded).filter(|_| nothing.is_none() && !is_cut_off(loaded)));
        report.owed.extend(nothing);
        report.owed.extend(sentences(&unseen(loaded, tally), options, loaded, tally));
        report.goals.extend(goals_of(loaded, tally));
    }
    report.owed.extend(report.goals.iter().filter(|goal| !goal.met).map(GoalRow::sentence));
}

/// The rules that a definition writes itself.
fn own_rules(loaded: &Loaded, tally: &Tally) -> Vec<OwnRuleRow> {
    let row = |(ix, rule): (usize, &CustomRule)| OwnRuleRow {
        scenario: loaded.name.clone(),
        rule: rule.id.clone(),
        class: if rule.always { Class::Always } else { Class::Eventually },
        runs: tally.own.runs[ix],
        broken: tally.own.broken[ix],
    };
    loaded.simulation.scenario.model.custom.iter().enumerate().map(row).collect()
}

/// The goals of its scenario, with what was reached.
fn goals_of(loaded: &Loaded, tally: &Tally) -> Vec<GoalRow> {
    let Some(file) = &loaded.definition.scenario else { return Vec::new() };
    let row = |found: goals::GoalFound| GoalRow {
        scenario: loaded.name.clone(),
        met: found.is_met(),
        goal: found.goal,
        counts: found.counts.to_owned(),
        wanted: found.wanted,
        reached: found.reached,
        missing: found.missing,
    };
    goals::judge(&file.goals, given(loaded), tally).into_iter().map(row).collect()
}

/// The cells of step and fault kind of all definitions: how many were reached, which were not, and all of them as tables.
fn coverage(loaded: &[Loaded], tallies: &[Tally]) -> Coverage {
    let mut coverage = Coverage::default();
    for (here, tally) in loaded.iter().zip(tallies) {
        let model = &here.simulation.scenario.model;
        for (step, kind, runs) in goals::cells(given(here), tally) {
            if runs > 0 {
                coverage.reached += 1;
            } else {
                let cell = goals::cell_text(model, step, fault(kind));
                coverage.unreached.push(if loaded.len() > 1 { format!("{cell} in {}", here.name) } else { cell });
            }
        }
        for step in (0..model.steps.len() as u16).map(StepIx) {
            if let Err(why) = step_exists(model, step) {
                let step = model.step(step).id.clone();
                coverage.unreachable.push(Unreachable { scenario: here.name.clone(), step, why });
            }
        }
        coverage.matrices.extend(matrix(here, tally));
    }
    coverage
}

/// The cells of a definition as a table: its steps with a call against the kinds that may meet one.
fn matrix(loaded: &Loaded, tally: &Tally) -> Option<Matrix> {
    let model = &loaded.simulation.scenario.model;
    let steps: Vec<StepIx> =
        (0..model.steps.len() as u16).map(StepIx).filter(|s| model.step(*s).call.is_some()).collect();
    let mut rows = vec![vec![None; steps.len()]; FAULTS.len()];
    for (step, kind, runs) in goals::cells(given(loaded), tally) {
        if let Some(column) = steps.iter().position(|other| *other == step) {
            rows[usize::from(kind.0)][column] = Some(runs);
        }
    }
    let rows = FAULTS.iter().zip(rows).filter(|(_, cells)| cells.iter().any(Option::is_some));
    let rows: Vec<MatrixRow> = rows.map(|(fault, cells)| MatrixRow { kind: fault.slug.to_owned(), cells }).collect();
    let steps = steps.iter().map(|step| model.step(*step).label.clone()).collect();
    (!rows.is_empty()).then(|| Matrix { saga: loaded.name.clone(), steps, rows })
}

/// Whether all that is owed to a definition happened, its goals aside.
pub fn is_enough(loaded: &Loaded, tally: &Tally) -> bool {
    not_delivered(loaded).is_none() && unseen(loaded, tally).is_empty()
}

/// What of the catalogues is owed to a definition and did not happen: a sentence each.
fn unseen(loaded: &Loaded, tally: &Tally) -> Vec<String> {
    let given = given(loaded);
    let faults = FAULTS.iter().enumerate().filter(|(i, fault)| tally.effective[*i] == 0 && given.fault(fault).is_ok());
    let faults = faults.map(|(_, fault)| format!("the fault {} never had an effect", fault.slug));
    let judged = |i: usize| tally.judged[i].saturating_sub(tally.retired[i]);
    let invariants =
        INVARIANTS.iter().enumerate().filter(|(i, entry)| judged(*i) == 0 && given.invariant(entry).is_ok());
    let invariants = invariants.map(|(_, entry)| format!("the invariant {} had nothing to judge", entry.id));
    let rules = loaded.simulation.scenario.model.custom.iter().zip(&tally.own.runs).filter(|(_, runs)| **runs == 0);
    let rules = rules.map(|(rule, _)| format!("the rule {} had nothing to judge", rule.id));
    faults.chain(invariants).chain(rules).collect()
}

/// What else may become of an order, in words about several and about all.
const OTHERWISE: [(Fate, &str, &str); 7] = [
    (Fate::Fallout, "end with a person", "each ends with a person"),
    (Fate::Rejected, "are rejected", "each is rejected"),
    (Fate::Failed, "fail and are undone", "each fails and is undone"),
    (Fate::Cancelled, "are cancelled", "each is cancelled"),
    (Fate::Partly, "lose an item", "each loses an item"),
    (Fate::Stuck, "are stuck", "each is stuck"),
    (Fate::NotFollowed, "were not followed to their end", "none was followed to its end"),
];

/// Whether a good day ended with a run that broke something, or went on for ever.
fn is_cut_off(loaded: &Loaded) -> bool {
    loaded.simulation.good_day().fates[Fate::NotFollowed as usize] > 0
}

/// Where no order gets through by itself though nothing disturbs it, whatever was tried says little about its delivery.
fn not_delivered(loaded: &Loaded) -> Option<String> {
    let good = loaded.simulation.good_day();
    let orders: u64 = good.fates.iter().sum();
    if good.fates[Fate::Completed as usize] > 0 {
        let sentence = "no order was completed without a person who had to act, even where nothing disturbs it,";
        return (good.held_up == orders).then(|| sentence.to_owned());
    }
    let instead = OTHERWISE.iter().find(|(fate, ..)| good.fates[*fate as usize] == orders).map(|(.., each)| *each);
    let instead = instead.unwrap_or("none comes through whole");
    (orders > 0).then(|| format!("no order was completed, even where nothing disturbs it ({instead}),"))
}

/// What becomes of orders that nothing disturbs, where that is not what they are made for.
fn good_day(loaded: &Loaded) -> Option<String> {
    let good = loaded.simulation.good_day();
    let orders: u64 = good.fates.iter().sum();
    let others = OTHERWISE.iter().map(|(fate, words, _)| (good.fates[*fate as usize], *words));
    let held_up = [(good.held_up, "cannot go on without a person")];
    let found: Vec<String> = others
        .chain(held_up)
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{} {words}", reports::text::count(n)))
        .collect();
    let of = reports::text::plural(orders, "order");
    (!found.is_empty())
        .then(|| format!("of {of} of {} without a fault, a command or a flaw, {}", loaded.name, found.join(", ")))
}

/// The same for people: a call of few runs owes nearly everything, which is one thing to say and not forty.
fn sentences(owed: &[String], options: &CheckOptions, loaded: &Loaded, tally: &Tally) -> Vec<String> {
    let of = |sentence: &String| format!("{sentence} in {}", loaded.name);
    let strata = loaded.simulation.owed_runs();
    let last = options.first + tally.runs;
    if owed.len() <= NAMED {
        return owed.iter().map(of).collect();
    }
    if options.first == 0 && last >= strata {
        let rest = owed.len() - NAMED;
        let more = format!("{rest} more kinds of faults or invariants had no part in {}", loaded.name);
        return owed.iter().take(NAMED).map(of).chain([more]).collect();
    }
    let runs = match tally.runs {
        0 => "no run".to_owned(),
        1 => format!("only run {}", options.first),
        _ => format!("only runs {} to {}", options.first, last - 1),
    };
    vec![format!(
        "{runs} of {}: the first {strata} try each kind of fault and each boundary once, and {} kinds of faults or \
         invariants had no part in what was run",
        loaded.name,
        owed.len()
    )]
}

fn given(loaded: &Loaded) -> Given<'_> {
    let simulation = &loaded.simulation;
    Given { model: &simulation.scenario.model, shape: &simulation.shape, profile: &simulation.profile }
}

/// What rules something out in all definitions; the first of their reasons.
fn ruled_out(reasons: impl Iterator<Item = Result<(), String>>) -> Option<String> {
    let reasons: Result<Vec<String>, ()> = reasons.map(|reason| reason.err().ok_or(())).collect();
    reasons.ok()?.into_iter().next()
}

fn fault_row((i, fault): (usize, &Fault), loaded: &[Loaded], tallies: &[Tally]) -> FaultRow {
    let injected: u64 = tallies.iter().map(|tally| tally.injected[i]).sum();
    let effective: u64 = tallies.iter().map(|tally| tally.effective[i]).sum();
    let why = ruled_out(loaded.iter().map(|loaded| given(loaded).fault(fault))).filter(|_| injected == 0);
    FaultRow { kind: fault.slug.to_owned(), applicable: why.is_none(), why, injected, effective }
}

fn invariant_row((i, entry): (usize, &Entry), loaded: &[Loaded], tallies: &[Tally]) -> InvariantRow {
    let judged: u64 = tallies.iter().map(|tally| tally.judged[i]).sum();
    let broken: u64 = tallies.iter().map(|tally| tally.broken[i]).sum();
    let retired: u64 = tallies.iter().map(|tally| tally.retired[i]).sum();
    let mut met = Histogram::default();
    tallies.iter().for_each(|tally| met.merge(&tally.met[i]));
    let written = loaded.iter().flat_map(|loaded| deadlines(&loaded.simulation.scenario.model, entry.id));
    let bounds = written.map(|deadline| deadline.within.as_millis()).collect::<Vec<_>>();
    let bounds = bounds.iter().copied();
    // What was judged was there to be judged, whatever the catalogue says of it.
    let why = ruled_out(loaded.iter().map(|loaded| given(loaded).invariant(entry))).filter(|_| judged == 0);
    InvariantRow {
        id: entry.id.to_owned(),
        class: match entry.strictness {
            Strictness::Always => Class::Always,
            Strictness::Eventually => Class::Eventually,
            Strictness::Monitored => Class::Monitored,
        },
        statement: entry.statement.to_owned(),
        seed_section: entry.seed.to_owned(),
        applicable: why.is_none(),
        why,
        judged: judged.saturating_sub(retired),
        broken,
        retired,
        p50_ms: met.percentile(50),
        p99_ms: met.percentile(99),
        max_ms: (met.count > 0).then_some(met.max / 1_000),
        bound_ms: bounds.clone().max(),
        shortest_ms: bounds.min(),
    }
}
