//! Which of two faults at one point is the simpler one: what happens every day before what happens once a year.

use sim_core::{Choice, Domain, Point};

use crate::campaign::Simulation;

/// The values of all sites that inject a fault, the gentlest first. Those that are not listed come after them, in the
/// order of their site.
const GENTLE: [&str; 24] = [
    "slow",
    "delay",
    "reorder",
    "late",
    "early",
    "twice",
    "duplicate",
    "callback-late",
    "callback-twice",
    "pause",
    "deadlock",
    "rate-limit",
    "not-sent",
    "http-503-before-effect",
    "http-502-before-effect",
    "http-504-before-effect",
    "http-500-before-effect",
    "timeout-before-effect",
    "lost",
    "timeout-after-effect",
    "crash-before-commit",
    "crash-after-commit",
    "lost-commit-response",
    "late-duplicate",
];

/// How bad a fault is; 0 for none.
pub fn severity(simulation: &Simulation, choice: &Choice) -> u64 {
    if choice.span || choice.value == 0 {
        return 0;
    }
    let site = simulation.scenario.sites().get(choice.site);
    let name = site.values.get(choice.value as usize).map_or("", |value| value.name);
    let listed = GENTLE.iter().position(|known| *known == name);
    1 + listed.map_or(GENTLE.len() as u64 + choice.value, |place| place as u64)
}

/// The values of a site that the profile injects, as a mask.
pub fn in_profile(simulation: &Simulation, site: sim_core::SiteId) -> u32 {
    let values = simulation.scenario.sites().get(site).values.iter().enumerate();
    let on = |kind: sim_core::KindId| simulation.profile.weights[usize::from(kind.0)].weight > 0;
    values.filter(|(_, value)| value.kind.is_some_and(on)).fold(0, |mask, (i, _)| mask | 1 << i)
}

/// All faults that the profile can inject at a point, the gentlest first.
pub fn alternatives(simulation: &Simulation, point: &Point) -> Vec<Choice> {
    let mask = point.allowed & in_profile(simulation, point.site);
    let value = |value| Choice { site: point.site, subject: point.subject, value, span: false, event: point.event };
    let mut choices: Vec<Choice> = (1..32).filter(|v| mask & 1 << v != 0).map(value).collect();
    choices.sort_by_key(|choice| severity(simulation, choice));
    choices
}

/// The longest that a fault can last, as a choice of its own; `None` where it is over at once or has no end.
pub fn longest(simulation: &Simulation, fault: &Choice) -> Option<Choice> {
    let scenario = &simulation.scenario;
    let (subject, extent) = scenario.extents().length(scenario.sites(), fault)?;
    Some(Choice { subject, span: true, value: extent.at(u64::MAX).0, ..*fault })
}

/// Whether a span says how long this fault lasts.
pub fn is_extent(simulation: &Simulation, fault: &Choice, span: &Choice) -> bool {
    let of = longest(simulation, fault);
    of.is_some_and(|of| span.span && (span.site, span.subject) == (of.site, of.subject))
}
