//! Where two runs part that should be the same, in words.

use sim_core::determinism::{Difference, DivergenceOf, Version};
use sim_core::{HANDLE_FATES, SEND_FATES};

use super::words::Words;
use crate::change::Change;
use crate::ledger::Ledger;
use crate::message::Message;
use crate::model::Names;
use crate::scenario::Scenario;

/// The first event that differs between two runs of the same inputs, and both versions of it; of a state that differs, the
/// event that wrote it. `ledger` is the one of the world after a run.
#[must_use]
pub fn divergence(scenario: &Scenario, ledger: &Ledger, found: &DivergenceOf<Scenario>) -> String {
    let words = Words::new(scenario, ledger);
    let names = Names::new(&scenario.model);
    let text = |version: &Option<Version<Message, Change>>| {
        version.as_ref().map_or_else(|| "no event".to_owned(), |version| told(&words, &names, version))
    };
    let (first, second) = (text(&found.first), text(&found.second));
    match &found.difference {
        Difference::Event if first == second => {
            // What differs has no words: it is shown as it is.
            format!("event {} differs; first: {first}, {:?}; second: {:?}", found.event, found.first, found.second)
        }
        Difference::Event => format!("event {} differs; first: {first}; second: {second}", found.event),
        Difference::State { nodes, ledger, .. } => {
            let mut what: Vec<String> = nodes.iter().map(|node| node_name(&words, *node)).collect();
            what.extend(ledger.then(|| "the ledger".to_owned()));
            if what.is_empty() && found.difference.is_exact(found.event) {
                what.push("what is on its way or what invariants hold".to_owned());
            }
            let place = found.difference.place(found.event);
            let inside = if what.is_empty() { String::new() } else { format!(", in {}", what.join(" and ")) };
            format!("{place}{inside}; the event: {first}")
        }
        Difference::Outcome => "all events are equal, but the runs end differently".to_owned(),
    }
}

/// The first part of a node stands for it.
fn node_name(words: &Words<'_>, node: usize) -> String {
    let parts = sim_core::Domain::parts(words.scenario);
    let part = parts.iter().position(|part| usize::from(part.node) == node);
    part.map_or_else(
        || format!("node {node}"),
        |part| {
            let name = words.node(sim_core::PartId(part as u8));
            name.split('/').next().unwrap_or_default().to_owned()
        },
    )
}

fn told(words: &Words<'_>, names: &Names, version: &Version<Message, Change>) -> String {
    let event = &version.event;
    let what = if event.restart {
        "is up again".to_owned()
    } else {
        format!("gets {} ({})", words.message(&event.message), names.text(version.key))
    };
    let mut text = format!("at {} {} {what}", event.time, words.node(event.to));
    if version.fate != 0 {
        text.push_str(&format!(" and meets {}", HANDLE_FATES[usize::from(version.fate)]));
    }
    let mut list = |title: &str, phrases: Vec<String>| {
        if !phrases.is_empty() {
            text.push_str(&format!(", {title}: {}", phrases.join(", ")));
        }
    };
    list("changes", version.changes.iter().map(|change| words.change(change)).collect());
    let sent = version.sent.iter().map(|sent| {
        let fate = if sent.fate == 0 { String::new() } else { format!(" ({})", SEND_FATES[usize::from(sent.fate)]) };
        format!("{} to {}{fate}", words.message(&sent.message), words.node(sent.to))
    });
    list("sends", sent.collect());
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use sim_core::determinism::Twice;
    use sim_core::{Choices, Settings, World};

    use super::*;
    use crate::campaign::testing::simulation;

    /// A run, and the same with other settings, as nodes that are not deterministic would make them.
    fn parted(change: impl Fn(&mut Settings)) -> String {
        let simulation = simulation("order-fulfilment", &[]);
        let mut worker = simulation.worker();
        let calls = AtomicU64::new(0);
        let prepare = |world: &mut World<Scenario>, choices: &mut Choices| {
            let limits = simulation.prepare_in(world, choices, 7, 200);
            if calls.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
                change(choices.settings_mut());
            }
            limits
        };
        let found = Twice::default().run(&simulation.scenario, &mut worker.world, &mut worker.choices, &prepare);
        let found = found.expect_err("the runs differ");
        divergence(&simulation.scenario, &worker.world.ledger, &found)
    }

    #[test]
    fn an_event_that_differs_is_told_in_both_versions() {
        let text = parted(|settings| settings.cap = 0);
        for part in ["event ", " differs; first: at +", "; second: at +", " gets ", "order-"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_state_that_differs_is_told_with_the_event_that_wrote_it() {
        let text = parted(|settings| settings.latencies = false);
        for part in ["writes a state that it does not report", "; the event: at +", " gets "] {
            assert!(text.contains(part), "{text}");
        }
    }
}
