//! The words of outbox, broker, inbox, consumers and read models: how an event comes from the one who tells it to the
//! ones who hear it.

use crate::definition::keyword::keywords;

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
    "broker.deadLetter.resubmit" Resubmit {
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
