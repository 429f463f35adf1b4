//! Durations, money, keys and other scalars.

use super::*;
use crate::definition::reader::Scalar;
use iso_currency::Currency;

#[test]
fn durations_are_whole_and_have_units() {
    for (text, micros, shown) in [
        ("0d", 0, "0s"),
        ("7us", 7, "7us"),
        ("200ms", 200_000, "200ms"),
        ("30s", 30_000_000, "30s"),
        ("90s", 90_000_000, "90s"),
        ("5m", 300_000_000, "5m"),
        ("24h", 86_400_000_000, "1d"),
        ("10d", 864_000_000_000, "10d"),
        ("2w", 1_209_600_000_000, "14d"),
        ("3650d", 315_360_000_000_000, "3650d"),
    ] {
        let duration = Duration::parse(text).expect(text);
        assert_eq!((duration.micros(), duration.to_string().as_str()), (micros, shown));
    }
    for text in [
        "",
        "s",
        "30",
        "-1s",
        "1.5h",
        "30 s",
        "1mo",
        "1y",
        "30x",
        "3651d",
        "99999999999999999999s",
        "18446744073709551615s",
    ] {
        assert!(Duration::parse(text).is_err(), "{text}");
    }
    for (text, period) in
        [("1mo", Period::Months(1)), ("1y", Period::Years(1)), ("30d", Period::Exact(Duration::from_secs(2_592_000)))]
    {
        assert_eq!(Period::parse(text), Ok(period));
        assert_eq!(period.to_string(), text);
    }
}

#[test]
fn money_is_exact() {
    for (text, code, minor, shown) in [
        ("120.00", "EUR", 12_000, "120.00 EUR"),
        ("120", "EUR", 12_000, "120.00 EUR"),
        ("0.99", "EUR", 99, "0.99 EUR"),
        ("89.9", "EUR", 8_990, "89.90 EUR"),
        ("0.1000", "EUR", 10, "0.10 EUR"),
        ("-5.05", "EUR", -505, "-5.05 EUR"),
        ("500", "JPY", 500, "500 JPY"),
        ("1.234", "KWD", 1_234, "1.234 KWD"),
        ("92233720368547758.07", "EUR", i64::MAX, "92233720368547758.07 EUR"),
    ] {
        let money = Money::parse(text, Currency::from_code(code).expect(code)).expect(text);
        assert_eq!((money.minor, money.to_string().as_str()), (minor, shown));
    }
    for (text, code) in [
        ("", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("1e3", "EUR"),
        ("1,5", "EUR"),
        ("0.001", "EUR"),
        ("0.5", "JPY"),
        ("92233720368547758.08", "EUR"),
        ("--1", "EUR"),
    ] {
        assert!(Money::parse(text, Currency::from_code(code).expect(code)).is_err(), "{text} {code}");
    }
}

#[test]
fn keys_are_text_and_paths() {
    let key = KeyTemplate::parse("${item.id}:SHIP:${plan.version}").expect("a key");
    let parts =
        [KeyPart::Path(KeyPath::ItemId), KeyPart::Text(":SHIP:".to_owned()), KeyPart::Path(KeyPath::PlanVersion)];
    assert_eq!(key.parts, parts);
    for text in ["${conversion.requestId}", "${reservation.id}", "a${event.source}b${random}", "plain"] {
        assert_eq!(KeyTemplate::parse(text).expect(text).to_string(), text);
    }
    for (text, volatile) in [
        ("${step.attempt}", true),
        ("${message.id}", true),
        ("${clock.now}", true),
        ("${random}", true),
        ("${step.revision}", false),
    ] {
        assert_eq!(KeyTemplate::parse(text).expect(text).volatile().count() == 1, volatile, "{text}");
    }
    for (text, expected) in [
        ("", "is empty"),
        ("${item.id", "without \"}\""),
        ("${item.ids}", "did you mean \"item.id\"?"),
        ("${step.atempt}", "did you mean \"step.attempt\"?"),
        ("${}", "is no path"),
        ("${item.a.b}", "is no path"),
    ] {
        let error = KeyTemplate::parse(text).expect_err(text);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn rates_ranges_and_instants() {
    assert_eq!(Rate::parse("50/s"), Ok(Rate { count: 50, per: Duration::from_secs(1) }));
    assert_eq!(CountRange::parse("2"), Ok(CountRange { min: 2, max: 2 }));
    assert_eq!(
        DurationRange::parse("0s..10m"),
        Ok(DurationRange { min: Duration::ZERO, max: Duration::from_secs(600) })
    );
    assert_eq!(Instant::parse("1970-01-01T00:00:01Z"), Ok(Instant(1_000_000)));
    assert!(Rate::parse("0/s").is_err() && Rate::parse("5/x").is_err() && Instant::parse("yesterday").is_err());
}
