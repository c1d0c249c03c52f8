//! Statements about other rows: those that a path leads to, those that point at this one, any of another table.

use super::expression::{Expression, Select};
use super::lower::{Lookup, Lowering, Row, is_signed_in};
use crate::access::{Atom, Exists, Predicate};
use crate::catalog::ColumnRef;
use crate::model::{Collection, Comparison, Describe, Path, Value};

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
        let rest = Predicate::from(replace_path(atom, rest));
        let key = self.column(hop.foreign_key, row);
        if row.is_single || !self.shapes.is_by_list(atom, &rest) {
            return Some(self.has_row(hop.target, &rest, key, row));
        }
        let keys = self.keys(hop.target, &rest, row);
        let operator = self.operator_of(&self.model.catalog.column(hop.foreign_key).r#type, Comparison::Equal);
        Some(Expression::Array { left: Box::new(key), operator, all: false, array: Box::new(keys) })
    }

    /// Whether a row that has `key` in `column` makes a condition true.
    fn has_row(&mut self, column: ColumnRef, predicate: &Predicate, key: Expression, row: &Row) -> Expression {
        if row.in_body {
            let target = self.row_beside(column.table, row);
            return self.linked(column, predicate, key, &target);
        }
        let call = self.once(Lookup::Row(column, predicate.clone()), row, |lowering| {
            let target = lowering.body_row(column.table, &[], row.is_complete).single();
            let found = lowering.linked(column, predicate, Expression::Parameter(1), &target);
            let body = Select { expression: found, from: None, condition: None };
            let table = lowering.model.catalog.table(column.table);
            let condition = lowering.words(predicate);
            let words = format!("in {} where {condition}", table.name);
            let name = &table.columns[column.column as usize].name;
            let remark = format!("Whether there is a record of {} with this {name} where {condition}", table.name);
            let argument = vec![(lowering.column_type(column), Expression::Word("NULL"))];
            lowering.function(&words, argument, "boolean", body, remark)
        });
        let Expression::Call { function, mut arguments } = call else { return call };
        if let Some(first) = arguments.first_mut() {
            *first = key;
        }
        Expression::Call { function, arguments }
    }

    /// `EXISTS (SELECT … WHERE column = key AND condition)`
    fn linked(&mut self, column: ColumnRef, predicate: &Predicate, key: Expression, target: &Row) -> Expression {
        let linked = self.equals(column, target, key);
        let condition = self.predicate(predicate, target);
        self.exists_select(target, Expression::all([linked, condition]))
    }

    /// What the rows of which a condition is true have in a column, as an array without empty elements.
    fn keys(&mut self, column: ColumnRef, predicate: &Predicate, row: &Row) -> Expression {
        if row.in_body {
            return Expression::ArrayOf(Box::new(self.select_keys(column, predicate, row)));
        }
        self.once(Lookup::Keys(column, predicate.clone()), row, |lowering| {
            let select = lowering.select_keys(column, predicate, row);
            let table = lowering.model.catalog.table(column.table);
            let words = format!("{} where {}", table.name, lowering.words(predicate));
            let name = &table.columns[column.column as usize].name;
            let is_key = lowering.model.catalog.is_unique(column);
            let remark = if is_key { format!("Keys of {words}") } else { format!("{name} of {words}") };
            let element = lowering.column_type(column);
            lowering.array_function(&words, &element, select, remark)
        })
    }

    fn select_keys(&mut self, column: ColumnRef, predicate: &Predicate, row: &Row) -> Select {
        let target = self.row_beside(column.table, row);
        let key = self.column(column, &target);
        let mut conditions = vec![self.filter(predicate, &target)];
        if self.model.catalog.column(column).nullable {
            conditions.push(key.clone().null_test(true));
        }
        let condition = if conditions.len() == 1 { conditions.swap_remove(0) } else { Expression::And(conditions) };
        Select { expression: key, from: Some(self.from(&target)), condition: Some(condition) }
    }

    pub(super) fn exists(&mut self, atom: &Atom, exists: &Exists, row: &Row) -> Expression {
        let mut parts = Vec::new();
        let row = &if exists.negated { row.complete() } else { row.clone() };
        if exists.negated {
            if exists.of_user {
                parts.push(is_signed_in());
            }
            parts.extend(exists.operands.iter().map(|value| self.value(value, row).null_test(true)));
        }
        let Some(link) = &exists.link else {
            let found = self.any_row(exists, row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
            return Expression::And(parts);
        };
        let key = self.column(link.path.column, row);
        // `NULL <> ALL (empty)` and `NOT EXISTS (… = NULL)` are true in PostgreSQL.
        if exists.negated && self.model.catalog.column(link.path.column).nullable {
            parts.push(key.clone().null_test(true));
        }
        if row.in_body || row.is_single || !self.shapes.is_by_list(atom, &exists.predicate) {
            let found = self.has_row(link.column, &exists.predicate, key, row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
        } else {
            let comparison = if exists.negated { Comparison::NotEqual } else { Comparison::Equal };
            let operator = self.operator_of(&self.model.catalog.column(link.path.column).r#type, comparison);
            let array = Box::new(self.keys(link.column, &exists.predicate, row));
            parts.push(Expression::Array { left: Box::new(key), operator, all: exists.negated, array });
        }
        Expression::And(parts)
    }

    fn any_row(&mut self, exists: &Exists, row: &Row) -> Expression {
        if row.in_body {
            let target = self.row_beside(exists.table, row);
            let condition = self.predicate(&exists.predicate, &target);
            return self.exists_select(&target, condition);
        }
        self.once(Lookup::Any(exists.table, exists.predicate.clone()), row, |lowering| {
            let target = lowering.body_row(exists.table, &[], row.is_complete);
            let condition = lowering.predicate(&exists.predicate, &target);
            let body = Select { expression: lowering.exists_select(&target, condition), from: None, condition: None };
            let table = &lowering.model.catalog.table(exists.table).name;
            let words = format!("any {table} where {}", lowering.words(&exists.predicate));
            let remark = format!("Whether there is {words}");
            lowering.function(&words, Vec::new(), "boolean", body, remark).once()
        })
    }

    fn words(&self, predicate: &Predicate) -> String {
        Describe { model: self.model }.condition(&predicate.to_condition())
    }

    pub(super) fn exists_select(&mut self, target: &Row, condition: Expression) -> Expression {
        let one = Expression::Number("1".to_owned());
        Expression::Exists(Box::new(Select { expression: one, from: Some(self.from(target)), condition: Some(condition) }))
    }
}

/// The same statement about another path.
fn replace_path(atom: &Atom, path: Path) -> Atom {
    let mut replaced = atom.clone();
    match &mut replaced {
        Atom::IgnoringCase(inner) => **inner = replace_path(inner, path),
        Atom::Compare { left: value, .. }
        | Atom::OneOf { value, .. }
        | Atom::Member { value, .. }
        | Atom::Empty { value, .. }
        | Atom::Contains { array: Value::Claim(..), element: value, .. }
        | Atom::Contains { array: value, .. }
        | Atom::Part { whole: value, .. }
        | Atom::Has { whole: Collection::Value(value), .. } => *value = Value::Record(path),
        Atom::Exists(exists) => {
            if let Some(link) = &mut exists.link {
                link.path = path;
            }
        }
        Atom::Has { .. }
        | Atom::EmptySet { .. }
        | Atom::Sql { .. }
        | Atom::SignedIn
        | Atom::HoldsGlobally { .. }
        | Atom::Can(_) => {}
    }
    replaced
}
