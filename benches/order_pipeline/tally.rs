//! What one run of the workload comes to, whichever implementation ran it.

/// Counts of one run. Two implementations draw different luck, so they agree on averages, not run by run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages delivered to a live node.
    pub delivered: u64,
    /// Timers that did something: arrival, retry that sent again, wake-up of the relay, restart.
    pub fired: u64,
    /// Timers that fired although their obligation was already discharged, or their owner down.
    pub stale: u64,
    /// Messages that the link lost.
    pub lost: u64,
    /// Messages that the link delivered twice.
    pub duplicated: u64,
    /// Crashes of the OMS after its commit and before its reply.
    pub oms_crashes: u64,
    /// Crashes of the relay before it marked a published row.
    pub relay_crashes: u64,
    /// Depends on all that happened; equal runs have equal checksums.
    pub checksum: u64,
}

impl Tally {
    /// The events that count as work: deliveries and timers that did something.
    pub fn useful(&self) -> u64 {
        self.delivered + self.fired
    }

    /// Adds the counts of another run and folds its checksum.
    pub fn add(&mut self, other: &Tally) {
        self.delivered += other.delivered;
        self.fired += other.fired;
        self.stale += other.stale;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.oms_crashes += other.oms_crashes;
        self.relay_crashes += other.relay_crashes;
        self.checksum = self.checksum.rotate_left(5) ^ other.checksum;
    }
}
