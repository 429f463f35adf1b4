//! Tokens: a failing run in one word, to be pasted. `sg1.standard.swarm.11.17.3fa9c2d1b07e` is run 17 of a campaign of seed
//! 11; `sg1.standard.exhaustive.15.118-6_240-1.3fa9c2d1b07e` is workload 15 of an exhaustive search with two faults, each
//! the number of its choice point and the value taken there.

use std::fmt;
use std::str::FromStr;

use crate::campaign::PlannedFault;

/// The version of the token format.
const PREFIX: &str = "sg1";
/// Digits of the digest that a token carries.
const DIGEST_DIGITS: usize = 12;

/// The word for plans of an exhaustive search, in the place of a driver.
const EXHAUSTIVE: &str = "exhaustive";

/// Which run it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One of a campaign.
    Run {
        /// The driver, by name.
        driver: String,
        /// The campaign's seed.
        seed: u64,
        /// The index of the run.
        index: u64,
    },
    /// One of an exhaustive search.
    Plan {
        /// The number of the workload.
        workload: usize,
        /// Its faults.
        faults: Vec<PlannedFault>,
    },
}

/// A run in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The fault profile, by name.
    pub profile: String,
    /// Which run.
    pub origin: Origin,
    /// The first digits of the digest over definition, contracts, scenario and profile.
    pub digest: String,
}

/// Why a text is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not have the form.
    #[error("not a token: expected {PREFIX}.PROFILE.DRIVER.SEED.RUN.DIGEST, as a failing check prints it")]
    Form,
    /// Its format is of another version.
    #[error("a token of another version ({0}): this sagasim reads {PREFIX}")]
    Version(String),
    /// A number is none.
    #[error("not a token: {0} is not a whole number")]
    Number(String),
    /// The faults of a plan are no numbers.
    #[error("not a token: expected faults as POINT-VALUE, joined by _, instead of {0}")]
    Faults(String),
}

impl Token {
    /// The token of a run.
    #[must_use]
    pub fn new(profile: &str, origin: Origin, digest: &str) -> Self {
        let digest = digest.chars().take(DIGEST_DIGITS).collect();
        Self { profile: profile.to_owned(), origin, digest }
    }

    /// Whether it was made of files with this digest.
    #[must_use]
    pub fn fits(&self, digest: &str) -> bool {
        digest.starts_with(&self.digest)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, origin, digest } = self;
        match origin {
            Origin::Run { driver, seed, index } => write!(f, "{PREFIX}.{profile}.{driver}.{seed}.{index}.{digest}"),
            Origin::Plan { workload, faults } => {
                let faults: Vec<String> = faults.iter().map(|(point, value)| format!("{point}-{value}")).collect();
                write!(f, "{PREFIX}.{profile}.{EXHAUSTIVE}.{workload}.{}.{digest}", faults.join("_"))
            }
        }
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let parts: Vec<&str> = text.split('.').collect();
        let [version, profile, driver, seed, index, digest] = parts[..] else { return Err(TokenError::Form) };
        if version != PREFIX {
            let ours = version.starts_with("sg");
            return Err(if ours { TokenError::Version(version.to_owned()) } else { TokenError::Form });
        }
        let number = |text: &str| text.parse::<u64>().map_err(|_| TokenError::Number(text.to_owned()));
        if digest.len() != DIGEST_DIGITS || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TokenError::Form);
        }
        let origin = if driver == EXHAUSTIVE {
            let workload = number(seed)? as usize;
            Origin::Plan { workload, faults: faults(index).ok_or_else(|| TokenError::Faults(index.to_owned()))? }
        } else {
            Origin::Run { driver: driver.to_owned(), seed: number(seed)?, index: number(index)? }
        };
        Ok(Self { profile: profile.to_owned(), origin, digest: digest.to_owned() })
    }
}

fn faults(text: &str) -> Option<Vec<PlannedFault>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let fault = |text: &str| {
        let (point, value) = text.split_once('-')?;
        Some((point.parse().ok()?, value.parse().ok()?))
    };
    text.split('_').map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_was_written() {
        let run = Origin::Run { driver: "swarm".to_owned(), seed: 11, index: 17 };
        let plan = |faults: &[PlannedFault]| Origin::Plan { workload: 15, faults: faults.to_vec() };
        for (origin, text) in [
            (run, "sg1.standard.swarm.11.17.3fa9c2d1b07e"),
            (plan(&[(118, 6), (240, 1)]), "sg1.standard.exhaustive.15.118-6_240-1.3fa9c2d1b07e"),
            (plan(&[]), "sg1.standard.exhaustive.15..3fa9c2d1b07e"),
        ] {
            let token = Token::new("standard", origin, "3fa9c2d1b07e5566");
            assert_eq!(token.to_string(), text);
            assert_eq!(token.to_string().parse(), Ok(token));
        }
    }

    #[test]
    fn other_words_are_refused_in_words() {
        for (text, part) in [
            ("not-a-token", "expected sg1.PROFILE"),
            ("sg2.a.b.1.2.3fa9c2d1b07e", "another version (sg2)"),
            ("sg1.a.b.x.2.3fa9c2d1b07e", "x is not a whole number"),
            ("sg1.a.exhaustive.1.2+3.3fa9c2d1b07e", "POINT-VALUE"),
            ("sg1.a.b.1.2.zz", "expected sg1.PROFILE"),
        ] {
            let error = text.parse::<Token>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
