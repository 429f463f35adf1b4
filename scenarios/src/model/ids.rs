//! Dense ids: indexes into the tables of the model.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub $inner);

            impl $name {
                /// The index as a `usize`.
                #[must_use]
                pub const fn ix(self) -> usize {
                    self.0 as usize
                }
            }
        )*
    };
}

ids! {
    /// An order of a run, from 0; texts count from 1 (`order-1`).
    OrderIx(u16);
    /// An item of the definition.
    ItemIx(u8);
    /// A step: forward, undo, or the call of a consumer.
    StepIx(u16);
    /// A charge of any item.
    ChargeIx(u16);
    /// An operation of any system.
    OpIx(u16);
    /// A system.
    SystemIx(u8);
    /// A retry policy.
    RetryIx(u8);
    /// A policy for unknown outcomes.
    UnknownIx(u8);
    /// A command.
    CommandIx(u8);
    /// A type of event.
    EmissionIx(u8);
    /// A consumer.
    ConsumerIx(u8);
    /// A reconcile rule.
    RuleIx(u8);
    /// A row of the ledger of real effects.
    EffectIx(u32);
}

impl ItemIx {
    /// Stands for the order itself, where a thing belongs to no item.
    pub const ORDER: Self = Self(u8::MAX);
}
