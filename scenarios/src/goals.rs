//! The goals of a scenario, held against what its definition allows and against what a campaign reached.

use fault_models::{FAULTS, Fault, fault, find};
use sim_core::KindId;

use crate::applicability::{Given, cell_exists, fault_exists};
use crate::campaign::Tally;
use crate::definition::{CellGoal, Diagnostic, Goals, IMPOSSIBLE_GOAL, Share};
use crate::invariants::INVARIANTS;
use crate::model::{Model, StepIx};
use crate::workload::{Place, WorkloadShape};

/// What came of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalFound {
    /// The goal, as its path in the file: `faultCells`, `faults.duplicate`, `cells.ship-router.rate-limit`.
    pub goal: String,
    /// What is counted: `cells`, `effects`.
    pub counts: &'static str,
    /// How many were wanted.
    pub wanted: u64,
    /// How many there were.
    pub reached: u64,
    /// What is missing, or why it cannot come: each in words.
    pub missing: Vec<String>,
}

impl GoalFound {
    /// Whether it was met.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        self.reached >= self.wanted
    }
}

/// A cell of step and fault kind as people read it.
#[must_use]
pub fn cell_text(model: &Model, step: StepIx, fault: &Fault) -> String {
    format!("{} × {}", model.step(step).label, fault.slug)
}

/// The cells that are owed to a definition, or that were reached whatever is said of them; each with the number of runs.
pub fn cells<'a>(given: Given<'a>, tally: &'a Tally) -> impl Iterator<Item = (StepIx, KindId, u64)> + use<'a> {
    let steps = (0..given.model.steps.len() as u16).map(StepIx);
    let all = steps.flat_map(|step| (0..FAULTS.len() as u8).map(move |kind| (step, KindId(kind))));
    all.filter_map(move |(step, kind)| {
        let runs = tally.cells.runs(step, kind);
        (runs > 0 || given.cell(step, fault(kind)).is_ok()).then_some((step, kind, runs))
    })
}

/// Reports each goal that no run can meet, whatever the profile: with what rules it out.
#[must_use]
pub fn impossible(goals: &Goals, model: &Model, shape: &WorkloadShape) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for goal in &goals.faults {
        let kind = find(&goal.id.value).map(fault);
        if let Some(Err(why)) = kind.map(|kind| fault_exists(model, kind)) {
            found.push(IMPOSSIBLE_GOAL.at(goal.id.span, format!("goals: {} cannot occur here: {why}", goal.id.value)));
        }
    }
    for goal in &goals.invariants {
        let entry = INVARIANTS.iter().find(|entry| entry.id == goal.id.value);
        if let Some(Err(why)) = entry.map(|entry| (entry.applies)(model)) {
            let message = format!("goals: {} has nothing to judge here: {why}", goal.id.value);
            found.push(IMPOSSIBLE_GOAL.at(goal.id.span, message));
        }
    }
    for goal in &goals.cells {
        let Some(kind) = find(&goal.fault.value).map(fault) else { continue };
        let ruled_out: Result<Vec<String>, ()> =
            steps(model, &goal.step.value).map(|step| cell_exists(model, step, kind).err().ok_or(())).collect();
        if let Ok([why, ..]) = ruled_out.as_deref() {
            let message = format!("goals: {} cannot meet {}: {why}", goal.fault.value, goal.step.value);
            found.push(IMPOSSIBLE_GOAL.at(goal.fault.span, message));
        }
    }
    if let Some(goal) = goals.boundaries.filter(|goal| goal.value.0 > 0 && shape.boundaries.is_empty()) {
        found
            .push(IMPOSSIBLE_GOAL.at(goal.span, "goals: there are no boundaries, for there is no command to be given"));
    }
    found
}

/// The steps of this id: a compensation of several steps is one undo step for each of them.
fn steps<'m>(model: &'m Model, id: &'m str) -> impl Iterator<Item = StepIx> + 'm {
    (0..model.steps.len() as u16).map(StepIx).filter(move |step| model.step(*step).id == id)
}

/// Holds the goals against what was reached.
#[must_use]
pub fn judge(goals: &Goals, given: Given<'_>, tally: &Tally) -> Vec<GoalFound> {
    let mut found = Vec::new();
    let share = |goal: &str, counts, share: Share, (all, missing): (u64, Vec<String>)| GoalFound {
        goal: goal.to_owned(),
        counts,
        wanted: share.of(all),
        reached: all - missing.len() as u64,
        missing,
    };
    if let Some(goal) = &goals.fault_cells {
        found.push(share("faultCells", "cells", goal.value, unreached_cells(given, tally)));
    }
    if let Some(goal) = &goals.boundaries {
        found.push(share("boundaries", "boundaries", goal.value, unreached_boundaries(given, tally)));
    }
    for goal in &goals.faults {
        let Some(kind) = find(&goal.id.value) else { continue };
        found.push(GoalFound {
            goal: format!("faults.{}", goal.id.value),
            counts: "effects",
            wanted: goal.value.value.0,
            reached: tally.effective[usize::from(kind.0)],
            missing: given.fault(fault(kind)).err().into_iter().collect(),
        });
    }
    for goal in &goals.invariants {
        let Some(i) = INVARIANTS.iter().position(|entry| entry.id == goal.id.value) else { continue };
        found.push(GoalFound {
            goal: format!("invariants.{}", goal.id.value),
            counts: "judgements",
            wanted: goal.value.value.0,
            reached: tally.judged[i].saturating_sub(tally.retired[i]),
            missing: given.invariant(&INVARIANTS[i]).err().into_iter().collect(),
        });
    }
    found.extend(goals.cells.iter().filter_map(|goal| cell(goal, given, tally)));
    found
}

fn cell(goal: &CellGoal, given: Given<'_>, tally: &Tally) -> Option<GoalFound> {
    let kind = find(&goal.fault.value)?;
    let steps = || steps(given.model, &goal.step.value);
    let missing: Result<Vec<String>, ()> = steps().map(|step| given.cell(step, fault(kind)).err().ok_or(())).collect();
    Some(GoalFound {
        goal: format!("cells.{}.{}", goal.step.value, goal.fault.value),
        counts: "runs",
        wanted: goal.runs.value.0,
        // One run may reach it at several undo steps, so their runs do not add up.
        reached: steps().map(|step| tally.cells.runs(step, kind)).max().unwrap_or(0),
        missing: missing.unwrap_or_default().into_iter().take(1).collect(),
    })
}

fn unreached_cells(given: Given<'_>, tally: &Tally) -> (u64, Vec<String>) {
    let mut all = 0;
    let each = cells(given, tally).inspect(|_| all += 1);
    let missing = each.filter(|(.., runs)| *runs == 0).map(|(step, kind, _)| cell_text(given.model, step, fault(kind)));
    let missing = missing.collect();
    (all, missing)
}

fn unreached_boundaries(given: Given<'_>, tally: &Tally) -> (u64, Vec<String>) {
    let (model, boundaries) = (given.model, &given.shape.boundaries);
    let missing = boundaries.iter().filter(|boundary| tally.given.times(**boundary) == 0);
    let text = |(command, item, place): &(crate::model::CommandIx, crate::model::ItemIx, Place)| {
        let (command, item) = (&model.commands[command.ix()].id, &model.items[item.ix()].id);
        match *place {
            Place::Boundary { step, state } => {
                let done = state == crate::definition::StepState::Completed as u8;
                let when = if done { "completed" } else { "was sent" };
                format!("{command} of {item} when {} {when}", model.step(step).label)
            }
            Place::After(delay) => format!("{command} of {item} {delay} after the order came"),
        }
    };
    (boundaries.len() as u64, missing.map(text).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64};

    use fault_models::{Driver, Profile};

    use super::*;
    use crate::campaign::{Options, Simulation};
    use crate::definition::{Definition, Embedded};
    use crate::scenario::Scenario;

    /// A bundled definition under a scenario with these lines: its goals and its simulation.
    fn load(bundled: &str, lines: &str, profile: &str) -> (Goals, Simulation) {
        let mut embedded: Embedded = Definition::bundled(bundled, &[]).expect("a bundled scenario").embedded;
        let saga = embedded.given.first().expect("the saga was given").clone();
        embedded.texts.push(("tight.scenario.yaml".to_owned(), format!("scenario: tight\nsaga: ./{saga}\n{lines}\n")));
        embedded.given = vec!["tight.scenario.yaml".to_owned()];
        let definition = Definition::from_sources(&embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        let file = definition.scenario.as_ref().expect("a scenario");
        let model = Model::of(definition.first(), Some(file)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let shape = WorkloadShape::new(&model, Some(file));
        let profile = Profile::bundled(profile).expect("a bundled profile");
        let simulation = Simulation::new(Scenario::new(model), shape, profile, Driver::Swarm);
        (file.goals.clone(), simulation)
    }

    fn judged(lines: &str, profile: &str, runs: u64) -> Vec<GoalFound> {
        let (goals, simulation) = load("order-fulfilment", lines, profile);
        let (model, shape) = (&simulation.scenario.model, &simulation.shape);
        assert!(impossible(&goals, model, shape).is_empty(), "{lines}");
        let options = Options { seed: 1, first: 0, runs, jobs: 2, driver: Driver::Swarm, fail_fast: false };
        let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
        judge(&goals, Given { model, shape, profile: &simulation.profile }, &tally)
    }

    #[test]
    fn a_goal_is_met_when_enough_was_reached() {
        for (goal, few, many) in [
            ("faults: { duplicate: 40 }", false, true),
            ("invariants: { single-effect: 900 }", false, true),
            ("cells: [{ step: ship-router, fault: rate-limit, runs: 2 }]", false, true),
            ("boundaries: all", false, true),
            ("boundaries: none", true, true),
            ("faultCells: all", false, false),
            ("faultCells: 60%", false, true),
            ("faultCells: none", true, true),
        ] {
            let lines = format!("goals: {{ {goal} }}");
            for (runs, met) in [(2, few), (600, many)] {
                let found = judged(&lines, "standard", runs);
                assert_eq!(found.iter().map(GoalFound::is_met).collect::<Vec<_>>(), [met], "{runs} runs: {found:?}");
            }
        }
    }

    #[test]
    fn what_keeps_a_goal_from_being_met_is_said() {
        for (goal, profile, missing) in [
            ("faults: { duplicate: 1 }", "none", "the profile none leaves it out"),
            ("invariants: { timeout-signalled: 1 }", "none", "it takes desk-unattended"),
            ("cells: [{ step: ship-router, fault: rate-limit }]", "time", "the profile time leaves it out"),
            ("faultCells: all", "standard", "reserve-router × late-duplicate"),
            ("boundaries: all", "standard", "cancelItem of router when reserve-router was sent"),
        ] {
            let found = judged(&format!("goals: {{ {goal} }}"), profile, 1);
            assert!(!found[0].is_met(), "{found:?}");
            assert!(found[0].missing.iter().any(|line| line.starts_with(missing)), "{goal}: {found:?}");
        }
    }

    #[test]
    fn a_goal_that_nothing_can_meet_is_refused() {
        const ORDER: &str = "order-fulfilment";
        for (bundled, goal, said) in [
            (
                ORDER,
                "cells: [{ step: create-order, fault: delay }]",
                "delay cannot meet create-order: create-order calls",
            ),
            (ORDER, "cells: [{ step: check-feasibility, fault: callback-twice }]", "does not declare it"),
            (ORDER, "cells: [{ step: stop-access, fault: delay }]", "complete when bill-connectivity begins"),
            (
                "quote-to-order",
                "faults: { late-effect: 1 }",
                "late-effect cannot occur here: participants: no operation",
            ),
            ("quote-to-order", "invariants: { undo-once: 1 }", "undo-once has nothing to judge here: steps: none"),
        ] {
            let (goals, simulation) = load(bundled, &format!("goals: {{ {goal} }}"), "standard");
            let found = impossible(&goals, &simulation.scenario.model, &simulation.shape);
            let [found] = &found[..] else { panic!("{goal}: {found:?}") };
            assert!(found.message.contains(said), "{goal}: {}", found.message);
        }
    }
}
