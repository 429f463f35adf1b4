//! What decisions are about.

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
