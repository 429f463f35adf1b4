//! What decisions are about.

/// Which of several things that a domain calls by one subject. The engine counts them, so that no two decisions of a run
/// share a key. Nearly always it is the first, so that is one comparison.
///
/// From the lowest byte on: the copy, the recovery, the try; the highest byte is a mark of the engine's on events, and no
/// part of what the thing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Which(u32);

const RECOVERY: u32 = 8;
const TRIES: u32 = 16;
const MARK: u32 = 1 << 24;

impl Which {
    /// The first that is sent or armed in recovery number `recovery` of a node; 0: in none.
    pub(crate) const fn in_recovery(recovery: u8) -> Self {
        Self((recovery as u32) << RECOVERY)
    }

    /// Which copy of a message: a duplicate is odd. The answer to copy `n` is copy `2n`, its own duplicate `2n + 1`.
    #[must_use]
    pub const fn copy(self) -> u8 {
        self.0 as u8
    }

    /// Of what recovery sent or armed once more: the how manieth recovery of its node that was. Else 0.
    #[must_use]
    pub const fn recovery(self) -> u8 {
        (self.0 >> RECOVERY) as u8
    }

    /// How often the input was tried before.
    #[must_use]
    pub const fn tries(self) -> u8 {
        (self.0 >> TRIES) as u8
    }

    /// A further copy of the same.
    #[must_use]
    pub const fn duplicate(self) -> Self {
        Self(self.0 | 1)
    }

    /// The first copy of the same.
    #[must_use]
    pub const fn original(self) -> Self {
        Self(self.0 & !0xFF)
    }

    /// Whether this is a further copy.
    #[must_use]
    pub const fn is_duplicate(self) -> bool {
        self.0 & 1 == 1
    }

    /// The copy that the answer to a copy is.
    pub(crate) const fn answering(self, input: Self) -> Self {
        Self(self.0 | (input.copy() << 1) as u32)
    }

    /// The same in whatever try.
    #[must_use]
    pub const fn in_any_try(self) -> Self {
        Self(self.0 & ((1 << TRIES) - 1))
    }

    /// The next try of the same.
    #[must_use]
    pub const fn tried(self) -> Self {
        let next = (self.tries().wrapping_add(1) as u32) << TRIES;
        Self(self.0 & !(0xFF << TRIES) | next)
    }

    /// The same with the mark.
    pub(crate) const fn marked(self) -> Self {
        Self(self.0 | MARK)
    }

    pub(crate) const fn is_marked(self) -> bool {
        self.0 & MARK != 0
    }

    /// The same without the mark.
    pub(crate) const fn unmarked(self) -> Self {
        Self(self.0 & !MARK)
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
    pub const fn of(self, which: Which) -> Self {
        if which.0 == 0 {
            return self;
        }
        let (copy, recovery, tries) = (which.copy() & 15, which.recovery() & 127, which.tries() & 31);
        let which = (copy as u64) << 60 | (recovery as u64) << 53 | (tries as u64) << 48;
        Self { names: self.names, counters: self.counters | which }
    }

    /// Under what is asked how long a fault of a message on its way takes, of its duplicate or of itself: under the site of
    /// the message, as a try of its own, for the first is the latency.
    #[must_use]
    pub const fn extent(self, of_duplicate: bool) -> Self {
        self.of(Which(of_duplicate as u32).tried())
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
