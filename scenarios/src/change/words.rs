//! A change as two words, for the fingerprint of a run.

use super::*;

impl Change {
    /// As what it is watched: the number of its bit in [`kind`].
    #[inline]
    #[must_use]
    pub const fn watched_as(&self) -> u8 {
        match self {
            Self::Row { phase: RowPhase::Written, .. } => kind::ROW_WRITTEN.trailing_zeros() as u8,
            Self::Step { before: StepState::Pending, after: StepState::Ready, .. }
            | Self::Step { before: StepState::Ready, after: StepState::Sent, .. } => {
                kind::STEP_BEGUN.trailing_zeros() as u8
            }
            _ => self.kind(),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Quote { .. } => 0,
            Self::Price { .. } => 1,
            Self::Approval { .. } => 2,
            Self::Order { .. } => 3,
            Self::Created { .. } => 4,
            Self::Item { .. } => 5,
            Self::Saga { .. } => 6,
            Self::Step { .. } => 7,
            Self::Saved { .. } => 8,
            Self::Sent { .. } => 9,
            Self::Answered { .. } => 10,
            Self::Effect { .. } => 11,
            Self::Resolved { .. } => 12,
            Self::Row { .. } => 13,
            Self::Told { .. } => 14,
            Self::Delivery { .. } => 15,
            Self::ReadModel { .. } => 16,
            Self::Command { .. } => 17,
            Self::Case { .. } => 18,
            Self::Timeout { .. } => 19,
            Self::Reconciled { .. } => 20,
            Self::Dashboard { .. } => 21,
            Self::Compensation { .. } => 22,
            Self::Charge { .. } => 23,
            Self::Product { .. } => 24,
            Self::Replayed { .. } => 25,
            Self::Published { .. } => 26,
            Self::Act { .. } => 27,
            Self::Breaker { .. } => 28,
        }
    }

    /// Itself in two words, for the fingerprint.
    #[must_use]
    pub fn words(&self) -> (u64, u64) {
        let kind = u64::from(self.kind());
        match *self {
            Self::Quote { order, version, before, after, validated, approved_version } => (
                fold(kind, [u64::from(order), u64::from(version), before as u64]),
                fold(0, [after as u64, validated as u64, u64::from(approved_version)]),
            ),
            Self::Price { order, version, state, lines, total, traced } => (
                fold(kind, [u64::from(order), u64::from(version), state as u64]),
                fold(0, [lines as u64, total as u64, traced as u64]),
            ),
            Self::Approval { order, version, decided } => {
                (fold(kind, [u64::from(order), u64::from(version)]), fold(0, [u64::from(decided)]))
            }
            Self::Order { order, before, after } => {
                (fold(kind, [u64::from(order), before as u64]), fold(0, [after as u64]))
            }
            Self::Created { order, instances, version } => {
                (fold(kind, [u64::from(order), u64::from(instances)]), fold(0, [u64::from(version)]))
            }
            Self::Item { order, item, before, after, by_machine } => (
                fold(kind, [u64::from(order), u64::from(item.0), before as u64]),
                fold(0, [after as u64, by_machine as u64]),
            ),
            Self::Saga { order, before, after } => {
                (fold(kind, [u64::from(order), before as u64]), fold(0, [after as u64]))
            }
            Self::Step { order, step, before, after, revision, attempt, why } => (
                fold(kind, [u64::from(order), u64::from(step.0), before as u64, after as u64]),
                fold(0, [u64::from(revision), u64::from(attempt), why as u64]),
            ),
            Self::Saved { order, read, current } => {
                (fold(kind, [u64::from(order), u64::from(read)]), fold(0, [u64::from(current)]))
            }
            Self::Sent { call, key } => (fold(kind, [call_word(call)]), fold(0, [key])),
            Self::Answered { call, key, payload, record, repeated, refused } => (
                fold(kind, [call_word(call), key, u64::from(payload)]),
                fold(0, [u64::from(record), repeated as u64, refused as u64]),
            ),
            Self::Effect { effect } => (fold(kind, [u64::from(effect.0)]), fold(0, [])),
            Self::Resolved { call, as_done, finding, asked } => {
                (fold(kind, [call_word(call), as_done as u64]), fold(0, [finding as u64, asked as u64]))
            }
            Self::Row { event, phase, committed } => {
                (fold(kind, [word_of(event), phase as u64]), fold(0, [committed as u64]))
            }
            Self::Told { order, item, written, asked } => {
                (fold(kind, [u64::from(order), u64::from(item.0)]), fold(0, [u64::from(written), u64::from(asked)]))
            }
            Self::Delivery { event, consumer, phase, before } => {
                (fold(kind, [word_of(event), u64::from(consumer)]), fold(0, [phase as u64, u64::from(before)]))
            }
            Self::ReadModel { consumer, emission, order, item, state, version, before } => (
                fold(kind, [u64::from(consumer), u64::from(emission), u64::from(order), u64::from(item.0)]),
                fold(0, [u64::from(state), u64::from(version), u64::from(before)]),
            ),
            Self::Command { placement, order, item, decision, expected, current, times } => (
                fold(kind, [u64::from(placement), u64::from(order), u64::from(item.0), decision as u64]),
                fold(0, [u64::from(expected), u64::from(current), u64::from(times)]),
            ),
            Self::Case { order, step, case, reason, phase, audited, authorised } => (
                fold(kind, [u64::from(order), u64::from(step.0), u64::from(case), reason as u64]),
                fold(0, [phase as u64, audited as u64, authorised as u64]),
            ),
            Self::Timeout { order, signalled } => (fold(kind, [u64::from(order)]), fold(0, [signalled as u64])),
            Self::Reconciled { order, item, rule, found, severity, acted } => (
                fold(kind, [u64::from(order), u64::from(item.0), u64::from(rule)]),
                fold(0, [found as u64, u64::from(severity), acted as u64]),
            ),
            Self::Dashboard { order, item, holding, state } => {
                (fold(kind, [u64::from(order), u64::from(item.0)]), fold(0, [u64::from(holding), u64::from(state)]))
            }
            Self::Compensation { order, undo, undoes, audited } => (
                fold(kind, [u64::from(order), u64::from(undo.0)]),
                fold(0, [undoes.map_or(0xFFFF, |s| u64::from(s.0)), audited as u64]),
            ),
            Self::Charge { order, charge, before, after } => {
                (fold(kind, [u64::from(order), u64::from(charge.0)]), fold(0, [before as u64, after as u64]))
            }
            Self::Product { order, item, before, after } => {
                (fold(kind, [u64::from(order), u64::from(item.0)]), fold(0, [u64::from(before), u64::from(after)]))
            }
            Self::Replayed { event, of } => (fold(kind, [word_of(event)]), fold(0, [u64::from(of)])),
            Self::Breaker { order, step, phase, failures } => {
                (fold(kind, [u64::from(order), u64::from(step.0)]), fold(0, [phase as u64, u64::from(failures)]))
            }
            Self::Act { order, item, act, audited, authorised } => (
                fold(kind, [u64::from(order), u64::from(item.0), act as u64]),
                fold(0, [audited as u64, authorised as u64]),
            ),
            Self::Published { order, version, state, touched } => {
                (fold(kind, [u64::from(order), u64::from(version)]), fold(0, [state as u64, touched as u64]))
            }
        }
    }
}

/// Folds the fields of a change into one word; each moves the ones before it, so that order counts.
fn fold<const N: usize>(start: u64, fields: [u64; N]) -> u64 {
    fields.into_iter().fold(start, |word, field| word.rotate_left(13).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ field)
}

fn word_of(event: BusinessEvent) -> u64 {
    u64::from(event.id())
        | u64::from(event.order) << 24
        | u64::from(event.item) << 40
        | u64::from(event.state) << 48
        | u64::from(event.version) << 56
}

fn call_word(call: CallRef) -> u64 {
    u64::from(call.order)
        | u64::from(call.step.0) << 16
        | u64::from(call.revision) << 32
        | u64::from(call.attempt) << 48
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_steps_are_watched_as_one_of_two_kinds() {
        use StepState::{Completed, Failed, Pending, Ready, Sent, Skipped, Unknown};
        let watched = |change: Change| 1_u64 << change.watched_as();
        for (before, after, expected) in [
            (Pending, Ready, kind::STEP_BEGUN),
            (Ready, Sent, kind::STEP_BEGUN),
            (Failed, Pending, kind::STEP_PAST_BEGUN),
            (Unknown, Sent, kind::STEP_PAST_BEGUN),
            (Pending, Skipped, kind::STEP_PAST_BEGUN),
            (Sent, Completed, kind::STEP_PAST_BEGUN),
        ] {
            let (order, step, why) = (0, StepIx(0), Why::Sent);
            let change = Change::Step { order, step, before, after, revision: 0, attempt: 0, why };
            assert_eq!(watched(change), expected, "{before:?} to {after:?}");
            assert_ne!(watched(change) & kind::STEP, 0);
        }
        for (phase, expected) in [
            (RowPhase::Written, kind::ROW_WRITTEN),
            (RowPhase::Accepted, kind::ROW_ON_ITS_WAY),
            (RowPhase::Parked, kind::ROW_ON_ITS_WAY),
        ] {
            let change = Change::Row { event: BusinessEvent::default(), phase, committed: true };
            assert_eq!(watched(change), expected, "{phase:?}");
            assert_ne!(watched(change) & kind::ROW, 0);
        }
        assert_eq!(
            watched(Change::Saga { order: 0, before: SagaState::Pending, after: SagaState::Executing }),
            kind::SAGA
        );
    }
}
