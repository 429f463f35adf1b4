//! What a run is asked to do: orders with their arrival, and commands with their place. Plain data, so that a repro
//! file holds it and the shrinker edits it.

mod generate;

pub use generate::WorkloadShape;

use sim_core::Duration;

use crate::model::{CommandIx, ItemIx, StepIx};

/// How many orders one run may have; what is kept per order is sized for so many.
pub const ORDERS_MAX: usize = 16;

/// An order of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderPlan {
    /// When its quote is accepted, after the start of the run.
    pub arrival: Duration,
    /// The items it has, as a mask; the others are left out.
    pub items: u64,
    /// Which value each trait takes: a number that is taken modulo the number of values.
    pub traits: u32,
    /// What is wrong with the quote, if anything.
    pub quote: QuoteDefect,
}

impl OrderPlan {
    /// Whether it is left out: an order that is dropped leaves its place, for the number of an order is its identity.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.items == 0
    }
}

/// What is wrong with a quote when it is converted (seed 7.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QuoteDefect {
    /// Nothing.
    #[default]
    None,
    /// It expires before the command arrives.
    Expired,
    /// Its accepted snapshot lacks required evidence.
    MissingEvidence,
    /// It is revised while its approval is on the way.
    RevisedBeforeApproval,
    /// A price is published while it is submitted.
    PriceChanged,
    /// CPQ sends its conversion twice.
    ConvertedTwice,
    /// A price is published while it is a draft.
    PriceChangedInDraft,
    /// A price is published after it was accepted.
    PriceChangedAfterAcceptance,
    /// Somebody tries to revise it after it was accepted.
    RevisedAfterAcceptance,
}

impl QuoteDefect {
    /// All but none.
    pub const FLAWS: [Self; 8] = [
        Self::Expired,
        Self::MissingEvidence,
        Self::RevisedBeforeApproval,
        Self::PriceChanged,
        Self::ConvertedTwice,
        Self::PriceChangedInDraft,
        Self::PriceChangedAfterAcceptance,
        Self::RevisedAfterAcceptance,
    ];
}

/// Where a command is placed: at a boundary of an item's states, or at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// When this step of the order comes into this state (as a number of `StepState`).
    Boundary {
        /// The step.
        step: StepIx,
        /// The state.
        state: u8,
    },
    /// So long after the order arrived.
    After(Duration),
}

/// A command that a person gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandPlan {
    /// Which.
    pub command: CommandIx,
    /// To which order.
    pub order: u16,
    /// About which item.
    pub item: ItemIx,
    /// When.
    pub place: Place,
    /// Whether the person gives it twice.
    pub twice: bool,
}

/// What a run is asked to do.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Workload {
    /// The orders.
    pub orders: Vec<OrderPlan>,
    /// The commands.
    pub commands: Vec<CommandPlan>,
    /// Whether all orders belong to one account.
    pub shared_account: bool,
}

impl Clone for Workload {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.orders.clone_from(&from.orders);
        self.commands.clone_from(&from.commands);
        self.shared_account = from.shared_account;
    }
}

impl Workload {
    /// How many orders there are that are not left out.
    #[must_use]
    pub fn orders_present(&self) -> usize {
        self.orders.iter().filter(|order| !order.is_absent()).count()
    }
}
