//! Prices: exact amounts, their currency, their period and their alterations.

use iso_currency::Currency;

use super::view::{Object, Reader, shorten};
use super::{Alteration, AlterationEffect, ImportedItem, ImportedPrice, OrderError};
use crate::definition::{ChargeKind, Duration, Money, Period};
use crate::money::{parse_money, scaled_decimal};

const PRICE_FIELDS: [&str; 5] = ["name", "priceType", "recurringChargePeriod", "price", "priceAlteration"];
const ALTERATION_FIELDS: [&str; 6] =
    ["name", "priceType", "priority", "applicationDuration", "recurringChargePeriod", "price"];
const AMOUNT_FIELDS: [&str; 4] = ["dutyFreeAmount", "taxIncludedAmount", "taxRate", "percentage"];

/// The prices of an item that become charges.
pub(super) fn prices(item: &Object<'_>, reader: &mut Reader) -> Result<Vec<ImportedPrice>, OrderError> {
    let mut prices = Vec::new();
    for object in item.objects("itemPrice", reader)? {
        reader.ignore_others(&object, "productOrderItem[].itemPrice[]", &PRICE_FIELDS);
        if let Some(price) = price(&object, reader)? {
            prices.push(price);
        }
    }
    Ok(prices)
}

fn price(object: &Object<'_>, reader: &mut Reader) -> Result<Option<ImportedPrice>, OrderError> {
    let Some(kind) = kind(object, reader)? else {
        reader.warn(object.path_of("priceType"), "usage is not simulated: this price becomes no charge");
        return Ok(None);
    };
    let period = period(object, reader)?;
    if kind == ChargeKind::Recurring && period.is_none() {
        let path = object.path_of("recurringChargePeriod");
        return Err(reader.error(&path, "the period of a recurring price", "nothing"));
    }
    let Some(amounts) = object.object("price", reader)? else {
        return Err(reader.error(&object.path_of("price"), "an object with the amount", "nothing"));
    };
    reader.ignore_others(&amounts, "productOrderItem[].itemPrice[].price", &AMOUNT_FIELDS);
    let Some((amount, tax_included)) = money(&amounts, reader)? else {
        return Err(reader.error(&amounts.path, "`dutyFreeAmount` or `taxIncludedAmount`", "neither"));
    };
    let mut alterations = Vec::new();
    for alteration in object.objects("priceAlteration", reader)? {
        alterations.push(self::alteration(&alteration, kind, reader)?);
    }
    let name = object.text("name", reader)?.unwrap_or_default().to_string();
    Ok(Some(ImportedPrice { path: object.path.clone(), name, kind, period, amount, tax_included, alterations }))
}

/// One-time or recurring; `None` for a price by usage. Payloads in the field write the types in several ways.
fn kind(object: &Object<'_>, reader: &Reader) -> Result<Option<ChargeKind>, OrderError> {
    let word = object.some_text("priceType", reader)?;
    let plain: String = word.chars().take(40).filter(char::is_ascii_alphabetic).collect();
    match plain.to_ascii_lowercase().as_str() {
        "recurring" => Ok(Some(ChargeKind::Recurring)),
        "nonrecurring" | "onetime" => Ok(Some(ChargeKind::OneTime)),
        "usage" => Ok(None),
        _ => {
            let found = format!("\"{}\"", shorten(word));
            Err(reader.error(&object.path_of("priceType"), "one of recurring, nonRecurring, oneTime, usage", found))
        }
    }
}

/// `month`, `monthly`, `3 months`: a count and a unit.
fn period(object: &Object<'_>, reader: &Reader) -> Result<Option<Period>, OrderError> {
    let Some(text) = object.text("recurringChargePeriod", reader)? else {
        return Ok(None);
    };
    let wrong = || {
        let expected = "a period such as day, week, month, 3 months or year";
        reader.error(&object.path_of("recurringChargePeriod"), expected, format!("\"{}\"", shorten(text)))
    };
    let plain = text.trim();
    let digits = plain.find(|c: char| !c.is_ascii_digit()).unwrap_or(plain.len());
    let count: u32 = if digits == 0 { 1 } else { plain[..digits].parse().map_err(|_| wrong())? };
    let days = |length: u64| {
        let seconds = u64::from(count) * length * 86_400;
        Some(Period::Exact(Duration::from_secs(seconds)))
    };
    let period = match plain[digits..].trim_start().to_ascii_lowercase().as_str() {
        "day" | "days" | "daily" => days(1),
        "week" | "weeks" | "weekly" => days(7),
        "month" | "months" | "monthly" => Some(Period::Months(count)),
        "quarter" | "quarters" | "quarterly" => count.checked_mul(3).map(Period::Months),
        "year" | "years" | "yearly" | "annual" | "annually" => Some(Period::Years(count)),
        _ => None,
    };
    // Twelve hundred periods of any unit are past every contract; more would overflow the calendar.
    period.filter(|_| (1..=1_200).contains(&count)).map(Some).ok_or_else(wrong)
}

/// One of a price's two amounts as written.
struct Written<'a> {
    path: String,
    value: &'a str,
    unit: Option<&'a str>,
}

impl Written<'_> {
    fn currency(&self) -> Option<Currency> {
        self.unit.and_then(Currency::from_code)
    }

    fn unit_path(&self) -> String {
        format!("{}.unit", self.path)
    }

    fn unit_words(&self) -> String {
        self.unit.map_or("no currency".to_string(), |unit| format!("\"{}\"", shorten(unit)))
    }
}

/// The amount of a price, and the one with tax where both are there.
fn money(price: &Object<'_>, reader: &mut Reader) -> Result<Option<(Money, Option<Money>)>, OrderError> {
    let net = written(price, "dutyFreeAmount", reader)?;
    let gross = written(price, "taxIncludedAmount", reader)?;
    match (net, gross) {
        (None, None) => Ok(None),
        (Some(only), None) | (None, Some(only)) => match only.currency() {
            Some(currency) => Ok(Some((exact(&only, currency, reader)?, None))),
            None => Err(reader.error(&only.unit_path(), "an ISO 4217 currency", only.unit_words())),
        },
        (Some(net), Some(gross)) => {
            let currency = common_currency(&net, &gross, reader)?;
            let amount = exact(&net, currency, reader)?;
            Ok(Some((amount, Some(exact(&gross, currency, reader)?))))
        }
    }
}

fn written<'a>(price: &Object<'a>, key: &str, reader: &Reader) -> Result<Option<Written<'a>>, OrderError> {
    let Some(amount) = price.object(key, reader)? else {
        return Ok(None);
    };
    let Some(value) = amount.number("value", reader)? else {
        return Err(reader.error(&amount.path_of("value"), "a number", "nothing"));
    };
    let unit = amount.text("unit", reader)?;
    Ok(Some(Written { path: amount.path, value, unit }))
}

/// The currency of both amounts. One that is not of ISO 4217 is a warning when the other one is.
fn common_currency(net: &Written<'_>, gross: &Written<'_>, reader: &mut Reader) -> Result<Currency, OrderError> {
    let (currency, wrong) = match (net.currency(), gross.currency()) {
        (Some(first), Some(second)) if first == second => return Ok(first),
        (Some(first), Some(_)) => {
            let expected = format!("{}, the currency of the amount without tax", first.code());
            return Err(reader.error(&gross.unit_path(), expected, gross.unit_words()));
        }
        (Some(currency), None) => (currency, gross),
        (None, Some(currency)) => (currency, net),
        (None, None) => return Err(reader.error(&net.unit_path(), "an ISO 4217 currency", net.unit_words())),
    };
    let (words, code) = (wrong.unit_words(), currency.code());
    let message = format!("{words} is no ISO 4217 currency; the item runs in {code}, the currency of the other amount");
    reader.warn(wrong.unit_path(), message);
    Ok(currency)
}

fn exact(written: &Written<'_>, currency: Currency, reader: &Reader) -> Result<Money, OrderError> {
    let path = format!("{}.value", written.path);
    let found = || shorten(written.value);
    match parse_money(written.value, currency) {
        Ok(money) if money.minor >= 0 => Ok(money),
        Ok(_) => Err(reader.error(&path, "an amount of zero or more", found())),
        Err(error) => Err(reader.error(&path, format!("an exact amount in {} ({error})", currency.code()), found())),
    }
}

fn alteration(object: &Object<'_>, price: ChargeKind, reader: &mut Reader) -> Result<Alteration, OrderError> {
    reader.ignore_others(object, "productOrderItem[].itemPrice[].priceAlteration[]", &ALTERATION_FIELDS);
    let kind = match object.get("priceType") {
        None => Some(price),
        Some(_) => kind(object, reader)?,
    };
    let Some(kind) = kind else {
        return Err(reader.error(&object.path_of("priceType"), "recurring or nonRecurring", "usage"));
    };
    let Some(amounts) = object.object("price", reader)? else {
        return Err(reader.error(&object.path_of("price"), "an object with a percentage or an amount", "nothing"));
    };
    let effect = match amounts.number("percentage", reader)? {
        Some(text) => {
            let hundredths = scaled_decimal(text, 2).map_err(|error| {
                reader.error(&amounts.path_of("percentage"), format!("a percentage ({error})"), shorten(text))
            })?;
            AlterationEffect::PercentHundredths(hundredths)
        }
        None => match money(&amounts, reader)? {
            Some((amount, _)) => AlterationEffect::Amount(amount),
            None => return Err(reader.error(&amounts.path, "a percentage or an amount", "neither")),
        },
    };
    Ok(Alteration {
        name: object.text("name", reader)?.unwrap_or_default().to_string(),
        kind,
        priority: object.count("priority", 0, reader)?,
        periods: object.count("applicationDuration", 0, reader)?,
        period: period(object, reader)?,
        effect,
    })
}

/// Alterations are kept but no charge is lowered by them: the accepted price is the one before them.
pub(super) fn warn_of_alterations(items: &[ImportedItem], reader: &mut Reader) {
    let prices = items.iter().flat_map(|item| &item.prices);
    for price in prices.filter(|price| !price.alterations.is_empty()) {
        let message = "alterations are read and not applied: the charge is the price before them";
        reader.warn(format!("{}.priceAlteration", price.path), message);
    }
}
