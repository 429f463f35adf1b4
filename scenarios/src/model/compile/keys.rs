//! Key templates become keys: paths that follow from the definition become text, the rest is filled in at run time.

use super::Compiler;
use crate::definition::{KeyPart, KeyPath, KeyTemplate, Spanned, singular};
use crate::model::{Key, KeyField, StepIx, StepSet};

/// What a key belongs to.
#[derive(Clone, Copy)]
pub(super) struct Place<'d> {
    /// The step's id; of an undo step that of the step it undoes; empty where there is no step.
    pub step: &'d str,
    /// The charge's name, if it has one.
    pub charge: Option<&'d str>,
    /// The forward step, or the one that is undone: what comes before it can be known to it.
    pub forward: Option<StepIx>,
    /// Whether its own record may be known too, as for an undo step.
    pub own: bool,
}

impl Place<'_> {
    /// A key of the order itself: of a command, an event or the saga.
    pub(super) const fn order() -> Self {
        Self { step: "", charge: None, forward: None, own: false }
    }
}

impl<'d> Compiler<'d> {
    pub(super) fn key(&self, template: &Spanned<KeyTemplate>, place: &Place<'d>) -> Key {
        let mut key = Key::default();
        for part in &template.parts {
            match part {
                KeyPart::Text(text) => key.fields.push(KeyField::Text(text.clone())),
                KeyPart::Path(path) => self.path(&mut key, path, place),
            }
        }
        key
    }

    fn path(&self, key: &mut Key, path: &KeyPath, place: &Place<'d>) {
        let charge = place.charge.unwrap_or("no-charge");
        let field = match path {
            KeyPath::OrderId => KeyField::OrderId,
            KeyPath::ItemId => KeyField::ItemId,
            KeyPath::ChargeId => KeyField::Text(charge.to_string()),
            KeyPath::ChargeTrialEnd => KeyField::Text(format!("{charge}/trial-end")),
            KeyPath::QuoteId => KeyField::QuoteId,
            KeyPath::QuoteVersion => KeyField::QuoteVersion,
            KeyPath::PlanVersion => KeyField::PlanVersion,
            KeyPath::StepId => KeyField::Text(place.step.to_string()),
            KeyPath::StepRevision => KeyField::StepRevision,
            KeyPath::RequestId(name) => KeyField::RequestId(name.clone()),
            KeyPath::EventSource => KeyField::EventSource,
            KeyPath::EventId => KeyField::EventId,
            KeyPath::Record { record, field } => {
                key.fields.push(self.record(record, place));
                if field == "id" {
                    return;
                }
                KeyField::Text(format!(".{field}"))
            }
            KeyPath::StepAttempt => KeyField::Attempt,
            KeyPath::MessageId | KeyPath::ClockNow | KeyPath::Random => KeyField::Fresh,
        };
        key.volatile |= matches!(field, KeyField::Attempt | KeyField::Fresh);
        key.fields.push(field);
    }

    /// The step whose record is meant: the last one before this step that creates one of the list. Where none comes
    /// before it, any step that creates one, whose record is then unknown when the key is needed; where there is none
    /// at all, the key never knows it.
    fn record(&self, record: &str, place: &Place<'d>) -> KeyField {
        let creators: Vec<StepIx> = (0..self.saga.steps.len())
            .filter(|&i| self.creates(i).is_some_and(|list| singular(list) == record))
            .map(|i| StepIx(i as u16))
            .collect();
        let own = place.forward.filter(|step| place.own && creators.contains(step));
        let before = || creators.iter().rev().find(|step| place.forward.is_some_and(|own| self.is_before(**step, own)));
        match own.or_else(|| before().copied()).or_else(|| creators.last().copied()) {
            Some(step) => KeyField::Record(step),
            None => KeyField::Text("unknown".to_string()),
        }
    }

    fn creates(&self, step: usize) -> Option<&'d str> {
        let call = self.saga.steps[step].call.as_ref()?;
        let contract = self.participants.operation(&call.system, &call.operation)?;
        contract.creates.as_ref().map(|list| list.value.as_str())
    }

    fn is_before(&self, step: StepIx, other: StepIx) -> bool {
        self.ancestors[other.ix()].contains(step)
    }

    /// The forward steps before each forward step. A definition without cycles is settled after as many rounds as its
    /// longest chain has steps; a cycle, which the loader refuses, is settled too.
    pub(super) fn closure(&self) -> Vec<StepSet> {
        let after: Vec<Vec<StepIx>> = self
            .saga
            .steps
            .iter()
            .map(|step| step.after.iter().filter_map(|name| self.steps.get(name.as_str()).copied()).collect())
            .collect();
        let mut before = vec![StepSet::default(); after.len()];
        loop {
            let mut settled = true;
            for (step, direct) in after.iter().enumerate() {
                let mut set = before[step];
                for &other in direct {
                    set.insert(other);
                    set.extend(&before[other.ix()]);
                }
                settled &= set == before[step];
                before[step] = set;
            }
            if settled {
                return before;
            }
        }
    }
}
