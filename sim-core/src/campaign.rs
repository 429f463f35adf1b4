//! Many runs over all cores: each simulation on one thread, results merged as if they had run one after another.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

    /// A run panicked, with this message. A tally that notes it makes it a finding of that run, and the campaign goes on.
    ///
    /// # Panics
    ///
    /// By itself it ends the campaign, and says which run it was.
    fn panicked(&mut self, index: u64, message: &str) {
        panic!("run {index} panicked: {message}");
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}

/// Runs `first..first + runs` over `jobs` workers. `worker` makes the state of one worker, `one` does one run with it.
/// `one` says whether to go on; once a run says no, no run with a higher index is started, and every run below it has
/// been done, so that the lowest failing index is the same with any number of workers. After a run that panicked its worker
/// has a new state; the [tally](Tally::panicked) decides what comes of it.
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
                let index = first + i;
                let done = catch_unwind(AssertUnwindSafe(|| one(&mut state, &mut tally, index)));
                let goes_on = done.unwrap_or_else(|panic| {
                    let said = message(&*panic);
                    if let Err(end) = catch_unwind(AssertUnwindSafe(|| tally.panicked(index, said))) {
                        ceiling.store(0, Ordering::Relaxed);
                        resume_unwind(end);
                    }
                    state = worker().0;
                    true
                });
                if !goes_on {
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
                Err(panic) => resume_unwind(panic),
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

    /// Notes the runs that panicked; counts the others.
    #[derive(Default, Debug, PartialEq)]
    struct Noted(u64, Vec<String>);

    impl Tally for Noted {
        fn merge(&mut self, mut other: Self) {
            self.0 += other.0;
            self.1.append(&mut other.1);
        }

        fn panicked(&mut self, index: u64, message: &str) {
            self.1.push(format!("run {index}: {message}"));
        }
    }

    /// What a worker is in the middle of.
    #[derive(Default)]
    struct Busy(bool);

    fn run_with_panics(worker: &mut Busy, index: u64) {
        assert!(!worker.0, "a worker went on in the middle of a run");
        worker.0 = true;
        assert!(index != 40, "run of {index}");
        assert!(index != 7, "no {index}");
        worker.0 = false;
    }

    #[test]
    fn a_run_that_panics_is_a_finding_where_the_tally_says_so() {
        for jobs in [1, 3] {
            let stop = AtomicBool::new(false);
            let new = || (Busy::default(), Noted::default());
            let mut found = campaign(jobs, 0, 100, &stop, new, |worker, noted, index| {
                run_with_panics(worker, index);
                noted.0 += 1;
                true
            });
            found.1.sort();
            assert_eq!(found, Noted(98, vec!["run 40: run of 40".into(), "run 7: no 7".into()]));
        }
    }

    #[test]
    #[should_panic(expected = "run 12 panicked: no 7")]
    fn else_it_ends_the_campaign_and_is_named() {
        let new = || ((), Sum::default());
        campaign(1, 5, 100, &AtomicBool::new(false), new, |(), _, index| {
            run_with_panics(&mut Busy::default(), index - 5);
            true
        });
    }

    #[test]
    fn run_keys_are_pinned() {
        assert_eq!(run_key(7, 17), run_key(7, 17));
        assert_ne!(run_key(7, 17), run_key(7, 18));
        assert_ne!(run_key(7, 17), run_key(8, 17));
    }
}
