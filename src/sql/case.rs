//! Comparisons that ignore case: both sides in lower case, under one collation, so that an index on `lower(column)` finds rows by it.

use super::expression::{Expression, From, Select};
use super::lower::{Lowering, operator_sql};
use super::quote;
use super::row_context::RowContext;
use super::session_value::SessionValue;
use crate::access::Atom;
use crate::catalog::{QualifiedName, Type};
use crate::model::{Literal, PartPlace, Set, Value};

/// What one element of an array is called.
pub(super) const ELEMENT: &str = "element";

/// The collation that a comparison lowers its sides under; none for that of the database.
pub(super) type Collation = Option<QualifiedName>;

impl Lowering<'_> {
    /// A statement that compares texts, in lower case.
    pub(super) fn ignoring_case(&mut self, atom: &Atom, row: &RowContext) -> Expression {
        match atom {
            Atom::Compare { left, operator, right } => {
                let collation = self.collation_of(&[left, right]);
                let (left, right) = (self.lowered(left, &collation, row), self.lowered(right, &collation, row));
                Expression::binary(left, operator_sql(*operator), right)
            }
            Atom::OneOf { value, list, negated } => {
                let collation = self.collation_of(&[value]);
                let left = Box::new(self.lowered(value, &collation, row));
                Expression::In { left, negated: *negated, list: self.lowered_literals(list, &collation) }
            }
            Atom::Member { value, set, negated } => self.lowered_member(value, set, *negated, row),
            Atom::Contains { array, element, negated } => self.lowered_contains(array, element, *negated, row),
            Atom::Part { whole, place, part, negated } => {
                let collation = self.collation_of(&[whole, part]);
                let mut letters = |value: &Value| self.lowered(value, &collation, row).collate("\"C\"");
                let found = has_part(letters(whole), *place, letters(part));
                if *negated { Expression::Not(Box::new(found)) } else { found }
            }
            Atom::Has { whole, of, all, negated } => self.has_ignoring_case([whole, of], *all, *negated, row),
            // Nothing else compares texts, which the binder sees to.
            _ => Expression::Boolean(false),
        }
    }

    /// The collation of the first value that is a column; where none is, that of the database.
    pub(super) fn collation_of(&self, values: &[&Value]) -> Collation {
        self.model.catalog.column(values.iter().find_map(|value| value.column())?).collation.clone()
    }

    /// A value in lower case. The collation stands beside what does not have it by itself: an index is on the column as it is.
    fn lowered(&mut self, value: &Value, collation: &Collation, row: &RowContext) -> Expression {
        let own = value.column().and_then(|column| self.model.catalog.column(column).collation.clone());
        let is_itself = matches!(value, Value::Record(path) if path.hops.is_empty());
        let text = self.value(value, row);
        let is_citext = matches!(self.value_type(value), Some(Type::Citext(_)));
        let text = if is_citext { text.cast("text") } else { text };
        lower(if own == *collation && (is_itself || own.is_none()) { text } else { text.collate(name(collation)) })
    }

    fn lowered_literals(&mut self, list: &[Literal], collation: &Collation) -> Vec<Expression> {
        let text = |item: &Literal| {
            let text = Expression::Text(item.text.clone());
            lower(if collation.is_some() { text.collate(name(collation)) } else { text })
        };
        list.iter().map(text).collect()
    }

    fn lowered_member(&mut self, value: &Value, set: &Set, negated: bool, row: &RowContext) -> Expression {
        let row = &if negated { row.complete() } else { row.clone() };
        let collation = self.collation_of(&[value]);
        let left = Box::new(self.lowered(value, &collation, row));
        let elements = self.elements_of(set, row);
        let array = Box::new(lowered_elements(elements, &collation));
        if !negated {
            return Expression::Array { left, operator: "=".to_owned(), all: false, array };
        }
        // As without: nothing is among none of nothing, and nobody signed in has an empty list.
        let mut parts = vec![self.value(value, row).null_test(true)];
        parts.extend(self.is_whole(set, row));
        parts.push(Expression::none_of(*left, "=".to_owned(), *array));
        Expression::And(parts)
    }

    fn lowered_contains(&mut self, array: &Value, element: &Value, negated: bool, row: &RowContext) -> Expression {
        let collation = self.collation_of(&[array, element]);
        let elements = match array {
            Value::Claim(claim, Type::Jsonb) => {
                let list = Expression::Session(SessionValue::ClaimList(claim.clone(), Type::Text));
                list.cast("text[]")
            }
            array => self.value(array, row),
        };
        let part = self.value(element, row);
        let left = Box::new(self.lowered(element, &collation, row));
        let array = Box::new(lowered_elements(elements.clone(), &collation));
        let found = Expression::Array { left, operator: "=".to_owned(), all: false, array };
        if !negated {
            return found;
        }
        // What has no elements has none of NULL, either.
        let not = Expression::Not(Box::new(found));
        let known = [elements, part].map(|value| value.null_test(true));
        Expression::And(known.into_iter().chain([not]).collect())
    }
}

/// Whether a text has a part, letter by letter: without the collation, which may not be able to tell, and without LIKE, to which
/// some letters are special.
pub(super) fn has_part(whole: Expression, place: PartPlace, part: Expression) -> Expression {
    match place {
        PartPlace::Start => Expression::call("starts_with", vec![whole, part]),
        PartPlace::Anywhere => {
            Expression::binary(Expression::call("strpos", vec![whole, part]), ">", Expression::Number("0".to_owned()))
        }
        PartPlace::End => {
            let length = Expression::call("length", vec![part.clone()]);
            Expression::binary(Expression::call("right", vec![whole, length]), "=", part)
        }
    }
}

/// The elements of an array, in lower case; nothing of one that is NULL.
pub(super) fn lowered_elements(array: Expression, collation: &Collation) -> Expression {
    let element = Expression::Word(ELEMENT).cast("text");
    let element = if collation.is_some() { element.collate(name(collation)) } else { element };
    let from = From::Elements { array: Box::new(array), alias: ELEMENT };
    Expression::ArrayOf(Box::new(Select { expression: lower(element), from: Some(from), condition: None }))
}

fn lower(text: Expression) -> Expression {
    Expression::call("lower", vec![text])
}

fn name(collation: &Collation) -> String {
    collation.as_ref().map_or_else(|| "pg_catalog.\"default\"".to_owned(), quote::qualified)
}
