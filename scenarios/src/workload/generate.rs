//! Workloads of random runs: how many orders, when, with which items and flaws, and which commands at which boundary.
//!
//! Everything is drawn by key from the run key. The first runs are stratified: each boundary of each command is owed
//! one run before chance decides.

use sim_core::Duration;
use sim_core::hash::mix;

use super::{CommandPlan, OrderPlan, Place, QuoteDefect, Workload};
use crate::definition::{At, Scenario as ScenarioFile, StepState};
use crate::model::{CommandIx, ItemIx, Model, StepIx};

/// What the workloads of a scenario are made of; fixed for a campaign.
#[derive(Clone, Debug)]
pub struct WorkloadShape {
    /// The fewest orders and the most.
    pub orders: (u16, u16),
    /// The earliest arrival and the latest.
    pub arrival: (Duration, Duration),
    /// Where commands can be placed: each is owed one run.
    pub boundaries: Vec<(CommandIx, ItemIx, Place)>,
    /// Those of them that meet an item's point of no return while it is in flight: the hardest decision there is.
    pub at_pivots: Vec<usize>,
    /// Whether commands are placed at all in random runs, or only where the scenario says.
    pub free_commands: bool,
    /// Whether quotes may be flawed.
    pub flawed_quotes: bool,
    /// Whether every order has all items.
    pub all_items: bool,
    /// The fixed items of an order that was given; 0: any.
    pub items: u64,
    /// The first run that is owed to a boundary; the others follow it. Those before it are owed to kinds of faults.
    pub boundaries_from: u64,
}

impl WorkloadShape {
    /// The shape that a scenario file asks for, or the one derived from the definition: two or three orders that share
    /// account and pools, each command at each boundary of each item.
    #[must_use]
    pub fn new(model: &Model, file: Option<&ScenarioFile>) -> Self {
        let mut shape = Self {
            orders: (2, 3),
            arrival: (Duration::ZERO, Duration::mins(10)),
            boundaries: Vec::new(),
            at_pivots: Vec::new(),
            free_commands: true,
            flawed_quotes: true,
            all_items: false,
            items: 0,
            boundaries_from: 0,
        };
        if let Some(file) = file {
            if let Some(count) = &file.orders.count {
                shape.orders = (count.min.clamp(1, 16) as u16, count.max.clamp(1, 16) as u16);
            }
            if let Some(arrival) = &file.orders.arrival {
                shape.arrival = (Duration(arrival.min.micros()), Duration(arrival.max.micros()));
            }
            shape.free_commands = file.commands.is_empty();
        }
        match file.filter(|file| !file.commands.is_empty()) {
            Some(file) => shape.place_as_written(model, file),
            None => shape.place_everywhere(model),
        }
        let sent = StepState::Sent as u8;
        let in_flight =
            |place| matches!(place, Place::Boundary { step, state } if state == sent && model.step(step).pivot);
        shape.at_pivots = (0..shape.boundaries.len()).filter(|&i| in_flight(shape.boundaries[i].2)).collect();
        shape
    }

    fn place_everywhere(&mut self, model: &Model) {
        for command in (0..model.commands.len() as u8).map(CommandIx) {
            for item in (0..model.items.len() as u8).map(ItemIx) {
                self.place_at_boundaries(model, command, item);
            }
        }
    }

    fn place_at_boundaries(&mut self, model: &Model, command: CommandIx, item: ItemIx) {
        if let Some(step) = model.commands[command.ix()].step
            && model.step(step).item != item
        {
            return;
        }
        for &step in &model.items[item.ix()].steps {
            for state in [StepState::Sent, StepState::Completed] {
                self.boundaries.push((command, item, Place::Boundary { step, state: state as u8 }));
            }
        }
    }

    fn place_as_written(&mut self, model: &Model, file: &ScenarioFile) {
        for placed in &file.commands {
            let Some(command) = model.commands.iter().position(|c| c.id == placed.id.value) else { continue };
            let command = CommandIx(command as u8);
            let named = placed.value.item.as_ref().and_then(|item| model.items.iter().position(|i| i.id == item.value));
            let items: Vec<ItemIx> = match named {
                Some(item) => vec![ItemIx(item as u8)],
                None => (0..model.items.len() as u8).map(ItemIx).collect(),
            };
            for item in items {
                match placed.value.at.as_ref().map(|at| &at.value) {
                    Some(At::AfterStep(id)) => {
                        if let Some(step) = model.find_step(id) {
                            let state = StepState::Completed as u8;
                            self.boundaries.push((command, item, Place::Boundary { step, state }));
                        }
                    }
                    Some(At::After(delay)) => {
                        self.boundaries.push((command, item, Place::After(Duration(delay.micros()))));
                    }
                    Some(At::EachBoundary) | None => self.place_at_boundaries(model, command, item),
                }
            }
        }
    }

    /// Fills `workload` with the workload of a run.
    pub fn generate(&self, model: &Model, key: u64, index: u64, workload: &mut Workload) {
        let draw = |salt: u64, of: u64| mix(mix(key, 0x3073_C10A), mix(salt, of));
        let below = |salt: u64, of: u64, n: u64| ((u128::from(draw(salt, of)) * u128::from(n.max(1))) >> 64) as u64;
        workload.orders.clear();
        workload.commands.clear();
        workload.shared_account = true;
        let spread = u64::from(self.orders.1.saturating_sub(self.orders.0)) + 1;
        let count = u64::from(self.orders.0) + below(1, 0, spread);
        let span = self.arrival.1.0.saturating_sub(self.arrival.0.0);
        for order in 0..count {
            // Every other order comes close after another one, so that they meet on what they share.
            let span = if order % 2 == 1 { span.min(5_000_000) } else { span };
            workload.orders.push(OrderPlan {
                arrival: Duration(self.arrival.0.0 + below(2, order & !1, span + 1) + below(3, order, 200_000)),
                items: self.items_of(model, draw(4, order)),
                traits: draw(5, order) as u32,
                quote: if self.flawed_quotes { flaw(below(6, order, 64)) } else { QuoteDefect::None },
            });
        }
        let strata = self.boundaries.len() as u64;
        if strata == 0 {
            return;
        }
        if let Some(boundary) = self.owed(index) {
            self.place(workload, boundary, 0, draw(7, 0));
            workload.orders[0] = OrderPlan { items: self.all(model), quote: QuoteDefect::None, ..workload.orders[0] };
            return;
        }
        for order in 0..count {
            if below(8, order, 2) == 0 {
                let boundary = match self.at_pivots.len() as u64 {
                    pivots if pivots > 0 && below(11, order, 4) == 0 => {
                        self.at_pivots[below(12, order, pivots) as usize]
                    }
                    _ => below(9, order, strata) as usize,
                };
                self.place(workload, boundary, order as u16, draw(10, order));
            }
        }
    }

    /// The boundary that a run is owed to: every other run from [`Self::boundaries_from`] on, for these have no faults.
    #[must_use]
    pub fn owed(&self, index: u64) -> Option<usize> {
        let after = usize::try_from(index.checked_sub(self.boundaries_from)?).ok()?;
        (after.is_multiple_of(2) && after / 2 < self.boundaries.len()).then_some(after / 2)
    }

    fn place(&self, workload: &mut Workload, boundary: usize, order: u16, h: u64) {
        let (command, item, place) = self.boundaries[boundary];
        workload.commands.push(CommandPlan { command, order, item, place, twice: h.is_multiple_of(8) });
    }

    /// All items that an order may have, as a mask.
    #[must_use]
    pub fn all(&self, model: &Model) -> u64 {
        if self.items != 0 { self.items } else { (1 << model.items.len()) - 1 }
    }

    /// The items of an order: mostly all, sometimes without one and what relies on it.
    fn items_of(&self, model: &Model, h: u64) -> u64 {
        let mut items = self.all(model);
        if !self.all_items && self.items == 0 && model.items.len() > 1 && h.is_multiple_of(6) {
            self.leave_out(model, ItemIx(((h >> 8) % model.items.len() as u64) as u8), &mut items);
            if items == 0 {
                items = self.all(model);
            }
        }
        items
    }

    /// The orders without one of the items and what relies on it, each once.
    pub fn smaller(&self, model: &Model) -> impl Iterator<Item = u64> + use<> {
        let items = if self.all_items || self.items != 0 { 0 } else { model.items.len() as u8 };
        let mut masks: Vec<u64> = Vec::new();
        for item in (0..items).map(ItemIx) {
            let mut mask = self.all(model);
            self.leave_out(model, item, &mut mask);
            if mask != 0 && !masks.contains(&mask) {
                masks.push(mask);
            }
        }
        masks.into_iter()
    }

    fn leave_out(&self, model: &Model, item: ItemIx, items: &mut u64) {
        if *items & 1 << item.0 == 0 {
            return;
        }
        *items &= !(1 << item.0);
        for &dependent in &model.items[item.ix()].relied_on_by {
            self.leave_out(model, dependent, items);
        }
        for &child in &model.items[item.ix()].bundles {
            self.leave_out(model, child, items);
        }
    }

    /// The step that a boundary is about, for coverage.
    #[must_use]
    pub fn boundary_step(&self, boundary: usize) -> Option<StepIx> {
        match self.boundaries[boundary].2 {
            Place::Boundary { step, .. } => Some(step),
            Place::After(_) => None,
        }
    }
}

/// What is wrong with a quote: nothing with most.
fn flaw(n: u64) -> QuoteDefect {
    match n {
        0..3 => QuoteDefect::Expired,
        3..6 => QuoteDefect::MissingEvidence,
        6..9 => QuoteDefect::RevisedBeforeApproval,
        9..12 => QuoteDefect::PriceChanged,
        12..15 => QuoteDefect::ConvertedTwice,
        15..18 => QuoteDefect::PriceChangedInDraft,
        18..21 => QuoteDefect::PriceChangedAfterAcceptance,
        21..24 => QuoteDefect::RevisedAfterAcceptance,
        _ => QuoteDefect::None,
    }
}
