//! The states that operators see items in.

use super::{ItemIx, StepIx};
use crate::definition::Span;
use crate::predicate::{Field, FieldId, Predicate, Read, Value};

/// The states that operators see, and which of them each item may be in.
#[derive(Debug)]
pub struct Dashboard {
    /// In the order of the definition.
    pub states: Vec<DashboardState>,
    /// By item.
    pub views: Vec<View>,
}

/// A state that operators see.
#[derive(Debug)]
pub struct DashboardState {
    /// Its name.
    pub state: String,
    /// Where it is written.
    pub span: Span,
    /// The item it is about; all items where not written.
    pub item: Option<ItemIx>,
    /// When it holds.
    pub when: Option<Predicate>,
    /// The state that the item must be in for it, where `when` demands one.
    pub item_state: Option<Value>,
}

/// What operators may see of an item.
#[derive(Debug)]
pub struct View {
    /// The states that are about it, as numbered in the dashboard.
    pub states: Vec<u8>,
    /// The steps whose states decide, with that of the item, which of them hold. `None` where they read more than that.
    pub decided_by: Option<Vec<StepIx>>,
}

impl Dashboard {
    /// The dashboard of a saga with so many items.
    #[must_use]
    pub fn new(states: Vec<DashboardState>, items: usize) -> Self {
        let views = (0..items).map(|item| View::new(&states, ItemIx(item as u8))).collect();
        Self { states, views }
    }
}

impl View {
    fn new(all: &[DashboardState], item: ItemIx) -> Self {
        let about = all.iter().enumerate().filter(|(_, state)| state.item.is_none_or(|of| of == item));
        let states: Vec<u8> = about.map(|(i, _)| i as u8).collect();
        let mut steps: Option<Vec<StepIx>> = Some(Vec::new());
        for read in states.iter().filter_map(|i| all[usize::from(*i)].when.as_ref()).flat_map(Predicate::reads) {
            match (read, &mut steps) {
                (Read::Step(step), Some(steps)) if !steps.contains(&StepIx(step)) => steps.push(StepIx(step)),
                (Read::Step(_) | Read::Field(FieldId::Known(Field::ItemState | Field::ItemName)), _) => {}
                _ => steps = None,
            }
        }
        Self { states, decided_by: steps }
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::{Definition, Set};
    use crate::model::Model;

    fn model(set: &str) -> Model {
        let set = Set::parse(set).expect("a patch");
        let definition = Definition::bundled("order-fulfilment", &[set]).unwrap_or_else(|invalid| panic!("{invalid}"));
        Model::new(&definition).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    #[test]
    fn a_view_is_decided_by_what_its_states_read() {
        let plain = model("saga.invariants=[]");
        let router = plain.items.iter().position(|item| item.id == "router").expect("an item");
        let view = &plain.dashboard.views[router];
        let about = |i: &u8| plain.dashboard.states[usize::from(*i)].item.is_none_or(|of| of.ix() == router);
        assert!(!view.states.is_empty() && view.states.len() < plain.dashboard.states.len());
        assert!(view.states.iter().all(about));
        let steps = view.decided_by.as_ref().expect("states of item and steps alone");
        let reserve = plain.find_step("reserve-router").expect("a step");
        assert!(steps.contains(&reserve) && steps.iter().all(|step| plain.step(*step).item.ix() == router));

        let more = model("saga.dashboard[ORDERED].when='item.state == \"acknowledged\" && order.version < 1000'");
        assert!(more.dashboard.views.iter().all(|view| view.decided_by.is_none()), "the version is no state");
    }
}
