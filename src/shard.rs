//! Which part of a campaign a call does: shard `2/8` is the second of eight.

use std::fmt;

/// The variables that the documentation names when none of them is set.
const KNOWN: &str = "SAGASIM_SHARD_INDEX, CI_NODE_INDEX, CIRCLE_NODE_INDEX, BUILDKITE_PARALLEL_JOB, \
                     JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID";
/// What a system says of its parallel jobs: the variable of the number, what it counts from, and the variable of the count; none
/// where it gives none. Our own comes first, and goes for systems that are not in the list.
const SYSTEMS: [(&str, u64, &str); 7] = [
    ("SAGASIM_SHARD_INDEX", 1, "SAGASIM_SHARD_COUNT"),
    ("CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
    ("CIRCLE_NODE_INDEX", 0, "CIRCLE_NODE_TOTAL"),
    ("BUILDKITE_PARALLEL_JOB", 0, "BUILDKITE_PARALLEL_JOB_COUNT"),
    ("SYSTEM_JOBPOSITIONINPHASE", 1, "SYSTEM_TOTALJOBSINPHASE"),
    ("CLOUD_RUN_TASK_INDEX", 0, "CLOUD_RUN_TASK_COUNT"),
    ("JOB_COMPLETION_INDEX", 0, ""),
];

/// What the environment says.
struct Found {
    variable: &'static str,
    index: u64,
    count: Option<u64>,
}

/// A part of a campaign: a block of its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: u64,
    /// How many there are.
    pub of: u64,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Shard {
    /// A shard, if there is such a one.
    #[must_use]
    pub fn new(index: u64, of: u64) -> Option<Self> {
        (1 <= index && index <= of).then_some(Self { index, of })
    }

    /// Reads `I/N`; `auto`, for the number and count that a CI system or job array gives in the environment; or `auto/N`
    /// where it gives the number only.
    ///
    /// # Errors
    ///
    /// A sentence that says what was expected.
    pub fn parse(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        let form = || format!("expected I/N with I from 1 to N, auto, or auto/N, not {text:?}");
        match text.split_once('/') {
            None if text == "auto" => Self::found(environment, None),
            Some(("auto", of)) => Self::found(environment, Some(number(of).filter(|of| *of > 0).ok_or_else(form)?)),
            Some((index, of)) => number(index).zip(number(of)).and_then(|(i, n)| Self::new(i, n)).ok_or_else(form),
            None => Err(form()),
        }
    }

    fn found(environment: &dyn Fn(&str) -> Option<String>, of: Option<u64>) -> Result<Self, String> {
        let number = |name: &str| -> Result<Option<u64>, String> {
            let Some(text) = environment(name).filter(|text| !text.is_empty()) else { return Ok(None) };
            text.parse().map(Some).map_err(|_| format!("{name} is {text:?}, not a whole number"))
        };
        let own = number(SYSTEMS[0].0)?.is_some();
        let mut found = Vec::new();
        for &(variable, from, count) in if own { &SYSTEMS[..1] } else { &SYSTEMS[..] } {
            if let Some(index) = number(variable)? {
                let count = if count.is_empty() { None } else { number(count)? };
                found.push(Found { variable, index: index.wrapping_sub(from).wrapping_add(1), count });
            }
        }
        if !own {
            found.extend(slurm(&number)?);
        }
        let Found { variable, index, count } = match found.as_slice() {
            [] => return Err(format!("no variable of a CI system or job array is set, such as {KNOWN}")),
            [one] => one,
            [first, second, ..] => {
                return Err(format!("both {} and {} are set: give it as I/N", first.variable, second.variable));
            }
        };
        let of = of.or(*count);
        let of = of.ok_or_else(|| format!("{variable} says which shard, but not of how many: give auto/N"))?;
        Self::new(*index, of).ok_or_else(|| format!("{variable} makes this shard {index} of {of}"))
    }

    /// The runs of this shard, of a campaign of so many: how many come before them, and how many they are.
    #[must_use]
    pub fn slice(self, runs: u64) -> (u64, u64) {
        let upto = |shard: u64| (u128::from(runs) * u128::from(shard) / u128::from(self.of)) as u64;
        (upto(self.index - 1), upto(self.index) - upto(self.index - 1))
    }
}

/// The place of a Slurm task in its array, which may begin anywhere and go in steps.
fn slurm(number: &dyn Fn(&str) -> Result<Option<u64>, String>) -> Result<Option<Found>, String> {
    let variable = "SLURM_ARRAY_TASK_ID";
    let Some(id) = number(variable)? else { return Ok(None) };
    let least = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
    let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
    let (count, most) = (number("SLURM_ARRAY_TASK_COUNT")?, number("SLURM_ARRAY_TASK_MAX")?);
    let even = most.zip(count).is_none_or(|(most, n)| (most.saturating_sub(least) / step).checked_add(1) == Some(n));
    if !even || id < least || !(id - least).is_multiple_of(step) {
        return Err("the Slurm array has gaps: give the shard as I/N".to_owned());
    }
    Ok(Some(Found { variable, index: ((id - least) / step).saturating_add(1), count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Shard::parse(text, &environment).map(|shard| shard.to_string())
    }

    #[test]
    fn a_shard_is_given_or_found_in_the_environment() {
        let slurm = |id, min, max, count, step| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_MAX", max),
                ("SLURM_ARRAY_TASK_COUNT", count),
                ("SLURM_ARRAY_TASK_STEP", step),
            ]
        };
        for (text, variables, expected) in [
            ("2/8", &[][..], "2/8"),
            ("auto", &[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "8")], "2/8"),
            ("auto", &[("CIRCLE_NODE_INDEX", "1"), ("CIRCLE_NODE_TOTAL", "8")], "2/8"),
            ("auto", &[("BUILDKITE_PARALLEL_JOB", "0"), ("BUILDKITE_PARALLEL_JOB_COUNT", "3")], "1/3"),
            ("auto", &[("SYSTEM_JOBPOSITIONINPHASE", "4"), ("SYSTEM_TOTALJOBSINPHASE", "4")], "4/4"),
            ("auto", &[("CLOUD_RUN_TASK_INDEX", "0"), ("CLOUD_RUN_TASK_COUNT", "2")], "1/2"),
            ("auto", &[("SAGASIM_SHARD_INDEX", "2"), ("SAGASIM_SHARD_COUNT", "3"), ("CI_NODE_INDEX", "1")], "2/3"),
            ("auto/5", &[("JOB_COMPLETION_INDEX", "4")], "5/5"),
            ("auto", &slurm("1", "1", "4", "4", "1"), "1/4"),
            ("auto", &slurm("3", "0", "3", "4", "1"), "4/4"),
            ("auto", &slurm("20", "10", "30", "3", "10"), "2/3"),
        ] {
            assert_eq!(parse(text, variables).as_deref(), Ok(expected), "{variables:?}");
        }
    }

    #[test]
    fn what_is_no_shard_is_refused_in_words() {
        for (text, variables, expected) in [
            ("0/8", &[][..], "I from 1 to N"),
            ("9/8", &[], "I from 1 to N"),
            ("1", &[], "expected I/N"),
            ("auto/0", &[], "expected I/N"),
            ("auto", &[], "no variable"),
            ("auto", &[("JOB_COMPLETION_INDEX", "4")], "give auto/N"),
            ("auto/4", &[("JOB_COMPLETION_INDEX", "4")], "shard 5 of 4"),
            ("auto", &[("CI_NODE_INDEX", "x")], "not a whole number"),
            ("auto", &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "2")], "shard 0 of 2"),
            ("auto/3", &[("CI_NODE_INDEX", "1"), ("JOB_COMPLETION_INDEX", "0")], "both CI_NODE_INDEX and"),
            (
                "auto",
                &[
                    ("SLURM_ARRAY_TASK_ID", "3"),
                    ("SLURM_ARRAY_TASK_MIN", "1"),
                    ("SLURM_ARRAY_TASK_MAX", "7"),
                    ("SLURM_ARRAY_TASK_COUNT", "3"),
                ],
                "has gaps",
            ),
        ] {
            let error = parse(text, variables).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn shards_are_the_whole_campaign_in_order() {
        for (runs, of) in [(2_000, 3), (5, 7), (0, 2), (u64::MAX, 7)] {
            let mut next = 0;
            for index in 1..=of {
                let (first, runs) = Shard { index, of }.slice(runs);
                assert_eq!(first, next);
                next += runs;
            }
            assert_eq!(next, runs);
        }
    }
}
