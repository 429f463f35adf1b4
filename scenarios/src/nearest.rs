//! "Did you mean": the closest of the words that would have been right.

use std::cmp::Reverse;

/// Longest word that is compared, in bytes.
const LENGTH_MAX: usize = 128;

/// The candidate closest to `word`, when one is close enough to be meant: case apart, at most a third of its letters differ,
/// or it begins with the word.
/// Of equally close candidates the first one wins, so the answer does not depend on anything but the order given.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Hostile input can be long; a word of that length is a typing error of nothing.
    if word.len() > LENGTH_MAX {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LENGTH_MAX)
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
            let allowed = (lower.chars().count().max(candidate.chars().count()) / 3).max(1);
            let shortened = word.len() >= 4 && candidate.starts_with(word);
            (distance <= allowed || shortened).then_some((distance, candidate))
        })
        .enumerate()
        .max_by_key(|(position, (distance, _))| (Reverse(*distance), Reverse(*position)))
        .map(|(_, (_, candidate))| candidate)
}

/// `did you mean ...?` when a candidate is close, else the whole choice while that is short enough to read.
pub(crate) fn suggestion(word: &str, candidates: &[&str]) -> Option<String> {
    if let Some(candidate) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    if candidates.is_empty() {
        return None;
    }
    let shown = &candidates[..candidates.len().min(16)];
    let more = if shown.len() < candidates.len() { ", ..." } else { "" };
    Some(format!("one of {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_word_is_found_or_none() {
        let states = ["COMPLETED", "COMPENSATED", "PENDING"];
        for (word, expected) in [
            ("COMPLTED", Some("COMPLETED")),
            ("completed", Some("COMPLETED")),
            ("COMPENSTED", Some("COMPENSATED")),
            ("COMPEN", Some("COMPENSATED")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, states), expected, "{word}");
        }
        assert_eq!(nearest(&"A".repeat(1_000_000), states), None);
    }
}
