//! Choices as text by business identity: `send.reply order-1/router/ship-router attempt 1 = lost`, and of a span of
//! time `send.request order-1/router/ship-router attempt 1 takes 1250ms`.

use sim_core::{Choice, Domain, Duration};

use crate::model::Names;
use crate::scenario::Scenario;

/// The longest span of time that a file may ask for: no saga lasts longer, and sums of such spans fit into a time.
pub(super) const SPAN_MAX: Duration = Duration::days(36_500);

/// A choice as it stands in repro files.
#[must_use]
pub fn choice_text(scenario: &Scenario, names: &Names, choice: &Choice) -> String {
    let site = scenario.sites().get(choice.site);
    let subject = names.text(choice.subject);
    if choice.span {
        return format!("{} {subject} takes {}us", site.name, choice.value);
    }
    let value = site.values.get(choice.value as usize).map_or("?", |value| value.name);
    format!("{} {subject} = {value}", site.name)
}

/// The choice that a text means; `None` where this scenario has nothing of that name.
#[must_use]
pub fn parse_choice(scenario: &Scenario, names: &Names, text: &str) -> Option<Choice> {
    let (site, rest) = text.split_once(' ')?;
    let site = scenario.sites().find(site)?;
    let choice = |subject: &str, value: u64, span: bool| {
        Some(Choice { site, subject: names.parse(subject)?, value, span, event: 0 })
    };
    if let Some((subject, value)) = rest.rsplit_once(" = ") {
        let values = &scenario.sites().get(site).values;
        let value = values.iter().position(|known| known.name == value)?;
        return choice(subject, value as u64, false);
    }
    let (subject, span) = rest.rsplit_once(" takes ")?;
    let micros = span.strip_suffix("us")?.parse().ok().filter(|micros| *micros <= SPAN_MAX.0)?;
    choice(subject, micros, true)
}
