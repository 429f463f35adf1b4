//! The catalogue of fault kinds: one file each.
//!
//! To add a kind: a file with its entry and the headings *In production*, *Choices* and *Healing* in its docs, a `mod`
//! line, and its place in [`FAULTS`].

mod broker_outage;
mod broker_redelivery;
mod callback_late;
mod callback_twice;
mod consumer_crash;
mod consumer_crash_after_commit;
mod cpq_crash;
mod dead_downstream;
mod deadlock;
mod delay;
mod desk_unattended;
mod downstream_timeout_after_effect;
mod downstream_timeout_before_effect;
mod duplicate;
mod event_replay;
mod hold;
mod http_500;
mod http_502;
mod http_503;
mod http_504;
mod late_duplicate;
mod late_effect;
mod lock_race;
mod lost_commit_response;
mod manual_correction;
mod message_lost;
mod not_sent;
mod oms_crash_after_commit;
mod oms_crash_before_commit;
mod partial_effect;
mod participant_crash;
mod pause;
mod rate_limit;
mod reconciler_crash;
mod rejection;
mod relay_crash;
mod relay_crash_after_mark;
mod reorder;
mod reorder_beyond_broker;
mod request_lost;
mod response_lost;
mod slow;
mod tie_order;
mod timer_early;
mod timer_late;
mod timer_twice;
mod unauthorized;
mod validation_error;
mod wrong_effect;

use crate::Fault;

/// All fault kinds by family. The position of a kind is its `KindId`; names, not positions, enter keys and files.
pub const FAULTS: &[Fault] = &[
    duplicate::FAULT,
    late_duplicate::FAULT,
    delay::FAULT,
    reorder::FAULT,
    hold::FAULT,
    request_lost::FAULT,
    response_lost::FAULT,
    message_lost::FAULT,
    not_sent::FAULT,
    oms_crash_before_commit::FAULT,
    oms_crash_after_commit::FAULT,
    relay_crash::FAULT,
    relay_crash_after_mark::FAULT,
    consumer_crash::FAULT,
    consumer_crash_after_commit::FAULT,
    participant_crash::FAULT,
    cpq_crash::FAULT,
    reconciler_crash::FAULT,
    pause::FAULT,
    dead_downstream::FAULT,
    downstream_timeout_before_effect::FAULT,
    downstream_timeout_after_effect::FAULT,
    http_500::FAULT,
    http_502::FAULT,
    http_503::FAULT,
    http_504::FAULT,
    rate_limit::FAULT,
    rejection::FAULT,
    validation_error::FAULT,
    unauthorized::FAULT,
    slow::FAULT,
    late_effect::FAULT,
    partial_effect::FAULT,
    wrong_effect::FAULT,
    callback_twice::FAULT,
    callback_late::FAULT,
    reorder_beyond_broker::FAULT,
    broker_outage::FAULT,
    broker_redelivery::FAULT,
    deadlock::FAULT,
    lost_commit_response::FAULT,
    lock_race::FAULT,
    tie_order::FAULT,
    timer_early::FAULT,
    timer_late::FAULT,
    timer_twice::FAULT,
    desk_unattended::FAULT,
    event_replay::FAULT,
    manual_correction::FAULT,
];
