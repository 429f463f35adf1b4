//! Commands: what people may ask of a running saga.

use super::actions::{CommandOtherwise, CommandThen, IfInFlight};
use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::reader::{Fields, Place, Read, Reader};
use super::span::{Span, Spanned};
use super::words::{NextAction, OrderState, Requirement};

/// A command such as `cancelItem`.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where it is written.
    pub span: Span,
    /// What it is about; an item when not written.
    pub scope: Option<Spanned<Scope>>,
    /// The step, of a command about a step.
    pub step: Option<Spanned<String>>,
    /// Who may give it; anyone when not written.
    pub role: Vec<Spanned<String>>,
    /// The idempotency key.
    pub key: Option<Spanned<KeyTemplate>>,
    /// Whether it must name the version that it saw.
    pub expected_version: Option<Spanned<Requirement>>,
    /// Whether it must give a reason.
    pub reason_code: Option<Spanned<Requirement>>,
    /// The states in which it is taken.
    pub states: Option<Vec<Spanned<OrderState>>>,
    /// What happens when the pivot is in flight.
    pub if_in_flight: Option<Spanned<NextAction>>,
    /// What it does.
    pub then: Option<Spanned<NextAction>>,
    /// What it does in the other states.
    pub otherwise: Option<Spanned<NextAction>>,
}

keywords! {
    /// What a command is about.
    "scope" Scope {
        /// One item of an order.
        Item = "item",
        /// The whole order.
        Order = "order",
        /// One step of an item.
        Step = "step",
    }
}

impl Read for Command {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("command \"{}\"", place.name), cx)?;
        let command = Command {
            span: place.at,
            scope: f.get("scope", cx),
            step: f.get("step", cx),
            role: f.list("role", cx),
            key: f.get("key", cx),
            expected_version: f.get("expectedVersion", cx),
            reason_code: f.get("reasonCode", cx),
            states: f.get("states", cx),
            if_in_flight: f.next::<IfInFlight>("ifInFlight", cx),
            then: f.next::<CommandThen>("then", cx),
            otherwise: f.next::<CommandOtherwise>("otherwise", cx),
        };
        f.close(cx);
        Some(command)
    }
}
