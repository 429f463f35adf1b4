//! Tests of loading: what is right loads as written, what is wrong is told at its place.

use super::*;

/// Contracts that the small definitions of the tests call.
const PARTICIPANTS: &str = "\
inventory:
  pools: { stock: 2 }
  operations:
    reserve: { creates: reservations, effect: reservation, pool: stock, failures: [TIMEOUT], effectPossible: [TIMEOUT], rejections: [OUT_OF_STOCK] }
    release: { undoes: reserve, effect: reservation, failures: [TIMEOUT] }
";

fn texts(saga: &str) -> Embedded {
    let texts = [("s.saga.yaml", saga), ("p.yaml", PARTICIPANTS)];
    Embedded {
        given: vec!["s.saga.yaml".to_owned()],
        texts: texts.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
    }
}

fn load(saga: &str, sets: &[&str]) -> Result<Definition, Invalid> {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap_or_else(|error| panic!("{error}"))).collect();
    Definition::from_sources(&texts(saga), &sets)
}

fn loaded(saga: &str, sets: &[&str]) -> Definition {
    load(saga, sets).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// A definition around some lines; the first of them stands in line 4.
fn saga(rest: &str) -> String {
    format!("saga: s\nversion: \"1\"\nparticipants: ./p.yaml\n{rest}")
}

/// The steps that the lines of a test stand beside.
const STEPS: &str = "steps: [{ id: one, kind: local }]\n";

/// Each text has this mistake, at this line and column, in words that contain this.
fn check_mistakes(cases: &[(String, &str, u32, u32, &str)]) {
    for (text, code, line, column, fragment) in cases {
        let invalid = load(text, &[]).err().unwrap_or_else(|| panic!("expected {code} in:\n{text}"));
        let found = invalid.diagnostics.iter().any(|diagnostic| {
            let place = (diagnostic.primary.line, diagnostic.primary.column);
            diagnostic.code == *code && place == (*line, *column) && diagnostic.message.contains(fragment)
        });
        assert!(found, "expected {code} at {line}:{column} with {fragment:?}, found:\n{invalid}\nin:\n{text}");
    }
}

#[test]
fn the_bundled_sagas_load() {
    for (name, steps) in [("order-fulfilment", 12), ("quote-to-order", 7), ("tmf622-order", 9)] {
        let definition = Definition::bundled(name, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        let saga = &definition.first().saga;
        assert_eq!((saga.name.as_str(), saga.steps.len()), (name, steps));
    }
    let invalid = Definition::bundled("order-fulfillment", &[]).expect_err("there is no such saga");
    assert!(invalid.to_string().contains("no such file"), "{invalid}");
}

#[test]
fn every_bundled_contract_is_written_out() {
    let definition = Definition::bundled("order-fulfilment", &[]).expect("it loads");
    for system in &definition.first().participants.systems {
        for operation in &system.value.operations {
            assert!(!operation.value.failures.is_empty(), "{}.{}", system.id.value, operation.id.value);
            let lasts = operation.value.effect.value != EffectKind::None;
            assert_eq!(
                lasts,
                !operation.value.effect_possible.is_empty(),
                "{}.{}",
                system.id.value,
                operation.id.value
            );
        }
    }
}

#[test]
fn every_bundled_predicate_compiles() {
    use crate::predicate::{Scope, Vocabulary};
    for name in ["order-fulfilment", "quote-to-order", "tmf622-order"] {
        let definition = Definition::bundled(name, &[]).expect("it loads");
        let SagaFile { saga, participants, .. } = definition.first();
        let mut vocabulary = Vocabulary::of(saga, participants).expect("a vocabulary");
        let mut compile = |source: &Spanned<String>, scope| {
            if let Err(error) = vocabulary.compile(&source.value, scope) {
                panic!("{name} line {}: {error:?}", source.span.line);
            }
        };
        saga.dashboard.iter().filter_map(|state| state.when.as_ref()).for_each(|source| compile(source, Scope::Item));
        saga.reconcile.iter().filter_map(|rule| rule.subject.as_ref()).for_each(|source| compile(source, Scope::Item));
        saga.consumers.iter().filter_map(|one| one.filter.as_ref()).for_each(|source| compile(source, Scope::Event));
        let preconditions = saga.compensations.iter().flat_map(|one| one.value.preconditions.iter().flatten());
        preconditions.for_each(|source| compile(source, Scope::Item));
        for rule in &saga.reconcile {
            let (Some(of), Some(matching)) = (&rule.of, &rule.matching) else {
                panic!("{} is complete", rule.id.value)
            };
            let vocabulary = &mut Vocabulary::of(saga, participants).expect("a vocabulary");
            let list = vocabulary.list(&of.value.to_string()).expect("the list is known");
            assert!(vocabulary.compile(&matching.value, Scope::Reconcile(list)).is_ok(), "{}", rule.id.value);
        }
    }
}

#[test]
fn the_bundled_platform_is_the_default() {
    let definition = Definition::bundled("order-fulfilment", &[]).expect("it loads");
    assert_eq!(*definition.first().platform, Platform::default());
}

#[test]
fn the_bundled_machines_are_whole() {
    let machines = bundled_machines();
    let names: Vec<&str> = machines.ids().collect();
    assert_eq!(names, ["quote", "order", "item", "product", "charge", "saga", "step"]);
    let states =
        |machine: &str| machines.get(machine).expect("it is there").states().map(str::to_owned).collect::<Vec<_>>();
    for state in OrderState::ALL {
        assert!(
            states("item").contains(&state.word().to_owned()) && states("order").contains(&state.word().to_owned())
        );
    }
    for state in StepState::ALL {
        assert!(states("step").contains(&state.word().to_owned()), "{state}");
    }
    let item = machines.get("item").expect("it is there");
    assert!(item.allows("assessingCancellation", "inProgress") && !item.allows("completed", "acknowledged"));
    assert!(item.is_final("completed") && !item.is_final("held"));
    let broken = "m: { initial: a, transitions: { a: [c], b: [] } }";
    let invalid = read_machines("m.yaml", broken).expect_err("c is no state");
    assert_eq!(invalid.to_string(), "m.yaml:1:37: error SG0004 \"c\" is no state of machine \"m\"");
}

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
fn files_that_are_no_definitions_are_refused() {
    let refused =
        |text: &str, code, line, column, fragment| check_mistakes(&[(text.to_owned(), code, line, column, fragment)]);
    refused("", "SG0001", 1, 1, "empty");
    refused("# nothing\n", "SG0001", 2, 1, "empty");
    refused("- a\n- b\n", "SG0001", 1, 1, "found a list");
    refused("saga: X\nsteps: [\n", "SG0001", 2, 8, "unclosed bracket");
    refused("saga: X\n\u{0}", "SG0001", 2, 1, "control character U+0000");
    refused("saga: X\n---\nsaga: Y\n", "SG0001", 2, 1, "second one");
    refused("saga: *x\n", "SG0001", 1, 7, "unknown anchor");
    refused("saga: a: b\n", "SG0001", 1, 8, "mapping values");
    refused("billing: { operations: {} }\n", "SG0001", 1, 1, "another kind of file");
    refused("saga: X\nsaga: Y\n", "SG0003", 2, 1, "\"saga\" is also defined at line 1");
    refused("saga: [a]\n", "SG0001", 1, 7, "expected a single value under \"saga\", found a list");
}

#[test]
fn hostile_files_are_refused_in_one_line() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    let nested: String = (0..200).map(|depth| format!("{}a:\n", many(" ", depth))).collect();
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (last, next) in ('a'..='i').zip('b'..='j') {
        bomb += &format!("{next}: &{next} [{}]\n", vec![format!("*{last}"); 9].join(","));
    }
    check_mistakes(&[
        (format!("saga: {}{}", many("[", 20_000), many("]", 20_000)), "SG0007", 1, 262, "nested too deep"),
        (nested, "SG0007", 49, 49, "nested too deep"),
        (bomb, "SG0007", 6, 14, "aliases expand too far"),
        (format!("saga: [{}]", many("x,", 300_000)), "SG0007", 1, 500_002, "more than 250000 values"),
        (format!("saga: {}", many("x", 5_000_000)), "SG0007", 1, 7, "texts over 4 MiB"),
        (format!("saga: {}", many("x", 5_000)), "SG0007", 1, 7, "a text of 5000 bytes"),
    ]);
}

#[test]
fn of_many_mistakes_twenty_are_told() {
    let wide: String = (0..20_000).map(|step| format!("  - {{id: s{step}}}\n")).collect();
    let invalid = load(&saga(&format!("steps:\n{wide}")), &[]).expect_err("no step has a kind");
    assert_eq!((invalid.diagnostics.len(), invalid.more), (20, 19_980));
    assert_eq!(invalid.diagnostics[0].message, "step \"s0\" has no \"kind\"");
    assert!(invalid.to_string().ends_with("and 19980 more"), "{invalid}");
}

#[test]
fn a_wide_cycle_is_told_without_recursion() {
    let wide: String = (0..20_000)
        .map(|step| format!("  - {{id: s{step}, kind: local, after: [s{}]}}\n", (step + 1) % 20_000))
        .collect();
    let invalid = load(&saga(&format!("steps:\n{wide}")), &[]).expect_err("all steps wait");
    assert_eq!((invalid.diagnostics[0].code, invalid.diagnostics.len()), ("SG0101", 1));
}

#[test]
fn fields_are_checked_at_their_places() {
    let cases = [
        ("idempotecyKey: x\nsteps: []\n", "SG0002", 4, 1, "unknown field \"idempotecyKey\""),
        ("timeout: { witin: 3d }\nsteps: []\n", "SG0002", 4, 12, "did you mean \"within\"?"),
        ("steps: [{ id: a, kind: local, attemptTimeout: 3s }]\n", "SG0002", 4, 31, "has no use for \"attemptTimeout\""),
        ("steps: [{ id: a, kind: human, role: x, charge: y }]\n", "SG0002", 4, 40, "has no use for \"charge\""),
        (
            "steps: [{ id: a, kind: local }, { id: a, kind: local }]\n",
            "SG0003",
            4,
            39,
            "step id \"a\" is also defined at line 4",
        ),
        ("items: { r: {}, r: {} }\nsteps: []\n", "SG0003", 4, 17, "\"r\" is also defined"),
        ("steps: [{ id: a, kind: shiping, call: inventory.reserve }]\n", "SG0005", 4, 24, "did you mean \"shipping\"?"),
        ("timeout: { within: 30 }\nsteps: []\n", "SG0005", 4, 20, "within: 30 has no unit; write 30s"),
        ("timeout: { within: 1mo }\nsteps: []\n", "SG0005", 4, 20, "calendar period"),
        ("timeout: { within: 1.5h }\nsteps: []\n", "SG0005", 4, 20, "is no duration"),
        ("timeout: { within: 99999999999999d }\nsteps: []\n", "SG0005", 4, 20, "too long"),
        (
            "timeout: { within: [3d] }\nsteps: []\n",
            "SG0001",
            4,
            20,
            "expected a single value under \"within\", found a list",
        ),
        ("timeout: 3d\nsteps: []\n", "SG0001", 4, 10, "expected a mapping under \"timeout\", found \"3d\""),
        ("steps: [{ id: a, kind: local, pivot: maybe }]\n", "SG0005", 4, 38, "neither true nor false"),
        ("retry: { r: { maxAttempts: many } }\nsteps: []\n", "SG0005", 4, 28, "no whole number"),
        (
            "retry: { r: { backoff: { maxDelayMinutes: 1, maxDelaySeconds: 60 } } }\nsteps: []\n",
            "SG0005",
            4,
            43,
            "two units",
        ),
        ("steps: [{ id: a }]\n", "SG0006", 4, 15, "step \"a\" has no \"kind\""),
        ("steps: [{ kind: local }]\n", "SG0006", 4, 9, "step has no \"id\""),
        ("steps: [{ id: a, kind: shipping }]\n", "SG0006", 4, 15, "is a shipping step and has no \"call\""),
        ("steps: [{ id: a, kind: wait }]\n", "SG0006", 4, 15, "has no \"until\""),
        ("status: active\n", "SG0006", 1, 7, "has no \"steps\""),
    ];
    check_mistakes(&cases.map(|(rest, code, line, column, fragment)| (saga(rest), code, line, column, fragment)));
    check_mistakes(&[
        ("saga: s\nversion: 2026.07\nsteps: []\n".to_owned(), "SG0005", 2, 10, "must be quoted; write \"2026.07\""),
        ("saga: s\nsteps: []\n".to_owned(), "SG0006", 1, 7, "saga \"s\" has no \"version\""),
        (
            "saga: s\nversion: a\nsteps: [{ id: a, kind: shipping, call: b.c }]\n".to_owned(),
            "SG0006",
            1,
            7,
            "no \"participants\"",
        ),
    ]);
}

#[test]
fn names_must_stand_for_something() {
    let cases = [
        (
            "steps: [{ id: provision-x, kind: local }, { id: b, kind: local, after: [provision] }]\n",
            73,
            "after: \"provision\" names no step; nearest: \"provision-x\"",
        ),
        (
            "steps: [{ id: a, kind: reservation, call: inventory.reserv }]\n",
            43,
            "names no operation; nearest: \"inventory.reserve\"",
        ),
        ("steps: [{ id: a, kind: reservation, call: inventory.reserve, retry: none }]\n", 69, "names no retry policy"),
        (
            "steps: [{ id: a, kind: reservation, call: inventory.reserve, compensation: b }]\n",
            76,
            "names no compensation",
        ),
        (
            "steps: [{ id: a, kind: reservation, call: inventory.reserve, onReject: { SOLD: FAIL_ITEM } }]\n",
            74,
            "names no rejection",
        ),
        ("steps: [{ id: a, kind: local, item: router }]\n", 37, "names no item"),
        (
            "steps: [{ id: a, kind: local, key: \"${shipment.id}\" }]\n",
            36,
            "names no record that a step of the saga creates",
        ),
        ("items: { i: { reliesOn: j } }\nsteps: []\n", 25, "reliesOn: \"j\" names no item"),
        ("items: { i: { completeAfter: [j] } }\nsteps: []\n", 31, "completeAfter: \"j\" names no step"),
        ("consumers: [{ id: c, events: [E] }]\nsteps: []\n", 31, "names no event in emits"),
        ("reconcile: [{ id: r, of: inventory.reservation }]\nsteps: []\n", 26, "nearest: \"inventory.reservations\""),
        ("compensations: { c: { call: inventory.relase } }\nsteps: []\n", 29, "nearest: \"inventory.release\""),
        ("compensations: { c: { reconcile: r } }\nsteps: []\n", 34, "names no reconcile rule"),
        ("compensations: { c: { customerImpact: { notify: N } } }\nsteps: []\n", 49, "names no event in emits"),
        ("retry: { r: { unknownOutcomePolicy: u } }\nsteps: []\n", 37, "names no unknown-outcome policy"),
        ("platform: ./q.yaml\nsteps: []\n", 11, "cannot read \"q.yaml\": no such file"),
        ("steps: [{ id: a, kind: subsaga, saga: other }]\n", 39, "names no saga"),
        ("migration: { from: { \"0\": { a: { now: b } } } }\nsteps: []\n", 39, "now: \"b\" names no step"),
    ];
    check_mistakes(&cases.map(|(rest, column, fragment)| (saga(rest), "SG0004", 4, column, fragment)));
}

#[test]
fn steps_have_an_order() {
    check_mistakes(&[
        (saga("steps: [{ id: a, kind: local, after: [a] }]\n"), "SG0101", 4, 15, "cycle: a -> a"),
        (
            saga(
                "steps:\n- { id: a, kind: local, after: [c] }\n- { id: b, kind: local, after: [a] }\n- { id: c, kind: local, after: [b] }\n",
            ),
            "SG0101",
            5,
            9,
            "cycle: a -> b -> c -> a",
        ),
        (
            saga("steps:\n- { id: a, kind: local, after: [a] }\n- { id: b, kind: local, after: [a] }\n"),
            "SG0102",
            6,
            9,
            "no path reaches \"b\"",
        ),
        (saga("steps: [{ id: a, kind: subsaga, saga: s }]\n"), "SG0104", 4, 39, "s starts itself through \"a\""),
    ]);
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
    ] {
        let invalid = given(&scenario.replace(from, to)).expect_err(to);
        assert!(invalid.to_string().contains(expected), "{invalid}");
    }
}

#[test]
fn contracts_are_checked() {
    for (from, to, expected) in [
        ("undoes: reserve", "undoes: reserv", "undoes: \"reserv\" names no operation"),
        ("undoes: reserve", "undoes: release", "undoes: \"release\" creates no records"),
        ("pool: stock", "pool: stok", "nearest: \"stock\""),
        ("effectPossible: [TIMEOUT]", "effectPossible: [HTTP_500]", "HTTP_500 is not among the failures"),
        ("undoes: reserve", "undoes: reserve, creates: x", "two of creates, undoes and updates"),
        ("effect: reservation, pool", "pool", "creates records and has no \"effect\""),
        ("failures: [TIMEOUT]", "latency: { p50: 3s, p99: 1s }", "p99: 1s is less than p50: 3s"),
        ("failures: [TIMEOUT]", "dedup: { by: keys }", "did you mean \"key\"?"),
    ] {
        let mut embedded = texts(&saga(STEPS));
        embedded.texts[1].1 = PARTICIPANTS.replace(from, to);
        let invalid = Definition::from_sources(&embedded, &[]).expect_err(to);
        assert!(invalid.to_string().contains(expected) && invalid.to_string().starts_with("p.yaml:"), "{invalid}");
    }
}

mod patches {
    use super::*;

    fn bundled(sets: &[&str]) -> Result<Definition, Invalid> {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a well-formed patch")).collect();
        Definition::bundled("order-fulfilment", &sets)
    }

    #[test]
    fn they_reach_every_kind_of_file() {
        let definition = bundled(&[
            "saga.steps[bill-router].key=${item.id}:${charge.id}:${step.attempt}",
            "saga(order-fulfilment).compensations.release-router.appliesTo=[COMPLETED]",
            "saga.steps[bill-router].after=[reserve-router]",
            "saga.steps[reserve-router].compensation=null",
            "saga.consumers[analytics]=null",
            "saga.retry.standard.retryOn[RATE_LIMIT]=null",
            "participants.billing.operations.charge.dedup.by=none",
            "participants.mail.operations.send.callbacks.max=2",
            "platform.outbox.mark=before-publish",
        ])
        .unwrap_or_else(|invalid| panic!("{invalid}"));
        let SagaFile { saga, participants, platform, .. } = definition.first();
        let bill = saga.step("bill-router").expect("the step");
        let volatile = bill.key.as_ref().map(|key| key.volatile().count());
        assert_eq!((volatile, bill.after[0].value.as_str()), (Some(1), "reserve-router"));
        assert!(saga.step("reserve-router").is_some_and(|step| step.compensation.is_empty()));
        assert!(saga.consumers.iter().all(|consumer| consumer.id.value != "analytics"));
        assert_eq!(saga.retry.get("standard").map(|policy| policy.retry_on.len()), Some(4));
        let charge = participants.operation("billing", "charge").expect("the operation");
        assert_eq!(charge.dedup.by.value, DedupBy::None);
        let callbacks = participants.operation("mail", "send").and_then(|send| send.callbacks.as_ref());
        assert_eq!(callbacks.map(|callbacks| callbacks.max.value), Some(2));
        assert_eq!(platform.outbox.mark.value, Mark::BeforePublish);
        assert_eq!(definition.sources.slice(platform.outbox.mark.span), "before-publish");
    }

    #[test]
    fn what_they_name_must_be_there() {
        for (set, expected) in [
            ("saga.steps[bil-router].key=x", "\"bil-router\" names nothing here; nearest: \"bill-router\""),
            ("saga.steps[bill-router].kee=x", "unknown field \"kee\"; did you mean \"key\"?"),
            ("saga.compensations.release-routr.key=x", "nearest: \"release-router\""),
            ("participants.biling.operations.charge.dedup.by=none", "nearest: \"billing\""),
            ("participants.billing.operations.chrge.dedup.by=none", "nearest: \"charge\""),
            ("platform.outbox.mark=never-ever", "mark: never-ever is no outbox.mark"),
            ("platform.outbx.mark=never", "did you mean \"outbox\"?"),
            ("saga.steps[bill-router].pivot=null", "\"pivot\" names nothing here"),
            ("saga(other).version=x", "no such file to change"),
            ("saga.steps.key=x", "\"key\" needs a mapping, found a list"),
            ("saga.timeout[x]=y", "\"x\" needs a list, found a mapping"),
            ("saga.steps[bill-router].after=[", "SG0001"),
            ("scenario.faults=none", "no such file to change"),
        ] {
            let invalid = bundled(&[set]).expect_err(set);
            let line = invalid.to_string();
            assert!(line.contains(expected) && line.starts_with("--set "), "{set}: {line}");
        }
    }

    #[test]
    fn their_text_is_checked_at_once() {
        for (text, expected) in [
            ("saga.version", "expected PATH=VALUE"),
            ("sagas.version=1", "begins with saga, participants, platform or scenario"),
            ("saga=1", "expected .key or [id]"),
            ("saga.steps[x=1", "expected .key or [id] at \"[x\""),
            ("saga..x=1", "expected .key or [id] at \"..x\""),
            ("saga.steps[x]key=1", "expected .key or [id] at \"key\""),
        ] {
            let error = Set::parse(text).expect_err(text);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_saga_without_a_platform_file_takes_them_too() {
        let definition = loaded(&saga(STEPS), &["platform.saga.timers.firedBy=every-node"]);
        assert_eq!(definition.first().platform.saga.timers.fired_by.value, FiredBy::EveryNode);
        let again = Definition::from_sources(&definition.embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        assert_eq!(again.first().platform.saga.timers.fired_by.value, FiredBy::EveryNode);
    }
}

mod digests {
    use super::*;

    #[test]
    fn comments_spacing_and_quotes_do_not_count() {
        let plain = loaded(&saga("steps:\n  - { id: a, kind: local, tx: [Outbox] }\n"), &[]);
        let other = saga("# a comment\nsteps:\n\n- id: \"a\"   # more\n  kind: 'local'\n  tx:\n  - Outbox\n");
        assert_eq!(loaded(&other, &[]).digest, plain.digest);
        assert_eq!(loaded(&other.replace('\n', "\r\n"), &[]).digest, plain.digest);
        assert_eq!(loaded(&format!("\u{feff}{other}"), &[]).digest, plain.digest);
    }

    #[test]
    fn values_order_contracts_and_patches_count() {
        let text = saga("steps: [{ id: a, kind: local }, { id: b, kind: local }]\n");
        let base = loaded(&text, &[]);
        let mut seen = vec![base.digest.clone()];
        for other in [
            loaded(&text.replace("id: b", "id: c"), &[]),
            loaded(&saga("steps: [{ id: b, kind: local }, { id: a, kind: local }]\n"), &[]),
            loaded(&text, &["saga.steps[a].replaySafe=true"]),
            loaded(&text, &["participants.inventory.pools.stock=3"]),
            loaded(&text, &["platform.outbox.mark=never"]),
        ] {
            assert!(!seen.contains(&other.digest));
            seen.push(other.digest.clone());
        }
        assert_eq!(loaded(&text, &["platform.outbox.mark=never"]).first().digest, base.first().digest);
    }

    #[test]
    fn what_is_embedded_loads_as_the_same() {
        for name in ["order-fulfilment", "quote-to-order", "tmf622-order"] {
            let sets = [Set::parse("participants.billing.operations.charge.latency.p99=9s").expect("a patch")];
            let definition = Definition::bundled(name, &sets).expect("it loads");
            let again =
                Definition::from_sources(&definition.embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
            assert_eq!(again.digest, definition.digest);
            assert_eq!(again.embedded, definition.embedded);
        }
    }
}

mod scalars {
    use super::*;
    use crate::definition::reader::Scalar;
    use iso_currency::Currency;

    #[test]
    fn durations_are_whole_and_have_units() {
        for (text, micros, shown) in [
            ("0d", 0, "0s"),
            ("7us", 7, "7us"),
            ("200ms", 200_000, "200ms"),
            ("30s", 30_000_000, "30s"),
            ("90s", 90_000_000, "90s"),
            ("5m", 300_000_000, "5m"),
            ("24h", 86_400_000_000, "1d"),
            ("10d", 864_000_000_000, "10d"),
            ("2w", 1_209_600_000_000, "14d"),
        ] {
            let duration = Duration::parse(text).expect(text);
            assert_eq!((duration.micros(), duration.to_string().as_str()), (micros, shown));
        }
        for text in
            ["", "s", "30", "-1s", "1.5h", "30 s", "1mo", "1y", "30x", "99999999999999999999s", "18446744073709551615s"]
        {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
        for (text, period) in [
            ("1mo", Period::Months(1)),
            ("1y", Period::Years(1)),
            ("30d", Period::Exact(Duration::from_secs(2_592_000))),
        ] {
            assert_eq!(Period::parse(text), Ok(period));
            assert_eq!(period.to_string(), text);
        }
    }

    #[test]
    fn money_is_exact() {
        for (text, code, minor, shown) in [
            ("120.00", "EUR", 12_000, "120.00 EUR"),
            ("120", "EUR", 12_000, "120.00 EUR"),
            ("0.99", "EUR", 99, "0.99 EUR"),
            ("89.9", "EUR", 8_990, "89.90 EUR"),
            ("0.1000", "EUR", 10, "0.10 EUR"),
            ("-5.05", "EUR", -505, "-5.05 EUR"),
            ("500", "JPY", 500, "500 JPY"),
            ("1.234", "KWD", 1_234, "1.234 KWD"),
            ("92233720368547758.07", "EUR", i64::MAX, "92233720368547758.07 EUR"),
        ] {
            let money = Money::parse(text, Currency::from_code(code).expect(code)).expect(text);
            assert_eq!((money.minor, money.to_string().as_str()), (minor, shown));
        }
        for (text, code) in [
            ("", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("1e3", "EUR"),
            ("1,5", "EUR"),
            ("0.001", "EUR"),
            ("0.5", "JPY"),
            ("92233720368547758.08", "EUR"),
            ("--1", "EUR"),
        ] {
            assert!(Money::parse(text, Currency::from_code(code).expect(code)).is_err(), "{text} {code}");
        }
    }

    #[test]
    fn keys_are_text_and_paths() {
        let key = KeyTemplate::parse("${item.id}:SHIP:${plan.version}").expect("a key");
        let parts =
            [KeyPart::Path(KeyPath::ItemId), KeyPart::Text(":SHIP:".to_owned()), KeyPart::Path(KeyPath::PlanVersion)];
        assert_eq!(key.parts, parts);
        for text in ["${conversion.requestId}", "${reservation.id}", "a${event.source}b${random}", "plain"] {
            assert_eq!(KeyTemplate::parse(text).expect(text).to_string(), text);
        }
        for (text, volatile) in [
            ("${step.attempt}", true),
            ("${message.id}", true),
            ("${clock.now}", true),
            ("${random}", true),
            ("${step.revision}", false),
        ] {
            assert_eq!(KeyTemplate::parse(text).expect(text).volatile().count() == 1, volatile, "{text}");
        }
        for (text, expected) in [
            ("", "is empty"),
            ("${item.id", "without \"}\""),
            ("${item.ids}", "did you mean \"item.id\"?"),
            ("${step.atempt}", "did you mean \"step.attempt\"?"),
            ("${}", "is no path"),
            ("${item.a.b}", "is no path"),
        ] {
            let error = KeyTemplate::parse(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn rates_ranges_and_instants() {
        assert_eq!(Rate::parse("50/s"), Ok(Rate { count: 50, per: Duration::from_secs(1) }));
        assert_eq!(CountRange::parse("2"), Ok(CountRange { min: 2, max: 2 }));
        assert_eq!(
            DurationRange::parse("0s..10m"),
            Ok(DurationRange { min: Duration::ZERO, max: Duration::from_secs(600) })
        );
        assert_eq!(Instant::parse("1970-01-01T00:00:01Z"), Ok(Instant(1_000_000)));
        assert!(Rate::parse("0/s").is_err() && Rate::parse("5/x").is_err() && Instant::parse("yesterday").is_err());
    }
}

mod small_files {
    use super::*;

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
}

#[test]
fn a_message_shows_its_lines() {
    let text = saga("steps:\n- { id: a, kind: local }\n- { id: a, kind: local }\n");
    let invalid = load(&text, &[]).expect_err("a is there twice");
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[SG0003]: step id "a" is also defined at line 5
     --> s.saga.yaml:6:9
      |
    5 | - { id: a, kind: local }
      |         - first defined here
    6 | - { id: a, kind: local }
      |         ^
    "#);
    assert!(invalid.render(true).contains('\u{1b}'));
}
