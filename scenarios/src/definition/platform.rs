//! The platform file: the plumbing. Every key has a correct default and, beside it, the weaknesses that real systems have.
//!
//! To add a weakness, add a value here, its effect in the node that owns the key, and a defect that plants it.

use super::keyword::keywords;
use super::reader::{Fields, Place, Read, Reader};
use super::scalars::Duration;
use super::span::Spanned;
use super::words::Requirement;

const DAY: u64 = 86_400;

/// The plumbing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// The outbox and its relay.
    pub outbox: Outbox,
    /// The broker.
    pub broker: Broker,
    /// The inbox of the consumers.
    pub inbox: Inbox,
    /// How consumers take messages.
    pub consumer: ConsumerContract,
    /// The saga engine, its store and its timers.
    pub saga: SagaStore,
    /// The read models.
    pub read_model: ReadModel,
    /// What holds for people.
    pub people: People,
    /// The clocks of the nodes.
    pub clocks: Clocks,
}

/// The outbox and its relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// When the row of an event is written.
    pub write: Spanned<OutboxWrite>,
    /// How the relay finds rows.
    pub select: Spanned<OutboxSelect>,
    /// When a committed row can be seen.
    pub visible: Spanned<Visibility>,
    /// In which order rows are published.
    pub publish_order: Spanned<PublishOrder>,
    /// When a row is marked as published.
    pub mark: Spanned<Mark>,
    /// What is done with a row that cannot be published.
    pub poison: Spanned<Poison>,
    /// How many relays run.
    pub relays: Spanned<u32>,
    /// How relays share the rows.
    pub lease: Spanned<Lease>,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            write: Spanned::unwritten(OutboxWrite::SameTransaction),
            select: Spanned::unwritten(OutboxSelect::UnpublishedRows),
            visible: Spanned::unwritten(Visibility::CommitOrder),
            publish_order: Spanned::unwritten(PublishOrder::PerAggregate),
            mark: Spanned::unwritten(Mark::AfterPublish),
            poison: Spanned::unwritten(Poison::Park),
            relays: Spanned::unwritten(1),
            lease: Spanned::unwritten(Lease::Exclusive),
        }
    }
}

keywords! {
    /// When the row of an event is written.
    "outbox.write" OutboxWrite {
        /// In the transaction of the change.
        SameTransaction = "same-transaction",
        /// After the commit: a crash between them loses it.
        AfterCommit = "after-commit",
        /// In a transaction of its own before the change: a crash between them tells what did not happen.
        BeforeCommit = "before-commit",
    }
}

keywords! {
    /// How the relay finds rows.
    "outbox.select" OutboxSelect {
        /// By the mark of each row.
        UnpublishedRows = "unpublished-rows",
        /// By a serial number that is above the last one seen: a row that commits late is passed over.
        Cursor = "cursor",
        /// By the highest number seen, page by page: a row that is not yet visible is passed over.
        HighWaterMark = "high-water-mark",
        /// By a status that rows taken up before a crash, or written in recovery, do not have.
        ByStatus = "by-status",
    }
}

keywords! {
    /// When a committed row can be seen.
    "outbox.visible" Visibility {
        /// In the order of commits.
        CommitOrder = "commit-order",
        /// Some time after its commit, so that a later one can be seen first.
        Late = "late",
    }
}

keywords! {
    /// In which order rows are published.
    "outbox.publishOrder" PublishOrder {
        /// One after another for each aggregate.
        PerAggregate = "per-aggregate",
        /// At the same time, in any order.
        Any = "any",
    }
}

keywords! {
    /// When a row is marked as published.
    "outbox.mark" Mark {
        /// After the broker has it.
        AfterPublish = "after-publish",
        /// Before the broker has it: a crash between them loses it.
        BeforePublish = "before-publish",
        /// Never: every pass publishes it again.
        Never = "never",
    }
}

keywords! {
    /// What is done with a row that cannot be published.
    "outbox.poison" Poison {
        /// It is put aside, with a case.
        Park = "park",
        /// It is tried for ever, and all behind it wait.
        Block = "block",
    }
}

keywords! {
    /// How relays share the rows.
    "outbox.lease" Lease {
        /// One holds a lease.
        Exclusive = "exclusive",
        /// Each takes what it sees.
        None = "none",
    }
}

/// The broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// What decides the partition of a message.
    pub partition_by: Spanned<PartitionBy>,
    /// What is done with a message that nobody has subscribed to.
    pub on_no_subscriber: Spanned<OnNoSubscriber>,
    /// Where messages go that cannot be handled.
    pub dead_letter: DeadLetter,
    /// How long a message is kept.
    pub retention: Spanned<Duration>,
    /// Whether the broker drops repeated publications.
    pub duplicate_window: Spanned<DuplicateWindow>,
}

impl Default for Broker {
    fn default() -> Self {
        Broker {
            partition_by: Spanned::unwritten(PartitionBy::Aggregate),
            on_no_subscriber: Spanned::unwritten(OnNoSubscriber::Retain),
            dead_letter: DeadLetter::default(),
            retention: Spanned::unwritten(Duration::from_secs(7 * DAY)),
            duplicate_window: Spanned::unwritten(DuplicateWindow::None),
        }
    }
}

keywords! {
    /// What decides the partition of a message.
    "broker.partitionBy" PartitionBy {
        /// The event's partition key.
        Aggregate = "aggregate",
        /// The id of the message: no order is kept.
        MessageId = "message-id",
    }
}

keywords! {
    /// What is done with a message that nobody has subscribed to.
    "broker.onNoSubscriber" OnNoSubscriber {
        /// It is kept for the retention time.
        Retain = "retain",
        /// It is dropped.
        Drop = "drop",
    }
}

keywords! {
    /// Whether the broker drops repeated publications.
    "broker.duplicateWindow" DuplicateWindow {
        /// It does not.
        None = "none",
        /// For a fixed time from the first one.
        Fixed = "fixed",
        /// For a time from the last one.
        Sliding = "sliding",
    }
}

/// Where messages go that cannot be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// After so many deliveries.
    pub after: Spanned<u32>,
    /// Where a resubmitted message goes.
    pub resubmit: Spanned<Resubmit>,
}

impl Default for DeadLetter {
    fn default() -> Self {
        DeadLetter { after: Spanned::unwritten(10), resubmit: Spanned::unwritten(Resubmit::InOrder) }
    }
}

keywords! {
    /// Where a resubmitted message goes.
    "deadLetter.resubmit" Resubmit {
        /// To its place: what came later for its aggregate waits.
        InOrder = "in-order",
        /// To the end: it has lost its place.
        AtEnd = "at-end",
    }
}

/// The inbox of the consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// When the row of a message is committed.
    pub commit: Spanned<InboxCommit>,
    /// What makes two messages the same.
    pub key: Spanned<InboxKey>,
    /// How long a row is kept.
    pub window: Spanned<Duration>,
}

impl Default for Inbox {
    fn default() -> Self {
        Inbox {
            commit: Spanned::unwritten(InboxCommit::SameTransaction),
            key: Spanned::unwritten(InboxKey::ConsumerSourceId),
            window: Spanned::unwritten(Duration::from_secs(30 * DAY)),
        }
    }
}

keywords! {
    /// When the row of a message is committed.
    "inbox.commit" InboxCommit {
        /// In the transaction of the effect.
        SameTransaction = "same-transaction",
        /// Before the effect: a crash between them loses the effect.
        BeforeEffect = "before-effect",
        /// After the effect: a crash between them repeats it.
        AfterEffect = "after-effect",
    }
}

keywords! {
    /// What makes two messages the same.
    "inbox.key" InboxKey {
        /// The consumer, the source and the id.
        ConsumerSourceId = "consumer+source+id",
        /// The id alone: two sources, or two consumers, may collide.
        Id = "id",
    }
}

/// How consumers take messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerContract {
    /// When a message is acknowledged.
    pub ack: Spanned<Ack>,
    /// What tells old from new.
    pub order: Spanned<ConsumerOrder>,
    /// What is done when a version is missing.
    pub on_gap: Spanned<OnGap>,
    /// How two instances of a consumer share messages.
    pub claim: Spanned<Claim>,
}

impl Default for ConsumerContract {
    fn default() -> Self {
        ConsumerContract {
            ack: Spanned::unwritten(Ack::AfterCommit),
            order: Spanned::unwritten(ConsumerOrder::AggregateVersion),
            on_gap: Spanned::unwritten(OnGap::PauseAndRecover),
            claim: Spanned::unwritten(Claim::Unique),
        }
    }
}

keywords! {
    /// When a message is acknowledged.
    "consumer.ack" Ack {
        /// After its work is committed.
        AfterCommit = "after-commit",
        /// Before: a crash between them loses it.
        BeforeCommit = "before-commit",
    }
}

keywords! {
    /// What tells old from new.
    "consumer.order" ConsumerOrder {
        /// The version of the aggregate.
        AggregateVersion = "aggregate-version",
        /// The arrival: the last one wins.
        Arrival = "arrival",
        /// The time at which it occurred, as clocks tell it.
        Timestamp = "timestamp",
    }
}

keywords! {
    /// What is done when a version is missing.
    "consumer.onGap" OnGap {
        /// The aggregate waits and what is missing is fetched.
        PauseAndRecover = "PAUSE_AND_RECOVER",
        /// The newer one is applied.
        Apply = "APPLY",
    }
}

keywords! {
    /// How two instances of a consumer share messages.
    "consumer.claim" Claim {
        /// Each partition has one owner.
        Unique = "unique",
        /// After a restart two may own one.
        None = "none",
    }
}

/// The saga engine, its store and its timers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SagaStore {
    /// When a step is saved.
    pub save: Spanned<Save>,
    /// How a saga row is protected.
    pub locking: Spanned<Locking>,
    /// The timers of the saga engine.
    pub timers: Timers,
    /// What is done with a reply that no saga waits for.
    pub unmatched_reply: Spanned<UnmatchedReply>,
    /// What the attempts are counted for.
    pub retry_budget: Spanned<RetryBudget>,
    /// What makes a start unique.
    pub start: Spanned<Start>,
    /// Which steps are compensated.
    pub undo: Spanned<Undo>,
    /// What an error of the store makes of a step.
    pub store_error_means: Spanned<StoreErrorMeans>,
    /// In which order steps are taken up after a restart.
    pub recovery_order: Spanned<RecoveryOrder>,
    /// Which version of the definition a compensation follows.
    pub compensation_version: Spanned<CompensationVersion>,
    /// What is done about a compensation that fails.
    pub compensation_error: Spanned<CompensationError>,
    /// Whether a step that runs cannot be started again.
    pub in_flight_guard: Spanned<bool>,
    /// How the repair service finds work.
    pub sweeper: Spanned<Sweeper>,
}

impl Default for SagaStore {
    fn default() -> Self {
        SagaStore {
            save: Spanned::unwritten(Save::BeforeSend),
            locking: Spanned::unwritten(Locking::Optimistic),
            timers: Timers::default(),
            unmatched_reply: Spanned::unwritten(UnmatchedReply::Park),
            retry_budget: Spanned::unwritten(RetryBudget::PerStep),
            start: Spanned::unwritten(Start::UniqueBusinessKey),
            undo: Spanned::unwritten(Undo::CompletedAndUnknown),
            store_error_means: Spanned::unwritten(StoreErrorMeans::UnknownOutcome),
            recovery_order: Spanned::unwritten(RecoveryOrder::Stored),
            compensation_version: Spanned::unwritten(CompensationVersion::Pinned),
            compensation_error: Spanned::unwritten(CompensationError::Propagate),
            in_flight_guard: Spanned::unwritten(true),
            sweeper: Spanned::unwritten(Sweeper::Claims),
        }
    }
}

keywords! {
    /// When a step is saved.
    "saga.save" Save {
        /// Before its request is sent.
        BeforeSend = "before-send",
        /// After: the answer may come first.
        AfterSend = "after-send",
    }
}

keywords! {
    /// How a saga row is protected.
    "saga.locking" Locking {
        /// By its version.
        Optimistic = "optimistic",
        /// Not at all: the last save wins.
        None = "none",
    }
}

keywords! {
    /// What is done with a reply that no saga waits for.
    "saga.unmatchedReply" UnmatchedReply {
        /// It is kept and offered again.
        Park = "park",
        /// It is dropped.
        Drop = "drop",
    }
}

keywords! {
    /// What the attempts are counted for.
    "saga.retryBudget" RetryBudget {
        /// For each step and each compensation alone.
        PerStep = "per-step",
        /// For the step and its compensation together.
        Shared = "shared",
    }
}

keywords! {
    /// What makes a start unique.
    "saga.start" Start {
        /// A unique constraint on the business key.
        UniqueBusinessKey = "unique-business-key",
        /// A look before the insert, in two steps.
        CheckThenCreate = "check-then-create",
        /// Nothing.
        None = "none",
    }
}

keywords! {
    /// Which steps are compensated.
    "saga.undo" Undo {
        /// Those that are done and those whose outcome is unknown, as the definition says.
        CompletedAndUnknown = "completed-and-unknown",
        /// Only those that are done.
        Completed = "completed",
    }
}

keywords! {
    /// What an error of the store makes of a step.
    "saga.storeErrorMeans" StoreErrorMeans {
        /// Its outcome is unknown.
        UnknownOutcome = "UNKNOWN_OUTCOME",
        /// It failed.
        Failed = "FAILED",
    }
}

keywords! {
    /// In which order steps are taken up after a restart.
    "saga.recoveryOrder" RecoveryOrder {
        /// In the order in which they were stored.
        Stored = "stored",
        /// In any order.
        Unordered = "unordered",
    }
}

keywords! {
    /// Which version of the definition a compensation follows.
    "saga.compensationVersion" CompensationVersion {
        /// The instance's own.
        Pinned = "pinned",
        /// The newest.
        Latest = "latest",
    }
}

keywords! {
    /// What is done about a compensation that fails.
    "saga.compensationError" CompensationError {
        /// It is shown and its failure rule is followed.
        Propagate = "propagate",
        /// It is logged and counts as done.
        Swallow = "swallow",
    }
}

keywords! {
    /// How the repair service finds work.
    "saga.sweeper" Sweeper {
        /// It claims what has no owner.
        Claims = "claims",
        /// It puts what runs long in the queue again.
        RequeuesRunning = "requeues-running",
    }
}

/// The timers of the saga engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Whether a timer is dropped when what it waits for is done.
    pub cancel_on_complete: Spanned<bool>,
    /// Who fires a timer.
    pub fired_by: Spanned<FiredBy>,
}

impl Default for Timers {
    fn default() -> Self {
        Timers { cancel_on_complete: Spanned::unwritten(true), fired_by: Spanned::unwritten(FiredBy::One) }
    }
}

keywords! {
    /// Who fires a timer.
    "timers.firedBy" FiredBy {
        /// One node, by a claim.
        One = "one",
        /// Every node.
        EveryNode = "every-node",
    }
}

/// The read models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadModel {
    /// What keeps an older event from overwriting a newer one.
    pub guard: Spanned<ReadModelGuard>,
}

impl Default for ReadModel {
    fn default() -> Self {
        ReadModel { guard: Spanned::unwritten(ReadModelGuard::AggregateVersion) }
    }
}

keywords! {
    /// What keeps an older event from overwriting a newer one.
    "readModel.guard" ReadModelGuard {
        /// The version of the aggregate.
        AggregateVersion = "aggregate-version",
        /// Nothing.
        None = "none",
    }
}

/// What holds for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// Whether a manual change must give a reason.
    pub reason_code: Spanned<Requirement>,
    /// Who may correct money.
    pub financial_corrections: Spanned<FinancialCorrections>,
    /// What an approval is bound to.
    pub approval_binds: Spanned<ApprovalBinds>,
}

impl Default for People {
    fn default() -> Self {
        People {
            reason_code: Spanned::unwritten(Requirement::Required),
            financial_corrections: Spanned::unwritten(FinancialCorrections::TwoPerson),
            approval_binds: Spanned::unwritten(ApprovalBinds::QuoteVersion),
        }
    }
}

keywords! {
    /// Who may correct money.
    "people.financialCorrections" FinancialCorrections {
        /// One asks, another approves.
        TwoPerson = "two-person",
        /// One alone.
        OnePerson = "one-person",
    }
}

keywords! {
    /// What an approval is bound to.
    "people.approvalBinds" ApprovalBinds {
        /// The version of the quote.
        QuoteVersion = "quote-version",
        /// The quote, whatever its version.
        Quote = "quote",
    }
}

/// The clocks of the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// How far a clock may be off.
    pub max_skew: Spanned<Duration>,
}

impl Default for Clocks {
    fn default() -> Self {
        Clocks { max_skew: Spanned::unwritten(Duration::ZERO) }
    }
}

impl Read for Platform {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "platform", cx)?;
        let read = Platform {
            outbox: f.get("outbox", cx).unwrap_or_default(),
            broker: f.get("broker", cx).unwrap_or_default(),
            inbox: f.get("inbox", cx).unwrap_or_default(),
            consumer: f.get("consumer", cx).unwrap_or_default(),
            saga: f.get("saga", cx).unwrap_or_default(),
            read_model: f.get("readModel", cx).unwrap_or_default(),
            people: f.get("people", cx).unwrap_or_default(),
            clocks: f.get("clocks", cx).unwrap_or_default(),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for Outbox {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "outbox", cx)?;
        let correct = Outbox::default();
        let read = Outbox {
            write: f.or("write", correct.write.value, cx),
            select: f.or("select", correct.select.value, cx),
            visible: f.or("visible", correct.visible.value, cx),
            publish_order: f.or("publishOrder", correct.publish_order.value, cx),
            mark: f.or("mark", correct.mark.value, cx),
            poison: f.or("poison", correct.poison.value, cx),
            relays: f.or("relays", correct.relays.value, cx),
            lease: f.or("lease", correct.lease.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for Broker {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "broker", cx)?;
        let correct = Broker::default();
        let read = Broker {
            partition_by: f.or("partitionBy", correct.partition_by.value, cx),
            on_no_subscriber: f.or("onNoSubscriber", correct.on_no_subscriber.value, cx),
            dead_letter: f.get("deadLetter", cx).unwrap_or_default(),
            retention: f.or("retention", correct.retention.value, cx),
            duplicate_window: f.or("duplicateWindow", correct.duplicate_window.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for DeadLetter {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "deadLetter", cx)?;
        let correct = DeadLetter::default();
        let read = DeadLetter {
            after: f.or("after", correct.after.value, cx),
            resubmit: f.or("resubmit", correct.resubmit.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for Inbox {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "inbox", cx)?;
        let correct = Inbox::default();
        let read = Inbox {
            commit: f.or("commit", correct.commit.value, cx),
            key: f.or("key", correct.key.value, cx),
            window: f.or("window", correct.window.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for ConsumerContract {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "consumer", cx)?;
        let correct = ConsumerContract::default();
        let read = ConsumerContract {
            ack: f.or("ack", correct.ack.value, cx),
            order: f.or("order", correct.order.value, cx),
            on_gap: f.or("onGap", correct.on_gap.value, cx),
            claim: f.or("claim", correct.claim.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for SagaStore {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "saga", cx)?;
        let correct = SagaStore::default();
        let read = SagaStore {
            save: f.or("save", correct.save.value, cx),
            locking: f.or("locking", correct.locking.value, cx),
            timers: f.get("timers", cx).unwrap_or_default(),
            unmatched_reply: f.or("unmatchedReply", correct.unmatched_reply.value, cx),
            retry_budget: f.or("retryBudget", correct.retry_budget.value, cx),
            start: f.or("start", correct.start.value, cx),
            undo: f.or("undo", correct.undo.value, cx),
            store_error_means: f.or("storeErrorMeans", correct.store_error_means.value, cx),
            recovery_order: f.or("recoveryOrder", correct.recovery_order.value, cx),
            compensation_version: f.or("compensationVersion", correct.compensation_version.value, cx),
            compensation_error: f.or("compensationError", correct.compensation_error.value, cx),
            in_flight_guard: f.or("inFlightGuard", correct.in_flight_guard.value, cx),
            sweeper: f.or("sweeper", correct.sweeper.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for Timers {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "timers", cx)?;
        let correct = Timers::default();
        let read = Timers {
            cancel_on_complete: f.or("cancelOnComplete", correct.cancel_on_complete.value, cx),
            fired_by: f.or("firedBy", correct.fired_by.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for ReadModel {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "readModel", cx)?;
        let correct = ReadModel::default();
        let read = ReadModel { guard: f.or("guard", correct.guard.value, cx) };
        f.close(cx);
        Some(read)
    }
}

impl Read for People {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "people", cx)?;
        let correct = People::default();
        let read = People {
            reason_code: f.or("reasonCode", correct.reason_code.value, cx),
            financial_corrections: f.or("financialCorrections", correct.financial_corrections.value, cx),
            approval_binds: f.or("approvalBinds", correct.approval_binds.value, cx),
        };
        f.close(cx);
        Some(read)
    }
}

impl Read for Clocks {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "clocks", cx)?;
        let correct = Clocks::default();
        let read = Clocks { max_skew: f.or("maxSkew", correct.max_skew.value, cx) };
        f.close(cx);
        Some(read)
    }
}
