//! Tests of loading: what is right loads, what is wrong is told at its place.

use super::*;

#[test]
fn the_bundled_sagas_load() {
    for (name, steps) in [("order-fulfilment", 12), ("quote-to-order", 7), ("tmf622-order", 9)] {
        let definition = Definition::bundled(name, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        let saga = &definition.first().saga;
        assert_eq!((saga.name.as_str(), saga.steps.len()), (name, steps));
    }
}
