//! Predicates from source to answer: what is accepted, what is refused and where, what it evaluates to.

mod hostile;

use iso_currency::Currency;

use super::*;
use crate::definition::{EffectKind, Money};

/// The vocabulary of a small order fulfilment.
fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::new();
    for step in ["reserve-router", "ship-router"] {
        vocabulary.add_step(step).expect("few steps");
    }
    vocabulary.add_trait("sso", Type::Text).expect("few traits");
    vocabulary.declare(fields::ITEM_NAME, &["connectivity", "router"]);
    let fields = [
        ("orderItemId", Type::Id),
        ("amount", Type::Money),
        ("currency", Type::Text),
        ("effectiveStart", Type::Time),
        ("trial", Type::Bool),
    ];
    let state = Vocabulary::state_of_effect(EffectKind::Financial);
    vocabulary.add_list("billing", "charges", state, &fields).expect("a list without conflicts");
    vocabulary
}

/// An item in state `completed` with a charge of 120.00 EUR, and the charge records given.
struct Item {
    vocabulary: Vocabulary,
    charges: Vec<Charge>,
}

struct Charge {
    item: u64,
    state: &'static str,
    minor: i64,
}

impl Item {
    fn name(&self, text: &str) -> Value {
        self.vocabulary.name(text).map_or(Value::Missing, Value::Name)
    }
}

fn eur(minor: i64) -> Value {
    Money { minor, currency: Currency::EUR }.into()
}

impl Facts for Item {
    fn field(&self, field: FieldId) -> Value {
        match field {
            FieldId::Known(Field::ItemId) => Value::Id(7),
            FieldId::Known(Field::ItemState) => self.name("completed"),
            FieldId::Known(Field::ItemQuantity) => Value::Int(2),
            FieldId::Known(Field::ItemCreatedAt) => Value::Time(60_000_000),
            FieldId::Known(Field::OrderCreatedAt) => Value::Time(90_000_000),
            FieldId::Known(Field::ChargeType) => self.name("RECURRING"),
            FieldId::Known(Field::ChargeAmount) => eur(12_000),
            FieldId::Known(Field::ChargeCurrency) => self.name("EUR"),
            FieldId::Known(Field::EventState) => self.name("cancelled"),
            FieldId::Trait(0) => self.name("yes"),
            FieldId::It(column) => self.record_field(ListId(0), 0, column),
            _ => Value::Missing,
        }
    }

    fn records(&self, list: ListId) -> usize {
        assert_eq!(list, ListId(0));
        self.charges.len()
    }

    fn record_field(&self, list: ListId, row: usize, column: ColumnId) -> Value {
        let charge = &self.charges[row];
        match self.vocabulary.lists()[usize::from(list.0)].columns[usize::from(column.0)].0.as_str() {
            "orderItemId" => Value::Id(charge.item),
            "state" => self.name(charge.state),
            "amount" => eur(charge.minor),
            "createdAt" => Value::Time(61_000_000),
            _ => Value::Missing,
        }
    }

    fn step_state(&self, step: u16) -> Value {
        self.name(if step == 0 { "COMPLETED" } else { "PENDING" })
    }
}

/// Compiles in the scope of a reconcile `where`, which sees most, and evaluates over two charges of which the first is
/// the item's.
fn check(source: &str, expected: bool) {
    let mut vocabulary = vocabulary();
    let predicate = vocabulary
        .compile(source, Scope::Reconcile(ListId(0)))
        .unwrap_or_else(|error| panic!("{source}: {error} at {}", error.offset));
    let charge = |item, state, minor| Charge { item, state, minor };
    let charges = vec![charge(7, "ACTIVE", 12_000), charge(8, "STOPPED", 2_500)];
    let item = Item { vocabulary, charges };
    assert_eq!(predicate.holds(&item), expected, "{source}");
}

/// `at` is the text that the error must point at, `words` stand in its message or help.
fn check_refused(source: &str, scope: Scope, at: &str, words: &str) {
    let Err(error) = vocabulary().compile(source, scope) else { panic!("accepted: {source}") };
    assert!(error.to_string().contains(words), "{source}: {error}, expected {words}");
    let rest = &source[error.offset..];
    assert!(rest.starts_with(at), "{source}: {error}, at `{rest}`, expected `{at}`");
}

#[test]
fn predicates_of_the_design_hold() {
    check(r#"item.traits.sso == "yes""#, true);
    check(r#"shipment.state == "NONE""#, false);
    check(r#"item.state == "completed" && item.charge.type in ["RECURRING", "ONE_TIME"]"#, true);
    check(r#"it.orderItemId == item.id && it.state == "ACTIVE" && it.amount == item.charge.amount"#, true);
    check(r#"step("reserve-router").state == "COMPLETED" && step("ship-router").state in ["PENDING", "READY"]"#, true);
    check(r#"billing.charges.exists(c, c.orderItemId == item.id && c.state == "ACTIVE")"#, true);
}

/// What a predicate demands of a field it demands wherever it holds: with any other value it does not.
#[test]
fn what_is_demanded_of_a_field_is_said_beforehand() {
    for (source, demanded) in [
        (r#"item.state == "completed""#, true),
        (r#""completed" == item.state && item.quantity == 2"#, true),
        (r#"item.quantity == 2 && (item.state == "completed" && !false)"#, true),
        (r#"item.state != "completed""#, false),
        (r#"!(item.state == "held")"#, false),
        (r#"item.state == "completed" || item.quantity == 2"#, false),
        (r#"item.state in ["completed"]"#, false),
        ("item.quantity == 2", false),
    ] {
        let mut vocabulary = vocabulary();
        let predicate = vocabulary.compile(source, Scope::Item).unwrap_or_else(|error| panic!("{source}: {error}"));
        let demands = predicate.demands(FieldId::Known(Field::ItemState));
        let completed = vocabulary.name("completed").map(Value::Name);
        let same = demands.is_some_and(|value| completed.is_some_and(|completed| value.equals(completed)));
        assert_eq!((demands.is_some(), same), (demanded, demanded), "{source}");
    }
}

#[test]
fn operators_evaluate() {
    for (source, expected) in [
        ("true", true),
        ("!true || !!true", true),
        ("false || false && true", false),
        ("item.quantity + 1 == 3 && item.quantity - 3 == -1 && -item.quantity < 0", true),
        ("item.quantity >= 2 && item.quantity <= 2 && !(item.quantity > 2) && 1 < item.quantity", true),
        ("item.quantity in [1, 2, 3]", true),
        ("item.quantity in [-2]", false),
        (r#"item.charge.amount == money("120.00", "EUR")"#, true),
        (r#"item.charge.amount == money("120.00", "USD")"#, false),
        (r#"item.charge.amount != money("120.00", "USD")"#, true),
        (r#"item.charge.amount < money("200", "USD") || item.charge.amount >= money("1", "USD")"#, false),
        (r#"item.charge.amount + money("0.01", "EUR") > money("1.2e2", "EUR")"#, true),
        (r#"order.createdAt - item.createdAt == duration("30s")"#, true),
        (r#"item.createdAt - order.createdAt < duration("0s")"#, true),
        (r#"item.createdAt + duration("1m") > order.createdAt"#, true),
        (r#"item.createdAt - duration("10d") < order.createdAt"#, false),
        (r#"duration("1h30m") == duration("90m")"#, true),
        ("size(billing.charges) == 2 && billing.charges.size() != 3", true),
        (r#"billing.charges.all(c, c.amount > money("1", "EUR"))"#, true),
        (r#"billing.charges.all(c, c.state == "ACTIVE")"#, false),
        (r#"billing.charges.exists(c, c.state == "CREDITED")"#, false),
        (r#"item.charge.currency == 'EUR' // a comment"#, true),
        ("item.quantity\n  == 2", true),
        ("9223372036854775807 + 1 == 0", false),
        ("9223372036854775807 + 1 != 0", true),
    ] {
        check(source, expected);
    }
}

#[test]
fn missing_fields_compare_unequal_and_read_as_false() {
    for (source, expected) in [
        ("item.completedAt == item.completedAt", false),
        ("item.completedAt != item.completedAt", true),
        ("item.completedAt > order.createdAt || item.completedAt <= order.createdAt", false),
        (r#"item.completedAt + duration("1s") == order.createdAt"#, false),
        ("it.trial", false),
        ("!it.trial", true),
        (r#"it.currency in ["EUR"]"#, false),
    ] {
        check(source, expected);
    }
}

#[test]
fn wrong_words_are_named_with_what_was_meant() {
    for (source, at, words) in [
        ("itm.state == 'completed'", "itm", "`item`"),
        ("item.stat == 'completed'", "stat ", "`state`"),
        ("item.charge.amuont == item.charge.amount", "amuont", "`amount`"),
        ("item . \n stat == 'completed'", "stat ", "`state`"),
        ("item.charge == 1", "item.charge", "amount"),
        ("item.state.x == 'completed'", "x ", "has no fields"),
        ("item == 1", "item", "is an object"),
        ("item.state == completed", "completed", "\"completed\""),
        ("item.state == 'complted'", "'complted'", "`completed`"),
        ("item.state == 'ACTIVE'", "'ACTIVE'", "not one of the order and item states"),
        ("'complted' == item.state", "'complted'", "`completed`"),
        ("item.state in ['completed', 'cancled']", "'cancled'", "`cancelled`"),
        ("item.name == 'ruoter'", "'ruoter'", "`router`"),
        ("step('ship-ruoter').state == 'SENT'", "'ship-ruoter'", "`ship-router`"),
        ("step('ship-router').sate == 'SENT'", "sate", "`state`"),
        ("step('ship-router').state == 'SNET'", "'SNET'", "`SENT`"),
        ("step('ship-router') == 'SENT'", "step", "step(\"id\").state"),
        ("item.traits.sos == 'yes'", "sos", "`sso`"),
        ("billing.chargse.exists(c, true)", "chargse", "`charges`"),
        ("billing.charges.exists(c, c.stat == 'ACTIVE')", "stat ", "`state`"),
        ("billing.charges.exists(c, c)", "c)", "is a record"),
        ("billing.charges.exists(c, d.state == 'ACTIVE')", "d.", "unknown object"),
        ("billing.charges.exists(item, true)", "item", "an object already"),
        ("billing.charges.exist(c, true)", "exist", "`exists`"),
        ("billing.charges == 1", "billing", "record list"),
        ("item.state.exists(c, true)", "item", "no record list"),
        ("it.state == 'ACTIVE'", "it.", "only in the `where`"),
        ("event.state == 'cancelled'", "event", "a consumer's `where`"),
        ("mony('1', 'EUR') == item.charge.amount", "mony", "`money`"),
    ] {
        check_refused(source, Scope::Item, at, words);
    }
    check_refused("item.state == 'completed'", Scope::Order, "item", "item and reconcile");
    check_refused("item.state == 'completed'", Scope::Event, "item", "item and reconcile");
    check_refused("step('ship-router').state == 'SENT'", Scope::Event, "step", "cannot be read here");
    check_refused("size(billing.charges) == 1", Scope::Event, "billing", "unknown object");
    check_refused("it.amuont == item.charge.amount", Scope::Reconcile(ListId(0)), "amuont", "`amount`");
}

#[test]
fn types_must_fit() {
    for (source, at, words) in [
        ("item.quantity", "item", "true or false, found integer"),
        ("money('1', 'EUR')", "money", "found money"),
        ("'completed'", "'completed'", "found text"),
        ("item.quantity == 'two'", "==", "compare integer and text"),
        ("item.id == '100'", "==", "an id is compared with other ids"),
        ("item.id == 7", "==", "an id is compared with other ids"),
        ("item.state == item.charge.type", "==", "share no name"),
        ("item.state < 'completed'", "<", "cannot order"),
        ("item.charge.amount > 100", ">", "cannot order money and integer"),
        ("item.createdAt > duration('5m')", ">", "cannot order time and duration"),
        ("item.createdAt + item.createdAt > item.createdAt", "+", "cannot add"),
        ("duration('5m') - item.createdAt > duration('5m')", "-", "cannot subtract"),
        ("-item.state == 'completed'", "-", "cannot negate"),
        ("item.quantity && true", "item", "expected true or false"),
        ("!item.quantity", "item", "expected true or false"),
        ("item.quantity in 'two'", "'two'", "expected a list"),
        ("item.quantity in []", "[", "empty list"),
        ("item.quantity in ['two']", "'two'", "compare integer and text"),
        ("item.quantity in [item.quantity]", "item.quantity]", "expected a literal"),
        ("[1] == [1]", "[1]", "only after `in`"),
        ("money(1, 'EUR') == item.charge.amount", "1", "expected a text"),
        ("money('1') == item.charge.amount", "money", "not used like this"),
        ("money('1', 'EUT') == item.charge.amount", "'EUT'", "no ISO 4217 currency"),
        ("money('1.005', 'EUR') == item.charge.amount", "'1.005'", "2 digits"),
        ("money('ten', 'EUR') == item.charge.amount", "'ten'", "decimal number"),
        ("duration('1mo') > duration('1d')", "'1mo'", "no fixed length"),
        ("duration('5') > duration('1d')", "'5'", "such as 30s"),
        ("duration('5 m') > duration('1d')", "'5 m'", "such as 30s"),
        ("duration('5w') > duration('1d')", "'5w'", "unknown unit `w`"),
        ("duration('9999999999999d') > duration('1d')", "'9999999999999d'", "too long"),
        ("size('abc') == 3", "'abc'", "expected a path"),
    ] {
        check_refused(source, Scope::Item, at, words);
    }
}

#[test]
fn what_is_not_in_the_language_is_refused_in_its_words() {
    let deep = "(".repeat(17) + "true" + &")".repeat(17);
    let long = format!("true //{}", "x".repeat(SOURCE_MAX));
    let chain = format!("1 {} == 1", "+ 1 ".repeat(70));
    for (source, at, words) in [
        ("", "", "empty"),
        ("  // nothing", "", "empty"),
        ("item.quantity == 1.5", "1.5", "not exact"),
        ("item.quantity == 1e3", "1e3", "not exact"),
        ("item.quantity == .5", ".5", "not exact"),
        ("item.quantity == 1u", "1u", "decimal digits"),
        ("item.quantity == 0x10", "0x10", "decimal digits"),
        ("item.quantity == 99999999999999999999", "99999999999999999999", "invalid int"),
        ("item.quantity * 2 == 4", "*", "arithmetic"),
        ("item.quantity % 2 == 0", "%", "arithmetic"),
        ("true ? true : false", "?", "conditional"),
        ("{'a': 1} == 1", "{", "maps"),
        ("item.state = 'completed'", "=", "`==`"),
        ("true & true", "&", "`&&`"),
        ("item.state == r'completed'", "r'", "prefix"),
        ("item.state == 'comp\\x6ceted'", "\\", "escapes"),
        ("item.state == \"\"\"completed\"\"\"", "\"completed", "operator between"),
        ("item.state == 'completed", "'completed", "never closed"),
        ("(true", "(", "never closed"),
        ("true)", ")", "closes nothing"),
        ("(true]", "]", "closes nothing"),
        ("`item`.state == 'completed'", "`", "unexpected"),
        ("item.staté == 'completed'", "é", "unexpected"),
        ("has(item.completedAt)", "has", "compare it directly"),
        ("item.state == null", "null", "missing field"),
        ("item.createdAt > now()", "now", "no clock"),
        ("item.createdAt > clock.now", "clock", "every look"),
        ("timestamp('2026-01-01T00:00:00Z') < item.createdAt", "timestamp", "no clock"),
        ("item.traits.sso.matches('y.*')", "matches", "compared whole"),
        ("billing.charges.filter(c, true).size() == 1", "filter", "exists, all and size"),
        ("size(billing.charges.size()) == 1", "size()", "expected a path"),
        ("billing.charges[0].state == 'ACTIVE'", "[0]", "expected a path"),
        ("billing.charges.exists_one(c, true)", "exists_one", "exists, all and size"),
        ("billing.charges.exists(c, billing.charges.exists(d, true))", "exists(d", "within a comprehension"),
        (
            "item.state == 'completed' item.state",
            "item.state",
            "an operator is missing between `'completed'` and `item`",
        ),
        ("item.state ==", "", "ends after `==`, where a value should follow"),
        ("item.state == 'completed' && ", "", "ends after `&&`"),
        ("item.", "", "where the name of a field should follow"),
        ("item..state == 'completed'", ".state", "the name of a field is missing"),
        ("item.state == 'completed' and true", "and", "`and` is no operator"),
        ("NOT item.state == 'completed'", "NOT", "write !"),
        ("item.state <> 'completed'", "<>", "write !="),
        ("item.quantity => 2", "=> 2", "did you mean `>=`?"),
        ("&& true", "&&", "a value is missing before `&&`"),
        ("true && || true", "||", "a value is missing between `&&` and `||`"),
        ("(true &&)", ")", "a value is missing between `&&` and `)`"),
        ("(true) (true)", "(true)", "an operator is missing"),
        ("1 2", "2", "an operator is missing between `1` and `2`"),
        ("if item.state", "item", "an operator is missing"),
        ("item.state == if", "if", "keeps for itself"),
        ("item.state == “completed”", "“", "typographic"),
        (&deep, "(true", "nested deeper"),
        (&long, "", "expected at most 4096"),
        (&chain, "+", "operators in a chain"),
    ] {
        check_refused(source, Scope::Item, at, words);
    }
}

#[test]
fn a_predicate_says_what_it_reads() {
    let mut vocabulary = vocabulary();
    let source = "item.quantity == 1 && step('ship-router').state == 'SENT' && billing.charges.all(c, c.trial)";
    let predicate = vocabulary.compile(source, Scope::Item).expect("a predicate");
    let reads: Vec<Read> = predicate.reads().collect();
    let quantity = FieldId::Known(Field::ItemQuantity);
    assert_eq!(reads, [Read::Field(quantity), Read::Step(1), Read::List(ListId(0))]);
}
