//! Statements about other rows: those that a path leads to, those that point at this one, any of another table.

use std::collections::BTreeSet;

use super::expression::{Changes, Expression, Select};
use super::lower::{Lookup, Lowering, is_signed_in};
use super::row::Row;
use crate::access::{Atom, Exists, Predicate};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::model::{Collection, Comparison, Describe, Model, Path, Value};

impl Lowering<'_> {
    /// A statement about the end of a path, as a statement about its first key: the key is one of those whose row the rest
    /// is true of. `None` where the statement is not of that kind, or needs the value itself.
    pub(super) fn lookup(&mut self, atom: &Atom, row: &Row) -> Option<Expression> {
        let path = match atom.without_case() {
            Atom::Compare { left: Value::Record(path), right, .. } if right.record().is_none() => path,
            Atom::OneOf { value: Value::Record(path), .. } | Atom::Member { value: Value::Record(path), .. } => path,
            Atom::Empty { value: Value::Record(path), negated: true } => path,
            Atom::Contains { array: Value::Claim(..), element: Value::Record(path), .. } => path,
            Atom::Contains { array: Value::Record(path), element, .. } if element.record().is_none() => path,
            Atom::Part { whole: Value::Record(path), part, .. } if part.record().is_none() => path,
            Atom::Has { whole: Collection::Value(Value::Record(path)), of, .. }
                if of.value().is_none_or(|of| of.record().is_none()) =>
            {
                path
            }
            Atom::Exists(exists) => &exists.link.as_ref()?.path,
            _ => return None,
        };
        let (hop, rest) = path.after_first_hop()?;
        let rest = Predicate::from(moved(atom, rest));
        let key = self.column(hop.foreign_key, row);
        let at = Rows { predicate: &rest, at_least: 1, changes: None };
        let anew = matches!(atom, Atom::Exists(exists) if exists.anew.is_some());
        if row.is_single || anew || !self.shapes.is_by_list(atom, &rest) {
            return Some(self.has_row(&at, hop.target, key, row));
        }
        let keys = self.keys(&at, hop.target, row);
        let operator = self.operator_of(&self.model.catalog.column(hop.foreign_key).r#type, Comparison::Equal);
        Some(Expression::Array { left: Box::new(key), operator, all: false, array: Box::new(keys) })
    }

    /// Whether enough rows that have `key` in `column` make a predicate true.
    fn has_row(&mut self, at: &Rows<'_>, column: ColumnRef, key: Expression, row: &Row) -> Expression {
        if row.in_body && at.is_written_in_place() {
            let target = row.within(self.row_beside(column.table, row), None, at.changes_in_body());
            return self.linked(at, column, key, &target);
        }
        let outer = own_columns(at.predicate);
        let call = self.once(Lookup::Row(column, at.predicate.clone(), at.at_least, at.changes), row, |lowering| {
            let target = lowering.body_row(column.table, &[], row.is_complete).single();
            let target = row.within(target, Some((outer.clone(), 2)), at.changes);
            let found = lowering.linked(at, column, Expression::Parameter(1), &target);
            let body = Select { expression: found, from: None, condition: None };
            let table = lowering.model.catalog.table(column.table);
            let condition = lowering.words(at.predicate);
            let words = format!("{}in {} where {condition}", at.count(), table.name);
            let name = &lowering.model.catalog.column(column).name;
            let there = if at.at_least == 1 { "is a record".to_owned() } else { format!("are {} records", at.at_least) };
            let remark = format!("Whether there {there} of {} with this {name} where {condition}", table.name);
            let mut arguments = vec![(lowering.column_type(column), Expression::Word("NULL"))];
            arguments.extend(lowering.placeholders(row.table, &outer));
            lowering.function(&words, arguments, "boolean", body, remark)
        });
        let columns = self.columns_of(row, &outer);
        with_arguments(call, std::iter::once(key).chain(columns))
    }

    /// `EXISTS (SELECT … WHERE column = key AND condition)`
    fn linked(&mut self, at: &Rows<'_>, column: ColumnRef, key: Expression, target: &Row) -> Expression {
        let linked = self.equals(column, target, key);
        let condition = self.predicate(at.predicate, target);
        self.enough(at.at_least, target, Expression::all([linked, condition]))
    }

    /// What enough rows, of which a predicate is true, have in a column, as an array without empty elements.
    fn keys(&mut self, at: &Rows<'_>, column: ColumnRef, row: &Row) -> Expression {
        if row.in_body {
            return at.array(self.select_keys(at, column, row));
        }
        self.once(Lookup::Keys(column, at.predicate.clone(), at.at_least), row, |lowering| {
            let select = lowering.select_keys(at, column, row);
            let table = lowering.model.catalog.table(column.table);
            let words = format!("{}{} where {}", at.count(), table.name, lowering.words(at.predicate));
            let name = &lowering.model.catalog.column(column).name;
            let is_key = lowering.model.catalog.is_unique(column);
            let remark = if is_key { format!("Keys of {words}") } else { format!("{name} of {words}") };
            let element = lowering.column_type(column);
            lowering.array_function(&words, &element, at.array(select), remark)
        })
    }

    fn select_keys(&mut self, at: &Rows<'_>, column: ColumnRef, row: &Row) -> Select {
        let target = row.within(self.row_beside(column.table, row), None, None);
        let key = self.column(column, &target);
        let mut conditions = vec![self.filter(at.predicate, &target)];
        if self.model.catalog.column(column).nullable {
            conditions.push(key.clone().null_test(true));
        }
        let condition = if conditions.len() == 1 { conditions.swap_remove(0) } else { Expression::And(conditions) };
        Select { expression: key, from: Some(self.from(&target)), condition: Some(condition) }
    }

    /// Whether a value from outside is there. What is badly formed in a list of the session could be anything.
    fn is_there(&mut self, value: &Value, row: &Row) -> Vec<Expression> {
        let found = self.value(value, row);
        let mut parts = vec![found.clone().null_test(true)];
        if let Value::Claim(_, Type::Array(_)) = value {
            parts.push(Expression::call("array_position", vec![found, Expression::Word("NULL")]).null_test(false));
        }
        parts
    }

    pub(super) fn exists(&mut self, atom: &Atom, exists: &Exists, row: &Row) -> Expression {
        let mut parts = Vec::new();
        let row = &if exists.negated { row.complete() } else { row.clone() };
        let at = Rows::of(self.model, exists);
        if exists.negated {
            if exists.of_user {
                parts.push(is_signed_in());
            }
            parts.extend(exists.operands.iter().flat_map(|value| self.is_there(value, row)));
        }
        let Some(link) = &exists.link else {
            let found = self.any_row(&at, exists.table, exists.anew.is_some(), row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
            return Expression::And(parts);
        };
        let by_rows = !row.in_body && !row.is_single && self.shapes.is_by_rows(atom, exists);
        if let Some(found) = by_rows.then(|| self.user_rows(exists, row)).flatten() {
            return found;
        }
        let key = self.column(link.path.column, row);
        // `NULL <> ALL (empty)` and `NOT EXISTS (… = NULL)` are true in PostgreSQL.
        if exists.negated && self.model.catalog.column(link.path.column).nullable {
            parts.push(key.clone().null_test(true));
        }
        if row.in_body || row.is_single || exists.anew.is_some() || !self.shapes.is_by_list(atom, &exists.predicate) {
            let found = self.has_row(&at, link.column, key, row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
        } else {
            let array = self.keys(&at, link.column, row);
            let r#type = &self.model.catalog.column(link.path.column).r#type;
            parts.push(match exists.negated {
                true => Expression::none_of(key, self.operator_of(r#type, Comparison::Equal), array),
                false => {
                    let (left, operator) = (Box::new(key), self.operator_of(r#type, Comparison::Equal));
                    Expression::Array { left, operator, all: false, array: Box::new(array) }
                }
            });
        }
        Expression::And(parts)
    }

    fn any_row(&mut self, at: &Rows<'_>, table: TableId, is_anew: bool, row: &Row) -> Expression {
        if row.in_body && at.is_written_in_place() {
            let target = row.within(self.row_beside(table, row), None, at.changes_in_body());
            let condition = self.predicate(at.predicate, &target);
            return self.enough(at.at_least, &target, condition);
        }
        let outer = own_columns(at.predicate);
        let call = self.once(Lookup::Any(table, at.predicate.clone(), at.at_least, at.changes), row, |lowering| {
            let target = lowering.body_row(table, &[], row.is_complete);
            let target = row.within(target, Some((outer.clone(), 1)), at.changes);
            let condition = lowering.predicate(at.predicate, &target);
            let found = lowering.enough(at.at_least, &target, condition);
            let body = Select { expression: found, from: None, condition: None };
            let name = &lowering.model.catalog.table(table).name;
            let count = if at.at_least == 1 { "any ".to_owned() } else { at.count() };
            let words = format!("{count}{name} where {}", lowering.words(at.predicate));
            let is = if at.at_least == 1 { "is" } else { "are" };
            let remark = format!("Whether there {is} {words}");
            let arguments = lowering.placeholders(row.table, &outer);
            lowering.function(&words, arguments, "boolean", body, remark)
        });
        if outer.is_empty() && !is_anew {
            return call.once();
        }
        let columns = self.columns_of(row, &outer);
        with_arguments(call, columns)
    }

    /// The columns of a row that a function is given, before it is known which row it is.
    fn placeholders(&self, table: TableId, columns: &[u32]) -> Vec<(String, Expression)> {
        let placeholder = |&column: &u32| (self.column_type(ColumnRef { table, column }), Expression::Word("NULL"));
        columns.iter().map(placeholder).collect()
    }

    fn columns_of(&mut self, row: &Row, columns: &[u32]) -> Vec<Expression> {
        columns.iter().map(|&column| self.column(ColumnRef { table: row.table, column }, row)).collect()
    }

    fn enough(&mut self, at_least: u32, target: &Row, condition: Expression) -> Expression {
        match self.exists_select(target, condition) {
            Expression::Exists(select) if at_least > 1 => Expression::AtLeast(select, at_least),
            found => found,
        }
    }

    pub(super) fn words(&self, predicate: &Predicate) -> String {
        Describe { model: self.model }.condition(&predicate.to_condition())
    }

    pub(super) fn exists_select(&mut self, target: &Row, condition: Expression) -> Expression {
        let one = Expression::Number("1".to_owned());
        Expression::Exists(Box::new(Select { expression: one, from: Some(self.from(target)), condition: Some(condition) }))
    }
}

/// Which rows of a table, and how many of them are enough.
struct Rows<'a> {
    predicate: &'a Predicate,
    at_least: u32,
    /// Whether the statement that asks changes them.
    changes: Option<Changes>,
}

impl<'a> Rows<'a> {
    fn of(model: &Model, exists: &'a Exists) -> Rows<'a> {
        let is_alone = exists.negated || exists.at_least > 1;
        let is_user = |part: &Predicate| match part.as_atom().map(|atom| &**atom) {
            Some(Atom::Compare { left, operator: Comparison::Equal, right }) => left.record().is_some() && model.is_user(right),
            _ => false,
        };
        let changes = match (is_alone, &exists.link) {
            (false, _) => Changes::Anew,
            (true, Some(link)) if link.path.hops.is_empty() => Changes::AloneByKey,
            (true, None) if exists.predicate.conjuncts().iter().any(is_user) => Changes::AloneByUser,
            (true, _) => Changes::Alone,
        };
        Rows {
            predicate: &exists.predicate,
            at_least: exists.at_least,
            changes: exists.anew.filter(|table| *table == exists.table).map(|_| changes),
        }
    }

    /// Whether the body of a function has it in itself. What is asked anew is a function of its own, so that all else that the body asks is told of the
    /// database as the statement found it.
    fn is_written_in_place(&self) -> bool {
        self.changes.is_none() || self.predicate.speaks_of_rows_beyond(1)
    }

    /// In the body of a function about something else, keys are not the function's own.
    fn changes_in_body(&self) -> Option<Changes> {
        self.changes.map(|changes| if changes == Changes::Anew { changes } else { Changes::Alone })
    }

    /// The number in words, where it is more than one.
    fn count(&self) -> String {
        if self.at_least == 1 { String::new() } else { format!("at least {} ", self.at_least) }
    }

    fn array(&self, select: Select) -> Expression {
        match self.at_least {
            1 => Expression::ArrayOf(Box::new(select)),
            count => Expression::ArrayOfRepeated(Box::new(select), count),
        }
    }
}

/// The columns of the record that a predicate on other rows compares them with: what it compares, and the keys at which its paths begin.
fn own_columns(predicate: &Predicate) -> Vec<u32> {
    let first = |path: &&Path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column;
    let columns: BTreeSet<u32> = predicate.outer_paths().iter().map(first).collect();
    columns.into_iter().collect()
}

/// A call with its first arguments put in.
fn with_arguments(call: Expression, given: impl IntoIterator<Item = Expression>) -> Expression {
    let Expression::Call { function, mut arguments } = call else { return call };
    for (argument, given) in std::iter::zip(&mut arguments, given) {
        *argument = given;
    }
    Expression::Call { function, arguments }
}

/// The same statement about the row that the first step of its path leads to: what it said of the row itself is now said of one further out.
fn moved(atom: &Atom, path: Path) -> Atom {
    let mut moved = atom.clone();
    match &mut moved {
        Atom::IgnoringCase(inner) => **inner = self::moved(inner, path),
        Atom::Compare { left: value, right: other, .. }
        | Atom::Contains { array: other @ Value::Claim(..), element: value, .. }
        | Atom::Contains { array: value, element: other, .. }
        | Atom::Part { whole: value, part: other, .. } => {
            *value = Value::Record(path);
            *other = other.seen_from_inside();
        }
        Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => *value = Value::Record(path),
        Atom::Exists(exists) => {
            if let Some(link) = &mut exists.link {
                link.path = path;
            }
            exists.predicate = exists.predicate.moved_inward();
            exists.operands = exists.operands.iter().map(Value::seen_from_inside).collect();
        }
        Atom::Has { whole: Collection::Value(value), of, .. } => {
            *value = Value::Record(path);
            if let Some(of) = of.value_mut() {
                *of = of.seen_from_inside();
            }
        }
        Atom::Has { .. }
        | Atom::EmptySet { .. }
        | Atom::Sql { .. }
        | Atom::SignedIn
        | Atom::Nobody
        | Atom::HoldsGlobally { .. }
        | Atom::Can(_) => {}
    }
    moved
}
