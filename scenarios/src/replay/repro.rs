//! Repro files: a failure by business identity, with the definition it was found in. A file survives changes of the
//! definition and of sagasim; the seed alone does not.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sim_core::{Choice, Duration};

use super::choice::SPAN_MAX;
use super::{OrderedItem, Recording, choice_text, parse_choice};
use crate::definition::Keyword;
use crate::definition::StepState;
use crate::model::{CommandIx, ItemIx, Model, Names};
use crate::scenario::Scenario;
use crate::workload::{CommandPlan, OrderPlan, Place, QuoteDefect, Workload};

/// The version of the format that is written.
pub const SCHEMA: u32 = 1;
/// The largest file that is read.
const BYTES_MAX: usize = 64 << 20;
/// The most orders, commands and choices of a file.
const ROWS_MAX: usize = 100_000;

/// A repro file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repro {
    /// The version of the format.
    pub schema: u32,
    /// The version of sagasim that wrote it.
    pub sagasim: String,
    /// The scenario.
    pub scenario: String,
    /// The digest of the definition with its contracts, as patched.
    pub digest: String,
    /// The fault profile under which it was found.
    pub profile: String,
    /// The campaign's seed and the run in which it was found.
    pub found: Found,
    /// The failure.
    pub expected: Expected,
    /// The patches of the call that found it.
    pub set: Vec<String>,
    /// The files of that call; empty for bundled scenarios.
    pub files: Vec<String>,
    /// The order that was given to that call; none: orders were generated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ordered: Vec<OrderedItem>,
    /// The orders.
    pub orders: Vec<OrderText>,
    /// The commands.
    pub commands: Vec<CommandText>,
    /// The decisions that were not the simplest, faults first.
    pub choices: Vec<String>,
    /// After how many events faults stopped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heal_after: Option<u32>,
    /// Whether a system that died stays dead.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub dead_stay: bool,
    /// The definition with its contracts, as patched: what `--as-recorded` runs.
    pub definition: EmbeddedText,
}

/// Where a failure was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The campaign's seed.
    pub seed: u64,
    /// The run; none where an exhaustive search found it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<u64>,
}

/// A failure by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The invariant.
    pub invariant: String,
    /// The saga step, if it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<String>,
}

/// The embedded texts of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedText {
    /// The texts that were given, by name; the others are named by them.
    pub given: Vec<String>,
    /// Name and canonical text of each.
    pub texts: Vec<(String, String)>,
}

/// An order by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderText {
    /// When its quote is accepted, in microseconds of virtual time.
    pub arrival_us: u64,
    /// Its items; none: the order is left out.
    pub items: Vec<String>,
    /// The values of its traits.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub traits: u32,
    /// What is wrong with its quote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quote: Option<String>,
}

/// A command by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandText {
    /// The command.
    pub command: String,
    /// The order, from 1.
    pub order: u16,
    /// The item.
    pub item: String,
    /// The step at whose state it is given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<String>,
    /// That state.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// So long after the order arrived, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_us: Option<u64>,
    /// Whether it is given twice.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub twice: bool,
}

/// Why a text is no repro file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReproError {
    /// It is too large.
    #[error("larger than {} MiB", BYTES_MAX >> 20)]
    TooLarge,
    /// It is no JSON, or not of this form.
    #[error("line {line}, column {column}: {message}")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// It does not say which format it has, as each of our files does.
    #[error("no repro file of sagasim: the field schema is missing")]
    Foreign,
    /// Its format is newer, or none of ours.
    #[error("schema {0}: this sagasim reads repro files of schema {SCHEMA}")]
    Schema(u64),
    /// It names something that there is not.
    #[error("{field}: there is no {what} {name}{place}{help}")]
    Name {
        /// Where in the file.
        field: String,
        /// What it should name.
        what: &'static str,
        /// The name, shortened.
        name: String,
        /// Where it should be.
        place: &'static str,
        /// What it may have been meant to be.
        help: String,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What may be wrong with a quote, by the word that repro files use.
pub(super) const FLAWS: [(&str, QuoteDefect); 8] = [
    ("expired", QuoteDefect::Expired),
    ("missing-evidence", QuoteDefect::MissingEvidence),
    ("revised-before-approval", QuoteDefect::RevisedBeforeApproval),
    ("price-changed", QuoteDefect::PriceChanged),
    ("converted-twice", QuoteDefect::ConvertedTwice),
    ("price-changed-in-draft", QuoteDefect::PriceChangedInDraft),
    ("price-changed-after-acceptance", QuoteDefect::PriceChangedAfterAcceptance),
    ("revised-after-acceptance", QuoteDefect::RevisedAfterAcceptance),
];

impl Repro {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ReproError`] with line and column where it is no repro file of ours, with the field where that names what is not there.
    pub fn read(text: &str) -> Result<Self, ReproError> {
        let repro: Self = from_json(text)?;
        check_rows(repro.orders.len(), repro.commands.len(), repro.choices.len().max(repro.ordered.len()))?;
        repro.check_names()?;
        Ok(repro)
    }

    /// The file as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data is always JSON");
        text.push('\n');
        text
    }

    /// Puts a recording into words.
    #[must_use]
    pub fn describe(scenario: &Scenario, recording: &Recording) -> (Vec<OrderText>, Vec<CommandText>, Vec<String>) {
        let model = &scenario.model;
        let names = Names::new(model);
        let orders = recording.workload.orders.iter().map(|order| order_text(model, order)).collect();
        let commands = recording.workload.commands.iter().map(|command| command_text(model, command)).collect();
        let choices = recording.choices.iter().map(|choice| choice_text(scenario, &names, choice)).collect();
        (orders, commands, choices)
    }

    /// The recording that the file means in this scenario, and what of it the scenario does not have: names of items,
    /// steps and choices that are gone. Numbers of choices stay: those that are gone keep an empty place.
    #[must_use]
    pub fn recording(&self, scenario: &Scenario) -> (Recording, Vec<Option<Choice>>, Vec<String>) {
        let (workload, choices, gone) = recording_of(scenario, (&self.orders, &self.commands, &self.choices));
        let recording = Recording {
            workload,
            choices: choices.iter().flatten().copied().collect(),
            heal_after: self.heal_after,
            dead_stay: self.dead_stay,
        };
        (recording, choices, gone)
    }
}

/// The version that a file says it has. Nothing but an object is a file of ours; a derived reader takes lists, too.
struct Version(Option<u64>);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Version(None))
    }
}

impl<'de> Visitor<'de> for Version {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a repro file of sagasim")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "schema" => self.0 = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

/// Reads one of our JSON files: first its version, then its form.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ReproError> {
    if text.len() > BYTES_MAX {
        return Err(ReproError::TooLarge);
    }
    let form = |error: &serde_json::Error| ReproError::Form {
        line: error.line(),
        column: error.column().max(1),
        message: crate::json::words(error),
    };
    let Version(version) = serde_json::from_str(text).map_err(|error| form(&error))?;
    match version {
        None => return Err(ReproError::Foreign),
        Some(schema) if schema != u64::from(SCHEMA) => return Err(ReproError::Schema(schema)),
        Some(_) => {}
    }
    serde_json::from_str(text).map_err(|error| form(&error))
}

/// Refuses more rows than a run can have.
pub(super) fn check_rows(orders: usize, commands: usize, choices: usize) -> Result<(), ReproError> {
    let many = orders.max(commands).max(choices) > ROWS_MAX || orders > crate::workload::ORDERS_MAX;
    if many { Err(ReproError::TooLarge) } else { Ok(()) }
}

type Texts<'a> = (&'a [OrderText], &'a [CommandText], &'a [String]);

/// What these texts mean in a scenario: the workload, the choices, and what of them the scenario does not have.
pub(super) fn recording_of(
    scenario: &Scenario,
    (orders, commands, choices): Texts<'_>,
) -> (Workload, Vec<Option<Choice>>, Vec<String>) {
    let model = &scenario.model;
    let names = Names::new(model);
    let mut gone = Vec::new();
    let plans = orders.iter().map(|order| order_plan(model, order, &mut gone)).collect::<Vec<_>>();
    let placed = commands.iter().filter_map(|c| {
        let plan = command_plan(model, c, plans.len());
        if plan.is_none() {
            gone.push(format!("{} of {}", c.command, c.item));
        }
        plan
    });
    let placed = placed.collect();
    let known: Vec<Option<Choice>> = choices.iter().map(|text| parse_choice(scenario, &names, text)).collect();
    gone.extend(choices.iter().zip(&known).filter(|(_, c)| c.is_none()).map(|(text, _)| text.clone()));
    (Workload { orders: plans, commands: placed, shared_account: true }, known, gone)
}

fn order_text(model: &Model, order: &OrderPlan) -> OrderText {
    let items = model.items.iter().enumerate().filter(|(i, _)| order.items & 1 << i != 0);
    OrderText {
        arrival_us: order.arrival.0,
        items: items.map(|(_, item)| item.id.clone()).collect(),
        traits: order.traits,
        quote: FLAWS.iter().find(|(_, flaw)| *flaw == order.quote).map(|(word, _)| (*word).to_owned()),
    }
}

fn order_plan(model: &Model, order: &OrderText, gone: &mut Vec<String>) -> OrderPlan {
    let mut items = 0;
    for name in &order.items {
        match model.items.iter().position(|item| item.id == *name) {
            Some(i) => items |= 1 << i,
            None => gone.push(format!("item {name}")),
        }
    }
    let word = order.quote.as_deref().unwrap_or("");
    let quote = FLAWS.iter().find(|(known, _)| *known == word).map_or(QuoteDefect::None, |(_, flaw)| *flaw);
    OrderPlan { arrival: Duration(order.arrival_us).min(SPAN_MAX), items, traits: order.traits, quote }
}

fn command_text(model: &Model, plan: &CommandPlan) -> CommandText {
    let (step, state, after_us) = match plan.place {
        Place::Boundary { step, state } => {
            let word = StepState::ALL.get(usize::from(state)).map(|state| state.word().to_owned());
            (Some(model.step(step).id.clone()), word, None)
        }
        Place::After(delay) => (None, None, Some(delay.0)),
    };
    CommandText {
        command: model.commands[plan.command.ix()].id.clone(),
        order: plan.order + 1,
        item: model.items[plan.item.ix()].id.clone(),
        step,
        state,
        after_us,
        twice: plan.twice,
    }
}

fn command_plan(model: &Model, text: &CommandText, orders: usize) -> Option<CommandPlan> {
    let command = model.commands.iter().position(|command| command.id == text.command)?;
    let item = model.items.iter().position(|item| item.id == text.item)?;
    let order = text.order.checked_sub(1).filter(|order| usize::from(*order) < orders)?;
    let place = match (&text.step, &text.state, text.after_us) {
        (Some(step), Some(state), _) => Place::Boundary {
            step: model.find_step(step)?,
            state: StepState::ALL.iter().position(|known| known.word() == state)? as u8,
        },
        (_, _, Some(after)) => Place::After(Duration(after).min(SPAN_MAX)),
        _ => return None,
    };
    Some(CommandPlan { command: CommandIx(command as u8), order, item: ItemIx(item as u8), place, twice: text.twice })
}
