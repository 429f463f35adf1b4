//! Delta debugging over anything that can be left out.

/// The smallest subset that still passes `test`, by delta debugging: 1-minimal, order kept.
pub fn minimise<T: Clone>(mut items: Vec<T>, mut test: impl FnMut(&[T]) -> bool) -> Vec<T> {
    if items.is_empty() || test(&[]) {
        return Vec::new();
    }
    let mut size = items.len().div_ceil(2);
    loop {
        let mut at = 0;
        let mut shrunk = false;
        while at < items.len() {
            let mut candidate = items.clone();
            candidate.drain(at..(at + size).min(items.len()));
            if candidate.len() < items.len() && test(&candidate) {
                items = candidate;
                shrunk = true;
            } else {
                at += size;
            }
        }
        if size == 1 && !shrunk {
            return items;
        }
        if size > 1 {
            size = size.div_ceil(2).min(items.len().max(1));
        }
    }
}

/// The smallest number from `low` to `high` that passes `test`, by halving; `high` is known to pass and `low` not to.
/// Stops when what is between them is no more than one in sixteen of the distance.
pub fn lower(low: u64, high: u64, mut test: impl FnMut(u64) -> bool) -> u64 {
    let (mut fails, mut passes) = (low, high);
    while fails.abs_diff(passes) > 1 + passes.abs_diff(low) / 16 {
        let middle = fails.midpoint(passes);
        if test(middle) {
            passes = middle;
        } else {
            fails = middle;
        }
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_needed_one_by_one() {
        let needed = [3, 17, 40];
        let mut tests = 0;
        let left = minimise((0..50).collect::<Vec<_>>(), |items| {
            tests += 1;
            needed.iter().all(|n| items.contains(n))
        });
        assert_eq!(left, needed);
        assert!(tests < 200, "{tests} tests");
    }

    #[test]
    fn nothing_is_needed_when_nothing_fails_too() {
        assert!(minimise(vec![1, 2, 3], |_| true).is_empty());
        assert_eq!(minimise(vec![1, 2], |items| items.len() == 2), [1, 2]);
    }

    #[test]
    fn a_number_is_lowered_towards_its_nominal_value() {
        for (low, high, least) in [(0, 1_000_000, 300_000), (50, 51, 51), (900, 10, 400), (7, 1 << 40, 8)] {
            let mut tests = 0;
            let passes = |n: u64| if low < high { n >= least } else { n <= least };
            let left = lower(low, high, |n| {
                tests += 1;
                passes(n)
            });
            assert!(passes(left) && left.abs_diff(least) <= 1 + left.abs_diff(low) / 16, "{low} {high}: {left}");
            assert!(tests < 60, "{tests} tests");
        }
    }
}
