//! The words of predicates as symbols, looked up once: no name is hashed during a run.

use crate::model::Model;

/// The symbols of states and the like, by the number of the state.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    /// By order state.
    pub order: Vec<u32>,
    /// By step state.
    pub step: Vec<u32>,
    /// By saga state.
    pub saga: Vec<u32>,
    /// By charge state.
    pub charge: Vec<u32>,
    /// By item of the definition.
    pub items: Vec<u32>,
    /// By emission: its type.
    pub emissions: Vec<u32>,
    /// `RECURRING`
    pub recurring: u32,
    /// `ONE_TIME`
    pub one_time: u32,
    /// `NONE` of a shipment.
    pub no_shipment: u32,
    /// `REQUESTED` of a shipment.
    pub ship_requested: u32,
    /// `SHIPPED`
    pub shipped: u32,
    /// `ACTIVE` of a record that no machine of its own describes.
    pub active: u32,
    /// `UNDONE` of such a record.
    pub undone: u32,
}

impl Symbols {
    /// The symbols that a model's vocabulary gives its words.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        use crate::predicate::fields::{CHARGE_STATE, ENUMERATIONS, EnumerationId, ORDER_STATE, STEP_STATE};
        let symbol = |word: &str| model.vocabulary.name(word).unwrap_or(u32::MAX);
        let all = |set: EnumerationId| ENUMERATIONS[usize::from(set.0)].1.iter().map(|word| symbol(word)).collect();
        Self {
            order: all(ORDER_STATE),
            step: all(STEP_STATE),
            saga: [
                "PENDING",
                "EXECUTING",
                "UNKNOWN_OUTCOME",
                "COMPENSATING",
                "COMPLETED",
                "COMPENSATED",
                "FALLOUT",
                "MANUALLY_CLOSED",
            ]
            .map(symbol)
            .to_vec(),
            charge: all(CHARGE_STATE),
            items: model.items.iter().map(|item| symbol(&item.id)).collect(),
            emissions: model.emissions.iter().map(|emission| symbol(&emission.kind)).collect(),
            recurring: symbol("RECURRING"),
            one_time: symbol("ONE_TIME"),
            no_shipment: symbol("NONE"),
            ship_requested: symbol("REQUESTED"),
            shipped: symbol("SHIPPED"),
            active: symbol("ACTIVE"),
            undone: symbol("UNDONE"),
        }
    }
}
