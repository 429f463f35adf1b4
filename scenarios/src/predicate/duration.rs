//! The text of `duration("...")`.

const UNITS: [(&str, i64); 6] =
    [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

/// Reads `5m`, `1h30m`, `10d` as microseconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    const EXPECTED: &str = "expected a duration such as 30s, 5m, 1h30m or 10d";
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() || unit.is_empty() {
            return Err(EXPECTED.to_string());
        }
        if unit == "mo" || unit == "y" {
            return Err(format!("`{unit}` has no fixed length, {EXPECTED}"));
        }
        let Some((_, micros)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("unknown unit `{unit}`, {EXPECTED}"));
        };
        total = number
            .parse::<i64>()
            .ok()
            .and_then(|number| number.checked_mul(*micros))
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| "the duration is too long".to_string())?;
        rest = tail;
    }
    if text.is_empty() {
        return Err(EXPECTED.to_string());
    }
    Ok(total)
}
