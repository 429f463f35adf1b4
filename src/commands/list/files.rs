//! The catalogues of what can be written in the files: keys, kinds of steps, actions, words and paths of keys.

use reports::Listing;
use scenarios::definition::{
    ACTION_PLACES, Keyword as _, Need, NextAction, StepKind, fields_of_kind, file_keys, key_paths, words,
};

/// Every key of every file.
pub fn files() -> Listing {
    let mut listing = Listing::new(&["key", "takes", "left out", "what"]);
    for key in file_keys() {
        let left_out = match key.need {
            Need::Must => "is an error".to_owned(),
            Need::May => String::new(),
            Need::Default(default) => default,
        };
        listing.row([key.path.as_str(), &key.takes.words(), &left_out, key.about]);
    }
    listing
}

/// The kinds of steps.
pub fn steps() -> Listing {
    let mut listing = Listing::new(&["kind", "needs", "may have beside what all have", "what"]);
    for kind in StepKind::ALL {
        let (needed, may) = fields_of_kind(*kind);
        listing.row([kind.word(), needed.unwrap_or("-"), &may.join(", "), kind.about()]);
    }
    listing
}

/// What can come next, at each place that decides.
pub fn actions() -> Listing {
    let mut listing = Listing::new(&["place", "decides when", "can be"]);
    for place in ACTION_PLACES {
        let actions: Vec<_> = place.actions.iter().map(|action| action.word()).collect();
        listing.row([place.path, place.about, &actions.join(", ")]);
    }
    listing
}

/// The closed vocabularies.
pub fn vocabularies() -> Listing {
    let mut listing = Listing::new(&["word of", "word", "what"]);
    for action in NextAction::ALL {
        listing.row([NextAction::WHAT, action.word(), action.about()]);
    }
    for (what, word, about) in words() {
        listing.row([what, word, about]);
    }
    listing
}

/// What a key can be made of.
pub fn keys() -> Listing {
    let mut listing = Listing::new(&["path", "what"]);
    for row in key_paths() {
        listing.row(<[&str; 2]>::from(row));
    }
    listing
}
