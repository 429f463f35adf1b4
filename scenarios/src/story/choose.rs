//! Which beats a story tells: what they have to do with what broke decides, then what they are worth by themselves.

use sim_core::{Choice, Violation};

use super::beat::{self, Beat};
use super::faults::{self, Placed};
use super::place::Place;
use super::scene::Scene;
use super::words::{self, Told, Words};
use super::{LINES_MAX, Line, Mark, verdict};
use crate::invariants::subject;
use crate::model::{Names, StepIx};

/// A line that may be told, with its place in the trace.
struct Candidate {
    at: (usize, u8),
    line: Line,
    score: i32,
}

/// What is always told.
const ALWAYS: i32 = 1_000;
/// What is told where there is room.
const ENOUGH: i32 = 60;

/// The lines of a story.
pub fn lines(words: &Words<'_>, scene: &Scene, choices: &[Choice], violation: Option<&Violation>) -> Vec<Line> {
    let beats = beat::all(words, scene);
    let placed: Vec<Option<Placed>> = choices.iter().map(|choice| faults::place(words, scene, choice)).collect();
    let focus = Focus::new(words, scene, &beats, &placed, violation);
    let end = violation.map(|violation| verdict(words, scene, violation));
    let mut candidates = fault_lines(words, choices, &placed);
    if let Some((at, time)) = scene.healed
        && violation.is_some_and(|violation| violation.due.is_some_and(|due| due > time))
    {
        let text = "from here on nothing goes wrong any more".to_owned();
        let line = Line { time, who: "simulation".to_owned(), text, ..Line::default() };
        candidates.push(Candidate { at: (at, 0), line, score: ALWAYS - 2 });
    }
    // The line of a fault says what was answered under it.
    let said = |beat: &Beat| {
        let same = |fault: &Placed| fault.moment == beat.moment && fault.place.step == beat.place.step;
        beat.kind == ANSWER && placed.iter().flatten().any(same)
    };
    candidates.extend(told_beats(&focus, beats.into_iter().filter(|beat| !said(beat)).collect()));
    let room = LINES_MAX - usize::from(end.is_some());
    let mut lines = chosen(candidates, room);
    if lines.is_empty() {
        lines.push(beginning(words));
    }
    lines.extend(end);
    lines
}

/// Keeps what scores best, in the order in which it happened.
fn chosen(mut candidates: Vec<Candidate>, room: usize) -> Vec<Line> {
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.score), candidate.at));
    candidates.truncate(room);
    candidates.sort_by_key(|candidate| candidate.at);
    candidates.into_iter().map(|candidate| candidate.line).collect()
}

/// A run in which nothing happened begins all the same.
fn beginning(words: &Words<'_>) -> Line {
    let text = match words.ledger.workload.orders.is_empty() {
        true => "nothing is ordered".to_owned(),
        false => format!("orders {} as {}", words.items_of(0), words.order(0)),
    };
    Line { who: "customer".to_owned(), text, ..Line::default() }
}

/// One line per fault; those for which there is no room are counted in the last one.
fn fault_lines(words: &Words<'_>, choices: &[Choice], placed: &[Option<Placed>]) -> Vec<Candidate> {
    let mut lines = Vec::new();
    let most = LINES_MAX - 3;
    for (i, (choice, placed)) in choices.iter().zip(placed).enumerate().take(most) {
        let n = i as u32 + 1;
        let Some(placed) = placed else {
            // Nothing shows of it, so nothing more than its name is known.
            let text = words::fault(words.scenario, &Names::new(words.model()), choice);
            let line = Line { who: "simulation".to_owned(), text, mark: Mark::Fault(n), ..Line::default() };
            lines.push(Candidate { at: (0, 0), line, score: ALWAYS });
            continue;
        };
        let Told { who, text, .. } = placed.told.clone();
        let line = Line { time: placed.time, who, text, changed: Vec::new(), mark: Mark::Fault(n) };
        lines.push(Candidate { at: (placed.at, 1), line, score: ALWAYS });
    }
    if choices.len() > most
        && let Some(last) = lines.last_mut()
    {
        last.line.text.push_str(&format!(", and {} more faults", choices.len() - most));
    }
    lines
}

fn told_beats(focus: &Focus<'_>, beats: Vec<Beat>) -> Vec<Candidate> {
    let mut scored: Vec<(i32, Beat)> = beats.into_iter().map(|beat| (focus.score(&beat), beat)).collect();
    scored.retain(|(score, _)| *score >= ENOUGH);
    // Of many of a kind the first ones and the last one are enough.
    let kind = |beat: &Beat| (beat.kind, beat.place.order, beat.place.step, beat.who.clone());
    let kinds: Vec<_> = scored.iter().map(|(_, beat)| kind(beat)).collect();
    for (i, (score, _)) in scored.iter_mut().enumerate() {
        let earlier = kinds[..i].iter().filter(|k| **k == kinds[i]).count();
        let is_last = !kinds[i + 1..].contains(&kinds[i]);
        if earlier >= 2 && !is_last {
            *score -= 60;
        }
    }
    let candidate = |(score, beat): (i32, Beat)| {
        let Beat { at, time, who, text, changed, .. } = beat;
        Candidate { at: (at, 0), line: Line { time, who, text, changed, mark: Mark::None }, score }
    };
    scored.into_iter().filter(|(score, _)| *score >= ENOUGH).map(candidate).collect()
}

/// What the story is about.
struct Focus<'a> {
    words: &'a Words<'a>,
    place: Place,
    /// The moment at which it broke, of something that must never be.
    broke: Option<usize>,
    /// The moments that led there.
    causes: Vec<bool>,
    /// What the faults are about.
    faults: Vec<Place>,
    /// The moments of the faults and those that they led to directly.
    touched: Vec<bool>,
    /// The moments at which a part that a fault took down was up again.
    restarts: Vec<usize>,
    /// Whether something broke at all.
    broken: bool,
}

impl<'a> Focus<'a> {
    fn new(
        words: &'a Words<'a>,
        scene: &Scene,
        beats: &[Beat],
        placed: &[Option<Placed>],
        violation: Option<&Violation>,
    ) -> Self {
        let place = violation.map_or_else(|| Place { order: Some(0), ..Place::default() }, about);
        let mut causes = vec![false; scene.moments.len()];
        let mut touched = causes.clone();
        let broke = violation.filter(|v| v.due.is_none()).and_then(|v| scene.find(v.event));
        let mut focus = Self {
            words,
            place,
            broke,
            causes: Vec::new(),
            faults: Vec::new(),
            touched: Vec::new(),
            restarts: Vec::new(),
            broken: violation.is_some(),
        };
        // What never came has no moment: what led to the last that is known of it is told instead.
        let anchor = broke.or_else(|| {
            let nearest = beats.iter().map(|beat| focus.nearness(&beat.place)).max().unwrap_or(0);
            beats.iter().rev().find(|beat| focus.nearness(&beat.place) == nearest).map(|beat| beat.moment)
        });
        if let Some(anchor) = anchor.filter(|_| violation.is_some()) {
            scene.mark_causes(anchor, &mut causes);
        }
        for fault in placed.iter().flatten() {
            scene.mark_causes(fault.moment, &mut causes);
            focus.faults.push(fault.place);
            touched[fault.moment] = true;
            if let Some(up) = fault.down.and_then(|part| scene.restart_after(fault.moment, part)) {
                focus.restarts.push(up);
            }
        }
        for (i, moment) in scene.moments.iter().enumerate() {
            let cause = scene.find(moment.event.cause);
            touched[i] |= cause.is_some_and(|cause| cause < i && touched[cause]);
        }
        focus.causes = causes;
        focus.touched = touched;
        focus
    }

    /// How near a thing is to what broke, from 0 to 3.
    fn nearness(&self, place: &Place) -> i32 {
        near(self.words, &self.place, place)
    }

    fn score(&self, beat: &Beat) -> i32 {
        let near = self.nearness(&beat.place);
        let near_fault = self.faults.iter().map(|fault| self::near(self.words, fault, &beat.place)).max().unwrap_or(0);
        let mut score = beat.worth;
        score += [-50, 0, 30, 60][near as usize];
        score += [0, 0, 10, 30][near_fault as usize];
        score += 25 * i32::from(self.causes[beat.moment]);
        score += 15 * i32::from(self.touched[beat.moment] && near > 0);
        score += 50 * i32::from(self.broke == Some(beat.moment) && near > 1);
        score += 60 * i32::from(self.restarts.contains(&beat.moment));
        let is_given = [COMMAND_GIVEN, COMMAND_DECIDED, ARRIVAL, PUBLISHED].contains(&beat.kind);
        if is_given && near > 0 {
            score += 60;
        }
        if !self.broken {
            score += 40;
        }
        score
    }
}

/// The kinds of beats that set a run going.
const COMMAND_DECIDED: u8 = 17;
const PUBLISHED: u8 = 26;
/// The kind of beats that tell the answer of a system.
const ANSWER: u8 = 67;
const COMMAND_GIVEN: u8 = 69;
const ARRIVAL: u8 = 99;

/// What a violation is about.
pub fn about(violation: &Violation) -> Place {
    let place = subject::unpack(violation.subject);
    let event = INVARIANTS_OF_EVENTS
        .contains(&crate::invariants::INVARIANTS.get(usize::from(violation.invariant)).map_or("", |entry| entry.id))
        .then_some((place.emitter, place.extra.1));
    Place { order: Some(place.order), item: place.item, step: place.step, event }
}

/// The invariants whose subject names an event: its emitter, and its number in the second extra field.
pub(super) const INVARIANTS_OF_EVENTS: [&str; 1] = ["event-delivered"];

/// How near two things are: the same step or one that undoes it (3), the same item (2), the same order (1).
fn near(words: &Words<'_>, one: &Place, other: &Place) -> i32 {
    if one.order != other.order || one.order.is_none() {
        return 0;
    }
    let undone = |step: StepIx| words.model().steps.get(step.ix()).and_then(|step| step.undoes).unwrap_or(step);
    let same_step = one.step.zip(other.step).is_some_and(|(a, b)| undone(a) == undone(b));
    let same_event = one.event.is_some() && one.event == other.event && one.item == other.item;
    let same_item = one.item.is_some() && one.item == other.item;
    match (same_step || same_event, same_item) {
        (true, _) => 3,
        (false, true) if one.step.is_none() && one.event.is_none() => 3,
        (false, true) => 2,
        (false, false) if one.item.is_none() && one.step.is_none() => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tell;
    use crate::campaign::testing::{choices, patched};
    use crate::definition::Defect;
    use crate::replay::Recording;
    use crate::trace::Trace;
    use crate::workload::{OrderPlan, Workload};

    /// The story of the router's bill about which nobody asks a second time, with these faults; and whether what broke was
    /// due before the run healed.
    fn story(faults: &[&str], heal_after: Option<u32>) -> (Vec<String>, bool) {
        let text = include_str!("../../catalog/defects/one-question-and-no-more.yaml");
        let defect = Defect::load("one-question-and-no-more", text).expect("a bundled defect");
        let sets: Vec<_> = defect.set.iter().map(|set| set.value.clone()).collect();
        let simulation = patched(&defect.scenario.value, &sets);
        let order = OrderPlan { items: 0b10, ..OrderPlan::default() };
        let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
        let choices = choices(&simulation, faults);
        let faults: Vec<_> = choices.iter().filter(|choice| !choice.span).copied().collect();
        let recording = Recording { workload, choices, heal_after, dead_stay: false };
        let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
        let outcome = simulation.replay(&mut worker, &recording, &mut trace);
        let violation = outcome.violation.expect("something breaks");
        let due = violation.due.expect("something was owed");
        let lines = tell(&simulation.scenario, &trace, &worker.world.ledger, &faults, &violation);
        (lines.into_iter().map(|line| line.text).collect(), due <= outcome.healed)
    }

    /// A run that is judged from calm on heals when nothing is left to happen: that is not why anything was due.
    #[test]
    fn healing_is_told_where_what_broke_was_due_after_it() {
        let crash = [
            "handle.request order-1/router/bill-router attempt 1 = crash-before-commit",
            "handle.request order-1/router/bill-router attempt 1 takes 93124999us",
        ];
        let told = |lines: &[String]| lines.iter().any(|line| line.contains("nothing goes wrong any more"));
        let (lines, due_before) = story(&crash, None);
        assert!(due_before && !told(&lines), "{lines:#?}");
        let dead = ["handle.request order-1/router/bill-router attempt 1 = dead"];
        let (lines, due_before) = story(&dead, Some(103));
        assert!(!due_before && told(&lines), "{lines:#?}");
    }
}
