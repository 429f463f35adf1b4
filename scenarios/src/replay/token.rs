//! Tokens: a failing run of a campaign in one word, to be pasted: `sg1.standard.swarm.11.17.3fa9c2d1b07e`.

use std::fmt;
use std::str::FromStr;

/// The version of the token format.
const PREFIX: &str = "sg1";
/// Digits of the digest that a token carries.
const DIGEST_DIGITS: usize = 12;

/// A run of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The fault profile, by name.
    pub profile: String,
    /// The driver, by name.
    pub driver: String,
    /// The campaign's seed.
    pub seed: u64,
    /// The index of the run.
    pub index: u64,
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
}

impl Token {
    /// The token of a run.
    #[must_use]
    pub fn new(profile: &str, driver: &str, (seed, index): (u64, u64), digest: &str) -> Self {
        let digest = digest.chars().take(DIGEST_DIGITS).collect();
        Self { profile: profile.to_owned(), driver: driver.to_owned(), seed, index, digest }
    }

    /// Whether it was made of files with this digest.
    #[must_use]
    pub fn fits(&self, digest: &str) -> bool {
        digest.starts_with(&self.digest)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, driver, seed, index, digest } = self;
        write!(f, "{PREFIX}.{profile}.{driver}.{seed}.{index}.{digest}")
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
        let number = |text: &str| text.parse().map_err(|_| TokenError::Number(text.to_owned()));
        if digest.len() != DIGEST_DIGITS || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TokenError::Form);
        }
        Ok(Self {
            profile: profile.to_owned(),
            driver: driver.to_owned(),
            seed: number(seed)?,
            index: number(index)?,
            digest: digest.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_was_written() {
        let token = Token::new("standard", "swarm", (11, 17), "3fa9c2d1b07e5566");
        assert_eq!(token.to_string(), "sg1.standard.swarm.11.17.3fa9c2d1b07e");
        assert_eq!(token.to_string().parse(), Ok(token));
    }

    #[test]
    fn other_words_are_refused_in_words() {
        for (text, part) in [
            ("not-a-token", "expected sg1.PROFILE"),
            ("sg2.a.b.1.2.3fa9c2d1b07e", "another version (sg2)"),
            ("sg1.a.b.x.2.3fa9c2d1b07e", "x is not a whole number"),
            ("sg1.a.b.1.2.zz", "expected sg1.PROFILE"),
        ] {
            let error = text.parse::<Token>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
