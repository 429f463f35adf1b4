//! Paths: what `item.charge.amount`, `c.state` or `billing.charges` stand for, and what was meant when they stand for nothing.

use std::collections::BTreeSet;

use cel::common::ast::{Expr, IdedExpr};

use super::super::fields::{FIELDS, Place, Scope, Type};
use super::super::parse::Tree;
use super::super::vocabulary::{ColumnId, FieldId, ListId};
use super::{Lowering, Outcome, PredicateError};
use crate::nearest::suggestion;

/// A dotted path as written: each segment with its byte in the source.
pub(super) struct Path {
    segments: Vec<(String, usize)>,
}

impl Path {
    pub(super) fn offset(&self) -> usize {
        self.segments.first().map_or(0, |(_, offset)| *offset)
    }

    pub(super) fn text(&self) -> String {
        self.text_of(self.segments.len())
    }

    fn text_of(&self, count: usize) -> String {
        let names: Vec<&str> = self.segments[..count].iter().map(|(name, _)| name.as_str()).collect();
        names.join(".")
    }
}

/// What a path stands for.
pub(super) enum Target {
    Field(FieldId, Type),
    /// A column of the comprehension's record.
    Column(ColumnId, Type),
    List(ListId),
}

/// The path that an expression spells. A chain of selections is walked, not recursed into.
pub(super) fn path_of(tree: &Tree<'_>, expression: &IdedExpr) -> Outcome<Path> {
    let mut segments = Vec::new();
    let mut at = expression;
    loop {
        match &at.expr {
            Expr::Select(select) => {
                segments.push((select.field.clone(), field_offset(tree, at)));
                at = &select.operand;
            }
            Expr::Ident(name) => {
                segments.push((name.clone(), offset(tree, at)));
                segments.reverse();
                return Ok(Path { segments });
            }
            _ => {
                return Err(PredicateError::new(
                    offset(tree, at),
                    "expected a path such as item.state or billing.charges",
                ));
            }
        }
    }
}

/// Where an expression's own token stands: for a call with a name, the name.
fn offset(tree: &Tree<'_>, expression: &IdedExpr) -> usize {
    let token = tree.positions.offset_for(expression.id).map_or(0, |(start, _)| start as usize).min(tree.source.len());
    if !matches!(&expression.expr, Expr::Call(call) if tree.source.get(token..).is_some_and(|rest| rest.starts_with('('))
        && call.func_name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    {
        return token;
    }
    let before = tree.source.get(..token).unwrap_or("").trim_end();
    before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |end| end + 1)
}

/// Where the field of a selection stands: after its dot.
fn field_offset(tree: &Tree<'_>, expression: &IdedExpr) -> usize {
    let dot = offset(tree, expression);
    let rest = tree.source.get(dot + 1..).unwrap_or("");
    dot + 1 + (rest.len() - rest.trim_start().len())
}

impl Lowering<'_> {
    pub(super) fn offset(&self, expression: &IdedExpr) -> usize {
        offset(self.tree, expression)
    }

    pub(super) fn field_offset(&self, expression: &IdedExpr) -> usize {
        field_offset(self.tree, expression)
    }

    /// Whether a comprehension's variable would hide an object or a system.
    pub(super) fn is_object(&self, name: &str) -> bool {
        let starts = |path: &str| path.split('.').next() == Some(name);
        name == "it"
            || FIELDS.iter().any(|row| starts(row.path))
            || self.vocabulary.lists.iter().any(|list| starts(&list.path))
    }

    pub(super) fn resolve(&self, path: &Path) -> Outcome<Target> {
        let (root, _) = &path.segments[0];
        if let Some((variable, list)) = &self.record
            && variable == root
        {
            let (column, ty) = self.column(path, *list)?;
            return Ok(Target::Column(column, ty));
        }
        if let (Scope::Reconcile(list), "it") = (self.scope, root.as_str()) {
            let (column, ty) = self.column(path, list)?;
            return Ok(Target::Field(FieldId::It(column), ty));
        }
        let text = path.text();
        if let Some(row) = FIELDS.iter().find(|row| row.path == text) {
            if self.scope.offers(row.place) {
                return Ok(Target::Field(FieldId::Known(row.field), row.ty));
            }
            let message = format!("`{text}` cannot be read here");
            return Err(
                PredicateError::new(path.offset(), message).help(format!("it is known in {}", row.place.word()))
            );
        }
        if let Some(name) = text.strip_prefix("item.traits.")
            && self.scope.offers(Place::Item)
            && let Some(index) = self.vocabulary.traits.iter().position(|(known, _)| known == name)
        {
            let ty = self.vocabulary.traits[index].1;
            return Ok(Target::Field(FieldId::Trait(u16::try_from(index).unwrap_or(u16::MAX)), ty));
        }
        if self.scope.offers(Place::Order)
            && let Some(list) = self.vocabulary.list(&text)
        {
            return Ok(Target::List(list));
        }
        Err(self.unknown(path))
    }

    fn column(&self, path: &Path, list: ListId) -> Outcome<(ColumnId, Type)> {
        let list = &self.vocabulary.lists[usize::from(list.0)];
        let names: Vec<&str> = list.columns.iter().map(|(name, _)| name.as_str()).collect();
        match path.segments.as_slice() {
            [(record, offset)] => {
                let message = format!("`{record}` is a record, expected one of its fields");
                Err(PredicateError::new(*offset, message).help(format!("one of {}", names.join(", "))))
            }
            [_, (name, offset), rest @ ..] => {
                let Some(index) = names.iter().position(|known| known == name) else {
                    let mut error = PredicateError::new(*offset, format!("{} has no field `{name}`", list.path));
                    error.help = suggestion(name, &names);
                    return Err(error);
                };
                if let Some((_, offset)) = rest.first() {
                    return Err(PredicateError::new(*offset, format!("`{name}` has no fields")));
                }
                Ok((ColumnId(u16::try_from(index).unwrap_or(u16::MAX)), list.columns[index].1))
            }
            [] => Err(PredicateError::new(0, "expected a path")),
        }
    }

    /// Finds the first segment that leads nowhere and says what could stand there.
    fn unknown(&self, path: &Path) -> PredicateError {
        let known = self.paths_in_scope();
        for count in 0..path.segments.len() {
            let (name, offset) = &path.segments[count];
            let choices = children(&known, &path.text_of(count));
            if choices.contains(name.as_str()) {
                continue;
            }
            let choices: Vec<&str> = choices.into_iter().collect();
            if count == 0 {
                return self.unknown_object(name, *offset, &choices);
            }
            let parent = path.text_of(count);
            if choices.is_empty() {
                return PredicateError::new(*offset, format!("`{parent}` has no fields"));
            }
            let mut error = PredicateError::new(*offset, format!("`{parent}` has no field `{name}`"));
            error.help = suggestion(name, &choices);
            return error;
        }
        let text = path.text();
        let choices: Vec<&str> = children(&known, &text).into_iter().collect();
        let message = format!("`{text}` is an object, expected one of its fields");
        PredicateError::new(path.offset(), message).help(format!("one of {}", choices.join(", ")))
    }

    fn unknown_object(&self, name: &str, offset: usize, choices: &[&str]) -> PredicateError {
        if matches!(name, "now" | "clock" | "random") {
            let message = format!("`{name}` cannot be read: the answer would change with every look");
            return PredicateError::new(offset, message).help("compare times of the objects with each other");
        }
        if name == "it" {
            let message = "`it` is known only in the `where` of a reconciliation";
            return PredicateError::new(offset, message);
        }
        if self.vocabulary.name(name).is_some() {
            let message = format!("`{name}` is no object");
            return PredicateError::new(offset, message).help(format!("names are written in quotes: \"{name}\""));
        }
        let mut elsewhere = FIELDS.iter().filter(|row| row.path.split('.').next() == Some(name));
        if let Some(row) = elsewhere.next() {
            let message = format!("`{name}` cannot be read here");
            return PredicateError::new(offset, message).help(format!("it is known in {}", row.place.word()));
        }
        let mut error = PredicateError::new(offset, format!("unknown object `{name}`"));
        error.help = suggestion(name, choices);
        error
    }

    fn paths_in_scope(&self) -> Vec<String> {
        let fields = FIELDS.iter().filter(|row| self.scope.offers(row.place)).map(|row| row.path.to_string());
        let traits = self.vocabulary.traits.iter().map(|(name, _)| format!("item.traits.{name}"));
        let lists = self.vocabulary.lists.iter().map(|list| list.path.clone());
        let mut known: Vec<String> = fields.collect();
        if self.scope.offers(Place::Item) {
            known.extend(traits);
        }
        if self.scope.offers(Place::Order) {
            known.extend(lists);
        }
        known
    }
}

/// The segments that can follow `parent` (all first segments for an empty one).
fn children<'a>(known: &'a [String], parent: &str) -> BTreeSet<&'a str> {
    let below = known.iter().filter_map(|path| match parent {
        "" => Some(path.as_str()),
        _ => path.strip_prefix(parent)?.strip_prefix('.'),
    });
    below.filter_map(|rest| rest.split('.').next()).collect()
}
