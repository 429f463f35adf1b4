//! One report that every format renders in its snapshot tests, in the three ways a check can end.

mod others;

use std::collections::BTreeMap;

use crate::metrics::{METRICS, Unit};
use crate::model::{
    CheckReport, Class, Coverage, DefectRow, DefinitionLine, DefinitionRow, ExhaustiveRow, Explained, Extent,
    FailureReport, FaultRow, FileRow, Finding, GoalRow, InevitableRow, InvariantRow, LintReport, Mark, Matrix,
    MatrixRow, MetricValue, Money, MutantsReport, NeededFault, Outcomes, OwnRuleRow, Proof, RandomReport,
    RegressionRow, ReplayReport, ReplayStatus, ScenarioRow, Seen, SelfcheckReport, SelfcheckRow, Severity,
    ShrinkReport, Shrunk, Spread, StoryLine, TraceLine, Unreachable, Verdict, WithoutRow,
};

pub use self::others::*;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A check that ends with GO.
#[must_use]
pub fn passing() -> CheckReport {
    let mut report = CheckReport {
        scenarios: vec![ScenarioRow {
            name: "order-fulfilment".to_owned(),
            verdict: Verdict::Pass,
            runs: 2_000,
            events: 1_702_411,
            fingerprint: "8c1d03f9a4e2b756".to_owned(),
        }],
        seed: 7,
        version: "0.1.0".to_owned(),
        definitions: definitions(),
        lint: LintReport::new(vec![Finding {
            code: "SG0805".to_owned(),
            slug: "no-replay-fixture".to_owned(),
            severity: Severity::Warning,
            help: None,
            ..finding()
        }]),
        exhaustive: vec![ExhaustiveRow {
            faults: 1,
            points: 1_702,
            classes: 611,
            plans_run: 598,
            plans_covered: 13,
            survived: 611,
            unsorted: 0,
            complete: true,
            breaking: Vec::new(),
            told: Vec::new(),
        }],
        persistent: Some(ExhaustiveRow {
            faults: 1,
            points: 120,
            classes: 305,
            plans_run: 305,
            survived: 305,
            complete: true,
            ..ExhaustiveRow::default()
        }),
        random: RandomReport {
            runs: 2_000,
            events: 1_702_411,
            virtual_ms: 27_450 * DAY + 3 * HOUR,
            wall_ms: 830,
            events_per_second: 2_051_097,
            fingerprint: "8c1d03f9a4e2b756".to_owned(),
            fails_at_most_per_million: Some(1_500),
        },
        faults: faults(),
        invariants: invariants(),
        own_rules: own_rules(),
        coverage: coverage(),
        outcomes: Outcomes {
            orders: 4_120,
            completed: 3_071,
            partly_cancelled: 802,
            cancelled: 96,
            rejected: 60,
            fallout: 91,
            attended: 140,
            ..Outcomes::default()
        },
        metrics: metrics(),
        not_modelled: ["tax".to_owned(), "network partitions between more than two systems".to_owned()].to_vec(),
        repeat: "sagasim check --scenario order-fulfilment --seed 7 --runs 2000".to_owned(),
        ..CheckReport::empty()
    };
    report.judge();
    report
}

/// A check that ends with NO-GO: one cause that a fault brings out, and one that needs none.
#[must_use]
pub fn failing() -> CheckReport {
    let mut report = passing();
    report.scenarios[0].verdict = Verdict::Fail;
    report.lint = LintReport::new(vec![Finding {
        demonstrated_by: Some("single-effect at bill-router".to_owned()),
        ..finding()
    }]);
    report.random.fails_at_most_per_million = None;
    report.exhaustive[0].survived = 604;
    report.exhaustive[0].breaking = vec![vec!["send.reply order-1/router/bill-router attempt 1 = lost".to_owned()]];
    report.exhaustive[0].told = vec![vec!["the answer of billing.charge for order-1/router is lost".to_owned()]];
    for (id, broken) in [("single-effect", 37), ("bill-on-trigger", 2_000), ("item-billed", 12)] {
        if let Some(row) = report.invariants.iter_mut().find(|row| row.id == id) {
            row.broken = broken;
        }
    }
    report.own_rules[0].broken = 3;
    report.outcomes.charged_wrongly =
        vec![Money { amount: "3326.30".to_owned(), currency: "EUR".to_owned(), orders: 37, longest_ms: 14 * DAY }];
    report.outcomes.not_charged =
        vec![Money { amount: "25.00".to_owned(), currency: "EUR".to_owned(), orders: 1, longest_ms: 26 * HOUR }];
    report.regressions = vec![
        RegressionRow {
            repro: "sagasim-failures/a.json".to_owned(),
            invariant: "single-effect".to_owned(),
            status: ReplayStatus::StillFails,
        },
        RegressionRow {
            repro: "sagasim-failures/b.json".to_owned(),
            invariant: "undo-once".to_owned(),
            status: ReplayStatus::Fixed,
        },
    ];
    report.failures = vec![charged_twice(), billed_early()];
    report.files = vec![
        FileRow {
            path: "sagasim-failures/single-effect-bill-router.json".to_owned(),
            what: "repro".to_owned(),
            error: None,
        },
        FileRow {
            path: "sagasim-failures/bill-on-trigger-bill-router.json".to_owned(),
            what: "repro".to_owned(),
            error: Some("no space left on device".to_owned()),
        },
    ];
    report.repeat = "sagasim check --scenario order-fulfilment --seed 7 --runs 2000 \
                     --set participants.billing.operations.charge.dedup.by=none"
        .to_owned();
    report.judge();
    report
}

/// A check in which nothing broke and too little was seen, of files named by somebody hostile.
#[must_use]
pub fn not_enough_evidence() -> CheckReport {
    let mut report = passing();
    report.scenarios = vec![
        ScenarioRow { verdict: Verdict::NotEnoughEvidence, runs: 12, events: 9_114, ..report.scenarios[0].clone() },
        ScenarioRow { name: "quote-to-order".to_owned(), runs: 12, events: 2_020, ..report.scenarios[0].clone() },
    ];
    report.random = RandomReport {
        runs: 24,
        events: 11_134,
        virtual_ms: 12 * DAY,
        wall_ms: 9,
        events_per_second: 412,
        fails_at_most_per_million: None,
        ..report.random
    };
    report.definitions[0].file = "orders\u{1b}[2J/\u{202e}lmay.saga.yaml".to_owned();
    report.lint = LintReport::default();
    report.exhaustive.clear();
    report.persistent = None;
    for row in report.faults.iter_mut().filter(|row| row.kind == "broker-outage") {
        (row.injected, row.effective) = (3, 0);
    }
    for row in report.invariants.iter_mut().filter(|row| row.id == "undo-once") {
        row.judged = 0;
    }
    report.own_rules[1].runs = 0;
    let (reached, unreached) = (report.coverage.reached, &mut report.coverage.unreached);
    for row in &mut report.coverage.matrices[0].rows {
        row.cells[2] = Some(0);
        unreached.push(format!("ship-router × {}", row.kind));
    }
    report.coverage.reached = reached - 3;
    report.goals = vec![goal("faultCells", "cells", 20, 16), goal("faults.duplicate", "effects", 100, 2_020)];
    report.goals[0].missing.clone_from(&report.coverage.unreached);
    report.coverage.seen[1].runs = 0;
    report.owed = vec![
        "undo-once applies and was never judged: no compensation ran".to_owned(),
        "fault broker-outage applies and never had an effect".to_owned(),
        "stopped by Ctrl-C after 24 of 4,000 runs".to_owned(),
        report.goals[0].sentence(),
    ];
    report.notices = vec!["the profile light is weaker than standard: late-duplicate is not owed".to_owned()];
    report.judge();
    report
}

/// One finding, an error that no run demonstrated.
#[must_use]
pub fn finding() -> Finding {
    Finding {
        code: "SG0502".to_owned(),
        slug: "volatile-key".to_owned(),
        severity: Severity::Error,
        denied: false,
        file: "catalog/order-fulfilment.saga.yaml".to_owned(),
        line: 112,
        column: 10,
        message: "the key of bill-router changes with each attempt".to_owned(),
        help: Some("use an id that is stored before the first send, such as ${billing.requestId}".to_owned()),
        demonstrated_by: None,
        snippet: concat!(
            "   --> catalog/order-fulfilment.saga.yaml:112:36\n",
            "112 |     key: \"${item.id}:${charge.id}:${step.attempt}\"\n",
            "    |                                    ^^^^^^^^^^^^ differs for each attempt\n",
        )
        .to_owned(),
    }
}

fn definitions() -> Vec<DefinitionRow> {
    let row = |saga: &str, version: &str, digest: &str| DefinitionRow {
        saga: saga.to_owned(),
        version: version.to_owned(),
        digest: format!("sha256:{digest}"),
        file: format!("catalog/{saga}.saga.yaml"),
    };
    vec![
        row("order-fulfilment", "2026.07.01", "3f9c1ab2d04e77210b6b3a6f3e0c5d9961aa2c84de4b3c11f0a9b8c7d6e5f4a3"),
        row("quote-to-order", "2026.07.01", "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"),
    ]
}

fn faults() -> Vec<FaultRow> {
    let row = |kind: &str, injected, effective| FaultRow {
        kind: kind.to_owned(),
        applicable: true,
        why: None,
        injected,
        effective,
    };
    let ruled_out = |kind: &str, why: &str| FaultRow {
        kind: kind.to_owned(),
        applicable: false,
        why: Some(why.to_owned()),
        injected: 0,
        effective: 0,
    };
    vec![
        row("duplicate", 3_120, 2_877),
        row("response-lost", 1_044, 1_044),
        row("relay-crash", 402, 371),
        row("timeout-after-effect", 988, 961),
        row("broker-outage", 211, 200),
        ruled_out("callback-twice", "participants.yaml:12: every reply is sync"),
        ruled_out("late-duplicate", "platform.yaml:4: the inbox window is as long as the retention of the broker"),
    ]
}

fn invariants() -> Vec<InvariantRow> {
    let row = |id: &str, class, section: &str, statement: &str, judged| InvariantRow {
        id: id.to_owned(),
        class,
        statement: statement.to_owned(),
        seed_section: section.to_owned(),
        applicable: true,
        why: None,
        judged,
        broken: 0,
        retired: 0,
        p50_ms: None,
        p99_ms: None,
        max_ms: None,
        bound_ms: None,
        shortest_ms: None,
    };
    let always = |id, section, statement, judged| row(id, Class::Always, section, statement, judged);
    let timed = |id, section, statement, judged, [p50, p99, max, bound]: [u64; 4]| InvariantRow {
        p50_ms: Some(p50),
        p99_ms: Some(p99),
        max_ms: Some(max),
        bound_ms: Some(bound),
        shortest_ms: Some(bound),
        ..row(id, Class::Eventually, section, statement, judged)
    };
    vec![
        always("single-effect", "18", "no intent has two live effects at any instant", 61_204),
        always("undo-once", "14", "no effect is undone twice", 3_310),
        always("bill-on-trigger", "28", "nothing is charged before the effect that its billing waits for", 11_870),
        InvariantRow {
            applicable: false,
            why: Some("no step sends mail".to_owned()),
            ..always("customer-told-truth", "24", "the customer is told what is so", 0)
        },
        timed(
            "item-billed",
            "17.2",
            "a completed item is charged",
            11_870,
            [4 * MINUTE + 10_000, 3 * HOUR, DAY + 2 * HOUR, DAY],
        ),
        timed("saga-terminates", "15.3", "every saga ends", 4_120, [2 * DAY + 3 * HOUR, 6 * DAY, 9 * DAY, 14 * DAY]),
        row("unknown-age", Class::Monitored, "17.3", "no unknown outcome is older than its SLA", 988),
    ]
}

fn goal(goal: &str, counts: &str, wanted: u64, reached: u64) -> GoalRow {
    GoalRow {
        scenario: "order-fulfilment".to_owned(),
        goal: goal.to_owned(),
        counts: counts.to_owned(),
        wanted,
        reached,
        met: reached >= wanted,
        missing: Vec::new(),
    }
}

fn own_rules() -> Vec<OwnRuleRow> {
    let row = |rule: &str, class, runs, broken| {
        let (scenario, rule) = ("order-fulfilment".to_owned(), rule.to_owned());
        OwnRuleRow { scenario, rule, class, runs, broken }
    };
    vec![row("shipped-once", Class::Always, 2_000, 0), row("paid-in-a-week", Class::Eventually, 1_870, 0)]
}

fn coverage() -> Coverage {
    let steps = [
        "verify-quote",
        "reserve-router",
        "ship-router",
        "bill-router",
        "provision-connectivity",
        "bill-connectivity",
        "activate-support",
    ];
    let row = |kind: &str, cells: [Option<u64>; 7]| MatrixRow { kind: kind.to_owned(), cells: cells.to_vec() };
    Coverage {
        reached: 19,
        unreached: vec!["activate-support × timeout-after-effect".to_owned()],
        unreachable: vec![Unreachable {
            scenario: "order-fulfilment".to_owned(),
            step: "credit-hardware".to_owned(),
            why: "router is complete when bill-router begins, and what is complete is not undone".to_owned(),
        }],
        seen: vec![
            Seen { what: "router cancelled after its reservation and before its shipment".to_owned(), runs: 311 },
            Seen { what: "billing answered after the step had been given up".to_owned(), runs: 48 },
        ],
        matrices: vec![Matrix {
            saga: "order-fulfilment".to_owned(),
            steps: steps.map(str::to_owned).to_vec(),
            rows: vec![
                row("duplicate", [Some(90); 7]),
                row("response-lost", [Some(12), Some(140), Some(99), Some(120), Some(130), Some(80), Some(60)]),
                row("timeout-after-effect", [None, Some(88), Some(70), Some(91), Some(102), Some(85), Some(0)]),
            ],
        }],
    }
}

fn metrics() -> BTreeMap<String, MetricValue> {
    let spread = Spread { count: 4_120, p50_ms: 2 * DAY, p99_ms: 6 * DAY, max_ms: 9 * DAY };
    let value = |unit| match unit {
        Unit::Count => MetricValue::Count(48),
        Unit::Duration => MetricValue::Spread(spread),
    };
    let mut metrics: BTreeMap<_, _> =
        METRICS.iter().map(|metric| (metric.slug.to_owned(), value(metric.unit))).collect();
    metrics.insert(
        "saga-duration".to_owned(),
        MetricValue::Grouped(BTreeMap::from([("order-fulfilment".to_owned(), spread)])),
    );
    metrics
}

fn line(at_ms: u64, who: &str, text: &str, changed: &[&str], mark: Mark) -> StoryLine {
    StoryLine {
        at_ms,
        who: who.to_owned(),
        text: text.to_owned(),
        changed: changed.iter().map(|&c| c.to_owned()).collect(),
        mark,
    }
}

fn charged_twice() -> FailureReport {
    FailureReport {
        invariant: "single-effect".to_owned(),
        statement: "no intent has two live effects at any instant".to_owned(),
        seed_section: "18".to_owned(),
        step: Some("bill-router".to_owned()),
        signature: "single-effect at bill-router".to_owned(),
        scenario: "order-fulfilment".to_owned(),
        runs: 37,
        plans: 7,
        replay: "sagasim replay SG1-4f2a-0011 --scenario order-fulfilment --set participants.billing.operations.charge.dedup.by=none".to_owned(),
        repro: "sagasim-failures/single-effect-bill-router.json".to_owned(),
        faults: 1,
        orders: 1,
        events: 96,
        needed: vec![NeededFault {
            n: 1,
            choice: "reply(order-1/router/bill-router/attempt-1)=lost".to_owned(),
            text: "the first reply of billing to bill-router is lost".to_owned(),
        }],
        story: vec![
            line(0, "oms", "takes order-1 with connectivity, router and support", &["order-1: acknowledged"], Mark::None),
            line(2 * DAY + 151_250, "logistics", "ships the router", &["shipment-1: SHIPPED"], Mark::None),
            line(2 * DAY + 152_000, "billing", "charges 89.90 EUR for the router", &["charge-1: REQUESTED -> ACTIVE"], Mark::None),
            line(2 * DAY + 152_010, "network", "loses the reply to bill-router", &[], Mark::Fault(1)),
            line(2 * DAY + 272_000, "oms", "does not know whether billing charged, and asks again with the same key", &["bill-router: SENT -> UNKNOWN_OUTCOME"], Mark::None),
            line(2 * DAY + 333_500, "billing", "charges 89.90 EUR for the router once more", &["charge-2: REQUESTED -> ACTIVE"], Mark::Violation),
        ],
        definition: Some(DefinitionLine {
            file: "catalog/participants.yaml".to_owned(),
            line: 41,
            text: "dedup: { by: none }".to_owned(),
            advice: "billing must recognise a repeated key: dedup: { by: key, constraint: unique, window: 30d }".to_owned(),
            helps: true,
        }),
        irrelevant: vec!["the latencies".to_owned(), "other orders".to_owned(), "the order of simultaneous events".to_owned()],
        effect: vec!["the customer pays 179.80 EUR instead of 89.90 EUR, and nothing puts it right".to_owned()],
        explained: Explained {
            without: vec![WithoutRow { change: "fault 1".to_owned(), passes: true, breaks: None }],
            alternatives: vec![NeededFault {
                n: 1,
                choice: "reply(order-1/router/bill-router/attempt-1)=delay".to_owned(),
                text: "delay".to_owned(),
            }],
            liveness: None,
            inevitable: Some(InevitableRow {
                event: 74,
                at_ms: 2 * DAY + 152_010,
                text: "network: loses the reply to bill-router".to_owned(),
                samples: 32,
            }),
        },
    }
}

fn billed_early() -> FailureReport {
    FailureReport {
        invariant: "bill-on-trigger".to_owned(),
        statement: "nothing is charged before the effect that its billing waits for".to_owned(),
        seed_section: "28".to_owned(),
        signature: "bill-on-trigger at bill-router".to_owned(),
        runs: 2_000,
        plans: 0,
        replay: "sagasim replay SG1-77aa-0000 --scenario order-fulfilment".to_owned(),
        repro: "sagasim-failures/bill-on-trigger-bill-router.json".to_owned(),
        faults: 0,
        events: 31,
        needed: Vec::new(),
        story: vec![
            line(0, "oms", "takes order-1 with router", &[], Mark::None),
            line(900, "billing", "charges 89.90 EUR for the router, which has not been shipped", &[], Mark::Violation),
        ],
        definition: Some(DefinitionLine {
            file: "catalog/order-fulfilment.saga.yaml".to_owned(),
            line: 108,
            text: "after: [reserve-router]".to_owned(),
            advice: "bill after what the charge waits for: after: [ship-router]".to_owned(),
            helps: true,
        }),
        irrelevant: Vec::new(),
        effect: vec!["the customer is charged for a router that may never leave the warehouse".to_owned()],
        ..charged_twice()
    }
}
