//! The scenario file: workload, commands, faults and goals.

use super::code::{SYNTAX, UNIT_OR_TYPE, UNKNOWN_REFERENCE};
use super::goals::Goals;
use super::keyword::keywords;
use super::node::NodeKind;
use super::reader::{Fields, Place, Read, Reader, Scalar, Takes};
use super::scalars::{CountRange, Duration, DurationRange, Instant};
use super::span::{Named, Span, Spanned};
use crate::metrics::{METRICS, Unit};
use crate::nearest::nearest;

/// A scenario. Every part but its name has a default.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where it is written.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// Path of the saga, relative to this file.
    pub saga: Option<Spanned<String>>,
    /// The virtual epoch.
    pub start: Option<Spanned<Instant>>,
    /// The orders.
    pub orders: Orders,
    /// The commands that people give.
    pub commands: Vec<Named<PlacedCommand>>,
    /// The fault profile, by name.
    pub faults: Option<Spanned<String>>,
    /// What must have been tried.
    pub goals: Goals,
    /// Metrics whose breach is a failure.
    pub fail: Vec<MetricLimit>,
}

/// The orders of a scenario.
#[derive(Clone, Debug)]
pub struct Orders {
    /// Where it is written.
    pub span: Span,
    /// How many there are.
    pub count: Option<Spanned<CountRange>>,
    /// When each arrives.
    pub arrival: Option<Spanned<DurationRange>>,
    /// What they share.
    pub shared: Vec<Spanned<Shared>>,
}

keywords! {
    /// What the orders of a scenario share.
    "shared thing" Shared {
        /// The customer's account.
        Account = "account",
        /// The pools of the participants.
        Pool = "pool",
    }
}

/// A command with its place; its id is the command's name.
#[derive(Clone, Debug)]
pub struct PlacedCommand {
    /// Where it is written.
    pub span: Span,
    /// The item it is about.
    pub item: Option<Spanned<String>>,
    /// When it is given.
    pub at: Option<Spanned<At>>,
}

/// When a command is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At each boundary of the item's states, one run each (`each-boundary`).
    EachBoundary,
    /// When this step is done (`after reserve-router`).
    AfterStep(String),
    /// So long after the order arrived.
    After(Duration),
}

/// A metric whose breach is a failure.
#[derive(Clone, Debug)]
pub struct MetricLimit {
    /// Where it is written.
    pub span: Span,
    /// The metric's slug.
    pub metric: Spanned<String>,
    /// The threshold.
    pub over: Spanned<Threshold>,
}

/// A threshold in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Of a time.
    Time(Duration),
    /// Of a count.
    Count(u64),
}

impl Read for Scenario {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "scenario", cx)?;
        let name: Option<Spanned<String>> = f.need("scenario", cx);
        if let Some(name) = &name {
            f.at = name.span;
        }
        let at = f.at;
        let scenario = Scenario {
            span: at,
            saga: f.get("saga", cx),
            start: f.get("start", cx),
            orders: f.get("orders", cx).unwrap_or(Orders { span: at, count: None, arrival: None, shared: Vec::new() }),
            commands: f.list::<Vec<OneCommand>>("commands", cx).into_iter().map(|command| command.0).collect(),
            faults: f.get("faults", cx),
            goals: f.list("goals", cx),
            fail: f.list("fail", cx),
            name: name?,
        };
        f.close(cx);
        Some(scenario)
    }
}

impl Read for Orders {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "orders", cx)?;
        let orders = Orders {
            span: place.at,
            count: f.get("count", cx),
            arrival: f.get("arrival", cx),
            shared: f.list("shared", cx),
        };
        f.close(cx);
        Some(orders)
    }
}

/// An entry of `commands`: a mapping with one key, the command's name.
struct OneCommand(Named<PlacedCommand>);

impl Read for OneCommand {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        match &place.node.kind {
            NodeKind::Map(entries) if entries.len() == 1 => {
                let entry = &entries[0];
                let place = Place { node: &entry.value, name: &entry.key.value, at: entry.key.span };
                Some(OneCommand(Named { id: entry.key.clone(), value: PlacedCommand::read(place, cx)? }))
            }
            _ => {
                cx.report(SYNTAX.at(place.node.span, "expected one command, such as cancelItem: { item: router }"));
                None
            }
        }
    }
}

impl Read for PlacedCommand {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("command \"{}\"", place.name), cx)?;
        let command = PlacedCommand { span: place.at, item: f.get("item", cx), at: f.get("at", cx) };
        f.close(cx);
        Some(command)
    }
}

impl Scalar for At {
    fn takes() -> Takes {
        Takes::One("each-boundary, after STEP, or a duration after the order arrived")
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "each-boundary" {
            return Ok(At::EachBoundary);
        }
        if let Some(step) = text.strip_prefix("after ") {
            return Ok(At::AfterStep(step.trim().to_owned()));
        }
        Duration::parse(text)
            .map(At::After)
            .map_err(|_| "is no place of a command; write each-boundary, after STEP, or a duration".to_owned())
    }
}

impl Scalar for Threshold {
    fn takes() -> Takes {
        Takes::One("duration or whole number, as the metric is")
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(count) => Ok(Threshold::Count(count)),
            Err(_) => Duration::parse(text).map(Threshold::Time),
        }
    }
}

impl MetricLimit {
    /// Whether there is such a metric, and the threshold is in its unit; reported if not.
    fn fits(&self, cx: &mut Reader) -> bool {
        let slug = self.metric.value.as_str();
        let Some(metric) = METRICS.iter().find(|metric| metric.slug == slug) else {
            let known = METRICS.iter().map(|metric| metric.slug);
            let message = format!("there is no metric \"{slug}\"");
            let help = match nearest(slug, known.clone()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
            };
            cx.report(UNKNOWN_REFERENCE.at(self.metric.span, message).with_help(help));
            return false;
        };
        let fits = matches!(
            (metric.unit, self.over.value),
            (Unit::Duration, Threshold::Time(_)) | (Unit::Count, Threshold::Count(_))
        );
        if !fits {
            let wanted = if metric.unit == Unit::Duration { "a time, such as 5m" } else { "a whole number" };
            cx.report(UNIT_OR_TYPE.at(self.over.span, format!("the limit of {slug} is {wanted}")));
        }
        fits
    }
}

impl Read for MetricLimit {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "a metric's limit", cx)?;
        let metric = f.need("metric", cx);
        let over = f.need("over", cx);
        f.close(cx);
        let limit = MetricLimit { span: place.at, metric: metric?, over: over? };
        limit.fits(cx).then_some(limit)
    }
}
