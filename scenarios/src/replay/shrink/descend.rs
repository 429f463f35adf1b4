//! Looking below a local minimum: fewer faults, at any point that the smallest workloads come to.
//!
//! Delta debugging only leaves out. Where two faults together look like one (a reply that is lost, and its repetition
//! too), or where two orders meet because a fault has delayed one of them, something smaller can fail that is no subset.
//! Small workloads are short, so their single faults can all be tried.

use sim_core::{Choice, Domain, Duration, HANDLE_FATES, Point};

use super::latencies::Latencies;
use super::{Recording, Shrinker, gentle};
use crate::workload::{CommandPlan, OrderPlan, Place, QuoteDefect, Workload};

/// The most runs that placing the faults found in another workload may take.
const PLACINGS_MAX: u32 = 600;
/// The most selections of so many faults that are placed.
const SELECTIONS_MAX: usize = 64;
/// So many events after the last fault the run is healed, where what breaks is owed from healing on.
const HEAL_AFTER: [u32; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// The events that one way of looking, with so many faults, may take.
const PART: u64 = 300_000;
/// The run keys under which latencies are drawn where there is no fault, and where there are some.
const KEYS_ALONE: u64 = 200;
const KEYS: u64 = 6;

impl Shrinker<'_> {
    /// Looks for something smaller; whether it was found. What costs least is tried first, and fewer faults before fewer
    /// orders.
    pub(super) fn descend(&mut self) -> bool {
        let most = self.best.faults().count();
        let (ordinary, commanded) = self.workloads();
        (0..=most).any(|faults| {
            let commanded = if faults < most { commanded.as_slice() } else { &[] };
            self.within(PART, |s| ordinary.iter().any(|workload| s.place_any(&s.calm(workload), faults, None)))
                || self.within(PART, |s| faults == 0 && ordinary.iter().any(|w| s.commands_at_any_time(w)))
                || self.within(PART, |s| ordinary.iter().any(|w| s.any_fault(w, faults, Reach::Same(None))))
                || self.within(PART, |s| s.under_latencies(&ordinary, faults))
                || self.within(PART, |s| commanded.iter().any(|w| s.place_any(&s.calm(w), faults, None)))
                || self.within(PART, |s| faults == 0 && s.alone_under(commanded, KEYS))
                // Two faults near by are less dear than one anywhere, and with fewer it begins anew.
                || self.within(2 * PART, |s| faults == 1 && most > 2 && s.any_pair(&ordinary))
                || self.within(4 * PART, |s| ordinary.iter().any(|w| s.any_fault(w, faults, Reach::Any)))
        })
    }

    /// Searches within a part of what may be spent, so that something is left for what comes after.
    pub(super) fn within(&mut self, events: u64, search: impl FnOnce(&mut Self) -> bool) -> bool {
        let most = self.events_max;
        self.events_max = most.min(self.events + events);
        let found = search(self);
        self.events_max = most;
        found
    }

    /// Tries workloads with so many faults under latencies that are drawn.
    fn under_latencies(&mut self, workloads: &[Workload], faults: usize) -> bool {
        match faults {
            0 => self.alone_under(workloads, KEYS_ALONE),
            1 => workloads.iter().any(|workload| {
                (1..=KEYS).any(|key| {
                    self.place_any(&self.calm(workload), 1, Some(key))
                        || self.any_fault(workload, 1, Reach::Same(Some(key)))
                })
            }),
            _ => false,
        }
    }

    /// Tries each workload without a fault under one key after another, so that each has its turns.
    fn alone_under(&mut self, workloads: &[Workload], keys: u64) -> bool {
        (1..=keys).any(|key| workloads.iter().any(|workload| self.place_any(&self.calm(workload), 0, Some(key))))
    }

    /// Gives each command at the time of each event, for a fault that hits a command may be no more than a delay of it.
    fn commands_at_any_time(&mut self, workload: &Workload) -> bool {
        let calm = Recording { heal_after: None, dead_stay: false, ..self.calm(workload) };
        (0..workload.commands.len()).any(|command| {
            let arrival = workload.orders[usize::from(workload.commands[command].order)].arrival;
            self.times(&calm).into_iter().any(|time| {
                let mut candidate = calm.clone();
                let after = Duration(time.0.saturating_sub(arrival.0));
                candidate.workload.commands[command].place = Place::After(after);
                self.accepts_smaller(candidate)
            })
        })
    }

    /// A workload in which nothing happens yet, healing as the best does.
    fn calm(&self, workload: &Workload) -> Recording {
        Recording { workload: workload.clone(), choices: Vec::new(), ..self.best.clone() }
    }

    /// Places so many of the faults found in a workload.
    fn place_any(&mut self, calm: &Recording, faults: usize, latencies: Latencies) -> bool {
        if faults == 0 {
            return self.accepts_under(Recording { heal_after: None, dead_stay: false, ..calm.clone() }, latencies);
        }
        let found: Vec<Choice> = self.best.faults().copied().collect();
        selections(&found, faults).into_iter().any(|kept| {
            let like = Recording { choices: kept.clone(), ..calm.clone() };
            self.size(&like) < self.size(&self.best) && self.place(calm, &kept, &mut Vec::new(), (latencies, &mut 0))
        })
    }

    /// Places the faults `left`, one after another, at the points of this workload that are about the same things: the
    /// next may only come up because of those before it. How long a fault lasts goes with it.
    fn place(
        &mut self,
        calm: &Recording,
        left: &[Choice],
        placed: &mut Vec<Choice>,
        (latencies, tries): (Latencies, &mut u32),
    ) -> bool {
        let Some((fault, left)) = left.split_first() else { return self.placed(calm, placed, (latencies, tries)) };
        let reached = Recording { choices: placed.clone(), heal_after: None, dead_stay: false, ..calm.clone() };
        let is_extent = |span: &&Choice| gentle::is_extent(self.simulation, fault, span);
        let extent = self.best.choices.iter().find(is_extent).copied();
        *tries += 1;
        for point in self.points(&reached, latencies) {
            let at = |choice: Choice| Choice { site: point.site, subject: point.subject, event: point.event, ..choice };
            let allowed = point.allowed & 1 << fault.value != 0;
            let is_taken = placed.iter().any(|other| (other.site, other.subject) == (point.site, point.subject));
            if !allowed || is_taken || !is_like(fault, &at(*fault)) || *tries >= PLACINGS_MAX {
                continue;
            }
            let before = placed.len();
            placed.push(at(*fault));
            let longest = gentle::longest(self.simulation, &at(*fault));
            placed.extend(extent.zip(longest).map(|(extent, longest)| Choice { value: extent.value, ..longest }));
            if self.place(calm, left, placed, (latencies, tries)) {
                return true;
            }
            placed.truncate(before);
        }
        false
    }

    /// Tries faults at their places: healing when nothing is left to happen, then soon after the last of them, then with
    /// what died dead for good.
    fn placed(&mut self, calm: &Recording, placed: &[Choice], (latencies, tries): (Latencies, &mut u32)) -> bool {
        let last = placed.iter().map(|choice| choice.event).max().unwrap_or(0);
        let owed = self.outcome.violation.is_some_and(|violation| violation.due.is_some());
        let heals = [None].into_iter().chain(HEAL_AFTER.iter().map(|after| Some(last + after)).filter(|_| owed));
        for dead_stay in [false, true] {
            for heal_after in heals.clone() {
                *tries += 1;
                let candidate = Recording { choices: placed.to_vec(), heal_after, dead_stay, ..calm.clone() };
                if self.accepts_under(candidate, latencies) {
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

    /// Any one fault, alone or beside one of those found, the likeliest first.
    fn any_fault(&mut self, workload: &Workload, faults: usize, reach: Reach) -> bool {
        let calm = self.calm(workload);
        let found: Vec<Choice> = self.best.faults().copied().collect();
        // With as many faults as now, only fewer orders are worth the while.
        if faults == found.len() && workload.orders_present() >= self.best.workload.orders_present() {
            return false;
        }
        match faults {
            1 => self.any_single(&calm, &[], reach),
            2 if found.len() > 2 => found.iter().any(|kept| self.any_single(&calm, &[*kept], reach)),
            _ => false,
        }
    }

    /// Any two faults about the step where it broke, neither of which need be like one found: in an order of its item
    /// alone, then in the others.
    fn any_pair(&mut self, workloads: &[Workload]) -> bool {
        let Some(step) = self.step_at_place() else { return false };
        let model = &self.simulation.scenario.model;
        let items = 1 << model.step(step).item.ix() & self.simulation.shape.all(model);
        let lone = Some(items)
            .filter(|items| *items != 0)
            .map(|items| alone(OrderPlan { items, ..OrderPlan::default() }, Vec::new()));
        lone.iter().chain(workloads).any(|workload| self.any_pair_in(workload))
    }

    fn any_pair_in(&mut self, workload: &Workload) -> bool {
        let broken = self.names_at_place();
        let base = Recording { heal_after: None, dead_stay: false, ..self.calm(workload) };
        self.singles_about(&base, &broken).into_iter().any(|first| {
            let base = Recording { choices: vec![first], ..base.clone() };
            let seconds = self.singles_about(&base, &broken);
            // What is sent is handled under the same subject: the two are points of their own.
            let is_other = |second: &Choice| (second.site, second.subject) != (first.site, first.subject);
            let mut seconds = seconds.into_iter().filter(|second| second.event >= first.event && is_other(second));
            seconds.any(|second| self.accepts_beside(&base, [second], None))
        })
    }

    /// Every fault at the points of a run that are about these things.
    fn singles_about(&mut self, base: &Recording, names: &[u64]) -> Vec<Choice> {
        let points = self.points(base, None);
        let about = points.iter().filter(|point| names.contains(&point.subject.names));
        about.flat_map(|point| gentle::alternatives(self.simulation, point)).collect()
    }

    /// One more fault beside those kept: every kind of the profile at every point in reach, those like the faults found
    /// first.
    fn any_single(&mut self, calm: &Recording, kept: &[Choice], reach: Reach) -> bool {
        let base = Recording { choices: kept.to_vec(), heal_after: None, ..calm.clone() };
        let found: Vec<Choice> = self.best.faults().copied().collect();
        let latencies = if let Reach::Same(latencies) = reach { latencies } else { None };
        let mut points = self.points(&base, latencies);
        if matches!(reach, Reach::Same(_)) {
            let broken = self.names_at_place();
            let is_found = |names: u64| found.iter().any(|fault| fault.subject.names == names);
            points.retain(|Point { subject, .. }| is_found(subject.names) || broken.contains(&subject.names));
        }
        let mut singles: Vec<Choice> =
            points.iter().flat_map(|point| gentle::alternatives(self.simulation, point)).collect();
        singles.sort_by_key(|single| !found.iter().any(|fault| is_like(fault, single)));
        // Where something is owed from healing on, healing may have to come earlier than when nothing is left to happen.
        let owed = self.outcome.violation.is_some_and(|violation| violation.due.is_some());
        let mut heals = vec![None, calm.heal_after.filter(|_| owed)];
        heals.dedup();
        singles.into_iter().any(|single| {
            heals.iter().any(|&heal_after| {
                let base = Recording { heal_after, ..base.clone() };
                let lasting = matches!(reach, Reach::Same(None)) && self.accepts_lasting(&base, single);
                lasting || self.accepts_beside(&base, [single], latencies)
            })
        })
    }

    /// Workloads that could be enough, the smallest first; and one order with each flaw of a quote and with a command at each
    /// boundary, for these can bring about what else takes a fault.
    fn workloads(&self) -> (Vec<Workload>, Vec<Workload>) {
        let best = &self.best.workload;
        let all =
            OrderPlan { items: self.simulation.shape.all(&self.simulation.scenario.model), ..OrderPlan::default() };
        let mut workloads = vec![best.clone()];
        for (i, order) in best.orders.iter().enumerate().filter(|(_, order)| !order.is_absent()) {
            let commands: Vec<CommandPlan> = best
                .commands
                .iter()
                .filter(|command| usize::from(command.order) == i)
                .map(|command| CommandPlan { order: 0, ..*command })
                .collect();
            // What another order's quote brought about, its own may.
            let others = best.orders.iter().enumerate().filter(|(other, _)| *other != i).map(|(_, order)| order.quote);
            let others = others.filter(|quote| *quote != QuoteDefect::None);
            let plans = [OrderPlan { arrival: Duration::ZERO, ..*order }, all];
            let quote = QuoteDefect::PriceChangedAfterAcceptance;
            let priced = others.flat_map(|_| plans.map(|plan| OrderPlan { quote, ..plan }));
            for plan in plans.into_iter().chain(priced) {
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
}

/// One order and nobody else.
fn alone(order: OrderPlan, commands: Vec<CommandPlan>) -> Workload {
    Workload { orders: vec![order], commands, shared_account: true }
}

/// Which faults are tried.
#[derive(Clone, Copy)]
enum Reach {
    /// Those about the same things as the faults found, or about the step where it broke, under these latencies.
    Same(Latencies),
    /// All.
    Any,
}

/// Whether two faults are the same thing happening to the same step, consumer or timer, of whatever order and attempt.
fn is_like(one: &Choice, other: &Choice) -> bool {
    (one.site, one.value, one.subject.names) == (other.site, other.value, other.subject.names)
}

/// Selections of so many faults that differ in what they are like, each in the order in which they happened: where one is
/// placed, those like it can be.
fn selections(faults: &[Choice], size: usize) -> Vec<Vec<Choice>> {
    let mut alike: Vec<Vec<Choice>> = Vec::new();
    for fault in faults {
        match alike.iter_mut().find(|known| is_like(&known[0], fault)) {
            Some(known) => known.push(*fault),
            None => alike.push(vec![*fault]),
        }
    }
    let mut selections = Vec::new();
    select(&alike, size, &mut Vec::new(), &mut selections);
    for selection in &mut selections {
        selection.sort_by_key(|fault| fault.event);
    }
    selections
}

fn select(alike: &[Vec<Choice>], left: usize, taken: &mut Vec<Choice>, selections: &mut Vec<Vec<Choice>>) {
    if selections.len() >= SELECTIONS_MAX {
        return;
    }
    let Some((first, rest)) = alike.split_first() else {
        if left == 0 {
            selections.push(taken.clone());
        }
        return;
    };
    // Many of a kind come first, and more than were found: what fails once mostly has to fail again.
    for many in (0..=left).rev() {
        let before = taken.len();
        taken.extend(first.iter().cycle().take(many));
        select(rest, left - many, taken, selections);
        taken.truncate(before);
    }
}
