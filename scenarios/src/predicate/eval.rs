//! The lowered predicate and its evaluation.

use super::value::Value;
use super::vocabulary::{ColumnId, FieldId, ListId};

/// What a predicate reads of the world. Questions are asked only for ids that the predicate's vocabulary gave out.
pub trait Facts {
    /// Value of a field of the object in scope.
    fn field(&self, field: FieldId) -> Value;
    /// Number of records in a list.
    fn records(&self, list: ListId) -> usize;
    /// Value of a column of record `row`, which is below [`Facts::records`].
    fn record_field(&self, list: ListId, row: usize, column: ColumnId) -> Value;
    /// State of a step, a [`Value::Name`] of the step states.
    fn step_state(&self, step: u16) -> Value;
}

/// Operators that need an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Index of a node within its predicate.
pub(super) type NodeId = u32;

#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Constant(Value),
    Field(FieldId),
    Column(ColumnId),
    StepState(u16),
    Size(ListId),
    Not(NodeId),
    Negate(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Equal(NodeId, NodeId),
    NotEqual(NodeId, NodeId),
    Compare(Relation, NodeId, NodeId),
    /// The value and the range of its choices in [`Predicate::choices`].
    Among(NodeId, u32, u32),
    Plus(NodeId, NodeId),
    Minus(NodeId, NodeId),
    Exists(ListId, NodeId),
    All(ListId, NodeId),
}

/// A compiled predicate. Evaluation visits each node at most once, times the records of a list; it allocates nothing and
/// its depth is bounded by the compiler.
#[derive(Clone, Debug)]
pub struct Predicate {
    pub(super) nodes: Box<[Node]>,
    pub(super) choices: Box<[Value]>,
    pub(super) root: NodeId,
}

/// Something that a predicate reads; what it does not read cannot change its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// A field of the object in scope.
    Field(FieldId),
    /// Records of a list.
    List(ListId),
    /// State of a step.
    Step(u16),
}

impl Predicate {
    /// Whether the predicate holds over `facts`.
    pub fn holds<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        let evaluation = Evaluation { predicate: self, facts };
        evaluation.is_true(self.root, NO_RECORD)
    }

    /// The value that this field must have where the predicate holds, if it demands one: a cheap look beforehand.
    #[must_use]
    pub fn demands(&self, field: FieldId) -> Option<Value> {
        self.demanded(self.root, field)
    }

    fn demanded(&self, node: NodeId, field: FieldId) -> Option<Value> {
        let at = |node: NodeId| self.nodes[node as usize];
        match at(node) {
            Node::And(a, b) => self.demanded(a, field).or_else(|| self.demanded(b, field)),
            Node::Equal(a, b) => match (at(a), at(b)) {
                (Node::Field(read), Node::Constant(value)) | (Node::Constant(value), Node::Field(read))
                    if read == field =>
                {
                    Some(value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What the predicate reads, in the order of its source; a thing read twice is named twice.
    pub fn reads(&self) -> impl Iterator<Item = Read> + '_ {
        self.nodes.iter().filter_map(|node| match *node {
            Node::Field(field) => Some(Read::Field(field)),
            Node::StepState(step) => Some(Read::Step(step)),
            Node::Size(list) | Node::Exists(list, _) | Node::All(list, _) => Some(Read::List(list)),
            _ => None,
        })
    }
}

/// The record that `exists` or `all` is at.
#[derive(Clone, Copy)]
struct Record {
    list: ListId,
    row: usize,
}

/// Outside a comprehension no node reads a column; the compiler sees to it.
const NO_RECORD: Option<Record> = None;

struct Evaluation<'a, F: ?Sized> {
    predicate: &'a Predicate,
    facts: &'a F,
}

impl<F: Facts + ?Sized> Evaluation<'_, F> {
    /// The value of a node. Most that are compared are constants and states of steps.
    #[inline]
    fn value(&self, node: NodeId, record: Option<Record>) -> Value {
        match self.predicate.nodes[node as usize] {
            Node::Constant(value) => value,
            Node::StepState(step) => self.facts.step_state(step),
            Node::Field(field) => self.facts.field(field),
            _ => self.computed(node, record),
        }
    }

    fn computed(&self, node: NodeId, record: Option<Record>) -> Value {
        let facts = self.facts;
        match self.predicate.nodes[node as usize] {
            Node::Column(column) => {
                record.map_or(Value::Missing, |Record { list, row }| facts.record_field(list, row, column))
            }
            Node::Size(list) => i64::try_from(facts.records(list)).map_or(Value::Missing, Value::Int),
            Node::Negate(a) => self.value(a, record).negated(),
            Node::Plus(a, b) => self.value(a, record).plus(self.value(b, record)),
            Node::Minus(a, b) => self.value(a, record).minus(self.value(b, record)),
            _ => Value::Bool(self.is_true(node, record)),
        }
    }

    /// The truth of a node, without the detour over a value where it has nothing but a truth.
    fn is_true(&self, node: NodeId, record: Option<Record>) -> bool {
        match self.predicate.nodes[node as usize] {
            Node::Not(a) => !self.is_true(a, record),
            Node::And(a, b) => self.is_true(a, record) && self.is_true(b, record),
            Node::Or(a, b) => self.is_true(a, record) || self.is_true(b, record),
            Node::Equal(a, b) => self.value(a, record).equals(self.value(b, record)),
            Node::NotEqual(a, b) => !self.value(a, record).equals(self.value(b, record)),
            Node::Compare(relation, a, b) => {
                let order = self.value(a, record).order(self.value(b, record));
                order.is_some_and(|order| match relation {
                    Relation::Less => order.is_lt(),
                    Relation::LessEqual => order.is_le(),
                    Relation::Greater => order.is_gt(),
                    Relation::GreaterEqual => order.is_ge(),
                })
            }
            Node::Among(a, start, end) => {
                let value = self.value(a, record);
                self.predicate.choices[start as usize..end as usize].iter().any(|choice| value.equals(*choice))
            }
            Node::Exists(list, body) => self.rows(list).any(|record| self.is_true(body, Some(record))),
            Node::All(list, body) => self.rows(list).all(|record| self.is_true(body, Some(record))),
            Node::Constant(_)
            | Node::Field(_)
            | Node::Column(_)
            | Node::StepState(_)
            | Node::Size(_)
            | Node::Negate(_)
            | Node::Plus(..)
            | Node::Minus(..) => self.value(node, record).is_true(),
        }
    }

    fn rows(&self, list: ListId) -> impl Iterator<Item = Record> {
        (0..self.facts.records(list)).map(move |row| Record { list, row })
    }
}
