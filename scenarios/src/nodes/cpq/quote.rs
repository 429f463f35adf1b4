//! A quote as it is stored, and where it stands.

use sim_core::Time;

use crate::change::QuoteState;
use crate::workload::QuoteDefect;

/// Where a quote stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// Nobody has asked for it yet.
    #[default]
    Planned,
    /// It is written and priced.
    Draft,
    /// Its approval was asked for.
    Asked,
    /// It is approved; the customer is to accept it.
    Approved,
    /// It is accepted; the OMS is to make an order of it.
    Converting,
    /// The OMS has answered.
    Converted,
}

impl Stage {
    pub(super) fn state(self) -> QuoteState {
        match self {
            Self::Planned | Self::Draft => QuoteState::InProgress,
            Self::Asked => QuoteState::Pending,
            Self::Approved => QuoteState::Approved,
            Self::Converting | Self::Converted => QuoteState::Accepted,
        }
    }

    /// Whether it waits for something.
    pub(super) fn is_open(self) -> bool {
        !matches!(self, Self::Planned | Self::Converted)
    }
}

/// A quote, as stored.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct Quote {
    pub(super) stage: Stage,
    /// The version; a revision makes another.
    pub(super) version: u8,
    /// The version that passed validation last, 0 for none.
    pub(super) validated: u8,
    /// The version that the approval names, 0 without one.
    pub(super) approved: u8,
    /// How often somebody was asked to approve it.
    pub(super) asked: u8,
    /// How often the OMS was asked to convert it.
    pub(super) attempt: u8,
    /// Whether the OMS has said that it is at work on it.
    pub(super) deferred: bool,
    /// Whether what the workload has in store for it has happened.
    pub(super) met: bool,
    /// Counts its timers.
    pub(super) tick: u16,
    /// When what it waits for is due.
    pub(super) due: Time,
    /// When it is asked for.
    pub(super) arrival: Time,
    /// What it lists.
    pub(super) items: u64,
    /// The sum of its lines, and its total, as they are stored.
    pub(super) lines: i64,
    pub(super) total: i64,
    /// What goes wrong with it.
    pub(super) defect: QuoteDefect,
}

impl Quote {
    /// Whether what the workload has in store for it is to come where it stands.
    pub(super) fn expects(&self) -> bool {
        let here = match self.defect {
            QuoteDefect::PriceChangedInDraft => self.stage == Stage::Draft,
            QuoteDefect::RevisedBeforeApproval | QuoteDefect::PriceChanged => self.stage == Stage::Asked,
            QuoteDefect::PriceChangedAfterAcceptance | QuoteDefect::RevisedAfterAcceptance => {
                self.stage.state() == QuoteState::Accepted
            }
            QuoteDefect::None | QuoteDefect::Expired | QuoteDefect::MissingEvidence | QuoteDefect::ConvertedTwice => {
                false
            }
        };
        here && !self.met
    }

    /// Whether it waits for something.
    pub(super) fn is_open(&self) -> bool {
        self.stage.is_open() || self.expects()
    }
}
