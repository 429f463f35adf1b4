//! `sagasim list`: the catalogues. A new one is an entry in [`KINDS`].

mod files;

use fault_models::{BUNDLED, FAULTS};
use reports::Listing;
use reports::formats::{json, markdown, terminal};
use reports::metrics::{METRICS, Unit};
use sagasim::Error;
use scenarios::catalog;
use scenarios::definition::{Defect, Definition, Keyword, LOAD_RULES, Level, PlatformKey, bundled_machines, hurts};
use scenarios::invariants::INVARIANTS;
use scenarios::lint::RULES;
use scenarios::predicate::Type;
use scenarios::predicate::fields::{ENUMERATIONS, FIELDS};
use sim_core::Strictness;

use super::Context;
use crate::cli::{ListArgs, ListFormat};

/// A catalogue that can be listed.
pub struct Kind {
    /// What `list` takes.
    pub name: &'static str,
    /// One line for the help.
    pub what: &'static str,
    /// Its rows.
    pub rows: fn() -> Listing,
}

/// All catalogues.
pub const KINDS: &[Kind] = &[
    Kind { name: "scenarios", what: "what --scenario can name", rows: scenarios },
    Kind { name: "faults", what: "the kinds of faults that are injected", rows: faults },
    Kind { name: "invariants", what: "what has to hold always or in the end, and what is watched", rows: invariants },
    Kind { name: "rules", what: "the rules that definitions are held against before anything runs", rows: rules },
    Kind { name: "defects", what: "the known bugs that mutants plants", rows: defects },
    Kind {
        name: "machines",
        what: "the states of quotes, orders, items and so on, and what may follow each",
        rows: machines,
    },
    Kind { name: "metrics", what: "the metrics in every JSON report", rows: metrics },
    Kind { name: "profiles", what: "what --faults can name", rows: profiles },
    Kind {
        name: "platform",
        what: "the keys of a platform file, the practice that is right and the others",
        rows: platform,
    },
    Kind { name: "fields", what: "what predicates can read", rows: fields },
    Kind { name: "files", what: "the keys of every file, what each takes and what it says", rows: files::files },
    Kind { name: "steps", what: "the kinds of steps", rows: files::steps },
    Kind { name: "actions", what: "what can come next, at each place that decides", rows: files::actions },
    Kind { name: "words", what: "the closed vocabularies of the files", rows: files::vocabularies },
    Kind { name: "keys", what: "what an idempotency key can be made of", rows: files::keys },
];

/// Prints a catalogue.
///
/// # Errors
///
/// If the catalogue does not exist or cannot be written.
pub fn run(args: &ListArgs, cx: &Context<'_>) -> Result<u8, Error> {
    let kind = KINDS.iter().find(|kind| kind.name == args.kind);
    let kind = kind.ok_or_else(|| Error::Usage(format!("there is no catalogue of {}", args.kind)))?;
    let rows = (kind.rows)();
    cx.print(&match args.format {
        ListFormat::Human => terminal::listing(&rows, &cx.terminal.style),
        ListFormat::Json => json::document(&rows),
        ListFormat::Markdown => markdown::listing(&rows),
    })?;
    Ok(0)
}

fn scenarios() -> Listing {
    let mut listing = Listing::new(&["scenario", "version", "steps"]);
    for name in catalog::FILES.iter().filter_map(|(file, _)| file.strip_suffix(".saga.yaml")) {
        let definition = Definition::bundled(name, &[]).expect("the bundled definitions load");
        let saga = &definition.first().saga;
        let steps: Vec<_> = saga.steps.iter().map(|step| step.id.value.as_str()).collect();
        listing.row([name, &saga.version.value, &steps.join(", ")]);
    }
    listing
}

fn machines() -> Listing {
    let mut listing = Listing::new(&["machine", "state", "may become"]);
    for machine in bundled_machines().0 {
        for state in machine.value.transitions.0 {
            let next: Vec<_> = state.value.iter().map(|next| next.value.as_str()).collect();
            let next = if next.is_empty() { "(final)".to_owned() } else { next.join(", ") };
            listing.row([machine.id.value.as_str(), &state.id.value, &next]);
        }
    }
    listing
}

fn faults() -> Listing {
    let mut listing = Listing::new(&["fault", "family", "what"]);
    for fault in FAULTS {
        let family = format!("{:?}", fault.family).to_lowercase();
        listing.row([fault.slug, &family, fault.title]);
    }
    listing
}

fn invariants() -> Listing {
    let mut listing = Listing::new(&["invariant", "judged", "family", "seed", "what"]);
    for entry in INVARIANTS {
        let class = match entry.strictness {
            Strictness::Always => "always",
            Strictness::Eventually => "eventually",
            Strictness::Monitored => "monitored",
        };
        listing.row([entry.id, class, entry.family.word(), entry.seed, entry.statement]);
    }
    listing
}

fn rules() -> Listing {
    let mut listing = Listing::new(&["rule", "name", "severity", "what"]);
    for rule in LOAD_RULES {
        listing.row([rule.code, rule.slug, "error", rule.about]);
    }
    for rule in RULES {
        let severity = match rule.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        listing.row([rule.code, rule.slug, severity, rule.about]);
    }
    listing
}

fn defects() -> Listing {
    let mut listing = Listing::new(&["defect", "family", "scenario", "needs", "what"]);
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("the bundled defects load");
        let needs: Vec<_> = defect.needs.iter().map(|slug| slug.value.as_str()).collect();
        let needs = if needs.is_empty() { "no fault".to_owned() } else { needs.join(", ") };
        let family = defect.family.value.word();
        listing.row([&defect.id.value, family, &defect.scenario.value, &needs, &defect.models.value]);
    }
    listing
}

fn metrics() -> Listing {
    let mut listing = Listing::new(&["metric", "unit", "what"]);
    for metric in METRICS {
        let unit = match metric.unit {
            Unit::Count => "count",
            Unit::Duration => "duration",
        };
        listing.row([metric.slug, unit, metric.what]);
    }
    listing
}

fn profiles() -> Listing {
    let mut listing = Listing::new(&["profile", "kinds", "what"]);
    for bundled in BUNDLED {
        let kinds = bundled.profile().kinds().count().to_string();
        listing.row([bundled.name, &kinds, bundled.about]);
    }
    listing
}

fn platform() -> Listing {
    let mut listing = Listing::new(&["key", "value", "is", "what", "hurts"]);
    for key in PlatformKey::all() {
        for (i, (word, about)) in key.words.into_iter().enumerate() {
            listing.row([key.path, word, if i == 0 { "right" } else { "weak" }, about, hurts(key.path, word)]);
        }
    }
    listing
}

fn fields() -> Listing {
    let mut listing = Listing::new(&["field", "type", "read in", "what"]);
    for row in FIELDS {
        let names = match row.ty {
            Type::Name(id) => ENUMERATIONS[usize::from(id.0)].1,
            _ => &[],
        };
        let ty = if names.is_empty() { row.ty.word().to_owned() } else { names.join(", ") };
        listing.row([row.path, &ty, row.place.word(), row.doc]);
    }
    listing
}
