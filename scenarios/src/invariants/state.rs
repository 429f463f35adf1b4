//! How invariants keep their state: words of the world, laid out as a grid of orders and columns. A column is an item,
//! a step or a charge. Orders beyond [`ORDERS_MAX`] have no cell and are not judged. The greatest grid of an invariant stands
//! last, so that it has cells for the orders of the run alone: worlds are copied often.

use sim_core::{Bound, Judge, ObligationId, Standing};

use crate::ledger::Ledger;
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// How many orders of a run have cells.
pub(super) fn orders_of(ledger: &Ledger) -> usize {
    ledger.workload.orders.len().min(ORDERS_MAX)
}

/// The cell of an order and a column.
#[inline]
pub(super) fn cell(order: u16, column: usize, columns: usize) -> Option<usize> {
    (usize::from(order) < ORDERS_MAX && column < columns).then(|| usize::from(order) * columns + column)
}

/// The column of an item; the last one stands for the order itself.
#[inline]
pub(super) fn item_column(model: &Model, item: ItemIx) -> usize {
    item.ix().min(model.items.len())
}

/// A grid of one bit per cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits {
    /// Where its words begin in the state of the invariant.
    pub at: usize,
    /// How many columns an order has.
    pub columns: usize,
}

impl Bits {
    /// How many words it takes.
    pub fn words(self) -> usize {
        (ORDERS_MAX * self.columns).div_ceil(64)
    }

    /// Whether the bit is set.
    #[inline]
    pub fn get(self, state: &[u64], order: u16, column: usize) -> bool {
        cell(order, column, self.columns).is_some_and(|i| state[self.at + i / 64] >> (i % 64) & 1 != 0)
    }

    /// Sets the bit or clears it.
    #[inline]
    pub fn put(self, state: &mut [u64], order: u16, column: usize, on: bool) {
        if let Some(i) = cell(order, column, self.columns) {
            let word = &mut state[self.at + i / 64];
            *word = *word & !(1 << (i % 64)) | u64::from(on) << (i % 64);
        }
    }
}

/// A grid of numbers of 16 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// Where its words begin in the state of the invariant.
    pub at: usize,
    /// How many columns an order has.
    pub columns: usize,
}

impl Numbers {
    /// How many words it takes.
    pub fn words(self) -> usize {
        self.words_for(ORDERS_MAX)
    }

    /// How many words it takes as the last grid of an invariant, in a run of so many orders.
    pub fn words_for(self, orders: usize) -> usize {
        (orders * self.columns).div_ceil(4)
    }

    /// The number; 0 where nothing was put.
    #[inline]
    pub fn get(self, state: &[u64], order: u16, column: usize) -> u16 {
        cell(order, column, self.columns).map_or(0, |i| (state[self.at + i / 4] >> (i % 4 * 16)) as u16)
    }

    /// Puts a number.
    #[inline]
    pub fn put(self, state: &mut [u64], order: u16, column: usize, number: u16) {
        if let Some(i) = cell(order, column, self.columns) {
            let word = &mut state[self.at + i / 4];
            *word = *word & !(0xFFFF << (i % 4 * 16)) | u64::from(number) << (i % 4 * 16);
        }
    }
}

/// A grid of obligations, each cell with at most one that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Debts {
    /// Where its words begin in the state of the invariant.
    pub at: usize,
    /// How many columns an order has.
    pub columns: usize,
}

impl Debts {
    /// How many words it takes.
    pub fn words(self) -> usize {
        self.words_for(ORDERS_MAX)
    }

    /// How many words it takes as the last grid of an invariant, in a run of so many orders: ids fit 32 bits. Before them stand
    /// the orders that a person closed.
    pub fn words_for(self, orders: usize) -> usize {
        self.ids_at() - self.at + (orders * self.columns).div_ceil(2)
    }

    /// By order: whether a person closed it as a whole, which covers what comes of it later, too.
    fn closed(self) -> Bits {
        Bits { at: self.at, columns: 1 }
    }

    #[inline]
    fn ids_at(self) -> usize {
        self.at + self.closed().words()
    }

    #[inline]
    fn id(self, state: &[u64], order: u16, column: usize) -> ObligationId {
        let word = |i: usize| state[self.ids_at() + i / 2] >> (i % 2 * 32) & 0xFFFF_FFFF;
        ObligationId(cell(order, column, self.columns).map_or(0, word))
    }

    /// Whether the cell has an open obligation.
    #[inline]
    pub fn is_open(self, judge: &Judge<'_, Scenario>, order: u16, column: usize) -> bool {
        let id = self.id(judge.state, order, column);
        id.0 != 0 && judge.obligation(id).is_some_and(|o| o.standing == Standing::Open)
    }

    /// Opens an obligation, unless the cell has an open one or a person closed the order.
    pub fn open(self, judge: &mut Judge<'_, Scenario>, order: u16, column: usize, debt: Debt) {
        let Some(i) = cell(order, column, self.columns) else { return };
        if self.is_open(judge, order, column) || self.closed().get(judge.state, order, 0) {
            return;
        }
        let ObligationId(id) = judge.open(debt.subject, debt.bound, debt.needs);
        let word = &mut judge.state[self.ids_at() + i / 2];
        *word = *word & !(0xFFFF_FFFF << (i % 2 * 32)) | (id & 0xFFFF_FFFF) << (i % 2 * 32);
    }

    /// The obligation of the cell is met.
    #[inline]
    pub fn meet(self, judge: &mut Judge<'_, Scenario>, order: u16, column: usize) {
        let id = self.id(judge.state, order, column);
        if id.0 != 0 {
            judge.meet(id);
        }
    }

    /// The obligation of the cell is no longer owed.
    #[inline]
    pub fn retire(self, judge: &mut Judge<'_, Scenario>, order: u16, column: usize) {
        let id = self.id(judge.state, order, column);
        if id.0 != 0 {
            judge.retire(id);
        }
    }

    /// What an approved exception or a manual closing covers is no longer owed. `item_of` gives the item of a column.
    pub fn pardon(
        self,
        judge: &mut Judge<'_, Scenario>,
        pardon: super::facts::Pardon,
        item_of: impl Fn(&Model, usize) -> ItemIx,
    ) {
        if pardon.item == ItemIx::ORDER {
            self.closed().put(judge.state, pardon.order, 0, true);
        }
        for column in 0..self.columns {
            if pardon.covers(item_of(&judge.model.model, column)) {
                self.retire(judge, pardon.order, column);
            }
        }
    }
}

/// An obligation to open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Debt {
    /// What it is about.
    pub subject: u64,
    /// How long it may take.
    pub bound: Bound,
    /// The systems it needs, one bit each by index.
    pub needs: u64,
}
