//! What counts as a change, and what a repro file carries.

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
        let again = Definition::from_sources(&definition.embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
        assert_eq!(again.digest, definition.digest);
        assert_eq!(again.embedded, definition.embedded);
    }
}
