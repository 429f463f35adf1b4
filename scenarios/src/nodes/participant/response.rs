//! How a request is responded to, as drawn at the response site.

use crate::definition::{EffectKind, Failure};
use crate::message::Answer;
use crate::model::Operation;

/// A response, by what it does to the work and to the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Response {
    /// The work is done and answered.
    #[default]
    Done,
    /// It fails before anything happened; a timeout is an answer that never comes.
    FailsBefore(Failure),
    /// The work is done and the answer says that it failed, or never comes.
    FailsAfter(Failure),
    /// It is refused.
    Refused(Answer),
    /// The work is done, the answer comes when nobody waits for it any more.
    Slow,
    /// The work is done when nobody waits for it any more, and never answered.
    Late,
    /// A part of the work is done, and it fails.
    Part,
    /// Something else than what was asked for is done.
    Wrong,
    /// Copies of the callback follow it.
    CalledBackTwice,
    /// The callback comes after the caller gave up.
    CalledBackLate,
}

/// By value of the response site.
const RESPONSES: [Response; 28] = {
    use Failure::{Http500, Http502, Http503, Http504, RateLimit, Timeout, Unauthorized, ValidationError};
    use Response::{CalledBackLate, CalledBackTwice, Done, FailsAfter, FailsBefore, Late, Part, Refused, Slow, Wrong};
    [
        Done,
        FailsBefore(Timeout),
        FailsAfter(Timeout),
        FailsBefore(Http500),
        FailsAfter(Http500),
        FailsBefore(Http502),
        FailsAfter(Http502),
        FailsBefore(Http503),
        FailsAfter(Http503),
        FailsBefore(Http504),
        FailsAfter(Http504),
        FailsBefore(RateLimit),
        Refused(Answer::Failed(ValidationError)),
        Refused(Answer::Rejected(Answer::UNNAMED)),
        Refused(Answer::Failed(Unauthorized)),
        Slow,
        Late,
        Part,
        Wrong,
        CalledBackTwice,
        CalledBackLate,
        Refused(Answer::Rejected(0)),
        Refused(Answer::Rejected(1)),
        Refused(Answer::Rejected(2)),
        Refused(Answer::Rejected(3)),
        Refused(Answer::Rejected(4)),
        Refused(Answer::Rejected(5)),
        Refused(Answer::Rejected(6)),
    ]
};

/// The values that decide about the request itself: they cannot follow once it was decided.
const DECIDING: u32 = {
    let (mut mask, mut value) = (0, 0);
    while value < RESPONSES.len() {
        if !matches!(
            RESPONSES[value],
            Response::Done | Response::FailsBefore(_) | Response::FailsAfter(_) | Response::Slow
        ) {
            mask |= 1 << value;
        }
        value += 1;
    }
    mask
};

/// The values that only something with an effect can have.
const EFFECTIVE: u32 = {
    let (mut mask, mut value) = (0, 0);
    while value < RESPONSES.len() {
        if matches!(RESPONSES[value], Response::FailsAfter(_) | Response::Late | Response::Part | Response::Wrong) {
            mask |= 1 << value;
        }
        value += 1;
    }
    mask
};

/// The value of a wrong effect.
const WRONG: u32 = {
    let mut value = 0;
    while !matches!(RESPONSES[value], Response::Wrong) {
        value += 1;
    }
    1 << value
};

impl Response {
    /// The response that a value of the site stands for.
    #[must_use]
    pub fn of(value: u8) -> Self {
        RESPONSES.get(usize::from(value)).copied().unwrap_or_default()
    }

    /// The values that make sense for an operation, and for a request that it knows already or does not. A request that
    /// was decided meets its decision again: the same request is not refused once it was carried out.
    #[must_use]
    pub fn allowed(operation: &Operation, known: bool) -> u32 {
        let mut allowed = operation.responses;
        if known {
            allowed &= !DECIDING;
        }
        let has_effect =
            operation.effect != EffectKind::None || operation.undoes.is_some() || operation.updates.is_some();
        if has_effect && !known {
            // No contract speaks of it; only a profile that goes beyond the contracts draws it.
            allowed |= WRONG;
        } else if !has_effect {
            allowed &= !EFFECTIVE;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_stand_in_the_order_of_the_site() {
        use crate::definition::Keyword as _;
        for (name, response) in crate::sites::RESPONSES.iter().zip(RESPONSES) {
            let slug = |failure: Failure| failure.word().to_ascii_lowercase().replace('_', "-");
            let expected = match response {
                Response::Done => "ok".to_string(),
                Response::FailsBefore(Failure::RateLimit) => "rate-limit".to_string(),
                Response::FailsBefore(failure) => slug(failure) + "-before-effect",
                Response::FailsAfter(failure) => slug(failure) + "-after-effect",
                Response::Refused(Answer::Failed(failure)) => slug(failure),
                Response::Refused(Answer::Rejected(Answer::UNNAMED)) => "business-rejection".to_string(),
                Response::Refused(Answer::Rejected(reason)) => format!("reason-{}", reason + 1),
                Response::Refused(_) => "no refusal".to_string(),
                Response::Slow => "slow".to_string(),
                Response::Late => "late-effect".to_string(),
                Response::Part => "partial-effect".to_string(),
                Response::Wrong => "wrong-effect".to_string(),
                Response::CalledBackTwice => "callback-twice".to_string(),
                Response::CalledBackLate => "callback-late".to_string(),
            };
            assert_eq!(*name, expected);
        }
    }
}
