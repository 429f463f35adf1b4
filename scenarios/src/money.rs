//! Exact money: amounts are read from text into minor units, never through a float, and shown the same way.

use iso_currency::Currency;

use crate::definition::Money;

/// Digits after the decimal point of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
/// Currencies without a minor unit of their own (gold, test codes) count in whole units.
#[must_use]
pub fn minor_digits(currency: Currency) -> u32 {
    currency.exponent().map_or(0, u32::from)
}

/// Reads a decimal number (`120.00`, `-3`, `2e1`) as an exact amount of `currency`.
///
/// # Errors
///
/// [`DecimalError`] when the text is no decimal number, would have to be rounded, or does not fit.
pub fn parse_money(amount: &str, currency: Currency) -> Result<Money, DecimalError> {
    let minor = scaled_decimal(amount, minor_digits(currency))?;
    Ok(Money { minor, currency })
}

/// The amount with all digits of its minor unit, for example `120.00 EUR`.
#[must_use]
pub fn show_money(Money { minor, currency }: Money) -> String {
    let digits = minor_digits(currency);
    let unit = 10_u64.pow(digits);
    let sign = if minor < 0 { "-" } else { "" };
    let magnitude = minor.unsigned_abs();
    let (whole, fraction, code) = (magnitude / unit, magnitude % unit, currency.code());
    if digits == 0 {
        return format!("{sign}{whole} {code}");
    }
    format!("{sign}{whole}.{fraction:0width$} {code}", width = digits as usize)
}

/// A sum of minor units as a decimal number in its currency, given by its three letters: `89.90`.
#[must_use]
pub fn decimal(currency: [u8; 3], minor: u128) -> String {
    let known = std::str::from_utf8(&currency).ok().and_then(Currency::from_code);
    let digits = known.map_or(0, minor_digits);
    let unit = 10_u128.pow(digits);
    match digits {
        0 => minor.to_string(),
        _ => format!("{}.{:0width$}", minor / unit, minor % unit, width = digits as usize),
    }
}

/// Why a text is not an exact decimal number of a given precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not a decimal number.
    #[error("expected a decimal number")]
    Malformed,
    /// The number would have to be rounded.
    #[error("expected at most {digits} digits after the decimal point")]
    TooPrecise {
        /// Digits that the unit can hold.
        digits: u32,
    },
    /// The number does not fit 64 bits of the unit.
    #[error("the number is too large")]
    TooLarge,
}

/// Reads a JSON-style decimal number as an integer of `10^-digits`, exactly.
///
/// # Errors
///
/// See [`DecimalError`].
pub fn scaled_decimal(text: &str, digits: u32) -> Result<i64, DecimalError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || mantissa.ends_with('.') {
        return Err(DecimalError::Malformed);
    }
    let significant = fraction.trim_end_matches('0');
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(significant.bytes()) {
        value = value * 10 + i128::from(digit - b'0');
        if value > i128::from(i64::MAX) * 1_000_000_000 {
            return Err(DecimalError::TooLarge);
        }
    }
    let fraction_digits = i64::try_from(significant.len()).map_err(|_| DecimalError::TooLarge)?;
    let mut shift = i64::from(digits) + exponent - fraction_digits;
    while shift < 0 && value != 0 {
        if value % 10 != 0 {
            return Err(DecimalError::TooPrecise { digits });
        }
        value /= 10;
        shift += 1;
    }
    while shift > 0 && value != 0 {
        value *= 10;
        if value > i128::from(i64::MAX) {
            return Err(DecimalError::TooLarge);
        }
        shift -= 1;
    }
    let magnitude = i64::try_from(value).map_err(|_| DecimalError::TooLarge)?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// Exponents past a few hundred can only overflow or round, so they are clamped and the digits decide.
fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::Malformed);
    }
    let significant = digits.trim_start_matches('0');
    let magnitude = if significant.len() > 3 { 1_000 } else { significant.parse().unwrap_or(0) };
    Ok(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, expected: Result<&str, DecimalError>) {
        let currency = Currency::from_code(code).expect("a currency of the standard");
        let shown = parse_money(text, currency).map(show_money);
        assert_eq!(shown, expected.map(String::from), "{text} {code}");
    }

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        check("120.00", "EUR", Ok("120.00 EUR"));
        check("0.99", "EUR", Ok("0.99 EUR"));
        check("20", "EUR", Ok("20.00 EUR"));
        check("2e1", "EUR", Ok("20.00 EUR"));
        check("199e-2", "EUR", Ok("1.99 EUR"));
        check("0.990000000000000000000000", "EUR", Ok("0.99 EUR"));
        check("-0.05", "EUR", Ok("-0.05 EUR"));
        check("-0", "EUR", Ok("0.00 EUR"));
        check("0e999999", "EUR", Ok("0.00 EUR"));
        check("500", "JPY", Ok("500 JPY"));
        check("1.234", "KWD", Ok("1.234 KWD"));
        check("92233720368547758.07", "EUR", Ok("92233720368547758.07 EUR"));
        check("92233720368547758.08", "EUR", Err(DecimalError::TooLarge));
        check("1e999999999999", "EUR", Err(DecimalError::TooLarge));
        check("1e-999999999999", "EUR", Err(DecimalError::TooPrecise { digits: 2 }));
        check("0.999", "EUR", Err(DecimalError::TooPrecise { digits: 2 }));
        check("0.5", "JPY", Err(DecimalError::TooPrecise { digits: 0 }));
        for text in ["", "-", ".5", "5.", "1,0", "0x10", "1e", "1e+", "NaN", "٣", "1.2.3", "--1"] {
            check(text, "EUR", Err(DecimalError::Malformed));
        }
    }

    #[test]
    fn only_codes_of_the_standard_are_currencies() {
        for code in ["EUT", "eur", "", "EURO", "€"] {
            assert_eq!(Currency::from_code(code), None, "{code}");
        }
    }
}
