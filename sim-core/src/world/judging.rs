//! What invariants say of an event, and of the end of a run.

use super::World;
use crate::domain::{Domain, PartId};
use crate::invariant::{Moment, Promise, Standing, Verdicts, Violation};
use crate::time::Time;

impl<D: Domain> World<D> {
    /// Judges changes as if an event at `now` had reported them: for tests of invariants.
    pub fn judge_at(&mut self, model: &D, now: Time, changes: &[D::Change]) {
        self.now = now;
        self.events += 1;
        let moment = self.moment();
        for change in changes {
            judge(model, &mut self.verdicts, &self.ledger, &moment, change);
        }
        settle(model, &mut self.verdicts, &self.ledger, &moment);
    }

    /// Says that there were faults, and that they ended at `healed`: for tests of invariants.
    pub fn faulted_until(&mut self, healed: Time) {
        self.flow.fault(healed);
        self.healed = healed;
    }

    /// When an event is judged.
    #[inline]
    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.now, event: self.events, healed: self.healed, dead: 0, endless: false }
    }

    /// Judges the end of the run: what every invariant has to say of it, then each obligation that is still open or
    /// was met too late. One that needs what is dead for good is retired: it can no longer be owed. `from_calm`: what is owed
    /// is owed from the last disturbance on, else from healing on. In a run without faults it is owed as it was promised,
    /// from the last input on.
    pub fn finish(&mut self, model: &D, from_calm: bool) {
        let before = self.verdicts.violations.len();
        let dead = self.dead(model);
        let moment = Moment { dead, endless: !self.flow.queue.is_empty(), ..self.moment() };
        for (i, invariant) in model.invariants().iter().enumerate() {
            let mut judge = self.verdicts.judge_of(model, i, &self.ledger, &moment);
            invariant.finish(&mut judge, &self.nodes);
        }
        let healed = match (from_calm, self.healed) {
            (true, _) => self.flow.calm,
            (false, Time::NEVER) => self.now,
            (false, healed) => healed,
        };
        let (calm, faulted) = (self.flow.calm, self.flow.faulted);
        for obligation in &mut self.verdicts.obligations {
            if obligation.needs & dead != 0 && obligation.standing == Standing::Open {
                obligation.standing = Standing::Retired;
            }
            let lenient = obligation.due(healed);
            let promised = if faulted { Time::NEVER } else { obligation.promised(calm) };
            let due = lenient.min(promised);
            let late = match obligation.standing {
                Standing::Open => true,
                Standing::Met(at) => at > due,
                Standing::Retired => false,
            };
            if late {
                self.verdicts.violations.push(Violation {
                    invariant: obligation.invariant,
                    event: self.events,
                    time: due.max(self.now),
                    subject: obligation.subject,
                    detail: obligation.needs,
                    due: Some(due),
                    broken: (promised < lenient).then_some(Promise {
                        within: obligation.bound.promised,
                        met: if let Standing::Met(at) = obligation.standing { Some(at) } else { None },
                    }),
                });
            }
        }
        // Of several that a run ends with, the one is told first that comes first among the invariants.
        self.verdicts.violations[before..].sort_by_key(|violation| violation.invariant);
    }

    /// What is dead for good, as the domain names it.
    fn dead(&self, model: &D) -> u64 {
        let dead = self.processes.iter().enumerate().filter(|(_, process)| process.dead);
        dead.fold(0, |mask, (part, _)| mask | model.stands_for(PartId(part as u8)))
    }
}

/// Shows a change to the invariants that watch its kind.
#[inline]
pub(super) fn judge<D: Domain>(
    model: &D,
    verdicts: &mut Verdicts,
    ledger: &D::Ledger,
    moment: &Moment,
    change: &D::Change,
) {
    let invariants = model.invariants();
    for &i in invariants.watching(model.change_kind(change)) {
        let mut judge = verdicts.judge_of(model, usize::from(i), ledger, moment);
        invariants[usize::from(i)].check(&mut judge, change);
    }
}

/// Asks once more those that want to judge what all changes of an event add up to.
#[inline]
pub(super) fn settle<D: Domain>(model: &D, verdicts: &mut Verdicts, ledger: &D::Ledger, moment: &Moment) {
    let invariants = model.invariants();
    for &i in invariants.settling() {
        let mut judge = verdicts.judge_of(model, usize::from(i), ledger, moment);
        invariants[usize::from(i)].settle(&mut judge);
    }
}
