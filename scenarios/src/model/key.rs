//! Idempotency keys: a 64-bit hash streamed over the rendered text. Equal text, equal key; the text itself is made
//! only when somebody reads it.

use std::fmt::Write as _;

/// A part of a key that is filled in at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyField {
    /// Text that stands in the definition, or follows from it.
    Text(String),
    /// `order-1`
    OrderId,
    /// `order-1/router`, or the order's id for a step of the order.
    ItemId,
    /// `quote-1`
    QuoteId,
    /// The accepted version of the quote.
    QuoteVersion,
    /// The version of the order's plan.
    PlanVersion,
    /// How often the step was redone.
    StepRevision,
    /// A request id, allocated and stored before the first send: `req-order-1/bill-router-0`.
    RequestId(String),
    /// The node that emitted the event.
    EventSource,
    /// The event's id.
    EventId,
    /// The id of the record that an earlier step made; empty while it is not known.
    Record(super::StepIx),
    /// The attempt: volatile.
    Attempt,
    /// Another value at every use (message id, clock, random): volatile.
    Fresh,
}

/// A key as a list of parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// The parts in order.
    pub fields: Vec<KeyField>,
    /// Whether a part of it differs between two sends of one request.
    pub volatile: bool,
}

/// What a key is filled in from.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyScope<'a> {
    /// The order, from 0.
    pub order: u16,
    /// The item's name; empty for the order itself.
    pub item: &'a str,
    /// The step's name; of an undo step also what it undoes.
    pub step: &'a str,
    /// The quote's accepted version.
    pub quote_version: u32,
    /// The plan's version.
    pub plan_version: u32,
    /// How often the step was redone.
    pub revision: u32,
    /// The attempt.
    pub attempt: u32,
    /// A number that is new at every use.
    pub fresh: u64,
    /// The emitter of an event.
    pub source: &'a str,
    /// The number of an event at its emitter.
    pub event: u32,
    /// The id of a record that an earlier step made.
    pub record: Option<u32>,
    /// The number of a request that a person made: two cancellations of one order differ in it.
    pub request: u32,
}

/// Takes the text of a key, piece by piece.
trait Sink {
    fn text(&mut self, text: &str);
    fn number(&mut self, n: u64);
}

/// The FNV-1a hash of a text that comes in pieces: the pieces leave no trace.
struct Hash(u64);

impl Sink for Hash {
    fn text(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn number(&mut self, n: u64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = n;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        for &digit in &digits[at..] {
            self.0 = (self.0 ^ u64::from(digit)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}

impl Sink for String {
    fn text(&mut self, text: &str) {
        self.push_str(text);
    }

    fn number(&mut self, n: u64) {
        let _ = write!(self, "{n}");
    }
}

impl Key {
    /// The key's hash.
    #[must_use]
    pub fn hash(&self, scope: &KeyScope<'_>) -> u64 {
        let mut hash = Hash(0xCBF2_9CE4_8422_2325);
        self.fill(scope, &mut hash);
        sim_core::hash::mix(hash.0, 0x6B65_7973)
    }

    /// The key's text.
    #[must_use]
    pub fn text(&self, scope: &KeyScope<'_>) -> String {
        let mut text = String::new();
        self.fill(scope, &mut text);
        text
    }

    fn fill(&self, scope: &KeyScope<'_>, sink: &mut impl Sink) {
        for field in &self.fields {
            match field {
                KeyField::Text(text) => sink.text(text),
                KeyField::OrderId => Self::numbered(sink, "order-", u64::from(scope.order) + 1),
                KeyField::ItemId => {
                    Self::numbered(sink, "order-", u64::from(scope.order) + 1);
                    if !scope.item.is_empty() {
                        sink.text("/");
                        sink.text(scope.item);
                    }
                }
                KeyField::QuoteId => Self::numbered(sink, "quote-", u64::from(scope.order) + 1),
                KeyField::QuoteVersion => Self::numbered(sink, "v", scope.quote_version.into()),
                KeyField::PlanVersion => Self::numbered(sink, "p", scope.plan_version.into()),
                KeyField::StepRevision => Self::numbered(sink, "r", scope.revision.into()),
                KeyField::RequestId(name) => {
                    sink.text(name);
                    Self::numbered(sink, "-req-", u64::from(scope.order) + 1);
                    sink.text("/");
                    sink.text(scope.step);
                    Self::numbered(sink, "-", scope.revision.into());
                    Self::numbered(sink, "-", scope.request.into());
                }
                KeyField::EventSource => sink.text(scope.source),
                KeyField::EventId => Self::numbered(sink, "evt-", u64::from(scope.event) + 1),
                KeyField::Record(_) => match scope.record {
                    Some(record) => Self::numbered(sink, "rec-", record.into()),
                    None => sink.text("unknown"),
                },
                KeyField::Attempt => Self::numbered(sink, "attempt-", scope.attempt.into()),
                KeyField::Fresh => Self::numbered(sink, "new-", scope.fresh),
            }
        }
    }

    fn numbered(sink: &mut impl Sink, prefix: &str, n: u64) {
        sink.text(prefix);
        sink.number(n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fields: &[KeyField]) -> Key {
        Key { fields: fields.to_vec(), volatile: false }
    }

    #[test]
    fn equal_text_is_an_equal_key() {
        let scope = KeyScope { order: 0, item: "router", step: "ship-router", plan_version: 1, ..KeyScope::default() };
        let split = key(&[KeyField::ItemId, KeyField::Text(":SH".into()), KeyField::Text("IP:p1".into())]);
        let whole = key(&[KeyField::ItemId, KeyField::Text(":SHIP:".into()), KeyField::PlanVersion]);
        assert_eq!(whole.text(&scope), "order-1/router:SHIP:p1");
        assert_eq!(split.text(&scope), whole.text(&scope));
        assert_eq!(split.hash(&scope), whole.hash(&scope));
    }

    #[test]
    fn a_volatile_part_changes_the_key() {
        let bad = key(&[KeyField::ItemId, KeyField::Attempt]);
        let scope = |attempt| KeyScope { item: "router", attempt, ..KeyScope::default() };
        assert_ne!(bad.hash(&scope(1)), bad.hash(&scope(2)));
    }
}
