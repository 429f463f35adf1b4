//! The catalogue.

use super::*;

#[test]
fn the_bundled_sagas_load() {
    for (name, steps) in [("order-fulfilment", 12), ("quote-to-order", 7), ("tmf622-order", 9)] {
        let definition = Definition::bundled(name, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        let saga = &definition.first().saga;
        assert_eq!((saga.name.as_str(), saga.steps.len()), (name, steps));
    }
    let invalid = Definition::bundled("order-fulfillment", &[]).expect_err("there is no such saga");
    let expected =
        "error SG0004 \"order-fulfillment\" names no bundled saga or scenario; nearest: \"order-fulfilment\"";
    assert_eq!(invalid.to_string(), expected);
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
fn the_catalogue_on_disk_is_the_bundled_one() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog/order-fulfilment.saga.yaml");
    let loaded = Definition::load(&[file], &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(loaded.digest, Definition::bundled("order-fulfilment", &[]).expect("it loads").digest);
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, expected) in [
        (folder.to_path_buf(), "a folder, expected a file"),
        (folder.join("nothing.yaml"), "nothing.yaml\": no such file"),
        (std::path::PathBuf::from("/dev/null"), "not a plain file"),
    ] {
        let invalid = Definition::load(&[file], &[]).expect_err(expected);
        assert!(invalid.to_string().contains(expected), "{invalid}");
    }
    let invalid = Definition::load(&[], &[]).expect_err("nothing was given");
    assert_eq!(invalid.to_string(), "error SG0001 no saga was given");
}
