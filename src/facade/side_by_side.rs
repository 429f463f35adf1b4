//! The same with many things, over several threads: what comes of each is the same whoever did it, and stands in the
//! order of the things.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What `one` makes of each thing, over so many threads.
pub fn side_by_side<T: Sync, R: Send>(jobs: usize, things: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(i) else { return done };
            done.push((i, one(thing)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(things.len())).map(|_| scope.spawn(take)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<(usize, R)>>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_things() {
        let things: Vec<u64> = (0..100).collect();
        for jobs in [1, 2, 7, 200] {
            let twice = side_by_side(jobs, &things, |n| 2 * n);
            assert!(twice.iter().zip(&things).all(|(twice, n)| *twice == 2 * n) && twice.len() == 100, "{jobs} jobs");
        }
        assert!(side_by_side(4, &[] as &[u64], |n| *n).is_empty());
    }
}
