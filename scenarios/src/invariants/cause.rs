//! What brings an invariant's guard about where an order that simply goes through does not.

/// Something that has to happen for an invariant to have something to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A kind of fault, by its slug.
    Fault(&'static str),
    /// A command that undoes something.
    Cancellation,
    /// A quote that is expired, lacks evidence, or is changed on its way.
    FlawedQuote,
}

impl Cause {
    /// What it is called.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Fault(slug) => slug,
            Self::Cancellation => "a cancellation",
            Self::FlawedQuote => "a flawed quote",
        }
    }
}

/// What makes an item or a step fail for good.
pub(super) const FAILS_OR_CANCELS: &[Cause] =
    &[Cause::Cancellation, Cause::Fault("rejection"), Cause::Fault("validation-error")];

/// What makes a case for a person.
pub(super) const OPENS_A_CASE: &[Cause] = &[
    Cause::Fault("dead-downstream"),
    Cause::Fault("rejection"),
    Cause::Fault("validation-error"),
    Cause::Fault("callback-late"),
    Cause::FlawedQuote,
];

/// What makes a request come again under its key.
pub(super) const REPEATS_A_REQUEST: &[Cause] = &[
    Cause::Fault("duplicate"),
    Cause::Fault("late-duplicate"),
    Cause::Fault("response-lost"),
    Cause::Fault("delay"),
    Cause::Fault("hold"),
    Cause::Fault("downstream-timeout-after-effect"),
    Cause::Fault("http-500"),
    Cause::Fault("http-502"),
    Cause::Fault("http-504"),
    Cause::Fault("slow"),
    Cause::Fault("late-effect"),
    Cause::Fault("callback-late"),
    Cause::Fault("participant-crash"),
    Cause::Fault("consumer-crash"),
    Cause::Fault("consumer-crash-after-commit"),
    Cause::Fault("pause"),
];

/// What leaves a caller without an answer.
pub(super) const LEAVES_UNKNOWN: &[Cause] = &[
    Cause::Fault("request-lost"),
    Cause::Fault("response-lost"),
    Cause::Fault("delay"),
    Cause::Fault("hold"),
    Cause::Fault("downstream-timeout-before-effect"),
    Cause::Fault("downstream-timeout-after-effect"),
    Cause::Fault("http-500"),
    Cause::Fault("slow"),
    Cause::Fault("late-effect"),
    Cause::Fault("callback-late"),
    Cause::Fault("dead-downstream"),
    Cause::Fault("participant-crash"),
    Cause::Fault("oms-crash-before-commit"),
    Cause::Fault("oms-crash-after-commit"),
    Cause::Fault("pause"),
    Cause::Fault("lost-commit-response"),
    Cause::Fault("timer-early"),
];

/// What makes two systems disagree for longer than the reconciler waits.
pub(super) const LEAVES_A_DIFFERENCE: &[Cause] = &[
    Cause::Fault("rejection"),
    Cause::Fault("validation-error"),
    Cause::Fault("dead-downstream"),
    Cause::Fault("request-lost"),
    Cause::Fault("downstream-timeout-before-effect"),
    Cause::Fault("participant-crash"),
    Cause::Fault("wrong-effect"),
    Cause::Fault("manual-correction"),
];
