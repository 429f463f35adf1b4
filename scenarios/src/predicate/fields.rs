//! The table of objects, fields and names that predicates can speak of. The reference page is generated from it.

use crate::definition::{FieldType, Keyword};

/// Type of a field, as the checker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// Whole number.
    Int,
    /// Exact amount with its currency, written `money("120.00", "EUR")`.
    Money,
    /// Instant of virtual time; it is compared with other times, or shifted by a duration.
    Time,
    /// Length of time, written `duration("5m")`.
    Duration,
    /// Identity of an order, item, record or key; it is compared with other ids only.
    Id,
    /// Any text.
    Text,
    /// One of a known set of names.
    Name(EnumerationId),
}

impl Type {
    /// The word for this type in messages and on the reference page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Type::Bool => FieldType::Boolean.word(),
            Type::Int => FieldType::Integer.word(),
            Type::Money => FieldType::Money.word(),
            Type::Time => FieldType::Time.word(),
            Type::Duration => "duration",
            Type::Id => FieldType::Id.word(),
            Type::Text => FieldType::Text.word(),
            Type::Name(_) => "name",
        }
    }
}

impl From<FieldType> for Type {
    fn from(field: FieldType) -> Self {
        match field {
            FieldType::Id => Type::Id,
            FieldType::Money => Type::Money,
            FieldType::Text => Type::Text,
            FieldType::Time => Type::Time,
            FieldType::Integer => Type::Int,
            FieldType::Boolean => Type::Bool,
        }
    }
}

/// Columns that every record has before its contract's `fields`, in the order of their [`super::ColumnId`].
pub const RECORD_COLUMNS: [&str; 4] = ["id", "key", "state", "createdAt"];

/// Dense id of a set of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnumerationId(pub u16);

macro_rules! enumerations {
    ($($constant:ident $title:literal [$($name:literal)*];)*) => {
        enumerations!(@ids 0; $($constant $title;)*);

        /// The known sets of names: title and members, at the index of their [`EnumerationId`].
        /// A set without members takes any text until a definition declares its members.
        pub const ENUMERATIONS: &[(&str, &[&str])] = &[$(($title, &[$($name),*])),*];
    };
    (@ids $n:expr; $constant:ident $title:literal; $($rest:tt)*) => {
        #[doc = concat!("Names of the ", $title, ".")]
        pub const $constant: EnumerationId = EnumerationId($n);
        enumerations!(@ids $n + 1; $($rest)*);
    };
    (@ids $n:expr;) => {};
}

enumerations! {
    ORDER_STATE "order and item states" ["acknowledged" "rejected" "pending" "held" "inProgress" "cancelled"
        "completed" "failed" "partial" "assessingCancellation" "pendingCancellation"];
    QUOTE_STATE "quote states" ["inProgress" "pending" "approved" "rejected" "cancelled" "accepted"];
    PRODUCT_STATE "product states" ["created" "pendingActive" "active" "suspended" "pendingTerminate" "terminated"
        "cancelled" "aborted"];
    CHARGE_STATE "charge states" ["REQUESTED" "ACTIVE" "STOPPED" "CREDITED" "REJECTED"];
    SAGA_STATE "saga states" ["PENDING" "EXECUTING" "UNKNOWN_OUTCOME" "COMPENSATING" "COMPLETED" "COMPENSATED"
        "FALLOUT" "MANUALLY_CLOSED"];
    STEP_STATE "step states" ["PENDING" "READY" "SENT" "COMPLETED" "REJECTED" "FAILED" "UNKNOWN_OUTCOME" "SKIPPED"
        "COMPENSATING" "COMPENSATED" "COMPENSATION_FAILED"];
    RECORD_STATE "states of records that no machine of their own describes" ["REQUESTED" "ACTIVE" "UNDONE" "REJECTED"];
    SHIPMENT_STATE "shipment states" ["NONE" "REQUESTED" "SHIPPED" "DELIVERED" "RECALLED"];
    CHARGE_TYPE "charge types" ["RECURRING" "ONE_TIME"];
    ITEM_ACTION "item actions" ["add" "modify" "delete" "noChange"];
    EVENT_STATE "states that an event can announce" ["acknowledged" "rejected" "pending" "held" "inProgress"
        "cancelled" "completed" "failed" "partial" "assessingCancellation" "pendingCancellation" "approved"
        "accepted" "created" "pendingActive" "active" "suspended" "pendingTerminate" "terminated" "aborted"
        "REQUESTED" "ACTIVE" "STOPPED" "CREDITED" "REJECTED" "PENDING" "EXECUTING" "UNKNOWN_OUTCOME" "COMPENSATING"
        "COMPLETED" "COMPENSATED" "FALLOUT" "MANUALLY_CLOSED" "READY" "SENT" "FAILED" "SKIPPED"
        "COMPENSATION_FAILED"];
    EVENT_TYPE "event types of the definition" [];
    ITEM_NAME "items of the definition" [];
    OFFERING "offerings of the definition" [];
}

/// Where a predicate stands; it decides which objects exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One order: `when` of steps without an item.
    Order,
    /// One item, with each of its charges in turn: `when`, `for`, `preconditions`, `dashboard.when`, `invariants`.
    Item,
    /// One business event: a consumer's `where`.
    Event,
    /// One item beside one record `it` of the list: `where` of `reconcile`.
    Reconcile(super::ListId),
}

impl Scope {
    /// Whether a field of the table, `step(...)` or a record list can be read here.
    pub(super) fn offers(self, place: Place) -> bool {
        match self {
            Scope::Order => place == Place::Order,
            Scope::Item | Scope::Reconcile(_) => place != Place::Event,
            Scope::Event => place == Place::Event,
        }
    }
}

/// The smallest scope that has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Known once there is an order.
    Order,
    /// Known for one item of an order.
    Item,
    /// Known for one business event.
    Event,
}

impl Place {
    /// Where fields of this place can be read, for messages and the reference page.
    pub fn word(self) -> &'static str {
        match self {
            Place::Order => "order, item and reconcile predicates",
            Place::Item => "item and reconcile predicates",
            Place::Event => "a consumer's `where`",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct FieldRow {
    /// The field.
    pub field: Field,
    /// How a predicate writes it.
    pub path: &'static str,
    /// Type of its values.
    pub ty: Type,
    /// Where it can be read.
    pub place: Place,
    /// What it says.
    pub doc: &'static str,
}

macro_rules! fields {
    ($($field:ident $path:literal $ty:expr, $place:ident, $doc:literal;)*) => {
        /// A field of an object that every definition has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = concat!("`", $path, "`: ", $doc)] $field,)*
        }

        /// The table of fields, in the order of [`Field`].
        pub const FIELDS: &[FieldRow] = &[
            $(FieldRow { field: Field::$field, path: $path, ty: $ty, place: Place::$place, doc: $doc },)*
        ];
    };
}

fields! {
    OrderId "order.id" Type::Id, Order, "identity of the order";
    OrderState "order.state" Type::Name(ORDER_STATE), Order, "state of the order";
    OrderVersion "order.version" Type::Int, Order, "version of the order, raised by each change";
    OrderCreatedAt "order.createdAt" Type::Time, Order, "when the order was committed";
    QuoteId "quote.id" Type::Id, Order, "identity of the quote that became the order";
    QuoteState "quote.state" Type::Name(QUOTE_STATE), Order, "state of the quote";
    QuoteVersion "quote.version" Type::Int, Order, "accepted version of the quote";
    QuoteTotal "quote.total" Type::Money, Order, "total of the accepted snapshot";
    QuoteExpiresAt "quote.expiresAt" Type::Time, Order, "when the quote stops being acceptable";
    AccountId "account.id" Type::Id, Order, "identity of the customer's account";
    AccountValue "account.value" Type::Money, Order, "value of the account to the business";
    PlanVersion "plan.version" Type::Int, Order, "version of the fulfilment plan";
    SagaState "saga.state" Type::Name(SAGA_STATE), Order, "state of the saga instance";
    ItemId "item.id" Type::Id, Item, "identity of the order item";
    ItemName "item.name" Type::Name(ITEM_NAME), Item, "name of the item in the definition";
    ItemOffering "item.offering" Type::Name(OFFERING), Item, "offering that the item orders";
    ItemAction "item.action" Type::Name(ITEM_ACTION), Item, "what the order does with the item";
    ItemState "item.state" Type::Name(ORDER_STATE), Item, "state of the item";
    ItemQuantity "item.quantity" Type::Int, Item, "ordered quantity";
    ItemCreatedAt "item.createdAt" Type::Time, Item, "when the item was committed";
    ItemCompletedAt "item.completedAt" Type::Time, Item, "when the item was completed; missing before";
    ChargeId "item.charge.id" Type::Id, Item, "identity of the charge";
    ChargeType "item.charge.type" Type::Name(CHARGE_TYPE), Item, "type of the charge; missing for an item without one";
    ChargeAmount "item.charge.amount" Type::Money, Item, "accepted amount of the charge";
    ChargeCurrency "item.charge.currency" Type::Text, Item, "ISO 4217 code of the accepted amount";
    ChargeTrialEnd "item.charge.trialEnd" Type::Time, Item, "when the trial ends; missing without one";
    ShipmentState "shipment.state" Type::Name(SHIPMENT_STATE), Item, "state of the item's shipment; NONE before one is asked for";
    EventId "event.id" Type::Id, Event, "identity of the event at its source";
    EventSource "event.source" Type::Text, Event, "node that published the event";
    EventType "event.type" Type::Name(EVENT_TYPE), Event, "type of the event";
    EventVersion "event.version" Type::Int, Event, "version of the event's payload";
    EventState "event.state" Type::Name(EVENT_STATE), Event, "state that the event announces";
    EventTime "event.time" Type::Time, Event, "when the change was committed";
    EventOrderId "event.orderId" Type::Id, Event, "identity of the order";
    EventItemId "event.itemId" Type::Id, Event, "identity of the item; missing for an event of the whole order";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{ChargeKind, OrderState, StepState};

    fn check_members<K: Keyword>(enumeration: EnumerationId) {
        let words: Vec<&str> = K::ALL.iter().map(|value| value.word()).collect();
        assert_eq!(ENUMERATIONS[usize::from(enumeration.0)].1, words);
    }

    #[test]
    fn names_are_those_of_the_definition() {
        check_members::<OrderState>(ORDER_STATE);
        check_members::<StepState>(STEP_STATE);
    }

    #[test]
    fn charge_types_are_those_of_the_definition() {
        check_members::<ChargeKind>(CHARGE_TYPE);
    }

    #[test]
    fn the_table_is_in_the_order_of_its_fields_and_names_each_once() {
        for (index, row) in FIELDS.iter().enumerate() {
            assert_eq!(row.field as usize, index, "{}", row.path);
            assert_eq!(FIELDS.iter().filter(|other| other.path == row.path).count(), 1);
            if let Type::Name(id) = row.ty {
                assert!(usize::from(id.0) < ENUMERATIONS.len());
            }
        }
    }

    #[test]
    fn an_event_can_announce_every_state_of_a_machine() {
        let announced = ENUMERATIONS[usize::from(EVENT_STATE.0)].1;
        for machine in [ORDER_STATE, QUOTE_STATE, PRODUCT_STATE, CHARGE_STATE, SAGA_STATE, STEP_STATE] {
            for state in ENUMERATIONS[usize::from(machine.0)].1 {
                assert!(announced.contains(state), "{state}");
            }
        }
    }
}
