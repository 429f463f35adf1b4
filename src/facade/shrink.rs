//! `sagasim shrink`: one failure, reduced to what it needs.

use fault_models::Driver;
use reports::{Extent, ShrinkReport};
use scenarios::replay::{Recording, Signature};

use super::failure::{self, Target};
use super::inputs;
use super::remedy::Remedies;
use super::replay;
use crate::options::{Error, Session, ShrinkOptions};

/// Reduces a token or a repro file, tells what is left, and writes its repro file.
///
/// # Errors
///
/// [`Error::Input`] where the token or file is not one of ours, [`Error::Usage`] for an unknown scenario or
/// profile, or where the repro file would stand in place of what is read.
pub fn shrink(options: &ShrinkOptions, _session: &Session<'_>) -> Result<ShrinkReport, Error> {
    let case = replay::case(&options.replay)?;
    if let Some(out) = &options.out {
        // The failure itself may be: what takes its place is the same, reduced, and whole or not there.
        let mut inputs = inputs::names(&case.loaded.definition.sources);
        inputs.extend(options.replay.subject.order.clone());
        inputs::refuse_to_overwrite(&inputs, out)?;
    }
    let simulation = &case.loaded.simulation;
    let outcome = simulation.replay(&mut simulation.replayer(), &case.recording, &mut ());
    let mut report = ShrinkReport {
        failure: None,
        before: extent(&case.recording, outcome.events),
        after: extent(&case.recording, outcome.events),
        removed: Vec::new(),
        runs: 1,
        complete: true,
        file: None,
        scenario: case.loaded.name.clone(),
        definitions: reports::fill::definitions(&case.loaded.definition),
        notices: case.notices.clone(),
        repeat: options.repeat_line(),
    };
    let Some(violation) = outcome.violation else { return Ok(report) };
    if !case.is_as_expected(&violation) {
        report.notices.push("what breaks now is not what was recorded".to_owned());
    }
    let target = match &options.out {
        Some(path) => Target::File(path),
        None => Target::Folder(&options.failures),
    };
    let remedies = Remedies::of(&case.loaded, &case.source.profile, Driver::Swarm);
    let failing = (&case.recording, Signature::of(&violation));
    let reduced = failure::reduce(&case.loaded, (&case.source, &remedies), failing, target);
    let Some(reduced) = reduced else { return Ok(report) };
    report.after = extent(&reduced.shrunk.recording, reduced.shrunk.outcome.events);
    report.removed = removed(&report.before, &report.after);
    report.runs = reduced.shrunk.runs.into();
    report.complete = reduced.shrunk.complete;
    report.failure = Some(reduced.failure);
    report.file = Some(reduced.file);
    Ok(report)
}

fn extent(recording: &Recording, events: u32) -> Extent {
    let workload = &recording.workload;
    Extent {
        faults: recording.faults().count() as u64,
        orders: workload.orders_present() as u64,
        items: workload.orders.iter().map(|order| u64::from(order.items.count_ones())).sum(),
        commands: workload.commands.len() as u64,
        delays: recording.choices.iter().filter(|choice| choice.span).count() as u64,
        events: events.into(),
    }
}

/// `2 of 3 faults`, for all there is less of.
fn removed(before: &Extent, after: &Extent) -> Vec<String> {
    let counts = before.counts().into_iter().zip(after.counts());
    let fewer = counts.filter(|((_, before), (_, after))| after < before);
    fewer.map(|((name, before), (_, after))| reports::text::removed(before - after, before, name)).collect()
}
