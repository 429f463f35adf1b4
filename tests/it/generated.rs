//! Definitions that are made by chance and right by construction: whatever goes wrong, no run of one breaks anything.
//!
//! What may be chosen freely is: the shape of the items and what they wait for, policies, budgets, breakers, timeouts, commands. What
//! may not is what a definition owes: keys, compensations, questions before anything is sent again, a desk that may close
//! its cases, rules for what is left over. `SAGASIM_GENERATED=100..200` tries others than the test does.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64};

use fault_models::{Driver, Profile};
use scenarios::campaign::{Fate, Options, Simulation};
use scenarios::catalog;
use scenarios::definition::Definition;
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;
use sim_core::Domain as _;
use sim_core::hash::spread;

/// Runs of each definition under each profile.
const RUNS: u64 = 60;
/// Those that once broke though they are right.
const BROKE: [u64; 5] = [212, 228, 349, 428, 1352];
const FAMILIES: [&str; 6] = ["message", "process", "downstream", "broker", "database", "time"];
const EFFECTS: [&str; 4] = ["standard", "hasty", "undo", "patient"];

/// Chance, the same for the same number.
struct Luck {
    key: u64,
    drawn: u64,
}

impl Luck {
    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        (spread(self.key, self.drawn) >> 32) as usize % n
    }

    /// In so many of a hundred cases.
    fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A saga while it is being made.
struct Making {
    luck: Luck,
    items: String,
    steps: String,
    undos: String,
    /// What the items made so far are complete after, and all their steps.
    made: Vec<(Vec<String>, Vec<String>)>,
    /// The item that is being made, and its steps.
    item: String,
    own: Vec<String>,
    /// Whether a customer is told of what is undone.
    notices: bool,
}

impl Making {
    /// A step of the item, after these; at times after one of another item, too.
    fn step(&mut self, id: &str, after: &[String], rest: &str) -> Vec<String> {
        let mut after = after.to_vec();
        if !self.made.is_empty() && self.luck.percent(15) {
            let other = self.luck.below(self.made.len());
            let step = self.luck.below(self.made[other].1.len());
            after.push(self.made[other].1[step].clone());
        }
        after.dedup();
        let (item, after) = (&self.item, after.join(", "));
        writeln!(self.steps, "  - {{ id: {id}, item: {item}, after: [{after}], {rest} }}").expect("a string takes it");
        self.own.push(id.to_string());
        vec![id.to_string()]
    }

    /// A call with an effect; `undone` are the ids of its compensations.
    fn effect(
        &mut self,
        (id, kind, call): (&str, &str, &str),
        after: &[String],
        refused: &[&str],
        rest: &str,
    ) -> Vec<String> {
        let retry = self.luck.of(&EFFECTS[..2]);
        let refused = self.luck.of(refused);
        let (timeout, deadline) = if call == "provisioning.activate" { ("1h", "3d") } else { ("30s", "1d") };
        let key = match kind {
            "billing" => "${item.id}:${charge.id}:${billing.requestId}".to_string(),
            _ => format!("${{item.id}}:{}:${{plan.version}}", call.to_uppercase()),
        };
        let rest = format!(
            "kind: {kind}, call: {call}, attemptTimeout: {timeout}, deadline: {deadline}, retry: {retry}, \
             onReject: {{ other: {refused} }}, key: \"{key}\"{rest}"
        );
        self.step(id, after, &rest)
    }

    fn undo(&mut self, id: &str, call: &str, rest: &str) {
        let retry = self.luck.of(&EFFECTS[2..]);
        let failed = self.luck.of(&["OPEN_FALLOUT_CASE", "OPEN_REPAIR_CASE"]);
        let (key, approval, money) = match call {
            "billing.stop" => ("${charge.id}:STOP:${billing.requestId}", "none", "STOP"),
            "billing.credit" => ("${charge.id}:CREDIT:${billing.requestId}", "billing-desk", "CREDIT"),
            _ => ("UNDO:${step.id}:${plan.version}", "none", "NONE"),
        };
        let impact = if self.notices && money == "NONE" { "{ notify: ITEM_NOTICE }" } else { "NONE" };
        writeln!(
            self.undos,
            "  {id}: {{ call: {call}, trigger: [ITEM_CANCELLED, ITEM_FAILED, SAGA_FAILED, LATE_SUCCESS], appliesTo: [COMPLETED, UNKNOWN], \
             authority: {{ role: system, approval: {approval} }}, key: \"${{item.id}}:{key}\", preconditions: [], \
             sideEffects: [{call}], customerImpact: {impact}, financialImpact: {money}, audit: {{ record: Undone, reasonCode: required }}, \
             attemptTimeout: 30s, retry: {retry}, onFailure: {failed}{rest} }}"
        )
        .expect("a string takes it");
    }

    /// A call that its compensation undoes.
    fn undoable(&mut self, name: &str, after: &[String]) -> Vec<String> {
        let (kind, call, undo) = match name {
            "reserve" => ("reservation", "inventory.reserve", "inventory.release"),
            "provision" => ("provisioning", "provisioning.activate", "provisioning.deactivate"),
            "entitle" => ("provisioning", "entitlement.activate", "entitlement.deactivate"),
            _ => ("asset", "asset.create", "asset.reverse"),
        };
        let id = format!("{name}-{}", self.item);
        self.undo(&format!("un-{id}"), undo, "");
        let refused = ["FAIL_ITEM", "FAIL_ITEM", "OPEN_FALLOUT_CASE", "COMPENSATE", "COMPENSATE_ITEM"];
        self.effect((&id, kind, call), after, &refused, &format!(", compensation: [un-{id}]"))
    }

    /// An item: questions, what makes it complete, and what follows from that.
    fn item(&mut self, head: &str) {
        let item = self.item.clone();
        let relied = (!self.made.is_empty() && self.luck.percent(40)).then(|| self.luck.below(self.made.len()));
        let mut at = relied.map_or_else(|| vec![head.to_string()], |other| self.made[other].0.clone());
        if self.luck.percent(40) {
            let refused = self.luck.of(&["FAIL_ITEM", "OPEN_FALLOUT_CASE", "COMPENSATE"]);
            let rest = format!(
                "kind: validation, call: provisioning.checkFeasibility, attemptTimeout: 30s, deadline: 1d, retry: question, \
                 onReject: {{ other: {refused} }}, key: \"${{item.id}}:CHECK:${{plan.version}}\""
            );
            at = self.step(&format!("check-{item}"), &at, &rest);
        }
        if self.luck.percent(15) {
            let overdue = self.luck.of(&["OPEN_FALLOUT_CASE", "FAIL_ITEM"]);
            let rest = format!(
                "kind: human, role: desk, due: 1d, overdue: {overdue}, outcomes: {{ ok: COMPLETE, no: FAIL_ITEM }}"
            );
            at = self.step(&format!("ask-{item}"), &at, &rest);
        }
        let shape = self.luck.below(6);
        if shape < 2 {
            at = self.undoable("reserve", &at);
        }
        let mut complete = Vec::new();
        if matches!(shape, 2..=4) {
            at = self.undoable("provision", &at);
            complete.extend(at.clone());
        }
        if shape == 3 {
            complete.extend(self.undoable("entitle", &at));
        }
        if matches!(shape, 0 | 1 | 4 | 5) {
            let cancel = self.luck.of(&["RETURN_ORDER", "REJECT"]);
            let refused = ["FAIL_ITEM", "OPEN_FALLOUT_CASE", "COMPENSATE"];
            let rest = format!(", pivot: true, afterPivot: {{ cancel: {cancel} }}");
            complete.extend(self.effect((&format!("ship-{item}"), "shipping", "logistics.ship"), &at, &refused, &rest));
        }
        let relies = relied.map_or_else(String::new, |other| format!("reliesOn: item-{other}, "));
        let charges = self.follow(&complete);
        writeln!(
            self.items,
            "  {item}: {{ offering: an-{item}, {relies}completeAfter: [{}], charges: {{ {charges} }} }}",
            complete.join(", ")
        )
        .expect("a string takes it");
        self.made.push((complete, std::mem::take(&mut self.own)));
    }

    /// Product, charges and a letter, once the item is complete; gives the charges.
    fn follow(&mut self, complete: &[String]) -> String {
        let item = self.item.clone();
        let mut tail = complete.to_vec();
        if self.luck.percent(80) {
            let asset = self.undoable("asset", complete);
            if self.luck.percent(30) {
                tail.extend(asset);
            }
        }
        let mut charges = Vec::new();
        for n in 0..self.luck.below(3) {
            let name = format!("charge-{n}-{item}");
            let recurring = self.luck.percent(50);
            let kind = if recurring { "RECURRING, period: 1mo" } else { "ONE_TIME" };
            let on = &complete[self.luck.below(complete.len())];
            charges.push(format!(
                "{name}: {{ type: {kind}, amount: \"{n}9.90\", currency: EUR, billOn: {on}, latest: 24h }}"
            ));
            let (stop, credit) = (format!("stop-{name}"), format!("credit-{name}"));
            let mut undone = vec![credit.clone()];
            if recurring {
                self.undo(&stop, "billing.stop", "");
                undone.insert(0, stop.clone());
            }
            self.undo(&credit, "billing.credit", &if recurring { format!(", after: [{stop}]") } else { String::new() });
            let mut after = vec![on.clone()];
            if self.luck.percent(40) {
                after.extend(tail.iter().filter(|step| *step != on).cloned());
            }
            let refused = ["OPEN_FALLOUT_CASE", "OPEN_REPAIR_CASE", "FAIL_ITEM", "COMPENSATE"];
            let rest = format!(", charge: {name}, compensation: [{}]", undone.join(", "));
            self.effect((&format!("bill-{n}-{item}"), "billing", "billing.charge"), &after, &refused, &rest);
        }
        if self.luck.percent(20) {
            self.effect((&format!("tell-{item}"), "notification", "mail.send"), &tail, &["OPEN_FALLOUT_CASE"], "");
        }
        charges.join(", ")
    }

    /// What comes before all items; gives the step that they follow.
    fn head(&mut self) -> &'static str {
        let mut steps = String::new();
        let verified = self.luck.percent(30);
        if verified {
            steps += "  - { id: verify, kind: validation, call: cpq.verifyAccepted, attemptTimeout: 30s, deadline: 1d, retry: question, \
                      onReject: { other: REJECT_ORDER }, key: \"${quote.id}:${quote.version}:VERIFY:${conversion.requestId}\" }\n";
        }
        let after = if verified { "verify" } else { "" };
        writeln!(
            steps,
            "  - {{ id: create-order, kind: local, after: [{after}], node: oms, onDuplicate: RETURN_EXISTING, \
             tx: [ProductOrder, ProductOrderItem, OrderSnapshot, Plan, SagaInstance, Outbox], \
             key: \"${{quote.id}}:${{quote.version}}:${{conversion.requestId}}\" }}"
        )
        .expect("a string takes it");
        let head = match self.luck.below(4) {
            0 => {
                let refused = self.luck.of(&["OPEN_FALLOUT_CASE", "REJECT_ORDER", "COMPENSATE"]);
                writeln!(
                    steps,
                    "  - {{ id: account, kind: validation, after: [create-order], call: billing.validateAccount, attemptTimeout: 30s, \
                     deadline: 1d, retry: question, onReject: {{ other: {refused} }}, key: \"${{order.id}}:ACCOUNT:${{plan.version}}\" }}"
                )
                .expect("a string takes it");
                "account"
            }
            1 => {
                let (due, overdue) = (self.luck.of(&["4h", "1d"]), self.luck.of(&["OPEN_FALLOUT_CASE", "COMPENSATE"]));
                writeln!(
                    steps,
                    "  - {{ id: approve, kind: human, after: [create-order], role: desk, due: {due}, overdue: {overdue}, \
                     outcomes: {{ yes: COMPLETE, no: REJECT_ORDER }} }}"
                )
                .expect("a string takes it");
                "approve"
            }
            _ => "create-order",
        };
        self.steps += &steps;
        head
    }

    /// How failures are dealt with.
    fn policies(&mut self) -> String {
        let mut retry = "retry:\n".to_string();
        let mut unknown = "unknownOutcome:\n".to_string();
        for name in ["question"].into_iter().chain(EFFECTS) {
            let attempts = self.luck.of(&["1", "2", "5"]);
            let backoff = self.luck.of(&[
                "type: exponential, initialDelaySeconds: 30, maxDelayMinutes: 30",
                "type: fixed, initialDelaySeconds: 10",
                "type: linear, initialDelayMinutes: 1, maxDelayHours: 1",
            ]);
            let breaker = match self.luck.percent(50) {
                true => format!(
                    "{{ failures: {}, open: {} }}",
                    self.luck.of(&["1", "2", "5"]),
                    self.luck.of(&["10s", "2m", "1h"])
                ),
                false => "null".to_string(),
            };
            let (classes, fallbacks): (_, &[&str]) = match name {
                "question" => (
                    "retryOn: [NOT_SENT, TIMEOUT, HTTP_500, HTTP_502, HTTP_503, HTTP_504, RATE_LIMIT]".to_string(),
                    &["OPEN_FALLOUT_CASE", "FAIL_ITEM"],
                ),
                _ => (
                    format!(
                        "retryOn: [NOT_SENT, HTTP_502, HTTP_503, HTTP_504, RATE_LIMIT], unknownOn: [TIMEOUT, HTTP_500], \
                         unknownOutcomePolicy: ask-{name}"
                    ),
                    // Where the network doubles what was refused, giving up at once leaves the copy to nobody.
                    &["OPEN_FALLOUT_CASE", "OPEN_REPAIR_CASE", "HOLD_ITEM"],
                ),
            };
            let fallback = self.luck.of(fallbacks);
            writeln!(
                retry,
                "  {name}: {{ maxAttempts: {attempts}, backoff: {{ {backoff} }}, {classes}, \
                 noRetryOn: [VALIDATION_ERROR, BUSINESS_REJECTION, UNAUTHORIZED], circuitBreaker: {breaker}, fallback: {fallback} }}"
            )
            .expect("a string takes it");
            if name == "question" {
                continue;
            }
            let schedule = self.luck.of(&["1m", "10m, 2h", "1m, 5m, 15m, 1h"]);
            let then = self.luck.of(&["OPEN_FALLOUT_CASE", "HOLD_ITEM", "OPEN_REPAIR_CASE"]);
            let late = self.luck.of(&["COMPENSATE", "OPEN_FALLOUT_CASE", "OPEN_REPAIR_CASE"]);
            writeln!(
                unknown,
                "  ask-{name}: {{ query: byIdempotencyKey, schedule: [{schedule}], confirmed: COMPLETE, absent: RETRY_SAME_KEY, \
                 absentCounts: after-late-window, unresolved: {{ then: {then}, item: held }}, sla: 4d, lateSuccess: {late} }}"
            )
            .expect("a string takes it");
        }
        retry + &unknown
    }

    fn commands(&mut self) -> String {
        let mut text = "commands:\n".to_string();
        for scope in &["item", "order"][..self.luck.below(3)] {
            writeln!(
                text,
                "  cancel-{scope}: {{ scope: {scope}, role: [customer], key: \"${{order.id}}:${{cancellation.requestId}}\", expectedVersion: required, \
                 reasonCode: required, states: [acknowledged, pending, held, inProgress], ifInFlight: RESOLVE_THEN_DECIDE, \
                 then: COMPENSATE_ITEM, otherwise: REJECT }}"
            )
            .expect("a string takes it");
        }
        text.replace("commands:\n", if text.lines().count() > 1 { "commands:\n" } else { "commands: {}\n" })
    }
}

/// Which records must be there, and which must not: for what is complete, and for what came to nothing.
const RULES: &str = r#"reconcile:
  - { id: charges, for: 'item.state == "completed" && item.charge.type in ["RECURRING", "ONE_TIME"]', within: 30m, exactly: 1, of: billing.charges, where: 'it.orderItemId == item.id && it.state == "ACTIVE" && it.amount == item.charge.amount', severity: { missing: P0, duplicate: P0, orphan: P1 }, repair: OPEN_REPAIR_CASE }
  - { id: no-charge, for: 'item.state in ["cancelled", "failed"]', within: 30m, exactly: 0, of: billing.charges, where: 'it.orderItemId == item.id && it.state == "ACTIVE"', severity: { orphan: P1 }, repair: STOP_AND_CREDIT }
  - { id: no-hold, for: 'item.state in ["cancelled", "failed"]', within: 30m, exactly: 0, of: inventory.reservations, where: 'it.orderItemId == item.id && it.state == "ACTIVE"', severity: { orphan: P2 }, repair: RELEASE }
"#;

/// What a customer is told when something is undone, and who tells it.
const NOTICE: &str = r#"  - { type: ITEM_NOTICE, version: 1, of: item, partitionKey: "${order.id}", when: on-notify }
"#;
const CORRECTION: &str = r#"  - { id: correction, events: [ITEM_NOTICE], call: mail.send, key: "${event.source}:${event.id}", inbox: default, attemptTimeout: 30s, retry: standard, within: 1h, onNewerVersion: PARK, onFailure: PARK }
"#;

const EVENTS: &str = r#"emits:
  - { type: OrderItemStateChanged, version: 1, of: item, partitionKey: "${order.id}", when: every-transition }
  - { type: ProductOrderStateChanged, version: 1, of: order, partitionKey: "${order.id}", when: every-transition }
  - { type: SagaStateChanged, version: 1, of: saga, partitionKey: "${order.id}", when: every-transition }
consumers:
  - { id: crm, events: [OrderItemStateChanged, ProductOrderStateChanged], readModel: crm, inbox: default, within: 5m, onNewerVersion: PARK, onFailure: PARK }
  - { id: notify, events: [OrderItemStateChanged], where: 'event.state in ["completed", "cancelled"]', call: mail.send, key: "${event.source}:${event.id}", inbox: default, attemptTimeout: 30s, retry: standard, within: 1h, onNewerVersion: PARK, onFailure: PARK }
"#;

fn saga(number: u64) -> String {
    let luck = Luck { key: spread(0x6E4E, number), drawn: 0 };
    let (items, steps, undos, item) = Default::default();
    let notices = number % 4 == 2;
    let mut making = Making { luck, items, steps, undos, made: Vec::new(), item, own: Vec::new(), notices };
    let head = making.head();
    for n in 0..1 + making.luck.below(4) {
        making.item = format!("item-{n}");
        making.item(head);
    }
    if number.is_multiple_of(5) {
        let children: Vec<String> = (0..making.made.len()).map(|n| format!("item-{n}")).collect();
        writeln!(making.items, "  bundle: {{ offering: a-bundle, bundles: [{}] }}", children.join(", "))
            .expect("a string takes it");
    }
    let (policies, commands) = (making.policies(), making.commands());
    let (within, then) = (making.luck.of(&["3d", "14d", "30d"]), making.luck.of(&["OPEN_FALLOUT_CASE", "COMPENSATE"]));
    let sla = making.luck.of(&["1h", "8h"]);
    let lock = making.luck.of(&["optimistic", "pessimistic"]);
    let Making { items, steps, undos, .. } = making;
    let (notice, correction) = if notices { (NOTICE, CORRECTION) } else { ("", "") };
    let events = EVENTS.replace("consumers:\n", &format!("{notice}consumers:\n{correction}"));
    format!(
        "saga: generated-{number}\nversion: \"1\"\nbusinessKey: \"${{order.id}}\"\nparticipants: ./participants.yaml\n\
         platform: ./platform.yaml\ntimeout: {{ within: {within}, signal: LATE, then: {then} }}\n\
         fallout: {{ owner: desk, sla: {sla}, actions: [retryStep, resolveUnknown, closeManually] }}\n\
         lock: {{ aggregate: ProductOrder, mode: {lock} }}\nitems:\n{items}{policies}steps:\n{steps}compensations:\n{undos}\
         {commands}{events}{RULES}"
    )
}

/// What breaks in runs of this definition, under `standard`, `storm` and one family of faults.
fn broken(folder: &std::path::Path, number: u64) -> Vec<String> {
    let file = folder.join(format!("generated-{number}.saga.yaml"));
    std::fs::write(&file, saga(number)).expect("it can be written");
    let definition = Definition::load(&[file], &[])
        .unwrap_or_else(|invalid| panic!("generated-{number}: {invalid}\n{}", saga(number)));
    let mut broken = Vec::new();
    for (i, profile) in ["standard", "storm", FAMILIES[number as usize % FAMILIES.len()]].into_iter().enumerate() {
        let model = Model::new(&definition).unwrap_or_else(|errors| panic!("generated-{number}: {errors:?}"));
        let shape = WorkloadShape::new(&model, None);
        let faults = Profile::bundled(profile).expect("a bundled profile");
        let simulation = Simulation::new(Scenario::new(model), shape, faults, Driver::Swarm);
        let seed = number * 3 + i as u64;
        let options = Options { seed, first: 0, runs: RUNS, jobs: 2, driver: Driver::Swarm, fail_fast: false };
        let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
        assert!(tally.judged.iter().any(|judged| *judged > RUNS), "generated-{number}: next to nothing was judged");
        let good = simulation.good_day();
        if good.fates.iter().sum::<u64>() != good.fates[Fate::Completed as usize] || good.held_up > 0 {
            broken.push(format!("generated-{number}.saga.yaml: {good:?} where nothing disturbs it"));
        }
        let invariants = simulation.scenario.invariants();
        broken.extend(tally.causes.values().map(|cause| {
            let invariant = invariants[usize::from(cause.violation.invariant)].id();
            format!("generated-{number}.saga.yaml --faults {profile} --seed {seed} --runs {RUNS}: {invariant}")
        }));
    }
    broken
}

#[test]
fn nothing_breaks_under_a_definition_that_is_right() {
    let numbers: Vec<u64> = match std::env::var("SAGASIM_GENERATED") {
        Err(_) => (0..60).chain(BROKE).collect(),
        Ok(wanted) => {
            let (first, end) = wanted.split_once("..").expect("SAGASIM_GENERATED=FIRST..END");
            (first.parse().expect("a number")..end.parse().expect("a number")).collect()
        }
    };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["participants.yaml", "platform.yaml"] {
        std::fs::write(folder.path().join(name), catalog::get(name).expect("it is bundled"))
            .expect("it can be written");
    }
    let broken: Vec<String> = numbers.into_iter().flat_map(|number| broken(folder.path(), number)).collect();
    let kept = if broken.is_empty() { None } else { Some(folder.keep()) };
    assert!(broken.is_empty(), "in {kept:?}: sagasim check\n{}", broken.join("\n"));
}
