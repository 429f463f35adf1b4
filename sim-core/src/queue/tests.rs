use super::*;
use proptest::prelude::*;

proptest! {
    /// The queue against a sorted list: times close together and far apart, so that keys wait in all three places.
    #[test]
    fn events_come_in_total_order(
        ops in prop::collection::vec((0_u64..50, 0_u8..3, 0_u8..6), 1..600),
        stride in prop::sample::select(vec![1, 3_000, 70_000]),
    ) {
        let mut queue = Queue::default();
        let mut naive: Vec<(u64, u8, u32, TimerId)> = Vec::new();
        for (n, (time, priority, op)) in ops.into_iter().enumerate() {
            let time = queue.now + time * stride;
            match op {
                0 => {
                    let next = naive.iter().copied().min_by_key(|e| (e.0, e.1, e.2));
                    naive.retain(|e| Some(*e) != next);
                    prop_assert_eq!(queue.pop(), next.map(|e| (Time(e.0), e.2)));
                }
                1 if !naive.is_empty() => {
                    let gone = naive.remove(n % naive.len());
                    queue.cancel(gone.3);
                    queue.cancel(gone.3);
                }
                _ => {
                    let id = queue.push(Time(time), priority, n as u32);
                    naive.push((time, priority, n as u32, id));
                }
            }
            prop_assert_eq!(queue.len(), naive.len());
            prop_assert_eq!(queue.iter().count(), naive.len());
            queue = queue.clone();
        }
    }
}

#[test]
fn a_stale_id_cancels_nothing() {
    let mut queue = Queue::default();
    let first = queue.push(Time(1), 0, 'a');
    assert_eq!(queue.pop(), Some((Time(1), 'a')));
    queue.push(Time(2), 0, 'b');
    queue.cancel(first);
    queue.cancel(TimerId::NONE);
    assert_eq!(queue.pop(), Some((Time(2), 'b')));
}

#[test]
fn what_is_put_back_comes_last_of_its_moment_and_keeps_its_name() {
    let mut queue = Queue::default();
    let first = queue.push(Time(7), 0, 'a');
    queue.push(Time(7), 0, 'b');
    queue.push(Time(9), 0, 'c');
    let (slot, _) = queue.take().expect("three are waiting");
    assert_eq!(queue.next_time(), Some(Time(7)));
    queue.put_back(slot, 'a');
    queue.push(Time(7), 0, 'd');
    let mut cancelled = queue.clone();
    cancelled.cancel(first);
    let rest = |mut queue: Queue<char>| std::iter::from_fn(move || queue.pop().map(|(_, e)| e)).collect::<String>();
    assert_eq!(rest(queue), "bdac");
    assert_eq!(rest(cancelled), "bdc");
}

#[test]
fn retiming_keeps_the_order_among_equals() {
    let mut queue = Queue::default();
    for (time, event) in [(9, 'a'), (900_000, 'b'), (3, 'c')] {
        queue.push(Time(time), 0, event);
    }
    let gone = queue.push(Time(800_000), 0, 'd');
    queue.cancel(gone);
    queue.retime(|_, _| Time(5));
    let order: Vec<char> = std::iter::from_fn(|| queue.pop().map(|(_, e)| e)).collect();
    assert_eq!(order, ['a', 'b', 'c']);
}

#[test]
fn a_lane_keeps_its_order_and_no_more_than_it_must() {
    let mut queue = Queue::default();
    let (mut armed, mut due) = (0_u64, 0);
    // Timers of one delay: most are cancelled, the others fire in turn, and there are always some that wait.
    for round in 0..2_000 {
        for _ in 0..3 {
            let id = queue.push(Time(queue.now + 1_000_000), 0, armed);
            if !armed.is_multiple_of(3) {
                queue.cancel(id);
            }
            armed += 1;
        }
        if round >= 100 {
            assert_eq!(queue.pop().map(|(_, timer)| timer), Some(due));
            due += 3;
        }
    }
    let kept: usize = queue.lanes.iter().map(|lane| lane.keys.len()).sum();
    assert!((300..1_000).contains(&kept), "{kept} keys for {} timers", queue.len());
    let rest: Vec<u64> = std::iter::from_fn(|| queue.pop().map(|(_, timer)| timer)).collect();
    assert_eq!(rest, (due..armed).step_by(3).collect::<Vec<_>>());
}
