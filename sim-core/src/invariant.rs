//! Invariants: what must hold always, and what must come to hold.

use std::hash::Hash;
use std::ops::{Add, Deref};

use crate::domain::Domain;
use crate::hash::Digest;
use crate::time::{Duration, Time};
use crate::world::World;

/// How an invariant is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// After every event.
    Always,
    /// Per obligation, with a deadline, after healing.
    Eventually,
    /// Against a threshold; broken is a warning.
    Monitored,
}

/// Something that must hold. It sees changes, not the world; its state lives in the world as plain words, so that
/// worlds can be copied.
pub trait Invariant<D: Domain>: Send + Sync {
    /// The slug.
    fn id(&self) -> &'static str;
    /// How it is judged.
    fn strictness(&self) -> Strictness;
    /// The kinds of change that it wants to see, as a mask.
    fn watches(&self) -> u64;
    /// How many words of state it needs in a run that begins with this ledger. They are copied with each world.
    fn words(&self, model: &D, ledger: &D::Ledger) -> usize {
        let _ = (model, ledger);
        0
    }
    /// Judges one change.
    fn check(&self, judge: &mut Judge<'_, D>, change: &D::Change);
    /// Whether it wants to be asked once more when an event is over.
    fn settles(&self) -> bool {
        false
    }
    /// Judges what the changes of an event add up to, after the last of them.
    fn settle(&self, judge: &mut Judge<'_, D>) {
        let _ = judge;
    }
    /// Judges the end of a run; open obligations past their deadline are judged by the engine.
    fn finish(&self, judge: &mut Judge<'_, D>, nodes: &[D::Node]) {
        let _ = (judge, nodes);
    }
    /// The slow twin: judges the whole world at once, by other means than `check`. `None` where there is no other.
    fn check_all(&self, world: &World<D>, model: &D) -> Option<bool> {
        let _ = (world, model);
        None
    }
}

/// How many kinds of change a domain may have.
const CHANGE_KINDS: usize = 64;

/// The invariants of a domain, in the order in which they are told when several break at once.
pub struct Invariants<D: Domain> {
    all: Vec<Box<dyn Invariant<D>>>,
    /// Per kind of change those that watch it, by index, one kind after another.
    watchers: Vec<u16>,
    /// Where the watchers of each kind begin, and where they end. A change names its kind by a byte, so that there is
    /// nothing to check.
    ranges: [(u16, u16); 256],
    /// Those that are asked again when an event is over, by index.
    settling: Vec<u16>,
}

impl<D: Domain> From<Vec<Box<dyn Invariant<D>>>> for Invariants<D> {
    fn from(all: Vec<Box<dyn Invariant<D>>>) -> Self {
        let mut watchers = Vec::new();
        let mut ranges = [(0, 0); 256];
        for (kind, range) in ranges.iter_mut().enumerate().take(CHANGE_KINDS) {
            let begin = watchers.len();
            let watching = all.iter().enumerate().filter(|(_, invariant)| invariant.watches() & 1 << kind != 0);
            watchers.extend(watching.map(|(i, _)| i as u16));
            let place = |at: usize| u16::try_from(at).expect("fewer than 1,024 invariants");
            *range = (place(begin), place(watchers.len()));
        }
        let settling = all.iter().enumerate().filter(|(_, invariant)| invariant.settles());
        let settling = settling.map(|(i, _)| i as u16).collect();
        Self { all, watchers, ranges, settling }
    }
}

impl<D: Domain> Default for Invariants<D> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<D: Domain> Deref for Invariants<D> {
    type Target = [Box<dyn Invariant<D>>];

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl<D: Domain> Invariants<D> {
    /// Those that are asked again when an event is over, by index and in their order.
    #[inline]
    pub(crate) fn settling(&self) -> &[u16] {
        &self.settling
    }

    /// Those that watch this kind of change, by index and in their order.
    #[inline]
    pub(crate) fn watching(&self, kind: u8) -> &[u16] {
        debug_assert!(usize::from(kind) < CHANGE_KINDS, "a change is of one of {CHANGE_KINDS} kinds");
        let (begin, end) = self.ranges[usize::from(kind)];
        &self.watchers[usize::from(begin)..usize::from(end)]
    }
}

/// A broken invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Index into the invariants of the domain.
    pub invariant: u16,
    /// The event at which it was seen.
    pub event: u32,
    /// When.
    pub time: Time,
    /// What it is about: the domain's packing of order, item, step.
    pub subject: u64,
    /// What the invariant wants to tell of it.
    pub detail: u64,
    /// For an obligation: when it was due.
    pub due: Option<Time>,
    /// For an obligation that was due as it was promised.
    pub broken: Option<Promise>,
}

/// A promise that was not kept in a run without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// How soon it was promised.
    pub within: Duration,
    /// When it came all the same.
    pub met: Option<Time>,
}

/// How long something that is owed may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Once healed: what a recovery takes has room in it.
    pub within: Duration,
    /// In a run without faults, in which there is nothing to recover from; [`Duration::FOREVER`] where nobody promised
    /// anything.
    pub promised: Duration,
}

/// The bound of what begins so much later.
impl Add<Duration> for Bound {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self { within: self.within + later, promised: self.promised + later }
    }
}

impl From<Duration> for Bound {
    fn from(within: Duration) -> Self {
        Self { within, promised: Duration::FOREVER }
    }
}

/// Where an obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Still due.
    Open,
    /// Met, at this moment.
    Met(Time),
    /// Retired by a committed command or an approved exception; counted apart.
    Retired,
}

/// One instance of an eventually-true invariant.
#[derive(Clone, Copy, Debug)]
pub struct Obligation {
    /// Index into the invariants of the domain.
    pub invariant: u16,
    /// What it is about.
    pub subject: u64,
    /// Since when.
    pub opened: Time,
    /// How long it may take.
    pub bound: Bound,
    /// The systems it needs, as a mask of the domain's choosing; while one of them is dead for good it is not owed.
    pub needs: u64,
    /// Where it stands.
    pub standing: Standing,
}

impl Obligation {
    /// When it is due, in a run that healed at `healed`.
    #[must_use]
    pub fn due(&self, healed: Time) -> Time {
        self.opened.max(healed) + self.bound.within
    }

    /// When it is due as it was promised, in a run whose last input came at `calm`.
    #[must_use]
    pub fn promised(&self, calm: Time) -> Time {
        self.opened.max(calm) + self.bound.promised
    }
}

/// Names an obligation; 0 names none, so that fresh state words name none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObligationId(pub u64);

/// What an invariant has in a run.
#[derive(Clone, Copy, Debug)]
struct Holding {
    /// Where its state begins, and how many words it has.
    at: u32,
    words: u32,
    /// How often it had something to judge.
    judged: u32,
}

/// What judging needs and what it yields; part of the world.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// The state words of all invariants, one after another.
    pub(crate) words: Vec<u64>,
    /// What each invariant has.
    holdings: Vec<Holding>,
    /// The obligations of the run.
    pub obligations: Vec<Obligation>,
    /// Broken invariants, in the order in which they were seen.
    pub violations: Vec<Violation>,
}

impl Clone for Verdicts {
    fn clone(&self) -> Self {
        Self {
            words: self.words.clone(),
            holdings: self.holdings.clone(),
            obligations: self.obligations.clone(),
            violations: self.violations.clone(),
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.words.clone_from(&from.words);
        self.holdings.clone_from(&from.holdings);
        self.obligations.clone_from(&from.obligations);
        self.violations.clone_from(&from.violations);
    }
}

impl Verdicts {
    /// Clears all for a new run, in the same buffers.
    pub(crate) fn reset<D: Domain>(&mut self, model: &D, ledger: &D::Ledger) {
        self.holdings.clear();
        let mut at = 0;
        for invariant in model.invariants().iter() {
            let words = invariant.words(model, ledger) as u32;
            self.holdings.push(Holding { at, words, judged: 0 });
            at += words;
        }
        self.words.clear();
        self.words.resize(at as usize, 0);
        self.obligations.clear();
        self.violations.clear();
    }

    /// How often each invariant had something to judge.
    pub fn judged(&self) -> impl Iterator<Item = u32> {
        self.holdings.iter().map(|holding| holding.judged)
    }

    /// What an invariant keeps, by its place.
    pub fn state_of(&self, invariant: usize) -> &[u64] {
        let Holding { at, words, .. } = &self.holdings[invariant];
        &self.words[*at as usize..(*at + *words) as usize]
    }

    /// Adds what further judgement depends on: the state of the invariants and the obligations that are still open.
    pub(crate) fn digest(&self, digest: &mut Digest) {
        self.words.hash(digest);
        for obligation in &self.obligations {
            match obligation.standing {
                Standing::Open => {
                    // What was promised counts in the run without faults only, and that is explored first.
                    let Obligation { invariant, subject, opened, bound: Bound { within, .. }, needs, .. } = *obligation;
                    (invariant, subject, opened, within, needs).hash(digest);
                }
                Standing::Met(_) | Standing::Retired => obligation.invariant.hash(digest),
            }
        }
        self.violations.is_empty().hash(digest);
    }

    /// The judge for invariant `i`.
    #[inline]
    pub(crate) fn judge_of<'a, D: Domain>(
        &'a mut self,
        model: &'a D,
        i: usize,
        ledger: &'a D::Ledger,
        moment: &'a Moment,
    ) -> Judge<'a, D> {
        let Holding { at, words, judged } = &mut self.holdings[i];
        Judge {
            model,
            moment,
            ledger,
            state: &mut self.words[*at as usize..(*at + *words) as usize],
            invariant: i as u16,
            obligations: &mut self.obligations,
            judged,
            violations: &mut self.violations,
        }
    }
}

/// When something is judged.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time.
    pub now: Time,
    /// The event.
    pub event: u32,
    /// When the run healed; [`Time::NEVER`] while faults may still come.
    pub healed: Time,
    /// At the end of a run: what is dead for good, as a mask like the `needs` of obligations; until then nothing.
    pub dead: u64,
    /// At the end of a run: whether something was still going to happen when a budget ended it.
    pub endless: bool,
}

/// What an invariant sees and where it puts its judgement. One is made for each change and each invariant that watches
/// it, so it holds little: [when](Moment) that is, it borrows, and gives as fields of its own.
pub struct Judge<'a, D: Domain> {
    /// The simulated system.
    pub model: &'a D,
    moment: &'a Moment,
    /// What really happened.
    pub ledger: &'a D::Ledger,
    /// This invariant's own words of state.
    pub state: &'a mut [u64],
    pub(crate) invariant: u16,
    pub(crate) obligations: &'a mut Vec<Obligation>,
    pub(crate) judged: &'a mut u32,
    pub(crate) violations: &'a mut Vec<Violation>,
}

impl<D: Domain> Deref for Judge<'_, D> {
    type Target = Moment;

    #[inline]
    fn deref(&self) -> &Moment {
        self.moment
    }
}

impl<D: Domain> Judge<'_, D> {
    /// The guard held: there is something to judge here.
    #[inline]
    pub fn judged(&mut self) {
        *self.judged += 1;
    }

    /// The guard held, and the statement must hold too.
    #[inline]
    pub fn require(&mut self, holds: bool, subject: u64, detail: u64) {
        *self.judged += 1;
        if !holds {
            self.violate(subject, detail);
        }
    }

    /// The statement is broken.
    #[cold]
    pub fn violate(&mut self, subject: u64, detail: u64) {
        self.violations.push(Violation {
            invariant: self.invariant,
            event: self.event,
            time: self.now,
            subject,
            detail,
            due: None,
            broken: None,
        });
    }

    /// From now on something is due within this bound.
    pub fn open(&mut self, subject: u64, bound: impl Into<Bound>, needs: u64) -> ObligationId {
        *self.judged += 1;
        self.obligations.push(Obligation {
            invariant: self.invariant,
            subject,
            opened: self.now,
            bound: bound.into(),
            needs,
            standing: Standing::Open,
        });
        ObligationId(self.obligations.len() as u64)
    }

    /// The obligation is met; one that is not open stays as it is.
    pub fn meet(&mut self, id: ObligationId) {
        let standing = Standing::Met(self.now);
        self.settle(id, standing);
    }

    /// The obligation is no longer owed.
    pub fn retire(&mut self, id: ObligationId) {
        self.settle(id, Standing::Retired);
    }

    /// An obligation of this run.
    #[must_use]
    pub fn obligation(&self, id: ObligationId) -> Option<&Obligation> {
        self.obligations.get((id.0 as usize).wrapping_sub(1))
    }

    /// The same, if it is one of this invariant.
    #[must_use]
    pub fn own_obligation(&self, id: ObligationId) -> Option<&Obligation> {
        self.obligation(id).filter(|obligation| obligation.invariant == self.invariant)
    }

    fn settle(&mut self, id: ObligationId, standing: Standing) {
        if let Some(obligation) = self.obligations.get_mut((id.0 as usize).wrapping_sub(1))
            && obligation.standing == Standing::Open
        {
            obligation.standing = standing;
        }
    }
}
