//! Deterministic discrete-event simulation: virtual time, nodes, keyed choices, faults, invariants and replay.
