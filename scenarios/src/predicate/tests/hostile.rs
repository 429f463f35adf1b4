//! Whatever a source is, compiling it ends, and with an answer.

use proptest::prelude::*;

use super::*;

/// The longest chains and deepest nests that the limits let through. Each must end; what a thread of the usual size
/// cannot hold would abort the process.
#[test]
fn hostile_sources_end() {
    let fill = |unit: &str, end: &str| unit.repeat((SOURCE_MAX - end.len()) / unit.len()) + end;
    let nest = |open: &str, close: &str, core: &str| open.repeat(16) + core + &close.repeat(16);
    let accepted = [
        fill("!", "true"),
        fill("true&&", "true"),
        fill("true||", "true"),
        fill("true&&true||", "true"),
        nest("(", ")", "true"),
        nest("!(", ")", "true"),
        format!("1 in [{}1]", "1,".repeat(2_000)),
    ];
    let refused = [
        fill("1+", "1"),
        fill("1==", "1"),
        fill("a.", "a"),
        fill("-", "1"),
        fill("- ! ", "1"),
        fill("a in ", "a"),
        fill("x().", "x()"),
        fill("1,", "1"),
        fill("((((((((((((((((1))))))))))))))))==", "1"),
        fill("1 in [1,[1,[1]]] == ", "1"),
        fill(".", ""),
        fill("<", ""),
        fill("'' ", ""),
        fill("a ", ""),
        fill("a[b(c,[", "d"),
        nest("[", "]", "1"),
        nest("f(", ")", "1"),
        nest("a[", "]", "1"),
        nest("-(-", ")", "1"),
    ];
    for source in &accepted {
        assert!(vocabulary().compile(source, Scope::Item).is_ok(), "{source}");
    }
    for source in &refused {
        assert!(vocabulary().compile(source, Scope::Item).is_err(), "{source}");
    }
}

const TOKENS: [&str; 42] = [
    "item",
    "state",
    ".",
    ".",
    "==",
    "!=",
    "<",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "in",
    "(",
    ")",
    "[",
    "]",
    ",",
    "1",
    "'ACTIVE'",
    "true",
    "billing.charges",
    "exists",
    "all",
    "size",
    "c",
    "money",
    "duration",
    "step",
    "'EUR'",
    "'5m'",
    "it",
    "null",
    "item.quantity",
    "item.state",
    "item.id",
    "if",
    "é",
    "9999999999999999999",
    "//",
    "\n",
    "''",
];

/// Tokens in any order: most are refused early.
fn token_soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(TOKENS.to_vec());
    let separator = prop::sample::select(vec!["", " "]);
    prop::collection::vec((token, separator), 0..40)
        .prop_map(|tokens| tokens.into_iter().map(|(token, separator)| format!("{token}{separator}")).collect())
}

/// Almost predicates, with balanced brackets, so that the parser and the checker see them.
fn almost_predicate() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "true",
            "1",
            "'ACTIVE'",
            "c",
            "c.state",
            "c.orderItemId",
            "item.id",
            "item.state",
            "item.quantity",
            "item.createdAt",
            "item.charge.amount",
            "money('1', 'EUR')",
            "duration('5m')",
            "billing.charges",
            "step('ship-router').state",
            "it.amount",
            "null",
            "item",
            "if",
            "''",
        ])
        .prop_map(String::from),
        prop::sample::select(TOKENS.to_vec())
            .prop_filter("brackets would be refused", |token| !token.contains(['(', ')', '[', ']']))
            .prop_map(String::from),
    ];
    let operator = prop::sample::select(vec![
        "==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "in", ".", ",", "", " - -", "== !",
    ]);
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            (inner.clone(), operator.clone(), inner.clone()).prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("size({a})")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} in [{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}.exists({b})")),
            inner.clone().prop_map(|body| format!("billing.charges.exists(c, {body})")),
            inner.prop_map(|body| format!("billing.charges.all(c, {body})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_source_panics(source in prop_oneof![token_soup(), any::<String>(), "[ -~]{0,60}", almost_predicate()]) {
        match vocabulary().compile(&source, Scope::Reconcile(ListId(0))) {
            Ok(predicate) => {
                let charges = vec![Charge { item: 7, state: "ACTIVE", minor: 1 }];
                predicate.holds(&Item { vocabulary: vocabulary(), charges });
            }
            Err(error) => {
                prop_assert!(source.is_char_boundary(error.offset));
                prop_assert!(!error.message.contains("parser cannot read"), "the parser panicked");
            }
        }
    }
}
