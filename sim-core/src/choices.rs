//! One source for every nondeterministic decision.
//!
//! A decision is asked for by key: the *site* says what kind of decision it is, the *subject* says about which thing.
//! The answer is a pure function of (run key, site, subject), so one more draw shifts no other. Value 0 is always the
//! simplest: no fault, nominal delay, first in first out.
//!
//! Drivers differ only in the state of [`Choices`]: the random driver draws under thresholds, replay and shrinking
//! answer from overrides, exhaustive search reads the recorded points and overrides one at a time.

mod made;

use self::made::Made;
use crate::hash::{mix, name, spread};
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

/// Which of several things that a domain calls by one subject. The engine counts them, so that no two decisions of a run
/// share a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Which {
    /// Which copy of a message: a duplicate is odd. The answer to copy `n` is copy `2n`, its own duplicate `2n + 1`.
    pub copy: u8,
    /// Of what recovery sent or armed once more: the how manieth recovery of its node that was. Else 0.
    pub recovery: u8,
    /// How often the input was tried before.
    pub tries: u8,
}

impl Which {
    /// A further copy of the same.
    #[must_use]
    pub const fn duplicate(self) -> Self {
        Self { copy: self.copy | 1, ..self }
    }

    /// Whether this is such a copy.
    #[must_use]
    pub const fn is_duplicate(self) -> bool {
        self.copy & 1 == 1
    }

    /// The same in whatever try.
    #[must_use]
    pub const fn in_any_try(self) -> Self {
        Self { tries: 0, ..self }
    }

    /// The next try of the same.
    #[must_use]
    pub const fn tried(self) -> Self {
        Self { tries: self.tries.wrapping_add(1), ..self }
    }
}

/// What a decision is about: one hash of all the names, and packed counters that are state of the thing itself.
///
/// The two top bytes of `counters` belong to the engine: which copy of a message (4 bits), in which recovery of
/// its node it was sent or armed once more (7 bits), how often an input was tried before (5 bits). A domain packs its
/// own counters into the lower 48 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The hash of all names that identify the thing, combined when the model is built.
    pub names: u64,
    /// Order, revision, attempt, poll number and the like.
    pub counters: u64,
}

impl Subject {
    /// A subject of these names and counters (the lower 48 bits).
    #[must_use]
    pub const fn new(names: u64, counters: u64) -> Self {
        Self { names, counters: counters & 0xFFFF_FFFF_FFFF }
    }

    /// The same thing, this one of several.
    #[must_use]
    pub const fn of(self, Which { copy, recovery, tries }: Which) -> Self {
        let which = ((copy & 15) as u64) << 60 | ((recovery & 127) as u64) << 53 | ((tries & 31) as u64) << 48;
        Self { names: self.names, counters: self.counters | which }
    }

    /// Under what is asked how long a fault of a message on its way takes, of its duplicate or of itself: under the site of
    /// the message, as a try of its own, for the first is the latency.
    #[must_use]
    pub const fn extent(self, of_duplicate: bool) -> Self {
        self.of(Which { copy: of_duplicate as u8, recovery: 0, tries: 1 })
    }

    /// Which copy of the message this is about; 0 is the original.
    #[must_use]
    pub const fn copy(self) -> u8 {
        (self.counters >> 60) as u8
    }

    /// How often the input was tried before.
    #[must_use]
    pub const fn tries(self) -> u8 {
        (self.counters >> 48) as u8 & 31
    }
}

/// One value that a site can take.
#[derive(Clone, Debug)]
pub struct SiteValue {
    /// The name under which the value is written in repro files and keyed.
    pub name: &'static str,
    /// The fault kind that the value injects; `None` where the value cannot be drawn here.
    pub kind: Option<KindId>,
}

/// A kind of decision and its values; value 0 is the simplest and injects nothing.
#[derive(Clone, Debug)]
pub struct Site {
    /// The name under which the site is written in repro files and keyed.
    pub name: &'static str,
    /// Its values in a fixed order.
    pub values: Vec<SiteValue>,
}

impl Site {
    /// A site of these value names, of which those listed in `kinds` (by value index) can be drawn.
    #[must_use]
    pub fn new(name: &'static str, values: &[&'static str], kinds: &[(u8, KindId)]) -> Self {
        assert!(values.len() <= VALUES_MAX, "site {name} has more than {VALUES_MAX} values");
        let values = values
            .iter()
            .enumerate()
            .map(|(i, &name)| SiteValue {
                name,
                kind: kinds.iter().find(|(value, _)| usize::from(*value) == i).map(|(_, kind)| *kind),
            })
            .collect();
        Self { name, values }
    }

    /// The values that inject a fault, as a mask by index.
    #[must_use]
    pub fn drawable(&self) -> u32 {
        self.values.iter().enumerate().filter(|(_, v)| v.kind.is_some()).fold(0, |m, (i, _)| m | 1 << i)
    }
}

/// All decision sites of a simulation.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    sites: Vec<Site>,
    hashes: Vec<u64>,
    drawable: Vec<u32>,
    kinds: Vec<[u8; VALUES_MAX]>,
}

/// Marks a value without a fault kind in the dense table.
const NO_KIND: u8 = u8::MAX;

impl Sites {
    /// Adds a site.
    pub fn add(&mut self, site: Site) -> SiteId {
        let id = SiteId(u16::try_from(self.sites.len()).expect("fewer than 65,536 sites"));
        let mut kinds = [NO_KIND; VALUES_MAX];
        for (slot, value) in kinds.iter_mut().zip(&site.values) {
            *slot = value.kind.map_or(NO_KIND, |kind| kind.0);
        }
        self.hashes.push(name(site.name));
        self.drawable.push(site.drawable());
        self.kinds.push(kinds);
        self.sites.push(site);
        id
    }

    /// The site with this index.
    #[must_use]
    pub fn get(&self, id: SiteId) -> &Site {
        &self.sites[usize::from(id.0)]
    }

    /// The site of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<SiteId> {
        self.sites.iter().position(|site| site.name == name).map(|i| SiteId(i as u16))
    }

    /// How many sites there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// The fault kind that a value of a site injects.
    #[inline]
    #[must_use]
    pub fn kind(&self, site: SiteId, value: u8) -> Option<KindId> {
        let kind = self.kinds[usize::from(site.0)][usize::from(value)];
        (kind != NO_KIND).then_some(KindId(kind))
    }
}

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Always this long.
    Fixed(Duration),
    /// Anything from the first to the second, equally likely; the nominal value is the first.
    Uniform(Duration, Duration),
    /// Half of them up to the first, one in a hundred beyond the second; the nominal value is the first.
    Percentiles {
        /// The median.
        p50: Duration,
        /// The 99th percentile.
        p99: Duration,
    },
}

impl Latency {
    /// What it takes when nothing is drawn.
    #[inline]
    #[must_use]
    pub const fn nominal(self) -> Duration {
        match self {
            Self::Fixed(span) | Self::Uniform(span, _) | Self::Percentiles { p50: span, .. } => span,
        }
    }

    /// The value at a point `h` of the unit interval in 64 bits. Integer arithmetic only, so that it is the same on
    /// every machine and in every release of every library.
    #[inline]
    #[must_use]
    pub fn at(self, h: u64) -> Duration {
        let within = |span: u64, u: u64| ((u128::from(span) * u128::from(u)) >> 32) as u64;
        match self {
            Self::Fixed(span) => span,
            Self::Uniform(low, high) => {
                let span = high.0.saturating_sub(low.0);
                Duration(low.0 + ((u128::from(span) * u128::from(h)) >> 64) as u64)
            }
            Self::Percentiles { p50, p99 } => {
                let (u, rank) = (h & 0xFFFF_FFFF, ((h >> 32) * 100) >> 32);
                let tail = p99.0.saturating_sub(p50.0);
                Duration(match rank {
                    0..50 => p50.0 / 2 + within(p50.0 / 2, u),
                    50..90 => p50.0 + within(tail / 8, u),
                    90..99 => p50.0 + tail / 8 + within(tail - tail / 8, u),
                    _ => p99.0 + within(p99.0 / 4, u),
                })
            }
        }
    }
}

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

/// What every decision at a site looks at.
#[derive(Clone, Copy, Debug, Default)]
struct Gate {
    /// The run key mixed with the site's name.
    key: u64,
    /// The chance of all its faults together, in parts of 2^32.
    total: u32,
}

/// How often each value of each site is drawn, and how often each fault kind at most. One per run; kept and refilled.
#[derive(Debug)]
pub struct Settings {
    /// The hashes of the sites' names.
    names: Vec<u64>,
    gates: Vec<Gate>,
    cumulative: Vec<[u32; VALUES_MAX]>,
    /// At most so many faults of each kind.
    pub caps: [u16; KINDS_MAX],
    /// At most so many faults in all.
    pub cap: u16,
    /// Whether latencies are drawn; else they are nominal.
    pub latencies: bool,
}

impl Clone for Settings {
    fn clone(&self) -> Self {
        Self {
            names: self.names.clone(),
            gates: self.gates.clone(),
            cumulative: self.cumulative.clone(),
            caps: self.caps,
            cap: self.cap,
            latencies: self.latencies,
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.names.clone_from(&from.names);
        self.gates.clone_from(&from.gates);
        self.cumulative.clone_from(&from.cumulative);
        self.caps = from.caps;
        self.cap = from.cap;
        self.latencies = from.latencies;
    }
}

impl Settings {
    /// Nothing is ever drawn.
    #[must_use]
    pub fn none(sites: &Sites) -> Self {
        Self {
            names: sites.hashes.clone(),
            gates: vec![Gate::default(); sites.len()],
            cumulative: vec![[0; VALUES_MAX]; sites.len()],
            caps: [u16::MAX; KINDS_MAX],
            cap: u16::MAX,
            latencies: false,
        }
    }

    fn take_key(&mut self, key: u64) {
        for (gate, &site) in self.gates.iter_mut().zip(&self.names) {
            gate.key = mix(key, site);
        }
    }

    /// Sets the chance of each fault kind at each point where it can be drawn, in parts of 2^32.
    pub fn set_rates(&mut self, sites: &Sites, rate: &[u32; KINDS_MAX]) {
        for (i, kinds) in sites.kinds.iter().enumerate() {
            let mut sum = 0_u32;
            for (slot, &kind) in self.cumulative[i].iter_mut().zip(kinds) {
                if kind != NO_KIND {
                    sum = sum.saturating_add(rate[usize::from(kind)]);
                }
                *slot = sum;
            }
            self.gates[i].total = sum;
        }
    }
}

/// A decision that is given, and what became of it.
#[derive(Clone, Copy, Debug)]
struct Override {
    choice: Choice,
    used: bool,
    /// Of a span that was asked for: what it takes when nothing is drawn.
    nominal: Duration,
}

/// The source of all decisions of one run.
#[derive(Debug)]
pub struct Choices {
    key: u64,
    settings: Settings,
    /// Sorted by (site, span, subject).
    overrides: Vec<Override>,
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
    /// Whether a decision is the draw and nothing else: open, without overrides, and nobody records points.
    plain: bool,
}

impl Clone for Choices {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            settings: self.settings.clone(),
            overrides: self.overrides.clone(),
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
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.key = from.key;
        self.settings.clone_from(&from.settings);
        self.overrides.clone_from(&from.overrides);
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
        let recorded = self.points_kept || self.asked.is_some() || self.opportunities.is_some();
        self.plain = self.open && !recorded && self.overrides.is_empty();
    }

    /// The thresholds, to be set before a run.
    pub fn settings_mut(&mut self) -> &mut Settings {
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
        self.set_overrides(overrides);
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

    /// Decides at a site with several values. `allowed` masks the values that make sense for this subject.
    #[inline]
    pub fn choose(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        if self.plain {
            self.draw(sites, site, subject, allowed)
        } else if self.open {
            self.choose_watched(sites, site, subject, allowed)
        } else {
            0
        }
    }

    #[inline]
    fn draw(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let Gate { key, total } = self.settings.gates[usize::from(site.0)];
        if total == 0 {
            return 0;
        }
        let u = (keyed(key, subject) >> 32) as u32;
        if u >= total { 0 } else { self.draw_fault(sites, site, subject, (u, allowed)) }
    }

    /// Takes the fault whose share of the draw `u` fell into, if it makes sense here and its cap is not reached.
    #[cold]
    fn draw_fault(&mut self, sites: &Sites, site: SiteId, subject: Subject, (u, allowed): (u32, u32)) -> u8 {
        let i = usize::from(site.0);
        let value = self.settings.cumulative[i].iter().position(|&upto| u < upto).unwrap_or(0) as u8;
        if allowed & sites.drawable[i] & 1 << value == 0 {
            return 0;
        }
        let kind = usize::from(sites.kinds[i][usize::from(value)]);
        let spent = self.injected[kind] >= self.settings.caps[kind] || self.injected_all >= self.settings.cap;
        // A key has one answer in a run, whenever it is asked: else a recording could not tell the two times apart.
        if spent && !self.made.has_fault(site, subject, value) {
            return 0;
        }
        self.inject(sites, site, subject, value);
        value
    }

    /// Notes a fault. One that a message meets again under the same key is the same choice, and no further fault.
    #[cold]
    fn inject(&mut self, sites: &Sites, site: SiteId, subject: Subject, value: u8) {
        if self.made.has_fault(site, subject, value) {
            return;
        }
        if let Some(kind) = sites.kind(site, value) {
            self.injected[usize::from(kind.0)] += 1;
            self.injected_all += 1;
        }
        self.made.add_fault(Choice { site, subject, value: value.into(), span: false, event: self.event });
    }

    #[cold]
    fn choose_watched(&mut self, sites: &Sites, site: SiteId, subject: Subject, allowed: u32) -> u8 {
        let allowed = allowed & sites.drawable[usize::from(site.0)];
        if allowed != 0 {
            self.note_asked(site, subject, false);
            if self.points_kept {
                self.points.push(Point { site, subject, allowed, event: self.event });
            }
            if let Some(opportunities) = &mut self.opportunities {
                for value in (0..VALUES_MAX as u8).filter(|v| allowed & 1 << v != 0) {
                    opportunities[usize::from(sites.kinds[usize::from(site.0)][usize::from(value)])] += 1;
                }
            }
        }
        if let Some(value) = self.overridden(site, subject, None) {
            let value = u8::try_from(value).unwrap_or(0);
            if value != 0 && allowed & 1_u32.checked_shl(value.into()).unwrap_or(0) == 0 {
                return 0;
            }
            if value != 0 {
                self.inject(sites, site, subject, value);
            }
            return value;
        }
        self.draw(sites, site, subject, allowed)
    }

    /// What is given for a decision; `nominal` is there if it is about a span.
    fn overridden(&mut self, site: SiteId, subject: Subject, nominal: Option<Duration>) -> Option<u64> {
        let key = (site, nominal.is_some(), subject);
        let found = self
            .overrides
            .binary_search_by_key(&key, |Override { choice, .. }| (choice.site, choice.span, choice.subject));
        let given = &mut self.overrides[found.ok()?];
        given.used = true;
        given.nominal = nominal.unwrap_or_default();
        Some(given.choice.value)
    }

    /// Decides how long something takes.
    #[inline(always)]
    pub fn span(&mut self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        if self.plain && !self.spans_kept {
            if self.settings.latencies { self.draw_span(site, subject, latency) } else { latency.nominal() }
        } else if self.open {
            self.span_watched(site, subject, latency)
        } else {
            latency.nominal()
        }
    }

    #[inline(always)]
    fn draw_span(&self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        latency.at(mix(keyed(self.settings.gates[usize::from(site.0)].key, subject), 0x2545_F491_4F6C_DD1D))
    }

    #[cold]
    fn span_watched(&mut self, site: SiteId, subject: Subject, latency: Latency) -> Duration {
        if !matches!(latency, Latency::Fixed(_)) {
            self.note_asked(site, subject, true);
        }
        if let Some(value) = self.overridden(site, subject, Some(latency.nominal())) {
            self.note_span(site, subject, value);
            return Duration(value);
        }
        if !self.settings.latencies {
            return latency.nominal();
        }
        let span = self.draw_span(site, subject, latency);
        if span != latency.nominal() {
            self.note_span(site, subject, span.0);
        }
        span
    }

    fn note_span(&mut self, site: SiteId, subject: Subject, value: u64) {
        if self.spans_kept {
            self.made.add_span(Choice { site, subject, value, span: true, event: self.event });
        }
    }

    /// A number drawn for this subject that is not a fault: workloads and the like. The same whatever is open.
    #[must_use]
    pub fn number(&self, salt: u64, index: u64) -> u64 {
        spread(mix(self.key, salt), index)
    }
}

/// The draw of a subject under the key of its site.
#[inline]
const fn keyed(key: u64, subject: Subject) -> u64 {
    spread(subject.names ^ key, subject.counters ^ key.rotate_left(32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites() -> (Sites, SiteId) {
        let mut sites = Sites::default();
        let site = sites.add(Site::new("send", &["deliver", "duplicate", "lost"], &[(1, KindId(0)), (2, KindId(1))]));
        (sites, site)
    }

    fn source(sites: &Sites, key: u64) -> Choices {
        let mut settings = Settings::none(sites);
        let mut rates = [0; KINDS_MAX];
        rates[0] = 1 << 30;
        rates[1] = 1 << 29;
        settings.set_rates(sites, &rates);
        settings.latencies = true;
        Choices::random(key, settings)
    }

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let (sites, site) = sites();
        let draw = |order: &[u64]| {
            let mut choices = source(&sites, 42);
            let mut values = vec![0; 100];
            for &i in order {
                values[i as usize] = choices.choose(&sites, site, Subject::new(7, i), u32::MAX);
            }
            values
        };
        let forwards: Vec<u64> = (0..100).collect();
        let backwards: Vec<u64> = (0..100).rev().collect();
        let values = draw(&forwards);
        assert_eq!(values, draw(&backwards));
        for value in 0..3 {
            assert!(values.contains(&value), "{value} is never drawn");
        }
    }

    #[test]
    fn closing_the_source_heals_values_and_spans() {
        let (sites, site) = sites();
        let mut choices = source(&sites, 1);
        choices.close();
        let latency = Latency::Uniform(Duration(5), Duration(500));
        for i in 0..200 {
            assert_eq!(choices.choose(&sites, site, Subject::new(7, i), u32::MAX), 0);
            assert_eq!(choices.span(site, Subject::new(7, i), latency), Duration(5));
        }
        assert!(choices.made().is_empty());
    }

    #[test]
    fn what_was_made_replays_without_the_seed() {
        let (sites, site) = sites();
        let latency = Latency::Percentiles { p50: Duration(100), p99: Duration(900) };
        let take = |choices: &mut Choices| -> Vec<(u8, Duration)> {
            (0..50)
                .map(|i| {
                    let subject = Subject::new(3, i);
                    (choices.choose(&sites, site, subject, u32::MAX), choices.span(site, subject, latency))
                })
                .collect()
        };
        let mut drawn = source(&sites, 9);
        drawn.keep_spans();
        let first = take(&mut drawn);
        let mut replay = Choices::simplest(&sites);
        replay.set_overrides(drawn.made());
        assert_eq!(first, take(&mut replay));
        assert_eq!(replay.unused().count(), 0);
    }

    #[test]
    fn a_value_that_makes_no_sense_for_the_subject_is_not_taken() {
        let (sites, site) = sites();
        let mut choices = source(&sites, 5);
        for i in 0..200 {
            assert_ne!(choices.choose(&sites, site, Subject::new(7, i), !0b10), 1);
        }
        assert_eq!(choices.injected()[0], 0);
        assert!(choices.injected()[1] > 0);
    }

    /// Neighbours must not share their luck: over many runs, the number of faults in a row of like subjects has to vary
    /// as it does for a fair coin.
    #[test]
    fn neighbouring_subjects_are_drawn_apart() {
        let (sites, site) = sites();
        let (runs, row) = (400, 1_000);
        // Three in eight are drawn, so a fair row of a thousand has 375 with a variance of 234.
        for (what, shift) in [("the lowest counter", 0), ("the copy", 8), ("the order", 16)] {
            let squares: i64 = (0..runs)
                .map(|key| {
                    let mut choices = source(&sites, key);
                    let subjects = (0..row).map(|i| Subject::new(7, i << shift));
                    let faults = subjects.filter(|&s| choices.choose(&sites, site, s, u32::MAX) != 0).count();
                    (faults as i64 - 375).pow(2)
                })
                .sum();
            let variance = squares / runs as i64;
            assert!((175..295).contains(&variance), "{what}: variance {variance}");
        }
    }

    #[test]
    fn caps_bound_the_faults_of_a_run() {
        let (sites, site) = sites();
        let mut choices = source(&sites, 5);
        choices.settings_mut().cap = 2;
        let faults = (0..500).filter(|&i| choices.choose(&sites, site, Subject::new(7, i), u32::MAX) != 0).count();
        assert_eq!(faults, 2);
    }

    /// A recording has one answer for each key. What comes again under the key of a fault meets it again, also when no
    /// further fault is allowed, and it is not counted again.
    #[test]
    fn what_is_asked_again_is_answered_alike_whatever_the_caps() {
        let (sites, site) = sites();
        let asked: Vec<Subject> = (0..50).chain(0..50).map(|i| Subject::new(7, i)).collect();
        let take = |choices: &mut Choices| -> Vec<u8> {
            asked.iter().map(|&subject| choices.choose(&sites, site, subject, u32::MAX)).collect()
        };
        let mut drawn = source(&sites, 5);
        drawn.settings_mut().cap = 2;
        drawn.record_asked();
        let first = take(&mut drawn);
        assert_eq!(first[..50], first[50..]);
        assert_eq!(first[..50].iter().filter(|&&value| value != 0).count(), 2);
        assert_eq!(drawn.made().len(), 2);
        assert_eq!(drawn.injected().iter().sum::<u16>(), 2);
        assert_eq!(drawn.asked_again().len(), 50);
        let mut replay = Choices::simplest(&sites);
        replay.set_overrides(drawn.made());
        assert_eq!(first, take(&mut replay));
    }

    #[test]
    fn percentiles_are_kept() {
        let latency = Latency::Percentiles { p50: Duration(1_000), p99: Duration(10_000) };
        let mut drawn: Vec<u64> = (0..10_000).map(|i| latency.at(mix(mix(3, i), 9)).0).collect();
        drawn.sort_unstable();
        assert!((900..=1_100).contains(&drawn[5_000]), "median {}", drawn[5_000]);
        assert!((9_000..=10_800).contains(&drawn[9_900]), "p99 {}", drawn[9_900]);
    }
}
