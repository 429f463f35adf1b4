//! Reports of the other commands.

use super::*;

/// The first failure of [`failing`], reduced; or one that does not fail any more.
#[must_use]
pub fn shrink(fails: bool) -> ShrinkReport {
    let failure = charged_twice();
    let before = Extent { faults: 5, orders: 3, items: 8, commands: 1, delays: 212, events: 1_204 };
    let after = Extent { faults: 1, orders: 1, items: 1, commands: 0, delays: 0, events: failure.events };
    ShrinkReport {
        before,
        after: if fails { after } else { before },
        removed: if fails { vec!["4 of 5 faults".to_owned(), "2 of 3 orders".to_owned()] } else { Vec::new() },
        runs: 412,
        complete: true,
        file: fails.then(|| FileRow {
            path: failure.repro.clone(),
            what: "repro of single-effect@bill-router".to_owned(),
            error: None,
        }),
        failure: fails.then_some(failure),
        scenario: "order-fulfilment".to_owned(),
        definitions: failing().definitions,
        notices: Vec::new(),
        repeat: "sagasim shrink failure.json".to_owned(),
    }
}

/// A replay of the first failure of [`failing`].
#[must_use]
pub fn replay(status: ReplayStatus) -> ReplayReport {
    let failure = charged_twice();
    let fails = status.fails();
    let left_out = status == ReplayStatus::Fixed;
    let (broken, statement) = match status {
        ReplayStatus::DifferentFailure => ("undo-once", "no effect is undone twice".to_owned()),
        _ => ("single-effect", failure.statement),
    };
    let kept = |line: &StoryLine| match line.mark {
        Mark::None => true,
        Mark::Fault(_) => !left_out,
        Mark::Violation => fails,
    };
    ReplayReport {
        status,
        invariant: fails.then(|| broken.to_owned()),
        step: failure.step.filter(|_| fails),
        expected: Some("single-effect".to_owned()),
        fingerprint: "10f2e3d4c5b6a798".to_owned(),
        events: 96,
        unused_choices: if status == ReplayStatus::Stale { 2 } else { 0 },
        recorded_choices: if status == ReplayStatus::Stale { 3 } else { 1 },
        story: failure.story.into_iter().filter(kept).collect(),
        faults: if left_out { Vec::new() } else { failure.needed.clone() },
        without: if left_out { failure.needed } else { Vec::new() },
        scenario: failure.scenario,
        definitions: definitions(),
        notices: if status == ReplayStatus::Stale {
            vec!["the definition has changed since the recording".to_owned()]
        } else {
            Vec::new()
        },
        statement: if fails { statement } else { String::new() },
        seed_section: failure.seed_section,
        effect: if fails { failure.effect } else { Vec::new() },
        definition: failure.definition.filter(|_| fails),
        repeat: "sagasim replay sagasim-failures/single-effect-bill-router.json".to_owned(),
        trace: Vec::new(),
    }
}

/// A short trace.
#[must_use]
pub fn trace() -> Vec<TraceLine> {
    let event = |event, cause, at_ms, node: &str, what: &str| TraceLine {
        event,
        cause,
        at_ms,
        node: node.to_owned(),
        what: what.to_owned(),
        ..TraceLine::default()
    };
    vec![
        TraceLine {
            changed: vec!["order-1: acknowledged".to_owned()],
            things: vec!["order-1".to_owned()],
            ..event(1, 0, 0, "oms/api", "create order-1")
        },
        event(2, 1, 40, "oms/relay", "publish OrderCreated of order-1"),
        event(0, 0, 60, "crm", "is down when OrderCreated of order-1 comes"),
        TraceLine {
            fault: Some("crash before marking the row".to_owned()),
            ..event(117, 2, 2 * DAY + 40, "oms/relay", "mark OrderCreated of order-1")
        },
        TraceLine {
            changed: vec!["order-1: acknowledged -> inProgress".to_owned()],
            things: vec!["order-1".to_owned()],
            ..event(118, 117, 2 * DAY + 50, "oms/saga", "start order-1")
        },
    ]
}

/// Three planted bugs, one of which survives.
#[must_use]
pub fn mutants() -> MutantsReport {
    let caught = DefectRow {
        id: "outbox-marked-before-publish".to_owned(),
        caught: true,
        expected: "LOST".to_owned(),
        as_expected: true,
        by: vec!["event-delivered".to_owned(), "status-in-crm".to_owned()],
        rules: vec!["SG0601".to_owned()],
        models: "the relay marks a row as published before it has published it".to_owned(),
        runs: 14,
        events: 11_202,
        millis: 7,
        shrunk: Some(Shrunk { faults: 1, orders: 1, events: 58 }),
        proof: Proof {
            needs: vec!["relay-crash".to_owned()],
            faults: 1,
            orders: 1,
            clean_without_faults: Some(true),
            by: Some("event-delivered".to_owned()),
            each_needed: true,
            differs: Vec::new(),
        },
    };
    let other = DefectRow {
        id: "billing-without-dedup".to_owned(),
        expected: "ONE".to_owned(),
        as_expected: false,
        by: vec!["money-conserved".to_owned()],
        rules: Vec::new(),
        models: "billing charges again when a request is repeated".to_owned(),
        proof: Proof {
            needs: vec!["duplicate".to_owned()],
            differs: vec!["the smallest failure needs http-504".to_owned()],
            ..caught.proof.clone()
        },
        ..caught.clone()
    };
    let survivor = DefectRow {
        id: "two-relays-without-lease".to_owned(),
        caught: false,
        expected: "ONE".to_owned(),
        as_expected: false,
        by: Vec::new(),
        rules: Vec::new(),
        models: "two relays publish the same rows".to_owned(),
        runs: 2_000,
        events: 1_702_411,
        millis: 840,
        shrunk: None,
        proof: Proof {
            by: None,
            each_needed: false,
            differs: vec!["the faults that it needs do not expose it".to_owned()],
            ..caught.proof.clone()
        },
    };
    MutantsReport::new(7, "sagasim mutants --seed 7".to_owned(), Vec::new(), vec![caught, other, survivor])
}

/// A determinism proof, with or without a mismatch.
#[must_use]
pub fn selfcheck(mismatch: Option<&str>) -> SelfcheckReport {
    let row = |scenario: &str, driver: &str, events: u64, mismatch: Option<&str>| SelfcheckRow {
        scenario: scenario.to_owned(),
        driver: driver.to_owned(),
        runs: 2_000,
        events,
        states: events / 64 + 4_000,
        reordered: if mismatch.is_some() { 0 } else { 2_000 },
        alone: if mismatch.is_some() { 0 } else { 33 },
        fingerprint: format!("{:016x}", events * 0x9E37_79B9),
        mismatch: mismatch.map(str::to_owned),
    };
    let rows =
        vec![row("order-fulfilment", "swarm", 841_233, None), row("order-fulfilment", "uniform", 903_120, mismatch)];
    SelfcheckReport::new(7, 2, "sagasim selfcheck --seed 7 --runs 2000".to_owned(), rows)
}
