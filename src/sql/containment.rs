//! Whether a text has a part, an array an element, a JSON list or a claim one.

use super::expression::Expression;
use super::lower::Lowering;
use super::quote;
use super::row_context::RowContext;
use super::session_value::{SessionValue, element_type};
use crate::catalog::{Family, Type};
use crate::model::{Comparison, Literal, PartPlace, Value};

impl Lowering<'_> {
    /// Whether a text has a part, letter by letter: without the collation, which may not be able to tell, and without LIKE, to which
    /// some letters are special.
    pub(super) fn part(&mut self, whole: &Value, place: PartPlace, part: &Value, negated: bool, row: &RowContext) -> Expression {
        let is_citext = [whole, part].iter().any(|value| matches!(self.value_type(value), Some(Type::Citext(_))));
        let mut letters = |value: &Value| {
            let text = self.value(value, row);
            let text = match value {
                Value::Literal(_) => text,
                _ => text.cast("text"),
            };
            let text = if is_citext { Expression::call("lower", vec![text]) } else { text };
            text.collate("\"C\"")
        };
        let (whole, part) = (letters(whole), letters(part));
        let found = super::case::has_part(whole, place, part);
        if negated { Expression::Not(Box::new(found)) } else { found }
    }

    /// Whether an array or a list has an element, or has not.
    pub(super) fn containment(&mut self, array: &Value, element: &Value, negated: bool, row: &RowContext) -> Expression {
        if !negated && self.shapes.is_by_element(array, element) {
            return self.contains_by_index(array, element, row);
        }
        let contains = self.contains(array, element, row);
        if !negated {
            return contains;
        }
        let not = Expression::Not(Box::new(contains));
        match element {
            Value::Literal(_) => not,
            // `NULL = ANY (empty)` is false in PostgreSQL, and so its opposite true.
            element => Expression::And(vec![self.value(element, row).null_test(true), not]),
        }
    }

    fn contains(&mut self, array: &Value, element: &Value, row: &RowContext) -> Expression {
        if let Value::Claim(claim, Type::Jsonb) = array {
            let r#type = self.value_type(element).unwrap_or(Type::Text);
            let operator = self.operator_of(&r#type, Comparison::Equal);
            let list = Box::new(Expression::Session(SessionValue::ClaimList(claim.clone(), r#type.clone())));
            // Without the cast, `ANY ((SELECT …))` would be read as a set of rows.
            let list = Box::new(Expression::Cast(list, format!("{}[]", element_type(&r#type))));
            return Expression::Array { left: Box::new(self.value(element, row)), operator, all: false, array: list };
        }
        let array_type = self.value_type(array).unwrap_or(Type::Jsonb);
        let whole = self.value(array, row);
        let Type::Array(element_type) = &array_type else { return self.json_contains(whole, element, row) };
        let operator = self.operator_of(element_type, Comparison::Equal);
        let array = Box::new(whole.cast(quote::r#type(&array_type)));
        Expression::Array { left: Box::new(self.value(element, row)), operator, all: false, array }
    }

    /// The same, true of the same arrays, for a GIN index on the array.
    fn contains_by_index(&mut self, array: &Value, element: &Value, row: &RowContext) -> Expression {
        let r#type = self.value_type(array).unwrap_or(Type::Jsonb);
        let none = Expression::Text("{}".to_owned()).cast(quote::r#type(&r#type));
        let one = Expression::call("array_append", vec![none, self.narrowed(&r#type, element, row)]);
        Expression::binary(self.value(array, row), "@>", one)
    }

    /// An element as an array of such a type has it. Whole numbers of the session are read as the widest, and one beyond the column's type is in no array.
    fn narrowed(&mut self, array: &Type, element: &Value, row: &RowContext) -> Expression {
        let value = self.value(element, row);
        let Type::Array(own) = array else { return value };
        let (least, greatest) = match (element, &**own) {
            (Value::LoggedInUser, Type::SmallInt) => ("-32768", "32767"),
            (Value::LoggedInUser, Type::Integer) => ("-2147483648", "2147483647"),
            _ => return value,
        };
        let end = |number: &str| Box::new(Expression::Number(number.to_owned()));
        let is_one = Expression::Between { value: Box::new(value.clone()), least: end(least), greatest: end(greatest) };
        Expression::Case { condition: Box::new(is_one), then: Box::new(value.cast(quote::r#type(own))) }.once()
    }

    /// Whether a JSON array has an element (manual section 8.14.3).
    fn json_contains(&mut self, whole: Expression, element: &Value, row: &RowContext) -> Expression {
        match element {
            Value::Literal(literal) => {
                let element = Expression::Text(format!("[{}]", json_scalar(literal))).cast("jsonb");
                Expression::binary(whole, "@>", element)
            }
            other => {
                let value = self.value(other, row).cast("text");
                // `[null]` is no element that anything could have, and must stay unknown.
                let json = Expression::call("jsonb_build_array", vec![value.clone()]);
                let contains = Expression::binary(whole, "@>", json);
                Expression::Case { condition: Box::new(value.null_test(true)), then: Box::new(contains) }
            }
        }
    }
}

/// A constant as JSON.
fn json_scalar(literal: &Literal) -> String {
    match literal.r#type.family() {
        Family::Number | Family::Boolean => literal.text.clone(),
        _ => serde_json::Value::String(literal.text.clone()).to_string(),
    }
}
