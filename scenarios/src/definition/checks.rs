//! What is compared and watched: reconcile rules, approved exceptions, the designer's invariants, dashboard states.

use super::actions::Repair;
use super::keyword::{Keyword, keywords};
use super::reader::{Fields, Place, Read, Reader, Scalar, Takes};
use super::scalars::{Duration, RecordRef};
use super::span::{Span, Spanned};
use super::words::{NextAction, Requirement, Severity};

/// A rule of the reconciler (seed 22.2): each subject for which `for` holds has so many matching records.
#[derive(Clone, Debug)]
pub struct ReconcileRule {
    /// Where it is written.
    pub span: Span,
    /// Its id, unique in the saga.
    pub id: Spanned<String>,
    /// CEL over the order item.
    pub subject: Option<Spanned<String>>,
    /// How soon the records must be there.
    pub within: Option<Spanned<Duration>>,
    /// How often the reconciler looks; `within` when not written.
    pub every: Option<Spanned<Duration>>,
    /// How many.
    pub exactly: Option<Spanned<u32>>,
    /// Of which list.
    pub of: Option<Spanned<RecordRef>>,
    /// CEL over the record (`it`) and the item.
    pub matching: Option<Spanned<String>>,
    /// How bad each kind of difference is.
    pub severity: Option<MismatchSeverity>,
    /// What is done about one.
    pub repair: Option<Spanned<NextAction>>,
}

/// How bad each kind of difference is.
#[derive(Clone, Debug)]
pub struct MismatchSeverity {
    /// Where it is written.
    pub span: Span,
    /// Fewer than there must be.
    pub missing: Option<Spanned<SeverityRule>>,
    /// More than there must be.
    pub duplicate: Option<Spanned<SeverityRule>>,
    /// A record whose subject does not call for it.
    pub orphan: Option<Spanned<SeverityRule>>,
}

/// A severity, or CEL that yields one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeverityRule {
    /// Always this one.
    Fixed(Severity),
    /// CEL over the account's value.
    Cel(String),
}

/// An approved reason for a difference.
#[derive(Clone, Debug)]
pub struct ApprovedException {
    /// Where it is written.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// The desk that approves it.
    pub approved_by: Option<Spanned<String>>,
    /// Whether it must give a reason.
    pub reason_code: Option<Spanned<Requirement>>,
}

/// A rule of the designer's own.
#[derive(Clone, Debug)]
pub struct CustomInvariant {
    /// Where it is written.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// Whether it holds always or in the end.
    pub class: Spanned<InvariantClass>,
    /// CEL that must hold.
    pub rule: Spanned<String>,
    /// CEL: the subjects for which it must hold.
    pub subject: Option<Spanned<String>>,
    /// How soon, of an eventual rule.
    pub within: Option<Spanned<Duration>>,
    /// How bad a breach is.
    pub severity: Option<Spanned<Severity>>,
}

keywords! {
    /// When an invariant must hold.
    "invariant class" InvariantClass {
        /// After every event.
        Always = "always",
        /// In the end, within its bound.
        Eventually = "eventually",
    }
}

/// A state that operators see; exactly one holds for each item at any time.
#[derive(Clone, Debug)]
pub struct DashboardState {
    /// Where it is written.
    pub span: Span,
    /// Its name.
    pub state: Spanned<String>,
    /// The item it is about; all items when not written.
    pub item: Option<Spanned<String>>,
    /// CEL.
    pub when: Option<Spanned<String>>,
}

/// Opens a mapping with an id and calls it by that.
fn open_named<'n>(place: Place<'n>, what: &str, cx: &mut Reader) -> Option<(Fields<'n>, Spanned<String>)> {
    let mut f = Fields::open(place, what, cx)?;
    let id: Spanned<String> = f.need("id", cx)?;
    f.at = id.span;
    f.what = format!("{what} \"{}\"", id.value);
    Some((f, id))
}

impl Read for ReconcileRule {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let (mut f, id) = open_named(place, "reconcile rule", cx)?;
        let rule = ReconcileRule {
            span: id.span,
            id,
            subject: f.get("for", cx),
            within: f.get("within", cx),
            every: f.get("every", cx),
            exactly: f.get("exactly", cx),
            of: f.get("of", cx),
            matching: f.get("where", cx),
            severity: f.get("severity", cx),
            repair: f.next::<Repair>("repair", cx),
        };
        f.close(cx);
        Some(rule)
    }
}

impl Read for MismatchSeverity {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "severity", cx)?;
        let severity = MismatchSeverity {
            span: place.at,
            missing: f.get("missing", cx),
            duplicate: f.get("duplicate", cx),
            orphan: f.get("orphan", cx),
        };
        f.close(cx);
        Some(severity)
    }
}

impl Scalar for SeverityRule {
    fn takes() -> Takes {
        Takes::One("P0, P1, P2 or P3, or CEL that yields one")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let fixed = Severity::from_word(text).map(SeverityRule::Fixed);
        Ok(fixed.unwrap_or_else(|| SeverityRule::Cel(text.to_owned())))
    }
}

impl Read for ApprovedException {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let (mut f, id) = open_named(place, "exception", cx)?;
        let exception = ApprovedException {
            span: id.span,
            id,
            approved_by: f.get("approvedBy", cx),
            reason_code: f.get("reasonCode", cx),
        };
        f.close(cx);
        Some(exception)
    }
}

impl Read for CustomInvariant {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let (mut f, id) = open_named(place, "invariant", cx)?;
        let class: Option<Spanned<InvariantClass>> = f.need("class", cx);
        let rule: Option<Spanned<String>> = f.need("rule", cx);
        let subject = f.get("for", cx);
        let within = f.get("within", cx);
        let severity = f.get("severity", cx);
        f.close(cx);
        Some(CustomInvariant { span: id.span, id, class: class?, rule: rule?, subject, within, severity })
    }
}

impl Read for DashboardState {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "a dashboard state", cx)?;
        let state: Option<Spanned<String>> = f.need("state", cx);
        let item = f.get("item", cx);
        let when = f.get("when", cx);
        f.close(cx);
        let state = state?;
        Some(DashboardState { span: state.span, state, item, when })
    }
}
