//! A failing run, told: the scenarios' story in the report's terms.

use reports::{Mark, StoryLine, TraceLine};
use scenarios::campaign::Simulation;
use scenarios::replay::Recording;
use scenarios::story;
use scenarios::trace::Trace;
use sim_core::{Choice, Outcome};

/// A recording, run again and told.
pub struct Told {
    /// The story: of the failure, or of the first order where nothing broke.
    pub lines: Vec<StoryLine>,
    /// What came of the run.
    pub outcome: Outcome,
    /// Recorded choices that the run never came to.
    pub unused: u64,
    /// The faults of the recording, a sentence each.
    pub faults: Vec<String>,
    /// Every event.
    pub trace: Vec<TraceLine>,
}

/// Runs a recording and tells it.
#[must_use]
pub fn tell(simulation: &Simulation, recording: &Recording) -> Told {
    let mut worker = simulation.replayer();
    let mut trace = Trace::default();
    let outcome = simulation.replay(&mut worker, recording, &mut trace);
    let faults: Vec<Choice> = recording.faults().copied().collect();
    let (scenario, ledger) = (&simulation.scenario, &worker.world.ledger);
    let lines = match &outcome.violation {
        Some(violation) => story::tell(scenario, &trace, ledger, &faults, violation),
        None => story::tell_passing(scenario, &trace, ledger, &faults),
    };
    let missed: Vec<bool> = faults.iter().map(|fault| worker.choices.unused().any(|unused| unused == fault)).collect();
    let mut lines: Vec<StoryLine> = lines.into_iter().map(line).collect();
    for line in &mut lines {
        if let Mark::Fault(n) = line.mark
            && missed.get(n as usize - 1) == Some(&true)
        {
            line.text = not_reached(&line.text);
        }
    }
    let texts = story::fault_texts(scenario, &trace, ledger, &faults);
    let said = texts.into_iter().zip(missed).map(|(text, missed)| if missed { not_reached(&text) } else { text });
    Told {
        lines,
        faults: said.collect(),
        trace: story::full(scenario, &trace, ledger, &faults).into_iter().map(row).collect(),
        unused: worker.choices.unused().count() as u64,
        outcome,
    }
}

/// A fault that is on record and did not happen, for the run never came to its place.
fn not_reached(text: &str) -> String {
    format!("not reached in this run: {text}")
}

fn line(line: story::Line) -> StoryLine {
    let mark = match line.mark {
        story::Mark::None => Mark::None,
        story::Mark::Fault(n) => Mark::Fault(n),
        story::Mark::Violation => Mark::Violation,
    };
    StoryLine { at_ms: line.time.0 / 1_000, who: line.who, text: line.text, changed: line.changed, mark }
}

fn row(row: story::TraceRow) -> TraceLine {
    TraceLine {
        event: row.event.into(),
        cause: row.cause.into(),
        at_ms: row.time.0 / 1_000,
        node: row.node,
        what: row.what,
        changed: row.changed,
        things: row.things,
        fault: row.fault,
    }
}
