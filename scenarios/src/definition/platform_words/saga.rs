//! The words of the `saga` section.

use crate::definition::keyword::keywords;

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
    "saga.timers.firedBy" FiredBy {
        /// One node, by a claim.
        One = "one",
        /// Every node.
        EveryNode = "every-node",
    }
}
