//! What makes something late on a good day: what has to come soon and waits for what it need not wait for, or for an
//! answer that its contract lets take longer.

use sim_core::Duration;

use super::{Remedy, add};
use crate::definition::{OperationRef, Reply, SagaFile, Spanned};

/// All that a saga has of it.
pub fn deadlines(file: &SagaFile, found: &mut Vec<Remedy>) {
    for step in &file.saga.steps {
        let id = step.id.value.as_str();
        let path = |field: &str| format!("saga({}).steps[{id}].{field}", file.saga.name.value);
        if let Some(trigger) = waits_for_more_than(file, id) {
            let span = step.after.first().map_or(step.span, |first| first.span);
            let advice = format!("let {id} wait for nothing but what it is billed on: after: [{trigger}]");
            add(found, &path("after"), &format!("[{trigger}]"), (span, advice), Some(id));
        }
        if let (Some(call), Some(timeout)) = (&step.call, &step.attempt_timeout)
            && let Some(longest) = longest_answer(file, call).filter(|longest| timeout.value.micros() < longest.0)
        {
            let enough = Duration::secs((longest.0 / 1_000_000 + 1) * 2);
            let advice =
                format!("give {id} longer than {} takes by its contract: attemptTimeout: {enough}", call.value);
            let value = format!("{}s", enough.as_millis() / 1_000);
            add(found, &path("attemptTimeout"), &value, (timeout.span, advice), Some(id));
        }
    }
}

/// What a step that activates a charge is billed on, where it waits for something else and the charge has a deadline
/// from then on.
fn waits_for_more_than<'a>(file: &'a SagaFile, step: &str) -> Option<&'a str> {
    let step = file.saga.step(step)?;
    let charge = file.saga.items.get(&step.item.as_ref()?.value)?.charges.get(&step.charge.as_ref()?.value)?;
    let trigger = charge.bill_on.as_ref().filter(|_| charge.latest.is_some() && charge.trial.is_none())?;
    let waits = step.after.iter().any(|before| before.value != trigger.value);
    waits.then_some(trigger.value.as_str())
}

/// How long a correct answer may take by its contract; of what answers at once.
fn longest_answer(file: &SagaFile, call: &Spanned<OperationRef>) -> Option<Duration> {
    let contract = file.participants.operation(&call.value.system, &call.value.operation)?;
    (contract.reply.value != Reply::Callback).then(|| Duration(contract.latency.p99.value.micros()))
}
