//! The bundled catalogue: sagas with their contracts, machines, profiles and defects, as texts.

/// The bundled files by name, relative to the catalogue's folder.
pub const FILES: &[(&str, &str)] = &[
    ("cancel-after-reservation.scenario.yaml", include_str!("../catalog/cancel-after-reservation.scenario.yaml")),
    ("machines.yaml", include_str!("../catalog/machines.yaml")),
    ("order-fulfilment.saga.yaml", include_str!("../catalog/order-fulfilment.saga.yaml")),
    ("participants.yaml", include_str!("../catalog/participants.yaml")),
    ("platform.yaml", include_str!("../catalog/platform.yaml")),
    ("quote-to-order.saga.yaml", include_str!("../catalog/quote-to-order.saga.yaml")),
    ("tmf622-order.saga.yaml", include_str!("../catalog/tmf622-order.saga.yaml")),
];

/// The planted bugs by file name.
pub const DEFECTS: &[(&str, &str)] = &[
    ("accepted-quote-reopened.yaml", include_str!("../catalog/defects/accepted-quote-reopened.yaml")),
    ("approval-applied-late.yaml", include_str!("../catalog/defects/approval-applied-late.yaml")),
    ("approval-of-another-version.yaml", include_str!("../catalog/defects/approval-of-another-version.yaml")),
    ("attempt-in-key.yaml", include_str!("../catalog/defects/attempt-in-key.yaml")),
    ("billed-before-shipped.yaml", include_str!("../catalog/defects/billed-before-shipped.yaml")),
    ("billed-with-the-line.yaml", include_str!("../catalog/defects/billed-with-the-line.yaml")),
    ("breaker-stays-open.yaml", include_str!("../catalog/defects/breaker-stays-open.yaml")),
    ("cancelled-while-shipping.yaml", include_str!("../catalog/defects/cancelled-while-shipping.yaml")),
    ("charge-in-part-made-anew.yaml", include_str!("../catalog/defects/charge-in-part-made-anew.yaml")),
    ("charged-anew-after-two-questions.yaml", include_str!("../catalog/defects/charged-anew-after-two-questions.yaml")),
    ("charged-at-the-price-of-today.yaml", include_str!("../catalog/defects/charged-at-the-price-of-today.yaml")),
    ("check-then-insert-at-billing.yaml", include_str!("../catalog/defects/check-then-insert-at-billing.yaml")),
    ("compensation-of-latest-version.yaml", include_str!("../catalog/defects/compensation-of-latest-version.yaml")),
    ("compensation-without-audit.yaml", include_str!("../catalog/defects/compensation-without-audit.yaml")),
    ("completed-step-requeued.yaml", include_str!("../catalog/defects/completed-step-requeued.yaml")),
    ("credit-deletes-the-charge.yaml", include_str!("../catalog/defects/credit-deletes-the-charge.yaml")),
    ("credited-at-the-price-of-today.yaml", include_str!("../catalog/defects/credited-at-the-price-of-today.yaml")),
    ("decision-stored-apart.yaml", include_str!("../catalog/defects/decision-stored-apart.yaml")),
    ("dedup-window-too-short.yaml", include_str!("../catalog/defects/dedup-window-too-short.yaml")),
    ("dependency-forgotten.yaml", include_str!("../catalog/defects/dependency-forgotten.yaml")),
    ("dropped-without-subscriber.yaml", include_str!("../catalog/defects/dropped-without-subscriber.yaml")),
    ("failed-undo-ignored.yaml", include_str!("../catalog/defects/failed-undo-ignored.yaml")),
    ("failed-undo-swallowed.yaml", include_str!("../catalog/defects/failed-undo-swallowed.yaml")),
    ("id-before-dedup.yaml", include_str!("../catalog/defects/id-before-dedup.yaml")),
    ("inbox-before-effect.yaml", include_str!("../catalog/defects/inbox-before-effect.yaml")),
    ("item-state-written-by-hand.yaml", include_str!("../catalog/defects/item-state-written-by-hand.yaml")),
    ("key-dropped-at-billing.yaml", include_str!("../catalog/defects/key-dropped-at-billing.yaml")),
    ("key-recorded-before-charge.yaml", include_str!("../catalog/defects/key-recorded-before-charge.yaml")),
    ("late-answer-completes.yaml", include_str!("../catalog/defects/late-answer-completes.yaml")),
    ("line-left-connected.yaml", include_str!("../catalog/defects/line-left-connected.yaml")),
    ("mail-sent-twice.yaml", include_str!("../catalog/defects/mail-sent-twice.yaml")),
    ("no-dedup-at-billing.yaml", include_str!("../catalog/defects/no-dedup-at-billing.yaml")),
    ("no-fallback.yaml", include_str!("../catalog/defects/no-fallback.yaml")),
    ("no-locking.yaml", include_str!("../catalog/defects/no-locking.yaml")),
    ("no-point-of-no-return.yaml", include_str!("../catalog/defects/no-point-of-no-return.yaml")),
    ("no-reason-code.yaml", include_str!("../catalog/defects/no-reason-code.yaml")),
    ("no-timeout-at-billing.yaml", include_str!("../catalog/defects/no-timeout-at-billing.yaml")),
    ("no-timeout.yaml", include_str!("../catalog/defects/no-timeout.yaml")),
    ("no-unresolved-action.yaml", include_str!("../catalog/defects/no-unresolved-action.yaml")),
    ("nobody-owns-fallout.yaml", include_str!("../catalog/defects/nobody-owns-fallout.yaml")),
    (
        "notice-dropped-after-three-attempts.yaml",
        include_str!("../catalog/defects/notice-dropped-after-three-attempts.yaml"),
    ),
    ("one-person-corrects-money.yaml", include_str!("../catalog/defects/one-person-corrects-money.yaml")),
    ("one-question-and-no-more.yaml", include_str!("../catalog/defects/one-question-and-no-more.yaml")),
    ("order-created-twice.yaml", include_str!("../catalog/defects/order-created-twice.yaml")),
    ("outbox-by-status.yaml", include_str!("../catalog/defects/outbox-by-status.yaml")),
    ("outbox-cursor.yaml", include_str!("../catalog/defects/outbox-cursor.yaml")),
    ("outbox-high-water-mark.yaml", include_str!("../catalog/defects/outbox-high-water-mark.yaml")),
    ("outbox-marked-before-publish.yaml", include_str!("../catalog/defects/outbox-marked-before-publish.yaml")),
    ("outbox-never-marked.yaml", include_str!("../catalog/defects/outbox-never-marked.yaml")),
    ("outbox-rows-seen-late.yaml", include_str!("../catalog/defects/outbox-rows-seen-late.yaml")),
    ("outbox-written-after-commit.yaml", include_str!("../catalog/defects/outbox-written-after-commit.yaml")),
    ("outbox-written-before-commit.yaml", include_str!("../catalog/defects/outbox-written-before-commit.yaml")),
    ("partition-by-message.yaml", include_str!("../catalog/defects/partition-by-message.yaml")),
    ("plan-of-the-whole-offer.yaml", include_str!("../catalog/defects/plan-of-the-whole-offer.yaml")),
    ("publish-in-any-order.yaml", include_str!("../catalog/defects/publish-in-any-order.yaml")),
    ("query-answered-from-replica.yaml", include_str!("../catalog/defects/query-answered-from-replica.yaml")),
    ("rate-limit-overtaken.yaml", include_str!("../catalog/defects/rate-limit-overtaken.yaml")),
    ("read-model-of-the-first-release.yaml", include_str!("../catalog/defects/read-model-of-the-first-release.yaml")),
    ("reconciler-blind-to-surplus.yaml", include_str!("../catalog/defects/reconciler-blind-to-surplus.yaml")),
    ("reconciler-done-when-agreed.yaml", include_str!("../catalog/defects/reconciler-done-when-agreed.yaml")),
    ("reconciler-reports-only.yaml", include_str!("../catalog/defects/reconciler-reports-only.yaml")),
    ("reconciler-skips-the-silent.yaml", include_str!("../catalog/defects/reconciler-skips-the-silent.yaml")),
    ("redone-and-not-undone.yaml", include_str!("../catalog/defects/redone-and-not-undone.yaml")),
    ("release-missing.yaml", include_str!("../catalog/defects/release-missing.yaml")),
    ("release-not-deduplicated.yaml", include_str!("../catalog/defects/release-not-deduplicated.yaml")),
    ("repetition-answered-anew.yaml", include_str!("../catalog/defects/repetition-answered-anew.yaml")),
    ("replayed-as-new-events.yaml", include_str!("../catalog/defects/replayed-as-new-events.yaml")),
    ("reserved-anew-when-unanswered.yaml", include_str!("../catalog/defects/reserved-anew-when-unanswered.yaml")),
    ("retention-too-short.yaml", include_str!("../catalog/defects/retention-too-short.yaml")),
    ("revision-not-validated.yaml", include_str!("../catalog/defects/revision-not-validated.yaml")),
    ("revision-over-accepted-snapshot.yaml", include_str!("../catalog/defects/revision-over-accepted-snapshot.yaml")),
    ("router-alone.yaml", include_str!("../catalog/defects/router-alone.yaml")),
    ("saga-started-twice.yaml", include_str!("../catalog/defects/saga-started-twice.yaml")),
    ("saved-after-sending.yaml", include_str!("../catalog/defects/saved-after-sending.yaml")),
    ("shipped-before-the-line-is-there.yaml", include_str!("../catalog/defects/shipped-before-the-line-is-there.yaml")),
    ("submitted-quote-repriced.yaml", include_str!("../catalog/defects/submitted-quote-repriced.yaml")),
    ("third-failure-of-an-undo-ignored.yaml", include_str!("../catalog/defects/third-failure-of-an-undo-ignored.yaml")),
    ("three-attempts-and-no-fallback.yaml", include_str!("../catalog/defects/three-attempts-and-no-fallback.yaml")),
    ("timeout-in-memory.yaml", include_str!("../catalog/defects/timeout-in-memory.yaml")),
    ("timeout-not-unscheduled.yaml", include_str!("../catalog/defects/timeout-not-unscheduled.yaml")),
    ("told-before-it-is-decided.yaml", include_str!("../catalog/defects/told-before-it-is-decided.yaml")),
    ("total-added-up.yaml", include_str!("../catalog/defects/total-added-up.yaml")),
    ("trace-stored-apart.yaml", include_str!("../catalog/defects/trace-stored-apart.yaml")),
    ("two-attempts-and-no-fallback.yaml", include_str!("../catalog/defects/two-attempts-and-no-fallback.yaml")),
    ("two-attempts-at-the-asset.yaml", include_str!("../catalog/defects/two-attempts-at-the-asset.yaml")),
    ("two-attempts-to-bill.yaml", include_str!("../catalog/defects/two-attempts-to-bill.yaml")),
    ("two-attempts-to-verify.yaml", include_str!("../catalog/defects/two-attempts-to-verify.yaml")),
    ("two-dashboard-states-at-once.yaml", include_str!("../catalog/defects/two-dashboard-states-at-once.yaml")),
    ("two-owners-after-restart.yaml", include_str!("../catalog/defects/two-owners-after-restart.yaml")),
    ("unanswered-counts-as-done.yaml", include_str!("../catalog/defects/unanswered-counts-as-done.yaml")),
    ("undo-forgets-unknown.yaml", include_str!("../catalog/defects/undo-forgets-unknown.yaml")),
    ("undo-on-the-budget-of-its-step.yaml", include_str!("../catalog/defects/undo-on-the-budget-of-its-step.yaml")),
    ("unknown-means-failed.yaml", include_str!("../catalog/defects/unknown-means-failed.yaml")),
    ("unknown-not-undone.yaml", include_str!("../catalog/defects/unknown-not-undone.yaml")),
];

/// The text of a bundled file.
#[must_use]
pub fn get(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

/// The names under which bundled sagas and scenarios can be run.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter_map(|(file, _)| file.strip_suffix(".saga.yaml").or_else(|| file.strip_suffix(".scenario.yaml")))
}

/// All bundled files as owned texts.
pub(crate) fn texts() -> Vec<(String, String)> {
    FILES.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
}
