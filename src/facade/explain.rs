//! What was found out about a reduced failure, in the report's terms.

use reports::{Explained, InevitableRow, LivenessRow, NeededFault, WithoutRow};
use scenarios::invariants::subject;
use scenarios::model::Names;
use scenarios::replay::{Explanation, Recording, Removal, Result, choice_text};
use scenarios::story;
use scenarios::trace::Trace;
use scenarios::workload::QuoteDefect;
use sim_core::{Choice, Domain, Violation};

use super::subject::Loaded;

/// Puts an explanation into words, with why something never came and from where on it could not come any more.
#[must_use]
pub fn explained(loaded: &Loaded, recording: &Recording, violation: &Violation, found: &Explanation) -> Explained {
    let scenario = &loaded.simulation.scenario;
    let names = Names::new(&scenario.model);
    let without = found.without.iter().map(|row| WithoutRow {
        change: removal(loaded, recording, row.removal),
        passes: row.result == Result::Passes,
        breaks: match &row.result {
            Result::Other(violation) => Some(subject::signature(scenario, violation)),
            Result::Passes | Result::Fails => None,
        },
    });
    let value = |choice: &Choice| {
        let site = scenario.sites().get(choice.site);
        site.values.get(choice.value as usize).map_or("", |value| value.name).to_owned()
    };
    let alternatives = found.alternatives.iter().map(|(n, choice)| NeededFault {
        n: *n,
        choice: choice_text(scenario, &names, choice),
        text: value(choice),
    });
    let mut trace = Trace::default();
    let mut worker = loaded.simulation.replayer();
    loaded.simulation.replay(&mut worker, recording, &mut trace);
    let faults: Vec<Choice> = recording.faults().copied().collect();
    let ledger = &worker.world.ledger;
    let inevitable = loaded.simulation.inevitable(recording, violation).map(|from| InevitableRow {
        event: from.event.into(),
        at_ms: from.time.0 / 1_000,
        text: match story::told_at(scenario, &trace, ledger, &faults, from.event) {
            Some(line) => format!("{} {}", line.who, line.text),
            None => "the start of the run".to_owned(),
        },
        samples: from.samples.into(),
    });
    let liveness = story::liveness(scenario, &trace, &worker.world, violation).map(|found| LivenessRow {
        class: found.class.word().to_owned(),
        reason: found.reason,
        cycle: found.cycle,
        turns: found.turns as u64,
    });
    Explained { without: without.collect(), alternatives: alternatives.collect(), liveness, inevitable }
}

fn removal(loaded: &Loaded, recording: &Recording, removal: Removal) -> String {
    let model = &loaded.simulation.scenario.model;
    match removal {
        Removal::Fault(n) => format!("fault {n}"),
        Removal::Command(i) => {
            let plan = &recording.workload.commands[i];
            let (command, item) = (&model.commands[plan.command.ix()].id, &model.items[plan.item.ix()].id);
            format!("the command {command} of {item} in {}", subject::order_name(plan.order))
        }
        Removal::Order(order) => subject::order_name(order),
        Removal::Item(order, item) => subject::item_name(model, order, item),
        Removal::Flaw(order) => {
            let quote = recording.workload.orders[usize::from(order)].quote;
            quote_event(quote, &format!("the quote of {}", subject::order_name(order)))
        }
    }
}

/// What the workload has in store for a quote, as what a run can do without.
fn quote_event(quote: QuoteDefect, of: &str) -> String {
    match quote {
        QuoteDefect::None => format!("nothing about {of}"),
        QuoteDefect::Expired => format!("the expiry of {of}"),
        QuoteDefect::MissingEvidence => format!("the gap in the evidence of {of}"),
        QuoteDefect::RevisedBeforeApproval => format!("the revision of {of}"),
        QuoteDefect::RevisedAfterAcceptance => format!("the attempt to revise {of} after it was accepted"),
        QuoteDefect::PriceChanged => format!("the price list that is published while {of} waits for approval"),
        QuoteDefect::PriceChangedInDraft => format!("the price list that is published while {of} is a draft"),
        QuoteDefect::PriceChangedAfterAcceptance => format!("the price list that is published after {of} was accepted"),
        QuoteDefect::ConvertedTwice => format!("the second conversion of {of}"),
    }
}
