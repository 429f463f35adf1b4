//! When a weak value of the platform does harm that does none by itself. A planted bug of the same two values stands for each
//! line that names another key; what has no line here breaks a correct definition alone.

/// Key, value, and when it hurts.
pub const HURTS: &[(&str, &str, &str)] = &[
    ("outbox.poison", "block", "Where an event cannot be published; no fault of the bundled profiles makes one so."),
    (
        "broker.duplicateWindow",
        "fixed",
        "Never by itself: what it drops an inbox ignores. It is no inbox: with inbox: none of a consumer what comes again after the window is acted on.",
    ),
    (
        "broker.duplicateWindow",
        "sliding",
        "Never by itself: what it drops an inbox ignores. It is no inbox: with inbox: none of a consumer what comes again after the window is acted on.",
    ),
    (
        "broker.replay",
        "new-id",
        "With consumer.order: arrival, or with a consumer that has inbox: none: nothing else tells old from new.",
    ),
    (
        "inbox.commit",
        "after-effect",
        "Where the call of a consumer has no key, or its system does not deduplicate: a repetition of it is an effect more.",
    ),
    ("inbox.key", "id", "Where one consumer gets the events of two sources, as of the OMS and of billing."),
    ("consumer.order", "timestamp", "With clocks.maxSkew above zero: what a slow clock tells counts as old."),
    (
        "consumer.onGap",
        "APPLY",
        "Where the events of an order overtake each other, as with broker.partitionBy: message-id.",
    ),
    ("saga.unmatchedReply", "drop", "With saga.save: after-send: the answer that comes before the save is lost."),
    (
        "saga.retryBudget",
        "shared",
        "Where an undo has few attempts and nothing follows its failure: what its step used up is missing.",
    ),
    (
        "saga.recoveryOrder",
        "unordered",
        "Never by itself: a step is sent when those before it are done. With saga.dispatch: past-retries it may go first.",
    ),
];

/// When a weak value hurts that does no harm alone; empty where it does.
#[must_use]
pub fn hurts(key: &str, value: &str) -> &'static str {
    HURTS.iter().find(|(of, word, _)| *of == key && *word == value).map_or("", |(.., when)| when)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::PlatformKey;

    #[test]
    fn each_line_is_about_a_weak_value_that_there_is() {
        for (i, (key, value, _)) in HURTS.iter().enumerate() {
            let all = PlatformKey::all();
            let found = all.iter().find(|found| found.path == *key).unwrap_or_else(|| panic!("there is no key {key}"));
            let at = found.words.iter().position(|(word, _)| word == value);
            assert!(at.is_some_and(|at| at > 0), "{key} {value}");
            assert!(!HURTS[..i].iter().any(|(of, word, _)| (of, word) == (key, value)), "{key} {value} stands twice");
        }
    }
}
