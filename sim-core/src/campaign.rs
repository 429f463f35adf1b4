//! Many runs over all cores: each simulation on one thread, results merged as if they had run one after another.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::hash::mix;

/// The key of a run: all its draws follow from it. ChaCha8 is pinned by `rand_chacha`, so keys stay the same across
/// releases; each run has a stream of its own and can be run alone.
#[must_use]
pub fn run_key(seed: u64, index: u64) -> u64 {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(bytes);
    rng.set_stream(index);
    rng.next_u64()
}

/// The share of one run in the fingerprint of a campaign: a wrapping sum of these is the same in any order.
#[must_use]
pub fn share(index: u64, fingerprint: u64) -> u64 {
    mix(mix(0xC0FF_EE00, index), fingerprint)
}

/// What a worker adds up over its runs; merging is commutative, so that the number of workers shows nowhere.
pub trait Tally: Send {
    /// Adds what another worker found.
    fn merge(&mut self, other: Self);
}

/// Runs `first..first + runs` over `jobs` workers. `worker` makes the state of one worker, `one` does one run with it.
/// `one` says whether to go on; once a run says no, no run with a higher index is started, and every run below it has
/// been done, so that the lowest failing index is the same with any number of workers.
pub fn campaign<W, T: Tally>(
    jobs: usize,
    first: u64,
    runs: u64,
    stop: &AtomicBool,
    worker: impl Fn() -> (W, T) + Sync,
    one: impl Fn(&mut W, &mut T, u64) -> bool + Sync,
) -> T {
    const CHUNK: u64 = 16;
    let next = AtomicU64::new(0);
    let ceiling = AtomicU64::new(runs);
    let work = || {
        let (mut state, mut tally) = worker();
        loop {
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            if from >= ceiling.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed) {
                return tally;
            }
            for i in from..(from + CHUNK).min(runs) {
                if i > ceiling.load(Ordering::Relaxed) {
                    break;
                }
                if !one(&mut state, &mut tally, first + i) {
                    ceiling.fetch_min(i, Ordering::Relaxed);
                    break;
                }
            }
        }
    };
    if jobs <= 1 {
        return work();
    }
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        let mut tally = work();
        for other in others {
            match other.join() {
                Ok(theirs) => tally.merge(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        tally
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Sum(u64, u64);

    impl Tally for Sum {
        fn merge(&mut self, other: Self) {
            self.0 += other.0;
            self.1 = self.1.wrapping_add(other.1);
        }
    }

    #[test]
    fn the_number_of_workers_shows_nowhere() {
        let total = |jobs| {
            let stop = AtomicBool::new(false);
            campaign(
                jobs,
                5,
                1_000,
                &stop,
                || ((), Sum::default()),
                |(), sum, index| {
                    sum.0 += 1;
                    sum.1 = sum.1.wrapping_add(share(index, run_key(7, index)));
                    true
                },
            )
        };
        assert_eq!(total(1), total(4));
        assert_eq!(total(1).0, 1_000);
    }

    #[test]
    fn run_keys_are_pinned() {
        assert_eq!(run_key(7, 17), run_key(7, 17));
        assert_ne!(run_key(7, 17), run_key(7, 18));
        assert_ne!(run_key(7, 17), run_key(8, 17));
    }
}
