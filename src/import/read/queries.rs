//! Queries within an expression: whether there is a row, and what it has.

use super::super::meaning::{Condition, Found, Operator, Row, Value};
use super::super::tree::{Query, Source, Sql};
use super::comparisons::ordered;
use super::kinds::Typed;
use super::{Reader, Scope, Why, is_built_in};
use crate::catalog::TableId;

/// The rows of a query, and what all of them have to be.
pub(super) type Rows = (Vec<(Row, TableId)>, Vec<Condition>);

impl Reader<'_> {
    /// Whether a query has a row.
    pub(super) fn exists(&mut self, query: &Query, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        // Of a count or another sum there is always a row, wherever in the column it stands.
        let is_plain = |column: &Sql| match column.bare() {
            Sql::Name(_) | Sql::Parameter(_) | Sql::Text(_) | Sql::Number(_) | Sql::Boolean(_) | Sql::Null => true,
            Sql::Other(text) => text == "`*`",
            _ => false,
        };
        if !query.columns.iter().all(is_plain) {
            return Err("a query whose columns are calls".to_owned());
        }
        let (inner, (rows, parts)) = self.rows_of(query, scope)?;
        drop(inner);
        Ok(self.rows(rows, parts, exact))
    }

    /// The rows behind FROM and WHERE, and a place in which their columns are named.
    pub(super) fn rows_of<'s>(&mut self, query: &Query, scope: &'s Scope<'s>) -> Result<(Scope<'s>, Rows), Why> {
        if query.sources.is_empty() {
            return Err("a query without a table".to_owned());
        }
        let mut named = Vec::new();
        for source in &query.sources {
            named.push(self.source(source, scope)?);
        }
        let inner = scope.within(named.clone());
        let mut parts = Vec::new();
        if let Some(condition) = &query.condition {
            parts.extend(self.condition(condition, &inner, false)?.into_conjuncts());
        }
        let rows: Vec<(Row, TableId)> = named.iter().map(|(_, row, table)| (*row, *table)).collect();
        for &(row, table) in &rows {
            let visible = self.visible(row, table, scope)?;
            let asked = parts.clone();
            parts.extend(visible.into_conjuncts().into_iter().filter(|seen| !self.is_implied(seen, &asked, &rows)));
        }
        Ok((inner, (rows, parts)))
    }

    fn source(&mut self, source: &Source, scope: &Scope<'_>) -> Result<(String, Row, TableId), Why> {
        if source.arguments.is_some() {
            return Err(format!("rows of the function `{}`", source.name.join(".")));
        }
        let table = self.table_named(&source.name, scope)?;
        let name = source.alias.clone().or_else(|| source.name.last().cloned()).unwrap_or_default();
        Ok((name, self.new_row(), table))
    }

    /// Whether a query asks for it anyway: part by part, or because its own row is the one that is wanted.
    fn is_implied(&self, seen: &Condition, asked: &[Condition], rows: &[(Row, TableId)]) -> bool {
        match seen {
            Condition::Constant(true) => true,
            Condition::Any(ways) => ways.iter().any(|way| self.is_implied(way, asked, rows)),
            Condition::All(parts) => parts.iter().all(|part| self.is_implied(part, asked, rows)),
            Condition::Exists { row, table, condition, negated: false } => {
                asked.contains(seen)
                    || rows.iter().filter(|(_, of)| of == table).any(|(own, _)| {
                        let mut same = condition.clone();
                        same.change(&mut |value| {
                            if let Value::Column { row: of, .. } = value
                                && of == row
                            {
                                *of = *own;
                            }
                        });
                        same.conjuncts().iter().all(|part| self.is_so(part) || self.is_implied(&in_order(part), asked, rows))
                    })
            }
            other => asked.contains(other),
        }
    }

    /// Whether a value that is never empty equals itself.
    fn is_so(&self, part: &Condition) -> bool {
        matches!(part, Condition::Compare(left, Operator::Equal, right) if left == right && self.is_never_empty(left))
    }

    /// `value IN (SELECT …)`
    pub(super) fn in_query(
        &mut self,
        value: &Sql,
        query: &Query,
        negated: bool,
        scope: &Scope<'_>,
        exact: bool,
    ) -> Result<Condition, Why> {
        let exact = exact || negated;
        let value = self.typed(value, scope)?;
        if let Some((name, arguments)) = set_call(query) {
            let found = self.in_helper(&value, name, arguments, scope, exact)?;
            return Ok(if negated { found.opposite() } else { found });
        }
        let (inner, (rows, mut parts)) = self.rows_of(query, scope)?;
        let [column] = query.columns.as_slice() else { return Err("`IN` of several columns".to_owned()) };
        if query.is_limited {
            return Err("`IN` of a part of the rows".to_owned());
        }
        let column = self.typed(column, &inner)?;
        drop(inner);
        parts.push(self.in_column(column, value, scope, exact)?);
        let found = self.rows(rows, parts, exact);
        Ok(if negated { found.opposite() } else { found })
    }

    /// `NOT IN` is unknown where one of the values is empty, and so is not the opposite of "there is one": only where none can be.
    pub(super) fn in_column(&mut self, column: Typed, value: Typed, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        self.alike(&column, &value, scope)?;
        let (column, value) = (column.value.of_any_order(), value.value.of_any_order());
        if exact && [&column, &value].iter().any(|value| !self.is_never_empty(value)) {
            return Err("`NOT IN` or a negated `IN` of values that may be empty".to_owned());
        }
        self.compared(column, Operator::Equal, value, exact)
    }

    fn is_never_empty(&self, value: &Value) -> bool {
        match value {
            Value::Column { hops, column, .. } => hops.is_empty() && !self.catalog.column(*column).nullable,
            Value::Text(_) | Value::Number(_) | Value::Boolean(_) => true,
            _ => false,
        }
    }

    /// `(SELECT value FROM … WHERE …)`
    pub(super) fn value_of_query(&mut self, query: &Query, scope: &Scope<'_>) -> Result<Typed, Why> {
        if let Some(value) = query.only_value() {
            return self.typed(value, scope);
        }
        let [column] = query.columns.as_slice() else { return Err("a query of several columns".to_owned()) };
        let (inner, (rows, parts)) = self.rows_of(query, scope)?;
        let typed = self.typed(column, &inner)?;
        drop(inner);
        if !self.is_one_row(&rows, &parts) {
            return Err("a value of one of several rows".to_owned());
        }
        let found = Found { rows, condition: Condition::all(parts), value: typed.value };
        Ok(Typed { value: Value::Of(Box::new(found)), ..typed })
    }

    /// A boolean query in the place of a condition.
    pub(super) fn truth_of_query(&mut self, query: &Query, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        if let Some(value) = query.only_value() {
            return self.condition(value, scope, exact);
        }
        let [column] = query.columns.as_slice() else { return Err("a query of several columns".to_owned()) };
        if let Some(counted) = self.counted_here(column, query, scope)? {
            return Ok(counted);
        }
        if exact {
            return Err("a query that has no row is NULL, below a NOT".to_owned());
        }
        let (inner, (rows, mut parts)) = self.rows_of(query, scope)?;
        let is_always = *column.bare() == Sql::Boolean(true);
        let said = self.condition(column, &inner, false)?;
        drop(inner);
        if !is_always && !self.is_one_row(&rows, &parts) {
            return Err("a value of one of several rows".to_owned());
        }
        parts.extend(said.into_conjuncts());
        Ok(self.rows(rows, parts, false))
    }

    /// Whether a condition is true of one row at most: it names a whole key of each table.
    pub(super) fn is_one_row(&self, rows: &[(Row, TableId)], parts: &[Condition]) -> bool {
        let mut fixed: Vec<Row> = Vec::new();
        for _ in rows {
            for &(row, table) in rows.iter().filter(|(row, _)| !fixed.contains(row)).collect::<Vec<_>>() {
                let is_known = |value: &Value| match value {
                    Value::Column { row: of, .. } => *of != row && (fixed.contains(of) || !rows.iter().any(|(row, _)| row == of)),
                    Value::Of(_) | Value::List(_) => false,
                    _ => true,
                };
                let names = |column: u32| {
                    let is = |value: &Value| matches!(value, Value::Column { row: of, hops, column: named } if *of == row && hops.is_empty() && named.column == column);
                    parts.iter().any(|part| match part {
                        Condition::Compare(left, Operator::Equal, right) => {
                            (is(left) && is_known(right)) || (is(right) && is_known(left))
                        }
                        _ => false,
                    })
                };
                let has_key = |key: &Vec<u32>| !key.is_empty() && key.iter().all(|&column| names(column));
                if self.catalog.table(table).keys().any(has_key) {
                    fixed.push(row);
                }
            }
        }
        fixed.len() == rows.len()
    }

    /// `(SELECT count(*) …) > 0`
    pub(super) fn counted(
        &mut self,
        left: &Sql,
        operator: &str,
        right: &Sql,
        scope: &Scope<'_>,
    ) -> Result<Option<Condition>, Why> {
        let Sql::Query(query) = left else { return Ok(None) };
        let [column] = query.columns.as_slice() else { return Ok(None) };
        if !is_count(column) {
            return Ok(None);
        }
        self.some(operator, right, query, scope).map(Some)
    }

    /// `SELECT count(*) > 0 …`
    pub(super) fn counted_here(&mut self, column: &Sql, query: &Query, scope: &Scope<'_>) -> Result<Option<Condition>, Why> {
        match column {
            Sql::Binary(left, operator, right) if is_count(left) => self.some(operator, right, query, scope).map(Some),
            Sql::Exists(..) => Ok(None),
            _ => Ok(None),
        }
    }

    fn some(&mut self, operator: &str, right: &Sql, query: &Query, scope: &Scope<'_>) -> Result<Condition, Why> {
        let Sql::Number(number) = right.bare() else { return Err("a number of rows beside what is no constant".to_owned()) };
        let negated = match (operator, number.as_str()) {
            (">" | "<>", "0") | (">=", "1") => false,
            ("=", "0") | ("<", "1") => true,
            _ => return Err("a number of rows".to_owned()),
        };
        let (inner, (rows, parts)) = self.rows_of(query, scope)?;
        drop(inner);
        let found = self.rows(rows, parts, true);
        Ok(if negated { found.opposite() } else { found })
    }
}

/// A comparison as it is written everywhere.
fn in_order(part: &Condition) -> Condition {
    match part {
        Condition::Compare(left, operator, right) => ordered(left.clone(), *operator, right.clone()),
        other => other.clone(),
    }
}

fn is_count(column: &Sql) -> bool {
    matches!(column.bare(), Sql::Call(name, arguments) if is_built_in(name, "count") && arguments.is_empty())
}

/// `(SELECT helper(…))` and `(SELECT h.h FROM helper(…) h)`, where the helper gives rows.
fn set_call(query: &Query) -> Option<(&[String], &[Sql])> {
    match (query.columns.as_slice(), query.sources.as_slice(), &query.condition) {
        ([Sql::Call(name, arguments)], [], None) => Some((name, arguments)),
        ([column], [Source { name, arguments: Some(arguments), alias }], None) => {
            let own = alias.as_ref().or(name.last());
            let is_it = match column {
                Sql::Name(parts) => parts.last() == own || parts.first() == own,
                Sql::Other(text) => text == "`*`",
                _ => false,
            };
            is_it.then_some((name, arguments))
        }
        _ => None,
    }
}
