//! The defect file: a patch that plants a known bug.

use super::code::SYNTAX;
use super::diagnostic::Invalid;
use super::digest::inline;
use super::keyword::keywords;
use super::load::read_alone;
use super::node::{Entry, NodeKind};
use super::reader::{Fields, Place, Read, Reader};
use super::set::Set;
use super::span::{Span, Spanned};

/// A planted bug.
#[derive(Clone, Debug)]
pub struct Defect {
    /// Where it is written.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// The practice that it models.
    pub models: Spanned<String>,
    /// Where it was seen.
    pub seen: Vec<Spanned<String>>,
    /// What must catch it first.
    pub family: Spanned<Family>,
    /// The bundled scenario that it patches.
    pub scenario: Spanned<String>,
    /// The patches.
    pub set: Vec<Spanned<Set>>,
    /// The fewest faults that expose it, by slug.
    pub needs: Vec<Spanned<String>>,
    /// The size of the smallest failure.
    pub optimum: Option<Optimum>,
}

/// The size of the smallest failure.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// Where it is written.
    pub span: Span,
    /// Faults in it.
    pub faults: Spanned<u32>,
    /// Orders in it.
    pub orders: Spanned<u32>,
}

keywords! {
    /// A family of invariants.
    "family" Family {
        /// One effect per key.
        One = "ONE",
        /// Every committed event is delivered.
        Lost = "LOST",
        /// Order per aggregate.
        Ord = "ORD",
        /// What must come true comes true.
        Conv = "CONV",
        /// Compensation is correct.
        Comp = "COMP",
        /// Sagas end.
        Term = "TERM",
        /// No lost update, no dirty read.
        Iso = "ISO",
        /// Unknown outcomes are resolved within their SLA.
        Unk = "UNK",
        /// Old versions replay.
        Ver = "VER",
        /// Approval and audit.
        Aud = "AUD",
        /// What the definition asks for in rules of its own.
        Own = "OWN",
    }
}

impl Defect {
    /// Reads a defect file.
    ///
    /// # Errors
    ///
    /// All mistakes in it; whether the patches fit is seen when they are applied.
    pub fn load(name: &str, text: &str) -> Result<Defect, Invalid> {
        read_alone(name, text, "defect")
    }
}

impl Read for Defect {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "defect", cx)?;
        let id: Option<Spanned<String>> = f.need("defect", cx);
        let models = f.need("models", cx);
        let seen = f.list("seen", cx);
        let family = f.need("family", cx);
        let scenario = f.need("scenario", cx);
        let set = f.place("set", cx).map(|place| read_sets(place, cx)).unwrap_or_default();
        let needs = f.list("needs", cx);
        let optimum = f.get("optimum", cx);
        f.close(cx);
        let id = id?;
        Some(Defect {
            span: id.span,
            id,
            models: models?,
            seen,
            family: family?,
            scenario: scenario?,
            set,
            needs,
            optimum,
        })
    }
}

/// A mapping from paths to values; here `null` is a value: it removes.
fn read_sets(place: Place<'_>, cx: &mut Reader) -> Vec<Spanned<Set>> {
    let NodeKind::Map(entries) = &place.node.kind else {
        place.expected("a mapping", cx);
        return Vec::new();
    };
    let mut sets = Vec::new();
    for Entry { key, value } in entries {
        match Set::new(&key.value, &inline(value)) {
            Ok(set) => sets.push(Spanned::new(set, key.span)),
            Err(error) => cx.report(SYNTAX.at(key.span, error.to_string())),
        }
    }
    sets
}

impl Read for Optimum {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "optimum", cx)?;
        let faults = f.need("faults", cx);
        let orders = f.need("orders", cx);
        f.close(cx);
        Some(Optimum { span: place.at, faults: faults?, orders: orders? })
    }
}
