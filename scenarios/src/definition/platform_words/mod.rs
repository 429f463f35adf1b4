//! The words of the platform file: of each key the correct value first, then the weaknesses.

mod cpq;
mod events;
mod hurts;
mod people;
mod saga;

pub use self::cpq::*;
pub use self::events::*;
pub use self::hurts::*;
pub use self::people::*;
pub use self::saga::*;

use super::keyword::Keyword;

/// A key of the platform file with a closed vocabulary, for reference pages.
#[derive(Clone, Debug)]
pub struct PlatformKey {
    /// Its path.
    pub path: &'static str,
    /// Its words and what each means; the first is correct, the others are weaknesses.
    pub words: Vec<(&'static str, &'static str)>,
}

impl PlatformKey {
    fn of<K: Keyword>() -> Self {
        Self { path: K::WHAT, words: K::ALL.iter().map(|value| (value.word(), value.about())).collect() }
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::of::<QuoteTotal>(),
            Self::of::<PriceTrace>(),
            Self::of::<QuoteDecision>(),
            Self::of::<QuoteValidation>(),
            Self::of::<LateDecision>(),
            Self::of::<AcceptedRevision>(),
            Self::of::<PriceChange>(),
            Self::of::<OutboxWrite>(),
            Self::of::<OutboxSelect>(),
            Self::of::<Visibility>(),
            Self::of::<PublishOrder>(),
            Self::of::<Mark>(),
            Self::of::<Poison>(),
            Self::of::<Lease>(),
            Self::of::<PartitionBy>(),
            Self::of::<OnNoSubscriber>(),
            Self::of::<DuplicateWindow>(),
            Self::of::<Replay>(),
            Self::of::<Resubmit>(),
            Self::of::<InboxCommit>(),
            Self::of::<InboxKey>(),
            Self::of::<Ack>(),
            Self::of::<ConsumerOrder>(),
            Self::of::<OnGap>(),
            Self::of::<Claim>(),
            Self::of::<Save>(),
            Self::of::<Locking>(),
            Self::of::<Breaker>(),
            Self::of::<UnmatchedReply>(),
            Self::of::<RetryBudget>(),
            Self::of::<Start>(),
            Self::of::<Undo>(),
            Self::of::<StoreErrorMeans>(),
            Self::of::<RecoveryOrder>(),
            Self::of::<CompensationVersion>(),
            Self::of::<CompensationError>(),
            Self::of::<Sweeper>(),
            Self::of::<Dispatch>(),
            Self::of::<PlanOf>(),
            Self::of::<LateReply>(),
            Self::of::<Notice>(),
            Self::of::<FiredBy>(),
            Self::of::<ReadModelGuard>(),
            Self::of::<ReadModelStates>(),
            Self::of::<FinancialCorrections>(),
            Self::of::<ApprovalBinds>(),
            Self::of::<ItemCorrections>(),
            Self::of::<ReconcilerActs>(),
            Self::of::<ReconcilerFinds>(),
            Self::of::<ReconcilerLooks>(),
            Self::of::<ReconcilerUnanswered>(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Definition, Set};

    #[test]
    fn every_vocabulary_is_listed() {
        let files =
            [include_str!("cpq.rs"), include_str!("events.rs"), include_str!("saga.rs"), include_str!("people.rs")];
        let declared = files.concat().lines().filter(|line| *line == "keywords! {").count();
        let keys = PlatformKey::all();
        assert_eq!(keys.len(), declared);
        assert!(keys.iter().all(|key| key.words.len() > 1), "a key has a correct value and a weakness");
    }

    #[test]
    fn every_key_is_listed_as_it_is_written() {
        for key in PlatformKey::all() {
            for (i, (word, _)) in key.words.iter().enumerate() {
                let path = format!("platform.{}", key.path);
                let set = Set::parse(&format!("{path}={word}")).expect("a patch");
                let definition = Definition::bundled("order-fulfilment", &[set]);
                let definition = definition.unwrap_or_else(|invalid| panic!("{path}: {invalid}"));
                let weak = definition.sagas[0].platform.weaknesses();
                let expected = if i == 0 { None } else { Some((path.as_str(), *word)) };
                assert_eq!(weak.first().map(|weak| (weak.path.as_str(), weak.written.as_str())), expected);
            }
        }
    }
}
