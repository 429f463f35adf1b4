//! Fault kinds and fault profiles as data.
