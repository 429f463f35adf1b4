//! CPQ: quotes, their approval and acceptance, and their conversion into orders.
//!
//! ```text
//! draft -> asked (a person decides) -> approved -> converting (asks the OMS until it answers) -> converted
//!   ^        |
//!   +--------+  revised meanwhile: another version, another approval
//! ```
//!
//! A quote is one aggregate with one timer. All of it is durable; the timer is armed again after a restart from what
//! the quote waits for. The price of a quote is the sum of the charges of its items, by the list of the
//! [catalogue](crate::catalogue): a draft that is priced again comes out at the amounts of the definition, a quote that is
//! none any more must not be priced again.

mod quote;

use sim_core::hash::mix;
use sim_core::{Duration, Subject, Time, TimerId};

use self::quote::{Quote, Stage};
use super::Cx;
use crate::change::{Change, QuoteState};
use crate::definition::{
    AcceptedRevision, ApprovalBinds, LateDecision, PriceChange, PriceTrace, QuoteDecision, QuoteTotal, QuoteValidation,
};
use crate::message::{Channel, Decision, Message};
use crate::model::{Model, Operation};
use crate::workload::{QuoteDefect, Workload};

/// Its own messages and timers, and what it asks of the people who approve.
#[derive(Clone, Copy, Debug, Hash)]
pub enum CpqMessage {
    /// A customer wants a quote.
    Arrival {
        /// The order it becomes.
        order: u16,
    },
    /// What a quote waits for is due.
    Due {
        /// The order it becomes.
        order: u16,
        /// Which of its timers this is; an older one means nothing any more.
        tick: u16,
    },
    /// A decision that was stored is carried out, where the two are not one transaction.
    Carry {
        /// The order it becomes.
        order: u16,
    },
    /// A person is asked to approve.
    Ask {
        /// The order it becomes.
        order: u16,
        /// The version that is to be approved.
        version: u8,
        /// How often somebody was asked about this quote, from 1.
        asked: u8,
    },
    /// A person has approved.
    Decided {
        /// The order it becomes.
        order: u16,
        /// The version that the decision names.
        version: u8,
        /// Which question it answers.
        asked: u8,
    },
}

impl CpqMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Arrival { .. } | Self::Carry { .. } => Channel::Input,
            Self::Due { .. } => Channel::CpqTimer,
            Self::Ask { .. } => Channel::Person,
            Self::Decided { .. } => Channel::Approval,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let of = |salt: u64, counters: u64| Subject::new(mix(model.names, salt), counters);
        match *self {
            Self::Arrival { order } => Subject::new(model.names, order.into()),
            Self::Due { order, tick } => of(QUOTE, u64::from(order) | u64::from(tick) << 16),
            Self::Carry { order } => of(CARRY, order.into()),
            Self::Ask { order, version, asked } => of(ASK, question(order, version, asked)),
            Self::Decided { order, version, asked } => of(DECIDED, question(order, version, asked)),
        }
    }
}

/// The salts of its subjects.
pub(crate) const QUOTE: u64 = 0xC9_01;
pub(crate) const ASK: u64 = 0xC9_02;
pub(crate) const DECIDED: u64 = 0xC9_03;
pub(crate) const CARRY: u64 = 0xC9_04;

/// The counters of a question: order, version, how often it was asked.
fn question(order: u16, version: u8, asked: u8) -> u64 {
    u64::from(order) | u64::from(version) << 16 | u64::from(asked) << 32
}

/// How long one step of the work on a quote takes.
const WORK: Duration = Duration::millis(400);
/// When what the workload has in store for a quote happens to it: before its draft is done, before anybody can have
/// decided, before what was accepted is charged.
const MEANWHILE: Duration = Duration::millis(200);
/// What comes between the two transactions of a CPQ that stores a decision in one of its own.
const CARRY_AFTER: Duration = Duration::millis(50);
/// When somebody is asked again to approve.
const ASK_AGAIN: Duration = Duration::mins(10);
/// When the OMS is asked again for the first time.
const CONVERT_AGAIN: Duration = Duration::secs(30);
/// The longest wait before the OMS is asked again.
const CONVERT_AGAIN_MAX: Duration = Duration::mins(5);
/// The wait before the OMS is asked again when it has said that it is at work on it.
const CONVERT_DEFERRED: Duration = Duration::hours(1);

/// CPQ: quotes, their approval and acceptance, and their conversion into orders.
#[derive(Debug, Default, Hash)]
pub struct Cpq {
    quotes: Vec<Quote>,
    /// By quote. Volatile.
    timers: Vec<TimerId>,
}

impl Clone for Cpq {
    fn clone(&self) -> Self {
        Self { quotes: self.quotes.clone(), timers: self.timers.clone() }
    }

    fn clone_from(&mut self, from: &Self) {
        self.quotes.clone_from(&from.quotes);
        self.timers.clone_from(&from.timers);
    }
}

impl Cpq {
    /// Brings it to its initial state.
    pub fn reset(&mut self, _model: &Model, workload: &Workload) {
        self.quotes.clear();
        self.quotes.extend(workload.orders.iter().map(|plan| Quote {
            version: 1,
            arrival: if plan.is_absent() { Time::NEVER } else { Time::START + plan.arrival },
            items: plan.items,
            defect: plan.quote,
            ..Quote::default()
        }));
        self.timers.clear();
        self.timers.resize(self.quotes.len(), TimerId::NONE);
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Cpq(CpqMessage::Arrival { order }) if self.quote(order).stage == Stage::Planned => {
                self.draft(cx, order);
            }
            Message::Cpq(CpqMessage::Due { order, tick }) if self.quote(order).tick == tick => self.due(cx, order),
            Message::Cpq(CpqMessage::Carry { order }) if self.quote(order).stage == Stage::Asked => {
                self.approve(cx, order);
            }
            Message::Cpq(CpqMessage::Decided { order, version, .. }) => self.decided(cx, order, version),
            Message::Converted { order, decision, .. } => self.converted(cx, order, decision),
            _ => {}
        }
    }

    /// Drops the volatile state: its timers.
    pub fn crash(&mut self) -> bool {
        self.timers.fill(TimerId::NONE);
        self.quotes.iter().any(Quote::is_open)
    }

    /// Recovers from the durable state: every open quote gets its timer again, and quotes that were asked for while
    /// nobody was there are begun.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        for order in 0..self.quotes.len() as u16 {
            let quote = *self.quote(order);
            if quote.is_open() {
                self.arm(cx, order, quote.due.since(cx.now));
            } else if quote.stage == Stage::Planned && quote.arrival <= cx.now {
                self.draft(cx, order);
            }
        }
    }

    fn quote(&self, order: u16) -> &Quote {
        &self.quotes[usize::from(order)]
    }

    fn quote_mut(&mut self, order: u16) -> &mut Quote {
        &mut self.quotes[usize::from(order)]
    }

    /// What a quote waits for has come.
    fn due(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = *self.quote(order);
        if quote.expects() {
            self.meanwhile(cx, order);
            return;
        }
        match quote.stage {
            Stage::Planned | Stage::Converted => {}
            Stage::Draft => self.submit(cx, order),
            Stage::Asked => self.ask(cx, order),
            Stage::Approved => self.accept(cx, order),
            Stage::Converting => self.convert(cx, order),
        }
    }

    /// What the workload has in store for a quote happens to it.
    fn meanwhile(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        quote.met = true;
        let (defect, stage) = (quote.defect, quote.stage);
        match stage {
            Stage::Draft => self.arm(cx, order, WORK),
            Stage::Converting => self.arm(cx, order, CONVERT_AGAIN),
            Stage::Converted => {}
            Stage::Planned | Stage::Asked | Stage::Approved => self.arm(cx, order, ASK_AGAIN),
        }
        match defect {
            QuoteDefect::RevisedBeforeApproval => self.revise(cx, order),
            QuoteDefect::RevisedAfterAcceptance => self.revise_accepted(cx, order),
            _ => self.publish_prices(cx),
        }
    }

    /// A quote is written: its lines, its total and the trace of how they came about in one transaction.
    fn draft(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.quote_mut(order).stage = Stage::Draft;
        self.price(cx, order);
        self.work_on(cx, order, WORK);
    }

    /// Waits for the end of a stage, or for what the workload has in store before it.
    fn work_on(&mut self, cx: &mut Cx<'_>, order: u16, delay: Duration) {
        let meets = self.quote(order).expects();
        self.arm(cx, order, if meets { MEANWHILE } else { delay });
    }

    /// The quote goes to approval once it has passed validation.
    fn submit(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        let validates = match cx.model.model.plumbing.quote_validation {
            QuoteValidation::EachVersion => true,
            QuoteValidation::Once => quote.validated == 0,
            QuoteValidation::None => false,
        };
        if validates {
            quote.validated = quote.version;
        }
        self.enter(cx, order, Stage::Asked);
        self.ask(cx, order);
    }

    /// Asks a person to approve the current version.
    fn ask(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        quote.asked = quote.asked.saturating_add(1);
        let Quote { version, asked, .. } = *quote;
        self.work_on(cx, order, ASK_AGAIN);
        cx.send(cx.model.model.parts.outside, Message::Cpq(CpqMessage::Ask { order, version, asked }));
    }

    /// The quote is changed while its approval is on the way: another version, which needs an approval of its own.
    fn revise(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.quote_mut(order).version += 1;
        self.enter(cx, order, Stage::Draft);
        self.price(cx, order);
        self.arm(cx, order, WORK);
    }

    /// Somebody tries to change what was accepted (seed 17.1).
    fn revise_accepted(&mut self, cx: &mut Cx<'_>, order: u16) {
        match cx.model.model.plumbing.accepted_revision {
            AcceptedRevision::Refused => {}
            AcceptedRevision::Overwrites => {
                self.quote_mut(order).version += 1;
                self.price(cx, order);
            }
            AcceptedRevision::Reopens => {
                self.enter(cx, order, Stage::Draft);
                self.arm(cx, order, WORK);
            }
        }
    }

    /// Prices are published: drafts are priced again, and nothing else is touched (seed 4.2).
    fn publish_prices(&mut self, cx: &mut Cx<'_>) {
        cx.ledger.catalogue.publish();
        let reaches = cx.model.model.plumbing.price_change;
        for order in 0..self.quotes.len() as u16 {
            let Quote { stage, version, .. } = *self.quote(order);
            if stage == Stage::Planned {
                continue;
            }
            let state = stage.state();
            let touched = match reaches {
                PriceChange::Drafts => stage == Stage::Draft,
                PriceChange::Unaccepted => state != QuoteState::Accepted,
                PriceChange::All => true,
            };
            cx.change(Change::Published { order, version, state, touched });
            if touched {
                self.price(cx, order);
            }
        }
    }

    /// A decision came. It applies to the version that it names and to no other, unless approvals are bound to the
    /// quote alone (seed 20.3).
    fn decided(&mut self, cx: &mut Cx<'_>, order: u16, named: u8) {
        let quote = *self.quote(order);
        let plumbing = &cx.model.model.plumbing;
        let binds = plumbing.approval_binds == ApprovalBinds::QuoteVersion;
        let late = plumbing.late_decision == LateDecision::Applied && quote.stage.state() == QuoteState::Accepted;
        if (quote.stage != Stage::Asked && !late) || (binds && named != quote.version) {
            return;
        }
        self.quote_mut(order).approved = named;
        cx.change(Change::Approval { order, version: quote.version, decided: named });
        match plumbing.quote_decision {
            QuoteDecision::OneTransaction => self.approve(cx, order),
            QuoteDecision::TwoTransactions => {
                cx.continue_after(CARRY_AFTER, Message::Cpq(CpqMessage::Carry { order }));
            }
        }
    }

    /// The transition that a decision brings about.
    fn approve(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.enter(cx, order, Stage::Approved);
        self.arm(cx, order, WORK);
    }

    /// The customer accepts: the snapshot is frozen with its price trace, and the OMS is asked to make an order of it.
    fn accept(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.store_price(cx, order);
        self.enter(cx, order, Stage::Converting);
        self.convert(cx, order);
        if self.quote(order).defect == QuoteDefect::ConvertedTwice {
            self.convert(cx, order);
        }
        if self.quote(order).expects() {
            self.arm(cx, order, MEANWHILE);
        }
    }

    /// Asks the OMS for the order. Every attempt carries the same conversion request, stored with the acceptance.
    fn convert(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        if quote.attempt == u8::MAX {
            // Most of a day without an answer: it stays accepted, and not converted.
            return;
        }
        quote.attempt += 1;
        let Quote { version, attempt, deferred, .. } = *quote;
        let wait = CONVERT_AGAIN.times(1 << (attempt - 1).min(8)).min(CONVERT_AGAIN_MAX);
        self.arm(cx, order, if deferred { CONVERT_DEFERRED } else { wait });
        cx.send(cx.model.model.parts.oms_api, Message::Convert { order, version, attempt });
    }

    /// The OMS has answered.
    fn converted(&mut self, cx: &mut Cx<'_>, order: u16, decision: Decision) {
        if self.quote(order).stage != Stage::Converting {
            return;
        }
        if decision == Decision::Deferred {
            self.quote_mut(order).deferred = true;
            self.arm(cx, order, CONVERT_DEFERRED);
            return;
        }
        self.quote_mut(order).stage = Stage::Converted;
        if !self.quote(order).expects() {
            cx.cancel(self.timers[usize::from(order)]);
        }
    }

    /// Prices a quote by the list of today, and stores what comes of it.
    fn price(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = *self.quote(order);
        if quote.stage == Stage::Draft {
            cx.ledger.catalogue.price_draft(order);
        }
        let charges = cx.model.model.charges.iter().filter(|charge| quote.items >> charge.item.0 & 1 != 0);
        let prices = charges.map(|charge| cx.ledger.catalogue.today(order, charge.amount));
        let lines = prices.fold(0_i64, i64::saturating_add);
        let total = match cx.model.model.plumbing.quote_total {
            QuoteTotal::SumOfLines => lines,
            QuoteTotal::AddedUp => quote.total.saturating_add(lines),
        };
        let quote = self.quote_mut(order);
        quote.lines = lines;
        quote.total = total;
        self.store_price(cx, order);
    }

    /// Stores lines, total and trace.
    fn store_price(&mut self, cx: &mut Cx<'_>, order: u16) {
        let Quote { stage, version, lines, total, .. } = *self.quote(order);
        let traced = cx.model.model.plumbing.price_trace == PriceTrace::WithPrice;
        cx.change(Change::Price { order, version, state: stage.state(), lines, total, traced });
    }

    /// Brings a quote to a stage.
    fn enter(&mut self, cx: &mut Cx<'_>, order: u16, stage: Stage) {
        let quote = self.quote_mut(order);
        let before = quote.stage.state();
        quote.stage = stage;
        let Quote { version, approved: approved_version, .. } = *quote;
        let validated = quote.validated == version;
        cx.change(Change::Quote { order, version, before, after: stage.state(), validated, approved_version });
    }

    /// Sets the one timer of a quote.
    fn arm(&mut self, cx: &mut Cx<'_>, order: u16, delay: Duration) {
        let quote = self.quote_mut(order);
        quote.tick = quote.tick.wrapping_add(1);
        quote.due = cx.now + delay;
        let tick = quote.tick;
        let timer = &mut self.timers[usize::from(order)];
        cx.cancel(*timer);
        *timer = cx.timer(delay, Message::Cpq(CpqMessage::Due { order, tick }));
    }
}

/// The reasons for which a quote is not converted, as contracts call them: what the workload says of a quote decides
/// about them, and nothing else.
pub const QUOTE_REASONS: [&str; 2] = ["QUOTE_EXPIRED", "MISSING_EVIDENCE"];

/// What whoever verifies a quote has to say of it, by what is wrong with it: the reason that the operation refuses it
/// for (index into its rejections); `None`: the quote is as it should be, or the operation does not look at that.
#[must_use]
pub fn quote_refusal(operation: &Operation, defect: QuoteDefect) -> Option<u8> {
    let reason = match defect {
        QuoteDefect::Expired => QUOTE_REASONS[0],
        QuoteDefect::MissingEvidence => QUOTE_REASONS[1],
        QuoteDefect::None
        | QuoteDefect::RevisedBeforeApproval
        | QuoteDefect::PriceChanged
        | QuoteDefect::ConvertedTwice
        | QuoteDefect::PriceChangedInDraft
        | QuoteDefect::PriceChangedAfterAcceptance
        | QuoteDefect::RevisedAfterAcceptance => return None,
    };
    operation.rejections.iter().position(|known| known == reason).map(|at| at as u8)
}

#[cfg(test)]
mod tests;
