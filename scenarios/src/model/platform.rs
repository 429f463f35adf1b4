//! The plumbing contract without its spans.

use sim_core::Duration;

use crate::definition::{
    AcceptedRevision, Ack, ApprovalBinds, Breaker, Claim, CompensationError, CompensationVersion, ConsumerOrder,
    Dispatch, DuplicateWindow, FinancialCorrections, FiredBy, InboxCommit, InboxKey, ItemCorrections, LateDecision,
    LateReply, Lease, Locking, Mark, Notice, OnGap, OnNoSubscriber, OutboxSelect, OutboxWrite, PartitionBy, PlanOf,
    Platform, Poison, PriceChange, PriceTrace, PublishOrder, QuoteDecision, QuoteTotal, QuoteValidation,
    ReadModelGuard, ReadModelStates, ReconcilerActs, ReconcilerFinds, ReconcilerLooks, ReconcilerUnanswered,
    RecoveryOrder, Replay, Requirement, Resubmit, RetryBudget, Save, Start, StoreErrorMeans, Sweeper, Undo,
    UnmatchedReply, Visibility,
};

macro_rules! plumbing {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $($path:ident).+;)*) => {
        /// Every value of the platform contract, as plain data.
        #[derive(Clone, Copy, Debug)]
        pub struct Plumbing {
            $($(#[$doc])* pub $name: $type,)*
            /// How long the broker keeps a message.
            pub retention: Duration,
            /// How long an inbox remembers.
            pub inbox_window: Duration,
            /// How far clocks may be apart.
            pub max_skew: Duration,
        }

        impl Plumbing {
            /// The values of a platform file.
            #[must_use]
            pub fn new(platform: &Platform) -> Self {
                Self {
                    $($name: platform.$($path).+.value,)*
                    retention: Duration(platform.broker.retention.value.micros()),
                    inbox_window: Duration(platform.inbox.window.value.micros()),
                    max_skew: Duration(platform.clocks.max_skew.value.micros()),
                }
            }
        }
    };
}

plumbing! {
    /// How the total of a quote comes about.
    quote_total: QuoteTotal = cpq.total;
    /// When the trace of a price is stored.
    price_trace: PriceTrace = cpq.trace;
    /// How a decision about a quote is stored.
    quote_decision: QuoteDecision = cpq.decision;
    /// When a quote is validated.
    quote_validation: QuoteValidation = cpq.validation;
    /// What becomes of an approval that comes again, or late.
    late_decision: LateDecision = cpq.late_decision;
    /// What becomes of an attempt to revise an accepted quote.
    accepted_revision: AcceptedRevision = cpq.accepted_revision;
    /// Which quotes a publication of prices reaches.
    price_change: PriceChange = cpq.price_change;
    /// When an event's row is written.
    write: OutboxWrite = outbox.write;
    /// How the relay finds rows.
    select: OutboxSelect = outbox.select;
    /// When a committed row can be seen.
    visible: Visibility = outbox.visible;
    /// In which order rows are published.
    publish_order: PublishOrder = outbox.publish_order;
    /// When a row is marked.
    mark: Mark = outbox.mark;
    /// What is done with a row that cannot be published.
    poison: Poison = outbox.poison;
    /// How many relays there are.
    relays: u32 = outbox.relays;
    /// How relays share the rows.
    lease: Lease = outbox.lease;
    /// What decides a message's partition.
    partition_by: PartitionBy = broker.partition_by;
    /// What is done with what nobody subscribed to.
    on_no_subscriber: OnNoSubscriber = broker.on_no_subscriber;
    /// After how many deliveries a message is dead.
    dead_letter_after: u32 = broker.dead_letter.after;
    /// Where a resubmitted message goes.
    resubmit: Resubmit = broker.dead_letter.resubmit;
    /// Whether the broker drops repetitions.
    duplicate_window: DuplicateWindow = broker.duplicate_window;
    /// As what events are replayed.
    replay: Replay = broker.replay;
    /// When the inbox row is written.
    inbox_commit: InboxCommit = inbox.commit;
    /// What the inbox tells messages by.
    inbox_key: InboxKey = inbox.key;
    /// When a message is acknowledged.
    ack: Ack = consumer.ack;
    /// What tells old from new.
    consumer_order: ConsumerOrder = consumer.order;
    /// What happens when a version is missing.
    on_gap: OnGap = consumer.on_gap;
    /// How two instances of a consumer share messages.
    claim: Claim = consumer.claim;
    /// When a step is saved.
    save: Save = saga.save;
    /// How a saga row is protected.
    locking: Locking = saga.locking;
    /// Whether timers are dropped when what they wait for is done.
    cancel_on_complete: bool = saga.timers.cancel_on_complete;
    /// Who fires a timer.
    fired_by: FiredBy = saga.timers.fired_by;
    /// Whether the timeout of a saga outlives the engine.
    timeout_stored: bool = saga.timers.stored;
    /// What becomes of a circuit breaker that is open.
    breaker: Breaker = saga.breaker;
    /// What is done with a reply that nobody waits for.
    unmatched_reply: UnmatchedReply = saga.unmatched_reply;
    /// What attempts are counted for.
    retry_budget: RetryBudget = saga.retry_budget;
    /// What makes a start unique.
    start: Start = saga.start;
    /// Which steps are compensated.
    undo: Undo = saga.undo;
    /// What an error of the store makes of a step.
    store_error_means: StoreErrorMeans = saga.store_error_means;
    /// In which order steps are taken up after a restart.
    recovery_order: RecoveryOrder = saga.recovery_order;
    /// Which definition a compensation follows.
    compensation_version: CompensationVersion = saga.compensation_version;
    /// What is done about a compensation that fails.
    compensation_error: CompensationError = saga.compensation_error;
    /// Whether a running step cannot be started again.
    in_flight_guard: bool = saga.in_flight_guard;
    /// How the repair service finds work.
    sweeper: Sweeper = saga.sweeper;
    /// What a step waits for that comes after another one.
    dispatch: Dispatch = saga.dispatch;
    /// Of what a plan is made.
    plan: PlanOf = saga.plan;
    /// What becomes of a success that comes for a step which is being undone, or was.
    late_reply: LateReply = saga.late_reply;
    /// When customers get the notice that a compensation promises.
    notice: Notice = saga.notice;
    /// What keeps an older event from overwriting a newer one.
    read_model_guard: ReadModelGuard = read_model.guard;
    /// Which states a read model can show.
    read_model_states: ReadModelStates = read_model.states;
    /// Whether a manual change must give a reason.
    reason_code: Requirement = people.reason_code;
    /// Who may correct money.
    financial_corrections: FinancialCorrections = people.financial_corrections;
    /// How the state of an item is corrected.
    item_corrections: ItemCorrections = people.item_corrections;
    /// What the reconciler does about a difference.
    reconciler_acts: ReconcilerActs = reconciler.acts;
    /// Which differences it looks for.
    reconciler_finds: ReconcilerFinds = reconciler.finds;
    /// How long it goes on to look at an item.
    reconciler_looks: ReconcilerLooks = reconciler.looks;
    /// What it does when nobody answers.
    reconciler_unanswered: ReconcilerUnanswered = reconciler.unanswered;
    /// What an approval is bound to.
    approval_binds: ApprovalBinds = people.approval_binds;
}
