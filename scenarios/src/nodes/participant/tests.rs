//! Each value of a contract is shown to bite, and the defaults to hold. A test is a script of requests at one system of
//! the bundled saga, and what comes of it: the answers in their order, and the rows of the ledger.

mod script;

use self::script::*;
use super::ParticipantMessage;
use crate::message::CallRef;

fn charge(key: &'static str) -> String {
    format!("{CHARGE}.{key}")
}

const ONCE: [&str; 1] = ["bill-connectivity 12000"];
const TWICE: [&str; 2] = ["bill-connectivity 12000"; 2];

#[test]
fn a_repetition_is_told_by_its_key() {
    let script = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 K"];
    let same = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"];
    check(&[], &script, &same, &ONCE);
    let new = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 2"];
    check(&[(&charge("dedup.by"), "none")], &script, &new, &TWICE);
    let other_key = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 L"];
    check(&[], &other_key, &new, &TWICE);
    check(&[(&charge("dedup.by"), "businessKey")], &other_key, &same, &ONCE);
    let redone = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 L r1"];
    check(&[(&charge("dedup.by"), "businessKey")], &redone, &new, &TWICE);
}

#[test]
fn money_is_moved_as_it_is_on_record() {
    let credit = "participants.billing.operations.credit.amount";
    let script = ["0s prices", "1s bill-connectivity/1 K", "1m prices", "2m credit-access/1 L >K"];
    let answers = ["bill-connectivity/1 Succeeded 1", "credit-access/1 Succeeded 1"];
    let today = "catalogue";
    check(&[], &script, &answers, &["bill-connectivity 12000", "credit-access -12000 undoes 0"]);
    // One list is newer than the quote, later two.
    let charged = [(&*charge("amount"), today)];
    check(&charged, &script, &answers, &["bill-connectivity 13200", "credit-access -13200 undoes 0"]);
    check(&[(credit, today)], &script, &answers, &["bill-connectivity 12000", "credit-access -14400 undoes 0"]);
}

#[test]
fn a_key_is_forgotten_after_its_window() {
    let script = ["0s bill-connectivity/1 K", "2h bill-connectivity/2 K"];
    let new = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 2"];
    check(&[(&charge("dedup.window"), "1h")], &script, &new, &TWICE);
    let same = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"];
    check(&[(&charge("dedup.window"), "3h")], &script, &same, &ONCE);
}

#[test]
fn a_look_apart_from_the_insert_lets_two_copies_pass() {
    let script = ["0s bill-connectivity/1 K", "1s bill-connectivity/2 K"];
    let same = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"];
    check(&[], &script, &same, &ONCE);
    let weak = [(&*charge("dedup.constraint"), "check-then-insert")];
    let new = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 2"];
    check(&weak, &script, &new, &TWICE);
    let later = ["0s bill-connectivity/1 K", "10s bill-connectivity/2 K"];
    check(&weak, &later, &same, &ONCE);
}

#[test]
fn a_key_recorded_apart_from_the_effect_loses_or_repeats_it() {
    let script = ["0s bill-connectivity/1 K !crash", "10m bill-connectivity/2 K"];
    check(&[], &script, &["bill-connectivity/2 Succeeded 1"], &ONCE);
    let weak = |value| vec![(charge("dedup.record"), value)];
    let set = weak("before-effect");
    check(&[(&set[0].0, set[0].1)], &script, &["bill-connectivity/2 Succeeded 0"], &[]);
    let set = weak("after-effect");
    check(&[(&set[0].0, set[0].1)], &script, &["bill-connectivity/2 Succeeded 2"], &TWICE);
    for set in [weak("before-effect"), weak("after-effect")] {
        let undisturbed = ["0s bill-connectivity/1 K", "10m bill-connectivity/2 K"];
        let same = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"];
        check(&[(&set[0].0, set[0].1)], &undisturbed, &same, &ONCE);
    }
}

#[test]
fn a_known_key_with_another_payload_is_refused() {
    let script = ["0s bill-connectivity/1 K", "1m bill-support/1 K"];
    let key = charge("dedup.onKeyConflict");
    for (value, answer, more) in [
        ("reject", "bill-support/1 Rejected(255) 0", None),
        ("return-first", "bill-support/1 Succeeded 1", None),
        ("apply", "bill-support/1 Succeeded 2", Some("bill-support 2500")),
    ] {
        let effects: Vec<&str> = ONCE.into_iter().chain(more).collect();
        check(&[(&key, value)], &script, &["bill-connectivity/1 Succeeded 1", answer], &effects);
    }
    let (_, _, changes) = play(&[], &script);
    assert!(changes.contains(&"answered 0 repeated true refused true".to_string()), "{changes:?}");
}

#[test]
fn a_repetition_gets_the_original_answer() {
    let script = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 K"];
    let key = charge("dedup.onDuplicate");
    for (value, answer) in [
        ("return-original", "bill-connectivity/2 Succeeded 1"),
        ("reject", "bill-connectivity/2 Rejected(255) 0"),
        ("answer-anew", "bill-connectivity/2 Succeeded 2"),
    ] {
        check(&[(&key, value)], &script, &["bill-connectivity/1 Succeeded 1", answer], &ONCE);
    }
}

#[test]
fn an_id_made_before_the_look_leaves_an_orphan() {
    let script = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 K"];
    let same = ["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"];
    check(&[(&charge("assignsIdBeforeDedup"), "true")], &script, &same, &TWICE);
}

#[test]
fn failures_come_before_the_effect_or_after_it() {
    for (response, answer, has_effect) in [
        ("timeout-before-effect", None, false),
        ("timeout-after-effect", None, true),
        ("http-500-before-effect", Some("Failed(Http500) 0"), false),
        ("http-500-after-effect", Some("Failed(Http500) 0"), true),
        ("http-502-before-effect", Some("Failed(Http502) 0"), false),
        ("http-502-after-effect", Some("Failed(Http502) 0"), true),
        ("http-503-before-effect", Some("Failed(Http503) 0"), false),
        ("http-504-before-effect", Some("Failed(Http504) 0"), false),
        ("http-504-after-effect", Some("Failed(Http504) 0"), true),
        ("rate-limit", Some("Failed(RateLimit) 0"), false),
        ("validation-error", Some("Failed(ValidationError) 0"), false),
        ("business-rejection", Some("Rejected(255) 0"), false),
        ("reason-1", Some("Rejected(0) 0"), false),
    ] {
        let script = [&*format!("0s bill-connectivity/1 K ={response}")];
        let answers: Vec<String> = answer.iter().map(|answer| format!("bill-connectivity/1 {answer}")).collect();
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        check(&[], &script, &answers, if has_effect { &ONCE } else { &[] });
    }
}

#[test]
fn what_was_carried_out_is_not_refused_any_more() {
    let scenario = scenario(&[]);
    let charge = scenario.model.operations.iter().find(|op| op.id == "billing.charge").expect("an operation");
    for (value, name) in crate::sites::RESPONSES.iter().enumerate() {
        let decides = name.contains("rejection") || name.contains("validation") || name.starts_with("reason");
        if decides || matches!(*name, "late-effect" | "partial-effect" | "wrong-effect") {
            assert_eq!(super::Response::allowed(charge, true) >> value & 1, 0, "{name}");
        }
    }
}

#[test]
fn a_refused_request_stays_refused_and_a_later_one_is_judged_anew() {
    let refused = "bill-connectivity/2 Rejected(255) 0";
    let script = ["0s bill-connectivity/2 K =business-rejection", "1m bill-connectivity/1 K"];
    check(&[], &script, &[refused, "bill-connectivity/1 Rejected(255) 0"], &[]);
    let script = ["0s bill-connectivity/2 K =business-rejection", "1m bill-connectivity/3 K"];
    check(&[], &script, &[refused, "bill-connectivity/3 Succeeded 1"], &ONCE);
    let late = ["0s bill-connectivity/1 K =late-effect", "10s bill-connectivity/2 K =business-rejection"];
    check(&[], &late, &[refused], &[]);
}

/// After the late window of the contract (10m here) a request is void. It is not, where the system knows it: it is answered
/// as it was. That an earlier attempt was refused is no such knowledge, for a later one is judged anew.
#[test]
fn a_second_attempt_that_comes_after_the_late_window_is_void_though_the_first_was_refused() {
    let refused = "bill-connectivity/1 Rejected(255) 0";
    let first = "0s bill-connectivity/1 K =business-rejection";
    for (second, answer, effects) in [
        ("1m bill-connectivity/2 K ~11m", None, &[][..]),
        ("1m bill-connectivity/2 K ~9m", Some("bill-connectivity/2 Succeeded 1"), &ONCE),
    ] {
        let answers: Vec<&str> = [refused].into_iter().chain(answer).collect();
        check(&[], &[first, second], &answers, effects);
    }
    // An older attempt meets the refusal of the younger one, however late it comes.
    let script = ["0s bill-connectivity/2 K =business-rejection", "1m bill-connectivity/1 K ~11m"];
    check(&[], &script, &["bill-connectivity/2 Rejected(255) 0", refused], &[]);
    // What was carried out is known, and its repetition is answered.
    let script = ["0s bill-connectivity/1 K", "1m bill-connectivity/2 K ~11m"];
    check(&[], &script, &["bill-connectivity/1 Succeeded 1", "bill-connectivity/2 Succeeded 1"], &ONCE);
    // A first request so late is void.
    check(&[], &["0s bill-connectivity/1 K ~11m"], &[], &[]);
}

/// A record that came to be otherwise than by a first and undisturbed request is told to the reconciler, and told again
/// where the system crashed before anything left it.
#[test]
fn the_reconciler_is_told_of_what_was_not_planned_and_after_a_crash_too() {
    for (script, told) in [
        ("0s bill-connectivity/1 K", 0),
        ("0s bill-connectivity/2 K", 1),
        ("0s bill-connectivity/1 K =late-effect", 1),
        ("0s bill-connectivity/2 K !crash", 1),
    ] {
        let (_, effects, changes) = play(&[], &[script]);
        assert_eq!(effects, ONCE, "{script}");
        let times = changes.iter().filter(|change| *change == "the reconciler is told").count();
        assert_eq!(times, told, "{script}");
    }
}

#[test]
fn a_slow_answer_and_a_late_effect_come_after_the_timeout() {
    let script = ["0s bill-connectivity/1 K =slow", "59s ?bill-connectivity/1 K", "61s ?bill-connectivity/2 K"];
    let answers =
        ["? bill-connectivity/1 Confirmed 1", "bill-connectivity/1 Succeeded 1", "? bill-connectivity/2 Confirmed 1"];
    check(&[], &script, &answers, &ONCE);
    let script = ["0s bill-connectivity/1 K =late-effect", "59s ?bill-connectivity/1 K", "10m ?bill-connectivity/2 K"];
    check(&[], &script, &["? bill-connectivity/1 Absent 0", "? bill-connectivity/2 Confirmed 1"], &ONCE);
    let crashed = ["0s bill-connectivity/1 K =late-effect !crash", "10m ?bill-connectivity/2 K"];
    check(&[], &crashed, &["? bill-connectivity/2 Confirmed 1"], &ONCE);
    let crashed = ["0s bill-connectivity/1 K =slow !crash"];
    check(&[], &crashed, &[], &ONCE);
    // What should have landed while the system stood still is dropped once the window of the contract is over.
    let stopped = ["0s bill-connectivity/1 K =late-effect", "10s bill-connectivity/2 K ~20m"];
    check(&[], &stopped, &[], &[]);
}

#[test]
fn an_undo_that_comes_first_keeps_the_late_effect_out() {
    let script = ["0s reserve-router/1 K =late-effect", "10s release-router/1 R >K"];
    let answer = ["release-router/1 Succeeded 0"];
    check(&[], &script, &answer, &[]);
    let absent = "participants.inventory.operations.release.whenAbsent";
    check(&[(absent, "succeed")], &script, &answer, &["reserve-router 0"]);
    check(&[(absent, "reject")], &script, &["release-router/1 Rejected(255) 0"], &["reserve-router 0"]);
    // By order and step too, where the undo does not know the key; a later revision is another request.
    let unknown = ["0s release-router/1 R", "10s reserve-router/1 K", "20s reserve-router/1 L r1"];
    let answers = ["release-router/1 Succeeded 0", "reserve-router/1 Rejected(255) 0", "reserve-router/1 Succeeded 1"];
    check(&[], &unknown, &answers, &["reserve-router 0"]);
}

#[test]
fn a_repeated_undo_undoes_once() {
    let script =
        ["0s reserve-router/1 K", "1m release-router/1 R >K", "2m release-router/2 R >K", "3m release-router/3 S >K"];
    let done = ["reserve-router/1 Succeeded 1", "release-router/1 Succeeded 1", "release-router/2 Succeeded 1"];
    let once = ["reserve-router 0", "release-router 0 undoes 0"];
    check(&[], &script, &[&done[..], &["release-router/3 Succeeded 0"]].concat(), &once);
    let weak = [("participants.inventory.operations.release.dedup.by", "none")];
    let again = [&once[..], &["release-router 0 undoes 0"; 2]].concat();
    check(&weak, &script, &[&done[..], &["release-router/3 Succeeded 1"]].concat(), &again);
}

#[test]
fn a_pool_is_shared_and_a_release_gives_back_once() {
    let one = ("participants.inventory.pools.stock", "1");
    let script =
        ["0s reserve-router/1 K", "1s reserve-router/1 L #1", "2s release-router/1 R >K", "3s reserve-router/1 M #2"];
    let answers = [
        "reserve-router/1 Succeeded 1",
        "reserve-router/1 Rejected(0) 0",
        "release-router/1 Succeeded 1",
        "reserve-router/1 Succeeded 2",
    ];
    let effects = ["reserve-router 0", "release-router 0 undoes 0", "reserve-router 0"];
    check(&[one], &script, &answers, &effects);
    let twice = [
        "0s reserve-router/1 K",
        "2s release-router/1 R >K",
        "3s release-router/2 R >K",
        "4s reserve-router/1 L #1",
        "5s reserve-router/1 M #2",
    ];
    let sold =
        |answers: &[String]| answers.iter().filter(|a| a.starts_with("reserve") && a.contains("Succeeded")).count();
    assert_eq!(sold(&play(&[one], &twice).0), 2);
    let weak = ("participants.inventory.operations.release.dedup.by", "none");
    assert_eq!(sold(&play(&[one, weak], &twice).0), 3, "one of a stock of one is held twice");
}

#[test]
fn a_deleted_record_is_no_longer_known() {
    let script =
        ["0s reserve-router/1 K", "1m release-router/1 R >K", "2m reserve-router/1 K", "3m ?reserve-router/1 K"];
    let first = ["reserve-router/1 Succeeded 1", "release-router/1 Succeeded 1"];
    let undone = ["reserve-router 0", "release-router 0 undoes 0"];
    let kept = [&first[..], &["reserve-router/1 Succeeded 1", "? reserve-router/1 Absent 0"]].concat();
    check(&[], &script, &kept, &undone);
    let deleted = [("participants.inventory.operations.release.history", "deleted")];
    let made = [&first[..], &["reserve-router/1 Succeeded 2", "? reserve-router/1 Confirmed 2"]].concat();
    check(&deleted, &script, &made, &[&undone[..], &["reserve-router 0"]].concat());
}

#[test]
fn a_charge_is_stopped_and_credited() {
    let script =
        ["0s bill-connectivity/1 K", "1m stop-access/1 S >K", "2m credit-access/1 C >K", "3m stop-access/2 T >K"];
    let answers = [
        "bill-connectivity/1 Succeeded 1",
        "stop-access/1 Succeeded 1",
        "credit-access/1 Succeeded 1",
        "stop-access/2 Succeeded 0",
    ];
    let effects = ["bill-connectivity 12000", "stop-access 0", "credit-access -12000 undoes 0"];
    check(&[], &script, &answers, &effects);
    let (_, _, changes) = play(&[], &script);
    let books: Vec<&String> = changes.iter().filter(|change| change.starts_with("charge")).collect();
    assert_eq!(books, ["charge Requested Active", "charge Active Stopped", "charge Stopped Credited"]);
    let (_, _, changes) = play(&[], &["0s create-asset-router/1 K", "1m reverse-asset-router/1 R >K"]);
    let books: Vec<&String> = changes.iter().filter(|change| change.starts_with("product")).collect();
    assert_eq!(books, ["product 0 2", "product 2 6"]);
}

#[test]
fn a_part_is_completed_under_the_same_key() {
    let weak = [(&*charge("partialEffect"), "true")];
    let script = ["0s bill-connectivity/1 K =partial-effect", "1m ?bill-connectivity/1 K"];
    let answers = ["bill-connectivity/1 Failed(Http500) 0", "? bill-connectivity/1 Partial 1"];
    check(&weak, &script, &answers, &["bill-connectivity 12000 partial"]);
    let whole = [&script[..], &["2m bill-connectivity/2 K"]].concat();
    check(&weak, &whole, &[&answers[..], &["bill-connectivity/2 Succeeded 1"]].concat(), &ONCE);
}

#[test]
fn a_wrong_effect_is_answered_as_if_it_were_right() {
    let script = ["0s bill-connectivity/1 K =wrong-effect"];
    check(&[], &script, &["bill-connectivity/1 Succeeded 1"], &["bill-connectivity 13201 wrong"]);
}

#[test]
fn more_than_the_rate_is_not_taken() {
    let script = ["0s bill-connectivity/1 K", "100ms bill-support/1 L", "2s bill-support/2 L"];
    let answers =
        ["bill-connectivity/1 Succeeded 1", "bill-support/1 Failed(RateLimit) 0", "bill-support/2 Succeeded 2"];
    let effects = ["bill-connectivity 12000", "bill-support 2500"];
    check(&[("participants.billing.limits.rate", "1/s")], &script, &answers, &effects);
}

#[test]
fn questions_are_answered_as_the_contract_allows() {
    let script = [
        "0s bill-connectivity/1 K",
        "1m ?bill-connectivity/1 K",
        "2m ?bill-connectivity/2 L",
        "3m ??bill-connectivity/3 L",
    ];
    let by = |answers: [&str; 3]| -> Vec<String> {
        let answers = answers.iter().enumerate().map(|(i, a)| format!("? bill-connectivity/{} {a}", i + 1));
        ["bill-connectivity/1 Succeeded 1".to_string()].into_iter().chain(answers).collect()
    };
    let policy = "saga.unknownOutcome.QUERY_THEN_RECONCILE.query";
    let check = |sets: &[(&str, &str)], answers| assert_eq!(play(sets, &script).0, by(answers), "{sets:?}");
    check(&[], ["Confirmed 1", "Absent 0", "Confirmed 1"]);
    check(&[(policy, "byBusinessKey")], ["Confirmed 1", "Confirmed 1", "Confirmed 1"]);
    let none = ["NotSupported 0", "NotSupported 0", "Confirmed 1"];
    check(&[(&charge("queryable"), "[]")], none);
    check(&[(policy, "byExternalReference"), (&charge("queryable"), "[byExternalReference]")], none);
    check(&[(&charge("queryLag"), "10m")], ["Absent 0", "Absent 0", "Confirmed 1"]);
}

#[test]
fn an_undo_can_be_asked_for() {
    let script = [
        "0s bill-connectivity/1 K",
        "1m ?credit-access/1 C",
        "2m credit-access/1 C >K",
        "3m ?credit-access/2 C",
        "4m ?bill-connectivity/3 K",
    ];
    let answers = [
        "bill-connectivity/1 Succeeded 1",
        "? credit-access/1 Absent 0",
        "credit-access/1 Succeeded 1",
        "? credit-access/2 Confirmed 1",
        "? bill-connectivity/3 Absent 0",
    ];
    check(&[], &script, &answers, &["bill-connectivity 12000", "credit-access -12000 undoes 0"]);
}

#[test]
fn a_call_back_follows_what_was_accepted() {
    let accepted = "provision-connectivity/1 Accepted 1";
    let called = "callback provision-connectivity/1 Succeeded 1 id 0 copy 0";
    let done = ["provision-connectivity 0"];
    let script = [
        "0s provision-connectivity/1 K",
        "1m ?provision-connectivity/1 K",
        "90s provision-connectivity/2 K",
        "1h provision-connectivity/3 K",
    ];
    let answers = [
        accepted,
        "? provision-connectivity/1 Pending 1",
        "provision-connectivity/2 Accepted 1",
        called,
        "provision-connectivity/3 Succeeded 1",
    ];
    check(&[], &script, &answers, &done);
    check(&[], &["0s provision-connectivity/1 K !crash"], &[called], &done);
    check(&[], &["0s provision-connectivity/1 K =timeout-after-effect"], &[called], &done);
    let withdrawn =
        ["0s provision-connectivity/1 K", "1m disconnect-connectivity/1 D >K", "2m provision-connectivity/2 K"];
    let answers = [accepted, "disconnect-connectivity/1 Succeeded 1", "provision-connectivity/2 Rejected(255) 0"];
    check(&[], &withdrawn, &answers, &[]);
}

#[test]
fn callbacks_come_twice_and_late() {
    let accepted = "provision-connectivity/1 Accepted 1";
    let called = |id: u32, copy: u32| format!("callback provision-connectivity/1 Succeeded 1 id {id} copy {copy}");
    let done = ["provision-connectivity 0"];
    let script = ["0s provision-connectivity/1 K =callback-twice"];
    check(&[], &script, &[accepted, &called(0, 0), &called(0, 1)], &done);
    let own = [("participants.provisioning.operations.activate.callbacks.id", "per-delivery")];
    check(&own, &script, &[accepted, &called(0, 0), &called(1, 1)], &done);
    let late = ["0s provision-connectivity/1 K =callback-late", "3d ?provision-connectivity/1 K"];
    check(&[], &late, &[accepted, "? provision-connectivity/1 Pending 1", &called(0, 0)], &done);
}

#[test]
fn what_a_system_sends_itself_is_told_apart() {
    let scenario = scenario(&[]);
    let call = CallRef { order: 1, attempt: 1, ..CallRef::default() };
    let due = |copy, stage, callback| ParticipantMessage::Due { call, copy, task: 0, stage, callback };
    let work = |copy, stage| ParticipantMessage::Work { call, copy, slot: 0, stage };
    let mut subjects: Vec<_> = [
        due(0, 0, false),
        due(0, 0, true),
        due(1, 0, true),
        due(0, 1, true),
        work(0, super::Stage::Insert),
        work(0, super::Stage::Answer),
        work(1, super::Stage::Answer),
    ]
    .map(|message| message.subject(&scenario.model))
    .to_vec();
    let all = subjects.len();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), all);
}
