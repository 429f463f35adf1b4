//! sagasim: deterministic simulation and chaos testing of business sagas.
