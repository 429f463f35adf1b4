//! The words of the platform file: of each key the correct value first, then the weaknesses.

use super::keyword::{Keyword, keywords};

keywords! {
    /// How the total of a quote comes about.
    "cpq.total" QuoteTotal {
        /// Summed over the lines that are stored with it.
        SumOfLines = "sum-of-lines",
        /// Added to the total that stands there: a quote that is priced again has both.
        AddedUp = "added-up",
    }
}

keywords! {
    /// When the trace of a price is stored.
    "cpq.trace" PriceTrace {
        /// In the transaction of the price.
        WithPrice = "with-price",
        /// In a transaction of its own, afterwards: a price can be read that nothing explains.
        Apart = "apart",
    }
}

keywords! {
    /// How a decision about a quote is stored.
    "cpq.decision" QuoteDecision {
        /// In one transaction with the transition that it brings about.
        OneTransaction = "one-transaction",
        /// First the decision, then the transition: a crash between them leaves a decision without effect.
        TwoTransactions = "two-transactions",
    }
}

keywords! {
    /// When a quote is validated.
    "cpq.validation" QuoteValidation {
        /// In each of its versions.
        EachVersion = "each-version",
        /// Once: a revision passes on the result of the version before it.
        Once = "once",
        /// Never.
        None = "none",
    }
}

keywords! {
    /// What becomes of an approval that comes again, or late.
    "cpq.lateDecision" LateDecision {
        /// It is ignored: only what waits for a decision is decided.
        Ignored = "ignored",
        /// It is applied to whatever the quote is by then.
        Applied = "applied",
    }
}

keywords! {
    /// What becomes of an attempt to revise an accepted quote.
    "cpq.acceptedRevision" AcceptedRevision {
        /// It is refused: whoever wants something else asks for another quote.
        Refused = "refused",
        /// It is written over the accepted snapshot.
        Overwrites = "overwrites",
        /// It takes the quote back to a draft.
        Reopens = "reopens",
    }
}

keywords! {
    /// Which quotes a publication of prices reaches.
    "cpq.priceChange" PriceChange {
        /// Drafts.
        Drafts = "drafts",
        /// All that are not accepted yet, also while somebody decides about them.
        Unaccepted = "unaccepted",
        /// All of them.
        All = "all",
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

keywords! {
    /// As what a replay hands events out once more.
    "broker.replay" Replay {
        /// As what they are.
        SameId = "same-id",
        /// Each in a new message with an id of its own: no inbox knows it.
        NewId = "new-id",
        /// Each as a new event, with an id and a sequence number of its own: nothing tells it from a change.
        NewEvent = "new-event",
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
    /// What becomes of a circuit breaker that is open.
    "saga.breaker" Breaker {
        /// After its pause one call goes through, and the answer closes it.
        HalfOpen = "half-open",
        /// It stays open until the engine restarts: no call goes through that could close it.
        StaysOpen = "stays-open",
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

keywords! {
    /// What a step waits for that comes after another one.
    "saga.dispatch" Dispatch {
        /// For all steps before it to be done.
        WhenReady = "when-ready",
        /// For no step that waits for its next attempt: what is slowed down is overtaken.
        PastRetries = "past-retries",
    }
}

keywords! {
    /// Of what a plan is made.
    "saga.plan" PlanOf {
        /// Of the items of the order.
        OrderedItems = "ordered-items",
        /// Of all items of the offer, whether they were ordered or not.
        WholeOffer = "whole-offer",
    }
}

keywords! {
    /// What becomes of a success that comes for a step which is being undone, or was.
    "saga.lateReply" LateReply {
        /// Nothing: the state of the step decides what may still come.
        ByState = "by-state",
        /// It completes the step, whatever became of it.
        Completes = "completes",
    }
}

keywords! {
    /// When customers get the notice that a compensation promises.
    "saga.notice" Notice {
        /// When it is done.
        WhenUndone = "when-undone",
        /// As soon as somebody asks for a cancellation, before it is decided.
        WhenAsked = "when-asked",
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

keywords! {
    /// What keeps an older event from overwriting a newer one.
    "readModel.guard" ReadModelGuard {
        /// The version of the aggregate.
        AggregateVersion = "aggregate-version",
        /// Nothing.
        None = "none",
    }
}

keywords! {
    /// Which states a read model can show.
    "readModel.states" ReadModelStates {
        /// All of them.
        All = "all",
        /// Those of its first release, which knew neither parts nor detours: what it does not know leaves the row as it was.
        FirstRelease = "first-release",
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

keywords! {
    /// How people correct the state of an item.
    "people.itemCorrections" ItemCorrections {
        /// By a command to the OMS, which decides by the item's own machine.
        DomainCommand = "domain-command",
        /// In the tables of the OMS: the item is in another state, and nothing that must follow does.
        DirectWrite = "direct-write",
    }
}

keywords! {
    /// What the reconciler does about a difference.
    "reconciler.acts" ReconcilerActs {
        /// What its rule says: a repair, or a case.
        AsRuled = "as-ruled",
        /// It writes it into a report, and nobody is told.
        ReportOnly = "report-only",
    }
}

keywords! {
    /// What the reconciler does when nobody answers.
    "reconciler.unanswered" ReconcilerUnanswered {
        /// It asks again, and in the end hands over to a person.
        AskAgain = "ask-again",
        /// It leaves the item out: nobody looks at it any more.
        SkipItem = "skip-item",
    }
}

/// A key of the platform file with a closed vocabulary, for reference pages.
#[derive(Clone, Debug)]
pub struct PlatformKey {
    /// Its path.
    pub path: &'static str,
    /// Its words and what each means; the first is correct, the others are weaknesses.
    pub words: Vec<(&'static str, &'static str)>,
}

impl PlatformKey {
    fn of<K: Keyword>() -> Self {
        Self { path: K::WHAT, words: K::ALL.iter().map(|value| (value.word(), value.about())).collect() }
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::of::<QuoteTotal>(),
            Self::of::<PriceTrace>(),
            Self::of::<QuoteDecision>(),
            Self::of::<QuoteValidation>(),
            Self::of::<LateDecision>(),
            Self::of::<AcceptedRevision>(),
            Self::of::<PriceChange>(),
            Self::of::<OutboxWrite>(),
            Self::of::<OutboxSelect>(),
            Self::of::<Visibility>(),
            Self::of::<PublishOrder>(),
            Self::of::<Mark>(),
            Self::of::<Poison>(),
            Self::of::<Lease>(),
            Self::of::<PartitionBy>(),
            Self::of::<OnNoSubscriber>(),
            Self::of::<DuplicateWindow>(),
            Self::of::<Replay>(),
            Self::of::<Resubmit>(),
            Self::of::<InboxCommit>(),
            Self::of::<InboxKey>(),
            Self::of::<Ack>(),
            Self::of::<ConsumerOrder>(),
            Self::of::<OnGap>(),
            Self::of::<Claim>(),
            Self::of::<Save>(),
            Self::of::<Locking>(),
            Self::of::<Breaker>(),
            Self::of::<UnmatchedReply>(),
            Self::of::<RetryBudget>(),
            Self::of::<Start>(),
            Self::of::<Undo>(),
            Self::of::<StoreErrorMeans>(),
            Self::of::<RecoveryOrder>(),
            Self::of::<CompensationVersion>(),
            Self::of::<CompensationError>(),
            Self::of::<Sweeper>(),
            Self::of::<Dispatch>(),
            Self::of::<PlanOf>(),
            Self::of::<LateReply>(),
            Self::of::<Notice>(),
            Self::of::<FiredBy>(),
            Self::of::<ReadModelGuard>(),
            Self::of::<ReadModelStates>(),
            Self::of::<FinancialCorrections>(),
            Self::of::<ApprovalBinds>(),
            Self::of::<ItemCorrections>(),
            Self::of::<ReconcilerActs>(),
            Self::of::<ReconcilerUnanswered>(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vocabulary_is_listed() {
        let declared = include_str!("platform_words.rs").lines().filter(|line| *line == "keywords! {").count();
        let keys = PlatformKey::all();
        assert_eq!(keys.len(), declared);
        assert!(keys.iter().all(|key| key.words.len() > 1), "a key has a correct value and a weakness");
    }
}
