//! Wrong and hostile input: the code, the place and the words.

use super::*;

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
fn what_is_no_yaml_is_told_in_plain_words_at_its_place() {
    let head = "saga: x\nversion: \"1\"\n";
    let cases = [
        ("steps\n  - id: a\n", 3, 1, "no \":\" after it"),
        ("steps:\n  - id: a\n   kind: local\n", 5, 4, "indented neither as the next item"),
        ("  steps:\n  - id: a\n", 3, 3, "indented neither as a key"),
        ("steps: [{ id: a }\nitems: {}\n", 4, 6, "still open"),
        ("steps:\n  - when: a == \"x\": y\n", 4, 19, "a second \":\""),
        ("steps:\n  - key: @foo\n", 4, 10, "has to be quoted"),
        ("steps:\n  - key: \"a\" b\n", 4, 14, "after the closing quote"),
        ("steps:\n  - id: \"a\\q\"\n", 4, 9, "stands for nothing"),
        ("steps:\n  - *foo\n", 4, 5, "none of this name"),
        ("steps: }\n", 3, 8, "without an opening one"),
        ("? [a]\n: b\n", 3, 3, "one text"),
        // A tab is told where it stands, not where the value began that it ends.
        ("steps:\n\t- id: a\n", 4, 1, "a tab"),
        ("steps:\n  - id: a\n\t  kind: local\n", 5, 1, "a tab"),
        ("steps:\n  - id: a\n    attemptTimeout: 30s\n  \tdeadline: 1d\n", 6, 3, "a tab"),
        ("steps:\n  - id: \"a\"\n\tkind: local\n", 5, 1, "a tab"),
    ];
    check_mistakes(&cases.map(|(text, line, column, told)| (format!("{head}{text}"), "SG0001", line, column, told)));
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
        ("retry: { r: { maxAttempts: 0 } }\nsteps: []\n", "SG0005", 4, 28, "1 sends once and never again"),
        ("retry: { r: { circuitBreaker: { failures: 0 } } }\nsteps: []\n", "SG0005", 4, 43, "less than 1"),
        (
            "retry: { r: { backoff: { maxDelayMinutes: 1, maxDelaySeconds: 60 } } }\nsteps: []\n",
            "SG0005",
            4,
            43,
            "two units",
        ),
        // Of all actions those count that are acted upon at that place.
        (
            "steps: [{ id: a, kind: local, onDuplicate: COMPLETE }]\n",
            "SG0005",
            4,
            44,
            "onDuplicate: COMPLETE is nothing that can follow here; expected one of RETURN_EXISTING, CREATE_ANOTHER",
        ),
        (
            "retry: { r: { fallback: RETRY_SAME_KEY } }\nsteps: []\n",
            "SG0005",
            4,
            25,
            "one of COMPLETE, REDO_STEP, FAIL",
        ),
        ("commands: { c: { ifInFlight: HOLD } }\nsteps: []\n", "SG0005", 4, 30, "RESOLVE_THEN_DECIDE, DECIDE_AT_ONCE"),
        ("timeout: { then: OPEN_REPAIR_CASE }\nsteps: []\n", "SG0005", 4, 18, "OPEN_FALLOUT_CASE, COMPENSATE, IGNORE"),
        (
            "steps: [{ id: a, kind: human, role: x, overdue: FAIL_ITM }]\n",
            "SG0005",
            4,
            49,
            "did you mean \"FAIL_ITEM\"?",
        ),
        ("steps: [{ id: a }]\n", "SG0006", 4, 15, "step \"a\" has no \"kind\""),
        ("steps: [{ kind: local }]\n", "SG0006", 4, 9, "step has no \"id\""),
        ("steps: [{ id: a, kind: shipping }]\n", "SG0006", 4, 15, "is of kind shipping and has no \"call\""),
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

#[test]
fn one_saga_is_given_once() {
    let text = saga(STEPS);
    let mut embedded = texts(&text);
    embedded.texts.push(("t.saga.yaml".to_owned(), text.clone()));
    embedded.given.push("t.saga.yaml".to_owned());
    let invalid = Definition::from_sources(&embedded, &[]).expect_err("twice the same version");
    assert_eq!(invalid.to_string(), "t.saga.yaml:1:7: error SG0003 saga \"s\" version 1 is also given in s.saga.yaml");
    embedded.given[1] = "./s.saga.yaml".to_owned();
    assert!(Definition::from_sources(&embedded, &[]).is_ok());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Damaged definitions give messages, never a panic; what loads, loads again from its canonical form.
    #[test]
    fn damaged_files_never_panic(edits in proptest::collection::vec((0_usize..20_000, ".{0,6}"), 1..4)) {
        let mut text = crate::catalog::get("quote-to-order.saga.yaml").expect("it is bundled").to_owned();
        for (at, inserted) in &edits {
            let at = at % text.len();
            let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let end = (at + inserted.len()..text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
            text.replace_range(at..end, inserted);
        }
        let mut embedded = Embedded { given: vec!["s.saga.yaml".to_owned()], texts: crate::catalog::texts() };
        embedded.texts.push(("s.saga.yaml".to_owned(), text));
        match Definition::from_sources(&embedded, &[]) {
            Ok(definition) => {
                let again = Definition::from_sources(&definition.embedded, &[]).map(|again| again.digest);
                proptest::prop_assert_eq!(again.ok(), Some(definition.digest));
            }
            Err(invalid) => proptest::prop_assert!(!invalid.render(false).is_empty()),
        }
    }
}

/// The mistakes of a saga with its contracts, a line each: file, line, message and help.
fn told(saga: &str, participants: &str) -> Vec<String> {
    let texts = [("s.saga.yaml", saga), ("p.yaml", participants)];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let embedded = Embedded { given: vec!["s.saga.yaml".to_owned()], texts };
    let invalid = Definition::from_sources(&embedded, &[]).expect_err("there are mistakes");
    let line = |diagnostic: &Diagnostic| {
        let file = invalid.sources.get(diagnostic.primary.file).map_or("", |source| &source.name);
        let help = diagnostic.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"));
        format!("{file}:{} {}{help}", diagnostic.primary.line, diagnostic.message)
    };
    invalid.diagnostics.iter().map(line).collect()
}

#[test]
fn a_cause_is_told_before_what_comes_of_it_and_a_name_once() {
    let head = "saga: s\nversion: \"1\"\nparticipants: ./p.yaml\n";
    let step = |id: &str, rest: &str| format!("  - {{ id: {id}, kind: reservation, call: stock.hold{rest} }}\n");
    let contract = |system: &str, effect: &str| {
        format!("{system}:\n  operations:\n    hold: {{ creates: holds, effect: {effect} }}\n    ask: {{}}\n")
    };
    let good = contract("stock", "reservation");
    // A section that is misspelt comes before the names that it would have had, and each of them once.
    let steps = [step("a", ", retry: r"), step("b", ", retry: r"), step("c", ", retry: r")].concat();
    let misspelt = format!("{head}steps:\n{steps}retri: {{ r: {{ maxAttempts: 2 }} }}\n");
    let found = told(&misspelt, &good);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("s.saga.yaml:8 unknown field \"retri\"; did you mean \"retry\"?"), "{found:#?}");
    assert_eq!(found[1], "s.saga.yaml:5 retry: \"r\" names no retry policy (the same in lines 6, 7)");
    // A system that is not there is one mistake, whatever is called there.
    let steps = [step("a", ""), step("b", "")].concat();
    let calls = format!("{head}steps:\n{steps}reconcile: [{{ id: r, of: stock.holds }}]\n");
    let found = told(&calls, &contract("stok", "reservation"));
    assert_eq!(
        found,
        ["s.saga.yaml:5 participants: \"stock\" names no system; nearest: \"stok\" (the same in lines 6, 7)"]
    );
    // A step that cannot be read is there, and so is what a word makes of no kind.
    let unread =
        format!("{head}steps:\n  - {{ id: a, kind: reserve, call: stock.hold }}\n{}", step("b", ", after: [a]"));
    let found = told(&unread, &good);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("reserve is no step kind"), "{found:#?}");
    let found = told(&format!("{head}steps:\n{}", step("a", "")), &contract("stock", "reserved"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("p.yaml:3 effect: reserved is no effect"), "{found:#?}");
    // An operation that cannot be read is there, too.
    let unread = "stock:\n  operations:\n    hold: []\n    ask: {}\n";
    let found = told(&format!("{head}steps:\n{}", step("a", "")), unread);
    assert_eq!(found, ["p.yaml:3 expected a mapping under \"hold\", found a list"]);
}

#[test]
fn help_names_what_may_stand_there_and_each_once() {
    let head = "saga: s\nversion: \"1\"\nparticipants: ./p.yaml\n";
    let contract = "stock:\n  operations:\n    hold: { creates: holds, effect: reservation }\n";
    let found = told(&format!("{head}steps: [{{ id: a, kind: wait, until: x, rol: y }}]\n"), contract);
    let fields =
        "id, kind, item, after, when, key, deadline, retry, compensation, pivot, afterPivot, replaySafe, until";
    assert_eq!(found, [format!("s.saga.yaml:4 unknown field \"rol\" of step \"a\" (step \"a\" may have: {fields})")]);
    let step = "steps: [{ id: a, kind: reservation, call: stock.hold, key: \"${account.id}\" }]\n";
    let found = told(&format!("{head}{step}"), contract);
    let expected = "names no record that a step of the saga creates (steps create hold; `sagasim list keys` names all that a key \
                    can be made of)";
    assert!(found.len() == 1 && found[0].ends_with(expected), "{found:#?}");
}

#[test]
fn a_file_of_another_kind_is_told_as_that() {
    let invalid = Defect::load("x.yaml", "saga: s\nversion: \"1\"\n").expect_err("a saga is no defect");
    let lines = invalid.lines();
    assert_eq!(
        lines,
        [
            "x.yaml:1:1: error SG0001 expected a defect file, with \"defect\"; this is a saga file",
            "  help: `sagasim list files` says what stands in a defect file"
        ]
    );
    let invalid = Profile::load("x.yaml", "profile: p\nclean: 3\n").expect_err("no such key");
    assert_eq!(invalid.lines().len(), 2, "{invalid}");
}
