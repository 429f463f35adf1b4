//! Systems and operations, and the responses that a contract allows.

use sim_core::PartId;
use sim_core::hash::names;

use super::{Compiler, duration, span};
use crate::definition::{
    self, CallbackId, EffectKind, Failure, History, Keyword, QueryBy, Reply, Spanned, System as SystemContract,
};
use crate::model::{Failures, OpIx, Operation, System, SystemIx};
use crate::nodes::cpq::QUOTE_REASONS;
use crate::predicate::ListId;
use crate::sites::RESPONSES;

impl Compiler<'_> {
    /// The systems and all their operations, in the order in which they are written.
    pub(super) fn contracts(&mut self) -> (Vec<System>, Vec<Operation>) {
        let (mut systems, mut operations) = (Vec::new(), Vec::new());
        let participants = self.participants;
        for (i, system) in participants.systems.iter().enumerate() {
            let first = operations.len();
            for operation in &system.value.operations {
                let compiled = self.contract(SystemIx(i as u8), (&system.id, &system.value), operation);
                operations.push(compiled);
            }
            systems.push(System {
                id: system.id.value.clone(),
                names: names(&["@system", &system.id]),
                part: PartId::default(),
                rate: system.value.rate.as_ref().map(|rate| (rate.count, span(rate.per))),
                pools: system.value.pools.iter().map(|pool| pool.value.value).collect(),
                operations: (first..operations.len()).map(|i| OpIx(i as u16)).collect(),
                emits: operations[first..]
                    .iter()
                    .any(|o: &Operation| matches!(o.effect, EffectKind::Financial | EffectKind::Asset)),
            });
        }
        (systems, operations)
    }

    fn contract(
        &mut self,
        ix: SystemIx,
        (system, all): (&str, &SystemContract),
        named: &definition::Named<definition::Operation>,
    ) -> Operation {
        let (name, contract) = (&named.id, &named.value);
        let callbacks = contract.callbacks.as_ref();
        let callback = contract.reply.value == Reply::Callback;
        let asked = |by: QueryBy| contract.queryable.iter().any(|query| query.value == by);
        let failures = |list: &[Spanned<Failure>]| Failures::of(list.iter().map(|failure| failure.value));
        let mut operation = Operation {
            id: format!("{system}.{}", name.value),
            names: names(&["@system", system, name]),
            span: contract.span,
            system: ix,
            effect: contract.effect.value,
            creates: contract.creates.is_some() && contract.effect.value != EffectKind::None,
            list: contract.creates.as_ref().map(|list| list.value.clone()),
            records: self.records(system, all, contract),
            to: self.state_after(contract),
            undoes: self.sibling(system, contract.undoes.as_ref()),
            updates: self.sibling(system, contract.updates.as_ref()),
            dedup: contract.dedup.by.value,
            constraint: contract.dedup.constraint.value,
            window: duration(contract.dedup.window.as_ref()),
            on_key_conflict: contract.dedup.on_key_conflict.value,
            on_duplicate: contract.dedup.on_duplicate.value,
            record: contract.dedup.record.value,
            by_key: asked(QueryBy::IdempotencyKey),
            by_business_key: asked(QueryBy::BusinessKey),
            by_reference: asked(QueryBy::ExternalReference),
            query_lag: span(contract.query_lag.value),
            amount: contract.amount.value,
            assigns_id_before_dedup: contract.assigns_id_before_dedup.value,
            callback,
            callbacks_max: callbacks.map_or(u32::from(callback), |callbacks| callbacks.max.value),
            callback_id: callbacks.map_or(CallbackId::Stable, |callbacks| callbacks.id.value),
            callback_after_give_up: callbacks.is_none_or(|callbacks| callbacks.after_give_up.value),
            partial_effect: contract.partial_effect.value,
            late_effect: span(contract.late_effect.value),
            effect_possible: failures(&contract.effect_possible),
            failures: failures(&contract.failures),
            rejections: contract.rejections.iter().map(|reason| reason.value.clone()).collect(),
            p50: span(contract.latency.p50.value),
            p99: span(contract.latency.p99.value),
            when_absent: contract.when_absent.value,
            deletes: contract.history.value == History::Deleted,
            pool: self.pool(all, contract.pool.as_ref()),
            responses: 0,
        };
        operation.responses = responses(&operation);
        operation
    }

    /// The list that the operation, or the one that it undoes or updates, creates a record of.
    fn records(&self, name: &str, system: &SystemContract, contract: &definition::Operation) -> Option<ListId> {
        let touched = contract.undoes.as_ref().or(contract.updates.as_ref());
        let creator = touched.and_then(|touched| system.operations.get(touched)).unwrap_or(contract);
        self.vocabulary.list(&format!("{name}.{}", creator.creates.as_ref()?.value))
    }

    /// The state after it; where the contract does not say, the usual one of its effect.
    fn state_after(&mut self, contract: &definition::Operation) -> Option<u32> {
        let state = match (&contract.to, contract.effect.value) {
            (Some(state), _) => state.as_str(),
            (None, EffectKind::Shipment) if contract.creates.is_some() => "SHIPPED",
            (None, _) if contract.creates.is_some() => "ACTIVE",
            (None, EffectKind::Shipment) if contract.undoes.is_some() => "RECALLED",
            (None, EffectKind::Financial) if contract.undoes.is_some() => "CREDITED",
            (None, _) if contract.undoes.is_some() => "UNDONE",
            (None, _) => return None,
        };
        Some(self.vocabulary.intern(state))
    }

    fn sibling(&mut self, system: &str, name: Option<&Spanned<String>>) -> Option<OpIx> {
        let name = name?;
        let found = self.operations.get(&(system, name.as_str())).copied();
        if found.is_none() {
            self.unknown_name(&format!("operation of {system}"), name);
        }
        found
    }

    fn pool(&mut self, system: &SystemContract, name: Option<&Spanned<String>>) -> Option<u8> {
        let name = name?;
        let found = system.pools.position(name).map(|i| i as u8);
        if found.is_none() {
            self.unknown_name("pool of its system", name);
        }
        found
    }
}

/// The values of the response site that a contract allows: each declared failure before the effect, and after it where
/// the contract says that it may follow; what may come late, in part or twice. A wrong effect is beyond any contract.
fn responses(operation: &Operation) -> u32 {
    let has_effect = operation.effect != EffectKind::None || operation.undoes.is_some() || operation.updates.is_some();
    let mut mask = 1;
    let mut allow = |name: &str, when: bool| {
        let value = RESPONSES.iter().position(|response| *response == name);
        if let (Some(value), true) = (value, when) {
            mask |= 1 << value;
        }
    };
    for &failure in Failure::ALL {
        let declared = operation.failures.has(failure);
        let slug = failure.word().to_ascii_lowercase().replace('_', "-");
        allow(&slug, declared);
        allow(&format!("{slug}-before-effect"), declared);
        allow(&format!("{slug}-after-effect"), declared && has_effect && operation.effect_possible.has(failure));
    }
    allow("slow", operation.failures.has(Failure::Timeout));
    allow("late-effect", has_effect && operation.late_effect.0 > 0);
    allow("partial-effect", has_effect && operation.partial_effect);
    allow("callback-twice", operation.callback && operation.callbacks_max > 1);
    allow("callback-late", operation.callback && operation.callback_after_give_up);
    for (i, reason) in operation.rejections.iter().enumerate() {
        // What is true of a quote is no matter of luck: the workload says it.
        allow(&format!("reason-{}", i + 1), !QUOTE_REASONS.contains(&reason.as_str()));
    }
    mask
}
