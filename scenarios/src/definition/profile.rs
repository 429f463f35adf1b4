//! The profile file: a mix of faults.

use super::code::UNIT_OR_TYPE;
use super::diagnostic::Invalid;
use super::load::read_alone;
use super::reader::{Fields, Place, Read, Reader};
use super::span::{NamedList, Span, Spanned};

/// A mix of faults; a kind that it does not name is off.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Where it is written.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// By the fault kind's slug.
    pub faults: NamedList<FaultWeight>,
    /// Runs without any fault, per cent.
    pub clean_runs: Option<Spanned<u32>>,
}

/// How often one kind of fault happens.
#[derive(Clone, Debug)]
pub struct FaultWeight {
    /// Where it is written.
    pub span: Span,
    /// Its weight among the alternatives at each point.
    pub weight: Spanned<u32>,
    /// The most in one run; no bound when not written.
    pub max: Option<Spanned<u32>>,
}

impl Profile {
    /// Reads a profile file.
    ///
    /// # Errors
    ///
    /// All mistakes in it.
    pub fn load(name: &str, text: &str) -> Result<Profile, Invalid> {
        read_alone(name, text, "profile")
    }
}

impl Read for Profile {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "profile", cx)?;
        let name: Option<Spanned<String>> = f.need("profile", cx);
        let faults = f.list("faults", cx);
        let clean_runs: Option<Spanned<u32>> = f.get("cleanRuns", cx);
        f.close(cx);
        if let Some(share) = clean_runs.filter(|share| share.value > 100) {
            cx.report(UNIT_OR_TYPE.at(share.span, format!("cleanRuns: {} is more than 100 per cent", share.value)));
        }
        let name = name?;
        Some(Profile { span: name.span, name, faults, clean_runs })
    }
}

impl Read for FaultWeight {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("fault \"{}\"", place.name), cx)?;
        let weight = f.need("weight", cx);
        let max = f.get("max", cx);
        f.close(cx);
        Some(FaultWeight { span: place.at, weight: weight?, max })
    }
}
