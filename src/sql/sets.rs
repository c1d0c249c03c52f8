//! What lists have in common: columns of arrays, what the user belongs to, lists in the token, lists of constants. Written with `&&` and `@>` on the
//! column as it is, so that a GIN index on it is used; a list is cast to what the column is.

use super::case::lowered_elements;
use super::expression::Expression;
use super::lower::{Lowering, is_signed_in};
use super::quote;
use super::row_context::RowContext;
use crate::catalog::Type;
use crate::model::{Collection, Literal, Set, Value};

/// One of the two lists, as an array.
struct Side {
    array: Expression,
    /// The list of the token that it comes from, in which NULL stands for what is badly formed.
    claim: Option<Expression>,
    /// Whether the array may have no element that is not NULL.
    may_be_empty: bool,
}

impl Lowering<'_> {
    /// Whether a list has any, or all, of another's elements.
    pub(super) fn has(&mut self, lists: [&Collection; 2], all: bool, negated: bool, row: &RowContext) -> Expression {
        let rows = rows_of(all, negated, row);
        let element = self.common_element(lists);
        let sides = [self.side(lists[0], &element, &rows[0]), self.side(lists[1], &element, &rows[1])];
        let found = joined_sides(sides, all, negated);
        Expression::all(self.needed(lists, all, negated, &rows[1]).into_iter().chain([found]))
    }

    /// The same of texts in lower case.
    pub(super) fn has_ignoring_case(
        &mut self,
        lists: [&Collection; 2],
        all: bool,
        negated: bool,
        row: &RowContext,
    ) -> Expression {
        let rows = rows_of(all, negated, row);
        let values: Vec<&Value> = lists.iter().filter_map(|list| list.value()).collect();
        let collation = self.collation_of(&values);
        let sides = [self.side(lists[0], &Type::Text, &rows[0]), self.side(lists[1], &Type::Text, &rows[1])];
        // What has no elements has none of NULL, either.
        let known: Vec<Expression> =
            if negated { sides.iter().map(|side| side.array.clone().null_test(true)).collect() } else { Vec::new() };
        let sides = sides.map(|side| Side { array: lowered_elements(side.array, &collation), ..side });
        let found = joined_sides(sides, all, negated);
        Expression::all(known.into_iter().chain(self.needed(lists, all, negated, &rows[1])).chain([found]))
    }

    /// A list with nothing in it is empty, too.
    pub(super) fn emptiness(&mut self, value: &Value, negated: bool, row: &RowContext) -> Expression {
        let found = self.value(value, row);
        match self.value_type(value) {
            Some(Type::Array(_)) if negated => Expression::binary(cardinality(found), ">", zero()),
            Some(Type::Array(_)) => {
                Expression::binary(Expression::call("coalesce", vec![cardinality(found), zero()]), "=", zero())
            }
            Some(Type::Jsonb) => {
                let nothing = Expression::Text("[]".to_owned()).cast("jsonb");
                Expression::call("nullif", vec![found, nothing]).null_test(negated)
            }
            _ => found.null_test(negated),
        }
    }

    pub(super) fn empty_set(&mut self, set: &Set, negated: bool, row: &RowContext) -> Expression {
        let row = &if negated { row.clone() } else { row.complete() };
        let array = self.elements_of(set, row);
        if negated {
            return Expression::binary(cardinality(array), ">", zero());
        }
        let mut parts = self.is_whole(set, row);
        parts.push(Expression::binary(cardinality(array), "=", zero()));
        Expression::And(parts)
    }

    /// That what the user's lists need is there, without which it is not known that they lack something; or, of all that is looked for, that it is all.
    fn needed(&mut self, [whole, of]: [&Collection; 2], all: bool, negated: bool, row: &RowContext) -> Vec<Expression> {
        let starts = [whole, of].into_iter().filter_map(|list| list.set().filter(|_| negated));
        let mut parts: Vec<Expression> = starts.map(|set| self.has_start(set, row)).collect();
        let open = [(whole, negated), (of, negated != all)];
        for set in open.into_iter().filter(|(_, is_open)| *is_open).filter_map(|(list, _)| list.set()) {
            parts.extend(self.operands_are_there(set, row));
        }
        parts.dedup();
        parts
    }

    /// Whether all that a set of the user's needs is there, so that what is not in it is known: the key that it begins at, and what the memberships are
    /// compared with.
    pub(super) fn is_whole(&mut self, set: &Set, row: &RowContext) -> Vec<Expression> {
        let mut parts = vec![self.has_start(set, row)];
        parts.extend(self.operands_are_there(set, row));
        parts
    }

    fn operands_are_there(&mut self, set: &Set, row: &RowContext) -> Vec<Expression> {
        let operands = self.model.operands_of_set(set);
        operands.iter().flat_map(|value| self.is_there(value, row)).collect()
    }

    fn has_start(&mut self, set: &Set, row: &RowContext) -> Expression {
        match self.model.start_of(set) {
            Value::LoggedInUser => is_signed_in(),
            start => self.value(&start, row).null_test(true),
        }
    }

    fn side(&mut self, list: &Collection, element: &Type, row: &RowContext) -> Side {
        let to = format!("{}[]", quote::r#type(element));
        match list {
            Collection::List(items) => {
                let texts = constants(items);
                let array = if *element == Type::Text { texts } else { texts.cast(to) };
                Side { array, claim: None, may_be_empty: false }
            }
            Collection::Set(set) => Side { array: cast(self.elements_of(set, row), to), claim: None, may_be_empty: true },
            Collection::Value(value @ Value::Claim(..)) => {
                let list = self.value(value, row);
                Side { array: cast(list.clone(), to), claim: Some(list), may_be_empty: true }
            }
            Collection::Value(value) => {
                let array = self.value(value, row);
                let own = self.value_type(value);
                let is_same = matches!(&own, Some(Type::Array(own)) if bare(own) == *element);
                Side { array: if is_same { array } else { array.cast(to) }, claim: None, may_be_empty: true }
            }
        }
    }

    /// What both sides are compared as: the type of the first, unless the second is of wider numbers.
    fn common_element(&self, lists: [&Collection; 2]) -> Type {
        let [first, second] = lists.map(|list| self.element_of(list));
        let width = |r#type: &Type| [Type::SmallInt, Type::Integer, Type::BigInt].iter().position(|one| one == r#type);
        match (first, second) {
            (Some(first), Some(second)) if width(&second) > width(&first) && width(&first).is_some() => second,
            (Some(r#type), _) | (None, Some(r#type)) => r#type,
            (None, None) => Type::Text,
        }
    }

    /// The type of a list's elements, where it has one of its own.
    fn element_of(&self, list: &Collection) -> Option<Type> {
        match list {
            Collection::Value(value) => match self.value_type(value)? {
                Type::Array(element) => Some(bare(&element)),
                _ => None,
            },
            Collection::Set(set) => self.set_type(set).map(|r#type| bare(&r#type)),
            Collection::List(items) => items.first().map(|item| bare(&item.r#type)),
        }
    }
}

/// The row, for each of the two lists: where too few elements would make the statement true, all have to be seen.
fn rows_of(all: bool, negated: bool, row: &RowContext) -> [RowContext; 2] {
    [negated, negated || all].map(|is_complete| if is_complete { row.complete() } else { row.clone() })
}

fn joined_sides([whole, of]: [Side; 2], all: bool, negated: bool) -> Expression {
    let mut parts = Vec::new();
    // NULL stays NULL in neither operator: what is badly formed leaves open whether there is more in common, or whether all of it is.
    let open = [(&whole, negated), (&of, negated != all)];
    for claim in open.into_iter().filter(|(_, is_open)| *is_open).filter_map(|(side, _)| side.claim.clone()) {
        parts.push(claim.clone().null_test(true));
        let position = Expression::call("array_position", vec![claim, Expression::Word("NULL")]);
        parts.push(position.null_test(false));
    }
    let found = if all {
        Expression::binary(whole.array, "@>", if of.may_be_empty { non_empty(of.array) } else { of.array })
    } else {
        Expression::binary(whole.array, "&&", of.array)
    };
    parts.push(if negated { Expression::Not(Box::new(found)) } else { found });
    Expression::all(parts)
}

/// A type without what is said of lengths: a longer text would be cut off, and then be one that it is not.
fn bare(r#type: &Type) -> Type {
    match r#type {
        Type::Varchar(_) => Type::Varchar(String::new()),
        Type::Numeric(_) => Type::Numeric(String::new()),
        other => other.clone(),
    }
}

/// As a type, unless it is one already.
fn cast(array: Expression, to: String) -> Expression {
    match array {
        Expression::Cast(inner, known) if known == to => Expression::Cast(inner, known),
        array => array.cast(to),
    }
}

/// A list without NULL, and NULL where nothing is left: all of nothing is true of everybody.
fn non_empty(array: Expression) -> Expression {
    let known = Expression::call("array_remove", vec![array, Expression::Word("NULL")]);
    Expression::call("nullif", vec![known, Expression::Text("{}".to_owned())])
}

fn constants(items: &[Literal]) -> Expression {
    Expression::List(items.iter().map(|item| Expression::Text(item.text.clone())).collect())
}

fn cardinality(array: Expression) -> Expression {
    Expression::call("cardinality", vec![array])
}

fn zero() -> Expression {
    Expression::Number("0".to_owned())
}
