//! One source for every nondeterministic decision.
//!
//! A decision is asked for by key: the *site* says what kind of decision it is, the *subject* says about which thing.
//! The answer is a pure function of (run key, site, subject), so one more draw shifts no other. Value 0 is always the
//! simplest: no fault, nominal delay, first in first out.
//!
//! Drivers differ only in the state of [`Choices`]: the random driver draws under thresholds, replay and shrinking
//! answer from overrides, exhaustive search reads the recorded points and overrides one at a time.

mod draw;
mod latency;
mod made;
mod settings;
mod site;
mod subject;

pub use self::latency::Latency;
pub use self::settings::Settings;
pub use self::site::{Site, SiteValue, Sites};
pub use self::subject::{Subject, Which};

use self::made::Made;
use crate::hash::{mix, spread};
use crate::time::Duration;

/// How many fault kinds one simulation may know.
pub const KINDS_MAX: usize = 64;
/// How many values one site may have.
pub const VALUES_MAX: usize = 32;

/// A decision site, dense index into [`Sites`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u16);

/// A fault kind, dense index into the table of the fault models in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u8);

/// A decision that was not the simplest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Where.
    pub site: SiteId,
    /// About what.
    pub subject: Subject,
    /// Which value: an index into the site's values, or microseconds for a span.
    pub value: u64,
    /// Whether it is a span of time that belongs to the site's subject rather than one of its values.
    pub span: bool,
    /// The number of events processed when it was made.
    pub event: u32,
}

/// A point at which a decision could have gone otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Where.
    pub site: SiteId,
    /// About what.
    pub subject: Subject,
    /// The values that could be drawn there, by index.
    pub allowed: u32,
    /// The number of events processed when it was reached.
    pub event: u32,
}

/// A decision that was asked for, whatever the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// Where.
    pub site: SiteId,
    /// Whether a span of time was asked for.
    pub span: bool,
    /// About what.
    pub subject: Subject,
    /// The number of events processed when it was asked for.
    pub event: u32,
}

/// A decision that is given, and what became of it.
#[derive(Clone, Copy, Debug)]
struct Override {
    choice: Choice,
    used: bool,
    /// Of a span that was asked for: what it takes when nothing is drawn.
    nominal: Duration,
}

/// A fault that comes again whenever the same is decided about the same thing: the next attempt fails, too. Another try of the
/// same input is the engine's, and no attempt.
#[derive(Clone, Copy, Debug)]
struct Persistent {
    site: SiteId,
    names: u64,
    tries: u8,
    value: u8,
    /// So many times more.
    left: u16,
    /// Whether it would have come once more than that.
    wanted: bool,
}

/// The source of all decisions of one run.
#[derive(Debug)]
pub struct Choices {
    key: u64,
    settings: Settings,
    /// Sorted by (site, span, subject).
    overrides: Vec<Override>,
    persistent: Option<Persistent>,
    open: bool,
    injected: [u16; KINDS_MAX],
    injected_all: u16,
    made: Made,
    spans_kept: bool,
    points: Vec<Point>,
    points_kept: bool,
    asked: Option<Vec<Asked>>,
    opportunities: Option<Box<[u32; KINDS_MAX]>>,
    event: u32,
    /// Whether a decision is the draw and nothing else: open, without overrides, nothing in trouble, and nobody records points.
    plain: bool,
    /// Whether this is all there is to it for spans, too: they are not kept.
    spans_plain: bool,
    /// Whether nothing is drawn at all, in most runs of a search and after healing.
    idle: bool,
}

impl Clone for Choices {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            settings: self.settings.clone(),
            overrides: self.overrides.clone(),
            persistent: self.persistent,
            open: self.open,
            injected: self.injected,
            injected_all: self.injected_all,
            made: self.made.clone(),
            spans_kept: self.spans_kept,
            points: self.points.clone(),
            points_kept: self.points_kept,
            asked: self.asked.clone(),
            opportunities: self.opportunities.clone(),
            event: self.event,
            plain: self.plain,
            spans_plain: self.spans_plain,
            idle: self.idle,
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.key = from.key;
        self.settings.clone_from(&from.settings);
        self.overrides.clone_from(&from.overrides);
        self.persistent = from.persistent;
        self.open = from.open;
        self.injected = from.injected;
        self.injected_all = from.injected_all;
        self.made.clone_from(&from.made);
        self.spans_kept = from.spans_kept;
        self.points.clone_from(&from.points);
        self.points_kept = from.points_kept;
        self.asked.clone_from(&from.asked);
        self.opportunities.clone_from(&from.opportunities);
        self.event = from.event;
        self.plain = from.plain;
        self.spans_plain = from.spans_plain;
        self.idle = from.idle;
    }
}

impl Choices {
    /// Draws under `settings`, as the run key says.
    #[must_use]
    pub fn random(key: u64, settings: Settings) -> Self {
        let mut settings = settings;
        settings.take_key(key);
        Self {
            key,
            settings,
            overrides: Vec::new(),
            persistent: None,
            open: true,
            injected: [0; KINDS_MAX],
            injected_all: 0,
            made: Made::default(),
            spans_kept: false,
            points: Vec::new(),
            points_kept: false,
            asked: None,
            opportunities: None,
            event: 0,
            plain: true,
            spans_plain: true,
            idle: false,
        }
    }

    /// Takes the simplest value everywhere.
    #[must_use]
    pub fn simplest(sites: &Sites) -> Self {
        Self::random(0, Settings::none(sites))
    }

    /// Starts over for another run in the same buffers. Overrides are dropped.
    pub fn restart(&mut self, key: u64) {
        self.key = key;
        self.settings.take_key(key);
        self.overrides.clear();
        self.persistent = None;
        self.open = true;
        self.injected = [0; KINDS_MAX];
        self.injected_all = 0;
        self.made.clear();
        self.event = 0;
        self.points.clear();
        if let Some(asked) = &mut self.asked {
            asked.clear();
        }
        if let Some(opportunities) = &mut self.opportunities {
            **opportunities = [0; KINDS_MAX];
        }
        self.note_mode();
    }

    fn note_mode(&mut self) {
        let watched = self.points_kept || self.asked.is_some() || self.opportunities.is_some();
        let given = !self.overrides.is_empty() || self.persistent.is_some();
        self.plain = self.open && !watched && !given && self.settings.trouble == 0;
        self.spans_plain = self.plain && !self.spans_kept;
        self.idle = !self.open || (self.spans_plain && self.settings.is_empty());
    }

    /// Sets the chance that a name is in trouble for the whole run, in parts of 2^32: of the decisions about it, whatever their
    /// counters, every other one is a fault of those that are on at its site.
    pub fn set_trouble(&mut self, chance: u32) {
        self.settings.trouble = chance;
        self.note_mode();
    }

    /// The thresholds, to be set before a run.
    pub fn settings_mut(&mut self) -> &mut Settings {
        self.idle = false;
        &mut self.settings
    }

    /// The run key.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Answers these decisions as given, whatever else is drawn.
    pub fn set_overrides(&mut self, choices: &[Choice]) {
        self.overrides.clear();
        let given = |choice: &Choice| Override { choice: *choice, used: false, nominal: Duration::ZERO };
        self.overrides.extend(choices.iter().map(given));
        self.overrides.sort_by_key(|Override { choice, .. }| (choice.site, choice.span, choice.subject));
        // What was asked twice under one key stands twice in a recording, with one answer.
        self.overrides.dedup_by_key(|Override { choice, .. }| (choice.site, choice.span, choice.subject));
        self.note_mode();
    }

    /// Draws the rest of the run anew: overrides are forgotten, and `key` decides under the settings as they are now.
    /// What was decided before stays decided.
    pub fn redraw(&mut self, key: u64) {
        self.key = key;
        self.settings.take_key(key);
        self.overrides.clear();
        self.note_mode();
    }

    /// The overrides that no decision asked for.
    pub fn unused(&self) -> impl Iterator<Item = &Choice> {
        self.overrides.iter().filter(|given| !given.used).map(|given| &given.choice)
    }

    /// The spans among the overrides that a decision asked for, each with what it takes when nothing is drawn.
    pub fn given_spans(&self) -> impl Iterator<Item = (&Choice, Duration)> {
        let spans = self.overrides.iter().filter(|given| given.used && given.choice.span);
        spans.map(|given| (&given.choice, given.nominal))
    }

    /// Records every point reached with its alternatives, for exhaustive search and coverage.
    pub fn record_points(&mut self) {
        self.points_kept = true;
        self.note_mode();
    }

    /// Goes on from a copied world: open, nothing made, these overrides. The points from here on are recorded or not.
    pub(crate) fn fork(&mut self, overrides: &[Choice], record: bool) {
        self.open = true;
        self.injected = [0; KINDS_MAX];
        self.injected_all = 0;
        self.made.clear();
        self.points.clear();
        self.points_kept = record;
        self.persistent = None;
        self.set_overrides(overrides);
    }

    /// Lets a fault come again, up to so many times: wherever its site decides about what has the same names.
    pub(crate) fn persist(&mut self, fault: &Choice, times: u16) {
        let Choice { site, subject, value, .. } = *fault;
        self.persistent = Some(Persistent {
            site,
            names: subject.names,
            tries: subject.tries(),
            value: value as u8,
            left: times,
            wanted: false,
        });
        self.note_mode();
    }

    /// Whether the persistent fault would have come more often than it may.
    pub(crate) fn is_wanted(&self) -> bool {
        self.persistent.is_some_and(|fault| fault.wanted)
    }

    /// The points recorded so far.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Records every decision asked for while the source is open, so that a test can tell that no two share a key.
    pub fn record_asked(&mut self) {
        self.asked = Some(Vec::new());
        self.note_mode();
    }

    /// The decisions that were asked for under a key that had been asked for before: there must be none, for then a
    /// recording could not say which of the two it means.
    #[must_use]
    pub fn asked_again(&self) -> Vec<[Asked; 2]> {
        let mut asked = self.asked.clone().unwrap_or_default();
        asked.sort_unstable();
        let key = |asked: &Asked| (asked.site, asked.span, asked.subject);
        asked.windows(2).filter(|pair| key(&pair[0]) == key(&pair[1])).map(|pair| [pair[0], pair[1]]).collect()
    }

    fn note_asked(&mut self, site: SiteId, subject: Subject, span: bool) {
        if let Some(asked) = &mut self.asked {
            asked.push(Asked { site, span, subject, event: self.event });
        }
    }

    /// Counts, per fault kind, the points at which it could have been injected.
    pub fn count_opportunities(&mut self) {
        self.opportunities = Some(Box::new([0; KINDS_MAX]));
        self.note_mode();
    }

    /// The counts per fault kind; zeros where they were not asked for.
    #[must_use]
    pub fn opportunities(&self) -> [u32; KINDS_MAX] {
        self.opportunities.as_deref().copied().unwrap_or([0; KINDS_MAX])
    }

    /// Records drawn spans among the decisions made, so that a run can be replayed from them alone.
    pub fn keep_spans(&mut self) {
        self.spans_kept = true;
        self.note_mode();
    }

    /// The decisions that were not the simplest, in the order in which they were made.
    #[must_use]
    pub fn made(&self) -> &[Choice] {
        self.made.all()
    }

    /// How many faults of each kind were injected.
    #[must_use]
    pub fn injected(&self) -> &[u16; KINDS_MAX] {
        &self.injected
    }

    /// Whether faults may still be injected and latencies drawn.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// From now on everything takes its simplest value. This one switch heals every site at once.
    pub fn close(&mut self) {
        self.open = false;
        self.note_mode();
    }

    pub(crate) fn at_event(&mut self, event: u32) {
        self.event = event;
    }

    /// Whether a decision at this site can be anything but the simplest, or is watched.
    #[inline]
    pub(crate) fn asks(&self, site: SiteId) -> bool {
        self.open && (!self.plain || self.settings.gates[usize::from(site.0)].total != 0)
    }

    /// Whether every decision is the simplest, every span nominal, and nobody watches: what they are about need not be known.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.idle
    }

    /// A number drawn for this subject that is not a fault: workloads and the like. The same whatever is open.
    #[must_use]
    pub fn number(&self, salt: u64, index: u64) -> u64 {
        spread(mix(self.key, salt), index)
    }
}

#[cfg(test)]
mod tests;
