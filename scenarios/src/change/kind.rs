//! The kinds of change, for masks. Rows and steps, which are the most, have two kinds each, for most that watch them want only one.

/// [`Quote`](super::Change::Quote)
pub const QUOTE: u64 = 1 << 0;
/// [`Price`](super::Change::Price)
pub const PRICE: u64 = 1 << 1;
/// [`Approval`](super::Change::Approval)
pub const APPROVAL: u64 = 1 << 2;
/// [`Order`](super::Change::Order)
pub const ORDER: u64 = 1 << 3;
/// [`Created`](super::Change::Created)
pub const CREATED: u64 = 1 << 4;
/// [`Item`](super::Change::Item)
pub const ITEM: u64 = 1 << 5;
/// [`Saga`](super::Change::Saga)
pub const SAGA: u64 = 1 << 6;
/// [`Step`](super::Change::Step)
pub const STEP: u64 = STEP_BEGUN | STEP_PAST_BEGUN;
/// [`Step`](super::Change::Step), but for [`STEP_BEGUN`]
pub const STEP_PAST_BEGUN: u64 = 1 << 7;
/// [`Saved`](super::Change::Saved)
pub const SAVED: u64 = 1 << 8;
/// [`Sent`](super::Change::Sent)
pub const SENT: u64 = 1 << 9;
/// [`Answered`](super::Change::Answered)
pub const ANSWERED: u64 = 1 << 10;
/// [`Effect`](super::Change::Effect)
pub const EFFECT: u64 = 1 << 11;
/// [`Resolved`](super::Change::Resolved)
pub const RESOLVED: u64 = 1 << 12;
/// [`Row`](super::Change::Row)
pub const ROW: u64 = ROW_WRITTEN | ROW_ON_ITS_WAY;
/// [`Row`](super::Change::Row), but for [`ROW_WRITTEN`]
pub const ROW_ON_ITS_WAY: u64 = 1 << 13;
/// [`Told`](super::Change::Told)
pub const TOLD: u64 = 1 << 14;
/// [`Delivery`](super::Change::Delivery)
pub const DELIVERY: u64 = 1 << 15;
/// [`ReadModel`](super::Change::ReadModel)
pub const READ_MODEL: u64 = 1 << 16;
/// [`Command`](super::Change::Command)
pub const COMMAND: u64 = 1 << 17;
/// [`Case`](super::Change::Case)
pub const CASE: u64 = 1 << 18;
/// [`Timeout`](super::Change::Timeout)
pub const TIMEOUT: u64 = 1 << 19;
/// [`Reconciled`](super::Change::Reconciled)
pub const RECONCILED: u64 = 1 << 20;
/// [`Dashboard`](super::Change::Dashboard)
pub const DASHBOARD: u64 = 1 << 21;
/// [`Compensation`](super::Change::Compensation)
pub const COMPENSATION: u64 = 1 << 22;
/// [`Charge`](super::Change::Charge)
pub const CHARGE: u64 = 1 << 23;
/// [`Product`](super::Change::Product)
pub const PRODUCT: u64 = 1 << 24;
/// [`Replayed`](super::Change::Replayed)
pub const REPLAYED: u64 = 1 << 25;
/// [`Published`](super::Change::Published)
pub const PUBLISHED: u64 = 1 << 26;
/// [`Act`](super::Change::Act)
pub const ACT: u64 = 1 << 27;
/// [`Breaker`](super::Change::Breaker)
pub const BREAKER: u64 = 1 << 28;
/// [`Row`](super::Change::Row), as it is written
pub const ROW_WRITTEN: u64 = 1 << 29;
/// [`Step`](super::Change::Step), from pending to ready or from there to sent: two changes of three
pub const STEP_BEGUN: u64 = 1 << 30;
