//! The proof of determinism: equal inputs give equal runs, or the first event that differs is named.
//!
//! [`Twice`] runs one run two times and compares the two event by event: which event it is, what its handler met, what
//! it changed, what it sent. Every [`DIGEST_EVERY`] events, and at the beginning and the end, it compares the whole
//! state as well, so that a write that no change reports is found too. [`prove`] does so for many runs, and compares
//! each of them with itself in other circumstances: on one thread, in another order, alone in a fresh world.
//!
//! It works on any [`Domain`], so on your own nodes as well. A test of them is a few lines:
//!
//! ```text
//! let prepare = |_: &mut World<Shopping>, choices: &mut Choices, index| {
//!     choices.restart(run_key(7, index));
//!     Limits::default()
//! };
//! let subject = Subject { model: &shopping, choices: &|| Choices::random(0, settings.clone()), prepare: &prepare };
//! let proof = prove(&subject, &Plan { first: 0, runs: 1_000, jobs: 2 }, &AtomicBool::new(false), &|_| ());
//! assert!(proof.holds(), "{proof}");
//! ```
//!
//! `sim-core/tests/determinism.rs` is that test in full, with nodes that do not pass it.
//!
//! What it cannot see: a difference that needs another machine or another build. Golden fingerprints are for that.

mod prove;
mod tape;

use std::fmt;

use crate::choices::{Choices, Subject as Key};
use crate::domain::{Domain, EventRecord, HANDLE_FATES, PartId, SEND_FATES};
use crate::run::{Limits, Outcome};
use crate::time::Time;
use crate::world::World;

pub use prove::{Circumstance, Mismatch, Plan, Proof, Subject, prove};
use tape::Tape;

/// After how many events the whole state is compared.
pub const DIGEST_EVERY: u32 = 64;

/// A message that an event sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent<M> {
    /// What.
    pub message: M,
    /// To which part.
    pub to: PartId,
    /// What met it on its way (index into [`SEND_FATES`]).
    pub fate: u8,
}

/// An event as one of two runs saw it.
#[derive(Clone, Debug)]
pub struct Version<M, C> {
    /// The event.
    pub event: EventRecord<M>,
    /// What it is about.
    pub key: Key,
    /// What its handler met (index into [`HANDLE_FATES`]).
    pub fate: u8,
    /// What it changed.
    pub changes: Vec<C>,
    /// What it sent.
    pub sent: Vec<Sent<M>>,
}

/// What it is that differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The event itself: its key, its time, its part, its changes, what it sent; or only one run has it.
    Event,
    /// Nothing that was reported, but the state.
    State {
        /// The last event after which the states were still equal; `None`: they were not even equal at the start.
        equal_after: Option<u32>,
        /// The nodes whose states differ, by index; where the states were not looked at one by one, none.
        nodes: Vec<usize>,
        /// Whether the ledgers differ.
        ledger: bool,
    },
    /// How the runs ended, after equal events.
    Outcome,
}

/// Where two runs that should be equal part.
#[derive(Clone, Debug)]
pub struct Divergence<M, C> {
    /// The number of the first event that differs, or after which the states differ; 0: the start of the run.
    pub event: u32,
    /// What differs.
    pub difference: Difference,
    /// The event in the first run, if that has it.
    pub first: Option<Version<M, C>>,
    /// The event in the second run, if that has it.
    pub second: Option<Version<M, C>>,
}

/// The [`Divergence`] of runs of a domain.
pub type DivergenceOf<D> = Divergence<<D as Domain>::Message, <D as Domain>::Change>;

/// Runs runs two times. Its buffers are kept from run to run.
pub struct Twice<D: Domain> {
    first: Tape<D>,
    second: Tape<D>,
}

impl<D: Domain> Default for Twice<D> {
    fn default() -> Self {
        Self { first: Tape::default(), second: Tape::default() }
    }
}

impl<D: Domain> Twice<D> {
    /// Runs a run two times in the same buffers. `prepare` brings world and choices to where the run begins, each time.
    ///
    /// # Errors
    ///
    /// Where the two runs part. When they do, they are run once more each and their states compared after every event, so
    /// that the very event is named.
    pub fn run(
        &mut self,
        model: &D,
        world: &mut World<D>,
        choices: &mut Choices,
        prepare: &dyn Fn(&mut World<D>, &mut Choices) -> Limits,
    ) -> Result<Outcome, Box<DivergenceOf<D>>> {
        let Some(coarse) = self.compare(model, world, choices, prepare, DIGEST_EVERY) else {
            return Ok(self.first.outcome().clone());
        };
        let fine = self.compare(model, world, choices, prepare, 1);
        Err(Box::new(fine.filter(|fine| fine.event <= coarse.event).unwrap_or(coarse)))
    }

    fn compare(
        &mut self,
        model: &D,
        world: &mut World<D>,
        choices: &mut Choices,
        prepare: &dyn Fn(&mut World<D>, &mut Choices) -> Limits,
        every: u32,
    ) -> Option<DivergenceOf<D>> {
        for tape in [&mut self.first, &mut self.second] {
            let limits = prepare(world, choices);
            tape.record(model, world, choices, &limits, every);
        }
        self.first.differs(model, &self.second)
    }

    /// How many whole states were compared in the last run.
    #[must_use]
    pub fn states(&self) -> u64 {
        self.first.states()
    }
}

impl<M: fmt::Debug, C: fmt::Debug> fmt::Display for Version<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventRecord { time, from, to, message, which, restart, .. } = &self.event;
        write!(f, "part {} at {} us: ", to.0, time.since(Time::START).0)?;
        match restart {
            true => write!(f, "restart")?,
            false => write!(f, "{message:?} from part {}", from.0)?,
        }
        if which.copy() > 0 {
            write!(f, ", copy {}", which.copy())?;
        }
        write!(f, ", key {:016x}/{:x}", self.key.names, self.key.counters)?;
        if self.fate != 0 {
            write!(f, ", {}", HANDLE_FATES[usize::from(self.fate)])?;
        }
        write!(f, ", changes {:?}, sends [", self.changes)?;
        for (i, Sent { message, to, fate }) in self.sent.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{message:?} to part {}", to.0)?;
            if *fate != 0 {
                write!(f, " ({})", SEND_FATES[usize::from(*fate)])?;
            }
        }
        write!(f, "]")
    }
}

impl<M: fmt::Debug, C: fmt::Debug> fmt::Display for Divergence<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |f: &mut fmt::Formatter<'_>, version: &Option<Version<M, C>>| match version {
            Some(version) => write!(f, "{version}"),
            None => write!(f, "no event"),
        };
        match &self.difference {
            Difference::Event => {
                write!(f, "event {} differs; first: ", self.event)?;
                version(f, &self.first)?;
                write!(f, "; second: ")?;
                version(f, &self.second)
            }
            Difference::State { equal_after, nodes, ledger } => {
                write!(f, "{}", self.difference.place(self.event))?;
                let mut what: Vec<String> = nodes.iter().map(|node| format!("node {node}")).collect();
                what.extend(ledger.then(|| "the ledger".to_owned()));
                if what.is_empty() && self.difference.is_exact(self.event) {
                    what.push("what is on its way or what invariants hold".to_owned());
                }
                if !what.is_empty() {
                    write!(f, ", in {}", what.join(" and "))?;
                }
                if equal_after.is_some() && self.first.is_some() {
                    write!(f, "; the event: ")?;
                    version(f, &self.first)?;
                }
                Ok(())
            }
            Difference::Outcome => write!(f, "all events are equal, but the runs end differently"),
        }
    }
}

impl Difference {
    /// Whether it is known after which very event states part.
    #[must_use]
    pub fn is_exact(&self, event: u32) -> bool {
        matches!(self, Self::State { equal_after: Some(equal), .. } if equal + 1 == event)
    }

    /// Where states part, as a sentence without its end.
    #[must_use]
    pub fn place(&self, event: u32) -> String {
        match self {
            Self::State { equal_after: None, .. } => "the states differ before the first event".to_owned(),
            Self::State { .. } if self.is_exact(event) => {
                format!("event {event} writes a state that it does not report, and not the same one twice")
            }
            Self::State { equal_after: Some(equal), .. } => {
                let from = equal + 1;
                format!(
                    "one of events {from} to {event} writes a state that it does not report, and not the same one twice"
                )
            }
            Self::Event | Self::Outcome => format!("event {event} differs"),
        }
    }
}
