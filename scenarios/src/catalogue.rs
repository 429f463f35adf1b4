//! The catalogue of prices, which CPQ publishes and everybody can look up.
//!
//! The amounts of a definition are the prices under which a quote leaves its draft, whatever was published before. Each
//! publication after that raises them by a tenth: so much is wrong with whoever prices anew what was submitted, or charges
//! what the catalogue says today.

use crate::workload::ORDERS_MAX;

/// The price lists of a run.
#[derive(Clone, Debug, Default, Hash)]
pub struct Catalogue {
    /// How many price lists were published.
    published: u8,
    /// By order: how many there were when its quote was priced as a draft for the last time.
    priced: [u8; ORDERS_MAX],
}

impl Catalogue {
    /// Brings it to its initial state.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// A price list is published.
    pub fn publish(&mut self) {
        self.published = self.published.saturating_add(1);
    }

    /// The draft of a quote is priced by the list of today.
    pub fn price_draft(&mut self, order: u16) {
        if let Some(priced) = self.priced.get_mut(usize::from(order)) {
            *priced = self.published;
        }
    }

    /// What costs `amount` in the quote of an order, by the list of today.
    #[must_use]
    pub fn today(&self, order: u16, amount: i64) -> i64 {
        let priced = self.priced.get(usize::from(order)).copied().unwrap_or(self.published);
        amount.saturating_add((amount / 10).saturating_mul(i64::from(self.published - priced)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_changes_what_was_priced_before_it() {
        let mut catalogue = Catalogue::default();
        catalogue.price_draft(0);
        catalogue.publish();
        catalogue.price_draft(1);
        assert_eq!((catalogue.today(0, 1_000), catalogue.today(1, 1_000)), (1_100, 1_000));
        catalogue.publish();
        assert_eq!((catalogue.today(0, 1_000), catalogue.today(1, 1_000)), (1_200, 1_100));
        catalogue.clear();
        assert_eq!(catalogue.today(0, 1_000), 1_000);
    }
}
