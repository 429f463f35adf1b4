use super::*;

fn sites() -> (Sites, SiteId) {
    let mut sites = Sites::default();
    let site = sites.add(Site::new("send", &["deliver", "duplicate", "lost"], &[(1, KindId(0)), (2, KindId(1))]));
    (sites, site)
}

fn source(sites: &Sites, key: u64) -> Choices {
    let mut settings = Settings::none(sites);
    let mut rates = [0; KINDS_MAX];
    rates[0] = 1 << 30;
    rates[1] = 1 << 29;
    settings.set_rates(sites, &rates);
    settings.latencies = true;
    Choices::random(key, settings)
}

#[test]
fn a_draw_depends_on_its_key_alone() {
    let (sites, site) = sites();
    let draw = |order: &[u64]| {
        let mut choices = source(&sites, 42);
        let mut values = vec![0; 100];
        for &i in order {
            values[i as usize] = choices.choose(&sites, site, Subject::new(7, i), u32::MAX);
        }
        values
    };
    let forwards: Vec<u64> = (0..100).collect();
    let backwards: Vec<u64> = (0..100).rev().collect();
    let values = draw(&forwards);
    assert_eq!(values, draw(&backwards));
    for value in 0..3 {
        assert!(values.contains(&value), "{value} is never drawn");
    }
}

#[test]
fn closing_the_source_heals_values_and_spans() {
    let (sites, site) = sites();
    let mut choices = source(&sites, 1);
    choices.close();
    let latency = Latency::Uniform(Duration(5), Duration(500));
    for i in 0..200 {
        assert_eq!(choices.choose(&sites, site, Subject::new(7, i), u32::MAX), 0);
        assert_eq!(choices.span(site, Subject::new(7, i), latency), Duration(5));
    }
    assert!(choices.made().is_empty());
}

#[test]
fn what_was_made_replays_without_the_seed() {
    let (sites, site) = sites();
    let latency = Latency::Percentiles { p50: Duration(100), p99: Duration(900) };
    let take = |choices: &mut Choices| -> Vec<(u8, Duration)> {
        (0..50)
            .map(|i| {
                let subject = Subject::new(3, i);
                (choices.choose(&sites, site, subject, u32::MAX), choices.span(site, subject, latency))
            })
            .collect()
    };
    let mut drawn = source(&sites, 9);
    drawn.keep_spans();
    let first = take(&mut drawn);
    let mut replay = Choices::simplest(&sites);
    replay.set_overrides(drawn.made());
    assert_eq!(first, take(&mut replay));
    assert_eq!(replay.unused().count(), 0);
}

#[test]
fn no_more_is_given_than_could_be_drawn() {
    let (sites, site) = sites();
    let span = |value, latency| {
        let given = Choice { site, subject: Subject::new(7, 1), value, span: true, event: 0 };
        let mut choices = Choices::simplest(&sites);
        choices.keep_spans();
        choices.set_overrides(&[given]);
        let span = choices.span(site, given.subject, latency);
        assert_eq!(choices.made(), [Choice { value: span.0, ..given }], "what it came to is on record");
        assert_eq!(choices.unused().count(), 0);
        span.0
    };
    let spans = |latency| [0, 60, 300, u64::MAX].map(|value| span(value, latency));
    assert_eq!(spans(Latency::Percentiles { p50: Duration(100), p99: Duration(900) }), [50, 60, 300, 1_124]);
    assert_eq!(spans(Latency::Uniform(Duration(70), Duration(500))), [70, 70, 300, 499]);
    assert_eq!(spans(Latency::Fixed(Duration(80))), [80; 4]);
    assert_eq!(spans(Latency::Percentiles { p50: Duration(900), p99: Duration(100) }), [450, 450, 450, 900]);
}

#[test]
fn a_value_that_makes_no_sense_for_the_subject_is_not_taken() {
    let (sites, site) = sites();
    let mut choices = source(&sites, 5);
    for i in 0..200 {
        assert_ne!(choices.choose(&sites, site, Subject::new(7, i), !0b10), 1);
    }
    assert_eq!(choices.injected()[0], 0);
    assert!(choices.injected()[1] > 0);
}

/// Neighbours must not share their luck: over many runs, the number of faults in a row of like subjects has to vary
/// as it does for a fair coin.
#[test]
fn neighbouring_subjects_are_drawn_apart() {
    let (sites, site) = sites();
    let (runs, row) = (400, 1_000);
    // Three in eight are drawn, so a fair row of a thousand has 375 with a variance of 234.
    for (what, shift) in [("the lowest counter", 0), ("the copy", 8), ("the order", 16)] {
        let squares: i64 = (0..runs)
            .map(|key| {
                let mut choices = source(&sites, key);
                let subjects = (0..row).map(|i| Subject::new(7, i << shift));
                let faults = subjects.filter(|&s| choices.choose(&sites, site, s, u32::MAX) != 0).count();
                (faults as i64 - 375).pow(2)
            })
            .sum();
        let variance = squares / runs as i64;
        assert!((175..295).contains(&variance), "{what}: variance {variance}");
    }
}

#[test]
fn caps_bound_the_faults_of_a_run() {
    let (sites, site) = sites();
    let mut choices = source(&sites, 5);
    choices.settings_mut().cap = 2;
    let faults = (0..500).filter(|&i| choices.choose(&sites, site, Subject::new(7, i), u32::MAX) != 0).count();
    assert_eq!(faults, 2);
}

/// A recording has one answer for each key. What comes again under the key of a fault meets it again, also when no
/// further fault is allowed, and it is not counted again.
#[test]
fn what_is_asked_again_is_answered_alike_whatever_the_caps() {
    let (sites, site) = sites();
    let asked: Vec<Subject> = (0..50).chain(0..50).map(|i| Subject::new(7, i)).collect();
    let take = |choices: &mut Choices| -> Vec<u8> {
        asked.iter().map(|&subject| choices.choose(&sites, site, subject, u32::MAX)).collect()
    };
    let mut drawn = source(&sites, 5);
    drawn.settings_mut().cap = 2;
    drawn.record_asked();
    let first = take(&mut drawn);
    assert_eq!(first[..50], first[50..]);
    assert_eq!(first[..50].iter().filter(|&&value| value != 0).count(), 2);
    assert_eq!(drawn.made().len(), 2);
    assert_eq!(drawn.injected().iter().sum::<u16>(), 2);
    assert_eq!(drawn.asked_again().len(), 50);
    let mut replay = Choices::simplest(&sites);
    replay.set_overrides(drawn.made());
    assert_eq!(first, take(&mut replay));
}

#[test]
fn percentiles_are_kept() {
    let latency = Latency::Percentiles { p50: Duration(1_000), p99: Duration(10_000) };
    let mut drawn: Vec<u64> = (0..10_000).map(|i| latency.at(mix(mix(3, i), 9)).0).collect();
    drawn.sort_unstable();
    assert!((900..=1_100).contains(&drawn[5_000]), "median {}", drawn[5_000]);
    assert!((9_000..=10_800).contains(&drawn[9_900]), "p99 {}", drawn[9_900]);
}

#[test]
fn what_is_in_trouble_fails_every_other_time_and_the_rest_as_ever() {
    let (sites, site) = sites();
    let (names, row) = (400, 200);
    let faults = |choices: &mut Choices, name: u64| {
        let subject = |i| Subject::new(name, i);
        (0..row).filter(|i| choices.choose(&sites, site, subject(*i), u32::MAX) != 0).count() as u64
    };
    let mut choices = source(&sites, 3);
    let usual: Vec<u64> = (0..names).map(|name| faults(&mut choices, name)).collect();
    choices.set_trouble(u32::MAX / 4);
    choices.restart(3);
    let rows: Vec<u64> = (0..names).map(|name| faults(&mut choices, name)).collect();
    let troubled: Vec<u64> = (0..names).filter(|name| rows[*name as usize] != usual[*name as usize]).collect();
    assert!((names / 5..=names * 3 / 10).contains(&(troubled.len() as u64)), "{}", troubled.len());
    let all: u64 = troubled.iter().map(|name| rows[*name as usize]).sum();
    let expected = troubled.len() as u64 * row / 2;
    assert!((expected * 9 / 10..=expected * 11 / 10).contains(&all), "{all} of {expected}");
    // Both kinds in their shares, and under the caps.
    let [doubled, lost] = [choices.injected()[0], choices.injected()[1]];
    assert!(doubled > lost && lost * 3 > doubled, "{doubled} {lost}");
    choices.restart(3);
    choices.settings_mut().caps = [2; KINDS_MAX];
    assert_eq!((0..names).map(|name| faults(&mut choices, name)).sum::<u64>(), 4);
    // A name is in trouble in some runs and not in others.
    let again: Vec<u64> = {
        choices.settings_mut().caps = [u16::MAX; KINDS_MAX];
        choices.restart(4);
        (0..names).map(|name| faults(&mut choices, name)).collect()
    };
    assert!(troubled.iter().any(|name| again[*name as usize] < row * 45 / 100));
}

#[test]
fn a_persistent_fault_meets_each_attempt_and_no_further_try_of_one() {
    let (sites, site) = sites();
    let attempt = |number| Subject::new(7, number);
    let mut choices = Choices::simplest(&sites);
    choices.persist(&Choice { site, subject: attempt(1), value: 2, span: false, event: 0 }, 2);
    let mut choose = |subject| choices.choose(&sites, site, subject, u32::MAX);
    assert_eq!(choose(attempt(2)), 2);
    assert_eq!(choose(attempt(2).of(Which::default().tried())), 0);
    assert_eq!(choose(Subject::new(8, 3)), 0, "of other names");
    assert_eq!(choose(attempt(3)), 2);
    assert_eq!(choose(attempt(4)), 0, "it came again as often as it may");
}

#[test]
fn a_source_is_idle_where_nothing_is_drawn_given_or_watched() {
    let (sites, site) = sites();
    let mut choices = Choices::simplest(&sites);
    choices.restart(1);
    assert!(choices.is_idle());
    let given = Choice { site, subject: Subject::new(7, 0), value: 1, span: false, event: 1 };
    choices.fork(&[given], false);
    assert!(!choices.is_idle(), "a decision is given");
    choices.fork(&[], true);
    assert!(!choices.is_idle(), "points are recorded");
    choices.fork(&[], false);
    assert!(choices.is_idle());
    choices.persist(&given, 1);
    assert!(!choices.is_idle(), "a fault comes again");
    choices.fork(&[], false);
    choices.settings_mut().latencies = true;
    assert!(!choices.is_idle(), "latencies may be drawn from now on");
    choices.restart(1);
    assert!(!choices.is_idle(), "latencies are drawn");
    choices.close();
    assert!(choices.is_idle(), "nothing is drawn once healed");
    let mut faults = source(&sites, 1);
    faults.settings_mut().latencies = false;
    faults.restart(1);
    assert!(!faults.is_idle(), "faults are drawn");
}

#[test]
fn a_copy_decides_as_what_it_was_copied_from() {
    let (sites, site) = sites();
    let latency = Latency::Uniform(Duration(5), Duration(500));
    let all = |choices: &mut Choices| -> Vec<(u8, Duration)> {
        let one = |i| {
            let subject = Subject::new(7, i);
            (choices.choose(&sites, site, subject, u32::MAX), choices.span(site, subject, latency))
        };
        (0..200).map(one).collect()
    };
    let mut idle = Choices::simplest(&sites);
    idle.restart(1);
    let mut drawing = source(&sites, 42);
    let (simplest, drawn) = (all(&mut idle.clone()), all(&mut drawing.clone()));
    assert_ne!(simplest, drawn);
    for (from, expected) in [(&mut drawing, &drawn), (&mut idle, &simplest)] {
        for mut copy in [Choices::simplest(&sites), source(&sites, 1)] {
            copy.restart(3);
            copy.clone_from(from);
            assert_eq!((copy.is_idle(), &all(&mut copy)), (from.is_idle(), expected));
        }
    }
}
