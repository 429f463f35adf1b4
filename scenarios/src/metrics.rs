//! The thirteen consistency metrics of seed 23.1, taken from the changes of a run into figures that merge exactly.
//!
//! A [`Recorder`] watches one run after another, as their observer, and adds what it saw to its [`Metrics`]; those of
//! several workers are merged. The slugs are fixed: scripts, scenarios (`fail: [{ metric: ... }]`) and reports use them.

use serde::{Deserialize, Serialize};
use sim_core::{EventRecord, Observer, Time};

use crate::campaign::Histogram;
use crate::change::{CasePhase, CaseReason, Change, DeliveryPhase, Mismatch, RowPhase, SagaState};
use crate::definition::{EffectKind, StepState};
use crate::message::{BusinessEvent, Message};
use crate::model::{Model, StepIx};
use crate::scenario::Scenario;

/// What a metric measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How often something happened.
    Count,
    /// A span of virtual time.
    Duration,
}

/// A metric of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its fixed name.
    pub slug: &'static str,
    /// What it measures.
    pub unit: Unit,
    /// What it says, in one line.
    pub what: &'static str,
}

macro_rules! metrics {
    ($($index:ident $slug:literal $unit:ident $what:literal;)*) => {
        #[derive(Clone, Copy)]
        enum Ix {
            $($index,)*
        }

        /// All metrics, in the order of seed 23.1.
        pub const METRICS: [Metric; 13] =
            [$(Metric { slug: $slug, unit: Unit::$unit, what: $what }),*];
    };
}

metrics! {
    SagaDuration "saga-duration" Duration "from the creation of an order to the end of its saga";
    SagaStuck "saga-stuck" Count "sagas that had neither ended nor reached a person when nothing was left to happen";
    StepRetry "step-retries" Count "requests of a step after its first";
    UnknownOutcome "unknown-outcomes" Count "times that nobody knew whether a step had happened";
    Compensation "compensations" Count "steps that were undone";
    CompensationFailure "compensation-failures" Count "steps whose undoing failed";
    OutboxAge "outbox-unpublished-age" Duration "from the commit of an event to its publication";
    InboxDuplicate "inbox-duplicates" Count "deliveries of what a consumer had already";
    ConsumerLag "consumer-lag" Duration "from the publication of an event to its handling";
    OrderBillingMismatch "order-billing-mismatches" Count "differences found between orders and billing";
    OrderAssetMismatch "order-asset-mismatches" Count "differences found between orders and installed products";
    ManualRepairAge "manual-repair-backlog-age" Duration "from the opening of a case to the person who takes it up";
    IdempotencyConflict "idempotency-conflicts" Count "requests refused because their key was used for another content";
}

/// The figures of any number of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    #[serde(with = "crate::campaign::sparse")]
    counts: [u64; METRICS.len()],
    spans: [Histogram; METRICS.len()],
    /// Orders that needed a person, of runs that came to rest.
    attended: u64,
}

impl Metrics {
    /// How often the metric of this place in [`METRICS`] was counted; of a duration: how many were measured.
    #[must_use]
    pub fn count(&self, metric: usize) -> u64 {
        self.counts[metric]
    }

    /// The spans of the metric of this place in [`METRICS`]; of a count there are none.
    #[must_use]
    pub fn spans(&self, metric: usize) -> &Histogram {
        &self.spans[metric]
    }

    /// About how many orders a case was opened for a person, decisions aside that a step is there for. Runs that came to rest.
    #[must_use]
    pub const fn attended(&self) -> u64 {
        self.attended
    }

    /// Whether they can be figures of so many things at most: what was read may be anything.
    #[must_use]
    pub fn is_sound(&self, most: u64) -> bool {
        let counts = self.counts.iter().chain([&self.attended]).all(|count| *count <= most);
        counts && self.spans.iter().all(|spans| spans.is_sound(most))
    }

    /// Adds what others recorded.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        for (mine, theirs) in self.spans.iter_mut().zip(&other.spans) {
            mine.merge(theirs);
        }
        self.attended += other.attended;
    }

    fn count_one(&mut self, metric: Ix) {
        self.counts[metric as usize] += 1;
    }

    fn measure(&mut self, metric: Ix, from: Time, to: Time) {
        self.counts[metric as usize] += 1;
        self.spans[metric as usize].add(to.since(from).0);
    }
}

/// An event on its way: when it was committed, and when it was published.
#[derive(Clone, Copy, Debug)]
struct Told {
    written: Time,
    accepted: Option<Time>,
}

/// A case that nobody has taken up.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    order: u16,
    step: u16,
    case: u16,
    opened: Time,
}

/// Watches runs.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// What was seen so far.
    pub metrics: Metrics,
    now: Time,
    /// By order: when it was created, which its saga may do late, and whether its saga runs.
    sagas: Vec<(Option<Time>, bool)>,
    /// By emitter and number.
    told: Vec<Vec<Option<Told>>>,
    waiting: Vec<Waiting>,
    /// By order: whether it needed a person, and whether its saga did.
    attended: Vec<(bool, bool)>,
    /// Orders whose saga could not go on without a person, of runs that came to rest; a case of the reconciler is none.
    pub held_up: u64,
    /// By reconcile rule: what kind of record it compares.
    rules: Vec<Option<EffectKind>>,
}

impl Recorder {
    /// A recorder for runs of a model.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let kind = |rule: &crate::model::Rule| rule.operation.map(|operation| model.operation(operation).effect);
        Self {
            told: vec![Vec::new(); model.systems.len() + 1],
            rules: model.rules.iter().map(kind).collect(),
            ..Self::default()
        }
    }

    /// A run is over at `end`: what still waits is measured up to there, and the next run may begin. A saga is stuck only
    /// where the run came to rest.
    pub fn end_run(&mut self, end: Time, at_rest: bool) {
        for (_, runs) in self.sagas.drain(..) {
            if runs && at_rest {
                self.metrics.count_one(Ix::SagaStuck);
            }
        }
        for told in self.told.iter_mut().flat_map(|source| source.drain(..)).flatten() {
            if told.accepted.is_none() {
                self.metrics.measure(Ix::OutboxAge, told.written, end);
            }
        }
        for (attended, held_up) in self.attended.drain(..).filter(|_| at_rest) {
            self.metrics.attended += u64::from(attended);
            self.held_up += u64::from(held_up);
        }
        for case in self.waiting.drain(..) {
            self.metrics.measure(Ix::ManualRepairAge, case.opened, end);
        }
        self.now = Time::START;
    }

    fn row(&mut self, event: BusinessEvent, phase: RowPhase) {
        let (now, number) = (self.now, usize::from(event.number));
        let Some(source) = self.told.get_mut(usize::from(event.source)) else { return };
        match phase {
            RowPhase::Written => {
                if source.len() <= number {
                    source.resize(number + 1, None);
                }
                source[number] = Some(Told { written: now, accepted: None });
            }
            RowPhase::Accepted => {
                let told = source.get_mut(number).and_then(Option::as_mut);
                if let Some(told) = told.filter(|told| told.accepted.is_none()) {
                    told.accepted = Some(now);
                    self.metrics.measure(Ix::OutboxAge, told.written, now);
                }
            }
            RowPhase::Marked | RowPhase::Parked | RowPhase::Dropped => {}
        }
    }

    fn delivery(&mut self, event: BusinessEvent, phase: DeliveryPhase, before: u16) {
        match phase {
            DeliveryPhase::Handled => {
                let source = self.told.get(usize::from(event.source));
                let told = source.and_then(|source| source.get(usize::from(event.number))).copied().flatten();
                if let Some(accepted) = told.and_then(|told| told.accepted) {
                    self.metrics.measure(Ix::ConsumerLag, accepted, self.now);
                }
            }
            DeliveryPhase::Ignored if event.version <= before => self.metrics.count_one(Ix::InboxDuplicate),
            _ => {}
        }
    }

    fn saga(&mut self, order: u16, after: SagaState) {
        let (created, runs) = self.saga_of(order);
        match after {
            SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed => {
                let ended = std::mem::replace(runs, false);
                if let Some(created) = created.filter(|_| ended) {
                    self.metrics.measure(Ix::SagaDuration, created, self.now);
                }
            }
            SagaState::Fallout => *runs = false,
            _ => *runs = true,
        }
    }

    fn saga_of(&mut self, order: u16) -> &mut (Option<Time>, bool) {
        let order = usize::from(order);
        if self.sagas.len() <= order {
            self.sagas.resize(order + 1, (None, false));
        }
        &mut self.sagas[order]
    }

    fn case(&mut self, (order, step, case): (u16, StepIx, u16), phase: CasePhase, reason: CaseReason) {
        // What a person decides as a step is no case of something gone wrong.
        if phase == CasePhase::Opened && reason != CaseReason::Decision {
            let order = usize::from(order);
            self.attended.resize(self.attended.len().max(order + 1), (false, false));
            let (attended, held_up) = &mut self.attended[order];
            *attended = true;
            *held_up |= !matches!(reason, CaseReason::Mismatch | CaseReason::Surplus);
        }
        let step = step.0;
        let found = self.waiting.iter().position(|w| (w.order, w.step, w.case) == (order, step, case));
        match (phase, found) {
            (CasePhase::Opened, None) => self.waiting.push(Waiting { order, step, case, opened: self.now }),
            (CasePhase::Opened, Some(_)) | (_, None) => {}
            (_, Some(found)) => {
                let case = self.waiting.swap_remove(found);
                self.metrics.measure(Ix::ManualRepairAge, case.opened, self.now);
            }
        }
    }

    fn step(&mut self, after: StepState) {
        match after {
            StepState::Unknown => self.metrics.count_one(Ix::UnknownOutcome),
            StepState::Compensated => self.metrics.count_one(Ix::Compensation),
            StepState::CompensationFailed => self.metrics.count_one(Ix::CompensationFailure),
            _ => {}
        }
    }

    fn mismatch(&mut self, rule: u8) {
        match self.rules.get(usize::from(rule)).copied().flatten() {
            Some(EffectKind::Financial) => self.metrics.count_one(Ix::OrderBillingMismatch),
            Some(EffectKind::Asset) => self.metrics.count_one(Ix::OrderAssetMismatch),
            _ => {}
        }
    }
}

impl Observer<Scenario> for Recorder {
    fn event(&mut self, event: &EventRecord<Message>) {
        self.now = event.time;
    }

    fn change(&mut self, _: u32, change: &Change) {
        match *change {
            Change::Created { order, .. } => *self.saga_of(order) = (Some(self.now), true),
            Change::Saga { order, after, .. } => self.saga(order, after),
            Change::Step { before, after, .. } if before != after => self.step(after),
            Change::Sent { call, .. } if call.attempt > 1 => self.metrics.count_one(Ix::StepRetry),
            Change::Answered { refused: true, .. } => self.metrics.count_one(Ix::IdempotencyConflict),
            Change::Row { event, phase, .. } => self.row(event, phase),
            Change::Delivery { event, phase, before, .. } => self.delivery(event, phase, before),
            Change::Case { order, step, case, phase, reason, .. } => self.case((order, step, case), phase, reason),
            Change::Reconciled { rule, found, .. } if found != Mismatch::None => self.mismatch(rule),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Duration, PartId};

    use super::*;
    use crate::change::Why;
    use crate::invariants::testing::{BILL, ROUTER, SHIP, call, model};

    /// Changes at their minutes, and what one metric shows after them: its count and its longest span in minutes.
    fn check(slug: &str, changes: &[(u64, Change)], expected: (u64, u64)) {
        let metric = METRICS.iter().position(|metric| metric.slug == slug).expect("a metric");
        let mut recorder = Recorder::new(&model());
        for (minute, change) in changes {
            recorder.event(&EventRecord {
                id: 1,
                cause: 0,
                time: Time::START + Duration::mins(*minute),
                from: PartId(0),
                to: PartId(0),
                message: Message::Idle,
                which: sim_core::Which::default(),
                restart: false,
            });
            recorder.change(1, change);
        }
        recorder.end_run(Time::START + Duration::mins(100), true);
        let mut twice = recorder.metrics.clone();
        twice.merge(&recorder.metrics);
        assert_eq!(twice.count(metric), 2 * expected.0, "{slug}");
        let spans = twice.spans(metric);
        assert_eq!(spans.max, Duration::mins(expected.1).0, "{slug}");
        assert_eq!(spans.count, if METRICS[metric].unit == Unit::Duration { 2 * expected.0 } else { 0 }, "{slug}");
    }

    fn event(number: u16) -> BusinessEvent {
        BusinessEvent { number, version: 4, ..BusinessEvent::default() }
    }

    #[test]
    fn a_run_that_was_stopped_says_of_no_saga_that_it_is_stuck() {
        let mut recorder = Recorder::new(&model());
        recorder.change(1, &Change::Created { order: 0, instances: 1, version: 1 });
        recorder.end_run(Time::START, false);
        recorder.end_run(Time::START, true);
        assert_eq!(recorder.metrics, Metrics::default());
    }

    #[test]
    fn orders_that_needed_a_person_are_counted_once() {
        let model = model();
        let opened = |order, step, case| {
            let reason = match case {
                7 => CaseReason::Mismatch,
                8 => CaseReason::Decision,
                _ => CaseReason::SagaTimeout,
            };
            let phase = CasePhase::Opened;
            Change::Case { order, step, case, reason, phase, audited: true, authorised: true }
        };
        // What a person decides as a step is no case of something gone wrong, and a run that was stopped does not count.
        // A difference that the reconciler finds is a case, and holds nothing up.
        for (changes, at_rest, attended, held_up) in [
            (&[opened(2, SHIP, 1), opened(2, SHIP, 2), opened(0, SHIP, 1)][..], true, 2, 2),
            (&[opened(1, BILL, 8)][..], true, 0, 0),
            (&[opened(1, SHIP, 1)][..], false, 0, 0),
            (&[opened(1, SHIP, 7)][..], true, 1, 0),
        ] {
            let mut recorder = Recorder::new(&model);
            changes.iter().for_each(|change| recorder.change(1, change));
            recorder.end_run(Time::START, at_rest);
            assert_eq!((recorder.metrics.attended(), recorder.held_up), (attended, held_up), "{changes:?}");
            recorder.end_run(Time::START, true);
            assert_eq!(recorder.metrics.attended(), attended, "{changes:?}, once");
        }
    }

    #[test]
    fn sagas_are_measured_to_their_end() {
        let created = Change::Created { order: 1, instances: 1, version: 1 };
        let saga = |after| Change::Saga { order: 1, before: SagaState::Executing, after };
        let completed = saga(SagaState::Completed);
        check("saga-duration", &[(5, created), (25, completed), (30, completed)], (1, 20));
        check("saga-stuck", &[(5, created), (9, saga(SagaState::UnknownOutcome))], (1, 0));
        check("saga-stuck", &[(5, created), (9, saga(SagaState::Fallout))], (0, 0));
        // A saga may run before it makes its order.
        check("saga-stuck", &[(5, saga(SagaState::Executing))], (1, 0));
        check("saga-duration", &[(5, saga(SagaState::Executing)), (9, completed)], (0, 0));
        let late = [(5, saga(SagaState::Executing)), (9, created), (25, completed)];
        check("saga-duration", &late, (1, 16));
    }

    #[test]
    fn steps_are_counted() {
        let step = |after| {
            let (before, revision, attempt, why) = (StepState::Sent, 0, 1, Why::TimedOut);
            Change::Step { order: 0, step: BILL, before, after, revision, attempt, why }
        };
        let sent = |attempt| Change::Sent { call: crate::message::CallRef { attempt, ..call(BILL) }, key: 1 };
        check("step-retries", &[(1, sent(1)), (2, sent(2)), (3, sent(3))], (2, 0));
        check("unknown-outcomes", &[(1, step(StepState::Unknown)), (2, step(StepState::Completed))], (1, 0));
        check("compensations", &[(1, step(StepState::Compensating)), (2, step(StepState::Compensated))], (1, 0));
        check("compensation-failures", &[(1, step(StepState::CompensationFailed))], (1, 0));
    }

    #[test]
    fn events_are_measured_on_their_way() {
        let row = |number, phase| Change::Row { event: event(number), phase, committed: true };
        let delivery = |phase, before| Change::Delivery { event: event(0), consumer: 0, phase, before };
        let published = [(1, row(0, RowPhase::Written)), (4, row(0, RowPhase::Accepted))];
        check("outbox-unpublished-age", &published, (1, 3));
        check("outbox-unpublished-age", &[(1, row(7, RowPhase::Written))], (1, 99));
        let handled = (10, delivery(DeliveryPhase::Handled, 3));
        check("consumer-lag", &[published[0], published[1], handled], (1, 6));
        let ignored = |before| (1, delivery(DeliveryPhase::Ignored, before));
        check("inbox-duplicates", &[ignored(4), ignored(3), handled], (1, 0));
    }

    #[test]
    fn differences_and_cases_are_counted() {
        let found = |found| {
            let (severity, acted) = (0, true);
            Change::Reconciled { order: 0, item: ROUTER, rule: 0, found, severity, acted }
        };
        check("order-billing-mismatches", &[(1, found(Mismatch::None)), (2, found(Mismatch::Missing))], (1, 0));
        check("order-asset-mismatches", &[(2, found(Mismatch::Missing))], (0, 0));
        let case = |case, phase| {
            let (reason, audited, authorised) = (CaseReason::Mismatch, true, true);
            Change::Case { order: 0, step: BILL, case, reason, phase, audited, authorised }
        };
        let taken =
            [(1, case(1, CasePhase::Opened)), (41, case(1, CasePhase::Taken)), (50, case(1, CasePhase::Closed))];
        check("manual-repair-backlog-age", &taken, (1, 40));
        check("manual-repair-backlog-age", &taken[..1], (1, 99));
        let answered =
            |refused| Change::Answered { call: call(BILL), key: 1, payload: 1, record: 1, repeated: true, refused };
        check("idempotency-conflicts", &[(1, answered(true)), (2, answered(false))], (1, 0));
    }

    #[test]
    fn the_slugs_are_thirteen_and_distinct() {
        let slugs: std::collections::BTreeSet<_> = METRICS.iter().map(|metric| metric.slug).collect();
        assert_eq!(slugs.len(), 13);
    }
}
