//! Expressions to what they say. In: trees, the facts of the database, its tables. Out: conditions, or why something is none that the language has.
//!
//! Where unknown and false come to the same, a condition may answer either; where they do not (below a NOT) it is `exact`, and what would mix them up is not read.

mod alike;
mod calls;
mod comparisons;
mod fold;
mod helpers;
mod kinds;
mod names;
mod queries;
mod resolved;
mod session;
mod values;
mod visible;

use std::collections::BTreeSet;

use super::facts::Facts;
use super::meaning::{Condition, Operator, Row, Session, Value};
use super::tree::{Sql, Top};
use crate::catalog::{Catalog, QualifiedName, TableId};
pub(super) use names::Scope;

/// Helpers within helpers, and policies within policies, are read so far.
const DEPTH: usize = 8;

/// Why something is not said.
pub(super) type Why = String;

/// Reads expressions.
pub(super) struct Reader<'a> {
    pub facts: &'a Facts,
    pub catalog: &'a Catalog,
    /// The function that says who is signed in, which is not put in its place.
    pub identity: Option<QualifiedName>,
    /// The roles that the policy is asked of.
    pub readers: Vec<String>,
    /// Helpers that have been put in their places in what is being read.
    helpers: BTreeSet<String>,
    next: Row,
    /// What is being read at the moment, from the outside in.
    open: Vec<String>,
}

/// The top of an expression, each part of it read or not.
#[derive(Debug, Clone)]
pub(super) enum Said {
    All(Vec<Said>),
    Any(Vec<Said>),
    Not(Box<Said>),
    /// With its text, and the helpers that were put in their places.
    Leaf(Result<Condition, Why>, String, BTreeSet<String>),
}

impl<'a> Reader<'a> {
    pub fn new(facts: &'a Facts, catalog: &'a Catalog) -> Reader<'a> {
        Reader { facts, catalog, identity: None, readers: Vec::new(), helpers: BTreeSet::new(), next: 1, open: Vec::new() }
    }

    /// An expression of a policy on a table.
    pub fn policy(&mut self, table: TableId, top: &Top, hides_equality: bool) -> Said {
        let scope = Scope::of_policy(self.catalog, table, hides_equality);
        self.open = vec![visible::opening(&self.catalog.table(table).name)];
        let said = self.top(top, &scope, false);
        self.open.clear();
        said
    }

    fn top(&mut self, top: &Top, scope: &Scope<'_>, exact: bool) -> Said {
        match top {
            Top::All(parts) => Said::All(parts.iter().map(|part| self.top(part, scope, exact)).collect()),
            Top::Any(parts) => Said::Any(parts.iter().map(|part| self.top(part, scope, exact)).collect()),
            Top::Not(inner) => Said::Not(Box::new(self.top(inner, scope, true))),
            Top::Leaf(sql, text) => {
                let read = self.condition(sql, scope, exact);
                Said::Leaf(read, text.clone(), std::mem::take(&mut self.helpers))
            }
        }
    }

    fn new_row(&mut self) -> Row {
        self.next += 1;
        self.next - 1
    }

    /// What a boolean expression says.
    fn condition(&mut self, sql: &Sql, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        match sql {
            Sql::Boolean(value) => Ok(Condition::Constant(*value)),
            Sql::Null if !exact => Ok(Condition::Constant(false)),
            Sql::Cast(inner, name) if name == "boolean" || name == "bool" => match inner.as_ref() {
                Sql::Text(text) if text == "t" || text == "true" => Ok(Condition::Constant(true)),
                Sql::Text(text) if text == "f" || text == "false" => Ok(Condition::Constant(false)),
                Sql::Null => self.condition(&Sql::Null, scope, exact),
                _ => self.truth(sql, scope),
            },
            Sql::And(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.condition(part, scope, exact)).collect();
                Ok(Condition::all(parts?))
            }
            Sql::Or(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.condition(part, scope, exact)).collect();
                Ok(Condition::any(parts?))
            }
            Sql::Not(inner) => Ok(self.condition(inner, scope, true)?.opposite()),
            Sql::IsBoolean(inner, value, negated) => self.is_boolean(inner, *value, *negated, scope, exact),
            Sql::IsNull(inner, negated) => match self.value(inner, scope)?.of_any_order() {
                // What was set once and is no more is '' in the session, and missing for rules.
                Value::Session(Session::Setting(_) | Session::Claim { .. }) if (exact || !negated) && !is_nullif(inner) => {
                    Err("a setting that is '' is not NULL, and missing for a rule".to_owned())
                }
                Value::Null => Ok(Condition::Constant(!negated)),
                Value::Of(_) => Err("a value of another row, which may not be there, is asked whether it is empty".to_owned()),
                value @ (Value::Column { .. } | Value::Session(_)) => self.is_null(value, *negated),
                _ => Ok(Condition::Constant(*negated)),
            },
            Sql::Binary(left, operator, right) => self.binary(left, operator, right, scope, exact),
            Sql::Distinct(left, right, negated) => self.distinct(left, right, *negated, scope, exact),
            Sql::Between(value, low, high, negated) => {
                let low = self.compare(value, Operator::AtLeast, low, scope, exact)?;
                let high = self.compare(value, Operator::AtMost, high, scope, exact)?;
                let between = Condition::all([low, high]);
                Ok(if *negated { between.opposite() } else { between })
            }
            Sql::Like(value, pattern, false) => self.like(value, pattern, scope),
            Sql::In(value, list, negated) => self.in_list(value, list, *negated, scope, exact),
            Sql::Any(value, operator, list) if self.operator(value, operator, value, scope)? == Some(Operator::Equal) => {
                self.any_of(value, list, scope, exact)
            }
            Sql::All(value, operator, list) if self.operator(value, operator, value, scope)? == Some(Operator::NotEqual) => {
                match comparisons::elements(list)? {
                    Some(list) => self.in_list(value, &list, true, scope, exact),
                    None => Err("`<> ALL` of what is no list of constants".to_owned()),
                }
            }
            Sql::InQuery(value, query, negated) => self.in_query(value, query, *negated, scope, exact),
            Sql::Exists(query, negated) => {
                let exists = self.exists(query, scope, exact || *negated)?;
                Ok(if *negated { exists.opposite() } else { exists })
            }
            Sql::Query(query) => self.truth_of_query(query, scope, exact),
            Sql::Call(name, arguments) => self.call(name, arguments, scope, exact),
            Sql::Name(_) | Sql::Parameter(_) => self.truth(sql, scope),
            Sql::Other(what) => Err(format!("{what} is not said by the language")),
            _ => Err("this kind of expression is not said by the language".to_owned()),
        }
    }

    /// A value that is true or false.
    fn truth(&mut self, sql: &Sql, scope: &Scope<'_>) -> Result<Condition, Why> {
        match self.value(sql, scope)? {
            Value::Boolean(value) => Ok(Condition::Constant(value)),
            value @ Value::Column { .. } => Ok(Condition::Compare(value, Operator::Equal, Value::Boolean(true))),
            _ => Err("what the session says is taken for true or false".to_owned()),
        }
    }

    fn is_boolean(&mut self, inner: &Sql, value: bool, negated: bool, scope: &Scope<'_>, exact: bool) -> Result<Condition, Why> {
        if !negated && !exact {
            let inner = self.condition(inner, scope, !value)?;
            return Ok(if value { inner } else { inner.opposite() });
        }
        let column = self.value(inner, scope)?;
        let is = |value: bool| Condition::Compare(column.clone(), Operator::Equal, Value::Boolean(value));
        if negated {
            return Ok(Condition::any([is(!value), Condition::Empty(column.clone(), false)]));
        }
        Ok(Condition::all([is(value), Condition::Empty(column.clone(), true)]))
    }
}

/// Whether a function is PostgreSQL's own.
fn is_built_in(name: &[String], own: &str) -> bool {
    match name {
        [name] => name == own,
        [schema, name] => schema == "pg_catalog" && name == own,
        _ => false,
    }
}

/// `nullif(…, '')`, perhaps as another type.
fn is_nullif(sql: &Sql) -> bool {
    matches!(sql.bare(), Sql::Call(name, arguments) if is_built_in(name, "nullif") && arguments.get(1).and_then(Sql::text) == Some(""))
}

/// `a`, `a and b`
fn listed(names: &[String]) -> String {
    names.join(".")
}

#[cfg(test)]
mod tests {
    use super::super::parse::expression;

    /// As PostgreSQL binds them (manual, section 4.1.6), in bodies as somebody wrote them.
    #[test]
    fn what_binds_tighter_is_read_so() {
        for (written, meant) in [
            ("NOT a = b", "NOT (a = b)"),
            ("NOT a IN (1) OR b", "(NOT (a IN (1))) OR b"),
            ("a = b IS NOT NULL", "(a = b) IS NOT NULL"),
            ("a < b IS TRUE", "(a < b) IS TRUE"),
            ("a = b IS DISTINCT FROM c", "(a = b) IS DISTINCT FROM c"),
            ("a OR b AND NOT c IS NULL", "a OR (b AND (NOT (c IS NULL)))"),
            ("a ->> 'x' = b", "(a ->> 'x') = b"),
            ("a = b ->> 'x'", "a = (b ->> 'x')"),
            ("a ->> 'x' IS NULL", "(a ->> 'x') IS NULL"),
            ("a -> 'x' ->> 'y' = 'z'", "((a -> 'x') ->> 'y') = 'z'"),
            ("a = b::text", "a = (b::text)"),
            ("a @> b = c", "(a @> b) = c"),
            ("a BETWEEN 1 AND 2 AND b", "(a BETWEEN 1 AND 2) AND b"),
            ("a IN (1) IS NULL", "(a IN (1)) IS NULL"),
            ("a LIKE 'x%' = b", "(a LIKE 'x%') = b"),
            ("a = b LIKE 'x%'", "a = (b LIKE 'x%')"),
            ("a = b IN (true)", "a = (b IN (true))"),
            ("a = b BETWEEN 1 AND 2", "a = (b BETWEEN 1 AND 2)"),
            ("now() - interval '1 day' < a", "(now() - interval '1 day') < a"),
            ("NOT a IS TRUE", "NOT (a IS TRUE)"),
            ("a = ANY (b) IS TRUE", "(a = ANY (b)) IS TRUE"),
            ("a <> b AND c OR d", "((a <> b) AND c) OR d"),
        ] {
            // What is not read at all is no other meaning.
            let (read, meant) = (expression(written), expression(meant));
            assert!(read.is_err() || read == meant, "{written}: {read:?}");
        }
    }
}
