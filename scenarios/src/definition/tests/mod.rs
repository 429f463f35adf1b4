//! Tests of loading: what is right loads as written, what is wrong is told at its place.

mod bundled;
mod digests;
mod formats;
mod mistakes;
mod patches;
mod scalars;

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
