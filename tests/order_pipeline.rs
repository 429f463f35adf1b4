//! The reference workload of the benchmark, held to its own semantics: every fault happens, every run ends well.

#[path = "../benches/order_pipeline/calendar.rs"]
mod calendar;
#[path = "../benches/order_pipeline/engine/mod.rs"]
mod engine;
#[path = "../benches/order_pipeline/heap.rs"]
mod heap;
#[path = "../benches/order_pipeline/limit.rs"]
mod limit;
#[path = "../benches/order_pipeline/tally.rs"]
mod tally;

use std::ops::Range;

use calendar::{Calendar, Rings};
use engine::Engine;
use heap::Heap;
use limit::{Limit, Queue};
use tally::Tally;

fn total(runs: u64, orders: u32, mut run: impl FnMut(u64, u32) -> Tally) -> Tally {
    let mut total = Tally::default();
    for seed in 0..runs {
        total.add(&run(seed, orders));
    }
    total
}

/// Whether the faults come at their rates and the orders cost what the workload says, a message's worth of noise aside.
fn check(stale: &Range<u64>, mut run: impl FnMut(u64, u32) -> Tally) {
    for (runs, orders) in [(4_000, 1), (400, 10), (8, 500)] {
        let total = total(runs, orders, &mut run);
        let count = runs * u64::from(orders);
        let sent = total.delivered + total.lost - total.duplicated;
        let share = |name, part: u64, whole: u64, per_mille: Range<u64>| {
            assert!(per_mille.contains(&(part * 1_000 / whole)), "{name}: {part} of {whole} in {orders}-order runs");
        };
        share("lost", total.lost, sent, 18..22);
        share("duplicated", total.duplicated, sent, 45..53);
        share("crashes of the OMS", total.oms_crashes, count, 3..8);
        share("crashes of the relay", total.relay_crashes, count, 3..8);
        share("deliveries", total.delivered, count, 21_500..22_800);
        share("timers", total.fired, count, 2_300..3_300);
        share("stale timers", total.stale, count, stale.clone());
    }
}

#[test]
fn the_limit_keeps_the_semantics() {
    let mut limit = Limit::<Calendar<_>>::new();
    check(&(9_500..11_500), |seed, orders| limit.run(seed, orders));
}

#[test]
fn the_engine_keeps_the_semantics() {
    let mut engine = Engine::new();
    // The engine is told to cancel the timers of obligations that were discharged.
    check(&(0..1), |seed, orders| engine.run(seed, orders));
}

#[test]
fn a_used_engine_runs_like_a_new_one() {
    let mut used = Engine::new();
    for seed in 0..100 {
        let orders = seed as u32 % 7;
        assert_eq!(used.run(seed, orders), Engine::new().run(seed, orders));
    }
    assert_ne!(used.run(1, 5).checksum, used.run(2, 5).checksum);
}

#[test]
fn a_used_limit_runs_like_a_new_one_on_either_queue() {
    let (mut used, mut heap) = (Limit::<Calendar<_>>::new(), Limit::<Heap<_>>::new());
    for seed in 0..200 {
        let orders = seed as u32 % 7;
        let new = Limit::<Calendar<_>>::new().run(seed, orders);
        assert_eq!(used.run(seed, orders), new);
        assert_eq!(heap.run(seed, orders), new);
    }
    assert_ne!(used.run(1, 5).checksum, used.run(2, 5).checksum);
}

#[test]
fn the_calendar_keeps_the_order_of_a_stable_sort() {
    keeps_the_order_of_a_stable_sort(Calendar::new());
}

#[test]
fn the_heap_keeps_the_order_of_a_stable_sort() {
    keeps_the_order_of_a_stable_sort(Heap::new());
}

fn keeps_the_order_of_a_stable_sort(mut queue: impl Queue<(u32, u32)>) {
    let (mut now, mut popped, mut expected) = (0, Vec::new(), Vec::new());
    for step in 0..4_000_u32 {
        let at = now + step.wrapping_mul(2_654_435_761) % 50_000;
        queue.push(at, (at, step));
        expected.push((at, step));
        if step % 3 == 0 {
            let (place, first) = queue.peek(now).expect("an event was pushed");
            now = first;
            popped.push(queue.pop(place));
        }
    }
    while let Some((place, first)) = queue.peek(now) {
        now = first;
        popped.push(queue.pop(place));
    }
    expected.sort_unstable();
    assert_eq!(popped, expected);
}

#[test]
fn the_rings_give_the_earliest_timer() {
    let mut rings = Rings::new([100, 200]);
    rings.push(0, 1, 'c');
    rings.push(10, 0, 'a');
    rings.push(90, 0, 'b');
    let order: Vec<_> = std::iter::from_fn(|| rings.peek().map(|(at, ring)| (at, rings.pop(ring)))).collect();
    assert_eq!(order, [(110, 'a'), (190, 'b'), (200, 'c')]);
}

#[test]
fn a_warm_world_allocates_nothing() {
    let mut engine = Engine::new();
    for seed in 0..80 {
        engine.run(seed, 300);
    }
    let mut events = 0;
    let counted = allocation_counter::measure(|| {
        for seed in 20..80 {
            events += engine.run(seed, 200).useful();
        }
    });
    assert!(events > 280_000, "{events} events are too few to tell");
    assert_eq!(counted.count_total, 0, "{} bytes were allocated", counted.bytes_total);
}

#[test]
fn the_allocations_of_a_new_world_are_seen() {
    let counted = allocation_counter::measure(|| {
        Engine::new().run(0, 10);
    });
    assert!(counted.count_total > 20, "{counted:?}");
}
