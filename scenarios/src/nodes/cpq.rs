//! CPQ: quotes, their approval and acceptance, and their conversion into orders.
//!
//! ```text
//! draft -> asked (a person decides) -> approved -> converting (asks the OMS until it answers) -> converted
//!   ^        |
//!   +--------+  revised meanwhile: another version, another approval
//! ```
//!
//! A quote is one aggregate with one timer. All of it is durable; the timer is armed again after a restart from what
//! the quote waits for. The price of a quote is the sum of the charges of its items: the amounts of a definition are
//! those that are accepted, so a draft that is priced again comes out at the same amounts, and what a publication of
//! prices can do wrong is to price a quote again that is no draft.

use sim_core::hash::mix;
use sim_core::{Duration, Subject, Time, TimerId};

use super::Cx;
use crate::change::{Change, QuoteState};
use crate::definition::ApprovalBinds;
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
            Self::Arrival { .. } => Channel::Input,
            Self::Due { .. } => Channel::CpqTimer,
            Self::Ask { .. } | Self::Decided { .. } => Channel::Person,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let of = |salt: u64, counters: u64| Subject::new(mix(model.names, salt), counters);
        match *self {
            Self::Arrival { order } => Subject::new(model.names, order.into()),
            Self::Due { order, tick } => of(QUOTE, u64::from(order) | u64::from(tick) << 16),
            Self::Ask { order, version, asked } => of(ASK, question(order, version, asked)),
            Self::Decided { order, version, asked } => of(DECIDED, question(order, version, asked)),
        }
    }
}

/// The salts of its subjects.
pub(crate) const QUOTE: u64 = 0xC9_01;
pub(crate) const ASK: u64 = 0xC9_02;
pub(crate) const DECIDED: u64 = 0xC9_03;

/// The counters of a question: order, version, how often it was asked.
fn question(order: u16, version: u8, asked: u8) -> u64 {
    u64::from(order) | u64::from(version) << 16 | u64::from(asked) << 32
}

/// How long one step of the work on a quote takes.
const WORK: Duration = Duration::millis(400);
/// When what the workload has in store for a quote happens to it: before anybody can have decided.
const MEANWHILE: Duration = Duration::millis(200);
/// When somebody is asked again to approve.
const ASK_AGAIN: Duration = Duration::mins(10);
/// When the OMS is asked again for the first time.
const CONVERT_AGAIN: Duration = Duration::secs(30);
/// The longest wait before the OMS is asked again.
const CONVERT_AGAIN_MAX: Duration = Duration::mins(5);
/// The wait before the OMS is asked again when it has said that it is at work on it.
const CONVERT_DEFERRED: Duration = Duration::hours(1);

/// Where a quote stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Stage {
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
    fn state(self) -> QuoteState {
        match self {
            Self::Planned | Self::Draft => QuoteState::InProgress,
            Self::Asked => QuoteState::Pending,
            Self::Approved => QuoteState::Approved,
            Self::Converting | Self::Converted => QuoteState::Accepted,
        }
    }

    /// Whether it waits for something.
    fn is_open(self) -> bool {
        !matches!(self, Self::Planned | Self::Converted)
    }
}

/// A quote, as stored.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Quote {
    stage: Stage,
    /// The version; a revision makes another.
    version: u8,
    /// Whether this version passed validation.
    validated: bool,
    /// The version that the approval names, 0 without one.
    approved: u8,
    /// How often somebody was asked to approve it.
    asked: u8,
    /// How often the OMS was asked to convert it.
    attempt: u8,
    /// Whether the OMS has said that it is at work on it.
    deferred: bool,
    /// Whether what the workload has in store for it has happened.
    met: bool,
    /// Counts its timers.
    tick: u16,
    /// When what it waits for is due.
    due: Time,
    /// When it is asked for.
    arrival: Time,
    /// What it lists.
    items: u64,
    /// What goes wrong with it.
    defect: QuoteDefect,
}

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
            Message::Cpq(CpqMessage::Decided { order, version, .. }) => self.decided(cx, order, version),
            Message::Converted { order, decision, .. } => self.converted(cx, order, decision),
            _ => {}
        }
    }

    /// Drops the volatile state: its timers.
    pub fn crash(&mut self) -> bool {
        self.timers.fill(TimerId::NONE);
        self.quotes.iter().any(|quote| quote.stage.is_open())
    }

    /// Recovers from the durable state: every open quote gets its timer again, and quotes that were asked for while
    /// nobody was there are begun.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        for order in 0..self.quotes.len() as u16 {
            let quote = *self.quote(order);
            if quote.stage.is_open() {
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
        match quote.stage {
            Stage::Planned | Stage::Converted => {}
            Stage::Draft => self.submit(cx, order),
            Stage::Asked if !quote.met && quote.defect == QuoteDefect::RevisedBeforeApproval => {
                self.quote_mut(order).met = true;
                self.revise(cx, order);
            }
            Stage::Asked if !quote.met && quote.defect == QuoteDefect::PriceChanged => {
                self.quote_mut(order).met = true;
                self.publish_prices(cx);
                self.arm(cx, order, ASK_AGAIN);
            }
            Stage::Asked => self.ask(cx, order),
            Stage::Approved => self.accept(cx, order),
            Stage::Converting => self.convert(cx, order),
        }
    }

    /// A quote is written: its lines, its total and the trace of how they came about in one transaction.
    fn draft(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.quote_mut(order).stage = Stage::Draft;
        self.price(cx, order);
        self.arm(cx, order, WORK);
    }

    /// The quote has passed validation and goes to approval.
    fn submit(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.quote_mut(order).validated = true;
        self.enter(cx, order, Stage::Asked);
        self.ask(cx, order);
    }

    /// Asks a person to approve the current version.
    fn ask(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        quote.asked = quote.asked.saturating_add(1);
        let Quote { version, asked, met, defect, .. } = *quote;
        let meets = matches!(defect, QuoteDefect::RevisedBeforeApproval | QuoteDefect::PriceChanged);
        self.arm(cx, order, if meets && !met { MEANWHILE } else { ASK_AGAIN });
        cx.send(cx.model.model.parts.outside, Message::Cpq(CpqMessage::Ask { order, version, asked }));
    }

    /// The quote is changed while its approval is on the way: another version, which needs an approval of its own.
    fn revise(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = self.quote_mut(order);
        quote.version += 1;
        quote.validated = false;
        self.enter(cx, order, Stage::Draft);
        self.price(cx, order);
        self.arm(cx, order, WORK);
    }

    /// Prices are published: drafts are priced again, and nothing else is touched (seed 4.2).
    fn publish_prices(&mut self, cx: &mut Cx<'_>) {
        for order in 0..self.quotes.len() as u16 {
            if self.quote(order).stage == Stage::Draft {
                self.price(cx, order);
            }
        }
    }

    /// A decision came. It applies to the version that it names and to no other, unless approvals are bound to the
    /// quote alone (seed 20.3).
    fn decided(&mut self, cx: &mut Cx<'_>, order: u16, named: u8) {
        let quote = *self.quote(order);
        let binds = cx.model.model.plumbing.approval_binds == ApprovalBinds::QuoteVersion;
        if quote.stage != Stage::Asked || (binds && named != quote.version) {
            return;
        }
        self.quote_mut(order).approved = named;
        cx.change(Change::Approval { order, version: quote.version, decided: named, atomic: true });
        self.enter(cx, order, Stage::Approved);
        self.arm(cx, order, WORK);
    }

    /// The customer accepts: the snapshot is frozen with its price trace, and the OMS is asked to make an order of it.
    fn accept(&mut self, cx: &mut Cx<'_>, order: u16) {
        self.price(cx, order);
        self.enter(cx, order, Stage::Converting);
        self.convert(cx, order);
        if self.quote(order).defect == QuoteDefect::ConvertedTwice {
            self.convert(cx, order);
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
        cx.cancel(self.timers[usize::from(order)]);
    }

    /// Stores lines, total and trace.
    fn price(&mut self, cx: &mut Cx<'_>, order: u16) {
        let quote = *self.quote(order);
        let charges = cx.model.model.charges.iter().filter(|charge| quote.items >> charge.item.0 & 1 != 0);
        let lines = charges.fold(0_i64, |sum, charge| sum.saturating_add(charge.amount));
        let state = quote.stage.state();
        cx.change(Change::Price { order, version: quote.version, state, lines, total: lines, traced: true });
    }

    /// Brings a quote to a stage.
    fn enter(&mut self, cx: &mut Cx<'_>, order: u16, stage: Stage) {
        let quote = self.quote_mut(order);
        let before = quote.stage.state();
        quote.stage = stage;
        let Quote { version, validated, approved: approved_version, .. } = *quote;
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
        | QuoteDefect::ConvertedTwice => return None,
    };
    operation.rejections.iter().position(|known| known == reason).map(|at| at as u8)
}

#[cfg(test)]
mod tests;
