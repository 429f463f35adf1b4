//! The words of the `cpq` section.

use crate::definition::keyword::keywords;

keywords! {
    /// How the total of a quote comes about.
    "cpq.total" QuoteTotal {
        /// Summed over the lines that are stored with it.
        SumOfLines = "sum-of-lines",
        /// Added to the total that stands there: a quote that is priced again has both.
        AddedUp = "added-up",
    }
}

keywords! {
    /// When the trace of a price is stored.
    "cpq.trace" PriceTrace {
        /// In the transaction of the price.
        WithPrice = "with-price",
        /// In a transaction of its own, afterwards: a price can be read that nothing explains.
        Apart = "apart",
    }
}

keywords! {
    /// How a decision about a quote is stored.
    "cpq.decision" QuoteDecision {
        /// In one transaction with the transition that it brings about.
        OneTransaction = "one-transaction",
        /// First the decision, then the transition: a crash between them leaves a decision without effect.
        TwoTransactions = "two-transactions",
    }
}

keywords! {
    /// When a quote is validated.
    "cpq.validation" QuoteValidation {
        /// In each of its versions.
        EachVersion = "each-version",
        /// Once: a revision passes on the result of the version before it.
        Once = "once",
        /// Never.
        None = "none",
    }
}

keywords! {
    /// What becomes of an approval that comes again, or late.
    "cpq.lateDecision" LateDecision {
        /// It is ignored: only what waits for a decision is decided.
        Ignored = "ignored",
        /// It is applied to whatever the quote is by then.
        Applied = "applied",
    }
}

keywords! {
    /// What becomes of an attempt to revise an accepted quote.
    "cpq.acceptedRevision" AcceptedRevision {
        /// It is refused: whoever wants something else asks for another quote.
        Refused = "refused",
        /// It is written over the accepted snapshot.
        Overwrites = "overwrites",
        /// It takes the quote back to a draft.
        Reopens = "reopens",
    }
}

keywords! {
    /// Which quotes a publication of prices reaches.
    "cpq.priceChange" PriceChange {
        /// Drafts.
        Drafts = "drafts",
        /// All that are not accepted yet, also while somebody decides about them.
        Unaccepted = "unaccepted",
        /// All of them.
        All = "all",
    }
}
