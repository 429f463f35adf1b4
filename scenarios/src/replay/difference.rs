//! Where a run and its recording part: what to look at when a failing run cannot be replayed. That is a bug of ours, a
//! decision that the recording does not hold or that two things share.

use std::fmt::Write as _;

use crate::campaign::Simulation;
use crate::replay::Recording;
use crate::story::{self, TraceRow};
use crate::trace::Trace;

impl Simulation {
    /// The first event at which run `index` and the replay of its recording differ, in words, with both versions of it.
    /// `None`: they do not differ in anything that a trace shows.
    #[must_use]
    pub fn first_difference(&self, (seed, index): (u64, u64), recording: &Recording) -> Option<String> {
        let mut trace = Trace::default();
        let mut worker = self.worker();
        self.run_one(&mut worker, &mut trace, (seed, index));
        let drawn = story::full(&self.scenario, &trace, &worker.world.ledger, &[]);
        trace.clear();
        let mut worker = self.replayer();
        self.replay(&mut worker, recording, &mut trace);
        let replayed = story::full(&self.scenario, &trace, &worker.world.ledger, &[]);
        let at = (0..drawn.len().max(replayed.len())).find(|&i| drawn.get(i) != replayed.get(i))?;
        let number = at + 1;
        Some(format!("line {number} of its trace is «{}», replayed «{}»", told(drawn.get(at)), told(replayed.get(at))))
    }
}

fn told(row: Option<&TraceRow>) -> String {
    let Some(TraceRow { event, time, node, what, changed, fault, .. }) = row else { return "nothing".to_owned() };
    let mut text = format!("event {event} at {}us: {node} {what}", time.0);
    for change in changed {
        let _ = write!(text, "; {change}");
    }
    if let Some(fault) = fault {
        let _ = write!(text, "; {fault}");
    }
    text
}
