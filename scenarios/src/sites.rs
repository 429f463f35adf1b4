//! The decision sites of the domain: every channel has a site for the fates of its messages on their way, of its
//! handlers and of its timers; participants have one for how they respond, the saga engine one for what comes between
//! load and save.

use fault_models::{FAULTS, Point};
use sim_core::{Class, HANDLE_FATES, KindId, SEND_FATES, Site, SiteId, Sites, TIE_FATES, TIMER_FATES};

use crate::message::CHANNELS;

/// The slugs of the channels, in the order of [`Channel`](crate::message::Channel).
pub const CHANNEL_SLUGS: [&str; CHANNELS] = [
    "input",
    "request",
    "reply",
    "query",
    "query-reply",
    "command",
    "command-answer",
    "publish",
    "publish-ack",
    "delivery",
    "delivery-ack",
    "consumer-reply",
    "saga-save",
    "saga-timer",
    "relay-timer",
    "broker-timer",
    "consumer-timer",
    "participant-work",
    "cpq-timer",
    "reconciler-timer",
    "reconcile",
    "person",
    "approval",
];

/// How a participant responds to a request, in the order of the values of the response site.
pub const RESPONSES: [&str; 28] = [
    "ok",
    "timeout-before-effect",
    "timeout-after-effect",
    "http-500-before-effect",
    "http-500-after-effect",
    "http-502-before-effect",
    "http-502-after-effect",
    "http-503-before-effect",
    "http-503-after-effect",
    "http-504-before-effect",
    "http-504-after-effect",
    "rate-limit",
    "validation-error",
    "business-rejection",
    "unauthorized",
    "slow",
    "late-effect",
    "partial-effect",
    "wrong-effect",
    "callback-twice",
    "callback-late",
    "reason-1",
    "reason-2",
    "reason-3",
    "reason-4",
    "reason-5",
    "reason-6",
    "reason-7",
];

/// What comes between the load and the save of one transaction.
pub const INTERLEAVINGS: [&str; 2] = ["nothing", "others"];

/// What may be wrong with an event's payload, in the order of [`Flaw`](crate::message::Flaw).
pub const PAYLOADS: [&str; 4] = ["sound", "unpublishable", "unhandleable", "newer-version"];

/// Whether anybody is there to take up a case.
pub const DESK: [&str; 2] = ["attended", "unattended"];

/// Whether an operator replays the events of an order.
pub const REPLAYS: [&str; 2] = ["none", "events"];

/// Whether somebody corrects the records of a system by hand.
pub const CORRECTIONS: [&str; 2] = ["none", "extra-record"];

/// How a person decides a human step: as usual, or by another of its outcomes.
pub const DECISIONS: [&str; 9] =
    ["usual", "outcome-1", "outcome-2", "outcome-3", "outcome-4", "outcome-5", "outcome-6", "outcome-7", "outcome-8"];

/// The sites with their ids.
#[derive(Clone, Debug)]
pub struct SiteTable {
    /// All of them, for the engine.
    pub sites: Sites,
    /// By channel.
    pub classes: [Class; CHANNELS],
    /// How participants respond.
    pub response: SiteId,
    /// What comes between load and save.
    pub interleave: SiteId,
    /// What is wrong with an event's payload.
    pub payload: SiteId,
    /// Whether anybody takes up a case.
    pub desk: SiteId,
    /// Whether an operator replays events.
    pub replay: SiteId,
    /// Whether somebody corrects records by hand.
    pub correction: SiteId,
    /// How a person decides.
    pub decision: SiteId,
}

impl SiteTable {
    /// The sites with the fault kinds that act on them.
    #[must_use]
    pub fn new() -> Self {
        let kinds = FAULTS.iter().enumerate();
        let points: Vec<(Point, KindId, &str)> = kinds
            .flat_map(|(kind, fault)| fault.points.iter().map(move |point| (*point, KindId(kind as u8), fault.slug)))
            .collect();
        Self::of(&points)
    }

    /// The sites with these points: what acts there, its kind, and the slug by which a mistake is reported.
    pub(crate) fn of(points: &[(Point, KindId, &str)]) -> Self {
        let site = |name, values: &[&'static str]| site(name, values, points);
        let mut sites = Sites::default();
        let mut classes = [Class::default(); CHANNELS];
        for (class, slug) in classes.iter_mut().zip(CHANNEL_SLUGS) {
            let mut add = |prefix: &str, values: &[&'static str]| {
                let (site, kinds) = site(leak(prefix, slug), values);
                let id = sites.add(site);
                (id, kinds)
            };
            let (send, sends) = add("send.", &SEND_FATES);
            let (handle, handles) = add("handle.", &HANDLE_FATES);
            let (timer, timers) = add("timer.", &TIMER_FATES);
            let (tie, ties) = add("tie.", &TIE_FATES);
            *class = Class {
                send: sends.then_some(send),
                handle: handles.then_some(handle),
                timer: timers.then_some(timer),
                tie: ties.then_some(tie),
                spans: send,
            };
        }
        let response = sites.add(site("response", &RESPONSES).0);
        let interleave = sites.add(site("interleave", &INTERLEAVINGS).0);
        let payload = sites.add(site("payload", &PAYLOADS).0);
        let desk = sites.add(site("desk", &DESK).0);
        let replay = sites.add(site("replay", &REPLAYS).0);
        let correction = sites.add(site("correction", &CORRECTIONS).0);
        let decision = sites.add(site("decision", &DECISIONS).0);
        Self { sites, classes, response, interleave, payload, desk, replay, correction, decision }
    }
}

impl Default for SiteTable {
    fn default() -> Self {
        Self::new()
    }
}

/// A site with the kinds that act there, and whether there are any.
fn site(name: &'static str, values: &[&'static str], points: &[(Point, KindId, &str)]) -> (Site, bool) {
    let mut kinds = Vec::new();
    for (point, kind, slug) in points.iter().filter(|(point, ..)| point.site == name) {
        let value = values.iter().position(|value| *value == point.value);
        let value = value.unwrap_or_else(|| panic!("fault {slug}: site {name} has no value {}", point.value));
        kinds.push((value as u8, *kind));
    }
    let any = !kinds.is_empty();
    (Site::new(name, values, &kinds), any)
}

/// Site names live as long as the program: there is one fixed set of them.
fn leak(prefix: &str, slug: &str) -> &'static str {
    static NAMES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    let names = NAMES.get_or_init(|| {
        ["send.", "handle.", "timer.", "tie."]
            .iter()
            .flat_map(|prefix| CHANNEL_SLUGS.iter().map(move |slug| format!("{prefix}{slug}")))
            .collect()
    });
    names.iter().find(|name| name.strip_prefix(prefix) == Some(slug)).expect("every channel has its names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_every_fault_is_a_site_value() {
        let table = SiteTable::new();
        for fault in FAULTS {
            for point in fault.points {
                let site = table.sites.find(point.site);
                let site = site.unwrap_or_else(|| panic!("{}: there is no site {}", fault.slug, point.site));
                assert!(table.sites.get(site).values.iter().any(|v| v.name == point.value && v.kind.is_some()));
            }
        }
    }
}
