//! Questions about earlier requests: what the contract can tell, as old as it tells it.

use sim_core::{Duration, Time};

use super::record::{Identity, Record, Standing};
use super::{Cx, Participant};
use crate::definition::QueryBy;
use crate::message::{CallRef, Finding, Message};
use crate::model::{Model, OpIx, Operation};

impl Participant {
    /// Answers a question. A person finds a way to the records themselves; a system asks as the contract allows, and may
    /// get an old answer.
    pub(super) fn answer(&mut self, cx: &mut Cx<'_>, call: CallRef, key: u64, (poll, person): (u8, bool)) {
        let model = &cx.model.model;
        let Some(op) = model.step(call.step).call else { return };
        let operation = model.operation(op);
        let lag = if person { Duration::ZERO } else { operation.query_lag };
        let identity = Identity::of(model, call, op);
        let by_key = |it: &Asked| it.key == key;
        let by_identity = |it: &Asked| it.identity == identity;
        let (finding, record) = match (cx.now.0.checked_sub(lag.0).map(Time), way(model, call, operation)) {
            (Some(as_of), _) if person => {
                let found = self.look(model, op, as_of, &by_key);
                if found.0 == Finding::Absent { self.look(model, op, as_of, &by_identity) } else { found }
            }
            (Some(as_of), Some(QueryBy::IdempotencyKey)) => self.look(model, op, as_of, &by_key),
            (Some(as_of), Some(QueryBy::BusinessKey)) => self.look(model, op, as_of, &by_identity),
            // Before there was anything to see.
            (None, Some(QueryBy::IdempotencyKey | QueryBy::BusinessKey)) => (Finding::Absent, 0),
            _ => (Finding::NotSupported, 0),
        };
        cx.reply(Message::QueryReply { call, poll, finding, record });
    }

    /// What is known of a request at a time: of one that makes a record, by the record; of any other, by the request.
    fn look(&self, model: &Model, op: OpIx, as_of: Time, is_it: &dyn Fn(&Asked) -> bool) -> (Finding, u32) {
        let mut found = (Finding::Absent, 0);
        for record in self.records.iter().filter(|record| record.operation == op && record.created <= as_of) {
            if is_it(&Asked::record(record)) && model.operation(op).undoes.is_none() {
                found = better(found, (record_at(record, as_of), record.number));
            }
        }
        let makes = model.operation(op).undoes.is_none() && model.operation(op).updates.is_none();
        let keeps_record = makes && self.records.iter().any(|record| record.operation == op);
        for entry in self.entries.iter().filter(|entry| entry.identity.operation == op && entry.at <= as_of) {
            if entry.standing == Standing::Accepted && is_it(&Asked { key: entry.key, identity: entry.identity }) {
                found = better(found, (Finding::Pending, 0));
            }
            let told = entry.standing == Standing::Done && (!keeps_record || entry.record.is_none());
            if told && is_it(&Asked { key: entry.key, identity: entry.identity }) {
                found = better(found, (Finding::Confirmed, entry.number));
            }
        }
        if let Some(undone) = model.operation(op).undoes {
            for record in self.records.iter().filter(|record| record.operation == undone && record.changed <= as_of) {
                let identity = Asked::record(record).identity;
                let undo = |key| Asked { key, identity: Identity { operation: op, ..identity } };
                if record.undone_by != 0 && is_it(&undo(record.undone_by)) {
                    found = better(found, (Finding::Confirmed, record.number));
                } else if record.undone_in_part != 0 && is_it(&undo(record.undone_in_part)) {
                    found = better(found, (Finding::Partial, record.number));
                }
            }
        }
        found
    }
}

/// What a question can tell a request by.
struct Asked {
    key: u64,
    identity: Identity,
}

impl Asked {
    fn record(record: &Record) -> Self {
        let Record { order, item, operation, charge, revision, key, .. } = *record;
        Self { key, identity: Identity { order, item, operation, charge, revision } }
    }
}

/// What a record says of its request at a time.
fn record_at(record: &Record, as_of: Time) -> Finding {
    let undone = record.state == super::RecordState::Undone && record.changed <= as_of;
    let begun = record.effect.is_none() || record.state == super::RecordState::Requested;
    let active_since = if record.was.is_some() && record.state == super::RecordState::Active {
        record.changed
    } else {
        record.created
    };
    let at_work = record.state == super::RecordState::Requested || active_since > as_of;
    if !record.gone && !undone && at_work {
        Finding::Pending
    } else if record.gone || undone || begun {
        Finding::Absent
    } else if record.partial {
        Finding::Partial
    } else {
        Finding::Confirmed
    }
}

/// The finding that says more.
fn better(a: (Finding, u32), b: (Finding, u32)) -> (Finding, u32) {
    let weight = |finding| match finding {
        Finding::Confirmed => 3,
        Finding::Partial => 2,
        Finding::Pending => 1,
        _ => 0,
    };
    if weight(b.0) > weight(a.0) { b } else { a }
}

/// By what the caller asks, as far as the contract can be asked so. Asking by the system's own id needs an id that the
/// lost answer would have told.
fn way(model: &Model, call: CallRef, operation: &Operation) -> Option<QueryBy> {
    let retry = model.step(call.step).retry.map(|retry| &model.retries[usize::from(retry.0)]);
    let policy = retry.and_then(|retry| retry.unknown).map(|unknown| &model.unknowns[usize::from(unknown.0)]);
    let asked = policy.and_then(|policy| policy.query).unwrap_or(QueryBy::IdempotencyKey);
    let supported = match asked {
        QueryBy::IdempotencyKey => operation.by_key,
        QueryBy::BusinessKey => operation.by_business_key,
        QueryBy::ExternalReference => false,
    };
    supported.then_some(asked)
}
