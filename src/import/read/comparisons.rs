//! Comparisons: of two values, with lists, with patterns.

use super::super::meaning::{Condition, Operator, Value};
use super::super::tree::Sql;
use super::kinds::{Kind, Typed};
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
        let Some(operator) = self.operator(left, operator, right, scope)? else {
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

    /// What an operator compares. Those of another schema than PostgreSQL's own are known where they are those of citext, at a column of it.
    pub(super) fn operator(
        &mut self,
        left: &Sql,
        operator: &str,
        right: &Sql,
        scope: &Scope<'_>,
    ) -> Result<Option<Operator>, Why> {
        let Some((schema, own)) = operator.rsplit_once('.') else {
            self.is_own(operator, scope)?;
            return Ok(Operator::read(operator));
        };
        for side in [left, right] {
            if let Value::Column { column, .. } = self.value(side, scope)?
                && matches!(&self.catalog.column(column).r#type, Type::Citext(of) if *of == schema.trim_matches('"'))
            {
                return Ok(Operator::read(own));
            }
        }
        Ok(None)
    }

    pub(super) fn compare(
        &mut self,
        left: &Sql,
        operator: Operator,
        right: &Sql,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let (left, right) = (self.typed(left, scope)?, self.typed(right, scope)?);
        self.alike(&left, &right, scope)?;
        self.compared(left.value, operator, right.value, exact)
    }

    /// A comparison of two values. What is taken from a row that may not be there is a question whether there is one.
    pub(super) fn compared(&mut self, left: Value, operator: Operator, right: Value, exact: bool) -> Result<Condition, Why> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if !is_equality && [&left, &right].iter().any(|value| matches!(value, Value::AsText(_))) {
            return Err("the order of a value as a text".to_owned());
        }
        match (left.of_any_order(), right.of_any_order()) {
            (Value::List(_), _) | (_, Value::List(_)) => Err("a list is compared".to_owned()),
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
        if scope.hides_equality {
            return Err(
                "which `=` IS DISTINCT FROM asks is not printed, and there is one that is not PostgreSQL's own".to_owned()
            );
        }
        let (left, right) = (self.typed(left, scope)?, self.typed(right, scope)?);
        self.alike(&left, &right, scope)?;
        let (left, right) = (left.value.of_any_order(), right.value.of_any_order());
        if [&left, &right].iter().any(|value| matches!(value, Value::Of(_))) {
            return Err("a value of another row is compared by IS DISTINCT FROM".to_owned());
        }
        match (left, right) {
            (Value::Null, other) | (other, Value::Null) => self.is_null(other, negated),
            (value, constant) | (constant, value) if is_constant(&constant) => {
                let (operator, emptiness) = if negated { (Operator::NotEqual, false) } else { (Operator::Equal, true) };
                let compared = ordered(value.clone(), operator, constant);
                let is_empty = self.is_null(value, emptiness)?;
                Ok(if negated { Condition::any([compared, is_empty]) } else { Condition::all([compared, is_empty]) })
            }
            (left, right) if !negated && !exact => {
                let both = Condition::all([self.is_null(left.clone(), false)?, self.is_null(right.clone(), false)?]);
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
        let value = self.typed(value, scope)?;
        let mut all = Vec::new();
        for item in list {
            let item = self.typed(item, scope)?;
            self.alike(&value, &item, scope)?;
            all.push(item.value);
        }
        self.among(value.value, all, negated, exact)
    }

    /// Whether a value is one of some.
    fn among(&mut self, value: Value, list: Vec<Value>, negated: bool, exact: bool) -> Result<Condition, Why> {
        let value = value.of_any_order();
        if list.is_empty() {
            return Ok(Condition::Constant(negated));
        }
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
        if let Some(elements) = elements(list)? {
            return self.in_list(value, &elements, false, scope, exact);
        }
        match list.bare() {
            Sql::Query(query) => self.in_query(value, query, false, scope, exact),
            Sql::Call(name, arguments) if super::is_built_in(name, "array") => match arguments.as_slice() {
                [Sql::Query(query)] => self.in_query(value, query, false, scope, exact),
                _ => Err("an array of an unknown kind".to_owned()),
            },
            _ => {
                let (array, element) = (self.typed(list, scope)?, self.typed(value, scope)?);
                match array.value {
                    // A parameter that is handed a list.
                    Value::List(list) => {
                        let kind = array.kind.element();
                        let mut items = list.iter().map(|item| Typed::new(item.clone(), kind.clone()));
                        items.try_for_each(|item| self.alike(&element, &item, scope))?;
                        self.among(element.value, list, false, exact)
                    }
                    _ => self.contains(&array, element, scope),
                }
            }
        }
    }

    /// Whether a value is NULL, or where negated is not. A list without elements and JSON without anything in it are not, and empty for a rule.
    pub(super) fn is_null(&self, value: Value, negated: bool) -> Result<Condition, Why> {
        match &value {
            Value::Column { column, .. }
                if matches!(self.catalog.column(*column).r#type, Type::Array(_) | Type::Json | Type::Jsonb) =>
            {
                Err("a list or JSON that has nothing in it is not NULL, and empty for a rule".to_owned())
            }
            _ => Ok(Condition::Empty(value, negated)),
        }
    }

    /// `array @> ARRAY[element]`
    fn has(&mut self, whole: &Sql, part: &Sql, scope: &Scope<'_>) -> Result<Condition, Why> {
        let Some(elements) = elements(part)? else { return Err("`@>` of what is no list".to_owned()) };
        if elements.is_empty() {
            return Err("`@>` of no element, which is true of every list and unknown where there is none".to_owned());
        }
        let whole = self.typed(whole, scope)?;
        let parts: Result<Vec<Condition>, Why> = elements
            .iter()
            .map(|element| {
                let element = self.typed(element, scope)?;
                // `@>` finds no NULL and is then false, where `contains` is unknown; both deny.
                self.contains(&whole, element, scope)
            })
            .collect();
        Ok(Condition::all(parts?))
    }

    fn contains(&self, array: &Typed, element: Typed, scope: &Scope<'_>) -> Result<Condition, Why> {
        let own = match &array.value {
            Value::Column { column, .. } => match &self.catalog.column(*column).r#type {
                Type::Array(own) => Some(own.as_ref()),
                _ => None,
            },
            _ => None,
        };
        let Some(own) = own.filter(|_| !matches!(element.value, Value::Of(_))) else {
            return Err("a list that is no column of the record".to_owned());
        };
        if array.kind.element() != Kind::Known(own.clone()) {
            return Err(format!("a list of {own} as another type"));
        }
        self.alike_element(own, &element, scope)?;
        Ok(Condition::Contains(array.value.clone(), element.value))
    }

    /// `'abc%'`
    pub(super) fn like(&mut self, value: &Sql, pattern: &Sql, scope: &Scope<'_>) -> Result<Condition, Why> {
        let Some(pattern) = pattern.text() else { return Err("a pattern that is no constant".to_owned()) };
        let start = pattern.strip_suffix('%').filter(|start| !start.is_empty() && !start.contains(['%', '_', '\\']));
        let Some(start) = start else { return Err(format!("the pattern '{pattern}' is more than how a text begins")) };
        let value = self.typed(value, scope)?;
        match value.value {
            value_of @ Value::Column { .. } if value.kind.is_text() => Ok(Condition::StartsWith(value_of, start.to_owned())),
            _ => Err("a pattern of what is no column".to_owned()),
        }
    }
}

/// The elements of a list that is written out, each with the type that the list is cast to; `None` where it is something else.
pub(super) fn elements(list: &Sql) -> Result<Option<Vec<Sql>>, Why> {
    Ok(match list {
        Sql::Array(list) => Some(list.clone()),
        Sql::Cast(inner, name) => match (inner.as_ref(), name.strip_suffix("[]")) {
            (Sql::Text(text), Some(of)) => {
                Some(of_text(text)?.into_iter().map(|item| Sql::Cast(Box::new(item), of.to_owned())).collect())
            }
            (inner, Some(of)) => {
                elements(inner)?.map(|list| list.into_iter().map(|item| Sql::Cast(Box::new(item), of.to_owned())).collect())
            }
            (_, None) => None,
        },
        Sql::Text(text) => Some(of_text(text)?),
        Sql::Query(query) => query.only_value().map_or(Ok(None), elements)?,
        _ => None,
    })
}

/// `{a,b}`, without quotes and lists within.
fn of_text(text: &str) -> Result<Vec<Sql>, Why> {
    let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let inner = inner.filter(|text| !text.contains(['"', '{', '\\'])).ok_or("a list of an unknown form")?;
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let one = |item: &str| match item.trim() {
        null if null.eq_ignore_ascii_case("null") => Sql::Null,
        item => Sql::Text(item.to_owned()),
    };
    Ok(inner.split(',').map(one).collect())
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
