//! The words of people and of the reconciler.

use crate::definition::keyword::keywords;

keywords! {
    /// Who may correct money.
    "people.financialCorrections" FinancialCorrections {
        /// One asks, another approves.
        TwoPerson = "two-person",
        /// One alone.
        OnePerson = "one-person",
    }
}

keywords! {
    /// What an approval is bound to.
    "people.approvalBinds" ApprovalBinds {
        /// The version of the quote.
        QuoteVersion = "quote-version",
        /// The quote, whatever its version.
        Quote = "quote",
    }
}

keywords! {
    /// How people correct the state of an item.
    "people.itemCorrections" ItemCorrections {
        /// By a command to the OMS, which decides by the item's own machine.
        DomainCommand = "domain-command",
        /// In the tables of the OMS: the item is in another state, and nothing that must follow does.
        DirectWrite = "direct-write",
    }
}

keywords! {
    /// What the reconciler does about a difference.
    "reconciler.acts" ReconcilerActs {
        /// What its rule says: a repair, or a case.
        AsRuled = "as-ruled",
        /// It writes it into a report, and nobody is told.
        ReportOnly = "report-only",
    }
}

keywords! {
    /// Which differences the reconciler looks for.
    "reconciler.finds" ReconcilerFinds {
        /// What is missing, and what is too much.
        EveryDifference = "every-difference",
        /// What an order needs and a system lacks: what a system has besides is nobody's concern.
        MissingOnly = "missing-only",
    }
}

keywords! {
    /// How long the reconciler goes on to look at an item.
    "reconciler.looks" ReconcilerLooks {
        /// As long as its records may change.
        WhileItStands = "while-it-stands",
        /// Until everything agreed once: what is changed at a system afterwards is never compared.
        UntilItAgreed = "until-it-agreed",
    }
}

keywords! {
    /// What the reconciler does when nobody answers.
    "reconciler.unanswered" ReconcilerUnanswered {
        /// It asks again, and in the end hands over to a person.
        AskAgain = "ask-again",
        /// It leaves the item out: nobody looks at it any more.
        SkipItem = "skip-item",
    }
}
