//! Fault kinds, fault profiles, and the plans that turn a profile into the thresholds of each run: all of it data.
//!
//! A kind names decision sites and values; the engine or a node acts on the value, in one place each. Nothing here
//! knows a saga: the crates that simulate one put the kinds to their sites.

mod faults;
mod profile;
mod swarm;

pub use faults::FAULTS;
pub use profile::{BUNDLED, Bundled, Profile, UnknownFault, Weight};
pub use swarm::{Driver, Plan, Share, Swarm, follows};

use sim_core::{KINDS_MAX, KindId};

/// A value of a decision site that injects a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The site's name.
    pub site: &'static str,
    /// The value's name.
    pub value: &'static str,
}

/// A kind of fault. Its position in [`FAULTS`] is its `KindId`.
#[derive(Debug)]
pub struct Fault {
    /// The slug.
    pub slug: &'static str,
    /// The family: message, process, downstream, broker, database, time.
    pub family: Family,
    /// What it is, in one line.
    pub title: &'static str,
    /// Where it is injected.
    pub points: &'static [Point],
    /// Whether a correct system must survive it. A fault that lies beyond the contracts cannot fail a run unless asked for.
    pub survived: bool,
    /// When it counts as effective.
    pub witness: &'static str,
    /// The source file, whose docs say the rest under fixed headings.
    pub source: &'static str,
}

impl Fault {
    /// How it comes about in production.
    #[must_use]
    pub fn in_production(&self) -> String {
        self.section("In production")
    }

    /// What is decided where it is injected, with the sites and values.
    #[must_use]
    pub fn choices(&self) -> String {
        self.section("Choices")
    }

    /// How it ends.
    #[must_use]
    pub fn healing(&self) -> String {
        self.section("Healing")
    }

    /// What the file's docs say under a heading, as one line of text.
    fn section(&self, heading: &str) -> String {
        let docs = self.source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
        let body = docs.skip_while(|line| line.strip_prefix("# ") != Some(heading)).skip(1);
        let lines: Vec<&str> =
            body.take_while(|line| !line.starts_with("# ")).filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    }
}

/// The families of fault kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Messages on their way.
    Message,
    /// Processes.
    Process,
    /// Systems that are called.
    Downstream,
    /// The broker.
    Broker,
    /// The database.
    Database,
    /// Clocks and timers.
    Time,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Message, Self::Process, Self::Downstream, Self::Broker, Self::Database, Self::Time];

    /// The word for it, which is also the name of its profile.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Process => "process",
            Self::Downstream => "downstream",
            Self::Broker => "broker",
            Self::Database => "database",
            Self::Time => "time",
        }
    }
}

/// The kind with this slug.
#[must_use]
pub fn find(slug: &str) -> Option<KindId> {
    FAULTS.iter().position(|fault| fault.slug == slug).map(|i| KindId(i as u8))
}

/// A kind's catalogue entry.
#[must_use]
pub fn fault(kind: KindId) -> &'static Fault {
    &FAULTS[usize::from(kind.0)]
}

const _: () = assert!(FAULTS.len() <= KINDS_MAX, "the engine numbers so many kinds");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_how_it_comes_what_is_chosen_and_how_it_ends() {
        for fault in FAULTS {
            for (heading, text) in
                [("In production", fault.in_production()), ("Choices", fault.choices()), ("Healing", fault.healing())]
            {
                assert!(text.len() > 10 && text.ends_with('.'), "{}: {heading}: {text}", fault.slug);
            }
            for point in fault.points {
                for name in [point.site, point.value] {
                    assert!(fault.choices().contains(&format!("`{name}`")), "{}: Choices lack {name}", fault.slug);
                }
            }
            assert!(!fault.witness.is_empty() && !fault.points.is_empty(), "{}", fault.slug);
        }
    }

    #[test]
    fn a_value_of_a_site_belongs_to_one_kind() {
        let all: Vec<(&Fault, Point)> =
            FAULTS.iter().flat_map(|fault| fault.points.iter().map(move |point| (fault, *point))).collect();
        for (i, (fault, point)) in all.iter().enumerate() {
            for (other, same) in &all[..i] {
                assert_ne!(point, same, "{} and {}", fault.slug, other.slug);
            }
        }
    }

    #[test]
    fn slugs_find_their_kinds() {
        for (i, fault) in FAULTS.iter().enumerate() {
            assert_eq!(find(fault.slug), Some(KindId(i as u8)), "{} stands twice", fault.slug);
        }
        assert_eq!(find("request-los"), None);
    }
}
