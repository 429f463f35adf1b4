//! The platform file: the plumbing. Every key has a correct default and, beside it, the weaknesses that real systems have.
//!
//! To add a weakness, add a value in `platform_words.rs`, its effect in the node that owns the key, and a defect that plants it.

use super::platform_words::*;
use super::reader::{Fields, Place, Read, Reader};
use super::scalars::Duration;
use super::span::{Span, Spanned};
use super::words::Requirement;

const DAY: u64 = 86_400;

/// A value of a contract that is not the correct one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Its path, as `--set` takes it.
    pub path: String,
    /// Where it is written.
    pub span: Span,
    /// The value.
    pub written: String,
    /// The correct value.
    pub correct: String,
}

/// What can say where it is not correct.
trait Deviates {
    fn deviations(&self, path: &str, found: &mut Vec<Deviation>);

    /// Its parts, itself first: what the reader calls each, its path, and its keys with a sentence each.
    fn documented(path: &str, found: &mut Vec<DocumentedPart>);
}

/// A part of the platform file for reference pages: what the reader calls it, its path, its keys with a sentence each.
pub(super) type DocumentedPart = (&'static str, String, Vec<(&'static str, &'static str)>);

impl Platform {
    /// The values that are not correct, in the order of the reference.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<Deviation> {
        let mut found = Vec::new();
        self.deviations("platform", &mut found);
        found
    }

    /// All parts, for reference pages.
    pub(super) fn documented() -> Vec<DocumentedPart> {
        let mut found = Vec::new();
        <Self as Deviates>::documented("", &mut found);
        found
    }
}

/// Declares a part of the platform: each key as it is written, the field that holds it, and its correct value; then the parts within it.
macro_rules! contract {
    (
        #[doc = $doc:literal] $what:literal $name:ident
        values { $( #[doc = $value_doc:literal] $key:literal $value:ident: $ty:ty = $correct:expr, )* }
        parts { $( #[doc = $part_doc:literal] $part_key:literal $part:ident: $part_ty:ty, )* }
    ) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $( #[doc = $value_doc] pub $value: Spanned<$ty>, )*
            $( #[doc = $part_doc] pub $part: $part_ty, )*
        }

        impl Default for $name {
            fn default() -> Self {
                $name {
                    $( $value: Spanned::unwritten($correct), )*
                    $( $part: Default::default(), )*
                }
            }
        }

        impl Deviates for $name {
            #[allow(unused_variables, reason = "the platform itself has parts only, its parts values only")]
            fn deviations(&self, path: &str, found: &mut Vec<Deviation>) {
                $(
                    let correct: $ty = $correct;
                    if self.$value.value != correct {
                        found.push(Deviation {
                            path: format!("{path}.{}", $key),
                            span: self.$value.span,
                            written: self.$value.value.to_string(),
                            correct: correct.to_string(),
                        });
                    }
                )*
                $( self.$part.deviations(&format!("{path}.{}", $part_key), found); )*
            }

            fn documented(path: &str, found: &mut Vec<DocumentedPart>) {
                let keys: [&[(&str, &str)]; 2] =
                    [&[$( ($key, $value_doc.trim_ascii()) ),*], &[$( ($part_key, $part_doc.trim_ascii()) ),*]];
                found.push(($what, path.to_owned(), keys.concat()));
                $(
                    let inner = if path.is_empty() { $part_key.to_owned() } else { format!("{path}.{}", $part_key) };
                    <$part_ty as Deviates>::documented(&inner, found);
                )*
            }
        }

        impl Read for $name {
            fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
                let mut f = Fields::open(place, $what, cx)?;
                let read = $name {
                    $( $value: f.or($key, $correct, cx), )*
                    $( $part: f.get($part_key, cx).unwrap_or_default(), )*
                };
                f.close(cx);
                Some(read)
            }
        }
    };
}

contract! {
    /// The plumbing.
    "platform" Platform
    values {}
    parts {
        /// CPQ and its quotes.
        "cpq" cpq: Cpq,
        /// The outbox and its relay.
        "outbox" outbox: Outbox,
        /// The broker.
        "broker" broker: Broker,
        /// The inbox of the consumers.
        "inbox" inbox: Inbox,
        /// How consumers take messages.
        "consumer" consumer: ConsumerContract,
        /// The saga engine, its store and its timers.
        "saga" saga: SagaStore,
        /// The read models.
        "readModel" read_model: ReadModel,
        /// The reconciler.
        "reconciler" reconciler: ReconcilerContract,
        /// What holds for people.
        "people" people: People,
        /// The clocks of the nodes.
        "clocks" clocks: Clocks,
    }
}

contract! {
    /// CPQ and its quotes.
    "cpq" Cpq
    values {
        /// How the total of a quote comes about.
        "total" total: QuoteTotal = QuoteTotal::SumOfLines,
        /// When the trace of a price is stored.
        "trace" trace: PriceTrace = PriceTrace::WithPrice,
        /// How a decision about a quote is stored.
        "decision" decision: QuoteDecision = QuoteDecision::OneTransaction,
        /// When a quote is validated.
        "validation" validation: QuoteValidation = QuoteValidation::EachVersion,
        /// What becomes of an approval that comes again, or late.
        "lateDecision" late_decision: LateDecision = LateDecision::Ignored,
        /// What becomes of an attempt to revise an accepted quote.
        "acceptedRevision" accepted_revision: AcceptedRevision = AcceptedRevision::Refused,
        /// Which quotes a publication of prices reaches.
        "priceChange" price_change: PriceChange = PriceChange::Drafts,
    }
    parts {}
}

contract! {
    /// The outbox and its relay.
    "outbox" Outbox
    values {
        /// When the row of an event is written.
        "write" write: OutboxWrite = OutboxWrite::SameTransaction,
        /// How the relay finds rows.
        "select" select: OutboxSelect = OutboxSelect::UnpublishedRows,
        /// When a committed row can be seen.
        "visible" visible: Visibility = Visibility::CommitOrder,
        /// In which order rows are published.
        "publishOrder" publish_order: PublishOrder = PublishOrder::PerAggregate,
        /// When a row is marked as published.
        "mark" mark: Mark = Mark::AfterPublish,
        /// What is done with a row that cannot be published.
        "poison" poison: Poison = Poison::Park,
        /// How many relays run.
        "relays" relays: u32 = 1,
        /// How relays share the rows.
        "lease" lease: Lease = Lease::Exclusive,
    }
    parts {}
}

contract! {
    /// The broker.
    "broker" Broker
    values {
        /// What decides the partition of a message.
        "partitionBy" partition_by: PartitionBy = PartitionBy::Aggregate,
        /// What is done with a message that nobody has subscribed to.
        "onNoSubscriber" on_no_subscriber: OnNoSubscriber = OnNoSubscriber::Retain,
        /// How long a message is kept.
        "retention" retention: Duration = Duration::from_secs(7 * DAY),
        /// Whether the broker drops repeated publications.
        "duplicateWindow" duplicate_window: DuplicateWindow = DuplicateWindow::None,
        /// As what a replay hands events out once more.
        "replay" replay: Replay = Replay::SameId,
    }
    parts {
        /// Where messages go that cannot be handled.
        "deadLetter" dead_letter: DeadLetter,
    }
}

contract! {
    /// Where messages go that cannot be handled.
    "deadLetter" DeadLetter
    values {
        /// After so many deliveries.
        "after" after: u32 = 10,
        /// Where a resubmitted message goes.
        "resubmit" resubmit: Resubmit = Resubmit::InOrder,
    }
    parts {}
}

contract! {
    /// The inbox of the consumers.
    "inbox" Inbox
    values {
        /// When the row of a message is committed.
        "commit" commit: InboxCommit = InboxCommit::SameTransaction,
        /// What makes two messages the same.
        "key" key: InboxKey = InboxKey::ConsumerSourceId,
        /// How long a row is kept.
        "window" window: Duration = Duration::from_secs(30 * DAY),
    }
    parts {}
}

contract! {
    /// How consumers take messages.
    "consumer" ConsumerContract
    values {
        /// When a message is acknowledged.
        "ack" ack: Ack = Ack::AfterCommit,
        /// What tells old from new.
        "order" order: ConsumerOrder = ConsumerOrder::AggregateVersion,
        /// What is done when a version is missing.
        "onGap" on_gap: OnGap = OnGap::PauseAndRecover,
        /// How two instances of a consumer share messages.
        "claim" claim: Claim = Claim::Unique,
    }
    parts {}
}

contract! {
    /// The saga engine, its store and its timers.
    "saga" SagaStore
    values {
        /// When a step is saved.
        "save" save: Save = Save::BeforeSend,
        /// How a saga row is protected.
        "locking" locking: Locking = Locking::Optimistic,
        /// What becomes of a circuit breaker that is open.
        "breaker" breaker: Breaker = Breaker::HalfOpen,
        /// What is done with a reply that no saga waits for.
        "unmatchedReply" unmatched_reply: UnmatchedReply = UnmatchedReply::Park,
        /// What the attempts are counted for.
        "retryBudget" retry_budget: RetryBudget = RetryBudget::PerStep,
        /// What makes a start unique.
        "start" start: Start = Start::UniqueBusinessKey,
        /// Which steps are compensated.
        "undo" undo: Undo = Undo::CompletedAndUnknown,
        /// What an error of the store makes of a step.
        "storeErrorMeans" store_error_means: StoreErrorMeans = StoreErrorMeans::UnknownOutcome,
        /// In which order steps are taken up after a restart.
        "recoveryOrder" recovery_order: RecoveryOrder = RecoveryOrder::Stored,
        /// Which version of the definition a compensation follows.
        "compensationVersion" compensation_version: CompensationVersion = CompensationVersion::Pinned,
        /// What is done about a compensation that fails.
        "compensationError" compensation_error: CompensationError = CompensationError::Propagate,
        /// Whether a step that runs cannot be started again.
        "inFlightGuard" in_flight_guard: bool = true,
        /// How the repair service finds work.
        "sweeper" sweeper: Sweeper = Sweeper::Claims,
        /// What a step waits for that comes after another one.
        "dispatch" dispatch: Dispatch = Dispatch::WhenReady,
        /// Of what a plan is made.
        "plan" plan: PlanOf = PlanOf::OrderedItems,
        /// What becomes of a success that comes for a step which is being undone, or was.
        "lateReply" late_reply: LateReply = LateReply::ByState,
        /// When customers get the notice that a compensation promises.
        "notice" notice: Notice = Notice::WhenUndone,
    }
    parts {
        /// The timers of the saga engine.
        "timers" timers: Timers,
    }
}

contract! {
    /// The timers of the saga engine.
    "timers" Timers
    values {
        /// Whether a timer is dropped when what it waits for is done.
        "cancelOnComplete" cancel_on_complete: bool = true,
        /// Who fires a timer.
        "firedBy" fired_by: FiredBy = FiredBy::One,
        /// Whether the timeout of a saga is stored with it, so that it outlives the engine.
        "stored" stored: bool = true,
    }
    parts {}
}

contract! {
    /// The read models.
    "readModel" ReadModel
    values {
        /// What keeps an older event from overwriting a newer one.
        "guard" guard: ReadModelGuard = ReadModelGuard::AggregateVersion,
        /// Which states a read model can show.
        "states" states: ReadModelStates = ReadModelStates::All,
    }
    parts {}
}

contract! {
    /// The reconciler.
    "reconciler" ReconcilerContract
    values {
        /// What it does about a difference.
        "acts" acts: ReconcilerActs = ReconcilerActs::AsRuled,
        /// Which differences it looks for.
        "finds" finds: ReconcilerFinds = ReconcilerFinds::EveryDifference,
        /// How long it goes on to look.
        "looks" looks: ReconcilerLooks = ReconcilerLooks::WhileItStands,
        /// What it does when nobody answers.
        "unanswered" unanswered: ReconcilerUnanswered = ReconcilerUnanswered::AskAgain,
    }
    parts {}
}

contract! {
    /// What holds for people.
    "people" People
    values {
        /// Whether a manual change must give a reason.
        "reasonCode" reason_code: Requirement = Requirement::Required,
        /// Who may correct money.
        "financialCorrections" financial_corrections: FinancialCorrections = FinancialCorrections::TwoPerson,
        /// How the state of an item is corrected.
        "itemCorrections" item_corrections: ItemCorrections = ItemCorrections::DomainCommand,
        /// What an approval is bound to.
        "approvalBinds" approval_binds: ApprovalBinds = ApprovalBinds::QuoteVersion,
    }
    parts {}
}

contract! {
    /// The clocks of the nodes.
    "clocks" Clocks
    values {
        /// How far a clock may be off.
        "maxSkew" max_skew: Duration = Duration::ZERO,
    }
    parts {}
}
