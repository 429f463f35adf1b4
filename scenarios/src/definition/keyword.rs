//! Closed vocabularies: enums whose every value has one spelling and one sentence of meaning.

use super::reader::{Scalar, Takes};
use crate::nearest::nearest;

/// A closed vocabulary of the definition files.
pub trait Keyword: Copy + Eq + 'static {
    /// What one of its words is called in a message, such as `step kind`.
    const WHAT: &'static str;
    /// Every value in the order in which it is documented.
    const ALL: &'static [Self];

    /// The word as it is written.
    fn word(self) -> &'static str;

    /// What the word means, in one sentence.
    fn about(self) -> &'static str;

    /// The value of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

/// Declares an enum together with its words; a variant's doc comment is what `about` returns, so that schemas and reference pages say the same.
macro_rules! keywords {
    ($( #[doc = $doc:literal] )+ $what:literal $name:ident { $( $( #[doc = $about:literal] )+ $variant:ident = $word:literal, )+ }) => {
        $( #[doc = $doc] )+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $( #[doc = $about] )+ $variant, )+
        }

        impl $crate::definition::keyword::Keyword for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$( $name::$variant ),+];

            fn word(self) -> &'static str {
                match self {
                    $( $name::$variant => $word, )+
                }
            }

            fn about(self) -> &'static str {
                match self {
                    $( $name::$variant => concat!($( $about ),+).trim_ascii(), )+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::definition::keyword::Keyword::word(*self))
            }
        }
    };
}

pub(crate) use keywords;

impl<K: Keyword> Scalar for K {
    fn takes() -> Takes {
        Takes::Word(K::WHAT, K::ALL.iter().map(|value| (value.word(), value.about())).collect())
    }

    fn parse(text: &str) -> Result<Self, String> {
        K::from_word(text).ok_or_else(|| {
            let words: Vec<_> = K::ALL.iter().map(|value| value.word()).collect();
            match nearest(text, words.iter().copied()) {
                Some(near) => format!("is no {}; did you mean \"{near}\"?", K::WHAT),
                None => format!("is no {}; expected one of {}", K::WHAT, words.join(", ")),
            }
        })
    }
}
