//! State machines as tables: `catalog/machines.yaml`.

use super::code::{MISSING_FIELD, UNKNOWN_REFERENCE};
use super::diagnostic::Invalid;
use super::load::read_alone;
use super::reader::{Fields, Place, Read, Reader};
use super::span::{NamedList, Spanned};

/// One machine: from each state the states that may follow.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The state of a new thing.
    pub initial: Spanned<String>,
    /// By state, in the order in which they are listed; nothing follows a final one.
    pub transitions: NamedList<Vec<Spanned<String>>>,
}

impl Machine {
    /// Whether one state may follow another.
    #[must_use]
    pub fn allows(&self, from: &str, to: &str) -> bool {
        self.transitions.get(from).is_some_and(|next| next.iter().any(|state| state.value == to))
    }

    /// Whether nothing follows the state.
    #[must_use]
    pub fn is_final(&self, state: &str) -> bool {
        self.transitions.get(state).is_some_and(Vec::is_empty)
    }

    /// All states, in the order in which they are listed.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.transitions.ids()
    }
}

/// All machines by name: quote, order, item, product, charge, saga, step.
///
/// # Errors
///
/// When the text is not such a table, or names a state that it does not list.
pub fn read_machines(name: &str, text: &str) -> Result<NamedList<Machine>, Invalid> {
    read_alone(name, text, "machines")
}

/// The machines of the catalogue.
///
/// # Panics
///
/// When the bundled text is broken, which a test rules out.
#[must_use]
pub fn bundled_machines() -> NamedList<Machine> {
    let text = crate::catalog::get("machines.yaml").expect("the catalogue has machines.yaml");
    read_machines("machines.yaml", text).expect("the bundled machines are well-formed")
}

impl Read for Machine {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("machine \"{}\"", place.name), cx)?;
        let initial: Option<Spanned<String>> = f.need("initial", cx);
        let transitions: Option<NamedList<Vec<Spanned<String>>>> = f.need("transitions", cx);
        f.close(cx);
        let machine = Machine { initial: initial?, transitions: transitions? };
        if machine.transitions.is_empty() {
            cx.report(MISSING_FIELD.at(place.at, format!("machine \"{}\" has no states", place.name)));
        }
        let named = machine.transitions.iter().flat_map(|next| &next.value).chain([&machine.initial]);
        for state in named.filter(|state| machine.transitions.get(&state.value).is_none()) {
            let message = format!("\"{}\" is no state of machine \"{}\"", state.value, place.name);
            cx.report(UNKNOWN_REFERENCE.at(state.span, message));
        }
        Some(machine)
    }
}
