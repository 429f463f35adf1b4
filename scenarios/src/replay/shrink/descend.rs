//! Looking below a local minimum: fewer faults, at any point that the smallest workloads come to.
//!
//! Delta debugging only leaves out. Where two faults together look like one (a reply that is lost, and its repetition
//! too), or where two orders meet because a fault has delayed one of them, something smaller can fail that is no subset.
//! Small workloads are short, so their single faults can all be tried.

use sim_core::{Choice, Domain, Duration, HANDLE_FATES, Point};

use super::{Recording, Shrinker, gentle};
use crate::campaign::Worker;
use crate::workload::{CommandPlan, OrderPlan, QuoteDefect, Workload};

/// The most runs that placing the faults found in another workload may take.
const PLACINGS_MAX: u32 = 600;
/// Of more faults than these, not all subsets are placed.
const SUBSETS_OF: usize = 6;
/// So many events after the last fault the run is healed, where what breaks is owed from healing on.
const HEAL_AFTER: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

impl Shrinker<'_> {
    /// Looks for something smaller; whether it was found.
    pub(super) fn descend(&mut self) -> bool {
        let most = self.best.faults().count();
        // Fewer faults count most, so they are looked for first, in the smallest workload first.
        for faults in 0..=most {
            let (ordinary, with_commands) = self.workloads();
            let small = ordinary.iter().any(|workload| self.below(workload, faults, true));
            let fewer = faults < most;
            if small || (fewer && with_commands.iter().any(|workload| self.below(workload, faults, false))) {
                return true;
            }
        }
        false
    }

    /// Tries a workload with so many faults: those found, then any; where not `widely`, only those found.
    fn below(&mut self, workload: &Workload, faults: usize, widely: bool) -> bool {
        let calm = Recording { workload: workload.clone(), choices: Vec::new(), ..self.best.clone() };
        if faults == 0 {
            return self.accepts_smaller(Recording { heal_after: None, dead_stay: false, ..calm });
        }
        let found: Vec<Choice> = self.best.faults().copied().collect();
        let fewer = faults < found.len();
        for kept in subsets(&found, faults) {
            let like = Recording { choices: kept.clone(), ..calm.clone() };
            if self.size(&like) < self.size(&self.best) && self.place(&calm, &kept, &mut Vec::new(), &mut 0) {
                return true;
            }
        }
        // With as many faults as now, only fewer orders are worth trying them all.
        if !widely || !(fewer || workload.orders_present() < self.best.workload.orders_present()) {
            return false;
        }
        match faults {
            1 => self.any_single(&calm, &[]),
            2 if fewer => found.iter().any(|kept| self.any_single(&calm, &[*kept])),
            _ => false,
        }
    }

    /// Places the faults `left`, one after another, at the points of this workload that are about the same things: the
    /// next may only come up because of those before it.
    fn place(&mut self, calm: &Recording, left: &[Choice], placed: &mut Vec<Choice>, tries: &mut u32) -> bool {
        let Some((fault, left)) = left.split_first() else { return self.placed(calm, placed, tries) };
        let reached = Recording { choices: placed.clone(), heal_after: None, dead_stay: false, ..calm.clone() };
        *tries += 1;
        for point in self.points(&reached) {
            let choice = Choice { site: point.site, subject: point.subject, event: point.event, ..*fault };
            let allowed = point.allowed & 1 << fault.value != 0;
            if !allowed || !is_like(fault, &choice) || *tries >= PLACINGS_MAX {
                continue;
            }
            placed.push(choice);
            if self.place(calm, left, placed, tries) {
                return true;
            }
            placed.pop();
        }
        false
    }

    /// Tries faults at their places: healing when nothing is left to happen, then soon after the last of them, then with
    /// what died dead for good.
    fn placed(&mut self, calm: &Recording, placed: &[Choice], tries: &mut u32) -> bool {
        let last = placed.iter().map(|choice| choice.event).max().unwrap_or(0);
        let owed = self.outcome.violation.is_some_and(|violation| violation.due.is_some());
        let heals = [None].into_iter().chain(HEAL_AFTER.iter().map(|after| Some(last + after)).filter(|_| owed));
        for dead_stay in [false, true] {
            for heal_after in heals.clone() {
                *tries += 1;
                let choices = placed.to_vec();
                if self.accepts_smaller(Recording { choices, heal_after, dead_stay, ..calm.clone() }) {
                    return true;
                }
            }
            let dies = |choice: &Choice| self.value_name(choice) == HANDLE_FATES[HANDLE_FATES.len() - 1];
            if !placed.iter().any(dies) {
                break;
            }
        }
        false
    }

    fn value_name(&self, choice: &Choice) -> &'static str {
        let site = self.simulation.scenario.sites().get(choice.site);
        site.values.get(choice.value as usize).map_or("", |value| value.name)
    }

    /// All points that a workload comes to under these faults.
    fn points(&mut self, recording: &Recording) -> Vec<Point> {
        let mut scout: Worker = self.simulation.replayer();
        scout.choices.record_points();
        let outcome = self.simulation.replay_within(&mut scout, recording, &self.limits, &mut ());
        self.runs += 1;
        self.events += u64::from(outcome.events);
        let mut points = scout.choices.points().to_vec();
        points.sort_by_key(|point| (point.site, point.subject, point.event));
        points.dedup_by_key(|point| (point.site, point.subject));
        points.sort_by_key(|point| (point.event, point.site, point.subject));
        points
    }

    /// One more fault beside those kept: every kind of the profile at every point, those like the faults found first.
    fn any_single(&mut self, calm: &Recording, kept: &[Choice]) -> bool {
        let base = Recording { choices: kept.to_vec(), heal_after: None, ..calm.clone() };
        let mut singles: Vec<Choice> = Vec::new();
        for point in self.points(&base) {
            singles.extend(gentle::alternatives(self.simulation, &point));
        }
        let found: Vec<Choice> = self.best.faults().copied().collect();
        singles.sort_by_key(|single| !found.iter().any(|fault| is_like(fault, single)));
        // Healing at an event of another workload may be too early here, so it is also tried when nothing is left to happen.
        let mut heals = vec![None, calm.heal_after];
        heals.dedup();
        singles.into_iter().any(|single| {
            let choices: Vec<Choice> = kept.iter().copied().chain([single]).collect();
            heals.iter().any(|&heal_after| {
                self.accepts_smaller(Recording { choices: choices.clone(), heal_after, ..calm.clone() })
            })
        })
    }

    /// Workloads that could be enough, the smallest first; and one order with each flaw of a quote and with a command at each
    /// boundary, for these can bring about what else takes a fault.
    fn workloads(&self) -> (Vec<Workload>, Vec<Workload>) {
        let best = &self.best.workload;
        let all = OrderPlan { items: self.all_items(), ..OrderPlan::default() };
        let mut workloads = vec![best.clone()];
        for (i, order) in best.orders.iter().enumerate().filter(|(_, order)| !order.is_absent()) {
            let commands: Vec<CommandPlan> = best
                .commands
                .iter()
                .filter(|command| usize::from(command.order) == i)
                .map(|command| CommandPlan { order: 0, ..*command })
                .collect();
            for plan in [OrderPlan { arrival: Duration::ZERO, ..*order }, all] {
                workloads.push(alone(plan, Vec::new()));
                workloads.extend(commands.iter().map(|command| alone(plan, vec![*command])));
                workloads.push(alone(plan, commands.clone()));
            }
        }
        let mut distinct: Vec<Workload> = Vec::new();
        for workload in workloads {
            if !distinct.contains(&workload) {
                distinct.push(workload);
            }
        }
        distinct.sort_by_key(|workload| {
            let items: u32 = workload.orders.iter().map(|order| order.items.count_ones()).sum();
            (workload.orders_present(), workload.commands.len(), items, workload.orders.len())
        });
        let shape = &self.simulation.shape;
        let flaws = QuoteDefect::FLAWS.iter().filter(|_| shape.flawed_quotes);
        let flawed = flaws.map(|&quote| alone(OrderPlan { quote, ..all }, Vec::new()));
        let with_commands = shape.boundaries.iter().map(|&(command, item, place)| {
            alone(all, vec![CommandPlan { command, order: 0, item, place, twice: false }])
        });
        (distinct, flawed.chain(with_commands).collect())
    }

    fn all_items(&self) -> u64 {
        let model = &self.simulation.scenario.model;
        if self.simulation.shape.items != 0 { self.simulation.shape.items } else { (1 << model.items.len()) - 1 }
    }
}

/// One order and nobody else.
fn alone(order: OrderPlan, commands: Vec<CommandPlan>) -> Workload {
    Workload { orders: vec![order], commands, shared_account: true }
}

/// Whether two faults are the same thing happening to the same step, consumer or timer, of whatever order and attempt.
fn is_like(one: &Choice, other: &Choice) -> bool {
    (one.site, one.value, one.subject.names) == (other.site, other.value, other.subject.names)
}

/// All subsets of so many, in the order given; of many faults only single ones and all of them.
fn subsets(all: &[Choice], size: usize) -> Vec<Vec<Choice>> {
    if all.len() > SUBSETS_OF && size > 1 && size < all.len() {
        return Vec::new();
    }
    match (size, all.split_first()) {
        (0, _) => vec![Vec::new()],
        (_, None) => Vec::new(),
        (_, Some((first, rest))) => {
            let with = subsets(rest, size - 1).into_iter().map(|mut subset| {
                subset.insert(0, *first);
                subset
            });
            with.chain(subsets(rest, size)).collect()
        }
    }
}
