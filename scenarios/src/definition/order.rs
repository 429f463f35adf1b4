//! The order of steps and the starts of sagas: no cycles (SG0101), nothing out of reach (SG0102), no saga that starts itself (SG0104).

use std::collections::BTreeMap;

use super::code::{CYCLE, RECURSIVE_SUBSAGA, UNREACHABLE_STEP};
use super::load::SagaFile;
use super::reader::Reader;
use super::saga::Saga;

/// Reports cycles of steps, and the steps behind them. Loops, never recursion: a hostile file has a chain of thousands.
pub(crate) fn check_steps(saga: &Saga, cx: &mut Reader) {
    let index: BTreeMap<&str, usize> =
        saga.steps.iter().enumerate().map(|(at, step)| (step.id.value.as_str(), at)).collect();
    let before: Vec<Vec<usize>> = saga
        .steps
        .iter()
        .map(|step| step.after.iter().filter_map(|name| index.get(name.value.as_str()).copied()).collect())
        .collect();
    let stuck = never_ready(&before);
    // 0: not seen; otherwise the walk that saw it.
    let mut seen = vec![0; before.len()];
    let mut in_cycle = vec![false; before.len()];
    for (walk, start) in (0..before.len()).filter(|&at| stuck[at]).enumerate() {
        let mut path = Vec::new();
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = walk + 1;
            path.push(at);
            // A stuck step waits for a stuck step, or it would not be stuck.
            at = *before[at].iter().find(|&&earlier| stuck[earlier]).expect("a stuck step waits for a stuck step");
        }
        if seen[at] == walk + 1 {
            let from = path.iter().position(|&step| step == at).expect("the walk came back to its own path");
            path[from..].iter().for_each(|&step| in_cycle[step] = true);
            report_cycle(saga, &path[from..], cx);
        }
    }
    for (at, step) in saga.steps.iter().enumerate() {
        if stuck[at] && !in_cycle[at] {
            let message = format!("no path reaches \"{}\": it waits for a cycle", step.id.value);
            cx.report(UNREACHABLE_STEP.at(step.id.span, message));
        }
    }
}

/// Which steps never become ready when each waits for all that stand before it.
fn never_ready(before: &[Vec<usize>]) -> Vec<bool> {
    let mut waits: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut next = vec![Vec::new(); before.len()];
    for (at, earlier) in before.iter().enumerate() {
        earlier.iter().for_each(|&step| next[step].push(at));
    }
    let mut ready: Vec<usize> = (0..before.len()).filter(|&at| waits[at] == 0).collect();
    while let Some(done) = ready.pop() {
        for &at in &next[done] {
            waits[at] -= 1;
            if waits[at] == 0 {
                ready.push(at);
            }
        }
    }
    waits.into_iter().map(|left| left > 0).collect()
}

/// `backwards` holds the steps of a cycle, each before the one that it waits for.
fn report_cycle(saga: &Saga, backwards: &[usize], cx: &mut Reader) {
    let mut forwards: Vec<usize> = backwards.iter().rev().copied().collect();
    let first = forwards.iter().enumerate().min_by_key(|(_, step)| **step).map_or(0, |(at, _)| at);
    forwards.rotate_left(first);
    let mut names: Vec<&str> = forwards.iter().take(20).map(|&at| saga.steps[at].id.value.as_str()).collect();
    if forwards.len() > names.len() {
        names.push("...");
    }
    names.push(&saga.steps[forwards[0]].id.value);
    let last = &saga.steps[*forwards.last().expect("a cycle has steps")];
    let message = format!("cycle: {}", names.join(" -> "));
    let diagnostic = CYCLE.at(saga.steps[forwards[0]].id.span, message);
    cx.report(match forwards.len() {
        1 => diagnostic,
        _ => diagnostic.with_secondary(last.id.span, "the last step of the cycle"),
    });
}

/// Reports each saga that starts itself, through others or at once.
pub(crate) fn check_starts(sagas: &[SagaFile], cx: &mut Reader) {
    for (at, file) in sagas.iter().enumerate() {
        let mut reached = vec![false; sagas.len()];
        for step in &file.saga.steps {
            let Some(started) = &step.saga else { continue };
            if let Some(first) = position(sagas, &started.value)
                && reaches(sagas, first, at, &mut reached)
            {
                let message = format!("{} starts itself through \"{}\"", file.saga.name.value, step.id.value);
                cx.report(RECURSIVE_SUBSAGA.at(started.span, message));
            }
        }
    }
}

fn position(sagas: &[SagaFile], name: &str) -> Option<usize> {
    sagas.iter().position(|file| file.saga.name.value == name)
}

/// Whether `goal` is started by `from` or what it starts.
fn reaches(sagas: &[SagaFile], from: usize, goal: usize, reached: &mut [bool]) -> bool {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == goal {
            return true;
        }
        if !std::mem::replace(&mut reached[at], true) {
            let started = sagas[at].saga.steps.iter().filter_map(|step| step.saga.as_ref());
            open.extend(started.filter_map(|name| position(sagas, &name.value)));
        }
    }
    false
}
