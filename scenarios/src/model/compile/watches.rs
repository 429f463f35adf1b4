//! Events and their consumers, reconcile rules, dashboard states, the designer's own rules.

use sim_core::Duration;
use sim_core::hash::names;

use super::keys::Place;
use super::{Compiler, duration, value};
use crate::definition::KeyPart;
use crate::definition::{
    self, Aggregate, EmitWhen, InboxUse, InvariantClass, KeyPath, KeyTemplate, ReconcileRule, RecordRef, Severity,
    SeverityRule, Spanned, StepKind,
};
use crate::invariants::own::UNREPORTED;
use crate::model::{Consumer, CustomRule, Dashboard, DashboardState, Emission, ItemIx, OpIx, Rule, Step, StepIx};
use crate::predicate::{Field, FieldId, Predicate, Scope};

impl<'d> Compiler<'d> {
    pub(super) fn emissions(&mut self) -> Vec<Emission> {
        let saga = self.saga;
        let compiled = |this: &mut Self, emission: &definition::Emission| Emission {
            kind: emission.kind.value.clone(),
            span: emission.span,
            version: value(emission.version.as_ref()),
            of: value(emission.of.as_ref()).unwrap_or(Aggregate::Item),
            when: value(emission.when.as_ref()).unwrap_or(EmitWhen::EveryTransition),
            step: emission.step.as_ref().and_then(|name| this.step(name)),
            keeps_order: emission.partition_key.as_ref().is_some_and(|key| keeps_order(key)),
        };
        saga.emits.iter().map(|emission| compiled(self, emission)).collect()
    }

    /// The consumers, and the steps that are their calls: the first of these is `first`.
    pub(super) fn consumers(&mut self, first: u16) -> (Vec<Consumer>, Vec<Step>) {
        let saga = self.saga;
        let (mut consumers, mut calls) = (Vec::new(), Vec::new());
        for consumer in &saga.consumers {
            let step = consumer.call.as_ref().and_then(|call| self.operation(call)).map(|call| {
                calls.push(self.consumer_call(consumer, call));
                StepIx(first + calls.len() as u16 - 1)
            });
            consumers.push(self.consumer(consumer, step));
        }
        (consumers, calls)
    }

    fn consumer(&mut self, consumer: &definition::Consumer, step: Option<StepIx>) -> Consumer {
        let filter = consumer.filter.as_ref();
        Consumer {
            id: consumer.id.value.clone(),
            names: names(&[&self.saga.name, "@consumer", &consumer.id]),
            span: consumer.span,
            events: consumer.events.iter().fold(0, |mask, event| mask | self.events_named(event)),
            filter: filter.and_then(|source| self.predicate("where", source, Scope::Event)),
            step,
            inbox: value(consumer.inbox.as_ref()) == Some(InboxUse::Default),
            on_newer_version: value(consumer.on_newer_version.as_ref()),
            on_failure: value(consumer.on_failure.as_ref()),
            within: duration(consumer.within.as_ref()),
        }
    }

    /// The emissions of a type, of any payload version, as a mask.
    fn events_named(&mut self, event: &Spanned<String>) -> u64 {
        let emits = self.saga.emits.iter().enumerate();
        let mask = emits.filter(|(_, e)| e.kind.value == event.value).fold(0, |mask, (i, _)| mask | 1 << i);
        if mask == 0 {
            self.unknown_name("event in emits", event);
        }
        mask
    }

    fn consumer_call(&mut self, consumer: &'d definition::Consumer, call: OpIx) -> Step {
        let place = Place { step: &consumer.id, charge: None, forward: None, own: false };
        Step {
            id: consumer.id.value.clone(),
            label: consumer.id.value.clone(),
            names: names(&[&self.saga.name, "@consumer", &consumer.id, "@call"]),
            span: consumer.span,
            kind: StepKind::Notification,
            item: ItemIx::ORDER,
            after: Vec::new(),
            dependents: Vec::new(),
            call: Some(call),
            key: consumer.key.as_ref().map(|key| self.key(key, &place)),
            attempt_timeout: duration(consumer.attempt_timeout.as_ref()),
            deadline: None,
            retry: self.retry(consumer.retry.as_ref()),
            undo: Vec::new(),
            undoes: None,
            pivot: false,
            after_pivot: None,
            replay_safe: false,
            charge: None,
            when: None,
            on_reject: Vec::new(),
            on_reject_other: None,
            outcomes: Vec::new(),
            due: None,
            overdue: None,
            binds_version: false,
            wait: None,
            on_duplicate: None,
            tells_apart: false,
            compensation: None,
        }
    }

    pub(super) fn rules(&mut self) -> Vec<Rule> {
        let saga = self.saga;
        saga.reconcile.iter().map(|rule| self.rule(rule)).collect()
    }

    fn rule(&mut self, rule: &ReconcileRule) -> Rule {
        let within = duration(rule.within.as_ref());
        let list = rule.of.as_ref().and_then(|of| self.vocabulary.list(&of.to_string()));
        let severity = rule.severity.as_ref();
        let worst = |rule: Option<&Spanned<SeverityRule>>| rule.map(|rule| worst(&rule.value));
        Rule {
            id: rule.id.value.clone(),
            names: names(&[&self.saga.name, "@rule", &rule.id]),
            span: rule.span,
            subject: rule.subject.as_ref().and_then(|source| self.asked_of_oms("for", source, Scope::Item)),
            within,
            every: duration(rule.every.as_ref()).or(within).unwrap_or(Duration::days(1)),
            exactly: value(rule.exactly.as_ref()).unwrap_or(1),
            operation: rule.of.as_ref().and_then(|of| self.creator(of)),
            matching: match (&rule.matching, list) {
                (Some(source), Some(list)) => self.predicate("where", source, Scope::Reconcile(list)),
                _ => None,
            },
            severity: [
                severity.and_then(|severity| worst(severity.missing.as_ref())),
                severity.and_then(|severity| worst(severity.duplicate.as_ref())),
                severity.and_then(|severity| worst(severity.orphan.as_ref())),
            ],
            repair: value(rule.repair.as_ref()),
        }
    }

    /// The operation that creates the records of a list.
    fn creator(&mut self, of: &Spanned<RecordRef>) -> Option<OpIx> {
        let system = self.participants.systems.get(&of.system);
        let creates =
            |operation: &definition::Operation| operation.creates.as_ref().is_some_and(|list| list.value == of.list);
        let found = system.and_then(|system| system.operations.iter().find(|entry| creates(&entry.value)));
        match found {
            Some(entry) => self.operations.get(&(of.system.as_str(), entry.id.as_str())).copied(),
            None => {
                self.unknown_name("list of records", &Spanned::new(of.value.to_string(), of.span));
                None
            }
        }
    }

    pub(super) fn dashboard(&mut self) -> Dashboard {
        let saga = self.saga;
        let state = |this: &mut Self, state: &definition::DashboardState| {
            let when = state.when.as_ref().and_then(|source| this.predicate("when", source, Scope::Item));
            DashboardState {
                state: state.state.value.clone(),
                span: state.span,
                item: state.item.as_ref().and_then(|item| this.item(item)),
                item_state: when.as_ref().and_then(|when| when.demands(FieldId::Known(Field::ItemState))),
                when,
            }
        };
        let states = saga.dashboard.iter().map(|written| state(self, written)).collect();
        Dashboard::new(states, saga.items.0.len())
    }

    /// The designer's own rules; one whose predicate does not compile has been reported.
    pub(super) fn custom(&mut self) -> Vec<CustomRule> {
        let saga = self.saga;
        let rule = |this: &mut Self, rule: &definition::CustomInvariant| {
            let subject = rule.subject.as_ref().and_then(|source| this.reported("for", source));
            Some(CustomRule {
                id: rule.id.value.clone(),
                span: rule.span,
                always: rule.class.value == InvariantClass::Always,
                rule: this.reported("rule", &rule.rule)?,
                subject,
                within: duration(rule.within.as_ref()),
            })
        };
        saga.invariants.iter().filter_map(|written| rule(self, written)).collect()
    }
}

impl Compiler<'_> {
    /// A predicate over what is reported: an invariant sees no tables.
    fn reported(&mut self, field: &str, source: &Spanned<String>) -> Option<Predicate> {
        let predicate = self.predicate(field, source, Scope::Item)?;
        let why = |path: &str| format!("{field}: an invariant cannot read {path}, which no event reports");
        self.refuse_reads(source, &predicate, (UNREPORTED, true), why);
        Some(predicate)
    }
}

/// Whether all events of one aggregate have one partition: the key is made of what never changes for it.
fn keeps_order(key: &KeyTemplate) -> bool {
    let stays = |part: &KeyPart| {
        matches!(
            part,
            KeyPart::Text(_)
                | KeyPart::Path(
                    KeyPath::OrderId
                        | KeyPath::ItemId
                        | KeyPath::ChargeId
                        | KeyPath::QuoteId
                        | KeyPath::StepId
                        | KeyPath::EventSource
                )
        )
    };
    key.parts.iter().all(stays)
}

/// The severity as a number; of a rule, the worst that it can yield, since account values differ from run to run.
fn worst(rule: &SeverityRule) -> u8 {
    match rule {
        SeverityRule::Fixed(severity) => *severity as u8,
        SeverityRule::Cel(source) => {
            let all = [(Severity::P0, "P0"), (Severity::P1, "P1"), (Severity::P2, "P2"), (Severity::P3, "P3")];
            all.iter().find(|(_, word)| source.contains(word)).map_or(0, |(severity, _)| *severity as u8)
        }
    }
}
