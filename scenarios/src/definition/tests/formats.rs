//! Every construct of every format.

use super::*;

#[test]
fn the_retry_policy_of_the_reference_loads_as_it_is() {
    let policy = "
    taskType: ACTIVATE_BILLING
    maxAttempts: 5
    backoff:
      type: exponential
      initialDelaySeconds: 30
      maxDelayMinutes: 30
    retryOn:
      - TIMEOUT
      - HTTP_502
      - HTTP_503
      - HTTP_504
    noRetryOn:
      - VALIDATION_ERROR
      - BUSINESS_REJECTION
      - UNAUTHORIZED
    unknownOutcomePolicy: QUERY_THEN_RECONCILE
    fallback: OPEN_FALLOUT_CASE
";
    let text = saga(&format!(
        "{STEPS}unknownOutcome: {{ QUERY_THEN_RECONCILE: {{ query: byIdempotencyKey }} }}\nretry:\n  billing:{policy}"
    ));
    let definition = loaded(&text, &[]);
    let policy = definition.first().saga.retry.get("billing").expect("the policy");
    let backoff = policy.backoff.as_ref().expect("a backoff");
    assert_eq!(policy.task_type.as_ref().map(|name| name.value.as_str()), Some("ACTIVATE_BILLING"));
    assert_eq!(backoff.initial_delay.map(|delay| delay.value), Some(Duration::from_secs(30)));
    assert_eq!(backoff.max_delay.map(|delay| delay.value), Some(Duration::from_secs(1_800)));
    assert_eq!((policy.retry_on.len(), policy.no_retry_on.len(), policy.unknown_on.len()), (4, 3, 0));
    assert_eq!(policy.fallback.map(|action| action.value), Some(NextAction::OpenFalloutCase));
}

#[test]
fn every_construct_loads() {
    let text = saga(
        "items: { i: { offering: o, traits: { sso: [\"yes\", \"no\"] }, charges: { c: { type: RECURRING, period: 1y, amount: 99.5, currency: JPY } } } }\n"
            .replace("99.5", "99")
            .as_str(),
    ) + "steps:
- { id: visit, item: i, kind: task, call: inventory.reserve, outcomes: { BOOKED: PROGRESS, DONE: COMPLETE, NO_SHOW: REJECT }, key: \"${item.id}:VISIT:${step.revision}\", deadline: 21d }
- { id: credit, kind: human, role: deal-desk, due: 2d, overdue: OPEN_FALLOUT_CASE, outcomes: { approve: COMPLETE, refuse: REJECT }, binds: quote.version }
- { id: wait-trial, kind: wait, until: \"${charge.trialEnd}\" }
- { id: sso, item: i, kind: local, when: 'item.traits.sso == \"yes\"', key: \"${reservation.id}\" }
- { id: start, kind: subsaga, saga: other, sagaVersion: latest-active }
commands:
  reschedule: { scope: step, step: visit, role: [customer, field-desk], then: REDO_STEP, key: \"${order.id}:${reschedule.requestId}\" }
exceptions: [{ id: non-billing, approvedBy: billing-desk, reasonCode: required }]
invariants: [{ id: mine, class: eventually, rule: 'item.state == \"completed\"', within: 3d, severity: P2 }]
previous: [{ version: \"0\", file: ./old.saga.yaml, digest: \"sha256:0\", histories: [./a.json] }]
migration: { inFlight: pinned, from: { \"0\": { a: { now: NONE, instances: FINISH_ON_OLD } } } }
";
    let mut embedded = texts(&text);
    for (name, saga) in [("other.saga.yaml", "other"), ("old.saga.yaml", "s")] {
        embedded
            .texts
            .push((name.to_owned(), format!("saga: {saga}\nversion: \"0\"\nsteps: [{{ id: a, kind: local }}]\n")));
    }
    let definition = Definition::from_sources(&embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
    let names: Vec<&str> = definition.sagas.iter().map(|file| file.saga.name.value.as_str()).collect();
    assert_eq!(names, ["s", "other"]);
    assert_eq!(definition.previous.len(), 1);
    let saga = &definition.first().saga;
    let price = saga.items.get("i").and_then(|item| item.charges.get("c")).and_then(|charge| charge.amount);
    assert_eq!(price.map(|price| price.value.to_string()), Some("99 JPY".to_owned()));
    let binds = saga.step("credit").and_then(|step| step.binds.as_ref());
    assert_eq!(binds.map(|path| path.value.clone()), Some(KeyPath::QuoteVersion));
}

#[test]
fn a_scenario_names_its_saga() {
    let scenario = "scenario: cancel-everywhere
saga: ./s.saga.yaml
start: 2026-01-28T09:00:00Z
orders: { count: \"1..3\", arrival: \"0s..10m\", shared: [account, pool] }
commands: [{ cancelItem: { item: router, at: each-boundary } }]
faults: standard
goals: { faultCells: all, boundaries: all }
fail: [{ metric: consumer-lag, over: 5m }]
";
    let given = |scenario: &str| {
        let mut embedded =
            texts(&saga(&format!("{STEPS}items: {{ router: {{}} }}\ncommands: {{ cancelItem: {{}} }}\n")));
        embedded.texts.push(("x.scenario.yaml".to_owned(), scenario.to_owned()));
        embedded.given = vec!["x.scenario.yaml".to_owned()];
        Definition::from_sources(&embedded, &[])
    };
    let definition = given(scenario).unwrap_or_else(|invalid| panic!("{invalid}"));
    let scenario_read = definition.scenario.as_ref().expect("the scenario");
    assert_eq!(scenario_read.orders.count.map(|count| count.value), Some(CountRange { min: 1, max: 3 }));
    assert_eq!(scenario_read.start.map(|start| start.value.0), Some(1_769_590_800_000_000));
    assert_eq!(definition.first().saga.name.value, "s");
    for (from, to, expected) in [
        ("cancelItem", "cancelItm", "x.scenario.yaml:5:14: error SG0004 commands: \"cancelItm\""),
        ("item: router", "item: rooter", "nearest: \"router\""),
        ("./s.saga", "./t.saga", "x.scenario.yaml:2:7: error SG0004 saga: cannot read \"t.saga.yaml\""),
        ("\"1..3\"", "\"3..1\"", "ends before it begins"),
        ("each-boundary", "after two", "at: \"two\" names no step"),
        (
            "faultCells: all",
            "faultCells: most",
            "error SG0005 faultCells: most is no goal; write all, none, or a share",
        ),
        ("faultCells: all", "faultCells: 101%", "error SG0005 faultCells: 101% is no goal"),
        (
            "boundaries: all",
            "faults: { duplicate: 0 }",
            "error SG0005 duplicate: 0 is no goal; write a whole number from 1",
        ),
        ("boundaries: all", "faults: { duplicat: 9 }", "7:37: error SG0004 goals: there is no fault \"duplicat\""),
        ("boundaries: all", "invariants: { single: 9 }", "7:41: error SG0004 goals: there is no invariant \"single\""),
        (
            "boundaries: all",
            "cells: [{ step: one, fault: rate-limits }]",
            "7:55: error SG0004 goals: there is no fault \"rate-limits\"",
        ),
        (
            "boundaries: all",
            "cells: [{ step: tow, fault: rate-limit }]",
            "7:43: error SG0004 goals: \"tow\" names no step, compensation or consumer",
        ),
        ("boundaries: all", "cells: [{ step: one }]", "error SG0006 a cell of the goals has no \"fault\""),
        ("boundaries: all", "seeds: all", "unknown field \"seeds\""),
    ] {
        let invalid = given(&scenario.replace(from, to)).expect_err(to);
        assert!(invalid.to_string().contains(expected), "{invalid}");
    }
}

#[test]
fn a_profile_and_a_defect_load() {
    let profile =
        "profile: light\nfaults: { duplicate: { weight: 10, max: 3 }, relay-crash: { weight: 2 } }\ncleanRuns: 5\n";
    let profile = Profile::load("light.profile.yaml", profile).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(profile.faults.get("duplicate").map(|fault| fault.weight.value), Some(10));
    let defect = "defect: outbox-marked-before-publish
models: the relay marks a row as published before it has published it
seen: [\"§25.5\"]
family: LOST
scenario: order-fulfilment
set:
  platform.outbox.mark: before-publish
  saga.steps[reserve-router].compensation: null
  saga.steps[bill-router].after: [reserve-router]
needs: [relay-crash]
optimum: { faults: 1, orders: 1 }
";
    let defect = Defect::load("d.yaml", defect).unwrap_or_else(|invalid| panic!("{invalid}"));
    let sets: Vec<String> = defect.set.iter().map(|set| set.value.to_string()).collect();
    assert_eq!(
        sets,
        [
            "platform.outbox.mark=\"before-publish\"",
            "saga.steps[reserve-router].compensation=null",
            "saga.steps[bill-router].after=[\"reserve-router\"]",
        ]
    );
    let patches: Vec<Set> = defect.set.iter().map(|set| set.value.clone()).collect();
    Definition::bundled(&defect.scenario, &patches).unwrap_or_else(|invalid| panic!("{invalid}"));
}

#[test]
fn their_mistakes_are_told() {
    let invalid = Profile::load("p.yaml", "profile: p\ncleanRuns: 101\n").expect_err("too many");
    assert_eq!(invalid.to_string(), "p.yaml:2:12: error SG0005 cleanRuns: 101 is more than 100 per cent");
    let invalid = Defect::load("d.yaml", "defect: d\nfamily: LOSS\n").expect_err("no family");
    assert!(invalid.to_string().contains("did you mean \"LOST\"?"), "{invalid}");
    let text = "defect: d\nmodels: m\nfamily: LOST\nscenario: s\nset: { plattform.x: 1 }\n";
    let invalid = Defect::load("d.yaml", text).expect_err("no such kind");
    assert!(invalid.to_string().starts_with("d.yaml:5:8: error SG0001"), "{invalid}");
}
