//! From the parser's tree to a [`Predicate`]: every name is resolved, every operator has the types it needs.

use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use iso_currency::Currency;

use super::eval::{Node, NodeId, Predicate, Relation};
use super::fields::{EnumerationId, STEP_STATE, Scope, Type};
use super::parse::Tree;
use super::value::Value;
use super::vocabulary::{ListId, Vocabulary};
use super::{PredicateError, duration};
use crate::money::parse_money;
use crate::nearest::suggestion;

mod paths;

use paths::{Target, path_of};

/// Deepest tree of a predicate; it bounds the recursion of the evaluation.
const DEPTH_MAX: usize = 64;

type Outcome<T> = Result<T, PredicateError>;

/// Checks the parsed source in its scope and lowers it.
pub(super) fn lower(tree: &Tree<'_>, vocabulary: &mut Vocabulary, scope: Scope) -> Outcome<Predicate> {
    let mut lowering =
        Lowering { tree, vocabulary, scope, nodes: Vec::new(), choices: Vec::new(), record: None, depth: 0 };
    let root = lowering.expression(tree.root)?;
    if root.ty != Type::Bool {
        let message = format!("a predicate is true or false, found {}", root.ty.word());
        return Err(PredicateError::new(root.offset, message));
    }
    Ok(Predicate { nodes: lowering.nodes.into(), choices: lowering.choices.into(), root: root.node })
}

/// A lowered expression.
#[derive(Clone, Copy)]
struct Typed {
    node: NodeId,
    ty: Type,
    /// Symbol of a string literal: it takes the type of what it is compared with.
    literal: Option<u32>,
    /// Where the expression begins, for messages.
    offset: usize,
}

struct Lowering<'a> {
    tree: &'a Tree<'a>,
    vocabulary: &'a mut Vocabulary,
    scope: Scope,
    nodes: Vec<Node>,
    choices: Vec<Value>,
    /// Variable and list of the comprehension around the expression.
    record: Option<(String, ListId)>,
    depth: usize,
}

impl Lowering<'_> {
    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        self.nodes.push(node);
        id
    }

    fn typed(&mut self, node: Node, ty: Type, offset: usize) -> Typed {
        let node = self.push(node);
        Typed { node, ty, literal: None, offset }
    }

    fn expression(&mut self, expression: &IdedExpr) -> Outcome<Typed> {
        let offset = self.offset(expression);
        if self.depth == DEPTH_MAX {
            return Err(PredicateError::new(offset, format!("more than {DEPTH_MAX} operators in a chain")));
        }
        self.depth += 1;
        let lowered = match &expression.expr {
            Expr::Literal(literal) => self.literal(literal, offset),
            Expr::Ident(_) | Expr::Select(_) => self.path(expression),
            Expr::Call(call) => self.call(call, offset),
            Expr::List(_) => Err(PredicateError::new(offset, "a list stands only after `in`")),
            _ => Err(PredicateError::new(offset, "maps, messages and macros are not available")),
        };
        self.depth -= 1;
        lowered
    }

    fn literal(&mut self, literal: &LiteralValue, offset: usize) -> Outcome<Typed> {
        let (value, ty) = match literal {
            LiteralValue::Boolean(value) => (Value::Bool(*value.inner()), Type::Bool),
            LiteralValue::Int(value) => (Value::Int(*value.inner()), Type::Int),
            LiteralValue::String(text) => {
                let symbol = self.vocabulary.intern(text.inner());
                let mut typed = self.typed(Node::Constant(Value::Name(symbol)), Type::Text, offset);
                typed.literal = Some(symbol);
                return Ok(typed);
            }
            LiteralValue::Null => {
                return Err(PredicateError::new(offset, "`null` is not available")
                    .help("a missing field compares unequal to every value"));
            }
            LiteralValue::Double(_) | LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                return Err(PredicateError::new(offset, "only whole numbers, names and booleans are available"));
            }
        };
        Ok(self.typed(Node::Constant(value), ty, offset))
    }

    fn path(&mut self, expression: &IdedExpr) -> Outcome<Typed> {
        if let Some(step) = self.step_state(expression)? {
            return Ok(step);
        }
        let path = path_of(self.tree, expression)?;
        let offset = path.offset();
        match self.resolve(&path)? {
            Target::Field(field, ty) => Ok(self.typed(Node::Field(field), ty, offset)),
            Target::Column(column, ty) => Ok(self.typed(Node::Column(column), ty, offset)),
            Target::List(_) => Err(PredicateError::new(offset, format!("`{}` is a record list", path.text()))
                .help("use .exists(c, ...), .all(c, ...) or size(...)")),
        }
    }

    fn call(&mut self, call: &CallExpr, offset: usize) -> Outcome<Typed> {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [a, b]) => self.logical(Node::And, a, b, offset),
            (operators::LOGICAL_OR, None, [a, b]) => self.logical(Node::Or, a, b, offset),
            (operators::LOGICAL_NOT, None, [a]) => {
                let a = self.boolean(a)?;
                Ok(self.typed(Node::Not(a.node), Type::Bool, offset))
            }
            (operators::EQUALS, None, [a, b]) => self.equality(Node::Equal, a, b, offset),
            (operators::NOT_EQUALS, None, [a, b]) => self.equality(Node::NotEqual, a, b, offset),
            (operators::LESS, None, [a, b]) => self.ordering(Relation::Less, a, b, offset),
            (operators::LESS_EQUALS, None, [a, b]) => self.ordering(Relation::LessEqual, a, b, offset),
            (operators::GREATER, None, [a, b]) => self.ordering(Relation::Greater, a, b, offset),
            (operators::GREATER_EQUALS, None, [a, b]) => self.ordering(Relation::GreaterEqual, a, b, offset),
            (operators::IN, None, [value, choices]) => self.among(value, choices, offset),
            (operators::ADD, None, [a, b]) => self.sum(a, b, offset),
            (operators::SUBSTRACT, None, [a, b]) => self.difference(a, b, offset),
            (operators::NEGATE, None, [a]) => self.negation(a, offset),
            ("money", None, [amount, currency]) => self.money(amount, currency, offset),
            ("duration", None, [text]) => self.duration(text, offset),
            ("size", None, [list]) | ("size", Some(list), []) => self.size(list, offset),
            ("exists", Some(list), [variable, body]) => self.comprehension(Node::Exists, list, variable, body, offset),
            ("all", Some(list), [variable, body]) => self.comprehension(Node::All, list, variable, body, offset),
            (name, target, _) => Err(unavailable(name, target.is_some(), offset)),
        }
    }

    fn boolean(&mut self, expression: &IdedExpr) -> Outcome<Typed> {
        let typed = self.expression(expression)?;
        if typed.ty == Type::Bool {
            return Ok(typed);
        }
        let message = format!("expected true or false, found {}", typed.ty.word());
        Err(PredicateError::new(typed.offset, message))
    }

    fn logical(
        &mut self,
        node: fn(NodeId, NodeId) -> Node,
        a: &IdedExpr,
        b: &IdedExpr,
        offset: usize,
    ) -> Outcome<Typed> {
        let (a, b) = (self.boolean(a)?, self.boolean(b)?);
        Ok(self.typed(node(a.node, b.node), Type::Bool, offset))
    }

    fn equality(
        &mut self,
        node: fn(NodeId, NodeId) -> Node,
        a: &IdedExpr,
        b: &IdedExpr,
        offset: usize,
    ) -> Outcome<Typed> {
        let (a, b) = (self.expression(a)?, self.expression(b)?);
        self.comparable(a, b, offset)?;
        Ok(self.typed(node(a.node, b.node), Type::Bool, offset))
    }

    fn ordering(&mut self, relation: Relation, a: &IdedExpr, b: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let (a, b) = (self.expression(a)?, self.expression(b)?);
        let ordered = matches!(a.ty, Type::Int | Type::Money | Type::Time | Type::Duration);
        if a.ty != b.ty || !ordered {
            return Err(mismatch("order", a, b, offset));
        }
        Ok(self.typed(Node::Compare(relation, a.node, b.node), Type::Bool, offset))
    }

    fn among(&mut self, value: &IdedExpr, choices: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let value = self.expression(value)?;
        let Expr::List(ListExpr { elements, .. }) = &choices.expr else {
            let message = "expected a list of literals after `in`";
            return Err(
                PredicateError::new(self.offset(choices), message).help("for example [\"ACTIVE\", \"STOPPED\"]")
            );
        };
        if elements.is_empty() {
            return Err(PredicateError::new(self.offset(choices), "nothing is in an empty list"));
        }
        let start = self.choices.len();
        for element in elements {
            let choice = self.expression(element)?;
            self.comparable(value, choice, choice.offset)?;
            // The choice is the last node, and a literal: its value moves to the table of choices.
            match self.nodes.pop() {
                Some(Node::Constant(constant)) => self.choices.push(constant),
                _ => {
                    return Err(PredicateError::new(choice.offset, "expected a literal in the list"));
                }
            }
        }
        let range = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let node = Node::Among(value.node, range(start), range(self.choices.len()));
        Ok(self.typed(node, Type::Bool, offset))
    }

    fn sum(&mut self, a: &IdedExpr, b: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let (a, b) = (self.expression(a)?, self.expression(b)?);
        let ty = match (a.ty, b.ty) {
            (Type::Int, Type::Int) => Type::Int,
            (Type::Money, Type::Money) => Type::Money,
            (Type::Duration, Type::Duration) => Type::Duration,
            (Type::Time, Type::Duration) | (Type::Duration, Type::Time) => Type::Time,
            _ => return Err(mismatch("add", a, b, offset)),
        };
        Ok(self.typed(Node::Plus(a.node, b.node), ty, offset))
    }

    fn difference(&mut self, a: &IdedExpr, b: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let (a, b) = (self.expression(a)?, self.expression(b)?);
        let ty = match (a.ty, b.ty) {
            (Type::Int, Type::Int) => Type::Int,
            (Type::Money, Type::Money) => Type::Money,
            (Type::Duration, Type::Duration) | (Type::Time, Type::Time) => Type::Duration,
            (Type::Time, Type::Duration) => Type::Time,
            _ => return Err(mismatch("subtract", a, b, offset)),
        };
        Ok(self.typed(Node::Minus(a.node, b.node), ty, offset))
    }

    fn negation(&mut self, a: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let a = self.expression(a)?;
        if !matches!(a.ty, Type::Int | Type::Money | Type::Duration) {
            return Err(PredicateError::new(offset, format!("cannot negate {}", a.ty.word())));
        }
        Ok(self.typed(Node::Negate(a.node), a.ty, offset))
    }

    fn money(&mut self, amount: &IdedExpr, currency: &IdedExpr, offset: usize) -> Outcome<Typed> {
        const USAGE: &str = "write money(\"120.00\", \"EUR\")";
        let code = self.text_argument(currency, USAGE)?;
        let Some(known) = Currency::from_code(code) else {
            let message = format!("`{code}` is no ISO 4217 currency");
            return Err(PredicateError::new(self.offset(currency), message));
        };
        let text = self.text_argument(amount, USAGE)?;
        let money = parse_money(text, known)
            .map_err(|error| PredicateError::new(self.offset(amount), format!("{error} in an amount of {code}")))?;
        Ok(self.typed(Node::Constant(money.into()), Type::Money, offset))
    }

    fn duration(&mut self, text: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let length = self.text_argument(text, "write duration(\"5m\")")?;
        let micros = duration::parse(length).map_err(|error| PredicateError::new(self.offset(text), error))?;
        Ok(self.typed(Node::Constant(Value::Duration(micros)), Type::Duration, offset))
    }

    fn text_argument<'e>(&self, argument: &'e IdedExpr, usage: &str) -> Outcome<&'e str> {
        match &argument.expr {
            Expr::Literal(LiteralValue::String(text)) => Ok(text.inner()),
            _ => Err(PredicateError::new(self.offset(argument), "expected a text in quotes").help(usage)),
        }
    }

    fn size(&mut self, list: &IdedExpr, offset: usize) -> Outcome<Typed> {
        let list = self.record_list(list)?;
        Ok(self.typed(Node::Size(list), Type::Int, offset))
    }

    fn comprehension(
        &mut self,
        node: fn(ListId, NodeId) -> Node,
        list: &IdedExpr,
        variable: &IdedExpr,
        body: &IdedExpr,
        offset: usize,
    ) -> Outcome<Typed> {
        if self.record.is_some() {
            return Err(PredicateError::new(offset, "a comprehension within a comprehension is not available"));
        }
        let list = self.record_list(list)?;
        let Expr::Ident(name) = &variable.expr else {
            let message = "expected a name for the record";
            return Err(
                PredicateError::new(self.offset(variable), message).help("write .exists(c, c.state == \"ACTIVE\")")
            );
        };
        if self.is_object(name) {
            let message = format!("`{name}` is an object already");
            return Err(PredicateError::new(self.offset(variable), message).help("give the record another name"));
        }
        self.record = Some((name.clone(), list));
        let body = self.boolean(body);
        self.record = None;
        Ok(self.typed(node(list, body?.node), Type::Bool, offset))
    }

    fn record_list(&mut self, expression: &IdedExpr) -> Outcome<ListId> {
        // What a call would give is no list, whatever it is; most that are tried are not there.
        if let Expr::Call(_) = &expression.expr {
            self.expression(expression)?;
        }
        let path = path_of(self.tree, expression)?;
        match self.resolve(&path)? {
            Target::List(list) => Ok(list),
            Target::Field(..) | Target::Column(..) => {
                let message = format!("`{}` is no record list", path.text());
                let lists: Vec<&str> = self.vocabulary.lists.iter().map(|list| list.path.as_str()).collect();
                let mut error = PredicateError::new(path.offset(), message);
                error.help = suggestion(&path.text(), &lists);
                Err(error)
            }
        }
    }

    /// Both sides of an equality are of one type; a name must be one of those that the other side can be.
    fn comparable(&self, a: Typed, b: Typed, offset: usize) -> Outcome<()> {
        let fits = match (a.ty, b.ty) {
            (Type::Name(set), Type::Text) => return self.member(set, b),
            (Type::Text, Type::Name(set)) => return self.member(set, a),
            (Type::Name(first), Type::Name(second)) => self.overlap(first, second),
            (first, second) => first == second,
        };
        if fits {
            return Ok(());
        }
        let error = mismatch("compare", a, b, offset);
        Err(match (a.ty, b.ty) {
            (Type::Id, _) | (_, Type::Id) => error.help("an id is compared with other ids"),
            (Type::Name(first), Type::Name(second)) => {
                error.help(format!("{} and {} share no name", self.title(first), self.title(second)))
            }
            _ => error,
        })
    }

    fn member(&self, set: EnumerationId, text: Typed) -> Outcome<()> {
        let members = self.vocabulary.members(set);
        let Some(name) = text.literal.and_then(|symbol| self.vocabulary.text(symbol)) else {
            return Ok(());
        };
        if members.is_empty() || members.contains(&name) {
            return Ok(());
        }
        let mut error = PredicateError::new(text.offset, format!("`{name}` is not one of the {}", self.title(set)));
        error.help = suggestion(name, &members);
        Err(error)
    }

    fn overlap(&self, first: EnumerationId, second: EnumerationId) -> bool {
        let (first, second) = (self.vocabulary.members(first), self.vocabulary.members(second));
        first.is_empty() || second.is_empty() || first.iter().any(|name| second.contains(name))
    }

    fn title(&self, set: EnumerationId) -> &str {
        let known = self.vocabulary.enumerations.get(usize::from(set.0));
        known.map_or("names", |enumeration| enumeration.title.as_str())
    }

    /// `step("id").state`, or `None` for any other path.
    fn step_state(&mut self, expression: &IdedExpr) -> Outcome<Option<Typed>> {
        let Expr::Select(select) = &expression.expr else {
            return Ok(None);
        };
        let Expr::Call(call) = &select.operand.expr else {
            return Ok(None);
        };
        if call.func_name != "step" || call.target.is_some() {
            return Ok(None);
        }
        let offset = self.offset(&select.operand);
        let [name] = call.args.as_slice() else {
            return Err(PredicateError::new(offset, "expected one step").help("write step(\"id\").state"));
        };
        if !self.scope.offers(super::fields::Place::Order) {
            return Err(PredicateError::new(offset, "steps cannot be read here")
                .help("an event's `where` sees the event alone"));
        }
        let step = self.text_argument(name, "write step(\"id\").state")?;
        let Some(index) = self.vocabulary.steps.iter().position(|known| known == step) else {
            let steps: Vec<&str> = self.vocabulary.steps.iter().map(String::as_str).collect();
            let mut error = PredicateError::new(self.offset(name), format!("no step is named `{step}`"));
            error.help = suggestion(step, &steps);
            return Err(error);
        };
        if select.field != "state" {
            let message = format!("a step has no field `{}`", select.field);
            return Err(
                PredicateError::new(self.field_offset(expression), message).help("a predicate reads its `state`")
            );
        }
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        Ok(Some(self.typed(Node::StepState(index), Type::Name(STEP_STATE), offset)))
    }
}

fn mismatch(verb: &str, a: Typed, b: Typed, offset: usize) -> PredicateError {
    PredicateError::new(offset, format!("cannot {verb} {} and {}", a.ty.word(), b.ty.word()))
}

/// The answer for a function or operator that is not part of the language.
fn unavailable(name: &str, on_target: bool, offset: usize) -> PredicateError {
    const GLOBAL: [&str; 4] = ["money", "duration", "step", "size"];
    const METHODS: [&str; 3] = ["exists", "all", "size"];
    let error = |message: String| PredicateError::new(offset, message);
    let known: &[&str] = if on_target { &METHODS } else { &GLOBAL };
    if known.contains(&name) {
        let usage = match name {
            "money" => "write money(\"120.00\", \"EUR\")",
            "duration" => "write duration(\"5m\")",
            "step" => "write step(\"id\").state",
            "size" => "write size(system.list)",
            _ => "write .exists(c, c.state == \"ACTIVE\")",
        };
        return error(format!("`{name}` is not used like this")).help(usage);
    }
    let help = match name {
        operators::INDEX => return error("indexing is not available".to_string()),
        "has" => "a missing field compares unequal, so compare it directly",
        "now" | "timestamp" | "getFullYear" | "getHours" | "getSeconds" => {
            "a predicate reads no clock; compare times of the objects with each other"
        }
        "matches" | "contains" | "startsWith" | "endsWith" => "text is compared whole, with == or in",
        "map" | "filter" | "exists_one" | "existsOne" => "records are read with exists, all and size",
        "double" | "int" | "uint" | "string" | "bytes" => "values are not converted",
        _ => {
            let mut unknown = error(format!("unknown function `{name}`"));
            unknown.help = suggestion(name, known);
            return unknown;
        }
    };
    error(format!("`{name}` is not available")).help(help)
}
