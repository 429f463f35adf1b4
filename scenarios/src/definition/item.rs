//! Order items and their charges: what is claimed in business terms.

use iso_currency::Currency;

use super::code::{MISSING_FIELD, UNIT_OR_TYPE};
use super::keyword::keywords;
use super::reader::{Fields, Place, Read, Reader};
use super::scalars::{Duration, Money, Period};
use super::span::{NamedList, Span, Spanned};

/// An order item.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it is written.
    pub span: Span,
    /// The product offering that an order names, by id or name.
    pub offering: Option<Spanned<String>>,
    /// The steps whose effects make the item complete; its provisioning and shipping steps when not written.
    pub complete_after: Option<Vec<Spanned<String>>>,
    /// The items that must be complete before this one may be.
    pub relies_on: Vec<Spanned<String>>,
    /// The items of which this one is the bundle; it completes with them.
    pub bundles: Vec<Spanned<String>>,
    /// Traits that guards read, with the values that an order may have.
    pub traits: NamedList<Vec<Spanned<String>>>,
    /// What the customer pays.
    pub charges: NamedList<Charge>,
}

/// One charge of an item.
#[derive(Clone, Debug)]
pub struct Charge {
    /// Where it is written.
    pub span: Span,
    /// Once or again and again.
    pub kind: Option<Spanned<ChargeKind>>,
    /// How often a recurring charge falls due.
    pub period: Option<Spanned<Period>>,
    /// The price, of generated orders.
    pub amount: Option<Spanned<Money>>,
    /// The step whose effect starts the billing: a claim.
    pub bill_on: Option<Spanned<String>>,
    /// How long after that the charge must be there.
    pub latest: Option<Spanned<Duration>>,
    /// How long the charge is free.
    pub trial: Option<Spanned<Period>>,
    /// How a part of a period is charged.
    pub prorate: Option<Spanned<Proration>>,
    /// How a part of a minor unit is rounded.
    pub round: Option<Spanned<Rounding>>,
}

keywords! {
    /// How often a charge falls due.
    "charge type" ChargeKind {
        /// Every period.
        Recurring = "RECURRING",
        /// Once.
        OneTime = "ONE_TIME",
    }
}

keywords! {
    /// How a part of a period is charged.
    "proration" Proration {
        /// The period counts whole.
        None = "none",
        /// By days.
        Daily = "daily",
    }
}

keywords! {
    /// How a part of a minor unit is rounded.
    "rounding" Rounding {
        /// To the nearest, a half to the even one.
        HalfEven = "half-even",
        /// To the nearest, a half away from zero.
        HalfUp = "half-up",
        /// Towards zero.
        Down = "down",
    }
}

impl Read for Item {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("item \"{}\"", place.name), cx)?;
        let item = Item {
            span: place.at,
            offering: f.get("offering", cx),
            complete_after: f.get("completeAfter", cx),
            relies_on: f.list("reliesOn", cx),
            bundles: f.list("bundles", cx),
            traits: f.list("traits", cx),
            charges: f.list("charges", cx),
        };
        f.close(cx);
        Some(item)
    }
}

impl Read for Charge {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("charge \"{}\"", place.name), cx)?;
        let charge = Charge {
            span: place.at,
            kind: f.get("type", cx),
            period: f.get("period", cx),
            amount: read_amount(&mut f, cx),
            bill_on: f.get("billOn", cx),
            latest: f.get("latest", cx),
            trial: f.get("trial", cx),
            prorate: f.get("prorate", cx),
            round: f.get("round", cx),
        };
        f.close(cx);
        Some(charge)
    }
}

/// The amount in its currency; one without the other is no money.
fn read_amount(f: &mut Fields<'_>, cx: &mut Reader) -> Option<Spanned<Money>> {
    let amount: Option<Spanned<String>> = f.get("amount", cx);
    let has_currency = f.peek("currency").is_some();
    let currency: Option<Spanned<Currency>> = f.get("currency", cx);
    match (amount, currency) {
        (Some(amount), Some(currency)) => match Money::parse(&amount, currency.value) {
            // Credits are what compensations are for, and price alterations are not modelled.
            Ok(money) if money.minor < 0 => {
                let message = format!("amount: {} is less than nothing; a charge is no credit", amount.value);
                cx.report(UNIT_OR_TYPE.at(amount.span, message));
                None
            }
            Ok(money) => Some(Spanned::new(money, amount.span)),
            Err(why) => {
                cx.report(UNIT_OR_TYPE.at(amount.span, format!("amount: {} {why}", amount.value)));
                None
            }
        },
        (Some(amount), None) if !has_currency => {
            cx.report(MISSING_FIELD.at(amount.span, format!("{} has an amount and no \"currency\"", f.what)));
            None
        }
        _ => None,
    }
}
