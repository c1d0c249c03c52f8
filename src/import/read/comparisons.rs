//! Comparisons: of two values, with lists, with patterns.

use super::super::meaning::{Condition, Operator, Value};
use super::super::tree::Sql;
use super::{Reader, Scope, Why};
use crate::catalog::Type;

impl Reader<'_> {
    pub(super) fn binary(
        &mut self,
        left: &Sql,
        operator: &str,
        right: &Sql,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        if let Some(counted) = self.counted(left, operator, right, scope)? {
            return Ok(counted);
        }
        match operator {
            "@>" => return self.has(left, right, scope),
            "<@" => return self.has(right, left, scope),
            "~~" => return self.like(left, right, scope),
            _ => {}
        }
        let Some(operator) = Operator::read(operator) else {
            return Err(format!("`{operator}` is no comparison of the language"));
        };
        // `(helper) = true`
        for (side, other) in [(left, right), (right, left)] {
            let Sql::Boolean(value) = other.bare() else { continue };
            // Of a row that may not be there, false is not the opposite of true.
            let is_of_row = matches!(side.bare(), Sql::Query(_));
            if is_of_row && !exact && operator == Operator::Equal && !value {
                break;
            }
            match (operator, value) {
                (Operator::Equal, true) | (Operator::NotEqual, false) => return self.condition(side, scope, exact),
                (Operator::Equal, false) | (Operator::NotEqual, true) => {
                    return Ok(self.condition(side, scope, true)?.opposite());
                }
                _ => {}
            }
        }
        self.compare(left, operator, right, scope, exact)
    }

    pub(super) fn compare(
        &mut self,
        left: &Sql,
        operator: Operator,
        right: &Sql,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
        self.compared(left, operator, right, exact)
    }

    /// A comparison of two values. What is taken from a row that may not be there is a question whether there is one.
    pub(super) fn compared(&mut self, left: Value, operator: Operator, right: Value, exact: bool) -> Result<Condition, Why> {
        match (left, right) {
            (Value::Of(_), Value::Of(_)) => Err("two values of other rows are compared".to_owned()),
            (Value::Of(found), other) => self.found(*found, operator, other, exact),
            (other, Value::Of(found)) => self.found(*found, operator.flipped(), other, exact),
            (Value::Null, _) | (_, Value::Null) if exact => Err("a comparison with NULL is never true or false".to_owned()),
            (Value::Null, _) | (_, Value::Null) => Ok(Condition::Constant(false)),
            (left, right) => constant(&left, operator, &right, exact).unwrap_or_else(|| Ok(ordered(left, operator, right))),
        }
    }

    fn found(
        &mut self,
        found: super::super::meaning::Found,
        operator: Operator,
        other: Value,
        exact: bool,
    ) -> Result<Condition, Why> {
        if exact {
            return Err("a value of another row, which may not be there, is compared below a NOT".to_owned());
        }
        let compared = self.compared(found.value, operator, other, false)?;
        let mut parts = found.condition.into_conjuncts();
        parts.push(compared);
        Ok(self.rows(found.rows, parts, false))
    }

    pub(super) fn distinct(
        &mut self,
        left: &Sql,
        right: &Sql,
        negated: bool,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
        if [&left, &right].iter().any(|value| matches!(value, Value::Of(_))) {
            return Err("a value of another row is compared by IS DISTINCT FROM".to_owned());
        }
        match (left, right) {
            (Value::Null, other) | (other, Value::Null) => Ok(Condition::Empty(other, negated)),
            (value, constant) | (constant, value) if is_constant(&constant) => {
                let (operator, emptiness) = if negated { (Operator::NotEqual, false) } else { (Operator::Equal, true) };
                let compared = ordered(value.clone(), operator, constant);
                let is_empty = Condition::Empty(value, emptiness);
                Ok(if negated { Condition::any([compared, is_empty]) } else { Condition::all([compared, is_empty]) })
            }
            (left, right) if !negated && !exact => {
                let both = Condition::all([Condition::Empty(left.clone(), false), Condition::Empty(right.clone(), false)]);
                Ok(Condition::any([ordered(left, Operator::Equal, right), both]))
            }
            _ => Err("IS DISTINCT FROM between two values".to_owned()),
        }
    }

    pub(super) fn in_list(
        &mut self,
        value: &Sql,
        list: &[Sql],
        negated: bool,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let value = self.value(value, scope)?;
        let list: Result<Vec<Value>, Why> = list.iter().map(|item| self.value(item, scope)).collect();
        let list = list?;
        match &value {
            Value::Column { .. } | Value::Session(_) if list.iter().all(is_constant) => {
                Ok(Condition::OneOf(value, list, negated))
            }
            _ => {
                let parts: Result<Vec<Condition>, Why> =
                    list.into_iter().map(|item| self.compared(value.clone(), Operator::Equal, item, exact || negated)).collect();
                let any = Condition::any(parts?);
                Ok(if negated { any.opposite() } else { any })
            }
        }
    }

    /// `value = ANY (list)`
    pub(super) fn any_of(&mut self, value: &Sql, list: &Sql, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        match list.bare() {
            Sql::Array(list) => self.in_list(value, list, false, scope, exact),
            Sql::Query(query) => self.in_query(value, query, false, scope, exact),
            Sql::Call(name, arguments) if super::is_built_in(name, "array") => match arguments.as_slice() {
                [Sql::Query(query)] => self.in_query(value, query, false, scope, exact),
                _ => Err("an array of an unknown kind".to_owned()),
            },
            Sql::Text(text) => {
                let items = text
                    .strip_prefix('{')
                    .and_then(|text| text.strip_suffix('}'))
                    .filter(|text| !text.contains(['"', '{', '\\']));
                let items: Vec<Sql> =
                    items.ok_or("a list of an unknown form")?.split(',').map(|item| Sql::Text(item.to_owned())).collect();
                self.in_list(value, &items, false, scope, exact)
            }
            _ => {
                let array = self.value(list, scope)?;
                let element = self.value(value, scope)?;
                self.contains(array, element)
            }
        }
    }

    /// `array @> ARRAY[element]`
    fn has(&mut self, whole: &Sql, part: &Sql, scope: &Scope<'_>) -> Result<Condition, Why> {
        let Sql::Array(elements) = part.bare() else { return Err("`@>` of what is no list".to_owned()) };
        let whole = self.value(whole, scope)?;
        let parts: Result<Vec<Condition>, Why> = elements
            .iter()
            .map(|element| {
                let element = self.value(element, scope)?;
                // `@>` finds no NULL and is then false, where `contains` is unknown; both deny.
                self.contains(whole.clone(), element)
            })
            .collect();
        Ok(Condition::all(parts?))
    }

    fn contains(&self, array: Value, element: Value) -> Result<Condition, Why> {
        let is_array = match &array {
            Value::Column { column, .. } => matches!(self.catalog.column(*column).r#type, Type::Array(_)),
            _ => false,
        };
        if !is_array || matches!(element, Value::Of(_)) {
            return Err("a list that is no column of the record".to_owned());
        }
        Ok(Condition::Contains(array, element))
    }

    /// `'abc%'`
    pub(super) fn like(&mut self, value: &Sql, pattern: &Sql, scope: &Scope<'_>) -> Result<Condition, Why> {
        let Sql::Text(pattern) = pattern.bare() else { return Err("a pattern that is no constant".to_owned()) };
        let start = pattern.strip_suffix('%').filter(|start| !start.is_empty() && !start.contains(['%', '_', '\\']));
        let Some(start) = start else { return Err(format!("the pattern '{pattern}' is more than how a text begins")) };
        match self.value(value, scope)? {
            value @ Value::Column { .. } => Ok(Condition::StartsWith(value, start.to_owned())),
            _ => Err("a pattern of what is no column".to_owned()),
        }
    }
}

/// A comparison, a column to the left, so that equal ones are written in one way.
pub(super) fn ordered(left: Value, operator: Operator, right: Value) -> Condition {
    let rank = |value: &Value| match value {
        Value::Column { .. } => 0,
        Value::Session(_) => 1,
        _ => 2,
    };
    let exchange = match (rank(&left).cmp(&rank(&right)), &left, &right) {
        // What is said of a row begins with its own column.
        (std::cmp::Ordering::Equal, Value::Column { row: first, .. }, Value::Column { row: second, .. }) if first != second => {
            second > first
        }
        (std::cmp::Ordering::Equal, ..) => right < left,
        (order, ..) => order.is_gt(),
    };
    if exchange { Condition::Compare(right, operator.flipped(), left) } else { Condition::Compare(left, operator, right) }
}

pub(super) fn is_constant(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Number(_) | Value::Boolean(_))
}

/// Two constants, as they come about where a helper is handed some.
fn constant(left: &Value, operator: Operator, right: &Value, exact: bool) -> Option<Result<Condition, Why>> {
    if !is_constant(left) || !is_constant(right) {
        return None;
    }
    let is_same_kind = std::mem::discriminant(left) == std::mem::discriminant(right);
    Some(match operator {
        Operator::Equal if is_same_kind && !exact => Ok(Condition::Constant(left == right)),
        // What is written otherwise may be equal all the same: 1 and 1.0.
        Operator::NotEqual if is_same_kind && !exact && left == right => Ok(Condition::Constant(false)),
        _ => Err("two constants are compared".to_owned()),
    })
}
