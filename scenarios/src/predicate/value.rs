//! Values that predicates compare: small, `Copy`, exact.

use std::cmp::Ordering;

use iso_currency::Currency;

use crate::definition::Money;

/// One value of a field, 16 bytes.
///
/// `Missing` stands for a field that the record or object does not have, and for a result that does not fit its type.
/// It compares unequal to everything, itself included: `==` and every ordering are false, `!=` is true, and where a
/// boolean is wanted it reads as false. So a predicate over absent data needs no special case and cannot fail.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Truth value.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Exact amount in minor units.
    Money {
        /// Amount in the currency's minor unit.
        minor: i64,
        /// Currency; amounts in two currencies are neither equal nor ordered.
        currency: Currency,
    },
    /// Instant, in microseconds since the start of virtual time.
    Time(u64),
    /// Length of time in microseconds; negative when a difference of times runs backwards.
    Duration(i64),
    /// Interned word: a state, a type, a trait (see [`super::Vocabulary::name`]).
    Name(u32),
    /// Dense id of an order, item, record, key and so on; unique over the kinds that may meet in one comparison.
    Id(u64),
    /// No value.
    Missing,
}

impl From<Money> for Value {
    fn from(Money { minor, currency }: Money) -> Self {
        Value::Money { minor, currency }
    }
}

impl Value {
    /// True only for `Bool(true)`.
    pub fn is_true(self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// Equality as `==` of the predicate language sees it: exact, within one type, never for `Missing`.
    pub fn equals(self, other: Value) -> bool {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Name(a), Value::Name(b)) => a == b,
            (Value::Id(a), Value::Id(b)) => a == b,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// Order of two numbers, amounts of one currency, times or durations; `None` for everything else.
    pub fn order(self, other: Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(&b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(&b)),
            (Value::Money { minor: a, currency }, Value::Money { minor: b, currency: other }) if currency == other => {
                Some(a.cmp(&b))
            }
            _ => None,
        }
    }

    /// Sum, or `Missing` when it does not fit or the currencies differ.
    pub(super) fn plus(self, other: Value) -> Value {
        match (self, other) {
            (Value::Time(time), Value::Duration(by)) | (Value::Duration(by), Value::Time(time)) => {
                time.checked_add_signed(by).map_or(Value::Missing, Value::Time)
            }
            _ => self.combined(other, i64::checked_add),
        }
    }

    /// Difference, or `Missing` when it does not fit or the currencies differ.
    pub(super) fn minus(self, other: Value) -> Value {
        match (self, other) {
            (Value::Time(a), Value::Time(b)) => a.checked_signed_diff(b).map_or(Value::Missing, Value::Duration),
            (Value::Time(time), Value::Duration(by)) => {
                by.checked_neg().and_then(|by| time.checked_add_signed(by)).map_or(Value::Missing, Value::Time)
            }
            _ => self.combined(other, i64::checked_sub),
        }
    }

    fn combined(self, other: Value, operation: fn(i64, i64) -> Option<i64>) -> Value {
        let result = match (self, other) {
            (Value::Int(a), Value::Int(b)) => operation(a, b).map(Value::Int),
            (Value::Duration(a), Value::Duration(b)) => operation(a, b).map(Value::Duration),
            (Value::Money { minor: a, currency }, Value::Money { minor: b, currency: other }) if currency == other => {
                operation(a, b).map(|minor| Value::Money { minor, currency })
            }
            _ => None,
        };
        result.unwrap_or(Value::Missing)
    }

    /// The number, amount or duration with the other sign.
    pub(super) fn negated(self) -> Value {
        let negated = match self {
            Value::Int(a) => a.checked_neg().map(Value::Int),
            Value::Duration(a) => a.checked_neg().map(Value::Duration),
            Value::Money { minor, currency } => minor.checked_neg().map(|minor| Value::Money { minor, currency }),
            _ => None,
        };
        negated.unwrap_or(Value::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_that_does_not_fit_is_missing() {
        let (eur, usd) = (Currency::EUR, Currency::USD);
        let money = |minor, currency| Value::Money { minor, currency };
        let most = Value::Int(i64::MAX);
        for missing in [
            most.plus(Value::Int(1)),
            Value::Int(i64::MIN).negated(),
            money(1, eur).plus(money(1, usd)),
            money(i64::MAX, eur).plus(money(1, eur)),
            Value::Time(u64::MAX).minus(Value::Time(0)),
            Value::Time(0).minus(Value::Duration(1)),
            Value::Time(0).minus(Value::Duration(i64::MIN)),
            Value::Int(1).plus(Value::Bool(true)),
            Value::Missing.plus(Value::Int(1)),
        ] {
            assert!(matches!(missing, Value::Missing), "{missing:?}");
        }
        assert!(Value::Time(1).minus(Value::Time(3)).equals(Value::Duration(-2)));
        assert!(money(3, eur).minus(money(1, eur)).equals(money(2, eur)));
    }

    #[test]
    fn missing_equals_nothing() {
        for value in [Value::Missing, Value::Int(0), Value::Bool(false), Value::Name(0)] {
            assert!(!Value::Missing.equals(value) && !value.equals(Value::Missing));
        }
        assert_eq!(size_of::<Value>(), 16);
    }
}
